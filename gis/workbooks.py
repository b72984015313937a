"""Workbooks (.xlsx .xlsm .xlsb .xls .ods) -> their sheets as text; what is hidden or merged in them is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from gis.columns import number_text
from gis.error_cells import ERROR_WORDS
from gis.faults import Fault, InputError
from gis.headings import heading_of
from gis.ods_marks import ods_marks
from gis.own_sheets import is_own
from gis.sheet_marks import Marks, Merge, column_letters, epoch_of, sheet_marks
from gis.sheets import Sheet, sheet_of
from gis.xls_marks import xls_marks
from gis.xlsb_marks import xlsb_marks

WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
_SHOWN = 20


def read_workbook(path: Path, table: str | None) -> list[Sheet]:
    """The sheets of a workbook as text: integral numbers without `.0`, dates as ISO text, errors as `#N/A`, `#REF!` ….

    Formulas are read as the values that the file keeps for them; where it keeps none the cell is `#NOT-CALCULATED!`.
    Cells merged down a column all have the value of the first. Blank sheets, and those that Headwater added itself,
    are left out and told (fact `skipped`); hidden sheets, rows and columns are read and told (fact `hidden`).
    With `table`, that sheet only; raises InputError(TABLE_MISSING) naming the sheets where it is absent, and
    HEADING_MISSING for each sheet that has none.
    """
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
        if table is not None and table not in book.sheet_names:
            raise InputError([Fault("TABLE_MISSING", value=table, facts={"expected": ", ".join(book.sheet_names)})])
        names = [table] if table is not None else [name for name in book.sheet_names if not is_own(name)]
        pages = {name: book.get_sheet_by_name(name) for name in names}
        grids = {name: page.to_python(skip_empty_area=False) for name, page in pages.items()}
        merges = {name: page.merged_cell_ranges or [] for name, page in pages.items()}
        marks, epoch = {**sheet_marks(path), **xls_marks(path), **xlsb_marks(path)}, epoch_of(path)
        for name, found in ods_marks(path).items():
            marks[name], merges[name] = found
    except (InputError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - calamine raises a family of its own, on damaged files even panics
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)[:200]})]) from None
    unseen = {one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible}
    sheets, faults = [], []
    skipped = [] if table is not None else [name for name in book.sheet_names if is_own(name)]
    for name, grid in grids.items():
        records = [[_cell(value) for value in row] for row in grid]
        facts = {"driver": "calamine", **({"epoch": epoch} if epoch != 1900 else {})}
        try:
            sheet = _sheet(name, records, merges[name], marks.get(name, Marks({}, [], [])), facts, name in unseen)
        except InputError as error:
            faults += [fault.at(layer=name) for fault in error.faults]
            continue
        if sheet is None:
            skipped.append(name)
        else:
            sheets.append(sheet)
    if faults:
        raise InputError(faults)
    for sheet in sheets if skipped else []:
        sheet.facts["skipped"] = ", ".join(skipped)
    return sheets


def _sheet(
    name: str, records: list[list[str]], merges: Sequence[Merge], marks: Marks, facts: dict[str, Any], unseen: bool
) -> Sheet | None:
    """The sheet of these cells, None where all are blank."""
    for (row, column), word in marks.cells.items():
        if row < len(records) and column < len(records[row]):
            cell = records[row][column]
            # A number with zeros before it is only put in the place of that number.
            if word in ERROR_WORDS or word.startswith("#") or word.lstrip("0") == cell.lstrip("0"):
                records[row][column] = word
    if not any(cell for record in records for cell in record):
        return None
    heading = heading_of(records)
    filled = _fill_down(records, merges, heading.data)
    if filled:
        facts |= {"cells_merged": sum(filled.values()), "merged": _listed([
            f"{heading.names[column] if column < len(heading.names) else column_letters(column)} × {cells}"
            for column, cells in sorted(filled.items())
        ])}  # fmt: skip
    if hidden := _hidden(records, marks, heading.names, unseen):
        facts["hidden"] = hidden
    return sheet_of(name, records, facts, ragged=False, heading=heading)


def _fill_down(records: list[list[str]], merges: Sequence[Merge], data: int) -> dict[int, int]:
    """Column -> how many cells of merges within the rows of data took the value of the merge's first cell."""
    filled: dict[int, int] = {}
    is_row = [any(record) for record in records]  # a merge may reach into rows that are otherwise blank
    for (first, column), (last, _) in merges:
        if first < data or last == first or first >= len(records) or column >= len(records[first]):
            continue
        value = records[first][column]
        for at in range(first + 1, min(last + 1, len(records))):
            if value and is_row[at] and column < len(records[at]) and not records[at][column]:
                records[at][column] = value
                filled[column] = filled.get(column, 0) + 1
    return filled


def _hidden(records: list[list[str]], marks: Marks, names: list[str], unseen: bool) -> str:
    """What of the filled rows and columns is hidden, in words of both languages; '' where nothing is."""
    rows = [str(row + 1) for row in marks.rows if row < len(records) and any(records[row])]
    columns = [f"{column_letters(at)} ({names[at]})" for at in marks.columns if at < len(names)]
    found = ["工作表 / the sheet"] if unseen else []
    found += [f"行 / rows {_listed(rows)}"] if rows else []
    found += [f"列 / columns {_listed(columns)}"] if columns else []
    return "; ".join(found)


def _listed(words: list[str]) -> str:
    more = f" … ({len(words)})" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


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
