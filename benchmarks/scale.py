"""Past one machine: a partitioned set of sites judged by dask workers against the single-machine run.

    python benchmarks/scale.py [--sites 20000000] [--partitions 80] [--workers 2] [--rounds 1] [--data FOLDER]
    python benchmarks/scale.py --sizing [--sites 20000000]

Makes the set (`make_national.make_sites`: GeoParquet parts, each compact in space) and a project over it,
runs `headwater run` alone and with a local cluster, compares the digests of all outputs, and tells throughput
and memory of each. A set that lies in `--data` already is taken as it is; without the option it goes into a
temporary folder. `--sites 2000000 --partitions 8` is a quick look. `--sizing` extrapolates the kept result
to larger sets, and refuses to from fewer than 500,000 sites.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from make_national import make_shapes, make_sites
from measuring import RESULTS, Run, headwater, keep, markdown, median, size_word
from run_million import PROJECT

SIZES = (1_000_000, 3_600_000, 20_000_000, 100_000_000)
WORKERS = (2, 8, 32)
# Of fewer the start of the processes is most of what was measured.
FEWEST_TO_EXTRAPOLATE = 500_000
# 64 bits of every id, sorted in a copy to find those that stand twice.
CLIENT_BYTES_PER_SITE = 16


def make_project(folder: Path, *, sites: int, partitions: int, sources: int, seed: int) -> None:
    """Writes headwater.toml, zones as one file and sources as a folder of parts, what is not there yet."""
    data = folder / "data"
    if not (data / "zones.parquet").exists():
        make_shapes(data, sources=sources, parcel_count=1, seed=seed)
        for name in ("rivers.parquet", "parcels.parquet"):
            (data / name).unlink()
    if not (data / "sources").exists():
        make_sites(data / "made", sites=sites, partitions=partitions, seed=seed)
        (data / "made").rename(data / "sources")
    text = PROJECT.format(zones="parquet", sources="").replace("data/sources.", "data/sources")
    (folder / "headwater.toml").write_text(text, encoding="utf-8")


def judged(folder: Path, output: str, extra: list[str]) -> tuple[Run, dict[str, str]]:
    """A run with nothing kept, and the digests of the files it wrote, which are deleted."""
    for kept in (".headwater", output):
        shutil.rmtree(folder / kept, ignore_errors=True)
    done = headwater("run", str(folder), "--full", "--json", "--output", str(folder / output), *extra, engine="fast")
    written = digests(folder / output)
    shutil.rmtree(folder / output)
    return done, written


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def compare(folder: Path, *, workers: int, rounds: int) -> dict[str, Any]:
    """Medians alone and with workers, the share of throughput kept, memory; outputs must be the same bytes."""
    alone, spread = [], []
    for _ in range(rounds):
        one, expected = judged(folder, "alone", [])
        other, found = judged(folder, "spread", ["--scheduler", "local", "--workers", str(workers)])
        assert expected, "nothing was written"
        differing = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        assert not differing, f"not the bytes of the single machine: {differing}"
        alone.append(one)
        spread.append(other)
    told = [json.loads(one.printed) for one in spread]
    return {
        "rounds": rounds,
        "sites": sum(told[0]["sites"].values()),
        "findings": told[0]["findings"],
        "seconds": {"alone": _seconds(alone), "workers": _seconds(spread)},
        "cpu_seconds": {"alone": median([one.cpu for one in alone]), "workers": median([one.cpu for one in spread])},
        "judge_seconds": {"alone": _judging(alone), "workers": _judging(spread)},
        "throughput": median([a.seconds / b.seconds for a, b in zip(alone, spread, strict=True)]),
        "peak_gib": {
            "alone": round(max(one.peak_gib for one in alone), 2),
            "workers": round(max(one.peak_gib for one in spread), 2),
            "client": round(max(one["peak_mib"] for one in told) / 1024, 2),
            "worker": round(max(max(one["workers_peak_mib"].values()) for one in told) / 1024, 2),
        },
        "files": len(expected),
        "same_bytes": True,
    }


def _seconds(runs: list[Run]) -> float:
    return median([one.seconds for one in runs])


def _judging(runs: list[Run]) -> float:
    return median([json.loads(one.printed)["seconds"]["judge"] for one in runs])


def sizing(found: dict[str, Any]) -> str:
    """A table of larger sets, extrapolated: judging in proportion to sites and workers, the rest as measured.

    Memory of a worker is that of a part; of the client, as measured, plus what it keeps of every further site.
    From too few sites there is no table, and a line says so.
    """
    if found["sites"] < FEWEST_TO_EXTRAPOLATE:
        return f"no table of sizes: {found['sites']:,} sites are too few, {FEWEST_TO_EXTRAPOLATE:,} are needed"
    fixed = found["seconds"]["workers"] - found["judge_seconds"]["workers"]
    rate = found["sites"] / found["judge_seconds"]["workers"] / found["workers"]
    memory = found["peak_gib"]
    part = found["sites"] / found["partitions"]
    rows = []
    for size in SIZES:
        for workers in WORKERS:
            further = max(0, size - found["sites"]) * CLIENT_BYTES_PER_SITE / 2**30
            seconds = fixed + size / rate / workers
            parts = max(1, round(size / part))
            if parts < workers:
                continue
            told = [f"{size:,}", f"{found['zones']:,}", parts, workers, f"{memory['worker']:.1f}"]
            rows.append([*told, f"{memory['client'] + further:.1f}", f"{seconds:,.0f}"])
    headings = ["sites", "zones", "parts", "workers", "GiB a worker", "GiB the client", "seconds"]
    return markdown(headings, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=20_000_000)
    parser.add_argument("--partitions", type=int, default=80)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sources", type=int, default=8000, help="water sources, 2.5 zones each")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--data", type=Path, help="where the project is made, or lies; kept")
    parser.add_argument("--sizing", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    name = f"scale_{size_word(given.sites)}"
    if given.sizing:
        print(sizing(json.loads((given.results / f"{name}.json").read_text(encoding="utf-8"))))
        return
    with tempfile.TemporaryDirectory() if given.data is None else nullcontext(given.data) as scratch:
        folder = Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make_project(folder, sites=given.sites, partitions=given.partitions, sources=given.sources, seed=2007)
        found = compare(folder, workers=given.workers, rounds=given.rounds)
        asked = {"partitions": given.partitions, "workers": given.workers, "zones": _zones(folder)}
    keep(name, {**asked, **found}, given.results)
    print(sizing({**asked, **found}))


def _zones(folder: Path) -> int:
    import pyarrow.parquet

    return int(pyarrow.parquet.read_metadata(folder / "data" / "zones.parquet").num_rows)


if __name__ == "__main__":
    main()
