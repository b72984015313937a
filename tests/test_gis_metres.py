"""gis.metres against GeographicLib."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import metres

WGS84 = Geodesic.WGS84

latitudes = st.floats(18, 54)


def _geodesic_measures(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """Length and area of a ring whose edges are straight in longitude and latitude, cut into 800 geodesics."""
    polygon = WGS84.Polygon()
    for (west, south), (east, north) in zip(ring, ring[1:] + ring[:1], strict=True):
        for step in range(200):
            at = step / 200
            polygon.AddPoint(south + at * (north - south), west + at * (east - west))
    _, length, area = polygon.Compute()
    return length, abs(area)


@settings(max_examples=20, deadline=None)
@given(latitudes, st.floats(0.0005, 0.2), st.floats(0.0005, 0.2))
def test_area_and_length_equal_the_geodesic_ones(lat: float, width: float, height: float) -> None:
    ring = [
        (105.0, lat),
        (105.0 + width, lat + height / 3),
        (105.0 + width / 2, lat + height),
        (105.0 - width / 3, lat + height / 2),
    ]
    length, area = _geodesic_measures(ring)
    polygon = np.array([shapely.Polygon(ring)])
    assert metres.ground_area(polygon)[0] == pytest.approx(area, rel=1e-6)
    assert metres.ground_length(polygon)[0] == pytest.approx(length, rel=1e-6)
    assert metres.ground_length(np.array([shapely.LineString([*ring, ring[0]])]))[0] == pytest.approx(length, rel=1e-6)


def test_holes_and_parts_are_counted_and_points_are_nothing() -> None:
    whole = shapely.box(105, 26, 105.01, 26.01)
    holed = shapely.difference(whole, shapely.box(105.002, 26.002, 105.004, 26.004))
    apart = shapely.MultiPolygon([whole, shapely.box(105.02, 26, 105.03, 26.01)])
    hole = shapely.box(105.002, 26.002, 105.004, 26.004)
    area = metres.ground_area(np.array([whole, holed, apart, hole, shapely.Point(105, 26), None], dtype=object))
    assert area[1] == pytest.approx(area[0] - area[3], rel=1e-9)
    assert area[2] == pytest.approx(2 * area[0], rel=1e-9)
    assert area[4:].tolist() == [0, 0]


@given(latitudes, st.floats(1, 100_000))
def test_degrees_for_are_never_too_few(lat: float, far: float) -> None:
    lon, north = (float(value[0]) for value in metres.degrees_for(np.array([far]), np.array([lat])))
    assert WGS84.Inverse(lat, 105.0, lat, 105.0 + lon)["s12"] >= far * (1 - 1e-9) or lon == 360
    assert WGS84.Inverse(lat, 105.0, lat + north, 105.0)["s12"] >= far * (1 - 1e-9)
