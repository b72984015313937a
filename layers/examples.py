"""The examples of rules, run through the same engine as real data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gis.faults import Fault
from gis.metres import radii
from layers.record_examples import record_answer
from layers.rule_book import ZONES, Example, Rule, RuleSet
from layers.rules import check
from layers.surroundings import SUBJECT_ID, TARGET_ID

# Where the drawings are laid down: in a row along the parallel of middle Guizhou, 30 km apart.
# Any place answers the same.
_WEST, _LATITUDE, _STEP = 75.0, 26.6, 0.3
_PER_CHECK = 300

Case = tuple[Rule, int, Example]


def answers(rules: RuleSet) -> dict[tuple[str, int], str]:
    """The result the engine gives for each example, by rule id and number of the example from 1.

    An attribute of `where` or `zone_where` (or the zone's `medium`) that the example does not mention counts as
    fitting, one of `unless` as not fitting; one given as `""` is missing.
    """
    every = [
        (rule, number, example) for rule in rules.rules.values() for number, example in enumerate(rule.example, start=1)
    ]
    cases = [case for case in every if case[0].placed]
    cases.sort(key=lambda case: (case[0].a_day(), case[0].id))
    given = {
        (rule.id, number): record_answer(rule, example, _attributes(rule, example), rules, _laid_down)
        for rule, number, example in every
        if not rule.placed
    }
    for day, of_day in groupby(cases, key=lambda case: case[0].a_day()):
        together = list(of_day)
        for start in range(0, len(together), _PER_CHECK):
            given |= _answers(together[start : start + _PER_CHECK], rules, day)
    return given


def wrong_examples(rules: RuleSet) -> list[Fault]:
    """A fault for each example whose result is not the one that its book says."""
    given = answers(rules)
    faults = []
    for (rule_id, number), found in given.items():
        example = rules.rules[rule_id].example[number - 1]
        if found != example.result:
            facts = {"expected": example.result, "found": found, "subject": example.subject, "zone": example.zone}
            book = rules.book_of[rule_id].jurisdiction
            faults.append(Fault("EXAMPLE_FAILS", file=book, column=f"{rule_id}.example.{number}", facts=facts))
    return faults


def _answers(cases: Sequence[Case], rules: RuleSet, day: date) -> dict[tuple[str, int], str]:
    """All cases of one day in one check; each is read off its own rule's finding of its own zone."""
    used = rules._replace(rules={rule.id: rule for rule, _, _ in cases})
    frames: dict[str, gpd.GeoDataFrame] = {}
    placed = list(enumerate(cases))
    for layer in {rule.subject for rule, _, _ in cases}:
        frames[layer] = _laid_down(
            (at, case[2].subject, _subject(case)) for at, case in placed if case[0].subject == layer
        )
    for of in {rule.of for rule, _, _ in cases}:
        frames[of] = _laid_down((at, case[2].zone, _target(case)) for at, case in placed if case[0].of == of)
    findings = check(frames, used, as_of=day, complete_within_metres=1e6).findings
    own = findings[findings["subject_id"] == findings["zone_id"]]
    found = dict(zip(zip(own["rule_id"], own["subject_id"], strict=True), own["result"], strict=True))
    return {(rule.id, number): found.get((rule.id, f"{rule.id}#{number}"), "clear") for rule, number, _ in cases}


def _subject(case: Case) -> Mapping[str, Any]:
    rule, number, example = case
    columns: dict[str, Any] = {
        SUBJECT_ID[rule.subject]: f"{rule.id}#{number}",
        "name": "S",
        "source_file": "",
        "source_row": 1,
    }
    columns["kind"] = example.kind or (rule.kinds[0] if rule.kinds else "other")
    return {"located_to_metres": np.nan, **columns, **_attributes(rule, example)}


def _attributes(rule: Rule, example: Example) -> dict[str, Any]:
    """The attributes of the subject that decide, as the example gives them or else so that they fit."""
    fitting: dict[str, Any] = {name: allowed[0] for name, allowed in rule.where.items()}
    fitting |= {name: _another(allowed) for name, allowed in rule.unless.items()}
    if rule.built_from:
        fitting["built_on"] = rule.built_from.isoformat()
    return fitting | _given(example.attributes)


def _target(case: Case) -> Mapping[str, Any]:
    rule, number, example = case
    columns: dict[str, Any] = {
        TARGET_ID[rule.of]: f"{rule.id}#{number}",
        "name": "Z",
        "valid_from": None,
        "valid_to": None,
    }
    if rule.of == ZONES:
        columns["level"] = example.level or (rule.levels[0] if rule.levels else "1")
        columns["medium"] = rule.medium if example.medium is None else example.medium or None
    columns |= {name: allowed[0] for name, allowed in rule.zone_where.items()}
    return columns | _given(example.zone_attributes)


def _given(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What an example says of attributes: "" is none, a day is written as in data."""
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in attributes.items()}
    return {name: None if value == "" else value for name, value in values.items()}


def _another(allowed: Sequence[str | bool | float]) -> object:
    """A value that is none of these, so that `unless` excuses nothing."""
    return not allowed[0] if isinstance(allowed[0], bool) else f"not {allowed[0]}"


def _laid_down(drawings: Iterable[tuple[int, str, Mapping[str, Any]]]) -> gpd.GeoDataFrame:
    """Drawings in metres, each at its place in the row, as a frame in longitude and latitude."""
    meridian, prime_vertical = (float(radius) for radius in radii(np.array(_LATITUDE)))
    scale = np.degrees([1 / (prime_vertical * np.cos(np.radians(_LATITUDE))), 1 / meridian])
    rows, geometries = [], []
    for at, wkt, columns in drawings:
        origin = (_WEST + _STEP * at, _LATITUDE)
        geometries.append(
            shapely.transform(shapely.from_wkt(wkt), lambda metres, origin=origin: metres * scale + origin)
        )
        rows.append(columns)
    names = sorted({name for columns in rows for name in columns})
    columns = {name: [row.get(name) for row in rows] for name in names}
    frame = gpd.GeoDataFrame(columns, geometry=geometries, crs="EPSG:4326")
    if "located_to_metres" in frame:
        frame["located_to_metres"] = frame["located_to_metres"].astype(float)
    return frame
