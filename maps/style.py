"""How every result, status, level, class and context layer looks: colours, shapes, line patterns and words.

Colours are Okabe-Ito; nothing is told by colour alone. Shapes are unit polygons (y down), so that the
page's canvas and the drawing without scripts show the same mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from layers.changes import CHANGES as RUN_CHANGES
from layers.words import (
    CLASSES,
    EFFECTS,
    EVENT_KINDS,
    FINISHED_STATUSES,
    KINDS,
    MEDIA,
    OPERATING,
    RESULTS,
    SEVERITIES,
    STATUSES,
    WATER_TYPES,
    Word,
)


class Look(NamedTuple):
    """One result's colour, size in pixels and way of filling: `solid`, `ring`, `hatch` or `faint`."""

    colour: str
    radius: float
    fill: str


class Line(NamedTuple):
    """One outline: colour, width in pixels, dash pattern, opacity of the filling; its colour on a dark ground."""

    colour: str
    width: float
    dash: tuple[float, ...]
    fill: float
    dark: str


RESULT_LOOKS: Mapping[str, Look] = {
    "violation": Look("#D55E00", 8.5, "solid"),
    "check": Look("#E69F00", 6.0, "ring"),
    "not_assessed": Look("#6E6E6E", 5.5, "hatch"),
    "clear": Look("#009E73", 3.4, "faint"),
}

SHAPES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "circle": (),
    "triangle": ((0, -1.15), (1.08, 0.8), (-1.08, 0.8)),
    "drop": ((0, 1.15), (1.08, -0.8), (-1.08, -0.8)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "hexagon": ((-1.1, 0), (-0.55, -0.95), (0.55, -0.95), (1.1, 0), (0.55, 0.95), (-0.55, 0.95)),
    "cross": (
        (-0.42, -1.1), (0.42, -1.1), (0.42, -0.42), (1.1, -0.42), (1.1, 0.42), (0.42, 0.42),
        (0.42, 1.1), (-0.42, 1.1), (-0.42, 0.42), (-1.1, 0.42), (-1.1, -0.42), (-0.42, -0.42),
    ),
    "bar": ((-1.15, -0.6), (1.15, -0.6), (1.15, 0.6), (-1.15, 0.6)),
}  # fmt: skip

# The empty code is a pollution source that no remediation site is about: not on the ledger.
STATUS_SHAPES: Mapping[str, str] = {
    "": "circle",
    "not_started": "triangle",
    "on_schedule": "diamond",
    "behind": "drop",
    "completed": "square",
    "accepted": "hexagon",
    "closed": "circle",
    "reopened": "cross",
    "cannot_fix": "bar",
}
# Reported done, in any of its steps: drawn hollow, and hidden together where nothing was found on them.
HOLLOW_STATUSES = ("completed", "accepted", "closed")

LEVEL_LINES: Sequence[Line] = (
    Line("#0B4F8A", 2.2, (), 0.16, "#6FB7EE"),
    Line("#2B7BBA", 1.7, (7, 4), 0.09, "#5A9FD6"),
    Line("#4A97CC", 1.5, (1.5, 3.5), 0.05, "#4A86B4"),
)

CLASS_LOOKS: Mapping[str, tuple[str, str, str]] = {
    "I": ("#2C5FA8", "#FFFFFF", "I"),
    "II": ("#5B9BD5", "#10243A", "II"),
    "III": ("#7FBF7B", "#10243A", "III"),
    "IV": ("#FEE08B", "#10243A", "IV"),
    "V": ("#F46D43", "#10243A", "V"),
    "worse_than_V": ("#A50026", "#FFFFFF", ">V"),
    "": ("#FFFFFF", "#4A4A4A", "?"),
}

CONTEXT_LINES: Mapping[str, Line] = {
    "districts": Line("#9C948A", 1.1, (8, 3, 1.5, 3), 0.0, "#6B655C"),
    "water_bodies": Line("#9CC4DA", 1.0, (), 0.55, "#2F5570"),
    "rivers": Line("#8FBBD3", 1.6, (), 0.0, "#3F6F8C"),
    "intakes": Line("#0072B2", 1.6, (), 1.0, "#0072B2"),
}
CONTEXT_KINDS = tuple(CONTEXT_LINES)

SITE_LAYERS: Mapping[str, Word] = {
    "remediation_sites": Word("整改点位", "remediation sites"),
    "pollution_sources": Word("污染源", "pollution sources"),
}

# Of sites and findings; those that are known are told only as such here.
CHANGES: Mapping[str, Word] = {**RUN_CHANGES, "known": Word("仍在", "still there")}

# What the ledger asks a person to look at.
FLAG_WORDS: Mapping[str, Word] = {
    "conflict": Word("检查互相矛盾，待裁定", "visits contradict, to be decided"),
    "contradiction": Word("与台账不一致", "contradicts the ledger"),
    "look_back_overdue": Word("回头看逾期", "look-back overdue"),
    "look_back_due": Word("回头看待做", "look-back to come"),
    "missing": Word("已销号，缺佐证", "closed, evidence lacking"),
    "decided": Word("有人工判定", "decided by a person"),
    "not_applied": Word("有未生效的记录", "records without effect"),
}

LOOK_BACKS: Mapping[str, Word] = {
    "due": Word("待做", "to come"),
    "overdue": Word("逾期", "overdue"),
    "kept": Word("未反弹", "kept"),
}

RELATIONS: Mapping[str, Word] = {
    "inside": Word("位于其内", "inside"),
    "crosses": Word("穿越", "crosses"),
    "within": Word("在规定距离内", "within distance"),
    "quality": Word("水质", "water quality"),
    "status": Word("整改状态", "status"),
}

# The level of a site for which no zones are known: it is in none of those drawn, which does not put it outside all.
UNKNOWN_LEVEL = "?"

# What a rule can find out from the ledger (`case` of a rule), in the order in which the page offers it to be looked at.
CASES: Mapping[str, Word] = {
    "still_violating": Word("回头看：报已整改，仍违规", "look back: reported done, still violating"),
    "not_on_ledger": Word("违规未入台账", "violation not on the ledger"),
    "overdue": Word("逾期未完成", "overdue"),
}

# When the work is due, counted from the date of inspection; the page finds it from deadline, status and `overdue`.
DEADLINES: Mapping[str, Word] = {
    "overdue": Word("逾期", "overdue"),
    "week": Word("7 天内到期", "due within 7 days"),
    "month": Word("8 至 30 天内到期", "due in 8 to 30 days"),
    "later": Word("30 天以后到期", "due later"),
    "unclear": Word("时限已过或不明，状态未注明", "deadline passed or unreadable, status not stated"),
    "done": Word("已完成", "done"),
    "none": Word("无时限", "no deadline"),
}

# What the page can be narrowed by -> table of words ("" = the values speak for themselves). All are columns of `sites`
# but those the page finds itself: `case` and `rule` from the findings, `deadline`, and `district`.
FACETS: Mapping[str, str] = {
    "result": "results",
    "case": "cases",
    "status": "statuses",
    "change": "changes",
    "flags": "flags",
    "deadline": "deadlines",
    "strictest_level": "levels",
    "kind": "kinds",
    "responsible_unit": "",
    "district": "",
    "rule": "",
    "severity": "severities",
    "layer": "layers",
    "overdue": "overdue",
}
# Names a caller may use for a facet beside the column's own.
FACET_NAMES: Mapping[str, str] = {"level": "strictest_level", "unit": "responsible_unit"}


def page_style() -> dict[str, Any]:
    """The looks as plain data for the page: results, shapes, statuses, levels, classes, context layers, facets."""
    return {
        "results": {code: look._asdict() for code, look in RESULT_LOOKS.items()},
        "shapes": SHAPES,
        "statuses": STATUS_SHAPES,
        "hollow": HOLLOW_STATUSES,
        "levels": [line._asdict() for line in LEVEL_LINES],
        "classes": {
            code: {"colour": colour, "ink": ink, "numeral": text} for code, (colour, ink, text) in CLASS_LOOKS.items()
        },
        "context": {kind: line._asdict() for kind, line in CONTEXT_LINES.items()},
        "facets": FACETS,
        "facet_names": FACET_NAMES,
        "finished": sorted(FINISHED_STATUSES),
        "unknown_level": UNKNOWN_LEVEL,
    }


def word_tables(run: Mapping[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """Table name -> code -> `{zh, en}` of every word the page may print; levels and kinds as `run` names them."""
    tables = {
        "results": RESULTS,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "effects": EFFECTS,
        "layers": SITE_LAYERS,
        "changes": CHANGES,
        "relations": RELATIONS,
        "classes": CLASSES,
        "operating": OPERATING,
        "media": MEDIA,
        "water_types": WATER_TYPES,
        "kinds": KINDS,
        "cases": CASES,
        "deadlines": DEADLINES,
        "events": EVENT_KINDS,
        "flags": FLAG_WORDS,
        "look_backs": LOOK_BACKS,
    }
    words = {name: {code: _both(word) for code, word in table.items()} for name, table in tables.items()}
    words["kinds"] |= {code: dict(word) for code, word in run["kinds"].items()}
    words["levels"] = {level["code"]: {"zh": level["zh"], "en": level["en"]} for level in run["levels"]}
    words["levels"].setdefault(UNKNOWN_LEVEL, {"zh": "未知（无数据）", "en": "not known"})
    words["overdue"] = {"true": {"zh": "逾期", "en": "overdue"}, "false": {"zh": "未逾期", "en": "not overdue"}}
    return words


def level_line(code: object, levels: Sequence[Mapping[str, str]]) -> Line:
    """The outline of a zone level: by its rank in `levels`, strictest first; ranks past the table share the last."""
    ranks = {level["code"]: rank for rank, level in enumerate(levels)}
    return LEVEL_LINES[min(ranks.get(str(code), len(LEVEL_LINES)), len(LEVEL_LINES) - 1)]


def _both(word: Word) -> dict[str, str]:
    return {"zh": word.zh, "en": word.en}
