"""Geometries with arcs in them, which shapely does not know -> short straight edges, as GDAL makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

# Degrees of an arc that one straight edge stands for: with a radius of 1 km it is off by less than 1 mm.
ARC_STEP = "0.1"


def is_curve(wkb: bytes) -> bool:
    """Whether a geometry in WKB is an arc, holds arcs, or is of another type that shapely does not know."""
    try:
        shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return True
    return False


def straightened(path: Path, layer: str, positions: set[int]) -> dict[int, Any]:
    """Position in a layer -> its geometry with straight edges; those of which GDAL can make none are left out.

    Empty where fiona is not installed, which has no wheel for some platforms: these are rows without a geometry then.
    """
    try:
        import fiona
    except ImportError:
        return {}
    found: dict[int, Any] = {}
    with fiona.Env(OGR_ARC_STEPSIZE=ARC_STEP), fiona.open(path, layer=layer) as source:
        for position, record in enumerate(source):
            if position in positions and record.geometry is not None:
                found[position] = shapely.geometry.shape(record.geometry)
    return found
