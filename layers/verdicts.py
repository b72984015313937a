"""The sentence of a verdict: where the subject lies, how far, how sure that is, and why it is to be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layers.rule_book import Rule

OF_NAMES = {
    "protection_zones": {"zh": "保护区", "en": "protection zone"},
    "water_bodies": {"zh": "水体", "en": "water body"},
    "rivers": {"zh": "河流", "en": "river"},
    "intakes": {"zh": "取水口", "en": "intake"},
    "districts": {"zh": "行政区", "en": "district"},
}

ATTRIBUTES = {
    "operating": {"zh": "运行状态", "en": "operating"},
    "discharges": {"zh": "是否排污", "en": "discharges"},
    "related_to_supply": {"zh": "是否与供水有关", "en": "related to supply"},
    "approved": {"zh": "是否审批", "en": "approved"},
    "medium": {"zh": "水源介质（地表水/地下水）", "en": "medium (surface water, groundwater)"},
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
        "unknown": "位置精度未说明",
        "screening": "筛查项，不是法律规定：需核查",
    },
    "en": {
        "doubt": "position known to {doubt}, so the answer may change: measure again",
        "edge": "a point on the edge cannot be decided: settle it on site",
        "lacking": "attribute missing ({lacking}): find it out",
        "conditional": "a conditional rule: check whether its conditions are met",
        "restricted": "a restricting rule: check",
        "known": "position known to {doubt}",
        "unknown": "position accuracy not stated",
        "screening": "a screening criterion, not law: check",
    },
}


def sentence(
    rule: Rule,
    measure: Mapping[str, Any],
    *,
    zone: str,
    level: str,
    lacking: Sequence[str],
    language: str,
    statutory: bool = True,
) -> str:
    """The verdict as a person would say it, in `language`.

    `measure` holds the columns of a pair of `gis.relate`; `lacking` names the attributes of the rule
    that are not known. `statutory` is False for a screening criterion or a prompt.
    """
    name = zone or OF_NAMES[rule.of][language]
    if level and level not in name:  # 玉舍水库一级保护区 says its level itself
        name += _bracketed(level, language)
    doubt = metres(measure["doubt_m"], language)
    place = PLACE[language][_case(rule, measure)].format(
        zone=name,
        depth=metres(measure["depth_m"], language),
        distance=metres(measure["distance_m"], language),
        area=square_metres(measure["overlap_m2"], language),
        length=metres(measure["overlap_m"], language),
        share=share(measure["overlap_share"]),
        reach=metres(rule.within_m or 0.0, language),
    )
    why = []
    if not measure["certain"] and measure["doubt_m"] > 0:
        why.append(WHY[language]["doubt"].format(doubt=doubt))
    elif not measure["certain"] and _case(rule, measure) != "point_crossing":
        why.append(WHY[language]["edge"])
    else:
        why.append(WHY[language]["known" if measure["doubt_m"] > 0 else "unknown"].format(doubt=doubt))
    if lacking:
        comma = "、" if language == "zh" else ", "
        why.append(WHY[language]["lacking"].format(lacking=comma.join(attribute(one, language) for one in lacking)))
    if not statutory:
        why.append(WHY[language]["screening"])
    elif rule.effect != "prohibited":
        why.append(WHY[language][rule.effect])
    return ("；" if language == "zh" else "; ").join([place, *why])


def _case(rule: Rule, measure: Mapping[str, Any]) -> str:
    """Which of the sentences of PLACE tells this pair."""
    inner = measure["depth_m"] == measure["depth_m"]
    if rule.relation == "within":
        if measure["holds"]:
            return "within"
        return "inner_edge" if inner else "near_reach"
    if not measure["holds"]:
        if rule.relation == "crosses" and inner:
            return "point_crossing"
        return "touch" if measure["distance_m"] == 0 else "near"
    if measure["overlap_m2"] == measure["overlap_m2"]:
        return "area"
    if measure["overlap_m"] == measure["overlap_m"]:
        return "line"
    return "point" if measure["depth_m"] > 0.01 else "edge"


def attribute(name: str, language: str) -> str:
    """What an attribute is called; one of the agency's own keeps its name."""
    return ATTRIBUTES.get(name, {}).get(language, name)


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
