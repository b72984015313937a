"""Events of a ledger, written down shortly, for tests of what follows from them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

from layers.events import Event, canonical
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import SiteState, derive

LAYER = "remediation_sites"
SETTINGS = LedgerSettings()
_numbers = count(1)


def event(
    kind: str,
    at: str,
    status: str | None = None,
    /,
    *,
    by: str = "张三",
    site: str = "A",
    layer: str = LAYER,
    **body: Any,
) -> Event:
    """An event as the ledger stores it: each one that is made comes after those before."""
    seq = next(_numbers)
    return Event(str(uuid.uuid4()), kind, layer, site, by, at, canonical(body), status, seq=seq)


def table(day: str, status: str, /, **said: Any) -> Event:
    """What the office's table says at the beginning of a day."""
    return event("stated", f"{day}T00:00:00+08:00", status, by="table", **{"status": status, **said})


def visit(
    day: str, status: str | None, /, by: str = "王五", *, base: int | None = 1, seen: str = "check", **body: Any
) -> Event:
    """A visit at ten in the morning."""
    body = {"observed": {"status": status, "result": seen}, "note": "", "base_revision": base, **body}
    return event("visit", f"{day}T10:00:00+08:00", status, by=by, **body)


def state_of(
    events: Iterable[Event], day: str | None = None, *, site: str = "A", settings: LedgerSettings = SETTINGS
) -> SiteState:
    """Where a site stands on a day; without one, after all events."""
    as_of = date.fromisoformat(day) if day else None
    return derive(events, as_of=as_of, settings=settings).of(LAYER, site)
