"""What the reader of .xlsx workbooks does not tell: error cells, formulas without a value, zeros before a number,
hidden rows and columns, and the day from which dates are counted.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from gis.error_cells import NOT_CALCULATED

_BLOCK = 1 << 20
# As much of a block as may hold the beginning of a mark that ends in the next one.
_OVERLAP = 1 << 10
_MARKS = re.compile(
    rb"""\bt\s*=\s*["']e["']|\bhidden\s*=\s*["'](?:1|true)["']"""
    rb"""|(?:</f>|<f\b[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"""
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TRUE = frozenset({"1", "true"})


# (first row, first column), (last row, last column), all from 0.
Merge = tuple[tuple[int, int], tuple[int, int]]


class Marks(NamedTuple):
    """Of one sheet: (row, column), both from 0 -> the text that the cell stands for; its hidden rows and columns."""

    cells: dict[tuple[int, int], str]
    rows: list[int]
    columns: list[int]


def sheet_marks(path: Path) -> dict[str, Marks]:
    """Sheet -> what is marked in it; sheets without marks, and workbooks that are no .xlsx or .xlsm, have none."""
    if not _is_xlsx(path):
        return {}
    with zipfile.ZipFile(path) as parts:
        padded = _zero_formats(parts)
        styles = rb"|".join(str(style).encode() for style in padded)
        of_styles = rb"|\bs\s*=\s*[\"'](?:" + styles + rb")[\"']" if padded else b""
        wanted = re.compile(_MARKS.pattern + of_styles)
        found = {}
        for name, part in sheet_parts(parts).items():
            if _has(parts, part, wanted):
                marks = _marks(parts, part, padded)
                if any(marks):
                    found[name] = marks
    return found


def epoch_of(path: Path) -> int:
    """The year from which a workbook counts its days: 1900, or 1904 where it says so."""
    if not _is_xlsx(path):
        return 1900
    with zipfile.ZipFile(path) as parts:
        settings = [one for one in _root(parts, "xl/workbook.xml").iter() if one.tag.endswith("}workbookPr")]
    return 1904 if any(one.get("date1904", "") in _TRUE for one in settings) else 1900


def _is_xlsx(path: Path) -> bool:
    return path.suffix.lower() in {".xlsx", ".xlsm"}


def sheet_parts(parts: zipfile.ZipFile) -> dict[str, str]:
    """Sheet -> the part of the file that holds it."""
    relations = _root(parts, "xl/_rels/workbook.xml.rels")
    targets = {one.get("Id"): posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))) for one in relations}
    sheets = {}
    for element in _root(parts, "xl/workbook.xml").iter():
        part = targets.get(element.get(_RELATION), "").lstrip("/")
        if element.tag.endswith("}sheet") and part in parts.namelist():
            sheets[element.get("name", "")] = part
    return sheets


def _root(parts: zipfile.ZipFile, part: str) -> ElementTree.Element:
    data = parts.read(part)
    if b"<!DOCTYPE" in data:  # workbooks have none; entities could blow up a small file
        raise ValueError(f"{part}: DOCTYPE")
    return ElementTree.fromstring(data)  # noqa: S314 - no entities without a DOCTYPE


def _zero_formats(parts: zipfile.ZipFile) -> dict[int, int]:
    """Style -> how many digits it shows, for the formats that are nothing but zeros (`000000`)."""
    if "xl/styles.xml" not in parts.namelist():
        return {}
    root = _root(parts, "xl/styles.xml")
    formats = {one.get("numFmtId"): one.get("formatCode", "") for one in root.iter() if one.tag.endswith("}numFmt")}
    styles = [one for group in root if group.tag.endswith("}cellXfs") for one in group]
    codes = {at: formats.get(one.get("numFmtId"), "") for at, one in enumerate(styles)}
    return {at: len(code) for at, code in codes.items() if re.fullmatch("00+", code)}


def _has(parts: zipfile.ZipFile, part: str, wanted: re.Pattern[bytes]) -> bool:
    """Whether any mark stands in a sheet: quicker than parsing, and nearly always no."""
    tail = b""
    with parts.open(part) as file:
        while block := file.read(_BLOCK):
            if b"<!DOCTYPE" in tail + block:
                raise ValueError(f"{part}: DOCTYPE")
            if wanted.search(tail + block):
                return True
            tail = block[-_OVERLAP:]
    return False


def _marks(parts: zipfile.ZipFile, part: str, padded: dict[int, int]) -> Marks:
    marks = Marks({}, [], [])
    row = column = -1
    with parts.open(part) as file:
        # A DOCTYPE, which alone could bring entities in, must stand before the first cell: it was looked for already.
        for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314
            kind = element.tag.rpartition("}")[2]
            if event == "start" and kind == "row":
                row, column = int(element.get("r", row + 2)) - 1, -1
                if element.get("hidden") in _TRUE:
                    marks.rows.append(row)
            elif event == "start" and kind == "c":
                column = _column(element.get("r", "")) if element.get("r") else column + 1
            elif event == "start" and kind == "col" and element.get("hidden") in _TRUE:
                marks.columns.extend(_span(element))
            elif event == "end" and kind == "c" and (text := _text(element, padded)) is not None:
                marks.cells[row, column] = text
            elif event == "end" and kind == "row":
                element.clear()
    return marks


def _text(cell: ElementTree.Element, padded: dict[int, int]) -> str | None:
    """What an error cell, a formula without a value or a number with zeros before it stands for; None for others."""
    parts = {child.tag.rpartition("}")[2]: child.text for child in cell}
    kind, value = cell.get("t", "n"), parts.get("v")
    if kind == "e":
        return value or "#N/A"
    if "f" in parts and not value and ("v" not in parts or kind != "str"):
        return NOT_CALCULATED
    digits = padded.get(int(cell.get("s", 0)))
    if digits is not None and kind == "n" and value is not None and value.isdecimal():
        return value.zfill(digits)
    return None


def _span(element: ElementTree.Element) -> Iterator[int]:
    first, last = int(element.get("min", 1)), int(element.get("max", 1))
    return iter(range(first - 1, min(last, 1 << 14)))


def _column(address: str) -> int:
    """The column of an address, from 0: `A1` is 0, `AB7` is 27."""
    number = 0
    for letter in re.sub(r"[^A-Z]", "", address):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_letters(column: int) -> str:
    """The letters of a column counted from 0, as spreadsheets show them: 0 is `A`, 27 is `AB`."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
