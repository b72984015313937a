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
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.cells import ROWS_AT_ONCE, csv_rows, csv_text, encoded, json_pieces, lines

STAGING = ".headwater-staging"
_NEXT_LINE = b",\n"


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
        with ThreadPoolExecutor() as threads:
            list(threads.map(_sync, [staging / name for name in names]))
        _exchange(names, staging, folder, before)
        _sync(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends without error.

    Several processes may write into one folder, also while a run holds it: nothing of theirs is touched.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; a file is to stand there")
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield staged
        _sync(staged)
        staged.replace(path)
        _sync(path.parent)
    finally:
        staged.unlink(missing_ok=True)


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
    heading = io.StringIO(newline="")
    csv.writer(heading, lineterminator="\r\n").writerow([csv_text(str(name)) for name in plain.columns])
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + heading.getvalue().encode("utf-8", "surrogatepass"))
        for start in range(0, len(plain), ROWS_AT_ONCE):
            file.write(csv_rows(plain.iloc[start : start + ROWS_AT_ONCE]))


def write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Writes a FeatureCollection of RFC 7946 (EPSG:4326, seven decimals), one feature a line."""
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[\n')
        for start in range(0, len(frame), ROWS_AT_ONCE):
            file.write(_features(frame.iloc[start : start + ROWS_AT_ONCE])[0 if start else len(_NEXT_LINE) :])
        file.write(b"\n]}\n")


def _features(frame: gpd.GeoDataFrame) -> memoryview:
    """The rows, a line break before each."""
    geometries = shapely.to_geojson(shapely.set_precision(frame.geometry.to_numpy(), 1e-7, mode="pointwise"))
    properties = json_pieces(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    places = encoded([geometry or "null" for geometry in geometries])
    opening = _NEXT_LINE + b'{"type":"Feature","properties":'
    return lines([opening, *properties, b',"geometry":', places, b"}"], count=len(frame))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Writes sorted, indented JSON in UTF-8."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
