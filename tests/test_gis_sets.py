"""gis.sets: parts of a GeoParquet set with one schema, and sets that take their places together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from gis.sets import Holds, check_places, clear_unfinished, is_ours, write_part
from gis.write import replaced_together
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


def test_a_set_takes_its_place_with_the_tables_and_what_a_killed_worker_left_does_not(tmp_path: Path) -> None:
    a_set(tmp_path / "s.parquet", "part.0", "part.1")
    a_set(tmp_path / "leaving.parquet", "part.0")
    (tmp_path / "other.csv").write_text("old")
    goes = {"leaving.parquet"}
    with replaced_together(tmp_path, goes=lambda path: path.name in goes and is_ours(path)) as staging:
        a_set(staging / "s.parquet", "part.0", rows=1)
        (staging / "s.parquet" / ".unfinished-1").write_text("of a killed worker")
        clear_unfinished(staging, ["s.parquet", "absent.parquet"])
    assert sorted(output(tmp_path)) == ["other.csv", "s.parquet/part.0"]
    assert len(gpd.read_parquet(tmp_path / "s.parquet" / "part.0")) == 1


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
def test_what_is_not_ours_is_neither_taken_away_nor_replaced(tmp_path: Path, theirs: Callable[[Path], None]) -> None:
    theirs(tmp_path / "s.parquet")
    assert not is_ours(tmp_path / "s.parquet")
    with pytest.raises(FileExistsError, match=r"s\.parquet"):
        check_places(tmp_path, ["absent.parquet", "s.parquet"])


def test_what_is_ours_may_be_replaced(tmp_path: Path) -> None:
    a_set(tmp_path / "ours.parquet", "part.0")
    assert is_ours(tmp_path / "ours.parquet")
    check_places(tmp_path, ["ours.parquet", "absent.parquet"])
