"""Which CRS holds, and that data come out where they belong."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from gis import datum, transformations
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
    assert offset > 1  # where the formula's waves meet it is some 40 m, else hundreds
    assert Geod(ellps="WGS84").inv(lon, lat, back.x, back.y)[2] <= 0.01


# Longitude and latitude in WGS 84, GCJ-02 and BD-09 as prcoords 1.0.2 (PyPI, public domain) computes them, an
# implementation that shares nothing with ours but the published formulas. It has no wheel, so its answers stand here.
INDEPENDENT = [
    (73.6, 39.5, 73.603070716, 39.500029614, 73.609660906, 39.505898217),
    (75.99, 39.47, 75.992955638, 39.470227497, 75.999465199, 39.476187842),
    (80.1, 32.5, 80.102218554, 32.497519106, 80.108798275, 32.503273475),
    (87.62, 43.83, 87.622853701, 43.831205609, 87.629323490, 43.837310619),
    (91.13, 29.66, 91.131546386, 29.657282251, 91.138141738, 29.663040071),
    (97.5, 23.8, 97.500365579, 23.797239447, 97.506955008, 23.802951405),
    (98.9, 27.7, 98.900416535, 27.696367731, 98.906858371, 27.702505347),
    (100.2, 26.9, 100.201170906, 26.896495844, 100.207605053, 26.902799824),
    (101.78, 36.62, 101.781929826, 36.619918130, 101.788401031, 36.626049199),
    (102.71, 25.05, 102.711437467, 25.047025321, 102.717850556, 25.053298322),
    (104.06, 30.66, 104.062495948, 30.657570449, 104.068963168, 30.663690696),
    (104.8306, 26.5944, 104.833137694, 26.590779656, 104.839688955, 26.596534047),
    (105.0, 35.0, 105.003286241, 34.999098632, 105.009666828, 35.005403668),
    (106.71, 26.58, 106.713764785, 26.576472947, 106.720283964, 26.582411135),
    (108.33, 22.82, 108.334007702, 22.817252491, 108.340508814, 22.823323428),
    (109.0, 18.3, 109.003883387, 18.298313078, 109.010421608, 18.304096045),
    (110.35, 20.02, 110.354411019, 20.017997369, 110.360936794, 20.023752904),
    (111.65, 40.82, 111.656726016, 40.821292538, 111.663363550, 40.826968643),
    (112.55, 37.87, 112.556296540, 37.870523002, 112.562675133, 37.876851003),
    (113.26, 23.13, 113.265327085, 23.127321648, 113.271757788, 23.133562037),
    (114.17, 22.32, 114.174965482, 22.317249508, 114.181527303, 22.322918264),
    (114.3, 30.59, 114.305437376, 30.587580310, 114.312013748, 30.593248068),
    (116.404, 39.915, 116.410244499, 39.916404282, 116.416627244, 39.922699552),
    (117.2, 31.82, 117.205509667, 31.818034516, 117.212047539, 31.823956851),
    (118.8, 32.06, 118.805178086, 32.057919555, 118.811600999, 32.064267153),
    (119.3, 26.08, 119.304805804, 26.076899833, 119.311303066, 26.082999973),
    (120.15, 30.28, 120.154709473, 30.277680671, 120.161249491, 30.283597180),
    (121.47, 31.23, 121.474534900, 31.228067482, 121.481076208, 31.233986716),
    (122.2, 37.4, 122.204858755, 37.400870903, 122.211420524, 37.406608395),
    (123.43, 41.8, 123.436136817, 41.802429763, 123.442735132, 41.808189060),
    (125.32, 43.9, 125.326509899, 43.902398166, 125.333095058, 43.908106875),
    (126.64, 45.75, 126.645963178, 45.751949174, 126.652583714, 45.757674076),
    (127.5, 50.25, 127.507406035, 50.251701411, 127.514027063, 50.257339986),
    (122.5, 53.4, 122.507290214, 53.401872012, 122.513665987, 53.408161894),
    (134.6, 48.3, 134.607379552, 48.302194903, 134.613897213, 48.308138895),
    (131.2, 44.0, 131.207498059, 44.002457494, 131.214085277, 44.008139367),
    (108.0, 42.4, 108.005509540, 42.401840081, 108.011902743, 42.408156657),
    (96.4, 42.7, 96.400859246, 42.701780456, 96.407413306, 42.707618129),
    (81.0, 45.0, 81.002695470, 45.000845569, 81.009062583, 45.007086591),
    (112.3, 16.9, 112.304846072, 16.898333108, 112.311292591, 16.904566718),
]  # fmt: skip


@pytest.mark.parametrize("row", INDEPENDENT)
def test_offsets_are_those_of_an_independent_program(row: tuple[float, ...]) -> None:
    lon, lat, gcj_lon, gcj_lat, bd_lon, bd_lat = row
    ground = Geod(ellps="WGS84")
    for forward, expected in (
        (datum.gcj02_from_wgs84, (gcj_lon, gcj_lat)),
        (datum.bd09_from_wgs84, (bd_lon, bd_lat)),
    ):
        found = forward(np.array([lon]), np.array([lat]))
        assert ground.inv(found[0][0], found[1][0], *expected)[2] < 0.001


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_offsets_come_back_within_a_centimetre_all_over_china(name: str) -> None:
    lon, lat = (
        axis.ravel() for axis in np.meshgrid(np.linspace(72.0045, 137.834, 331), np.linspace(0.83, 55.827, 277))
    )
    forward = {"gcj02": datum.gcj02_from_wgs84, "bd09": datum.bd09_from_wgs84}[name]
    there = forward(lon, lat)
    back = datum.OFFSETS[name](*there)
    # At the very edge of the box a place just outside, which is not offset, is as good an answer.
    again = forward(*back)
    metres = Geod(ellps="WGS84").inv(lon, lat, *back)[2]
    inside = (lon > 72.02) & (lon < 137.82) & (lat > 0.84) & (lat < 55.81)
    assert metres[inside].max() <= 0.01
    assert Geod(ellps="WGS84").inv(*there, *again)[2][inside].max() <= 0.01


# --- Old datums -------------------------------------------------------------------------------

# Beijing 1954 to WGS 84 (1), EPSG:15918, one spelling each.
ORDOS = [
    "EPSG:15918",
    "epsg:15918",
    "towgs84=12.646,-155.176,-80.863",
    "+towgs84=12.646,-155.176,-80.863,0,0,0,0",
    (
        "+proj=pipeline +step +proj=cart +ellps=krass +step +proj=helmert +x=12.646 +y=-155.176 +z=-80.863"
        " +step +inv +proj=cart +ellps=WGS84"
    ),
    (
        "proj=pipeline step proj=axisswap order=2,1 step proj=unitconvert xy_in=deg xy_out=rad step proj=push v_3 step"
        " proj=cart ellps=krass step proj=helmert x=12.646 y=-155.176 z=-80.863 step inv proj=cart ellps=WGS84 step proj=pop"
        " v_3 step proj=unitconvert xy_in=rad xy_out=deg step proj=axisswap order=2,1"
    ),
]


@pytest.mark.parametrize("transformation", ORDOS)
@pytest.mark.parametrize("crs", ["EPSG:4214", "EPSG:2432"])
def test_an_old_datum_is_moved_as_the_project_says(crs: str, transformation: str) -> None:
    own = CRS.from_user_input(crs)
    x, y = Transformer.from_crs(4214, own, always_xy=True).transform(104.8, 26.6)
    judged = datum.judge(crs, None, (x, y, x + 0.1, y + 0.1), transformation)
    assert judged == own
    moved = datum.to_lon_lat(np.array([shapely.Point(x, y)]), own, transformation)[0]
    # What PROJ itself answers for this operation at this place.
    assert (moved.x, moved.y) == pytest.approx((104.80027521958068, 26.599986278006934), abs=2e-9)
    assert 25 < Geod(ellps="WGS84").inv(104.8, 26.6, moved.x, moved.y)[2] < 40
    facts = datum.transformed(own, transformation, (x, y, x + 0.1, y + 0.1))
    assert facts["transformation"] == transformation
    assert "27" in facts["transformed_metres"]


def test_seven_parameters_turn_as_a_position_vector() -> None:
    numbers = "24.5,-123.1,-94.3,0.02,-0.25,0.13,1.1"
    own = CRS.from_epsg(4610)
    moved = datum.to_lon_lat(np.array([shapely.Point(104.8, 26.6)]), own, f"towgs84={numbers}")[0]
    known = CRS.from_proj4(f"+proj=longlat +a=6378140 +rf=298.257 +towgs84={numbers} +type=crs")
    expected = Transformer.from_crs(known, 4326, always_xy=True).transform(104.8, 26.6)
    assert Geod(ellps="WGS84").inv(moved.x, moved.y, *expected)[2] < 0.001
    opposite = datum.to_lon_lat(
        np.array([shapely.Point(104.8, 26.6)]), own, "towgs84=24.5,-123.1,-94.3,-0.02,0.25,-0.13,1.1"
    )
    assert Geod(ellps="WGS84").inv(moved.x, moved.y, opposite[0].x, opposite[0].y)[2] > 1


@pytest.mark.parametrize(
    ("crs", "transformation", "words"),
    [
        ("EPSG:4214", "hello", "expected EPSG"),
        ("EPSG:4214", "EPSG:4326", "not a transformation"),
        ("EPSG:4214", "EPSG:99999", "Invalid projection"),
        ("EPSG:4610", "EPSG:15918", "Beijing 1954 → WGS 84"),
        ("EPSG:4214", "towgs84=1,2", "3 or 7 numbers"),
        ("EPSG:4214", "towgs84=0,0,0", "all numbers are 0"),
        ("EPSG:4214", "towgs84=12646,-155176,-80863", "–"),
        ("EPSG:4214", "towgs84=0,0,0,500,0,0,0", "–"),
        ("EPSG:4214", "+proj=pipeline +step +proj=hgridshift +grids=/etc/passwd", "outside PROJ"),
        ("EPSG:4214", "+proj=pipeline +step +proj=hgridshift +grids=../x.gsb", "outside PROJ"),
        ("EPSG:4214", "+proj=pipeline +step +proj=hgridshift +grids=https://x/y.tif", "outside PROJ"),
        ("EPSG:4214", "+proj=pipeline +step +proj=hgridshift +grids=absent.gsb", ""),
        ("EPSG:4214", "+proj=pipeline +step +proj=nix", "Invalid projection"),
        ("EPSG:4326", "EPSG:15918", "no transformation needed"),
        ("EPSG:4490", "towgs84=1,1,1", "no transformation needed"),
    ],
)
def test_a_transformation_that_cannot_be_is_refused(crs: str, transformation: str, words: str) -> None:
    judged = datum.judge(crs, None, GUIZHOU, transformation)
    assert isinstance(judged, Fault)
    assert judged.code == "TRANSFORMATION_WRONG"
    assert words in judged.reason("en")
    assert "EPSG:15918" in judged.proposal("zh")


def test_transformations_are_tried_at_the_corners_only_where_these_are_known() -> None:
    assert transformations.checked(CRS.from_epsg(4214), "EPSG:15918", None) == transformations.Moved(0.0, 0.0)
    moved = transformations.checked(CRS.from_epsg(4214), "EPSG:15918", GUIZHOU)
    assert isinstance(moved, transformations.Moved)
    assert 20 < moved.least < moved.most < 40


def test_a_shift_of_nothing_from_an_old_ellipsoid_is_no_way() -> None:
    """Programs write TOWGS84[0,0,0,0,0,0,0] where they know none."""
    for ellipsoid in ("krass", "intl"):
        said = f"+proj=longlat +ellps={ellipsoid} +towgs84=0,0,0,0,0,0,0 +type=crs"
        assert code(datum.judge(said, None, None)) == "DATUM_UNKNOWN"
    for known in ("+ellps=krass +towgs84=15.8,-154.4,-82.3", "+ellps=GRS80 +towgs84=0,0,0,0,0,0,0"):
        assert code(datum.judge(f"+proj=longlat {known} +type=crs", None, None)) == "ok"
