"""One column of measured values -> values, limits and qualifiers in one unit, and what is to be told of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.error_cells import ERROR_WORDS
from gis.faults import Fault
from gis.measures import NOT_MEASURED, Measure, converted, measure
from gis.units import CONCENTRATION, NONE, TEMPERATURE, stated_unit, unit_of, units_kept_as
from layers.indicators import RECKONED_AS, Indicator
from layers.meanings import Judged

Objects = NDArray[np.object_]
_RECKONED = re.compile(r"以\s*([A-Za-z0-9+⁻-]+)\s*计|\bas ([A-Za-z0-9+-]+)", re.IGNORECASE)


class Values(NamedTuple):
    """Per row of a column: value, qualifier, limit (NaN where there is none); `filled` where a cell holds anything.

    `judged`: position -> what is wrong with a cell. `marks`: how often each mark for `not measured` stands there.
    `assumed`: whether cells had no unit at all and are read in `unit`.
    """

    value: NDArray[np.float64]
    qualifier: Objects
    limit: NDArray[np.float64]
    filled: NDArray[np.bool_]
    judged: dict[int, Judged]
    marks: Counter[str]
    assumed: bool
    unit: str


def unit_of_heading(heading: str, indicator: Indicator) -> str | Fault:
    """The unit that a heading states for an indicator, '' for none; a fault where it cannot be converted.

    What a value is reckoned as stands in brackets, too: 以N计 is what the standard means, 以NO3计 is not.
    """
    stated = stated_unit(heading) or ""
    reckoned = next((found[1] or found[2] for found in _RECKONED.finditer(heading)), "")
    known = unit_of(stated)
    if reckoned and reckoned.lower() not in RECKONED_AS:
        return _unknown(heading, f"{stated} {reckoned}".strip(), indicator)
    if stated and (known is None or known.kept_as != indicator.unit):
        return _unknown(heading, stated, indicator)
    return stated


def _unknown(heading: str, unit: str, indicator: Indicator) -> Fault:
    facts = {"unit": unit, "expected": ", ".join(units_kept_as(indicator.unit)), "also": ""}
    return Fault("UNIT_UNKNOWN", column=heading, value=unit, facts=facts)


def values_of(texts: Objects, stated: str, indicator: Indicator, units: Objects | None = None) -> Values:
    """The values of a column of texts in the indicator's unit; `stated` is the unit of its heading.

    `units`: the unit of every row, for concentrations whose heading states none. Cells that hold an error word are
    left to the caller. Below zero is only a temperature.
    """
    by_row = units is not None and not stated and indicator.unit == CONCENTRATION
    at_distinct, distinct = pd.factorize(_pairs(texts, units if by_row else None, stated))
    words = [text.strip() for text, _ in distinct]
    found = [_read(text, unit, indicator) for text, unit in distinct]
    at_distinct = at_distinct % (len(found) + 1)  # nothing is -1: the last
    value = np.array([*(np.nan if one.value is None else one.value for one in found), np.nan])
    limit = np.array([*(np.nan if one.limit is None else one.limit for one in found), np.nan])
    qualifier = np.array([*(one.qualifier for one in found), ""], dtype=object)
    filled = np.array([*map(bool, words), False], dtype=bool)
    counts = np.bincount(at_distinct, minlength=len(found) + 1)
    bad = [at for at, one in enumerate(found) if one.code and words[at] and words[at] not in ERROR_WORDS]
    unmeasured = [at for at, one in enumerate(found) if one.qualifier == NOT_MEASURED]
    return Values(
        value=value[at_distinct],
        qualifier=qualifier[at_distinct],
        limit=limit[at_distinct],
        filled=filled[at_distinct],
        judged={
            int(at): _judged(found[at_distinct[at]], indicator) for at in np.flatnonzero(np.isin(at_distinct, bad))
        },
        marks=Counter({words[at]: int(counts[at]) for at in unmeasured}),
        assumed=indicator.unit not in ("", NONE)
        and any(_lacks_unit(text, unit, one) for (text, unit), one in zip(distinct, found, strict=True)),
        unit=indicator.unit or stated,
    )


def _pairs(texts: Objects, units: Objects | None, stated: str) -> Objects:
    """Each text with its unit, of its row or of the heading; None where there is no text."""
    pairs = np.full(len(texts), None, dtype=object)
    for at, text in enumerate(texts):
        if text is not None:
            pairs[at] = (text, stated if units is None else (units[at] or "").strip())
    return pairs


def _lacks_unit(text: str, unit: str, found: Measure) -> bool:
    """Whether a number stands there and neither its cell nor its row or column says in which unit."""
    has_number = found.value is not None or found.limit is not None
    return has_number and not unit and not measure(text).unit


def _read(text: str, unit: str, indicator: Indicator) -> Measure:
    if not indicator.unit:  # nothing is known of it: as it is written
        return measure(text)
    found = converted(measure(text), unit, indicator.unit)
    if found.value is not None and found.value < 0 and indicator.unit != TEMPERATURE:
        return Measure(code="BAD_MEASURE")
    if not indicator.assumed and _lacks_unit(text, unit, found):
        return Measure(unit="–", code="UNIT_UNKNOWN")
    return found


def _judged(found: Measure, indicator: Indicator) -> Judged:
    facts = {"unit": found.unit, "expected": ", ".join(units_kept_as(indicator.unit))}
    return Judged(None, found.code, facts if found.code == "UNIT_UNKNOWN" else {})
