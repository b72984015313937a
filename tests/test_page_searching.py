"""The search box, pasted coordinates, clicks on what lies at one place, and the keyboard between them."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import open_page, wait_for
from tests.map_frames import HOSTILE, UNITS, small
from tests.page_fixtures import text, texts


def test_search_finds_by_id_name_unit_problem_section_and_zone(opened: WebDriver) -> None:
    def find(asked: str) -> list[str]:
        return opened.execute_script("return headwater.find(arguments[0])", asked)  # type: ignore[no-any-return]

    assert find("s-010") == ["S-010", "R-009"]  # the site itself, then the remediation site about it
    assert find(HOSTILE[0]) == ["R-000"]
    assert find("九洞桥") == ["D-1"]
    assert find("Z-2-quasi") == ["Z-2-quasi"]
    assert len(find("水务局")) == 12
    assert len(find("污水直排")) == 19  # one of the twenty has another problem
    assert find("no such thing") == []
    rules = small()["findings"].groupby("rule_id")["subject_id"].agg(set)
    assert set(find("cn-bld-02")) == rules["CN-BLD-02"]
    assert set(find("CN-OUT-01")) == rules["CN-OUT-01"] > rules["CN-BLD-02"]


def test_a_unit_stands_above_the_sites_that_only_belong_to_it(opened: WebDriver) -> None:
    box = opened.find_element(By.ID, "search")
    unit = UNITS[0]
    box.send_keys(unit)
    first, *rest = texts(opened, "#hits li b")
    assert first == unit and len(rest) > 3
    box.send_keys(Keys.ENTER)
    assert set(texts(opened, "[data-site-id] .cell.responsible_unit")) == {unit}
    # What bears the name itself still comes first.
    opened.execute_script("headwater.filter({})")
    box.clear()
    box.send_keys("S-00")
    assert texts(opened, "#hits li small")[0].startswith("S-00")


def test_keyboard_goes_from_search_to_popup_and_back(opened: WebDriver) -> None:
    search = opened.find_element(By.ID, "search")
    search.send_keys("养殖场9号")
    wait_for(opened, "return document.querySelectorAll('#hits [role=option]').length > 0")
    search.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    wait_for(opened, "return document.querySelector('.leaflet-popup-content h2')")
    assert "9号" in text(opened, "#detail h2")
    assert opened.find_element(By.ID, "hits").is_displayed() is False
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait_for(
        opened, "return !document.querySelector('.leaflet-popup-content') && !document.querySelector('#detail h2')"
    )
    assert opened.switch_to.active_element == search
    opened.execute_script("document.querySelector('.tablebar').click(); document.querySelector('.scroller').focus()")
    # To whatever has the focus, as a keyboard does: rows are drawn anew while the table scrolls.
    ActionChains(opened).send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN).perform()
    row = opened.execute_script("return document.activeElement.dataset.siteId")
    assert row == opened.execute_script("return document.querySelectorAll('[data-site-id]')[1].dataset.siteId")
    ActionChains(opened).send_keys(Keys.ENTER).perform()
    assert row in text(opened, "#detail .kicker")
    assert row == opened.execute_script("return document.querySelector('.row.chosen').dataset.siteId")


def test_pasted_coordinates_go_there_and_name_the_zones(opened: WebDriver) -> None:
    search = opened.find_element(By.ID, "search")
    search.clear()
    search.send_keys("104.80, 26.47", Keys.ENTER)
    wait_for(opened, "return document.querySelector('.leaflet-popup-content h2')")
    assert text(opened, ".leaflet-popup-content h2") == "104.80000, 26.47000"
    assert len(texts(opened, ".leaflet-popup-content .hit")) == 3


def test_two_sites_at_one_place_are_both_offered(opened: WebDriver) -> None:
    opened.execute_script("headwater.select('S-010')")
    latlng = opened.execute_script(
        "return document.querySelector('#detail .place dd span').textContent.split(', ').map(Number)"
    )
    opened.execute_script(
        "document.querySelector('#detail .close').click(); map_inspection.setView([arguments[1], arguments[0]], 15, {animate: false})",
        *latlng,
    )
    opened.execute_script("map_inspection.fire('click', {latlng: L.latLng(arguments[1], arguments[0])})", *latlng)
    ids = [told.split(" · ")[0] for told in texts(opened, ".leaflet-popup-content .hit small")]
    assert set(ids[:2]) == {"S-010", "S-011"}


def test_a_number_on_the_map_opens_what_it_stands_for(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    violations = facts["sites"].index[facts["sites"]["result"] == "violation"]
    facts["sites"].loc[violations, ["lon", "lat"]] = [104.83, 26.59]
    facts["sites"].loc[violations[:2], "lon"] = [104.8301, 104.8399]
    path = tmp_path / "crowd.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    click = "map_inspection.fire('click', {latlng: L.latLng(26.59, 104.83)})"
    before = desktop.execute_script("const zoom = map_inspection.getZoom(); " + click + "; return zoom")
    wait_for(desktop, f"return map_inspection.getZoom() > {before} && !map_inspection._animatingZoom")
    desktop.execute_script("map_inspection.setView([26.59, 104.83], 20, {animate: false}); " + click)
    assert len(texts(desktop, ".leaflet-popup-content .hit")) == len(violations) - 2
