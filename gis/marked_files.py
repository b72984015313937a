"""The folder of marked tables: safe and unique names, what somebody has corrected in them kept, what is old removed."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gis.faults import Fault, InputError
from gis.marked import CREATED, write_marked
from gis.read import read_cells
from gis.write import replaced_together
from gis.written_cells import AUTHOR

MOST_BYTES = 120
MOST_SIZE = 100 << 20  # of a file: every cell of it becomes an object
_UNREADABLE = {"zh": "没有标注：表格读不出来，原因见上", "en": "not marked: its cells cannot be read, as told above"}
_TOO_LARGE = {
    "zh": "文件太大，没有标注；全部错误见 rejects.csv",
    "en": "the file is too large to be marked; every fault stands in rejects.csv",
}
_ENDING = ".xlsx"
# Names that Windows keeps for devices.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_REFUSED = frozenset('<>:"/\\|?*')


class Work(NamedTuple):
    """One file to mark: where it is, the name to tell it by, its encoding if stated, its faults by sheet ('' for all).

    Faults under '' are those of the only sheet, or of a CSV.
    """

    path: Path
    name: str
    encoding: str | None
    faults: Mapping[str, Sequence[Fault]]


class Marked(NamedTuple):
    """What became of a file: the marked table, or None and why; `told`: what it could not show whole."""

    name: str
    path: Path | None
    told: Sequence[str]


def write_marked_files(folder: Path, works: Sequence[Work], language: str) -> list[Marked]:
    """Writes a marked table per work into `folder`, all or none, and says what became of each.

    A table there that somebody has saved since is never replaced: the new one gets another name. Tables of earlier
    checks that nobody has touched go.
    """
    if not works and not folder.exists():
        return []
    names = safe_names([work.name for work in works])
    done: list[Marked] = []
    with replaced_together(folder) as staging:
        for work, wanted in zip(works, names, strict=True):
            name = _free(folder, wanted)
            if work.path.stat().st_size > MOST_SIZE:
                done.append(Marked(work.name, None, [_TOO_LARGE[language]]))
                continue
            try:
                sheets = read_cells(work.path, name=work.name, encoding=work.encoding)
            except InputError:  # then it is among the faults as unusable, with its reason
                done.append(Marked(work.name, None, [_UNREADABLE[language]]))
                continue
            known = {sheet.name for sheet in sheets}
            faults = {(key if key in known else sheets[0].name): found for key, found in work.faults.items()}
            done.append(Marked(work.name, folder / name, write_marked(sheets, faults, staging / name, language)))
    written = {one.path for one in done}
    for old in sorted(folder.glob(f"*{_ENDING}")):
        if old not in written and is_untouched(old):
            old.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return done


def safe_names(names: Sequence[str]) -> list[str]:
    """Per input the name of its marked table: its stem, or as much of its path as tells it from the others.

    At most 120 bytes; without what file systems refuse, control and bidirectional characters.
    """
    ends = [(*path.parts[:-1], path.stem) for path in map(PurePosixPath, names)]
    every = {tuple(part.lower() for part in own) for own in ends}
    safe: list[str] = []
    for own in ends:
        lower = tuple(part.lower() for part in own)
        many = (count for count in range(1, len(own)) if sum(one[-count:] == lower[-count:] for one in every) == 1)
        safe.append(_safe("-".join(own[-next(many, len(own)) :])))
    taken: set[str] = set()
    unique = []
    for name, one in zip(names, safe, strict=True):
        if one.lower() in taken:  # two files that differ by their endings
            one = _safe(f"{one}-{PurePosixPath(name).suffix[1:]}")
        if one.lower() in taken:
            one = _within(one, MOST_BYTES - len(_ENDING) - 9) + f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        taken.add(one.lower())
        unique.append(f"{one}{_ENDING}")
    return unique


def _safe(stem: str) -> str:
    plain = "".join("_" if letter in _REFUSED or not letter.isprintable() else letter for letter in stem)
    plain = plain.strip(" .") or "_"
    if _DEVICE.fullmatch(plain):
        plain = f"_{plain}"
    room = MOST_BYTES - len(_ENDING)
    if len(plain.encode("utf-8", "replace")) <= room:
        return plain
    return f"{_within(plain, room - 9)}-{hashlib.sha256(stem.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _within(text: str, room: int) -> str:
    return text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip(" .")


def _free(folder: Path, name: str) -> str:
    """`name`, or the first with a number behind it where a table stands that somebody has saved."""
    wanted, number = name, 1
    while (folder / wanted).exists() and not is_untouched(folder / wanted):
        number += 1
        wanted = f"{_within(name.removesuffix(_ENDING), MOST_BYTES - len(_ENDING) - 6)} ({number}){_ENDING}"
    return wanted


def is_untouched(path: Path) -> bool:
    """Whether `path` is a marked table as we wrote it: spreadsheet programs put the day into it when they save."""
    try:
        with zipfile.ZipFile(path) as parts:
            core = parts.read("docProps/core.xml").decode("utf-8", "replace")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
    written = f"{CREATED.isoformat()}Z</dcterms:modified>"
    return f"<dc:creator>{AUTHOR}</dc:creator>" in core and written in core
