"""Faults -> the table of rejected rows."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gis.faults import Fault

REJECT_COLUMNS = ("file", "layer", "row", "column", "value", "code", "reason", "proposal")


def rejects_frame(faults: Iterable[Fault], language: str) -> pd.DataFrame:
    """One row per rejected row of input, as REJECT_COLUMNS, in the order in which they were read."""
    rows = [
        (
            fault.file,
            fault.layer,
            "" if fault.row is None else str(fault.row),
            fault.column,
            fault.value,
            fault.code,
            fault.reason(language),
            fault.proposal(language),
        )
        for fault in faults
    ]
    return pd.DataFrame(rows, columns=list(REJECT_COLUMNS), dtype=object)
