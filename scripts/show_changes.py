"""`headwater changes`: what is new, gone, worse or better between two runs, or two days."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gis.write import replaced, write_csv
from layers.change_causes import CAUSES
from layers.changes import CHANGES, Changes, attributes_asked, compare
from layers.past_runs import RUN_FILES
from layers.project import Project
from layers.rule_book import rule_set
from layers.run_records import runs_of
from layers.words import STATUSES
from scripts.console import DONE, Console, WrongUse
from scripts.run_project import opened, refuse_to_overwrite
from scripts.run_with_ledger import snapshot_of
from scripts.runs_to_compare import Side, day_of, history_before, recorded_between, recorded_run, sides_of

SHOWN = 20  # rows told on a terminal; -o writes all of them


def show_changes(folder: Path, runs: Sequence[str], console: Console, *, output: Path | None = None) -> int:
    """Tells what changed between two runs of a project.

    A run is a recorded one (`last`, `last-1`, its id), a date (the data judged as of that day) or a folder of outputs.
    One is compared with the project's own outputs, or where there are none with its date; without any, its
    outputs are compared with its data as they are now. With `output` the rows are written there as CSV.
    """
    project = opened(folder, console)
    snapshot = snapshot_of(project)
    known = runs_of(snapshot.events)
    names = _names(project, runs)
    if output is not None:
        folders = [Path(name) for name in names if day_of(name) is None and recorded_run(name, known) is None]
        refuse_to_overwrite(output, project, read=[one / file for one in folders for file in RUN_FILES])
    with console.step("changes", "比较", "comparing"):
        before, after = sides_of(project, names, snapshot, console)
        changes = compare(
            before.run,
            after.run,
            history=history_before(after, known),
            recorded=recorded_between(before, after, snapshot.events),
            asks=attributes_asked(rule_set(project.jurisdictions, folder=project.folder).rules.values()),
        )
    if output is not None:
        with replaced(output.absolute()) as staged:
            write_csv(changes.rows, staged)
    if console.as_json:
        console.give(_facts(before, after, changes))
    else:
        _tell(before, after, changes, console, output)
    return DONE


def _names(project: Project, runs: Sequence[str]) -> list[str]:
    """The two sides, as they were written or follow from what is there."""
    own = project.folder / "output"
    has_own = (own / "run.json").is_file()
    today = project.as_of.isoformat()
    if len(runs) > 2:
        raise WrongUse(f"最多比较两次运行，给出了 {len(runs)} 次", f"two runs can be compared, not {len(runs)}")
    if len(runs) == 2:
        return [*runs]
    if len(runs) == 1:
        return [runs[0], str(own) if has_own else today]
    if has_own:
        return [str(own), today]
    raise WrongUse(
        f"{own} 中还没有运行结果：先 headwater run，或写出要比较的日期",
        f"there are no outputs in {own} yet: headwater run first, or name the dates to compare",
    )


def _facts(before: Side, after: Side, changes: Changes) -> dict[str, object]:
    details = changes.details.astype(object).where(changes.details.notna(), None)
    return {
        "before": {"run": before.name, "as_of": before.run.as_of},
        "after": {"run": after.name, "as_of": after.run.as_of},
        "counts": changes.counts,
        "same": changes.same,
        "changes": details.to_dict("records"),
    }


def _tell(before: Side, after: Side, changes: Changes, console: Console, output: Path | None) -> None:
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
    for row in changes.details.head(SHOWN).to_dict("records"):
        line = _line(row, language)
        console.say(line, line)
    more = len(changes.rows) - SHOWN
    if more > 0:
        console.say(f"另有 {more} 条（-o FILE 写出全部）", f"{more} more (-o FILE writes all of them)")
    if output is not None:
        console.say(str(output), str(output))


def _line(row: dict[str, Any], language: str) -> str:
    """A change in a line; of a site what its status was and is, or since when it is overdue."""
    word = CHANGES[row["change"]].text(language)
    steps = [STATUSES[row[side]].text(language) if row[side] in STATUSES else "" for side in ("was", "now")]
    step = " → ".join(steps) if all(steps) and steps[0] != steps[1] else ""
    parts = (
        word,
        row["rule_id"],
        row["subject_id"],
        row["subject_name"],
        row["zone_id"],
        step,
        row["since"],
        row["cause"],
    )
    return "  ".join(part for part in parts if part)
