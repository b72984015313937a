"""Drawings in metres laid down on the ellipsoid, for tests that can be checked by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.metres import radii

ORIGIN = (105.0, 26.6)


def laid_down(wkt: str, *, origin: tuple[float, float] = ORIGIN) -> shapely.Geometry:
    """A drawing in metres as a geometry in degrees around `origin`."""
    meridian, prime_vertical = (float(radius) for radius in radii(np.array(origin[1])))
    scale = np.degrees([1 / (prime_vertical * np.cos(np.radians(origin[1]))), 1 / meridian])
    return shapely.transform(shapely.from_wkt(wkt), lambda metres: metres * scale + origin)


def frame(*wkts: str, origin: tuple[float, float] = ORIGIN, **columns: object) -> gpd.GeoDataFrame:
    """A frame in EPSG:4326 with one row for each drawing."""
    geometry = [laid_down(wkt, origin=origin) for wkt in wkts]
    return gpd.GeoDataFrame(dict(columns), geometry=geometry, crs="EPSG:4326")


def square(west: float, south: float, size: float) -> str:
    """The WKT of a square."""
    east, north = west + size, south + size
    return f"POLYGON (({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"


def zones(*wkts: str, levels: tuple[str, ...] | None = None, **columns: object) -> gpd.GeoDataFrame:
    """Protection zones Z1, Z2 … with all canonical columns that rules read."""
    count = len(wkts)
    given = {
        "zone_id": [f"Z{place + 1}" for place in range(count)],
        "name": [f"zone {place + 1}" for place in range(count)],
        "level": list(levels or ("1",) * count),
        "medium": ["surface"] * count,
        "valid_from": [None] * count,
        "valid_to": [None] * count,
        "located_to_metres": [np.nan] * count,
        "source_file": ["zones"] * count,
        "source_row": list(range(1, count + 1)),
    }
    return frame(*wkts, **{**given, **columns})


def sources(*wkts: str, kind: str = "outfall", **columns: object) -> gpd.GeoDataFrame:
    """Pollution sources S1, S2 … of one kind, operating."""
    count = len(wkts)
    given = {
        "source_id": [f"S{place + 1}" for place in range(count)],
        "name": [f"source {place + 1}" for place in range(count)],
        "kind": [kind] * count,
        "operating": ["operating"] * count,
        "located_to_metres": [np.nan] * count,
        "responsible_unit": [None] * count,
        "source_file": ["sources"] * count,
        "source_row": list(range(2, count + 2)),
    }
    return frame(*wkts, **{**given, **columns})
