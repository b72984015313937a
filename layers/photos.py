"""Photos that the data name -> small ones of the project's `photos/` folder, and of each site which, or why not.

Names are only looked up among the files that are there: whatever a table says, nothing outside of the folder is opened.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd

from gis.cores import spread
from gis.faults import InputError, shown
from gis.kept import Kept
from gis.photos import LARGEST_FILE, SIDE, SmallPhoto, read_photo
from gis.reading_limits import BY_SIZE, Limits
from layers.files import sha256_of
from layers.photo_names import FOLDER, moment_of, names_in, relative
from layers.surroundings import SUBJECT_ID, SUBJECT_LAYERS

# Column -> when its photos were taken; '' where only the name may say it.
MOMENTS: Mapping[str, str] = {"photos_before": "before", "photos": "", "photos_after": "after"}
_MOST_FILES = 500_000
_NAMES_TOLD = 20


class Mention(NamedTuple):
    """A photo that a site names: `picture` counts `Photos.pictures`, -1 where `code` says why it is not shown."""

    layer: str
    site_id: str
    moment: str  # before, after or ''
    name: str
    picture: int
    code: str


class Photos(NamedTuple):
    """The small photos by their names in the folder, what sites name, and what run.json and the map tell of it.

    `archived`: of pictures that are no files of the folder, but came with visits, the SHA-256 in the archive; their
    name is ''.
    """

    pictures: list[tuple[str, SmallPhoto]]
    mentions: list[Mention]
    counts: dict[str, int]
    notes: list[dict[str, Any]]
    assumptions: list[dict[str, str]]
    archived: Mapping[int, str] = MappingProxyType({})


NO_PHOTOS = Photos([], [], {"named": 0, "shown": 0, "missing": 0, "refused": 0, "unreadable": 0}, [], [])


class _Named(NamedTuple):
    """What one site names: where in the data that stands, when it was taken, the file or why there is none."""

    layer: str
    site_id: str
    place: tuple[str, int, str]  # source file, row, column
    moment: str
    name: str
    path: Path | None
    code: str


def photos_of(
    frames: Mapping[str, gpd.GeoDataFrame], project: Path, *, kept: Kept, side: int = SIDE, limits: Limits = BY_SIZE
) -> Photos:
    """The photos that the sites in `frames` name, of the folder `photos` in the folder `project`.

    Each is `side` pixels on its longer side; one that several sites name is there once. What cannot be shown stays a
    mention with its reason: PHOTO_MISSING, PHOTO_REFUSED, or why `gis.photos` could not read it.
    """
    if not any(column in frame for frame in frames.values() for column in MOMENTS):
        return NO_PHOTOS
    folder = _Folder(project / FOLDER, project)
    named = [one for layer in SUBJECT_LAYERS if layer in frames for one in _named(frames[layer], layer, folder)]
    paths = sorted({one.path for one in named if one.path is not None})
    made: dict[Path, tuple[int, str]] = {}
    pictures: list[tuple[str, SmallPhoto]] = []
    for path, sha256 in zip(paths, spread(sha256_of, paths), strict=True):
        name = path.relative_to(project / FOLDER).as_posix()
        try:
            small = read_photo(path, name=f"{FOLDER}/{name}", sha256=sha256, side=side, limits=limits, kept=kept)
            made[path] = (len(pictures), "")
            pictures.append((name, small))
        except InputError as error:
            made[path] = (-1, error.faults[0].code)
    mentions = []
    for one in named:
        picture, code = made[one.path] if one.path is not None else (-1, one.code)
        mentions.append(Mention(one.layer, one.site_id, one.moment, one.name, picture, code))
    counts = _counts(mentions, len(pictures))
    return Photos(pictures, mentions, counts, _notes(named, mentions), _assumptions(counts, mentions))


def smaller(photos: Photos, project: Path, side: int, *, kept: Kept, limits: Limits = BY_SIZE) -> Photos:
    """The same photos of the folder `project` with `side` pixels on the longer side; one that is gone stays."""
    pictures = []
    for at, (name, small) in enumerate(photos.pictures):
        if at in photos.archived:
            pictures.append((name, small))
            continue
        path = project / FOLDER / name
        try:
            known = sha256_of(path)
            again = read_photo(path, name=f"{FOLDER}/{name}", sha256=known, side=side, limits=limits, kept=kept)
        except (InputError, OSError):
            again = small
        pictures.append((name, again))
    return photos._replace(pictures=pictures)


class _Folder:
    """The files of a folder by the names that data may give them; nothing is opened, and no name leads elsewhere."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._exact: dict[str, Path | None] = {}
        self._folded: dict[str, Path | None] = {}
        if not folder.is_dir() or not folder.resolve().is_relative_to(project.resolve()):
            return
        root = folder.resolve()
        for inner, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = Path(inner, name)
                # None for a link that leads out of the folder.
                found = path if not path.is_symlink() or path.resolve().is_relative_to(root) else None
                known = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
                self._exact[known] = found
                self._folded.setdefault(known.casefold(), found)
            if len(self._exact) > _MOST_FILES:
                break

    def __contains__(self, name: str) -> bool:
        plain = relative(name)
        return plain is not None and plain in self._exact

    def find(self, name: str) -> tuple[Path | None, str]:
        """The file that a cell names, or None and the code that says why not."""
        plain = relative(name)
        if plain is None:
            return None, "PHOTO_REFUSED"
        known = self._exact if plain in self._exact else self._folded
        key = plain if plain in self._exact else plain.casefold()
        if key not in known:
            return None, "PHOTO_MISSING"
        path = known[key]
        if path is None:
            return None, "PHOTO_REFUSED"
        if not path.is_file():  # a pipe or a device might be read for ever
            return None, "PHOTO_KIND"
        return (path, "") if path.stat().st_size <= LARGEST_FILE else (None, "PHOTO_TOO_LARGE")


def _named(frame: gpd.GeoDataFrame, layer: str, folder: _Folder) -> Iterator[_Named]:
    """What the sites of a layer name, row by row, and once what a row names twice."""
    columns = [column for column in MOMENTS if column in frame]
    rows = frame[frame[columns].notna().any(axis=1)] if columns else frame.iloc[:0]
    for record in rows[[SUBJECT_ID[layer], "source_file", "source_row", *columns]].to_dict("records"):
        told: set[tuple[object, str]] = set()
        for column in columns:
            text = record[column] if isinstance(record[column], str) else ""
            for name in names_in(text, folder.__contains__):
                path, code = folder.find(name)
                moment = MOMENTS[column] or moment_of(name)
                if (path or name, moment) in told:
                    continue
                told.add((path or name, moment))
                place = (str(record["source_file"]), int(record["source_row"]), column)
                yield _Named(layer, str(record[SUBJECT_ID[layer]]), place, moment, name, path, code)


def _counts(mentions: list[Mention], shown: int) -> dict[str, int]:
    def of(*codes: str) -> int:
        return sum(one.code in codes for one in mentions)

    missing, refused = of("PHOTO_MISSING"), of("PHOTO_REFUSED")
    unreadable = sum(one.picture < 0 for one in mentions) - missing - refused
    return {
        "named": len(mentions),
        "shown": shown,
        "missing": missing,
        "refused": refused,
        "unreadable": unreadable,
    }


def _notes(named: list[_Named], mentions: list[Mention]) -> list[dict[str, Any]]:
    """A note for each file of data and reason, with the first names; which site lacks which photo stands in the map."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one, mention in zip(named, mentions, strict=True):
        if mention.code:
            groups[one.place[0], one.layer, mention.code].append(one.name)
    return [
        {"file": file, "layer": layer, "code": code, "row": None, "rows": str(len(names)), "found": _first(names)}
        for (file, layer, code), names in groups.items()
    ]


def _first(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    told = ", ".join(map(shown, distinct[:_NAMES_TOLD]))
    return f"{told} …" if len(distinct) > _NAMES_TOLD else told


def _assumptions(counts: Mapping[str, int], mentions: list[Mention]) -> list[dict[str, str]]:
    """The sentence of the map and the console about photos that cannot be shown; none where all can."""
    lost = [one.name for one in mentions if one.picture < 0]
    if not lost:
        return []
    missing, refused, unreadable = counts["missing"], counts["refused"], counts["unreadable"]
    first = list(dict.fromkeys(map(shown, lost)))
    more_zh, more_en = ("等", " and others") if len(first) > 3 else ("", "")
    return [
        {
            "code": "PHOTOS_NOT_SHOWN",
            "zh": f"有 {len(lost)} 处照片不能显示（没有找到 {missing}，被拒绝 {refused}，读不了 {unreadable}）："
            f"{'、'.join(first[:3])}{more_zh}；详情中逐一写明。",
            "en": f"Photos that cannot be shown: {len(lost)} (not found {missing}, refused {refused}, unreadable "
            f"{unreadable}): {', '.join(first[:3])}{more_en}; each is named in the detail of its site.",
        }
    ]
