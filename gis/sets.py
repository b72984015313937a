"""Sets of GeoParquet files: one part written, and whole sets taken into their places together or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

Holds = Literal["text", "number", "count", "flag"]

# Beside the places of the sets, so that taking them into place is a renaming on one file system.
STAGING = ".headwater-sets-"
_UNFINISHED = ".unfinished-"
# In the metadata of every file of a set that we wrote: what does not bear it is the user's own.
_MARK = {"headwater": "set"}
# In the staging folder, as long as it is to be put back: what stood in the places.
_BEFORE = "before"
_TYPES = {"text": pa.string(), "number": pa.float64(), "count": pa.int64(), "flag": pa.bool_()}


def write_part(frame: gpd.GeoDataFrame, path: Path, columns: Mapping[str, Holds]) -> None:
    """Writes `columns` of a frame in EPSG:4326 and its geometry as one file of a GeoParquet set.

    Every file has the same columns and types, also where nothing or only nulls stand in them; None and NaN are
    null. The file appears under its name when it is complete, so that a part that two processes write does no harm.
    The folder of the set is made if need be, but not the one it lies in: whoever still works for a run that has
    ended writes nowhere.
    """
    fields = {name: _column(frame, name, _TYPES[holds]) for name, holds in columns.items()}
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    table = pa.table({**fields, "geometry": pa.array(shapely.to_wkb(geometry), pa.binary())})
    table = table.replace_schema_metadata({"geo": json.dumps(_geo(geometry), sort_keys=True), **_MARK})
    path.parent.mkdir(exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    with os.fdopen(descriptor, "wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    Path(unfinished).chmod(0o666 & ~_umask())
    Path(unfinished).replace(path)


def _umask() -> int:
    """The rights that new files of this process lack."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _column(frame: gpd.GeoDataFrame, name: str, kind: pa.DataType) -> pa.Array:
    values = frame[name]
    cells = values.to_numpy() if values.dtype.kind in "fib" else values.to_numpy(dtype=object)
    return pa.array(cells, kind, from_pandas=True)


def _geo(geometry: np.ndarray) -> dict[str, object]:
    """What GeoParquet 1.1 says of the column of geometry."""
    kinds = sorted({str(kind) for kind in gpd.array.from_shapely(geometry).geom_type if kind})
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": kinds, "crs": CRS.from_epsg(4326).to_json_dict()}
    if len(geometry):
        column["bbox"] = [float(side) for side in shapely.total_bounds(geometry)]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _is_ours(path: Path) -> bool:
    """Whether nothing would be lost but what we wrote: a folder, no link to one, of files that bear our mark."""
    return path.is_dir() and not path.is_symlink() and all(_is_marked(one) for one in path.iterdir())


def _is_marked(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    try:
        metadata = pq.read_schema(file).metadata or {}
    except (pa.ArrowException, OSError, ValueError):
        return False
    return all(metadata.get(name.encode()) == value.encode() for name, value in _MARK.items())


@contextmanager
def sets_exchanged(
    folder: Path, *, written: Sequence[str] = (), leaving: Sequence[str] = (), tables: Sequence[str] = ()
) -> Iterator[SetsInWork]:
    """The sets `written` being made for `folder`; the sets `leaving` and files `tables` of earlier runs are to go.

    Of sets only those that we wrote are replaced or go. Raises FileExistsError, before anything is done, where
    something else stands in the place of one that is to be written; elsewhere it stays. When the block ends with an
    error, `folder` holds what it held before, also after `take_places`; where the process was killed, the next call
    puts it back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for litter in sorted(folder.glob(f"{STAGING}*")):
        _put_back_of_killed(folder, litter)
        shutil.rmtree(litter, ignore_errors=True)
    _check_places(folder, written)
    work = SetsInWork(folder, Path(tempfile.mkdtemp(dir=folder, prefix=STAGING)), written, leaving, tables)
    work.staging.chmod(0o777 & ~_umask())  # workers elsewhere may run under another name
    try:
        yield work
    except BaseException:
        work.put_back()  # if that fails, the next call tries again: the staging folder stays
        shutil.rmtree(work.staging, ignore_errors=True)
        raise
    work.stay()
    shutil.rmtree(work.staging, ignore_errors=True)


def _put_back_of_killed(folder: Path, litter: Path) -> None:
    """What a killed run had moved out of the way stands in its place again, instead of the sets it had put there."""
    before = litter / _BEFORE
    if litter.is_symlink() or before.is_symlink() or not before.is_dir():
        return
    for old in sorted(before.iterdir()):
        place = folder / old.name
        if _is_ours(place):
            place.rename(litter / old.name)
        if not os.path.lexists(place):
            old.rename(place)


def _check_places(folder: Path, written: Sequence[str]) -> None:
    for name in written:
        if os.path.lexists(folder / name) and not _is_ours(folder / name):
            raise FileExistsError(
                f"{folder / name} is to be replaced, but holds what Headwater did not write; move it, or give another "
                "output folder / 此处有并非 Headwater 写出的内容，请移走或另设输出文件夹"
            )


class SetsInWork:
    """The staging folder of some sets, and what stood in their places."""

    def __init__(
        self, folder: Path, staging: Path, written: Sequence[str], leaving: Sequence[str], tables: Sequence[str]
    ) -> None:
        self.folder, self.staging = folder, staging
        self._written, self._leaving, self._tables = written, leaving, tables
        self._taken: list[str] = []
        self._moved: list[str] = []

    def take_places(self) -> None:
        """Moves the sets into their places, and what stood there and what is to go out of the way."""
        for name in self._written:
            for litter in (self.staging / name).glob(f"{_UNFINISHED}*"):
                litter.unlink()  # of a process that was killed
        _check_places(self.folder, self._written)
        before = self.staging / _BEFORE
        before.mkdir()
        for name in self._in_the_way():
            (self.folder / name).rename(before / name)
            self._moved.append(name)
        for name in self._written:
            (self.staging / name).rename(self.folder / name)
            self._taken.append(name)

    def _in_the_way(self) -> list[str]:
        places = {name: self.folder / name for name in (*self._written, *self._leaving, *self._tables)}
        sets = [name for name in (*self._written, *self._leaving) if _is_ours(places[name])]
        return [*sets, *(name for name in self._tables if places[name].is_file())]

    def put_back(self) -> None:
        """Undoes `take_places`."""
        for name in reversed(self._taken):
            (self.folder / name).rename(self.staging / name)
        for name in reversed(self._moved):
            (self.staging / _BEFORE / name).rename(self.folder / name)
        self._taken, self._moved = [], []

    def stay(self) -> None:
        """Lets `take_places` hold for good: from here on, what stood there before is litter, however much is left."""
        if (self.staging / _BEFORE).exists():
            (self.staging / _BEFORE).rename(self.staging / "gone")
