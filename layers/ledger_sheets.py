"""The sheets of `ledger.xlsx` but for the statistics: which columns they have, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from layers.change_causes import CAUSES
from layers.changes import CHANGES
from layers.ledger_columns import COLUMNS, LEDGER_COLUMNS, SHEET, LedgerColumn
from layers.ledger_rows import LEDGER, LISTED, SOURCES, Frames, Problems, Row, level_of, level_word, records_of
from layers.words import CLASSES, FINISHED_STATUSES, LAYER_KINDS, RESULTS, SEVERITIES, STATUSES, WATER_TYPES, Word

# A spreadsheet holds a million rows; a workbook that is sent around, these.
MOST_PROBLEMS, MOST_OTHERS = 20_000, 2_000


class Sheet(NamedTuple):
    """One sheet: its name, its columns, and rows by their codes. `empty`: what is told where there is no row.

    `left_out`: how many rows there are besides, which `in_file` holds. `edited`: it is merged back.
    """

    name: Word
    columns: Sequence[LedgerColumn]
    rows: Sequence[Row]
    empty: Word
    left_out: int = 0
    in_file: str = ""
    edited: bool = False


LOOK_BACK_STATES: Mapping[str, Word] = {
    "relapsed": Word("已反弹", "relapsed"),
    "still_violating": Word("本次仍有违规，应立即回头看", "still in violation: look back now"),
    "overdue": Word("逾期未看", "overdue"),
    "due": Word("待看", "due"),
    "done": Word("已看", "done"),
    "not_planned": Word("未排期", "not planned"),
}
_ATTAINED = {True: Word("达标", "attained"), False: Word("不达标", "not attained"), None: Word("不明", "not known")}
# What a finding or a site was, and is now.
_SIDES: Mapping[str, Word] = {**RESULTS, **STATUSES}
_NO_LEDGER = Word("本项目没有整改台账数据（remediation_sites）。", "This project has no remediation sites.")


def _told(*codes: str) -> tuple[LedgerColumn, ...]:
    """Columns of 问题清单 as they stand in other sheets, where nothing is edited."""
    return tuple(COLUMNS[code]._replace(event="", hint=None, block="problem") for code in codes)


_NUMBER, _SITE, _NAME = _told("number", "site_id", "name")
_OVERDUE = _told(
    "number", "site_id", "name", "problem", "district", "zone_level", "responsible_unit", "responsible_person",
    "supervising_leader", "deadline", "extended_to", "days_overdue", "status", "progress", "progress_note", "result",
)  # fmt: skip
_LOOK_BACK = (
    *_told("number", "site_id", "name", "problem", "district", "zone_level", "responsible_unit", "responsible_person",
           "status", "accepted_on", "closed_on", "look_back_due"),
    LedgerColumn("state", Word("回头看情况", "Look-back"), "text", 16),
    *_told("looked_back_on", "look_back_result"),
    LedgerColumn("found", Word("本次发现", "Found in this run"), "long", 34),
)  # fmt: skip
_UNLISTED = (
    _NUMBER, _SITE._replace(heading=Word("污染源编号", "Source ID")),
    _NAME._replace(heading=Word("污染源名称", "Name")),
    *_told("category", "district", "zone_level", "responsible_unit"),
    LedgerColumn("severity", Word("程度", "Severity"), "text", 9),
    LedgerColumn("found", Word("违规情形", "What was found"), "long", 40),
    COLUMNS["basis"],
    LedgerColumn("remedy", Word("处理要求", "What the law asks for"), "long", 26),
    *_told("lon", "lat"),
)  # fmt: skip
_SECTIONS = (
    _NUMBER, _SITE._replace(code="section_id", heading=Word("断面编号", "Section ID")),
    _NAME._replace(heading=Word("断面名称", "Name")),
    LedgerColumn("river", Word("河流（湖库）", "River or lake"), "text", 14),
    LedgerColumn("water_type", Word("水体类型", "Water type"), "text", 10),
    LedgerColumn("sampled_on", Word("采样时间", "Sampled on"), "date", 12),
    LedgerColumn("target_class", Word("水质目标", "Target class"), "text", 10),
    LedgerColumn("class", Word("实测类别", "Class"), "text", 10),
    LedgerColumn("attained", Word("是否达标", "Attained"), "text", 10),
    LedgerColumn("deciding", Word("定类指标", "Deciding indicators"), "text", 16),
    LedgerColumn("multiples", Word("超标倍数", "Times above the target"), "text", 14),
    LedgerColumn("undecided", Word("未能判定的指标", "Not judged"), "text", 16),
    LedgerColumn("samples", Word("样品数", "Samples"), "number", 8),
    LedgerColumn("found", Word("本次发现", "Found in this run"), "long", 36),
    *_told("lon", "lat"),
)  # fmt: skip
_CHANGES = (
    _NUMBER,
    LedgerColumn("change", Word("变化", "Change"), "text", 12),
    LedgerColumn("subject_layer", Word("图层", "Layer"), "text", 18),
    LedgerColumn("subject_id", Word("对象编号", "ID"), "id", 12),
    LedgerColumn("subject_name", Word("对象名称", "Name"), "text", 24),
    LedgerColumn("rule_id", Word("规则编号", "Rule"), "id", 13),
    LedgerColumn("rule", Word("规则", "What it is about"), "long", 32),
    LedgerColumn("zone", Word("保护区", "Zone"), "text", 20),
    LedgerColumn("was", Word("原来", "Before"), "text", 12),
    LedgerColumn("now", Word("现在", "Now"), "text", 12),
    LedgerColumn("since", Word("逾期自", "Overdue since"), "date", 11),
    LedgerColumn("cause", Word("原因", "Cause"), "long", 30),
    LedgerColumn("finding_id", Word("问题标识", "Finding"), "id", 21),
)  # fmt: skip


def problem_sheet(found: Problems) -> Sheet:
    """问题清单: a row per remediation site; of more than it holds, those that are finished are left out first."""
    rows = list(found.rows)
    left_out = max(len(rows) - MOST_PROBLEMS, 0)
    if left_out:
        urgent = sorted(rows, key=lambda row: row["status"] in FINISHED_STATUSES)[:MOST_PROBLEMS]
        rows = sorted(urgent, key=lambda row: row["number"])
    own = (LedgerColumn(heading, Word(heading, heading), "text", 14, "merging") for heading in found.further)
    return Sheet(SHEET, (*LEDGER_COLUMNS, *own), rows, _NO_LEDGER, left_out, "sites.csv", edited=True)


def overdue_sheet(found: Problems) -> Sheet:
    """逾期: what is past its deadline and not finished, the longest first."""
    late = [row for row in found.rows if row["days_overdue"] is not None]
    late.sort(key=lambda row: (-row["days_overdue"], row["number"]))
    empty = Word("没有逾期的问题。", "Nothing is overdue.") if len(found.rows) else _NO_LEDGER
    return _cut(Word("逾期", "Overdue"), _OVERDUE, late, empty, "sites.csv")


def look_back_sheet(found: Problems, findings: pd.DataFrame, *, as_of: date, language: str) -> Sheet:
    """回头看: of every problem that was closed, or came back, when it is looked at again and what that found."""
    records = findings[(findings["subject_layer"] == LEDGER) & (findings["relation"] == "status")]
    still = _texts(records[records["result"] == "violation"])
    rows = []
    for row in found.rows:
        violates = row["status"] in FINISHED_STATUSES and row["site_id"] in still
        state = _look_back_state(row, violates=violates, as_of=as_of)
        if state:
            told = LOOK_BACK_STATES[state].text(language)
            rows.append({**row, "code": state, "state": told, "found": still.get(row["site_id"])})
    order = list(LOOK_BACK_STATES)
    rows.sort(key=lambda row: (order.index(row["code"]), row["look_back_due"] or "9999", row["number"]))
    empty = Word("没有已销号或者反弹的问题。", "Nothing was closed or came back.") if len(found.rows) else _NO_LEDGER
    return _cut(Word("回头看", "Look-back"), _LOOK_BACK, rows, empty, "sites.csv")


def _look_back_state(row: Row, *, violates: bool, as_of: date) -> str:
    """A code of LOOK_BACK_STATES; `` where there is nothing to look back at."""
    if row["status"] == "reopened" or row["look_back_result"] == "relapsed":
        return "relapsed"
    if violates:
        return "still_violating"
    due = row["look_back_due"]
    if due:
        return "overdue" if due < as_of.isoformat() else "due"
    if row["looked_back_on"]:
        return "done"
    return "not_planned" if row["status"] == "closed" else ""


def unlisted_sheet(frames: Frames, *, language: str) -> Sheet:
    """未入台账: pollution sources in violation that no remediation site is about, so that they can be entered."""
    sites = frames.sites
    chosen = (sites["layer"] == SOURCES) & (sites["result"] == "violation") & sites["status"].isna()
    places = chosen.to_numpy(dtype=bool).nonzero()[0]
    rank = {code: place for place, code in enumerate(SEVERITIES)}
    severity = sites["severity"].iloc[places].map(rank).to_numpy()
    worst = places[pd.Series(severity).sort_values(kind="stable").index[:MOST_OTHERS].to_numpy()]
    named = ["site_id", "name", "kind", "strictest_level", "not_assessed_why", "responsible_unit", "severity", "lon"]
    records = records_of(sites.iloc[worst][[*named, "lat", "geometry"]])
    of_them = frames.findings["subject_id"].isin([record["site_id"] for record in records])
    found = frames.findings[
        (frames.findings["subject_layer"] == SOURCES) & (frames.findings["result"] == "violation") & of_them
    ]
    texts, basis, remedy = (_texts(found, name) for name in ("text", "citation", "remedy"))
    rows = [
        {
            **record,
            "number": number,
            "category": frames.kinds[record["kind"]].text(language) if record["kind"] in frames.kinds else None,
            "district": frames.district[place],
            "zone_level": level_word(level_of(record, zones_known=True), frames.levels, language),
            "severity": SEVERITIES[record["severity"]].text(language) if record["severity"] else None,
            "found": texts.get(record["site_id"]),
            "basis": basis.get(record["site_id"]),
            "remedy": remedy.get(record["site_id"]),
        }
        for number, (record, place) in enumerate(zip(records, worst.tolist(), strict=True), start=1)
    ]
    empty = Word("没有未列入台账的违规污染源。", "Every source in violation is on the ledger.")
    name = Word("未入台账", "Not on the ledger")
    return Sheet(name, _UNLISTED, rows, empty, len(places) - len(rows), "findings.csv")


def section_sheet(sections: gpd.GeoDataFrame, findings: pd.DataFrame, language: str) -> Sheet:
    """断面: the class of each river section beside the one that it should have."""
    told = _texts(findings[findings["subject_layer"] == "river_sections"])
    rows = [
        {
            **record,
            "number": number,
            "water_type": _word(WATER_TYPES, record.get("water_type"), language),
            "class": _word(CLASSES, record["class"], language),
            "target_class": _word(CLASSES, record["target_class"], language),
            "attained": _ATTAINED[record["attained"]].text(language),
            "found": told.get(record["section_id"]),
        }
        for number, record in enumerate(records_of(sections.iloc[:MOST_OTHERS]), start=1)
    ]
    empty = Word("本项目没有监测断面数据（river_sections）。", "This project has no river sections.")
    return Sheet(Word("断面", "Sections"), _SECTIONS, rows, empty, len(sections) - len(rows), "sections.csv")


def change_sheet(
    changes: pd.DataFrame | None, titles: Mapping[str, Word], zones: Mapping[str, str], language: str
) -> Sheet:
    """变化: changes.csv in words, with DETAIL_COLUMNS where they are there; None where there is no run to compare with.

    `titles`: of rules, `zones`: names by id.
    """
    name = Word("变化", "Changes")
    if changes is None:
        empty = Word("没有上一次运行可以比较。", "There is no run before this one to compare with.")
        return Sheet(name, _CHANGES, [], empty)
    rows = [
        {
            **record,
            "number": number,
            "change": _word(CHANGES, record["change"], language),
            "subject_layer": _word(LAYER_KINDS, record["subject_layer"], language),
            "rule": titles[record["rule_id"]].text(language) if record["rule_id"] in titles else None,
            "zone": zones.get(record["zone_id"], record["zone_id"]),
            **{side: _word(_SIDES, record.get(side), language) for side in ("was", "now")},
            "cause": LISTED.text(language).join(
                str(_word(CAUSES, cause, language)) for cause in (record["cause"] or "").split(";") if cause
            ),
        }
        for number, record in enumerate(changes.iloc[:MOST_OTHERS].to_dict("records"), start=1)
    ]
    empty = Word("与上一次运行相比没有变化。", "Nothing changed since the run before.")
    return Sheet(name, _CHANGES, rows, empty, len(changes) - len(rows), "changes.csv")


def _cut(name: Word, columns: Sequence[LedgerColumn], rows: Sequence[Row], empty: Word, in_file: str) -> Sheet:
    """The sheet with no more rows than it may have."""
    return Sheet(name, columns, rows[:MOST_OTHERS], empty, max(len(rows) - MOST_OTHERS, 0), in_file)


def _word(words: Mapping[str, Word], code: Any, language: str) -> Any:
    """The word of a code, a code that has none as it is."""
    return words[code].text(language) if code in words else code


def _texts(findings: pd.DataFrame, column: str = "text") -> dict[str, str]:
    """By subject what its findings say, a line each, nothing twice."""
    told: dict[str, dict[str, None]] = {}
    for site, text in zip(findings["subject_id"], findings[column], strict=True):
        if text:
            told.setdefault(site, {})[text] = None
    return {site: "\n".join(lines) for site, lines in told.items()}
