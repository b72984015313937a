"""gis.grids: the cells of a table as they stand, here and through the process that reads."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from gis.faults import InputError
from gis.grids import grids
from gis.read import read_cells, read_rows


def test_cells_keep_their_types_through_the_reading_process(tmp_path: Path) -> None:
    path = tmp_path / "typed.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("甲")
        sheet.set_column(0, 0, 33)
        sheet.write_row(0, 0, ["编号", 1.5, True])
        sheet.write_datetime(1, 0, datetime(2017, 11, 30))
        sheet.write_datetime(1, 1, datetime(2017, 11, 30, 8, 15), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        book.add_worksheet("Headwater 说明").write(0, 0, "ours")
    (found,) = read_cells(path, name="typed.xlsx")
    assert [found] == grids(path)
    assert found.name == "甲"
    assert found.rows[0] == ["编号", 1.5, True]
    assert [type(cell) for cell in found.rows[1][:2]] == [type(cell) for cell in grids(path)[0].rows[1][:2]]
    assert all(isinstance(cell, date) for cell in found.rows[1][:2])
    assert found.widths[0] == pytest.approx(33, abs=1)


def test_a_csv_is_one_sheet_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,值\n001,<0.02\n".encode("gb18030"))
    assert read_cells(path, name="a.csv")[0].rows == [["编号", "值"], ["001", "<0.02"]]


def test_what_is_no_workbook_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"MZ no workbook at all")
    with pytest.raises(InputError) as caught:
        read_cells(path, name="b.xlsx")
    assert [fault.code for fault in caught.value.faults] == ["FILE_UNREADABLE"]


def test_a_sheet_that_is_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "back.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Headwater 说明").write(0, 0, "ours")
        book.add_worksheet("企业").write_column(0, 0, ["编号", "001"])
        book.add_worksheet("Sheet3")
    (table,) = read_rows(path, name="back.xlsx")
    assert table.facts["skipped"] == "Headwater 说明, Sheet3"
    (asked,) = read_rows(path, name="back.xlsx", table="企业")
    assert "skipped" not in asked.facts
