"""`headwater changes`: what is new, gone, worse or better between two runs, or two days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gis.kept import Kept
from gis.write import replaced, write_csv
from layers.change_causes import CAUSES
from layers.changes import CHANGES, Changes, compare
from layers.past_runs import RUN_FILES, PastRun, read_past_run
from layers.project import Project
from layers.set_outputs import MOST_TOGETHER
from scripts.console import DONE, Console, WrongUse
from scripts.judge_project import judged_here, readings_of
from scripts.run_project import judged_rules, opened, refuse_to_overwrite
from scripts.write_outputs import write_answers

SHOWN = 20  # rows told on a terminal; -o writes all of them


class _Side(NamedTuple):
    """What one side is called, and what it says."""

    name: str
    run: PastRun


def show_changes(folder: Path, runs: Sequence[str], console: Console, *, output: Path | None = None) -> int:
    """Tells what changed between two runs of a project: dates (its data judged as of that day) or folders of outputs.

    One run is compared with the project's own outputs, or where there are none with its date; without any, its
    outputs are compared with its data as they are now. With `output` the rows are written there as CSV.
    """
    project = opened(folder, console)
    own = project.folder / "output"
    has_own = (own / "run.json").is_file()
    today = project.as_of.isoformat()
    if len(runs) > 2:
        raise WrongUse(f"最多比较两次运行，给出了 {len(runs)} 次", f"two runs can be compared, not {len(runs)}")
    if len(runs) == 2:
        names = [*runs]
    elif len(runs) == 1:
        names = [runs[0], str(own) if has_own else today]
    elif has_own:
        names = [str(own), today]
    else:
        raise WrongUse(
            f"{own} 中还没有运行结果：先 headwater run，或写出要比较的日期",
            f"there are no outputs in {own} yet: headwater run first, or name the dates to compare",
        )
    if output is not None:
        folders = [Path(name) for name in names if _day(name) is None]
        refuse_to_overwrite(output, project, read=[one / file for one in folders for file in RUN_FILES])
    with console.step("changes", "比较", "comparing"):
        before, after = _sides(project, names, console)
        changes = compare(before.run, after.run)
    if output is not None:
        with replaced(output.absolute()) as staged:
            write_csv(changes.rows, staged)
    if console.as_json:
        console.give(_facts(before, after, changes))
    else:
        _tell(before, after, changes, console, output)
    return DONE


def _sides(project: Project, names: Sequence[str], console: Console) -> list[_Side]:
    """What each name stands for; the data are read once, and only where a day is among them."""
    days = {name: day for name in names if (day := _day(name)) is not None}
    past = {name: read_past_run(_folder(name), name=name) for name in names if name not in days}
    if past:  # texts can be compared only in one language
        language = next(iter(past.values())).facts["language"]
        project = project.model_copy(update={"language": language})
    if days:
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        found = readings_of(project, rules, Kept(None), in_parts=False)
        if found.rows > MOST_TOGETHER:
            raise WrongUse(
                f"对象超过 {MOST_TOGETHER} 个，不能用此命令比较",
                f"more than {MOST_TOGETHER} sites cannot be compared like this",
            )
        for name, day in days.items():
            dated = project.model_copy(update={"as_of": day})
            faults, result = judged_here(dated, rules, found, Kept(None), console)
            with TemporaryDirectory(prefix="headwater-") as folder:
                write_answers(Path(folder), dated, rules, faults, result)
                past[name] = read_past_run(Path(folder), name=name)
    return [_Side(name, past[name]) for name in names]


def _day(name: str) -> date | None:
    """The day that a name is; None for a folder. Only YYYY-MM-DD is a day."""
    try:
        return date.fromisoformat(name) if len(name) == 10 and name[4] == name[7] == "-" else None
    except ValueError:
        return None


def _folder(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        raise WrongUse(
            f"{name} 既不是日期（如 2016-05-01），也不是结果文件夹",
            f"{name} is neither a date such as 2016-05-01 nor a folder of outputs",
        )
    return folder


def _facts(before: _Side, after: _Side, changes: Changes) -> dict[str, object]:
    return {
        "before": {"run": before.name, "as_of": before.run.as_of},
        "after": {"run": after.name, "as_of": after.run.as_of},
        "counts": changes.counts,
        "same": changes.same,
        "changes": changes.rows.to_dict("records"),
    }


def _tell(before: _Side, after: _Side, changes: Changes, console: Console, output: Path | None) -> None:
    language = console.language
    sides = {
        mark: " → ".join(
            side.name if side.name == side.run.as_of else f"{side.name}{mark[0]}{side.run.as_of}{mark[1]}"
            for side in (before, after)
        )
        for mark in ("（）", "[]")
    }
    console.say(sides["（）"], sides["[]"])
    for change, causes in changes.counts.items():
        for cause, count in causes.items():
            line = f"{count:>7}  {CHANGES[change].text(language)} · {cause} {CAUSES[cause].text(language)}"
            console.say(line, line)
    console.say(f"{changes.same:>7}  不变", f"{changes.same:>7}  unchanged")
    for row in changes.rows.head(SHOWN).to_dict("records"):
        word = CHANGES[row["change"]].text(language)
        parts = (word, row["rule_id"], row["subject_id"], row["subject_name"], row["zone_id"], row["cause"])
        line = "  ".join(part for part in parts if part)
        console.say(line, line)
    more = len(changes.rows) - SHOWN
    if more > 0:
        console.say(f"另有 {more} 条（-o FILE 写出全部）", f"{more} more (-o FILE writes all of them)")
    if output is not None:
        console.say(str(output), str(output))
