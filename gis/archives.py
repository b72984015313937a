"""Zip archives -> the files in them, judged by size before a byte is unpacked, and unpacked under names of our own."""

from __future__ import annotations

import errno
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from gis.faults import Fault, InputError
from gis.tables import CHINESE_SHARE, chinese_share

ARCHIVES = frozenset({".zip"})
# A File Geodatabase, the format with the most files, has some hundreds; each member costs time before it is read.
MOST_MEMBERS = 10_000
# What a county sends is below 1 GiB; more than this fills the disk of an ordinary machine.
MOST_BYTES = 4 << 30
# Tables padded with blanks shrink to a hundredth, other honest data not below a fiftieth; deflate ends at 1,032.
MOST_RATIO = 200
# So little is harmless whatever its ratio.
FREE_BYTES = 16 << 20

# Archives within an archive: how much is in them would only be known after unpacking.
_NESTED = frozenset({".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar"})
# What belongs to a Shapefile; the first five are read, the others are indexes, styles and descriptions.
_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_BESIDE = frozenset(
    {".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".qml", ".sld", ".fix", ".ain", ".aih", ".xml", ".cst", ".lyr"}
)
# What file managers put beside the data.
_LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_LONGEST_NAME = 200
_BLOCK = 1 << 20
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
# The record at the end of an archive with the longest comment; what a member takes in the directory, with a long name.
_LONGEST_END, _DIRECTORY_ENTRY = 22 + 20 + 0xFFFF, 600
_LARGE_LOCATOR = b"PK\x06\x07"
_LOCAL_HEADER, _EMPTY_ARCHIVE = b"PK\x03\x04", b"PK\x05\x06"


class Member(NamedTuple):
    """A file of an archive that can be read: its name there, as the user writes it, and where it was unpacked."""

    name: str
    path: Path


class Entry(NamedTuple):
    """A member as the archive's directory lists it, its name in the true encoding, with `/` between folders."""

    name: str
    info: zipfile.ZipInfo

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def base(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return Path(self.base).suffix.lower()


def check_archive(path: Path) -> list[Entry]:
    """The members of a zip file, of any suffix, after its directory was found to promise nothing out of measure.

    Raises InputError: FILE_TRUNCATED (its end is missing), FILE_UNREADABLE (no zip file), FILE_DAMAGED (its directory
    contradicts itself), ARCHIVE_TOO_LARGE (members, bytes, ratio), ARCHIVE_ENCRYPTED, PATH_REFUSED (links).
    """
    _check_directory(path)
    with _opened(path) as archive:
        entries = _entries(archive)
    size = max(path.stat().st_size, 1)
    if len(entries) > MOST_MEMBERS:
        raise _too_large("members", f"{len(entries):,}", f"{MOST_MEMBERS:,}")
    unpacked = sum(entry.info.file_size for entry in entries)
    if unpacked > MOST_BYTES:
        raise _too_large("bytes", f"{unpacked:,}", f"{MOST_BYTES:,}")
    if unpacked > FREE_BYTES and unpacked > MOST_RATIO * size:
        raise _too_large("ratio", f"{unpacked // size:,} : 1", f"{MOST_RATIO} : 1")
    for entry in entries:
        if entry.info.flag_bits & _ENCRYPTED_FLAG:
            raise InputError([Fault("ARCHIVE_ENCRYPTED", value=entry.name)])
        if stat.S_ISLNK(entry.info.external_attr >> 16):
            raise InputError([Fault("PATH_REFUSED", value=entry.name, facts={"found": "symbolic link"})])
    return entries


def unpacked_bytes(path: Path) -> int:
    """How many bytes the members of a zip file have, as its directory says; of any other file its own size."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return path.stat().st_size if path.is_file() else 0
    return sum(entry.info.file_size for entry in check_archive(path))


@contextmanager
def unpacked(path: Path, readable: frozenset[str]) -> Iterator[tuple[list[Member], list[str]]]:
    """The members of a zip file whose suffix is `readable`, unpacked into a private folder, and the names of those
    left out; the folder is deleted afterwards, whatever happens.

    The parts of a Shapefile and the files of a File Geodatabase are one member. No member's own path is used; a
    name is kept where every file system can hold it. Names that are not marked as UTF-8 are tried as UTF-8, then
    GB18030. Bytes are counted while unpacking, since a directory may lie.

    Raises InputError as `check_archive` does, ARCHIVE_NESTED, ARCHIVE_EMPTY where nothing in it can be read,
    FILE_DAMAGED where a member does not unpack to what its checksum says.
    """
    entries = [entry for entry in check_archive(path) if not _LITTER.search(entry.name)]
    if nested := [entry.name for entry in entries if entry.suffix in _NESTED]:
        raise InputError([Fault("ARCHIVE_NESTED", value=", ".join(nested[:5]))])
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        members: list[Member] = []
        used: set[str] = set()
        with _opened(path) as archive:
            budget = _Budget(path)
            for at, (first, group) in enumerate(_groups(entries, path, readable)):
                home = Path(folder) / str(at)
                home.mkdir()
                members.append(Member(first, _unpack(archive, group, home, budget)))
                used.update(entry.name for _, entry in group)
        left_out = [entry.name for entry in entries if entry.name not in used and entry.suffix not in _BESIDE]
        if not members:
            raise InputError([Fault("ARCHIVE_EMPTY", facts={"found": ", ".join(left_out[:20]) or "-"})])
        yield members, left_out


def chosen(members: list[Member], table: str | None) -> list[tuple[Member, str | None]]:
    """The members to read and which table of each (None: all of them), by the `table` of a project file.

    `table` is a member's name, with or without its suffix, or `member/layer`, or, of the only member, a layer.
    Raises InputError(TABLE_MISSING) naming the members.
    """
    if table is None:
        return [(member, None) for member in members]
    named = [member for member in members if table == member.name]
    named = named or [member for member in members if table == Path(member.name).stem]
    if len(named) == 1:
        return [(named[0], None)]
    within = [member for member in members if table.startswith(f"{member.name}/")]
    if within:
        return [(within[0], table.removeprefix(f"{within[0].name}/"))]
    if len(members) == 1:
        return [(members[0], table)]
    names = ", ".join(member.name for member in members)
    raise InputError([Fault("TABLE_MISSING", value=table, facts={"expected": names})])


@contextmanager
def member_stream(path: Path, entry: Entry) -> Iterator[IO[bytes]]:
    """One member of a checked archive as a stream that refuses to give more bytes than its directory promised."""
    with _opened(path) as archive, archive.open(entry.info) as stream:
        yield stream


# --- The directory of an archive -------------------------------------------------------------


def _check_directory(path: Path) -> None:
    """Nothing, or InputError where the directory at the end of the archive is longer than that of so many members.

    It would be taken into memory as a whole before anybody could count its members.
    """
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - _LONGEST_END))
        tail = file.read()
        at = tail.rfind(_EMPTY_ARCHIVE)
        if at < 0 or len(tail) < at + 22:
            return
        size = struct.unpack_from("<I", tail, at + 12)[0]
        if at >= 20 and tail[at - 20 : at - 16] == _LARGE_LOCATOR:  # archives beyond 4 GiB say it in another place
            file.seek(min(struct.unpack_from("<Q", tail, at - 12)[0], end))
            record = file.read(56)
            size = struct.unpack_from("<Q", record, 40)[0] if len(record) == 56 else size
    if min(size, end) > MOST_MEMBERS * _DIRECTORY_ENTRY:
        raise _too_large("members", f"> {MOST_MEMBERS:,}", f"{MOST_MEMBERS:,}")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, with everything that zipfile raises on damaged ones turned into a fault."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            head = file.read(4)
        if head == _LOCAL_HEADER and "not a zip file" in str(error):
            facts = {"expected": "?", "found": "0"}
            raise InputError([Fault("FILE_TRUNCATED", facts=facts)]) from None
        code = "FILE_DAMAGED" if head in (_LOCAL_HEADER, _EMPTY_ARCHIVE) else "FILE_UNREADABLE"
        raise InputError([Fault(code, facts={"found": str(error)[:200]})]) from None
    except (zlib.error, EOFError, struct.error, UnicodeError) as error:
        raise InputError([Fault("FILE_DAMAGED", facts={"found": str(error)[:200]})]) from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file
            raise
        raise InputError([Fault("FILE_DAMAGED", facts={"found": "its directory points out of it"})]) from None
    except (NotImplementedError, RuntimeError) as error:  # a way of packing that Python does not know; a password
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)[:200]})]) from None


def _entries(archive: zipfile.ZipFile) -> list[Entry]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    raw = [info.orig_filename.encode("cp437") for info in infos if not info.flag_bits & _UTF8_FLAG]
    encoding = _encoding(raw)
    entries = []
    for info in infos:
        name = info.orig_filename
        if not info.flag_bits & _UTF8_FLAG:
            name = name.encode("cp437").decode(encoding)
        entries.append(Entry("/".join(part for part in re.split(r"[\\/]", name) if part), info))
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError([Fault("FILE_DAMAGED", value=twice, facts={"found": "two members have this name"})])
    return entries


def _encoding(names: list[bytes]) -> str:
    """The encoding of names that are not marked as UTF-8: Windows packs them in that of its language."""
    whole = b"\n".join(names)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or chinese_share(text) >= CHINESE_SHARE:
            return encoding
    return "cp437"


def _too_large(what: str, found: str, expected: str) -> InputError:
    """The error of an archive with more of `what` (members, bytes, ratio) than expected."""
    words = {
        "members": ("文件数", "members"),
        "bytes": ("解压后字节数", "bytes unpacked"),
        "ratio": ("压缩比", "packed"),
    }
    zh, en = words[what]
    facts = {"found_zh": f"{zh} {found}", "found_en": f"{found} {en}", "expected": expected}
    return InputError([Fault("ARCHIVE_TOO_LARGE", facts=facts)])


# --- What belongs together -------------------------------------------------------------------

# The name on disk, within the folder of the group, and the member that goes there.
_Group = list[tuple[str, Entry]]


def _groups(entries: list[Entry], path: Path, readable: frozenset[str]) -> list[tuple[str, _Group]]:
    """What can be read, in the order of the archive: the name of each, and the members it is made of."""
    # A File Geodatabase is a folder; where its files were packed bare, the archive's name is that of the folder.
    bare = any(entry.folder == "" and entry.suffix == ".gdbtable" for entry in entries)
    whole = f"{path.stem.removesuffix('.gdb')}.gdb"
    beside = _beside(entries)
    databases: dict[str, _Group] = {}
    groups: list[tuple[str, _Group]] = []
    for at, entry in enumerate(entries):
        folder = whole if bare and entry.folder == "" else entry.folder
        if folder.lower().endswith(".gdb"):
            if folder not in databases:
                databases[folder] = []
                groups.append((folder, databases[folder]))
            databases[folder].append((f"{_safe(folder.rpartition('/')[2], 0, '.gdb')}/{entry.base}", entry))
        elif entry.suffix == ".shp":
            stem = _safe(Path(entry.base).stem, at)
            groups.append((entry.name, [(f"{stem}{part.suffix}", part) for part in _parts(entry, beside)]))
        elif entry.suffix in readable - ARCHIVES:
            groups.append((entry.name, [(_safe(entry.base, at, entry.suffix), entry)]))
    counts = Counter(name.rpartition("/")[2] for name, _ in groups)
    return [(base if counts[base := name.rpartition("/")[2]] == 1 else name, group) for name, group in groups]


def _beside(entries: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """Folder and name without suffix, in small letters -> the parts of Shapefiles that bear it."""
    parts: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.suffix in _PARTS - {".shp"}:
            parts.setdefault((entry.folder, Path(entry.base).stem.lower()), []).append(entry)
    return parts


def _parts(shape: Entry, beside: dict[tuple[str, str], list[Entry]]) -> list[Entry]:
    """The parts of a Shapefile, whatever the case of their names; of two that differ only in it, the nearer one."""
    stem = Path(shape.base).stem
    found = {".shp": shape}
    for entry in beside.get((shape.folder, stem.lower()), []):
        if entry.suffix not in found or Path(entry.base).stem == stem:
            found[entry.suffix] = entry
    return list(found.values())


def _safe(name: str, number: int, suffix: str = "") -> str:
    """`name` where every file system can hold it, else a number."""
    plain = _UNSAFE.sub("_", name).strip(" .")
    return plain if plain and len(plain.encode()) <= _LONGEST_NAME else f"member{number}{suffix}"


# --- Unpacking -------------------------------------------------------------------------------


class _Budget:
    """The bytes that may still be unpacked, whatever the directory said."""

    def __init__(self, path: Path) -> None:
        self.left = min(MOST_BYTES, max(FREE_BYTES, MOST_RATIO * path.stat().st_size))

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _too_large("bytes", "> " + f"{MOST_BYTES:,}", f"{MOST_BYTES:,}")


def _unpack(archive: zipfile.ZipFile, group: _Group, home: Path, budget: _Budget) -> Path:
    """Where the first file of a group was unpacked to; for a File Geodatabase its folder."""
    for written, entry in group:
        target = home / written
        target.parent.mkdir(exist_ok=True)
        with archive.open(entry.info) as packed, target.open("xb") as file:
            while block := packed.read(_BLOCK):
                budget.take(len(block))
                file.write(block)
    first = home / group[0][0]
    return first if first.parent == home else first.parent
