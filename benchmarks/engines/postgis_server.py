"""PostGIS: a server of its own in a temporary folder, loaded by binary COPY, indexed, asked once, its answer a CSV.

Starting the server is not counted; loading, transforming and indexing are, and are told apart. As
no answer need outlive a crash, nothing is logged or synchronised, and outlines are stored uncompressed.
(ST_Subdivide was tried: cutting the zones took longer than the cut ones saved.)
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines import MERCATOR, REACH
from engines.statements import COUNT, SCALE, counts, pairs

Counts = dict[str, float]
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_workers_per_gather": str(os.cpu_count() or 1),
    "jit": "off",
}

_HEAD = struct.Struct(">hiii")  # of a row in a binary COPY: two fields, 4 bytes of row number, size of the geometry


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("points", subjects, zones, out)


def areas(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("areas", subjects, zones, out)


def lines(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _job("lines", subjects, zones, out)


def lacking() -> str:
    """What is not installed here, or nothing."""
    if os.name != "posix" or _programs() is None:
        return "not installed: PostgreSQL server"
    share = subprocess.run(
        [_programs() / "pg_config", "--sharedir"], capture_output=True, encoding="utf-8", check=False
    )
    folder = Path(share.stdout.strip()) if share.returncode == 0 else _programs().parent.parent.parent
    debian = Path("/usr/share/postgresql") / _programs().parent.name
    control = [place / "extension" / "postgis.control" for place in (folder, debian)]
    return "" if any(path.exists() for path in control) else "not installed: PostGIS"


def _programs() -> Path | None:
    """Where the server's programs lie: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    return places[0] if places else None


@contextmanager
def server() -> Iterator[str]:
    """A running server and how to connect to it; it refuses to be root, so root lends it a plain user."""
    folder = Path(tempfile.mkdtemp(prefix="postgis-"))
    user = _plain_user()
    as_user: dict[str, Any] = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    if user:
        shutil.chown(folder, user)
    programs, data = _programs(), folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder, **as_user}
    init = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(init, check=True, **quiet)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen([programs / "postgres", "-D", data, "-k", folder, *options], **quiet)
    try:
        _wait(process, folder)
        yield f"host={folder} user=postgres dbname=postgres"
    finally:
        process.send_signal(signal.SIGINT)  # SIGTERM would wait for clients to leave
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _plain_user() -> str:
    """The user to run the server as where this process is root; else nothing."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Returns when the server takes connections."""
    import psycopg

    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError((process.stderr.read() or b"").decode(errors="replace"))
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the PostgreSQL server did not start within 30 s")


def _job(job: str, subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    import psycopg

    running = server()
    connection = psycopg.connect(running.__enter__(), autocommit=True)
    connection.execute("CREATE EXTENSION postgis")

    def work() -> Counts:
        try:
            start = time.perf_counter()
            _load(connection, job, subjects, zones)
            loaded = time.perf_counter() - start
            statement = pairs(job, near=f"ST_DWithin(p.m, z.m, {REACH} / p.scale)")
            connection.execute(f"CREATE UNLOGGED TABLE found AS {statement}")
            copy = connection.cursor().copy("COPY found TO STDOUT (FORMAT csv, HEADER)")
            with out.with_suffix(".csv").open("wb") as file, copy as blocks:
                for block in blocks:
                    file.write(block)
            row = connection.execute(COUNT[job].format(pairs="found")).fetchone()
            return {**counts(job, row), "loading": loaded}
        finally:
            connection.close()
            running.__exit__(None, None, None)

    return work


def _load(connection: Any, job: str, subjects: Path, zones: Path) -> None:
    """Tables `p` and `z` in degrees and in Mercator, the zones indexed."""
    plane = f"ST_SetSRID(ST_Transform(ST_SetSRID(geometry, 4326), {MERCATOR.removeprefix('EPSG:')}), 0) AS m"
    for name, path in (("p0", subjects), ("z0", zones)):
        connection.execute(f"CREATE UNLOGGED TABLE {name} (row int4, geometry geometry)")
        _copy(connection, name, path)
    inner = f"SELECT row AS pid, geometry AS lonlat, {plane}, {SCALE[job]} AS scale FROM p0"
    connection.execute(f"CREATE UNLOGGED TABLE p AS {inner}")
    connection.execute("CREATE UNLOGGED TABLE z (zone_id int4, lonlat geometry, m geometry)")
    connection.execute("ALTER TABLE z ALTER lonlat SET STORAGE EXTERNAL, ALTER m SET STORAGE EXTERNAL")
    connection.execute(f"INSERT INTO z SELECT row, geometry, {plane} FROM z0")
    connection.execute("CREATE INDEX ON z USING gist (m)")
    connection.execute("ANALYZE p, z")


def _copy(connection: Any, table: str, path: Path) -> None:
    """Row numbers and geometries of a GeoParquet file by binary COPY."""
    import numpy as np
    import pyarrow.parquet as pq

    geometry = pq.read_table(path, columns=["geometry"])["geometry"]
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as rows:
        for start in range(0, len(geometry), 100_000):
            part = geometry.slice(start, 100_000).combine_chunks()
            _, offsets, data = (part.chunk(0) if hasattr(part, "chunk") else part).buffers()
            ends = np.frombuffer(offsets, dtype=np.int32)[part.offset : part.offset + len(part) + 1]
            view = memoryview(data)
            if start == 0:
                rows.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for row, (first, last) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True), start):
                rows.write(_HEAD.pack(2, 4, row, last - first) + view[first:last])
        rows.write(b"\xff\xff")
