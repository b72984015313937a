"""`headwater run`: read, overlay, tables, map; everything regenerated and replaced together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd

from gis.cells import in_arrow
from gis.faults import Fault
from gis.geopackage import write_geopackage
from gis.geopackage_process import Writer
from gis.kept import Kept
from gis.nearby import engine_used
from gis.write import exclusive, exclusive_folder, replaced_together, write_csv, write_geojson, write_json
from layers.assess import Assessment, assess, surroundings_of
from layers.coverage import COVERAGE_COLUMNS
from layers.examples import wrong_examples
from layers.findings import in_language
from layers.load import load
from layers.project import Project, read_project
from layers.rejudge import compare, keep, rejudge
from layers.rule_book import RuleBookError, RuleSet, built_in_books, rule_set
from layers.sections import SECTION_COLUMNS
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import SEVERITIES
from maps.assets import warm
from maps.inspection import begun_map
from maps.qgis import qgis_styles
from scripts.console import DONE, FOUND, Console

MUCH_FOR_A_PHONE = 15_000_000  # bytes
MANY_SITES = 20_000  # from here on a second process is worth its start
REJECT_COLUMNS = ("file", "layer", "row", "column", "value", "code", "reason", "proposal")


def run_project(
    folder: Path,
    console: Console,
    *,
    as_of: date | None = None,
    output: Path | None = None,
    full: bool = False,
    fail_on: str | None = None,
) -> int:
    """Regenerates the outputs of a project; the exit code of the command.

    What earlier runs kept is used where the content it came from is the same, unless `full`.
    """
    project = opened(folder, console, as_of=as_of)
    target = output or project.folder / "output"
    with exclusive(project.folder / ".headwater" / "lock"):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        kept = Kept(project.folder / ".headwater" / "kept")
        if full:
            kept.drop_unused()  # nothing was asked for yet, so that is everything
        Thread(target=warm, args=(kept,), daemon=True).start()  # what draws the page's frame is slow to import
        faults, result = _assessed(project, rules, kept, console)
        with exclusive_folder(target):  # another project may write into the same folder
            write_outputs(target, project, rules, faults, result, console, kept)
        kept.drop_unused()
    if console.as_json:
        console.give({**result.run, "engine": engine_used(), "seconds": console.seconds})
    else:
        _summary(result, target, console)
    reaching = _reaching(result, fail_on) if fail_on is not None else 0
    if reaching:
        console.say(
            f"{reaching} 条问题（违规或待核查）达到 {fail_on}，返回 1",
            f"{reaching} findings (violation or to check) reach {fail_on}: exit code 1",
        )
    return FOUND if reaching else DONE


def _assessed(project: Project, rules: RuleSet, kept: Kept, console: Console) -> tuple[list[Fault], Assessment]:
    """The rejected rows and the assessment of a project; the frames that were read are let go."""
    with console.step("read", "读取数据", "reading"):
        inputs = load(project, kinds=rules.kinds, levels=rules.levels, kept=kept)
    with console.step("compare", "比对上次运行", "comparing with the run before"):
        around = surroundings_of(project, rules, inputs, kept)
        sites = {layer: inputs.frames[layer] for layer in SUBJECT_LAYERS if layer in inputs.frames}
        compared = {layer: compare(frame, layer, around, kept) for layer, frame in sites.items()}
    with console.step("judge", "叠加分析", "judging"):
        judged = {layer: rejudge(frame, layer, around, compared[layer]) for layer, frame in sites.items()}
    with console.step("roll_up", "汇总结论", "rolling up"):
        for layer, one in judged.items():
            keep(one, layer, around, compared[layer], kept)
        return inputs.faults, assess(project, inputs, around, judged, version=headwater_version())


def opened(folder: Path, console: Console, *, as_of: date | None = None) -> Project:
    """The project with the date and the language that the command line asks for."""
    project = read_project(folder, today=date.today())
    language = console.use(project.language)
    return project.model_copy(update={"as_of": as_of or project.as_of, "language": language})


def judged_rules(jurisdictions: Sequence[str], *, folder: Path) -> RuleSet:
    """The stacked rules; where a book is the user's own, the examples are run first."""
    rules = rule_set(jurisdictions, folder=folder)
    known = built_in_books()
    if any(name not in known for name in jurisdictions):
        faults = wrong_examples(rules)
        if faults:
            raise RuleBookError(faults)
    return rules


def headwater_version() -> str:
    """The installed version; a source tree that was never installed says so."""
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "source"


def write_outputs(
    target: Path,
    project: Project,
    rules: RuleSet,
    faults: Iterable[Fault],
    result: Assessment,
    console: Console,
    kept: Kept | None = None,
) -> None:
    """Writes every file of SPEC section 4 that this run has, all of them or none.

    The map's data are deflated in threads, and of many sites the GeoPackage is written in a process of its own, while
    tables and layers are written.
    """
    language = project.language
    findings = in_arrow(in_language(result.findings, language))
    sites = in_arrow(result.sites)
    layers = {
        "findings": _as_points(findings),
        "sites": _as_points(sites),
        "protection_zones": result.zones,
        "river_sections": result.sections,
    }
    styles = qgis_styles(rules.levels, language=language)
    beside = Writer() if len(sites) > MANY_SITES else nullcontext()
    with replaced_together(target) as staging, ThreadPoolExecutor(max_workers=3) as threads, beside as writer:

        def geopackage() -> None:
            file, day = staging / "findings.gpkg", result.run["as_of"]
            write_geopackage(layers, file, styles=styles, day=day, writer=writer)

        written = threads.submit(geopackage) if writer else None
        with console.step("map", "生成地图", "drawing the map"):
            page = begun_map(
                threads,
                findings=result.findings,
                sites=sites,
                sections=result.sections,
                zones=result.zones,
                context=result.context,
                run=map_facts(rules, result),
                language=language,
                kept=kept,
            )
        with console.step("tables", "写出表格", "writing tables"):
            write_csv(findings, staging / "findings.csv")
            write_csv(sites[list(SITE_COLUMNS)], staging / "sites.csv")
            write_csv(result.sections[list(SECTION_COLUMNS)], staging / "sections.csv")
            write_csv(result.coverage[list(COVERAGE_COLUMNS)], staging / "coverage.csv")
            write_csv(rejects_frame(faults, language), staging / "rejects.csv")
            write_json(result.run, staging / "run.json")
        with console.step("files", "写出图层文件", "writing layers"):
            write_geojson(findings, staging / "findings.geojson")
            text = page().encode()
            (staging / "inspection.html").write_bytes(text)
            if written:
                written.result()
            else:
                geopackage()
    if len(text) > MUCH_FOR_A_PHONE:
        size = f"{len(text) / 1e6:.0f} MB"
        console.say(
            f"注意：inspection.html 有 {size}，手机打开会慢；可按区县分成几个项目",
            f"Note: inspection.html has {size}, which phones open slowly; a project per district helps",
        )


def map_facts(rules: RuleSet, result: Assessment) -> dict[str, Any]:
    """What the page is told beside the frames."""
    run = result.run
    return {
        **{name: run[name] for name in ("title", "as_of", "version", "rule_books", "rejected", "build_id")},
        "levels": [{"code": code, "zh": word.zh, "en": word.en} for code, word in rules.levels.items()],
        "kinds": {code: {"zh": word.zh, "en": word.en} for code, word in rules.kinds.items()},
        "rules": {
            key: {"title": rule.title.model_dump(), **({"note": rule.note.model_dump()} if rule.note else {})}
            for key, rule in rules.rules.items()
        },
        "notes": [{"zh": note["zh"], "en": note["en"]} for note in run["assumptions"]],
    }


def rejects_frame(faults: Iterable[Fault], language: str) -> pd.DataFrame:
    """One row per rejected row of input, as REJECT_COLUMNS, in the order in which they were read."""
    rows = [
        (
            fault.file,
            fault.layer,
            "" if fault.row is None else str(fault.row),
            fault.column,
            fault.value,
            fault.code,
            fault.reason(language),
            fault.proposal(language),
        )
        for fault in faults
    ]
    return pd.DataFrame(rows, columns=list(REJECT_COLUMNS), dtype=object)


def _as_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row as one point at its lon and lat, so that QGIS draws the layer with one style."""
    return pd.DataFrame(frame.drop(columns="geometry"))


def _reaching(result: Assessment, severity: str) -> int:
    """How many findings, violations and those to check, are at least as severe."""
    asked = list(SEVERITIES)[: list(SEVERITIES).index(severity) + 1]
    return int(result.findings["severity"].isin(asked).sum())


def _summary(result: Assessment, target: Path, console: Console) -> None:
    run = result.run
    tell_inputs(run["inputs"], console)
    counts = run["sites"]
    console.say(
        f"对象 {len(result.sites)} 个：违规 {counts['violation']}，待核查 {counts['check']}，"
        f"未评估 {counts['not_assessed']}，无冲突 {counts['clear']}；"
        f"问题 {run['findings']} 条，逾期 {run['overdue']} 个",
        f"{len(result.sites)} sites: {counts['violation']} violation, {counts['check']} to check, "
        f"{counts['not_assessed']} not assessed, {counts['clear']} clear; "
        f"{run['findings']} findings, {run['overdue']} overdue",
    )
    for note in run["assumptions"]:
        console.say(f"注意：{note['zh']}", f"Note: {note['en']}")
    if run["rejected"]:
        console.say(
            f"有 {run['rejected']} 行未被接受，见 {target / 'rejects.csv'}",
            f"{run['rejected']} rows were rejected, see {target / 'rejects.csv'}",
        )
    console.say(str(target / "inspection.html"), str(target / "inspection.html"))


def tell_inputs(inputs: list[dict[str, Any]], console: Console) -> None:
    """A line per table: read = accepted + rejected."""
    for one in inputs:
        table = f" [{one['table']}]" if one.get("table") else ""
        read, accepted, rejected = one["read"], one["accepted"], one["rejected"]
        console.say(
            f"{one['path']}{table}（{one['kind']}）：读取 {read} = 接受 {accepted} + 拒绝 {rejected}",
            f"{one['path']}{table} ({one['kind']}): read {read} = accepted {accepted} + rejected {rejected}",
        )
