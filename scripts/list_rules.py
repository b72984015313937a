"""`headwater rules`: the rules in force on a day, with their citations, by book and topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from layers.rule import Rule
from layers.rule_book import RuleBook, RuleSet
from scripts.console import DONE, Console
from scripts.display import page_width, painted, shown_width, wrapped
from scripts.rule_lines import article_line, days, force_of, state_of
from scripts.run_project import judged_rules

# What the letters in the middle of an id stand for; a topic without a name is headed by its letters.
TOPICS: Mapping[str, Mapping[str, str]] = {
    "OUT": {"zh": "排污口", "en": "outfalls"},
    "CON": {"zh": "建设项目", "en": "construction"},
    "ACT": {"zh": "活动", "en": "activities"},
    "AGR": {"zh": "农业和养殖", "en": "agriculture and livestock"},
    "TRA": {"zh": "交通和码头", "en": "transport and wharves"},
    "STO": {"zh": "储存", "en": "storage"},
    "WAS": {"zh": "固体废物", "en": "waste"},
    "GW": {"zh": "地下水", "en": "groundwater"},
    "YRP": {"zh": "长江保护", "en": "Yangtze protection"},
    "WQ": {"zh": "水质", "en": "water quality"},
    "SGN": {"zh": "标志和隔离", "en": "signs and fences"},
    "MGT": {"zh": "管理", "en": "management"},
    "REM": {"zh": "整改", "en": "remediation"},
    "CAT": {"zh": "餐饮", "en": "catering"},
    "SRC": {"zh": "污染源", "en": "pollution sources"},
    "PER": {"zh": "许可", "en": "permits"},
    "INT": {"zh": "取水口", "en": "intakes"},
    "ZON": {"zh": "保护区图形", "en": "outlines of zones"},
    "LOC": {"zh": "地方要求", "en": "local requirements"},
    "SPZ": {"zh": "各区内的污染源", "en": "sources in the zones"},
    "KAR": {"zh": "岩溶区", "en": "karst"},
    "PPI": {"zh": "直接保护范围", "en": "immediate perimeter"},
    "PPR": {"zh": "邻近保护范围", "en": "near perimeter"},
    "PPE": {"zh": "远围保护范围", "en": "far perimeter"},
}


def list_rules(jurisdictions: list[str], as_of: date, console: Console) -> int:
    """Tells the rules of the stacked jurisdictions that are in force on `as_of`, and those that are not."""
    rules = judged_rules(jurisdictions, folder=Path.cwd())
    if console.as_json:
        console.give([rule_facts(rule, rules, as_of) for rule in rules.rules.values()])
        return DONE
    for book in rules.books:
        for line in _book_lines(book, rules, as_of, console.language):
            console.say(line, line)
    return DONE


def rule_facts(rule: Rule, rules: RuleSet, as_of: date) -> dict[str, Any]:
    """All that a rule says, and what holds of it on a day, as --json tells it."""
    return {
        "rule_id": rule.id,
        "jurisdiction": rules.book_of[rule.id].jurisdiction,
        "topic": topic_of(rule),
        "in_force": rule.in_force(as_of),
        "may_be_violation": rule.forbids(as_of),
        "citation": {one: rules.citation(rule, one, as_of=as_of) for one in ("zh", "en")},
        **{key: value for key, value in rule.model_dump(mode="json", by_alias=True).items() if key != "example"},
        "reviewed": rule.is_reviewed(as_of),
        "statutory": rules.statutory(rule),
        "basis": [
            {**basis.model_dump(mode="json", by_alias=True), "in_force": basis.in_force(as_of)} for basis in rule.basis
        ],
    }


def topic_of(rule: Rule) -> str:
    """The letters of an id that name its topic: OUT of CN-OUT-01; "" where it has none."""
    parts = [part.upper() for part in re.split(r"[-_.]", rule.id)]
    known = next((part for part in [*parts[1:], parts[0]] if part in TOPICS), "")
    return known or (parts[1] if len(parts) > 2 else "")


def _book_lines(book: RuleBook, rules: RuleSet, as_of: date, language: str) -> Iterator[str]:
    zh = language == "zh"
    own = [rule for rule in rules.rules.values() if rules.book_of[rule.id] is book]
    holding = [rule for rule in own if rule.in_force(as_of)]
    known = sum(rule.is_reviewed(as_of) for rule in holding)
    counts = (
        f"{as_of}：有效 {len(holding)} 条，其中条款已核对 {known} 条，待核对 {len(holding) - known} 条"
        if zh
        else f"{as_of}: {len(holding)} in force, {known} with a reviewed citation, {len(holding) - known} to be checked"
    )
    title = f"{book.title.text(language)} · {book.jurisdiction} · {book.edition}"
    yield from (painted(line, "bold") for line in wrapped(title, page_width()))
    yield from wrapped(counts, page_width(), first="  ", rest="  ")
    if book.note:
        yield from wrapped(book.note.text(language), page_width(), first="  ", rest="  ")
    if not book.statutory:
        yield "  非法定：结论只提示核查" if zh else "  not statutory: a finding is a place to look at"
    topics: dict[str, list[Rule]] = {}
    for rule in holding:
        topics.setdefault(topic_of(rule), []).append(rule)
    for topic, under in topics.items():
        yield ""
        yield painted(f"  {TOPICS.get(topic, {}).get(language, topic) or ('其他' if zh else 'other')}", "bold")
        for rule in under:
            yield from _rule_lines(rule, rules, as_of, language)
    left = [rule for rule in own if rule not in holding]
    if left:
        yield ""
        yield f"  {as_of} 未生效或已失效：" if zh else f"  not in force on {as_of}:"
        for rule in left:
            told = (
                f"{rule.title.text(language)}（{_whole_span(rule, language)}）"
                if zh
                else (f"{rule.title.text(language)} ({_whole_span(rule, language)})")
            )
            yield from wrapped(told, page_width(), first=f"  {rule.id}  ", rest="      ")
    yield ""


def _rule_lines(rule: Rule, rules: RuleSet, as_of: date, language: str) -> Iterator[str]:
    """A rule: id and title, what it does, its articles in force with their days, whether they were compared."""
    first, rest = f"  {rule.id}  ", " " * 6
    yield from wrapped(rule.title.text(language), page_width(), first=first, rest=" " * shown_width(first))
    state = state_of(rule, as_of, language) if rules.statutory(rule) or rule.basis else ""
    own_days = days(rule.from_, rule.to, language)
    told = " · ".join(part for part in (force_of(rule, language), state, own_days) if part)
    yield from wrapped(told, page_width(), first=rest, rest=rest)
    articles = [article_line(basis, language) for basis in rule.basis if basis.in_force(as_of)]
    for article in articles or [rules.citation(rule, language, as_of=as_of)]:
        yield from wrapped(article, page_width(), first=rest, rest=rest + "  ")


def _whole_span(rule: Rule, language: str) -> str:
    spans = [days(basis.from_, basis.to, language) for basis in rule.basis] + [days(rule.from_, rule.to, language)]
    return ("；" if language == "zh" else "; ").join(dict.fromkeys(span for span in spans if span))
