"""A table of text becomes a layer: our columns, our words, typed values, or one fault for each row that cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.faults import Fault, InputError
from layers import context, pollution_sources, protection_zones, remediation_sites, river_sections, samples
from layers.layer import Layer, conform, headings_of
from layers.load import LAYERS
from layers.words import KINDS, Word

LEVELS = {"1": Word("一级", "level 1", ("一级保护区",)), "2": Word("二级", "level 2", ("二级保护区",))}


@dataclass
class Said:
    """An entry of a project file."""

    path: str = "data/污染源.csv"
    located_to_metres: float | None = None
    map_scale: float | None = None
    make_id: str | None = None
    constants: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def table(columns: dict[str, list[str | None]]) -> gpd.GeoDataFrame:
    """Text columns as the door gives them; the heading was row 1."""
    rows = len(next(iter(columns.values())))
    series = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    frame = pd.DataFrame({**series, "source_row": range(2, rows + 2)})
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(104, 26)] * rows, crs="EPSG:4326")


def conformed(
    texts: dict[str, list[str | None]], kind: str = "pollution_sources", /, **said: Any
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    given = table(texts)
    frame, faults, _ = conform(given, LAYERS[kind], entry=Said(**said), kinds=KINDS, levels=LEVELS)
    assert len(frame) + len(faults) == len(given)
    assert list(frame.index) == list(range(len(frame)))
    assert frame.crs == "EPSG:4326"
    return frame, faults


GOOD: dict[str, list[str | None]] = {"编号": ["001"], "名称": ["箐口"], "类型": ["排污口"]}


def test_chinese_headings_and_words_are_known() -> None:
    frame, faults = conformed({
        " 编 号": ["001 "], "污染源名称（全称）": [" 箐口 排口"], "污染源类型": ["入河排口"], "运行状态": ["停产"], "是否排污": ["是"],
        "建成时间": ["2016年1月2日"], "责任单位": [" 水务局"], "定位精度": ["１０"],
    })  # fmt: skip
    assert faults == []
    row = frame.iloc[0]
    assert [row[name] for name in ("source_id", "name", "kind", "operating", "built_on")] == [
        "001", "箐口 排口", "outfall", "closed", "2016-01-02",
    ]  # fmt: skip
    assert row["discharges"] is True
    assert row["responsible_unit"] == " 水务局"
    assert row["located_to_metres"] == 10.0


def test_english_headings_are_known() -> None:
    frame, faults = conformed(
        {"Zone ID": ["a"], "NAME": ["b"], "Protection-Level": ["level 1"], "Area_m2": ["1,234.5"]}, "protection_zones"
    )
    assert faults == []
    assert frame[["zone_id", "name", "level", "declared_area_m2"]].to_numpy().tolist() == [["a", "b", "1", 1234.5]]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_always_has_all_its_columns_and_types(kind: str) -> None:
    layer: Layer = LAYERS[kind]
    good = {"level": "1", "kind": "outfall", "status": "closed", "sampled_on": "2017-11-30"}
    only_needed = {column.name: [good.get(column.name, "x")] for column in layer.columns if column.needed}
    frame, faults = conformed(only_needed or {"x": ["y"]}, kind)
    assert faults == []
    for column in layer.columns:
        kept = frame[column.name]
        assert kept.dtype == ("float64" if column.holds in ("number", "scale") else object), column.name
        if not column.needed and column.name != layer.id_column:
            assert np.isnan(kept[0]) if column.holds in ("number", "scale") else kept[0] is None, column.name
    assert frame["located_to_metres"].dtype == "float64"


@pytest.mark.parametrize("kind", LAYERS)
def test_within_a_layer_each_column_is_found_by_its_own_first_heading(kind: str) -> None:
    for column in LAYERS[kind].columns:
        for heading in (column.name, *column.also[:1]):
            said = {other.name: "x" for other in LAYERS[kind].columns if other.needed and other.name != column.name}
            frame, faults, notes = conform(
                table({heading: [None]}), LAYERS[kind], entry=Said(constants=said), kinds=KINDS, levels=LEVELS
            )
            del frame, faults
            found = [note["heading"] for note in notes if note["column"] == column.name]
            assert found == ([] if heading == column.name else [heading])


def test_the_mapping_stands_above_known_names_and_others_are_kept() -> None:
    frame, _ = conformed(
        {**GOOD, "name": ["theirs"], "档案名": ["ours"], "heads": ["12"]},
        columns={"name": "档案名", "animals": "heads"},
    )
    assert frame["name"][0] == "ours"
    assert frame["name_original"][0] == "theirs"
    assert frame["animals"][0] == "12"
    assert frame["名称"][0] == "箐口"


def test_constants_fill_columns_the_file_lacks() -> None:
    frame, faults = conformed(
        {"编号": ["1", "2"], "名称": ["a", "b"]}, constants={"kind": "outfall", "discharges": True, "batch": 7}
    )
    assert faults == []
    assert frame["kind"].tolist() == ["outfall", "outfall"]
    assert frame["discharges"].tolist() == [True, True]
    assert frame["batch"].tolist() == ["7", "7"]


def test_values_are_mapped_then_read() -> None:
    columns = {"编号": ["1", "2", "3"], "名称": ["a", "b", "c"], "级别": ["Ⅰ区 ", "别的", None]}
    frame, faults = conformed(columns, "protection_zones", values={"level": {"Ⅰ区": "1", "*": "2"}})
    assert frame["level"].tolist() == ["1", "2"]
    assert [(fault.code, fault.row) for fault in faults] == [("VALUE_MISSING", 4)]


def test_ids_can_be_made() -> None:
    columns: dict[str, list[str | None]] = {"名称": ["a", "b"], "类型": ["排污口", "排污口"]}
    assert conformed(columns, make_id="row")[0]["source_id"].tolist() == ["污染源-2", "污染源-3"]
    assert conformed(columns, make_id="name")[0]["source_id"].tolist() == ["a", "b"]
    with pytest.raises(InputError, match="make_id") as caught:
        conformed(columns)
    assert [(fault.code, fault.column) for fault in caught.value.faults] == [("COLUMN_MISSING", "source_id")]


def test_context_layers_number_themselves() -> None:
    assert conformed({"名称": ["水城河"]}, "rivers")[0]["river_id"].tolist() == ["污染源-2"]
    some, faults = conformed({"id": ["R1", None, " "], "名称": ["甲", "乙", "丙"]}, "rivers")
    assert (some["river_id"].tolist(), faults) == (["R1", "污染源-3", "污染源-4"], [])


def test_all_missing_columns_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        conformed({"编号": ["1"], "x": ["2"]}, columns={"document": "批文号"})
    assert [fault.column for fault in caught.value.faults] == ["document", "name", "kind"]
    assert "编号, x" in caught.value.message("zh")


@pytest.mark.parametrize(
    ("kind", "column", "text", "code", "says"),
    [
        ("pollution_sources", "kind", "潜水艇", "VALUE_UNKNOWN", "outfall (入河排污口 / outfall)"),
        ("pollution_sources", "kind", None, "VALUE_MISSING", "empty"),
        ("pollution_sources", "source_id", "  ", "VALUE_MISSING", "empty"),
        ("pollution_sources", "approved", "也许", "VALUE_UNKNOWN", "true (是 / yes)"),
        ("pollution_sources", "built_on", "04/03/2024", "DATE_AMBIGUOUS", "2024-03-04 / 2024-04-03"),
        ("pollution_sources", "located_to_metres", "约10米", "BAD_NUMBER", "number"),
        ("pollution_sources", "located_to_metres", "-5", "BAD_NUMBER", "number"),
        ("protection_zones", "level", "三级", "VALUE_UNKNOWN", "1 (一级 / level 1), 2 (二级 / level 2)"),
        ("remediation_sites", "status", "还行", "VALUE_UNKNOWN", "closed (已销号 / closed)"),
        ("remediation_sites", "deadline", "2017-02-30", "BAD_DATE", "date"),
        ("river_sections", "target_class", "Ⅶ类", "VALUE_UNKNOWN", "worse_than_V"),
    ],
)
def test_each_bad_value_has_its_code(kind: str, column: str, text: str | None, code: str, says: str) -> None:
    words = {"level": "1", "kind": "outfall", "status": "closed"}
    row = {one.name: [words.get(one.name, "x")] for one in LAYERS[kind].columns if one.needed}
    frame, faults = conformed({**row, column: [text]}, kind)
    assert frame.empty
    (fault,) = faults
    assert (fault.code, fault.row, fault.column, fault.value) == (code, 2, column, text or "")
    assert says in fault.reason("en")
    assert fault.line("zh")


def test_a_row_with_several_faults_is_one_reject_that_names_them() -> None:
    columns = {
        "编号": ["1", "2"],
        "名称": ["a", "b"],
        "类型": ["潜水艇", "排污口"],
        "建成时间": ["2016/13/1", "2016/12/1"],
    }
    frame, faults = conformed(columns)
    assert frame["source_id"].tolist() == ["2"]
    assert [(fault.code, fault.row) for fault in faults] == [("VALUE_UNKNOWN", 2)]
    assert "建成时间: BAD_DATE “2016/13/1”" in faults[0].reason("zh")


def test_accuracy_of_the_file_fills_rows_that_state_none() -> None:
    columns = {key: values * 2 for key, values in GOOD.items()}
    frame, _ = conformed({**columns, "located_to_metres": ["5", None]}, located_to_metres=30.0)
    assert frame["located_to_metres"].tolist() == [5.0, 30.0]


def test_the_table_given_is_not_changed() -> None:
    given = table(GOOD)
    before = given.copy()
    conform(given, LAYERS["pollution_sources"], entry=Said(), kinds=KINDS, levels=LEVELS)
    pd.testing.assert_frame_equal(given, before)


# Headings as offices write them, and what they mean: one table a layer.
OFFICE_TABLES = [
    (protection_zones.LAYER, {
        "保护区编号": "zone_id", "名称": "name", "保护区级别": "level", "水源地": "source_name", "批复文号": "document",
        "面积": "declared_area_m2",
    }),
    (river_sections.LAYER, {
        "断面编号": "section_id", "断面名称": "name", "河流": "river", "水体类型": "water_type", "目标水质": "target_class",
        "现状水质": "measured_class", "监测时间": "sampled_on",
    }),
    (pollution_sources.LAYER, {
        "编号": "source_id", "企业名称": "name", "类型": "kind", "运行状态": "operating", "责任单位": "responsible_unit",
    }),
    (remediation_sites.LAYER, {
        "序号": "site_id", "点位名称": "name", "存在问题": "problem", "整改目标": "goal", "整改措施": "measures", "整改时限": "deadline",
        "责任单位": "responsible_unit", "责任人": "responsible_person", "督办领导": "supervising_leader", "整改状态": "status",
    }),
    (samples.LAYER, {"断面名称": "section_id", "采样时间": "sampled_on", "监测项目": "indicator", "浓度": "value", "单位": "unit"}),
    (context.DISTRICTS, {"adcode": "district_id", "区县": "name"}),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "headings"), OFFICE_TABLES, ids=[layer.kind for layer, _ in OFFICE_TABLES])
def test_tables_of_offices_need_no_mapping(layer: Layer, headings: dict[str, str]) -> None:
    found = headings_of(list(headings), layer.columns, Said(), layer.id_column)
    assert {heading: ours for ours, heading in found.items()} == headings


def test_a_spreadsheets_error_is_never_an_empty_cell() -> None:
    texts = {
        "编号": ["1", "2", "3"],
        "名称": ["甲"] * 3,
        "类型": ["排污口", "#N/A", "排污口"],
        "备注": ["#REF!", None, "好"],
    }
    frame, faults = conformed(texts)
    assert frame["source_id"].tolist() == ["3"]
    assert [(fault.row, fault.code, fault.column, fault.value) for fault in faults] == [
        (2, "CELL_ERROR", "备注", "#REF!"),
        (3, "CELL_ERROR", "类型", "#N/A"),
    ]


@pytest.mark.parametrize("rounded", ["5.202000012345679e+17", "5.202E+17", "9007199254740992.0", " 1e+20 "])
def test_an_id_that_has_lost_digits_is_refused(rounded: str) -> None:
    texts = {
        "编号": [rounded, "520200001234567890", "1E5", "9007199254740991"],
        "名称": ["甲"] * 4,
        "类型": ["排污口"] * 4,
    }
    frame, faults = conformed(texts)
    assert frame["source_id"].tolist() == ["520200001234567890", "1E5", "9007199254740991"]
    assert [(fault.row, fault.code, fault.value) for fault in faults] == [(2, "NUMBER_TOO_LONG", rounded)]


def test_a_unit_in_the_heading_of_numbers_is_converted_and_told() -> None:
    texts: dict[str, list[str | None]] = {"编号": ["1"], "名称": ["甲"], "级别": ["1"]}
    given = table({**texts, "面积（亩）": ["15"], "定位精度(公里)": ["0.05"]})
    frame, faults, notes = conform(
        given,
        LAYERS["protection_zones"],
        entry=Said(columns={"declared_area_m2": "面积（亩）"}),
        kinds=KINDS,
        levels=LEVELS,
    )
    assert faults == []
    assert frame["declared_area_m2"].tolist() == [pytest.approx(10_000)]
    assert frame["located_to_metres"].tolist() == [50.0]
    converted = [note for note in notes if note["code"] == "UNIT_CONVERTED"]
    assert {note["heading"] for note in converted} == {"面积（亩）", "定位精度(公里)"}


def test_a_constant_and_the_entrys_accuracy_are_in_our_units_already() -> None:
    texts: dict[str, list[str | None]] = {**GOOD, "定位精度(公里)": [None]}
    assert conformed(texts, located_to_metres=12.0)[0]["located_to_metres"].tolist() == [12.0]
    assert conformed(GOOD, constants={"located_to_metres": 7})[0]["located_to_metres"].tolist() == [7.0]


def test_an_unknown_unit_stops_the_file() -> None:
    with pytest.raises(InputError, match="UNIT_UNKNOWN"):
        conformed({**GOOD, "定位精度(英里)": ["1"]})


def test_an_id_as_long_as_no_cell_is_refused_and_a_long_text_kept_whole() -> None:
    row = {"source_id": ["1", "2" * 32_768], "name": ["甲", "乙"], "kind": ["outfall"] * 2, "note": ["水" * 40_000, ""]}
    frame, faults = conformed(row, "pollution_sources")
    assert frame["note"].str.len().tolist() == [40_000]
    assert [(fault.code, fault.row, fault.column) for fault in faults] == [("CELL_TOO_LONG", 3, "source_id")]
    assert "32768" in faults[0].reason("en")
