"""The folder that a run wrote -> what it says, as far as two runs can be compared."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from gis.faults import Fault, InputError
from gis.read import read
from layers.rule import ZONES
from layers.words import RESULTS, SEVERITIES

LAYERS_FILE = "findings.gpkg"
MATCHES_FILE = "matches.csv"
OUTLINE = "outline_hash"  # of a zone: the same for the same outline
# Where a row stood in its file is none of its attributes.
_OF_FILE = ("source_file", "source_row", "source_file_text", "source_row_text")
# What findings.csv and sites.csv must have to be compared.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "findings.csv": (
        "finding_id", "rule_id", "result", "severity", "subject_layer", "subject_id", "subject_name", "zone_id",
        "citation",
    ),
    "sites.csv": ("layer", "site_id", "not_assessed", "lon", "lat"),
}  # fmt: skip
RUN_FILES = (*_NEEDED, "coverage.csv", "run.json", MATCHES_FILE, LAYERS_FILE)
_SAME_DIGITS = 7  # of degrees: a centimetre


class _Book(BaseModel):
    jurisdiction: str
    edition: str


class _OfRule(BaseModel):
    rule_id: str
    in_force: bool


class _Facts(BaseModel):
    """What of run.json is compared, and nothing else."""

    as_of: date
    language: Literal["zh", "en"]
    rule_books: list[_Book]
    rules: list[_OfRule]
    findings: int
    run_id: str = ""
    ledger: dict[str, Any] | None = None


Key = tuple[str, str]  # a layer and an id in it


class PastRun(NamedTuple):
    """What a run said, all as the text of its files.

    `findings`: findings.csv, a row per finding, by `finding_id`. `sites`: sites.csv, by layer and id, with further
    attributes where findings.gpkg is there. `zones`: of findings.gpkg by id, with OUTLINE instead of geometry, and
    `sections` by id; None where it is not there. `facts`: run.json. `blind`: of coverage.csv, by layer and rule how
    many rows have no answer. `identities`: of matches.csv, by layer and id the identity where it is another one.
    `asked`: ids for which it is in question which known one they are, and known ones of which it is where they went.
    `aliases`: identities that were another one's, by a person's word.
    """

    findings: pd.DataFrame
    sites: pd.DataFrame
    zones: pd.DataFrame | None
    sections: pd.DataFrame | None
    facts: Mapping[str, Any]
    blind: Mapping[Key, int]
    identities: Mapping[Key, str] = {}
    asked: frozenset[Key] = frozenset()
    aliases: Mapping[Key, str] = {}

    @property
    def as_of(self) -> str:
        return str(self.facts["as_of"])

    @property
    def run_id(self) -> str:
        """Which recorded run it is, "" where its files do not tell."""
        return str(self.facts.get("run_id") or "")

    @property
    def ledger_events(self) -> int | None:
        """How many events of the ledger it read; None where its files do not tell."""
        events = (self.facts.get("ledger") or {}).get("events")
        return None if events is None else int(events)

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
        identities, asked = _matches(folder / MATCHES_FILE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {Path(str(getattr(error, 'filename', None) or error)).name}"
        raise InputError([Fault("RUN_UNREADABLE", file=name, facts={"found": found})]) from None
    findings = findings.drop_duplicates("finding_id").set_index("finding_id")
    sites = sites.drop_duplicates(["layer", "site_id"]).set_index(["layer", "site_id"])
    layers = folder / LAYERS_FILE
    if not layers.is_file():
        return PastRun(findings, sites, None, None, facts, blind, identities, asked)
    tables = {table: _layer(layers, table, name) for table in ("sites", ZONES, "river_sections")}
    further = tables["sites"].set_index(["layer", "site_id"])
    new = [column for column in further if column not in {*sites.columns, *_OF_FILE, "geometry"}]
    sites = sites.join(pd.DataFrame(further[new]), how="left").fillna("")
    zones = with_outlines(tables[ZONES]).set_index("zone_id")
    sections = pd.DataFrame(tables["river_sections"][["section_id"]]).set_index("section_id")
    return PastRun(findings, sites, zones, sections, facts, blind, identities, asked)


def with_outlines(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """The zones with OUTLINE in place of their geometry: equal where no vertex differs by more than rounding."""
    geometry = np.asarray(zones.geometry.to_numpy(), dtype=object)
    rounded = shapely.normalize(shapely.transform(geometry, _rounded))
    shapes = shapely.to_wkb(rounded, byte_order=1, output_dimension=2)
    made = [hashlib.blake2b(shape or b"", digest_size=12).hexdigest() for shape in shapes]
    plain = pd.DataFrame(zones.drop(columns=zones.geometry.name))
    return plain.assign(**{OUTLINE: pd.Series(made, index=plain.index, dtype=object)})


def _rounded(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(places.round(_SAME_DIGITS) + 0.0)


def _matches(path: Path) -> tuple[dict[Key, str], frozenset[Key]]:
    """The identities that differ from the ids, and what is in question; nothing where the file is not there."""
    if not path.is_file():
        return {}, frozenset()
    rows = _table(path, ("layer", "id", "identity", "candidates"))
    identities = {
        (layer, own): identity
        for layer, own, identity in zip(rows["layer"], rows["id"], rows["identity"], strict=True)
        if own != identity
    }
    asked = {
        (layer, name)
        for layer, identity, others in zip(rows["layer"], rows["identity"], rows["candidates"], strict=True)
        if others
        for name in (identity, *others.split(";"))
    }
    return identities, frozenset(asked)


def facts_compared(run: Mapping[str, Any]) -> dict[str, Any]:
    """What of run.json is compared, of the facts of a run."""
    return _Facts.model_validate(run).model_dump(mode="json")


def _facts(path: Path) -> dict[str, Any]:
    try:
        return _Facts.model_validate_json(path.read_bytes()).model_dump(mode="json")
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
