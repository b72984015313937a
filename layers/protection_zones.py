"""The layer of drinking-water protection zones."""

from __future__ import annotations

from layers.layer import LOCATED, MAP_SCALE, Column, Layer
from layers.words import AQUIFERS, MEDIA

LAYER = Layer(
    kind="protection_zones",
    id_column="zone_id",
    geometry=frozenset({"polygon"}),
    columns=(
        Column("zone_id", "id", needed=True, also=(
            "编号", "保护区编号", "保护区编码", "保护区代码", "编码", "代码", "zone_code", "zone_no", "id",
            "code", "序号",
        )),
        Column("name", needed=True, also=(
            "名称", "保护区名称", "水源保护区名称", "保护区", "zone_name", "水源地名称", "水源地", "system_name",
        )),
        Column("level", "level", needed=True, also=(
            "级别", "保护区级别", "保护级别", "等级", "保护区等级", "zone_level", "zone_class", "protection_level",
        )),
        Column("source_name", also=(
            "水源地", "水源地名称", "水源名称", "所属水源地", "饮用水水源地", "water_source", "source",
        )),
        Column("medium", "word", words=MEDIA, also=("水源类型", "水源地类型", "介质", "water_medium", "source_type")),
        Column("document", also=("批复文件", "批文", "批准文号", "文号", "批复文号", "依据", "decree", "approval")),
        Column("valid_from", "date", also=(
            "批复时间", "批复日期", "批准日期", "生效日期", "起始日期", "approved_on", "start_date",
        )),
        Column("valid_to", "date", also=("失效日期", "截止日期", "废止日期", "终止日期", "end_date")),
        Column("aquifer", "word", words=AQUIFERS, also=("含水层", "含水层类型", "含水层性质", "aquifer_type")),
        Column("signs", "boolean", also=("界标", "标志牌", "警示标志", "是否设置标志", "标识标志", "有无标志")),
        Column("fence", "boolean", also=("隔离防护", "隔离设施", "围网", "围栏", "隔离防护设施", "有无围网")),
        Column("only_source", "boolean", also=("单一水源", "是否单一水源", "single_source")),
        Column("backup_source", "boolean", also=("备用水源", "应急水源", "应急备用水源", "有无备用水源")),
        Column("risk_survey_on", "date", also=("风险调查日期", "风险评估日期", "环境状况调查日期", "调查评估日期")),
        MAP_SCALE,
        Column("declared_area_m2", "number", also=("批复面积", "面积", "保护区面积", "area_m2")),
        LOCATED,
    ),
)  # fmt: skip
