"""gis.sets: parts of a GeoParquet set with one schema, and sets that take their places together or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from gis.sets import Holds, sets_exchanged, write_part
from tests.shapes import frame, square

COLUMNS: Mapping[str, Holds] = {"name": "text", "metres": "number", "sites": "count", "late": "flag"}


def some() -> gpd.GeoDataFrame:
    return frame(
        square(0, 0, 10), "POINT (5 5)", name=["一", None], metres=[1.5, np.nan], sites=[3, 0], late=[None, True]
    )


def test_a_part_reads_back_with_its_nulls(tmp_path: Path) -> None:
    write_part(some(), tmp_path / "s.parquet" / "part.0000.parquet", COLUMNS)
    back = gpd.read_parquet(tmp_path / "s.parquet" / "part.0000.parquet")
    assert back.crs.to_epsg() == 4326
    assert back.geometry.equals(some().geometry)
    assert back["name"].fillna("").tolist() == ["一", ""]
    assert back["metres"].fillna(-1).tolist() == [1.5, -1]
    assert back["sites"].tolist() == [3, 0]
    assert back["late"].tolist() == [None, True]
    assert [path.name for path in (tmp_path / "s.parquet").iterdir()] == ["part.0000.parquet"]


@pytest.mark.parametrize("rows", [slice(0, 0), slice(1, 2), slice(0, 2)])
def test_all_parts_have_one_schema_and_equal_frames_equal_bytes(tmp_path: Path, rows: slice) -> None:
    write_part(some(), tmp_path / "whole.parquet", COLUMNS)
    for name in ("a", "b"):
        write_part(some().iloc[rows], tmp_path / f"{name}.parquet", COLUMNS)
    assert pq.read_schema(tmp_path / "a.parquet").equals(pq.read_schema(tmp_path / "whole.parquet"))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_nothing_is_written_for_a_run_that_has_ended(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_part(some(), tmp_path / "gone" / "s.parquet" / "part.0000.parquet", COLUMNS)
    assert not list(tmp_path.iterdir())


def output(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def a_set(folder: Path, *names: str, rows: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_part(some().iloc[:rows], folder / name, COLUMNS)


def earlier(folder: Path) -> dict[str, bytes]:
    """An output with a set, a table that is stale soon, and another that is not."""
    a_set(folder / "s.parquet", "part.0", "part.1")
    for name in ("old.csv", "other.csv"):
        (folder / name).write_text(f"old {name}")
    return output(folder)


def write_new(staging: Path) -> None:
    a_set(staging / "s.parquet", "part.0", rows=1)
    (staging / "s.parquet" / ".unfinished-1").write_text("of a killed worker")


def test_sets_take_their_places_and_the_stale_goes(tmp_path: Path) -> None:
    earlier(tmp_path)
    (tmp_path / ".headwater-sets-of-a-crash").mkdir()
    with sets_exchanged(tmp_path, written=["s.parquet"], tables=["old.csv", "absent.csv"]) as work:
        write_new(work.staging)
        work.take_places()
    assert sorted(output(tmp_path)) == ["other.csv", "s.parquet/part.0"]
    assert len(gpd.read_parquet(tmp_path / "s.parquet" / "part.0")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv", "s.parquet"]


@pytest.mark.parametrize("taken", [True, False])
def test_after_an_error_everything_is_as_before(tmp_path: Path, taken: bool) -> None:
    before = earlier(tmp_path)

    def fail() -> None:
        with sets_exchanged(tmp_path, written=["s.parquet"], tables=["old.csv"]) as work:
            write_new(work.staging)
            if taken:
                work.take_places()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert output(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "other.csv", "s.parquet"]


def test_a_set_that_was_not_written_moves_nothing(tmp_path: Path) -> None:
    before = earlier(tmp_path)

    def fail() -> None:
        with sets_exchanged(tmp_path, written=["s.parquet"]) as work:
            work.take_places()

    with pytest.raises(FileNotFoundError):
        fail()
    assert output(tmp_path) == before


def their_file(path: Path) -> None:
    some().to_parquet(path)


def their_folder(path: Path) -> None:
    path.mkdir()
    some().to_parquet(path / "part.0.parquet")


def ours_with_theirs(path: Path) -> None:
    a_set(path, "part.0.parquet")
    (path / "notes.txt").write_text("mine")


def our_single_file(path: Path) -> None:
    write_part(some(), path, COLUMNS)


def link_to_ours(path: Path) -> None:
    a_set(path.parent / "elsewhere", "part.0.parquet")
    path.symlink_to(path.parent / "elsewhere")


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "absent")


THEIRS = [their_file, their_folder, ours_with_theirs, our_single_file, link_to_ours, link_to_nothing]


@pytest.mark.parametrize("theirs", THEIRS)
def test_what_is_not_ours_stays(tmp_path: Path, theirs: Callable[[Path], None]) -> None:
    theirs(tmp_path / "s.parquet")
    a_set(tmp_path / "ours.parquet", "part.0")
    (tmp_path / "old.csv").mkdir()
    (tmp_path / "old.csv" / "mine.csv").write_text("mine")
    before = {name: data for name, data in output(tmp_path).items() if not name.startswith("ours")}
    with sets_exchanged(tmp_path, leaving=["s.parquet", "ours.parquet"], tables=["old.csv"]) as work:
        work.take_places()
    assert output(tmp_path) == before and not (tmp_path / "ours.parquet").exists()
    assert os.path.lexists(tmp_path / "s.parquet")


@pytest.mark.parametrize("theirs", THEIRS)
def test_what_is_not_ours_is_not_replaced(tmp_path: Path, theirs: Callable[[Path], None]) -> None:
    theirs(tmp_path / "s.parquet")
    names, before = sorted(path.name for path in tmp_path.iterdir()), output(tmp_path)
    with pytest.raises(FileExistsError, match=r"s\.parquet"), sets_exchanged(tmp_path, written=["s.parquet"]):
        pytest.fail("nothing is to be done")
    assert output(tmp_path) == before and sorted(path.name for path in tmp_path.iterdir()) == names


def test_what_came_while_the_sets_were_written_stays(tmp_path: Path) -> None:
    def run() -> None:
        with sets_exchanged(tmp_path, written=["s.parquet"]) as work:
            write_new(work.staging)
            their_folder(tmp_path / "s.parquet")
            work.take_places()

    with pytest.raises(FileExistsError):
        run()
    assert list(output(tmp_path)) == ["s.parquet/part.0.parquet"]


KILLED = """
import os, signal, sys
from pathlib import Path
from gis.sets import sets_exchanged

folder, moves, leaving = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "leaving"
rename, left = Path.rename, [moves]

def counted(path, to):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return rename(path, to)

Path.rename = counted
sets = ["a.parquet", "b.parquet"]
named = {"leaving": sets} if leaving else {"written": sets, "tables": ["old.csv"]}
with sets_exchanged(folder, **named) as work:
    for name in () if leaving else sets:
        rename(folder / "new" / name, work.staging / name)
    work.take_places()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize(
    ("run", "moves"), [*(("written", at) for at in range(6)), *(("leaving", at) for at in range(3))]
)
def test_what_a_killed_run_had_moved_is_put_back(tmp_path: Path, run: str, moves: int) -> None:
    for name in ("a.parquet", "b.parquet"):
        a_set(tmp_path / "out" / name, "part.0", "part.1")
        a_set(tmp_path / "out" / "new" / name, "part.0", rows=1)
    (tmp_path / "out" / "old.csv").write_text("old")
    before = {name: data for name, data in output(tmp_path / "out").items() if not name.startswith("new")}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out"), str(moves), run], check=False)
    assert killed.returncode == -signal.SIGKILL
    with sets_exchanged(tmp_path / "out", written=["c.parquet"]):
        pass
    after = {name: data for name, data in output(tmp_path / "out").items() if not name.startswith("new")}
    assert after == before
    assert not list((tmp_path / "out").glob(".*"))


def test_what_is_put_back_takes_no_place_of_somebody_elses(tmp_path: Path) -> None:
    a_set(tmp_path / ".headwater-sets-1" / "before" / "s.parquet", "part.0")
    their_folder(tmp_path / "s.parquet")
    with sets_exchanged(tmp_path):
        pass
    assert list(output(tmp_path)) == ["s.parquet/part.0.parquet"]


def test_what_could_not_be_put_back_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = earlier(tmp_path)

    def refuse(path: Path, to: Path) -> None:
        raise PermissionError

    def fails() -> None:
        with sets_exchanged(tmp_path, leaving=["s.parquet"]) as work:
            work.take_places()
            monkeypatch.setattr(Path, "rename", refuse)
            raise KeyError

    with pytest.raises(PermissionError):
        fails()
    monkeypatch.undo()
    assert output(tmp_path) != before
    with sets_exchanged(tmp_path):
        pass
    assert output(tmp_path) == before
