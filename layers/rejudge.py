"""Sites judged anew only where something changed: their own row, or a zone that they could see.

What was judged is kept by the content of the rows, of the zones and of the rules (`gis.kept`); no clock decides,
and the answers are those that `layers.rules.judge` would give.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

import gis
from gis import nearby
from gis.kept import Kept, digest
from gis.metres import degrees_for
from layers.coverage import Extent
from layers.kept_answers import Record, packed, unpacked
from layers.row_hashes import Hashes, row_hashes
from layers.rules import Judged, in_order, judge
from layers.surroundings import Look, Surroundings

Integers = NDArray[np.int64]
# Of so small a share of the sites on, making only the zones around them ready is the cheaper way.
_FEW = 0.1
_SITE_COLUMNS = ("kind", "located_to_metres")


def rejudge(sites: gpd.GeoDataFrame, layer: str, around: Surroundings, kept: Kept) -> Judged:
    """As `layers.rules.judge`; rows that an earlier run judged in the same surroundings are not judged again."""
    name, key = f"judged-{layer.replace('_', '-')}", _key(layer, around)
    bits = row_hashes(sites, (*_SITE_COLUMNS, *_asked(layer, around)))
    related = around.related_to(layer)
    looks = {of: around.look(of) for of in related} | {f"{of}-refused": around.look(of, refused=True) for of in related}
    extents = _extents_digest(layer, around)
    data = kept.get(name, key)
    before = None if data is None else unpacked(data)
    if before is not None and _same(before, bits, looks, extents):
        return before.judged
    judged = judge(sites, layer, around) if before is None else _renewed(sites, layer, around, bits, looks, before)
    if before is not None and before.extents != extents:
        judged = judged._replace(blind=around.blind_spots(sites, layer))
    kept.put(name, key, packed(Record(bits, judged, looks, extents)))
    return judged


def _renewed(
    sites: gpd.GeoDataFrame,
    layer: str,
    around: Surroundings,
    bits: Hashes,
    looks: Mapping[str, Look],
    before: Record,
) -> Judged:
    """What was judged before where that still holds, and the rest judged anew."""
    earlier = _positions(bits, before.bits)
    anew = earlier < 0
    for name, look in looks.items():
        anew |= _near_changes(sites, look, before.looks[name], around.farthest(layer, name.partition("-")[0]))
    rows = np.flatnonzero(anew)
    few = len(rows) < _FEW * len(sites)
    fresh = _judged_few(sites.iloc[rows], layer, around) if few else judge(sites.iloc[rows], layer, around)
    moves = _target_moves(layer, around, looks, before)
    moved = _moved(before.judged.flagged, earlier, np.flatnonzero(~anew), moves)
    found = fresh.flagged.assign(subject=rows[fresh.flagged["subject"].to_numpy(dtype=np.intp)])
    return Judged(
        in_order([moved, found]),
        _merged(before.judged.blind, fresh.blind, earlier, rows),
        _merged(before.judged.level, fresh.level, earlier, rows),
        _merged(before.judged.share, fresh.share, earlier, rows),
    )


def _merged(was: NDArray[Any], fresh: NDArray[Any], earlier: Integers, rows: NDArray[np.intp]) -> NDArray[Any]:
    """A column of what was judged, with the rows that were judged anew; `earlier` is where each row stood."""
    merged = np.zeros((len(earlier), *was.shape[1:]), was.dtype)
    known = earlier >= 0
    merged[known] = was[earlier[known]]
    merged[rows] = fresh
    return merged


def _judged_few(sites: gpd.GeoDataFrame, layer: str, around: Surroundings) -> Judged:
    """As `judge`, with only those zones made ready that the sites can see."""
    part, rows = around.around(sites, layer)
    judged = judge(sites, layer, part)
    flagged = judged.flagged.copy()
    of = np.array([rule.of for rule in around.rules_of(layer)], dtype=object)[flagged["rule"].to_numpy(dtype=np.intp)]
    target = flagged["target"].to_numpy(dtype=np.int32).copy()
    for name, seen in rows.items():
        target[of == name] = seen[target[of == name]]
    return judged._replace(flagged=flagged.assign(target=target))


def _positions(bits: Hashes, before: Hashes) -> Integers:
    """Where each row stood before, or -1; rows of the same content may share a place."""
    found = np.full(len(bits), -1, dtype=np.int64)
    common = min(len(bits), len(before))
    same = np.flatnonzero(bits[:common] == before[:common])  # most rows stand where they stood
    found[same] = same
    others = np.flatnonzero(found < 0)
    if len(others) and len(before):
        order = np.argsort(before, kind="stable")
        at = np.minimum(np.searchsorted(before[order], bits[others]), len(before) - 1)
        found[others] = np.where(before[order[at]] == bits[others], order[at], -1)
    return found


def _near_changes(sites: gpd.GeoDataFrame, now: Look, before: Look, reach: float) -> NDArray[np.bool_]:
    """Which sites could see one of the rows that came, went or changed."""
    came, went = ~np.isin(now.bits, before.bits), ~np.isin(before.bits, now.bits)
    boxes = np.concatenate([now.boxes[came], before.boxes[went]])
    near = np.zeros(len(sites), dtype=bool)
    if not len(boxes) or not len(sites):
        return near
    doubt = np.r_[now.doubt[came], before.doubt[went]] + nearby.accuracy_of(sites).max(initial=0.0)
    margin = reach + doubt + 2 * nearby.EDGE_METRES
    lon, lat = degrees_for(margin, np.abs(boxes[:, [1, 3]]).max(axis=1))
    wide = shapely.box(boxes[:, 0] - lon, boxes[:, 1] - lat, boxes[:, 2] + lon, boxes[:, 3] + lat)
    near[np.unique(shapely.STRtree(wide).query(nearby.geometries(sites))[0])] = True
    return near


def _moved(flagged: pd.DataFrame, earlier: Integers, rows: Integers, target: Mapping[int, Integers]) -> pd.DataFrame:
    """The flagged pairs of the rows that were judged before, at their present positions."""
    subject = flagged["subject"].to_numpy()
    start, end = np.searchsorted(subject, earlier[rows]), np.searchsorted(subject, earlier[rows], side="right")
    count = end - start
    pairs = np.repeat(start - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    kept = flagged.iloc[pairs]
    number, place = kept["rule"].to_numpy(), kept["target"].to_numpy(dtype=np.int64).copy()
    for rule, positions in target.items():
        place[number == rule] = positions[place[number == rule]]
    if (place < 0).any():
        raise AssertionError("a flagged zone is gone, but the site near it was not judged again")
    return kept.assign(subject=np.repeat(rows, count), target=place)


def _target_moves(layer: str, around: Surroundings, looks: Mapping[str, Look], before: Record) -> dict[int, Integers]:
    """Per rule, from the position of each zone before to its position now, -1 where it is gone."""
    moves = {
        of: _positions(before.looks[of].bits, looks[of].bits) for of in {rule.of for rule in around.rules_of(layer)}
    }
    return {number: moves[rule.of] for number, rule in enumerate(around.rules_of(layer))}


# --- What decides whether something kept still holds -----------------------------------------


def _asked(layer: str, around: Surroundings) -> list[str]:
    """The attributes that the rules of a layer ask for."""
    return sorted({name for rule in around.rules_of(layer) for name in rule.where})


def _extents_digest(layer: str, around: Surroundings) -> str:
    """Of everything that says how far around a site is known, besides the refused rows."""
    districts = around.look("districts").bits.tobytes()
    extents = {reach.of: around.extents[reach.of] for reach in around.reaches_of(layer)}
    told = [f"{of} {extent.assumption}" for of, extent in extents.items()]
    areas = [_wkb(extent) for extent in extents.values()]
    return digest(districts, *told, *areas)


def _wkb(extent: Extent) -> bytes:
    return b"" if extent.area is None else bytes(shapely.to_wkb(extent.area))


def _key(layer: str, around: Surroundings) -> str:
    """Of everything else that an answer follows from: the rules in force, the words, the programs."""
    rules = [[rule.model_dump_json(), around.rules.statutory(rule)] for rule in around.rules_of(layer)]
    levels = {code: [word.zh, word.en] for code, word in around.rules.levels.items()}
    return digest(json.dumps([layer, rules, levels], ensure_ascii=False), _programs())


@cache
def _programs() -> str:
    """Of the programs that judge: ours, and the libraries that compute."""
    folders = (Path(gis.__file__).parent, Path(__file__).parent)
    ours = [file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))]
    return digest(np.__version__, shapely.__version__, shapely.geos_version_string, *ours)


def _same(before: Record, bits: Hashes, looks: Mapping[str, Look], extents: str) -> bool:
    unchanged = all(np.array_equal(look.bits, before.looks[name].bits) for name, look in looks.items())
    return unchanged and extents == before.extents and np.array_equal(bits, before.bits)
