"""One file -> its tables as columns, geometry in EPSG:4326 and faults: the reading itself, without frames.

It runs in a process of its own (`gis.reading_child`), so nothing here may import pandas or geopandas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj import CRS

from gis import archives, geojson, kml, parquet, tables
from gis import datum as datums
from gis import features as geo
from gis.corners import EACH_ROW, zones_of
from gis.faults import Fault, InputError
from gis.geoarrow import PlainPoints, plain_points
from gis.geopackage_copies import settled, unsettled
from gis.places import whereabouts
from gis.placing import place as placed_in
from gis.points import Placed, Stated, points
from gis.sheet_extents import check_workbook

GEO_FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".geojsons", ".fgb", ".kml", ".kmz", ".gdb")
# What may lie in an archive, too.
PACKED = frozenset({*GEO_FORMATS, *tables.DELIMITED, *tables.WORKBOOKS, parquet.PARQUET})
FORMATS = tuple(sorted({*PACKED, *archives.ARCHIVES}))

# Formats whose text is UTF-8 and whose header counts the rows; reading ahead is worth it from so many bytes on.
_IN_PIECES = frozenset({".gpkg", ".fgb"})
AHEAD_FROM = 1 << 22

Objects = NDArray[np.object_]


class NotPlain(Exception):
    """A file that is not read ahead."""


class Reading(NamedTuple):
    """One layer or sheet: columns of text, geometry in EPSG:4326 and row numbers of its rows; else as `gis.read.Table`.

    `further`: columns of text that are ours, not the file's. Columns and geometry may be arrays that are made when
    somebody looks at them (`Texts`, `PlainPoints`).
    """

    columns: Mapping[str, Objects]
    geometry: Objects
    numbers: NDArray[np.int64]
    faults: list[Fault]
    table: str
    facts: Mapping[str, Any]
    places: Mapping[int, Any]
    further: Mapping[str, Objects] = {}


Placer = Callable[[Mapping[str, Objects], NDArray[np.int64], Stated], Placed]
# The name of each layer or sheet and what reads it.
Readers = list[tuple[str, Callable[[], Reading]]]


def read_file(
    path: Path, name: str, table: str | None, stated: Stated, *, placed: bool, part: int | None = None
) -> list[Reading]:
    """Every layer or sheet of a file, as `gis.read.read` gives them, or where not `placed`, as `gis.read.read_rows`."""
    place = points if placed else None
    try:
        check_path(path)
        suffix = path.suffix.lower()
        if stated.corners is not None and (suffix in GEO_FORMATS or parquet.is_set(path)):
            raise InputError([Fault("CORNERS_MISSING", value=stated.corners, facts={"found": suffix or "parquet"})])
        if suffix == parquet.PARQUET or parquet.is_set(path):
            return _each([("", lambda: _from_parquet(path, stated, place, part))], [], name)
        if part is not None:
            raise ValueError(f"only Parquet sets have parts; {name} is none")
        if suffix in archives.ARCHIVES:
            return _from_archive(path, name, table, stated, place)
        if suffix in GEO_FORMATS:
            with settled(path) as whole:
                return _each(*_geo_layers(whole, table, stated, placed=placed), name)
        return _each(_table_sheets(path, table, stated, place), [], name)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None


def read_ahead(path: Path, table: str | None, stated: Stated) -> Iterator[tuple[int, Reading]]:
    """The rows of a whole large layer of plain points, and what `read_file` gives of it, some rows at a time.

    So who asked makes objects of the first rows while the last ones are read. Ends with NotPlain, maybe after some
    pieces, where it is another file, or anything in it has to be judged: then `read_file` tells of it.
    """
    is_small = path.suffix.lower() not in _IN_PIECES or path.stat().st_size < AHEAD_FROM
    if is_small or stated.crs is not None or unsettled(path):
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


def _each(readers: list[tuple[str, Callable[[], Reading]]], skipped: list[str], name: str) -> list[Reading]:
    """The tables of all readers; every reader is tried, so that all faults of a file are told at once."""
    read_tables: list[Reading] = []
    faults: list[Fault] = []
    for layer, reader in readers:
        try:
            made = reader()
        except InputError as error:
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


def _from_archive(path: Path, name: str, table: str | None, stated: Stated, place: Placer | None) -> list[Reading]:
    """The tables of all files in an archive, named by the file, with the layer where a file has several."""
    made: list[Reading] = []
    faults: list[Fault] = []
    with archives.unpacked(path, PACKED) as (members, left_out):
        for member, layer in archives.chosen(members, table):
            try:
                found = read_file(member.path, name, layer, stated, placed=place is not None)
            except InputError as error:
                faults += [fault.at(layer="/".join(filter(None, (member.name, fault.layer)))) for fault in error.faults]
                continue
            for one in found:
                whole = f"{member.name}/{one.table}" if len(found) > 1 or layer is not None else member.name
                skipped = ", ".join([*filter(None, [one.facts.get("skipped")]), *left_out])
                facts = {**one.facts, **({"skipped": skipped} if skipped else {})}
                faults_here = [fault.at(layer=whole) for fault in one.faults]
                made.append(one._replace(faults=faults_here, table=whole, facts=facts))
    if faults:
        raise InputError(faults)
    return made


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


def _geo_layers(path: Path, table: str | None, stated: Stated, *, placed: bool) -> tuple[Readers, list[str]]:
    """What reads each layer of a geo file, and the names of those left out."""
    suffix = path.suffix.lower()
    if suffix in kml.KML:
        return _placemarks(path, table, stated, placed=placed), []
    geo.check_drivers()
    if suffix in geojson.GEOJSON:
        return [("", lambda: _from_geojson(path, table, stated, placed=placed))], []
    return _layers(path, table, stated, placed=placed)


def _layers(
    path: Path, table: str | None, stated: Stated, *, placed: bool
) -> tuple[list[tuple[str, Callable[[], Reading]]], list[str]]:
    names, skipped = geo.layers_of(path, table, placed=placed)
    return [(layer, lambda layer=layer: _layer(path, layer, stated, placed=placed)) for layer in names], skipped  # type: ignore[misc]


def _layer(path: Path, layer: str, stated: Stated, *, placed: bool) -> Reading:
    return _placed(path, geo.read_features(path, layer, encoding=stated.encoding), stated, placed=placed)


def _from_geojson(path: Path, table: str | None, stated: Stated, *, placed: bool) -> Reading:
    return _placed(path, geojson.read_geojson(path, table, stated.encoding), stated, placed=placed)


def _placemarks(
    path: Path, table: str | None, stated: Stated, *, placed: bool
) -> list[tuple[str, Callable[[], Reading]]]:
    """The documents of a KML or KMZ file; `table` names one of several, or else a folder."""
    documents = kml.documents_of(path)
    folder = None if table in documents else table
    if folder is not None and len(documents) > 1:
        raise InputError([Fault("TABLE_MISSING", value=folder, facts={"expected": ", ".join(documents)})])

    def reader(document: str) -> Callable[[], Reading]:
        return lambda: _placed(path, kml.read_kml(path, document, folder, stated.encoding), stated, placed=placed)

    return [(document, reader(document)) for document in documents if table is None or folder or document == table]


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
        if path.suffix.lower() in geojson.GEOJSON and not (
            path.suffix.lower() in geojson.DOCUMENTS and geo.states_crs(path)
        ):
            # The format says EPSG:4326; a file without `crs` member may be declared to be something else.
            says = None if stated.crs else "EPSG:4326"
            facts["crs_assumed"] = "" if stated.crs else "EPSG:4326"
        bounds = shapely.total_bounds(geometry) if plain is None else plain.bounds()
        crs = datums.judge(says, stated.crs, tuple(bounds), stated.transformation)
        if isinstance(crs, Fault):
            raise InputError([crs])
        facts |= datums.way_facts(crs, stated.transformation, tuple(bounds))
        facts["crs"] = crs.to_string() if crs.to_authority() else crs.name
        if plain is not None and not faults and _stay(plain, crs, stated):
            facts["heights"] = 0
            return Reading(found.columns, geometry, numbers, faults, found.name, facts, places)
        geometry = np.asarray(geometry)
        heights = shapely.has_z(geometry) | shapely.has_m(geometry)
        facts["heights"] = int(heights.sum())
        flat = shapely.force_2d(geometry) if heights.any() else geometry
        geometry, outside = placed_in(flat, numbers, crs, stated.datum, stated.transformation)
        faults += outside.values()
        kept = ~np.isin(numbers, list(outside))
        raw = {**found.places, **dict(zip(numbers[~kept].tolist(), found.geometry[~kept], strict=True))}
        places = whereabouts(raw, crs, stated.datum, stated.transformation)
    columns = {column: values[kept] for column, values in found.columns.items()}
    return Reading(columns, geometry[kept], numbers[kept], faults, found.name, facts, places)


def _stay(places: PlainPoints, crs: CRS, stated: Stated) -> bool:
    """Whether all places are what `datums.place` would make of them, and none of them is at fault.

    So it is for nearly every file, which then takes no object for each place. The limits of a CRS are a box: where
    two corners of the places lie within, all do.
    """
    if stated.datum or stated.transformation or not datums.keeps_numbers(crs):
        return False
    if not np.isfinite(places.coordinates).all():
        return False
    if not places.coordinates.any(axis=1).all():  # 0, 0
        return False
    west, south, east, north = places.bounds()
    corners = shapely.points([[west, south], [east, north]])
    return not placed_in(corners, np.arange(2), crs, None, None)[1]


# --- Tables ----------------------------------------------------------------------------------


def _table_sheets(path: Path, table: str | None, stated: Stated, place: Placer | None) -> Readers:
    """What reads each sheet of a table file."""
    suffix = path.suffix.lower()
    if suffix in tables.DELIMITED:
        sheets = tables.read_delimited(path, stated.encoding)
    elif suffix in tables.WORKBOOKS:
        check_workbook(path)
        sheets = tables.read_workbook(path, table)
    else:
        raise InputError([Fault("FORMAT_UNKNOWN", facts={"found": suffix or path.name, "expected": " ".join(FORMATS)})])
    if not sheets:
        raise InputError([Fault("EMPTY_LAYER")])
    outlines = None
    if place is not None and stated.corners is not None:
        sheets, outlines, stated = _corner_sheet(path, sheets, stated)
    return [(sheet.name, _sheet_reader(sheet, outlines, stated, place)) for sheet in sheets]


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
) -> Callable[[], Reading]:
    def reader() -> Reading:
        if not len(sheet.numbers) and not sheet.faults:
            raise InputError([Fault("EMPTY_LAYER")])
        if outlines is not None:
            return _from_corners(sheet, outlines, stated)
        return _from_sheet(sheet, stated, place)

    return reader


def _from_corners(sheet: tables.Sheet, outlines: tables.Sheet | None, stated: Stated) -> Reading:
    """The zones whose corners a table, or another sheet beside it, holds; what is counted are zones."""
    beside = None if outlines is None else (_columns(outlines), outlines)
    found = zones_of(_columns(sheet), sheet, beside, stated)
    faults = [*found.faults, *sheet.faults]
    facts = {**sheet.facts, **found.facts, "rows_read": len(found.numbers) + len(faults)}
    return Reading(found.columns, found.geometry, found.numbers, faults, sheet.name, facts, found.places, found.further)


def _from_sheet(sheet: tables.Sheet, stated: Stated, place: Placer | None) -> Reading:
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
    told = {**sheet.facts, **facts, "rows_read": len(numbers) + len(sheet.faults)}
    kept_further = {name: values[kept] for name, values in further.items()}
    all_faults = [*sheet.faults, *faults]
    return Reading(rest, geometry[kept], numbers[kept], all_faults, sheet.name, told, places, kept_further)


def _columns(sheet: tables.Sheet) -> dict[str, Objects]:
    """The columns of a sheet by heading; a blank heading becomes `column_N`, a repeated one is an error."""
    names = [heading or f"column_{at}" for at, heading in enumerate(sheet.heading, start=1)]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", row=sheet.facts.get("heading_row", 1), value=", ".join(repeated))])
    return dict(zip(names, sheet.columns, strict=True))
