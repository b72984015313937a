"""Processes measured from outside: seconds and memory of everything they start; results kept as JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("geopandas", "shapely", "pyogrio", "numpy", "pandas", "pyarrow", "numba", "folium")
INTERVAL = 0.1  # seconds between two looks at memory


class Run(NamedTuple):
    """A process that has ended well: what it took, and what it printed."""

    seconds: float
    cpu: float  # user and system seconds, its children's too
    peak_gib: float  # of all its processes together; 0 where the system does not tell
    printed: str


class Failed(RuntimeError):
    """A process that ended with an error; the message ends with the last lines it wrote."""


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Run:
    """Runs a command from the checkout's root and measures it. Raises Failed."""
    before = _children_cpu()
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
    ) as process:
        peak = _Peak(process.pid)
        printed, errors = process.communicate()
        taken = time.perf_counter() - start
        peak.stop()
    if process.returncode:
        said = "\n".join((printed + errors).strip().splitlines()[-5:])
        raise Failed(f"{' '.join(map(str, command))}\nended with {process.returncode}: {said}")
    return Run(taken, _children_cpu() - before, peak.gib, printed)


def headwater(*arguments: str, engine: str = "plain") -> Run:
    """Runs `headwater` of this checkout with the engine named."""
    return run([sys.executable, "-m", "scripts.headwater", *arguments], environment={"HEADWATER_ENGINE": engine})


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


class _Peak:
    """The largest memory of a process and all below it, looked at now and then while it runs (Linux only)."""

    def __init__(self, pid: int) -> None:
        self.gib = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        if Path("/proc/self/status").exists():
            self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            self.gib = max(self.gib, memory_gib(self._pid))

    def stop(self) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()


def memory_gib(pid: int) -> float:
    """Memory of a process and all below it now: what each has of its own, and what they share once."""
    own, shared, files = 0, 0, 0
    for one in _family(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue  # it ended meanwhile
        sizes = {name: int(size) for name, size in re.findall(r"^Rss(\w+):\s+(\d+)", status, re.MULTILINE)}
        own += sizes.get("Anon", 0)
        shared = max(shared, sizes.get("Shmem", 0))
        files = max(files, sizes.get("File", 0))
    return (own + shared + files) / 2**20


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return found


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)


def installed(package: str) -> str:
    """The version of a package, or nothing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, cores, memory, day."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = re.findall(r"^model name\s*:\s*(.+)$", information.read_text(), re.MULTILINE)
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0.0
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "day": date.today().isoformat(),
    }


def keep(name: str, found: Mapping[str, Any], folder: Path, *, packages: Sequence[str] = PACKAGES) -> None:
    """Prints a result and writes it to `folder`, with the machine, the versions and the command that gave it."""
    versions = {package: installed(package) for package in packages if installed(package)}
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *_told(sys.argv[1:])])
    result = {"command": command, "machine": machine(), "versions": versions, **found}
    text = json.dumps(result, indent=1, ensure_ascii=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def _told(arguments: Sequence[str]) -> list[str]:
    """The arguments without the folders of this machine."""
    told: list[str] = []
    for argument in arguments:
        if told and told[-1] == "--results":
            told.pop()
        elif Path(argument).is_absolute() or Path(argument).is_dir():
            told.append("FOLDER")
        else:
            told.append(argument)
    return told


def size_word(count: int) -> str:
    """10000 -> "10k"; what is no whole number of thousands stays as it is.

    >>> size_word(3_600_000), size_word(500)
    ('3600k', '500')
    """
    return f"{count // 1000}k" if count % 1000 == 0 else str(count)


def markdown(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
