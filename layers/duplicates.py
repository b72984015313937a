"""Rows of one kind that bear the same id: the first is kept, the later ones become faults."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.faults import Fault
from layers.layer import Layer
from layers.row_hashes import Hashes

# The frames, or parts of one, in which ids were seen, in their order.
Seen = list[gpd.GeoDataFrame]


def repeated(frame: gpd.GeoDataFrame, layer: Layer, seen: Seen) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Which rows of `frame` repeat an id of the frames in `seen` or of an earlier row, and a DUPLICATE_ID for each.

    Reads the id column, `source_file`, `source_row` and geometry; adds `frame` to `seen`. The fault
    says where the id stood first and in which canonical columns the two rows differ (fact `differing`, '' for none).
    """
    if not layer.unique_ids:
        return np.zeros(len(frame), dtype=bool), []
    ids = frame[layer.id_column]
    again = ids.duplicated().to_numpy()
    for earlier in seen:
        again = again | ids.isin(earlier[layer.id_column]).to_numpy()
    seen.append(frame)
    if not again.any():
        return again, []
    first = _first_places(seen, layer.id_column, set(ids[again]))
    return again, [_fault(frame.iloc[at], *first[ids.iloc[at]], layer) for at in np.flatnonzero(again)]


def id_hashes(ids: pd.Series[Any]) -> Hashes:
    """64 bits of each id: equal ones have equal bits in every process; different ones have, once in 2^64 pairs."""
    numbers = pd.util.hash_array(ids.to_numpy(dtype=object), categorize=False)
    return np.asarray(numbers, dtype=np.uint64)


def _first_places(seen: Seen, id_column: str, wanted: set[str]) -> dict[str, tuple[gpd.GeoDataFrame, int]]:
    """Id -> the frame and the position where it was first seen."""
    first: dict[str, tuple[gpd.GeoDataFrame, int]] = {}
    for frame in seen:
        ids = frame[id_column]
        for at in np.flatnonzero(ids.isin(wanted)):
            first.setdefault(ids.iloc[at], (frame, int(at)))
    return first


def _fault(here: pd.Series[Any], earlier: gpd.GeoDataFrame, at: int, layer: Layer) -> Fault:
    there = earlier.iloc[at]
    differing = _differing(here, there, [column.name for column in layer.columns])
    facts = {
        "first": f"{there['source_file']} · {there['source_row']}",
        "differs": f"≠ {', '.join(differing)}" if differing else "= 完全相同 / identical",
        "differing": ",".join(differing),
    }
    return Fault(
        "DUPLICATE_ID", row=int(here["source_row"]), column=layer.id_column, value=here[layer.id_column], facts=facts
    )


def _differing(here: pd.Series[Any], there: pd.Series[Any], names: list[str]) -> list[str]:
    """The columns among `names`, and `geometry`, in which two rows differ."""
    differing = [
        name for name in names if here[name] != there[name] and not (pd.isna(here[name]) and pd.isna(there[name]))
    ]
    return differing if shapely.equals(here["geometry"], there["geometry"]) else [*differing, "geometry"]
