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

# id -> the frame and position where it was first seen
FirstSeen = dict[str, tuple[gpd.GeoDataFrame, int]]


def repeated(frame: gpd.GeoDataFrame, layer: Layer, first: FirstSeen) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Which rows of `frame` repeat an id of `first` or of an earlier row, and one DUPLICATE_ID fault for each.

    Reads the id column, `source_file`, `source_row` and geometry; adds the ids that are new to `first`. The fault
    says where the id stood first and in which canonical columns the two rows differ (fact `differing`, '' for none).
    """
    if not layer.unique_ids:
        return np.zeros(len(frame), dtype=bool), []
    ids = frame[layer.id_column].tolist()
    again = frame[layer.id_column].duplicated().to_numpy() | np.array([one in first for one in ids], dtype=bool)
    first.update({ids[at]: (frame, int(at)) for at in np.flatnonzero(~again)})
    faults = []
    for at in np.flatnonzero(again):
        earlier, earlier_at = first[ids[at]]
        here, there = frame.iloc[at], earlier.iloc[earlier_at]
        differing = _differing(here, there, [column.name for column in layer.columns])
        facts = {
            "first": f"{there['source_file']} · {there['source_row']}",
            "differs": f"≠ {', '.join(differing)}" if differing else "= 完全相同 / identical",
            "differing": ",".join(differing),
        }
        faults.append(
            Fault("DUPLICATE_ID", row=int(here["source_row"]), column=layer.id_column, value=ids[at], facts=facts)
        )
    return again, faults


def _differing(here: pd.Series[Any], there: pd.Series[Any], names: list[str]) -> list[str]:
    """The columns among `names`, and `geometry`, in which two rows differ."""
    differing = [
        name for name in names if here[name] != there[name] and not (pd.isna(here[name]) and pd.isna(there[name]))
    ]
    return differing if shapely.equals(here["geometry"], there["geometry"]) else [*differing, "geometry"]
