"""Past one machine: a partitioned set of sites judged by dask workers against the single-machine run.

    python benchmarks/scale.py [--sites 20000000] [--partitions 80] [--workers 2] [--sources 8000]
    python benchmarks/scale.py --sizing

Makes the set (`make_national.make_sites`: GeoParquet parts, each compact in space) and a project over it,
runs `headwater run` alone and with a local cluster, compares the outputs byte for byte, and tells
throughput and memory of each. `--sizing` extrapolates the kept result to larger sets.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from make_national import make_shapes, make_sites
from measuring import RESULTS, Failed, Run, headwater, keep, markdown, median, size_word
from run_million import PROJECT

SIZES = (1_000_000, 3_600_000, 20_000_000, 100_000_000)


def options(workers: int) -> list[str]:
    """What makes `headwater run` start a local cluster of its own; the one place that says so."""
    return ["--workers", str(workers)]


def make_project(folder: Path, *, sites: int, partitions: int, sources: int, seed: int) -> None:
    """Writes headwater.toml, zones as one file and sources as a folder of parts."""
    data = folder / "data"
    make_shapes(data, sources=sources, parcel_count=1, seed=seed)
    make_sites(data / "sources", sites=sites, partitions=partitions, seed=seed)
    text = PROJECT.format(zones="parquet", sources="").replace("data/sources.", "data/sources")
    (folder / "headwater.toml").write_text(text, encoding="utf-8")


def judged(folder: Path, output: str, extra: list[str]) -> Run:
    """A run with nothing kept, into an output folder of its own."""
    for kept in (".headwater", output):
        shutil.rmtree(folder / kept, ignore_errors=True)
    return headwater("run", str(folder), "--full", "--json", "--output", str(folder / output), *extra, engine="fast")


def compare(folder: Path, *, workers: int, rounds: int) -> dict[str, Any]:
    """Medians alone and with workers, the share of throughput kept, memory; outputs must be the same bytes."""
    alone, spread = [], []
    for _ in range(rounds):
        alone.append(judged(folder, "alone", []))
        spread.append(judged(folder, "spread", options(workers)))
    names = sorted(path.name for path in (folder / "alone").iterdir())
    _, differing, unread = filecmp.cmpfiles(folder / "alone", folder / "spread", names, shallow=False)
    assert not differing + unread, f"not the bytes of the single machine: {differing + unread}"
    judge = [json.loads(one.printed)["seconds"]["judge"] for one in alone]
    return {
        "rounds": rounds,
        "seconds": {
            "alone": median([one.seconds for one in alone]),
            "workers": median([one.seconds for one in spread]),
        },
        "judge_seconds_alone": median(judge),
        "throughput": median([a.seconds / b.seconds for a, b in zip(alone, spread, strict=True)]),
        "peak_gib": {
            "alone": round(max(one.peak_gib for one in alone), 2),
            "workers": round(max(one.peak_gib for one in spread), 2),
        },
        "same_bytes": True,
    }


def sizing(found: dict[str, Any]) -> str:
    """A table of larger sets: seconds in proportion to sites, memory to the part that a worker holds."""
    rate = found["sites"] / found["seconds"]["workers"] / found["workers"]
    per_worker = found["peak_gib"]["workers"] / found["workers"]
    part = found["sites"] / found["partitions"]
    rows = []
    for size in SIZES:
        for workers in (2, 8, 32):
            parts = max(workers, round(size / part))
            seconds = size / rate / workers
            rows.append([f"{size:,}", parts, workers, f"{per_worker:.1f}", f"{seconds:,.0f}"])
    return markdown(["sites", "parts", "workers", "GiB per worker", "s"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=20_000_000)
    parser.add_argument("--partitions", type=int, default=80)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sources", type=int, default=8000, help="water sources, 2.5 zones each")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sizing", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    name = f"scale_{size_word(given.sites)}"
    if given.sizing:
        print(sizing(json.loads((given.results / f"{name}.json").read_text(encoding="utf-8"))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_project(folder, sites=given.sites, partitions=given.partitions, sources=given.sources, seed=2007)
        try:
            found = compare(folder, workers=given.workers, rounds=given.rounds)
        except Failed as why:
            raise SystemExit(f"this checkout does not run over parts or workers: {why}") from None
    asked = {"sites": given.sites, "partitions": given.partitions, "workers": given.workers}
    keep(name, {**asked, **found}, given.results)
    print(sizing({**asked, **found}))


if __name__ == "__main__":
    main()
