"""gis.metres against GeographicLib."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import metres

WGS84 = Geodesic.WGS84

latitudes = st.floats(18, 54)
bearings = st.floats(0, 360)


@given(latitudes, bearings, st.floats(1, 50_000), st.floats(-40_000, 40_000))
def test_distance_in_a_plane_equals_the_geodesic(lat: float, azimuth: float, far: float, offset: float) -> None:
    # a plane whose origin lies up to 40 km beside the two points, as a wide zone's does
    start = WGS84.Direct(lat, 105.0, 90, offset)
    end = WGS84.Direct(start["lat2"], start["lon2"], azimuth, far)
    origins = np.array([[105.0, lat]])
    points = [shapely.Point(end["lon1"], end["lat1"]), shapely.Point(end["lon2"], end["lat2"])]
    plane = metres.to_plane(np.array(points), np.repeat(origins, 2, axis=0))
    found = metres.plane_distance(plane[:1], plane[1:], origins)[0]
    assert found == pytest.approx(far, rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("lat", [18.0, 26.6, 40.0, 54.0])
@pytest.mark.parametrize("far", [300.0, 1000.0, 5000.0])
@pytest.mark.parametrize("azimuth", [0, 37, 90, 180, 271])
def test_distance_to_a_vertex_within_a_millionth(lat: float, far: float, azimuth: float) -> None:
    end = WGS84.Direct(lat, 105.0, azimuth, far)
    origins = np.array([[105.0, lat]])
    first = metres.to_plane(np.array([shapely.Point(105.0, lat)]), origins)
    second = metres.to_plane(np.array([shapely.Point(end["lon2"], end["lat2"])]), origins)
    assert metres.plane_distance(first, second, origins)[0] == pytest.approx(far, rel=1e-6)


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


def test_a_long_edge_keeps_its_way_in_longitude_and_latitude() -> None:
    # 20 km along a parallel at 54 degrees: a straight chord of a plane would pass 7 m off its middle
    edge = shapely.LineString([(105.0, 54.0), (105.3, 54.0)])
    origins = np.array([[105.15, 54.0]])
    middle = metres.to_plane(np.array([shapely.Point(105.15, 54.0)]), origins)
    assert metres.plane_distance(middle, metres.to_plane(np.array([edge]), origins), origins)[0] < 0.002


def test_an_empty_geometry_has_no_distance() -> None:
    with pytest.raises(ValueError, match="found an empty one"):
        metres.plane_distance(np.array([shapely.Point()]), np.array([shapely.Point(0, 0)]), np.array([[0.0, 0.0]]))


def test_scale_is_that_of_a_transverse_mercator() -> None:
    # k = 1 + x^2 / 2R^2: 50 km from the meridian 31 parts in a million
    assert math.isclose(
        metres.plane_scale(np.array([50_000.0]), np.array([[105.0, 30.0]]))[0], 1 + 3.08e-5, abs_tol=2e-7
    )
