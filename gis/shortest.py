"""Ground metres from places to outlines, and how far both reach into each other: numpy's part of the plain engine.

An edge is straight in longitude and latitude, as in `gis.metres`. The nearest one is found with the
radii of curvature at the place, and measured with those at the latitude midway to it: 1e-8 m off at
300 m, 1e-5 m at 3 km. Every edge that could be the nearest is measured, not only the one that the
first look preferred. `gis.kernel` does the same in compiled loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gis.metres import Floats, radii
from gis.outlines import BLOCK, Integers, Outlines

# How much longer than the shortest an edge may seem with the place's own radii and be the shortest
# nevertheless: this, and what the radius of the parallel changes by on the way.
SLACK = 0.002
# Metres by which rounding may let an edge seem nearer than the box it lies in: a unit in the last place of a longitude
# is 2e-9 m, that of a foot on an edge of a hundred kilometres not much more.
ROUNDING = 1e-6

FAR = 1000.0  # metres from which on the foot on the edge is refined: nearer, it moves by less than 0.01 mm

_ROOM = 1 << 16  # blocks or edges looked at together: what stays in the cache of a core

Scale = tuple[Floats, Floats]  # metres of a degree of longitude and of one of latitude
Edges = tuple[Floats, Floats, Floats, Floats]  # longitude and latitude of both ends


def to_outlines(
    x: Floats, y: Floats, lines: Outlines, line: NDArray[np.intp], limit: Floats, floor: Floats | None = None
) -> Floats:
    """Metres from each place to the nearest edge of its outline.

    Infinity where that is surely beyond `limit`, 0 where it is surely below `floor`.
    """
    floor = np.zeros(len(x)) if floor is None else floor
    sizes = np.diff(lines.blocks)[line]
    parts = [_to_outlines(x[rows], y[rows], lines, line[rows], limit[rows], floor[rows]) for rows in _pieces(sizes)]
    return np.concatenate([np.zeros(0), *parts])


def apart(first: Outlines, one: NDArray[np.intp], second: Outlines, other: NDArray[np.intp], limit: Floats) -> Floats:
    """Metres between the outlines of each pair that do not cross; infinity where that is surely beyond `limit`.

    Either the nearest place of the first is a vertex, or that of the second is.
    """
    metres = np.full(len(one), np.inf)
    for lines, line, others, beside in ((first, one, second, other), (second, other, first, one)):
        pair, vertex = _vertices(lines, line, around=others.box[beside], limit=np.minimum(limit, metres))
        for places in _first_and_others(pair):  # the first tells how near the others must lie to matter
            rows, (x, y) = pair[places], lines.vertices[vertex[places]].T
            far = to_outlines(x, y, others, beside[rows], np.minimum(limit, metres)[rows])
            np.minimum.at(metres, rows, far)
    return metres


def deepest(
    x: Floats,
    y: Floats,
    starts: Integers,
    first: Outlines,
    one: NDArray[np.intp],
    second: Outlines,
    other: NDArray[np.intp],
) -> Floats:
    """The most metres that one of an owner's places lies from either outline of the owner.

    Owner p has the places starts[p] to starts[p + 1] - 1, the outline one[p] of the first, and
    other[p] of the second, where that is not -1.
    """
    best = np.zeros(len(one))
    owner = np.repeat(np.arange(len(one)), np.diff(starts))
    for places in _first_and_others(owner):  # the first tells how deep the others must lie to matter
        for lines, line in ((first, one), (second, other)):
            rows = places[line[owner[places]] >= 0]
            none, floor = np.full(len(rows), np.inf), best[owner[rows]]
            depth = to_outlines(x[rows], y[rows], lines, line[owner[rows]], none, floor)
            np.maximum.at(best, owner[rows], depth)
    return best


def _pieces(sizes: NDArray[np.intp]) -> Iterator[slice]:
    """Rows in pieces of about `_ROOM` in sum."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique(np.r_[0, np.searchsorted(ends, np.arange(_ROOM, total, _ROOM)) + 1, len(ends)])
    return (slice(start, stop) for start, stop in pairwise(cuts.tolist()))


def _first_and_others(owner: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each owner begins, and all other positions; owners are sorted."""
    is_first = np.r_[True, np.diff(owner) > 0][: len(owner)]
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)


def _runs(starts: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """For runs of whole numbers their position and the numbers, one run after the other."""
    run = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return run, np.arange(len(run)) + (starts - before)[run]


def _vertices(lines: Outlines, line: NDArray[np.intp], *, around: Floats, limit: Floats) -> tuple[Integers, Integers]:
    """The vertices of each pair's outline, with the pair, but of blocks that are farther than `limit` from a box."""
    box = lines.box[line]
    # between the two a degree of longitude is shortest at the highest latitude, one of latitude at the equator
    across, _ = degree(np.abs(np.column_stack([box[:, [1, 3]], around[:, [1, 3]]])).max(axis=1))
    pair, block = _runs(lines.blocks[line], np.diff(lines.blocks)[line])
    own, other = lines.block_box[block], around[pair]
    east = np.maximum(np.maximum(own[:, 0] - other[:, 2], other[:, 0] - own[:, 2]), 0.0) * across[pair]
    north = np.maximum(np.maximum(own[:, 1] - other[:, 3], other[:, 1] - own[:, 3]), 0.0) * 110_574.0
    near = np.hypot(east, north) * (1 - SLACK) <= limit[pair]
    pair, block = pair[near], block[near]
    run, vertex = _runs(lines.first[block], lines.last[block] - lines.first[block] + 1)
    return pair[run], vertex


def degree(latitude: Floats) -> Scale:
    """Metres of a degree of longitude and of one of latitude."""
    meridian, prime_vertical = radii(latitude)
    return np.radians(1.0) * prime_vertical * np.cos(np.radians(latitude)), np.radians(1.0) * meridian


def _to_outlines(x: Floats, y: Floats, lines: Outlines, line: NDArray[np.intp], limit: Floats, floor: Floats) -> Floats:
    across, along = degree(y)
    slope = np.minimum(np.abs(np.tan(np.radians(y))), 60.0) / 6.3e6

    def enough(square: Floats, rows: NDArray[np.intp]) -> Floats:
        """Square metres that an edge may seem to be off and still be the nearest, if one is at most so far."""
        root = np.sqrt(square)
        return np.asarray((root * (1 + SLACK + root * slope[rows]) + ROUNDING) ** 2)

    def squares(rows: NDArray[np.intp], blocks: Integers) -> tuple[Floats, Floats, Integers]:
        edge = np.minimum(lines.first[blocks, None] + np.arange(BLOCK), lines.last[blocks, None] - 1)
        scale = across[rows, None], along[rows, None]
        return *_to_edge(x[rows, None], y[rows, None], *scale, _ends(lines, edge)), edge

    pair, block = _runs(lines.blocks[line], np.diff(lines.blocks)[line])
    bound = _to_boxes(x[pair], y[pair], across[pair], along[pair], lines.block_box[block])
    least = np.minimum.reduceat(bound, np.searchsorted(pair, np.arange(len(x))))
    metres = np.full(len(x), np.inf)
    near = least <= np.where(limit < 1e9, enough(np.minimum(limit, 1e9) ** 2, np.arange(len(x))), np.inf)
    likeliest = np.flatnonzero((bound == least[pair]) & near[pair])
    likeliest = likeliest[np.r_[True, np.diff(pair[likeliest]) > 0][: len(likeliest)]]
    rows = pair[likeliest]
    if not len(rows):
        return metres
    best = np.full(len(x), -1.0)
    best[rows] = squares(rows, block[likeliest])[0].min(axis=1)
    shallow = rows[best[rows] < (floor[rows] / (1 + SLACK + floor[rows] * slope[rows])) ** 2]
    metres[shallow], near[shallow], best[shallow] = 0.0, False, -1.0
    rows = rows[near[rows]]
    if not len(rows):
        return metres
    chosen = np.flatnonzero(bound <= enough(np.maximum(best, 0), np.arange(len(x)))[pair])
    chosen = chosen[near[pair[chosen]]]
    of_block = pair[chosen]
    square, place, edge = squares(of_block, block[chosen])
    if 1 + np.count_nonzero(np.diff(of_block)) != len(rows):  # one pair would get the distance of another
        raise AssertionError("a pair has no block that could hold its nearest edge")
    best[rows] = np.minimum.reduceat(square.min(axis=1), np.searchsorted(of_block, rows))
    which, column = np.nonzero(square <= enough(np.maximum(best, 0), np.arange(len(x)))[of_block][:, None])
    of_edge = of_block[which]
    measured = _measured(x[of_edge], y[of_edge], _ends(lines, edge[which, column]), place[which, column])
    metres[rows] = np.sqrt(np.minimum.reduceat(measured, np.searchsorted(of_edge, rows)))
    return metres


def _ends(lines: Outlines, edge: Integers) -> Edges:
    vertices = lines.vertices
    return vertices[edge, 0], vertices[edge, 1], vertices[edge + 1, 0], vertices[edge + 1, 1]


def _to_boxes(x: Floats, y: Floats, across: Floats, along: Floats, box: Floats) -> Floats:
    """Square metres to boxes."""
    east = np.maximum(np.maximum(box[:, 0] - x, x - box[:, 2]), 0.0) * across
    north = np.maximum(np.maximum(box[:, 1] - y, y - box[:, 3]), 0.0) * along
    return np.asarray(east * east + north * north)


def _to_edge(x: Floats, y: Floats, across: Floats, along: Floats, ends: Edges) -> tuple[Floats, Floats]:
    """Square metres of the distance to edges and the places of the feet, at the given metres of a degree."""
    x1, y1 = (ends[0] - x) * across, (ends[1] - y) * along
    east, north = (ends[2] - x) * across - x1, (ends[3] - y) * along - y1
    length = east * east + north * north
    place = -(x1 * east + y1 * north)
    np.divide(place, length, out=place, where=length > 0)
    np.minimum(np.maximum(place, 0.0, out=place), 1.0, out=place)
    east, north = x1 + place * east, y1 + place * north
    return east * east + north * north, place


def _to_place(x: Floats, y: Floats, ends: Edges, place: Floats) -> Floats:
    """Square metres of the distance to places on edges, with the radii midway."""
    east = ends[0] + place * (ends[2] - ends[0]) - x
    north = ends[1] + place * (ends[3] - ends[1]) - y
    across, along = degree(y + north / 2)
    return np.asarray((east * across) ** 2 + (north * along) ** 2)


def _measured(x: Floats, y: Floats, ends: Edges, place: Floats) -> Floats:
    """Square metres to edges, once more: from their feet so far, with the radii midway to those."""
    latitude = ends[1] + place * (ends[3] - ends[1])
    across, along = degree((y + latitude) / 2)
    square, place = _to_edge(x, y, across, along, ends)
    far = np.flatnonzero(square >= FAR * FAR)
    if len(far):
        x1, y1, x2, y2 = (one[far] for one in ends)
        square[far] = _bent(x[far], y[far], (x1, y1, x2, y2), place[far], square[far], (across[far], along[far]))
    return square


def _bent(x: Floats, y: Floats, ends: Edges, place: Floats, square: Floats, scale: Scale) -> Floats:
    """The same for far edges, whose feet move with the radii: the top of the parabola through three places."""
    east, north = (ends[2] - ends[0]) * scale[0], (ends[3] - ends[1]) * scale[1]
    step = 0.01 * np.sqrt(square / np.maximum(east * east + north * north, 1e-12))
    square = _to_place(x, y, ends, place)
    before, after = _to_place(x, y, ends, place - step), _to_place(x, y, ends, place + step)
    bend = before - 2 * square + after
    move = np.divide(step * (before - after), 2 * bend, out=np.zeros(len(bend)), where=bend > 0)
    better = np.minimum(np.maximum(place + move, 0.0), 1.0)
    return np.minimum(square, _to_place(x, y, ends, better))
