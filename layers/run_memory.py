"""What a recorded run leaves for later ones in the archive: what it said, and who was who, as one piece of bytes.

Comparing with the outputs themselves would mean reading a GeoPackage in every run; this is read in a moment.
"""

from __future__ import annotations

import json
import struct
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from layers.columns import frame_of
from layers.known_ids import KNOWN_COLUMNS
from layers.past_runs import PastRun

_MAGIC = b"headwater-memory 1\n"
_LENGTH = struct.Struct("<Q")
_FRAMES = ("findings", "sites", "zones", "sections")
_TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))
_NUMBERS = frozenset({"lon", "lat", "accuracy_m", "distance_m"})


class NoMemory(ValueError):
    """Bytes that are no memory of a run, or of one that this version cannot read."""


class Memory(NamedTuple):
    """What a recorded run left: `said`, to be compared with, and `known`, who was who (`layers.known_ids`)."""

    said: PastRun
    known: pd.DataFrame


def bytes_of_memory(memory: Memory) -> bytes:
    """The bytes to be put into the archive."""
    said = memory.said
    frames = {name: frame for name in _FRAMES if (frame := getattr(said, name)) is not None}
    head = {
        "facts": said.facts,
        "blind": [[*key, count] for key, count in sorted(said.blind.items())],
        "identities": [[*key, name] for key, name in sorted(said.identities.items())],
        "asked": sorted(said.asked),
        "aliases": [[*key, name] for key, name in sorted(said.aliases.items())],
        "index": {name: list(frame.index.names) for name, frame in frames.items()},
    }
    pieces = [json.dumps(head, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass")]
    pieces += [_stream(frame.reset_index()) for frame in frames.values()]
    pieces.append(_stream(memory.known))
    return _MAGIC + b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces)


def _stream(frame: pd.DataFrame) -> bytes:
    arrays = [pa.array(frame[name].array, from_pandas=True) for name in frame.columns]
    arrays = [one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in arrays]
    table = pa.table([_narrow(one) for one in arrays], names=[str(name) for name in frame.columns])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _narrow(values: pa.Array) -> pa.Array:
    """Texts that often repeat as numbers of a list of them."""
    if not pa.types.is_large_string(values.type) and not pa.types.is_string(values.type):
        return values.cast(pa.large_string()) if pa.types.is_null(values.type) else values
    listed = values.cast(pa.large_string()).dictionary_encode()
    return listed if 2 * len(listed.dictionary) < len(values) else values.cast(pa.large_string())


def memory_of(data: bytes) -> Memory:
    """What such bytes hold; NoMemory where they are none."""
    if not data.startswith(_MAGIC):
        raise NoMemory(f"expected {_MAGIC!r}, found {data[: len(_MAGIC)]!r}")
    pieces, at = [], len(_MAGIC)
    try:
        while at < len(data):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            pieces.append(data[at : at + length])
            at += length
        head = json.loads(pieces[0].decode("utf-8", "surrogatepass"))
        frames = {
            name: _frame(piece).set_index(head["index"][name])
            for name, piece in zip((one for one in _FRAMES if one in head["index"]), pieces[1:], strict=False)
        }
        known = _known(_frame(pieces[1 + len(frames)]))
    except (struct.error, json.JSONDecodeError, UnicodeDecodeError, KeyError, IndexError, pa.ArrowException) as error:
        raise NoMemory(f"{type(error).__name__}: {error}") from None
    said = PastRun(
        frames["findings"],
        frames["sites"],
        frames.get("zones"),
        frames.get("sections"),
        head["facts"],
        {(layer, rule): count for layer, rule, count in head["blind"]},
        {(layer, own): name for layer, own, name in head["identities"]},
        frozenset((layer, name) for layer, name in head["asked"]),
        {(layer, own): name for layer, own, name in head["aliases"]},
    )
    return Memory(said, known)


def _frame(stream: bytes) -> pd.DataFrame:
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    columns = {}
    for name in table.column_names:
        values = table[name].combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        text = pa.types.is_large_string(values.type)
        columns[name] = _TEXT.__from_arrow__(values) if text else values.to_numpy(zero_copy_only=False)
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    plain = {
        name: frame[name].to_numpy(dtype=float if name in _NUMBERS else bool if name == "present" else object)
        for name in KNOWN_COLUMNS
    }
    return frame_of(plain)
