"""The same file where no script runs, and on paper."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.map_frames import HOSTILE, widened
from tests.page_fixtures import orange_pixels, texts


def test_without_scripts_the_overview_and_the_table_are_shown(page: Path, scriptless: WebDriver) -> None:
    scriptless.get(page.as_uri())
    assert scriptless.find_element(By.CSS_SELECTOR, "#map svg").is_displayed()
    assert scriptless.find_element(By.CSS_SELECTOR, "#legend .plain").is_displayed()
    rows = scriptless.find_elements(By.CSS_SELECTOR, "#table tr[data-site-id]")
    assert len(rows) == 60
    assert HOSTILE[0] in scriptless.find_element(By.ID, "table").text
    assert not scriptless.find_element(By.ID, "search").is_displayed()


def test_without_scripts_nothing_not_assessed_looks_clear(wide: Path, scriptless: WebDriver) -> None:
    scriptless.get(wide.as_uri())
    unknown = (widened()["sites"]["result"] == "not_assessed").sum()
    told = scriptless.find_element(By.ID, "legend").text
    # Each finding says whether it is a violation, and of what.
    assert "违规 · 保护区内设置排污口：" in scriptless.find_element(By.ID, "table").text
    assert f"未评估：{unknown} 个点位" in told and "假定保护区数据在外包凸壳内完整。" in told
    rows = [row.text for row in scriptless.find_elements(By.CSS_SELECTOR, "#table tr[data-site-id]")]
    left = [row for row in rows if "未评估" in row]
    assert len(left) == unknown
    assert all("未评估的规则：" in row and "不在保护区内" not in row and "无冲突" not in row for row in left)
    others = scriptless.find_element(By.ID, "table").text
    assert "保护区与断面的问题（4）" in others and others.count("Z-1-1 的记录不符") == 2


def test_a_phone_without_scripts_shows_blocks_below_the_map(page: Path, scriptless: WebDriver) -> None:
    measures = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    scriptless.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)  # type: ignore[attr-defined]
    try:
        scriptless.get(page.as_uri())
        _looks_like_blocks(scriptless)
    finally:
        desk = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        scriptless.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", desk)  # type: ignore[attr-defined]


def _looks_like_blocks(scriptless: WebDriver) -> None:
    title, drawn, row = (
        scriptless.find_element(By.CSS_SELECTOR, one).rect for one in ("h1", "#map svg", "#table tr[data-site-id]")
    )
    assert title["y"] + title["height"] <= drawn["y"]
    legend_of = scriptless.find_element(By.CSS_SELECTOR, "#legend .plain").rect
    assert legend_of["y"] - drawn["y"] - drawn["height"] < 60
    assert 340 < row["width"] <= 390
    told = scriptless.find_element(By.CSS_SELECTOR, "#table td.told").rect
    assert told["width"] > 340
    assert (
        scriptless.find_element(By.CSS_SELECTOR, "#table td.status").value_of_css_property("display") == "inline-block"
    )
    assert scriptless.find_element(By.CSS_SELECTOR, "body").rect["width"] <= 390


def test_paper_has_the_map_and_the_shown_rows(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({result: ['violation']}); window.dispatchEvent(new Event('beforeprint'))")
    shown = opened.execute_script("return headwater.counts.shown")
    assert len(texts(opened, "#paper tbody tr")) == shown > 0
    assert len(texts(opened, "#paper .told")) == shown
    told = texts(opened, "#paper .told p")
    assert len(told) >= shown
    assert all("距边界 42 m" in one and "依据：《中华人民共和国水污染防治法》第六十五条" in one for one in told)
    assert orange_pixels(opened, "#picture") > 0
    assert len(texts(opened, "#paper .assumed li")) == len(texts(opened, "#legend .notes li"))  # paper cannot be unfolded
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert texts(opened, "#paper tbody tr") == []
    assert opened.find_elements(By.ID, "picture") == []
