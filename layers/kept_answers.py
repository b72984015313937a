"""What was judged of a layer, and in which surroundings, as bytes for the next run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from layers.columns import frame_of
from layers.row_hashes import Hashes
from layers.rules import FLAGGED_COLUMNS, Judged
from layers.surroundings import Look


class Seen(NamedTuple):
    """What answers followed from: the bits of the sites' rows, what the layers around looked like, their extents."""

    bits: Hashes
    looks: Mapping[str, Look]
    extents: str

    def same(self, other: Seen) -> bool:
        """Whether each row stands where it stood and nothing around it changed."""
        looks = all(np.array_equal(look.bits, other.looks[name].bits) for name, look in self.looks.items())
        return looks and self.extents == other.extents and np.array_equal(self.bits, other.bits)


class Record(NamedTuple):
    """What was judged of a layer's sites, and from what."""

    judged: Judged
    seen: Seen


def packed(record: Record) -> list[bytes | memoryview]:
    """A heading in JSON and one Arrow stream per table."""
    judged = record.judged
    sites = {"bits": record.seen.bits, "level": judged.level, "share": judged.share}
    sites |= {f"blind{at}": column for at, column in enumerate(judged.blind.T)}
    tables = {"sites": pa.table(sites), "flagged": _arrow(judged.flagged)}
    for name, look in record.seen.looks.items():
        boxes = {f"box{at}": column for at, column in enumerate(look.boxes.T)}
        tables[f"look {name}"] = pa.table({"bits": look.bits, "doubt": look.doubt, **boxes})
    streams = {name: _stream(table) for name, table in tables.items()}
    heading = {"extents": record.seen.extents, "tables": {name: len(stream) for name, stream in streams.items()}}
    head = json.dumps(heading).encode()
    return [len(head).to_bytes(8, "little"), head, *streams.values()]


def unpacked(data: memoryview) -> Record:
    """The record of `packed`; its bytes were found undamaged, so nothing is judged about them here."""
    size = 8 + int.from_bytes(data[:8], "little")
    heading: dict[str, Any] = json.loads(bytes(data[8:size]))
    tables: dict[str, pa.Table] = {}
    for name, length in heading["tables"].items():
        tables[name] = pa.ipc.open_stream(pa.py_buffer(data[size : size + length])).read_all()
        size += length
    sites = {name: tables["sites"][name].to_numpy() for name in tables["sites"].column_names}
    blind = [sites[name] for name in sites if name.startswith("blind")]
    codes = np.stack(blind, axis=1) if blind else np.zeros((len(sites["bits"]), 0), np.int8)
    flagged = frame_of({name: tables["flagged"][name].to_numpy() for name in FLAGGED_COLUMNS})
    looks = {
        name.removeprefix("look "): Look(
            table["bits"].to_numpy(),
            np.stack([table[f"box{at}"].to_numpy() for at in range(4)], axis=1),
            table["doubt"].to_numpy(),
        )
        for name, table in tables.items()
        if name.startswith("look ")
    }
    judged = Judged(flagged, codes, sites["level"], sites["share"])
    return Record(judged, Seen(sites["bits"], looks, heading["extents"]))


def _arrow(flagged: pd.DataFrame) -> pa.Table:
    texts = ("text_zh", "text_en")
    kinds = {name: pa.large_utf8() if name in texts else None for name in flagged.columns}
    return pa.table({name: pa.array(flagged[name].to_numpy(), type=kind) for name, kind in kinds.items()})


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())
