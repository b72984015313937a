"""What was judged of a layer's sites -> one verdict per site, and the counts of the four answers.

A site's answer to a rule follows from its kind, from how far its surroundings are known, and from what was
flagged. So sites are counted by class (kind and blind spots), of which there are few, and the flagged ones are
taken out of their class one by one: nothing here is as large as sites times rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.columns import frame_of
from layers.coverage import COVERAGE_COLUMNS, REASONS
from layers.rule_book import Rule
from layers.surroundings import SUBJECT_LAYERS, Surroundings, kinds_of, reach_of
from layers.words import RESULTS, SEVERITIES

if TYPE_CHECKING:
    from layers.rules import Judged

Integers = NDArray[np.int64]

VERDICT_COLUMNS = (
    "result",  # the worst of its rules' results; not assessed is worse than clear
    "severity",  # the worst among its findings with this result, else None
    "strictest_level",  # code of the strictest level of a zone it lies in, else None
    "violations",  # findings
    "checks",  # findings
    "not_assessed",  # rules
    "not_assessed_why",  # codes of layers.coverage.REASONS, joined by semicolons
    "share_in_zones",
)
# What a rule answers that was not asked, where else stand positions in REASONS: it asks about other kinds, or the
# record does not state what it asks for, or does not concern it.
NOT_OF_KIND, NOT_ASKED = -1, -2
_NO_RULE = REASONS.index("NO_RULE")
_VIOLATION, _CHECK, _NOT_ASSESSED, _CLEAR = range(len(RESULTS))


class ClassAnswers(NamedTuple):
    """What the rules of a layer answer to sites that are alike, apart from what is flagged.

    `rules`: ids, in the order of the books. `of_site`: the class of each site. `answers` (classes × rules): 0 where
    the rule is assessed, the position in REASONS of why it is not, NOT_OF_KIND or NOT_ASKED.
    """

    rules: Sequence[str]
    of_site: Integers
    answers: Integers


class SiteAnswers(NamedTuple):
    """What every rule answers to every row of a frame of sites (`layers.sites`), beside its findings.

    `of_site`: the class of each row, among those of its layer in `layers`. `others`: the same of the rows of
    `Assessment.sections` and `Assessment.zones`, by their layers, where there are rules about them.
    """

    of_site: Integers
    layers: Mapping[str, ClassAnswers]
    others: Mapping[str, Integers]


class Tally(NamedTuple):
    """`verdicts`: VERDICT_COLUMNS, a row per site. `coverage`: COVERAGE_COLUMNS, every site and rule in one row."""

    verdicts: pd.DataFrame
    coverage: pd.DataFrame
    classes: ClassAnswers


class _Classes(NamedTuple):
    """Sites alike in kind and blind spots: the class of each site; of each class its kind, sites and, per rule, reason.

    `reasons` (classes × rules) is the reason why a rule is not assessed there, 0 where it is, -1 where it does not ask.
    `ruled`: whether some rule of place asks; what a record states makes no place clear.
    """

    of_site: Integers
    kind: Integers
    sites: Integers
    reasons: Integers
    ruled: NDArray[np.bool_]
    kinds: Sequence[str]


def tally(
    layer: str,
    sites: gpd.GeoDataFrame,
    judged: Judged,
    around: Surroundings,
    recorded: Mapping[int, NDArray[np.int8]] | None = None,
) -> Tally:
    """The verdicts and counts of the sites of one layer.

    `recorded`: per rule about records, by its position, the codes of `layers.records.Recorded`.
    """
    rules = around.rules_of(layer)
    classes = _classes(layer, sites, judged, rules, around.reaches_of(layer), recorded or {})
    flagged = judged.flagged.groupby(["rule", "subject"], sort=False)["result"].min().reset_index()
    answered = [flagged[name].to_numpy(dtype=np.int64) for name in ("rule", "subject", "result")]
    coverage = _coverage(layer, classes, rules, *answered)
    verdicts = _verdicts(judged, classes, rules, list(around.rules.levels), answered[0], answered[1])
    return Tally(verdicts, coverage, _answers(classes, rules))


def _answers(classes: _Classes, rules: Sequence[Rule]) -> ClassAnswers:
    """The answers of the classes, where a rule that was not asked of a kind it names says so."""
    answers = classes.reasons.copy()
    for number, rule in enumerate(rules):
        names = np.array([rule.kinds is None or word in rule.kinds for word in classes.kinds], dtype=bool)
        answers[(answers[:, number] < 0) & names[classes.kind], number] = NOT_ASKED
    return ClassAnswers([rule.id for rule in rules], classes.of_site, answers)


def _classes(
    layer: str,
    sites: gpd.GeoDataFrame,
    judged: Judged,
    rules: Sequence[Rule],
    reaches: Sequence[object],
    recorded: Mapping[int, NDArray[np.int8]],
) -> _Classes:
    kind, kinds = pd.factorize(kinds_of(sites), sort=True)
    key, keys_at_most, codes_at_most = kind.astype(np.int64), max(len(kinds), 1), len(REASONS) + 1
    for column in (*judged.blind.T, *(codes + 1 for codes in recorded.values())):
        if len(column) and (column != column[0]).any():
            if keys_at_most * codes_at_most > np.iinfo(np.int64).max:
                key, known = pd.factorize(key)
                keys_at_most = len(known)
            key, keys_at_most = key * codes_at_most + column, keys_at_most * codes_at_most
    of_site, keys = pd.factorize(key)
    first = np.zeros(len(keys), dtype=np.intp)
    first[of_site[::-1]] = np.arange(len(sites))[::-1]
    reasons = np.full((len(keys), len(rules)), -1, dtype=np.int64)
    for number, rule in enumerate(rules):
        if number in recorded:
            reasons[:, number] = recorded[number][first]
            continue
        asks = np.array([rule.kinds is None or word in rule.kinds for word in kinds], dtype=bool)[kind[first]]
        reasons[asks, number] = judged.blind[first[asks], reaches.index(reach_of(rule))]
    placed = [number for number, rule in enumerate(rules) if rule.placed]
    ruled = np.asarray((reasons[:, placed] >= 0).any(axis=1) | (layer not in SUBJECT_LAYERS))
    return _Classes(of_site, kind[first], np.bincount(of_site, minlength=len(keys)), reasons, ruled, list(kinds))


def _coverage(
    layer: str, classes: _Classes, rules: Sequence[Rule], rule: Integers, subject: Integers, result: Integers
) -> pd.DataFrame:
    """Counts by kind, rule, result and reason; sites under no rule of place come last, with rule_id ''."""
    asked, number = np.nonzero(classes.reasons >= 0)
    reason = classes.reasons[asked, number]
    left = np.flatnonzero(~classes.ruled)
    of = classes.of_site[subject]
    counted = pd.DataFrame(
        {
            "rule": np.r_[number, rule, rule, np.full(len(left), len(rules))],
            "kind": np.r_[classes.kind[asked], classes.kind[of], classes.kind[of], classes.kind[left]],
            "result": np.r_[
                np.where(reason > 0, _NOT_ASSESSED, _CLEAR),
                np.where(classes.reasons[of, rule] > 0, _NOT_ASSESSED, _CLEAR),
                result,
                np.full(len(left), _NOT_ASSESSED),
            ],
            "reason": np.r_[reason, classes.reasons[of, rule], np.zeros(len(rule), int), np.full(len(left), _NO_RULE)],
            "sites": np.r_[classes.sites[asked], np.full(len(rule), -1), np.ones(len(rule), int), classes.sites[left]],
        }
    ).astype(np.int64)
    counts = counted.groupby(["rule", "kind", "result", "reason"], as_index=False)["sites"].sum()
    counts = counts[counts["sites"] > 0]
    named = pd.DataFrame(
        {
            "layer": layer,
            "kind": np.array([*classes.kinds, ""], dtype=object)[counts["kind"]],
            "rule_id": np.array([*(one.id for one in rules), ""], dtype=object)[counts["rule"]],
            "result": np.array(list(RESULTS), dtype=object)[counts["result"]],
            "reason": np.array(REASONS, dtype=object)[counts["reason"]],
            "sites": counts["sites"].to_numpy(),
            "rule": counts["rule"].to_numpy(),
        }
    )
    return named.sort_values(["rule", "kind", "result", "reason"], ignore_index=True)[list(COVERAGE_COLUMNS)]


def _verdicts(
    judged: Judged, classes: _Classes, rules: Sequence[Rule], levels: Sequence[str], rule: Integers, subject: Integers
) -> pd.DataFrame:
    count = len(classes.of_site)
    of, result = judged.flagged["subject"].to_numpy(), judged.flagged["result"].to_numpy()
    violations, checks = (np.bincount(of[result == code], minlength=count) for code in (_VIOLATION, _CHECK))
    not_assessed, why = _not_assessed(classes, rule, subject)
    worst = np.select([violations > 0, checks > 0, not_assessed > 0], [_VIOLATION, _CHECK, _NOT_ASSESSED], _CLEAR)
    severities = list(SEVERITIES)
    rank = np.array([severities.index(one.severity) for one in rules], dtype=np.int64)[
        judged.flagged["rule"].to_numpy(dtype=np.intp)
    ]
    severity = np.full(count, len(severities))
    deciding = result == worst[of]
    np.minimum.at(severity, of[deciding], rank[deciding])
    return frame_of(
        {
            "result": np.array(list(RESULTS), dtype=object)[worst],
            "severity": np.array([*severities, None], dtype=object)[severity],
            "strictest_level": np.array([*levels, None], dtype=object)[judged.level],
            "violations": violations,
            "checks": checks,
            "not_assessed": not_assessed,
            "not_assessed_why": why,
            "share_in_zones": judged.share.round(6),
        }
    )


def _not_assessed(classes: _Classes, rule: Integers, subject: Integers) -> tuple[Integers, NDArray[np.object_]]:
    """Per site the number of rules not assessed, and why; a rule that found something all the same is none of them."""
    by_reason = np.stack([(classes.reasons == code).sum(axis=1) for code in range(len(REASONS))], axis=1)
    by_reason[:, 0] = 0
    by_reason[~classes.ruled, _NO_RULE] = 1
    total = by_reason.sum(axis=1)[classes.of_site]
    why = np.array([_told(row) for row in by_reason], dtype=object)[classes.of_site]
    reason = classes.reasons[classes.of_site[subject], rule]
    found_blind = reason > 0
    changed, place = np.unique(subject[found_blind], return_inverse=True)
    if len(changed):
        own = by_reason[classes.of_site[changed]]
        np.subtract.at(own, (place, reason[found_blind]), 1)
        total[changed] = own.sum(axis=1)
        why[changed] = [_told(row) for row in own]
    return total, why


def _told(by_reason: Integers) -> str:
    return ";".join(code for code, rules in zip(REASONS, by_reason, strict=True) if code and rules)
