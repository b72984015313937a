"""Null, invalid and unsuitable geometry -> mended or refused, each with the row and what was done."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from gis.faults import Fault

# shapely type id -> the word the layers use; a collection is none of them
_KINDS = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon"}
_MULTIPOINT = 4
# A mended polygon may differ in area by this share of the area its rings enclose; more is a person's decision.
AREA_SHARE = 0.001
# Mending takes a minute for two thousand edges that all cross each other, and for a million corners: nothing that is
# meant as an outline has so many, and no library call can be stopped half-way.
MOST_CORNERS = 200_000
MOST_OVERLAPS = 100_000
# To look through a tangle of more corners than this takes minutes, too. It is one where any of so many edges, asked one
# by one, crosses so many others.
_LARGE, _ASKED, _MANY = 50_000, 50, 100
# Boxes of edges that touch in any sound ring: each its own and those of its neighbours.
_OWN_OVERLAPS = 4
# An edge that spans more of the globe than this runs the other way round, across the 180th meridian.
_HALF_WAY, _WHOLE_WAY = 180.0, 360.0
_GEOD = Geod(ellps="WGS84")


def repair(
    frame: gpd.GeoDataFrame, *, kinds: frozenset[str]
) -> tuple[gpd.GeoDataFrame, list[Fault], list[dict[str, Any]]]:
    """The rows of `frame` with usable geometry, the faults of the others, and a note for everything that was changed.

    Reads `source_row` and geometry in EPSG:4326. `kinds`: which of point, line, polygon the layer takes, single
    or multi; empty means that the layer has no geometry, then every row passes. Null, empty and NaN geometries
    are GEOMETRY_EMPTY, other kinds GEOMETRY_KIND. A multipoint of one member
    becomes that point. Heights and measures are dropped (note). Lines and polygons with an edge across the 180th
    meridian are GEOMETRY_ANTIMERIDIAN: as RFC 7946 says, they must come in two parts, and only their owner can tell
    which way round an edge was meant; taken as drawn they would cover the rest of the globe. Invalid polygons are
    mended where their area stays within 0.1 % of what the rings enclose (note GEOMETRY_REPAIRED), else refused
    as GEOMETRY_NOT_REPAIRABLE: of a bow-tie nobody but the owner knows the true outline.
    """
    if not kinds:
        return frame.reset_index(drop=True), [], []
    raw = np.asarray(frame.geometry.array, dtype=object)
    rows = frame["source_row"].to_numpy()
    raised = shapely.has_z(raw) | shapely.has_m(raw)
    notes: list[dict[str, Any]] = []
    if raised.any():
        notes.append({"code": "HEIGHTS_DROPPED", "row": None, "rows": str(int(raised.sum()))})
        raw = shapely.force_2d(raw)
    geometry = _single_points(raw)
    faults: dict[int, Fault] = {}
    for at in np.flatnonzero(_without_place(geometry)):
        faults[int(at)] = Fault("GEOMETRY_EMPTY", row=int(rows[at]))
    types = shapely.get_type_id(geometry)
    fitting = [number for number, kind in _KINDS.items() if kind in kinds]
    for at in np.flatnonzero(~np.isin(types, fitting)):
        facts = {"found": _KINDS.get(int(types[at]), "collection"), "expected": ", ".join(sorted(kinds))}
        faults.setdefault(int(at), Fault("GEOMETRY_KIND", row=int(rows[at]), value=_type(geometry[at]), facts=facts))
    for across in _across_180(geometry):
        faults.setdefault(across, Fault("GEOMETRY_ANTIMERIDIAN", row=int(rows[across])))
    for at in np.flatnonzero(shapely.get_num_coordinates(geometry) > _LARGE):
        if int(at) not in faults and (found := _hopeless(geometry[at])):
            before = f"{enclosed_square_metres(geometry[at]):.1f}"
            facts = {"found": found, "before": before, "after": "?"}
            faults[int(at)] = Fault("GEOMETRY_NOT_REPAIRABLE", row=int(rows[at]), facts=facts)
    asked = np.setdiff1d(np.arange(len(geometry)), list(faults))
    for at in asked[~shapely.is_valid(geometry[asked])]:
        outcome = _mended(geometry[at], int(rows[at]))
        if isinstance(outcome, Fault):
            faults[int(at)] = outcome
        else:
            geometry[at], note = outcome
            notes.append(note)
    mended = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))
    if faults:
        kept = np.ones(len(frame), dtype=bool)
        kept[list(faults)] = False
        mended = mended[kept]
    return mended.reset_index(drop=True), [faults[at] for at in sorted(faults)], notes


def kind_of(geometry: shapely.Geometry) -> str:
    """The word for what `geometry` is: point, line, polygon or collection."""
    return _KINDS.get(int(shapely.get_type_id(geometry)), "collection")


def is_sound(geometry: Any) -> bool:
    """Whether `geometry` is valid, told in time also of a tangle of millions of corners."""
    if shapely.get_num_coordinates(geometry) > _LARGE and _hopeless(geometry):
        return False
    return bool(shapely.is_valid(geometry))


def enclosed_square_metres(polygon: shapely.Geometry) -> float:
    """The geodesic area that the rings of a polygon (lon, lat) enclose, shells minus holes; also of an invalid one."""
    total = 0.0
    for part in shapely.get_parts(polygon):
        shell, *holes = (abs(_GEOD.polygon_area_perimeter(*ring.coords.xy)[0]) for ring in _rings(part))
        total += shell - sum(holes)
    return total


def _rings(polygon: Any) -> list[Any]:
    return [polygon.exterior, *polygon.interiors]


def _mended(geometry: Any, row: int) -> tuple[Any, dict[str, Any]] | Fault:
    """The valid polygon that `geometry` stands for with its note, or the fault that says why there is none."""
    reason = shapely.is_valid_reason(geometry)
    if kind_of(geometry) != "polygon":
        return Fault("GEOMETRY_UNREADABLE", row=row, facts={"found": reason})
    before = enclosed_square_metres(geometry)
    if tangled := _tangled(geometry):
        facts = {"found": f"{reason}; {tangled}", "before": f"{before:.1f}", "after": "?"}
        return Fault("GEOMETRY_NOT_REPAIRABLE", row=row, facts=facts)
    made = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    is_polygon = kind_of(made) == "polygon" and not made.is_empty
    after = enclosed_square_metres(made) if is_polygon else 0.0
    facts = {"found": reason, "before": f"{before:.1f}", "after": f"{after:.1f}"}
    if not is_polygon or not abs(after - before) <= AREA_SHARE * before:
        return Fault("GEOMETRY_NOT_REPAIRABLE", row=row, facts=facts)
    return made, {"code": "GEOMETRY_REPAIRED", "row": row, **facts}


def _tangled(polygon: Any) -> str:
    """Why mending a polygon would take too long, "" where it would not: its corners, and how often its edges meet."""
    corners = int(shapely.get_num_coordinates(polygon))
    if corners > MOST_CORNERS:
        return f"{corners:,} corners, at most {MOST_CORNERS:,} are mended"
    boxes = _edges(polygon)
    # So few edges are compared with all that not more than some million pairs can come of it.
    asked = boxes[:: max(1, len(boxes) * len(boxes) // (20 * MOST_OVERLAPS))]
    pairs = shapely.STRtree(boxes).query(asked).shape[1]
    overlaps = max(pairs - _OWN_OVERLAPS * len(asked), 0) * len(boxes) // max(len(asked), 1)
    return f"about {overlaps:,} crossings" if overlaps > MOST_OVERLAPS else ""


def _hopeless(geometry: Any) -> str:
    """How a polygon of very many corners is a tangle, "" where it is none or no polygon."""
    if kind_of(geometry) != "polygon":
        return ""
    edges = _edges(geometry)
    tree = shapely.STRtree(edges)
    for edge in edges[:: max(1, len(edges) // _ASKED)]:
        crossed = len(tree.query(edge, predicate="crosses"))
        if crossed > _MANY:
            return f"one edge crosses {crossed:,} others"
    return ""


def _edges(polygon: Any) -> NDArray[np.object_]:
    coordinates, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygon)), return_index=True)
    first = np.flatnonzero(ring[:-1] == ring[1:])
    lines: NDArray[np.object_] = shapely.linestrings(np.stack([coordinates[first], coordinates[first + 1]], axis=1))
    return lines


def _across_180(geometry: NDArray[np.object_]) -> list[int]:
    """Which lines and polygons have an edge that spans more than half the globe, but not all of it."""
    bounds = shapely.bounds(geometry)
    found = []
    for at in np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF_WAY):
        parts = shapely.get_parts(geometry[at])
        lines = [ring for part in parts for ring in (_rings(part) if kind_of(part) == "polygon" else [part])]
        spans = [np.abs(np.diff(shapely.get_coordinates(line)[:, 0])) for line in lines if kind_of(line) == "line"]
        if any(((span > _HALF_WAY) & (span < _WHOLE_WAY)).any() for span in spans):
            found.append(int(at))
    return found


def _single_points(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """`geometry` with every multipoint of one member as that point: bulk reading promotes points of mixed layers."""
    promoted = (shapely.get_type_id(geometry) == _MULTIPOINT) & (shapely.get_num_geometries(geometry) == 1)
    single = geometry.copy()
    single[promoted] = shapely.get_geometry(geometry[promoted], 0)
    return single


def _without_place(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which geometries are null, empty or hold a coordinate that is not finite."""
    nowhere = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    coordinates, index = shapely.get_coordinates(geometry, return_index=True)
    nowhere[np.unique(index[~np.isfinite(coordinates).all(axis=1)])] = True
    return np.asarray(nowhere, dtype=bool)


def _type(geometry: Any) -> str:
    return "" if geometry is None else str(geometry.geom_type)
