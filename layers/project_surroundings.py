"""The surroundings of a project: its layers and rules on its date of inspection, as its settings say."""

from __future__ import annotations

from gis.kept import Kept
from layers.assumptions import unknown_districts
from layers.load import Inputs
from layers.project import Project, ProjectError
from layers.rule_book import RuleSet
from layers.surroundings import Surroundings


def surroundings_of(project: Project, rules: RuleSet, inputs: Inputs, kept: Kept) -> Surroundings:
    """What the project's sites are judged against on its date of inspection.

    Raises ProjectError where `zones_complete_in` names what is not one of the districts.
    """
    wrong = unknown_districts(project, inputs.frames.get("districts"))
    if wrong:
        raise ProjectError(wrong)
    return Surroundings(
        inputs.frames,
        rules,
        as_of=project.as_of,
        refused=inputs.refused,
        complete_within_metres=project.zones_complete_within_metres,
        complete_in=project.zones_complete_in,
        data_until=project.data_until(),
        kept=kept,
    )
