"""scripts.cluster: partitions judged by dask workers; the same bytes as on one machine, whatever happens to a worker."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import typer

from gis.parquet import parts
from scripts import cluster
from scripts import run_project as command
from scripts.console import Console, guarded
from tests.projects import ROOT, headwater, small_project
from tests.set_projects import files_of, set_project
from tests.shapes import sources

WORKERS = ("--scheduler", "local", "--workers", "2")


@pytest.fixture
def dask() -> None:
    """Nothing; the test is skipped where the extra is absent."""
    pytest.importorskip("distributed", reason="needs distributed for the cluster")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of tests.set_projects with the outputs of one machine in `alone`."""
    folder = set_project(tmp_path_factory.mktemp("set"))
    done = headwater("run", folder, "--output", folder / "alone", "--json")
    assert done.returncode == 0, done.stderr
    return folder


def children(pid: int) -> set[int]:
    """The processes that a process has started and that still run."""
    try:
        return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()


@pytest.mark.usefixtures("dask")
def test_workers_write_the_bytes_of_one_machine_and_leave_what_it_kept(project: Path, tmp_path: Path) -> None:
    kept = files_of(project / ".headwater" / "kept")
    assert kept
    done = headwater("run", project, "--output", tmp_path / "out", "--full", *WORKERS)
    assert done.returncode == 0, done.stderr
    assert "inspection.html" in files_of(tmp_path / "out")
    assert files_of(tmp_path / "out") == files_of(project / "alone")
    assert files_of(project / ".headwater" / "kept") == kept


@pytest.mark.usefixtures("dask")
def test_the_example_is_the_same_with_workers(tmp_path: Path) -> None:
    folder = tmp_path / "liupanshui"
    shutil.copytree(ROOT / "examples" / "liupanshui", folder)
    for name, options in (("alone", ()), ("workers", WORKERS)):
        done = headwater("run", folder, "--output", tmp_path / name, *options)
        assert done.returncode == 0, done.stderr
    assert files_of(tmp_path / "workers") == files_of(tmp_path / "alone")


@pytest.mark.usefixtures("dask")
def test_workers_write_sets_of_the_bytes_of_one_machine(project: Path, tmp_path: Path) -> None:
    few = "import scripts.run_project as run; run.MOST_TOGETHER = 100; from scripts.headwater import main; main()"
    for name, options in (("alone", ()), ("workers", WORKERS)):
        arguments = [sys.executable, "-c", few, "run", str(project), "--output", str(tmp_path / name), *options]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
    assert "sites.parquet/part.0004.parquet" in files_of(tmp_path / "alone")
    assert files_of(tmp_path / "workers") == files_of(tmp_path / "alone")


@pytest.mark.usefixtures("dask")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see what a process started")
def test_a_worker_killed_while_it_judges_loses_nothing(project: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HEADWATER_TEST_MARKER": str(marker)}
    command_line = [sys.executable, "-m", "tests.killed_worker", str(project), str(tmp_path / "out")]
    with subprocess.Popen(command_line, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as run:
        waited_for(lambda: marker.exists() and marker.read_text().endswith("\n"), run)
        os.kill(int(marker.read_text()), signal.SIGKILL)
        assert run.wait(timeout=120) == 0
    assert files_of(tmp_path / "out") == files_of(project / "alone")


@pytest.mark.usefixtures("dask")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see what a process started")
def test_an_interrupted_run_leaves_no_process_and_no_file(project: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HEADWATER_TEST_MARKER": str(marker)}
    command_line = [sys.executable, "-m", "tests.killed_worker", str(project), str(tmp_path / "out")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # Started in the background of a shell, these tests, and with them the run, would be deaf to Ctrl-C.
    with subprocess.Popen(
        command_line, cwd=ROOT, env=environment, **quiet, preexec_fn=hear_interrupts  # noqa: PLW1509 - no lock is taken
    ) as run:  # fmt: skip
        waited_for(lambda: marker.exists() and marker.read_text().endswith("\n"), run)
        worker = int(marker.read_text())
        started = children(run.pid) | {worker}
        run.send_signal(signal.SIGINT)
        try:
            assert run.wait(timeout=120) != 0
        finally:
            run.kill()
    assert [one for one in started if Path(f"/proc/{one}").exists()] == []
    assert not (tmp_path / "out").exists()


def hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def waited_for(seen: object, run: subprocess.Popen[bytes]) -> None:
    """Nothing, once `seen()` is true; fails where the run has ended before."""
    while not seen():  # type: ignore[operator]
        assert run.poll() is None, "the run ended before a worker had begun"
        time.sleep(0.02)


@pytest.mark.usefixtures("dask")
def test_an_error_of_a_part_is_told_once_and_nothing_is_written(tmp_path: Path) -> None:
    folder = set_project(tmp_path / "p")
    (folder / "data" / "sources" / "part.1.parquet").write_bytes(b"PAR1 no more PAR1")
    done = headwater("run", folder, "--output", tmp_path / "out", *WORKERS)
    assert done.returncode == 3
    assert done.stderr.count("FILE_UNREADABLE") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("dask")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no address"])
def test_an_address_where_nobody_answers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    folder = small_project(tmp_path / "p")
    console = Console(as_json=False, lang="en", quiet=True, debug=False)
    with pytest.raises(typer.Exit) as ended:
        guarded(lambda: command.run_project(folder, console, scheduler=address), console)
    assert ended.value.exit_code == 2
    told = capsys.readouterr().err
    assert f"no scheduler answers at {address}" in told
    assert "dask scheduler" in told
    assert not (folder / "output").exists()


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "distributed.py").write_text("raise ImportError", encoding="utf-8")
    done = headwater("run", folder, "--scheduler", "local", PYTHONPATH=f"{tmp_path / 'path'}{os.pathsep}{ROOT}")
    assert done.returncode == 2
    assert f"{sys.executable} -m pip install 'headwater[scale]'" in done.stderr
    assert "附加组件" in done.stderr
    assert not (folder / "output").exists()


def test_workers_need_a_local_cluster(tmp_path: Path) -> None:
    done = headwater("run", tmp_path, "--workers", "2")
    assert done.returncode == 2
    assert "--scheduler local" in done.stderr


@pytest.mark.usefixtures("dask")
def test_what_the_manual_cuts_is_read_in_parts(tmp_path: Path) -> None:
    pytest.importorskip("dask_geopandas", reason="needs distributed and dask-geopandas for the cluster")
    manual = (ROOT / "docs" / "scale.md").read_text("utf-8")
    (tmp_path / "cut.py").write_text(
        manual.split("```python\n")[1].split("```")[0].replace("80", "3"), encoding="utf-8"
    )
    sites = sources(*(f"POINT ({x} {x})" for x in range(0, 9000, 30)))
    sites = sites[["source_id", "name", "kind", "geometry"]]
    sites.to_parquet(tmp_path / "sites.parquet", row_group_size=50)
    done = subprocess.run([sys.executable, "cut.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = parts(tmp_path / "data" / "sources")
    assert [part.path.name for part in found] == ["part.0.parquet", "part.1.parquet", "part.2.parquet"]
    assert sum(part.rows for part in found) == len(sites)
    boxes = [part.bounds for part in found if part.bounds]
    assert sum(east - west for west, _, east, _ in boxes) < 1.1 * float(np.ptp(sites.geometry.x))
