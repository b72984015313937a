"""Partitions judged by a crew and gathered: the inputs, surroundings and answers that one machine would have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gis.faults import Fault, InputError
from gis.kept import Kept
from gis.parquet import Part
from layers.duplicates import id_hashes
from layers.load import Inputs, inputs_of, without_duplicates
from layers.loaded import Loaded
from layers.partitions import (
    Beyond,
    Common,
    Crew,
    Errand,
    Found,
    Piece,
    Refused,
    Wanted,
    blocks,
    errand_of,
    found,
    picked,
    repeated_ids,
    rows_with_ids,
    whole,
)
from layers.programs import programs
from layers.project import Project
from layers.project_surroundings import surroundings_of
from layers.reading import SOURCES, Readings, as_table
from layers.row_hashes import Hashes
from layers.rule_book import RuleSet
from layers.rules import Judged
from layers.surroundings import SUBJECT_ID, SUBJECT_LAYERS, Surroundings

Seen = Mapping[int, Sequence[gpd.GeoDataFrame]]


class _SetPart(NamedTuple):
    """A part of a set as a piece of work, what its file says of it, and how far its places may be wrong."""

    piece: Piece
    part: Part
    doubt: float


class _Unit(NamedTuple):
    """Sources of one place in the order of all: of a part of a set, or of a table that was read; their ids' bits."""

    entry: int
    number: int  # of the piece, -1 for a table
    table: Loaded | None
    ids: Hashes


class Work:
    """The sites of a project to be judged by a crew: `parts` of sets are numbered from 0 on."""

    def __init__(self, project: Project, rules: RuleSet, readings: Readings, crew: Crew, kept: Kept) -> None:
        self.project, self.readings, self.crew = project, readings, crew
        kinds = {entry.kind for entry in project.layers}
        listed = [(at, one) for at, own in sorted(readings.tables.items()) for one in own]
        listed = [(at, one) for at, one in listed if project.layers[at].kind != SOURCES]
        once = without_duplicates([one for _, one in listed])
        self.others = inputs_of(once, readings.unusable)
        self.other_tables: dict[int, list[Loaded]] = {}
        for (at, _), table in zip(listed, once, strict=True):
            self.other_tables.setdefault(at, []).append(table)
        nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
        frames = self.others.frames | {layer: nothing for layer in SUBJECT_LAYERS if layer in kinds}
        self.around: Surroundings = surroundings_of(project, rules, self.others._replace(frames=frames), kept)
        self.common = Common(project, self.around.bare(), programs())
        of_sets = [(entry, at, part) for entry, own in readings.sets.items() for at, part in enumerate(own)]
        self.parts = [
            _SetPart(Piece(number, SOURCES, entry, at), part, project.layers[entry].located_to_metres or 0.0)
            for number, (entry, at, part) in enumerate(of_sets)
        ]

    def done(self, function: Callable[[Any, Errand], Any], common: object, errands: Iterable[Errand]) -> Iterator[Any]:
        """The answers, in no order; a piece that can see more than it was given is done again with more.

        Raises InputError with the faults of all pieces whose files cannot be used.
        """
        sent: dict[int, tuple[Piece, Sequence[gpd.GeoDataFrame]]] = {}
        beyond: list[Beyond] = []
        refused: list[Refused] = []

        def noted() -> Iterator[Errand]:
            for errand in errands:
                sent[errand.piece.number] = errand.piece, errand.seen
                yield errand

        for answer in self.crew.each(function, common, noted()):
            if isinstance(answer, Beyond):
                beyond.append(answer)
            elif isinstance(answer, Refused):
                refused.append(answer)
            else:
                yield answer
        if refused:
            raise InputError(_each_once(refused))
        if beyond:
            yield from self.done(function, common, (self._wider(one, *sent[one.number]) for one in beyond))

    def _wider(self, answer: Beyond, piece: Piece, seen: Sequence[gpd.GeoDataFrame]) -> Errand:
        return Errand(piece, self.around.neighbours(piece.layer, answer.box, answer.doubt), seen)

    def of_sets(self, seen: Seen | None = None) -> Iterator[Errand]:
        """The parts of the sets; where `seen` is given, only those with rows seen before them."""
        for one in self.parts:
            if seen is None or one.piece.number in seen:
                earlier = () if seen is None else seen[one.piece.number]
                yield errand_of(one.piece, self.around, one.part, doubt=one.doubt, seen=earlier)

    def of_blocks(self, layer: str, frame: gpd.GeoDataFrame, *, first: int) -> Iterator[Errand]:
        """The rows of a frame in blocks, numbered from `first` on."""
        for at, rows in enumerate(blocks(frame)):
            yield errand_of(Piece(first + at, layer, rows=frame.iloc[rows].reset_index(drop=True)), self.around)

    def each_id_once(self, ids: Mapping[int, Hashes]) -> tuple[Seen, dict[int, list[Loaded]]]:
        """Of each part of a set with ids that stand before it, those rows; and the tables of sources without repeats.

        `ids`: 64 bits of the ids of each part. What has the same bits is compared by its ids where it is used.
        """
        units = list(self._units(ids))
        bits = repeated_ids([unit.ids for unit in units])
        units = [unit._replace(ids=unit.ids[np.isin(unit.ids, bits)]) for unit in units]
        rows = self._rows_of(units)
        seen: dict[int, Sequence[gpd.GeoDataFrame]] = {}
        tables: dict[int, list[Loaded]] = {}
        for place, unit in enumerate(units):
            before = [frame for frame in rows[:place] if len(frame) and len(unit.ids)]
            shared = [frame[np.isin(id_hashes(frame[SUBJECT_ID[SOURCES]]), unit.ids)] for frame in before]
            earlier = [frame for frame in shared if len(frame)]
            if unit.table is not None:
                tables.setdefault(unit.entry, []).extend(without_duplicates([unit.table], earlier))
            elif earlier:
                seen[unit.number] = earlier
        return seen, tables

    def _units(self, ids: Mapping[int, Hashes]) -> Iterator[_Unit]:
        """All sources in the order of entries and rows."""
        for entry, said in enumerate(self.project.layers):
            for number in self.numbers_of(entry):
                yield _Unit(entry, number, None, ids[number])
            if said.kind == SOURCES and entry not in self.readings.sets:
                for table in self.readings.tables[entry]:
                    yield _Unit(entry, -1, table, np.unique(id_hashes(table.frame[SUBJECT_ID[SOURCES]])))

    def _rows_of(self, units: Sequence[_Unit]) -> list[gpd.GeoDataFrame]:
        """Of each unit the rows whose ids have one of its bits."""
        nothing = gpd.GeoDataFrame({SUBJECT_ID[SOURCES]: []}, geometry=[], crs="EPSG:4326")
        wanted = [Wanted(self.parts[unit.number].piece, unit.ids) for unit in units if not unit.table and len(unit.ids)]
        of_parts = dict(self.crew.each(rows_with_ids, self.common, wanted)) if wanted else {}
        return [
            picked(unit.table.frame, SOURCES, unit.ids) if unit.table else of_parts.get(unit.number, nothing)
            for unit in units
        ]

    def inputs(self, parts: Mapping[int, Inputs], tables: Mapping[int, Sequence[Loaded]]) -> Inputs:
        """What all files gave, as if the sets, whose parts gave `parts`, had been read whole."""
        every: list[Loaded] = []
        for entry in range(len(self.project.layers)):
            if entry in self.readings.sets:
                every.append(as_table([parts[number] for number in self.numbers_of(entry)]))
            else:
                every += tables.get(entry, self.other_tables.get(entry, []))
        return inputs_of(every)

    def numbers_of(self, entry: int) -> list[int]:
        """The numbers of the parts of a set."""
        return [one.piece.number for one in self.parts if one.piece.entry == entry]


def gathered(work: Work) -> tuple[Inputs, dict[str, Judged]]:
    """The inputs of a project and what was judged of each layer of sites, as on one machine."""
    answers: dict[int, Found] = {one.number: one for one in work.done(found, work.common, work.of_sets())}
    seen, tables = work.each_id_once({number: one.ids for number, one in answers.items()})
    answers.update({one.number: one for one in work.done(found, work.common, work.of_sets(seen))})
    inputs = work.inputs({number: one.inputs for number, one in answers.items() if one.inputs}, tables)
    judged = {}
    for layer in SUBJECT_LAYERS:
        if layer in inputs.frames:
            own = answers if layer == SOURCES else {}
            judged[layer] = _layer_judged(work, layer, inputs.frames[layer], own, tables)
    return inputs, judged


def _layer_judged(
    work: Work, layer: str, frame: gpd.GeoDataFrame, answers: Mapping[int, Found], tables: Mapping[int, list[Loaded]]
) -> Judged:
    """What was judged of the parts of sets, and of the other rows in blocks, in the order of the frame."""
    pieces: list[tuple[NDArray[np.intp], Judged]] = []
    left = np.ones(len(frame), dtype=bool)
    start = 0
    for entry in range(len(work.project.layers)):
        for number in work.numbers_of(entry):
            if number in answers:
                judged = answers[number].judged
                rows = np.arange(start, start + len(judged.level))
                pieces.append((rows, judged))
                left[rows] = False
                start += len(rows)
        start += sum(len(table.frame) for table in tables.get(entry, ()))
    others = np.flatnonzero(left)
    rest = frame.iloc[others].reset_index(drop=True)
    places = blocks(rest)
    blocked = work.done(found, work.common, work.of_blocks(layer, rest, first=0))
    pieces += [(others[places[one.number]], one.judged) for one in blocked]
    return whole(pieces, len(frame))


def _each_once(refused: Iterable[Refused]) -> list[Fault]:
    """The faults of refused pieces in their order; what several parts of a set say is told once."""
    faults: list[Fault] = []
    for one in sorted(refused, key=lambda one: one.number):
        faults += [fault for fault in one.faults if fault not in faults]
    return faults
