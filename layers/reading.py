"""What a project's files give, those of large sets part by part: which those are, and how parts become one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gis.faults import Fault, InputError
from gis.kept import Kept
from gis.parquet import Part, is_set
from gis.read import parts
from layers.files import file_of, sha256_of_set
from layers.load import LAYERS, Inputs, joined, load_entry
from layers.loaded import Loaded
from layers.offsets import doubted
from layers.project import Project
from layers.rule_book import RuleSet
from layers.surroundings import SUBJECT_LAYERS

SOURCES = "pollution_sources"
# Notes about a whole file, in the order in which one reading of it would tell them.
_OF_FILE = (
    "ENCODING_FOUND", "CRS_ASSUMED", "HEIGHTS_DROPPED", "GEOMETRIES_SKIPPED", "EDGES_STRAIGHT", "DATUM_TRANSFORMED",
    "TABLE_SKIPPED", "DATUM_ACCURACY", "COORDINATE_COARSE", "MAP_SCALE_USED",
)  # fmt: skip
_OF_FIRST_PART = frozenset({"GEOMETRIES_SKIPPED", "EDGES_STRAIGHT"})  # told of the first part of a set only


class Readings(NamedTuple):
    """The tables that were read, by entry of the project, what makes some unusable, and the parts of the sets left out.

    `rows`: of all sites, as far as the ends of the sets' files and the rows accepted elsewhere tell.
    """

    tables: Mapping[int, Sequence[Loaded]]
    unusable: Sequence[Fault]
    sets: Mapping[int, Sequence[Part]]
    rows: int


def sets_of(project: Project) -> dict[int, list[Part]]:
    """The parts of each set of pollution sources, by entry; one that cannot be used as a set is none."""
    found = {}
    for at, entry in enumerate(project.layers):
        if entry.kind != SOURCES:
            continue
        try:
            path = file_of(project.folder, entry.path)
            if is_set(path):
                found[at] = parts(path, name=entry.path, limits=project.limits)
        except InputError:
            continue  # it is read like a file, which tells what is wrong with it
    return found


def readings(
    project: Project, rules: RuleSet, sets: Mapping[int, Sequence[Part]], *, whole: bool, kept: Kept | None = None
) -> Readings:
    """The tables of all entries but, unless they are to be read whole, of `sets`."""
    tables: dict[int, list[Loaded]] = {}
    unusable: list[Fault] = []
    for at in range(len(project.layers)):
        if at in sets and not whole:
            continue
        tables[at], faults = load_entry(project, at, kinds=rules.kinds, levels=rules.levels, kept=kept)
        unusable += faults
    tables = doubted(project, tables)
    rows = sum(part.rows for own in sets.values() for part in own)
    others = [table for at, own in tables.items() if at not in sets for table in own]
    rows += sum(len(table.frame) for table in others if table.layer.kind in SUBJECT_LAYERS)
    return Readings(tables, unusable, sets, rows)


def as_table(found: Sequence[Inputs]) -> Loaded:
    """The parts of a set as the table that reading the whole set would give."""
    layer = LAYERS[SOURCES]
    faults = [fault for one in found for fault in one.faults]
    frame = joined([one.frames[SOURCES] for one in found])
    record, notes = record_of([one.inputs[0] for one in found]), notes_of([one.notes for one in found])
    return Loaded(layer, layer.kind, frame, faults, {}, notes, record)


def record_of(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The line of run.json about a set, from those about its parts."""
    return {
        **records[0],
        "sha256": sha256_of_set(one["sha256"] for one in records),
        **{name: sum(one[name] for one in records) for name in ("read", "accepted", "rejected")},
    }


def notes_of(parts: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The notes about a set, from those about its parts: about the whole, then its rows, then its columns."""
    of_file: dict[str, dict[str, Any]] = {}
    of_rows: list[dict[str, Any]] = []
    of_columns: list[dict[str, Any]] = []
    for number, notes in enumerate(parts):
        for note in notes:
            if note["row"] is not None:
                of_rows.append(note)
            elif "column" in note:
                of_columns += [] if note in of_columns else [note]
            elif note["code"] not in of_file:
                if number == 0 or note["code"] not in _OF_FIRST_PART:
                    of_file[note["code"]] = note
            elif "rows" in note:
                first = of_file[note["code"]]
                of_file[note["code"]] = {**first, "rows": str(int(first["rows"]) + int(note["rows"]))}
                if "metres" in note:
                    of_file[note["code"]]["metres"] = max(first["metres"], note["metres"], key=float)
    return [*sorted(of_file.values(), key=lambda note: _OF_FILE.index(note["code"])), *of_rows, *of_columns]
