"""GeoJSON geometry objects -> shapely geometry, and how many places stand in one."""

# ruff: noqa: TRY004 - what is wrong with a file is no error of a type in the program

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import shapely

# GDAL reads the types in any case, people write them so.
_SIMPLE = ("Point", "LineString", "Polygon")
TYPES = {name.lower(): name for name in (*_SIMPLE, *(f"Multi{name}" for name in _SIMPLE), "GeometryCollection")}
_DEEPEST = 50


def positions(geometry: Any) -> int:
    """How many places stand in a geometry object, counted without looking at them; 0 for null, -1 where it is none."""
    if geometry is None:
        return 0
    try:
        kind = TYPES[geometry["type"].lower()]
        if kind == "GeometryCollection":
            counts = [positions(member) for member in geometry["geometries"]]
            return -1 if None in geometry["geometries"] or -1 in counts else sum(counts)
        return _COUNTS[kind](geometry["coordinates"])
    except (KeyError, TypeError, AttributeError, RecursionError):
        return -1


_COUNTS: dict[str, Callable[[Any], int]] = {
    "Point": lambda point: 1 if len(point) else 0,
    "LineString": len,
    "MultiPoint": len,
    "Polygon": lambda rings: sum(map(len, rings)),
    "MultiLineString": lambda lines: sum(map(len, lines)),
    "MultiPolygon": lambda polygons: sum(len(ring) for rings in polygons for ring in rings),
}


def geometry_of(value: Any, depth: int = 0) -> Any:
    """The geometry of a geometry object, None for null and empty ones; raises ValueError saying what is wrong."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError(f"the geometry is no object but {str(value)[:40]!r}")
    kind = TYPES.get(str(value.get("type")).lower())
    if kind is None:
        raise ValueError(f"unknown type of geometry {str(value.get('type'))[:40]!r}")
    member = "geometries" if kind == "GeometryCollection" else "coordinates"
    parts = value.get(member)
    if not isinstance(parts, list):
        raise ValueError(f"{kind} without {member}" if parts is None else f"{member} of {kind} are no list")
    if not parts:
        return None
    if kind != "GeometryCollection":
        return _BUILDERS[kind](parts)
    if depth > _DEEPEST:
        raise ValueError(f"geometry within geometry more than {_DEEPEST} deep")
    if None in parts:
        raise ValueError("a member of the collection is null")
    members = [geometry_of(part, depth + 1) for part in parts]
    return shapely.geometrycollections([one for one in members if one is not None])


def _place(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) < 2:
        raise ValueError(f"expected a place of 2 or 3 numbers, found {str(value)[:40]!r}")
    for number in value[:3]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"a coordinate is no number but {str(number)[:40]!r}")
    try:
        return tuple(float(number) for number in value[:3])
    except OverflowError:  # an integer of hundreds of digits
        return (math.inf, math.inf)


def _places(value: Any) -> list[tuple[float, ...]]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of places, found {str(value)[:40]!r}")
    places = [_place(one) for one in value]
    return places if len({len(place) for place in places}) == 1 else [place[:2] for place in places]


def _polygon(rings: Any) -> Any:
    if not isinstance(rings, list):
        raise ValueError(f"expected a list of rings, found {str(rings)[:40]!r}")
    made = [_places(ring) for ring in rings]
    for ring in made:
        if ring and ring[0][:2] != ring[-1][:2]:
            raise ValueError("a ring is not closed")
    return shapely.Polygon(made[0], [ring for ring in made[1:] if ring]) if made else shapely.Polygon()


_BUILDERS: dict[str, Callable[[list[Any]], Any]] = {
    "Point": lambda value: shapely.Point(_place(value)),
    "LineString": lambda value: shapely.LineString(_places(value)),
    "MultiPoint": lambda value: shapely.MultiPoint(_places(value)),
    "Polygon": _polygon,
    "MultiLineString": lambda value: shapely.multilinestrings([shapely.LineString(_places(line)) for line in value]),
    "MultiPolygon": lambda value: shapely.multipolygons([_polygon(rings) for rings in value]),
}
