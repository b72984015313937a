"""Coordinates as people spell them -> numbers and how fine their digits are; None where it is not certain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Metres of one degree of latitude; a degree of longitude is shorter everywhere but at the equator.
DEGREE_METRES = 111_320.0

# Full-width forms to ASCII; blanks of all kinds to a blank; what is invisible goes.
_NARROW: dict[int, int | str | None] = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
_NARROW |= {ord(blank): " " for blank in "\u3000\u00a0\u2002\u2003\u2009\u202f\t\r\n"}
_NARROW |= {ord(unseen): None for unseen in "\u200b\u200e\u200f\ufeff\u2060"}
_MARKS = str.maketrans(
    {
        **dict.fromkeys("º˚゜∘度", "°"),
        **dict.fromkeys("′’‘ʹ´`ˊ分", "'"),
        **dict.fromkeys("″”“ʺ〃˝秒", '"'),
        **dict.fromkeys("−–—‐‑﹣", "-"),
        "。": ".",
    }
)
_WORDS = (
    (re.compile("北纬|北緯|north|北", re.IGNORECASE), "N"),
    (re.compile("南纬|南緯|south|南", re.IGNORECASE), "S"),
    (re.compile("东经|東經|东經|east|东|東", re.IGNORECASE), "E"),
    (re.compile("西经|西經|west|西", re.IGNORECASE), "W"),
    (re.compile("degrees?|deg", re.IGNORECASE), "°"),
)
_LABELS = (
    ("lon", re.compile(r"^([经經][度°]|longitude|long|lng|lon)\s*[:=]?", re.IGNORECASE)),
    ("lat", re.compile(r"^([纬緯][度°]|latitude|lat)\s*[:=]?", re.IGNORECASE)),
)
_AXIS = {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}
_NEXT_TO_BLANK = re.compile(r"\s*([°'\".:NSEW])\s*")

# No two coordinates take more letters; a longer text is none, and would be cut in a thousand ways before that is seen.
_LONGEST = 200
_PLAIN = re.compile(r"(?:\d+(?:\.(?P<dec>\d*))?|\.(?P<only>\d+))(?:e(?P<exp>[+-]?\d{1,3}))?(?P<deg>°?)", re.IGNORECASE)
# A comma is the decimal one only where it can be neither a thousands separator nor between two numbers.
_COMMA = re.compile(r"(\d{1,3}),(\d{4,})")
_COMMA_MARKED = re.compile(r"(\d{1,3}),(\d+)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?: \d{3}){2,}(?:\.\d+)?")
_MINUTES = r"(?P<m>\d{1,2})(?:[.,](?P<mf>\d+))?"
_SECONDS = r"(?P<s>\d{1,2})(?:[.,](?P<sf>\d+))?"
_ANGLES = (
    re.compile(rf"(?P<d>\d{{1,3}})°{_MINUTES}'"),
    re.compile(r"(?P<d>\d{1,3})°(?P<m>\d{1,2})"),
    re.compile(rf"(?P<d>\d{{1,3}})°(?P<m>\d{{1,2}})'{_SECONDS}\"?"),
    re.compile(r"(?P<d>\d{1,3})°(?P<m>\d{1,2})'(?P<s>\d{1,2})\"\.(?P<sf>\d+)"),
    # Points may as well be decimal ones: they separate where minutes and seconds both have their two digits.
    re.compile(r"(?P<d>\d{1,3})\.(?P<m>\d\d)\.(?P<s>\d\d)(?:\.(?P<sf>\d+))?"),
    re.compile(r"(?P<d>\d{1,3})(?P<mark>[-: ])(?P<m>\d{1,2})(?P=mark)(?P<s>\d{1,2})(?:\.(?P<sf>\d+))?\"?"),
)
# With a hemisphere beside it, two numbers are degrees and minutes.
_TWO = re.compile(r"(?P<d>\d{1,3})[-: ](?P<m>\d{1,2})(?:\.(?P<mf>\d+))?'?")
_METRES = re.compile(r"(?<=\d)\s*(m|米)$", re.IGNORECASE)


class Spelled(NamedTuple):
    """What one spelling says.

    `value`: degrees, western and southern ones negative, or metres, as the CRS has it. `digit`: what one step of the
    last digit given is worth, in the unit of `value` (1/3600 where whole seconds are given). `axis`: lon or lat where
    the spelling says so. `angle`: minutes, a degree sign or a hemisphere show that it cannot be metres.
    """

    value: float
    digit: float
    axis: str | None = None
    angle: bool = False


def spelled(text: str, axis: str | None = None) -> Spelled | None:
    """The coordinate that `text` spells, or None where it spells none for certain.

    `axis` (lon, lat) is what the column says; a hemisphere of the other axis, minutes or seconds of 60 and more,
    more than 180 degrees and both a minus and a hemisphere are unreadable. A decimal comma is read where it cannot be
    anything else. Blanks may stand anywhere but within a number.

    >>> spelled("104.83"), spelled("26°35′40″N").value
    (Spelled(value=104.83, digit=0.01, axis=None, angle=False), 26.594444444444445)
    >>> spelled("W104度30分").value, spelled("104,8306").value, spelled("26.35.40.5").value
    (-104.5, 104.8306, 26.594583333333333)
    >>> spelled("104,83"), spelled("26°60′"), spelled("北纬26.5", "lon"), spelled("1e400"), spelled("1 2")
    (None, None, None, None, None)
    """
    if len(text) > _LONGEST:
        return None
    folded, side, said = _folded(text)
    if folded is None or (axis is not None and said is not None and axis != said):
        return None
    sign = -1.0 if folded.startswith("-") else 1.0
    if side is not None and sign < 0:
        return None
    if side in ("S", "W"):
        sign = -1.0
    found = _magnitude(folded[1:] if folded[:1] in ("+", "-") else folded, marked=side is not None)
    if found is None or abs(found.value) == float("inf"):
        return None
    angle = found.angle or side is not None
    if angle and found.value > 180:
        return None
    return Spelled(sign * found.value, found.digit, said, angle)


def _folded(text: str) -> tuple[str | None, str | None, str | None]:
    """`text` in ASCII without label and hemisphere; the hemisphere; the axis these say. None where they disagree."""
    folded = text.translate(_NARROW).translate(_MARKS).strip()
    labelled: str | None = None
    for said, label in _LABELS:
        if label.match(folded):
            labelled, folded = said, label.sub("", folded).strip()
    for word, letter in _WORDS:
        folded = word.sub(letter, folded)
    folded = folded.replace("''", '"')
    found = re.fullmatch(r"(?P<before>[NSEWnsew]?)\s*:?\s*(?P<number>.*?)\s*(?P<behind>[NSEWnsew]?)", folded)
    if found is None:  # never: the pattern takes any line
        return None, None, None
    sides = [found[name].upper() for name in ("before", "behind") if found[name]]
    if len(sides) == 2:
        return None, None, None
    side = sides[0] if sides else None
    axis = _AXIS[side] if side is not None else None
    if labelled is not None and axis is not None and labelled != axis:
        return None, None, None
    number = _NEXT_TO_BLANK.sub(r"\1", _METRES.sub("", found["number"]))
    return re.sub(r"^([+-])\s+", r"\1", re.sub(r"\s+", " ", number)), side, labelled or axis


def _magnitude(text: str, *, marked: bool) -> Spelled | None:
    """The number without sign and hemisphere; `marked`: a hemisphere stood beside it."""
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        decimals = len(plain["dec"] or plain["only"] or "") - int(plain["exp"] or 0)
        return Spelled(float(text.rstrip("°")), 10.0 ** min(-decimals, 300), None, bool(plain["deg"]))
    bare = text.rstrip("°")
    comma = (_COMMA_MARKED if marked or bare != text else _COMMA).fullmatch(bare)
    if comma is not None:
        return Spelled(float(f"{comma[1]}.{comma[2]}"), 10.0 ** -len(comma[2]), None, bare != text)
    if _GROUPED.fullmatch(text):
        whole = re.sub("[ ,]", "", text)
        return Spelled(float(whole), 10.0 ** -len(whole.partition(".")[2]))
    patterns = (*_ANGLES, _TWO) if marked else _ANGLES
    return next((_angle(found.groupdict()) for pattern in patterns if (found := pattern.fullmatch(text))), None)


def _angle(parts: dict[str, str | None]) -> Spelled | None:
    """Degrees, minutes and seconds as degrees; None where minutes or seconds are 60 and more."""
    minutes, seconds = (int(parts.get(name) or 0) for name in ("m", "s"))
    if minutes >= 60 or seconds >= 60:
        return None
    fractions = {name: parts.get(name) or "" for name in ("mf", "sf")}
    minutes_whole = float(f"{minutes}.{fractions['mf'] or 0}")
    seconds_whole = float(f"{seconds}.{fractions['sf'] or 0}")
    last = (
        1 / 3600 * 10.0 ** -len(fractions["sf"])
        if parts.get("s") is not None
        else 1 / 60 * 10.0 ** -len(fractions["mf"])
    )
    value = int(parts["d"] or 0) + (minutes_whole + seconds_whole / 60) / 60
    return Spelled(value, last, None, angle=True)


# --- Both coordinates in one cell -------------------------------------------------------------

_BRACKETS = re.compile(r"^(?:POINT\s*(?=\())?[\[({【<]+\s*|\s*[\])}】>]+$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;|、/]\s*|\s+")
_SIDES = re.compile(r"(?<=[NSEW北南东西])(?=[\d.])|(?<=[\d°'\"])(?=[NSEW北南东西])|(?<=[\d°'\"])(?=[经纬][度°])")


def pair(text: str) -> tuple[Spelled, Spelled] | None:
    """The two coordinates in `text`, in their order; None where no or more than one reading is possible.

    Where one of them says its axis, the other is of the other axis; where the axes contradict, None.

    >>> [round(one.value, 4) for one in pair("东经104°49′30″，北纬26°35′40″")]
    [104.825, 26.5944]
    >>> [one.axis for one in pair("N26°35′40″E104°49′30″")], pair("104.83,26.59")[0].value, pair("104,83,26,59")
    (['lat', 'lon'], 104.83, None)
    """
    if len(text) > _LONGEST:
        return None
    plain = text.translate(_NARROW).translate(_MARKS).replace("''", '"').strip().rstrip(";,、. ")
    plain = _BRACKETS.sub("", _BRACKETS.sub("", plain))
    readings = dict.fromkeys(_readings(plain))
    return next(iter(readings)) if len(readings) == 1 else None


def _readings(text: str) -> Iterator[tuple[Spelled, Spelled]]:
    """Every way to cut `text` into two coordinates."""
    for cut in (*_BETWEEN.finditer(text), *_SIDES.finditer(text)):
        left = spelled(text[: cut.start()]) if cut.start() else None
        right = spelled(text[cut.end() :]) if left is not None and cut.end() < len(text) else None
        if left is None or right is None or (left.axis is not None and left.axis == right.axis):
            continue
        other = {"lon": "lat", "lat": "lon", None: None}
        yield (
            left._replace(axis=left.axis or other[right.axis]),
            right._replace(axis=right.axis or other[left.axis]),
        )
