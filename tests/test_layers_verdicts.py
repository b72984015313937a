"""layers.verdicts: the sentences a person reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layers.rule_book import Rule, rule_set
from layers.verdicts import PLACE, WHY, metres, sentences, share, square_metres, zone_names

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0.0, "0 米", "0 m"), (5.0, "5 米", "5 m"), (9.94, "9.9 米", "9.9 m"), (9.96, "10 米", "10 m"),
        (42.4, "42 米", "42 m"), (9999.4, "9999 米", "9999 m"), (12345.0, "12.3 公里", "12.3 km"), (NAN, "–", "–"),
    ],
)  # fmt: skip
def test_metres(value: float, zh: str, en: str) -> None:
    assert (metres(value, "zh"), metres(value, "en")) == (zh, en)


def test_areas_and_shares_never_round_to_nothing_or_all() -> None:
    assert [share(value) for value in (0.0001, 0.5, 0.12345, 0.99999, 1.0, NAN)] == [
        "< 0.1 %", "50 %", "12.3 %", "> 99.9 %", "100 %", "–",
    ]  # fmt: skip
    assert [square_metres(value, "en") for value in (0.25, 7.0, 99_999.0, 250_000.0)] == [
        "0.25 m²", "7 m²", "99999 m²", "25.0 ha",
    ]  # fmt: skip


def test_every_sentence_is_in_both_languages() -> None:
    for table in (PLACE, WHY):
        assert table["zh"].keys() == table["en"].keys()


@pytest.fixture(scope="module")
def outfall() -> Rule:
    return rule_set(["cn"], folder=Path()).rules["CN-OUT-01"]


def columns_of(rows: list[dict[str, float | bool]]) -> dict[str, Any]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def sentence(
    rule: Rule, measures: dict[str, float | bool], *, zone: str, level: str, lacking: list[str], language: str
) -> str:
    zones = zone_names([zone], [level], rule.of, language)
    (told,) = sentences(rule, columns_of([measures]), zones=zones, lacking=[lacking], language=language)
    return told


def measured(**columns: float | bool) -> dict[str, float | bool]:
    inside = {"holds": True, "certain": True, "distance_m": 0.0, "depth_m": 42.0, "margin_m": 42.0, "doubt_m": 0.0}
    return {**inside, "overlap_m2": NAN, "overlap_m": NAN, "overlap_share": NAN, **columns}


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "inside A (level 1), 42 m from its edge; position accuracy not stated"),
        ({"doubt_m": 10.0}, "inside A (level 1), 42 m from its edge; position known to 10 m"),
        (
            {"depth_m": 12.0, "doubt_m": 30.0, "certain": False},
            "inside A (level 1), 12 m from its edge; position known to 30 m, so the answer may change: measure again",
        ),
        (
            {"depth_m": 0.0, "certain": False},
            "exactly on the edge of A (level 1); a point on the edge cannot be decided: settle it on site",
        ),
        (
            {"holds": False, "certain": False, "depth_m": NAN, "distance_m": 20.0, "doubt_m": 30.0},
            "20 m outside A (level 1); position known to 30 m, so the answer may change: measure again",
        ),
        (
            {"overlap_m2": 120.0, "overlap_share": 0.25},
            "overlaps A (level 1) by 120 m², 25 % of its own area; position accuracy not stated",
        ),
        (
            {"overlap_m": 300.0, "overlap_share": 1.0},
            "runs 300 m inside A (level 1), 100 % of its own length; position accuracy not stated",
        ),
    ],
)
def test_the_sentence_tells_place_and_doubt(outfall: Rule, columns: dict[str, float | bool], told: str) -> None:
    assert sentence(outfall, measured(**columns), zone="A", level="level 1", lacking=[], language="en") == told


def test_the_sentence_names_what_is_missing(outfall: Rule) -> None:
    told = sentence(outfall, measured(), zone="甲", level="一级保护区", lacking=["operating", "自有列"], language="zh")
    assert told == "位于甲（一级保护区）内，距边界 42 米；位置精度未说明；缺少属性“运行状态、自有列”：需核实"


def test_a_level_that_the_name_says_is_not_said_twice(outfall: Rule) -> None:
    told = sentence(outfall, measured(), zone="玉舍水库一级保护区", level="一级保护区", lacking=[], language="zh")
    assert told == "位于玉舍水库一级保护区内，距边界 42 米；位置精度未说明"


def test_braces_in_a_name_stay_as_they_are(outfall: Rule) -> None:
    name = "{zone} {{7*7}} ${1+1}"
    assert name in sentence(outfall, measured(), zone=name, level="", lacking=["{0}"], language="en")


def test_each_row_has_the_sentence_it_would_have_alone(outfall: Rule) -> None:
    rows = [
        measured(), measured(depth_m=7.0, doubt_m=10.0), measured(doubt_m=60.0, certain=False), measured(overlap_m2=5.0, overlap_share=0.5),
        measured(), measured(holds=False, certain=False, depth_m=NAN, distance_m=0.0),
    ]  # fmt: skip
    lacking: list[list[str]] = [[], ["operating"], [], [], ["approved", "{0}"], []]
    names = [f"Z{at}" for at in range(len(rows))]
    together = sentences(outfall, columns_of(rows), zones=names, lacking=lacking, language="en")
    assert len(set(together)) == len(rows)
    for row, name, missing, told in zip(rows, names, lacking, together, strict=True):
        assert told == sentence(outfall, row, zone=name, level="", lacking=missing, language="en")
