"""`headwater verify`: makes recorded runs again from what is kept of them, and proves the outputs and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gis.archive import Archive
from gis.cells import in_arrow
from gis.faults import Fault, InputError
from gis.kept import Kept
from gis.scratch import scratch
from layers.archive_proof import archive_faults
from layers.files import sha256_of
from layers.ledger import Head
from layers.ledger_proof import Proof, prove
from layers.project import Project, read_project
from layers.run_archive import LACKS, restore_inputs
from layers.run_records import RunRecord, runs_of
from scripts.console import DONE, FOUND, Console, WrongUse, fault_facts
from scripts.fault_lines import fault_lines
from scripts.judge_project import judged_here, readings_of
from scripts.made_by import made_by
from scripts.run_project import judged_rules, opened
from scripts.run_with_ledger import Snapshot, snapshot_of
from scripts.write_outputs import write_outputs
from scripts.write_sets import headwater_version


class Verified(NamedTuple):
    """What came of making a run again.

    `differs`: names of outputs that came out with other bytes. `lacking`: inputs that could not be had, and why.
    `why`: what kept it from being made, '' where it was. `other`: what differs of the program since.
    """

    record: RunRecord
    differs: Sequence[str]
    lacking: Sequence[tuple[str, str]]
    why: str
    other: Sequence[str]

    @property
    def proven(self) -> bool:
        """Whether it was made again, with the same bytes."""
        return not (self.differs or self.lacking or self.why)


def verify_project(folder: Path, console: Console, *, run_id: str | None = None, every: bool = False) -> int:
    """Tells whether the ledger is whole, recorded runs give their outputs again, and `output/` holds those of the last.

    Of the archive every file is read.

    The last recorded run, the one called `run_id`, or every one. The exit code: 0 where all is proven, else 1.
    """
    project = opened(folder, console)
    with console.step("chain", "校验台账", "proving the ledger"):
        proof = prove(project.folder)
    snapshot = snapshot_of(project)
    runs = runs_of(snapshot.events)
    chosen = [one for one in runs if every or one.run_id == run_id] if every or run_id else runs[-1:]
    if not chosen:
        raise WrongUse(
            f"台账中没有{'这次' if run_id else ''}运行：{run_id or project.folder}；已记录："
            + ("、".join(one.run_id for one in runs[-5:]) or "无"),
            f"the ledger has no {'such run' if run_id else 'run'}: {run_id or project.folder}; recorded are "
            + (", ".join(one.run_id for one in runs[-5:]) or "none"),
        )
    found = []
    for one in chosen:
        with console.step("runs", f"重做 {one.run_id}", f"making {one.run_id} again"):
            found.append(_verified(project, one, snapshot, console))
    with console.step("archive", "校验存档", "proving the archive"):
        damaged = archive_faults(Archive(project.folder), snapshot.events)
    changed = _changed(project.folder / "output", runs[-1])
    if console.as_json:
        console.give(_facts(proof, damaged, found, runs[-1], changed, console))
    else:
        _tell(proof, damaged, found, runs[-1], changed, console)
    whole = not (proof.faults or damaged or changed)
    return DONE if whole and all(one.proven for one in found) else FOUND


def _verified(project: Project, record: RunRecord, snapshot: Snapshot, console: Console) -> Verified:
    """The run made again in a folder of its own, from what it read, with the ledger as it was."""
    now = {"version": headwater_version(), "programs": made_by()}
    other = [name for name, value in now.items() if getattr(record, name) != value]
    read = snapshot.events[: record.ledger_events]
    if len(read) < record.ledger_events or (read and read[-1].hash != record.ledger_hash):
        return Verified(record, (), (), "LEDGER_SHORT", other)
    with scratch() as moment:
        folder = moment.joinpath("a", "b", "c", project.folder.name)
        folder.mkdir(parents=True)
        lacking = restore_inputs(project, record.inputs, Archive(project.folder), folder)
        if lacking:
            return Verified(record, (), lacking, "", other)
        if (project.folder / "archive").is_dir():
            (folder / "archive").symlink_to((project.folder / "archive").resolve(), target_is_directory=True)
        try:
            outputs = _made(folder, record, Snapshot(read, Head(record.ledger_events, record.ledger_hash)), console)
        except InputError as error:
            return Verified(record, (), (), "; ".join(fault.code for fault in error.faults[:5]), other)
    differs = sorted(name for name in {*record.outputs, *outputs} if record.outputs.get(name) != outputs.get(name))
    return Verified(record, differs, (), "", other)


def _made(folder: Path, record: RunRecord, snapshot: Snapshot, console: Console) -> dict[str, str]:
    """The SHA-256 by name of the outputs of a run of the project in `folder`, as the record says that it was asked."""
    told = Console(as_json=False, lang=console.chosen, quiet=True, debug=console.debug)
    project = read_project(folder, today=date.fromisoformat(record.as_of))
    options = record.options
    project = project.model_copy(
        update={
            "as_of": date.fromisoformat(record.as_of),
            "language": options["language"],
            "title": options["title"],
            "map": project.map.model_copy(update={"budget_mb": options["map_budget_mb"]}),
        }
    )
    rules = judged_rules(project.jurisdictions, folder=project.folder)
    nothing = Kept(None)
    found = readings_of(project, rules, nothing, in_parts=False)
    faults, result = judged_here(project, rules, found, nothing, told, snapshot)
    result = result._replace(sites=in_arrow(result.sites))
    return write_outputs(folder / "output", project, rules, faults, result, told, nothing)


def _changed(output: Path, record: RunRecord) -> list[str]:
    """The names of files of `output` that are not those of the run."""
    files = {name: output / name for name in record.outputs}
    return sorted(name for name, path in files.items() if not path.is_file() or sha256_of(path) != record.outputs[name])


def _facts(
    proof: Proof,
    damaged: Sequence[Fault],
    found: Sequence[Verified],
    last: RunRecord,
    changed: Sequence[str],
    console: Console,
) -> dict[str, Any]:
    runs = [
        {
            "run_id": one.record.run_id,
            "as_of": one.record.as_of,
            "proven": one.proven,
            "differs": list(one.differs),
            "lacking": [{"path": path, "why": why} for path, why in one.lacking],
            "why": one.why,
            "other": list(one.other),
        }
        for one in found
    ]
    faults = [fault_facts(fault, console.language) for fault in proof.faults]
    chain = {"ok": not faults, "events": proof.events, "head": proof.head, "faults": faults}
    archive = {"ok": not damaged, "faults": [fault_facts(fault, console.language) for fault in damaged]}
    ok = not (faults or damaged or changed) and all(one.proven for one in found)
    output = {"run_id": last.run_id, "ok": not changed, "differs": list(changed)}
    return {
        "ok": ok, "chain": chain, "archive": archive, "runs": runs, "output": output, "seconds": console.seconds,
    }  # fmt: skip


def _tell(
    proof: Proof,
    damaged: Sequence[Fault],
    found: Sequence[Verified],
    last: RunRecord,
    changed: Sequence[str],
    console: Console,
) -> None:
    for line in fault_lines([*proof.faults, *damaged], console.language):
        console.warn(line, line)
    if not proof.faults:
        console.say(
            f"台账完好：{proof.events} 条记录，链头 {proof.head[:16]}",
            f"the ledger is whole: {proof.events} events, head {proof.head[:16]}",
        )
    for one in found:
        _tell_run(one, console)
    if changed:
        names = ", ".join(changed)
        console.warn(
            f"output/ 与最后记录的运行 {last.run_id} 不符：{names}",
            f"output/ is not what the last recorded run, {last.run_id}, wrote: {names}",
        )
    else:
        console.say(f"output/ 即 {last.run_id} 的结果", f"output/ is what {last.run_id} wrote")


def _tell_run(one: Verified, console: Console) -> None:
    name = f"{one.record.run_id} ({one.record.as_of})"
    if one.proven:
        console.say(
            f"{name}：由存档重做，{len(one.record.outputs)} 个结果文件逐字节相同",
            f"{name}: made again from the archive, all {len(one.record.outputs)} files equal byte by byte",
        )
        return
    for path, why in one.lacking:
        console.warn(
            f"{name}：无法证明，缺少输入 {path}（{LACKS[why].zh}）",
            f"{name}: cannot be proven, lacking the input {path} ({LACKS[why].en})",
        )
    if one.why:
        console.warn(f"{name}：无法重做（{one.why}）", f"{name}: could not be made again ({one.why})")
    if one.differs:
        names = ", ".join(one.differs)
        version = headwater_version()
        if one.other:
            console.warn(
                f"{name}：无法证明，当时的程序（{one.record.version}）与现在（{version}）不同，重做结果不同：{names}",
                f"{name}: cannot be proven: it was made by another program ({one.record.version}, now {version}), and "
                f"these files come out otherwise: {names}",
            )
        else:
            console.warn(f"{name}：重做结果不同：{names}", f"{name}: these files come out otherwise: {names}")
