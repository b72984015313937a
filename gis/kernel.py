"""Places and outlines against outlines in compiled loops: the fast engine, where numba is installed.

Points are two arrays and never become objects: a point passes by the blocks of `gis.outlines` that
its ray misses, and those too far to hold the nearest edge. A position that rounding could decide
is told as doubtful and left to shapely's exact predicates. Metres are those of `gis.shortest`, to
the last bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from gis.metres import E2, SEMI_MAJOR_AXIS, Floats
from gis.outlines import Integers, Outlines
from gis.shortest import FAR, ROUNDING, SLACK

Loop = TypeVar("Loop", bound=Callable[..., object])

OUTSIDE, INSIDE, ON, DOUBTFUL = 0, 1, 2, 3  # of a line or an area, INSIDE: all of it is

# Relative rounding of the orientation determinant of doubles (Shewchuk 1997, ccwerrboundA), doubled.
_ROUNDING = 2 * (3 + 16 * 2.0**-53) * 2.0**-53

_NOTHING = 1e-3  # metres within which a place may lie on a line


class Grid(NamedTuple):
    """Points in order of their cells, row by row from the south-west."""

    x: Floats
    y: Floats
    allowance: Floats  # metres by which each point's position may be wrong
    order: Integers  # position of each point in the arrays given
    starts: Integers  # cell c holds the points starts[c] to starts[c + 1] - 1
    frame: Floats  # west, south, cell width and height in degrees
    columns: int
    rows: int


def _compiled(function: Loop) -> Loop:
    """The function compiled on first use, kept on disk where there is a place for that."""
    try:
        return cast("Loop", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither beside this file nor in the user's cache may be written
        return cast("Loop", numba.njit(nogil=True)(function))


@_compiled
def _cell(value: float, start: float, side: float, count: int) -> int:
    """The column or row of a coordinate; the first or last for one beyond."""
    return int(min(max((value - start) / side, 0.0), count - 1.0))


@_compiled
def counting_sort(x: Floats, y: Floats, frame: Floats, columns: int, rows: int) -> tuple[Integers, Integers]:
    """Positions of the points by cell, and where each cell starts."""
    starts = np.zeros(columns * rows + 2, np.int64)
    cells = np.empty(len(x), np.int64)
    for point in range(len(x)):
        cell = _cell(y[point], frame[1], frame[3], rows) * columns + _cell(x[point], frame[0], frame[2], columns)
        cells[point] = cell
        starts[cell + 2] += 1
    for cell in range(len(starts) - 1):
        starts[cell + 1] += starts[cell]
    order = np.empty(len(x), np.int64)
    for point in range(len(x)):
        order[starts[cells[point] + 1]] = point
        starts[cells[point] + 1] += 1
    return order, starts[:-1]


@_compiled
def counts(grid: Grid, windows: Floats) -> Integers:
    """How many points lie in the cells of each window."""
    counts = np.zeros(len(windows), np.int64)
    for zone in range(len(windows)):
        west = _cell(windows[zone, 0], grid.frame[0], grid.frame[2], grid.columns)
        east = _cell(windows[zone, 2], grid.frame[0], grid.frame[2], grid.columns)
        south = _cell(windows[zone, 1], grid.frame[1], grid.frame[3], grid.rows)
        north = _cell(windows[zone, 3], grid.frame[1], grid.frame[3], grid.rows)
        for row in range(south, north + 1):
            counts[zone] += grid.starts[row * grid.columns + east + 1] - grid.starts[row * grid.columns + west]
    return counts


@_compiled
def _degree(latitude: float) -> tuple[float, float]:
    """Metres of a degree of longitude and of one of latitude (radii of curvature, as `gis.metres.radii`)."""
    phi = latitude * (math.pi / 180)
    sine = math.sin(phi)
    w2 = 1 - E2 * sine * sine
    prime_vertical = SEMI_MAJOR_AXIS / math.sqrt(w2) * (math.pi / 180)
    return prime_vertical * math.cos(phi), prime_vertical * (1 - E2) / w2


@_compiled
def _position(x: float, y: float, zones: Outlines, zone: int) -> int:
    """OUTSIDE, INSIDE, ON or DOUBTFUL: the parity of edges that a ray to the east crosses."""
    box = zones.box[zone]
    if x < box[0] or x > box[2] or y < box[1] or y > box[3]:
        return OUTSIDE
    vertices, inside = zones.vertices, False
    for block in range(zones.blocks[zone], zones.blocks[zone + 1]):
        if zones.block_box[block, 1] > y or zones.block_box[block, 3] < y or zones.block_box[block, 2] < x:
            continue
        first, last = zones.first[block], zones.last[block]
        if zones.block_box[block, 0] > x:  # all of it to the east: only its two ends count
            inside ^= (vertices[first, 1] > y) != (vertices[last, 1] > y)
            continue
        for edge in range(first, last):
            x1, y1, x2, y2 = vertices[edge, 0], vertices[edge, 1], vertices[edge + 1, 0], vertices[edge + 1, 1]
            if (x1 == x and y1 == y) or (y1 == y and y2 == y and min(x1, x2) <= x <= max(x1, x2)):
                return ON
            if (y1 > y) == (y2 > y):
                continue
            left, right = (x2 - x1) * (y - y1), (x - x1) * (y2 - y1)
            if abs(left - right) <= _ROUNDING * (abs(left) + abs(right)):
                return DOUBTFUL
            inside ^= (left > right) == (y2 > y1)
    return INSIDE if inside else OUTSIDE


@_compiled
def _to_edge(x: float, y: float, across: float, along: float, vertices: Floats, edge: int) -> tuple[float, float]:
    """Square metres of the distance to an edge and the place of its foot, at the given metres of a degree."""
    x1, y1 = (vertices[edge, 0] - x) * across, (vertices[edge, 1] - y) * along
    east, north = (vertices[edge + 1, 0] - x) * across - x1, (vertices[edge + 1, 1] - y) * along - y1
    length = east * east + north * north
    place = min(max(-(x1 * east + y1 * north) / length, 0.0), 1.0) if length > 0 else 0.0
    east, north = x1 + place * east, y1 + place * north
    return east * east + north * north, place


@_compiled
def _to_place(x: float, y: float, vertices: Floats, edge: int, place: float) -> float:
    """Square metres of the distance to a place on an edge, with the radii midway."""
    east = vertices[edge, 0] + place * (vertices[edge + 1, 0] - vertices[edge, 0]) - x
    north = vertices[edge, 1] + place * (vertices[edge + 1, 1] - vertices[edge, 1]) - y
    across, along = _degree(y + north / 2)
    east, north = east * across, north * along
    return float(east * east + north * north)


@_compiled
def _measured(x: float, y: float, vertices: Floats, edge: int, place: float) -> float:
    """Square metres to an edge, once more: from its foot so far, with the radii midway to that."""
    latitude = vertices[edge, 1] + place * (vertices[edge + 1, 1] - vertices[edge, 1])
    across, along = _degree((y + latitude) / 2)
    square, place = _to_edge(x, y, across, along, vertices, edge)
    if square < FAR * FAR:
        return square
    east = (vertices[edge + 1, 0] - vertices[edge, 0]) * across
    north = (vertices[edge + 1, 1] - vertices[edge, 1]) * along
    step = 0.01 * math.sqrt(square / max(east * east + north * north, 1e-12))
    square = _to_place(x, y, vertices, edge, place)
    before, after = (
        _to_place(x, y, vertices, edge, place - step),
        _to_place(x, y, vertices, edge, place + step),
    )
    bend = before - 2 * square + after
    if bend > 0:  # the top of the parabola through the three
        better = min(max(place + step * (before - after) / (2 * bend), 0.0), 1.0)
        square = min(square, _to_place(x, y, vertices, edge, better))
    return square


@_compiled
def _to_outline(  # noqa: C901 - one walk in three passes; calls would cost more than they tell
    x: float, y: float, lines: Outlines, line: int, limit: float, floor: float, bounds: Floats
) -> float:
    """Metres to the nearest edge of an outline: infinity where surely beyond `limit`, 0 where surely below `floor`."""
    across, along = _degree(y)
    slope = min(abs(math.tan(y * (math.pi / 180))), 60.0) / 6.3e6
    best = (limit * (1 + SLACK + limit * slope) + ROUNDING) ** 2 if limit < 1e9 else math.inf
    least = (floor / (1 + SLACK + floor * slope)) ** 2
    start, stop = lines.blocks[line], lines.blocks[line + 1]
    likeliest = start
    for block in range(start, stop):
        box = lines.block_box[block]
        east = max(box[0] - x, x - box[2], 0.0) * across
        north = max(box[1] - y, y - box[3], 0.0) * along
        bounds[block - start] = east * east + north * north
        if bounds[block - start] < bounds[likeliest - start]:
            likeliest = block
    if bounds[likeliest - start] > best:
        return math.inf
    for edge in range(lines.first[likeliest], lines.last[likeliest]):
        best = min(best, _to_edge(x, y, across, along, lines.vertices, edge)[0])
    if best < least:
        return 0.0
    for block in range(start, stop):
        if bounds[block - start] < best and block != likeliest:
            for edge in range(lines.first[block], lines.last[block]):
                best = min(best, _to_edge(x, y, across, along, lines.vertices, edge)[0])
    if best < least:
        return 0.0
    root = math.sqrt(best)
    enough = (root * (1 + SLACK + root * slope) + ROUNDING) ** 2
    shortest = math.inf
    for block in range(start, stop):
        if bounds[block - start] > enough:
            continue
        for edge in range(lines.first[block], lines.last[block]):
            square, place = _to_edge(x, y, across, along, lines.vertices, edge)
            if square <= enough:
                shortest = min(shortest, _measured(x, y, lines.vertices, edge, place))
    return math.sqrt(shortest)


@_compiled
def pairs(
    grid: Grid, zones: Outlines, windows: Floats, limits: Floats, start: int, stop: int, room: int, deep: bool
) -> tuple[Integers, Integers, NDArray[np.int8], Floats]:
    """The pairs of the zones from `start` to `stop`, of which there are at most `room`; `deep`: how deep, too."""
    point_of, zone_of = np.empty(room, np.int64), np.empty(room, np.int64)
    place_of, metres_of = np.empty(room, np.int8), np.empty(room)
    found = 0
    for zone in range(start, stop):
        bounds = np.empty(zones.blocks[zone + 1] - zones.blocks[zone])
        window = windows[zone]
        west = _cell(window[0], grid.frame[0], grid.frame[2], grid.columns)
        east = _cell(window[2], grid.frame[0], grid.frame[2], grid.columns)
        south = _cell(window[1], grid.frame[1], grid.frame[3], grid.rows)
        north = _cell(window[3], grid.frame[1], grid.frame[3], grid.rows)
        for row in range(south, north + 1):
            begin, end = grid.starts[row * grid.columns + west], grid.starts[row * grid.columns + east + 1]
            for point in range(begin, end):
                x, y = grid.x[point], grid.y[point]
                if x < window[0] or x > window[2] or y < window[1] or y > window[3]:
                    continue
                place = _position(x, y, zones, zone) if zones.area[zone] else OUTSIDE
                limit = limits[zone] + grid.allowance[point]
                if place == INSIDE and not deep:
                    metres = 0.0
                else:
                    metres = _to_outline(x, y, zones, zone, limit if place == OUTSIDE else math.inf, 0.0, bounds)
                if place == OUTSIDE and metres > limit:
                    continue
                if metres < _NOTHING and not zones.area[zone]:
                    place = DOUBTFUL
                point_of[found], zone_of[found] = grid.order[point], zone
                place_of[found], metres_of[found] = place, metres
                found += 1
    return point_of[:found].copy(), zone_of[:found].copy(), place_of[:found].copy(), metres_of[:found].copy()


@_compiled
def apart(first: Outlines, one: Integers, second: Outlines, other: Integers, limit: Floats) -> Floats:
    """As `gis.shortest.apart`."""
    metres = np.empty(len(one))
    bounds = np.empty(max(np.diff(first.blocks).max(), np.diff(second.blocks).max()) if len(one) else 0)
    for pair in range(len(one)):
        shortest = _from_vertices(first, one[pair], second, other[pair], limit[pair], bounds)
        back = _from_vertices(second, other[pair], first, one[pair], min(limit[pair], shortest), bounds)
        metres[pair] = min(shortest, back)
    return metres


@_compiled
def _from_vertices(first: Outlines, one: int, second: Outlines, other: int, limit: float, bounds: Floats) -> float:
    """Metres from the nearest vertex of one outline to another; infinity where that is surely beyond `limit`."""
    shortest = math.inf
    box, whole = second.box[other], first.box[one]
    # between the two a degree of longitude is shortest at the highest latitude, one of latitude at the equator
    across, _ = _degree(max(abs(box[1]), abs(box[3]), abs(whole[1]), abs(whole[3])))
    for block in range(first.blocks[one], first.blocks[one + 1]):
        own = first.block_box[block]
        east = max(own[0] - box[2], box[0] - own[2], 0.0) * across
        north = max(own[1] - box[3], box[1] - own[3], 0.0) * 110_574.0
        if math.sqrt(east * east + north * north) * (1 - SLACK) > limit:
            continue
        for vertex in range(first.first[block], first.last[block] + 1):
            x, y = first.vertices[vertex, 0], first.vertices[vertex, 1]
            shortest = min(shortest, _to_outline(x, y, second, other, min(limit, shortest), 0.0, bounds))
    return shortest


@_compiled
def deepest(
    x: Floats, y: Floats, starts: Integers, first: Outlines, one: Integers, second: Outlines, other: Integers
) -> Floats:
    """As `gis.shortest.deepest`."""
    best = np.zeros(len(one))
    bounds = np.empty(max(np.diff(first.blocks).max(), np.diff(second.blocks).max()) if len(one) else 0)
    for owner in range(len(one)):
        for place in range(starts[owner], starts[owner + 1]):
            depth = _to_outline(x[place], y[place], first, one[owner], math.inf, best[owner], bounds)
            best[owner] = max(best[owner], depth)
            if other[owner] >= 0:
                depth = _to_outline(x[place], y[place], second, other[owner], math.inf, best[owner], bounds)
                best[owner] = max(best[owner], depth)
    return best


@_compiled
def position(first: Outlines, one: Integers, second: Outlines, other: Integers) -> NDArray[np.int8]:
    """Of each pair whether the first is OUTSIDE or INSIDE the second, or DOUBTFUL: also where their lines meet."""
    places = np.empty(len(one), np.int8)
    for pair in range(len(one)):
        places[pair] = _lies(first, one[pair], second, other[pair])
    return places


@_compiled
def _lies(first: Outlines, one: int, second: Outlines, other: int) -> int:
    own, box = first.box[one], second.box[other]
    if _aside(own, box):
        return OUTSIDE
    for block in range(first.blocks[one], first.blocks[one + 1]):
        if not _aside(first.block_box[block], box) and _may_meet(first, block, second, other):
            return DOUBTFUL
    found = DOUBTFUL
    for block in range(first.blocks[one], first.blocks[one + 1]):
        if block > first.blocks[one] and first.first[block] == first.last[block - 1]:
            continue  # the same line goes on
        x, y = first.vertices[first.first[block], 0], first.vertices[first.first[block], 1]
        place = _position(x, y, second, other) if second.area[other] else OUTSIDE
        if place in (ON, DOUBTFUL) or found not in (place, DOUBTFUL):
            return DOUBTFUL
        found = place
    if first.area[one]:
        for block in range(second.blocks[other], second.blocks[other + 1]):
            x, y = second.vertices[second.first[block], 0], second.vertices[second.first[block], 1]
            if _position(x, y, first, one) != OUTSIDE:
                return DOUBTFUL
    return found


@_compiled
def _aside(first: Floats, second: Floats) -> bool:
    """Whether two boxes share no place."""
    return bool(first[0] > second[2] or first[2] < second[0] or first[1] > second[3] or first[3] < second[1])


@_compiled
def _may_meet(first: Outlines, block: int, second: Outlines, other: int) -> bool:
    """Whether an edge of the block shares a place with one of the outline, or rounding could decide that."""
    own = first.block_box[block]
    for beside in range(second.blocks[other], second.blocks[other + 1]):
        if _aside(own, second.block_box[beside]):
            continue
        for edge in range(second.first[beside], second.last[beside]):
            x1, y1, x2, y2 = (
                second.vertices[edge, 0],
                second.vertices[edge, 1],
                second.vertices[edge + 1, 0],
                second.vertices[edge + 1, 1],
            )
            if max(x1, x2) < own[0] or min(x1, x2) > own[2] or max(y1, y2) < own[1] or min(y1, y2) > own[3]:
                continue
            for against in range(first.first[block], first.last[block]):
                if not _surely_aside(first.vertices, against, second.vertices, edge):
                    return True
    return False


@_compiled
def _surely_aside(first: Floats, one: int, second: Floats, other: int) -> bool:
    """Whether both ends of an edge lie surely on one side of another, or the other way round."""
    if max(first[one, 0], first[one + 1, 0]) < min(second[other, 0], second[other + 1, 0]):
        return True
    if min(first[one, 0], first[one + 1, 0]) > max(second[other, 0], second[other + 1, 0]):
        return True
    if max(first[one, 1], first[one + 1, 1]) < min(second[other, 1], second[other + 1, 1]):
        return True
    if min(first[one, 1], first[one + 1, 1]) > max(second[other, 1], second[other + 1, 1]):
        return True
    if _side(first, one, second, other) * _side(first, one, second, other + 1) > 0:
        return True
    return bool(_side(second, other, first, one) * _side(second, other, first, one + 1) > 0)


@_compiled
def _side(line: Floats, edge: int, vertices: Floats, vertex: int) -> int:
    """1 or -1 for a vertex surely to the left or to the right of an edge, else 0."""
    left = (line[edge + 1, 0] - line[edge, 0]) * (vertices[vertex, 1] - line[edge, 1])
    right = (vertices[vertex, 0] - line[edge, 0]) * (line[edge + 1, 1] - line[edge, 1])
    if abs(left - right) <= _ROUNDING * (abs(left) + abs(right)):
        return 0
    return 1 if left > right else -1


_cell(0.0, 0.0, 1.0, 1)  # numba loads most of itself at the first call: with the import, then, as any library does
