"""Files read by a process of their own, which gets no more memory and time than a file may take.

One process is kept and asked again for the next file; where it was ended, the next file gets a fresh one. It ends when
this process ends, however that comes: its pipe closes.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import gis
from gis.faults import Fault, InputError
from gis.reading_child import OUT_OF_MEMORY, SCRATCH, is_memory
from gis.reading_limits import GIB, Limits, memory_for, resident, seconds_for
from gis.reading_messages import Broken, Pipe, receive_message, send_message
from gis.scratch import Scratch

Answer = TypeVar("Answer")

_CHILD = "import sys; sys.path[:0] = {folders!r}; from gis.reading_child import child; sys.exit(child())"
# What of our environment the process gets: where programs and their data are, and the language of the system.
_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "ASAN_OPTIONS",
)  # fmt: skip
_SET = {
    "PROJ_NETWORK": "OFF",
    "GDAL_HTTP_PROXY": "127.0.0.1:1",  # nobody; for systems where the process cannot give up the network
    "GDAL_CONFIG_FILE": os.devnull,  # no settings of a user, nor of the system
    "GDAL_DRIVER_PATH": "disable",  # no driver but those that are built in
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others ask for more than they need, which counts against the limit
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}
# A process that still has so much after a file gives way to a fresh one.
_LARGE = 1 << 29
_GLANCE_SECONDS = 0.05
_START_SECONDS = 120.0  # for a busy machine to start the process
# Above its limit by so much, a process is ended from outside, where the system did not refuse it the memory.
_SLACK = 1 << 25
_LAST_WORDS = 4096  # bytes
_LAST_WORDS_SECONDS = 1.0


class Reader:
    """A process that reads files, one at a time."""

    def __init__(self) -> None:
        found = [find_spec(name) for name in ("gis", "numpy", "pyarrow", "pyogrio", "PIL")]
        folders = [str(Path(one.origin).parents[1]) for one in found if one is not None and one.origin]
        utf8 = ["-X", "utf8"] if sys.flags.utf8_mode else []
        # What it unpacks goes here: where it is ended amid that, somebody else has to clear it away.
        self._scratch = Scratch()
        own = dict.fromkeys(("TMPDIR", "TEMP", "TMP", SCRATCH), str(self._scratch.path))
        self.process = subprocess.Popen(
            [sys.executable, "-I", *utf8, "-c", _CHILD.format(folders=list(dict.fromkeys(folders)))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(sys.executable).anchor or None,
            env={**{name: os.environ[name] for name in _KEPT if name in os.environ}, **_SET, **own},
        )
        self.owner = os.getpid()
        self.drivers: list[str] | None = None
        self.network = True
        self._said = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Keeps the last words of the process; a full pipe would stop it."""
        pipe = _there(self.process.stderr)
        with suppress(OSError, ValueError):
            while data := os.read(pipe.fileno(), _LAST_WORDS):
                self._said = (self._said + data)[-_LAST_WORDS:]

    def said(self) -> str:
        """The last words of a process that has ended."""
        self._listener.join(timeout=1)
        return self._said.decode("utf-8", "replace")

    def wait_ready(self, pipe: Pipe) -> None:
        """Nothing, when the process has told which drivers it reads with; RuntimeError where these are not ours."""
        if self.drivers is None:
            told = receive_message(pipe)
            self.drivers, self.network = told["drivers"], told["network"]
            if open_doors := sorted(set(self.drivers) - gis.DRIVERS):
                raise RuntimeError(f"the reading process has drivers that are not allowed: {', '.join(open_doors)}")

    def end(self) -> None:
        """Ends the process, whatever it is at."""
        if self.owner != os.getpid():  # a copy of us: the process is not ours
            return
        self.process.kill()
        self.process.wait()
        self._listener.join(timeout=1)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                _there(pipe).close()
        self._scratch.end()


class _Watch:
    """Ends a process that takes too much memory or time while the block runs; `reason` says which: memory or time.

    Only the time counts that we wait for it, not what we need for what it sends. What it sends counts as memory.
    """

    def __init__(self, reader: Reader, memory: int, seconds: float) -> None:
        self._process, self._pipe = reader.process, _there(reader.process.stdout)
        self._memory, self._seconds, self._allowed = memory, seconds, _START_SECONDS
        self.reason = ""
        self.most = 0
        self._waited, self._since, self._received = 0.0, 0.0, 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def begin(self) -> None:
        """From here on the time counts: the process is ready."""
        self._waited, self._allowed = 0.0, self._seconds

    @property
    def closed(self) -> bool:
        return self._pipe.closed

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of the process, waited for on its account."""
        self._since = time.monotonic()
        try:
            data = self._pipe.read(size)
        finally:
            self._waited += time.monotonic() - self._since
            self._since = 0.0
        self._received += len(data)
        return data

    def _look(self) -> None:
        while not self._done.wait(_GLANCE_SECONDS):
            self.most = max(self.most, resident(self._process.pid) or 0)
            since = self._since
            waited = self._waited + (time.monotonic() - since if since else 0.0)
            if waited > self._allowed:
                self.reason = "time"
            elif max(self.most, self._received) > self._memory + _SLACK:
                self.reason = "memory"
            if self.reason:
                self._process.kill()
                return


_idle: list[Reader] = []
_lock = threading.Lock()


def start() -> None:
    """Starts a process that reads, so that it is ready when the first file is to be read; returns at once."""
    with _lock:
        if not any(reader.owner == os.getpid() for reader in _idle):
            _idle.append(Reader())


def drivers() -> tuple[list[str], bool]:
    """The drivers of the process that reads, and whether it could reach a network; RuntimeError where it is not sound.

    It is not where it does not start, or has drivers that are not allowed.
    """
    reader = _free()
    with _Watch(reader, memory_for(0), _START_SECONDS) as watch:
        try:
            reader.wait_ready(watch)
        except Broken:
            raise RuntimeError(f"the reading process did not start: {reader.said()}") from None
        finally:
            reader.end()
    return reader.drivers or [], reader.network


def ask(
    request: Mapping[str, Any],
    *,
    name: str,
    size: int,
    limits: Limits,
    take: Callable[[Pipe], Answer],
) -> Answer:
    """What `take` makes of the answer to `request`, about the file that the user calls `name`, of `size` bytes.

    Raises InputError as `take` does, and with FILE_MEMORY, FILE_TIME or FILE_CRASHED where the process ended over it.
    """
    memory, seconds = memory_for(size, limits), seconds_for(size, limits)
    reader = _free()
    try:
        with _Watch(reader, memory, seconds) as watch:
            reader.wait_ready(watch)
            watch.begin()
            send_message({**request, "memory": memory, "seconds": seconds}, _there(reader.process.stdin))
            answer, refused = _answered(take, watch)
            large = receive_message(watch)["resident"] > _LARGE
    except (Broken, OSError):
        with suppress(subprocess.TimeoutExpired):
            reader.process.wait(timeout=_LAST_WORDS_SECONDS)
        reader.end()
        raise InputError([_fault(reader, watch, memory, seconds).at(file=name)]) from None
    except BaseException:
        reader.end()
        raise
    if large or watch.reason:  # the end of its time may have come with the answer
        reader.end()
    else:
        _keep(reader)
    if refused is not None:
        raise refused
    return answer  # type: ignore[return-value] # only what is refused has none


def _answered(take: Callable[[Pipe], Answer], pipe: Pipe) -> tuple[Answer | None, InputError | None]:
    try:
        return take(pipe), None
    except InputError as error:
        return None, error


def _free() -> Reader:
    with _lock:
        while _idle:
            reader = _idle.pop()
            if reader.owner == os.getpid() and reader.process.poll() is None:
                return reader
            reader.end()
    return Reader()


def _keep(reader: Reader) -> None:
    with _lock:
        if not _idle:
            _idle.append(reader)
            return
    reader.end()


@atexit.register
def end() -> None:
    """Ends the process that is kept."""
    with _lock:
        while _idle:
            _idle.pop().end()


def _fault(reader: Reader, watch: _Watch, memory: int, seconds: float) -> Fault:
    """Why the process has ended."""
    said, code = reader.said(), reader.process.returncode
    if watch.reason == "time":
        return Fault("FILE_TIME", facts={"allowed": f"{seconds:g}"})
    if watch.reason == "memory" or code == OUT_OF_MEMORY or is_memory(said):
        return Fault("FILE_MEMORY", facts={"allowed": f"{memory / GIB:.2f}"})
    return Fault("FILE_CRASHED", facts={"found": _ended(code, said)})


def _ended(code: int, said: str) -> str:
    """How a process ended, in the words of the system, and its own last line."""
    try:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        how = f"signal {-code}"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"{how}; {lines[-1][:200]}" if lines else how


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe
