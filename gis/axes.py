"""The headings of a table -> which columns hold its coordinates, and which of them is the easting."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from gis.faults import Fault, InputError
from gis.headings import names_of_groups

# Headings that mean longitude and latitude in degrees, compared without case, blanks and underscores.
LON_NAMES = ("经度", "lon", "lng", "long", "longitude", "东经", "经度e", "东经e", "lonwgs84", "wgs84lon", "中心经度")
LAT_NAMES = ("纬度", "lat", "latitude", "北纬", "纬度n", "北纬n", "latwgs84", "wgs84lat", "中心纬度")
# Headings of metres, taken only where a CRS is stated. What X means the numbers decide: Chinese surveyors call the
# northing X and the easting Y, programs the other way round.
_METRES = (
    ("东坐标", "北坐标"), ("横坐标", "纵坐标"), ("easting", "northing"), ("x坐标", "y坐标"), ("坐标x", "坐标y"),
    ("xcoord", "ycoord"), ("coordx", "coordy"), ("pointx", "pointy"), ("x", "y"),
)  # fmt: skip
_SURE = frozenset({"东坐标", "横坐标", "easting"})
# Headings of one column with both coordinates; where they name an order it is a promise, else rows decide.
_ORDERED = {
    "lonlat": "lon", "lnglat": "lon", "longitudelatitude": "lon", "经度纬度": "lon", "东经北纬": "lon",
    "latlon": "lat", "latlng": "lat", "latitudelongitude": "lat", "纬度经度": "lat", "北纬东经": "lat",
}  # fmt: skip
_BOTH = ("经纬度", "经纬度坐标", "坐标", "地理坐标", "位置坐标", "中心坐标", "坐标经纬度", "coordinates", "coordinate")


class Axes(NamedTuple):
    """The columns of x (longitude, easting) and y. One column with both stands for either.

    `degrees`: the headings say longitude and latitude. `first`: of one column, which coordinate its heading says comes
    first (lon, lat), None where it says nothing. `sure`: which column is the easting is stated; else the numbers say.
    """

    x: str
    y: str
    degrees: bool
    first: str | None = None
    sure: bool = True

    @property
    def one(self) -> bool:
        """Whether one column holds both coordinates."""
        return self.x == self.y

    @property
    def heading(self) -> str:
        """The heading of the one column, or those of both."""
        return self.x if self.one else f"{self.x}, {self.y}"


def axes_of(names: Sequence[str], x: str | None, y: str | None, *, metres: bool, crs_stated: bool) -> Axes | None:
    """The coordinate columns: those the project names, else those whose heading is known; None where there are none.

    `x` and `y` are what the project names, the same column twice where it holds both. `metres`: the stated CRS is a
    projected one, so headings of eastings come before those of degrees. Raises InputError(COORDINATE_COLUMNS_MISSING)
    where a column that the project names is absent.
    """
    if x is not None or y is not None:
        if x is None or y is None or x not in names or y not in names:
            raise InputError([Fault("COORDINATE_COLUMNS_MISSING", facts={"found": ", ".join(names)})])
        first = _ORDERED.get(_order(x)) if x == y else None
        last = {name: part for part, name in names_of_groups(names).items()}
        return Axes(x, y, degrees=_in_degrees(last.get(x, x), last.get(y, y)), first=first)
    grouped = {fold(part): name for part, name in names_of_groups(names).items()}
    folded = grouped | {fold(name): name for name in reversed(names)}
    found = [_degrees(folded), _pair(names), _in_metres(folded) if crs_stated else None]
    return next((axes for axes in (reversed(found) if metres else found) if axes is not None), None)


def fold(heading: str) -> str:
    """A heading without case, width, blanks, underscores and a unit in brackets."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    plain = plain.split("(")[0]
    return "".join(character for character in plain if character not in " _-°")


def _order(heading: str) -> str:
    """The letters of a heading, those in brackets too, without what only says that they are coordinates."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    return re.sub(r"坐标|coordinates?|wgs84|[\W_]", "", plain)


def _in_degrees(x: str, y: str) -> bool:
    if x == y:
        return _order(x) in _ORDERED or "经" in x
    return fold(x) in LON_NAMES and fold(y) in LAT_NAMES


def _degrees(folded: dict[str, str]) -> Axes | None:
    lon = next((folded[known] for known in LON_NAMES if known in folded), None)
    lat = next((folded[known] for known in LAT_NAMES if known in folded), None)
    return None if lon is None or lat is None else Axes(lon, lat, degrees=True)


def _pair(names: Sequence[str]) -> Axes | None:
    for name in names:
        if (first := _ORDERED.get(_order(name))) is not None:
            return Axes(name, name, degrees=True, first=first)
    folded = {fold(name): name for name in reversed(names)}
    known = next((folded[both] for both in _BOTH if both in folded), None)
    return None if known is None else Axes(known, known, degrees=True)


def _in_metres(folded: dict[str, str]) -> Axes | None:
    for x, y in _METRES:
        if x in folded and y in folded:
            return Axes(folded[x], folded[y], degrees=False, sure=x in _SURE)
    return None
