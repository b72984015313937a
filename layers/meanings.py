"""What the texts of a row mean, and one fault for every row in which one of them means nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gis.dates import Calendar, read_day
from gis.error_cells import ERROR_WORDS
from gis.faults import Fault
from gis.points import DIGITS

Objects = NDArray[np.object_]
# The columns of a frame that are none of its file.
FRAME_COLUMNS = frozenset({"geometry", "source_row", "source_file", DIGITS})
_ROUNDED = re.compile(r"\d(\.\d+)?e\+\d{1,3}|\d{16,}\.0", re.IGNORECASE)


class Judged(NamedTuple):
    """What one text means: its value, or the code and facts of the fault."""

    value: Any
    code: str | None = None
    facts: Mapping[str, str] = {}


def is_rounded(text: str) -> bool:
    """Whether an id was kept as a floating-point number and so lost digits: 5.202E+17, 9007199254740992.0."""
    return _ROUNDED.fullmatch(text) is not None


def judged_day(text: str, calendar: Calendar) -> Judged:
    """The day of a text that is not empty, or the fault with the readings of an ambiguous one."""
    found = read_day(text, calendar)
    return Judged(found.iso, found.code or None, {"readings": " / ".join(found.readings)} if found.readings else {})


def serial_notes(
    column: str, heading: str, distinct: Iterable[str], at_distinct: NDArray[Any], calendar: Calendar
) -> list[dict[str, Any]]:
    """A note where some of the dates of a column, given as its distinct texts and their places, count days."""
    serials = {at: text for at, text in enumerate(distinct) if read_day(text, calendar).serial}
    if not serials:
        return []
    text = next(iter(serials.values()))
    rows, found = int(np.isin(at_distinct, list(serials)).sum()), f"{text} = {read_day(text, calendar).iso}"
    return [{"code": "DATE_SERIAL", "row": None, "column": heading or column, "rows": str(rows), "found": found}]


def error_cells(frame: gpd.GeoDataFrame) -> dict[int, Fault]:
    """Position -> fault, for rows in which a cell of any column is a spreadsheet's error."""
    faults: dict[int, Fault] = {}
    rows = frame["source_row"].to_numpy()
    for name in frame.columns:
        if name in FRAME_COLUMNS or ERROR_WORDS.isdisjoint(frame[name].to_numpy()):
            continue
        judged = {at: str(frame[name].iloc[at]) for at in np.flatnonzero(frame[name].isin(ERROR_WORDS))}
        for at, word in judged.items():
            faults.setdefault(
                int(at), Fault("CELL_ERROR", row=int(rows[at]), column=str(name), value=word, facts={"also": ""})
            )
    return faults


def add_faults(
    faults: dict[int, Fault], judged: Mapping[int, Judged], values: Objects, heading: str, rows: NDArray[Any]
) -> None:
    """Adds one fault per bad row to `faults`; a row that has one already gets this one named in it."""
    for at, one in judged.items():
        if one.code is None or values[at] in ERROR_WORDS:
            continue
        facts = {**one.facts, "also": ""}
        found = Fault(one.code, row=int(rows[at]), column=heading, value=values[at] or "", facts=facts)
        if at in faults:
            first = faults[at]
            also = f"{first.facts['also']}; + {heading}: {one.code} “{values[at] or ''}”"
            faults[at] = replace(first, facts={**first.facts, "also": also}, others=(*first.others, found))
        else:
            faults[at] = found
