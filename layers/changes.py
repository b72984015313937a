"""Two runs -> what is new, gone, worse or better in the later one, and as far as both sides tell it, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.past_runs import PastRun
from layers.rule import ZONES
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import RESULTS, SEVERITIES, Word
from layers.zone_versions import VALID

# docs/outputs.md
CHANGE_COLUMNS = (
    "finding_id",
    "rule_id",
    "subject_layer",
    "subject_id",
    "subject_name",
    "zone_id",
    "change",
    "cause",
)

# "relapsed" needs the history of more than two runs.
CHANGES: Mapping[str, Word] = {
    "new": Word("新增", "new"),
    "worse": Word("加重", "worse"),
    "not_assessed": Word("不再能评估", "no answer any more"),
    "better": Word("减轻", "better"),
    "cleared": Word("消失", "cleared"),
    "known": Word("仍在，依据或量值有变", "still there, with another citation or measure"),
}

CAUSES: Mapping[str, Word] = {
    "SITE_NEW": Word("前一次没有该对象", "the site was not in the earlier run"),
    "SITE_GONE": Word("后一次没有该对象", "the site is not in the later run"),
    "RULE_BOOK": Word("法规库不同", "other rule books, or another edition"),
    "RULE_NOT_IN_FORCE": Word("其中一日该规则未施行", "the rule is not in force on one of the days"),
    "ZONE_NOT_IN_FORCE": Word("其中一次没有该保护区或其有效版本", "one run has no version of the zone in force"),
    "ZONE_OUTLINE": Word("保护区范围不同", "the zone has another outline"),
    "ZONE_ATTRIBUTE": Word("保护区属性不同", "the zone has other attributes"),
    "POSITION": Word("对象位置不同", "the site lies elsewhere"),
    "ATTRIBUTE": Word("对象属性不同", "the site has other attributes"),
    "LAW_CHANGED": Word("所引条款不同", "other articles are cited"),
    "DATE": Word("巡查日不同", "another date of inspection"),
    "UNKNOWN": Word("两次结果都看不出原因", "neither run tells why"),
}

_MEASURES = ("distance_m", "depth_m", "overlap_m2", "overlap_m", "overlap_share", "margin_m")
# Columns of sites that a run works out; the others are attributes of the site.
_ATTRIBUTES = frozenset({"layer", "site_id", "name", "kind", "status", "deadline", "responsible_unit"})
_WORKED_OUT = (frozenset(SITE_COLUMNS) | {"share_in_zones"}) - _ATTRIBUTES
_SAME_PLACE = 1e-7  # degrees: a centimetre

Flags = NDArray[np.bool_]


class Changes(NamedTuple):
    """`rows`: CHANGE_COLUMNS, a row per finding that changed, but for the known ones. `counts`: by change and cause,
    how many; of several causes each counts. `same`: findings in which nothing changed.
    """

    rows: pd.DataFrame
    counts: Mapping[str, Mapping[str, int]]
    same: int


def compare(before: PastRun, after: PastRun) -> Changes:
    """What changed from one run to a later one, by the ids of findings.

    `new` and `cleared`: on one side only. `worse`, `better`: another result or, with the same, another severity.
    `not_assessed`: it is gone, and its site has more rules without an answer than before, so nothing tells that it is
    solved. `known`: it is there as before, with another citation or other measures; only counted. Several causes that
    cannot be told apart are joined by semicolons.
    """
    ids = before.findings.index.union(after.findings.index)
    was, now = before.findings.reindex(ids), after.findings.reindex(ids)
    pair = _Pair(was, now, before, after)
    law, measures = pair.differ(("citation",)), pair.differ(_MEASURES)
    rank, earlier = _rank(now), _rank(was)
    causes = _causes(pair, law)
    change = np.select(
        [
            ~pair.was_there,
            ~pair.is_there & _blind_now(pair, causes),
            ~pair.is_there,
            rank < earlier,
            rank > earlier,
            law | measures,
        ],
        ["new", "not_assessed", "cleared", "worse", "better", "known"],
        "",
    )
    columns = {"finding_id": ids, **{name: pair.told[name] for name in CHANGE_COLUMNS[1:6]}}
    changed = pd.Categorical([one or None for one in change.tolist()], list(CHANGES))
    frame = pd.DataFrame({**columns, "change": changed, "cause": causes}, index=ids)
    rows = frame[frame["change"].notna() & (frame["change"] != "known")]
    rows = rows.sort_values(["change", "rule_id", "subject_layer", "subject_id", "zone_id"], ignore_index=True)
    return Changes(rows.astype({"change": object}), _counts(frame), int(frame["change"].isna().sum()))


def _counts(frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    """By change and cause, in the order of both tables, how many findings."""
    counts: dict[str, dict[str, int]] = {}
    for change in CHANGES:
        own = frame.loc[frame["change"] == change, "cause"].str.split(";").explode().value_counts()
        counts[change] = {cause: int(own[cause]) for cause in CAUSES if cause in own}
    return counts


def _rank(findings: pd.DataFrame) -> NDArray[np.int64]:
    """How bad each finding is, the worst first: by result, then by severity."""
    result, severity = (
        pd.Categorical(findings[name], list(words)).codes.astype(np.int64)
        for name, words in (("result", RESULTS), ("severity", SEVERITIES))
    )
    return np.asarray(result * len(SEVERITIES) + severity)


class _Pair:
    """The findings of two runs side by side, NaN where a side has none; `told`: as the later one tells it, or else the
    earlier one.
    """

    def __init__(self, was: pd.DataFrame, now: pd.DataFrame, before: PastRun, after: PastRun) -> None:
        self.was, self.now, self.runs = was, now, (before, after)
        self.was_there, self.is_there = (side["rule_id"].notna().to_numpy() for side in (was, now))
        self.both, self.one_sided = self.was_there & self.is_there, self.was_there != self.is_there
        self.told = now.where(now["rule_id"].notna(), was)
        layer, subject = self.told["subject_layer"], self.told["subject_id"]
        self.sites = pd.MultiIndex.from_arrays([layer, subject])
        # A finding about a zone has no other zone.
        self.zones = self.told["zone_id"].where((layer != ZONES) | (self.told["zone_id"] != ""), subject)

    def differ(self, columns: tuple[str, ...]) -> Flags:
        """Which findings of both sides differ in one of the columns; never where the runs speak two languages."""
        if len({run.facts["language"] for run in self.runs}) > 1 and "citation" in columns:
            return np.zeros(len(self.told), dtype=bool)
        shared = [name for name in columns if name in self.was and name in self.now]
        other = (self.was[shared] != self.now[shared]).any(axis=1).to_numpy()
        return np.asarray(self.both & other, dtype=bool)

    def has_subject(self, run: PastRun) -> Flags:
        """Which findings' subjects the run knows; True where its files do not tell."""
        known = np.asarray(self.sites.isin(run.sites.index))
        layer, subject = self.told["subject_layer"], self.told["subject_id"]
        sections = True if run.sections is None else subject.isin(run.sections.index).to_numpy()
        at = [layer.isin(SUBJECT_LAYERS).to_numpy(), (layer == "river_sections").to_numpy()]
        return np.asarray(np.select(at, [known, sections], True), dtype=bool)

    def has_zone(self, run: PastRun) -> Flags:
        """Which findings' zones are in force in the run; False where its files do not tell."""
        nothing = np.zeros(len(self.told), dtype=bool)
        return nothing if run.zones is None else np.asarray(self.zones.isin(run.zones.index), dtype=bool)

    def in_force(self, run: PastRun) -> Flags:
        """Which findings' rules are in force in the run, and False where it does not have them."""
        return np.asarray([run.in_force.get(rule, False) for rule in self.told["rule_id"]], dtype=bool)

    def has_rule(self, run: PastRun) -> Flags:
        """Which findings' rules stand in the books of the run."""
        return np.asarray(self.told["rule_id"].isin(list(run.in_force)), dtype=bool)


def _causes(pair: _Pair, law: Flags) -> NDArray[np.object_]:
    """Of each finding the codes of CAUSES: one that is certain, else all that may be, else what the runs differ in."""
    before, after = pair.runs
    had, has = pair.has_subject(before), pair.has_subject(after)
    zones = (before.zones is not None and after.zones is not None) & (pair.has_zone(before) != pair.has_zone(after))
    certain = [
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
    moved, rewritten = _site_changes(before, after)
    possible = {
        "ZONE_OUTLINE": pair.zones.isin(outlines).to_numpy(),
        "ZONE_ATTRIBUTE": pair.zones.isin(attributes).to_numpy(),
        "POSITION": np.asarray(pair.sites.isin(moved)),
        "ATTRIBUTE": np.asarray(pair.sites.isin(rewritten)),
        "LAW_CHANGED": law,
    }
    open_rows = found == ""
    for code, flags in possible.items():
        at = open_rows & flags
        found[at] = np.where(found[at] == "", code, found[at] + f";{code}")
    last = "RULE_BOOK" if before.books != after.books else "DATE" if before.as_of != after.as_of else "UNKNOWN"
    found[found == ""] = last
    return found


def _blind_now(pair: _Pair, causes: NDArray[np.object_]) -> Flags:
    """Which findings' sites have more rules without an answer in the later run than in the earlier one.

    Of sections and zones no run writes that of each; there it counts whether more of them have no answer to the rule.
    """
    counts = [pd.to_numeric(run.sites["not_assessed"], errors="coerce").reindex(pair.sites) for run in pair.runs]
    more = counts[1].to_numpy() > counts[0].to_numpy()
    layer = pair.told["subject_layer"]
    asked = list(zip(layer, pair.told["rule_id"], strict=True))
    was, now = (np.array([run.blind.get(one, 0) for one in asked], dtype=np.int64) for run in pair.runs)
    more = np.where(layer.isin(SUBJECT_LAYERS).to_numpy(), more, now > was) & pair.was_there
    return np.asarray(more & ~np.isin(causes.astype(str), ["SITE_GONE", "RULE_BOOK", "RULE_NOT_IN_FORCE"]), dtype=bool)


def _zone_changes(before: PastRun, after: PastRun) -> tuple[pd.Index, pd.Index]:
    """The ids of zones with another outline, and of those with other attributes, in force in both runs."""
    nothing = pd.Index([], dtype=object)
    if before.zones is None or after.zones is None:
        return nothing, nothing
    ids = before.zones.index.intersection(after.zones.index)
    was, now = before.zones.loc[ids], after.zones.loc[ids]
    shapes = [shapely.normalize(side.geometry.to_numpy()) for side in (was, now)]
    other = ~shapely.equals_exact(*shapes, tolerance=_SAME_PLACE)
    return ids[other], ids[
        _texts_differ(*(side.drop(columns=["geometry", *VALID], errors="ignore") for side in (was, now)))
    ]


def _site_changes(before: PastRun, after: PastRun) -> tuple[pd.Index, pd.Index]:
    """The sites of both runs, by layer and id, that lie elsewhere, and those with other attributes."""
    ids = before.sites.index.intersection(after.sites.index)
    was, now = before.sites.loc[ids], after.sites.loc[ids]
    moved = np.zeros(len(ids), dtype=bool)
    for axis in ("lon", "lat"):
        places = [pd.to_numeric(side[axis], errors="coerce").to_numpy() for side in (was, now)]
        moved |= np.abs(places[0] - places[1]) > _SAME_PLACE / 2
    own = [side.drop(columns=[name for name in side if name in _WORKED_OUT]) for side in (was, now)]
    return ids[moved], ids[_texts_differ(*own)]


def _texts_differ(was: pd.DataFrame, now: pd.DataFrame) -> Flags:
    """Which rows differ in a column; one that a side does not have counts as empty there."""
    other = np.zeros(len(was), dtype=bool)
    for name in was.columns.union(now.columns):
        texts = [side[name].to_numpy(dtype=object) if name in side else "" for side in (was, now)]
        other |= np.asarray(texts[0] != texts[1], dtype=bool)
    return other
