"""The rows of a table as texts -> its heading, its columns and the numbers of its rows, nothing left out unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.columns import Objects, shared
from gis.faults import Fault
from gis.headings import Heading, below_table, heading_of


class Sheet(NamedTuple):
    """One table: name, heading, columns (cells of stripped-of-nothing text, None where empty), row numbers, faults.

    `facts` hold how it was read: `driver`, `encoding`, `encoding_sample`, and where they apply `heading_row`,
    `heading_rows`, `skipped_above` (the text of the rows above the heading), `rows_below` and `skipped_below` (sums
    and remarks below the table), `hidden`, `cells_merged`, `merged`, `epoch` (1904).
    """

    name: str
    heading: list[str]
    columns: list[Objects]
    numbers: NDArray[np.int64]
    faults: list[Fault]
    facts: dict[str, Any]


def sheet_of(
    name: str,
    records: Sequence[Sequence[str]],
    facts: Mapping[str, Any],
    *,
    ragged: bool,
    heading: Heading | None = None,
) -> Sheet:
    """Heading, columns and row numbers of `records`; where `ragged`, rows of another length are faults.

    Raises InputError: EMPTY_LAYER, HEADING_MISSING.
    """
    heading = heading_of(records) if heading is None else heading
    data = [(at, row) for at, row in enumerate(records[heading.data :], start=heading.data + 1) if "".join(row).strip()]
    below = below_table([row for _, row in data])
    width = len(heading.names)
    rows, numbers, faults = [], [], []
    for place, (number, record) in enumerate(data):
        if place in below:
            continue
        found = len(record)
        while found > width and not record[found - 1].strip():
            found -= 1
        if found > width or (ragged and len(record) < width):
            counts = {"expected": str(width), "found": str(found)}
            faults.append(Fault("ROW_RAGGED", layer=name, row=number, value=",".join(record)[:200], facts=counts))
        else:
            rows.append(record[:width] if len(record) > width else record)
            numbers.append(number)
    # A workbook's short rows end in empty cells.
    cells = [shared(column) for column in zip_longest(*rows, fillvalue="")]
    nothing: Objects = np.full(len(rows), None, dtype=object)
    columns = cells + [nothing] * (width - len(cells))
    told = {**facts, **_told(heading, below)}
    return Sheet(name, heading.names, columns, np.array(numbers, dtype=np.int64), faults, told)


def _told(heading: Heading, below: Mapping[int, str]) -> dict[str, Any]:
    """What is said of a heading that is no plain first row, and of the rows below the table."""
    facts: dict[str, Any] = {}
    if not heading.is_plain:
        facts["heading_row"], facts["heading_rows"] = heading.first + 1, heading.data - heading.first
        facts["skipped_above"] = "; ".join(heading.above)
    if below:
        facts["rows_below"], facts["skipped_below"] = len(below), "; ".join(below.values())
    return facts
