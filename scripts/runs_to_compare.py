"""What a RUN on the command line stands for: a recorded run, a day as of which data are judged, a folder of outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gis.archive import Archive, Damaged
from gis.faults import Fault, InputError
from gis.kept import Kept
from layers.events import Event
from layers.finding_history import History, history_of
from layers.identities import Key
from layers.past_runs import RUN_FILES, PastRun, read_past_run
from layers.project import Project
from layers.run_memory import NoMemory, memory_of
from layers.run_records import RUN, STATED, RunRecord, runs_of
from layers.set_outputs import MOST_TOGETHER
from scripts.console import Console, WrongUse
from scripts.judge_project import judged_here, readings_of
from scripts.run_project import judged_rules
from scripts.run_with_ledger import Snapshot
from scripts.write_outputs import write_answers

_LAST = re.compile(r"last(?:-(\d{1,6}))?")
_SHOWN = 8  # runs that a message names


class Side(NamedTuple):
    """What one side is called, and what it says; `at`: its place among the recorded runs, None where it is none."""

    name: str
    run: PastRun
    at: int | None


def day_of(name: str) -> date | None:
    """The day that a name is, written YYYY-MM-DD; None for all else."""
    try:
        return date.fromisoformat(name) if len(name) == 10 and name[4] == name[7] == "-" else None
    except ValueError:
        return None


def recorded_run(name: str, runs: Sequence[RunRecord]) -> int | None:
    """The place of the recorded run that is called so: `last`, `last-1`, a run id or its unique beginning.

    None where the name is no such thing; WrongUse where it is, and there is no such run, or more than one.
    """
    counted = _LAST.fullmatch(name)
    if counted:
        back = int(counted[1] or 0)
        if back < len(runs):
            return len(runs) - 1 - back
        raise _none(name, runs)
    if not name.startswith("R-") or Path(name).exists():
        return None
    found = [at for at, run in enumerate(runs) if run.run_id.startswith(name)]
    if len({runs[at].run_id for at in found}) > 1:
        listed = ", ".join(runs[at].run_id for at in found[:_SHOWN])
        raise WrongUse(f"{name} 对应多次运行：{listed}", f"several runs begin with {name}: {listed}")
    if not found:
        raise _none(name, runs)
    return found[-1]


def _none(name: str, runs: Sequence[RunRecord]) -> WrongUse:
    if not runs:
        return WrongUse(
            f"{name}：台账中还没有记录过运行", f"{name}: the ledger holds no run yet; headwater run records one"
        )
    listed = ", ".join(f"{run.run_id} ({run.as_of})" for run in reversed(runs[-_SHOWN:]))
    return WrongUse(
        f"没有 {name} 这次运行；共记录 {len(runs)} 次，最近的：{listed}",
        f"there is no run {name}; {len(runs)} are recorded, the latest: {listed}",
    )


def sides_of(project: Project, names: Sequence[str], snapshot: Snapshot, console: Console) -> list[Side]:
    """What each name stands for; the data are read once, and only where a day is among them."""
    runs = runs_of(snapshot.events)
    days = {name: day for name in names if (day := day_of(name)) is not None}
    found: dict[str, Side] = {}
    for name in names:
        if name not in days and name not in found:
            at = recorded_run(name, runs)
            past = _archived(project, runs[at]) if at is not None else read_past_run(_folder(name), name=name)
            found[name] = Side(name if at is None else runs[at].run_id, past, at if at is not None else _at(past, runs))
    if found:  # texts can be compared only in one language
        language = next(iter(found.values())).run.facts["language"]
        project = project.model_copy(update={"language": language})
    if days:
        found |= {name: Side(name, past, None) for name, past in _judged(project, days, snapshot, console).items()}
    return [found[name] for name in names]


def _at(past: PastRun, runs: Sequence[RunRecord]) -> int | None:
    """Which recorded run the outputs in a folder are."""
    places = [at for at, run in enumerate(runs) if past.run_id and run.run_id == past.run_id]
    return places[-1] if places else None


def _folder(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        raise WrongUse(
            f"{name} 既不是日期（如 2016-05-01），也不是记录过的运行（如 last-1、R-…）或结果文件夹",
            f"{name} is neither a date such as 2016-05-01, nor a recorded run (last-1, R-…), nor a folder of outputs",
        )
    return folder


def _archived(project: Project, run: RunRecord) -> PastRun:
    """What a recorded run left in the archive; where that is damaged or gone, what its outputs there say."""
    archive = Archive(project.folder)
    try:
        said = memory_of(archive.get(run.memory)).said
        # What the run was recorded as is known to the ledger alone: its memory was made before.
        recorded = {"run_id": run.run_id, "ledger": {"events": run.ledger_events}}
        return said._replace(facts={**said.facts, **recorded})
    except (KeyError, ValueError, Damaged, NoMemory) as error:
        found = f"{type(error).__name__}: {error}"
    with TemporaryDirectory(prefix="headwater-") as folder:
        try:
            for name in RUN_FILES:
                if name in run.outputs and run.outputs[name] in archive:
                    (Path(folder) / name).write_bytes(archive.get(run.outputs[name]))
            return read_past_run(Path(folder), name=run.run_id)
        except (Damaged, InputError):
            raise InputError(
                [Fault("RUN_UNREADABLE", file=f"archive/ ({run.run_id})", facts={"found": found})]
            ) from None


def _judged(project: Project, days: Mapping[str, date], snapshot: Snapshot, console: Console) -> dict[str, PastRun]:
    """By name what a run of the data as they are now would say on each day."""
    rules = judged_rules(project.jurisdictions, folder=project.folder)
    found = readings_of(project, rules, Kept(None), in_parts=False)
    if found.rows > MOST_TOGETHER:
        raise WrongUse(
            f"对象超过 {MOST_TOGETHER} 个，不能用此命令比较",
            f"more than {MOST_TOGETHER} sites cannot be compared like this",
        )
    past = {}
    for name, day in days.items():
        dated = project.model_copy(update={"as_of": day})
        faults, result = judged_here(dated, rules, found, Kept(None), console, snapshot)
        with TemporaryDirectory(prefix="headwater-") as folder:
            write_answers(Path(folder), dated, rules, faults, result)
            past[name] = read_past_run(Path(folder), name=name)
    return past


def history_before(side: Side, runs: Sequence[RunRecord]) -> History:
    """The history of findings in the runs that were recorded before this one."""
    return history_of(run.event.said for run in runs[: len(runs) if side.at is None else side.at])


def recorded_between(before: Side, after: Side, events: Sequence[Event]) -> set[Key]:
    """The sites of which somebody recorded something between the two; the office's table is data.

    Nothing is known of it where one of them does not tell how much of the ledger it read.
    """
    first, last = (side.run.ledger_events for side in (before, after))
    if first is None or last is None:
        return set()
    low, high = sorted((first, last))
    new = (event for event in events if low < event.seq <= high and event.kind not in (RUN, STATED))
    return {(event.layer, event.site_id) for event in new}
