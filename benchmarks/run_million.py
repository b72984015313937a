"""A whole `headwater run` of a million sites with its map, against the physical floor.

    python benchmarks/run_million.py [--sites 1000000] [--sources 8000] [--rounds 3] [--engine fast]
    python benchmarks/run_million.py --parquet

The project is that of `make_national.py`: `--sources` water sources of two or three zones, as CSV and
GeoPackage, or both as GeoParquet. The floor reads and parses the same inputs with pyarrow and
pyogrio and writes as many bytes as the outputs have, and nothing else. Memory is that of
all processes of the run together.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
from compare_run import cold
from make_national import drawn_sources, make_shapes, source_columns, write_points
from measuring import RESULTS, keep, markdown, median, run, size_word
from pyarrow import csv

FLOOR = """
import sys
from pathlib import Path
from pyarrow import csv, parquet
from pyogrio.raw import read_arrow
readers = {".parquet": parquet.read_table, ".csv": csv.read_csv, ".gpkg": lambda path: read_arrow(path)[1]}
inputs, outputs, scratch = (Path(folder) for folder in sys.argv[1:4])
rows = sum(readers[path.suffix](path).num_rows for path in sorted(inputs.iterdir()))
for path in sorted(outputs.iterdir()):
    size = path.stat().st_size
    with (scratch / path.name).open("wb") as file:
        block = bytes(min(size, 2**20))
        for start in range(0, size, 2**20):
            file.write(block[: size - start])
print(rows)
"""
PROJECT = """title = "benchmark"
language = "zh"
jurisdictions = ["cn"]
as_of = 2026-11-22
[[layer]]
kind = "protection_zones"
path = "data/zones.{zones}"
[[layer]]
kind = "pollution_sources"
path = "data/sources.{sources}"
located_to_metres = 10
"""


def make_project(folder: Path, *, sites: int, sources: int, parquet: bool, seed: int) -> None:
    """Writes headwater.toml, zones and sources."""
    data = folder / "data"
    data.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        make_shapes(Path(scratch), sources=sources, parcel_count=1, seed=seed)
        zones = geopandas.read_parquet(Path(scratch) / "zones.parquet")
    chunks = list(drawn_sources(seed, sites))
    places, codes = (np.concatenate([chunk[part] for chunk in chunks]) for part in (0, 1))
    columns = source_columns(np.arange(sites), codes)
    if parquet:
        zones.to_parquet(data / "zones.parquet", compression="zstd")
        write_points(data / "sources.parquet", places, columns)
    else:
        zones.to_file(data / "zones.gpkg", layer="zones", use_arrow=True)
        table = pa.table({**columns, "lon": places[:, 0], "lat": places[:, 1]})
        csv.write_csv(table, data / "sources.csv")
    suffixes = ("parquet", "parquet") if parquet else ("gpkg", "csv")
    text = PROJECT.format(zones=suffixes[0], sources=suffixes[1])
    (folder / "headwater.toml").write_text(text, encoding="utf-8")


def measure(folder: Path, *, rounds: int, engine: str) -> dict[str, Any]:
    """Medians of the run and of the floor in turn, their ratio in each round, steps and memory."""
    runs, floors = [], []
    for _ in range(rounds):
        runs.append(cold(folder, engine))
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            command = [sys.executable, "-c", FLOOR, str(folder / "data"), str(folder / "output"), scratch]
            floors.append(run(command))
    steps = [json.loads(one.printed)["seconds"] for one in runs]
    told = json.loads(runs[-1].printed)
    sizes = {path.name: round(path.stat().st_size / 1e6, 2) for path in sorted((folder / "output").iterdir())}
    seconds = median([one.seconds for one in runs])
    parts = {step: median([one[step] for one in steps]) for step in steps[0]}
    parts["start and stop"] = round(seconds - sum(parts.values()), 3)
    return {
        "rounds": rounds,
        "engine": told["engine"],
        "seconds": seconds,
        "cpu": median([one.cpu for one in runs]),
        "peak_gib": round(max(one.peak_gib for one in runs), 2),
        "floor_seconds": median([one.seconds for one in floors]),
        "ratio_to_floor": median([a.seconds / b.seconds for a, b in zip(runs, floors, strict=True)]),
        "steps": parts,
        "findings": told["findings"],
        "accepted": {one["kind"]: one["accepted"] for one in told["inputs"]},
        "output_megabytes": sizes,
    }


def table(found: dict[str, Any]) -> str:
    """The result as a table in Markdown."""
    rows = [[step, seconds] for step, seconds in found["steps"].items()]
    rows += [["whole", found["seconds"]], ["floor", found["floor_seconds"]], ["peak GiB", found["peak_gib"]]]
    return markdown(["", "s"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=1_000_000)
    parser.add_argument("--sources", type=int, default=8000, help="water sources, 2.5 zones each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=["plain", "fast"], default="fast")
    parser.add_argument("--parquet", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), sites=given.sites, sources=given.sources, parquet=given.parquet, seed=2007)
        found = measure(Path(folder), rounds=given.rounds, engine=given.engine)
    keep(f"complete_{size_word(given.sites)}", {"sites": given.sites, "parquet": given.parquet, **found}, given.results)
    print(table(found))


if __name__ == "__main__":
    main()
