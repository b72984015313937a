"""What kind of layer a file could be, and the `[[layer]]` lines to begin with: a proposal, never applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from layers.first_look import Axes
from layers.layer import Layer, headings_of
from layers.load import LAYERS

# Words in the names of files, sheets and headings that tell what a layer is about.
_HINTS: Mapping[str, tuple[str, ...]] = {
    "protection_zones": ("保护区", "水源", "zone", "whpa", "wellhead", "schutzgebiet", "wsg", "protection"),
    "river_sections": ("断面", "section", "station"),
    "samples": ("水质", "监测", "cnemc", "sample", "quality", "mg/l"),
    "pollution_sources": ("污染", "排污", "排口", "企业", "source", "outfall", "npl", "superfund", "icpe", "npdes"),
    "remediation_sites": ("整改", "问题", "台账", "remediation"),
    "rivers": ("河流", "水系", "river", "stream", "gewaesser"),
    "water_bodies": ("水库", "湖", "lake", "reservoir", "water_bod"),
    "intakes": ("取水", "intake", "well"),
    "districts": ("行政", "区划", "区县", "乡镇", "县界", "district", "county", "counties", "adcode", "admin"),
}
# A hint weighs as much as a needed column; what a geometry rules out no hint brings back.
_HINT, _NEEDED, _OPTIONAL = 2.0, 2.0, 0.5
_MOST_NAMED = 12  # columns in a comment


class Suggestion(NamedTuple):
    """A kind a table could be, with our columns that were recognised and those that are needed and were not."""

    kind: str
    found: Mapping[str, str]
    missing: Sequence[str]


class _Nothing(NamedTuple):
    """An entry of the project file that says nothing beside its path."""

    path: str = ""
    located_to_metres: float | None = None
    make_id: str | None = None
    constants: Mapping[str, Any] = {}
    columns: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}


def suggestions(columns: Sequence[str], geometry: Mapping[str, int], name: str, *, placed: bool) -> list[Suggestion]:
    """The kinds a table could be, the likeliest first, at most two; none where nothing speaks for any.

    `geometry`: how many rows are points, lines, polygons. `placed`: whether rows have a place, or could be given one.
    """
    scored: list[tuple[float, float, Suggestion]] = []
    for layer in LAYERS.values():
        if not _fits(layer, geometry, placed=placed):
            continue
        found = headings_of(list(columns), layer.columns, _Nothing(), layer.id_column)
        missing = [column.name for column in layer.columns if column.needed and column.name not in found]
        needed = [column.name for column in layer.columns if column.needed]
        known = [ours for ours in found if ours not in (layer.id_column, "name")]
        hinted = _hinted(layer.kind, name, columns)
        score = _HINT * hinted + _OPTIONAL * len(known)
        score += _NEEDED * (len(needed) - len(missing)) / len(needed) if needed else 0.5 * len(found)
        scored.append((score, hinted, Suggestion(layer.kind, found, missing)))
    ranked = sorted(scored, key=lambda one: -one[0])[:2]
    best, hint = (ranked[0][0], ranked[0][1]) if ranked else (0.0, 0.0)
    return [one for score, hinted, one in ranked if score > 0 and score * 2 > best and (hinted or not hint)]


def _fits(layer: Layer, geometry: Mapping[str, int], *, placed: bool) -> bool:
    if not placed:
        return not layer.geometry
    total = sum(geometry.values())
    return bool(layer.geometry) and 2 * sum(geometry.get(kind, 0) for kind in layer.geometry) >= total


def _hinted(kind: str, name: str, columns: Sequence[str]) -> float:
    in_name = any(word in name.lower() for word in _HINTS[kind])
    return in_name + 0.5 * any(word in column.lower() for word in _HINTS[kind] for column in columns)


def layer_lines(
    one: Suggestion,
    name: str,
    columns: Sequence[str],
    comments: Mapping[str, str],
    *,
    table: str | None = None,
    crs_missing: bool = False,
    axes: Axes | None = None,
) -> Iterator[str]:
    """The lines to paste into headwater.toml, valid TOML; what has to be filled in stands in them as a comment.

    `comments` says in the reader's language: `path`, `crs`, `axes`, `swapped`, `column` (with `{found}`), `id`.
    """  # fmt: skip
    path = f"data/{PurePosixPath(name).name}"
    yield "[[layer]]"
    yield f'kind = "{one.kind}"'
    yield f"path = {_quoted(path)}  # {comments['path']}"
    if table is not None:
        yield f"table = {_quoted(table)}"
    if axes is not None:
        x, y = (axes.y, axes.x) if axes.swapped else (axes.x, axes.y)
        yield f"x = {_quoted(x)}  # {comments['swapped' if axes.swapped else 'axes']}"
        yield f"y = {_quoted(y)}"
    if crs_missing or axes is not None:
        degrees = axes is not None and axes.degrees
        yield f'crs = "EPSG:4326"  # {comments["crs"]}' if degrees else f'# crs = "EPSG:...."  # {comments["crs"]}'
    layer = LAYERS[one.kind]
    if layer.id_column in one.missing:
        yield f'make_id = "row"  # {comments["id"]}'
    absent = [ours for ours in one.missing if ours != layer.id_column]
    if absent:
        more = ", ..." if len(columns) > _MOST_NAMED else ""
        named = ", ".join(columns[:_MOST_NAMED]) + more
        found = "".join(letter if letter.isprintable() else " " for letter in named)  # a comment ends with its line
        yield "[layer.columns]"
        yield from (f'# {ours} = "..."  # {comments["column"].format(found=found)}' for ours in absent)


def _quoted(text: str) -> str:
    """A text of TOML, in one line; what a terminal would not show is written by its number."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08X}" for letter in quoted)
