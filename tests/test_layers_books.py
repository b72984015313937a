"""The rule books of China: every rule that was agreed on is there, in both languages, with the right article on each day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layers.conditions import MISSING, NO, YES, known
from layers.examples import answers
from layers.rule_book import Bilingual, Rule, RuleSet, rule_set
from layers.rules import check
from layers.surroundings import left_out
from layers.verdicts import attribute
from layers.words import KINDS
from tests.shapes import frame, sources, square, zones

# The national rules that were agreed on; an id is never given up and never used again.
AGREED = [
    "CN-OUT-01",
    "CN-OUT-02",
    "CN-OUT-03",
    "CN-OUT-04",
    "CN-CON-01",
    "CN-CON-02",
    "CN-CON-02b",
    "CN-CON-03",
    "CN-CON-04",
    "CN-ACT-01",
    "CN-ACT-02",
    "CN-ACT-03",
    "CN-ACT-04",
    "CN-AGR-01",
    "CN-AGR-02",
    "CN-AGR-03",
    "CN-AGR-04",
    "CN-AGR-05",
    "CN-TRA-01",
    "CN-TRA-02",
    "CN-TRA-03",
    "CN-TRA-04",
    "CN-STO-01",
    "CN-STO-02",
    "CN-STO-03",
    "CN-WAS-01",
    "CN-WAS-02",
    "CN-WAS-03",
    "CN-WAS-04",
    "CN-WAS-05",
    "CN-WAS-06",
    "CN-WAS-07",
    "CN-WAS-08",
    "CN-GW-01",
    "CN-GW-02",
    "CN-GW-03",
    "CN-GW-04",
    "CN-GW-05",
    "CN-YRP-01",
    "CN-YRP-02",
    "CN-WQ-01",
    "CN-WQ-02",
    "CN-WQ-03",
    "CN-WQ-04",
    "CN-SGN-01",
    "CN-SGN-02",
    "CN-MGT-01",
    "CN-MGT-02",
]
# Those that were added since.
FURTHER = [
    "CN-AGR-01b",
    "CN-STO-02b",
    "CN-WAS-01b",
    "CN-WAS-06b",
    "CN-WAS-08b",
    "CN-YRP-02b",
    "CN-INT-01",
    "CN-REM-01",
    "CN-REM-02",
    "CN-REM-03",
    "CN-REM-04",
    "CN-ZON-01",
    "CN-ZON-02",
    "CN-ZON-03",
]

# What no source on file has the text of: never a violation.
FROM_MEMORY = ("CN-AGR-02", "CN-TRA-02", "CN-SGN-02")

OLD_DAY, LAST_DAY, FIRST_DAY = date(2017, 11, 30), date(2026, 8, 14), date(2026, 8, 15)
OLD_LAW, NEW_LAW = "水污染防治法", "生态环境法典"
# rule: article of the old law, article of the new one
CHANGED = {
    "CN-OUT-01": ("64", "318"),
    "CN-OUT-02": ("67", "321"),
    "CN-OUT-03": ("19", "275"),
    "CN-CON-01": ("65(1)", "319(1)"),
    "CN-CON-02": ("66(1)", "320(1)"),
    "CN-CON-02b": ("66(1)", "320(1)"),
    "CN-CON-03": ("67", "321"),
    "CN-CON-04": ("67", "321"),
    "CN-ACT-01": ("65(2)", "319(2)"),
    "CN-ACT-02": ("65(2)", "319(2)"),
    "CN-ACT-03": ("65(2)", "319(2)"),
    "CN-ACT-04": ("66(2)", "320(2)"),
    "CN-AGR-01": ("65(1)", "319(1)"),
    "CN-AGR-01b": ("66(1)", "320(1)"),
    "CN-WAS-02": ("38", "164(2)"),
    "CN-SGN-01": ("63(4)", "317(4)"),
    "CN-MGT-01": ("70(1)", "324(1)"),
    "CN-MGT-02": ("69(1)", "323(1)"),
}
# rule: an instrument and its article, cited on every one of the days
LASTING = {
    "CN-OUT-01": ("水法", "34"),
    "CN-AGR-01": ("畜禽规模养殖污染防治条例", "11"),
    "CN-STO-03": ("危险化学品安全管理条例", "19"),
    "CN-GW-01": ("饮用水水源保护区污染防治管理规定", "18"),
    "CN-TRA-01": ("饮用水水源保护区污染防治管理规定", "11(3)"),
    "CN-WQ-01": ("地表水环境质量标准 GB 3838-2002", "3"),
    "CN-WQ-03": ("地表水环境质量标准 GB 3838-2002", "5.3"),
    "CN-WQ-04": ("地表水环境质量标准 GB 3838-2002", "5.1"),
}
STACKS = [
    ("cn",),
    ("cn", "cn-guizhou"),
    ("cn", "cn-qixingguan"),
    ("cn", "cn-suqian"),
    ("cn", "cn-zhumadian"),
    ("cn", "cn-qingdao"),
    ("cn", "cn-guizhou", "cn-qixingguan"),
]


@cache
def stacked(stack: tuple[str, ...]) -> RuleSet:
    return rule_set(stack, folder=Path())


@cache
def given(stack: tuple[str, ...]) -> dict[tuple[str, int], str]:
    """What the engine answers to every example of a stack."""
    return answers(stacked(stack))


@pytest.fixture(scope="module")
def cn() -> RuleSet:
    return stacked(("cn",))


def cited(rule: Rule, day: date) -> set[tuple[str, str]]:
    return {(one.instrument.zh.split("（")[0], one.article) for one in rule.basis if one.in_force(day)}


def test_every_rule_that_was_agreed_on_is_there(cn: RuleSet) -> None:
    assert len(AGREED) == len(set(AGREED)) == 48
    assert set(cn.rules) == {*AGREED, *FURTHER}
    assert cn.books[0].nested and list(cn.levels) == ["1", "2", "quasi"]


@pytest.mark.parametrize("stack", STACKS, ids="+".join)
def test_every_rule_speaks_both_languages_and_says_what_to_bring_back(stack: tuple[str, ...]) -> None:
    for rule in stacked(stack).rules.values():
        assert rule.evidence, rule.id
        texts = [rule.title, rule.remedy, rule.note, rule.penalty, rule.filing, *rule.evidence]
        texts += [one.instrument for one in rule.basis]
        for text in texts:
            if isinstance(text, Bilingual):
                assert any("一" <= sign <= "鿿" for sign in text.zh), (rule.id, text.zh)
                assert not any("一" <= sign <= "鿿" for sign in text.en), (rule.id, text.en)


@pytest.mark.parametrize("stack", STACKS, ids="+".join)
def test_every_example_of_a_stack_comes_out_as_written(stack: tuple[str, ...]) -> None:
    written = {
        (rule.id, number): example.result
        for rule in stacked(stack).rules.values()
        for number, example in enumerate(rule.example, start=1)
    }
    assert given(stack) == written
    assert len(written) >= 3 * len(stacked(stack).rules)


@pytest.mark.parametrize(("rule_id", "articles"), CHANGED.items())
def test_the_law_changes_overnight(cn: RuleSet, rule_id: str, articles: tuple[str, str]) -> None:
    old, new = articles
    for day in (OLD_DAY, LAST_DAY):
        assert (OLD_LAW, old) in cited(cn.rules[rule_id], day)
        assert NEW_LAW not in cn.citation(cn.rules[rule_id], "zh", as_of=day)
    assert (NEW_LAW, new) in cited(cn.rules[rule_id], FIRST_DAY)
    assert OLD_LAW not in cn.citation(cn.rules[rule_id], "zh", as_of=FIRST_DAY)


@pytest.mark.parametrize(("rule_id", "article"), LASTING.items())
def test_what_was_not_repealed_is_cited_on_every_day(cn: RuleSet, rule_id: str, article: tuple[str, str]) -> None:
    for day in (OLD_DAY, LAST_DAY, FIRST_DAY):
        assert article in cited(cn.rules[rule_id], day)


def test_the_older_numbering_is_not_claimed_to_be_known(cn: RuleSet) -> None:
    rule = cn.rules["CN-CON-01"]
    assert "条号按2017年修正文本" in cn.citation(rule, "zh", as_of=OLD_DAY)
    assert cn.citation(rule, "zh", as_of=date(2018, 1, 1)) == "《水污染防治法》第65条第1款"


def test_no_day_between_two_laws_is_without_one(cn: RuleSet) -> None:
    for rule_id in CHANGED:
        rule = cn.rules[rule_id]
        for turn in (date(2018, 1, 1), FIRST_DAY):
            assert rule.in_force(turn) and rule.in_force(turn - timedelta(days=1)), rule_id


def test_rules_hold_only_from_their_day(cn: RuleSet) -> None:
    first = {"CN-OUT-04": FIRST_DAY, "CN-YRP-01": date(2021, 3, 1), "CN-GW-05": date(2021, 12, 1)}
    for rule_id, day in first.items():
        assert cn.rules[rule_id].in_force(day) and cn.rules[rule_id].built_from == day
        assert not cn.rules[rule_id].in_force(day - timedelta(days=1))


@pytest.mark.parametrize("day", [OLD_DAY, LAST_DAY, FIRST_DAY, date(2026, 11, 22)])
def test_what_is_from_memory_never_makes_a_violation(cn: RuleSet, day: date) -> None:
    for rule_id in FROM_MEMORY:
        rule = cn.rules[rule_id]
        assert not rule.is_reviewed(day) and not rule.forbids(day)
        assert "条款待核对" in cn.citation(rule, "zh", as_of=day)
        assert "violation" not in {example.result for example in rule.example}


def test_the_provisions_make_no_violation_since_nobody_knows_whether_they_are_in_force(cn: RuleSet) -> None:
    alone = [
        rule
        for rule in cn.rules.values()
        if rule.basis and all(one.instrument.zh.startswith("饮用水水源保护区污染防治管理规定") for one in rule.basis)
    ]
    assert {"CN-STO-01", "CN-WAS-01", "CN-GW-03", "CN-AGR-03"} <= {rule.id for rule in alone}
    for rule in alone:
        assert rule.is_reviewed(LAST_DAY) and not rule.is_reviewed(FIRST_DAY), rule.id
        assert "条款待核对" in cn.citation(rule, "zh", as_of=FIRST_DAY)


@pytest.mark.parametrize("stack", STACKS, ids="+".join)
def test_a_rule_that_is_not_reviewed_answers_check_in_its_examples(stack: tuple[str, ...]) -> None:
    rules = stacked(stack)
    unreviewed = [rule for rule in rules.rules.values() if not rule.is_reviewed(rule.a_day()) and rule.case is None]
    assert unreviewed
    for rule in unreviewed:
        results = {given(stack)[rule.id, number] for number in range(1, len(rule.example) + 1)}
        assert "check" in results and "violation" not in results, rule.id


def test_every_word_of_a_kind_is_one_kind(cn: RuleSet) -> None:
    seen: dict[str, str] = {}
    for code, word in cn.kinds.items():
        for spelled in {code, word.zh, word.en, *word.also}:
            assert seen.setdefault(spelled.lower(), code) == code, spelled


def test_every_kind_falls_under_a_rule(cn: RuleSet) -> None:
    named = {kind for rule in cn.rules.values() for kind in rule.kinds or ()}
    assert set(cn.kinds) - named == set()
    assert set(cn.kinds) > set(KINDS)


@pytest.mark.parametrize("stack", STACKS, ids="+".join)
def test_every_attribute_that_is_asked_for_has_a_name_to_read(stack: tuple[str, ...]) -> None:
    for rule in stacked(stack).rules.values():
        asked = {*rule.where, *rule.unless, *rule.zone_where, *rule.older_than_years}
        for name in asked | ({"built_on"} if rule.built_from else set()):
            chinese, english = attribute(name, "zh"), attribute(name, "en")
            assert any("一" <= sign <= "鿿" for sign in chinese), (rule.id, name)
            assert not any("一" <= sign <= "鿿" for sign in english), (rule.id, name)


def test_a_local_book_overrides(cn: RuleSet) -> None:
    guizhou = stacked(("cn", "cn-guizhou"))
    assert "settlement" in (cn.rules["CN-ACT-03"].kinds or ())
    assert "settlement" not in (guizhou.rules["CN-ACT-03"].kinds or ())
    assert guizhou.rules["CN-ACT-03"].basis == cn.rules["CN-ACT-03"].basis
    assert guizhou.book_of["CN-ACT-03"].jurisdiction == "cn-guizhou"
    suqian = stacked(("cn", "cn-suqian"))
    assert (cn.rules["CN-AGR-02"].effect, suqian.rules["CN-AGR-02"].effect) == ("conditional", "prohibited")
    assert not suqian.rules["CN-AGR-02"].forbids(FIRST_DAY)


def test_a_prompt_about_a_layer_that_is_not_there_is_left_out(cn: RuleSet) -> None:
    places = sources("POINT (5000 500)")
    frames = {"protection_zones": zones(square(0, 0, 1000)), "pollution_sources": places}
    answers = check(frames, cn, as_of=OLD_DAY, complete_within_metres=9000)
    assert "CN-INT-01" not in set(answers.coverage["rule_id"])
    assert answers.verdicts["pollution_sources"]["result"].tolist() == ["clear"]
    assert [rule.id for rule in left_out(cn, frames, OLD_DAY)] == ["CN-INT-01"]
    near = frames | {"intakes": frame("POINT (5500 500)", intake_id=["Q"], name=["Q"])}
    assert answers_to(near, cn) == {"CN-INT-01": "check"}
    assert not left_out(cn, near, OLD_DAY)
    # a layer that the law needs leaves the site open
    heap = frames | {"pollution_sources": sources("POINT (5000 500)", kind="waste_heap")}
    told = check(heap, cn, as_of=OLD_DAY, complete_within_metres=9000).verdicts["pollution_sources"]
    assert told["not_assessed_why"].tolist() == ["LAYER_ABSENT"]


def answers_to(frames: Mapping[str, gpd.GeoDataFrame], rules: RuleSet) -> dict[str, str]:
    found = check(frames, rules, as_of=OLD_DAY, complete_within_metres=9000).findings
    return dict(zip(found["rule_id"], found["result"], strict=True))


@pytest.mark.parametrize(
    ("written", "state"),
    [
        *(("是", YES), ("Yes", YES), (True, YES), (1, YES), (1.0, YES)),
        *(("否", NO), ("no", NO), (False, NO), (0, NO)),
        *(("不详", MISSING), ("待核实", MISSING), ("", MISSING), (None, MISSING)),
    ],
)
def test_a_column_of_yes_and_no_is_read_in_every_spelling_and_never_guessed(written: object, state: int) -> None:
    assert known(pd.Series([written, "是"], dtype=object), (True,))[0] == state
    other = {YES: NO, NO: YES, MISSING: MISSING}[state]
    assert known(pd.Series([written, "是"], dtype=object), (False,))[0] == other


def test_a_list_of_words_is_still_compared_as_it_is_written() -> None:
    values = pd.Series(["干流", "main", "是", None], dtype=object)
    assert known(values, ("main", "干流")).tolist() == [YES, YES, NO, MISSING]


def test_a_number_in_a_book_is_that_number_in_any_spelling_and_a_code_in_quotes_is_not() -> None:
    values = pd.Series(["2", "2.0", "02", "3", "第二", None], dtype=object)
    assert known(values, (2.0,)).tolist() == [YES, YES, YES, NO, NO, MISSING]
    assert known(values, ("2",)).tolist() == [YES, NO, NO, NO, NO, MISSING]
    assert known(pd.Series(["是", "partly", "否"], dtype=object), (True, "partly")).tolist() == [YES, YES, NO]
