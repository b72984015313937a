"""Geometries as flat arrays, for distances: the vertices of all their lines, in blocks of 16 edges with a box each.

A place passes by the blocks that are too far off to hold the nearest edge. Rings, holes included,
lines and points alike; a point is an edge from itself to itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.metres import Floats

Integers = NDArray[np.int64]

BLOCK = 16  # edges that share a box

# How the well-known binary of a polygon of one ring begins: little-endian, type 3, one ring.
_ONE_RING = bytes([1, 3, 0, 0, 0, 1, 0, 0, 0])


class Outlines(NamedTuple):
    """Geometries as flat arrays: vertices of all lines, blocks of edges, and their boxes."""

    vertices: Floats  # (n, 2) longitude and latitude
    first: Integers  # vertex at which a block's first edge starts
    last: Integers  # vertex at which its last edge ends
    block_box: Floats  # (blocks, 4) west, south, east, north
    blocks: Integers  # geometry z has the blocks blocks[z] to blocks[z + 1] - 1
    box: Floats  # (geometries, 4)
    area: NDArray[np.bool_]  # whether it has an inside


def outlines(geometries: NDArray[np.object_]) -> Outlines:
    """The lines of points, lines and areas, none of them empty or missing; ValueError for a collection."""
    if (shapely.get_type_id(geometries) == 7).any():
        raise ValueError("expected points, lines or areas, found a collection; gis.repair refuses those")
    vertices = shapely.get_coordinates(geometries)
    lines, owned = _lines(geometries)
    single = np.diff(lines) == 1
    if single.any():
        twice = np.ones(len(vertices), dtype=np.int64)
        twice[lines[:-1][single]] = 2
        vertices = np.repeat(vertices, twice, axis=0)
        lines = np.r_[0, np.cumsum(np.diff(lines) + single)].astype(np.int64)
    return _blocked(vertices, lines, owned, np.isin(shapely.get_type_id(geometries), (3, 6)))


def wkb_outlines(chunks: Iterable[pa.Array], *, room: int = 0) -> Outlines:
    """As `outlines`, of polygons in binary arrays in WKB without nulls; most rows are copied without an object.

    `room`: bytes to set aside for all coordinates, where that is known; a chunk may be let go once it was taken.
    """
    vertices = np.empty(room, np.uint8)
    filled, sizes = 0, []
    for chunk in chunks:
        rows, counts = _wkb_rows(chunk)
        size = sum(map(len, rows))
        if filled + size > len(vertices):
            larger = np.empty(max(2 * len(vertices), filled + size), np.uint8)
            larger[:filled] = vertices[:filled]
            vertices = larger
        if rows:
            np.concatenate(rows, out=vertices[filled : filled + size])
        filled += size
        sizes += counts
    lines = np.cumsum([0, *chain.from_iterable(sizes)], dtype=np.int64)
    owned = np.cumsum([0, *map(len, sizes)], dtype=np.int64)
    areas = np.ones(len(sizes), dtype=bool)
    return _blocked(vertices[:filled].view(np.float64).reshape(-1, 2), lines, owned, areas)


def _wkb_rows(chunk: pa.Array) -> tuple[list[NDArray[np.uint8]], list[list[int]]]:
    """The coordinates of each row as bytes, and the number of vertices of each of its rings."""
    _, offsets, data = chunk.buffers()
    wide = np.int64 if pa.types.is_large_binary(chunk.type) else np.int32
    ends = np.frombuffer(offsets, dtype=wide)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
    whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8)
    starts = ends[:-1]
    heads = whole[starts[:, None] + np.arange(len(_ONE_RING))] if len(starts) else np.zeros((0, 9), np.uint8)
    simple = (heads == np.frombuffer(_ONE_RING, np.uint8)).all(axis=1)
    counts = ((ends[1:] - starts - 13) // 16).tolist()
    rows, sizes = [], []
    for start, end, is_simple, count in zip(starts.tolist(), ends[1:].tolist(), simple.tolist(), counts, strict=True):
        if is_simple:
            rows.append(whole[start + 13 : end])
            sizes.append([count])
        else:
            polygon = np.array([shapely.from_wkb(whole[start:end].tobytes())])
            rows.append(shapely.get_coordinates(polygon).view(np.uint8).ravel())
            sizes.append(np.diff(_lines(polygon)[0]).tolist())
    return rows, sizes


def _blocked(vertices: Floats, lines: Integers, owned: Integers, area: NDArray[np.bool_]) -> Outlines:
    """Outlines of geometries whose lines start at the vertices `lines`, and which start at the lines `owned`."""
    count = (np.diff(lines) - 1 + BLOCK - 1) // BLOCK
    upto = np.r_[0, np.cumsum(count)].astype(np.int64)
    line = np.repeat(np.arange(len(count)), count)
    first = lines[line] + BLOCK * (np.arange(upto[-1]) - upto[line])
    last = np.minimum(first + BLOCK, lines[line + 1] - 1)
    blocks = upto[owned]
    block_box, box = np.zeros((len(first), 4)), np.zeros((len(blocks) - 1, 4))
    if len(first):
        # a block's last vertex is the next one's first, or the end of its line
        block_box[:, :2] = np.minimum(np.minimum.reduceat(vertices, first), vertices[last])
        block_box[:, 2:] = np.maximum(np.maximum.reduceat(vertices, first), vertices[last])
        box[:, :2] = np.minimum.reduceat(block_box[:, :2], blocks[:-1])
        box[:, 2:] = np.maximum.reduceat(block_box[:, 2:], blocks[:-1])
    found = Outlines(vertices, first, last, block_box, blocks, box, area)
    for column in found:  # as kept ones are: compiled loops would be compiled for either
        column.setflags(write=False)
    return found


def _lines(geometries: NDArray[np.object_]) -> tuple[Integers, Integers]:
    """Vertex at which each line starts, and line at which each geometry does; one more at either's end.

    A polygon of one ring, as most are, is not taken apart.
    """
    kinds = shapely.get_type_id(geometries)
    whole = np.isin(kinds, (0, 1, 2)) | ((kinds == 3) & (shapely.get_num_interior_rings(geometries) == 0))
    others = np.flatnonzero(~whole)
    parts, of_geometry = shapely.get_parts(geometries[others], return_index=True)
    polygons = np.flatnonzero(shapely.get_type_id(parts) == 3)
    plain = np.flatnonzero(shapely.get_type_id(parts) != 3)
    rings, of_part = shapely.get_rings(parts[polygons], return_index=True)
    owner = np.r_[np.flatnonzero(whole), others[of_geometry[plain]], others[of_geometry[polygons[of_part]]]]
    size = np.r_[
        shapely.get_num_coordinates(geometries[whole]),
        shapely.get_num_coordinates(parts[plain]),
        shapely.get_num_coordinates(rings),
    ]
    turn = np.argsort(owner, kind="stable")
    starts = np.r_[0, np.cumsum(size[turn])].astype(np.int64)
    return starts, np.searchsorted(owner[turn], np.arange(len(geometries) + 1)).astype(np.int64)


class Keeper(Protocol):
    """Where prepared outlines are kept from one run to the next: by name, for a key made of their content."""

    def get(self, name: str, key: str) -> memoryview | None: ...
    def put(self, name: str, key: str, data: Sequence[memoryview]) -> None: ...


_FORMAT = "outlines 1"  # changes with `Outlines` and with what is written below


def kept_outlines(keeper: Keeper, name: str, key: str) -> Outlines | None:
    """The outlines kept under a name for a key; None where there are none."""
    data = keeper.get(name, f"{_FORMAT} {key}")
    if data is None:
        return None
    size = int.from_bytes(data[:8], "little")
    columns, start = [], 8 + size
    for shape, kind in json.loads(bytes(data[8:start])):
        dtype = np.dtype(kind)
        count = int(np.prod(shape))
        columns.append(np.frombuffer(data, dtype, count, start).reshape(shape) if count else np.empty(shape, dtype))
        start += count * dtype.itemsize
    return Outlines(*columns)


def keep_outlines(keeper: Keeper, name: str, key: str, lines: Outlines) -> None:
    """Keeps outlines under a name for a key: buffers of the arrays behind a heading in JSON."""
    heading = json.dumps([(column.shape, column.dtype.str) for column in lines]).encode()
    heading = heading.ljust(-(-(len(heading) + 8) // 64) * 64 - 8)  # arrays start at a multiple of 64 bytes
    buffers = [column.reshape(-1).view(np.uint8).data for column in lines]
    start = memoryview(len(heading).to_bytes(8, "little") + heading)
    keeper.put(name, f"{_FORMAT} {key}", [start, *buffers])
