"""Workbooks -> nothing, or an error where one cell far away would make the whole sheet between fill the memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from gis.archives import Entry, check_archive, member_stream
from gis.faults import Fault, InputError

# Sheets are read as full grids of some 40 bytes a cell: so many cells take 200 MB.
MOST_EMPTY_CELLS = 5_000_000
# Beyond that a grid must be filled to this share at least, as every honest table is.
LEAST_FILLED = 0.05

_ZIPPED = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})
_MAGIC = b"PK"
# What Office makes of a workbook with a password: a compound file with a stream of this name.
_COMPOUND, _ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1"), "EncryptedPackage".encode("utf-16-le")
_BLOCK = 1 << 22
# No tag of a sheet is longer than this; so much of a block is looked at again with the next one.
_OVERLAP = 1 << 12
_COLUMN = re.compile(rb"""\sr=["']([A-Za-z]{1,3})\d""")
_ROW = re.compile(rb"""\sr=["'][A-Za-z]{0,3}(\d{1,9})["']""")
_ODS_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?![\w-])([^>]*)>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated=["'](\d{1,9})["']""")
# Records of the binary format: a row begins (its number), a cell (its column); the cells of values and of formulas.
_XLSB_ROW, _XLSB_FIRST_CELL, _XLSB_LAST_CELL = 0, 1, 11


class Extent(NamedTuple):
    """The rows and columns up to the last cell of a sheet, and how many cells stand in it."""

    rows: int
    columns: int
    cells: int


def check_workbook(path: Path) -> None:
    """Nothing, or InputError where a workbook is a bomb: ARCHIVE_TOO_LARGE, FILE_TRUNCATED, FILE_DAMAGED …, and
    ARCHIVE_ENCRYPTED where it has a password.

    The size that a sheet states is not asked, since readers do not ask it either: the cells themselves are.
    """
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(8)
        if suffix in _ZIPPED and head == _COMPOUND and _ENCRYPTED in head + file.read():
            raise InputError([Fault("ARCHIVE_ENCRYPTED", value=path.name)])
    if suffix not in _ZIPPED or not head.startswith(_MAGIC):
        return  # .xls ends at 65,536 rows and 256 columns; what is no zip file, its reader refuses
    for entry in check_archive(path):
        measure = _measure_of(entry.name, suffix)
        if measure is None:
            continue
        with member_stream(path, entry) as stream:
            for extent in measure(stream):
                _check(entry, extent)


def _check(entry: Entry, extent: Extent) -> None:
    area = extent.rows * extent.columns
    if area <= MOST_EMPTY_CELLS or extent.cells >= LEAST_FILLED * area:
        return
    size = f"{extent.rows:,} × {extent.columns:,}"
    facts = {
        "found_zh": f"工作表数据范围 {size}（行 × 列），其中只有 {extent.cells:,} 个单元格有内容",
        "found_en": f"a sheet reaches over {size} (rows × columns) with only {extent.cells:,} cells in use",
        "expected": f"{MOST_EMPTY_CELLS:,}",
    }
    raise InputError([Fault("ARCHIVE_TOO_LARGE", value=entry.name, facts=facts)])


def _measure_of(member: str, suffix: str) -> Callable[[IO[bytes]], Iterator[Extent]] | None:
    if suffix == ".ods":
        return _ods_extents if member == "content.xml" else None
    if not member.lower().startswith("xl/worksheets/"):
        return None
    if member.lower().endswith(".xml"):
        return _xlsx_extents
    return _xlsb_extents if member.lower().endswith(".bin") else None


def _xlsx_extents(stream: IO[bytes]) -> Iterator[Extent]:
    rows, columns, cells, rest = 0, 0, 0, b""
    while block := stream.read(_BLOCK):
        data = rest + block
        # Up to the last tag that is whole: the rest is looked at with the next block.
        end = data.rfind(b">", max(0, len(data) - _OVERLAP)) + 1 or len(data) * (len(data) > _OVERLAP)
        whole, rest = data[:end], data[end:]
        found = _COLUMN.findall(whole)
        cells += len(found)
        columns = max([columns, *(_column(letters) for letters in set(found))])
        rows = max([rows, *(int(digits) for digits in set(_ROW.findall(whole)))])
    yield Extent(rows, columns, cells)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods_extents(stream: IO[bytes]) -> Iterator[Extent]:
    """The extent of every table: rows and cells that are repeated count as often as they are."""
    data = stream.read()
    rows = columns = cells = row = width = filled = 0
    row_repeats, row_filled = 1, False
    for found_tag in _ODS_TAG.finditer(data):
        slash, tag, attributes = found_tag.groups()
        repeats = int(found[1]) if (found := _REPEATED.search(attributes)) else 1
        if tag == b"table":
            if slash:
                yield Extent(rows, columns, cells)
            rows = columns = cells = row = 0
        elif tag == b"table-row":
            if slash or attributes.endswith(b"/"):
                row += repeats if not slash else row_repeats
                if slash and row_filled:
                    rows, columns = row, max(columns, filled)
            else:
                width = filled = 0
                row_repeats, row_filled = repeats, False
        elif not slash:
            width += repeats
            if not attributes.endswith(b"/") or b"value" in attributes:
                row_filled, filled = True, width
                cells += 1


def _xlsb_extents(stream: IO[bytes]) -> Iterator[Extent]:
    """The extent of a sheet as a run of records: each has its kind and its length, both of one or more bytes."""
    data, at = stream.read(), 0
    rows = columns = cells = 0
    while at < len(data):
        kind, at = _varint(data, at, 2)
        length, at = _varint(data, at, 4)
        if kind == _XLSB_ROW:
            rows = max(rows, int.from_bytes(data[at : at + 4], "little") + 1)
        elif _XLSB_FIRST_CELL <= kind <= _XLSB_LAST_CELL:
            columns = max(columns, int.from_bytes(data[at : at + 4], "little") + 1)
            cells += 1
        at += length
    yield Extent(rows, columns, cells)


def _varint(data: bytes, at: int, most: int) -> tuple[int, int]:
    """The number that begins at `at`, seven bits a byte, and where it ends."""
    number = 0
    for place in range(most):
        byte = data[at] if at < len(data) else 0
        number |= (byte & 0x7F) << (7 * place)
        at += 1
        if not byte & 0x80:
            break
    return number, at
