"""layers.assess, layers.assumptions: what a run must tell a reader before a "clear" is trusted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gis.kept import Kept
from layers.assess import Assessment, assess
from layers.assumptions import assumptions
from layers.coverage import COVERAGE_COLUMNS, REASONS, Extent
from layers.findings import FINDING_COLUMNS
from layers.load import load
from layers.project import ProjectError, read_project
from layers.project_surroundings import surroundings_of
from layers.rejects import REJECT_COLUMNS
from layers.rule_book import rule_set
from layers.rules import judge
from layers.sections import SECTION_COLUMNS
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import RESULTS
from tests.projects import ROOT, SOURCES, ZONES, small_project, small_zones
from tests.shapes import frame, square

DISTRICTS = '[[layer]]\nkind = "districts"\npath = "data/districts.geojson"\n'


def assessed(folder: Path) -> Assessment:
    project = read_project(folder, today=date(2017, 11, 30))
    rules = rule_set(project.jurisdictions, folder=folder)
    inputs = load(project, kinds=rules.kinds, levels=rules.levels)
    around = surroundings_of(project, rules, inputs, Kept(None))
    judged = {layer: judge(inputs.frames[layer], layer, around) for layer in SUBJECT_LAYERS if layer in inputs.frames}
    return assess(project, inputs, around, judged, version="test")


def codes(run: dict[str, Any]) -> set[str]:
    return {note["code"] for note in run["assumptions"]}


def test_an_assumed_extent_is_told(tmp_path: Path) -> None:
    run = assessed(small_project(tmp_path / "p", layers=ZONES + SOURCES)).run
    assert {"EXTENT_ASSUMED", "LAYER_ABSENT"} <= codes(run)
    assert all(note["zh"] and note["en"] for note in run["assumptions"])
    assert sum(run["sites"].values()) == 4


def test_positions_without_an_accuracy_are_told(tmp_path: Path) -> None:
    stated = SOURCES + "located_to_metres = 5\n"
    assert "POSITIONS_TAKEN_AS_EXACT" in codes(assessed(small_project(tmp_path / "p", layers=ZONES + SOURCES)).run)
    assert "POSITIONS_TAKEN_AS_EXACT" not in codes(assessed(small_project(tmp_path / "q", layers=ZONES + stated)).run)


def with_districts(folder: Path, settings: str = "") -> Path:
    """The small project in a district, beside two that hold no zone."""
    small_project(folder, layers=ZONES + SOURCES + DISTRICTS)
    drawn = (square(-5000, -5000, 10000), square(5000, -5000, 10000), square(50000, -5000, 90000))
    told = frame(*drawn, district_id=["520201", "520202", "520203"], name=["甲县", "乙县", "丙县"])
    told.to_file(folder / "data" / "districts.geojson")
    file = folder / "headwater.toml"
    file.write_text(settings + file.read_text("utf-8"), "utf-8")
    return folder


def outfalls(result: Assessment) -> dict[str, int]:
    """How many of the four outfalls have which result, or reason, under the rule about outfalls in zones."""
    own = result.coverage[result.coverage["rule_id"] == "CN-OUT-01"]
    return dict(zip(np.where(own["reason"] == "", own["result"], own["reason"]), own["sites"].tolist(), strict=True))


def notes(run: dict[str, Any], code: str) -> list[dict[str, str]]:
    return [note for note in run["assumptions"] if note["code"] == code]


def test_what_districts_say_is_told(tmp_path: Path) -> None:
    result = assessed(with_districts(tmp_path / "p"))
    assert "EXTENT_ASSUMED" not in codes(result.run)
    (told,) = notes(result.run, "DISTRICTS_ASSUMED")
    assert "甲县" in told["zh"].split("其余")[0] and "乙县、丙县" in told["zh"].split("其余")[1]
    assert "2 others (乙县, 丙县)" in told["en"]
    assert told["en"].startswith("Protection zones are taken as complete")  # words, not the name of a setting
    assert outfalls(result) == {"violation": 2, "clear": 1, "NO_ZONE_IN_DISTRICT": 1}


def test_what_holds_of_several_layers_is_said_once(tmp_path: Path) -> None:
    here, there = Extent(None, "districts", holding=("甲县",)), Extent(None, "districts", holding=("乙县",))
    project = read_project(small_project(tmp_path / "p"), today=date(2017, 11, 30))
    told = assumptions({"water_bodies": here, "intakes": there, "protection_zones": here}, project)
    assert [note["en"].split(" are ")[0] for note in told] == ["Intakes", "Protection zones and water bodies"]
    assert [note["zh"].split("数据")[0] for note in told] == ["取水口", "保护区、水体"]


@pytest.mark.parametrize("stated", ['["520203"]', "[520203]", '["丙县"]', '"all"'])
def test_a_statement_about_a_district_is_told_as_one(tmp_path: Path, stated: str) -> None:
    result = assessed(with_districts(tmp_path / "p", f"zones_complete_in = {stated}\n"))
    (told,) = notes(result.run, "ZONES_STATED_COMPLETE")
    assert "丙县" in told["zh"] and "zones_complete_in" in told["zh"] and "丙县" in told["en"]
    assert outfalls(result) == {"violation": 2, "clear": 2}


def test_a_stated_district_that_is_none_is_an_error_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        assessed(with_districts(tmp_path / "p", 'zones_complete_in = ["丁县", "甲县", "戊县"]\n'))
    assert [(fault.code, fault.value) for fault in caught.value.faults] == [
        ("DISTRICT_UNKNOWN", "丁县"),
        ("DISTRICT_UNKNOWN", "戊县"),
    ]
    assert "520201 甲县, 520202 乙县, 520203 丙县" in caught.value.message("zh")


def test_a_stated_distance_is_told_as_the_project_s_own(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES)
    (told,) = notes(assessed(folder).run, "EXTENT_ASSUMED")
    assert "zones_complete_within_metres = 5000" in told["zh"] and "as the project states itself" in told["en"]
    file = folder / "headwater.toml"
    file.write_text(file.read_text("utf-8").replace("zones_complete_within_metres = 5000\n", ""), "utf-8")
    result = assessed(folder)
    (told,) = notes(result.run, "EXTENT_ASSUMED")
    assert "自身的外包凸壳以内" in told["zh"] and "own hull only" in told["en"]
    assert outfalls(result) == {"violation": 2, "OUTSIDE_ZONE_DATA": 2}


def test_a_layer_out_of_date_is_told(tmp_path: Path) -> None:
    stale = ZONES + "data_until = 2017-06-30\n"
    result = assessed(small_project(tmp_path / "p", layers=stale + SOURCES))
    (told,) = notes(result.run, "LAYER_OUT_OF_DATE")
    assert "2017-06-30" in told["zh"] and "protection zones" in told["en"]
    assert outfalls(result) == {"check": 2, "LAYER_OUT_OF_DATE": 2}
    fresh = assessed(small_project(tmp_path / "q", layers=stale.replace("2017-06-30", "2017-11-30") + SOURCES))
    assert not notes(fresh.run, "LAYER_OUT_OF_DATE")


def test_every_answer_of_every_site_is_told(tmp_path: Path) -> None:
    told = assessed(ROOT / "examples" / "liupanshui")
    found = told.findings.groupby(["subject_layer", "subject_id", "rule_id"])["result"].agg(set)
    answers: Counter[tuple[str, str, str]] = Counter()
    for row, site in told.sites.iterrows():
        own = told.answers.layers[site["layer"]]
        left = 0
        for rule_id, answer in zip(own.rules, own.answers[told.answers.of_site[row]].tolist(), strict=True):
            results = found.get((site["layer"], site["site_id"], rule_id), set())
            if results:
                answers[site["layer"], rule_id, "violation" if "violation" in results else "check"] += 1
            elif answer >= 0:
                answers[site["layer"], rule_id, "not_assessed" if answer else "clear"] += 1
                left += answer > 0
        assert left == site["not_assessed"] or site["not_assessed_why"] == "NO_RULE"
        assert site["result"] != "clear" or not left
    counted = told.coverage[told.coverage["rule_id"] != ""].groupby(["layer", "rule_id", "result"])["sites"].sum()
    assert {key: count for key, count in counted.items() if key[0] in SUBJECT_LAYERS} == dict(answers)
    assert {result for _, _, result in answers} == set(RESULTS)
    assert "answer_class" not in told.sites


def test_the_example_shows_every_result_and_reason() -> None:
    told = assessed(ROOT / "examples" / "liupanshui")
    assert set(told.sites["result"]) == set(RESULTS)
    # no project can show these three beside the others: no layer is missing, there are districts, every kind has a rule
    assert set(REASONS) - set(told.coverage["reason"]) == {"LAYER_ABSENT", "OUTSIDE_ZONE_DATA", "NO_RULE"}
    why = told.sites.set_index("site_id")["not_assessed_why"]
    assert why[["S-057", "S-059", "S-053", "S-054", "S-004"]].tolist() == [
        "ZONE_REFUSED",
        "NEAR_DATA_EDGE",
        "NO_ZONE_IN_DISTRICT",
        "OUTSIDE_DISTRICTS",
        "LAYER_OUT_OF_DATE",
    ]
    found = {(row.rule_id, row.subject_id, row.zone_id): row for row in told.findings.itertuples()}
    for rule, subject, zone, result in (
        ("CN-REM-02", "Z-17", "", "violation"),  # closed, and its source still violates
        ("CN-REM-03", "S-011", "", "check"),  # not on the ledger
        ("CN-REM-04", "Z-14", "", "check"),  # overdue
        ("CN-SGN-01", "YY-2", "", "violation"),  # no signs
        ("CN-WQ-01", "D-07", "YY-1", "violation"),  # below its class in a zone
        ("CN-ZON-01", "YQ-1", "YQ-2", "check"),  # level 1 outside level 2
        ("CN-ZON-02", "YQ-2", "YQ-3", "check"),
        ("CN-ZON-03", "YQ-3", "YY-3", "check"),
        ("CN-OUT-01", "S-008", "YY-2", "check"),  # a position in doubt
    ):
        assert found[rule, subject, zone].result == result, (rule, subject, zone)
    assert "早于该保护区" in found["CN-CON-01", "S-010", "YS-1"].text_zh
    assert told.zones["zone_id"].tolist().count("DW-2") == 1


def test_zones_out_of_force_are_left_out_and_told(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES)
    small_zones(失效日期=[None, "2016-12-31"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    result = assessed(folder)
    assert "ZONES_NOT_IN_FORCE" in codes(result.run)
    assert result.zones["zone_id"].tolist() == ["Z1"]
    assert set(result.findings["zone_id"]) == {"Z1"}


def test_the_build_id_follows_the_inputs(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES)
    first, second = assessed(folder).run, assessed(folder).run
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    text = (folder / "data" / "sources.csv").read_text(encoding="utf-8-sig")
    (folder / "data" / "sources.csv").write_text(text.replace("外围", "边缘"), encoding="utf-8")
    assert assessed(folder).run["build_id"] != first["build_id"]


def test_the_manual_names_every_column_reason_and_key(tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "outputs.md").read_text("utf-8")
    chapters = {text.split("\n", 1)[0].split(",")[0]: text for text in manual.split("\n## ")}
    told = {
        "findings.csv": FINDING_COLUMNS,
        "sites.csv": (*SITE_COLUMNS, *filter(None, REASONS)),
        "sections.csv": SECTION_COLUMNS,
        "coverage.csv": COVERAGE_COLUMNS,
        "rejects.csv": REJECT_COLUMNS,
        "run.json": assessed(small_project(tmp_path / "p")).run,
    }
    for chapter, names in told.items():
        assert [name for name in names if f"`{name}`" not in chapters[chapter]] == [], chapter
