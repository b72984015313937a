"""Visits: recorded in the drawer, kept in the browser and handed in."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.field_work import (
    PERSON,
    begin,
    camera_photo,
    check_survey,
    finish,
    forget,
    kept,
    lines,
    open_list,
    press,
    record_visit,
    saved_file,
    stand,
    stubbed,
    take,
    told,
    wait_told,
)
from tests.map_frames import widened
from tests.page_fixtures import open_anew


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


def test_nothing_is_filled_in_as_if_it_had_been_seen(opened: WebDriver) -> None:
    begin(opened)
    checked = "return [...document.querySelectorAll('.visitform input:checked')].map((one) => [one.name, one.value])"
    assert opened.execute_script(checked) == [["visit-result", ""], ["visit-status", ""]]
    filled = "return [...document.querySelectorAll('.visitform :is(input[type=text], textarea)')].map((one) => one.value).join('')"
    assert opened.execute_script(filled) == ""
    assert "还没有位置" in told(opened, ".visitform .positions")
    press(opened, ".visitform .ends .main")
    assert told(opened, ".visitform [role=alert]") == "请填巡查人。"
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


def test_what_chooses_a_photo_does_not_make_the_page_longer(opened: WebDriver) -> None:
    begin(opened)
    opened.execute_script("document.getElementById('visit-gallery').scrollIntoView({block: 'center'})")
    moved = "return [...document.querySelectorAll('html, body, #app')].map((one) => [one.scrollTop, one.scrollHeight - innerHeight])"
    assert opened.execute_script(moved) == [[0, 0]] * 3
    order = "return [...document.querySelectorAll('.visitform h4')].map((one) => one.textContent)"
    titles = opened.execute_script(order)
    assert titles.index("照片") < titles.index("取证清单") < titles.index("备注")


def test_a_finished_visit_is_seen_to_be_kept_on_a_phone(phone: WebDriver, page: Path) -> None:
    open_anew(phone, page)
    begin(phone)
    phone.find_element(By.ID, "visit-inspector").send_keys(PERSON)
    phone.find_element(By.ID, "visit-note").send_keys("x")
    kept(phone)
    press(phone, ".visitform .ends .main")
    wait_told(phone, "#detail .visits", "未上交")
    wait_for(phone, "return document.getAnimations().length === 0")
    script = """const { top, bottom } = document.querySelector('#detail .visit').getBoundingClientRect();
      return top > document.getElementById('sheet').getBoundingClientRect().top && top < innerHeight - 60"""
    wait_for(phone, script)


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
    assert wait_told(opened, "#visitbar", "未上交") == "本机有 1 条巡查记录未上交"
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


def test_several_visits_edited_and_deleted(opened: WebDriver, tmp_path: Path) -> None:
    record_visit(opened, note="第一次")
    # The times of visits have whole seconds: within one, either may be the later.
    opened.execute_async_script("setTimeout(arguments[0], 1100 - Date.now() % 1000)")
    record_visit(opened, note="第二次")
    assert opened.execute_script("return document.querySelectorAll('#detail .visit').length") == 2
    assert (
        opened.execute_script("return document.querySelector('.row[data-site-id=\"R-000\"] .visited').title")
        == "巡查过 2 次"
    )
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
    stand(opened, 104.8, 26.47)
    press(opened, '[data-tool="position"]')
    wait_for(
        opened, "return document.querySelector('#field .near .visited')?.closest('.near').textContent.includes('R-000')"
    )
    press(opened, "#visitbar")
    seen = """const place = document.querySelector('[data-hand=save]').getBoundingClientRect();
    const page = document.querySelector('#field').getBoundingClientRect();
    return [place.top > page.top && place.bottom < page.bottom, document.querySelector('#field').scrollTop > 0]"""
    assert opened.execute_script(seen) == [True, True]
    (record,) = check_survey(saved_file(opened, tmp_path, '[data-hand="save"]'))
    assert record["note"] == "第二次，补记"
    opened.execute_script("headwater.select('R-000')")
    # What was handed in stays as it is; from a device that others use, too, it can be taken.
    wait_told(opened, "#detail .visit .tag", "已导出")
    assert len(opened.find_elements(By.CSS_SELECTOR, "#detail .visit .pair .pick")) == 1
    press(opened, "#detail .visit .twice .pick")
    assert "只从这台设备上删去" in told(opened, "#detail .visit .twice")
    press(opened, "#detail .visit .twice .danger")
    wait_for(opened, "return document.querySelectorAll('#detail .visit').length === 0")


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
    wait_told(opened, "#visitbar", "3 条巡查记录未上交")
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


NO_DATABASE = "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError'); }});"
NO_SMALL_STORE = (
    "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
)


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


def test_where_nothing_is_kept_the_page_says_so_and_asks_before_it_is_left(
    desktop: WebDriver, page: Path, tmp_path: Path
) -> None:
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
    wait_told(desktop, "#visitbar", "1 条巡查记录未上交")
    press(desktop, "#visitbar")
    assert "有 2 条记录读不出来" in told(desktop, "#field .allvisits") and len(lines(desktop)) == 1
    assert desktop.execute_script("return window.hostile === undefined")


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
        assert driver.execute_script(
            "return document.querySelector('#detail').scrollWidth <= document.querySelector('#detail').clientWidth"
        )
        driver.find_element(By.ID, "visit-inspector").send_keys(PERSON)
        driver.find_element(By.ID, "visit-note").send_keys("手机上")
        wait_told(driver, "#visit-saved", "已保存在本机")
        press(driver, ".visitform .ends .main")
        wait_told(driver, "#visitbar", "1 条巡查记录未上交")
        assert complaints_of(driver) == []
