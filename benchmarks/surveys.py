"""Survey files merged in any order: the state that the ledger comes to must be the same.

    python benchmarks/surveys.py [--orders 200] [--files 20]

A field season of three inspectors: visits that were handed in twice, in conflict with each other, recorded on old
maps, about a site that the data do not have, and edited under their own uuid. In every order some files come twice,
calls take one to five files, and now and then one that was cut short is among them: then the whole call is refused.
What a merge of 1,000 visits takes beside reading a ledger of a million events is measured by `ledger.py state`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import RESULTS, keep
from tests.survey_season import field_season, merge, merge_in_some_order, state_of


def orders(count: int, files: int) -> dict[str, Any]:
    """In how many orders the state was that of the files in their own order."""
    with tempfile.TemporaryDirectory(prefix="headwater-") as name:
        folder = Path(name)
        paths = field_season(folder, files)
        own = folder / "own"
        own.mkdir()
        for path in paths:
            merge(own, path)
        expected = state_of(own)
        start, same, refused = time.perf_counter(), 0, 0
        for seed in range(count):
            other = folder / f"order-{seed}"
            other.mkdir()
            refused += merge_in_some_order(other, paths, random.Random(seed))  # noqa: S311 - no secret
            same += state_of(other) == expected
            print(f"{seed + 1}: {same} equal, {refused} calls refused whole", flush=True)
    return {
        "orders": count,
        "files": files,
        "equal": same,
        "calls_refused": refused,
        "sites": len(expected.sites),
        "conflicts": sum(len(one.conflicts) for one in expected.sites.values()),
        "seconds_each": round((time.perf_counter() - start) / count, 3),
    }


def main() -> None:
    """Merges, and keeps what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    found = orders(asked.orders, asked.files)
    keep("survey_orders", found, asked.results)
    if found["equal"] < found["orders"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
