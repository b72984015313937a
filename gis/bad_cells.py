"""The faults of a table -> the cells that they are about, wherever its heading stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from gis.faults import Fault
from gis.grids import Grid

HEADING_WITHIN = 20
_MOST_LEVELS = 3


def bad_cells(grid: Grid, faults: Sequence[Fault]) -> dict[tuple[int, int], list[Fault]]:
    """(row, column), from 0, of every cell that a fault of a row is about -> those faults.

    A fault without a column, or whose column is not found in the heading, is about the first cell of its row.
    """
    every = [one.at(row=fault.row) for fault in faults if fault.row for one in (fault, *fault.others)]
    columns = columns_of(grid, every)
    found: dict[tuple[int, int], list[Fault]] = {}
    for fault in every:
        row = int(fault.row or 1) - 1
        if row >= len(grid.rows):
            continue
        for column in columns.get(fault.column, [0]):
            found.setdefault((row, column), []).append(fault)
    return dict(sorted(found.items()))


def columns_of(grid: Grid, faults: Sequence[Fault]) -> dict[str, list[int]]:
    """The heading that a fault names -> the columns it means: one, or two where it names both coordinates."""
    wanted = {fault.column for fault in faults if fault.column}
    first_bad = min((int(fault.row or 1) for fault in faults), default=1)
    heading = _heading(grid, wanted, max(first_bad, 1))
    found: dict[str, list[int]] = {}
    for name in wanted:
        parts = [name] if _folded(name) in heading else name.split(", ")
        if columns := [at for part in parts for at in _places(part, heading)]:
            found[name] = columns
    return found


def _places(name: str, heading: Mapping[str, int]) -> list[int]:
    """The column that `name` means; of a heading in two rows, `坐标 经度`, that of its last word."""
    folded = _folded(name)
    if folded in heading:
        return [heading[folded]]
    if name.startswith("column_") and name[7:].isdecimal():
        return [int(name[7:]) - 1]
    last = folded.rpartition(" ")[2]
    return [heading[last]] if last in heading else []


def _heading(grid: Grid, wanted: set[str], last: int) -> dict[str, int]:
    """The texts of the heading -> their columns: of the row above the first bad one in which most of `wanted` stand.

    What only a row beside it has is taken from there: a heading may take up three rows.
    """
    parts = {_folded(part) for name in wanted for part in (name, *name.split(", "), name.rpartition(" ")[2])}
    rows = [_texts(row) for row in grid.rows[: min(last, HEADING_WITHIN)]]
    if not rows:
        return {}
    best = max(range(len(rows)), key=lambda at: len(parts & set(rows[at])))  # the first of those that have most
    near = [at for step in range(1, _MOST_LEVELS) for at in (best - step, best + step) if 0 <= at < len(rows)]
    found: dict[str, int] = {}
    for at in (best, *near):
        found = {**rows[at], **found}
    return found


def _texts(row: Sequence[object]) -> dict[str, int]:
    """The texts of a row -> the first column in which each stands."""
    texts: dict[str, int] = {}
    for at, cell in enumerate(row):
        if cell not in (None, ""):
            texts.setdefault(_folded(str(cell)), at)
    return texts


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
