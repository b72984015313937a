"""The map answers about a place what `headwater check-site` answers, and measures what the engine measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from gis.kept import KeptToRead
from layers.footprints import SOURCES
from layers.project import read_project
from layers.site_questions import read_setting
from scripts.run_project import judged_rules
from tests.asked_places import Asked, Places, expected, page_of, small_drawn
from tests.browser import browser, complaints_of, need_browser, open_page
from tests.projects import ROOT, headwater

ASK = """const [questions, done] = arguments;
done(questions.map((one) => { try { return headwater.ask(one); } catch (fault) { return `${fault} ${fault.stack}`; } }));"""
MEASURES = (
    "distance_m",
    "margin_m",
    "depth_m",
    "overlap_m2",
    "overlap_m",
    "overlap_share",
    "move_m",
    "nothing_within_m",
)
SAME = ("answer", "reason", "lacking", "because_of", "citation", "title", "remedy", "note", "penalty", "filing", "evidence",
        "effect", "severity", "relation", "reviewed")  # fmt: skip
ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {},
    {"discharges": True},
    {"discharges": False, "related_to_supply": False},
    {"operating": "operating", "approved": False},
    {"operating": "closed"},
    {"related_to_supply": True, "approved": True, "medium": "groundwater"},
)


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    need_browser()
    with browser() as one:
        yield one


def answers(driver: Chrome, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    driver.set_script_timeout(300)
    told = driver.execute_async_script(ASK, [one.question for one in asked])
    assert not [one for one in told if isinstance(one, str)], next(one for one in told if isinstance(one, str))
    return list(told)


def near(found: float | None, wanted: float | None, *, least: float = 0.01) -> bool:
    if (
        found is None or wanted is None
    ):  # where two only touch, rounding decides whether they have 0 m² in common or nothing
        return (found or 0.0) + (wanted or 0.0) <= least
    return abs(found - wanted) <= least + 1e-4 * abs(wanted)


def faults_of(page: Mapping[str, Any], site: Mapping[str, Any]) -> list[str]:
    """Where the page's answer is another than the engine's."""
    faults = [name for name in ("verdict", "reason", "not_asked") if page.get(name) != site.get(name)]
    faults += zone_faults(page["zones"], site["zones"])
    ours = {rule["rule_id"]: rule for rule in page["rules"]}
    theirs = {rule["rule_id"]: rule for rule in site["rules"]}
    if [*ours] != [*theirs]:
        return [*faults, f"rules {[*ours]} {[*theirs]}"]
    for key, rule in theirs.items():
        faults += [f"{key} {what}" for what in rule_faults(ours[key], rule)]
    return faults


def zone_faults(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> list[str]:
    mine, yours = ({zone["zone_id"]: zone for zone in zones} for zones in (ours, theirs))
    if mine.keys() != yours.keys():
        return [f"zones {mine.keys() ^ yours.keys()}"]
    return [
        f"{key} {name}: {mine[key].get(name)} instead of {value}"
        for key, zone in yours.items()
        for name, value in zone.items()
        if not (near(mine[key].get(name), value) if name in MEASURES else mine[key].get(name) == value)
    ]


def rule_faults(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{name}: {ours.get(name)} instead of {theirs.get(name)}" for name in SAME if ours.get(name) != theirs.get(name)
    ]
    faults += [
        f"{name}: {ours.get(name)} instead of {theirs.get(name)}"
        for name in MEASURES
        if not near(ours.get(name), theirs.get(name), least=2.0 if name == "overlap_m2" else 0.01)
    ]
    tried = {name: values for name, values in theirs.get("with_values", {}).items() if name != "built_on"}
    if tried and any(
        ours["with_values"].get(name, {}).get(value) != answer
        for name, values in tried.items()
        for value, answer in values.items()
    ):
        faults.append(f"with_values: {ours.get('with_values')} instead of {tried}")
    hits = [{(hit["zone_id"], hit["answer"]) for hit in one.get("hits", ())} for one in (ours, theirs)]
    return faults + ([f"hits: {hits[0]} instead of {hits[1]}"] if hits[0] != hits[1] else [])


def compare(driver: Chrome, asked: Sequence[Asked], wanted: Sequence[Mapping[str, Any]]) -> None:
    found = answers(driver, asked)
    wrong = [
        (one, faults) for one, page, site in zip(asked, found, wanted, strict=True) if (faults := faults_of(page, site))
    ]
    text = "\n".join(
        f"{one.wkt[:300]} {one.kind} {one.located_to_metres} {one.attributes}\n   " + "\n   ".join(faults)
        for one, faults in wrong[:12]
    )
    assert not wrong, f"{len(wrong)} of {len(asked)}\n{text}"


def test_the_page_answers_700_shapes_of_the_example_as_check_site_does(driver: Chrome, tmp_path: Path) -> None:
    folder = ROOT / "examples" / "liupanshui"
    project = read_project(folder, today=date(2017, 11, 30))
    rules = judged_rules(project.jurisdictions, folder=project.folder)
    setting, _ = read_setting(project, rules, KeptToRead(tmp_path / "kept"))
    frames = setting.inputs.frames
    drawn = [one for of in frames if of != SOURCES for one in frames[of].geometry]
    asked = Places(drawn, seed=20).asked(700, list(rules.kinds), ATTRIBUTES)
    page = tmp_path / "page.html"
    page.write_text(page_of(project, rules, setting.inputs), encoding="utf-8")
    open_page(driver, page)
    compare(driver, asked, expected(asked, project, rules, setting.inputs))
    assert complaints_of(driver) == []


def test_the_page_answers_300_shapes_of_drawn_projects_as_check_site_does(driver: Chrome, tmp_path: Path) -> None:
    project, rules, inputs = small_drawn()
    drawn = [one for of in inputs.frames if of != SOURCES for one in inputs.frames[of].geometry]
    attributes = (*ATTRIBUTES, {"operating": "operating", "discharges": True, "approved": True})
    asked = Places(drawn, seed=7).asked(300, ("outfall", "livestock_farm", "road", "landfill"), attributes)
    page = tmp_path / "page.html"
    page.write_text(page_of(project, rules, inputs), encoding="utf-8")
    open_page(driver, page)
    compare(driver, asked, expected(asked, project, rules, inputs))


def test_the_page_tells_one_footprint_with_the_keys_of_check_site(driver: Chrome, tmp_path: Path) -> None:
    folder = ROOT / "examples" / "liupanshui"
    wkt = "POLYGON ((104.86 26.56, 104.88 26.56, 104.88 26.58, 104.86 26.56))"
    options = ("--kind", "landfill", "--reach", "5000", "--set", "discharges=true", "--json")
    done = headwater("check-site", folder, "--wkt", wkt, *options)
    site = json.loads(done.stdout)
    output = tmp_path / "output"
    assert headwater("run", folder, "--output", output).returncode == 0
    open_page(driver, output / "inspection.html")
    page = answers(driver, [Asked(wkt, "landfill", None, {"discharges": True})])[0]
    assert site.keys() - page.keys() == {"paragraph", "inputs", "assumptions"}
    assert faults_of(page, site) == []
    assert (page["notes"], page["as_of"], page["reach_m"]) == (site["notes"], site["as_of"], site["reach_m"])
    for ours, theirs in zip(page["rules"], site["rules"], strict=True):
        assert theirs.keys() - ours.keys() == set(), ours["rule_id"]
        assert (ours["zh"], ours["en"]) == (theirs["zh"], theirs["en"])
