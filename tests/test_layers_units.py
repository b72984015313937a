"""Units in headings: converted by the table, or told; never dropped."""

from __future__ import annotations

import pytest

from gis.faults import Fault
from layers.layer import LOCATED
from layers.load import LAYERS
from layers.units import UNITS, factor_of


@pytest.mark.parametrize(
    ("heading", "metres"),
    [
        ("located_to_metres", 1),
        ("定位精度", 1),
        ("定位精度(公里)", 1000),
        ("定位精度（千米）", 1000),
        ("精度（m）", 1),
        ("精度 [KM]", 1000),
        ("精度(㎞)", 1000),
        ("精度（单位：厘米）", 0.01),
        ("accuracy_m", 1),
        ("accuracy_km", 1000),
        ("精度/米", 1),
        ("定位精度（GPS）（公里）", 1000),
        ("精度()", 1),
    ],
)
def test_lengths(heading: str, metres: float) -> None:
    assert factor_of(heading, "located_to_metres") == metres


@pytest.mark.parametrize(
    ("heading", "square_metres"),
    [
        ("面积(km²)", 1e6),
        ("面积(平方公里)", 1e6),
        ("面积（公顷）", 1e4),
        ("面积(ha)", 1e4),
        ("面积（㎡）", 1),
        ("面积(m2)", 1),
        ("area_km2", 1e6),
        ("面积", 1),
    ],
)
def test_areas(heading: str, square_metres: float) -> None:
    assert factor_of(heading, "declared_area_m2") == square_metres


def test_fifteen_mu_are_a_hectare() -> None:
    factor = factor_of("批复面积（亩）", "declared_area_m2")
    assert isinstance(factor, float)
    assert 15 * factor == pytest.approx(10_000)


@pytest.mark.parametrize(
    ("heading", "column", "stated"),
    [
        ("面积（顷）", "declared_area_m2", "顷"),
        ("精度(英里)", "located_to_metres", "英里"),
        ("精度(km²)", "located_to_metres", "km2"),
    ],
)
def test_an_unknown_unit_is_told_with_the_known_ones(heading: str, column: str, stated: str) -> None:
    fault = factor_of(heading, column)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.column, fault.value) == ("UNIT_UNKNOWN", heading, stated)
    assert all(unit in fault.proposal("zh") for unit in ("km", "公里") if column == "located_to_metres")


def test_every_number_column_has_units() -> None:
    numbers = {column.name for layer in LAYERS.values() for column in layer.columns if column.holds == "number"}
    assert numbers | {LOCATED.name} == set(UNITS)
