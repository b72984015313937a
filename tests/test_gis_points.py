"""Which columns are coordinates, and what is told about the rows that have none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

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
    geometry, faults, facts, used, _ = points(columns, np.array([2]), NOTHING_STATED)
    assert (geometry[0].x, geometry[0].y) == (104.0, 26.0)
    assert faults == []
    assert used == {x, y}
    assert facts["crs_assumed"] == "EPSG:4326"


def test_x_and_y_alone_are_not_taken_for_degrees() -> None:
    columns = {"x": np.array(["104"], dtype=object), "y": np.array(["26"], dtype=object)}
    geometry, faults, facts, used, _ = points(columns, np.array([2]), NOTHING_STATED)
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
