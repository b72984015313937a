"""gis.geopackage_whole: whatever GDAL may leave out of a GeoPackage when a write fails, is missed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from gis.geopackage import write_geopackage
from gis.geopackage_whole import Expected, check_whole

PLACED = pd.DataFrame({"id": ["a", "b", "c"], "lon": [105.0, 106.0, None], "lat": [26.0, 27.0, None]})
LAYERS = {"a": Expected(3, 2), "b": Expected(3, 2), "none": Expected(0, 0)}
LOSSES = {
    "a row": ("DELETE FROM a WHERE fid = 2", "layer a"),
    "an index's row": ("DELETE FROM rtree_a_geom_rowid WHERE rowid = 2", "the index of a"),
    "an index": ("DROP TABLE rtree_b_geom", "an index or a trigger"),
    "a trigger": ("DROP TRIGGER trigger_insert_feature_count_a", "an index or a trigger"),
    "a table": ("DROP TABLE b", "an index or a trigger"),
    "an entry": ("DELETE FROM gpkg_contents WHERE table_name = 'b'", "layer b in gpkg_contents"),
    "its extension": ("DELETE FROM gpkg_extensions WHERE table_name = 'a'", "layer a in gpkg_extensions"),
    "the number of rows": ("UPDATE gpkg_ogr_contents SET feature_count = 2 WHERE table_name = 'a'", "the number of rows of a"),
    "its extent": ("UPDATE gpkg_contents SET min_x = NULL WHERE table_name = 'a'", "the extent of a"),
    "the mark": ("PRAGMA user_version = 0", "the mark of a GeoPackage"),
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "it.gpkg"
    write_geopackage({"a": PLACED, "b": PLACED, "none": PLACED.iloc[:0]}, path, styles={}, day="2017-11-30")
    return path


def test_a_file_with_everything_in_it_passes(written: Path) -> None:
    check_whole(written, LAYERS)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_missing_is_named(written: Path, tmp_path: Path, loss: str) -> None:
    statement, named = LOSSES[loss]
    path = tmp_path / "it.gpkg"
    path.write_bytes(written.read_bytes())
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            # Those of GDAL call functions that only GDAL has; one that is to be missed goes by the statement itself.
            if name.startswith(("rtree_", "trigger_")) and statement.split()[0] != "DROP":
                database.execute(f'DROP TRIGGER "{name}"')
        database.execute(statement)
    with pytest.raises(OSError, match=f"it.gpkg: {named} was not written"):
        check_whole(path, LAYERS)


def test_a_page_that_is_damaged_is_seen(written: Path, tmp_path: Path) -> None:
    content = bytearray(written.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    (tmp_path / "it.gpkg").write_bytes(content)
    with pytest.raises((OSError, sqlite3.DatabaseError)):
        check_whole(tmp_path / "it.gpkg", LAYERS)
