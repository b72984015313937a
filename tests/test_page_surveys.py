"""Survey files: handed in, shared, read in again, a colleague's and a hostile one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.field_work import (
    check_survey,
    forget,
    lines,
    open_list,
    photo,
    press,
    record_visit,
    saved_file,
    small_png,
    survey,
    take,
    told,
    visit,
    wait_told,
)
from tests.map_frames import HOSTILE, widened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("visits") / "inspection.html"
    path.write_text(inspection_map(**widened()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture
def opened(desktop: WebDriver, page: Path) -> WebDriver:
    forget(desktop)
    open_page(desktop, page)
    return desktop


def test_a_newer_map_of_the_project_finds_the_visits(opened: WebDriver, tmp_path: Path) -> None:
    record_visit(opened)
    facts = widened()
    facts["run"]["build_id"] = "b-2"
    facts["sites"] = facts["sites"].iloc[1:].reset_index(drop=True)
    facts["findings"] = facts["findings"][facts["findings"]["subject_id"] != "R-000"].reset_index(drop=True)
    facts["answers"] = facts["answers"]._replace(of_site=facts["answers"].of_site[1:])
    newer = tmp_path / "newer.html"
    newer.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(opened, newer)
    wait_told(opened, "#visitbar", "1 条巡查记录未上交")
    press(opened, "#visitbar")
    assert "R-000" in lines(opened)[0] and "本图没有此点位" in lines(opened)[0]
    (record,) = check_survey(saved_file(opened, tmp_path, '[data-hand="save"]'))
    assert record["build_id"] == "b-1" and record["site_id"] == "R-000"
    facts["run"]["title"] = "另一个项目"
    other = tmp_path / "other.html"
    other.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(opened, other)
    opened.execute_async_script("setTimeout(arguments[0], 300)")
    assert opened.execute_script("return document.querySelector('#visitbar').hidden")


def test_a_colleagues_file_comes_in_once_and_a_conflict_is_kept_beside(opened: WebDriver, tmp_path: Path) -> None:
    open_list(opened)
    mine, theirs = visit(1, photos=[photo(small_png(1))]), visit(2, "S-001", layer="pollution_sources")
    assert take(opened, tmp_path / "a.json", survey(mine, theirs)) == "a.json：新增 2 条，已有 0 条。"
    assert take(opened, tmp_path / "b.json", survey(mine, theirs)) == "b.json：新增 0 条，已有 2 条。"
    other = visit(1, note="不同的话", inspector="<img src=x onerror=window.hostile=1>")
    said = take(opened, tmp_path / "c.json", survey(other, theirs))
    assert "新增 0 条，已有 1 条" in said and mine["uuid"] in said and "两份都保留" in said and "<img src=x" in said
    assert len(lines(opened)) == 3
    assert "已有 1 条" in take(opened, tmp_path / "d.json", survey(other))
    assert len(lines(opened)) == 3
    assert opened.execute_script("return document.querySelector('#visitbar').hidden")
    opened.execute_script("headwater.select('R-000')")
    assert told(opened, "#detail .visit").count("有同一编号但内容不同的记录") == 2
    # What came in from a file is nobody's to change here, only to take from the device.
    offered = "return [...document.querySelectorAll('#detail .visit .pair .pick')].map((one) => one.textContent)"
    assert opened.execute_script(offered) == ["删除", "删除"]
    open_list(opened)
    text = saved_file(opened, tmp_path, '[data-hand="save-all"]')
    back = json.loads(text)["records"]
    assert sorted(map(json.dumps, back)) == sorted(map(json.dumps, (order(one) for one in (mine, theirs, other))))
    assert opened.execute_script("return window.hostile === undefined")


def order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its fields in the order in which the page writes them."""
    names = [
        "uuid",
        "layer",
        "site_id",
        "base_revision",
        "build_id",
        "visited_at",
        "inspector",
        "observed",
        "note",
        "position",
        "photos",
    ]
    return {name: record[name] for name in names}


def test_unknown_sites_and_unknown_fields_are_told(opened: WebDriver, tmp_path: Path) -> None:
    open_list(opened)
    strange = visit(3, "X-9", layer="remediation_sites") | {"weather": "雨"}
    said = take(opened, tmp_path / "strange.json", survey(strange))
    assert "新增 1 条" in said and "X-9" in said and "weather" in said
    assert "X-9" in lines(opened)[0] and "本图没有此点位" in lines(opened)[0]


def test_hostile_text_stays_text(opened: WebDriver, tmp_path: Path) -> None:
    open_list(opened)
    for number, text in enumerate(HOSTILE):
        observed = {
            "status": None,
            "result": None,
            "checklist": [{"rule_id": text, "item": text, "done": True, "remark": text}],
        }
        record = visit(
            100 + number, inspector=text, note=text, observed=observed, photos=[photo(small_png(number), text)]
        )
        assert "新增 1 条" in take(opened, tmp_path / f"h{number}.json", survey(record))
    opened.execute_script("headwater.select('R-000')")
    press(opened, "#detail .visit summary")
    opened.execute_script("document.querySelectorAll('#detail .visit details').forEach((one) => { one.open = true; })")
    wait_for(opened, f"return document.querySelectorAll('#detail .visit img').length === {len(HOSTILE)}")
    notes = opened.execute_script(
        "return [...document.querySelectorAll('#detail .visit .sentence')].map((one) => one.textContent)"
    )
    assert sorted(notes) == sorted(HOSTILE)
    names = opened.execute_script("return [...document.querySelectorAll('#detail .visit img')].map((one) => one.alt)")
    assert sorted(names) == sorted(HOSTILE)
    assert opened.execute_script("return window.hostile === undefined")
    assert requests_of(opened) == [] and complaints_of(opened) == []


def wrong_files() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name -> a file that must not be read, and what is to be said of it."""
    good, bad_photo = visit(1), photo(small_png(1))
    svg = photo(b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hostile=1'/>", "a.svg")
    return {
        "cut": (survey(good)[:-9], ("不是 JSON",)),
        "deep": ("[" * 100_000, ("不是 JSON",)),
        "format": (survey(good, format="x"), ("headwater-survey",)),
        "version": (survey(good, version=2), ("版本不是 1",)),
        "uuid": (survey(good, visit(2) | {"uuid": "X"}), ("第 2 条，uuid", "UUID")),
        "zone": (survey(visit(1, visited_at="2017-12-01T09:30:00")), ("第 1 条，visited_at", "时区")),
        "day": (survey(visit(1, visited_at="2017-02-30T09:30:00Z")), ("visited_at",)),
        "status": (survey(visit(1, observed={"status": "fine", "result": None, "checklist": []})), ("observed.status", "代码")),
        "proto": (survey(visit(1, observed={"status": "constructor", "result": "__proto__", "checklist": []})), ("observed.status", "observed.result")),
        "missing": (survey({key: value for key, value in good.items() if key != "site_id"}), ("site_id：缺少",)),
        "type": (survey(visit(1, note=7)), ("note：应为文字",)),
        "long": (survey(visit(1, note="长" * 20_001)), ("note：太长",)),
        "number": (survey(visit(1, position={"lon": 500, "lat": 1, "accuracy_m": None})), ("position.lon",)),
        "huge": (survey(good).replace("104.8", "1e999"), ("position.lon",)),
        "base64": (survey(visit(1, photos=[bad_photo | {"data": "data:image/png;base64,AA=="}])), ("photos[1]", "base64")),
        "digest": (survey(visit(1, photos=[bad_photo | {"sha256": "0" * 64}])), ("photos[1]", "不符")),
        "svg": (survey(visit(1, photos=[svg])), ("photos[1]", "JPEG")),
        "records": (json.dumps({"format": "headwater-survey", "version": 1, "build_id": "", "records": {}}), ("records", "列表")),
    }  # fmt: skip


def test_a_file_with_a_fault_is_not_read_at_all(opened: WebDriver, tmp_path: Path) -> None:
    open_list(opened)
    for name, (text, parts) in wrong_files().items():
        said = take(opened, tmp_path / f"{name}.json", text)
        assert "什么都没有读入" in said, name
        for part in parts:
            assert part in said, (name, said)
        assert lines(opened) == [], name
    assert opened.execute_script("return window.hostile === undefined")


def test_sharing_marks_only_what_was_really_handed_on(opened: WebDriver) -> None:
    record_visit(opened)
    opened.execute_script(
        """navigator.canShare = () => true; window.shared = [];
        navigator.share = async ({files}) => { if (window.refuse) throw new DOMException('no', window.refuse); window.shared.push(await files[0].text()); };
        window.refuse = 'AbortError';"""
    )
    open_list(opened)
    press(opened, '[data-hand="share"]')
    wait_told(opened, "#field .outcome", "没有分享出去")
    assert "未上交" in lines(opened)[0]
    opened.execute_script("window.refuse = null")
    press(opened, '[data-hand="share"]')
    wait_told(opened, "#field .outcome", "已分享 1 条记录")
    assert "已导出" in lines(opened)[0]
    assert len(check_survey(opened.execute_script("return window.shared[0]"))) == 1
