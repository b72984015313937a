"""What must not change an answer, and what may change it in one direction only: properties over drawn projects.

No expected answer is written here. Every test draws a small project (tests/drawn_projects.py), changes it in a way whose
effect is known without knowing the answers, and compares what layers.rules.check says of both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.rule import Minimum, Rule
from tests.drawn_projects import (
    DAY,
    DISTRICTS,
    FURTHER,
    SOURCES,
    ZONES,
    Drawn,
    Told,
    areas,
    assert_same,
    assert_same_but_for_margins,
    layer,
    projects,
    site_rows,
    stacked,
    told,
    with_zones,
    zone_rows,
)
from tests.shapes import ORIGIN, laid_down

# Each test asks about so many projects, twice or three times: about a minute for all of them on two cores.
EXAMPLES = 12
few = settings(max_examples=EXAMPLES)

Coordinates = np.ndarray
SEEDS = st.integers(0, 2**32 - 1)
# A line that no drawn edge lies on: what is cut along it has a seam of its own.
SEAM = 25.0


# --- The same thing, drawn or ordered otherwise ----------------------------------------------


@pytest.mark.parametrize("of", [SOURCES, ZONES])
@few
@given(projects(), SEEDS)
def test_the_order_of_rows_changes_nothing(of: str, drawn: Drawn, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(drawn.of(of)))
    shuffled = drawn.put(**{of: drawn.of(of).iloc[order].reset_index(drop=True)})
    assert_same(told(shuffled), told(drawn))


@few
@given(projects(), SEEDS)
def test_the_order_of_rules_changes_nothing(drawn: Drawn, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(drawn.rules))
    assert_same(told(drawn._replace(rules=tuple(drawn.rules[at] for at in order))), told(drawn))


@few
@given(projects(), st.integers(1, 7))
def test_where_a_ring_starts_changes_nothing(drawn: Drawn, steps: int) -> None:
    def rolled(ring: Coordinates) -> Coordinates:
        open_ring = np.roll(ring[:-1], steps, axis=0)
        return np.concatenate([open_ring, open_ring[:1]])

    assert_same(told(drawn.geometry(lambda one: redrawn(one, ring=rolled))), told(drawn))


@few
@given(projects())
def test_the_direction_of_rings_changes_nothing(drawn: Drawn) -> None:
    assert_same(told(drawn.geometry(lambda one: redrawn(one, ring=lambda ring: ring[::-1]))), told(drawn))


@few
@given(projects())
def test_the_direction_of_lines_changes_nothing(drawn: Drawn) -> None:
    assert_same(told(drawn.geometry(lambda one: redrawn(one, line=lambda line: line[::-1]))), told(drawn))


@few
@given(projects(), st.integers(2, 3))
def test_vertices_given_twice_change_nothing(drawn: Drawn, times: int) -> None:
    def repeated(line: Coordinates) -> Coordinates:
        return np.repeat(line, times, axis=0)

    assert_same(told(drawn.geometry(lambda one: redrawn(one, ring=repeated, line=repeated))), told(drawn))


@few
@given(projects())
def test_vertices_added_on_edges_change_nothing(drawn: Drawn) -> None:
    def halved(line: Coordinates) -> Coordinates:
        made = np.empty((2 * len(line) - 1, 2))
        made[::2], made[1::2] = line, (line[:-1] + line[1:]) / 2
        return made

    assert_same_but_for_margins(told(drawn.geometry(lambda one: redrawn(one, ring=halved, line=halved))), told(drawn))


@few
@given(projects())
def test_several_of_one_are_that_one(drawn: Drawn) -> None:
    several = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}

    def wrapped(geometry: shapely.Geometry) -> shapely.Geometry:
        return several[geometry.geom_type]([geometry]) if geometry.geom_type in several else geometry

    assert_same(told(drawn.geometry(wrapped)), told(drawn))


@few
@given(projects(), st.floats(-60, 60))
def test_everything_moved_along_its_parallel_has_the_same_answers(drawn: Drawn, degrees: float) -> None:
    moved = drawn.geometry(lambda one: shapely.transform(one, lambda xy: xy + np.array([degrees, 0.0])))
    assert_same(told(moved), told(drawn))


@pytest.mark.parametrize("crs", ["EPSG:4544", "EPSG:4490"])
@few
@given(projects())
def test_everything_projected_there_and_back_has_the_same_answers(crs: str, drawn: Drawn) -> None:
    back = drawn.put(**{name: one.to_crs(crs).to_crs(one.crs) for name, one in drawn.frames.items()})
    assert_same(told(back), told(drawn))


@few
@given(projects())
def test_engines_agree(drawn: Drawn) -> None:
    if find_spec("numba") is None:
        pytest.skip("needs numba for the fast engine")
    answers = []
    for engine in ("plain", "fast"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HEADWATER_ENGINE", engine)
            answers.append(told(drawn))
    assert_same(*answers)


# --- Zones in parts --------------------------------------------------------------------------


@few
@given(projects(relations=("inside", "crosses")))
def test_a_zone_cut_in_two_flags_the_same_sites(drawn: Drawn) -> None:
    parts = drawn.put(**{ZONES: stacked([cut(drawn, side) for side in "we"])})
    assert_parts_say_no_more(told(parts), told(drawn))


@few
@given(projects(relations=("inside", "crosses")), st.sampled_from([100, 300]), st.sampled_from(["1", "2"]))
def test_a_ring_drawn_as_two_halves_flags_what_the_zone_with_a_hole_does(drawn: Drawn, hole: int, level: str) -> None:
    ring = shapely.box(0, 0, 600, 600).difference(shapely.box(150, 150, 150 + hole, 150 + hole))
    west, east = shapely.box(0, 0, 200 + SEAM, 600), shapely.box(200 + SEAM, 0, 600, 600)
    row = {**drawn.of(ZONES).iloc[0], "level": level}
    whole = drawn.put(**{ZONES: layer([{**row, "geometry": ring}], "zones")})
    halves = [{**row, "zone_id": side.wkt, "geometry": ring.intersection(side)} for side in (west, east)]
    assert_parts_say_no_more(told(drawn.put(**{ZONES: layer(halves, "zones")})), told(whole))


@few
@given(projects())
def test_parts_joined_again_are_the_zone(drawn: Drawn) -> None:
    zones = drawn.of(ZONES)
    joined = [shapely.union_all([part(one, side) for side in "we"]) for one in zones.geometry]
    assert_same(told(drawn.put(**{ZONES: zones.set_geometry(joined)})), told(drawn))


@few
@given(projects(relations=("inside", "crosses")), areas())
def test_zones_merged_into_one_clear_nobody(drawn: Drawn, other: shapely.Geometry) -> None:
    first = drawn.of(ZONES).iloc[[0]]
    apart = with_zones(
        drawn.put(**{ZONES: first}), {**first.iloc[0], "zone_id": "Z9", "geometry": laid_down(other.wkt)}
    )
    merged = first.set_geometry([shapely.union_all(apart.of(ZONES).geometry.to_numpy())])
    assert_parts_say_no_more(told(apart), told(drawn.put(**{ZONES: merged})), seams=True)


@few
@given(projects())
def test_a_zone_given_twice_counts_twice_but_covers_once(drawn: Drawn) -> None:
    zones = drawn.of(ZONES)
    once = told(drawn)
    twice = told(with_zones(drawn, *(one for _, one in zones.assign(zone_id=zones["zone_id"] + "-copy").iterrows())))
    again = {(site, rule, zone.removesuffix("-copy")): one for (site, rule, zone), one in twice.findings.items()}
    of_zones = sum(zone in set(zones["zone_id"]) for _, _, zone in once.findings)
    assert again.keys() == once.findings.keys()
    assert len(twice.findings) == len(once.findings) + of_zones
    assert all(repr(again[key]) == repr(one) for key, one in once.findings.items())
    assert (twice.answers, twice.why) == (once.answers, once.why)
    for site, verdict in once.sites.items():
        for name in ("result", "severity", "strictest_level", "not_assessed", "share_in_zones"):
            assert twice.sites[site][name] == verdict[name]


# --- What lies elsewhere ---------------------------------------------------------------------


@few
@given(projects(districts=True), st.data())
def test_a_zone_far_away_changes_nothing(drawn: Drawn, data: st.DataObject) -> None:
    row = data.draw(zone_rows(9, shapely.box(0, 200_000, 900, 200_900)))
    farther = {**row, "geometry": laid_down(row["geometry"].wkt), "source_file": "zones", "source_row": 9}
    assert_same(told(with_zones(drawn, farther)), told(drawn))


@few
@given(projects(), st.data())
def test_a_further_site_changes_nothing_for_the_others(drawn: Drawn, data: st.DataObject) -> None:
    new = data.draw(site_rows(FURTHER))
    found = told(drawn.put(**{SOURCES: stacked([drawn.of(SOURCES), layer([new], "sources")])}))
    own = new["source_id"]
    assert own in found.sites
    others = Told(
        {key: one for key, one in found.findings.items() if key[0] != own},
        {key: one for key, one in found.answers.items() if key[0] != own},
        {key: one for key, one in found.why.items() if key[0] != own},
        {site: one for site, one in found.sites.items() if site != own},
    )
    assert_same(others, told(drawn))


# --- Doubt, and data that is lacking -------------------------------------------------------------


@pytest.mark.parametrize("of", [SOURCES, ZONES])
@few
@given(projects(), st.floats(1, 400))
def test_a_position_known_less_well_decides_nothing_more(of: str, drawn: Drawn, metres: float) -> None:
    vaguer = drawn.of(of).assign(located_to_metres=drawn.of(of)["located_to_metres"].fillna(0.0) + metres)
    assert_decides_no_more(told(drawn.put(**{of: vaguer})), told(drawn))


@pytest.mark.parametrize(
    ("of", "name"),
    [(SOURCES, "operating"), (SOURCES, "approved"), (SOURCES, "built_on"), (ZONES, "medium"), (ZONES, "aquifer")],
)
@few
@given(projects(), SEEDS, st.booleans())
def test_an_attribute_removed_decides_nothing_more(of: str, name: str, drawn: Drawn, seed: int, whole: bool) -> None:
    frame = drawn.of(of)
    gone = np.random.default_rng(seed).random(len(frame)) < 0.6
    lacking = frame.drop(columns=name) if whole else frame.assign(**{name: frame[name].mask(gone, None)})
    assert_decides_no_more(told(drawn.put(**{of: lacking})), told(drawn))


@few
@given(projects())
def test_no_violation_is_nearer_to_another_answer_than_its_place_is_known(drawn: Drawn) -> None:
    known = {row["source_id"]: row["located_to_metres"] for _, row in drawn.of(SOURCES).fillna(0.0).iterrows()}
    known |= {row["zone_id"]: row["located_to_metres"] for _, row in drawn.of(ZONES).fillna(0.0).iterrows()}
    for (site, rule, zone), found in told(drawn).findings.items():
        if found["result"] == "violation" and rule != "UNAPPROVED":
            assert found["margin_m"] >= known[site] + known.get(zone, 0.0)


@few
@given(projects(), st.integers(0, 7), st.sampled_from([0.3, 0.6, 0.99]))
def test_an_answer_stands_wherever_the_site_may_be(drawn: Drawn, eighth: int, part_of_it: float) -> None:
    angle, sources = eighth * np.pi / 4, drawn.of(SOURCES)
    step = shapely.get_coordinates(laid_down(f"POINT ({np.cos(angle)} {np.sin(angle)})"))[0] - ORIGIN
    far = (sources["located_to_metres"].fillna(0.0) * part_of_it).to_numpy()
    pushed = [
        shapely.transform(one, lambda xy, by=by: xy + by * step) for one, by in zip(sources.geometry, far, strict=True)
    ]
    found, before = told(drawn.put(**{SOURCES: sources.set_geometry(pushed)})), told(drawn)
    assert not before.answered("violation") & found.answered("clear")
    assert not before.answered("clear") & found.answered("violation")


@few
@given(projects(), st.sampled_from(["absent", "empty", "expired"]))
def test_without_zones_nothing_is_clear(drawn: Drawn, how: str) -> None:
    zones = drawn.of(ZONES)
    left = {"absent": None, "empty": zones.iloc[:0], "expired": zones.assign(valid_to="2020-05-31")}[how]
    found = told(drawn.put(**{ZONES: left}))
    of_zones = {rule.id for rule in drawn.rules if rule.placed and rule.of == ZONES}
    assert {answer for (_, rule), answer in found.answers.items() if rule in of_zones} <= {"not_assessed"}
    assert not [zone for _, _, zone in found.findings if zone in set(zones["zone_id"])]


@few
@given(projects(), SEEDS)
def test_a_zone_that_is_refused_clears_nobody(drawn: Drawn, seed: int) -> None:
    zones = drawn.of(ZONES)
    refused = np.random.default_rng(seed).random(len(zones)) < 0.5
    left = zones[~refused].reset_index(drop=True)
    found = told(drawn.put(**{ZONES: left}), refused={ZONES: zones[refused]})
    assert found.answered("clear") <= told(drawn).answered("clear")


@few
@given(projects(districts=False), SEEDS)
def test_districts_hide_no_finding(drawn: Drawn, seed: int) -> None:
    some = DISTRICTS[np.random.default_rng(seed).random(len(DISTRICTS)) < 0.5].reset_index(drop=True)
    found, expected = told(drawn.put(districts=some)), told(drawn)
    assert repr(found.findings) == repr(expected.findings)
    assert found.flagged() == expected.flagged()


@few
@given(projects(), SEEDS, st.booleans())
def test_a_zone_outside_its_dates_is_no_zone(drawn: Drawn, seed: int, past: bool) -> None:
    zones = drawn.of(ZONES)
    out = np.random.default_rng(seed).random(len(zones)) < 0.5
    day = (DAY - timedelta(1) if past else DAY + timedelta(1)).isoformat()
    dated = zones.assign(**{"valid_to" if past else "valid_from": zones["valid_to"].mask(out, day)})
    absent = zones[~out].reset_index(drop=True) if not out.all() else None
    assert_same(told(drawn.put(**{ZONES: dated})), told(drawn.put(**{ZONES: absent})))


# --- Rules -----------------------------------------------------------------------------------


@few
@given(projects(), st.integers(0, 20))
def test_a_rule_removed_takes_its_own_findings_along(drawn: Drawn, number: int) -> None:
    gone = drawn.rules[number % len(drawn.rules)]
    found = told(drawn._replace(rules=tuple(one for one in drawn.rules if one is not gone)))
    whole = told(drawn)
    kept = {key: one for key, one in whole.findings.items() if key[1] != gone.id}
    assert repr(sorted(found.findings.items())) == repr(sorted(kept.items()))
    answers = {key: one for key, one in whole.answers.items() if key[1] != gone.id}
    asked = {site for site, _ in answers}
    assert found.answers == answers | {(site, ""): "not_assessed" for site in whole.sites if site not in asked}


@few
@given(projects(), areas())
def test_a_stricter_zone_clears_nobody(drawn: Drawn, area: shapely.Geometry) -> None:
    row = {**drawn.of(ZONES).iloc[0], "zone_id": "Z9", "level": "1", "geometry": laid_down(area.wkt)}
    found, before = told(with_zones(drawn, row)), told(drawn)
    assert found.answered("clear") <= before.answered("clear")
    assert before.answered("violation") <= found.answered("violation")
    for site, verdict in before.sites.items():
        level = verdict["strictest_level"]
        assert level is None or found.sites[site]["strictest_level"] <= level
        assert found.sites[site]["share_in_zones"] >= verdict["share_in_zones"] - 1e-6


@few
@given(projects(), st.floats(1.0, 10.0))
def test_a_larger_distance_loses_no_flagged_site(drawn: Drawn, times: float) -> None:
    def wider(rule: Rule) -> Rule:
        return rule.model_copy(update={"within_m": rule.within_m * times}) if rule.within_m else rule

    found = told(drawn._replace(rules=tuple(map(wider, drawn.rules))))
    assert found.flagged() >= told(drawn).flagged()


@few
@given(projects())
def test_a_rule_that_only_asks_for_a_check_flags_the_same_and_convicts_nobody(drawn: Drawn) -> None:
    asking = tuple(rule.model_copy(update={"effect": "conditional"}) for rule in drawn.rules)
    found, before = told(drawn._replace(rules=asking)), told(drawn)
    assert found.findings.keys() == before.findings.keys()
    assert found.flagged() == before.flagged() == found.answered("check")


@few
@given(projects(), st.sampled_from(["approved", "discharges"]))
def test_an_exception_adds_nothing(drawn: Drawn, name: str) -> None:
    def excused(rule: Rule) -> Rule:
        return rule if rule.unless else rule.model_copy(update={"unless": {name: (True,)}})

    assert_flags_no_more(told(drawn._replace(rules=tuple(map(excused, drawn.rules)))), told(drawn))


@few
@given(projects(), st.sampled_from([("medium", "surface"), ("aquifer", "confined")]))
def test_a_condition_on_the_zone_adds_nothing(drawn: Drawn, attribute: tuple[str, str]) -> None:
    def asked(rule: Rule) -> Rule:
        name, word = attribute
        about_zones = rule.placed and rule.of == ZONES
        return rule.model_copy(update={"zone_where": {**rule.zone_where, name: (word,)}}) if about_zones else rule

    assert_flags_no_more(told(drawn._replace(rules=tuple(map(asked, drawn.rules)))), told(drawn))


@few
@given(
    projects(relations=("inside", "crosses")), st.floats(0, 50_000), st.floats(0, 300), st.floats(0, 1), st.floats(1, 3)
)
def test_a_larger_minimum_adds_nothing(drawn: Drawn, area: float, length: float, share: float, times: float) -> None:
    def least(factor: float) -> Told:
        parts = {"area_share": min(share * factor, 1.0), "length_share": min(share * factor, 1.0)}
        minimum = Minimum(area_m2=area * factor, length_m=length * factor, **parts)
        return told(drawn._replace(rules=tuple(one.model_copy(update={"minimum": minimum}) for one in drawn.rules)))

    some = least(1.0)
    assert_flags_no_more(some, told(drawn._replace(rules=tuple(
        one.model_copy(update={"minimum": Minimum()}) for one in drawn.rules
    ))))  # fmt: skip
    assert_flags_no_more(least(times), some)


@few
@given(projects(), st.dates(DAY.replace(year=2015), DAY), st.integers(0, 2000))
def test_a_rule_for_later_buildings_adds_nothing(drawn: Drawn, day: date, days: int) -> None:
    def built(first: date) -> Told:
        return told(drawn._replace(rules=tuple(one.model_copy(update={"built_from": first}) for one in drawn.rules)))

    assert_flags_no_more(built(day + timedelta(days)), built(day))


# --- How it is changed and compared ----------------------------------------------------------


def _as_it_is(line: Coordinates) -> Coordinates:
    return line


def redrawn(
    geometry: shapely.Geometry,
    *,
    ring: Callable[[Coordinates], Coordinates] = _as_it_is,
    line: Callable[[Coordinates], Coordinates] = _as_it_is,
) -> shapely.Geometry:
    """The geometry with the coordinates of its rings and lines drawn otherwise."""
    if isinstance(geometry, shapely.Polygon):
        rings = [ring(shapely.get_coordinates(one)) for one in (geometry.exterior, *geometry.interiors)]
        return shapely.Polygon(rings[0], rings[1:])
    if isinstance(geometry, shapely.LineString):
        return shapely.LineString(line(shapely.get_coordinates(geometry)))
    if isinstance(geometry, shapely.Point):
        return geometry
    return type(geometry)([redrawn(one, ring=ring, line=line) for one in geometry.geoms])


def part(zone: shapely.Geometry, side: str) -> shapely.Geometry:
    """What lies west ("w") or east ("e") of the meridian through the middle of a zone, moved off every drawn edge."""
    west, _, east, _ = zone.bounds
    seam = shapely.get_x(laid_down(f"POINT ({SEAM} 0)")) - ORIGIN[0] + _on_grid((west + east) / 2)
    box = shapely.box(-180, -90, seam, 90) if side == "w" else shapely.box(seam, -90, 180, 90)
    return shapely.intersection(zone, box)


def _on_grid(degrees: float) -> float:
    """The drawn meridian (a multiple of 50 m) west of a place."""
    step = shapely.get_x(laid_down("POINT (50 0)")) - ORIGIN[0]
    return float(ORIGIN[0] + np.floor((degrees - ORIGIN[0]) / step) * step)


def cut(drawn: Drawn, side: str) -> gpd.GeoDataFrame:
    """The parts of all zones on one side, where there are any."""
    zones = drawn.of(ZONES)
    parts = zones.set_geometry([part(one, side) for one in zones.geometry])
    return parts[~parts.is_empty].assign(zone_id=lambda one: one["zone_id"] + side)


def assert_parts_say_no_more(parts: Told, whole: Told, *, seams: bool = False) -> None:
    """The parts flag the sites that the whole does, and are sure of no more; the shares of all are the same.

    With `seams` a line may run along the edge between two parts: it is in neither, but in the whole.
    """
    if seams:
        assert parts.flagged() <= whole.flagged()
    else:
        assert parts.flagged() == whole.flagged()
    assert parts.why.keys() == whole.why.keys()
    assert parts.answered("violation") <= whole.answered("violation")
    for site, verdict in whole.sites.items():
        assert parts.sites[site]["share_in_zones"] == pytest.approx(verdict["share_in_zones"], abs=1e-4)
        assert seams or parts.sites[site]["strictest_level"] == verdict["strictest_level"]


def assert_flags_no_more(found: Told, before: Told) -> None:
    """No finding, and no violation, that was not one before."""
    assert {rule for _, rule in found.answers.keys() ^ before.answers.keys()} <= {"UNAPPROVED", ""}
    assert found.findings.keys() <= before.findings.keys()
    assert found.flagged() <= before.flagged()
    assert found.answered("violation") <= before.answered("violation")


def assert_decides_no_more(found: Told, before: Told) -> None:
    """No violation and no clear that was not one before; only what a record states may be asked no more."""
    assert {rule for _, rule in before.answers.keys() - found.answers.keys()} <= {"UNAPPROVED"}
    assert {rule for _, rule in found.answers.keys() - before.answers.keys()} <= {""}
    assert found.answered("violation") <= before.answered("violation")
    assert found.answered("clear") <= before.answered("clear")
