"""gis.nearby and gis.kernel: two engines, one answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from gis import nearby, relate
from tests.shapes import frame, square

ZONE = square(0, 0, 1000)
RING = "POLYGON ((-600 -600, 1600 -600, 1600 1600, -600 1600, -600 -600), (-100 -100, -100 1100, 1100 1100, 1100 -100, -100 -100))"


class Memory:
    """A keeper that forgets with the test."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, name: str, key: str) -> memoryview | None:
        return memoryview(self.kept[name, key]) if (name, key) in self.kept else None

    def put(self, name: str, key: str, data: Sequence[memoryview]) -> None:
        self.kept[name, key] = b"".join(data)


PARTS = "MULTIPOLYGON (((0 0, 900 0, 900 900, 0 0)), ((2000 0, 2900 0, 2000 900, 2000 0)))"
COMB = "POLYGON ((-2000 3000, 2000 3000, 2000 -100, 1900 -100, 1900 2900, 5 2900, 5 -3000, 0 -3000, 0 2900, -2000 2900, -2000 3000))"
ZONES = {
    "polygon": (ZONE,),
    "hole": (RING,),
    "parts": (PARTS,),
    "comb": (COMB,),
    "nested": (ZONE, RING, square(-2000, -2000, 5000), square(300, 300, 100)),
    "overlapping": (ZONE, square(500, 500, 1000), PARTS, square(1000, 0, 700), ZONE),
    "lines and points": ("LINESTRING (-900 -900, 0 0, 1600 1600)", "POINT (0 0)", "MULTIPOINT ((0 0), (500 500))"),
}


def drawn_subjects(random: np.random.Generator) -> list[str]:
    """Subjects of every kind, at random and where outlines meet: on vertices, along edges, in holes, round a zone."""
    wkts = [f"POINT ({x} {y})" for x, y in random.uniform(-3000, 4000, (300, 2))]
    wkts += ["POINT (0 0)", "POINT (1600 1600)", "POINT (500 0)", "POINT EMPTY", "LINESTRING EMPTY"]
    for size in (20, 300, 2500):
        for x, y in random.uniform(-2500, 3000, (40, 2)):
            away = random.uniform(-size, size, (3, 2)) + np.array([x, y])
            line = ", ".join(f"{east} {north}" for east, north in away)
            wkts += [f"LINESTRING ({line})", f"POLYGON (({line}, {away[0, 0]} {away[0, 1]}))", f"MULTIPOINT ({line})"]
            far = ", ".join(f"{east + 1200} {north}" for east, north in away)
            wkts += [f"MULTILINESTRING (({line}), ({far}))", square(x, y, size)]
    holed = "POLYGON ((-700 -700, 2000 -700, 2000 2000, -700 2000, -700 -700), (-50 -50, -50 1050, 1050 1050, 1050 -50, -50 -50))"
    wkts += [ZONE, RING, PARTS, COMB, holed, square(1000, 0, 300), square(200, 200, 100), square(-5000, -5000, 12_000)]
    wkts += ["LINESTRING (0 0, 1000 0)", "LINESTRING (-50 -50, 1050 1050)", "LINESTRING (500 -500, 500 1500)"]
    return wkts


@pytest.mark.parametrize("kind", ZONES)
@pytest.mark.parametrize("accuracy", [np.nan, 30.0])
def test_both_engines_give_the_same_rows(kind: str, accuracy: float) -> None:
    pytest.importorskip("numba", reason="needs numba for the fast engine")
    zones = frame(*ZONES[kind], located_to_metres=[np.nan, 5.0, np.nan, 50.0, 0.0][: len(ZONES[kind])])
    wkts = drawn_subjects(np.random.default_rng(7))
    subjects = frame(*wkts, located_to_metres=[accuracy] * len(wkts))
    rows = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("plain", "fast"):
            patch.setenv("HEADWATER_ENGINE", name)
            targets = relate.targets(zones)
            rows[name] = [relation(subjects, targets, metres=300) for relation in relate.RELATIONS.values()]
            share = pd.DataFrame({"share": relate.covered_share(subjects, targets)})
            rows[name] += [share]
    for plain, fast in zip(rows["plain"], rows["fast"], strict=True):
        assert len(plain) > 10
        pd.testing.assert_frame_equal(plain, fast, rtol=0, atol=1e-8)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("kind", ZONES)
def test_pairs_and_metres_are_those_of_a_small_plane(kind: str) -> None:
    """Against shapely in a plane of metres: what meets, whose interiors do, and how far the others are apart."""
    wkts = [wkt for wkt in drawn_subjects(np.random.default_rng(8)) if "EMPTY" not in wkt]
    subjects, zones = frame(*wkts), frame(*ZONES[kind])
    pairs = nearby.measure(subjects, nearby.targets(zones), metres=300)
    flat = np.array(wkts, dtype=object), np.array(ZONES[kind], dtype=object)
    one, other = shapely.from_wkt(flat[0])[:, None], shapely.from_wkt(flat[1])[None, :]
    far = shapely.distance(one, other)
    found = np.full(far.shape, np.inf)
    found[pairs.subject, pairs.zone] = pairs.distance
    # a degree of longitude is shorter by 2e-5 a kilometre north of the drawing's origin
    np.testing.assert_allclose(found[far < 299], far[far < 299], rtol=5e-3, atol=1e-6)
    assert np.isinf(found[far > 302]).all()
    lonlat = subjects.geometry.to_numpy()[:, None], zones.geometry.to_numpy()[None, :]
    meets, interior = np.zeros(far.shape, bool), np.zeros(far.shape, bool)
    meets[pairs.subject, pairs.zone], interior[pairs.subject, pairs.zone] = pairs.meets, pairs.interior
    assert np.array_equal(meets, shapely.intersects(*lonlat))
    assert np.array_equal(interior, shapely.intersects(*lonlat) & ~shapely.touches(*lonlat))
    whole = np.zeros(far.shape, bool)
    whole[pairs.subject, pairs.zone] = pairs.whole
    assert np.array_equal(whole, shapely.contains_properly(lonlat[1], lonlat[0]))


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


def test_a_city_is_not_worth_loading_the_compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWATER_ENGINE", raising=False)
    monkeypatch.setattr(nearby, "find_spec", lambda name: name)
    monkeypatch.delitem(sys.modules, "gis.kernel", raising=False)
    assert nearby.engine(100_000 * 2_000) == "plain"
    assert nearby.engine(1_000_000 * 20_000) == "fast"
    monkeypatch.setitem(sys.modules, "gis.kernel", nearby)
    assert nearby.engine(1) == "fast"  # they are loaded already


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
def test_a_join_has_the_pairs_that_were_measured() -> None:
    x, y = 105 + np.random.default_rng(9).uniform(-0.02, 0.03, (2, 900)) - [[0.0], [78.4]]
    zones = nearby.targets(frame(RING, ZONE, PARTS))
    x[5] = np.nan
    joined = nearby.join_places(x, y, zones, metres=300)
    pairs = nearby.measure_places(x, y, zones, metres=300, accuracy=np.zeros(900))
    near = pairs.distance <= 300
    columns = {"place": pairs.subject, "zone": pairs.zone, "meets": pairs.meets, "metres": pairs.distance}
    expected = pd.DataFrame(columns)[near].sort_values(["zone", "place"], ignore_index=True)
    assert expected["meets"].sum() > 30 and (~expected["meets"]).sum() > 30
    found = pd.DataFrame(joined._asdict()).sort_values(["zone", "place"], ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("order", [0, 1])
def test_zones_of_a_file_are_the_same_zones(order: int, tmp_path: Path) -> None:
    """Rings alone, with a hole, in parts; a column in pieces, and one that starts in the middle of its memory."""
    parts = (
        "MULTIPOLYGON (((0 0, 90 0, 90 90, 0 0)), ((200 0, 290 0, 200 90, 200 0), (210 10, 220 10, 210 20, 210 10)))"
    )
    zones, kept = frame(ZONE, RING, parts, square(500, 500, 900), ZONE), Memory()
    column = pa.array(list(shapely.to_wkb(zones.geometry.to_numpy(), byte_order=order)), pa.binary())
    x, y = 105 + np.random.default_rng(6).uniform(-0.01, 0.02, (2, 300)) - [[0.0], [78.4]]
    x, y = np.r_[x, zones.geometry.iloc[0].exterior.xy[0]], np.r_[y, zones.geometry.iloc[0].exterior.xy[1]]
    exact = np.zeros(len(x))
    expected = relate.inside_of(nearby.measure_places(x, y, nearby.targets(zones), metres=0, accuracy=exact))
    for chunks in ([column], [column[:2], column[2:]]):
        path = tmp_path / "zones.parquet"
        pq.write_table(pa.table({"geometry": pa.chunked_array(chunks)}), path, row_group_size=2)
        for keeper in (None, Memory(), kept, kept):
            ready = nearby.file_targets(path, keeper=keeper)
            found = relate.inside_of(nearby.measure_places(x, y, ready, metres=0, accuracy=exact))
            assert len(found) > 100
            pd.testing.assert_frame_equal(found, expected)


def test_places_far_from_every_zone_are_passed_by_and_no_other() -> None:
    """gis.grid looks first at coarse cells: zones at the rim of the places, beyond them, and around all of them."""
    random = np.random.default_rng(11)
    x, y = 105 + random.uniform(0, 3, 4000), 26 + random.uniform(0, 0.5, 4000)
    corners = [(104.9, 25.9), (107.95, 26.4), (106.5, 26.2), (103.0, 26.1), (109.0, 26.0), (105.0, 27.5), (104.0, 25.0)]
    sizes = [0.12, 0.2, 0.003, 0.5, 0.5, 0.5, 6.0]
    zones = shapely.box(*np.array(corners).T, *(np.array(corners) + np.array(sizes)[:, None]).T)
    targets = nearby.targets(gpd.GeoDataFrame(geometry=zones, crs=4326))
    for count in (4000, 1):
        found = [
            set(zip(*(pairs[name].tolist() for name in ("subject", "zone")), strict=True))
            for chosen in ("plain", "fast")
            for pairs in [_related(x[:count], y[:count], targets, chosen)]
        ]
        assert found[0] == found[1] and len(found[0]) >= count


def _related(x: np.ndarray, y: np.ndarray, targets: nearby.Targets, chosen: str) -> pd.DataFrame:
    if chosen == "fast":
        pytest.importorskip("numba", reason="needs numba for the fast engine")
    subjects = gpd.GeoDataFrame(geometry=shapely.points(x, y), crs=4326)
    measured = nearby.measure(subjects, targets, metres=300.0, chosen=chosen)
    return pd.concat([relate.inside_of(measured), relate.within_of(measured, metres=300.0)])
