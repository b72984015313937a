"""gis.geopackage_copies: reading changes no file, whatever stands beside it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import geopandas as gpd
import pytest

from gis.faults import InputError
from gis.geopackage_copies import settled, unsettled
from gis.read import read

PLACES = gpd.GeoDataFrame({"id": ["1", "2"]}, geometry=gpd.points_from_xy([104, 105], [26, 27]), crs="EPSG:4326")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed_beside(folder: Path, mode: str) -> Path:
    """A GeoPackage of two rows, and beside it the file of a change that another program is at."""
    path, kept = folder / "made" / "地点.gpkg", folder / "received"
    path.parent.mkdir()
    kept.mkdir()
    PLACES.to_file(path, layer="places")
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA journal_mode = {mode}")
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{trigger}"')
    database.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
    database.execute("BEGIN")
    database.executemany("INSERT INTO places (id, geom) SELECT ?, geom FROM places LIMIT 1", [("x" * 9000,)] * 9)
    if mode == "wal":
        database.execute("COMMIT")
    for one in path.parent.iterdir():
        shutil.copy(one, kept / one.name)
    database.close()
    return kept / path.name


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = changed_beside(tmp_path, "wal")
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    before = contents(path.parent)
    assert unsettled(path) == path.with_name(f"{path.name}-wal")
    (table,) = read(path, name="t")
    assert len(table.frame) + len(table.faults) == 11 == table.facts["rows_read"]
    assert contents(path.parent) == before


def test_changes_that_were_broken_off_are_no_success(tmp_path: Path) -> None:
    path = changed_beside(tmp_path, "delete")
    before = contents(path.parent)
    assert f"{path.name}-journal" in before
    with pytest.raises(InputError, match="FILE_UNREADABLE"):
        read(path, name="t")
    assert contents(path.parent) == before


def test_a_copy_is_made_only_where_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    PLACES.to_file(path, layer="places")
    path.with_name("a.gpkg-wal").touch()
    with settled(path) as whole:
        assert whole == path
    path.with_name("a.gpkg-wal").write_bytes(b"x")
    with settled(path) as whole:
        assert whole != path and whole.name == path.name
        assert sorted(contents(whole.parent)) == ["a.gpkg", "a.gpkg-wal"]
    assert not whole.parent.exists()
    assert unsettled(tmp_path / "a.csv") is None
