"""The columns of 问题清单 in `ledger.xlsx`: what each is called, what it holds, which may be edited and merged back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from layers.words import STATUSES, Word

# `share` is a fraction, 0 to 1, shown as per cent; `id` is text whatever its digits; `long` is text in a wide column.
LedgerKind = Literal["id", "text", "long", "date", "word", "share", "number", "place"]
Block = Literal["problem", "progress", "closing", "merging"]


class LedgerColumn(NamedTuple):
    """One column: code, heading, what it holds, its width in characters, and the part of the sheet it stands in.

    `event`: what kind of event an edited cell becomes; empty where the column is only told and never merged back.
    `words`: what may be chosen, `hint`: what is told to whoever edits the cell.
    """

    code: str
    heading: Word
    kind: LedgerKind = "text"
    width: float = 12
    block: Block = "problem"
    event: str = ""
    words: Mapping[str, Word] | None = None
    hint: Word | None = None

    @property
    def editable(self) -> bool:
        """Whether what is edited here is merged back into the ledger."""
        return bool(self.event)


SHEET = Word("问题清单", "Problems")

LOOK_BACK_RESULTS: Mapping[str, Word] = {
    "kept": Word("未反弹", "kept"),
    "relapsed": Word("反弹", "relapsed"),
}

_DAY = Word("填写日期，如 2017-11-30", "A day, such as 2017-11-30")

# Left to right. The first three blocks are printed, each on pages of its own; `merging` is for the way back.
LEDGER_COLUMNS: tuple[LedgerColumn, ...] = (
    LedgerColumn("number", Word("序号", "No."), "number", 5),
    LedgerColumn("site_id", Word("编号", "Site ID"), "id", 9),
    LedgerColumn("name", Word("问题名称", "Name"), "text", 16),
    LedgerColumn("problem", Word("存在问题", "Problem"), "long", 24),
    LedgerColumn("category", Word("类别", "Category"), "text", 10),
    LedgerColumn("district", Word("所在区县", "District"), "text", 9),
    LedgerColumn("water_source", Word("水源地", "Water source"), "text", 12),
    LedgerColumn("zone_level", Word("保护区级别", "Zone level"), "text", 10),
    LedgerColumn("basis", Word("法律依据", "Legal basis"), "long", 24),
    LedgerColumn("source", Word("对应污染源", "Pollution source"), "text", 14),
    LedgerColumn("responsible_unit", Word("责任单位", "Responsible unit"), "text", 13),
    LedgerColumn("responsible_person", Word("责任人", "Responsible person"), "text", 9),
    LedgerColumn("supervising_leader", Word("督办领导", "Supervising leader"), "text", 10),
    LedgerColumn("goal", Word("整改目标", "Goal"), "long", 16),
    LedgerColumn("measures", Word("整改措施", "Measures"), "long", 20),
    LedgerColumn("deadline", Word("整改时限", "Deadline"), "date", 11),
    LedgerColumn(
        "status", Word("整改状态", "Status"), "word", 14, "progress", "status", STATUSES,
        Word("从列表中选择", "Choose from the list"),
    ),
    LedgerColumn("status_since", Word("状态自", "Status since"), "date", 11, "progress"),
    LedgerColumn(
        "progress", Word("进度", "Progress"), "share", 7, "progress", "status", None,
        Word("0% 到 100%", "0 % to 100 %"),
    ),
    LedgerColumn(
        "progress_note", Word("进展情况", "State of work"), "long", 26, "progress", "status", None,
        Word("做了什么、还差什么", "What was done, what is left"),
    ),
    LedgerColumn("extended_to", Word("延期至", "Extended to"), "date", 11, "progress", "extension", None, _DAY),
    LedgerColumn(
        "extension_reason", Word("延期理由", "Reason of extension"), "long", 16, "progress", "extension", None,
        Word("填了延期至，就要写理由", "Needed where a day of extension is given"),
    ),
    LedgerColumn("days_overdue", Word("逾期天数", "Days overdue"), "number", 8, "progress"),
    LedgerColumn("completed_on", Word("完成时间", "Completed on"), "date", 11, "progress", "status", None, _DAY),
    LedgerColumn(
        "evidence", Word("佐证材料", "Evidence"), "long", 18, "progress", "status", None,
        Word("文件名或文号", "Names of files or numbers of documents"),
    ),
    LedgerColumn("result", Word("本次结论", "Result of this run"), "text", 14, "progress"),
    LedgerColumn("override", Word("人工判定", "Decided by a person"), "long", 20, "progress"),
    LedgerColumn("to_decide", Word("需处理", "To be decided"), "long", 24, "progress"),
    LedgerColumn("accepted_on", Word("验收时间", "Accepted on"), "date", 11, "closing", "acceptance", None, _DAY),
    LedgerColumn(
        "accepted_by", Word("验收单位", "Accepting unit"), "text", 16, "closing", "acceptance", None,
        Word("不能是责任单位自己", "Not the responsible unit itself"),
    ),
    LedgerColumn("notice_from", Word("公示开始", "Notice from"), "date", 11, "closing", "sign_off", None, _DAY),
    LedgerColumn("notice_to", Word("公示结束", "Notice to"), "date", 11, "closing", "sign_off", None, _DAY),
    LedgerColumn("closed_on", Word("销号时间", "Closed on"), "date", 11, "closing", "sign_off", None, _DAY),
    LedgerColumn("lacking", Word("缺少的材料", "Lacking"), "long", 44, "closing"),
    LedgerColumn("look_back_due", Word("回头看到期", "Look-back due"), "date", 11, "closing"),
    LedgerColumn(
        "looked_back_on", Word("回头看时间", "Looked back on"), "date", 11, "closing", "reinspection", None, _DAY,
    ),
    LedgerColumn(
        "look_back_result", Word("回头看结果", "Look-back result"), "word", 10, "closing", "reinspection",
        LOOK_BACK_RESULTS, Word("从列表中选择", "Choose from the list"),
    ),
    LedgerColumn("change", Word("变化", "Change"), "text", 10, "closing"),
    LedgerColumn("photos", Word("照片", "Photos"), "text", 24, "closing"),
    LedgerColumn(
        "reported_by", Word("填报人", "Reported by"), "text", 10, "merging", "status", None,
        Word("改了这一行的人", "Who edited this row"),
    ),
    LedgerColumn("reported_on", Word("填报日期", "Reported on"), "date", 12, "merging", "status", None, _DAY),
    LedgerColumn("revision", Word("修订号", "Revision"), "number", 8, "merging"),
    LedgerColumn("layer", Word("图层", "Layer"), "text", 18, "merging"),
    LedgerColumn("source_id", Word("对应污染源编号", "Pollution source ID"), "id", 14, "merging"),
    LedgerColumn("lon", Word("经度", "Longitude"), "place", 12, "merging"),
    LedgerColumn("lat", Word("纬度", "Latitude"), "place", 12, "merging"),
)  # fmt: skip

COLUMNS: Mapping[str, LedgerColumn] = {column.code: column for column in LEDGER_COLUMNS}
EDITABLE: tuple[str, ...] = tuple(column.code for column in LEDGER_COLUMNS if column.editable)

# The hidden sheets (`gis.own_sheets`). The first says which export it is, a row per key; the second has the keys and,
# of every row, the editable columns as they were exported (headings are codes, values as in 问题清单): what differs
# from it was edited, also where rows were sorted, copied or deleted since.
EXPORT_FORMAT = "headwater-ledger"
EXPORT_VERSION = "1"
EXPORT_KEYS = (
    "format", "version", "build_id", "run_id", "ledger_events", "ledger_hash", "as_of", "language", "title",
)  # fmt: skip
BASELINE_COLUMNS: tuple[str, ...] = ("layer", "site_id", "revision", *EDITABLE)


def headings(language: str) -> dict[str, str]:
    """By code the heading of each column in one language.

    >>> headings("zh")["extended_to"], headings("en")["site_id"]
    ('延期至', 'Site ID')
    """
    return {column.code: column.heading.text(language) for column in LEDGER_COLUMNS}


def code_of_heading(heading: str) -> str | None:
    """The column that a heading of either language names, None where it is none of ours.

    >>> code_of_heading("整改状态"), code_of_heading(" status "), code_of_heading("备注")
    ('status', 'status', None)
    """
    return _CODES.get(" ".join(heading.split()).lower())


_CODES = {
    name.lower(): column.code for column in LEDGER_COLUMNS for name in (column.heading.zh, column.heading.en)
}  # fmt: skip
