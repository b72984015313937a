"""A run and the ledger: read before judging, and recorded at the moment when its outputs take their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from gis.archive import Archive, Damaged
from layers.assess import Assessment
from layers.events import Event
from layers.ledger import Head, opened
from layers.photos import Photos
from layers.project import Project
from layers.rule_book import RuleSet
from layers.run_archive import archive_inputs, inputs_of_run
from layers.run_memory import Memory, NoMemory, bytes_of_memory, memory_of
from layers.run_records import Read, ThisRun, begun, digest_of, in_light_of, run_event
from scripts.console import Console
from scripts.made_by import made_by
from scripts.write_sets import headwater_version

# What runs are compared by, and what a person wants to see again; the map and the workbook follow from the inputs.
ARCHIVED = ("findings.csv", "sites.csv", "sections.csv", "coverage.csv", "changes.csv", "run.json", "findings.gpkg")


class Snapshot(NamedTuple):
    """The events of the ledger when a run began, and how many they are."""

    events: Sequence[Event]
    head: Head


def snapshot_of(project: Project, *, until: int | None = None) -> Snapshot:
    """The project's ledger as it is now, or was after `until` events; without one, no events."""
    with opened(project.folder) as ledger:
        events = tuple(ledger.events(until=until))
        return Snapshot(events, Head(len(events), events[-1].hash) if events else Head(0, ""))


def run_of(
    project: Project,
    rules: RuleSet,
    frames: Mapping[str, gpd.GeoDataFrame],
    records: Sequence[Mapping[str, Any]],
    photos: Photos,
    snapshot: Snapshot,
    console: Console,
) -> ThisRun:
    """Which run this is, and the state of the ledger on its day. `records`: the tables that were read, with SHA-256."""
    read = Read(
        as_of=project.as_of.isoformat(),
        version=headwater_version(),
        programs=made_by(),
        inputs=inputs_of_run(project, records, [name for name, _ in photos.pictures]),
        books=[{"jurisdiction": book.jurisdiction, "edition": book.edition} for book in rules.books],
        settings_sha256=digest_of(project.model_dump(mode="json", exclude={"folder"})),
        options={"language": project.language, "title": project.title, "map_budget_mb": project.map.budget_mb},
    )
    begins = begun(read, *snapshot)
    memory = _memory(project, begins.earlier[-1].memory, console) if begins.earlier else None
    return in_light_of(begins, frames, memory, as_of=project.as_of, settings=project.ledger)


def _memory(project: Project, digest: str, console: Console) -> Memory | None:
    """What the run before left in the archive; where it is not there any more, that is told."""
    try:
        return memory_of(Archive(project.folder).get(digest))
    except (KeyError, ValueError, Damaged, NoMemory) as error:
        told = f"{type(error).__name__}: {error}"
        console.warn(
            f"archive/ 中上次运行的记录不可用（{told}）：本次不与上次比较，也不按位置名称认定改了编号的对象",
            f"what the run before left in archive/ cannot be used ({told}): this run is not compared with it, "
            "and sites with another id are not known again",
        )
        return None


class Recording:
    """What of a run is kept: inputs and outputs in the archive before the outputs take their places, events after."""

    def __init__(self, project: Project, result: Assessment) -> None:
        self._project, self._result = project, result
        self._events: list[Event] = []

    def prepare(self, staging: Path, outputs: Mapping[str, str]) -> None:
        """Puts what the run read, wrote and leaves to the next one into the archive."""
        run = self._result.this_run
        if run is None or run.begun.again or run.begun.late or self._result.memory is None:
            return
        archive = Archive(self._project.folder)
        archive.clear_litter()
        if self._project.ledger.archive_inputs:
            archive_inputs(self._project, run.begun.read.inputs, archive)
        for name in ARCHIVED:
            if name in outputs:
                archive.put_file(staging / name, packed=True)
        changes = self._result.changes
        event = run_event(
            run,
            build_id=self._result.run["build_id"],
            findings=self._result.findings["finding_id"],
            unanswered=changes.unanswered if changes else (),
            memory=archive.put(bytes_of_memory(self._result.memory), packed=True),
            outputs=outputs,
        )
        self._events = [*run.stated, event]

    def record(self) -> None:
        """Appends to the ledger what the office's table says now, and the run, in one transaction."""
        if self._events:
            with opened(self._project.folder, write=True) as ledger:
                ledger.append(self._events)
