"""A person's word on a finding: what of the finding it was about, and whether that is still so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from layers.ledger_state import Override

# What of a finding a person looked at: where one of these changes, the word must be given anew.
FACTS = (
    "result", "rule_id", "subject_kind", "zone_id", "zone_level", "relation", "distance_m", "depth_m", "overlap_m2",
    "overlap_m", "overlap_share", "margin_m", "citation",
)  # fmt: skip
RESULTS_OF_PERSONS = ("violation", "check", "clear")
_SAME = 1e-6


def facts_of(finding: Mapping[str, Any]) -> dict[str, str]:
    """What an override records of a finding (a row of findings.csv, or of the frame) as text; '' where it is empty."""
    return {name: _text(finding.get(name)) for name in FACTS}


def to_renew(override: Override, finding: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of FACTS in which the finding is not what the person looked at; none where the word still holds.

    A finding of a frame has its citation in both languages (`citation_zh`, `citation_en`); either may be the one.
    """
    changed = []
    for name in FACTS:
        if name not in override.facts:
            continue
        names = (name, f"{name}_zh", f"{name}_en") if name == "citation" else (name,)
        was = str(override.facts[name])
        if not any(_equal(was, _text(finding[one])) for one in names if one in finding):
            changed.append(name)
    return tuple(changed)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value)


def _equal(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=0, abs_tol=_SAME)
    except ValueError:
        return False
