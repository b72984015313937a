"""The office's ledger as CSV or XLSX, edited by hand -> what each row says, and what it said when it was exported.

A workbook of ours carries the cells as they were exported (`layers.ledger_columns`): what differs was edited.
A table of the office's own has none; there the last word of the table on the ledger is what edits are told by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from gis.dates import read_day
from gis.faults import Fault, InputError
from gis.grids import Grid
from gis.own_sheets import BASELINE, EXPORT
from gis.read import Table, read_cells, read_rows
from layers.columns import cells, frame_of, objects
from layers.field_faults import found_text
from layers.known_sites import Site
from layers.layer import key_of_heading
from layers.ledger_columns import BASELINE_COLUMNS, COLUMNS, EDITABLE, EXPORT_FORMAT, SHEET, code_of_heading
from layers.on_ledger import shares
from layers.remediation_sites import LAYER
from layers.words import LAYER_KINDS, code_of

_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
# What tells the row, and what is read beside the columns that may be edited.
_KEYS = ("site_id", "layer", "revision")
_READ = frozenset({*_KEYS, *EDITABLE, "deadline"})
# A name of a column as the office's data have it, where no heading of the workbook is written so.
_KNOWN = {
    key_of_heading(name): column.name
    for column in reversed(LAYER.columns)
    for name in (*reversed(column.also), column.name)
    if column.name in _READ
}
_HEADINGS_WITHIN = 30  # rows
_LISTS = re.compile(r"[;；、\n]+")


class EditedRow(NamedTuple):
    """One row: its number, its site, the revision it was exported with (None: not stated), its cells by column.

    A cell is text, a share of the work as a number, or a list of texts (evidence); absent where it is empty.
    """

    row: int
    site: Site
    revision: int | None
    said: Mapping[str, Any]


class EditedTable(NamedTuple):
    """A table of the office. `exported`: what a workbook of ours had at first, by site; None for any other table.

    `deleted`: sites that were exported and have no row any more. `columns`: those that may be edited and are there.
    `build_id`: of the run that exported it, whose ids it has; '' where it is not known.
    """

    name: str
    sha256: str
    rows: tuple[EditedRow, ...]
    exported: Mapping[Site, EditedRow] | None
    deleted: tuple[Site, ...]
    columns: tuple[str, ...]
    build_id: str = ""


def rows_of(path: Path, *, name: str) -> list[Table]:
    """The tables of a file, or of a workbook of ours its problems alone; sheets without rows are left out.

    Raises InputError where the file cannot be read, or no sheet of it has rows.
    """
    if is_ours(path, name=name):
        found = [_table_of(grid) for grid in read_cells(path, name=name) if grid.name in (SHEET.zh, SHEET.en)]
        if any(len(table.frame) for table in found):
            return found
    try:
        return read_rows(path, name=name)
    except InputError as error:
        if {fault.code for fault in error.faults} != {"EMPTY_LAYER"}:
            raise
        sheets = [grid.name for grid in read_cells(path, name=name) if sum(map(any, grid.rows)) > 1]
        if not sheets or sheets == [""]:
            raise
    return [table for sheet in sheets for table in read_rows(path, name=name, table=sheet)]


def _table_of(grid: Grid) -> Table:
    """The problems of a workbook of ours, by the headings that it was exported with, whatever stands above them."""
    heading = next((at for at, row in enumerate(grid.rows[:_HEADINGS_WITHIN]) if len(_codes(row)) > 1), len(grid.rows))
    titles = [_cell_text(cell) for cell in grid.rows[heading]] if heading < len(grid.rows) else []
    rows = [(number, row) for number, row in enumerate(grid.rows[heading + 1 :], start=heading + 2) if any(row)]
    columns = {
        title: objects(_cell_text(row[at]) if at < len(row) else "" for _, row in rows)
        for at, title in reversed(list(enumerate(titles)))
        if title
    }
    frame = frame_of({**columns, "source_row": objects(number for number, _ in rows)})
    return Table(frame, [], grid.name, {}, {})


def _codes(row: Sequence[object]) -> set[str]:
    """The columns that the cells of a row are headings of, where one is that of ids."""
    found = {code for cell in row if (code := code_of_heading(_cell_text(cell)))}
    return found if "site_id" in found else set()


def _cell_text(cell: object) -> str:
    """A typed cell as the text that a reader of it sees."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def edited_table(path: Path, tables: Sequence[Table], *, name: str, digest: str) -> EditedTable:
    """What the rows of a table say; `tables` is what `rows_of` gives of the file.

    Raises InputError with every fault: TABLE_NO_IDS, TABLE_TWICE, SURVEY_FIELD (a word or a day that is none).
    """
    exported = _exported(path, name) if is_ours(path, name=name) else None
    faults: list[Fault] = []
    rows: list[EditedRow] = []
    columns: dict[str, None] = {}
    for table in tables:
        headings = _headings(table)
        if "site_id" not in headings:
            continue
        columns |= dict.fromkeys(one for one in headings if one in EDITABLE)
        faults += table.faults
        found, wrong = _rows(table, headings, name)
        rows += found
        faults += wrong
    if not columns:
        found_headings = [str(one) for table in tables for one in table.frame.columns if one != "source_row"]
        facts = {"found": ", ".join(found_headings)[:400]}
        raise InputError([Fault("TABLE_NO_IDS", file=name, facts=facts)])
    faults += _twice(rows, name)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    there = {row.site for row in rows}
    deleted = tuple(sorted(set(exported) - there)) if exported is not None else ()
    build_id = "" if exported is None else _export_facts(path, name).get("build_id", "")
    return EditedTable(name, digest, tuple(rows), exported, deleted, tuple(columns), build_id)


def is_ours(path: Path, *, name: str) -> bool:
    """Whether a file is a workbook that Headwater exported, whatever was done to it since."""
    return path.suffix.lower() in _WORKBOOKS and _export_facts(path, name).get("format") == EXPORT_FORMAT


def _export_facts(path: Path, name: str) -> dict[str, str]:
    """What a workbook of ours says of its export; nothing where it is none."""
    try:
        export = read_rows(path, name=name, table=EXPORT)[0].frame
    except InputError:
        return {}
    if not {"key", "value"} <= set(export.columns):
        return {}
    return {str(key): str(value) for key, value in zip(export["key"], export["value"], strict=True)}


def _exported(path: Path, name: str) -> dict[Site, EditedRow] | None:
    """The cells as a workbook of ours had them; None where it has lost them."""
    try:
        baseline = read_rows(path, name=name, table=BASELINE)[0]
    except InputError:
        return None
    headings = {code: code for code in BASELINE_COLUMNS if code in baseline.frame}
    if not {"layer", "site_id"} <= set(headings):
        return None
    rows, faults = _rows(baseline, headings, name)
    if faults:
        raise InputError(faults)
    return {row.site: row for row in rows}


def _headings(table: Table) -> dict[str, str]:
    """By column the heading that it has in the table; the first where several mean the same."""
    found: dict[str, str] = {}
    theirs = [str(one) for one in table.frame.columns if one not in ("source_row", "geometry")]
    for heading in theirs:
        code = code_of_heading(heading)
        if code in _READ:
            found.setdefault(code, heading)
    for heading in theirs:
        known = heading if heading in _READ else _KNOWN.get(key_of_heading(heading))
        if known is not None and heading not in found.values():
            found.setdefault(known, heading)
    return found


def _rows(table: Table, headings: Mapping[str, str], name: str) -> tuple[list[EditedRow], list[Fault]]:
    """The rows that name a site, and what is no value of its column."""
    texts = {code: [_plain(one) for one in cells(table.frame, heading)] for code, heading in headings.items()}
    numbers = [int(one) for one in table.frame["source_row"]]
    values: dict[str, list[Any]] = {}
    faults: list[Fault] = []
    for code, column in texts.items():
        if code in _KEYS:
            continue
        values[code], wrong = _values(code, column)
        for at, (zh, en) in wrong.items():
            facts = {"expected_zh": zh, "expected_en": en, "found": found_text(column[at])}
            faults.append(Fault("SURVEY_FIELD", file=name, row=numbers[at], column=headings[code], facts=facts))
    rows = []
    for at, number in enumerate(numbers):
        site_id = texts["site_id"][at]
        said = {code: column[at] for code, column in values.items() if column[at] not in (None, "", [])}
        if site_id:
            layer = code_of(texts["layer"][at], LAYER_KINDS) if "layer" in texts else None
            rows.append(EditedRow(number, (layer or LAYER.kind, site_id), _revision(texts, at), said))
        elif said:
            facts = {"expected_zh": "点位编号", "expected_en": "the id of the site", "found": "–"}
            faults.append(Fault("SURVEY_FIELD", file=name, row=number, column=headings["site_id"], facts=facts))
    return rows, faults


def _values(code: str, texts: list[str]) -> tuple[list[Any], dict[int, tuple[str, str]]]:
    """What the cells of a column mean, and by position what was expected where they mean nothing."""
    column = COLUMNS[code]
    wrong: dict[int, tuple[str, str]] = {}
    if column.kind == "share":
        made: list[Any] = list(shares(list(texts)))
        expected = ("0% 到 100%", "0 % to 100 %")
    elif column.words is not None:
        made = [code_of(text, column.words) if text else None for text in texts]
        known = ", ".join(f"{word.zh} ({one})" for one, word in column.words.items())
        expected = (known, known)
    elif column.kind == "date":
        made = [read_day(text).iso if text else None for text in texts]
        expected = ("日期，如 2017-11-30", "a day such as 2017-11-30")
    elif code == "evidence":
        return [[part.strip() for part in _LISTS.split(text) if part.strip()] for text in texts], wrong
    else:
        return list(texts), wrong
    wrong = {at: expected for at, text in enumerate(texts) if text and made[at] is None}
    return made, wrong


def _twice(rows: Iterable[EditedRow], name: str) -> list[Fault]:
    """A fault for each row of a site that has another row saying something else."""
    first: dict[Site, EditedRow] = {}
    return [
        Fault("TABLE_TWICE", file=name, row=row.row, column="site_id", value=row.site[1],
              facts={"found": str(first[row.site].row)})
        for row in rows
        if first.setdefault(row.site, row).said != row.said
    ]  # fmt: skip


def _revision(texts: Mapping[str, list[str]], at: int) -> int | None:
    text = texts.get("revision", [""] * (at + 1))[at].removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= 15 else None


def _plain(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""
