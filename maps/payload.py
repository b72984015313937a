"""Frames as compact columns: one island of bytes per frame, which the page unpacks without a library.

An island is deflate-raw of: 4 bytes (length of the heading, little endian), the heading as JSON, the body.
The heading names the columns and where their blocks lie in the body (`[at, size]`); `places` are the columns
that we add ourselves (positions, outlines, links), apart from those whose names come from the data:

- `text`: all texts as one UTF-8 blob, and their lengths in UTF-16 units (what the page counts in);
- `codes`: a number of 1, 2 or 4 bytes per row, and the words they stand for, themselves a `text`;
- `number`: `value * scale`, rounded, as a varint; 0 stands for no value;
- `deltas`: differences of whole numbers, zigzag, as varints; `counts`: whole numbers as varints;
- `bytes`: whole numbers of one or two bytes, the lowest bytes of all numbers first;
- `files`: the bytes of whole files, one after the other, and their lengths as varints;
- `curve`: differences of differences, zigzag, the lowest bytes of all numbers first, then the second lowest
  (of smooth outlines these deflate a fifth better than varints, and unpack faster).

Coordinates are whole numbers on a Mercator grid of 2^28 cells around the Earth (0.15 m at the equator).
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gis.cells import cell_bytes, number_texts, texts

GRID_BITS = 28
MAX_LATITUDE = 85.0511287798066
COMPRESSION = 6
PACKING = f"deflate {COMPRESSION} by zlib {zlib.ZLIB_RUNTIME_VERSION}"  # by another, the same may become other bytes
# From so many rows on, neighbours on the ground become neighbours in the file; below, the frame's order is kept.
SORT_FROM = 5_000
NO_NUMBERS: Mapping[str, int] = MappingProxyType({})

Integers = NDArray[np.int64]
Texts = Any  # a column of text in Arrow (large_string), without nulls
Block = list[int]


class Island:
    """A frame being packed: `add_…` appends a column, `packed` gives the bytes."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: list[dict[str, Any]] = []
        self.places: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self._body: list[bytes] = []
        self._size = 0

    def add_block(self, data: bytes) -> Block:
        """Where `data` lies in the body."""
        place = [self._size, len(data)]
        self._body.append(data)
        self._size += len(data)
        return place

    def add_text(self, name: str, texts: Texts) -> None:
        self.columns.append({"name": name, "type": "text", **self._text(texts)})

    def add_words(self, name: str, texts: Texts) -> None:
        """A text column, as codes where words repeat and as plain text where they do not."""
        codes = texts.dictionary_encode()
        if len(texts) > 64 and len(codes.dictionary) > 0.6 * len(texts):
            self.add_text(name, texts)
        else:
            self._codes(name, codes)

    def add_codes(self, name: str, texts: Texts) -> None:
        self._codes(name, texts.dictionary_encode())

    def _codes(self, name: str, codes: Any) -> None:
        words = codes.dictionary
        width = 1 if len(words) <= 0xFF else 2 if len(words) <= 0xFFFF else 4
        block = self.add_block(codes.indices.to_numpy().astype(f"<u{width}").tobytes())
        words_of = {"count": len(words), **self._text(words)}
        self.columns.append({"name": name, "type": "codes", "width": width, "block": block, "words": words_of})

    def add_number(self, name: str, values: NDArray[np.float64], *, scale: int) -> None:
        known = np.isfinite(values)
        whole = np.rint(np.where(known, values, 0.0) * scale).astype(np.int64)
        stored = np.where(known, _zigzag(whole) + 1, 0)
        self.columns.append({"name": name, "type": "number", "scale": scale, "block": self.add_block(varints(stored))})

    def add_deltas(self, name: str, values: Integers) -> None:
        steps = np.diff(values, prepend=np.int64(0))
        self.places.append({"name": name, "type": "deltas", "block": self.add_block(varints(_zigzag(steps)))})

    def add_counts(self, name: str, values: Integers) -> None:
        self.places.append({"name": name, "type": "counts", "block": self.add_block(varints(values))})

    def add_curve(self, name: str, values: Integers) -> None:
        bends = np.diff(np.diff(values, prepend=np.int64(0)), prepend=np.int64(0))
        bytes_of = _zigzag(bends).astype("<u4").view(np.uint8).reshape(-1, 4)
        self.places.append({"name": name, "type": "curve", "block": self.add_block(bytes_of.T.tobytes())})

    def add_bytes(self, name: str, values: Integers, *, width: int) -> None:
        """Whole numbers of `width` bytes, the lowest bytes of all first."""
        planes = values.astype("<u4").view(np.uint8).reshape(-1, 4).T[:width]
        self.places.append({"name": name, "type": "bytes", "block": self.add_block(planes.tobytes())})

    def add_files(self, name: str, files: Sequence[bytes]) -> None:
        """Whole files, one after the other, each with its length."""
        lengths = self.add_block(varints(np.array([len(one) for one in files], dtype=np.int64)))
        block = self.add_block(b"".join(files))
        self.places.append({"name": name, "type": "files", "lengths": lengths, "block": block})

    def raw(self) -> list[bytes]:
        """The island's bytes before they are deflated, in pieces."""
        heading = {"rows": self.rows, "columns": self.columns, "places": self.places, **self.facts}
        head = json.dumps(heading, ensure_ascii=False, separators=(",", ":")).encode()
        return [len(head).to_bytes(4, "little"), head, *self._body]

    def packed(self) -> bytes:
        """The island's bytes: the same columns give the same bytes."""
        press = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
        return b"".join([*map(press.compress, self.raw()), press.flush()])

    def _text(self, texts: Texts) -> dict[str, Any]:
        return {"lengths": self.add_block(varints(_units(texts))), "text": self.add_block(cell_bytes(texts).tobytes())}


def pack_frame(frame: pd.DataFrame, *, numbers: Mapping[str, int] = NO_NUMBERS, coded: Collection[str] = ()) -> Island:
    """An island with every column of `frame` but its geometry.

    `numbers` are columns kept as numbers -> scale; `coded` are columns of words kept as codes even where few repeat.
    """
    island = Island(len(frame))
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    for name in frame.columns:
        if name == geometry:
            continue
        if name in numbers:
            values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
            island.add_number(str(name), values, scale=numbers[name])
        elif name in coded:
            island.add_codes(str(name), page_texts(frame[name]))
        else:
            island.add_words(str(name), page_texts(frame[name]))
    return island


class Shapes(NamedTuple):
    """Outlines in one row after the other: lines per row, whether a row is an area, vertices per line, all vertices."""

    parts: Integers
    area: Integers
    vertices: Integers
    coordinates: NDArray[np.float64]


def shapes_of(geometry: Sequence[Any] | NDArray[Any]) -> Shapes:
    """The outlines of geometries.

    Rings of an area, holes included, are parts of it: drawn and tested by the even-odd rule. Missing and
    empty geometry has no parts. A point is a part of one vertex.
    """
    shapes = np.asarray(geometry, dtype=object)
    pieces, rows = shapely.get_parts(shapes, return_index=True)
    while len(nested := np.flatnonzero(shapely.get_type_id(pieces) > 3)):
        inner, index = shapely.get_parts(pieces[nested], return_index=True)
        kept = np.setdiff1d(np.arange(len(pieces)), nested)
        pieces = np.concatenate([pieces[kept], inner])
        rows = np.concatenate([rows[kept], rows[nested][index]])
    areas = shapely.get_type_id(pieces) == 3
    rings, ring_of = shapely.get_rings(pieces[areas], return_index=True)
    parts = np.concatenate([rings, pieces[~areas]])
    rows = np.concatenate([rows[areas][ring_of], rows[~areas]])
    area = np.concatenate([np.ones(len(rings), bool), np.zeros(len(parts) - len(rings), bool)])
    filled = ~shapely.is_empty(parts)
    parts, rows, area = parts[filled], rows[filled], area[filled]
    order = np.argsort(rows, kind="stable")
    parts, rows, area = parts[order], rows[order], area[order]
    coordinates = shapely.get_coordinates(parts)
    is_area = np.zeros(len(shapes), dtype=np.int64)
    is_area[rows[area]] = 1
    counts = np.bincount(rows, minlength=len(shapes)).astype(np.int64)
    return Shapes(counts, is_area, shapely.get_num_coordinates(parts).astype(np.int64), coordinates)


def add_shapes(island: Island, geometry: Sequence[Any] | NDArray[Any]) -> None:
    """Add the outlines to `island`: parts per row, whether rows are areas, vertices per part, vertices `px`, `py`."""
    shapes = shapes_of(geometry)
    x, y = grid(shapes.coordinates[:, 0], shapes.coordinates[:, 1])
    island.add_counts("parts", shapes.parts)
    island.add_counts("area", shapes.area)
    island.add_counts("vertices", shapes.vertices)
    island.add_curve("px", x)
    island.add_curve("py", y)


def grid(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> tuple[Integers, Integers]:
    """Columns and rows of the Mercator grid; latitudes past the map's edge are drawn on it."""
    size = float(1 << GRID_BITS)
    sine = np.sin(np.radians(np.clip(latitude, -MAX_LATITUDE, MAX_LATITUDE)))
    x = (longitude / 360.0 + 0.5) * size
    y = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * size
    return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


def neighbours_first(x: Integers, y: Integers) -> Integers:
    """Positions in the order of a Z-curve: what is near on the ground is near in the file. Ties keep their order."""
    return np.argsort(_spread(x) | (_spread(y) << np.uint64(1)), kind="stable").astype(np.int64)


def page_texts(column: pd.Series[Any]) -> Texts:
    """The column's values as the page prints them, in Arrow; missing values as empty text, `1.0` as `1`."""
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return pa.array(column.to_numpy()).cast(pa.large_string())
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = number_texts(column.to_numpy(dtype=np.float64, na_value=np.nan), _plain)
        return pc.fill_null(numbers.cast(pa.large_string()), "")
    found = texts(column)
    if found is not None:
        return pc.fill_null(found, "")
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = ""
    return pa.array([value if type(value) is str else _plain(value) for value in values.tolist()], pa.large_string())


def plain_texts(column: pd.Series[Any]) -> list[str]:
    """As `page_texts`, a list."""
    told: list[str] = page_texts(column).to_pylist()
    return told


def ranks(column: pd.Series[Any], order: Sequence[str]) -> Integers:
    """Each value's place in `order`, and the number behind all of them for any other value."""
    codes = page_texts(column).dictionary_encode()
    known = {word: place for place, word in enumerate(order)}
    places = np.array([known.get(word, len(order)) for word in codes.dictionary.to_pylist()], dtype=np.int64)
    ranked: Integers = places[codes.indices.to_numpy()]
    return ranked


def varints(values: Integers) -> bytes:
    """Whole numbers from 0 as LEB128: seven bits a byte, lowest first, the high bit says that more follow."""
    unsigned = np.asarray(values).astype(np.uint64)
    sizes = np.ones(len(unsigned), dtype=np.int64)
    for bits in range(7, 64, 7):
        longer = unsigned >= np.uint64(1 << bits)
        if not longer.any():
            break
        sizes += longer
    ends = np.cumsum(sizes)
    data = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    starts = ends - sizes
    for step in range(int(sizes.max(initial=0))):
        here = sizes > step
        seven = (unsigned[here] >> np.uint64(7 * step)) & np.uint64(0x7F)
        more = (sizes[here] > step + 1).astype(np.uint64) << np.uint64(7)
        data[starts[here] + step] = (seven | more).astype(np.uint8)
    return data.tobytes()


def script_island(name: str, data: bytes | memoryview) -> str:
    """`data` as an inert script element that a page carries; base64 has nothing in it that HTML could read."""
    return f'<script type="text/plain" id="island-{name}">{base64.b64encode(data).decode()}</script>\n'


def _plain(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return repr(float(value)).removesuffix(".0")
    return str(value)


def _units(texts: Texts) -> Integers:
    """Lengths in UTF-16 units: beyond the first 65,536 characters (four bytes of UTF-8) a character is two."""
    lengths: Integers = pc.utf8_length(texts).to_numpy().astype(np.int64)
    beyond = np.flatnonzero(np.frombuffer(cell_bytes(texts), dtype=np.uint8) >= 0xF0)
    if len(beyond):
        ends = np.cumsum(pc.binary_length(texts).to_numpy())
        lengths += np.bincount(np.searchsorted(ends, beyond, side="right"), minlength=len(lengths))
    return lengths


def _zigzag(values: Integers) -> Integers:
    return (values << 1) ^ (values >> 63)


def _spread(values: Integers) -> NDArray[np.uint64]:
    """Each of the lower 32 bits moved to twice its place, with room for the other coordinate between them."""
    bits = np.clip(values, 0, (1 << 32) - 1).astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
