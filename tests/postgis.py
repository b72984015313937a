"""A PostGIS server of a test's own: a temporary folder, a socket in it and no port, stopped when done."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Where Debian and Ubuntu, Fedora and Homebrew keep the server's programs.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def programs() -> Path | None:
    """The folder with the programs of a server that has PostGIS, or None."""
    folders = [folder for place in PLACES for folder in sorted(Path("/").glob(place[1:]), reverse=True)]
    on_path = shutil.which("pg_ctl")
    for folder in [*folders, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "pg_ctl").is_file() and (folder / "initdb").is_file():
            shared = subprocess.check_output([folder / "pg_config", "--sharedir"], encoding="utf-8").strip()
            if (Path(shared) / "extension" / "postgis.control").is_file():
                return folder
    return None


class Server:
    """A running server; `sql` gives the answer of a statement as lines of CSV."""

    def __init__(self, folder: Path, found: Path, user: str | None) -> None:
        self.folder, self.found, self.user = folder, found, user

    def run(self, program: str, *arguments: str | Path, given: str | None = None) -> str:
        done = subprocess.run(
            [self.found / program, *arguments],
            input=given,
            capture_output=program == "psql",
            stdout=None if program == "psql" else subprocess.DEVNULL,
            encoding="utf-8",
            user=self.user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PGTZ": "UTC"},
            check=False,
        )
        assert not done.returncode, (program, done.stderr)
        return done.stdout or ""

    def sql(self, statement: str, *, given: str | None = None) -> list[str]:
        options = ["-X", "-q", "-A", "-t", "-F", ",", "-v", "ON_ERROR_STOP=1"]
        answer = self.run(
            "psql", *options, "-h", self.folder, "-U", "headwater", "-d", "postgres", "-c", statement, given=given
        )
        return answer.splitlines()


@contextmanager
def server(found: Path) -> Iterator[Server]:
    """A server with PostGIS in a folder of its own; root starts it as another user, since it refuses root."""
    user = _unprivileged() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="headwater-postgis-") as made:
        folder = Path(made)
        if user:
            shutil.chown(folder, user)
        database = Server(folder, found, user)
        data = folder / "data"
        database.run("initdb", "-D", data, "-A", "trust", "-U", "headwater", "-E", "UTF8", "--no-sync")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c jit=off -c shared_buffers=64MB"
        try:
            database.run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", settings, "start")
            database.sql("CREATE EXTENSION postgis")
            yield database
        finally:
            if (data / "postmaster.pid").exists():  # pg_ctl stops the process named in there, which is ours
                database.run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _unprivileged() -> str:
    import pwd  # not on Windows

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
