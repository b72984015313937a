"""The geometry column of a GeoParquet file as well-known binary, in pieces, and the digest of a file's content.

For sets too large for a frame. Read by the file's own reader: pyarrow's data set machinery takes
longer to start than a million points take to read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gis.cores import spread

_ROWS = 512  # of outlines with hundreds of vertices: what the cache of a core holds
_PIECE = 1 << 24  # bytes hashed in one go


def wkb_chunks(path: Path, *, column: str = "geometry", rows: int = _ROWS) -> Iterator[pa.Array]:
    """The geometries of a file in their order, `rows` at a time; ValueError where one is missing."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=rows, columns=[column]):
        chunk = batch.column(0)
        if chunk.null_count:
            raise ValueError(f"expected a geometry in every row of {path}, found {chunk.null_count} without one")
        yield chunk


def wkb_size(path: Path, *, column: str = "geometry") -> int:
    """About how many bytes all geometries of a file have."""
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    return sum(one.total_uncompressed_size for one in columns if one.path_in_schema == column)


def digest_of(path: Path) -> str:
    """A SHA-256 that names the content of a file: of the digests of its pieces, made on all cores."""

    def piece(start: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return hashlib.sha256(file.read(_PIECE)).digest()

    size = path.stat().st_size
    return hashlib.sha256(b"".join(spread(piece, range(0, size, _PIECE)))).hexdigest()
