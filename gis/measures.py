"""Measured values out of the text that laboratories write: the number, or that it is below or above a limit.

`<0.02`, `0.02L` (the L of Chinese reports behind the limit of detection), `ND`, `未检出`, `ND(0.05)` and `<DL` say that
nothing was detected, up to the limit where one is written; `>2419.6` that the value lies above. `--`, `*`, `/` say that
nothing was measured at all. None of them is zero, and none is lost.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gis.units import unit_of, without_tags
from gis.values import narrow, number

# How a value stands to its limit: below it, as it is written, or above; or nothing was measured.
BELOW, AT_MOST, BELOW_L, NOT_DETECTED, ABOVE, AT_LEAST = "<", "≤", "L", "ND", ">", "≥"
NOT_MEASURED = "not_measured"
QUALIFIERS = ("", BELOW, AT_MOST, BELOW_L, NOT_DETECTED, ABOVE, AT_LEAST, NOT_MEASURED)


class Measure(NamedTuple):
    """What a cell says, in the unit that is written in it, else in that of its column.

    `value` where one was measured; `qualifier` one of QUALIFIERS; `limit` what the value is below or above, None where
    none is written; `unit` as written, '' where none is. `code`: the fault of a text that cannot be read for certain.
    """

    value: float | None = None
    qualifier: str = ""
    limit: float | None = None
    unit: str = ""
    code: str = ""


BAD = Measure(code="BAD_MEASURE")
_NOT_MEASURED = frozenset({
    "*", "**", "***", "/", "//", "\\", "…", "……", "...", "na", "n/a", "n.a.", "n.a", "nan", "null", "none", "未测",
    "未监测", "未检测", "未采样", "未测定", "缺测", "停测", "漏测", "无数据", "无监测数据", "缺失", "断流", "干涸",
    "notmeasured", "notsampled", "nottested", "notanalysed", "notanalyzed", "nodata", "missing",
})  # fmt: skip
_DASHES = re.compile("[-‐‑‒–—―─−]+")
_NOT_DETECTED = re.compile(
    r"(?:nd|n\.d\.?|n/d|未检出|未检测出|检不出|not ?detected|non-?detect(?:ed)?|bdl|b\.d\.l\.|低于检出限|小于检出限|"
    r"< ?(?:dl|mdl|lod|检出限|检测限))\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?P<sign><=|>=|=<|=>|[≤≥≦≧⩽⩾<>〈〉]|小于等于|大于等于|小于|低于|大于|高于)\s*(?P<rest>.*)")
_SIGNS = {
    **dict.fromkeys(("<", "〈", "小于", "低于"), BELOW),
    **dict.fromkeys(("<=", "=<", "≤", "≦", "⩽", "小于等于"), AT_MOST),
    **dict.fromkeys((">", "〉", "大于", "高于"), ABOVE),
    **dict.fromkeys((">=", "=>", "≥", "≧", "⩾", "大于等于"), AT_LEAST),
}
# A number and what stands behind it; a power of ten belongs to it.
_NUMBER = re.compile(
    r"(?P<number>[+−-]?[\d.,'’]*\d(?:\s*[×xX*·]\s*10\s*(?:\^\s*\(?[+-]?\d{1,3}\)?|[⁺⁻]?[⁰¹²³⁴-⁹]{1,3})|"
    r"[eE][+-]?\d{1,3}(?!\d))?)\s*(?P<rest>.*)",
    re.ASCII,
)
_LIMIT_WORD = re.compile(r"(?:dl|mdl|lod|检出限|检测限)\s*[=:为]?\s*", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def measure(text: str) -> Measure:
    """What `text` says; its code is BAD_MEASURE where that is not certain, UNIT_UNKNOWN for a unit not in the table.

    Full-width forms, tags and entities of HTML, thousands separators, decimal commas (where certain) and powers of
    ten are read. A unit is told as written; the caller converts.

    >>> measure("0.05mg/L")
    Measure(value=0.05, qualifier='', limit=None, unit='mg/L', code='')
    >>> measure("＜０．０２").limit, measure("0.02L").qualifier, measure("ND(0.05)").limit, measure("--").qualifier
    (0.02, 'L', 0.05, 'not_measured')
    >>> measure("1,234").code, measure("3 ppb").code
    ('BAD_MEASURE', 'UNIT_UNKNOWN')
    """
    plain = narrow(without_tags(text))
    if plain.lower().replace(" ", "") in _NOT_MEASURED or _DASHES.fullmatch(plain.replace(" ", "")):
        return Measure(qualifier=NOT_MEASURED)
    absent = _NOT_DETECTED.fullmatch(plain)
    if absent is not None:
        return _not_detected(absent["rest"])
    signed = _SIGNED.fullmatch(plain)
    sign, rest = (_SIGNS[signed["sign"]], signed["rest"]) if signed is not None else ("", plain)
    found = _quantity(rest)
    if found.code or not sign:
        return found
    if found.qualifier == BELOW_L and sign in (BELOW, AT_MOST):  # `<0.02L` says it twice
        return found._replace(qualifier=sign)
    if found.qualifier:
        return BAD
    return Measure(None, sign, found.value, found.unit) if (found.value or 0) >= 0 else BAD


def _not_detected(rest: str) -> Measure:
    """Not detected, with the limit where one follows: `(0.05)`, `<0.05`, `(<0.05mg/L)`, `(检出限0.05)`."""
    inner = rest.strip()
    if inner[:1] in ("(", "[") and inner[-1:] in (")", "]"):
        inner = inner[1:-1].strip()
    inner = _LIMIT_WORD.sub("", inner).lstrip("<≤=:, ")
    if not inner:
        return Measure(qualifier=NOT_DETECTED)
    if unit_of(inner) is not None:
        return Measure(qualifier=NOT_DETECTED, unit=inner)
    found = _quantity(inner)
    if found.code:
        return found
    limit = found.limit if found.qualifier == BELOW_L else found.value
    return Measure(None, NOT_DETECTED, limit, found.unit) if limit is not None and limit >= 0 else BAD


def _quantity(text: str) -> Measure:
    """A number with or without the L of a limit, with or without a unit."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return BAD
    value, rest = number(found["number"]), found["rest"].strip()
    if value is None:
        return BAD
    qualifier = ""
    if rest[:1] == "L" and (len(rest) == 1 or unit_of(rest[1:].strip(" ()")) is not None) and value >= 0:
        qualifier, rest = BELOW_L, rest[1:].strip()
    unit = rest[1:-1].strip() if rest[:1] == "(" and rest[-1:] == ")" else rest
    if unit and unit_of(unit) is None:
        return Measure(unit=unit, code="UNIT_UNKNOWN") if _could_be_unit(unit) else BAD
    return Measure(None, qualifier, value, unit) if qualifier else Measure(value, unit=unit)


def _could_be_unit(text: str) -> bool:
    """Whether what stands behind a number has the form of a unit: letters and per-signs, no second number before."""
    return text in "%‰°" or re.fullmatch(r"[A-Za-zμµ°‰%一-鿿][^\s~～±<>,;]{1,15}", text) is not None


def converted(found: Measure, stated: str, kept_as: str) -> Measure:
    """The measure in the unit `kept_as`, from the unit in its cell, else the one stated for its column ('': the same).

    Its code is UNIT_UNKNOWN where the unit is not in the table or is one of something else.

    >>> converted(measure("50μg/L"), "mg/L", "mg/L")
    Measure(value=0.05, qualifier='', limit=None, unit='mg/L', code='')
    """
    written = found.unit or stated
    if found.code or (not written and found.qualifier != NOT_MEASURED):
        return found._replace(unit=found.unit or kept_as)
    unit = unit_of(written) if written else None
    if found.qualifier == NOT_MEASURED:
        return found._replace(unit=kept_as)
    if unit is None or unit.kept_as != kept_as:
        return Measure(unit=written, code="UNIT_UNKNOWN")
    value, limit = (None if one is None else _times(one, unit.factor) for one in (found.value, found.limit))
    return found._replace(value=value, limit=limit, unit=kept_as)


def _times(value: float, factor: float) -> float:
    """`value` times a power of ten, rounded once: a division by 1000 is exact where a product with 0.001 is not."""
    return value * factor if factor >= 1 else value / round(1 / factor)
