"""gis.reading_process, gis.reading_child, gis.reading_limits, gis.reading_messages, gis.reading_transport: another process reads the files."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gis
from gis import reading, reading_child, reading_process
from gis.faults import InputError
from gis.points import Stated
from gis.read import read
from gis.reading_child import answer, is_memory
from gis.reading_limits import resident, told_by_ps
from gis.reading_messages import receive_message, send_message
from gis.reading_process import Reader, end, start

NOTHING = Stated(None, None, None, None, None)

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
        "import os, gis.reading_limits as limits\n"
        "limits.hold_to(200 << 20)\n"
        "try:\n    bytearray(1 << 30)\nexcept MemoryError:\n    print('refused', limits.resident(os.getpid()) < 200 << 20)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    if sys.platform == "linux":
        assert done.stdout.split() == ["refused", "True"]


def test_memory_of_a_process() -> None:
    held = bytearray(os.urandom(1)) * (64 << 20)
    assert (resident(os.getpid()) or 0) > len(held)
    assert resident(2**22 + 1) is None


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
def test_memory_as_ps_tells_it() -> None:
    held = bytearray(os.urandom(1)) * (64 << 20)
    assert told_by_ps(os.getpid()) > len(held)


def test_a_process_with_other_drivers_is_not_asked(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process.gis, "DRIVERS", frozenset({"GPKG"}))
    with pytest.raises(RuntimeError, match="GeoJSON"):
        read(table, name="a.csv")


def test_our_environment_opens_no_door(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is set here: no driver comes back, no program of a folder is loaded, nothing is asked of a network."""
    (table.parent / "gis.py").write_text("open('canary', 'w').close()")
    monkeypatch.chdir(table.parent)
    for name, value in {
        "PYTHONPATH": str(table.parent),
        "PYTHONSTARTUP": str(table.parent / "gis.py"),
        "GDAL_SKIP": "",
        "GDAL_DRIVER_PATH": str(table.parent),
        "OGR_ENABLE_PARTIAL_REPROJECTION": "YES",
        "AWS_ACCESS_KEY_ID": "x",
        "PROJ_NETWORK": "ON",
    }.items():
        monkeypatch.setenv(name, value)
    read(table, name="a.csv")
    environment = Path(f"/proc/{kept().process.pid}/environ")
    if environment.exists():
        told = environment.read_text()
        assert "PROJ_NETWORK=OFF" in told and "AWS" not in told and "PYTHON" not in told and "GDAL_SKIP" not in told
    assert set(kept().drivers or []) <= gis.DRIVERS
    assert not (table.parent / "canary").exists()


def test_large_layers_are_sent_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.gpkg"
    many = 150_000
    frame = gpd.GeoDataFrame(
        {
            "id": [f"S-{at:06}" for at in range(many)],
            "name": [None if at % 7 == 0 else f"企业{at % (3 if at < 70_000 else many)}" for at in range(many)],
            "value": np.where(np.arange(many) < 70_000, 0.5, np.arange(many) / 8),
            "flag": [at % 2 == 0 for at in range(many)],
        },
        geometry=shapely.points(np.linspace(104, 106, many), np.linspace(26, 28, many)),
        crs="EPSG:4326",
    )
    frame.to_file(path)
    ahead = [len(one.numbers) for _, one in reading.read_ahead(path, None, NOTHING)]
    assert sum(ahead) == many and len(ahead) > 1
    (found,) = read(path, name="many")
    (whole,) = reading.read_file(path, "many", None, NOTHING, placed=True)
    assert found.facts == whole.facts and found.faults == whole.faults == []
    assert [found.frame[name].tolist() for name in whole.columns] == [one.tolist() for one in whole.columns.values()]
    assert found.frame["source_row"].tolist() == whole.numbers.tolist()
    assert (found.frame.geometry.to_numpy() == np.asarray(whole.geometry)).all()


@pytest.mark.parametrize(
    "odd", [shapely.Point(), shapely.Point(500, 26), shapely.Point(0, 0), shapely.box(1, 1, 2, 2), None]
)
def test_a_layer_with_something_odd_at_its_end_is_judged_whole(tmp_path: Path, odd: object) -> None:
    path = tmp_path / "odd.gpkg"
    many = 70_000
    places = np.append(shapely.points(np.linspace(104, 106, many), 26), odd)
    frame = gpd.GeoDataFrame({"id": [f"S-{at:050}" for at in range(many + 1)]}, geometry=places, crs="EPSG:4326")
    frame.to_file(path)
    with pytest.raises(reading.NotPlain):
        list(reading.read_ahead(path, None, NOTHING))
    (found,) = read(path, name="odd")
    (whole,) = reading.read_file(path, "odd", None, NOTHING, placed=True)
    assert (found.facts, found.faults) == (whole.facts, whole.faults)
    assert found.facts["rows_read"] == many + 1 == len(found.frame) + len(found.faults)
    assert found.frame.geometry.geom_equals_exact(gpd.GeoSeries(np.asarray(whole.geometry), crs=4326), 0).sum() >= many


def test_it_clears_away_what_it_unpacked_where_who_asked_dies_amid_an_answer(tmp_path: Path) -> None:
    """Nobody else is left to do it: a pipe that breaks while the answer is written."""
    path = tmp_path / "a.csv"
    path.write_text("site_id,lon,lat\n" + "A-1,105.5,26.5\n" * 100_000, encoding="utf-8")
    reader, stated = Reader(), dict(NOTHING._asdict())
    scratch, process = reader._scratch.path, reader.process
    assert process.stdin is not None and process.stdout is not None
    asked = {"what": "rows", "path": str(path), "name": "a.csv", "table": None, "stated": stated, "placed": True}
    send_message({**asked, "part": None, "memory": 1 << 30, "seconds": 60.0}, process.stdin)
    receive_message(process.stdout)  # it is ready
    assert process.stdout.read(1) and scratch.is_dir()
    process.stdout.close()
    process.wait(timeout=60)
    assert not scratch.exists()
    reader.end()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_not_called_a_damaged_file(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "no room")

    monkeypatch.setitem(reading_child._ANSWERS, "rows", full)
    told = io.BytesIO()
    answer({"what": "rows", "name": "a.zip"}, told)
    told.seek(0)
    ((code, file, *_),) = receive_message(told)["faults"]
    assert (code, file) == ("DISK_FULL", "a.zip")
    monkeypatch.setitem(reading_child._ANSWERS, "parts", lambda *_: Path(os.devnull, "x").stat())
    with pytest.raises(NotADirectoryError):
        answer({"what": "parts", "name": "a"}, told)
