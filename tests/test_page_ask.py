"""The map answers about a place what `headwater check-site` answers, and measures what the engine measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from selenium.webdriver import Chrome

from gis.faults import InputError
from gis.kept import KeptToRead
from layers.footprints import SOURCES
from layers.load import Inputs
from layers.project import Project, read_project
from layers.rule_book import RuleSet
from layers.site_questions import read_setting
from scripts.run_project import judged_rules
from tests import drawn_projects
from tests.asked_places import Asked, Places, expected, footprints, page_of, small_drawn
from tests.browser import browser, complaints_of, need_browser, open_page
from tests.drawn_projects import ZONES, rule_book
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


def small_page(driver: Chrome, folder: Path, project: Project, rules: RuleSet, inputs: Inputs) -> None:
    page = folder / "page.html"
    page.write_text(page_of(project, rules, inputs), encoding="utf-8")
    open_page(driver, page)


def test_numbers_and_yes_and_no_of_zones_are_read_in_all_their_spellings(driver: Chrome, tmp_path: Path) -> None:
    project, _, inputs = small_drawn()
    zones = inputs.frames[ZONES].assign(risk=["２", "2,0", "3", "02"], fenced=["是", "Ｙｅｓ", "maybe", None])
    inputs = inputs._replace(frames={**inputs.frames, ZONES: zones})
    asked_of: dict[str, dict[str, tuple[bool | float | str, ...]]] = {
        "RISK": {"risk": (2.0,)}, "EITHER": {"risk": ("3", 2.0)}, "FENCED": {"fenced": (True,)}, "OPEN": {"fenced": (False,)},
    }  # fmt: skip
    rules = rule_book([drawn_projects.rule(key, zone_where=values) for key, values in asked_of.items()])
    asked = [
        Asked(shapely.to_wkt(one.representative_point(), rounding_precision=-1), "outfall", None, {})
        for one in zones.geometry
    ]
    small_page(driver, tmp_path, project, rules, inputs)
    wanted = expected(asked, project, rules, inputs)
    assert {rule["answer"] for site in wanted for rule in site["rules"]} == {"applies", "needs_checking"}
    compare(driver, asked, wanted)


def test_a_place_on_the_edge_of_what_is_known_is_not_clear(driver: Chrome, tmp_path: Path) -> None:
    """Whatever digits the outlines of districts have: the page's own are rounded to a tenth of a millimetre."""
    project, _, inputs = small_drawn()
    west, south, east, north = inputs.frames[ZONES].total_bounds
    third = 1 / 3000
    outline = shapely.box(west - third, south - third, east + third, north + third)
    districts = gpd.GeoDataFrame({"district_id": ["1"], "name": ["one"]}, geometry=[outline], crs="EPSG:4326")
    inputs = inputs._replace(frames={**inputs.frames, "districts": districts})
    rules = rule_book([drawn_projects.rule("INSIDE"), drawn_projects.rule("WITHIN", relation="within", within_m=10.0)])
    corners = shapely.get_coordinates(outline)
    edge = [*corners, *(corners[:-1] + corners[1:]) / 2]
    asked = [Asked(f"POINT ({x!r} {y!r})", "outfall", None, {}) for x, y in np.array(edge).tolist()]
    small_page(driver, tmp_path, project, rules, inputs)
    wanted = expected(asked, project, rules, inputs)
    unknown = [{rule["rule_id"] for rule in site["rules"] if rule["answer"] == "not_assessed"} for site in wanted]
    assert all("WITHIN" in one for one in unknown) and any("INSIDE" in one for one in unknown)
    for page, site in zip(answers(driver, asked), unknown, strict=True):
        assert site <= {rule["rule_id"] for rule in page["rules"] if rule["answer"] == "not_assessed"}


@pytest.mark.parametrize(
    "wkt",
    [
        "LINESTRING (105 26.6, 105 26.6)",
        "MULTILINESTRING ((105 26.6, 105.1 26.6), (105 26.7, 105 26.7))",
        "MULTIPOLYGON (((105 26.6, 105.3 26.6, 105.3 26.9, 105 26.6)), ((105.2 26.65, 105.25 26.65, 105.25 26.7, 105.2 26.65)))",
        "POLYGON ((105 26.6, 105.1 26.6, 105.1 26.7, 105 26.6), (106 26.6, 106.1 26.6, 106.1 26.7, 106 26.6))",
    ],
)
def test_what_check_site_refuses_has_no_answer_on_the_page(driver: Chrome, tmp_path: Path, wkt: str) -> None:
    project, rules, inputs = small_drawn()
    with pytest.raises(InputError):
        footprints([Asked(wkt, "outfall", None, {})], rules)
    small_page(driver, tmp_path, project, rules, inputs)
    told = driver.execute_async_script(ASK, [Asked(wkt, "outfall", None, {}).question])[0]
    assert "RangeError" in told


def test_a_kind_that_every_object_has_is_none(driver: Chrome, tmp_path: Path) -> None:
    small_page(driver, tmp_path, *small_drawn())
    asked = [Asked("POINT (105 26.6)", kind, None, {}).question for kind in ("__proto__", "constructor", "toString")]
    assert all("no kind" in told for told in driver.execute_async_script(ASK, asked))
