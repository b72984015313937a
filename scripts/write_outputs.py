"""The files of a run, all of them or none: tables, layers and the map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from gis.cells import in_arrow
from gis.faults import Fault
from gis.gauss_kruger import plane
from gis.geopackage import write_geopackage
from gis.geopackage_process import Writer
from gis.kept import Kept
from gis.sets import is_ours
from gis.write import replaced_together, write_csv, write_geojson, write_json
from layers.assess import Assessment
from layers.base_map import base_map
from layers.coverage import COVERAGE_COLUMNS
from layers.files import sha256_of
from layers.findings import in_language
from layers.of_districts import district_rows
from layers.photo_names import FOLDER
from layers.photos import Photos, smaller
from layers.project import Project
from layers.rejects import rejects_frame
from layers.rule_book import ZONES, Rule, RuleSet
from layers.sections import SECTION_COLUMNS
from layers.set_outputs import SETS
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.visit_photos import smaller_visits
from maps.base import Ground
from maps.budget import fitted
from maps.inspection import begun_map
from maps.qgis import qgis_styles
from scripts.console import Console
from scripts.run_with_ledger import Recording
from scripts.write_workbook import write_workbook

MUCH_FOR_A_PHONE = 15_000_000  # bytes
MANY_SITES = 20_000  # from here on a second process is worth its start
VERY_MANY_SITES = 400_000
BYTES_OF_A_SITE = 60  # at least, in a table of text


def write_outputs(
    target: Path,
    project: Project,
    rules: RuleSet,
    faults: Iterable[Fault],
    result: Assessment,
    console: Console,
    kept: Kept | None = None,
    writer: Writer | None = None,
    recording: Recording | None = None,
) -> dict[str, str]:
    """The SHA-256 by name of every file of docs/outputs.md that this run has, written all of them or none.

    Where the run is recorded, that is done at the moment when they take their places, or they do not.

    `result.sites` has its text in Arrow (`gis.cells.in_arrow`), so that it is there once.

    The map's data are deflated in threads, and of many sites the GeoPackage is written in a process of its own, while
    tables and layers are written: `writer` where one was started early.
    """
    language = project.language
    findings, sites = in_arrow(in_language(result.findings, language)), result.sites
    districts_of = district_rows(sites, result.context.get("districts"))
    ground = _ground(project, result, console)
    beside = writer or (Writer() if len(sites) > MANY_SITES else nullcontext())
    pool = ThreadPoolExecutor(_threads(len(sites)))
    record = recording.record if recording else None
    with replaced_together(target, goes=_is_set, then=record) as staging, pool as threads, beside as writer:
        geopackage = _geopackage(staging, findings, sites, result, rules, language, writer)
        written = threads.submit(geopackage) if writer else None
        with console.step("map", "生成地图", "drawing the map"):
            facts = {
                **_drawn(result, rules, project, target),
                "districts_of": districts_of,
                "ground": ground,
                "kept": kept,
            }
            if project.map.budget_mb is None:
                page = begun_map(threads, **facts)
            else:
                page = _within_budget(facts, threads, project, result, console)
        with console.step("tables", "写出表格", "writing tables"):
            _write_tables(staging, findings, sites, result, rejects_frame(faults, language))
            write_workbook(staging, project, rules, findings, result, districts_of, console)
        with console.step("files", "写出图层文件", "writing layers"):
            write_geojson(findings, staging / "findings.geojson")
            text = page().encode()
            (staging / "inspection.html").write_bytes(text)
            if written:
                written.result()
            else:
                geopackage()
        files = sorted(staging.iterdir())
        hashes = {path.name: sha256 for path, sha256 in zip(files, threads.map(sha256_of, files), strict=True)}
        if recording:
            recording.prepare(staging, hashes)
    if project.map.budget_mb is None:
        _tell_size(len(text), console)
    return hashes


def _drawn(result: Assessment, rules: RuleSet, project: Project, target: Path) -> dict[str, Any]:
    """What of the run the map is drawn from."""
    return {
        "findings": result.findings,
        "sites": result.sites,
        "sections": result.sections,
        "zones": result.zones,
        "context": result.context,
        "answers": result.answers,
        "questions": result.questions,
        "run": map_facts(rules, result, project.metric_crs),
        "language": project.language,
        "photos": result.photos,
        "photo_folder": _way_to_photos(target, project),
        "history": result.history,
    }


def _within_budget(
    facts: dict[str, Any], threads: ThreadPoolExecutor, project: Project, result: Assessment, console: Console
) -> Callable[[], str]:
    """What gives the page within its budget; what was reduced for it is told here and stands in `result.run`."""
    budget = project.map.budget_mb or 0.0
    kept = facts["kept"] or Kept(None)
    found = fitted(
        facts,
        budget,
        lambda now: begun_map(threads, **now)(),
        lambda photos, side: _smaller(photos, side, project, kept),
    )
    for note in found.notes:
        console.say(f"注意：{note['zh']}", f"Note: {note['en']}")
    if found.over:
        over = f"{found.over / 1e6:.1f}"
        console.say(
            f"注意：inspection.html 仍比设定的 {budget:g} MB 大 {over} MB：点位、问题和保护区不删减",
            f"Note: inspection.html is still {over} MB above the {budget:g} MB asked for: sites and findings stay",
        )
    reduced = [note["code"] for note in found.notes]
    result.run["map"] = {
        "budget_mb": budget,
        "bytes": len(found.text.encode()),
        "over_bytes": found.over,
        "reduced": reduced,
    }
    return lambda: found.text


def _is_set(path: Path) -> bool:
    """Whether a run of very many sites wrote it: it would tell of another run."""
    return path.name in SETS and is_ours(path)


def _smaller(photos: Photos, side: int, project: Project, kept: Kept) -> Photos:
    """The photos with `side` pixels on the longer side."""
    own = smaller(photos, project.folder, side, kept=kept, limits=project.limits)
    return smaller_visits(own, project.folder, side, kept=kept, limits=project.limits)


def _way_to_photos(target: Path, project: Project) -> str:
    """The way from the page to the project's photos where `target` lies beside them, as `output/` does; else ''."""
    beside = target.resolve().parent == project.folder.resolve()
    return f"../{FOLDER}/" if beside else ""


def write_answers(folder: Path, project: Project, rules: RuleSet, faults: Iterable[Fault], result: Assessment) -> None:
    """Writes the tables and findings.gpkg into a folder that is there, as `write_outputs` does, but nothing else."""
    findings = in_arrow(in_language(result.findings, project.language))
    result = result._replace(sites=in_arrow(result.sites))
    _write_tables(folder, findings, result.sites, result, rejects_frame(faults, project.language))
    _geopackage(folder, findings, result.sites, result, rules, project.language, None)()


def _ground(project: Project, result: Assessment, console: Console) -> Ground | None:
    """The base map that the project asks for, and what has to be said about it."""
    found = base_map(project, [result.zones, result.sites])
    if found is None:
        return None
    if found.provider:
        console.say(
            f"注意：地图可联网使用底图（{found.provider}）：由读者打开后才联网；文件因此不再完全离线",
            f"Note: the map may ask {found.provider} for a base map, once its reader turns that on; it is no longer "
            "offline in any case",
        )
    if found.key:
        console.say(
            "注意：天地图密钥写在 inspection.html 里，收到文件的人都能看到",
            "Note: the key of Tianditu stands in inspection.html, and whoever gets the file can read it",
        )
    if found.tiles is None:
        return Ground(provider=found.provider, key=found.key)
    if found.tiles.left_out is not None:
        console.say(
            f"注意：底图只放入到 {found.tiles.left_out - 1} 级，更细的超出 base_budget_mb"
            f"（{project.map.base_budget_mb:g}）",
            f"Note: the base map goes to level {found.tiles.left_out - 1}: finer ones exceed base_budget_mb "
            f"({project.map.base_budget_mb:g})",
        )
    tiles = found.tiles
    return Ground(found.name, found.datum, tiles.kind, tiles.credit, tiles.tiles, found.provider, found.key)


def _threads(sites: int) -> int:
    """How many parts of the outputs are made at a time: what one of very many sites needs is memory enough."""
    return 3 if sites < VERY_MANY_SITES else 1


def writer_for(project: Project) -> Writer | None:
    """A process that gets ready to write while data are read, where the sites' files say that there will be many."""
    paths = [project.folder / entry.path for entry in project.layers if entry.kind in SUBJECT_LAYERS]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    return Writer() if size > MANY_SITES * BYTES_OF_A_SITE else None


def _write_tables(
    staging: Path, findings: pd.DataFrame, sites: pd.DataFrame, result: Assessment, rejects: pd.DataFrame
) -> None:
    write_csv(findings, staging / "findings.csv")
    write_csv(sites[list(SITE_COLUMNS)], staging / "sites.csv")
    write_csv(result.sections[list(SECTION_COLUMNS)], staging / "sections.csv")
    write_csv(result.coverage[list(COVERAGE_COLUMNS)], staging / "coverage.csv")
    write_csv(rejects, staging / "rejects.csv")
    if result.changes is not None and result.this_run is not None:
        write_csv(result.changes.rows, staging / "changes.csv")
        write_csv(result.this_run.identities.matches, staging / "matches.csv")
    write_json(result.run, staging / "run.json")


def _geopackage(
    staging: Path,
    findings: pd.DataFrame,
    sites: pd.DataFrame,
    result: Assessment,
    rules: RuleSet,
    language: str,
    writer: Writer | None,
) -> Callable[[], None]:
    """What writes findings.gpkg when it is called."""
    layers = {
        "findings": _as_points(findings),
        "sites": _as_points(sites),
        "protection_zones": result.zones,
        "river_sections": result.sections,
    }
    styles = qgis_styles(rules.levels, language=language)
    file, day = staging / "findings.gpkg", result.run["as_of"]
    return partial(write_geopackage, layers, file, styles=styles, day=day, writer=writer)


def _tell_size(size: int, console: Console) -> None:
    if size > MUCH_FOR_A_PHONE:
        told = f"{size / 1e6:.0f} MB"
        console.say(
            f"注意：inspection.html 有 {told}，手机打开会慢；可按区县分成几个项目",
            f"Note: inspection.html has {told}, which phones open slowly; a project per district helps",
        )


def map_facts(rules: RuleSet, result: Assessment, metric_crs: str = "auto") -> dict[str, Any]:
    """What the page is told beside the frames."""
    run = result.run
    return {
        **{name: run[name] for name in ("title", "as_of", "version", "rule_books", "rejected", "build_id")},
        "levels": [{"code": code, "zh": word.zh, "en": word.en} for code, word in rules.levels.items()],
        "kinds": {code: {"zh": word.zh, "en": word.en} for code, word in rules.kinds.items()},
        "rules": {
            rule.id: rule_facts(rule, rules.statutory(rule), date.fromisoformat(run["as_of"]))
            for rule in rules.rules.values()
        },
        "not_assessed": _unassessed(result.coverage),
        "crs": plane(metric_crs),
        "notes": [{name: note[name] for name in ("code", "zh", "en")} for note in run["assumptions"]],
    }


def rule_facts(rule: Rule, statutory: bool, as_of: date) -> dict[str, Any]:
    """What the page is told of a rule; what it does not have is left out, and `reviewed` where it is.

    A screening criterion cites no article that would have to be compared with the law.
    """
    texts = {name: getattr(rule, name) for name in ("note", "penalty")}
    return {
        "title": rule.title.model_dump(),
        "in_force": rule.in_force(as_of),
        "about_zones": rule.placed and rule.of == ZONES,
        **{name: text.model_dump() for name, text in texts.items() if text},
        **({"evidence": [one.model_dump() for one in rule.evidence]} if rule.evidence else {}),
        **({"case": rule.case} if rule.case else {}),
        **({} if rule.is_reviewed(as_of) or not statutory else {"reviewed": False}),
    }


def _unassessed(coverage: pd.DataFrame) -> dict[str, int]:
    """How many answers are not assessed, by reason."""
    left = coverage[coverage["result"] == "not_assessed"]
    return {str(reason): int(sites) for reason, sites in left.groupby("reason")["sites"].sum().items()}


def _as_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row as one point at its lon and lat, so that QGIS draws the layer with one style."""
    return pd.DataFrame(frame.drop(columns="geometry"))
