"""A project's inputs -> everything a run knows: findings, sites, sections, coverage and what was assumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.kept import Kept
from layers import coverage
from layers.assumptions import assumptions
from layers.footprints import SOURCES
from layers.load import Inputs
from layers.map_questions import MapQuestions, map_questions
from layers.photos import NO_PHOTOS, Photos
from layers.project import Project
from layers.project_surroundings import surroundings_of
from layers.rule_book import ZONES, Rule, RuleSet
from layers.rules import Answers, Judged, put_together
from layers.sections import sections_frame
from layers.sites import CLASS, sites_frame
from layers.surroundings import SUBJECT_LAYERS, Surroundings, left_out
from layers.tally import SiteAnswers
from layers.verdicts import OF_NAMES
from layers.words import RESULTS, SEVERITIES
from layers.zone_versions import not_in_force

if TYPE_CHECKING:
    from layers.changes import Changes
    from layers.ledger_state import State
    from layers.run_memory import Memory
    from layers.run_records import ThisRun
    from layers.told_history import ToldHistory

CONTEXT_KINDS = ("rivers", "water_bodies", "intakes", "districts")


class Counts(NamedTuple):
    """How many answers and how many sites have each result, findings, overdue problems, positions taken as exact.

    `unstated`: by rule, of how many sites the record does not state what the rule asks for.
    """

    results: Mapping[str, int]
    sites: Mapping[str, int]
    severities: Mapping[str, int]  # findings
    findings: int
    overdue: int
    exact: int
    unstated: Mapping[str, int]


class Assessment(NamedTuple):
    """The frames of docs/architecture.md, `answers` to all rules, `counts`, and `run`, what run.json holds.

    `questions`: what the map needs to answer about further places. `this_run`: which run this is, and `state`, what the
    ledger says on its day; `history`: what the map tells of it; `changes`: against the run before; `memory`:
    what it leaves to the next one. All None where the ledger was not asked.
    """

    findings: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    sections: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    context: Mapping[str, gpd.GeoDataFrame]
    coverage: pd.DataFrame
    answers: SiteAnswers
    counts: Counts
    run: dict[str, Any]
    questions: MapQuestions
    photos: Photos = NO_PHOTOS
    this_run: ThisRun | None = None
    history: ToldHistory | None = None
    changes: Changes | None = None
    memory: Memory | None = None

    @property
    def state(self) -> State | None:
        """The state of every site on the ledger."""
        return self.this_run.state if self.this_run else None


def assess(
    project: Project,
    inputs: Inputs,
    around: Surroundings,
    judged: Mapping[str, Judged],
    *,
    version: str,
    photos: Photos = NO_PHOTOS,
) -> Assessment:
    """What was judged of each layer of sites, put together in the frames and facts of a run."""
    answers, rules = put_together(inputs.frames, around, judged), around.rules
    sites = sites_frame(inputs.frames, _with_classes(answers), as_of=project.as_of)
    of_site = sites.pop(CLASS).to_numpy(dtype=np.int64) if CLASS in sites else np.zeros(0, dtype=np.int64)
    counts = counts_of(inputs.frames, answers, sites)
    sections, zones = sections_frame(inputs.frames), zones_in_force(inputs, project)
    others = {
        layer: _class_of(answers.classes[layer].of_site, one[name], shown[name])
        for layer, name, one, shown in (
            ("river_sections", "section_id", inputs.frames.get("river_sections"), sections),
            (ZONES, "zone_id", around.frames.get(ZONES), zones),
        )
        if one is not None and layer in answers.classes
    }
    return Assessment(
        answers.findings,
        sites,
        sections,
        zones,
        {kind: inputs.frames[kind] for kind in CONTEXT_KINDS if kind in inputs.frames},
        answers.coverage,
        SiteAnswers(of_site, answers.classes, others),
        counts,
        facts_of_run(project, rules, inputs, answers.extents, counts, version=version, photos=photos),
        map_questions(_asked_about_sources(project, inputs, around)),
        photos,
    )


def _asked_about_sources(project: Project, inputs: Inputs, around: Surroundings) -> Surroundings:
    """The surroundings with the rules about sources, which those of a project that has none do not know."""
    if SOURCES in inputs.frames:
        return around
    nobody = gpd.GeoDataFrame({"kind": []}, geometry=[], crs="EPSG:4326")
    frames = {**inputs.frames, SOURCES: nobody}
    return surroundings_of(project, around.rules, inputs._replace(frames=frames), Kept(None))


def _with_classes(answers: Answers) -> Answers:
    """The answers with the class of each site among its verdicts, so that it is sorted with its site."""
    verdicts = {layer: one.assign(**{CLASS: answers.classes[layer].of_site}) for layer, one in answers.verdicts.items()}
    return answers._replace(verdicts=verdicts)


def _class_of(classes: NDArray[np.int64], judged: pd.Series, shown: pd.Series) -> NDArray[np.int64]:
    """The class of each of the ids `shown`, of the classes of the ids as they were judged."""
    of = pd.Series(classes, index=judged.to_numpy())
    return np.asarray(of[~of.index.duplicated()].reindex(shown.to_numpy()), dtype=np.int64)


def counts_of(frames: Mapping[str, gpd.GeoDataFrame], answers: Answers, sites: gpd.GeoDataFrame) -> Counts:
    """The counts of these sites and of what was answered about them."""
    results = answers.coverage.groupby("result")["sites"].sum()
    exact = sum(int(frames[layer]["located_to_metres"].isna().sum()) for layer in SUBJECT_LAYERS if layer in frames)
    return Counts(
        {result: int(results.get(result, 0)) for result in RESULTS},
        {result: int((sites["result"] == result).sum()) for result in RESULTS},
        {severity: int((answers.findings["severity"] == severity).sum()) for severity in SEVERITIES},
        len(answers.findings),
        _overdue(sites),
        exact,
        dict(answers.unstated),
    )


def zones_in_force(inputs: Inputs, project: Project) -> gpd.GeoDataFrame:
    """The zones in force, sorted by id."""
    if ZONES not in inputs.frames:
        names = ("zone_id", "name", "level", "source_name", "medium", "document")
        return gpd.GeoDataFrame({name: [] for name in names}, geometry=[], crs="EPSG:4326")
    zones = coverage.in_force(inputs.frames[ZONES], project.as_of.isoformat())
    return zones.sort_values("zone_id", kind="stable", ignore_index=True)


def facts_of_run(
    project: Project,
    rules: RuleSet,
    inputs: Inputs,
    extents: Mapping[str, coverage.Extent],
    counts: Counts,
    *,
    version: str,
    further: Sequence[Mapping[str, str]] = (),
    photos: Photos = NO_PHOTOS,
) -> dict[str, Any]:
    """What run.json holds: no clock time, no path of the machine. `further`: more that a reader must know."""
    run: dict[str, Any] = {
        "title": project.title,
        "as_of": project.as_of.isoformat(),
        "language": project.language,
        "version": version,
        "inputs": list(inputs.inputs),
        "rule_books": [
            {
                "jurisdiction": book.jurisdiction,
                "edition": book.edition,
                "statutory": book.statutory,
                "title": {"zh": book.title.zh, "en": book.title.en},
            }
            for book in rules.books
        ],
        "rules": [_rule(project, rules, key) for key in rules.rules],
        "results": dict(counts.results),
        "sites": dict(counts.sites),
        "findings": counts.findings,
        "overdue": counts.overdue,
        "rejected": sum(one["rejected"] for one in inputs.inputs),
        "assumptions": assumptions(extents, project)
        + _left_out(left_out(rules, inputs.frames, project.as_of))
        + _unstated(counts.unstated)
        + _warnings(inputs, project, counts.exact)
        + [dict(one) for one in (*further, *photos.assumptions)],
        "notes": [*inputs.notes, *photos.notes],
        "photos": dict(photos.counts),
    }
    return with_build_id(run)


def with_build_id(run: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a run with `build_id`, a digest of all others."""
    others = {name: fact for name, fact in run.items() if name != "build_id"}
    digest = hashlib.sha256(json.dumps(others, sort_keys=True, default=str).encode()).hexdigest()
    return {**others, "build_id": digest[:16]}


def _overdue(sites: gpd.GeoDataFrame) -> int:
    """Problems on the ledger that are overdue; a source shows its ledger row's state, and is no second problem."""
    ledger = sites.loc[sites["layer"] == "remediation_sites", "overdue"]
    return sum(late is True for late in ledger)


def _rule(project: Project, rules: RuleSet, key: str) -> dict[str, Any]:
    rule = rules.rules[key]
    in_force = rule.in_force(project.as_of)
    return {
        "rule_id": key,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "jurisdiction": rules.book_of[key].jurisdiction,
        "in_force": in_force,
        "reviewed": rule.is_reviewed(project.as_of),
        "citation": {
            language: rules.citation(rule, language, as_of=project.as_of) if in_force else ""
            for language in ("zh", "en")
        },
    }


def _left_out(rules: Sequence[Rule]) -> list[dict[str, str]]:
    """Prompts that were not asked, since the project has no such layer."""
    return [
        {
            "code": "PROMPT_LEFT_OUT",
            "zh": f"没有{OF_NAMES[rule.of]['zh']}图层（{rule.of}）：工作提示“{rule.title.zh}”（{rule.id}）没有提问。",
            "en": f"No layer {rule.of}: the prompt “{rule.title.en}” ({rule.id}) was not asked.",
        }
        for rule in rules
    ]


def _unstated(unstated: Mapping[str, int]) -> list[dict[str, str]]:
    """Rules that look at what a record states, and were not asked where it states nothing."""
    told = [f"{rule} ({sites})" for rule, sites in sorted(unstated.items()) if sites]
    if not told:
        return []
    return [
        {
            "code": "RULE_NOT_ASKED",
            "zh": f"登记资料没有填写所需内容，下列规则没有对这些对象提问（括号内为对象数）：{'、'.join(told)}。",
            "en": "Rules not asked of sites whose records do not state what they need (number of sites): "
            f"{', '.join(told)}.",
        }
    ]


def _warnings(inputs: Inputs, project: Project, exact: int) -> list[dict[str, str]]:
    """What a reader of the map must know before trusting a `clear`."""
    told = []
    for kind in sorted({*inputs.refused, *inputs.refused_without_place}):
        without_place = inputs.refused_without_place.get(kind, 0)
        refused = len(inputs.refused.get(kind, ())) + without_place
        name = OF_NAMES[kind]
        told.append(
            {
                "code": "ZONE_REFUSED",
                "zh": f"有 {refused} 行{name['zh']}数据未被接受（见 rejects.csv）：其范围内不作无冲突结论。"
                + (f"其中 {without_place} 行没有可用的位置，不知影响何处。" if without_place else ""),
                "en": f"Rejected rows ({name['en']}): {refused} (see rejects.csv): nothing there is called clear."
                + (f" {without_place} of them have no usable place, so where is not known." if without_place else ""),
            }
        )
    suspected = [fault for fault in inputs.faults if fault.code == "DATUM_SUSPECT"]
    if suspected:
        layers = ", ".join(f"{fault.file} ({fault.layer})" for fault in suspected)
        told.append(
            {
                "code": "DATUM_SUSPECT",
                "zh": f"可能是网络地图的偏移坐标：{layers}；见 rejects.csv。"
                "在说明坐标基准（datum）之前，其位置按偏移量的误差处理。",
                "en": f"Probably offset as on a web map: {layers}; see rejects.csv. Until `datum` is stated, "
                "their positions count as uncertain by the offset.",
            }
        )
    if exact:
        told.append(
            {
                "code": "POSITIONS_TAKEN_AS_EXACT",
                "zh": f"有 {exact} 个点位没有说明位置精度，按准确处理。",
                "en": f"Sites without a stated position accuracy: {exact}; taken as exact.",
            }
        )
    if ZONES in inputs.frames:
        told += not_in_force(inputs.frames[ZONES], zones_in_force(inputs, project), project.as_of)
    if "samples" in inputs.frames:
        told.append(
            {
                "code": "SAMPLES_NOT_CLASSIFIED",
                "zh": "水质样品已读取，但本次运行只使用断面自带的水质类别。",
                "en": "The samples were read, but this run uses only the class that the sections state.",
            }
        )
    return told
