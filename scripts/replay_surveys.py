"""The surveys of the example, one after the other: the tables as they stood, then the commands that the office gave."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import typer

SURVEYS, COMMANDS, TABLES, OUTPUT = "surveys", "commands.txt", "data", "output"
_CALLED = "headwater"


class Survey(NamedTuple):
    """What came in at one survey: its folder, and the commands of its `commands.txt`, as arguments of `headwater`."""

    folder: Path
    commands: tuple[tuple[str, ...], ...]


class Refused(RuntimeError):
    """A command of the example did not end well; `code` is its exit code, and it has said why."""

    def __init__(self, command: tuple[str, ...], code: int) -> None:
        super().__init__(shlex.join((_CALLED, *command)))
        self.code = code


def surveys_of(project: Path) -> list[Survey]:
    """The surveys of a project's folder, the oldest first."""
    files = sorted((project / SURVEYS).glob(f"*/{COMMANDS}"))
    return [Survey(path.parent, tuple(_commands(path.read_text("utf-8")))) for path in files]


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    """The commands of a text, one a line, a backslash at its end joining it with the next; `#` begins a remark."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            if words[0] != _CALLED:
                raise ValueError(f"expected a line that begins with {_CALLED}, found {line!r}")
            yield tuple(words[1:])


def replay(project: Path, *, keep_outputs: bool = False) -> None:
    """Nothing, once all is as it was right before the last command of the last survey, which is a run.

    Every command is the one that a person would give, in the project's folder. `keep_outputs`: what each survey's run
    wrote is kept beside its files. Raises Refused where a command does not end well.
    """
    surveys = surveys_of(project)
    tables = project / TABLES
    today = {path.name: path.read_bytes() for path in sorted(tables.iterdir()) if path.is_file()}
    for number, survey in enumerate(surveys, start=1):
        is_last = number == len(surveys)
        then = {path.name: path.read_bytes() for path in sorted((survey.folder / TABLES).glob("*"))}
        for name, content in {**today, **then}.items():
            if (tables / name).read_bytes() != content:
                (tables / name).write_bytes(content)
        with chdir(project):
            for command in survey.commands[:-1] if is_last else survey.commands:
                _give(command)
        if keep_outputs and not is_last:
            shutil.copytree(project / OUTPUT, survey.folder / OUTPUT, dirs_exist_ok=True)


def _give(command: tuple[str, ...]) -> None:
    """Gives one command, as the console does, but within this process and without a word where all is well."""
    from scripts.headwater import app

    code = typer.main.get_command(app).main([*command, "--quiet"], prog_name=_CALLED, standalone_mode=False)
    if code:
        raise Refused(command, int(code))
