"""Illustrative outlines around Liupanshui: reservoirs, rivers, protection zones, districts, in metres of EPSG:4544.

Drawn from a few hand-placed points; the bends come from fixed waves, so that every run draws the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.ops import polygonize

CRS = "EPSG:4544"
_TO_METRES = Transformer.from_crs("EPSG:4490", CRS, always_xy=True)

Places = Sequence[tuple[float, float]]


def metres(places: Places) -> np.ndarray:
    """Easting and northing of longitudes and latitudes."""
    return np.column_stack(_TO_METRES.transform(*np.asarray(places, dtype=float).T))


def spot(lon: float, lat: float) -> Point:
    """A place in metres, to a decimetre."""
    return Point(metres([(lon, lat)])[0].round(1))


def _smooth(points: np.ndarray, *, rounds: int = 3, closed: bool = False) -> np.ndarray:
    """Corners cut off (Chaikin), ends kept."""
    for _ in range(rounds):
        ring = np.vstack([points, points[:1]]) if closed else points
        cut = np.stack([0.75 * ring[:-1] + 0.25 * ring[1:], 0.25 * ring[:-1] + 0.75 * ring[1:]], axis=1).reshape(-1, 2)
        points = cut if closed else np.vstack([points[:1], cut, points[-1:]])
    return points


def _waves(share: np.ndarray, seed: int, *, count: int, finest: int) -> np.ndarray:
    """A sum of `count` waves over 0..1 with whole numbers of periods, about -1..1, so that rings close."""
    order = np.arange(1, count + 1)
    periods = np.round(np.linspace(2, finest, count) + 1.7 * np.sin(seed * order))
    strength = 1 / np.sqrt(order)
    waves = np.sin(2 * np.pi * (np.outer(share, periods) + 0.618 * seed * order))
    return waves @ strength / strength.sum() * 1.8


def _shifted(line: LineString, amounts: np.ndarray) -> np.ndarray:
    """Points along a line moved to its left by `amounts` metres."""
    share = np.linspace(0, 1, len(amounts))
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))
    along = np.gradient(points, axis=0)
    along /= np.hypot(*along.T)[:, None]
    return points + np.column_stack([-along[:, 1], along[:, 0]]) * amounts[:, None]


def river(places: Places, seed: int, *, swing: float = 120, bends: int = 24) -> LineString:
    """A meandering line through `places`, its ends kept."""
    line = LineString(_smooth(metres(places)))
    share = np.linspace(0, 1, max(int(line.length / 60), 20))
    amounts = swing * _waves(share, seed, count=6, finest=bends) * np.minimum(1, 12 * np.minimum(share, 1 - share))
    return LineString(np.round(_shifted(line, amounts), 2))


def roughened(area: Polygon, seed: int, *, swing: float, step: float = 60, finest: int = 17) -> Polygon:
    """The area with a naturally uneven edge, moved by about `swing` metres at most, without holes."""
    ring = shapely.remove_repeated_points(LineString(Polygon(area.exterior).normalize().exterior.coords))
    share = np.linspace(0, 1, max(int(ring.length / step), 30))
    amounts = swing * _waves(share, seed, count=7, finest=finest)
    moved = _shifted(ring, amounts)[:-1]
    return _whole(Polygon(_smooth(moved, rounds=1, closed=True)))


def _whole(area: shapely.Geometry) -> Polygon:
    """One valid polygon in whole centimetres: the largest part, without holes."""
    parts = shapely.get_parts(shapely.make_valid(area))
    largest = max(parts, key=lambda part: part.area)
    return Polygon(shapely.set_precision(Polygon(largest.exterior).simplify(2.0), 0.01).exterior)


def reservoir(arms: Sequence[tuple[Places, float, float]], seed: int) -> Polygon:
    """A drowned valley: every arm is a line with the half width at its first and its last place."""
    shores = []
    for number, (places, first, last) in enumerate(arms):
        line = LineString(_smooth(metres(places)))
        share = np.linspace(0, 1, 60)
        half = np.linspace(first, last, 60) * (1 + 0.38 * np.minimum(1, 6 * share) * _waves(share, seed + number, count=5, finest=9))
        centre = shapely.line_interpolate_point(line, share, normalized=True)
        shores.append(shapely.union_all(shapely.buffer(centre, half)))
    water = roughened(shapely.union_all(shores).buffer(25).buffer(-25), seed, swing=20, step=30, finest=61)
    dam, before = metres(arms[0][0][:2])
    below = LineString([dam, dam + (dam - before) / np.hypot(*(dam - before)) * 700]).buffer(700, cap_style="flat")
    return _whole(water.difference(below))


def dam_side(water: Polygon, dam: tuple[float, float], reach: float) -> Polygon:
    """The part of the water within `reach` metres of the dam."""
    return _whole(water.intersection(Point(metres([dam])[0]).buffer(reach)))


def _valley(line: LineString, water: Polygon, length: float, widths: tuple[float, float]) -> shapely.Geometry:
    """The sides of an inflow up to `length` metres from the water, its half width at the water and at the far end."""
    near = line.intersection(water.buffer(length))
    spots = shapely.line_interpolate_point(near, np.linspace(0, 1, 90), normalized=True)
    share = np.clip(shapely.distance(spots, water) / length, 0, 1)
    return shapely.union_all(shapely.buffer(spots, widths[0] + (widths[1] - widths[0]) * share))


def zones(near_dam: Polygon, water: Polygon, inflows: Sequence[LineString], seed: int) -> tuple[Polygon, Polygon, Polygon]:
    """Level 1, level 2 and quasi zone, each inside the next: shore strip, slopes with inflows, valley."""
    first = roughened(near_dam.buffer(230), seed, swing=34, step=45, finest=29)
    strips = [_valley(line, water, 2700, (700, 160)) for line in inflows]
    slopes = shapely.union_all([water.buffer(900), *strips]).buffer(350).buffer(-350)
    second = _whole(shapely.union_all([roughened(slopes, seed + 1, swing=170, step=70, finest=37), first.buffer(60)]))
    valleys = [_valley(line, water, 5600, (1500, 350)) for line in inflows]
    basin = shapely.union_all([second.buffer(750), *valleys]).buffer(800).buffer(-800)
    quasi = _whole(shapely.union_all([roughened(basin, seed + 2, swing=320, step=90, finest=41), second.buffer(90)]))
    return first, second, quasi


def joined(rivers: dict[str, tuple[LineString, str]]) -> dict[str, tuple[LineString, str]]:
    """The rivers, each ending on a vertex of the one it flows into."""
    lines = {name: shapely.get_coordinates(line) for name, (line, _) in rivers.items()}
    for name, (_, into) in rivers.items():
        if not into:
            continue
        trunk = LineString(lines[into])
        along = trunk.project(Point(lines[name][-1]))
        mouth = np.round(shapely.get_coordinates(trunk.interpolate(along)), 2)[0]
        lines[name][-1] = mouth
        behind = np.searchsorted([trunk.project(Point(xy)) for xy in lines[into]], along)
        if not (np.abs(lines[into] - mouth).sum(axis=1) < 0.02).any():
            lines[into] = np.insert(lines[into], behind, mouth, axis=0)
    return {name: (LineString(lines[name]), into) for name, (_, into) in rivers.items()}


def beside(outline: Polygon, share: float, inward: float) -> Point:
    """A point `inward` metres inside the outline (outside where negative) at `share` of the way round it."""
    ring = outline.normalize().exterior
    step = 40 / ring.length
    here, before, after = (ring.interpolate((share + move) % 1, normalized=True) for move in (0, -step, step))
    along = np.array([after.x - before.x, after.y - before.y])
    right = np.array([along[1], -along[0]]) / np.hypot(*along)
    moved = Point(np.round([here.x, here.y] + right * inward, 1))
    return moved if outline.contains(moved) == (inward > 0) else Point(np.round([here.x, here.y] - right * inward, 1))


def patch(centre: Point, across: float, seed: int, *, stretch: float = 1.5) -> Polygon:
    """A field, heap or yard about `across` metres wide."""
    oval = shapely.affinity.rotate(shapely.affinity.scale(centre.buffer(across / 2), stretch, 1), 40 * seed)
    return roughened(oval, seed, swing=across / 14, step=across / 16, finest=7)


def districts(rings: dict[str, Places], spokes: Sequence[Places], middles: dict[str, tuple[float, float]]) -> dict[str, MultiPolygon]:
    """Neighbouring areas that share their borders exactly, named by one place inside each.

    `rings` are closed borders, `spokes` divide what lies between them; areas without a name are left out.
    """
    borders = []
    for number, ring in enumerate(rings.values()):
        area = Polygon(_smooth(metres(ring), rounds=2, closed=True))
        borders.append(roughened(area, 7 + number, swing=area.length / 75, step=area.length / 420, finest=53).exterior)
    borders += [river(spoke, 30 + number, swing=450, bends=11) for number, spoke in enumerate(spokes)]
    pieces = list(polygonize(shapely.union_all(borders)))
    named: dict[str, list[Polygon]] = {}
    for name, middle in middles.items():
        spot = Point(metres([middle])[0])
        around = next((piece for piece in pieces if piece.contains(spot)), None)
        if around is None:
            raise ValueError(f"no border runs round {name} at {middle}")
        named.setdefault(name.split("/")[0], []).append(around)
    return {name: MultiPolygon(parts) for name, parts in named.items()}
