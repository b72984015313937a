"""Layers of geo files -> features as text: in bulk through pyogrio, record by record through fiona where that fails."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError

import gis
from gis.columns import Objects, objects, texts, value_text
from gis.curves import ARC_STEP, is_curve, straightened
from gis.dbase import with_odd_cells
from gis.faults import Fault, InputError
from gis.geoarrow import Built, build
from gis.geojson_links import check_links
from gis.geopackage_pages import check_pages, damage, row_count
from gis.geopackage_schema import check_schema
from gis.places import pairs
from gis.shapefile_records import indexed, record_count, rows_of, unreadable_shapes
from gis.shapefiles import check_parts, check_prj, decoded, part_of

# GDAL must hand over text as it stands in the file: it would turn 2017/11/30 into a date and lists into lists.
_AS_TEXT = {"GeoJSON": {"DATE_AS_STRING": "YES", "ARRAY_AS_STRING": "YES"}}
# Layers that carry no data of the agency.
_STYLES = frozenset({"layer_styles", "qgis_projects"})


class Features(NamedTuple):
    """One layer: columns of text and geometry (None where empty), row numbers, faults, what was found.

    `places`: row -> the coordinates of a geometry that could not be built, in the CRS of the layer.
    """

    name: str
    columns: dict[str, Objects]
    geometry: Objects
    numbers: NDArray[np.int64]
    crs: str | None
    faults: list[Fault]
    facts: dict[str, str]
    places: dict[int, Any]


def check_drivers() -> None:
    """Nothing, or RuntimeError where GDAL was loaded before the allow-list of `gis` was in force."""
    open_doors = sorted(set(pyogrio.list_drivers()) - gis.DRIVERS)
    if open_doors:
        raise RuntimeError(
            f"GDAL was loaded with drivers that are not allowed ({', '.join(open_doors)}): "
            "import `gis` before pyogrio and fiona"
        )


def layers_of(path: Path, table: str | None, *, placed: bool) -> tuple[list[str], list[str]]:
    """Names of the layers to read, and of those left out: style tables and, where `placed`, layers without geometry.

    Raises InputError: FILE_UNREADABLE with GDAL's words, TABLE_MISSING listing what there is, UNTRUSTED_SCHEMA,
    PATH_REFUSED.
    """
    if path.suffix.lower() == ".shp":
        check_parts(path, record_count)
        if table not in (None, path.stem):
            raise InputError([Fault("TABLE_MISSING", value=table or "", facts={"expected": path.stem})])
        return [path.stem], []
    if path.suffix.lower() == ".gpkg":
        check_pages(path)
    check_schema(path)
    check_links(path)
    with _quiet():
        try:
            listed = [(str(name), kind is not None) for name, kind in pyogrio.list_layers(path)]
        except (DataSourceError, OSError, ValueError) as error:
            raise InputError([Fault("FILE_UNREADABLE", facts={"found": _words(error, path)})]) from None
    if table is not None:
        if table not in dict(listed):
            names = ", ".join(name for name, _ in listed)
            raise InputError([Fault("TABLE_MISSING", value=table, facts={"expected": names})])
        return [table], []
    some_placed = any(has_geometry for _, has_geometry in listed)
    wanted = [name for name, geo in listed if name not in _STYLES and (geo or not placed or not some_placed)]
    return wanted, [name for name, _ in listed if name not in wanted]


def read_features(path: Path, layer: str, *, encoding: str | None, salvage: bool = True) -> Features:
    """All features of one layer, as text; unreadable geometries are faults, the other rows are kept.

    Where the layer cannot be read as a whole it is read record by record, unless not to `salvage` is asked.
    Raises InputError: FILE_UNREADABLE, FILE_TRUNCATED, PART_MISSING, EMPTY_LAYER, COLUMN_DUPLICATE, ENCODING_….
    """
    if path.suffix.lower() == ".shp":
        features = _shapefile(path, layer, encoding)
    else:
        features = _whole_or_single(path, layer, None, salvage=salvage)
    if not len(features.numbers) and not features.faults:
        raise InputError([Fault("EMPTY_LAYER")])
    return features


def _shapefile(path: Path, layer: str, encoding: str | None) -> Features:
    """A Shapefile with its texts in their true encoding and numbered by its records; what GDAL passes over is told."""
    rows = rows_of(path)
    with indexed(path) as (whole, made):
        # ISO-8859-1 keeps every byte of a .dbf as one character; the true encoding is found by trying, below.
        features = _whole_or_single(whole, layer, "ISO-8859-1", left_out=len(rows.deleted))
    if len(rows.deleted):
        stays = np.setdiff1d(np.arange(rows.total), rows.deleted) + 1
        features = features._replace(
            numbers=stays[features.numbers - 1],
            faults=[fault.at(row=int(stays[(fault.row or 1) - 1])) for fault in features.faults],
            places={int(stays[row - 1]): place for row, place in features.places.items()},
        )
    texts_kept = with_odd_cells(features.columns, features.numbers, part_of(path, ".dbf") or path)
    columns, found = decoded(texts_kept, path, encoding)
    facts = {**features.facts, "encoding": found}
    if made:
        facts["index"] = ".shx"
    if len(rows.deleted):
        facts["deleted"] = _listed(rows.deleted + 1)
    return _without_shape(path, features._replace(columns=columns, facts=facts))


def _without_shape(path: Path, features: Features) -> Features:
    """`features` with the rows that have a shape but no geometry as faults."""
    missing = shapely.is_missing(features.geometry)
    reasons = unreadable_shapes(path, features.numbers[missing]) if missing.any() else {}
    if not reasons:
        return features
    kept = ~np.isin(features.numbers, list(reasons))
    faults = [Fault("GEOMETRY_UNREADABLE", row=row, facts={"found": reason}) for row, reason in reasons.items()]
    return features._replace(
        columns={name: values[kept] for name, values in features.columns.items()},
        geometry=features.geometry[kept],
        numbers=features.numbers[kept],
        faults=[*features.faults, *faults],
    )


def _listed(rows: NDArray[np.int64]) -> str:
    return ", ".join(str(row) for row in rows[:20]) + (f" … ({len(rows)})" if len(rows) > 20 else "")


def _whole_or_single(
    path: Path, layer: str, encoding: str | None, *, salvage: bool = True, left_out: int = 0
) -> Features:
    """A layer read as a whole, or, where that fails, record by record; `left_out` rows are counted but not given."""
    with _quiet():
        try:
            return _bulk(path, layer, encoding, left_out)
        except (InputError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - on damaged files the libraries raise what they like
            if path.suffix.lower() == ".shp":
                check_prj(path)
            if not salvage:
                raise InputError([Fault("FILE_UNREADABLE", facts={"found": _words(error, path)})]) from None
            return _one_by_one(path, layer, encoding, _words(error, path), left_out)


def _bulk(path: Path, layer: str, encoding: str | None, left_out: int = 0) -> Features:
    info = _info(path, layer, encoding)
    options = _AS_TEXT.get(info["driver"], {})
    meta, table = pyogrio.read_arrow(path, layer=layer, encoding=encoding, datetime_as_string=True, **options)
    _check_count(path, layer, info["features"] - left_out, len(table))
    try:
        return _of_table(table, 1, layer, info, meta)
    except NotImplementedError:  # curves, which shapely does not know
        return _with_curves(path, table, layer, info, meta)


def in_pieces(path: Path, layer: str) -> Iterator[tuple[int, Features]]:
    """The rows of the whole layer as its header counts them, and what `read_features` gives, some rows at a time.

    For layers whose text is UTF-8. Any exception tells that only `read_features` can say what is wrong with it.
    """
    info = _info(path, layer, None)
    with _quiet(), pyogrio.open_arrow(path, layer=layer, datetime_as_string=True, use_pyarrow=True) as (meta, batches):
        first = 1
        for batch in batches:
            yield info["features"], _of_table(pa.table(batch), first, layer, info, meta)
            first += len(batch)


def _info(path: Path, layer: str, encoding: str | None) -> dict[str, Any]:
    info: dict[str, Any] = pyogrio.read_info(path, layer=layer, encoding=encoding, force_feature_count=True)
    _check_names([str(name) for name in info["fields"]])
    return info


def _of_table(table: pa.Table, first: int, layer: str, info: Mapping[str, Any], meta: Mapping[str, Any]) -> Features:
    """The features of an Arrow table whose first row is the `first` of its layer."""
    place = meta["geometry_name"] or "wkb_geometry"
    columns = {str(name): texts(table.column(str(name))) for name in info["fields"]}
    numbers = np.arange(first, first + len(table))
    facts = {"driver": str(info["driver"])}
    if place not in table.column_names:
        nothing = np.full(len(table), None, dtype=object)
        return Features(layer, columns, nothing, numbers, meta["crs"], [], facts, {})
    built = build(table.column(place), "wkb")
    return kept_features(Features(layer, columns, built.geometry, numbers, meta["crs"], [], facts, {}), built)


def _with_curves(path: Path, table: pa.Table, layer: str, info: Mapping[str, Any], meta: Mapping[str, Any]) -> Features:
    """The features of an Arrow table some of whose geometries are curves: GDAL makes short straight edges of those."""
    place = meta["geometry_name"] or "wkb_geometry"
    blobs = table.column(place).to_pylist()
    curved = [at for at, blob in enumerate(blobs) if blob is not None and is_curve(blob)]
    without = pa.array([None if at in set(curved) else blob for at, blob in enumerate(blobs)], pa.large_binary())
    features = _of_table(table.set_column(table.column_names.index(place), place, without), 1, layer, info, meta)
    geometry = np.asarray(features.geometry, dtype=object).copy()
    straight = straightened(path, layer, set(curved))
    at_rows = np.searchsorted(features.numbers, np.array(curved, dtype=np.int64) + 1)
    for at, row in zip(curved, at_rows, strict=True):
        geometry[row] = straight.get(at)
    return features._replace(geometry=geometry, facts={**features.facts, "curved": str(len(curved))})


def _check_count(path: Path, layer: str, expected: int, found: int) -> None:
    """Nothing, or InputError where a layer gave fewer rows than it announced: FILE_DAMAGED, FILE_TRUNCATED.

    What a GeoPackage announces may be out of date: programs that write with SQL forget the count beside the rows.
    """
    if found == expected:
        return
    facts = {"expected": str(expected), "found": str(found)}
    if path.suffix.lower() == ".gpkg":
        if words := damage(path):
            words = f"{words}; {found} of {expected} rows could be read"
            raise InputError([Fault("FILE_DAMAGED", facts={"found": words})])
        if row_count(path, layer) == found:
            return
    raise InputError([Fault("FILE_TRUNCATED", facts=facts)])


def kept_features(features: Features, built: Built) -> Features:
    """`features` without the rows whose geometry is broken: these become faults, with their place where it is known."""
    numbers = features.numbers
    faults = [
        Fault("GEOMETRY_UNREADABLE", row=int(numbers[at]), facts={"found": reason})
        for at, reason in built.broken.items()
    ]
    places = {int(numbers[at]): place for at, place in built.places.items()}
    kept = np.ones(len(numbers), dtype=bool)
    kept[list(built.broken)] = False
    return features._replace(
        columns={name: values[kept] for name, values in features.columns.items()},
        geometry=features.geometry[kept],
        numbers=numbers[kept],
        faults=faults,
        places=places,
    )


def _one_by_one(path: Path, layer: str, encoding: str | None, bulk_words: str, left_out: int = 0) -> Features:
    """What fiona can read of a layer that the bulk read could not: good rows kept, each bad one a fault."""
    unreadable = Fault("FILE_UNREADABLE", facts={"found": bulk_words})
    try:
        import fiona
    except ImportError:  # it has no wheel for some platforms; then nothing can be salvaged
        raise InputError([unreadable]) from None
    records: list[tuple[int, Any, dict[str, Any]]] = []
    faults: list[Fault] = []
    places: dict[int, Any] = {}
    try:
        with fiona.Env(OGR_ARC_STEPSIZE=ARC_STEP), fiona.open(path, layer=layer, encoding=encoding) as source:
            names, crs, expected = list(source.schema["properties"]), source.crs_wkt or None, len(source) - left_out
            driver = str(source.driver)
            _check_names(names)
            for number, record in _records(source, expected):
                _take(number, record, path, records, faults)
                if faults and faults[-1].row == number and (place := _coordinates(record)) is not None:
                    places[number] = place
    except InputError:
        raise
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - fiona's own errors are no family, GDAL's come through beside them
        raise InputError([unreadable]) from None
    if not records:
        raise InputError([unreadable, *faults[:5]])
    unread = {fault.row for fault in faults if fault.code == "ROW_UNREADABLE"}
    # Two in a row at the very end are no bad rows but the place where the file was cut.
    if len(records) + len(faults) != expected or {expected - 1, expected} <= unread:
        raise InputError([Fault("FILE_TRUNCATED", facts={"expected": str(expected), "found": str(len(records))})])
    columns = {name: objects([value_text(properties.get(name)) for _, _, properties in records]) for name in names}
    geometry = objects([shape for _, shape, _ in records])
    numbers = np.array([number for number, _, _ in records], dtype=np.int64)
    return Features(layer, columns, geometry, numbers, crs, faults, {"driver": driver, "salvaged": bulk_words}, places)


def _take(
    number: int, record: Any, path: Path, records: list[tuple[int, Any, dict[str, Any]]], faults: list[Fault]
) -> None:
    """Adds one of fiona's records to `records`, or what is wrong with it to `faults`."""
    if isinstance(record, Exception):
        faults.append(Fault("ROW_UNREADABLE", row=number, facts={"found": _words(record, path)}))
        return
    try:
        shape = None if record.geometry is None else shapely.geometry.shape(record.geometry)
    except Exception as error:  # noqa: BLE001 - whatever shapely objects to, the row is the culprit
        faults.append(Fault("GEOMETRY_UNREADABLE", row=number, facts={"found": str(error)}))
    else:
        records.append((number, shape, dict(record.properties)))


def _coordinates(record: Any) -> Any:
    """All coordinates of one of fiona's records, as a multipoint; None where it has none."""
    if isinstance(record, Exception) or record.geometry is None:
        return None
    points = list(pairs(record.geometry.__geo_interface__))
    return shapely.MultiPoint(points) if points else None


def _records(source: Any, expected: int) -> Iterator[tuple[int, Any]]:
    """Each record with its row number, or the exception it raised; ends with the layer, or at its announced end."""
    following = iter(source)
    number = 0
    while number <= max(expected, 0):
        number += 1
        try:
            yield number, next(following)
        except StopIteration:
            return
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a damaged record raises what it likes; it becomes one fault
            yield number, error


# --- GeoJSON ---------------------------------------------------------------------------------


def states_crs(path: Path) -> bool:
    """Whether a GeoJSON file has a `crs` member; without one the format says EPSG:4326 and people mean anything."""
    data = path.read_bytes()
    head = data[: at if (at := data.find(b'"features"')) >= 0 else 4096]
    tail = data[data.rfind(b"]") :]
    return any(re.search(rb'"crs"\s*:\s*\{', part) is not None for part in (head, tail))


def _check_names(names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", value=", ".join(repeated))])


def _words(error: Exception, path: Path) -> str:
    """The library's own words without the machine's path."""
    return str(error).replace(str(path.parent.resolve()) + "/", "").replace(str(path.parent) + "/", "")[:300]


@contextmanager
def _quiet() -> Iterator[None]:
    """GDAL's warnings kept from the terminal: what matters in them is judged row by row here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
