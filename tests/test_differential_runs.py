"""One project with every kind of rule, judged whole, part by part, as sets, and after a change: the same answers.

layers.rejudge, layers.partitions, layers.gathering and layers.set_outputs against layers.rules in one piece.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers import partitions
from layers.rule import Minimum, Rule
from layers.rule_book import rule_set
from scripts import run_project as command
from scripts.console import Console
from tests.projects import rows_of
from tests.set_projects import LAYERS, files_of, set_project
from tests.shapes import frame, square
from tests.test_layers_partitions import Abroad, _cell, crew

__all__ = ["crew"]  # a fixture

MORE = (
    '[[layer]]\nkind = "river_sections"\npath = "data/sections.gpkg"\n'
    '[[layer]]\nkind = "rivers"\npath = "data/rivers.gpkg"\n'
    '[[layer]]\nkind = "intakes"\npath = "data/intakes.gpkg"\n'
)
# The national book has rules with every key but `minimum`, and one with `zone_where` for few kinds only.
LOCAL = """
jurisdiction = "local"
title = { zh = "本地", en = "Local" }
edition = "2026-01-01"

[[rule]]
id = "LOC-1"
title = { zh = "占用", en = "Land taken" }
subject = "pollution_sources"
relation = "inside"
minimum = { area_m2 = 20000, area_share = 0.3, length_m = 200 }
effect = "prohibited"
severity = "major"
remedy = { zh = "恢复", en = "Restore" }
basis = [{ instrument = { zh = "条例", en = "Ordinance" }, article = "1", from = 2010-01-01 }]
example = [
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POLYGON ((0 0, 300 0, 300 300, 0 300, 0 0))", result = "violation" },
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", result = "clear" },
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POLYGON ((0 0, 142 0, 142 142, 0 142, 0 0))", located_to_metres = 20, result = "check" },
]

[[rule]]
id = "LOC-2"
title = { zh = "潜水", en = "Unconfined aquifer" }
subject = "pollution_sources"
relation = "inside"
zone_where = { aquifer = ["unconfined"] }
effect = "prohibited"
severity = "major"
remedy = { zh = "恢复", en = "Restore" }
basis = [{ instrument = { zh = "条例", en = "Ordinance" }, article = "1", from = 2010-01-01 }]
example = [
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POINT (50 50)", zone_aquifer = "unconfined", result = "violation" },
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POINT (50 50)", zone_aquifer = "confined", result = "clear" },
  { zone = "POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0))", level = "1", kind = "industry", subject = "POINT (50 50)", zone_aquifer = "", result = "check" },
]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of tests.set_projects with attributes, dates, sections, rivers and an intake, under three books."""
    folder = set_project(tmp_path, layers=LAYERS + MORE)
    data, random = folder / "data", np.random.default_rng(11)
    for part in sorted((data / "sources").iterdir()):
        attributed(gpd.read_parquet(part), random).to_parquet(part)
    zones = gpd.read_file(data / "zones.gpkg")
    given: dict[str, Any] = {"aquifer": ["unconfined", None, None], "signs": ["是", None, "是"], "source_name": "水库"}
    given |= {"risk_survey_on": ["2016-01-01", "2026-01-01", None], "medium": "surface"}
    zones.assign(**given).to_file(data / "zones.gpkg", layer="zones")
    sections = {"section_id": ["X1", "X2", "X3"], "name": "断面", "target_class": ["II", "III", None]}
    places = frame("POINT (500 500)", "POINT (1300 500)", "POINT (9000 0)", **sections)
    places.assign(measured_class=["IV", "V", "III"]).to_file(data / "sections.gpkg")
    frame("LINESTRING (-3000 300, 6000 300)", river_id=["V1"], name=["长江"], yangtze=["main"]).to_file(
        data / "rivers.gpkg"
    )
    frame("POINT (500 900)", intake_id=["I1"], name=["取水口"], kind=["town"]).to_file(data / "intakes.gpkg")
    (folder / "local.toml").write_text(LOCAL, encoding="utf-8")
    settings = (folder / "headwater.toml").read_text(encoding="utf-8")
    settings = settings.replace('["cn"]', '["cn", "cn-qixingguan", "local.toml"]').replace("2017-11-30", "2026-11-30")
    (folder / "headwater.toml").write_text(settings, encoding="utf-8")
    return folder


def attributed(sources: gpd.GeoDataFrame, random: np.random.Generator) -> gpd.GeoDataFrame:
    """The sources with what rules ask for, some of it unknown."""
    count = len(sources)
    yes_or_no = np.array(["是", "否", None], dtype=object)
    for name in ("approved", "discharges", "related_to_supply", "municipal_works", "hazmat", "receiving_water_attains",
                 "crossing_protected", "heavy_polluter", "in_ecological_redline"):  # fmt: skip
        sources[name] = pd.Series(random.choice(yes_or_no, count), index=sources.index, dtype=object)
    days = random.choice(np.array(["2015-01-01", "2026-09-01", None], dtype=object), count)
    sources["built_on"] = pd.Series(days, index=sources.index, dtype=object)
    return sources


def run(project: Path, output: str, *, full: bool = True, **options: Any) -> Path:
    console = Console(as_json=False, lang=None, quiet=True, debug=True)
    assert command.run_project(project, console, output=project / output, full=full, **options) == 0
    return project / output


def flagged(output: Path, project: Path) -> list[Rule]:
    """The rules that found something."""
    rules = rule_set(["cn", "cn-qixingguan", "local.toml"], folder=project).rules
    return [rules[key] for key in sorted({row["rule_id"] for row in rows_of(output / "findings.csv")})]


def test_parts_and_sets_give_the_answers_of_the_whole(
    project: Path, crew: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(project, "whole")
    found = flagged(whole, project)
    for key in ("unless", "zone_where", "built_from"):
        assert [rule.id for rule in found if getattr(rule, key)], key
    assert [rule.id for rule in found if rule.minimum != Minimum()]
    assert [rule.id for rule in found if rule.act == "built"]
    assert {"quality", "status", "within", "crosses"} <= {rule.relation for rule in found}
    assert {"still_violating", "not_on_ledger", "overdue"} <= {rule.case for rule in found}
    assert files_of(run(project, "parts", scheduler="x")) == files_of(whole)
    monkeypatch.setattr(command, "MOST_TOGETHER", 100)
    monkeypatch.setattr(partitions, "BLOCK", 4)
    sets = run(project, "sets", scheduler="x")
    assert files_of(sets) == files_of(run(project, "sets alone"))
    assert (sets / "coverage.csv").read_bytes() == (whole / "coverage.csv").read_bytes()
    files = sorted((sets / "findings.parquet").iterdir())
    written = pd.concat([gpd.read_parquet(file) for file in files], ignore_index=True).sort_values("finding_id")
    table = pd.DataFrame(rows_of(whole / "findings.csv")).sort_values("finding_id")
    for column in table.columns:
        assert [_cell(value) for value in written[column]] == table[column].tolist(), column


def test_a_run_after_any_change_gives_the_answers_of_a_whole_one(project: Path, crew: Abroad) -> None:
    run(project, "output", full=False)
    for change in (redrawn_zones, other_records, other_ledger, other_sections):
        change(project / "data")
        before = files_of(project / "output")
        assert files_of(run(project, "output", full=False)) == files_of(run(project, "full")), change.__name__
        assert files_of(project / "output") != before, change.__name__


def redrawn_zones(data: Path) -> None:
    zones = gpd.read_file(data / "zones.gpkg")
    zones["aquifer"], zones["risk_survey_on"] = ["confined", "unconfined", None], ["2026-01-01", None, None]
    zones.loc[1, "geometry"] = frame(square(-600, -500, 2100)).geometry[0]
    zones.to_file(data / "zones.gpkg", layer="zones")


def other_records(data: Path) -> None:
    part = data / "sources" / "part.1.parquet"
    attributed(gpd.read_parquet(part), np.random.default_rng(5)).to_parquet(part)


def other_ledger(data: Path) -> None:
    ledger = gpd.read_parquet(data / "ledger.parquet")
    ledger["status"], ledger["source_id"] = ["closed", "behind", "accepted", "behind", "closed", "reopened"], "S5"
    ledger.to_parquet(data / "ledger.parquet")


def other_sections(data: Path) -> None:
    sections = gpd.read_file(data / "sections.gpkg")
    sections["measured_class"] = ["I", None, "V"]
    sections.to_file(data / "sections.gpkg")
