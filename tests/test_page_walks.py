"""A hundred people who press anything: the page never complains, never dies, and its numbers always fit together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from maps.payload import plain_texts
from tests.browser import complaints_of, requests_of
from tests.hostile_pages import facts_of
from tests.hostile_texts import TEXTS
from tests.map_frames import HOSTILE, widened
from tests.page_fixtures import open_anew

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = (ROOT / "tests" / "page" / "wander.js").read_text("utf-8").replace("export ", "")
WALKS, STEPS = 100, 6
WINDOWS = ((1440, 900), (800, 600), (390, 844), (1024, 480))
HOSTILE_WORDS = TEXTS[::5][:50]
PAGES = {"honest": widened, "hostile": lambda: facts_of(HOSTILE_WORDS, " ".join(HOSTILE_WORDS[:9]))}
FACETS = ("result", "status", "kind", "responsible_unit", "severity", "change", "layer")
TYPED = (*HOSTILE, *HOSTILE_WORDS[::4], "S-01", "水城", "CN-OUT", "104.8,26.5", "", " ")


@pytest.fixture
def window(desktop: WebDriver) -> Iterator[WebDriver]:
    """The browser, of any size, and of its own size again."""
    yield desktop
    resize(desktop, 1440, 900)


def resize(driver: WebDriver, width: int, height: int) -> None:
    measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)  # type: ignore[attr-defined]


def call(driver: WebDriver, code: str, *arguments: Any) -> Any:
    driver.set_script_timeout(300)
    script = f"{SCRIPT}\nconst done = arguments[arguments.length - 1]; (async () => {{ {code} }})().then(done, (fault) => done(String(fault.stack)))"
    return driver.execute_async_script(script, *arguments)


@pytest.mark.parametrize("name", PAGES)
def test_a_hundred_walks(name: str, window: WebDriver, tmp_path: Path) -> None:
    facts = PAGES[name]()
    path = tmp_path / f"{name}.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    columns = {facet: plain_texts(facts["sites"][facet]) for facet in ("site_id", *FACETS)}
    sites = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    open_anew(window, path)
    each = WALKS // len(PAGES) // len(WINDOWS) + 1
    for place, (width, height) in enumerate(WINDOWS):
        resize(window, width, height)
        walks = f"""stayOnThePage();
            for (let seed = arguments[0]; seed < arguments[0] + {each}; seed += 1) {{
              headwater.filter({{}});
              const told = await wander(seed, {STEPS}, arguments[1], arguments[2]);
              if (told) return told;
            }}
            return '';"""
        assert call(window, walks, place * 1_000, sites, list(TYPED)) == ""
        assert window.execute_script("headwater.filter({}); return headwater.counts.shown") == len(sites)
    assert window.execute_script("return window.hostile === undefined")
    assert requests_of(window) == []
    assert complaints_of(window) == []


def test_what_does_not_fit_is_told(window: WebDriver, page: Path) -> None:
    open_anew(window, page)
    sites = window.execute_script(
        "return [...document.querySelectorAll('[data-site-id]')].map((row) => ({site_id: row.dataset.siteId}))"
    )
    assert call(window, "return faults(arguments[0])", sites) == []
    told = call(window, "document.querySelector('[data-site-id]').remove(); return faults(arguments[0])", sites)
    assert [one.split(":")[0] for one in told] == ["rows", "passing"]
    assert (
        call(window, "return chances(7)()")
        == call(window, "return chances(7)()")
        != call(window, "return chances(8)()")
    )
