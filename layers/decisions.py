"""What a person says of a site -> the events that record it, or everything that stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from layers.events import CHINA, Event, canonical, new_uuid
from layers.evidence import (
    Lack,
    Proof,
    lacking_for_acceptance,
    lacking_for_closing,
    may_be_same_unit,
    units_of,
    with_evidence,
)
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import SiteState
from layers.site_facts import Finding, SiteFacts
from layers.words import STATUSES, Word
from layers.workflow import WORKING, allowed, next_steps

LEDGER = "remediation_sites"
RESULTS_OF_PERSONS = ("violation", "check", "clear")
FileRecord = Mapping[str, str]  # name, sha256


class Said(NamedTuple):
    """What a person says of a site, at a time. Empty fields were not said; `layers.evidence` knows the evidence."""

    by: str
    at: str
    day: str
    status: str | None = None
    note: str = ""
    reason: str = ""
    evidence: Mapping[str, Any] = {}
    extend: str | None = None
    progress: float | None = None
    look_back: str | None = None
    resolve: tuple[str, ...] = ()
    keep: str | None = None
    override: str | None = None
    result: str | None = None
    same_as: str | None = None
    not_same_as: str | None = None


class Refused(NamedTuple):
    """One reason against it, in Chinese and English."""

    zh: str
    en: str


class Outcome(NamedTuple):
    """The events to append; or, in `refused`, everything that stands against it. `told`: what to be aware of."""

    events: tuple[Event, ...] = ()
    refused: tuple[Refused, ...] = ()
    told: tuple[Refused, ...] = ()


def outcome_of(
    said: Said, facts: SiteFacts, state: SiteState, visits: Mapping[str, Event], settings: LedgerSettings
) -> Outcome:
    """What comes of what a person says. `state`: of the site on that day; `visits`: by uuid those of the site."""
    making = _Making(said, facts, state, settings)
    if said.extend is not None:
        making.extension()
    if said.resolve or said.keep:
        making.decision(visits)
    elif said.look_back is not None:
        making.look_back()
    elif said.override is not None:
        making.override()
    elif said.same_as or said.not_same_as:
        making.match()
    elif said.status is not None or said.progress is not None or said.extend is None:
        making.step()
    return Outcome(() if making.refused else tuple(making.events), tuple(making.refused), tuple(making.told))


class _Making:
    """The events while they are made."""

    def __init__(self, said: Said, facts: SiteFacts, state: SiteState, settings: LedgerSettings) -> None:
        self.said, self.facts, self.state, self.settings = said, facts, state, settings
        self.deadline = state.deadline
        self.events: list[Event] = []
        self.refused: list[Refused] = []
        self.told: list[Refused] = []

    def add(self, kind: str, body: Mapping[str, Any], status: str | None = None) -> None:
        """One more event."""
        common = {"note": self.said.note} if self.said.note else {}
        text = canonical({**common, **{name: one for name, one in body.items() if one not in (None, "", (), {})}})
        site = (self.facts.layer, self.facts.site_id)
        self.events.append(Event(new_uuid(), kind, *site, self.said.by, self.said.at, text, status))

    def refuse(self, zh: str, en: str) -> None:
        """One more reason against it."""
        self.refused.append(Refused(zh, en))

    # --- Status and progress ---------------------------------------------------------------------

    def step(self) -> None:
        """A step to another status, a share of the work, or evidence alone."""
        said, before, after = self.said, self.state.status, self.said.status
        if self._of_a_source():
            return
        if after is not None and not self._may(before, after):
            return
        if said.progress is not None and after is None:
            self._progress()
        if after in ("accepted", "closed") and before != "closed":
            self._with_proof(after)
        if after == "reopened" and not said.note:
            self.refuse("回头看发现反弹须写明看到了什么（--note）", "a relapse needs a note of what was seen (--note)")
        kind = {"accepted": "acceptance", "closed": "sign_off"}.get(after or "", "status")
        if before == "closed" and after == "accepted":
            kind = "status"
        body = {**said.evidence, "reason": said.reason, "progress": said.progress}
        if after is not None:
            body["from"] = before
        if self.facts.about_water and after in ("accepted", "closed"):
            body |= {"water_quality": True, "target_class": body.get("target_class") or self.facts.target_class}
        self.add(kind, body, after)

    def _of_a_source(self) -> bool:
        if self.facts.layer == LEDGER:
            return False
        self.refuse(
            f"{self.facts.site_id} 是污染源，没有自己的整改状态；请写与它对应的整改点位编号",
            f"{self.facts.site_id} is a pollution source, which has no status of its own: name the remediation site "
            "that is about it",
        )
        return True

    def _may(self, before: str | None, after: str) -> bool:
        if allowed(before, after, reason=bool(self.said.reason)):
            return True
        free, with_reason = next_steps(before)
        zh, en = _name(before), _name(after)
        if after in with_reason:
            self.refuse(
                f"从“{zh.zh}”到“{en.zh}”须写明理由（--reason）", f"from {zh.en} to {en.en} needs a reason (--reason)"
            )
            return False
        listed = "、".join(_name(one).zh for one in free) or "无", ", ".join(free) or "none"
        also = "、".join(_name(one).zh for one in with_reason) or "无", ", ".join(with_reason) or "none"
        self.refuse(
            f"从“{zh.zh}”不能到“{en.zh}”；可以到：{listed[0]}；写明理由可以到：{also[0]}",
            f"no step leads from {zh.en} to {en.en}; possible: {listed[1]}; with a reason: {also[1]}",
        )
        return False

    def _progress(self) -> None:
        if self.state.status not in (None, *WORKING):
            self.refuse(
                f"状态为“{_name(self.state.status).zh}”，不再填报进度",
                f"no progress is reported any more: it is {_name(self.state.status).en}",
            )

    def _with_proof(self, after: str) -> None:
        """Everything that lacks for acceptance or closing."""
        said, state = self.said, self.state
        has = with_evidence(state.evidence, {**said.evidence, "note": said.note})
        proof = Proof(
            has, state.completed_on, self.deadline, self.facts.responsible_unit, self.facts.about_water,
            self.facts.target_class,
        )  # fmt: skip
        if after == "accepted":
            lacking = lacking_for_acceptance(proof)
        else:
            lacking = lacking_for_closing(proof, on=said.day, settings=self.settings)
        if lacking:
            self.refused.append(_lacking(after, lacking))
        unit = str(has.get("accepting_unit", ""))
        for one in units_of(self.facts.responsible_unit):
            if unit and may_be_same_unit(unit, one):
                self.told.append(
                    Refused(
                        f"请核对：验收单位“{unit}”与责任单位“{one}”可能是同一单位",
                        f"please check: the accepting unit {unit} and the responsible unit {one} may be the same",
                    )
                )

    # --- Deadlines, look-backs, conflicts -----------------------------------------------------------

    def extension(self) -> None:
        """A later deadline, by whoever says it, with a reason."""
        said, was = self.said, self.state.deadline
        if self._of_a_source():
            return
        if not said.reason:
            self.refuse("延期须写明理由（--reason）", "an extension needs a reason (--reason)")
        if was is not None and str(said.extend) <= was:
            self.refuse(
                f"延期后的时限应晚于现时限 {was}，所填为 {said.extend}；时限不能缩短",
                f"an extension must be later than the deadline of {was}, found {said.extend}; no deadline is shortened",
            )
        self.deadline = said.extend
        self.add("extension", {"deadline": said.extend, "reason": said.reason, "before": was})

    def look_back(self) -> None:
        """A visit after closing: kept, or relapsed."""
        said = self.said
        if self.state.status != "closed":
            self.refuse(
                f"未销号（{_name(self.state.status).zh}），谈不上回头看",
                f"there is nothing to look back at: it is not closed but {_name(self.state.status).en}",
            )
        if said.look_back == "relapsed" and not said.note:
            self.refuse("发现反弹须写明看到了什么（--note）", "a relapse needs a note of what was seen (--note)")
        body = {**said.evidence, "result": said.look_back}
        self.add("reinspection", body, "reopened" if said.look_back == "relapsed" else None)

    def decision(self, visits: Mapping[str, Event]) -> None:
        """Which of the visits that contradict each other holds, or which status instead."""
        said, groups = self.said, self.state.conflicts
        waiting = [uuid for group in groups for uuid in group]
        if not waiting:
            self.refuse("该对象没有待裁定的巡查记录", "no visits to this site wait for a decision")
            return
        chosen = [self._visit(one, waiting) for one in (*said.resolve, *([said.keep] if said.keep else []))]
        named = [one for one in chosen if one is not None]
        if len(named) < len(chosen):
            return
        group = next((one for one in groups if named[0] in one), ())
        left = [uuid for uuid in group if uuid not in named]
        if said.resolve and left:
            listed = ", ".join(left)
            self.refuse(
                f"裁定须包括冲突中的全部巡查；还有：{listed}",
                f"a decision names all visits of the conflict; left: {listed}",
            )
        if any(uuid not in group for uuid in named):
            self.refuse(
                "所列巡查属于不同的冲突，请分别裁定",
                "these visits belong to different conflicts: decide them one by one",
            )
        kept = named[-1] if said.keep else None
        if (said.status is None) == (kept is None):
            self.refuse(
                "裁定须写明结果：--keep 巡查编号，或 --status 状态（只写一个）",
                "a decision needs its outcome: --keep UUID or --status STATUS, one of them",
            )
            return
        status = said.status if kept is None else self._kept_status(visits[kept])
        if status in ("accepted", "closed") and status != self.state.status:
            self.refuse(
                "裁定不能代替验收或销号；先裁定，再用 --status 验收、销号",
                "a decision does not accept or close: decide first, then accept or close by --status",
            )
        seen = _seen(visits[kept]) if kept else None
        body = {"resolves": list(group), "keep": kept, "reason": said.reason, **said.evidence}
        if self.state.status == "closed" and status == "closed" and seen == "clear":
            body["result"] = "kept"
        self.add("decision", body, status)

    def _visit(self, given: str, waiting: Sequence[str]) -> str | None:
        """The uuid that a person means, by its beginning, where that is enough to tell."""
        found = [uuid for uuid in waiting if uuid.startswith(given.lower())] if len(given) >= _SHORTEST_UUID else []
        if len(found) == 1:
            return found[0]
        listed = ", ".join(waiting)
        self.refuse(
            f"没有待裁定的巡查 {given}；待裁定的有：{listed}",
            f"no visit {given} waits for a decision; those that do: {listed}",
        )
        return None

    def _kept_status(self, visit: Event) -> str | None:
        """The status that follows where this visit holds."""
        if self.state.status == "closed":
            return "reopened" if visit.status == "reopened" or _seen(visit) == "violation" else "closed"
        return visit.status or self.state.status

    # --- Findings and identity ------------------------------------------------------------------------

    def override(self) -> None:
        """What a person holds of a finding, whatever was computed; with a reason."""
        said, known = self.said, self.facts.findings
        if said.result not in RESULTS_OF_PERSONS:
            self.refuse(
                "须写明认定结果：--result violation、check 或 clear", "needs --result violation, check or clear"
            )
        if not said.reason:
            self.refuse("人工判定须写明理由（--reason）", "an override needs a reason (--reason)")
        finding = (known or {}).get(str(said.override))
        if finding is None:
            self.refuse(*_no_such_finding(str(said.override), known))
            return
        facts = self.facts.judged.get(str(said.override), {})
        body = {"finding_id": said.override, "result": said.result, "reason": said.reason, "facts": facts}
        self.add("override", {**said.evidence, **body})

    def match(self) -> None:
        """Whether two ids are one site; its own: whether it is still the site that it was."""
        said = self.said
        both = {"same_as": said.same_as, "not_same_as": said.not_same_as, "reason": said.reason}
        self.add("match", {**said.evidence, **both})


_SHORTEST_UUID = 4


def local_time(seconds: float) -> str:
    """A moment as China's clocks show it, with its offset.

    >>> local_time(0.0)
    '1970-01-01T08:00:00+08:00'
    """
    return datetime.fromtimestamp(seconds, CHINA).replace(microsecond=0).isoformat()


def _name(status: str | None) -> Word:
    return STATUSES[status] if status else Word("没有记录", "not on record")


def _no_such_finding(asked: str, known: Mapping[str, Finding] | None) -> tuple[str, str]:
    """That the last run has no such finding of the site, with those that it has: rule and zone, as rules come twice."""
    if not known:
        return (
            f"上次运行的结果中，该对象没有任何问题，也没有 {asked}：先运行 headwater run",
            f"the last run has no finding of this site, and so not {asked}: headwater run comes first",
        )
    told = (
        f"{one} ({' '.join(filter(None, (row['rule_id'], row.get('zone_id'))))})" for one, row in sorted(known.items())
    )
    listed = ", ".join(told)
    return (
        f"上次运行的结果中，该对象没有问题 {asked}；有：{listed}（output/findings.csv 的 finding_id 列）",
        f"the last run has no finding {asked} of this site; it has: {listed} (finding_id in output/findings.csv)",
    )


def _seen(visit: Event) -> str | None:
    observed = visit.said.get("observed")
    return observed.get("result") if isinstance(observed, dict) else None


def _lacking(after: str, lacking: Sequence[Lack]) -> Refused:
    zh = "；".join(f"（{at}）{lack.text('zh')}" for at, lack in enumerate(lacking, start=1))
    en = "; ".join(f"({at}) {lack.text('en')}" for at, lack in enumerate(lacking, start=1))
    word = {"accepted": ("验收", "accepted"), "closed": ("销号", "closed")}[after]
    return Refused(f"不能{word[0]}，还缺：{zh}", f"cannot be {word[1]}; what lacks: {en}")
