"""A run whose first worker to judge a part waits there until it is killed; started by tests/test_scripts_cluster.py."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from layers import gathering
from layers.partitions import Errand, found

MARKER = "HEADWATER_TEST_MARKER"


def found_after_a_death(common: Any, errand: Errand) -> Any:
    """As `layers.partitions.found`; the first call leaves its process id in the marker and never returns."""
    try:
        marker = os.open(os.environ[MARKER], os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return found(common, errand)
    os.write(marker, f"{os.getpid()}\n".encode())
    os.close(marker)
    while True:
        signal.pause()


def main(project: str, output: str) -> int:
    from scripts.console import Console
    from scripts.run_project import run_project

    gathering.found = found_after_a_death
    console = Console(as_json=True, lang=None, quiet=True, debug=True)
    return run_project(Path(project), console, output=Path(output), scheduler="local", workers=2)


if __name__ == "__main__":
    from tests.killed_worker import main as run  # by this name the workers find the function

    sys.exit(run(*sys.argv[1:]))
