"""In the field: own position, nearest open sites, zones entered and left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyproj import Geod
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.field_work import press, stand, told, wait_told
from tests.map_frames import widened

AT_YUSHE = (104.803, 26.472)  # well inside level 1 of 玉舍水库
FAR_OFF = (104.60, 26.30)
FINISHED = ("completed", "accepted", "closed")
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    facts = widened()
    facts["sites"].loc[9, "name"] = "<img src=x onerror=window.hostile=1>"
    return facts


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, facts: dict[str, Any]) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("field") / "inspection.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture
def opened(desktop: WebDriver, page: Path) -> WebDriver:
    stand(desktop, *AT_YUSHE)
    open_page(desktop, page)
    return desktop


@pytest.fixture
def located(opened: WebDriver) -> WebDriver:
    press(opened, '[data-tool="position"]')
    wait_for(opened, "return document.querySelector('#field .near')")
    return opened


def rows_near(driver: WebDriver) -> list[str]:
    while driver.find_elements("css selector", ".nearest .more"):
        press(driver, ".nearest .more")
    return list(
        driver.execute_script(
            "return [...document.querySelectorAll('#field .near small')].map((one) => one.textContent)"
        )[::2]
    )


def test_nothing_is_asked_for_until_somebody_wants_it(opened: WebDriver) -> None:
    assert opened.execute_script("return document.querySelector('#warning').hidden")
    assert told(opened, "#visitbar") == ""
    assert (
        opened.execute_script("return document.querySelector('[data-tool=\"position\"]').getAttribute('aria-pressed')")
        == "false"
    )
    assert requests_of(opened) == [] and complaints_of(opened) == []


def test_the_position_is_told_with_its_accuracy_and_heading(located: WebDriver) -> None:
    line = told(located, "#field .ownposition")
    assert "104.803000, 26.472000 ± 10 米" in line and "秒前" in line
    assert (
        located.execute_script("return document.querySelector('[data-tool=\"position\"]').getAttribute('aria-pressed')")
        == "true"
    )
    size = located.get_window_size()
    middle = located.execute_script(
        """const map = map_inspection; const {x, y} = map.latLngToContainerPoint([26.472, 104.803]); const size = map.getSize();
        return [x - size.x / 2, y - size.y / 2]"""
    )
    assert size["width"] > 1000 and max(map(abs, middle)) < 2
    stand(located, *AT_YUSHE, 10.0, heading=90.0, speed=2.0)
    assert requests_of(located) == [] and complaints_of(located) == []


def blue_box(driver: WebDriver) -> list[float]:
    """How wide and high what is painted of the position is, in pixels of the screen."""
    return list(driver.execute_script(
        """const canvas = map_inspection.getPane('own').querySelector('canvas');
        const {width, height} = canvas; const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
        let [left, right, top, bottom] = [width, 0, height, 0];
        for (let at = 3; at < data.length; at += 4) if (data[at] > 20) {
          const x = ((at - 3) / 4) % width, y = Math.floor((at - 3) / 4 / width);
          left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
        }
        const ratio = width / canvas.clientWidth; return [(right - left + 1) / ratio, (bottom - top + 1) / ratio]"""
    ))  # fmt: skip


def test_the_circle_of_accuracy_is_in_true_metres(located: WebDriver) -> None:
    radius = 800.0
    stand(located, *AT_YUSHE, radius)
    wait_told(located, "#field .ownposition", "± 800 米")
    wide, high = blue_box(located)
    lon, lat = AT_YUSHE
    east, _, _ = GEOD.fwd(lon, lat, 90, radius)
    west, _, _ = GEOD.fwd(lon, lat, 270, radius)
    _, north, _ = GEOD.fwd(lon, lat, 0, radius)
    _, south, _ = GEOD.fwd(lon, lat, 180, radius)
    expected = located.execute_script(
        """const [west, east, north, south, lon, lat] = arguments; const at = (x, y) => map_inspection.latLngToContainerPoint([y, x]);
        return [at(east, lat).x - at(west, lat).x, at(lon, south).y - at(lon, north).y]""", west, east, north, south, lon, lat
    )  # fmt: skip
    # The line is 1.4 pixels wide; Leaflet's points are whole pixels.
    assert abs(wide - expected[0]) < 3.5 and abs(high - expected[1]) < 3.5
    assert expected[0] > 150


def test_the_map_follows_until_it_is_moved(located: WebDriver) -> None:
    def off() -> float:
        return float(located.execute_script(
            "const map = map_inspection; return map.latLngToContainerPoint(arguments[0]).distanceTo(map.getSize().divideBy(2))",
            [26.475, 104.81],
        ))  # fmt: skip

    stand(located, 104.81, 26.475)
    wait_told(located, "#field .ownposition", "104.810000, 26.475000")
    assert off() < 2
    assert not located.find_elements("css selector", '[data-own="follow"]')
    ActionChains(located).drag_and_drop_by_offset(located.find_element("id", "map"), 180, 90).perform()
    wait_for(located, "return document.querySelector('[data-own=\"follow\"]')")
    stand(located, 104.8105, 26.4751)
    wait_told(located, "#field .ownposition", "104.810500, 26.475100")
    assert off() > 100
    press(located, '[data-own="follow"]')
    stand(located, 104.81, 26.475)
    wait_told(located, "#field .ownposition", "104.810000, 26.475000")
    assert off() < 2


def test_zooming_does_not_end_the_following(located: WebDriver) -> None:
    before = located.execute_script("return map_inspection.getZoom()")
    press(located, "#zoom button")
    stand(located, 104.801, 26.471)
    wait_for(located, f"return !map_inspection._animatingZoom && map_inspection.getZoom() === {before + 1}")
    wait_told(located, "#field .ownposition", "104.801000")
    assert not located.find_elements("css selector", '[data-own="follow"]')


def test_the_nearest_open_sites_in_order(located: WebDriver, facts: dict[str, Any]) -> None:
    sites = facts["sites"]
    expected = []
    for site in sites.to_dict("records"):
        status = site["status"] if isinstance(site["status"], str) else ""
        if status in FINISHED or (not status and site["result"] == "clear"):
            continue
        if site["geometry"].geom_type != "Point":
            continue
        expected.append((GEOD.inv(*AT_YUSHE, site["lon"], site["lat"])[2], site["site_id"]))
    expected.sort()
    shown = [line.split(" · ")[0] for line in rows_near(located)]
    areas = set(sites["site_id"][sites.geometry.geom_type != "Point"])
    assert [one for one in shown if one not in areas] == [site_id for _, site_id in expected]
    assert len(expected) > 30
    nearest, site_id = expected[0]
    first = told(located, "#field .near:first-child .way b")
    azimuth = GEOD.inv(*AT_YUSHE, *sites.set_index("site_id").loc[site_id, ["lon", "lat"]])[0] % 360
    word = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")[round(azimuth / 45) % 8]
    assert first == f"{round(nearest)} 米 · {word}"


def test_the_list_follows_filters_and_steps(located: WebDriver, facts: dict[str, Any]) -> None:
    before = rows_near(located)
    located.execute_script("headwater.filter({result: 'violation'})")
    after = rows_near(located)
    assert 0 < len(after) < len(before) and all("违规" in line for line in after)
    located.execute_script("headwater.filter({})")
    last = facts["sites"].set_index("site_id").loc[before[-1].split(" · ")[0]]
    stand(located, float(last["lon"]), float(last["lat"]))
    wait_told(located, "#field .near:first-child", str(last.name))
    assert told(located, "#field .near:first-child small").startswith(str(last.name))


def test_take_me_there(located: WebDriver) -> None:
    press(located, "#field .near .way")
    links = located.execute_script("return [...document.querySelectorAll('#field .golinks a')].map((one) => one.href)")
    assert links[0].startswith("geo:26.") and all(link.startswith(("geo:", "https://")) for link in links)
    press(located, "#field .near .hit")
    assert located.execute_script("return document.body.classList.contains('selected')")


def warning(driver: WebDriver) -> str:
    return told(driver, "#warning p")


def test_a_strict_zone_is_told_once_on_the_way_in_and_once_on_the_way_out(opened: WebDriver) -> None:
    opened.find_element("id", "search").click()  # pages that nobody has touched may not shake
    opened.execute_script("window.shaken = 0; navigator.vibrate = () => { window.shaken += 1; return true; }")
    stand(opened, *FAR_OFF)
    press(opened, '[data-tool="position"]')
    wait_told(opened, "#field .ownposition", "104.600000")
    assert warning(opened) == ""
    stand(opened, *AT_YUSHE)
    assert wait_told(opened, "#warning p", "玉舍水库") == "您已在一级保护区内：玉舍水库"
    assert opened.execute_script("return [window.shaken, document.querySelector('#warning').getAttribute('role')]") == [
        1,
        "alert",
    ]
    press(opened, "#warning .close")
    stand(opened, AT_YUSHE[0] + 0.0001, AT_YUSHE[1])
    wait_told(opened, "#field .ownposition", "104.803100")
    assert warning(opened) == "" and opened.execute_script("return window.shaken") == 1
    assert "您已在一级保护区内：玉舍水库" in told(opened, "#field .ownposition")
    stand(opened, *FAR_OFF)
    assert wait_told(opened, "#warning p", "离开") == "您已离开一级保护区：玉舍水库"
    assert opened.execute_script("return window.shaken") == 1
    stand(opened, *AT_YUSHE)
    wait_told(opened, "#warning p", "内")
    assert opened.execute_script("return window.shaken") == 2


def test_what_the_accuracy_leaves_open_is_said_to_be_possible(opened: WebDriver) -> None:
    stand(opened, *AT_YUSHE, 5000.0)
    press(opened, '[data-tool="position"]')
    said = wait_told(opened, "#warning p", "玉舍水库")
    assert said.startswith("您可能在一级保护区内：") and "定位误差 5000 米" in said
    stand(opened, *AT_YUSHE, 5.0)
    assert wait_told(opened, "#warning p", "您已在") == "您已在一级保护区内：玉舍水库"


def test_the_second_level_alone_does_not_warn(opened: WebDriver, facts: dict[str, Any]) -> None:
    zones = facts["zones"].set_index("zone_id")
    between = zones.geometry["Z-0-2"].difference(zones.geometry["Z-0-1"].buffer(0.004)).representative_point()
    stand(opened, between.x, between.y)
    press(opened, '[data-tool="position"]')
    wait_told(opened, "#field .ownposition", "±")
    assert warning(opened) == ""


def test_refusal_is_told_and_the_position_set_by_hand(opened: WebDriver) -> None:
    opened.execute_cdp_cmd("Browser.grantPermissions", {"permissions": []})  # which refuses all others
    press(opened, '[data-tool="position"]')
    said = wait_told(opened, "#field .ownposition", "拒绝")
    assert "Firefox" in said and "Chrome" in said
    box = opened.find_element("css selector", "#field .byhand input")
    box.send_keys("104.9.9")
    press(opened, "#field .byhand .pick")
    assert "看不懂" in told(opened, "#field .byhand .fault")
    box.clear()
    box.send_keys("东经104度48分10.8秒，北纬26度28分19.2秒")
    press(opened, "#field .byhand .pick")
    said = wait_told(opened, "#field .ownposition", "104.803000, 26.472000")
    assert "手动指定，精度未知" in said and "±" not in said
    assert warning(opened) == "您可能在一级保护区内：玉舍水库（定位误差未知）"
    assert rows_near(opened)


def test_the_position_is_tapped_on_the_map(opened: WebDriver) -> None:
    press(opened, "#visitbar")
    press(opened, "#field .byhand > .pick")
    assert (
        opened.execute_script("return document.querySelector('#announce').textContent")
        == "请在地图上点一下位置（Esc 取消）。"
    )
    expected = opened.execute_script(
        "const {lng, lat} = map_inspection.containerPointToLatLng([300, 320]); return [lng, lat]"
    )
    box = opened.find_element("id", "map").rect
    ActionChains(opened).move_to_element_with_offset(
        opened.find_element("id", "map"), 300 - box["width"] / 2, 320 - box["height"] / 2
    ).click().perform()
    said = wait_told(opened, "#field .ownposition", "手动指定，精度未知")
    told_lon, told_lat = (float(one) for one in said.split("手动")[0].split("我的位置")[1].split(", "))
    assert abs(told_lon - expected[0]) < 0.0005 and abs(told_lat - expected[1]) < 0.0005
    assert opened.execute_script("return document.body.classList.contains('selected')") is False


@pytest.mark.parametrize(
    ("stub", "part"),
    [
        ("Object.defineProperty(navigator, 'geolocation', {value: undefined})", "给不出位置"),
        ("Geolocation.prototype.watchPosition = (good, bad) => { bad({code: 2}); return 7; }", "给不出位置"),
        ("Geolocation.prototype.watchPosition = (good, bad) => { bad({code: 3}); return 7; }", "等了很久"),
    ],
)  # fmt: skip
def test_no_position_is_told_honestly(desktop: WebDriver, page: Path, stub: str, part: str) -> None:
    script = desktop.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": stub})
    try:
        open_page(desktop, page)
        press(desktop, '[data-tool="position"]')
        assert part in wait_told(desktop, "#field .ownposition .fault", part)
        assert desktop.execute_script("return document.querySelector('#field .ownposition details').open")
    finally:
        desktop.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})


def test_an_old_position_is_said_to_be_old(desktop: WebDriver, page: Path) -> None:
    old = """Geolocation.prototype.watchPosition = (good) => {
      setTimeout(() => good({timestamp: Date.now() - 300000, coords: {longitude: 104.803, latitude: 26.472, accuracy: 9, heading: null}}));
      return 7; };"""
    script = desktop.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": old})
    try:
        open_page(desktop, page)
        press(desktop, '[data-tool="position"]')
        assert "位置已旧：5 分钟前" in wait_told(desktop, "#field .ownposition", "位置已旧")
    finally:
        desktop.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})


def test_what_lies_under_a_finger_is_not_taken_away(located: WebDriver) -> None:
    press = "const one = document.querySelector('#field .near .way'); one.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true})); window.under = one"
    located.execute_script(press)
    stand(located, 104.81, 26.48)
    wait_for(located, "return map_inspection.distance(map_inspection.getCenter(), [26.48, 104.81]) < 20")
    assert located.execute_script("return window.under.isConnected")
    located.execute_script("window.under.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}))")
    wait_for(located, "return !window.under.isConnected")
    wait_told(located, "#field .ownposition", "104.810000")


def test_the_third_press_lets_the_position_go(located: WebDriver) -> None:
    press(located, '[data-tool="position"]')
    assert not located.find_elements("css selector", "#field .near")
    assert told(located, "#field .ownposition").startswith("我的位置还没有位置。")
    assert located.execute_script("return document.querySelector('#warning').hidden")


def test_everything_is_said_in_the_other_language(located: WebDriver) -> None:
    press(located, "#language")
    said = told(located, "#field")
    assert "My position" in said and "You are inside level 1: 玉舍水库" in said and "take me there" in said
    assert warning(located) == "You are inside level 1: 玉舍水库"
    press(located, "#language")
    assert located.execute_script("return window.hostile === undefined")


def test_on_a_phone_everything_is_large_and_within_the_sheet(page: Path) -> None:
    with browser(390, 844, touch=True) as driver:
        stand(driver, *AT_YUSHE)
        open_page(driver, page)
        press(driver, '[data-tool="position"]')
        wait_for(driver, "return document.querySelector('#field .near')")
        assert driver.execute_script("return document.querySelector('#app').dataset.page") == "field"
        small = driver.execute_script(
            """return [...document.querySelectorAll('#field :is(button, summary, label, input:not(.hiddenfile)), #warning button')]
            .filter((one) => one.offsetParent && !one.closest('details:not([open]) > :not(summary)'))
            .map((one) => [one.textContent, one.getBoundingClientRect().height]).filter(([, height]) => height < 44)"""
        )
        assert small == []
        assert driver.execute_script(
            "return document.querySelector('#field').scrollWidth <= document.querySelector('#field').clientWidth"
        )
        # The dot stands in the middle of what the sheet leaves free.
        wait_for(driver, "return document.querySelector('#sheet').getAnimations().length === 0")
        wait_for(
            driver,
            "return Math.abs(map_inspection.latLngToContainerPoint([26.472, 104.803]).y - document.querySelector('#sheet').getBoundingClientRect().top / 2) < 3",
        )
        assert complaints_of(driver) == []
