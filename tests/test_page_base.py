"""The base map: none by default and never an empty page; tiles in the page, from this computer, or online on demand."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from gis.datum import gcj02_from_wgs84
from gis.faults import InputError
from gis.read import read_tiles
from gis.tiles import tile_number, tiles_within
from layers.base_map import base_map, ground
from layers.project import ProjectError, read_project
from maps.base import Ground, base_island, hosts_of
from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.map_frames import answers_of, small
from tests.tile_sets import place_of, plain_tile, pmtiles, tiles_around, vector_tile, write_folder

HERE = (104.80, 26.47)
BOX = (104.75, 26.42, 104.85, 26.52)
GREY, BLUE = (120, 130, 140), (20, 40, 220)
# Of the red pixels of the base canvas the middle, as longitude and latitude; null where there is none.
RED = """const canvas = document.querySelector('.leaflet-ground-pane canvas'); const ratio = canvas.width / parseFloat(canvas.style.width);
const copy = document.createElement('canvas'); copy.width = canvas.width; copy.height = canvas.height;
const brush = copy.getContext('2d', {willReadFrequently: true}); brush.drawImage(canvas, 0, 0);
const {data, width} = brush.getImageData(0, 0, canvas.width, canvas.height);
let [n, x, y] = [0, 0, 0];
for (let at = 0; at < data.length; at += 4) if (data[at] > 200 && data[at + 1] < 120 && data[at + 2] < 120 && data[at + 3] > 200) {
  n += 1; x += (at / 4) % width + 0.5; y += Math.floor(at / 4 / width) + 0.5; }
if (!n) return null;
const frame = map_inspection.getContainer().getBoundingClientRect(); const own = canvas.getBoundingClientRect();
const place = map_inspection.containerPointToLatLng([x / n / ratio + own.left - frame.left, y / n / ratio + own.top - frame.top]);
return [place.lng, place.lat, n]"""
COUNT = """const canvas = document.querySelector('.leaflet-ground-pane canvas');
const copy = document.createElement('canvas'); copy.width = canvas.width; copy.height = canvas.height;
const brush = copy.getContext('2d', {willReadFrequently: true}); brush.drawImage(canvas, 0, 0);
const {data} = brush.getImageData(0, 0, canvas.width, canvas.height); let n = 0;
for (let at = 0; at < data.length; at += 4) if (Math.abs(data[at] - arguments[0]) + Math.abs(data[at + 1] - arguments[1]) + Math.abs(data[at + 2] - arguments[2]) < 12 && data[at + 3] > 200) n += 1;
return n"""  # fmt: skip


NO_ZONES = """for (let one; (one = document.querySelector('#legend [data-layer^="zones/"][aria-checked=true]'));) one.click();"""


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "inspection.html"
    # The water bodies of the frames would lie over the ground that is looked at.
    path.write_text(inspection_map(**{**small(), "context": {}}), encoding="utf-8")
    return path


def lightened(colour: tuple[int, int, int]) -> list[int]:
    """A colour of a tile as the page shows it: a fifth of white upon it."""
    return [round(one * 0.8 + 51) for one in colour]


def look_at(driver: WebDriver, zoom: float, lon: float = HERE[0], lat: float = HERE[1]) -> None:
    driver.execute_script("map_inspection.setView([arguments[1], arguments[0]], arguments[2], {animate: false})", lon, lat, zoom)  # fmt: skip


def open_panel(driver: WebDriver) -> None:
    """Opens the part of the panel of layers that is about the base map."""
    if not driver.find_elements(By.ID, "panel"):
        driver.find_element(By.CSS_SELECTOR, "[data-tool=layers]").click()
    if not driver.find_element(By.CSS_SELECTOR, "#panel .bases").get_attribute("open"):
        driver.find_element(By.CSS_SELECTOR, "#panel .bases summary").click()


def pick(driver: WebDriver, path: Path) -> None:
    """Picks a file or a folder in the panel of the base map."""
    open_panel(driver)
    selector = "#panel input[webkitdirectory]" if path.is_dir() else "#panel input[accept]"
    driver.find_element(By.CSS_SELECTOR, selector).send_keys(str(path))


def marked(lon: float, lat: float, z: int) -> tuple[dict[tuple[int, int, int], bytes], tuple[float, float]]:
    """Tiles of a level around a place, the pixel that holds it red; and where the middle of that pixel lies."""
    x, y = place_of(lon, lat, z)
    pixel = (int((x % 1) * 256), int((y % 1) * 256))
    tiles = tiles_around(lon, lat, [z], plain_tile(GREY))
    tiles[z, int(x), int(y)] = plain_tile(GREY, pixel)
    middle = (int(x) + (pixel[0] + 0.5) / 256, int(y) + (pixel[1] + 0.5) / 256)
    return tiles, ((middle[0] / 2**z - 0.5) * 360, float(np.degrees(np.arctan(np.sinh((0.5 - middle[1] / 2**z) * 2 * np.pi)))))  # fmt: skip


# --- Without a base map ------------------------------------------------------------------------


def test_a_project_of_zones_alone_is_no_empty_page(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    facts |= {name: facts[name].iloc[:0] for name in ("sites", "sections", "findings")}
    facts |= {"context": {}, "answers": answers_of(facts["sites"])}
    path = tmp_path / "zones.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    seen = "const one = document.querySelector(arguments[0]); const {data} = one.getContext('2d').getImageData(0, 0, one.width, one.height); let n = 0; for (let at = 3; at < data.length; at += 4) n += data[at] > 0; return n"  # fmt: skip
    for pane in ("ground", "sites"):  # the graticule and the zones, degrees and names
        assert desktop.execute_script(seen, f".leaflet-{pane}-pane canvas") > 1_000, pane
    assert requests_of(desktop) == [] and complaints_of(desktop) == []
    policy = desktop.find_element(By.CSS_SELECTOR, "meta[http-equiv]").get_attribute("content") or ""
    assert re.findall(r"img-src ([^;]*);", policy) == ["data: blob:"]
    open_panel(desktop)
    options = [one.text for one in desktop.find_elements(By.CSS_SELECTOR, "#panel input[name=base]")]
    assert len(options) == 1 and "不用底图" in desktop.find_element(By.ID, "panel").text


# --- Picked from this computer -------------------------------------------------------------------


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
@pytest.mark.parametrize(("level", "zoom"), [(17, 19), (14, 18)])
def test_a_marked_pixel_lies_where_it_lies_in_wgs84(tmp_path: Path, desktop: WebDriver, bare: Path, datum: str, level: int, zoom: int) -> None:  # fmt: skip
    there = HERE
    if datum == "gcj02":
        lon, lat = gcj02_from_wgs84(np.array([HERE[0]]), np.array([HERE[1]]))
        there = (float(lon[0]), float(lat[0]))
    tiles, middle = marked(*there, level)
    path = tmp_path / "town.pmtiles"
    path.write_bytes(pmtiles(tiles))
    open_page(desktop, bare)
    look_at(desktop, zoom)
    open_panel(desktop)
    desktop.find_element(By.CSS_SELECTOR, f"#panel input[value={datum}]").click()
    pick(desktop, path)
    desktop.execute_script(NO_ZONES)
    lon, lat, count = wait_for(desktop, RED)
    expected = middle
    if datum == "gcj02":  # back to WGS 84: the shift at the place itself is what moved it
        from gis.datum import OFFSETS

        back = OFFSETS["gcj02"](np.array([middle[0]]), np.array([middle[1]]))
        expected = (float(back[0][0]), float(back[1][0]))
    east = (lon - expected[0]) * 111_320 * np.cos(np.radians(lat))
    north = (lat - expected[1]) * 110_800
    assert np.hypot(east, north) < 2.0 and count > 3
    if datum == "gcj02":  # unshifted it would lie hundreds of metres off
        assert np.hypot((lon - middle[0]) * 99_600, (lat - middle[1]) * 110_800) > 300
    assert requests_of(desktop) == [] and complaints_of(desktop) == []


@pytest.mark.parametrize(("zipped", "leaves"), [(True, 0), (False, 0), (True, 3)])
def test_archives_of_each_form_are_drawn_and_their_maker_named(tmp_path: Path, desktop: WebDriver, bare: Path, zipped: bool, leaves: int) -> None:  # fmt: skip
    path = tmp_path / "town.pmtiles"
    credit = '<a href="https://example.org" onclick="window.hostile=1">&copy; 某测绘院</a>'
    path.write_bytes(pmtiles(tiles_around(*HERE, range(8, 13), plain_tile(BLUE), 2), zipped=zipped, leaves=leaves, credit=credit))  # fmt: skip
    open_page(desktop, bare)
    look_at(desktop, 11)
    pick(desktop, path)
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, lightened(BLUE)))}) > 100000")
    assert desktop.find_element(By.ID, "credit").text == "© 某测绘院"
    assert "本机文件：town.pmtiles" in desktop.find_element(By.ID, "panel").text
    look_at(desktop, 15)  # beyond its levels the finest is drawn larger
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, lightened(BLUE)))}) > 100000")
    desktop.find_element(By.CSS_SELECTOR, "#panel input[name=base]").click()
    assert desktop.execute_script(COUNT, *lightened(BLUE)) == 0 and not desktop.find_elements(By.ID, "credit")
    assert complaints_of(desktop) == []
    open_page(desktop, bare)  # for this visit only
    open_panel(desktop)
    assert len(desktop.find_elements(By.CSS_SELECTOR, "#panel input[name=base]")) == 1


def test_a_folder_of_tiles_is_drawn_and_printed(tmp_path: Path, desktop: WebDriver, bare: Path) -> None:
    folder = write_folder(tmp_path / "tiles", tiles_around(*HERE, range(9, 14), plain_tile(BLUE), 3))
    open_page(desktop, bare)
    look_at(desktop, 12)
    pick(desktop, folder)
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, lightened(BLUE)))}) > 100000")
    desktop.execute_script("window.print = () => { window.asked = 1; }")
    desktop.find_element(By.CSS_SELECTOR, "[data-tool=print]").click()
    desktop.find_element(By.CSS_SELECTOR, "[data-print=list]").click()
    wait_for(desktop, "return window.asked === 1")
    script = COUNT.replace(".leaflet-ground-pane canvas", "#picture")
    assert desktop.execute_script(script, *lightened(BLUE)) > 100_000
    desktop.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert complaints_of(desktop) == []


def test_vector_tiles_are_drawn_quietly_with_their_names(tmp_path: Path, desktop: WebDriver, bare: Path) -> None:
    square = [(200, 200), (3800, 200), (3800, 3800), (200, 3800)]
    tile = vector_tile({
        "water": [(3, square, "")], "roads": [(2, [(0, 0), (4096, 4096)], "")],
        "places": [(1, [(2048, 2048)], "<img src=x onerror=window.hostile=1>")],
    })  # fmt: skip
    path = tmp_path / "vector.pmtiles"
    path.write_bytes(pmtiles(tiles_around(*HERE, [12], gzip.compress(tile, mtime=0), 2), kind="mvt"))
    open_page(desktop, bare)
    look_at(desktop, 12)
    pick(desktop, path)
    water, road, name = [196, 220, 232], [189, 184, 174], [107, 103, 95]
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, water))}) > 50000")
    assert desktop.execute_script(COUNT, *road) > 200 and desktop.execute_script(COUNT, *name) > 20
    assert desktop.execute_script("return window.hostile === undefined") and complaints_of(desktop) == []


def broken_archives() -> dict[str, bytes]:
    """Name -> bytes of files that are damaged, or made to do harm."""
    good = pmtiles(tiles_around(*HERE, [11], plain_tile(BLUE), 3))
    bomb = bytearray(good)
    root = gzip.compress(b"\xff\xff\x7f" + bytes(40_000_000))
    bomb[8:24] = len(good).to_bytes(8, "little") + len(root).to_bytes(8, "little")
    huge = bytearray(plain_tile(BLUE))
    huge[16:24] = (60_000).to_bytes(4, "big") * 2
    endless = bytearray(good)
    endless[16:24] = (1 << 60).to_bytes(8, "little")
    circle = pmtiles({(0, 0, 0): b"x"}, zipped=False, leaves=1)
    return {
        "not": b"\x89PNG nothing of the kind" * 20, "empty": b"", "short": good[:90], "cut": good[:200],
        "old": good[:7] + b"\2" + good[8:], "bomb": bytes(bomb) + root, "endless": bytes(endless),
        "noise": good[:127] + bytes(range(256)) * 40, "circle": circle[:127] + b"\1\0\0\x05\1" + circle[132:],
        "picture": pmtiles(tiles_around(*HERE, [11], bytes(huge), 3)), "nothing": pmtiles(tiles_around(*HERE, [11], b"no picture at all" * 9, 3)),
        "vector": pmtiles(tiles_around(*HERE, [11], b"\x1a\xff\xff\xff\xff\x0f", 3), kind="mvt"),
        "commands": pmtiles(tiles_around(*HERE, [11], b"\x1a\x0a\x0a\1a\x12\5\x18\3\x22\1\x0b", 3), kind="mvt"),
    }  # fmt: skip


def test_a_damaged_file_gives_a_message_and_never_a_dead_map(tmp_path: Path, desktop: WebDriver, bare: Path) -> None:
    open_page(desktop, bare)
    look_at(desktop, 11)
    for name, data in broken_archives().items():
        path = tmp_path / f"{name}.pmtiles"
        path.write_bytes(data)
        desktop.execute_script("document.getElementById('announce').textContent = ''")
        open_panel(desktop)
        desktop.find_element(By.CSS_SELECTOR, "#panel input[name=base]").click()  # none
        pick(desktop, path)
        told = wait_for(desktop, "return document.getElementById('announce').textContent")
        assert told and told == desktop.find_element(By.CSS_SELECTOR, "#panel .wrong").text, name
    desktop.execute_script("headwater.select('R-000')")
    assert "玉舍水库" in desktop.find_element(By.CSS_SELECTOR, "#detail h2").text
    good = tmp_path / "good.pmtiles"
    good.write_bytes(pmtiles(tiles_around(*HERE, [11], plain_tile(BLUE), 3)))
    pick(desktop, good)
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, lightened(BLUE)))}) > 50000")
    assert complaints_of(desktop) == []


# --- In the page ---------------------------------------------------------------------------------


def test_what_the_project_embeds_is_drawn_by_itself(tmp_path: Path, desktop: WebDriver) -> None:
    tiles = [(z, x, y, data) for (z, x, y), data in tiles_around(*HERE, range(9, 13), plain_tile(BLUE), 3).items()]
    path = tmp_path / "embedded.html"
    page = inspection_map(**small(), ground=Ground("town.pmtiles", "wgs84", "raster", "© 某测绘院", tiles))
    path.write_text(page, encoding="utf-8")
    open_page(desktop, path)
    look_at(desktop, 12)
    wait_for(desktop, f"return (function() {{ {COUNT} }})({','.join(map(str, lightened(BLUE)))}) > 100000")
    assert desktop.find_element(By.ID, "credit").text == "© 某测绘院"
    assert requests_of(desktop) == [] and complaints_of(desktop) == []


def test_an_archive_and_a_folder_are_cut_to_the_ground_and_the_budget(tmp_path: Path) -> None:
    tiles = tiles_around(*HERE, range(6, 15), plain_tile(BLUE), 6)
    archive = tmp_path / "town.pmtiles"
    archive.write_bytes(pmtiles(tiles, leaves=4, credit="<b>&copy; 院</b>"))
    folder = write_folder(tmp_path / "tiles", tiles)
    size = len(plain_tile(BLUE))
    for path in (archive, folder):
        found = read_tiles(path, name="town", bounds=BOX, datum="wgs84", budget=10_000_000)
        assert found.kind == "raster" and found.left_out is None
        for tile in found.tiles:
            corner, other = place_of(BOX[0], BOX[3], tile.z), place_of(BOX[2], BOX[1], tile.z)
            assert int(corner[0]) <= tile.x <= int(other[0]) and int(corner[1]) <= tile.y <= int(other[1])
        first, last = (
            {tile.z for tile in found.tiles if tile.z == one} for one in (found.tiles[0].z, found.tiles[-1].z)
        )
        assert last == {14} and first and 6 < found.tiles[0].z <= 11  # the coarser levels show nothing more
        wanted = sum(tile.z <= 12 for tile in found.tiles) * size
        less = read_tiles(path, name="town", bounds=BOX, datum="wgs84", budget=wanted)
        assert less.left_out == 13 and {tile.z for tile in less.tiles} == {
            tile.z for tile in found.tiles if tile.z < 13
        }
    assert read_tiles(archive, name="town", bounds=BOX, datum="wgs84", budget=10_000_000).credit == "© 院"


def test_a_set_in_gcj02_is_cut_where_its_ground_lies_in_it() -> None:
    lon, lat = gcj02_from_wgs84(np.array([BOX[0], BOX[2]]), np.array([BOX[3], BOX[1]]))
    from gis.tiles import _places

    found = set(_places(17, BOX, "gcj02"))
    corners = [place_of(float(one), float(other), 17) for one, other in zip(lon, lat, strict=True)]
    assert min(found) == (int(corners[0][0]), int(corners[0][1])) and max(found) == (int(corners[1][0]), int(corners[1][1]))  # fmt: skip
    assert found != set(_places(17, BOX, "wgs84"))


@pytest.mark.parametrize("name", ["not", "empty", "short", "cut", "old", "bomb", "endless", "noise", "circle"])
def test_a_damaged_archive_is_a_fault_of_the_run(tmp_path: Path, name: str) -> None:
    path = tmp_path / "town.pmtiles"
    path.write_bytes(broken_archives()[name])
    with pytest.raises(InputError) as caught:
        read_tiles(path, name="tiles/town.pmtiles", bounds=BOX, datum="wgs84", budget=1_000_000)
    assert {fault.code for fault in caught.value.faults} <= {"FILE_UNREADABLE", "FORMAT_UNKNOWN"}
    assert {fault.file for fault in caught.value.faults} == {"tiles/town.pmtiles"}


def test_what_is_no_picture_never_gets_into_a_page(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tiles", tiles_around(*HERE, [10], b"<svg onload=alert(1)>" * 9))
    with pytest.raises(InputError):
        tiles_within(folder, BOX, "wgs84", 1_000_000)
    with pytest.raises(InputError, match="FILE_MISSING"):
        read_tiles(tmp_path / "none.pmtiles", name="none.pmtiles", bounds=BOX, datum="wgs84", budget=1_000_000)
    secret = tmp_path / "secret.png"
    secret.write_bytes(plain_tile(BLUE))
    x, y = (int(one) for one in place_of(*HERE, 10))
    linked = write_folder(tmp_path / "linked", {(10, x, y + 1): plain_tile(GREY)})
    (linked / "10" / str(x) / f"{y}.png").symlink_to(secret)
    assert plain_tile(BLUE) not in [tile.data for tile in tiles_within(linked, (BOX[0] - 1, BOX[1] - 1, BOX[2] + 1, BOX[3] + 1), "wgs84", 1_000_000).tiles]  # fmt: skip


def test_numbers_of_tiles_are_those_of_the_specification() -> None:
    known = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 0, 1): 2, (1, 1, 1): 3, (1, 1, 0): 4, (2, 0, 0): 5, (12, 3423, 1763): 19_078_479}  # fmt: skip
    assert {place: tile_number(*place) for place in known} == known
    assert sorted(tile_number(4, x, y) for x in range(16) for y in range(16)) == list(range(85, 341))


def project(folder: Path, text: str) -> Any:
    (folder / "headwater.toml").write_text(f'title = "t"\n[[layer]]\nkind = "protection_zones"\npath = "z.gpkg"\n{text}', "utf-8")  # fmt: skip
    return read_project(folder, today=date(2026, 1, 1))


def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.box(*BOX)], crs="EPSG:4326")


def test_the_project_file_names_the_set_its_datum_and_a_budget(tmp_path: Path) -> None:
    (tmp_path / "town.pmtiles").write_bytes(pmtiles(tiles_around(*HERE, range(9, 13), plain_tile(BLUE), 3)))
    wanted = project(tmp_path, '[map]\nbase = "town.pmtiles"\nbase_datum = "gcj02"\nbase_budget_mb = 1')
    found = base_map(wanted, [zones()])
    assert found is not None and found.tiles is not None and (found.name, found.datum) == ("town.pmtiles", "gcj02")
    assert base_map(project(tmp_path, ""), [zones()]) is None
    west, south, east, north = ground([zones()]) or (0, 0, 0, 0)
    assert west < BOX[0] < BOX[2] < east and south < BOX[1] < BOX[3] < north
    assert ground([zones().iloc[:0]]) is None


# --- Online ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "way"), [("amap", "GCJ-02"), ("Gaode", "GCJ-02"), ("tencent", "GCJ-02"), ("baidu", "BD-09")])  # fmt: skip
def test_offset_providers_are_refused_and_it_says_why(tmp_path: Path, name: str, way: str) -> None:
    with pytest.raises(ProjectError) as caught:
        project(tmp_path, f'[map]\nonline = "{name}"')
    (fault,) = caught.value.faults
    assert fault.column == "map.online" and way in fault.reason("en") and "100 to 700" in fault.reason("en")
    assert way in fault.reason("zh")


def test_the_key_of_tianditu_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = project(tmp_path, '[map]\nonline = "tianditu"\ntianditu_key_env = "MY_KEY"')
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ProjectError) as caught:
        base_map(wanted, [zones()])
    assert "MY_KEY" in caught.value.faults[0].reason("en")
    monkeypatch.setenv("MY_KEY", "0123456789abcdef0123456789abcdef")
    found = base_map(wanted, [zones()])
    assert found is not None and (found.provider, found.key) == ("tianditu", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("MY_KEY", "' onload=alert(1)")
    with pytest.raises(ProjectError):
        base_map(wanted, [zones()])


def test_only_the_hosts_asked_for_are_let_in() -> None:
    assert hosts_of(None) == () and hosts_of(Ground("a")) == ()
    for provider, host in (("osm", "https://tile.openstreetmap.org"), ("tianditu", "https://t0.tianditu.gov.cn")):
        page = inspection_map(**small(), ground=Ground(provider=provider, key="k" * 32))
        (allowed,) = re.findall(r"img-src ([^;]*);", page)
        assert host in allowed.split() and "*" not in allowed
        assert set(allowed.split()) == {"data:", "blob:", *hosts_of(Ground(provider=provider))}
        assert "default-src 'none'" in page and "connect-src" not in page


def test_an_online_map_is_off_until_it_is_turned_on_and_its_failure_hides_nothing(tmp_path: Path, desktop: WebDriver) -> None:  # fmt: skip
    path = tmp_path / "online.html"
    path.write_text(inspection_map(**small(), ground=Ground(provider="osm")), encoding="utf-8")
    open_page(desktop, path)
    look_at(desktop, 12)
    assert requests_of(desktop) == []
    desktop.execute_cdp_cmd("Network.enable", {})
    desktop.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*tile.openstreetmap.org*"]})
    try:
        open_panel(desktop)
        assert desktop.find_elements(By.CSS_SELECTOR, "#panel input[name=base]")[0].is_selected()
        desktop.find_elements(By.CSS_SELECTOR, "#panel input[name=base]")[1].click()
        told = wait_for(desktop, "return document.getElementById('announce').textContent")
        assert "点位和保护区不受影响" in told and "OpenStreetMap" in desktop.find_element(By.ID, "credit").text
        messages = (json.loads(entry["message"])["message"] for entry in desktop.get_log("performance"))
        asked = {one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"}
        assert asked and all(re.fullmatch(r"https://tile\.openstreetmap\.org/12/\d+/\d+\.png", url) for url in asked)
        desktop.execute_script("headwater.select('R-000')")
        assert desktop.find_element(By.CSS_SELECTOR, "#detail h2").text
        refused = [one for one in desktop.get_log("browser") if "Content Security Policy" in one["message"]]
        assert refused == []
    finally:
        desktop.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    open_page(desktop, path)  # remembered nowhere
    assert not desktop.find_elements(By.ID, "credit") and requests_of(desktop) == []


def test_an_island_of_tiles_holds_each_as_it_is() -> None:
    tiles = [(3, 5, 2, b"one"), (3, 6, 2, b"three")]
    island = base_island(Ground("n", "gcj02", "raster", "c", tiles))
    raw = b"".join(island.raw())
    head = json.loads(raw[4 : 4 + int.from_bytes(raw[:4], "little")])
    assert head["rows"] == 2 and (head["name"], head["datum"], head["kind"], head["credit"]) == ("n", "gcj02", "raster", "c")  # fmt: skip
    assert b"onethree" in raw and "online" not in head
