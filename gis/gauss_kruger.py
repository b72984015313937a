"""Metres of Chinese Gauss-Krüger zones: which zone an easting names, and which EPSG code that is in CGCS2000.

Three-degree zones 25 to 45 have the central meridian 3 × zone, six-degree zones 13 to 23 have 6 × zone - 3.
With the number in front (35 567 890) the codes are EPSG:4513-4533 and 4491-4501, without it 4534-4554 and 4502-4512.
"""

from __future__ import annotations

from typing import NamedTuple

from pyproj import CRS

THREE_DEGREES, SIX_DEGREES = range(25, 46), range(13, 24)
# Eastings without zone number that a zone of six degrees can hold, and northings from the Spratlys to the Amur.
EASTINGS = (100_000.0, 900_000.0)
NORTHINGS = (400_000.0, 6_200_000.0)
_MILLION = 1_000_000.0
# What a zone of unknown number may be.
ANY_ZONE = "EPSG:4534–4554 (3°) / EPSG:4502–4512 (6°)"


class Metres(NamedTuple):
    """Two numbers that are metres in a Chinese zone: `zone` in front of the easting, None where there is none.

    `northing_first`: the first of the two is the northing, as Chinese surveyors name their X.
    """

    zone: int | None
    northing_first: bool


def metres(first: float, second: float) -> Metres | None:
    """What two numbers are as metres of a Chinese zone; None where they cannot be.

    >>> metres(35567890.5, 2945678.2), metres(2945678.2, 567890.5), metres(104.8, 26.6)
    (Metres(zone=35, northing_first=False), Metres(zone=None, northing_first=True), None)
    """
    for easting, northing, northing_first in ((first, second, False), (second, first, True)):
        zone = zone_in_front(easting)
        within = easting - (zone or 0) * _MILLION
        if (
            EASTINGS[0] <= within <= EASTINGS[1]
            and NORTHINGS[0] <= northing <= NORTHINGS[1]
            and northing > easting / 1e3
        ):
            if zone is None and northing < 1_500_000.0:
                continue
            return Metres(zone, northing_first)
    return None


def zone_in_front(easting: float) -> int | None:
    """The zone number in front of an easting in metres, None where there is none."""
    number = int(easting // _MILLION) if abs(easting) < 1e9 else 0
    return number if number in THREE_DEGREES or number in SIX_DEGREES else None


def epsg(zone: int, *, numbered: bool) -> str:
    """The CGCS2000 code of a zone, for eastings with its number in front or without.

    >>> epsg(35, numbered=True), epsg(35, numbered=False), epsg(18, numbered=True), epsg(18, numbered=False)
    ('EPSG:4523', 'EPSG:4544', 'EPSG:4496', 'EPSG:4507')
    """
    if zone in THREE_DEGREES:
        return f"EPSG:{(4513 if numbered else 4534) + zone - THREE_DEGREES.start}"
    return f"EPSG:{(4491 if numbered else 4502) + zone - SIX_DEGREES.start}"


def likely(found: Metres, near_lon: float | None = None) -> str:
    """The CGCS2000 codes that such metres may be in; `near_lon` is a longitude in degrees nearby, where one is known.

    >>> likely(Metres(35, False)), likely(Metres(None, False), 104.9), likely(Metres(None, False))
    ('EPSG:4523', 'EPSG:4544 / EPSG:4507', 'EPSG:4534–4554 (3°) / EPSG:4502–4512 (6°)')
    """
    if found.zone is not None:
        return epsg(found.zone, numbered=True)
    if near_lon is None or not 72.0 <= near_lon <= 136.5:
        return ANY_ZONE
    three, six = round(near_lon / 3), int((near_lon + 6) // 6)
    return f"{epsg(three, numbered=False)} / {epsg(six, numbered=False)}"


class Zone(NamedTuple):
    """The zone of a CRS: its number, whether eastings have it in front."""

    number: int
    numbered: bool


def zone_of(crs: CRS) -> Zone | None:
    """The Chinese zone that a projected CRS stands for; None for any other CRS."""
    operation = crs.coordinate_operation
    if operation is None or "mercator" not in operation.method_name.lower().replace("gauss", "mercator"):
        return None
    values = {one.name.lower(): float(one.value) for one in operation.params}
    meridian, false_easting = values.get("longitude of natural origin"), values.get("false easting")
    if meridian is None or false_easting is None or values.get("scale factor at natural origin", 1.0) != 1.0:
        return None
    number = int(false_easting // _MILLION)
    if number in THREE_DEGREES or number in SIX_DEGREES:
        return Zone(number, numbered=True)
    if false_easting != 500_000.0:
        return None
    if "3-degree" in crs.name.lower().replace("_", "-") or (meridian + 3) % 6:
        return Zone(round(meridian / 3), numbered=False) if meridian % 3 == 0 else None
    return Zone(round((meridian + 3) / 6), numbered=False)
