"""`headwater run` as it is called: once, or whenever surveys arrive; each time with a line in runs.log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gis.write import Locked
from scripts.console import DONE, FOUND, HELD, Console, WrongUse, answered
from scripts.run_log import logged
from scripts.run_project import run_project
from scripts.watch_surveys import Watch, check_incoming, watch


def run_command(folder: Path, console: Console, options: Mapping[str, Any], *, incoming: Path | None = None) -> int:
    """The exit code of a run, or of watching the folder `incoming` after a first run."""
    if incoming is None:
        return logged(folder, console, lambda: run_project(folder, console, **options))
    if console.as_json:
        raise WrongUse("--watch 不能与 --json 同用", "--watch cannot be used with --json")
    project = folder.parent if folder.name.endswith(".toml") else folder
    check_incoming(incoming, project)
    code = logged(folder, console, lambda: run_project(folder, console, **options))
    if code not in (DONE, FOUND):
        return code
    again = Watch(project, incoming, _merge(folder), lambda: _run_again(folder, console, options), console)
    return watch(again, incoming, console)


def _merge(folder: Path) -> Any:
    def merge(path: Path, console: Console) -> int:
        from scripts.merge_surveys import merge_surveys

        return merge_surveys(folder, [path], _fresh(console), on=date.today())

    return merge


def _run_again(folder: Path, console: Console, options: Mapping[str, Any]) -> int:
    """The exit code of a run whose errors are told, and after which watching goes on."""
    fresh = _fresh(console)
    try:
        return logged(folder, fresh, lambda: run_project(folder, fresh, **options))
    except Locked:
        return HELD
    except Exception as error:  # noqa: BLE001 - the next survey may put it right
        code = answered(error, fresh)
    fresh.warn(
        "本次没有重新生成，下一个巡查文件到来时再试",
        "nothing was regenerated; it is tried again when the next survey arrives",
    )
    return code


def _fresh(console: Console) -> Console:
    return Console(as_json=False, lang=console.chosen, quiet=console.quiet, debug=console.debug)
