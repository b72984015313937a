"""What sources and remediation sites know of each other when rules ask: violations, and who is on the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers import record_texts as texts
from layers.columns import cells
from layers.conditions import MISSING, NO, YES
from layers.coverage import REASONS
from layers.rule_book import Rule, RuleSet
from layers.surroundings import SUBJECT_ID, Surroundings, kinds_of, reach_of
from layers.words import fold

SOURCES = "pollution_sources"
LEDGER = "remediation_sites"
NO_PLACE = -1


class Source(NamedTuple):
    """What was found of a source: YES where it violates, MISSING where that cannot be told, NO; why; and what it cites.

    `reason` is a position in `layers.coverage.REASONS` where it is not assessed. `told` and `cited` are in Chinese
    and English.
    """

    state: int
    reason: int
    told: tuple[str, str]
    cited: tuple[str, str]


class Ledger(NamedTuple):
    """What some rows of sources or remediation sites know of the others.

    `about`: ids of the sources that remediation sites are about, and `named` the names of remediation sites that name
    no source; None where there is no such layer. `sources`: what was found of the sources that a remediation site is
    about. `violating_here`: of each row of the sources that are judged now whether it violates; `unknown_here`: why
    that is not known (`unknown_places`), None where it always is.
    """

    about: frozenset[str] | None
    named: frozenset[str]
    sources: Mapping[str, Source]
    violating_here: NDArray[np.bool_]
    unknown_here: NDArray[np.int8] | None = None

    def covered(self, sources: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        """Which of the sources some remediation site is about, by its id, or by its name where it names no source."""
        by_id = sources[SUBJECT_ID[SOURCES]].isin(self.about or frozenset()).to_numpy()
        if not self.named:
            return np.asarray(by_id, dtype=bool)
        names = sources["name"].fillna("").map(lambda name: fold(str(name)))
        return np.asarray(by_id | names.isin(self.named).to_numpy(), dtype=bool)

    def source_state(self, source_id: str) -> tuple[int, int]:
        """Whether the source violates, and why it is not assessed; MISSING where it is not in the data."""
        source = self.sources.get(source_id)
        if source is None:
            return MISSING, 0
        return (NO, source.reason) if source.reason else (source.state, 0)

    def told(self, source_id: str, status: str, language: str) -> str:
        """What is said of a remediation site with this status about this source."""
        source = self.sources.get(source_id)
        if source is None:
            return texts.source_unknown(source_id, status, language)
        told = source.told[0 if language == "zh" else 1]
        return texts.still_violating(source_id, status, told, language, sure=source.state == YES)

    def citation_of(self, ledger: gpd.GeoDataFrame, row: int) -> tuple[str, str]:
        """What the findings of the source cite that a remediation site is about."""
        source = self.sources.get(str(ledger["source_id"].iloc[row]))
        return source.cited if source else ("", "")


def on_ledger(ledger: gpd.GeoDataFrame | None) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The ids of sources that remediation sites are about, and the folded names of those that name no source."""
    if ledger is None:
        return None, frozenset()
    source = cells(ledger, "source_id")
    names_source = pd.notna(source)
    names = frozenset(fold(str(name)) for name in cells(ledger, "name")[~names_source] if pd.notna(name)) - {""}
    return frozenset(str(one) for one in source[names_source]), names


def violating(flagged: pd.DataFrame, count: int) -> NDArray[np.bool_]:
    """Of each of `count` rows whether a rule of place found a violation."""
    found = np.zeros(count, dtype=bool)
    found[flagged.loc[flagged["result"] == 0, "subject"].to_numpy()] = True
    return found


def unknown_places(frame: gpd.GeoDataFrame, blind: NDArray[np.int8], around: Surroundings) -> NDArray[np.int8]:
    """Of each source why it is not known whether it violates a rule of place: 0 where it is known, NO_PLACE where no
    rule that gives violations asks, else the first position in `layers.coverage.REASONS` of what is not assessed.

    `blind` are the reasons per reach (`layers.rules.Judged`). Of such a source nobody can say that it need not be on
    the ledger.
    """
    kinds, words = pd.factorize(kinds_of(frame))
    reaches = around.reaches_of(SOURCES)
    first = np.full(len(frame), NO_PLACE, dtype=np.int8)
    for rule in around.rules_of(SOURCES):
        if rule.placed and rule.forbids(around.as_of):
            asks = np.array([rule.kinds is None or word in rule.kinds for word in words], dtype=bool)[kinds]
            why = blind[:, reaches.index(reach_of(rule))]
            sooner = (first <= 0) | ((why > 0) & (why < first))
            first[asks & sooner] = why[asks & sooner]
    return first


def sources_found(
    frame: gpd.GeoDataFrame,
    flagged: pd.DataFrame,
    verdicts: pd.DataFrame,
    around: Surroundings,
    wanted: frozenset[str],
    unknown: NDArray[np.int8],
) -> dict[str, Source]:
    """What was found of the `wanted` sources among the rows of `frame`, by id; `unknown` as `unknown_places`."""
    rows = np.flatnonzero(frame[SUBJECT_ID[SOURCES]].isin(wanted).to_numpy())
    of = flagged[flagged["subject"].isin(rows)].groupby("subject")
    groups = {int(subject): group for subject, group in of}
    rules = around.rules_of(SOURCES)
    return {
        str(frame[SUBJECT_ID[SOURCES]].iloc[row]): _source(
            groups.get(int(row)), rules, verdicts.iloc[row], around, max(int(unknown[row]), 0)
        )
        for row in rows
    }


def _source(
    found: pd.DataFrame | None, rules: object, verdict: pd.Series, around: Surroundings, unknown: int
) -> Source:
    listed: list[Rule] = list(rules)  # type: ignore[call-overload]
    if found is not None:
        for result, state in ((0, YES), (1, MISSING)):
            own = [listed[int(one)] for one in dict.fromkeys(found.loc[found["result"] == result, "rule"])]
            own = [rule for rule in own if result == 0 or rule.forbids(around.as_of)]
            if own:
                return Source(state, 0, *_told(own, around.rules, around))
    why = str(verdict["not_assessed_why"]).split(";")[0] if verdict["result"] == "not_assessed" else ""
    return Source(NO, unknown or (REASONS.index(why) if why else 0), ("", ""), ("", ""))


def _told(rules: list[Rule], books: RuleSet, around: Surroundings) -> tuple[tuple[str, str], tuple[str, str]]:
    titles = tuple(
        "；".join(f"{rule.id} {rule.title.zh}" for rule in rules)
        if zh
        else "; ".join(f"{rule.id} {rule.title.en}" for rule in rules)
        for zh in (True, False)
    )
    cited = [
        dict.fromkeys(books.citation(rule, language, as_of=around.as_of) for rule in rules) for language in ("zh", "en")
    ]
    return (titles[0], titles[1]), ("；".join(cited[0]), "; ".join(cited[1]))
