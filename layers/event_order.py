"""The order in which events of a site take effect, and what their bodies and times say, read once for many sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from layers.events import CHINA, Event, instant, parsed
from layers.ledger_settings import LedgerSettings

_RANKS = {"stated": 0, "visit": 1}  # at one moment; what persons decide comes last
_LAST = 1 << 62  # events that are not stored yet come after those that are
_REMEMBERED = 1 << 16


class Reader:
    """What all sites are read with: the day, the settings, and bodies and times that many events share.

    `builds`: by the `build_id` of the map of each recorded run how many events of the ledger that knew.
    """

    def __init__(self, as_of: date | None, settings: LedgerSettings, builds: Mapping[str, int] | None = None) -> None:
        self.as_of = as_of
        self.builds = builds or {}
        self.settings = settings
        self.until = instant(as_of.isoformat()) if as_of else float("inf")
        self._bodies: dict[str, dict[str, Any]] = {}

    def shared(self, body: str) -> dict[str, Any]:
        """The body as an object; many sites have the same one."""
        known = self._bodies.get(body)
        if known is None:
            known = parsed(body)
            if len(self._bodies) < _REMEMBERED:
                self._bodies[body] = known
        return known


def day_of(at: str) -> str:
    """The day in China on which a time lies.

    >>> day_of("2017-11-30"), day_of("2017-11-29T23:00:00Z")
    ('2017-11-30', '2017-11-30')
    """
    if len(at) == 10 or at.endswith("+08:00"):
        return at[:10]
    return datetime.fromisoformat(at).astimezone(CHINA).date().isoformat()


def in_order(events: Sequence[Event]) -> list[Event]:
    """The events in the order in which they take effect, whatever order they were recorded in."""
    last = float("-inf")
    for event in events:
        now = event[13]
        if now is None or now <= last:
            break
        last = now
    else:  # recorded as they happened, as most are
        return list(events)
    ranks = _RANKS
    keyed = []
    for event in events:
        rank = ranks.get(event[1], 2)
        stored = event[13]
        tie: Any = event[0] if rank == 1 else (event[10] or _LAST)
        keyed.append((instant(event[5]) if stored is None else stored, rank, tie, event))
    keyed.sort()
    return [one[3] for one in keyed]
