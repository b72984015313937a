"""A fault put into one call of a command, and what is found afterwards: all old or all new, and nothing lost."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.fault_projects import Command
from benchmarks.fault_state import State, state_of
from benchmarks.measuring import ROOT

# What changes something on a disk. Of another kind of call (open, for reading, too) nothing is said here.
CALLS = (
    "write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "sync_file_range", "ftruncate", "rename",
    "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "copy_file_range",
    "sendfile",
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
    """What came of a point: whether it was struck, the exit code, and what was wrong then or after the next run."""

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
        if self.process.stdout is not None:
            self.process.stdout.close()


class Trial(NamedTuple):
    """A command, the project before it and after it as nothing befell it, and what it calls meanwhile.

    `runs`: whether a run follows each command that is none, as an office would have it.
    """

    command: Command
    template: Path
    before: State
    after: State
    points: Sequence[Point]
    runs: bool


def trial_of(command: Command, history: Path, folder: Path, server: Server, *, runs: bool) -> Trial:
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
    for arguments in _run_after(command, place, runs=runs):
        server.do(arguments)
    return Trial(command, template, before, state_of(place), points, runs)


def _run_after(command: Command, place: Path, *, runs: bool) -> list[list[str]]:
    return [["run", str(place), "--quiet"]] if runs and command.name != "run" else []


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
    for arguments in [*steps, *_run_after(trial.command, place, runs=trial.runs)]:
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
