"""SedonaDB: its spatial join by distance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engines import MERCATOR, REACH
from engines.statements import SCALE, counts, pairs

Counts = dict[str, float]


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("points", subjects, zones, out)


def areas(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("areas", subjects, zones, out)


def lines(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("lines", subjects, zones, out)


def _job(job: str, subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    import pyarrow.parquet as pq
    import sedonadb

    session = sedonadb.connect()
    number = "river_id AS pid" if job == "lines" else "pid"

    def work() -> Counts:
        for name, path in (("p0", subjects), ("z0", zones)):
            session.read_parquet(str(path)).to_view(name)
        plane = f"ST_Transform(geometry, '{MERCATOR}') AS m"
        rows = f"SELECT {number}, geometry AS lonlat, {plane}, {SCALE[job]} AS scale FROM p0"
        session.sql(rows).to_memtable().to_view("p")
        session.sql(f"SELECT zone_id, geometry AS lonlat, {plane} FROM z0").to_memtable().to_view("z")
        statement = pairs(job, near=f"ST_DWithin(p.m, z.m, {REACH} / p.scale)")
        session.sql(statement).to_parquet(str(out), single_file_output=True)
        found = pq.read_table(out)
        if job == "points":
            inside = found["inside"].to_numpy()
            return counts(job, (inside.sum(), (~inside).sum()))
        overlap, metres = found["overlap"].to_numpy(), found["metres"].to_numpy()
        return counts(job, ((overlap > 0).sum(), (metres > 0).sum(), overlap.sum(), found["share"].to_numpy().sum()))

    return work
