"""gis.reading_process, gis.reading_child, gis.reading_limits, gis.reading_messages, gis.reading_transport: another process reads the files."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gis import reading_process
from gis.faults import InputError
from gis.read import read
from gis.reading_child import is_memory
from gis.reading_process import Reader, end, start

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "污染源.csv"
    path.write_text("site_id,lon,lat\nA-1,105.5,26.5\nA-2,x,26.5\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No process is left over from another test, nor from this one."""
    end()
    yield
    end()


def kept() -> Reader:
    (reader,) = reading_process._idle
    return reader


def codes_of(path: Path, **said: object) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name, **said)  # type: ignore[arg-type]
    assert all(caught.value.message(language) for language in ("zh", "en"))
    return [(fault.code, fault.file) for fault in caught.value.faults]


def gone(pid: int) -> bool:
    """Whether a process has ended; waited for, as long as it takes."""
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":  # ended; whoever is its parent by now has not looked yet
            return True
        time.sleep(0.01)
    return False


def test_one_process_reads_file_after_file(table: Path) -> None:
    for _ in range(3):
        (found,) = read(table, name="a.csv")
        assert found.frame["site_id"].tolist() == ["A-1"] and [fault.row for fault in found.faults] == [3]
        first = kept().process.pid
    read(table, name="a.csv")
    assert kept().process.pid == first


def test_a_refused_file_does_not_end_it(table: Path, tmp_path: Path) -> None:
    read(table, name="a.csv")
    first = kept().process.pid
    (tmp_path / "b.gpkg").write_bytes(b"no such thing")
    assert codes_of(tmp_path / "b.gpkg") == [("FILE_UNREADABLE", "b.gpkg")]
    read(table, name="a.csv")
    assert kept().process.pid == first


def test_a_process_that_was_ended_meanwhile_is_replaced(table: Path) -> None:
    read(table, name="a.csv")
    first = kept().process
    first.kill()
    first.wait()
    read(table, name="a.csv")
    assert kept().process.pid != first.pid


def test_it_is_started_ahead(table: Path) -> None:
    start()
    first = kept().process.pid
    start()
    read(table, name="a.csv")
    assert kept().process.pid == first
    assert kept().drivers


def test_two_at_once(table: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda at: read(table, name=f"{at}.csv"), range(8)))
    assert [one[0].faults[0].file for one in found] == [f"{at}.csv" for at in range(8)]
    assert len(reading_process._idle) == 1


def test_words_of_libraries_without_memory() -> None:
    assert is_memory("terminate called after throwing an instance of 'std::bad_alloc'")
    assert is_memory("memory allocation of 8589934592 bytes failed")
    assert not is_memory("file is not a database")


def test_a_limit_is_a_limit() -> None:
    program = (
        "import gis.reading_limits as limits\n"
        "limits.hold_to(200 << 20)\n"
        "try:\n    bytearray(1 << 30)\nexcept MemoryError:\n    print('refused', limits.resident() < 200 << 20)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    if sys.platform == "linux":
        assert done.stdout.split() == ["refused", "True"]
