"""The table: groups, headings in sight, both ways to the map, virtual with many rows; and files of exactly what is shown."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from gis.write import write_csv
from layers.sites import SITE_COLUMNS
from maps.answers import with_unknown_levels
from maps.assets import page_words
from maps.inspection import inspection_map
from maps.payload import plain_texts
from maps.style import word_tables
from tests.browser import complaints_of, need_browser, wait_for
from tests.map_frames import HOSTILE, in_districts, large, small
from tests.page_fixtures import open_anew, text, texts

TRICKY = (
    "=1+1", "+8613800000000", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "  =cmd|' /C calc'!A0", "＝1＋1", "a,b", 'say "so"', "two\r\nlines", " blank ",
    "001234", "520201199001011234", "2017-11-30", "1/2", "12:30", "3e5", "1.2.3", "SEPT1", "104.83", "\U0001f4a7水", "\ufeffbom", "'quoted", "constructor", "trailing\n", "done;=1+1", "a\t@x", "b; ＝2", "c;d",
)  # fmt: skip
AS_TEXT = ("001234", "520201199001011234", "2017-11-30", "1/2", "12:30", "3e5", "1.2.3", "SEPT1")
GROUP = (
    "const one = document.querySelector('.grouping'); one.value = arguments[0]; one.dispatchEvent(new Event('change'))"
)
CATCH = """window.caught = [];
const made = URL.createObjectURL;
URL.createObjectURL = (blob) => { blob.text().then((text) => blob.arrayBuffer().then((bytes) => caught.push({
  type: blob.type, text, bytes: [...new Uint8Array(bytes).subarray(0, 8)], name: document.querySelector('a[download]')?.download ?? window.savedAs}))); return made.call(URL, blob); };
HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };"""


def facts() -> dict[str, Any]:
    found = in_districts(small(names=HOSTILE))
    sites = found["sites"]
    sites["备注"] = [TRICKY[place % len(TRICKY)] for place in range(len(sites))]
    sites["=1+1 <b>"] = "x"
    sites["findings"] = "the agency's own"
    holed = shapely.box(104.7, 26.4, 104.75, 26.45) - shapely.box(104.71, 26.41, 104.72, 26.42)
    sites.loc[20, "geometry"] = shapely.MultiPolygon([holed, shapely.box(104.8, 26.4, 104.81, 26.41)])
    sites.loc[11, "geometry"] = shapely.Point(sites.lon[11], sites.lat[11])
    sites.loc[30, ["lon", "lat"]] = np.nan
    sites.loc[30, "geometry"] = None
    sites["share_in_zones"] = np.linspace(0, 1, len(sites)).round(3)
    return found


@pytest.fixture(scope="module")
def given() -> dict[str, Any]:
    return facts()


@pytest.fixture(scope="module")
def file(given: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("table") / "inspection.html"
    path.write_text(inspection_map(**given), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("many") / "inspection.html"
    path.write_text(inspection_map(**large(sites=100_000, zones=30, vertices=20)), encoding="utf-8")
    return path


@pytest.fixture
def tabled(desktop: WebDriver, file: Path) -> Iterator[WebDriver]:
    open_anew(desktop, file)
    desktop.execute_script("document.querySelector('.tablebar').click()")
    yield desktop
    assert complaints_of(desktop) == []


@pytest.fixture(scope="module")
def site_texts(given: dict[str, Any]) -> pd.DataFrame:
    """The sites as the page is told of them, all as text."""
    sites = with_unknown_levels(given["sites"], given["answers"], given["run"]["rules"])
    return pd.DataFrame(
        {name: plain_texts(sites[name]) for name in sites.columns if name not in ("geometry", "lon", "lat")}
    )


def exported(driver: WebDriver, kind: str) -> dict[str, Any]:
    """The file that a click on this line of the menu makes."""
    driver.execute_script(CATCH)
    driver.find_element(By.CSS_SELECTOR, ".export summary").click()
    wait_for(driver, "return document.querySelector('.exports').children.length > 0")
    driver.find_element(By.CSS_SELECTOR, f'[data-export="{kind}"]').click()
    return wait_for(driver, "return window.caught[0]")  # type: ignore[no-any-return]


def rows_of(told: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(told.removeprefix("\ufeff"), newline="")))


def lines(driver: WebDriver) -> int:
    return int(driver.execute_script("return document.querySelector('.scroller').getAttribute('aria-rowcount')")) - 1


def order_in_table(driver: WebDriver) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll('.rows [data-site-id]')].sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top)).map((one) => one.dataset.siteId)"
    )  # type: ignore[no-any-return]


def test_groups_have_their_counts_and_the_worst_and_fold(tabled: WebDriver, given: dict[str, Any]) -> None:
    sites = given["sites"]
    names = given["context"]["districts"]["name"]
    groups = {
        "responsible_unit": sites["responsible_unit"], "status": sites["status"].fillna(""), "kind": sites["kind"],
        "district": pd.Series([names[row] if row >= 0 else "" for row in given["districts_of"]]),
    }  # fmt: skip
    offered = tabled.execute_script("return [...document.querySelector('.grouping').options].map((one) => one.value)")
    assert offered == ["", "responsible_unit", "strictest_level", "district", "status", "kind"]
    for name, column in groups.items():
        tabled.execute_script(GROUP, name)
        heads = tabled.execute_script(
            "return [...document.querySelectorAll('.rows .group')].map((one) => [one.dataset.group, one.querySelector('.count').textContent, one.querySelector('.worst').className.split(' ')[1], one.querySelector('.worst').textContent.match(/\\d+/)[0]])"
        )
        seen = {}
        for value, own in sites.groupby(column)["result"]:
            worst = next(one for one in ("violation", "check", "not_assessed", "clear") if (own == one).any())
            seen[value] = [str(len(own)), worst, str((own == worst).sum())]
        shown = {value: rest for value, *rest in heads}
        assert shown.items() <= seen.items() and shown, name
    tabled.execute_script(GROUP, "district")
    first, second = texts(tabled, ".rows .group b")[0], lines(tabled)
    tabled.find_element(By.CSS_SELECTOR, ".rows .group").click()
    assert tabled.find_element(By.CSS_SELECTOR, ".rows .group").get_attribute("aria-expanded") == "false"
    assert texts(tabled, ".rows .group b")[0] == first
    assert lines(tabled) < second
    assert (
        int(tabled.find_element(By.CSS_SELECTOR, ".scroller").get_attribute("aria-rowcount"))
        == 61 + groups["district"].nunique() - (groups["district"] == first).sum()
    )


def test_the_heading_of_the_group_one_is_in_stays_in_sight(tabled: WebDriver) -> None:
    tabled.execute_script(GROUP, "responsible_unit")
    assert not tabled.find_element(By.CSS_SELECTOR, ".stuck").is_displayed()
    tabled.execute_script("document.querySelector('.scroller').scrollTop = 32 * 17")
    wait_for(tabled, "return !document.querySelector('.stuck').hidden")
    inside = """const top = document.querySelector('.stuck .row').getBoundingClientRect(); const under = [...document.querySelectorAll('.rows .row')]
      .filter((one) => one.getBoundingClientRect().top < top.bottom).sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top)).at(-1);
    const head = [...document.querySelectorAll('.rows .group')].filter((one) => parseFloat(one.style.top) <= document.querySelector('.scroller').scrollTop).at(-1);
    return [document.querySelector('.stuck b').textContent, head.querySelector('b').textContent, top.top - document.querySelector('.row.head').getBoundingClientRect().bottom]"""
    stuck, own, away = tabled.execute_script(inside)
    assert stuck == own and abs(away) <= 1
    tabled.execute_script("document.querySelector('.stuck .group').click()")
    wait_for(tabled, "return document.querySelector('.rows .group[aria-expanded=false]')")
    assert text(tabled, ".rows .group[aria-expanded=false] b") == own


def test_the_map_and_the_table_show_each_other(tabled: WebDriver, given: dict[str, Any]) -> None:
    sites = given["sites"]
    tabled.execute_script(GROUP, "responsible_unit")
    unit = sites.loc[9, "responsible_unit"]
    tabled.execute_script(
        "[...document.querySelectorAll('.rows .group')].find((one) => one.dataset.group === arguments[0])?.click()",
        unit,
    )
    tabled.execute_script("headwater.select('R-009')")  # unfolds its group and scrolls to it
    wait_for(tabled, "return document.querySelector('.row.chosen')?.dataset.siteId === 'R-009'")
    seen = "const row = document.querySelector('.row.chosen').getBoundingClientRect(), all = document.querySelector('.scroller').getBoundingClientRect(); return row.top >= all.top + 64 && row.bottom <= all.bottom"
    assert tabled.execute_script(seen)
    tabled.find_element(By.CSS_SELECTOR, "#detail .close").click()
    tabled.execute_script(GROUP, "")
    tabled.execute_script(
        "map_inspection.setView([arguments[0], arguments[1]], 16, {animate: false})", sites.lat[9], sites.lon[9]
    )
    tabled.execute_script("headwater.filter({text: 'R-009'})")
    hover = """const map = map_inspection, at = map.latLngToContainerPoint([arguments[0], arguments[1]]), box = map.getContainer().getBoundingClientRect();
    map.getContainer().dispatchEvent(new MouseEvent('mousemove', {bubbles: true, clientX: box.left + at.x + arguments[2], clientY: box.top + at.y}));"""
    tabled.execute_script(hover, sites.lat[9], sites.lon[9], 0)
    assert tabled.execute_script(
        "return [...document.querySelectorAll('.row.hovered')].map((one) => one.dataset.siteId)"
    ) == ["R-009"]
    tabled.execute_script(hover, sites.lat[9], sites.lon[9], 200)
    assert texts(tabled, ".row.hovered") == []
    tabled.find_element(By.CSS_SELECTOR, '.rows [data-site-id="R-009"]').click()
    assert "R-009" in text(tabled, "#detail .kicker")


def test_lines_are_walked_by_keys_and_groups_fold_by_enter(tabled: WebDriver) -> None:
    tabled.execute_script(GROUP, "district")
    tabled.execute_script("document.querySelector('.scroller').focus()")
    tabled.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert tabled.execute_script("return document.activeElement.dataset.group !== undefined")
    rows = lines(tabled)
    tabled.switch_to.active_element.send_keys(Keys.ENTER)
    assert tabled.execute_script("return document.activeElement.getAttribute('aria-expanded')") == "false"
    assert lines(tabled) < rows
    tabled.switch_to.active_element.send_keys(Keys.ENTER, Keys.ARROW_DOWN)
    site = tabled.execute_script("return document.activeElement.dataset.siteId")
    tabled.switch_to.active_element.send_keys(Keys.ENTER)
    assert site in text(tabled, "#detail .kicker")


def test_a_hundred_thousand_lines_are_few_elements_and_all_reachable(desktop: WebDriver, many: Path) -> None:
    open_anew(desktop, many)
    desktop.execute_script("document.querySelector('.tablebar').click()")
    for group in ("", "responsible_unit", "strictest_level"):
        desktop.execute_script(GROUP, group)
        all_lines = lines(desktop)
        headings = {"": 0, "responsible_unit": 120, "strictest_level": 5}[group]
        assert all_lines == 100_000 + headings
        for share in (0, 0.37, 0.99, 1):
            desktop.execute_script(
                "const one = document.querySelector('.scroller'); one.scrollTop = one.scrollHeight * arguments[0]; one.dispatchEvent(new Event('scroll'))",
                share,
            )
            places = desktop.execute_script(
                "const all = document.querySelector('.scroller').getBoundingClientRect(); return [...document.querySelectorAll('.rows .row')].filter((one) => { const box = one.getBoundingClientRect(); return box.bottom > all.top + 32 && box.top < all.bottom; }).map((one) => Number(one.getAttribute('aria-rowindex')) - 2)"
            )
            assert places and len(texts(desktop, ".rows .row")) < 60
            assert sorted(places) == list(range(min(places), max(places) + 1)) and len(places) >= 8
            assert abs(min(places) - share * all_lines) < 0.02 * all_lines + 12
        assert max(places) == all_lines - 1
    assert complaints_of(desktop) == []


def test_sorting_by_any_column_both_ways(tabled: WebDriver, site_texts: pd.DataFrame) -> None:
    for name in ("site_id", "deadline", "responsible_unit", "violations", "status", "name"):
        for direction in ("ascending", "descending"):
            tabled.find_element(By.CSS_SELECTOR, f".row.head .{name} button").click()
            assert tabled.find_element(By.CSS_SELECTOR, f".row.head .{name}").get_attribute("aria-sort") == direction
            ids = order_in_table(tabled)
            assert sorted(ids) == sorted(site_texts["site_id"])
            if name in ("site_id", "deadline"):
                column = site_texts.set_index("site_id", drop=False)[name]
                values = [column[one] for one in ids]
                filled = [one for one in values if one]
                assert values == sorted(filled, reverse=direction == "descending") + [""] * (len(values) - len(filled))


def test_csv_holds_exactly_the_shown_sites_as_given_in_the_order_of_the_table(
    tabled: WebDriver, given: dict[str, Any], site_texts: pd.DataFrame, tmp_path: Path
) -> None:
    tabled.execute_script("headwater.filter({result: ['violation', 'check'], layer: ['pollution_sources']})")
    tabled.execute_script(GROUP, "kind")
    tabled.find_element(By.CSS_SELECTOR, ".row.head .site_id button").click()
    order = order_in_table(tabled)
    tabled.find_element(By.CSS_SELECTOR, ".rows .group").click()  # what is folded is shown all the same
    saved = exported(tabled, "csv")
    assert saved["bytes"][:3] == [0xEF, 0xBB, 0xBF] and saved["type"] == "text/csv"
    heading, *rows = rows_of(saved["text"])
    write_csv(given["sites"][list(SITE_COLUMNS)], tmp_path / "sites.csv")
    assert heading[: len(SITE_COLUMNS)] == (tmp_path / "sites.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert sorted(heading) == sorted([*site_texts.columns, "lon", "lat"])
    assert [row[heading.index("site_id")] for row in rows] == order
    assert len(rows) == tabled.execute_script("return headwater.counts.shown") > 10
    by_id = site_texts.set_index("site_id", drop=False)
    for row in rows:
        told = dict(zip(heading, row, strict=True))
        for name in site_texts.columns:
            assert told[name] == by_id.loc[told["site_id"], name], (told["site_id"], name)
    assert re.fullmatch(r"[^<>/\\|:*?\"]+_2017-11-30_\d+\.csv", saved["name"])


def test_positions_in_files_are_those_of_the_data_to_a_decimetre(tabled: WebDriver, given: dict[str, Any]) -> None:
    heading, *rows = rows_of(exported(tabled, "csv")["text"])
    sites = given["sites"].set_index("site_id")
    for row in rows:
        told = dict(zip(heading, row, strict=True))
        for name in ("lon", "lat"):
            value = sites.loc[told["site_id"], name]
            assert (told[name] == "") if pd.isna(value) else abs(float(told[name]) - value) < 1.5e-6


# What people read as words of a table, not as the codes that programs read.
IN_WORDS = {
    "layer": "layers", "kind": "kinds", "result": "results", "severity": "severities", "status": "statuses",
    "overdue": "overdue", "strictest_level": "levels", "change": "changes",
}  # fmt: skip


def test_a_spreadsheet_runs_nothing_and_changes_nothing(
    tabled: WebDriver, given: dict[str, Any], site_texts: pd.DataFrame
) -> None:
    saved = exported(tabled, "excel")
    heading, *rows = rows_of(saved["text"])
    ours = {
        entry["zh"]: key.removeprefix("column.") for key, entry in page_words().items() if key.startswith("column.")
    }
    plain = [ours.get(one, one.removeprefix("'")) for one in heading]
    assert sorted(plain) == sorted([*site_texts.columns, "lon", "lat"]) and "'=1+1 <b>" in heading
    assert {"编号", "判定结果", "整改状态", "责任单位"} <= set(heading)
    by_id = site_texts.set_index("site_id", drop=False)
    words = word_tables(given["run"])
    own = {"lon", "lat", "violations", "checks", "not_assessed"}
    kept, neutral = set(), set()
    for row in rows:
        told = dict(zip(plain, row, strict=True))
        for name, cell in told.items():
            if name in own:
                assert re.fullmatch(r"(-?\d+(\.\d+)?)?", cell)
                continue
            given_text = by_id.loc[told["site_id"], name]
            if name == "not_assessed_why":
                reasons = [page_words()[f"why.{code}"]["zh"] for code in given_text.split(";") if code]
                assert cell == "; ".join(reasons)
                continue
            if name in IN_WORDS:
                assert cell == words[IN_WORDS[name]].get(given_text, {"zh": ""})["zh"] or not given_text, (name, cell)
                continue
            shown = re.fullmatch(r'="([\dA-Za-z:./+T -]*)"', cell)
            if shown:
                kept.add(shown[1])
                assert shown[1] == given_text
            elif cell != given_text:
                neutral.add(given_text)
                behind = re.sub(r"([;\t]\s*)(?=[=+\-@＝＋－＠])", r"\1'", given_text)
                assert cell in (behind, "'" + behind)
            assert shown or not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", cell), cell
    assert kept >= set(AS_TEXT) and set(TRICKY[:9]) <= neutral
    assert "104.83" not in kept
    assert rows_of(saved["text"]) and saved["name"].endswith("-excel.csv")
    assert {"done;'=1+1", "a\t'@x", "b; '＝2", "c;d"} <= {cell for row in rows for cell in row}


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_spreadsheet_that_splits_elsewhere_runs_nothing(tabled: WebDriver, between: str) -> None:
    """Where the comma is the decimal sign, spreadsheets split at semicolons, whatever is quoted between commas."""
    text = exported(tabled, "excel")["text"].removeprefix("\ufeff")
    cells = [cell for line in text.splitlines() for cell in line.split(between)[1:]]
    assert len(cells) > 3
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@＝＋－＠]", cell)]


def test_geojson_has_geometry_columns_and_findings(
    tabled: WebDriver, given: dict[str, Any], site_texts: pd.DataFrame
) -> None:
    collection = json.loads(exported(tabled, "geojson")["text"])
    assert collection["type"] == "FeatureCollection" and len(collection["features"]) == 60
    sites, findings = given["sites"].set_index("site_id", drop=False), given["findings"]
    texts_by_id = site_texts.set_index("site_id", drop=False)
    told = {feature["properties"]["site_id"]: feature for feature in collection["features"]}
    assert [feature["properties"]["site_id"] for feature in collection["features"]] == order_in_table(tabled)
    for site_id, feature in told.items():
        properties = feature["properties"]
        for name in site_texts.columns:
            expected = texts_by_id.loc[site_id, name]
            value = properties[name]
            assert ("" if value is None else str(value)) == expected, (site_id, name)
        own = findings[(findings["subject_id"] == site_id) & (findings["subject_layer"] == properties["layer"])]
        assert [one["rule_id"] for one in properties["headwater_findings"]] == own["rule_id"].tolist()
        assert [one["text_zh"] for one in properties["headwater_findings"]] == own["text_zh"].tolist()
        assert [one["margin_m"] for one in properties["headwater_findings"]] == own["margin_m"].tolist()
        geometry = sites.loc[site_id, "geometry"]
        if geometry is None:
            assert feature["geometry"] is None and "lon" not in properties
            continue
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.geom_type == geometry.geom_type and shape.is_valid
        assert shapely.hausdorff_distance(shape, geometry) < 3e-6
    frame = gpd.GeoDataFrame.from_features(collection["features"], crs="EPSG:4326")
    assert frame.geometry.notna().sum() == 59


def test_an_empty_selection_says_so_and_makes_no_file(tabled: WebDriver) -> None:
    tabled.execute_script(CATCH)
    tabled.execute_script("headwater.filter({text: 'no such thing'})")
    tabled.find_element(By.CSS_SELECTOR, ".export summary").click()
    wait_for(tabled, "return document.querySelector('.exports').children.length > 0")
    assert "没有可导出" in text(tabled, ".exports") and texts(tabled, "[data-export]") == []
    tabled.execute_script("headwater.language('en')")
    assert tabled.execute_script("return caught.length") == 0


def test_the_menu_is_left_by_escape_and_by_going_on(tabled: WebDriver) -> None:
    tabled.execute_script("headwater.select('S-001')")
    summary = tabled.find_element(By.CSS_SELECTOR, ".export summary")
    summary.click()
    assert tabled.find_element(By.CSS_SELECTOR, ".exports").is_displayed()
    summary.send_keys(Keys.ESCAPE)
    assert not tabled.find_element(By.CSS_SELECTOR, ".exports").is_displayed()
    assert texts(tabled, "#detail h2")  # what is open stays open
    summary.click()
    tabled.execute_script("document.querySelector('.row.head button').focus()")
    wait_for(tabled, "return !document.querySelector('.export').open")


def test_a_real_download_arrives(tabled: WebDriver, tmp_path: Path) -> None:
    tabled.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})  # type: ignore[attr-defined]
    tabled.execute_script("headwater.filter({result: 'violation'})")
    tabled.find_element(By.CSS_SELECTOR, ".export summary").click()
    wait_for(tabled, "return document.querySelector('.exports').children.length > 0")
    tabled.find_element(By.CSS_SELECTOR, '[data-export="csv"]').click()
    until = time.monotonic() + 20
    while not (files := list(tmp_path.glob("*.csv"))) and time.monotonic() < until:
        time.sleep(0.05)
    (file,) = files
    assert len(rows_of(file.read_text("utf-8-sig"))) == 1 + tabled.execute_script("return headwater.counts.shown")


def test_a_phone_groups_exports_and_shares(phone: WebDriver, file: Path) -> None:
    open_anew(phone, file)
    phone.execute_script(CATCH)
    phone.execute_script(
        "window.shared = []; navigator.canShare = ({files}) => files.every((one) => one.type === 'text/csv');"
        "navigator.share = async ({files}) => { shared.push([files[0].name, await files[0].text()]); };"
    )
    phone.execute_script(
        "document.getElementById('app').dataset.sheet = 'full'; document.querySelector('.tab').click()"
    )
    phone.execute_script(GROUP, "responsible_unit")
    wait_for(phone, "return document.getElementById('sheet').offsetHeight > innerHeight * 0.8")
    for selector in (".grouping", ".export summary", ".rows .group"):
        assert (
            phone.execute_script("return document.querySelector(arguments[0]).getBoundingClientRect().height", selector)
            >= 44
        )
    phone.find_element(By.CSS_SELECTOR, ".export summary").click()
    wait_for(phone, "return document.querySelector('.exports').children.length > 0")
    box = phone.execute_script(
        "const {left, right, top, bottom} = document.querySelector('.exports').getBoundingClientRect(); return [left, innerWidth - right, top, innerHeight - bottom]"
    )
    assert min(box) >= 0
    offered = phone.execute_script(
        "return [...document.querySelectorAll('[data-export]')].map((one) => one.dataset.export)"
    )
    assert offered == ["csv", "excel", "geojson", "share-csv", "share-excel"]
    phone.find_element(By.CSS_SELECTOR, '[data-export="share-csv"]').click()
    name, told = wait_for(phone, "return shared[0]")
    assert name.endswith(".csv") and len(rows_of(told)) == 61
    # Where sharing fails, the file is saved.
    phone.execute_script("navigator.share = async () => { throw new Error('refused'); }")
    phone.find_element(By.CSS_SELECTOR, ".export summary").click()
    phone.find_element(By.CSS_SELECTOR, '[data-export="share-csv"]').click()
    assert wait_for(phone, "return window.caught[0]")["text"] == told
    assert complaints_of(phone) == []
