"""`headwater ledger set`: what a person says of a site goes into the ledger, with who, when and which proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gis.archive import Archive
from gis.faults import Fault, InputError, shown
from layers.decisions import Outcome, Refused, Said, outcome_of
from layers.events import Event, told_time
from layers.known_sites import KnownSites
from layers.ledger import Ledger, opened
from layers.ledger_proof import check_heads
from layers.ledger_state import SiteState, derive
from layers.names_on_ledger import NamesOnLedger
from layers.on_ledger import stated_events
from layers.project import Project, read_project
from layers.rule_book import ZONES, rule_set
from layers.site_facts import SECTIONS, SiteFacts, frames_now, near_ids, site_facts, with_judged
from layers.surroundings import SUBJECT_ID, SUBJECT_LAYERS
from layers.words import STATUSES
from layers.workflow import CONTRADICTIONS
from scripts.console import DONE, Console, WrongUse
from scripts.set_arguments import Asked, refuse, said_of


def set_status(folder: Path, site_id: str, asked: Asked, console: Console) -> int:
    """Appends what a person says of a site; refused whole, with everything that lacks, where it cannot be."""
    project = read_project(folder, today=date.today())
    console.use(project.language)
    check_heads(project.folder)
    said = said_of(asked, project)
    files = _files(asked)
    rules = rule_set(project.jurisdictions, folder=project.folder)
    frames = frames_now(project, rules, zones=asked.layer == ZONES)
    archive, output = Archive(project.folder), project.folder / "output"
    with opened(project.folder) as ledger:
        names = NamesOnLedger(ledger, archive, frames)
        matching = bool(asked.same_as or asked.not_same_as)
        site = (layer_of(site_id, asked.layer, frames, ledger, matching=matching), site_id)
        facts = with_judged(site_facts(site, frames, output), said.override, output)
        _judged(said, _records(files), facts, names.events_of(ledger, site), names.builds, project, frames)
    kept = _records(files, archive)
    with opened(project.folder, write=True) as ledger:
        before, outcome = _judged(said, kept, facts, names.events_of(ledger, site), names.builds, project, frames)
        taken = ledger.append(names.as_kept(outcome.events)).taken
        own = names.events_of(ledger, site)
    after = _state(own, names.builds, said, facts, project, frames)
    told = [*outcome.told, *_contradictions(before, after), *_later(own, taken), *_after_inspection(said, project)]
    _tell(facts, before, after, taken, told, console)
    return DONE


def _files(asked: Asked) -> dict[str, list[Path]]:
    """The files of evidence; InputError where one is not there, is empty or is no file."""
    files = {"evidence": [*asked.evidence], "before": [*asked.before], "after": [*asked.after]}
    lacking = [path for own in files.values() for path in own if not path.is_file() or not path.stat().st_size]
    if lacking:
        raise InputError([Fault("EVIDENCE_MISSING", file=str(path)) for path in lacking])
    return {name: own for name, own in files.items() if own}


def _records(files: Mapping[str, Sequence[Path]], archive: Archive | None = None) -> dict[str, list[dict[str, str]]]:
    """By kind of evidence its files, which are in the archive now; without one, only their names."""
    return {
        name: [{"name": path.name, **({"sha256": archive.put_file(path)} if archive else {})} for path in own]
        for name, own in files.items()
    }


# --- Whom it is about -----------------------------------------------------------------------------


def layer_of(
    site_id: str, given: str | None, frames: Mapping[str, Any], ledger: Ledger, *, matching: bool = False
) -> str:
    """The layer of the site, as the data or else the ledger have it; WrongUse where that is not one layer.

    Only whether two ids are one thing (`matching`) can be said of zones and sections, too.
    """
    known = KnownSites(frames)
    if matching and given in (ZONES, SECTIONS):
        there = [str(one) for one in frames[given][SUBJECT_ID[given]]] if given in frames else []
        if site_id in there:
            return given
        raise _unknown(site_id, there)
    if given is not None and given not in SUBJECT_LAYERS:
        listed = ", ".join(SUBJECT_LAYERS)
        raise WrongUse(f"--layer 应为 {listed}；实为 {given!r}", f"--layer: expected one of {listed}; found {given!r}")
    found = known.layers_of(site_id)
    asked = [(layer, site_id) for layer in SUBJECT_LAYERS]
    found += [layer for (layer, _), count in ledger.revisions(asked).items() if count and layer not in found]
    if given is not None:
        found = [layer for layer in found if layer == given]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(found)
        raise WrongUse(
            f"编号 {site_id} 在几个图层中都有：{listed}；请加 --layer",
            f"several layers have the id {site_id}: {listed}; say which by --layer",
        )
    raise _unknown(site_id, [one for layer in SUBJECT_LAYERS for one in known.ids(layer)])


def _unknown(site_id: str, known: Sequence[str]) -> WrongUse:
    near = near_ids(site_id, known)
    listed, asked = "、".join(near) or "–", shown(site_id)
    return WrongUse(
        f"数据和台账中都没有编号 {asked}；相近的编号：{listed}",
        f"neither the data nor the ledger have the id {asked}; ids like it: {', '.join(near) or '–'}",
    )


# --- Judged, and told ------------------------------------------------------------------------------


def _judged(
    said: Said,
    files: Mapping[str, Sequence[Any]],
    facts: SiteFacts,
    events: Sequence[Event],
    builds: Mapping[str, int],
    project: Project,
    frames: Mapping[str, Any],
) -> tuple[SiteState, Outcome]:
    """The state on that day and what comes of what is said; WrongUse with everything that stands against it."""
    state = _state(events, builds, said, facts, project, frames)
    visits = {event.uuid: event for event in events if event.kind == "visit"}
    full = said._replace(evidence={**said.evidence, **files})
    outcome = outcome_of(full, facts, state, visits, project.ledger)
    refuse(outcome.refused)
    return state, outcome


def _state(
    events: Sequence[Event],
    builds: Mapping[str, int],
    said: Said,
    facts: SiteFacts,
    project: Project,
    frames: Mapping[str, Any],
) -> SiteState:
    """The state of the site on the day, where the table as it is now speaks if no run has recorded it yet."""
    site = (facts.layer, facts.site_id)
    day = date.fromisoformat(said.day)
    state = derive(events, as_of=day, settings=project.ledger, builds=builds)
    if state.of(*site).stated_uuid or facts.layer not in frames:
        return state.of(*site)
    own = {name: frame[frame["site_id"] == facts.site_id] for name, frame in frames.items() if "site_id" in frame}
    now = list(stated_events(own, state, as_of=day, run_id=""))
    return derive([*events, *now], as_of=day, settings=project.ledger, builds=builds).of(*site)


def _contradictions(before: SiteState, after: SiteState) -> list[Refused]:
    """What speaks against the state now and did not before."""
    new = [CONTRADICTIONS[code] for code in after.contradiction if code not in before.contradiction]
    return [Refused(f"注意：{word.zh}", f"note: {word.en}") for word in new]


def _later(events: Sequence[Event], taken: Sequence[Event]) -> list[Refused]:
    """That other events of the site are later than what was said, and so count after it."""
    moment = max(event.instant for event in taken)
    later = [event for event in events if event.instant > moment]
    if not later:
        return []
    return [
        Refused(
            f"台账中还有 {len(later)} 条更晚的记录，在其后生效；这里说的是 {told_time(taken[-1].at)} 的状态",
            f"{len(later)} later events of the site count after this; "
            f"what is told here is the state of {told_time(taken[-1].at)}",
        )
    ]


def _after_inspection(said: Said, project: Project) -> list[Refused]:
    """That runs of the project's date of inspection do not know of it yet, as that day is set and lies before."""
    day = project.as_of.isoformat()
    if said.day <= day or said.same_as or said.not_same_as:  # which ids are one holds for every day
        return []
    return [
        Refused(
            f"注意：晚于检查日期 {day}（设置项 as_of）；为这一天生成的地图和台账尚不计入",
            f"note: later than the date of inspection {day} (as_of): map and ledger of that day do not count it yet",
        )
    ]


def _tell(
    facts: SiteFacts,
    before: SiteState,
    after: SiteState,
    taken: Sequence[Event],
    told: Sequence[Refused],
    console: Console,
) -> None:
    """What was recorded and where the site stands now."""
    if console.as_json:
        console.give(
            {
                "layer": facts.layer,
                "site_id": facts.site_id,
                "events": [{"uuid": one.uuid, "kind": one.kind, "seq": one.seq, "hash": one.hash} for one in taken],
                "before": before.status,
                "status": after.status,
                "deadline": after.deadline,
                "conflicts": after.conflicts,
                "look_back_due": after.look_back_due,
                "told": [one._asdict() for one in told],
            }
        )
        return
    was, now = (STATUSES[one.status] if one.status else None for one in (before, after))
    zh, en = (now.zh, now.en) if now else ("没有状态", "no status")
    name = " ".join(shown(str(one)) for one in (facts.site_id, facts.name) if one)
    changed = (f"（原为{was.zh}）", f" (was {was.en})") if was and was != now else ("", "")
    console.say(f"{name}：{zh}{changed[0]}", f"{name}: {en}{changed[1]}")
    if after.deadline:
        console.say(f"  整改时限 {after.deadline}", f"  due {after.deadline}")
    if after.look_back_due:
        console.say(f"  回头看不迟于 {after.look_back_due}", f"  to be looked at again by {after.look_back_due}")
    if after.conflicts:
        console.say(
            f"  还有 {len(after.conflicts)} 处巡查冲突待裁定（--resolve）",
            f"  {len(after.conflicts)} conflicts of visits wait for a decision (--resolve)",
        )
    for one in told:
        console.say(f"  {one.zh}", f"  {one.en}")
    for event in taken:
        console.say(f"  已登记 {event.uuid}（第 {event.seq} 条）", f"  recorded {event.uuid} (event {event.seq})")
