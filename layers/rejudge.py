"""Sites judged anew only where something changed: their own row, or a zone that they could see.

What was judged is kept by the content of the rows, of the zones and of the rules (`gis.kept`); no clock decides,
and the answers are those that `layers.rules.judge` would give.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis import nearby
from gis.kept import Kept, digest
from gis.metres import degrees_for
from layers.coverage import Extent
from layers.kept_answers import Record, Seen, packed, unpacked
from layers.programs import programs
from layers.row_hashes import Hashes, row_hashes
from layers.rule_book import Rule
from layers.rules import Judged, in_order, judge, judge_among
from layers.surroundings import Look, Surroundings

Integers = NDArray[np.int64]
# Of so small a share of the sites on, making only the zones around them ready is the cheaper way.
_FEW = 0.1
_SITE_COLUMNS = ("kind", "located_to_metres")


class Compared(NamedTuple):
    """The rows of a layer beside those that an earlier run judged.

    `earlier`: where each row stood, -1 where it was not judged. `anew`: the rows to be judged, by position; all where
    nothing usable was kept. `before` and `now`: what was judged and seen then, and what is seen now.
    """

    earlier: Integers
    anew: NDArray[np.intp]
    before: Record | None
    now: Seen


def compare(sites: gpd.GeoDataFrame, layer: str, around: Surroundings, kept: Kept) -> Compared:
    """Which rows must be judged: those that changed, and those that can see something that did."""
    related = around.related_to(layer)
    looks = {of: around.look(of) for of in related} | {f"{of}-refused": around.look(of, refused=True) for of in related}
    bits = row_hashes(sites, (*_SITE_COLUMNS, *_asked(layer, around)))
    now = Seen(bits, looks, _extents_digest(layer, around))
    data = kept.get(_name(layer), _key(layer, around))
    if data is None:
        return Compared(np.full(len(sites), -1), np.arange(len(sites)), None, now)
    before = unpacked(data)
    earlier = _positions(bits, before.seen.bits)
    changed = earlier < 0
    for name, look in looks.items():
        reach = around.farthest(layer, name.removesuffix("-refused"))
        changed |= _near_changes(sites, look, before.seen.looks[name], reach)
    return Compared(earlier, np.flatnonzero(changed), before, now)


def rejudge(sites: gpd.GeoDataFrame, layer: str, around: Surroundings, compared: Compared) -> Judged:
    """As `layers.rules.judge` of all sites, but only those of `compared.anew` are judged."""
    before, now, rows = compared.before, compared.now, compared.anew
    if before is None:
        return judge(sites, layer, around)
    if before.seen.same(now):
        return before.judged
    few = len(rows) < _FEW * len(sites)
    if few:
        fresh = judge_among(sites.iloc[rows], layer, *around.around(sites.iloc[rows], layer))
    else:
        fresh = judge(sites.iloc[rows], layer, around)
    known = np.ones(len(sites), dtype=bool)
    known[rows] = False
    moves = {of: _positions(before.seen.looks[of].bits, now.looks[of].bits) for of in around.related_to(layer)}
    moved = _moved(before.judged.flagged, compared.earlier, np.flatnonzero(known), moves, around.rules_of(layer))
    found = {**fresh.flagged, "subject": rows[fresh.flagged["subject"].to_numpy()]}
    judged = Judged(
        in_order([moved, found]),
        _merged(before.judged.blind, fresh.blind, compared),
        _merged(before.judged.level, fresh.level, compared),
        _merged(before.judged.share, fresh.share, compared),
    )
    if before.seen.extents != now.extents:
        return judged._replace(blind=around.blind_spots(sites, layer))
    return judged


def keep(judged: Judged, layer: str, around: Surroundings, compared: Compared, kept: Kept) -> None:
    """Nothing; what was judged is kept for the next run, unless it is what was kept before."""
    if compared.before is None or not compared.before.seen.same(compared.now):
        kept.put(_name(layer), _key(layer, around), packed(Record(judged, compared.now)))


def _merged(was: NDArray[Any], fresh: NDArray[Any], compared: Compared) -> NDArray[Any]:
    """A column of what was judged, with the rows that were judged anew."""
    merged = np.zeros((len(compared.earlier), *was.shape[1:]), was.dtype)
    known = compared.earlier >= 0
    merged[known] = was[compared.earlier[known]]
    merged[compared.anew] = fresh
    return merged


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


def _moved(
    flagged: pd.DataFrame, earlier: Integers, rows: Integers, moves: Mapping[str, Integers], rules: Sequence[Rule]
) -> dict[str, NDArray[Any]]:
    """The flagged pairs of the rows that were judged before, at their present positions.

    `moves`: per layer, from the position of each zone before to its position now, -1 where it is gone.
    """
    subject = flagged["subject"].to_numpy()
    start, end = np.searchsorted(subject, earlier[rows]), np.searchsorted(subject, earlier[rows], side="right")
    count = end - start
    pairs = np.repeat(start - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    kept = {str(name): flagged[name].to_numpy()[pairs] for name in flagged.columns}
    target = kept["target"].astype(np.int64)
    for number, rule in enumerate(rules):
        own = kept["rule"] == number
        target[own] = moves[rule.of][target[own]]
    if (target < 0).any():
        raise AssertionError("a flagged zone is gone, but the site near it was not judged again")
    return {**kept, "subject": np.repeat(rows, count), "target": target}


# --- What decides whether something kept still holds -----------------------------------------


def _asked(layer: str, around: Surroundings) -> list[str]:
    """The attributes that the rules of a layer ask for."""
    rules = around.rules_of(layer)
    dates = {"built_on", "operating"} if any(rule.built_from for rule in rules) else set()
    return sorted(dates | {name for rule in rules for name in (*rule.where, *rule.unless)})


def _extents_digest(layer: str, around: Surroundings) -> str:
    """Of everything that says how far around a site is known, besides the refused rows."""
    districts = around.look("districts").bits.tobytes()
    extents = {reach.of: around.extents[reach.of] for reach in around.reaches_of(layer)}
    told = [f"{of} {extent.assumption}" for of, extent in extents.items()]
    areas = [_wkb(extent) for extent in extents.values()]
    return digest(districts, *told, *areas)


def _wkb(extent: Extent) -> bytes:
    return b"" if extent.area is None else bytes(shapely.to_wkb(extent.area))


def _name(layer: str) -> str:
    return f"judged-{layer.replace('_', '-')}"


def _key(layer: str, around: Surroundings) -> str:
    """Of everything else that an answer follows from: the rules in force, the words, the programs."""
    rules = [
        [
            rule.model_dump_json(),
            around.rules.statutory(rule),
            rule.is_reviewed(around.as_of),
            str(around.relied_on_until(rule)),
        ]
        for rule in around.rules_of(layer)
    ]
    levels = {code: [word.zh, word.en] for code, word in around.rules.levels.items()}
    return digest(json.dumps([layer, rules, levels], ensure_ascii=False), programs())
