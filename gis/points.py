"""The coordinate columns of a table -> points in EPSG:4326, or a fault for every row whose coordinates cannot be."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gis import datum as datums
from gis.error_cells import ERROR_WORDS
from gis.faults import Fault, InputError
from gis.headings import names_of_groups
from gis.places import whereabouts
from gis.values import coordinate

Objects = NDArray[np.object_]

# Headings that mean longitude and latitude in degrees, compared without case, blanks and underscores.
LON_NAMES = ("经度", "lon", "lng", "long", "longitude", "东经", "经度e", "东经e", "lonwgs84", "wgs84lon", "中心经度")
LAT_NAMES = ("纬度", "lat", "latitude", "北纬", "纬度n", "北纬n", "latwgs84", "wgs84lat", "中心纬度")

# What nearly all coordinates look like; Arrow reads such texts as `gis.values.coordinate` does, to the last bit.
_PLAIN = r"^-?[0-9]{1,15}(\.[0-9]{1,30})?$"

# The well-known binary of a point: byte order, type 1, x, y. A column of them is a matrix of fixed width.
_WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


class Stated(NamedTuple):
    """What the project file says about a file."""

    crs: str | None
    datum: str | None
    encoding: str | None
    x: str | None
    y: str | None


# Geometry, faults, facts for the table, the columns that were used up, and by row the places of rows that are faults.
Placed = tuple[Objects, list[Fault], dict[str, Any], set[str], dict[int, Any]]


def points(columns: Mapping[str, Objects], numbers: NDArray[np.int64], stated: Stated) -> Placed:
    """Points from the two coordinate columns, faults for rows that have none, what was assumed, where faults lie.

    The two columns are used up. Without coordinate columns all geometry is None and `placed` is False.
    """
    axes = _axes(list(columns), stated)
    if axes is None:
        return np.full(len(numbers), None, dtype=object), [], {"placed": False}, set(), {}
    last = {name: part for part, name in names_of_groups(list(columns)).items()}
    lon, lat = (_folded(last.get(axis, axis)) for axis in axes)
    in_degrees = lon in LON_NAMES and lat in LAT_NAMES
    if stated.crs is None and not in_degrees:
        raise InputError([Fault("CRS_MISSING", column=f"{axes[0]}, {axes[1]}")])
    crs = datums.judge(None, stated.crs or "EPSG:4326", None)
    if isinstance(crs, Fault):
        raise InputError([crs])
    facts: dict[str, Any] = {"placed": True, "crs": crs.to_string(), "crs_assumed": "" if stated.crs else "EPSG:4326"}
    texts = columns[axes[0]], columns[axes[1]]
    x, y = (_parsed(values) for values in texts)
    faults = _coordinate_faults(numbers, axes, texts, (x, y))
    good = ~np.isin(numbers, list(faults))
    if good.all():
        geometry: Objects = shapely.points(x, y)
    else:
        geometry = np.full(len(numbers), None, dtype=object)
        geometry[good] = shapely.points(x[good], y[good])
    placed, outside = datums.place(geometry, numbers, crs, stated.datum)
    named = {row: fault.at(column=f"{axes[0]}, {axes[1]}") for row, fault in outside.items()}
    places = whereabouts(
        {int(numbers[at]): geometry[at] for at in np.flatnonzero(np.isin(numbers, list(outside)))}, crs, stated.datum
    )
    return placed, [*faults.values(), *named.values()], facts, set(axes), places


def _axes(names: list[str], stated: Stated) -> tuple[str, str] | None:
    """The columns of x and y: those the project names, else those whose heading is known; None where there are none."""
    if stated.x is not None or stated.y is not None:
        if stated.x not in names or stated.y not in names:
            raise InputError([Fault("COORDINATE_COLUMNS_MISSING", facts={"found": ", ".join(names)})])
        return stated.x, stated.y
    folded = {_folded(name): name for name in reversed(names)}
    folded = {_folded(part): name for part, name in names_of_groups(names).items()} | folded
    lon = next((folded[known] for known in LON_NAMES if known in folded), None)
    lat = next((folded[known] for known in LAT_NAMES if known in folded), None)
    return None if lon is None or lat is None else (lon, lat)


def _folded(heading: str) -> str:
    """A heading without case, width, blanks, underscores and a unit in brackets."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    plain = plain.split("(")[0]
    return "".join(character for character in plain if character not in " _-°")


def _parsed(values: Objects) -> NDArray[np.float64]:
    """The coordinates that the texts spell, NaN for those that spell none."""
    try:
        cells = pa.array(values, pa.large_string())
    except UnicodeEncodeError:  # half a pair of surrogates is no text for Arrow
        plain, parsed = np.zeros(len(values), dtype=bool), np.full(len(values), np.nan)
    else:
        are_plain = pc.match_substring_regex(cells, _PLAIN).fill_null(fill_value=False)
        plain = are_plain.to_numpy(zero_copy_only=False)
        numbers = pc.if_else(are_plain, cells, None).cast(pa.float64()).fill_null(np.nan)
        parsed = numbers.to_numpy(zero_copy_only=False).copy()
    for at in np.flatnonzero(~plain):
        if values[at] is not None and (number := coordinate(values[at])) is not None:
            parsed[at] = number
    return parsed


def _coordinate_faults(
    numbers: NDArray[np.int64], axes: tuple[str, str], texts: tuple[Objects, Objects], parsed: tuple[Any, Any]
) -> dict[int, Fault]:
    """Row number -> fault, for rows with an empty, unreadable or 0, 0 coordinate."""
    faults: dict[int, Fault] = {}
    for at in np.flatnonzero(np.isnan(parsed[0]) | np.isnan(parsed[1]) | ((parsed[0] == 0) & (parsed[1] == 0))):
        row = int(numbers[at])
        for axis, column, values in zip(axes, texts, parsed, strict=True):
            if column[at] is None or not column[at].strip():
                faults[row] = Fault("COORDINATE_MISSING", row=row, column=axis)
            elif column[at].strip() in ERROR_WORDS:
                faults[row] = Fault("CELL_ERROR", row=row, column=axis, value=column[at], facts={"also": ""})
            elif np.isnan(values[at]):
                faults[row] = Fault("COORDINATE_UNREADABLE", row=row, column=axis, value=column[at])
            if row in faults:
                break
        else:
            faults[row] = Fault(
                "COORDINATE_ZERO", row=row, column=", ".join(axes), value=f"{texts[0][at]}, {texts[1][at]}"
            )
    return faults


def wkb_places(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of a binary column of points in WKB, as GeoParquet holds them; NaN for null and empty ones.

    Little-endian plain points are read as they lie in memory, without an object for each; all else
    by shapely, which raises where it finds no point.
    """
    parts = [wkb_records(chunk) for chunk in column.chunks if len(chunk)]
    if all(part is not None for part in parts):
        found = [part for part in parts if part is not None]
        empty = np.zeros(0)
        return (
            np.concatenate([empty, *(part["x"] for part in found)]),
            np.concatenate([empty, *(part["y"] for part in found)]),
        )
    geometry = shapely.from_wkb(column.to_numpy())
    x, y = np.full(len(geometry), np.nan), np.full(len(geometry), np.nan)
    filled = np.flatnonzero(~shapely.is_missing(geometry) & ~shapely.is_empty(geometry))
    if (shapely.get_type_id(geometry[filled]) != 0).any():
        raise ValueError("expected a column of points, found other geometries in it")
    x[filled], y[filled] = shapely.get_x(geometry[filled]), shapely.get_y(geometry[filled])
    return x, y


def wkb_records(chunk: pa.Array) -> NDArray[np.void] | None:
    """A chunk of plain little-endian points in WKB as records with x and y; None where it holds anything else."""
    if chunk.null_count or chunk.type != pa.binary():
        return None
    _, offsets, data = chunk.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    width = _WKB_POINT.itemsize
    if data is None or (np.diff(ends) != width).any():
        return None
    records = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].view(_WKB_POINT)
    return records if ((records["order"] == 1) & (records["type"] == 1)).all() else None
