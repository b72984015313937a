"""Folders for what is needed for a moment only, in the system's folder for such files.

A process that is killed leaves its folder behind. The next one takes it away: every folder is locked by the process it
belongs to, and the system ends that lock with the process, whatever ends it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from gis.exchange import locked

# No name that anybody gives to a folder of his own.
_PREFIX = "headwater-scratch-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
# A folder is there a moment before it is locked.
_YOUNGEST = 600.0  # seconds


class Scratch:
    """An empty folder of this process, at `path`, until `end` or the end of the process."""

    def __init__(self) -> None:
        with suppress(OSError):
            _clear_litter(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._descriptor = None if sys.platform == "win32" else os.open(self.path, os.O_RDONLY)
        if self._descriptor is not None:
            with suppress(OSError):  # where there are no such locks, nobody takes it away either
                locked(self._descriptor)

    def end(self) -> None:
        """Takes the folder away, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder for the time of the block."""
    own = Scratch()
    try:
        yield own.path
    finally:
        own.end()


@cache
def _clear_litter(folder: str) -> None:
    """Nothing; once in a process, what killed processes of this user left in `folder` is taken away."""
    if sys.platform == "win32":
        return  # folders cannot be locked there
    for path in Path(folder).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            said = path.lstat()
            old = abs(time.time() - said.st_mtime) > _YOUNGEST
            if _NAME.fullmatch(path.name) and said.st_uid == os.getuid() and old:
                _take_away(path)


def _take_away(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if locked(descriptor):
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
