"""`headwater rules --check`: every fault of a rule book with its place, and every example that fails, drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gis.faults import Fault
from layers.book_faults import BookFault, BookReport, FailedExample, check_book
from layers.drawings import ASCII, legend, text_lines
from layers.rule_book import BOOKS_FOLDER, RuleBookError, RuleSet, built_in_books
from layers.words import RESULTS
from scripts.console import DONE, WRONG_USE, Console
from scripts.display import page_width, painted, plain, wrapped
from scripts.explain_rule import example_block
from scripts.rule_lines import example_drawing, marks, zone_name


def check_books(paths: Sequence[Path], console: Console, *, on: Sequence[str] = ()) -> int:
    """Looks through each book, stacked on the books `on`; 2 where one has a fault or a failing example.

    A built-in book may be named without its path. Raises RuleBookError where a file is absent or no file.
    """
    named = [(path, _file(path)) for path in paths]
    absent = [
        Fault("RULE_BOOK_MISSING", file=plain(str(path)), facts={"known": ", ".join(built_in_books())})
        for path, file in named
        if file is None
    ]
    if absent:
        raise RuleBookError(absent)
    reports = {str(path): check_book(file, on, folder=Path.cwd()) for path, file in named if file is not None}
    if console.as_json:
        console.give([_facts(name, report) for name, report in reports.items()])
    for name, report in reports.items():
        for line in _report_lines(name, report, console.language):
            console.say(line, line)
    return DONE if all(report.sound for report in reports.values()) else WRONG_USE


def _file(path: Path) -> Path | None:
    if path.is_file():
        return path
    built_in = BOOKS_FOLDER / f"{path}.toml"
    return built_in if str(path) in built_in_books() else None


def _facts(name: str, report: BookReport) -> dict[str, Any]:
    return {
        "file": name,
        "sound": report.sound,
        "rules": len(report.rules),
        "examples": report.examples,
        "faults": [_fault_facts(fault) for fault in report.faults],
        "notes": [_fault_facts(note) for note in report.notes],
        "failing_examples": [_failing_facts(one) for one in report.failed],
    }


def _fault_facts(fault: BookFault) -> dict[str, Any]:
    expected = {"zh": fault.expected.zh, "en": fault.expected.en}
    return {"line": fault.line, "rule_id": fault.rule_id, "key": fault.key, "found": fault.found, "expected": expected}


def _failing_facts(one: FailedExample) -> dict[str, Any]:
    example = one.rule.example[one.number - 1]
    drawing = example_drawing(one.rule, example)
    return {
        "line": one.line,
        "rule_id": one.rule.id,
        "example": one.number,
        "expected": example.result,
        "found": one.found,
        "drawing": text_lines(drawing, ASCII) if drawing else None,
    }


def _report_lines(name: str, report: BookReport, language: str) -> Iterator[str]:
    zh = language == "zh"
    for fault in report.faults:
        yield from _fault_lines(name, fault, language)
    for one in report.failed:
        yield from _failing_lines(name, one, report, language)
    for note in report.notes:
        place = _place(name, note.line, note.rule_id, note.key)
        yield from wrapped(
            f"{plain(note.found)}{'：' if zh else ': '}{note.expected.text(language)}",
            page_width(),
            first=f"{place}  ",
            rest="    ",
        )
    rules, faults, failed = len(report.rules), len(report.faults), len(report.failed)
    if zh:
        counts = f"可用规则 {rules} 条，例子 {report.examples} 个，错误 {faults} 处，不成立的例子 {failed} 个"
    else:
        counts = f"rules usable {rules}, examples {report.examples}, faults {faults}, failing examples {failed}"
    yield painted(f"{plain(name)}{'：' if zh else ': '}{counts}", "green" if report.sound else "red")


def _place(name: str, line: int | None, rule_id: str, key: str) -> str:
    at = f"{plain(name)}:{line}" if line else plain(name)
    return " · ".join(part for part in (at, plain(rule_id), plain(key)) if part)


def _fault_lines(name: str, fault: BookFault, language: str) -> Iterator[str]:
    zh = language == "zh"
    yield painted(_place(name, fault.line, fault.rule_id, fault.key), "red")
    found = plain(fault.found) or ("没有" if zh else "nothing")
    yield from wrapped(found, page_width(), first="    现为：" if zh else "    found     ", rest=" " * 14)
    if fault.expected.en:
        yield from wrapped(
            fault.expected.text(language), page_width(), first="    应为：" if zh else "    expected  ", rest=" " * 14
        )


def _failing_lines(name: str, one: FailedExample, report: BookReport, language: str) -> Iterator[str]:
    """An example that does not come out as written: where it stands, both results, its drawing, what to do."""
    zh = language == "zh"
    example = one.rule.example[one.number - 1]
    expected, found = RESULTS[example.result].text(language), RESULTS[one.found].text(language)
    told = (
        f"应为 {expected}（{example.result}），实际 {found}（{one.found}）"
        if zh
        else f"expected {example.result}, found {one.found}"
    )
    yield painted(_place(name, one.line, one.rule.id, f"{'例子' if zh else 'example'} {one.number}"), "red")
    yield f"    {told}"
    rules = RuleSet(report.rules, (), {}, report.levels, report.kinds)
    for line in example_block(one.rule, one.number, example, rules, language):
        yield f"    {line}"
    drawing = example_drawing(one.rule, example)
    if drawing:
        yield f"    {legend(drawing, marks(), language, zone_name(one.rule, language))}"
    yield (
        "    → 改正规则或例子：两者之一写错了"
        if zh
        else "    → correct the rule or the example: one of the two is wrong"
    )
