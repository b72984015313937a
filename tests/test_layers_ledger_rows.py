"""layers.ledger_rows, layers.ledger_told: a row of 问题清单 for each remediation site, the ledger's word before the table's."""

from __future__ import annotations

from datetime import date

import pandas as pd

from layers.ledger_columns import COLUMNS
from layers.ledger_rows import LEDGER, SOURCES, Row, problems
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State
from layers.ledger_told import overrides_told, told_by_ledger
from layers.site_state import Extension, NotApplied, SiteState
from layers.told_history import EVENT_COLUMNS
from layers.words import Word
from tests.workbook_frames import AS_OF, findings_of, frames_of, remediation, sites_of, source

ON_SOURCE = {"subject_id": "S-1"}


def row_of(*rows: dict[str, object], findings: tuple[dict[str, object], ...] = (), language: str = "zh") -> Row:
    """The row of the first remediation site."""
    frames = frames_of(rows, *findings)
    return problems(frames, {}, as_of=AS_OF, language=language).rows[0]


def test_a_row_holds_what_the_offices_table_says() -> None:
    row = row_of(remediation("Z-1", name="甲", problem="一级区内有排口", goal="拆除", deadline="2018-06-30"))
    assert (row["number"], row["site_id"], row["name"]) == (1, "Z-1", "甲")
    assert (row["problem"], row["goal"], row["deadline"], row["status"]) == (
        "一级区内有排口",
        "拆除",
        "2018-06-30",
        "on_schedule",
    )
    assert row["water_source"] == "玉舍水库" and row["layer"] == LEDGER and row["revision"] == 0
    assert set(COLUMNS) <= set(row)


def test_the_basis_is_what_violations_of_the_source_cite_each_article_once() -> None:
    findings = ({**ON_SOURCE}, {**ON_SOURCE, "zone_id": "Z2"}, {**ON_SOURCE, "result": "check", "citation": "《其他》"})
    row = row_of(source("S-1", result="violation"), remediation("Z-1", source_id="S-1"), findings=findings)
    assert row["basis"] == "《水污染防治法》第64条\n《水法》第34条"


def test_a_basis_that_is_only_to_check_says_so_and_a_screening_criterion_is_none() -> None:
    sites = (source("S-1", result="check"), remediation("Z-1", source_id="S-1"))
    row = row_of(*sites, findings=({**ON_SOURCE, "result": "check"},))
    assert row["basis"].startswith("待核查：《水污染防治法》")
    assert row_of(*sites, findings=({**ON_SOURCE, "rule_id": "CN-REM-01"},))["basis"] is None


def test_the_offices_own_basis_and_category_headings_are_used() -> None:
    frames = frames_of([remediation("Z-1", 法律依据="按市里文件", 验收单位="生态环境局", 备注="请尽快", kind=None)])
    found = problems(frames, {}, as_of=AS_OF, language="zh")
    assert (found.rows[0]["basis"], found.rows[0]["accepted_by"]) == ("按市里文件", "生态环境局")
    assert list(found.further) == ["备注"] and found.rows[0]["备注"] == "请尽快"


def test_the_level_is_not_known_where_the_zones_are_not() -> None:
    cells = {
        "": "不在保护区内",
        "ATTRIBUTE_ABSENT": "不在保护区内",
        "OUTSIDE_ZONE_DATA": "不明",
        "NO_ZONE_IN_DISTRICT;NO_RULE": "不明",
    }
    for why, word in cells.items():
        assert row_of(remediation("Z-1", not_assessed_why=why))["zone_level"] == word
    assert (
        row_of(remediation("Z-1", strictest_level="2", not_assessed_why="ZONE_REFUSED"))["zone_level"] == "二级保护区"
    )
    frames = frames_of([remediation("Z-1")])
    none = problems(frames._replace(zones=frames.zones.iloc[:0]), {}, as_of=AS_OF, language="en").rows[0]
    assert none["zone_level"] == "not known" and none["water_source"] is None


def test_the_result_tells_the_source_s_where_it_is_another() -> None:
    site = remediation("Z-1", source_id="S-1")
    assert row_of(source("S-1", result="violation"), site)["result"] == "无冲突；污染源：违规"
    assert row_of(source("S-1", result="violation"), site, language="en")["result"] == "clear; source: violation"
    assert row_of(source("S-1"), site)["result"] == "无冲突"


def test_what_changed_is_told_in_words() -> None:
    assert row_of(remediation("Z-1", change="relapsed"))["change"] == "反弹"
    assert row_of(remediation("Z-1", change="relapsed"), language="en")["change"] == "relapsed"
    assert row_of(remediation("Z-1"))["change"] is None


def test_days_overdue_run_from_the_deadline_and_end_with_the_work() -> None:
    late = remediation("Z-1", deadline="2017-10-31", overdue=True)
    assert row_of(late)["days_overdue"] == 30
    assert row_of({**late, "status": "completed", "overdue": False})["days_overdue"] is None
    assert row_of({**late, "deadline": None, "overdue": None})["days_overdue"] is None


def test_what_the_ledger_says_comes_before_the_table_and_what_it_does_not_say_does_not() -> None:
    frames = frames_of([remediation("Z-1", evidence="旧文件", deadline="2017-10-31")])
    said = {(LEDGER, "Z-1"): {"evidence": None, "accepted_by": "市局", "revision": 4, "look_back_result": "kept"}}
    row = problems(frames, said, as_of=AS_OF, language="zh").rows[0]
    assert (row["evidence"], row["accepted_by"], row["revision"], row["look_back_result"]) == (
        "旧文件",
        "市局",
        4,
        "kept",
    )


# --- What the ledger says ----------------------------------------------------------------------


def told_of(
    state: SiteState, *, language: str = "zh", notes: tuple[tuple[str, str], ...] = (), unit: str = "水务局"
) -> Row:
    """What the ledger says of Z-1."""
    frame = sites_of([remediation("Z-1", source_id="S-1", responsible_unit=unit)])
    events = pd.DataFrame([[LEDGER, "Z-1"] + [""] * (len(EVENT_COLUMNS) - 2)] * len(notes), columns=list(EVENT_COLUMNS))
    events = events.assign(note=[note for note, _ in notes], without=[without for _, without in notes])
    decided = {(SOURCES, "S-1"): "CN-OUT-01 认定为无冲突"}
    whole = State({(LEDGER, "Z-1"): state}, {}, (), ())
    told = told_by_ledger(whole, frame, events, decided, LedgerSettings(), as_of=AS_OF, language=language)
    return told[LEDGER, "Z-1"]


def test_an_extension_stands_beside_the_deadline_that_it_put_off() -> None:
    extensions = (
        Extension("2017-08-31", "2017-10-31", "雨季", "张", "2017-08-20"),
        Extension("2017-10-31", "2017-12-31", "设备未到", "张", "2017-10-20"),
    )
    told = told_of(SiteState(status="behind", deadline="2017-12-31", extensions=extensions, revision=3))
    assert (told["deadline"], told["extended_to"], told["extension_reason"]) == ("2017-08-31", "2017-12-31", "设备未到")
    assert (told["status"], told["revision"], told["override"]) == ("behind", 3, "CN-OUT-01 认定为无冲突")


def test_what_closing_needs_and_the_ledger_does_not_have_is_told_without_options_of_commands() -> None:
    evidence = {"before": ["a.jpg"], "accepting_unit": "水务局", "notice": {"from": "2017-11-20", "to": "2017-11-28"}}
    told = told_of(SiteState(status="accepted", completed_on="2017-11-10", deadline="2017-12-31", evidence=evidence))
    assert told["lacking"] == "整改后照片，或没有照片的理由；另一验收单位：水务局 就是责任单位"
    assert (told["notice_from"], told["notice_to"], told["accepted_by"]) == ("2017-11-20", "2017-11-28", "水务局")
    assert told["photos"] == "a.jpg"
    assert "--" not in str(told_of(SiteState(status="closed"), language="en")["lacking"])
    assert told_of(SiteState(status="behind"))["lacking"] == ""


def test_files_of_evidence_are_named_once() -> None:
    evidence = {"evidence": [{"name": "批复.pdf", "sha256": "0"}, {"name": "批复.pdf", "sha256": "1"}, "照片.jpg"]}
    assert told_of(SiteState(status="completed", evidence=evidence))["evidence"] == "批复.pdf；照片.jpg"


def test_looking_back_is_told_with_its_result() -> None:
    kept = told_of(SiteState(status="closed", look_back_due="2018-03-01", look_back_done=("2017-10-01", "2017-11-01")))
    assert (kept["look_back_due"], kept["looked_back_on"], kept["look_back_result"]) == (
        "2018-03-01",
        "2017-11-01",
        "kept",
    )
    back = told_of(SiteState(status="reopened", status_since="2017-11-05T09:30:00+08:00"))
    assert (back["status_since"], back["looked_back_on"], back["look_back_result"]) == (
        "2017-11-05",
        "2017-11-05",
        "relapsed",
    )
    assert told_of(SiteState(status="closed"))["look_back_result"] is None


def test_the_last_note_that_counts_is_the_state_of_work() -> None:
    notes = (("已开工", ""), ("已拆一半", ""), ("无效", "IN_CONFLICT"))
    assert told_of(SiteState(status="behind"), notes=notes)["progress_note"] == "已拆一半"
    assert told_of(SiteState(status="behind"))["progress_note"] is None


def test_what_a_person_has_to_decide_is_told() -> None:
    state = SiteState(
        status="behind",
        conflicts=(("a", "b"),),
        contradiction=("TABLE_UNDOES", "OF_TOMORROW"),
        not_applied=(NotApplied("a", "IN_CONFLICT"), NotApplied("c", "STEP"), NotApplied("d", "STEP")),
    )
    told = str(told_of(state)["to_decide"]).split("\n")
    assert told[0] == "1 组巡查互相矛盾，待裁定"
    assert told[1].startswith("与台账矛盾：台账表后来的填写") and told[2] == "与台账矛盾：OF_TOMORROW"
    assert told[3].startswith("2 条记录没有生效：") and len(told) == 4


def test_overrides_are_told_with_who_when_why_and_whether_to_renew() -> None:
    findings = findings_of({"finding_id": "F-1"}, {"finding_id": "F-2", "subject_id": "S-2"})
    said = {"result": "clear", "actor": "张局长", "at": "2017-11-20T08:00:00+08:00", "reason": "供水设施"}
    told = overrides_told(findings, {"F-1": said, "F-2": {**said, "renew": True}, "F-9": said}, "zh")
    assert told == {
        (SOURCES, "S-1"): "CN-OUT-01 认定为无冲突（张局长，2017-11-20）：供水设施",
        (SOURCES, "S-2"): "【事实已变，须重新认定】CN-OUT-01 认定为无冲突（张局长，2017-11-20）：供水设施",
    }


def test_a_kind_of_the_rule_book_is_named_by_its_word() -> None:
    frames = frames_of([remediation("Z-1", kind="spa")])._replace(kinds={"spa": Word("温泉", "spa")})
    assert problems(frames, {}, as_of=date(2017, 1, 1), language="zh").rows[0]["category"] == "温泉"
