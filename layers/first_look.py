"""A file that nobody has described yet -> what it is, what is in it, what is wrong with it; no layer kind needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from gis.faults import Fault, InputError
from gis.inventory import ShapeHeader, missing_parts, shape_header
from gis.points import DIGITS
from gis.read import Table, read, read_rows
from gis.repair import kind_of, repair
from gis.values import coordinate
from layers.how_read import notes_of_facts
from layers.layer import ANY_GEOMETRY

_TABLE_DRIVERS = frozenset({"csv", "calamine", "parquet"})
_OWN = frozenset({"geometry", "source_row", DIGITS})
# Headings under which coordinates stand whose meaning only the supplier knows: first x (east), then y (north).
_AXES = (
    ("x", "y"), ("x坐标", "y坐标"), ("坐标x", "坐标y"), ("横坐标", "纵坐标"), ("东坐标", "北坐标"),
    ("easting", "northing"), ("point_x", "point_y"),
    ("xcoord", "ycoord"), ("x_coord", "y_coord"), ("coordx", "coordy"), ("经", "纬"),
)  # fmt: skip
_CORNERS = ("拐点", "界址点", "顶点", "vertex", "vertices", "corner")
_MOST_TRIED = 1000  # values of a column, to see whether they are coordinates
_DEGREES = "EPSG:4326"


class Axes(NamedTuple):
    """Two columns that may be coordinates: whether they may be degrees, and whether x and y look exchanged.

    `epsg`: what the zone number before the eastings would be of CGCS2000, None where there is none.
    """

    x: str
    y: str
    degrees: bool
    swapped: bool
    epsg: int | None = None


class TableLook(NamedTuple):
    """One layer or sheet: counts that add up, how it was read, its columns, where it lies, what is wrong or notable.

    `axes`: coordinate columns that were guessed; where they may be degrees the rows were placed by them, for the look
    only. `geometry`: how many rows are points, lines, polygons. `extent`: west, south, east, north in degrees, or None.
    `corners`: the column that makes the rows look like corner points of zones: it holds all of a zone, or numbers them.
    """

    table: str
    facts: Mapping[str, Any]
    columns: Sequence[str]
    read: int
    accepted: int
    faults: Sequence[Fault]
    notes: Sequence[Mapping[str, Any]]
    geometry: Mapping[str, int]
    extent: tuple[float, float, float, float] | None
    axes: Axes | None
    corners: str | None = None


class Look(NamedTuple):
    """One file. `unusable`: why it cannot be read or placed as it stands; `described`: what could be seen all the same.

    `missing`: the parts that a Shapefile lacks; `header`: what its .shp says by itself.
    """

    path: Path
    name: str
    tables: Sequence[TableLook]
    unusable: Sequence[Fault]
    described: Sequence[TableLook]
    missing: Sequence[str]
    header: ShapeHeader | None


def first_look(path: Path, name: str) -> Look:
    """What a file is and holds, read through the same door as a project's; raises nothing for what it finds in it."""
    missing, header = missing_parts(path), shape_header(path)
    try:
        tables = [_looked(path, name, table) for table in read(path, name=name)]
    except InputError as error:
        return Look(path, name, [], error.faults, _described(path, name), missing, header)
    empty = [
        Fault("NO_ROW_ACCEPTED", name, table.table, facts={"read": str(table.read)})
        for table in tables
        if not table.accepted
    ]
    return Look(path, name, tables, empty, [], missing, header)


def _described(path: Path, name: str) -> list[TableLook]:
    """The tables of a file that cannot be placed, as far as they can be read without a place."""
    try:
        return [_counted(table, table.frame, [], [], None) for table in read_rows(path, name=name)]
    except InputError:
        return []


def _looked(path: Path, name: str, table: Table) -> TableLook:
    axes = None
    if not table.facts["placed"] and table.facts["driver"] in _TABLE_DRIVERS:
        axes = likely_axes(table.frame)
        if axes is not None and axes.degrees:
            table = _placed_by(path, name, table, axes)
    if not table.facts["placed"]:
        return _counted(table, table.frame, [], [], axes)
    mended, refused, notes = repair(table.frame, kinds=ANY_GEOMETRY)
    return _counted(table, mended, [fault.at(file=name, layer=table.table) for fault in refused], notes, axes)


def _placed_by(path: Path, name: str, table: Table, axes: Axes) -> Table:
    """The table placed by two columns that may be degrees, as it stands where that is refused."""
    wanted = table.table or None if table.facts["driver"] == "calamine" else None
    try:
        return read(path, name=name, table=wanted, crs=_DEGREES, x=axes.x, y=axes.y)[0]
    except InputError:
        return table


def _counted(
    table: Table,
    frame: gpd.GeoDataFrame,
    refused: Sequence[Fault],
    notes: Sequence[Mapping[str, Any]],
    axes: Axes | None,
) -> TableLook:
    faults = sorted([*table.faults, *refused], key=lambda fault: fault.row or 0)
    count = int(table.facts["rows_read"])
    if count != len(frame) + len(faults):
        raise AssertionError(f"rows were lost: {count} read, {len(frame)} accepted, {len(faults)} rejected")
    kinds: dict[str, int] = {}
    placed = np.asarray(frame.geometry.dropna().array, dtype=object)
    for kind in map(kind_of, placed):
        kinds[kind] = kinds.get(kind, 0) + 1
    extent = tuple(float(side) for side in shapely.total_bounds(placed)) if len(placed) else None
    columns = [str(column) for column in table.frame.columns if column not in _OWN]
    if axes is not None and table.facts["placed"]:
        columns = [*columns, axes.x, axes.y]
    return TableLook(
        table.table, table.facts, columns, count, len(frame), faults,
        [*notes_of_facts(table, None), *notes], kinds, extent, axes,  # type: ignore[arg-type]
        likely_corners(table.frame) if table.facts["driver"] in _TABLE_DRIVERS else None,
    )  # fmt: skip


def likely_corners(frame: gpd.GeoDataFrame) -> str | None:
    """The column of a table that holds the corner points of zones or numbers them, by its heading; None without one."""
    return next((str(name) for name in frame.columns if any(word in str(name).lower() for word in _CORNERS)), None)


def likely_axes(frame: gpd.GeoDataFrame) -> Axes | None:
    """The two columns of a table that may hold its coordinates: known by their headings and by what stands in them."""
    folded = {_folded(str(name)): str(name) for name in reversed(list(frame.columns)) if name not in _OWN}
    for x, y in _AXES:
        if x not in folded or y not in folded:
            continue
        values = [_numbers(frame, folded[axis]) for axis in (x, y)]
        if any(not len(found) for found in values):
            continue
        degrees = all((np.abs(found) <= 180).mean() > 0.5 for found in values)
        if degrees:
            swapped = bool((np.abs(values[1]) > 90).mean() > 0.5 or _exchanged(*values))
            return Axes(folded[x], folded[y], degrees, swapped)
        swapped = _northing_first(*values)
        eastings = values[swapped]
        grid = grid_of_zone(float(eastings.min()), float(eastings.max()))
        return Axes(folded[x], folded[y], degrees, swapped, grid)
    return None


def _northing_first(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether metres stand as surveyors in China write them: x to the north, y to the east, mostly with its zone."""
    northing, easting = np.median(x), np.median(y)
    return bool(1.8e6 <= northing <= 6.2e6 and (1e5 <= easting < 1e6 or 1.3e7 <= easting < 4.6e7))


def grid_of_zone(west: float, east: float) -> int | None:
    """The EPSG code of the Gauss-Kruger grid of CGCS2000 whose zone number stands before both eastings, else None."""
    zone = int(east // 1_000_000)
    if west <= 0 or zone != int(west // 1_000_000) or not (25 <= zone <= 45 or 13 <= zone <= 23):
        return None
    return (4488 if zone >= 25 else 4478) + zone


def _exchanged(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether y lies where hardly anybody lives (south of 60° S), and would not if it were x."""
    return bool((y < -60).mean() > 0.5 and (np.abs(x) <= 90).mean() > 0.5)


def _numbers(frame: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """The coordinates among the first values of a column; none where most of them are something else."""
    texts = [text for text in frame[column].head(_MOST_TRIED) if isinstance(text, str) and text.strip()]
    found = [value for text in texts if (value := coordinate(text)) is not None]
    return np.array(found if len(found) * 2 > len(texts) else [], dtype=float)


def _folded(heading: str) -> str:
    return heading.strip().lower().split("(")[0].split("（")[0].replace(" ", "")
