"""Runs after a survey: what a run costs when a few rows have changed since the one before.

    python benchmarks/changed_run.py [--changed 100] [--sites 100000] [--zones 2000] [--rounds 3]
    python benchmarks/changed_run.py --curve [--steps 0,1,10,100,1000,10000,100000] [--zone-steps 1,10,100]

Every time a run from nothing (cold), then rows are changed, then the run that is measured, and then
`--full` into another folder, whose files must be the same byte for byte. `--changed` gives the ratios to
the cold run: judging, and the whole. `--curve` gives the seconds of every step for each number of rows,
to show that cost follows the change.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from change_rows import change_sites, change_zones
from compare_run import cold
from make_project import make_project
from measuring import RESULTS, headwater, keep, markdown, median, size_word


def after(folder: Path, change: Callable[[Path], None], *, engine: str) -> dict[str, Any]:
    """Seconds of a cold run and of one after a change, whole and by step, processor seconds, too."""
    data = folder / "data"
    shutil.copytree(data, folder / "as_it_was")
    first = cold(folder, engine)
    change(folder)
    second = headwater("run", str(folder), "--json", engine=engine)
    _same_as_full(folder, engine)
    shutil.rmtree(data)
    (folder / "as_it_was").rename(data)
    steps = [json.loads(one.printed)["seconds"] for one in (first, second)]
    return {
        "cold": {"whole": first.seconds, "cpu": first.cpu, **steps[0]},
        "changed": {"whole": second.seconds, "cpu": second.cpu, **steps[1]},
    }


def _same_as_full(folder: Path, engine: str) -> None:
    """Raises AssertionError where a run that uses nothing kept writes other bytes."""
    full = folder / "full"
    shutil.rmtree(full, ignore_errors=True)
    headwater("run", str(folder), "--full", "--output", str(full), "--json", engine=engine)
    names = sorted(path.name for path in full.iterdir())
    assert names == sorted(path.name for path in (folder / "output").iterdir()), names
    _, differing, unread = filecmp.cmpfiles(folder / "output", full, names, shallow=False)
    assert not differing + unread, f"not the bytes of --full: {differing + unread}"


def changed(folder: Path, count: int, *, rounds: int, engine: str) -> dict[str, Any]:
    """Medians and ratios to the cold run of the same round, for `count` changed sites."""
    taken = [after(folder, lambda place: change_sites(place, count), engine=engine) for _ in range(rounds)]
    ratio = {step: [one["changed"][step] / one["cold"][step] for one in taken] for step in ("judge", "whole")}
    return {
        "rounds": rounds,
        "changed_rows": count,
        **{state: _medians([one[state] for one in taken]) for state in ("cold", "changed")},
        **{f"{step}_ratio": median(values) for step, values in ratio.items()},
        "ratios": {step: [round(value, 3) for value in values] for step, values in ratio.items()},
        "same_as_full": True,
    }


def curve(folder: Path, *, steps: list[int], zone_steps: list[int], engine: str) -> dict[str, Any]:
    """For every number of changed sites and of redrawn zones, the seconds of the run after it."""
    points = []
    asked = [("sites", count, change_sites) for count in steps] + [
        ("zones", count, change_zones) for count in zone_steps
    ]
    for what, count, change in asked:
        taken = after(folder, lambda place, count=count, change=change: change(place, count), engine=engine)
        points.append(
            {"changed": what, "rows": count, "seconds": _medians([taken["changed"]]), "cold": taken["cold"]["whole"]}
        )
    return {"points": points, "same_as_full": True}


def _medians(taken: list[dict[str, float]]) -> dict[str, float]:
    return {step: median([one[step] for one in taken]) for step in taken[0]}


def table(found: dict[str, Any]) -> str:
    """The result as a table in Markdown."""
    if "points" in found:
        steps = list(found["points"][0]["seconds"])
        return markdown(
            ["changed", "rows", *steps],
            [[one["changed"], one["rows"], *(one["seconds"][step] for step in steps)] for one in found["points"]],
        )
    steps = list(found["cold"])
    rows = [[state, *(found[state][step] for step in steps)] for state in ("cold", "changed")]
    return markdown(["run", *steps], rows) + (
        f"\n\njudging {found['judge_ratio']:.1%}, the whole run {found['whole_ratio']:.0%} of the cold one"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changed", type=int, default=100)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--steps", default="0,1,10,100,1000,10000,100000")
    parser.add_argument("--zone-steps", default="1,10,100")
    parser.add_argument("--engine", choices=["plain", "fast"], default="plain")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, sites=given.sites, zones=given.zones, seed=2007)
        if given.curve:
            steps, zone_steps = ([int(one) for one in text.split(",")] for text in (given.steps, given.zone_steps))
            found = curve(folder, steps=steps, zone_steps=zone_steps, engine=given.engine)
        else:
            found = changed(folder, given.changed, rounds=given.rounds, engine=given.engine)
    found = {"sites": given.sites, "zones": given.zones, "engine": given.engine, **found}
    keep(f"{'curve' if given.curve else 'changed'}_{size_word(given.sites)}", found, given.results)
    print(table(found))


if __name__ == "__main__":
    main()
