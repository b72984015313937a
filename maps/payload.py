"""Frames as compact columns: one island of bytes per frame, which the page unpacks without a library.

An island is deflate-raw of: 4 bytes (length of the heading, little endian), the heading as JSON, the body.
The heading names the columns and where their blocks lie in the body (`[at, size]`); `places` are the columns
that we add ourselves (positions, outlines, links), apart from those whose names come from the data:

- `text`: all texts as one UTF-8 blob, and their lengths in UTF-16 units (what the page counts in);
- `codes`: a number of 1, 2 or 4 bytes per row, and the words they stand for, themselves a `text`; where another column
  of codes decides (`by`), the codes that go with its codes instead of one per row;
- `numbered`: texts that differ in their numbers only (`maps.numbered`): codes of patterns, a series for each number;
- `number`: `value * scale`, rounded, as a varint; 0 stands for no value;
- `series`: whole numbers (`maps.series`);
- `files`: the bytes of whole files, one after the other, and their lengths as a series.

Blocks with the same bytes are there once.

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
from maps.numbered import Numbered, numbered
from maps.series import Integers, fold, series

GRID_BITS = 28
MAX_LATITUDE = 85.0511287798066
COMPRESSION = 6
PACKING = f"deflate {COMPRESSION} by zlib {zlib.ZLIB_RUNTIME_VERSION}"  # by another, the same may become other bytes
NO_NUMBERS: Mapping[str, int] = MappingProxyType({})
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
MANY_ROWS = 64  # from here on, words that do not repeat are plain text

Texts = Any  # a column of text in Arrow (large_string), without nulls
Block = list[int]


class Island:
    """A frame being packed: `add_…` appends a column, `packed` gives the bytes."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: list[dict[str, Any]] = []
        self.places: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self._codes_of: dict[str, Integers] = {}
        self._body: list[bytes] = []
        self._places: dict[bytes, Block] = {}
        self._size = 0

    def add_block(self, data: bytes) -> Block:
        """Where `data` lies in the body."""
        place = self._places.get(data)
        if place is None:
            place = self._places[data] = [self._size, len(data)]
            self._body.append(data)
            self._size += len(data)
        return place

    def add_text(self, name: str, texts: Texts) -> None:
        self.columns.append({"name": name, "type": "text", **self._text(texts)})

    def add_words(self, name: str, texts: Texts, *, other: str = "", others: Texts | None = None) -> None:
        """A text column, as codes where words repeat, as patterns and numbers or as plain text where they do not.

        `others`: the texts of the column `other`, which these may repeat.
        """
        codes = texts.dictionary_encode()
        if len(texts) <= MANY_ROWS or len(codes.dictionary) <= 0.1 * len(texts):
            self._codes(name, codes)
        elif (found := numbered(texts, others)) is not None:
            self._numbered(name, found, other)
        elif len(codes.dictionary) <= 0.6 * len(texts):
            self._codes(name, codes)
        else:
            self.add_text(name, texts)

    def add_codes(self, name: str, texts: Texts, *, by: str = "") -> None:
        """Words as codes, or, where each code of the column `by` has but one word here, only which."""
        codes = texts.dictionary_encode()
        decided = self._decided(codes.indices.to_numpy(), by) if by else None
        if decided is None:
            self._codes(name, codes)
        else:
            self.columns.append({"name": name, "type": "codes", "by": by, **self._coded(decided, codes.dictionary)})

    def _codes(self, name: str, codes: Any) -> None:
        self._codes_of[name] = codes.indices.to_numpy()
        self.columns.append({"name": name, "type": "codes", **self._coded(self._codes_of[name], codes.dictionary)})

    def _coded(self, codes: Any, words: Texts) -> dict[str, Any]:
        width = 1 if len(words) <= 0xFF else 2 if len(words) <= 0xFFFF else 4
        block = self.add_block(codes.astype(f"<u{width}").tobytes())
        return {"width": width, "block": block, "words": {"count": len(words), **self._text(words)}}

    def _decided(self, codes: Any, by: str) -> Any:
        """The code that goes with each code of the column `by`, None where some go with several."""
        deciding = self._codes_of.get(by)
        if deciding is None or not len(codes):
            return None
        decided = np.zeros(int(deciding.max()) + 1, dtype=codes.dtype)
        decided[deciding] = codes
        return decided if (decided[deciding] == codes).all() else None

    def _numbered(self, name: str, found: Numbered, other: str) -> None:
        patterns = self._coded(found.patterns.indices.to_numpy(), found.patterns.dictionary)
        numbers = [self._series(values, (0, 1)) for values in found.numbers]
        self.columns.append({"name": name, "type": "numbered", **patterns, "numbers": numbers, "other": other})

    def add_number(self, name: str, values: NDArray[np.float64], *, scale: int) -> None:
        known = np.isfinite(values)
        whole = np.rint(np.where(known, values, 0.0) * scale).astype(np.int64)
        stored = np.where(known, fold(whole) + 1, 0)
        self.columns.append({"name": name, "type": "number", "scale": scale, "block": self.add_block(varints(stored))})

    def add_series(self, name: str, values: Integers, orders: Sequence[int] = (0, 1)) -> None:
        self.places.append({"name": name, "type": "series", **self._series(values, orders)})

    def _series(self, values: Integers, orders: Sequence[int]) -> dict[str, Any]:
        found = series(values, orders)
        return found.told(self.add_block(found.data))

    def add_files(self, name: str, files: Sequence[bytes]) -> None:
        """Whole files, one after the other, each with its length."""
        lengths = self._series(np.array([len(one) for one in files], dtype=np.int64), (0, 1))
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


def pack_frame(
    frame: pd.DataFrame,
    *,
    numbers: Mapping[str, int] = NO_NUMBERS,
    coded: Collection[str] = (),
    decided: Mapping[str, str] = NO_COLUMNS,
    repeated: Mapping[str, str] = NO_COLUMNS,
) -> Island:
    """An island with every column of `frame` but its geometry.

    `numbers` are columns kept as numbers -> scale; `coded` are columns of words kept as codes even where few repeat.
    `decided` are columns of words -> the column of codes that decides them, mostly; `repeated` are texts -> the column
    whose words they repeat.
    """
    island = Island(len(frame))
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    for name in frame.columns:
        if name == geometry:
            continue
        if name in numbers:
            values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
            island.add_number(str(name), values, scale=numbers[name])
        elif name in coded or name in decided:
            island.add_codes(str(name), page_texts(frame[name]), by=decided.get(str(name), ""))
        elif name in repeated:
            other = repeated[str(name)]
            island.add_words(str(name), page_texts(frame[name]), other=other, others=page_texts(frame[other]))
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
    island.add_series("parts", shapes.parts, (0,))
    island.add_series("area", shapes.area, (0,))
    island.add_series("vertices", shapes.vertices, (0,))
    island.add_series("px", x, (2,))
    island.add_series("py", y, (2,))


def grid(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> tuple[Integers, Integers]:
    """Columns and rows of the Mercator grid; latitudes past the map's edge are drawn on it."""
    size = float(1 << GRID_BITS)
    sine = np.sin(np.radians(np.clip(latitude, -MAX_LATITUDE, MAX_LATITUDE)))
    x = (longitude / 360.0 + 0.5) * size
    y = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * size
    return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


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
