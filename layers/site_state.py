"""Where one site stands on the ledger on a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class NotApplied(NamedTuple):
    """An event that is kept, and has no effect; `why` is a code of WHY_NOT in `layers.workflow`."""

    uuid: str
    why: str


class Extension(NamedTuple):
    """A later deadline: the one before it, who allowed it and why."""

    before: str | None
    deadline: str
    reason: str
    by: str
    at: str


class SiteState(NamedTuple):
    """Where a site stands. Days are `YYYY-MM-DD`, `…_since` and `at` times as they were given; None is not known.

    `status_kind`: the kind of event that gave the status; `computed`: it was worked out from shares of the work.
    `stated_…`: what the office's table last said. `planned`: the share of the work that the plan has done by now.
    `schedule`: what the shares say, `on_schedule` or `behind`, where they are known. `was_overdue`: days from and to,
    of times that a later deadline or the end of the work put an end to. `conflicts`: groups of visits that a person
    has to decide between. `reopened`: how many times the problem came back. `look_back_due`: the next day of the plan,
    `look_back_done`: days of visits that found it kept. `contradiction`, `missing`: codes of CONTRADICTIONS
    (`layers.workflow`) and of EVIDENCE (`layers.evidence`). `evidence`: what is on the ledger of it since the problem
    was opened last. `stated`: the table's last word, by column.
    """

    status: str | None = None
    status_since: str = ""
    status_by: str = ""
    status_kind: str = ""
    computed: bool = False
    stated_status: str | None = None
    progress: float | None = None
    planned: float | None = None
    schedule: str | None = None
    deadline: str | None = None
    stated_deadline: str | None = None
    extensions: tuple[Extension, ...] = ()
    was_overdue: tuple[tuple[str, str], ...] = ()
    completed_on: str | None = None
    accepted_on: str | None = None
    closed_on: str | None = None
    revision: int = 0
    last_visit: str = ""
    conflicts: tuple[tuple[str, ...], ...] = ()
    not_applied: tuple[NotApplied, ...] = ()
    reopened: int = 0
    look_back_due: str | None = None
    look_back_overdue: bool = False
    look_back_done: tuple[str, ...] = ()
    contradiction: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = {}
    stated: Mapping[str, Any] = {}
    stated_uuid: str = ""


NOTHING = SiteState()
