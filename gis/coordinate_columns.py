"""Columns of coordinates as text -> numbers and the metres their digits are worth; in bulk where they are plain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import CRS

from gis import datum as datums
from gis.axes import Axes
from gis.coordinates import DEGREE_METRES, Spelled, pair, spelled
from gis.gauss_kruger import metres

Objects = NDArray[np.object_]
Floats = NDArray[np.float64]

# Where the last digit is worth more than this, it says how accurate a position is at best. Four decimals of a degree
# (11 m) are what phones and maps give and are not doubted; whole seconds (31 m) and three decimals (111 m) are.
COARSE_METRES = 20.0
# What nearly all coordinates look like; Arrow reads such texts as `gis.coordinates.spelled` does, to the last bit.
_PLAIN = r"^-?[0-9]{1,15}(\.[0-9]{1,30})?$"
# Rows that speak against the order of the axes that the others show are slips up to this share.
_SLIPS = 0.1
# A latitude beyond the northernmost land tells that the two are exchanged.
_NORTH_LIMIT = 84.0


class Cells(NamedTuple):
    """The numbers of a column, NaN where a text spells none, and the metres that their last digits are worth."""

    values: Floats
    metres: Floats


def cells_of(texts: Objects, crs: CRS, axis: str) -> Cells:
    """The coordinates of a column; `axis` (lon, lat) is what a hemisphere must not contradict.

    Angles in a column of metres are NaN.
    """
    unit = _unit(crs)
    try:
        cells = pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # half a pair of surrogates is no text for Arrow
        plain = np.zeros(len(texts), dtype=bool)
        values, digits = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    else:
        are_plain = pc.match_substring_regex(cells, _PLAIN).fill_null(fill_value=False)
        plain = are_plain.to_numpy(zero_copy_only=False)
        numbers = pc.if_else(are_plain, cells, None)
        values = numbers.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False).copy()
        digits = unit * _last_digits(numbers)
    for at in np.flatnonzero(~plain):
        if texts[at] is None or (found := spelled(texts[at], axis)) is None or (found.angle and crs.is_projected):
            continue
        values[at], digits[at] = found.value, found.digit * unit
    return Cells(values, digits)


def _unit(crs: CRS) -> float:
    """Metres of one unit of a CRS's coordinates."""
    return float(crs.axis_info[0].unit_conversion_factor or 1.0) if crs.is_projected else DEGREE_METRES


def _last_digits(numbers: pa.Array) -> Floats:
    """What the last digit of each plain number is worth; NaN for null."""
    point = pc.find_substring(numbers, ".")
    decimals = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.binary_length(numbers), point), 1))
    return np.asarray(10.0 ** -decimals.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False))


def arranged(x: Cells, y: Cells, axes: Axes, crs: CRS) -> tuple[Cells, Cells, str]:
    """x and y of a projected table, exchanged where only so they lie in the area of the CRS; then also what was found.

    Columns of which it is stated what they are stay as they are.
    """
    if axes.sure:
        return x, y, ""
    exchanged = _fits_exchanged(x.values, y.values, crs)
    if not (_easting_second(x.values, y.values) if exchanged is None else exchanged):
        return x, y, ""
    return y, x, f"{axes.x} = 北/northing, {axes.y} = 东/easting"


def _easting_second(x: Floats, y: Floats) -> bool:
    """Whether the second numbers bear a zone number, so that they are the eastings, whatever the CRS."""
    known = np.isfinite(x) & np.isfinite(y)
    found = [metres(*pair) for pair in zip(x[known].tolist(), y[known].tolist(), strict=True)]
    return bool(found) and all(one is not None and one.zone is not None and one.northing_first for one in found)


def _fits_exchanged(x: Floats, y: Floats, crs: CRS) -> bool | None:
    """Whether places lie where a CRS may be used only with x and y exchanged; None where either order is possible.

    Rows that fit in one order only decide; a few of the other kind among them are slips.
    """
    known = np.isfinite(x) & np.isfinite(y)
    given, exchanged = _within(x[known], y[known], crs), _within(y[known], x[known], crs)
    for_given, for_exchanged = int((given & ~exchanged).sum()), int((exchanged & ~given).sum())
    if for_given > 0 and for_exchanged <= _SLIPS * for_given:
        return False
    return True if for_exchanged > 0 and for_given <= _SLIPS * for_exchanged else None


def _within(x: Floats, y: Floats, crs: CRS) -> NDArray[np.bool_]:
    """Which places lie where a CRS may be used, and where people live."""
    west, south, east, north = datums.area_of_use(crs)
    lon, lat = datums.plain_way(crs)(x, y)
    south, north = max(south, datums.SOUTH_LIMIT), min(north, _NORTH_LIMIT)
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north), dtype=bool)


# --- Both coordinates in one column -----------------------------------------------------------


def pairs_of(texts: Objects, axes: Axes, crs: CRS) -> tuple[Cells, Cells, str]:
    """x and y of a column that holds both, NaN where a cell does not hold two; then what was found about their order.

    What a cell says itself (E, 北纬 …) counts; else the order that the heading names (`lon_lat`, 坐标(经度,纬度)); else
    the only order in which the rows lie in the area of the CRS. Where nothing decides, the cells are unreadable.
    """
    return _in_order([None if text is None else pair(text) for text in texts], axes, crs)


def _in_order(pairs: Sequence[tuple[Spelled, Spelled] | None], axes: Axes, crs: CRS) -> tuple[Cells, Cells, str]:
    first, second = Cells(*_nothing(len(pairs))), Cells(*_nothing(len(pairs)))
    told = np.zeros(len(pairs), dtype=bool)
    unit = _unit(crs)
    for at, found in enumerate(pairs):
        if found is None or (crs.is_projected and (found[0].angle or found[1].angle)):
            continue
        if found[0].axis == "lat":
            found = found[::-1]
        told[at] = found[0].axis is not None
        for cells, one in zip((first, second), found, strict=True):
            cells.values[at], cells.metres[at] = one.value, one.digit * unit
    exchanged, why = _latitude_first(first.values[~told], second.values[~told], axes, crs)
    if exchanged is None:
        first.values[~told] = np.nan
        return first, second, ""
    swap = ~told & exchanged
    x = Cells(*(np.where(swap, two, one) for one, two in zip(first, second, strict=True)))
    y = Cells(*(np.where(swap, one, two) for one, two in zip(first, second, strict=True)))
    return x, y, why


def pairs_in_order(
    pairs: Sequence[tuple[Spelled, Spelled]], axes: Axes, crs: CRS
) -> tuple[list[tuple[float, float, float] | None], str]:
    """x, y and what the last digit is worth in metres, None where the axes are not certain; and what the pairs told."""
    x, y, why = _in_order([*pairs], axes, crs)
    digits = np.fmin(x.metres, y.metres)
    known = np.isfinite(x.values) & np.isfinite(y.values)
    return [
        (float(x.values[at]), float(y.values[at]), float(digits[at])) if known[at] else None for at in range(len(pairs))
    ], why


def _nothing(count: int) -> tuple[Floats, Floats]:
    return np.full(count, np.nan), np.full(count, np.nan)


def _latitude_first(first: Floats, second: Floats, axes: Axes, crs: CRS) -> tuple[bool | None, str]:
    """Whether y stands first in the cells that do not say so, None where nothing tells; and, where rows told, what."""
    if axes.first is not None:
        return axes.first == "lat", ""
    if not np.isfinite(first + second).any():
        return False, ""
    exchanged = _fits_exchanged(first, second, crs)
    return exchanged, f"{axes.x}: 纬度/北 在前, latitude/northing first" if exchanged else ""
