"""The page in a real browser: no request, no complaint, and everything that the contract promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from layers.coverage import REASONS
from layers.rule_book import rule_set
from layers.surroundings import RULED_LAYERS
from layers.words import RESULTS
from maps.inspection import inspection_map
from scripts.write_outputs import map_facts
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.map_frames import HOSTILE, UNITS, answers_of, large, small, widened
from tests.record_book import example_with_records
from tests.test_layers_assess import assessed


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    facts = small(names=HOSTILE)
    facts["sites"].loc[0, "problem"] = "长" * 40_000
    facts["run"]["title"] = HOSTILE[0]
    facts["sections"].loc[0, "name"] = HOSTILE[3]
    facts["zones"].loc[0, "name"] = HOSTILE[1]
    facts["sites"][HOSTILE[3]] = HOSTILE[0]
    path = tmp_path_factory.mktemp("map") / "inspection.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture
def opened(desktop: WebDriver, page: Path) -> WebDriver:
    open_page(desktop, page)
    return desktop


def texts(driver: WebDriver, selector: str) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector
    )  # type: ignore[no-any-return]


def text(driver: WebDriver, selector: str) -> str:
    (only,) = texts(driver, selector)
    return only


def float_or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def legend_count(driver: WebDriver, facet: str, value: str) -> int:
    shown = text(driver, f'#legend [data-facet="{facet}"][data-value="{value}"] .count')
    return int(shown.replace("\u202f", ""))


def pixels(driver: WebDriver, red: int, green: int, blue: int, where: str = "canvas.paint") -> int:
    """How much of the canvases is exactly in this colour."""
    script = """const [red, green, blue, where] = arguments;
    return [...document.querySelectorAll(where)].reduce((sum, canvas) => {
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let found = 0;
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) found += 1;
      }
      return sum + found;
    }, 0)"""
    return int(driver.execute_script(script, red, green, blue, where))


def orange_pixels(driver: WebDriver, where: str = "canvas.paint") -> int:
    return pixels(driver, 213, 94, 0, where)


def test_opens_without_a_request_and_without_a_complaint(opened: WebDriver) -> None:
    assert requests_of(opened) == []
    assert complaints_of(opened) == []
    assert opened.execute_script("return headwater.counts") == {
        "sites": 60,
        "zones": 12,
        "sections": 6,
        "findings": 42,
        "shown": 60,
    }
    assert opened.execute_async_script("headwater.ready.then(() => arguments[0]('ready'))") == "ready"
    for name in ("map", "search", "filters", "table", "legend", "detail"):
        assert len(opened.find_elements(By.ID, name)) == 1
    assert opened.execute_script("return document.querySelectorAll('.plain').length") == 0


def test_every_hostile_name_is_shown_character_for_character(opened: WebDriver) -> None:
    ids = ("R-000", "S-001", "S-002", "R-003", "S-004", "S-005", "R-006", "S-007")
    for site_id, name in zip(ids, HOSTILE, strict=True):
        opened.execute_script("headwater.select(arguments[0])", site_id)
        assert text(opened, "#detail h2") == name
        assert text(opened, ".leaflet-popup-content h2") == name
        assert (
            opened.execute_script(
                "return document.querySelector('[data-site-id=\"' + arguments[0] + '\"] .cell.name').textContent",
                site_id,
            )
            == name
        )
    opened.execute_script("headwater.select('R-000')")
    assert "长" * 40_000 in texts(opened, "#detail dd")
    assert HOSTILE[3] in texts(opened, "#detail .raw dt") and HOSTILE[0] in texts(opened, "#detail .raw dd")
    opened.execute_script("headwater.select('D-0')")
    assert text(opened, "#detail h2") == HOSTILE[3]
    opened.execute_script("headwater.select('Z-0-1')")
    assert text(opened, "#detail h2") == HOSTILE[1]
    assert text(opened, "h1") == HOSTILE[0] == opened.title
    assert opened.execute_script("return window.hostile === undefined")
    assert complaints_of(opened) == []


def test_detail_says_result_status_article_remedy_deadline_and_unit(opened: WebDriver) -> None:
    opened.execute_script("headwater.select('R-000')")
    told = text(opened, "#detail")
    for part in (
        "违规",
        "未启动",
        "逾期",
        "保护区内设置排污口",
        "距边界 42 m",
        "第六十五条",
        "责令拆除或者关闭",
        "2017-09-30",
        "钟山区生态环境分局",
        "张三",
    ):
        assert part in told, part
    # The popup leaves the map to be seen.
    assert text(opened, ".leaflet-popup-content p") == "违规 · 未启动逾期"
    opened.execute_script("document.querySelector('#detail .linked .hit').click()")
    assert "S-001" in text(opened, "#detail .kicker")
    assert "R-000" in text(opened, "#detail .linked")


def test_a_site_no_rule_looks_at_says_so(opened: WebDriver) -> None:
    site = opened.execute_script(
        "headwater.filter({result: 'not_assessed'}); return document.querySelector('[data-site-id]').dataset.siteId"
    )
    opened.execute_script("headwater.select(arguments[0])", site)
    assert "没有适用" in text(opened, "#detail .why")


def test_a_filter_changes_map_table_legend_and_counts_together(opened: WebDriver) -> None:
    before = orange_pixels(opened)
    violations = legend_count(opened, "result", "violation")
    unit = UNITS[0]
    opened.execute_script("headwater.filter({result: ['violation'], responsible_unit: [arguments[0]]})", unit)
    shown = opened.execute_script("return headwater.counts.shown")
    assert 0 < shown < violations
    assert legend_count(opened, "result", "violation") == shown == legend_count(opened, "responsible_unit", unit)
    assert len(texts(opened, "[data-site-id]")) == shown
    assert set(texts(opened, "[data-site-id] .cell.responsible_unit")) == {unit}
    assert f"{shown} / 60" in text(opened, ".tablebar .count")
    assert text(opened, "#numbers .violations b") == str(violations)  # the header tells the whole
    assert 0 < orange_pixels(opened) < before
    opened.execute_script("headwater.filter({})")
    assert opened.execute_script("return headwater.counts.shown") == 60
    assert orange_pixels(opened) == before


def test_legend_and_header_are_buttons_that_filter(opened: WebDriver) -> None:
    opened.find_element(By.CSS_SELECTOR, "#numbers .overdue").click()
    assert opened.execute_script("return headwater.counts.shown") == int(text(opened, "#numbers .overdue b")) == 10
    assert opened.execute_script("return document.activeElement.classList.contains('overdue')")
    opened.find_element(By.CSS_SELECTOR, '#legend [data-facet="status"][data-value="reopened"]').click()
    assert 0 < opened.execute_script("return headwater.counts.shown") < 10
    opened.find_element(By.CSS_SELECTOR, ".narrowed .action").click()
    assert opened.execute_script("return headwater.counts.shown") == 60


def test_a_problem_is_counted_once_where_it_is_remedied(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    sites = facts["sites"]
    about = sites[sites["layer"] == "remediation_sites"].set_index("source_id")
    sources = sites.index[(sites["layer"] == "pollution_sources") & sites["site_id"].isin(about.index)]
    for name in ("status", "overdue", "deadline"):
        sites.loc[sources, name] = about.loc[sites.loc[sources, "site_id"], name].to_numpy()
    remedied = sites[sites["layer"] == "remediation_sites"]
    path = tmp_path / "twice.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    for figure, expected in (("overdue", remedied["overdue"] == True), ("reopened", remedied["status"] == "reopened")):  # noqa: E712
        assert int(text(desktop, f"#numbers .{figure} b")) == expected.sum() > 0
        desktop.find_element(By.CSS_SELECTOR, f"#numbers .{figure}").click()
        assert set(texts(desktop, "[data-site-id] .cell.site_id")) == set(remedied.loc[expected, "site_id"])
        assert int(text(desktop, f"#numbers .{figure} b")) == expected.sum()
        desktop.find_element(By.CSS_SELECTOR, f"#numbers .{figure}").click()
        assert desktop.execute_script("return headwater.counts.shown") == 60
    before = texts(desktop, "#numbers b")
    desktop.execute_script("headwater.filter({result: ['violation'], layer: ['pollution_sources']})")
    assert texts(desktop, "#numbers b") == before  # the header tells the whole, whatever is filtered
    desktop.execute_script("headwater.language('en')")
    assert text(desktop, "#numbers .reopened span") == "reopened"
    assert complaints_of(desktop) == []


@pytest.mark.parametrize(
    ("result", "relation", "margin", "accuracy", "said"),
    [
        ("violation", "inside", 42.25, (10, 5), "位置误差超过 42 米时结论才会改变"),
        ("violation", "inside", 7.0, (5, None), "位置误差超过 7 米时结论才会改变"),
        ("check", "inside", 42.25, (10, 5), "位置误差超过 42 米时结论才会改变"),  # for another reason than the position
        ("check", "inside", 42.25, (30, 15), ""),
        ("check", "inside", 0.0, (None, None), ""),
        ("violation", "within", 120.0, (10, None), "点位移动 120 米以上结论才会改变"),
        ("check", "within", 120.0, (10, None), ""),
    ],
)
def test_the_margin_is_told_only_where_it_is_one(
    tmp_path: Path, desktop: WebDriver, result: str, relation: str, margin: float, accuracy: tuple[Any, Any], said: str
) -> None:
    facts = small()
    findings = facts["findings"] = facts["findings"].iloc[:1].copy()
    findings["subject_id"] = "S-001"
    findings["subject_layer"] = "pollution_sources"
    findings[["result", "relation", "margin_m", "zone_id"]] = [result, relation, margin, "Z-0-1"]
    facts["sites"]["located_to_metres"], facts["zones"]["located_to_metres"] = map(float_or_nan, accuracy)
    path = tmp_path / "margin.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('S-001')")
    lines = [line for line in texts(desktop, "#detail .finding .line") if line.startswith("余量")]
    assert lines == (["余量" + said] if said else [])


def test_the_remedy_of_a_check_is_one_if_it_is_confirmed(opened: WebDriver) -> None:
    ids = "headwater.filter({result: [arguments[0]]}); return document.querySelector('[data-site-id]').dataset.siteId"
    for result, remedy in (("violation", "处置责令拆除或者关闭"), ("check", "处置（须先核实）责令拆除或者关闭")):
        opened.execute_script("headwater.select(arguments[0])", opened.execute_script(ids, result))
        assert remedy in texts(opened, "#detail .finding .line")
    opened.execute_script("headwater.language('en')")
    assert "Remedy (verify first)Order demolition or closure" in texts(opened, "#detail .finding .line")


def test_the_note_of_a_rule_is_folded_under_the_finding(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small(names=HOSTILE)
    facts["run"]["rules"]["CN-OUT-01"] |= {"note": {"zh": f"罚款{HOSTILE[3]}", "en": "A fine"}}
    path = tmp_path / "note.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('R-000')")  # broken: CN-OUT-01 with a note, CN-BLD-02 without
    assert len(texts(desktop, "#detail .finding")) == 2
    assert texts(desktop, "#detail .note p") == [f"罚款{HOSTILE[3]}"]
    note = desktop.find_element(By.CSS_SELECTOR, "#detail .note p")
    assert not note.is_displayed()
    desktop.find_element(By.CSS_SELECTOR, "#detail .note summary").click()
    assert note.is_displayed()
    desktop.execute_script("headwater.language('en')")
    assert texts(desktop, "#detail .note > *") == ["Notes", "A fine"]


def test_a_clear_site_says_where_it_lies(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    clear = facts["sites"].index[facts["sites"]["result"] == "clear"]
    facts["sites"].loc[clear[0], "strictest_level"] = "quasi"
    path = tmp_path / "clear.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    for site_id, place in zip(
        facts["sites"]["site_id"][clear[:2]], ("所在保护区：准保护区。", "不在任何保护区内。"), strict=True
    ):
        desktop.execute_script("headwater.select(arguments[0])", site_id)
        assert texts(desktop, "#detail .clear p")[1:] == [place]
        assert "已评估" in text(desktop, "#detail .clear .sentence")


def test_what_was_computed_stands_in_words_and_not_among_the_original_data(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    of_remediation = facts["sites"]["layer"] == "remediation_sites"
    found = facts["sites"].index[facts["sites"]["result"].eq("violation") & of_remediation][0]
    facts["sites"].loc[found, "strictest_level"] = "quasi"
    facts["sites"]["share_in_zones"] = 0.25
    facts["zones"]["fence"] = "false"
    path = tmp_path / "computed.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select(arguments[0])", facts["sites"].loc[found, "site_id"])
    assert "在保护区内的部分25.0 %" in text(desktop, "#detail") and "所在保护区准保护区" in text(desktop, "#detail")
    assert not {"share_in_zones", "在保护区内的部分", "所在保护区"} & set(texts(desktop, "#detail .raw dt"))
    desktop.execute_script("headwater.language('en')")
    assert text(desktop, "#detail .kicker").startswith("remediation site ·")  # one of them
    desktop.execute_script("headwater.language('zh')")
    desktop.execute_script("headwater.select(arguments[0])", facts["zones"]["zone_id"].iloc[0])
    assert "隔离防护否" in text(desktop, "#detail") and "fence" not in text(desktop, "#detail")


@pytest.mark.parametrize("code", [code for code in REASONS if code])
def test_every_reason_is_told_in_words(tmp_path: Path, desktop: WebDriver, code: str) -> None:
    facts = small()
    facts["sites"].loc[facts["sites"]["result"] == "not_assessed", "not_assessed_why"] = code
    path = tmp_path / "why.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    site = facts["sites"]["site_id"][facts["sites"]["result"] == "not_assessed"].iloc[0]
    desktop.execute_script("headwater.select(arguments[0])", site)
    (told,) = texts(desktop, "#detail .why p")
    assert told and code not in told


def test_units_are_said_in_the_language_of_the_page(opened: WebDriver) -> None:
    scale = ".leaflet-control-scale-line"
    assert text(opened, scale).endswith((" 米", " 公里"))
    opened.execute_script("headwater.language('en')")
    assert text(opened, scale).endswith((" m", " km"))


def test_a_person_who_filters_is_shown_the_hits(opened: WebDriver) -> None:
    far = "map_inspection.setView([27.9, 106.5], 13, {animate: false})"
    count = "return document.querySelectorAll('.leaflet-sites-pane').length && map_inspection.getCenter().lat"
    opened.execute_script(f"{far}; headwater.filter({{result: ['violation']}})")
    assert opened.execute_script(count) == pytest.approx(27.9, abs=0.01)  # another program's wish: the map stays
    opened.execute_script("headwater.filter({})")
    opened.find_element(By.CSS_SELECTOR, '#legend [data-facet="result"][data-value="violation"]').click()
    wait_for(opened, "return !map_inspection._animatingZoom && map_inspection.getCenter().lat < 26.8")
    here = opened.execute_script(count)
    opened.find_element(By.CSS_SELECTOR, '#legend [data-facet="result"][data-value="check"]').click()
    assert opened.execute_script(count) == here  # hits are in view already
    opened.execute_script(far)
    opened.find_element(By.CSS_SELECTOR, "#zoom [data-say='zoom.all']").click()
    wait_for(opened, "return !map_inspection._animatingZoom && map_inspection.getCenter().lat < 26.8")
    assert opened.find_element(By.CSS_SELECTOR, "#zoom [data-say='zoom.all']").get_attribute("title") == "显示全部"


def test_values_without_hits_stand_below_those_with(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({status: ['reopened']})")
    counts = [int(one) for one in texts(opened, '#legend [data-facet="kind"] .count')]
    assert 0 in counts and max(counts) > 0
    assert [bool(one) for one in counts] == sorted((bool(one) for one in counts), reverse=True)


def test_nothing_matches_offers_a_way_back(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({result: ['clear'], severity: ['critical']})")
    assert opened.execute_script("return headwater.counts.shown") == 0
    opened.execute_script(
        "document.querySelector('.tablebar').click(); headwater.select('R-000'); headwater.language('en')"
    )
    opened.execute_script("document.querySelector('#table .empty .action').click()")
    assert complaints_of(opened) == []
    assert opened.execute_script("return headwater.counts.shown") == 60


def test_unknown_filters_and_ids_are_refused(opened: WebDriver) -> None:
    told = opened.execute_script("try { headwater.filter({colour: 'red'}); } catch (fault) { return fault.message; }")
    assert "colour" in told and "responsible_unit" in told
    assert "S-999" in opened.execute_script(
        "try { headwater.select('S-999'); } catch (fault) { return fault.message; }"
    )


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
    opened.switch_to.active_element.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    row = opened.execute_script("return document.activeElement.dataset.siteId")
    opened.switch_to.active_element.send_keys(Keys.ENTER)
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
        "const dd = [...document.querySelectorAll('#detail dd')].map((one) => one.textContent).find((one) => /^\\d+\\.\\d{5}, /.test(one)); return dd.split(', ').map(Number)"
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


def test_the_language_switch_changes_every_sentence(opened: WebDriver) -> None:
    opened.execute_script("headwater.select('R-000')")
    assert opened.execute_script("return document.documentElement.lang") == "zh-CN"
    opened.find_element(By.ID, "language").click()
    assert opened.execute_script("return document.documentElement.lang") == "en"
    told = text(opened, "#detail")
    for part in (
        "violation",
        "not started",
        "overdue",
        "Outfall inside a protection zone",
        "art. 65",
        "Order demolition",
    ):
        assert part in told, part
    assert text(opened, "#numbers .violations span") == "violations"
    assert "1 zone refused" in text(opened, ".notes")
    assert opened.execute_script("return document.getElementById('search').placeholder").startswith("Search")
    opened.find_element(By.ID, "language").click()
    assert "未启动" in text(opened, "#detail")


def test_layers_can_be_hidden(opened: WebDriver) -> None:
    level_one = (11, 79, 138, ".leaflet-zones-pane canvas")
    assert pixels(opened, *level_one) > 0
    opened.execute_script("document.querySelector('[data-layer=\"zones/1\"]').click()")
    assert pixels(opened, *level_one) == 0
    switch = opened.find_element(By.CSS_SELECTOR, '[data-layer="zones/1"]')
    assert switch.get_attribute("aria-checked") == "false"
    switch.click()
    assert pixels(opened, *level_one) > 0


def test_the_table_sorts_by_any_column(opened: WebDriver) -> None:
    def column(name: str) -> list[str]:
        return texts(opened, f"[data-site-id] .cell.{name}")

    assert column("result")[0] == "违规" and column("result")[-1] == "无冲突"
    opened.execute_script("document.querySelector('[role=columnheader].site_id button').click()")
    assert column("site_id") == sorted(column("site_id"))
    opened.execute_script("document.querySelector('[role=columnheader].site_id button').click()")
    assert column("site_id") == sorted(column("site_id"), reverse=True)
    assert (
        opened.find_element(By.CSS_SELECTOR, "[role=columnheader].site_id").get_attribute("aria-sort") == "descending"
    )
    opened.execute_script("document.querySelector('[role=columnheader].violations button').click()")
    told = column("violations")
    unknown = column("result").count("未评估")
    assert told.count("–") == unknown > 0  # nobody knows of violations where nothing was assessed
    assert [one for one in told if one != "–"] == sorted((one for one in told if one != "–"), key=int)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("wide") / "inspection.html"
    path.write_text(inspection_map(**widened()), encoding="utf-8")
    return path


@pytest.fixture
def widely(desktop: WebDriver, wide: Path) -> WebDriver:
    open_page(desktop, wide)
    return desktop


def test_every_site_has_the_answers_of_the_engine(tmp_path: Path, desktop: WebDriver) -> None:
    folder = example_with_records(tmp_path / "project")
    told = assessed(folder)
    facts = map_facts(rule_set(["cn", "cn-qixingguan", "records.toml"], folder=folder), told)
    frames = {name: getattr(told, name) for name in ("findings", "sites", "sections", "zones", "context", "answers")}
    path = tmp_path / "example.html"
    path.write_text(inspection_map(**frames, run=facts, language="zh"), encoding="utf-8")
    open_page(desktop, path)
    script = "return Object.fromEntries(arguments[0].map((id) => [id, headwater.answers(id)]))"
    ids = (told.sites["layer"] + "/" + told.sites["site_id"]).tolist()
    answers = desktop.execute_script(script, ids)
    for layer, frame, name in (
        ("protection_zones", told.zones, "zone_id"),
        ("river_sections", told.sections, "section_id"),
    ):
        others = desktop.execute_script(script, frame[name].tolist())
        answers |= {f"{layer}/{one}": own for one, own in others.items()}
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for key, own in answers.items():
        for one in own:
            if one["result"] in RESULTS:
                counted[key.split("/")[0], one["id"], one["result"], one["reason"]] += 1
    coverage = told.coverage[told.coverage["rule_id"] != ""]
    assert set(coverage["layer"]) == set(RULED_LAYERS)
    expected = coverage.groupby(["layer", "rule_id", "result", "reason"])["sites"].sum()
    assert dict(counted) == expected.to_dict() and len({key[2] for key in counted}) == 4
    unstated = Counter(one["id"] for own in answers.values() for one in own if one["result"] == "not_asked")
    assert unstated["REC-APPROVED"] == told.counts.unstated["REC-APPROVED"] > 0
    for site in told.sites.itertuples():
        own = [one["result"] for one in answers[f"{site.layer}/{site.site_id}"]]
        assert own.count("not_assessed") == site.not_assessed or site.not_assessed_why == "NO_RULE"
        assert not (site.result == "clear" and "not_assessed" in own)
        assert ("violation" in own) == (site.result == "violation")
    sites, left = (told.sites["result"] == "not_assessed").sum(), told.run["results"]["not_assessed"]
    assert text(desktop, "#unassessed summary") == f"未评估：{sites} 个点位，{left} 条结论"
    assert complaints_of(desktop) == []


def test_every_rule_is_listed_with_its_answer_and_reason(widely: WebDriver) -> None:
    def groups() -> dict[str, list[str]]:
        return {
            key: texts(widely, f'.every section[data-answer="{key}"] li')
            for key in widely.execute_script(
                "return [...document.querySelectorAll('.every section')].map((one) => one.dataset.answer)"
            )
        }

    widely.execute_script("headwater.select('R-000')")  # CN-OUT-01 and CN-BLD-02 flagged, CN-OUT-05 assessed
    assert text(widely, ".every summary") == "各条规则的结论2 违规 · 1 无冲突"
    assert groups() == {}
    widely.find_element(By.CSS_SELECTOR, ".every summary").click()
    assert groups() == {
        "violation": ["保护区内设置排污口CN-OUT-01条款待核对", "保护区内的建设项目CN-BLD-02"],
        "clear": ["取水口附近的排污口CN-OUT-05"],
    }
    assert text(widely, '.every section[data-answer="clear"] p') == "已评估，不成立。"
    facts = widened()["sites"]
    outside = facts["site_id"][facts["not_assessed_why"] == "OUTSIDE_DISTRICTS"].iloc[0]
    widely.execute_script("headwater.select(arguments[0])", outside)  # stays open from site to site
    assert text(widely, ".every summary") == "各条规则的结论3 未评估"
    assert len(groups()["not_assessed"]) == 3
    assert "之外" in text(widely, ".every section p")
    nobody = facts["site_id"][facts["not_assessed_why"] == "NO_RULE"].iloc[0]
    widely.execute_script("headwater.select(arguments[0])", nobody)
    assert text(widely, ".every summary") == "各条规则的结论没有适用于这一类点位的规则。"
    assert text(widely, ".every > p") == "另有 3 条规则不针对这一类点位。"
    widely.execute_script("headwater.language('en'); headwater.select('R-000')")
    assert text(widely, ".every summary") == "Every rule2 violation · 1 clear"
    assert complaints_of(widely) == []


def test_what_is_not_assessed_is_nowhere_shown_as_clear(widely: WebDriver) -> None:
    sites = widened()["sites"]
    unknown = sites[sites["result"] == "not_assessed"]
    assert (
        int(text(widely, "#numbers .not_assessed b")) == legend_count(widely, "result", "not_assessed") == len(unknown)
    )
    outside = sites["strictest_level"].isna() & (sites["result"] != "not_assessed")
    assert legend_count(widely, "strictest_level", "") == outside.sum()
    assert legend_count(widely, "strictest_level", "?") == len(unknown)
    widely.find_element(By.CSS_SELECTOR, "#numbers .not_assessed").click()
    assert set(texts(widely, "[data-site-id] .cell.site_id")) == set(unknown["site_id"])
    assert set(texts(widely, "[data-site-id] .cell.result")) == {"未评估"}
    assert set(texts(widely, "[data-site-id] .cell.violations")) == {"–"}
    assert set(texts(widely, "[data-site-id] .cell.strictest_level")) == {"未知（无数据）"}
    for site_id in unknown["site_id"]:
        widely.execute_script("headwater.select(arguments[0])", site_id)
        for place in ("#detail", ".leaflet-popup-content"):
            told = text(widely, place)
            for linked in texts(widely, f"{place} .linked"):  # another site's own result
                told = told.replace(linked, "")
            assert "未评估" in told
            assert not any(word in told for word in ("无冲突", "已评估", "不在任何保护区内", "不在保护区内")), told
    widely.execute_script("headwater.filter({}); window.dispatchEvent(new Event('beforeprint'))")
    assert len(unknown) == sum("未评估" in row for row in texts(widely, "#paper tbody tr"))
    assert f"未评估：{len(unknown)} 个点位" in text(widely, "#paper")
    widely.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_the_assumptions_are_one_tap_away(widely: WebDriver) -> None:
    panel = widely.find_element(By.CSS_SELECTOR, "#unassessed > div")
    assert not panel.is_displayed()
    widely.find_element(By.CSS_SELECTOR, "#unassessed summary").click()
    assert panel.is_displayed()
    reasons = widened()["run"]["not_assessed"]
    assert text(widely, "#unassessed summary").endswith(f"{sum(reasons.values())} 条结论")
    told = texts(widely, "#unassessed li")
    assert {one for one in told if one.startswith(str(reasons["OUTSIDE_DISTRICTS"]))} and len(told) == 4
    assert "假定保护区数据在外包凸壳内完整。" in told
    widely.find_element(By.ID, "search").click()
    assert not panel.is_displayed()


def test_areas_that_are_not_assessed_are_hatched(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    site = facts["sites"].index[facts["sites"]["result"] == "not_assessed"][0]
    lon, lat = facts["sites"].loc[site, ["lon", "lat"]]
    facts["sites"].loc[site, "geometry"] = shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    path = tmp_path / "hatched.html"
    alpha = """map_inspection.setView([arguments[1], arguments[0]], 15, {animate: false});
    const at = map_inspection.latLngToContainerPoint([arguments[1] + 0.004, arguments[0] + 0.004]);
    const canvas = document.querySelector('.leaflet-sites-pane canvas'), box = canvas.getBoundingClientRect();
    const frame = document.getElementById('map').getBoundingClientRect();
    const line = canvas.getContext('2d').getImageData(at.x + frame.left - box.left, at.y + frame.top - box.top, 24, 1).data;
    return [...line].filter((_, place) => place % 4 === 3)"""
    for result, hatched in (("not_assessed", True), ("clear", False)):
        facts["sites"].loc[site, "result"] = result
        path.write_text(inspection_map(**facts), encoding="utf-8")
        open_page(desktop, path)
        found = desktop.execute_script(alpha, float(lon), float(lat))
        assert (min(found) == 0 and max(found) > 100) == hatched, found
        assert hatched or len(set(found)) == 1


def test_a_finding_tells_penalty_and_evidence_once_for_its_rule(tmp_path: Path, desktop: WebDriver) -> None:
    facts = widened()
    twice = facts["findings"][facts["findings"]["subject_id"] == "R-000"].iloc[:1].assign(zone_id="Z-0-2")
    facts["findings"] = pd.concat([facts["findings"], twice], ignore_index=True)
    facts["run"]["rules"]["CN-OUT-01"]["evidence"][1]["zh"] = HOSTILE[3]
    path = tmp_path / "evidence.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('R-000')")
    assert len(texts(desktop, "#detail .finding")) == 3
    assert texts(desktop, "#detail .evidence li") == ["排口照片", HOSTILE[3]]
    assert desktop.find_element(By.CSS_SELECTOR, "#detail .evidence li").is_displayed()
    penalties = [line for line in texts(desktop, "#detail .finding .line") if line.startswith("罚则")]
    assert penalties == ["罚则处十万元以上一百万元以下罚款"]
    unchecked = [line for line in texts(desktop, "#detail .finding .line") if line.endswith("条款待核对")]
    assert len(unchecked) == 2  # both findings of the rule whose citation nobody has compared with the law
    desktop.execute_script("headwater.select('Z-2-2')")  # the citation says so itself
    assert texts(desktop, "#detail .finding .unchecked") == []
    desktop.execute_script("headwater.language('en'); headwater.select('R-000')")
    assert "Photo of the outlet" in texts(desktop, "#detail .evidence li")
    assert complaints_of(desktop) == []


def test_findings_without_a_zone_or_a_site_are_shown_and_counted(widely: WebDriver) -> None:
    widely.execute_script("headwater.select('R-003')")
    assert "R-003 的记录不符" in text(widely, "#detail") and "null" not in text(widely, "#detail")
    for subject, findings in (("D-4", 1), ("Z-1-1", 2)):
        widely.execute_script("headwater.select(arguments[0])", subject)
        assert texts(widely, "#detail .sentence") == [f"{subject} 的记录不符"] * findings
    assert "起始日期2012-01-01" in text(widely, "#detail")
    assert "黔府函〔2016〕12号" in text(widely, "#detail")
    assert text(widely, '[data-group="subjects"] summary') == "保护区与断面的问题（4）"
    widely.find_element(By.CSS_SELECTOR, '[data-group="subjects"] summary').click()
    told = texts(widely, '[data-group="subjects"] .hit small')
    assert len(told) == 3 and told[0].startswith("D-4") and told[0].endswith("违规")  # the worst first
    widely.find_element(By.CSS_SELECTOR, '[data-group="subjects"] .hit').click()
    assert "D-4" in text(widely, "#detail .kicker")
    widely.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert sum("Z-1-1 的记录不符" in one for one in texts(widely, "#paper .told p")) == 2
    widely.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert complaints_of(widely) == []


def test_the_ledger_can_be_looked_back_at(widely: WebDriver) -> None:
    assert texts(widely, '[data-facet="case"] .word') == ["回头看：报已整改，仍违规", "违规未入台账", "逾期未完成"]
    for case, expected in (
        ("still_violating", {"R-003"}),
        ("not_on_ledger", {"S-001", "S-002"}),
        ("overdue", {"R-006"}),
    ):
        assert legend_count(widely, "case", case) == len(expected)
        widely.find_element(By.CSS_SELECTOR, f'[data-facet="case"][data-value="{case}"]').click()
        assert set(texts(widely, "[data-site-id] .cell.site_id")) == expected
        widely.execute_script("headwater.filter({})")
    widely.execute_script("headwater.filter({case: ['still_violating', 'not_on_ledger'], layer: 'pollution_sources'})")
    assert widely.execute_script("return headwater.counts.shown") == 2
    assert legend_count(widely, "case", "still_violating") == 0 and legend_count(widely, "case", "not_on_ledger") == 2
    widely.execute_script("headwater.filter({case: 'overdue', text: 'R-006'})")
    assert texts(widely, "[data-site-id] .cell.site_id") == ["R-006"]


def test_without_such_rules_there_is_no_look_back(opened: WebDriver) -> None:
    assert texts(opened, '[data-facet="case"]') == []
    assert "unknown filter case" in opened.execute_script(
        "try { headwater.filter({case: 'overdue'}); } catch (fault) { return fault.message; }"
    )


def test_paper_has_the_map_and_the_shown_rows(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({result: ['violation']}); window.dispatchEvent(new Event('beforeprint'))")
    shown = opened.execute_script("return headwater.counts.shown")
    assert len(texts(opened, "#paper tbody tr")) == shown > 0
    assert len(texts(opened, "#paper .told")) == shown
    told = texts(opened, "#paper .told p")
    assert len(told) >= shown
    assert all("距边界 42 m" in one and "依据：《中华人民共和国水污染防治法》第六十五条" in one for one in told)
    assert orange_pixels(opened, "#picture") > 0
    assert opened.execute_script("return getComputedStyle(document.getElementById('north')).display") == "block"
    assert opened.find_element(By.CSS_SELECTOR, "#legend .notes li").is_displayed()  # paper cannot be unfolded
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert texts(opened, "#paper tbody tr") == []
    assert opened.find_elements(By.ID, "picture") == []


def test_thousands_of_sites_are_rows_only_where_they_are_seen(tmp_path: Path, desktop: WebDriver) -> None:
    facts = large(sites=6_000, zones=40, vertices=60)
    path = tmp_path / "large.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    counts = desktop.execute_script("return headwater.counts")
    assert counts == {"sites": 6_000, "zones": 40, "sections": 6, "findings": len(facts["findings"]), "shown": 6_000}
    assert len(texts(desktop, "[data-site-id]")) < 60
    told = facts["findings"].iloc[7]
    desktop.execute_script("headwater.select(arguments[0])", told["subject_id"])
    assert texts(desktop, "#detail .sentence") == [told["text_zh"]]
    assert text(desktop, "#detail h2") == told["subject_name"]
    assert desktop.execute_script("return document.querySelector('.row.chosen').dataset.siteId") == told["subject_id"]
    desktop.execute_script("document.querySelector('.tablebar').click()")
    desktop.execute_script("const box = document.querySelector('.scroller'); box.scrollTop = box.scrollHeight")
    wait_for(desktop, "return document.querySelector('[aria-rowindex=\"6001\"]')")
    assert len(desktop.execute_script("return headwater.find('S-')")) == 6_000
    units = "#legend [data-facet=responsible_unit]"
    assert len(texts(desktop, units)) == 7
    desktop.execute_script("document.querySelector('[data-group=responsible_unit] .more').click()")
    assert len(texts(desktop, units)) == 67
    clear = facts["sites"][facts["sites"]["result"] == "clear"]
    desktop.execute_script("headwater.filter({result: 'clear', status: ['closed']})")
    assert desktop.execute_script("return headwater.counts.shown") == int((clear["status"] == "closed").sum())
    assert complaints_of(desktop) == []


def test_old_browsers_unpack_with_our_own_code(page: Path) -> None:
    need_browser()
    with browser() as driver:
        old = "delete window.DecompressionStream; delete Uint8Array.fromBase64;"
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": old})
        open_page(driver, page)
        assert driver.execute_script("return typeof DecompressionStream") == "undefined"
        assert driver.execute_script("return headwater.counts.findings") == 42
        assert (
            driver.execute_script("headwater.select('R-000'); return document.querySelector('#detail h2').textContent")
            == HOSTILE[0]
        )


def test_phone_has_one_sheet_and_large_targets(page: Path) -> None:
    need_browser()
    with browser(390, 844, touch=True) as driver:
        open_page(driver, page)
        assert driver.execute_script("return document.documentElement.scrollWidth") == 390
        assert (
            driver.execute_script("return parseFloat(getComputedStyle(document.getElementById('search')).fontSize)")
            >= 16
        )
        small_ones = """return [...document.querySelectorAll('button, input')].filter((one) => one.offsetParent)
          .filter((one) => one.offsetHeight < 44 && one.id !== 'handle').map((one) => one.outerHTML.slice(0, 80))"""
        assert driver.execute_script(small_ones) == []
        driver.execute_script("headwater.select('R-000')")
        assert text(driver, ".leaflet-popup-content") == f"{HOSTILE[0]}违规 · 未启动"
        driver.execute_script("headwater.select('R-003')")
        assert driver.execute_script("return document.getElementById('detail').getBoundingClientRect().height") > 200
        covered = """const area = ({ width, height }) => width * height;
          const sheet = document.getElementById('sheet').getBoundingClientRect();
          return area(document.querySelector('.leaflet-popup').getBoundingClientRect()) / (innerWidth * sheet.top)"""
        assert driver.execute_script(covered) < 0.2
        assert (
            driver.execute_script("return document.querySelector('.leaflet-popup').getBoundingClientRect().top") >= 50
        )
        assert complaints_of(driver) == []


def test_back_on_a_phone_closes_the_card_and_stays_on_the_page(page: Path) -> None:
    need_browser()
    with browser(390, 844, touch=True) as driver:
        open_page(driver, page)
        closed = (
            "return !document.querySelector('#detail h2') && document.getElementById('app').dataset.sheet === 'low'"
        )
        entries = driver.execute_script("return history.length")
        for opening in (
            "headwater.select('R-003'); headwater.select('S-001')",
            "document.querySelector('.tab').click()",
        ):
            driver.execute_script(opening)
            assert not driver.execute_script(closed)
            assert driver.execute_script("return history.length") == entries + 1
            driver.back()
            wait_for(driver, closed)
            assert driver.execute_script("return headwater.counts.sites") == 60
        # Closed by hand: nothing is left for Back to undo.
        driver.execute_script("headwater.select('R-003'); document.querySelector('#detail .close').click()")
        wait_for(driver, "return history.state === null")
        driver.execute_script("headwater.select('S-001')")
        wait_for(driver, "return history.state !== null && document.querySelector('#detail h2')")
        assert complaints_of(driver) == []


def test_without_scripts_the_overview_and_the_table_are_shown(page: Path) -> None:
    need_browser()
    with browser(scripts=False) as driver:
        driver.get(page.as_uri())
        assert driver.find_element(By.CSS_SELECTOR, "#map svg").is_displayed()
        assert driver.find_element(By.CSS_SELECTOR, "#legend .plain").is_displayed()
        rows = driver.find_elements(By.CSS_SELECTOR, "#table tr[data-site-id]")
        assert len(rows) == 60
        assert HOSTILE[0] in driver.find_element(By.ID, "table").text
        assert not driver.find_element(By.ID, "search").is_displayed()


def test_without_scripts_nothing_not_assessed_looks_clear(wide: Path) -> None:
    need_browser()
    with browser(scripts=False) as driver:
        driver.get(wide.as_uri())
        unknown = (widened()["sites"]["result"] == "not_assessed").sum()
        told = driver.find_element(By.ID, "legend").text
        assert f"未评估：{unknown} 个点位" in told and "假定保护区数据在外包凸壳内完整。" in told
        rows = [row.text for row in driver.find_elements(By.CSS_SELECTOR, "#table tr[data-site-id]")]
        left = [row for row in rows if "未评估" in row]
        assert len(left) == unknown
        assert all("未评估的规则：" in row and "不在保护区内" not in row and "无冲突" not in row for row in left)
        others = driver.find_element(By.ID, "table").text
        assert "保护区与断面的问题（4）" in others and others.count("Z-1-1 的记录不符") == 2


def test_a_phone_without_scripts_shows_blocks_below_the_map(page: Path) -> None:
    need_browser()
    with browser(390, 844, scripts=False, touch=True) as driver:
        driver.get(page.as_uri())
        title, drawn, row = (
            driver.find_element(By.CSS_SELECTOR, one).rect for one in ("h1", "#map svg", "#table tr[data-site-id]")
        )
        assert title["y"] + title["height"] <= drawn["y"]
        legend_of = driver.find_element(By.CSS_SELECTOR, "#legend .plain").rect
        assert legend_of["y"] - drawn["y"] - drawn["height"] < 60
        assert 340 < row["width"] <= 390
        told = driver.find_element(By.CSS_SELECTOR, "#table td.told").rect
        assert told["width"] > 340
        assert (
            driver.find_element(By.CSS_SELECTOR, "#table td.status").value_of_css_property("display") == "inline-block"
        )
        assert driver.find_element(By.CSS_SELECTOR, "body").rect["width"] <= 390


def test_one_site_without_anything_else_is_a_map(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    facts |= {
        "sites": facts["sites"].iloc[1:2],
        "answers": answers_of(facts["sites"].iloc[1:2]),
        "findings": facts["findings"].iloc[:0],
        "zones": facts["zones"].iloc[:0],
        "sections": facts["sections"].iloc[:0],
        "context": {},
    }
    path = tmp_path / "one.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    assert desktop.execute_script("return headwater.counts") == {
        "sites": 1,
        "zones": 0,
        "sections": 0,
        "findings": 0,
        "shown": 1,
    }
    assert "没有“保护区”数据" in text(desktop, "#legend")
    assert complaints_of(desktop) == []


def test_sites_without_a_position_are_in_the_table(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    facts["sites"].loc[5, ["lon", "lat"]] = None
    facts["sites"].loc[5, "geometry"] = None
    facts["sites"] = gpd.GeoDataFrame(facts["sites"], geometry="geometry", crs="EPSG:4326")
    assert shapely.is_missing(facts["sites"].geometry.to_numpy()[5])
    path = tmp_path / "unplaced.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('S-005')")
    assert "没有坐标" in text(desktop, "#detail")
    assert desktop.find_elements(By.CSS_SELECTOR, ".leaflet-popup") == []
