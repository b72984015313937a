"""More sites than tables and a page can hold: judged part by part, written by whoever judges, counted together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.faults import Fault, InputError
from gis.sets import Holds, write_part
from gis.write import write_csv
from layers.assess import Counts, counts_of, facts_of_run
from layers.coverage import COVERAGE_COLUMNS
from layers.duplicates import id_hashes
from layers.findings import FINDING_COLUMNS, MEASURES, in_language
from layers.gathering import Work
from layers.ledger_ties import Source, on_ledger
from layers.load import Inputs
from layers.loaded import Loaded
from layers.partitions import Beyond, Common, Errand, Refused, loaded_of
from layers.reading import SOURCES, notes_of, record_of
from layers.rejects import rejects_frame
from layers.row_hashes import Hashes
from layers.rules import Others, judge, put_together
from layers.sites import SITE_COLUMNS, Ties, sites_frame, ties_of
from layers.surroundings import RULED_LAYERS, SUBJECT_ID, SUBJECT_LAYERS

LEDGER = "remediation_sites"
# From here on nobody opens a table of all sites in a spreadsheet, or a page of them in a browser.
MOST_TOGETHER = 1_500_000
SETS = ("findings.parquet", "sites.parquet")
REJECTS = "rejects.csv"
_REJECTS = "rejects"

_NUMBERS: Mapping[str, Holds] = dict.fromkeys((*MEASURES, "lon", "lat"), "number")
_COUNTS: Mapping[str, Holds] = dict.fromkeys(("violations", "checks", "not_assessed", "source_row"), "count")
_HOLDS: Mapping[str, Holds] = {**_NUMBERS, **_COUNTS, "overdue": "flag"}


class Writing(NamedTuple):
    """What every part needs that is judged and written: where to, in which language, and what it knows of others.

    `about`: ids of the sources that a remediation site is about; `others`: what rules ask of the sites of other parts.
    """

    common: Common
    folder: Path
    language: str
    ties: Ties
    about: frozenset[str]
    others: Others


class Written(NamedTuple):
    """A part judged and written: its counts, what its file gave but the rows, the bits of its ids, and kinds asked for.

    `inputs` is None for rows that were sent.
    """

    number: int
    coverage: pd.DataFrame
    counts: Counts
    record: Mapping[str, Any]
    notes: Sequence[dict[str, Any]]
    ids: Hashes
    kinds: pd.Series
    sources: Mapping[str, Source]


def written(writing: Writing, errand: Errand) -> Written | Beyond | Refused:
    """The counts of a piece whose sites and findings were written as a part of the sets."""
    writing.common.check()
    loaded = loaded_of(writing.common, errand)
    if isinstance(loaded, Beyond | Refused):
        return loaded
    sites, inputs = loaded
    number, layer = errand.piece.number, errand.piece.layer
    part, frames = writing.common.around.among(errand.near), {layer: sites}
    answers = put_together(frames, part, {layer: judge(sites, layer, part)}, writing.others)
    rolled_up = sites_frame(frames, answers, as_of=part.as_of, ties=writing.ties)
    _write(writing.folder / SETS[0], number, in_language(answers.findings, writing.language), FINDING_COLUMNS)
    _write(writing.folder / SETS[1], number, rolled_up, SITE_COLUMNS)
    if inputs is not None and inputs.faults:
        path = _rejects_of(writing.folder, number)
        path.parent.mkdir(exist_ok=True)
        own = path.with_name(f"{path.name}-{os.getpid()}")  # another process may write this part, too
        write_csv(rejects_frame(inputs.faults, writing.language), own)
        own.replace(path)
    ids = sites[SUBJECT_ID[layer]]
    asked = ids.isin(writing.about) if layer == SOURCES else np.zeros(len(ids), dtype=bool)
    return Written(
        number,
        answers.coverage,
        counts_of(frames, answers, rolled_up),
        inputs.inputs[0] if inputs else {},
        inputs.notes if inputs else (),
        id_hashes(ids) if inputs else np.zeros(0, dtype=np.uint64),
        ties_of(None, sites[asked]).kinds if layer == SOURCES else pd.Series(dtype=object),
        answers.sources if layer == SOURCES else {},
    )


def _of_records(work: Work, writing: Writing, number: int) -> Written:
    """The counts of the findings about sections and zones, which are written as the last part of the findings."""
    frames = {layer: frame for layer, frame in work.others.frames.items() if layer not in SUBJECT_LAYERS}
    answers = put_together(frames, work.around, {}, writing.others)
    _write(writing.folder / SETS[0], number, in_language(answers.findings, writing.language), FINDING_COLUMNS)
    nothing = sites_frame({}, answers, as_of=work.around.as_of, ties=writing.ties)
    ids = np.zeros(0, dtype=np.uint64)
    counts = counts_of(frames, answers, nothing)
    return Written(number, answers.coverage, counts, {}, (), ids, pd.Series(dtype=object), {})


def _write(folder: Path, number: int, frame: gpd.GeoDataFrame, columns: Sequence[str]) -> None:
    write_part(frame, folder / f"part.{number:04d}.parquet", {name: _HOLDS.get(name, "text") for name in columns})


def _rejects_of(folder: Path, number: int) -> Path:
    return folder / _REJECTS / f"{number:04d}.csv"


class Sum(NamedTuple):
    """What was written in parts: `coverage` and `counts` of all, the facts of the run, what the files gave but rows."""

    coverage: pd.DataFrame
    counts: Counts
    run: dict[str, Any]
    inputs: Inputs


def written_in_parts(work: Work, folder: Path, *, version: str) -> Sum:
    """The sites of a project judged and written as sets into `folder`, with rejects.csv beside them.

    First the sets, then other sources, and last the remediation sites, which take kinds from the sources.
    """
    ledger = work.others.frames.get(LEDGER)
    about = frozenset() if ledger is None else frozenset(ledger["source_id"].dropna())
    others = Others(*on_ledger(ledger), {})
    writing = Writing(work.common, folder, work.project.language, ties_of(ledger, None), about, others)
    parts: dict[int, Written] = {one.number: one for one in work.done(written, writing, work.of_sets())}
    seen, tables = work.each_id_once({number: one.ids for number, one in parts.items()})
    parts.update({one.number: one for one in work.done(written, writing, work.of_sets(seen))})
    blocks: dict[int, Written] = {}
    for table in (table for own in tables.values() for table in own):
        rows = work.of_blocks(SOURCES, table.frame, first=len(parts) + len(blocks))
        blocks.update({one.number: one for one in work.done(written, writing, rows)})
    if ledger is not None:
        kinds = pd.concat([one.kinds for one in _in_order(parts, blocks)])
        sources = {key: one for part in _in_order(parts, blocks) for key, one in part.sources.items()}
        ties = writing.ties._replace(kinds=kinds)
        writing = writing._replace(ties=ties, others=others._replace(sources=sources))
        rows = work.of_blocks(LEDGER, ledger, first=len(parts) + len(blocks))
        blocks.update({one.number: one for one in work.done(written, writing, rows)})
    inputs = _inputs(work, parts, tables)
    _gather_rejects(work, folder, tables)
    last = len(parts) + len(blocks)
    blocks[last] = _of_records(work, writing, last)
    every = _in_order(parts, blocks)
    around = work.around
    counts = _summed([one.counts for one in every])
    facts = facts_of_run(
        work.project,
        around.rules,
        inputs,
        around.extents,
        counts,
        version=version,
        further=[_why_sets(), _not_recorded()],
    )
    return Sum(_coverage(work, [one.coverage for one in every]), counts, facts, inputs)


def _in_order(parts: Mapping[int, Written], blocks: Mapping[int, Written]) -> list[Written]:
    return [one for _, one in sorted({**parts, **blocks}.items())]


def _why_sets() -> dict[str, str]:
    return {
        "code": "WRITTEN_AS_SETS",
        "zh": f"对象超过 {MOST_TOGETHER} 个：对象与问题写成 GeoParquet 文件夹（sites.parquet、findings.parquet）；"
        "不生成地图、GeoJSON、GeoPackage、sites.csv 和 findings.csv，因为表格软件和浏览器装不下。",
        "en": f"More than {MOST_TOGETHER} sites: sites and findings are folders of GeoParquet files (sites.parquet, "
        "findings.parquet); no map, GeoJSON, GeoPackage, sites.csv and findings.csv are written, since no "
        "spreadsheet or browser would hold them.",
    }


def _not_recorded() -> dict[str, str]:
    return {
        "code": "RUN_NOT_RECORDED",
        "zh": f"对象超过 {MOST_TOGETHER} 个：台账中的状态和时限已采用，但本次运行不记入台账，不与以往比较，"
        "不生成 ledger.xlsx 和 changes.csv；整改台账表的改动也不记入台账。",
        "en": f"More than {MOST_TOGETHER} sites: statuses and deadlines of the ledger count, but this run is not "
        "recorded in it and not compared with earlier ones, and there is no ledger.xlsx or changes.csv; what the "
        "office's table says new is not recorded either.",
    }


def _summed(counts: Sequence[Counts]) -> Counts:
    def total(tables: Sequence[Mapping[str, int]]) -> dict[str, int]:
        return {name: sum(table[name] for table in tables) for name in tables[0]}

    return Counts(
        total([one.results for one in counts]),
        total([one.sites for one in counts]),
        total([one.severities for one in counts]),
        sum(one.findings for one in counts),
        sum(one.overdue for one in counts),
        sum(one.exact for one in counts),
        _unstated(counts),
    )


def _unstated(counts: Sequence[Counts]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for rule, sites in one.unstated.items():
            total[rule] = total.get(rule, 0) + sites
    return total


def _coverage(work: Work, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The counts of all parts, in the order of `layers.tally`: by layer, rule, kind, result and reason."""
    keys = list(COVERAGE_COLUMNS[:-1])
    counts = pd.concat(parts, ignore_index=True).groupby(keys, as_index=False, sort=False)["sites"].sum()
    order = {
        (layer, rule): number
        for layer in RULED_LAYERS
        if layer in {entry.kind for entry in work.project.layers}
        for number, rule in enumerate([*(rule.id for rule in work.around.rules_of(layer)), ""])
    }
    counts["rule"] = [order[key] for key in zip(counts["layer"], counts["rule_id"], strict=True)]
    counts["place"] = counts["layer"].map({layer: at for at, layer in enumerate(RULED_LAYERS)})
    counts = counts.sort_values(["place", "rule", "kind", "result", "reason"], ignore_index=True)
    return counts[list(COVERAGE_COLUMNS)]


def _inputs(work: Work, parts: Mapping[int, Written], tables: Mapping[int, Sequence[Loaded]]) -> Inputs:
    """What the files gave, without the sources and without the rejected rows; raises InputError where nothing was."""
    records: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for entry in range(len(work.project.layers)):
        if entry in work.readings.sets:
            own = [parts[number] for number in work.numbers_of(entry)]
            records.append(record_of([one.record for one in own]))
            notes += notes_of([one.notes for one in own])
        else:
            found = tables.get(entry, work.other_tables.get(entry, []))
            records += [table.record for table in found]
            notes += [note for table in found for note in table.notes]
    nothing = [
        Fault("NO_ROW_ACCEPTED", one["path"], one["kind"], facts={"read": str(one["read"])})
        for one in records
        if not one["accepted"]
    ]
    if nothing:
        raise InputError(nothing)
    return work.others._replace(inputs=records, notes=notes, faults=[])


def _gather_rejects(work: Work, folder: Path, tables: Mapping[int, Sequence[Loaded]]) -> None:
    """Writes rejects.csv from what was written of each part, in the order of entries and rows."""
    language = work.project.language
    write_csv(rejects_frame([], language), folder / REJECTS)
    with (folder / REJECTS).open("ab") as whole:
        for entry in range(len(work.project.layers)):
            for number in work.numbers_of(entry):
                _append(whole, _rejects_of(folder, number))
            for table in tables.get(entry, work.other_tables.get(entry, [])):
                path = _rejects_of(folder, 0).with_name("table.csv")
                path.parent.mkdir(exist_ok=True)
                write_csv(rejects_frame(table.faults, language), path)
                _append(whole, path)
    shutil.rmtree(folder / _REJECTS, ignore_errors=True)


def _append(whole: BinaryIO, path: Path) -> None:
    """Adds the rows of a CSV that `write_csv` wrote, without its heading; nothing where there is no such file."""
    if path.exists():
        with path.open("rb") as part:
            part.readline()
            shutil.copyfileobj(part, whole)
