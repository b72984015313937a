"""gis.sets: parts of a GeoParquet set with one schema, and sets that take their places together or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from gis.sets import sets_exchanged, write_part
from tests.shapes import frame, square

COLUMNS = {"name": "text", "metres": "number", "sites": "count", "late": "flag"}


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
