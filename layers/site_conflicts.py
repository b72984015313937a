"""Visits of different inspectors to one site, neither of whom knew of the other's -> what a person has to decide."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from layers.events import Event

Groups = tuple[tuple[str, ...], ...]


def groups(
    ordered: Sequence[Event],
    visits: Sequence[Event],
    decisions: Iterable[Mapping[str, Any]],
    facts: Callable[[str], Mapping[str, Any]],
) -> Groups:
    """The uuids of visits between which nobody has decided yet, by conflict, each in the order of the visits.

    `ordered`: all events of the site in the order in which they take effect, `visits` those among them. A map of
    revision n knew the first n events in that order: in this way it does not matter which file came in first. A visit
    without a revision (`base_revision` absent or null) knew of what lies on earlier days. Two visits are decided
    between once one decision names both.
    """
    if len({inspector(event) for event in visits}) < 2:
        return ()
    place = {event[0]: at for at, event in enumerate(ordered, start=1)}
    revision = {event[0]: facts(event[6]).get("base_revision") for event in visits}
    decided = [frozenset(one.get("resolves", ())) for one in decisions]
    leader = {event[0]: event[0] for event in visits}

    def first(one: str) -> str:
        while leader[one] != one:
            one = leader[one]
        return one

    for at, later in enumerate(visits):
        for earlier in visits[:at]:
            if inspector(earlier) == inspector(later):
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


def inspector(event: Event) -> str:
    """Who was there, however the name is spaced or typed."""
    return "".join(unicodedata.normalize("NFKC", event[4]).casefold().split())


def _knew(one: Event, other: Event, revision: Mapping[str, object], place: Mapping[str, int]) -> bool:
    """Whether the inspector of a visit had the other one on the map."""
    known = revision[one[0]]
    if isinstance(known, int):
        return place[other[0]] <= known
    return other[5][:10] < one[5][:10]
