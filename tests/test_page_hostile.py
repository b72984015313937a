"""Every text that a page can show, in any of many hostile spellings: nothing runs, nothing breaks, all of it is shown.

A page of hostile words and the same page of harmless ones are walked by one script, which tells elements, attributes
and texts with each word as its number: they must be alike. Where a word were taken for markup, for a template or for a
key of an object, or were lost or changed, they would not be.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import complaints_of, requests_of, wait_for
from tests.hostile_pages import SUFFIXES, facts_of, harmless
from tests.hostile_texts import RECKONED, TEXTS
from tests.page_fixtures import open_anew

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = (ROOT / "tests" / "page" / "walk.js").read_text("utf-8").replace("export function", "function")
PER_PAGE = 50  # a table of so few rows is drawn whole
CHUNKS = [TEXTS[start : start + PER_PAGE] for start in range(0, len(TEXTS), PER_PAGE)]
LONGEST = 300  # seconds, for one walk on a busy machine
HARMLESS = harmless(PER_PAGE)
MARKS = [(word, f"[[{place}]]") for chunk in (*CHUNKS, HARMLESS) for place, word in enumerate(chunk)]


def walked(driver: WebDriver, call: str, *arguments: Any) -> Any:
    """What a function of tests/page/walk.js gives in the page."""
    driver.set_script_timeout(LONGEST)
    return driver.execute_script(f"{SCRIPT}\nreturn {call}(...arguments)", *arguments)


@pytest.fixture(scope="module")
def window(desktop: WebDriver) -> Iterator[WebDriver]:
    """The browser, small: what is painted is not what is looked at here."""
    for width, height in ((800, 460), (1440, 900)):
        measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        desktop.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)  # type: ignore[attr-defined]
        if width < 1440:
            yield desktop


def walk(driver: WebDriver, words: Sequence[str], path: Path) -> dict[str, str]:
    """What the page shows, a text per state, once its photos are unpacked, which begins when a first site is opened."""
    open_anew(driver, path)
    driver.execute_script("headwater.select(arguments[0])", words[0])
    wait_for(driver, "return document.querySelector('#detail .photos h3')")
    told: dict[str, str] = walked(driver, "walk", words, MARKS, {"sites": "", **SUFFIXES})
    return told


def page_of(folder: Path, words: Sequence[str]) -> Path:
    """A file of these words, all of them in its title but where a chunk has what a document cannot hold."""
    title = " ".join(word for place, word in enumerate(words) if not any("\0" in chunk[place] for chunk in CHUNKS))
    path = folder / "inspection.html"
    path.write_text(inspection_map(**facts_of(words, title)), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=range(len(CHUNKS)))
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sequence[str], Path]:
    """The words of a chunk and the page whose every text they are."""
    words = CHUNKS[request.param]
    return words, page_of(tmp_path_factory.mktemp("hostile"), words)


@pytest.fixture(scope="module")
def expected(window: WebDriver, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The page of harmless words, and what it shows."""
    path = page_of(tmp_path_factory.mktemp("harmless"), HARMLESS)
    told = walk(window, HARMLESS, path)
    assert_alive(window)
    return path, told


def test_each_page_has_as_many_texts_and_there_are_enough() -> None:
    assert {len(chunk) for chunk in CHUNKS} == {PER_PAGE}
    assert len(set(TEXTS)) == len(TEXTS) >= 150


def test_hostile_texts_are_shown_as_they_are_and_do_nothing(
    hostile: tuple[Sequence[str], Path], expected: tuple[Path, dict[str, str]], window: WebDriver
) -> None:
    words, path = hostile
    told = walk(window, words, path)
    assert_alive(window)
    assert list(told) == list(expected[1])
    for state, shown in expected[1].items():
        assert told[state] == shown, first_difference(shown, told[state])
    for word, offered in zip(words, walked(window, "searches", words), strict=True):
        assert word in offered if offered is not None else {*word} & {*"\r\n"}, word
    assert_alive(window)


def assert_alive(driver: WebDriver) -> None:
    """Nothing ran, nothing was asked for, nothing complained, and the page still answers."""
    assert driver.execute_script("return window.hostile === undefined && {}.hostile === undefined")
    assert driver.execute_script("headwater.filter({}); return headwater.counts.shown") == PER_PAGE
    assert requests_of(driver) == []
    assert complaints_of(driver) == []


def first_difference(expected: str, found: str) -> str:
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "harmless", "hostile", lineterm="", n=2)
    return "\n".join(line[:300] for _, line in zip(range(24), lines, strict=False))


def test_readers_without_scripts_are_shown_the_same(
    hostile: tuple[Sequence[str], Path], expected: tuple[Path, dict[str, str]], window: WebDriver
) -> None:
    window.get("about:blank")
    # A document holds no NUL: it has the character for what cannot be shown instead.
    marks = [(word.replace("\0", "\ufffd"), mark) for word, mark in MARKS]
    found, wanted = (walked(window, "parsed", marks, path.read_text("utf-8")) for path in (hostile[1], expected[0]))
    assert found == wanted, first_difference(wanted, found)


def test_no_template_was_reckoned_out(hostile: tuple[Sequence[str], Path]) -> None:
    assert RECKONED not in hostile[1].read_text("utf-8")
