"""Answers about footprints told in full: the answer of each rule, where, how near, margin, articles, what to do.

One dict per footprint, as `headwater check-site --json` gives it. Texts come in Chinese and English; `citation`, `text`
and `remedy` stand in the language asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.faults import codes
from layers.coverage import REASONS
from layers.findings import LANGUAGES
from layers.footprints import SOURCES, attributes_of
from layers.near_zones import Gap, gaps, near, reach_needed, rounded, zones_told
from layers.planning import (
    ANSWERS,
    APPLIES,
    DOES_NOT_APPLY,
    NO_RULE,
    NOT_ASKED,
    NOT_ASSESSED,
    Answered,
    missing,
    rules_by_column,
)
from layers.rule_book import ZONES, Rule
from layers.rule_faults import WORDS_OF
from layers.surroundings import TARGET_ID
from layers.variants import Tried
from layers.verdicts import OF_NAMES, attribute, metres, zone_names
from layers.words import BOOLEANS

OUTSIDE = {
    "zh": {
        "stated": "所填属性（{attributes}）不在该条之列",
        "attributes": "按位置落入该条的范围，因所填属性（{attributes}）不适用",
        "near": "在该条所涉的{of}之外，最近的是{zone}，相距 {distance}",
        "reach": "距最近的{zone} {distance}，该条管到 {limit}",
        "inside": "在{zone}之内；该条只管其外 {limit}以内，区内见其他规则",
        "touches": "与{zone}仅相接，或重叠未达到该条的限度",
        "nothing": "{reach}以内没有该条所涉的{of}",
    },
    "en": {
        "stated": "what is stated ({attributes}) is not what the rule is about",
        "attributes": "its place falls under the rule, the attributes stated ({attributes}) do not",
        "near": "outside every {of} that the rule is about; nearest {zone}, {distance} away",
        "reach": "{distance} from the nearest, {zone}; the rule reaches {limit}",
        "inside": "inside {zone}; the rule is about what lies outside and within {limit}; see the other rules",
        "touches": "only touches {zone}, or overlaps it by less than the rule asks for",
        "nothing": "no {of} that the rule is about within {reach}",
    },
}


class Told(NamedTuple):
    """Everything answered about footprints, ready to be told one by one.

    `zones`: NEAR_COLUMNS of the protection zones within `reach` metres. `by_place`: which (footprint, rule) would be
    flagged by its place alone. `with_values`: what values of missing attributes would give, where that was asked.
    `unknown`: per attribute which footprints do not state it. `groups`: per column the rules that answer as one.
    """

    footprints: gpd.GeoDataFrame
    answered: Answered
    reach: float
    zones: pd.DataFrame
    gaps: Sequence[Gap]
    by_place: NDArray[np.bool_]
    with_values: Tried
    unknown: Mapping[str, NDArray[np.bool_]]
    groups: Sequence[Sequence[Rule]]


def told(
    footprints: gpd.GeoDataFrame,
    answered: Answered,
    *,
    reach: float,
    by_place: NDArray[np.bool_],
    with_values: Tried | None = None,
) -> Told:
    """The answers with the distances to everything within `reach` metres, or within the reach of a rule."""
    around = answered.around
    layers = [of for of in around.related_to(SOURCES) if of in around.frames]
    found = {of: near(footprints, around, of, metres=reach_needed(around, of, reach)) for of in layers}
    groups = rules_by_column(answered)
    zones = found.get(ZONES)
    zones = pd.DataFrame({"site": [], "distance_m": []}) if zones is None else zones
    return Told(
        footprints,
        answered,
        reach,
        zones[zones["distance_m"] <= reach].reset_index(drop=True),
        gaps(footprints, around, groups, found),
        by_place,
        with_values or {},
        {name: missing(footprints, name) for rule in answered.rules for name in attributes_of(rule)},
        groups,
    )


def sites_told(every: Told, language: str, *, in_full: bool = True) -> list[dict[str, Any]]:
    """Per footprint its verdict, the zones around it, and every rule that is about such a site, worst first.

    `in_full`: with all texts in both languages; without, texts in `language` only, for plans of thousands.
    """
    count, answered = len(every.footprints), every.answered
    zones_frame = answered.around.frames.get(ZONES)
    zones = [] if zones_frame is None else zones_told(every.zones, zones_frame)
    zone_rows = _slices(every.zones["site"].to_numpy(dtype=np.intp), count)
    hits = list(answered.hits.itertuples(index=False))
    hit_rows = _slices(answered.hits["subject"].to_numpy(dtype=np.intp), count)
    texts = [_rule_texts(rule, answered) for rule in answered.rules]
    sites = []
    for row in range(count):
        own: dict[int, list[Any]] = {}
        for hit in hits[hit_rows[row]]:
            own.setdefault(hit.rule, []).append(hit)
        columns = np.flatnonzero(answered.answer[row] != NOT_ASKED)
        order = columns[np.argsort(answered.answer[row, columns], kind="stable")].tolist()
        rules = [_rule_told(every, row, at, own.get(at, []), texts[at], language, in_full) for at in order]
        reason = {} if len(columns) else {"reason": REASONS[NO_RULE]}
        verdict = ANSWERS[answered.verdict[row]]
        site = {"verdict": verdict, **reason, "zones": zones[zone_rows[row]], "rules": rules}
        if in_full:
            site["not_asked"] = _not_asked(every, row, texts, language)
        sites.append(site)
    return sites


def _not_asked(
    every: Told, row: int, texts: Sequence[Mapping[str, Mapping[str, Any]]], language: str
) -> list[dict[str, Any]]:
    """Rules on sites of this kind wherever they lie that were not asked, since what they ask for is not stated."""
    kind = every.footprints["kind"].iloc[row]
    told = []
    for column, rule in enumerate(every.answered.rules):
        if rule.placed or rule.case is not None or every.answered.answer[row, column] != NOT_ASKED:
            continue
        lacking = [name for name in attributes_of(rule) if every.unknown[name][row]]
        if lacking and (rule.kinds is None or kind in rule.kinds):
            both = {one: texts[column][one] for one in LANGUAGES}
            told.append({"rule_id": rule.id, "lacking": lacking, **texts[column][language], **both})
    return told


def _slices(owner: NDArray[np.intp], count: int) -> list[slice]:
    """The rows of each owner, which are sorted by it."""
    bounds = np.searchsorted(owner, np.arange(count + 1)).tolist()
    return [slice(start, end) for start, end in pairwise(bounds)]


def _rule_texts(rule: Rule, answered: Answered) -> dict[str, dict[str, Any]]:
    """What is told of a rule whatever the footprint, per language."""
    around = answered.around
    further = {"note": rule.note, "penalty": rule.penalty, "filing": rule.filing}
    return {
        language: {
            "title": rule.title.text(language),
            "citation": around.rules.citation(rule, language, as_of=around.as_of),
            "remedy": rule.remedy.text(language),
            **{name: text.text(language) for name, text in further.items() if text is not None},
            **({"evidence": [one.text(language) for one in rule.evidence]} if rule.evidence else {}),
        }
        for language in LANGUAGES
    }


def _rule_told(
    every: Told,
    row: int,
    column: int,
    hits: Sequence[Any],
    texts: Mapping[str, Mapping[str, Any]],
    language: str,
    in_full: bool,
) -> dict[str, Any]:
    rule, answer = every.answered.rules[column], int(every.answered.answer[row, column])
    flagged = answer < NOT_ASSESSED
    facts = _of_hits(every, column, hits, answer) if flagged else _of_gap(every, row, column, answer)
    sentence, cited = facts.pop("texts"), facts.pop("cited", None)
    if cited is not None:
        texts = {one: {**texts[one], "citation": cited[one]} for one in LANGUAGES}
    known = {
        "rule_id": rule.id,
        "answer": ANSWERS[answer],
        **facts,
        **texts[language],
        "text": sentence[language],
        "effect": rule.effect,
        "severity": rule.severity,
        "relation": rule.relation,
        "reviewed": rule.is_reviewed(every.answered.around.as_of),
    }
    if flagged:
        known["lacking"] = [name for name in attributes_of(rule) if every.unknown[name][row]]
        if (row, column) in every.with_values:
            known["with_values"] = every.with_values[row, column]
    return {**known, **{one: {**texts[one], "text": sentence[one]} for one in LANGUAGES if in_full}}


def _of_hits(every: Told, column: int, hits: Sequence[Any], answer: int) -> dict[str, Any]:
    """What is told of a rule that applies or needs checking: of its worst hit, and each hit's zone."""
    by_rule = every.groups[column]
    widest = by_rule[-1]
    deciding = [one for one in hits if one.result == answer]
    levels = _levels(by_rule[0], every)
    first = min(deciding, key=lambda one: (levels[one.target], one.distance_m, -one.margin_m))
    if not by_rule[0].placed:
        return {"distance_m": None, "margin_m": None, "hits": [], **_own_words(first)}
    margin = max(one.margin_m for one in deciding) if answer == APPLIES else first.margin_m
    facts: dict[str, Any] = {"distance_m": rounded(first.distance_m, 3), "margin_m": rounded(margin, 3)}
    facts |= _measures(first)
    if answer == APPLIES:
        out = max(_way_out(one, widest if one.widened else by_rule[0], widest) for one in deciding)
        facts["move_m"] = rounded(out, 3)
    facts["hits"] = [_hit(one, by_rule[0], every) for one in hits]
    return {**facts, **_own_words(first)}


def _own_words(one: Any) -> dict[str, dict[str, str]]:
    """The text and the citation of a hit, which may be those of the day on which the site was built."""
    return {
        "texts": {"zh": one.text_zh, "en": one.text_en},
        "cited": {"zh": one.citation_zh, "en": one.citation_en},
    }


def _levels(rule: Rule, every: Told) -> Sequence[int]:
    """Per target of a rule how strict its level is; all alike where it has none."""
    if not rule.placed:
        return [0]  # no target, told as -1
    frame = every.answered.around.frames[rule.of]
    if rule.of != ZONES:
        return [0] * len(frame)
    rank = {level: at for at, level in enumerate(every.answered.around.rules.levels)}
    return [rank.get(level, len(rank)) for level in frame["level"]]


def _way_out(hit: Any, rule: Rule, widest: Rule) -> float:
    """The least metres, straight on, that take the footprint out of what the rule, as widened, forbids there."""
    reach = widest.within_m or 0.0
    if rule.relation == "within":
        return max(reach - float(hit.distance_m), 0.0)
    return float(hit.margin_m) + reach


def _measures(one: Any) -> dict[str, float | None]:
    digits = {"depth_m": 3, "overlap_m2": 2, "overlap_m": 3, "overlap_share": 6}
    return {name: rounded(getattr(one, name), places) for name, places in digits.items()}


def _hit(one: Any, rule: Rule, every: Told) -> dict[str, Any]:
    zone = {"zone_id": "", "zone_name": "", "zone_level": ""}
    if one.target >= 0:
        frame, at = every.answered.around.frames[rule.of], int(one.target)
        zone = {"zone_id": frame[TARGET_ID[rule.of]].iloc[at], "zone_name": _text(frame["name"].iloc[at])}
        zone["zone_level"] = _text(frame["level"].iloc[at]) if "level" in frame else ""
    return {
        **zone,
        "answer": ANSWERS[int(one.result)],
        "distance_m": rounded(one.distance_m, 3),
        "margin_m": rounded(one.margin_m, 3),
        **_measures(one),
        "text": {"zh": one.text_zh, "en": one.text_en},
    }


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _of_gap(every: Told, row: int, column: int, answer: int) -> dict[str, Any]:
    """What is told of a rule that does not apply or is not assessed."""
    gap = every.gaps[column]
    by_attribute = answer == DOES_NOT_APPLY and bool(every.by_place[row, column])
    distance = None if answer == NOT_ASSESSED else rounded(gap.distance[row], 3)
    margin = None if answer == NOT_ASSESSED or by_attribute else rounded(gap.margin[row], 3)
    facts: dict[str, Any] = {"distance_m": distance, "margin_m": margin}
    if answer == DOES_NOT_APPLY and distance is None and every.groups[column][0].placed:
        facts["nothing_within_m"] = _looked(every, column)
    if answer == NOT_ASSESSED:
        code = REASONS[every.answered.reason[row, column]]
        texts = {language: codes()[code]["reason"][language] for language in LANGUAGES}
        return {**facts, "reason": code, "texts": texts}
    if by_attribute or (answer == DOES_NOT_APPLY and not every.groups[column][0].placed):
        facts["because_of"] = _stated(every, row, every.answered.rules[column])
    return {**facts, "texts": {language: _outside(every, row, column, language) for language in LANGUAGES}}


def _stated(every: Told, row: int, rule: Rule) -> dict[str, Any]:
    known = [name for name in attributes_of(rule) if not every.unknown[name][row]]
    return {name: every.footprints[name].iloc[row] for name in known}


def _looked(every: Told, column: int) -> float:
    """How far was looked for what the rule is about, in metres."""
    return reach_needed(every.answered.around, every.groups[column][0].of, every.reach)


def _outside(every: Told, row: int, column: int, language: str) -> str:
    """Why a rule does not apply, in a sentence."""
    around, gap = every.answered.around, every.gaps[column]
    rule = every.groups[column][-1]  # the widest of those that answer as one
    words, target = OUTSIDE[language], int(gap.target[row])
    of = OF_NAMES[rule.of][language]
    if every.by_place[row, column] or not rule.placed:
        stated = _stated(every, row, every.answered.rules[column])
        told = [f"{attribute(name, language)} = {value_text(value, language)}" for name, value in stated.items()]
        return words["attributes" if rule.placed else "stated"].format(
            attributes=("、" if language == "zh" else ", ").join(told)
        )
    if target < 0:
        return words["nothing"].format(of=of, reach=metres(_looked(every, column), language))
    frame = around.frames[rule.of]
    level = around.rules.levels.get(str(frame["level"].iloc[target])) if "level" in frame else None
    name = _text(frame["name"].iloc[target])
    zone = zone_names([name], [level.text(language) if level else ""], rule.of, language)[0]
    distance = float(gap.distance[row])
    case = "near" if distance > 0 else "touches"
    if rule.relation == "within":
        case = "reach" if distance > 0 else "inside"
    limit = metres(rule.within_m or 0.0, language)
    return words[case].format(of=of, zone=zone, distance=metres(distance, language), limit=limit)


def value_text(value: Any, language: str) -> str:
    """The value of an attribute as a person reads it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    word = next((table[text] for table in (BOOLEANS, *WORDS_OF.values()) if text in table), None)
    return word.text(language) if word else text
