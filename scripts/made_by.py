"""Which programs make the outputs of a run: whether another came out otherwise because another program made it."""

from __future__ import annotations

import sys
import unicodedata
import zlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pyogrio

import gis
import layers
import maps
from gis.kept import digest
from layers.programs import programs

# What writes: workbook, page and pictures; the pages and icons that the map is made of.
_LIBRARIES = ("branca", "folium", "geopandas", "pillow", "pydantic", "XStatic-Leaflet", "xlsxwriter")
_PASSED_OVER = frozenset({".pyc", ".pyo"})


@cache
def made_by() -> str:
    """The digest of all that decides about the bytes of outputs: `programs`, what draws and writes, what deflates."""
    folders = [Path(str(package.__file__)).parent for package in (gis, layers, maps)] + [Path(__file__).parent]
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    system = [
        f"{sys.version_info.major}.{sys.version_info.minor}",
        unicodedata.unidata_version,
        zlib.ZLIB_RUNTIME_VERSION,
    ]
    return digest(programs(), *libraries, pyogrio.__gdal_version_string__, *system, *_files(folders))


def _files(folders: list[Path]) -> list[bytes]:
    """The names and contents of all files in the folders, rule books and parts of the page among them."""
    found: list[bytes] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in _PASSED_OVER:
                found += [path.relative_to(folder.parent).as_posix().encode(), path.read_bytes()]
    return found
