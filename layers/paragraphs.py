"""An answer about a footprint as a paragraph to paste into a letter: whole sentences, in Chinese or English.

It names the date of the law, the data and their editions, what was assumed, what is in doubt, and always what was not
assessed and where the data end: an answer without these could be read as "no conflict".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import shapely

from gis.faults import codes
from gis.metres import ground_area, ground_length
from layers.footprints import DRAWN, attributes_known
from layers.planning import WIDER
from layers.rule_book import ZONES, RuleSet
from layers.site_answers import value_text
from layers.verdicts import attribute, metres, share, square_metres
from layers.what_if import WhatIf
from layers.words import LAYER_KINDS

VERDICTS = {
    "applies": {"zh": "有适用的限制，按所填条件不可行", "en": "restricted: not possible as proposed"},
    "needs_checking": {"zh": "须先核查，不能直接下结论", "en": "to be checked before anything is concluded"},
    "not_assessed": {"zh": "有规则未能评估，没有结论", "en": "not assessed in part or at all: no conclusion"},
    "does_not_apply": {"zh": "已评估的规则均不适用", "en": "none of the rules assessed applies"},
}

ANSWER_WORDS = {
    "applies": {"zh": "适用", "en": "applies"},
    "needs_checking": {"zh": "待核查", "en": "to check"},
    "not_assessed": {"zh": "未评估", "en": "not assessed"},
    "does_not_apply": {"zh": "不适用", "en": "does not apply"},
}

# The note of a run on sites without a stated accuracy.
_EXACT = "POSITIONS_TAKEN_AS_EXACT"

_SENTENCES = {
    "zh": {
        "subject": "拟建项目{name}（{kind}；{attributes}；{shape}；{accuracy}），按 {day} 有效的规定"
        "和项目“{title}”的数据核查。",
        "what_if": "本次为假设核查：{what}；按项目现有设置的结论为：{today}。",
        "verdict": "结论：{verdict}（适用 {applies} 条，待核查 {needs_checking} 条，未评估 {not_assessed} 条，"
        "不适用 {does_not_apply} 条）。",
        "applies": "适用：{rule}，{text}。依据：{citation}。处置：{remedy}。",
        "move": "要脱离该条范围，至少须移动 {metres}（直线距离）。",
        "needs_checking": "待核查：{rule}，{text}。依据：{citation}。",
        "values": "若“{name}”为{values}。",
        "value": "“{value}”则{answer}",
        "filing": "须办理：{filing}。",
        "not_assessed": "未评估：{rules}，{reason}。",
        "no_rule": "所用法规库没有针对该类型的现行规则，因此没有结论。",
        "does_not_apply": "不适用：{rules}。",
        "excluded": "位置在其范围之内、仅因所填属性不适用：{rules}；属性不实则结论不成立。",
        "because": "{id}（{attributes}）",
        "nearest": "其中离适用界线最近的是{rule}，余量 {metres}（直线距离）。",
        "zones": "{reach}以内的保护区：{zones}。",
        "documents": "保护区依据的文件：{documents}。",
        "no_zones": "{reach}以内没有保护区数据。",
        "no_layer": "项目没有当日有效的保护区数据。",
        "inside": "{zone}（重叠 {part}）",
        "in": "{zone}（在其内，距边界 {depth}）",
        "away": "{zone}（{distance}）",
        "books": "规定：{books}。",
        "data": "数据：{data}。",
        "assumed": "假定与限制：{assumptions}",
        "end": "本段为数据核查结果，不是法律认定；没有列出的规定和没有数据的区域均未评估，认定和界线以主管部门为准。",
        "list": "、", "rule": "{id}（{title}）", "exact": "位置精度未说明，按准确处理",
        "accuracy": "位置精度 {metres}", "unstated": "未填属性", "name": "“{name}”",
        "not_asked": "与位置无关的规定：{rules}，因未填属性没有提问，须另行核对。",
        "lacks": "{id}（{title}；未填：{names}）",
        "others": "法规库另有 {count} 条规则不针对此类对象或当日无效，未列出。",
    },
    "en": {
        "subject": "The proposed site{name} ({kind}; {attributes}; {shape}; {accuracy}) was checked against the "
        "law in force on {day} and the data of the project “{title}”. ",
        "what_if": "This is a what-if: {what}; with the project's own settings the conclusion is: {today}. ",
        "verdict": "Conclusion: {verdict} (rules that apply: {applies}, to be checked: {needs_checking}, not "
        "assessed: {not_assessed}, that do not apply: {does_not_apply}). ",
        "applies": "Applies, {rule}: {text}. Citation: {citation}. Remedy: {remedy}. ",
        "move": "To leave its reach the site must move by at least {metres} (straight line). ",
        "needs_checking": "To be checked, {rule}: {text}. Citation: {citation}. ",
        "values": "Where “{name}” is {values}. ",
        "value": "“{value}” it {answer}",
        "filing": "To file: {filing}. ",
        "not_assessed": "Not assessed, {rules}: {reason}. ",
        "no_rule": "The rule books used have no rule in force for this kind, so there is no conclusion. ",
        "does_not_apply": "Not applying: {rules}. ",
        "excluded": "By its place it falls under these, and only what was stated keeps it out: {rules}; if that is not "
        "so, neither is the conclusion. ",
        "because": "{id} ({attributes})",
        "nearest": "Of these {rule} is the nearest to applying, with a margin of {metres} (straight line). ",
        "zones": "Protection zones within {reach}: {zones}. ",
        "documents": "Documents of these zones: {documents}. ",
        "no_zones": "There is no protection zone in the data within {reach}. ",
        "no_layer": "The project has no protection zone in force on that day. ",
        "inside": "{zone} (overlap {part})",
        "in": "{zone} (inside, {depth} from its edge)",
        "away": "{zone} ({distance})",
        "books": "Rules: {books}. ",
        "data": "Data: {data}. ",
        "assumed": "Assumptions and limits: {assumptions} ",
        "end": "This is the result of a check of data and no legal finding; rules that are not listed and places "
        "without data were not assessed, and the authority decides on findings and boundaries.",
        "list": ", ", "rule": "{id} ({title})", "exact": "position accuracy not stated, taken as exact",
        "accuracy": "position known to {metres}",
        "unstated": "no attribute stated", "name": " “{name}”",
        "not_asked": "Rules wherever the site lies, not asked as nothing is stated, to be looked at: {rules}. ",
        "lacks": "{id} ({title}; not stated: {names})",
        "others": "Further rules of the books that are not about such a site or not in force that day: {count}. ",
    },
}  # fmt: skip


def paragraph(
    site: Mapping[str, Any],
    footprint: gpd.GeoDataFrame,
    facts: Mapping[str, Any],
    rules: RuleSet,
    *,
    reach: float,
    what_if: WhatIf,
    notes: Sequence[Mapping[str, str]],
    language: str,
) -> str:
    """The paragraph about one footprint (a frame of one row) and what was answered about it (`sites_told`, in full)."""
    words = _SENTENCES[language]
    told = [_subject(footprint, facts, rules, language)]
    if what_if.asked:
        today = VERDICTS[site["today"]][language]
        told.append(words["what_if"].format(what=what_if_told(what_if, language), today=today))
    told.append(_verdict(site, language))
    if "reason" in site:
        told.append(words["no_rule"])
    told += rules_sentences(site["rules"], language)
    told.append(zones_sentence(site["zones"], facts, reach, language))
    if site["not_asked"]:
        told.append(not_asked_sentence(site["not_asked"], language))
    others = sum(WIDER not in rule_id for rule_id in rules.rules) - len(site["rules"]) - len(site["not_asked"])
    if others:
        told.append(words["others"].format(count=others))
    told += sources(facts, [*facts["assumptions"], *notes], language)
    return "".join(told)


def what_if_told(what_if: WhatIf, language: str) -> str:
    """What was asked to be otherwise, in words."""
    zh, told = language == "zh", []
    if what_if.buffer_m:
        distance = metres(what_if.buffer_m, language)
        told.append(f"距保护区 {distance}以内视同在区内" if zh else f"within {distance} of a zone counts as inside it")
    if what_if.books is not None:
        books = ", ".join(what_if.books)
        told.append(f"法规库改为 {books}" if zh else f"rule books {books}")
    if what_if.as_of is not None:
        told.append(f"按 {what_if.as_of} 有效的规定" if zh else f"the law of {what_if.as_of}")
    return ("；" if zh else "; ").join(told)


def shape_told(geometry: shapely.Geometry, language: str) -> str:
    """What a footprint is: a point with its place, a line with its length, an area."""
    one, zh = [geometry], language == "zh"
    place = shapely.point_on_surface(geometry)
    at = f"{place.x:.5f}, {place.y:.5f}"
    dimension = shapely.get_dimensions(geometry)
    if dimension == 0:
        return f"点位 {at}" if zh else f"a point at {at}"
    if dimension == 1:
        length = metres(float(ground_length(one)[0]), language)  # type: ignore[arg-type]
        return f"线，长 {length}，经过 {at}" if zh else f"a line of {length} through {at}"
    area = square_metres(float(ground_area(one)[0]), language)  # type: ignore[arg-type]
    return f"面，{area}，在 {at}" if zh else f"an area of {area} at {at}"


def _subject(footprint: gpd.GeoDataFrame, facts: Mapping[str, Any], rules: RuleSet, language: str) -> str:
    words, site = _SENTENCES[language], footprint.iloc[0]
    stated = [
        f"{attribute(name, language)} = {value_text(site[name], language)}"
        for name in attributes_known(rules)
        if name in footprint and site[name] is not None and site[name] == site[name]
    ]
    known = float(site["located_to_metres"])
    accuracy = words["exact"] if known != known else words["accuracy"].format(metres=metres(known, language))
    kind = rules.kinds.get(site["kind"])
    name = "" if site["source_file"] == DRAWN else words["name"].format(name=site["name"])
    return words["subject"].format(
        name=name,
        kind=kind.text(language) if kind else site["kind"],
        attributes=words["list"].join(stated) or words["unstated"],
        shape=shape_told(footprint.geometry.iloc[0], language),
        accuracy=accuracy,
        day=facts["as_of"],
        title=facts["title"],
    )


def _verdict(site: Mapping[str, Any], language: str) -> str:
    counts = counts_told(site["rules"])
    return _SENTENCES[language]["verdict"].format(verdict=VERDICTS[site["verdict"]][language], **counts)


def counts_told(rules: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rules gave each answer."""
    answers = [rule["answer"] for rule in rules]
    return {answer: answers.count(answer) for answer in ANSWER_WORDS}


def rules_sentences(rules: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """The sentences on every rule: each that applies or needs checking, the others together."""
    words, told = _SENTENCES[language], []
    for rule in rules:
        if rule["answer"] not in ("applies", "needs_checking"):
            continue
        own = rule[language]
        named = words["rule"].format(id=rule["rule_id"], title=own["title"])
        stop = own["remedy"].rstrip("。.")
        told.append(words[rule["answer"]].format(rule=named, text=own["text"], citation=own["citation"], remedy=stop))
        if rule.get("move_m") is not None:
            told.append(words["move"].format(metres=metres(rule["move_m"], language)))
        told += [values_sentence(name, answers, language) for name, answers in rule.get("with_values", {}).items()]
        if "filing" in own:
            told.append(words["filing"].format(filing=own["filing"].rstrip("。.")))
    reasons: dict[str, list[str]] = {}
    for rule in rules:
        if rule["answer"] == "not_assessed":
            reasons.setdefault(rule["reason"], []).append(rule["rule_id"])
    for code, ids in reasons.items():
        reason = codes()[code]["reason"][language]
        told.append(words["not_assessed"].format(rules=words["list"].join(ids), reason=reason))
    return told + _not_applying([rule for rule in rules if rule["answer"] == "does_not_apply"], language)


def _not_applying(rules: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    words = _SENTENCES[language]
    if not rules:
        return []
    told = [words["does_not_apply"].format(rules=words["list"].join(rule["rule_id"] for rule in rules))]
    excluded = [rule for rule in rules if rule.get("because_of") and rule["relation"] != "status"]
    if excluded:
        told.append(words["excluded"].format(rules=words["list"].join(_because(rule, language) for rule in excluded)))
    near = [rule for rule in rules if rule["margin_m"] is not None]
    if near:
        nearest = min(near, key=lambda rule: float(rule["margin_m"]))
        margin = metres(nearest["margin_m"], language)
        told.append(words["nearest"].format(rule=nearest["rule_id"], metres=margin))
    return told


def _because(rule: Mapping[str, Any], language: str) -> str:
    """A rule that only the attributes stated keep from applying, with these."""
    words = _SENTENCES[language]
    stated = [f"{attribute(name, language)} = {value_text(one, language)}" for name, one in rule["because_of"].items()]
    return words["because"].format(id=rule["rule_id"], attributes=words["list"].join(stated))


def not_asked_sentence(rules: Sequence[Mapping[str, Any]], language: str) -> str:
    """The rules without a place that could not be asked, and what was not stated for each."""
    words = _SENTENCES[language]
    each = [
        words["lacks"].format(
            id=rule["rule_id"],
            title=rule[language]["title"],
            names=words["list"].join(attribute(name, language) for name in rule["lacking"]),
        )
        for rule in rules
    ]
    return words["not_asked"].format(rules=words["list"].join(each))


def values_sentence(name: str, answers: Mapping[str, str], language: str) -> str:
    """What each value of a missing attribute would give."""
    words = _SENTENCES[language]
    each = [
        words["value"].format(value=value_text(value, language), answer=_answer(answer, language))
        for value, answer in answers.items()
    ]
    return words["values"].format(name=attribute(name, language), values=words["list"].join(each))


def _answer(answer: str, language: str) -> str:
    if language == "zh":
        return ANSWER_WORDS[answer]["zh"]
    verbs = {"needs_checking": "still needs checking", "not_assessed": "is not assessed"}
    return verbs.get(answer, ANSWER_WORDS[answer]["en"])


def zones_sentence(zones: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], reach: float, language: str) -> str:
    """The zones within reach, each with its distance or how much of the site lies in it."""
    words = _SENTENCES[language]
    absent = any(note["code"] == "LAYER_ABSENT" and ZONES in note["en"] for note in facts["assumptions"])
    within = metres(reach, language)
    if not zones:
        return words["no_layer"] if absent else words["no_zones"].format(reach=within)
    told = []
    for zone in zones:
        name = zone["name"] or zone["zone_id"]
        if not zone["inside"]:
            told.append(words["away"].format(zone=name, distance=metres(zone["distance_m"], language)))
        elif zone["overlap_share"] is None:
            told.append(words["in"].format(zone=name, depth=metres(zone["depth_m"], language)))
        else:
            told.append(words["inside"].format(zone=name, part=part_told(zone, language)))
    documents = dict.fromkeys(zone["document"] for zone in zones if zone.get("document"))
    cited = words["documents"].format(documents=words["list"].join(documents)) if documents else ""
    return words["zones"].format(reach=within, zones=words["list"].join(told)) + cited


def part_told(zone: Mapping[str, Any], language: str) -> str:
    """How much of an area or a line lies in a zone: square metres or metres, and the share."""
    part = zone["overlap_m2"]
    measure = metres(zone["overlap_m"], language) if part is None else square_metres(part, language)
    return f"{measure}{_SENTENCES[language]['list']}{share(zone['overlap_share'])}"


def sources(facts: Mapping[str, Any], notes: Sequence[Mapping[str, str]], language: str) -> list[str]:
    """The sentences on rule books, data and assumptions, and the last word."""
    words, zh = _SENTENCES[language], language == "zh"
    books = [
        f"{book['title'][language]}（{book['jurisdiction']}，{book['edition']} 版）"
        if zh
        else f"{book['title'][language]} ({book['jurisdiction']}, edition {book['edition']})"
        for book in facts["rule_books"]
    ]
    data = [
        f"{one['path']}（{_layer(one['kind'], language)}，{one['accepted']} 行，SHA-256 {one['sha256'][:12]}）"
        if zh
        else f"{one['path']} ({_layer(one['kind'], language)}, {one['accepted']} rows, SHA-256 {one['sha256'][:12]})"
        for one in facts["inputs"]
    ]
    told = [words["books"].format(books=words["list"].join(books))]
    if data:
        told.append(words["data"].format(data=words["list"].join(data)))
    limits = [note[language] for note in notes if note["code"] != _EXACT]  # the accuracy stands at the beginning
    if limits:
        told.append(words["assumed"].format(assumptions=("" if zh else " ").join(limits)))
    return [*told, words["end"]]


def _layer(kind: str, language: str) -> str:
    return LAYER_KINDS[kind].zh if language == "zh" else kind.replace("_", " ")
