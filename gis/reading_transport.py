"""What was read of a file, through a pipe: messages in JSON; columns and geometry as Arrow streams.

A message is 8 bytes of length and JSON. An answer is a message with the facts of all tables, and for each table a
stream of its geometry, of its row numbers where they have gaps, of each column, and of the places of its faults.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.columns import Objects, Texts, objects, objects_of
from gis.faults import Fault
from gis.geoarrow import plain_points, points_of
from gis.reading import Reading

_ROWS = 1 << 16  # sent at a time: the other side makes objects of them meanwhile
_LONGEST_MESSAGE = 1 << 32
# Text that Arrow does not take, because it holds half of a surrogate pair, goes as bytes.
_ODD = "surrogatepass"


class Pipe(Protocol):
    """The end of a pipe that is read from."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """The end of a pipe that is written to."""

    def write(self, data: Any, /) -> int: ...
    def flush(self) -> None: ...


class Broken(Exception):
    """The other side has ended, or sent what is no message."""


def send_message(content: Mapping[str, Any], sink: Sink) -> None:
    """Writes one message."""
    data = json.dumps(content).encode("ascii")
    sink.write(len(data).to_bytes(8, "little") + data)
    sink.flush()


def receive_message(pipe: Pipe) -> dict[str, Any]:
    """The next message; raises Broken where there is none."""
    head = pipe.read(8)
    size = int.from_bytes(head, "little")
    if len(head) < 8 or size > _LONGEST_MESSAGE:
        raise Broken
    data = pipe.read(size)
    if len(data) < size:
        raise Broken
    content = json.loads(data)
    if not isinstance(content, dict):
        raise Broken
    return content


def told(faults: Iterable[Fault]) -> list[list[Any]]:
    """The faults as JSON has them."""
    return [[one.code, one.file, one.layer, one.row, one.column, one.value, dict(one.facts)] for one in faults]


def faults_of(content: Iterable[list[Any]]) -> list[Fault]:
    """The faults that `told` has told."""
    return [Fault(*one) for one in content]


# --- From the process that reads -------------------------------------------------------------


def send_readings(readings: list[Reading], sink: Sink) -> None:
    """Writes what was read of one file."""
    send_message({"tables": [_heading(one) for one in readings]}, sink)
    for one in readings:
        for columns in _streams(one):
            table = pa.table(columns)
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table, max_chunksize=_ROWS)
    sink.flush()


def _heading(reading: Reading) -> dict[str, Any]:
    numbers = reading.numbers
    first = int(numbers[0]) if len(numbers) else 1
    counted = np.array_equal(numbers, np.arange(first, first + len(numbers)))
    return {
        "table": reading.table,
        "rows": len(numbers),
        "first": first if counted else None,
        "columns": list(reading.columns),
        "facts": dict(reading.facts),
        "faults": told(reading.faults),
        "places": len(reading.places),
    }


def _streams(reading: Reading) -> Iterator[dict[str, pa.ChunkedArray]]:
    yield _geometry(reading.geometry)
    if _heading_first(reading) is None:
        yield {"row": pa.array(reading.numbers)}
    for values in reading.columns.values():
        yield {"text": _text(values)}
    if reading.places:
        rows, places = list(reading.places), objects(list(reading.places.values()))
        yield {"row": pa.array(rows, pa.int64()), "wkb": pa.array(shapely.to_wkb(places), pa.large_binary())}


def _heading_first(reading: Reading) -> int | None:
    first: int | None = _heading(reading._replace(faults=[], facts={}))["first"]
    return first


def _geometry(geometry: Objects) -> dict[str, pa.Array]:
    if (plain := plain_points(geometry)) is not None:
        return _axes(plain.coordinates)
    if shapely.is_missing(geometry).all():
        return {"none": pa.nulls(len(geometry))}
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all() and not shapely.is_empty(geometry).any():
        return _axes(shapely.get_coordinates(geometry))
    return {"wkb": pa.array(shapely.to_wkb(geometry), pa.large_binary())}


def _axes(coordinates: NDArray[np.float64]) -> dict[str, pa.Array]:
    return {"x": pa.array(coordinates[:, 0]), "y": pa.array(coordinates[:, 1])}


def _text(values: Any) -> pa.ChunkedArray | pa.Array:
    if isinstance(values, Texts):
        return values.cells
    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([None if one is None else one.encode("utf-8", _ODD) for one in values], pa.large_binary())


# --- To the process that asked ---------------------------------------------------------------


def receive_readings(content: Mapping[str, Any], pipe: Pipe) -> list[Reading]:
    """What was read of a file, after the message `content`; raises Broken, or one of Arrow's where it is none."""
    return [_reading(heading, pipe) for heading in content["tables"]]


def _reading(heading: Mapping[str, Any], pipe: Pipe) -> Reading:
    rows, first = heading["rows"], heading["first"]
    geometry = _received(pipe, rows)
    numbers = np.arange(first, first + rows) if first is not None else _received(pipe, rows)
    columns = {name: _received(pipe, rows) for name in heading["columns"]}
    places: dict[int, Any] = {}
    if heading["places"]:
        with pa.ipc.open_stream(pipe) as stream:
            table = stream.read_all()
        places = dict(zip(table["row"].to_pylist(), shapely.from_wkb(table["wkb"].to_numpy()), strict=True))
    faults = faults_of(heading["faults"])
    return Reading(columns, geometry, numbers, faults, heading["table"], heading["facts"], places)


def _received(pipe: Pipe, rows: int) -> NDArray[Any]:
    """One stream as an array, made batch by batch while the next ones come."""
    made: NDArray[Any] | None = None
    start = 0
    with pa.ipc.open_stream(pipe) as stream:
        for batch in stream:
            values = _values(batch)
            if made is None:
                made = np.empty(rows, dtype=values.dtype)
            made[start : start + len(values)] = values
            start += len(values)
    if start != rows:
        raise Broken
    return np.empty(0, dtype=object) if made is None else made


def _values(batch: pa.RecordBatch) -> NDArray[Any]:
    batch.validate(full=True)
    names = batch.schema.names
    if names == ["x", "y"]:
        return points_of(np.column_stack([batch["x"].to_numpy(), batch["y"].to_numpy()]))
    column = batch.column(0)
    if names == ["wkb"]:
        return cast("Objects", shapely.from_wkb(column.to_numpy(zero_copy_only=False)))
    if names == ["row"]:
        return cast("NDArray[Any]", column.to_numpy())
    if names == ["none"]:
        return np.full(len(column), None, dtype=object)
    if pa.types.is_large_binary(column.type):
        return objects([None if one is None else one.decode("utf-8", _ODD) for one in column.to_pylist()])
    return objects_of(pa.chunked_array([column]))
