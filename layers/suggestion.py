"""What kind of layer a file could be, and the `[[layer]]` lines to begin with: a proposal, never applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from layers.first_look import Axes
from layers.layer import Layer, headings_of
from layers.load import LAYERS

# What townships call their tables of sources.
_SOURCES = (
    "污染", "排污", "排口", "企业", "养殖", "畜禽", "加油站", "煤矿", "矿山", "尾矿", "渣场", "填埋", "农家乐", "pfas",
)  # fmt: skip
# Words in the names of files, sheets and headings that tell what a layer is about.
_HINTS: Mapping[str, tuple[str, ...]] = {
    "protection_zones": ("保护区", "水源", "zone", "whpa", "wellhead", "schutzgebiet", "wsg", "protection"),
    "river_sections": ("断面", "section", "station", "gauge", "pegel"),
    "samples": ("水质", "监测", "cnemc", "sample", "quality", "mg/l"),
    "pollution_sources": (*_SOURCES, "source", "outfall", "discharge", "wastewater", "npl", "superfund", "icpe"),
    "remediation_sites": ("整改", "问题", "台账", "remediation"),
    "rivers": ("河流", "水系", "river", "stream", "gewaesser"),
    "water_bodies": ("水库", "湖", "lake", "reservoir", "water_bod"),
    "intakes": ("取水", "intake", "well"),
    "districts": ("行政", "区划", "区县", "乡镇", "县界", "district", "county", "counties", "adcode", "admin"),
}
# A hint weighs as much as a needed column; what a geometry rules out no hint brings back.
_HINT, _NEEDED, _OPTIONAL = 2.0, 2.0, 0.5
_MOST_NAMED = 12  # columns in a comment
# A monitoring section is told by its water; points without any such column are more often sources.
_OF_WATER, _WITHOUT_WATER = frozenset({"river", "target_class", "measured_class", "sampled_on"}), 1.0
# Headings that number the rows of one table and say nothing outside it.
_SERIAL = frozenset({"序号", "fid", "objectid", "no", "nr"})
# How the headings end (or what they hold) that are likely to be ours, where none is known by its name.
_ID_LIKE = r"(编号|编码|代码)$|[_ .](id|code|no|nr)$|[a-z]Id$|[a-z]ID$"
_LIKE: Mapping[str, str] = {
    "name": r"(名称|名)$|name$",
    "status": r"进展|状态|进度|整改情况|完成情况|status",
    "kind": r"(类型|类别|种类)$|[_ ](type|kind)$|^folder$",
    "level": r"(级别|等级)$|[_ ](level|class)$",
    "sampled_on": r"(时间|日期)$|date$",
}
# What the constant of a needed column could be, as an example.
_EXAMPLES: Mapping[str, str] = {"kind": "industry", "level": "1", "status": "not_started"}


class Suggestion(NamedTuple):
    """A kind a table could be, with our columns that were recognised and those that are needed and were not."""

    kind: str
    found: Mapping[str, str]
    missing: Sequence[str]


class _Nothing(NamedTuple):
    """An entry of the project file that says nothing beside its path."""

    path: str = ""
    located_to_metres: float | None = None
    map_scale: float | None = None
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
        score = _HINT * hinted + _OPTIONAL * len(known) - _HINT * _misfit(layer, geometry)
        score += _NEEDED * (len(needed) - len(missing)) / len(needed) if needed else 0.5 * len(found)
        if layer.kind == "river_sections" and not hinted and not _OF_WATER & set(found):
            score -= _WITHOUT_WATER
        scored.append((score, hinted, Suggestion(layer.kind, found, missing)))
    ranked = sorted(scored, key=lambda one: -one[0])[:2]
    best, hint = (ranked[0][0], ranked[0][1]) if ranked else (0.0, 0.0)
    return [one for score, hinted, one in ranked if score > 0 and score * 2 > best and (hinted or not hint)]


def _fits(layer: Layer, geometry: Mapping[str, int], *, placed: bool) -> bool:
    if not placed:
        return not layer.geometry
    total = sum(geometry.values())
    return bool(layer.geometry) and 2 * sum(geometry.get(kind, 0) for kind in layer.geometry) >= total


def _misfit(layer: Layer, geometry: Mapping[str, int]) -> float:
    """The share of the rows whose shapes the kind does not take."""
    total = sum(geometry.values())
    return sum(count for kind, count in geometry.items() if kind not in layer.geometry) / total if total else 0.0


def _hinted(kind: str, name: str, columns: Sequence[str]) -> float:
    """1 where the name holds a word of the kind, half as much where a heading holds one that is whole."""
    in_name = any(word in name.lower() for word in _HINTS[kind])
    whole = re.compile("|".join(rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in _HINTS[kind]))
    return in_name + 0.5 * any(whole.search(column.lower()) for column in columns)


def layer_lines(
    one: Suggestion,
    name: str,
    columns: Sequence[str],
    comments: Mapping[str, str],
    *,
    table: str | None = None,
    crs_missing: bool = False,
    axes: Axes | None = None,
    corners: str | None = None,
) -> Iterator[str]:
    """The lines to paste into headwater.toml, valid TOML; what has to be filled in stands in them as a comment.

    `name`: the file below the project's data folder. Subfolders stay: every township has its 附件1.xlsx.

    `comments` says in the reader's language: `path`, `crs`, `grid`, `axes`, `swapped`, `corners`, `id`, `serial` (with
    `{found}`), `zone_id`, `guess`, `column` (with `{found}`), `constants`.
    """
    path = f"data/{name}"
    yield "[[layer]]"
    yield f'kind = "{one.kind}"'
    yield f"path = {quoted(path)}  # {comments['path']}"
    if table is not None:
        yield f"table = {quoted(table)}"
    yield from _place_lines(axes, comments, crs_missing=crs_missing)
    if corners is not None:
        yield f"corners = {quoted(corners)}  # {comments['corners']}"
    id_column = LAYERS[one.kind].id_column
    likely = {ours: heading for ours in one.missing if (heading := _likely(ours, id_column, one, columns, corners))}
    serial = one.found.get(id_column, "")
    if corners is None and id_column in one.missing and id_column not in likely:
        yield f'make_id = "row"  # {comments["id"]}'
    elif corners is None and serial.strip().lower() in _SERIAL and LAYERS[one.kind].unique_ids:
        yield f'make_id = "row"  # {comments["serial"].format(found=_in_a_comment(serial))}'
    absent = [ours for ours in one.missing if ours not in likely and (ours != id_column or corners is not None)]
    if not likely and not absent:
        return
    yield "[layer.columns]"
    yield from (f"{ours} = {quoted(heading)}  # {comments['guess']}" for ours, heading in likely.items())
    more = ", ..." if len(columns) > _MOST_NAMED else ""
    found = _in_a_comment(", ".join(columns[:_MOST_NAMED]) + more)
    for ours in absent:
        comment = comments["zone_id"] if ours == id_column else comments["column"].format(found=found)
        yield f'# {ours} = "..."  # {comment}'
    alike = [ours for ours in absent if ours in _EXAMPLES]
    if alike:
        yield f"# [layer.constants]  # {comments['constants']}"
        yield from (f'# {ours} = "{_EXAMPLES[ours]}"' for ours in alike)


def _place_lines(axes: Axes | None, comments: Mapping[str, str], *, crs_missing: bool) -> Iterator[str]:
    """The lines that say which columns are coordinates, and of which CRS."""
    if axes is not None:
        x, y = (axes.y, axes.x) if axes.swapped else (axes.x, axes.y)
        yield f"x = {quoted(x)}  # {comments['swapped' if axes.swapped else 'axes']}"
        yield f"y = {quoted(y)}"
    if axes is not None and axes.degrees:
        yield f'crs = "EPSG:4326"  # {comments["crs"]}'
    elif axes is not None and axes.epsg is not None:
        yield f'# crs = "EPSG:{axes.epsg}"  # {comments["grid"]}'
    elif crs_missing or axes is not None:
        yield f'# crs = "EPSG:...."  # {comments["crs"]}'


def _likely(ours: str, id_column: str, one: Suggestion, columns: Sequence[str], corners: str | None) -> str | None:
    """The one heading that looks like a needed column of ours and is not taken by another; None where it is not one."""
    pattern = _ID_LIKE if ours == id_column else _LIKE.get(ours)
    if pattern is None:
        return None
    free = [column for column in columns if column not in one.found.values() and column != corners]
    like = [column for column in free if re.search(pattern, column, 0 if ours == id_column else re.IGNORECASE)]
    return like[0] if len(like) == 1 else None


def _in_a_comment(text: str) -> str:
    """A text without what would end the line of a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def quoted(text: str) -> str:
    """A text of TOML, in one line; what a terminal would not show is written by its number."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08X}" for letter in quoted)
