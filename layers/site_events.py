"""The events of one site, in the order in which they take effect -> where it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from layers.event_order import Reader, day_of, in_order
from layers.events import Event, parsed
from layers.evidence import Proof, lacking_for_acceptance, lacking_for_closing, with_evidence
from layers.site_conflicts import conflicts_of, in_conflict
from layers.site_state import Extension, NotApplied, SiteState
from layers.words import FINISHED_STATUSES
from layers.workflow import STEPS, WITH_REASON, WORKING, allowed, planned_share, schedule

_BY_PERSON = frozenset({"status", "decision", "acceptance", "sign_off", "reinspection"})
_DATES = ("completed_on", "accepted_on", "closed_on")
_SOURCES = "pollution_sources"  # what stands of those is said of the problems about them
_NOTHING: Mapping[str, Any] = {}


def site_state(events: Sequence[Event], reader: Reader) -> SiteState:
    """Where a site stands on the day of the reader, by all its events."""
    ordered: Sequence[Event] = in_order(events)
    if ordered[-1].instant > reader.until:
        ordered = [event for event in ordered if event.instant <= reader.until]
    history = _History(reader)
    pending: Collection[str] = ()
    visits = [event for event in ordered if event[1] == "visit"]
    if len(visits) > 1:
        ordered, history.conflicts = conflicts_of(ordered, visits, reader.builds)
        if history.conflicts:
            pending = in_conflict(history.conflicts)
    for event in ordered:
        kind = event[1]
        if kind == "stated":
            history.stated_by_table(event)
        elif kind == "visit":
            history.last_visit = event[5]
            if event[0] in pending:
                history.not_applied.append(NotApplied(event[0], "IN_CONFLICT"))
            else:
                history.visited(event)
        elif kind in _BY_PERSON:
            history.decided(event)
        elif kind == "extension":
            history.extended(event)
    return history.state(len(events))


class _History:
    """A site while its events are gone through."""

    __slots__ = (
        "accepted_on", "by", "changed_on", "closed_on", "completed_on", "computed", "conflicts", "contradiction",
        "deadline", "evidence", "extensions", "kind", "last_visit", "look_backs", "not_applied", "overdue_times",
        "progress", "reader", "reopened", "share_on", "share_planned", "since", "started_on", "stated", "stated_uuid",
        "status",
    )  # fmt: skip

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.status: str | None = None
        self.since = self.by = self.kind = self.last_visit = self.stated_uuid = self.changed_on = self.share_on = ""
        self.computed = False
        self.progress: float | None = None
        self.share_planned: float | None = None
        self.deadline: str | None = None
        self.started_on: str | None = None
        self.completed_on: str | None = None
        self.accepted_on: str | None = None
        self.closed_on: str | None = None
        self.stated: Mapping[str, Any] = _NOTHING
        self.evidence: Mapping[str, Any] = _NOTHING
        self.extensions: list[Extension] = []
        self.overdue_times: list[tuple[str, str]] = []
        self.conflicts: tuple[tuple[str, ...], ...] = ()
        self.not_applied: list[NotApplied] = []
        self.reopened = 0
        self.look_backs: list[str] = []
        self.contradiction: dict[str, None] = {}

    # --- What happens to the status ------------------------------------------------------------

    def enter(self, status: str, event: Event, *, day: str | None, finished: str | None = None) -> None:
        """Takes the step. `day`: on which the new status came about, where that is known; `finished`: the work was."""
        before = self.status
        if before == status:
            return
        self.contradiction.pop("TABLE_UNDOES", None)
        self.contradiction.pop("VISIT_AGAINST_COMPLETED", None)
        if status != "closed":
            self.contradiction.pop("VISIT_AGAINST_ACCEPTED", None)
        if status in FINISHED_STATUSES:
            if before not in FINISHED_STATUSES:
                self.was_late(finished or day or day_of(event[5]))
            self.finish(status, before, day)
        elif status == "reopened":
            self.reopened += 1
            self.evidence = _NOTHING  # the days of the closing before stay until the work is completed anew
        elif before in FINISHED_STATUSES:
            self.completed_on = self.accepted_on = self.closed_on = None
        self.status, self.since, self.kind = status, event[5], event[1]
        self.by = event[8] or event[4] if event[1] == "stated" else event[4]
        self.computed = False

    def finish(self, status: str, before: str | None, day: str | None) -> None:
        """The days of a site that is completed, accepted or closed now; of a step back the earlier ones stay."""
        back = before in FINISHED_STATUSES
        if status == "completed":
            self.completed_on = self.completed_on if back else day
            self.accepted_on = self.closed_on = None
        elif status == "accepted":
            self.accepted_on = self.accepted_on if before == "closed" else day
            self.closed_on = None
        else:
            self.closed_on = day
            self.look_backs = []

    def was_late(self, until: str) -> None:
        """Keeps that the work was overdue, up to a day, before that is over."""
        if self.deadline is not None and self.deadline < until and self.status not in FINISHED_STATUSES:
            first = (date.fromisoformat(self.deadline) + timedelta(days=1)).isoformat()
            self.overdue_times.append((first, until))

    # --- The four kinds of voices --------------------------------------------------------------

    def stated_by_table(self, event: Event) -> None:
        """What the office's table says now and did not say before; all else stays as it is."""
        said, before = self.reader.shared(event[6]), self.stated
        self.stated, self.stated_uuid = said, event[0]
        status = event[7]
        if not before and self.status is not None:
            self.heard_late(status)
        elif status is not None and status != before.get("status"):
            self.changed_on = day_of(event[5]) if before else ""
            undone = self.status != status and self.kind not in ("", "stated")
            days = [said[name] for name in _DATES if said.get(name)]
            self.enter(status, event, day=None, finished=days[0] if days else None)
            self.kind, self.computed = "stated", False
            if undone:
                self.contradiction["TABLE_UNDOES"] = None
        if said == before:
            return
        deadline, last = said.get("deadline"), before.get("deadline")
        if deadline != last and not (self.extensions and not before):
            self.deadline_stated(deadline, event)
        for name in _DATES:
            if said.get(name) != before.get(name) and self.kind == "stated":
                setattr(self, name, said.get(name))
        if said.get("progress_share") != before.get("progress_share"):
            self.progress, self.share_on = said.get("progress_share"), day_of(event[5])
        self.share_planned, self.started_on = said.get("planned_share"), said.get("started_on")
        for name, own in (("photos_before", "before"), ("photos_after", "after")):
            if said.get(name) and said.get(name) != before.get(name):
                self.evidence = with_evidence(self.evidence, {own: [said[name]]})

    def heard_late(self, status: str | None) -> None:
        """The table's first word comes after others': it may be as old as the table, and undoes nothing."""
        if status != self.status:
            self.contradiction["TABLE_DIFFERS"] = None

    def deadline_stated(self, deadline: str | None, event: Event) -> None:
        """The table has another deadline than it had; one that it leaves out stays."""
        was = self.deadline
        if deadline is None:
            self.contradiction["TABLE_DROPS_DEADLINE"] = None
            return
        self.contradiction.pop("TABLE_DROPS_DEADLINE", None)
        if was is None or deadline == was:
            self.deadline = deadline
            return
        if self.extensions and self.extensions[-1].deadline == was:
            self.contradiction["TABLE_MOVES_DEADLINE"] = None
        if deadline < was:
            self.contradiction["TABLE_SHORTENS"] = None
        else:
            self.was_late(day_of(event[5]))
        self.deadline = deadline

    def visited(self, event: Event) -> None:
        """What a visit saw; it never accepts, never closes, and changes nothing that was accepted."""
        status, now = event[7], self.status
        if event[2] == _SOURCES:
            if status is not None:
                self.not_applied.append(NotApplied(event[0], "OF_SOURCE"))
        elif now == "closed" or now == "accepted":
            self.visited_when_finished(event)
        elif status is None or status == now:
            if now == "completed":
                self.seen_against("VISIT_AGAINST_COMPLETED", _seen(parsed(event[6])))
        elif status in ("accepted", "closed"):
            self.not_applied.append(NotApplied(event[0], "NEEDS_PERSON"))
        elif status in STEPS[now]:
            self.enter(status, event, day=day_of(event[5]))
        elif status not in WITH_REASON[now]:
            self.not_applied.append(NotApplied(event[0], "NOT_CLOSED" if status == "reopened" else "STEP"))
        else:
            said = parsed(event[6])
            if str(said.get("note") or "").strip() or _seen(said) == "violation":
                self.enter(status, event, day=day_of(event[5]))
            else:
                self.not_applied.append(NotApplied(event[0], "NEEDS_REASON"))

    def visited_when_finished(self, event: Event) -> None:
        """A visit after acceptance; after closing it is a look-back."""
        status, seen = event[7], _seen(parsed(event[6]))
        if self.status == "closed":
            if status == "reopened" or seen == "violation":
                self.enter("reopened", event, day=None)
            elif seen == "clear" and status in (None, *FINISHED_STATUSES):
                self.look_backs.append(day_of(event[5]))
            elif status not in (None, "closed"):
                self.not_applied.append(NotApplied(event[0], "FINISHED"))
            return
        against = status not in (None, *FINISHED_STATUSES)
        self.seen_against("VISIT_AGAINST_ACCEPTED", "violation" if against else seen)
        if status not in (None, "accepted"):
            self.not_applied.append(NotApplied(event[0], "FINISHED"))

    def seen_against(self, code: str, seen: str | None) -> None:
        """What a visit saw of work that is said to be done; a later one that sees it done ends the contradiction."""
        if seen == "violation":
            self.contradiction[code] = None
        elif seen == "clear":
            self.contradiction.pop(code, None)

    def decided(self, event: Event) -> None:
        """What a person decided: a step that is allowed now, or was from the status that the person knew of."""
        said = parsed(event[6]) if event[6] != "{}" else _NOTHING
        status, kind = event[7], event[1]
        if kind == "reinspection":
            self.looked_back(event, said)
            return
        if status is not None:
            if not (status in STEPS[self.status] or kind == "decision" or self.may_be(status, said)):
                self.not_applied.append(NotApplied(event[0], "STEP"))
                return
            self.enter(status, event, day=str(said.get("on") or day_of(event[5])))
            self.computed = False
            if self.kind != kind:
                self.kind, self.by = kind, event[4]
            if said.get("result") == "kept" and status == "closed":
                self.look_backs.append(day_of(event[5]))
        if said.get("progress") is not None:
            self.progress, self.share_on = float(said["progress"]), day_of(event[5])
            if status is None and self.status in (None, *WORKING):
                self.computed = True
                self.since, self.by, self.kind = event[5], event[4], kind
        self.evidence = with_evidence(self.evidence, said)

    def may_be(self, status: str, said: Mapping[str, Any]) -> bool:
        """Whether the step is allowed from the status, or was from the one that the person knew of."""
        reason = bool(said.get("reason"))
        known = said.get("from", self.status)
        return any(allowed(one, status, reason=reason) for one in (self.status, known))

    def looked_back(self, event: Event, said: Mapping[str, Any]) -> None:
        if self.status != "closed":
            self.not_applied.append(NotApplied(event[0], "NOT_CLOSED"))
        elif said.get("result") == "relapsed" or event[7] == "reopened":
            self.enter("reopened", event, day=None)
        else:
            self.look_backs.append(day_of(event[5]))

    def extended(self, event: Event) -> None:
        """A later deadline; the one before it, and that it had passed, are kept."""
        said = parsed(event[6])
        was = self.deadline = self.deadline or said.get("before")  # of a table that no run has recorded
        deadline = str(said["deadline"])
        if was is not None and deadline <= was:
            self.not_applied.append(NotApplied(event[0], "NOT_LATER"))
            return
        self.was_late(day_of(event[5]))
        self.extensions.append(Extension(was, deadline, str(said.get("reason", "")), event[4], event[5]))
        self.deadline = deadline
        self.contradiction.pop("TABLE_SHORTENS", None)
        self.contradiction.pop("TABLE_MOVES_DEADLINE", None)

    # --- What follows ----------------------------------------------------------------------------

    def state(self, revision: int) -> SiteState:
        """Where the site stands on the day of the reader."""
        stated = self.stated
        status, share, by_shares = self.status, None, None
        if self.progress is not None:
            status, share, by_shares = self.by_shares()
        if self.changed_on and self.kind != "stated" and self.changed_on == day_of(self.since):
            self.contradiction["TABLE_DIFFERS"] = None
        due, late = (None, False)
        if status == "closed":
            due, late = self.look_back_plan()
        missing = self.missing() if status == "accepted" or status == "closed" else ()
        return SiteState(
            status, self.since, self.by, self.kind, self.computed, stated.get("status"), self.progress, share,
            by_shares, self.deadline, stated.get("deadline"), tuple(self.extensions), tuple(self.overdue_times),
            self.completed_on, self.accepted_on, self.closed_on, revision, self.last_visit, self.conflicts,
            tuple(self.not_applied), self.reopened, due, late, tuple(self.look_backs), tuple(self.contradiction),
            missing, self.evidence, stated, self.stated_uuid,
        )  # fmt: skip

    def by_shares(self) -> tuple[str | None, float | None, str | None]:
        """The status, the planned share and what the shares say; what contradicts the status is told."""
        status, progress = self.status, self.progress
        if progress is None or status not in (None, *WORKING):
            return status, None, None
        on = self.reader.as_of or date.fromisoformat(self.share_on)
        share = planned_share(
            on, planned=self.share_planned, started_on=self.started_on, deadline=self.deadline
        )  # fmt: skip
        if share is None:
            self.contradiction["SHARES_WITHOUT_PLAN"] = None
            return status, None, None
        said = schedule(progress, share)
        if self.computed:
            return said, share, said
        if status == "on_schedule" and said == "behind":
            self.contradiction["SHARES_SAY_BEHIND"] = None
        elif status == "behind" and said == "on_schedule":
            self.contradiction["SHARES_SAY_ON_SCHEDULE"] = None
        elif status == "not_started" and progress > 0:
            self.contradiction["SHARES_SAY_STARTED"] = None
        return status, share, said

    def look_back_plan(self) -> tuple[str | None, bool]:
        """The next day on which the closed problem must be looked at again, and whether that is past.

        A visit counts for the days of the plan up to its own, and for the next one if it lies nearer to that than to
        the day before it.
        """
        closed = date.fromisoformat(self.closed_on or day_of(self.since))
        plan = self.reader.settings.look_back
        done = 0
        for visit in self.look_backs:
            after = (date.fromisoformat(visit) - closed).days
            reached = [at for at, days in enumerate(plan) if 2 * after >= days + (plan[at - 1] if at else 0)]
            done = max(done, len(reached))
        if done >= len(plan):
            return None, False
        due = closed + timedelta(days=plan[done])
        return due.isoformat(), self.reader.as_of is not None and due < self.reader.as_of

    def missing(self) -> tuple[str, ...]:
        """What acceptance, or closing, should have had and the ledger does not."""
        proof = Proof(self.evidence, self.completed_on, self.deadline)
        if self.status == "accepted":
            return tuple(lack.code for lack in lacking_for_acceptance(proof))
        on = self.closed_on or day_of(self.since)
        return tuple(lack.code for lack in lacking_for_closing(proof, on=on, settings=self.reader.settings))


def _seen(said: Mapping[str, Any]) -> str | None:
    """The result that an inspector saw."""
    observed = said.get("observed")
    return observed.get("result") if isinstance(observed, dict) else None
