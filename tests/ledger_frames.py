"""The small district of the map's tests with a ledger: visits that contradict each other, look-backs, what changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from layers.events import Event, canonical
from layers.evidence import EVIDENCE
from layers.site_state import Extension, NotApplied, SiteState
from layers.told_history import SinceRun, ToldHistory, told_history
from layers.workflow import CONTRADICTIONS, WHY_NOT
from tests.map_frames import HOSTILE, small

SITES = "remediation_sites"
WORDS = {"whys": WHY_NOT, "contradictions": CONTRADICTIONS, "missing": EVIDENCE}
UUID = "00000000-0000-4000-8000-{:012d}"
CHANGES = (
    "new", "known", "relapsed", "worse", "status", "better", "moved", "overdue", "contradiction", "known", "cleared",
)  # fmt: skip


def event(number: int, kind: str, site_id: str, at: str, actor: str, status: str | None = None, **body: Any) -> Event:
    """An event as the ledger gives it."""
    texts = (UUID.format(number), kind, SITES, site_id, actor, at, canonical(body))
    return Event(*texts, status, "周三巡查.json" if kind == "visit" else "", "", number)


def visit(number: int, site_id: str, at: str, actor: str, status: str, result: str, **body: Any) -> Event:
    """A visit as a survey file brings it."""
    observed = {"status": status, "result": result, "checklist": []}
    return event(number, "visit", site_id, at, actor, status, observed=observed, **body)


def events() -> list[Event]:
    """R-000 from found to closed to relapsed; R-003 with two visits that contradict each other; R-006 with a hostile name."""
    return [
        event(1, "stated", "R-000", "2017-03-15T00:00:00+08:00", "table", "not_started", deadline="2017-08-31"),
        visit(
            2,
            "R-000",
            "2017-04-20T09:30:00+08:00",
            "王五",
            "on_schedule",
            "violation",
            note="围堰已开工",
            photos=[{}, {}],
        ),
        event(3, "extension", "R-000", "2017-08-20", "张局长", None, deadline="2017-10-31", reason="雨季停工"),
        event(4, "status", "R-000", "2017-09-10", "水城区水务局", "completed", note="已拆除", evidence=["a.jpg"]),
        event(
            5,
            "acceptance",
            "R-000",
            "2017-09-20",
            "李验收",
            "accepted",
            accepting_unit="市生态环境局",
            evidence=["b.pdf", "c.jpg"],
        ),
        event(6, "sign_off", "R-000", "2017-09-28", "领导小组", "closed"),
        event(7, "reinspection", "R-000", "2017-11-05", "王五", "reopened", result="relapsed", note="又在排水"),
        visit(8, "R-000", "2017-12-02T10:00:00+08:00", "王五", "behind", "violation"),
        visit(9, "R-003", "2017-11-02T09:00:00+08:00", "王五", "completed", "clear", note="已清"),
        visit(10, "R-003", "2017-11-02T15:00:00+08:00", "赵六", "behind", "violation", note=HOSTILE[1]),
        visit(11, "R-006", "2017-10-02T15:00:00+08:00", HOSTILE[3], "closed", "clear"),
    ]


def states() -> dict[tuple[str, str], SiteState]:
    """Where these sites stand on 2017-11-30."""
    return {
        (SITES, "R-000"): SiteState(
            status="reopened", status_since="2017-11-05", status_by="王五", stated_status="closed", deadline="2017-10-31",
            extensions=(Extension("2017-08-31", "2017-10-31", "雨季停工", "张局长", "2017-08-20"),), revision=8, reopened=1,
            contradiction=("TABLE_DIFFERS",),
        ),
        (SITES, "R-003"): SiteState(
            status="behind", status_since="2017-03-15T00:00:00+08:00", status_by="data/台账.xlsx", status_kind="stated", revision=2,
            conflicts=((UUID.format(9), UUID.format(10)),),
            not_applied=(NotApplied(UUID.format(9), "IN_CONFLICT"), NotApplied(UUID.format(10), "IN_CONFLICT")),
        ),
        (SITES, "R-006"): SiteState(
            status="not_started", revision=1, not_applied=(NotApplied(UUID.format(11), "NEEDS_PERSON"),),
            look_back_due="2017-12-28",
        ),
        (SITES, "R-009"): SiteState(
            status="closed", status_since="2017-10-01", status_by="领导小组", revision=3, missing=("PHOTO_AFTER",),
            look_back_due="2017-11-01", look_back_overdue=True,
        ),
    }  # fmt: skip


def since() -> SinceRun:
    """What changed since 2017-08-31: one site lies elsewhere, one is gone."""
    moved = pd.DataFrame({"layer": ["pollution_sources"], "site_id": ["S-004"], "lon": [104.87], "lat": [26.55]})
    gone = pd.DataFrame({"layer": ["pollution_sources"], "site_id": ["S-099"], "name": [HOSTILE[3]], "lon": [104.85], "lat": [26.50]})  # fmt: skip
    return SinceRun("2017-08-31", {"new": 4, "relapsed": 1, "cleared": 2, "known": 20}, moved, gone)


def history(finding_id: str) -> ToldHistory:
    """All of it, as on 2017-11-30; a person decided about one finding."""
    decision = {"result": "clear", "actor": "张局长", "at": "2017-11-20", "reason": "供水设施", "renew": True}
    return told_history(
        [*events(), event(12, "stated", "R-009", "2017-10-01T00:00:00+08:00", "table", "closed")], states(), as_of=date(2017, 11, 30),
        former_ids={(SITES, "R-012"): "S-17"}, decisions={finding_id: decision}, decided=[(SITES, "R-012")], since=since(), words=WORDS,
    )  # fmt: skip


def historic() -> dict[str, Any]:
    """The arguments of `inspection_map` for the small district with its ledger."""
    facts = small()
    sites = facts["sites"]
    sites["change"] = [CHANGES[at % len(CHANGES)] for at in range(len(sites))]
    findings = facts["findings"]
    return {**facts, "history": history(str(findings["finding_id"].iloc[0]))}
