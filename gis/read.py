"""Any agency's file -> tables in EPSG:4326 and the rows that could not be taken; the only door for foreign data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis import datum as datums
from gis import features as geo
from gis import tables
from gis.faults import Fault, InputError
from gis.values import coordinate

GEO_FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".geojsons", ".fgb", ".kml", ".kmz", ".gdb")
FORMATS = tuple(sorted({*GEO_FORMATS, *tables.DELIMITED, *tables.WORKBOOKS}))
# Formats whose own specification says EPSG:4326; a GeoJSON without `crs` member may be declared to be something else.
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".geojsons"})

# Headings that mean longitude and latitude in degrees, compared without case, blanks and underscores.
LON_NAMES = ("经度", "lon", "lng", "long", "longitude", "东经", "经度e", "东经e", "lonwgs84", "wgs84lon", "中心经度")
LAT_NAMES = ("纬度", "lat", "latitude", "北纬", "纬度n", "北纬n", "latwgs84", "wgs84lat", "中心纬度")
# No drinking-water protection zone lies in Antarctica; a latitude there is a western longitude in the wrong column.
SOUTH_LIMIT = -60.0
# Names the frame needs for itself.
_OWN_COLUMNS = frozenset({"geometry", "source_row", "source_file"})

Objects = NDArray[np.object_]


class Table(NamedTuple):
    """One layer or sheet: its rows, the rows it could not take, its name, and how it was read.

    `frame` is in EPSG:4326 (lon, lat), every other column text (None where empty), and `source_row`.
    `facts`: `rows_read` (accepted here plus faults), `driver`, `crs` (as used), `encoding`, and where they
    apply `crs_assumed`, `heights` (rows whose Z or M was dropped), `skipped`, `salvaged`, `placed` (False: no coordinates).
    """

    frame: gpd.GeoDataFrame
    faults: list[Fault]
    table: str
    facts: Mapping[str, Any]


class _Stated(NamedTuple):
    """What the project file says about a file."""

    crs: str | None
    datum: str | None
    encoding: str | None
    x: str | None
    y: str | None


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
) -> list[Table]:
    """Every layer or sheet of a file, placed in EPSG:4326, with one fault per row that could not be taken.

    `name` is the path as the user wrote it and stands in every fault. Rows are numbered as the agency
    sees them: the heading of a table is row 1, the first feature of a layer is row 1. Null and invalid
    geometries pass; `gis.repair` judges them. A longitude beyond ±180, a latitude beyond 90 or a place
    outside the CRS's area of use is a fault; swapped axes are proposed, never applied.

    Raises InputError with all faults that make the file unusable (missing, unreadable, cut short, no or
    contradicting CRS, empty, wrong `table`).
    """
    return _read(path, name, table, _Stated(crs, datum, encoding, x, y), _points)


def read_rows(path: Path, *, name: str, table: str | None = None, encoding: str | None = None) -> list[Table]:
    """Every layer or sheet of a file as text rows whose geometry is None: for tables that stand for no place.

    Same rows, numbers and errors as `read`, but nothing is asked about coordinates or CRS.
    """
    return _read(path, name, table, _Stated(None, None, encoding, None, None), None)


Placed = tuple[Objects, list[Fault], dict[str, Any], set[str]]
Placer = Callable[[tables.Sheet, Mapping[str, Objects], _Stated], Placed]


def _read(path: Path, name: str, table: str | None, stated: _Stated, place: Placer | None) -> list[Table]:
    try:
        check_path(path)
        suffix = path.suffix.lower()
        if suffix in GEO_FORMATS:
            geo.check_drivers()
            return _each(*_layers(path, table, stated, placed=place is not None), name)
        if suffix in tables.DELIMITED:
            sheets = tables.read_delimited(path, stated.encoding)
        elif suffix in tables.WORKBOOKS:
            sheets = tables.read_workbook(path, table)
        else:
            raise InputError([Fault("FORMAT_UNKNOWN", facts={"found": suffix or path.name, "expected": " ".join(FORMATS)})])
        if not sheets:
            raise InputError([Fault("EMPTY_LAYER")])
        return _each([(sheet.name, _sheet_reader(sheet, stated, place)) for sheet in sheets], [], name)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None


def _each(readers: list[tuple[str, Callable[[], Table]]], skipped: list[str], name: str) -> list[Table]:
    """The tables of all readers; every reader is tried, so that all faults of a file are told at once."""
    read_tables: list[Table] = []
    faults: list[Fault] = []
    for layer, reader in readers:
        try:
            made = reader()
        except InputError as error:
            faults += [fault.at(layer=layer) for fault in error.faults]
            continue
        placed_faults = [fault.at(file=name, layer=layer) for fault in made.faults]
        facts = {**made.facts, "skipped": ", ".join(skipped)} if skipped else made.facts
        read_tables.append(made._replace(faults=sorted(placed_faults, key=lambda fault: fault.row or 0), facts=facts))
    if faults:
        raise InputError(faults)
    if not read_tables:
        raise InputError([Fault("EMPTY_LAYER")])
    return read_tables


def check_path(path: Path) -> None:
    """Nothing, or InputError: FILE_MISSING; PATH_REFUSED for URLs, GDAL's virtual paths, devices and links that lead elsewhere."""
    text = path.as_posix()
    if text.startswith("/vsi") or ":/" in text[2:]:
        raise InputError([Fault("PATH_REFUSED", facts={"found": text.split("/")[0] or "/vsi"})])
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        raise InputError([Fault("PATH_REFUSED", facts={"found": "symbolic link"})])
    if not path.exists():
        raise InputError([Fault("FILE_MISSING")])
    if not (path.is_dir() and path.suffix.lower() == ".gdb") and not path.is_file():
        raise InputError([Fault("PATH_REFUSED", facts={"found": "folder or device"})])


# --- Layers of geo files ---------------------------------------------------------------------


def _layers(
    path: Path, table: str | None, stated: _Stated, *, placed: bool
) -> tuple[list[tuple[str, Callable[[], Table]]], list[str]]:
    names, skipped = geo.layers_of(path, table, placed=placed)
    return [(layer, lambda layer=layer: _layer(path, layer, stated, placed=placed)) for layer in names], skipped  # type: ignore[misc]


def _layer(path: Path, layer: str, stated: _Stated, *, placed: bool) -> Table:
    found = geo.read_features(path, layer, encoding=stated.encoding)
    facts: dict[str, Any] = {**found.facts, "rows_read": len(found.numbers) + len(found.faults), "placed": placed}
    geometry, numbers = found.geometry, found.numbers
    faults, kept = list(found.faults), np.ones(len(numbers), dtype=bool)
    if not placed:
        geometry = np.full(len(numbers), None, dtype=object)
    elif shapely.is_missing(geometry).all():
        facts["placed"] = False
    else:
        says = found.crs
        if path.suffix.lower() in _GEOJSON and not (path.suffix.lower() in {".geojson", ".json"} and geo.states_crs(path)):
            says = None if stated.crs else "EPSG:4326"
            facts["crs_assumed"] = "" if stated.crs else "EPSG:4326"
        crs = datums.judge(says, stated.crs, tuple(shapely.total_bounds(geometry)))
        if isinstance(crs, Fault):
            raise InputError([crs])
        facts["crs"] = crs.to_string() if crs.to_authority() else crs.name
        heights = shapely.has_z(geometry) | shapely.has_m(geometry)
        facts["heights"] = int(heights.sum())
        geometry, outside = _place(shapely.force_2d(geometry), numbers, crs, stated.datum)
        faults += outside.values()
        kept = ~np.isin(numbers, list(outside))
    frame = _frame({column: values[kept] for column, values in found.columns.items()}, geometry[kept], numbers[kept])
    return Table(frame, faults, layer, facts)


# --- Tables ----------------------------------------------------------------------------------


def _sheet_reader(sheet: tables.Sheet, stated: _Stated, place: Placer | None) -> Callable[[], Table]:
    def reader() -> Table:
        columns = _columns(sheet)
        numbers = np.array(sheet.numbers, dtype=np.int64)
        rows_read = len(numbers) + len(sheet.faults)
        if not rows_read:
            raise InputError([Fault("EMPTY_LAYER")])
        geometry: Objects = np.full(len(numbers), None, dtype=object)
        faults: list[Fault] = []
        facts: dict[str, Any] = {"placed": False}
        used: set[str] = set()
        if place is not None:
            geometry, faults, facts, used = place(sheet, columns, stated)
        kept = ~np.isin(numbers, [fault.row for fault in faults])
        rest = {name: values[kept] for name, values in columns.items() if name not in used}
        frame = _frame(rest, geometry[kept], numbers[kept])
        return Table(frame, [*sheet.faults, *faults], sheet.name, {**sheet.facts, **facts, "rows_read": rows_read})

    return reader


def _columns(sheet: tables.Sheet) -> dict[str, Objects]:
    """The columns of a sheet by heading; a blank heading becomes `column_N`, a repeated one is an error."""
    names = [heading or f"column_{at}" for at, heading in enumerate(sheet.heading, start=1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", row=1, value=", ".join(repeated))])
    grid = np.empty((len(sheet.rows), len(names)), dtype=object)
    if sheet.rows:
        grid[:] = sheet.rows
    return {name: grid[:, at] for at, name in enumerate(names)}


def _points(sheet: tables.Sheet, columns: Mapping[str, Objects], stated: _Stated) -> Placed:
    """Points from the two coordinate columns, faults for rows that have none, and what was assumed.

    The two columns are used up. Without coordinate columns all geometry is None and `placed` is False.
    """
    numbers = np.array(sheet.numbers, dtype=np.int64)
    axes = _axes(list(columns), stated)
    if axes is None:
        return np.full(len(numbers), None, dtype=object), [], {"placed": False}, set()
    in_degrees = _folded(axes[0]) in LON_NAMES and _folded(axes[1]) in LAT_NAMES
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
    geometry: Objects = np.full(len(numbers), None, dtype=object)
    geometry[good] = shapely.points(x[good], y[good])
    placed, outside = _place(geometry, numbers, crs, stated.datum)
    named = {row: fault.at(column=f"{axes[0]}, {axes[1]}") for row, fault in outside.items()}
    return placed, [*faults.values(), *named.values()], facts, set(axes)


def _axes(names: list[str], stated: _Stated) -> tuple[str, str] | None:
    """The columns of x and y: those the project names, else those whose heading is known; None where there are none."""
    if stated.x is not None or stated.y is not None:
        if stated.x not in names or stated.y not in names:
            raise InputError([Fault("COORDINATE_COLUMNS_MISSING", facts={"found": ", ".join(names)})])
        return stated.x, stated.y  # type: ignore[return-value]
    folded = {_folded(name): name for name in reversed(names)}
    lon = next((folded[known] for known in LON_NAMES if known in folded), None)
    lat = next((folded[known] for known in LAT_NAMES if known in folded), None)
    return None if lon is None or lat is None else (lon, lat)


def _folded(heading: str) -> str:
    """A heading without case, width, blanks, underscores and a unit in brackets."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", heading).lower()
    plain = plain.split("(")[0]
    return "".join(character for character in plain if character not in " _-°")


def _parsed(values: Objects) -> NDArray[np.float64]:
    read_texts = {text: coordinate(text) for text in set(values.tolist()) if text is not None}
    return np.array([np.nan if (number := read_texts.get(text)) is None else number for text in values.tolist()], dtype=float)


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
            elif np.isnan(values[at]):
                faults[row] = Fault("COORDINATE_UNREADABLE", row=row, column=axis, value=column[at])
            if row in faults:
                break
        else:
            faults[row] = Fault("COORDINATE_ZERO", row=row, column=", ".join(axes), value=f"{texts[0][at]}, {texts[1][at]}")
    return faults


# --- Both ------------------------------------------------------------------------------------


def _place(
    geometry: Objects, numbers: NDArray[np.int64], crs: CRS, datum: str | None
) -> tuple[Objects, dict[int, Fault]]:
    """`geometry` in EPSG:4326 on WGS 84, and by row number the faults of places outside the CRS's area of use."""
    moved = datums.to_lon_lat(geometry, crs)
    if datum is not None:
        moved = datums.unshift(moved, datum)
    area = datums.area_of_use(crs)
    limits = (area[0], max(area[1], SOUTH_LIMIT), area[2], area[3])
    outside = _outside(moved, limits)
    faults: dict[int, Fault] = {}
    for at in np.flatnonzero(outside):
        x, y = shapely.get_coordinates(geometry[at])[0]
        swapped = datums.to_lon_lat(_objects(shapely.Point(y, x)), crs)
        swap = "" if _outside(swapped, limits)[0] else f" (x ⇄ y: {y:.6g}, {x:.6g} ✓?)"
        shown = ", ".join(f"{limit:g}" for limit in limits)
        facts = {"crs": crs.name, "expected": f"W S E N {shown}", "swap": swap}
        row = int(numbers[at])
        faults[row] = Fault("COORDINATE_OUT_OF_RANGE", row=row, value=f"{x:.9g}, {y:.9g}", facts=facts)
    return moved, faults


def _outside(geometry: Objects, limits: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Which geometries leave the limits, infinite ones too; those without coordinates do not."""
    bounds = shapely.bounds(geometry)
    west, south, east, north = limits
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    return ~within & ~np.isnan(bounds).all(axis=1)


def _objects(*values: Any) -> Objects:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _frame(columns: Mapping[str, Objects], geometry: Objects, numbers: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """A frame of text columns (dtype object, so that None stays None), `source_row` and geometry in EPSG:4326."""
    named = {f"{name}_text" if name in _OWN_COLUMNS else name: values for name, values in columns.items()}
    series = {name: pd.Series(values, dtype=object) for name, values in named.items()}
    frame = pd.DataFrame({**series, "source_row": pd.Series(numbers, dtype="int64")})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(list(geometry), crs="EPSG:4326"))
