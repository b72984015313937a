"""Measured values: what is below a limit keeps it, what was not measured is neither zero nor lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.measures import BAD, Measure, converted, measure

VALUES = st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda value: float(f"{value:.6g}"))


@given(value=VALUES)
def test_every_value_reads_back_with_and_without_its_sign_and_unit(value: float) -> None:
    text = repr(value)
    assert measure(text) == Measure(value)
    for unit in ("mg/L", "μg/L", "ng/l", "个/L"):
        assert measure(f"{text}{unit}") == measure(f"{text} ({unit})") == Measure(value, unit=unit)
    for sign in "<≤>≥":
        assert measure(f"{sign}{text}") == Measure(None, sign, value)
    assert measure(f"{text}L") == Measure(None, "L", value)
    assert measure(f"ND({text})") == measure(f"未检出（{text}）") == Measure(None, "ND", value)


@given(st.text(alphabet="0123456789.,<>≤L/mgμnd()未检出 -*eE×10^%"))
def test_no_text_is_an_error_and_none_has_two_meanings(text: str) -> None:
    found = measure(text)
    assert found.value is None or not (found.qualifier or found.code)
    assert found.limit is None or found.qualifier
    assert converted(found, "μg/L", "mg/L").code in ("", "BAD_MEASURE", "UNIT_UNKNOWN")


def test_the_unit_of_the_cell_stands_above_that_of_its_column() -> None:
    assert converted(measure("50 μg/L"), "mg/L", "mg/L").value == 0.05
    assert converted(measure("50"), "μg/L", "mg/L").value == 0.05
    assert converted(measure("<50"), "μg/L", "mg/L") == Measure(None, "<", 0.05, "mg/L")
    assert converted(measure("50"), "", "mg/L") == Measure(50.0, unit="mg/L")


@pytest.mark.parametrize(("text", "stated"), [("5", "ppb"), ("5 ppb", "mg/L"), ("5", "℃"), ("ND", "%")])
def test_a_unit_that_is_unknown_or_of_something_else_is_told(text: str, stated: str) -> None:
    found = converted(measure(text), stated, "mg/L")
    assert found.code == "UNIT_UNKNOWN"
    assert found.unit in (stated, "ppb")


def test_what_was_not_measured_needs_no_unit() -> None:
    assert converted(measure("--"), "ppb", "mg/L").code == ""
    assert converted(BAD, "ppb", "mg/L").code == "BAD_MEASURE"


def test_products_with_powers_of_ten_are_rounded_once() -> None:
    for value in (0.3, 0.7, 1.1, 4.35, 2.675):
        assert converted(measure(f"{value} μg/L"), "", "mg/L").value == float(f"{value}e-3")
        assert converted(measure(f"{value} ng/L"), "", "mg/L").value == float(f"{value}e-6")
