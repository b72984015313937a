"""The example run in two folders, hash seeds, time zones and locales, with and without its ledger: all bytes equal.

python benchmarks/determinism.py [--full]
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("one", "另一个 文件夹/deeper/two")
SEEDS = ("0", "4711")
ZONES = ("UTC", "Asia/Shanghai")
LOCALES = ("C", "zh_CN.UTF-8")
# What runs, surveys and decisions made of the example.
LEDGER = ("ledger.sqlite", "archive", "receipts")


def headwater(*arguments: object, **environment: str) -> None:
    """Nothing; the command was run and ended well."""
    command = [sys.executable, "-m", "scripts.headwater", *map(str, arguments), "--quiet"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment})


def hashes(output: Path) -> dict[str, str]:
    """The SHA-256 of each file of a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(output.iterdir())}


def outputs(project: Path, ledger: bool, combination: tuple[str, str, str, str], scratch: Path) -> dict[str, str]:
    """The SHA-256 of what a copy of the project gives, run a day after its last run."""
    folder, seed, zone, locale = combination
    copy = scratch / folder
    copy.parent.mkdir(parents=True, exist_ok=True)
    left = ("output", ".headwater", "runs.log", *(() if ledger else LEDGER))
    shutil.copytree(
        project, copy, ignore=lambda inner, names: [n for n in names if n in left and Path(inner) == project]
    )
    environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
    headwater("run", copy, "--as-of", "2017-12-01", **environment)
    first = hashes(copy / "output")
    headwater("run", copy, "--as-of", "2017-12-01", "--full", **environment)
    assert hashes(copy / "output") == first, f"a second run differs: {combination}"
    shutil.rmtree(copy)
    return first


def main() -> int:
    """0 where every combination gives the same bytes, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all 16 combinations, not only the two that differ most")
    full = parser.parse_args().full
    every = list(itertools.product(FOLDERS, SEEDS, ZONES, LOCALES))
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch, "project")
        headwater("demo", project)
        for ledger in (True, False):
            found = {
                one: outputs(project, ledger, one, Path(scratch))
                for one in (every if full else every[:: len(every) - 1])
            }
            first = next(iter(found.values()))
            for combination, files in found.items():
                differ = sorted(name for name in {*first, *files} if first.get(name) != files.get(name))
                wrong += len(differ)
                print(" ".join(combination), "with" if ledger else "without", "ledger:", ", ".join(differ) or "equal")
            print(len(found), "combinations,", len(first), "files each")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
