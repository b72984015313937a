"""Faults put into calls of `run`, `survey merge` and `ledger set`: a sample; `python benchmarks/faults.py` tries them all.

Afterwards outputs are all old or all new, the ledger holds what was said to be done, and the next run needs no hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.fault_projects import COMMANDS
from benchmarks.fault_trials import Outcome, Point
from benchmarks.faults import summary, tried_all
from scripts.console import DONE, UNUSABLE, Console, guarded
from scripts.run_project import run_project
from tests.projects import small_project

# Of each command its calls, and with which fault: where it is killed, where the disk is full, where it fails.
SAMPLE = {
    "run": [("renameat2", "SIGKILL"), ("pwrite64", "ENOSPC"), ("write", "EIO")],
    "survey merge": [
        ("rename", "SIGKILL"), ("fdatasync", "SIGKILL"), ("pwrite64", "ENOSPC"), ("fsync", "EIO"),
    ],
    "ledger set": [("unlink", "SIGKILL"), ("pwrite64", "EIO"), ("fdatasync", "ENOSPC")],
}  # fmt: skip


def can_trace() -> bool:
    if not sys.platform.startswith("linux") or shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], check=False, capture_output=True)
    return tried.returncode == 0


def chosen(points: Sequence[Point]) -> list[Point]:
    """Of each pair of the sample the point in the middle, where the command is about to finish what it is at."""
    found = []
    for call, fault in SAMPLE[points[0].command]:
        of_call = [point for point in points if (point.call, point.fault) == (call, fault)]
        assert of_call, f"{points[0].command} calls no {call} any more"
        found.append(of_call[len(of_call) // 2])
    return found


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    if not can_trace():
        pytest.skip("fault injection needs ptrace, which is not to be had here")
    return tried_all(COMMANDS, chosen, workers=1, runs=False, say=print)


def test_everything_is_old_or_new_and_the_next_run_needs_no_hand(outcomes: list[Outcome]) -> None:
    assert {one.point: one.wrong for one in outcomes if one.wrong} == {}


def test_every_point_was_struck(outcomes: list[Outcome]) -> None:
    told = summary(outcomes)
    assert (told["points"], told["not_reached"]) == (sum(map(len, SAMPLE.values())), 0)
    assert all(one.code == -9 for one in outcomes if one.point.fault == "SIGKILL")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no small disk: mounting a tmpfs needs root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_of_one_mebibyte_keeps_what_it_had(small_disk: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    output, console = small_disk / "output", Console(as_json=False, lang="zh", quiet=True, debug=False)
    assert run_project(project, console, output=output) == DONE
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    sources = (project / "data" / "sources.csv").read_text("utf-8-sig")
    (project / "data" / "sources.csv").write_text(sources.replace("青山村排口", "青山村老排口"), "utf-8-sig")
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free // 2))
    with pytest.raises(BaseException, match=str(UNUSABLE)):  # typer.Exit, which bears the code
        guarded(lambda: run_project(project, console, output=output), console)
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    filler.unlink()
    assert run_project(project, console, output=tmp_path / "elsewhere") == DONE
    assert sorted(path.name for path in small_disk.iterdir()) == ["output"]
