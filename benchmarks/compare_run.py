"""A whole `headwater run`, cold, beside a geopandas + folium script for the same findings and beside the floor.

    python benchmarks/compare_run.py [--sites 100000] [--zones 2000] [--rounds 3] [--engine plain]

On one project, in turn, ratios inside a round: (a) `headwater run --full` with nothing kept: read,
the whole `cn` book, tables, layers, map; (b) `geopandas_script.py`: the same findings files and a page of
FastMarkerCluster + GeoJson; (c) the floor: geopandas starts, reads the same two files and does one `sjoin`.
The findings of (a) and (b) must be the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from make_project import make_project
from measuring import RESULTS, Run, headwater, keep, markdown, median, run, size_word
from rule_rows import write_rules

SJOIN = """
import sys, geopandas, pandas
folder = sys.argv[1]
zones = geopandas.read_file(f"{folder}/data/zones.gpkg", use_arrow=True)
table = pandas.read_csv(f"{folder}/data/sources.csv", dtype=str)
places = geopandas.points_from_xy(table["经度"].astype(float), table["纬度"].astype(float), crs=4326)
sites = geopandas.GeoDataFrame(table, geometry=places)
print(len(geopandas.sjoin(sites, zones, predicate="within")))
"""
AS_OF = "2026-11-22"  # as make_project writes
SAME = 1e-3  # share of findings that two ways to measure metres may tell apart


def cold(folder: Path, engine: str) -> Run:
    """A run with nothing kept from an earlier one."""
    for kept in (".headwater", "output"):
        shutil.rmtree(folder / kept, ignore_errors=True)
    return headwater("run", str(folder), "--full", "--json", engine=engine)


def findings(path: Path) -> set[tuple[str, ...]]:
    """What each row of a findings.csv about a place says: id, rule, site, zone, result; the script knows no other."""
    names = ("finding_id", "rule_id", "subject_id", "zone_id", "result")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["relation"] not in ("quality", "status")]
    return {tuple(row[name] for name in names) for row in rows}


def compare(folder: Path, *, rounds: int, warm: bool, engine: str) -> dict[str, Any]:
    """Medians of the three, the ratios of each round, and where the time of the run goes."""
    write_rules(folder / "rules.json", jurisdictions=["cn"], as_of=AS_OF)
    script = [sys.executable, "benchmarks/geopandas_script.py", str(folder), str(folder / "rules.json")]
    ours: list[Run] = []
    theirs: list[Run] = []
    floor: list[Run] = []
    for _ in range(rounds + warm):
        floor.append(run([sys.executable, "-c", SJOIN, str(folder)]))
        shutil.rmtree(folder / "theirs", ignore_errors=True)
        theirs.append(run([*script, str(folder / "theirs")]))
        ours.append(cold(folder, engine))
    ours, theirs, floor = ours[warm:], theirs[warm:], floor[warm:]  # the first ones fill the caches of the disk
    ratios = {
        "to_script": [a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)],
        "to_floor": [a.seconds / c.seconds for a, c in zip(ours, floor, strict=True)],
    }
    steps = [json.loads(one.printed)["seconds"] for one in ours]
    seconds = {name: median([one.seconds for one in runs]) for name, runs in _named(ours, theirs, floor)}
    parts = {step: median([one[step] for one in steps]) for step in steps[0]}
    parts["start and stop"] = round(seconds["headwater run"] - sum(parts.values()), 3)
    return {
        "rounds": rounds,
        "engine": engine,
        "seconds": seconds,
        "cpu": {name: median([one.cpu for one in runs]) for name, runs in _named(ours, theirs, floor)},
        "peak_gib": {name: round(max(one.peak_gib for one in runs), 2) for name, runs in _named(ours, theirs, floor)},
        "ratio_to_script": median(ratios["to_script"]),
        "ratio_to_floor": median(ratios["to_floor"]),
        "ratios": {name: [round(value, 2) for value in values] for name, values in ratios.items()},
        "steps": parts,
        **_same_findings(folder),
        "page_megabytes": {
            "headwater": round((folder / "output" / "inspection.html").stat().st_size / 1e6, 2),
            "folium": round((folder / "theirs" / "page.html").stat().st_size / 1e6, 2),
        },
    }


def _named(ours: list[Run], theirs: list[Run], floor: list[Run]) -> list[tuple[str, list[Run]]]:
    return [("headwater run", ours), ("geopandas script", theirs), ("geopandas floor", floor)]


def _same_findings(folder: Path) -> dict[str, int]:
    """How many findings both have; raises where they differ by more than rounding explains."""
    ours, theirs = (findings(folder / name / "findings.csv") for name in ("output", "theirs"))
    differing = len(ours ^ theirs)
    assert differing <= SAME * len(ours), f"{differing} findings differ of {len(ours)} and {len(theirs)}"
    return {"findings": len(ours), "findings_of_script": len(theirs), "findings_differing": differing}


def table(found: dict[str, Any]) -> str:
    """The result as tables in Markdown: who took how long, and where the time of the run went."""
    rows = [[name, found["seconds"][name], found["cpu"][name], found["peak_gib"][name]] for name in found["seconds"]]
    whole = found["seconds"]["headwater run"]
    parts = [[step, seconds, f"{seconds / whole:.0%}"] for step, seconds in found["steps"].items()]
    ratios = f"ratio to the script {found['ratio_to_script']:.2f}, to the floor {found['ratio_to_floor']:.1f}"
    return "\n\n".join(
        [
            markdown(["", "s", "processor s", "peak GiB"], rows),
            ratios,
            markdown(["step of `headwater run`", "s", "share"], parts),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-warm-up", action="store_true", help="count the first run of each, too")
    parser.add_argument("--engine", choices=["plain", "fast"], default="plain")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), sites=given.sites, zones=given.zones, seed=2007)
        found = compare(Path(folder), rounds=given.rounds, warm=not given.no_warm_up, engine=given.engine)
    found = {"sites": given.sites, "zones": given.zones, **found}
    keep(f"run_{size_word(given.sites)}", found, given.results)
    print(table(found))


if __name__ == "__main__":
    main()
