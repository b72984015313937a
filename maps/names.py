"""Which names stand on the drawn map and where: no two of them overlap, on a wide screen or on a phone.

On a phone the picture is a third as wide and its names are set larger: what fits only a wide screen says so
in its class (`w`) and is left out there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from maps.payload import grid, plain_texts
from maps.surround import Projected, escape

SIZE = 14
ON_PHONE = 30
MOST_NAMES = 60
LONGEST = 16
INKS = {"zones": "#0B4F8A", "water_bodies": "#2B6A8F", "districts": "#6D675C"}


class Name(NamedTuple):
    """A name and the middle of where it may stand."""

    text: str
    x: float
    y: float
    ink: str


Box = tuple[float, float, float, float]


def names_on(
    zones: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    run: Mapping[str, Any],
    scale: Projected,
    width: int,
    height: int,
) -> list[str]:
    """The names of the few big things: water sources by their strictest zones, districts, reservoirs and lakes."""
    strictest = zones[zones["level"] == run["levels"][0]["code"]] if run["levels"] and len(zones) else zones
    wanted = _above(_named(strictest, "source_name", "zones", scale), zones, scale)
    for kind in ("districts", "water_bodies"):
        wanted += _named(context[kind], "name", kind, scale) if kind in context else []
    inside = [one for one in wanted if 0 < one.x < width and 0 < one.y < height]
    once = list({one.text: one for one in reversed(inside)}.values())[::-1]
    phone: list[Box] = []
    small = [_free(one, ON_PHONE, phone, width) for one in once]
    wide = [_box(one, SIZE, width) for one, fits in zip(once, small, strict=True) if fits]
    told: list[str] = []
    for one, fits in zip(once, small, strict=True):
        if (fits or _free(one, SIZE, wide, width)) and len(told) < MOST_NAMES:
            told.append(_text(one, fits, width))
    return told


def _above(names: list[Name], zones: gpd.GeoDataFrame, scale: Projected) -> list[Name]:
    """The names of water sources above all of their zones, in which the marks lie."""
    if not names or "source_name" not in zones.columns:
        return names
    bounds = zones.geometry.bounds
    _, y = grid(bounds["minx"].fillna(0).to_numpy(), bounds["maxy"].fillna(0).to_numpy())
    tops = dict[str, float]()
    for text, top in zip(plain_texts(zones["source_name"]), (y * scale[0] + scale[2]).tolist(), strict=True):
        tops[_cut(text)] = min(top, tops.get(_cut(text), top))
    return [one._replace(y=max(tops.get(one.text, one.y) - 6, 2 * SIZE)) for one in names]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _named(frame: gpd.GeoDataFrame, column: str, kind: str, scale: Projected) -> list[Name]:
    """The largest first; of a frame without `column` its names."""
    column = column if column in frame.columns else "name"
    if column not in frame.columns or not len(frame):
        return []
    places = shapely.point_on_surface(frame.geometry.to_numpy())
    there = ~shapely.is_missing(places) & ~shapely.is_empty(places)
    order = np.argsort(-shapely.area(frame.geometry.to_numpy()), kind="stable")
    order = order[there[order]]
    x, y = grid(shapely.get_x(places[order]), shapely.get_y(places[order]))
    texts = plain_texts(frame[column].iloc[order])
    if "name" in frame.columns:
        texts = [own or name for own, name in zip(texts, plain_texts(frame["name"].iloc[order]), strict=True)]
    left, top = x * scale[0] + scale[1], y * scale[0] + scale[2]
    return [
        Name(_cut(text), one, two, INKS[kind])
        for text, one, two in zip(texts, left.tolist(), top.tolist(), strict=True)
        if text
    ]


def _box(name: Name, size: int, width: int) -> Box:
    half = size * sum(1.0 if ord(letter) > 0x2E80 else 0.56 for letter in name.text) / 2
    middle = min(max(name.x, half + 4), width - half - 4)
    return middle - half - 3, name.y - size, middle + half + 3, name.y + size * 0.35


def _free(name: Name, size: int, taken: list[Box], width: int) -> bool:
    """Whether the name fits beside those there; then its place is taken."""
    box = _box(name, size, width)
    if any(box[0] < one[2] and box[2] > one[0] and box[1] < one[3] and box[3] > one[1] for one in taken):
        return False
    taken.append(box)
    return True


def _text(name: Name, on_phone: bool, width: int) -> str:
    left, _, right, _ = _box(name, ON_PHONE if on_phone else SIZE, width)
    return (
        f'<text class="tx nm{"" if on_phone else " w"}" x="{(left + right) / 2:.1f}" y="{name.y:.1f}" '
        f'font-size="{SIZE}" text-anchor="middle" fill="{name.ink}">{escape(name.text)}</text>'
    )
