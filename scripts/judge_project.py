"""A project's files, read and judged in the light of its ledger: in this process, or by a crew."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from gis.faults import Fault
from gis.kept import Kept
from layers.assess import Assessment, assess
from layers.gathering import Work, gathered
from layers.ledger_state import State, derive
from layers.load import Inputs, inputs_of, without_duplicates
from layers.loaded import Loaded
from layers.on_ledger import EFFECTIVE, LEDGER, stated_events, with_ledger
from layers.partitions import Crew
from layers.photos import Photos, photos_of
from layers.project import Project
from layers.project_surroundings import surroundings_of
from layers.reading import Readings, readings, sets_of
from layers.rejudge import compare, keep, rejudge
from layers.rule_book import RuleSet
from layers.run_told import told
from layers.set_outputs import MOST_TOGETHER
from layers.source_links import linked
from layers.surroundings import SUBJECT_LAYERS
from layers.visit_photos import with_visits
from scripts.console import Console
from scripts.run_with_ledger import Snapshot, run_of, snapshot_of
from scripts.write_sets import headwater_version


def readings_of(project: Project, rules: RuleSet, kept: Kept, *, in_parts: bool) -> Readings:
    """What the files give; large sets, and with a crew all sets, are left to be read part by part."""
    sets = sets_of(project)
    large = sum(part.rows for own in sets.values() for part in own) > MOST_TOGETHER
    found = readings(project, rules, sets, whole=not in_parts and not large, kept=kept)
    if found.rows > MOST_TOGETHER and sets and not in_parts and not large:
        return readings(project, rules, sets, whole=False, kept=kept)
    return found


def judged_here(
    project: Project, rules: RuleSet, found: Readings, kept: Kept, console: Console, snapshot: Snapshot | None = None
) -> tuple[list[Fault], Assessment]:
    """The rejected rows, and everything judged in this process as far as it changed, in the light of the ledger."""
    tables = [table for _, own in sorted(found.tables.items()) for table in own]
    inputs = inputs_of(without_duplicates(tables), found.unusable)
    photos = _photos(project, inputs, kept, console)
    with console.step("ledger", "读取台账", "reading the ledger"):
        snapshot = snapshot or snapshot_of(project)
        run = run_of(project, rules, inputs.frames, inputs.inputs, photos, snapshot, console)
        inputs = inputs._replace(frames=linked(with_ledger(inputs.frames, run.state), run.identities))
    with console.step("compare", "比对上次运行", "comparing with the run before"):
        around = surroundings_of(project, rules, inputs, kept)
        sites = {layer: inputs.frames[layer] for layer in SUBJECT_LAYERS if layer in inputs.frames}
        compared = {layer: compare(frame, layer, around, kept) for layer, frame in sites.items()}
    with console.step("judge", "叠加分析", "judging"):
        judged = {layer: rejudge(frame, layer, around, compared[layer]) for layer, frame in sites.items()}
        _tell_judged(sum(len(one.anew) for one in compared.values()), sum(map(len, sites.values())), console)
    with console.step("roll_up", "汇总结论", "rolling up"):
        for layer, one in judged.items():
            keep(one, layer, around, compared[layer], kept)
        result = assess(project, inputs, around, judged, version=headwater_version(), photos=photos)
        result = told(result, rules, run, project.language)
    with console.step("visit_photos", "缩小巡查照片", "making photos of visits small"):
        day, limits = project.as_of, project.limits
        photos = with_visits(photos, run.events, project.folder, as_of=day, kept=kept, limits=limits)
        return inputs.faults, result._replace(photos=photos)


def _photos(project: Project, inputs: Inputs, kept: Kept, console: Console) -> Photos:
    """The photos that the sites name, made small for the map."""
    with console.step("photos", "缩小照片", "making photos small"):
        return photos_of(inputs.frames, project.folder, kept=kept, limits=project.limits)


def _tell_judged(anew: int, sites: int, console: Console) -> None:
    """How many sites had to be judged: no part of the outputs, which are the same whatever was kept."""
    console.facts["judged"] = {"anew": anew, "kept": sites - anew}
    if anew < sites:
        console.say(
            f"重新评估 {anew} 个对象，{sites - anew} 个与上次运行相同",
            f"{anew} sites judged anew, {sites - anew} as in the run before",
        )


def work_of(project: Project, rules: RuleSet, found: Readings, crew: Crew, kept: Kept, state: State) -> Work:
    """The sites to be judged by a crew, those on the ledger with its status, deadline and days."""
    tables = {at: [_on_ledger(table, state) for table in own] for at, own in found.tables.items()}
    return Work(project, rules, found._replace(tables=tables), crew, kept)


def _on_ledger(table: Loaded, state: State) -> Loaded:
    if table.layer.kind != LEDGER:
        return table
    return table._replace(frame=with_ledger({LEDGER: table.frame}, state)[LEDGER])


def state_of(project: Project, found: Readings, snapshot: Snapshot) -> State:
    """What the ledger and the office's table say on the project's day, sites called by their ids."""
    state = derive(snapshot.events, as_of=project.as_of, settings=project.ledger)
    stated = [*stated_events(_problems(found), state, as_of=project.as_of, run_id="")]
    return derive([*snapshot.events, *stated], as_of=project.as_of, settings=project.ledger) if stated else state


def _problems(found: Readings) -> dict[str, gpd.GeoDataFrame]:
    """The remediation sites as they were read."""
    tables = [table for _, own in sorted(found.tables.items()) for table in own if table.layer.kind == LEDGER]
    frames = inputs_of(without_duplicates(tables)).frames
    return {LEDGER: frames[LEDGER]} if LEDGER in frames else {}


def judged_by(
    project: Project, rules: RuleSet, found: Readings, crew: Crew, kept: Kept, console: Console
) -> tuple[list[Fault], Assessment]:
    """The rejected rows, and everything judged by a crew and gathered, as `judged_here` gives it."""
    snapshot, problems = snapshot_of(project), _problems(found)
    state = state_of(project, found, snapshot)
    while True:
        work = work_of(project, rules, found, crew, kept, state)
        with console.step("judge", "叠加分析", "judging"):
            inputs, judged = gathered(work)
        photos = _photos(project, inputs, kept, console)
        run = run_of(project, rules, {**inputs.frames, **problems}, inputs.inputs, photos, snapshot, console)
        if _as_judged(with_ledger(problems, run.state), inputs.frames):
            break
        state = run.state  # sites that bear other ids now have what the ledger says of them under the old ones
    with console.step("roll_up", "汇总结论", "rolling up"):
        result = assess(project, inputs, work.around, judged, version=headwater_version(), photos=photos)
        return inputs.faults, told(result, rules, run, project.language)


def _as_judged(known: Mapping[str, gpd.GeoDataFrame], judged: Mapping[str, gpd.GeoDataFrame]) -> bool:
    """Whether the remediation sites were judged with what is known of them."""
    if LEDGER not in known:
        return True
    sides = [[frame[name].where(frame[name].notna(), "").tolist() for name in EFFECTIVE if name in frame] for frame in
             (known[LEDGER], judged[LEDGER])]  # fmt: skip
    return sides[0] == sides[1]
