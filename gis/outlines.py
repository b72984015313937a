"""Geometries as flat arrays, for distances: the vertices of all their lines, in blocks of 16 edges with a box each.

A place passes by the blocks that are too far off to hold the nearest edge. Rings, holes included,
lines and points alike; a point is an edge from itself to itself.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

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
    """The lines of geometries of any kind, none of them empty or missing."""
    vertices = shapely.get_coordinates(geometries)
    lines, owned = _lines(geometries)
    single = np.diff(lines) == 1
    if single.any():
        twice = np.ones(len(vertices), dtype=np.int64)
        twice[lines[:-1][single]] = 2
        vertices = np.repeat(vertices, twice, axis=0)
        lines = np.r_[0, np.cumsum(np.diff(lines) + single)].astype(np.int64)
    return _blocked(vertices, lines, owned, np.isin(shapely.get_type_id(geometries), (3, 6)))


def wkb_outlines(column: pa.ChunkedArray) -> Outlines:
    """As `outlines`, of polygons in a binary column in WKB without nulls; most rows are copied without an object."""
    rows: list[NDArray[np.uint8]] = []
    sizes: list[list[int]] = []
    for chunk in column.chunks:
        large = chunk.cast(pa.large_binary())
        _, offsets, data = large.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64)[large.offset : large.offset + len(large) + 1].tolist()
        whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8)
        for start, end in pairwise(ends):
            if whole[start : start + 9].tobytes() == _ONE_RING:
                rows.append(whole[start + 13 : end])
                sizes.append([(end - start - 13) // 16])
            else:
                polygon = np.array([shapely.from_wkb(whole[start:end].tobytes())])
                rows.append(shapely.get_coordinates(polygon).view(np.uint8).ravel())
                sizes.append(np.diff(_lines(polygon)[0]).tolist())
    vertices = np.concatenate([np.zeros(0, np.uint8), *rows]).view(np.float64).reshape(-1, 2)
    lines = np.cumsum([0, *(size for row in sizes for size in row)], dtype=np.int64)
    owned = np.cumsum([0, *map(len, sizes)], dtype=np.int64)
    return _blocked(vertices, lines, owned, np.ones(len(sizes), dtype=bool))


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
    return Outlines(vertices, first, last, block_box, blocks, box, area)


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
