"""Hostile texts in what comes to the page and what leaves it: survey files, links, and the files it saves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from maps.payload import plain_texts
from tests.browser import complaints_of, requests_of, wait_for
from tests.field_work import open_list, photo, small_png, survey, take, visit
from tests.hostile_pages import facts_of
from tests.hostile_texts import RECKONED, TEXTS
from tests.page_fixtures import open_anew, texts

# What a survey file holds of a line of text; a name of a file is no longer than file systems take.
SHORT = [text for text in TEXTS if len(text) <= 120]
FORMATS = ("csv", "excel", "geojson")


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The frames of one page whose sites' texts are all hostile texts, and its file."""
    facts = facts_of(TEXTS[::2], "x")
    path = tmp_path_factory.mktemp("every") / "every.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    return facts, path


@pytest.fixture
def unharmed(desktop: WebDriver) -> Iterator[WebDriver]:
    """The browser, in which nothing has run, been asked for or complained of once the test is over."""
    desktop.get_log("browser")
    desktop.get_log("performance")
    yield desktop
    assert desktop.execute_script("return window.hostile === undefined && {}.hostile === undefined")
    assert desktop.execute_script("headwater.filter({}); return headwater.counts.shown") > 0
    assert requests_of(desktop) == []
    assert complaints_of(desktop) == []


def test_survey_files_of_hostile_texts_are_shown_as_they_are(unharmed: WebDriver, wide: Path, tmp_path: Path) -> None:
    open_anew(unharmed, wide)
    groups = [SHORT[start : start + 4] for start in range(0, len(SHORT), 4)]
    records = [
        visit(
            place, inspector=group[0], build_id=group[-1], site_id=group[0], note="\n".join(group),
            observed={"status": "behind", "result": "violation", "checklist": [{"rule_id": one, "item": one, "done": True, "remark": one} for one in group]},
            photos=[photo(small_png(shade), one) for shade, one in enumerate(group)],
        )
        for place, group in enumerate(groups, start=1)
    ]  # fmt: skip
    records += [{**one, "uuid": "1" + one["uuid"][1:], "site_id": "R-000"} for one in records]
    open_list(unharmed)
    assert f"{len(records)}" in take(unharmed, tmp_path / "survey.json", survey(*records))
    unharmed.execute_script("headwater.select('R-000')")
    unfold = "document.querySelectorAll('#detail .visit details').forEach((one) => { one.open = true; })"
    wait_for(
        unharmed,
        f"{unfold}; return document.querySelectorAll('#detail .visit details > :not(summary)').length >= {len(groups)}",
    )
    shown = "\n".join(texts(unharmed, "#detail"))
    assert [text for text in SHORT if text not in shown] == []
    open_list(unharmed)
    while unharmed.execute_script(
        "const more = document.querySelector('#field .allvisits ~ .more, #field .more'); more?.click(); return Boolean(more)"
    ):
        pass
    listed = "\n".join(texts(unharmed, "#field"))
    assert [group[0] for group in groups if group[0] not in listed] == []
    assert RECKONED not in shown + listed


NO_SURVEYS = [
    "", "null", "[]", "{}", "[[[[", '{"format":"headwater-survey"}', '{"__proto__":{"hostile":1}}', "<script>window.hostile=1</script>",
    survey({"__proto__": {"hostile": 1}}), survey(visit(1) | {"constructor": {"prototype": {"hostile": 1}}, "uuid": "<img src=x onerror=window.hostile=1>"}),
    survey(visit(1, position={"lon": "104", "lat": None, "accuracy_m": -1, "source": "<b>"})), survey(visit(1), visit(1, note=7)),
    survey(visit(1, photos=[{"name": "x", "sha256": "0" * 64, "data": "PHNjcmlwdD4="}])), "[" * 100_000, '{"records":' + "9" * 400 + "}",
]  # fmt: skip


def test_files_that_are_no_surveys_change_nothing(unharmed: WebDriver, wide: Path, tmp_path: Path) -> None:
    open_anew(unharmed, wide)
    open_list(unharmed)
    for place, text in enumerate(NO_SURVEYS):
        take(unharmed, tmp_path / f"{place}.json", text)
        assert len(texts(unharmed, "#field .outcome .fault")) > 0, text[:200]
        assert texts(unharmed, "#field .allvisits li") == [], text[:200]


def test_addresses_of_hostile_texts_are_followed_or_left_alone(
    unharmed: WebDriver, every: tuple[dict[str, Any], Path]
) -> None:
    open_anew(unharmed, every[1])
    # A browser takes no more than two hundred in ten seconds, those that the page writes itself included.
    fragments = [f"#{quote(text, safe='')}" for text in SHORT[::8]] + [f"#{text}" for text in SHORT[3::12]]
    names = ("open", "text", "result", "map", "lang", "sort", "group", "__proto__")
    fragments += [f"#{urlencode(dict.fromkeys(names[place % 8 :], text))}" for place, text in enumerate(SHORT[::7])]
    script = """const [fragments, done] = arguments;
    (async () => { for (const one of fragments) {
      const heard = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
      const before = location.hash;
      location.hash = one;
      if (location.hash !== before) await heard;
    } })().then(() => done(headwater.counts.sites), (fault) => done(String(fault)));"""
    unharmed.set_script_timeout(300)
    assert unharmed.execute_async_script(script, fragments) == len(every[0]["sites"])
    for text in SHORT[::40]:
        unharmed.get("about:blank")
        unharmed.get(f"{every[1].as_uri()}#{urlencode({'text': text, 'open': text})}")
        wait_for(unharmed, "return performance.getEntriesByName('headwater:complete').length > 0")
        assert unharmed.execute_script("return headwater.counts.shown") >= 0


def test_saved_files_hold_what_was_given(unharmed: WebDriver, every: tuple[dict[str, Any], Path]) -> None:
    facts, path = every
    open_anew(unharmed, path)
    saved = unharmed.execute_async_script(
        """const [formats, done] = arguments;
        const blobs = [];
        URL.createObjectURL = (blob) => { blobs.push(blob); return 'blob:null/none'; };
        HTMLAnchorElement.prototype.click = () => {};
        document.querySelector('.tablebar').click();
        (async () => {
          for (const [place, format] of formats.entries()) {
            document.querySelector('details.export').open = true;
            for (let button = null; blobs.length <= place;) {
              button ??= document.querySelector(`[data-export=${format}]`);
              if (button && !button.pressed) { button.pressed = true; button.click(); }
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          }
          return Promise.all(blobs.map((blob) => blob.text()));
        })().then(done, (fault) => done(String(fault.stack)));""",
        list(FORMATS),
    )
    sites = facts["sites"].drop(columns=["geometry", "lon", "lat"])
    given = {
        str(name): dict(zip(plain_texts(sites["site_id"]), plain_texts(sites[name]), strict=True))
        for name in sites.columns
    }
    assert isinstance(saved, list), saved
    plain, excel = (list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))) for text in saved[:2])
    assert len(plain) == len(excel) == len(sites)
    for name, values in given.items():
        assert {row["site_id"]: row[name] for row in plain} == values, name
    runs = [cell for row in excel for cell in row.values() if cell.lstrip()[:1] in tuple("=+-@＝＋－＠")]
    assert [cell for cell in runs if not (cell.startswith('="') and cell.endswith('"'))] == []
    features = json.loads(saved[2])["features"]
    for name, values in given.items():
        assert {
            one["properties"]["site_id"]: str(one["properties"].get(name) or "") for one in features
        } == values or name in ("violations", "checks", "not_assessed", "source_row"), name
