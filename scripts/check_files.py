"""`headwater check-data` on a folder without headwater.toml, or on files: what each is and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gis.faults import Fault
from gis.inventory import inventory
from gis.marked_files import Marked
from gis.write import exclusive_folder, replaced, write_csv
from layers.first_look import Look, TableLook, first_look
from layers.project import ProjectError
from layers.rejects import rejects_frame
from scripts.about_file import candidates, lines_to_paste, shown_inputs
from scripts.closing import close, tell_unusable
from scripts.console import DONE, UNUSABLE, Console, fault_facts
from scripts.data_report import report_lines
from scripts.display import page_width, painted, plain, wrapped
from scripts.marked_tables import mark, marked_facts, works_of_files


def check_files(paths: Sequence[Path], console: Console, *, output: Path | None = None) -> int:
    """Tells of every file what it is, what is wrong with it and what it could be; the exit code of the command.

    Nothing is written unless `output` is given: there go rejects.csv and the marked tables.
    """
    files, passed_over = inventory(paths)
    if not files and not passed_over:
        raise ProjectError([Fault("PROJECT_MISSING", file=paths[0].as_posix())])
    with console.step("read", "读取数据", "reading"):
        looks = [first_look(path, name) for path, name in files]
    rejects = [fault for look in looks for table in look.tables for fault in table.faults]
    unusable = [fault for look in looks for fault in look.unusable]
    marked: list[Marked] = []
    if output is not None:
        with exclusive_folder(output), replaced(output / "rejects.csv") as staged:
            write_csv(rejects_frame([*unusable, *rejects], console.language), staged)
        marked = mark(output, works_of_files(looks), console)
    if console.as_json:
        _give(looks, passed_over, marked, console)
    elif console.quiet:
        tell_unusable(unusable, console)
    else:
        inputs = [one for look in looks for one in shown_inputs(look, console.language)]
        for line in (*report_lines(inputs, console.language), *_passed_over(passed_over, console.language)):
            console.say(line, line)
        close(inputs, output, marked, console)
    return UNUSABLE if unusable or not looks else DONE


def _passed_over(faults: Sequence[Fault], language: str) -> Iterator[str]:
    """The files that are passed over, by reason."""
    if not faults:
        return
    zh, width = language == "zh", page_width()
    yield ""
    yield painted("没有读取的文件：" if zh else "Not read:", "bold")
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.code, fault.reason(language)), []).append(fault)
    for (code, reason), found in groups.items():
        for fault in found:
            yield from wrapped(plain(fault.file), width, first="  ", rest="    ")
        yield from wrapped(f"{code}{'：' if zh else ': '}{plain(reason)}", width, first="    ", rest="    ")
        yield from wrapped(f"→ {plain(found[0].proposal(language))}", width, first="    ", rest="      ")


# --- The same for programs ---------------------------------------------------------------------


def _give(looks: Sequence[Look], passed_over: Sequence[Fault], marked: Sequence[Marked], console: Console) -> None:
    tables = [(look, table) for look in looks for table in look.tables]
    rejects = [fault for _, table in tables for fault in table.faults]
    unusable = [fault for look in looks for fault in look.unusable]
    told: dict[str, Any] = {
        "inputs": [
            *[_unread(look, console.language) for look in looks if not look.tables],
            *[_facts(look, table, console.language) for look, table in tables],
        ],
        "rejected": len(rejects),
        "rejects": rejects_frame(rejects, console.language).to_dict("records"),
        "notes": [{"file": look.name, "layer": table.table, **note} for look, table in tables for note in table.notes],
        "not_read": [fault_facts(fault, console.language) for fault in passed_over],
        "marked": marked_facts(marked),
        "seconds": console.seconds,
    }
    if unusable:
        told = {"error": {"faults": [fault_facts(fault, console.language) for fault in unusable]}, **told}
    console.give(told)


def _unread(look: Look, language: str) -> Mapping[str, Any]:
    """A file of which nothing can be used: no rows are counted; `error` says why."""
    return {
        "path": look.name,
        "table": "",
        "state": "unusable",
        "missing": list(look.missing),
        "read": None,
        "accepted": None,
        "rejected": None,
        "lines": lines_to_paste(look, None, language),
    }


def _facts(look: Look, table: TableLook, language: str) -> Mapping[str, Any]:
    whole = any(fault.layer == table.table for fault in look.unusable)
    return {
        "path": look.name,
        "state": "unusable" if whole else "faults" if table.faults else "usable",
        "missing": list(look.missing),
        "table": table.table,
        "driver": table.facts["driver"],
        "crs": table.facts.get("crs"),
        "encoding": table.facts.get("encoding"),
        "columns": list(table.columns),
        "geometry": dict(table.geometry),
        "extent": table.extent,
        "read": table.read,
        "accepted": table.accepted,
        "rejected": len(table.faults),
        "corners": table.corners,
        "suggested": [one.kind for one in candidates(look, table)],
        "lines": lines_to_paste(look, table, language),
    }
