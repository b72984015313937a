"""Every benchmark, one after the other; results, pictures and the table at the end.

python benchmarks/all.py FOLDER           the sizes of RESULTS.md, some hours; FOLDER gets the data
python benchmarks/all.py --smoke          tiny sizes in a temporary folder, to see that all still run
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import RESULTS, ROOT
from plot import write_plots
from table import numbers

FULL = (
    ("make_national.py", "{data}"),
    *(("peers.py", "{data}", "points", "--size", size) for size in ("10k", "100k", "1000k", "3600k")),
    ("peers.py", "{data}", "parcels"),
    ("peers.py", "{data}", "rivers"),
    ("check_metres.py",),
    ("read_clean.py",),
    ("rule_book_cost.py",),
    ("compare_run.py",),
    ("changed_run.py",),
    ("changed_run.py", "--curve"),
    ("run_million.py",),
    ("scale.py",),
    ("map_page.py",),
    ("surveys.py",),
    ("ledger.py", "writers"),
    ("ledger.py", "bytes"),
    ("ledger.py", "state", "{data}"),
)
ONCE = ("--rounds", "1")
SMALL = ("--sites", "500", "--zones", "20")
SMOKE = (
    ("make_national.py", "{data}", "--sources", "60", "--points", "5000", "--parcels", "2000"),
    *(("peers.py", "{data}", job, "--size", "5k", *ONCE, "--no-warm-up") for job in ("points", "parcels", "rivers")),
    ("check_metres.py", "--cases", "25"),
    ("read_clean.py", "--rows", "1000", *ONCE),
    ("rule_book_cost.py", *SMALL, *ONCE),
    ("compare_run.py", *SMALL, *ONCE, "--no-warm-up"),
    ("changed_run.py", *SMALL, *ONCE, "--changed", "10"),
    ("changed_run.py", *SMALL, "--curve", "--steps", "10", "--zone-steps", "1"),
    ("run_million.py", "--sites", "1000", "--sources", "40", *ONCE),
    ("surveys.py", "--orders", "2", "--files", "5"),
)
KEEPS_NOTHING = ("make_national.py", "check_metres.py")


def run_all(commands: tuple[tuple[str, ...], ...], data: Path, results: Path) -> list[str]:
    """Runs every command, its words on the terminal; the commands that failed."""
    failed = []
    for command in commands:
        name, *arguments = (part.format(data=data) for part in command)
        kept = [] if name in KEEPS_NOTHING else ["--results", str(results)]
        print(f"== {name} {' '.join(arguments)}", flush=True)
        done = subprocess.run([sys.executable, f"benchmarks/{name}", *arguments, *kept], cwd=ROOT, check=False)
        if done.returncode:
            failed.append(" ".join([name, *arguments]))
    for path in write_plots(results):
        print(path)
    print(numbers(results))
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="where the data is made")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--results", type=Path)
    given = parser.parse_args()
    if not given.smoke and given.folder is None:
        parser.error("expected a FOLDER for the data, or --smoke")
    with tempfile.TemporaryDirectory() as scratch:
        results = given.results or (Path(scratch) / "results" if given.smoke else RESULTS)
        failed = run_all(SMOKE if given.smoke else FULL, given.folder or Path(scratch) / "data", results)
    if failed:
        raise SystemExit("failed: " + "; ".join(failed))


if __name__ == "__main__":
    main()
