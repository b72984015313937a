"""`headwater run`: read, overlay, tables, map; everything regenerated and replaced together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

from gis.cells import in_arrow
from gis.cores import give_back
from gis.kept import Kept
from gis.nearby import engine_used
from gis.write import exclusive, exclusive_folder
from layers.assess import Assessment, Counts
from layers.examples import wrong_examples
from layers.ledger_proof import check_whole
from layers.project import PROJECT_FILE, Project, read_project
from layers.rule_book import RuleBookError, RuleSet, built_in_books, rule_set
from layers.set_outputs import MOST_TOGETHER
from layers.words import SEVERITIES
from maps.assets import warm
from scripts.cluster import Workers, crew, peak_mib
from scripts.console import DONE, FOUND, Console, WrongUse
from scripts.fault_lines import note_lines
from scripts.judge_project import judged_by, judged_here, readings_of, state_of, work_of
from scripts.output_folder import output_of
from scripts.run_with_ledger import Recording, snapshot_of
from scripts.write_outputs import write_outputs, writer_for
from scripts.write_sets import write_sets


def run_project(
    folder: Path,
    console: Console,
    *,
    as_of: date | None = None,
    output: Path | None = None,
    full: bool = False,
    fail_on: str | None = None,
    map_budget: float | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
) -> int:
    """Regenerates the outputs of a project; the exit code of the command.

    What earlier runs kept is used where the content it came from is the same, unless `full`. With a `scheduler`
    (`scripts.cluster.crew`) partitions are judged by its workers, all of them anew, and what was kept stays.
    """
    project = opened(folder, console, as_of=as_of, map_budget=map_budget)
    target = output_of(project, output)
    with (
        crew(scheduler, workers) as helpers,
        exclusive(project.folder / ".headwater" / "lock"),
        writer_for(project) or nullcontext() as writer,
    ):
        check_whole(project.folder)
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        kept = Kept(None if full and scheduler else project.folder / ".headwater" / "kept")
        if full and not scheduler:
            kept.drop_unused()  # nothing was asked for yet, so that is everything
        Thread(target=warm, args=(kept,), daemon=True).start()  # what draws the page's frame is slow to import
        with console.step("read", "读取数据", "reading"):
            found = readings_of(project, rules, kept, in_parts=scheduler is not None)
        if found.rows > MOST_TOGETHER:
            work = work_of(project, rules, found, helpers, kept, state_of(project, found, snapshot_of(project)))
            run, counts = write_sets(target, work, console)
        else:
            if scheduler is None:
                faults, result = judged_here(project, rules, found, kept, console)
            else:
                faults, result = judged_by(project, rules, found, helpers, kept, console)
            del found  # the frames that were read; many sites need the room for what is written
            result = result._replace(sites=in_arrow(result.sites))
            give_back()
            # Another project may write there, too.
            with exclusive_folder(target):
                own = output is None or _same(output, project.folder / "output")
                recording = Recording(project, result) if own else None
                write_outputs(target, project, rules, faults, result, console, kept, writer, recording)
            run, counts = result.run, result.counts
            _tell_recording(result, console, own=own)
        if scheduler is None:
            kept.drop_unused()
    peaks = {"peak_mib": peak_mib(), "workers_peak_mib": helpers.peaks} if isinstance(helpers, Workers) else {}
    console.log |= _logged(run, counts)
    if console.as_json:
        console.give({**run, **console.facts, "engine": engine_used(), **peaks, "seconds": console.seconds})
    else:
        _summary(run, counts, target, console)
    return _answered(counts, fail_on, console)


def _tell_recording(result: Assessment, console: Console, *, own: bool) -> None:
    """Whether the ledger holds the run, as far as that is not what anybody expects."""
    run = result.this_run
    if run is None:
        return
    recorded = "again" if run.begun.again else "no" if run.begun.late else "yes"
    console.log["recorded"] = recorded if own else "elsewhere"
    if not own:
        console.say(
            "结果写到别处：本次运行不记入台账",
            "written elsewhere than to the project's output/: the ledger does not record this run",
        )
    elif run.begun.late:
        console.say(
            f"台账中已有更晚检查日的运行：{run.as_of} 的这次运行不记入台账",
            f"the ledger has a run of a later day already, so this one, of {run.as_of}, is not recorded",
        )


def _answered(counts: Counts, fail_on: str | None, console: Console) -> int:
    """The exit code, and a word where findings are as severe as asked for."""
    reaching = _reaching(counts, fail_on) if fail_on is not None else 0
    if reaching:
        console.say(
            f"{reaching} 条问题（违规或待核查）达到 {fail_on}，返回 1",
            f"{reaching} findings (violation or to check) reach {fail_on}: exit code 1",
        )
    return FOUND if reaching else DONE


def opened(folder: Path, console: Console, *, as_of: date | None = None, map_budget: float | None = None) -> Project:
    """The project with the date, the language and the size of the map that the command line asks for."""
    project = read_project(folder, today=date.today())
    asked: dict[str, Any] = {"as_of": as_of or project.as_of, "language": console.use(project.language)}
    if map_budget is not None:
        asked["map"] = project.map.model_copy(update={"budget_mb": map_budget})
    return project.model_copy(update=asked)


def refuse_to_overwrite(output: Path, project: Project, *, read: Sequence[Path] = ()) -> None:
    """Raises WrongUse where `output` is read: the project file, its data and books, or one of `read`."""
    named = [PROJECT_FILE, *(layer.path for layer in project.layers), *project.jurisdictions]
    inputs = [*(project.folder / one for one in named), *read]
    if any(_stands_in(output, one) for one in inputs if one.exists()):
        raise WrongUse(
            f"-o 的文件是本命令要读取的数据，不能覆盖：{output}",
            f"the file after -o is one of those that are read, and would be lost: {output}",
        )


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _stands_in(output: Path, read: Path) -> bool:
    """Whether a file is the one that is read, or lies in a folder that is."""
    if read.is_dir():
        return output.resolve().is_relative_to(read.resolve())
    return output.exists() and output.samefile(read)


def judged_rules(jurisdictions: Sequence[str], *, folder: Path) -> RuleSet:
    """The stacked rules; where a book is the user's own, the examples are run first."""
    rules = rule_set(jurisdictions, folder=folder)
    known = built_in_books()
    if any(name not in known for name in jurisdictions):
        faults = wrong_examples(rules)
        if faults:
            raise RuleBookError(faults)
    return rules


def _reaching(counts: Counts, severity: str) -> int:
    """How many findings, violations and those to check, are at least as severe."""
    asked = list(SEVERITIES)[: list(SEVERITIES).index(severity) + 1]
    return sum(counts.severities[one] for one in asked)


def _logged(run: Mapping[str, Any], counts: Counts) -> dict[str, Any]:
    """What a line of runs.log tells of a run that came to its end."""
    changes = [f"{name}:{count}" for name, count in run.get("changes", {}).items() if count]
    return {
        "run": run.get("run_id", ""),
        "as_of": run["as_of"],
        "sites": sum(counts.sites.values()),
        **counts.sites,
        "findings": run["findings"],
        "overdue": run["overdue"],
        "rejected": run["rejected"],
        "changes": ",".join(changes),
    }


def _summary(run: Mapping[str, Any], counts: Counts, target: Path, console: Console) -> None:
    tell_inputs(run["inputs"], console)
    sites = counts.sites
    console.say(
        f"对象 {sum(sites.values())} 个：违规 {sites['violation']}，待核查 {sites['check']}，"
        f"未评估 {sites['not_assessed']}，无冲突 {sites['clear']}；"
        f"问题 {run['findings']} 条，逾期 {run['overdue']} 个",
        f"{sum(sites.values())} sites: {sites['violation']} violation, {sites['check']} to check, "
        f"{sites['not_assessed']} not assessed, {sites['clear']} clear; "
        f"{run['findings']} findings, {run['overdue']} overdue",
    )
    for note in run["assumptions"]:
        console.say(f"注意：{note['zh']}", f"Note: {note['en']}")
    assumed = [note for note in run["notes"] if note["code"] == "CRS_ASSUMED"]
    for line in note_lines(assumed, console.language):
        console.say(line, line)
    if run["rejected"]:
        console.say(
            f"有 {run['rejected']} 行未被接受，见 {target / 'rejects.csv'}",
            f"{run['rejected']} rows were rejected, see {target / 'rejects.csv'}",
        )
    page = target / "inspection.html"
    made = str(page if page.exists() else target)
    console.say(made, made)


def tell_inputs(inputs: list[dict[str, Any]], console: Console) -> None:
    """A line per table: read = accepted + rejected."""
    for one in inputs:
        table = f" [{one['table']}]" if one.get("table") else ""
        read, accepted, rejected = one["read"], one["accepted"], one["rejected"]
        console.say(
            f"{one['path']}{table}（{one['kind']}）：读取 {read} = 接受 {accepted} + 拒绝 {rejected}",
            f"{one['path']}{table} ({one['kind']}): read {read} = accepted {accepted} + rejected {rejected}",
        )
