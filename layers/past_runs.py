"""The folder that a run wrote -> what it says, as far as two runs can be compared."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ValidationError

from gis.faults import Fault, InputError
from gis.read import read
from layers.rule import ZONES
from layers.words import RESULTS, SEVERITIES

LAYERS_FILE = "findings.gpkg"
_OF_FILE = ("source_file", "source_row")  # where a row stood in its file is none of its attributes
# What findings.csv and sites.csv must have to be compared.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "findings.csv": (
        "finding_id", "rule_id", "result", "severity", "subject_layer", "subject_id", "subject_name", "zone_id",
        "citation",
    ),
    "sites.csv": ("layer", "site_id", "not_assessed", "lon", "lat"),
}  # fmt: skip
RUN_FILES = (*_NEEDED, "coverage.csv", "run.json", LAYERS_FILE)


class _Book(BaseModel):
    jurisdiction: str
    edition: str


class _OfRule(BaseModel):
    rule_id: str
    in_force: bool


class _Facts(BaseModel):
    """What of run.json is compared."""

    as_of: date
    language: Literal["zh", "en"]
    rule_books: list[_Book]
    rules: list[_OfRule]
    findings: int


class PastRun(NamedTuple):
    """What a run said, all as the text of its files.

    `findings`: findings.csv, a row per finding, by `finding_id`. `sites`: sites.csv, by layer and id, with further
    attributes where findings.gpkg is there. `zones` and `sections`: of findings.gpkg by id, with geometry; None where
    it is not there. `facts`: run.json. `blind`: of coverage.csv, by layer and rule how many rows have no answer.
    """

    findings: pd.DataFrame
    sites: pd.DataFrame
    zones: gpd.GeoDataFrame | None
    sections: gpd.GeoDataFrame | None
    facts: Mapping[str, Any]
    blind: Mapping[tuple[str, str], int]

    @property
    def as_of(self) -> str:
        return str(self.facts["as_of"])

    @property
    def books(self) -> set[tuple[str, str]]:
        """The rule books with their editions."""
        return {(book["jurisdiction"], book["edition"]) for book in self.facts["rule_books"]}

    @property
    def in_force(self) -> Mapping[str, bool]:
        """By rule of the books whether it was in force."""
        return {rule["rule_id"]: bool(rule["in_force"]) for rule in self.facts["rules"]}


def read_past_run(folder: Path, *, name: str) -> PastRun:
    """What the outputs in `folder` say; `name` is the folder as the user wrote it.

    Raises InputError(RUN_UNREADABLE) where findings.csv, sites.csv or run.json is absent or is not such a file.
    """
    try:
        facts = _facts(folder / "run.json")
        findings, sites = (_table(folder / file, needed) for file, needed in _NEEDED.items())
        _judge(findings, facts)
        blind = _blind(folder / "coverage.csv")
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {Path(str(getattr(error, 'filename', None) or error)).name}"
        raise InputError([Fault("RUN_UNREADABLE", file=name, facts={"found": found})]) from None
    findings = findings.drop_duplicates("finding_id").set_index("finding_id")
    sites = sites.drop_duplicates(["layer", "site_id"]).set_index(["layer", "site_id"])
    layers = folder / LAYERS_FILE
    if not layers.is_file():
        return PastRun(findings, sites, None, None, facts, blind)
    tables = {table: _layer(layers, table, name) for table in ("sites", ZONES, "river_sections")}
    further = tables["sites"].set_index(["layer", "site_id"])
    new = [column for column in further if column not in {*sites.columns, *_OF_FILE, "geometry"}]
    sites = sites.join(pd.DataFrame(further[new]), how="left").fillna("")
    zones, sections = (
        tables[table].set_index(key) for table, key in ((ZONES, "zone_id"), ("river_sections", "section_id"))
    )
    return PastRun(findings, sites, zones, sections, facts, blind)


def _facts(path: Path) -> dict[str, Any]:
    try:
        return _Facts.model_validate_json(path.read_bytes()).model_dump()
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ValueError(f"{path.name}: {where or 'JSON'}") from None


def _blind(path: Path) -> dict[tuple[str, str], int]:
    """By layer and rule how many rows have no answer; nothing where the file is not there."""
    if not path.is_file():
        return {}
    rows = _table(path, ("layer", "rule_id", "result", "sites"))
    rows = rows[rows["result"] == "not_assessed"]
    counts: dict[tuple[str, str], int] = {}
    for layer, rule, sites in zip(rows["layer"], rows["rule_id"], rows["sites"], strict=True):
        counts[layer, rule] = counts.get((layer, rule), 0) + int(sites)
    return counts


def _judge(findings: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    """Raises ValueError where rows were lost, or a word stands for no result: it would be told as a change."""
    if len(findings) != facts["findings"]:
        raise ValueError(f"findings.csv: {len(findings)} rows, run.json: {facts['findings']}")
    for name, known in (("result", RESULTS), ("severity", SEVERITIES)):
        unknown = sorted(set(findings[name]) - set(known))
        if unknown:
            raise ValueError(f"findings.csv: {name} {unknown[0]}")


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a CSV that a run wrote, as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file)
    lacking = [column for column in needed if column not in heading]
    if lacking or any(len(row) != len(heading) for row in rows):
        raise ValueError(f"{path.name}: {', '.join(lacking) or 'rows of different length'}")
    return pd.DataFrame(rows, columns=heading, dtype=object)


def _layer(path: Path, table: str, name: str) -> gpd.GeoDataFrame:
    """A layer of a GeoPackage that a run wrote, "" where a cell is empty; no row where the layer has none."""
    try:
        (found,) = read(path, name=f"{name}/{path.name}", table=table)
    except InputError as error:
        if any(fault.code != "EMPTY_LAYER" for fault in error.faults):
            raise
        ids = {"sites": ["layer", "site_id"], ZONES: ["zone_id"]}.get(table, ["section_id"])
        return gpd.GeoDataFrame({column: [] for column in ids}, geometry=[], crs="EPSG:4326")
    texts = found.frame.drop(columns=[*_OF_FILE, "geometry"], errors="ignore").fillna("")
    return gpd.GeoDataFrame(texts, geometry=found.frame.geometry, crs=found.frame.crs)
