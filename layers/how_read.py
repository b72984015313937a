"""How a table was read (its facts) -> the notes that tell an agency what was assumed, skipped or dropped."""

from __future__ import annotations

from typing import Any

from gis.read import Table

_LONGEST_SAMPLE = 24
# Fact -> the note it becomes, and the slot of its text.
_NOTES = {
    "crs_assumed": ("CRS_ASSUMED", "crs"),
    "heights": ("HEIGHTS_DROPPED", "rows"),
    "geometries_skipped": ("GEOMETRIES_SKIPPED", "found"),
    "edges": ("EDGES_STRAIGHT", "found"),
    "skipped": ("TABLE_SKIPPED", "found"),
}


def notes_of_facts(table: Table, encoding: str | None) -> list[dict[str, Any]]:
    """A note for everything about how `table` was read that its agency should know; `encoding` is the declared one.

    The encoding that was found is told with a sample of the text it gave.
    """
    facts = table.facts
    notes: list[dict[str, Any]] = []
    if facts.get("encoding") not in (None, "utf-8") and not encoding:
        sample = _sample(table)
        notes.append({"code": "ENCODING_FOUND", "row": None, "encoding": facts["encoding"], "sample": sample})
    for fact, (code, slot) in _NOTES.items():
        if facts.get(fact):
            notes.append({"code": code, "row": None, slot: str(facts[fact])})
    return notes


def _sample(table: Table) -> str:
    """The first text of a table with a letter beyond ASCII, else the first such heading; '' where there is none."""
    names = [str(name) for name in table.frame.columns if name not in ("geometry", "source_row")]
    for name in names:
        found = next((text for text in table.frame[name] if isinstance(text, str) and not text.isascii()), None)
        if found is not None:
            return _short(found)
    return _short(next((name for name in names if not name.isascii()), ""))


def _short(text: str) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= _LONGEST_SAMPLE else f"{plain[:_LONGEST_SAMPLE]}…"
