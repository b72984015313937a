"""Two runs -> what is new, gone, worse or better in the later one, and as far as both sides tell it, why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.change_causes import CAUSES, Flags, Pair, causes_of, site_sides
from layers.columns import objects
from layers.finding_history import History
from layers.findings import MEASURES, finding_id
from layers.past_runs import Key, PastRun
from layers.rule import ZONES, Rule
from layers.site_changes import site_rows
from layers.surroundings import SUBJECT_LAYERS
from layers.words import RESULTS, SEVERITIES, Word

__all__ = ["CAUSES", "CHANGES", "CHANGE_COLUMNS", "Changes", "compare"]

# docs/changes.md
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
# What the map and `--json` know besides: result or status on both sides, the first day overdue, places.
DETAIL_COLUMNS = ("was", "now", "since", "lon", "lat", "lon_before", "lat_before")

# What most wants acting on comes first.
CHANGES: Mapping[str, Word] = {
    "relapsed": Word("反弹", "relapsed"),
    "contradiction": Word("台账与现状矛盾", "contradiction"),
    "new": Word("新增", "new"),
    "worse": Word("加重", "worse"),
    "overdue": Word("新逾期", "overdue since"),
    "not_assessed": Word("不再能评估", "no answer any more"),
    "gone": Word("不再列出", "not listed any more"),
    "moved": Word("位置变动", "moved"),
    "status": Word("状态变化", "another status"),
    "better": Word("减轻", "better"),
    "cleared": Word("消失", "cleared"),
    "known": Word("仍在，依据或量值有变", "still there, with another citation or measure"),
}

# Rules that look at what is on record: where the record stops stating it they are not asked any more.
_OF_RECORDS = ("status", "quality")


# Why a finding may be gone while its site is as it was: no relapse when it comes back.
_NOT_BY_SITE = frozenset(
    {"SITE_GONE", "RULE_BOOK", "RULE_NOT_IN_FORCE", "ZONE_NOT_IN_FORCE", "ZONE_OUTLINE", "ZONE_ATTRIBUTE"}
)

_OF_CASES = {"overdue": ("deadline", "status"), "still_violating": ("source_id", "status")}


class Changes(NamedTuple):
    """`rows`: CHANGE_COLUMNS, a row per finding that changed, but for the known ones, and per change of a site.
    `details`: the same rows with DETAIL_COLUMNS behind them. `counts`: by change and cause, how many; of several
    causes each counts. `same`: findings in which nothing changed. `unanswered`: findings of the earlier run that are
    gone without having been solved.
    """

    rows: pd.DataFrame
    details: pd.DataFrame
    counts: Mapping[str, Mapping[str, int]]
    same: int
    unanswered: frozenset[str] = frozenset()


def no_changes() -> Changes:
    """What a run tells that has none before it."""
    columns = {name: pd.Series(dtype=float if name[:3] in ("lon", "lat") else object) for name in _COLUMNS}
    frame = pd.DataFrame(columns)
    return Changes(frame[list(CHANGE_COLUMNS)], frame, {name: {} for name in CHANGES}, 0)


_COLUMNS = (*CHANGE_COLUMNS, *DETAIL_COLUMNS)


def compare(
    before: PastRun,
    after: PastRun,
    *,
    history: History | None = None,
    recorded: Collection[Key] = (),
    asks: Mapping[str, Collection[str]] | None = None,
) -> Changes:
    """What changed from one run to a later one, by the ids of findings and the identities of sites.

    `history`: of findings in the runs before `after`; without it nothing is told as relapsed but sites reopened.
    `recorded`: layer and identity of the sites of which something was recorded on the ledger in between. `asks`: by
    rule the attributes that it asks for; without it, any attribute may be one.

    `new` and `cleared`: on one side only. `worse`, `better`: another result or, with the same, another severity.
    `gone`: its site is not listed any more, which is no word on it. `not_assessed`: it is gone, and nothing tells that
    it is solved: its site, or the rule, has more without an answer than before, its record does not state any more what
    the rule asks for, or it is in question which site it is. `known`: it is there as before, with another citation or
    other measures; only counted. Several causes that cannot be told apart are joined by semicolons.
    """
    given, before = before, _renamed(before, after)
    sides = site_sides(_with_ids(before), _with_ids(after), recorded)
    ids = before.findings.index.union(after.findings.index)
    names = [name for name in after.findings.columns if name in _USED and name in before.findings]
    was, now = before.findings[names].reindex(ids), after.findings[names].reindex(ids)
    pair = Pair(was, now, before, after, sides)
    law, measures = pair.differ(("citation",)), pair.differ(tuple(MEASURES))
    rank, earlier = _rank(now), _rank(was)
    causes = causes_of(pair, law)
    back = np.array([_solved(history, one) for one in ids], dtype=bool) if history else np.zeros(len(ids), dtype=bool)
    gone = ~pair.is_there
    unlisted = gone & (causes == "SITE_GONE")
    blind = gone & (_blind_now(pair, causes) | _silent_now(pair, asks) | (causes == "IDENTITY"))
    change = np.select(
        [
            ~pair.was_there & back,
            ~pair.was_there,
            unlisted,
            blind,
            gone,
            rank < earlier,
            rank > earlier,
            law | measures,
        ],
        ["relapsed", "new", "gone", "not_assessed", "cleared", "worse", "better", "known"],
        "",
    )
    frame = _findings_frame(pair, ids, change, causes)
    sites = site_rows(before, after, sides)
    sites = sites.assign(**dict.fromkeys(("finding_id", "rule_id", "zone_id"), ""))
    every = pd.concat([frame[[*_COLUMNS]], sites[[*_COLUMNS]]], ignore_index=True)
    unanswered = blind | (gone & _not_by_site(causes))
    listed = _sorted(every[(every["change"] != "") & (every["change"] != "known")])
    same = int((frame["change"] == "").sum())
    left = {*ids[unanswered].tolist(), *findings_renamed(given, after.aliases)} - {*after.findings.index}
    return Changes(listed[list(CHANGE_COLUMNS)], listed, _counts(every), same, frozenset(left))


_USED = frozenset({*CHANGE_COLUMNS, "result", "severity", "citation", "relation", "lon", "lat", *MEASURES})


def _solved(history: History, finding: str) -> bool:
    seen = history.get(finding)
    return seen is not None and not seen.open


def _not_by_site(causes: NDArray[np.object_]) -> Flags:
    """Of which causes none is about the site itself."""
    known = {one: set(str(one).split(";")) <= _NOT_BY_SITE for one in set(causes.tolist())}
    return np.array([known[one] for one in causes], dtype=bool)


def _with_ids(run: PastRun) -> PastRun:
    """The run with the ids of its sites in a column, too, where they are not their identities."""
    if not run.identities:
        return run
    return run._replace(sites=run.sites.assign(_id=run.sites.index.get_level_values(1)))


def _renamed(before: PastRun, after: PastRun) -> PastRun:
    """The earlier run under the identities that a person has stated since."""
    renamed = findings_renamed(before, after.aliases)
    if not after.aliases:
        return before
    identities = dict(before.identities)
    for (layer, old), name in after.aliases.items():
        for key, identity in before.identities.items():
            if key[0] == layer and identity == old:
                identities[key] = name
        if (layer, old) not in before.identities:
            identities[layer, old] = name
    findings = before.findings.set_axis(
        pd.Index([renamed.get(one, one) for one in before.findings.index], name="finding_id"), axis=0
    )
    told = before._replace(findings=findings[~findings.index.duplicated()], identities=identities)
    return _without_doubles(told, before.identities)


def _without_doubles(run: PastRun, own: Mapping[Key, str]) -> PastRun:
    """Where several rows of the run are one by a person's word, the one that had the identity itself, or the first."""

    def single(frame: pd.DataFrame, keys: list[Key]) -> pd.DataFrame:
        names = [(key[0], run.identities.get(key, key[1])) for key in keys]
        itself = {name for key, name in zip(keys, names, strict=True) if own.get(key, key[1]) == name[1]}
        keep, seen = [], set(itself)
        for key, name in zip(keys, names, strict=True):
            keep.append(own.get(key, key[1]) == name[1] or name not in seen)
            seen.add(name)
        return frame if all(keep) else frame[np.array(keep, dtype=bool)]

    zones, sections = run.zones, run.sections
    return run._replace(
        sites=single(run.sites, [*run.sites.index]),
        zones=None if zones is None else single(zones, [(ZONES, one) for one in zones.index]),
        sections=None if sections is None else single(sections, [("river_sections", one) for one in sections.index]),
    )


def findings_renamed(run: PastRun, aliases: Mapping[Key, str]) -> dict[str, str]:
    """By the id of a finding of the run the id that it has under the identities that a person has stated since."""
    if not aliases:
        return {}
    renamed = {}
    columns = ("subject_layer", "subject_id", "rule_id", "zone_id")
    cells = zip(run.findings.index, *(run.findings[name].tolist() for name in columns), strict=True)
    for old, layer, subject, rule, zone in cells:
        own, other = (run.identities.get(key, key[1]) for key in ((layer, subject), (ZONES, zone)))
        names = aliases.get((layer, own), own), aliases.get((ZONES, other), other)
        if names != (own, other):
            renamed[old] = finding_id(layer, names[0], rule, names[1])
    return renamed


def _findings_frame(pair: Pair, ids: pd.Index, change: NDArray[np.str_], causes: NDArray[np.object_]) -> pd.DataFrame:
    """A row per finding of either side."""
    places = {
        f"{axis}{end}": _numbers(side, axis)
        for axis in ("lon", "lat")
        for end, side in (("", pair.now), ("_before", pair.was))
    }
    results = {name: side["result"].fillna("").to_numpy(dtype=object) for name, side in
               (("was", pair.was), ("now", pair.now))}  # fmt: skip
    columns = {"finding_id": ids.to_numpy(dtype=object), **pair.told, "change": change.astype(object), "cause": causes}
    return pd.DataFrame({**columns, **results, "since": objects([""]).repeat(len(ids)), **places})


def _numbers(side: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in side:
        return np.full(len(side), np.nan)
    return np.asarray(pd.to_numeric(side[name].astype(object), errors="coerce"), dtype=np.float64)


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    """What most wants acting on first, then by rule, subject and zone."""
    order = pd.Categorical(rows["change"], list(CHANGES)).codes
    keys = [order, *(pd.factorize(rows[name].to_numpy(dtype=object), sort=True)[0] for name in CHANGE_COLUMNS[1:4])]
    keys.append(pd.factorize(rows["zone_id"].to_numpy(dtype=object), sort=True)[0])
    return rows.iloc[np.lexsort(keys[::-1])].reset_index(drop=True)


def _counts(frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    """By change and cause, in the order of both tables, how many."""
    counts: dict[str, dict[str, int]] = {}
    for change in CHANGES:
        own = frame.loc[frame["change"] == change, "cause"].value_counts()
        split: dict[str, int] = {}
        for causes, count in own.items():
            for cause in str(causes).split(";"):
                split[cause] = split.get(cause, 0) + int(count)
        counts[change] = {cause: split[cause] for cause in CAUSES if cause in split}
    return counts


def _rank(findings: pd.DataFrame) -> NDArray[np.int64]:
    """How bad each finding is, the worst first: by result, then by severity."""
    result, severity = (
        pd.Categorical(findings[name].astype(object), list(words)).codes.astype(np.int64)
        for name, words in (("result", RESULTS), ("severity", SEVERITIES))
    )
    return np.asarray(result * len(SEVERITIES) + severity)


def _blind_now(pair: Pair, causes: NDArray[np.object_]) -> Flags:
    """Which findings' sites have more rules without an answer in the later run than in the earlier one, or have any
    while the rule has no answer about more sites.

    Of sections and zones no run writes that of each; there it counts whether more of them have no answer to the rule.
    """
    counts = [
        pd.to_numeric(side["not_assessed"].astype(object), errors="coerce").reindex(pair.sites)
        for side in (pair.sides.before, pair.sides.after)
    ]
    before, after = (count.to_numpy(dtype=float) for count in counts)
    asked = list(zip(pair.layer, pair.rule, strict=True))
    was, now = (np.array([run.blind.get(one, 0) for one in asked], dtype=np.int64) for run in pair.runs)
    of_site = (after > before) | ((after > 0) & (now > was))
    more = np.where(np.isin(pair.layer.astype(str), SUBJECT_LAYERS), of_site, now > was) & pair.was_there
    return np.asarray(more & ~np.isin(causes.astype(str), ["SITE_GONE", "RULE_BOOK", "RULE_NOT_IN_FORCE"]), dtype=bool)


def _silent_now(pair: Pair, asks: Mapping[str, Collection[str]] | None) -> Flags:
    """Which findings' rules look at the record, and at an attribute that it stated before and does not state now."""
    found = np.zeros(pair.size, dtype=bool)
    if "relation" not in pair.was:
        return found
    of_record = np.isin(pair.was["relation"].to_numpy(dtype=object).astype(str), _OF_RECORDS)
    for name, sites in pair.sides.emptied.items():
        asked = np.ones(len(found), dtype=bool)
        if asks is not None:
            asked = np.array([rule not in asks or name in asks[rule] for rule in pair.rule], dtype=bool)
        found |= of_record & asked & np.asarray(pair.sites.isin(sites), dtype=bool)
    return found


def attributes_asked(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """By rule about a record the attributes that it asks for."""
    built = {True: frozenset({"built_on"}), False: frozenset()}
    return {
        rule.id: frozenset({*rule.where, *rule.unless, *rule.older_than_years, *_OF_CASES.get(rule.case or "", ())})
        | built[rule.built_from is not None]
        for rule in rules
        if rule.relation in _OF_RECORDS
    }


def words_of_sites(changes: Changes, keys: Collection[Key]) -> NDArray[np.object_]:
    """Of each site, by layer and id, the change that most wants acting on; `known` where there is none."""
    rank = {word: place for place, word in enumerate(CHANGES)}
    words: dict[Key, str] = {}
    rows = changes.rows
    for layer, subject, word in zip(rows["subject_layer"], rows["subject_id"], rows["change"], strict=True):
        key = (layer, subject)
        if key not in words or rank[word] < rank[words[key]]:
            words[key] = word
    return objects(words.get(key, "known") for key in keys)
