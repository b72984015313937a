"""Sites against rules: what is flagged, and for every site and rule one of the four answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis import nearby, relate
from layers.columns import frame_of, objects
from layers.conditions import MISSING, NO, YES, Allowed, Coded, States, built_from, coded, conditions, minimum_reached
from layers.coverage import COVERAGE_COLUMNS, Codes, CompleteIn, Extent
from layers.findings import MEASURES, findings_frame
from layers.ledger_ties import LEDGER, SOURCES, Ledger, Source, on_ledger, sources_found, unknown_places, violating
from layers.records import judge_records
from layers.rule_book import ZONES, Rule, RuleSet
from layers.surroundings import RULED_LAYERS, SUBJECT_LAYERS, Surroundings, kinds_of
from layers.tally import ClassAnswers, Tally, tally
from layers.verdicts import out_of_date, sentences, zone_names

# Results of a flagged pair, by position in layers.words.RESULTS.
VIOLATION, CHECK = 0, 1

Columns = Mapping[str, Any]  # equally long arrays or lists

# Sites judged at a time: more of them need more memory, and gain nothing.
_TOGETHER = 250_000

FLAGGED_COLUMNS = (
    "subject",  # position of the site in its frame
    "rule",  # position of the rule among those in force for the layer
    "target",  # position of the zone (or water body …) in its frame
    "result",  # VIOLATION or CHECK
    *MEASURES,  # rounded
    "text_zh",
    "text_en",
)

_TYPES: Mapping[str, Any] = dict.fromkeys(FLAGGED_COLUMNS, np.float64) | {
    "subject": np.int32, "rule": np.int32, "target": np.int32, "result": np.int8, "text_zh": object, "text_en": object,
}  # fmt: skip


class Judged(NamedTuple):
    """What the rules say of the sites of one layer, by position in its frame.

    `flagged`: FLAGGED_COLUMNS, what is a violation or to be checked, sorted by subject, rule and target. `blind`: per
    site and reach (`Surroundings.reaches_of`) why a rule of that reach is not assessed, 0 where it is. `level`: the
    position of the strictest level of a zone the site lies in, or -1. `share`: the share of its area or length in any
    zone, by union. A site's answers depend on nothing but its own row and the surroundings.
    """

    flagged: pd.DataFrame
    blind: Codes
    level: NDArray[np.int16]
    share: NDArray[np.float64]


class Answers(NamedTuple):
    """What the rules answered.

    `findings`: the rows that are a violation or to be checked. `coverage`: counts of the four answers by layer, kind,
    rule and reason. `verdicts`: per layer one row per site, VERDICT_COLUMNS. `extents`: where each layer was taken as
    complete. `sources`: what was found of the sources that remediation sites are about. `unstated`: by rule how many
    sites it was not asked of, because their record does not say what it asks for. `classes`: per layer what every rule
    answers to every row beside its findings, by class of rows.
    """

    findings: gpd.GeoDataFrame
    coverage: pd.DataFrame
    verdicts: Mapping[str, pd.DataFrame]
    extents: Mapping[str, Extent]
    sources: Mapping[str, Source]
    unstated: Mapping[str, int]
    classes: Mapping[str, ClassAnswers]


class Others(NamedTuple):
    """What a part of the sites knows of those judged elsewhere: who is on the ledger, and what was found of sources."""

    about: frozenset[str] | None
    named: frozenset[str]
    sources: Mapping[str, Source]


def check(
    frames: Mapping[str, gpd.GeoDataFrame],
    rules: RuleSet,
    *,
    as_of: date,
    refused: Mapping[str, gpd.GeoDataFrame] | None = None,
    complete_within_metres: float = 0.0,
    complete_in: CompleteIn = (),
    data_until: Mapping[str, date] | None = None,
) -> Answers:
    """Every site of `frames` against every rule in force on `as_of`.

    `frames` are those of `layers.load` (EPSG:4326, canonical columns); protection zones not in force
    on the day are left out. `refused` holds, per kind, the places of rows that were not accepted: a
    place there, or within a rule's reach of it, is not clear. A rule answers for the kinds it
    names. `violation` needs a prohibited effect, a relation that holds beyond the accuracy of the
    positions, and all its attributes known; what cannot be decided is `check`; where data is
    lacking `not_assessed`; else `clear`.
    """
    around = Surroundings(
        frames,
        rules,
        as_of=as_of,
        refused=refused,
        complete_within_metres=complete_within_metres,
        complete_in=complete_in,
        data_until=data_until,
    )
    judged = {layer: judge(frames[layer], layer, around) for layer in SUBJECT_LAYERS if layer in frames}
    return put_together(frames, around, judged)


def put_together(
    frames: Mapping[str, gpd.GeoDataFrame],
    around: Surroundings,
    judged: Mapping[str, Judged],
    others: Others | None = None,
) -> Answers:
    """What was judged of each layer, put together with what the rules about records say.

    `others` is needed where `frames` are but a part of all sites.
    """
    others = others or Others(*on_ledger(frames.get(LEDGER)), {})
    subjects = _subjects(frames, around)
    flagged: dict[str, pd.DataFrame] = {}
    tallies: dict[str, Tally] = {}
    cited: dict[str, Mapping[tuple[int, int], tuple[str, str]]] = {}
    sources, unstated = dict(others.sources), dict[str, int]()
    for layer, frame in subjects.items():
        one = judged[layer] if layer in judged else _unplaced(frame, layer, around)
        unknown = unknown_places(frame, one.blind, around) if layer == SOURCES else None
        ledger = Ledger(others.about, others.named, sources, violating(one.flagged, len(frame)), unknown)
        recorded = judge_records(layer, frame, around, ledger)
        if recorded.flagged:
            whole = in_order([{name: one.flagged[name].to_numpy() for name in FLAGGED_COLUMNS}, *recorded.flagged])
        else:
            whole = one.flagged
        flagged[layer], cited[layer] = whole, recorded.cited
        unstated |= recorded.unstated
        tallies[layer] = tally(layer, frame, one._replace(flagged=whole), around, recorded.codes)
        if unknown is not None:
            wanted = others.about or frozenset()
            sources |= sources_found(frame, one.flagged, tallies[layer].verdicts, around, wanted, unknown)
    counted = [one.coverage for one in tallies.values()]
    return Answers(
        findings_frame(subjects, around, flagged, cited),
        pd.concat(counted, ignore_index=True) if counted else pd.DataFrame(columns=list(COVERAGE_COLUMNS)),
        {layer: one.verdicts for layer, one in tallies.items() if layer in SUBJECT_LAYERS},
        around.extents,
        sources,
        unstated,
        {layer: one.classes for layer, one in tallies.items()},
    )


def _subjects(frames: Mapping[str, gpd.GeoDataFrame], around: Surroundings) -> dict[str, gpd.GeoDataFrame]:
    """The layers that rules judge: sites in any case, sections and the zones in force where rules are about them."""
    found = {layer: frames[layer] for layer in RULED_LAYERS if layer in frames}
    found = {layer: frame for layer, frame in found.items() if layer in SUBJECT_LAYERS or around.rules_of(layer)}
    return {layer: around.frames[ZONES] if layer == ZONES else frame for layer, frame in found.items()}


def _unplaced(frame: gpd.GeoDataFrame, layer: str, around: Surroundings) -> Judged:
    """What the rules of place say of a layer that has none of them."""
    count = len(frame)
    blind = np.zeros((count, len(around.reaches_of(layer))), dtype=np.int8)
    return Judged(in_order([]), blind, np.full(count, -1, dtype=np.int16), np.zeros(count))


def judge(sites: gpd.GeoDataFrame, layer: str, around: Surroundings) -> Judged:
    """What the rules in force say of `sites`, rows of `layer`.

    Each relation between the layer and another is measured once and shared by all rules.
    """
    zones = max((len(around.frames[of]) for of in around.related_to(layer) if of in around.frames), default=0)
    chosen = nearby.engine(len(sites) * zones)
    starts = range(0, max(len(sites), 1), _TOGETHER)
    parts = [_Sites(sites.iloc[start : start + _TOGETHER], layer, around, chosen).judged() for start in starts]
    if len(parts) == 1:
        return parts[0]
    flagged = [
        {**part.flagged, "subject": part.flagged["subject"].to_numpy() + start}
        for start, part in zip(starts, parts, strict=True)
    ]
    return Judged(
        in_order(flagged),
        *(np.concatenate(column) for column in zip(*(part[1:] for part in parts), strict=True)),
    )


def judge_among(
    sites: gpd.GeoDataFrame, layer: str, part: Surroundings, rows: Mapping[str, NDArray[np.intp]]
) -> Judged:
    """As `judge` with the whole surroundings, of which `part` has only the `rows` that the sites can see.

    The targets of what is flagged are positions in the whole.
    """
    judged = judge(sites, layer, part)
    flagged = judged.flagged
    of = np.array([rule.of for rule in part.rules_of(layer)], dtype=object)[flagged["rule"].to_numpy(dtype=np.intp)]
    target = flagged["target"].to_numpy(dtype=np.int32).copy()
    for name, seen in rows.items():
        target[of == name] = seen[target[of == name]]
    return judged._replace(flagged=flagged.assign(target=target))


class _Sites:
    """Some sites of a layer, and what is near them."""

    def __init__(self, sites: gpd.GeoDataFrame, layer: str, around: Surroundings, engine: str) -> None:
        self.sites, self.layer, self.around, self.engine = sites, layer, around, engine
        self._measured: dict[str, nearby.Measured] = {}
        self._pairs: dict[tuple[str, float, str], Columns] = {}
        self._states: dict[tuple[str, str, Allowed], States] = {}
        self._coded: dict[tuple[str, str], Coded] = {}
        self._names: dict[tuple[str, str], NDArray[np.object_]] = {}

    def judged(self) -> Judged:
        kinds, words = pd.factorize(kinds_of(self.sites))
        parts = []
        for number, rule in enumerate(self.around.rules_of(self.layer)):
            if not rule.placed:
                continue
            fitting = np.array([rule.kinds is None or word in rule.kinds for word in words], dtype=bool)
            found = self._flagged(rule, fitting[kinds])
            if found:
                parts.append({**found, "rule": np.full(len(found["subject"]), number)})
        return Judged(
            in_order(parts), self.around.blind_spots(self.sites, self.layer), self._strictest_level(), self._share()
        )

    def _flagged(self, rule: Rule, fitting: NDArray[np.bool_]) -> Columns:
        """The flagged pairs of one rule, of the sites `fitting` by their kind; no columns where there are none."""
        if not len(self.around.frames.get(rule.of, ())) or not fitting.any():
            return {}
        pairs = self._related(rule.relation, rule.within_m or 0.0, rule.of)
        near = np.flatnonzero(fitting[pairs["subject"]])
        if not len(near):
            return {}
        subject, target = pairs["subject"][near], pairs["zone"][near]
        asked = conditions(rule, self, subject, target)
        reached = minimum_reached(rule, {name: column[near] for name, column in pairs.items()}, self.sites)
        rows = np.flatnonzero((asked.state != NO) & (reached != NO))
        if not len(rows):
            return {}
        pairs = {name: column[near[rows]] for name, column in pairs.items()}
        certain = pairs["certain"] & (reached[rows] == YES)
        relied_on = self.around.relied_on_until(rule) is None
        decided = pairs["holds"] & certain & (asked.state[rows] == YES) & rule.forbids(self.around.as_of) & relied_on
        found: dict[str, Any] = {
            "subject": subject[rows],
            "target": target[rows],
            "result": np.where(decided, VIOLATION, CHECK),
            **{name: pairs[name].round(digits) + 0.0 for name, digits in MEASURES.items()},  # no -0.0 in the files
        }
        told = {**found, "certain": certain, **{name: pairs[name] for name in ("holds", "doubt_m")}}
        told["site_doubt_m"] = nearby.accuracy_of(self.sites)[found["subject"]]
        lacking = asked.lacking(rows)
        return found | {f"text_{language}": self._told(rule, told, lacking, language) for language in ("zh", "en")}

    def _told(
        self, rule: Rule, found: Columns, lacking: Sequence[Collection[str]], language: str
    ) -> NDArray[np.object_]:
        """One sentence per flagged pair of a rule."""
        told = sentences(
            rule,
            found,
            zones=self._called(rule.of, language)[found["target"]],
            lacking=lacking,
            language=language,
            statutory=self.around.rules.statutory(rule),
            reviewed=rule.is_reviewed(self.around.as_of),
        )
        until = self.around.relied_on_until(rule)
        return objects(told if until is None else [text + out_of_date(until, language) for text in told])

    def _called(self, of: str, language: str) -> NDArray[np.object_]:
        """What sentences call each row of a layer that is near a site, asked once for all rules."""
        key = (of, language)
        if key not in self._names:
            frame, near = self.around.frames[of], np.unique(self._near(of).zone)
            words = {code: word.text(language) for code, word in self.around.rules.levels.items()}
            level = frame["level"].to_numpy(dtype=object)[near] if "level" in frame else [""] * len(near)
            name = ["" if one != one or one is None else str(one) for one in frame["name"].to_numpy(dtype=object)[near]]
            self._names[key] = np.full(len(frame), "", dtype=object)
            self._names[key][near] = zone_names(name, [words.get(one, "") for one in level], of, language)
        return self._names[key]

    def _related(self, relation: str, metres: float, of: str) -> Columns:
        """The pairs of a relation, asked once."""
        key = (relation, metres, of)
        if key not in self._pairs:
            if relation == "within":
                pairs = relate.within_of(self._near(of), metres=metres)
            else:
                pairs = relate.inside_of(self._near(of))
                pairs = relate.crosses_of(pairs, self.sites) if relation == "crosses" else pairs
            self._pairs[key] = {str(name): pairs[name].to_numpy() for name in pairs.columns}
        return self._pairs[key]

    def _near(self, of: str) -> nearby.Measured:
        """What lies as near as the farthest reaching rule between the two layers asks, measured once."""
        if of not in self._measured:
            reach = self.around.farthest(self.layer, of)
            self._measured[of] = nearby.measure(self.sites, self.around.targets(of), metres=reach, chosen=self.engine)
        return self._measured[of]

    def _strictest_level(self) -> NDArray[np.int16]:
        """For every site the position of the strictest level among the zones it lies in, or -1."""
        levels = list(self.around.rules.levels)
        best = np.full(len(self.sites), len(levels), dtype=np.int16)
        zones = self.around.frames.get(ZONES)
        if zones is not None and len(zones):
            pairs = self._related("inside", 0.0, ZONES)
            held = pairs["holds"]
            place = zones["level"].map({level: at for at, level in enumerate(levels)}).to_numpy(dtype=np.int16)
            np.minimum.at(best, pairs["subject"][held], place[pairs["zone"][held]])
        return np.where(best == len(levels), -1, best).astype(np.int16)

    def _share(self) -> NDArray[np.float64]:
        """The share of each site in any zone; a point that shares a place with one, edges included, is in it."""
        return relate.covered_share_of(self._near(ZONES))

    def zones_of_level(self, rule: Rule) -> States:
        """For every zone whether the rule's level fits it: YES or NO."""
        frame = self.around.frames.get(rule.of)
        if rule.levels is None:
            return np.full(0 if frame is None else len(frame), YES, dtype=np.int8)
        return np.where(self.state(rule.of, "level", rule.levels) == YES, YES, NO).astype(np.int8)

    def built(self, day: date) -> States:
        """For every site whether it is planned, or built on `day` or later: YES, MISSING (not known) or NO."""
        key = ("", "built_from", (day.isoformat(),))
        if key not in self._states:
            self._states[key] = built_from(self.sites, day)
        return self._states[key]

    def state(self, of: str, name: str, allowed: Allowed) -> States:
        """Whether each value of a column of the layer `of` ("": of the sites) is allowed, asked once for all rules."""
        key = (of, name, allowed)
        if key not in self._states:
            frame = self.around.frames.get(of) if of else self.sites
            if frame is None or name not in frame:
                self._states[key] = np.full(0 if frame is None else len(frame), MISSING, dtype=np.int8)
            else:
                if (of, name) not in self._coded:
                    self._coded[of, name] = coded(frame[name])
                self._states[key] = self._coded[of, name].known(allowed)
        return self._states[key]


def in_order(parts: Sequence[Columns]) -> pd.DataFrame:
    """Flagged pairs as FLAGGED_COLUMNS, sorted by subject, rule and target."""
    empty = {name: np.zeros(0, kind) for name, kind in _TYPES.items()}
    found = {name: np.concatenate([empty[name], *(part[name] for part in parts)]) for name in _TYPES}
    key = np.zeros(len(found["subject"]), dtype=np.int64)
    for name in ("subject", "rule", "target"):  # one number: parts that are sorted already are then only merged
        own = found[name].astype(np.int64) + 1  # a target of -1 is none
        key = key * (int(own.max(initial=0)) + 1) + own
    order = np.argsort(key, kind="stable")
    return frame_of({name: found[name][order].astype(kind, copy=False) for name, kind in _TYPES.items()})
