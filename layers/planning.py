"""The planner's question: what the rules say of proposed footprints, answered by the engine of a run.

Footprints are judged as pollution sources of the project would be. An answer is a position in ANSWERS, worst first,
as a result is in `layers.words.RESULTS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.faults import Fault
from gis.kept import Kept
from gis.parquet import is_set
from layers.acts import citations, remarks
from layers.coverage import REASONS
from layers.files import file_of
from layers.findings import LANGUAGES, acts_of
from layers.footprints import SOURCES
from layers.ledger_ties import Ledger
from layers.load import Inputs, inputs_of, load_entry, without_duplicates
from layers.loaded import Loaded
from layers.offsets import doubted
from layers.project import Project
from layers.project_surroundings import surroundings_of
from layers.records import Recorded, judge_records
from layers.rule_book import Rule, RuleSet
from layers.rules import FLAGGED_COLUMNS, Judged, in_order, judge
from layers.surroundings import Surroundings
from layers.tally import tally
from layers.words import RESULTS

# What a rule answers about a footprint; the results of a run in the planner's words, in the same order.
ANSWERS = ("applies", "needs_checking", "not_assessed", "does_not_apply")
APPLIES, NEEDS_CHECKING, NOT_ASSESSED, DOES_NOT_APPLY = range(len(RESULTS))
NOT_ASKED = len(RESULTS)  # the rule is not about such a site
NO_RULE = REASONS.index("NO_RULE")
# A rule that was added for a what-if has the id of the rule that it widens, this, and more.
WIDER = "~"

# Layers that rules relate a footprint to: without one of them that the project names there is no answer.
_RELATED = ("protection_zones", "water_bodies", "rivers", "intakes", "districts")
_WATER = ("water_bodies", "rivers")

Codes = NDArray[np.int8]


class Answered(NamedTuple):
    """What was answered about each footprint (row) by each rule (column).

    `answer`: position in ANSWERS, or NOT_ASKED. `reason`: why not assessed, by position in `layers.coverage.REASONS`,
    else 0. `hits`: what is flagged, as `layers.rules.FLAGGED_COLUMNS` with `citation_zh` and `citation_en`; `rule` is
    the position in `rules`, the target -1 where a rule is about what is stated. `unstated`: by rule that is about what
    is stated, how many footprints of its kinds do not state it, and were not asked.
    """

    rules: Sequence[Rule]
    answer: Codes
    reason: Codes
    hits: pd.DataFrame
    around: Surroundings
    unstated: Mapping[str, int]

    @property
    def verdict(self) -> Codes:
        """The worst answer about each footprint; not assessed where no rule is about such a site."""
        worst = self.answer.min(axis=1, initial=NOT_ASKED)
        return np.where(worst == NOT_ASKED, NOT_ASSESSED, worst).astype(np.int8)

    def column(self, rule_id: str) -> int | None:
        """The column of a rule; None where it is not in force."""
        return next((at for at, rule in enumerate(self.rules) if rule.id == rule_id), None)


def project_tables(project: Project, rules: RuleSet, kept: Kept) -> tuple[list[Loaded], list[Fault]]:
    """The project's tables but its ledger and samples, read as a run reads them, and what makes one unusable.

    Its own pollution sources are read only where they could tell that a water layer is offset as on a web map; no
    answer depends on them otherwise, and their faults make nothing unusable.
    """
    doubtful = any(entry.kind in _WATER and entry.datum is None for entry in project.layers)
    tables: dict[int, list[Loaded]] = {}
    unusable: list[Fault] = []
    for at, entry in enumerate(project.layers):
        if entry.kind not in _RELATED:
            if not doubtful or entry.kind not in (SOURCES, "river_sections") or _is_set(project, entry.path):
                continue
            tables[at], _ = load_entry(project, at, kinds=rules.kinds, levels=rules.levels)
            continue
        tables[at], faults = load_entry(project, at, kinds=rules.kinds, levels=rules.levels, kept=kept)
        unusable += faults
    return [table for own in doubted(project, tables).values() for table in own], unusable


def _is_set(project: Project, written: str) -> bool:
    path = project.folder / written
    return path.is_dir() and is_set(file_of(project.folder, written))


def inputs_around(tables: Sequence[Loaded], unusable: Sequence[Fault]) -> Inputs:
    """The layers that footprints are related to; raises InputError with all that makes one of them unusable."""
    return inputs_of(without_duplicates([table for table in tables if table.layer.kind in _RELATED]), unusable)


def answered(footprints: gpd.GeoDataFrame, project: Project, rules: RuleSet, inputs: Inputs, kept: Kept) -> Answered:
    """What the rules in force on the project's date answer about `footprints`, in one pass of the engine."""
    frames = {**inputs.frames, SOURCES: footprints}
    around = surroundings_of(project, rules, inputs._replace(frames=frames), kept)
    judged = judge(footprints, SOURCES, around)
    # A proposed site has no ledger: rules that compare sources with remediation sites are not asked.
    nobody = Ledger(None, frozenset(), {}, np.zeros(len(footprints), dtype=bool))
    recorded = judge_records(SOURCES, footprints, around, nobody)
    if recorded.flagged:
        placed = {name: judged.flagged[name].to_numpy() for name in FLAGGED_COLUMNS}
        judged = judged._replace(flagged=in_order([placed, *recorded.flagged]))
    return _folded(footprints, judged._replace(flagged=_cited(judged.flagged, footprints, around)), recorded, around)


def _cited(flagged: pd.DataFrame, footprints: gpd.GeoDataFrame, around: Surroundings) -> pd.DataFrame:
    """What is flagged, with the citations of each row and the texts as its finding has them."""
    acts = acts_of(around.rules_of(SOURCES), footprints, around, flagged)
    told = {}
    for language in LANGUAGES:
        told[f"citation_{language}"] = citations(acts, around.rules, around.as_of, language)
        text = flagged[f"text_{language}"].to_numpy(dtype=object)
        told[f"text_{language}"] = text + remarks(acts, around.as_of, language)
    return flagged.assign(**told)


def rules_by_column(answered: Answered) -> list[list[Rule]]:
    """Per column the rules that answer as one: the rule itself, then the one that widens it."""
    every = answered.around.rules_of(SOURCES)
    return [[rule, *(other for other in every if other.id.startswith(f"{rule.id}{WIDER}"))] for rule in answered.rules]


def _folded(footprints: gpd.GeoDataFrame, judged: Judged, recorded: Recorded, around: Surroundings) -> Answered:
    """The answers of all rules, a widened one under the rule that it widens."""
    every = around.rules_of(SOURCES)
    answer, reason = _answers(footprints, judged, recorded.codes, around)
    rules = [rule for rule in every if WIDER not in rule.id]
    place = {rule.id: at for at, rule in enumerate(rules)}
    column_of = np.array([place[rule.id.partition(WIDER)[0]] for rule in every], dtype=np.intp)
    folded = np.full((len(footprints), len(rules)), NOT_ASKED, dtype=np.int8)
    why = np.zeros_like(folded)
    for at, column in enumerate(column_of):
        worse = answer[:, at] < folded[:, column]
        folded[worse, column], why[worse, column] = answer[worse, at], reason[worse, at]
    hits = judged.flagged.assign(rule=column_of[judged.flagged["rule"].to_numpy(dtype=np.intp)].astype(np.int32))
    hits["widened"] = np.array([WIDER in rule.id for rule in every], dtype=bool)[judged.flagged["rule"].to_numpy()]
    return Answered(rules, folded, why, hits, around, recorded.unstated)


def _answers(
    footprints: gpd.GeoDataFrame, judged: Judged, recorded: Mapping[int, Codes], around: Surroundings
) -> tuple[Codes, Codes]:
    """Answer and reason of every footprint and rule, from what a run counts (`layers.tally`)."""
    classes = tally(SOURCES, footprints, judged, around, recorded).classes
    codes = classes.answers[classes.of_site]
    answer = np.select([codes < 0, codes > 0], [NOT_ASKED, NOT_ASSESSED], DOES_NOT_APPLY).astype(np.int8)
    reason = np.maximum(codes, 0).astype(np.int8)
    flagged = judged.flagged
    rows, columns = (flagged[name].to_numpy(dtype=np.intp) for name in ("subject", "rule"))
    np.minimum.at(answer, (rows, columns), flagged["result"].to_numpy(dtype=np.int8))
    reason[rows, columns] = 0
    return answer, reason


def missing(footprints: gpd.GeoDataFrame, name: str) -> NDArray[np.bool_]:
    """Which footprints do not state the attribute."""
    if name not in footprints:
        return np.ones(len(footprints), dtype=bool)
    texts = footprints[name].to_numpy(dtype=object)
    return np.array([value is None or value != value or str(value).strip() == "" for value in texts], dtype=bool)
