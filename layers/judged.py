"""A project's files judged to the end, also where some cannot be used: what a report about the inputs needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gis.faults import Fault
from layers.layer import Words
from layers.load import Project, load_entry, without_accepted, without_duplicates
from layers.loaded import Loaded
from layers.offsets import doubted


class Judged(NamedTuple):
    """The tables of all entries that could be read, each id once, and the faults that make files or tables unusable.

    A table of which no row was accepted is in both: its rows were read and judged. `run` takes inputs without
    anything in `unusable` only (`layers.load.load`).
    """

    tables: Sequence[Loaded]
    unusable: Sequence[Fault]

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Per table path, table, kind, sha256, read, accepted, rejected."""
        return [table.record for table in self.tables]

    @property
    def rejects(self) -> list[Fault]:
        """Every rejected row, in the order of entries and rows."""
        return [fault for table in self.tables for fault in table.faults]

    @property
    def notes(self) -> list[dict[str, Any]]:
        """What was found, assumed or mended while reading."""
        return [note for table in self.tables for note in table.notes]


def judged_inputs(project: Project, *, kinds: Words, levels: Words) -> Judged:
    """All inputs of `project`, judged as `layers.load.load` judges them; raises nothing for what it finds in them."""
    tables: dict[int, list[Loaded]] = {}
    unusable: list[Fault] = []
    for at in range(len(project.layers)):
        tables[at], faults = load_entry(project, at, kinds=kinds, levels=levels)
        unusable += faults
    kept = without_duplicates([table for own in doubted(project, tables).values() for table in own])
    return Judged(kept, [*unusable, *without_accepted(kept)])
