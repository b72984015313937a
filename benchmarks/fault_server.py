"""Commands of Headwater, each in a fork of a process that has everything imported, with strace attached where asked.

A line of JSON in asks for one: `arguments`, `home` (a folder of its own for whatever a program keeps in the user's home and for
temporary files), `trace` (options of strace, or none). A line of JSON out tells `code` (negative: the signal), `said` and `log`.
"""

from __future__ import annotations

import concurrent.futures
import ctypes
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PATIENCE = 120.0  # seconds, for strace to attach and for a command to end
_SUBREAPER = 36  # prctl: what a killed command leaves running becomes ours, and is waited for


def serve() -> None:
    """Answers requests until nobody asks any more; the first is run only to learn what has to be imported."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", LANG="C.UTF-8")
    _one_thread_to_a_pool()
    importlib.import_module("scripts.headwater")
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        answer = _answer(request, learn=number == 0)
        print(json.dumps(answer), flush=True)


def _one_thread_to_a_pool() -> None:
    """Pools of threads have one each: a call counts per thread, so that each of theirs gets a number of its own."""
    begin = concurrent.futures.ThreadPoolExecutor.__init__

    def begun(self: Any, *_: Any, **named: Any) -> None:
        begin(self, **{**named, "max_workers": 1})

    concurrent.futures.ThreadPoolExecutor.__init__ = begun  # type: ignore[method-assign]


def _answer(request: dict[str, Any], *, learn: bool) -> dict[str, Any]:
    home = Path(request["home"])
    home.mkdir(parents=True, exist_ok=True)
    modules = home / "modules.json" if learn else None
    go, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.read(go, 1)
        _become(request["arguments"], home, modules)
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
    if modules is not None:
        for name in json.loads(modules.read_text("utf-8")):
            with suppress(Exception):  # some modules are not meant to be imported by name
                importlib.import_module(name)
    told = {"code": os.waitstatus_to_exitcode(status), "said": (home / "said").read_text("utf-8", "replace")[-2000:]}
    return {**told, "log": str(log) if tracer is not None else ""}


def _become(arguments: Sequence[str], home: Path, modules: Path | None) -> None:
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
    sys.argv = ["headwater", *arguments]
    leave = os._exit
    if modules is not None:

        def learnt(code: int) -> None:
            modules.write_text(json.dumps(sorted(sys.modules)), "utf-8")
            leave(code)

        os._exit = learnt  # type: ignore[assignment]
    try:
        headwater.main()
    finally:
        leave(70)  # main() never comes back


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
