"""A planner's question put to a project: today's answers, those of a what-if, and how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.faults import Fault
from gis.kept import Kept
from layers.assess import Counts, facts_of_run
from layers.footprints import Footprints
from layers.load import Inputs
from layers.loaded import Loaded
from layers.planning import ANSWERS, Answered, answered, inputs_around, project_tables
from layers.project import Project
from layers.rule_book import ZONES, RuleSet
from layers.site_answers import Told, sites_told, told
from layers.variants import answers_by_value, flagged_by_place
from layers.what_if import WhatIf, counts_of, differences, widened

ANSWER_COLUMNS = (
    "id",
    "name",
    "kind",
    "row",
    "rule_id",
    "title",
    "answer",
    "reason",
    "zone_ids",
    "distance_m",
    "depth_m",
    "overlap_m2",
    "overlap_m",
    "overlap_share",
    "margin_m",
    "move_m",
    "citation",
    "text",
    "remedy",
    "filing",
)
# Sites answered about in full: in both languages, and with what each value of a missing attribute would give.
MOST_IN_FULL = 20
_NEARLY = 0.5  # degrees around the zones' box within which a place is taken to be meant so


class Setting(NamedTuple):
    """What footprints are judged against: a project on its date, the rules, and what was read of its files."""

    project: Project
    rules: RuleSet
    inputs: Inputs


class Reply(NamedTuple):
    """The answer to a question.

    `sites`: one dict per footprint (`layers.site_answers`). `facts`: what a run of the project would tell of its
    inputs, rule books and assumptions. `differences` (DIFFERENCE_COLUMNS) and `counts` against today's answers, where
    something was asked to be otherwise. `notes`: further things to know, in both languages.
    """

    sites: list[dict[str, Any]]
    told: Told
    facts: Mapping[str, Any]
    today: Answered | None
    differences: gpd.GeoDataFrame | None
    counts: Mapping[str, Any] | None
    notes: Sequence[Mapping[str, str]]

    @property
    def in_full(self) -> bool:
        """Whether the sites are few enough to be told in full."""
        return len(self.sites) <= MOST_IN_FULL


def read_setting(project: Project, rules: RuleSet, kept: Kept) -> tuple[Setting, list[Loaded]]:
    """What the project's files give, and its tables; raises InputError where one that is needed is unusable."""
    tables, unusable = project_tables(project, rules, kept)
    return Setting(project, rules, inputs_around(tables, unusable)), tables


def otherwise(setting: Setting, what_if: WhatIf, books: RuleSet | None, kept: Kept) -> Setting:
    """The setting as the what-if would have it; `books` are the rules of its rule books.

    Files are read again only where the other books know other words.
    """
    rules = books or setting.rules
    project = setting.project.model_copy(update={"as_of": what_if.as_of or setting.project.as_of})
    inputs = setting.inputs
    if (rules.levels, rules.kinds) != (setting.rules.levels, setting.rules.kinds):
        inputs = read_setting(project, rules, kept)[0].inputs
    if what_if.buffer_m:
        rules = widened(rules, what_if.buffer_m)
    return Setting(project, rules, inputs)


def reply(
    asked: Footprints, today: Setting, other: Setting | None, *, reach: float, kept: Kept, language: str, version: str
) -> Reply:
    """The answers about all footprints in the `other` setting, where there is one, else as things are today."""
    setting = other or today
    footprints = asked.frame
    now = answered(footprints, *setting, kept)

    def ask(frame: gpd.GeoDataFrame) -> Answered:
        return answered(frame, *setting, kept)

    in_full = len(footprints) <= MOST_IN_FULL
    every = told(
        footprints,
        now,
        reach=reach,
        by_place=flagged_by_place(footprints, now, ask),
        with_values=answers_by_value(footprints, now, ask) if in_full else {},
    )
    sites = sites_told(every, language, in_full=in_full)
    before, found, counts = None, None, None
    if other is not None:
        before = answered(footprints, *today, kept)
        found = differences(footprints, before, now, language)
        counts = counts_of(found, before, now)
        _add_today(sites, before)
    facts = _facts(asked, setting, now, version)
    return Reply(sites, every, facts, before, found, counts, _notes(asked, now))


def _add_today(sites: Sequence[dict[str, Any]], today: Answered) -> None:
    """Today's verdict of each site, and today's answer beside each rule's; None where the rule is not asked today."""
    words = [*ANSWERS, None]
    column = {rule.id: at for at, rule in enumerate(today.rules)}
    verdicts = today.verdict
    for row, site in enumerate(sites):
        site["today"] = ANSWERS[verdicts[row]]
        for rule in site["rules"]:
            at = column.get(rule["rule_id"])
            rule["today"] = None if at is None else words[today.answer[row, at]]


def _facts(asked: Footprints, setting: Setting, now: Answered, version: str) -> dict[str, Any]:
    exact = int(asked.frame["located_to_metres"].isna().sum())
    counts = Counts({}, {}, {}, 0, 0, exact, now.unstated)
    project, rules, inputs = setting
    return facts_of_run(project, rules, inputs, now.around.extents, counts, version=version)


def _notes(asked: Footprints, now: Answered) -> list[dict[str, str]]:
    """What a reader must know of how the footprints were taken."""
    notes = []
    if asked.assumed_planned:
        notes.append(
            {
                "code": "TAKEN_AS_PLANNED",
                "zh": "没有说明运行状态，按拟建评估。",
                "en": "Whether it operates was not stated; taken as planned.",
            }
        )
    zones = now.around.frames.get(ZONES)
    if zones is not None and len(zones):
        swapped = _perhaps_swapped(asked.frame, shapely.total_bounds(zones.geometry.to_numpy()))
        if swapped:
            notes.append(
                {
                    "code": "PERHAPS_SWAPPED",
                    "zh": f"有 {swapped} 个位置远离全部保护区，经度与纬度交换后则在其附近：请核对，程序不自行交换。",
                    "en": f"{swapped} place(s) lie far from every zone, and near them with longitude and latitude "
                    "exchanged: check; nothing was exchanged.",
                }
            )
    return notes


def _perhaps_swapped(footprints: gpd.GeoDataFrame, box: Any) -> int:
    """How many footprints lie far from the box, but near it with their axes exchanged."""
    points = shapely.centroid(footprints.geometry.to_numpy())
    x, y = shapely.get_x(points), shapely.get_y(points)

    def near(lon: Any, lat: Any) -> Any:
        west, south, east, north = box + np.array([-_NEARLY, -_NEARLY, _NEARLY, _NEARLY])
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    return int((~near(x, y) & near(y, x)).sum())


def row_of(asked: Footprints, row: int) -> dict[str, Any]:
    """Id, name, kind, file and row of a footprint."""
    site = asked.frame.iloc[row]
    return {"id": site["source_id"], "name": site["name"], "kind": site["kind"], "row": int(site["source_row"])}


def rejected(faults: Sequence[Fault], language: str) -> list[dict[str, Any]]:
    """The rows of a file of footprints that were not accepted, with reason and proposal."""
    return [
        {
            "file": fault.file,
            "layer": fault.layer,
            "row": fault.row,
            "column": fault.column,
            "value": fault.value,
            "code": fault.code,
            "reason": fault.reason(language),
            "proposal": fault.proposal(language),
        }
        for fault in faults
    ]


def answers_frame(found: Reply, asked: Footprints) -> gpd.GeoDataFrame:
    """One row per footprint and rule that is about such a site, ANSWER_COLUMNS, with the footprint's geometry.

    A footprint that no rule is about has one row with an empty `rule_id`: not assessed.
    """
    rows, geometry = [], []
    for row, site in enumerate(found.sites):
        known = row_of(asked, row)
        for rule in site["rules"] or [{"rule_id": "", "answer": site["verdict"], "reason": site["reason"]}]:
            hits = rule.get("hits", ())
            told = {**known, **rule, "zone_ids": ";".join(dict.fromkeys(str(hit["zone_id"]) for hit in hits))}
            rows.append([told.get(name) for name in ANSWER_COLUMNS])
            geometry.append(asked.frame.geometry.iloc[row])
    columns = {name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(ANSWER_COLUMNS)}
    return gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")
