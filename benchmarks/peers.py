"""Points in and near zones, from GeoParquet to Parquet: Headwater and its peers in turn on the same files.

    python benchmarks/peers.py FOLDER [--points 1000k] [--rounds 3]
    python benchmarks/peers.py --smoke

FOLDER holds `zones.parquet` (zone_id) and `points_<size>.parquet` (pid), geometry in degrees. The work is the same
for all: every pair of a point and a zone that it lies in, and every pair at most 300 m apart, with
the distance, written as Parquet. Each engine runs in a process of its own; its seconds start after
its imports. `headwater fast` and `headwater plain` measure on the ellipsoid; the others measure in
Web Mercator with the scale at the point, as their users do, so that pairs near 300 m may differ.
An engine that is not installed is named and left out. A first run in each engine is not counted.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REACH = 300.0
MERCATOR = "EPSG:3857"


def headwater(points: Path, zones: Path, out: Path) -> Callable[[], tuple[int, int]]:
    sys.path.insert(0, str(ROOT))
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gis.geoparquet import wkb_chunks
    from gis.nearby import engine, file_targets, join_places
    from gis.points import wkb_places

    if engine() == "fast":
        from gis import kernel  # noqa: F401 - an import, as the others' own

    def work() -> tuple[int, int]:
        ready = file_targets(zones)
        x, y = wkb_places(pa.chunked_array(list(wkb_chunks(points, rows=1 << 16))))
        pairs = join_places(x, y, ready, metres=REACH)
        columns = {"point": pairs.place, "zone": pairs.zone, "inside": pairs.meets, "metres": pairs.metres}
        pq.write_table(pa.table(columns), out)
        return int(pairs.meets.sum()), int((~pairs.meets).sum())

    return work


def by_geopandas(points: Path, zones: Path, out: Path) -> Callable[[], tuple[int, int]]:
    import geopandas
    import numpy as np
    import pandas as pd

    def work() -> tuple[int, int]:
        sites, areas = (geopandas.read_parquet(path, columns=["geometry"]) for path in (points, zones))
        inside = geopandas.sjoin(sites, areas, predicate="intersects")["index_right"]
        scale = np.cos(np.radians(sites.geometry.y.to_numpy()))
        flat, plane = sites.to_crs(MERCATOR), areas.to_crs(MERCATOR)
        near = geopandas.sjoin(flat, plane, predicate="dwithin", distance=REACH / scale)["index_right"]
        rows = near.index.to_numpy()
        shapes = plane.geometry.to_numpy()[near.to_numpy()]
        metres = geopandas.GeoSeries(flat.geometry.to_numpy()[rows]).distance(geopandas.GeoSeries(shapes))
        table = pd.DataFrame({"point": rows, "zone": near.to_numpy(), "metres": metres.to_numpy() * scale[rows]})
        table["inside"] = table["metres"] == 0
        table.to_parquet(out)
        return len(inside), len(table) - len(inside)

    return work


# Both databases: one statement, boxes from their own index.
SQL = """
SELECT p.pid AS point, z.zone_id AS zone, ST_Intersects(p.lonlat, z.lonlat) AS inside, {distance} * p.scale AS metres
FROM p JOIN z ON {near}
"""


def by_duckdb(points: Path, zones: Path, out: Path) -> Callable[[], tuple[int, int]]:
    import duckdb

    database = duckdb.connect()
    try:
        import duckdb_extension_spatial as packaged

        database.execute(f"LOAD '{next(Path(packaged.__file__).parent.rglob('spatial.duckdb_extension'))}'")
    except ImportError:
        database.execute("INSTALL spatial")
        database.execute("LOAD spatial")
    box = "ST_MakeEnvelope(ST_X(m) - {r} / scale, ST_Y(m) - {r} / scale, ST_X(m) + {r} / scale, ST_Y(m) + {r} / scale)"

    def work() -> tuple[int, int]:
        plane = f"ST_Transform(geometry, 'EPSG:4326', '{MERCATOR}', always_xy := true) AS m"
        scale = "cos(radians(ST_Y(geometry))) AS scale"
        database.execute(f"CREATE TABLE z AS SELECT zone_id, geometry AS lonlat, {plane} FROM '{zones}'")
        database.execute(f"CREATE TABLE p0 AS SELECT pid, geometry AS lonlat, {plane}, {scale} FROM '{points}'")
        database.execute(f"CREATE TABLE p AS SELECT *, {box.format(r=REACH)} AS box FROM p0")
        statement = SQL.format(distance="ST_Distance(p.m, z.m)", near="ST_Intersects(p.box, z.m)")
        statement = f"SELECT * FROM ({statement}) WHERE metres <= {REACH}"
        database.execute(f"COPY ({statement}) TO '{out}' (FORMAT parquet)")
        count = database.execute(f"SELECT count(*) FILTER (inside), count(*) FILTER (NOT inside) FROM '{out}'")
        inside, near = count.fetchone() or (0, 0)
        return inside, near

    return work


def by_sedonadb(points: Path, zones: Path, out: Path) -> Callable[[], tuple[int, int]]:
    import pyarrow.parquet as pq
    import sedonadb

    session = sedonadb.connect()

    def work() -> tuple[int, int]:
        for name, path in (("p0", points), ("z0", zones)):
            session.read_parquet(str(path)).to_view(name)
        plane = f"ST_Transform(geometry, '{MERCATOR}') AS m"
        scale = "cos(radians(ST_Y(geometry))) AS scale"
        session.sql(f"SELECT pid, geometry AS lonlat, {plane}, {scale} FROM p0").to_memtable().to_view("p")
        session.sql(f"SELECT zone_id, geometry AS lonlat, {plane} FROM z0").to_memtable().to_view("z")
        statement = SQL.format(distance="ST_Distance(p.m, z.m)", near=f"ST_DWithin(p.m, z.m, {REACH} / p.scale)")
        session.sql(statement).to_parquet(str(out), single_file_output=True)
        inside = pq.read_table(out, columns=["inside"])["inside"].to_numpy()
        return int(inside.sum()), int((~inside).sum())

    return work


# Name -> what does it, the packages it needs, and the environment it is started in.
ENGINES: dict[
    str, tuple[Callable[[Path, Path, Path], Callable[[], tuple[int, int]]], tuple[str, ...], dict[str, str]]
] = {
    "headwater fast": (headwater, ("numba",), {"HEADWATER_ENGINE": "fast"}),
    "headwater plain": (headwater, (), {"HEADWATER_ENGINE": "plain"}),
    "geopandas": (by_geopandas, ("geopandas",), {}),
    "duckdb": (by_duckdb, ("duckdb",), {}),
    "sedonadb": (by_sedonadb, ("sedonadb",), {}),
}


def one(name: str, points: Path, zones: Path) -> dict[str, float]:
    """What one engine does in this process: counts, seconds of its imports and of its work, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        work = ENGINES[name][0](points, zones, Path(folder) / "pairs.parquet")
        ready = time.perf_counter()
        inside, near = work()
        done = time.perf_counter()
    if sys.platform == "win32":
        peak = math.nan
    else:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"imports": ready - start, "work": done - ready, "inside": inside, "near": near, "peak_gib": peak}


def started(name: str, points: Path, zones: Path) -> dict[str, float] | str:
    """The same in a process of its own; the last line of what went wrong, where it did."""
    command = [sys.executable, __file__, str(points), "--zones", str(zones), "--engine", name]
    environment = {**os.environ, **ENGINES[name][2]}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["?"])[-1]
    found: dict[str, float] = json.loads(done.stdout)
    return found


def missing(name: str) -> str:
    """The package an engine lacks here, or nothing."""
    for package in ENGINES[name][1]:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return package
    return ""


def compare(points: Path, zones: Path, *, rounds: int) -> dict[str, object]:
    """Every engine in turn, round by round: medians, ratios to `headwater fast` (or plain) inside a round, counts."""
    told: dict[str, object] = {}
    runs: dict[str, list[dict[str, float]]] = {}
    for name in ENGINES:
        lacking = missing(name)
        first = f"not installed: {lacking}" if lacking else started(name, points, zones)
        if isinstance(first, str):
            told[name] = first
        else:
            runs[name] = []
    for _ in range(rounds):
        for name, results in runs.items():
            result = started(name, points, zones)
            assert not isinstance(result, str), result
            results.append(result)
    reference = next(iter(runs))
    for name, results in runs.items():
        ratios = [one["work"] / base["work"] for one, base in zip(results, runs[reference], strict=True)]
        told[name] = {
            "seconds": round(statistics.median(one["work"] for one in results), 2),
            "imports": round(statistics.median(one["imports"] for one in results), 2),
            f"ratio_to_{reference.replace(' ', '_')}": round(statistics.median(ratios), 2),
            "ratios": [round(ratio, 2) for ratio in ratios],
            "peak_gib": round(max(one["peak_gib"] for one in results), 2),
            "inside": results[-1]["inside"],
            "near": results[-1]["near"],
        }
    _agree(runs)
    names = ("geopandas", "shapely", "numpy", "pyarrow", "numba", "duckdb", "sedonadb")
    versions = {name: importlib.metadata.version(name) for name in names if not _absent(name)}
    versions["python"] = platform.python_version()
    return {"points": points.name, "cores": os.cpu_count(), "versions": versions, "engines": told}


def _absent(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


def _agree(runs: dict[str, list[dict[str, float]]]) -> None:
    """Pairs inside are equal everywhere; pairs near are equal in both of ours, and to 2 per cent elsewhere."""
    expected = next(iter(runs.values()))[0]
    for name, results in runs.items():
        for result in results:
            assert result["inside"] == expected["inside"], (name, result, expected)
            allowed = 1e-5 if name.startswith("headwater") else 0.02
            assert math.isclose(result["near"], expected["near"], rel_tol=allowed, abs_tol=1), (name, result, expected)


def smoke(folder: Path) -> tuple[Path, Path]:
    """A small set: 40 zones and 2,000 points of `make_project`, as GeoParquet."""
    import geopandas
    import pandas as pd
    from make_project import make_project

    make_project(folder, sites=2000, zones=40, seed=2007)
    table = pd.read_csv(folder / "data" / "sources.csv")
    places = geopandas.points_from_xy(table["经度"], table["纬度"], crs=4326)
    geopandas.GeoDataFrame({"pid": range(len(places))}, geometry=places).to_parquet(folder / "points.parquet")
    geopandas.read_file(folder / "data" / "zones.gpkg").to_parquet(folder / "zones.parquet")
    return folder / "points.parquet", folder / "zones.parquet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--points", default="1000k")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--zones", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=list(ENGINES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(one(given.engine, given.folder, given.zones)))
    elif given.smoke:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(compare(*smoke(Path(folder)), rounds=1), indent=1))
    else:
        files = given.folder / f"points_{given.points}.parquet", given.folder / "zones.parquet"
        print(json.dumps(compare(*files, rounds=given.rounds), indent=1))


if __name__ == "__main__":
    main()
