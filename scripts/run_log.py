"""`runs.log`: a line for every run of a project, also for one that failed or was refused."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from layers.project import PROJECT_FILE
from scripts.console import DONE, FOUND, UNUSABLE, Console, exit_code_of

FILE = "runs.log"
_LONGEST = 300  # letters of an error
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:,+/")


def logged(folder: Path, console: Console, work: Callable[[], int]) -> int:
    """The exit code of a run, with a line in the project's runs.log; an error goes on to the caller.

    Where the line cannot be written that is told, and the code says so.
    """
    began = time.monotonic()
    facts: dict[str, Any] = {}
    try:
        code = work()
    except BaseException as error:
        facts = {"exit": exit_code_of(error), "error": _told(error)}
        _append(folder, _line({**facts, **console.log, "seconds": _seconds(began)}), console)
        raise
    written = _append(folder, _line({"exit": code, **console.log, "seconds": _seconds(began)}), console)
    return code if written or code not in (DONE, FOUND) else UNUSABLE


def _seconds(began: float) -> float:
    return round(time.monotonic() - began, 1)


def _told(error: BaseException) -> str:
    """The error in one line: of faults their codes, files and rows."""
    faults = getattr(error, "faults", None)
    if faults:
        told = [" ".join(str(one) for one in (fault.code, fault.file, fault.row) if one) for fault in faults[:5]]
        return "; ".join([*told, *([f"… {len(faults)}"] if len(faults) > len(told) else [])])
    return f"{type(error).__name__} {error}".strip()


def _line(facts: Mapping[str, Any]) -> str:
    """`TIME name=value …`: a value that is not plain is quoted as in JSON."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return " ".join([now, *(f"{name}={_value(value)}" for name, value in facts.items() if value not in ("", None))])


def _value(value: object) -> str:
    text = str(value)[:_LONGEST]
    if _PLAIN.issuperset(text):
        return text
    return json.dumps(text, ensure_ascii=False).replace("\u2028", " ").replace("\u2029", " ")


def _append(folder: Path, line: str, console: Console) -> bool:
    """Whether the line stands in the log now, written in one piece; there is no log where there is no project."""
    folder = folder.parent if folder.name.endswith(".toml") else folder
    if not (folder / PROJECT_FILE).is_file():
        return True
    path = folder / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            data = f"{line}\n".encode("utf-8", "backslashreplace")
            if _ends_within_a_line(descriptor):  # of a process that was killed, or a disk that was full
                data = b"\n" + data
            if os.write(descriptor, data) != len(data):
                raise OSError(f"{path}: written in part")
        finally:
            os.close(descriptor)
    except OSError as error:
        console.warn(f"运行日志写不进去：{error}", f"runs.log could not be written: {error}")
        return False
    return True


def _ends_within_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    if not size:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"
