"""Pairs of subjects and zones near each other, measured once for every relation between them.

Two engines give the same rows. Predicates are exact on longitude and latitude: shapely's, on all
cores; points against areas are decided by `gis.kernel` where numba is installed and the work is
worth it, but for those that rounding could decide. Metres are those of the ground, by
`gis.shortest` or in the same way by `gis.kernel`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis import shortest
from gis.exact import Geometries, Integers, Position, candidates, in_pieces, position
from gis.geoparquet import digest_of, wkb_chunks, wkb_size
from gis.metres import Floats
from gis.outlines import Keeper, Outlines, keep_outlines, kept_outlines, outlines, wkb_outlines

# A point this near to a boundary is on it, and areas or lines that enter no deeper only touch:
# coordinates are given to centimetres at best, and a re-projection moves them by less.
EDGE_METRES = 0.01

_KEPT = "zone-outlines"  # the name under which a keeper has them


@dataclass(frozen=True, eq=False)
class Targets:
    """Zones made ready to be related; what an engine needs of them is worked out once, when first asked for."""

    source: Callable[[], Geometries]  # gives shapely's geometries
    trace: Callable[[], Outlines]  # gives their outlines
    doubt: Floats  # metres by which each zone's outline may be wrong

    @cached_property
    def geometry(self) -> Geometries:
        geometry = self.source()
        shapely.prepare(geometry)
        shapely.bounds(geometry)  # GEOS works them out when first asked, which two threads must not do at once
        return geometry

    @cached_property
    def outlines(self) -> Outlines:
        return self.trace()


class Measured(NamedTuple):
    """Pairs near enough for any relation up to some reach, with what the relations decide by; in no order."""

    subject: Integers
    zone: Integers
    doubt: Floats  # accuracy of the subject plus that of the zone
    meets: NDArray[np.bool_]  # they share a place
    interior: NDArray[np.bool_]  # their interiors do
    whole: NDArray[np.bool_]  # the subject lies in the zone's interior
    distance: Floats  # ground metres, 0 where they meet
    depth: Floats  # ground metres to the zone's boundary where they meet, within EDGE_METRES; else NaN
    is_point: NDArray[np.bool_]
    subjects: Geometries  # all of them, by position; none where places were measured
    zones: Targets
    engine: str  # "plain" or "fast"


# Subjects times zones from which on loading the compiled loops (1.5 s) costs less than it saves.
_WORTH_COMPILED = 1e9
_used: set[str] = set()


def engine(work: float = np.inf) -> str:
    """Which engine relates subjects to zones: "fast" where numba is installed and the work is worth it, else "plain".

    `work`: subjects times zones of the whole run; once the compiled loops are loaded any work is worth them. The
    environment variable HEADWATER_ENGINE may name one of the two. Raises ValueError for another
    word, and for "fast" without numba.
    """
    asked = os.environ.get("HEADWATER_ENGINE", "")
    if asked not in ("", "plain", "fast"):
        raise ValueError(f"expected HEADWATER_ENGINE to be plain or fast, found {asked!r}")
    installed = find_spec("numba") is not None
    if asked == "fast" and not installed:
        command = f"{sys.executable} -m pip install 'headwater[fast]'"
        raise ValueError(f"HEADWATER_ENGINE is fast, but numba is not installed: {command}")
    worth = work >= _WORTH_COMPILED or "gis.kernel" in sys.modules
    return asked or ("fast" if installed and worth else "plain")


def engine_used() -> str:
    """The engine that has measured in this process: "fast" where any work was worth it, else "plain".

    Where nothing had to be measured, the one that little work would get.
    """
    return ("fast" if "fast" in _used else "plain") if _used else engine(0)


def targets(zones: gpd.GeoDataFrame) -> Targets:
    """The zones of a frame in EPSG:4326, ready to be related to any number of subjects.

    Reads `geometry` and `located_to_metres` (NaN: nothing stated, taken as exact). Geometries must
    be valid and not empty, as `gis.repair` leaves them; points and lines have no inside.
    """
    geometry = geometries(zones)
    return Targets(lambda: geometry, lambda: outlines(geometry), accuracy_of(zones))


def file_targets(path: Path, *, keeper: Keeper | None = None) -> Targets:
    """Zones of a GeoParquet file, taken as exact: valid polygons and multipolygons in degrees, one in every row.

    The fast engine makes no objects of them, unless rounding could decide a position or an area is
    cut. With a `keeper` they are made ready once for each content of the file.
    """
    key = digest_of(path) if keeper else ""
    lines = kept_outlines(keeper, _KEPT, key) if keeper else None
    if lines is None:
        lines = wkb_outlines(wkb_chunks(path), room=wkb_size(path))
        if keeper:
            keep_outlines(keeper, _KEPT, key, lines)
    ready = lines
    return Targets(lambda: _geometries_of(path), lambda: ready, np.zeros(len(ready.box)))


def _geometries_of(path: Path) -> Geometries:
    parts = [shapely.from_wkb(chunk.to_numpy(zero_copy_only=False)) for chunk in wkb_chunks(path)]
    return np.concatenate([np.zeros(0, dtype=object), *parts])


def measure(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float, chosen: str = "") -> Measured:
    """All pairs that meet, or whose distance less their doubt is at most `metres`, measured once.

    Good for every relation that reaches no farther. `chosen` is what `engine` said for the whole
    work where this is a part of it; left out, it is asked for this work.
    """
    geometry, accuracy = geometries(subjects), accuracy_of(subjects)
    chosen = chosen or engine(len(geometry) * len(zones.doubt))
    kinds = shapely.get_type_id(geometry)
    points = np.flatnonzero((kinds == 0) & ~shapely.is_empty(geometry))
    x, y = shapely.get_x(geometry[points]), shapely.get_y(geometry[points])
    parts = [_places(x, y, accuracy[points], zones, metres, chosen, points, geometry[points])]
    for kind, measured in ((kinds == 4, _several_points), (~np.isin(kinds, (-1, 0, 4)), _lines_and_areas)):
        rows = np.flatnonzero(kind & ~shapely.is_empty(geometry))
        if len(rows):
            parts.append(measured(geometry[rows], accuracy[rows], zones, metres, chosen, rows))
    return _joined(parts)._replace(subjects=geometry)


def _joined(parts: list[Measured]) -> Measured:
    if len(parts) == 1:
        return parts[0]
    own = Measured._fields.index("subjects")  # from here on the same for all
    columns = [np.concatenate(column) for column in zip(*(part[:own] for part in parts), strict=True)]
    return Measured._make([*columns, *parts[0][own:]])


def measure_places(x: Floats, y: Floats, zones: Targets, *, metres: float, accuracy: Floats) -> Measured:
    """As `measure`, for points given as longitudes and latitudes in degrees, with their accuracies in metres.

    With the fast engine no point becomes an object, but the few that rounding could decide. Places
    that are not finite have no pairs; `subjects` of the answer is empty.
    """
    chosen = engine(len(x) * len(zones.doubt))
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    x, y, accuracy = (x, y, accuracy) if len(finite) == len(x) else (x[finite], y[finite], accuracy[finite])
    return _places(x, y, accuracy, zones, metres, chosen, finite, None)


class Joined(NamedTuple):
    """Pairs of places and zones: positions in both, whether they meet, and ground metres, 0 where they do."""

    place: Integers
    zone: Integers
    meets: NDArray[np.bool_]
    metres: Floats


def join_places(x: Floats, y: Floats, zones: Targets, *, metres: float) -> Joined:
    """The pairs that meet or are at most `metres` apart, sorted by zone, for exact places; how deep is not asked.

    Places that are not finite have no pairs.
    """
    chosen = engine(len(x) * len(zones.doubt))
    _used.add(chosen)
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    x, y = (x, y) if len(finite) == len(x) else (x[finite], y[finite])
    exact = np.zeros(len(x))
    if chosen == "fast":
        place, zone, meets, _, far = _fast_places(x, y, exact, zones, metres, deep=False)
    else:
        place, zone, meets, _, far = _plain_places(x, y, shapely.points(x, y), exact, zones, metres, deep=False)
    far[meets] = 0.0
    near = np.flatnonzero(far <= metres)
    return Joined(finite[place[near]], zone[near], meets[near], far[near])


def _places(
    x: Floats,
    y: Floats,
    accuracy: Floats,
    zones: Targets,
    reach: float,
    chosen: str,
    rows: Integers,
    points: Geometries | None,
) -> Measured:
    """Places that stand at `rows` of the subjects."""
    _used.add(chosen)
    if chosen == "fast":
        subject, zone, meets, interior, metres = _fast_places(x, y, accuracy, zones, reach)
    else:
        points = shapely.points(x, y) if points is None else points
        subject, zone, meets, interior, metres = _plain_places(x, y, points, accuracy, zones, reach)
    metres[meets & ~interior] = 0.0
    return Measured(
        rows[subject],
        zone,
        accuracy[subject] + zones.doubt[zone],
        meets,
        interior,
        interior,
        np.where(meets, 0.0, metres),
        np.where(meets | (metres <= EDGE_METRES), metres, np.nan),
        np.ones(len(subject), dtype=bool),
        np.zeros(0, dtype=object),
        zones,
        chosen,
    )


# Positions in the subjects and the zones, whether they meet, whether in their interiors, metres to the boundary.
_Placed = tuple[Integers, Integers, NDArray[np.bool_], NDArray[np.bool_], Floats]


def _fast_places(x: Floats, y: Floats, accuracy: Floats, zones: Targets, reach: float, *, deep: bool = True) -> _Placed:
    """By the compiled kernel; what rounding could decide is left to shapely."""
    from gis import kernel
    from gis.grid import near

    subject, zone, place, metres = near(
        x, y, zones.outlines, reach=reach, accuracy=accuracy, zone_accuracy=zones.doubt, edge=EDGE_METRES, deep=deep
    )
    meets, interior = place != kernel.OUTSIDE, place == kernel.INSIDE
    doubtful = np.flatnonzero(place == kernel.DOUBTFUL)
    if len(doubtful):
        at = shapely.points(x[subject[doubtful]], y[subject[doubtful]])
        meets[doubtful], interior[doubtful], _ = position(at, zones.geometry, zone[doubtful])
    return subject, zone, meets, interior, metres


def _plain_places(
    x: Floats, y: Floats, points: Geometries, accuracy: Floats, zones: Targets, reach: float, *, deep: bool = True
) -> _Placed:
    """By shapely's predicates and numpy."""
    lines = zones.outlines
    subject, zone = candidates(points, reach + accuracy + 2 * EDGE_METRES, lines.box, zones.doubt)
    meets, interior, _ = position(points[subject], zones.geometry, zone)
    limit = np.where(meets, np.inf, reach + accuracy[subject] + zones.doubt[zone] + EDGE_METRES)

    def piece(pairs: slice) -> Floats:
        found = np.zeros(pairs.stop - pairs.start)
        asked = np.arange(len(found)) if deep else np.flatnonzero(~meets[pairs])
        one, other = subject[pairs][asked], zone[pairs][asked]
        found[asked] = shortest.to_outlines(x[one], y[one], lines, other, limit[pairs][asked])
        return found

    metres = np.concatenate([np.zeros(0), *in_pieces(zone, piece)])
    near = np.flatnonzero(metres <= limit)
    return subject[near], zone[near], meets[near], interior[near], metres[near]


def _several_points(
    geometry: Geometries, accuracy: Floats, zones: Targets, reach: float, chosen: str, rows: Integers
) -> Measured:
    """Of several points the nearest one counts, and of those inside the deepest."""
    members, owner = shapely.get_parts(geometry, return_index=True)
    x, y = shapely.get_x(members), shapely.get_y(members)
    each = _places(x, y, accuracy[owner], zones, reach, chosen, np.arange(len(members)), members)
    pairs = owner[each.subject] * len(zones.doubt) + each.zone
    pair, place = np.unique(pairs, return_inverse=True)
    subject, zone = np.divmod(pair, max(len(zones.doubt), 1))

    def best(highest: np.ufunc, values: NDArray[np.float64], start: float) -> Floats:
        found = np.full(len(pair), start)
        highest.at(found, place, values)
        return found

    meets = best(np.maximum, each.meets.astype(float), 0.0) > 0
    interior = best(np.maximum, each.interior.astype(float), 0.0) > 0
    distance = best(np.minimum, each.distance, np.inf)
    depth = best(np.maximum, np.where(each.meets, each.depth, 0.0), 0.0)
    depth[~meets & (distance > EDGE_METRES)] = np.nan
    whole = np.bincount(place, each.interior, len(pair)) == np.bincount(owner)[subject]
    doubt, is_point = accuracy[subject] + zones.doubt[zone], np.ones(len(pair), dtype=bool)
    ours = rows[subject], zone, doubt, meets, interior, whole, distance, depth, is_point
    return each._replace(**dict(zip(Measured._fields, ours, strict=False)))


def _lines_and_areas(
    geometry: Geometries, accuracy: Floats, zones: Targets, reach: float, chosen: str, rows: Integers
) -> Measured:
    own, lines = outlines(geometry), zones.outlines
    subject, zone = candidates(geometry, reach + accuracy + 2 * EDGE_METRES, lines.box, zones.doubt)
    doubt = accuracy[subject] + zones.doubt[zone]
    if chosen == "fast":
        meets, interior, whole = _fast_position(geometry, own, subject, zones, zone)
    else:
        meets, interior, whole = position(geometry[subject], zones.geometry, zone)
    limit = np.where(whole, np.inf, reach + doubt + EDGE_METRES)
    apart = apart_by(chosen)

    def piece(pairs: slice) -> Floats:
        metres = np.zeros(len(subject[pairs]))
        off = np.flatnonzero(whole[pairs] | ~meets[pairs])  # the others have a place on the boundary
        metres[off] = apart(own, subject[pairs][off], lines, zone[pairs][off], limit[pairs][off])
        return metres

    metres = np.concatenate([np.zeros(0), *in_pieces(zone, piece)])
    near = np.flatnonzero(metres <= limit)
    subject, zone, doubt, metres, meets = subject[near], zone[near], doubt[near], metres[near], meets[near]
    return Measured(
        rows[subject],
        zone,
        doubt,
        meets,
        interior[near],
        whole[near],
        np.where(meets, 0.0, metres),
        np.where(meets | (metres <= EDGE_METRES), metres, np.nan),
        np.zeros(len(near), dtype=bool),
        geometry,
        zones,
        chosen,
    )


def _fast_position(geometry: Geometries, own: Outlines, subject: Integers, zones: Targets, zone: Integers) -> Position:
    """By the compiled kernel; where outlines meet, or rounding could decide, by shapely."""
    from gis import kernel

    pieces = in_pieces(zone, lambda pairs: kernel.position(own, subject[pairs], zones.outlines, zone[pairs]))
    place = np.concatenate([np.zeros(0, np.int8), *pieces])
    inside = place == kernel.INSIDE
    found = Position(inside, inside.copy(), inside.copy())
    doubtful = np.flatnonzero(place == kernel.DOUBTFUL)
    if len(doubtful):
        for column, decided in zip(
            found, position(geometry[subject[doubtful]], zones.geometry, zone[doubtful]), strict=True
        ):
            column[doubtful] = decided
    return found


class Apart(Protocol):
    """`gis.shortest.apart`."""

    def __call__(
        self, first: Outlines, one: Integers, second: Outlines, other: Integers, limit: Floats, /
    ) -> Floats: ...


def apart_by(chosen: str) -> Apart:
    """`apart` of the engine."""
    if chosen == "fast":
        from gis import kernel

        return kernel.apart
    return shortest.apart


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
