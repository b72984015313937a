"""What decides a flagged pair beyond its place: attributes of the site and the zone, dates, and how much overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.metres import ground_length
from gis.values import number
from layers.rule import Minimum, Rule
from layers.words import BOOLEANS, code_of

# Whether a condition holds: MISSING where the data do not say.
NO, MISSING, YES = 0, 1, 2

States = NDArray[np.int8]
Allowed = tuple[str | bool | float, ...]
Rows = NDArray[np.intp]


class Known(Protocol):
    """What is known of some sites and of what they relate to, each asked once (`layers.rules`)."""

    def state(self, of: str, name: str, allowed: Allowed) -> States: ...
    def built(self, day: date) -> States: ...
    def zones_of_level(self, rule: Rule) -> States: ...


class Asked(NamedTuple):
    """Per pair whether the conditions of a rule hold, and of each attribute whether its value is what is missing."""

    state: States
    missing: Mapping[str, NDArray[np.bool_]]

    def lacking(self, rows: Rows) -> list[tuple[str, ...]]:
        """Of each of the rows the names of the attributes that are missing, in the order of the rule."""
        names = list(self.missing)
        code = np.zeros(len(rows), dtype=np.int64)
        for at, name in enumerate(names):
            code |= self.missing[name][rows].astype(np.int64) << at
        distinct, place = np.unique(code, return_inverse=True)
        told = [tuple(name for at, name in enumerate(names) if one >> at & 1) for one in distinct.tolist()]
        return [told[at] for at in place.tolist()]


def conditions(rule: Rule, known: Known, subject: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]]) -> Asked:
    """Whether the attributes of each pair of site and zone (by position) are those that the rule asks for."""
    asked = {name: known.state("", name, allowed)[subject] for name, allowed in rule.where.items()}
    if rule.built_from is not None:
        asked["built_on"] = known.built(rule.built_from)[subject]
    if rule.medium is not None:
        asked["medium"] = known.state(rule.of, "medium", (rule.medium,))[target]
    for name, allowed in rule.zone_where.items():
        asked[name] = known.state(rule.of, name, allowed)[target]
    missing = {name: one == MISSING for name, one in asked.items()}
    state = np.minimum.reduce([known.zones_of_level(rule)[target], *asked.values()])
    if rule.unless:
        excused = {name: known.state("", name, allowed)[subject] for name, allowed in rule.unless.items()}
        all_fit = np.minimum.reduce(list(excused.values()))
        state = np.minimum(state, YES - all_fit).astype(np.int8)
        for name, one in excused.items():
            missing[name] = missing.get(name, False) | ((one == MISSING) & (all_fit == MISSING))
    return Asked(state, missing)


def known(values: pd.Series, allowed: Allowed) -> States:
    """YES where a value is allowed, MISSING where there is none, NO elsewhere; each distinct value looked at once.

    Where only true and false are allowed, a column of the agency's own is read as 是/否, yes/no, 1/0; a word that is
    neither is MISSING: it would be taken for a no otherwise, and a place called clear that nobody has looked at.
    A number that is allowed is compared as a number: a book's 2 is the 2, 2.0 or 02 of a table.
    """
    return coded(values).known(allowed)


class Coded(NamedTuple):
    """A column with each distinct value looked at once: the place of each row's value in `plain`, -1 for none."""

    codes: Rows
    plain: Sequence[str]

    def known(self, allowed: Allowed) -> States:
        """As `known`, for one of several rules that ask for the column."""
        spelled, plain = {_plain(value) for value in allowed}, self.plain
        truths = [isinstance(value, bool) for value in allowed]
        if any(truths):
            read = [code_of(text.removesuffix(".0"), BOOLEANS) or "" for text in plain]
            plain = [one if all(truths) or one in spelled else text for one, text in zip(read, plain, strict=True)]
        numbers = {value for value in allowed if isinstance(value, float)}
        fit = [text in spelled or (bool(numbers) and number(text) in numbers) for text in plain]
        states = [YES if fits else (NO if text else MISSING) for fits, text in zip(fit, plain, strict=True)]
        return np.asarray(np.array([*states, MISSING], dtype=np.int8)[self.codes])


def coded(values: pd.Series) -> Coded:
    """The distinct values of a column, in small letters without blanks around them, and where each stands."""
    codes, distinct = pd.factorize(values)
    return Coded(codes, [_plain(value) for value in distinct])


def _plain(value: object) -> str:
    return str(value).strip().lower()


def built_from(sites: gpd.GeoDataFrame, day: date) -> States:
    """Of each site whether it is planned, or built on `day` or later; MISSING where neither is known."""
    state = np.full(len(sites), MISSING, dtype=np.int8)
    if "built_on" in sites:
        stated = sites["built_on"].notna().to_numpy()
        later = np.array(
            [str(one) >= day.isoformat()[: len(str(one))] for one in sites["built_on"][stated]], dtype=bool
        )
        state[stated] = np.where(later, YES, NO)
    if "operating" in sites:
        state[(sites["operating"] == "planned").to_numpy()] = YES
    return state


def minimum_reached(rule: Rule, pairs: Mapping[str, NDArray[Any]], sites: gpd.GeoDataFrame) -> States:
    """Of each pair whether as much overlaps as the rule asks; MISSING where the positions are too inaccurate to tell.

    An area that is moved by its doubt gains or loses at most the doubt times its perimeter; a line is taken to
    gain or lose at most the doubt at each of its two ends.
    """
    count = len(pairs["subject"])
    if rule.minimum == Minimum() or rule.relation == "within":
        return np.full(count, YES, dtype=np.int8)
    state = np.full(count, YES, dtype=np.int8)
    least = rule.minimum
    share, doubt = pairs["overlap_share"], np.nan_to_num(pairs["doubt_m"])
    for measure, metres, part in (
        ("overlap_m2", least.area_m2, least.area_share),
        ("overlap_m", least.length_m, least.length_share),
    ):
        rows = np.flatnonzero(~np.isnan(pairs[measure]))
        if not len(rows) or (metres == 0 and part == 0):
            continue
        found = pairs[measure][rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = np.where(share[rows] > 0, found / share[rows], np.inf)
        needed = np.maximum(metres, np.where(np.isfinite(whole), part * whole, np.inf if part else 0.0))
        slack = doubt[rows] * _swept(measure, pairs["subject"][rows], sites)
        state[rows] = np.select([found - slack >= needed, found + slack >= needed], [YES, MISSING], NO)
    return state


def _swept(measure: str, subject: Sequence[int] | NDArray[Any], sites: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """How much an overlap changes at most for each metre that the subject moves."""
    if measure == "overlap_m":
        return np.full(len(subject), 2.0)
    outlines = shapely.boundary(sites.geometry.to_numpy()[subject])
    return np.asarray(ground_length(outlines), dtype=float)
