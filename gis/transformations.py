"""A transformation that the project names for an old datum -> the way from it to WGS 84, or why it cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from gis.faults import Fault

Floats = NDArray[np.float64]
Way = Callable[[Floats, Floats], tuple[Floats, Floats]]

# Beijing 1954 and Xian 1980 lie 40 to 200 m from CGCS2000. What moves less or more is not such a transformation.
LEAST_METRES, MOST_METRES = 1.0, 300.0
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_TOWGS84 = re.compile(rf"\+?towgs84\s*=\s*({_NUMBER}(?:\s*,\s*{_NUMBER})*)", re.IGNORECASE)
_CODE = re.compile(r"EPSG:(\d{3,6})", re.IGNORECASE)
_PIPELINE = re.compile(r"\+?proj=\S.*", re.DOTALL)
# Names of files in a pipeline may be those of PROJ's own data, never a path or an address.
_FILES = re.compile(r"\+?(\w*grids?|file|init|xyzgrids)=(\S+)", re.IGNORECASE)
_OWN_FILE = re.compile(r"@?[\w.-]+(,@?[\w.-]+)*")
_SWAPPED_AXES = re.compile(r"^\+?proj=pipeline\s+(?:\S+=\S+\s+)*?\+?step\s+\+?proj=axisswap\s+\+?order=2,1(?:\s|$)")
_GEOD = Geod(ellps="WGS84")


class Refused(ValueError):
    """A transformation that cannot be used; the text says why, for `{found}` of TRANSFORMATION_WRONG."""


class Moved(NamedTuple):
    """By how many metres a transformation moves the corners of a layer: at least and at most."""

    least: float
    most: float


def checked(crs: CRS, transformation: str, bounds: tuple[float, ...] | None) -> Moved | Fault:
    """By how much `transformation` moves the layer's corners, or the fault TRANSFORMATION_WRONG.

    `transformation` is an EPSG operation code (`EPSG:15918`), a PROJ pipeline that takes longitude and latitude in
    degrees of the layer's datum (latitude first where it begins with `proj=axisswap order=2,1`), or `towgs84=` and 3 or
    7 numbers: metres, arc-seconds, parts per million, rotations as position vector (EPSG method 9606, as in PROJ).
    It must lead from the datum of `crs`, run without network and foreign files, and move each corner by 1 to 300 m.
    `bounds` are in `crs`; None where they are not known, then only what does not need them is checked.
    """
    try:
        way = way_of(crs.to_wkt(), transformation)
        if bounds is None or not np.isfinite(bounds).all():
            return Moved(0.0, 0.0)
        west, south, east, north = bounds
        middle = (west + east) / 2, (south + north) / 2
        lon, lat = geographic(crs.to_wkt())(
            np.array([west, west, east, east, middle[0]]), np.array([south, north, south, north, middle[1]])
        )
        if not (np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)).all():
            return Moved(0.0, 0.0)  # its coordinates do not belong to its CRS: the rows will be told
        new_lon, new_lat = way(lon, lat)
        if not (np.isfinite(new_lon) & np.isfinite(new_lat) & (np.abs(new_lat) <= 90)).all():
            raise Refused("no result at the corners of the layer (a grid file is absent, or the place is outside)")
        metres = _GEOD.inv(lon, lat, new_lon, new_lat)[2]
        moved = Moved(float(metres.min()), float(metres.max()))
        if not LEAST_METRES <= moved.least <= moved.most <= MOST_METRES:
            raise Refused(f"{moved.least:.2f}–{moved.most:.0f} m")
    except Refused as error:
        return Fault("TRANSFORMATION_WRONG", value=transformation[:200], facts={"found": str(error), "crs": crs.name})
    return moved


def accuracy_of(transformation: str) -> float | None:
    """How many metres wrong the register says that a named operation may be; None where nothing states it."""
    code = _CODE.fullmatch(transformation.strip())
    accuracy = _built(code[0].upper()).accuracy if code is not None else -1.0
    return accuracy if accuracy > 0 else None


@cache
def geographic(wkt: str) -> Way:
    """The way from a CRS to longitude and latitude in degrees of its own datum."""
    crs = CRS.from_wkt(wkt)
    geodetic = crs.geodetic_crs
    if geodetic is None:
        raise Refused("no geographic CRS")
    return _transform(Transformer.from_crs(crs, geodetic, always_xy=True), latitude_first=False)


@cache
def way_of(wkt: str, transformation: str) -> Way:
    """The way from degrees of the datum of a CRS to WGS 84; raises Refused where `transformation` is none."""
    text = transformation.strip()
    if (shift := _TOWGS84.fullmatch(text)) is not None:
        return _helmert(CRS.from_wkt(wkt), [float(number) for number in shift[1].split(",")])
    if (code := _CODE.fullmatch(text)) is not None:
        return _operation(CRS.from_wkt(wkt), code[0].upper())
    if _PIPELINE.fullmatch(text) is None:
        raise Refused("expected EPSG:…, +proj=pipeline … or 3 or 7 numbers")
    for key, names in _FILES.findall(text):
        if _OWN_FILE.fullmatch(names) is None or ".." in names or ":" in names:
            raise Refused(f"{key}={names}: a file outside PROJ's data")
    return _transform(_built(text), latitude_first=_SWAPPED_AXES.match(text) is not None)


def _helmert(crs: CRS, numbers: list[float]) -> Way:
    ellipsoid = crs.ellipsoid
    if len(numbers) not in (3, 7) or ellipsoid is None:
        raise Refused(f"expected 3 or 7 numbers, found {len(numbers)}")
    if not any(numbers):
        raise Refused("all numbers are 0")
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    shift = " ".join(f"+{name}={number!r}" for name, number in zip(names, numbers, strict=False))
    convention = " +convention=position_vector" if len(numbers) == 7 else ""
    return _transform(
        _built(
            f"+proj=pipeline +step +proj=cart +a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"
            f" +step +proj=helmert {shift}{convention} +step +inv +proj=cart +ellps=WGS84"
        ),
        latitude_first=False,
    )


def _operation(crs: CRS, code: str) -> Way:
    """The operation of an EPSG code, where it leads from the datum of `crs` to WGS 84 or CGCS2000."""
    transformer = _built(code)
    ends = [_geodetic_name(end) for end in (transformer.source_crs, transformer.target_crs)]
    own, goals = _geodetic_name(crs), {"WGS 84", "China Geodetic Coordinate System 2000"}
    if ends[0] != own or ends[1] not in goals:
        raise Refused(f"{code} = {transformer.description}: {ends[0] or '?'} → {ends[1] or '?'}")
    geodetic = transformer.source_crs
    if geodetic is None or not geodetic.is_geographic:
        raise Refused(f"{code} = {transformer.description}: not between longitudes and latitudes")
    return _transform(transformer, latitude_first=geodetic.axis_info[0].direction == "north")


def _geodetic_name(crs: CRS | None) -> str:
    geodetic = None if crs is None else crs.geodetic_crs
    if geodetic is None:
        return ""
    code = geodetic.to_epsg(min_confidence=60)
    return CRS.from_epsg(code).to_2d().name if code is not None else str(geodetic.name)


def _built(text: str) -> Transformer:
    try:
        return Transformer.from_pipeline(text)
    except (ProjError, CRSError) as error:
        raise Refused(str(error).split("(Internal")[0].strip()[:150]) from None


def _transform(transformer: Transformer, *, latitude_first: bool) -> Way:
    def way(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        if latitude_first:
            y, x = transformer.transform(lat, lon)
        else:
            x, y = transformer.transform(lon, lat)
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    return way
