"""What the ledger says of a site, in a real browser: its events, since when and by whom, what a person must decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from layers.workflow import CONTRADICTIONS, WHY_NOT
from maps.inspection import inspection_map
from tests.browser import complaints_of, requests_of, wait_for
from tests.field_work import open_list, press, record_visit, saved_file, survey, take, told, visit
from tests.ledger_frames import HOSTILE, SITES, UUID, historic, history
from tests.page_fixtures import open_anew, text, texts

FIRST = UUID.format(2)
DIFFERS = CONTRADICTIONS["TABLE_DIFFERS"].zh


@pytest.fixture
def driver(desktop: WebDriver, ledgered: Path) -> Iterator[WebDriver]:
    """The browser with the page of a ledger; nothing that it shows is markup, and it asks for nothing."""
    open_anew(desktop, ledgered)
    yield desktop
    assert desktop.execute_script("return window.hostile") is None
    assert (complaints_of(desktop), requests_of(desktop)) == ([], [])


def chosen(driver: WebDriver, site_id: str) -> str:
    driver.execute_script("headwater.select(arguments[0])", site_id)
    return text(driver, "#detail")


def test_the_line_of_days_says_who_said_what_with_which_proof_from_which_file(driver: WebDriver) -> None:
    chosen(driver, "R-000")
    lines = texts(driver, "#detail .history li")
    expected = (
        ("2017-03-15", "台账表填写：未启动 · 时限 2017-08-31"),
        ("2017-04-20 09:30", "现场巡查：确有违规 · 达到序时进度", "围堰已开工", "王五 · 照片 2 张 · 周三巡查.json"),
        ("2017-08-20", "延期：时限 2017-10-31", "雨季停工", "张局长"),
        ("2017-09-10", "状态：已完成整改", "已拆除", "水城区水务局 · 佐证 1 份"),
        ("2017-09-20", "验收：已验收 · 单位 市生态环境局", "李验收 · 佐证 2 份"),
        ("2017-09-28", "销号：已销号", "领导小组"),
        ("2017-11-05", "回头看：发现反弹", "又在排水", "王五"),
    )
    of_ledger = [line for line in lines if any(line == "".join(one) for one in expected)]
    assert of_ledger == ["".join(one) for one in expected]
    assert [line.startswith("2017-11-30") for line in lines].index(True) == len(lines) - 2


def test_a_record_later_than_the_day_of_the_map_stands_behind_it_and_has_no_effect(driver: WebDriver) -> None:
    chosen(driver, "R-000")
    assert texts(driver, "#detail .history li.without") == [
        "2017-12-02 10:00现场巡查：确有违规 · 未达到序时进度王五 · 周三巡查.json未生效：晚于本图的检查日期"
    ]


def test_the_status_says_since_when_and_by_whom_and_the_deadline_what_it_was(driver: WebDriver) -> None:
    detail = chosen(driver, "R-000")
    assert text(driver, "#detail .said .since") == "自 2017-11-05 · 王五"
    assert "原为 2017-08-31，已延期" in detail
    assert texts(driver, "#detail .standing li") == [f"{DIFFERS}。台账表填写：已销号。", "反弹 1 次。"]


def test_visits_that_contradict_each_other_stand_side_by_side_with_what_to_do(driver: WebDriver) -> None:
    chosen(driver, "R-003")
    assert texts(driver, "#detail .conflict .sides b") == ["2017-11-02 09:00", "2017-11-02 15:00"]
    sides = texts(driver, "#detail .conflict article")
    assert "王五" in sides[0] and "未见违规 · 已完成整改" in sides[0] and "已清" in sides[0]
    assert "赵六" in sides[1] and HOSTILE[1] in sides[1]
    assert "须由人裁定" in text(driver, "#detail .conflict")
    command = text(driver, "#detail .conflict code")
    assert command.startswith(f"headwater ledger set PROJECT R-003 --resolve {UUID.format(9)}")
    left, right = driver.execute_script(
        "return [...document.querySelectorAll('#detail .conflict article')].map((one) => one.getBoundingClientRect().top)"
    )
    assert left == right


def test_an_id_that_a_shell_could_run_is_in_no_command(desktop: WebDriver, tmp_path: Path) -> None:
    facts = historic()
    sites, told_ = facts["sites"], facts["history"]
    hostile = '$(touch x)"; `id`'
    sites["site_id"] = sites["site_id"].replace("R-003", hostile)
    renamed = told_._replace(
        **{name: getattr(told_, name).replace("R-003", hostile) for name in ("events", "standing")}
    )
    page = tmp_path / "hostile.html"
    page.write_text(inspection_map(**{**facts, "history": renamed}), "utf-8")
    open_anew(desktop, page)
    chosen(desktop, hostile)
    command = text(desktop, "#detail .conflict code")
    assert " SITE_ID --resolve " in command and "$" not in command and "`" not in command


def test_look_backs_missing_evidence_and_former_ids_are_told(driver: WebDriver) -> None:
    chosen(driver, "R-006")
    assert texts(driver, "#detail .standing li") == ["回头看应在 2017-12-28 前完成。"]
    assert f"未生效：{WHY_NOT['NEEDS_PERSON'].zh}" in text(driver, "#detail .history")
    assert HOSTILE[3] in text(driver, "#detail .history")
    chosen(driver, "R-009")
    assert texts(driver, "#detail .standing li") == ["回头看已逾期（应在 2017-11-01 前完成）。", "已销号，但缺少：整改后照片。"]  # fmt: skip
    chosen(driver, "R-012")
    assert texts(driver, "#detail .standing li") == ["曾用编号：S-17。"]


def test_what_a_person_decided_of_a_finding_stands_beside_what_was_computed(driver: WebDriver) -> None:
    finding = historic()["findings"].iloc[0]
    chosen(driver, finding["subject_id"])
    assert texts(driver, "#detail .decision p") == ["人工判定无冲突 · 张局长 · 2017-11-20", "供水设施", "判定之后事实有变，须重新确认。"]  # fmt: skip
    assert "违规" in text(driver, "#detail .said.violation") or finding["result"] != "violation"


def test_what_a_person_has_to_look_at_is_a_filter(driver: WebDriver) -> None:
    def shown(flag: str) -> list[str]:
        driver.execute_script("headwater.filter({flags: arguments[0]})", flag)
        return sorted(one.removeprefix("R-") for one in texts(driver, "#table .rows .cell.site_id"))

    driver.execute_script("document.querySelector('.tablebar').click()")
    found = {flag: shown(flag) for flag in ("conflict", "look_back_overdue", "look_back_due", "decided", "missing")}
    assert found == {
        "conflict": ["003"], "look_back_overdue": ["009"], "look_back_due": ["006"], "decided": ["012"], "missing": ["009"],
    }  # fmt: skip
    press(driver, '#legend [data-facet="flags"][data-value="contradiction"]')
    driver.execute_script("headwater.filter({flags: ['conflict', 'contradiction']})")
    assert driver.execute_script("return headwater.counts.shown") == 2


def test_the_whole_history_is_told_in_english_too(driver: WebDriver) -> None:
    driver.execute_script("headwater.language('en')")
    detail = chosen(driver, "R-000")
    assert "extension: 2017-10-31".replace(": ", ": deadline ") in detail.replace("deadline extension", "extension")
    assert "without effect: later than the date of this map" in detail and "Relapsed: 1." in detail


def test_visits_that_the_ledger_has_are_marked_and_may_leave_the_device(driver: WebDriver, tmp_path: Path) -> None:
    records = [visit(1, uuid=FIRST), visit(77)]
    open_list(driver)
    assert "新增 2 条" in take(driver, tmp_path / "a.json", survey(*records))
    states = texts(driver, "#field .allvisits li small:last-child")
    assert sorted(states) == ["已入账", "读入的"]
    press(driver, "#field [data-clear]")
    assert "这些记录已在台账中" in told(driver, "#field .clearing")
    press(driver, "#field [data-clear=yes]")
    wait_for(driver, "return document.querySelectorAll('#field .allvisits li').length === 1")
    assert texts(driver, "#field .allvisits li small:last-child") == ["读入的"]
    assert not texts(driver, "#field [data-clear]")


def test_of_two_records_with_one_number_none_is_said_to_be_in_the_ledger(driver: WebDriver, tmp_path: Path) -> None:
    open_list(driver)
    take(driver, tmp_path / "a.json", survey(visit(1, uuid=FIRST)))
    take(driver, tmp_path / "b.json", survey(visit(1, uuid=FIRST, note="不一样")))
    assert texts(driver, "#field .allvisits li small:last-child") == ["读入的", "读入的"]
    assert not texts(driver, "#field [data-clear]")


def test_a_visit_of_this_page_bears_the_revision_it_was_made_on(driver: WebDriver, tmp_path: Path) -> None:
    record_visit(driver, "R-000")
    open_list(driver)
    (record,) = json.loads(saved_file(driver, tmp_path, '[data-hand="save"]'))["records"]
    assert (record["site_id"], record["layer"], record["base_revision"]) == ("R-000", SITES, 8)


def test_a_sheet_for_the_field_has_the_last_records(driver: WebDriver) -> None:
    chosen(driver, "R-000")
    driver.execute_script("window.print = () => {}")
    press(driver, '[data-tool="print"]')
    press(driver, '[data-print="this"]')
    records = wait_for(
        driver, "return [...document.querySelectorAll('#paper .records p')].map((one) => one.textContent)"
    )
    assert records[0].startswith(DIFFERS)
    assert any(line == "2017-11-05 回头看：发现反弹 · 又在排水 · 王五" for line in records)
    assert "自 2017-11-05 · 王五" in text(driver, "#paper .sheet dl")


def test_events_that_are_not_told_are_counted(desktop: WebDriver, tmp_path: Path) -> None:
    facts = historic()
    named = history("F")
    standing = named.standing.assign(older=[1200 if one == "R-000" else 0 for one in named.standing["site_id"]])
    page = tmp_path / "older.html"
    page.write_text(inspection_map(**{**facts, "history": named._replace(standing=standing)}), "utf-8")
    open_anew(desktop, page)
    assert "更早的 1\u202f200 条见台账" in chosen(desktop, "R-000")
    assert "更早的" not in chosen(desktop, "R-003")
