"""When a site was built, and what follows for its findings: the law of that day, and whether zone and law are younger.

A penalty follows the law in force at the time of the act, unless that law has since been changed and the new one is
lighter (Ecological Environment Code, Art. 1057). So where the act is the building, the articles in force on the day
it was built are cited beside those in force on the day of inspection, and a person weighs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from string import Formatter
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.dates import day
from layers.rule_book import Rule, RuleSet

Integers = NDArray[np.int64]
Texts = NDArray[np.object_]

UNKNOWN = 0  # as a day; days are counted from 1 on as by date.toordinal

ROLES: Mapping[str, Mapping[str, str]] = {
    "zh": {"both": "建成时：{built}。巡查时：{now}", "join": "；"},
    "en": {"both": "When built: {built}. At the inspection: {now}", "join": "; "},
}
REMARKS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "planned": "建成日 {built} 在巡查日 {as_of} 之后：尚未建成",
        "zone": "建成于 {built}，早于该保护区最早的生效日 {first}",
        "law": "建成于 {built}，早于所列条款最早的施行日 {first}",
        "rule": "建成于 {built}，早于本规则适用的起始日 {first}",
        "gap": "建成于 {built}，当日所列条款均不在施行期内",
    },
    "en": {
        "planned": "to be built on {built}, after the inspection of {as_of}",
        "zone": "built on {built}, before this zone first came into force on {first}",
        "law": "built on {built}, before the first of the cited articles came into force on {first}",
        "rule": "built on {built}, before this rule holds from {first} on",
        "gap": "built on {built}, when none of the cited articles was in force",
    },
}


class Acts(NamedTuple):
    """Findings, one an entry of each array: the place of its rule in `rules`, when its site was built, its zone's age.

    `built`: the day the site was built. `since`: the first day of any version of the zone. Both are UNKNOWN where that
    is not known, or there is no zone.
    """

    rules: Sequence[Rule]
    rule: NDArray[np.int32]
    built: Integers
    since: Integers


def days_of(values: Texts) -> Integers:
    """The day of each text as date.toordinal; UNKNOWN where there is none, or it is not certain."""
    codes, texts = pd.factorize(values)
    found = [day(str(text)) for text in texts]
    days = [date.fromisoformat(iso).toordinal() if iso else UNKNOWN for iso in found]
    return np.asarray(np.array([*days, UNKNOWN], dtype=np.int64)[codes])


def citations(acts: Acts, book: RuleSet, as_of: date, language: str) -> Texts:
    """What each finding cites: the articles in force on the day of inspection, and where the building is the act and
    others were in force on the day of it, these too, each with its role.

    It is made once for each rule and each time between two changes of its law.
    """
    whole = [book.citation(rule, language, as_of=as_of) for rule in acts.rules]
    told: Texts = np.array([*whole, ""], dtype=object)[acts.rule]
    asks = np.array([rule.act == "built" for rule in acts.rules], dtype=bool)
    rows = np.flatnonzero(asks[acts.rule] & _was_built(acts, as_of))
    for number in np.unique(acts.rule[rows]):
        rule, own = acts.rules[number], rows[acts.rule[rows] == number]
        changes = _changes(rule)
        times = np.searchsorted(changes, acts.built[own], side="right")
        texts = {
            int(time): _cited(rule, book, _day_in(changes, int(time)), as_of, language) for time in np.unique(times)
        }
        told[own] = np.array([texts[int(time)] for time in times], dtype=object)
    return told


def _cited(rule: Rule, book: RuleSet, built: date, as_of: date, language: str) -> str:
    then, now = ([one for one in rule.basis if one.in_force(when)] for when in (built, as_of))
    law = book.citation(rule, language, as_of=as_of)
    if all(one in now for one in then) or not _holds(rule, built):
        return law
    return ROLES[language]["both"].format(built=book.citation(rule, language, as_of=built), now=law)


def _holds(rule: Rule, when: date) -> bool:
    """Whether the rule itself holds on a day, whatever its articles do."""
    return (rule.from_ is None or rule.from_ <= when) and (rule.to is None or when <= rule.to)


def _changes(rule: Rule) -> Integers:
    """The days on which what a rule cites may change, in their order."""
    spans = [(one.from_, one.to) for one in rule.basis] + [(rule.from_, rule.to)]
    first = {start.toordinal() for start, _ in spans if start is not None}
    return np.array(sorted(first | {end.toordinal() + 1 for _, end in spans if end is not None}), dtype=np.int64)


def _day_in(changes: Integers, time: int) -> date:
    """A day in the time before the first change (0), between two, or from the last one on."""
    if time > 0:
        return date.fromordinal(int(changes[time - 1]))
    return date.fromordinal(int(changes[0])) - timedelta(days=1) if len(changes) else date.max


def remarks(acts: Acts, as_of: date, language: str) -> Texts:
    """What is to be added to the text of each finding, "" where nothing is: that the site is older than its zone, than
    the law that is cited or than the rule, or not built yet.
    """
    told: Texts = np.full(len(acts.rule), "", dtype=object)
    if not (acts.built != UNKNOWN).any():
        return told
    none = np.zeros(len(acts.rule), dtype=np.int64)
    first_law, first_rule, in_gap = _of_law(acts)
    was_built = _was_built(acts, as_of)
    for name, rows, first in (
        ("planned", acts.built > as_of.toordinal(), none),
        ("zone", was_built & (acts.built < acts.since), acts.since),
        ("law", was_built & (acts.built < first_law), first_law),
        ("gap", was_built & (acts.built >= first_law) & in_gap, none),
        ("rule", was_built & (acts.built < first_rule), first_rule),
    ):
        at = np.flatnonzero(rows)
        days = {"built": _texts(acts.built[at]), "first": _texts(first[at]), "as_of": as_of.isoformat()}
        told[at] = told[at] + ROLES[language]["join"]
        for words, day_named, _, _ in Formatter().parse(REMARKS[language][name]):
            told[at] = told[at] + words + (days[day_named] if day_named else "")
    return told


def _texts(days: Integers) -> Texts:
    """The ISO text of each day, each made once; "" for UNKNOWN."""
    distinct, place = np.unique(days, return_inverse=True)
    texts = [date.fromordinal(one).isoformat() if one != UNKNOWN else "" for one in distinct.tolist()]
    return np.asarray(np.array([*texts, ""], dtype=object)[place])


def _was_built(acts: Acts, as_of: date) -> NDArray[np.bool_]:
    """Which sites are known to have stood before the day of inspection."""
    return np.asarray((acts.built != UNKNOWN) & (acts.built < as_of.toordinal()))


def _of_law(acts: Acts) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Of each finding the first day of the articles that its rule cites and of the rule itself (UNKNOWN where there is
    none), and whether the site was built when none of the articles was in force.
    """
    law, own = (np.full(len(acts.rule), UNKNOWN, dtype=np.int64) for _ in range(2))
    in_gap = np.zeros(len(acts.rule), dtype=bool)
    for number in np.unique(acts.rule):
        rule, rows = acts.rules[number], np.flatnonzero(acts.rule == number)
        starts = [one.from_.toordinal() if one.from_ else UNKNOWN for one in rule.basis]
        law[rows] = min(starts, default=UNKNOWN)
        own[rows] = rule.from_.toordinal() if rule.from_ else UNKNOWN
        changes = _changes(rule)
        if rule.basis and len(changes):
            days = [_day_in(changes, time) for time in range(len(changes) + 1)]
            lawless = np.array([not any(one.in_force(when) for one in rule.basis) for when in days], dtype=bool)
            in_gap[rows] = lawless[np.searchsorted(changes, acts.built[rows], side="right")]
    return law, own, in_gap
