"""A folder as somebody sent it -> the files that can be read, and why each of the others is not."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gis.faults import Fault
from gis.parquet import is_set
from gis.read import FORMATS
from gis.shapefiles import parts_of

# Parts of a Shapefile: those that are needed or help to read it, and those that only speed other programs up.
_NEEDED_PARTS = (".shx", ".dbf", ".prj")
_FURTHER_PARTS = (".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".fbn", ".fbx", ".ain", ".aih", ".ixs", ".mxs")
_BESIDE_GEOPACKAGE = ("-wal", "-shm", "-journal")
_DOCUMENTS = frozenset(
    {".txt", ".md", ".rtf", ".doc", ".docx", ".wps", ".pdf", ".ppt", ".pptx", ".htm", ".html", ".xml", ".log", ".ini",
     ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".mp4", ".qgs", ".qgz", ".mxd", ".lyr", ".qml", ".sld"}
)  # fmt: skip
# What the shape types of a Shapefile's header are, without Z and M.
_SHAPES = {0: "", 1: "point", 3: "line", 5: "polygon", 8: "point"}
# A zip may be readable or not: the door says which.
_READABLE = frozenset({*FORMATS, ".zip"})


class Inventory(NamedTuple):
    """What can be read, with the name to tell it by, and one fault per file that is passed over, saying why."""

    files: list[tuple[Path, str]]
    passed_over: list[Fault]


class ShapeHeader(NamedTuple):
    """What the first 100 bytes of a .shp say: point, line or polygon ('' unknown), and the bounds in its own CRS."""

    kind: str
    bounds: tuple[float, float, float, float]


def inventory(paths: Sequence[Path]) -> Inventory:
    """The files among `paths` and in the folders among them, recursively, in the order of their names.

    A File Geodatabase and a folder of Parquet files are one file; so are the parts of a Shapefile. Files given by
    themselves are always to be read, whatever they are. Links are not followed.
    """
    files: list[tuple[Path, str]] = []
    passed_over: list[Fault] = []
    for path in paths:
        if not path.is_dir() or _is_one(path):
            files.append((path, path.as_posix()))
            continue
        for found in _walk(path):
            name = found.relative_to(path).as_posix()
            fault = _reason(found)
            if fault is not None:
                passed_over.append(fault.at(file=name))
            elif found.suffix.lower() in _READABLE or _is_one(found):
                files.append((found, name))
    return Inventory(files, passed_over)


def missing_parts(path: Path) -> list[str]:
    """The suffixes of the parts that a Shapefile lacks, .prj and .cpg among them; of other files none."""
    if path.suffix.lower() != ".shp":
        return []
    present = {part.suffix.lower() for part in parts_of(path)}
    return [suffix for suffix in (*_NEEDED_PARTS, ".cpg") if suffix not in present]


def shape_header(path: Path) -> ShapeHeader | None:
    """What the header of a .shp says, which needs none of its other parts; None where it is no such file."""
    if path.suffix.lower() != ".shp" or not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or struct.unpack_from(">i", head)[0] != 9994:
        return None
    kind = struct.unpack_from("<i", head, 32)[0] % 10
    west, south, east, north = struct.unpack_from("<4d", head, 36)
    return ShapeHeader(_SHAPES.get(kind, ""), (west, south, east, north))


def _is_one(folder: Path) -> bool:
    return folder.suffix.lower() == ".gdb" or is_set(folder)


def _walk(folder: Path) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        here = Path(current)
        whole = sorted(name for name in folders if _is_one(here / name) or (here / name).is_symlink())
        folders[:] = sorted(set(folders) - set(whole))
        yield from sorted(here / name for name in (*names, *whole))


def _reason(path: Path) -> Fault | None:
    """Why a file of a folder is passed over; None where it is read, by itself or as a part of another."""
    suffix, name = path.suffix.lower(), path.name.lower()
    if path.is_symlink():
        return Fault("PATH_REFUSED", facts={"found": "symbolic link"})
    if name.startswith(("~$", ".~")) or name in ("thumbs.db", ".ds_store", "desktop.ini"):
        return Fault("FILE_TEMPORARY")
    if suffix in _NEEDED_PARTS or suffix in _FURTHER_PARTS or name.endswith(".shp.xml"):
        return None if _has_shape(path) else Fault("PART_ALONE", facts={"found": suffix})
    if any(name.endswith(f".gpkg{end}") for end in _BESIDE_GEOPACKAGE):
        return Fault("FILE_TEMPORARY")
    if suffix in _READABLE or _is_one(path):
        return None
    if suffix in _DOCUMENTS:
        return Fault("DOCUMENT_SKIPPED", facts={"found": suffix})
    return Fault("FORMAT_UNKNOWN", facts={"found": suffix or path.name, "expected": " ".join(FORMATS)})


def _has_shape(part: Path) -> bool:
    """Whether the .shp that `part` belongs to lies beside it."""
    stem = part.name.lower().removesuffix(".xml").rpartition(".")[0]
    return any(other.name.lower() == f"{stem}.shp" for other in part.parent.iterdir())
