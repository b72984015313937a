"""What the reader of .ods workbooks does not tell: merged cells, error cells, zeros before a number, what is hidden."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree import ElementTree

from gis.error_cells import ERROR_WORDS, NOT_CALCULATED
from gis.sheet_marks import Marks, Merge

_CONTENT = "content.xml"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TYPE = "value-type"
_HIDDEN = frozenset({"collapse", "filter"})
# No sheet has more rows or columns: what is repeated beyond is empty.
_MOST = 1 << 20


class Sheet(NamedTuple):
    """Of one sheet: its marks and its merged cells."""

    marks: Marks
    merges: list[Merge]


def ods_marks(path: Path) -> dict[str, Sheet]:
    """Sheet -> what is marked and merged in it; empty for workbooks that are no .ods."""
    if path.suffix.lower() != ".ods":
        return {}
    with zipfile.ZipFile(path) as parts:
        with parts.open(_CONTENT) as file:
            if b"<!DOCTYPE" in file.read(1 << 16):  # entities could blow up a small file
                raise ValueError(f"{_CONTENT}: DOCTYPE")
        found: dict[str, Sheet] = {}
        with parts.open(_CONTENT) as file:
            _read(file, found)
    return found


def _read(file: IO[bytes], found: dict[str, Sheet]) -> None:
    sheet, row, column, first_column = Sheet(Marks({}, [], []), []), 0, 0, 0
    # A DOCTYPE, which alone could bring entities in, must stand before the content: it was looked for already.
    for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314
        kind = element.tag.removeprefix(_TABLE)
        if event == "start" and kind == "table":
            sheet, row, first_column = Sheet(Marks({}, [], []), []), 0, 0
            found[element.get(f"{_TABLE}name", "")] = sheet
        elif event == "start" and kind == "table-column":
            repeated = _number(element, "number-columns-repeated")
            if element.get(f"{_TABLE}visibility") in _HIDDEN:
                sheet.marks.columns.extend(range(first_column, min(first_column + repeated, _MOST)))
            first_column += repeated
        elif event == "start" and kind == "table-row":
            column = 0
        elif event == "end" and kind in ("table-cell", "covered-table-cell"):
            _take(element, sheet, row, column)
            column += _number(element, "number-columns-repeated")
        elif event == "end" and kind == "table-row":
            repeated = _number(element, "number-rows-repeated")
            if repeated > 1 and (
                marked := {at: text for (there, at), text in sheet.marks.cells.items() if there == row}
            ):
                again = range(row + 1, min(row + repeated, _MOST))
                sheet.marks.cells.update({(other, at): text for other in again for at, text in marked.items()})
            if element.get(f"{_TABLE}visibility") in _HIDDEN:
                sheet.marks.rows.extend(range(row, min(row + repeated, _MOST)))
            row += repeated
            element.clear()


def _take(cell: ElementTree.Element, sheet: Sheet, row: int, column: int) -> None:
    """Adds what is marked in a cell to its sheet; cells that are repeated are equal to the first."""
    down, across = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
    if down > 1 or across > 1:
        sheet.merges.append(((row, column), (row + down - 1, column + across - 1)))
    text = _text(cell)
    if text is not None:
        for at in range(column, min(column + _number(cell, "number-columns-repeated"), _MOST)):
            sheet.marks.cells[row, at] = text


def _text(cell: ElementTree.Element) -> str | None:
    """What an error cell, a formula without a value or a number with zeros before it stands for; None for others."""
    shown = "".join("".join(line.itertext()) for line in cell if line.tag == f"{_TEXT}p")
    has_formula, kind = cell.get(f"{_TABLE}formula") is not None, cell.get(f"{_OFFICE}{_TYPE}")
    types = [value for name, value in cell.attrib.items() if name.endswith(_TYPE)]
    if "error" in types or (has_formula and re.fullmatch(r"#[A-Z0-9/]+[!?A]|Err:\d+", shown)):
        return shown if shown in ERROR_WORDS else "#VALUE!"
    if has_formula and kind is None and not shown:
        return NOT_CALCULATED
    value = cell.get(f"{_OFFICE}value", "")
    if kind == "float" and re.fullmatch(r"0\d+", shown) and shown.lstrip("0") == value.lstrip("0"):
        return shown
    return None


def _number(element: ElementTree.Element, name: str) -> int:
    return int(element.get(f"{_TABLE}{name}", 1))
