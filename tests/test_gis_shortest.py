"""gis.shortest, and gis.kernel beside it: from places to edges, against GeographicLib and each other."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from gis import shortest
from gis.outlines import Outlines, outlines

WGS84 = Geodesic.WGS84


def to_one(place: tuple[float, float], shape: shapely.Geometry, limit: float = np.inf) -> float:
    """Metres from a place to the lines of one geometry."""
    x, y = np.array([place[0]]), np.array([place[1]])
    lines = outlines(np.array([shape], dtype=object))
    return float(shortest.to_outlines(x, y, lines, np.array([0]), np.array([limit]))[0])


@given(st.floats(-60, 60), st.floats(0, 360), st.floats(0.001, 20_000))
def test_the_way_to_a_point_is_the_geodesic(lat: float, azimuth: float, far: float) -> None:
    end = WGS84.Direct(lat, 105.0, azimuth, far)
    found = to_one((105.0, lat), shapely.Point(end["lon2"], end["lat2"]))
    # midway radii: off by the cube of the way, by a millionth at 20 km
    assert found == pytest.approx(far, rel=2e-6, abs=1e-8)


@pytest.mark.parametrize("lat", [18.0, 26.6, 40.0, 54.0])
@pytest.mark.parametrize("far", [10.0, 300.0])
def test_near_places_are_measured_to_a_ten_millionth_of_a_metre(lat: float, far: float) -> None:
    for azimuth in range(0, 360, 15):
        end = WGS84.Direct(lat, 105.0, azimuth, far)
        assert to_one((105.0, lat), shapely.Point(end["lon2"], end["lat2"])) == pytest.approx(far, abs=1e-7)


def test_a_long_edge_keeps_its_way_in_longitude_and_latitude() -> None:
    # 20 km along a parallel at 54 degrees: a straight chord of a plane would pass 7 m off its middle
    assert to_one((105.15, 54.0), shapely.LineString([(105.0, 54.0), (105.3, 54.0)])) < 1e-9


def test_what_is_surely_too_far_is_not_measured() -> None:
    line = shapely.LineString([(105.0, 30.0), (105.1, 30.0)])
    assert to_one((105.05, 30.01), line, limit=1000.0) == np.inf
    assert to_one((105.05, 30.01), line, limit=1200.0) == pytest.approx(1108.6, abs=1)


def random_lines(random: np.random.Generator, count: int, *, size: float) -> Outlines:
    """Lines of up to 60 vertices round 105 E, 30 N."""
    shapes = [
        shapely.LineString(
            random.uniform(-0.1, 0.1, 2) + np.cumsum(random.normal(0, size, (turns, 2)), axis=0) + [105, 30]
        )
        for turns in random.integers(2, 60, count)
    ]
    return outlines(np.array(shapes, dtype=object))


@pytest.mark.parametrize("size", [0.0001, 0.01])
def test_the_nearest_of_all_edges_is_found(size: float) -> None:
    """Blocks and the first look pass by nothing: each edge alone is never nearer than all together."""
    random = np.random.default_rng(11)
    lines = random_lines(random, 20, size=size)
    x, y = 105 + random.uniform(-0.1, 0.1, 300), 30 + random.uniform(-0.1, 0.1, 300)
    line = random.integers(0, 20, 300)
    found = shortest.to_outlines(x, y, lines, line, np.full(300, np.inf))
    for place in range(300):
        blocks = slice(lines.blocks[line[place]], lines.blocks[line[place] + 1])
        edges = [
            lines.vertices[edge : edge + 2]
            for first, last in zip(lines.first[blocks], lines.last[blocks], strict=True)
            for edge in range(first, last)
        ]
        each = outlines(shapely.linestrings(np.array(edges)))
        count = len(edges)
        alone = shortest.to_outlines(
            np.full(count, x[place]), np.full(count, y[place]), each, np.arange(count), np.full(count, np.inf)
        )
        assert found[place] == alone.min()


@pytest.mark.parametrize("limit", [np.inf, 300.0])
@pytest.mark.parametrize("size", [0.0001, 0.01])
def test_compiled_loops_measure_the_same(size: float, limit: float) -> None:
    pytest.importorskip("numba", reason="needs numba for the fast engine")
    from gis import kernel

    random = np.random.default_rng(12)
    first, second = random_lines(random, 150, size=size), random_lines(random, 150, size=size)
    one, other = (part.ravel() for part in np.meshgrid(np.arange(150), np.arange(150)))
    limits = np.full(len(one), limit)
    plain = shortest.apart(first, one, second, other, limits)
    fast = kernel.apart(first, one, second, other, limits)
    assert (plain <= limit).sum() > 10
    near = np.minimum(plain, fast) <= limit  # what lies beyond is only known to do so
    np.testing.assert_allclose(plain[near], fast[near], rtol=0, atol=1e-8)
    starts = np.arange(0, len(one) + 1, 15)
    x, y = 105 + random.uniform(-0.1, 0.1, (2, len(one))) - [[0.0], [75.0]]
    owners = random.integers(0, 150, len(starts) - 1), random.integers(-1, 150, len(starts) - 1)
    plain, fast = (module.deepest(x, y, starts, first, owners[0], second, owners[1]) for module in (shortest, kernel))
    assert plain.min() > 0
    np.testing.assert_allclose(plain, fast, rtol=0, atol=1e-8)
