"""The benchmarks still run, and all engines that are installed find the same pairs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_peers_agree_on_a_small_set() -> None:
    command = [sys.executable, "benchmarks/peers.py", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    engines = json.loads(done.stdout)["engines"]
    assert set(engines) == {"headwater fast", "headwater plain", "geopandas", "duckdb", "sedonadb"}
    assert engines["headwater plain"]["inside"] == engines["geopandas"]["inside"] > 0
    if find_spec("numba") is None:
        assert engines["headwater fast"] == "not installed: numba"
    else:
        assert engines["headwater fast"]["near"] == engines["headwater plain"]["near"] > 0
