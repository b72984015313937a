"""Sets of GeoParquet files: one part written, and whole sets taken into their places together or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    table = table.replace_schema_metadata({"geo": json.dumps(_geo(geometry), sort_keys=True)})
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


@contextmanager
def sets_exchanged(folder: Path, stale: Collection[str]) -> Iterator[SetsInWork]:
    """Sets being written for `folder`, whose results of earlier runs that this run does not write are `stale`.

    When the block ends with an error, `folder` holds what it held before, also after `take_places`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for litter in folder.glob(f"{STAGING}*"):
        shutil.rmtree(litter, ignore_errors=True)
    work = SetsInWork(folder, Path(tempfile.mkdtemp(dir=folder, prefix=STAGING)), sorted(stale))
    work.staging.chmod(0o777 & ~_umask())  # workers elsewhere may run under another name
    try:
        yield work
    except BaseException:
        work.put_back()
        raise
    finally:
        shutil.rmtree(work.staging, ignore_errors=True)


class SetsInWork:
    """The staging folder of some sets, and what stood in their places."""

    def __init__(self, folder: Path, staging: Path, stale: Sequence[str]) -> None:
        self.folder, self.staging, self._stale = folder, staging, stale
        self._taken: list[str] = []
        self._moved: list[str] = []

    def take_places(self, names: Sequence[str]) -> None:
        """Moves the sets `names` into their places, and what stood there and what is stale out of the way."""
        for name in names:
            for litter in (self.staging / name).glob(f"{_UNFINISHED}*"):
                litter.unlink()  # of a process that was killed
        before = self.staging / "before"
        before.mkdir()
        for name in dict.fromkeys((*names, *self._stale)):
            if (self.folder / name).exists():
                (self.folder / name).rename(before / name)
                self._moved.append(name)
        for name in names:
            (self.staging / name).rename(self.folder / name)
            self._taken.append(name)

    def put_back(self) -> None:
        """Undoes `take_places`."""
        for name in reversed(self._taken):
            (self.folder / name).rename(self.staging / name)
        for name in reversed(self._moved):
            (self.staging / "before" / name).rename(self.folder / name)
        self._taken, self._moved = [], []
