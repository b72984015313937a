"""Parquet files and folders of them -> features as text with their geometry, or tables of text; without GDAL."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.columns import Objects, texts
from gis.faults import Fault, InputError
from gis.features import Features, kept_features
from gis.geoarrow import ENCODINGS, build

_MAGIC = b"PAR1"
PARQUET = ".parquet"
# A footer may announce anything. Honest files need some bytes for each row, however well they are packed.
_CELLS_PER_BYTE, _CELLS_ANYWAY = 100, 10_000_000
_UNPACKED_PER_BYTE, _UNPACKED_ANYWAY = 200, 1 << 26
# pandas and dask write the numbers of rows as columns of these names where the frame has no index with a name.
_ROW_NUMBERS = re.compile(r"__index_level_\d+__|__null_dask_index__")


class Part(NamedTuple):
    """One file of a set: where it is, how many rows it has, the number of its first row, and what it covers.

    `bounds`: west, south, east, north in the CRS of the file, as its metadata say; None where they do not.
    """

    path: Path
    rows: int
    first_row: int
    bounds: tuple[float, float, float, float] | None


class _Footer(NamedTuple):
    """What the end of a file says: its columns of data, and what GeoParquet says of its geometry, if it is one."""

    metadata: pq.FileMetaData
    names: list[str]
    geometry: str | None
    geo: dict[str, Any]
    others: list[str]


def is_set(path: Path) -> bool:
    """Whether `path` is a folder of Parquet files, which are the parts of one table."""
    return path.is_dir() and (path.suffix.lower() == PARQUET or any(path.glob(f"*{PARQUET}")))


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files of a set: part.2 before part.10; those that begin with `.` or `_` are none of them.

    Raises InputError: EMPTY_LAYER where there is no file, SET_MIXED for a folder or another kind of file among them.
    """
    if not path.is_dir():
        return [path]
    found = sorted((one for one in path.iterdir() if not one.name.startswith((".", "_"))), key=_natural)
    strange = [one.name for one in found if one.suffix.lower() != PARQUET or not one.is_file() or one.is_symlink()]
    if strange:
        raise InputError([Fault("SET_MIXED", value=", ".join(strange[:3]))])
    if not found:
        raise InputError([Fault("EMPTY_LAYER")])
    return found


def _natural(path: Path) -> tuple[list[int | str], str]:
    split = re.split(r"([0-9]+)", path.name)  # text and digits by turns
    return [int(part) if at % 2 else part for at, part in enumerate(split)], path.name


def parts(path: Path) -> list[Part]:
    """The parts of a set in their order, their rows numbered on from one to the next; of one file, itself.

    Only the ends of the files are read. Raises InputError: FILE_UNREADABLE, PART_DIFFERS naming each part that has
    other columns or another CRS than the first, and as `files_of`.
    """
    return [part for part, _ in _parts(path)]


def read_parquet(path: Path, *, part: int | None = None) -> Features:
    """All features of a file or set, or those of one part of it, as text; rows are numbered from 1 over all parts.

    Fact `driver` is GeoParquet, or parquet for a table without geometry. A CRS that is not stated is OGC:CRS84, as
    GeoParquet has it; null is none. Columns of further geometry are left out (fact `geometries_skipped`), and so
    are the bounding boxes GeoParquet keeps for each row and row numbers that pandas or dask added.

    Raises InputError: FILE_UNREADABLE, COLUMN_DUPLICATE, PART_DIFFERS, SET_MIXED, EMPTY_LAYER (where the whole set has
    no row; a part may be empty).
    """
    found = _parts(path)
    if not sum(one.rows for one, _ in found):
        raise InputError([Fault("EMPTY_LAYER")])
    wanted = found if part is None else [found[part]]
    features = [_features(one, footer) for one, footer in wanted]
    first = features[0]
    if len(features) == 1:
        return first
    return first._replace(
        columns={name: np.concatenate([one.columns[name] for one in features]) for name in first.columns},
        geometry=np.concatenate([one.geometry for one in features]),
        numbers=np.concatenate([one.numbers for one in features]),
        faults=[fault for one in features for fault in one.faults],
        places={row: place for one in features for row, place in one.places.items()},
    )


def _features(part: Part, footer: _Footer) -> Features:
    try:
        with pq.ParquetFile(part.path) as file:
            table = file.read()
        if len(table) != part.rows:
            raise ValueError(f"{part.rows} rows announced, {len(table)} found")
        columns = {name: texts(table.column(name)) for name in footer.names}
        numbers = np.arange(part.first_row, part.first_row + part.rows)
        geometry: Objects = np.full(part.rows, None, dtype=object)
        if footer.geometry is None:
            return Features("", columns, geometry, numbers, None, [], {"driver": "parquet"}, {})
        built = build(table.column(footer.geometry), footer.geo["encoding"])
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        raise _unreadable(part.path, error) from None
    facts = {"driver": "GeoParquet"}
    if footer.others:
        facts["geometries_skipped"] = ", ".join(footer.others)
    if _edges(footer.geo) != "planar":
        facts["edges"] = _edges(footer.geo)
    return kept_features(Features("", columns, built.geometry, numbers, _crs(footer.geo), [], facts, {}), built)


def _unreadable(path: Path, error: Exception | str) -> InputError:
    words = str(error).replace(f"{path.parent}/", "")[:300] or type(error).__name__
    return InputError([Fault("FILE_UNREADABLE", facts={"found": f"{path.name}: {words}"})])


# --- What the ends of the files say ----------------------------------------------------------


def _parts(path: Path) -> list[tuple[Part, _Footer]]:
    states = [(file, (state := file.stat()).st_size, state.st_mtime_ns) for file in files_of(path)]
    return _parts_of(tuple(states))


@lru_cache(maxsize=4)
def _parts_of(states: tuple[tuple[Path, int, int], ...]) -> list[tuple[Part, _Footer]]:
    """The parts in files of that size and date: who reads a set part by part reads the ends of its files once."""
    files = [file for file, _, _ in states]
    footers = [_footer(file) for file in files]
    compared = [_differs(file, footer, footers[0]) for file, footer in zip(files, footers, strict=True)]
    if differing := [fault for fault in compared if fault is not None]:
        raise InputError(differing)
    found, first_row = [], 1
    for file, footer in zip(files, footers, strict=True):
        found.append((Part(file, footer.metadata.num_rows, first_row, _bounds(footer)), footer))
        first_row += footer.metadata.num_rows
    return found


def _differs(file: Path, footer: _Footer, first: _Footer) -> Fault | None:
    """What a part has otherwise than the first: its columns, those of geometry, its CRS, or how its edges run."""
    told = _other_columns(footer, first) or _other_geometry(footer, first)
    if told is None:
        return None
    zh, en = told
    return Fault("PART_DIFFERS", value=file.name, facts={"difference_zh": zh[:200], "difference_en": en[:200]})


def _other_columns(footer: _Footer, first: _Footer) -> tuple[str, str] | None:
    """Which columns a part lacks and which it has beyond the first, in Chinese and English; None for neither."""
    lacking, further = sorted({*first.names} - {*footer.names}), sorted({*footer.names} - {*first.names})
    if not lacking and not further:
        return None
    zh = [f"{word} {', '.join(names)}" for word, names in (("缺少列", lacking), ("多出列", further)) if names]
    en = [f"{word} {', '.join(names)}" for word, names in (("lacks", lacking), ("has also", further)) if names]
    return "；".join(zh), "; ".join(en)


def _other_geometry(footer: _Footer, first: _Footer) -> tuple[str, str] | None:
    """What is expected and found of the geometry of a part, in Chinese and English; None for a part like the first."""
    columns = [", ".join([str(one.geometry), *one.others]) for one in (first, footer)]
    if columns[0] != columns[1]:
        return f"几何列应为 {columns[0]}，实际为 {columns[1]}", f"geometry: expected {columns[0]}, found {columns[1]}"
    if _crs(first.geo) != _crs(footer.geo):
        expected, found = _crs_told(first.geo), _crs_told(footer.geo)
        otherwise = expected == found  # one CRS, but who knows whether in all its parts
        return (
            f"坐标系应为 {expected or '未说明'}，实际为 {found or '未说明'}" + "（写法不同）" * otherwise,
            f"CRS: expected {expected or 'none stated'}, found {found or 'none stated'}"
            + " (in other words)" * otherwise,
        )
    edges = [_edges(one.geo) for one in (first, footer)]
    if edges[0] != edges[1]:
        return f"边应为 {edges[0]}，实际为 {edges[1]}", f"edges: expected {edges[0]}, found {edges[1]}"
    return None


def _is_cut(file: Path) -> bool:
    """Whether a file begins as Parquet but does not end so: what is in it stands at the end."""
    with file.open("rb") as opened:
        begins = opened.read(4) == _MAGIC
        opened.seek(max(opened.seek(0, 2) - 4, 0))
        return begins and opened.read(4) != _MAGIC


def _footer(file: Path) -> _Footer:
    if _is_cut(file):
        raise InputError([Fault("FILE_TRUNCATED", value=file.name, facts={"expected": "?", "found": "0"})])
    try:
        with pq.ParquetFile(file) as opened:
            metadata, schema = opened.metadata, opened.schema_arrow
        _check_size(metadata, file.stat().st_size)
        geo = _geo(schema)
        primary = geo.get("columns", {}).get(geo.get("primary_column"), {})
        boxes = {way[0] for way in primary.get("covering", {}).get("bbox", {}).values()}
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(file, error) from None
    repeated = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if repeated:
        raise InputError([Fault("COLUMN_DUPLICATE", value=", ".join(repeated))])
    geometries = geo.get("columns", {})
    names = [
        field.name
        for field in schema
        if field.name not in geometries
        and not (field.name in boxes and pa.types.is_struct(field.type))
        and not (_ROW_NUMBERS.fullmatch(field.name) and pa.types.is_integer(field.type))
    ]
    others = sorted(set(geometries) & set(schema.names) - {geo.get("primary_column")})
    return _Footer(metadata, names, geo.get("primary_column"), primary, others)


def _check_size(metadata: pq.FileMetaData, size: int) -> None:
    cells = metadata.num_rows * metadata.num_columns
    if metadata.num_rows < 0 or cells > _CELLS_ANYWAY + _CELLS_PER_BYTE * size:
        raise ValueError(f"{metadata.num_rows} rows announced in {size} bytes")
    # Never metadata.row_group(…).column(…): where that part of a file is damaged, pyarrow 26 ends the whole process.
    unpacked = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if unpacked > _UNPACKED_ANYWAY + _UNPACKED_PER_BYTE * size:
        raise ValueError(f"{unpacked} bytes packed into {size}")


def _geo(schema: pa.Schema) -> dict[str, Any]:
    """GeoParquet's metadata, checked as far as reading needs it; empty for a table without geometry."""
    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        return {}
    geo: dict[str, Any] = json.loads(text)
    primary = geo["primary_column"]
    encoding = geo["columns"][primary]["encoding"]
    if encoding.lower() not in ENCODINGS:
        raise ValueError(f"geometry encoding {encoding}; expected {', '.join(ENCODINGS)}")
    if primary not in schema.names:
        raise ValueError(f"no column {primary}, which the metadata names")
    return geo


def _crs(geo: dict[str, Any]) -> str | None:
    crs = geo.get("crs", "OGC:CRS84")
    return crs if crs is None or isinstance(crs, str) else json.dumps(crs, sort_keys=True)


def _crs_told(geo: dict[str, Any]) -> str | None:
    """The CRS for a person: authority and code, or its name; None where none is stated."""
    stated = _crs(geo)
    if stated is None:
        return None
    try:
        known = CRS.from_user_input(stated)
    except CRSError:
        return stated[:80]
    authority = known.to_authority()
    return ":".join(authority) if authority else str(known.name)


def _edges(geo: dict[str, Any]) -> str:
    return str(geo.get("edges", "planar"))


def _bounds(footer: _Footer) -> tuple[float, float, float, float] | None:
    box = footer.geo.get("bbox")
    if isinstance(box, list) and len(box) in (4, 6) and all(isinstance(side, int | float) for side in box):
        half = len(box) // 2
        return float(box[0]), float(box[1]), float(box[half]), float(box[half + 1])
    return None
