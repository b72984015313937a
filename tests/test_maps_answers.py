"""maps.answers: every answer of every site can be read back from a number per site and few lines."""

from __future__ import annotations

import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers.coverage import REASONS
from layers.tally import NOT_ASKED, NOT_OF_KIND, ClassAnswers, SiteAnswers
from maps.answers import OTHER_KIND, UNASKED, answers_island, with_unknown_levels
from maps.payload import varints
from maps.style import UNKNOWN_LEVEL

LAYERS = ("pollution_sources", "remediation_sites")


def drawn(seed: int, sites: int, classes: int = 12) -> tuple[gpd.GeoDataFrame, SiteAnswers]:
    chance = np.random.default_rng(seed)
    layer = np.array(LAYERS)[np.sort(chance.integers(0, 2, sites))]
    frame = gpd.GeoDataFrame(
        {"layer": layer, "kind": np.array(["mine", "outfall", None], dtype=object)[chance.integers(0, 3, sites)]},
        geometry=gpd.points_from_xy(np.zeros(sites), np.zeros(sites)),
    )
    of_site = (np.arange(sites) // max(sites // classes, 1) % classes).astype(np.int64)
    own = {
        one: ClassAnswers(
            [f"{one}-{rule}" for rule in range(5)], of_site, chance.integers(NOT_ASKED, len(REASONS), (classes, 5))
        )
        for one in LAYERS
    }
    return frame, SiteAnswers(of_site, own, {})


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_is_read_back(seed: int) -> None:
    sites, answers = drawn(seed, 400)
    kinds = sites["kind"].fillna("").tolist()
    numbers, told = answers_island(sites, answers)
    assert told["rules"] == {layer: own.rules for layer, own in answers.layers.items()}
    for row, number in enumerate(numbers.tolist()):
        layer, kind = sites["layer"][row], kinds[row]
        line = told["lines"][layer][kind][number]
        unasked = {OTHER_KIND: NOT_OF_KIND, UNASKED: NOT_ASKED}
        read = [unasked[one] if one in unasked else int(one, 36) for one in line]
        assert read == answers.layers[layer].answers[answers.of_site[row]].tolist()
        assert all(told["reasons"][one] == REASONS[one] for one in read if one >= 0)
    for (layer, kind), own in pd.Series(numbers).groupby([sites["layer"], pd.Series(kinds)]):
        assert own.drop_duplicates().tolist() == list(range(len(told["lines"][layer][kind])))


def test_no_sites_have_no_answers() -> None:
    sites, answers = drawn(0, 10)
    numbers, told = answers_island(sites[:0], answers._replace(of_site=answers.of_site[:0]))
    assert len(numbers) == 0 and told["lines"] == {layer: {} for layer in LAYERS}


def test_a_million_sites_add_next_to_nothing() -> None:
    sites, answers = drawn(1, 1_000_000)
    numbers, told = answers_island(sites, answers)
    assert len(zlib.compress(varints(numbers))) < 20_000
    assert sum(len(line) for kinds in told["lines"].values() for own in kinds.values() for line in own) < 1_000


def test_a_level_is_unknown_only_where_no_zones_are_known() -> None:
    absent, edge = REASONS.index("LAYER_ABSENT"), REASONS.index("NEAR_DATA_EDGE")
    lines = np.array([[0, 0], [absent, 0], [edge, absent], [NOT_OF_KIND, NOT_OF_KIND], [absent, NOT_OF_KIND]])
    own = ClassAnswers(["zones", "intakes"], np.arange(5), lines)
    rules = {"zones": {"about_zones": True}, "intakes": {"about_zones": False}}
    sites = gpd.GeoDataFrame(
        {"layer": LAYERS[0], "strictest_level": [None, None, None, None, None, "1"]},
        geometry=gpd.points_from_xy(np.zeros(6), np.zeros(6)),
    )
    told = with_unknown_levels(sites, SiteAnswers(np.array([0, 1, 2, 3, 4, 4]), {LAYERS[0]: own}, {}), rules)
    unknown = UNKNOWN_LEVEL
    assert told["strictest_level"].where(told["strictest_level"].notna(), None).tolist() == [
        None, unknown, None, unknown, unknown, "1",
    ]  # fmt: skip
    assert isinstance(told, gpd.GeoDataFrame) and pd.isna(sites["strictest_level"][1])
