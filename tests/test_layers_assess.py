"""layers.assess: what a run must tell a reader before a "clear" is trusted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from gis.kept import Kept
from layers.assess import Assessment, assess, surroundings_of
from layers.coverage import COVERAGE_COLUMNS, REASONS
from layers.findings import FINDING_COLUMNS
from layers.load import load
from layers.project import read_project
from layers.rejects import REJECT_COLUMNS
from layers.rule_book import rule_set
from layers.rules import judge
from layers.sections import SECTION_COLUMNS
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.tally import NOT_OF_KIND
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
            elif answer != NOT_OF_KIND:
                answers[site["layer"], rule_id, "not_assessed" if answer else "clear"] += 1
                left += answer > 0
        assert left == site["not_assessed"] or site["not_assessed_why"] == "NO_RULE"
        assert site["result"] != "clear" or not left
    counted = told.coverage[told.coverage["rule_id"] != ""].groupby(["layer", "rule_id", "result"])["sites"].sum()
    assert {key: count for key, count in counted.items() if key[0] in SUBJECT_LAYERS} == dict(answers)
    assert {result for _, _, result in answers} == set(RESULTS)
    assert "answer_class" not in told.sites


def test_districts_need_no_assumption(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES + DISTRICTS)
    district = frame(square(-5000, -5000, 10000), district_id=["D1"], name=["甲县"])
    district.to_file(folder / "data" / "districts.geojson")
    assert "EXTENT_ASSUMED" not in codes(assessed(folder).run)


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
