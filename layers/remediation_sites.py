"""The layer of remediation sites: problems on record, with who has to solve them by when."""

from __future__ import annotations

from layers.layer import ANY_GEOMETRY, Column, Layer
from layers.pollution_sources import PAIR, PHOTOS, UNIT
from layers.words import STATUSES

# How far the work is, and how far it was to be: read by layers.on_ledger, so that a word there rejects no row.
SHARES = (
    Column("progress_share", also=(
        "完成比例", "完成率", "整改完成率", "整改完成比例", "完成百分比", "形象进度", "percent_complete",
    )),
    Column("planned_share", also=("计划进度", "计划完成比例", "计划完成率", "序时进度", "planned_progress")),
    Column("started_on", also=("开工时间", "开工日期", "启动时间", "启动日期", "整改启动时间", "start_date")),
)  # fmt: skip

LAYER = Layer(
    kind="remediation_sites",
    id_column="site_id",
    geometry=ANY_GEOMETRY,
    columns=(
        Column("site_id", "id", needed=True, also=(
            "编号", "问题编号", "整改编号", "点位编号", "任务编号", "编码", "代码", "id", "code", "序号",
        )),
        Column("name", needed=True, also=(
            "名称", "点位名称", "项目名称", "问题名称", "整改点位", "整改任务", "整改项目", "site_name", "facility",
        )),
        Column("problem", also=(
            "存在问题", "问题", "问题描述", "主要问题", "问题简述", "反馈问题", "issue", "problems",
        )),
        Column("source_id", "id", also=("污染源编号", "关联污染源", "污染源编码", "对应污染源编号")),
        Column("responsible_unit", also=UNIT),
        Column("responsible_person", also=("责任人", "整改责任人", "负责人", "直接责任人", "person")),
        Column("supervising_leader", also=(
            "督办领导", "督导领导", "包案领导", "督办人", "责任领导", "分管领导", "leader",
        )),
        Column("goal", also=("整改目标", "目标", "工作目标", "target")),
        Column("measures", also=("整改措施", "措施", "整治措施", "工作措施", "actions")),
        Column("deadline", "date", also=(
            "整改时限", "整改期限", "完成时限", "时限", "期限", "截止日期", "整改截止时间", "due",
            "due_date",
        )),
        Column("status", "word", needed=True, words=STATUSES, also=(
            "状态", "整改状态", "整改进展", "进展", "进展情况", "整改进度", "整改情况", "完成情况", "progress",
        )),
        Column("completed_on", "date", also=("完成时间", "完成日期", "整改完成时间", "完成整改时间", "completed")),
        Column("accepted_on", "date", also=("验收时间", "验收日期", "accepted")),
        Column("closed_on", "date", also=("销号时间", "销号日期", "closed")),
        Column("evidence", also=("佐证材料", "证明材料", "附件", "佐证")),
        PHOTOS._replace(holds="text"),
    ),
    occasional=(*PAIR, *SHARES),
)  # fmt: skip
