"""Find and narrow: initials, places, pasted coordinates, every filter with its counts, and the link that restores it all."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from layers.words import FINISHED_STATUSES
from maps.answers import with_unknown_levels
from maps.inspection import inspection_map
from maps.style import FACET_NAMES, FACETS
from tests.browser import complaints_of, need_browser, open_page, wait_for
from tests.map_frames import HOSTILE, UNITS, in_districts, widened
from tests.page_fixtures import open_anew, text, texts

AS_OF = date(2017, 11, 30)
DEADLINES = ("2017-11-30", "2017-12-07", "2017-12-08", "2017-12-30", "2017-12-31", "2018-06-30", "2017-09-30", None)


def facts() -> dict[str, Any]:
    found = in_districts(widened())
    sites = found["sites"]
    ledger = sites.index[sites["layer"] == "remediation_sites"]
    sites.loc[ledger, "deadline"] = [DEADLINES[place % len(DEADLINES)] for place in range(len(ledger))]
    known = sites["deadline"].notna() & sites["status"].notna()
    late = (sites["deadline"] < AS_OF.isoformat()) & ~sites["status"].isin(FINISHED_STATUSES)
    sites["overdue"] = late.astype(object).where(known, None)
    sites.loc[1, "name"] = HOSTILE[1]
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return facts()


@pytest.fixture(scope="module")
def file(found: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    path = tmp_path_factory.mktemp("find") / "inspection.html"
    path.write_text(inspection_map(**found), encoding="utf-8")
    return path


@pytest.fixture
def found_page(desktop: WebDriver, file: Path) -> WebDriver:
    open_anew(desktop, file)
    return desktop


def find(driver: WebDriver, asked: str) -> list[str]:
    return driver.execute_script("return headwater.find(arguments[0])", asked)  # type: ignore[no-any-return]


def shown(driver: WebDriver) -> int:
    return int(driver.execute_script("return headwater.counts.shown"))


def typed(driver: WebDriver, asked: str) -> list[str]:
    box = driver.find_element(By.ID, "search")
    box.clear()
    box.send_keys(asked)
    return texts(driver, "#hits [role=option]")


def due(row: Any) -> str:
    """The deadline's value as docs/map.md words it, from the same columns."""
    if row["overdue"] is True:
        return "overdue"
    if row["status"] in FINISHED_STATUSES:
        return "done"
    if not row["deadline"]:
        return "none"
    days = (date.fromisoformat(row["deadline"]) - AS_OF).days
    return "week" if days <= 7 else "month" if days <= 30 else "later"


def expected(found: dict[str, Any]) -> dict[str, pd.Series]:
    """Per filter the set of values of each site."""
    findings, run = found["findings"], found["run"]
    sites = with_unknown_levels(found["sites"], found["answers"], run["rules"])
    one = {
        name: sites[FACET_NAMES.get(name, name)].fillna("").map(lambda value: {str(value)})
        for name in ("result", "severity", "status", "kind", "level", "unit", "layer", "change")
    }
    names = found["context"]["districts"]["name"].tolist()
    rules = findings.groupby(["subject_layer", "subject_id"])["rule_id"].agg(set).to_dict()
    keys = list(zip(sites["layer"], sites["site_id"], strict=True))
    case = {rule: told.get("case") for rule, told in run["rules"].items()}
    return one | {
        "district": pd.Series([{names[row] if row >= 0 else ""} for row in found["districts_of"]]),
        "deadline": pd.Series(
            [{due(row)} for row in sites.astype(object).where(sites.notna(), None).to_dict("records")]
        ),
        "rule": pd.Series([rules.get(key, set()) for key in keys]),
        "case": pd.Series([{case[rule] for rule in rules.get(key, ())} - {None} for key in keys]),
    }


def test_names_units_and_places_are_found_by_their_initials(found_page: WebDriver, found: dict[str, Any]) -> None:
    sites = found["sites"]
    reservoir = set(sites.loc[sites["name"].str.startswith("窑上水库"), "site_id"])
    for asked in ("yssk", "ysk", "YSK", "ＹＳＫ", "ｙｓｓｋ"):
        hits = find(found_page, asked)
        assert reservoir < set(hits), asked
        assert {"W-1", "Z-1-1"} < set(hits)  # the water body and its zone, too
    unit = set(sites.loc[sites["responsible_unit"] == UNITS[0], "site_id"])
    assert unit <= set(find(found_page, "zsqst"))
    both = set(
        sites.loc[(sites["responsible_unit"] == UNITS[0]) & sites["name"].str.match("窑上|玉舍"), "site_id"]
    )  # both are yssk
    assert set(find(found_page, "　ysk　zsqst　")) == both != set()
    assert find(found_page, "zzzz") == []
    options = typed(found_page, "ysk")
    assert any("窑上水库" in one for one in options)
    # What is meant as text comes before what is only spelt so.
    assert find(found_page, "r-0")[0].startswith("R-0")


def test_without_an_order_of_pinyin_only_text_is_found(desktop: WebDriver, file: Path) -> None:
    script = "Intl.Collator = class { compare(one, other) { return one < other ? -1 : one > other ? 1 : 0; } };"
    added = desktop.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})  # type: ignore[attr-defined]
    try:
        open_anew(desktop, file)
        assert find(desktop, "yssk") == []
        assert len(find(desktop, "窑上水库")) > 10
        assert typed(desktop, "yssk") == [] and "没有找到" in text(desktop, "#hits")
        assert complaints_of(desktop) == []
    finally:
        desktop.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)  # type: ignore[attr-defined]


def test_the_values_of_filters_are_found_by_their_words(found_page: WebDriver, found: dict[str, Any]) -> None:
    sites = found["sites"]
    for asked, filtered in (
        (UNITS[1], sites["responsible_unit"] == UNITS[1]),
        ("逾期", sites["overdue"] == True),  # noqa: E712
        ("nyncj", sites["responsible_unit"] == UNITS[2]),
        ("排污口附近", None),
    ):
        options = typed(found_page, asked)
        own = [place for place, one in enumerate(options) if "筛选" in one]
        if filtered is None:
            assert own == []
            continue
        assert own
        found_page.execute_script(
            "const options = document.querySelectorAll('#hits [role=option]');"
            "options[arguments[0]].dispatchEvent(new MouseEvent('mousedown', {bubbles: true, cancelable: true}))",
            own[0],
        )
        assert shown(found_page) == filtered.sum() > 0
        found_page.execute_script("headwater.filter({})")


def test_a_place_is_flown_to_and_seen_whole(found_page: WebDriver, found: dict[str, Any]) -> None:
    context = found["context"]
    places = [
        ("水城河", context["rivers"], 0),
        ("水城区", context["districts"], 1),
        ("W-2", context["water_bodies"], 2),
    ]
    for asked, frame, row in places:
        found_page.execute_script("map_inspection.setView([30, 110], 15, {animate: false})")
        typed(found_page, asked)
        found_page.find_element(By.ID, "search").send_keys(Keys.ENTER)
        wait_for(found_page, "return document.querySelector('#detail h2')")
        assert text(found_page, "#detail h2") == frame["name"].iloc[row]
        west, south, east, north = frame.geometry.iloc[row].bounds
        inside = "const box = map_inspection.getBounds().pad(0.02); return box.contains([arguments[1], arguments[0]]) && box.contains([arguments[3], arguments[2]])"
        assert found_page.execute_script(inside, west, south, east, north), asked
    typed(found_page, "玉舍取水口")
    found_page.find_element(By.ID, "search").send_keys(Keys.ENTER)
    wait_for(found_page, "return document.querySelector('#detail h2').textContent === '玉舍取水口'")
    assert found_page.execute_script("return map_inspection.getBounds().contains([26.472, 104.803])")


def test_pasted_coordinates_of_every_kind_go_to_the_place(found_page: WebDriver) -> None:
    for asked in (
        "104.8025, 26.4704",
        "26.4704，104.8025",
        "东经104度48分9秒，北纬26度28分13.44秒",
        "26°28′13.44″N 104°48′9″E",
    ):
        found_page.execute_script("map_inspection.setView([30, 110], 9, {animate: false})")
        assert "104.8025" in typed(found_page, asked)[0]
        found_page.find_element(By.ID, "search").send_keys(Keys.ENTER)
        centre = found_page.execute_script("const {lat, lng} = map_inspection.getCenter(); return [lng, lat]")
        assert abs(centre[0] - 104.8025) < 0.02 and abs(centre[1] - 26.4704) < 0.02
        assert "玉舍水库" in text(found_page, ".leaflet-popup-content")


def test_every_filter_counts_as_the_frames_do_and_combines_with_every_other(
    found_page: WebDriver, found: dict[str, Any]
) -> None:
    values = expected(found)
    told = (
        "const counts = {}; document.querySelectorAll('#legend [data-facet]').forEach((one) => {"
        "counts[`${one.dataset.facet}/${one.dataset.value}`] = Number(one.querySelector('.count').textContent.replace(/\\u202f/g, '')); }); return counts"
    )
    chance = random.Random(5)
    occurring = {name: sorted(set().union(*column)) for name, column in values.items()}
    assert {name: len(found) > 1 for name, found in occurring.items()} == dict.fromkeys(values, True)
    choices: list[dict[str, list[str]]] = [{}, *({name: [occurring[name][0]]} for name in values)]
    for _ in range(25):
        chosen = chance.sample(sorted(values), chance.randint(2, 4))
        choices.append(
            {name: chance.sample(occurring[name], min(len(occurring[name]), chance.randint(1, 3))) for name in chosen}
        )
    some = 0
    for wanted in choices:
        found_page.execute_script("headwater.filter(arguments[0])", wanted)
        passes = {
            name: values[name].map(lambda own, chosen=chosen: bool(own & set(chosen)))
            for name, chosen in wanted.items()
        }
        everything = pd.Series(True, index=found["sites"].index)
        mask = everything.copy()
        for one in passes.values():
            mask &= one
        assert shown(found_page) == mask.sum(), wanted
        some += bool(mask.sum())
        counts = found_page.execute_script(told)
        for name, column in values.items():
            others = everything.copy()
            for other, one in passes.items():
                others &= one if other != name else True
            facet = FACET_NAMES.get(name, name)
            for value in occurring[name]:
                amount = sum(value in own for own in column[others])
                if f"{facet}/{value}" in counts:
                    assert counts[f"{facet}/{value}"] == amount, (wanted, name, value)
    assert some > 12
    assert complaints_of(found_page) == []


def test_names_of_filters_old_and_new_are_accepted_and_others_refused(found_page: WebDriver) -> None:
    for name in {*FACETS, *FACET_NAMES} - {"flags"}:  # what only a project with a ledger is filtered by
        found_page.execute_script("headwater.filter({[arguments[0]]: ['no such value']})", name)
        assert shown(found_page) == 0, name
    found_page.execute_script("headwater.filter({deadline: 'overdue'})")
    overdue = shown(found_page)
    found_page.execute_script("headwater.filter({overdue: true})")
    assert shown(found_page) == overdue > 0
    found_page.execute_script("headwater.filter({text: 'ysk', level: '1'})")
    assert shown(found_page) > 0
    refused = "try { headwater.filter({colour: 'red'}); return '' } catch (fault) { return `${fault.name}: ${fault.message}` }"
    assert found_page.execute_script(refused).startswith("RangeError: unknown filter colour")


def test_without_districts_there_is_no_such_filter(desktop: WebDriver, tmp_path: Path) -> None:
    path = tmp_path / "plain.html"
    path.write_text(inspection_map(**widened()), encoding="utf-8")
    open_anew(desktop, path)
    assert texts(desktop, "[data-facet=district]") == []
    assert (
        desktop.execute_script("try { headwater.filter({district: 'x'}) } catch (fault) { return fault.name }")
        == "RangeError"
    )


STATE = """const {lat, lng} = map_inspection.getCenter();
return [lat.toFixed(4), lng.toFixed(4), map_inspection.getZoom(), headwater.counts.shown, document.querySelector('#detail h2')?.textContent ?? '',
  document.documentElement.lang, document.querySelector('[aria-sort=ascending], [aria-sort=descending]').className + document.querySelector('.row.head [aria-sort=descending]')?.className,
  document.querySelector('.grouping').value, [...document.querySelectorAll('#legend [aria-checked=true][data-facet]')].map((one) => one.dataset.facet + one.dataset.value).join()]"""
CHOSEN = """headwater.language('en');
headwater.filter({result: ['violation', 'check'], unit: [arguments[0], '钟山区生态环境分局'], deadline: ['overdue', 'none'], text: 'ysk'});
headwater.select(arguments[1]);
document.querySelector('.row.head .deadline button').click();
document.querySelector('.row.head .deadline button').click();
const group = document.querySelector('.grouping'); group.value = 'strictest_level'; group.dispatchEvent(new Event('change'));"""
SETTLED = "return location.hash.includes(arguments[0])"


def settled(driver: WebDriver, part: str) -> None:
    wait_for(driver, SETTLED.replace("arguments[0]", repr(part)))


def test_a_link_restores_view_filters_selection_language_and_order(found_page: WebDriver, file: Path) -> None:
    found_page.execute_script(CHOSEN, UNITS[1], "S-005")
    found_page.execute_script("map_inspection.setView([26.5, 104.9], 14, {animate: false})")
    settled(found_page, "group=strictest_level")
    settled(found_page, "map=26.50000")
    before, link = found_page.execute_script(STATE), found_page.current_url
    assert before[3] > 0 and before[4] and before[5] == "en" and before[7] == "strictest_level"
    assert {part.split("=")[0] for part in link.split("#")[1].split("&")} == {
        "map", "result", "unit", "deadline", "text", "open", "lang", "sort", "group",
    }  # fmt: skip
    found_page.refresh()
    wait_for(found_page, "return performance.getEntriesByName('headwater:complete').length > 0")
    assert found_page.execute_script(STATE) == before
    found_page.get("about:blank")
    found_page.get(link)
    wait_for(found_page, "return performance.getEntriesByName('headwater:complete').length > 0")
    assert found_page.execute_script(STATE) == before
    assert complaints_of(found_page) == []
    # Pasted into the address of the page while it is open, and back again.
    open_page(found_page, file)
    plain = found_page.execute_script(STATE)
    found_page.execute_script("location.hash = arguments[0]", link.split("#")[1])
    wait_for(found_page, "return document.documentElement.lang === 'en'")
    assert found_page.execute_script(STATE) == before
    settled(found_page, "group=strictest_level")
    found_page.execute_script("location.hash = 'lang=zh'")
    wait_for(found_page, "return document.documentElement.lang === 'zh-CN'")
    assert found_page.execute_script(STATE)[3:] == plain[3:]
    assert complaints_of(found_page) == []


def test_a_hostile_name_goes_through_a_link_unharmed(found_page: WebDriver) -> None:
    found_page.execute_script("headwater.filter({text: arguments[0]}); headwater.select('S-001')", HOSTILE[1])
    settled(found_page, "open=pollution_sources")
    link = found_page.current_url
    assert "<" not in link
    found_page.get("about:blank")
    found_page.get(link)
    wait_for(found_page, "return performance.getEntriesByName('headwater:complete').length > 0")
    assert text(found_page, "#detail h2") == HOSTILE[1]
    assert shown(found_page) == 1
    assert found_page.execute_script("return window.hostile === undefined")


def test_fragments_that_say_nothing_known_change_nothing(found_page: WebDriver, file: Path) -> None:
    before = found_page.execute_script(STATE)
    chance = random.Random(3)
    signs = "&=#%?/<>\"'\\{}$`;,+- \u2028水éab01\0"
    fragments = [
        "", "#", "top", "map=", "map=x,y,z", "map=1e999,1,1", "map=26.5", "map=91,200,3", "map=,,", "map=NaN,NaN,NaN", "open=", "open=/", "open=sites/zz", "open=__proto__/x",
        "lang=xx", "lang=", "sort=__proto__", "sort=-", "group=constructor", "result=", "result=<script>", "__proto__=1", "constructor=x", "toString=x", "%", "%E0%A4%A", "%00", "=", "&&&", "a" * 9000,
        *("".join(chance.choice(signs) for _ in range(chance.randint(1, 60))) for _ in range(60)),
    ]  # fmt: skip
    for fragment in fragments:
        found_page.execute_script(
            "location.hash = arguments[0]; dispatchEvent(new HashChangeEvent('hashchange'))", fragment
        )
        assert found_page.execute_script(STATE) == before, fragment
    for fragment in fragments[:: len(fragments) // 8]:
        found_page.get("about:blank")
        found_page.get(f"{file.resolve().as_uri()}#{quote(fragment, safe='=&,')}")
        wait_for(found_page, "return performance.getEntriesByName('headwater:complete').length > 0")
        assert found_page.execute_script(STATE)[3:] == before[3:], fragment
    assert complaints_of(found_page) == []


def test_what_a_link_asks_for_and_the_data_lack_is_told(found_page: WebDriver) -> None:
    found_page.execute_script("location.hash = 'result=violation&unit=' + encodeURIComponent('撤销的局')")
    wait_for(found_page, "return document.querySelector('.narrowed')?.textContent.includes('略去')")
    violations = shown(found_page)
    found_page.execute_script("headwater.filter({result: 'violation'})")
    assert shown(found_page) == violations > 0
    assert "略去" not in text(found_page, ".narrowed")
    found_page.execute_script("location.hash = 'open=pollution_sources/S-999'")
    wait_for(found_page, "return document.querySelector('.narrowed')?.textContent.includes('略去')")
    assert shown(found_page) == violations


def test_the_address_changes_a_few_times_a_second_at_most(found_page: WebDriver) -> None:
    script = """const done = arguments[0]; const first = history.replaceState; let calls = 0;
    history.replaceState = function (...all) { calls += 1; return first.apply(this, all); };
    const start = performance.now(); let at = 0;
    const step = () => { headwater.filter({text: String(at)}); map_inspection.setView([26.5 + at / 1000, 104.8], 12, {animate: false}); at += 1;
      if (performance.now() - start < 1500) setTimeout(step, 10); else setTimeout(() => done([at, calls, history.length]), 700); };
    step();"""
    entries = found_page.execute_script("return history.length")
    steps, calls, after = found_page.execute_async_script(script)
    assert 0 < calls <= 7 < steps
    assert after == entries


def test_back_on_a_phone_closes_the_card_and_keeps_what_was_filtered(phone: WebDriver, file: Path) -> None:
    open_anew(phone, file)
    phone.execute_script("headwater.select('R-003')")
    settled(phone, "open=")
    phone.execute_script("headwater.filter({result: 'violation'})")
    settled(phone, "result=violation")
    violations = shown(phone)
    phone.back()
    wait_for(phone, "return !document.querySelector('#detail h2') && !location.hash.includes('open=')")
    assert shown(phone) == violations > 0
    assert "result=violation" in phone.current_url
    phone.execute_script("headwater.select('S-005')")
    settled(phone, "open=pollution_sources%2FS-005")
    # A link that is pasted while a card is open is followed.
    phone.execute_script("location.hash = 'open=pollution_sources/S-008'")
    wait_for(phone, "return document.querySelector('#detail .kicker')?.textContent.includes('S-008')")
    assert shown(phone) == 60
    assert complaints_of(phone) == []
