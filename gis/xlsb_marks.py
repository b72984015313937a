"""What the reader of .xlsb workbooks does not tell: error cells, hidden rows and columns ([MS-XLSB])."""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from gis.sheet_marks import Marks
from gis.xls_marks import ERRORS

_BOOK = "xl/workbook.bin"
_RELATIONS = "xl/_rels/workbook.bin.rels"
_ROW, _ERROR, _FORMULA_ERROR, _COLUMN, _SHEET = 0, 3, 11, 60, 156


def xlsb_marks(path: Path) -> dict[str, Marks]:
    """Sheet -> what is marked in it; empty for workbooks that are no .xlsb.

    Raises KeyError, ValueError or struct.error where the parts of the file do not fit together.
    """
    if path.suffix.lower() != ".xlsb":
        return {}
    with zipfile.ZipFile(path) as parts:
        relations = parts.read(_RELATIONS)
        if b"<!DOCTYPE" in relations:  # workbooks have none; entities could blow up a small file
            raise ValueError(f"{_RELATIONS}: DOCTYPE")
        root = ElementTree.fromstring(relations)  # noqa: S314 - no entities without a DOCTYPE
        targets = {one.get("Id", ""): posixpath.normpath(posixpath.join("xl", one.get("Target", ""))) for one in root}
        found = {}
        for kind, record in _records(parts.read(_BOOK)):
            if kind == _SHEET:
                relation, end = _string(record, 8)
                name, _ = _string(record, end)
                part = targets.get(relation, "").lstrip("/")
                if part in parts.namelist():
                    found[name] = _marks(parts.read(part))
    return found


def _marks(sheet: bytes) -> Marks:
    marks, row = Marks({}, [], []), 0
    for kind, record in _records(sheet):
        if kind == _ROW:
            row = struct.unpack_from("<I", record)[0]
            if record[11] & 0x10:
                marks.rows.append(row)
        elif kind in (_ERROR, _FORMULA_ERROR):
            marks.cells[row, struct.unpack_from("<I", record)[0]] = ERRORS.get(record[8], "#N/A")
        elif kind == _COLUMN and record[16] & 1:
            first, last = struct.unpack_from("<II", record)
            marks.columns.extend(range(first, min(last, 1 << 14) + 1))
    return marks


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part: their kind and content; both kind and length are numbers of seven bits a byte."""
    at = 0
    while at < len(data):
        kind, at = _packed(data, at, 2)
        length, at = _packed(data, at, 4)
        yield kind, data[at : at + length]
        at += length


def _packed(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of at most so many bytes, and where it ends."""
    number = 0
    for place in range(most):
        if at >= len(data):
            raise ValueError("a record ends too early")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, at


def _string(record: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", record, at)
    end = at + 4 + 2 * length
    return record[at + 4 : end].decode("utf-16-le"), end
