"""The drawer of the page in a real browser: positions, links, and what a site tells in reading order."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from gis.datum import bd09_from_wgs84, gcj02_from_wgs84
from gis.gauss_kruger import plane
from gis.photos import SmallPhoto
from layers.photos import NO_PHOTOS, Mention, Photos
from maps.assets import PAGE
from maps.inspection import inspection_map
from tests.browser import complaints_of, open_page, requests_of, wait_for
from tests.map_frames import HOSTILE, small, widened
from tests.page_fixtures import text, texts
from tests.projects import ROOT, headwater

CHANCE = np.random.default_rng(5)


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


# --- Reading order ----------------------------------------------------------------------------


def order_of(driver: WebDriver, *selectors: str) -> list[int]:
    """Where in the drawer the first of each selector stands; -1 where there is none."""
    script = """const all = [...document.querySelectorAll('#detail *')];
    return arguments[0].map((one) => all.indexOf(document.querySelector('#detail ' + one)))"""
    return driver.execute_script(script, list(selectors))  # type: ignore[no-any-return]


def test_the_drawer_reads_from_the_verdict_to_what_to_do(tmp_path: Path, desktop: WebDriver) -> None:
    facts = widened()
    facts["photos"] = photos([("R-000", "before", "a.jpg"), ("R-000", "after", "b.jpg")])
    show(desktop, tmp_path, facts, "R-000")
    places = order_of(
        desktop, ".verdict", ".finding .sentence", ".finding .note", ".finding .evidence", "dl", ".photos", ".history",
        ".others .finding", ".linked", ".zones", ".neighbours", ".every", ".place", ".raw", ".visits", ".doing",
    )  # fmt: skip
    assert -1 not in places and places == sorted(places)
    assert len(texts(desktop, "#detail > .finding")) == 1
    assert text(desktop, "#detail .zones .hit b") == "玉舍水库"
    assert "黔府函〔2016〕12号" in text(desktop, "#detail .zones") and "自 2012-01-01 起" in text(
        desktop, "#detail .zones"
    )
    assert complaints_of(desktop) == [] and requests_of(desktop) == []


def test_days_are_counted_from_the_inspection_and_stand_in_a_line(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    sites = facts["sites"]
    for site_id, status, deadline in (
        ("R-003", "behind", "2017-10-31"), ("R-006", "on_schedule", "2017-12-10"), ("R-009", "closed", "2017-10-31"),
        ("R-012", "behind", "2017-11-30"), ("R-015", "behind", None),
    ):  # fmt: skip
        sites.loc[sites["site_id"] == site_id, ["status", "deadline"]] = [status, deadline]
    sites.loc[sites["site_id"] == "R-009", ["completed_on", "accepted_on", "closed_on"]] = [
        "2017-10-02",
        "2017-10-09",
        "2017-12-15",
    ]
    sites["built_on"] = None
    sites.loc[sites["site_id"] == "S-010", "built_on"] = "2009-05-01"
    show(desktop, tmp_path, facts, "R-003")
    told = {}
    for site_id in ("R-003", "R-006", "R-009", "R-012", "R-015"):
        desktop.execute_script("headwater.select(arguments[0])", site_id)
        told[site_id] = "".join(texts(desktop, "#detail > dl"))
    assert "2017-10-31 · 已逾期 30 天" in told["R-003"] and "2017-12-10 · 剩 10 天" in told["R-006"]
    assert "2017-10-31" in told["R-009"] and "天" not in told["R-009"]
    assert "2017-11-30 · 当天到期" in told["R-012"] and "整改时限" not in told["R-015"]
    desktop.execute_script("headwater.select('R-009')")
    assert texts(desktop, "#detail .history li") == [
        "2009-05-01建成日期 · S-010", "2017-06-30首次发现", "2017-10-02完成日期", "2017-10-09验收日期", "2017-10-31整改时限",
        "2017-11-30检查（已销号）", "2017-12-15销号日期",
    ]  # fmt: skip
    assert texts(desktop, "#detail .history .now time") == ["2017-11-30"]
    assert texts(desktop, "#detail .history .coming time") == ["2017-12-15"]


def test_neighbours_are_the_nearest_others_in_true_metres(opened: WebDriver) -> None:
    sites = small()["sites"]
    own = sites.index[sites["site_id"] == "S-010"][0]
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:4544", always_xy=True)
    x, y = to_metres.transform(sites["lon"].to_numpy(), sites["lat"].to_numpy())
    away = np.hypot(x - x[own], y - y[own])
    # Lines and areas are measured to their outline; the others to their point.
    points = (sites.geometry.geom_type == "Point").to_numpy()
    tied = sites["site_id"].isin(sites.loc[sites["source_id"] == "S-010", "site_id"]).to_numpy()
    near = np.argsort(np.where(points & ~tied, away, np.inf))[1:6]
    opened.execute_script("headwater.select('S-010')")
    found = texts(opened, "#detail .neighbours .names small")
    shown = [told.split(" · ")[0] for told in found]
    assert 1 <= len(shown) <= 5
    expected = [sites["site_id"][at] for at in near if away[at] <= 2000]
    assert [one for one in shown if points[sites.index[sites["site_id"] == one][0]]] == expected[: len(shown)]
    metres = [float(one.removesuffix(" 米")) for one in texts(opened, "#detail .neighbours .away")]
    assert metres == sorted(metres)
    for told, one in zip(metres, shown, strict=True):
        at = sites.index[sites["site_id"] == one][0]
        assert not points[at] or abs(told - away[at]) < 1
    # What has the focus is not under what stays in sight.
    script = """const [hit, bar] = ['#detail .neighbours .hit', '#detail .doing'].map((one) => document.querySelector(one));
    hit.focus();
    return hit.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top"""
    assert opened.execute_script(script)
    opened.switch_to.active_element.send_keys(Keys.ENTER)
    assert shown[0] in text(opened, "#detail .kicker")


def test_position_can_be_copied_and_links_open_outside(opened: WebDriver) -> None:
    opened.execute_script("headwater.select('S-001')")
    lines = texts(opened, "#detail .place dd span")
    lon, lat = (float(one) for one in lines[0].split(", "))
    site = small()["sites"].set_index("site_id").loc["S-001"]
    assert abs(lon - site["lon"]) < 2e-6 and abs(lat - site["lat"]) < 2e-6
    assert re.fullmatch(r"26°\d\d′\d\d\.\d\d″N 104°\d\d′\d\d\.\d\d″E", lines[1])
    east, north = Transformer.from_crs("EPSG:4490", "EPSG:4544", always_xy=True).transform(lon, lat)
    assert lines[2] == f"X（北）{north:.1f}，Y（东）{east:.1f}"
    opened.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    for button, told in zip(opened.find_elements(By.CSS_SELECTOR, "#detail .place .copy"), lines[:2], strict=False):
        button.click()
        wait_for(opened, "return Boolean(window.copied)")
        assert opened.execute_script("const text = window.copied; window.copied = ''; return text") == told
    opened.find_element(By.CSS_SELECTOR, "#detail .doing > .copy").click()
    wait_for(opened, "return Boolean(window.copied)")
    assert "#" in (link := opened.execute_script("return window.copied")) and "S-001" in link
    opened.find_element(By.CSS_SELECTOR, "#detail .there summary").click()
    links = opened.find_elements(By.CSS_SELECTOR, "#detail .there a")
    assert [link.get_attribute("rel") for link in links] == ["noopener noreferrer"] * 4
    assert [(link.get_attribute("href") or "").split(":")[0] for link in links] == ["geo", "https", "https", "https"]
    assert "geo:" + f"{lat:.6f},{lon:.6f}?q=" in (links[0].get_attribute("href") or "")
    links[0].send_keys(Keys.ESCAPE)  # closes the menu, not the drawer
    assert opened.execute_script(
        "return !document.querySelector('#detail .there').open && document.body.matches('.selected')"
    )
    assert requests_of(opened) == [] and complaints_of(opened) == []


def test_long_texts_stay_in_a_box_and_nothing_runs_over(opened: WebDriver, phone: WebDriver, page: Path) -> None:
    opened.execute_script("headwater.select('R-000')")
    box, whole = opened.execute_script(
        "const one = document.querySelector('#detail dd.long'); return [one.clientHeight, one.scrollHeight]"
    )
    assert box < 300 < whole
    open_page(phone, page)
    for driver in (opened, phone):
        for site_id in ("R-000", "S-001", "D-0", "Z-0-1"):
            driver.execute_script("headwater.select(arguments[0])", site_id)
            assert driver.execute_script(
                "const one = document.querySelector('#detail'); return one.scrollWidth <= one.clientWidth"
            ), site_id


def test_what_to_do_is_in_sight_and_large_enough_for_a_thumb(phone: WebDriver, page: Path) -> None:
    open_page(phone, page)
    phone.execute_script("headwater.select('S-001')")
    script = """return [...document.querySelectorAll('#detail .doing > button, #detail .doing summary')].map((one) => {
      const box = one.getBoundingClientRect();
      return [box.height, box.width, innerHeight - box.bottom];
    })"""
    boxes = phone.execute_script(script)
    assert len(boxes) == 3
    for height, width, below in boxes:
        assert height >= 44 and width >= 60 and 0 <= below < 40


# --- Photos -----------------------------------------------------------------------------------


def small_jpeg(shade: int) -> SmallPhoto:
    sink = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 60, 60)).save(sink, "JPEG")
    return SmallPhoto(sink.getvalue(), 64, 48)


def photos(named: list[tuple[str, str, str]], lost: list[tuple[str, str, str]] | None = None) -> Photos:
    """Photos of remediation sites: (site, moment, name), and those that cannot be shown: (site, code, name)."""
    pictures = [(name, small_jpeg(at * 7 % 256)) for at, (_, _, name) in enumerate(named)]
    mentions = [
        Mention("remediation_sites", site, moment, name, at, "") for at, (site, moment, name) in enumerate(named)
    ]
    mentions += [Mention("remediation_sites", site, "", name, -1, code) for site, code, name in lost or []]
    return NO_PHOTOS._replace(pictures=pictures, mentions=mentions)


def show(driver: WebDriver, folder: Path, facts: dict[str, Any], site_id: str) -> None:
    path = folder / "output" / "inspection.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(driver, path)
    driver.execute_script("headwater.select(arguments[0])", site_id)
    if "photos" in facts:
        wait_for(driver, "return document.querySelectorAll('#detail .photos h3').length > 0")


def test_photos_of_a_site_are_shown_and_those_that_cannot_be_are_named(tmp_path: Path, desktop: WebDriver) -> None:
    named = [
        ("R-003", "before", "一.jpg"),
        ("R-000", "", HOSTILE[3]),
        ("R-000", "before", HOSTILE[1]),
        ("R-000", "after", HOSTILE[0]),
    ]
    lost = [
        ("R-000", "PHOTO_MISSING", HOSTILE[2]),
        ("R-000", "PHOTO_REFUSED", "../a.jpg"),
        ("R-006", "FILE_TIME", "慢.jpg"),
    ]
    show(desktop, tmp_path, small() | {"photos": photos(named, lost)}, "R-000")
    assert text(desktop, "#detail .photos h3") == "照片（5）"
    assert texts(desktop, "#detail .photos figcaption") == [f"整改前{HOSTILE[1]}", f"整改后{HOSTILE[0]}", HOSTILE[3]]
    wait_for(
        desktop, "return [...document.querySelectorAll('#detail .photos img')].every((one) => one.naturalWidth === 64)"
    )
    assert texts(desktop, "#detail .lost b") == [HOSTILE[2], "../a.jpg"]
    assert texts(desktop, "#detail .lost .quiet") == [
        "photos 文件夹里没有这张照片",
        "写法指向 photos 文件夹之外，没有打开",
    ]
    assert not desktop.find_elements(
        By.CSS_SELECTOR, "#detail a[href*='photos']"
    )  # no folder beside this page is known
    desktop.execute_script("headwater.select('R-006')")
    assert texts(desktop, "#detail .lost .quiet") == ["没有读出（FILE_TIME）"]
    for without in ("S-001", "R-009", "Z-0-1"):
        desktop.execute_script("headwater.select(arguments[0])", without)
        assert texts(desktop, "#detail .photos") == []
    assert desktop.execute_script("return window.hostile === undefined")
    assert requests_of(desktop) == [] and complaints_of(desktop) == []


def test_a_photo_is_opened_large_and_the_keyboard_goes_on(tmp_path: Path, desktop: WebDriver) -> None:
    named = [("R-000", "before", "a.jpg"), ("R-000", "after", "b.jpg"), ("R-000", "", "子/c #1.jpg")]
    show(desktop, tmp_path, small() | {"photos": photos(named), "photo_folder": "../photos/"}, "R-000")
    desktop.find_element(By.CSS_SELECTOR, "#detail .photo").send_keys(Keys.ENTER)
    assert texts(desktop, "#viewer figcaption span") == ["整改前 · a.jpg", "整改后 · b.jpg"]
    left, right = (one.rect for one in desktop.find_elements(By.CSS_SELECTOR, "#viewer img"))
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"] and left["width"] > 400
    links = [one.get_attribute("href") or "" for one in desktop.find_elements(By.CSS_SELECTOR, "#viewer a")]
    assert links == [(tmp_path / "photos" / name).as_uri() for name in ("a.jpg", "b.jpg")]
    assert "photos 文件夹" in text(desktop, "#viewer > p")
    desktop.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert texts(desktop, "#viewer figcaption span") == ["子/c #1.jpg"] and text(desktop, "#viewer header p") == "2 / 2"
    assert (
        desktop.find_element(By.CSS_SELECTOR, "#viewer a").get_attribute("href")
        == (tmp_path / "photos" / "子" / "c #1.jpg").as_uri()
    )
    desktop.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert len(texts(desktop, "#viewer img")) == 2
    desktop.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert desktop.execute_script(
        "return !document.getElementById('viewer').open && document.body.matches('.selected')"
    )
    assert desktop.execute_script("return document.activeElement === document.querySelector('#detail .photo')")
    assert requests_of(desktop) == [] and complaints_of(desktop) == []


def test_the_example_shows_its_photos_and_opens_the_originals(tmp_path: Path, desktop: WebDriver) -> None:
    folder = tmp_path / "例 子"
    shutil.copytree(
        ROOT / "examples" / "liupanshui", folder, ignore=shutil.ignore_patterns("output", ".headwater", "*.py")
    )
    done = headwater("run", folder, "--quiet")
    assert done.returncode == 0, done.stderr
    open_page(desktop, folder / "output" / "inspection.html")
    found = {}
    for site_id in ("Z-02", "Z-04", "Z-05", "Z-10"):
        desktop.execute_script("headwater.select(arguments[0])", site_id)
        wait_for(
            desktop,
            "const all = [...document.querySelectorAll('#detail .photos img')]; return all.length && all.every((one) => one.naturalWidth === 320)",
        )
        found[site_id] = texts(desktop, "#detail .photos figcaption")
    assert found["Z-02"] == ["整改前Z-02整改前.jpg", "整改后Z-02整改后.jpg"]
    assert found["Z-10"] == ["整改前Z-10_before.jpg", "整改后z-10_after.JPG"]
    desktop.find_element(By.CSS_SELECTOR, "#detail .photo").click()
    original = desktop.find_element(By.CSS_SELECTOR, "#viewer figure:last-child a").get_attribute("href")
    assert original is not None
    assert requests_of(desktop) == [] and complaints_of(desktop) == []
    desktop.get(original)
    assert desktop.execute_script("return document.images[0].naturalWidth") == 720
