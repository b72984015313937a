"""What a table can be compared with to see whether it lies where it should: water, zones, sources, names, districts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.fit import MOST_PLACES, Comparison, Plane

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
# Kind and rows of every table of a project, None where they do not lie in China.
Tables = Sequence[tuple[str, gpd.GeoDataFrame | None]]

_WATER = ("rivers", "water_bodies")
_NAMED = ("pollution_sources", "remediation_sites", "river_sections", "intakes")
# How many places must tell: sources by a river may be there by chance, outfalls and sections (at) less so, intakes in a
# zone and pairs of one name hardly, and of zones laid along water two would be enough.
_ENOUGH_NEAR, _ENOUGH_AT, _ENOUGH_PAIRS, _ENOUGH_INSIDE, _ENOUGH_ZONES = 12, 6, 3, 3, 2
# A column names districts where so many of its values are names of districts.
_NAMING_SHARE = 0.8
_LEVEL_1, _OUTFALL = "1", "outfall"
# Edges are looked for in cells around the places only.
_CELL_DEGREES = 0.05
_EACH_OUTLINE = 60
_FAR = 20_000.0


class Things:
    """Lines and polygons: metres from a place to the nearest, 0 in a polygon."""

    def __init__(self, geometry: Objects, lon: Floats, lat: Floats, plane: Plane) -> None:
        dimensions = shapely.get_dimensions(geometry)
        self.areas = shapely.STRtree(plane.metres(geometry[dimensions == 2]))
        self.edges = shapely.STRtree(_edges_near(geometry, lon, lat, plane))

    def distances(self, x: Floats, y: Floats) -> Floats:
        """Metres to the nearest edge, infinite beyond 20 km, 0 inside."""
        places = shapely.points(x, y)
        metres = np.full(len(places), np.inf)
        if len(self.edges):
            found, found_metres = self.edges.query_nearest(
                places, max_distance=_FAR, return_distance=True, all_matches=False
            )
            metres[found[0]] = found_metres
        if len(self.areas):
            metres[self.areas.query(places, predicate="intersects")[0]] = 0.0
        return metres


class Uneven:
    """By how much the distance to the nearest thing differs from what is usual for the outline that a place is on."""

    def __init__(self, things: Things) -> None:
        self.things = things

    def distances(self, x: Floats, y: Floats) -> Floats:
        """Metres that each place is nearer or further than the median of its outline."""
        metres = np.minimum(self.things.distances(x, y), _FAR).reshape(-1, _EACH_OUTLINE)
        return np.asarray(np.abs(metres - np.median(metres, axis=1, keepdims=True)).ravel(), dtype=float)


class Partners:
    """One partner for each place: metres to it, 0 in it where it is a polygon."""

    def __init__(self, geometry: Objects, plane: Plane) -> None:
        self.geometry = plane.metres(geometry)

    def distances(self, x: Floats, y: Floats) -> Floats:
        """Metres from each place to its own partner."""
        return np.asarray(shapely.distance(shapely.points(x, y), self.geometry), dtype=float)


def comparisons_of(at: int, tables: Tables) -> list[Comparison]:
    """All that the table at place `at` can be compared with among the others."""
    kind, frame = tables[at]
    if frame is None:
        return []
    others = [(other, rows) for place, (other, rows) in enumerate(tables) if place != at and rows is not None]
    evidence: tuple[Callable[..., Iterator[Comparison | None]], ...] = (_water, _intakes, _zones, _pairs, _districts)
    made = (comparison for one in evidence for comparison in one(kind, frame, others))
    return [comparison for comparison in made if comparison is not None]


def _water(kind: str, frame: gpd.GeoDataFrame, others: Sequence[tuple[str, Any]]) -> Iterator[Comparison | None]:
    """Sections, outfalls and all sources with rivers and water bodies."""
    if kind in ("pollution_sources", "river_sections"):
        water = _all(others, _WATER)
        for enough, rows in _by_water(kind, frame):
            yield _nearest(_places(_of(rows)), water, "rivers / water_bodies", enough)
    elif kind in _WATER:
        for other in ("pollution_sources", "river_sections"):
            tables = [_by_water(other, rows) for name, rows in others if name == other]
            for steps in zip(*tables, strict=True):
                places = _joined(_of(rows) for _, rows in steps)
                yield _nearest(_places(places), _of(frame), other, steps[0][0], backwards=True)


def _by_water(kind: str, frame: gpd.GeoDataFrame) -> list[tuple[int, gpd.GeoDataFrame]]:
    """The rows that belong to water, and how many of them are enough."""
    if kind == "river_sections":
        return [(_ENOUGH_AT, frame)]
    return [(_ENOUGH_AT, frame[frame["kind"] == _OUTFALL]), (_ENOUGH_NEAR, frame)]


def _intakes(kind: str, frame: gpd.GeoDataFrame, others: Sequence[tuple[str, Any]]) -> Iterator[Comparison | None]:
    """Intakes with zones of level 1."""
    if kind == "intakes":
        zones = [rows[rows["level"] == _LEVEL_1] for other, rows in others if other == "protection_zones"]
        yield _nearest(_places(_of(frame)), _joined(map(_of, zones)), "protection_zones (1)", _ENOUGH_INSIDE)
    elif kind == "protection_zones":
        own = _of(frame[frame["level"] == _LEVEL_1])
        yield _nearest(_places(_all(others, ("intakes",))), own, "intakes", _ENOUGH_INSIDE, backwards=True)


def _zones(kind: str, frame: gpd.GeoDataFrame, others: Sequence[tuple[str, Any]]) -> Iterator[Comparison | None]:
    """The outlines of zones of level 1 with the water that they run along."""
    if kind == "protection_zones":
        yield _along(_of(frame[frame["level"] == _LEVEL_1]), _all(others, _WATER), " / ".join(_WATER), backwards=False)
    elif kind in _WATER:
        zones = [rows[rows["level"] == _LEVEL_1] for other, rows in others if other == "protection_zones"]
        yield _along(_joined(map(_of, zones)), _of(frame), "protection_zones (1)", backwards=True)


def _pairs(kind: str, frame: gpd.GeoDataFrame, others: Sequence[tuple[str, Any]]) -> Iterator[Comparison | None]:
    """Sites with the source they are about, and places with those of the same name in another layer."""
    for other, rows in others:
        if {kind, other} == {"remediation_sites", "pollution_sources"}:
            yield _paired(frame, rows, "source_id", f"{other} (source_id)")
        if kind in _NAMED and other in _NAMED and kind != other:
            yield _paired(frame, rows, "name", f"{other} (name)")


def _districts(kind: str, frame: gpd.GeoDataFrame, others: Sequence[tuple[str, Any]]) -> Iterator[Comparison | None]:
    """Places with the district that a column names."""
    for other, rows in others:
        if kind in _NAMED and other == "districts":
            yield _in_named(frame, rows, other, backwards=False)
        elif kind == "districts" and other in _NAMED:
            yield _in_named(rows, frame, other, backwards=True)


# --- Comparisons ------------------------------------------------------------------------------


def _nearest(
    places: tuple[Floats, Floats], things: Objects, compared: str, enough: int, *, backwards: bool = False
) -> Comparison | None:
    lon, lat = places
    if len(lon) < enough or not len(things):
        return None
    plane = Plane(float(lat.mean()))
    return Comparison(compared, lon, lat, plane, Things(things, lon, lat, plane), enough, backwards)


def _along(zones: Objects, water: Objects, compared: str, *, backwards: bool) -> Comparison | None:
    """Places on the outlines of zones with how unevenly these run along water.

    Zones are laid at one distance around a water body or along a bank, so that distance hardly varies along an
    outline; shifted against the water, it does.
    """
    if len(zones) < _ENOUGH_ZONES or not len(water):
        return None
    outlines = shapely.boundary(_thinned(zones, MOST_PLACES // _EACH_OUTLINE))
    shares = np.linspace(0, 1, _EACH_OUTLINE, endpoint=False)
    places = shapely.line_interpolate_point(_longest(outlines)[:, None], shares[None, :], normalized=True).ravel()
    lon, lat = shapely.get_x(places), shapely.get_y(places)
    plane = Plane(float(lat.mean()))
    uneven = Uneven(Things(water, lon, lat, plane))
    return Comparison(compared, lon, lat, plane, uneven, _ENOUGH_ZONES * _EACH_OUTLINE // 2, backwards)


def _longest(outlines: Objects) -> Objects:
    """Of each outline the longest line: an outline with holes or of several parts has more."""
    lines, owner = shapely.get_parts(outlines, return_index=True)
    order = np.lexsort((-shapely.length(lines), owner))
    first = np.unique(owner[order], return_index=True)[1]
    longest: Objects = lines[order[first]]
    return longest


def _paired(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame, key: str, compared: str) -> Comparison | None:
    """Points of two tables that bear the same id or name, each only once."""
    mine, theirs = _points_by(one, key), _points_by(other, key)
    shared = [name for name in mine if name in theirs][:MOST_PLACES]
    if len(shared) < _ENOUGH_PAIRS:
        return None
    places = shapely.get_coordinates(np.array([mine[name] for name in shared], dtype=object))
    plane = Plane(float(places[:, 1].mean()))
    partners = Partners(np.array([theirs[name] for name in shared], dtype=object), plane)
    return Comparison(compared, places[:, 0], places[:, 1], plane, partners, _ENOUGH_PAIRS)


def _points_by(frame: gpd.GeoDataFrame, key: str) -> dict[str, Any]:
    """The points by their values of `key`, as far as a value stands there once."""
    geometry, names = _of(frame), frame[key].to_numpy(dtype=object)
    rows = [at for at in np.flatnonzero(shapely.get_type_id(geometry) == 0) if names[at]]
    counts = Counter(names[rows])
    return {names[at]: geometry[at] for at in rows if counts[names[at]] == 1}


def _in_named(
    places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, kind: str, *, backwards: bool
) -> Comparison | None:
    """Points with the district whose name stands in one of their columns."""
    by_name = _polygons_by_name(districts)
    geometry = _of(places)
    rows = _thinned(np.flatnonzero(shapely.get_type_id(geometry) == 0), MOST_PLACES)
    for column in places.columns:
        if column in ("geometry", "name") or places[column].dtype != object or not len(rows):
            continue
        named = places[column].to_numpy(dtype=object)[rows]
        known = np.array([value in by_name for value in named], dtype=bool)
        if known.mean() < _NAMING_SHARE:
            continue
        coordinates = shapely.get_coordinates(geometry[rows[known]])
        plane = Plane(float(coordinates[:, 1].mean()))
        partners = Partners(np.array([by_name[value] for value in named[known]], dtype=object), plane)
        compared = kind if backwards else f"districts ({column})"
        return Comparison(compared, coordinates[:, 0], coordinates[:, 1], plane, partners, _ENOUGH_NEAR, backwards)
    return None


def _polygons_by_name(districts: gpd.GeoDataFrame) -> dict[str, Any]:
    names = districts["name"].to_numpy(dtype=object)
    return {name: shape for name, shape in zip(names, _of(districts), strict=True) if name}


# --- Geometry ---------------------------------------------------------------------------------


def _of(frame: gpd.GeoDataFrame) -> Objects:
    return np.asarray(frame.geometry.array, dtype=object)


def _joined(parts: Any) -> Objects:
    return np.concatenate([np.zeros(0, dtype=object), *parts])


def _all(others: Sequence[tuple[str, Any]], kinds: Sequence[str]) -> Objects:
    return _joined(_of(rows) for kind, rows in others if kind in kinds)


def _places(geometry: Objects) -> tuple[Floats, Floats]:
    """One place for each point and two for all else: the first vertex and the middle one."""
    sampled = _thinned(geometry, MOST_PLACES)
    extended = shapely.get_dimensions(sampled) > 0
    middles = shapely.centroid(sampled[extended])
    places = shapely.get_coordinates(np.concatenate([sampled[~extended], middles]))
    return places[:, 0], places[:, 1]


def _thinned(values: Any, most: int) -> Any:
    if len(values) <= most:
        return values
    return values[np.unique(np.linspace(0, len(values) - 1, most).astype(int))]


def _edges_near(geometry: Objects, lon: Floats, lat: Floats, plane: Plane) -> Objects:
    """The edges of lines and outlines in the cells around the places, in metres."""
    parts = shapely.get_parts(geometry)
    lines = np.concatenate([parts[shapely.get_dimensions(parts) == 1], shapely.get_rings(parts)])
    points, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    ends = np.stack([points[joined], points[joined + 1]], axis=1)
    middles = np.floor(ends.mean(axis=1) / _CELL_DEGREES).astype(np.int64)
    cells = np.floor(np.stack([lon, lat], axis=1) / _CELL_DEGREES).astype(np.int64)
    around = np.array([(east, north) for east in (-1, 0, 1) for north in (-1, 0, 1)])
    wanted = np.unique(_key((cells[:, None, :] + around[None, :, :]).reshape(-1, 2)))
    long = np.ptp(ends, axis=1).max(axis=1, initial=0.0) > _CELL_DEGREES
    kept = ends[np.isin(_key(middles), wanted) | long]
    edges: Objects = shapely.linestrings(kept * plane.scale)
    return edges


def _key(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    return cells[:, 0] * 1_000_003 + cells[:, 1]
