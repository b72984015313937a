"""The samples layer: every cell that holds a value becomes one, every row is accepted or rejected whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.faults import LANGUAGES, Fault, InputError, codes
from gis.read import read_rows
from layers.indicators import INDICATORS
from layers.sample_values import unit_of_heading, values_of
from layers.samples import COLUMNS, Samples, code_of_indicator, conform_samples


@dataclass
class Said:
    """One `[[layer]]` of a project file."""

    path: str = "s.csv"
    located_to_metres: float | None = None
    map_scale: float | None = None
    make_id: str | None = None
    constants: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def samples(tmp_path: Path, text: str, **said: Any) -> Samples:
    (tmp_path / "s.csv").write_text(text, "utf-8", newline="")
    (table,) = read_rows(tmp_path / "s.csv", name="s.csv")
    found = conform_samples(table.frame, entry=Said(**said), id_stem="s")
    assert table.facts["rows_read"] == found.accepted + len(found.faults)
    for note in found.notes:
        for language in LANGUAGES:
            assert codes()[note["code"]]["reason"][language].format_map(note)
    return found


def rows(found: Samples, *columns: str) -> list[tuple[Any, ...]]:
    frame = found.frame[list(columns)]
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False, name=None)]


def notes(found: Samples) -> dict[str, dict[str, Any]]:
    return {note["code"]: note for note in found.notes}


def bad(faults: list[Fault]) -> list[tuple[Any, ...]]:
    return [(fault.row, fault.code, fault.column, fault.value) for fault in faults]


HEAD = "断面名称,采样日期,pH,溶解氧(mg/L),总磷（μg/L）,氨氮,备注\n"


def test_a_column_per_indicator_becomes_a_row_per_value(tmp_path: Path) -> None:
    found = samples(tmp_path, HEAD + "甲,2017-11-30,7.2,8.1,<20,0.05L,晴\n乙,2017年11月30日,,--,30,未检出,\n")
    assert list(found.frame.columns) == [*COLUMNS, "备注", "source_row", "geometry"]
    assert rows(found, "section_id", "indicator", "value", "qualifier", "limit", "unit", "raw", "source_row") == [
        ("甲", "ph", 7.2, "", None, "无量纲", "7.2", 2),
        ("甲", "do", 8.1, "", None, "mg/L", "8.1", 2),
        ("甲", "nh3n", None, "L", 0.05, "mg/L", "0.05L", 2),
        ("甲", "tp", None, "<", 0.02, "mg/L", "<20", 2),
        ("乙", "do", None, "not_measured", None, "mg/L", "--", 3),
        ("乙", "nh3n", None, "ND", None, "mg/L", "未检出", 3),
        ("乙", "tp", 0.03, "", None, "mg/L", "30", 3),
    ]
    assert rows(found, "sampled_on", "备注")[::4] == [("2017-11-30", "晴"), ("2017-11-30", None)]
    assert (found.accepted, found.faults) == (2, [])
    told = notes(found)
    assert told["UNIT_ASSUMED"]["found"] == "nh3n mg/L"
    assert (told["UNIT_CONVERTED"]["heading"], told["UNIT_CONVERTED"]["factor"]) == ("总磷（μg/L）", "0.001")
    assert (told["VALUE_NOT_MEASURED"]["cells"], told["VALUE_NOT_MEASURED"]["found"]) == ("1", "do × 1")


def test_a_row_per_value_is_read_in_the_unit_of_its_row(tmp_path: Path) -> None:
    text = (
        "section,date,parameter,result,units\n"
        "a,2017-11-30,TP,50,μg/L\na,2017-11-30,氨氮(mg/L),<0.02,\na,2017-11-30,pH,7.2,-\na,2017-11-30,radon,3,Bq/L\n"
    )
    found = samples(tmp_path, text)
    assert rows(found, "indicator", "value", "qualifier", "limit", "unit") == [
        ("tp", 0.05, "", None, "mg/L"),
        ("nh3n", None, "<", 0.02, "mg/L"),
        ("ph", 7.2, "", None, "无量纲"),
        ("radon", 3.0, "", None, "Bq/L"),
    ]
    assert notes(found)["INDICATOR_UNKNOWN"]["found"] == "radon"
    assert "UNIT_ASSUMED" not in notes(found)


def test_a_cell_that_cannot_be_read_rejects_its_row_and_names_the_column(tmp_path: Path) -> None:
    text = HEAD + (
        "甲,2017-11-30,7.2,\"1,234\",30,0.1,\n甲,2017-11-30,7.2,8 ppb,30,0.1,\n甲,2017-11-30,7.2,8.1,30,-0.1,\n"
        "甲,04/03/2024,7.2,8.1,30,0.1,\n甲,,7.2,8.1,30,0.1,\n,2017-11-30,7.2,8.1,30,0.1,\n"
        "甲,2017-11-30,#N/A,8.1,30,0.1,\n甲,2017-11-30,a,b,30,0.1,\n甲,2017-12-30,7.2,8.1,30,0.1,\n"
    )  # fmt: skip
    found = samples(tmp_path, text)
    assert bad(found.faults) == [
        (2, "BAD_MEASURE", "溶解氧(mg/L)", "1,234"),
        (3, "UNIT_UNKNOWN", "溶解氧(mg/L)", "8 ppb"),
        (4, "BAD_MEASURE", "氨氮", "-0.1"),
        (5, "DATE_AMBIGUOUS", "采样日期", "04/03/2024"),
        (6, "VALUE_MISSING", "采样日期", ""),
        (7, "VALUE_MISSING", "断面名称", ""),
        (8, "CELL_ERROR", "pH", "#N/A"),
        (9, "BAD_MEASURE", "pH", "a"),
    ]
    assert "溶解氧(mg/L): BAD_MEASURE “b”" in found.faults[-1].reason("en")
    assert "ppb" in found.faults[1].reason("zh")
    assert "mg/L" in found.faults[1].proposal("zh")
    assert (found.accepted, set(found.frame["source_row"])) == (1, {10})


@pytest.mark.parametrize(("heading", "unit"), [
    ("溶解氧(ppm)", "ppm"), ("溶解氧(%)", "%"), ("硝酸盐(以NO3计)(mg/L)", "mg/L NO3"), ("pH(mg/L)", "mg/L"),
    ("粪大肠菌群(mg/L)", "mg/L"),
])  # fmt: skip
def test_a_heading_whose_unit_cannot_be_converted_stops_the_table(tmp_path: Path, heading: str, unit: str) -> None:
    with pytest.raises(InputError) as caught:
        samples(tmp_path, f"断面,日期,{heading}\n甲,2017-11-30,3\n")
    (fault,) = caught.value.faults
    assert (fault.code, fault.column, fault.value) == ("UNIT_UNKNOWN", heading, unit)


def test_total_and_hexavalent_chromium_are_two_things(tmp_path: Path) -> None:
    found = samples(tmp_path, "断面,日期,铬,铬（六价）(mg/L)\n甲,2017-11-30,3,0.01\n")
    assert rows(found, "indicator", "value", "铬") == [("cr6", 0.01, "3")]
    assert code_of_indicator("铬") == "铬"


def test_a_file_whose_values_have_no_unit_and_no_standard_is_refused_row_by_row(tmp_path: Path) -> None:
    found = samples(tmp_path, "section,date,PFOA\na,2017-11-30,1.2\nb,2017-11-30,ND\n")
    assert bad(found.faults) == [(2, "UNIT_UNKNOWN", "PFOA", "1.2")]
    named = samples(tmp_path, "section,date,PFOA,unit\na,2017-11-30,1.2,ng/L\nb,2017-11-30,<3,ng/l\n")
    assert rows(named, "value", "limit", "unit") == [(1.2e-6, None, "mg/L"), (None, 3e-6, "mg/L")]


def test_rows_that_say_the_same_are_counted_once(tmp_path: Path) -> None:
    text = HEAD + "甲,2017-11-30,7,8,30,1,\n" * 3 + "甲,2017-11-30,7,8,31,1,\n"
    found = samples(tmp_path, text)
    assert bad(found.faults) == [(3, "SAMPLE_REPEATED", "", ""), (4, "SAMPLE_REPEATED", "", "")]
    assert all("2" in fault.reason("en") for fault in found.faults)
    assert (notes(found)["SAMPLES_DIFFER"]["rows"], notes(found)["SAMPLES_DIFFER"]["found"]) == ("1", "5")
    made = samples(tmp_path, "日期,pH\n2017-11-30,7\n2017-11-30,7\n", make_id="row")
    assert rows(made, "section_id") == [("s-2",), ("s-3",)]


def test_a_row_without_any_value_is_accepted_all_the_same(tmp_path: Path) -> None:
    found = samples(tmp_path, HEAD + "甲,2017-11-30,,,,,停站\n乙,2017-11-30,7,,,,\n")
    assert (found.accepted, len(found.frame)) == (2, 1)


def test_columns_named_like_flags_are_told_and_not_applied(tmp_path: Path) -> None:
    found = samples(tmp_path, "section,date,PFOA (ng/L),PFOA (ng/L)Flag\na,2017-11-30,1.2,J\n")
    assert notes(found)["FLAGS_KEPT"]["found"] == "PFOA (ng/L)Flag"
    assert rows(found, "PFOA (ng/L)Flag") == [("J",)]


def test_a_needed_column_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        samples(tmp_path, "名字,pH\n甲,7\n")
    assert [(fault.code, fault.column) for fault in caught.value.faults] == [
        ("COLUMN_MISSING", "section_id"),
        ("COLUMN_MISSING", "sampled_on"),
    ]


def test_serial_numbers_and_months_are_told(tmp_path: Path) -> None:
    serial = samples(tmp_path, "断面,日期,pH\n甲,43069,7\n")
    assert notes(serial)["DATE_SERIAL"]["found"] == "43069 = 2017-11-30"
    monthly = samples(tmp_path, "断面,年份,月份,pH\n甲,2017,11,7\n")
    assert rows(monthly, "sampled_on") == [("2017-11",)]
    assert notes(monthly)["DATE_MONTH"]["rows"] == "1"


def test_headings_of_a_web_page_are_read_without_their_tags() -> None:
    heading = "高锰酸盐指数<br/><span class='unit'>(mg/L)</span>"
    assert code_of_indicator(heading) == "codmn"
    assert unit_of_heading(heading, INDICATORS["codmn"]) == "mg/L"
    values = values_of(np.array(["<span title='7.105'>7.10</span>"], dtype=object), "mg/L", INDICATORS["codmn"])
    assert values.value.tolist() == [7.1]


@pytest.mark.parametrize(("text", "code"), [
    ("CODMn", "codmn"), ("高锰酸盐指数", "codmn"), ("CODCr", "cod"), ("COD", "cod"), ("化学需氧量(CODCr)", "cod"),
    ("BOD5", "bod5"), ("BOD₅", "bod5"), ("NH3-N", "nh3n"), ("NH₃-N", "nh3n"), ("氨氮（NH3-N）", "nh3n"), ("总磷(以P计)", "tp"),
    ("TP", "tp"), ("TN", "tn"), ("氟化物(以F-计)", "fluoride"), ("Cr6+", "cr6"), ("铬(六价)", "cr6"), ("挥发酚", "volatile_phenol"),
    ("石油类", "petroleum"), ("LAS", "las"), ("粪大肠菌群(个/L)", "faecal_coliform"), ("Chl-a", "chla"), ("苯并(a)芘", "benzo_a_pyrene"),
    ("CAS335671_PFOA", "pfoa"), ("水温", "water_temp"), ("未知项", "未知项"),
])  # fmt: skip
def test_names_of_indicators(text: str, code: str) -> None:
    assert code_of_indicator(text) == code


def test_the_standard_is_there_whole_and_no_name_means_two_things() -> None:
    assert len(INDICATORS) >= 24 + 5 + 80
    names = [name for one in INDICATORS.values() for name in {one.zh, *one.also}]
    assert [name for name in names if code_of_indicator(name) not in INDICATORS] == []
    for code, one in INDICATORS.items():
        assert {code_of_indicator(name) for name in (code, one.zh, one.en, *one.also)} == {code}
