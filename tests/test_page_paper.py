"""What the browser prints of the page, read from the PDF: A4, page numbers, the filtered map and list, sheets of sites."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import PdfObject
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from layers.words import RESULTS
from maps.inspection import inspection_map
from tests.browser import browser, complaints_of, need_browser, open_page, requests_of, wait_for
from tests.map_frames import HOSTILE, large, small

A4_POINTS = (595, 842)
# The pixels of a canvas that was made for paper.
PIXELS = """const pixelsOf = (one, left, top, wide, high) => { const copy = document.createElement('canvas');
  [copy.width, copy.height] = [wide, high]; const brush = copy.getContext('2d', {willReadFrequently: true});
  brush.drawImage(one, -left, -top); return brush.getImageData(0, 0, wide, high).data; };\n"""
STAY = "window.print = () => { window.asked = (window.asked || 0) + 1; }"


@pytest.fixture(scope="module")
def desktop() -> Iterator[WebDriver]:
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    facts = small()
    for rule in facts["run"]["rules"].values():
        rule["evidence"] = [{"zh": "带坐标的照片", "en": "photos with position"}, {"zh": "采样记录", "en": "samples"}]
    path = tmp_path_factory.mktemp("paper") / "inspection.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return path


@pytest.fixture
def opened(desktop: WebDriver, page: Path) -> WebDriver:
    open_page(desktop, page)
    return desktop


def printed(driver: WebDriver) -> PdfReader:
    """What the browser's print command gives."""
    pdf = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return PdfReader(io.BytesIO(base64.b64decode(pdf["data"])))


def plain(text: str) -> str:
    """Text without spaces and line breaks, which a PDF sets where it likes; its ligatures of radicals as letters."""
    import unicodedata

    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def pages(reader: PdfReader) -> list[str]:
    return [plain(one.extract_text()) for one in reader.pages]


def sheets(driver: WebDriver, kind: str) -> PdfReader:
    """What our button prints: `list`, `sheets` or `this`."""
    driver.execute_script(STAY)
    driver.find_element(By.CSS_SELECTOR, "[data-tool=print]").click()
    driver.find_element(By.CSS_SELECTOR, f"[data-print={kind}]").click()
    wait_for(driver, "return window.asked === 1")
    return printed(driver)


def test_every_page_is_a4_and_numbered_and_says_whose_it_is(opened: WebDriver) -> None:
    reader = printed(opened)
    count = len(reader.pages)
    assert count > 3
    for number, (sheet, text) in enumerate(zip(reader.pages, pages(reader), strict=True), start=1):
        assert (round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) == A4_POINTS
        assert f"第{number}/{count}页" in text and "六盘水市饮用水水源保护区巡查·2017-11-30·版本b-1" in text
    opened.execute_script("headwater.language('en')")
    assert f"page1of{len(printed(opened).pages)}" in pages(printed(opened))[0]
    assert requests_of(opened) == [] and complaints_of(opened) == []


def test_the_first_page_has_the_filtered_map_and_all_that_explains_it(opened: WebDriver) -> None:
    sites = small()["sites"]
    unit = sites["responsible_unit"][sites["result"] == "violation"].iloc[0]
    opened.execute_script("headwater.filter({result: ['violation'], responsible_unit: [arguments[0]]})", unit)
    shown = opened.execute_script("return headwater.counts.shown")
    reader = printed(opened)
    first = pages(reader)[0]
    assert 0 < shown < 60
    for part in ("六盘水市饮用水水源保护区巡查", "检查日期2017-11-30", "判定结果为违规", f"责任单位为{unit}",
                 "国家规定,2026-11-22版", f"显示{shown}/60", "一级保护区", "准保护区", "未评估:"):  # fmt: skip
        assert plain(part) in first, part
    assert f"违规{shown}" in first and "无冲突" not in first  # the legend counts what is shown
    # The map is one picture of three pixels for each of the screen's; Chromium would draw a canvas anew, and smaller.
    widths = [
        int(one["/Width"]) for one in map(PdfObject.get_object, reader.pages[0]["/Resources"]["/XObject"].values())
    ]
    assert max(widths) == 3 * 702 and "°E" not in first


def test_the_picture_is_sharp_and_has_scale_north_degrees_and_only_what_is_shown(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({result: ['violation']}); window.dispatchEvent(new Event('beforeprint'))")
    width, height = opened.execute_script(
        "const one = document.getElementById('picture'); return [one.width, one.height]"
    )
    assert width >= 2 * 700 and height >= 2 * 600
    colours = """const one = document.getElementById('picture'); const {width} = one;
    const look = (left, top, wide, high) => { const data = pixelsOf(one, left, top, wide, high);
      const found = new Set(); for (let at = 0; at < data.length; at += 4) found.add([...data.slice(at, at + 3)].join()); return found; };
    const all = look(0, 0, width, one.height);
    return {orange: all.has('213,94,0'), green: all.has('0,158,115'), corner: [...look(0, 0, 1, 1)],
      bar: look(0, one.height - 90, 420, 80).has('27,31,35'), north: look(width - 130, 0, 120, 140).has('27,31,35')}"""  # fmt: skip
    found = opened.execute_script(PIXELS + colours)
    assert found["orange"] and not found["green"] and found["bar"] and found["north"]
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert opened.find_elements(By.ID, "picture") == []


def test_the_list_repeats_its_heading_and_splits_no_row(tmp_path: Path, desktop: WebDriver) -> None:
    facts = large(sites=400, zones=8, vertices=40)
    names = [f"甲{place:04d}首行 乙{place:04d}中行 丙{place:04d}末行" + "长名字" * 12 for place in range(400)]
    facts["sites"]["name"] = names
    path = tmp_path / "long.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    found = pages(printed(desktop))
    table = [text for text in found if re.search(r"甲\d{4}首行", text) and "编号名称类型" in text]
    rows = [number for text in table for number in re.findall(r"甲(\d{4})首行", text.split("发现的问题")[0])]
    assert sorted(rows) == sorted(f"{place:04d}" for place in range(400)) and len(table) > 8
    for text in table:  # a row that begins on a page ends on it
        own = text.split("发现的问题")[0]
        assert re.findall(r"甲(\d{4})首行", own) == re.findall(r"丙(\d{4})末行", own)


def test_of_more_than_2000_rows_the_worst_are_printed_and_it_says_so(tmp_path: Path, desktop: WebDriver) -> None:
    facts = large(sites=2_300, zones=8, vertices=40)
    path = tmp_path / "many.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(desktop.find_elements(By.CSS_SELECTOR, "#paper tbody tr")) == 2_000
    told = desktop.find_element(By.CSS_SELECTOR, "#paper .left").get_attribute("textContent")
    assert "最严重的 2\u202f000 个点位，另有 300 个未印" in told
    first = desktop.execute_script("return [...document.querySelectorAll('#paper tbody tr')].slice(0, 5).map((one) => one.textContent)")  # fmt: skip
    assert all(RESULTS["violation"].zh in one for one in first)
    desktop.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_rows_that_the_map_does_not_show_are_told(opened: WebDriver) -> None:
    opened.execute_script("map_inspection.setView([26.47, 104.80], 16, {animate: false}); window.dispatchEvent(new Event('beforeprint'))")  # fmt: skip
    (told,) = opened.execute_script(
        "return [...document.querySelectorAll('#paper .off')].map((one) => one.textContent)"
    )
    assert 40 < int(re.findall(r"\d+", told)[0]) <= 60
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_paper_is_white_in_the_dark(page: Path, desktop: WebDriver) -> None:
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    desktop.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})
    try:
        open_page(desktop, page)
        screen = desktop.execute_script("return getComputedStyle(document.body).color")
        desktop.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        desktop.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
        looks = desktop.execute_script(
            PIXELS + "const of = (one) => getComputedStyle(one); const picture = document.getElementById('picture');"
            "return [of(document.body).backgroundColor, of(document.querySelector('#paper h1')).color,"
            "[...pixelsOf(picture, picture.width / 2, 3, 1, 1)].slice(0, 3).every((one) => one > 200)]"
        )
        assert screen != "rgb(27, 31, 35)"
        assert looks == ["rgb(255, 255, 255)", "rgb(27, 31, 35)", True]
        desktop.execute_script("window.dispatchEvent(new Event('afterprint'))")
    finally:
        desktop.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


def test_one_site_per_sheet_with_all_that_an_inspector_needs(opened: WebDriver) -> None:
    opened.execute_script("headwater.filter({result: ['violation']})")
    shown = opened.execute_script("return headwater.counts.shown")
    found = pages(sheets(opened, "sheets"))
    assert len(found) == shown  # each on one page
    sheet = next(text for text in found if "R-000" in text)
    facts = small()
    site = facts["sites"].set_index("site_id").loc["R-000"]
    for part in (site["name"], "违规·严重", "未启动逾期", site["deadline"], site["responsible_unit"], "张三", "李四", "污水直排入库",
                 "一级保护区", "《中华人民共和国水污染防治法》第六十五条", "距边界 42 m", "责令拆除或者关闭", "位置误差超过 32 米时结论才会改变",
                 "带坐标的照片", "采样记录", f"{site['lon']:.5f}"[:8], "约1:", "现场情况(手写)", "巡查人签名", "日期"):  # fmt: skip
        assert plain(str(part)) in sheet, part
    assert re.search(r"26°\d{2}[′']", sheet)
    assert opened.find_elements(By.CSS_SELECTOR, "#paper > *") == []  # nothing is left after printing


def test_a_sketch_is_at_a_round_scale_with_a_bar_that_is_true(opened: WebDriver) -> None:
    opened.execute_script(STAY + "; headwater.select('R-000')")
    opened.find_element(By.CSS_SELECTOR, "[data-tool=print]").click()
    opened.find_element(By.CSS_SELECTOR, "[data-print=this]").click()
    wait_for(opened, "return window.asked === 1")
    assert len(opened.find_elements(By.CSS_SELECTOR, "#paper .sheet")) == 1
    told = opened.find_element(By.CSS_SELECTOR, "#paper figcaption").get_attribute("textContent")
    scale = int(re.findall(r"1:([\d\u202f]+)", told)[0].replace("\u202f", ""))
    assert scale in (5_000, 10_000, 25_000)
    # The bar's line in the picture, in CSS pixels of which 96 are an inch, against the longest of 1, 2, 5, … metres.
    black = """const one = document.querySelector('#paper .sketch canvas'); const ratio = one.width / parseFloat(one.style.width);
    const y = one.height - 9 * ratio; const data = pixelsOf(one, 0, y, one.width, 1);
    let run = 0, best = 0; for (let x = 0; x < one.width; x += 1) { run = data[x * 4] < 60 ? run + 1 : 0; best = Math.max(best, run); }
    return best / ratio"""
    metres = opened.execute_script(PIXELS + black) * 0.0254 / 96 * scale
    power = 10 ** len(str(int(metres / 1.05))) / 10
    assert min(abs(metres - one * power) for one in (1, 2, 5, 10)) < 0.03 * metres
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_more_than_200_sheets_are_not_printed_and_that_is_told(tmp_path: Path, desktop: WebDriver) -> None:
    path = tmp_path / "sheets.html"
    path.write_text(inspection_map(**large(sites=230, zones=4, vertices=30)), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script(STAY)
    desktop.find_element(By.CSS_SELECTOR, "[data-tool=print]").click()
    choice = desktop.find_element(By.CSS_SELECTOR, "[data-print=sheets]")
    assert "一次最多 200 张" in choice.text and "230" in choice.text
    choice.click()
    wait_for(desktop, "return window.asked === 1")
    assert len(desktop.find_elements(By.CSS_SELECTOR, "#paper .sheet")) == 200
    desktop.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_hostile_texts_are_printed_as_they_are(tmp_path: Path, desktop: WebDriver) -> None:
    facts: dict[str, Any] = small(names=HOSTILE)
    facts["run"]["title"] = '"}@page{size:A3}*{display:none}\\'
    path = tmp_path / "hostile.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    reader = printed(desktop)
    text = pages(reader)
    assert {(round(float(one.mediabox.width)), round(float(one.mediabox.height))) for one in reader.pages} == {
        A4_POINTS
    }
    assert all('"}@page{size:A3}*{display:none}\\·2017-11-30' in one for one in text)
    assert plain(HOSTILE[1]) in "".join(text) and plain(HOSTILE[0]) in "".join(text)
    assert desktop.execute_script("return window.hostile === undefined") and complaints_of(desktop) == []
