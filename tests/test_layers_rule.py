"""Keys of a rule: what they mean for the engine, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from layers.conditions import MISSING, NO, YES
from layers.examples import answers, wrong_examples
from layers.rule import class_rank
from layers.rule_book import RuleBookError, RuleSet, rule_set
from layers.rule_faults import is_edge

HEAD = """
jurisdiction = "t"
title = { zh = "试", en = "Test" }
edition = "1"
levels = ["1", "2", "quasi"]
"""
ZONE = 'zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"'
RULE = """
[[rule]]
id = "T-1"
title = {{ zh = "甲", en = "A" }}
subject = "pollution_sources"
kinds = ["industry"]
relation = "inside"
{keys}
effect = "prohibited"
severity = "major"
remedy = {{ zh = "改", en = "Mend" }}
{basis}
example = [
  {{ {zone}, subject = "POINT (50 50)", result = "{flagged}" }},
  {{ {zone}, subject = "POINT (150 50)", result = "clear" }},
  {{ {zone}, subject = "POINT (100 50)", result = "check" }},
  {examples}
]
"""
BASIS = 'basis = [{ instrument = { zh = "法", en = "Law" }, article = "1", from = 2010-01-01 }]'


def rules_with(
    folder: Path, keys: str = "", examples: str = "", *, basis: str = BASIS, flagged: str = "violation"
) -> RuleSet:
    text = HEAD + RULE.format(keys=keys, basis=basis, zone=ZONE, examples=examples, flagged=flagged)
    (folder / "t.toml").write_text(text, encoding="utf-8")
    return rule_set(["t.toml"], folder=folder)


def example(subject: str, result: str, more: str = "") -> str:
    return f'{{ {ZONE}, subject = "{subject}", result = "{result}"{more} }},'


INSIDE = "POINT (50 50)"
HALF_IN = "POLYGON ((90 40, 110 40, 110 60, 90 60, 90 40))"  # 200 m2 of 400 inside


@pytest.mark.parametrize(
    ("keys", "examples"),
    [
        (
            "unless = { approved = [true], guarded = [true] }",
            example(INSIDE, "clear", ", approved = true, guarded = true")
            + example(INSIDE, "violation", ", approved = true, guarded = false")
            + example(INSIDE, "check", ', approved = true, guarded = ""')
            + example(INSIDE, "violation", ', approved = false, guarded = ""'),
        ),
        (
            'zone_where = { aquifer = ["unconfined"] }',
            example(INSIDE, "clear", ', zone_aquifer = "confined"') + example(INSIDE, "check", ', zone_aquifer = ""'),
        ),
        (
            "built_from = 2021-03-01",
            example(INSIDE, "violation", ", built_on = 2021-03-01")
            + example(INSIDE, "clear", ", built_on = 2021-02-28")
            + example(INSIDE, "check", ', built_on = ""')
            + example(INSIDE, "violation", ', built_on = "", operating = "planned"'),
        ),
        (
            "minimum = { area_m2 = 150 }",
            example(HALF_IN, "violation") + example(HALF_IN, "check", ", located_to_metres = 1"),
        ),
        (
            "minimum = { area_share = 0.6 }",
            example(HALF_IN, "clear") + example(HALF_IN, "check", ", located_to_metres = 1"),
        ),
        (
            "minimum = { length_m = 30 }",
            example("LINESTRING (80 50, 120 50)", "clear") + example("LINESTRING (60 50, 120 50)", "violation"),
        ),
    ],
)
def test_a_key_decides_as_its_examples_say(tmp_path: Path, keys: str, examples: str) -> None:
    assert [one.line("en") for one in wrong_examples(rules_with(tmp_path, keys, examples))] == []


@pytest.mark.parametrize("basis", ["", BASIS + "\nreviewed = false", BASIS.replace(" }]", ", reviewed = false }]")])
def test_what_nobody_reviewed_is_never_a_violation(tmp_path: Path, basis: str) -> None:
    rules = rules_with(tmp_path, basis=basis, flagged="check")
    assert set(answers(rules).values()) == {"check", "clear"}
    rule = rules.rules["T-1"]
    for language, told in (("en", "citation to be checked"), ("zh", "条款待核对")):
        assert told in rule.citation(language, as_of=date(2020, 1, 1), statutory=True)
    with pytest.raises(RuleBookError, match="never violation"):
        rules_with(tmp_path, basis=basis)


def test_a_person_may_stand_for_a_rule_without_an_article(tmp_path: Path) -> None:
    assert "violation" in answers(rules_with(tmp_path, basis="reviewed = true")).values()


def test_the_days_of_a_rule_count_besides_those_of_its_articles(tmp_path: Path) -> None:
    rule = rules_with(tmp_path, "from = 2015-01-01\nto = 2016-12-31").rules["T-1"]
    days = [date(2009, 1, 1), date(2014, 12, 31), date(2015, 1, 1), date(2016, 12, 31), date(2017, 1, 1)]
    assert [rule.in_force(day) for day in days] == [False, False, True, True, False]
    assert rule.in_force(rule.a_day())


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("from = 2017-01-01\nto = 2016-12-31", "is after"),
        ("unless = { operatin = ['closed'] }", "did you mean operating"),
        ("zone_where = { aquifer = ['wet'] }", "unknown wet"),
        ("minimum = { area_share = 2 }", "minimum.area_share"),
        ("case = 'overdue'", "needs relation"),
        ("worse_than = 'II'", "worse_than"),
        ("older_than_years = { risk_survey_on = 5 }", "older_than_years"),
    ],
)
def test_keys_that_cannot_be_are_refused(tmp_path: Path, keys: str, told: str) -> None:
    with pytest.raises(RuleBookError, match=told):
        rules_with(tmp_path, keys)


def test_two_examples_are_too_few(tmp_path: Path) -> None:
    text = HEAD + RULE.format(keys="", basis=BASIS, zone=ZONE, examples="", flagged="violation")
    edge = f'  {{ {ZONE}, subject = "POINT (100 50)", result = "check" }},\n'
    assert edge in text
    (tmp_path / "t.toml").write_text(text.replace(edge, ""), encoding="utf-8")
    with pytest.raises(RuleBookError, match="at least three"):
        rule_set(["t.toml"], folder=tmp_path)


def test_an_edge_is_known_by_its_drawing_or_by_what_it_lacks(tmp_path: Path) -> None:
    rules = rules_with(tmp_path, "", example(HALF_IN, "violation") + example(INSIDE, "check", ', discharges = ""'))
    rule = rules.rules["T-1"]
    assert [is_edge(rule, one) for one in rule.example] == [False, False, True, True, True]


def test_classes_have_an_order_and_conditions_three_answers() -> None:
    assert [class_rank(one) for one in ("I", "worse_than_V", None, "Ⅱ")] == [0, 5, None, None]
    assert NO < MISSING < YES
