"""The unit in the heading of a number column -> the factor to the unit of ours, or a fault where it is not known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from gis.faults import Fault

_LENGTHS: Mapping[str, float] = {
    **dict.fromkeys(("m", "米", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("km", "公里", "千米", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0),
    **dict.fromkeys(("cm", "厘米"), 0.01),
}
_AREAS: Mapping[str, float] = {
    **dict.fromkeys(("m2", "m^2", "sqm", "平方米", "平米"), 1.0),
    **dict.fromkeys(("km2", "km^2", "sqkm", "平方公里", "平方千米"), 1e6),
    **dict.fromkeys(("公顷", "ha", "hm2", "hectare", "hectares"), 1e4),
    "亩": 2000 / 3,
    "万亩": 2e7 / 3,
}
# Our number column -> the units it may be given in; ours are those of factor 1.
UNITS: Mapping[str, Mapping[str, float]] = {"located_to_metres": _LENGTHS, "declared_area_m2": _AREAS}


def factor_of(heading: str, column: str) -> float | Fault:
    """What to multiply the values under `heading` by to have them in the unit of our `column`; 1 where none is stated.

    A unit stands in brackets (full width or not), or at the end behind a blank, a slash or an underscore.

    >>> factor_of("定位精度（公里）", "located_to_metres"), factor_of("area_ha", "declared_area_m2")
    (1000.0, 10000.0)
    """
    units = UNITS.get(column)
    if units is None or heading == column:
        return 1.0
    folded = unicodedata.normalize("NFKC", heading).lower()
    stated = [_plain(text) for text in re.findall(r"[(\[](.*?)[)\]]", folded)]
    known = [text for text in stated if text in units]
    if not known and any(stated):
        words = ", ".join(stated)
        facts = {"expected": ", ".join(units), "unit": words, "also": ""}
        return Fault("UNIT_UNKNOWN", column=heading, value=words, facts=facts)
    at_the_end = _plain(re.split(r"[\s/_]", folded)[-1])
    return units[known[0]] if known else units.get(at_the_end, 1.0)


def _plain(text: str) -> str:
    """A unit without blanks and the word for unit before it."""
    return re.sub(r"^(单位|unit)s?:?|\s", "", text.strip())
