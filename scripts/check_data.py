"""`headwater check-data`: reads and judges the inputs, tells everything, writes the report and no result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gis.faults import Fault
from gis.marked_files import Marked
from gis.write import exclusive, replaced, write_csv
from layers.judged import Judged, judged_inputs
from layers.loaded import Loaded
from layers.project import PROJECT_FILE, ProjectError
from layers.rejects import rejects_frame
from scripts.closing import close, tell_unusable
from scripts.console import DONE, UNUSABLE, Console, WrongUse, fault_facts
from scripts.data_report import Input, report_lines
from scripts.marked_tables import mark, marked_facts, works_of_project
from scripts.run_project import judged_rules, opened


def check_data(paths: Sequence[Path], console: Console, *, output: Path | None = None) -> int:
    """Tells what of a project's inputs, or of files without a project, can be used; the exit code of the command.

    A project writes into its own output folder unless `output` is given, other files nowhere else.
    """
    if len(paths) == 1 and _is_project(paths[0]):
        return _check_project(paths[0], console, output=output)
    projects = [path for path in paths if _is_project(path)]
    if projects:
        raise WrongUse(
            f"一次只能检查一个项目（{projects[0]}）；其他文件请另行检查",
            f"one project at a time ({projects[0]}); check other files in a run of their own",
        )
    absent = [Fault("PROJECT_MISSING", file=path.as_posix()) for path in paths if not path.exists()]
    if absent:
        raise ProjectError(absent)
    from scripts.check_files import check_files

    return check_files(paths, console, output=output)


def _is_project(path: Path) -> bool:
    return path.suffix == ".toml" or (path / PROJECT_FILE).is_file()


def _check_project(folder: Path, console: Console, *, output: Path | None) -> int:
    project = opened(folder, console)
    output = output or project.folder / "output"
    with exclusive(project.folder / ".headwater" / "lock"):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        with console.step("read", "读取数据", "reading"):
            found = judged_inputs(project, kinds=rules.kinds, levels=rules.levels)
        with replaced(output / "rejects.csv") as staged:
            write_csv(rejects_frame([*found.unusable, *found.rejects], console.language), staged)
        marked = mark(output, works_of_project(project, found), console)
    if console.as_json:
        _give(found, marked, console)
    elif console.quiet:
        tell_unusable(found.unusable, console)
    else:
        inputs = inputs_of(found)
        for line in report_lines(inputs, console.language):
            console.say(line, line)
        close(inputs, output, marked, console)
        if found.unusable:
            console.say(
                "有不可用的文件时 headwater run 不写任何结果，请先处理。",
                "headwater run writes nothing while a file is unusable: put that right first.",
            )
    return UNUSABLE if found.unusable else DONE


def inputs_of(found: Judged) -> list[Input]:
    """The tables and the files without tables, in the order of the project file as far as it can be told."""
    whole: dict[tuple[str, str], list[Fault]] = {}
    for fault in found.unusable:
        whole.setdefault((fault.file, fault.layer), []).append(fault)
    tables = [_input(table, whole.pop((table.record["path"], table.label), [])) for table in found.tables]
    return [Input(file, layer, None, 0, [], faults) for (file, layer), faults in whole.items()] + tables


def _input(table: Loaded, whole: Sequence[Fault]) -> Input:
    record = table.record
    return Input(
        record["path"], table.label, record["read"], record["accepted"], table.faults, whole, notes=table.notes
    )


def _give(found: Judged, marked: Sequence[Marked], console: Console) -> None:
    told: dict[str, Any] = {
        "inputs": _stated(found),
        "rejected": sum(one["rejected"] for one in found.inputs),
        "rejects": rejects_frame(found.rejects, console.language).to_dict("records"),
        "notes": found.notes,
        "marked": marked_facts(marked),
        "seconds": console.seconds,
    }
    if found.unusable:
        faults = [fault_facts(fault, console.language) for fault in found.unusable]
        told = {"error": {"faults": faults}, **told}
    console.give(told)


def _stated(found: Judged) -> list[dict[str, Any]]:
    """Every table with its counts and whether it can be used; of a file that cannot be read the counts are None."""
    whole = dict.fromkeys((fault.file, fault.layer) for fault in found.unusable)
    told = []
    for table, counts in zip(found.tables, found.inputs, strict=True):
        unusable = whole.pop((table.record["path"], table.label), False) is None
        state = "unusable" if unusable else "faults" if counts["rejected"] else "usable"
        told.append({**counts, "layer": table.label, "state": state})
    nothing = {"read": None, "accepted": None, "rejected": None, "state": "unusable"}
    return [{"path": file, "layer": layer, **nothing} for file, layer in whole] + told
