"""The pages and the browsers that all tests of the page share (tests/conftest.py), and how they look at a page.

A browser is started once in a process of pytest: what a test changes of the page ends with the page, which is opened
anew for each; what it keeps beyond that (`localStorage` …) is taken away before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import browser, need_browser, open_page
from tests.ledger_frames import historic
from tests.map_frames import HOSTILE, small, widened


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small district with hostile names."""
    need_browser()
    facts = small(names=HOSTILE)
    facts["sites"].loc[0, "problem"] = "长" * 40_000
    facts["run"]["title"] = HOSTILE[0]
    facts["sections"].loc[0, "name"] = HOSTILE[3]
    facts["zones"].loc[0, "name"] = HOSTILE[1]
    facts["sites"][HOSTILE[3]] = HOSTILE[0]
    path = tmp_path_factory.mktemp("map") / "inspection.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def desktop() -> Iterator[WebDriver]:
    """A browser of 1440 by 900."""
    need_browser()
    with browser() as driver:
        yield driver


@pytest.fixture(scope="session")
def phone() -> Iterator[WebDriver]:
    """A browser of 390 by 844 that is touched."""
    need_browser()
    with browser(390, 844, touch=True) as driver:
        yield driver


@pytest.fixture(scope="session")
def scriptless() -> Iterator[WebDriver]:
    """A browser of 1440 by 900 that runs no scripts."""
    need_browser()
    with browser(scripts=False) as driver:
        yield driver


@pytest.fixture
def opened(desktop: WebDriver, page: Path) -> WebDriver:
    """The browser with `page` opened anew."""
    open_anew(desktop, page)
    return desktop


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a district whose rules look at records, sections and zones, too."""
    need_browser()
    path = tmp_path_factory.mktemp("wide") / "inspection.html"
    path.write_text(inspection_map(**widened()), encoding="utf-8")
    return path


@pytest.fixture
def widely(desktop: WebDriver, wide: Path) -> WebDriver:
    """The browser with `wide` opened anew."""
    open_anew(desktop, wide)
    return desktop


@pytest.fixture(scope="session")
def ledgered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a district that has a ledger, and a run before."""
    need_browser()
    path = tmp_path_factory.mktemp("ledgered") / "inspection.html"
    path.write_text(inspection_map(**historic()), encoding="utf-8")
    return path


def open_anew(driver: WebDriver, path: Path) -> None:
    """Opens the file in a browser that remembers nothing of any file."""
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "file:///", "storageTypes": "all"})  # type: ignore[attr-defined]
    open_page(driver, path)  # type: ignore[arg-type]


def texts(driver: WebDriver, selector: str) -> list[str]:
    """The text of every element that `selector` finds."""
    return driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector
    )  # type: ignore[no-any-return]


def text(driver: WebDriver, selector: str) -> str:
    """The text of the one element that `selector` finds."""
    (only,) = texts(driver, selector)
    return only


def legend_count(driver: WebDriver, facet: str, value: str) -> int:
    """How many sites the legend says have this value."""
    shown = text(driver, f'#legend [data-facet="{facet}"][data-value="{value}"] .count')
    return int(shown.replace("\u202f", ""))


def pixels(driver: WebDriver, red: int, green: int, blue: int, where: str = "canvas.paint") -> int:
    """How much of the canvases is exactly in this colour."""
    script = """const [red, green, blue, where] = arguments;
    return [...document.querySelectorAll(where)].reduce((sum, canvas) => {
      const copy = Object.assign(document.createElement('canvas'), {width: canvas.width, height: canvas.height});
      const brush = copy.getContext('2d', {willReadFrequently: true});
      brush.drawImage(canvas, 0, 0);
      const {data} = brush.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) found += 1;
      }
      return sum + found;
    }, 0)"""
    return int(driver.execute_script(script, red, green, blue, where))


def orange_pixels(driver: WebDriver, where: str = "canvas.paint") -> int:
    """How much of the canvases is in the colour of violations."""
    return pixels(driver, 213, 94, 0, where)
