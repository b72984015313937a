"""Columns of geometry in Arrow tables -> shapely geometry, and why single rows of them cannot be built."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.columns import Objects
from gis.places import in_wkb
from gis.points import wkb_records

# GeoParquet's names for columns of coordinates -> shapely's type, and how deep the lists around the coordinates are
_NATIVE = {
    "point": (shapely.GeometryType.POINT, 0),
    "linestring": (shapely.GeometryType.LINESTRING, 1),
    "multipoint": (shapely.GeometryType.MULTIPOINT, 1),
    "polygon": (shapely.GeometryType.POLYGON, 2),
    "multilinestring": (shapely.GeometryType.MULTILINESTRING, 2),
    "multipolygon": (shapely.GeometryType.MULTIPOLYGON, 3),
}
ENCODINGS = ("wkb", *_NATIVE)


class PlainPoints:
    """Points without heights, as an array of geometry that is made when somebody looks at one of them.

    It can stand wherever such an array is read: numpy and shapely take it, and it can be indexed and filtered.
    `coordinates`: x and y of each; both NaN for an empty point.
    """

    dtype = np.dtype(object)

    def __init__(self, coordinates: NDArray[np.float64]) -> None:
        self.coordinates = coordinates

    @cached_property
    def made(self) -> Objects:
        """The array of geometry."""
        return points_of(self.coordinates)

    @property
    def shape(self) -> tuple[int]:
        return (len(self.coordinates),)

    def __len__(self) -> int:
        return len(self.coordinates)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.made, dtype=dtype, copy=copy)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype == bool:
            return self if key.all() else PlainPoints(self.coordinates[key])
        return self.made[key]

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all that are not empty; NaN where all are."""
        x, y = self.coordinates.T
        return float(np.fmin.reduce(x)), float(np.fmin.reduce(y)), float(np.fmax.reduce(x)), float(np.fmax.reduce(y))

    def copy(self) -> Objects:
        """The array of geometry, to be changed."""
        return self.made.copy()


def plain_points(geometry: Any) -> PlainPoints | None:
    """`geometry` where it is an array of plain points, else None."""
    return geometry if isinstance(geometry, PlainPoints) else None


class Built(NamedTuple):
    """Geometry (None where null or not to be built), and by position why it cannot be and where it lies, if known."""

    geometry: Objects
    broken: dict[int, str]
    places: dict[int, Any]


def build(column: pa.ChunkedArray, encoding: str) -> Built:
    """The geometry of a column in one of the ENCODINGS of GeoParquet, in small letters or capitals.

    Raises ValueError or one of Arrow's own where the column is not what `encoding` says.
    """
    encoding = encoding.lower()
    chunks = [_storage(chunk) for chunk in column.chunks if len(chunk)]
    built = [_from_wkb_chunk(one) if encoding == "wkb" else _from_native(one, encoding) for one in chunks]
    plain = [points for one in built if (points := plain_points(one.geometry)) is not None]
    if built and len(plain) == len(built):
        coordinates = np.concatenate([points.coordinates for points in plain])
        return Built(cast("Objects", PlainPoints(coordinates)), {}, {})
    starts = np.cumsum([0, *(len(one.geometry) for one in built)]).tolist()
    return Built(
        np.concatenate([np.empty(0, dtype=object), *(one.geometry for one in built)]),
        {start + at: why for start, one in zip(starts, built, strict=False) for at, why in one.broken.items()},
        {start + at: place for start, one in zip(starts, built, strict=False) for at, place in one.places.items()},
    )


def build_wkb(wkb: Objects) -> Built:
    """The geometry of an array of WKB, None where there is none."""
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    broken = [at for at in np.flatnonzero(shapely.is_missing(geometry)).tolist() if wkb[at] is not None]
    places = {at: place for at in broken if (place := in_wkb(wkb[at])) is not None}
    return Built(geometry, {at: _reason(wkb[at]) for at in broken}, places)


def _reason(wkb: bytes) -> str:
    try:
        shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        return str(error)
    return "unknown"


def _storage(chunk: pa.Array) -> pa.Array:
    return chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk


def _from_wkb_chunk(chunk: pa.Array) -> Built:
    if not (pa.types.is_binary(chunk.type) or pa.types.is_large_binary(chunk.type)):
        raise ValueError(f"expected geometry as WKB, found {chunk.type}")
    records = wkb_records(chunk)
    if records is None:
        return build_wkb(chunk.to_numpy(zero_copy_only=False))
    return Built(cast("Objects", PlainPoints(np.column_stack([records["x"], records["y"]]))), {}, {})


def points_of(coordinates: NDArray[np.float64], out: Objects | None = None) -> Objects:
    """A point for each row, in `out` where that is given; an empty one where x and y are NaN, as in WKB."""
    geometry: Objects = shapely.points(coordinates, out=out)
    geometry[np.isnan(coordinates[:, :2]).all(axis=1)] = shapely.Point()
    return geometry


def _from_native(chunk: pa.Array, encoding: str) -> Built:
    """Geometry from nested lists of coordinates; where one of them cannot be built, one by one."""
    try:
        return Built(_ragged(chunk, encoding), {}, {})
    except (shapely.errors.GEOSException, ValueError, IndexError) as error:
        if len(chunk) == 1:
            return Built(np.full(1, None, dtype=object), {0: str(error)}, _scattered(chunk, encoding))
    halves = [_from_native(half, encoding) for half in (chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :])]
    shift = len(halves[0].geometry)
    return Built(
        np.concatenate([half.geometry for half in halves]),
        {**halves[0].broken, **{shift + at: why for at, why in halves[1].broken.items()}},
        {**halves[0].places, **{shift + at: place for at, place in halves[1].places.items()}},
    )


def _ragged(chunk: pa.Array, encoding: str) -> Objects:
    kind, depth = _NATIVE[encoding]
    coordinates, offsets = _flat(chunk, depth)
    if depth == 0:
        geometry = points_of(coordinates)
    else:
        if "polygon" in encoding:
            _check_rings(coordinates, offsets[-1])
        geometry = shapely.from_ragged_array(kind, coordinates, tuple(reversed(offsets)))
    geometry[chunk.is_null().to_numpy(zero_copy_only=False)] = None
    return geometry


def _check_rings(coordinates: NDArray[np.float64], offsets: NDArray[np.int64]) -> None:
    """Nothing, or ValueError for a ring that does not end where it begins: shapely would close it in silence."""
    starts, ends = offsets[:-1], offsets[1:]
    filled = ends > starts
    if (coordinates[starts[filled]] != coordinates[ends[filled] - 1]).any():
        raise ValueError("a ring is not closed")


def _flat(chunk: pa.Array, depth: int) -> tuple[NDArray[np.float64], list[NDArray[np.int64]]]:
    """All coordinates of nested lists, and the offsets of each depth, the outermost first."""
    offsets = []
    for _ in range(depth):
        if not (pa.types.is_list(chunk.type) or pa.types.is_large_list(chunk.type)):
            raise TypeError(f"expected lists of coordinates, found {chunk.type}")
        ends = chunk.offsets.to_numpy().astype(np.int64)
        chunk = chunk.values[int(ends[0]) : int(ends[-1])]
        offsets.append(ends - ends[0])
    if not pa.types.is_struct(chunk.type):
        raise TypeError(f"expected coordinates as x and y, found {chunk.type}")
    names = [chunk.type.field(at).name for at in range(chunk.type.num_fields)]
    axes = [chunk.field(name).to_numpy(zero_copy_only=False).astype(float) for name in ("x", "y", "z") if name in names]
    return np.column_stack(axes), offsets


def _scattered(chunk: pa.Array, encoding: str) -> dict[int, Any]:
    """Where the one row of `chunk` lies: all its coordinates."""
    coordinates, _ = _flat(chunk, _NATIVE[encoding][1])
    finite = coordinates[np.isfinite(coordinates[:, :2]).all(axis=1)][:, :2]
    return {0: shapely.multipoints(finite)} if len(finite) else {}
