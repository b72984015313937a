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
from gis.faults import Fault
from gis.kept import Kept
from gis.nearby import engine_used
from gis.write import exclusive, exclusive_folder
from layers.assess import Assessment, Counts, assess
from layers.examples import wrong_examples
from layers.gathering import Work, gathered
from layers.load import Inputs, inputs_of, without_duplicates
from layers.on_ledger import with_ledger
from layers.photos import Photos, photos_of
from layers.project import PROJECT_FILE, Project, read_project
from layers.project_surroundings import surroundings_of
from layers.reading import Readings, readings, sets_of
from layers.rejudge import compare, keep, rejudge
from layers.rule_book import RuleBookError, RuleSet, built_in_books, rule_set
from layers.run_told import told
from layers.set_outputs import MOST_TOGETHER
from layers.surroundings import SUBJECT_LAYERS
from layers.words import SEVERITIES
from maps.assets import warm
from scripts.cluster import Workers, crew, peak_mib
from scripts.console import DONE, FOUND, Console, WrongUse
from scripts.fault_lines import note_lines
from scripts.run_with_ledger import Recording, Snapshot, run_of, snapshot_of
from scripts.write_outputs import write_outputs, writer_for
from scripts.write_sets import headwater_version, write_sets


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
    project = opened(folder, console, as_of=as_of)
    if map_budget is not None:
        project = project.model_copy(update={"map": project.map.model_copy(update={"budget_mb": map_budget})})
    target = output or project.folder / "output"
    with (
        crew(scheduler, workers) as helpers,
        exclusive(project.folder / ".headwater" / "lock"),
        writer_for(project) or nullcontext() as writer,
    ):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        kept = Kept(None if full and scheduler else project.folder / ".headwater" / "kept")
        if full and not scheduler:
            kept.drop_unused()  # nothing was asked for yet, so that is everything
        Thread(target=warm, args=(kept,), daemon=True).start()  # what draws the page's frame is slow to import
        with console.step("read", "读取数据", "reading"):
            found = readings_of(project, rules, kept, in_parts=scheduler is not None)
        if found.rows > MOST_TOGETHER:
            run, counts = write_sets(target, Work(project, rules, found, helpers, kept), console)
        else:
            if scheduler is None:
                faults, result = judged_here(project, rules, found, kept, console)
            else:
                faults, result = _judged_by(Work(project, rules, found, helpers, kept), kept, console)
            del found  # the frames that were read; many sites need the room for what is written
            result = result._replace(sites=in_arrow(result.sites))
            give_back()
            # Another project may write there, too.
            with exclusive_folder(target):
                own = output is None or _same(output, project.folder / "output")
                recording = Recording(project, result) if own else None
                write_outputs(target, project, rules, faults, result, console, kept, writer, recording)
            run, counts = result.run, result.counts
        if scheduler is None:
            kept.drop_unused()
    peaks = {"peak_mib": peak_mib(), "workers_peak_mib": helpers.peaks} if isinstance(helpers, Workers) else {}
    if console.as_json:
        console.give({**run, **console.facts, "engine": engine_used(), **peaks, "seconds": console.seconds})
    else:
        _summary(run, counts, target, console)
    return _answered(counts, fail_on, console)


def _answered(counts: Counts, fail_on: str | None, console: Console) -> int:
    """The exit code, and a word where findings are as severe as asked for."""
    reaching = _reaching(counts, fail_on) if fail_on is not None else 0
    if reaching:
        console.say(
            f"{reaching} 条问题（违规或待核查）达到 {fail_on}，返回 1",
            f"{reaching} findings (violation or to check) reach {fail_on}: exit code 1",
        )
    return FOUND if reaching else DONE


def readings_of(project: Project, rules: RuleSet, kept: Kept, *, in_parts: bool) -> Readings:
    """What the files give; large sets, and with a crew all sets, are left to be read part by part."""
    sets = sets_of(project)
    large = sum(part.rows for own in sets.values() for part in own) > MOST_TOGETHER
    found = readings(project, rules, sets, whole=not in_parts and not large, kept=kept)
    if found.rows > MOST_TOGETHER and sets and not in_parts and not large:
        return readings(project, rules, sets, whole=False, kept=kept)
    return found


def judged_here(
    project: Project, rules: RuleSet, found: Readings, kept: Kept, console: Console, snapshot: Snapshot | None = None
) -> tuple[list[Fault], Assessment]:
    """The rejected rows, and everything judged in this process as far as it changed, in the light of the ledger."""
    tables = [table for _, own in sorted(found.tables.items()) for table in own]
    inputs = inputs_of(without_duplicates(tables), found.unusable)
    photos = _photos(project, inputs, kept, console)
    with console.step("ledger", "读取台账", "reading the ledger"):
        snapshot = snapshot or snapshot_of(project)
        run = run_of(project, rules, inputs.frames, inputs.inputs, photos, snapshot, console)
        inputs = inputs._replace(frames=with_ledger(inputs.frames, run.state))
    with console.step("compare", "比对上次运行", "comparing with the run before"):
        around = surroundings_of(project, rules, inputs, kept)
        sites = {layer: inputs.frames[layer] for layer in SUBJECT_LAYERS if layer in inputs.frames}
        compared = {layer: compare(frame, layer, around, kept) for layer, frame in sites.items()}
    with console.step("judge", "叠加分析", "judging"):
        judged = {layer: rejudge(frame, layer, around, compared[layer]) for layer, frame in sites.items()}
        _tell_judged(sum(len(one.anew) for one in compared.values()), sum(map(len, sites.values())), console)
    with console.step("roll_up", "汇总结论", "rolling up"):
        for layer, one in judged.items():
            keep(one, layer, around, compared[layer], kept)
        result = assess(project, inputs, around, judged, version=headwater_version(), photos=photos)
        return inputs.faults, told(result, rules, run, project.language)


def _photos(project: Project, inputs: Inputs, kept: Kept, console: Console) -> Photos:
    """The photos that the sites name, made small for the map."""
    with console.step("photos", "缩小照片", "making photos small"):
        return photos_of(inputs.frames, project.folder, kept=kept, limits=project.limits)


def _tell_judged(anew: int, sites: int, console: Console) -> None:
    """How many sites had to be judged: no part of the outputs, which are the same whatever was kept."""
    console.facts["judged"] = {"anew": anew, "kept": sites - anew}
    if anew < sites:
        console.say(
            f"重新评估 {anew} 个对象，{sites - anew} 个与上次运行相同",
            f"{anew} sites judged anew, {sites - anew} as in the run before",
        )


def _judged_by(work: Work, kept: Kept, console: Console) -> tuple[list[Fault], Assessment]:
    """The rejected rows, and everything judged by a crew and gathered."""
    with console.step("judge", "叠加分析", "judging"):
        inputs, judged = gathered(work)
    project, photos = work.project, _photos(work.project, inputs, kept, console)
    with console.step("roll_up", "汇总结论", "rolling up"):
        return inputs.faults, assess(project, inputs, work.around, judged, version=headwater_version(), photos=photos)


def opened(folder: Path, console: Console, *, as_of: date | None = None) -> Project:
    """The project with the date and the language that the command line asks for."""
    project = read_project(folder, today=date.today())
    language = console.use(project.language)
    return project.model_copy(update={"as_of": as_of or project.as_of, "language": language})


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
