"""What stands in a cell, whatever type a file gives it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from gis.columns import number_text, objects, shared, texts


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "", None, "a"], None, ["a", None, None, "a"]),
        (["a", "b", "", None], pa.large_string(), ["a", "b", None, None]),
        ([1, None, 2**63 - 1], None, ["1", None, "9223372036854775807"]),
        ([2**64 - 1], pa.uint64(), ["18446744073709551615"]),
        ([1.0, 0.1, float("nan"), None, -0.0, 2.0**53], None, ["1", "0.1", None, None, "0", "9007199254740992.0"]),
        ([True, False, None], None, ["true", "false", None]),
        ([dt.date(2017, 11, 30), None], None, ["2017-11-30", None]),
        ([dt.datetime(2017, 11, 30, 8, 5)], pa.timestamp("ms"), ["2017-11-30T08:05:00"]),
        ([dt.datetime(2017, 11, 30)], pa.timestamp("us", "UTC"), ["2017-11-30T00:00:00+00:00"]),
        ([dt.time(8, 5)], None, ["08:05:00"]),
        ([Decimal("1.50"), Decimal("12.00")], None, ["1.50", "12.00"]),
        ([[1, 2], None, []], None, ["[1, 2]", None, "[]"]),
        ([{"厂": "水", "on": dt.date(2017, 1, 2)}], None, ['{"厂": "水", "on": "2017-01-02"}']),
        ([b"ab"], None, ["6162"]),
        ([None, None], pa.null(), [None, None]),
        ([], pa.string(), []),
    ],
)
def test_cells(values: list[Any], kind: pa.DataType | None, expected: list[str | None]) -> None:
    assert texts(column(values, kind)).tolist() == expected


def test_categories_are_their_words() -> None:
    assert texts(column(["x", "y", None, "x"]).dictionary_encode()).tolist() == ["x", "y", None, "x"]


def test_parts_of_a_column_with_words_of_their_own() -> None:
    parts = pa.chunked_array([pa.array(["a", "b", "a"]), pa.array([], pa.string()), pa.array(["c", "a", None, ""])])
    assert texts(parts).tolist() == ["a", "b", "a", "c", "a", None, None]


def test_equal_texts_are_one_object() -> None:
    found = shared(["水务局", "", "水务局"] * 3)
    assert found.tolist() == ["水务局", None, "水务局"] * 3
    assert len({id(text) for text in found}) == 2


def test_half_a_surrogate_pair_is_kept() -> None:
    assert shared(["\ud800", ""]).tolist() == ["\ud800", None]


def test_lists_stay_objects() -> None:
    assert objects([[1], [2]]).tolist() == [[1], [2]]


def test_number_text() -> None:
    assert [number_text(value) for value in (1.0, 0.1, 1e15, 2.0**53 - 1, 2.0**53, 1e300, -0.0)] == [
        "1",
        "0.1",
        "1000000000000000",
        "9007199254740991",
        "9007199254740992.0",
        "1e+300",
        "0",
    ]
