"""Sets of GeoParquet files: one part written, and which sets are ours to be replaced."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

Holds = Literal["text", "number", "count", "flag"]

_UNFINISHED = ".unfinished-"
# In the metadata of every file of a set that we wrote: what does not bear it is the user's own.
_MARK = {"headwater": "set"}
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


def is_ours(path: Path) -> bool:
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


def check_places(folder: Path, written: Sequence[str]) -> None:
    """Raises FileExistsError where something that is not a set of ours stands in the place of one to be written."""
    for name in written:
        if os.path.lexists(folder / name) and not is_ours(folder / name):
            raise FileExistsError(
                f"{folder / name} is to be replaced, but holds what Headwater did not write; move it, or give another "
                "output folder / 此处有并非 Headwater 写出的内容，请移走或另设输出文件夹"
            )


def clear_unfinished(staging: Path, written: Sequence[str]) -> None:
    """Takes away what processes that were killed left unfinished in the sets."""
    for name in written:
        for litter in (staging / name).glob(f"{_UNFINISHED}*"):
            litter.unlink()
