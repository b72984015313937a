"""The common part of lines or areas and the zones they enter: its measures, and how surely there is one.

What lies wholly in a zone is its own common part; only outlines that cross are cut by shapely, on
all cores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis import shortest
from gis.cores import cores, spread
from gis.exact import Geometries, Integers
from gis.metres import Floats, ground_area, ground_length
from gis.nearby import Measured
from gis.outlines import Outlines, outlines

_PAIRS = 2048  # pairs cut together, so that no core is left waiting


class Overlap(NamedTuple):
    """Area, length and share inside the zone, and how far a shift may go before none is left."""

    square_metres: Floats
    metres: Floats
    share: Floats
    margin: Floats


def overlap(pairs: Measured, which: NDArray[np.bool_]) -> Overlap:
    """Measures of the parts inside, for the pairs of `which`, lines and areas; NaN for the others."""
    found = Overlap(*(np.full(len(which), np.nan) for _ in Overlap._fields))
    rows = np.flatnonzero(which)
    if not len(rows):
        return found
    rows = rows[np.argsort(pairs.zone[rows], kind="stable")]
    taken, place = np.unique(pairs.subject[rows], return_inverse=True)
    own = outlines(pairs.subjects[taken])
    size = max(min(_PAIRS, len(rows) // (2 * cores())), 1)

    def piece(start: int) -> Overlap:
        part = slice(start, start + size)
        return _overlap(pairs, rows[part], own, place[part])

    for column, parts in zip(found, zip(*spread(piece, range(0, len(rows), size)), strict=True), strict=True):
        column[rows] = np.concatenate(parts)
    return found


def _overlap(pairs: Measured, rows: Integers, own: Outlines, place: Integers) -> Overlap:
    subjects = pairs.subjects[pairs.subject[rows]]
    areas = np.isin(shapely.get_type_id(subjects), (3, 6))
    common = common_parts(pairs, rows)
    whole, part = _measures(subjects, areas), np.zeros(len(rows))
    cut = ~pairs.whole[rows]
    part[~cut], part[cut] = whole[~cut], _measures(common[cut], areas[cut])
    square, length = np.where(areas, part, np.nan), np.where(areas, np.nan, part)
    share = np.minimum(np.divide(part, whole, out=np.zeros(len(rows)), where=whole > 0), 1.0)
    other = np.where(areas, place, -1)
    margin = _deepest(common, pairs.zones.outlines, pairs.zone[rows], own, other, chosen=pairs.engine)
    return Overlap(square, length, share, margin)


def common_parts(pairs: Measured, rows: Integers) -> Geometries:
    """What of each pair's subject, a line or an area, lies in the zone: areas of an area, lines of a line."""
    common = pairs.subjects[pairs.subject[rows]]
    kinds = shapely.get_type_id(common)
    cut = np.flatnonzero(~pairs.whole[rows])
    parts = shapely.intersection(common[cut], pairs.zones.geometry[pairs.zone[rows[cut]]])
    common[cut] = _same_dimension(parts, kinds[cut])
    return np.asarray(common, dtype=object)


def _measures(geometries: Geometries, areas: NDArray[np.bool_]) -> Floats:
    """Square metres of areas, metres of lines."""
    found = np.zeros(len(geometries))
    found[areas], found[~areas] = ground_area(geometries[areas]), ground_length(geometries[~areas])
    return found


def _deepest(
    common: Geometries, zones: Outlines, zone: Integers, own: Outlines, subject: Integers, *, chosen: str
) -> Floats:
    """How far either of the two may be shifted and surely still overlap.

    A place of the common part stays common as long as the shift is shorter than its way to the
    zone's boundary, and for areas also to the subject's own: the best of the corners of each piece,
    of the middles of its edges and of one place in its inside.
    """
    filled = np.flatnonzero(~shapely.is_empty(common))
    pieces, of = shapely.get_parts(common[filled], return_index=True)
    inner = shapely.get_coordinates(shapely.point_on_surface(pieces))
    cut = shapely.segmentize(pieces, np.maximum(_spans(pieces) / 4, 1e-9))
    edge, piece = shapely.get_coordinates(cut, return_index=True)
    owner = np.r_[of, of[piece]]
    turn = np.argsort(owner, kind="stable")  # places in the inside first: often the deepest
    x, y = np.concatenate([inner, edge])[turn].T
    starts = np.r_[0, np.cumsum(np.bincount(owner, minlength=len(filled)))].astype(np.int64)
    if chosen == "fast":
        from gis.kernel import deepest
    else:
        deepest = shortest.deepest
    margin = np.zeros(len(common))
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    margin[filled] = deepest(x, y, starts, zones, zone[filled], own, subject[filled])
    return margin


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
