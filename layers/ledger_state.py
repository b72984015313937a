"""Events of the ledger -> the state of every site on a day: its status, its deadline, its conflicts, what is due."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

from layers.event_order import Reader
from layers.events import Event, instant
from layers.ledger_settings import LedgerSettings
from layers.site_events import site_state
from layers.site_state import NOTHING, SiteState

Site = tuple[str, str]

__all__ = ["NOTHING", "Match", "Override", "Site", "SiteState", "State", "derive"]


class Override(NamedTuple):
    """What a person said of a finding in place of what was computed: the latest word; it stands beside the result.

    `facts`: of the finding as the person saw it (`layers.overrides`).
    """

    finding_id: str
    result: str
    reason: str
    by: str
    at: str
    uuid: str
    facts: Mapping[str, object]


class Match(NamedTuple):
    """A person's word on whether two ids are one site."""

    layer: str
    site_id: str
    other: str
    same: bool
    by: str
    at: str
    uuid: str


class State(NamedTuple):
    """What the ledger says on a day. `sites`: by layer and id, those that have events. `overrides`: by finding id.
    `matches`, `runs`: oldest first.
    """

    sites: Mapping[Site, SiteState]
    overrides: Mapping[str, Override]
    matches: tuple[Match, ...]
    runs: tuple[Event, ...]
    as_of: date | None = None

    def of(self, layer: str, site_id: str) -> SiteState:
        """The state of a site; one without events has no status and revision 0."""
        return self.sites.get((layer, site_id), NOTHING)


def derive(
    events: Iterable[Event],
    *,
    as_of: date | None,
    settings: LedgerSettings,
    only: Collection[Site] | None = None,
) -> State:
    """The state that the events give on the day `as_of` (None: after all of them); pure, whatever order they come in.

    Events take effect in the order of their instants; at the same instant the office's table comes first, then
    visits by uuid, then what persons decided, in the order in which it was recorded. Events after `as_of` have no
    effect, but count in revisions. `only`: the sites that are asked for, where not all are.
    """
    reader = Reader(as_of, settings)
    with _without_looking_for_rings():
        of_site, apart = _by_site(events, None if only is None else frozenset(only))
        sites = {site: site_state(own, reader) for site, own in of_site.items()}
        return State(sites, *_apart(apart, as_of), as_of)


@contextmanager
def _without_looking_for_rings() -> Iterator[None]:
    """While millions of events are made, none of them in a ring, the collector would go through all of them over and
    over again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _by_site(events: Iterable[Event], wanted: frozenset[Site] | None) -> tuple[dict[Site, list[Event]], list[Event]]:
    """The events of each site that is wanted, and those that are about more than where a site stands."""
    of_site: dict[Site, list[Event]] = {}
    apart: list[Event] = []
    for event in events:
        kind = event[1]
        if kind in _APART:
            apart.append(event)
            if kind == "run":
                continue
        site = (event[2], event[3])
        own = of_site.get(site)
        if own is not None:
            own.append(event)
        elif wanted is None or site in wanted:
            of_site[site] = [event]
    return of_site, apart


_APART = frozenset({"run", "override", "match"})


def _apart(
    events: Iterable[Event], as_of: date | None
) -> tuple[dict[str, Override], tuple[Match, ...], tuple[Event, ...]]:
    """Overrides, matches and runs up to the day."""
    until = instant(as_of.isoformat()) if as_of else float("inf")
    overrides: dict[str, Override] = {}
    matches: list[Match] = []
    runs: list[Event] = []
    known = sorted(
        (event for event in events if instant(event.at) <= until), key=lambda one: (instant(one.at), one.seq, one.uuid)
    )
    for event in known:
        if event.kind == "run":
            runs.append(event)
            continue
        body = event.said
        if event.kind == "override":
            finding = str(body.get("finding_id", ""))
            overrides[finding] = Override(
                finding, str(body.get("result", "")), str(body.get("reason", "")), event.actor, event.at, event.uuid,
                body.get("facts") or {},
            )  # fmt: skip
        else:
            same = "same_as" in body
            other = str(body["same_as"] if same else body.get("not_same_as", ""))
            matches.append(Match(event.layer, event.site_id, other, same, event.actor, event.at, event.uuid))
    return overrides, tuple(matches), tuple(runs)
