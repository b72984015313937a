"""Rule books: TOML files of a jurisdiction -> the rules in force on a day, with their citations.

A book is checked whole: every unknown key, word and unit and every missing example is in one error.
Later books of a stack add rules, or change keys of earlier ones by rule id (`overrides = true`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError

from gis.faults import Fault, InputError
from layers.rule import ZONES, Basis, Bilingual, Example, Rule, Strict
from layers.rule_faults import faults_of
from layers.words import KINDS, LEVELS, Word, fold

__all__ = [
    "ZONES",
    "Basis",
    "Bilingual",
    "Example",
    "Rule",
    "RuleBook",
    "RuleBookError",
    "RuleSet",
    "built_in_books",
    "rule_set",
]

BOOKS_FOLDER = Path(__file__).parent / "jurisdictions"


class RuleBookError(InputError):
    """A rule book that cannot be used."""


class Named(Bilingual):
    """A code's name in both languages and other spellings found in data."""

    also: tuple[str, ...] = ()


class NamedKind(Named):
    """A further kind of source; `like` is the known kind whose rules hold for it too."""

    like: str = "other"


class RuleBook(Strict):
    """One jurisdiction's book as it stands in its file."""

    jurisdiction: str = Field(min_length=1)
    title: Bilingual
    edition: Annotated[str, BeforeValidator(lambda value: value.isoformat() if isinstance(value, date) else value)]
    statutory: bool = True
    note: Bilingual | None = None
    nested: bool = False  # whether each level lies in the next one
    levels: tuple[str, ...] = ()
    level_names: Mapping[str, Named] = Field(default_factory=dict)
    kinds: Mapping[str, NamedKind] = Field(default_factory=dict)
    rule: tuple[Rule, ...] = ()


class RuleSet(NamedTuple):
    """A stack of books: the rules by id, and the words that data may use under them."""

    rules: Mapping[str, Rule]
    books: tuple[RuleBook, ...]
    book_of: Mapping[str, RuleBook]
    levels: Mapping[str, Word]
    kinds: Mapping[str, Word]

    def in_force(self, as_of: date) -> list[Rule]:
        """The rules in force on that day, in the order of the books."""
        return [rule for rule in self.rules.values() if rule.in_force(as_of)]

    def statutory(self, rule: Rule) -> bool:
        """Whether the rule states law, and not a criterion of screening or a prompt."""
        return self.book_of[rule.id].statutory if rule.statutory is None else rule.statutory

    def citation(self, rule: Rule, language: str, *, as_of: date) -> str:
        """What a finding of this rule cites on that day."""
        return rule.citation(language, as_of=as_of, statutory=self.statutory(rule))


def built_in_books() -> list[str]:
    """The names of the jurisdictions that come with Headwater."""
    return sorted(path.stem for path in BOOKS_FOLDER.glob("*.toml"))


@cache
def _built_in(names: tuple[str, ...]) -> RuleSet:
    return _stack({name: BOOKS_FOLDER / f"{name}.toml" for name in names})


def rule_set(jurisdictions: Sequence[str], *, folder: Path) -> RuleSet:
    """The stacked rules of built-in jurisdictions and of `.toml` files relative to `folder`.

    Raises RuleBookError with the faults of all books together.
    """
    known = built_in_books()
    if all(name in known for name in jurisdictions):
        return _built_in(tuple(jurisdictions))
    paths: dict[str, Path] = {}
    for name in jurisdictions:
        path = BOOKS_FOLDER / f"{name}.toml" if name in known else folder / name
        if not path.is_file():
            facts = {"known": ", ".join(known)}
            raise RuleBookError([Fault("RULE_BOOK_MISSING", file=name, facts=facts)])
        paths[name] = path
    return _stack(paths)


def _stack(paths: Mapping[str, Path]) -> RuleSet:
    """The books, by the names the project gives them, merged in order; all their faults in one error."""
    merged: dict[str, dict[str, Any]] = {}
    book_of: dict[str, str] = {}
    books: dict[str, RuleBook] = {}
    faults: list[Fault] = []
    for name, path in paths.items():
        try:
            book, entries = _read_book(path, name)
        except RuleBookError as error:
            faults += error.faults
            continue
        books[name] = book
        for entry in entries:
            faults += [
                Fault("RULE_BOOK_WRONG", file=name, column=where, facts={"found": what})
                for where, what in _merge(entry, merged, book_of, name)
            ]
    rules: dict[str, Rule] = {}
    levels = _levels(books.values())
    kinds = {**KINDS, **{code: Word(*_word(name)) for book in books.values() for code, name in book.kinds.items()}}
    for key, entry in merged.items():
        rule, found = _validated(entry, levels, kinds)
        faults += [
            Fault("RULE_BOOK_WRONG", file=book_of[key], column=f"{key}.{where}".rstrip("."), facts={"found": what})
            for where, what in found
        ]
        if rule is not None:
            rules[key] = _for_like_kinds(rule, books.values())
    faults += [
        Fault("RULE_BOOK_WRONG", file=name, column=f"kinds.{code}.like", facts={"found": f"unknown {kind.like}"})
        for name, book in books.items()
        for code, kind in book.kinds.items()
        if kind.like not in kinds
    ]
    if books and not levels:
        faults.append(Fault("RULE_BOOK_WRONG", file=next(iter(books)), column="levels", facts={"found": "levels = []"}))
    if faults:
        raise RuleBookError(faults)
    return RuleSet(rules, tuple(books.values()), {key: books[book_of[key]] for key in rules}, levels, kinds)


def _for_like_kinds(rule: Rule, books: Iterable[RuleBook]) -> Rule:
    """The rule, holding also for every further kind that is like one of its kinds.

    Without this a kind that a local book adds would fall under no earlier rule and be called clear.
    """
    if rule.kinds is None:
        return rule
    like = [code for book in books for code, kind in book.kinds.items() if kind.like in rule.kinds]
    return rule.model_copy(update={"kinds": (*rule.kinds, *(code for code in like if code not in rule.kinds))})


def _read_book(path: Path, name: str) -> tuple[RuleBook, list[dict[str, Any]]]:
    """A book without its rules, checked, and its rules as they are written."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # no UTF-8, no TOML, a number beyond bounds, brackets without end
        raise RuleBookError([Fault("RULE_BOOK_WRONG", file=name, facts={"found": str(error)})]) from None
    entries = written.pop("rule", [])
    try:
        book = RuleBook.model_validate(written)
    except ValidationError as error:
        found = [(_key(one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
        raise RuleBookError(
            [Fault("RULE_BOOK_WRONG", file=name, column=where, facts={"found": what}) for where, what in found]
        ) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RuleBookError([Fault("RULE_BOOK_WRONG", file=name, column="rule", facts={"found": "[[rule]]"})])
    return book, entries


def _merge(
    entry: dict[str, Any], merged: dict[str, dict[str, Any]], book_of: dict[str, str], book: str
) -> Iterator[tuple[str, str]]:
    """Add or override one rule in `merged`; gives what is wrong with doing so."""
    entry = dict(entry)
    overrides = entry.pop("overrides", False)
    key = entry.get("id")
    if not isinstance(key, str):
        yield "rule", "a rule without an id"
    elif not isinstance(overrides, bool):
        yield key, f"overrides: expected true or false, found {overrides!r}"
    elif overrides and key not in merged:
        yield key, "overrides = true, but no earlier book of the stack has this id"
    elif not overrides and key in merged:
        yield key, f"this id stands already in {book_of[key]}; an override says overrides = true"
    else:
        merged[key] = {**merged.get(key, {}), **entry}
        book_of[key] = book


def _validated(
    entry: Mapping[str, Any], levels: Mapping[str, Word], kinds: Mapping[str, Word]
) -> tuple[Rule | None, list[tuple[str, str]]]:
    """The rule, or what is wrong with it, also with its levels and kinds."""
    found: list[tuple[str, str]] = []
    for name, known in (("levels", levels), ("kinds", kinds)):
        words = entry.get(name, ())
        if isinstance(words, list):
            unknown = [word for word in words if isinstance(word, str) and word not in known]
            if unknown:
                found.append((name, f"unknown {', '.join(unknown)}; known: {', '.join(known)}"))
    try:
        rule = Rule.model_validate(entry)
    except ValidationError as error:
        return None, found + [(_key(one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
    found += [_told(line) for line in faults_of(rule)]
    return (None if found else rule), found


def _told(fault: str) -> tuple[str, str]:
    """The key that a fault of `layers.rule_faults` begins with, and what is wrong with it."""
    key, what = fault.split(": ", 1)
    return key, what


def _levels(books: Iterable[RuleBook]) -> dict[str, Word]:
    """Level codes, strictest first, of the first book that has them; later ones append theirs."""
    levels: dict[str, Word] = {}
    for book in books:
        for code in book.levels:
            levels.setdefault(code, LEVELS.get(code, Word(code, code)))
        for code, name in book.level_names.items():
            levels[code] = Word(*_word(name))
    return levels


def _word(name: Named) -> tuple[str, str, tuple[str, ...]]:
    return name.zh, name.en, tuple(fold(spelling) for spelling in name.also)


def _key(path: tuple[int | str, ...]) -> str:
    return ".".join(f"{part + 1}" if isinstance(part, int) else part for part in path)
