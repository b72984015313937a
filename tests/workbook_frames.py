"""Small frames of a run, and the workbook that is made of them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import shapely
from python_calamine import CalamineWorkbook

from layers.ledger_columns import EXPORT_KEYS
from layers.ledger_rows import LEDGER, SOURCES, Frames, Problems, Told, problems
from layers.ledger_sheets import (
    Sheet,
    change_sheet,
    look_back_sheet,
    overdue_sheet,
    problem_sheet,
    section_sheet,
    unlisted_sheet,
)
from layers.ledger_statistics import tallies
from layers.words import Word
from maps.workbook import Filing, ledger_workbook

AS_OF = date(2017, 11, 30)
_SITE: dict[str, Any] = {
    "name": "排口整改", "kind": "outfall", "result": "clear", "severity": "", "status": None, "overdue": None,
    "deadline": None, "strictest_level": None, "violations": 0, "checks": 0, "not_assessed": 0, "not_assessed_why": "",
    "responsible_unit": None, "lon": 0.001, "lat": 0.001, "change": None, "source_id": None, "problem": None,
    "responsible_person": None, "supervising_leader": None, "goal": None, "measures": None, "completed_on": None,
    "accepted_on": None, "closed_on": None, "evidence": None, "photos": None,
}  # fmt: skip
_FINDING: dict[str, Any] = {
    "finding_id": "F-1", "rule_id": "CN-OUT-01", "result": "violation", "severity": "critical",
    "subject_layer": SOURCES, "subject_id": "S-1", "zone_id": "Z1", "relation": "inside",
    "citation": "《水污染防治法》第64条；《水法》第34条", "text": "位于一级保护区内", "remedy": "限期拆除",
}  # fmt: skip
_SECTION = {
    "section_id": "D-1", "name": "断面", "river": "水城河", "sampled_on": "2017-11-06", "class": "IV",
    "target_class": "III", "attained": False, "deciding": None, "multiples": None, "undecided": None, "samples": None,
    "lon": 104.8, "lat": 26.6,
}  # fmt: skip
TITLES = {"CN-OUT-01": Word("保护区内设置排污口", "Outfall inside a protection zone")}


def sites_of(rows: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Sites; what a row does not say is as of a site that nothing is known of."""
    frame = pd.DataFrame([{**_SITE, **row} for row in rows], columns=_columns(rows), dtype=object)
    places = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame.astype({"lon": float, "lat": float}), geometry=places, crs="EPSG:4326")


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(["layer", "site_id", *_SITE, *(name for row in rows for name in row)]))


def remediation(site_id: str, **cells: Any) -> dict[str, Any]:
    """A remediation site."""
    return {"layer": LEDGER, "site_id": site_id, "status": "on_schedule", "overdue": False, **cells}


def source(site_id: str, **cells: Any) -> dict[str, Any]:
    """A pollution source."""
    return {"layer": SOURCES, "site_id": site_id, **cells}


def findings_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """Findings in one language."""
    return pd.DataFrame([{**_FINDING, **row} for row in rows], columns=list(_FINDING), dtype=object)


def sections_of(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """River sections."""
    frame = pd.DataFrame([{**_SECTION, **row} for row in rows], columns=list(_SECTION), dtype=object)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def frames_of(
    rows: Sequence[dict[str, Any]], *findings: dict[str, Any], district: Sequence[str | None] | None = None
) -> Frames:
    """A run's frames, with a zone of level 1 of the reservoir 玉舍水库 around the place of all sites."""
    sites = sites_of(rows)
    zone = {"zone_id": ["Z1"], "name": ["一级区"], "level": ["1"], "source_name": ["玉舍水库"]}
    zones = gpd.GeoDataFrame(zone, geometry=[shapely.box(0, 0, 0.01, 0.01)], crs="EPSG:4326")
    return Frames(sites, findings_of(*findings), zones, {"CN-OUT-01"}, district or [None] * len(sites))


def sheets_of(
    frames: Frames,
    *,
    told: Told | None = None,
    sections: gpd.GeoDataFrame | None = None,
    changes: pd.DataFrame | None = None,
    language: str = "zh",
) -> tuple[list[Sheet], Problems]:
    """All sheets but the statistics, and the rows of the first."""
    found = problems(frames, told or {}, as_of=AS_OF, language=language)
    sheets = [
        problem_sheet(found),
        overdue_sheet(found),
        look_back_sheet(found, frames.findings, as_of=AS_OF, language=language),
        unlisted_sheet(frames, language=language),
        section_sheet(sections if sections is not None else sections_of(), frames.findings, language),
        change_sheet(changes, TITLES, {"Z1": "一级区"}, language),
    ]
    return sheets, found


def filing(language: str = "zh", title: str = "测试项目") -> Filing:
    """What stands on the workbook as a whole."""
    return Filing(title, AS_OF, language, {key: f"value of {key}" for key in EXPORT_KEYS}, ["有 1 行数据未被接受。"])


def written(
    path: Path, frames: Frames, *, language: str = "zh", title: str = "测试项目", **more: Any
) -> dict[str, int]:
    """Writes the workbook of these frames; what was cut."""
    sheets, found = sheets_of(frames, language=language, **more)
    return ledger_workbook(sheets, tallies(found, frames, language=language), filing(language, title), path)


def cells_of(path: Path, sheet: str) -> list[list[Any]]:
    """All cells of a sheet, from A1."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def xml_of(path: Path, ending: str = ".xml") -> dict[str, ElementTree.Element]:
    """The parts of a workbook, parsed."""
    with zipfile.ZipFile(path) as file:
        names = [name for name in file.namelist() if name.endswith(ending)]
        return {name: ElementTree.fromstring(file.read(name)) for name in names}  # noqa: S314 - written by us


def all_of(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """All elements of this name, whatever its namespace."""
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == name]
