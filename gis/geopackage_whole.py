"""Whether a GeoPackage that was just written holds everything that was to be in it.

GDAL goes on when SQLite tells it that a write failed (a full disk, a failing one): tables, indexes and extents made on
the way may then be missing, and nobody is told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_REGISTERED = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions", "gpkg_ogr_contents")
_COUNTER, _COUNTED_FOR = 24, 92  # places in SQLite's heading: how many transactions changed the file


class Expected(NamedTuple):
    """How many rows a layer has, and how many of them have a place."""

    rows: int
    placed: int


def check_whole(path: Path, layers: Mapping[str, Expected]) -> None:
    """Returns where the file holds the layers with all that belongs to them; else raises OSError."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        found = next(_missing(database, layers), None)
    if found:
        raise OSError(f"{path.name}: {found} was not written (is the disk full?)")


def _missing(database: sqlite3.Connection, layers: Mapping[str, Expected]) -> Iterator[str]:
    """What is not there, or not as it has to be."""
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        yield "a whole file"
    if not (_number(database, "PRAGMA application_id") and _number(database, "PRAGMA user_version")):
        yield "the mark of a GeoPackage"
    objects = [str(name) for (name,) in database.execute("SELECT name FROM sqlite_master")]
    kinds = [_objects_of(layer, objects) for layer in layers]
    if any(kind != max(kinds, key=len) for kind in kinds):
        yield "an index or a trigger"
    for layer, expected in layers.items():
        if layer not in objects or _rows(database, layer) != expected.rows:
            yield f"layer {layer}"
        for table in _REGISTERED:
            entries = f'SELECT count(*) FROM "{table}" WHERE table_name = ?'  # noqa: S608 - a name of ours
            if _number(database, entries, layer) != 1:
                yield f"layer {layer} in {table}"
        if (
            _number(database, "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", layer)
            != expected.rows
        ):
            yield f"the number of rows of {layer}"
        index = f"rtree_{layer}_geom_rowid"
        if index not in objects or _rows(database, index) != expected.placed:
            yield f"the index of {layer}"
        extent = "SELECT min_x IS NOT NULL FROM gpkg_contents WHERE table_name = ?"
        if bool(_number(database, extent, layer)) != (expected.placed > 0):
            yield f"the extent of {layer}"


def _objects_of(layer: str, objects: list[str]) -> frozenset[str]:
    """The names of indexes and triggers that GDAL made for a layer, without its name."""
    index, count = f"rtree_{layer}_geom", f"_feature_count_{layer}"
    return frozenset(
        [name.removeprefix(index) for name in objects if name == index or name.startswith(f"{index}_")]
        + [name.removesuffix(count) for name in objects if name.endswith(count)]
    )


def _rows(database: sqlite3.Connection, table: str) -> int:
    return _number(database, f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name of ours


def _number(database: sqlite3.Connection, query: str, *values: str) -> int:
    row = database.execute(query, values).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def forget_transactions(path: Path) -> None:
    """Puts 1 where the file says how many transactions changed it: one that had to be repeated counts, too."""
    with path.open("r+b") as file:
        for place in (_COUNTER, _COUNTED_FOR):
            file.seek(place)
            file.write((1).to_bytes(4, "big"))
