"""The layers of context: rivers, water bodies, intakes and districts."""

from __future__ import annotations

from layers.layer import Column, Layer

_NAMES = ("名称", "name", "title")

RIVERS = Layer(
    kind="rivers",
    id_column="river_id",
    geometry=frozenset({"line"}),
    columns=(
        Column("river_id", "id", also=("编号", "河流编号", "河流编码", "河流代码", "编码", "代码", "id", "code")),
        Column("name", also=("河流名称", "河流", "河名", "river_name", "river", *_NAMES)),
        Column("flows_into", "id", also=("汇入", "汇入河流", "流入", "下游河流", "next_down", "downstream")),
    ),
)

WATER_BODIES = Layer(
    kind="water_bodies",
    id_column="water_body_id",
    geometry=frozenset({"polygon"}),
    columns=(
        Column("water_body_id", "id", also=("编号", "水体编号", "水库编号", "编码", "代码", "id", "code")),
        Column("name", also=("水体名称", "水库名称", "湖泊名称", "水库", "湖泊", "lake_name", *_NAMES)),
    ),
)

INTAKES = Layer(
    kind="intakes",
    id_column="intake_id",
    geometry=frozenset({"point"}),
    columns=(
        Column("intake_id", "id", also=("编号", "取水口编号", "取水口编码", "编码", "代码", "id", "code")),
        Column("name", also=("取水口名称", "取水口", "水厂名称", "intake_name", *_NAMES)),
        Column("kind", also=("类型", "取水类型", "取水口类型", "取水方式", "type")),
    ),
)

DISTRICTS = Layer(
    kind="districts",
    id_column="district_id",
    geometry=frozenset({"polygon"}),
    columns=(
        Column(
            "district_id",
            "id",
            also=("编号", "行政区划代码", "区划代码", "行政代码", "adcode", "编码", "代码", "id", "code"),
        ),
        Column(
            "name", also=("行政区", "行政区名称", "区县", "区县名称", "县区", "乡镇", "district", "county", *_NAMES)
        ),
    ),
)
