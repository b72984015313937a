"""Headwater and its peers in turn on the same files of a country's size; counts must agree.

    python benchmarks/make_national.py FOLDER
    python benchmarks/peers.py FOLDER points [--size 1000k] [--rounds 3]
    python benchmarks/peers.py FOLDER parcels
    python benchmarks/peers.py FOLDER rivers

From GeoParquet to a file of pairs. `points`: every pair of a point and a zone that it lies in, and
every pair at most 300 m apart with its distance. `parcels` and `rivers`: every overlap with its area or
length and share, and every pair at most 300 m apart. `headwater kept` is `headwater fast` with the zones
that an earlier run prepared. Each engine runs in a process of its own, a first run of each
is not counted, then round by round; seconds start after an engine's imports, ratios are taken inside
a round. What is not installed is named and left out.

Headwater measures on the ellipsoid, the peers in Web Mercator with the scale at the subject, as their
users do. So pairs inside are equal everywhere, while pairs near differ where the distance is close
to 300 m: Mercator takes latitudes for those of a sphere, which is up to 0.7 per cent.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from measuring import PACKAGES, RESULTS, installed, keep, markdown, median, run, size_word


class Engine(NamedTuple):
    """The module in `engines`, the packages it needs, and the environment it is started in."""

    module: str
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}


ENGINES = {
    "headwater fast": Engine("headwater", ("numba",), {"HEADWATER_ENGINE": "fast"}),
    "headwater plain": Engine("headwater", (), {"HEADWATER_ENGINE": "plain"}),
    "headwater kept": Engine("headwater_kept", ("numba",), {"HEADWATER_ENGINE": "fast"}),
    "geopandas": Engine("geopandas_frames", ("geopandas",)),
    "duckdb": Engine("duckdb_spatial", ("duckdb",)),
    "sedonadb": Engine("sedonadb_session", ("sedonadb",)),
    "postgis": Engine("postgis_server", ("psycopg",)),
    "dask-geopandas": Engine("dask_frames", ("dask-geopandas", "distributed")),
}
# Job -> the function of an engine's module, and the file of its subjects.
JOBS = {
    "points": ("points", "points_{size}.parquet"),
    "parcels": ("areas", "parcels.parquet"),
    "rivers": ("lines", "rivers.parquet"),
}
NEAR_DIFFERS = 0.005  # share of pairs near that another way to measure may find or miss
SLIVERS = 1e-4  # share of overlaps that rounding alone may make or lose
MEASURES_DIFFER = 0.01  # areas and lengths: Mercator's scale again, squared for areas


def one(name: str, job: str, subjects: Path, zones: Path) -> dict[str, float]:
    """What one engine does in this process: its counts, and seconds of its imports and of its work."""
    function = getattr(import_module(f"engines.{ENGINES[name].module}"), JOBS[job][0])
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        work = function(subjects, zones, Path(folder) / "pairs.parquet")
        ready = time.perf_counter()
        found = work()
        done = time.perf_counter()
    return {**found, "imports": ready - start, "work": done - ready}


def started(name: str, job: str, subjects: Path, zones: Path) -> dict[str, float]:
    """The same in a process of its own, with its peak memory. Raises measuring.Failed."""
    command = [sys.executable, __file__, str(subjects), job, "--zones", str(zones), "--engine", name]
    measured = run(command, environment=ENGINES[name].environment)
    found: dict[str, float] = json.loads(measured.printed.splitlines()[-1])
    return {**found, "cpu": measured.cpu, "peak_gib": measured.peak_gib}


def lacking(name: str, job: str) -> str:
    """What an engine lacks here to do a job, or nothing."""
    absent = [package for package in ENGINES[name].needs if not installed(package)]
    if absent:
        return f"not installed: {absent[0]}"
    module = import_module(f"engines.{ENGINES[name].module}")
    if not hasattr(module, JOBS[job][0]):
        return "has no such job"
    return module.lacking() if hasattr(module, "lacking") else ""


def compare(job: str, subjects: Path, zones: Path, *, rounds: int, warm: bool, names: Sequence[str]) -> dict[str, Any]:
    """Every engine in turn, round by round: medians, ratios to the first one inside a round, counts.

    With `warm` a first round is not counted, but its counts must agree, too.
    """
    left_out = {name: why for name in names if (why := lacking(name, job))}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names if name not in left_out}
    for _ in range(rounds + warm):
        for name, results in runs.items():
            results.append(started(name, job, subjects, zones))
    agree(runs)
    runs = {name: results[warm:] for name, results in runs.items()}
    reference = next(iter(runs))
    told = {name: summary(results, runs[reference]) for name, results in runs.items()}
    return {
        "job": job,
        "subjects": subjects.name,
        "rounds": rounds,
        "reference": reference,
        "engines": told,
        "left_out": left_out,
    }


def summary(results: Sequence[Mapping[str, float]], reference: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Medians of one engine, and how many times the reference's seconds it took in each round."""
    ratios = [one["work"] / base["work"] for one, base in zip(results, reference, strict=True)]
    timed = {name: median([one[name] for one in results]) for name in ("work", "imports", "cpu")}
    if "loading" in results[0]:
        timed["loading"] = median([one["loading"] for one in results])
    counted = {name: value for name, value in results[-1].items() if name not in (*timed, "peak_gib")}
    peak = round(max(one["peak_gib"] for one in results), 2)
    return {
        "seconds": timed,
        "ratio": median(ratios),
        "ratios": [round(r, 2) for r in ratios],
        "peak_gib": peak,
        **counted,
    }


def agree(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Raises AssertionError where an engine's counts are not those of the first one.

    Points inside are exactly equal; overlaps but for slivers; pairs near but for the way to measure.
    """
    expected = next(iter(runs.values()))[0]
    shapes = "overlap" in expected
    for name, results in runs.items():
        ours = name.startswith("headwater")
        for result in results:
            told = (name, result, expected)
            assert math.isclose(result["inside"], expected["inside"], rel_tol=SLIVERS * shapes, abs_tol=2 * shapes), (
                told
            )
            near = 1e-5 if ours else NEAR_DIFFERS
            assert math.isclose(result["near"], expected["near"], rel_tol=near, abs_tol=2), told
            if shapes:
                measure = 1e-9 if ours else MEASURES_DIFFER
                assert math.isclose(result["overlap"], expected["overlap"], rel_tol=measure), told
                assert math.isclose(result["share"], expected["share"], rel_tol=1e-9 if ours else 1e-3), told


def table(found: Mapping[str, Any]) -> str:
    """The result as a table in Markdown."""
    rows = []
    for name, told in sorted(found["engines"].items(), key=lambda item: item[1]["seconds"]["work"]):
        seconds = told["seconds"]
        work = f"{seconds['work']:.2f}" + (f" (loading {seconds['loading']:.1f})" if "loading" in seconds else "")
        spread = f"{told['ratio']:.1f} ({min(told['ratios']):.1f}–{max(told['ratios']):.1f})"
        rows.append([name, work, f"{seconds['imports']:.2f}", spread, told["peak_gib"], told["inside"], told["near"]])
    rows += [[name, why, *[""] * 5] for name, why in found["left_out"].items()]
    return markdown(["engine", "s", "imports", f"times {found['reference']}", "peak GiB", "inside", "near"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("job", choices=list(JOBS))
    parser.add_argument("--size", default="1000k", help="which points_<size>.parquet")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-warm-up", action="store_true", help="count the first run of each, too")
    parser.add_argument("--engines", default="", help="names with commas; left out: all")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--zones", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=list(ENGINES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(one(given.engine, given.job, given.folder, given.zones)))
        return
    subjects = given.folder / JOBS[given.job][1].format(size=given.size)
    names = [name for name in ENGINES if not given.engines or name in given.engines.split(",")]
    zones = given.folder / "zones.parquet"
    found = compare(given.job, subjects, zones, rounds=given.rounds, warm=not given.no_warm_up, names=names)
    import pyarrow.parquet as pq  # not above: it would be missing from the imports of the engines

    sized = f"{given.job}_{size_word(pq.read_metadata(subjects).num_rows)}"
    packages = (*PACKAGES, "duckdb", "sedonadb", "psycopg", "dask-geopandas", "distributed")
    keep(sized, found, given.results, packages=packages)
    print(table(found))


if __name__ == "__main__":
    main()
