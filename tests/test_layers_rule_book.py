"""Rule books: the shape of docs/rule-books.md, all faults at once, overrides, dates, and every built-in example."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from layers.examples import answers, wrong_examples
from layers.rule_book import RuleBookError, built_in_books, rule_set

# A book of every part that docs/rule-books.md names, with the clear example that it asks for.
SPEC_BOOK = """
jurisdiction = "test"
title = { zh = "国家规定", en = "National rules" }
edition = "2026-11-22"
levels = ["1", "2", "quasi"]

[[rule]]
id = "T-OUT-01"
title = { zh = "保护区内设置排污口", en = "Outfall inside a protection zone" }
subject = "pollution_sources"
kinds = ["outfall"]
levels = ["1", "2"]
medium = "surface"
relation = "inside"
where = { operating = ["operating", "planned"] }
effect = "prohibited"
severity = "critical"
remedy = { zh = "限期拆除，恢复原状", en = "Remove within the term set" }

[[rule.basis]]
instrument = { zh = "水污染防治法", en = "Water Pollution Prevention and Control Law" }
article = "64"
from = 2008-06-01
to = 2026-08-14
[[rule.basis]]
instrument = { zh = "生态环境法典", en = "Ecological Environment Code" }
article = "318"
from = 2026-08-15

[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
level = "1"
kind = "outfall"
subject = "POINT (5 5)"
result = "violation"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
level = "1"
kind = "outfall"
subject = "POINT (15 5)"
result = "clear"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
level = "1"
kind = "outfall"
subject = "POINT (10 5)"
result = "check"
"""


def book(folder: Path, text: str, name: str = "test.toml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_the_book_of_the_contract_loads_and_its_examples_hold(tmp_path: Path) -> None:
    rules = rule_set([book(tmp_path, SPEC_BOOK)], folder=tmp_path)
    assert list(rules.levels) == ["1", "2", "quasi"]
    assert wrong_examples(rules) == []


def test_the_citation_follows_the_day(tmp_path: Path) -> None:
    rules = rule_set([book(tmp_path, SPEC_BOOK)], folder=tmp_path)
    rule = rules.rules["T-OUT-01"]
    assert rules.citation(rule, "zh", as_of=date(2026, 8, 14)) == "《水污染防治法》第64条"
    assert rules.citation(rule, "en", as_of=date(2026, 8, 15)) == "Ecological Environment Code, Art. 318"
    assert rules.in_force(date(2008, 5, 31)) == []


def test_a_wrong_example_is_found(tmp_path: Path) -> None:
    text = SPEC_BOOK.replace('subject = "POINT (15 5)"', 'subject = "POINT (9 5)"')
    faults = wrong_examples(rule_set([book(tmp_path, text)], folder=tmp_path))
    assert [(fault.code, fault.column) for fault in faults] == [("EXAMPLE_FAILS", "T-OUT-01.example.2")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('relation = "inside"', 'relation = "near"', "relation"),
        ('effect = "prohibited"', 'effect = "forbidden"', "effect"),
        ('severity = "critical"', 'severty = "critical"', "severty"),
        ('kinds = ["outfall"]', 'kinds = ["out fall"]', "unknown out fall"),
        ('levels = ["1", "2"]\n', 'levels = ["1", "4"]\n', "unknown 4"),
        ('relation = "inside"', 'relation = "within"', "within_m"),
        ('relation = "inside"', 'relation = "inside"\nwithin_m = 300', "within_m"),
        ('relation = "inside"', 'relation = "inside"\nof = "rivers"', "of: rivers|levels, medium"),
        ("POINT (5 5)", "POINT (5", "subject"),
        ('operating = ["operating", "planned"]', 'operating = ["运行"]', "unknown 运行; known: operating"),
        ("where = { operating", "where = { operatng", "did you mean operating"),
        (
            'where = { operating = ["operating", "planned"] }',
            'where = { discharges = ["yes"] }',
            "expected true or false",
        ),
        ('levels = ["1", "2", "quasi"]', "levels = []", "levels"),
        ('result = "clear"', 'result = "violation"', "one clear example"),
        ('effect = "prohibited"', 'effect = "restricted"', "never violation"),
        ('article = "318"\nfrom = 2026-08-15', 'article = "318"\nfrom = "soon"', "from"),
        ('subject = "pollution_sources"', 'subject = "rivers"', "subject"),
        ("edition", "editon", "editon"),
        ('remedy = { zh = "', 'remedy = { zh = "\\u001b[31m', "control character, U[+]001B"),
        ('article = "', 'article = "\\u0000', "control character, U[+]0000"),
        ("levels = [", "levels = ", "levels|line|TOML|Invalid"),
    ],
)
def test_a_faulty_book_is_refused_and_says_where(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SPEC_BOOK
    with pytest.raises(RuleBookError, match=told):
        rule_set([book(tmp_path, SPEC_BOOK.replace(old, new, 1))], folder=tmp_path)


def test_all_faults_stand_in_one_error(tmp_path: Path) -> None:
    text = SPEC_BOOK.replace('effect = "prohibited"', 'effect = "no"').replace(
        'severity = "critical"', 'severity = "red"'
    )
    text = text.replace('kinds = ["outfall"]', 'kinds = ["boat"]')
    with pytest.raises(RuleBookError) as caught:
        rule_set([book(tmp_path, text)], folder=tmp_path)
    assert len(caught.value.faults) == 3
    for fault in caught.value.faults:
        assert fault.reason("zh") and fault.reason("en")


def test_an_override_changes_only_its_keys(tmp_path: Path) -> None:
    local = (
        'jurisdiction = "local"\ntitle = { zh = "本地", en = "Local" }\nedition = "1"\n'
        '[[rule]]\nid = "T-OUT-01"\noverrides = true\nlevels = ["1", "2", "quasi"]\nseverity = "major"\n'
    )
    rules = rule_set([book(tmp_path, SPEC_BOOK), book(tmp_path, local, "local.toml")], folder=tmp_path)
    rule = rules.rules["T-OUT-01"]
    assert (rule.levels, rule.severity, rule.effect) == (("1", "2", "quasi"), "major", "prohibited")
    assert rules.book_of["T-OUT-01"].jurisdiction == "local"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('id = "X-1"\noverrides = "false"', "expected true or false"),
        ('id = "X-1"\noverrides = true', "no earlier book"),
        ('id = "T-OUT-01"', "stands already"),
        ('severity = "major"', "without an id"),
    ],
)
def test_a_wrong_override_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    local = f'jurisdiction = "local"\ntitle = {{ zh = "本地", en = "Local" }}\nedition = "1"\n[[rule]]\n{entry}\n'
    with pytest.raises(RuleBookError, match=told):
        rule_set([book(tmp_path, SPEC_BOOK), book(tmp_path, local, "local.toml")], folder=tmp_path)


def test_a_kind_of_ones_own_falls_under_the_rules_of_the_kind_it_is_like(tmp_path: Path) -> None:
    local = (
        'jurisdiction = "local"\ntitle = { zh = "本地", en = "Local" }\nedition = "1"\n'
        '[kinds]\ncar_wash = { zh = "洗车场", en = "car wash", like = "outfall" }\nstall = { zh = "摊", en = "stall" }\n'
    )
    rules = rule_set([book(tmp_path, SPEC_BOOK), book(tmp_path, local, "local.toml")], folder=tmp_path)
    assert rules.rules["T-OUT-01"].kinds == ("outfall", "car_wash")
    assert "stall" in rule_set(["cn", "local.toml"], folder=tmp_path).rules["CN-ACT-03"].kinds
    with pytest.raises(RuleBookError, match="unknown boat"):
        rule_set(
            [book(tmp_path, SPEC_BOOK), book(tmp_path, local.replace("outfall", "boat"), "b.toml")], folder=tmp_path
        )


def test_two_books_of_one_file_name_stay_two(tmp_path: Path) -> None:
    for place, rule in (("a", "A-1"), ("b", "B-1")):
        (tmp_path / place).mkdir()
        text = SPEC_BOOK.replace("T-OUT-01", rule).replace('jurisdiction = "test"', f'jurisdiction = "{place}"')
        book(tmp_path / place, text, "local.toml")
    rules = rule_set(["a/local.toml", "b/local.toml"], folder=tmp_path)
    assert [one.jurisdiction for one in rules.books] == ["a", "b"]
    assert {key: one.jurisdiction for key, one in rules.book_of.items()} == {"A-1": "a", "B-1": "b"}


def test_an_unknown_book_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError, match=r"cn, .*cn-qixingguan"):
        rule_set(["utopia"], folder=tmp_path)


def test_there_are_books_to_test() -> None:
    assert {"cn", "cn-qixingguan", "us-mi-screening"} <= set(built_in_books())


@pytest.mark.parametrize("stack", [("cn",), ("cn", "cn-qixingguan"), ("us-mi-screening",)])
def test_every_example_of_the_built_in_books_holds(stack: tuple[str, ...]) -> None:
    rules = rule_set(stack, folder=Path())
    assert len(answers(rules)) >= 2 * len(rules.rules)
    assert [fault.line("en") for fault in wrong_examples(rules)] == []


def test_the_national_book_cites_both_laws() -> None:
    rules = rule_set(["cn"], folder=Path())
    for rule_id, old, new in (("CN-OUT-01", "64", "318"), ("CN-CON-01", "65", "319"), ("CN-CON-02", "66", "320")):
        rule = rules.rules[rule_id]
        before = rules.citation(rule, "zh", as_of=date(2026, 8, 14))
        after = rules.citation(rule, "zh", as_of=date(2026, 8, 15))
        assert "水污染防治法" in before and old in before and "生态环境法典" not in before
        assert "生态环境法典" in after and new in after and "水污染防治法" not in after


def test_the_screening_book_cites_no_law() -> None:
    rules = rule_set(["us-mi-screening"], folder=Path())
    for rule in rules.rules.values():
        assert not rule.basis
        assert rules.citation(rule, "en", as_of=date(2026, 1, 1)) == "screening criterion, no legal citation"
