"""Footprints asked about once more with other attributes: what follows from the place alone, and from each value.

The engine itself is asked, in one pass for all variants, so that what is told of a value is what it would answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.footprints import attributes_of
from layers.planning import ANSWERS, NEEDS_CHECKING, NOT_ASSESSED, Answered, missing
from layers.rule_book import Rule
from layers.rule_faults import WORDS_OF, YES_OR_NO

Ask = Callable[[gpd.GeoDataFrame], Answered]
Values = Sequence[str | bool | float]
# What would be answered: (footprint, column of the rule) -> attribute -> value -> answer.
Tried = Mapping[tuple[int, int], Mapping[str, Mapping[str, str]]]


def flagged_by_place(footprints: gpd.GeoDataFrame, answered: Answered, ask: Ask) -> NDArray[np.bool_]:
    """Which footprint and rule would be flagged if nothing were known of the attributes that the rule asks for."""
    names = list(dict.fromkeys(name for rule in answered.rules for name in attributes_of(rule)))
    if not names:
        return np.asarray(answered.answer < NOT_ASSESSED)
    return np.asarray(ask(_without(footprints, names)).answer < NOT_ASSESSED)


def _without(footprints: gpd.GeoDataFrame, names: Sequence[str]) -> gpd.GeoDataFrame:
    erased = {name: pd.Series(None, index=footprints.index, dtype=object) for name in names}
    return footprints.assign(**erased)


def answers_by_value(footprints: gpd.GeoDataFrame, answered: Answered, ask: Ask) -> Tried:
    """For what needs checking, the answer that each value of each attribute that is missing would give.

    Each attribute is tried by itself, all others as they are.
    """
    rows, columns = np.nonzero(answered.answer == NEEDS_CHECKING)
    rules = [answered.rules[column] for column in np.unique(columns)]
    frame, cases = _with_values(footprints, _values_of(rules))
    if not cases:
        return {}
    tried = ask(frame).answer
    found: dict[tuple[int, int], dict[str, dict[str, str]]] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        asked = attributes_of(answered.rules[column])
        for at, (site, name, value) in enumerate(cases):
            if site == row and name in asked:
                answers = found.setdefault((row, column), {}).setdefault(name, {})
                answers[str(value).lower() if isinstance(value, bool) else str(value)] = ANSWERS[tried[at, column]]
    return found


def _values_of(rules: Sequence[Rule]) -> dict[str, list[str | bool | float]]:
    """The values that the attributes asked for may have: our words, yes and no, else those that a rule names."""
    values: dict[str, list[str | bool | float]] = {}
    for rule in rules:
        for name in attributes_of(rule):
            known: Values = list(WORDS_OF[name]) if name in WORDS_OF else [True, False] if name in YES_OR_NO else []
            named = [*rule.where.get(name, ()), *rule.unless.get(name, ())]
            if any(isinstance(value, bool) for value in named):  # what is asked yes or no is answered for both
                named = [True, False]
            values[name] = list(dict.fromkeys([*values.get(name, []), *(known or named)]))
    return values


def _with_values(
    footprints: gpd.GeoDataFrame, values: Mapping[str, Values]
) -> tuple[gpd.GeoDataFrame, list[tuple[int, str, str | bool | float]]]:
    """Each footprint once for each value of each attribute that it lacks, and which footprint, attribute and value."""
    cases = [
        (int(row), name, value)
        for name, choices in values.items()
        for row in np.flatnonzero(missing(footprints, name))
        for value in choices
    ]
    frame = footprints.iloc[[row for row, _, _ in cases]].reset_index(drop=True)
    for name in values:
        column = frame[name].to_numpy(dtype=object).copy() if name in frame else np.full(len(frame), None, object)
        for at, (_, attribute, value) in enumerate(cases):
            if attribute == name:
                column[at] = value
        frame[name] = pd.Series(column, index=frame.index, dtype=object)
    return frame, cases
