"""The page where no script runs: what maps.overview draws, maps.names writes and maps.plain tells; nothing empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from maps.names import ON_PHONE, names_on
from maps.overview import overview
from maps.plain import legend, opening, table
from maps.surround import EDGE, scale_bar
from tests.browser import browser, need_browser
from tests.map_frames import HOSTILE, answers_of, large, run_facts, small


@pytest.fixture(scope="module")
def unscripted() -> Iterator[WebDriver]:
    need_browser()
    with browser(scripts=False) as driver:
        yield driver


def shown(facts: dict[str, object], names: tuple[str, ...] = ("sites", "zones", "sections", "context")) -> str:
    frames = {name: facts[name] for name in names}
    return overview(**frames, run=facts["run"], language="zh")  # type: ignore[arg-type]


def test_the_figures_are_those_of_the_header_with_scripts() -> None:
    facts = small()
    sites = facts["sites"]
    told = re.findall(r'<span class="(\w+)"><b>(\d+)</b> (\S+)</span>', opening(sites, run={}, language="zh"))
    remedied = sites[sites["layer"] == "remediation_sites"]
    assert {name: int(count) for name, count, _ in told} == {
        "violations": (sites["result"] == "violation").sum(),
        "checks": (sites["result"] == "check").sum(),
        "not_assessed": (sites["result"] == "not_assessed").sum(),
        "overdue": (remedied["overdue"] == True).sum(),  # noqa: E712 (None among them)
        "reopened": (remedied["status"] == "reopened").sum(),
    }
    assert [word for _, _, word in told] == ["违规", "待核查", "未评估", "逾期", "反弹"]
    assert "浏览器" in opening(sites, run={}, language="zh") and "browser" in opening(sites, run={}, language="en")


def test_the_scale_bar_is_as_long_as_it_says_at_the_latitude_of_the_picture() -> None:
    factor = 0.01
    y = (1 << 28) * 0.4235  # about 26.6 degrees north
    scale = (factor, 0.0, -y * factor + 300)
    told = scale_bar(scale, 600, "zh")
    metres = float(re.findall(r'data-metres="([\d.]+)"', told)[0])
    wide = float(re.findall(rf"M{EDGE} \d+v7h([\d.]+)v-7", told)[0])
    degrees = wide / factor / (1 << 28) * 360
    from pyproj import Geod

    lat = np.degrees(np.arctan(np.sinh((0.5 - 0.4235) * 2 * np.pi)))
    assert metres == pytest.approx(Geod(ellps="WGS84").inv(104, lat, 104 + degrees, lat)[2], rel=2e-3)


def test_degrees_north_names_and_overdue_stand_in_the_picture() -> None:
    facts = small()
    facts["context"]["districts"] = gpd.GeoDataFrame(
        {"name": ["钟山区"]}, geometry=[shapely.box(104.7, 26.4, 105.0, 26.7)], crs="EPSG:4326"
    )
    told = shown(facts)
    assert re.search(r">104\.80?°E<", told) and re.search(r">26\.60?°N<", told)
    assert ">N</text>" in told and 'class="bar"' in told
    assert all(f">{name}</text>" in told for name in ("玉舍水库", "窑上水库", "双桥水库", "钟山区"))
    marks = dict(re.findall(r'<g id="(m\d+)">(.*?)</g></g>', told))
    late = facts["sites"].index[facts["sites"]["overdue"] == True]  # noqa: E712
    used = re.findall(r'<use href="#(m\d+)"', told)
    assert len(used) == len(facts["sites"])
    assert sum('fill="#1B1F23"' in marks[one] for one in used) == len(late)
    assert sum("url(#hatch)" in marks[one] for one in used) == (facts["sites"]["result"] == "not_assessed").sum()


def test_sites_that_are_areas_are_drawn_as_such() -> None:
    facts = small()
    without = facts["sites"].copy()
    without["geometry"] = gpd.points_from_xy(without["lon"], without["lat"])
    told, pointed = shown(facts), shown({**facts, "sites": without})
    assert told.count("<path") == pointed.count("<path") + 2  # an area and a line of two results


def test_no_two_names_overlap_on_a_phone() -> None:
    places = np.linspace(104.5, 105.0, 40)
    zones = gpd.GeoDataFrame(
        {"level": ["1"] * 40, "source_name": [f"水库{number}" for number in range(40)]},
        geometry=[shapely.box(lon, 26.5, lon + 0.005, 26.505) for lon in places], crs="EPSG:4326",
    )  # fmt: skip
    scale = (1000 / (1 << 28) / 0.6 * 360, -1000 / 0.6 * 104.45 - 1000 / 0.6 * 180, 0.0)
    y = float(re.findall(r"[\d.]+", str(np.log(np.tan(np.pi / 4 + np.radians(26.5) / 2))))[0])
    scale = (scale[0], scale[1], -((0.5 - y / (2 * np.pi)) * (1 << 28)) * scale[0] + 300)
    told = names_on(zones, {}, run_facts(), scale, 1000, 600)
    assert len(told) > 5
    everywhere = [float(re.findall(r' x="([\d.]+)"', one)[0]) for one in told if 'class="tx nm"' in one]
    assert 2 < len(everywhere) < len(told)
    assert min(np.diff(sorted(everywhere))) > 2.5 * ON_PHONE  # two Chinese letters and a figure


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_legend_has_groups_and_their_numbers(language: str) -> None:
    facts = small()
    names = ("sites", "zones", "sections", "context")
    told = legend(**{name: facts[name] for name in names}, run=facts["run"], language=language)
    groups = [re.sub(r"<svg.*?</svg>", "", one) for one in told.split('<div class="keys">')[1:]]
    wanted = {"zh": ("判定结果", "整改状态", "已办结", "保护区", "水质断面", "图层"),
              "en": ("Result", "Status", "Finished", "protection zones", "river sections", "Map layers")}[language]  # fmt: skip
    assert [re.findall(r"<b>(.*?)</b>", group)[0] for group in groups] == list(wanted)
    finished = facts["sites"]["status"].isin(["completed", "accepted", "closed"]).sum()
    assert sum(map(int, re.findall(r"<b>(\d+)</b>", groups[2]))) == finished > 0
    assert sum(map(int, re.findall(r"<b>(\d+)</b>", groups[3]))) == len(facts["zones"])
    assert sum(map(int, re.findall(r"<b>(\d+)</b>", groups[4]))) == len(facts["sections"])
    assert len(re.findall("<svg", told)) == sum(len(re.findall("<span>", group)) for group in groups)


def test_what_is_finished_and_clear_stands_apart_and_nothing_else() -> None:
    facts = small()
    sites = facts["sites"]
    subjects = np.zeros(len(facts["findings"]), dtype=np.int64)
    told = table(sites, facts["findings"], subjects, run=facts["run"], language="zh")
    first, apart = told.split('<tbody class="apart">')
    ids = re.compile(r'data-site-id="([^"]+)"')
    done = sites[sites["status"].isin(["completed", "accepted", "closed"]) & (sites["result"] == "clear")]
    assert set(ids.findall(apart)) == set(done["site_id"]) and len(done)
    assert set(ids.findall(first)) == set(sites["site_id"]) - set(done["site_id"])
    # A finished site that still violates is among those to act on, and first.
    assert "已销号" in first or "已完成整改" in first
    late = sites[sites["overdue"] == True]  # noqa: E712
    assert told.count('<b class="late">逾期</b>') == len(late)
    order = ids.findall(first)
    violations = [name for name in order if name in set(sites["site_id"][sites["result"] == "violation"])]
    assert order[: len(violations)] == violations
    overdue = [name in set(late["site_id"]) for name in violations]
    assert overdue == sorted(overdue, reverse=True) and any(overdue)


def test_of_very_many_sites_the_worst_are_drawn_and_listed_and_it_says_so() -> None:
    facts = large(sites=3_000, zones=10, vertices=30)
    facts["sites"].loc[:4, ["lon", "lat"]] = np.nan
    told = inspection_map(**facts)
    assert told.count("<use href=") == told.count("<tr data-site-id=") == 2_000
    assert "图上只画出最严重的 2000 个点位，共 3000 个。" in told and "5 个点位没有坐标，图上没有。" in told
    assert told.count("下表只列出最严重的 2000 个点位，共 3000 个；其余 1000 个见 sites.csv。") == 2
    violations = facts["sites"][facts["sites"]["result"] == "violation"]
    listed = set(re.findall(r'<tr data-site-id="([^"]+)"', told))
    assert set(violations["site_id"]) <= listed and len(violations)


def test_with_nothing_at_all_there_is_still_a_page(tmp_path: Path, unscripted: WebDriver) -> None:
    facts = small()
    facts |= {name: facts[name].iloc[:0] for name in ("sites", "zones", "sections", "findings")}
    facts |= {"context": {}, "answers": answers_of(facts["sites"])}
    path = tmp_path / "nothing.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    unscripted.get(path.as_uri())
    assert unscripted.find_element(By.CSS_SELECTOR, "#map svg").rect["height"] > 200
    assert "°E" in unscripted.find_element(By.CSS_SELECTOR, "#map svg").text
    assert "没有点位数据。" in unscripted.find_element(By.ID, "table").text
    figures = unscripted.find_element(By.CSS_SELECTOR, ".figures").text
    assert re.findall(r"\d+", figures) == ["0"] * 5


def test_hostile_names_are_shown_as_they_are_and_nothing_runs(tmp_path: Path, unscripted: WebDriver) -> None:
    facts = small(names=HOSTILE)
    facts["zones"]["source_name"] = [HOSTILE[place % len(HOSTILE)][:14] for place in range(len(facts["zones"]))]
    facts["run"]["title"] = HOSTILE[1]
    facts["context"] = {}
    path = tmp_path / "hostile.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    unscripted.get(path.as_uri())
    written = [one.text for one in unscripted.find_elements(By.CSS_SELECTOR, "#map svg .nm")]
    assert written and set(written) <= {" ".join(name[:14].split()) for name in HOSTILE}
    assert unscripted.find_element(By.TAG_NAME, "h1").text == HOSTILE[1]


def test_a_phone_shows_larger_marks_and_nothing_wider_than_itself(tmp_path: Path) -> None:
    path = tmp_path / "phone.html"
    path.write_text(inspection_map(**small()), encoding="utf-8")
    need_browser()
    with browser(390, 844, scripts=False, touch=True) as driver:
        driver.get(path.as_uri())
        drawn = driver.find_element(By.CSS_SELECTOR, "#map svg").rect
        mark = max(one.rect["width"] for one in driver.find_elements(By.CSS_SELECTOR, "#map svg use"))
        name = max(one.rect["height"] for one in driver.find_elements(By.CSS_SELECTOR, "#map svg .nm"))
        assert drawn["width"] > 350 and mark > 11 and name > 9
        assert driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["width"] == 390
        hint = driver.find_element(By.CSS_SELECTOR, ".hint").rect
        figures = driver.find_element(By.CSS_SELECTOR, ".figures").rect
        assert hint["y"] < figures["y"] < drawn["y"] < 420  # the map begins on the first screen


def test_texts_fall_back_where_a_frame_has_few_columns() -> None:
    sites = gpd.GeoDataFrame(
        {"site_id": ["A"], "name": ["甲"], "result": ["clear"], "status": [None], "not_assessed_why": [None],
         "lon": [104.8], "lat": [26.5]}, geometry=[shapely.Point(104.8, 26.5)], crs="EPSG:4326",
    )  # fmt: skip
    told = table(sites, pd.DataFrame({"text_zh": [], "citation_zh": []}), np.zeros(0, dtype=np.int64), run=run_facts(), language="zh")  # fmt: skip
    assert "未列入台账" in told and 'class="late"' not in told
