"""layers.ledger_sheets, layers.ledger_statistics: which rows the other sheets of the workbook have, and what is counted."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from layers import ledger_sheets, ledger_statistics
from layers.changes import CHANGE_COLUMNS
from layers.ledger_rows import problems
from layers.ledger_sheets import Sheet
from layers.ledger_statistics import Tally, tallies
from tests.workbook_frames import AS_OF, TITLES, frames_of, remediation, sections_of, sheets_of, source

LATE = {"deadline": "2017-10-31", "overdue": True, "status": "behind"}


def sheet_of(name: str, rows: list[dict[str, Any]], *findings: dict[str, Any], **more: Any) -> Sheet:
    """The sheet of this name."""
    sheets, _ = sheets_of(frames_of(rows, *findings), **more)
    return next(sheet for sheet in sheets if sheet.name.zh == name)


def ids(sheet: Sheet, column: str = "site_id") -> list[str]:
    return [row[column] for row in sheet.rows]


def test_sheets_stand_in_the_order_of_an_office() -> None:
    sheets, _ = sheets_of(frames_of([remediation("Z-1")]))
    assert [sheet.name.zh for sheet in sheets] == ["问题清单", "逾期", "回头看", "未入台账", "断面", "变化"]
    assert [sheet.edited for sheet in sheets] == [True, False, False, False, False, False]
    assert not any(column.editable for sheet in sheets[1:] for column in sheet.columns)


def test_without_remediation_sites_the_sheets_say_so() -> None:
    sheets, found = sheets_of(frames_of([source("S-1")]))
    assert not found.rows and all(not sheet.rows for sheet in sheets)
    assert {sheet.empty.zh for sheet in sheets[:3]} == {"本项目没有整改台账数据（remediation_sites）。"}
    assert sheets[4].empty.en == "This project has no river sections."


def test_the_longest_overdue_comes_first_and_what_is_finished_is_not_overdue() -> None:
    rows = [
        remediation("Z-1", **LATE),
        remediation("Z-2", **{**LATE, "deadline": "2017-01-31"}),
        remediation("Z-3", **{**LATE, "status": "completed", "overdue": False}),
        remediation("Z-4"),
    ]
    sheet = sheet_of("逾期", rows)
    assert ids(sheet) == ["Z-2", "Z-1"] and [row["days_overdue"] for row in sheet.rows] == [303, 30]
    assert sheet_of("逾期", rows[2:]).empty.zh == "没有逾期的问题。"


def test_look_backs_are_told_the_most_pressing_first() -> None:
    rows = [remediation(f"Z-{number}", status="closed", closed_on="2017-06-30") for number in range(1, 6)]
    rows += [remediation("Z-6", status="reopened"), remediation("Z-7", status="behind")]
    told = {
        ("remediation_sites", "Z-1"): {"looked_back_on": "2017-09-01", "look_back_result": "kept"},
        ("remediation_sites", "Z-2"): {"look_back_due": "2017-12-28"},
        ("remediation_sites", "Z-3"): {"look_back_due": "2017-07-30"},
        ("remediation_sites", "Z-4"): {"look_back_due": "2018-07-30"},
    }
    still = {
        "subject_layer": "remediation_sites", "subject_id": "Z-4", "relation": "status", "text": "仍有违规",
        "finding_id": "F-2",
    }  # fmt: skip
    sheet = sheet_of("回头看", rows, still, {**still, "result": "check", "text": "逾期"}, told=told)
    assert [(row["site_id"], row["state"]) for row in sheet.rows] == [
        ("Z-6", "已反弹"),
        ("Z-4", "本次仍有违规，应立即回头看"),
        ("Z-3", "逾期未看"),
        ("Z-2", "待看"),
        ("Z-1", "已看"),
        ("Z-5", "未排期"),
    ]
    assert [row["found"] for row in sheet.rows] == [None, "仍有违规", None, None, None, None]


def test_a_source_in_violation_that_nobody_entered_is_listed_with_what_it_violates() -> None:
    rows = [
        source("S-1", result="violation", severity="major"),
        source("S-2", result="violation", severity="critical", kind=None, strictest_level="1"),
        source("S-3", result="violation", severity="critical", status="behind"),
        source("S-4", result="check", severity="critical"),
        remediation("Z-3", result="violation", source_id="S-3"),
    ]
    found = (
        {"subject_id": "S-2"},
        {"subject_id": "S-2", "text": "位于二级保护区内"},
        {"subject_id": "S-1", "result": "check"},
    )
    sheet = sheet_of("未入台账", rows, *found)
    assert ids(sheet) == ["S-2", "S-1"] and sheet.left_out == 0
    first, second = sheet.rows
    assert first["found"] == "位于一级保护区内\n位于二级保护区内" and first["remedy"] == "限期拆除"
    assert (first["severity"], first["zone_level"], first["category"]) == ("严重", "一级保护区", None)
    assert second["found"] is None and second["category"] == "入河排污口"


def test_of_too_many_rows_those_left_out_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_sheets, "MOST_OTHERS", 2)
    monkeypatch.setattr(ledger_sheets, "MOST_PROBLEMS", 2)
    rows = [source(f"S-{number}", result="violation", severity="major") for number in range(3)]
    rows += [
        remediation("Z-1", status="closed"),
        remediation("Z-2", **LATE),
        remediation("Z-3", **LATE),
        remediation("Z-4", **LATE),
    ]
    changes = pd.DataFrame([["F"] + [""] * 7] * 5, columns=list(CHANGE_COLUMNS))
    sheets, _ = sheets_of(frames_of(rows), sections=sections_of({}, {}, {}), changes=changes)
    assert [sheet.left_out for sheet in sheets] == [2, 1, 0, 1, 1, 3]
    assert ids(sheets[0]) == ["Z-2", "Z-3"]  # what is finished is left out first
    assert all(len(sheet.rows) <= 2 for sheet in sheets)


def test_sections_are_told_in_words_and_what_is_not_known_is_not_attained() -> None:
    sections = sections_of(
        {}, {"section_id": "D-2", "class": None, "attained": None}, {"section_id": "D-3", "attained": True}
    )
    told = {"subject_layer": "river_sections", "subject_id": "D-1", "text": "劣于目标"}
    sheet = sheet_of("断面", [remediation("Z-1")], told, sections=sections)
    assert [(row["class"], row["target_class"], row["attained"], row["found"]) for row in sheet.rows] == [
        ("Ⅳ类", "Ⅲ类", "不达标", "劣于目标"),
        (None, "Ⅲ类", "不明", None),
        ("Ⅳ类", "Ⅲ类", "达标", None),
    ]


def test_changes_are_told_in_words_and_codes_without_one_as_they_are() -> None:
    rows = [
        ["F-1", "CN-OUT-01", "pollution_sources", "S-1", "排口", "Z1", "new", "SITE_NEW;DATE"],
        ["F-2", "XX-1", "river_sections", "D-1", "断面", "Z9", "of_tomorrow", ""],
    ]
    sheet = sheet_of("变化", [remediation("Z-1")], changes=pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)))
    first, second = sheet.rows
    assert (first["change"], first["rule"], first["zone"]) == ("新增", TITLES["CN-OUT-01"].zh, "一级区")
    assert first["cause"].count("、") == 1 and "DATE" not in first["cause"] and first["subject_layer"] == "污染源"
    assert (second["change"], second["rule"], second["zone"], second["cause"]) == ("of_tomorrow", None, "Z9", "")
    detailed = pd.DataFrame([[*rows[0], "check", "violation", ""], [*rows[1], "closed", "reopened", ""]])
    detailed.columns = [*CHANGE_COLUMNS, "was", "now", "since"]
    told = sheet_of("变化", [remediation("Z-1")], changes=detailed).rows
    assert [(row["was"], row["now"]) for row in told] == [("待核查", "违规"), ("已销号", "回头看发现反弹")]
    nothing = pd.DataFrame(columns=list(CHANGE_COLUMNS))
    assert sheet_of("变化", [], changes=nothing).empty.zh == "与上一次运行相比没有变化。"
    assert sheet_of("变化", []).empty.zh == "没有上一次运行可以比较。"


# --- Statistics --------------------------------------------------------------------------------

PROBLEMS = [
    remediation("Z-1", responsible_unit="水务局", strictest_level="1", **LATE),
    remediation("Z-2", responsible_unit="水务局", status="closed", closed_on="2017-08-30", deadline="2017-06-30"),
    remediation("Z-3", responsible_unit="环保局", status="completed", completed_on="2017-08-01", deadline="2017-08-31"),
    remediation("Z-4", status="reopened", deadline="2017-10-31", overdue=True, not_assessed_why="OUTSIDE_ZONE_DATA"),
    remediation("Z-5", status="cannot_fix", extended_to="2018-01-31", deadline="2017-12-31"),
]


def counted(
    rows: list[dict[str, Any]], language: str = "zh", district: list[str | None] | None = None
) -> dict[str, Tally]:
    """The tables of counts by their titles."""
    frames = frames_of(rows, district=district)
    found = problems(frames, {}, as_of=AS_OF, language=language)
    return {one.title.text(language): one for one in tallies(found, frames, language=language)}


def test_problems_are_counted_by_status_with_their_share() -> None:
    table = counted(PROBLEMS)["按整改状态"]
    assert {row[0]: row[1] for row in table.rows if row[1]} == {
        "未达到序时进度": 1, "已销号": 1, "已完成整改": 1, "回头看发现反弹": 1, "无法整改": 1,
    }  # fmt: skip
    assert len(table.rows) == 8 and {row[2] for row in table.rows} == {0.2, 0.0}


def test_every_problem_is_finished_in_work_or_overdue_once() -> None:
    tables = counted(PROBLEMS, district=["钟山区", "钟山区", None, "水城县", "水城县"])
    for title in ("按责任单位", "按区县", "按保护区级别"):
        rows = tables[title].rows
        assert sum(row[1] for row in rows) == len(PROBLEMS)  # type: ignore[misc]
        assert all(row[1] == row[2] + row[3] + row[4] for row in rows)  # type: ignore[operator]
    assert tables["按责任单位"].rows[1] == ["水务局", 2, 1, 0, 1, 1, 0, 0, 0.5]
    assert [row[0] for row in tables["按责任单位"].rows] == ["未填写", "水务局", "环保局"]
    assert [row[0] for row in tables["按区县"].rows] == ["水城县", "钟山区", "不在行政区数据内"]
    assert [row[0] for row in tables["按保护区级别"].rows] == ["一级保护区", "不在保护区内", "不明"]


def test_months_without_anything_stand_between_those_with_something() -> None:
    table = counted(PROBLEMS)["按月份"]
    assert [row[0] for row in table.rows] == [f"2017-{month:02}" for month in range(6, 13)] + ["2018-01"]
    by_month = {row[0]: row[1:] for row in table.rows}
    assert by_month["2017-08"] == [1, 1, 0, 1] and by_month["2017-09"] == [0, 0, 0, 0]
    assert by_month["2018-01"] == [1, 0, 0, 0] and by_month["2017-12"] == [
        0,
        0,
        0,
        0,
    ]  # the day it was put off to counts


def test_sources_are_counted_by_result_also_where_there_is_no_ledger() -> None:
    rows = [source("S-1", result="violation"), source("S-2", result="not_assessed"), source("S-3")]
    tables = counted(rows, district=["钟山区", "钟山区", "水城县"])
    assert list(tables) == ["本次检查结论", "污染源检查结论，按区县"]
    assert tables["本次检查结论"].rows == [["污染源", 3, 1, 0, 1, 1]]
    assert tables["污染源检查结论，按区县"].rows == [["钟山区", 2, 1, 0, 1, 0], ["水城县", 1, 0, 0, 0, 1]]
    assert counted([]) == {}


def test_what_is_past_the_most_groups_or_months_is_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_statistics, "MOST_GROUPS", 1)
    monkeypatch.setattr(ledger_statistics, "MOST_MONTHS", 2)
    rows = [*PROBLEMS, source("S-1", result="violation"), source("S-2"), source("S-3")]
    tables = counted(rows, district=["甲", "甲", "乙", "丙", "丙", "甲", "甲", "乙"])
    assert [row[:2] for row in tables["按责任单位"].rows] == [["未填写", 2], ["其余 2 个", 3]]
    assert tables["污染源检查结论，按区县"].rows[1] == ["其余 1 个", 1, 0, 0, 0, 1]
    months = tables["按月份"].rows
    assert [row[0] for row in months] == ["更早", "2017-10", "2018-01"] and months[0][1:] == [2, 1, 0, 1]


def test_english_words() -> None:
    tables = counted(PROBLEMS, "en", ["Zhongshan"] * 5)
    assert [tally.headings[0].en for tally in tables.values()] == [
        "Status", "Responsible unit", "District", "Zone level", "Month", "Layer",
    ]  # fmt: skip
