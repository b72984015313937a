"""What was read of a file, through a pipe: columns and geometry as Arrow streams, the rest as a message.

An answer is a message with the facts of all tables, and for each table a stream of its geometry, of its row numbers
where they have gaps, of each column, and of the places of its faults.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.columns import Objects, Texts, objects
from gis.faults import InputError
from gis.geoarrow import plain_points, points_of
from gis.grids import Grid, grids_of
from gis.parquet import Part
from gis.reading import NotPlain, Reading
from gis.reading_messages import Broken, Pipe, Sink, faults_of, receive_message, send_message, told
from gis.tiles import Tile, Tiles

_ROWS = 1 << 16  # sent at a time: the other side makes objects of them meanwhile
_UNDER_WAY = 4  # pieces that are sent while the next one is read
# Text that Arrow does not take, because it holds half of a surrogate pair, goes as bytes.
_ODD = "surrogatepass"


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


def send_ahead(pieces: Iterator[tuple[int, Reading]], sink: Sink) -> bool:
    """Writes one table piece by piece; whether it holds, else who asked forgets it and the next answer counts."""
    try:
        rows, first = next(pieces)
    except NotPlain:
        return False
    send_message({"ahead": rows}, sink)
    batch = _batch(first, None)
    # The next piece is read while one is on its way: whoever makes objects of it empties the pipe slowly.
    with pa.ipc.new_stream(sink, batch.schema) as stream, ThreadPoolExecutor(1) as sender:
        waiting = deque([sender.submit(stream.write_batch, batch)])
        try:
            for _, piece in pieces:
                waiting.append(sender.submit(stream.write_batch, _batch(piece, batch.schema)))
                if len(waiting) > _UNDER_WAY:
                    waiting.popleft().result()
        except NotPlain:
            return False
        finally:
            for one in waiting:
                one.result()
    facts = {**first.facts, "rows_read": rows}
    heading = _heading(first._replace(facts=facts, numbers=np.arange(1, rows + 1)))
    send_message({"tables": [{**heading, "ahead": True}]}, sink)
    return True


def _batch(piece: Reading, schema: pa.Schema | None) -> pa.RecordBatch:
    """A piece of a table of plain points, its columns as those of the first piece are."""
    columns = {**_geometry(piece.geometry), **{str(at): _text(one) for at, one in enumerate(piece.columns.values())}}
    table = pa.table(columns)
    if schema is not None:
        table = pa.table(
            [_like(column, field.type) for column, field in zip(table.columns, schema, strict=True)], schema
        )
    (batch,) = table.combine_chunks().to_batches()
    return batch


def _like(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).dictionary_encode()
    return (column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column).cast(kind)


def _heading(reading: Reading) -> dict[str, Any]:
    return {
        "table": reading.table,
        "rows": len(reading.numbers),
        "first": _first(reading.numbers),
        "columns": list(reading.columns),
        "further": list(reading.further),
        "facts": dict(reading.facts),
        "faults": told(reading.faults),
        "places": len(reading.places),
    }


def _first(numbers: NDArray[np.int64]) -> int | None:
    """The number of the first row where the others follow without a gap, else None."""
    first = int(numbers[0]) if len(numbers) else 1
    return first if np.array_equal(numbers, np.arange(first, first + len(numbers))) else None


def _streams(reading: Reading) -> Iterator[dict[str, pa.ChunkedArray]]:
    yield _geometry(reading.geometry)
    if _first(reading.numbers) is None:
        yield {"row": pa.array(reading.numbers)}
    for values in (*reading.columns.values(), *reading.further.values()):
        yield {"text": _text(values)}
    if reading.places:
        rows, places = list(reading.places), objects(list(reading.places.values()))
        yield {"row": pa.array(rows, pa.int64()), "wkb": pa.array(shapely.to_wkb(places), pa.large_binary())}


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


def receive_readings(pipe: Pipe) -> list[Reading]:
    """What was read of a file; raises InputError with the faults that were answered instead, or Broken."""
    try:
        content, ahead = receive_message(pipe), None
        if "ahead" in content:
            ahead = _arrays(pipe, content["ahead"])
            content = receive_message(pipe)
        if "faults" in content:
            raise InputError(faults_of(content["faults"]))
        return [_reading(heading, pipe, ahead) for heading in content["tables"]]
    except InputError:
        raise
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise Broken from error


def receive_parts(pipe: Pipe) -> list[Part]:
    """The parts of a set; raises InputError with the faults that were answered instead, or Broken."""
    content = receive_message(pipe)
    if "faults" in content:
        raise InputError(faults_of(content["faults"]))
    return [
        Part(Path(path), rows, first_row, None if bounds is None else tuple(bounds))
        for path, rows, first_row, bounds in content["parts"]
    ]


def receive_grids(pipe: Pipe) -> list[Grid]:
    """The cells of a table; raises InputError with the faults that were answered instead, or Broken."""
    content = receive_message(pipe)
    if "faults" in content:
        raise InputError(faults_of(content["faults"]))
    return grids_of(content["grids"])


def send_tiles(found: Tiles, sink: Sink) -> None:
    """Writes tiles for `receive_tiles`: where each lies and how long it is, then their bytes."""
    rows = [[tile.z, tile.x, tile.y, len(tile.data)] for tile in found.tiles]
    send_message({"kind": found.kind, "credit": found.credit, "left_out": found.left_out, "tiles": rows}, sink)
    sink.write(b"".join(tile.data for tile in found.tiles))
    sink.flush()


def receive_tiles(pipe: Pipe) -> Tiles:
    """The tiles that `send_tiles` has written; InputError with the faults that came instead."""
    heading = receive_message(pipe)
    if "faults" in heading:
        raise InputError(faults_of(heading["faults"]))
    tiles = []
    for z, x, y, size in heading["tiles"]:
        data = pipe.read(size)
        if len(data) < size:
            raise Broken
        tiles.append(Tile(z, x, y, data))
    return Tiles(heading["kind"], heading["credit"], tiles, heading["left_out"])


def _reading(heading: Mapping[str, Any], pipe: Pipe, ahead: list[NDArray[Any]] | None) -> Reading:
    rows, first = heading["rows"], heading["first"]
    if heading.get("ahead"):
        geometry, *texts = ahead or []
        if len(geometry) != rows:
            raise Broken
    else:
        geometry = _array(pipe, rows)
    numbers = np.arange(first, first + rows) if first is not None else _array(pipe, rows)
    if not heading.get("ahead"):
        texts = [_array(pipe, rows) for _ in heading["columns"]]
    columns = dict(zip(heading["columns"], texts, strict=True))
    further = {name: _array(pipe, rows) for name in heading["further"]}
    places: dict[int, Any] = {}
    if heading["places"]:
        with pa.ipc.open_stream(pipe) as stream:
            table = stream.read_all()
        places = dict(zip(table["row"].to_pylist(), _geometry_of(table["wkb"]), strict=True))
    faults = faults_of(heading["faults"])
    return Reading(columns, geometry, numbers, faults, heading["table"], heading["facts"], places, further)


def _array(pipe: Pipe, rows: int) -> NDArray[Any]:
    """A stream of one column as an array of so many rows."""
    (array,) = _arrays(pipe, rows)
    if len(array) != rows:
        raise Broken
    return array


def _arrays(pipe: Pipe, rows: int) -> list[NDArray[Any]]:
    """The columns of one stream, made batch by batch while the next ones come; of `rows` rows, or fewer."""
    made: list[NDArray[Any]] = []
    start = 0
    with pa.ipc.open_stream(pipe) as stream:
        for batch in stream:
            batch.validate(full=True)
            columns = _columns(batch)
            made = made or [np.empty(rows, dtype=kind) for kind, _ in columns]
            for array, (_, fill) in zip(made, columns, strict=True):
                fill(array[start : start + len(batch)])
            start += len(batch)
    return [array[:start] for array in made] or [np.empty(0, dtype=object)]


def _columns(batch: pa.RecordBatch) -> list[tuple[type, Callable[[NDArray[Any]], object]]]:
    """For each array that a batch is a part of: its type, and what fills that part."""
    names, columns = batch.schema.names, batch.columns
    if names == ["row"]:
        return [(np.int64, partial(_copy, columns[0].to_numpy()))]
    if names[0] == "x":
        coordinates = np.column_stack([columns[0].to_numpy(), columns[1].to_numpy()])
        return [(object, partial(points_of, coordinates)), *((object, partial(_fill, one)) for one in columns[2:])]
    if names == ["wkb"]:
        return [(object, partial(_copy, _geometry_of(columns[0])))]
    return [(object, partial(_fill, columns[0]))]


def _geometry_of(wkb: pa.Array | pa.ChunkedArray) -> Objects:
    """The geometry of a column of WKB, whose coordinates may be NaN: `gis.repair` judges that."""
    with np.errstate(invalid="ignore"):
        made: Objects = shapely.from_wkb(np.asarray(wkb.to_pylist(), dtype=object))
    return made


def _copy(values: NDArray[Any], part: NDArray[Any]) -> None:
    part[:] = values


def _fill(column: pa.Array, part: Objects) -> None:
    """Makes the cells of `part`."""
    if pa.types.is_null(column.type):
        part[:] = None
    elif pa.types.is_large_binary(column.type):
        part[:] = [None if one is None else one.decode("utf-8", _ODD) for one in column.to_pylist()]
    elif pa.types.is_dictionary(column.type):
        words = objects([*column.dictionary.to_pylist(), None])
        np.take(words, column.indices.fill_null(len(words) - 1).to_numpy(), out=part)
    else:
        part[:] = column.to_numpy(zero_copy_only=False)
