"""layers.project: the project file, and every way in which it can be wrong."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from layers.project import ProjectError, read_project
from layers.setting_words import what_is_wrong

LAYER = '[[layer]]\nkind = "pollution_sources"\npath = "data/a.csv"\n'
TODAY = date(2026, 11, 22)


def written(folder: Path, text: str) -> Path:
    (folder / "headwater.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    project = read_project(written(tmp_path, LAYER), today=TODAY)
    assert (project.language, project.jurisdictions, project.as_of) == ("zh", ("cn",), TODAY)
    assert project.title == tmp_path.name
    assert project.layers[0].columns == {}
    assert read_project(tmp_path / "headwater.toml", today=TODAY) == project


def test_the_example_of_the_contract_is_read(tmp_path: Path) -> None:
    text = (
        'title = "六盘水市饮用水水源保护区巡查"\nlanguage = "zh"\njurisdictions = ["cn", "cn-qixingguan"]\n'
        'as_of = 2017-11-30\nmetric_crs = "auto"\n[[layer]]\nkind = "protection_zones"\npath = "data/zones.gpkg"\n'
        'table = "zones"\ncrs = "EPSG:4490"\ndatum = "gcj02"\nencoding = "gb18030"\nlocated_to_metres = 10\n'
        'x = "经度"\ny = "纬度"\nmake_id = "row"\n[layer.constants]\nkind = "outfall"\n[layer.columns]\nzone_id = "编号"\n'
        '[layer.values.level]\n"一级保护区" = "1"\n"*" = "2"\n'
    )
    layer = read_project(written(tmp_path, text), today=TODAY).layers[0]
    assert layer.values == {"level": {"一级保护区": "1", "*": "2"}}
    assert (layer.located_to_metres, layer.make_id, layer.constants) == (10, "row", {"kind": "outfall"})


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        (LAYER + 'colour = "red"\n', "SETTING_UNKNOWN", "layer[1].colour"),
        ('langauge = "zh"\n' + LAYER, "SETTING_UNKNOWN", "langauge"),
        ('language = "fr"\n' + LAYER, "SETTING_WRONG", "language"),
        ("as_of = 2017-13-01\n" + LAYER, "PROJECT_NOT_TOML", ""),
        ('as_of = "soon"\n' + LAYER, "SETTING_WRONG", "as_of"),
        (LAYER.replace("pollution_sources", "boats"), "SETTING_WRONG", "layer[1].kind"),
        (LAYER.replace('path = "data/a.csv"\n', ""), "SETTING_WRONG", "layer[1].path"),
        (LAYER + "located_to_metres = -1\n", "SETTING_WRONG", "layer[1].located_to_metres"),
        (LAYER + 'datum = "mars"\n', "SETTING_WRONG", "layer[1].datum"),
        ('metric_crs = "banana"\n' + LAYER, "SETTING_WRONG", "metric_crs"),
        ('metric_crs = "EPSG:4490"\n' + LAYER, "SETTING_WRONG", "metric_crs"),
        ('title = "no layer"\n', "SETTING_WRONG", "layer"),
        ("[limits]\nmemory_gib = 0\n" + LAYER, "SETTING_WRONG", "limits.memory_gib"),
        ("[limits]\nminutes = 5\n" + LAYER, "SETTING_UNKNOWN", "limits.minutes"),
        ('zones_complete_in = ["甲县"]\n' + LAYER, "SETTING_WRONG", "zones_complete_in"),
        ('zones_complete_in = "all"\n' + LAYER, "SETTING_WRONG", "zones_complete_in"),
        ('zones_complete_in = "some"\n' + LAYER, "SETTING_WRONG", "zones_complete_in"),
        ('data_until = "soon"\n' + LAYER, "SETTING_UNKNOWN", "data_until"),
        (LAYER + 'data_until = "soon"\n', "SETTING_WRONG", "layer[1].data_until"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, code: str, column: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_project(written(tmp_path, text), today=TODAY)
    assert [(fault.code, fault.column) for fault in caught.value.faults] == [(code, column)]
    assert caught.value.message("zh") != caught.value.message("en")


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("[map]\nbudget_mb = 0\n" + LAYER, "应大于 0"),
        ('[map]\nbudget_mb = "3"\n' + LAYER, "应为数字（不加引号）"),
        ("[map]\nbudget_mb = inf\n" + LAYER, "应为有限的数"),
        ('[map]\nonline = "bing"\n' + LAYER, "应为 osm, tianditu 之一"),
        ('[map]\nonline = "amap"\n' + LAYER, "它的地图采用偏移坐标（GCJ-02）"),
        ('[map]\nbase = ""\n' + LAYER, "不能为空"),
        ("map = 3\n" + LAYER, "应为一组设置"),
        ("[ledger]\nlook_back = [30, 10]\n" + LAYER, "look_back：应为销号后的天数，由小到大"),
        ("[ledger]\nsignatures = 20\n" + LAYER, "应不大于 9"),
        ('[ledger]\narchive_inputs = "maybe"\n' + LAYER, "应为 true 或 false"),
        ('as_of = "soon"\n' + LAYER, "应为日期，如 2017-11-30"),
        (LAYER + "map_scale = 0.5\n", "应不小于 1"),
        (LAYER + "transformation = [1, 2]\n", "应为 3 个或 7 个数"),
        ('jurisdictions = "cn"\n' + LAYER, "应为列表"),
        ("jurisdictions = []\n" + LAYER, "至少要有 1 项"),
        ('title = "no layer"\n', "缺少这一项"),
    ],
)
def test_what_is_wrong_is_told_in_chinese(tmp_path: Path, text: str, zh: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_project(written(tmp_path, text), today=TODAY)
    (fault,) = caught.value.faults
    assert fault.reason("zh").startswith(f"设置的值不能用：{zh}")
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]", fault.reason("zh")) and "'" not in fault.reason("zh")


def test_an_error_of_another_kind_is_told_as_it_is() -> None:
    assert what_is_wrong({"type": "of_tomorrow", "msg": "Input should be blue"}).zh == "Input should be blue"
    assert (
        what_is_wrong({"type": "value_error", "msg": "Value error, no", "ctx": {"error": ValueError("no")}}).en == "no"
    )


def test_a_kind_may_be_relied_on_as_long_as_all_its_files(tmp_path: Path) -> None:
    other = LAYER.replace("pollution_sources", "districts")
    text = LAYER + "data_until = 2020-12-31\n" + LAYER + "data_until = 2019-06-30\n" + LAYER + other
    assert read_project(written(tmp_path, text), today=TODAY).data_until() == {"pollution_sources": date(2019, 6, 30)}


def test_all_wrong_settings_stand_in_one_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        read_project(written(tmp_path, 'language = "fr"\nsize = 3\n' + LAYER + "crs = []\n"), today=TODAY)
    assert len(caught.value.faults) == 3


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="headwater init"):
        read_project(tmp_path, today=TODAY)
