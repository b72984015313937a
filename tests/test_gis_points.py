"""Which columns are coordinates, and what is told about the rows that have none."""

from __future__ import annotations

import numpy as np
import pytest

from gis.points import Stated, points

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
