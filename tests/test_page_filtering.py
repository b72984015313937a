"""Filters, legend and header change map, table and counts together."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import complaints_of, open_page, wait_for
from tests.map_frames import UNITS, small
from tests.page_fixtures import legend_count, orange_pixels, pixels, text, texts


def test_a_filter_changes_map_table_legend_and_counts_together(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({})")  # drawn in one go, as after the filters below
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


def test_two_figures_together_find_the_violation_whose_remedy_is_overdue(desktop: WebDriver, tmp_path: Path) -> None:
    facts = small()
    sites = facts["sites"]
    about = sites[sites["layer"] == "remediation_sites"].set_index("source_id")
    sources = sites.index[(sites["layer"] == "pollution_sources") & sites["site_id"].isin(about.index)]
    for name in ("status", "overdue", "deadline"):
        sites.loc[sources, name] = about.loc[sites.loc[sources, "site_id"], name].to_numpy()
    # The source is in violation; of its remediation site only the delay is known.
    sites.loc[sites["layer"] == "remediation_sites", "result"] = "check"
    wanted = set(sites.loc[(sites["overdue"] == True) & (sites["result"] == "violation"), "site_id"])  # noqa: E712
    path = tmp_path / "together.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    for first, second in (("overdue", "violations"), ("violations", "overdue")):
        open_page(desktop, path)
        press(desktop, first)
        press(desktop, second)
        assert set(texts(desktop, "[data-site-id] .cell.site_id")) == wanted != set()
        assert pressed(desktop) == ["violations", "overdue"]
    # Without the second the first counts as its number says again.
    press(desktop, "violations")
    assert desktop.execute_script("return headwater.counts.shown") == int(text(desktop, "#numbers .overdue b"))
    assert pressed(desktop) == ["overdue"]
    press(desktop, "overdue")
    assert desktop.execute_script("return headwater.counts.shown") == len(sites)
    # Two results chosen in the legend stay as they are.
    desktop.execute_script("headwater.filter({result: ['violation', 'check']})")
    press(desktop, "overdue")
    assert pressed(desktop) == ["violations", "checks", "overdue"]
    assert desktop.execute_script("return headwater.counts.shown") > len(wanted)


def test_what_is_filtered_is_named_above_the_legend_and_let_go_one_by_one(opened: WebDriver) -> None:
    unit = UNITS[0]
    opened.execute_script("headwater.filter({result: ['violation', 'check'], unit: arguments[0], text: 'S'})", unit)
    assert texts(opened, ".narrowed .chip") == ["判定结果：违规、待核查 ×", f"责任单位：{unit} ×", "搜索“S” ×"]
    opened.find_element(By.CSS_SELECTOR, ".chip[data-chip=responsible_unit]").click()
    assert texts(opened, ".narrowed .chip") == ["判定结果：违规、待核查 ×", "搜索“S” ×"]
    assert "unit=" not in opened.execute_script("return location.hash")
    opened.execute_script("headwater.filter({text: 'nothing has this'})")
    assert texts(opened, ".narrowed .chip") == []
    assert len(texts(opened, "#legend .loosen")) == 1


def press(driver: WebDriver, figure: str) -> None:
    driver.find_element(By.CSS_SELECTOR, f"#numbers .{figure}").click()


def pressed(driver: WebDriver) -> list[str]:
    script = "return [...document.querySelectorAll('.figure[aria-pressed=true]')].map((one) => one.dataset.figure)"
    return list(driver.execute_script(script))


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


def test_layers_can_be_hidden(opened: WebDriver) -> None:
    level_one = (11, 79, 138, ".leaflet-ground-pane canvas")
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
