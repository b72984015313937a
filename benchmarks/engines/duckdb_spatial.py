"""DuckDB with its spatial extension: its own spatial join, over boxes as wide as the reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engines import MERCATOR, REACH
from engines.statements import COUNT, SCALE, WITHIN, counts, pairs

Counts = dict[str, float]


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("points", subjects, zones, out)


def areas(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("areas", subjects, zones, out)


def lines(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("lines", subjects, zones, out)


def _job(job: str, subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    import duckdb

    database = duckdb.connect()
    try:
        import duckdb_extension_spatial as packaged

        database.execute(f"LOAD '{next(Path(packaged.__file__).parent.rglob('spatial.duckdb_extension'))}'")
    except ImportError:
        database.execute("INSTALL spatial")
        database.execute("LOAD spatial")
    number = "river_id AS pid" if job == "lines" else "pid"
    plane = f"ST_Transform(geometry, 'EPSG:4326', '{MERCATOR}', always_xy := true) AS m"
    far = f"{REACH} / scale"
    box = f"ST_MakeEnvelope(ST_XMin(m) - {far}, ST_YMin(m) - {far}, ST_XMax(m) + {far}, ST_YMax(m) + {far})"

    def work() -> Counts:
        database.execute(f"CREATE TABLE z AS SELECT zone_id, geometry AS lonlat, {plane} FROM '{zones}'")
        rows = f"SELECT {number}, geometry AS lonlat, {plane}, {SCALE[job]} AS scale FROM '{subjects}'"
        database.execute(f"CREATE TABLE p AS SELECT *, {box} AS box FROM ({rows})")
        statement = pairs(job, near="ST_Intersects(p.box, z.m)")
        database.execute(f"COPY (SELECT * FROM ({statement}) WHERE {WITHIN}) TO '{out}' (FORMAT parquet)")
        row = database.execute(COUNT[job].format(pairs=f"'{out}'")).fetchone()
        return counts(job, row)

    return work
