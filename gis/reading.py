"""One file -> its tables as columns, geometry in EPSG:4326 and faults: the reading itself, without frames.

It runs in a process of its own (`gis.reading_child`), so nothing here may import pandas or geopandas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj import CRS

from gis import datum as datums
from gis import features as geo
from gis import parquet, tables
from gis.faults import Fault, InputError
from gis.geoarrow import PlainPoints, plain_points
from gis.places import in_geojson, whereabouts
from gis.points import Placed, Stated, points

GEO_FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".geojsons", ".fgb", ".kml", ".kmz", ".gdb")
FORMATS = tuple(sorted({*GEO_FORMATS, *tables.DELIMITED, *tables.WORKBOOKS, parquet.PARQUET}))
# Formats whose own specification says EPSG:4326; a GeoJSON without `crs` member may be declared to be something else.
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".geojsons"})

# Formats whose text is UTF-8 and whose header counts the rows; reading ahead is worth it from so many bytes on.
_IN_PIECES = frozenset({".gpkg", ".fgb"})
AHEAD_FROM = 1 << 22

# Formats in which a folder is a layer.
_FOLDERS = frozenset({".kml", ".kmz"})

Objects = NDArray[np.object_]


class NotPlain(Exception):
    """A file that is not read ahead."""


class Reading(NamedTuple):
    """One layer or sheet: columns of text, geometry in EPSG:4326 and row numbers of its rows; else as `gis.read.Table`.

    Columns and geometry may be arrays that are made when somebody looks at them (`Texts`, `PlainPoints`).
    """

    columns: Mapping[str, Objects]
    geometry: Objects
    numbers: NDArray[np.int64]
    faults: list[Fault]
    table: str
    facts: Mapping[str, Any]
    places: Mapping[int, Any]


Placer = Callable[[Mapping[str, Objects], NDArray[np.int64], Stated], Placed]


def read_file(
    path: Path, name: str, table: str | None, stated: Stated, *, placed: bool, part: int | None = None
) -> list[Reading]:
    """Every layer or sheet of a file, as `gis.read.read` gives them, or where not `placed`, as `gis.read.read_rows`."""
    place = points if placed else None
    try:
        check_path(path)
        suffix = path.suffix.lower()
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
        return _each([(sheet.name, _sheet_reader(sheet, stated, place)) for sheet in sheets], [], name)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None


def read_ahead(path: Path, table: str | None, stated: Stated) -> Iterator[tuple[int, Reading]]:
    """The rows of a whole large layer of plain points, and what `read_file` gives of it, some rows at a time.

    So who asked makes objects of the first rows while the last ones are read. Ends with NotPlain, maybe after some
    pieces, where it is another file, or anything in it has to be judged: then `read_file` tells of it.
    """
    if path.suffix.lower() not in _IN_PIECES or path.stat().st_size < AHEAD_FROM or stated.crs is not None:
        raise NotPlain
    try:
        layers, skipped = geo.layers_of(path, table, placed=True)
        if len(layers) != 1 or skipped:
            raise NotPlain
        rows, first = 0, None
        for whole, features in geo.in_pieces(path, layers[0]):
            found = _placed(path, features, stated, placed=True)
            first = first or found
            told = {**found.facts, "rows_read": first.facts["rows_read"]}
            if plain_points(found.geometry) is None or found.faults or found.places or told != first.facts:
                raise NotPlain
            rows += len(found.numbers)
            yield whole, found
    except (InputError, DataSourceError, pa.ArrowException, OSError, ValueError, RuntimeError):
        raise NotPlain from None
    if first is None or rows != whole:
        raise NotPlain


def _each(
    readers: list[tuple[str, Callable[[], Reading]]], skipped: list[str], name: str, *, many: bool = False
) -> list[Reading]:
    """The tables of all readers; every reader is tried, so that all faults of a file are told at once.

    `many`: the format makes a layer of every folder, so one that only holds other folders is empty and left out.
    """
    read_tables: list[Reading] = []
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
    for URLs, GDAL's virtual paths, devices and links, also of a file's parts.
    """
    text = path.as_posix()
    if text.startswith("/vsi") or ":/" in text[2:]:
        raise InputError([Fault("PATH_REFUSED", facts={"found": text.split("/")[0] or "/vsi"})])
    if _leads_away(path) or any(_leads_away(one) for one in _beside(path)):
        raise InputError([Fault("PATH_REFUSED", facts={"found": "symbolic link"})])
    if not path.exists():
        raise InputError([Fault("PATH_PATTERN" if "*" in path.name else "FILE_MISSING")])
    is_layer = path.is_file() or parquet.is_set(path) or (path.is_dir() and path.suffix.lower() == ".gdb")
    if not is_layer and path.is_dir():
        raise InputError([Fault("FOLDER_WITHOUT_PARQUET")])
    if not is_layer:
        raise InputError([Fault("PATH_REFUSED", facts={"found": "device"})])


def _leads_away(path: Path) -> bool:
    return path.is_symlink() and path.resolve().parent != path.parent.resolve()


def _beside(path: Path) -> list[Path]:
    """What GDAL opens along with a file: what lies in a folder, or bears the same name."""
    if path.suffix.lower() == ".gdb":
        return list(path.rglob("*"))
    if path.suffix.lower() not in GEO_FORMATS or not path.parent.is_dir():
        return []
    return [one for one in path.parent.iterdir() if one.name.startswith((f"{path.stem}.", f"{path.name}-"))]


# --- Layers of geo files ---------------------------------------------------------------------


def _layers(
    path: Path, table: str | None, stated: Stated, *, placed: bool
) -> tuple[list[tuple[str, Callable[[], Reading]]], list[str]]:
    names, skipped = geo.layers_of(path, table, placed=placed)
    return [(layer, lambda layer=layer: _layer(path, layer, stated, placed=placed)) for layer in names], skipped  # type: ignore[misc]


def _layer(path: Path, layer: str, stated: Stated, *, placed: bool) -> Reading:
    return _placed(path, geo.read_features(path, layer, encoding=stated.encoding), stated, placed=placed)


def _from_parquet(path: Path, stated: Stated, place: Placer | None, part: int | None) -> Reading:
    found = parquet.read_parquet(path, part=part)
    if found.facts["driver"] == "GeoParquet":
        return _placed(path, found, stated, placed=place is not None)
    sheet = tables.Sheet("", list(found.columns), list(found.columns.values()), found.numbers, [], found.facts)
    return _from_sheet(sheet, stated, place)


def _placed(path: Path, found: geo.Features, stated: Stated, *, placed: bool) -> Reading:
    """Features placed in EPSG:4326; those that lie where their CRS may not be used are faults."""
    facts: dict[str, Any] = {**found.facts, "rows_read": len(found.numbers) + len(found.faults), "placed": placed}
    geometry, numbers = found.geometry, found.numbers
    faults, kept = list(found.faults), np.ones(len(numbers), dtype=bool)
    places: dict[int, Any] = {}
    plain = plain_points(geometry)
    if not placed:
        geometry = np.full(len(numbers), None, dtype=object)
    elif plain is None and shapely.is_missing(geometry).all():
        facts["placed"] = False
    else:
        says = found.crs
        if path.suffix.lower() in _GEOJSON and not (
            path.suffix.lower() in {".geojson", ".json"} and geo.states_crs(path)
        ):
            says = None if stated.crs else "EPSG:4326"
            facts["crs_assumed"] = "" if stated.crs else "EPSG:4326"
        bounds = shapely.total_bounds(geometry) if plain is None else plain.bounds()
        crs = datums.judge(says, stated.crs, tuple(bounds))
        if isinstance(crs, Fault):
            raise InputError([crs])
        facts["crs"] = crs.to_string() if crs.to_authority() else crs.name
        if plain is not None and not faults and _stay(plain, crs, stated):
            facts["heights"] = 0
            return Reading(found.columns, geometry, numbers, faults, found.name, facts, places)
        geometry = np.asarray(geometry)
        heights = shapely.has_z(geometry) | shapely.has_m(geometry)
        facts["heights"] = int(heights.sum())
        flat = shapely.force_2d(geometry) if heights.any() else geometry
        geometry, outside = datums.place(flat, numbers, crs, stated.datum)
        faults += outside.values()
        kept = ~np.isin(numbers, list(outside))
        raw = {**_raw_places(path, found), **dict(zip(numbers[~kept].tolist(), found.geometry[~kept], strict=True))}
        places = whereabouts(raw, crs, stated.datum)
    columns = {column: values[kept] for column, values in found.columns.items()}
    return Reading(columns, geometry[kept], numbers[kept], faults, found.name, facts, places)


def _stay(places: PlainPoints, crs: CRS, stated: Stated) -> bool:
    """Whether all places are what `datums.place` would make of them, and none of them is at fault.

    So it is for nearly every file, which then takes no object for each place. The limits of a CRS are a box: where
    two corners of the places lie within, all do.
    """
    if stated.datum is not None or not datums.keeps_numbers(crs) or not np.isfinite(places.coordinates).all():
        return False
    if not places.coordinates.any(axis=1).all():  # 0, 0
        return False
    west, south, east, north = places.bounds()
    corners = shapely.points([[west, south], [east, north]])
    return not datums.place(corners, np.arange(2), crs, None)[1]


def _raw_places(path: Path, found: geo.Features) -> dict[int, Any]:
    """Row -> the coordinates, in the CRS of the file, of the rows whose geometry could not be built."""
    if path.suffix.lower() not in _GEOJSON:
        return found.places
    nowhere = {*found.numbers[shapely.is_missing(found.geometry)].tolist(), *(fault.row or 0 for fault in found.faults)}
    unknown = sorted(nowhere - set(found.places))
    return {**(in_geojson(path, unknown) if unknown else {}), **found.places}


# --- Tables ----------------------------------------------------------------------------------


def _sheet_reader(sheet: tables.Sheet, stated: Stated, place: Placer | None) -> Callable[[], Reading]:
    def reader() -> Reading:
        if not len(sheet.numbers) and not sheet.faults:
            raise InputError([Fault("EMPTY_LAYER")])
        return _from_sheet(sheet, stated, place)

    return reader


def _from_sheet(sheet: tables.Sheet, stated: Stated, place: Placer | None) -> Reading:
    columns, numbers = _columns(sheet), sheet.numbers
    geometry: Objects = np.full(len(numbers), None, dtype=object)
    faults: list[Fault] = []
    facts: dict[str, Any] = {"placed": False}
    used: set[str] = set()
    places: dict[int, Any] = {}
    if place is not None:
        geometry, faults, facts, used, places = place(columns, numbers, stated)
    kept = ~np.isin(numbers, [fault.row or 0 for fault in faults])
    rest = {name: values[kept] for name, values in columns.items() if name not in used}
    told = {**sheet.facts, **facts, "rows_read": len(numbers) + len(sheet.faults)}
    return Reading(rest, geometry[kept], numbers[kept], [*sheet.faults, *faults], sheet.name, told, places)


def _columns(sheet: tables.Sheet) -> dict[str, Objects]:
    """The columns of a sheet by heading; a blank heading becomes `column_N`, a repeated one is an error."""
    names = [heading or f"column_{at}" for at, heading in enumerate(sheet.heading, start=1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", row=1, value=", ".join(repeated))])
    return dict(zip(names, sheet.columns, strict=True))
