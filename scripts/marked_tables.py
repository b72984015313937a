"""The marked tables of a check: of every CSV or workbook with rejected rows, its own table with them coloured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gis.faults import Fault
from gis.grids import is_table
from gis.marked_files import Marked, Work, write_marked_files
from layers.first_look import Look
from layers.judged import Judged
from layers.project import Project
from scripts.console import Console
from scripts.display import page_width, plain, wrapped

FOLDER = "marked"


def works_of_project(project: Project, found: Judged) -> list[Work]:
    """One work per table file of a project that has rejected rows, whatever entries it is read by."""
    faults: dict[str, dict[str, list[Fault]]] = {}
    for table in found.tables:
        faults.setdefault(table.record["path"], {}).setdefault(table.record["table"], []).extend(table.faults)
    for fault in found.unusable:
        if fault.row is not None:
            sheet = fault.layer.partition(" / ")[2]
            faults.setdefault(fault.file, {}).setdefault(sheet, []).append(fault)
    stated = {entry.path: entry.encoding for entry in project.layers}
    every = (Work(project.folder / path, path, stated.get(path), own) for path, own in faults.items())
    return [work for work in every if _to_mark(work)]


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
