"""Visits of different inspectors to one site, neither of whom knew of the other's -> what a person has to decide."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from layers.event_order import day_of
from layers.events import Event

CLASH_OF = "clash_of"  # as layers.survey_merge names it
_CLASH = f'"{CLASH_OF}":'  # canonical JSON writes a key in one way only
_MADE = "5"  # the version of a uuid that is made of a content (layers.events.made_uuid)
_FIRST = '{"base_revision":'
_AFTER = len(_FIRST)

Groups = tuple[tuple[str, ...], ...]


def conflicts_of(ordered: Sequence[Event], visits: Sequence[Event]) -> tuple[Sequence[Event], Groups]:
    """The events that take effect in their order, and the uuids of visits between which nobody has decided yet, by
    conflict, each in the order of the visits.

    `ordered`: all events of the site in the order in which they take effect, `visits` those among them. A map of
    revision n knew the first n events: in this way it does not matter which file came in first. A visit without a
    revision (`base_revision` absent or null) knew of what lies on earlier days. Two visits are decided between once one
    decision names both.

    Contents that were handed in under one uuid (`clash_of`) are in conflict, whoever was there. All of them are there
    under uuids of their own, so the event with that uuid itself has no effect: which came in first does not matter.
    """
    clashing = {}
    for event in visits:
        if event[0][14] == _MADE and _CLASH in event[6]:
            clashing[event[0]] = json.loads(event[6]).get(CLASH_OF)
    if clashing:
        first = {one for one in clashing.values() if one}
        ordered, visits = ([one for one in some if one[0] not in first] for some in (ordered, visits))
    if not clashing and len({event[4] for event in visits}) < 2:
        return ordered, ()
    pairs = _strangers(ordered, visits)
    if clashing:
        own = [clashing.get(event[0]) for event in visits]
        pairs += [(at, own.index(one)) for at, one in enumerate(own) if one and own.index(one) < at]
    if not pairs:
        return ordered, ()
    decided = [frozenset(json.loads(event[6]).get("resolves", ())) for event in ordered if event[1] == "decision"]
    return ordered, _together(visits, pairs, decided)


def _strangers(ordered: Sequence[Event], visits: Sequence[Event]) -> list[tuple[int, int]]:
    """The pairs of visits of different inspectors, neither of whom had the other's on the map; the later one first."""
    place = [at for at, event in enumerate(ordered, start=1) if event[1] == "visit"]
    revision = [_revision(event[6]) for event in visits]
    pairs = []
    for at in range(1, len(visits)):
        known = revision[at]
        if known is not None and place[at - 1] <= known:
            continue  # as nearly always
        day, name = day_of(visits[at][5]), inspector(visits[at][4])
        for before in range(at - 1, -1, -1):
            if place[before] <= known if known is not None else day_of(visits[before][5]) < day:
                break  # and of all that lie before it, too
            if inspector(visits[before][4]) != name and (revision[before] or 0) < place[at]:
                pairs.append((at, before))
    return pairs


def _together(visits: Sequence[Event], pairs: Sequence[tuple[int, int]], decided: Sequence[frozenset[str]]) -> Groups:
    """The groups that the pairs make, without those that somebody decided between."""
    leader = list(range(len(visits)))

    def first(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for later, earlier in pairs:
        both = {visits[later][0], visits[earlier][0]}
        if not any(both <= named for named in decided):
            leader[first(later)] = first(earlier)
    groups: dict[int, list[str]] = {}
    for at, event in enumerate(visits):
        groups.setdefault(first(at), []).append(event[0])
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def in_conflict(found: Groups) -> frozenset[str]:
    """The visits that have no effect before somebody decides."""
    return frozenset(uuid for group in found for uuid in group)


@lru_cache(maxsize=1 << 12)
def inspector(name: str) -> str:
    """A name as it is compared: however it is spaced or typed.

    >>> inspector("王 五") == inspector("王五"), inspector("LI Si") == inspector("li si")
    (True, True)
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _revision(body: str) -> int | None:
    """The `base_revision` of a visit. In canonical JSON it stands first, so that the rest need not be read."""
    if body.startswith(_FIRST):
        number = body[_AFTER : _AFTER + 12].partition(",")[0].rstrip("}")
        if number.isdecimal():
            return int(number)
    known = json.loads(body).get("base_revision")
    return known if isinstance(known, int) else None
