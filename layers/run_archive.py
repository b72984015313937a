"""The files that a run read -> the archive, so that the run can be made again; and back into a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gis.archive import Archive, Damaged
from gis.exchange import second
from gis.faults import Fault, InputError
from gis.parquet import files_of, is_set
from gis.shapefiles import parts_of
from layers.files import sha256_of
from layers.photo_names import FOLDER
from layers.project import PROJECT_FILE, Project
from layers.rule_book import built_in_books
from layers.words import Word

# Why an input cannot be had again as it was.
LACKS: Mapping[str, Word] = {
    "NOT_KEPT": Word("没有存档", "it was not kept in the archive"),
    "DAMAGED": Word("存档已损坏", "what is kept of it is damaged"),
    "CHANGED": Word("不存档的文件已改动或不在", "it is not kept, and is not the same any more"),
    "ELSEWHERE": Word("路径在项目之外太远", "its path leads too far out of the project"),
}


def inputs_of_run(
    project: Project, records: Iterable[Mapping[str, Any]], photos: Iterable[str]
) -> list[dict[str, Any]]:
    """Every file that decides about the outputs: `path` as it is written, `sha256`, and `files` where it is several.

    `records`: the tables that were read; `photos`: names in the folder of photos.
    """
    found = {one["path"]: str(one["sha256"]) for one in records}
    known = built_in_books()
    for name in (PROJECT_FILE, *(book for book in project.jurisdictions if book not in known), project.map.base):
        if name and (project.folder / name).exists():
            found[name] = sha256_of(project.folder / name)
    found |= {f"{FOLDER}/{name}": sha256_of(project.folder / FOLDER / name) for name in photos}
    return [_input(project, path, sha256) for path, sha256 in sorted(found.items())]


def _input(project: Project, path: str, sha256: str) -> dict[str, Any]:
    if is_by_hash(project, path):
        return {"path": path, "sha256": sha256}
    place = project.folder / path
    parts = _parts(place)
    if parts == [place]:
        return {"path": path, "sha256": sha256}
    return {"path": path, "sha256": sha256, "files": [[_beside(part, place), _alone(part)] for part in parts]}


def is_by_hash(project: Project, path: str) -> bool:
    """Whether the file is known by its SHA-256 only and not kept: photos and base maps are large."""
    return path.startswith(f"{FOLDER}/") or path == project.map.base


def _parts(path: Path) -> list[Path]:
    return files_of(path) if is_set(path) else parts_of(path)


def _alone(part: Path) -> str:
    """The SHA-256 of one file, whatever belongs to it."""
    with part.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(part: Path, place: Path) -> str:
    return Path(os.path.relpath(part, place.parent)).as_posix()


def archive_inputs(project: Project, inputs: Sequence[Mapping[str, Any]], archive: Archive) -> None:
    """Puts the files of a run's inputs into the archive; photos and the base map are known by their SHA-256 only.

    Raises InputError(INPUT_CHANGED) where one is not what the run read any more.
    """
    changed = []
    for one in inputs:
        if is_by_hash(project, one["path"]):
            continue
        for name, sha256 in _files(one):
            path = (project.folder / one["path"]).parent / name
            if sha256 not in archive and archive.put_file(path) != sha256:
                changed.append(Fault("INPUT_CHANGED", file=one["path"]))
    if changed:
        raise InputError(changed)


def _files(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and SHA-256 of the files of an input."""
    files = one.get("files") or [[Path(one["path"]).name, one["sha256"]]]
    return [(str(name), str(sha256)) for name, sha256 in files]


def restore_inputs(
    project: Project, inputs: Sequence[Mapping[str, Any]], archive: Archive, folder: Path
) -> list[tuple[str, str]]:
    """What of a run's inputs could not be put into `folder` as they were: paths, and codes of LACKS why.

    What is not kept is taken from the project where it is still the same.
    """
    lacking = []
    for one in inputs:
        place = Path(os.path.normpath(folder / one["path"]))
        if Path(one["path"]).is_absolute() or not place.is_relative_to(folder.parent.parent.parent):
            lacking.append((one["path"], "ELSEWHERE"))
        elif is_by_hash(project, one["path"]):
            own = project.folder / one["path"]
            if not own.exists() or sha256_of(own) != one["sha256"]:
                lacking.append((one["path"], "CHANGED"))
            elif not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                second(own.resolve(), place)
        elif code := _restored(one, place, archive):
            lacking.append((one["path"], code))
    return lacking


def _restored(one: Mapping[str, Any], place: Path, archive: Archive) -> str:
    """A code of LACKS, or '' where all files of the input stand in their place."""
    for name, sha256 in _files(one):
        path = place.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("wb") as file:
                for block in archive.blocks(sha256):
                    file.write(block)
        except KeyError:
            return "NOT_KEPT"
        except Damaged:
            return "DAMAGED"
    return ""
