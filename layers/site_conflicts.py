"""Visits of different inspectors to one site, neither of whom knew of the other's -> what a person has to decide."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from layers.event_order import day_of
from layers.events import Event, parsed

CLASH_OF = "clash_of"  # as layers.survey_merge names it
_CLASH = f'"{CLASH_OF}":'  # canonical JSON writes a key in one way only
_MADE = "5"  # the version of a uuid that is made of a content (layers.events.made_uuid)
_FIRST = '{"base_revision":'
_AFTER = len(_FIRST)

Groups = tuple[tuple[str, ...], ...]
NO_BUILDS: Mapping[str, int] = {}


def conflicts_of(
    ordered: Sequence[Event], visits: Sequence[Event], builds: Mapping[str, int] = NO_BUILDS
) -> tuple[Sequence[Event], Groups]:
    """The events that take effect in their order, and the uuids of visits between which nobody has decided yet, by
    conflict, each in the order of the visits.

    `ordered`: all events of the site in the order in which they take effect, `visits` those among them. A map of a
    recorded run knew what the ledger held then (`builds`: by `build_id` how many events). Another one, of revision n,
    knew what tables had stated and, with it, the first n events: in this way it does not matter which file came in
    first. A visit without a revision (`base_revision` absent or null) knew of what lies on earlier days. Two visits are
    decided between once one decision names both.

    Contents that were handed in under one uuid (`clash_of`) are in conflict, whoever was there. All of them are there
    under uuids of their own, so the event with that uuid itself has no effect: which came in first does not matter.
    """
    clashing = {}
    for event in visits:
        if event[0][14] == _MADE and _CLASH in event[6]:
            clashing[event[0]] = parsed(event[6]).get(CLASH_OF)
    if clashing:
        first = {one for one in clashing.values() if one}
        ordered, visits = ([one for one in some if one[0] not in first] for some in (ordered, visits))
    if not clashing and len({event[4] for event in visits}) < 2:
        return ordered, ()
    pairs = _strangers(ordered, visits, builds)
    if clashing:
        own = [clashing.get(event[0]) for event in visits]
        pairs += [(at, own.index(one)) for at, one in enumerate(own) if one and own.index(one) < at]
    if not pairs:
        return ordered, ()
    decided = [frozenset(parsed(event[6]).get("resolves", ())) for event in ordered if event[1] == "decision"]
    return ordered, _together(visits, pairs, decided)


def _strangers(ordered: Sequence[Event], visits: Sequence[Event], builds: Mapping[str, int]) -> list[tuple[int, int]]:
    """The pairs of visits of different inspectors, neither of whom had the other's on the map; the later one first."""
    held = [builds.get(str(parsed(event[6]).get("build_id") or "")) for event in visits] if builds else []
    if all(one is None for one in held):
        return _by_revisions(ordered, visits)
    guessed = {*_by_revisions(ordered, visits)}

    def knew(one: int, other: int) -> bool:
        """Whether the map of the one, made by a recorded run, had the other."""
        last = held[one]
        return last is not None and 0 < visits[other][10] <= last

    return [
        (at, before)
        for at in range(1, len(visits))
        for before in range(at)
        if inspector(visits[before][4]) != inspector(visits[at][4])
        and not (knew(at, before) or knew(before, at))
        and (held[at] is not None or (at, before) in guessed)
    ]


def _by_revisions(ordered: Sequence[Event], visits: Sequence[Event]) -> list[tuple[int, int]]:
    """The same by revisions and days alone."""
    stated = [event[10] for event in ordered if event[1] == "stated"]
    people = [event for event in ordered if event[1] != "stated"]
    place = [at for at, event in enumerate(people, start=1) if event[1] == "visit"]
    revision = [_known_of_people(event, stated) for event in visits]
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


def _known_of_people(visit: Event, stated: Sequence[int]) -> int | None:
    """How many events by people the map of a visit knew: its revision without what tables had stated by then.

    A table speaks of the day of inspection, which may lie behind the visits: in the order of effect it would push
    them among what the map knew, and nobody would hear that two inspectors contradict each other.
    """
    revision = _revision(visit[6])
    if revision is None:
        return None
    own = visit[10] or sys.maxsize
    return revision - sum(seq < own for seq in stated)


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
    known = parsed(body).get("base_revision")
    return known if isinstance(known, int) else None
