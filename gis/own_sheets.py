"""The sheets that Headwater itself adds to a workbook: when it is sent back as data, they are none."""

from __future__ import annotations

READ_ME = {"zh": "Headwater 说明", "en": "Headwater read me"}


def is_own(sheet: str) -> bool:
    """Whether a sheet of this name was added by Headwater.

    >>> is_own("Headwater 说明"), is_own("说明")
    (True, False)
    """
    return sheet in READ_ME.values()
