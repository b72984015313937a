"""Rows of one kind that bear the same id: the first is kept, the later ones become faults.

Of protection zones several rows may bear one id where no two of them are valid on one day: they are versions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.faults import Fault
from layers.layer import Layer
from layers.row_hashes import Hashes
from layers.zone_versions import VALID, Days, both_valid, days_told, valid_days

# The rows of frames that repeat no id, or part of them, in their order.
Seen = list[gpd.GeoDataFrame]


class _Place(NamedTuple):
    """A row that bears an id: its frame, its position there, and the days on which it is valid."""

    frame: gpd.GeoDataFrame
    at: int
    days: Days


def repeated(frame: gpd.GeoDataFrame, layer: Layer, seen: Seen) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Which rows of `frame` repeat an id of the frames in `seen` or of an earlier row, and a DUPLICATE_ID for each.

    Reads the id column, `source_file`, `source_row` and geometry; adds the other rows to `seen`. The fault
    says where the id stood first and in which canonical columns the two rows differ (fact `differing`, '' for none).
    A row with `valid_from` and `valid_to` repeats only one that is valid on a day on which it is, and the fault says
    on which.
    """
    again = np.zeros(len(frame), dtype=bool)
    if not layer.unique_ids:
        return again, []
    ids = frame[layer.id_column]
    shared = ids.duplicated().to_numpy()
    for earlier in seen:
        shared = shared | ids.isin(earlier[layer.id_column]).to_numpy()
    if not shared.any():
        seen.append(frame)
        return again, []
    wanted = set(ids[shared])
    accepted: dict[str, list[_Place]] = {}
    for one in (place for earlier in seen for place in _places(earlier, layer, wanted)):
        accepted.setdefault(one.frame[layer.id_column].iloc[one.at], []).append(one)
    faults = []
    for here in _places(frame, layer, wanted):
        before = accepted.setdefault(ids.iloc[here.at], [])
        clashes = ((there, both) for there in before if (both := both_valid(here.days, there.days)) is not None)
        there, both = next(clashes, (None, (None, None)))
        if there is None:
            before.append(here)
        else:
            again[here.at] = True
            faults.append(_fault(here, there, days_told(both), layer))
    seen.append(frame[~again])
    return again, faults


def _places(frame: gpd.GeoDataFrame, layer: Layer, wanted: set[str]) -> list[_Place]:
    """The rows that bear one of the ids, in their order."""
    rows = np.flatnonzero(frame[layer.id_column].isin(wanted))
    has_days = set(VALID) <= {column.name for column in layer.columns}
    days = valid_days(frame.iloc[rows]) if has_days else [(None, None)] * len(rows)
    return [_Place(frame, int(at), own) for at, own in zip(rows, days, strict=True)]


def id_hashes(ids: pd.Series[Any]) -> Hashes:
    """64 bits of each id: equal ones have equal bits in every process; different ones have, once in 2^64 pairs."""
    numbers = pd.util.hash_array(ids.to_numpy(dtype=object), categorize=False)
    return np.asarray(numbers, dtype=np.uint64)


def _fault(place: _Place, earlier: _Place, days: str, layer: Layer) -> Fault:
    here, there = place.frame.iloc[place.at], earlier.frame.iloc[earlier.at]
    differing = _differing(here, there, [column.name for column in layer.columns])
    differs = f"≠ {', '.join(differing)}" if differing else "= 完全相同 / identical"
    facts = {
        "first": f"{there['source_file']} · {there['source_row']}",
        "differs": f"{differs}; 同时有效 / both valid: {days}" if days else differs,
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
