"""Rule books: TOML files of a jurisdiction -> the rules in force on a day, with their citations.

A book is checked whole: every unknown key, word and unit and every missing example is in one error.
Later books of a stack add rules, or change keys of earlier ones by rule id (`overrides = true`).
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import shapely
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gis.faults import Fault, InputError
from layers.words import KINDS, LEVELS, MEDIA, OPERATING, STATUSES, WATER_TYPES, Word, fold

BOOKS_FOLDER = Path(__file__).parent / "jurisdictions"

ZONES = "protection_zones"


class RuleBookError(InputError):
    """A rule book that cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Strict):
    """A text in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Named(Bilingual):
    """A code's name in both languages and other spellings found in data."""

    also: tuple[str, ...] = ()


class NamedKind(Named):
    """A further kind of source; `like` is the known kind whose rules hold for it too."""

    like: str = "other"


class Basis(_Strict):
    """An article of an instrument and the days from and to which it is the law (both inclusive)."""

    instrument: Bilingual
    article: Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)] = ""
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None

    def in_force(self, as_of: date) -> bool:
        return (self.from_ is None or self.from_ <= as_of) and (self.to is None or as_of <= self.to)

    def citation(self, language: str) -> str:
        if language == "zh":
            return f"《{self.instrument.zh}》" + _chinese_article(self.article)
        return self.instrument.en + (f", Art. {self.article}" if self.article else "")


def _chinese_article(article: str) -> str:
    """An article as a Chinese lawyer writes it: "65(1)" is 第65条第1款, "1145(1)(2)" 第1145条第1款第2项."""
    number, *parts = article.replace(")", "").split("(")
    return "".join(f"第{part.strip()}{unit}" for part, unit in zip([number, *parts], "条款项", strict=False) if part)


class Example(BaseModel):
    """A drawn case in metres with the result it must have; further keys are attributes of the subject."""

    model_config = ConfigDict(extra="allow", frozen=True)

    zone: str
    subject: str
    result: Literal["violation", "check", "clear"]
    level: str = ""
    kind: str = ""
    medium: Literal["", "surface", "groundwater"] | None = None

    @model_validator(mode="after")
    def _readable(self) -> Example:
        for name in ("zone", "subject"):
            try:
                geometry = shapely.from_wkt(getattr(self, name))
            except shapely.errors.GEOSException as error:
                raise ValueError(f"{name}: {error}") from None
            if geometry.is_empty or not geometry.is_valid:
                raise ValueError(f"{name}: expected a valid geometry that is not empty")
        return self

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self.model_extra or {}


class Rule(_Strict):
    """What kind of subject, in what relation to which zones, is forbidden, restricted or to be checked."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: Bilingual
    subject: Literal["pollution_sources", "remediation_sites"]
    kinds: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    medium: Literal["surface", "groundwater"] | None = None
    relation: Literal["inside", "crosses", "within"]
    within_m: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    of: Literal["protection_zones", "water_bodies", "rivers", "intakes", "districts"] = ZONES  # type: ignore[assignment]
    where: Mapping[str, tuple[str | bool, ...]] = Field(default_factory=dict)
    effect: Literal["prohibited", "restricted", "conditional"]
    severity: Literal["critical", "major", "minor", "info"]
    remedy: Bilingual
    note: Bilingual | None = None
    statutory: bool | None = None  # left out: as its book
    basis: tuple[Basis, ...] = ()
    example: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        faults = list(_rule_faults(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def in_force(self, as_of: date) -> bool:
        """Whether one of its articles is the law on that day; a rule that cites none always is."""
        return not self.basis or any(basis.in_force(as_of) for basis in self.basis)

    def citation(self, language: str, *, as_of: date, statutory: bool) -> str:
        """The articles in force on the day; plainly said where there is none to cite."""
        articles = [basis.citation(language) for basis in self.basis if basis.in_force(as_of)]
        if articles:
            return ("；" if language == "zh" else "; ").join(articles)
        if not statutory:
            return {"zh": "筛查指标，无法律条款", "en": "screening criterion, no legal citation"}[language]
        return {"zh": "条款待核对", "en": "citation to be checked"}[language]


def _rule_faults(rule: Rule) -> Iterator[str]:
    """What is wrong with a rule beyond its words and types."""
    if (rule.relation == "within") != (rule.within_m is not None):
        yield 'within_m: needed with relation = "within", and only there'
    if rule.of != ZONES and (rule.levels is not None or rule.medium is not None):
        yield f"levels, medium: only protection_zones have them, not {rule.of}"
    if rule.relation != "within" and rule.of in ("rivers", "intakes"):
        yield f'of: {rule.of} has no inside; use relation = "within"'
    for name in ("kinds", "levels"):
        if getattr(rule, name) == ():
            yield f"{name}: an empty list would match nothing; leave it out for every one"
    yield from _where_faults(rule.where)
    results = {example.result for example in rule.example}
    if not results & {"violation", "check"} or "clear" not in results:
        yield "example: at least one flagged (violation or check) and one clear example"
    if rule.effect != "prohibited" and "violation" in results:
        yield f'example: effect = "{rule.effect}" answers check, never violation'


# The attributes whose values are words of ours, with the table of them.
WORDS_OF = {"operating": OPERATING, "status": STATUSES, "medium": MEDIA, "water_type": WATER_TYPES}
YES_OR_NO = ("discharges", "related_to_supply", "approved")


def _where_faults(where: Mapping[str, tuple[str | bool, ...]]) -> Iterator[str]:
    """Attributes and words that could never match: they would switch the rule off without a word.

    An attribute of the agency's own may stand here too, but not one that is nearly one of ours.
    """
    ours = (*WORDS_OF, *YES_OR_NO, "responsible_unit", "name", "problem", "built_on")
    for attribute, allowed in where.items():
        if not allowed:
            yield f"where.{attribute}: an empty list would match nothing"
        near = difflib.get_close_matches(attribute, ours, n=1, cutoff=0.8)
        if attribute not in ours and near:
            yield f"where.{attribute}: unknown attribute; did you mean {near[0]}?"
        if attribute in WORDS_OF:
            unknown = [str(value) for value in allowed if value not in WORDS_OF[attribute]]
            if unknown:
                yield f"where.{attribute}: unknown {', '.join(unknown)}; known: {', '.join(WORDS_OF[attribute])}"
        if attribute in YES_OR_NO and any(not isinstance(value, bool) for value in allowed):
            yield f"where.{attribute}: expected true or false, found {list(allowed)}"


class RuleBook(_Strict):
    """One jurisdiction's book as it stands in its file."""

    jurisdiction: str = Field(min_length=1)
    title: Bilingual
    edition: Annotated[str, BeforeValidator(lambda value: value.isoformat() if isinstance(value, date) else value)]
    statutory: bool = True
    note: Bilingual | None = None
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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
            unknown = [str(word) for word in words if word not in known]
            if unknown:
                found.append((name, f"unknown {', '.join(unknown)}; known: {', '.join(known)}"))
    try:
        rule = Rule.model_validate(entry)
    except ValidationError as error:
        return None, found + [(_key(one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
    return (None if found else rule), found


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
