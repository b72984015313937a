"""layers.row_hashes: equal rows have equal bits, others do not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.row_hashes import row_hashes


def rows(**columns: object) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    places = columns.pop("geometry", [shapely.Point(105, 26)] * count)
    return gpd.GeoDataFrame(columns, geometry=places, crs=4326)


def test_what_means_the_same_has_the_same_bits() -> None:
    texts = rows(kind=pd.Series(["a", None, np.nan, pd.NA, "a"], dtype=object), at=[1.0, np.nan, np.nan, np.nan, 1.0])
    bits = row_hashes(texts, ["kind", "at"])
    assert bits[0] == bits[4] and len(set(bits[1:4])) == 1 and len(set(bits)) == 2
    zero = rows(at=[0.0, -0.0], geometry=[shapely.Point(0.0, 5), shapely.Point(-0.0, 5)])
    assert len(set(row_hashes(zero, ["at"]))) == 1
    assert (row_hashes(texts, ["absent"]) == row_hashes(texts.assign(absent=None), ["absent"])).all()


@pytest.mark.parametrize(
    "values",
    [["1", 1], ["True", True], ["", None], ["a", "a "], ["甲", "乙"], [1.0, 2.0], ["None", None], ["nan", np.nan]],
)
def test_what_differs_has_other_bits(values: list[object]) -> None:
    frame = rows(kind=pd.Series(values, dtype=object))
    assert len(set(row_hashes(frame, ["kind"]))) == 2


def test_places_and_the_order_of_columns_count() -> None:
    shapes = [
        "POINT (1 2)",
        "POINT (2 1)",
        "POINT (1 2.0000001)",
        "LINESTRING (1 2, 2 1)",
        "LINESTRING (2 1, 1 2)",
        "POINT EMPTY",
    ]
    bits = row_hashes(rows(geometry=shapely.from_wkt([*shapes, *shapes])), [])
    assert len(set(bits)) == len(shapes)
    assert (bits[:6] == bits[6:]).all()
    swapped = rows(one=["x", "y"], two=["y", "x"])
    assert len(set(row_hashes(swapped, ["one", "two"]))) == 2


def test_a_million_neighbours_have_a_million_bits() -> None:
    x, y = np.meshgrid(104 + np.arange(1000) * 1e-7, 26 + np.arange(1000) * 1e-7)
    bits = row_hashes(gpd.GeoDataFrame(geometry=shapely.points(x.ravel(), y.ravel()), crs=4326), [])
    assert len(np.unique(bits)) == 1_000_000
    low = np.unpackbits(np.ascontiguousarray(bits[:4096]).view(np.uint8)).reshape(-1, 64).mean(axis=0)
    assert (abs(low - 0.5) < 0.05).all()  # every bit is as often set as not
