"""One rule book looked through: every fault with its rule, key and line, what was found and what is expected.

`layers.rule_book` refuses a book with faults; here each is told so that the book's author can mend it, and the
examples of the rules that are sound are run all the same.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import shapely
from pydantic import ValidationError

from layers.book_lines import line_of
from layers.book_words import Said, expected_of, said_of
from layers.examples import answers
from layers.rule_book import BOOKS_FOLDER, Bilingual, Rule, RuleBook, RuleBookError, RuleSet, built_in_books, rule_set
from layers.rule_faults import faults_of
from layers.words import KINDS, LEVELS, Word

# A book of thousands of rules has about a megabyte; what is larger is no book.
LARGEST_BYTES = 5_000_000
# Examples are laid down side by side; one that is drawn farther out than this is a slip of a key.
FARTHEST_METRES = 100_000


class BookFault(NamedTuple):
    """What is wrong at one place of a book: `found` as it is written there; `expected` in both languages.

    `line` is that of the text, None where it is not known; `rule_id` and `key` are "" where the whole book is meant.
    """

    rule_id: str
    key: str
    found: str
    expected: Said
    line: int | None = None


class FailedExample(NamedTuple):
    """An example (numbered from 1) that does not come out as its book says."""

    rule: Rule
    number: int
    found: str
    line: int | None


class BookReport(NamedTuple):
    """All that was found out about one book; `notes` are worth a look, and no faults; `rules` are its sound ones."""

    faults: Sequence[BookFault]
    notes: Sequence[BookFault]
    failed: Sequence[FailedExample]
    rules: Mapping[str, Rule]
    levels: Mapping[str, Word] = MappingProxyType({})
    kinds: Mapping[str, Word] = MappingProxyType({})

    @property
    def examples(self) -> int:
        return sum(len(rule.example) for rule in self.rules.values())

    @property
    def sound(self) -> bool:
        return not self.faults and not self.failed


class _Found(NamedTuple):
    """What a book looks like while it is looked through: its text, and its rules merged with those below it."""

    text: str
    book: RuleBook | None
    entries: Sequence[dict[str, Any]]
    faults: list[BookFault]


def check_book(path: Path, on: Sequence[str] = (), *, folder: Path) -> BookReport:
    """All faults, notes and failing examples of one book, stacked on the books `on` (names, or files in `folder`).

    Raises RuleBookError where one of `on` is itself at fault: only the last book is looked through here.
    """
    below = rule_set(on, folder=folder) if on else None
    found = _read(path)
    if found.book is None:
        return BookReport(found.faults, [], [], {})
    levels, kinds = _levels(found.book, below), _kinds(found.book, below)
    faults = [*found.faults, *_word_faults(found.book, found.text, levels, kinds)]
    rules: dict[str, Rule] = {}
    written, numbers = _written(on, folder), dict[str, int]()
    for number, entry in _named(found, below, faults):
        key = entry["id"]
        numbers[key] = number
        whole = {**written.get(key, {}), **{name: value for name, value in entry.items() if name != "overrides"}}
        rule, wrong = _rule(whole, levels, kinds)
        faults += [one._replace(rule_id=key, line=line_of(found.text, number, one.key)) for one in wrong]
        if rule is not None:
            rules[key] = rule
    stack = _stack(found.book, rules, below, levels, kinds)
    if not faults:
        try:
            stack = rule_set([*on, str(path.resolve())], folder=folder)
        except RuleBookError as error:  # a fault that is only seen where a book is used
            faults += [BookFault("", one.column, one.facts.get("found", ""), Said("", "")) for one in error.faults]
    failed = [
        FailedExample(rule, number, answer, line_of(found.text, numbers[rule.id], f"example.{number}"))
        for rule, number, answer in _failed(stack, rules)
    ]
    notes = [
        note._replace(line=line_of(found.text, numbers[key], "basis"))
        for key, rule in rules.items()
        for note in _day_notes(rule)
    ]
    return BookReport(faults, notes, failed, rules, levels, kinds)


def _read(path: Path) -> _Found:
    """The text of a book, its head and its rules as they are written, and what is wrong so far."""
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        said = Said(f"至多 {LARGEST_BYTES} 字节的文本文件", f"a text file of at most {LARGEST_BYTES} bytes")
        return _Found("", None, [], [BookFault("", "", f"{size} bytes", said)])
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        head = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML, or a number beyond all bounds
        at = re.search(r"line (\d+)", str(error))
        what = f"UTF-8: {error}" if isinstance(error, UnicodeDecodeError) else str(error) or type(error).__name__
        fault = BookFault("", "", what, said_of("toml"), int(at[1]) if at else None)
        return _Found("", None, [], [fault])
    entries = head.pop("rule", [])
    faults: list[BookFault] = []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        faults.append(BookFault("", "rule", _shown(entries), said_of("rules"), line_of(text, 0, "rule")))
        entries = []
    try:
        book = RuleBook.model_validate(head)
    except ValidationError as error:
        faults += [one._replace(line=line_of(text, 0, one.key)) for one in _invalid(error, RuleBook)]
        book = _head_without_faults(head)
    if not entries and not faults and not book.kinds and not book.level_names:
        faults.append(BookFault("", "rule", "0", said_of("rules")))
    return _Found(text, book, entries, faults)


def _head_without_faults(head: Mapping[str, Any]) -> RuleBook:
    """As much of the head of a book as can be used, so that its rules can be looked through as well."""
    texts = Bilingual(zh="?", en="?")
    kept: dict[str, Any] = {"jurisdiction": "?", "title": texts, "edition": "?"}
    for name in RuleBook.model_fields:
        if name in head:
            try:
                RuleBook.model_validate({**kept, name: head[name]})
            except ValidationError:
                continue
            kept[name] = head[name]
    return RuleBook.model_validate(kept)


def _levels(book: RuleBook, below: RuleSet | None) -> Mapping[str, Word]:
    own = {code: LEVELS.get(code, Word(code, code)) for code in book.levels}
    named = {code: Word(name.zh, name.en, name.also) for code, name in book.level_names.items()}
    return {**(below.levels if below else {}), **own, **named}


def _kinds(book: RuleBook, below: RuleSet | None) -> Mapping[str, Word]:
    own = {code: Word(name.zh, name.en, name.also) for code, name in book.kinds.items()}
    return {**(below.kinds if below else KINDS), **own}


def _word_faults(
    book: RuleBook, text: str, levels: Mapping[str, Word], kinds: Mapping[str, Word]
) -> Iterator[BookFault]:
    """Faults of the head of a book that no single key shows."""
    if not levels:
        yield BookFault("", "levels", "[]", said_of("levels"), line_of(text, 0, "levels"))
    for code, kind in book.kinds.items():
        if kind.like not in kinds:
            yield BookFault("", f"kinds.{code}.like", kind.like, Said.one_of(kinds), line_of(text, 0, code))


def _named(found: _Found, below: RuleSet | None, faults: list[BookFault]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rules whose id can be used, with their numbers; what is wrong with the others goes to `faults`."""
    seen: set[str] = set()
    for number, entry in enumerate(found.entries, start=1):
        key, overrides = entry.get("id"), entry.get("overrides", False)
        if not isinstance(key, str):
            line = line_of(found.text, number, "rule")
            faults.append(
                BookFault(f"[[rule]] {number}", "id", "" if key is None else _shown(key), said_of("id"), line)
            )
            continue
        line, over = (line_of(found.text, number, name) for name in ("id", "overrides"))
        if not isinstance(overrides, bool):
            faults.append(BookFault(key, "overrides", _shown(overrides), said_of("yes_or_no"), over))
        elif key in seen:
            faults.append(BookFault(key, "id", _shown(key), said_of("id_twice"), line))
        elif overrides and (below is None or key not in below.rules):
            faults.append(BookFault(key, "overrides", "true", said_of("override_of_nothing"), over))
        elif not overrides and below is not None and key in below.rules:
            faults.append(BookFault(key, "id", _shown(key), said_of("id_taken"), line))
        else:
            yield number, entry
        seen.add(key)


def _written(on: Sequence[str], folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """The rules of the books below as they are written, merged, by id."""
    merged: dict[str, dict[str, Any]] = {}
    known = built_in_books()
    for name in on:
        path = BOOKS_FOLDER / f"{name}.toml" if name in known else folder / name
        for entry in tomllib.loads(path.read_text(encoding="utf-8-sig")).get("rule", []):
            own = {key: value for key, value in entry.items() if key != "overrides"}
            merged[entry["id"]] = {**merged.get(entry["id"], {}), **own}
    return merged


def _rule(
    entry: Mapping[str, Any], levels: Mapping[str, Word], kinds: Mapping[str, Word]
) -> tuple[Rule | None, list[BookFault]]:
    """The rule, None where it cannot be used, and what is wrong with it."""
    wrong: list[BookFault] = []
    for name, known in (("levels", levels), ("kinds", kinds)):
        words = entry.get(name)
        unknown = (
            [word for word in words if isinstance(word, str) and word not in known] if isinstance(words, list) else []
        )
        if unknown:
            wrong.append(BookFault("", name, _shown(unknown), Said.one_of(known)))
    try:
        rule = Rule.model_validate(entry)
    except ValidationError as error:
        wrong += _invalid(error, Rule)
        return None, wrong + [one for one in _misfits(_mended(entry, error), entry) if one.key.split(".")[0] in _VALUES]
    wrong += _misfits(rule, entry)
    wrong += _undrawable(rule)
    return (None if wrong else rule), wrong


def _undrawable(rule: Rule) -> Iterator[BookFault]:
    """The examples whose drawing the engine cannot lay down."""
    for number, example in enumerate(rule.example, start=1):
        for name, wkt in (("zone", example.zone), ("subject", example.subject)):
            if wkt and any(not abs(side) <= FARTHEST_METRES for side in shapely.from_wkt(wkt).bounds):
                yield BookFault("", f"example.{number}.{name}", _shown(wkt), said_of("far"))


# What can be judged of a rule though other keys of it are at fault, and what stands for those meanwhile.
_VALUES = ("where", "unless", "zone_where")
_STAND_INS: Mapping[str, Any] = {
    "id": "X",
    "title": {"zh": "?", "en": "?"},
    "subject": "pollution_sources",
    "relation": "inside",
    "effect": "conditional",
    "severity": "info",
    "remedy": {"zh": "?", "en": "?"},
}


def _mended(entry: Mapping[str, Any], error: ValidationError) -> Rule:
    """The rule without the keys that are at fault."""
    wrong = {one["loc"][0] for one in error.errors(include_url=False)}
    return Rule.model_validate({**_STAND_INS, **{key: value for key, value in entry.items() if key not in wrong}})


def _misfits(rule: Rule, entry: Mapping[str, Any]) -> Iterator[BookFault]:
    """What is wrong with a rule beyond its types."""
    for told in faults_of(rule):
        key, what = told.split(": ", 1)
        yield BookFault("", key, _at(entry, key), Said.of_fault(what))


def _invalid(error: ValidationError, model: type) -> Iterator[BookFault]:
    """The faults that the model of a book or rule found, one for each place."""
    told: set[str] = set()
    for one in error.errors(include_url=False):
        place = tuple(part for part in one["loc"] if part not in ("str", "bool", "float"))
        key = ".".join(f"{part + 1}" if isinstance(part, int) else str(part) for part in place)
        if key not in told:
            told.add(key)
            found = "" if one["type"] == "missing" else _shown(one["input"])
            yield BookFault("", key, found, expected_of(one, model))


def _at(entry: Mapping[str, Any], key: str) -> str:
    """What stands at a key such as "where.operating"; several keys, or one of an example, tell nothing here."""
    value: Any = entry
    for part in key.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return "" if isinstance(value, list) and value and isinstance(value[0], dict) else _shown(value)


def _shown(value: object) -> str:
    """A value of a book in one line of at most 120 letters, as TOML writes it where it is a plain one."""
    try:
        text = str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "…"
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


def _stack(
    book: RuleBook,
    rules: Mapping[str, Rule],
    below: RuleSet | None,
    levels: Mapping[str, Word],
    kinds: Mapping[str, Word],
) -> RuleSet:
    """The sound rules of a book as a set of their own, so that their examples can be run though others are faulty."""
    books = (*(below.books if below else ()), book)
    return RuleSet(rules, books, dict.fromkeys(rules, book), levels, kinds)


def _failed(stack: RuleSet, own: Mapping[str, Rule]) -> Iterator[tuple[Rule, int, str]]:
    used = stack._replace(rules={key: stack.rules[key] for key in own if key in stack.rules})
    for (key, number), found in answers(used).items():
        if found != used.rules[key].example[number - 1].result:
            yield used.rules[key], number, found


def _day_notes(rule: Rule) -> Iterator[BookFault]:
    """Days on which two articles of one instrument hold, and days between articles on which none does."""
    for at, first in enumerate(rule.basis):
        for second in rule.basis[at + 1 :]:
            start = max(first.from_ or date.min, second.from_ or date.min)
            end = min(first.to or date.max, second.to or date.max)
            replaced = first.instrument == second.instrument and (first.from_, first.to) != (second.from_, second.to)
            if replaced and start <= end:
                yield BookFault(rule.id, "basis", _span(start, end), said_of("overlap"))
    starts = [one.from_ for one in rule.basis if one.from_ is not None]
    for ended in {one.to for one in rule.basis if one.to is not None and one.to < date.max}:
        after = ended + timedelta(days=1)
        later = [start for start in starts if start > after]
        if later and not any(one.in_force(after) for one in rule.basis):
            yield BookFault(rule.id, "basis", _span(after, min(later) - timedelta(days=1)), said_of("gap"))


def _span(start: date, end: date) -> str:
    return f"{start if start > date.min else '…'} – {end if end < date.max else '…'}"
