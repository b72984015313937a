"""docs/automation.md: its task is valid XML, its commands exist, its codes are those of the program."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

from typer.main import get_command

from scripts import console
from scripts.headwater import app

TEXT = (Path(__file__).parent.parent / "docs" / "automation.md").read_text("utf-8")
SPACE = {"task": "http://schemas.microsoft.com/windows/2004/02/mit/task"}


def blocks(language: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return [text for named, text in found if named == language]


def options_of(command: str) -> set[str]:
    return {option for one in get_command(app).commands[command].params for option in one.opts}  # type: ignore[attr-defined]


def check(arguments: list[str]) -> None:
    command, *rest = arguments
    assert {one for one in rest if one.startswith("-")} <= options_of(command), arguments


def test_the_task_is_valid_and_calls_a_command_that_is_there() -> None:
    (text,) = blocks("xml")
    task = ET.fromstring(text)  # noqa: S314 - our own document
    assert task.tag == f"{{{SPACE['task']}}}Task" and task.find("task:Triggers/task:CalendarTrigger", SPACE) is not None
    arguments = task.findtext("task:Actions/task:Exec/task:Arguments", namespaces=SPACE)
    assert arguments is not None
    check(shlex.split(arguments.replace("\\", "/")))
    # the order that the schema asks for
    assert [child.tag.partition("}")[2] for child in task] == ["Triggers", "Settings", "Actions"]


def test_every_line_calls_a_command_with_options_that_it_has() -> None:
    lines = [line for block in blocks() for line in block.splitlines()]
    called = [re.search(r"headwater(?:\.exe\\\")? ((?:run|verify) .*)", line) for line in lines]
    found = [one[1].replace('\\"', "").rstrip('"').replace("\\", "/") for one in called if one]
    assert len(found) >= 6
    for one in found:
        check(shlex.split(one))


def test_the_exit_codes_are_those_of_the_program() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)}
    names = ("DONE", "FOUND", "WRONG_USE", "UNUSABLE", "HELD", "INTERRUPTED")
    assert told == {getattr(console, name) for name in names}
