"""The golden table: over 300 spellings of numbers, days, units and measured values, each with its one reading or code.

No spelling may be read as something else in silence (hazards C4, A07).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gis.dates import read_day
from gis.measures import NOT_MEASURED, QUALIFIERS, converted, measure
from gis.values import number

GOLDEN: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "golden_spellings.toml").read_text("utf-8"))
COLUMNS = {"concentrations": "mg/L", "counts": "个/L", "temperatures": "℃"}


def cases(section: str) -> Any:
    return pytest.mark.parametrize(("text", "expected"), GOLDEN[section].items())


def read_in_column(text: str, kept_as: str) -> str:
    """How the samples layer reads a cell of a column that states no unit, in words."""
    found = converted(measure(text), "", kept_as)
    if found.code:
        return found.code
    if found.value is not None and found.value < 0 and kept_as != "℃":
        return "BAD_MEASURE"
    assert found.qualifier in QUALIFIERS
    assert found.unit == kept_as
    quantity = found.limit if found.qualifier else found.value
    assert (found.value is None) == bool(found.qualifier)
    return f"{found.qualifier} {'' if quantity is None else format(quantity, '.12g')}".strip()


@cases("numbers")
def test_numbers(text: str, expected: float | str) -> None:
    assert (number(text) if number(text) is not None else "BAD_NUMBER") == expected


@cases("days")
def test_days(text: str, expected: str | list[str]) -> None:
    found = read_day(text)
    if isinstance(expected, list):
        assert (found.iso, found.code, list(found.readings)) == (None, "DATE_AMBIGUOUS", expected)
    else:
        assert (found.iso or found.code) == expected


@cases("concentrations")
def test_concentrations(text: str, expected: str) -> None:
    assert read_in_column(text, COLUMNS["concentrations"]) == expected


@cases("counts")
def test_counts(text: str, expected: str) -> None:
    assert read_in_column(text, COLUMNS["counts"]) == expected


@cases("temperatures")
def test_temperatures(text: str, expected: str) -> None:
    assert read_in_column(text, COLUMNS["temperatures"]) == expected


def test_the_table_is_as_large_as_it_is_said_to_be() -> None:
    assert sum(map(len, GOLDEN.values())) >= 300
    assert {"numbers", "days", *COLUMNS} == set(GOLDEN)


def test_nothing_that_was_not_measured_has_a_value() -> None:
    for text, expected in GOLDEN["concentrations"].items():
        if expected == NOT_MEASURED:
            assert (measure(text).value, measure(text).limit) == (None, None)
