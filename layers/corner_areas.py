"""Zones made of corner points -> those whose area is not the one that they declare."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gis.faults import Fault
from gis.metres import ground_area, ground_length

# Declared areas are rounded, and older ones were measured on a map: up to this share is said, beyond it refused.
NOTED_SHARE, REFUSED_SHARE = 0.01, 0.05


def area_faults(frame: gpd.GeoDataFrame) -> tuple[dict[int, Fault], list[dict[str, Any]]]:
    """Position in `frame` -> CORNERS_AREA, and a note for each smaller difference.

    `frame` holds zones in EPSG:4326 with `zone_id`, `declared_area_m2`, `located_to_metres` (what the last digit of
    the corners is worth) and `source_row`. Areas are those on the ellipsoid. Refused is what differs by more than 5 %
    and by more than the outline's length times that digit, the most that rounded corners can do; noted, by 1 %.
    """
    if "declared_area_m2" not in frame or frame["declared_area_m2"].isna().all():
        return {}, []
    geometry = np.asarray(frame.geometry.array, dtype=object)
    area = ground_area(geometry)
    declared = frame["declared_area_m2"].to_numpy(dtype=float)
    digits = frame["located_to_metres"].fillna(0.0).to_numpy(dtype=float)
    apart = np.abs(area - declared)
    polygons = np.isin(shapely.get_type_id(geometry), (3, 6))
    noted = polygons & (apart > NOTED_SHARE * declared)
    refused = noted & (apart > REFUSED_SHARE * declared) & (apart > ground_length(geometry) * digits)
    faults: dict[int, Fault] = {}
    notes: list[dict[str, Any]] = []
    for at in np.flatnonzero(noted):
        share = f"{100 * apart[at] / declared[at]:.1f}" if declared[at] else "∞"
        facts = {
            "zone": str(frame["zone_id"].iloc[at]),
            "found": f"{area[at]:.0f}",
            "expected": f"{declared[at]:.0f}",
            "share": share,
        }
        row = int(frame["source_row"].iloc[at])
        if refused[at]:
            value = f"{declared[at]:.0f}"
            faults[int(at)] = Fault("CORNERS_AREA", row=row, column="declared_area_m2", value=value, facts=facts)
        else:
            notes.append({"code": "CORNERS_AREA", "row": row, **facts})
    return faults, notes
