"""How the map page looks and is worked with: at a glance, by keyboard, in both languages, light and dark, and when empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from maps.style import CLASS_LOOKS, HOLLOW_STATUSES, RESULT_LOOKS
from tests.browser import browser, complaints_of, need_browser, open_page, wait_for
from tests.map_frames import UNITS, answers_of, large, run_facts, small, widened

DESKTOP = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}

# What every canvas has written so far, and where on the screen it stands.
WRITING = """window.writing = [];
const write = CanvasRenderingContext2D.prototype.fillText;
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  writing.push({ canvas: this.canvas, text, x, y, width: this.measureText(text).width, align: this.textAlign });
  return write.call(this, text, x, y);
};
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  window.writing = writing.filter((one) => one.canvas !== this.canvas);
  return clear.apply(this, box);
};"""
LABELS = """const canvas = document.querySelector('.leaflet-sites-pane canvas');
const frame = canvas.getBoundingClientRect();
return writing.filter((one) => one.canvas === canvas && one.align === 'left')
  .map(({ text, x, y, width }) => [text, frame.left + x, frame.top + y - 11, frame.left + x + width, frame.top + y + 3]);"""


@pytest.fixture(scope="module")
def driver() -> Iterator[WebDriver]:
    need_browser()
    with browser() as one:
        one.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WRITING})
        yield one


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    facts = widened()
    about = facts["sites"].set_index("site_id")
    # A source carries the status and the deadline of the remediation site about it, as a run gives it.
    remedied = about[about["layer"] == "remediation_sites"].reset_index().set_index("source_id")
    sources = about.index.intersection(remedied.index)
    for name in ("status", "overdue", "deadline"):
        about.loc[sources, name] = remedied.loc[sources, name].to_numpy()
    facts["sites"] = about.reset_index()[facts["sites"].columns]
    return written(tmp_path_factory.mktemp("look") / "wide.html", facts)


def written(path: Path, facts: dict[str, Any]) -> Path:
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return path


@pytest.fixture
def desktop(driver: WebDriver, wide: Path) -> WebDriver:
    return opened_as(driver, wide, DESKTOP)


@pytest.fixture
def phone(driver: WebDriver, wide: Path) -> WebDriver:
    return opened_as(driver, wide, PHONE)


def opened_as(driver: WebDriver, path: Path, metrics: dict[str, Any], **features: str) -> WebDriver:
    """The page opened as on a device of these metrics, for a reader of these preferences."""
    media = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": metrics["mobile"]})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    open_page(driver, path)
    return driver


def texts(driver: WebDriver, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
    return driver.execute_script(script, selector)  # type: ignore[no-any-return]


def shown(driver: WebDriver) -> int:
    return int(driver.execute_script("return headwater.counts.shown"))


def one_site(**changes: Any) -> dict[str, Any]:
    """A map of one point site, in the middle of it."""
    facts = small()
    sites = facts["sites"].iloc[1:2].copy().assign(overdue=False, status=None)
    for name, value in changes.items():
        sites[name] = value
    empty = {name: facts[name].iloc[:0] for name in ("findings", "zones", "sections")}
    return facts | empty | {"sites": sites, "answers": answers_of(sites), "context": {}}


def pixel(driver: WebDriver, right: int = 0, down: int = 0) -> list[int]:
    """The colour of the sites' canvas so many pixels beside the only site."""
    script = """const [right, down] = arguments;
    const canvas = document.querySelector('.leaflet-sites-pane canvas');
    const frame = canvas.getBoundingClientRect();
    const map = document.querySelector('#map .leaflet-container').getBoundingClientRect();
    const { x, y } = map_inspection.latLngToContainerPoint(window.only);
    return [...canvas.getContext('2d').getImageData(Math.round(map.left + x - frame.left + right), Math.round(map.top + y - frame.top + down), 1, 1).data];"""
    return driver.execute_script(script, right, down)  # type: ignore[no-any-return]


def open_one(driver: WebDriver, path: Path, facts: dict[str, Any]) -> None:
    opened_as(driver, written(path, facts), DESKTOP)
    site = facts["sites"].iloc[0]
    driver.execute_script("window.only = L.latLng(arguments[0], arguments[1])", float(site["lat"]), float(site["lon"]))


def test_the_header_tells_title_day_rules_and_what_to_act_on(desktop: WebDriver) -> None:
    assert texts(desktop, "#as-of") == ["检查日期 2017-11-30 · 规则 2026-11-22"]
    figures = desktop.execute_script(
        "return [...document.querySelectorAll('.figure')].map((one) => one.dataset.figure)"
    )
    assert figures == ["violations", "checks", "overdue", "reopened", "not_assessed"]
    size = "return [...document.querySelectorAll('.figure b')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    sizes = desktop.execute_script(size)
    assert sizes[-1] < sizes[0] == sizes[3]
    assert "国家规定，2026-11-22 版" in texts(desktop, ".about")[0]
    desktop.execute_script("headwater.language('en')")
    assert texts(desktop, "#as-of") == ["Date of inspection 2017-11-30 · Rules 2026-11-22"]


def test_of_several_books_the_latest_edition_and_their_number_are_told(tmp_path: Path, driver: WebDriver) -> None:
    facts = small()
    books = run_facts()["rule_books"]
    facts["run"]["rule_books"] = [
        *books,
        {"jurisdiction": "x", "edition": "2025-01-01", "title": {"zh": "地方", "en": "x"}},
    ]
    opened_as(driver, written(tmp_path / "books.html", facts), DESKTOP)
    assert texts(driver, "#as-of") == ["检查日期 2017-11-30 · 规则 2026-11-22（2 部）"]


def test_header_and_rail_say_what_each_counts(tmp_path: Path, desktop: WebDriver) -> None:
    overdue = int(texts(desktop, "#numbers .overdue b")[0])
    rows = int(texts(desktop, '[data-facet="deadline"][data-value="overdue"] .count')[0])
    assert 0 < overdue < rows  # a source carries the deadline of its remediation site
    assert "污染源各算一个" in texts(desktop, '[data-group="status"] .quiet')[0]
    assert desktop.find_element(By.CSS_SELECTOR, "#numbers .overdue").get_attribute("title")
    opened_as(desktop, written(tmp_path / "once.html", small()), DESKTOP)
    assert texts(desktop, '[data-group="status"] .quiet') == []  # the same in both


def test_the_popup_leaves_the_map_to_be_seen(desktop: WebDriver) -> None:
    desktop.execute_script("headwater.select('R-000')")
    popup, frame = (desktop.find_element(By.CSS_SELECTOR, one).size for one in (".leaflet-popup", "#map"))
    assert popup["width"] * popup["height"] < 0.05 * frame["width"] * frame["height"]
    assert texts(desktop, ".leaflet-popup .finding") == [] and len(texts(desktop, "#detail .finding")) == 2


@pytest.mark.parametrize("metrics", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_label_is_cut_and_every_violation_is_in_the_first_view(
    driver: WebDriver, wide: Path, metrics: dict[str, Any]
) -> None:
    opened_as(driver, wide, metrics)
    frame = driver.execute_script(
        "const { left, top, right } = document.getElementById('map').getBoundingClientRect(); return [left, top, right]"
    )
    sheet = driver.execute_script(
        "return [document.getElementById('sheet').getBoundingClientRect().top, innerHeight - 38]"
    )
    bottom = sheet[0] if metrics is PHONE else sheet[1]
    for language in ("zh", "en"):
        driver.execute_script("headwater.language(arguments[0])", language)
        labels = driver.execute_script(LABELS)
        seen = [
            one for one in labels if one[1] < frame[2] and one[3] > frame[0] and one[2] < bottom and one[4] > frame[1]
        ]
        assert len(seen) > 5
        assert [one for one in seen if one[1] < frame[0] or one[3] > frame[2] or one[4] > bottom] == []
    sites = widened()["sites"]
    worst = sites[sites["result"] == "violation"][["lat", "lon"]].to_numpy().tolist()
    script = """const frame = document.getElementById('map').getBoundingClientRect();
    return arguments[0].map((one) => map_inspection.latLngToContainerPoint(one)).map(({ x, y }) => [x + frame.left, y + frame.top])"""
    for x, y in driver.execute_script(script, worst):
        assert frame[0] + 12 < x < frame[2] - 12 and frame[1] + 12 < y < bottom - 12


def test_notes_are_one_line_and_nothing_scrolls_within_the_rail(desktop: WebDriver) -> None:
    assert desktop.find_element(By.CSS_SELECTOR, "#legend .notes").size["height"] < 40
    assert texts(desktop, "#legend .notes summary") == ["数据说明 3 条"]
    desktop.find_element(By.CSS_SELECTOR, "#legend .notes summary").click()
    assert desktop.find_element(By.CSS_SELECTOR, "#legend .notes li").is_displayed()
    desktop.execute_script("document.querySelectorAll('#legend details').forEach((one) => { one.open = true; })")
    inner = """return [...document.querySelectorAll('#filters *')].filter((one) => one.scrollHeight > one.clientHeight + 1
      && /auto|scroll/.test(getComputedStyle(one).overflowY)).map((one) => one.className)"""
    assert desktop.execute_script(inner) == []


def test_one_tap_hides_what_is_finished_and_never_what_was_found(desktop: WebDriver) -> None:
    sites = widened()["sites"]
    remedied = sites[sites["layer"] == "remediation_sites"].set_index("source_id")["status"]
    status = sites["status"].fillna(sites["site_id"].map(remedied))
    done = status.isin(HOLLOW_STATUSES)
    found = sites["result"].isin(["violation", "check"])
    assert (done & found).any() and (done & ~found).any()
    assert texts(desktop, "[data-finished] .count") == [str((done & ~found).sum())]
    desktop.find_element(By.CSS_SELECTOR, "[data-finished]").click()
    assert set(texts(desktop, "[data-site-id] .cell.site_id")) == set(sites["site_id"][~done | found])
    assert desktop.execute_script("return document.activeElement.dataset.finished") == ""
    assert desktop.find_element(By.CSS_SELECTOR, "[data-finished]").get_attribute("aria-checked") == "true"
    wait_for(desktop, "return location.hash.includes('unfinished=true')")
    desktop.refresh()
    wait_for(desktop, "return performance.getEntriesByName('headwater:complete').length > 0")
    assert shown(desktop) == (~done | found).sum()
    desktop.find_element(By.CSS_SELECTOR, "[data-finished]").click()
    assert shown(desktop) == len(sites)


@pytest.mark.parametrize("status", ["not_started", *HOLLOW_STATUSES])
def test_a_finished_site_is_hollow_and_as_strong_where_it_is_found_wrong(
    tmp_path: Path, driver: WebDriver, status: str
) -> None:
    open_one(driver, tmp_path / "hollow.html", one_site(result="violation", status=status))
    assert pixel(driver) == ([255, 255, 255, 255] if status in HOLLOW_STATUSES else [213, 94, 0, 255])
    assert [213, 94, 0, 255] in [pixel(driver, -across) for across in range(12)]
    open_one(driver, tmp_path / "done.html", one_site(result="clear", status=status))
    assert (pixel(driver)[0] > 200) == (status in HOLLOW_STATUSES)  # the dot is green, the ring is empty


def test_what_is_overdue_has_its_sign_at_every_zoom_and_on_a_number(tmp_path: Path, driver: WebDriver) -> None:
    ink = """const canvas = document.querySelector('.leaflet-sites-pane canvas');
    const frame = canvas.getBoundingClientRect();
    const map = document.querySelector('#map .leaflet-container').getBoundingClientRect();
    const { x, y } = map_inspection.latLngToContainerPoint(window.only);
    const { data } = canvas.getContext('2d').getImageData(Math.round(map.left + x - frame.left) - 20, Math.round(map.top + y - frame.top) - 20, 33, 33);
    let found = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at] < 70 && data[at + 1] < 70 && data[at + 2] < 70 && data[at + 3] > 200) found += 1;
    return found;"""
    seen: dict[bool, list[int]] = {False: [], True: []}  # a name beside the mark is dark, too
    for late, counts in seen.items():
        for result in ("violation", "check"):
            open_one(driver, tmp_path / "late.html", one_site(result=result, overdue=late, status="behind"))
            for zoom in (5, 8, 11, 15, 18):
                driver.execute_script(f"map_inspection.setView(window.only, {zoom}, {{animate: false}})")
                counts.append(driver.execute_script(ink))
        crowd = one_site(result="violation")
        sites = crowd["sites"] = pd.concat([crowd["sites"]] * 6, ignore_index=True)
        sites["site_id"] = [f"S-{place}" for place in range(6)]
        sites["overdue"] = [late, *[False] * 5]
        open_one(driver, tmp_path / "crowd.html", crowd | {"answers": answers_of(sites)})
        counts.append(driver.execute_script(ink))
    assert all(signed > plain + 15 for plain, signed in zip(*seen.values(), strict=True)), seen


def test_what_is_not_assessed_is_hatched(tmp_path: Path, driver: WebDriver) -> None:
    open_one(driver, tmp_path / "hatched.html", one_site(result="not_assessed"))
    greys = [pixel(driver, across)[0] for across in range(-4, 5)]
    assert min(greys) < 150 and max(greys) > 215


def simulated(colour: str, matrix: Any) -> Any:
    """What of the colour a colour-blind eye sees, in Lab (Machado and others 2009, severity 1)."""
    code = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    share = xyz / np.array([0.9505, 1.0, 1.089])
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


EYES = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


@pytest.mark.parametrize("eye", EYES)
def test_results_and_classes_differ_for_every_eye(eye: str) -> None:
    matrix = np.array(EYES[eye])
    for colours in ([look.colour for look in RESULT_LOOKS.values()], [look[0] for look in CLASS_LOOKS.values()]):
        for one, other in combinations([simulated(colour, matrix) for colour in colours], 2):
            assert np.linalg.norm(one - other) > 12
    fillings = [look.fill for look in RESULT_LOOKS.values()]
    assert len(set(fillings)) == len(fillings)  # nothing is told by colour alone
    assert len({numeral for _, _, numeral in CLASS_LOOKS.values()}) == len(CLASS_LOOKS)


def hue(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    if blue > red and blue > green:
        return "blue"
    if green > red and green > blue:
        return "green"
    return "yellow" if green > 0.7 * red else "orange" if green > 0.3 * red else "red"


def test_classes_have_the_colours_that_are_usual() -> None:
    told = [hue(CLASS_LOOKS[code][0]) for code in ("I", "II", "III", "IV", "V", "worse_than_V")]
    assert told == ["blue", "blue", "green", "yellow", "orange", "red"]


def test_sections_have_their_class_written(desktop: WebDriver) -> None:
    script = "return writing.filter((one) => one.canvas === document.querySelector('.leaflet-sites-pane canvas') && one.align === 'center').map((one) => one.text)"
    assert {"I", "II", "III", "IV", "V", ">V"} <= set(desktop.execute_script(script))


def test_layers_are_switched_on_the_map_too(desktop: WebDriver) -> None:
    button = desktop.find_element(By.CSS_SELECTOR, '#tools [data-tool="layers"]')
    assert button.get_attribute("aria-label") == "图层"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    switch = "#panel [data-layer='zones/1']"
    before = desktop.execute_script("return document.querySelectorAll('#panel [data-layer]').length")
    assert before == desktop.execute_script("return document.querySelectorAll('#legend [data-layer]').length") > 4
    desktop.find_element(By.CSS_SELECTOR, switch).click()
    for place in (switch, "#legend [data-layer='zones/1']"):
        assert desktop.find_element(By.CSS_SELECTOR, place).get_attribute("aria-checked") == "false"
    desktop.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert desktop.find_elements(By.ID, "panel") == []
    assert desktop.switch_to.active_element == button


def test_nothing_matches_says_which_filter_hides_how_many(desktop: WebDriver) -> None:
    sites = widened()["sites"]
    unit, text = UNITS[0], "水库"
    wanted = {"result": sites["result"] == "clear", "severity": sites["severity"] == "critical"}
    alone = {name: int(next(mask for other, mask in wanted.items() if other != name).sum()) for name in wanted}
    assert all(alone.values()) and not (wanted["result"] & wanted["severity"]).any()
    desktop.execute_script("headwater.filter({result: ['clear'], severity: ['critical']})")
    desktop.find_element(By.CSS_SELECTOR, ".tablebar").click()
    for place in ("#table", "#legend"):
        for name, count in alone.items():
            (told,) = texts(desktop, f'{place} [data-loosen="{name}"]')
            assert told.endswith(f"{count} 个点位") and ("无冲突" in told or "严重" in told)
    desktop.find_element(By.CSS_SELECTOR, '#table [data-loosen="result"]').click()
    assert shown(desktop) == alone["result"]
    desktop.execute_script(
        "headwater.filter({result: 'clear', severity: 'critical', unit: arguments[0], text: arguments[1], unfinished: true})",
        unit,
        text,
    )
    assert {one.get_attribute("data-loosen") for one in desktop.find_elements(By.CSS_SELECTOR, "#table .loosen")} == {
        "result", "severity", "responsible_unit", "text", "unfinished",
    }  # fmt: skip


def test_no_finding_is_said_with_what_is_not_assessed(tmp_path: Path, driver: WebDriver) -> None:
    facts = small()
    facts["findings"] = facts["findings"].iloc[:0]
    unknown = facts["sites"]["result"] == "not_assessed"
    facts["sites"].loc[~unknown, ["result", "severity"]] = ["clear", "info"]
    opened_as(driver, written(tmp_path / "calm.html", facts), DESKTOP)
    (told,) = texts(driver, "#legend .calm")
    assert "没有发现违规" in told and f"{unknown.sum()} 个点位未评估" in told
    facts["sites"].loc[unknown, ["result", "not_assessed_why"]] = ["clear", None]
    facts["answers"] = answers_of(facts["sites"])
    opened_as(driver, written(tmp_path / "calmer.html", facts), DESKTOP)
    assert "未评估" not in texts(driver, "#legend .calm")[0]
    assert complaints_of(driver) == []


def test_without_sites_the_page_says_so(tmp_path: Path, driver: WebDriver) -> None:
    facts = small()
    facts |= {"sites": facts["sites"].iloc[:0], "findings": facts["findings"].iloc[:0]}
    facts["answers"] = answers_of(facts["sites"])
    opened_as(driver, written(tmp_path / "none.html", facts), DESKTOP)
    assert texts(driver, "#legend .calm") == ["没有点位数据。"] == texts(driver, "#table .empty")
    assert driver.execute_script("return headwater.counts.zones") == 12
    assert texts(driver, "#legend .narrowed") == []
    assert complaints_of(driver) == []


def test_many_sites_are_no_carpet(tmp_path: Path, driver: WebDriver) -> None:
    facts = large(sites=30_000, zones=30, vertices=40)
    opened_as(driver, written(tmp_path / "many.html", facts), DESKTOP)
    script = """const canvas = document.querySelector('.leaflet-sites-pane canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let [drawn, strong] = [0, 0];
    for (let at = 3; at < data.length; at += 4) { drawn += data[at] > 0; strong += data[at] > 200; }
    const counts = writing.filter((one) => one.canvas === canvas && /^\\d+$/.test(one.text)).map((one) => Number(one.text));
    return [drawn / (data.length / 4), strong / (data.length / 4), counts.reduce((sum, one) => sum + one, 0), counts.length];"""
    drawn, strong, counted, places = driver.execute_script(script)
    violations = int((facts["sites"]["result"] == "violation").sum())
    assert strong < 0.12 < drawn  # what is strong are findings; the rest is a tint
    assert 0.8 * violations < counted <= violations and places < 250
    assert complaints_of(driver) == []


def test_who_wants_no_motion_gets_none(driver: WebDriver, wide: Path) -> None:
    opened_as(driver, wide, PHONE, prefers_reduced_motion="reduce")
    moved = """const before = map_inspection.getZoom();
    document.querySelector("[data-say='zoom.in']").click();
    const zoomed = !map_inspection._animatingZoom && map_inspection.getZoom() === before + 1;
    const { lng } = map_inspection.getCenter();
    map_inspection.panBy([80, 0]);
    return [zoomed, map_inspection.getCenter().lng > lng, getComputedStyle(document.getElementById('sheet')).transitionDuration, map_inspection.options.inertia]"""
    assert driver.execute_script(moved) == [True, True, "0s", False]


def test_tab_goes_through_the_page_as_it_is_read(desktop: WebDriver) -> None:
    desktop.execute_script("headwater.select('R-000'); document.querySelector('.tablebar').click()")
    desktop.execute_script(
        "document.activeElement.blur(); document.getElementById('app').tabIndex = -1; document.getElementById('app').focus()"
    )
    order = ["skip", "search", "filters", "map", "controls", "table", "detail"]
    script = """const path = []; for (let one = document.activeElement; one; one = one.parentElement) path.push(one.id, one.className);
    return arguments[0].filter((name) => path.some((id) => id === name))"""
    visited: list[str] = []
    for _ in range(140):
        desktop.switch_to.active_element.send_keys(Keys.TAB)
        parts = desktop.execute_script(script, order)
        part = "controls" if "controls" in parts else parts[0] if parts else ""
        if part and part not in visited:
            visited.append(part)
        if "detail" in visited:
            break
    assert visited == order


def test_the_first_tab_offers_to_skip_to_the_list(desktop: WebDriver) -> None:
    desktop.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = desktop.switch_to.active_element
    assert skip.text == "跳到点位清单" and skip.rect["y"] >= 0
    skip.send_keys(Keys.ENTER)
    desktop.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert desktop.execute_script("return document.activeElement.dataset.siteId")


def test_the_drawer_takes_the_focus_from_the_keyboard_and_gives_it_back(desktop: WebDriver) -> None:
    focused = "return document.activeElement.tagName + (document.activeElement.dataset.siteId || '')"
    desktop.execute_script("document.querySelector('.tablebar').click(); document.querySelector('.scroller').focus()")
    desktop.switch_to.active_element.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    row = desktop.execute_script(focused)
    desktop.switch_to.active_element.send_keys(Keys.ENTER)
    assert desktop.execute_script(focused) == "H2"
    desktop.find_element(By.CSS_SELECTOR, "#detail .linked .hit").send_keys(Keys.ENTER)  # further within the drawer
    assert desktop.execute_script(focused) == "H2"
    desktop.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert desktop.execute_script(focused) == row
    desktop.find_element(By.CSS_SELECTOR, "[data-site-id] .cell.name").click()  # who points stays where they point
    assert (
        desktop.execute_script("return document.querySelector('#detail h2') && document.activeElement.tagName") != "H2"
    )


def test_everything_that_can_be_worked_has_a_name(desktop: WebDriver) -> None:
    desktop.execute_script(
        "headwater.select('R-000'); document.querySelector('.tablebar').click(); document.querySelector('[data-tool=layers]').click()"
    )
    for language in ("zh", "en"):
        desktop.execute_script("headwater.language(arguments[0])", language)
        tree = desktop.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        worked = [
            (node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in tree
            if not node.get("ignored")
            and node.get("role", {}).get("value")
            in {
                "button",
                "checkbox",
                "switch",
                "combobox",
                "link",
                "searchbox",
                "textbox",
                "table",
                "complementary",
                "DisclosureTriangle",
            }
        ]
        assert len(worked) > 60 and [role for role, name in worked if not name] == []
    assert desktop.find_element(By.CSS_SELECTOR, "#map .leaflet-container").get_attribute("aria-label")


CONTRAST = """const parse = (text) => {
  const numbers = text.match(/-?[\\d.]+(?:e-?\\d+)?/g).map(Number);
  const scale = text.startsWith('color(') ? 255 : 1;
  return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1];
};
const over = ([r, g, b, a], under) => [r, g, b].map((one, at) => one * a + under[at] * (1 - a));
const light = (colour) => colour.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
  .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
const ground = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) {
    const colour = parse(getComputedStyle(one).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reduceRight((under, colour) => over(colour, under), [255, 255, 255]);
};
const faint = (element) => { let share = 1; for (let one = element; one; one = one.parentElement) share *= Number(getComputedStyle(one).opacity); return share; };
const low = [];
let told = 0;
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(' ').trim();
  const hint = element.tagName === 'INPUT' && element.placeholder;
  if ((!own && !hint) || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
  const style = getComputedStyle(element, hint ? '::placeholder' : null);
  const under = ground(element);
  const [r, g, b, a] = parse(style.color);
  const [one, other] = [light(over([r, g, b, a * faint(element)], under)), light(under)].sort((less, more) => more - less);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const ratio = (one + 0.05) / (other + 0.05);
  told += 1;
  if (ratio < (large ? 3 : 4.5)) low.push(`${element.tagName}.${element.className}#${element.id} ${own.slice(0, 20)} ${ratio.toFixed(2)}`);
}
return [told, low];"""

STATES: dict[str, Callable[[WebDriver], None]] = {
    "open": lambda driver: driver.execute_script(
        "headwater.select('R-000'); document.querySelector('.tablebar').click(); document.querySelectorAll('details').forEach((one) => { one.open = true; });"
        "document.querySelector('[data-tool=layers]').click(); document.querySelector('[data-layer=sections]').click()"
    ),
    "unknown": lambda driver: driver.execute_script(
        "headwater.select(document.querySelector('[data-site-id].row:has(.result)').dataset.siteId)"
    ),
    "nothing": lambda driver: driver.execute_script(
        "headwater.filter({result: 'clear', severity: 'critical'}); document.querySelector('.tablebar').click()"
    ),
    "searched": lambda driver: driver.find_element(By.ID, "search").send_keys("水库"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("metrics", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_text_has_contrast_enough(driver: WebDriver, wide: Path, scheme: str, metrics: dict[str, Any]) -> None:
    for state, enter in STATES.items():
        opened_as(driver, wide, metrics, prefers_color_scheme=scheme)
        enter(driver)
        if metrics is PHONE:
            driver.execute_script("document.getElementById('app').dataset.sheet = 'full'")
        told, low = driver.execute_script(CONTRAST)
        assert told > 20 and low == [], state


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_phone_shows_its_texts_whole(phone: WebDriver, language: str) -> None:
    phone.execute_script("headwater.language(arguments[0])", language)
    lines = """return ['h1', '#as-of', '#unassessed summary'].map((one) => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(one));
      const { height, right } = range.getBoundingClientRect();
      return [height, right - document.querySelector('#head > div').getBoundingClientRect().right];
    })"""
    for height, cut in phone.execute_script(lines):
        assert 0 < height < 24 and cut <= 0
    words = "return [...document.querySelectorAll('.figure, .tab, #language')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"
    assert phone.execute_script(words) == []


def test_the_phone_has_few_tools_and_a_low_header(phone: WebDriver) -> None:
    """Two fingers zoom; the edition of the rules stands at the foot of the legend."""
    script = "return [...document.querySelectorAll('#controls button')].filter((one) => one.offsetParent).map((one) => one.dataset.tool || one.dataset.say)"
    assert phone.execute_script(script) == ["zoom.all", "layers", "measure", "position"]
    assert phone.find_element(By.ID, "as-of").text == "检查日期 2017-11-30"
    head = phone.execute_script("return document.querySelector('#head > div').getBoundingClientRect().height")
    assert head < 48
    assert "国家规定，2026-11-22 版" in phone.execute_script("return document.querySelector('.about').textContent")
    phone.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    try:  # A narrow window with a mouse has no fingers.
        assert phone.execute_script(script)[:2] == ["zoom.in", "zoom.out"]
    finally:
        phone.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_cuts_no_heading_and_no_mark_of_what_is_overdue(desktop: WebDriver, language: str) -> None:
    desktop.execute_script("headwater.language(arguments[0]); document.querySelector('.tablebar').click()", language)
    cut = """return [...document.querySelectorAll('.row.head .cell:not(.responsible_unit), .row .cell:is(.result, .status, .deadline)')].filter((one) => one.offsetParent)
      .filter((one) => one.scrollWidth > one.clientWidth || [...one.children].some((inner) => inner.getBoundingClientRect().right > one.getBoundingClientRect().right))
      .map((one) => one.textContent)"""
    assert desktop.execute_script("return document.querySelectorAll('.row .late').length") > 0
    assert desktop.execute_script(cut) == []


def test_the_phone_says_that_nothing_matches_where_it_can_be_seen(phone: WebDriver) -> None:
    phone.execute_script("headwater.filter({severity: 'info'}); document.querySelector('.figure.violations').click()")
    assert shown(phone) == 0
    assert phone.find_element(By.CSS_SELECTOR, "#table .loosen").is_displayed()


def test_what_is_chosen_on_the_phone_stands_in_the_middle_of_what_is_left(phone: WebDriver) -> None:
    phone.execute_script("headwater.select('R-000')")
    wait_for(phone, "return document.getAnimations().length === 0")
    script = """const tip = document.querySelector('.leaflet-popup-tip').getBoundingClientRect();
    return [tip.left + tip.width / 2, tip.bottom, document.getElementById('head').getBoundingClientRect().bottom, document.getElementById('sheet').getBoundingClientRect().top]"""
    x, y, above, below = phone.execute_script(script)
    assert abs(x - 195) < 30
    assert abs(y - (above + below) / 2) < 40


def test_tools_and_sheet_leave_each_other_room_on_the_phone(phone: WebDriver) -> None:
    for height in ("low", "half"):
        phone.execute_script("document.getElementById('app').dataset.sheet = arguments[0]", height)
        wait_for(phone, "return document.getAnimations().length === 0")
        script = """return [...document.querySelectorAll('#controls button')].filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect())
          .map(({ width, height, top, bottom }) => [width, height, top - document.getElementById('head').getBoundingClientRect().bottom, document.getElementById('sheet').getBoundingClientRect().top - bottom])"""
        buttons = phone.execute_script(script)
        assert buttons and all(
            wide_ >= 44 and high >= 44 and above >= 0 and below >= 0 for wide_, high, above, below in buttons
        )


def test_back_leaves_the_page_at_once_after_a_reload(phone: WebDriver, wide: Path) -> None:
    phone.execute_script("document.querySelector('.tab').click()")
    wait_for(phone, "return history.state !== null")
    phone.refresh()
    wait_for(phone, "return performance.getEntriesByName('headwater:complete').length > 0 && history.state === null")
    phone.back()
    wait_for(phone, "return location.href === 'about:blank'")


def test_a_low_window_keeps_its_tools(driver: WebDriver, wide: Path) -> None:
    opened_as(driver, wide, {"width": 844, "height": 390, "deviceScaleFactor": 2, "mobile": True})
    script = """const map = document.getElementById('map').getBoundingClientRect();
    return [...document.querySelectorAll('#controls button')].map((one) => one.getBoundingClientRect()).every((one) => one.bottom <= map.bottom && one.top >= map.top)"""
    assert driver.execute_script(script)


def test_one_point_far_from_everything_is_seen_whole(tmp_path: Path, driver: WebDriver) -> None:
    facts = one_site(result="check")
    facts["sites"] = facts["sites"].assign(lon=122.5, lat=52.9, geometry=[shapely.Point(122.5, 52.9)])
    open_one(driver, tmp_path / "far.html", facts)
    x, y = driver.execute_script("const { x, y } = map_inspection.latLngToContainerPoint(window.only); return [x, y]")
    frame = driver.find_element(By.ID, "map").size
    assert abs(x - frame["width"] / 2) < 40 and abs(y - frame["height"] / 2) < 40
    assert complaints_of(driver) == []
