"""Which programs judge: what is kept from one run for the next holds for these only."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

import pyproj
import shapely

import gis
from gis.kept import digest

# What computes: another version may read a file, or round a last digit, in another way.
_LIBRARIES = ("numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "python-calamine", "shapely")


@cache
def programs() -> str:
    """The digest of our own programs that read and judge, and of the versions of the libraries that compute."""
    folders = (Path(gis.__file__).parent, Path(__file__).parent)
    ours = [file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))]
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    return digest(*libraries, shapely.geos_version_string, pyproj.proj_version_str, *ours)
