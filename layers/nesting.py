"""How zones lie to each other: strict land outside the next level, gaps between levels, sources that overlap.

Levels nest: every level lies in the next, less strict one of its source. A level that is drawn as a ring around the
stricter ones holds them all the same. What is found is about the data, and for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis import nearby, shortest
from gis.metres import Floats, ground_area, radii
from gis.outlines import outlines
from layers.columns import frame_of, objects
from layers.verdicts import metres, share, square_metres, zone_names

CASES = ("outside_next_level", "gap", "overlap_of_sources")

NESTING_COLUMNS = (
    "case",  # one of CASES
    "subject",  # position of the zone it is about: the stricter one
    "target",  # position of the other zone
    "overlap_m2",  # the land it is about, in true square metres
    "overlap_share",  # its share of the subject's area; NaN for a gap, which is no part of it
    "distance_m",  # shortest distance between the two zones, 0 where they meet
    "width_m",  # across the thickest place of the land: the widest circle in it
    "lon",  # the middle of that circle
    "lat",
    "text_zh",
    "text_en",
)

# Two drawings of one line differ by as much where nothing is said of their accuracy.
LEAST_WIDTH = 1.0
LEAST_AREA = 10.0

Integers = NDArray[np.intp]

# Vertices that are one place, after rounding in an overlay: a tenth of a millimetre in degrees.
_SAME_PLACE = 1e-9

_TEXTS = {
    "zh": {
        "outside_next_level": "{subject}有 {area}（占其面积的 {share}）在同一水源的{target}之外{apart}，"
        "最宽处 {width}：核对两级边界",
        "apart": "，两者相距 {distance}",
        "gap": "{subject}与{target}之间有 {area} 不属于任何一级，最宽处 {width}：核对两级边界",
        "overlap_of_sources": "{subject}与{target}重叠 {area}，占前者面积的 {share}，"
        "最宽处 {width}：核对两个保护区的边界",
    },
    "en": {
        "outside_next_level": "{area} of {subject} ({share} of it) lie outside {target} of the same source{apart}, "
        "{width} across at the widest: check both outlines",
        "apart": ", {distance} from it",
        "gap": "{area} between {subject} and {target} belong to neither, {width} across at the widest: "
        "check both outlines",
        "overlap_of_sources": "{subject} and {target} overlap by {area}, {share} of the first, {width} across at the "
        "widest: check both outlines",
    },
}


class Words(Protocol):
    """What a level is called."""

    def text(self, language: str) -> str: ...


class _Lands(NamedTuple):
    """Land of a case between two zones, by position; one entry each."""

    case: list[str]
    subject: list[int]
    target: list[int]
    land: list[shapely.Geometry]


def nesting(
    zones: gpd.GeoDataFrame,
    levels: Sequence[str],
    *,
    words: Mapping[str, Words] | None = None,
    nested: bool = True,
    least_m2: float = LEAST_AREA,
) -> pd.DataFrame:
    """What is odd about how `zones` lie to each other: NESTING_COLUMNS, sorted by case, subject and target.

    `zones` are those in force (EPSG:4326, canonical columns), `levels` the codes from the strictest on. Per source
    (`source_name`): `outside_next_level`, land of a zone outside the next level that the source has; `gap`, land that
    the next level leaves open around a stricter zone, and that belongs to neither. Both only where levels are
    `nested`. `overlap_of_sources`: zones of two sources, or two of the same level, with common interior.

    Pieces narrower than the two outlines' stated accuracies together (LEAST_WIDTH where nothing is stated), or smaller
    than `least_m2`, are no finding. A zone that names no source belongs to none: only an overlap with a zone of its own
    level is told. `words` say what levels are called; without them it is their codes.
    """
    geometry, level = nearby.geometries(zones), _positions(zones["level"], levels)
    source, rank = _sources(zones), _ranks(zones, level)
    found = _Lands([], [], [], [])
    if nested:
        for rows in _several_levels(source, level, rank):
            _nested(rows, geometry, level, found)
    _overlaps(geometry, level, source, rank, found)
    measured = _measured(found, geometry, nearby.accuracy_of(zones), least_m2)
    return frame_of({**measured, **_texts(measured, zones, words or {})})[list(NESTING_COLUMNS)]


def bytes_of_nesting(found: pd.DataFrame) -> bytes:
    """What `nesting` found as bytes, for `nesting_of`."""
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(found, preserve_index=False)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def nesting_of(data: bytes) -> pd.DataFrame:
    """The frame of `bytes_of_nesting`."""
    table = pa.ipc.open_stream(data).read_all()
    return frame_of({name: table.column(name).to_numpy() for name in NESTING_COLUMNS})


def _positions(values: pd.Series, levels: Sequence[str]) -> Integers:
    """The place of each level, strictest 0; -1 for a word that is none."""
    return np.asarray(pd.Index(levels).get_indexer(pd.Index(values.to_numpy(dtype=object))), dtype=np.intp)


def _sources(zones: gpd.GeoDataFrame) -> Integers:
    """A number for each source, -1 where none is named."""
    if "source_name" not in zones:
        return np.full(len(zones), -1, dtype=np.intp)
    names = zones["source_name"].fillna("").astype(str).str.strip().to_numpy(dtype=object)
    return np.asarray(pd.factorize(np.where(names == "", None, names))[0], dtype=np.intp)


def _ranks(zones: gpd.GeoDataFrame, level: Integers) -> Integers:
    """The place of each zone by level and id: what is found must not depend on the order of the rows."""
    ids = pd.factorize(zones["zone_id"].to_numpy(dtype=object), sort=True)[0]
    rank = np.empty(len(zones), dtype=np.intp)
    rank[np.lexsort([ids, level])] = np.arange(len(zones))
    return rank


def _several_levels(source: Integers, level: Integers, rank: Integers) -> Iterator[Integers]:
    """The zones of each source that has more than one level, by rank."""
    rows = np.flatnonzero((source >= 0) & (level >= 0))
    rows = rows[np.lexsort([rank[rows], source[rows]])]
    for own in np.split(rows, np.flatnonzero(np.diff(source[rows])) + 1):
        if len(own) and (level[own] != level[own[0]]).any():
            yield own


# --- One source: does each level lie in the next? ---------------------------------------------


def _nested(rows: Integers, geometry: NDArray[np.object_], level: Integers, found: _Lands) -> None:
    """Adds what is odd about the levels of one source, each against the next that it has."""
    present = np.unique(level[rows])
    for strict, following in pairwise(present):
        ring = rows[level[rows] == following]
        area = shapely.union_all(geometry[ring])
        filled = _filled(area)
        for row in rows[level[rows] == strict]:
            if not shapely.covers(filled, geometry[row]):
                beyond = shapely.difference(geometry[row], filled)
                _add(found, "outside_next_level", row, _most_common(geometry[row], ring, geometry), beyond)
        _gaps(rows[level[rows] < following], ring, area, geometry, level, found)


def _filled(area: shapely.Geometry) -> shapely.Geometry:
    """The area without its holes: what a ring goes round."""
    rings = shapely.get_exterior_ring(shapely.get_parts(area))
    return shapely.union_all(shapely.polygons(rings))


def _most_common(zone: shapely.Geometry, ring: Integers, geometry: NDArray[np.object_]) -> int:
    """The zone of the ring that has most of `zone`, or that is nearest to it."""
    if len(ring) == 1:
        return int(ring[0])
    common = shapely.area(shapely.intersection(zone, geometry[ring]))
    return int(ring[np.argmax(common)] if common.any() else ring[np.argmin(shapely.distance(zone, geometry[ring]))])


def _gaps(
    strict: Integers,
    ring: Integers,
    area: shapely.Geometry,
    geometry: NDArray[np.object_],
    level: Integers,
    found: _Lands,
) -> None:
    """Adds the land enclosed by the ring and the stricter zones that belongs to neither, where it borders on both."""
    inner = shapely.union_all(geometry[strict])
    if shapely.covers(area, inner):  # drawn one above the other: a hole of the ring is nobody's business here
        return
    both = shapely.union(area, inner)
    for land in shapely.get_parts(shapely.difference(_filled(both), both)):
        beside = strict[shapely.dwithin(geometry[strict], land, _SAME_PLACE)]
        around = ring[shapely.dwithin(geometry[ring], land, _SAME_PLACE)]
        if len(beside) and len(around):
            _add(found, "gap", int(beside[np.argmax(level[beside])]), int(around[0]), land)


# --- Zones that should have nothing in common -------------------------------------------------


def _overlaps(geometry: NDArray[np.object_], level: Integers, source: Integers, rank: Integers, found: _Lands) -> None:
    """Adds the common land of zones of two sources, and of two zones of one level; the stricter is the subject."""
    one, other = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    named = (source[one] >= 0) & (source[other] >= 0)
    odd = (level[one] == level[other]) | (named & (source[one] != source[other]))
    pairs = np.flatnonzero(odd & (rank[one] < rank[other]))  # each pair once
    pairs = pairs[~shapely.touches(geometry[one[pairs]], geometry[other[pairs]])]
    for row, beside in zip(one[pairs].tolist(), other[pairs].tolist(), strict=True):
        _add(found, "overlap_of_sources", row, beside, shapely.intersection(geometry[row], geometry[beside]))


def _add(found: _Lands, case: str, subject: int, target: int, land: shapely.Geometry) -> None:
    found.case.append(case)
    found.subject.append(int(subject))
    found.target.append(int(target))
    found.land.append(land)


# --- Measures and texts -----------------------------------------------------------------------


def _measured(
    found: _Lands, geometry: NDArray[np.object_], accuracy: Floats, least_m2: float
) -> dict[str, NDArray[Any]]:
    """Each case of two zones once, in order: sums and thickest place of its pieces that are not slivers."""
    pieces, owner = shapely.get_parts(objects(found.land), return_index=True)
    subject, target = np.array(found.subject, dtype=np.int64)[owner], np.array(found.target, dtype=np.int64)[owner]
    area = ground_area(pieces)
    kept = np.flatnonzero((area >= least_m2) & (shapely.get_dimensions(pieces) == 2))
    width, lon, lat = _thickest(pieces[kept])
    thick = width >= np.maximum(accuracy[subject[kept]] + accuracy[target[kept]], LEAST_WIDTH)
    kept, width, lon, lat = kept[thick], width[thick], lon[thick], lat[thick]
    case = np.array([CASES.index(one) for one in found.case], dtype=np.int64)[owner][kept]
    keys, group = np.unique(np.column_stack([case, subject[kept], target[kept]]), axis=0, return_inverse=True)
    group = group.reshape(-1)
    first = np.lexsort([-width, group])[np.searchsorted(np.sort(group), np.arange(len(keys)))]
    one, other = keys[:, 1].astype(np.intp), keys[:, 2].astype(np.intp)
    square = np.bincount(group, area[kept], len(keys))
    whole = ground_area(geometry[one])
    gaps = keys[:, 0] == CASES.index("gap")
    return {
        "case": np.array(CASES, dtype=object)[keys[:, 0]],
        "subject": one,
        "target": other,
        "overlap_m2": square,
        "overlap_share": np.where(gaps, np.nan, np.minimum(square / np.where(whole > 0, whole, 1.0), 1.0)),
        "distance_m": _distances(geometry, one, other),
        "width_m": width[first],
        "lon": lon[first],
        "lat": lat[first],
    }


def _thickest(pieces: NDArray[np.object_]) -> tuple[Floats, Floats, Floats]:
    """How many metres the widest circle in each piece is across, and longitude and latitude of its middle."""
    bounds = shapely.bounds(pieces).reshape(-1, 4)
    middle = (bounds[:, 1] + bounds[:, 3]) / 2
    meridian, prime_vertical = radii(middle)
    scales = np.radians(np.column_stack([prime_vertical * np.cos(np.radians(middle)), meridian]))
    found = np.zeros((len(pieces), 3))
    for place, (piece, scale) in enumerate(zip(pieces, scales, strict=True)):
        drawn = shapely.transform(piece, lambda xy, scale=scale: xy * scale)
        thin = drawn.area / drawn.length  # a quarter of the side of a square, half the width of a strip
        radius = shapely.maximum_inscribed_circle(drawn, tolerance=max(0.01, thin / 50))
        found[place] = 2 * shapely.length(radius), *(shapely.get_coordinates(radius)[0] / scale)
    return found[:, 0], found[:, 1].round(7), found[:, 2].round(7)


def _distances(geometry: NDArray[np.object_], one: Integers, other: Integers) -> Floats:
    """Metres between the zones of each pair, 0 where they meet."""
    apart = np.flatnonzero(~shapely.intersects(geometry[one], geometry[other]))
    metres_apart = np.zeros(len(one))
    if len(apart):
        first, second = outlines(geometry[one[apart]]), outlines(geometry[other[apart]])
        rows = np.arange(len(apart))
        metres_apart[apart] = shortest.apart(first, rows, second, rows, np.full(len(apart), np.inf))
    return metres_apart


def _texts(
    rows: Mapping[str, NDArray[Any]], zones: gpd.GeoDataFrame, words: Mapping[str, Words]
) -> dict[str, NDArray[np.object_]]:
    """`text_zh` and `text_en`: a sentence for each row."""
    codes = zones["level"].to_numpy(dtype=object)
    names = ["" if one is None or one != one else str(one) for one in zones["name"].to_numpy(dtype=object)]
    texts = {}
    for language, forms in _TEXTS.items():
        called = [words[code].text(language) if code in words else str(code) for code in codes]
        zone = zone_names(names, called, "protection_zones", language)
        told = []
        for case, subject, target, area, part, distance, width in zip(
            *(rows[name].tolist() for name in list(NESTING_COLUMNS)[:7]), strict=True
        ):
            apart = forms["apart"].format(distance=metres(distance, language)) if distance > 0 else ""
            told.append(
                forms[case].format(
                    subject=zone[subject],
                    target=zone[target],
                    area=square_metres(area, language),
                    share=share(part),
                    apart=apart,
                    width=metres(width, language),
                )
            )
        texts[f"text_{language}"] = objects(told)
    return texts
