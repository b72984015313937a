"""`headwater run`: read, overlay, tables, map; everything regenerated and replaced together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gis.kept import Kept
from gis.nearby import engine
from gis.sets import sets_exchanged
from gis.write import (
    exclusive,
    exclusive_folder,
    replaced_together,
    write_csv,
    write_geojson,
    write_geopackage,
    write_json,
)
from layers.assess import Assessment, Counts, assess, surroundings_of
from layers.coverage import COVERAGE_COLUMNS
from layers.examples import wrong_examples
from layers.findings import in_language
from layers.gathering import Work, gathered
from layers.load import Inputs, inputs_of, without_duplicates
from layers.project import Project, read_project
from layers.reading import Readings, readings, sets_of
from layers.rejects import rejects_frame
from layers.rejudge import compare, keep, rejudge
from layers.rule_book import RuleBookError, RuleSet, built_in_books, rule_set
from layers.sections import SECTION_COLUMNS
from layers.set_outputs import MOST_TOGETHER, SETS
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import SEVERITIES
from maps.inspection import inspection_map
from maps.qgis import qgis_styles
from scripts.cluster import Workers, crew, peak_mib
from scripts.console import DONE, FOUND, Console
from scripts.write_sets import headwater_version, write_sets


def run_project(
    folder: Path,
    console: Console,
    *,
    as_of: date | None = None,
    output: Path | None = None,
    full: bool = False,
    fail_on: str | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
) -> int:
    """Regenerates the outputs of a project; the exit code of the command.

    What earlier runs kept is used where the content it came from is the same, unless `full`. With a `scheduler`
    (`scripts.cluster.crew`) partitions are judged by its workers, all of them anew, and what was kept stays.
    """
    project = opened(folder, console, as_of=as_of)
    target = output or project.folder / "output"
    with crew(scheduler, workers) as helpers, exclusive(project.folder / ".headwater" / "lock"):
        rules = judged_rules(project.jurisdictions, folder=project.folder)
        kept = Kept(None if full and scheduler else project.folder / ".headwater" / "kept")
        if full and not scheduler:
            kept.drop_unused()  # nothing was asked for yet, so that is everything
        with console.step("read", "读取数据", "reading"):
            found = _read(project, rules, in_parts=scheduler is not None)
        if found.rows > MOST_TOGETHER:
            run, counts = write_sets(target, Work(project, rules, found, helpers, kept), console)
        else:
            if scheduler is None:
                result = _judged_here(target, project, rules, found, kept, console)
            else:
                result = _judged_by(target, Work(project, rules, found, helpers, kept), console)
            run, counts = result.run, result.counts
    if console.as_json:
        peaks = {}
        if isinstance(helpers, Workers):
            peaks = {"peak_mib": peak_mib(), "workers_peak_mib": helpers.peaks}
        console.give({**run, "engine": engine(), **peaks, "seconds": console.seconds})
    else:
        _summary(run, counts, target, console)
    reaching = _reaching(counts, fail_on) if fail_on is not None else 0
    if reaching:
        console.say(
            f"{reaching} 条问题（违规或待核查）达到 {fail_on}，返回 1",
            f"{reaching} findings (violation or to check) reach {fail_on}: exit code 1",
        )
    return FOUND if reaching else DONE


def _read(project: Project, rules: RuleSet, *, in_parts: bool) -> Readings:
    """What the files give; large sets, and with a crew all sets, are left to be read part by part."""
    sets = sets_of(project)
    large = sum(part.rows for own in sets.values() for part in own) > MOST_TOGETHER
    found = readings(project, rules, sets, whole=not in_parts and not large)
    if found.rows > MOST_TOGETHER and sets and not in_parts and not large:
        return readings(project, rules, sets, whole=False)
    return found


def _judged_here(
    target: Path, project: Project, rules: RuleSet, found: Readings, kept: Kept, console: Console
) -> Assessment:
    """Everything judged in this process, as far as it changed, and written."""
    tables = [table for _, own in sorted(found.tables.items()) for table in own]
    inputs = inputs_of(without_duplicates(tables), found.unusable)
    with console.step("compare", "比对上次运行", "comparing with the run before"):
        around = surroundings_of(project, rules, inputs, kept)
        sites = {layer: inputs.frames[layer] for layer in SUBJECT_LAYERS if layer in inputs.frames}
        compared = {layer: compare(frame, layer, around, kept) for layer, frame in sites.items()}
    with console.step("judge", "叠加分析", "judging"):
        judged = {layer: rejudge(frame, layer, around, compared[layer]) for layer, frame in sites.items()}
    with console.step("roll_up", "汇总结论", "rolling up"):
        result = assess(project, inputs, around, judged, version=headwater_version())
    _write(target, project, rules, inputs, result, console)
    for layer, one in judged.items():
        keep(one, layer, around, compared[layer], kept)
    kept.drop_unused()
    return result


def _judged_by(target: Path, work: Work, console: Console) -> Assessment:
    """Everything judged by a crew, gathered and written."""
    project, rules = work.project, work.around.rules
    with console.step("judge", "叠加分析", "judging"):
        inputs, judged = gathered(work)
    with console.step("roll_up", "汇总结论", "rolling up"):
        result = assess(project, inputs, work.around, judged, version=headwater_version())
    _write(target, project, rules, inputs, result, console)
    return result


def _write(
    target: Path, project: Project, rules: RuleSet, inputs: Inputs, result: Assessment, console: Console
) -> None:
    """Writes all files into `target`, where another project may write as well; sets of a larger run leave it."""
    with exclusive_folder(target), sets_exchanged(target, SETS) as sets:
        write_outputs(target, project, rules, inputs, result, console)
        sets.take_places([])


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


def write_outputs(
    target: Path, project: Project, rules: RuleSet, inputs: Inputs, result: Assessment, console: Console
) -> None:
    """Writes every file of SPEC section 4 that this run has, all of them or none."""
    language = project.language
    findings = in_language(result.findings, language)
    with replaced_together(target) as staging:
        with console.step("tables", "写出表格", "writing tables"):
            write_csv(findings, staging / "findings.csv")
            write_csv(result.sites[list(SITE_COLUMNS)], staging / "sites.csv")
            write_csv(result.sections[list(SECTION_COLUMNS)], staging / "sections.csv")
            write_csv(result.coverage[list(COVERAGE_COLUMNS)], staging / "coverage.csv")
            write_csv(rejects_frame(inputs.faults, language), staging / "rejects.csv")
            write_json(result.run, staging / "run.json")
        with console.step("files", "写出图层文件", "writing layers"):
            write_geojson(findings, staging / "findings.geojson")
            layers = {
                "findings": findings.set_geometry(_places(findings)),
                "sites": result.sites.set_geometry(_places(result.sites)),
                "protection_zones": result.zones,
                "river_sections": result.sections,
            }
            styles = qgis_styles(rules.levels, language=language)
            write_geopackage(layers, staging / "findings.gpkg", styles=styles, day=result.run["as_of"])
        with console.step("map", "生成地图", "drawing the map"):
            page = inspection_map(
                findings=result.findings,
                sites=result.sites,
                sections=result.sections,
                zones=result.zones,
                context=result.context,
                run=map_facts(rules, result),
                language=language,
            )
            (staging / "inspection.html").write_text(page, encoding="utf-8", newline="\n")


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


def _places(frame: Any) -> Any:
    """Every row as one point, so that QGIS draws the layer with one style."""
    import geopandas as gpd

    return gpd.GeoSeries(
        gpd.points_from_xy(frame["lon"].astype(float), frame["lat"].astype(float)), crs="EPSG:4326", index=frame.index
    )


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
