"""Whole runs against geopandas on the same files, in turn, as ratios of medians.

    python benchmarks/compare_run.py [--sites 100000] [--zones 2000] [--rounds 3]

`headwater run` reads, judges by the whole `cn` book, and writes tables, layers and the map.
`geopandas` starts, reads the same two files and does one `sjoin` in longitude and latitude: the
least that any answer costs with it, without distances, rules, coverage, texts or outputs.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from make_project import make_project

ROOT = Path(__file__).resolve().parent.parent

SJOIN = """
import sys, geopandas, pandas
folder = sys.argv[1]
zones = geopandas.read_file(f"{folder}/data/zones.gpkg", use_arrow=True)
table = pandas.read_csv(f"{folder}/data/sources.csv", dtype=str)
places = geopandas.points_from_xy(table["经度"].astype(float), table["纬度"].astype(float), crs=4326)
sites = geopandas.GeoDataFrame(table, geometry=places)
print(len(geopandas.sjoin(sites, zones, predicate="within")))
"""


def seconds(command: list[str]) -> tuple[float, str]:
    """Wall seconds of a whole process, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    return time.perf_counter() - start, done.stdout


def compare(*, sites: int, zones: int, rounds: int) -> dict[str, object]:
    """Medians of both, their ratio, and the seconds of each step of the last run."""
    ours, theirs, told = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), sites=sites, zones=zones, seed=2007)
        for _ in range(rounds):
            theirs.append(seconds([sys.executable, "-c", SJOIN, folder])[0])
            taken, printed = seconds([sys.executable, "-m", "scripts.headwater", "run", folder, "--json"])
            ours.append(taken)
            told = json.loads(printed)
        page = (Path(folder) / "output" / "inspection.html").stat().st_size
    return {
        "sites": sites,
        "zones": zones,
        "headwater_seconds": round(statistics.median(ours), 2),
        "geopandas_sjoin_seconds": round(statistics.median(theirs), 2),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "steps": told["seconds"],
        "findings": told["findings"],
        "page_megabytes": round(page / 1e6, 2),
        "python": platform.python_version(),
        **{name: version(name) for name in ("geopandas", "shapely", "pyogrio", "numpy", "pandas")},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(json.dumps(compare(sites=given.sites, zones=given.zones, rounds=given.rounds), indent=1))
