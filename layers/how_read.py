"""How a table was read (its facts) -> the notes that tell an agency what was assumed, skipped or filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gis.read import Table
from gis.tables import encoding_sample

Facts = Mapping[str, Any]
# Fact -> the note it becomes, in the order in which notes are told, and the slots of its text.
_NOTES: Mapping[str, tuple[str, Callable[[Facts], dict[str, str]]]] = {
    "heading_row": ("HEADING_FOUND", lambda facts: {"rows": _heading_rows(facts), "found": _above(facts)}),
    "rows_below": ("ROWS_BELOW", lambda facts: {"rows": str(facts["rows_below"]), "found": facts["skipped_below"]}),
    "hidden": ("ROWS_HIDDEN", lambda facts: {"found": facts["hidden"]}),
    "cells_merged": ("CELLS_MERGED", lambda facts: {"cells": str(facts["cells_merged"]), "found": facts["merged"]}),
    "crs_assumed": ("CRS_ASSUMED", lambda facts: {"crs": facts["crs_assumed"]}),
    "curved": ("GEOMETRY_CURVED", lambda facts: {"rows": str(facts["curved"])}),
    "heights": ("HEIGHTS_DROPPED", lambda facts: {"rows": str(facts["heights"])}),
    "geometries_skipped": ("GEOMETRIES_SKIPPED", lambda facts: {"found": facts["geometries_skipped"]}),
    "edges": ("EDGES_STRAIGHT", lambda facts: {"found": facts["edges"]}),
    "transformation": (
        "DATUM_TRANSFORMED",
        lambda facts: {
            "transformation": facts["transformation"],
            "metres": facts["transformed_metres"],
            "crs": facts["crs"],
        },
    ),
    "axes": ("AXES_READ", lambda facts: {"column": facts["axes_of"], "found": facts["axes"]}),
    "links": ("LINKS_NOT_FOLLOWED", lambda facts: {"found": facts["links"]}),
    "members": ("MEMBERS_SKIPPED", lambda facts: {"found": facts["members"]}),
    "index": ("INDEX_REBUILT", lambda facts: {"found": facts["index"]}),
    "deleted": ("ROWS_DELETED", lambda facts: {"found": facts["deleted"]}),
    "skipped": ("TABLE_SKIPPED", lambda facts: {"found": facts["skipped"]}),
}


def notes_of_facts(table: Table, encoding: str | None) -> list[dict[str, Any]]:
    """A note for everything about how `table` was read that its agency should know; `encoding` is the declared one.

    The encoding that was found is told with a sample of the text it gave.
    """
    facts = table.facts
    notes: list[dict[str, Any]] = []
    if facts.get("encoding") not in (None, "utf-8") and not encoding:
        sample = _sample(table) or facts.get("encoding_sample", "")
        notes.append({"code": "ENCODING_FOUND", "row": None, "encoding": facts["encoding"], "sample": sample})
    notes += [{"code": code, "row": None, **slots(facts)} for fact, (code, slots) in _NOTES.items() if facts.get(fact)]
    if "corners_read" in facts:
        counts = {"corners": str(facts["corners_read"]), "zones": str(len(table.frame))}
        notes.append({"code": "CORNERS_READ", "row": None, **counts})
    return notes


def _heading_rows(facts: Facts) -> str:
    first, rows = facts["heading_row"], facts["heading_rows"]
    return str(first) if rows == 1 else f"{first}-{first + rows - 1}"


def _above(facts: Facts) -> str:
    return str(facts["skipped_above"] or "–")


def _sample(table: Table) -> str:
    """The first text of a table that is not ASCII; '' where there is none."""
    columns = [table.frame[name] for name in table.frame.columns if name not in ("geometry", "source_row")]
    texts = (str(text) for column in columns for text in column[column.notna()].head(100))
    return encoding_sample(next((text for text in texts if not text.isascii()), ""))
