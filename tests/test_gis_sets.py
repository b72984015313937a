"""gis.sets: parts of a GeoParquet set with one schema, and sets that take their places together or not at all."""

from __future__ import annotations

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


def output(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def earlier(folder: Path) -> dict[str, str]:
    """An output with a set, a table that is stale soon, and another that is not."""
    for name in ("s.parquet/part.0", "s.parquet/part.1", "old.csv", "other.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"old {name}")
    return output(folder)


def write_new(staging: Path) -> None:
    (staging / "s.parquet").mkdir()
    (staging / "s.parquet" / "part.0").write_text("new")
    (staging / "s.parquet" / ".unfinished-1").write_text("of a killed worker")


def test_sets_take_their_places_and_the_stale_goes(tmp_path: Path) -> None:
    earlier(tmp_path)
    (tmp_path / ".headwater-sets-of-a-crash").mkdir()
    with sets_exchanged(tmp_path, ["s.parquet", "old.csv", "absent.csv"]) as work:
        write_new(work.staging)
        work.take_places(["s.parquet"])
    assert output(tmp_path) == {"s.parquet/part.0": "new", "other.csv": "old other.csv"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv", "s.parquet"]


@pytest.mark.parametrize("taken", [True, False])
def test_after_an_error_everything_is_as_before(tmp_path: Path, taken: bool) -> None:
    before = earlier(tmp_path)

    def fail() -> None:
        with sets_exchanged(tmp_path, ["s.parquet", "old.csv"]) as work:
            write_new(work.staging)
            if taken:
                work.take_places(["s.parquet"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert output(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "other.csv", "s.parquet"]


def test_a_set_that_was_not_written_moves_nothing(tmp_path: Path) -> None:
    before = earlier(tmp_path)

    def fail() -> None:
        with sets_exchanged(tmp_path, []) as work:
            work.take_places(["s.parquet"])

    with pytest.raises(FileNotFoundError):
        fail()
    assert output(tmp_path) == before
