"""Where the heading of a table stands, what its columns are called, and which rows are none of its data."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from gis.faults import InputError
from gis.headings import LAST_ROW, below_table, heading_of, names_of_groups
from gis.read import read, read_rows

DATA = [["1", "甲", "104.5", "26.5", "已完成"], ["2", "乙", "104.6", "26.6", "未启动"]]


@pytest.mark.parametrize("rows", [
    [["a", "b"], ["1", "2"]],
    [["name"], ["a"], ["b"]],
    [["编号", "名称", "", "纬度"], ["1", "甲", "x", "26.5"]],
    [["section", "2017", "2018", "2019"], ["a", "1.2", "1.3", "1.4"]],
    [["站点", "1", "2", "3"], ["a", "1.2", "1.3", "1.4"]],
    [["id", "name"], ["1", "a", "x", "y", "z"], ["2", "b"]],
    [["断面", "2017-01-05", "2017-02-05", "2017-03-05"], ["a", "1.2", "1.3", "1.4"]],
    [["id", "104.5"], ["a", "甲"]],
    [["id", "name", "kind", "note"], ["1"], ["2"], ["3"]],
    [["id", "id", "name"], ["1", "2", "a"]],
    [["编号", "名称"]],
    [["", "编号", "名称"], ["x", "1", "甲"]],
    [["Site Name", "Notes: free text"], ["a", "b"]],
])  # fmt: skip
def test_a_first_row_that_could_be_a_heading_is_one(rows: list[list[str]]) -> None:
    heading = heading_of(rows)
    assert heading.is_plain
    assert (heading.first, heading.data, heading.names) == (0, 1, rows[0])


TITLES = [
    [["附表1  六盘水市饮用水水源地整改清单", "", "", "", ""]],
    [["附表1"], ["", "", "", "", ""], ["填报单位：六盘水市环保局", "", "", "日期：2017-11-30", ""]],
    [["整改清单"] * 5],
    [["整改清单", "", "", "", "2017年11月"], ["单位:公里", "", "", "", ""]],
    [["Table 1", "", "", "", ""], ["Prepared by: Li", "Date: 2017-11-30", "Phone: 0858", "Unit: m", ""]],
    [[""] * 5] * 4 + [["清单"]],
]


@pytest.mark.parametrize("titles", TITLES)
def test_titles_above_the_heading_are_skipped_and_told(titles: list[list[str]]) -> None:
    heading = heading_of([*titles, ["编号", "名称", "经度", "纬度", "状态"], *DATA])
    assert (heading.first, heading.data) == (len(titles), len(titles) + 1)
    assert heading.names == ["编号", "名称", "经度", "纬度", "状态"]
    assert len(heading.above) == sum(any(row) for row in titles)
    assert all(cell in " ".join(heading.above) for row in titles for cell in row)


def test_names_in_two_rows_are_joined() -> None:
    heading = heading_of([["编号", "名称", "坐标", "", "状态"], ["", "", "经度", "纬度", ""], *DATA])
    assert heading.names == ["编号", "名称", "坐标 经度", "坐标 纬度", "状态"]
    assert heading.data == 2
    last = heading_of([["编号", "坐标"], ["", "经度", "纬度"], ["1", "104.5", "26.5"]])
    assert last.names == ["编号", "坐标 经度", "坐标 纬度"]


def test_names_in_three_rows_are_joined() -> None:
    rows = [
        ["断面", "结果", "", "", ""],
        ["", "2016年", "", "2017年", ""],
        ["", "pH", "DO", "pH", "DO"],
        ["a", *"1234"],
    ]
    assert heading_of(rows).names == ["断面", "结果 2016年 pH", "结果 2016年 DO", "结果 2017年 pH", "结果 2017年 DO"]


def test_a_sparse_first_row_of_data_is_no_row_of_names() -> None:
    heading = heading_of([["编号", "名称", "", "备注"], ["", "", "甲", "乙"], ["1", "a", "b", "c"]])
    assert (heading.names, heading.data) == (["编号", "名称", "", "备注"], 1)


def test_a_row_of_units_goes_into_the_names() -> None:
    heading = heading_of([["断面", "pH", "溶解氧", "氨氮"], ["单位", "无量纲", "mg/L", "—"], ["a", "7", "8", "0.1"]])
    assert heading.names == ["断面", "pH(无量纲)", "溶解氧(mg/L)", "氨氮"]
    assert heading.data == 2
    data = [["section", "unit"], ["a", "mg/L"], ["b", "μg/L"]]
    assert heading_of(data).is_plain


@pytest.mark.parametrize("rows", [
    DATA,
    [["1", "化工厂", "industry", "104.83", "26.59", "一级"], ["2", "渣场", "waste_heap", "104.84", "26.58", "二级"]],
    [["整改清单", "", "", ""], ["1", "甲", "104.5", "26.5"], ["2", "乙", "104.6", "26.5"]],
    [["整改清单"]] + [["", ""]] * LAST_ROW + [["编号", "名称"], ["1", "甲"]],
])  # fmt: skip
def test_without_a_heading_in_twenty_rows_the_table_is_refused(rows: list[list[str]]) -> None:
    with pytest.raises(InputError) as caught:
        heading_of(rows)
    (fault,) = caught.value.faults
    assert (fault.code, fault.row) == ("HEADING_MISSING", 1)
    assert rows[0][0] in fault.reason("zh")


def test_blank_rows_above_a_plain_heading_may_be_many() -> None:
    heading = heading_of([["", ""]] * 30 + [["编号", "名称"], ["1", "甲"]])
    assert (heading.first, heading.names) == (30, ["编号", "名称"])


def test_sums_and_remarks_below_the_table_are_told_apart_from_data() -> None:
    rows = [["1", "甲", "3", ""], ["合 计", "", "3", ""], ["", "", "", ""], ["注：数据来自市环保局", "", "", ""]]
    assert below_table(rows) == {1: "合 计 | 3", 3: "注：数据来自市环保局"}
    assert below_table([["填表人：张三", "", "审核人：李四", "", "", ""]]) == {0: "填表人：张三 | 审核人：李四"}
    assert below_table([["合计", "", "3", ""], ["2", "乙", "3", ""]]) == {}
    assert below_table([["注水井", "2", "3"], ["来源地", "2", "3"], ["日期", "", ""]]) == {}


def test_the_last_part_of_a_name_in_two_rows() -> None:
    assert names_of_groups(["坐标 经度", "坐标 纬度", "Site Name", "a"]) == {"经度": "坐标 经度", "纬度": "坐标 纬度"}
    assert names_of_groups(["起点 经度", "终点 经度"]) == {}
    assert names_of_groups(["经度", "地心 经度"]) == {}


# --- Through the one door --------------------------------------------------------------------

LIST = [
    ["附表1 整改清单", "", "", "", ""],
    ["填报单位：六盘水市", "", "", "日期：2017-11-30", ""],
    ["编号", "名称", "坐标", "", "状态"],
    ["", "", "经度", "纬度", ""],
    *DATA,
    ["", "", "", "", ""],
    ["3", "丙", "104.7", "26.7", "未启动"],
    ["合计", "3", "", "", ""],
    ["注：坐标为 CGCS2000", "", "", "", ""],
]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_rows_keep_the_agencys_numbers(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        path.write_text("".join(",".join(row) + "\n" for row in LIST), "utf-8")
    else:
        book = xlsxwriter.Workbook(path)
        page = book.add_worksheet()
        for at, row in enumerate(LIST):
            page.write_row(at, 0, row)
        book.close()
    (table,) = read(path, name="a")
    assert table.frame["source_row"].tolist() == [5, 6, 8]
    assert table.frame.geometry.x.tolist() == [104.5, 104.6, 104.7]
    assert table.facts["rows_read"] == 3
    assert (table.facts["heading_row"], table.facts["heading_rows"]) == (3, 2)
    assert table.facts["skipped_above"] == "附表1 整改清单; 填报单位：六盘水市 | 日期：2017-11-30"
    assert table.facts["rows_below"] == 2
    assert table.facts["skipped_below"] == "合计 | 3; 注：坐标为 CGCS2000"


def test_a_heading_stands_above_merged_cells_and_no_row_of_angles_is_one() -> None:
    rows = [
        ["附件1 拐点坐标表", "", "", "", "", ""],
        ["坐标系：2000国家大地坐标系", "", "", "", "", ""],
        ["保护区名称", "级别", "拐点编号", "经度", "纬度", "备注"],
        ["玉舍水库", "一级", "J1", "104°48′18.0″", "26°26′31.2″", ""],
        *[["", "", f"J{at}", f"104°50′{at}2.0″", "26°27′50.4″", ""] for at in (2, 3, 4)],
    ]
    found = heading_of(rows)
    assert (found.first, found.data, found.names) == (2, 3, rows[2])
    angles = [["名称", "位置"], ["甲", "东经104度48分"], ["乙", "东经104度49分"]]
    assert heading_of([["表"], *angles]).names == angles[0]


def test_a_repeated_name_below_a_title_is_an_error_at_its_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("清单,,\n编号,名称,名称\n1,甲,乙\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_rows(tmp_path / "a.csv", name="a.csv")
    assert [(fault.code, fault.row) for fault in caught.value.faults] == [("COLUMN_DUPLICATE", 2)]


def test_a_title_without_delimiters_does_not_hide_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("清单\n编号;名称\n1;甲\n2;乙\n", "utf-8")
    (table,) = read_rows(tmp_path / "a.csv", name="a.csv")
    assert table.frame["名称"].tolist() == ["甲", "乙"]


def test_a_site_that_is_called_like_a_sum_is_none() -> None:
    """A filling station of TOTAL on the last row, and a sum of two columns."""
    assert below_table([["TOTAL", "7", "加油站", "104.7", "26.6"]]) == {}
    assert below_table([["TOTAL", "104.7", "26.6"]]) == {}
    assert below_table([["total", "x", "加油站", "", ""]]) == {}
    assert below_table([["合计", "", "3", "7.5亩", "/"]]) == {0: "合计 | 3 | 7.5亩 | /"}
    assert below_table([["total", "12"]]) == {0: "total | 12"}
    assert below_table([["来源2", "7", "", ""]]) == {}


def test_many_names_below_titles_are_a_heading_however_sparse_the_rows() -> None:
    names = [f"栏{letter}" for letter in "甲乙丙丁戊己庚辛壬癸"]
    rows = [
        ["整改台账", *[""] * 9],
        ["截至2017年11月30日", *[""] * 9],
        names,
        ["1", "Z-1", *[""] * 8],
        ["2", "Z-2", *[""] * 8],
    ]
    found = heading_of(rows)
    assert (found.first, found.data, found.names) == (2, 3, names)
    assert heading_of(rows[:3]).data == 3  # a ledger without a row


@pytest.mark.parametrize(
    "row",
    [
        [f"栏{letter}" for letter in "甲乙丙丁戊己庚"],  # fewer
        [*[f"栏{letter}" for letter in "甲乙丙丁戊己庚"], "", "栏壬"],  # a blank among them
        [*[f"栏{letter}" for letter in "甲乙丙丁戊己庚"], "栏甲"],  # one of them twice
        [*[f"栏{letter}" for letter in "甲乙丙丁戊己庚"], "8"],  # a number
    ],
)
def test_what_might_be_a_row_of_data_is_no_heading_of_sparse_rows(row: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        heading_of([["整改台账"], row, ["1"], ["2"]])
    assert [fault.code for fault in caught.value.faults] == ["HEADING_MISSING"]
