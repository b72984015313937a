"""Rows that bear one id: which is kept, and what is said of the others."""

from __future__ import annotations

import geopandas as gpd
import shapely

from layers import protection_zones, samples
from layers.duplicates import Seen, repeated
from layers.layer import Layer

LAYER = Layer("pipes", "pipe_id", frozenset({"point"}), protection_zones.LAYER.columns[1:2])


def pipes(*rows: tuple[str, str | None, float]) -> gpd.GeoDataFrame:
    columns = {"pipe_id": [row[0] for row in rows], "name": [row[1] for row in rows]}
    numbers = {"source_file": "p.csv", "source_row": range(2, len(rows) + 2)}
    places = [shapely.Point(row[2], 0) for row in rows]
    return gpd.GeoDataFrame({**columns, **numbers}, geometry=places, crs="EPSG:4326")


def test_the_first_is_kept_and_differences_are_named() -> None:
    seen: Seen = []
    given = pipes(("a", "x", 1), ("b", None, 1), ("a", "x", 1), ("b", None, 2), ("a", "y", 1))
    again, faults = repeated(given, LAYER, seen)
    assert again.tolist() == [False, False, True, True, True]
    assert [(fault.row, fault.facts["differing"]) for fault in faults] == [(4, ""), (5, "geometry"), (6, "name")]
    assert {fault.facts["first"] for fault in faults} == {"p.csv · 2", "p.csv · 3"}
    assert repeated(pipes(("b", None, 1)), LAYER, seen)[0].tolist() == [True]


def test_samples_of_one_section_are_no_duplicates() -> None:
    again, faults = repeated(pipes(("a", "x", 1), ("a", "x", 1)), samples.LAYER, [])
    assert (again.tolist(), faults) == ([False, False], [])
