"""gis.nearby and gis.kernel: two engines, one answer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from gis import nearby, relate
from tests.shapes import frame, square

ZONE = square(0, 0, 1000)
RING = "POLYGON ((-600 -600, 1600 -600, 1600 1600, -600 1600, -600 -600), (-100 -100, -100 1100, 1100 1100, 1100 -100, -100 -100))"


@pytest.mark.parametrize("kind", ["polygon", "hole", "multipolygon"])
@pytest.mark.parametrize("accuracy", [np.nan, 30.0])
def test_both_engines_give_the_same_rows(kind: str, accuracy: float) -> None:
    """Also points far inside, on vertices, without coordinates, and between lines and areas."""
    pytest.importorskip("numba", reason="needs numba for the fast engine")
    random = np.random.default_rng(7)
    zone = {
        "polygon": ZONE,
        "hole": RING,
        "multipolygon": "MULTIPOLYGON (((0 0, 900 0, 900 900, 0 0)), ((2000 0, 2900 0, 2000 900, 2000 0)))",
    }[kind]
    zones = frame(zone, square(-9000, -9000, 18_000), located_to_metres=[np.nan, 5.0])
    wkts = [f"POINT ({x} {y})" for x, y in random.uniform(-3000, 4000, (500, 2))]
    wkts += ["POINT (0 0)", "POINT EMPTY", "LINESTRING (0 0, 500 2000)", square(800, 100, 400), "POINT (1600 1600)"]
    subjects = frame(*wkts, located_to_metres=[accuracy] * len(wkts))
    rows = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("plain", "fast"):
            patch.setenv("HEADWATER_ENGINE", name)
            rows[name] = [
                relation(subjects, relate.targets(zones), metres=300) for relation in relate.RELATIONS.values()
            ]
    for plain, fast in zip(rows["plain"], rows["fast"], strict=True):
        assert len(plain) > 10
        pd.testing.assert_frame_equal(plain, fast, rtol=0, atol=1e-3)


def test_the_engine_is_told(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert nearby.engine() == engine
    monkeypatch.setenv("HEADWATER_ENGINE", "warp")
    with pytest.raises(ValueError, match="expected HEADWATER_ENGINE to be plain or fast, found 'warp'"):
        nearby.engine()
    monkeypatch.setenv("HEADWATER_ENGINE", "fast")
    monkeypatch.setattr(nearby, "find_spec", {}.get)
    with pytest.raises(ValueError, match="numba is not installed"):
        nearby.engine()
    monkeypatch.delenv("HEADWATER_ENGINE")
    assert nearby.engine() == "plain"


@pytest.mark.parametrize("lat", [18.0, 30.0, 42.0, 54.0])
@pytest.mark.parametrize("far", [300.0, 1000.0, 3000.0, 5000.0])
@pytest.mark.usefixtures("engine")
def test_distances_equal_geographiclib(lat: float, far: float) -> None:
    """Needles whose tips lie `far` from a site, all round it; and long slanting edges by the site, from both sides."""
    wgs84 = Geodesic.WGS84
    sites, zones, expected = [], [], []
    for azimuth in range(5, 365, 15):
        place = shapely.Point(105 + azimuth / 10, lat)
        tip = wgs84.Direct(lat, place.x, azimuth, far)
        left, right = (wgs84.Direct(lat, place.x, azimuth + turn, far + 400) for turn in (-1, 1))
        corners = [(one["lon2"], one["lat2"]) for one in (tip, left, right)]
        sites.append(place)
        zones.append(shapely.Polygon(corners))
        expected.append(far)
        ends = [wgs84.Direct(tip["lat2"], tip["lon2"], azimuth + turn, 9000) for turn in (-85, 95)]
        first, last = ([one["lon2"], one["lat2"]] for one in ends)
        behind = wgs84.Direct(tip["lat2"], tip["lon2"], azimuth + (180 if azimuth % 2 else 0), 40_000)
        sites.append(place)
        zones.append(shapely.Polygon([first, last, (behind["lon2"], behind["lat2"])]))
        expected.append(shortest(place, np.array(first), np.array(last)))
    table = nearby.measure(
        gpd.GeoDataFrame(geometry=sites, crs=4326),
        nearby.targets(gpd.GeoDataFrame(geometry=zones, crs=4326)),
        metres=far + 100,
    )
    found = np.full(len(sites), np.nan)
    own = table.subject == table.zone
    found[table.subject[own]] = np.where(table.meets, table.depth, table.distance)[own]
    assert table.meets[own].any()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=5e-4)


def shortest(place: shapely.Point, first: np.ndarray, last: np.ndarray) -> float:
    """Metres to an edge straight in longitude and latitude: by thirds, every step a geodesic."""
    low, high = 0.0, 1.0
    for _ in range(50):
        parts = low + (high - low) / 3, high - (high - low) / 3
        metres = []
        for part in parts:
            lon, lat = first + part * (last - first)
            metres.append(Geodesic.WGS84.Inverse(place.y, place.x, lat, lon)["s12"])
        low, high = (low, parts[1]) if metres[0] < metres[1] else (parts[0], high)
    return float(min(metres))


@pytest.mark.usefixtures("engine")
def test_places_in_arrays_are_measured_as_points_in_a_frame() -> None:
    x, y = 105 + np.random.default_rng(5).uniform(-0.02, 0.03, (2, 400)) - [[0.0], [78.4]]
    accuracy = np.where(np.arange(400) % 3, 0.0, 40.0)
    zones = nearby.targets(frame(RING, ZONE))
    sites = gpd.GeoDataFrame({"located_to_metres": accuracy}, geometry=shapely.points(x, y), crs=4326)
    expected = relate.within_of(nearby.measure(sites, zones, metres=300), metres=300)
    x, y, accuracy = np.r_[np.nan, x], np.r_[0.0, y], np.r_[0.0, accuracy]
    found = relate.within_of(nearby.measure_places(x, y, zones, metres=300, accuracy=accuracy), metres=300)
    assert len(found) > 20
    pd.testing.assert_frame_equal(found.assign(subject=found["subject"] - 1), expected)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("order", [0, 1])
def test_zones_in_wkb_are_the_same_zones(order: int) -> None:
    """Rings alone, with a hole, in parts; a column in pieces, and one that starts in the middle of its memory."""
    parts = (
        "MULTIPOLYGON (((0 0, 90 0, 90 90, 0 0)), ((200 0, 290 0, 200 90, 200 0), (210 10, 220 10, 210 20, 210 10)))"
    )
    zones = frame(ZONE, RING, parts, square(500, 500, 900), ZONE)
    column = pa.array(list(shapely.to_wkb(zones.geometry.to_numpy(), byte_order=order)), pa.binary())
    x, y = 105 + np.random.default_rng(6).uniform(-0.01, 0.02, (2, 300)) - [[0.0], [78.4]]
    x, y = np.r_[x, zones.geometry.iloc[0].exterior.xy[0]], np.r_[y, zones.geometry.iloc[0].exterior.xy[1]]
    exact = np.zeros(len(x))
    expected = relate.inside_of(nearby.measure_places(x, y, nearby.targets(zones), metres=0, accuracy=exact))
    chunks = pa.chunked_array([column[:2], column[2:]])
    found = relate.inside_of(nearby.measure_places(x, y, nearby.wkb_targets(chunks), metres=0, accuracy=exact))
    assert len(found) > 100
    pd.testing.assert_frame_equal(found, expected)
