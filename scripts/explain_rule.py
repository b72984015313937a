"""`headwater explain RULE`: the rule as it is read, its articles with their days, and its examples as drawings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gis.write import replaced
from layers.drawings import ASCII, Panel, legend, svg, text_lines
from layers.examples import answers
from layers.rule import Example, Rule
from layers.rule_book import BOOKS_FOLDER, RuleSet, built_in_books
from layers.words import RESULTS
from scripts.console import DONE, Console, WrongUse
from scripts.display import page_width, painted, side_by_side, wrapped
from scripts.list_rules import rule_facts
from scripts.rule_lines import (
    about,
    article_line,
    conditions,
    days,
    example_drawing,
    example_facts,
    force_of,
    marks,
    state_of,
    zone_name,
)

_COLOURS = {"violation": "red", "check": "yellow", "clear": "green", "not_assessed": "dim"}


def explain_rule(rule: Rule, rules: RuleSet, console: Console, *, as_of: date, drawn_to: Path | None) -> int:
    """Tells all of a rule; with `drawn_to` its drawings are also written there, as one SVG."""
    given = answers(rules._replace(rules={rule.id: rule}))
    if drawn_to is not None:
        if drawn_to.suffix.lower() != ".svg":
            raise WrongUse(
                f"--svg 应为 .svg 文件，现为 {drawn_to}", f"--svg expects a name ending in .svg, found {drawn_to}"
            )
        with replaced(drawn_to) as staged:
            staged.write_text(_svg(rule, rules, console.language), encoding="utf-8")
    if console.as_json:
        console.give(
            {
                "code": rule.id,
                **rule_facts(rule, rules, as_of),
                "changed_by": changed_by(rule, rules),
                "example": list(_example_facts(rule, given)),
            }
        )
        return DONE
    for line in (
        *_text_lines(rule, rules, as_of, console.language),
        *_drawn_lines(rule, rules, given, console.language),
    ):
        console.say(line, line)
    if drawn_to is not None:
        console.say(f"图已写入 {drawn_to}", f"drawings written to {drawn_to}")
    return DONE


def changed_by(rule: Rule, rules: RuleSet) -> list[str]:
    """The built-in local books, upon the rule's own, that change it: it is not the law there as it is told here."""
    own = rules.book_of[rule.id].jurisdiction
    stacked = {book.jurisdiction for book in rules.books}
    found = []
    for name in built_in_books():
        if name.startswith(f"{own}-") and name not in stacked:
            entries = tomllib.loads((BOOKS_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["rule"]
            if any(entry["id"] == rule.id and entry.get("overrides") for entry in entries):
                found.append(name)
    return found


def _example_facts(rule: Rule, given: Mapping[tuple[str, int], str]) -> Iterator[dict[str, Any]]:
    for number, example in enumerate(rule.example, start=1):
        drawing = example_drawing(rule, example)
        yield {
            **example.model_dump(mode="json", exclude_none=True),
            "answer": given[rule.id, number],
            "drawing": text_lines(drawing, ASCII) if drawing else None,
        }


def _text_lines(rule: Rule, rules: RuleSet, as_of: date, language: str) -> Iterator[str]:
    zh = language == "zh"
    book = rules.book_of[rule.id]
    title = f"{rule.id}  {rule.title.text(language)}"
    yield from (painted(line, "bold") for line in wrapped(title, page_width()))
    yield f"{book.title.text(language)} · {book.jurisdiction} · {book.edition}"
    yield ""
    parts: list[tuple[str, str]] = [
        ("效力" if zh else "effect", force_of(rule, language)),
        *about(rule, rules, language),
    ]
    parts += conditions(rule, language)
    if rule.from_ or rule.to:
        parts.append(("规则有效期" if zh else "rule holds", days(rule.from_, rule.to, language)))
    parts += _citations(rule, rules, as_of, language)
    named = [("处罚" if zh else "penalty", rule.penalty), ("整改" if zh else "remedy", rule.remedy)]
    named += [("办理" if zh else "to file", rule.filing), ("说明" if zh else "note", rule.note)]
    parts += [(name, text.text(language)) for name, text in named if text]
    parts += [("取证" if zh else "evidence to bring", one.text(language)) for one in rule.evidence]
    local = changed_by(rule, rules)
    if local:
        how = f"--book {book.jurisdiction} --book {local[0]}"
        told = f"{'、'.join(local)}（{how}）" if zh else f"{', '.join(local)} ({how})"
        parts.append(("地方法规库有修改" if zh else "changed by local books", told))
    previous = ""
    for name, text in parts:
        head = f"{name}{'：' if zh else ': '}" if name != previous else "    "
        yield from wrapped(text, page_width(), first=head if head.strip() else "    ", rest="    ")
        previous = name


def _citations(rule: Rule, rules: RuleSet, as_of: date, language: str) -> Iterator[tuple[str, str]]:
    """Every article with its days, the ones of the day marked; whether they were compared with the official text."""
    zh = language == "zh"
    name = "依据" if zh else "citation"
    for basis in rule.basis:
        holds = basis.in_force(as_of)
        mark = ("现行 → " if zh else "in force → ") if holds else ("不适用 · " if zh else "not now · ")
        yield name, mark + article_line(basis, language)
    if not rule.basis:
        yield name, rules.citation(rule, language, as_of=as_of)
    elif not rule.in_force(as_of):
        yield (
            name,
            f"{as_of} 没有有效条款，规则不执行" if zh else f"nothing is in force on {as_of}: the rule is not run",
        )
    if rule.basis:
        never = (
            ""
            if rule.is_reviewed(as_of)
            else "；只提示核查，不认定违规"
            if zh
            else "; it answers check, never violation"
        )
        yield "核对" if zh else "review", state_of(rule, as_of, language) + never


def _drawn_lines(rule: Rule, rules: RuleSet, given: Mapping[tuple[str, int], str], language: str) -> Iterator[str]:
    zh = language == "zh"
    width = page_width()
    yield ""
    yield painted("例子" if zh else "examples", "bold")
    legends: dict[str, None] = {}
    blocks: list[list[str]] = []
    for number, example in enumerate(rule.example, start=1):
        blocks.append(example_block(rule, number, example, rules, language))
        drawing = example_drawing(rule, example)
        if drawing:
            legends.update(dict.fromkeys(legend(drawing, marks(), language, zone_name(rule, language)).split("  ")))
        if given[rule.id, number] != example.result:
            told = RESULTS[given[rule.id, number]].text(language)
            blocks[-1].append(f"实际结果：{told}" if zh else f"but found: {told}")
    yield from side_by_side(blocks, width)
    if legends:
        yield from wrapped("  ".join(legends), width)


def example_block(rule: Rule, number: int, example: Example, rules: RuleSet, language: str) -> list[str]:
    """An example as lines: number and result, what it says, and its drawing, where its answer follows from a place."""
    drawing = example_drawing(rule, example)
    lines = (
        text_lines(drawing, marks())
        if drawing
        else ["无图：结果只取决于记录" if language == "zh" else "no drawing: the record decides"]
    )
    room = max(len(lines[0]), 30)
    head = painted(f"{number}. {RESULTS[example.result].text(language)}", _COLOURS[example.result])
    return [head, *wrapped(example_facts(rule, example, rules, language), room), *lines]


def _svg(rule: Rule, rules: RuleSet, language: str) -> str:
    panels = [
        Panel(
            example_drawing(rule, example),
            [f"{number}. {RESULTS[example.result].text(language)}", example_facts(rule, example, rules, language)],
            example.result,
        )
        for number, example in enumerate(rule.example, start=1)
    ]
    return svg(f"{rule.id}  {rule.title.text(language)}", panels)
