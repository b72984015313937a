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

from gis import datum as datums
from gis import features as geo
from gis import parquet, tables
from gis.corners import EACH_ROW, zones_of
from gis.faults import Fault, InputError
from gis.places import in_geojson, whereabouts
from gis.placing import place as placed_in
from gis.points import DIGITS, Placed, Stated, points

GEO_FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".geojsons", ".fgb", ".kml", ".kmz", ".gdb")
FORMATS = tuple(sorted({*GEO_FORMATS, *tables.DELIMITED, *tables.WORKBOOKS, parquet.PARQUET}))
# Formats whose own specification says EPSG:4326; a GeoJSON without `crs` member may be declared to be something else.
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".geojsons"})

# Names the frame needs for itself.
_OWN_COLUMNS = frozenset({"geometry", "source_row", "source_file", DIGITS})

# Formats in which a folder is a layer.
_FOLDERS = frozenset({".kml", ".kmz"})

Objects = NDArray[np.object_]


class Table(NamedTuple):
    """One layer or sheet: its rows, the rows it could not take, its name, and how it was read.

    `frame` is in EPSG:4326 (lon, lat), every other column text (None where empty), and `source_row`.
    `facts`: `rows_read` (accepted here plus faults), `driver`, `crs` (as used), `encoding`, and where they apply
    `crs_assumed`, `heights` (rows whose Z or M was dropped), `skipped`, `salvaged`, `placed` (False: no coordinates).
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
) -> list[Table]:
    """Every layer or sheet of a file, placed in EPSG:4326, with one fault per row that could not be taken.

    `name` is the path as the user wrote it and stands in every fault. Rows are numbered as the agency
    sees them: the heading of a table is row 1, the first feature of a layer is row 1. Null and invalid
    geometries pass; `gis.repair` judges them. A longitude beyond ±180, a latitude beyond 90 or a place
    outside the CRS's area of use is a fault; swapped axes are proposed, never applied. A folder of Parquet
    files is one table; `part` reads only that of its files (`gis.parquet.parts`), which may be empty, with the row
    numbers it has in the whole. `transformation` leads from an old datum to WGS 84 (`gis.transformations`). `corners`
    says where the corner points of a table's polygons stand, `ids` which headings their id may have (`gis.corners`).

    Raises InputError with all faults that make the file unusable (missing, unreadable, cut short, no or
    contradicting CRS, empty, wrong `table`).
    """
    return _read(path, name, table, Stated(crs, datum, encoding, x, y, transformation, corners, ids), points, part)


def read_rows(
    path: Path, *, name: str, table: str | None = None, encoding: str | None = None, part: int | None = None
) -> list[Table]:
    """Every layer or sheet of a file as text rows whose geometry is None: for tables that stand for no place.

    Same rows, numbers and errors as `read`, but nothing is asked about coordinates or CRS.
    """
    return _read(path, name, table, Stated(None, None, encoding, None, None), None, part)


Placer = Callable[[Mapping[str, Objects], NDArray[np.int64], Stated], Placed]


def _read(
    path: Path, name: str, table: str | None, stated: Stated, place: Placer | None, part: int | None
) -> list[Table]:
    try:
        check_path(path)
        suffix = path.suffix.lower()
        if stated.corners is not None and (suffix in GEO_FORMATS or parquet.is_set(path)):
            raise InputError([Fault("CORNERS_MISSING", value=stated.corners, facts={"found": suffix or "parquet"})])
        if suffix == parquet.PARQUET or parquet.is_set(path):
            return _each([("", lambda: _from_parquet(path, stated, place, part))], [], name)
        if part is not None:
            raise ValueError(f"only Parquet sets have parts; {name} is none")
        if suffix in GEO_FORMATS:
            geo.check_drivers()
            readers, skipped = _layers(path, table, stated, placed=place is not None)
            return _each(readers, skipped, name, many=suffix in _FOLDERS and table is None)
        if suffix in tables.DELIMITED:
            sheets = tables.read_delimited(path, stated.encoding)
        elif suffix in tables.WORKBOOKS:
            sheets = tables.read_workbook(path, table)
        else:
            raise InputError(
                [Fault("FORMAT_UNKNOWN", facts={"found": suffix or path.name, "expected": " ".join(FORMATS)})]
            )
        if not sheets:
            raise InputError([Fault("EMPTY_LAYER")])
        outlines = None
        if place is not None and stated.corners is not None:
            sheets, outlines, stated = _corner_sheet(path, sheets, stated)
        return _each([(sheet.name, _sheet_reader(sheet, outlines, stated, place)) for sheet in sheets], [], name)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None


def _each(
    readers: list[tuple[str, Callable[[], Table]]], skipped: list[str], name: str, *, many: bool = False
) -> list[Table]:
    """The tables of all readers; every reader is tried, so that all faults of a file are told at once.

    `many`: the format makes a layer of every folder, so one that only holds other folders is empty and left out.
    """
    read_tables: list[Table] = []
    faults: list[Fault] = []
    for layer, reader in readers:
        try:
            made = reader()
        except InputError as error:
            if many and [fault.code for fault in error.faults] == ["EMPTY_LAYER"]:
                skipped = [*skipped, layer]
                continue
            faults += [fault.at(layer=layer) for fault in error.faults]
            continue
        placed_faults = [fault.at(file=name, layer=layer) for fault in made.faults]
        read_tables.append(made._replace(faults=sorted(placed_faults, key=lambda fault: fault.row or 0)))
    if faults:
        raise InputError(faults)
    if not read_tables:
        raise InputError([Fault("EMPTY_LAYER")])
    if skipped:
        left_out = ", ".join(skipped)
        return [made._replace(facts={**made.facts, "skipped": left_out}) for made in read_tables]
    return read_tables


def check_path(path: Path) -> None:
    """Nothing, or InputError: FILE_MISSING, or PATH_PATTERN for a name with `*`; FOLDER_WITHOUT_PARQUET; PATH_REFUSED
    for URLs, GDAL's virtual paths, devices and links.
    """
    text = path.as_posix()
    if text.startswith("/vsi") or ":/" in text[2:]:
        raise InputError([Fault("PATH_REFUSED", facts={"found": text.split("/")[0] or "/vsi"})])
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        raise InputError([Fault("PATH_REFUSED", facts={"found": "symbolic link"})])
    if not path.exists():
        raise InputError([Fault("PATH_PATTERN" if "*" in path.name else "FILE_MISSING")])
    is_layer = path.is_file() or parquet.is_set(path) or (path.is_dir() and path.suffix.lower() == ".gdb")
    if not is_layer and path.is_dir():
        raise InputError([Fault("FOLDER_WITHOUT_PARQUET")])
    if not is_layer:
        raise InputError([Fault("PATH_REFUSED", facts={"found": "device"})])


# --- Layers of geo files ---------------------------------------------------------------------


def _layers(
    path: Path, table: str | None, stated: Stated, *, placed: bool
) -> tuple[list[tuple[str, Callable[[], Table]]], list[str]]:
    names, skipped = geo.layers_of(path, table, placed=placed)
    return [(layer, lambda layer=layer: _layer(path, layer, stated, placed=placed)) for layer in names], skipped  # type: ignore[misc]


def _layer(path: Path, layer: str, stated: Stated, *, placed: bool) -> Table:
    return _placed(path, geo.read_features(path, layer, encoding=stated.encoding), stated, placed=placed)


def _from_parquet(path: Path, stated: Stated, place: Placer | None, part: int | None) -> Table:
    found = parquet.read_parquet(path, part=part)
    if found.facts["driver"] == "GeoParquet":
        return _placed(path, found, stated, placed=place is not None)
    sheet = tables.Sheet("", list(found.columns), list(found.columns.values()), found.numbers, [], found.facts)
    return _from_sheet(sheet, stated, place)


def _placed(path: Path, found: geo.Features, stated: Stated, *, placed: bool) -> Table:
    """Features placed in EPSG:4326; those that lie where their CRS may not be used are faults."""
    facts: dict[str, Any] = {**found.facts, "rows_read": len(found.numbers) + len(found.faults), "placed": placed}
    geometry, numbers = found.geometry, found.numbers
    faults, kept = list(found.faults), np.ones(len(numbers), dtype=bool)
    places: dict[int, Any] = {}
    if not placed:
        geometry = np.full(len(numbers), None, dtype=object)
    elif shapely.is_missing(geometry).all():
        facts["placed"] = False
    else:
        says = found.crs
        if path.suffix.lower() in _GEOJSON and not (
            path.suffix.lower() in {".geojson", ".json"} and geo.states_crs(path)
        ):
            says = None if stated.crs else "EPSG:4326"
            facts["crs_assumed"] = "" if stated.crs else "EPSG:4326"
        bounds = tuple(shapely.total_bounds(geometry))
        crs = datums.judge(says, stated.crs, bounds, stated.transformation)
        if isinstance(crs, Fault):
            raise InputError([crs])
        if stated.transformation is not None:
            facts |= datums.transformed(crs, stated.transformation, bounds)
        facts["crs"] = crs.to_string() if crs.to_authority() else crs.name
        heights = shapely.has_z(geometry) | shapely.has_m(geometry)
        facts["heights"] = int(heights.sum())
        flat = shapely.force_2d(geometry) if heights.any() else geometry
        geometry, outside = placed_in(flat, numbers, crs, stated.datum, stated.transformation)
        faults += outside.values()
        kept = ~np.isin(numbers, list(outside))
        raw = {**_raw_places(path, found), **dict(zip(numbers[~kept].tolist(), found.geometry[~kept], strict=True))}
        places = whereabouts(raw, crs, stated.datum, stated.transformation)
    frame = _frame({column: values[kept] for column, values in found.columns.items()}, geometry[kept], numbers[kept])
    return Table(frame, faults, found.name, facts, places)


def _raw_places(path: Path, found: geo.Features) -> dict[int, Any]:
    """Row -> the coordinates, in the CRS of the file, of the rows whose geometry could not be built."""
    if path.suffix.lower() not in _GEOJSON:
        return found.places
    nowhere = {*found.numbers[shapely.is_missing(found.geometry)].tolist(), *(fault.row or 0 for fault in found.faults)}
    unknown = sorted(nowhere - set(found.places))
    return {**(in_geojson(path, unknown) if unknown else {}), **found.places}


# --- Tables ----------------------------------------------------------------------------------


def _corner_sheet(
    path: Path, sheets: list[tables.Sheet], stated: Stated
) -> tuple[list[tables.Sheet], tables.Sheet | None, Stated]:
    """The sheets of zones, the sheet of their corners where `corners` names one, and what then holds for the rows."""
    if path.suffix.lower() not in tables.WORKBOOKS:
        return sheets, None, stated
    others = [sheet for sheet in sheets if sheet.name != stated.corners]
    if len(others) == len(sheets):
        try:
            return sheets, tables.read_workbook(path, stated.corners)[0], stated
        except (InputError, IndexError):  # no such sheet, or a blank one: it may be a column
            return sheets, None, stated
    if not others:  # a sheet of corners that stands for itself
        return sheets, None, stated._replace(corners=EACH_ROW)
    return others, next(sheet for sheet in sheets if sheet.name == stated.corners), stated


def _sheet_reader(
    sheet: tables.Sheet, outlines: tables.Sheet | None, stated: Stated, place: Placer | None
) -> Callable[[], Table]:
    def reader() -> Table:
        if not len(sheet.numbers) and not sheet.faults:
            raise InputError([Fault("EMPTY_LAYER")])
        if outlines is not None:
            return _from_corners(sheet, outlines, stated)
        return _from_sheet(sheet, stated, place)

    return reader


def _from_corners(sheet: tables.Sheet, outlines: tables.Sheet | None, stated: Stated) -> Table:
    """The zones whose corners a table, or another sheet beside it, holds; what is counted are zones."""
    beside = None if outlines is None else (_columns(outlines), outlines)
    found = zones_of(_columns(sheet), sheet, beside, stated)
    faults = [*found.faults, *sheet.faults]
    facts = {**sheet.facts, **found.facts, "rows_read": len(found.numbers) + len(faults)}
    frame = _frame(found.columns, found.geometry, found.numbers, found.further)
    return Table(frame, faults, sheet.name, facts, found.places)


def _from_sheet(sheet: tables.Sheet, stated: Stated, place: Placer | None) -> Table:
    if place is not None and stated.corners is not None:
        return _from_corners(sheet, None, stated)
    columns, numbers = _columns(sheet), sheet.numbers
    geometry: Objects = np.full(len(numbers), None, dtype=object)
    faults: list[Fault] = []
    facts: dict[str, Any] = {"placed": False}
    used: set[str] = set()
    places: dict[int, Any] = {}
    further: Mapping[str, Objects] = {}
    if place is not None:
        geometry, faults, facts, used, places, further = place(columns, numbers, stated)
    kept = ~np.isin(numbers, [fault.row or 0 for fault in faults])
    rest = {name: values[kept] for name, values in columns.items() if name not in used}
    frame = _frame(rest, geometry[kept], numbers[kept], {name: values[kept] for name, values in further.items()})
    told = {**sheet.facts, **facts, "rows_read": len(numbers) + len(sheet.faults)}
    return Table(frame, [*sheet.faults, *faults], sheet.name, told, places)


def _columns(sheet: tables.Sheet) -> dict[str, Objects]:
    """The columns of a sheet by heading; a blank heading becomes `column_N`, a repeated one is an error."""
    names = [heading or f"column_{at}" for at, heading in enumerate(sheet.heading, start=1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", row=1, value=", ".join(repeated))])
    return dict(zip(names, sheet.columns, strict=True))


def _frame(
    columns: Mapping[str, Objects],
    geometry: Objects,
    numbers: NDArray[np.int64],
    further: Mapping[str, Objects] | None = None,
) -> gpd.GeoDataFrame:
    """A frame of text columns (dtype object, so that None stays None), `source_row` and geometry in EPSG:4326.

    `further` columns are ours and keep their names.
    """
    named = {f"{name}_text" if name in _OWN_COLUMNS else name: values for name, values in columns.items()}
    named |= further or {}
    series = {name: pd.Series(values, dtype=object) for name, values in named.items()}
    frame = pd.DataFrame({**series, "source_row": pd.Series(numbers, dtype="int64")})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, crs="EPSG:4326"))
