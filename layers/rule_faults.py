"""What is wrong with a rule beyond its words and types: keys that do not fit together, words that never match."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

import shapely

from layers.rule import CASES, ZONES, Example, Rule, Values
from layers.words import AQUIFERS, MEDIA, OPERATING, STATUSES, WATER_TYPES, Word

SITES = ("pollution_sources", "remediation_sites")

# The attributes whose values are words of ours, with the table of them.
WORDS_OF: Mapping[str, Mapping[str, Word]] = {
    "operating": OPERATING,
    "status": STATUSES,
    "medium": MEDIA,
    "water_type": WATER_TYPES,
    "aquifer": AQUIFERS,
}
YES_OR_NO = ("discharges", "related_to_supply", "approved", "signs", "fence", "only_source", "backup_source")
_OURS = (*WORDS_OF, *YES_OR_NO, "responsible_unit", "name", "problem", "built_on", "risk_survey_on")
# An example this near to a boundary is drawn on it.
_ON_EDGE = 0.01


def faults_of(rule: Rule) -> Iterator[str]:
    """What is wrong with the rule, a line each."""
    yield from _relation_faults(rule)
    for name in ("kinds", "levels"):
        if getattr(rule, name) == ():
            yield f"{name}: an empty list would match nothing; leave it out for every one"
    for name in ("where", "unless", "zone_where"):
        yield from _value_faults(name, getattr(rule, name))
    if rule.from_ and rule.to and rule.from_ > rule.to:
        yield f"from: {rule.from_} is after to = {rule.to}"
    yield from _example_faults(rule)


def _relation_faults(rule: Rule) -> Iterator[str]:
    if (rule.relation == "within") != (rule.within_m is not None):
        yield 'within_m: needed with relation = "within", and only there'
    if rule.of != ZONES and (rule.levels is not None or rule.medium is not None):
        yield f"levels, medium: only protection_zones have them, not {rule.of}"
    if rule.relation in ("inside", "crosses") and rule.of in ("rivers", "intakes"):
        yield f'of: {rule.of} has no inside; use relation = "within"'
    if rule.placed and rule.subject not in SITES:
        yield f'relation: {rule.subject} take "quality" or "status", not "{rule.relation}"'
    if (rule.relation == "quality") != (rule.worse_than is not None):
        yield 'worse_than: needed with relation = "quality", and only there'
    if rule.relation == "quality" and rule.subject != "river_sections":
        yield 'relation: only river_sections have a "quality"'
    if rule.case is not None and (rule.relation != "status" or rule.subject != CASES[rule.case]):
        yield f'case: {rule.case} needs relation = "status" and subject = "{CASES[rule.case]}"'
    if rule.relation == "status":
        yield from _status_faults(rule)
    if not rule.placed and (rule.zone_where or rule.minimum != type(rule.minimum)() or rule.of != ZONES):
        yield "zone_where, minimum, of: only with relation = inside, crosses or within"
    if rule.older_than_years and rule.subject != ZONES:
        yield "older_than_years: only with subject = protection_zones"
    if (rule.built_from or rule.act == "built") and rule.subject != "pollution_sources":
        yield "built_from, act: only pollution_sources state built_on"


def _status_faults(rule: Rule) -> Iterator[str]:
    if rule.case is None and not (rule.where or rule.unless or rule.older_than_years):
        yield 'relation: "status" needs where, unless, older_than_years or a case to decide by'
    if rule.subject in SITES and (rule.levels is not None or rule.medium is not None):
        yield 'levels, medium: relation = "status" looks at the record wherever it lies'
    if rule.subject not in SITES and rule.kinds is not None:
        yield f"kinds: {rule.subject} have none"


def _value_faults(key: str, conditions: Values) -> Iterator[str]:
    """Attributes and words that could never match: they would switch the rule off without a word.

    An attribute of the agency's own may stand here too, but not one that is nearly one of ours.
    """
    for attribute, allowed in conditions.items():
        if not allowed:
            yield f"{key}.{attribute}: an empty list would match nothing"
        near = difflib.get_close_matches(attribute, _OURS, n=1, cutoff=0.8)
        if attribute not in _OURS and near:
            yield f"{key}.{attribute}: unknown attribute; did you mean {near[0]}?"
        if attribute in WORDS_OF:
            unknown = [str(value) for value in allowed if value not in WORDS_OF[attribute]]
            if unknown:
                yield f"{key}.{attribute}: unknown {', '.join(unknown)}; known: {', '.join(WORDS_OF[attribute])}"
        if attribute in YES_OR_NO and any(not isinstance(value, bool) for value in allowed):
            yield f"{key}.{attribute}: expected true or false, found {list(allowed)}"


def _example_faults(rule: Rule) -> Iterator[str]:
    results = {example.result for example in rule.example}
    if not results & {"violation", "check"} or "clear" not in results:
        yield "example: at least one flagged (violation or check) and one clear example"
    elif len(rule.example) < 3 or not any(is_edge(rule, example) for example in rule.example):
        yield (
            "example: at least three: one flagged, one clear, and one on the edge (on or near the boundary, partly "
            'inside, with located_to_metres) or with a missing attribute (name = "")'
        )
    if not rule.forbids(rule.a_day()) and rule.case is None and "violation" in results:
        why = f'effect = "{rule.effect}"' if rule.effect != "prohibited" else "a rule whose citation is to be checked"
        yield f"example: {why} answers check, never violation"
    drawn = rule.placed or rule.case in ("outside_next_level", "gap", "overlap_of_sources")
    if drawn or (rule.relation == "quality" and rule.levels):
        lacking = [str(at) for at, one in enumerate(rule.example, start=1) if not (one.zone and one.subject)]
        if lacking:
            yield f"example {', '.join(lacking)}: needs a zone and a subject"


def is_edge(rule: Rule, example: Example) -> bool:
    """Whether an example shows a case at the limit, or one in which something is not known."""
    given = [*example.attributes.values(), *example.zone_attributes.values(), example.medium]
    if "" in given or "located_to_metres" in example.attributes or example.result == "not_assessed":
        return True
    if example.result == "check" and rule.effect == "prohibited" and rule.forbids(rule.a_day()):
        return True
    if rule.worse_than and example.attributes.get("class") == example.attributes.get("target_class", rule.worse_than):
        return True
    if rule.built_from and str(example.attributes.get("built_on", "")) == str(rule.built_from):
        return True
    return bool(example.zone and example.subject) and _drawn_at_edge(rule, example)


def _drawn_at_edge(rule: Rule, example: Example) -> bool:
    zone, subject = shapely.from_wkt([example.zone, example.subject])
    edge = shapely.boundary(zone) if zone.geom_type.endswith("Polygon") else zone
    if shapely.distance(edge, subject) <= _ON_EDGE:
        return True
    return rule.within_m is not None and abs(shapely.distance(zone, subject) - rule.within_m) <= _ON_EDGE
