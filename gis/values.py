"""Numbers and coordinates out of the text that people write; None where they cannot be read for certain.

Days are read by `gis.dates`, measured values by `gis.measures`.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
# Thousands separators that cannot be a decimal comma or point: two of them, one with decimals, or an apostrophe.
_GROUPED = re.compile(
    r"[+-]?[1-9]\d{0,2}(,\d{3}){2,}(\.\d+)?|[+-]?[1-9]\d{0,2},\d{3}\.\d+|[+-]?[1-9]\d{0,2}(['’]\d{3})+(\.\d+)?",
    re.ASCII,
)
_GROUPED_BY_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,}(,\d+)?|[+-]?[1-9]\d{0,2}\.\d{3},\d+", re.ASCII)
# A comma that can only be a decimal one: three digits behind it could be a group, but not behind a zero.
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0+,\d+|\d{4,},\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_POWER = re.compile(r"([+-]?[\d.,]+)\s*[×xX*·]\s*10\s*(?:\^\s*\(?([+-]?\d{1,3})\)?|([⁺⁻]?[⁰¹²³⁴-⁹]{1,3}))")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
# 1:10000, 1/10000, 10000, 1:1万
_SCALE = re.compile(r"(?:1\s*[:/]\s*)?([\d.,'’ ]+?)\s*(万)?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ ,.'’]\d{3})+", re.ASCII)
# Full-width forms and blanks only: NFKC would also read "10²" as 102.
_NARROW = {0xFEE0 + code: code for code in range(0x21, 0x7F)} | {0x3000: " ", 0xA0: " ", 0x202F: " ", 0x2009: " "}


def narrow(text: str) -> str:
    """`text` with full-width letters, digits and blanks as narrow ones, without outer blanks."""
    return text.translate(_NARROW).strip()


def number(text: str) -> float | None:
    """The number `text` spells, or None.

    Full-width digits, the true minus sign, powers of ten and outer blanks are read; thousands separators and decimal
    commas only where they cannot be each other.

    >>> number(" １２.５ "), number("1,234,567"), number("0,05"), number("1.234,5"), number("1.2×10^3")
    (12.5, 1234567.0, 0.05, 1234.5, 1200.0)
    >>> number("1,234"), number("12 m"), number("1e-400"), number("0e-3")
    (None, None, None, 0.0)
    """
    folded = narrow(text).replace("−", "-")
    power = _POWER.fullmatch(folded)
    if power is not None:
        folded, exponent = power[1], f"e{power[2] or power[3].translate(_SUPERSCRIPTS)}"
    else:
        exponent = ""
    if _GROUPED.fullmatch(folded):
        folded = re.sub("[,'’]", "", folded)
    elif _GROUPED_BY_POINTS.fullmatch(folded):
        folded = folded.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(folded):
        folded = folded.replace(",", ".")
    if not _PLAIN.fullmatch(folded + exponent):
        return None
    value = float(folded + exponent)
    lost = value == 0 and any(digit in folded.lower().partition("e")[0] for digit in "123456789")  # 1e-400
    return None if lost or abs(value) == float("inf") else value


def map_scale(text: str) -> float | None:
    """The denominator of the map scale that `text` spells, or None; 1 at least.

    As nobody gives a scale in decimals, a comma or a point before three digits groups thousands here.

    >>> map_scale("1:10000"), map_scale("１∶１万"), map_scale("1/50,000"), map_scale("25 000"), map_scale("2000")
    (10000.0, 10000.0, 50000.0, 25000.0, 2000.0)
    >>> map_scale("1:0"), map_scale("A4"), map_scale("0.0001")
    (None, None, None)
    """
    found = _SCALE.fullmatch(narrow(text).replace("∶", ":"))
    if found is None:
        return None
    digits = re.sub(r"[ ,.'’]", "", found[1]) if _THOUSANDS.fullmatch(found[1]) else found[1]
    value = number(digits)
    value = None if value is None else value * (10_000 if found[2] else 1)
    return value if value is not None and value >= 1 else None


def coordinate(text: str) -> float | None:
    """The decimal coordinate `text` spells, or None; a degree sign and blanks are tolerated.

    >>> coordinate("１０４．８３°"), coordinate(" 26.59 "), coordinate("26°35′40″"), coordinate("26,59")
    (104.83, 26.59, None, None)
    """
    folded = text
    if not _PLAIN.fullmatch(text):  # nearly all are plain already
        folded = narrow(text).replace(" ", "").replace("º", "°").removesuffix("°").replace("−", "-")
    if not _PLAIN.fullmatch(folded):
        return None
    value = float(folded)
    return value if abs(value) != float("inf") else None
