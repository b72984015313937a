"""Parts of a rule as a person reads them: its articles and their days, whom it is about, what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from layers.drawings import ASCII, BLOCKS, Drawing, Marks, drawing_of
from layers.rule import ZONES, Basis, Example, Rule
from layers.rule_book import RuleSet
from layers.rule_faults import WORDS_OF
from layers.verdicts import OF_NAMES
from layers.words import BOOLEANS, EFFECTS, KINDS, LAYER_KINDS, SEVERITIES
from scripts.display import shows_blocks

RELATIONS: Mapping[str, Mapping[str, str]] = {
    "inside": {"zh": "位于其内", "en": "inside"},
    "crosses": {"zh": "穿越", "en": "crosses"},
    "within": {"zh": "在其外一定距离内", "en": "outside, but within"},
    "quality": {"zh": "水质类别", "en": "water-quality class"},
    "status": {"zh": "记录本身", "en": "what the record says"},
}

CASE_TEXTS: Mapping[str, Mapping[str, str]] = {
    "still_violating": {"zh": "已完成、验收或销号，而污染源仍违规", "en": "finished, while its source still violates"},
    "not_on_ledger": {"zh": "违规，而没有整改点位与之对应", "en": "in violation, and no remediation site is about it"},
    "overdue": {"zh": "过了整改时限，尚未完成", "en": "past its deadline and not finished"},
    "outside_next_level": {"zh": "超出外一级保护区", "en": "reaches out of the next level"},
    "gap": {"zh": "与外一级之间有空隙", "en": "leaves a gap to the next level"},
    "overlap_of_sources": {"zh": "与另一水源的保护区重叠", "en": "overlaps a zone of another source"},
}


def days(first: date | None, last: date | None, language: str) -> str:
    """The days from and to which something holds; "" where neither is stated."""
    if first and last:
        return f"{first} 至 {last}" if language == "zh" else f"{first} to {last}"
    if first:
        return f"{first} 起" if language == "zh" else f"since {first}"
    if last:
        return f"至 {last}" if language == "zh" else f"until {last}"
    return ""


def state_of(rule: Rule, day: date, language: str) -> str:
    """Whether a person has compared its articles with the official text."""
    if rule.is_reviewed(day):
        return "条款已核对" if language == "zh" else "citation reviewed"
    return "条款待核对" if language == "zh" else "citation to be checked"


def article_line(basis: Basis, language: str) -> str:
    """One article with its days, and whether it is still to be checked."""
    told = [basis.citation(language), days(basis.from_, basis.to, language)]
    if not basis.reviewed:
        told.append("条款待核对" if language == "zh" else "citation to be checked")
    return ("，" if language == "zh" else ", ").join(part for part in told if part)


def force_of(rule: Rule, language: str) -> str:
    """What the rule does and how grave it is."""
    return f"{EFFECTS[rule.effect].text(language)} · {SEVERITIES[rule.severity].text(language)}"


def about(rule: Rule, rules: RuleSet, language: str) -> Iterator[tuple[str, str]]:
    """Whom the rule is about, as pairs of a name and a text."""
    zh = language == "zh"
    every = "全部" if zh else "every"
    comma = "、" if zh else ", "
    yield "图层" if zh else "layer", LAYER_KINDS[rule.subject].text(language)
    if rule.kinds is not None or rule.subject in ("pollution_sources", "remediation_sites"):
        kinds = [rules.kinds.get(kind, KINDS["other"]).text(language) for kind in rule.kinds or ()]
        yield "对象" if zh else "kinds", comma.join(kinds) or every
    if (rule.placed and rule.of == ZONES) or rule.levels:
        levels = [rules.levels[level].text(language) for level in rule.levels or ()]
        yield "保护区级别" if zh else "levels", comma.join(levels) or every
    told = RELATIONS[rule.relation][language]
    if rule.within_m:
        told += f" {rule.within_m:g} m"
    if rule.placed:
        told += f"（{LAYER_KINDS[rule.of].text(language)}）" if zh else f" ({LAYER_KINDS[rule.of].text(language)})"
    yield "关系" if zh else "relation", told


def conditions(rule: Rule, language: str) -> list[tuple[str, str]]:
    """The attributes that the rule asks for, as pairs of a name and what it asks of it."""
    zh = language == "zh"
    asked = [
        ("条件" if zh else "where", rule.where),
        ("例外" if zh else "unless", rule.unless),
        ("保护区条件" if zh else "where the zone has", rule.zone_where),
    ]
    found = [
        (name, f"{attribute} = {_values(attribute, allowed, language)}")
        for name, values in asked
        for attribute, allowed in values.items()
    ]
    if rule.medium:
        found.append((asked[2][0], f"medium = {rule.medium}"))
    for attribute, years in rule.older_than_years.items():
        found.append(
            (asked[0][0], f"{attribute} 早于 {years:g} 年前" if zh else f"{attribute} older than {years:g} years")
        )
    if rule.worse_than:
        found.append((asked[0][0], f"class {'劣于' if zh else 'worse than'} {rule.worse_than}"))
    if rule.case:
        found.append(
            (asked[0][0], f"{CASE_TEXTS[rule.case][language]}（{rule.case}）" if zh else CASE_TEXTS[rule.case]["en"])
        )
    if rule.built_from:
        told = (
            f"built_on 在 {rule.built_from} 或之后，或拟建"
            if zh
            else f"built_on {rule.built_from} or later, or planned"
        )
        found.append((asked[0][0], told))
    least = rule.minimum.model_dump(exclude_defaults=True)
    found += [("至少" if zh else "at least", f"{name} {value:g}") for name, value in least.items()]
    return found


def _values(attribute: str, allowed: tuple[str | bool | float, ...], language: str) -> str:
    """The allowed values; words of ours are also said in Chinese, for they stand in data that way."""
    words = WORDS_OF.get(attribute, {})
    told = []
    for one in allowed:
        if isinstance(one, bool):
            told.append(BOOLEANS[str(one).lower()].text(language))
        elif language == "zh" and str(one) in words:
            told.append(f"{words[str(one)].zh}（{one}）")
        else:
            told.append(str(one))
    return (" 或 " if language == "zh" else " or ").join(told)


def zone_name(rule: Rule, language: str) -> str:
    """What the legend of its drawings calls the thing that a subject relates to."""
    return OF_NAMES[rule.of][language]


def example_drawing(rule: Rule, example: Example) -> Drawing | None:
    """The drawing of an example; None where its answer does not follow from a place."""
    try:
        doubt = float(example.attributes.get("located_to_metres") or 0)
    except (TypeError, ValueError):
        doubt = 0.0
    return drawing_of(example.zone, example.subject, reach=rule.within_m or 0.0, doubt=doubt)


def marks() -> Marks:
    """The letters to draw with on this terminal."""
    return BLOCKS if shows_blocks() else ASCII


def example_facts(rule: Rule, example: Example, rules: RuleSet, language: str) -> str:
    """What an example says besides its drawing: level, kind and attributes; a missing one is said to be so."""
    missing = "缺" if language == "zh" else "missing"
    level = example.level or (rule.levels[0] if rule.levels and example.zone else "")
    kind = example.kind or (rule.kinds[0] if rule.kinds else "")
    parts = [
        rules.levels[level].text(language) if level in rules.levels else level,
        rules.kinds[kind].text(language) if kind in rules.kinds else kind,
    ]
    given = {**example.attributes, **{f"zone_{name}": value for name, value in example.zone_attributes.items()}}
    if example.medium is not None:
        given["medium"] = example.medium
    for name, value in given.items():
        told = missing if value == "" else str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f"{name} = {told}")
    return " · ".join(part for part in parts if part)
