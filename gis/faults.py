"""Faults: one row or one file that could not be accepted, said in Chinese and English.

A fault has a code; `codes.toml` beside this file holds, for every code, its reason, the
proposed repair and the longer explanation that `headwater explain CODE` prints.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")


@cache
def codes() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Every code with `reason`, `proposal` and `explain`, each in `zh` and `en`."""
    with (Path(__file__).parent / "codes.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input, and where.

    `row` is the agency's own number: the heading of a table is row 1, the first feature of a
    layer is row 1; None where the whole file or table is meant. `facts` fill the slots of the
    code's texts (`{expected}`, `{found}` …). `value` is the raw value, unchanged. `others`: what else is wrong with
    the same row, one fault per further cell; the row is rejected once, by this one.
    """

    code: str
    file: str = ""
    layer: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if self.code not in codes():
            raise KeyError(f"unknown fault code {self.code!r}; add it to gis/codes.toml")

    def at(self, **place: str | int | None) -> Fault:
        """The same fault with `file`, `layer`, `row`, `column` or `value` filled in."""
        return replace(self, **place)  # type: ignore[arg-type]

    def reason(self, language: str) -> str:
        """What was expected and what was found, in `language`."""
        return self._text("reason", language)

    def proposal(self, language: str) -> str:
        """What to do about it, in `language`."""
        return self._text("proposal", language)

    def _text(self, part: str, language: str) -> str:
        slots = {"zone": "", **self.facts, "value": shown(self.value), "column": shown(self.column), "file": self.file}
        return codes()[self.code][part][language].format_map(slots)

    def line(self, language: str) -> str:
        """One line for a terminal: place, code, reason, proposal."""
        words = {"zh": ("第{}行", "列"), "en": ("row {}", "column")}[language]
        place = [self.file, self.layer]
        if self.row is not None:
            place.append(words[0].format(self.row))
        if self.column:
            place.append(f"{words[1]} {shown(self.column)}")
        if self.value:
            place.append(f"“{shown(self.value)}”")
        where = " · ".join(part for part in place if part)
        return f"{where}: {self.code}: {self.reason(language)} → {self.proposal(language)}"


def shown(text: str) -> str:
    """A raw value for a terminal or a log: one line, no control characters, at most 80 characters."""
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= 80 else f"{plain[:80]}…"


class InputError(ValueError):
    """Inputs that cannot be used at all; carries every fault that was found, not just the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.line("en") for fault in self.faults))

    def message(self, language: str) -> str:
        """All faults, one a line, in `language`."""
        return "\n".join(fault.line(language) for fault in self.faults)
