"""A corpus read by the program -> everywhere that what came of a file or row is not what must come of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from gis.faults import Fault
from layers.load import Loaded, load_entry, without_duplicates
from layers.project import read_project
from layers.words import KINDS, LEVELS
from tests.corpus.model import Expected

# Coordinates are written with eight decimals, or six in a sexagesimal second's hundredths.
_NEAR = {"good": 1e-8, "sexagesimal": 2e-6}


class Miss(NamedTuple):
    """One thing that came out otherwise: in which file (and row, of which class), what was expected, what was found."""

    project: str
    form: str
    defect: str
    row: int | None
    expected: str
    found: str


class Tally(NamedTuple):
    """What was looked at, and what came out otherwise."""

    files: int
    rows: int
    misses: list[Miss]


def judged(folder: Path, made: Iterable[Expected]) -> Tally:
    """All files of the corpus in `folder` read as a project reads them, against what is expected of them."""
    projects: dict[str, list[Expected]] = defaultdict(list)
    for one in made:
        projects[one.project].append(one)
    tally = Tally(0, 0, [])
    for name, files in projects.items():
        misses = list(_of_project(folder / name, files))
        tally = Tally(tally.files + len(files), tally.rows + sum(len(one.rows) for one in files), tally.misses + misses)
    return tally


def _of_project(folder: Path, files: list[Expected]) -> Iterator[Miss]:
    project = read_project(folder, today=date(2017, 11, 30))
    read = []
    for at, one in enumerate(files):
        try:
            read.append(load_entry(project, at, kinds=KINDS, levels=LEVELS))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the reader made of this file
            yield Miss(one.project, one.form, one.defect, None, "a fault", f"{type(error).__name__}: {error}")
            return
    whole = iter(without_duplicates([table for tables, _ in read for table in tables]))
    for one, (tables, unusable) in zip(files, read, strict=True):
        found = [next(whole) for _ in tables]
        if one.code is not None:
            yield from _of_file(one, found, unusable)
        elif unusable or len(found) != 1:
            codes = ", ".join(fault.line("en")[:150] for fault in unusable)
            yield Miss(
                one.project, one.form, one.defect, None, f"{len(one.rows)} rows", f"{len(found)} tables; {codes}"
            )
        else:
            yield from _of_rows(one, found[0])


def _of_file(one: Expected, found: list[Loaded], unusable: list[Fault]) -> Iterator[Miss]:
    codes = {fault.code for fault in unusable}
    codes |= {"NO_ROW_ACCEPTED" for table in found if table.frame.empty}
    if not codes or not codes <= set((one.code or "").split("|")):
        told = (
            ", ".join(fault.line("en")[:150] for fault in unusable) or f"accepted: {[table.record for table in found]}"
        )
        yield Miss(one.project, one.form, one.defect, None, one.code or "", told)
    for fault in unusable:
        if fault.file != one.path or one.kind not in fault.layer:
            yield Miss(one.project, one.form, one.defect, None, f"{one.path} {one.kind}", f"{fault.file} {fault.layer}")


def _of_rows(one: Expected, table: Loaded) -> Iterator[Miss]:
    record, faults = table.record, {fault.row: fault for fault in table.faults}
    rejected = sum(1 for row in one.rows if row["code"] is not None)
    expected = {"read": len(one.rows), "accepted": len(one.rows) - rejected, "rejected": rejected}
    counted = {name: record[name] for name in expected}
    if counted != expected or counted["read"] != len(table.frame) + len(table.faults):
        yield Miss(one.project, one.form, one.defect, None, str(expected), str(counted))
    positions = {int(row): at for at, row in enumerate(table.frame["source_row"])}
    noted = {(note["code"], note["row"]) for note in table.notes}
    for row in one.rows:
        for expected_text, found_text in _of_row(row, faults, positions, table.frame, noted):
            yield Miss(one.project, one.form, row["defect"], row["row"], expected_text, found_text)
    for row in sorted({*faults, *positions} - {row["row"] for row in one.rows}, key=str):
        yield Miss(one.project, one.form, "no such row", row, "nothing", str(faults.get(row)))
    for code, facts in one.notes.items():
        notes = [note for note in table.notes if note["code"] == code and note["row"] is None]
        if not any(all(note.get(name) == value for name, value in facts.items()) for note in notes):
            yield Miss(one.project, one.form, f"note {code}", None, f"{code} {dict(facts)}", str(notes))


def _of_row(
    row: dict[str, Any], faults: dict[Any, Fault], positions: dict[int, int], frame: pd.DataFrame, noted: set[Any]
) -> Iterator[tuple[str, str]]:
    fault, at = faults.get(row["row"]), positions.get(row["row"])
    if row["code"] is not None:
        if fault is None:
            yield row["code"], "nothing at all" if at is None else f"accepted: {_shown(frame, at)}"
            return
        if fault.code != row["code"]:
            yield row["code"], fault.line("en")[:300]
        elif row["column"] is not None and fault.column != row["column"]:
            yield f"{row['code']} at {row['column']}", f"at {fault.column}"
        elif row["value"] is not None and fault.value.strip() != row["value"]:
            yield f"{row['code']} of “{row['value']}”", f"“{fault.value}”"
        return
    if at is None:
        yield "accepted", "nothing at all" if fault is None else fault.line("en")[:300]
        return
    for column, value in row["reads"].items():
        if not _same(frame[column].iloc[at], value):
            yield f"{column} = {value!r}", repr(frame[column].iloc[at])
    if row["place"] is not None:
        place, near = frame.geometry.iloc[at], _NEAR.get(row["defect"], 1e-6)
        if place is None or place.geom_type != "Point" or math.dist((place.x, place.y), row["place"]) > near:
            yield f"at {row['place']}", str(place)
    if row["note"] is not None and (row["note"], row["row"]) not in noted:
        yield f"note {row['note']}", "no such note"


def _same(found: Any, value: Any) -> bool:
    if isinstance(value, float):
        return math.isclose(found, value, rel_tol=1e-7)
    return bool(found == value)


def _shown(frame: pd.DataFrame, at: int) -> str:
    return str({name: value for name, value in frame.iloc[at].items() if value is not None and value == value})[:300]


def told(misses: list[Miss], *, each: int = 2) -> str:
    """The misses by class and format, `each` examples of one."""
    groups: dict[tuple[str, str], list[Miss]] = defaultdict(list)
    for miss in misses:
        groups[miss.defect, miss.form].append(miss)
    lines = []
    for (defect, form), found in sorted(groups.items()):
        lines.append(f"{defect} ({form}): {len(found)}")
        lines += [
            f"    {miss.project} row {miss.row}: expected {miss.expected}; found {miss.found}" for miss in found[:each]
        ]
    return "\n".join(lines)
