"""Which CRS holds: declared against found, refused datums, offset datums; and the way to EPSG:4326."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from gis import transformations
from gis.faults import Fault

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

LON_LAT = CRS.from_epsg(4326)
# Two statements about the CRS agree where they put the layer's corners no further apart than this.
AGREE_METRES = 0.001
# A datum that moves places by less, or to better than this, adds nothing to how well they are known.
WORTH_TELLING = 1.0  # metres
# An edge of length L, straight in a projected plane, leaves the edge that is straight in lon/lat by
# about L^2 / 8R * tan(latitude): 500 m give 5 mm at 45 degrees. Longer edges are split before the transformation.
EDGE_METRES = 500.0
# No drinking-water protection zone lies in Antarctica; a latitude there is a western longitude in the wrong column.
SOUTH_LIMIT = -60.0
# PROJ moves these by nothing or by a ballpark shift; without named parameters that is up to 100 m wrong.
_REFUSED = re.compile(r"beijing|xian|西安|北京", re.IGNORECASE)
# CGCS2000 and WGS 84 differ by centimetres (ITRF97 at epoch 2000.0): taken as equal, and stated in the manual.
_EQUAL = re.compile(r"China_?\s?2000|China Geodetic Coordinate System 2000|CGCS\s?_?2000", re.IGNORECASE)
_SEMI_MAJOR = 6378137.0  # of WGS 84, CGCS2000 and whatever moves by nothing
_GEOD = Geod(ellps="WGS84")


def crs_of(text: str) -> CRS | None:
    """The CRS that `text` (EPSG code, WKT …) names, without heights; None where it names none."""
    try:
        return CRS.from_user_input(text).to_2d()
    except CRSError:
        return None


def judge(
    found: str | None, declared: str | None, bounds: tuple[float, ...] | None, transformation: str | None = None
) -> CRS | Fault:
    """The CRS that holds for a layer, or the fault that forbids to use it.

    `found` is what the file says (None: nothing), `declared` what the project file says, `bounds` the
    layer's extent in its own coordinates. Declared and found may differ in name as long as they put
    the layer's corners on the same place. A datum from which PROJ knows no sure way is refused unless a
    `transformation` is named (`gis.transformations`), which is checked, and refused for a datum that needs none.
    """
    if declared is not None and crs_of(declared) is None:
        return Fault("CRS_UNKNOWN", value=declared)
    if found is not None and found_names_nothing(found):
        found = None
    if found is not None and crs_of(found) is None:
        return Fault("CRS_UNKNOWN", value=found[:200])
    given = [crs for text in (declared, found) if text is not None and (crs := crs_of(text)) is not None]
    if not given:
        return Fault("CRS_MISSING")
    for crs in given:
        if _REFUSED.search(_datum_name(crs)) and transformation is None:
            return Fault("DATUM_REFUSED", value=crs.name, facts={"datum": _datum_name(crs)})
    if len(given) == 2 and not _agree(given[0], given[1], bounds):
        return Fault("CRS_CONTRADICTION", value=declared or "", facts={"found": given[1].name})
    if transformation is not None:
        return _transformable(given[0], transformation, bounds)
    if _transformer(given[0].to_wkt()) is None or _moves_by_zeros(given[0]):
        return Fault("DATUM_UNKNOWN", value=given[0].name, facts={"datum": _datum_name(given[0])})
    return given[0]


def _moves_by_zeros(crs: CRS) -> bool:
    """Whether a CRS on an old ellipsoid says that nothing leads to WGS 84 (TOWGS84 with zeros), as programs write it
    where they know no better: that is some 100 m wrong.
    """
    operation, ellipsoid = crs.coordinate_operation, crs.ellipsoid
    if not crs.is_bound or operation is None or ellipsoid is None or not operation.towgs84:
        return False
    return not any(operation.towgs84) and abs(ellipsoid.semi_major_metre - _SEMI_MAJOR) > 1.0


def _transformable(crs: CRS, transformation: str, bounds: tuple[float, ...] | None) -> CRS | Fault:
    """`crs` where it needs the transformation named and that can be used; else the fault."""
    if not _REFUSED.search(_datum_name(crs)) and _transformer(crs.to_wkt()) is not None:
        facts = {"found": f"{crs.name}: no transformation needed / 无需转换", "crs": crs.name}
        return Fault("TRANSFORMATION_WRONG", value=transformation[:200], facts=facts)
    moved = transformations.checked(crs, transformation, bounds)
    return moved if isinstance(moved, Fault) else crs


def transformed(crs: CRS, transformation: str, bounds: tuple[float, ...]) -> dict[str, str]:
    """The facts of a transformation that `judge` let pass: itself, and by how many metres it moves the corners."""
    moved = transformations.checked(crs, transformation, bounds)
    metres = "" if isinstance(moved, Fault) else f"{moved.least:.1f}–{moved.most:.1f}"
    return {"transformation": transformation, "transformed_metres": metres}


def way_facts(crs: CRS, transformation: str | None, bounds: tuple[float, ...]) -> dict[str, str]:
    """What must be told of the way to EPSG:4326: the transformation that is named, and `moved_accuracy` in metres.

    That is how wrong places may be by having been moved from one datum to another, as PROJ states it for the
    operation that it used at the corners of the layer and in its middle. It is left out where PROJ states none or at
    most 1 m, and where the datums put these places at most 1 m apart (NAD83, ETRS89): then nothing was moved.
    `bounds` are in `crs`; `judge` has let CRS and transformation pass.
    """
    facts = {} if transformation is None else transformed(crs, transformation, bounds)
    metres = transformations.accuracy_of(transformation) if transformation is not None else _accuracy_at(crs, bounds)
    if metres is not None and metres > WORTH_TELLING:
        facts["moved_accuracy"] = f"{metres:g}"
    return facts


def _accuracy_at(crs: CRS, bounds: tuple[float, ...]) -> float | None:
    """The largest accuracy in metres of what PROJ uses at the corners and in the middle, where that moves a place."""
    way = _transformer(crs.to_wkt())
    if way is None or not np.isfinite(bounds).all():
        return None
    several = way.definition.startswith("unavailable")  # PROJ chooses one of several operations for each place
    if not several and way.accuracy <= WORTH_TELLING:
        return None
    west, south, east, north = bounds
    found = 0.0
    for x, y in ((west, south), (west, north), (east, south), (east, north), ((west + east) / 2, (south + north) / 2)):
        (own_lon,), (own_lat,) = plain_way(crs)(np.array([x]), np.array([y]))
        lon, lat = way.transform(x, y)
        if np.isfinite([own_lon, own_lat, lon, lat]).all() and abs(own_lat) <= 90 and abs(lat) <= 90:
            moved = abs(_GEOD.inv(own_lon, own_lat, lon, lat)[2])
            accuracy = (way.get_last_used_operation() if several else way).accuracy
            found = max(found, accuracy if moved > WORTH_TELLING else 0.0)
    return found or None


def found_names_nothing(found: str) -> bool:
    """Whether a file's CRS is GeoPackage's or GDAL's way to say that there is none."""
    crs = crs_of(found)
    return crs is not None and crs.name.lower().startswith(("undefined", "unknown engineering"))


def to_lon_lat(geometry: NDArray[np.object_], crs: CRS, transformation: str | None = None) -> NDArray[np.object_]:
    """`geometry` moved from `crs` to EPSG:4326 (lon, lat); long edges of a projected CRS are split first.

    `transformation` leads to WGS 84 from a datum from which PROJ knows no sure way; `judge` has checked it.
    """
    if crs == LON_LAT:
        return geometry
    if crs.is_projected:
        metres = crs.axis_info[0].unit_conversion_factor or 1.0
        extended = shapely.get_dimensions(geometry) > 0
        geometry = geometry.copy()
        geometry[extended] = shapely.segmentize(geometry[extended], EDGE_METRES / metres)
    if transformation is not None:
        wkt = crs.to_wkt()
        return _moved(_moved(geometry, transformations.geographic(wkt)), transformations.way_of(wkt, transformation))
    transformer = _transformer(crs.to_wkt())
    if transformer is None:
        raise ValueError(f"no transformation from {crs.name} to EPSG:4326; judge() refuses such a CRS")
    if transformer.definition.startswith("proj=noop"):  # CGCS2000, OGC:CRS84: the same numbers
        return geometry
    return _moved(geometry, transformer.transform)


def keeps_numbers(crs: CRS) -> bool:
    """Whether coordinates in `crs` are those in EPSG:4326 (lon, lat), number for number."""
    if crs == LON_LAT:
        return True
    transformer = None if crs.is_projected else _transformer(crs.to_wkt())
    return transformer is not None and transformer.definition.startswith("proj=noop")


def _moved(geometry: NDArray[np.object_], way: Shift) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = shapely.transform(geometry, way, interleaved=False)  # type: ignore[call-overload,arg-type,unused-ignore]
    return moved


def area_of_use(crs: CRS) -> tuple[float, float, float, float]:
    """West, south, east, north of where `crs` may be used, one degree wider; the world where it says nothing."""
    area = crs.area_of_use
    if area is None and (code := crs.to_epsg(min_confidence=60)) is not None:
        area = CRS.from_epsg(code).area_of_use
    if area is None or area.west > area.east:
        return (-180.0, -90.0, 180.0, 90.0)
    return (
        max(area.west - 1, -180.0), max(area.south - 1, -90.0), min(area.east + 1, 180.0), min(area.north + 1, 90.0)
    )  # fmt: skip


def plain_way(crs: CRS) -> Shift:
    """The way from `crs` to degrees of its own datum: it tells in what area a place lies, not where to the metre."""
    return transformations.geographic(crs.to_wkt())


@cache
def _transformer(wkt: str) -> Transformer | None:
    """The way to EPSG:4326, or None where PROJ knows only a ballpark one for a datum not declared equal."""
    crs = CRS.from_wkt(wkt)
    equal = bool(_EQUAL.search(_datum_name(crs)))
    try:
        return Transformer.from_crs(crs, LON_LAT, always_xy=True, allow_ballpark=None if equal else False)
    except ProjError:
        return None


def _datum_name(crs: CRS) -> str:
    geodetic = crs.geodetic_crs
    names = [crs.datum.name if crs.datum else "", geodetic.name if geodetic else "", crs.name]
    return " / ".join(dict.fromkeys(name for name in names if name))


def _agree(one: CRS, other: CRS, bounds: tuple[float, ...] | None) -> bool:
    if one == other:
        return True
    if bounds is None or not np.isfinite(bounds).all():
        return False
    west, south, east, north = bounds
    x, y = np.array([west, west, east, east]), np.array([south, north, south, north])
    places = []
    for crs in (one, other):
        # A ballpark way will do here: only whether the two put the corners on one place is asked.
        to_4326 = Transformer.from_crs(crs, LON_LAT, always_xy=True)
        places.append(to_4326.transform(x, y))
    (lon, lat), (other_lon, other_lat) = places
    if not (np.isfinite(lon) & np.isfinite(other_lon)).all():
        return False
    return bool((_GEOD.inv(lon, lat, other_lon, other_lat)[2] <= AGREE_METRES).all())


# --- Offset datums of Chinese web maps -------------------------------------------------------
# GCJ-02 and BD-09 are no CRS but a published distortion of WGS 84; the constants are those of the public formulas.
_A, _E2 = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0


def gcj02_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 coordinates of WGS 84 ones; outside China the two are the same."""
    x, y = lon - 105.0, lat - 35.0
    pi = np.pi
    common = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + common
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + common
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _E2 * np.sin(radians) ** 2
    inside = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    d_lat = np.degrees(north * magic * np.sqrt(magic) / (_A * (1.0 - _E2)))
    d_lon = np.degrees(east * np.sqrt(magic) / (_A * np.cos(radians)))
    return lon + np.where(inside, d_lon, 0.0), lat + np.where(inside, d_lat, 0.0)


def bd09_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 coordinates of WGS 84 ones."""
    x, y = gcj02_from_wgs84(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(forward: Shift) -> Shift:
    """The inverse of a small smooth shift, iterated until a round trip is below a millimetre."""

    def backward(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        x, y = np.array(lon, dtype=float), np.array(lat, dtype=float)
        for _ in range(30):
            there = forward(x, y)
            miss_x, miss_y = there[0] - lon, there[1] - lat
            x, y = x - miss_x, y - miss_y
            if max(np.abs(miss_x).max(initial=0.0), np.abs(miss_y).max(initial=0.0)) < 1e-10:
                break
        return x, y

    return backward


# datum of the project file -> the way to WGS 84
OFFSETS: Mapping[str, Shift] = {"gcj02": _inverse(gcj02_from_wgs84), "bd09": _inverse(bd09_from_wgs84)}


def unshift(geometry: NDArray[np.object_], datum: str) -> NDArray[np.object_]:
    """`geometry` (lon, lat of the offset `datum`) moved to WGS 84; KeyError for a datum not in OFFSETS."""
    return _moved(geometry, OFFSETS[datum])
