"""gis.cells: whole columns give what Python's csv and json give cell by cell."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.cells import csv_rows, csv_text, encoded, in_arrow, json_pieces, lines, texts

ODD = ['"', ",", "\r", "\n", "\r\n", "=1+1", "+1", "-1", "@a", "＝1", " =1", "\u3000-1", "\x85@", "\x1f+", "\0", "\\", "\x7f", "\u2028", "中", "𠮷", "", " "]  # fmt: skip
SURROGATE = "\ud800"
any_text = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text(st.sampled_from('",=\r\n-中'), max_size=4),
)
some_number = st.one_of(
    st.floats(allow_infinity=False),
    st.floats(-1e4, 1e4).map(lambda value: round(value, 3)),
    st.integers(-(10**15), 10**15).map(float),
)
column_of = st.sampled_from(
    [
        (any_text, object), (st.one_of(any_text, st.none()), object), (st.one_of(any_text, st.none()), "str"),
        (some_number, np.float64), (st.one_of(some_number, st.none()), object), (st.integers(-(2**63), 2**63 - 1), np.int64),
        (st.one_of(st.integers(-9, 9), st.none()), "Int64"), (st.booleans(), bool), (st.one_of(st.booleans(), st.none()), object),
        (st.none(), object), (st.one_of(any_text, st.booleans(), st.integers(), some_number, st.none()), object),
    ]
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 6))
    columns = {}
    for place in range(draw(st.integers(0, 5))):
        values, kind = draw(column_of)
        columns[place] = pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=kind)
    frame = pd.DataFrame(columns)
    frame.columns = draw(st.lists(any_text, min_size=len(columns), max_size=len(columns)))
    return frame


def csv_cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    return csv_text(value) if isinstance(value, str) else str(value)


def as_csv(frame: pd.DataFrame) -> bytes:
    text = io.StringIO(newline="")
    rows = zip(*(map(csv_cell, frame.iloc[:, place].tolist()) for place in range(frame.shape[1])), strict=True)
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def as_json(frame: pd.DataFrame) -> bytes:
    columns = [
        [None if pd.isna(value) else value for value in frame.iloc[:, place].tolist()]
        for place in range(frame.shape[1])
    ]
    names = [str(name) for name in frame.columns]
    rows = zip(*columns, strict=True) if columns else ((),) * len(frame)
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in told).encode()


@given(frames())
def test_rows_are_those_of_the_csv_writer(frame: pd.DataFrame) -> None:
    assert csv_rows(frame) == as_csv(frame)


@given(frames())
def test_objects_are_those_of_the_json_writer(frame: pd.DataFrame) -> None:
    assert lines([*json_pieces(frame), b"\n"], count=len(frame)) == as_json(frame)


def test_many_numbers_are_written_as_python_does() -> None:
    chance = np.random.default_rng(7)
    size = 10.0 ** chance.integers(-8, 18, 50_000)
    edges = [0.0, -0.0, 1e-4, 9.999999999999999e-05, 1e9, 999999999.9999999, 1e15, 1e16, 5e-324, 1.7976931348623157e308]
    values = np.concatenate(
        [chance.normal(size=50_000) * size, np.rint(chance.normal(size=50_000) * size), edges, [np.nan]]
    )
    frame = pd.DataFrame({"a": values, "b": values})
    assert csv_rows(frame) == as_csv(frame)
    assert lines([*json_pieces(frame), b"\n"], count=len(frame)) == as_json(frame)


def test_half_a_surrogate_pair_stays_in_a_csv_and_is_refused_as_json() -> None:
    frame = pd.DataFrame({"a": pd.Series([SURROGATE, f'"{SURROGATE}'], dtype=object), "b": ["x", "y"]})
    assert csv_rows(frame) == as_csv(frame)
    with pytest.raises(UnicodeEncodeError):
        json_pieces(frame)


@pytest.mark.parametrize("kind", [np.float64, object])
def test_json_has_no_infinite_numbers(kind: type) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_pieces(pd.DataFrame({"a": pd.Series([1.0, math.inf], dtype=kind)}))


def test_json_has_no_word_for_a_set() -> None:
    with pytest.raises(TypeError, match="set"):
        json_pieces(pd.DataFrame({"a": pd.Series([{1}], dtype=object)}))


def test_a_column_is_text_where_nothing_else_is_in_it() -> None:
    def found(values: list[Any], kind: Any = object) -> Any:
        text = texts(pd.Series(values, dtype=kind))
        return None if text is None else text.to_pylist()

    assert found(["a", None, np.nan, pd.NA, ""]) == ["a", None, None, None, ""]
    assert found(["a", None], "str") == ["a", None]
    assert found([True, None, False]) == ["true", None, "false"] and found([True, False], bool) == ["true", "false"]
    assert found([None, np.nan]) == [None, None] and found([]) == []
    assert texts(pd.Series([None], dtype=object)).type == pa.large_string()
    for other in ([1], [1.5], ["a", 1], [True, "a"], [b"a"], [SURROGATE], [2**70], [{"a": 1}], [pd.Timestamp(0)]):
        assert found(other) is None, other
    assert found([1.0, np.nan], np.float64) is None


def test_lines_put_columns_and_constants_together() -> None:
    assert lines([b"<", encoded(["a", "中"]), b">"], count=2) == "<a><中>".encode()
    assert lines([b"<"], count=0) == b""


def test_a_frame_held_in_arrow_says_the_same() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.Series(["a", "", "=1"], dtype=object), "some": pd.Series(["中", None, np.nan], dtype=object),
            "mixed": pd.Series(["a", 1, None], dtype=object), "late": pd.Series([True, None, False], dtype=object),
            "none": pd.Series([None] * 3, dtype=object), "n": [1.5, np.nan, 2.0],
        }
    ).set_axis([7, 3, 5])  # fmt: skip
    held = in_arrow(frame)
    assert held.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict() | {"id": "str", "some": "str"}
    assert held.index.tolist() == [7, 3, 5] and frame["id"].dtype == object
    assert csv_rows(held) == csv_rows(frame) and csv_rows(held.iloc[1:]) == csv_rows(frame.iloc[1:])
