"""The sentence of a verdict: where the subject lies, how far, how sure that is, and why it is to be checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.rule_book import Rule
from layers.words import ATTRIBUTES

OF_NAMES = {
    "protection_zones": {"zh": "保护区", "en": "protection zone"},
    "water_bodies": {"zh": "水体", "en": "water body"},
    "rivers": {"zh": "河流", "en": "river"},
    "intakes": {"zh": "取水口", "en": "intake"},
    "districts": {"zh": "行政区", "en": "district"},
}

PLACE = {
    "zh": {
        "point": "位于{zone}内，距边界 {depth}",
        "edge": "恰在{zone}的边界上",
        "area": "与{zone}重叠 {area}，占其面积的 {share}",
        "line": "在{zone}内长 {length}，占其长度的 {share}",
        "within": "距{zone} {distance}，在 {reach}范围之内",
        "near": "在{zone}之外 {distance}",
        "touch": "紧邻{zone}，没有进入其内部",
        "point_crossing": "位于{zone}内，但只有点位，不能判断是否穿越",
        "near_reach": "距{zone} {distance}，接近 {reach}的界线",
        "inner_edge": "在{zone}内，距边界仅 {depth}",
    },
    "en": {
        "point": "inside {zone}, {depth} from its edge",
        "edge": "exactly on the edge of {zone}",
        "area": "overlaps {zone} by {area}, {share} of its own area",
        "line": "runs {length} inside {zone}, {share} of its own length",
        "within": "{distance} from {zone}, within {reach}",
        "near": "{distance} outside {zone}",
        "touch": "adjoins {zone} without entering it",
        "point_crossing": "inside {zone}, but given as a point: whether it crosses cannot be told",
        "near_reach": "{distance} from {zone}, near the limit of {reach}",
        "inner_edge": "inside {zone}, only {depth} from its edge",
    },
}

WHY = {
    "zh": {
        "doubt": "位置精度 {doubt}，结论可能改变：需现场复测",
        "edge": "边界上的点不能判定：需现场核定",
        "lacking": "缺少属性“{lacking}”：需核实",
        "conditional": "该项为有条件规定：需核查是否满足条件",
        "restricted": "该项为限制性规定：需核查",
        "known": "位置精度 {doubt}",
        "doubt_outline": "边界精度 {doubt}，结论可能改变：需核定边界",
        "known_outline": "边界精度 {doubt}，位置精度未说明",
        "doubt_both": "位置与边界精度合计 {doubt}，结论可能改变：需现场复测",
        "known_both": "位置与边界精度合计 {doubt}",
        "unknown": "位置精度未说明",
        "screening": "筛查项，不是法律规定：需核查",
        "unreviewed": "条款待核对：核对依据之前不作违规结论",
        "out_of_date": "；所用数据只可用到 {day}，已过期：取得新数据后再定",
    },
    "en": {
        "doubt": "position known to {doubt}, so the answer may change: measure again",
        "edge": "a point on the edge cannot be decided: settle it on site",
        "lacking": "attribute missing ({lacking}): find it out",
        "conditional": "a conditional rule: check whether its conditions are met",
        "restricted": "a restricting rule: check",
        "known": "position known to {doubt}",
        "doubt_outline": "outline known to {doubt}, so the answer may change: have the outline checked",
        "known_outline": "outline known to {doubt}, position accuracy not stated",
        "doubt_both": "position and outline together known to {doubt}, so the answer may change: measure again",
        "known_both": "position and outline together known to {doubt}",
        "unknown": "position accuracy not stated",
        "screening": "a screening criterion, not law: check",
        "unreviewed": "citation to be checked: no violation before that is done",
        "out_of_date": "; the data hold only until {day} and are out of date: decide it with newer ones",
    },
}


# Whose accuracy the doubt of a pair is.
_SITE, _OUTLINE, _BOTH = "_site", "_outline", "_both"


def sentences(
    rule: Rule,
    measures: Mapping[str, NDArray[Any]],
    *,
    zones: Sequence[str] | NDArray[np.object_],
    lacking: Sequence[Collection[str]],
    language: str,
    statutory: bool = True,
    reviewed: bool = True,
) -> list[str]:
    """The verdict of each row of measures as a person would say it, in `language`.

    `measures` holds the columns (arrays) of a pair of `gis.relate`; `zones` what each row's zone is called
    (`zone_names`); `lacking` names the attributes of the rule that are not known. `statutory` is
    False for a screening criterion or a prompt, `reviewed` where nobody has checked what the rule cites. Where
    `measures` has `site_doubt_m`, the part of `doubt_m` that is the site's, they say whether site, outline or both are
    doubtful: it does not help to measure a site again where the outline is.
    """
    called = np.asarray(zones, dtype=object)
    told = np.full(len(called), "", dtype=object)
    for alike, rows in _alike(_cases(rule, measures), measures, lacking):
        why = [_position(alike.case, known=alike.known, sure=alike.sure, language=language)]
        if alike.lacking:
            comma = "、" if language == "zh" else ", "
            missing = comma.join(attribute(one, language) for one in alike.lacking)
            why.append(WHY[language]["lacking"].format(lacking=missing.replace("{", "{{").replace("}", "}}")))
        if not statutory:
            why.append(WHY[language]["screening"])
        else:
            why += [WHY[language]["unreviewed"]] if not reviewed else []
            why += [WHY[language][rule.effect]] if rule.effect != "prohibited" else []
        template = ("；" if language == "zh" else "; ").join([PLACE[language][alike.case], *why])
        told[rows] = _filled(template, rule, measures, called, rows, language)
    return told.tolist()


def out_of_date(day: date, language: str) -> str:
    """What is added to a verdict whose data may be relied on until `day` only, which is past."""
    return WHY[language]["out_of_date"].format(day=day.isoformat())


def zone_names(names: Sequence[str], levels: Sequence[str], of: str, language: str) -> list[str]:
    """What sentences call each zone: its name, or what it is where it has none, and its level unless the name says it.

    玉舍水库一级保护区 says its level itself.
    """
    return [
        (name or OF_NAMES[of][language])
        + (_bracketed(level, language) if level and level not in (name or OF_NAMES[of][language]) else "")
        for name, level in zip(names, levels, strict=True)
    ]


class _Alike(NamedTuple):
    """What the rows of one template have in common."""

    case: str
    known: str  # whose accuracy: _SITE, _OUTLINE, _BOTH, or "" where none is
    sure: bool
    lacking: tuple[str, ...]


def _alike(
    cases: Sequence[str], measures: Mapping[str, NDArray[Any]], lacking: Sequence[Collection[str]]
) -> Iterator[tuple[_Alike, NDArray[np.intp]]]:
    """The rows that are told in the same words, group by group."""
    names, name = _coded(map(tuple, lacking)) if any(lacking) else ([()], np.zeros(len(cases), dtype=np.intp))
    (words, word), (whose, known) = _coded(cases), _coded(_whose_doubt(measures))
    sure = np.asarray(measures["certain"], dtype=bool)
    code = ((word * len(names) + name) * len(whose) + known) * 2 + sure
    _, firsts, place = np.unique(code, return_index=True, return_inverse=True)
    for group, one in enumerate(firsts.tolist()):
        yield (
            _Alike(words[word[one]], whose[known[one]], bool(sure[one]), names[name[one]]),
            np.flatnonzero(place == group),
        )


def _coded(values: Iterable[Any]) -> tuple[list[Any], NDArray[np.intp]]:
    """The distinct values, and the place of each row's value among them."""
    codes: dict[Any, int] = {}
    place = [codes.setdefault(value, len(codes)) for value in values]
    return list(codes), np.array(place, dtype=np.intp)


def _filled(
    template: str,
    rule: Rule,
    measures: Mapping[str, NDArray[Any]],
    zones: NDArray[np.object_],
    rows: NDArray[np.intp],
    language: str,
) -> NDArray[np.object_]:
    """The template's sentence for each of the rows; only what it names is written out."""
    told: Any = np.full(len(rows), "", dtype=object)
    for literal, field, _, _ in Formatter().parse(template):
        told = told + literal
        if field == "zone":
            told = told + zones[rows]
        elif field == "reach":
            told = told + metres(rule.within_m or 0.0, language)
        elif field:
            told = told + _written(field, measures, rows, language)
    return np.asarray(told, dtype=object)


def _written(
    field: str, measures: Mapping[str, NDArray[Any]], rows: NDArray[np.intp], language: str
) -> NDArray[np.object_]:
    """A measure of the rows as it is read; what reads the same is written once."""
    name, written, (low, high) = _FIELDS[field]
    values = measures[name][rows]
    read = np.where((values >= low) & (values < high), np.rint(values), values)
    distinct, place = np.unique(read, return_inverse=True)
    return np.array([written(value, language) for value in distinct.tolist()], dtype=object)[place]


def _whose_doubt(measures: Mapping[str, NDArray[Any]]) -> list[str]:
    """Of each pair what is known to no better than its doubt: _SITE, _OUTLINE, _BOTH, or "" where it has none."""
    doubt = measures["doubt_m"]
    site = measures.get("site_doubt_m", doubt)
    return _chosen([doubt <= 0, site <= 0, site < doubt], "", _OUTLINE, _BOTH, _SITE)


def _position(case: str, *, known: str, sure: bool, language: str) -> str:
    """What is said of the accuracy of position and outline; `known`: of which there is one."""
    ending = known if known in (_OUTLINE, _BOTH) else ""
    if not sure and known:
        return WHY[language][f"doubt{ending}"]
    if not sure and case != "point_crossing":
        return WHY[language]["edge"]
    return WHY[language][f"known{ending}" if known else "unknown"]


def _cases(rule: Rule, measures: Mapping[str, NDArray[Any]]) -> list[str]:
    """Which of the sentences of PLACE tells each pair."""
    holds, depth = measures["holds"], measures["depth_m"]
    inner = ~np.isnan(depth)
    if rule.relation == "within":
        return _chosen([holds, inner], "within", "inner_edge", "near_reach")
    conditions = [
        ~holds & inner & (rule.relation == "crosses"),
        ~holds & (measures["distance_m"] == 0),
        ~holds,
        ~np.isnan(measures["overlap_m2"]),
        ~np.isnan(measures["overlap_m"]),
        depth > 0.01,
    ]
    return _chosen(conditions, "point_crossing", "touch", "near", "area", "line", "point", "edge")


def _chosen(conditions: Sequence[NDArray[np.bool_]], *words: str) -> list[str]:
    """Per row the word of the first condition that holds; the last word where none does."""
    place = np.select(list(conditions), range(len(conditions)), len(conditions))
    return [words[at] for at in place.tolist()]


def attribute(name: str, language: str) -> str:
    """What an attribute is called; one of the agency's own keeps its name."""
    return ATTRIBUTES[name].text(language) if name in ATTRIBUTES else name


@lru_cache(maxsize=50_000)
def metres(value: float, language: str) -> str:
    """Metres for reading: tenths below 10 m, whole metres above, kilometres from 10 km."""
    unit = {"zh": (" 米", " 公里"), "en": (" m", " km")}[language]
    if value != value:
        return "–"
    if value >= 9999.5:
        return f"{value / 1000:.1f}{unit[1]}"
    return (f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")) + unit[0]


def square_metres(value: float, language: str) -> str:
    """Square metres for reading: whole ones, hectares from 10 hectares."""
    if value != value:
        return "–"
    if value >= 99_999.5:
        return f"{value / 10_000:.1f}" + (" 公顷" if language == "zh" else " ha")
    return (f"{value:.0f}" if value >= 0.95 else f"{value:.2f}") + (" 平方米" if language == "zh" else " m²")


def share(value: float) -> str:
    """A share in per cent; never rounded to 0 or to 100 where it is neither."""
    if value != value:
        return "–"
    if 0.9995 <= value < 1:
        return "> 99.9 %"
    return "< 0.1 %" if 0 < value < 0.0005 else f"{value * 100:.1f} %".replace(".0 %", " %")


def _bracketed(text: str, language: str) -> str:
    return f"（{text}）" if language == "zh" else f" ({text})"


# What a sentence may name: the measure it is written from, how, and from and up to where only whole numbers are read.
_FIELDS: Mapping[str, tuple[str, Callable[[float, str], str], tuple[float, float]]] = {
    "depth": ("depth_m", metres, (9.95, 9999.5)),
    "distance": ("distance_m", metres, (9.95, 9999.5)),
    "doubt": ("doubt_m", metres, (9.95, 9999.5)),
    "area": ("overlap_m2", square_metres, (0.95, 99_999.5)),
    "length": ("overlap_m", metres, (9.95, 9999.5)),
    "share": ("overlap_share", lambda value, _: share(value), (np.inf, np.inf)),
}
