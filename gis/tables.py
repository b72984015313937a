"""CSV files and workbooks -> sheets of text cells, with the agency's own row numbers; and texts -> their encoding."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gis.columns import Objects, number_text, shared, texts
from gis.error_cells import error_cells
from gis.faults import Fault, InputError
from gis.plain_csv import plain_columns

WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
DELIMITED = frozenset({".csv", ".tsv"})
# Bytes that "decode" as GB18030 are only believed where the result is everyday Chinese (GB 2312) in this share.
CHINESE_SHARE = 0.8
_TRIED = ("utf-8", "gb18030")
_END = "\x1eEND"
_LONGEST_CELL = 1 << 24
# The heading is looked for in so many characters first.
_HEADING = 1 << 16


class Sheet(NamedTuple):
    """One table: name, heading, columns (cells of stripped-of-nothing text, None where empty), row numbers, faults."""

    name: str
    heading: list[str]
    columns: list[Objects]
    numbers: NDArray[np.int64]
    faults: list[Fault]
    facts: dict[str, str]


def encoding_of(data: bytes, declared: str | None = None) -> str:
    """The encoding in which `data` decodes strictly: the declared one, UTF-8, UTF-16 with BOM, GB18030.

    Raises InputError(ENCODING_WRONG) where the declared one does not fit, ENCODING_UNKNOWN where none does.
    """
    if declared is not None:
        try:
            data.decode(declared)
        except (UnicodeDecodeError, LookupError) as error:
            raise InputError([Fault("ENCODING_WRONG", value=declared, facts={"found": str(error)[:200]})]) from None
        return "utf-8-sig" if codecs.lookup(declared).name == "utf-8" else declared
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) % 2 == 0:
        return "utf-16"
    for name in _TRIED:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return "utf-8-sig"
        if chinese_share(text) >= CHINESE_SHARE:
            return name
    raise InputError([Fault("ENCODING_UNKNOWN", facts={"expected": ", ".join(_TRIED)})])


def chinese_share(text: str) -> float:
    """The share of the non-ASCII characters of `text` that everyday Chinese (GB 2312) has; 0 where there is none."""
    counts = Counter(character for character in text if ord(character) > 127)
    total = sum(counts.values())
    known = sum(count for character, count in counts.items() if _in_gb2312(character))
    return known / total if total else 0.0


def _in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def read_delimited(path: Path, encoding: str | None) -> list[Sheet]:
    """The one sheet of a CSV or TSV file; quoted line breaks belong to their cell, so a record is a row.

    Raises InputError for an encoding that cannot be told and for a quotation mark that is never closed.
    """
    data = path.read_bytes()
    if not data.strip():
        raise InputError([Fault("EMPTY_LAYER")])
    name = encoding_of(data, encoding)
    text = data.decode(name)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    facts = {"encoding": "utf-8" if name == "utf-8-sig" else name, "driver": "csv"}
    columns = plain_columns(text.rstrip("\r\n"), delimiter)
    sheet = None if columns is None else _plain_sheet(columns, facts)
    return [sheet or _sheet("", _records(text, delimiter), facts, ragged=True)]


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a CSV text as the csv module reads them."""
    csv.field_size_limit(_LONGEST_CELL)
    # An open quotation mark swallows the rest of the file, this last line included: so it is found.
    lines = io.StringIO(text.rstrip("\r\n") + f"\n{_END}\n", newline="")
    try:
        records = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)})]) from None
    if records[-1] != [_END]:
        raise InputError([Fault("QUOTE_OPEN", row=len(records), value=(records[-1] or [""])[-1][:80])])
    return records[:-1]


def _delimiter(text: str) -> str:
    heading = next((line for line in text[:_HEADING].splitlines()[:-1] if line.strip(" ,;\t")), None)
    if heading is None:  # no whole line with anything in it among so many characters
        heading = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    return max((",", ";", "\t"), key=heading.count)


def _plain_sheet(cells: Sequence[pa.ChunkedArray], facts: dict[str, str]) -> Sheet | None:
    """The sheet of columns whose first cell is the heading; None where that is no plain heading for each of them."""
    heading = [str(column[0]).strip() for column in cells]
    if not heading[-1]:
        return None
    columns = [texts(column.slice(1)) for column in cells]
    blank = np.arange(len(columns[0]))
    for column in columns:  # nearly always there is none left after the first
        blank = blank[[not (cell and cell.strip()) for cell in column[blank].tolist()]]
    kept = np.ones(len(columns[0]), dtype=bool)
    kept[blank] = False
    if len(blank):
        columns = [column[kept] for column in columns]
    return Sheet("", heading, columns, np.flatnonzero(kept) + 2, [], facts)


def read_workbook(path: Path, table: str | None) -> list[Sheet]:
    """The sheets of a workbook as text: integral numbers without `.0`, dates as ISO text, errors as `#N/A`, `#REF!` ….

    Blank sheets are left out.
    With `table`, that sheet only; raises InputError(TABLE_MISSING) naming the sheets where it is absent.
    """
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        if table is not None and table not in book.sheet_names:
            raise InputError([Fault("TABLE_MISSING", value=table, facts={"expected": ", ".join(book.sheet_names)})])
        names = [table] if table is not None else book.sheet_names
        grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
        errors = error_cells(path)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - calamine raises a family of its own and, on damaged files, plain ones
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)[:200]})]) from None
    sheets = []
    for name, grid in grids.items():
        records = [[_cell(value) for value in row] for row in grid]
        for (row, column), word in errors.get(name, {}).items():
            if row < len(records) and column < len(records[row]):
                records[row][column] = word
        if any(cell for record in records for cell in record):
            sheets.append(_sheet(name, records, {"driver": "calamine"}, ragged=False))
    return sheets


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _sheet(name: str, records: list[list[str]], facts: dict[str, str], *, ragged: bool) -> Sheet:
    """Heading, columns and row numbers of `records`; where `ragged`, rows of another length are faults."""
    filled = [(at, record) for at, record in enumerate(records, start=1) if "".join(record).strip()]
    if not filled:
        raise InputError([Fault("EMPTY_LAYER", layer=name)])
    width = max((at for at, cell in enumerate(filled[0][1], start=1) if cell.strip()), default=0)
    heading = [cell.strip() for cell in filled[0][1][:width]]
    rows, numbers, faults = [], [], []
    for number, record in filled[1:]:
        found = len(record)
        while found > width and not record[found - 1].strip():
            found -= 1
        if found > width or (ragged and len(record) < width):
            facts_of_row = {"expected": str(width), "found": str(found)}
            faults.append(
                Fault("ROW_RAGGED", layer=name, row=number, value=",".join(record)[:200], facts=facts_of_row)
            )
        else:
            rows.append(record[:width] if len(record) > width else record)
            numbers.append(number)
    # A workbook's short rows end in empty cells.
    cells = [shared(column) for column in zip_longest(*rows, fillvalue="")]
    nothing: Objects = np.full(len(rows), None, dtype=object)
    columns = cells + [nothing] * (width - len(cells))
    return Sheet(name, heading, columns, np.array(numbers, dtype=np.int64), faults, facts)
