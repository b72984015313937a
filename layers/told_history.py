"""The ledger's events and what follows from them -> frames that the map and the paper tell a site's history from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from layers.events import Event, instant
from layers.words import Word

if TYPE_CHECKING:
    from layers.site_state import SiteState

# A row per event of a site. `result`: what a visit saw or a re-inspection found. `conflict` numbers the groups of a
# site's visits that contradict each other, 0 for none. `without`: why it has no effect, '' where it has.
EVENT_COLUMNS = (
    "layer", "site_id", "at", "kind", "actor", "status", "result", "deadline", "unit", "note", "evidence", "photos",
    "file", "uuid", "conflict", "without",
)  # fmt: skip
# A row per site of the ledger. `status_by`: who gave the status, or the file of the office's table. `older`: events
# that are left out of EVENT_COLUMNS. `flags`: FLAGS joined by semicolons, as are `contradictions` and `missing`.
STANDING_COLUMNS = (
    "layer", "site_id", "revision", "status_since", "status_by", "stated_status", "first_deadline", "look_back",
    "look_back_on", "relapses", "contradictions", "missing", "former_ids", "flags", "older",
)  # fmt: skip
# What a person has to look at, the most pressing first.
FLAGS = ("conflict", "contradiction", "look_back_overdue", "look_back_due", "missing", "decided", "not_applied")
LATER = "LATER"  # an event after the date of inspection
# The newest events of a site that are told one by one, the fewer the more events there are; what contradicts stays.
MOST_OF_A_SITE = 40
MOST_EVENTS = 150_000
FEWEST_OF_A_SITE = 3
_LONGEST_NOTE = 240
_DAY_BEGINS = "T00:00:00+08:00"
# Codes that the state tells by flags and columns of their own.
_TOLD_ELSEWHERE = frozenset({"IN_CONFLICT"})

Key = tuple[str, str]
NO_IDS: Mapping[Key, str] = MappingProxyType({})
Words = Mapping[str, Mapping[str, Word]]
NO_WORDS: Words = MappingProxyType({})


class SinceRun(NamedTuple):
    """How a run differs from an earlier one: that one's date of inspection, how many findings by change, and where.

    `moved`: layer, site_id, lon, lat of where sites lay. `gone`: layer, site_id, name, lon, lat of sites that are there
    no more.
    """

    as_of: str
    counts: Mapping[str, int]
    moved: pd.DataFrame
    gone: pd.DataFrame


class ToldHistory(NamedTuple):
    """What the ledger knows of sites and findings, and how this run differs from the one before.

    `events`: EVENT_COLUMNS, by site and time. `standing`: STANDING_COLUMNS. `decisions`: by finding_id what a person
    decided of it: result, actor, at, reason, renew. `since`: None where there is no run to compare with. `words`: of
    the codes of `without` (`whys`), `contradictions` and `missing`.
    """

    events: pd.DataFrame
    standing: pd.DataFrame
    decisions: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    since: SinceRun | None = None
    words: Words = NO_WORDS


def told_history(
    events: Iterable[Event],
    sites: Mapping[Key, SiteState],
    *,
    as_of: date,
    former_ids: Mapping[Key, str] = NO_IDS,
    decisions: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    decided: Iterable[Key] = (),
    since: SinceRun | None = None,
    words: Words = NO_WORDS,
) -> ToldHistory:
    """The history of every site that has an event; `sites`: where each stands, as follows from the events.

    `former_ids`: of sites that bear another id than when they were first known, that one. `decided`: sites of whose
    findings a person decided.
    """
    by_site = _by_site(events)
    marked = frozenset(decided)
    end = instant(as_of.isoformat())
    total = sum(map(len, by_site.values()))
    most = max(FEWEST_OF_A_SITE, min(MOST_OF_A_SITE, MOST_OF_A_SITE * MOST_EVENTS // max(total, 1)))
    rows: list[tuple[Any, ...]] = []
    standing = []
    for key in sorted({*by_site, *former_ids, *marked}):
        site, own = sites.get(key), by_site.get(key, [])
        told = _told(own, site, end, most)
        rows += told
        older = len(own) - len(told)
        standing.append(_standing(key, site, former_ids.get(key, ""), decided=key in marked, older=older))
    events = pd.DataFrame(rows, columns=list(EVENT_COLUMNS))
    return ToldHistory(events, pd.DataFrame(standing, columns=list(STANDING_COLUMNS)), decisions, since, words)


def _by_site(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """The events of each site in the order in which they happened; those of no site (runs) are left out."""
    found: dict[Key, list[Event]] = defaultdict(list)
    for one in events:
        if one.site_id and one.kind != "run":
            found[one.layer, one.site_id].append(one)
    for own in found.values():
        own.sort(key=lambda one: (one.instant, one.seq))
    return found


def _told(own: Sequence[Event], site: SiteState | None, end: float, most: int) -> list[tuple[Any, ...]]:
    """Rows of EVENT_COLUMNS: the newest, and all of a conflict."""
    groups = {uuid: at for at, group in enumerate(site.conflicts if site else (), start=1) for uuid in group}
    reasons = dict(site.not_applied) if site else {}
    kept = [one for at, one in enumerate(own) if at >= len(own) - most or one.uuid in groups]
    rows = []
    for one in kept:
        body = one.said
        without = LATER if one.instant > end else reasons.get(one.uuid, "")
        rows.append((
            one.layer, one.site_id, _shown(one.at), one.kind, one.actor, one.status or "", _result(body),
            _text(body, "deadline"), _text(body, "accepting_unit"), _note(body), _files(body), _count(body, "photos"),
            one.source_file, one.uuid, groups.get(one.uuid, 0), without,
        ))  # fmt: skip
    return rows


def _standing(key: Key, site: SiteState | None, former: str, *, decided: bool, older: int) -> tuple[Any, ...]:
    """A row of STANDING_COLUMNS."""
    if site is None:
        return (*key, 0, "", "", "", "", "", "", 0, "", "", former, "decided" if decided else "", older)
    look_back, on = _look_back(site)
    named = {
        "conflict": site.conflicts,
        "contradiction": site.contradiction,
        f"look_back_{look_back}": True,
        "missing": site.missing,
        "decided": decided,
        "not_applied": {why for _, why in site.not_applied} - _TOLD_ELSEWHERE,
    }
    flags = ";".join(name for name in FLAGS if named.get(name))
    first = site.extensions[0].before if site.extensions else ""
    return (
        *key, site.revision, _shown(site.status_since), site.status_by, site.stated_status or "", first or "",
        look_back, on, site.reopened, ";".join(site.contradiction), ";".join(site.missing), former, flags, older,
    )  # fmt: skip


def _look_back(site: SiteState) -> tuple[str, str]:
    """How looking back stands, and the day: planned (`due`, `overdue`), or last done."""
    if site.look_back_due:
        return ("overdue" if site.look_back_overdue else "due"), site.look_back_due
    return ("kept", site.look_back_done[-1]) if site.look_back_done else ("", "")


def _shown(at: str) -> str:
    """When it was; the office's table speaks from the first moment of a day on, which is told as that day."""
    return at[:10] if at.endswith(_DAY_BEGINS) else at


def _files(body: Mapping[str, Any]) -> int:
    """How many files prove it."""
    return sum(_count(body, name) for name in ("evidence", "before", "after"))


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return len(value) if isinstance(value, list | dict) else 0


def _result(body: Mapping[str, Any]) -> str:
    """What was seen or found: stated at the top, or among what a visit observed."""
    observed = body.get("observed")
    return _text(body, "result") or (_text(observed, "result") if isinstance(observed, dict) else "")


def _note(body: Mapping[str, Any]) -> str:
    """The words of whoever wrote it, shortened."""
    text = " ".join((_text(body, "note") or _text(body, "reason")).split())
    return text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + "…"
