"""The examples of rules about records, each judged by the engine on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np

from layers.conditions import MISSING, NO, YES
from layers.coverage import REASONS
from layers.layer import Layer
from layers.ledger_ties import Ledger, Source
from layers.pollution_sources import LAYER as SOURCE_LAYER
from layers.protection_zones import LAYER as ZONE_LAYER
from layers.records import NOT_ASKED, judge_records
from layers.remediation_sites import LAYER as REMEDIATION_LAYER
from layers.river_sections import LAYER as SECTION_LAYER
from layers.rule import ZONES, Example, Rule
from layers.rule_book import RuleSet
from layers.surroundings import Surroundings

_LAYERS: Mapping[str, Layer] = {one.kind: one for one in (SOURCE_LAYER, REMEDIATION_LAYER, SECTION_LAYER, ZONE_LAYER)}
# Keys of an example that no column holds: what was found of the source, and whether a remediation site is about it.
_STAGED = ("source_result", "on_ledger", "class")
_SQUARE = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
_FOUND = {"violation": (YES, 0), "check": (MISSING, 0), "clear": (NO, 0), "not_assessed": (NO, 1)}

Laid = Callable[[Iterable[tuple[int, str, Mapping[str, Any]]]], gpd.GeoDataFrame]


def record_answer(rule: Rule, example: Example, given: Mapping[str, Any], rules: RuleSet, laid_down: Laid) -> str:
    """The result of one example of a rule of relation `status` or `quality`; `given` are the subject's attributes.

    A site that the rule does not ask is clear of it.
    """
    frames: dict[str, gpd.GeoDataFrame] = {
        rule.subject: laid_down([(0, example.subject or _drawn(rule), _row(rule, example, given))])
    }
    zones = [(0, example.zone, _zone(rule, example))] if example.zone else []
    if rule.subject == ZONES and zones:
        zones = [(0, example.subject or _SQUARE, _row(rule, example, given)), *zones]
    if zones:
        frames[ZONES] = laid_down(zones)
    around = Surroundings(frames, rules._replace(rules={rule.id: rule}), as_of=rule.a_day(), complete_within_metres=1e6)
    frame = around.frames[ZONES] if rule.subject == ZONES else frames[rule.subject]
    found = judge_records(rule.subject, frame, around, _ledger(example))
    for part in found.flagged:
        results = [result for row, result in zip(part["subject"], part["result"], strict=True) if row == 0]
        if results:
            return "violation" if min(results) == 0 else "check"
    code = int(found.codes[0][0])
    return "clear" if code in (0, NOT_ASKED) else "not_assessed"


def _drawn(rule: Rule) -> str:
    return _SQUARE if rule.subject == ZONES else "POINT (50 50)"


def _row(rule: Rule, example: Example, given: Mapping[str, Any]) -> dict[str, Any]:
    """The subject's row, with every column of its layer."""
    layer = _LAYERS[rule.subject]
    row: dict[str, Any] = {column.name: None for column in layer.columns}
    row |= {layer.id_column: "S", "name": "S", "source_file": "", "source_row": 1, "located_to_metres": np.nan}
    if rule.kinds or example.kind:
        row["kind"] = example.kind or (rule.kinds or ("",))[0]
    if rule.subject == ZONES:
        row["level"] = example.level or (rule.levels[0] if rule.levels else "1")
        row["medium"] = rule.medium if example.medium is None else example.medium or None
        row["source_name"] = "S"
    if rule.case == "still_violating":
        row["source_id"] = "S"
    row["measured_class"] = example.attributes.get("class") or None
    return row | {name: value for name, value in given.items() if name not in _STAGED}


def _zone(rule: Rule, example: Example) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: None for column in ZONE_LAYER.columns}
    level = (rule.levels or ("1",))[0] if rule.subject != ZONES else "2"
    row |= {
        "zone_id": "Z",
        "name": "Z",
        "source_name": "S",
        "level": example.level if example.level and rule.subject != ZONES else level,
    }
    row |= {"located_to_metres": np.nan, "medium": rule.medium if example.medium is None else example.medium or None}
    return row | {name: None if value == "" else value for name, value in example.zone_attributes.items()}


def _ledger(example: Example) -> Ledger:
    """The ledger as the example stages it."""
    staged = example.attributes
    result = str(staged.get("source_result", "violation"))
    sources = {}
    if result:
        state, reason = _FOUND[result]
        code = REASONS.index("OUTSIDE_ZONE_DATA") if reason else 0
        sources["S"] = Source(state, code, ("违规", "violation"), ("", ""))
    about = frozenset({"S"}) if staged.get("on_ledger") is True else frozenset[str]()
    return Ledger(about, frozenset(), sources, np.array([result == "violation"]))
