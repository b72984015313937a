"""The outputs of a run with more sites than one table can hold: sets of GeoParquet files, and tables beside them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gis.sets import check_places, clear_unfinished
from gis.write import exclusive_folder, replaced_together, write_csv, write_json
from layers.assess import Counts
from layers.coverage import COVERAGE_COLUMNS
from layers.gathering import Work
from layers.sections import SECTION_COLUMNS, sections_frame
from layers.set_outputs import SETS, written_in_parts
from scripts.console import Console

# What a smaller run writes of sites and findings; beside these sets it would tell of another run.
STALE = (
    "changes.csv",
    "findings.csv",
    "findings.geojson",
    "findings.gpkg",
    "inspection.html",
    "ledger.xlsx",
    "matches.csv",
    "sites.csv",
)


def headwater_version() -> str:
    """The installed version; a source tree that was never installed says so."""
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "source"


def write_sets(target: Path, work: Work, console: Console) -> tuple[dict[str, Any], Counts]:
    """What run.json holds and the counts, with all files of the run written into `target`, or none of them.

    Whoever judges a part writes it, so `target` must be a folder that all of them see.
    """
    with exclusive_folder(target), replaced_together(target, goes=is_stale) as staging:
        check_places(target, SETS)
        with console.step("judge", "叠加分析并写出", "judging and writing"):
            total = written_in_parts(work, staging.resolve(), version=headwater_version())
        with console.step("tables", "写出表格", "writing tables"):
            write_csv(sections_frame(total.inputs.frames)[list(SECTION_COLUMNS)], staging / "sections.csv")
            write_csv(total.coverage[list(COVERAGE_COLUMNS)], staging / "coverage.csv")
            write_json(total.run, staging / "run.json")
        clear_unfinished(staging, SETS)
        check_places(target, SETS)
    return total.run, total.counts


def is_stale(path: Path) -> bool:
    """Whether a run of a few sites wrote the file, so that it would tell of another run than the sets do."""
    return path.name in STALE and path.is_file()
