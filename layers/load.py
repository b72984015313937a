"""A project's files -> one checked frame per kind, every rejected row, the counts that must add up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.dates import Calendar
from gis.faults import Fault, InputError
from gis.kept import Kept, digest
from gis.parquet import files_of
from gis.read import Table, check_path, read, read_rows
from gis.reading_limits import Limits
from gis.repair import repair
from layers import context, pollution_sources, protection_zones, remediation_sites, river_sections, samples
from layers.accuracy import with_datum
from layers.corner_areas import area_faults
from layers.duplicates import Seen, repeated
from layers.files import file_of, sha256_of, stamps_of
from layers.how_read import notes_of_facts
from layers.kept_layers import packed, unpacked
from layers.layer import Entry, Layer, Words, conform
from layers.loaded import Loaded
from layers.mapping import mapping_faults
from layers.offsets import doubted
from layers.programs import programs
from layers.refused import refused_rows
from layers.zone_versions import without_reversed

LAYERS: Mapping[str, Layer] = {
    layer.kind: layer
    for layer in (
        protection_zones.LAYER,
        river_sections.LAYER,
        samples.LAYER,
        pollution_sources.LAYER,
        remediation_sites.LAYER,
        context.RIVERS,
        context.WATER_BODIES,
        context.INTAKES,
        context.DISTRICTS,
    )
}
_TABLE_DRIVERS = frozenset({"csv", "calamine", "parquet"})
# What a rule may relate a place to: near a refused row of these nothing may be called clear.
_RELATED = ("protection_zones", "water_bodies", "rivers", "intakes", "districts")


class LayerEntry(Entry, Protocol):
    """One `[[layer]]` of the project file."""

    @property
    def kind(self) -> str: ...
    @property
    def table(self) -> str | None: ...
    @property
    def crs(self) -> str | None: ...
    @property
    def datum(self) -> str | None: ...
    @property
    def encoding(self) -> str | None: ...
    @property
    def date_order(self) -> str | None: ...
    @property
    def x(self) -> str | None: ...
    @property
    def y(self) -> str | None: ...
    @property
    def transformation(self) -> str | None: ...
    @property
    def corners(self) -> str | None: ...


class Project(Protocol):
    """What loading needs to know of a project."""

    @property
    def folder(self) -> Path: ...
    @property
    def layers(self) -> Sequence[LayerEntry]: ...
    @property
    def limits(self) -> Limits: ...


class Inputs(NamedTuple):
    """Everything the project's files gave.

    `frames`: per kind that the project has, the accepted rows (docs/architecture.md, Frames). `refused`: per kind
    that a rule may relate to, the rejected rows whose place is known (`source_file`, `source_row`, `code`, geometry):
    nothing they could touch may be called clear; `refused_without_place`: per kind, how many more there are. Kinds
    without such rows are absent from both. `faults`: every rejected row, in the order of entries and rows. `inputs`:
    per table path, table, kind, sha256, read, accepted, rejected. `notes`: what was repaired or assumed.
    """

    frames: dict[str, gpd.GeoDataFrame]
    refused: Mapping[str, gpd.GeoDataFrame]
    refused_without_place: Mapping[str, int]
    faults: list[Fault]
    inputs: list[dict[str, Any]]
    notes: list[dict[str, Any]]


def load(project: Project, *, kinds: Words, levels: Words, kept: Kept | None = None) -> Inputs:
    """All inputs of `project`, judged once: behind this door columns, words, CRS and geometry hold.

    `kinds` and `levels` are the words of the rule books in force. Of rows with one id in one kind the first is kept.
    Zones and other layers that sites are related to are not read again where `kept` has them from the same bytes.
    Raises InputError with the faults of all files that cannot be used (unreadable, without CRS, without a needed
    column, empty, or with no row accepted), then every rejected row of the files that could be read.
    """
    tables: dict[int, list[Loaded]] = {}
    unusable: list[Fault] = []
    for at in range(len(project.layers)):
        tables[at], faults = load_entry(project, at, kinds=kinds, levels=levels, kept=kept)
        unusable += faults
    known = doubted(project, tables)
    return inputs_of(without_duplicates([table for own in known.values() for table in own]), unusable)


def load_entry(
    project: Project, entry: int, *, kinds: Words, levels: Words, part: int | None = None, kept: Kept | None = None
) -> tuple[list[Loaded], list[Fault]]:
    """The tables of one entry, counted from 0, and the faults that make one of them unusable; ids may be repeated.

    Zones and other layers that sites are related to are not read again where `kept` has them from the same bytes.
    """
    said, stem = project.layers[entry], _stems(project.layers)[entry]
    try:
        if kept is not None and part is None:
            tables, faults = _known_or_read(project, said, kinds=kinds, levels=levels, stem=stem, kept=kept)
        else:
            tables, faults = _tables(project, said, kinds=kinds, levels=levels, stem=stem, part=part)
    except InputError as error:
        return [], [_of_entry(fault, said) for fault in error.faults]
    doubtful = said.datum is None and bool(LAYERS[said.kind].geometry)
    return [table._replace(may_be_offset=doubtful) for table in tables], faults


def load_part(
    project: Project, entry: int, part: int, *, kinds: Words, levels: Words, seen: Sequence[gpd.GeoDataFrame] = ()
) -> Inputs:
    """What one file of a set of Parquet files gives, of that entry of the project alone, as `load` would give it.

    `entry` counts the project's layers and `part` the set's files (`gis.parquet.parts`), both from 0. Rows bear the
    numbers they have in the whole set; the record holds the SHA-256 of this file. What only the whole can tell is left
    to the caller: which rows before it, `seen`, have ids of this part, and whether any row was accepted at all.

    Raises InputError with the faults that make the file, or any part of the set, unusable.
    """
    tables, unusable = load_entry(project, entry, kinds=kinds, levels=levels, part=part)
    if unusable:
        raise InputError([*unusable, *(fault for table in tables for fault in table.faults)])
    return _inputs(without_duplicates(tables, seen))


def inputs_of(tables: Sequence[Loaded], unusable: Sequence[Fault] = ()) -> Inputs:
    """The tables of all entries, each id once, put together; raises InputError as `load` does."""
    faults = [*unusable, *without_accepted(tables)]
    if faults:
        raise InputError([*faults, *(fault for table in tables for fault in table.faults)])
    return _inputs(tables)


def without_accepted(tables: Sequence[Loaded]) -> list[Fault]:
    """NO_ROW_ACCEPTED for every table of which no row was accepted."""
    return [
        Fault("NO_ROW_ACCEPTED", table.record["path"], table.label, facts={"read": str(table.record["read"])})
        for table in tables
        if table.frame.empty
    ]


def _inputs(parts: Sequence[Loaded]) -> Inputs:
    frames = {
        kind: joined([part.frame for part in parts if part.layer.kind == kind])
        for kind in dict.fromkeys(part.layer.kind for part in parts)
    }
    refused = {
        kind: refused_rows((part.layer, part.faults, part.places) for part in parts if part.layer.kind == kind)
        for kind in _RELATED
    }
    return Inputs(
        frames=frames,
        refused={kind: places for kind, (places, _) in refused.items() if len(places)},
        refused_without_place={kind: count for kind, (_, count) in refused.items() if count},
        faults=[fault for part in parts for fault in part.faults],
        inputs=[part.record for part in parts],
        notes=[note for part in parts for note in part.notes],
    )


def _stems(entries: Sequence[LayerEntry]) -> list[str]:
    """Per entry what the ids made of its rows begin with: the file's stem, or as much more as tells two apart."""
    names = []
    for entry in entries:
        path = PurePosixPath(entry.path)
        plain = path.with_suffix("").as_posix() if path.name else ""
        longer = (plain, path.as_posix(), f"{path.as_posix()}-{entry.table or ''}")
        names.append((path.stem, *longer))
    counts = [
        Counter((entry.kind, name) for entry, name in zip(entries, level, strict=True))
        for level in zip(*names, strict=True)
    ]
    return [
        next((name for name, count in zip(own, counts, strict=True) if count[entry.kind, name] == 1), own[0])
        for entry, own in zip(entries, names, strict=True)
    ]


def _of_entry(fault: Fault, entry: LayerEntry) -> Fault:
    """A fault of a file as the project names file and layer."""
    layer = f"{entry.kind} / {fault.layer}" if fault.layer else entry.kind
    return fault.at(file=fault.file or entry.path, layer=layer)


def _known_or_read(
    project: Project, entry: LayerEntry, *, kinds: Words, levels: Words, stem: str, kept: Kept
) -> tuple[list[Loaded], list[Fault]]:
    """As `_tables`; a table without a fault is kept by the content of its file and all that was said of it."""
    path = file_of(project.folder, entry.path)
    if entry.kind not in _RELATED or not path.exists():
        return _tables(project, entry, kinds=kinds, levels=levels, stem=stem)
    check_path(path)
    words = json.dumps([kinds, levels, repr(entry), stem, _is_one_of_several(project, entry)], ensure_ascii=False)
    content_digest = sha256_of(path)
    key, name = digest(content_digest, words, programs()), f"read-{digest(repr(entry))[:16]}"
    data = kept.get(name, key)
    if data is not None:
        frame, told = unpacked(data)
        places = dict(zip(frame["source_row"].tolist(), frame.geometry.to_numpy(), strict=True))
        return [Loaded(LAYERS[entry.kind], told["label"], frame, [], places, told["notes"], told["record"])], []
    tables, unusable = _tables(project, entry, kinds=kinds, levels=levels, stem=stem)
    if len(tables) == 1 and not unusable and not tables[0].faults and not tables[0].frame.empty:
        table = tables[0]
        content = packed(table.frame, {"label": table.label, "notes": table.notes, "record": table.record})
        if content is not None and table.record["sha256"] == content_digest:  # the file is still what it was
            kept.put(name, key, content)
    return tables, unusable


def _tables(
    project: Project, entry: LayerEntry, *, kinds: Words, levels: Words, stem: str, part: int | None = None
) -> tuple[list[Loaded], list[Fault]]:
    """The tables of one entry, and the faults of those that cannot be used; raises InputError for the whole file."""
    layer = LAYERS[entry.kind]
    if slips := mapping_faults(layer, entry):
        raise InputError(slips)
    path = file_of(project.folder, entry.path)
    before = stamps_of(path)
    reading: dict[str, Any] = {"name": entry.path, "table": entry.table, "part": part, "limits": project.limits}
    if layer.geometry:
        tables = read(
            path,
            crs=entry.crs,
            datum=entry.datum,
            encoding=entry.encoding,
            x=entry.x,
            y=entry.y,
            transformation=entry.transformation,
            corners=entry.corners,
            ids=_id_headings(layer, entry),
            **reading,
        )
    else:
        tables = read_rows(path, encoding=entry.encoding, **reading)
    digest = sha256_of(path if part is None else files_of(path)[part])
    if stamps_of(path) != before:  # then nobody knows whether these are the bytes that were read
        raise InputError([Fault("FILE_CHANGED", file=entry.path)])
    parts: list[Loaded] = []
    faults: list[Fault] = []
    for table in tables:
        # The kind says which layer is meant; the sheet or layer of the file is added where there are several.
        several = len(tables) > 1
        own = f"{stem}-{table.table}" if several else stem
        named = several or _is_one_of_several(project, entry)
        label = f"{layer.kind} / {table.table}" if named else layer.kind
        try:
            parts.append(judged(table, layer, entry, kinds=kinds, levels=levels, stem=own, label=label, sha256=digest))
        except InputError as error:
            faults += [fault.at(file=entry.path, layer=label) for fault in error.faults]
    return parts, faults


def _is_one_of_several(project: Project, entry: LayerEntry) -> bool:
    """Whether the project reads further tables of the same file as the same kind, so that a report must name them."""
    alike = [other for other in project.layers if (other.path, other.kind) == (entry.path, entry.kind)]
    return entry.table is not None and len(alike) > 1


def _id_headings(layer: Layer, entry: LayerEntry) -> tuple[str, ...]:
    """The headings that the id of a row of `layer` may have, what the project says first; none where it says the id."""
    mapped: tuple[str, ...] = ()
    if layer.id_column in entry.columns:
        mapped = (entry.columns[layer.id_column],)
    elif layer.id_column in entry.constants:
        return ()
    known = {column.name: column.also for column in layer.columns}
    names = ("name", *known["name"]) if entry.make_id == "name" else ()
    return (*mapped, *names, layer.id_column, *known[layer.id_column])


def judged(
    table: Table, layer: Layer, entry: LayerEntry, *, kinds: Words, levels: Words, stem: str, label: str, sha256: str
) -> Loaded:
    """A table of `gis.read` as rows of `layer`; InputError where it cannot be used. `stem` begins ids made of rows."""
    if layer.geometry and not table.facts["placed"] and table.facts["driver"] in _TABLE_DRIVERS:
        names = [str(name) for name in table.frame.columns if name not in ("geometry", "source_row")]
        raise InputError([Fault("COORDINATE_COLUMNS_MISSING", facts={"found": ", ".join(names)})])
    mended, unmendable, repairs = repair(table.frame, kinds=layer.geometry)
    calendar, accepted = Calendar(table.facts.get("epoch", 1900), entry.date_order), None
    if layer.kind == samples.LAYER.kind:
        frame, misread, columns, accepted = samples.conform_samples(
            mended, entry=entry, id_stem=stem, calendar=calendar
        )
    else:
        frame, misread, columns = conform(
            mended, layer, entry=entry, kinds=kinds, levels=levels, id_stem=stem, calendar=calendar
        )
    if layer.kind == protection_zones.LAYER.kind:
        frame, misread = without_reversed(frame, misread)
    if entry.corners is not None:
        contradicted, areas = area_faults(frame)
        misread, columns = [*misread, *contradicted.values()], [*columns, *areas]
        frame = frame[~frame.index.isin(list(contradicted))].reset_index(drop=True)
    frame, moved = with_datum(frame, table.facts)
    frame.insert(
        frame.columns.get_loc("source_row"), "source_file", pd.Series(entry.path, index=frame.index, dtype=object)
    )
    found = sorted([*table.faults, *unmendable, *misread], key=lambda fault: fault.row or 0)
    faults = [fault.at(file=entry.path, layer=label) for fault in found]
    places: dict[int, Any] = dict(table.places)
    if layer.kind in _RELATED:
        for known in (table.frame, mended):
            placed = known[~shapely.is_missing(known.geometry.to_numpy())]
            places.update(zip(placed["source_row"].tolist(), placed.geometry.to_numpy(), strict=True))
    told = (*notes_of_facts(table, entry.encoding), *moved, *repairs, *columns)
    notes = [{"file": entry.path, "layer": label, **note} for note in told]
    record = {"path": entry.path, "table": table.table, "kind": layer.kind, "sha256": sha256}
    return _counted(
        Loaded(layer, label, frame, faults, places, notes, {**record, "read": int(table.facts["rows_read"])}, accepted)
    )


def _counted(part: Loaded) -> Loaded:
    accepted = len(part.frame) if part.accepted is None else part.accepted
    # A fault without a row is about the whole table, all of whose rows may well be accepted.
    counts = {"accepted": accepted, "rejected": sum(fault.row is not None for fault in part.faults)}
    if part.record["read"] != counts["accepted"] + counts["rejected"]:
        raise AssertionError(f"rows were lost: {part.record} against {counts}")
    return part._replace(record={**part.record, **counts})


# --- Over all tables -------------------------------------------------------------------------


def without_duplicates(tables: Sequence[Loaded], seen: Sequence[gpd.GeoDataFrame] = ()) -> list[Loaded]:
    """The tables with each id once per kind: the first row is kept, later ones become faults.

    `seen` holds rows that come before all of these, where the tables are of one kind.
    """
    earlier: dict[str, Seen] = {}
    kept_tables = []
    for table in tables:
        again, found = repeated(table.frame, table.layer, earlier.setdefault(table.layer.kind, [*seen]))
        if found:
            placed = [fault.at(file=table.record["path"], layer=table.label) for fault in found]
            faults = sorted([*table.faults, *placed], key=lambda fault: fault.row or 0)
            table = _counted(table._replace(frame=table.frame[~again].reset_index(drop=True), faults=faults))
        kept_tables.append(table)
    return kept_tables


def joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """The frames one below the other; columns that only some have are None in the rest; geometry last."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns if name != "geometry"))
    if len(frames) == 1 and list(frames[0].columns) == [*names, "geometry"]:
        return frames[0]
    filled = []
    for frame in frames:
        nothing = pd.Series(np.full(len(frame), None, dtype=object), index=frame.index, dtype=object)
        missing = dict.fromkeys([name for name in names if name not in frame.columns], nothing)
        filled.append(frame.assign(**missing)[[*names, "geometry"]])
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=frames[0].crs)
