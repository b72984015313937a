"""Which CRS holds, and that data come out where they belong."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from gis import datum
from gis.faults import Fault

GUIZHOU = (104.0, 26.0, 105.0, 27.0)


def code(outcome: CRS | Fault) -> str:
    return outcome.code if isinstance(outcome, Fault) else "ok"


@pytest.mark.parametrize(
    ("found", "declared", "expected"),
    [
        (None, None, "CRS_MISSING"),
        (None, "EPSG:4490", "ok"),
        ("EPSG:4326", None, "ok"),
        ("EPSG:4326", "EPSG:4490", "ok"),
        ("OGC:CRS84", "EPSG:4326", "ok"),
        ("EPSG:4979", "EPSG:4326", "ok"),
        ("EPSG:4326", "EPSG:4544", "CRS_CONTRADICTION"),
        ("EPSG:4326", "EPSG:4267", "CRS_CONTRADICTION"),  # NAD27 lies tens of metres off
        ("EPSG:4214", None, "DATUM_REFUSED"),
        ("EPSG:4610", None, "DATUM_REFUSED"),
        (None, "EPSG:2343", "DATUM_REFUSED"),
        (None, "EPSG:4555", "DATUM_REFUSED"),
        ("+proj=longlat +a=6378000 +b=6356000", None, "DATUM_UNKNOWN"),
        (None, "EPSG:99999", "CRS_UNKNOWN"),
        ("no such thing", None, "CRS_UNKNOWN"),
    ],
)
def test_judge(found: str | None, declared: str | None, expected: str) -> None:
    bounds = (-85.0, 42.0, -84.0, 43.0) if declared == "EPSG:4267" else GUIZHOU
    assert code(datum.judge(found, declared, bounds)) == expected


def test_an_esri_spelling_of_beijing_is_refused_too() -> None:
    wkt = (
        'PROJCS["Beijing_1954_3_Degree_GK_CM_105E",GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID'
        '["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION'
        '["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["Central_Meridian",105.0],UNIT["Meter",1.0]]'
    )
    assert code(datum.judge(wkt, None, None)) == "DATUM_REFUSED"


def test_cgcs2000_is_taken_as_wgs_84() -> None:
    moved = datum.to_lon_lat(np.array([shapely.Point(104.8, 26.6)]), CRS.from_epsg(4490))
    assert (moved[0].x, moved[0].y) == pytest.approx((104.8, 26.6), abs=1e-12)


def test_an_edge_straight_in_the_projected_plane_keeps_its_place() -> None:
    # A 40 km edge of a zone drawn in EPSG:4544: unsplit, its middle would lie some 15 m off in lon/lat.
    crs = CRS.from_epsg(4544)
    x, y = Transformer.from_crs(4326, 4544, always_xy=True).transform(104.8, 26.6)
    edge = shapely.LineString([(x, y), (x + 40_000, y)])
    moved = datum.to_lon_lat(np.array([edge]), crs)[0]
    inverse = Transformer.from_crs(4544, 4326, always_xy=True)
    unsplit = shapely.LineString([inverse.transform(*end) for end in edge.coords])

    def metres_off(line: shapely.LineString) -> float:
        worst = 0.0
        for step in np.linspace(0, 40_000, 997):
            true = shapely.Point(inverse.transform(x + step, y))
            near = shapely.shortest_line(true, line).coords
            worst = max(worst, Geod(ellps="WGS84").inv(*near[0], *near[1])[2])
        return worst

    assert metres_off(moved) < 0.01
    assert metres_off(unsplit) > 5


def test_gcj02_matches_a_published_pair() -> None:
    # The pair that open implementations of the public formula print for Tiananmen.
    lon, lat = datum.gcj02_from_wgs84(np.array([116.404]), np.array([39.915]))
    assert (lon[0], lat[0]) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)


def test_outside_china_nothing_is_offset() -> None:
    lon, lat = datum.gcj02_from_wgs84(np.array([-84.5]), np.array([42.7]))
    assert (lon[0], lat[0]) == (-84.5, 42.7)


@pytest.mark.parametrize(("name", "forward"), [("gcj02", datum.gcj02_from_wgs84), ("bd09", datum.bd09_from_wgs84)])
@given(lon=st.floats(73.5, 134.7), lat=st.floats(18.1, 53.5))
def test_offsets_come_back_within_a_centimetre(name: str, forward: datum.Shift, lon: float, lat: float) -> None:
    x, y = forward(np.array([lon]), np.array([lat]))
    offset = Geod(ellps="WGS84").inv(lon, lat, x[0], y[0])[2]
    back = datum.unshift(np.array([shapely.Point(x[0], y[0])]), name)[0]
    assert offset > 50
    assert Geod(ellps="WGS84").inv(lon, lat, back.x, back.y)[2] <= 0.01
