"""Reading a large clean GeoPackage through the one door, its process included, beside `geopandas.read_file`.

    python benchmarks/read_clean.py [--rows 1000000] [--rounds 7]

Makes a layer of points with an id, a name, a kind, a decimal number and an integer. `warm`: both ways by turns in one
process, the process that reads kept from the round before. `whole`: a Python that starts, imports, reads and ends,
by turns as well; the process that reads is started first, as `headwater run` does it. The median of the rounds counts,
and the same rows have to come out.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gis  # noqa: F401 - closes GDAL's side doors before geopandas comes

import geopandas as gpd  # isort: skip
import numpy as np  # isort: skip
import shapely  # isort: skip

from gis.read import read  # isort: skip
from measuring import RESULTS, keep, median, run, size_word  # isort: skip

TARGET = 1.3
OURS = """
from gis.reading_process import start
start()
import gc, os, pathlib, sys
from gis.read import read
gc.disable()
read(pathlib.Path(sys.argv[1]), name="sites")
os._exit(0)
"""
THEIRS = """
import gc, os, sys, geopandas
gc.disable()
geopandas.read_file(sys.argv[1], use_arrow=True)
os._exit(0)
"""


def make_sites(path: Path, *, rows: int, seed: int) -> None:
    """Writes the layer."""
    random = np.random.default_rng(seed)
    columns = {
        "site_id": [f"S{at}" for at in range(rows)],
        "name": [f"企业{at}" for at in range(rows)],
        "kind": random.choice(["排污口", "工业企业", "矿山"], rows),
        "value": random.uniform(0, 1, rows).round(3),
        "n": random.integers(0, 1000, rows),
    }
    places = shapely.points(random.uniform(104, 106, rows), random.uniform(26, 28, rows))
    gpd.GeoDataFrame(columns, geometry=places, crs=4326).to_file(path)


def warm(path: Path, rounds: int) -> dict[str, float]:
    """Seconds of both ways in this process."""
    seconds: dict[str, list[float]] = {"headwater": [], "geopandas": []}
    for _ in range(rounds + 1):
        start = time.perf_counter()
        (table,) = read(path, name="sites")
        between = time.perf_counter()
        frame = gpd.read_file(path, use_arrow=True)
        end = time.perf_counter()
        seconds["headwater"].append(between - start)
        seconds["geopandas"].append(end - between)
        assert table.facts["rows_read"] == len(table.frame) == len(frame)
        assert (table.frame.geometry.to_numpy() == frame.geometry.to_numpy()).all()
        assert (table.frame["site_id"].to_numpy() == frame["site_id"].to_numpy()).all()
        del table, frame
    return {name: median(values[1:]) for name, values in seconds.items()}


def whole(path: Path, rounds: int) -> dict[str, float]:
    """Seconds of both ways, each in a Python of its own."""
    seconds: dict[str, list[float]] = {"headwater": [], "geopandas": []}
    for _ in range(rounds):
        for name, program in (("headwater", OURS), ("geopandas", THEIRS)):
            seconds[name].append(run([sys.executable, "-c", program, str(path)]).seconds)
    return {name: median(values) for name, values in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    gc.disable()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sites.gpkg"
        make_sites(path, rows=given.rows, seed=given.seed)
        seconds = {"warm": warm(path, given.rounds), "whole": whole(path, given.rounds)}
        size = path.stat().st_size
    ratios = {name: round(told["headwater"] / told["geopandas"], 2) for name, told in seconds.items()}
    found = {"rows": given.rows, "megabytes": round(size / 1e6, 1), "rounds": given.rounds, "seconds": seconds}
    keep(f"read_{size_word(given.rows)}", {**found, "times_geopandas": ratios, "target": TARGET}, given.results)


if __name__ == "__main__":
    main()
