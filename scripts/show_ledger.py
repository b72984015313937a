"""`headwater ledger history` and `headwater ledger show`: what happened, and where that leaves every site on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gis.archive import Archive
from layers.events import KINDS, Event, instant, told_time
from layers.identities import Identities, in_run_ids
from layers.ledger import Head, Ledger, opened
from layers.ledger_state import Site, SiteState, builds_of, derive
from layers.names_on_ledger import last_listed
from layers.project import Project, read_project
from layers.words import EVENT_KINDS, FINISHED_STATUSES, STATUSES, code_of
from layers.workflow import CONTRADICTIONS, WHY_NOT
from scripts.console import DONE, Console, WrongUse
from scripts.display import plain
from scripts.event_lines import event_line

_ENOUGH_OF_UUID = 8  # of it `ledger set --resolve` takes


def show_history(
    folder: Path,
    console: Console,
    *,
    site_id: str | None = None,
    layer: str | None = None,
    since: date | None = None,
    kinds: Sequence[str] = (),
) -> int:
    """Tells the events in the order of their recording: of one site, of one layer, since a day, of some kinds."""
    project = _project(folder, console)
    wanted = frozenset(_kind(kind) for kind in kinds)
    start = instant((since - timedelta(days=1)).isoformat()) if since else float("-inf")
    with opened(project.folder) as ledger:
        head = ledger.head()
        names = last_listed(ledger, Archive(project.folder))
        found = [
            event
            for event in _events_of(in_run_ids(ledger.events(), names), site_id, layer)
            if event.instant > start and (not wanted or event.kind in wanted)
        ]
        near = ("", "") if found else _near(ledger, names, site_id)
    if console.as_json:
        console.give({"ledger": _head(head), "events": [_facts(event, names) for event in found]})
        return DONE
    for event in found:
        name = (
            _called((event.layer, event.site_id), names, console.language) if event.kind != "match" else event.site_id
        )
        line = event_line(event._replace(site_id=name), console.language)
        console.say(line, line)
    if not found:
        zh, en = near
        console.say(
            f"没有符合的记录（台账共 {head.events} 条）{zh}", f"no such event ({head.events} in the ledger){en}"
        )
    return DONE


def show_sites(
    folder: Path,
    console: Console,
    *,
    site_id: str | None = None,
    layer: str | None = None,
    as_of: date | None = None,
) -> int:
    """Tells where the sites of the ledger stand on a day, by their events alone."""
    project = _project(folder, console)
    day = as_of or project.as_of
    with opened(project.folder) as ledger:
        head = ledger.head()
        names = last_listed(ledger, Archive(project.folder))
        events = _events_of(in_run_ids(ledger.events(), names), site_id, layer)
        builds = builds_of(ledger.of_kind("run"))
        state = derive(events, as_of=day, settings=project.ledger, builds=builds)
        near = ("", "") if state.sites else _near(ledger, names, site_id)
    sites = {site: state.sites[site] for site in sorted(state.sites)}
    if console.as_json:
        told = [_site_facts(site, one, day) | {"identity": _identity(site, names)} for site, one in sites.items()]
        console.give({"as_of": day.isoformat(), "ledger": _head(head), "sites": told})
        return DONE
    zh = console.language == "zh"
    for site, one in sites.items():
        parts = site_parts(one, day, console.language)
        line = f"{plain(_called(site, names, console.language))} " + ("，" if zh else ", ").join(parts)
        console.say(line, line)
    if not sites:
        zh_near, en_near = near
        console.say(
            f"台账中没有这样的对象（共 {head.events} 条记录）{zh_near}：headwater run 会记入台账表所填的状态",
            f"no such site in the ledger ({head.events} events){en_near}: headwater run records what the table says",
        )
    return DONE


def is_overdue(site: SiteState, day: date) -> bool:
    """Whether the deadline lies before the day and the work is not done."""
    return site.deadline is not None and site.deadline < day.isoformat() and site.status not in FINISHED_STATUSES


def site_parts(site: SiteState, day: date, language: str) -> Iterator[str]:
    """Where a site stands on the day, part by part: status, since when, by whom; deadlines; what waits for a person."""
    zh = language == "zh"
    status = STATUSES.get(site.status or "")
    named = status.text(language) if status else "没有状态" if zh else "no status"
    by = (
        f"（{told_time(site.status_since)}，{plain(site.status_by)}）"
        if zh
        else f" ({told_time(site.status_since)}, {plain(site.status_by)})"
    )
    yield named + (by if status else "")
    if site.deadline:
        late = is_overdue(site, day)
        yield f"整改时限 {site.deadline}" + "（已逾期）" * late if zh else f"due {site.deadline}" + " (overdue)" * late
    if site.reopened:
        yield f"反弹 {site.reopened} 次" if zh else f"reopened: {site.reopened}"
    if site.look_back_due:
        late = site.look_back_overdue
        yield (
            f"回头看不迟于 {site.look_back_due}" + "（已逾期）" * late
            if zh
            else f"look back by {site.look_back_due}" + " (overdue)" * late
        )
    for visits in site.conflicts:
        listed = ", ".join(uuid[:_ENOUGH_OF_UUID] for uuid in visits)
        yield f"巡查互相矛盾，待裁定：{listed}" if zh else f"visits in conflict, to be decided: {listed}"
    for code in site.contradiction:
        yield CONTRADICTIONS[code].text(language) if code in CONTRADICTIONS else code
    in_conflict = {uuid for visits in site.conflicts for uuid in visits}
    for event in site.not_applied:
        if event.uuid in in_conflict:
            continue
        why = WHY_NOT[event.why].text(language) if event.why in WHY_NOT else event.why
        yield f"未生效 {event.uuid}：{why}" if zh else f"without effect {event.uuid}: {why}"
    yield f"{site.revision} 条记录" if zh else f"{site.revision} events"


def _project(folder: Path, console: Console) -> Project:
    project = read_project(folder, today=date.today())
    console.use(project.language)
    return project


def _events_of(events: Iterable[Event], site_id: str | None, layer: str | None) -> Iterator[Event]:
    for event in events:
        if (site_id is None or event.site_id == site_id) and (layer is None or event.layer == layer):
            yield event


def _identity(site: Site, names: Identities) -> str:
    """How the ledger calls a site that bears this id in the last recorded run."""
    layer, site_id = site
    gone = site_id.removesuffix("~")  # not listed any more, and another one bears its id
    return gone if gone != site_id and names.run_id(layer, gone) == site_id else names.identity(*site)


def _called(site: Site, names: Identities, language: str) -> str:
    """The id of a site, and how the ledger calls it where that is another name."""
    identity = _identity(site, names)
    if identity == site[1]:
        return identity
    return f"{site[1]}（台账中为 {identity}）" if language == "zh" else f"{site[1]} ({identity} on the ledger)"


def _near(ledger: Ledger, names: Identities, site_id: str | None) -> tuple[str, str]:
    """The ids of sites of the ledger that are written much like `site_id`, in words."""
    known = {event.site_id for event in in_run_ids(ledger.events(), names)} if site_id else set()
    close = ", ".join(plain(one) for one in get_close_matches(site_id or "", sorted(known), n=5))
    return (f"；相近的编号：{close}", f"; ids like it: {close}") if close else ("", "")


def _kind(text: str) -> str:
    kind = code_of(text, EVENT_KINDS)
    if kind is None:
        expected = ", ".join(KINDS)
        raise WrongUse(
            f"--kind 应为 {expected} 之一，给出的是 {text!r}", f"--kind: expected one of {expected}, found {text!r}"
        )
    return kind


def _head(head: Head) -> dict[str, Any]:
    return {"events": head.events, "head": head.hash}


def _facts(event: Event, names: Identities) -> dict[str, Any]:
    """An event as --json tells it; `identity`: how the ledger calls its site."""
    return {
        "seq": event.seq,
        "uuid": event.uuid,
        "kind": event.kind,
        "layer": event.layer,
        "site_id": event.site_id,
        "identity": _identity((event.layer, event.site_id), names) if event.kind != "match" else event.site_id,
        "actor": event.actor,
        "at": event.at,
        "status": event.status,
        "body": event.said,
        "source_file": event.source_file,
        "source_sha256": event.source_sha256,
        "recorded_at": event.recorded_at,
        "hash": event.hash,
    }


def _site_facts(site: Site, one: SiteState, day: date) -> dict[str, Any]:
    """A site as --json tells it."""
    fields = one._asdict()
    nested = {
        "extensions": [extension._asdict() for extension in one.extensions],
        "not_applied": [event._asdict() for event in one.not_applied],
    }
    return {"layer": site[0], "site_id": site[1], "overdue": is_overdue(one, day), **fields, **nested}
