"""layers.coverage: where an answer is possible at all, and that what is counted is every site under every rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage import REASONS, bytes_of, complete_extent, extents_of, not_one_district, stated_in
from layers.rule_book import RuleSet, rule_set
from layers.rules import Answers, check
from layers.surroundings import SUBJECT_LAYERS, left_out
from layers.words import RESULTS
from tests.shapes import frame, laid_down, sources, square, zones

DAY = date(2017, 11, 30)
L1 = square(0, 0, 1000)


@cache
def books() -> RuleSet:
    return rule_set(["cn", "cn-qixingguan"], folder=Path())


@pytest.fixture(scope="module")
def cn() -> RuleSet:
    return books()


def districts(*wkts: str, names: tuple[str, ...] | None = None) -> gpd.GeoDataFrame:
    ids = [f"5202{number:02d}" for number in range(1, len(wkts) + 1)]
    return frame(
        *wkts, district_id=ids, name=list(names or (f"district {number}" for number in range(1, len(wkts) + 1)))
    )


def told(rules: RuleSet, *places: str, **given_frames: Any) -> list[str]:
    """Per place the reason, or the result, under the rule about outfalls."""
    options = {name: given_frames.pop(name) for name in list(given_frames) if name in OPTIONS}
    own = {name: given_frames.pop(name) for name in ("located_to_metres",) if name in given_frames}
    only = rules._replace(rules={"CN-OUT-01": rules.rules["CN-OUT-01"]})
    results = []
    for at, place in enumerate(places):
        alone = {name: [values[at]] for name, values in own.items()}
        frames = {**given_frames, "pollution_sources": sources(place, **alone)}
        (row,) = check(frames, only, as_of=DAY, **options).coverage.itertuples()
        results.append(row.reason or row.result)
    return results


OPTIONS = ("complete_within_metres", "complete_in", "data_until")


def test_without_districts_a_zone_is_known_in_its_own_hull_only(cn: RuleSet) -> None:
    hook = "POLYGON ((0 0, 1000 0, 1000 200, 200 200, 200 1000, 0 1000, 0 0))"
    places = ("POINT (100 100)", "POINT (400 400)", "POINT (700 700)", "POINT (-10 500)")
    assert told(cn, *places, protection_zones=zones(hook)) == [
        "violation",
        "clear",
        "OUTSIDE_ZONE_DATA",
        "OUTSIDE_ZONE_DATA",
    ]
    assert told(cn, *places, protection_zones=zones(hook), complete_within_metres=1000.0) == [
        "violation",
        "clear",
        "clear",
        "clear",
    ]


def test_the_hull_of_one_square_zone_leaves_nothing_clear(cn: RuleSet) -> None:
    places = ("POINT (500 500)", "POINT (1000 500)", "POINT (1000.5 500)")
    assert told(cn, *places, protection_zones=zones(L1)) == ["violation", "check", "OUTSIDE_ZONE_DATA"]


def test_without_a_zone_layer_nothing_is_clear_whatever_is_stated(cn: RuleSet) -> None:
    whole = districts(square(-5000, -5000, 10_000))
    assert told(cn, "POINT (0 0)") == ["LAYER_ABSENT"]
    assert told(cn, "POINT (0 0)", districts=whole, complete_in="all") == ["LAYER_ABSENT"]


TWO = (square(-2000, -2000, 5000), square(3000, -2000, 5000))  # the first holds L1
PLACES = ("POINT (2000 0)", "POINT (4000 0)", "POINT (9000 0)")


@pytest.mark.parametrize(
    ("complete_in", "expected"),
    [
        ((), ["clear", "NO_ZONE_IN_DISTRICT", "OUTSIDE_DISTRICTS"]),
        (("520202",), ["clear", "clear", "OUTSIDE_DISTRICTS"]),
        (("district 2",), ["clear", "clear", "OUTSIDE_DISTRICTS"]),
        (("520201",), ["clear", "NO_ZONE_IN_DISTRICT", "OUTSIDE_DISTRICTS"]),
        ("all", ["clear", "clear", "OUTSIDE_DISTRICTS"]),
    ],
)
def test_a_district_without_zones_is_clear_only_where_it_is_stated(
    cn: RuleSet, complete_in: Any, expected: list[str]
) -> None:
    drawn = {"protection_zones": zones(L1), "districts": districts(*TWO), "complete_in": complete_in}
    assert told(cn, *PLACES, **drawn) == expected


def test_the_statement_is_about_zones_and_not_about_waters(cn: RuleSet) -> None:
    water = frame(square(100, 100, 200), water_body_id=["W1"], name=["pond"])
    frames = {
        "protection_zones": zones(L1),
        "water_bodies": water,
        "districts": districts(*TWO),
        "pollution_sources": sources("POINT (5500 500)", kind="cropland"),
    }
    only = cn._replace(rules={"QXG-AGR-01": cn.rules["QXG-AGR-01"]})
    answers = check(frames, only, as_of=DAY, complete_in="all")
    assert answers.coverage["reason"].tolist() == ["NO_ZONE_IN_DISTRICT"]
    assert answers.extents["water_bodies"].stated == ()


def test_an_extent_says_what_it_was_found_from() -> None:
    extent = complete_extent(zones(L1), districts(*TWO, square(8000, 0, 10)), metres=0.0, complete_in=("district 2",))
    assert (extent.assumption, extent.holding, extent.stated, extent.lacking) == (
        "districts",
        ("district 1",),
        ("district 2",),
        ("district 3",),
    )
    hull = complete_extent(zones(L1), None, metres=0.0)
    assert extents_of(bytes_of({"a": extent, "b": hull})) == {"a": extent, "b": hull}


def test_a_word_must_be_one_district() -> None:
    twins = districts(*TWO, square(8000, 0, 10), names=("鼓楼区", "鼓楼区", "钟山区"))
    assert not_one_district(twins, ("520201", "钟山区")) == {}
    assert not_one_district(twins, ("鼓楼区", "中山区")) == {"鼓楼区": ["520201", "520202"], "中山区": []}
    assert not_one_district(twins, "all") == {}


def test_a_zone_over_two_districts_completes_both(cn: RuleSet) -> None:
    astride = zones(square(2500, 0, 1000))
    assert told(cn, *PLACES, protection_zones=astride, districts=districts(*TWO)) == [
        "clear",
        "clear",
        "OUTSIDE_DISTRICTS",
    ]


def test_districts_that_overlap_or_have_a_hole(cn: RuleSet) -> None:
    # the second reaches into the first, which holds the zone; in the first's hole nothing is known
    holed = shapely.difference(shapely.from_wkt(TWO[0]), shapely.box(1500, 1500, 2000, 2000)).wkt
    over = districts(holed, square(2500, -2000, 5000))
    places = ("POINT (2800 0)", "POINT (4000 0)", "POINT (1700 1700)", "POINT (1400 1400)")
    assert told(cn, *places, protection_zones=zones(L1), districts=over) == [
        "clear",
        "NO_ZONE_IN_DISTRICT",
        "OUTSIDE_DISTRICTS",
        "clear",
    ]
    filled = districts(holed, square(1500, 1500, 500))
    assert told(cn, places[2], protection_zones=zones(L1), districts=filled) == ["NO_ZONE_IN_DISTRICT"]


def test_a_point_on_the_border_of_what_is_known_is_not_clear(cn: RuleSet) -> None:
    border = "POINT (3000 0)"
    drawn = {"protection_zones": zones(L1), "districts": districts(*TWO)}
    assert told(cn, border, **drawn) == ["NEAR_DATA_EDGE"]
    assert told(cn, border, **drawn, complete_in="all") == ["clear"]  # then both sides are known


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("LINESTRING (2000 0, 2900 0)", "clear"),
        ("LINESTRING (2000 0, 3100 0)", "NO_ZONE_IN_DISTRICT"),
        ("LINESTRING (2000 0, 2000 -2500)", "OUTSIDE_DISTRICTS"),
        ("LINESTRING (500 500, 3100 0)", "violation"),  # what is found is found
    ],
)
def test_a_line_over_two_districts_is_known_where_all_of_it_is(cn: RuleSet, line: str, expected: str) -> None:
    assert told(cn, line, protection_zones=zones(L1), districts=districts(*TWO)) == [expected]


@pytest.mark.parametrize(
    ("place", "accuracy", "expected"),
    [
        ("POINT (2950 0)", np.nan, "clear"),
        ("POINT (2950 0)", 49.0, "clear"),
        ("POINT (2950 0)", 51.0, "NEAR_DATA_EDGE"),
        ("POINT (2970 -1970)", 35.0, "NEAR_DATA_EDGE"),
        # the box around a bent line reaches over the corner, the line itself does not come near it
        ("LINESTRING (-1900 -1000, -1900 2900, 2900 2900)", 50.0, "clear"),
        ("LINESTRING (-1900 -1000, -1900 2900, 2900 2900)", 101.0, "NEAR_DATA_EDGE"),
        ("POLYGON ((2000 0, 2940 0, 2940 50, 2000 0))", 50.0, "clear"),
        ("POLYGON ((2000 0, 2960 0, 2960 50, 2000 0))", 50.0, "NEAR_DATA_EDGE"),
    ],
)
def test_a_site_within_its_doubt_of_the_edge_is_not_clear(
    cn: RuleSet, place: str, accuracy: float, expected: str
) -> None:
    drawn = {"protection_zones": zones(L1), "districts": districts(*TWO), "located_to_metres": [accuracy]}
    assert told(cn, place, **drawn) == [expected]


def test_the_doubt_widens_the_reach_of_a_rule(cn: RuleSet) -> None:
    """A rule of 300 m and a place known to 50 m: 355 m from the edge are enough, 340 m are not."""
    water = frame(square(100, 100, 200), water_body_id=["W1"], name=["pond"])
    only = cn._replace(rules={"QXG-AGR-01": cn.rules["QXG-AGR-01"]})
    places = sources("POINT (2645 0)", "POINT (2660 0)", kind="cropland", located_to_metres=[50.0, 50.0])
    frames = {"water_bodies": water, "districts": districts(*TWO), "pollution_sources": places}
    verdicts = check(frames, only, as_of=DAY).verdicts["pollution_sources"]
    assert verdicts[["result", "not_assessed_why"]].values.tolist() == [
        ["clear", ""],
        ["not_assessed", "NEAR_DATA_EDGE"],
    ]


@pytest.mark.parametrize("kind", ["protection_zones", "pollution_sources"])
def test_a_layer_out_of_date_gives_neither_violation_nor_clear(cn: RuleSet, kind: str) -> None:
    drawn = {"protection_zones": zones(L1), "districts": districts(*TWO)}
    places = ("POINT (500 500)", "POINT (2000 0)", "POINT (4000 0)")
    until = {kind: date(2017, 11, 30)}
    assert told(cn, *places, **drawn, data_until=until) == ["violation", "clear", "NO_ZONE_IN_DISTRICT"]
    until = {kind: date(2017, 11, 29)}
    assert told(cn, *places, **drawn, data_until=until) == ["check", "LAYER_OUT_OF_DATE", "LAYER_OUT_OF_DATE"]


def test_what_is_found_in_a_layer_out_of_date_says_so(cn: RuleSet) -> None:
    frames = {"protection_zones": zones(L1), "pollution_sources": sources("POINT (500 500)")}
    only = cn._replace(rules={"CN-OUT-01": cn.rules["CN-OUT-01"]})
    stale = check(frames, only, as_of=DAY, data_until={"protection_zones": date(2016, 12, 31)})
    sure = check(frames, only, as_of=DAY, data_until={"water_bodies": date(2016, 12, 31)})
    (row,), (before,) = stale.findings.itertuples(), sure.findings.itertuples()
    assert (before.result, row.result, row.finding_id) == ("violation", "check", before.finding_id)
    assert row.text_zh.startswith(before.text_zh) and "2016-12-31" in row.text_zh.removeprefix(before.text_zh)
    assert row.text_en.startswith(before.text_en) and "2016-12-31" in row.text_en.removeprefix(before.text_en)
    assert stale.verdicts["pollution_sources"].loc[0, ["result", "not_assessed"]].tolist() == ["check", 0]


def test_a_source_whose_place_is_not_known_is_not_clear_of_the_ledger_either(cn: RuleSet) -> None:
    """`Not on the ledger` follows from other rules: where they have no answer, or none asks, it has none."""
    frames = {
        "protection_zones": zones(L1),
        "districts": districts(*TWO),
        "pollution_sources": sources(*PLACES, "POINT (500 500)", "POINT (9000 0)"),
        "remediation_sites": sources("POINT (0 0)").rename(columns={"source_id": "site_id"}).assign(source_id="S9"),
    }
    frames["pollution_sources"]["kind"] = ["outfall", "outfall", "outfall", "outfall", ""]
    frames["remediation_sites"]["status"] = "behind"
    answers = check(frames, cn, as_of=DAY)
    own = answers.classes["pollution_sources"]
    codes = own.answers[own.of_site][:, list(own.rules).index("CN-REM-03")].tolist()
    assert [REASONS[code] if code >= 0 else "not asked" for code in codes] == [
        "",
        "NO_ZONE_IN_DISTRICT",
        "OUTSIDE_DISTRICTS",
        "",
        "not asked",
    ]
    verdicts = answers.verdicts["pollution_sources"]
    assert verdicts["result"].tolist() == ["clear", *["not_assessed"] * 2, "violation", "not_assessed"]
    assert verdicts["not_assessed_why"].tolist()[-1] == "NO_RULE"
    found = answers.findings[answers.findings["rule_id"] == "CN-REM-03"]
    assert found["subject_id"].tolist() == ["S4"]


# --- Every site under every rule, in exactly one row ------------------------------------------

_KINDS = ("outfall", "cropland", "landfill", "graveyard", "road", "")
_SHAPES = st.tuples(st.integers(-3000, 6000), st.integers(-3000, 6000), st.sampled_from(("point", "line", "area")))


def _drawn(x: int, y: int, shape: str) -> str:
    return {
        "point": f"POINT ({x} {y})",
        "line": f"LINESTRING ({x} {y}, {x + 700} {y + 300})",
        "area": square(x, y, 250),
    }[shape]


@st.composite
def projects(draw: st.DrawFn) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """A few sites of two layers among a few zones, waters and districts, any of which may be missing."""
    frames: dict[str, gpd.GeoDataFrame] = {}
    for layer, key, prefix in (("pollution_sources", "source_id", "S"), ("remediation_sites", "site_id", "R")):
        places = draw(st.lists(_SHAPES, max_size=6))
        if places:
            made = sources(*(_drawn(*place) for place in places)).rename(columns={"source_id": key})
            made[key] = [f"{prefix}{at}" for at in range(len(places))]
            made["kind"] = draw(st.lists(st.sampled_from(_KINDS), min_size=len(places), max_size=len(places)))
            made["located_to_metres"] = draw(
                st.lists(st.sampled_from((np.nan, 5.0, 400.0)), min_size=len(places), max_size=len(places))
            )
            made["status"] = draw(st.sampled_from(("behind", "closed", None)))
            frames[layer] = made
    corners = draw(st.lists(st.tuples(st.integers(-2000, 4000), st.integers(-2000, 4000)), max_size=4))
    if corners:
        levels = tuple(
            draw(st.lists(st.sampled_from(("1", "2", "quasi")), min_size=len(corners), max_size=len(corners)))
        )
        frames["protection_zones"] = zones(*(square(x, y, 1200) for x, y in corners), levels=levels)
    if draw(st.booleans()):
        frames["water_bodies"] = frame(square(500, 500, 300), water_body_id=["W1"], name=["pond"])
    if draw(st.booleans()):
        frames["districts"] = districts(*TWO)
    refused = frame(square(2500, 2500, 600), located_to_metres=[np.nan])
    options = {
        "refused": {"protection_zones": refused} if draw(st.booleans()) else None,
        "complete_within_metres": draw(st.sampled_from((0.0, 1000.0))),
        "complete_in": draw(st.sampled_from(((), ("520202",), "all"))),
        "data_until": draw(st.sampled_from(({}, {"protection_zones": DAY}, {"protection_zones": date(2017, 1, 1)}))),
    }
    return frames, options


def _asked(frames: Mapping[str, gpd.GeoDataFrame], rules: RuleSet, layer: str) -> dict[tuple[str, str], int]:
    """How many sites of each kind each rule about places asks about: all of the kinds that it names."""
    asked: dict[tuple[str, str], int] = {}
    without = {rule.id for rule in left_out(rules, frames, DAY)}
    for rule in rules.in_force(DAY):
        if rule.subject == layer and rule.placed and rule.id not in without:
            for kind in frames[layer]["kind"]:
                if rule.kinds is None or kind in rule.kinds:
                    asked[kind, rule.id] = asked.get((kind, rule.id), 0) + 1
    return asked


@settings(max_examples=25, deadline=None)
@given(projects())
def test_coverage_sums_to_sites_times_rules(made: tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]) -> None:
    frames, options = made
    rules = books()
    answers: Answers = check(frames, rules, as_of=DAY, **options)
    table = answers.coverage
    assert not table.duplicated(["layer", "kind", "rule_id", "result", "reason"]).any()
    assert set(table["result"]) <= set(RESULTS) and set(table["reason"]) <= set(REASONS)
    assert ((table["result"] == "not_assessed") == (table["reason"] != "")).all()
    for layer in SUBJECT_LAYERS:
        if layer not in frames:
            assert not (table["layer"] == layer).any()
            continue
        own = table[table["layer"] == layer]
        counted = own.groupby(["kind", "rule_id"])["sites"].sum().to_dict()
        asked = _asked(frames, rules, layer)
        assert {key: count for key, count in counted.items() if key in asked} == asked
        for (kind, rule), count in counted.items():  # rules about records ask those that state what they are about
            assert count <= (frames[layer]["kind"] == kind).sum()
            assert (kind, rule) in asked or rule == "" or not rules.rules[rule].placed
        verdicts = answers.verdicts[layer]
        assert verdicts["not_assessed"].sum() == own.loc[own["result"] == "not_assessed", "sites"].sum()
        assert ((verdicts["not_assessed"] == 0) == (verdicts["not_assessed_why"] == "")).all()
        assert not ((verdicts["result"] == "clear") & (verdicts["not_assessed"] > 0)).any()
        by_rule = own[own["rule_id"] == ""]
        assert by_rule["sites"].sum() == (verdicts["not_assessed_why"] == "NO_RULE").sum()
        assert set(by_rule["reason"]) <= {"NO_RULE"}


@settings(max_examples=20, deadline=None)
@given(projects())
def test_nothing_is_clear_beyond_what_is_known(made: tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]) -> None:
    """By brute force: a clear site lies, whole and by all its doubt, where the zones are said to be complete."""
    frames, options = made
    rules = books()
    answers = check(frames, rules, as_of=DAY, **options)
    area = answers.extents["protection_zones"].area if "protection_zones" in answers.extents else None
    for layer, verdicts in answers.verdicts.items():
        for site, doubt, result in zip(
            frames[layer].geometry, frames[layer]["located_to_metres"], verdicts["result"], strict=True
        ):
            if result == "clear":
                assert area is not None
                assert area.covers(site)
                if doubt > 0:
                    metre = laid_down("POINT (1 0)").x - laid_down("POINT (0 0)").x
                    assert area.boundary.distance(site) >= 0.85 * doubt * metre  # a degree of latitude is longer


def test_a_word_that_is_an_id_states_no_district_of_that_name() -> None:
    alike = districts(*TWO, names=("520202", "钟山区"))
    assert stated_in(alike, ("520202",)).tolist() == [False, True]
    assert stated_in(alike, ("钟山区",)).tolist() == [False, True]
