"""The drawer of the page in a real browser: positions, links, and what a site tells in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer
from selenium.webdriver.remote.webdriver import WebDriver

from gis.datum import bd09_from_wgs84, gcj02_from_wgs84
from gis.gauss_kruger import plane
from maps.assets import PAGE
from tests.browser import browser, need_browser

CHANCE = np.random.default_rng(5)


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


def run_module(driver: WebDriver, name: str, expression: str, *arguments: Any) -> Any:
    """What `expression` gives with the functions of a module of the page, outside of any page."""
    script = re.sub(r"^import .*\n|^export ", "", (PAGE / f"{name}.js").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return driver.execute_script(f"const given = arguments; {script}\nreturn {expression};", *arguments)


@pytest.mark.parametrize("code", ["EPSG:4544", "EPSG:4523", "EPSG:4507", "EPSG:32648", "EPSG:32748", "EPSG:25832"])
def test_the_plane_of_the_project_is_that_of_proj_to_a_millimetre(desktop: WebDriver, code: str) -> None:
    facts = plane(code)
    lon, lat = facts["lon0"] + CHANCE.uniform(-6, 6, 1000), CHANCE.uniform(-80, 80, 1000)
    asked = list(zip(lon.tolist(), lat.tolist(), strict=True))
    found = run_module(desktop, "position", "given[1].map((at) => transverseMercator(given[0], ...at))", facts, asked)
    datum = {"EPSG:25832": "EPSG:4258", "EPSG:32648": "EPSG:4326", "EPSG:32748": "EPSG:4326"}.get(code, "EPSG:4490")
    east, north = Transformer.from_crs(datum, code, always_xy=True).transform(lon, lat)
    assert np.abs(np.array([one["east"] for one in found]) - east).max() < 0.001
    assert np.abs(np.array([one["north"] for one in found]) - north).max() < 0.001


def test_auto_is_the_zone_of_each_place_in_cgcs2000(desktop: WebDriver) -> None:
    lon, lat = CHANCE.uniform(73.5, 136.4, 1000), CHANCE.uniform(3, 54, 1000)
    asked = list(zip(lon.tolist(), lat.tolist(), strict=True))
    script = "given[1].map((at) => { const one = planeAt(given[0], at[0]); return [one.code, transverseMercator(one, ...at)]; })"
    found = run_module(desktop, "position", script, plane("auto"), asked)
    assert {code for code, _ in found} == {f"EPSG:{code}" for code in range(4534, 4555)}
    for (code, one), x, y in zip(found, lon, lat, strict=True):
        east, north = Transformer.from_crs("EPSG:4490", code, always_xy=True).transform(x, y)
        assert abs(one["east"] - east) < 0.001 and abs(one["north"] - north) < 0.001
        assert 330_000 < one["east"] < 670_000
    assert run_module(desktop, "position", "planeAt(given[0], -84.5)", plane("auto")) is None
    assert run_module(desktop, "position", "planeAt(given[0], 114)", plane("EPSG:2435")) is None


def test_offsets_are_those_of_the_datum_module(desktop: WebDriver) -> None:
    lon, lat = CHANCE.uniform(60, 145, 1000), CHANCE.uniform(-5, 60, 1000)
    asked = list(zip(lon.tolist(), lat.tolist(), strict=True))
    for function, ours in (("toGcj02", gcj02_from_wgs84), ("toBd09", bd09_from_wgs84)):
        found = np.array(run_module(desktop, "position", f"given[0].map((at) => {function}(...at))", asked))
        assert np.abs(found - np.column_stack(ours(lon, lat))).max() < 1e-9
    inside = [[x, y] for x, y in asked if 73 < x < 135 and 4 < y < 53]
    back = run_module(desktop, "position", "given[0].map((at) => fromGcj02(...toGcj02(...at)))", inside)
    assert len(inside) > 300 and np.abs(np.array(back) - inside).max() < 1e-8


def test_degrees_minutes_and_seconds_never_say_sixty(desktop: WebDriver) -> None:
    places = {
        (104.831203, 26.592001): "26°35′31.20″N 104°49′52.33″E",
        (-84.9999999, -0.5): "0°30′00.00″S 85°00′00.00″W",
        (104.99999, 59.9999999): "60°00′00.00″N 104°59′59.96″E",
        (9.0, 1 / 60 - 1e-9): "0°01′00.00″N 9°00′00.00″E",
    }
    for (lon, lat), told in places.items():
        assert run_module(desktop, "position", "dms(...given)", lon, lat) == told


def test_links_give_each_map_its_own_datum_and_no_name_ends_its_place(desktop: WebDriver) -> None:
    name = "玉舍&name=x#?/\"'()<>\ud83d\udca7" + "长" * 200
    links = {
        one["key"]: one["href"] for one in run_module(desktop, "position", "goLinks(...given)", 104.8, 26.47, name)
    }
    assert list(links) == ["go.geo", "go.amap", "go.baidu", "go.apple"]
    assert links["go.geo"].startswith("geo:26.470000,104.800000?q=26.470000,104.800000(%E7%8E%89")
    (x,), (y,) = gcj02_from_wgs84(np.array([104.8]), np.array([26.47]))
    assert f"?position={x:.6f},{y:.6f}&name=%E7" in links["go.amap"] and "coordinate=gaode" in links["go.amap"]
    assert f"?ll={y:.6f},{x:.6f}&q=%E7" in links["go.apple"]
    (x,), (y,) = bd09_from_wgs84(np.array([104.8]), np.array([26.47]))
    assert f"?location={y:.6f},{x:.6f}&title=%E7" in links["go.baidu"] and "coord_type=bd09ll" in links["go.baidu"]
    for href in links.values():
        assert not re.search(r"""[<>"'#\s\\]|name=x""", href) and len(href) < 1500
    assert run_module(desktop, "position", "inAddress('\\ud83d')") == "%EF%BF%BD"
