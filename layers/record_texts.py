"""The sentences of findings about records: what is stated, how good the water is, where the ledger contradicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from layers.rule import TARGET, Rule
from layers.verdicts import WHY, attribute, zone_names
from layers.words import CLASSES, STATUSES, WORDS_OF_VALUES, Word

if TYPE_CHECKING:
    from layers.surroundings import Surroundings

NOT_ON_LEDGER = {
    "zh": "有违规问题，但没有对应的整改点位：尚未列入整改台账",
    "en": "in violation, but no remediation site is about it: not on the ledger",
}


def joined(parts: Sequence[str], language: str) -> str:
    """The parts that say something, as one sentence."""
    return ("；" if language == "zh" else "; ").join(part for part in parts if part)


def with_why(text: str, rule: Rule, around: Surroundings, language: str) -> str:
    """The sentence, and why it is no violation where the rule itself makes it none."""
    why = []
    if rule.case is None:
        if not around.rules.statutory(rule):
            why.append(WHY[language]["screening"])
        else:
            why += [WHY[language]["unreviewed"]] if not rule.is_reviewed(around.as_of) else []
            why += [WHY[language][rule.effect]] if rule.effect != "prohibited" else []
    return joined([text, *why], language)


def lacking(names: Sequence[str], language: str) -> str:
    """Which attributes are missing; nothing where none is."""
    missing = ("、" if language == "zh" else ", ").join(attribute(name, language) for name in names)
    return WHY[language]["lacking"].format(lacking=missing) if names else ""


def stated(values: Mapping[str, object], unstated: Sequence[str], language: str) -> str:
    """What the record says of each attribute that the rule asks for, and what it does not say."""
    zh = language == "zh"
    comma = "、" if zh else ", "
    known = [
        f"{attribute(name, language)}{'：' if zh else ': '}{_word(value, language)}"
        for name, value in values.items()
        if value is not None
    ]
    told = (("登记资料：" if zh else "the record says ") + comma.join(known)) if known else ""
    return joined([told, lacking(unstated, language)], language)


def _word(value: object, language: str) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    for table in WORDS_OF_VALUES:
        if text in table:
            return table[text].text(language)
    return text


def quality(rule: Rule, measured: object, limit: object, language: str) -> str:
    """The class a section has against the class it must have."""
    has, must = (CLASSES[str(one)].text(language) if str(one) in CLASSES else "–" for one in (measured, limit))
    if language == "zh":
        return f"实测水质{has}，劣于" + (f"水质目标{must}" if rule.worse_than == TARGET else f"应达到的{must}")
    return f"measured {has}, worse than " + (
        f"its target {must}" if rule.worse_than == TARGET else f"the {must} needed"
    )


def in_zone(zone: Mapping[str, Any], levels: Mapping[str, Word], language: str, *, sure: bool) -> str:
    """That a section lies in a zone; whether it does at all may be in doubt."""
    level = levels[str(zone["level"])].text(language) if zone["level"] in levels else ""
    name = "" if zone["name"] is None or zone["name"] != zone["name"] else str(zone["name"])
    called = zone_names([name], [level], "protection_zones", language)[0]
    if language == "zh":
        return f"断面位于{called}内" if sure else f"断面在{called}边界附近，位置需核定"
    return f"the section lies in {called}" if sure else f"the section is near the edge of {called}: settle its place"


def still_violating(source_id: str, status: str, found: str, language: str, *, sure: bool) -> str:
    """That the ledger says done, and the source says otherwise."""
    done = STATUSES[status].text(language)
    if language == "zh":
        what = "仍有违规" if sure else "仍可能违规，需核查"
        return f"台账状态为“{done}”，但对应污染源 {source_id} {what}：{found}；应列入回头看"
    what = "still violates" if sure else "may still violate, check"
    return f"the ledger says {done}, but its source {source_id} {what}: {found}; look back at it"


def source_unknown(source_id: str, status: str, language: str) -> str:
    """That the source of a finished problem cannot be judged, because it is not in the data."""
    done = STATUSES[status].text(language)
    if language == "zh":
        return f"台账状态为“{done}”，但污染源数据中没有 {source_id}，不能核实是否仍违规"
    return f"the ledger says {done}, but no source {source_id} is in the data: whether it still violates is not known"


def overdue(deadline: str, status: str, as_of: date, language: str) -> str:
    """By how many days a problem is overdue."""
    days = (as_of - date.fromisoformat(deadline)).days if len(deadline) == 10 else None
    done = STATUSES[status].text(language)
    if language == "zh":
        late = f"，逾期 {days} 天" if days is not None else ""
        return f"整改时限 {deadline}{late}，台账状态为“{done}”"
    late = f", {days} days overdue" if days is not None else ""
    return f"deadline {deadline}{late}; the ledger says {done}"
