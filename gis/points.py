"""The coordinate columns of a table -> points in EPSG:4326, or a fault for every row whose coordinates cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis import datum as datums
from gis.axes import Axes, axes_of
from gis.coordinate_columns import COARSE_METRES, Cells, arranged, cells_of, pairs_of
from gis.error_cells import ERROR_WORDS
from gis.faults import Fault, InputError
from gis.places import whereabouts
from gis.placing import place

Objects = NDArray[np.object_]
Floats = NDArray[np.float64]

# The column that holds, as text, how many metres the last digit of a row's coordinates is worth where that is coarse.
DIGITS = "located_to_metres_by_digits"

# The well-known binary of a point: byte order, type 1, x, y. A column of them is a matrix of fixed width.
_WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


class Stated(NamedTuple):
    """What the project file says about a file.

    `transformation` leads from an old datum to WGS 84 (`gis.transformations`). `corners` says where corner points of
    polygons stand, and `ids` are the headings that the id of such a polygon may have (`gis.corners`).
    """

    crs: str | None
    datum: str | None
    encoding: str | None
    x: str | None
    y: str | None
    transformation: str | None = None
    corners: str | None = None
    ids: tuple[str, ...] = ()


class Placed(NamedTuple):
    """Geometry, faults, facts for the table, the columns that were used up, by row the places of rows that are faults.

    `columns`: further columns to keep, `DIGITS` where some rows have few digits.
    """

    geometry: Objects
    faults: list[Fault]
    facts: dict[str, Any]
    used: set[str]
    places: dict[int, Any]
    columns: Mapping[str, Objects] = {}


class Located(NamedTuple):
    """The coordinates of rows in the CRS that holds: x, y, metres that their last digit is worth, row -> fault.

    Where a row is a fault, x and y are NaN.
    """

    axes: Axes
    crs: CRS
    x: Floats
    y: Floats
    metres: Floats
    faults: dict[int, Fault]
    facts: dict[str, Any]


def points(columns: Mapping[str, Objects], numbers: NDArray[np.int64], stated: Stated) -> Placed:
    """Points from the coordinate columns, faults for rows that have none, what was assumed, where faults lie.

    The coordinate columns are used up. Without any, all geometry is None and `placed` is False. Raises
    InputError(CRS_MISSING) where columns that the project names are no degrees and it states no CRS, and for
    a CRS, a transformation or a zone number that cannot be.
    """
    found = located(columns, numbers, stated)
    if found is None:
        return Placed(np.full(len(numbers), None, dtype=object), [], {"placed": False}, set(), {})
    good = np.isfinite(found.x)
    if good.all():
        geometry: Objects = shapely.points(found.x, found.y)
    else:
        geometry = np.full(len(numbers), None, dtype=object)
        geometry[good] = shapely.points(found.x[good], found.y[good])
    placed, outside, moved = set_down(geometry, numbers, found.crs, stated)
    named = {row: fault.at(column=found.axes.heading) for row, fault in outside.items()}
    raw = {int(numbers[at]): geometry[at] for at in np.flatnonzero(np.isin(numbers, list(outside)))}
    places = whereabouts(raw, found.crs, stated.datum, stated.transformation)
    facts, faults = {**found.facts, **moved}, [*found.faults.values(), *named.values()]
    return Placed(placed, faults, facts, {found.axes.x, found.axes.y}, places, digits_column(found.metres))


def set_down(
    geometry: Objects, numbers: NDArray[np.int64], crs: CRS, stated: Stated
) -> tuple[Objects, dict[int, Fault], dict[str, Any]]:
    """`geometry` in EPSG:4326, row -> fault as `gis.placing.place`, and facts of the transformation that is named."""
    bounds = tuple(shapely.total_bounds(geometry)) if len(geometry) else (np.nan,) * 4  # it raises of no rows
    if stated.transformation is not None:
        checked = datums.judge(None, stated.crs, bounds, stated.transformation)
        if isinstance(checked, Fault):
            raise InputError([checked])
    facts = datums.way_facts(crs, stated.transformation, bounds)
    placed, outside = place(geometry, numbers, crs, stated.datum, stated.transformation)
    return placed, outside, facts


def digits_column(metres: Floats, *, always: bool = False) -> dict[str, Objects]:
    """The column `DIGITS`: metres as text over `COARSE_METRES`, or `always`, else None; no column without."""
    coarse = np.flatnonzero(metres > (0.0 if always else COARSE_METRES))
    if not len(coarse):
        return {}
    column: Objects = np.full(len(metres), None, dtype=object)
    column[coarse] = [f"{value:.3g}" if value < 1000 else f"{value:.0f}" for value in metres[coarse]]
    return {DIGITS: column}


def located(columns: Mapping[str, Objects], numbers: NDArray[np.int64], stated: Stated) -> Located | None:
    """The coordinates of all rows as numbers in the CRS that holds; None where no column is known to hold them."""
    crs = datums.judge(None, stated.crs or "EPSG:4326", None, stated.transformation)
    projected = not isinstance(crs, Fault) and crs.is_projected
    axes = axes_of(list(columns), stated.x, stated.y, metres=projected, crs_stated=stated.crs is not None)
    if axes is None:
        return None
    if stated.crs is None and not axes.degrees:
        raise InputError([Fault("CRS_MISSING", column=axes.heading)])
    if isinstance(crs, Fault):
        raise InputError([crs])
    facts: dict[str, Any] = {"placed": True, "crs": crs.to_string(), "crs_assumed": "" if stated.crs else "EPSG:4326"}
    if axes.one:
        x, y, exchanged = pairs_of(columns[axes.x], axes, crs)
    else:
        x, y, exchanged = arranged(
            cells_of(columns[axes.x], crs, "lon"), cells_of(columns[axes.y], crs, "lat"), axes, crs
        )
    if exchanged:
        facts["axes"], facts["axes_of"] = exchanged, axes.heading
    faults = _faults(numbers, axes, (columns[axes.x], columns[axes.y]), (x, y))
    bad = np.isin(numbers, list(faults))
    return Located(
        axes,
        crs,
        np.where(bad, np.nan, x.values),
        np.where(bad, np.nan, y.values),
        np.where(bad, np.nan, np.fmin(x.metres, y.metres)),
        faults,
        facts,
    )


def _faults(
    numbers: NDArray[np.int64], axes: Axes, texts: tuple[Objects, Objects], parsed: tuple[Cells, Cells]
) -> dict[int, Fault]:
    """Row number -> fault, for rows with an empty, unreadable or 0, 0 coordinate."""
    x, y = parsed[0].values, parsed[1].values
    faults: dict[int, Fault] = {}
    for at in np.flatnonzero(np.isnan(x) | np.isnan(y) | ((x == 0) & (y == 0))):
        row = int(numbers[at])
        for axis, column, values in zip((axes.x, axes.y), texts, (x, y), strict=True):
            if column[at] is None or not column[at].strip():
                faults[row] = Fault("COORDINATE_MISSING", row=row, column=axis)
            elif column[at].strip() in ERROR_WORDS:
                faults[row] = Fault("CELL_ERROR", row=row, column=axis, value=column[at], facts={"also": ""})
            elif np.isnan(values[at]):
                faults[row] = Fault("COORDINATE_UNREADABLE", row=row, column=axis, value=column[at])
            if row in faults:
                break
        else:
            value = texts[0][at] if axes.one else f"{texts[0][at]}, {texts[1][at]}"
            faults[row] = Fault("COORDINATE_ZERO", row=row, column=axes.heading, value=value)
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
