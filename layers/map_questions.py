"""What the map needs to answer about places itself, as `headwater check-site` would: the rules in force for pollution
sources as plain data, where layers are complete, and the places of refused rows.

The page works out the same answers from it (maps/page/judging.js), and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.faults import codes
from gis.nearby import EDGE_METRES
from layers.conditions import YES, coded
from layers.coverage import REASONS
from layers.findings import LANGUAGES
from layers.footprints import SOURCES, attributes_known, attributes_of
from layers.planning import ANSWERS
from layers.rule_book import Rule
from layers.rule_faults import WORDS_OF, YES_OR_NO
from layers.site_answers import OUTSIDE
from layers.surroundings import TARGET_ID, Surroundings, reach_of
from layers.verdicts import OF_NAMES, PLACE, WHY
from layers.words import ATTRIBUTES, BOOLEANS, WORDS_OF_VALUES, fold

# What a rule says of itself as its book writes it.
_AS_WRITTEN = ("id", "kinds", "levels", "medium", "relation", "within_m", "of", "case", "effect", "severity")
# Attributes that change which law is cited, or how a record is read: they are for check-site.
_NOT_ON_THE_MAP = ("built_on",)


class MapQuestions(NamedTuple):
    """`facts`: plain data for JSON. `extents`: per layer where it is complete, None for nowhere. `refused`: the places
    of refused rows, their layer in `of`.
    """

    facts: Mapping[str, Any]
    extents: Mapping[str, shapely.Geometry | None]
    refused: gpd.GeoDataFrame


def map_questions(around: Surroundings) -> MapQuestions:
    """What a page needs to answer about proposed sources in these surroundings, which know of sources."""
    rules = around.rules_of(SOURCES)
    layers = around.related_to(SOURCES)
    asked = sorted({rule.of for rule in rules if rule.relates})
    facts: dict[str, Any] = {
        "answers": ANSWERS,
        "reasons": {code: codes()[code]["reason"] for code in REASONS if code} | {"": {"zh": "", "en": ""}},
        "reason_codes": REASONS,
        "edge_m": EDGE_METRES,
        "layers": {of: TARGET_ID[of] for of in layers if of in around.frames},
        "rules": [_rule(rule, around) for rule in rules],
        "extents": {of: around.extents[of].assumption for of in asked},
        "out_of_date": {kind: day.isoformat() for kind, day in around.out_of_date.items()},
        "has_districts": "districts" in around.frames,
        "sentences": {"place": PLACE, "why": WHY, "outside": OUTSIDE, "of": OF_NAMES},
        **_words(rules, around),
    }
    refused = [around.refused[of].geometry for of in asked if of in around.refused]
    of_rows = [of for of in asked if of in around.refused for _ in range(len(around.refused[of]))]
    places = np.concatenate([np.zeros(0, dtype=object), *(one.to_numpy() for one in refused)])
    return MapQuestions(
        facts,
        {of: around.extents[of].area for of in asked},
        gpd.GeoDataFrame({"of": pd.Series(of_rows, dtype=object)}, geometry=places, crs="EPSG:4326"),
    )


def _rule(rule: Rule, around: Surroundings) -> dict[str, Any]:
    """A rule as the page asks it: what it does not have is left out."""
    until = around.relied_on_until(rule)
    told: dict[str, Any] = {name: getattr(rule, name) for name in _AS_WRITTEN}
    told |= {name: _values(getattr(rule, name)) for name in ("where", "unless")}
    told["zone_where"] = {name: _spelled(name, allowed, rule, around) for name, allowed in rule.zone_where.items()}
    told |= {
        "older_than_years": dict(rule.older_than_years),
        "minimum": {name: value for name, value in rule.minimum.model_dump().items() if value},
        "built_from": rule.built_from and rule.built_from.isoformat(),
        "attributes": attributes_of(rule),
        "reach": reach_of(rule).metres,
        "forbids": rule.forbids(around.as_of),
        "until": until and until.isoformat(),
        "statutory": around.rules.statutory(rule),
        "reviewed": rule.is_reviewed(around.as_of),
        "citation": {one: around.rules.citation(rule, one, as_of=around.as_of) for one in LANGUAGES},
        "remedy": rule.remedy.model_dump(),
        "filing": rule.filing and rule.filing.model_dump(),
    }
    return {name: value for name, value in told.items() if value is not None and value != {}}


def _spelled(name: str, allowed: Sequence[Any], rule: Rule, around: Surroundings) -> list[Any]:
    """What is allowed of a column, with every spelling in the layer of the numbers among it: 2 is also ２ and 2,0."""
    frame = around.frames.get(rule.of)
    if frame is None or name not in frame or not any(isinstance(one, float) for one in allowed):
        return list(allowed)
    column = coded(frame[name])
    fit = column.known(tuple(allowed))
    spelled = sorted({column.plain[code] for code in column.codes[fit == YES].tolist()})
    return [*allowed, *(text for text in spelled if text not in {str(one).lower() for one in allowed})]


def _values(values: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(allowed) for name, allowed in values.items()}


def _words(rules: Sequence[Rule], around: Surroundings) -> dict[str, Any]:
    """The attributes that may be stated, what they may be, and what all of them are called."""
    choices: dict[str, list[Any]] = {}
    for rule in rules:
        for name in attributes_of(rule):
            named = [*rule.where.get(name, ()), *rule.unless.get(name, ())]
            truths = name in YES_OR_NO or any(isinstance(value, bool) for value in named)
            known = list(WORDS_OF[name]) if name in WORDS_OF else [True, False] if truths else named
            if name not in _NOT_ON_THE_MAP:
                choices[name] = list(dict.fromkeys([*choices.get(name, []), *known]))
    stated = [name for name in attributes_known(around.rules) if name not in _NOT_ON_THE_MAP]
    called = {name: ATTRIBUTES[name] for rule in rules for name in (*attributes_of(rule), *rule.zone_where, "medium")
              if name in ATTRIBUTES}  # fmt: skip
    return {
        "choices": choices,
        "stated": stated,
        "attributes": {name: {"zh": word.zh, "en": word.en} for name, word in called.items()},
        "values": {code: {"zh": word.zh, "en": word.en} for table in reversed(WORDS_OF_VALUES)
                   for code, word in table.items()},
        "booleans": {fold(spelling): code for code, word in BOOLEANS.items()
                     for spelling in (code, word.zh, word.en, *word.also)},
    }  # fmt: skip
