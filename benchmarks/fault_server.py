"""Commands of Headwater, each in a fork of a process that has everything imported, with strace attached where asked.

A line of JSON in asks for one: `arguments`, `home` (a folder of its own for temporary files, beside one for what a
program keeps in the user's home), `trace` (options of strace, or none). A line of JSON out tells `code` (negative: the
signal), `said` and `log`.
"""

from __future__ import annotations

import concurrent.futures
import ctypes
import importlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PATIENCE = 120.0  # seconds, for strace to attach and for a command to end
# What the commands import once they are called, and what that imports.
_NEEDED = (
    "scripts.headwater", "scripts.run_project", "scripts.merge_surveys", "scripts.set_status", "maps.assets",
    "maps.drawn", "gis.geopackage", "pyarrow.csv", "sqlite3",
)  # fmt: skip
_SUBREAPER = 36  # prctl: what a killed command leaves running becomes ours, and is waited for


def serve() -> None:
    """Answers requests until nobody asks any more."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", LANG="C.UTF-8")
    _one_thread_to_a_pool()
    for name in _NEEDED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _one_thread_to_a_pool() -> None:
    """Pools of threads have one each: a call counts per thread, so that each of theirs gets a number of its own."""
    begin = concurrent.futures.ThreadPoolExecutor.__init__

    def begun(self: Any, *_: Any, **named: Any) -> None:
        begin(self, **{**named, "max_workers": 1})

    concurrent.futures.ThreadPoolExecutor.__init__ = begun  # type: ignore[method-assign]


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    home = Path(request["home"])
    home.mkdir(parents=True, exist_ok=True)
    go, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.read(go, 1)
        _become(request["arguments"], home)
    os.close(go)
    log = home / "strace.log"
    tracer = _attached(child, request["trace"], log) if request.get("trace") else None
    os.write(ready, b"1")
    os.close(ready)
    _, status = os.waitpid(child, 0)
    if tracer is not None:
        tracer.wait(timeout=PATIENCE)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    told = {"code": os.waitstatus_to_exitcode(status), "said": (home / "said").read_text("utf-8", "replace")[-2000:]}
    return {**told, "log": str(log) if tracer is not None else ""}


def _become(arguments: Sequence[str], home: Path) -> None:
    """Runs the command as its own process would, and ends this one."""
    from scripts import headwater

    said = os.open(home / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(old, new)
    os.close(said)
    os.close(nothing)
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ.update(TMPDIR=str(temporary), HOME=str(home.parent / "user"), XDG_CACHE_HOME=str(home.parent / "user"))
    tempfile.tempdir = None
    sys.setswitchinterval(0.2)  # every change of threads is calls that strace stops at, and there are tens of thousands
    _fix_clock_and_dice(arguments)
    sys.argv = ["headwater", *arguments]
    try:
        headwater.main()
    finally:
        os._exit(70)  # main() never comes back


def _fix_clock_and_dice(arguments: Sequence[str]) -> None:
    """Stops the ledger's clock and loads its dice in this process: only so can what is hashed be compared."""
    import layers.ledger

    layers.ledger._now = lambda: "2017-12-01T00:00:00Z"  # noqa: SLF001 - nothing else may turn it
    numbers = itertools.count()
    uuid.uuid4 = lambda: uuid.uuid5(uuid.NAMESPACE_OID, f"{arguments} {next(numbers)}")


def _attached(child: int, options: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """strace, once it holds the process and its threads to come; programs that the process starts it lets go."""
    command = ["strace", "-f", "-qq", "-b", "execve", "-o", str(log), *options, "-p", str(child)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE
    status = Path(f"/proc/{child}/status")
    while f"TracerPid:\t{tracer.pid}\n" not in status.read_text("ascii", "replace"):
        if tracer.poll() is not None or time.monotonic() > deadline:
            told = tracer.stderr.read().decode() if tracer.stderr else ""
            raise RuntimeError(f"strace did not attach: {told}")
        time.sleep(0.002)
    return tracer


if __name__ == "__main__":
    serve()
