"""Pairs of subjects and zones that stand in a relation, with their measures in ground metres.

The only use of a spatial index. Predicates are shapely's exact ones on longitude and latitude;
metres come from `gis.metres`. A relation gives the pairs in which it holds and those in which it
cannot be decided, because the positions may be wrong by more than the pair's margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.metres import Floats, degrees_for, ground_area, ground_length, plane_distance, to_plane

Integers = NDArray[np.intp]
Geometries = NDArray[np.object_]

# A point this near to a boundary is on it, and areas or lines that enter no deeper only touch:
# coordinates are given to centimetres at best, and a re-projection moves them by less.
EDGE_METRES = 0.01

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


class Targets(NamedTuple):
    """Zones made ready: geometries, their planes, their boundaries there, and their accuracy."""

    geometry: Geometries
    origins: Floats
    plane: Geometries
    boundary: Geometries
    doubt: Floats


def targets(zones: gpd.GeoDataFrame) -> Targets:
    """The zones of a frame in EPSG:4326, ready to be related to any number of subjects.

    Reads `geometry` and `located_to_metres` (NaN: nothing stated, taken as exact). Geometries must
    be valid and not empty, as `gis.repair` leaves them; points and lines have no inside.
    """
    geometry = _geometries(zones)
    bounds = shapely.bounds(geometry).reshape(-1, 4)
    origins = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    plane = to_plane(geometry, origins)
    areas = np.isin(shapely.get_type_id(geometry), (3, 6))
    boundary = plane.copy()
    boundary[areas] = shapely.boundary(plane[areas])
    shapely.prepare(geometry)
    shapely.prepare(plane)
    shapely.prepare(boundary)
    return Targets(geometry, origins, plane, boundary, _accuracy(zones))


def inside(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a point lies in a zone, an area overlaps it, or a line runs within it.

    Gives `PAIR_COLUMNS`, sorted by subject and zone. Areas and lines need common interior: one that
    only touches is not inside. A point on the boundary is a pair that holds and is not certain.
    """
    del metres  # the same signature for every relation
    pairs = _Pairs(subjects, zones, reach=0.0)
    distance, depth = pairs.distance(), pairs.depth()
    holds = pairs.within_interior() | (pairs.is_point & pairs.meets())
    margin = np.where(holds, depth, distance)
    overlap = pairs.overlap(holds & ~pairs.is_point)
    for_extended = holds & ~pairs.is_point
    margin[for_extended] = overlap.margin[for_extended]
    holds &= pairs.is_point | (margin > EDGE_METRES)
    margin = np.where(for_extended & ~holds, 0.0, margin)
    return pairs.table(holds, margin, overlap, edge=pairs.is_point)


def crosses(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a line has length, or an area has a part, in the interior of a zone.

    As `inside`; but a point cannot cross anything: one that lies in the zone, or may lie in it,
    is a pair that does not hold and is not certain.
    """
    pairs = inside(subjects, zones, metres=metres)
    points = shapely.get_dimensions(_geometries(subjects))[pairs["subject"].to_numpy()] == 0
    return pairs.assign(holds=pairs["holds"] & ~points, certain=pairs["certain"] & ~points)


def within(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float) -> pd.DataFrame:
    """Pairs in which a subject is not inside a zone and at most `metres` away from it.

    Gives `PAIR_COLUMNS`. Exactly `metres` away still counts. The margin is the way to the nearer
    of the two changes: out of reach, or into the zone.
    """
    pairs = _Pairs(subjects, zones, reach=metres)
    distance, depth = pairs.distance(), pairs.depth()
    inner = pairs.within_interior()
    holds = ~inner & (distance <= metres + EDGE_METRES)
    margin = np.where(holds, np.minimum(np.maximum(metres - distance, 0.0), distance), distance - metres)
    margin = np.where(inner, np.nan_to_num(depth), margin)
    return pairs.table(
        holds, margin, pairs.overlap(np.zeros(len(holds), bool)), edge=pairs.is_point & (distance <= EDGE_METRES)
    )


RELATIONS: Mapping[str, Callable[..., pd.DataFrame]] = {"inside": inside, "crosses": crosses, "within": within}


def covered_share(subjects: gpd.GeoDataFrame, zones: Targets) -> Floats:
    """The share of each subject that lies in any of the zones, overlapping zones counted once; 0 to 1.

    Of the area for areas, of the length for lines, 0 or 1 for points (a point on an edge counts).
    """
    geometry = _geometries(subjects)
    found = _candidates(geometry, zones.geometry, np.zeros(len(geometry)))
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


class _Pairs:
    """Candidate pairs of one relation with the measures that several of them need."""

    def __init__(self, subjects: gpd.GeoDataFrame, zones: Targets, *, reach: float) -> None:
        geometry = _geometries(subjects)
        accuracy = _accuracy(subjects)
        widest = float(zones.doubt.max(initial=0.0))
        margin = reach + accuracy + widest + 2 * EDGE_METRES
        self.subject, self.zone = _candidates(geometry, zones.geometry, margin)
        self.doubt = accuracy[self.subject] + zones.doubt[self.zone]
        self.lonlat = geometry[self.subject]
        self.kind = shapely.get_type_id(self.lonlat)
        self.is_point = np.isin(self.kind, (0, 4))  # several points are in a zone where one of them is
        self._zones = zones
        self._origins = zones.origins[self.zone]
        self._plane = to_plane(self.lonlat, self._origins)
        self._meets: NDArray[np.bool_] = shapely.intersects(zones.geometry[self.zone], self.lonlat)
        self._keep_near(reach)

    def _keep_near(self, reach: float) -> None:
        """Drop candidates that neither meet nor come within reach and doubt."""
        zones = self._zones
        distance = np.zeros(len(self.subject))
        apart = ~self._meets
        distance[apart] = plane_distance(self._plane[apart], zones.plane[self.zone[apart]], self._origins[apart])
        near = distance <= reach + self.doubt + EDGE_METRES
        for name in ("subject", "zone", "doubt", "lonlat", "kind", "is_point", "_origins", "_plane", "_meets"):
            setattr(self, name, getattr(self, name)[near])
        self._distance = distance[near]

    def meets(self) -> NDArray[np.bool_]:
        """Whether the two share a point, also within `EDGE_METRES`."""
        return self._meets | (self._distance <= EDGE_METRES)

    def within_interior(self) -> NDArray[np.bool_]:
        """Whether the interiors share a point: exact, on longitude and latitude."""
        found = self._meets.copy()
        found[found] = ~shapely.touches(self._zones.geometry[self.zone[found]], self.lonlat[found])
        return found

    def distance(self) -> Floats:
        """Ground metres between the two, 0 where they meet."""
        return self._distance

    def depth(self) -> Floats:
        """Ground metres from a meeting subject to the zone's boundary; NaN for one outside."""
        depth = np.full(len(self.subject), np.nan)
        on = self.meets()
        depth[on] = plane_distance(self._plane[on], self._zones.boundary[self.zone[on]], self._origins[on])
        for row in np.flatnonzero(on & (self.kind == 4)):
            depth[row] = self._deepest_member(row)
        return depth

    def _deepest_member(self, row: np.intp) -> float:
        """Of several points, how deep the deepest of those inside lies; 0 where none is."""
        zone = self.zone[row]
        parts = shapely.get_parts(self._plane[row])
        parts = parts[shapely.intersects(self._zones.plane[zone], parts)]
        boundary = np.repeat(self._zones.boundary[zone : zone + 1], len(parts))
        origins = np.repeat(self._origins[row : row + 1], len(parts), axis=0)
        return float(plane_distance(parts, boundary, origins).max(initial=0.0))

    def overlap(self, which: NDArray[np.bool_]) -> Overlap:
        """Measures of the parts inside, for the pairs of `which`; NaN for the others."""
        square, length, share, margin = (np.full(len(self.subject), np.nan) for _ in range(4))
        if which.any():
            rows = np.flatnonzero(which)
            common = _same_dimension(
                shapely.intersection(self.lonlat[rows], self._zones.geometry[self.zone[rows]]), self.kind[rows]
            )
            areas = np.isin(self.kind[rows], (3, 6))
            square[rows[areas]] = ground_area(common[areas])
            length[rows[~areas]] = ground_length(common[~areas])
            whole = np.where(areas, ground_area(self.lonlat[rows]), ground_length(self.lonlat[rows]))
            part = np.where(areas, square[rows], length[rows])
            share[rows] = np.minimum(np.divide(part, whole, out=np.zeros(len(rows)), where=whole > 0), 1.0)
            margin[rows] = self._deepest(rows, common, areas)
        return Overlap(square, length, share, margin)

    def _deepest(self, rows: Integers, common: Geometries, areas: NDArray[np.bool_]) -> Floats:
        """How far either of the two may be shifted and surely still overlap.

        A place of the common part stays common as long as the shift is shorter than its way to the
        zone's boundary, and for areas also to the subject's own: the best of the part's corners,
        of the middles of its edges and of one place in its inside.
        """
        places = shapely.segmentize(common, np.maximum(_spans(common) / 4, 1e-9))
        coordinates, owner = shapely.get_coordinates(places, return_index=True)
        extra = shapely.get_coordinates(shapely.point_on_surface(common))
        filled = np.flatnonzero(~shapely.is_empty(common))
        points = shapely.points(np.r_[coordinates, extra])
        owner = np.r_[owner, filled]
        origins = self._origins[rows][owner]
        points = to_plane(points, origins)
        depth = plane_distance(points, self._zones.boundary[self.zone[rows]][owner], origins)
        of_area = areas[owner]
        own = shapely.boundary(self._plane[rows])[owner[of_area]]
        depth[of_area] = np.maximum(depth[of_area], plane_distance(points[of_area], own, origins[of_area]))
        best = np.zeros(len(rows))
        np.maximum.at(best, owner, depth)
        return best

    def table(
        self, holds: NDArray[np.bool_], margin: Floats, overlap: Overlap, *, edge: NDArray[np.bool_]
    ) -> pd.DataFrame:
        """The pairs that hold or are in doubt, as `PAIR_COLUMNS`.

        `edge` marks the pairs that are in doubt within `EDGE_METRES` of the boundary even where no
        accuracy is stated: points.
        """
        certain = (margin > self.doubt) | ((self.doubt <= 0) & ~edge)
        certain &= ~(edge & (margin <= EDGE_METRES))
        keep = holds | ~certain
        inner = self.meets() & (holds | self.within_interior())
        columns = {
            "subject": self.subject,
            "zone": self.zone,
            "holds": holds,
            "certain": certain,
            "distance_m": np.where(self.meets(), 0.0, self._distance),
            "depth_m": np.where(inner, self.depth(), np.nan),
            "overlap_m2": overlap.square_metres,
            "overlap_m": overlap.metres,
            "overlap_share": overlap.share,
            "margin_m": margin,
            "doubt_m": self.doubt,
        }
        table = pd.DataFrame({name: columns[name][keep] for name in PAIR_COLUMNS})
        return table.sort_values(["subject", "zone"], ignore_index=True)


def _geometries(frame: gpd.GeoDataFrame) -> Geometries:
    """The geometries of a frame as an array; refuses a frame that is not in EPSG:4326."""
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ValueError(f"expected a frame in EPSG:4326, found {frame.crs}; gis.read gives such frames")
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _accuracy(frame: gpd.GeoDataFrame) -> Floats:
    if "located_to_metres" not in frame:
        return np.zeros(len(frame))
    return np.asarray(np.nan_to_num(frame["located_to_metres"].to_numpy(dtype=float)), dtype=float)


def _candidates(subjects: Geometries, zones: Geometries, margin: Floats) -> tuple[Integers, Integers]:
    """Pairs whose boxes come within `margin` ground metres of each other."""
    if not len(subjects) or not len(zones):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    west, south, east, north = shapely.bounds(subjects).T
    lon, lat = degrees_for(margin, np.maximum(np.abs(south), np.abs(north)))
    boxes = shapely.box(west - lon, south - lat, east + lon, north + lat)
    zone, subject = shapely.STRtree(boxes).query(shapely.box(*shapely.bounds(zones).T))
    return np.asarray(subject, dtype=np.intp), np.asarray(zone, dtype=np.intp)


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
