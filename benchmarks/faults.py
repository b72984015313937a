"""Faults put into every write, fsync, rename and unlink of `run`, `survey merge` and `ledger set`: a killed process (SIGKILL), a
full disk (ENOSPC), a disk that fails (EIO). Afterwards everything must be old or new, and the next run must need no hand.

    python benchmarks/faults.py [--every N] [--command NAME] [--workers 2]
"""

from __future__ import annotations

import argparse
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fault_projects import COMMANDS, Command, make_project
from benchmarks.fault_state import State, state_of
from benchmarks.measuring import ROOT, keep

# What changes something on a disk. Of another kind of call (open, for reading, too) nothing is said here.
CALLS = (
    "write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "sync_file_range", "ftruncate", "rename", "renameat", "renameat2",
    "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "copy_file_range", "sendfile",
)  # fmt: skip
FAULTS = ("SIGKILL", "ENOSPC", "EIO")
_NO_ROOM_NEEDED = {"unlink", "unlinkat", "rmdir"}  # a full disk does not stop these
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")
_PATH = re.compile(r'<(/[^>]*)>|"(/[^"]*)"')


class Point(NamedTuple):
    """The `number`th such call of a thread, and what befalls it."""

    command: str
    call: str
    number: int
    fault: str
    path: str  # where the call went when nothing befell it

    def options(self) -> list[str]:
        how = "signal=SIGKILL" if self.fault == "SIGKILL" else f"error={self.fault}"
        return ["-yy", "-e", f"trace={self.call}", "-e", f"inject={self.call}:{how}:when={self.number}"]


class Outcome(NamedTuple):
    point: Point
    hit: bool
    code: int
    wrong: tuple[str, ...]


class Server:
    """A process that runs commands; see fault_server.py."""

    def __init__(self, home: Path) -> None:
        self.home = home
        command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py")]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def ask(self, arguments: Sequence[str], trace: Sequence[str] = ()) -> dict[str, Any]:
        """What came of a command: its code, its last words, and the log of strace."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"arguments": list(arguments), "home": str(self.home / "own"), "trace": list(trace)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def do(self, arguments: Sequence[str]) -> None:
        """Runs a command that has to end well."""
        answer = self.ask(arguments)
        if answer["code"] != 0:
            raise RuntimeError(f"{arguments} ended with {answer['code']}: {answer['said']}")

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


class Trial(NamedTuple):
    """A command, the project before it and after it as nothing befell it, and what it calls meanwhile."""

    command: Command
    template: Path
    before: State
    after: State
    points: Sequence[Point]


def trial_of(command: Command, history: Path, folder: Path, server: Server) -> Trial:
    """Prepares a command's project and watches the command undisturbed.

    It always runs at the same place: the path of a project must not differ from trial to trial.
    """
    template, place = folder / "template", folder / "project"
    _placed(history, place)
    command.prepare(place, server.do)
    _placed(place, template)
    before = state_of(place)
    answer = server.ask(command.arguments(place), ["-yy", "-s", "0", "-e", f"trace={','.join(CALLS)}"])
    if answer["code"] != 0:
        raise RuntimeError(f"{command.name} ended with {answer['code']}: {answer['said']}")
    roots = (str(place), str(server.home))
    points = list(_points(command.name, Path(answer["log"]).read_text("utf-8", "replace").splitlines(), roots))
    return Trial(command, template, before, _settled(command, place, server), points)


def _settled(command: Command, place: Path, server: Server) -> State:
    """The state once the command is through and a run has followed it, as an office would have it."""
    if command.name != "run":
        server.do(["run", str(place), "--quiet"])
    return state_of(place)


def _placed(template: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place, symlinks=True)


def _points(command: str, log: Iterable[str], roots: tuple[str, ...]) -> Iterator[Point]:
    """A point for each call that goes to a file under `roots` (others go to pipes and the terminal), and each fault."""
    made: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, int]] = set()
    for line in log:
        if not (found := _CALL.match(line)):
            continue
        thread, call, rest = found.groups()
        made[thread, call] += 1
        number = made[thread, call]
        paths = [one for pair in _PATH.findall(rest) for one in pair if one.startswith(roots)]
        if paths and (call, number) not in seen:
            seen.add((call, number))
            faults = [fault for fault in FAULTS if fault != "ENOSPC" or call not in _NO_ROOM_NEEDED]
            short = paths[0].removeprefix(roots[0]).removeprefix(roots[1])
            yield from (Point(command, call, number, fault, short) for fault in faults)


def tried(trial: Trial, point: Point, place: Path, server: Server, known: dict[str, tuple[str, ...]]) -> Outcome:
    """What came of one fault, and of the command and the run after it. `known`: of states looked at before."""
    _placed(trial.template, place)
    shutil.rmtree(server.home / "own" / "tmp", ignore_errors=True)
    answer = server.ask(trial.command.arguments(place), point.options())
    code, log = answer["code"], Path(answer["log"]).read_text("utf-8", "replace")
    hit = "(INJECTED)" in log or (point.fault == "SIGKILL" and code == -9)
    now = state_of(place)
    wrong = _wrong_after_fault(trial, now, code)
    if now.whole not in known:
        known[now.whole] = tuple(_wrong_after_next(trial, now, place, server))
    said = (f"it said: {answer['said'].strip()[-300:]}",) if wrong or known[now.whole] else ()
    return Outcome(point, hit, code, (*wrong, *known[now.whole], *said))


def _wrong_after_fault(trial: Trial, now: State, code: int) -> list[str]:
    """What is neither old nor new, or was said to be done and is not."""
    wrong = []
    old, new = trial.before.outputs, trial.after.outputs if trial.command.name == "run" else trial.before.outputs
    found = {name: now.outputs.get(name) for name in {*old, *new}}
    is_new = found == {name: new.get(name) for name in found}
    if not is_new and found != {name: old.get(name) for name in found}:
        mixed = sorted(name for name in found if found[name] not in (old.get(name), new.get(name)))
        wrong.append(f"outputs neither old nor new: {mixed or 'some old, some new'}")
    elif code == 0 and not is_new:
        wrong.append("exit code 0, and the outputs are the old ones")
    if now.events is None:
        return [*wrong, f"the ledger cannot be read: {now.why}"]
    lost = set(trial.before.events or {}) - set(now.events)
    if lost:
        wrong.append(f"{len(lost)} events are lost")
    own = _own_events(trial, now)
    expected = _own_events(trial, trial.after)
    if own and sorted(own) != sorted(expected):
        wrong.append(f"{len(own)} of {len(expected)} events of the command")
    if code == 0 and not own and expected:
        wrong.append("exit code 0, and the ledger does not hold what was done")
    return wrong


def _own_events(trial: Trial, state: State) -> list[str]:
    """What the events say that the command itself made; those of the run that follows are no part of it."""
    events, before = state.events or {}, trial.before.events or {}
    mine = [told for uuid, told in events.items() if uuid not in before]
    of_run = ("run ", "stated ")
    return [told for told in mine if told.startswith(of_run) == (trial.command.name == "run")]


def _wrong_after_next(trial: Trial, now: State, place: Path, server: Server) -> Iterator[str]:
    """What is not as if nothing had befallen it, once the command was given again and a run has followed."""
    done = bool(now.events) and bool(_own_events(trial, now))
    steps = [] if done and not trial.command.again else [trial.command.arguments(place)]
    for arguments in [*steps, *([["run", str(place), "--quiet"]] if trial.command.name != "run" else [])]:
        answer = server.ask(arguments)
        if answer["code"] != 0:
            yield f"the next `{arguments[0]}` ended with {answer['code']}: {answer['said'].strip()[-300:]}"
            return
    end = state_of(place)
    differing = sorted(
        n for n in {*end.outputs, *trial.after.outputs} if end.outputs.get(n) != trial.after.outputs.get(n)
    )
    if differing:
        yield f"after the next run other outputs: {differing}"
    if end.events is None:
        yield f"after the next run the ledger cannot be read: {end.why}"
    elif sorted(end.events.values()) != sorted((trial.after.events or {}).values()):
        yield f"after the next run {len(end.events)} events, not {len(trial.after.events or {})}"
    litter = sorted(name for name in end.names - trial.after.names if not name.startswith("receipts/"))
    if litter:
        yield f"after the next run there is litter: {litter[:5]}"


def tried_all(
    commands: Sequence[Command],
    choose: Callable[[Sequence[Point]], Sequence[Point]],
    workers: int,
    say: Callable[[str], None],
) -> list[Outcome]:
    """The outcome of every chosen point of these commands."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as made:
        top = Path(made)
        servers = [Server(top / str(number)) for number in range(workers)]
        try:
            history = top / "history"
            make_project(history, servers[0].do)
            for command in commands:
                outcomes += _tried(command, history, top, servers, choose, say)
        finally:
            for server in servers:
                server.end()
    return outcomes


def _tried(
    command: Command,
    history: Path,
    top: Path,
    servers: Sequence[Server],
    choose: Callable[[Sequence[Point]], Sequence[Point]],
    say: Callable[[str], None],
) -> list[Outcome]:
    trials = [trial_of(command, history, server.home, server) for server in servers]
    chosen = choose(trials[0].points)
    say(f"{command.name}: {len(chosen)} of {len(trials[0].points)} points")
    waiting: queue.SimpleQueue[Point] = queue.SimpleQueue()
    for point in chosen:
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
                    say(f"WRONG {' '.join(map(str, outcome.point))} (exit {outcome.code}): {'; '.join(outcome.wrong)}")
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
    by = Counter((one.point.command, one.point.fault) for one in struck)
    return {
        "points": len(struck),
        "not_reached": len(outcomes) - len(struck),
        "wrong": sum(bool(one.wrong) for one in outcomes),
        "by_command": {f"{command}, {fault}": count for (command, fault), count in sorted(by.items())},
        "by_call": dict(sorted(Counter(one.point.call for one in struck).items())),
        "exit_codes": {str(code): count for code, count in sorted(Counter(one.code for one in struck).items())},
        "failures": sorted(
            {
                f"{one.point.command}, {one.point.call}, {one.point.fault}: {one.wrong[0]}"
                for one in outcomes
                if one.wrong
            }
        ),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth point")
    parser.add_argument("--command", choices=[one.name for one in COMMANDS], help="only this one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    if not shutil.which("strace"):
        print("no strace: no fault can be put in; install it (Linux only)", file=sys.stderr)
        return 2
    start = time.monotonic()
    commands = [one for one in COMMANDS if asked.command in (None, one.name)]
    outcomes = tried_all(
        commands, lambda points: points[:: asked.every], asked.workers, lambda text: print(text, flush=True)
    )
    found = summary(outcomes)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    print(f"{time.monotonic() - start:.0f} s")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
