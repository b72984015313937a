"""How subjects lie to zones, decided exactly on longitude and latitude by shapely's predicates, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cores import Done, spread
from gis.metres import Floats, degrees_for

Integers = NDArray[np.intp]
Geometries = NDArray[np.object_]

_PAIRS = 4096  # pairs decided together, so that no core is left waiting


class Position(NamedTuple):
    """How the subject of each pair lies to its zone."""

    meets: NDArray[np.bool_]  # they share a place
    interior: NDArray[np.bool_]  # their interiors do
    whole: NDArray[np.bool_]  # the subject lies in the zone's interior


def candidates(subjects: Geometries, margin: Floats, boxes: Floats, zone_margin: Floats) -> tuple[Integers, Integers]:
    """Pairs of subjects and zones' boxes within both margins in ground metres of each other, sorted by zone.

    A subject that is missing or empty has none.
    """
    if not len(subjects) or not len(boxes):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    # once with the widest margin of all subjects for the index, then with each pair's own
    zone, subject = shapely.STRtree(subjects).query(shapely.box(*_widened(boxes, zone_margin + margin.max()).T))
    if margin.min() < margin.max():
        own = _widened(boxes[zone], zone_margin[zone] + margin[subject])
        west, south, east, north = shapely.bounds(subjects).T[:, subject]
        near = (west <= own[:, 2]) & (east >= own[:, 0]) & (south <= own[:, 3]) & (north >= own[:, 1])
        zone, subject = zone[near], subject[near]
    turn = np.argsort(zone, kind="stable")
    return np.asarray(subject[turn], dtype=np.intp), np.asarray(zone[turn], dtype=np.intp)


def _widened(boxes: Floats, metres: Floats) -> Floats:
    latitude = np.abs(boxes[:, [1, 3]]).max(axis=1) + np.degrees(metres / 6.3e6)
    lon, lat = degrees_for(metres, latitude)
    return np.asarray(boxes + np.column_stack([-lon, -lat, lon, lat]))


def position(subjects: Geometries, zones: Geometries, zone: Integers) -> Position:
    """How each subject lies to the zone of its pair; pairs are sorted by zone, and zones are prepared.

    Subjects are of one kind: points, or lines and areas.
    """
    none = Position(*(np.zeros(0, dtype=bool) for _ in Position._fields))
    parts = in_pieces(zone, lambda rows: _position(subjects[rows], zones[zone[rows]]))
    return Position(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))


def _position(subjects: Geometries, zones: Geometries) -> Position:
    meets = shapely.intersects(zones, subjects)
    whole = meets.copy()
    whole[meets] = shapely.contains_properly(zones[meets], subjects[meets])
    interior = whole.copy()
    unclear = np.flatnonzero(meets & ~whole)
    interior[unclear] = ~shapely.touches(zones[unclear], subjects[unclear])
    return Position(meets, interior, whole)


def in_pieces(zone: Integers, work: Callable[[slice], Done]) -> list[Done]:
    """What `work` makes of pieces of the pairs, on all cores; `zone` is sorted, and no zone is in two of them.

    A prepared geometry builds its index when first asked, which two threads must not do at once.
    """
    return spread(work, _pieces(zone))


def _pieces(zone: Integers) -> Iterator[slice]:
    changes = np.r_[0, np.flatnonzero(np.diff(zone)) + 1, len(zone)]
    wanted = np.searchsorted(changes, np.arange(0, len(zone), _PAIRS))
    cuts = np.unique(np.r_[changes[wanted], len(zone)]) if len(zone) else np.zeros(0, np.intp)
    return (slice(start, stop) for start, stop in pairwise(cuts.tolist()))
