"""gis.marked, gis.marked_files, gis.bad_cells, gis.grids, gis.own_sheets: the user's own table, bad cells coloured."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from gis import marked, marked_files
from gis.bad_cells import bad_cells
from gis.faults import Fault, InputError
from gis.grids import Grid, grids
from gis.marked import write_marked
from gis.marked_files import MOST_BYTES, Work, is_untouched, safe_names, write_marked_files
from gis.own_sheets import READ_ME, is_own
from gis.read import read_rows

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NUMBER = {"also": ""}


def fault(row: int, column: str = "", code: str = "BAD_NUMBER", **more: object) -> Fault:
    facts = {"expected": "2", "found": "3"} if code == "ROW_RAGGED" else NUMBER
    return Fault(code, "a.csv", row=row, column=column, facts=facts, **more)  # type: ignore[arg-type]


def reread(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def parts(path: Path, start: str) -> list[ElementTree.Element]:
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if name.startswith(start) and name.endswith(".xml"))
        return [ElementTree.fromstring(file.read(name)) for name in names]  # noqa: S314 - our own


def comments(path: Path) -> dict[str, str]:
    """Address -> comment, of all sheets."""
    found = {}
    for root in parts(path, "xl/comments"):
        for one in root.iter(f"{MAIN}comment"):
            found[one.get("ref", "")] = "".join(text.text or "" for text in one.iter(f"{MAIN}t"))
    return found


def coloured(path: Path, sheet: int) -> set[str]:
    """The addresses of the cells of a sheet, from 1, whose style has the colour of a bad cell."""
    (styles,) = parts(path, "xl/styles")
    fills = [ElementTree.tostring(fill).decode() for fill in styles.iter(f"{MAIN}fill")]
    red = {at for at, fill in enumerate(fills) if "FFFFC7CE" in fill}
    formats = next(iter(styles.iter(f"{MAIN}cellXfs")))
    bad = {str(at) for at, one in enumerate(formats) if int(one.get("fillId", "0")) in red}
    root = parts(path, f"xl/worksheets/sheet{sheet}.")[0]
    return {one.get("r", "") for one in root.iter(f"{MAIN}c") if one.get("s") in bad}


def made(
    tmp_path: Path, rows: list[list[object]], faults: Sequence[Fault], **options: object
) -> tuple[Path, list[str]]:
    path = tmp_path / "m.xlsx"
    told = write_marked([Grid("表", rows, {})], {"表": faults}, path, str(options.get("language", "zh")))
    return path, told


# --- What is marked ----------------------------------------------------------------------------


def test_bad_cells_are_coloured_and_say_why_and_what_to_do(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["编号", "面积", "日期"],
        ["001", "大", "2020-01-02"],
        ["002", 5.5, "明天"],
        ["003", 1.0, ""],
    ]
    second = fault(3, "日期", "BAD_DATE", value="明天")
    faults = [fault(2, "面积", value="大"), fault(3, "面积", others=(second,)), fault(4, code="ROW_RAGGED")]
    path, told = made(tmp_path, rows, faults)
    assert told == []
    assert coloured(path, 2) == {"B2", "B3", "C3", "A4"}
    notes = comments(path)
    assert set(notes) == {"B2", "B3", "C3", "A4"}
    assert (
        "BAD_NUMBER · 列 面积" in notes["B2"] and "怎么办：" in notes["B2"] and faults[0].proposal("zh") in notes["B2"]
    )
    assert "BAD_DATE" in notes["C3"] and "ROW_RAGGED" in notes["A4"]
    english, _ = made(tmp_path, rows, faults, language="en")
    assert "What to do: " in comments(english)["B2"] and faults[0].reason("en") in comments(english)["B2"]


def test_the_sheet_in_front_counts_by_reason_and_is_no_data(tmp_path: Path) -> None:
    rows: list[list[object]] = [["编号", "面积"], *([str(at), "大"] for at in range(8))]
    path, _ = made(tmp_path, rows, [*(fault(row, "面积") for row in range(2, 9)), fault(9, code="ROW_RAGGED")])
    sheets = reread(path)
    assert list(sheets) == [READ_ME["zh"], "表"]
    lines = [[cell for cell in row if cell != ""] for row in sheets[READ_ME["zh"]]]
    counts = [row[:5] for row in lines if row and row[0] == "表"]
    assert counts[0] == ["表", "BAD_NUMBER", "面积", 7.0, "表!B2, 表!B3, 表!B4, 表!B5, 表!B6 …"]
    assert counts[1][:3] == ["表", "ROW_RAGGED", 1.0]
    assert is_own(READ_ME["en"]) and not is_own("表")
    (table,) = read_rows(path, name="m.xlsx")  # sent back as data, the sheet of ours is none
    assert len(table.frame) == 8 and list(table.frame["编号"]) == [str(at) for at in range(8)]
    assert [grid.name for grid in grids(path)] == ["表"]


def test_the_heading_may_stand_below_titles_and_name_both_coordinates() -> None:
    rows: list[list[object]] = [
        ["水源地经度台账"],
        ["单位：水务局"],
        [],
        ["编号", " 经度 ", "纬度"],
        ["1", "", "26"],
        ["2", "x", "26"],
    ]
    grid = Grid("", rows, {})
    assert set(bad_cells(grid, [fault(5, "经度")])) == {(4, 1)}
    assert set(bad_cells(grid, [fault(6, "经度, 纬度")])) == {(5, 1), (5, 2)}
    assert set(bad_cells(grid, [fault(6, "坐标 纬度")])) == {(5, 2)}  # a heading in two rows
    assert set(bad_cells(grid, [fault(6, "column_3")])) == {(5, 2)}
    assert set(bad_cells(grid, [fault(6, "没有这列")])) == {(5, 0)}
    assert bad_cells(grid, [fault(99, "经度"), Fault("EMPTY_LAYER")]) == {}
    comma = Grid("", [["a, b", "b"], ["1", "2"]], {})
    assert set(bad_cells(comma, [fault(2, "a, b")])) == {(1, 0)}


def test_a_column_named_in_another_row_of_the_heading_is_found() -> None:
    rows = [
        ["附件2 排查表", "", "", ""],
        ["序号", "类型", "坐标", ""],
        ["", "", "经度", "纬度"],
        ["1", "小作坊", "106°79′", "26.5"],
        ["2", "煤矿", "104.5", ""],
    ]
    found = [fault(4, "类型"), fault(4, "坐标 经度"), fault(5, "坐标 纬度")]
    assert sorted(bad_cells(Grid("", rows, {}), found)) == [(3, 1), (3, 2), (4, 3)]
    assert sorted(bad_cells(Grid("", rows, {}), [fault(4, "类型"), fault(5, "坐标 纬度")])) == [(3, 1), (4, 3)]


def test_a_value_in_a_data_row_is_not_taken_for_the_heading() -> None:
    grid = Grid("", [["名称", "面积"], ["a", "1"], ["面积", "名称"]], {})
    assert set(bad_cells(grid, [fault(3, "面积")])) == {(2, 1)}


# --- What the table holds ----------------------------------------------------------------------


def test_values_keep_their_types_and_nothing_runs(tmp_path: Path) -> None:
    row: list[object] = [
        "=1+1", "＝cmd|' /C calc'!A0", "+1", "@x", "http://a.b", "file:///etc/x", "mailto:a@b", "<r><t>x</t></r>", "<r></r>",
        "001", "12345678901234567890", 1.5, -3.0, True, date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), time(3, 4),
        timedelta(hours=30), date(1850, 1, 2), "a\x01b", "_x0041_", "a\r\nb", " x ", float("nan"), "\ud800",
    ]  # fmt: skip
    path, told = made(tmp_path, [["h"] * len(row), row], [])
    assert told == []
    found = reread(path)["表"][1]
    assert found[:11] == row[:11] and found[11:13] == [1.5, -3.0] and found[13] is True
    assert found[14:18] == [date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), time(3, 4), timedelta(hours=30)]
    assert found[18:] == ["1850-01-02", "a\x01b", "_x0041_", "a\r\nb", " x ", "nan", "?"]
    with zipfile.ZipFile(path) as file:
        text = "".join(file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets"))
    assert "<f>" not in text and "hyperlink" not in text.lower()


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was_or_as_the_number_it_spells(
    tmp_path_factory: pytest.TempPathFactory, row: list[str]
) -> None:
    path, _ = made(tmp_path_factory.mktemp("t"), [["h"] * len(row), list(row)], [fault(2, "h")])
    found = reread(path)["表"][1]
    for given_text, cell in zip(row, found, strict=True):
        if isinstance(cell, float):
            assert given_text in (repr(cell), str(int(cell)))
        elif not re.search(r"_x[0-9a-fA-F]{4}_?", given_text):  # which Excel's own escaping garbles
            assert cell == given_text.encode("utf-8", "replace").decode()


def test_numbers_of_a_csv_are_numbers_where_they_look_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("编号,x,y\n007,104.83,26.590\n8,1e5,0\n-0,-12,+5\n".encode("gb18030"))
    (grid,) = grids(tmp_path / "a.csv")
    assert grid.name == "" and grid.rows[1] == ["007", "104.83", "26.590"]
    path = tmp_path / "m.xlsx"
    write_marked([grid], {"": [fault(2, "x")]}, path, "en")
    assert reread(path)["data"][1:] == [["007", 104.83, "26.590"], [8.0, "1e5", 0.0], ["-0", -12.0, "+5"]]
    assert coloured(path, 2) == {"B2"}


def test_grids_of_a_workbook_are_typed_and_have_their_widths(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("甲")
    sheet.set_column(1, 2, 33)
    sheet.write_row(0, 0, ["编号", "值", "日期"])
    sheet.write_string(1, 0, "001")
    sheet.write_formula(1, 1, "=1/0", value="#DIV/0!")
    sheet.write_datetime(1, 2, datetime(2020, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.add_worksheet("空")
    book.close()
    first, second = grids(tmp_path / "a.xlsx")
    assert first.rows[1] == ["001", "#DIV/0!", date(2020, 1, 2)] and second == Grid("空", [], {})
    assert first.widths[1] == first.widths[2] == pytest.approx(33.7, abs=0.1) and 0 not in first.widths
    told = write_marked([first, second], {"甲": [fault(2, "值")]}, tmp_path / "m.xlsx", "zh")
    assert told == [] and list(reread(tmp_path / "m.xlsx")) == [READ_ME["zh"], "甲", "空"]
    assert coloured(tmp_path / "m.xlsx", 2) == {"B2"}
    (tmp_path / "bad.xlsx").write_bytes(b"PK no")
    with pytest.raises(InputError, match="FILE_UNREADABLE"):
        grids(tmp_path / "bad.xlsx")


# --- What does not fit is told -----------------------------------------------------------------


def test_a_text_longer_than_a_cell_is_told_not_cut_in_silence(tmp_path: Path) -> None:
    text = "水" * 20_000 + "𠮷" * 20_000
    path, told = made(tmp_path, [["名称"], [text], ["y" * 32_767]], [])
    cell, whole = (str(row[0]) for row in reread(path)["表"][1:])
    assert len(told) == 1 and "A2" in told[0] and "40000" in told[0]
    assert cell.endswith("（共 40000 字，全文见原文件）") and text.startswith(cell.partition("…")[0])
    assert whole == "y" * 32_767
    assert coloured(path, 2) == {"A2"}
    assert told[0] in {row[0] for row in reread(path)[READ_ME["zh"]]}


def test_of_a_large_table_the_heading_and_the_bad_rows_with_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "MOST_ROWS", 50)
    monkeypatch.setattr(marked, "MOST_CELL_ROWS", 3)
    rows: list[list[object]] = [["编号", "面积"], *([str(at), "大"] for at in range(2, 100))]
    path, told = made(tmp_path, rows, [fault(row, "面积") for row in (60, 70, 80, 99)])
    sheets = reread(path)
    assert list(sheets) == [READ_ME["zh"], "表", "表 (2)"]
    numbers = [row[0] for name in ("表", "表 (2)") for row in sheets[name]]
    assert [number for number in numbers if number in (60, 70, 80, 99)] == [60, 70, 80, 99]
    assert sheets["表"][0] == [1.0, "编号", "面积"]
    assert any("99 行" in line for line in told)
    assert "C2" in coloured(path, 2)


def test_columns_and_comments_beyond_the_limits_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "MOST_CELL_COLUMNS", 3)
    monkeypatch.setattr(marked, "MOST_COMMENTS", 2)
    rows: list[list[object]] = [["a", "b", "c", "d"], *(["1", "2", "3", "4"] for _ in range(3))]
    path, told = made(tmp_path, rows, [fault(2, "d"), fault(3, "a"), fault(4, "b")])
    assert [len(row) for row in reread(path)["表"]] == [3] * 4
    assert len(told) == 2 and "4 列" in told[0] and "2" in told[1]
    assert coloured(path, 2) == {"A2", "A3", "B4"} and set(comments(path)) == {"A2", "A3"}


@pytest.mark.parametrize(
    "name", ["a" * 40, "[a]:*?/\\b", "'quoted'", "History", "水" * 40, "𠮷" * 20, "", READ_ME["zh"].upper()]
)
def test_sheet_names_are_such_as_excel_takes(tmp_path: Path, name: str) -> None:
    told = write_marked([Grid(name, [["h"], ["1"]], {}), Grid(name[:31], [["h"]], {})], {}, tmp_path / "m.xlsx", "zh")
    assert told == []
    sheets = list(reread(tmp_path / "m.xlsx"))
    assert len(sheets) == 3 and len({sheet.lower() for sheet in sheets}) == 3


# --- Files -------------------------------------------------------------------------------------


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    rows: list[list[object]] = [["编号", "面积"], ["1", "大"], ["2", date(2020, 1, 2)]]
    first = made(tmp_path, rows, [fault(2, "面积")])[0].read_bytes()
    assert made(tmp_path, rows, [fault(2, "面积")])[0].read_bytes() == first


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["data/sources.csv"], ["sources.xlsx"]),
        (["a/s.csv", "b/s.xlsx", "b/t.csv"], ["a-s.xlsx", "b-s.xlsx", "t.xlsx"]),
        (["../x/CON.csv", "a/b:c?.csv", "a/\u202egnp.csv"], ["_CON.xlsx", "b_c_.xlsx", "_gnp.xlsx"]),
        (["a/t.xlsx", "a/t.ods"], ["t.xlsx", "t-ods.xlsx"]),
        (["..csv", " .csv"], None),
        (["a/s.csv", "a/S.csv", "a/s.xlsx"], None),
    ],
)
def test_names_are_safe_and_unique(names: list[str], expected: list[str] | None) -> None:
    made_names = safe_names(names)
    assert expected is None or made_names == expected
    assert len({name.lower() for name in made_names}) == len(names)


@given(st.lists(st.text(min_size=1).map(lambda text: f"{text}.csv"), min_size=1, max_size=5, unique=True))
def test_any_names_stay_in_the_folder_and_within_120_bytes(names: list[str]) -> None:
    made_names = safe_names(names)
    assert len({name.lower() for name in made_names}) == len(names)
    for name in made_names:
        assert len(name.encode()) <= MOST_BYTES and name.endswith(".xlsx") and name.isprintable()
        assert not set(name) & set('<>:"/\\|?*') and name not in ("..xlsx", ".xlsx")


def csv_work(folder: Path, name: str, faults: Mapping[str, Sequence[Fault]]) -> Work:
    (folder / name).write_text("编号,面积\n1,大\n", "utf-8")
    return Work(folder / name, f"data/{name}", None, faults)


def test_old_tables_go_and_what_somebody_corrected_stays(tmp_path: Path) -> None:
    folder = tmp_path / "marked"
    assert write_marked_files(folder, [], "zh") == [] and not folder.exists()
    work = csv_work(tmp_path, "a.csv", {"": [fault(2, "面积")]})
    other = csv_work(tmp_path, "b.csv", {"": [fault(2, "面积")]})
    done = write_marked_files(folder, [work, other], "zh")
    assert [one.path for one in done] == [folder / "a.xlsx", folder / "b.xlsx"] and is_untouched(folder / "a.xlsx")
    saved = saved_by_hand(folder / "a.xlsx")
    (folder / "mine.xlsx").write_bytes(b"mine")
    done = write_marked_files(folder, [work], "zh")
    assert [one.path for one in done] == [folder / "a (2).xlsx"]
    assert sorted(path.name for path in folder.iterdir()) == ["a (2).xlsx", "a.xlsx", "mine.xlsx"]
    assert (folder / "a.xlsx").read_bytes() == saved and (folder / "mine.xlsx").read_bytes() == b"mine"
    assert write_marked_files(folder, [], "zh") == []
    assert sorted(path.name for path in folder.iterdir()) == ["a.xlsx", "mine.xlsx"]


def saved_by_hand(path: Path) -> bytes:
    """The workbook as a spreadsheet program saves it: with the day in it."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    content["docProps/core.xml"] = content["docProps/core.xml"].replace(b"1980-01-01", b"2026-11-25")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    return path.read_bytes()


def test_a_file_that_is_too_large_or_unreadable_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = csv_work(tmp_path, "a.csv", {"": [fault(2, "面积")]})
    monkeypatch.setattr(marked_files, "MOST_SIZE", 3)
    (large,) = write_marked_files(tmp_path / "m", [work], "en")
    assert large.path is None and "too large" in large.told[0] and not (tmp_path / "m").exists()
    monkeypatch.setattr(marked_files, "MOST_SIZE", 1 << 20)
    (tmp_path / "a.csv").write_text('a\n"open\n', "utf-8")
    (broken,) = write_marked_files(tmp_path / "m", [work], "en")
    assert broken.path is None and broken.told
