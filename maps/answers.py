"""What every rule answers to every site, as the page carries it: a small number per site, a line per class of sites.

Sites that are alike in kind and blind spots have the same answers but for their findings, which the page has anyway.
A site's number is its class among those of its layer and kind, in the order in which they are met: neighbours see
the same zones and gaps, so that numbers hardly change from row to row and deflate to next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.coverage import REASONS
from layers.tally import NOT_ASKED, NOT_OF_KIND, SiteAnswers
from maps.payload import page_texts
from maps.series import Integers
from maps.style import UNKNOWN_LEVEL

# A line has a letter for each rule: the position in REASONS (0: assessed), or these.
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
OTHER_KIND, UNASKED = "-", "."
# Why a rule is not assessed although the zones at the place itself are known.
_KNOWN_PLACE = ("", "NEAR_DATA_EDGE", "ATTRIBUTE_ABSENT")


def answers_island(sites: gpd.GeoDataFrame, answers: SiteAnswers) -> tuple[Integers, dict[str, Any]]:
    """Of each row of `sites` its number, and what the page is told beside: `rules`, `reasons`, `lines`.

    `rules`: per layer the ids of its rules; `lines`: per layer and kind the line of each number; a line has a letter
    for each rule. `answers.of_site` has the order of `sites`. What is no site has the number of its class and no kind.
    """
    of_kind = _codes(sites, "layer") + _codes(sites, "kind") * len(answers.layers)
    pairs, first = pd.factorize(of_kind * (int(answers.of_site.max(initial=0)) + 1) + answers.of_site)
    rows = np.zeros(len(first), dtype=np.intp)
    rows[pairs[::-1]] = np.arange(len(sites))[::-1]
    group = of_kind[rows]
    order = np.lexsort((rows, group))
    number = np.zeros(len(first), dtype=np.int64)
    number[order] = np.arange(len(first)) - np.searchsorted(group[order], group[order])
    names = [page_texts(sites[name].iloc[rows[order]]).to_pylist() for name in ("layer", "kind")]
    lines: dict[str, dict[str, list[str]]] = {layer: {} for layer in answers.layers}
    for layer, kind, of_site in zip(*names, answers.of_site[rows[order]].tolist(), strict=True):
        lines[layer].setdefault(kind, []).append(_line(answers.layers[layer].answers[of_site]))
    for layer in answers.others:
        lines[layer][""] = [_line(line) for line in answers.layers[layer].answers]
    rules = {layer: list(one.rules) for layer, one in answers.layers.items()}
    letters = {"other_kind": OTHER_KIND, "not_asked": UNASKED}
    told = {"rules": rules, "reasons": list(REASONS), "letters": letters, "lines": lines}
    return number[pairs].astype(np.int64), told


def with_unknown_levels(
    sites: gpd.GeoDataFrame, answers: SiteAnswers, rules: Mapping[str, Mapping[str, Any]]
) -> gpd.GeoDataFrame:
    """The sites, with UNKNOWN_LEVEL where no level is given and no rule about zones could be assessed at the place."""
    level = sites["strictest_level"]
    unknown = level.isna().to_numpy(dtype=bool).copy()
    for layer, one in answers.layers.items():
        of_layer = (sites["layer"] == layer).to_numpy(dtype=bool)
        unknown[of_layer] &= ~_zones_known(one.rules, one.answers, rules)[answers.of_site[of_layer]]
    told = level.to_numpy(dtype=object, copy=True)
    told[unknown] = UNKNOWN_LEVEL
    return sites.assign(strictest_level=pd.Series(told, index=sites.index, dtype=object)) if unknown.any() else sites


def _zones_known(ids: Any, answers: Integers, rules: Mapping[str, Mapping[str, Any]]) -> NDArray[np.bool_]:
    """Of each class, whether a rule that relates to zones is assessed at its place."""
    about_zones = np.array([bool(rules.get(rule, {}).get("about_zones")) for rule in ids], dtype=bool)
    known = np.isin(answers, [REASONS.index(reason) for reason in _KNOWN_PLACE if reason in REASONS])
    return np.asarray((known & about_zones).any(axis=1), dtype=bool)


def _codes(sites: gpd.GeoDataFrame, name: str) -> Integers:
    codes = page_texts(sites[name]).dictionary_encode().indices.to_numpy()
    return np.asarray(codes, dtype=np.int64)


def _line(answers: Integers) -> str:
    unasked = {NOT_OF_KIND: OTHER_KIND, NOT_ASKED: UNASKED}
    return "".join(unasked.get(answer) or LETTERS[answer] for answer in answers.tolist())
