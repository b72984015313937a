"""`headwater run --watch`: whatever survey file arrives in a folder is merged, and everything regenerated once."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from gis.write import Locked
from layers.files import sha256_of
from scripts.console import DONE, HELD, Console, WrongUse, answered

INTERVAL = 2.0  # seconds between two looks at the folder
MEMORY = "watched.jsonl"
# Names under which programs keep what is not complete yet, or what is none of ours.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".lock", "~")

Merge = Callable[[Path, Console], int]


class Seen(NamedTuple):
    """What a file looked like: a copy that is still being written changes it."""

    size: int
    changed: int


class Watch:
    """A folder of incoming surveys. `merge` takes one file into the ledger, `run` regenerates; both give exit codes."""

    def __init__(self, project: Path, incoming: Path, merge: Merge, run: Callable[[], int], console: Console) -> None:
        self._incoming, self._merge, self._run, self._console = incoming, merge, run, console
        self._memory = project / ".headwater" / MEMORY
        self._known = _remembered(self._memory)
        self._before: dict[Path, Seen] = {}
        self._owed = False

    def look(self) -> int:
        """How many files were taken into the ledger now; of each that is complete, each content once.

        A file is complete when it is the same at two looks. One that cannot be merged stays where it is, and is told
        once; while others hold the ledger it waits.
        """
        now = dict(self._files())
        complete = [path for path, seen in sorted(now.items()) if self._before.get(path) == seen]
        self._before = now
        taken = 0
        for path in complete:
            try:
                sha256 = sha256_of(path)
            except OSError:  # gone, or not to be read yet
                continue
            if sha256 in self._known:
                continue
            code = self._merged(path)
            if code != HELD:
                self._remember(sha256, path.name, code)
                taken += code == DONE
        self._owed = self._owed or taken > 0
        if self._owed and self._run() != HELD:
            self._owed = False
        return taken

    def _files(self) -> Iterator[tuple[Path, Seen]]:
        for path in self._incoming.iterdir():
            name = path.name.lower()
            if name.startswith((".", "~")) or name.endswith(_UNFINISHED):
                continue
            try:
                said = path.stat()
            except OSError:
                continue
            if path.is_file() and said.st_size:
                yield path, Seen(said.st_size, said.st_mtime_ns)

    def _merged(self, path: Path) -> int:
        try:
            return self._merge(path, self._console)
        except Locked:
            return HELD
        except Exception as error:  # noqa: BLE001 - one bad file must not keep the next ones out
            code = answered(error, self._console)
        self._console.warn(
            f"{path} 没有并入台账，留在原处；改正后会再试",
            f"{path} was not merged and stays where it is; once it is changed it is tried again",
        )
        return code

    def _remember(self, sha256: str, name: str, code: int) -> None:
        self._known.add(sha256)
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"sha256": sha256, "name": name, "exit": code}, ensure_ascii=False)
        with self._memory.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{line}\n")


def _remembered(path: Path) -> set[str]:
    """The contents that were dealt with by earlier watches; a line that was cut off counts for nothing."""
    known = set()
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                known.add(str(json.loads(line)["sha256"]))
            except (ValueError, KeyError, TypeError):
                continue
    return known


def watch(watched: Watch, incoming: Path, console: Console, *, interval: float = INTERVAL) -> int:
    """Looks at the folder again and again until the process is asked to end (SIGTERM, Ctrl+C); then the exit code 0.

    What is being merged or regenerated at that moment is brought to its end.
    """
    with _asked_to_end() as end:
        console.say(
            f"等待 {incoming} 中的巡查文件，按 Ctrl+C 结束", f"waiting for surveys in {incoming}, Ctrl+C ends it"
        )
        while not end.is_set():
            if incoming.is_dir():
                watched.look()
            end.wait(interval)
    return DONE


@contextmanager
def _asked_to_end() -> Iterator[threading.Event]:
    """Set when the process is asked to end; a second Ctrl+C ends it at once."""
    end = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if end.is_set():
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.kill(os.getpid(), signal.SIGINT)
        end.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_incoming(incoming: Path, project: Path) -> None:
    """Raises WrongUse where the folder to be watched is none, or one that runs write into."""
    own = [(project / name).resolve() for name in ("output", "archive", "receipts", ".headwater")]
    if not incoming.is_dir():
        raise WrongUse(f"--watch 后面应是已有的文件夹：{incoming}", f"--watch needs a folder that exists: {incoming}")
    if any(incoming.resolve().is_relative_to(one) for one in own):
        raise WrongUse(
            f"--watch 的文件夹不能是 Headwater 自己写入的：{incoming}",
            f"--watch needs a folder that Headwater does not write into itself: {incoming}",
        )
