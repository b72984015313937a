"""Visits: recorded in the drawer, kept in the browser, handed in as a survey file, read in again."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.field_work import (
    camera_photo,
    check_survey,
    forget,
    photo,
    press,
    saved_file,
    small_png,
    stand,
    survey,
    take,
    told,
    visit,
    wait_told,
)
from tests.map_frames import HOSTILE, widened

PERSON = "王五"


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


@contextmanager
def stubbed(driver: WebDriver, script: str) -> Iterator[None]:
    """Pages opened meanwhile find this done before they begin."""
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


def begin(driver: WebDriver, site_id: str = "R-000") -> None:
    driver.execute_script("headwater.select(arguments[0])", site_id)
    press(driver, "#detail .visits > .main")


def kept(driver: WebDriver) -> None:
    wait_told(driver, "#visit-saved", "已保存在本机")
    driver.execute_async_script("setTimeout(arguments[0], 50)")


def record_visit(driver: WebDriver, site_id: str = "R-000", note: str = "看过了") -> None:
    begin(driver, site_id)
    box = driver.find_element(By.ID, "visit-inspector")
    box.clear()
    box.send_keys(PERSON)
    driver.find_element(By.ID, "visit-note").send_keys(note)
    kept(driver)
    finish(driver)


def finish(driver: WebDriver) -> None:
    press(driver, ".visitform .ends .main")
    wait_for(driver, "return !document.querySelector('.visitform') && document.querySelector('#detail .visit.done')")


def open_list(driver: WebDriver) -> None:
    driver.execute_script("headwater.select('R-000')")
    press(driver, "#detail .close")
    driver.execute_script("document.querySelector('#visitbar').hidden = false")
    press(driver, "#visitbar")
    wait_for(driver, "return document.querySelector('#field .handing')")


def lines(driver: WebDriver) -> list[str]:
    script = "return [...document.querySelectorAll('#field .allvisits li')].map((one) => one.textContent)"
    return list(driver.execute_script(script))


def test_nothing_is_filled_in_as_if_it_had_been_seen(opened: WebDriver) -> None:
    begin(opened)
    checked = "return [...document.querySelectorAll('.visitform input:checked')].map((one) => [one.name, one.value])"
    assert opened.execute_script(checked) == [["visit-result", ""], ["visit-status", ""]]
    filled = "return [...document.querySelectorAll('.visitform :is(input[type=text], textarea)')].map((one) => one.value).join('')"
    assert opened.execute_script(filled) == ""
    assert "还没有位置" in told(opened, ".visitform .positions")
    press(opened, ".visitform .ends .main")
    assert told(opened, ".visitform [role=alert]") == "请填检查人。"
    opened.find_element(By.ID, "visit-inspector").send_keys(PERSON)
    press(opened, ".visitform .ends .main")
    assert "还什么都没有记录" in told(opened, ".visitform [role=alert]")
    assert requests_of(opened) == [] and complaints_of(opened) == []


def test_a_form_that_was_only_looked_at_leaves_no_visit(opened: WebDriver) -> None:
    begin(opened)
    press(opened, ".visitform .ends .main + .pick")
    open_list(opened)
    assert lines(opened) == []


def test_the_checklist_is_what_the_rules_ask_for(opened: WebDriver) -> None:
    begin(opened)
    items = "return [...document.querySelectorAll('.checklist .choice span')].map((one) => one.textContent)"
    assert opened.execute_script(items) == ["排口照片 CN-OUT-01", "水样 CN-OUT-01"]
    press(opened, "#language")
    assert opened.execute_script(items) == ["Photo of the outlet CN-OUT-01", "Water sample CN-OUT-01"]
    assert "What was seen" in told(opened, ".visitform")
    press(opened, "#language")
    begin(opened, "S-001")
    assert "没有取证清单" in told(opened, ".visitform")


def fill_in(driver: WebDriver, folder: Path) -> None:
    """Everything a visit of R-000 can say."""
    stand(driver, 104.8012341, 26.4712341, 12.3)
    begin(driver)
    driver.find_element(By.ID, "visit-inspector").send_keys(PERSON)
    for value in ("clear", "completed"):
        press(driver, f'.visitform input[value="{value}"]')
    press(driver, ".checklist li:nth-child(2) input[type=checkbox]")
    driver.find_element(By.CSS_SELECTOR, ".checklist li:nth-child(2) input[type=text]").send_keys("两瓶")
    driver.find_element(By.ID, "visit-note").send_keys("已拆除，<b>无水</b>流出")
    wide, small = camera_photo(folder / "IMG_1.jpg", 3000, 2000), camera_photo(folder / "front.jpeg", 400, 300)
    driver.find_element(By.ID, "visit-camera").send_keys(f"{wide}\n{small}")
    wait_for(driver, "return document.querySelectorAll('.visitform .visitphoto img').length === 2")
    press(driver, '.visitform [data-position="own"]')
    wait_told(driver, ".visitform .positions", "104.801234")
    kept(driver)


def test_a_visit_outlives_the_page_and_is_handed_in(opened: WebDriver, page: Path, tmp_path: Path) -> None:
    from PIL import Image

    fill_in(opened, tmp_path)
    assert "本机有" not in told(opened, "#visitbar") and "1 条未填完" in told(opened, "#visitbar")
    open_page(opened, page)
    wait_told(opened, "#visitbar", "1 条未填完")
    opened.execute_script("headwater.select('R-000')")
    assert PERSON in told(opened, "#detail .visit")
    press(opened, "#detail .visit .pair .pick")
    assert opened.execute_script("return document.getElementById('visit-note').value") == "已拆除，<b>无水</b>流出"
    wait_for(opened, "return document.querySelectorAll('.visitform .visitphoto img').length === 2")
    press(opened, ".visitform .ends .main")
    assert wait_told(opened, "#visitbar", "未上交") == "本机有 1 条检查记录未上交"
    open_list(opened)
    text = saved_file(opened, tmp_path, '[data-hand="save"]')
    (record,) = check_survey(text)
    assert json.loads(text)["build_id"] == record["build_id"] == "b-1"
    assert (record["layer"], record["site_id"], record["inspector"]) == ("remediation_sites", "R-000", PERSON)
    assert record["base_revision"] == 0 and record["note"] == "已拆除，<b>无水</b>流出"
    assert record["observed"] == {
        "status": "completed", "result": "clear", "checklist": [
            {"rule_id": "CN-OUT-01", "item": "排口照片", "done": False, "remark": ""},
            {"rule_id": "CN-OUT-01", "item": "水样", "done": True, "remark": "两瓶"},
        ],
    }  # fmt: skip
    assert record["position"] == {"lon": 104.8012341, "lat": 26.4712341, "accuracy_m": 12.3, "source": "own"}
    assert abs((datetime.fromisoformat(record["visited_at"]) - datetime.now().astimezone()).total_seconds()) < 600
    assert [one["name"] for one in record["photos"]] == ["IMG_1.jpg", "front.jpg"]
    for one, size in zip(record["photos"], ((1067, 1600), (300, 400)), strict=True):
        data = base64.b64decode(one["data"])
        assert data[:3] == b"\xff\xd8\xff" and b"Exif" not in data and b"CANARY" not in data and b"GPS" not in data
        picture = Image.open(io.BytesIO(data))
        # Orientation 6: what lies at the top left belongs to the top right.
        assert picture.size == size and not picture.getexif()
        corner = picture.getpixel((int(size[0] * 0.9), int(size[1] * 0.1)))
        other = picture.getpixel((int(size[0] * 0.1), int(size[1] * 0.1)))
        assert isinstance(corner, tuple) and isinstance(other, tuple)
        assert corner[0] > 180 > 120 > corner[2] and other[2] > 150 > 100 > other[0]
    assert "已导出" in lines(opened)[0] and opened.execute_script("return document.querySelector('#visitbar').hidden")
    assert len(base64.b64decode(record["photos"][0]["data"])) < 500_000
    again = saved_file(opened, tmp_path, '[data-hand="save-all"]')
    assert check_survey(again) == [record]
    assert "新增 0 条，已有 1 条" in take(opened, tmp_path / "own.json", text)
    assert len(lines(opened)) == 1 and complaints_of(opened) == []


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
    wait_told(opened, "#visitbar", "1 条检查记录未上交")
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


def test_several_visits_edited_and_deleted(opened: WebDriver, tmp_path: Path) -> None:
    record_visit(opened, note="第一次")
    record_visit(opened, note="第二次")
    assert opened.execute_script("return document.querySelectorAll('#detail .visit').length") == 2
    assert opened.execute_script("return document.querySelector('.row[data-site-id=\"R-000\"] .visited').title") == "检查过 2 次"
    press(opened, "#detail .visit .pair .pick")
    opened.find_element(By.ID, "visit-note").send_keys("，补记")
    kept(opened)
    finish(opened)
    press(opened, "#detail .visit:last-of-type .twice .pick")
    assert "无法恢复" in told(opened, "#detail .visit .twice")
    assert opened.execute_script("return document.querySelectorAll('#detail .visit').length") == 2
    press(opened, "#detail .visit .twice .danger")
    wait_for(opened, "return document.querySelectorAll('#detail .visit').length === 1")
    open_list(opened)
    (record,) = check_survey(saved_file(opened, tmp_path, '[data-hand="save"]'))
    assert record["note"] == "第二次，补记"
    opened.execute_script("headwater.select('R-000')")
    assert not opened.find_elements(By.CSS_SELECTOR, "#detail .visit .pair")


def test_two_windows_do_not_overwrite_each_other(opened: WebDriver, page: Path, tmp_path: Path) -> None:
    begin(opened)
    opened.find_element(By.ID, "visit-inspector").send_keys(PERSON)
    opened.find_element(By.ID, "visit-note").send_keys("甲")
    kept(opened)
    first = opened.current_window_handle
    opened.switch_to.new_window("tab")
    try:
        open_page(opened, page)
        wait_told(opened, "#visitbar", "1 条未填完")
        record_visit(opened, "S-001", "另一处")
        opened.execute_script("headwater.select('R-000')")
        press(opened, "#detail .visit .pair .pick")
        opened.find_element(By.ID, "visit-note").send_keys("乙")
        kept(opened)
    finally:
        opened.close()
        opened.switch_to.window(first)
    opened.find_element(By.ID, "visit-note").send_keys("丙")
    wait_told(opened, "#field, #visitbar", "2 条未填完")
    press(opened, ".visitform .ends .main")
    wait_told(opened, "#detail .visit", "未上交")
    opened.execute_script("document.querySelectorAll('#detail .visit.begun .pair .pick')[0].click()")
    press(opened, ".visitform .ends .main")
    wait_told(opened, "#visitbar", "3 条检查记录未上交")
    open_list(opened)
    assert "另一个窗口" in told(opened, "#field .allvisits")
    records = check_survey(saved_file(opened, tmp_path, '[data-hand="save"]'))
    assert sorted(record["note"] for record in records) == sorted(["甲乙", "甲丙", "另一处"])
    assert len({record["uuid"] for record in records}) == 3


def test_a_position_by_hand_or_the_sites_own(opened: WebDriver, tmp_path: Path) -> None:
    begin(opened)
    opened.find_element(By.ID, "visit-inspector").send_keys(PERSON)
    press(opened, '.visitform [data-position="site"]')
    assert "点位坐标" in told(opened, ".visitform .positions p")
    press(opened, ".visitform .positions summary")
    opened.find_element(By.CSS_SELECTOR, ".visitform .byhand input").send_keys("105.1, 26.9")
    press(opened, ".visitform .byhand .pick")
    assert "105.100000, 26.900000 · 手动指定" in told(opened, ".visitform .positions p")
    assert "请确认没有选错点位" in told(opened, ".visitform .positions .fault")
    opened.find_element(By.ID, "visit-note").send_keys("x")
    kept(opened)
    press(opened, ".visitform .ends .main")
    open_list(opened)
    (record,) = check_survey(saved_file(opened, tmp_path, '[data-hand="save"]'))
    assert record["position"] == {"lon": 105.1, "lat": 26.9, "accuracy_m": None, "source": "hand"}


def test_a_file_that_is_no_picture_is_named(opened: WebDriver, tmp_path: Path) -> None:
    begin(opened)
    bad = tmp_path / "<b>bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff not a picture")
    opened.find_element(By.ID, "visit-gallery").send_keys(str(bad))
    assert "<b>bad.jpg" in wait_told(opened, ".phototold", "读不了")
    assert not opened.find_elements(By.CSS_SELECTOR, ".visitform .visitphoto")


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
    assert not opened.find_elements(By.CSS_SELECTOR, "#detail .visit .pair")
    open_list(opened)
    text = saved_file(opened, tmp_path, '[data-hand="save-all"]')
    back = json.loads(text)["records"]
    assert sorted(map(json.dumps, back)) == sorted(map(json.dumps, (order(one) for one in (mine, theirs, other))))
    assert opened.execute_script("return window.hostile === undefined")


def order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its fields in the order in which the page writes them."""
    names = ["uuid", "layer", "site_id", "base_revision", "build_id", "visited_at", "inspector", "observed", "note", "position", "photos"]
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
        observed = {"status": None, "result": None, "checklist": [{"rule_id": text, "item": text, "done": True, "remark": text}]}
        record = visit(100 + number, inspector=text, note=text, observed=observed, photos=[photo(small_png(number), text)])
        assert "新增 1 条" in take(opened, tmp_path / f"h{number}.json", survey(record))
    opened.execute_script("headwater.select('R-000')")
    press(opened, "#detail .visit summary")
    opened.execute_script("document.querySelectorAll('#detail .visit details').forEach((one) => { one.open = true; })")
    wait_for(opened, f"return document.querySelectorAll('#detail .visit img').length === {len(HOSTILE)}")
    notes = opened.execute_script("return [...document.querySelectorAll('#detail .visit .sentence')].map((one) => one.textContent)")
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


NO_DATABASE = "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError'); }});"
NO_SMALL_STORE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"


def test_without_a_database_the_small_store_keeps_visits(desktop: WebDriver, page: Path, tmp_path: Path) -> None:
    forget(desktop)
    with stubbed(desktop, NO_DATABASE):
        open_page(desktop, page)
        begin(desktop)
        desktop.find_element(By.ID, "visit-inspector").send_keys(PERSON)
        desktop.find_element(By.ID, "visit-gallery").send_keys(str(camera_photo(tmp_path / "a.jpg", 300, 200)))
        wait_for(desktop, "return document.querySelector('.visitform .visitphoto img')")
        kept(desktop)
        open_page(desktop, page)
        wait_told(desktop, "#visitbar", "1 条未填完")
        desktop.execute_script("headwater.select('R-000')")
        press(desktop, "#detail .visit .pair .pick")
        wait_for(desktop, "return document.querySelector('.visitform .visitphoto img')")
        press(desktop, ".visitform .ends .main")
        open_list(desktop)
        assert "少量空间" in told(desktop, "#field .allvisits")
        (record,) = check_survey(saved_file(desktop, tmp_path, '[data-hand="save"]'))
        assert len(record["photos"]) == 1
        assert complaints_of(desktop) == []


def leaves_with_a_question(driver: WebDriver) -> bool:
    """Whether the page asks before it is left."""
    return bool(driver.execute_script(
        "const asked = new Event('beforeunload', {cancelable: true}); window.dispatchEvent(asked); return asked.defaultPrevented"
    ))  # fmt: skip


def test_where_nothing_is_kept_the_page_says_so_and_asks_before_it_is_left(desktop: WebDriver, page: Path, tmp_path: Path) -> None:
    forget(desktop)
    with stubbed(desktop, NO_DATABASE + NO_SMALL_STORE):
        open_page(desktop, page)
        wait_told(desktop, "#visitbar", "关闭页面前请先导出")
        assert not leaves_with_a_question(desktop)
        begin(desktop)
        desktop.find_element(By.ID, "visit-inspector").send_keys(PERSON)
        desktop.find_element(By.ID, "visit-note").send_keys("只在这里")
        assert "只在本页里" in wait_told(desktop, "#visit-saved", "只在本页里")
        assert leaves_with_a_question(desktop)
        press(desktop, ".visitform .ends .main")
        open_list(desktop)
        (record,) = check_survey(saved_file(desktop, tmp_path, '[data-hand="save"]'))
        assert record["note"] == "只在这里"
        assert not leaves_with_a_question(desktop)
        assert complaints_of(desktop) == []


def test_a_full_store_loses_nothing_in_silence(desktop: WebDriver, page: Path, tmp_path: Path) -> None:
    from PIL import Image

    forget(desktop)
    noise = Image.effect_noise((1600, 1200), 90).convert("RGB")
    noise.save(tmp_path / "a.jpg", quality=95)
    desktop.execute_cdp_cmd("Storage.overrideQuotaForOrigin", {"origin": "file:///", "quotaSize": 100_000})
    try:
        open_page(desktop, page)
        record_visit(desktop, "S-001", "先前的")
        begin(desktop)
        desktop.find_element(By.ID, "visit-inspector").send_keys(PERSON)
        desktop.find_element(By.ID, "visit-gallery").send_keys(str(tmp_path / "a.jpg"))
        wait_for(desktop, "return document.querySelector('.visitform .visitphoto img')")
        assert "没有存下" in wait_told(desktop, "#visit-saved", "没有存下")
        assert "没有存下" in told(desktop, "#visitbar")
        assert leaves_with_a_question(desktop)
        press(desktop, ".visitform .ends .main")
        open_list(desktop)
        records = check_survey(saved_file(desktop, tmp_path, '[data-hand="save"]'))
        assert sorted(len(record["photos"]) for record in records) == [0, 1]
    finally:
        desktop.execute_cdp_cmd("Storage.overrideQuotaForOrigin", {"origin": "file:///"})
    # What was written is there after all, without the picture there was no room for.
    open_page(desktop, page)
    wait_told(desktop, "#field, #table .visited", "✓")
    open_list(desktop)
    assert len(lines(desktop)) == 2


def test_what_others_left_in_the_store_is_not_believed(desktop: WebDriver, page: Path) -> None:
    forget(desktop)
    open_page(desktop, page)
    record_visit(desktop)
    spoil = """const [done] = [...arguments].slice(-1); const title = document.querySelector('h1').textContent;
    const open = indexedDB.open('headwater-visits', 1);
    open.onsuccess = () => { const work = open.result.transaction('visits', 'readwrite');
      work.objectStore('visits').put({key: 'x', record: {note: '<img src=x onerror=window.hostile=1>'}, state: 'done'}, [title, 'x']);
      work.objectStore('visits').put('nonsense', [title, 'y']); work.oncomplete = () => { open.result.close(); done(true); }; };"""
    assert desktop.execute_async_script(spoil)
    open_page(desktop, page)
    wait_told(desktop, "#visitbar", "1 条检查记录未上交")
    press(desktop, "#visitbar")
    assert "有 2 条记录读不出来" in told(desktop, "#field .allvisits") and len(lines(desktop)) == 1
    assert desktop.execute_script("return window.hostile === undefined")


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


def test_on_a_phone_the_form_fills_the_sheet_with_large_targets(page: Path) -> None:
    with browser(390, 844, touch=True) as driver:
        open_page(driver, page)
        begin(driver)
        assert driver.execute_script("return document.querySelector('#app').dataset.sheet") == "full"
        small = driver.execute_script(
            """return [...document.querySelectorAll('.visitform :is(button, summary, label, textarea, input:not(.choice input, .hiddenfile))')]
            .filter((one) => one.offsetParent && !one.closest('details:not([open]) > :not(summary)'))
            .map((one) => [one.textContent, one.getBoundingClientRect().height]).filter(([, height]) => height < 44)"""
        )
        assert small == []
        assert driver.execute_script("return document.querySelector('#detail').scrollWidth <= document.querySelector('#detail').clientWidth")
        driver.find_element(By.ID, "visit-inspector").send_keys(PERSON)
        driver.find_element(By.ID, "visit-note").send_keys("手机上")
        wait_told(driver, "#visit-saved", "已保存在本机")
        press(driver, ".visitform .ends .main")
        wait_told(driver, "#visitbar", "1 条检查记录未上交")
        assert complaints_of(driver) == []
