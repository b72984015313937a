"""Rejected rows of layers that sites are related to -> where they lie: nothing near them may be called clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.faults import Fault
from gis.places import area_of
from gis.repair import is_sound, kind_of
from layers.layer import Layer

_COLUMNS = ("source_file", "source_row", "code")


def refused_rows(
    tables: Iterable[tuple[Layer, Sequence[Fault], Mapping[int, Any]]],
) -> tuple[gpd.GeoDataFrame, int]:
    """The rejected rows that have a place (`source_file`, `source_row`, `code`, EPSG:4326), and how many have none.

    `tables`: layer, faults, and row -> place of all rows of which that is known. An exact copy of an accepted row is
    neither. A row without usable geometry stands where its coordinates are, wherever these are known. A fault
    without a row is about the whole table, and none of them.
    """
    rows: list[tuple[str, int, str]] = []
    places: list[Any] = []
    without_place = 0
    for layer, faults, known in tables:
        for fault in faults:
            if fault.row is None or (fault.code == "DUPLICATE_ID" and not fault.facts["differing"]):
                continue
            place = _usable(known.get(fault.row), layer)
            if place is None:
                without_place += 1
                continue
            rows.append((fault.file, fault.row, fault.code))
            places.append(place)
    columns = {name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(_COLUMNS)}
    refused = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(places, crs="EPSG:4326"))
    return refused.astype({"source_row": "int64"}), without_place


def _usable(place: Any, layer: Layer) -> Any:
    """`place` where it is a valid geometry such as `layer` takes, else the area of its coordinates, else None."""
    fits = place is not None and not shapely.is_empty(place) and is_sound(place)
    if fits and kind_of(place) in layer.geometry:
        return shapely.force_2d(place)
    return area_of(place)
