"""Whether an edited row may become the event it would be: the steps and the evidence that every change needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gis.faults import Fault
from layers.events import Event
from layers.evidence import Proof, lacking_for_acceptance, lacking_for_closing, with_evidence
from layers.ledger_settings import LedgerSettings
from layers.words import STATUSES
from layers.workflow import allowed

_NOTHING = {"zh": "无记录", "en": "nothing on record"}


class Standing(NamedTuple):
    """Where a site stands before an event: what the step is judged by."""

    status: str | None
    deadline: str | None
    completed_on: str | None
    evidence: Mapping[str, Any]
    responsible_unit: str | None
    settings: LedgerSettings

    def after(self, event: Event) -> Standing:
        """Where it stands when the event has been taken."""
        said = event.said
        completed = said.get("on") or event.at[:10] if event.status == "completed" else self.completed_on
        deadline = said["deadline"] if event.kind == "extension" else self.deadline
        evidence = with_evidence(self.evidence, said)
        status = event.status or self.status
        return self._replace(status=status, deadline=deadline, completed_on=completed, evidence=evidence)


def refused(event: Event, standing: Standing) -> Fault | None:
    """Why the event cannot be taken, a fault without a place; None where it can."""
    said = event.said
    if event.kind == "extension":
        return _extension_refused(said, standing)
    if event.kind == "reinspection":
        return _look_back_refused(event, said, standing)
    if event.status is None:
        return None
    if not allowed(standing.status, event.status, reason=bool(said.get("reason"))):
        why = ("流程中没有这一步，或须在“进展情况”写明理由", "no such step, or it needs a reason in State of work")
        return _step(standing, event.status, why)
    return _lacking(event, said, standing)


def _extension_refused(said: Mapping[str, Any], standing: Standing) -> Fault | None:
    deadline = said.get("deadline")
    if not said.get("reason"):
        zh, en = "缺延期理由", "the reason lacks"
    elif not deadline:
        zh, en = "缺延期至的日期", "the day lacks"
    elif standing.deadline is not None and deadline <= standing.deadline:
        zh, en = f"不晚于现有时限 {standing.deadline}", f"no later than the present {standing.deadline}"
    else:
        return None
    return Fault("TABLE_EXTENSION", facts={"found": str(deadline or "–"), "expected_zh": zh, "expected_en": en})


def _look_back_refused(event: Event, said: Mapping[str, Any], standing: Standing) -> Fault | None:
    if standing.status != "closed":
        return _step(
            standing, event.status or "closed", ("未销号，谈不上回头看", "it is not closed, so nothing relapses")
        )
    if not said.get("result"):
        return _step(standing, "closed", ("缺回头看结果", "the result of the look-back lacks"))
    return None


def _lacking(event: Event, said: Mapping[str, Any], standing: Standing) -> Fault | None:
    """What accepting or closing needs and neither the ledger nor the row has."""
    evidence = with_evidence(standing.evidence, said)
    proof = Proof(evidence, standing.completed_on, standing.deadline, standing.responsible_unit)
    if event.status == "accepted":
        lacks = lacking_for_acceptance(proof)
    elif event.status == "closed":
        lacks = lacking_for_closing(proof, on=str(said.get("on") or event.at[:10]), settings=standing.settings)
    else:
        return None
    if not lacks:
        return None
    zh, en = ("；".join(lack.text(language) for lack in lacks) for language in ("zh", "en"))
    return _step(standing, str(event.status), (f"缺 {zh}", f"lacking: {en}"))


def _step(standing: Standing, after: str, why: tuple[str, str]) -> Fault:
    facts = {"found_zh": why[0], "found_en": why[1]}
    for language in ("zh", "en"):
        before = standing.status
        facts[f"before_{language}"] = STATUSES[before].text(language) if before else _NOTHING[language]
        facts[f"after_{language}"] = STATUSES[after].text(language)
    return Fault("TABLE_STEP", column="status", facts=facts)
