"""Pairs of subjects and zones that stand in a relation, with their measures in ground metres.

A relation gives the pairs in which it holds and those in which it cannot be decided, because the
positions may be wrong by more than the pair's margin. What is near what, and how far, comes from
`gis.nearby`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.metres import Floats, ground_area, ground_length, plane_distance, to_plane
from gis.nearby import (
    EDGE_METRES,
    Geometries,
    Integers,
    Measured,
    Targets,
    candidates,
    geometries,
    measure,
    targets,
)

__all__ = ["PAIR_COLUMNS", "RELATIONS", "Targets", "covered_share", "crosses", "inside", "targets", "within"]

PAIR_COLUMNS = (
    "subject",  # position of the row in the subjects
    "zone",  # position of the row in the zones
    "holds",  # whether the relation holds for the positions as given
    "certain",  # whether it would still be so, were the positions wrong by `doubt_m`
    "distance_m",  # shortest distance, 0 where they meet
    "depth_m",  # distance of an inside subject from the zone's boundary; NaN for one outside
    "overlap_m2",  # area inside, for areas; else NaN
    "overlap_m",  # length inside, for lines; else NaN
    "overlap_share",  # share of the subject's area or length inside; else NaN
    "margin_m",  # how far the positions may be wrong before the answer changes
    "doubt_m",  # how far they may be wrong: accuracy of the subject plus that of the zone
)


def inside(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a point lies in a zone, an area overlaps it, or a line runs within it.

    Gives `PAIR_COLUMNS`, sorted by subject and zone. Areas and lines need common interior: one that
    only touches is not inside. A point on the boundary is a pair that holds and is not certain.
    """
    del metres  # the same signature for every relation
    return inside_of(measure(subjects, zones, metres=0.0))


def crosses(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a line has length, or an area has a part, in the interior of a zone.

    As `inside`; but a point cannot cross anything: one that lies in the zone, or may lie in it,
    is a pair that does not hold and is not certain.
    """
    return crosses_of(inside(subjects, zones, metres=metres), subjects)


def within(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float) -> pd.DataFrame:
    """Pairs in which a subject is not inside a zone and at most `metres` away from it.

    Gives `PAIR_COLUMNS`. Exactly `metres` away still counts. The margin is the way to the nearer
    of the two changes: out of reach, or into the zone.
    """
    return within_of(measure(subjects, zones, metres=metres), metres=metres)


RELATIONS: Mapping[str, Callable[..., pd.DataFrame]] = {"inside": inside, "crosses": crosses, "within": within}


def inside_of(pairs: Measured) -> pd.DataFrame:
    """As `inside`, from pairs measured before."""
    holds = pairs.interior | (pairs.is_point & _meets(pairs))
    margin = np.where(holds, pairs.depth, pairs.distance)
    extended = holds & ~pairs.is_point
    overlap = _overlap(pairs, extended)
    margin[extended] = overlap.margin[extended]
    holds &= pairs.is_point | (margin > EDGE_METRES)
    margin = np.where(extended & ~holds, 0.0, margin)
    return _table(pairs, holds, margin, overlap, edge=pairs.is_point)


def crosses_of(pairs: pd.DataFrame, subjects: gpd.GeoDataFrame) -> pd.DataFrame:
    """As `crosses`, from the pairs that `inside` gave for the subjects."""
    points = shapely.get_dimensions(geometries(subjects))[pairs["subject"].to_numpy()] == 0
    return pairs.assign(holds=pairs["holds"] & ~points, certain=pairs["certain"] & ~points)


def within_of(pairs: Measured, *, metres: float) -> pd.DataFrame:
    """As `within`, from pairs measured before, to `metres` or farther."""
    distance = pairs.distance
    holds = ~pairs.interior & (distance <= metres + EDGE_METRES)
    margin = np.where(holds, np.minimum(np.maximum(metres - distance, 0.0), distance), distance - metres)
    margin = np.where(pairs.interior, np.nan_to_num(pairs.depth), margin)
    none = _overlap(pairs, np.zeros(len(holds), bool))
    return _table(pairs, holds, margin, none, edge=pairs.is_point & (distance <= EDGE_METRES))


def covered_share(subjects: gpd.GeoDataFrame, zones: Targets) -> Floats:
    """The share of each subject that lies in any of the zones, overlapping zones counted once; 0 to 1.

    Of the area for areas, of the length for lines, 0 or 1 for points (a point on an edge counts).
    """
    geometry = geometries(subjects)
    found = candidates(geometry, zones.geometry, np.zeros(len(geometry)))
    subject, zone = found[0], found[1]
    meets = shapely.intersects(zones.geometry[zone], geometry[subject])
    share = np.zeros(len(geometry))
    points = shapely.get_dimensions(geometry) == 0
    share[np.unique(subject[meets & points[subject]])] = 1.0
    for row in np.unique(subject[meets & ~points[subject]]):
        joined = shapely.union_all(zones.geometry[zone[meets & (subject == row)]])
        parts = np.array([shapely.intersection(geometry[row], joined), geometry[row]], dtype=object)
        measure = ground_area(parts) if ground_area(parts[1:])[0] else ground_length(parts)
        share[row] = min(measure[0] / measure[1], 1.0)
    return share


class Overlap(NamedTuple):
    """Area, length and share inside the zone, and how far a shift may go before none is left."""

    square_metres: Floats
    metres: Floats
    share: Floats
    margin: Floats


def _meets(pairs: Measured) -> NDArray[np.bool_]:
    """Whether the two share a place, also within `EDGE_METRES`."""
    return pairs.meets | (pairs.distance <= EDGE_METRES)


def _overlap(pairs: Measured, which: NDArray[np.bool_]) -> Overlap:
    """Measures of the parts inside, for the pairs of `which`; NaN for the others."""
    square, length, share, margin = (np.full(len(pairs.subject), np.nan) for _ in range(4))
    if which.any():
        rows = np.flatnonzero(which)
        lonlat, zone = pairs.subjects[pairs.subject[rows]], pairs.zone[rows]
        kind = shapely.get_type_id(lonlat)
        common = _same_dimension(shapely.intersection(lonlat, pairs.zones.geometry[zone]), kind)
        areas = np.isin(kind, (3, 6))
        square[rows[areas]] = ground_area(common[areas])
        length[rows[~areas]] = ground_length(common[~areas])
        whole = np.where(areas, ground_area(lonlat), ground_length(lonlat))
        part = np.where(areas, square[rows], length[rows])
        share[rows] = np.minimum(np.divide(part, whole, out=np.zeros(len(rows)), where=whole > 0), 1.0)
        margin[rows] = _deepest(lonlat, zone, pairs.zones, common)
    return Overlap(square, length, share, margin)


def _deepest(lonlat: Geometries, zone: Integers, zones: Targets, common: Geometries) -> Floats:
    """How far either of the two may be shifted and surely still overlap.

    A place of the common part stays common as long as the shift is shorter than its way to the
    zone's boundary, and for areas also to the subject's own: the best of the part's corners,
    of the middles of its edges and of one place in its inside.
    """
    places = shapely.segmentize(common, np.maximum(_spans(common) / 4, 1e-9))
    coordinates, owner = shapely.get_coordinates(places, return_index=True)
    extra = shapely.get_coordinates(shapely.point_on_surface(common))
    filled = np.flatnonzero(~shapely.is_empty(common))
    owner = np.r_[owner, filled]
    origins = zones.origins[zone][owner]
    points = to_plane(shapely.points(np.r_[coordinates, extra]), origins)
    depth = plane_distance(points, zones.boundary[zone][owner], origins)
    areas = np.isin(shapely.get_type_id(lonlat), (3, 6))
    own = np.full(len(lonlat), None, dtype=object)
    own[areas] = shapely.boundary(to_plane(lonlat[areas], zones.origins[zone[areas]]))
    of_area = areas[owner]
    depth[of_area] = np.maximum(depth[of_area], plane_distance(points[of_area], own[owner[of_area]], origins[of_area]))
    best = np.zeros(len(lonlat))
    np.maximum.at(best, owner, depth)
    return best


def _table(
    pairs: Measured, holds: NDArray[np.bool_], margin: Floats, overlap: Overlap, *, edge: NDArray[np.bool_]
) -> pd.DataFrame:
    """The pairs that hold or are in doubt, as `PAIR_COLUMNS`, sorted by subject and zone.

    `edge` marks the pairs that are in doubt within `EDGE_METRES` of the boundary even where no
    accuracy is stated: points.
    """
    certain = (margin > pairs.doubt) | ((pairs.doubt <= 0) & ~edge)
    certain &= ~(edge & (margin <= EDGE_METRES))
    keep = np.flatnonzero(holds | ~certain)
    keep = keep[np.argsort(pairs.subject[keep] * len(pairs.zones.doubt) + pairs.zone[keep], kind="stable")]
    meets = _meets(pairs)
    columns = {
        "subject": pairs.subject,
        "zone": pairs.zone,
        "holds": holds,
        "certain": certain,
        "distance_m": np.where(meets, 0.0, pairs.distance),
        "depth_m": np.where(meets & (holds | pairs.interior), pairs.depth, np.nan),
        "overlap_m2": overlap.square_metres,
        "overlap_m": overlap.metres,
        "overlap_share": overlap.share,
        "margin_m": margin,
        "doubt_m": pairs.doubt,
    }
    return pd.DataFrame({name: columns[name][keep] for name in PAIR_COLUMNS})


def _same_dimension(common: Geometries, kinds: Integers) -> Geometries:
    """The parts of an intersection that have the subject's own dimension: its areas, or its lines."""
    mixed = shapely.get_type_id(common) == 7
    if not mixed.any():
        return np.asarray(common, dtype=object)
    common = np.array(common, dtype=object)
    for row in np.flatnonzero(mixed):
        wanted = 2 if kinds[row] in (3, 6) else 1
        parts = shapely.get_parts(common[row])
        common[row] = shapely.union_all(parts[shapely.get_dimensions(parts) == wanted])
    return common


def _spans(geometries: Geometries) -> Floats:
    """The longer side of each geometry's box, in degrees; 0 for an empty one."""
    west, south, east, north = shapely.bounds(geometries).T
    return np.asarray(np.nan_to_num(np.maximum(east - west, north - south)), dtype=float)
