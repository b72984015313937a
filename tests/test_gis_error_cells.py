"""Error cells of workbooks: found where they stand, and the row refused instead of read as empty."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
import xlsxwriter

from gis.error_cells import ERROR_WORDS, error_cells
from gis.read import read

HEADING = ["编号", "名称", "经度", "纬度"]


def workbook(path: Path, *rows: list[object], sheet: str = "甲 & 乙") -> Path:
    """A workbook; texts that are error words become error cells."""
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("空")
    page = book.add_worksheet(sheet)
    for row, cells in enumerate([HEADING, *rows]):
        for column, cell in enumerate(cells):
            if cell in ERROR_WORDS:
                page.write_formula(row, column, "=1/0", None, cell)
            else:
                page.write(row, column, cell)
    book.close()
    return path


@pytest.mark.parametrize("word", sorted({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?"}))
def test_every_error_is_found_with_its_place(tmp_path: Path, word: str) -> None:
    path = workbook(tmp_path / "a.xlsx", ["1", "甲", 104.5, 26.5], ["2", word, 104.5, 26.5])
    assert error_cells(path) == {"甲 & 乙": {(2, 1): word}}


def test_a_column_beyond_z(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*[1] * 27, "#N/A"])
    assert error_cells(path) == {"甲 & 乙": {(1, 27): "#N/A"}}


def test_errors_come_as_text_and_coordinates_of_them_are_faults(tmp_path: Path) -> None:
    rows = (["1", "#N/A", 104.5, 26.5], ["2", "乙", "#REF!", 26.5], ["#N/A", "", "", ""], ["4", "丁", 104.5, 26.5])
    (table,) = read(workbook(tmp_path / "a.xlsx", *rows), name="a.xlsx")
    assert table.frame["名称"].tolist() == ["#N/A", "丁"]
    assert table.frame.geometry.tolist() == [shapely.Point(104.5, 26.5)] * 2
    assert [(fault.row, fault.code, fault.column, fault.value) for fault in table.faults] == [
        (3, "CELL_ERROR", "经度", "#REF!"),
        (4, "COORDINATE_MISSING", "经度", ""),
    ]


def test_other_formats_have_none(tmp_path: Path) -> None:
    assert error_cells(tmp_path / "a.xls") == {}
