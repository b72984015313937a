"""Where an answer is possible at all: for every site, why a rule could not be assessed there.

No data is never `clear`. A layer is taken as complete in every district that holds some of it or, as far as zones are
concerned, is stated to have none; without districts, inside the hull of the layer, widened by a stated distance. A
place in a zone whose row was refused is not assessed either, nor anything by a layer that is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis import nearby, relate
from gis.metres import degrees_for

# Why a site was not assessed, in the order in which they are told; code 0 means it was.
REASONS = (
    "",
    "LAYER_ABSENT",
    "LAYER_OUT_OF_DATE",
    "OUTSIDE_DISTRICTS",
    "NO_ZONE_IN_DISTRICT",
    "OUTSIDE_ZONE_DATA",
    "NEAR_DATA_EDGE",
    "ZONE_REFUSED",
    "ATTRIBUTE_ABSENT",
    "NO_RULE",
)

Codes = NDArray[np.int8]
Geometries = NDArray[np.object_]

_NEAR_EDGE = REASONS.index("NEAR_DATA_EDGE")

_REAL_SHARE = 0.01
# Degrees or square degrees that rounding may leave of what was cut away: a hundredth of a square metre.
_ROUNDING = 1e-12
# From so many sites on it is worth narrowing an area once, to look closer only at those near its edge.
_MANY = 1000

COVERAGE_COLUMNS = ("layer", "kind", "rule_id", "result", "reason", "sites")


class Extent(NamedTuple):
    """Where a layer is complete: an area, how it was found, and by name the districts it was found from."""

    area: shapely.Geometry | None
    assumption: str  # "absent" | "districts" | "hull"
    holding: tuple[str, ...] = ()  # districts that hold some of the layer
    stated: tuple[str, ...] = ()  # districts that hold nothing of it, and where the project states that this is all
    lacking: tuple[str, ...] = ()  # districts that hold nothing of it, so that nothing is known there


CompleteIn = tuple[str, ...] | Literal["all"]


def in_force(zones: gpd.GeoDataFrame, as_of: str) -> gpd.GeoDataFrame:
    """The zones in force on the ISO day `as_of`; a zone without dates always is."""
    starts, ends = zones["valid_from"], zones["valid_to"]
    kept = (starts.isna() | (starts <= as_of)) & (ends.isna() | (ends >= as_of))
    return zones[kept.to_numpy(dtype=bool)].reset_index(drop=True)


def complete_extent(
    layer: gpd.GeoDataFrame | None,
    districts: gpd.GeoDataFrame | None,
    *,
    metres: float,
    complete_in: CompleteIn = (),
) -> Extent:
    """Where `layer` can be taken as complete.

    With districts: those that hold some of it, and those of `complete_in` (ids or names, or "all"). Without: its convex
    hull widened by `metres`. A layer that is absent or empty is complete nowhere.
    """
    if layer is None or not len(layer):
        return Extent(None, "absent")
    geometry = np.asarray(layer.geometry.to_numpy(), dtype=object)
    if districts is not None and len(districts):
        return _of_districts(geometry, districts, complete_in)
    hull = _hull(geometry)
    if metres == 0:
        return Extent(hull, "hull")
    latitude = np.array([np.abs(shapely.bounds(hull)[[1, 3]]).max()])
    lon, lat = (degrees[0] for degrees in degrees_for(np.array([metres]), latitude))
    stretch = lat / lon  # buffer in degrees of latitude, so that it is round on the ground
    round_hull = shapely.transform(hull, lambda xy: xy * [stretch, 1]).buffer(lat)
    return Extent(shapely.transform(round_hull, lambda xy: xy / [stretch, 1]), "hull")


def _of_districts(geometry: Geometries, districts: gpd.GeoDataFrame, complete_in: CompleteIn) -> Extent:
    outlines = np.asarray(districts.geometry.to_numpy(), dtype=object)
    holding = np.zeros(len(districts), dtype=bool)
    holding[_holding(outlines, geometry)] = True
    stated = ~holding & stated_in(districts, complete_in)
    called = np.array([name or key for key, name in _called(districts)], dtype=object)
    return Extent(
        shapely.union_all(outlines[holding | stated]),
        "districts",
        *(tuple(called[which].tolist()) for which in (holding, stated, ~holding & ~stated)),
    )


def stated_in(districts: gpd.GeoDataFrame, complete_in: CompleteIn) -> NDArray[np.bool_]:
    """Which districts the project states to be complete, by id or name; a word that is an id is no other's name."""
    if complete_in == "all":
        return np.ones(len(districts), dtype=bool)
    called = _called(districts)
    names = set(complete_in) - {key for key, _ in called}
    return np.array([key in complete_in or name in names for key, name in called], dtype=bool)


def not_one_district(districts: gpd.GeoDataFrame, complete_in: CompleteIn) -> dict[str, list[str]]:
    """The words of `complete_in` that are not one district's id or name, each with the ids of those it may mean."""
    wrong: dict[str, list[str]] = {}
    for word in () if complete_in == "all" else complete_in:
        ids = [key for key, _ in _called(districts) if key == word]
        named = ids or [key for key, name in _called(districts) if name == word]
        if len(named) != 1:
            wrong[word] = named
    return wrong


def _called(districts: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Id and name of each district, "" where there is none."""
    columns = [districts[name].fillna("").astype(str).str.strip().tolist() for name in ("district_id", "name")]
    return list(zip(*columns, strict=True))


def _hull(geometry: Geometries) -> shapely.Geometry:
    """The convex hull of all geometries, looking at the vertices of only those that can reach it.

    What lies, with its box, in the hull of one vertex of each geometry adds nothing to the hull of all.
    """
    counts = shapely.get_num_coordinates(geometry)
    firsts = shapely.get_coordinates(geometry)[np.r_[0, np.cumsum(counts)[:-1]]]
    inner = shapely.convex_hull(shapely.multipoints(firsts))
    shapely.prepare(inner)
    reaching = geometry[~shapely.covers(inner, shapely.box(*shapely.bounds(geometry).T))]
    corners = np.concatenate([shapely.get_coordinates(inner), shapely.get_coordinates(reaching)])
    return shapely.convex_hull(shapely.multipoints(corners))


def bytes_of(extents: Mapping[str, Extent]) -> bytes:
    """The extents as bytes, for `extents_of`."""
    told = {of: [shapely.to_wkb(one.area, hex=True), *one[1:]] for of, one in extents.items()}
    return json.dumps(told).encode()


def extents_of(data: bytes) -> dict[str, Extent]:
    """The extents of `bytes_of`."""
    return {
        of: Extent(shapely.from_wkb(area), assumption, *map(tuple, districts))
        for of, (area, assumption, *districts) in json.loads(data).items()
    }


def _holding(districts: Geometries, geometry: Geometries) -> NDArray[np.intp]:
    """The districts that hold a real part of some geometry; one that it only adjoins holds nothing.

    Zones often follow a district's boundary, and two drawings of one line differ by metres: less
    than a hundredth of an area or a line in a district is such a difference, not data on it.
    """
    rows, places = shapely.STRtree(districts).query(geometry, predicate="intersects")
    part = shapely.intersection(geometry[rows], districts[places])
    areas = shapely.get_dimensions(geometry[rows]) == 2
    lines = shapely.get_dimensions(geometry[rows]) == 1
    share = np.where(shapely.touches(geometry[rows], districts[places]), 0.0, 1.0)
    share[areas] = shapely.area(part[areas]) / shapely.area(geometry[rows][areas])
    share[lines] = shapely.length(part[lines]) / shapely.length(geometry[rows][lines])
    return np.unique(places[share >= _REAL_SHARE])


def blind_spots(
    sites: gpd.GeoDataFrame,
    extent: Extent,
    districts: gpd.GeoDataFrame | None,
    refused: gpd.GeoDataFrame | None,
    *,
    reaches: Sequence[float],
    out_of_date: bool = False,
) -> Codes:
    """Per site (row) and reach in metres (column) the position in REASONS of why it is not assessed, 0 where it is.

    `refused`: places of rows of the layer that were not accepted. A site that may lie beyond the edge of `extent`, its
    place being as wrong as it may be, is near it.
    """
    codes = np.zeros((len(sites), len(reaches)), dtype=np.int8)
    if extent.area is None or out_of_date:
        codes[:] = REASONS.index("LAYER_ABSENT" if extent.area is None else "LAYER_OUT_OF_DATE")
        return codes
    geometry = np.asarray(sites.geometry.to_numpy(), dtype=object)
    codes[:] = _outside(geometry, extent, districts)[:, None]
    for column, metres in enumerate(reaches):
        known = np.flatnonzero(codes[:, column] == 0)
        codes[known[_near_edge(sites.iloc[known], extent.area, metres)], column] = _NEAR_EDGE
        if refused is not None and len(refused):
            codes[_near_refused(sites, refused, metres), column] = REASONS.index("ZONE_REFUSED")
    return codes


def _outside(geometry: Geometries, extent: Extent, districts: gpd.GeoDataFrame | None) -> Codes:
    """Why a place is outside the extent, or on its edge; 0 for places within."""
    codes = np.zeros(len(geometry), dtype=np.int8)
    shapely.prepare(extent.area)
    rest = np.flatnonzero(~shapely.contains_properly(extent.area, geometry))
    covered = shapely.covers(extent.area, geometry[rest])
    points = shapely.get_dimensions(geometry[rest]) == 0
    codes[rest[covered & points]] = _NEAR_EDGE  # a zone on the other side would make it `check`
    outside = rest[~covered]
    if extent.assumption == "hull" or districts is None:
        codes[outside] = REASONS.index("OUTSIDE_ZONE_DATA")
        return codes
    beyond = shapely.difference(geometry[outside], extent.area)
    known = _in_any(beyond, np.asarray(districts.geometry.to_numpy(), dtype=object))
    codes[outside] = np.where(known, REASONS.index("NO_ZONE_IN_DISTRICT"), REASONS.index("OUTSIDE_DISTRICTS"))
    return codes


def _in_any(geometry: Geometries, areas: Geometries) -> NDArray[np.bool_]:
    """Which geometries lie in one of the areas; lines and areas more than with an end or edge."""
    shapely.prepare(areas)
    known = np.zeros(len(geometry), dtype=bool)
    row, area = shapely.STRtree(areas).query(geometry, predicate="intersects")
    extended = shapely.get_dimensions(geometry[row]) > 0
    dimension = shapely.get_dimensions(geometry[row])
    only_touch = np.zeros(len(row), dtype=bool)
    for extended, size in ((dimension == 1, shapely.length), (dimension == 2, shapely.area)):
        part = shapely.intersection(areas[area[extended]], geometry[row[extended]])
        only_touch[extended] = size(part) <= _ROUNDING
    known[row[~only_touch]] = True
    return known


def _near_edge(sites: gpd.GeoDataFrame, area: shapely.Geometry, reach: float) -> NDArray[np.bool_]:
    """Which sites, all within the area, lie nearer to its edge than `reach` and their own accuracy together."""
    metres = reach + nearby.accuracy_of(sites)
    near = np.zeros(len(sites), dtype=bool)
    rows = np.flatnonzero(metres > 0)
    if len(rows) > _MANY:
        rows = rows[~_far_inside(nearby.geometries(sites)[rows], area, float(metres.max()))]
    rows = rows[~shapely.covers(area, _widened(nearby.geometries(sites)[rows], metres[rows]))]
    if len(rows):  # a box reaches farther than the site that it is about
        edge = gpd.GeoDataFrame(geometry=shapely.get_parts(shapely.boundary(area)), crs="EPSG:4326")
        pairs = nearby.measure(sites.iloc[rows], nearby.targets(edge), metres=reach)
        near[rows[pairs.subject[pairs.distance <= reach + pairs.doubt]]] = True
    return near


def _far_inside(geometry: Geometries, area: shapely.Geometry, metres: float) -> NDArray[np.bool_]:
    """Which geometries, widened by `metres`, surely lie in the area: asked of all at once, without a box of each."""
    latitude = np.abs(shapely.bounds(area)[[1, 3]]).max()
    lon, lat = degrees_for(np.array([metres]), np.array([latitude]))
    # A box reaches out by its diagonal; a buffer has corners where a circle has none, so a twentieth more.
    inner = area.buffer(-1.05 * float(np.hypot(lon[0], lat[0])))
    shapely.prepare(inner)
    return np.asarray(shapely.contains_properly(inner, geometry))


def _widened(geometry: Geometries, metres: NDArray[np.float64]) -> Geometries:
    """The boxes of the geometries, widened by their metres on every side: what may lie so near."""
    west, south, east, north = shapely.bounds(geometry).T
    lon, lat = degrees_for(metres, np.maximum(np.abs(south), np.abs(north)))
    return np.asarray(shapely.box(west - lon, south - lat, east + lon, north + lat), dtype=object)


def _near_refused(sites: gpd.GeoDataFrame, refused: gpd.GeoDataFrame, metres: float) -> NDArray[np.bool_]:
    pairs = nearby.measure(sites, nearby.targets(refused), metres=metres)
    near = np.zeros(len(sites), dtype=bool)
    near[relate.inside_of(pairs)["subject"]] = True
    if metres > 0:
        near[relate.within_of(pairs, metres=metres)["subject"]] = True
    return near
