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


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        (
            pa.date32(),
            [2932896, 2932897, None, -719163],
            ["9999-12-31", "date32[day] 2932897", None, "date32[day] -719163"],
        ),
        (pa.date32(), [20250101], ["date32[day] 20250101"]),
        (pa.date64(), [253402300800000, 0], ["date64[ms] 253402300800000", "1970-01-01"]),
        (pa.timestamp("s"), [253402300800, 0], ["timestamp[s] 253402300800", "1970-01-01T00:00:00"]),
        (pa.timestamp("s", "UTC"), [253402300800], ["timestamp[s, tz=UTC] 253402300800"]),
        (pa.duration("s"), [2**60], [f"duration[s] {2**60}"]),
    ],
)
def test_dates_beyond_the_calendar(kind: pa.DataType, numbers: list[int | None], expected: list[str | None]) -> None:
    values = pa.array(numbers, pa.int32() if kind.bit_width == 32 else pa.int64()).view(kind)
    assert texts(pa.chunked_array([values])).tolist() == expected


def test_dates_beyond_the_calendar_in_lists_and_records() -> None:
    dates = pa.array([2932897, 0], pa.int32()).view(pa.date32())
    lists = pa.chunked_array([pa.ListArray.from_arrays([0, 1, 2], dates)])
    assert texts(lists).tolist() == ["[ [ 10000-01-01 ] ]", '["1970-01-01"]']
    records = pa.chunked_array([pa.StructArray.from_arrays([dates], ["on"])])
    beyond, within = texts(records).tolist()
    assert "10000-01-01" in beyond and within == '{"on": "1970-01-01"}'


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
