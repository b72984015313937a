"""The ledger's events and what follows from them -> frames that the map and the paper tell a site's history from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from layers.events import Event, instant
from layers.ledger_state import SiteState, State

# A row per event of a site. `result`: what a visit saw or a re-inspection found. `conflict` numbers the groups of visits
# of a site that contradict each other, 0 for none. `without`: why it has no effect, '' where it has.
EVENT_COLUMNS = (
    "layer", "site_id", "at", "kind", "actor", "status", "result", "deadline", "unit", "note", "evidence", "photos",
    "file", "uuid", "conflict", "without",
)  # fmt: skip
# A row per site of the ledger. `older`: events that are left out of EVENT_COLUMNS. `flags`: FLAGS joined by semicolons.
STANDING_COLUMNS = (
    "layer", "site_id", "revision", "status_since", "status_by", "stated_status", "first_deadline", "look_back",
    "look_back_on", "relapses", "missing", "former_ids", "flags", "older",
)  # fmt: skip
# What a person has to look at, the most pressing first.
FLAGS = ("conflict", "contradiction", "look_back_overdue", "look_back_due", "relapsed", "renew", "decided", "not_applied")
LATER = "LATER"  # an event after the date of inspection
# The newest events of a site that are told one by one, the fewer the more events there are; what contradicts stays.
MOST_OF_A_SITE = 40
MOST_EVENTS = 150_000
FEWEST_OF_A_SITE = 3
_LONGEST_NOTE = 240

Key = tuple[str, str]


class SinceRun(NamedTuple):
    """How a run differs from an earlier one: that one's date of inspection, how many findings by change, and where.

    `moved`: layer, site_id, lon, lat of where sites lay. `gone`: layer, site_id, name, lon, lat of sites that are there
    no more.
    """

    as_of: str
    counts: Mapping[str, int]
    moved: pd.DataFrame
    gone: pd.DataFrame


class SiteHistory(NamedTuple):
    """What the ledger knows of sites and findings, and how this run differs from the one before.

    `events`: EVENT_COLUMNS, by site and time. `standing`: STANDING_COLUMNS. `decisions`: by finding_id what a person
    decided of it: result, actor, at, reason, renew. `since`: None where there is no run to compare with.
    """

    events: pd.DataFrame
    standing: pd.DataFrame
    decisions: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    since: SinceRun | None = None


NO_HISTORY = SiteHistory(pd.DataFrame(columns=list(EVENT_COLUMNS)), pd.DataFrame(columns=list(STANDING_COLUMNS)))


def history_of(events: Iterable[Event], state: State, *, as_of: date, since: SinceRun | None = None) -> SiteHistory:
    """The history of every site that has an event; `state` is what follows from the events."""
    by_site = _by_site(events)
    end = instant(as_of.isoformat())
    total = sum(map(len, by_site.values()))
    most = max(FEWEST_OF_A_SITE, min(MOST_OF_A_SITE, MOST_OF_A_SITE * MOST_EVENTS // max(total, 1)))
    rows: list[tuple[Any, ...]] = []
    standing = []
    for key in sorted(by_site):
        site, own = state.sites.get(key), by_site[key]
        told = _told(own, site, end, most)
        rows += told
        standing.append(_standing(key, own, site, older=len(own) - len(told)))
    return SiteHistory(
        pd.DataFrame(rows, columns=list(EVENT_COLUMNS)),
        pd.DataFrame(standing, columns=list(STANDING_COLUMNS)),
        {},
        since,
    )


def _by_site(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """The events of each site in the order in which they happened; those of no site (runs) are left out."""
    found: dict[Key, list[Event]] = defaultdict(list)
    for one in events:
        if one.site_id and one.kind != "run":
            found[one.layer, one.site_id].append(one)
    for own in found.values():
        own.sort(key=lambda one: (instant(one.at), one.seq))
    return found


def _told(own: Sequence[Event], site: SiteState | None, end: float, most: int) -> list[tuple[Any, ...]]:
    """Rows of EVENT_COLUMNS: the newest, and all of a conflict."""
    groups = {uuid: at for at, group in enumerate(site.conflicts if site else (), start=1) for uuid in group}
    reasons = dict(site.not_applied) if site else {}
    kept = [one for at, one in enumerate(own) if at >= len(own) - most or one.uuid in groups]
    rows = []
    for one in kept:
        body = one.body
        late = LATER if instant(one.at) > end else ""
        rows.append((
            one.layer, one.site_id, one.at, one.kind, one.actor, one.status or "", _result(body), _text(body, "deadline"),
            _text(body, "unit"), _note(body), len(body.get("evidence") or ()), len(body.get("photos") or ()),
            one.source_file, one.uuid, groups.get(one.uuid, 0), late or reasons.get(one.uuid, ""),
        ))  # fmt: skip
    return rows


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _result(body: Mapping[str, Any]) -> str:
    """What was seen or found: stated at the top, or among what a visit observed."""
    observed = body.get("observed")
    return _text(body, "result") or (_text(observed, "result") if isinstance(observed, dict) else "")


def _note(body: Mapping[str, Any]) -> str:
    """The words of whoever wrote it, shortened."""
    text = " ".join((_text(body, "note") or _text(body, "reason")).split())
    return text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + "…"
