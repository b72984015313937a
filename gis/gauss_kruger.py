"""Metres of Chinese Gauss-Krüger zones: which zone an easting names, and which EPSG code that is in CGCS2000.

Three-degree zones 25 to 45 have the central meridian 3 × zone, six-degree zones 13 to 23 have 6 × zone - 3.
With the number in front (35 567 890) the codes are EPSG:4513-4533 and 4491-4501, without it 4534-4554 and 4502-4512.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pyproj import CRS

from gis.datum import keeps_numbers

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


def plane(name: str) -> dict[str, Any]:
    """What a page without PROJ needs to write WGS 84 positions in a projected CRS: names, and the numbers of its plane.

    The numbers (`a`, `f`, `lon0`, `k0`, `fe`, `fn`) are there for a transverse Mercator plane in metres that begins at
    the equator, on a datum whose degrees are those of WGS 84. `auto` stands for the 3-degree zone of each place.

    >>> plane("EPSG:4544")["lon0"], plane("EPSG:32648")["fe"], "a" in plane("EPSG:2435"), "a" in plane("EPSG:3857")
    (105.0, 500000.0, False, False)
    """
    if name == "auto":
        geodetic = CRS.from_epsg(4490).ellipsoid
        numbers = {"a": geodetic.semi_major_metre, "f": 1 / geodetic.inverse_flattening} if geodetic else {}
        zones = [THREE_DEGREES.start, THREE_DEGREES.stop - 1]
        first = int(epsg(zones[0], numbered=False).removeprefix("EPSG:"))
        title = "CGCS2000 / 3-degree Gauss-Kruger CM {lon0}E"
        return {
            "auto": True,
            "name": title,
            "zones": zones,
            "first_code": first,
            "k0": 1,
            "fe": 5e5,
            "fn": 0,
            **numbers,
        }
    crs = CRS.from_user_input(name)
    code = crs.to_epsg()
    told: dict[str, Any] = {"name": crs.name, "code": f"EPSG:{code}" if code else ""}
    return {**told, **_numbers(crs)}


def _numbers(crs: CRS) -> dict[str, float]:
    """The numbers of a transverse Mercator plane; none for any other."""
    operation, ellipsoid, degrees = crs.coordinate_operation, crs.ellipsoid, crs.geodetic_crs
    if operation is None or ellipsoid is None or degrees is None or operation.method_name != "Transverse Mercator":
        return {}
    values = {one.name.lower(): float(one.value) for one in operation.params}
    metres_only = all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    if values.get("latitude of natural origin") or not metres_only or not keeps_numbers(degrees):
        return {}
    named = {
        "lon0": "longitude of natural origin",
        "k0": "scale factor at natural origin",
        "fe": "false easting",
        "fn": "false northing",
    }
    if any(one not in values for one in named.values()):
        return {}
    numbers = {short: values[one] for short, one in named.items()}
    return {"a": ellipsoid.semi_major_metre, "f": 1 / ellipsoid.inverse_flattening, **numbers}
