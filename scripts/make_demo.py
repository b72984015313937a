"""`headwater demo`: writes the example project into a folder and runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

from gis.faults import Fault
from layers.project import PROJECT_FILE, ProjectError
from scripts.console import Console
from scripts.run_project import run_project

# In an installed wheel the example lies beside this module, in a checkout at the top.
_PLACES = (Path(__file__).parent / "example_project", Path(__file__).parent.parent / "examples" / "liupanshui")
_GENERATED = shutil.ignore_patterns("output", ".headwater", "ledger.sqlite", "__pycache__", "*.py")


def make_demo(directory: Path, console: Console) -> int:
    """Writes the example (an existing copy of it is kept as it is) and runs it."""
    example = next(place for place in _PLACES if (place / PROJECT_FILE).is_file())
    if not (directory / PROJECT_FILE).is_file():
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise ProjectError([Fault("FOLDER_IN_USE", file=str(directory))])
        shutil.copytree(example, directory, ignore=_GENERATED, dirs_exist_ok=True)
    return run_project(directory, console)
