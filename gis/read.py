"""Any agency's file -> tables in EPSG:4326 and the rows that could not be taken; the only door for foreign data.

The files are opened by a process of its own (`gis.reading_process`); here its answers become frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import GeometryArray
from numpy.typing import NDArray

from gis.columns import Objects
from gis.faults import Fault, InputError
from gis.grids import Grid
from gis.parquet import PARQUET, Part, files_of, is_set
from gis.points import DIGITS, Stated
from gis.reading import FORMATS, GEO_FORMATS, Reading, check_path
from gis.reading_limits import BY_SIZE, Limits
from gis.reading_process import ask
from gis.reading_transport import receive_grids, receive_parts, receive_readings, receive_tiles
from gis.shapefiles import parts_of
from gis.tiles import Bounds, Tiles

__all__ = ["FORMATS", "GEO_FORMATS", "Table", "check_path", "parts", "read", "read_cells", "read_rows", "read_tiles"]

# Names the frame needs for itself.
_OWN_COLUMNS = frozenset({"geometry", "source_row", "source_file", DIGITS})


class Table(NamedTuple):
    """One layer or sheet: its rows, the rows it could not take, its name, and how it was read.

    `frame` is in EPSG:4326 (lon, lat), every other column text (None where empty), and `source_row`.
    `facts`: `rows_read` (accepted here plus faults), `driver`, `crs` (as used), `encoding`, and where they apply
    `crs_assumed`, `heights` (rows whose Z or M was dropped), `skipped`, `salvaged`, `links` (what a
    KML points to and was not followed), `placed` (False: no coordinates).
    `places`: row -> where a row without usable geometry lies all the same, in EPSG:4326, where that is known.
    """

    frame: gpd.GeoDataFrame
    faults: list[Fault]
    table: str
    facts: Mapping[str, Any]
    places: Mapping[int, Any]


def read(
    path: Path,
    *,
    name: str,
    table: str | None = None,
    crs: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    x: str | None = None,
    y: str | None = None,
    part: int | None = None,
    transformation: str | None = None,
    corners: str | None = None,
    ids: tuple[str, ...] = (),
    limits: Limits = BY_SIZE,
) -> list[Table]:
    """Every layer or sheet of a file, placed in EPSG:4326, with one fault per row that could not be taken.

    `name` is the path as the user wrote it and stands in every fault. Rows are numbered as the agency
    sees them: the heading of a table is row 1, the first feature of a layer is row 1. Null and invalid
    geometries pass; `gis.repair` judges them. A longitude beyond ±180, a latitude beyond 90 or a place
    outside the CRS's area of use is a fault; swapped axes are proposed, never applied. A folder of Parquet
    files is one table; `part` reads only that of its files (`gis.parquet.parts`), which may be empty, with the row
    numbers it has in the whole. `transformation` leads from an old datum to WGS 84 (`gis.transformations`). `corners`
    says where the corner points of a table's polygons stand, `ids` which headings their id may have (`gis.corners`).
    `limits`: the memory and time it may take.

    Raises InputError with all faults that make the file unusable (missing, unreadable, cut short, no or
    contradicting CRS, empty, wrong `table`, FILE_MEMORY, FILE_TIME, FILE_CRASHED).
    """
    stated = Stated(crs, datum, encoding, x, y, transformation, corners, ids)
    return _asked(path, name, table, stated, placed=True, part=part, limits=limits)


def read_rows(
    path: Path,
    *,
    name: str,
    table: str | None = None,
    encoding: str | None = None,
    part: int | None = None,
    limits: Limits = BY_SIZE,
) -> list[Table]:
    """Every layer or sheet of a file as text rows whose geometry is None: for tables that stand for no place.

    Same rows, numbers and errors as `read`, but nothing is asked about coordinates or CRS.
    """
    stated = Stated(None, None, encoding, None, None)
    return _asked(path, name, table, stated, placed=False, part=part, limits=limits)


def parts(path: Path, *, name: str, limits: Limits = BY_SIZE) -> list[Part]:
    """The parts of a set of Parquet files, as `gis.parquet.parts` gives them; InputError with its faults."""
    request = {"what": "parts", "path": str(path.absolute()), "name": name}
    return ask(request, name=name, size=_size(path, None), limits=limits, take=receive_parts)


def read_tiles(path: Path, *, name: str, bounds: Bounds, datum: str, budget: int, limits: Limits = BY_SIZE) -> Tiles:
    """The tiles of a base map on `bounds`, as `gis.tiles.tiles_within` gives them; InputError as there."""
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        code = Fault("PATH_REFUSED", facts={"found": "symbolic link"}) if path.is_symlink() else Fault("FILE_MISSING")
        raise InputError([code.at(file=name)])
    request = {
        "what": "tiles",
        "path": str(path.absolute()),
        "name": name,
        "bounds": list(bounds),
        "datum": datum,
        "budget": budget,
    }
    return ask(request, name=name, size=2 * budget, limits=limits, take=receive_tiles)


def read_cells(path: Path, *, name: str, encoding: str | None = None, limits: Limits = BY_SIZE) -> list[Grid]:
    """Every sheet of a workbook or CSV, cell by cell, typed, as `gis.grids.grids` gives them; InputError as there."""
    request = {"what": "cells", "path": str(path.absolute()), "encoding": encoding}
    return ask(request, name=name, size=path.stat().st_size, limits=limits, take=receive_grids)


def _asked(
    path: Path, name: str, table: str | None, stated: Stated, *, placed: bool, part: int | None, limits: Limits
) -> list[Table]:
    try:
        check_path(path)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None
    if part is not None and not is_set(path) and path.suffix.lower() != PARQUET:
        raise ValueError(f"only Parquet sets have parts; {name} is none")
    request = {
        "what": "rows",
        "path": str(path.absolute()),
        "name": name,
        "table": table,
        "stated": stated._asdict(),
        "placed": placed,
        "part": part,
    }
    readings = ask(request, name=name, size=_size(path, part), limits=limits, take=receive_readings)
    return [_framed(one) for one in readings]


def _size(path: Path, part: int | None) -> int:
    """The bytes of all files that are read."""
    files = parts_of(path)
    if part is not None:
        with_parts = files_of(path)
        files = [with_parts[part]] if part < len(with_parts) else files
    return sum(file.stat().st_size for file in files)


def _framed(one: Reading) -> Table:
    frame = _frame(one.columns, one.geometry, one.numbers, one.further)
    return Table(frame, one.faults, one.table, one.facts, one.places)


def _frame(
    columns: Mapping[str, Objects], geometry: Objects, numbers: NDArray[np.int64], further: Mapping[str, Objects]
) -> gpd.GeoDataFrame:
    """A frame of text columns (dtype object, so that None stays None), `source_row` and geometry in EPSG:4326.

    `further` columns are ours and keep their names.
    """
    named = {**{_own_name(name, columns): values for name, values in columns.items()}, **further}
    series = {name: pd.Series(values, dtype=object, copy=False) for name, values in named.items()}
    row = pd.Series(numbers, dtype="int64", copy=False)
    places = GeometryArray(np.asarray(geometry, dtype=object), crs="EPSG:4326")
    # Made at once: a geometry that is set later has all columns copied.
    return gpd.GeoDataFrame({**series, "source_row": row, "geometry": places}, geometry="geometry", copy=False)


def _own_name(name: str, columns: Mapping[str, Objects]) -> str:
    """The name of a column of the file beside those that the frame needs for itself."""
    if name not in _OWN_COLUMNS:
        return name
    named = f"{name}_text"
    while named in columns:
        named += "_text"
    return named
