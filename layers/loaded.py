"""One table of a project as it was read and judged."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd

from gis.faults import Fault
from layers.layer import Layer


class Loaded(NamedTuple):
    """One table of one entry: accepted rows, faults, all places known by row, notes, and its line for run.json.

    Tables of layers that no rule relates to have no `places`. `accepted`: how many rows of the table were, where they
    are not the rows of the frame. `may_be_offset`: nothing was said of the datum.
    """

    layer: Layer
    label: str
    frame: gpd.GeoDataFrame
    faults: list[Fault]
    places: dict[int, Any]
    notes: list[dict[str, Any]]
    record: dict[str, Any]
    accepted: int | None = None
    may_be_offset: bool = False
