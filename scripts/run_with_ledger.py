"""A run and the ledger: read before judging, told in the outputs, recorded after they stand in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd

from layers.assess import Assessment, with_build_id
from layers.columns import objects
from layers.events import Event
from layers.files import sha256_of
from layers.finding_history import with_history
from layers.identities import with_identities
from layers.ledger import Head, opened
from layers.photo_names import FOLDER
from layers.photos import Photos
from layers.programs import programs
from layers.project import PROJECT_FILE, Project
from layers.rule_book import RuleSet, built_in_books
from layers.run_records import Read, ThisRun, begun, digest_of, in_light_of, run_event
from layers.told_history import run_history
from scripts.write_sets import headwater_version


class Snapshot(NamedTuple):
    """The events of the ledger when a run began, and how many they are."""

    events: Sequence[Event]
    head: Head


def snapshot_of(project: Project) -> Snapshot:
    """The project's ledger as it is now; without one, no events."""
    with opened(project.folder) as ledger:
        return Snapshot(tuple(ledger.events()), ledger.head())


def run_of(
    project: Project,
    rules: RuleSet,
    frames: Mapping[str, gpd.GeoDataFrame],
    records: Sequence[Mapping[str, Any]],
    photos: Photos,
    snapshot: Snapshot,
) -> ThisRun:
    """Which run this is, and the state of the ledger on its day. `records`: the tables that were read, with SHA-256."""
    read = Read(
        as_of=project.as_of.isoformat(),
        version=headwater_version(),
        programs=programs(),
        inputs=_inputs(project, records, photos),
        books=[{"jurisdiction": book.jurisdiction, "edition": book.edition} for book in rules.books],
        settings_sha256=digest_of(project.model_dump(mode="json", exclude={"folder"})),
        options={"language": project.language, "map_budget_mb": project.map.budget_mb},
    )
    return in_light_of(begun(read, *snapshot), frames, None, as_of=project.as_of, settings=project.ledger)


def _inputs(project: Project, records: Sequence[Mapping[str, Any]], photos: Photos) -> list[dict[str, Any]]:
    """Every file that decides about the outputs, by its path as it is written, with its SHA-256."""
    found = {one["path"]: str(one["sha256"]) for one in records}
    known = built_in_books()
    for name in (PROJECT_FILE, *(book for book in project.jurisdictions if book not in known), project.map.base):
        if name and (project.folder / name).exists():
            found[name] = sha256_of(project.folder / name)
    for name, _ in photos.pictures:
        found[f"{FOLDER}/{name}"] = sha256_of(project.folder / FOLDER / name)
    return [{"path": path, "sha256": sha256} for path, sha256 in sorted(found.items())]


def told(result: Assessment, rules: RuleSet, run: ThisRun) -> Assessment:
    """The assessment with what the ledger knows: when findings were first seen, what changed, the sites' history."""
    begins, of_layers = run.begun, {key: rule.of for key, rule in rules.rules.items()}
    findings = with_identities(result.findings, run.identities, of_layers)
    sites = result.sites
    revisions = [run.state.of(*key).revision for key in zip(sites["layer"], sites["site_id"], strict=True)]
    facts = {**result.run, "run_id": run.run_id, "ledger": {"events": begins.head.events, "head": begins.head.hash}}
    return result._replace(
        findings=with_history(findings, run.history, result.run["as_of"]),
        sites=sites.assign(revision=objects(revisions)),
        run=with_build_id(facts),
        this_run=run,
        history=run_history(run, findings),
    )


def recorded(project: Project, result: Assessment, outputs: Mapping[str, str]) -> None:
    """Nothing; the ledger holds what the office's table says now, and the run, unless it does already."""
    run = result.this_run
    if run is None or run.begun.again or run.begun.late:
        return
    event = run_event(run, build_id=result.run["build_id"], findings=result.findings["finding_id"], outputs=outputs)
    with opened(project.folder, write=True) as ledger:
        ledger.append([*run.stated, event])
