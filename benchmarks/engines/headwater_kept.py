"""Headwater with the zones that an earlier run prepared, kept by content in a folder beside the data."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.headwater import Counts, keeps_zones, points_with


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return points_with(subjects, zones, out, _Folder(zones.parent / "kept"))


def lacking() -> str:
    """What is not there, or nothing."""
    return "" if keeps_zones() else "this checkout keeps no prepared zones"


class _Folder:
    """One file for each name and key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str, key: str) -> memoryview | None:
        path = self._path(name, key)
        if not path.exists():
            return None
        with path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def put(self, name: str, key: str, data: Sequence[memoryview]) -> None:
        self.folder.mkdir(exist_ok=True)
        path = self._path(name, key)
        with path.with_suffix(".part").open("wb") as file:
            file.writelines(data)
        path.with_suffix(".part").replace(path)

    def _path(self, name: str, key: str) -> Path:
        return self.folder / hashlib.sha256(f"{name} {key}".encode()).hexdigest()[:16]
