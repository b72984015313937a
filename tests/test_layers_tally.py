"""layers.tally and layers.surroundings: counts against a dense table, and parts of the surroundings against all of them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers import coverage
from layers.coverage import COVERAGE_COLUMNS, REASONS
from layers.rule_book import RuleSet, rule_set
from layers.rules import Judged, judge
from layers.surroundings import Surroundings, reach_of
from layers.tally import NOT_OF_KIND, VERDICT_COLUMNS, tally
from layers.words import RESULTS, SEVERITIES
from tests.test_layers_rejudge import SOURCES, around, assert_same, county, refuse_a_zone


@pytest.fixture(scope="module")
def cn() -> RuleSet:
    return rule_set(["cn", "cn-qixingguan"], folder=Path())


def dense(sites: pd.DataFrame, judged: Judged, surroundings: Surroundings) -> pd.DataFrame:
    """Every site and rule as a row: what the tally must never make, and must agree with."""
    rules, reaches = surroundings.rules_of(SOURCES), surroundings.reaches_of(SOURCES)
    flagged = judged.flagged.groupby(["subject", "rule"])["result"].min().to_dict()
    rows = []
    for site, kind in enumerate(sites["kind"]):
        asked = [number for number, rule in enumerate(rules) if rule.kinds is None or kind in rule.kinds]
        for number in asked:
            blind = int(judged.blind[site, reaches.index(reach_of(rules[number]))])
            found = flagged.get((site, number))
            result = list(RESULTS)[found] if found is not None else "not_assessed" if blind else "clear"
            rows.append(
                (site, kind, number, rules[number].id, result, REASONS[blind] if result == "not_assessed" else "")
            )
        if not asked:
            rows.append((site, kind, len(rules), "", "not_assessed", "NO_RULE"))
    return pd.DataFrame(rows, columns=["site", "kind", "number", "rule_id", "result", "reason"])


@pytest.mark.parametrize("seed", range(3))
def test_the_tally_agrees_with_a_table_of_every_site_and_rule(cn: RuleSet, seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = county(random, sites=300)
    refuse_a_zone(frames, random)
    surroundings = around(frames, cn)
    judged = judge(frames[SOURCES], SOURCES, surroundings)
    told = tally(SOURCES, frames[SOURCES], judged, surroundings)
    every = dense(frames[SOURCES], judged, surroundings)
    counts = every.groupby(["number", "kind", "result", "reason", "rule_id"]).size().reset_index(name="sites")
    expected = counts.sort_values(["number", "kind", "result", "reason"], ignore_index=True)
    pd.testing.assert_frame_equal(
        told.coverage[list(COVERAGE_COLUMNS[1:])], expected[list(COVERAGE_COLUMNS[1:])], check_dtype=False
    )
    assert {"violation", "check", "clear", "not_assessed"} == set(told.coverage["result"])
    assert list(told.verdicts.columns) == list(VERDICT_COLUMNS)
    assert told.classes.rules == [rule.id for rule in surroundings.rules_of(SOURCES)]
    answers = told.classes.answers[told.classes.of_site]
    unflagged = every[~every["result"].isin(["violation", "check"]) & (every["rule_id"] != "")]
    said = unflagged[["site", "number"]].assign(reason=unflagged["reason"].map(REASONS.index)).to_numpy(dtype=int)
    assert len(said) and (answers[said[:, 0], said[:, 1]] == said[:, 2]).all()
    assert (answers == NOT_OF_KIND).sum() == answers.size - (every["rule_id"] != "").sum()
    assert len(told.classes.answers) < 100 < len(answers)
    clear = told.verdicts["result"] == "clear"
    assert clear.any() and (answers[clear] <= 0).all()  # clear says that every rule was assessed
    unassessed = every[every["result"] == "not_assessed"].groupby("site")["reason"]
    assert told.verdicts["not_assessed"].tolist() == unassessed.size().reindex(range(300), fill_value=0).tolist()
    why = unassessed.agg(lambda codes: ";".join(code for code in REASONS if code in set(codes)))
    assert told.verdicts["not_assessed_why"].tolist() == why.reindex(range(300), fill_value="").tolist()
    worst = every["result"].map(list(RESULTS).index).groupby(every["site"]).min()
    assert told.verdicts["result"].tolist() == [list(RESULTS)[code] for code in worst]
    severity = [rule.severity for rule in surroundings.rules_of(SOURCES)]
    for site, verdict in told.verdicts.iterrows():
        own = judged.flagged[(judged.flagged["subject"] == site) & (judged.flagged["result"] == worst[site])]
        ranks = [list(SEVERITIES).index(severity[rule]) for rule in own["rule"]]
        assert verdict["severity"] == (list(SEVERITIES)[min(ranks)] if ranks else None)


def test_sites_judged_among_the_zones_they_can_see_have_the_same_answers(cn: RuleSet) -> None:
    frames = county(np.random.default_rng(7))
    whole = around(frames, cn)
    few = frames[SOURCES].iloc[[5, 17, 60]]
    part, rows = whole.around(few, SOURCES)
    assert 0 < len(part.frames["protection_zones"]) < len(whole.frames["protection_zones"])
    assert part.extents is whole.extents
    found, expected = judge(few, SOURCES, part), judge(few, SOURCES, whole)
    zone = np.array([rule.of == "protection_zones" for rule in whole.rules_of(SOURCES)])[found.flagged["rule"]]
    target = np.where(
        zone, rows["protection_zones"][np.where(zone, found.flagged["target"], 0)], found.flagged["target"]
    )
    if len(rows["water_bodies"]):
        target = np.where(zone, target, rows["water_bodies"][np.where(zone, 0, found.flagged["target"])])
    assert_same(found._replace(flagged=found.flagged.assign(target=target.astype(np.int32))), expected)


def test_judging_in_parts_changes_nothing(cn: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = county(np.random.default_rng(8))
    surroundings = around(frames, cn)
    whole = judge(frames[SOURCES], SOURCES, surroundings)
    monkeypatch.setattr("layers.rules._TOGETHER", 37)
    assert_same(judge(frames[SOURCES], SOURCES, surroundings), whole)


@pytest.mark.parametrize("seed", range(5))
def test_the_hull_of_a_layer_is_that_of_all_its_vertices(seed: int) -> None:
    random = np.random.default_rng(seed)
    centres = random.uniform((104, 25), (107, 28), (200, 2))
    shapes = shapely.buffer(shapely.points(centres), random.uniform(0.001, 0.2, 200))
    shapes[::7] = shapely.linestrings(centres[::7, None] + random.normal(0, 0.3, (29, 2, 2)))
    hull = coverage.complete_extent(gpd.GeoDataFrame(geometry=shapes, crs=4326), None, metres=0.0).area
    assert hull is not None
    expected = shapely.convex_hull(shapely.geometrycollections(shapes))
    assert shapely.area(shapely.symmetric_difference(hull, expected)) < 1e-9


def test_what_a_layer_looks_like_follows_its_content(cn: RuleSet) -> None:
    frames = county(np.random.default_rng(9))
    look = around(frames, cn).look("protection_zones")
    assert len(look.bits) == len(look.boxes) == len(look.doubt) == 12
    renamed = {**frames, "protection_zones": frames["protection_zones"].assign(name="other")}
    assert not set(around(renamed, cn).look("protection_zones").bits) & set(look.bits)
    rewritten = {**frames, "protection_zones": frames["protection_zones"].assign(document="other", source_row=9)}
    assert (around(rewritten, cn).look("protection_zones").bits == look.bits).all()
    assert len(around(frames, cn).look("protection_zones", refused=True).bits) == 0


@pytest.mark.parametrize("seed", range(3))
def test_narrowing_the_extent_first_changes_no_blind_spot(
    cn: RuleSet, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = county(np.random.default_rng(seed), sites=300)
    if seed == 1:
        del frames["districts"]
    looked_at_each = around(frames, cn).blind_spots(frames[SOURCES], SOURCES)
    assert (looked_at_each != 0).any()
    assert (looked_at_each == 0).any()
    monkeypatch.setattr("layers.coverage._MANY", 0)
    assert (around(frames, cn).blind_spots(frames[SOURCES], SOURCES) == looked_at_each).all()
