"""Measuring and asking with mouse, keyboard and finger: what is drawn, what the drawer says of it, and where it can be taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.remote.webdriver import WebDriver

from gis.metres import ground_area, ground_length
from maps import asking
from tests.asked_places import Places, expected, page_of, small_drawn
from tests.browser import complaints_of, open_page, requests_of, wait_for
from tests.drawn_projects import PONDS, ZONES

PLACES = "const ask = (x, y) => { const at = map_inspection.containerPointToLatLng([x, y]); return [at.lng, at.lat]; }; return arguments[0].map(([x, y]) => ask(x, y));"


@pytest.fixture(scope="module")
def drawn_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ask") / "inspection.html"
    path.write_text(page_of(*small_drawn()), encoding="utf-8")
    return path


def start(driver: WebDriver, page: Path, tool: str, shape: str) -> None:
    open_page(driver, page)
    driver.execute_script("map_inspection.setView([26.605, 105.01], 14, {animate: false})")
    driver.find_element("css selector", f"[data-tool={tool}]").click()
    words = {"point": 0, "line": -2, "area": -1}
    driver.find_elements("css selector", ".sketch-shapes button")[words[shape]].click()


def click(driver: WebDriver, *pixels: tuple[int, int]) -> list[list[float]]:
    """Clicks at pixels of the map, and where these are."""
    places: list[list[float]] = driver.execute_script(PLACES, pixels)
    box = driver.execute_script(
        "const b = document.getElementById('map').getBoundingClientRect(); return [b.left, b.top]"
    )
    for x, y in pixels:
        actions = ActionChains(driver, duration=0)
        actions.w3c_actions.pointer_action.move_to_location(int(box[0] + x), int(box[1] + y))
        actions.click().perform()
    return places


def card(driver: WebDriver) -> str:
    return str(driver.find_element("id", "sketch").text)


def answer(driver: WebDriver) -> dict[str, Any]:
    """What the drawer says."""
    return dict(
        driver.execute_script(
            "const d = document.getElementById('detail'); return { text: d.innerText, title: d.querySelector('h2')?.textContent ?? '', "
            "rules: [...d.querySelectorAll('[data-rule-id]')].map((one) => [one.dataset.ruleId, one.dataset.answer]) }"
        )
    )


def test_a_line_is_measured_while_it_is_drawn(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "measure", "line")
    places = click(desktop, (300, 200), (420, 260), (500, 180))
    told = ground_length(np.array([shapely.LineString(places)], dtype=object))[0]
    assert f"{told / 1000:.3f} km" in card(desktop)
    parts = [ground_length(np.array([shapely.LineString(places[at : at + 2])], dtype=object))[0] for at in (0, 1)]
    desktop.find_element("css selector", "#sketch summary").click()
    listed = [one.text for one in desktop.find_elements("css selector", "#sketch li")]
    assert listed == [f"{part / 1000:.3f} km" if part >= 1000 else f"{part:.1f} m" for part in parts]
    ActionChains(desktop).send_keys(Keys.BACKSPACE).perform()
    assert f"{parts[0] / 1000:.3f} km" in card(desktop) or f"{parts[0]:.1f} m" in card(desktop)
    ActionChains(desktop).send_keys(Keys.ESCAPE).perform()
    assert desktop.find_elements("id", "sketch") == []
    assert requests_of(desktop) == [] and complaints_of(desktop) == []


def test_an_area_is_measured_and_one_that_crosses_itself_has_none(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "measure", "area")
    places = click(desktop, (300, 200), (420, 220), (400, 320))
    told = ground_area(np.array([shapely.Polygon(places)], dtype=object))[0]
    assert f"{told / 1e4:.2f} ha" in card(desktop)
    click(desktop, (420, 150))
    assert desktop.execute_script("return map_inspection.doubleClickZoom.enabled()") is False
    assert "crosses itself" in card(desktop)


def test_a_vertex_is_dragged(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "measure", "line")
    click(desktop, (300, 200), (420, 260))
    before = card(desktop)
    vertex = desktop.find_elements("css selector", ".vertex")[1]
    ActionChains(desktop).click_and_hold(vertex).move_by_offset(30, 20).move_by_offset(10, 10).release().perform()
    wait_for(desktop, f"return document.getElementById('sketch').innerText !== {json.dumps(before)}")
    lengths = [float(text.split(" km")[0].split()[-1]) for text in (before, card(desktop)) if " km" in text]
    assert len(lengths) < 2 or lengths[1] > lengths[0]


def test_a_click_asks_for_everything_and_a_kind_narrows_it(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "ask", "point")
    click(desktop, (430, 330))
    told = answer(desktop)
    assert told["title"] == "Anything"
    place = desktop.execute_script("return new URLSearchParams(location.hash.slice(1)).get('ask')") or wait_for(
        desktop, "return new URLSearchParams(location.hash.slice(1)).get('ask')"
    )
    point = place.split("~")[2]
    asked = desktop.execute_script("return headwater.ask({ wkt: arguments[0] })", point)
    flagged = [[one["rule_id"], one["answer"]] for one in asked["rules"] if one["answer"] != "does_not_apply"]
    assert flagged and told["rules"] == flagged
    desktop.execute_script(
        "const s = document.querySelector('#detail select'); s.value = 'road'; s.dispatchEvent(new Event('change'))"
    )
    told = answer(desktop)
    asked = desktop.execute_script("return headwater.ask({ wkt: arguments[0], kind: 'road' })", point)
    assert [rule for rule, _ in told["rules"]] == [
        one["rule_id"] for one in asked["rules"] if one["answer"] != "does_not_apply"
    ]
    assert all(
        rule["text"] in told["text"] for rule in asked["rules"] if rule["answer"] in ("applies", "needs_checking")
    )
    assert complaints_of(desktop) == []


def test_the_link_of_a_question_asks_it_again(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "ask", "area")
    click(desktop, (300, 200), (460, 220), (420, 330))
    ActionChains(desktop).send_keys(Keys.ENTER).perform()
    desktop.execute_script(
        "const s = document.querySelector('#detail select'); s.value = 'outfall'; s.dispatchEvent(new Event('change'))"
    )
    before = answer(desktop)
    assert before["rules"]
    link = wait_for(desktop, "return location.hash.includes('ask=outfall') && location.href")
    desktop.get("about:blank")
    desktop.get(link)
    wait_for(desktop, "return document.querySelector('#detail [data-rule-id]') !== null")
    assert answer(desktop)["rules"] == before["rules"]
    assert len(desktop.find_elements("css selector", ".vertex")) == 3


def test_pasted_coordinates_open_the_answer_with_the_accuracy_of_their_digits(
    desktop: WebDriver, drawn_page: Path
) -> None:
    open_page(desktop, drawn_page)
    desktop.find_element("id", "search").send_keys("105.004, 26.604", Keys.ENTER)
    accuracy = desktop.execute_script("return document.querySelector('#detail input').value")
    assert float(accuracy) == pytest.approx(111, abs=1)
    assert "known to" in answer(desktop)["text"] or "accuracy" in answer(desktop)["text"]
    desktop.find_element("id", "search").clear()
    desktop.find_element("id", "search").send_keys("105.004123, 26.604321", Keys.ENTER)
    assert desktop.execute_script("return document.querySelector('#detail input').value") == ""


def test_an_attribute_that_is_stated_decides(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "ask", "point")
    click(desktop, (430, 330))
    desktop.execute_script(
        "const s = document.querySelector('#detail select'); s.value = 'outfall'; s.dispatchEvent(new Event('change'))"
    )
    lacking = desktop.execute_script(
        "return [...document.querySelectorAll('#detail section.asked-fields select')].length"
    )
    before = answer(desktop)
    assert lacking > 0
    desktop.execute_script(
        "const s = document.querySelector('#detail section.asked-fields select'); s.selectedIndex = 1; s.dispatchEvent(new Event('change'))"
    )
    assert answer(desktop)["rules"] != before["rules"] or answer(desktop)["text"] != before["text"]


def test_a_finger_asks(phone: WebDriver, drawn_page: Path) -> None:
    open_page(phone, drawn_page)
    phone.execute_script("map_inspection.setView([26.605, 105.01], 13, {animate: false})")
    phone.find_element("css selector", "[data-tool=ask]").click()
    box = phone.execute_script(
        "const b = document.getElementById('sketch').getBoundingClientRect(); return [b.left, b.right, b.bottom, innerWidth, innerHeight]"
    )
    assert box[0] >= 0 and box[1] <= box[3] and box[2] <= box[4]
    assert all(
        one.size["height"] >= 44
        for one in phone.find_elements("css selector", "#sketch button, #sketch select, #sketch input")
    )
    phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 150, "y": 300}]})
    phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for(phone, "return document.querySelector('#detail [data-rule-id]') !== null")
    assert phone.find_element("id", "app").get_attribute("data-page") == "detail"
    assert complaints_of(phone) == []


def test_what_was_asked_is_not_left_under_the_sheet(phone: WebDriver, drawn_page: Path) -> None:
    open_page(phone, drawn_page)
    phone.execute_script("map_inspection.setView([26.605, 105.01], 13, {animate: false})")
    phone.find_element("css selector", "[data-tool=ask]").click()
    zoom = phone.execute_script("return map_inspection.getZoom()")
    phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 150, "y": 500}]})
    phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for(phone, "return document.querySelector('#detail [data-rule-id]') !== null")
    wait_for(phone, "return document.getAnimations().length === 0")
    script = """const [lon, lat] = location.hash.match(/POINT\\+%28([\\d.]+)\\+([\\d.]+)/).slice(1).map(Number);
      const { x, y } = map_inspection.latLngToContainerPoint([lat, lon]);
      return [x, y, document.getElementById('head').getBoundingClientRect().bottom, document.getElementById('sheet').getBoundingClientRect().top]"""
    wait_for(phone, "return location.hash.includes('POINT')")
    x, y, above, below = phone.execute_script(script)
    assert 0 < x < 390 and above < y < below
    assert phone.execute_script("return map_inspection.getZoom()") == zoom


def test_what_a_shape_cannot_be_is_refused(desktop: WebDriver, drawn_page: Path) -> None:
    open_page(desktop, drawn_page)
    for question in (
        {"wkt": "POLYGON ((105 26, 105.1 26.1, 105.1 26, 105 26.1, 105 26))"},
        {"wkt": "POINT (26 105)"},
        {"wkt": "POINT (105 26)", "kind": "castle"},
        {"wkt": "POINT (105 26)", "attributes": {"built_on": "2019-01-01"}},
        {"wkt": "POINT (105 26)", "attributes": {"discharges": "perhaps"}},
        {"wkt": "CIRCLE (105 26)"},
    ):
        script = "try { headwater.ask(arguments[0]); return null; } catch (fault) { return fault.name; }"
        assert desktop.execute_script(script, question) == "RangeError", question


def test_on_the_grid_alone_the_page_is_never_surer_than_check_site(
    desktop: WebDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FINE_VERTICES", 0)
    project, rules, inputs = small_drawn()
    page = tmp_path / "page.html"
    page.write_text(page_of(project, rules, inputs), encoding="utf-8")
    outlines = [*inputs.frames[ZONES].geometry, *inputs.frames[PONDS].geometry]
    asked = Places(outlines, seed=11).asked(
        200, ("outfall", "livestock_farm", "road"), ({}, {"operating": "operating", "discharges": True})
    )
    open_page(desktop, page)
    found = desktop.execute_script(
        "return arguments[0].map((one) => headwater.ask(one))", [one.question for one in asked]
    )
    unsure, same = 0, 0
    for one, ours, theirs in zip(asked, found, expected(asked, project, rules, inputs), strict=True):
        answers = {rule["rule_id"]: rule for rule in ours["rules"]}
        for rule in theirs["rules"]:
            mine = answers[rule["rule_id"]]
            same += mine["answer"] == rule["answer"]
            if mine["answer"] != rule["answer"]:
                assert mine["answer"] in ("needs_checking", "not_assessed"), (
                    one,
                    mine["rule_id"],
                    mine["answer"],
                    rule["answer"],
                )
                unsure += 1
    assert 0 < unsure < 0.5 * same
    assert any(
        rule.get("too_near_for_map") and "too near the edge for the map" in rule["text"]
        for one in found
        for rule in one["rules"]
    )


def test_what_was_asked_is_taken_along_as_geojson(desktop: WebDriver, drawn_page: Path) -> None:
    start(desktop, drawn_page, "ask", "line")
    places = click(desktop, (300, 200), (460, 220))
    desktop.find_elements("css selector", ".sketch-buttons button")[0].click()
    assert answer(desktop)["rules"]
    desktop.execute_script("URL.createObjectURL = (blob) => { window.saved = blob; return 'blob:none'; }")
    saved = (
        "[...document.querySelectorAll('#detail .actions button')].find((one) => one.textContent === 'GeoJSON').click()"
    )
    desktop.execute_script(saved)
    told = desktop.execute_async_script("window.saved.text().then(arguments[0])")
    feature = json.loads(told)["features"][0]
    assert feature["geometry"]["type"] == "LineString"
    np.testing.assert_allclose(feature["geometry"]["coordinates"], places, atol=1e-9)
    assert {one["answer"] for one in feature["properties"]["rules"]} <= {"applies", "needs_checking", "not_assessed"}
