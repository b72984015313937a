"""`headwater check-data PROJECT`: reads and judges the inputs, tells everything, writes the report and no result."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gis.faults import Fault
from gis.write import exclusive, replaced_together, write_csv
from layers.judged import Judged, judged_inputs
from layers.load import Loaded
from layers.rejects import rejects_frame
from scripts.console import DONE, UNUSABLE, Console, fault_facts
from scripts.data_report import Input, report_lines
from scripts.display import page_width, painted, wrapped
from scripts.fault_lines import fault_lines
from scripts.run_project import judged_rules, opened


def check_data(folder: Path, console: Console) -> int:
    """Tells what of a project's inputs can be used and what not; the exit code of the command."""
    project = opened(folder, console)
    with exclusive(project.folder / ".headwater" / "lock"):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        with console.step("read", "读取数据", "reading"):
            found = judged_inputs(project, kinds=rules.kinds, levels=rules.levels)
        output = project.folder / "output"
        with replaced_together(output) as staging:
            write_csv(rejects_frame([*found.unusable, *found.rejects], console.language), staging / "rejects.csv")
    if console.as_json:
        _give(found, console)
    elif console.quiet:
        tell_unusable(found.unusable, console)
    else:
        inputs = inputs_of(found)
        for line in report_lines(inputs, console.language):
            console.say(line, line)
        _close(inputs, output, console)
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


def _give(found: Judged, console: Console) -> None:
    told: dict[str, Any] = {
        "inputs": found.inputs,
        "rejected": sum(one["rejected"] for one in found.inputs),
        "rejects": rejects_frame(found.rejects, console.language).to_dict("records"),
        "notes": found.notes,
        "seconds": console.seconds,
    }
    if found.unusable:
        faults = [fault_facts(fault, console.language) for fault in found.unusable]
        told = {"error": {"faults": faults}, **told}
    console.give(told)


def tell_unusable(faults: Sequence[Fault], console: Console) -> None:
    """What makes files unusable, on stderr: errors are told also where nothing else is."""
    for line in fault_lines(faults, console.language):
        print(f"headwater: {line}" if line and not line.startswith(" ") else line, file=sys.stderr)


def _close(inputs: Sequence[Input], output: Path, console: Console) -> None:
    """How many files can be used, how many rows were rejected, and where to find them."""
    unusable = {one.file for one in inputs if one.whole}
    usable = {one.file for one in inputs} - unusable
    rejected = sum(one.rejected for one in inputs)
    zh = f"{len(usable)} 个文件可用，{len(unusable)} 个不可用；拒绝 {rejected} 行。"
    en = f"{len(usable)} files usable, {len(unusable)} not; {rejected} rows rejected."
    if not rejected and not unusable:
        zh, en = (
            f"{len(usable)} 个文件全部可用，没有被拒绝的行。",
            f"All {len(usable)} files usable, no row rejected.",
        )
    console.say("", "")
    colour = "red" if unusable else "yellow" if rejected else "green"
    console.say(painted(zh, colour), painted(en, colour))
    if rejected or unusable:
        place = output / "rejects.csv"
        told = f"全部错误：{place}" if console.language == "zh" else f"all faults: {place}"
        for line in wrapped(told, page_width(), rest="  "):
            console.say(line, line)
    if unusable:
        console.say(
            "有不可用的文件时 headwater run 不写任何结果，请先处理。",
            "headwater run writes nothing while a file is unusable: put that right first.",
        )
