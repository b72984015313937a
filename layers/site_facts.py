"""What a project says of one site beside the ledger: its row as it is now, and what the last run found of it."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd

from layers.evidence import classes_named
from layers.known_sites import KnownSites
from layers.load import inputs_of, load_entry, without_duplicates
from layers.overrides import facts_of
from layers.past_runs import read_past_run
from layers.project import Project
from layers.rule_book import ZONES, RuleSet
from layers.surroundings import SUBJECT_ID, SUBJECT_LAYERS

SECTIONS = "river_sections"
Finding = Mapping[str, str]
_NEAR, _SHORTEST_NAME = 5, 3
_OF_SECTION = ("section_id", "断面编号", "断面编码")


class SiteFacts(NamedTuple):
    """A site: its name and unit as its row has them, and whether its problem is about the quality of water.

    `target_class`: of the section that is named, or that the goal names. `findings`: of the last run, by id; None where
    there was no run. `judged`: of a finding that a person has a word on, the facts that the word is about.
    """

    layer: str
    site_id: str
    name: str = ""
    responsible_unit: str | None = None
    about_water: bool = False
    target_class: str | None = None
    findings: Mapping[str, Finding] | None = None
    judged: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def frames_now(project: Project, rules: RuleSet, *, zones: bool = False) -> dict[str, gpd.GeoDataFrame]:
    """The sites and sections of a project's data as they are now, and where asked for its zones.

    Raises InputError where a file of them cannot be used.

    Not the tables of the last run: those may be of another day, or older than the data.
    """
    tables, unusable = [], []
    for at, entry in enumerate(project.layers):
        if entry.kind in (*SUBJECT_LAYERS, SECTIONS) or (zones and entry.kind == ZONES):
            found, faults = load_entry(project, at, kinds=rules.kinds, levels=rules.levels)
            tables += found
            unusable += faults
    return inputs_of(without_duplicates(tables), unusable).frames if tables or unusable else {}


def near_ids(site_id: str, known: Sequence[str]) -> list[str]:
    """Known ids and names that are spelled most like the one that was given."""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(site_id.casefold(), list(folded), n=_NEAR, cutoff=0.5)
    return [folded[one] for one in found]


def site_facts(site: tuple[str, str], frames: Mapping[str, gpd.GeoDataFrame], output: Path) -> SiteFacts:
    """What the data in `frames`, and the findings that the last run left in `output`, say of a site."""
    known = KnownSites(frames)
    row = {name: known.cell(site, name) for name in ("name", "responsible_unit", "source_id", "problem", "goal")}
    row |= {name: known.cell(site, name) for name in _OF_SECTION}
    found = _findings(output, {site, ("pollution_sources", str(row["source_id"] or ""))})
    own = None if found is None else {one["finding_id"]: one for one in found if _site(one) == site}
    section = _section(row, frames.get(SECTIONS))
    named = classes_named(str(row["goal"] or "")) if "水质" in str(row["goal"] or "") else []
    of_quality = any(one["relation"] == "quality" for one in found or ())
    target = section.get("target_class") if section else None
    return SiteFacts(
        *site,
        str(row["name"] or ""),
        row["responsible_unit"],
        of_quality or section is not None or bool(named),
        target or (named[-1] if named else None),
        own,
    )


def with_judged(facts: SiteFacts, finding: str | None, output: Path) -> SiteFacts:
    """The same with the facts that a person's word on `finding` is about, as the last run left them in `output`."""
    if finding is None or finding not in (facts.findings or {}):
        return facts
    return facts._replace(judged=facts_of(read_past_run(output, name=output.name), [finding]))


def _site(finding: Finding) -> tuple[str, str]:
    return finding["subject_layer"], finding["subject_id"]


def _findings(output: Path, sites: set[tuple[str, str]]) -> list[Finding] | None:
    """The findings of some sites in findings.csv; None where there is none that can be read."""
    try:
        with (output / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
            return [row for row in csv.DictReader(file) if _site(row) in sites and row["relation"] is not None]
    except (OSError, ValueError, KeyError, csv.Error):
        return None


def _section(row: Mapping[str, Any], sections: gpd.GeoDataFrame | None) -> Mapping[str, Any] | None:
    """The section that a problem is about: whose id it names as its source or its section, or whose name it tells."""
    if sections is None or not len(sections):
        return None
    ids = {str(row[name]) for name in ("source_id", *_OF_SECTION) if row[name]}
    told = " ".join(str(row[name] or "") for name in ("name", "problem", "goal"))
    for one, name, target in zip(sections[SUBJECT_ID[SECTIONS]], sections["name"], _targets(sections), strict=True):
        if str(one) in ids or (name and len(str(name)) >= _SHORTEST_NAME and str(name) in told):
            return {"section_id": one, "target_class": target}
    return None


def _targets(sections: gpd.GeoDataFrame) -> Sequence[Any]:
    if "target_class" not in sections:
        return [None] * len(sections)
    return [None if one != one else one for one in sections["target_class"]]
