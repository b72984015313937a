"""Which columns are coordinates, and what is told about the rows that have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from gis import axes, coordinate_columns, gauss_kruger, placing
from gis.coordinates import spelled
from gis.faults import InputError
from gis.points import DIGITS, Stated, points, wkb_places
from gis.read import read

NOTHING_STATED = Stated(crs=None, datum=None, encoding=None, x=None, y=None)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("经度", "纬度"),
        ("LON", "Lat"),
        (" lng ", "latitude"),
        ("经度（°）", "纬度(度)"),
        ("东经", "北纬"),
        ("lon_wgs84", "lat-wgs84"),
    ],
)
def test_headings_known_for_longitude_and_latitude(x: str, y: str) -> None:
    columns = {
        "id": np.array(["1"], dtype=object),
        x: np.array(["104"], dtype=object),
        y: np.array(["26"], dtype=object),
    }
    geometry, faults, facts, used, *_ = points(columns, np.array([2]), NOTHING_STATED)
    assert (geometry[0].x, geometry[0].y) == (104.0, 26.0)
    assert faults == []
    assert used == {x, y}
    assert facts["crs_assumed"] == "EPSG:4326"


def test_x_and_y_alone_are_not_taken_for_degrees() -> None:
    columns = {"x": np.array(["104"], dtype=object), "y": np.array(["26"], dtype=object)}
    geometry, faults, facts, used, *_ = points(columns, np.array([2]), NOTHING_STATED)
    assert (geometry.tolist(), faults, facts, used) == ([None], [], {"placed": False}, set())


@pytest.mark.parametrize("order", [0, 1])
def test_points_in_wkb_become_two_arrays(order: int) -> None:
    places = shapely.points([[104.0, 26.0], [105.5, 27.25], [106.0, 28.0]])
    whole = pa.array(list(shapely.to_wkb(places, byte_order=order)), pa.binary())
    x, y = wkb_places(pa.chunked_array([whole, whole[1:2], whole[:0]]))
    assert x.tolist() == [104.0, 105.5, 106.0, 105.5]
    assert y.tolist() == [26.0, 27.25, 28.0, 27.25]


def test_points_in_wkb_that_are_null_or_empty_have_no_place() -> None:
    column = pa.chunked_array([pa.array([shapely.to_wkb(shapely.Point(1, 2)), None, shapely.Point().wkb], pa.binary())])
    x, y = wkb_places(column)
    assert x[0] == 1
    assert y[0] == 2
    assert np.isnan(x[1:]).all()
    assert np.isnan(y[1:]).all()
    assert wkb_places(pa.chunked_array([], pa.binary()))[0].tolist() == []


def test_lines_in_wkb_are_no_points() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    with pytest.raises(ValueError, match="expected a column of points"):
        wkb_places(pa.chunked_array([pa.array([line.wkb], pa.binary())]))


def parsed(*texts: str | None) -> list[float]:
    """The longitudes of rows with these texts; NaN where a row is a fault."""
    columns = {"lon": np.array(texts, dtype=object), "lat": np.full(len(texts), "26", dtype=object)}
    geometry, *_ = points(columns, np.arange(len(texts)), NOTHING_STATED)
    return [np.nan if place is None else place.x for place in geometry]


SPELLINGS = st.one_of(
    st.none(),
    st.floats(-180, 180).map(repr),
    st.decimals(-180, 180, allow_nan=False, places=20).map(str),
    st.text("0123456789.-+e °１２．_ \n水", max_size=8),
)


@given(st.lists(SPELLINGS, min_size=1, max_size=8))
@example(["104.83\n", "1_0", "+5", "5.", ".5", "00104.830", "-0", "1e2", "１０４．８３°", "nan", "inf", "\ud800"])
@example(["103.67319900000000000000000001", "0.1000000000000000055511151231257827", "179.99999999999999999"])
def test_coordinates_in_bulk_are_read_as_one_by_one(texts: list[str | None]) -> None:
    expected = [np.nan if text is None or (value := spelled(text)) is None else value.value for text in texts]
    within = [value if abs(value) <= 180 else np.nan for value in expected]
    found = [value if abs(value) <= 180 else np.nan for value in parsed(*texts)]
    assert np.array(found).tobytes() == np.array(within).tobytes()


# --- Spellings, one column for both, exchanged and projected ----------------------------------


def column(*texts: str | None) -> np.ndarray:
    return np.array(texts, dtype=object)


def told(placed: object) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.row) for fault in placed.faults]  # type: ignore[attr-defined]


def rows_from_two(count: int) -> np.ndarray:
    return np.arange(2, count + 2)


def test_mixed_spellings_in_one_column() -> None:
    lon = column("104.825", "104°49′30″E", "104度49分30秒", "E104 49 30", "104.49.30", "１０４．８２５°", "104,82500")
    placed = points({"经度": lon, "纬度": column(*["26°35′40″N"] * 7)}, rows_from_two(7), NOTHING_STATED)
    assert placed.faults == []
    assert shapely.get_x(placed.geometry) == pytest.approx(np.full(7, 104.825), abs=1e-12)
    assert placed.columns[DIGITS].tolist() == ["30.9", "30.9", "30.9", "30.9", "30.9", "30.9", None]


def test_a_table_of_which_no_row_has_a_place_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("编号,经度,纬度\na,104,26,9,9\nb,104\n", encoding="utf-8")
    (table,) = read(tmp_path / "t.csv", name="t.csv", crs="EPSG:4490")
    assert (len(table.frame), [fault.row for fault in table.faults]) == (0, [2, 3])


def test_a_hemisphere_in_the_wrong_column_is_unreadable() -> None:
    placed = points({"经度": column("N26.5"), "纬度": column("E104.8")}, rows_from_two(1), NOTHING_STATED)
    assert told(placed) == [("COORDINATE_UNREADABLE", 2)]


@pytest.mark.parametrize("text", ["NaN", "nan", "Infinity", "-inf", "1e400", "1e999", "--", "未知"])
def test_what_is_no_number_is_unreadable(text: str) -> None:
    placed = points({"lon": column(text), "lat": column("26.5")}, rows_from_two(1), NOTHING_STATED)
    assert told(placed) == [("COORDINATE_UNREADABLE", 2)]


@pytest.mark.parametrize(
    ("heading", "cells", "expected"),
    [
        ("坐标", ["104.8306,26.5944", "105.1,26.7001"], (104.8306, 26.5944)),
        ("坐标", ["26.5944,104.8306", "26.7001,105.1"], (104.8306, 26.5944)),
        ("经纬度", ["东经104°49′30″，北纬26°35′40″"], (104.825, 26.594444444)),
        ("经纬度", ["104.8306 26.5944"], (104.8306, 26.5944)),
        ("坐标(经度,纬度)", ["87.6177,43.7928"], (87.6177, 43.7928)),
        ("坐标（纬度，经度）", ["43.7928,87.6177"], (87.6177, 43.7928)),
        ("lon_lat", ["87.6177;43.7928"], (87.6177, 43.7928)),
        ("LatLng", ["43.7928,87.6177"], (87.6177, 43.7928)),
        ("经度/纬度", ["(6.5123,50.9123)"], (6.5123, 50.9123)),
        ("地理坐标", ["N26°35′40″ E104°49′30″"], (104.825, 26.594444444)),
        ("坐标", ["76.0231,39.4701", "E104.8306,N26.5944", "104.9301,26.5944"], (76.0231, 39.4701)),
    ],
)
def test_one_column_for_both(heading: str, cells: list[str], expected: tuple[float, float]) -> None:
    placed = points({heading: column(*cells), "x": column(*cells)}, rows_from_two(len(cells)), NOTHING_STATED)
    assert placed.faults == []
    assert placed.used == {heading}
    assert (placed.geometry[0].x, placed.geometry[0].y) == pytest.approx(expected, abs=1e-8)
    named = points(
        {"g": column(*cells)}, rows_from_two(len(cells)), NOTHING_STATED._replace(x="g", y="g", crs="EPSG:4490")
    )
    assert bool(named.faults) == ("6.5123" in cells[0])  # within China, the order can be told of all others


def test_two_numbers_of_which_either_may_be_the_latitude_are_not_guessed() -> None:
    for heading in ("坐标", "经纬度"):
        placed = points({heading: column("76.0231,39.4701", None)}, rows_from_two(2), NOTHING_STATED)
        assert told(placed) == [("COORDINATE_UNREADABLE", 2), ("COORDINATE_MISSING", 3)]


def test_an_order_that_the_rows_tell_is_noted_and_slips_in_it_are_told() -> None:
    cells = [f"26.59{at:02d},104.83{at:02d}" for at in range(20)] + ["104.8306,26.5944"]
    placed = points({"坐标": column(*cells)}, rows_from_two(21), NOTHING_STATED)
    assert told(placed) == [("COORDINATE_SWAPPED", 22)]
    assert "latitude/northing first" in placed.facts["axes"]
    assert placed.facts["axes_of"] == "坐标"
    promised = points({"lat_lon": column(*cells)}, rows_from_two(21), NOTHING_STATED)
    assert told(promised) == [("COORDINATE_SWAPPED", 22)]
    assert "axes" not in promised.facts


PROJECTED = {"X坐标": column("2943678.21", "2944000.5"), "Y坐标": column("35480123.4", "35481000.1")}


def test_surveyors_call_the_northing_x() -> None:
    stated = NOTHING_STATED._replace(crs="EPSG:4523")
    placed = points(PROJECTED, rows_from_two(2), stated)
    assert placed.faults == []
    assert (placed.geometry[0].x, placed.geometry[0].y) == pytest.approx((104.8, 26.6), abs=0.02)
    assert placed.facts["axes"] == "X坐标 = 北/northing, Y坐标 = 东/easting"
    as_programs_write = {"X坐标": PROJECTED["Y坐标"], "Y坐标": PROJECTED["X坐标"]}
    same = points(as_programs_write, rows_from_two(2), stated)
    assert same.geometry.tolist() == placed.geometry.tolist()
    assert "axes" not in same.facts
    sure = points({"东坐标": PROJECTED["Y坐标"], "北坐标": PROJECTED["X坐标"]}, rows_from_two(2), stated)
    assert sure.geometry.tolist() == placed.geometry.tolist()
    wrong = points({"东坐标": PROJECTED["X坐标"], "北坐标": PROJECTED["Y坐标"]}, rows_from_two(2), stated)
    assert told(wrong) == [("COORDINATE_SWAPPED", 2), ("COORDINATE_SWAPPED", 3)]


def test_projected_headings_are_taken_only_with_a_crs() -> None:
    assert points(PROJECTED, rows_from_two(2), NOTHING_STATED).facts == {"placed": False}
    both = {**PROJECTED, "经度": column("104.8", "104.81"), "纬度": column("26.6", "26.61")}
    assert points(both, rows_from_two(2), NOTHING_STATED).used == {"经度", "纬度"}
    assert points(both, rows_from_two(2), NOTHING_STATED._replace(crs="EPSG:4523")).used == {"X坐标", "Y坐标"}


@pytest.mark.parametrize("crs", ["EPSG:4524", "EPSG:4544", "EPSG:4545", "EPSG:4507", "EPSG:2343x"])
def test_a_zone_number_that_is_not_the_crs_s_names_the_right_one(crs: str) -> None:
    with pytest.raises(InputError) as refusal:
        points(PROJECTED, rows_from_two(2), NOTHING_STATED._replace(crs=crs))
    (fault,) = refusal.value.faults
    assert fault.code == ("CRS_UNKNOWN" if crs.endswith("x") else "CRS_CONTRADICTION")
    assert ("EPSG:4523" in fault.reason("zh")) == (fault.code == "CRS_CONTRADICTION")


def test_one_row_of_another_zone_is_told_where_it_would_fit() -> None:
    columns = {"X坐标": column("2943678.2", "2943678.2"), "Y坐标": column("35480123.4", "36480123.4")}
    placed = points(columns, rows_from_two(2), NOTHING_STATED._replace(crs="EPSG:4523"))
    assert told(placed) == [("COORDINATE_OUT_OF_RANGE", 3)]
    assert "EPSG:4524" in placed.faults[0].proposal("zh")
    without = {"X坐标": column("2943678.2", "2943678.2"), "Y坐标": column("35480123.4", "480123.4")}
    placed = points(without, rows_from_two(2), NOTHING_STATED._replace(crs="EPSG:4523"))
    assert told(placed) == [("COORDINATE_OUT_OF_RANGE", 3)]
    assert "EPSG:4544" in placed.faults[0].proposal("zh")


@pytest.mark.parametrize(
    ("x", "y", "likely"),
    [
        ("35480123.4", "2943678.2", "EPSG:4523"),
        ("2943678.2", "35480123.4", "EPSG:4523"),
        ("18480123.4", "2943678.2", "EPSG:4496"),
        ("480123.4", "2943678.2", "EPSG:4544 / EPSG:4507"),
        ("530645.8", "283883.2", "EPSG:…"),
    ],
)
def test_metres_among_degrees_are_told_with_what_they_may_be(x: str, y: str, likely: str) -> None:
    placed = points({"经度": column("104.83", x), "纬度": column("26.59", y)}, rows_from_two(2), NOTHING_STATED)
    assert told(placed) == [("COORDINATE_PROJECTED", 3)]
    assert likely in placed.faults[0].proposal("en")
    alone = points({"经度": column(x), "纬度": column(y)}, rows_from_two(1), NOTHING_STATED)
    assert ("4534–4554" in alone.faults[0].proposal("en")) == (" / " in likely)


def test_angles_among_metres_are_unreadable() -> None:
    columns = {"X坐标": column("2943678.2", "26°35′40″"), "Y坐标": column("35480123.4", "104°49′30″")}
    placed = points(columns, rows_from_two(2), NOTHING_STATED._replace(crs="EPSG:4523"))
    assert told(placed) == [("COORDINATE_UNREADABLE", 3)]


@pytest.mark.parametrize(
    ("lon", "lat", "metres"),
    [
        ("104.8306", "26.5944", None), ("104.83", "26.5944", None), ("104.8", "26.594", "111"), ("104.83", "26.59", "1113"),
        ("104", "26", "111320"), ("104°49′30″", "26°35′40″", "30.9"), ("104°49′30.5″", "26°35′40″", None),
        ("104°49′", "26°35′", "1855"),
    ],
)  # fmt: skip
def test_few_digits_say_how_accurate_a_row_is(lon: str, lat: str, metres: str | None) -> None:
    placed = points({"lon": column(lon), "lat": column(lat)}, rows_from_two(1), NOTHING_STATED)
    assert (placed.columns[DIGITS].tolist() if placed.columns else [None]) == [metres]


def test_an_old_datum_in_a_table_needs_its_transformation() -> None:
    columns = {"经度": column("104.8"), "纬度": column("26.6")}
    with pytest.raises(InputError, match="DATUM_REFUSED"):
        points(columns, rows_from_two(1), NOTHING_STATED._replace(crs="EPSG:4214"))
    placed = points(columns, rows_from_two(1), NOTHING_STATED._replace(crs="EPSG:4214", transformation="EPSG:15918"))
    assert placed.geometry[0].x == pytest.approx(104.80027521958068, abs=2e-9)
    assert placed.facts["transformation"] == "EPSG:15918"
    with pytest.raises(InputError, match="TRANSFORMATION_WRONG"):
        points(columns, rows_from_two(1), NOTHING_STATED._replace(crs="EPSG:4214", transformation="towgs84=9999,0,0"))


# --- Zones of the Gauss-Krüger projection -----------------------------------------------------


@pytest.mark.parametrize("zone", [*range(13, 24), *range(25, 46)])
@pytest.mark.parametrize("numbered", [True, False])
def test_the_codes_of_all_zones_are_those_of_the_register(zone: int, numbered: bool) -> None:
    crs = CRS.from_user_input(gauss_kruger.epsg(zone, numbered=numbered))
    assert crs.name.startswith("CGCS2000 / ")
    assert gauss_kruger.zone_of(crs) == (zone, numbered)
    meridian = {one.name: one.value for one in crs.coordinate_operation.params}["Longitude of natural origin"]
    assert meridian == (3 * zone if zone >= 25 else 6 * zone - 3)
    easting, northing = Transformer.from_crs(4490, crs, always_xy=True).transform(meridian + 0.4, 30)
    found = gauss_kruger.metres(easting, northing)
    assert found == (zone if numbered else None, False)
    assert gauss_kruger.metres(northing, easting) == (found[0], True)
    assert crs.to_string() in gauss_kruger.likely(found, meridian + 0.4)


@pytest.mark.parametrize("code", [4326, 4490, 3857, 3078, 32648, 2154])
def test_other_projections_have_no_such_zone(code: int) -> None:
    assert gauss_kruger.zone_of(CRS.from_epsg(code)) is None


def test_which_place_a_fault_of_placing_names() -> None:
    crs = CRS.from_epsg(4326)
    given = np.array(
        [shapely.Point(104, 26), shapely.Point(26, 104), shapely.LineString([(26, 104), (27, 105)])], dtype=object
    )
    placed, faults = placing.place(given, np.array([1, 2, 3]), crs, None)
    assert placed[0] == given[0]
    assert {row: fault.code for row, fault in faults.items()} == {2: "COORDINATE_SWAPPED", 3: "COORDINATE_SWAPPED"}
    assert axes.fold("X 坐标（米）") == "x坐标"
    assert coordinate_columns.COARSE_METRES == 20.0


# --- Files ------------------------------------------------------------------------------------


def test_nine_rows_of_which_eight_are_bad_each_in_its_way(tmp_path: Path) -> None:
    path = tmp_path / "nine.csv"
    path.write_text(
        "id,经度,纬度\n1,104.8306,26.5944\n2,26.5944,104.8306\n3,,26.5944\n4,104°75′10″,26.5944\n"
        '5,"104,83",26.5944\n6,0,0\n7,35480123.4,2943678.2\n8,1e400,26.5944\n9,104.8306,NaN\n',
        "utf-8",
    )
    (table,) = read(path, name="nine.csv")
    assert table.frame["source_row"].tolist() == [2]
    assert table.facts["rows_read"] == 9
    assert [(fault.row, fault.code) for fault in table.faults] == [
        (3, "COORDINATE_SWAPPED"),
        (4, "COORDINATE_MISSING"),
        (5, "COORDINATE_UNREADABLE"),
        (6, "COORDINATE_UNREADABLE"),
        (7, "COORDINATE_ZERO"),
        (8, "COORDINATE_PROJECTED"),
        (9, "COORDINATE_UNREADABLE"),
        (10, "COORDINATE_UNREADABLE"),
    ]


def test_real_sites_have_one_place_in_degrees_and_in_metres(shared: Path) -> None:
    path = shared / "data" / "A_region_michigan_south" / "pfas_sites.csv"
    (degrees,) = read(path, name="pfas")
    (metres,) = read(path, name="pfas", crs="EPSG:3078")
    assert "X" in degrees.frame and "Longitude" in metres.frame
    assert "X" not in metres.frame and "Longitude" not in degrees.frame
    assert (len(degrees.frame), len(metres.frame)) == (224, 224)
    one, other = (shapely.get_coordinates(table.frame.geometry.to_numpy()) for table in (degrees, metres))
    apart = Geod(ellps="WGS84").inv(*one.T, *other.T)[2]
    assert np.median(apart) < 10
    assert apart.max() < 100
    assert degrees.frame[DIGITS].notna().sum() == 7  # given to three decimals only
    (wrong,) = read(path, name="pfas", x="X", y="Y", crs="EPSG:4326")
    assert {fault.code for fault in wrong.faults} == {"COORDINATE_PROJECTED"}
