"""One rule of a rule book: its keys, its articles with their days, and its drawn examples."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import shapely
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from layers.words import CLASSES

ZONES = "protection_zones"

# Relations that are a matter of place; `quality` is one where it names levels.
PLACED = ("inside", "crosses", "within")
# What a rule of relation `status` with a `case` asks; each is a function of layers.records.
CASES: Mapping[str, str] = {
    "still_violating": "remediation_sites",
    "not_on_ledger": "pollution_sources",
    "overdue": "remediation_sites",
    "outside_next_level": ZONES,
    "gap": ZONES,
    "overlap_of_sources": ZONES,
}
_TODAY = date(2026, 11, 22)  # any day will do for a rule without dates
TARGET = "target"  # worse_than = "target": than the section's own target

Values = Mapping[str, tuple[str | bool | float, ...]]


class Strict(BaseModel):
    """A part of a book in which an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _printable(text: str) -> str:
    """The text; what a terminal or a table would take for a command or an end (escape, NUL) is no text."""
    found = next((one for one in text if unicodedata.category(one) == "Cc" and one not in "\n\t"), None)
    if found is not None:
        raise ValueError(f"a control character, U+{ord(found):04X}, which no text has")
    return text


Text = Annotated[str, AfterValidator(_printable)]


class Bilingual(Strict):
    """A text in Chinese and English."""

    zh: Text = Field(min_length=1)
    en: Text = Field(min_length=1)

    def text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Basis(Strict):
    """An article of an instrument and the days from and to which it is the law (both inclusive).

    `reviewed`: whether a person has compared it with the official text.
    """

    instrument: Bilingual
    article: Annotated[Text, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)] = ""
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    reviewed: bool = True

    @model_validator(mode="after")
    def _days(self) -> Basis:
        if self.from_ and self.to and self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self

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
    """A drawn case in metres with the result it must have.

    Further keys are attributes: of the subject, or, with `zone_` before the name, of what it relates to.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    zone: str = ""
    subject: str = ""
    result: Literal["violation", "check", "clear", "not_assessed"]
    level: str = ""
    kind: str = ""
    medium: Literal["", "surface", "groundwater"] | None = None

    @model_validator(mode="after")
    def _readable(self) -> Example:
        for name in ("zone", "subject"):
            drawn = getattr(self, name)
            if not drawn:
                continue
            try:
                geometry = shapely.from_wkt(drawn)
            except shapely.errors.GEOSException as error:
                raise ValueError(f"{name}: {error}") from None
            if geometry.is_empty or not geometry.is_valid or geometry.geom_type == "GeometryCollection":
                raise ValueError(f"{name}: expected points, lines or areas, valid and not empty")
        return self

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes of the subject."""
        return {name: value for name, value in (self.model_extra or {}).items() if not name.startswith("zone_")}

    @property
    def zone_attributes(self) -> Mapping[str, Any]:
        """The attributes of the zone, or of what else the subject relates to."""
        extra = self.model_extra or {}
        return {name.removeprefix("zone_"): value for name, value in extra.items() if name.startswith("zone_")}


class Minimum(Strict):
    """How much of an area (`area_…`) or a line (`length_…`) must lie in a zone before a rule holds.

    `area_m2` and `length_m` in ground metres, the shares of the subject's own area or length, 0 to 1.
    """

    area_m2: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    area_share: float = Field(default=0.0, ge=0, le=1)
    length_m: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    length_share: float = Field(default=0.0, ge=0, le=1)


class Rule(Strict):
    """What kind of subject, in what relation to which zones, is forbidden, restricted or to be checked."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: Bilingual
    subject: Literal["pollution_sources", "remediation_sites", "river_sections", "protection_zones"]
    kinds: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    medium: Literal["surface", "groundwater"] | None = None
    relation: Literal["inside", "crosses", "within", "quality", "status"]
    within_m: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    of: Literal["protection_zones", "water_bodies", "rivers", "intakes", "districts"] = ZONES  # type: ignore[assignment]
    worse_than: Literal["I", "II", "III", "IV", "V", "target"] | None = None
    case: (
        Literal["still_violating", "not_on_ledger", "overdue", "outside_next_level", "gap", "overlap_of_sources"] | None
    ) = None
    where: Values = Field(default_factory=dict)
    unless: Values = Field(default_factory=dict)
    zone_where: Values = Field(default_factory=dict)
    older_than_years: Mapping[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    minimum: Minimum = Minimum()
    built_from: date | None = None
    act: Literal["inspection", "built"] = "inspection"
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    effect: Literal["prohibited", "restricted", "conditional"]
    severity: Literal["critical", "major", "minor", "info"]
    remedy: Bilingual
    note: Bilingual | None = None
    penalty: Bilingual | None = None
    evidence: tuple[Bilingual, ...] = ()
    filing: Bilingual | None = None
    statutory: bool | None = None  # left out: as its book
    reviewed: bool | None = None  # left out: whether it cites an article
    basis: tuple[Basis, ...] = ()
    example: tuple[Example, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether it is a matter of place: judged by `layers.rules`, the others by `layers.records`."""
        return self.relation in PLACED

    @property
    def relates(self) -> bool:
        """Whether it asks how a subject lies to zones or to another layer."""
        return self.placed or (self.relation == "quality" and self.levels is not None)

    def in_force(self, as_of: date) -> bool:
        """Whether it holds on that day, and one of its articles is the law; a rule that cites none always is."""
        if (self.from_ and as_of < self.from_) or (self.to and self.to < as_of):
            return False
        return not self.basis or any(basis.in_force(as_of) for basis in self.basis)

    def is_reviewed(self, as_of: date) -> bool:
        """Whether a person stands for what it cites on that day; without that it never makes a violation."""
        if self.reviewed is False:
            return False
        if not self.basis:
            return self.reviewed is True
        return any(basis.reviewed for basis in self.basis if basis.in_force(as_of))

    def forbids(self, as_of: date) -> bool:
        """Whether what it flags on that day may be a violation."""
        return self.effect == "prohibited" and self.is_reviewed(as_of)

    def a_day(self) -> date:
        """A day on which it holds, if there is one that its dates name; one on which it is reviewed before others."""
        named = [day for basis in self.basis for day in (basis.from_, basis.to)]
        days = [day for day in (*named, self.from_, self.to, _TODAY) if day is not None and self.in_force(day)]
        return next((day for day in days if self.is_reviewed(day)), days[0] if days else _TODAY)

    def citation(self, language: str, *, as_of: date, statutory: bool) -> str:
        """The articles in force on the day; plainly said where there is none to cite, or it is to be checked."""
        to_check = {"zh": "条款待核对", "en": "citation to be checked"}[language]
        cited = [basis for basis in self.basis if basis.in_force(as_of)]
        if cited:
            whole = self.reviewed is False
            marked = {"zh": f"（{to_check}）", "en": f" ({to_check})"}[language]
            told = [one.citation(language) + ("" if one.reviewed or whole else marked) for one in cited]
            return ("；" if language == "zh" else "; ").join(told) + (marked if whole else "")
        if not statutory:
            return {"zh": "筛查指标，无法律条款", "en": "screening criterion, no legal citation"}[language]
        return to_check


def class_rank(code: object) -> int | None:
    """The place of a water-quality class, best first; None where it is none."""
    order = list(CLASSES)
    return order.index(str(code)) if str(code) in order else None
