"""The four answers: violation, check, clear, not assessed; findings, coverage and the roll-up per site."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from layers.findings import FINDING_COLUMNS, finding_id, in_language
from layers.rule_book import RuleSet, rule_set
from layers.rules import Answers, check
from layers.sections import sections_frame
from layers.sites import SITE_COLUMNS, sites_frame
from layers.words import CLASSES, KINDS, RESULTS, STATUSES, code_of
from tests.shapes import frame, sources, square, zones

pytestmark = pytest.mark.usefixtures("engine")

DAY = date(2017, 11, 30)
L1, L2 = square(0, 0, 1000), square(-500, -500, 2000)


@pytest.fixture(scope="module")
def cn() -> RuleSet:
    return rule_set(["cn", "cn-qixingguan"], folder=Path())


def judged(rules: RuleSet, only: str | None = None, **frames: gpd.GeoDataFrame) -> Answers:
    used = rules._replace(rules={only: rules.rules[only]}) if only else rules
    return check(frames, used, as_of=DAY, complete_within_metres=5000.0)


def result_of(answers: Answers) -> list[str]:
    """The result of every site-rule, expanded from the coverage."""
    return [row.result for row in answers.coverage.itertuples() for _ in range(row.sites)]


def test_an_outfall_in_nested_zones_is_found_once_per_rule_and_zone(cn: RuleSet) -> None:
    answers = judged(
        cn, "CN-OUT-01", protection_zones=zones(L1, L2, levels=("1", "2")), pollution_sources=sources("POINT (500 500)")
    )
    found = answers.findings
    assert found["zone_id"].tolist() == ["Z1", "Z2"]
    assert set(found["result"]) == {"violation"}
    assert answers.verdicts["pollution_sources"]["strictest_level"].tolist() == ["1"]
    assert list(in_language(found, "zh").columns) == [*FINDING_COLUMNS, "geometry"]
    assert "第64条" in found["citation_zh"].iloc[0]
    assert "500 米" in found["text_zh"].iloc[0]


@pytest.mark.parametrize(
    ("place", "columns", "expected"),
    [
        ("POINT (500 500)", {}, "violation"),
        ("POINT (500 500)", {"operating": ["closed"]}, "clear"),
        ("POINT (500 500)", {"operating": [None]}, "check"),
        ("POINT (500 500)", {"located_to_metres": [499.0]}, "violation"),
        ("POINT (500 500)", {"located_to_metres": [501.0]}, "check"),
        ("POINT (1000 500)", {}, "check"),
        ("POINT (1020 500)", {}, "clear"),
        ("POINT (1020 500)", {"located_to_metres": [30.0]}, "check"),
        ("POINT (90000 500)", {}, "not_assessed"),
    ],
)
def test_the_four_answers(cn: RuleSet, place: str, columns: dict[str, Any], expected: str) -> None:
    answers = judged(cn, "CN-OUT-01", protection_zones=zones(L1), pollution_sources=sources(place, **columns))
    assert result_of(answers) == [expected]
    assert len(answers.findings) == (expected in ("violation", "check"))


def test_without_zones_nothing_is_clear(cn: RuleSet) -> None:
    places = sources("POINT (0 0)", "POINT (9 9)")
    answers = judged(cn, "CN-OUT-01", pollution_sources=places)
    assert answers.coverage[["result", "reason", "sites"]].values.tolist() == [["not_assessed", "LAYER_ABSENT", 2]]
    expired = zones(L1, valid_to=["2017-11-29"])
    assert (
        result_of(judged(cn, "CN-OUT-01", protection_zones=expired, pollution_sources=places)) == ["not_assessed"] * 2
    )


def test_without_a_margin_zones_are_complete_in_their_hull_only(cn: RuleSet) -> None:
    frames = {"protection_zones": zones(L1), "pollution_sources": sources("POINT (999 999)", "POINT (1001 999)")}
    used = cn._replace(rules={"CN-OUT-01": cn.rules["CN-OUT-01"]})
    answers = check(frames, used, as_of=DAY, complete_within_metres=0.0)
    assert answers.coverage[["result", "reason"]].values.tolist() == [
        ["not_assessed", "OUTSIDE_ZONE_DATA"],
        ["violation", ""],
    ]


def test_districts_say_where_zones_are_complete(cn: RuleSet) -> None:
    # | with a zone | without one | outside
    districts = frame(square(-2000, -2000, 5000), square(3000, -2000, 5000), district_id=["A", "B"], name=["A", "B"])
    places = sources("POINT (2900 0)", "POINT (3100 0)", "POINT (9000 0)")
    answers = judged(cn, "CN-OUT-01", protection_zones=zones(L1), districts=districts, pollution_sources=places)
    rows = answers.coverage[["result", "reason", "sites"]].values.tolist()
    assert rows == [
        ["clear", "", 1],
        ["not_assessed", "NO_ZONE_IN_DISTRICT", 1],
        ["not_assessed", "OUTSIDE_DISTRICTS", 1],
    ]


def test_a_place_in_a_refused_zone_is_not_clear(cn: RuleSet) -> None:
    refused = frame(square(3000, 0, 500), located_to_metres=[np.nan])
    frames = {"protection_zones": zones(L1), "pollution_sources": sources("POINT (3100 100)", "POINT (2900 100)")}
    answers = check(
        frames,
        cn._replace(rules={"CN-OUT-01": cn.rules["CN-OUT-01"]}),
        as_of=DAY,
        refused={"protection_zones": refused},
        complete_within_metres=5000.0,
    )
    assert answers.coverage[["result", "reason"]].values.tolist() == [["clear", ""], ["not_assessed", "ZONE_REFUSED"]]


def test_cropland_is_judged_by_the_highest_water_line(cn: RuleSet) -> None:
    water = frame(L1, water_body_id=["W1"], name=["reservoir"], located_to_metres=[np.nan])
    places = sources("POINT (1200 500)", "POINT (1301 500)", kind="cropland")
    rule = cn.rules["QXG-AGR-01"]
    answers = judged(cn, rule.id, protection_zones=zones(L2), water_bodies=water, pollution_sources=places)
    assert answers.findings[["subject_id", "zone_id", "relation"]].values.tolist() == [["S1", "W1", "within"]]
    assert answers.findings["distance_m"].iloc[0] == pytest.approx(200, rel=1e-4)
    assert result_of(judged(cn, rule.id, protection_zones=zones(L2), pollution_sources=places)) == ["not_assessed"] * 2


def test_every_site_and_rule_is_counted_once(cn: RuleSet) -> None:
    kinds = [kind for kind in KINDS for _ in range(3)]
    places = sources(*(f"POINT ({at * 60} 500)" for at in range(len(kinds))))
    places["kind"] = kinds
    answers = judged(cn, protection_zones=zones(L1, L2, levels=("1", "2")), pollution_sources=places)
    rules = [rule for rule in cn.in_force(DAY) if rule.subject == "pollution_sources"]
    rules = [rule for rule in rules if rule.of != "intakes"]  # none here: a prompt about them is left out
    for rule in (rule for rule in rules if rule.placed):
        counted = answers.coverage.loc[answers.coverage["rule_id"] == rule.id, "sites"].sum()
        assert counted == 3 * len(set(rule.kinds or KINDS) & set(KINDS))
    judged_kinds = {kind for rule in rules for kind in (rule.kinds or KINDS)}
    left = answers.coverage[answers.coverage["rule_id"] == ""]
    assert left["sites"].sum() == 3 * len(set(KINDS) - judged_kinds)
    assert set(left["reason"]) <= {"NO_RULE"}
    assert set(answers.coverage["result"]) <= set(RESULTS)


def test_a_finding_keeps_its_id_through_corrections(cn: RuleSet) -> None:
    first = judged(cn, "CN-OUT-01", protection_zones=zones(L1), pollution_sources=sources("POINT (500 500)"))
    moved = judged(
        cn,
        "CN-OUT-01",
        protection_zones=zones(square(10, 10, 900), name=["renamed"]),
        pollution_sources=sources("POINT (400 500)", name=["other name"]),
    )
    assert first.findings["finding_id"].tolist() == moved.findings["finding_id"].tolist()
    assert finding_id("a", "b", "c", "d") != finding_id("a", "bc", "", "d")


def test_sites_roll_up_and_take_their_status_from_the_ledger(cn: RuleSet) -> None:
    ledger = frame(
        "POINT (500 500)",
        "POINT (20 20)",
        "POINT (700 100)",
        site_id=["R1", "R2", "R3"],
        name=["a", "b", "c"],
        source_id=["S1", "S1", None],
        status=["closed", "behind", "accepted"],
        deadline=["2017-06-30", "2017-11-29", "2017-01-01"],
        responsible_unit=["unit 1", "unit 2", None],
        located_to_metres=[np.nan] * 3,
        source_file=["r"] * 3,
        source_row=[2, 3, 4],
    )
    frames = {
        "protection_zones": zones(L1, L2, levels=("1", "2")),
        "remediation_sites": ledger,
        "pollution_sources": sources("POINT (500 500)", "POINT (1200 500)", "POINT (1800 500)"),
    }
    answers = check(frames, cn, as_of=DAY)
    sites = sites_frame(frames, answers, as_of=DAY)
    assert list(sites.columns[: len(SITE_COLUMNS)]) == list(SITE_COLUMNS)
    told = sites.set_index("site_id")
    assert told.loc[["S1", "S2", "S3"], "strictest_level"].tolist() == ["1", "2", None]
    assert told.loc["S1", ["result", "status", "deadline", "responsible_unit"]].tolist() == [
        "violation",
        "behind",
        "2017-11-29",
        "unit 2",
    ]
    assert told.loc["S1", "violations"] >= 2
    assert told.loc[["S1", "R1", "R2", "R3"], "overdue"].tolist() == [True, False, True, False]
    assert told.loc["S2", "status"] is None and told.loc["S2", "overdue"] is None
    assert told.loc["R2", "kind"] == "outfall"
    assert told.loc[["R1", "R2", "R3"], "result"].tolist() == ["violation", "check", "clear"]
    assert not answers.findings.set_index("subject_id").loc[["R2"], "citation_zh"].str.contains("第").any()


def test_not_assessed_is_worse_than_clear(cn: RuleSet) -> None:
    frames = {"protection_zones": zones(L2), "pollution_sources": sources("POINT (3000 500)", kind="cropland")}
    sites = sites_frame(frames, check(frames, cn, as_of=DAY, complete_within_metres=5000.0), as_of=DAY)
    assert sites.loc[0, ["result", "not_assessed_why"]].tolist() == ["not_assessed", "LAYER_ABSENT"]


def test_sections_attain_their_target_or_not() -> None:
    sections = frame(
        *(f"POINT ({at} 0)" for at in range(3)),
        section_id=["b", "a", "c"],
        name=["x"] * 3,
        river=[None] * 3,
        target_class=["III", "II", None],
        measured_class=["IV", "I", "V"],
        sampled_on=[None] * 3,
    )
    told = sections_frame({"river_sections": sections})
    assert told[["section_id", "attained"]].values.tolist() == [["a", True], ["b", False], ["c", None]]


def test_every_word_is_recognised_by_its_names() -> None:
    for words in (KINDS, STATUSES, CLASSES, RESULTS):
        for code, word in words.items():
            for spelling in (code, word.zh, word.en, word.en.upper(), f" {word.zh} ", *word.also):
                assert code_of(spelling, words) == code
    assert code_of("boat", KINDS) is None


def test_a_refused_water_body_is_not_clear_either(cn: RuleSet) -> None:
    water = frame(L1, water_body_id=["W1"], name=["reservoir"], located_to_metres=[np.nan])
    refused = {"water_bodies": frame(square(2600, 0, 500), located_to_metres=[np.nan])}
    frames = {
        "water_bodies": water,
        "pollution_sources": sources("POINT (2400 200)", "POINT (1900 200)", kind="cropland"),
    }
    used = cn._replace(rules={"QXG-AGR-01": cn.rules["QXG-AGR-01"]})
    answers = check(frames, used, as_of=DAY, refused=refused, complete_within_metres=5000.0)
    assert answers.coverage[["result", "reason"]].values.tolist() == [["clear", ""], ["not_assessed", "ZONE_REFUSED"]]


def test_a_zone_that_adjoins_a_district_does_not_complete_it(cn: RuleSet) -> None:
    # the zone ends on the boundary of A and B, or a metre beyond it; all of B lacks zones
    districts = frame(square(-4000, -2000, 5000), square(1000, -2000, 5000), district_id=["A", "B"], name=["A", "B"])
    places = sources("POINT (-2000 0)", "POINT (4000 0)")
    for width in (1000, 1001):
        zone = zones(f"POLYGON ((0 0, {width} 0, {width} 1000, 0 1000, 0 0))")
        answers = judged(cn, "CN-OUT-01", protection_zones=zone, districts=districts, pollution_sources=places)
        assert answers.coverage[["result", "reason"]].values.tolist() == [
            ["clear", ""],
            ["not_assessed", "NO_ZONE_IN_DISTRICT"],
        ]


def test_a_rule_does_not_look_beyond_the_data(cn: RuleSet) -> None:
    # |  A: with water      | B: without |     a field 50 m before the border, another 1 km
    districts = frame(square(-2000, -2000, 5000), square(3000, -2000, 5000), district_id=["A", "B"], name=["A", "B"])
    water = frame(L1, water_body_id=["W1"], name=["reservoir"], located_to_metres=[np.nan])
    places = sources("POINT (2950 0)", "POINT (2000 0)", "POINT (1200 500)", kind="cropland")
    answers = judged(cn, "QXG-AGR-01", water_bodies=water, districts=districts, pollution_sources=places)
    rows = answers.coverage[["result", "reason", "sites"]].values.tolist()
    assert rows == [["check", "", 1], ["clear", "", 1], ["not_assessed", "NEAR_DATA_EDGE", 1]]


def test_columns_of_the_agency_that_are_called_like_ours_are_kept_apart(cn: RuleSet) -> None:
    """layers.further, on its way through sites and sections."""
    own = {
        name: ["theirs"] for name in ("layer", "site_id", "result", "status", "deadline", "lon", "change", "overdue")
    }
    frames = {"protection_zones": zones(L1), "pollution_sources": sources("POINT (5 5)", **own)}
    site = sites_frame(frames, check(frames, cn, as_of=DAY), as_of=DAY).iloc[0]
    assert (site["layer"], site["site_id"], site["result"], site["status"]) == (
        "pollution_sources",
        "S1",
        "violation",
        None,
    )
    for name in own:
        assert site[f"{name}_original"] == "theirs"
    sections = frame(
        "POINT (0 0)", section_id=["a"], name=["x"], river=[None], target_class=["II"], measured_class=["I"],
        sampled_on=[None], **{"class": ["theirs"], "attained": ["theirs"], "lon": ["theirs"]},
    )  # fmt: skip
    told = sections_frame({"river_sections": sections}).iloc[0]
    assert told["class"] == "I" and told["attained"] is True
    assert [told[f"{name}_original"] for name in ("class", "attained", "lon")] == ["theirs"] * 3


def test_the_share_in_zones_counts_overlapping_zones_once(cn: RuleSet) -> None:
    frames = {
        "protection_zones": zones(L1, L2, levels=("1", "2")),
        "pollution_sources": sources(square(900, 400, 100), square(1400, 0, 200), "POINT (5 5)", kind="landfill"),
    }
    sites = sites_frame(frames, check(frames, cn, as_of=DAY), as_of=DAY)
    assert sites["share_in_zones"].tolist() == [pytest.approx(1), pytest.approx(0.5, abs=1e-3), pytest.approx(1)]
