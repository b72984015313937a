"""The units in which water is measured: every spelling -> the unit it is converted to, and the factor.

Only what has one meaning stands here: ppm and ppb depend on what is meant by a part, 度 and % on what is measured.
Factors are exact by the definition of the units (SI prefixes, 1 m³ = 1000 L).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple


class Unit(NamedTuple):
    """What a spelling means: the unit that values are kept in, and what to multiply by to have them in it."""

    kept_as: str
    factor: float


# Values are kept in these.
CONCENTRATION, COUNTS, CONDUCTIVITY, LENGTH = "mg/L", "个/L", "μS/cm", "m"
TEMPERATURE, TURBIDITY, NONE, SHARE = "℃", "NTU", "无量纲", "%"

_MASSES = {
    1e6: ("kg", "千克"),
    1e3: ("g", "克"),
    1.0: ("mg", "毫克"),
    1e-3: ("ug", "微克", "mcg"),
    1e-6: ("ng", "纳克"),
    1e-9: ("pg", "皮克"),
}
_VOLUMES = {1.0: ("l", "升", "dm3", "litre", "liter"), 1e-3: ("m3", "立方米"), 1e3: ("ml", "毫升")}
_COUNTED = ("个", "cells", "cell", "细胞", "cfu", "mpn", "ind", "ind.", "株", "col")
_COUNT_VOLUMES = {**_VOLUMES, 10.0: ("100ml", "100毫升")}


def _ratios(tops: Mapping[float, tuple[str, ...]], below: Mapping[float, tuple[str, ...]]) -> dict[str, float]:
    """Every spelling of a quantity per volume, `mg/L`, `mg·L-1` and `mgL-1`, with its factor."""
    spelled = {}
    for top, names in tops.items():
        for volume, volumes in below.items():
            for name in names:
                for other in volumes:
                    for text in (f"{name}/{other}", f"{name}·{other}-1", f"{name}.{other}-1", f"{name}*{other}-1"):
                        spelled[text] = top * volume
                    if not other[-1].isdigit() and not other[0].isdigit():
                        spelled[f"{name}{other}-1"] = top * volume
                        spelled[f"{name}{other}^-1"] = spelled[f"{name}·{other}^-1"] = top * volume
                    spelled[f"每{other}{name}"] = top * volume
    return spelled


def _table() -> dict[str, Unit]:
    counts = _ratios({1.0: _COUNTED, 1e4: ("万个", "万cells", "万细胞", "10^4cells", "10^4个")}, _COUNT_VOLUMES)
    groups: tuple[tuple[str, Mapping[str, float]], ...] = (
        (CONCENTRATION, _ratios(_MASSES, _VOLUMES)),
        (COUNTS, counts),
        (CONDUCTIVITY, {"us/cm": 1.0, "us·cm-1": 1.0, "uscm-1": 1.0, "微西/厘米": 1.0, "微西门子/厘米": 1.0,
                        "ms/cm": 1e3, "ms/m": 10.0, "s/m": 1e4, "us/m": 0.01}),
        (LENGTH, {"m": 1.0, "米": 1.0, "cm": 0.01, "厘米": 0.01, "mm": 1e-3, "毫米": 1e-3, "dm": 0.1, "分米": 0.1}),
        (TEMPERATURE, {"°c": 1.0, "摄氏度": 1.0, "degc": 1.0, "celsius": 1.0}),
        (TURBIDITY, {"ntu": 1.0}),
        (NONE, {"无量纲": 1.0, "dimensionless": 1.0, "phunits": 1.0, "phunit": 1.0, "ph单位": 1.0, "s.u.": 1.0,
                "standardunits": 1.0}),
        (SHARE, {"%": 1.0, "%饱和度": 1.0, "%saturation": 1.0, "%sat": 1.0}),
    )  # fmt: skip
    return {spelling: Unit(kept, factor) for kept, spellings in groups for spelling, factor in spellings.items()}


_UNITS = _table()
# What looks like a unit where nobody can ask: a quantity per another, a share, or a word for one.
_LOOKS_LIKE = re.compile(r".*[/%‰μ°].*|.*-1|pp[mbt]|度|f[nt]u|jtu|mol.*|mmol.*|mho.*|毫克|微克|meq.*", re.IGNORECASE)
_ONE_SIGN = str.maketrans("º˚⁄∕⋅•−–", "°°//··--")
_TAG = re.compile(r"</?(?:br|span|sub|sup|b|i|p|div|font|strong|em|u)\b[^<>]*>", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_UNIT_AT_END = re.compile(r"(?:[\s,，:：_]|(?<=[\u4e00-\u9fff]))([A-Za-zμ°%℃][^\s,:，：\u4e00-\u9fff]*)$")


def without_tags(text: str) -> str:
    """The text that a browser would show: tags of HTML left out, `&lt;` and the like read; blanks as one.

    >>> without_tags("水温<br/><span class='unit'>(℃)</span>"), without_tags("&lt;0.02"), without_tags("<0.02")
    ('水温(℃)', '<0.02', '<0.02')
    """
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(_TAG.sub("", text))


def units_kept_as(kept_as: str) -> list[str]:
    """Common spellings of the units that values kept in `kept_as` may be given in, for messages."""
    common = ("mg/L", "μg/L", "ng/L", "g/m3", "个/L", "个/100mL", "MPN/L", "cells/L", "μS/cm", "mS/m", "m", "cm", "℃",
              "NTU", "无量纲")  # fmt: skip
    return [text for text in common if _UNITS[plain_unit(text)].kept_as == kept_as]


def plain_unit(text: str) -> str:
    """A unit as it is looked up: narrow letters, no case, blanks or word for unit; both letters mu as `u`."""
    folded = unicodedata.normalize("NFKC", text.strip().translate(_ONE_SIGN))  # which makes one letter mu of the two
    folded = folded.translate(_ONE_SIGN).replace("μ", "u")
    folded = re.sub(r"\s", "", folded).lower()
    return re.sub(r"^(单位|units?):?", "", folded) or folded


def unit_of(text: str) -> Unit | None:
    """What the unit `text` means, or None where it is not known.

    >>> unit_of("μg/L"), unit_of("MG/L"), unit_of("ppb")
    (Unit(kept_as='mg/L', factor=0.001), Unit(kept_as='mg/L', factor=1.0), None)
    """
    return _UNITS.get(plain_unit(text))


# Units of other columns that may stand in a row of units.
_OTHERS = frozenset({
    "km", "km2", "m2", "m3", "ha", "亩", "公顷", "公里", "千米", "平方米", "平方公里", "°", "t", "t/d", "t/a", "m3/d",
    "m3/s", "吨", "吨/年", "吨/日", "万吨", "人", "万人", "户", "头", "元", "万元",
})  # fmt: skip


def is_unit(text: str) -> bool:
    """Whether `text` is the spelling of a unit, known or of such a form that it can be nothing else (mmol/L, ‰)."""
    plain = plain_unit(text)
    return plain in _UNITS or plain in _OTHERS or bool(re.fullmatch(r"m?mol/l|pp[mb]|‰|[a-z]{1,4}/(l|m3|cm)", plain))


def stated_unit(heading: str) -> str | None:
    """The unit that a heading states, as it is written there; None where it states none.

    In brackets, full width or not, or at the end behind a blank, a comma or Chinese. Brackets that hold no unit
    (以N计, 湖、库) are part of the name.

    >>> stated_unit("亚硝酸盐氮（μg/L）"), stated_unit("总磷(以P计)"), stated_unit("DO mg/L"), stated_unit("pH")
    ('μg/L', None, 'mg/L', None)
    """
    text = without_tags(heading).translate({ord("（"): "(", ord("）"): ")", ord("［"): "[", ord("］"): "]"})
    inside = [one.strip() for one in _BRACKETS.findall(text)]
    known = [one for one in inside if unit_of(one) is not None]
    if known:
        return str(known[-1])
    unknown = [one for one in inside if _LOOKS_LIKE.fullmatch(plain_unit(one)) and not one.startswith(("以", "as "))]
    if unknown:
        return str(unknown[-1])
    ending = _UNIT_AT_END.search(text)
    if ending is not None and (unit_of(ending[1]) is not None or "/" in ending[1]) and len(ending[1]) > 1:
        return ending[1]
    return None


def without_unit(heading: str) -> str:
    """A heading without the unit it states and without tags."""
    text = without_tags(heading).translate({ord("（"): "(", ord("）"): ")", ord("［"): "[", ord("］"): "]"})
    unit = stated_unit(heading)
    if unit is None:
        return text.strip()
    for form in (f"({unit})", f"[{unit}]", f"{{{unit}}}"):
        text = text.replace(form, "")
    return text.removesuffix(unit).strip(" ,:，：_")
