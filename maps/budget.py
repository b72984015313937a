"""A page within a number of megabytes: what is made smaller or left out, step by step, each told in the page's notes.

Findings, sites, zones and sentences are never reduced. Nor are districts, on which hangs where anything is known. What
the page is asked by is reduced with what it draws: answers count a reduced outline as less certain by its metres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import shapely

from layers.photos import NO_PHOTOS, Photos
from maps.assets import page_words

MEGABYTE = 1_000_000
PHOTO_SIDE = 160  # pixels of the longer side
OUTLINES = ("rivers", "water_bodies")
METRES = (10.0, 50.0)
# No degree of the ellipsoid is longer, in metres: a tolerance in degrees is at most so many metres.
_LONGEST_DEGREE = 111_700.0
LEFT_OUT = "PHOTO_LEFT_OUT"

Facts = dict[str, Any]


class Step(NamedTuple):
    """One reduction: its code, what is told of it, and the page's facts after it."""

    code: str
    zh: str
    en: str
    facts: Facts

    def note(self) -> dict[str, str]:
        return {"code": self.code, "zh": self.zh, "en": self.en}


class Fitted(NamedTuple):
    """A page, the notes of what was reduced for it, and by how many bytes it is larger than allowed all the same."""

    text: str
    notes: list[dict[str, str]]
    over: int


def fitted(
    facts: Facts, megabytes: float, draw: Callable[[Facts], str], smaller: Callable[[Photos, int], Photos]
) -> Fitted:
    """The page that `draw` makes of the facts, reduced until it is no larger than that or nothing is left to reduce.

    `smaller` gives photos with as many pixels on the longer side.
    """
    allowed = int(megabytes * MEGABYTE)
    text = draw(facts)
    notes: list[dict[str, str]] = []
    for reduce in REDUCTIONS:
        if len(text.encode()) <= allowed:
            break
        for step in reduce(facts, smaller):
            notes.append(step.note())
            run = {**facts["run"], "notes": [*facts["run"]["notes"], step.note()]}
            facts = {**step.facts, "run": run}
            text = draw(facts)
            if len(text.encode()) <= allowed:
                break
    return Fitted(text, notes, max(0, len(text.encode()) - allowed))


def _smaller_photos(facts: Facts, smaller: Callable[[Photos, int], Photos]) -> Iterator[Step]:
    photos = facts.get("photos", NO_PHOTOS)
    if photos.pictures:
        zh = f"为限制文件大小，照片缩小到长边 {PHOTO_SIDE} 像素。"
        en = f"To keep the file small, photos have {PHOTO_SIDE} pixels on the longer side."
        yield Step("MAP_PHOTOS_SMALLER", zh, en, {**facts, "photos": smaller(photos, PHOTO_SIDE)})


def _no_photos(facts: Facts, _: Callable[[Photos, int], Photos]) -> Iterator[Step]:
    photos = facts.get("photos", NO_PHOTOS)
    if photos.pictures:
        mentions = [one._replace(picture=-1, code=LEFT_OUT) if one.picture >= 0 else one for one in photos.mentions]
        count, photos = len(photos.pictures), photos._replace(pictures=[], mentions=mentions, archived={})
        zh = f"为限制文件大小，{count} 张照片没有放进地图，只写明文件名；原图在 photos 文件夹里。"
        en = f"To keep the file small, {count} photos are named only; the originals are in the folder photos."
        yield Step("MAP_PHOTOS_LEFT_OUT", zh, en, {**facts, "photos": photos})


def _outlines(facts: Facts, _: Callable[[Photos, int], Photos]) -> Iterator[Step]:
    full = {kind: facts["context"][kind] for kind in OUTLINES if len(facts["context"].get(kind, ()))}
    if not full:
        return
    for metres in METRES:
        reduced = {kind: simplified(frame, metres) for kind, frame in full.items()}
        zh = f"为限制文件大小，河流和水域的轮廓化简了，误差不超过 {metres:g} 米；在地图上查询时按这一误差从严判断。"
        en = f"To keep the file small, outlines of rivers and water bodies are simplified by at most {metres:g} m"
        en += "; what the map is asked allows for that."
        changed = {"context": {**facts["context"], **reduced}, "reduced": dict.fromkeys(full, metres)}
        yield Step("MAP_OUTLINES_SIMPLIFIED", zh, en, {**facts, **changed})


def _further_columns(facts: Facts, _: Callable[[Photos, int], Photos]) -> Iterator[Step]:
    sites = facts["sites"]
    names = further_columns(sites)
    clear = ((sites["result"] == "clear") & (sites["violations"] == 0) & (sites["checks"] == 0)).to_numpy(dtype=bool)
    count = int(clear.sum())
    if names and count:
        of_zh, of_en = "、".join(names[:5]) + "等" * bool(names[5:]), ", ".join(names[:5]) + " …" * bool(names[5:])
        zh = f"为限制文件大小，{count} 个无冲突对象的原始字段（{of_zh}）没有放进地图，见 findings.gpkg。"
        en = f"To keep the file small, further columns ({of_en}) of {count} clear sites are left out of the map"
        en += "; findings.gpkg has them."
        kept = sites.assign(**{name: sites[name].where(~clear) for name in names})
        yield Step("MAP_COLUMNS_LEFT_OUT", zh, en, {**facts, "sites": kept})


REDUCTIONS = (_smaller_photos, _no_photos, _outlines, _further_columns)


def simplified(frame: gpd.GeoDataFrame, metres: float) -> gpd.GeoDataFrame:
    """The frame with outlines nowhere farther than `metres` from what they were, with fewer vertices."""
    outlines = [_simplified(one, metres / _LONGEST_DEGREE) for one in frame.geometry.to_numpy()]
    return frame.set_geometry(gpd.GeoSeries(outlines, frame.index, frame.crs))


def _simplified(outline: Any, degrees: float) -> Any:
    """The outline with fewer vertices, by Douglas and Peucker line by line, which alone keeps its word about distances.

    What would cross itself, lose its inside or overlap stays as it is.
    """
    if outline is None or shapely.get_dimensions(outline) < 1:
        return outline
    if isinstance(outline, shapely.Polygon):
        rings = [_simplified_ring(ring, degrees) for ring in (outline.exterior, *outline.interiors)]
        made = shapely.Polygon(rings[0], rings[1:])
    elif isinstance(outline, shapely.LineString):
        return outline.simplify(degrees, preserve_topology=False)
    else:
        made = type(outline)([_simplified(one, degrees) for one in outline.geoms])
    return made if made.is_valid else outline


def _simplified_ring(ring: shapely.LinearRing, degrees: float) -> Any:
    line = shapely.LineString(ring.coords).simplify(degrees, preserve_topology=False)
    return line.coords if len(line.coords) >= 4 else ring.coords


def further_columns(sites: gpd.GeoDataFrame) -> list[str]:
    """The agency's own columns, which the page only lists."""
    known: Mapping[str, Any] = page_words()
    return [str(name) for name in sites.columns if f"column.{name}" not in known and name not in _NEEDED]


# What the page works with although it has no heading for it.
_NEEDED = (
    "geometry",
    "lon",
    "lat",
    "layer",
    "source_id",
    "change",
    "overdue",
    "severity",
    "not_assessed_why",
    "share_in_zones",
)
