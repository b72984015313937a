"""The error cells of a workbook (#N/A, #REF! …), which its reader gives as empty -> their places and words."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

# What spreadsheets write where a formula has no value; in a CSV saved from one it is text.
ERROR_WORDS = frozenset(
    {"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_BLOCK = 1 << 20
_MARK = re.compile(rb"""\bt\s*=\s*["']e["']""")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet -> (row, column), both from 0 -> the error's word; empty for workbooks that are no .xlsx or .xlsm."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return {}
    with zipfile.ZipFile(path) as parts:
        found = {}
        for name, part in _sheets(parts).items():
            if _has_errors(parts, part) and (cells := _errors(parts, part)):
                found[name] = cells
    return found


def _sheets(parts: zipfile.ZipFile) -> dict[str, str]:
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


def _has_errors(parts: zipfile.ZipFile, part: str) -> bool:
    """Whether the mark of an error cell stands in a sheet: quicker than parsing, and nearly always no."""
    tail = b""
    with parts.open(part) as file:
        while block := file.read(_BLOCK):
            if b"<!DOCTYPE" in tail + block:
                raise ValueError(f"{part}: DOCTYPE")
            if _MARK.search(tail + block):
                return True
            tail = block[-16:]
    return False


def _errors(parts: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    found = {}
    row = column = -1
    with parts.open(part) as file:
        # A DOCTYPE, which alone could bring entities in, must stand before the first cell: it was looked for already.
        for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314
            kind = element.tag.rpartition("}")[2]
            if event == "start" and kind == "row":
                row, column = int(element.get("r", row + 2)) - 1, -1
            elif event == "start" and kind == "c":
                column = _column(element.get("r", "")) if element.get("r") else column + 1
            elif event == "end" and kind == "c" and element.get("t") == "e":
                word = next((child.text for child in element if child.tag.endswith("}v")), None)
                found[row, column] = word or "#N/A"
            elif event == "end" and kind == "row":
                element.clear()
    return found


def _column(address: str) -> int:
    """The column of an address, from 0: `A1` is 0, `AB7` is 27."""
    number = 0
    for letter in re.sub(r"[^A-Z]", "", address):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
