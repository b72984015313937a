"""Spellings of numbers and coordinates; what cannot be read for certain is None. tests/golden_spellings.toml has more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.values import coordinate, number

NUMBERS = {
    "12": 12.0,
    " 0.05 ": 0.05,
    "０．０５": 0.05,
    "-3.5": -3.5,
    "1e3": 1000.0,
    ".5": 0.5,
    "1,234,567": 1234567.0,
    "1,234.5": 1234.5,
    "0,05": 0.05,
    "1.234,5": 1234.5,
    # 1,234 may be a decimal comma; 10² is not 102
    "1,234": None,
    "10²": None,
    "12 m": None,
    "<0.02": None,
    "": None,
    "-": None,
    "nan": None,
    "inf": None,
    "1e999": None,
    "0x10": None,
    "1_000": None,
}

COORDINATES = {
    "104.8306": 104.8306,
    "１０４．８３": 104.83,
    "104.83°": 104.83,
    " 104. 83 ": 104.83,
    "-85.6": -85.6,
    "−85.6": -85.6,
    "26°35′40″": None,
    "26.35.40": None,
    "26,59": None,
    "E104.83": None,
    "1e400": None,
    "": None,
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_number(text: str, value: float | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(("text", "value"), COORDINATES.items())
def test_coordinate(text: str, value: float | None) -> None:
    assert coordinate(text) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_written_by_python_reads_back(value: float) -> None:
    assert number(repr(value)) == value
    assert coordinate(repr(value)) == value


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    for reader in (number, coordinate):
        reader(text)
