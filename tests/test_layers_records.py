"""Rules about records: what is stated, water quality, the ledger beside the sources, and how zones nest."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.examples import answers, wrong_examples
from layers.ledger_ties import on_ledger
from layers.record_examples import record_answer
from layers.record_texts import overdue
from layers.records import NOT_ASKED
from layers.rule_book import RuleSet, rule_set
from layers.rules import check
from tests.test_layers_rule import HEAD

DAY = date(2026, 11, 25)

RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "甲", en = "A" }}
subject = "{subject}"
relation = "{relation}"
{keys}
effect = "{effect}"
severity = "major"
remedy = {{ zh = "改", en = "Mend" }}
basis = [{{ instrument = {{ zh = "法", en = "Law" }}, article = "1" }}]
example = [{examples}]
"""
OUTFALL = """
[[rule]]
id = "OUT"
title = { zh = "排污口", en = "Outfall" }
subject = "pollution_sources"
kinds = ["outfall"]
relation = "inside"
effect = "prohibited"
severity = "critical"
remedy = { zh = "拆", en = "Remove" }
basis = [{ instrument = { zh = "水法", en = "Water Law" }, article = "34" }]
example = [
  { zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (50 50)", result = "violation" },
  { zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (150 50)", result = "clear" },
  { zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (100 50)", result = "check" },
]
"""
IN_ZONE = 'zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (50 50)"'
OUT_OF_ZONE = 'zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (150 50)"'

APPROVAL = RULE.format(
    id="APP", subject="pollution_sources", relation="status", effect="conditional",
    keys='kinds = ["outfall"]\nwhere = { approved = [false] }',
    examples="""
  { approved = false, result = "check" },
  { approved = true, result = "clear" },
  { approved = "", result = "clear" },
""")  # fmt: skip
QUALITY = RULE.format(
    id="WQ", subject="river_sections", relation="quality", effect="prohibited",
    keys='levels = ["1"]\nworse_than = "II"',
    examples=f"""
  {{ {IN_ZONE}, class = "III", result = "violation" }},
  {{ {IN_ZONE}, class = "II", result = "clear" }},
  {{ {IN_ZONE}, class = "", result = "not_assessed" }},
  {{ {OUT_OF_ZONE}, class = "V", result = "clear" }},
  {{ zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", subject = "POINT (100 50)", class = "IV", result = "check" }},
  {{ {IN_ZONE}, level = "2", class = "V", result = "clear" }},
""")  # fmt: skip
TARGET = RULE.format(
    id="TGT", subject="river_sections", relation="quality", effect="prohibited",
    keys='worse_than = "target"',
    examples="""
  { class = "IV", target_class = "III", result = "violation" },
  { class = "III", target_class = "III", result = "clear" },
  { class = "IV", target_class = "", result = "not_assessed" },
  { class = "worse_than_V", target_class = "V", result = "violation" },
""")  # fmt: skip
SIGNS = RULE.format(
    id="SGN", subject="protection_zones", relation="status", effect="prohibited",
    keys='levels = ["1", "2"]\nwhere = { signs = [false] }',
    examples="""
  { signs = false, result = "violation" },
  { signs = true, result = "clear" },
  { signs = "", result = "not_assessed" },
  { level = "quasi", signs = false, result = "clear" },
""")  # fmt: skip
SURVEY = RULE.format(
    id="MGT", subject="protection_zones", relation="status", effect="conditional",
    keys="older_than_years = { risk_survey_on = 5 }",
    examples="""
  { risk_survey_on = 2010-01-01, result = "check" },
  { risk_survey_on = 2026-01-01, result = "clear" },
  { risk_survey_on = "", result = "not_assessed" },
""")  # fmt: skip
CONTRADICTION = RULE.format(
    id="CON", subject="remediation_sites", relation="status", effect="prohibited",
    keys='case = "still_violating"',
    examples="""
  { status = "closed", source_result = "violation", result = "violation" },
  { status = "closed", source_result = "clear", result = "clear" },
  { status = "closed", source_result = "", result = "check" },
  { status = "completed", source_result = "check", result = "check" },
  { status = "behind", source_result = "violation", result = "clear" },
  { status = "accepted", source_result = "not_assessed", result = "not_assessed" },
""")  # fmt: skip
UNLISTED = RULE.format(
    id="UNL", subject="pollution_sources", relation="status", effect="conditional",
    keys='case = "not_on_ledger"',
    examples="""
  { source_result = "violation", on_ledger = false, result = "check" },
  { source_result = "violation", on_ledger = true, result = "clear" },
  { source_result = "check", on_ledger = "", result = "clear" },
""")  # fmt: skip
LATE = RULE.format(
    id="LATE", subject="remediation_sites", relation="status", effect="conditional",
    keys='case = "overdue"',
    examples="""
  { status = "behind", deadline = 2017-01-01, result = "check" },
  { status = "closed", deadline = 2017-01-01, result = "clear" },
  { status = "behind", deadline = "", result = "clear" },
""")  # fmt: skip
OUTSIDE = RULE.format(
    id="NEST", subject="protection_zones", relation="status", effect="conditional",
    keys='case = "outside_next_level"',
    examples="""
  { subject = "POLYGON ((50 0, 150 0, 150 100, 50 100, 50 0))", zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", level = "1", zone_level = "2", result = "check" },
  { subject = "POLYGON ((10 10, 90 10, 90 90, 10 90, 10 10))", zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", level = "1", zone_level = "2", result = "clear" },
  { subject = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))", level = "1", zone_level = "2", result = "clear" },
""")  # fmt: skip

EVERY = (APPROVAL, QUALITY, TARGET, SIGNS, SURVEY, CONTRADICTION, UNLISTED, LATE, OUTSIDE)


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    text = HEAD.replace('edition = "1"', 'edition = "1"\nnested = true') + OUTFALL + "".join(EVERY)
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    return rule_set(["t.toml"], folder=tmp_path)


def test_every_example_comes_out_as_written(rules: RuleSet) -> None:
    assert [one.line("en") for one in wrong_examples(rules)] == []
    assert len(answers(rules)) == sum(len(rule.example) for rule in rules.rules.values())


def test_an_example_without_a_drawing_has_a_place_all_the_same(rules: RuleSet) -> None:
    rule = rules.rules["SGN"]

    def laid(rows: Any) -> gpd.GeoDataFrame:
        return frame([{**columns, "at": wkt} for _, wkt, columns in rows])

    given = [{"signs": None if one.attributes.get("signs") == "" else one.attributes["signs"]} for one in rule.example]
    results = [record_answer(rule, one, has, rules, laid) for one, has in zip(rule.example, given, strict=True)]
    assert results == ["violation", "clear", "not_assessed", "clear"]


def frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Rows with `at` (WKT in degrees) and our columns."""
    table = pd.DataFrame([{"source_file": "f", "source_row": n, **row} for n, row in enumerate(rows, start=1)])
    shapes = shapely.from_wkt(table.pop("at").to_numpy())
    table["located_to_metres"] = float("nan")
    return gpd.GeoDataFrame(table.astype(object).where(table.notna(), None), geometry=shapes, crs="EPSG:4326")


@pytest.fixture
def frames() -> dict[str, gpd.GeoDataFrame]:
    square = "POLYGON ((105 26, 105.01 26, 105.01 26.01, 105 26.01, 105 26))"
    zone = {"valid_from": None, "valid_to": None, "medium": "surface", "source_name": "甲"}
    inside, outside = "POINT (105.005 26.005)", "POINT (105.002 26.002)"
    return {
        "protection_zones": frame([{"zone_id": "Z1", "name": "甲", "level": "1", "signs": False, "at": square, **zone}]),
        "pollution_sources": frame(
            [
                {"source_id": "S1", "name": "一", "kind": "outfall", "approved": False, "at": inside},
                {"source_id": "S2", "name": "二", "kind": "outfall", "approved": None, "at": outside},
                {"source_id": "S3", "name": "三", "kind": "mine", "approved": False, "at": inside},
            ]
        ),
        "remediation_sites": frame(
            [
                {"site_id": "R1", "name": "改一", "status": "closed", "source_id": "S1", "deadline": None, "at": inside},
                {"site_id": "R2", "name": "二", "status": "behind", "source_id": None, "deadline": "2026-11-24", "at": inside},
                {"site_id": "R3", "name": "改三", "status": "closed", "source_id": "S9", "deadline": None, "at": inside},
                {"site_id": "R4", "name": "改四", "status": "closed", "source_id": "S3", "deadline": "2026-11-25", "at": inside},
            ]
        ),
        "river_sections": frame(
            [
                {"section_id": "C1", "name": "断面", "measured_class": "IV", "target_class": "III", "at": inside},
                {"section_id": "C2", "name": "断面二", "measured_class": None, "target_class": "III", "at": inside},
            ]
        ),
    }  # fmt: skip


def flagged(findings: gpd.GeoDataFrame) -> set[tuple[str, str, str, str]]:
    columns = ("rule_id", "subject_id", "zone_id", "result")
    return set(zip(*(findings[name] for name in columns), strict=True))


def test_what_records_say_stands_beside_what_places_say(rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]) -> None:
    found = check(frames, rules, as_of=DAY)
    assert flagged(found.findings) == {
        ("OUT", "S1", "Z1", "violation"),
        ("OUT", "S2", "Z1", "violation"),
        ("APP", "S1", "", "check"),
        ("CON", "R1", "", "violation"),
        ("CON", "R3", "", "check"),
        ("LATE", "R2", "", "check"),
        ("WQ", "C1", "Z1", "violation"),
        ("TGT", "C1", "", "violation"),
        ("SGN", "Z1", "", "violation"),
    }  # S2 is on the ledger by the name of R2; S1 by R1
    assert found.unstated == {"APP": 1}
    texts = dict(zip(found.findings["subject_id"] + found.findings["rule_id"], found.findings["text_en"], strict=True))
    assert "its source S1 still violates: OUT Outfall" in texts["R1CON"]
    assert "no source S9 is in the data" in texts["R3CON"]
    cited = found.findings.set_index("rule_id")["citation_zh"]
    assert "《水法》第34条" in list(cited[["CON"]])  # it cites what the source violates


def test_a_violation_that_nobody_works_on_is_not_on_the_ledger(
    rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]
) -> None:
    ledger = frames["remediation_sites"]
    fewer = {**frames, "remediation_sites": ledger[ledger["site_id"] == "R4"].reset_index(drop=True)}
    found = flagged(check(fewer, rules, as_of=DAY).findings)
    assert {one for one in found if one[0] == "UNL"} == {("UNL", "S1", "", "check"), ("UNL", "S2", "", "check")}
    without = {layer: one for layer, one in frames.items() if layer != "remediation_sites"}
    assert not {one for one in flagged(check(without, rules, as_of=DAY).findings) if one[0] == "UNL"}


def test_every_record_and_rule_is_counted_once(rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]) -> None:
    found = check(frames, rules, as_of=DAY)
    counts = found.coverage.set_index(["layer", "rule_id", "result", "reason"])["sites"]
    assert counts[("river_sections", "WQ", "not_assessed", "ATTRIBUTE_ABSENT")] == 1
    assert counts[("river_sections", "TGT", "not_assessed", "ATTRIBUTE_ABSENT")] == 1
    assert counts[("protection_zones", "MGT", "not_assessed", "ATTRIBUTE_ABSENT")] == 1
    assert counts[("pollution_sources", "APP", "check", "")] == 1  # S2 states nothing, S3 is no outfall
    sections = found.coverage[found.coverage["layer"] == "river_sections"]
    assert dict(sections.groupby("rule_id")["sites"].sum()) == {"TGT": 2, "WQ": 2}
    assert set(found.verdicts) == {"pollution_sources", "remediation_sites"}
    for layer, verdicts in found.verdicts.items():
        own = found.findings[found.findings["subject_layer"] == layer]
        assert verdicts["violations"].sum() == (own["result"] == "violation").sum()
        assert verdicts["checks"].sum() == (own["result"] == "check").sum()


def test_what_a_record_states_makes_no_place_clear(rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]) -> None:
    """Remediation sites stand under rules about records only, and S3 is of a kind that no rule of place names."""
    found = check(frames, rules, as_of=DAY)
    assert "clear" not in set(found.verdicts["remediation_sites"]["result"])
    mine = found.verdicts["pollution_sources"].iloc[2]
    assert (mine["result"], mine["not_assessed_why"]) == ("not_assessed", "NO_RULE")


def test_a_section_where_zones_are_unknown_is_not_assessed(rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]) -> None:
    far = frames["river_sections"].set_geometry(shapely.points([[120.0, 30.0], [120.0, 30.1]]), crs="EPSG:4326")
    found = check({**frames, "river_sections": far}, rules, as_of=DAY).coverage
    own = found[(found["rule_id"] == "WQ")].set_index(["result", "reason"])["sites"]
    assert dict(own) == {("not_assessed", "OUTSIDE_ZONE_DATA"): 2}


def test_an_empty_cell_among_signs_is_to_be_checked(rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]) -> None:
    zones = pd.concat([frames["protection_zones"]] * 2, ignore_index=True)
    zones["zone_id"], zones["signs"] = ["Z1", "Z2"], [True, None]
    found = check({**frames, "protection_zones": zones}, rules, as_of=DAY).findings
    signs = found[found["rule_id"] == "SGN"]
    assert list(signs["subject_id"]) == ["Z2"] and list(signs["result"]) == ["check"]


def test_who_is_on_the_ledger(frames: dict[str, gpd.GeoDataFrame]) -> None:
    assert on_ledger(frames["remediation_sites"]) == (frozenset({"S1", "S9", "S3"}), frozenset({"二"}))
    assert on_ledger(None) == (None, frozenset())
    assert NOT_ASKED < 0


def test_how_late_a_problem_is() -> None:
    assert (
        overdue("2026-11-20", "behind", DAY, "en")
        == "deadline 2026-11-20, 5 days overdue; the ledger says behind schedule"
    )
    assert overdue("2025", "behind", DAY, "zh") == "整改时限 2025，台账状态为“未达到序时进度”"


def test_in_a_zone_of_unknown_medium_bad_water_is_to_be_checked(frames: dict[str, gpd.GeoDataFrame]) -> None:
    zones = frames["protection_zones"].assign(medium=None)
    cn = rule_set(["cn"], folder=Path())
    found = check({**frames, "protection_zones": zones}, cn, as_of=DAY).findings.set_index("rule_id")
    assert found.loc["CN-WQ-01", "result"] == "check"
    assert "attribute missing (medium" in found.loc["CN-WQ-01", "text_en"]


def test_a_zone_that_names_no_source_is_not_assessed_for_how_its_levels_nest(
    frames: dict[str, gpd.GeoDataFrame],
) -> None:
    cn, nameless = rule_set(["cn"], folder=Path()), frames["protection_zones"].assign(source_name=" ")
    for zones, answer in (
        (frames["protection_zones"], ("clear", "")),
        (nameless, ("not_assessed", "ATTRIBUTE_ABSENT")),
    ):
        counts = check({"protection_zones": zones}, cn, as_of=DAY).coverage
        own = counts[counts["rule_id"].str.startswith("CN-ZON-")]
        assert set(zip(own["result"], own["reason"], strict=True)) == {answer}


def test_what_is_done_is_no_clear_while_a_rule_about_its_source_could_not_be_assessed(
    rules: RuleSet, frames: dict[str, gpd.GeoDataFrame]
) -> None:
    """The source is to be checked by one rule; another that may find a violation has no data."""
    asked = {name: rules.rules[name] for name in ("OUT", "APP", "CON")}
    asked["OUT"] = asked["OUT"].model_copy(update={"of": "water_bodies"})
    found = check(frames, rules._replace(rules=asked), as_of=DAY)
    counts = found.coverage[found.coverage["rule_id"] == "CON"].set_index(["result", "reason"])["sites"]
    assert "check" in set(found.findings.loc[found.findings["subject_id"] == "S1", "result"])
    assert counts[("not_assessed", "LAYER_ABSENT")] == 1
