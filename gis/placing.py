"""Geometry in the CRS that holds -> EPSG:4326, and why a row does not lie where that CRS may be used."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis import datum as datums
from gis.faults import Fault, InputError
from gis.gauss_kruger import epsg, likely, metres, zone_in_front, zone_of

Objects = NDArray[np.object_]
Box = tuple[float, float, float, float]

# A number beyond the first is no slip in degrees: it is metres, up to the second (zone 60 in front of an easting).
_DEGREES_AT_MOST, _METRES_AT_MOST = 1000.0, 61_000_000.0


def place(
    geometry: Objects, numbers: NDArray[np.int64], crs: CRS, datum: str | None, transformation: str | None = None
) -> tuple[Objects, dict[int, Fault]]:
    """`geometry` in EPSG:4326 on WGS 84, and by row number the faults of places outside the CRS's area of use.

    COORDINATE_PROJECTED for metres where the CRS has degrees, COORDINATE_SWAPPED where a place would fit with x and y
    exchanged (nothing is exchanged here), COORDINATE_ZERO for points at 0, 0, else COORDINATE_OUT_OF_RANGE. Raises
    InputError(CRS_CONTRADICTION) where every easting bears the number of one zone, and that is not the zone of the CRS.
    """
    check_zone(geometry, crs)
    moved = datums.to_lon_lat(geometry, crs, transformation)
    if datum is not None and datum in datums.OFFSETS:
        moved = datums.unshift(moved, datum)
    area = datums.area_of_use(crs)
    limits = (area[0], max(area[1], datums.SOUTH_LIMIT), area[2], area[3])
    outside = np.flatnonzero(_outside(moved, limits))
    # NaN is no place at all, which gis.repair tells.
    known = [not np.isnan(shapely.get_coordinates(geometry[at])).any() for at in outside]
    outside = outside[np.array(known, dtype=bool)]
    nowhere = np.empty(0, dtype=np.int64) if crs.is_projected else _at_zero(geometry)
    if not len(outside) and not len(nowhere):
        return moved, {}
    near = _middle_longitude(np.delete(moved, outside))
    faults = [_misplaced(geometry[at], int(numbers[at]), crs, limits, near) for at in outside]
    faults += [Fault("COORDINATE_ZERO", row=int(numbers[at]), value="0, 0") for at in nowhere]
    return moved, {fault.row or 0: fault for fault in faults}


def _at_zero(geometry: Objects) -> NDArray[np.int64]:
    """Where points stand at 0, 0, as programs write them for places that nobody entered."""
    return np.flatnonzero((shapely.bounds(geometry) == 0).all(axis=1))


def check_zone(geometry: Objects, crs: CRS) -> None:
    """Nothing, or InputError(CRS_CONTRADICTION) where all eastings bear the number of a zone that is not the CRS's."""
    zone = zone_of(crs)
    if zone is None:
        return
    bounds = shapely.bounds(geometry)
    eastings = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(eastings):
        return
    number = zone_in_front(float(eastings[0, 0]))
    same = (np.floor(eastings[:, [0, 2]] / 1e6) == (number if number is not None else -1)).all()
    if number is None or not same or (zone.numbered and zone.number == number):
        return
    x, y = eastings[0, 0], eastings[0, 1]
    right = epsg(number, numbered=True)
    facts = {"found": f"{CRS.from_user_input(right).name} = {right} ({x:.9g}, {y:.9g})"}
    raise InputError([Fault("CRS_CONTRADICTION", value=crs.name, facts=facts)])


def _misplaced(geometry: shapely.Geometry, row: int, crs: CRS, limits: Box, near: float | None) -> Fault:
    """Why a geometry that leaves the area of its CRS does so."""
    points = shapely.get_coordinates(geometry)
    x, y = points[0]
    value = f"{x:.9g}, {y:.9g}"
    if not crs.is_projected and _DEGREES_AT_MOST < np.abs(points).max() <= _METRES_AT_MOST:
        found = metres(float(x), float(y))
        facts = {
            "crs": crs.name,
            "likely": "EPSG:…" if found is None else likely(found, near),
            "order": "" if found is None or not found.northing_first else " (X = 北/northing, Y = 东/easting)",
        }
        return Fault("COORDINATE_PROJECTED", row=row, value=value, facts=facts)
    exchanged = datums.to_lon_lat(np.array(shapely.points(points[:, ::-1]), dtype=object), crs)
    shown = ", ".join(f"{limit:g}" for limit in limits)
    facts = {"crs": crs.name, "expected": f"W S E N {shown}"}
    if len(points) and np.isfinite(points).all() and not _outside(exchanged, limits).any():
        return Fault("COORDINATE_SWAPPED", row=row, value=value, facts={**facts, "x": f"{y:.9g}", "y": f"{x:.9g}"})
    return Fault(
        "COORDINATE_OUT_OF_RANGE", row=row, value=value, facts={**facts, "hint": _hint(float(x), float(y), crs)}
    )


def _hint(x: float, y: float, crs: CRS) -> str:
    """Which CRS such metres would fit, in brackets; '' where none is known."""
    zone, found = zone_of(crs), metres(x, y)
    if zone is None or found is None:
        return ""
    if found.zone is not None:
        return f" ({epsg(found.zone, numbered=True)} ✓?)"
    return f" ({epsg(zone.number, numbered=False)} ✓?)" if zone.numbered else ""


def _middle_longitude(placed: Objects) -> float | None:
    """A longitude amid the rows that are where they may be; None where there are none."""
    bounds = shapely.bounds(placed)
    lon = bounds[np.isfinite(bounds).all(axis=1), 0]
    return float(np.median(lon)) if len(lon) else None


def _outside(geometry: Objects, limits: Box) -> NDArray[np.bool_]:
    """Which geometries leave the limits, infinite ones too; those without coordinates do not."""
    bounds = shapely.bounds(geometry)
    west, south, east, north = limits
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    return np.asarray(~within & ~np.isnan(bounds).all(axis=1), dtype=bool)
