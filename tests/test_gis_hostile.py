"""Files that are made to harm: each is one error with its name, and nothing else is harmed (gis.reading_process)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from typer.testing import CliRunner

from gis import reading_process
from gis.faults import InputError
from gis.read import read
from gis.reading_limits import GIB, Stated, memory_for, resident
from gis.reading_process import Reader, end, start
from scripts.headwater import app

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux refuses a process memory")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    end()
    yield
    end()


def sound(folder: Path) -> Path:
    path = folder / "sound.csv"
    path.write_text("source_id,name,kind,lon,lat\nA-1,甲,outfall,105.5,26.5\nA-2,乙,outfall,x,26.5\n", encoding="utf-8")
    return path


def refused(path: Path, **limits: float) -> str:
    """The code of the one fault of a file; afterwards another file is read as ever."""
    with pytest.raises(InputError) as caught:
        read(path, name="目录/it", limits=Stated(**limits))
    (fault,) = caught.value.faults
    assert fault.file == "目录/it" and all(fault.line(language) for language in ("zh", "en"))
    (table,) = read(sound(path.parent), name="sound.csv")
    assert table.frame["source_id"].tolist() == ["A-1"]
    return fault.code


def kept() -> Reader:
    start()
    (reader,) = reading_process._idle
    return reader


def signalled(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The process gets a signal as soon as it was asked for a file, the first time."""
    pid, sent = kept().process.pid, reading_process.send_message

    def sending(*given: Any) -> None:
        sent(*given)
        os.kill(pid, number)
        monkeypatch.setattr(reading_process, "send_message", sent)

    monkeypatch.setattr(reading_process, "send_message", sending)


def gone(pid: int) -> bool:
    """Whether a process has ended; waited for, as long as it takes."""
    for _ in range(2000):
        try:
            os.kill(pid, 0)
            if sys.platform == "linux" and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # ended; nobody has asked how, yet
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


# --- A process that ends, hangs or grows ------------------------------------------------------


def test_a_process_that_is_killed_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signalled(monkeypatch, signal.SIGKILL)
    with pytest.raises(InputError, match=r"sound\.csv: FILE_CRASHED: .*SIGKILL"):
        read(sound(tmp_path), name="sound.csv")
    assert read(sound(tmp_path), name="sound.csv")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_process_that_crashes_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    signalled(monkeypatch, number)
    assert refused(sound(tmp_path)) == "FILE_CRASHED"


def test_a_process_that_does_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signalled(monkeypatch, signal.SIGSTOP)
    assert refused(sound(tmp_path), seconds=0.3) == "FILE_TIME"


def test_the_time_stated_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signalled(monkeypatch, signal.SIGSTOP)
    with pytest.raises(InputError, match=r"more than 0\.3 seconds.*\[limits\] in headwater\.toml"):
        read(sound(tmp_path), name="sound.csv", limits=Stated(seconds=0.3))


def test_a_process_ends_itself_where_nobody_ends_it(tmp_path: Path) -> None:
    """Who asked is gone, or hangs: a timer in the process itself, which no library can hold up."""
    path = tmp_path / "long.csv"
    path.write_text("site_id,name,lon,lat\n" + 'A,"a ""quoted"" word\n",105,26\n' * 400_000, encoding="utf-8")
    reader = Reader()
    stated = dict.fromkeys(("crs", "datum", "encoding", "x", "y"))
    request = {"what": "rows", "path": str(path), "name": "long", "table": None, "stated": stated, "placed": True}
    limits = {"part": None, "memory": 4 * GIB, "seconds": -4.9}  # five are added
    reading_process.send_message({**request, **limits}, reader.process.stdin)  # type: ignore[arg-type]
    assert reader.process.wait(timeout=60) == 1
    assert "Timeout" in reader.said()
    reader.end()


def test_no_process_outlives_who_asked(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\nfrom gis import reading_process\nfrom gis.read import read\n"
        "read(pathlib.Path(sys.argv[1]), name='s')\n"
        "print(reading_process._idle[0].process.pid, flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(sound(tmp_path))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.kill()
    assert gone(pid)


@LINUX
def test_one_long_text_in_very_many_rows(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["水" * 300_000]))
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"name": words}), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 2_000_000
    assert refused(path, memory_gib=0.5) == "FILE_MEMORY"


@LINUX
def test_a_sheet_with_one_cell_at_its_far_end(tmp_path: Path) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packed = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packed}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{packed}/relationships"><Relationship Id="r1" Type="{related}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packed}/relationships"><Relationship Id="r1" Type="{related}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
    }
    path = tmp_path / "far.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    assert refused(path, memory_gib=0.5) in {"FILE_MEMORY", "ARCHIVE_TOO_LARGE"}


def test_an_endless_view_is_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "endless.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105, 26)], crs="EPSG:4326").to_file(path, layer="zones")
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE zones RENAME TO kept")
        database.execute(
            "CREATE VIEW zones AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS fid, (SELECT geom FROM kept) AS geom, 'a' AS name FROM n"
        )
        database.commit()
    assert refused(path, seconds=30) == "UNTRUSTED_SCHEMA"


@LINUX
def test_what_is_sent_counts_as_memory(tmp_path: Path) -> None:
    """A table that the process holds in little memory may be much where it is sent to."""
    path = tmp_path / "wide.csv"
    path.write_text("id,lon,lat\n" + "".join(f"{at:040d},105,26\n" for at in range(200_000)), encoding="utf-8")
    assert refused(path, memory_gib=0.001) == "FILE_MEMORY"


def test_limits_by_size() -> None:
    assert memory_for(50_000_000) < 1.3 * GIB
    assert (resident(os.getpid()) or GIB) > 1 << 20


# --- A project with such files ----------------------------------------------------------------


@LINUX
def test_everything_else_is_reported(tmp_path: Path) -> None:
    test_one_long_text_in_very_many_rows(tmp_path)
    (tmp_path / "headwater.toml").write_text(
        'language = "en"\n[limits]\nmemory_gib = 0.5\nseconds = 50\n'
        '[[layer]]\nkind = "protection_zones"\npath = "bomb.parquet"\n'
        '[[layer]]\nkind = "pollution_sources"\npath = "sound.csv"\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["check-data", str(tmp_path)])
    assert done.exit_code == 3
    assert "FILE_MEMORY" in done.output and "0.50 GiB" in done.output
    assert "COORDINATE_UNREADABLE" in done.output
