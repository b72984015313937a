"""The inspection map beside folium's page of the same layers, in headless Chromium, side by side in one run.

    python benchmarks/map_page.py [--rounds 3] [--only ready,phone,answers,million,example,generation] [--keep FOLDER]

Pages are made once from one seed (`map_inputs.py`, `map_baselines.py`); then each is opened in a new browser, by turns,
`--rounds` times; medians count, ratios inside a round. `million`, the million sites, takes most of the time and memory.
What is measured: `ready` (`page_timing.py`), the frames while panning, and how long a change of filter, each key in the
search, and a click take until they are shown, beside a mere redraw of the same canvases.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from map_baselines import MARKERCLUSTER, cluster_page, empty_page, geojson_page, markercluster
from map_inputs import map_inputs
from measuring import RESULTS, ROOT, keep, median, size_word
from page_timing import browser, calmer, complaints, opened, panned, share, timed

from maps.inspection import inspection_map

PARTS = ("ready", "phone", "answers", "million", "example", "generation")
MILLION = 10  # times as many sites as the page itself
FRAME = 1000 / 60
# What is measured in an open page, as JavaScript of a step; `redraw` paints the canvases that the others paint anew.
ACTS = {
    "redraw": "for (const layer of Object.values(map_inspection._layers))"
    " if (layer.options?.pane === 'sites') layer.repaint();",
    "filter": "headwater.filter(step % 2 ? {} : { result: step % 4 ? 'check' : 'violation' });",
    "search": "const box = document.getElementById('search'); box.value = '水库坝前养殖'.slice(0, 1 + step % 6);"
    " box.dispatchEvent(new Event('input', { bubbles: true }));",
    "popup": "headwater.select(window.ids[step % window.ids.length]);",
}
STEPS = 12
IDS = "window.ids = headwater.find('坝前养殖').slice(0, 12); document.getElementById('search').value = '';"

Pages = dict[str, Path]


def made(folder: Path, *, sites: int, zones: int, parts: Sequence[str]) -> tuple[Pages, dict[str, float]]:
    """The pages, and the seconds that generating took: ours, and folium.GeoJson of the same layers."""
    frames = map_inputs(sites=sites, zones=zones)
    pages: Pages = {}
    seconds: dict[str, float] = {}

    def write(name: str, make: Callable[[], str]) -> None:
        start = time.process_time()
        text = make()
        seconds[name] = round(time.process_time() - start, 3)
        pages[name] = folder / f"{name}.html"
        pages[name].write_text(text, encoding="utf-8")

    write("headwater", lambda: inspection_map(**frames))
    if "ready" in parts:
        write("folium", lambda: cluster_page(frames["sites"], frames["zones"], markercluster(folder)))
    if "generation" in parts:
        write("geojson", lambda: geojson_page(frames["sites"], frames["zones"]))
        pages.pop("geojson").unlink()
    if "million" in parts:
        more = map_inputs(sites=sites * MILLION, zones=zones)
        write("million", lambda: inspection_map(**more))
    if "example" in parts:
        write("empty", empty_page)
        pages["example"] = example(folder)
    return pages, seconds


def example(folder: Path) -> Path:
    """The page of the example project, as `headwater demo` writes it."""
    command = [sys.executable, "-m", "scripts.headwater", "demo", str(folder / "example"), "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder / "example" / "output" / "inspection.html"


def measured(page: Path, *, ours: bool, phone: bool = False, answers: bool = False) -> dict[str, Any]:
    """One opening of a page in a browser of its own."""
    with browser(phone=phone) as driver:
        found: dict[str, Any] = {"ready": opened(driver, page, marks=ours)}
        frames = panned(driver)
        found |= {"pan_median": statistics.median(frames), "pan_p95": share(frames, 0.95), "pan_max": max(frames)}
        if answers:
            driver.execute_script(IDS)
            found["answers"] = {name: shown(timed(driver, act, STEPS)) for name, act in ACTS.items()}
        found["complaints"] = complaints(driver, page)
    return found


def shown(steps: Sequence[Sequence[float]]) -> dict[str, float]:
    """Medians over the steps: the work itself, and until it is shown."""
    return {"work": median([work for work, _ in steps]), "shown": median([until for _, until in steps])}


def plan(parts: Sequence[str]) -> list[tuple[str, str, dict[str, Any]]]:
    """What a round opens: what it is called, the page, and how."""
    ours = {"ours": True}
    rows: list[tuple[str, str, dict[str, Any]]] = []
    if {"ready", "answers", "million", "phone"} & set(parts):
        rows.append(("headwater", "headwater", {**ours, "answers": "answers" in parts}))
    if "ready" in parts:
        rows.append(("folium", "folium", {"ours": False}))
    if "million" in parts:
        rows.append(("million", "million", {**ours, "answers": "answers" in parts}))
    if "phone" in parts:
        rows.append(("phone", "headwater", {**ours, "phone": True}))
    if "example" in parts:
        rows += [("example", "example", ours), ("empty", "empty", {"ours": False})]
    return rows


def summary(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Medians of what the rounds found, name by name."""
    first = rounds[0]
    return {
        name: summary([one[name] for one in rounds])
        if isinstance(value, Mapping)
        else median([one[name] for one in rounds])
        for name, value in first.items()
    }


def ratios(rounds: Sequence[Mapping[str, Any]], seconds: Mapping[str, float]) -> dict[str, float]:
    """What the targets speak of: medians of ratios inside a round; of answers the milliseconds beyond a redraw."""
    pairs = {
        "to_folium": ("headwater", "folium"), "million_to_page": ("million", "headwater"),
        "phone_to_desktop": ("phone", "headwater"), "example_to_empty": ("example", "empty"),
    }  # fmt: skip
    found = {
        name: median([one[own]["ready"] / one[other]["ready"] for one in rounds])
        for name, (own, other) in pairs.items()
        if own in rounds[0] and other in rounds[0]
    }
    if "answers" in rounds[0].get("headwater", {}):
        for act in ("filter", "search", "popup"):
            beyond = [
                one["headwater"]["answers"][act]["shown"] - one["headwater"]["answers"]["redraw"]["shown"]
                for one in rounds
            ]
            found[f"{act}_beyond_redraw_ms"] = median(beyond)
    if "geojson" in seconds:
        found["generation_to_geojson"] = round(seconds["headwater"] / seconds["geojson"], 3)
    return found


def compare(folder: Path, *, sites: int, zones: int, parts: Sequence[str], rounds: int) -> dict[str, Any]:
    pages, seconds = made(folder, sites=sites, zones=zones, parts=parts)
    found: list[dict[str, Any]] = []
    for _ in range(rounds):
        found.append({name: measured(pages[page], **how) for name, page, how in plan(parts)})
        print({name: round(one["ready"]) for name, one in found[-1].items()}, flush=True)
    with browser() as driver:
        chromium = driver.capabilities["browserVersion"]
    return {
        "sites": sites, "zones": zones, "rounds": rounds, "parts": list(parts), "chromium": chromium,
        "markercluster": MARKERCLUSTER,
        "megabytes": {name: round(path.stat().st_size / 1e6, 3) for name, path in pages.items()},
        "processor_seconds": seconds, "ratios": ratios(found, seconds), "medians": summary(found), "all": found,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--keep", type=Path, help="where the pages stay, to look at them")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    parts = [part for part in PARTS if part in given.only.split(",")]
    calmer()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = compare(folder, sites=given.sites, zones=given.zones, parts=parts, rounds=given.rounds)
    keep(f"map_{size_word(given.sites)}", found, given.results)


if __name__ == "__main__":
    main()
