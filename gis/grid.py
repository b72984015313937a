"""Places in the cells of a grid, and which of them lie in or near zones, by the compiled loops of `gis.kernel`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.cores import cores, spread
from gis.kernel import Grid, counting_sort, counts, pairs
from gis.metres import Floats, degrees_for
from gis.outlines import Integers, Outlines

_CANDIDATES = 1_000_000  # points in zones' windows that one piece of work may hold
_COARSE = 1024  # cells of the first look, along each side


class Near(NamedTuple):
    """Pairs of points and zones: positions in both, OUTSIDE to DOUBTFUL, metres to the boundary."""

    point: Integers
    zone: Integers
    place: NDArray[np.int8]
    metres: Floats


def near(
    x: Floats,
    y: Floats,
    zones: Outlines,
    *,
    reach: float,
    accuracy: Floats,
    zone_accuracy: Floats,
    edge: float,
    deep: bool = True,
) -> Near:
    """Pairs of points in a zone, or at most `reach`, both accuracies and `edge` metres from its boundary.

    `x` and `y` are longitude and latitude in degrees; points that are not finite have no pairs. What
    lies on a zone without an inside is doubtful. Sorted by zone. Memory grows with the pairs found,
    not with those that were tried. Where `deep` is False, the metres of what is INSIDE are 0.
    """
    usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(usable) or not len(zones.box):
        return Near(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0))
    limits = reach + zone_accuracy + edge
    widest = limits + float(np.max(accuracy, initial=0.0, where=np.isfinite(accuracy)))
    latitude = np.abs(zones.box[:, [1, 3]]).max(axis=1) + np.degrees(widest / 6.3e6)
    lon, lat = degrees_for(widest, latitude)
    windows = zones.box + np.column_stack([-lon, -lat, lon, lat])
    usable = usable[_in_sight(x[usable], y[usable], windows)]
    if not len(usable):
        return Near(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0))
    grid = _grid(x[usable], y[usable], accuracy[usable], reach)
    ends = np.cumsum(counts(grid, windows))
    size = min(_CANDIDATES, max(int(ends[-1]) // (8 * cores()), 1))
    cuts = np.unique(np.r_[0, np.searchsorted(ends, np.arange(size, ends[-1], size), side="right"), len(ends)])

    def piece(number: int) -> Near:
        start, stop = cuts[number], cuts[number + 1]
        room = int(ends[stop - 1] - (ends[start - 1] if start else 0))
        return Near(*pairs(grid, zones, windows, limits, start, stop, room, deep))

    found = spread(piece, range(len(cuts) - 1))
    point, zone, place, metres = (np.concatenate(column) for column in zip(*found, strict=True))
    return Near(usable[point], zone, place, metres)


def _in_sight(x: Floats, y: Floats, windows: Floats) -> NDArray[np.intp]:
    """The points that share a coarse cell with a window: most are far from every zone, and need no sorting."""
    west, south = x.min(), y.min()
    per_degree = (_COARSE - 1) / max(np.ptp(x), np.ptp(y), 1e-9)
    cells = (windows - [west, south, west, south]) * per_degree
    low, high = np.floor(np.clip(cells[:, :2], 0, _COARSE)), np.floor(np.clip(cells[:, 2:], -1, _COARSE - 1))
    touching = (low <= high).all(axis=1)
    (left, below), (right, above) = low[touching].T.astype(np.intp), high[touching].T.astype(np.intp)
    steps = np.zeros((_COARSE + 1, _COARSE + 1), dtype=np.int32)  # +1 where a window begins, -1 behind its end
    corners = ((below, left, 1), (below, right + 1, -1), (above + 1, left, -1), (above + 1, right + 1, 1))
    for row, column, step in corners:
        np.add.at(steps, (row, column), step)
    seen = (steps.cumsum(axis=0).cumsum(axis=1) > 0).ravel()
    cell = ((y - south) * per_degree).astype(np.intp) * (_COARSE + 1) + ((x - west) * per_degree).astype(np.intp)
    return np.flatnonzero(seen[cell])


def _grid(x: Floats, y: Floats, accuracy: Floats, reach: float) -> Grid:
    """The points in cells of about `reach`, but about as many cells as points."""
    west, south = float(x.min()), float(y.min())
    wide, high = max(float(x.max()) - west, 1e-9), max(float(y.max()) - south, 1e-9)
    side = max(np.degrees(reach / 6.3e6), math.sqrt(wide * high / (len(x) + 16)), wide / 30_000, high / 30_000)
    columns, rows = int(wide / side) + 1, int(high / side) + 1
    frame = np.array([west, south, side, side])
    order, starts = counting_sort(x, y, frame, columns, rows)
    return Grid(x[order], y[order], accuracy[order], order, starts, frame, columns, rows)
