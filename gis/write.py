"""Frames -> files, in stable order and bytes, whole or not at all.

Files are written into a staging folder beside their place, synced, and take their place at one moment, so that a
reader sees the old ones or the new ones and a crash leaves the one or the other (`gis.exchange`). Nothing random, no
clock: the same frames give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.cells import ROWS_AT_ONCE, csv_rows, csv_text, encoded, json_pieces, lines
from gis.exchange import FIXED, Goes, clear_litter, locked, recovered, second, staging_beside, sync, take_place

# Where nothing can be made beside the folder, or it cannot be renamed, files take their places one by one.
STAGING = ".headwater-staging"
_NEXT_LINE = b",\n"
_MOST_TRIES = 50


class Locked(RuntimeError):
    """Another run holds the project."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock file `path` for the time of the block; raises Locked where another process does.

    The lock is the operating system's, so it ends with its process, also with a killed one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not locked(file.fileno()):
            raise Locked(str(path))
        yield


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Holds a folder in which several runs might write; as `exclusive`, without a file in it.

    Where a folder cannot be locked (Windows, some network file systems), a hidden lock file beside it is.
    """
    held = _held_folder(folder)
    try:
        if held is None:
            with exclusive(folder.with_name(f".{folder.name}.lock")):
                recovered(folder.resolve())
                folder.mkdir(parents=True, exist_ok=True)
                yield
        else:
            yield
    finally:
        if held is not None:
            os.close(held)


def _held_folder(folder: Path) -> int | None:
    """The folder, open and locked; None where folders cannot be. What another has put in its place is tried anew."""
    if sys.platform == "win32":
        return None
    for _ in range(_MOST_TRIES):
        if not recovered(folder.resolve()):
            break
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            if not locked(descriptor):
                os.close(descriptor)
                break
            if os.path.samestat(os.fstat(descriptor), folder.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except OSError:
            os.close(descriptor)
            return None
        os.close(descriptor)
    raise Locked(str(folder))


def _stays(_: Path) -> bool:
    return False


def _nothing() -> None:
    return


@contextmanager
def replaced_together(folder: Path, *, goes: Goes = _stays, then: Callable[[], None] | None = None) -> Iterator[Path]:
    """A staging folder whose files (and sets of files) are those of `folder` when the block ends without error.

    `folder` is replaced as a whole, at one moment (`gis.exchange`). Its files that were not written stay, unless they
    go. After an error nothing has changed, also where it is what is done at once `then` that fails. Where the folder
    itself cannot be replaced, since something is mounted there or nothing may be written beside it, files take their
    places one after the other.
    """
    place = folder.resolve()
    recovered(place)
    folder.mkdir(parents=True, exist_ok=True)
    clear_litter(place)
    for litter in (place / STAGING, place / f"{STAGING}-before"):
        shutil.rmtree(litter, ignore_errors=True)
    with staging_beside(place) as beside:
        staging = beside or place / STAGING
        staging.mkdir(exist_ok=True)
        try:
            yield staging
            _check_kinds(staging, place)
            with ThreadPoolExecutor() as threads:
                list(threads.map(sync, [path for path in staging.rglob("*") if not path.is_symlink()]))
            _take_place(staging, place, goes, then or _nothing)
        finally:
            shutil.rmtree(place / STAGING, ignore_errors=True)
            shutil.rmtree(place / f"{STAGING}-before", ignore_errors=True)


def _check_kinds(staging: Path, place: Path) -> None:
    """Raises where a folder stands in the place of a file, or a file in that of a folder."""
    for path in staging.iterdir():
        there = place / path.name
        if os.path.lexists(there) and there.is_dir() != path.is_dir():
            found, wanted = ("folder", "file") if there.is_dir() else ("file", "folder")
            raise IsADirectoryError(f"{there} is a {found}; a {wanted} is to stand there")


def _take_place(staging: Path, place: Path, goes: Goes, then: Callable[[], None]) -> None:
    if staging.parent == place:
        _one_by_one(staging, place, goes, then)
        return
    written = sorted(staging.iterdir())
    try:
        take_place(staging, place, goes, then)
    except OSError as error:
        if error.errno not in FIXED or sys.platform == "win32":  # there, somebody has a file of it open
            raise
        inside = place / STAGING
        inside.mkdir()
        for path in written:
            second(path, inside / path.name)
        _one_by_one(inside, place, goes, then)


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
        sync(staged)
        staged.replace(path)
        sync(path.parent)
    finally:
        staged.unlink(missing_ok=True)


def _one_by_one(staging: Path, folder: Path, goes: Goes, then: Callable[[], None]) -> None:
    """Renames what was staged into its place; on an error puts back what was there."""
    before = folder / f"{STAGING}-before"
    before.mkdir()
    names = sorted(path.name for path in staging.iterdir())
    going = sorted(path.name for path in folder.iterdir() if path.name not in {*names, STAGING, before.name})
    done: list[str] = []
    try:
        for name in names:
            if (folder / name).is_dir() and not (folder / name).is_symlink():
                (folder / name).rename(before / name)
            elif os.path.lexists(folder / name):
                second(folder / name, before / name)
            done.append(name)
            (staging / name).replace(folder / name)
        for name in going:
            if goes(folder / name):
                (folder / name).rename(before / name)
                done.append(name)
        sync(folder)
        then()
    except BaseException:
        for name in done:
            _put_back(folder / name, before / name)
        raise


def _put_back(place: Path, before: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    if os.path.lexists(before):
        before.replace(place)
    else:
        place.unlink(missing_ok=True)


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
