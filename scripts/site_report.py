"""Answers about proposed footprints as lines for a terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gis.faults import codes
from layers.footprints import Footprints
from layers.paragraphs import (
    ANSWER_WORDS,
    VERDICTS,
    counts_told,
    not_asked_sentence,
    part_told,
    values_sentence,
    what_if_told,
)
from layers.site_questions import Reply, row_of
from layers.verdicts import metres, share
from layers.what_if import CHANGES, WhatIf
from scripts.display import page_width, painted, plain, shown_width, table, wrapped
from scripts.fault_lines import fault_lines

_COLOURS = {"applies": "red", "needs_checking": "yellow", "not_assessed": "yellow", "does_not_apply": "green"}
_MOST_SITES = 20

CHANGE_WORDS = {
    "falls_in": {"zh": "新落入", "en": "falls in"},
    "falls_out": {"zh": "不再落入", "en": "falls out"},
    "to_check": {"zh": "转为待核查", "en": "now to be checked"},
    "check_ends": {"zh": "不再待核查", "en": "no more to be checked"},
    "assessed_no_more": {"zh": "转为未评估", "en": "not assessed any more"},
    "assessed_now": {"zh": "不再是未评估", "en": "no more unassessed"},
}


def site_lines(found: Reply, paragraphs: Mapping[str, str], what_if: WhatIf, language: str) -> Iterator[str]:
    """The verdict in a line, the rules, their reasons, the zones around, what to know, and the paragraphs to paste."""
    site, zh, width = found.sites[0], language == "zh", min(page_width(), 100)
    yield verdict_line(site, language)
    yield counts_line(site, language)
    if "reason" in site:
        yield codes()[site["reason"]]["reason"][language]
    if what_if.asked:
        today = VERDICTS[site["today"]][language]
        yield from _wrapped(
            f"假设：{what_if_told(what_if, language)}。今日结论：{today}"
            if zh
            else f"What if: {what_if_told(what_if, language)}. Today: {today}",
            width,
        )
    yield ""
    yield from rules_table(site["rules"], language, width, today=what_if.asked)
    yield from _gone(found, language)
    for rule in site["rules"]:
        if rule["answer"] != "does_not_apply" or rule.get("because_of"):
            yield ""
            yield from _rule_lines(rule, language, width)
    if site["not_asked"]:
        yield ""
        yield from _wrapped(not_asked_sentence(site["not_asked"], language), width)
    yield ""
    yield from zones_table(site["zones"], found.told.reach, language, width)
    yield from _to_know(found, language, width)
    for title, text in (("中文", paragraphs["zh"]), ("English", paragraphs["en"])):
        yield ""
        yield painted(f"— {title} —", "bold")
        yield plain(text)


def verdict_line(site: Mapping[str, Any], language: str) -> str:
    """The verdict of one footprint."""
    verdict = painted(VERDICTS[site["verdict"]][language], _COLOURS[site["verdict"]])
    return f"结论：{verdict}" if language == "zh" else f"Verdict: {verdict}"


def counts_line(site: Mapping[str, Any], language: str) -> str:
    """How many rules gave which answer."""
    counts, zh = counts_told(site["rules"]), language == "zh"
    each = ("，" if zh else ", ").join(f"{ANSWER_WORDS[name][language]} {count}" for name, count in counts.items())
    return f"规则：{each}" if zh else f"Rules: {each}"


def rules_table(rules: Sequence[Mapping[str, Any]], language: str, width: int, *, today: bool = False) -> Iterator[str]:
    """One line per rule: id, answer, distance, margin, title."""
    zh = language == "zh"
    heading = ["规则", "结论", "距离", "余量", "内容"] if zh else ["rule", "answer", "distance", "margin", "about"]
    rows = [heading]
    for rule in rules:
        answer = ANSWER_WORDS[rule["answer"]][language]
        if today and rule["today"] != rule["answer"]:
            before = "–" if rule["today"] is None else ANSWER_WORDS[rule["today"]][language]
            answer = f"{before} → {answer}"
        rows.append(
            [rule["rule_id"], answer, _distance(rule, language), _metres(rule["margin_m"], language),
             plain(rule["title"])]
        )  # fmt: skip
    yield from _fitted(rows, width, right=frozenset({2, 3}))


def _gone(found: Reply, language: str) -> Iterator[str]:
    """The rules that say something today and are none of the what-if's."""
    if found.differences is None:
        return
    told = {rule["rule_id"] for rule in found.sites[0]["rules"]}
    for one in found.differences.itertuples(index=False):
        if one.rule_id not in told:
            today = ANSWER_WORDS[one.today][language]
            yield (
                f"{one.rule_id}：{today} → 不再有此规则"
                if language == "zh"
                else f"{one.rule_id}: {today} → no such rule"
            )


def zones_table(zones: Sequence[Mapping[str, Any]], reach: float, language: str, width: int) -> Iterator[str]:
    """One line per zone within the reach: id, name, level, distance, area or length inside, share."""
    zh, within = language == "zh", metres(reach, language)
    if not zones:
        yield f"{within}以内没有保护区数据。" if zh else f"No protection zone in the data within {within}."
        return
    yield f"{within}以内的保护区：" if zh else f"Protection zones within {within}:"
    heading = (
        ["编号", "级别", "距离", "重叠", "占比", "名称"]
        if zh
        else ["zone", "level", "distance", "inside", "share", "name"]
    )
    rows = [heading]
    for zone in zones:
        part, portion = "–", "–"
        if zone["inside"] and zone["overlap_share"] is None:
            part = "在其内" if zh else "inside"
        elif zone["inside"]:
            part, portion = part_told(zone, language).split("、" if zh else ", ")[0], share(zone["overlap_share"])
        rows.append(
            [str(zone["zone_id"]), str(zone["level"]), _metres(zone["distance_m"], language), part, portion,
             plain(str(zone["name"] or ""))]
        )  # fmt: skip
    yield from _fitted(rows, width, right=frozenset({2, 3, 4}))


def _fitted(rows: Sequence[Sequence[str]], width: int, *, right: frozenset[int]) -> Iterator[str]:
    """The rows with columns as wide as they need; the last one takes what is left."""
    widths = [max(shown_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    room = width - sum(widths[:-1]) - 2 * (len(widths) - 1)
    widths[-1] = max(min(widths[-1], room), 8)
    first, *rest = table(rows, widths, right=right)
    yield painted(first, "dim")
    yield from rest


def _rule_lines(rule: Mapping[str, Any], language: str, width: int) -> Iterator[str]:
    """Why a rule applies, needs checking or was not assessed, and what to do."""
    zh = language == "zh"
    answer = ANSWER_WORDS[rule["answer"]][language]
    for line in _wrapped(f"{rule['rule_id']} · {answer} · {rule['title']}", width):
        yield painted(line, "bold")
    told = [rule["text"], ("依据：" if zh else "Citation: ") + rule["citation"]]
    if rule["answer"] in ("applies", "needs_checking"):
        told.append(("处置：" if zh else "Remedy: ") + rule["remedy"])
    if rule.get("move_m") is not None:
        distance = metres(rule["move_m"], language)
        told.append(
            f"要脱离该条范围，至少须移动 {distance}（直线）"
            if zh
            else f"To leave its reach it must move by at least {distance} (straight line)"
        )
    told += [values_sentence(name, answers, language) for name, answers in rule.get("with_values", {}).items()]
    named = {"filing": ("须办理：", "To file: "), "penalty": ("罚则：", "Penalty: "), "note": ("说明：", "Note: ")}
    told += [names[0 if zh else 1] + rule[key] for key, names in named.items() if key in rule]
    for text in told:
        yield from _wrapped(text, width, indent="  ")


def _to_know(found: Reply, language: str, width: int) -> Iterator[str]:
    """What was assumed, and where the data end."""
    notes = [note[language] for note in (*found.facts["assumptions"], *found.notes)]
    if notes:
        yield ""
    for note in notes:
        yield from _wrapped(("注意：" if language == "zh" else "Note: ") + note, width)


def plan_lines(found: Reply, asked: Footprints, what_if: WhatIf, language: str) -> Iterator[str]:
    """Counts of a plan, what changes with the what-if, the first footprints that are restricted, rows rejected."""
    zh, width = language == "zh", min(page_width(), 100)
    sites = found.sites
    accepted, rejects = len(sites), len(asked.rejects)
    yield (
        f"读取 {accepted + rejects} 行 = 接受 {accepted} + 拒绝 {rejects}"
        if zh
        else f"read {accepted + rejects} = accepted {accepted} + rejected {rejects}"
    )
    verdicts = [site["verdict"] for site in sites]
    for name, words in VERDICTS.items():
        yield f"{verdicts.count(name):>7}  {painted(words[language], _COLOURS[name])}"
    if found.counts is not None:
        yield ""
        yield from _changes(found.counts, what_if, language, width)
    yield ""
    yield from _changed_sites(found, language, width) if what_if.asked else _first_sites(found, asked, language, width)
    yield from _to_know(found, language, width)
    yield from fault_lines(asked.rejects, language)


def _changes(counts: Mapping[str, Any], what_if: WhatIf, language: str, width: int) -> Iterator[str]:
    zh = language == "zh"
    yield from _wrapped(("假设：" if zh else "What if: ") + what_if_told(what_if, language), width)
    changes = [name for name in CHANGES if counts["sites"][name] or any(one[name] for one in counts["rules"].values())]
    heading = [CHANGE_WORDS[name][language] for name in changes]
    rows = [["与今日结论相比" if zh else "against today", *heading]]
    rows.append(["拟建项目" if zh else "footprints", *(str(counts["sites"][name]) for name in changes)])
    rows += [[key, *(str(one[name]) for name in changes)] for key, one in counts["rules"].items()]
    widths = [max(shown_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    yield from table(rows, widths, right=frozenset(range(1, len(widths))))
    yield f"不变：{counts['unchanged']}" if zh else f"unchanged: {counts['unchanged']}"


def _changed_sites(found: Reply, language: str, width: int) -> Iterator[str]:
    """Who falls in, who falls out …: the first footprints of which a rule says something else than today."""
    if found.differences is None or not len(found.differences):
        return
    zh = language == "zh"
    rows = [["行", "编号", "变化", "规则"] if zh else ["row", "id", "change", "rules"]]
    each = found.differences.groupby(["row", "id", "change"], sort=False)["rule_id"].agg(", ".join).reset_index()
    each = each.sort_values("change", key=lambda column: column.map(CHANGES.index), kind="stable")
    rows += [
        [str(one.row), plain(str(one.id)), CHANGE_WORDS[one.change][language], one.rule_id]
        for one in each.head(_MOST_SITES).itertuples(index=False)
    ]
    yield from _fitted(rows, width, right=frozenset({0}))
    more = len(each) - _MOST_SITES
    if more > 0:
        yield f"另有 {more} 项；全部用 -o 结果.csv 写出" if zh else f"{more} more; -o changes.csv writes all of them"


def _first_sites(found: Reply, asked: Footprints, language: str, width: int) -> Iterator[str]:
    """The first footprints about which something is to be said, each with the rules that say it."""
    zh = language == "zh"
    telling = [row for row, site in enumerate(found.sites) if site["verdict"] != "does_not_apply"]
    rows = [["行", "编号", "结论", "规则"] if zh else ["row", "id", "answer", "rules"]]
    for row in telling[:_MOST_SITES]:
        site, known = found.sites[row], row_of(asked, row)
        ids = [rule["rule_id"] for rule in site["rules"] if rule["answer"] == site["verdict"]]
        told = ", ".join(ids) or site.get("reason", "")
        rows.append([str(known["row"]), plain(str(known["id"])), ANSWER_WORDS[site["verdict"]][language], told])
    if len(rows) > 1:
        yield from _fitted(rows, width, right=frozenset({0}))
    more = len(telling) - _MOST_SITES
    if more > 0:
        yield (
            f"另有 {more} 个；全部结论用 -o 结果.csv 或 --json 输出"
            if zh
            else f"{more} more; -o answers.csv or --json gives all answers"
        )


def _wrapped(text: str, width: int, *, indent: str = "") -> Iterator[str]:
    return wrapped(plain(text), width, first=indent, rest=indent)


def _metres(value: float | None, language: str) -> str:
    return "–" if value is None else metres(value, language)


def _distance(rule: Mapping[str, Any], language: str) -> str:
    beyond = rule.get("nothing_within_m")
    return _metres(rule["distance_m"], language) if beyond is None else f"> {metres(beyond, language)}"
