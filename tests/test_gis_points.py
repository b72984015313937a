"""Which columns are coordinates, and what is told about the rows that have none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from gis.coordinates import spelled
from gis.points import Stated, points, wkb_places

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
