"""How well the places of a table are known, in metres: as it is stated, or as digits, map and datum let it follow.

What a row states counts, then what the project says of the file. Where neither says anything, a place is no better than
the last digit of its coordinates, and no better than 0.5 mm on the map that it was drawn from; the coarser of the two
counts. A datum that places were moved from adds its own doubt to each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.coordinate_columns import COARSE_METRES
from gis.points import DIGITS

# 0.5 mm on the map: a convention of mapping for what can be drawn and taken off again, from memory, reviewed by nobody.
METRES_ON_MAP = 0.0005

Notes = list[dict[str, Any]]


class Stated(Protocol):
    """What the project file says of how well a file's places are known."""

    @property
    def located_to_metres(self) -> float | None: ...
    @property
    def map_scale(self) -> float | None: ...


def located(stated: Any, scales: Any, frame: gpd.GeoDataFrame, entry: Stated) -> tuple[Any, Notes]:
    """The accuracy of each row in metres, NaN where nothing tells it; and notes of how it was derived.

    `stated` and `scales` (denominators of map scales) are columns of numbers with NaN where the row says nothing;
    `frame` may have what the digits of coordinates are worth (`gis.points.DIGITS`).
    """
    if entry.located_to_metres is not None:
        stated = stated.fillna(entry.located_to_metres)
    if entry.map_scale is not None:
        scales = scales.fillna(entry.map_scale)
    open_rows = stated.isna().to_numpy()
    digits = np.full(len(frame), np.nan)
    if DIGITS in frame:
        digits = frame[DIGITS].astype("float64").to_numpy()
    drawn = scales.to_numpy(dtype=float) * METRES_ON_MAP
    derived = np.where(open_rows, np.fmax(digits, drawn), np.nan)
    if np.isnan(derived).all():
        return stated, []
    by_map = open_rows & (drawn == derived)
    notes = _coarse(digits[open_rows & ~by_map & ~np.isnan(digits)])
    if by_map.any():
        told = {"rows": str(int(by_map.sum())), "metres": f"{drawn[by_map].max():g}"}
        notes.append({"code": "MAP_SCALE_USED", "row": None, **told})
    return pd.Series(np.where(open_rows, derived, stated.to_numpy(dtype=float)), index=stated.index), notes


def _coarse(metres: Any) -> Notes:
    """The note of rows that few digits make coarse; of corner points all digits are told, be they fine."""
    coarse = metres[metres > COARSE_METRES]
    told = {"code": "COORDINATE_COARSE", "row": None, "rows": str(len(coarse))}
    return [{**told, "metres": f"{metres.max():g}"}] if len(coarse) else []


def with_datum(frame: gpd.GeoDataFrame, facts: Mapping[str, Any]) -> tuple[gpd.GeoDataFrame, Notes]:
    """The rows with what `gis.datum.way_facts` says that moving them may have added to their doubt; and the note of it.

    Reads and writes `located_to_metres`; a row that states nothing is then known to no better than that.
    """
    metres = facts.get("moved_accuracy")
    if not metres or frame.empty:
        return frame, []
    widened = frame["located_to_metres"].fillna(0.0) + float(metres)
    note = {"code": "DATUM_ACCURACY", "row": None, "crs": facts["crs"], "rows": str(len(frame)), "metres": metres}
    return frame.assign(located_to_metres=widened), [note]
