"""The books of other countries: their levels and doubts, and real plants of the Rhineland and of Seine-Saint-Denis."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers.book_faults import check_book
from layers.examples import answers, wrong_examples
from layers.rule_book import BOOKS_FOLDER, rule_set
from layers.words import code_of
from tests.projects import headwater, rows_of

ABROAD = {
    "england-spz": ["SPZ1", "SPZ1c", "SPZ2", "SPZ2c", "SPZ3", "SPZ3c", "special"],
    "de-wsg": ["I", "II", "III", "IIIA", "IIIB"],
    "ch-gws": ["S1", "S2", "Sh", "Sm", "S3"],
    "fr-ppc": ["PPI", "PPR", "PPE"],
}
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize("book", ABROAD)
def test_a_book_abroad_has_levels_of_its_own_and_examples_that_hold(book: str) -> None:
    rules = rule_set([book], folder=Path())
    assert list(rules.levels) == ABROAD[book]
    assert len(answers(rules)) >= 3 * len(rules.rules)
    assert [fault.line("en") for fault in wrong_examples(rules)] == []
    assert check_book(BOOKS_FOLDER / f"{book}.toml", folder=Path()).sound


@pytest.mark.parametrize("book", ABROAD)
def test_what_was_not_read_is_never_a_violation(book: str) -> None:
    rules = rule_set([book], folder=Path())
    known = [rule for rule in rules.rules.values() if rule.is_reviewed(TODAY)]
    assert known
    for rule in rules.rules.values():
        if rule not in known:
            assert not rule.forbids(TODAY)
            assert "citation to be checked" in rules.citation(rule, "en", as_of=TODAY)
            assert {example.result for example in rule.example} <= {"check", "clear"}


def test_the_zones_of_england_are_no_law() -> None:
    rules = rule_set(["england-spz"], folder=Path())
    for rule in rules.rules.values():
        assert not rules.statutory(rule) and rule.effect == "conditional"
    assert all(rule_set([book], folder=Path()).books[0].statutory for book in ABROAD if book != "england-spz")


@pytest.mark.parametrize(
    ("book", "spelling", "level"),
    [
        ("england-spz", "Zone 1", "SPZ1"),
        ("england-spz", "2c", "SPZ2c"),
        ("england-spz", "Zone of Special Interest", "special"),
        ("de-wsg", "Schutzzone III A", "IIIA"),
        ("de-wsg", "Zone 2", "II"),
        ("de-wsg", "IIIB", "IIIB"),
        ("ch-gws", "S2", "S2"),
        ("ch-gws", "S_h", "Sh"),
        ("fr-ppc", "Périmètre de protection rapprochée", "PPR"),
        ("fr-ppc", "immédiat", "PPI"),
    ],
)
def test_spellings_of_levels_found_in_data_are_known(book: str, spelling: str, level: str) -> None:
    assert code_of(spelling, rule_set([book], folder=Path()).levels) == level


GERMAN = """
title = "Rheinland"
language = "en"
jurisdictions = ["de-wsg"]
as_of = 2026-11-22
[[layer]]
kind = "protection_zones"
path = "data/zones.gpkg"
[[layer]]
kind = "pollution_sources"
path = "{place}/rheinland.gpkg"
table = "industrial_dischargers"
[layer.columns]
source_id = "betriebs_nr"
[layer.constants]
kind = "industry"
operating = "operating"
{constants}
[[layer]]
kind = "pollution_sources"
path = "{place}/rheinland.gpkg"
table = "wastewater_plants"
[layer.columns]
source_id = "anlagen_nr"
[layer.constants]
kind = "wastewater_plant"
operating = "operating"
{constants}
"""


def zones_around(wells: gpd.GeoDataFrame, radii: dict[str, float], folder: Path) -> None:
    """Zones drawn as circles around real wells: no real outlines, but real places."""
    parts = [
        gpd.GeoDataFrame(
            {
                "zone_id": [f"{level}-{number}" for number in range(len(wells))],
                "name": wells["name"].fillna("?").to_numpy(),
                "level": level,
            },
            geometry=wells.geometry.buffer(radius).to_numpy(),
            crs=wells.crs,
        )
        for level, radius in radii.items()
    ]
    (folder / "data").mkdir(parents=True)
    pd.concat(parts).to_crs(4326).to_file(folder / "data" / "zones.gpkg", layer="zones")


@pytest.fixture(scope="module")
def rhineland(shared: Path) -> tuple[Path, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Where the data lie; captured springs, wells and galleries; dischargers and wastewater plants; in metres."""
    place = shared / "data" / "A_region_rheinland_de"
    read = {
        name: gpd.read_file(place / "rheinland.gpkg", layer=name).to_crs(25832)
        for name in ("groundwater_wells", "industrial_dischargers", "wastewater_plants")
    }
    wells = read["groundwater_wells"]
    wells = wells[wells["messstellenart"].isin(["gefasste Quelle", "Horizontalfilterbrunnen", "Sickerstollen"])]
    dischargers = read["industrial_dischargers"].rename(columns={"betriebs_nr": "id"})
    plants = read["wastewater_plants"].rename(columns={"anlagen_nr": "id"})
    return place, wells.reset_index(drop=True), pd.concat([dischargers[["id", "geometry"]], plants[["id", "geometry"]]])


RADII = {"I": 20.0, "II": 600.0, "III": 2000.0}


@pytest.mark.parametrize("constants", ["", "hazardous_to_water = true\napproved = false"])
def test_real_plants_of_the_rhineland_are_found_in_the_zones_they_lie_in(
    rhineland: tuple[Path, gpd.GeoDataFrame, gpd.GeoDataFrame], tmp_path: Path, constants: str
) -> None:
    place, wells, plants = rhineland
    zones_around(wells, RADII, tmp_path)
    text = GERMAN.format(place=place.as_posix(), constants=constants)
    (tmp_path / "headwater.toml").write_text(text, encoding="utf-8")
    done = headwater("run", tmp_path)
    assert done.returncode == 0, done.stderr
    findings = rows_of(tmp_path / "output" / "findings.csv")
    metres = np.array([plants.distance(well).to_numpy() for well in wells.geometry])  # wells × plants
    expected = {
        (str(id_), f"{level}-{well}")
        for level, radius in RADII.items()
        for well, plant in np.argwhere(metres < radius * 0.98)
        for id_ in [plants["id"].iloc[plant]]
        if level != "I"
    }
    found = {(row["subject_id"], row["zone_id"]) for row in findings if row["rule_id"] == "DE-SRC-01"}
    nearly = {
        (str(plants["id"].iloc[plant]), f"{level}-{well}")
        for level, radius in RADII.items()
        for well, plant in np.argwhere(metres < radius * 1.02)
    }
    assert len(expected) > 10
    assert expected <= found <= nearly
    banned = [row for row in findings if row["rule_id"] == "DE-STO-02" and row["zone_level"] == "II"]
    assert banned
    if constants:  # the attributes say it, so what is surely inside zone II is a violation
        assert {row["result"] for row in banned if float(row["depth_m"] or 0) > 20} == {"violation"}
        assert all("AwSV" in row["citation"] for row in banned)
    else:  # nothing said of what they handle or of an exemption: no violation anywhere
        assert {row["result"] for row in findings} == {"check"}
        assert all("hazardous_to_water" in row["text"] for row in banned)


FRENCH = """
title = "Seine-Saint-Denis"
language = "en"
jurisdictions = ["fr-ppc"]
as_of = 2026-11-22
[[layer]]
kind = "protection_zones"
path = "data/zones.gpkg"
[[layer]]
kind = "pollution_sources"
path = "{place}/icpe_seine_saint_denis.shp"
[layer.columns]
source_id = "code_aiot"
name = "nom_ets"
kind = "carriere"
[layer.values.kind]
"1" = "mine"
"*" = "industry"
"""


def test_real_works_of_seine_saint_denis_meet_the_perimeters(shared: Path, tmp_path: Path) -> None:
    place = shared / "data" / "A_extra_icpe_fr93"
    works = gpd.read_file(place / "icpe_seine_saint_denis.shp").to_crs(2154)
    middle = works[works["carriere"] == 1].reset_index(drop=True).assign(name="captage")
    radii = {"PPI": 30.0, "PPR": 500.0, "PPE": 3000.0}
    zones_around(middle, radii, tmp_path)
    (tmp_path / "headwater.toml").write_text(FRENCH.format(place=place.as_posix()), encoding="utf-8")
    done = headwater("run", tmp_path)
    assert done.returncode == 0, done.stderr
    findings = rows_of(tmp_path / "output" / "findings.csv")
    metres = np.array([works.distance(well).to_numpy() for well in middle.geometry])
    for rule, level in (("FR-PPR-01", "PPR"), ("FR-PPE-01", "PPE")):
        count = sum(row["rule_id"] == rule for row in findings)
        assert (metres < radii[level] * 0.97).sum() <= count <= (metres < radii[level] * 1.03).sum()
    in_the_middle = [row for row in findings if row["rule_id"] == "FR-PPI-01"]
    assert len(in_the_middle) >= len(middle)
    # Whether the works serve the supply, and whether the act allows them, is not in the data.
    assert {row["result"] for row in findings} == {"check"}
