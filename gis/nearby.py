"""Pairs of subjects and zones near each other, measured once for every relation between them.

The only use of a spatial index. Points against areas are the work of `gis.kernel` where numba is
installed, with the same answers to the millimetre; all else, and all of it elsewhere, is
shapely's vectorised calls. Predicates are exact on longitude and latitude; metres are those of
the ground.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.metres import Floats, degrees_for, plane_distance, to_plane

if TYPE_CHECKING:
    from gis import kernel

Integers = NDArray[np.intp]
Geometries = NDArray[np.object_]

# A point this near to a boundary is on it, and areas or lines that enter no deeper only touch:
# coordinates are given to centimetres at best, and a re-projection moves them by less.
EDGE_METRES = 0.01


@dataclass(frozen=True, eq=False)
class Targets:
    """Zones made ready to be related; what an engine needs of them is worked out once, when first asked for."""

    source: Geometries | pa.ChunkedArray  # shapely's geometries, or their well-known binary
    doubt: Floats  # metres by which each zone's outline may be wrong

    @cached_property
    def geometry(self) -> Geometries:
        geometry = self.source if isinstance(self.source, np.ndarray) else shapely.from_wkb(self.source.to_numpy())
        shapely.prepare(geometry)
        return np.asarray(geometry, dtype=object)

    @cached_property
    def has_areas_only(self) -> bool:
        """Whether all are polygons and multipolygons; a binary source holds nothing else."""
        if not isinstance(self.source, np.ndarray):
            return True
        return bool(np.isin(shapely.get_type_id(self.source), (3, 6)).all())

    @cached_property
    def origins(self) -> Floats:
        bounds = shapely.bounds(self.geometry).reshape(-1, 4)
        return np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])

    @cached_property
    def plane(self) -> Geometries:
        plane = to_plane(self.geometry, self.origins)
        shapely.prepare(plane)
        return plane

    @cached_property
    def boundary(self) -> Geometries:
        boundary = self.plane.copy()
        areas = np.isin(shapely.get_type_id(self.geometry), (3, 6))
        boundary[areas] = shapely.boundary(self.plane[areas])
        shapely.prepare(boundary)
        return boundary

    @cached_property
    def outlines(self) -> kernel.Outlines:
        from gis import kernel

        return kernel.outlines(self.source) if isinstance(self.source, np.ndarray) else kernel.wkb_outlines(self.source)


class Measured(NamedTuple):
    """Pairs near enough for any relation up to some reach, with what the relations decide by; in no order."""

    subject: Integers
    zone: Integers
    doubt: Floats  # accuracy of the subject plus that of the zone
    meets: NDArray[np.bool_]  # they share a place
    interior: NDArray[np.bool_]  # their interiors do
    distance: Floats  # ground metres, 0 where they meet
    depth: Floats  # ground metres to the zone's boundary where they meet, within EDGE_METRES; else NaN
    is_point: NDArray[np.bool_]
    subjects: Geometries  # all of them, by position; none where places were measured
    zones: Targets


def engine() -> str:
    """Which engine relates points to zones: "fast" where numba is installed, else "plain".

    The environment variable HEADWATER_ENGINE may name one of the two. Raises ValueError for
    another word, and for "fast" without numba.
    """
    asked = os.environ.get("HEADWATER_ENGINE", "")
    if asked not in ("", "plain", "fast"):
        raise ValueError(f"expected HEADWATER_ENGINE to be plain or fast, found {asked!r}")
    installed = find_spec("numba") is not None
    if asked == "fast" and not installed:
        raise ValueError("HEADWATER_ENGINE is fast, but numba is not installed: pip install 'headwater[fast]'")
    return asked or ("fast" if installed else "plain")


def targets(zones: gpd.GeoDataFrame) -> Targets:
    """The zones of a frame in EPSG:4326, ready to be related to any number of subjects.

    Reads `geometry` and `located_to_metres` (NaN: nothing stated, taken as exact). Geometries must
    be valid and not empty, as `gis.repair` leaves them; points and lines have no inside.
    """
    return Targets(geometries(zones), accuracy_of(zones))


def wkb_targets(polygons: pa.ChunkedArray) -> Targets:
    """Zones of a binary column of GeoParquet, taken as exact: valid polygons and multipolygons in degrees, no nulls.

    The fast engine makes no objects of them, unless rounding could decide a position.
    """
    return Targets(polygons, np.zeros(len(polygons)))


def measure(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float) -> Measured:
    """All pairs that meet, or whose distance less their doubt is at most `metres`, measured once.

    Good for every relation that reaches no farther. Points against areas are the compiled kernel's
    work where `engine()` is "fast"; all else is shapely's.
    """
    geometry = geometries(subjects)
    accuracy = accuracy_of(subjects)
    if engine() == "plain" or not zones.has_areas_only:
        return _measure_plainly(geometry, accuracy, np.arange(len(geometry)), zones, metres)
    points = (shapely.get_type_id(geometry) == 0) & ~shapely.is_empty(geometry)
    rows = np.flatnonzero(points)
    fast = _measure_places(shapely.get_x(geometry[rows]), shapely.get_y(geometry[rows]), accuracy[rows], zones, metres)
    fast = fast._replace(subject=rows[fast.subject], subjects=geometry)
    if points.all():
        return fast
    plain = _measure_plainly(geometry, accuracy, np.flatnonzero(~points), zones, metres)
    return Measured(
        np.r_[fast.subject, plain.subject],
        np.r_[fast.zone, plain.zone],
        np.r_[fast.doubt, plain.doubt],
        np.r_[fast.meets, plain.meets],
        np.r_[fast.interior, plain.interior],
        np.r_[fast.distance, plain.distance],
        np.r_[fast.depth, plain.depth],
        np.r_[fast.is_point, plain.is_point],
        geometry,
        zones,
    )


def measure_places(x: Floats, y: Floats, zones: Targets, *, metres: float, accuracy: Floats) -> Measured:
    """As `measure`, for points given as longitudes and latitudes in degrees, with their accuracies in metres.

    With the fast engine no point becomes an object, but the few that rounding could decide. Places
    that are not finite have no pairs; `subjects` of the answer is empty.
    """
    if engine() == "fast" and zones.has_areas_only:
        return _measure_places(x, y, accuracy, zones, metres)
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    points = np.full(len(x), None, dtype=object)
    points[finite] = shapely.points(x[finite], y[finite])
    measured = _measure_plainly(points, accuracy, finite, zones, metres)
    return measured._replace(subjects=np.zeros(0, dtype=object))


def _measure_places(x: Floats, y: Floats, accuracy: Floats, zones: Targets, reach: float) -> Measured:
    """Points against areas by the compiled kernel; what rounding could decide is left to shapely."""
    from gis import kernel

    subject, zone, place, metres = kernel.near(
        x, y, zones.outlines, reach=reach, accuracy=accuracy, zone_accuracy=zones.doubt, edge=EDGE_METRES
    )
    doubtful = np.flatnonzero(place == kernel.DOUBTFUL)
    if len(doubtful):
        at = shapely.points(x[subject[doubtful]], y[subject[doubtful]])
        outline = zones.geometry[zone[doubtful]]
        interior = np.where(shapely.intersects(outline, at), kernel.INSIDE, kernel.OUTSIDE)
        place[doubtful] = np.where(shapely.touches(outline, at), kernel.ON, interior)
    metres[place == kernel.ON] = 0.0
    meets = place != kernel.OUTSIDE
    return Measured(
        subject,
        zone,
        accuracy[subject] + zones.doubt[zone],
        meets,
        place == kernel.INSIDE,
        np.where(meets, 0.0, metres),
        np.where(meets | (metres <= EDGE_METRES), metres, np.nan),
        np.ones(len(place), dtype=bool),
        np.zeros(0, dtype=object),
        zones,
    )


def _measure_plainly(geometry: Geometries, accuracy: Floats, rows: Integers, zones: Targets, reach: float) -> Measured:
    """Subjects at `rows` against any zones by shapely's vectorised calls."""
    margin = reach + accuracy[rows] + float(zones.doubt.max(initial=0.0)) + 2 * EDGE_METRES
    found, zone = candidates(geometry[rows], zones.geometry, margin)
    subject = rows[found]
    doubt = accuracy[subject] + zones.doubt[zone]
    plane = to_plane(geometry[subject], zones.origins[zone])
    meets = shapely.intersects(zones.geometry[zone], geometry[subject])
    distance = np.zeros(len(subject))
    apart = ~meets
    distance[apart] = plane_distance(plane[apart], zones.plane[zone[apart]], zones.origins[zone[apart]])
    near = distance <= reach + doubt + EDGE_METRES
    subject, zone, doubt, plane = subject[near], zone[near], doubt[near], plane[near]
    meets, distance = meets[near], distance[near]
    interior = meets.copy()
    interior[meets] = ~shapely.touches(zones.geometry[zone[meets]], geometry[subject[meets]])
    depth = np.full(len(subject), np.nan)
    on = meets | (distance <= EDGE_METRES)
    depth[on] = plane_distance(plane[on], zones.boundary[zone[on]], zones.origins[zone[on]])
    kind = shapely.get_type_id(geometry[subject])
    for pair in np.flatnonzero(on & (kind == 4)):
        depth[pair] = _deepest_member(plane[pair], zone[pair], zones)
    is_point = np.isin(kind, (0, 4))  # several points are in a zone where one of them is
    return Measured(subject, zone, doubt, meets, interior, distance, depth, is_point, geometry, zones)


def _deepest_member(points: shapely.MultiPoint, zone: np.intp, zones: Targets) -> float:
    """Of several points in a zone's plane, how deep the deepest of those inside lies; 0 where none is."""
    parts = shapely.get_parts(points)
    parts = parts[shapely.intersects(zones.plane[zone], parts)]
    boundary = np.repeat(zones.boundary[zone : zone + 1], len(parts))
    origins = np.repeat(zones.origins[zone : zone + 1], len(parts), axis=0)
    return float(plane_distance(parts, boundary, origins).max(initial=0.0))


def geometries(frame: gpd.GeoDataFrame) -> Geometries:
    """The geometries of a frame as an array; refuses a frame that is not in EPSG:4326."""
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ValueError(f"expected a frame in EPSG:4326, found {frame.crs}; gis.read gives such frames")
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def accuracy_of(frame: gpd.GeoDataFrame) -> Floats:
    """The stated accuracy of each row in metres; 0 where none is stated."""
    if "located_to_metres" not in frame:
        return np.zeros(len(frame))
    return np.asarray(np.nan_to_num(frame["located_to_metres"].to_numpy(dtype=float)), dtype=float)


def candidates(subjects: Geometries, zones: Geometries, margin: Floats) -> tuple[Integers, Integers]:
    """Pairs whose boxes come within `margin` ground metres of each other."""
    if not len(subjects) or not len(zones):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    west, south, east, north = shapely.bounds(subjects).T
    lon, lat = degrees_for(margin, np.maximum(np.abs(south), np.abs(north)))
    boxes = shapely.box(west - lon, south - lat, east + lon, north + lat)
    zone, subject = shapely.STRtree(boxes).query(shapely.box(*shapely.bounds(zones).T))
    return np.asarray(subject, dtype=np.intp), np.asarray(zone, dtype=np.intp)
