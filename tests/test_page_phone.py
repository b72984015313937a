"""The page on a phone: one sheet, large targets, the Back key."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser import complaints_of, wait_for
from tests.map_frames import HOSTILE
from tests.page_fixtures import open_anew, text

MOST_ENTRIES = 50  # of a tab's history


def test_phone_has_one_sheet_and_large_targets(page: Path, phone: WebDriver) -> None:
    open_anew(phone, page)
    assert phone.execute_script("return document.documentElement.scrollWidth") == 390
    assert phone.execute_script("return parseFloat(getComputedStyle(document.getElementById('search')).fontSize)") >= 16
    small_ones = """return [...document.querySelectorAll('button, input')].filter((one) => one.offsetParent)
      .filter((one) => one.offsetHeight < 44 && one.id !== 'handle').map((one) => one.outerHTML.slice(0, 80))"""
    assert phone.execute_script(small_ones) == []
    phone.execute_script("headwater.select('R-000')")
    assert text(phone, ".leaflet-popup-content") == f"{HOSTILE[0]}违规 · 未启动逾期"
    phone.execute_script("headwater.select('R-003')")
    assert phone.execute_script("return document.getElementById('detail').getBoundingClientRect().height") > 200
    covered = """const area = ({ width, height }) => width * height;
      const sheet = document.getElementById('sheet').getBoundingClientRect();
      return area(document.querySelector('.leaflet-popup').getBoundingClientRect()) / (innerWidth * sheet.top)"""
    assert phone.execute_script(covered) < 0.2
    assert phone.execute_script("return document.querySelector('.leaflet-popup').getBoundingClientRect().top") >= 50
    assert complaints_of(phone) == []


def test_a_link_that_opens_something_shows_where_it_is(page: Path, phone: WebDriver) -> None:
    open_anew(phone, page)
    phone.execute_script("headwater.select('S-001')")
    lat, lon = phone.execute_script("const { lat, lng } = map_inspection.getCenter(); return [lat, lng]")
    # As it was in the middle of a larger window, and below the middle of it.
    for north in (0, 0.03, -0.03):
        phone.execute_script(f"location.hash = 'map={lat + north},{lon},14&open=pollution_sources/S-001'")
        wait_for(phone, "return document.querySelector('.leaflet-popup') && document.getAnimations().length === 0")
        box = """const { top, bottom } = document.querySelector('.leaflet-popup').getBoundingClientRect();
          return [top - document.getElementById('head').getBoundingClientRect().bottom, document.getElementById('sheet').getBoundingClientRect().top - bottom]"""
        assert min(phone.execute_script(box)) >= 0, north


def test_back_on_a_phone_closes_the_card_and_stays_on_the_page(page: Path, phone: WebDriver) -> None:
    open_anew(phone, page)
    closed = "return !document.querySelector('#detail h2') && document.getElementById('app').dataset.sheet === 'low'"
    entries = phone.execute_script("return history.length")
    for opening in (
        "headwater.select('R-003'); headwater.select('S-001')",
        "document.querySelector('.tab').click()",
    ):
        phone.execute_script(opening)
        assert not phone.execute_script(closed)
        assert phone.execute_script("return history.length") == min(entries + 1, MOST_ENTRIES)
        phone.back()
        wait_for(phone, closed)
        assert phone.execute_script("return headwater.counts.sites") == 60
    # Closed by hand: nothing is left for Back to undo.
    phone.execute_script("headwater.select('R-003'); document.querySelector('#detail .close').click()")
    wait_for(phone, "return history.state === null")
    phone.execute_script("headwater.select('S-001')")
    wait_for(phone, "return history.state !== null && document.querySelector('#detail h2')")
    assert complaints_of(phone) == []
