"""Bombs and disguises: each is refused or read, and told by name; the command lives, and so does the honest layer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from gis.faults import codes
from tests.hostile_files import CANARY, HEAVY, HONEST, LARGEST, QUICK, Hostile, write_project
from tests.projects import ROOT

CEILING_KIB = int(1.3 * 1024 * 1024)
SECONDS_EACH = 65


class Ended(NamedTuple):
    """How a command ended, all that it said, and the most memory that it and its children held at a time."""

    code: int
    said: str
    errors: str
    most_kib: int


def groups() -> list[tuple[Hostile, ...]]:
    """One project of all that is judged at once; of what is heavy, a few files in each."""
    return [QUICK[:28], QUICK[28:], *(HEAVY[at : at + 4] for at in range(0, len(HEAVY), 4))]


def _kib_of_tree(root: int) -> int:
    """The resident memory of a process and its descendants."""
    held, parents = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text("ascii", "replace")
        except OSError:  # it ended meanwhile
            continue
        number = int(status.parent.name)
        parents[number] = int(re.search(r"^PPid:\s+(\d+)", text, re.MULTILINE)[1])
        rss = re.search(r"^VmRSS:\s+(\d+)", text, re.MULTILINE)
        held[number] = int(rss[1]) if rss else 0
    family = {root}
    while True:
        more = {number for number, parent in parents.items() if parent in family} - family
        if not more:
            return sum(held.get(number, 0) for number in family)
        family |= more


def checked(project: Path, files: int) -> Ended:
    """`headwater check-data` on the project, its memory watched; killed only far beyond what it may take."""
    most = [0]
    said, errors = (project.parent / f"{project.name}.{name}" for name in ("out", "err"))
    with said.open("wb") as out, errors.open("wb") as err:
        command = [sys.executable, "-m", "scripts.headwater", "check-data", str(project), "--json"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err)

        def watch() -> None:
            while process.poll() is None:
                most[0] = max(most[0], _kib_of_tree(process.pid))
                time.sleep(0.05)

        watcher = threading.Thread(target=watch)
        if Path("/proc/self/status").is_file():
            watcher.start()
        try:
            code = process.wait(timeout=SECONDS_EACH * files)
        finally:
            process.kill()
            process.wait()
            if watcher.is_alive():
                watcher.join()
    return Ended(code, said.read_text("utf-8"), errors.read_text("utf-8"), most[0])


def told_of(said: str) -> dict[str, set[str]]:
    """File -> the codes that were told of it or of its rows; none where all its rows were accepted."""
    answer = json.loads(said)
    codes_of: dict[str, set[str]] = defaultdict(set)
    for one in answer.get("inputs", []):
        codes_of[one["path"]] |= set()
    for one in [*answer.get("rejects", []), *answer.get("error", {}).get("faults", [])]:
        codes_of[one["file"]].add(one["code"])
    return codes_of


def test_there_are_many_and_none_is_large(tmp_path: Path) -> None:
    files = (*QUICK, *HEAVY)
    assert len(files) >= 40
    assert len({one.path for one in files}) == len(files)
    assert {code for one in files for code in one.codes} <= set(codes())
    write_project(tmp_path / "project", files)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "project" / "data").iterdir() if path.is_file() and not path.is_symlink()}  # fmt: skip
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Future[Ended], Path]]]:
    """By its first file, how the command ended on each project, and the project; two run at a time."""

    def run(project: Path, files: tuple[Hostile, ...]) -> Ended:
        write_project(project, files)
        return checked(project, len(files))

    with ThreadPoolExecutor(2) as pool:
        begun = {}
        for files in groups():
            project = tmp_path_factory.mktemp("hostile") / "project"
            begun[files[0].path] = (pool.submit(run, project, files), project)
        yield begun


@pytest.mark.parametrize("files", groups(), ids=lambda files: f"{files[0].path}-{len(files)}")
def test_hostile_files_end_and_are_told(
    files: tuple[Hostile, ...], ends: dict[str, tuple[Future[Ended], Path]]
) -> None:
    future, project = ends[files[0].path]
    ended = future.result()
    assert ended.code in (0, 2, 3), f"{ended.said[-2000:]}{ended.errors[-2000:]}"
    assert "Traceback" not in ended.said + ended.errors
    assert "exit code" not in ended.said  # of a reading process that an exception of ours ended
    assert "internal error" not in ended.said + ended.errors, ended.said[-2000:]
    written = "".join(path.read_text("utf-8") for path in project.rglob("rejects.csv"))
    assert CANARY not in ended.said + ended.errors + written
    told = told_of(ended.said)
    missed = {one.path: told.get(f"data/{one.path}", "nothing") for one in files if not _is_told(one, told)}
    assert missed == {}
    assert "COORDINATE_MISSING" in told[f"data/{HONEST.path}"]
    assert ended.most_kib <= CEILING_KIB


def _is_told(one: Hostile, told: dict[str, set[str]]) -> bool:
    """Whether the file is told of, with one of its codes where it has any."""
    found = told.get(f"data/{one.path}")
    return found is not None and (not one.codes or bool(found & set(one.codes)))
