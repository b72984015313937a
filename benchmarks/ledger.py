"""The ledger: writers at once, changed bytes, and how long state and merging take beside reading its table.

    python benchmarks/ledger.py writers [--processes 8] [--events 500] [--repeats 20]
    python benchmarks/ledger.py bytes [--changes 10000]
    python benchmarks/ledger.py state FOLDER [--sites 100000] [--rounds 3]

- `writers`: processes that each append their events to one ledger, a transaction each, all at once; and again in
  batches. Every acknowledged event must be stored, and the chain must hold.
- `bytes`: single bytes of events changed, half of them in the table by SQL, half in the file; `ledger verify` must find
  each, and name the event.
- `state`: a ledger with ten events for each site, of all kinds (made in FOLDER, kept for the next time). Timed in
  processor seconds, by turns: `table`, every column of every row fetched; `events`, the same as events; `derive`, the
  state of those events; `state`, both, reading included. And in seconds, as the command tells them, the steps of
  `headwater survey merge` of a file of 1,000 visits that read or write the ledger, beside the table fetched again just
  before. The targets are 3 times and once the table.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.ledger_bytes import changed_in_file, changed_in_table
from benchmarks.ledger_project import add_visits, make_project
from benchmarks.ledger_writers import appended_by_many
from benchmarks.measuring import RESULTS, headwater, keep, median, size_word
from layers.events import Event
from layers.ledger import opened
from layers.ledger_proof import prove
from layers.ledger_schema import LEDGER_FILE
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import derive
from tests.ledger_bytes import some_events

VISITS = 1000


def writers(processes: int, events: int, repeats: int) -> dict[str, Any]:
    """What many writers were told, and what the ledger holds afterwards."""
    rounds = []
    for number in range(repeats):
        for batch in (1, 50):
            with tempfile.TemporaryDirectory(prefix="headwater-") as name:
                start = time.perf_counter()
                told = appended_by_many(Path(name), processes=processes, events=events, batch=batch)
                seconds = time.perf_counter() - start
                with opened(Path(name)) as ledger:
                    stored = Counter(event.actor for event in ledger.events())
                whole = not prove(Path(name)).faults
            rounds.append((batch, sum(told.acknowledged), stored.total(), told.refused, whole, seconds))
            print(f"{number + 1}: {rounds[-1]}", flush=True)
    expected = processes * events
    return {
        "processes": processes,
        "events": events,
        "repeats": repeats,
        "expected": expected,
        "all_stored": all(acknowledged == stored == expected for _, acknowledged, stored, *_ in rounds),
        "fewest_stored": min(stored for _, _, stored, *_ in rounds),
        "refused": sum(refused for *_, refused, _, _ in rounds),
        "chains_whole": all(whole for *_, whole, _ in rounds),
        "seconds": {str(batch): round(median([one[-1] for one in rounds if one[0] == batch]), 2) for batch in (1, 50)},
    }


def bytes_changed(changes: int) -> dict[str, Any]:
    """How many changed bytes were found, how many with the event they are of, and those that were not."""
    lot, found, named, missed = random.Random(20171130), 0, 0, []  # noqa: S311 - no secret
    columns: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="headwater-") as name:
        folder = Path(name)
        with opened(folder, write=True) as ledger:
            ledger.append(some_events(300))
        for way, count in ((changed_in_table, changes // 2), (changed_in_file, changes - changes // 2)):
            for change in way(folder, lot, count):
                faults = prove(folder, explain=0).faults
                found += bool(faults)
                named += change.seq in {fault.row for fault in faults}
                columns[change.where if way is changed_in_table else "file"] += 1
                if not faults:
                    missed.append(change._asdict())
    return {"changes": changes, "found": found, "event_named": named, "missed": missed, "where": dict(columns)}


def state(folder: Path, sites: int, rounds: int) -> dict[str, Any]:
    """Processor seconds of reading, deriving and merging."""
    project = folder / f"ledger_{size_word(sites)}"
    if not (project / LEDGER_FILE).exists():
        make_project(project, sites)
    with opened(project) as ledger:
        events = ledger.head().events
    seconds: dict[str, list[float]] = {name: [] for name in ("table", "events", "derive")}
    for _ in range(rounds):
        gc.collect()
        _timed(seconds["table"], _table, project)
        gc.collect()
        kept = _timed(seconds["events"], _events, project)
        _timed(seconds["derive"], _derived, kept)
        del kept
    found = {name: round(median(own), 3) for name, own in seconds.items()}
    gc.collect()
    start = time.perf_counter()
    _table(project)
    wall = time.perf_counter() - start
    merge = _merged(project, sites)
    return {
        "sites": sites,
        "events": events,
        "megabytes": round((project / LEDGER_FILE).stat().st_size / 1e6, 1),
        "seconds": found,
        "merge": {**merge, "table": round(wall, 3)},
        "derive_to_table": round(found["derive"] / found["table"], 2),
        "state_to_table": round((found["events"] + found["derive"]) / found["table"], 2),
        "merge_to_table": round(merge["ledger"] / wall, 2),
    }


def _timed(seconds: list[float], work: Callable[[Any], Any], of: object) -> Any:
    start = time.process_time()
    kept = work(of)
    seconds.append(time.process_time() - start)
    return kept


def _table(project: Path) -> object:
    with closing(sqlite3.connect(project / LEDGER_FILE)) as connection:
        return connection.execute("SELECT * FROM events").fetchall()


def _events(project: Path) -> list[Event]:
    with opened(project) as ledger:
        return list(ledger.events())


def _derived(events: list[Event]) -> object:
    return derive(events, as_of=date(2018, 1, 31), settings=LedgerSettings())


def _merged(project: Path, sites: int) -> dict[str, Any]:
    """The steps of a merge into a copy of the ledger, in seconds; `ledger`: those that read or write it."""
    with tempfile.TemporaryDirectory(prefix="headwater-", dir=project.parent) as name:
        copy = Path(name) / "project"
        shutil.copytree(project, copy)
        file = add_visits(copy, sites, VISITS)
        told = json.loads(headwater("survey", "merge", str(copy), str(file), "--json").printed)
    if told["new_events"] != VISITS:
        raise AssertionError(f"{told['new_events']} of {VISITS} visits were taken")
    steps: dict[str, float] = told["seconds"]
    return {"visits": VISITS, "steps": steps, "ledger": round(steps["compare"] + steps["take"], 3)}


def main() -> None:
    """Measures what is asked for, and keeps it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("writers", "bytes", "state"))
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build"))
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if asked.what == "writers":
        found = writers(asked.processes, asked.events, asked.repeats)
        name, failed = "ledger_writers", not (found["all_stored"] and found["chains_whole"])
    elif asked.what == "bytes":
        found = bytes_changed(asked.changes)
        name, failed = "ledger_bytes", found["found"] < asked.changes
    else:
        asked.folder.mkdir(parents=True, exist_ok=True)
        found = state(asked.folder, asked.sites, asked.rounds)
        name, failed = f"ledger_state_{size_word(asked.sites)}", False
    keep(name, {**found, "sqlite": sqlite3.sqlite_version}, asked.results)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
