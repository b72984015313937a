"""`headwater demo`: writes the example project into a folder, replays its three surveys and runs it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from gis.faults import Fault
from layers.project import PROJECT_FILE, ProjectError, read_project
from scripts.console import Console
from scripts.display import plain
from scripts.replay_surveys import Refused, replay
from scripts.run_command import run_command

# In an installed wheel the example lies beside this module, in a checkout at the top.
_PLACES = (Path(__file__).parent / "example_project", Path(__file__).parent.parent / "examples" / "liupanshui")
# What runs and surveys make of a project.
_MADE = ("output", ".headwater", "ledger.sqlite", "ledger.sqlite-journal", "archive", "receipts", "runs.log")
_UNFINISHED = ".headwater-demo-unfinished"


def make_demo(directory: Path, console: Console, *, steps: bool = False) -> int:
    """Writes the example with its history (an existing copy of it is kept as it is) and runs it; the exit code.

    `steps`: what each survey's run wrote is kept, too. A demo that was interrupted begins again.
    """
    unfinished, name = directory / _UNFINISHED, plain(str(directory))
    if unfinished.exists() or not (directory / PROJECT_FILE).is_file():
        if not unfinished.exists() and directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise ProjectError([Fault("FOLDER_IN_USE", file=str(directory))])
        directory.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        _copy_example(directory)
        with console.step("history", "回放三次巡查", "replaying three surveys"):
            try:
                replay(directory, keep_outputs=steps)
            except Refused as refused:
                console.say(f"没有成功：{refused}", f"this did not end well: {refused}")
                return refused.code
        unfinished.unlink()
        console.use(read_project(directory, today=date.today()).language)
        console.say(
            f"已重演 2017 年的三次巡查；一处点位的经过：headwater ledger history {name} Z-03",
            f"three surveys of 2017 were replayed; what became of one site: headwater ledger history {name} Z-03",
        )
    else:
        console.use(read_project(directory, today=date.today()).language)
        console.say(f"{name} 中已有项目：只运行，不重演", f"{name} holds a project already: it is only run")
    return run_command(directory, console, {})


def _copy_example(directory: Path) -> None:
    """Copies the example as it was before its first survey; what an interrupted demo made is taken away."""
    for name in _MADE:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    example = next(place for place in _PLACES if (place / PROJECT_FILE).is_file())
    own = shutil.ignore_patterns(*_MADE, "__pycache__", "*.py")
    shutil.copytree(example, directory, ignore=own, dirs_exist_ok=True)
