"""What rules say of records, not of places: what they state, how good the water is, and the ledger beside them.

The rules of relation `status` and `quality`. They are judged after the rules of place (`layers.rules`), for some
ask what those found: whether the source of a finished problem still violates, whether a violation is on the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis import nearby, relate
from layers import record_texts as texts
from layers.columns import cells
from layers.conditions import MISSING, NO, YES, States, built_from, known
from layers.coverage import REASONS
from layers.findings import MEASURES
from layers.ledger_ties import LEDGER, SOURCES, Ledger
from layers.rule import TARGET, ZONES, Rule, class_rank
from layers.surroundings import Surroundings, kinds_of, reach_of
from layers.verdicts import out_of_date
from layers.words import FINISHED_STATUSES

NOT_ASKED = -1
_ABSENT, _OUT_OF_DATE = REASONS.index("ATTRIBUTE_ABSENT"), REASONS.index("LAYER_OUT_OF_DATE")
_VIOLATION, _CHECK = 0, 1
_OF_EVERY_SITE = ("operating", "built_on")

Codes = NDArray[np.int8]


class Recorded(NamedTuple):
    """What the rules about records say of the rows of one layer.

    `flagged`: columns of `layers.rules.FLAGGED_COLUMNS`, equally long arrays; the target is -1 where there is none.
    `codes`: by position of the rule among those of the layer, per row: 0 assessed, a position in
    `layers.coverage.REASONS` where it is not, NOT_ASKED where the rule does not concern the row. `cited`: citations
    (Chinese, English) by rule and row, of findings that cite what another finding cites. `unstated`: by rule id, how
    many sites of its kinds do not state what it asks for.
    """

    flagged: Sequence[Mapping[str, Any]]
    codes: Mapping[int, Codes]
    cited: Mapping[tuple[int, int], tuple[str, str]]
    unstated: Mapping[str, int]


class _Found(NamedTuple):
    """The answers of one rule: per row a state, the code of what is not assessed, and what to say of flagged rows."""

    state: States
    codes: Codes
    told: Callable[[int, str], str]
    target: NDArray[np.int32] | None = None
    rows: NDArray[np.intp] | None = None  # the row of each state, where a row may have several
    measures: Mapping[str, NDArray[np.float64]] = {}
    inherits: bool = False  # a violation that another finding stands for


def judge_records(layer: str, frame: gpd.GeoDataFrame, around: Surroundings, ledger: Ledger) -> Recorded:
    """What the rules of relation `status` and `quality` say of the rows of `layer`.

    `ledger` holds what sources and remediation sites know of each other. A site whose record does not state what a
    `status` rule asks for is not asked; a section or zone is not assessed where its layer has no such column, and
    to be checked where only its own cell is empty.
    """
    flagged: list[Mapping[str, Any]] = []
    codes: dict[int, Codes] = {}
    cited: dict[tuple[int, int], tuple[str, str]] = {}
    unstated: dict[str, int] = {}
    fits = _kinds(frame)
    for number, rule in enumerate(around.rules_of(layer)):
        if rule.placed:
            continue
        found = _answered(rule, layer, frame, around, ledger)
        if around.relied_on_until(rule) is not None:
            found = found._replace(codes=np.where(found.codes == 0, _OUT_OF_DATE, found.codes).astype(np.int8))
        asked = fits(rule)
        codes[number] = np.where(asked, found.codes, NOT_ASKED).astype(np.int8)
        if rule.relation == "status" and rule.case is None and layer in (SOURCES, LEDGER):
            unstated[rule.id] = int((found.codes[asked] == NOT_ASKED).sum())
        part = _flagged(rule, number, found, asked, around)
        if part:
            flagged.append(part)
            if rule.case == "still_violating":
                cited |= {(number, int(row)): ledger.citation_of(frame, int(row)) for row in part["subject"]}
    return Recorded(flagged, codes, cited, unstated)


def _kinds(frame: gpd.GeoDataFrame) -> Callable[[Rule], NDArray[np.bool_]]:
    codes, words = pd.factorize(kinds_of(frame))

    def fits(rule: Rule) -> NDArray[np.bool_]:
        return np.asarray(np.array([rule.kinds is None or word in rule.kinds for word in words], dtype=bool)[codes])

    return fits


def _answered(rule: Rule, layer: str, frame: gpd.GeoDataFrame, around: Surroundings, ledger: Ledger) -> _Found:
    if rule.relation == "quality":
        return _quality(rule, frame, around)
    if rule.case == "still_violating":
        return _still_violating(frame, ledger)
    if rule.case == "not_on_ledger":
        return _not_on_ledger(frame, ledger)
    if rule.case == "overdue":
        return _overdue(frame, around.as_of)
    if rule.case is not None:
        return _nested(rule, frame, around)
    return _stated(rule, layer, frame, around.as_of)


def _flagged(
    rule: Rule, number: int, found: _Found, asked: NDArray[np.bool_], around: Surroundings
) -> dict[str, Any] | None:
    """The flagged rows of a rule as FLAGGED_COLUMNS."""
    rows = np.arange(len(asked)) if found.rows is None else found.rows
    at = np.flatnonzero((found.state != NO) & asked[rows] & (found.codes[rows] != NOT_ASKED))
    if not len(at):
        return None
    until = around.relied_on_until(rule)
    stands = (found.inherits or rule.forbids(around.as_of)) and until is None
    decided = (found.state[at] == YES) & (rule.effect == "prohibited") & stands
    nothing = np.full(len(at), np.nan)
    told = [
        [
            texts.with_why(found.told(int(one), language), rule, around, language)
            + ("" if until is None else out_of_date(until, language))
            for one in at
        ]
        for language in ("zh", "en")
    ]
    return {
        "subject": rows[at],
        "rule": np.full(len(at), number),
        "target": np.full(len(at), -1) if found.target is None else found.target[at],
        "result": np.where(decided, _VIOLATION, _CHECK),
        **{name: found.measures[name][at] if name in found.measures else nothing for name in MEASURES},
        "text_zh": told[0],
        "text_en": told[1],
    }


# --- What a record states --------------------------------------------------------------------


def _stated(rule: Rule, layer: str, frame: gpd.GeoDataFrame, as_of: date) -> _Found:
    """Whether the attributes are those that the rule asks for."""
    where = {name: _state(frame, name, allowed) for name, allowed in rule.where.items()}
    where |= {name: _older(frame, name, years, as_of) for name, years in rule.older_than_years.items()}
    if rule.built_from is not None:
        where["built_on"] = built_from(frame, rule.built_from)
    excused = {name: _state(frame, name, allowed) for name, allowed in rule.unless.items()}
    every = [np.full(len(frame), YES, dtype=np.int8), *where.values()]
    if excused:
        every.append((YES - np.minimum.reduce(list(excused.values()))).astype(np.int8))
    concerned = _of_level_and_medium(rule, frame)
    state = np.minimum.reduce([*every, np.where(concerned == NO, NO, YES).astype(np.int8)])
    state = np.where((state == YES) & (concerned == MISSING), MISSING, state).astype(np.int8)
    codes = np.where(concerned == NO, NOT_ASKED, 0)
    asked = {**where, **excused}
    if layer in (SOURCES, LEDGER):
        codes[(state == MISSING) & _silent(where, excused)] = NOT_ASKED
    else:
        absent = [name for name in asked if name not in frame or not frame[name].notna().any()]
        codes[(state == MISSING) & (len(absent) > 0)] = _ABSENT
        state = np.where(codes == _ABSENT, NO, state).astype(np.int8)

    def told(row: int, language: str) -> str:
        lacking = [name for name, one in asked.items() if one[row] == MISSING]
        return texts.stated({name: _value(frame, name, row) for name in asked}, lacking, language)

    return _Found(state, codes.astype(np.int8), told)


def _silent(where: Mapping[str, States], excused: Mapping[str, States]) -> NDArray[np.bool_]:
    """Of each site whether its record says nothing of what the rule is about.

    Whether it operates and since when is asked of every site and is not what a rule is about: an outfall without
    approval that may be closed is to be checked.
    """
    about = [one == MISSING for name, one in where.items() if name not in _OF_EVERY_SITE]
    if about:
        return np.asarray(np.logical_or.reduce(about), dtype=bool)
    return np.asarray(np.logical_and.reduce([one == MISSING for one in (excused or where).values()]), dtype=bool)


def _state(frame: gpd.GeoDataFrame, name: str, allowed: tuple[str | bool | float, ...]) -> States:
    return known(frame[name], allowed) if name in frame else np.full(len(frame), MISSING, dtype=np.int8)


def _older(frame: gpd.GeoDataFrame, name: str, years: float, as_of: date) -> States:
    """Whether a day lies more than so many years before `as_of`."""
    state = np.full(len(frame), MISSING, dtype=np.int8)
    if name in frame:
        days = pd.to_datetime(frame[name], errors="coerce", format="ISO8601")
        age = (pd.Timestamp(as_of) - days).dt.days.to_numpy(dtype=float) / 365.2425
        state[~np.isnan(age)] = np.where(age[~np.isnan(age)] > years, YES, NO)
    return state


def _of_level_and_medium(rule: Rule, frame: gpd.GeoDataFrame) -> States:
    state = np.full(len(frame), YES, dtype=np.int8)
    if rule.levels is not None and "level" in frame:
        state[~frame["level"].isin(rule.levels).to_numpy()] = NO
    if rule.medium is not None:
        state = np.minimum(state, _state(frame, "medium", (rule.medium,)))
    return state


def _value(frame: gpd.GeoDataFrame, name: str, row: int) -> object:
    value = frame[name].iloc[row] if name in frame else None
    return None if value is None or value != value else value


# --- The ledger and the sources --------------------------------------------------------------


def _still_violating(frame: gpd.GeoDataFrame, ledger: Ledger) -> _Found:
    """A finished problem whose source still violates; one whose source is not in the data is to be checked."""
    source, status = cells(frame, "source_id"), cells(frame, "status")
    state, codes = np.full(len(frame), NO, dtype=np.int8), np.zeros(len(frame), dtype=np.int8)
    for row, (one, word) in enumerate(zip(source, status, strict=True)):
        if word not in FINISHED_STATUSES or one is None or one != one:
            codes[row] = NOT_ASKED
        else:
            state[row], codes[row] = ledger.source_state(str(one))
    return _Found(
        state, codes, lambda row, language: ledger.told(str(source[row]), str(status[row]), language), inherits=True
    )


def _not_on_ledger(frame: gpd.GeoDataFrame, ledger: Ledger) -> _Found:
    """A source with a violation that no remediation site is about; where none is known, as well known as its place."""
    codes = np.zeros(len(frame), dtype=np.int8)
    if ledger.about is None:
        codes[:] = NOT_ASKED
    elif ledger.unknown_here is not None:
        codes = np.where(ledger.violating_here, 0, ledger.unknown_here).astype(np.int8)
    state = np.where(ledger.violating_here & ~ledger.covered(frame), YES, NO).astype(np.int8)
    return _Found(state, codes, lambda _, language: texts.NOT_ON_LEDGER[language])


def _overdue(frame: gpd.GeoDataFrame, as_of: date) -> _Found:
    """A problem whose deadline has passed while the work is not finished."""
    deadline, status = cells(frame, "deadline"), cells(frame, "status")
    stated = pd.notna(deadline) & pd.notna(status)
    late = np.zeros(len(frame), dtype=bool)
    late[stated] = [
        str(day) < as_of.isoformat() and word not in FINISHED_STATUSES
        for day, word in zip(deadline[stated], status[stated], strict=True)
    ]
    codes = np.where(stated, 0, NOT_ASKED).astype(np.int8)
    state = np.where(late, YES, NO).astype(np.int8)
    return _Found(
        state, codes, lambda row, language: texts.overdue(str(deadline[row]), str(status[row]), as_of, language)
    )


# --- Water quality ---------------------------------------------------------------------------


def _quality(rule: Rule, frame: gpd.GeoDataFrame, around: Surroundings) -> _Found:
    """Sections whose class is worse than it must be, in the zones of the rule's levels or anywhere."""
    has = cells(frame, "measured_class")
    measured = [class_rank(one) for one in has]
    wanted = list(cells(frame, "target_class")) if rule.worse_than == TARGET else [rule.worse_than] * len(frame)
    limits = [class_rank(one) for one in wanted]
    worse = np.array(
        [MISSING if a is None or b is None else (YES if a > b else NO) for a, b in zip(measured, limits, strict=True)],
        dtype=np.int8,
    )

    def of_class(row: int, language: str) -> str:
        return texts.quality(rule, has[row], wanted[row], language)

    if not rule.relates:
        codes = np.where(worse == MISSING, _ABSENT, 0).astype(np.int8)
        return _Found(np.where(worse == YES, YES, NO).astype(np.int8), codes, of_class)
    return _quality_in_zones(rule, frame, around, worse, of_class)


def _quality_in_zones(
    rule: Rule, frame: gpd.GeoDataFrame, around: Surroundings, worse: States, of_class: Callable[[int, str], str]
) -> _Found:
    """Of each section and zone of the levels that it lies in whether the class is worse than it must be."""
    blind = around.blind_spots(frame, "river_sections")[:, around.reaches_of("river_sections").index(reach_of(rule))]
    zones = around.frames.get(ZONES)
    if zones is None or not len(zones):
        return _Found(np.full(len(frame), NO, dtype=np.int8), blind, of_class)
    pairs = relate.inside_of(nearby.measure(frame, around.targets(ZONES), metres=0.0))
    level = zones["level"].to_numpy(dtype=object)
    kept = np.isin(level[pairs["zone"].to_numpy()], list(rule.levels or around.rules.levels))
    medium = np.full(len(zones), YES, dtype=np.int8)
    if rule.medium is not None:
        medium = _state(zones, "medium", (rule.medium,))
    pairs = pairs[kept & (medium[pairs["zone"].to_numpy()] != NO)].reset_index(drop=True)
    rows, target = pairs["subject"].to_numpy(), pairs["zone"].to_numpy()
    sure = (pairs["holds"] & pairs["certain"]).to_numpy()
    stands = sure & (medium[target] == YES)
    state = np.where(stands, worse[rows], np.minimum(worse[rows], MISSING))
    codes = blind.copy()
    unknown = np.zeros(len(frame), dtype=bool)
    unknown[rows[worse[rows] == MISSING]] = True
    codes[unknown] = _ABSENT
    state = np.where(worse[rows] == MISSING, NO, state).astype(np.int8)
    measures = {name: pairs[name].to_numpy().round(digits) + 0.0 for name, digits in MEASURES.items()}

    def told(at: int, language: str) -> str:
        lying = texts.in_zone(zones.iloc[int(target[at])], around.rules.levels, language, sure=bool(sure[at]))
        unknown_medium = texts.lacking(["medium"] if medium[target[at]] == MISSING else [], language)
        return texts.joined([of_class(int(rows[at]), language), lying, unknown_medium], language)

    return _Found(state, codes, told, target.astype(np.int32), rows, measures)


# --- How zones lie in each other -------------------------------------------------------------


def _nested(rule: Rule, frame: gpd.GeoDataFrame, around: Surroundings) -> _Found:
    """Land of a stricter level outside the next one, land between them, and zones of different sources that overlap.

    A zone that names no source is not assessed: nobody can say which levels are its own.
    """
    found = around.nesting
    unnamed = np.array([one is None or one != one or not str(one).strip() for one in cells(frame, "source_name")])
    own = found[found["case"] == rule.case].reset_index(drop=True)
    rows, target = own["subject"].to_numpy(dtype=np.intp), own["target"].to_numpy(dtype=np.int32)
    measures = {name: own[name].to_numpy(dtype=float) for name in MEASURES if name in own}
    return _Found(
        np.full(len(own), YES, dtype=np.int8),
        np.where(unnamed, _ABSENT, 0).astype(np.int8),
        lambda at, language: str(own[f"text_{language}"].iloc[at]),
        target,
        rows,
        measures,
    )
