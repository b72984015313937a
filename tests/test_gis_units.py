"""Units of water quality: every spelling of a unit means one thing, and what means several is not known."""

from __future__ import annotations

import pytest

from gis.units import Unit, is_unit, stated_unit, unit_of, without_tags, without_unit

SPELLINGS = {
    ("mg/L", 1.0): "mg/L mg/l MG/L ｍｇ／Ｌ ㎎/L mg·L-1 mg·L⁻¹ mg.L-1 mg⋅L−1 毫克/升 g/m3 g/m³ 克/立方米 mg/dm3 μg/mL",
    ("mg/L", 1e-3): "μg/L µg/L ug/l ㎍/L mcg/L 微克/升 mg/m3 mg/m³ μg·L⁻¹ ng/mL",
    ("mg/L", 1e-6): "ng/L ng/l NG/L 纳克/升 μg/m3",
    ("mg/L", 1e3): "g/L kg/m3 克/升 mg/mL",
    ("个/L", 1.0): "个/L cells/L cell/L MPN/L CFU/L 个/升",
    ("个/L", 10.0): "个/100mL MPN/100mL CFU/100ml MPN/100毫升",
    ("个/L", 1e3): "cells/mL CFU/mL",
    ("个/L", 1e4): "万个/L 10^4cells/L",
    ("μS/cm", 1.0): "μS/cm µS/cm us/cm μs/cm",
    ("μS/cm", 1e3): "mS/cm",
    ("μS/cm", 10.0): "mS/m",
    ("m", 0.01): "cm 厘米",
    ("℃", 1.0): "℃ °C ºC 摄氏度",
    ("NTU", 1.0): "NTU ntu",
    ("无量纲", 1.0): "无量纲 dimensionless",
}


@pytest.mark.parametrize(
    ("text", "kept_as", "factor"),
    [(text, kept, factor) for (kept, factor), texts in SPELLINGS.items() for text in texts.split()],
)
def test_every_spelling_of_a_unit(text: str, kept_as: str, factor: float) -> None:
    unit = unit_of(text)
    assert unit is not None
    assert (unit.kept_as, unit.factor) == (kept_as, pytest.approx(factor, rel=1e-12))


@pytest.mark.parametrize("text", ["ppb", "ppm", "度", "mmol/L", "°F", "‰", "mg", "L", "FNU", "mg/kg", "", "mg N/L"])
def test_what_has_no_one_meaning_is_not_known(text: str) -> None:
    assert unit_of(text) is None


@pytest.mark.parametrize(("heading", "unit", "name"), [
    ("水温<br/><span class='unit'>(℃)</span>", "℃", "水温"),
    ("亚硝酸盐氮（μg/L）", "μg/L", "亚硝酸盐氮"),
    ("总磷（以P计）（mg/L）", "mg/L", "总磷(以P计)"),
    ("总磷(以P计)", None, "总磷(以P计)"),
    ("阴离子表面活性剂(LAS)", None, "阴离子表面活性剂(LAS)"),
    ("铬(六价)", None, "铬(六价)"),
    ("氨氮[mg/L]", "mg/L", "氨氮"),
    ("氨氮mg/L", "mg/L", "氨氮"),
    ("DO, mg/L", "mg/L", "DO"),
    ("DO_mg/L", "mg/L", "DO"),
    ("DO(%)", "%", "DO"),
    ("COD(ppm)", "ppm", "COD"),
    ("COD(mmol/L)", "mmol/L", "COD"),
    ("Fe", None, "Fe"),
    ("pH", None, "pH"),
    ("Secchi depth m", None, "Secchi depth m"),
])  # fmt: skip
def test_the_unit_that_a_heading_states(heading: str, unit: str | None, name: str) -> None:
    assert stated_unit(heading) == unit
    assert without_unit(heading) == name


def test_cells_of_a_row_of_units() -> None:
    assert [text for text in ("mg/L", "km²", "pH", "甲", "3", "一级", "mmol/L") if is_unit(text)] == [
        "mg/L", "km²", "mmol/L",
    ]  # fmt: skip
    assert unit_of("mg/L") == Unit("mg/L", 1.0)


def test_only_tags_are_left_out() -> None:
    assert without_tags("<span title='a>b'>26.1</span>") in ("26.1", "b'>26.1")
    assert without_tags("&lt;0.02 &amp; 5 < 6 > 4") == "<0.02 & 5 < 6 > 4"
