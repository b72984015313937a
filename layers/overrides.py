"""A person's word on a finding beside what was judged of it -> whether it still holds, or is to be renewed.

The word holds as long as the facts that the person judged are the same: the computed result, the articles cited, the
level and the outline of the zone, the attributes of the subject, and its measures as far as places are known. A name
that was corrected, a place corrected within its accuracy, another row of the file or another day change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

import pandas as pd

from layers.past_runs import OUTLINE, PastRun
from layers.rule import ZONES
from layers.sites import SITE_COLUMNS
from layers.words import Word

# What is compared, and what changed where it does not hold any more.
FACTS: Mapping[str, Word] = {
    "finding": Word("该问题已不存在", "the finding is gone"),
    "result": Word("计算结论", "the computed result"),
    "citation": Word("所引条款", "the articles cited"),
    "zone_level": Word("保护区级别", "the level of the zone"),
    "zone_outline": Word("保护区范围", "the outline of the zone"),
    "measures": Word("距离、深度或重叠量", "distance, depth or overlap"),
    "attributes": Word("对象属性", "attributes of the subject"),
}

_METRES, _SHARES = ("distance_m", "depth_m", "overlap_m"), ("overlap_share",)
# Metres and shares that decide nothing where nobody says how well places are known.
LEAST_METRES, LEAST_SHARE = 1.0, 0.01
# No rule judges by these; the status and deadline of a source are those of the problem about it.
_UNJUDGED = frozenset({
    "name", "responsible_unit", "responsible_person", "supervising_leader", "photos", "evidence", "measures", "goal",
    "located_to_metres", "revision", "share_in_zones", "contradiction",
})  # fmt: skip
_WORKED_OUT = frozenset(SITE_COLUMNS) - {"kind", "status", "deadline"}
_OF_PROBLEMS = frozenset({"status", "deadline", "completed_on", "accepted_on", "closed_on"})


class Said(Protocol):
    """A person's word on a finding (`layers.ledger_state.Override`)."""

    @property
    def finding_id(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


S = TypeVar("S", bound=Said)


class Standing(NamedTuple):
    """An override beside the finding as it is now. `renew`: codes of FACTS that changed; none: it holds."""

    override: Any
    renew: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the facts are those that the person judged."""
        return not self.renew


def facts_of(run: PastRun, findings: Collection[str]) -> dict[str, dict[str, Any]]:
    """By finding the facts that an override keeps in its body; none of ids that the run does not have."""
    there = [one for one in dict.fromkeys(findings) if one in run.findings.index]
    rows = run.findings.loc[there]
    return {str(one): _facts(run, row) for one, row in zip(rows.index, rows.to_dict("records"), strict=True)}


def _facts(run: PastRun, row: Mapping[str, Any]) -> dict[str, Any]:
    zone, layer, subject = (str(row[name]) for name in ("zone_id", "subject_layer", "subject_id"))
    zone = subject if layer == ZONES and not zone else zone
    outline = ""
    if run.zones is not None and zone in run.zones.index:
        outline = str(run.zones.loc[zone, OUTLINE])
    attributes: dict[str, str] = {}
    doubt = LEAST_METRES
    if (layer, subject) in run.sites.index:
        site = run.sites.loc[(layer, subject)]
        left_out = _UNJUDGED | _WORKED_OUT | (frozenset() if layer == "remediation_sites" else _OF_PROBLEMS)
        attributes = {
            str(name): str(value)
            for name, value in site.items()
            if name not in left_out and not str(name).startswith("ledger_") and value
        }
        doubt = max(doubt, _number(site.get("located_to_metres")) or 0.0)
    return {
        "result": str(row["result"]),
        "citation": str(row["citation"]),
        "language": str(run.facts["language"]),
        "zone_level": str(row.get("zone_level", "")),
        "zone_outline": outline,
        "measures": {name: _number(row.get(name)) for name in (*_METRES, *_SHARES)},
        "doubt_m": doubt,
        "attributes": dict(sorted(attributes.items())),
    }


def _number(value: Any) -> float | None:
    return None if value is None or value == "" or value != value else float(value)


def standings(run: PastRun, overrides: Iterable[S]) -> dict[str, Standing]:
    """By finding the override and whether it holds; where the finding is gone, `renew` says so."""
    said = list(overrides)
    now = facts_of(run, [one.finding_id for one in said])
    return {one.finding_id: Standing(one, changed(one.facts, now.get(one.finding_id))) for one in said}


def changed(judged: Mapping[str, Any], now: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The codes of FACTS that differ between what a person judged and what is the case; all that it lacks differ."""
    if now is None:
        return ("finding",)
    differ = {name: judged.get(name) != now[name] for name in ("result", "zone_level", "zone_outline", "attributes")}
    differ["citation"] = judged.get("citation") != now["citation"] and judged.get("language") == now["language"]
    doubt = max(now["doubt_m"], float(judged.get("doubt_m") or 0.0))
    before = judged.get("measures") or {}
    differ["measures"] = any(
        _apart(before.get(name), value, doubt if name in _METRES else LEAST_SHARE)
        for name, value in now["measures"].items()
    )
    return tuple(name for name in FACTS if differ.get(name))


def _apart(one: float | None, other: float | None, limit: float) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > limit


def attributes_changed(judged: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of the attributes that differ, sorted."""
    sides: list[Mapping[str, str]] = [one.get("attributes") or {} for one in (judged, now)]
    return sorted(name for name in {*sides[0], *sides[1]} if sides[0].get(name) != sides[1].get(name))


def renewals(standing: Mapping[str, Standing]) -> pd.DataFrame:
    """A row per override: `finding_id`, `holds`, `renew` (codes joined by ;)."""
    rows = [(one, told.holds, ";".join(told.renew)) for one, told in sorted(standing.items())]
    return pd.DataFrame(rows, columns=["finding_id", "holds", "renew"])
