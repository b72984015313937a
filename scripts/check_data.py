"""`headwater check-data`: reads and judges the inputs; writes nothing but rejects.csv."""

from __future__ import annotations

from pathlib import Path

from gis.write import exclusive, replaced_together, write_csv
from layers.load import load
from layers.rejects import rejects_frame
from scripts.console import DONE, Console
from scripts.fault_lines import fault_lines, note_lines
from scripts.run_project import judged_rules, opened, tell_inputs


def check_data(folder: Path, console: Console) -> int:
    """Tells what of a project's inputs can be used and what not; the exit code of the command."""
    project = opened(folder, console)
    with exclusive(project.folder / ".headwater" / "lock"):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        with console.step("read", "读取数据", "reading"):
            inputs = load(project, kinds=rules.kinds, levels=rules.levels)
        with replaced_together(project.folder / "output") as staging:
            write_csv(rejects_frame(inputs.faults, console.language), staging / "rejects.csv")
    if console.as_json:
        rejects = rejects_frame(inputs.faults, console.language).to_dict("records")
        console.give(
            {
                "inputs": list(inputs.inputs),
                "rejected": sum(one["rejected"] for one in inputs.inputs),
                "rejects": rejects,
                "notes": list(inputs.notes),
                "seconds": console.seconds,
            }
        )
        return DONE
    tell_inputs(list(inputs.inputs), console)
    for line in fault_lines(inputs.faults, console.language):
        console.say(line, line)
    if not inputs.faults:
        console.say("没有被拒绝的行。", "No row was rejected.")
    else:
        place = project.folder / "output" / "rejects.csv"
        console.say(f"\n全部被拒绝的行：{place}", f"\nevery rejected row: {place}")
    for line in note_lines(inputs.notes, console.language):
        console.say(line, line)
    return DONE
