"""Rows -> CSV, TSV, XLSX, ODS and XLS files, each written cell by cell."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from tests.corpus.model import Plan

Grid = list[list[Any]]
_ERRORS = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"})


def grid_of(plan: Plan) -> Grid:
    """Every line of the table, its titles and heading included; None for an empty cell."""
    heading = list(plan.headings.values())
    lines: Grid = [[*title, *[None] * (len(heading) - len(title))] for title in plan.titles]
    lines.append(heading)
    for at, row in enumerate(plan.rows):
        if at in plan.blanks:
            lines.append([None] * len(heading))
        cells = [row.cells.get(column) for column in plan.headings]
        lines.append(cells[: row.cells_added] if row.cells_added < 0 else [*cells, *["x"] * row.cells_added])
    return lines


def write_delimited(path: Path, grid: Grid, *, encoding: str, delimiter: str) -> None:
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=delimiter, lineterminator="\r\n" if len(grid) % 2 else "\n")
    rows.writerows([["" if cell is None else cell for cell in line] for line in grid])
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path: Path, grid: Grid, *, hidden: set[int] = frozenset(), merged: int = 0, sheet: str = "数据") -> None:
    """`hidden`: lines (from 0) that do not show; the first `merged` lines are titles over all columns."""
    # Dates are written as dates, numbers as numbers, errors as what a formula without a value leaves.
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, line in enumerate(grid):
            if at < merged and any(cell is not None for cell in line):
                page.merge_range(at, 0, at, len(line) - 1, line[0])
                continue
            for column, cell in enumerate(line):
                _put(page, at, column, cell, day)
            if at in hidden:
                page.set_row(at, None, None, {"hidden": True})


def _put(page: Any, at: int, column: int, cell: Any, day: Any) -> None:
    if isinstance(cell, datetime | date):
        page.write_datetime(at, column, cell, day)
    elif isinstance(cell, int | float):
        page.write_number(at, column, cell)
    elif cell in _ERRORS:
        page.write_formula(at, column, "=NA()", None, cell)
    elif cell is not None:
        page.write_string(at, column, cell)


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    '<office:spreadsheet><table:table table:name="{sheet}">{rows}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
)
ODS_MIME = "application/vnd.oasis.opendocument.spreadsheet"


def ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    lines = "".join(f"<text:p>{_ods_blanks(line)}</text:p>" for line in str(cell).split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def _ods_blanks(line: str) -> str:
    return escape(line).replace("  ", ' <text:s text:c="1"/>')


def write_ods(path: Path, grid: Grid, *, sheet: str = "数据") -> None:
    rows = "".join(f"<table:table-row>{''.join(map(ods_cell, line))}</table:table-row>" for line in grid)
    write_ods_content(path, _ODS.format(sheet=sheet, rows=rows))


def write_ods_content(path: Path, content: str) -> None:
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_MIME}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", ODS_MIME, zipfile.ZIP_STORED)
        parts.writestr("META-INF/manifest.xml", manifest)
        parts.writestr("content.xml", content)


# --- XLS: BIFF8 in a compound file, as much of both as a table needs ----------------------------


def write_xls(path: Path, grid: Grid, *, sheet: str = "data") -> None:
    cells = b"".join(
        _xls_cell(at, column, cell)
        for at, line in enumerate(grid)
        for column, cell in enumerate(line)
        if cell is not None
    )
    page = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + _record(0x0A, b"")
    name = sheet.encode("utf-16-le")
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200))

    def globals_with(offset: int) -> bytes:
        bound = struct.pack("<IBBBB", offset, 0, 0, len(sheet), 1) + name
        return start + _record(0x85, bound) + _record(0x0A, b"")

    path.write_bytes(_compound("Workbook", globals_with(len(globals_with(0))) + page))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _xls_cell(at: int, column: int, cell: Any) -> bytes:
    place = struct.pack("<HHH", at, column, 0)
    if isinstance(cell, int | float):
        return _record(0x203, place + struct.pack("<d", cell))
    text = str(cell)[:2000].encode("utf-16-le")
    return _record(0x204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def _compound(name: str, stream: bytes) -> bytes:
    """A compound file (OLE2) with one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 2) // 127)  # sectors of the allocation table: each tells of 128, its own among them
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE]  # the tables, then the directory
    first = tables + 1
    chain += [first + at + 1 for at in range(count - 1)] + [0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    listed = list(range(tables)) + [0xFFFFFFFF] * (109 - tables)
    header += struct.pack("<109I", *listed)
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(name, 2, 0xFFFFFFFF, first, len(stream))
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<BBIII", kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + struct.pack("<H", len(text)) + links + bytes(36) + struct.pack("<IQ", start, size)


def write_table(path: Path, plan: Plan) -> None:
    """`plan` in the format that its `form` names."""
    grid = grid_of(plan)
    if plan.form in ("csv", "tsv"):
        write_delimited(path, grid, encoding=plan.encoding, delimiter="\t" if plan.form == "tsv" else plan.delimiter)
    elif plan.form == "xlsx":
        hidden = {row.number - 1 for row in plan.rows if row.hidden}
        write_xlsx(path, grid, hidden=hidden, merged=len(plan.titles) if plan.merged else 0)
    elif plan.form == "ods":
        write_ods(path, grid)
    else:
        write_xls(path, grid)
