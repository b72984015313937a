"""Frames -> files, in stable order and bytes, whole or not at all.

Files are written into a staging folder beside their place, synced, and then renamed into it, so
that a reader sees the old file or the new one and a crash leaves the old ones. Nothing random, no
clock: the same frames give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

STAGING = ".headwater-staging"
_MOST_COLUMNS = 1990  # SQLite allows 2,000, and some are GDAL's own


class Locked(RuntimeError):
    """Another run holds the project."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock file `path` for the time of the block; raises Locked where another process does.

    The lock is the operating system's, so it ends with its process, also with a killed one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        _lock(file.fileno(), str(path))
        yield


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Holds a folder in which several runs might write; as `exclusive`, without a file in it.

    Where a folder cannot be locked (Windows), a hidden lock file beside it is.
    """
    if sys.platform == "win32":
        with exclusive(folder.with_name(f".{folder.name}.lock")):
            yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, str(folder))
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, name: str) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Locked(name) from error


@contextmanager
def replaced_together(folder: Path) -> Iterator[Path]:
    """A staging folder whose files take their places in `folder` when the block ends without error.

    All files are complete and synced before the first is renamed. Where one of them cannot take its
    place (a folder stands there, a spreadsheet holds it open), those before it are put back, so
    that after an error nothing has changed. Files of `folder` that were not written stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staging, before = folder / STAGING, folder / f"{STAGING}-before"
    for litter in (staging, before):
        shutil.rmtree(litter, ignore_errors=True)
        litter.mkdir()
    try:
        yield staging
        names = sorted(path.name for path in staging.iterdir())
        for name in names:
            _sync(staging / name)
        _exchange(names, staging, folder, before)
        _sync(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def _exchange(names: Sequence[str], staging: Path, folder: Path, before: Path) -> None:
    """Renames the staged files into their places; on an error puts back what was there."""
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(f"{folder / name} is a folder; a file is to stand there")
    done: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                _keep(folder / name, before / name)
            (staging / name).replace(folder / name)
            done.append(name)
    except OSError:
        for name in done:
            if (before / name).exists():
                (before / name).replace(folder / name)
            else:
                (folder / name).unlink()
        raise


def _keep(file: Path, copy: Path) -> None:
    """A second name for a file, or a copy where the file system has no such thing."""
    try:
        copy.hardlink_to(file)
    except OSError:
        shutil.copy2(file, copy)


def _sync(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes all columns but the geometry as UTF-8 with BOM, comma separated, CRLF lines.

    None and NaN are empty, booleans `true` and `false`, numbers as short as they round-trip. Text
    that a spreadsheet would run as a formula gets a leading apostrophe; numbers never do.
    """
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    columns = [_csv_column(plain[name]) for name in plain.columns]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_csv_text(str(name)) for name in plain.columns])
    writer.writerows(zip(*columns, strict=True))
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "surrogatepass"))


def _csv_column(values: pd.Series) -> list[str]:
    if pd.api.types.is_float_dtype(values):
        return [_number(value) for value in values.to_numpy(dtype=float)]
    cells: NDArray[np.object_] = values.to_numpy(dtype=object, copy=True)
    missing = np.asarray(pd.isna(cells), dtype=bool)
    cells[missing] = ""
    if pd.api.types.infer_dtype(cells[~missing]) not in ("string", "empty"):
        return [_csv_value(value) for value in cells]
    # Nearly no text begins like a formula, so only those that might are looked at twice.
    return [text if text[:1] not in _MAY_BEGIN_A_FORMULA else _csv_text(text) for text in cells]


def _csv_value(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    return _csv_text(value) if isinstance(value, str) else str(value)


def _number(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_MAY_BEGIN_A_FORMULA = frozenset([*_FORMULA, *(letter for letter in map(chr, range(0x3001)) if letter.isspace())])


def _csv_text(text: str) -> str:
    """A formula to a spreadsheet is any cell that begins like one, also behind blanks."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Writes a FeatureCollection of RFC 7946 (EPSG:4326, seven decimals), one feature a line."""
    geometries = shapely.to_geojson(shapely.set_precision(frame.geometry.to_numpy(), 1e-7, mode="pointwise"))
    records = _records(frame)
    lines = [
        f'{{"type":"Feature","properties":{_json(record)},"geometry":{geometry}}}'
        for record, geometry in zip(records, geometries, strict=True)
    ]
    body = ",\n".join(lines)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n', encoding="utf-8", newline="\n")


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Writes sorted, indented JSON in UTF-8."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_geopackage(
    layers: Mapping[str, gpd.GeoDataFrame], path: Path, *, styles: Mapping[str, str], day: str
) -> None:
    """Writes the layers in their order, with QGIS styles (layer name -> QML), dated `day` (ISO).

    A layer's geometry type is that of its rows where they agree, else unknown; an empty layer is
    written with its columns.
    """
    widest = max((len(frame.columns) for frame in layers.values()), default=0)
    if widest > _MOST_COLUMNS:
        raise OSError(f"{path.name}: a GeoPackage layer holds {_MOST_COLUMNS} columns, found {widest}")
    try:
        _write_layers(layers, path, day)
        _write_styles(path, styles, day)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise OSError(f"{path.name}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise OSError(f"{path.name}: {error} (is the disk full?)") from error


def _write_layers(layers: Mapping[str, gpd.GeoDataFrame], path: Path, day: str) -> None:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        for name, frame in layers.items():
            # One column type a column: GDAL would guess from the first row otherwise.
            plain = _plain_columns(frame)
            kinds = {kind for kind in plain.geometry.geom_type.unique() if kind}
            kind = kinds.pop() if len(kinds) == 1 else ("Unknown" if kinds else "Point")
            pyogrio.write_dataframe(
                plain,
                path,
                layer=name,
                driver="GPKG",
                geometry_type=kind,
                append=path.exists(),
                use_arrow=True,
                layer_options={"IDENTIFIER": name},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Booleans and numbers as they are, everything else as text; column names free of clashes."""
    columns: dict[str, Any] = {}
    taken = {"fid", "geom", "geometry"}
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        written = str(name)
        while written.lower() in taken:
            written += "_"
        taken.add(written.lower())
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns[written] = values.to_numpy()
        else:
            columns[written] = _cells(values)
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=frame.crs, index=range(len(frame)))


def _cells(values: pd.Series) -> NDArray[np.object_]:
    """A column as text and None; booleans as `true` and `false`."""
    cells: NDArray[np.object_] = values.to_numpy(dtype=object, copy=True)
    missing = np.asarray(pd.isna(cells), dtype=bool)
    if pd.api.types.infer_dtype(cells[~missing]) not in ("string", "empty"):
        words = {True: "true", False: "false"}
        cells[~missing] = [words[value] if isinstance(value, bool) else str(value) for value in cells[~missing]]
    cells[missing] = None
    return cells


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


def _records(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    lists: Sequence[list[Any]] = [
        [_json_value(value) for value in plain[name].astype(object)] for name in plain.columns
    ]
    names = [str(name) for name in plain.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]


def _json_value(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
