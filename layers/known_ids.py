"""What a run knows of who is who: a row per site, section and zone that any recorded run had, kept for the next one.

Each recorded run leaves the table to the next one (`layers.run_memory`): it is what new ids are compared with
(`layers.identities`).
"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.columns import cells, frame_of, objects
from layers.rule import ZONES
from layers.surroundings import RULED_LAYERS, SUBJECT_ID, kinds_of

KNOWN_COLUMNS = (
    "layer",
    "id",  # the id it had in the last run that had it
    "identity",  # the id under which it was first known
    "name",
    "kind",  # of a zone its level
    "source_name",  # of a zone
    "lon",  # of its middle, to seven decimals
    "lat",
    "accuracy_m",  # NaN: not stated
    "outline",  # of a zone: WKB in hexadecimal, simplified
    "present",  # the last recorded run had it
    "by",  # how the identity was found: one of layers.identities.BY
    "distance_m",  # to the place where it lay before, where it was found by that
    "candidates",  # identities that it may be as well, joined by ;
    "why",  # one of layers.identities.WHYS, or ''
)

_NUMBERS = ("lon", "lat", "accuracy_m", "distance_m")
_PARTS = 1000  # an outline is kept to a thousandth of the zone's width: enough to know it again


def nothing_known() -> pd.DataFrame:
    """The table before any run."""
    return frame_of({name: np.zeros(0, dtype=_type(name)) for name in KNOWN_COLUMNS})


def present_in(frames: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """A row per site, section and zone of a run, each its own identity until somebody says otherwise."""
    parts = [_of_layer(layer, frames[layer]) for layer in RULED_LAYERS if layer in frames and len(frames[layer])]
    return pd.concat(parts, ignore_index=True) if parts else nothing_known()


def _of_layer(layer: str, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    if layer == ZONES:  # of the versions of a zone the last one
        frame = frame.iloc[np.argsort(frame["valid_from"].fillna("").to_numpy(dtype=str), kind="stable")]
        frame = frame.drop_duplicates("zone_id", keep="last").sort_index()
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    points = shapely.get_type_id(geometry) == 0
    middle = geometry if points.all() else np.where(points, geometry, shapely.centroid(geometry))
    ids = objects(str(one) for one in frame[SUBJECT_ID[layer]])
    size = len(frame)
    accuracy = cells(frame, "located_to_metres").astype(np.float64) if "located_to_metres" in frame else _nan(size)
    return frame_of(
        {
            "layer": objects([layer]).repeat(size),
            "id": ids,
            "identity": ids,
            "name": _texts(frame, "name"),
            "kind": _texts(frame, "level") if layer == ZONES else kinds_of(frame),
            "source_name": _texts(frame, "source_name"),
            "lon": shapely.get_x(middle).round(7),
            "lat": shapely.get_y(middle).round(7),
            "accuracy_m": accuracy,
            "outline": _outlines(geometry) if layer == ZONES else objects([""]).repeat(size),
            "present": np.ones(size, dtype=bool),
            "by": objects(["id"]).repeat(size),
            "distance_m": _nan(size),
            "candidates": objects([""]).repeat(size),
            "why": objects([""]).repeat(size),
        }
    )


def _outlines(zones: NDArray[np.object_]) -> NDArray[np.object_]:
    """The outlines, to a thousandth of their width, with six decimals of a degree (a decimetre)."""
    west, south, east, north = shapely.bounds(zones).T
    simple = shapely.simplify(zones, np.maximum(east - west, north - south) / _PARTS, preserve_topology=True)
    rounded = shapely.transform(simple, lambda places: places.round(6))
    return np.asarray(shapely.to_wkb(rounded, hex=True, byte_order=1), dtype=object)


def _texts(frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
    values = cells(frame, name)
    return objects("" if pd.isna(value) else str(value) for value in values)


def _nan(size: int) -> NDArray[np.float64]:
    return np.full(size, np.nan)


def _type(name: str) -> type:
    return np.float64 if name in _NUMBERS else np.bool_ if name == "present" else object
