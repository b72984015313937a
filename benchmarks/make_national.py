"""Synthetic data of a country's size from one seed: zones, parcels, rivers and pollution sources as GeoParquet.

    python benchmarks/make_national.py FOLDER [--points 10000,100000,1000000,3600000] [--parcels 100000]
    python benchmarks/make_national.py FOLDER --points "" --sites 20000000 --partitions 80

FOLDER gets `zones.parquet` (nested zones of `--sources` rivers, reservoirs and wells, about 550
corners each), `rivers.parquet`, `parcels.parquet` and `points_<size>.parquet`, clustered around
towns, in the order of a survey; smaller sets are the first rows of larger ones. With `--sites` also
`sites/part.0000.parquet` and so on: a set as large as wanted, each part compact in space, written
part by part with the memory of one. The same call writes the same features.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from measuring import size_word
from national_shapes import CRS, degrees_per_metre, parcels, zones

# A coarse outline of the country's extent, no boundary.
EXTENT = shapely.from_wkt(
    "POLYGON ((74 39, 80 31, 92 27.5, 98 24, 105 22, 110 20.5, 117 23.5, 122 30, 119.5 35, 122 37, 118 39, "
    "125 40, 131 43, 134 48, 121 53, 112 44, 97 42.5, 88 49, 80 45, 74 39))"
)
TOWNS = 2500
SPREAD = ((4e3, 1.5e4, 5e4), (0.45, 0.35, 0.20))  # of sources around a town: metres, shares
ZONE_SPREAD = ((6e3, 2e4, 6e4), (0.35, 0.40, 0.25))
KINDS = ("industry", "livestock_farm", "outfall", "cropland", "wastewater_plant", "petrol_station", "landfill", "other")
KIND_SHARES = (0.60, 0.12, 0.08, 0.08, 0.04, 0.04, 0.02, 0.02)
CHUNK = 100_000  # rows drawn at a time, each chunk from a seed of its own
_WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


def towns(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres, most of them in the east, and their shares of everything, a few large and many small."""
    random = np.random.default_rng([seed, 0])
    shapely.prepare(EXTENT)
    found = np.empty((0, 2))
    while len(found) < TOWNS:
        places = random.uniform((73, 20), (135, 54), (20_000, 2))
        east = (places[:, 0] - 98.5) * 25.2 > (places[:, 1] - 25.0) * 29.0
        kept = random.random(len(places)) < np.where(east, 0.94, 0.06)
        found = np.vstack([found, places[kept & shapely.contains_xy(EXTENT, places[:, 0], places[:, 1])]])
    weight = np.arange(1, TOWNS + 1) ** -0.75
    return found[:TOWNS], weight / weight.sum()


def scattered(
    random: np.random.Generator, centres: np.ndarray, weight: np.ndarray, count: int, spread: tuple
) -> np.ndarray:
    """`count` longitudes and latitudes around weighted centres."""
    around = centres[random.choice(len(centres), count, p=weight)]
    metres = np.asarray(spread[0])[random.choice(len(spread[0]), count, p=spread[1])]
    offset = random.normal(size=(count, 2)) * metres[:, None]
    return around + offset * np.column_stack(degrees_per_metre(around[:, 1]))


def drawn_sources(seed: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Chunk by chunk, places of sources (n, 2) and their codes: kind, operating, discharges."""
    centres, weight = towns(seed)
    for chunk, start in enumerate(range(0, count, CHUNK)):
        random = np.random.default_rng([seed, 3, chunk])
        places = np.round(scattered(random, centres, weight, CHUNK, SPREAD), 7)
        codes = np.column_stack(
            [
                random.choice(len(KINDS), CHUNK, p=KIND_SHARES),
                random.choice(3, CHUNK, p=(0.8, 0.15, 0.05)),
                random.choice(3, CHUNK, p=(0.5, 0.3, 0.2)),
            ]
        ).astype(np.uint8)
        yield places[: count - start], codes[: count - start]


def source_columns(rows: np.ndarray, codes: np.ndarray) -> dict[str, object]:
    """The columns of a layer of pollution sources for the given row numbers and codes."""
    return {
        "source_id": [f"S{row:09d}" for row in rows],
        "name": [f"污染源{row}" for row in rows],
        "kind": np.asarray(KINDS, dtype=object)[codes[:, 0]],
        "operating": np.asarray(["运行", "关闭", None], dtype=object)[codes[:, 1]],
        "discharges": np.asarray(["是", "否", None], dtype=object)[codes[:, 2]],
    }


def write_points(path: Path, places: np.ndarray, columns: dict[str, object]) -> None:
    """A GeoParquet file of points; none of them becomes an object."""
    records = np.empty(len(places), dtype=_WKB_POINT)
    records["order"], records["type"], records["x"], records["y"] = 1, 1, places[:, 0], places[:, 1]
    offsets = np.arange(len(places) + 1, dtype=np.int32) * _WKB_POINT.itemsize
    binary = pa.Array.from_buffers(
        pa.binary(), len(places), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(records.tobytes())]
    )
    table = pa.table({**columns, "geometry": binary}).replace_schema_metadata({"geo": _geo(places)})
    pq.write_table(table, path, compression="zstd", row_group_size=100_000)


def _geo(places: np.ndarray) -> str:
    """The GeoParquet word about the column of points."""
    box = [*places.min(axis=0), *places.max(axis=0)] if len(places) else [0.0] * 4
    crs = pyproj.CRS.from_user_input(CRS).to_json_dict()
    column = {"encoding": "WKB", "geometry_types": ["Point"], "crs": crs, "bbox": [float(value) for value in box]}
    return json.dumps({"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}})


def make_shapes(folder: Path, *, sources: int, parcel_count: int, seed: int) -> None:
    """Writes zones.parquet, rivers.parquet and parcels.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    centres, weight = towns(seed)
    random = np.random.default_rng([seed, 1])
    flatter = weight**0.6 / (weight**0.6).sum()
    outlines, rivers = zones(random, scattered(random, centres, flatter, sources, ZONE_SPREAD))
    random = np.random.default_rng([seed, 2])
    land = parcels(random, scattered(random, centres, weight, parcel_count, SPREAD))
    for name, frame in (("zones", outlines), ("rivers", rivers), ("parcels", land)):
        frame.to_parquet(folder / f"{name}.parquet", compression="zstd")


def make_points(folder: Path, *, sizes: list[int], seed: int) -> None:
    """Writes points_<size>.parquet for every size: number and kind of each."""
    if not sizes:
        return
    folder.mkdir(parents=True, exist_ok=True)
    chunks = list(drawn_sources(seed, max(sizes)))
    places, codes = (np.concatenate([chunk[part] for chunk in chunks]) for part in (0, 1))
    for size in sizes:
        kind = np.asarray(KINDS, dtype=object)[codes[:size, 0]]
        columns = {"pid": np.arange(size, dtype=np.int32), "kind": kind}
        write_points(folder / f"points_{size_word(size)}.parquet", places[:size], columns)


def make_sites(folder: Path, *, sites: int, partitions: int, seed: int) -> None:
    """Writes `part.0000.parquet` and so on: sources with all columns, each part compact in space.

    First every chunk is dealt out to files of places along a Hilbert curve, then each file becomes a
    part: memory never holds more than a chunk and a part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = np.dtype([("row", "<i8"), ("x", "<f8"), ("y", "<f8"), ("codes", "u1", 3)])
    edges: np.ndarray | None = None
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        files = [Path(scratch) / f"{part:04d}" for part in range(partitions)]
        for chunk, (places, codes) in enumerate(drawn_sources(seed, sites)):
            curve = hilbert(places)
            if edges is None:
                edges = np.quantile(curve, np.arange(1, partitions) / partitions)
            records = np.empty(len(places), dtype=record)
            records["row"], records["codes"] = chunk * CHUNK + np.arange(len(places)), codes
            records["x"], records["y"] = places.T
            bucket = np.searchsorted(edges, curve, side="right")
            for part in np.unique(bucket):
                with files[part].open("ab") as file:
                    records[bucket == part].tofile(file)
        for part, path in enumerate(files):
            records = np.fromfile(path, dtype=record) if path.exists() else np.empty(0, dtype=record)
            places = np.column_stack([records["x"], records["y"]])
            columns = source_columns(records["row"], records["codes"])
            write_points(folder / f"part.{part:04d}.parquet", places, columns)


def hilbert(places: np.ndarray) -> np.ndarray:
    """How far along a Hilbert curve over the country (65,536 cells a side) each place lies."""
    cells = ((places - (72, 18)) / (64, 37) * 65_535).clip(0, 65_535).astype(np.int64)
    x, y = cells.T.copy()
    far = np.zeros(len(places), dtype=np.int64)
    side = 32_768
    while side:
        right, upper = (x & side > 0).astype(np.int64), (y & side > 0).astype(np.int64)
        far += side * side * ((3 * right) ^ upper)
        flip = (upper == 0) & (right == 1)
        x, y = np.where(flip, 65_535 - x, x), np.where(flip, 65_535 - y, y)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
        side //= 2
    return far


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sources", type=int, default=8000, help="water sources, 2.5 zones each")
    parser.add_argument("--points", default="10000,100000,1000000,3600000", help="sizes, with commas")
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--sites", type=int, default=0, help="size of the set in parts")
    parser.add_argument("--partitions", type=int, default=80)
    parser.add_argument("--seed", type=int, default=2007)
    given = parser.parse_args()
    make_shapes(given.folder, sources=given.sources, parcel_count=given.parcels, seed=given.seed)
    make_points(given.folder, sizes=[int(size) for size in given.points.split(",") if size], seed=given.seed)
    if given.sites:
        make_sites(given.folder / "sites", sites=given.sites, partitions=given.partitions, seed=given.seed)


if __name__ == "__main__":
    main()
