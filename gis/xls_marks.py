"""What the reader of .xls workbooks does not tell: error cells, zeros before a number, hidden rows and columns.

The format is Microsoft's [MS-XLS] inside [MS-CFB]: a file of sectors, in it a stream of records.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from gis.sheet_marks import Marks

_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA  # what is not below it is no sector
_SECTOR_SIZES = {9: 512, 12: 4096}
_ENTRY = 128
_ROOT, _STREAM = 5, 2
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_SHEET, _FORMAT, _STYLE, _ROW, _COLUMNS, _END = 0x85, 0x41E, 0xE0, 0x208, 0x7D, 0x0A
_FORMULA, _ERROR, _NUMBER, _RK, _SEVERAL_RK = 0x06, 0x205, 0x203, 0x27E, 0xBD


def xls_marks(path: Path) -> dict[str, Marks]:
    """Sheet -> what is marked in it; empty for workbooks that are no .xls of Excel 97 or later.

    Raises LookupError, ValueError or struct.error where the file's own tables lead nowhere.
    """
    data = path.read_bytes() if path.suffix.lower() == ".xls" else b""
    if not data.startswith(_SIGNATURE):
        return {}
    book = _workbook(data)
    sheets: list[tuple[str, int]] = []
    formats: dict[int, str] = {}
    styles: list[int] = []
    for kind, record in _records(book, 0):
        if kind == _SHEET:
            sheets.append((_string(record[6:], record[6]), struct.unpack_from("<I", record)[0]))
        elif kind == _FORMAT:
            formats[struct.unpack_from("<H", record)[0]] = _string(record[3:], struct.unpack_from("<H", record, 2)[0])
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<H", record, 2)[0])
    padded = {at: len(code) for at, one in enumerate(styles) if re.fullmatch("00+", code := formats.get(one, ""))}
    return {name: _marks(book, start, padded) for name, start in sheets}


def _marks(book: bytes, start: int, padded: dict[int, int]) -> Marks:
    marks = Marks({}, [], [])
    for kind, record in _records(book, start):
        if kind == _ROW and record[12] & 0x20:
            marks.rows.append(struct.unpack_from("<H", record)[0])
        elif kind == _COLUMNS and record[8] & 1:
            first, last = struct.unpack_from("<HH", record)
            marks.columns.extend(range(first, last + 1))
        elif kind == _ERROR and record[7]:
            marks.cells[struct.unpack_from("<HH", record)] = ERRORS.get(record[6], "#N/A")
        elif kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
            marks.cells[struct.unpack_from("<HH", record)] = ERRORS.get(record[8], "#N/A")
        elif kind in (_NUMBER, _RK, _SEVERAL_RK):
            for place, style, number in _numbers(kind, record):
                if style in padded and number >= 0 and number == int(number):
                    marks.cells[place] = str(int(number)).zfill(padded[style])
    return marks


def _numbers(kind: int, record: bytes) -> Iterator[tuple[tuple[int, int], int, float]]:
    """Place, style and value of the number cells that one record holds."""
    row, column = struct.unpack_from("<HH", record)
    if kind == _NUMBER:
        style, value = struct.unpack_from("<Hd", record, 4)
        yield (row, column), style, value
        return
    for at in range((len(record) - 4) // 6):
        style, packed = struct.unpack_from("<HI", record, 4 + 6 * at)
        yield (row, column + at), style, _unpacked(packed)


def _unpacked(packed: int) -> float:
    """The number of an RK value: an integer or the upper half of a double; the lowest bit divides it by 100."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", struct.pack("<II", 0, packed & 0xFFFFFFFC))
    return value / 100 if packed & 1 else value


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the workbook, from its first to its end record; what is embedded is passed over."""
    at, depth = start, 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == 0x809:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _string(data: bytes, length: int) -> str:
    """A text of so many letters behind one byte and the byte that says whether they are of one byte or two."""
    wide = data[1] & 1
    return data[2 : 2 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


# --- The file of sectors ---------------------------------------------------------------------


def _workbook(data: bytes) -> bytes:
    """The stream that holds the workbook; empty where there is none."""
    size = _SECTOR_SIZES[struct.unpack_from("<H", data, 30)[0]]
    first, _, limit, small_first, _, more, _ = struct.unpack_from("<7I", data, 48)
    places = list(struct.unpack_from("<109I", data, 76))
    seen: set[int] = set()
    while more < _LAST_SECTOR and more not in seen:
        seen.add(more)
        part = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        places += part[:-1]
        more = part[-1]
    table = _table(data, [place for place in places if place < _LAST_SECTOR], size)
    entries = b"".join(_sector(data, place, size) for place in _chain(table, first))
    found = {
        entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le"): entry
        for entry in (entries[at : at + _ENTRY] for at in range(0, len(entries) - _ENTRY + 1, _ENTRY))
        if entry[66] in (_ROOT, _STREAM)
    }
    entry = found.get("Workbook")
    if entry is None:
        return b""
    start, length = struct.unpack_from("<II", entry, 116)
    if length >= limit:
        return b"".join(_sector(data, place, size) for place in _chain(table, start))[:length]
    root = struct.unpack_from("<I", found["Root Entry"], 116)[0]
    small = b"".join(_sector(data, place, size) for place in _chain(table, root))
    small_table = _table(data, _chain(table, small_first), size)
    return b"".join(small[place * 64 : place * 64 + 64] for place in _chain(small_table, start))[:length]


def _sector(data: bytes, place: int, size: int) -> bytes:
    return data[(place + 1) * size : (place + 2) * size]


def _table(data: bytes, places: list[int], size: int) -> list[int]:
    joined = b"".join(_sector(data, place, size) for place in places)
    return list(struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4]))


def _chain(table: list[int], first: int) -> list[int]:
    """The sectors of a stream in their order; raises ValueError where the chain leads nowhere or round in a circle."""
    found: list[int] = []
    while first < _LAST_SECTOR:
        if first >= len(table) or len(found) > len(table):
            raise ValueError("the table of sectors is damaged")
        found.append(first)
        first = table[first]
    return found
