"""Visits of different inspectors to one site, neither of whom knew of the other's -> what a person has to decide."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from layers.events import Event, parsed

CLASH_OF = "clash_of"  # as layers.survey_merge names it
_CLASHING = f'"{CLASH_OF}":'  # canonical JSON writes the key in one way only
_FIRST = '{"base_revision":'

Groups = tuple[tuple[str, ...], ...]


def without_clashing(ordered: Sequence[Event]) -> list[Event]:
    """The events without those visits of which another content was handed in under the same uuid.

    Both contents are there once more, under uuids of their own (`clash_of`): it does not matter which came in first.
    """
    clashing = {event[0]: parsed(event[6]).get(CLASH_OF) for event in ordered if _clashes(event)}
    if not clashing:
        return list(ordered)
    first = set(clashing.values())
    return [event for event in ordered if event[0] not in first]


def groups(ordered: Sequence[Event]) -> Groups:
    """The uuids of visits between which nobody has decided yet, by conflict, each in the order of the visits.

    `ordered`: all events of the site in the order in which they take effect. A map of revision n knew the first n of
    them: in this way it does not matter which file came in first. A visit without a revision (`base_revision` absent or
    null) knew of what lies on earlier days. Two visits are decided between once one decision names both. Two contents
    handed in under one uuid are in conflict, whoever was there.
    """
    visits = [event for event in ordered if event[1] == "visit"]
    names = [inspector(event[4]) for event in visits]
    clash_of = [parsed(event[6]).get(CLASH_OF) if _clashes(event) else None for event in visits]
    if len(set(names)) < 2 and not any(clash_of):
        return ()
    decided = [frozenset(parsed(event[6]).get("resolves", ())) for event in ordered if event[1] == "decision"]
    place = {event[0]: at for at, event in enumerate(ordered, start=1)}
    revision = {event[0]: _revision(event[6]) for event in visits}
    leader = {event[0]: event[0] for event in visits}

    def first(one: str) -> str:
        while leader[one] != one:
            one = leader[one]
        return one

    for at, later in enumerate(visits):
        for before in range(at):
            earlier = visits[before]
            if clash_of[at] is None or clash_of[at] != clash_of[before]:
                if names[before] == names[at]:
                    continue
                if _knew(later, earlier, revision, place) or _knew(earlier, later, revision, place):
                    continue
            if not any(earlier[0] in pair and later[0] in pair for pair in decided):
                leader[first(later[0])] = first(earlier[0])
    together: dict[str, list[str]] = {}
    for event in visits:
        together.setdefault(first(event[0]), []).append(event[0])
    return tuple(tuple(group) for group in together.values() if len(group) > 1)


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


def _clashes(event: Event) -> bool:
    """Whether a visit may be one of several contents under one uuid."""
    return event[1] == "visit" and _CLASHING in event[6]


def _revision(body: str) -> object:
    """The `base_revision` of a visit. In canonical JSON it stands first, so that the rest need not be read."""
    if body.startswith(_FIRST):
        number = body[len(_FIRST) : len(_FIRST) + 12].partition(",")[0].rstrip("}")
        if number.isdecimal():
            return int(number)
    return parsed(body).get("base_revision")


def _knew(one: Event, other: Event, revision: Mapping[str, object], place: Mapping[str, int]) -> bool:
    """Whether the inspector of a visit had the other one on the map."""
    known = revision[one[0]]
    if isinstance(known, int):
        return place[other[0]] <= known
    return other[5][:10] < one[5][:10]
