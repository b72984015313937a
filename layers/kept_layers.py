"""A layer as it was read, as bytes for the next run: zones seldom change, and reading takes longer than judging."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from layers.columns import frame_of, objects

_GEOMETRY = "geometry"


def packed(frame: gpd.GeoDataFrame, told: Mapping[str, Any]) -> list[bytes | memoryview] | None:
    """The frame of a layer and what was told of it (JSON) as bytes; None where a column has values of several kinds."""
    try:
        columns = {str(name): _packed_column(frame[name]) for name in frame.columns}
    except pa.ArrowException:
        return None
    head = json.dumps({"told": told, "crs": frame.crs.to_string()}, ensure_ascii=False).encode()
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return [len(head).to_bytes(8, "little"), head, memoryview(sink.getvalue())]


def unpacked(data: memoryview) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """The frame and what was told of it, as they were given to `packed`."""
    size = 8 + int.from_bytes(data[:8], "little")
    heading: dict[str, Any] = json.loads(bytes(data[8:size]))
    table = pa.ipc.open_stream(pa.py_buffer(data[size:])).read_all()
    columns = {name: _column(table[name]) for name in table.column_names if name != _GEOMETRY}
    geometry = gpd.GeoSeries(shapely.from_wkb(table[_GEOMETRY].to_numpy()), crs=heading["crs"])
    return gpd.GeoDataFrame(frame_of(columns), geometry=geometry, crs=heading["crs"]), heading["told"]


def _packed_column(values: pd.Series) -> pa.Array:
    if values.name == _GEOMETRY:
        return pa.array(shapely.to_wkb(values.to_numpy(), byte_order=1, flavor="iso"), pa.large_binary())
    if values.dtype != object:
        return pa.array(values.to_numpy())
    found = pa.array(values.to_numpy())  # one kind of values, or an exception
    if pa.types.is_string(found.type):
        found = found.cast(pa.large_string())
    return found.dictionary_encode() if pa.types.is_large_string(found.type) else found


def _column(column: pa.ChunkedArray) -> NDArray[Any]:
    """Numbers as they are; texts (each distinct one once), truth values and None as objects."""
    if pa.types.is_dictionary(column.type):
        whole = column.combine_chunks()
        words = objects([*whole.dictionary.to_pylist(), None])
        return np.asarray(words[whole.indices.fill_null(len(words) - 1).to_numpy()], dtype=object)
    if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return objects(column.to_pylist())
    return np.asarray(column.to_numpy())
