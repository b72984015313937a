"""layers.nesting: how the levels of a source lie in each other, and what zones of different sources have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.metres import ground_area
from layers.nesting import CASES, NESTING_COLUMNS, bytes_of_nesting, nesting, nesting_of
from tests.shapes import square, zones

LEVELS = ("1", "2", "quasi")


def found(*drawn: tuple[str, str, str], **options: Any) -> pd.DataFrame:
    """What `nesting` finds among zones, each (WKT, level, source)."""
    outlines, levels, sources = zip(*drawn, strict=True)
    accuracy = options.pop("located_to_metres", None)
    columns = {"located_to_metres": accuracy} if accuracy is not None else {}
    return nesting(zones(*outlines, levels=levels, source_name=list(sources), **columns), LEVELS, **options)


def cases(frame: pd.DataFrame) -> list[tuple[str, int, int]]:
    return [(str(row.case), int(row.subject), int(row.target)) for row in frame.itertuples()]


def ring(outer: tuple[float, float, float], inner: tuple[float, float, float]) -> str:
    """A square with a square hole."""
    return shapely.difference(shapely.from_wkt(square(*outer)), shapely.from_wkt(square(*inner))).wkt


def test_levels_that_nest_are_no_finding() -> None:
    nested = found(
        (square(0, 0, 100), "1", "A"), (square(-50, -50, 300), "2", "A"), (square(-90, -90, 600), "quasi", "A")
    )
    assert list(nested.columns) == list(NESTING_COLUMNS)
    assert len(nested) == 0


def test_strict_land_outside_the_next_level_is_measured() -> None:
    row = found((square(0, 0, 100), "1", "A"), (square(20, -50, 300), "2", "A")).iloc[0]
    assert (row["case"], row["subject"], row["target"]) == ("outside_next_level", 0, 1)
    assert row["overlap_m2"] == pytest.approx(20 * 100, rel=1e-4)
    assert row["overlap_share"] == pytest.approx(0.2, rel=1e-4)
    assert row["width_m"] == pytest.approx(20, rel=0.03)
    assert row["distance_m"] == 0
    assert "2000 平方米" in row["text_zh"] and "20 %" in row["text_en"]


def test_the_place_lies_in_the_land() -> None:
    outlines = zones(square(0, 0, 100), square(20, -50, 300), levels=("1", "2"), source_name=["A", "A"])
    row = nesting(outlines, LEVELS).iloc[0]
    land = outlines.geometry[0].difference(outlines.geometry[1])
    assert land.contains(shapely.Point(row["lon"], row["lat"]))


def test_the_next_level_is_the_next_that_the_source_has() -> None:
    without_second = found((square(0, 0, 100), "1", "A"), (square(50, -50, 300), "quasi", "A"))
    assert cases(without_second) == [("outside_next_level", 0, 1)]
    other_source = found((square(0, 0, 100), "1", "A"), (square(5000, -50, 300), "2", "B"))
    assert cases(other_source) == []


def test_a_level_apart_from_the_next_says_how_far() -> None:
    row = found((square(0, 0, 100), "1", "A"), (square(150, 0, 100), "2", "A")).iloc[0]
    assert (row["case"], row["overlap_share"]) == ("outside_next_level", 1.0)
    assert row["distance_m"] == pytest.approx(50, rel=1e-4)
    assert "50 米" in row["text_zh"] and "50 m" in row["text_en"]


@pytest.mark.parametrize("hole", [(0, 0, 100), (10, 10, 80)])
def test_a_ring_around_the_stricter_level_holds_it(hole: tuple[float, float, float]) -> None:
    assert cases(found((square(0, 0, 100), "1", "A"), (ring((-50, -50, 300), hole), "2", "A"))) == []


def test_land_between_a_zone_and_the_ring_is_a_gap() -> None:
    row = found((square(0, 0, 100), "1", "A"), (ring((-50, -50, 300), (0, 0, 120)), "2", "A")).iloc[0]
    assert (row["case"], row["subject"], row["target"]) == ("gap", 0, 1)
    assert row["overlap_m2"] == pytest.approx(120 * 120 - 100 * 100, rel=1e-4)
    assert np.isnan(row["overlap_share"])
    assert row["distance_m"] == 0


def test_a_gap_all_around_says_how_far_the_levels_are_apart() -> None:
    row = found((square(0, 0, 100), "1", "A"), (ring((-50, -50, 300), (-20, -20, 140)), "2", "A")).iloc[0]
    assert row["case"] == "gap"
    assert row["distance_m"] == pytest.approx(20, rel=1e-4)
    assert row["overlap_m2"] == pytest.approx(140 * 140 - 100 * 100, rel=1e-4)


def test_an_open_ring_closed_by_the_zone_leaves_a_gap() -> None:
    """A next level in the shape of a C, whose mouth the zone closes but for a yard behind it."""
    mouth = shapely.difference(shapely.from_wkt(square(0, 0, 300)), shapely.box(200, 100, 300, 200))
    letter = shapely.difference(mouth, shapely.box(100, 100, 200, 200)).wkt
    assert cases(found((shapely.box(200, 100, 300, 200).wkt, "1", "A"), (letter, "2", "A"))) == [
        ("outside_next_level", 0, 1),
        ("gap", 0, 1),
    ]


def test_a_hole_without_a_stricter_zone_is_no_gap() -> None:
    hole = ring((-50, -50, 300), (150, 150, 50))
    assert cases(found((square(0, 0, 100), "1", "A"), (hole, "2", "A"))) == []


def test_a_gap_is_told_once_where_each_level_is_a_ring_around_the_last() -> None:
    drawn = found(
        (square(0, 0, 100), "1", "A"),
        (ring((-100, -100, 300), (-20, -20, 140)), "2", "A"),
        (ring((-300, -300, 700), (-100, -100, 300)), "quasi", "A"),
    )
    assert cases(drawn) == [("gap", 0, 1)]


def test_zones_of_two_sources_may_not_overlap() -> None:
    row = found((square(90, 0, 200), "2", "B"), (square(0, 0, 100), "1", "A")).iloc[0]
    assert (row["case"], row["subject"], row["target"]) == ("overlap_of_sources", 1, 0)  # the stricter one
    assert row["overlap_m2"] == pytest.approx(1000, rel=1e-4)
    assert row["overlap_share"] == pytest.approx(0.1, rel=1e-4)


def test_two_zones_of_one_level_and_source_may_not_overlap() -> None:
    assert cases(found((square(0, 0, 100), "2", "A"), (square(50, 0, 100), "2", "A"))) == [("overlap_of_sources", 0, 1)]
    assert cases(found((square(0, 0, 100), "2", "A"), (square(100, 0, 100), "2", "A"))) == []  # a common edge


def test_a_zone_that_names_no_source_belongs_to_none() -> None:
    nobody: Any = None
    assert cases(found((square(0, 0, 100), "1", nobody), (square(50, 0, 300), "2", " "))) == []
    assert cases(found((square(0, 0, 100), "1", nobody), (square(50, 0, 300), "1", ""))) == [
        ("overlap_of_sources", 0, 1)
    ]
    bare = zones(square(0, 0, 100), square(50, 0, 300), levels=("1", "2"))
    assert len(nesting(bare, LEVELS)) == 0


@pytest.mark.parametrize(
    ("sticks_out", "accuracy", "reported"),
    [(0.8, None, 0), (1.4, None, 1), (8.0, [5.0, 4.0], 0), (12.0, [5.0, 4.0], 1), (8.0, [5.0, np.nan], 1)],
)
def test_slivers_within_the_accuracy_of_the_outlines_are_not_told(
    sticks_out: float, accuracy: list[float] | None, reported: int
) -> None:
    strict, following = square(-sticks_out, 0, 1000), square(0, -50, 3000)
    drawn = found((strict, "1", "A"), (following, "2", "A"), located_to_metres=accuracy)
    assert len(drawn) == reported


def test_pieces_below_the_stated_area_are_not_told() -> None:
    drawn = ((square(-5, 0, 100), "1", "A"), (square(0, -50, 300), "2", "A"))
    assert len(found(*drawn, least_m2=499)) == 1
    assert len(found(*drawn, least_m2=501)) == 0


def test_pieces_are_judged_one_by_one_and_told_together() -> None:
    """Two bays of 20 m and 10 m, and a sliver of half a metre between them."""
    strict = "POLYGON ((-20 0, 100 0, 100 100, -10 100, -10 70, -0.5 70, -0.5 30, -20 30, -20 0))"
    row = found((strict, "1", "A"), (square(0, -50, 300), "2", "A")).iloc[0]
    assert row["overlap_m2"] == pytest.approx(20 * 30 + 10 * 30 + 0.5 * 40, rel=1e-4)  # one piece: it hangs together
    assert row["width_m"] == pytest.approx(20, rel=0.03)
    apart = "MULTIPOLYGON (((-20 0, 10 0, 10 30, -20 30, -20 0)), ((-0.5 40, 10 40, 10 100, -0.5 100, -0.5 40)))"
    row = found((apart, "1", "A"), (square(0, -50, 300), "2", "A")).iloc[0]
    assert row["overlap_m2"] == pytest.approx(20 * 30, rel=1e-4)


def test_books_whose_levels_do_not_nest_ask_for_overlaps_only() -> None:
    drawn = ((square(0, 0, 100), "1", "A"), (square(50, 0, 300), "2", "A"), (square(90, 0, 50), "1", "B"))
    told = found(*drawn, nested=False)
    assert set(told["case"]) == {"overlap_of_sources"}


def test_nothing_at_all() -> None:
    empty = zones(square(0, 0, 1), source_name=["A"]).iloc[:0]
    assert nesting(empty, LEVELS).columns.tolist() == list(NESTING_COLUMNS)


def _even(half: int) -> int:
    """Strips that are as narrow as a sliver may be would be told or not by the last digit."""
    return 2 * half


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-100, 100).map(_even),
            st.integers(-100, 100).map(_even),
            st.integers(10, 150).map(_even),
            st.sampled_from(LEVELS),
            st.sampled_from("AB"),
        ),
        min_size=1,
        max_size=7,
    ),
    st.randoms(use_true_random=False),
)
def test_what_is_found_is_the_land_itself(drawn: list[tuple[int, int, int, str, str]], luck: Any) -> None:
    """Against the definitions, by brute force; and the order of the rows does not matter."""
    frame = zones(
        *(square(west, south, size) for west, south, size, _, _ in drawn),
        levels=tuple(level for *_, level, _ in drawn),
        source_name=[source for *_, source in drawn],
    )
    told = nesting(frame, LEVELS, least_m2=0.0)
    assert (told["overlap_share"].dropna() <= 1).all() and (told["overlap_m2"] > 0).all()
    geometry, level, source = frame.geometry, frame["level"], frame["source_name"]
    outside = {row.subject: row.overlap_m2 for row in told.itertuples() if row.case == "outside_next_level"}
    common = {
        (row.subject, row.target): row.overlap_m2 for row in told.itertuples() if row.case == "overlap_of_sources"
    }
    for row in range(len(frame)):
        weaker = [
            one for one in LEVELS[LEVELS.index(level[row]) + 1 :] if ((level == one) & (source == source[row])).any()
        ]
        if weaker:
            following = shapely.union_all(geometry[(level == weaker[0]) & (source == source[row])])
            filled = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(following)])
            left = ground_area(np.array([geometry[row].difference(filled)], dtype=object))[0]
            assert outside.get(row, 0.0) == pytest.approx(left, abs=max(1.0, 0.02 * left))
        for other in range(row + 1, len(frame)):
            alike = level[row] == level[other]
            land = ground_area(np.array([geometry[row].intersection(geometry[other])], dtype=object))[0]
            expected = land if alike or source[row] != source[other] else 0.0
            assert max(common.get((row, other), 0.0), common.get((other, row), 0.0)) == pytest.approx(expected, abs=1.0)
    mixed = luck.sample(range(len(frame)), len(frame))
    again = nesting(frame.iloc[mixed].reset_index(drop=True), LEVELS, least_m2=0.0)
    back = again.assign(subject=[mixed[at] for at in again["subject"]], target=[mixed[at] for at in again["target"]])
    assert sorted(cases(back)) == sorted(cases(told))
    assert set(told["case"]) <= set(CASES)


def test_what_was_found_comes_back_from_its_bytes() -> None:
    whole = nesting(zones(square(0, 0, 100), square(50, 0, 100), source_name=["甲", "乙"]), ["1", "2"])
    assert len(whole)
    for one in (whole, whole.iloc[:0]):
        back = nesting_of(bytes_of_nesting(one))
        assert list(back.columns) == list(one.columns)
        assert back.to_dict("records") == one.to_dict("records")
