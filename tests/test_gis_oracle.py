"""Points against zones beside an oracle that does not round: integers on a dyadic grid, and rational numbers.

A coordinate is a whole number of steps of 2**-20 degrees (0.1 m), which a float holds exactly, as it
does the product of two differences. The oracle counts in 64-bit integers, or without any bound.
"""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from gis import nearby, relate

pytestmark = pytest.mark.usefixtures("engine")

STEP = 2.0**-20
CORNER = np.array([105.0, 26.5])
UNIT = 128  # steps between the places where zones may have vertices: that many places on every edge

# In units, 64 to a side of the picture: A with a hole, in it B; C fills the hole; D lies across A; E shares
# an edge with A; F is made of parts, one with a hole and one that meets it in a vertex; G is a comb.
DRAWN = (
    "POLYGON ((0 0, 60 8, 64 60, 12 56, 0 0), (16 16, 20 36, 36 40, 40 20, 16 16))",
    "POLYGON ((20 20, 36 24, 32 36, 24 32, 20 20))",
    "POLYGON ((16 16, 40 20, 36 40, 20 36, 16 16))",
    "POLYGON ((32 -12, 80 12, 48 48, 32 -12))",
    "POLYGON ((60 8, 88 36, 64 60, 60 8))",
    "MULTIPOLYGON (((-8 -8, 8 -8, 8 8, -8 8, -8 -8), (-4 -4, -4 4, 4 4, 4 -4, -4 -4)), ((8 8, 24 8, 16 24, 8 8)), ((-2 -2, 2 -2, 0 2, -2 -2)))",
    "POLYGON ((0 0, 64 0, 64 48, 56 48, 56 8, 48 8, 48 48, 40 48, 40 8, 32 8, 32 48, 24 48, 24 8, 16 8, 16 48, 0 48, 0 0))",
)


def random_stars() -> list[shapely.Geometry]:
    """Three valid rings of up to 24 random vertices around the middle of the picture."""
    random, stars = np.random.default_rng(2007), []
    while len(stars) < 3:
        places = np.unique(random.integers(-10, 75, (24, 2)), axis=0)
        turn = np.argsort(np.arctan2(places[:, 1] - 31.3, places[:, 0] - 32.7))
        star = shapely.Polygon(places[turn])
        if star.is_valid:
            stars.append(star)
    return stars


ZONES = [
    shapely.transform(zone, lambda units: units * UNIT) for zone in [*map(shapely.from_wkt, DRAWN), *random_stars()]
]


def edges_of(zone: shapely.Geometry) -> NDArray[np.int64]:
    """(n, 4) integers: both ends of every edge of every ring."""
    edges = []
    for ring in shapely.get_rings(shapely.get_parts(zone)):
        edges += [[*start, *end] for start, end in pairwise(shapely.get_coordinates(ring).astype(np.int64).tolist())]
    return np.array(edges)


def places_on(zone: shapely.Geometry) -> NDArray[np.int64]:
    """Every place of the grid on the zone's edges."""
    found = []
    for x1, y1, x2, y2 in edges_of(zone).tolist():
        count = np.gcd(x2 - x1, y2 - y1)
        part = np.arange(count)
        found.append(np.column_stack([x1 + part * ((x2 - x1) // count), y1 + part * ((y2 - y1) // count)]))
    return np.concatenate(found)


def oracle(places: NDArray, edges: NDArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For every place whether it lies in the zone's interior, and whether on its boundary; exact in whole numbers."""
    x, y = places[:, 0], places[:, 1]
    inside, on = np.zeros(len(places), bool), np.zeros(len(places), bool)
    for x1, y1, x2, y2 in edges:
        turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        between = (x >= min(x1, x2)) & (x <= max(x1, x2)) & (y >= min(y1, y2)) & (y <= max(y1, y2))
        on |= (turn == 0) & between
        crossed = (y1 > y) != (y2 > y)
        inside ^= crossed & ((turn > 0) if y2 > y1 else (turn < 0))
    return inside & ~on, on


def answered(places: NDArray[np.float64], zones: list[shapely.Geometry]) -> tuple[NDArray, NDArray, NDArray]:
    """(places, zones) each: interiors meet, they meet on the boundary only, `gis.relate` is certain of inside."""
    sites = gpd.GeoDataFrame(geometry=shapely.points(places), crs=4326)
    pairs = nearby.measure(sites, nearby.targets(gpd.GeoDataFrame(geometry=zones, crs=4326)), metres=0.0)
    interior, on, certain = (np.zeros((len(places), len(zones)), bool) for _ in range(3))
    interior[pairs.subject, pairs.zone] = pairs.interior
    on[pairs.subject, pairs.zone] = pairs.meets & ~pairs.interior
    table = relate.inside_of(pairs)
    told = table[table["holds"] & table["certain"]]
    certain[told["subject"], told["zone"]] = True
    return interior, on, certain


def laid(steps: NDArray) -> NDArray[np.float64]:
    return CORNER + np.asarray(steps, dtype=float) * STEP


def test_a_million_pairs_on_a_grid() -> None:
    assert all(zone.is_valid for zone in ZONES)
    random = np.random.default_rng(1)
    anywhere = random.integers(-12 * UNIT, 90 * UNIT, (8_000, 2))
    level_with_vertices = np.column_stack([anywhere[:4000, 0], anywhere[:4000, 1] // UNIT * UNIT])
    on_edges = np.unique(np.concatenate([places_on(zone) for zone in ZONES]), axis=0)
    places = np.concatenate([on_edges, anywhere, level_with_vertices])
    expected = [oracle(places, edges_of(zone)) for zone in ZONES]
    inside, on = (np.column_stack(column) for column in zip(*expected, strict=True))
    assert on.size >= 1_000_000
    assert on.sum() >= 100_000
    zones = [shapely.transform(zone, laid) for zone in ZONES]
    found_inside, found_on, certain = answered(laid(places), zones)
    assert np.array_equal(found_on, on)
    assert np.array_equal(found_inside, inside)
    assert not (certain & ~inside).any()
    boundaries = shapely.boundary(np.array(zones))[None, :]
    far = shapely.distance(boundaries, shapely.points(laid(places))[:, None]) > 2e-7  # at least 0.02 m
    assert np.array_equal(certain & far, inside & far)


def test_places_a_rounding_away_from_an_edge() -> None:
    """Long edges at odd angles, places a few units of the last digit beside them: floats alone cannot tell."""
    random = np.random.default_rng(3)
    corners = [(104.1, 25.3), (107.77, 26.113), (105.91, 29.47)]
    part = random.random((9000, 1))
    start = np.repeat(np.array(corners), 3000, axis=0)
    end = np.repeat(np.array(corners[1:] + corners[:1]), 3000, axis=0)
    places = start + part * (end - start)
    places += random.integers(-3, 4, places.shape) * np.spacing(places)
    places = np.concatenate([places, np.array(corners)])
    whole = np.array([[int(value * 2**60) for value in place] for place in places.tolist()], dtype=object)
    ring = [[int(value * 2**60) for value in corner] for corner in [*corners, corners[0]]]
    assert all(float(a) / 2**60 == b for a, b in zip(whole.ravel(), places.ravel(), strict=True))
    inside, on = oracle(whole, np.array([[*a, *b] for a, b in pairwise(ring)], dtype=object))
    assert min(inside.sum(), (~inside & ~on).sum(), on.sum()) > 2
    inside, on = inside.astype(bool), on.astype(bool)
    around, apart = shapely.box(100, 20, 110, 32), shapely.box(120, 20, 121, 21)
    triangle = shapely.Polygon(corners)
    holed = shapely.Polygon(around.exterior, [triangle.exterior])
    zones = [triangle, holed, shapely.MultiPolygon([triangle, apart]), shapely.MultiPolygon([apart, holed])]
    found_inside, found_on, certain = answered(places, zones)
    for zone, expected in enumerate((inside, ~inside & ~on, inside, ~inside & ~on)):
        assert np.array_equal(found_inside[:, zone], expected)
        assert np.array_equal(found_on[:, zone], on)
    assert not certain.any()


@pytest.mark.parametrize(
    ("lon", "lat", "size"), [(105, 26.6, 1), (105, 26.6, 0.1), (2, 48, 0.03), (0.1, 51.5, 0.01), (36, -1, 0.1)]
)
def test_places_a_rounding_away_from_a_corner(lon: float, lat: float, size: float) -> None:
    """A distance to an edge may come out smaller than that to the edge's own box: no pair may be lost for it."""
    random = np.random.default_rng(4)
    corners = np.array([lon, lat]) + random.uniform(-1, 1, (200, 3, 2)) * size
    zones = shapely.polygons(corners)
    frame = gpd.GeoDataFrame(geometry=zones, crs=4326)
    targets = relate.targets(frame)
    away = np.array([[-3, 0], [-1, 0], [1, 0], [2, 0], [0, -1], [0, 1], [1, 1], [-1, 2]])
    places = (corners[:, :, None] + away * np.spacing(corners)[:, :, None]).reshape(-1, 2)
    owner = np.repeat(np.arange(200), 3 * len(away))
    exact = np.zeros(len(places))
    pairs = relate.inside_of(nearby.measure_places(places[:, 0], places[:, 1], targets, metres=0.0, accuracy=exact))
    found = set(zip(pairs["subject"], pairs["zone"], strict=True))
    assert found >= set(zip(range(len(places)), owner.tolist(), strict=True))
    own = pairs[pairs["zone"].to_numpy() == owner[pairs["subject"].to_numpy()]]
    assert not own["certain"].any() and own["margin_m"].max() < 1e-6
