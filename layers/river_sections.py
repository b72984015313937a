"""The layer of river sections: monitoring sections and the stretches of river they stand for."""

from __future__ import annotations

from layers.layer import Column, Layer
from layers.words import CLASSES, WATER_TYPES

SAMPLED_ON = ("采样日期", "采样时间", "监测时间", "监测日期", "日期", "时间", "sample_date", "sampling_date", "date")

LAYER = Layer(
    kind="river_sections",
    id_column="section_id",
    geometry=frozenset({"point", "line"}),
    columns=(
        Column("section_id", "id", needed=True, also=(
            "编号", "断面编号", "断面编码", "断面代码", "编码", "代码", "站点编号", "station_id",
            "site_code", "id", "code", "序号",
        )),
        Column("name", needed=True, also=(
            "名称", "断面名称", "断面", "监测断面", "站点名称", "站点", "点位名称", "section_name",
            "section", "station", "station_name",
        )),
        Column("river", also=(
            "河流", "河流名称", "所在河流", "所在水体", "水体", "水体名称", "river_name", "waterbody",
            "water_body",
        )),
        Column("water_type", "word", words=WATER_TYPES, also=("水体类型", "类型", "水域类型", "waterbody_type")),
        Column("target_class", "word", words=CLASSES, also=(
            "目标水质", "水质目标", "目标类别", "考核目标", "规划类别", "水质目标类别", "target", "target_quality",
        )),
        Column("measured_class", "word", words=CLASSES, also=(
            "现状水质", "水质类别", "水质现状", "现状类别", "实测类别", "监测类别", "class", "water_class",
            "current_class",
        )),
        Column("sampled_on", "date", also=SAMPLED_ON),
    ),
)  # fmt: skip
