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

__all__ = ["NOTHING", "Match", "Override", "Site", "SiteState", "State", "builds_of", "derive"]


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
    builds: Mapping[str, int] | None = None,
) -> State:
    """The state that the events give on the day `as_of` (None: after all of them); pure, whatever order they come in.

    Events take effect in the order of their instants; at the same instant the office's table comes first, then
    visits by uuid, then what persons decided, in the order in which it was recorded. Events after `as_of` have no
    effect, but count in revisions. `only`: the sites that are asked for, where not all are. `builds`: of all runs of
    the ledger (`builds_of`), where they are not among the events.
    """
    with _without_collecting():
        return _derived(events, as_of, settings, None if only is None else frozenset(only), builds)


def _derived(
    events: Iterable[Event],
    as_of: date | None,
    settings: LedgerSettings,
    wanted: frozenset[Site] | None,
    builds: Mapping[str, int] | None,
) -> State:
    of_site: dict[Site, list[Event]] = {}
    apart: list[Event] = []
    for event in events:
        kind = event[1]
        if kind in _APART:
            apart.append(event)
            if kind == "run":
                continue
        site = (event[2], event[3])
        if wanted is not None and site not in wanted:
            continue
        own = of_site.get(site)
        if own is None:
            of_site[site] = [event]
        else:
            own.append(event)
    reader = Reader(as_of, settings, builds_of(apart) if builds is None else builds)
    sites = {site: site_state(of_site[site], reader) for site in of_site}
    return State(sites, *_apart(apart, as_of), as_of)


def builds_of(events: Iterable[Event]) -> dict[str, int]:
    """By the `build_id` of the map of each recorded run how many events the ledger held when that read it."""
    runs = (event.said for event in events if event.kind == "run")
    known = (run for run in runs if "build_id" in run and "ledger_events" in run)
    return {str(run["build_id"]): int(run["ledger_events"]) for run in known}


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A million events make Python look through all of them again and again for cycles; there are none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
