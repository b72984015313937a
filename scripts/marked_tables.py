"""The marked tables of a check: of every CSV or workbook with rejected rows, its own table with them coloured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gis.faults import Fault
from gis.grids import is_table
from gis.marked_files import Marked, Work, write_marked_files
from layers.first_look import Look
from layers.judged import Judged
from layers.loaded import Loaded
from layers.project import Project
from scripts.console import Console
from scripts.display import page_width, plain, wrapped

FOLDER = "marked"


def works_of_project(project: Project, found: Judged) -> list[Work]:
    """One work per table file of a project that has rejected rows, whatever entries it is read by."""
    faults: dict[str, dict[str, list[Fault]]] = {}
    mapped = {(entry.path, entry.kind): entry.columns for entry in project.layers}
    for table in found.tables:
        own = faults.setdefault(table.record["path"], {}).setdefault(table.record["table"], [])
        own += _under_headings(table, mapped.get((table.record["path"], table.record["kind"]), {}))
    for fault in found.unusable:
        if fault.row is not None:
            sheet = fault.layer.partition(" / ")[2]
            faults.setdefault(fault.file, {}).setdefault(sheet, []).append(fault)
    stated = {entry.path: entry.encoding for entry in project.layers}
    every = (Work(project.folder / path, path, stated.get(path), own) for path, own in faults.items())
    return [work for work in every if _to_mark(work)]


def _under_headings(table: Loaded, mapped: Mapping[str, str]) -> list[Fault]:
    """The faults of a table; where one names our column, with the heading that the file has for it."""
    headings = {**mapped}
    headings |= {str(note["column"]): str(note["heading"]) for note in table.notes if note["code"] == "COLUMN_FOUND"}
    return [fault.at(column=headings.get(fault.column, fault.column)) for fault in table.faults]


def works_of_files(looks: Sequence[Look]) -> list[Work]:
    """One work per table file among `looks` that has rejected rows."""
    every = []
    for look in looks:
        own: dict[str, list[Fault]] = {table.table: list(table.faults) for table in look.tables}
        for fault in look.unusable:
            if fault.row is not None:
                own.setdefault(fault.layer, []).append(fault)
        every.append(Work(look.path, look.name, None, own))
    return [work for work in every if _to_mark(work)]


def _to_mark(work: Work) -> bool:
    return is_table(work.path) and any(work.faults.values())


def mark(output: Path, works: Sequence[Work], console: Console) -> list[Marked]:
    """The marked tables of `works`, written into the folder `marked` of `output`."""
    with console.step("mark", "标注表格", "marking tables"):
        return write_marked_files(output / FOLDER, works, console.language)


def marked_lines(marked: Sequence[Marked], language: str) -> Iterator[str]:
    """Where the marked tables are, and what of them could not be shown or marked."""
    zh, width = language == "zh", page_width()
    written = [one for one in marked if one.path is not None]
    if written:
        places = written[0].path.parent if len(written) > 1 and written[0].path else written[0].path
        told = f"标注了错误的表格（{len(written)} 个）：{places}" if zh else f"tables with the faults marked: {places}"
        yield from wrapped(told, width, rest="  ")
    for one in marked:
        name = f"{plain(one.name)}{'：' if zh else ': '}"
        for text in one.told:
            yield from wrapped(name + plain(text), width, first="  ", rest="    ")


def marked_facts(marked: Sequence[Marked]) -> list[Mapping[str, object]]:
    """The same for programs."""
    return [
        {"path": one.name, "marked": None if one.path is None else str(one.path), "told": list(one.told)}
        for one in marked
    ]
