"""What if: another distance, other rule books, another day; who falls in and who falls out against today's answer.

`buffer`: what lies within so many metres of a protection zone counts as inside it. Rules that ask for inside or
crossing get a second rule beside them, on the distance, of the same kinds, levels, attributes and effect; rules on a
distance from a zone reach so much farther. No outline is redrawn: the distance is the engine's, in ground metres,
with its doubt. That is the same as zones, or the footprint, widened by so much all round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.columns import frame_of, objects
from layers.findings import places
from layers.footprints import SOURCES
from layers.planning import ANSWERS, APPLIES, NEEDS_CHECKING, NOT_ASKED, NOT_ASSESSED, WIDER, Answered, Codes
from layers.rule import Minimum
from layers.rule_book import ZONES, Rule, RuleSet
from layers.surroundings import TARGET_ID

CHANGES = ("falls_in", "falls_out", "to_check", "check_ends", "assessed_no_more", "assessed_now")
DIFFERENCE_COLUMNS = (
    "id",
    "name",
    "kind",
    "row",
    "rule_id",
    "change",
    "today",
    "what_if",
    "zone_id",
    "zone_name",
    "zone_level",
    "distance_m",
    "depth_m",
    "overlap_m2",
    "overlap_m",
    "overlap_share",
    "margin_m",
    "citation",
    "text",
    "lon",
    "lat",
)
_MEASURES = ("distance_m", "depth_m", "overlap_m2", "overlap_m", "overlap_share", "margin_m")


class WhatIf(NamedTuple):
    """What is asked to be otherwise than in the project; None where it is as there."""

    buffer_m: float | None = None
    books: tuple[str, ...] | None = None
    as_of: date | None = None

    @property
    def asked(self) -> bool:
        """Whether anything is to be otherwise."""
        return any(one is not None for one in self)


def widened(rules: RuleSet, metres: float) -> RuleSet:
    """The rules, those on protection zones as if each zone reached `metres` farther."""
    made: dict[str, Rule] = {}
    for key, rule in rules.rules.items():
        made[key] = rule
        if rule.subject != SOURCES or rule.of != ZONES:
            continue
        if not rule.placed:
            continue
        if rule.relation == "within":
            made[key] = rule.model_copy(update={"within_m": (rule.within_m or 0.0) + metres})
        else:
            wider, least = f"{key}{WIDER}within", Minimum()  # so near a zone, any part of the footprint counts
            made[key] = rule.model_copy(update={"minimum": least})
            within = {"id": wider, "relation": "within", "within_m": metres, "minimum": least}
            made[wider] = rule.model_copy(update=within)
    return rules._replace(rules=made, book_of={key: rules.book_of[key.partition(WIDER)[0]] for key in made})


def differences(footprints: gpd.GeoDataFrame, today: Answered, other: Answered, language: str) -> gpd.GeoDataFrame:
    """One row per footprint and rule whose answer is another than today's: DIFFERENCE_COLUMNS, with its geometry.

    A rule that is new or gone and does not apply makes no difference to a footprint. Place and text are those of the
    worse of the two answers.
    """
    ids = list(dict.fromkeys([*(rule.id for rule in today.rules), *(rule.id for rule in other.rules)]))
    before, after = _aligned(today, ids), _aligned(other, ids)
    change = changes_of(before, after)
    row, column = np.nonzero(change >= 0)
    if not len(row):
        return gpd.GeoDataFrame({name: [] for name in DIFFERENCE_COLUMNS}, geometry=[], crs="EPSG:4326")
    words = objects([*ANSWERS, ""])
    geometry = footprints.geometry.to_numpy()[row]
    lon, lat = places(geometry)
    told = _told(row, column, ids, today, other, after[row, column] <= before[row, column], language)
    columns: dict[str, Any] = {
        "id": footprints["source_id"].to_numpy(dtype=object)[row],
        "name": footprints["name"].to_numpy(dtype=object)[row],
        "kind": footprints["kind"].to_numpy(dtype=object)[row],
        "row": footprints["source_row"].to_numpy()[row],
        "rule_id": objects(ids)[column],
        "change": objects(CHANGES)[change[row, column]],
        "today": words[before[row, column]],
        "what_if": words[after[row, column]],
        **told,
        "lon": lon,
        "lat": lat,
    }
    frame = frame_of({name: columns[name] for name in DIFFERENCE_COLUMNS})
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")


def _aligned(answered: Answered, ids: Sequence[str]) -> Codes:
    """The answers in columns of `ids`; NOT_ASKED where a rule is not in force."""
    found = np.full((len(answered.answer), len(ids)), NOT_ASKED, dtype=np.int8)
    place = {rule.id: at for at, rule in enumerate(answered.rules)}
    for column, key in enumerate(ids):
        if key in place:
            found[:, column] = answered.answer[:, place[key]]
    return found


def changes_of(before: Codes, after: Codes) -> Codes:
    """The position of each change in CHANGES, -1 for none.

    Only what is then kept out has fallen out: of what applies today and would need checking, that is the change.
    """
    out = ~np.isin(after, (APPLIES, NEEDS_CHECKING, NOT_ASSESSED))
    conditions = [
        (after == APPLIES) & (before != APPLIES),
        (before == APPLIES) & out,
        (after == NEEDS_CHECKING) & (before != NEEDS_CHECKING),
        (before == NEEDS_CHECKING) & out,
        (after == NOT_ASSESSED) & (before != NOT_ASSESSED),
        (before == NOT_ASSESSED) & out,
    ]
    return np.select(conditions, range(len(CHANGES)), -1).astype(np.int8)


def _told(
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    ids: Sequence[str],
    today: Answered,
    other: Answered,
    of_other: NDArray[np.bool_],
    language: str,
) -> dict[str, Any]:
    """Zone, measures, citation and text of each difference, from the worst hit of the answer it is told by."""
    wanted = pd.DataFrame({"subject": row, "rule_id": objects(ids)[column]})
    told: dict[str, Any] = {name: np.full(len(row), np.nan) for name in _MEASURES}
    told |= {name: np.full(len(row), "", dtype=object) for name in ("zone_id", "zone_name", "zone_level", "text")}
    told["citation"] = np.full(len(row), "", dtype=object)
    for answered, rows in ((other, np.flatnonzero(of_other)), (today, np.flatnonzero(~of_other))):
        cited = {rule.id: answered.around.rules.citation(rule, language, as_of=answered.around.as_of)
                 for rule in answered.rules}  # fmt: skip
        told["citation"][rows] = [cited.get(key, "") for key in wanted["rule_id"].to_numpy()[rows]]
        hits = _worst(answered)
        found = wanted.iloc[rows].merge(hits, on=["subject", "rule_id"], how="left")
        for name in (*_MEASURES, "zone_id", "zone_name", "zone_level"):
            told[name][rows] = found[name].to_numpy()
        told["text"][rows] = found[f"text_{language}"].to_numpy()
    for name in ("zone_id", "zone_name", "zone_level", "text"):
        told[name] = objects("" if value is None or value != value else value for value in told[name])
    return told


def _worst(answered: Answered) -> pd.DataFrame:
    """The worst and nearest hit of each footprint and rule, with the zone it is about."""
    hits = answered.hits.assign(rule_id=objects(rule.id for rule in answered.rules)[answered.hits["rule"].to_numpy()])
    hits = hits.sort_values(["subject", "rule", "result", "distance_m", "target"], kind="stable")
    hits = hits.drop_duplicates(["subject", "rule"], ignore_index=True)
    named = {name: np.full(len(hits), "", dtype=object) for name in ("zone_id", "zone_name", "zone_level")}
    of = objects(rule.of for rule in answered.rules)[hits["rule"].to_numpy()]
    for layer in np.unique(of.astype(str)):
        rows = np.flatnonzero((of == layer) & (hits["target"].to_numpy() >= 0))
        if not len(rows):
            continue
        frame, target = answered.around.frames[str(layer)], hits["target"].to_numpy(dtype=np.intp)[rows]
        named["zone_id"][rows] = frame[TARGET_ID[str(layer)]].to_numpy(dtype=object)[target]
        named["zone_name"][rows] = frame["name"].to_numpy(dtype=object)[target]
        if "level" in frame:
            named["zone_level"][rows] = frame["level"].to_numpy(dtype=object)[target]
    return hits.assign(**named)


def counts_of(found: gpd.GeoDataFrame, today: Answered, other: Answered) -> dict[str, Any]:
    """How many footprints change and how: per change over all (by verdict), and per rule."""
    before, after = today.verdict, other.verdict
    by_rule = found.groupby(["rule_id", "change"], sort=False).size() if len(found) else pd.Series(dtype=int)
    rules: dict[str, dict[str, int]] = {}
    for (rule_id, change), count in by_rule.items():
        rules.setdefault(str(rule_id), dict.fromkeys(CHANGES, 0))[str(change)] = int(count)
    change = changes_of(before, after)
    return {
        "sites": {name: int((change == at).sum()) for at, name in enumerate(CHANGES)},
        "unchanged": int((change < 0).sum()),
        "today": _verdicts(before),
        "what_if": _verdicts(after),
        "rules": dict(sorted(rules.items())),
    }


def _verdicts(verdict: Codes) -> dict[str, int]:
    return {name: int((verdict == at).sum()) for at, name in enumerate(ANSWERS)}
