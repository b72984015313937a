"""The page opens: nothing asked for, nothing complained of, with any data; and what its contract promises to programs."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import complaints_of, open_page, requests_of, wait_for
from tests.map_frames import HOSTILE, answers_of, large, small
from tests.page_fixtures import text, texts


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


def test_unknown_filters_and_ids_are_refused(opened: WebDriver) -> None:
    told = opened.execute_script("try { headwater.filter({colour: 'red'}); } catch (fault) { return fault.message; }")
    assert "colour" in told and "responsible_unit" in told
    assert "S-999" in opened.execute_script(
        "try { headwater.select('S-999'); } catch (fault) { return fault.message; }"
    )


def test_units_are_said_in_the_language_of_the_page(opened: WebDriver) -> None:
    scale = ".leaflet-control-scale-line"
    assert text(opened, scale).endswith((" 米", " 公里"))
    opened.execute_script("headwater.language('en')")
    assert text(opened, scale).endswith((" m", " km"))


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


def test_old_browsers_unpack_with_our_own_code(page: Path, desktop: WebDriver) -> None:
    old = {"source": "delete window.DecompressionStream; delete Uint8Array.fromBase64;"}
    added = desktop.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", old)  # type: ignore[attr-defined]
    try:
        open_page(desktop, page)
        assert desktop.execute_script("return typeof DecompressionStream") == "undefined"
        assert desktop.execute_script("return headwater.counts.findings") == 42
        heading = "headwater.select('R-000'); return document.querySelector('#detail h2').textContent"
        assert desktop.execute_script(heading) == HOSTILE[0]
    finally:
        desktop.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)  # type: ignore[attr-defined]


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


def test_what_is_asked_before_the_start_is_over_is_answered_at_once(tmp_path: Path, desktop: WebDriver) -> None:
    path = tmp_path / "early.html"
    path.write_text(inspection_map(**small()), encoding="utf-8")
    early = """
    new PerformanceObserver((list) => {
      if (!list.getEntriesByName('headwater:ready').length) return;
      headwater.select('S-001');
      window.early = [performance.getEntriesByName('headwater:complete').length, document.querySelector('#detail h2').textContent,
        document.querySelectorAll('#table [data-site-id]').length, document.querySelectorAll('#legend [data-facet]').length > 0];
    }).observe({ type: 'mark', buffered: true });
    """
    hook = desktop.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": early})
    try:
        open_page(desktop, path)
        assert wait_for(desktop, "return window.early") == [0, "窑上水库养殖场1号", 60, True]
    finally:
        desktop.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", hook)
    assert complaints_of(desktop) == []
