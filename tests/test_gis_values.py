"""Spellings of numbers, coordinates and dates; what cannot be read for certain is None."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.values import coordinate, day, number

NUMBERS = {
    "12": 12.0,
    " 0.05 ": 0.05,
    "０．０５": 0.05,
    "-3.5": -3.5,
    "1e3": 1000.0,
    ".5": 0.5,
    "1,234,567": 1234567.0,
    "1,234.5": 1234.5,
    # 1,234 may be a decimal comma; 10² is not 102
    "1,234": None,
    "0,05": None,
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

DAYS = {
    "2017-11-30": "2017-11-30",
    "2017/11/30": "2017-11-30",
    "2017.11.30": "2017-11-30",
    "2017-1-5": "2017-01-05",
    "20171130": "2017-11-30",
    "2017年11月30日": "2017-11-30",
    "２０１７年１１月３０日": "2017-11-30",
    "2017-11-30 08:05": "2017-11-30",
    "2017-11-30T08:05:09Z": "2017-11-30",
    "2020/09/21 00:00:00+00": "2020-09-21",
    "2017年11月30日 10时20分": "2017-11-30",
    "2016-02-29": "2016-02-29",
    "2017-02-29": None,
    "2024-02-30": None,
    "2017-13-01": None,
    "2017-11-30 25:00": None,
    "2017-11/30": None,
    "1012-05-06": None,
    "04/03/2024": None,
    "03/31/89": None,
    "2017-11": None,
    "2017年11月底": None,
    "长期": None,
    "": None,
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_number(text: str, value: float | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(("text", "value"), COORDINATES.items())
def test_coordinate(text: str, value: float | None) -> None:
    assert coordinate(text) == value


@pytest.mark.parametrize(("text", "value"), DAYS.items())
def test_day(text: str, value: str | None) -> None:
    assert day(text) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_written_by_python_reads_back(value: float) -> None:
    assert number(repr(value)) == value
    assert coordinate(repr(value)) == value


@given(when=st.dates(min_value=date(1800, 1, 1), max_value=date(2200, 12, 31)))
def test_every_day_reads_back_in_every_spelling(when: date) -> None:
    iso = when.isoformat()
    year, month, dom = iso.split("-")
    for text in (
        iso,
        f"{year}/{month}/{dom}",
        f"{year}年{int(month)}月{int(dom)}日",
        year + month + dom,
        f"{iso} 23:59:59",
    ):
        assert day(text) == iso


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    for reader in (number, coordinate, day):
        reader(text)
