"""What a Shapefile is made of: its parts, whether they are whole, and the encoding of its texts."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.datum import crs_of
from gis.faults import Fault, InputError
from gis.tables import CHINESE_SHARE, chinese_share, encoding_of

Objects = NDArray[np.object_]
# .dbf code page byte -> Python codec, for files without .cpg
_CODE_PAGES = {0x4D: "gb18030", 0x4F: "big5", 0x57: "cp1252", 0x03: "cp1252", 0x7A: "gb18030", 0xC8: "cp1250"}
# What a .cpg says where Python's codec of that name reads less than what people write.
_WIDER = {
    "cp936": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp65001": "utf-8",
    "utf8": "utf-8",
    "big-5": "big5",
    "cp88591": "iso-8859-1",
}
_TEXT = frozenset((*b"\t\r\n", *range(0x20, 0x7F)))
# No CRS in WKT takes more bytes.
_LONGEST_PRJ = 1 << 16
_CODE_PAGE = re.compile(r"(?:ansi|windows|oem|cp)?[ _-]*(\d{3,5})")


def part_of(path: Path, suffix: str) -> Path | None:
    """The part of a Shapefile with `suffix`, in lower or upper case."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def parts_of(path: Path) -> list[Path]:
    """The files that make up `path`: the parts of a Shapefile, the files of a folder, else itself; sorted by name.

    A GeoPackage that is open elsewhere may have its last changes in a second file, from which GDAL reads them.
    """
    if path.suffix.lower() == ".shp":
        found = [part_of(path, suffix) for suffix in (".cpg", ".dbf", ".prj", ".shx")]
        return sorted({path, *(part for part in found if part is not None)})
    if path.suffix.lower() == ".gpkg":
        beside = path.with_name(f"{path.name}-wal")
        return [path, beside] if beside.is_file() and beside.stat().st_size else [path]
    return sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]


def check_parts(path: Path, records: Callable[[Path], int]) -> None:
    """Nothing, or InputError where the .dbf is absent or a part is shorter than its own header announces.

    An absent .shx is no fault: it holds only where each record begins, which `records` counts. PART_MISSING,
    FILE_TRUNCATED (how many of how many rows could be read), FILE_UNREADABLE (no dBASE file).
    """
    shx, dbf = part_of(path, ".shx"), part_of(path, ".dbf")
    if dbf is None:
        missing = [".dbf"] if shx is not None else [".shx", ".dbf"]
        raise InputError([Fault("PART_MISSING", facts={"expected": ", ".join(missing)})])
    heads = dbf.read_bytes()
    if heads and all(byte in _TEXT for byte in heads[:32]):  # a page that was saved instead of the file
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"{dbf.name} is no dBASE file"})])
    if len(heads) < 32 or path.stat().st_size < 100:
        raise InputError([Fault("FILE_TRUNCATED", facts={"expected": "?", "found": "0"})])
    announced, start, width = struct.unpack_from("<IHH", heads, 4)
    in_dbf = max(len(heads) - start, 0) // width if width else 0
    if shx is None:
        expected, readable = announced, min(records(path), in_dbf)
    else:
        in_index, whole = _announced(path, shx)
        expected, readable = max(announced, in_index), min(whole, in_dbf)
    if readable < expected:
        raise InputError([Fault("FILE_TRUNCATED", facts={"expected": str(expected), "found": str(readable)})])


def check_prj(path: Path) -> None:
    """Nothing, or InputError(CRS_UNKNOWN) where the .prj of a Shapefile says something that is no CRS."""
    prj = part_of(path, ".prj")
    if prj is None:
        return
    text = prj.read_bytes()[:_LONGEST_PRJ].decode("utf-8-sig", "replace").strip("\0 \r\n\t")
    if text and crs_of(text) is None:
        raise InputError([Fault("CRS_UNKNOWN", value=text[:200])])


def _announced(path: Path, shx: Path) -> tuple[int, int]:
    """How many rows the index announces, and how many of them lie wholly within the .shp."""
    index = shx.read_bytes()
    if len(index) < 100:
        return 1, 0
    rows = (len(index) - 100) // 8
    ends = struct.unpack_from(">i", index, 24)[0] * 2
    placed = np.frombuffer(index, dtype=">i4", offset=100, count=rows * 2).astype(np.int64).reshape(-1, 2) * 2
    return (ends - 100) // 8, int((placed.sum(axis=1) + 8 <= path.stat().st_size).sum())


def decoded(columns: Mapping[str, Objects], path: Path, declared: str | None) -> tuple[dict[str, Objects], str]:
    """The columns of a .dbf, so far one character a byte (ISO-8859-1), in its true encoding, and which that is.

    Tried in turn: what the project declares (then nothing else), what the .cpg says, UTF-8, GB18030, the .dbf's own
    code page. Raises InputError: ENCODING_WRONG, ENCODING_UNKNOWN.
    """
    texts = {name for name in columns if not name.isascii()}
    for values in columns.values():
        texts.update(value for value in set(values.tolist()) if value is not None and not value.isascii())
    encoding = _encoding(texts, path, declared)
    true = {text: _decode(text, encoding) for text in texts}
    read = {}
    for name, values in columns.items():
        made = np.empty(len(values), dtype=object)
        made[:] = [true.get(value, value) for value in values.tolist()]
        read[true.get(name, name)] = made
    return read, encoding


def _decode(text: str, encoding: str) -> str:
    # A field of fixed width may end within a character; the half character is no text and is left out.
    return codecs.getincrementaldecoder(encoding)("strict").decode(text.encode("latin-1"), final=False)


def _encoding(texts: set[str], path: Path, declared: str | None) -> str:
    data = b"\n".join(text.encode("latin-1") for text in sorted(texts))
    if declared is not None:
        if not _fits(texts, declared):
            encoding_of(data, declared)
            raise InputError([Fault("ENCODING_WRONG", value=declared, facts={"found": "characters cut in the middle"})])
        return declared
    cpg, code_page = _stated(path)
    candidates = [name for name in dict.fromkeys((cpg, "utf-8", "gb18030", code_page)) if _known(name)]
    for candidate in candidates:
        believed = candidate != "gb18030" or candidate in (cpg, code_page) or _sensible(texts, candidate)
        if _fits(texts, candidate) and believed:
            return candidate
    raise InputError([Fault("ENCODING_UNKNOWN", facts={"expected": ", ".join(candidates)})])


def _stated(path: Path) -> tuple[str, str]:
    """The encodings that the .cpg and the .dbf's code page byte name, as Python's codecs; '' where they name none."""
    stated, code_page = "", ""
    if (cpg := part_of(path, ".cpg")) is not None:
        stated = cpg.read_bytes()[:40].decode("ascii", "replace").strip().lower()
        if (page := _CODE_PAGE.fullmatch(stated)) is not None:
            stated = f"cp{page[1]}"
        stated = _WIDER.get(stated, stated)
    if (dbf := part_of(path, ".dbf")) is not None:
        with dbf.open("rb") as file:
            code_page = _CODE_PAGES.get(file.read(30)[29], "")
    return stated, code_page


def _known(encoding: str) -> bool:
    try:
        return bool(encoding) and bool(codecs.lookup(encoding))
    except (LookupError, ValueError):
        return False


def _fits(texts: set[str], encoding: str) -> bool:
    try:
        for text in texts:
            _decode(text, encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _sensible(texts: set[str], encoding: str) -> bool:
    if not _fits(texts, encoding):
        return False
    joined = "".join(_decode(text, encoding) for text in sorted(texts))
    return not joined or chinese_share(joined) >= CHINESE_SHARE
