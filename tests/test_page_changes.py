"""What has changed since an earlier run, in a real browser: the header's line, the layer with its key, list and files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import complaints_of, requests_of, wait_for
from tests.field_work import press
from tests.ledger_frames import historic
from tests.map_frames import small
from tests.page_fixtures import legend_count, open_anew, pixels, text, texts

INK = (27, 31, 35)
CHANGED = [code for code in historic()["sites"]["change"] if code != "known"]


@pytest.fixture
def driver(desktop: WebDriver, ledgered: Path) -> Iterator[WebDriver]:
    """The browser with the page of a ledger, which asks for nothing and complains of nothing."""
    open_anew(desktop, ledgered)
    yield desktop
    assert (complaints_of(desktop), requests_of(desktop)) == ([], [])


def ink(driver: WebDriver) -> int:
    return pixels(driver, *INK, where="canvas.paint")


def switch(driver: WebDriver) -> None:
    press(driver, '#legend [data-layer="changes"]')
    wait_for(driver, "return true")


def test_the_header_says_what_the_findings_have_become_and_shows_it(driver: WebDriver) -> None:
    assert text(driver, "#since") == "问题较 2017-08-31：反弹 1，新增 4，消失 2"
    before = ink(driver)
    press(driver, "#since")
    assert driver.execute_script("return headwater.counts.shown") == len(CHANGED)
    assert driver.execute_script("return document.getElementById('since').getAttribute('aria-pressed')") == "true"
    assert ink(driver) > before + 300
    press(driver, "#since")
    assert driver.execute_script("return headwater.counts.shown") == 60
    assert ink(driver) == before
    driver.execute_script("headwater.language('en')")
    assert text(driver, "#since") == "Findings since 2017-08-31: 1 relapsed, 4 new, 2 cleared"


def test_the_layer_is_off_until_it_is_asked_for_and_has_its_key(driver: WebDriver) -> None:
    assert (
        driver.execute_script("return document.querySelector('#legend [data-layer=\"changes\"]').ariaChecked")
        == "false"
    )
    assert not texts(driver, '[data-group="map-layers"] .classes .count')
    before = ink(driver)
    switch(driver)
    assert ink(driver) > before + 300
    words = ("反弹", "台账与现状矛盾", "新增", "加重", "新逾期", "位置变动", "状态变化", "减轻", "消失", "不再列出")
    (key,) = driver.execute_script(
        "return [[...document.querySelectorAll('[data-group=\"map-layers\"] .classes')[0].children].map((one) => one.textContent)]"
    )
    assert [one.rstrip("0123456789") for one in key] == list(words)
    assert sum(int("".join(filter(str.isdigit, one))) for one in key) == len(CHANGED) + 1  # one is gone
    switch(driver)
    assert ink(driver) == before


def test_each_change_is_a_filter_with_its_count(driver: WebDriver) -> None:
    press(driver, '#legend [data-group="change"] .more')
    for code in ("new", "relapsed", "worse", "better", "moved", "overdue", "contradiction", "known"):
        driver.execute_script("headwater.filter({})")
        count = historic()["sites"]["change"].tolist().count(code)
        assert legend_count(driver, "change", code) == count > 0
        driver.execute_script("headwater.filter({change: arguments[0]})", code)
        assert driver.execute_script("return headwater.counts.shown") == count


def test_the_way_of_a_site_that_has_moved_is_drawn_and_a_site_that_is_gone_is_hollow(desktop: WebDriver, tmp_path: Path) -> None:  # fmt: skip
    """With no other change to be seen: whatever ink the layer adds belongs to these two."""

    def page(**changes: Any) -> int:
        facts = historic()
        facts["sites"]["change"] = ["moved" if one == "S-004" else "known" for one in facts["sites"]["site_id"]]
        since = facts["history"].since
        kept = since._replace(**{name: getattr(since, name).iloc[:rows] for name, rows in changes.items()})
        path = tmp_path / "since.html"
        path.write_text(inspection_map(**{**facts, "history": facts["history"]._replace(since=kept)}), "utf-8")
        open_anew(desktop, path)
        desktop.execute_script("document.querySelector('[data-say=\"zoom.all\"]').click()")
        before = ink(desktop)
        switch(desktop)
        return ink(desktop) - before

    arrow, hollow, ring = page(gone=0), page(moved=0), page(moved=0, gone=0)
    assert arrow > ring + 30 and hollow > ring + 15


def test_the_list_and_its_files_carry_change_and_status_since(driver: WebDriver) -> None:
    driver.execute_script("document.querySelector('.tablebar').click()")
    assert {"change", "status_since"} <= {one.split()[-1] for one in driver.execute_script("return [...document.querySelectorAll('.row.head .cell')].map((one) => one.className)")}  # fmt: skip
    driver.execute_script("""window.saved = []; const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob); };
        HTMLAnchorElement.prototype.click = function () {};""")
    files = {}
    for name in ("csv", "excel", "geojson"):
        driver.execute_script("document.querySelector('#table .export').open = true")
        wait_for(driver, f"return document.querySelector('[data-export=\"{name}\"]')")
        press(driver, f'[data-export="{name}"]')
        files[name] = wait_for(driver, f"return window.saved.length > {len(files)}") and driver.execute_async_script(
            "const done = arguments[0]; window.saved.at(-1).text().then(done)"
        )
    rows = {row["site_id"]: row for row in csv.DictReader(io.StringIO(files["csv"].lstrip("\ufeff")))}
    assert (rows["R-000"]["change"], rows["R-000"]["status_since"], rows["R-000"]["revision"]) == (
        "new",
        "2017-11-05",
        "8",
    )
    people = {row["编号"]: row for row in csv.DictReader(io.StringIO(files["excel"].lstrip("\ufeff")))}
    assert (people["R-000"]["与上次相比"], people["R-003"]["台账提示"]) == ("新增", "检查互相矛盾，待裁定")
    assert '"change":"new"' in files["geojson"] and '"status_since":"2017-11-05"' in files["geojson"]


def test_on_a_phone_the_signs_are_as_large_and_the_line_can_be_pressed(phone: WebDriver, ledgered: Path) -> None:
    open_anew(phone, ledgered)
    before = ink(phone)
    press(phone, "#since")
    assert ink(phone) > before + 300
    left, right, width = phone.execute_script(
        "const box = document.getElementById('since').getBoundingClientRect(); return [box.left, box.right, innerWidth]"
    )
    assert 0 <= left < right <= width


def test_a_page_without_an_earlier_run_says_nothing_of_changes(desktop: WebDriver, page: Path, tmp_path: Path) -> None:
    open_anew(desktop, page)
    assert not texts(desktop, "#since") and not texts(desktop, '[data-layer="changes"]')
    facts = small()
    facts["sites"]["change"] = "new"
    first = tmp_path / "first.html"
    first.write_text(inspection_map(**facts), "utf-8")
    open_anew(desktop, first)
    assert not texts(desktop, "#since") and "change" not in text(desktop, ".row.head")
