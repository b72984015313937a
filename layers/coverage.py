"""Where an answer is possible at all: for every site, why a rule could not be assessed there.

No data is never `clear`. A layer is taken as complete in every district that holds some of it, or,
without districts, inside the hull of the layer widened by a stated distance; a place in a zone
whose row was refused is not assessed either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis import nearby, relate
from gis.metres import degrees_for
from layers.verdicts import OF_NAMES

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

_REAL_SHARE = 0.01

COVERAGE_COLUMNS = ("layer", "kind", "rule_id", "result", "reason", "sites")


class Extent(NamedTuple):
    """Where a layer is complete: an area, how it was found, and the districts it was found from."""

    area: shapely.Geometry | None
    assumption: str  # "absent" | "districts" | "hull"


def in_force(zones: gpd.GeoDataFrame, as_of: str) -> gpd.GeoDataFrame:
    """The zones in force on the ISO day `as_of`; a zone without dates always is."""
    starts, ends = zones["valid_from"], zones["valid_to"]
    kept = (starts.isna() | (starts <= as_of)) & (ends.isna() | (ends >= as_of))
    return zones[kept.to_numpy(dtype=bool)].reset_index(drop=True)


def complete_extent(layer: gpd.GeoDataFrame | None, districts: gpd.GeoDataFrame | None, *, metres: float) -> Extent:
    """Where `layer` can be taken as complete.

    With districts: the districts that hold some of it. Without: its convex hull widened by
    `metres`. A layer that is absent or empty is complete nowhere.
    """
    if layer is None or not len(layer):
        return Extent(None, "absent")
    geometry = np.asarray(layer.geometry.to_numpy(), dtype=object)
    if districts is not None and len(districts):
        outlines = np.asarray(districts.geometry.to_numpy(), dtype=object)
        return Extent(shapely.union_all(outlines[_holding(outlines, geometry)]), "districts")
    hull = _hull(geometry)
    if metres == 0:
        return Extent(hull, "hull")
    latitude = np.array([np.abs(shapely.bounds(hull)[[1, 3]]).max()])
    lon, lat = (degrees[0] for degrees in degrees_for(np.array([metres]), latitude))
    stretch = lat / lon  # buffer in degrees of latitude, so that it is round on the ground
    round_hull = shapely.transform(hull, lambda xy: xy * [stretch, 1]).buffer(lat)
    return Extent(shapely.transform(round_hull, lambda xy: xy / [stretch, 1]), "hull")


def _hull(geometry: NDArray[np.object_]) -> shapely.Geometry:
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
    told = {of: [one.assumption, shapely.to_wkb(one.area, hex=True)] for of, one in extents.items()}
    return json.dumps(told).encode()


def extents_of(data: bytes) -> dict[str, Extent]:
    """The extents of `bytes_of`."""
    told = json.loads(data)
    return {of: Extent(shapely.from_wkb(area), assumption) for of, (assumption, area) in told.items()}


def _holding(districts: NDArray[np.object_], geometry: NDArray[np.object_]) -> NDArray[np.intp]:
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
    metres: float,
) -> Codes:
    """For every site the position in REASONS of why a rule reaching `metres` is not assessed, 0 where it is."""
    codes = np.zeros(len(sites), dtype=np.int8)
    if extent.area is None:
        codes[:] = REASONS.index("LAYER_ABSENT")
        return codes
    geometry = np.asarray(sites.geometry.to_numpy(), dtype=object)
    shapely.prepare(extent.area)
    outside = ~shapely.covers(extent.area, geometry)
    if extent.assumption == "hull":
        codes[outside] = REASONS.index("OUTSIDE_ZONE_DATA")
    elif districts is not None:
        known = _in_any(geometry, np.asarray(districts.geometry.to_numpy(), dtype=object))
        codes[outside & known] = REASONS.index("NO_ZONE_IN_DISTRICT")
        codes[outside & ~known] = REASONS.index("OUTSIDE_DISTRICTS")
    if metres > 0:
        codes[(codes == 0) & ~shapely.covers(extent.area, _widened(geometry, metres))] = REASONS.index("NEAR_DATA_EDGE")
    if refused is not None and len(refused):
        codes[_near_refused(sites, refused, metres)] = REASONS.index("ZONE_REFUSED")
    return codes


def _in_any(geometry: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which geometries share a place with one of the areas."""
    shapely.prepare(areas)
    known = np.zeros(len(geometry), dtype=bool)
    known[np.unique(shapely.STRtree(areas).query(geometry, predicate="intersects")[0])] = True
    return known


def _widened(geometry: NDArray[np.object_], metres: float) -> NDArray[np.object_]:
    """The boxes of the geometries, widened by `metres` on every side: what a rule of that reach looks at."""
    west, south, east, north = shapely.bounds(geometry).T
    reach = np.full(len(geometry), metres)
    lon, lat = degrees_for(reach, np.maximum(np.abs(south), np.abs(north)))
    return np.asarray(shapely.box(west - lon, south - lat, east + lon, north + lat), dtype=object)


def _near_refused(sites: gpd.GeoDataFrame, refused: gpd.GeoDataFrame, metres: float) -> NDArray[np.bool_]:
    pairs = nearby.measure(sites, nearby.targets(refused), metres=metres)
    near = np.zeros(len(sites), dtype=bool)
    near[relate.inside_of(pairs)["subject"]] = True
    if metres > 0:
        near[relate.within_of(pairs, metres=metres)["subject"]] = True
    return near


def assumptions(extents: Mapping[str, Extent], *, metres: float) -> list[dict[str, str]]:
    """What was assumed about where layers are complete, as sentences in Chinese and English."""
    told = []
    for layer, extent in sorted(extents.items()):
        name = {"zh": OF_NAMES[layer]["zh"], "en": layer}
        if extent.assumption == "hull":
            told.append(
                {
                    "code": "EXTENT_ASSUMED",
                    "zh": f"没有 districts 图层：假定{name['zh']}数据在其外包凸壳向外 {metres:g} 米以内完整，"
                    "之外一律为“未评估”。",
                    "en": f"No districts layer: {name['en']} are taken as complete inside their hull "
                    f"widened by {metres:g} m; places outside are not assessed.",
                }
            )
        elif extent.assumption == "absent":
            told.append(
                {
                    "code": "LAYER_ABSENT",
                    "zh": f"缺少{name['zh']}图层（{layer}），或其中没有当日有效的数据：需要它的规则一律为“未评估”。",
                    "en": f"Layer {layer} is absent or nothing in it is in force: its rules are not assessed.",
                }
            )
    return told
