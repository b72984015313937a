"""Rows that could not be taken -> where they lie all the same, so that nothing there is called free of problems."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from gis import datum as datums
from gis.values import coordinate

# Where coordinates span no area, so many degrees (some 50 m) around them stand for the place.
WIDENED_DEGREES = 0.0005
# Byte order and type of a WKB geometry; what the types beyond the points are made of.
_POINT, _LINE, _POLYGON = 1, 2, 3
_MARKS = {0: ">", 1: "<"}


def area_of(place: Any) -> Any:
    """The polygon that holds all finite coordinates of `place` (lon, lat), or None where there are none.

    It is the convex hull: wherever an unreadable or invalid outline truly runs, it runs within. Points and lines
    are widened.
    """
    if place is None:
        return None
    coordinates = shapely.get_coordinates(place)
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    if not len(coordinates):
        return None
    hull = shapely.convex_hull(shapely.multipoints(coordinates))
    return hull if shapely.get_dimensions(hull) == 2 else shapely.buffer(hull, WIDENED_DEGREES)


def whereabouts(
    refused: Mapping[int, Any], crs: CRS, datum: str | None, transformation: str | None = None
) -> dict[int, Any]:
    """Row -> where it lies in EPSG:4326, for the rows of `refused` (row -> geometry in `crs`) of which that is known.

    Coordinates whose axes are exchanged are put right, here only. Where some coordinates are impossible and others
    not, the place is the neighbourhood of the others, as wide as they lie apart.
    """
    found: dict[int, Any] = {}
    for row, geometry in refused.items():
        points = shapely.get_coordinates(geometry)
        for axes in (points, points[:, ::-1]):
            moved = _moved(axes, crs, datum, transformation)
            possible = _possible(moved, crs)
            if len(moved) and possible.all():
                found[row] = shapely.multipoints(moved)
                break
        else:
            moved = _moved(points, crs, datum, transformation)
            near = shapely.multipoints(moved[_possible(moved, crs)])
            if not near.is_empty:
                west, south, east, north = near.bounds
                found[row] = near.buffer(math.hypot(east - west, north - south) + WIDENED_DEGREES)
    return found


def _moved(points: Any, crs: CRS, datum: str | None, transformation: str | None) -> Any:
    places = datums.to_lon_lat(np.asarray(shapely.points(points), dtype=object), crs, transformation)
    if datum is not None and datum in datums.OFFSETS:
        places = datums.unshift(places, datum)
    return shapely.get_coordinates(places)


def _possible(points: Any, crs: CRS) -> Any:
    west, south, east, north = datums.area_of_use(crs)
    south = max(south, datums.SOUTH_LIMIT)
    lon, lat = points[:, 0], points[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


# --- Coordinates of geometries that cannot be built ------------------------------------------


def in_wkb(data: bytes) -> Any:
    """All coordinates of a WKB geometry that is no valid one, as a multipoint; None where there are none."""
    try:
        points = list(_wkb_points(data, [0]))
    except (struct.error, KeyError):
        return None
    return shapely.MultiPoint(points) if points else None


def _wkb_points(data: bytes, at: list[int]) -> Iterator[tuple[float, float]]:
    """The coordinates of the geometry that begins at position `at[0]`, which is moved on behind it."""
    mark = _MARKS[data[at[0]]] if at[0] < len(data) else _MARKS[-1]
    (code,) = struct.unpack_from(f"{mark}I", data, at[0] + 1)
    at[0] += 9 if code & 0x20000000 else 5  # an SRID may follow
    plain = code & 0x0FFFFFFF
    width = 2 + max(bool(code & 0x80000000) + bool(code & 0x40000000), (0, 1, 1, 2)[min(plain // 1000, 3)])
    kind = plain % 1000

    def count() -> int:
        (number,) = struct.unpack_from(f"{mark}I", data, at[0])
        at[0] += 4
        return int(number)

    if kind > _POLYGON:
        for _ in range(count()):
            yield from _wkb_points(data, at)
        return
    for _ in range(count() if kind == _POLYGON else 1):
        for _ in range(1 if kind == _POINT else count()):
            x, y = struct.unpack_from(f"{mark}2d", data, at[0])
            at[0] += 8 * width
            if math.isfinite(x) and math.isfinite(y):
                yield x, y


def pairs(nested: Any) -> Iterator[tuple[float, float]]:
    """All pairs that can be read as coordinates, however deep they stand in a GeoJSON geometry."""
    if isinstance(nested, dict):
        yield from pairs(nested.get("coordinates"))
        yield from pairs(nested.get("geometries"))
    elif isinstance(nested, list | tuple):
        pair = [coordinate(str(value)) for value in nested[:2] if isinstance(value, int | float | str)]
        if len(pair) == 2 and pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1]
        for value in nested:
            if isinstance(value, list | tuple | dict):
                yield from pairs(value)
