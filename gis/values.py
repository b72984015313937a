"""Numbers, coordinates and dates out of the text that people write; None where it cannot be read for certain."""

from __future__ import annotations

import re
from datetime import date

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+")
_DATES = (
    re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<dom>\d{1,2})(?P<time>\D.*)?"),
    re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<dom>\d{1,2})[日号](?P<time>.*)"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<dom>\d\d)(?P<time>)"),
)
_TIME = re.compile(
    r"[T ]?\s*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?)?", re.IGNORECASE
)
# Full-width forms and blanks only: NFKC would also read "10²" as 102.
_NARROW = {0xFEE0 + code: code for code in range(0x21, 0x7F)} | {0x3000: " ", 0xA0: " "}
# A date outside these years is a slip of the pen (a real file has the year 1012).
FIRST_YEAR, LAST_YEAR = 1800, 2200


def number(text: str) -> float | None:
    """The number `text` spells, or None.

    Full-width digits and outer blanks are read; thousands separators only where they cannot be a
    decimal comma.

    >>> number(" １２.５ "), number("1,234,567"), number("1,234.5"), number("1,234"), number("12 m")
    (12.5, 1234567.0, 1234.5, None, None)
    """
    folded = _narrow(text)
    if _GROUPED.fullmatch(folded):
        folded = folded.replace(",", "")
    elif not _PLAIN.fullmatch(folded):
        return None
    value = float(folded)
    return value if abs(value) != float("inf") else None


def coordinate(text: str) -> float | None:
    """The decimal coordinate `text` spells, or None; a degree sign and blanks are tolerated.

    >>> coordinate("１０４．８３°"), coordinate(" 26.59 "), coordinate("26°35′40″"), coordinate("26,59")
    (104.83, 26.59, None, None)
    """
    folded = text
    if not _PLAIN.fullmatch(text):  # nearly all are plain already
        folded = _narrow(text).replace(" ", "").replace("º", "°").removesuffix("°").replace("−", "-")
    if not _PLAIN.fullmatch(folded):
        return None
    value = float(folded)
    return value if abs(value) != float("inf") else None


def day(text: str) -> str | None:
    """The calendar day `text` spells as ISO text, or None where it is ambiguous or impossible.

    Only spellings that start with the year are certain; a time of day is read over.

    >>> day("2017年11月30日"), day("2017/11/30 08:00"), day("20171130"), day("2017-02-30"), day("04/03/2024")
    ('2017-11-30', '2017-11-30', '2017-11-30', None, None)
    """
    narrow = _narrow(text)
    found = next((found for pattern in _DATES if (found := pattern.fullmatch(narrow))), None)
    if found is None or not _time_of_day((found["time"] or "").strip()):
        return None
    year, month, dom = int(found["year"]), int(found["month"]), int(found["dom"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, dom).isoformat()
    except ValueError:
        return None


def _narrow(text: str) -> str:
    return text.translate(_NARROW).strip()


def _time_of_day(text: str) -> bool:
    if not text:
        return True
    found = _TIME.fullmatch(text)
    return found is not None and int(found[1]) <= 24 and int(found[2]) <= 59 and int(found[3] or 0) <= 60
