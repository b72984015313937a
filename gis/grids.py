"""A CSV file or workbook -> the cells of every sheet as they stand, typed, with the widths of their columns."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from gis.error_cells import ERROR_WORDS
from gis.faults import Fault, InputError
from gis.own_sheets import is_own
from gis.sheet_marks import Marks, sheet_marks, sheet_parts
from gis.tables import DELIMITED, WORKBOOKS, _delimiter, _records, encoding_of

# The widths stand before the cells; a sheet with more than this in front of them goes without.
_HEAD = 1 << 16
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_MOST_COLUMNS = 16_384
# What a cell may hold beside text, numbers and truth values.
_MOMENTS: dict[str, Any] = {one.__name__: one for one in (date, datetime, time)}


class Grid(NamedTuple):
    """One sheet: its name ('' for a CSV), its rows from row 1 on, and widths in characters by column, from 0.

    A cell is None or '' where it is empty, else text, a number, a truth value, a date or a time.
    """

    name: str
    rows: list[list[object]]
    widths: dict[int, float]


def is_table(path: Path) -> bool:
    """Whether `path` is a file that `grids` can read: a CSV, a TSV or a workbook."""
    return path.suffix.lower() in DELIMITED | WORKBOOKS


def grids(path: Path, encoding: str | None = None) -> list[Grid]:
    """Every sheet of a workbook, or the one of a CSV, cell by cell; error cells are their words (#N/A).

    For the reading process; who has no such care taken of himself asks `gis.read.read_cells`.

    Rows stand where the agency sees them: `rows[0]` is row 1. Sheets that Headwater added itself are left out.
    Raises InputError where the file cannot be read as `gis.read.read` reads it.
    """
    if path.suffix.lower() in DELIMITED:
        data = path.read_bytes()
        text = data.decode(encoding_of(data, encoding))
        delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
        return [Grid("", [list(record) for record in _records(text, delimiter)], {})]
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        marks, widths = sheet_marks(path), _widths(path)
        sheets = []
        for name in book.sheet_names:
            if is_own(name):
                continue
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows: list[list[object]] = [list(row) for row in cells]
            for (row, column), word in marks.get(name, Marks({}, [], [])).cells.items():
                if word in ERROR_WORDS and row < len(rows) and column < len(rows[row]):
                    rows[row][column] = word
            sheets.append(Grid(name, rows, widths.get(name, {})))
    except (InputError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - calamine raises a family of its own, on damaged files even panics
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)[:200]})]) from None
    return sheets


def told_grids(found: list[Grid]) -> list[list[Any]]:
    """The grids as JSON has them; dates and times as their kind and their text."""
    return [[one.name, [[_told(cell) for cell in row] for row in one.rows], list(one.widths.items())] for one in found]


def grids_of(content: list[list[Any]]) -> list[Grid]:
    """The grids that `told_grids` has told."""
    return [
        Grid(name, [[_made(cell) for cell in row] for row in rows], {int(at): width for at, width in widths})
        for name, rows, widths in content
    ]


def _told(cell: object) -> object:
    if cell is None or isinstance(cell, str | int | float):
        return cell
    kind = type(cell).__name__
    return [kind, cell.isoformat()] if kind in _MOMENTS else str(cell)  # type: ignore[attr-defined]


def _made(cell: Any) -> object:
    return _MOMENTS[cell[0]].fromisoformat(cell[1]) if isinstance(cell, list) else cell


def _widths(path: Path) -> dict[str, dict[int, float]]:
    """Sheet -> column -> its width, for workbooks that say so where we look: .xlsx and .xlsm."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return {}
    with zipfile.ZipFile(path) as parts:
        found = {}
        for name, part in sheet_parts(parts).items():
            with parts.open(part) as file:
                head = file.read(_HEAD).partition(b"<sheetData")[0]
            found[name] = _stated(head)
    return found


def _stated(head: bytes) -> dict[int, float]:
    widths: dict[int, float] = {}
    for element in _COLUMN.findall(head):
        said = dict(re.findall(rb'(min|max|width)="([\d.]+)"', element))
        if len(said) == 3:
            last = min(int(float(said[b"max"])), _MOST_COLUMNS)
            widths |= dict.fromkeys(range(int(float(said[b"min"])) - 1, last), float(said[b"width"]))
    return widths
