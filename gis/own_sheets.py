"""The sheets that Headwater itself adds to a workbook: when it is sent back as data, they are none."""

from __future__ import annotations

READ_ME = {"zh": "Headwater 说明", "en": "Headwater read me"}
# Hidden, in the ledger's workbook: which export it is, and the cells as they were exported. Their names are the same
# in every language, so that whoever reads it back need not know the language first.
EXPORT = "Headwater export"
BASELINE = "Headwater baseline"


def is_own(sheet: str) -> bool:
    """Whether a sheet of this name was added by Headwater.

    >>> is_own("Headwater 说明"), is_own("说明")
    (True, False)
    """
    return sheet in (*READ_ME.values(), EXPORT, BASELINE)
