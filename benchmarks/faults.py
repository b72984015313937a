"""Faults put into every write, fsync, rename and unlink of `run`, `survey merge` and `ledger set`.

A killed process (SIGKILL), a full disk (ENOSPC), a disk that fails (EIO): afterwards everything must be old or new,
nothing that was said to be done may be lost, and the next run must need no hand. Linux with strace only.
"""

from __future__ import annotations

import argparse
import queue
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fault_projects import COMMANDS, Command, make_project
from benchmarks.fault_trials import Outcome, Point, Server, Trial, trial_of, tried
from benchmarks.measuring import RESULTS, keep

Choose = Callable[[Sequence[Point]], Sequence[Point]]
Say = Callable[[str], None]


def tried_all(commands: Sequence[Command], choose: Choose, *, workers: int, runs: bool, say: Say) -> list[Outcome]:
    """The outcome of every chosen point of these commands; `runs`: whether a run follows those that are none."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as made:
        top = Path(made)
        servers = [Server(top / str(number)) for number in range(workers)]
        try:
            history = top / "history"
            make_project(history, servers[0].do)
            for command in commands:
                trials = [trial_of(command, history, server.home, server, runs=runs) for server in servers]
                chosen = choose(trials[0].points)
                say(f"{command.name}: {len(chosen)} of {len(trials[0].points)} points")
                outcomes += _tried(chosen, trials, servers, say)
        finally:
            for server in servers:
                server.end()
    return outcomes


def _tried(points: Sequence[Point], trials: Sequence[Trial], servers: Sequence[Server], say: Say) -> list[Outcome]:
    """The outcomes of the points, tried by all servers at once."""
    waiting: queue.SimpleQueue[Point] = queue.SimpleQueue()
    for point in points:
        waiting.put(point)
    outcomes: list[Outcome] = []
    failures: list[BaseException] = []

    def work(trial: Trial, server: Server) -> None:
        known: dict[str, tuple[str, ...]] = {}
        try:
            while True:
                outcome = tried(trial, waiting.get_nowait(), server.home / "project", server, known)
                outcomes.append(outcome)
                if outcome.wrong:
                    told = " ".join(map(str, outcome.point))
                    say(f"WRONG {told} (exit {outcome.code}): {'; '.join(outcome.wrong)}")
                elif len(outcomes) % 100 == 0:
                    say(f"  {len(outcomes)} of {len(points)}")
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(trials, servers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts by command, fault and call; points that nothing befell, as the call did not come, are apart."""
    struck = [one for one in outcomes if one.hit]
    by = Counter(f"{one.point.command}, {one.point.fault}" for one in struck)
    wrong = [one for one in outcomes if one.wrong]
    return {
        "points": len(struck),
        "not_reached": len(outcomes) - len(struck),
        "wrong": len(wrong),
        "by_command": dict(sorted(by.items())),
        "by_call": dict(sorted(Counter(one.point.call for one in struck).items())),
        "exit_codes": {str(code): count for code, count in sorted(Counter(one.code for one in struck).items())},
        "failures": sorted(
            {f"{one.point.command}, {one.point.call}, {one.point.fault}: {one.wrong[0]}" for one in wrong}
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth point")
    parser.add_argument("--first", type=int, default=0, help="the point to begin with, from 0")
    parser.add_argument("--command", choices=[one.name for one in COMMANDS], help="only this one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if not shutil.which("strace"):
        print("no strace: no fault can be put in; install it (Linux only)", file=sys.stderr)
        return 2
    commands = [one for one in COMMANDS if asked.command in (None, one.name)]
    found = summary(
        tried_all(
            commands, lambda points: points[asked.first :: asked.every], workers=asked.workers, runs=True,
            say=lambda text: print(text, flush=True),
        )
    )  # fmt: skip
    keep("faults", found, asked.results)
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
