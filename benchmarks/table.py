"""The table of RESULTS.md from the kept results, so that no figure is typed by hand.

    python benchmarks/table.py [--results benchmarks/results]

Replaces what stands between the two marks in RESULTS.md; a row without a result has a dash. Also the
tables of each benchmark, below it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import compare_run
import peers
from measuring import RESULTS, ROOT, markdown
from plot import kept

DOCUMENT = ROOT / "benchmarks" / "RESULTS.md"
BEGIN, END = "<!-- begin: benchmarks/table.py -->", "<!-- end: benchmarks/table.py -->"

Found = Mapping[str, Any]


class Row(NamedTuple):
    """A line of the table: what, the target, the result it comes from, how to tell it, the command."""

    work: str
    target: str
    result: str
    told: Callable[[Found, Path], str]
    command: str


def times(found: Found, names: Mapping[str, str]) -> str:
    """How many times an engine's seconds are those of the reference, by name."""
    told = found["engines"]
    return ", ".join(
        f"{word} {told[name]['ratio']:.1f}" if name in told else f"{word} –" for name, word in names.items()
    )


def _points(found: Found, _: Path) -> str:
    names = {"sedonadb": "SedonaDB", "duckdb": "DuckDB", "geopandas": "geopandas", "postgis": "PostGIS"}
    return f"{times(found, names)} times; {_seconds(found, found['reference'])}"


def _national(found: Found, results: Path) -> str:
    told = f"{times(found, {'sedonadb': 'SedonaDB', 'geopandas': 'geopandas'})} times; "
    name = found["reference"]
    smaller = kept(results, "points_1000k")
    if smaller:
        million = smaller["engines"][name]["seconds"]["work"]
        per_site = found["engines"][name]["seconds"]["work"] / 3.6 / million
        told += f"cost per site {per_site:.2f} of that at 1 M; "
    return f"{told}{found['engines'][name]['peak_gib']} GiB"


def _parcels(found: Found, _: Path) -> str:
    names = {"geopandas": "geopandas overlay", "duckdb": "DuckDB", "sedonadb": "SedonaDB"}
    return f"{times(found, names)} times; {_seconds(found, found['reference'])}"


def _zones_kept(found: Found, _: Path) -> str:
    told = found["engines"].get("headwater kept")
    return f"{1 / told['ratio']:.1f} times; {_seconds(found, 'headwater kept')}" if told else "–"


def _seconds(found: Found, name: str) -> str:
    return f"{name} {found['engines'][name]['seconds']['work']:.2f} s"


def _run(found: Found, _: Path) -> str:
    ours = found["seconds"]["headwater run"]
    script, floor = found["ratio_to_script"], found["ratio_to_floor"]
    return f"{script:.2f} of the script, {floor:.1f} times the floor; {ours:.1f} s"


def _changed(found: Found, _: Path) -> str:
    return f"judging {found['judge_ratio']:.1%}, the whole run {found['whole_ratio']:.0%}"


def _complete(found: Found, _: Path) -> str:
    return (
        f"{found['seconds']:.0f} s, {found['peak_gib']} GiB; floor {found['floor_seconds']:.1f} s, "
        f"{found['ratio_to_floor']:.1f} times"
    )


def _scale(found: Found, _: Path) -> str:
    each = found["peak_gib"]["worker"]
    return f"same bytes; {found['throughput']:.2f} of the throughput; {each:.1f} GiB a worker"


def _read(found: Found, _: Path) -> str:
    ratio, seconds = found["times_geopandas"], found["seconds"]["warm"]["headwater"]
    return f"{ratio['warm']:.2f} times; {ratio['whole']:.2f} with start and imports; {seconds:.2f} s"


def _rules(found: Found, _: Path) -> str:
    count, seconds = found["rules"], found["seconds"]
    return (
        f"{count['rules']} rules about sources {found['rules_to_one_rule']:.2f} times; all {count['book']}, with those "
        f"about zones, {found['book_to_one_rule']:.2f}; {seconds['rules']:.2f} s ({found['rules_to_bare_pass']:.1f} "
        "times a pass that answers nothing)"
    )


def _faults(found: Found, _: Path) -> str:
    sample = " (a sample)" if "--every" in found["command"] else ""
    return f"{found['points']:,} points{sample}, {found['wrong']} wrong"


def _map(found: Found, _: Path) -> str:
    ratio, large, pan = found["ratios"], found["megabytes"], found["medians"]
    told = {
        "to_folium": "ready in {:.3f} of folium's time",
        "million_to_page": "a million in {:.2f} times the page's",
        "phone_to_desktop": "phone {:.2f} times",
        "example_to_empty": "example {:.2f} times an empty page",
        "generation_to_geojson": "generated in {:.2f} of GeoJson's",
    }
    sizes = [f"{name} {large[name]:.1f} MB" for name in ("headwater", "million", "example") if name in large]
    beyond = [f"{act} {ratio[f'{act}_beyond_redraw_ms']:.0f}" for act in ACTS if f"{act}_beyond_redraw_ms" in ratio]
    parts = [sentence.format(ratio[name]) for name, sentence in told.items() if name in ratio]
    parts += [", ".join(sizes)]
    parts += [f"pan p95 {pan['headwater']['pan_p95']:.0f} ms"] if "headwater" in pan else []
    parts += [f"beyond a redraw: {', '.join(beyond)} ms"] if beyond else []
    lost = sum(sum(one["complaints"].values()) for one in pan.values())
    return "; ".join([*parts, f"{lost:.0f} requests, console errors, policy violations"])


ACTS = ("filter", "search", "popup")
ROWS = (
    Row(
        "join + 300 m distances, 1 M sites × 20,000 zones, GeoParquet to a file of pairs",
        "≥ 7 times faster than SedonaDB and DuckDB, ≥ 9 than geopandas, ≥ 20 than PostGIS",
        "points_1000k",
        _points,
        "peers.py FOLDER points",
    ),
    Row(
        "the same, 3.6 M",
        "≥ 9 times faster than SedonaDB, ≥ 14 than geopandas; cost per site not above 1 M's; ≤ 1.5 GiB",
        "points_3600k",
        _national,
        "peers.py FOLDER points --size 3600k",
    ),
    Row(
        "100,000 parcels × 20,000 zones: overlap, shares, 300 m",
        "≥ 2 times faster than a geopandas overlay, ≥ 1.5 than DuckDB, ≥ 4 than SedonaDB",
        "parcels_100k",
        _parcels,
        "peers.py FOLDER parcels",
    ),
    Row(
        "zones kept from an earlier run, 1 M sites",
        "≥ 2 times the cold figure",
        "points_1000k",
        _zones_kept,
        "peers.py FOLDER points",
    ),
    Row(
        "`headwater run`, 100,000 sites × 2,000 zones × `cn`, cold, plain",
        "≤ 0.33 of a geopandas + folium script; ≤ 6 times start + read + one `sjoin`",
        "run_100k",
        _run,
        "compare_run.py",
    ),
    Row(
        "the same after 100 rows changed",
        "judging ≤ 5 %, the whole run ≤ 60 % of the cold one",
        "changed_100k",
        _changed,
        "changed_run.py",
    ),
    Row(
        "1 M sites, `headwater run` complete with map, fast",
        "runs, ≤ 4 GiB; beside the physical floor",
        "complete_1000k",
        _complete,
        "run_million.py",
    ),
    Row(
        "20 M sites in a partitioned set, two dask workers",
        "results equal; ≥ 0.8 of the single machine's throughput; memory bounded by a partition",
        "scale_20000k",
        _scale,
        "scale.py",
    ),
    Row(
        "the rules of `cn` about sources, 100,000 sites × 2,000 zones, in memory, plain",
        "≤ 1.5 times one rule's spatial pass",
        "rules_100k",
        _rules,
        "rule_book_cost.py",
    ),
    Row(
        "1 M clean points from a GeoPackage through the reading process",
        "≤ 1.3 times `geopandas.read_file(…, use_arrow=True)`, the process included",
        "read_1000k",
        _read,
        "read_clean.py",
    ),
    Row(
        "the map page of 100,000 sites and 5,000 zones beside folium's, in Chromium",
        "ready ≤ 0.125 of folium's, a million ≤ 2 times, phone ≤ 4 times, example ≤ 1.2 times an empty page; generated "
        "in ≤ 0.25 of GeoJson's; ≤ 10, 31, 0.6 MB, pan p95 ≤ 25 ms; answers ≤ 33 ms over a redraw; 0 requests, errors",
        "map_100k",
        _map,
        "map_page.py",
    ),
    Row(
        "a killed process, a full disk, a failing one, at every call of `run`, `survey merge` and `ledger set` that "
        "changes a disk",
        "≥ 2,000 points: all old or all new, nothing lost, the next run needs no hand",
        "faults",
        _faults,
        "faults.py",
    ),
)


def numbers(results: Path) -> str:
    """The table of targets and what was reached."""
    rows = []
    for row in ROWS:
        found = kept(results, row.result)
        told = row.told(found, results) if found else "–"
        rows.append([row.work, row.target, told, f"`python benchmarks/{row.command}`"])
    return markdown(["work", "target", "reached", "command"], rows)


def details(results: Path) -> str:
    """The tables of the single benchmarks, each with its machine and versions."""
    parts = []
    for name in ("points_10k", "points_100k", "points_1000k", "points_3600k", "parcels_100k", "rivers_4400"):
        if found := kept(results, name):
            parts += [f"### {found['subjects']} against 20,000 zones", peers.table(found), _where(found)]
    if found := kept(results, "run_100k"):
        parts += ["### A whole run, and where its time goes", compare_run.table(dict(found)), _where(found)]
    return "\n\n".join(parts)


def _where(found: Found) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"`{found['command']}`; {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; "
        f"Python {machine['python']}, {versions}; {machine['day']}."
    )


def document(text: str, results: Path) -> str:
    """RESULTS.md with what stands between its marks made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = "\n\n".join(part for part in (BEGIN, numbers(results), details(results), END) if part)
    return before + made + after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8"), given.results), encoding="utf-8", newline="\n")
    print(numbers(given.results))
