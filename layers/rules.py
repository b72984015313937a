"""Sites against rules: findings, and for every site and rule one of the four answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis import nearby, relate
from layers import coverage
from layers.coverage import REASONS, Codes, Extent
from layers.findings import findings_frame
from layers.rule_book import ZONES, Rule, RuleSet

SUBJECT_LAYERS = ("pollution_sources", "remediation_sites")

# Attributes of a pair that decide a result, beyond the geometry.
NO, MISSING, YES = 0, 1, 2


class Answers(NamedTuple):
    """What the rules answered.

    `findings`: the rows that are a violation or to be checked. `coverage`: counts of the four
    answers by layer, kind, rule and reason. `blind`: per layer, for every site and reason of
    `layers.coverage.REASONS`, the number of rules not assessed. `inner_level`: per layer and site
    the position of the strictest level of a zone it lies in, or -1. `share_in_zones`: per layer and
    site the share of its area or length in any zone, by union. `extents`: where each layer was taken
    as complete.
    """

    findings: gpd.GeoDataFrame
    coverage: pd.DataFrame
    blind: Mapping[str, NDArray[np.int64]]
    inner_level: Mapping[str, NDArray[np.int64]]
    share_in_zones: Mapping[str, NDArray[np.float64]]
    extents: Mapping[str, Extent]


def check(
    frames: Mapping[str, gpd.GeoDataFrame],
    rules: RuleSet,
    *,
    as_of: date,
    refused: Mapping[str, gpd.GeoDataFrame] | None = None,
    complete_within_metres: float = 5000.0,
) -> Answers:
    """Every site of `frames` against every rule in force on `as_of`.

    `frames` are those of `layers.load` (EPSG:4326, canonical columns); protection zones not in force
    on the day are left out. `refused` holds, per kind, the places of rows that were not accepted: a
    place there, or within a rule's reach of it, is not clear. A rule answers for the kinds it
    names. `violation` needs a prohibited effect, a relation that holds beyond the accuracy of the
    positions, and all its attributes known; what cannot be decided is `check`; where data is
    lacking `not_assessed`; else `clear`.
    """
    work = _Work(frames, rules, as_of, refused or {}, complete_within_metres)
    found: list[pd.DataFrame] = []
    counted: list[pd.DataFrame] = []
    blind: dict[str, NDArray[np.int64]] = {}
    for layer in SUBJECT_LAYERS:
        sites = frames.get(layer)
        if sites is None:
            continue
        blind[layer] = np.zeros((len(sites), len(REASONS)), dtype=np.int64)
        judged = np.zeros(len(sites), dtype=bool)
        kinds = _kinds(sites)
        for rule in rules.in_force(as_of):
            if rule.subject != layer:
                continue
            rows = np.flatnonzero(_of_kinds(kinds, rule))
            judged[rows] = True
            pairs, results, codes = work.answer(rule, rows)
            found.append(pairs)
            unassessed = results == "not_assessed"
            np.add.at(blind[layer], (rows[unassessed], codes[unassessed]), 1)
            counted.append(coverage.coverage_rows(layer, kinds, rule.id, rows, results, codes))
        left = np.flatnonzero(~judged)
        codes = np.full(len(left), REASONS.index("NO_RULE"), dtype=np.int8)
        blind[layer][left, codes] = 1
        counted.append(
            coverage.coverage_rows(layer, kinds, "", left, np.full(len(left), "not_assessed", dtype=object), codes)
        )
    return Answers(
        findings_frame(work.frames, rules, found, as_of=as_of),
        pd.concat(counted, ignore_index=True) if counted else pd.DataFrame(columns=list(coverage.COVERAGE_COLUMNS)),
        blind,
        {layer: work.strictest_level(layer) for layer in blind},
        {layer: relate.covered_share(work.frames[layer], work.targets(ZONES)) for layer in blind},
        work.extents,
    )


class _Work:
    """One pass over the layers: spatial answers are asked once per relation and shared by rules."""

    def __init__(
        self,
        frames: Mapping[str, gpd.GeoDataFrame],
        rules: RuleSet,
        as_of: date,
        refused: Mapping[str, gpd.GeoDataFrame],
        complete_within_metres: float,
    ) -> None:
        self.frames = dict(frames)
        if ZONES in self.frames:
            self.frames[ZONES] = coverage.in_force(self.frames[ZONES], as_of.isoformat())
        self.rules = rules
        self.as_of = as_of
        self.refused = refused
        self.reach = complete_within_metres
        self.extents: dict[str, Extent] = {}
        self._targets: dict[str, relate.Targets] = {}
        self._measured: dict[tuple[str, str], nearby.Measured] = {}
        self._pairs: dict[tuple[str, str, float, str], pd.DataFrame] = {}
        self._blind: dict[tuple[str, float, str], Codes] = {}

    def answer(self, rule: Rule, rows: NDArray[np.intp]) -> tuple[pd.DataFrame, NDArray[np.object_], Codes]:
        """The flagged pairs of a rule, and for each site of `rows` its result and the reason for none."""
        sites = self.frames[rule.subject]
        codes = self.blind_spots(rule)[rows]
        results = np.where(codes > 0, "not_assessed", "clear").astype(object)
        pairs = self.pairs(rule)
        pairs = pairs[np.isin(pairs["subject"], rows)]
        if len(pairs):
            pairs = pairs.assign(
                state=np.minimum(
                    self._zone_state(rule)[pairs["zone"]], _where(sites, rule, pairs["subject"].to_numpy())
                )
            )
            pairs = pairs[pairs["state"] != NO]
        if len(pairs):
            decided = pairs["holds"] & pairs["certain"] & (pairs["state"] == YES) & (rule.effect == "prohibited")
            pairs = pairs.assign(result=np.where(decided, "violation", "check"), rule_id=rule.id)
            position = np.full(len(sites), -1)
            position[rows] = np.arange(len(rows))
            for result in ("check", "violation"):
                results[position[pairs.loc[pairs["result"] == result, "subject"]]] = result
        return pairs, results, codes

    def pairs(self, rule: Rule) -> pd.DataFrame:
        """The pairs of the rule's relation over all sites of its layer, asked once."""
        return self._related(rule.subject, rule.relation, rule.within_m or 0.0, rule.of)

    def _related(self, layer: str, relation: str, metres: float, of: str) -> pd.DataFrame:
        key = (layer, relation, metres, of)
        if key not in self._pairs:
            if relation == "crosses":
                inside = self._related(layer, "inside", metres, of)
                self._pairs[key] = relate.crosses_of(inside, self.frames[layer])
            elif relation == "within":
                self._pairs[key] = relate.within_of(self._near(layer, of), metres=metres)
            else:
                self._pairs[key] = relate.inside_of(self._near(layer, of))
        return self._pairs[key]

    def _near(self, layer: str, of: str) -> nearby.Measured:
        """What lies as near as the farthest reaching rule between the two layers asks, measured once."""
        if (layer, of) not in self._measured:
            asked = (rule for rule in self.rules.in_force(self.as_of) if (rule.subject, rule.of) == (layer, of))
            reach = max((rule.within_m or 0.0 for rule in asked), default=0.0)
            self._measured[layer, of] = nearby.measure(self.frames[layer], self.targets(of), metres=reach)
        return self._measured[layer, of]

    def targets(self, layer: str) -> relate.Targets:
        if layer not in self._targets:
            frame = self.frames.get(layer)
            empty = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
            self._targets[layer] = relate.targets(empty if frame is None else frame)
        return self._targets[layer]

    def blind_spots(self, rule: Rule) -> Codes:
        """For every site of the rule's layer why the rule is not assessed there, 0 where it is."""
        key = (rule.subject, rule.within_m or 0.0, rule.of)
        if key not in self._blind:
            districts = self.frames.get("districts")
            if rule.of not in self.extents:
                self.extents[rule.of] = coverage.complete_extent(self.frames.get(rule.of), districts, metres=self.reach)
            self._blind[key] = coverage.blind_spots(
                self.frames[rule.subject],
                self.extents[rule.of],
                districts,
                self.refused.get(rule.of),
                metres=key[1],
            )
        return self._blind[key]

    def strictest_level(self, layer: str) -> NDArray[np.int64]:
        """For every site the position of the strictest level among the zones it lies in, or -1."""
        levels = list(self.rules.levels)
        best = np.full(len(self.frames[layer]), len(levels), dtype=np.int64)
        if ZONES in self.frames and len(self.frames[ZONES]):
            pairs = self._related(layer, "inside", 0.0, ZONES)
            held = pairs[pairs["holds"]]
            position = {level: place for place, level in enumerate(levels)}
            place = self.frames[ZONES]["level"].map(position).to_numpy(dtype=np.int64)
            np.minimum.at(best, held["subject"].to_numpy(), place[held["zone"].to_numpy()])
        return np.where(best == len(levels), -1, best)

    def _zone_state(self, rule: Rule) -> NDArray[np.int8]:
        """For every zone whether the rule's level and medium fit it: YES, MISSING or NO."""
        frame = self.frames[rule.of]
        state = np.full(len(frame), YES, dtype=np.int8)
        if rule.medium is not None:
            state = _known(frame["medium"], (rule.medium,))
        if rule.levels is not None:
            state[~frame["level"].isin(rule.levels).to_numpy(dtype=bool)] = NO
        return state


def _of_kinds(kinds: NDArray[np.object_], rule: Rule) -> NDArray[np.bool_]:
    if rule.kinds is None:
        return np.ones(len(kinds), dtype=bool)
    return np.asarray(pd.Series(kinds, dtype=object).isin(rule.kinds).to_numpy(), dtype=bool)


def _kinds(sites: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The kind of each site, "" where none is given (remediation sites need none)."""
    if "kind" not in sites:
        return np.full(len(sites), "", dtype=object)
    return np.asarray(sites["kind"].fillna("").to_numpy(), dtype=object)


def _where(sites: gpd.GeoDataFrame, rule: Rule, rows: NDArray[np.intp]) -> NDArray[np.int8]:
    """For each site of `rows` whether the rule's attributes fit: YES, MISSING (one is not known) or NO."""
    state = np.full(len(rows), YES, dtype=np.int8)
    for attribute, allowed in rule.where.items():
        if attribute in sites:
            state = np.minimum(state, _known(sites[attribute].iloc[rows], allowed))
        else:
            state = np.minimum(state, MISSING)
    return state


def _known(values: pd.Series, allowed: tuple[str | bool, ...]) -> NDArray[np.int8]:
    """YES where a value is allowed, MISSING where there is none, NO elsewhere."""
    spelled = {str(value).lower() for value in allowed}
    given = values.isna() | (values.astype(str).str.strip() == "")
    fits = values.astype(str).str.strip().str.lower().isin(spelled)
    return np.where(given, MISSING, np.where(fits, YES, NO)).astype(np.int8)
