"""Findings of two runs side by side -> why one has what the other has not, as far as both sides tell it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.columns import objects
from layers.past_runs import OUTLINE, Key, PastRun
from layers.rule import ZONES
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import Word
from layers.zone_versions import VALID

CAUSES: Mapping[str, Word] = {
    "SITE_NEW": Word("前一次没有该对象", "the site was not in the earlier run"),
    "SITE_GONE": Word("后一次没有该对象", "the site is not in the later run"),
    "IDENTITY": Word("对象可能分、并或换了编号，尚未认定", "it is in question which site it is (matches.csv)"),
    "RULE_BOOK": Word("法规库不同", "other rule books, or another edition"),
    "RULE_NOT_IN_FORCE": Word("其中一日该规则未施行", "the rule is not in force on one of the days"),
    "ZONE_NOT_IN_FORCE": Word("其中一次没有该保护区或其有效版本", "one run has no version of the zone in force"),
    "ZONE_OUTLINE": Word("保护区范围不同", "the zone has another outline"),
    "ZONE_ATTRIBUTE": Word("保护区属性不同", "the zone has other attributes"),
    "POSITION": Word("对象位置不同", "the site lies elsewhere"),
    "ATTRIBUTE": Word("对象属性不同", "the site has other attributes"),
    "LEDGER": Word("台账上有新的记录", "something was recorded on the ledger"),
    "LAW_CHANGED": Word("所引条款不同", "other articles are cited"),
    "DATE": Word("巡查日不同", "another date of inspection"),
    "UNKNOWN": Word("两次结果都看不出原因", "neither run tells why"),
}

# What kind of cause each is.
CAUSE_GROUPS: Mapping[str, str] = {
    **dict.fromkeys(("SITE_NEW", "SITE_GONE", "IDENTITY", "POSITION", "ATTRIBUTE"), "data"),
    "RULE_BOOK": "rule",
    **dict.fromkeys(("RULE_NOT_IN_FORCE", "LAW_CHANGED", "DATE"), "law date"),
    **dict.fromkeys(("ZONE_NOT_IN_FORCE", "ZONE_OUTLINE", "ZONE_ATTRIBUTE"), "zone"),
    "LEDGER": "ledger",
    "UNKNOWN": "unknown",
}

# Columns of sites that a run works out; the others are attributes of the site.
_ATTRIBUTES = frozenset({"layer", "site_id", "name", "kind", "status", "deadline", "responsible_unit"})
_WORKED_OUT = (frozenset(SITE_COLUMNS) | {"share_in_zones", "contradiction", "_id"}) - _ATTRIBUTES
# Attributes that the ledger may have a word on; columns that only the ledger fills begin with `ledger_`.
OF_LEDGER = frozenset({"status", "deadline", "completed_on", "accepted_on", "closed_on", "revision"})
_SAME_PLACE = 1e-7  # degrees: a centimetre

Flags = NDArray[np.bool_]
Sites: TypeAlias = pd.MultiIndex
_TOLD = ("rule_id", "subject_layer", "subject_id", "subject_name", "zone_id")


class SiteSides(NamedTuple):
    """The sites of two runs by layer and identity: those that both have, which of them lie elsewhere, have other
    attributes, or differ in nothing but what the ledger says; and which lack an attribute that they had.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    both: Sites
    moved: Sites
    rewritten: Sites
    by_ledger: Sites
    emptied: Mapping[str, Sites]


def by_identity(run: PastRun) -> pd.DataFrame:
    """The sites of a run by layer and identity."""
    if not run.identities:
        return run.sites
    keys = [(layer, run.identities.get((layer, own), own)) for layer, own in run.sites.index]
    sites = run.sites.copy()
    sites.index = pd.MultiIndex.from_tuples(keys, names=run.sites.index.names)
    return sites


def site_sides(before: PastRun, after: PastRun, recorded: Collection[Key]) -> SiteSides:
    """The sites side by side; `recorded`: those of which something was recorded on the ledger in between."""
    first, last = by_identity(before), by_identity(after)
    ids = first.index.intersection(last.index)
    was, now = first.loc[ids], last.loc[ids]
    moved = np.zeros(len(ids), dtype=bool)
    for axis in ("lon", "lat"):
        places = [pd.to_numeric(side[axis], errors="coerce").to_numpy(dtype=float) for side in (was, now)]
        moved |= np.abs(places[0] - places[1]) > _SAME_PLACE / 2
    own, ledger = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    emptied: dict[str, Sites] = {}
    for name in was.columns.union(now.columns):
        if name in _WORKED_OUT:
            continue
        other, gone = _differ(was, now, name)
        if name == "source_id" and (before.identities or after.identities):
            other &= np.asarray(_sources(was, before) != _sources(now, after), dtype=bool)
        if not other.any():
            continue
        by_ledger = name in OF_LEDGER or str(name).startswith("ledger_")
        ledger, own = (ledger | other, own) if by_ledger else (ledger, own | other)
        if gone.any():
            emptied[str(name)] = ids[gone]
    told = np.asarray(ids.isin(list(recorded)), dtype=bool) if recorded else np.zeros(len(ids), dtype=bool)
    return SiteSides(first, last, ids, ids[moved], ids[own | (ledger & ~told)], ids[ledger & told & ~own], emptied)


def _sources(side: pd.DataFrame, run: PastRun) -> NDArray[np.object_]:
    """The identities of the sources that sites are about."""
    return objects(run.identities.get(("pollution_sources", one), one) for one in side["source_id"])


def _differ(was: pd.DataFrame, now: pd.DataFrame, name: str) -> tuple[Flags, Flags]:
    """Which rows differ in a column, and which had something in it and have nothing; absent is like empty."""
    first, last = (side[name].array if name in side else objects([""]).repeat(len(side)) for side in (was, now))
    other = np.asarray(first != last, dtype=bool)
    return other, other & np.asarray(last == "", dtype=bool)


class Pair:
    """The findings of two runs side by side, NaN where a side has none; `told`: as the later one tells it, or else the
    earlier one.
    """

    def __init__(self, was: pd.DataFrame, now: pd.DataFrame, before: PastRun, after: PastRun, sides: SiteSides) -> None:
        self.was, self.now, self.runs, self.sides = was, now, (before, after), sides
        self.was_there, self.is_there = (side["rule_id"].notna().to_numpy() for side in (was, now))
        self.both, self.one_sided = self.was_there & self.is_there, self.was_there != self.is_there
        self.told = {
            name: np.where(self.is_there, now[name].to_numpy(dtype=object), was[name].to_numpy(dtype=object))
            for name in _TOLD
        }
        self.size = len(now)
        layer, subject = (self.told[name] for name in ("subject_layer", "subject_id"))
        self.layer, self.rule = layer, self.told["rule_id"]
        self.subject = self._identities(layer, subject)
        self.sites = pd.MultiIndex.from_arrays([layer, self.subject])
        zone = self.told["zone_id"]
        # A finding about a zone has no other zone.
        own = np.where((layer != ZONES) | (zone != ""), zone, subject)
        self.zones = pd.Index(self._identities(objects([ZONES]).repeat(len(own)), own), dtype=object)

    def _identities(self, layer: NDArray[np.object_], ids: NDArray[np.object_]) -> NDArray[np.object_]:
        """The identities of what each row's own side calls so."""
        before, after = (run.identities for run in self.runs)
        if not before and not after:
            return ids
        sides = zip(layer, ids, self.is_there, strict=True)
        return objects((after if here else before).get((of, own), own) for of, own, here in sides)

    def differ(self, columns: tuple[str, ...]) -> Flags:
        """Which findings of both sides differ in one of the columns; never where the runs speak two languages."""
        other = np.zeros(self.size, dtype=bool)
        if len({run.facts["language"] for run in self.runs}) > 1 and "citation" in columns:
            return other
        for name in columns:
            if name in self.was and name in self.now:
                other |= np.asarray(self.was[name].array != self.now[name].array, dtype=bool)
        return np.asarray(self.both & other, dtype=bool)

    def has_subject(self, side: int) -> Flags:
        """Which findings' subjects the run knows; True where its files do not tell."""
        run, sites = self.runs[side], (self.sides.before, self.sides.after)[side]
        known = np.asarray(self.sites.isin(sites.index))
        sections: Flags | bool = True
        if run.sections is not None:
            names = {run.identities.get(("river_sections", own), own) for own in run.sections.index}
            sections = np.array([one in names for one in self.subject], dtype=bool)
        at = [np.isin(self.layer.astype(str), SUBJECT_LAYERS), self.layer == "river_sections"]
        return np.asarray(np.select(at, [known, sections], True), dtype=bool)

    def has_zone(self, run: PastRun) -> Flags:
        """Which findings' zones are in force in the run; False where its files do not tell."""
        nothing = np.zeros(self.size, dtype=bool)
        return nothing if run.zones is None else np.asarray(self.zones.isin(zones_of(run).index), dtype=bool)

    def in_force(self, run: PastRun) -> Flags:
        """Which findings' rules are in force in the run, and False where it does not have them."""
        holds = run.in_force
        return np.array([holds.get(rule, False) for rule in self.rule], dtype=bool)

    def has_rule(self, run: PastRun) -> Flags:
        """Which findings' rules stand in the books of the run."""
        stands = run.in_force
        return np.array([rule in stands for rule in self.rule], dtype=bool)


def zones_of(run: PastRun) -> pd.DataFrame:
    """The zones of a run by identity; no row where its files do not tell."""
    if run.zones is None:
        return pd.DataFrame({OUTLINE: []}, index=pd.Index([], dtype=object))
    if not any(layer == ZONES for layer, _ in run.identities):
        return run.zones
    names = objects(run.identities.get((ZONES, own), own) for own in run.zones.index)
    return run.zones.set_axis(pd.Index(names, dtype=object), axis=0)


def causes_of(pair: Pair, law: Flags) -> NDArray[np.object_]:
    """Of each finding the codes of CAUSES: one that is certain, else all that may be, else what the runs differ in."""
    before, after = pair.runs
    had, has = pair.has_subject(0), pair.has_subject(1)
    zones = (before.zones is not None and after.zones is not None) & (pair.has_zone(before) != pair.has_zone(after))
    certain = [
        ("IDENTITY", (had != has) & _in_question(pair)),
        ("SITE_NEW", ~had & has),
        ("SITE_GONE", had & ~has),
        ("RULE_BOOK", ~pair.has_rule(before) | ~pair.has_rule(after)),
        ("RULE_NOT_IN_FORCE", ~pair.in_force(before) | ~pair.in_force(after)),
        ("ZONE_NOT_IN_FORCE", zones),
    ]
    found = np.select([flags & pair.one_sided for _, flags in certain], [code for code, _ in certain], "").astype(
        object
    )
    outlines, attributes = _zone_changes(before, after)
    sides = pair.sides
    possible = {
        "ZONE_OUTLINE": pair.zones.isin(outlines),
        "ZONE_ATTRIBUTE": pair.zones.isin(attributes),
        "POSITION": np.asarray(pair.sites.isin(sides.moved)),
        "ATTRIBUTE": np.asarray(pair.sites.isin(sides.rewritten)),
        "LEDGER": np.asarray(pair.sites.isin(sides.by_ledger)),
        "LAW_CHANGED": law,
    }
    open_rows = found == ""
    for code, flags in possible.items():
        at = open_rows & flags
        found[at] = np.where(found[at] == "", code, found[at] + f";{code}")
    _of_others(pair, found)
    found[found == ""] = last_cause(before, after)
    return found


def _of_others(pair: Pair, found: NDArray[np.object_]) -> None:
    """Findings that follow from others (a source in violation that is on no ledger) have the causes of those."""
    open_rows = np.flatnonzero((found == "") & pair.one_sided & (pair.told["zone_id"] == "") & (pair.layer != ZONES))
    if not len(open_rows):
        return
    results = [side["result"].fillna("").to_numpy(dtype=object) for side in (pair.was, pair.now)]
    told = (found != "") & (results[0] != results[1])
    by_site: dict[Key, set[str]] = {}
    for key, causes in zip(pair.sites[told], found[told], strict=True):
        by_site.setdefault(key, set()).update(causes.split(";"))
    if not by_site:
        return
    for at in open_rows.tolist():
        about = {pair.sites[at], *_sources_of(pair, pair.sites[at])}
        codes = set().union(*(by_site.get(key, ()) for key in about))
        found[at] = ";".join(code for code in CAUSES if code in codes)


def _sources_of(pair: Pair, site: Key) -> set[Key]:
    """The sources that a remediation site is about on either side."""
    ids = set()
    for run, sites in zip(pair.runs, (pair.sides.before, pair.sides.after), strict=True):
        if "source_id" in sites and site in sites.index:
            source = str(sites.loc[site, "source_id"])
            ids.add(("pollution_sources", run.identities.get(("pollution_sources", source), source)))
    return ids


def last_cause(before: PastRun, after: PastRun) -> str:
    """What the runs differ in as wholes."""
    return "RULE_BOOK" if before.books != after.books else "DATE" if before.as_of != after.as_of else "UNKNOWN"


def _in_question(pair: Pair) -> Flags:
    asked = pair.runs[1].asked
    if not asked:
        return np.zeros(pair.size, dtype=bool)
    return np.array([key in asked for key in zip(pair.layer, pair.subject, strict=True)], dtype=bool)


def _zone_changes(before: PastRun, after: PastRun) -> tuple[pd.Index, pd.Index]:
    """The identities of zones with another outline, and of those with other attributes, in force in both runs."""
    first, last = zones_of(before), zones_of(after)
    ids = first.index.intersection(last.index)
    was, now = first.loc[ids], last.loc[ids]
    other = np.zeros(len(ids), dtype=bool)
    for name in was.columns.union(now.columns):
        if name not in (OUTLINE, *VALID):
            other |= _differ(was, now, name)[0]
    return ids[_differ(was, now, OUTLINE)[0]], ids[other]
