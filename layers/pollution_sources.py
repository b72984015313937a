"""The layer of pollution sources: outfalls, plants, farms, buildings, roads and the like."""

from __future__ import annotations

from layers.layer import ANY_GEOMETRY, LOCATED, Column, Layer
from layers.words import MEDIA, OPERATING

UNIT = (
    "责任单位",
    "整改责任单位",
    "责任主体",
    "牵头单位",
    "主管部门",
    "所属单位",
    "单位",
    "unit",
    "responsible",
    "owner",
)

# Names of files in the project's folder photos/; by a heading only where the cells name pictures.
PHOTOS = Column("photos", "photos", also=("照片", "图片", "现场照片", "photo", "pictures"))
PAIR = (
    Column("photos_before", "photos", also=(
        "整改前照片", "整改前图片", "整改前", "治理前照片", "治理前", "photo_before", "before_photos", "before",
    )),
    Column("photos_after", "photos", also=(
        "整改后照片", "整改后图片", "整改后", "治理后照片", "治理后", "photo_after", "after_photos", "after",
    )),
)  # fmt: skip

LAYER = Layer(
    kind="pollution_sources",
    id_column="source_id",
    geometry=ANY_GEOMETRY,
    columns=(
        Column("source_id", "id", needed=True, also=(
            "编号", "污染源编号", "污染源编码", "污染源代码", "排污口编号", "排口编号", "编码", "代码", "id",
            "code", "序号",
        )),
        Column("name", needed=True, also=(
            "名称", "污染源名称", "污染源", "排污口名称", "企业名称", "单位名称", "项目名称", "点位名称",
            "source_name", "facility", "site_name",
        )),
        Column("kind", "kind", needed=True, also=(
            "类型", "污染源类型", "污染源种类", "类别", "种类", "source_type", "source_kind", "type",
        )),
        Column("operating", "word", words=OPERATING, also=(
            "运行状态", "运行情况", "运营状态", "生产状态", "经营状态", "operation_status",
        )),
        Column("discharges", "boolean", also=("是否排污", "排放污染物", "是否排放污染物", "是否排放", "discharging")),
        Column("related_to_supply", "boolean", also=("与供水有关", "是否与供水有关", "是否供水设施", "供水设施")),
        Column("approved", "boolean", also=("是否批准", "是否审批", "审批", "手续齐全", "是否经批准", "permitted")),
        Column("built_on", "date", also=("建成时间", "建成日期", "建设时间", "投产日期", "投产时间", "built")),
        Column("medium", "word", words=MEDIA, also=("介质", "受纳水体类型", "影响水体类型")),
        Column("responsible_unit", also=UNIT),
        LOCATED,
    ),
    occasional=(PHOTOS, *PAIR),
)  # fmt: skip
