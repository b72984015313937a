"""Workbooks: their error cells, hidden and merged parts, formulas and dates; nothing of them is read as empty."""

from __future__ import annotations

import re
import struct
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import shapely
import xlsxwriter

from gis.error_cells import ERROR_WORDS, NOT_CALCULATED
from gis.faults import InputError
from gis.ods_marks import ods_marks
from gis.read import read, read_rows
from gis.sheet_marks import Marks, column_letters, sheet_marks
from gis.workbooks import read_workbook
from gis.xls_marks import xls_marks
from gis.xlsb_marks import xlsb_marks

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
    assert sheet_marks(path)["甲 & 乙"].cells == {(2, 1): word}


def test_a_column_beyond_z(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*[1] * 27, "#N/A"])
    assert sheet_marks(path)["甲 & 乙"].cells == {(1, 27): "#N/A"}


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
    assert sheet_marks(tmp_path / "a.xls") == {}


# --- What a workbook hides, merges and leaves to Excel -------------------------------------------

UNIT = "六枝特区环保局"


def agency_list(path: Path, *, counted_from_1904: bool = False) -> Path:
    """A list as agencies keep it: titles, names in two rows, merged cells, hidden parts, ids shown with zeros."""
    book = xlsxwriter.Workbook(path, {"date_1904": counted_from_1904})
    page = book.add_worksheet("整改")
    day, ids = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "000000"})
    page.merge_range(0, 0, 0, 6, "附表1 整改清单")
    for column, name in {0: "编号", 1: "名称", 4: "责任单位", 5: "期限", 6: "面积"}.items():
        page.merge_range(1, column, 2, column, name)
    page.merge_range(1, 2, 1, 3, "坐标")
    page.write_row(2, 2, ["经度", "纬度"])
    for at in range(5):
        page.write_number(3 + at, 0, 17 + at, ids)
        page.write_row(3 + at, 1, [f"点位{at + 1}", 104.5 + at, 26.5])
        page.write_datetime(3 + at, 5, datetime(2017, 11, 30), day)
        page.write_formula(3 + at, 6, f"=A{4 + at}*2", None, 2 * (17 + at))
    page.merge_range(3, 4, 6, 4, UNIT)
    page.write(7, 4, "水务局")
    page.set_row(5, None, None, {"hidden": True})
    page.set_column(6, 6, None, None, {"hidden": True})
    old = book.add_worksheet("旧表")
    old.write_row(0, 0, ["编号", "名称"])
    old.write_row(1, 0, ["9", "旧"])
    old.hide()
    book.close()
    return path


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsm"])
def test_what_is_hidden_or_merged_is_read_and_told(tmp_path: Path, name: str) -> None:
    table, old = read_rows(agency_list(tmp_path / name), name=name)
    assert table.frame["source_row"].tolist() == [4, 5, 6, 7, 8]
    assert table.frame["责任单位"].tolist() == [*[UNIT] * 4, "水务局"]
    assert (table.facts["cells_merged"], table.facts["merged"]) == (3, "责任单位 × 3")
    assert table.facts["hidden"] == "行 / rows 6; 列 / columns G (面积)"
    assert table.frame["面积"].tolist() == ["34", "36", "38", "40", "42"]
    assert table.frame["编号"].tolist() == ["000017", "000018", "000019", "000020", "000021"]
    assert (old.facts["hidden"], old.frame["名称"].tolist()) == ("工作表 / the sheet", ["旧"])


@pytest.mark.parametrize("counted_from_1904", [False, True])
def test_dates_of_both_epochs(tmp_path: Path, counted_from_1904: bool) -> None:
    path = agency_list(tmp_path / "a.xlsx", counted_from_1904=counted_from_1904)
    table, _ = read_rows(path, name="a.xlsx")
    assert set(table.frame["期限"]) == {"2017-11-30"}
    assert table.facts.get("epoch", 1900) == (1904 if counted_from_1904 else 1900)


@pytest.mark.parametrize(("cell", "text"), [
    ("<c r='B2'><f>1+1</f></c>", NOT_CALCULATED),
    ("<c r='B2'><f>1+1</f><v></v></c>", NOT_CALCULATED),
    ("<c r='B2'><f>1+1</f><v/></c>", NOT_CALCULATED),
    ("<c r='B2'><f t='shared' si='0'/></c>", NOT_CALCULATED),
    ("<c r='B2' t='str'><f>\"\"</f><v></v></c>", None),
    ("<c r='B2'><f>1+1</f><v>2</v></c>", "2"),
    ("<c r='B2' t='str'><f>A1</f><v>甲</v></c>", "甲"),
    ("<c r='B2'/>", None),
])  # fmt: skip
def test_a_formula_without_its_value_is_told(tmp_path: Path, cell: str, text: str | None) -> None:
    path = workbook(tmp_path / "a.xlsx", ["1", "甲", 104.5, 26.5])
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    page = "xl/worksheets/sheet2.xml"
    content[page] = re.sub(rb'<c r="B2".*?</c>', cell.encode(), content[page])
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    (table,) = read_rows(path, name="a.xlsx")
    assert table.frame["名称"].tolist() == [text]


def test_a_merge_is_filled_no_further_than_it_reaches(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, ["编号", "单位"])
    page.write_column(1, 0, ["1", "2", "3", "4"])
    page.merge_range(1, 1, 2, 1, "甲")
    page.write(3, 1, "乙")
    page.merge_range(5, 1, 8, 1, "丙")
    page.write(5, 0, "5")
    book.close()
    (table,) = read_rows(tmp_path / "a.xlsx", name="a.xlsx")
    assert table.frame["单位"].tolist() == ["甲", "甲", "乙", None, "丙"]
    assert table.facts["rows_read"] == 5


def test_every_sheet_without_a_heading_is_named(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for name in ("甲", "乙"):
        book.add_worksheet(name).write_row(0, 0, [1, 104.5, 26.5])
    book.close()
    with pytest.raises(InputError) as caught:
        read_workbook(tmp_path / "a.xlsx", None)
    assert [(fault.code, fault.layer) for fault in caught.value.faults] == [
        ("HEADING_MISSING", "甲"),
        ("HEADING_MISSING", "乙"),
    ]


def test_column_letters() -> None:
    assert [column_letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["1", "甲", 104.5, 26.5])
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    content["xl/styles.xml"] = content["xl/styles.xml"].replace(b"<styleSheet", b"<!DOCTYPE a><styleSheet", 1)
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    with pytest.raises(InputError, match="FILE_UNREADABLE"):
        read_rows(path, name="a.xlsx")


# --- Other formats, saved by LibreOffice (tests/workbooks/README.md) -------------------------------

SAVED = Path(__file__).parent / "workbooks"


@pytest.mark.parametrize("name", ["list.xls", "list.ods"])
def test_other_formats_are_read_as_well(name: str) -> None:
    table, old = read_rows(SAVED / name, name=name)
    assert table.frame["source_row"].tolist() == [4, 5, 6, 7, 8]
    assert table.frame["责任单位"].tolist() == [*[UNIT] * 4, "水务局"]
    assert table.frame["编号"].tolist() == ["000017", "000018", "000019", "000020", "000021"]
    assert table.frame["面积"].tolist() == ["34", "36", "38", "#DIV/0!", "42"]
    assert set(table.frame["期限"]) == {"2017-11-30"}
    assert table.facts["hidden"] == "行 / rows 6; 列 / columns G (面积)"
    assert table.facts["skipped_below"] == "合计 | 5; 注：坐标为 CGCS2000"
    assert table.facts["heading_rows"] == 2
    assert (old.table, old.facts["hidden"]) == ("旧表", "工作表 / the sheet")


def test_days_counted_from_1904_in_an_old_workbook() -> None:
    table, _ = read_rows(SAVED / "counted_from_1904.xls", name="a.xls")
    assert set(table.frame["期限"]) == {"2017-11-30"}


def test_a_damaged_old_workbook_has_marks_or_is_told_to_be_damaged(tmp_path: Path) -> None:
    whole, told = (SAVED / "list.xls").read_bytes(), 0
    for at in range(8, len(whole), 13):
        (tmp_path / "a.xls").write_bytes(whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4 :])
        try:
            marks = xls_marks(tmp_path / "a.xls")
        except (LookupError, ValueError, struct.error):
            told += 1
        else:
            assert all(isinstance(found, Marks) for found in marks.values())
    assert told > 0


def test_marks_of_both_formats_are_where_they_stand() -> None:
    for marks in (xls_marks(SAVED / "list.xls")["整改"], ods_marks(SAVED / "list.ods")["整改"].marks):
        assert marks.cells == {(3 + at, 0): f"0000{17 + at}" for at in range(5)} | {(6, 6): "#DIV/0!"}
        assert (marks.rows, marks.columns) == ([5], [6])
    assert xls_marks(SAVED / "list.ods") == ods_marks(SAVED / "list.xls") == {}


def ods(path: Path, rows: str) -> Path:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr(
            "content.xml",
            f'<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
            f'<table:table table:name="a">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def test_repeated_rows_and_cells_of_an_ods_bear_their_marks(tmp_path: Path) -> None:
    error = '<table:table-cell table:number-columns-repeated="2" table:formula="of:=1/0"><text:p>#DIV/0!</text:p></table:table-cell>'
    path = ods(
        tmp_path / "a.ods",
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="3"/></table:table-row>'
        f'<table:table-row table:number-rows-repeated="3" table:visibility="filter">{error}</table:table-row>',
    )
    marks, merges = ods_marks(path)["a"]
    assert marks.cells == {(row, column): "#DIV/0!" for row in (2, 3, 4) for column in (0, 1)}
    assert (marks.rows, merges) == ([2, 3, 4], [])


def test_an_ods_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", "<table:table-row/>")
    with zipfile.ZipFile(path) as parts:
        content = parts.read("content.xml")
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("content.xml", b"<!DOCTYPE a>" + content)
    with pytest.raises(ValueError, match="DOCTYPE"):
        ods_marks(path)


# --- Binary workbooks: nothing we may use writes one, so these are its records by hand -----------


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of [MS-XLSB] with fewer than 128 bytes."""
    return bytes([kind] if kind < 128 else [kind & 0x7F | 0x80, kind >> 7]) + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def row_of(at: int, *cells: tuple[int, bytes], hidden: bool = False) -> bytes:
    heading = record(0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0x10 if hidden else 0, 0, 0))
    return heading + b"".join(
        record(kind, struct.pack("<II", column, 0) + body) for column, (kind, body) in enumerate(cells)
    )


def binary_workbook(path: Path) -> Path:
    """A workbook with a number, an error, a formula's error, a hidden row and a hidden column."""
    sheet = record(129) + record(148, struct.pack("<4I", 0, 3, 0, 2)) + record(390)
    sheet += record(60, struct.pack("<IIIIH", 1, 1, 2000, 0, 1)) + record(391) + record(145)
    sheet += row_of(0, (6, wide("编号")), (6, wide("面积")), (6, wide("名称")))
    sheet += row_of(1, (6, wide("1")), (5, struct.pack("<d", 12.5)), (6, wide("甲")))
    sheet += row_of(2, (6, wide("2")), (3, b"\x07"), (6, wide("乙")), hidden=True)
    sheet += row_of(3, (6, wide("3")), (11, b"\x2a" + bytes(10)), (6, wide("丙")))
    sheet += record(146) + record(130)
    named = struct.pack("<II", 0, 1) + wide("rId1") + wide("表")
    book = (
        record(131) + record(153, bytes(12) + wide("")) + record(143) + record(156, named) + record(144) + record(132)
    )
    schema = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/workbook.bin", book)
        parts.writestr("xl/worksheets/sheet1.bin", sheet)
        parts.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{schema}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{schema}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        )
    return path


def test_errors_and_hidden_parts_of_a_binary_workbook(tmp_path: Path) -> None:
    path = binary_workbook(tmp_path / "a.xlsb")
    (table,) = read_rows(path, name="a.xlsb")
    assert table.frame["面积"].tolist() == ["12.5", "#DIV/0!", "#N/A"]
    assert table.facts["hidden"] == "行 / rows 3; 列 / columns B (面积)"
    assert xlsb_marks(path)["表"].cells == {(2, 1): "#DIV/0!", (3, 1): "#N/A"}
    assert xlsb_marks(SAVED / "list.ods") == {}


def test_a_binary_workbook_that_ends_too_early_is_told(tmp_path: Path) -> None:
    path = binary_workbook(tmp_path / "a.xlsb")
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    content["xl/worksheets/sheet1.bin"] += b"\x81"
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    with pytest.raises(ValueError, match="too early"):
        xlsb_marks(path)
