"""Frames -> one GeoPackage, with the styles in which QGIS shows its layers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray

from gis.cells import texts
from gis.geopackage_process import ArrowLayer, Writer, write_layers
from gis.geopackage_whole import Expected, check_whole, forget_transactions

ROWS_AT_ONCE = 1 << 17  # GDAL ends a transaction behind each batch, and the file counts them
_MOST_COLUMNS = 1990  # SQLite allows 2,000, and some are GDAL's own
_GEOMETRY = "geometry"
_KINDS = (
    "Point", "LineString", "LinearRing", "Polygon",
    "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
)  # fmt: skip
# A point as well-known binary: little endian, its kind, x and y.
_POINT = np.dtype([("order", "<u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])


def write_geopackage(
    layers: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    styles: Mapping[str, str],
    day: str,
    writer: Writer | None = None,
) -> None:
    """Writes the layers in their order, with QGIS styles (layer name -> QML), dated `day` (ISO).

    A layer's geometry type is that of its rows where they agree, else unknown; an empty layer is
    written with its columns. The rows of a frame without geometry are points at its columns `lon` and `lat`.
    With a `writer` that process writes the layers; the bytes are the same.
    """
    widest = max((len(frame.columns) for frame in layers.values()), default=0)
    if widest > _MOST_COLUMNS:
        raise OSError(f"{path.name}: a GeoPackage layer holds {_MOST_COLUMNS} columns, found {widest}")
    try:
        (writer.write if writer else write_layers)([_layer(name, frame) for name, frame in layers.items()], path, day)
        _write_styles(path, styles, day)
        check_whole(path, {name: _expected(frame) for name, frame in layers.items()})
        forget_transactions(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise OSError(f"{path.name}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise OSError(f"{path.name}: {error} (is the disk full?)") from error


def _layer(name: str, frame: pd.DataFrame) -> ArrowLayer:
    schema = _schema(frame)
    crs = f"EPSG:{frame.crs.to_epsg()}" if isinstance(frame, gpd.GeoDataFrame) else "EPSG:4326"
    rows = partial(pa.RecordBatchReader.from_batches, schema)
    return ArrowLayer(name, _geometry_type(frame), crs, lambda: rows(_batches(frame, schema)))


def _expected(frame: pd.DataFrame) -> Expected:
    """The rows of a frame, and those that have a place."""
    if isinstance(frame, gpd.GeoDataFrame):
        edges = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4)  # NaN of what is nowhere
        return Expected(len(frame), int(np.isfinite(edges[:, 0]).sum()))
    return Expected(len(frame), int(frame[["lon", "lat"]].notna().all(axis=1).sum()))


def _geometry_type(frame: pd.DataFrame) -> str:
    if not isinstance(frame, gpd.GeoDataFrame):
        return "Point"
    kinds = {int(kind) for kind in np.unique(shapely.get_type_id(frame.geometry.to_numpy())) if kind >= 0}
    return _KINDS[kinds.pop()] if len(kinds) == 1 else "Unknown" if kinds else "Point"


def _schema(frame: pd.DataFrame) -> Any:
    """Numbers as they are, everything else as text; column names free of clashes, the geometry behind them."""
    fields = []
    taken = {"fid", "geom", _GEOMETRY}
    for place in _columns(frame):
        name = str(frame.columns[place])
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        values = frame.iloc[:0, place]
        fields.append(pa.field(name, pa.array(values.to_numpy()).type if _is_number(values) else pa.large_string()))
    return pa.schema([*fields, pa.field(_GEOMETRY, pa.binary())])


def _columns(frame: pd.DataFrame) -> list[int]:
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    return [place for place, name in enumerate(frame.columns) if name != geometry]


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values)) and not pd.api.types.is_bool_dtype(values)


def _batches(frame: pd.DataFrame, schema: Any) -> Iterator[Any]:
    places = _columns(frame)
    for start in range(0, len(frame), ROWS_AT_ONCE):
        rows = frame.iloc[start : start + ROWS_AT_ONCE]
        columns = [_column(rows.iloc[:, place]) for place in places]
        yield pa.record_batch([*columns, _well_known_binary(rows)], schema=schema)


def _column(values: pd.Series) -> Any:
    if _is_number(values):
        return pa.array(values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array, from_pandas=True)
    found = texts(values)
    return pa.array(_cells(values), pa.large_string(), from_pandas=True) if found is None else found


def _cells(values: pd.Series) -> NDArray[np.object_]:
    """A mixed column as text and None; booleans as `true` and `false`."""
    cells: NDArray[np.object_] = values.to_numpy(dtype=object, copy=True)
    missing = np.asarray(pd.isna(cells), dtype=bool)
    words = {True: "true", False: "false"}
    cells[~missing] = [words[value] if isinstance(value, bool) else str(value) for value in cells[~missing]]
    cells[missing] = None
    return cells


def _well_known_binary(rows: pd.DataFrame) -> Any:
    if isinstance(rows, gpd.GeoDataFrame):
        return pa.array(shapely.to_wkb(rows.geometry.to_numpy()), pa.binary())
    points = np.zeros(len(rows), dtype=_POINT)
    points["order"], points["kind"] = 1, 1
    points["x"], points["y"] = (rows[name].to_numpy(dtype=float, na_value=np.nan) for name in ("lon", "lat"))
    return pa.Array.from_buffers(pa.binary(_POINT.itemsize), len(rows), [None, pa.py_buffer(points)]).cast(pa.binary())


_STYLE_TABLE = """CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"""


def _write_styles(path: Path, styles: Mapping[str, str], day: str) -> None:
    """The table in which QGIS looks for a layer's default style."""
    moment = f"{day}T00:00:00.000Z"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = MEMORY")
        database.execute("BEGIN")
        database.execute(_STYLE_TABLE)
        for name, qml in styles.items():
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
                " VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', NULL, ?)",
                (name, name, qml, moment),
            )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (moment,),
        )
        database.execute("COMMIT")
