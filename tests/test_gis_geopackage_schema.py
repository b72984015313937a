"""gis.geopackage_schema: what programs write into a GeoPackage passes, what is foreign is named and nothing is run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import fiona
import geopandas as gpd
import pytest
import shapely

from gis.faults import InputError
from gis.geopackage_schema import check_schema


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "水源.gpkg"
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapely.points([[105, 26], [106, 27]]), crs="EPSG:4326")
    frame.to_file(path, layer="zones")
    frame.to_file(path, layer="a table's name; BEGIN")
    return path


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def found(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        check_schema(path)
    (fault,) = caught.value.faults
    assert fault.code == "UNTRUSTED_SCHEMA" and fault.reason("zh") != fault.reason("en")
    return fault.facts["found"]


def test_what_gdal_writes_passes(package: Path) -> None:
    check_schema(package)
    with fiona.open(package, "a", layer="zones") as layer:  # an older GDAL, which has other triggers
        layer.write({"geometry": {"type": "Point", "coordinates": (104, 25)}, "properties": {"name": "c"}})
    check_schema(package)


STANDARD = """
CREATE VIEW st_spatial_ref_sys AS SELECT srs_name, srs_id, definition, description FROM gpkg_spatial_ref_sys
---
CREATE VIEW st_geometry_columns AS SELECT table_name, column_name, "ST_" || geometry_type_name, g.srs_id, srs_name
FROM gpkg_geometry_columns AS g JOIN gpkg_spatial_ref_sys AS s WHERE g.srs_id = s.srs_id
---
CREATE VIEW "geometry_columns" AS SELECT table_name AS f_table_name, (CASE geometry_type_name WHEN 'POINT' THEN 1
ELSE 0 END) AS geometry_type, 2 + (CASE z WHEN 1 THEN 1 ELSE 0 END) AS dims FROM "gpkg_geometry_columns"
---
CREATE TRIGGER gpkg_metadata_md_scope_insert BEFORE INSERT ON gpkg_contents FOR EACH ROW BEGIN
SELECT RAISE(ABORT, 'insert on table ''gpkg_tile_matrix''; DELETE FROM zones') WHERE (NEW.srs_id < 0); END
---
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleSLD TEXT, update_time DATETIME DEFAULT
(strftime('%Y-%m-%dT%H:%M:%fZ','now')))
---
CREATE TABLE sums (a INTEGER, b INTEGER, c INTEGER GENERATED ALWAYS AS (a + b))
---
CREATE VIRTUAL TABLE words USING fts4(name)
"""


@pytest.mark.parametrize("statement", STANDARD.split("---"))
def test_what_other_programs_write_passes(package: Path, statement: str) -> None:
    run(package, statement)
    check_schema(package)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, i AS name FROM n"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"CREATE VIEW endless AS {ENDLESS}", "view endless"),
        (f"CREATE VIEW st_spatial_ref_sys AS {ENDLESS}", "view st_spatial_ref_sys"),
        ("CREATE VIEW spatial_ref_sys AS SELECT hex(zeroblob(1000000000)) FROM gpkg_contents", "view spatial_ref_sys"),
        ("CREATE VIEW clear AS SELECT * FROM zones", "view clear"),
        ("CREATE VIEW both AS SELECT * FROM gpkg_contents, zones", "view both"),
        (
            "CREATE TRIGGER rtree_zones_geom_insert2 AFTER INSERT ON zones BEGIN UPDATE zones SET name = 'clear'; END",
            "trigger rtree_zones_geom_insert2",
        ),
        (
            "CREATE TRIGGER hidden AFTER UPDATE ON zones BEGIN SELECT RAISE(IGNORE) WHERE 0; /* ; */ DELETE FROM zones; END",
            "trigger hidden",
        ),
        ("CREATE TRIGGER odd AFTER DELETE ON zones BEGIN SELECT load_extension('evil'); END", "trigger odd"),
        ("CREATE TABLE t (a TEXT, b TEXT AS (hex(zeroblob(100))))", "table t"),
        ("CREATE TABLE t (a TEXT, b TEXT AS (a IN (1, hex(2))))", "table t"),
        ("CREATE TABLE t (a TEXT, b TEXT GENERATED ALWAYS AS (a || 1 || char(65, 66)) STORED)", "table t"),
    ],
)
def test_what_is_foreign_is_named(package: Path, statement: str, named: str) -> None:
    run(package, statement)
    assert found(package) == named


def test_a_virtual_table_of_another_module_is_foreign(package: Path) -> None:
    sql = "CREATE VIRTUAL TABLE passwords USING VirtualText('/etc/passwd')"  # no module of ours: written as it stands
    written = sql.replace("'", "''")
    run(
        package,
        "PRAGMA writable_schema = ON",
        f"INSERT INTO sqlite_master VALUES ('table', 'passwords', 'passwords', 0, '{written}')",  # noqa: S608
    )
    assert found(package) == "table passwords"


def test_many_are_counted(package: Path) -> None:
    run(package, *(f"CREATE VIEW v{at} AS SELECT 1" for at in range(9)))
    assert found(package) == "view v0, view v1, view v2, view v3, view v4 (+4)"


def test_what_is_no_database_is_none_of_its_business(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_text("no")
    (tmp_path / "b.gdb").mkdir()
    check_schema(tmp_path / "a.gpkg")
    check_schema(tmp_path / "b.gdb")


def test_a_damaged_schema_is_unreadable(package: Path) -> None:
    package.write_bytes(package.read_bytes()[:100] + b"\0" * 4000)
    with pytest.raises(InputError, match="FILE_UNREADABLE"):
        check_schema(package)


def test_a_cut_database_is_unreadable_and_not_foreign(package: Path) -> None:
    data = package.read_bytes()
    for share in (0.3, 0.6, 0.9, 0.99):
        package.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError, match="FILE_UNREADABLE"):
            check_schema(package)


def test_the_last_changes_are_seen(package: Path) -> None:
    with closing(sqlite3.connect(package)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"CREATE VIEW endless AS {ENDLESS}")
        database.commit()
        assert package.with_name(f"{package.name}-wal").stat().st_size
        assert found(package) == "view endless"
