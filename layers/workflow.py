"""Which step a site may take from one status to another, and what its shares of the work say on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from layers.words import Word

# Where work goes on, or should: a deadline runs, and shares of the work say whether it is on schedule.
WORKING = ("not_started", "on_schedule", "behind", "reopened")

# From each status the steps that need no reason; None: nothing is on record yet.
STEPS: Mapping[str | None, frozenset[str]] = {
    None: frozenset({"not_started", "on_schedule", "behind", "completed"}),
    "not_started": frozenset({"on_schedule", "behind", "completed"}),
    "on_schedule": frozenset({"behind", "completed"}),
    "behind": frozenset({"on_schedule", "completed"}),
    "completed": frozenset({"accepted"}),
    "accepted": frozenset({"closed"}),
    "closed": frozenset({"reopened"}),
    "reopened": frozenset({"on_schedule", "behind", "completed"}),
    "cannot_fix": frozenset(),
}

# Steps that need one: back, or to what is not fixed. An acceptance that is refused leads from completed to behind.
WITH_REASON: Mapping[str | None, frozenset[str]] = {
    None: frozenset({"cannot_fix"}),
    "not_started": frozenset({"cannot_fix"}),
    "on_schedule": frozenset({"not_started", "cannot_fix"}),
    "behind": frozenset({"not_started", "cannot_fix"}),
    "completed": frozenset({"not_started", "on_schedule", "behind", "cannot_fix"}),
    "accepted": frozenset({"completed", "on_schedule", "behind"}),
    "closed": frozenset({"accepted", "completed"}),
    "reopened": frozenset({"cannot_fix"}),
    "cannot_fix": frozenset({"not_started", "on_schedule", "behind"}),
}

# Why an event is kept without effect (docs/workflow.md).
WHY_NOT: Mapping[str, Word] = {
    "IN_CONFLICT": Word("与另一人的巡查相互不知情，待裁定", "in conflict with another person's visit, to be decided"),
    "STEP": Word("当时的状态不能直接走到这一步", "no step that the status of that time allows"),
    "NEEDS_REASON": Word("退回须写明理由", "a step back needs a reason"),
    "NEEDS_PERSON": Word("验收、销号不能由巡查记录作出", "a visit neither accepts nor closes"),
    "FINISHED": Word("已验收或已销号，巡查不改变状态", "accepted or closed already; a visit does not change that"),
    "NOT_LATER": Word("延期后的期限不晚于原期限", "the new deadline is no later than the one before"),
    "OF_SOURCE": Word("污染源没有自己的整改状态", "a pollution source has no status of its own"),
    "NOT_CLOSED": Word("未销号，谈不上回头看", "not closed, so there is nothing to look back at"),
}

# What speaks against what counts (docs/workflow.md).
CONTRADICTIONS: Mapping[str, Word] = {
    "TABLE_UNDOES": Word(
        "台账表后来的填写取代了人工或巡查确定的状态", "the office's table later undid a status set by a person"
    ),
    "TABLE_DIFFERS": Word(
        "台账表填写的状态与此前的记录不同，或在同一天改填",
        "the office's table states another status than was recorded before, or was changed on the same day",
    ),
    "TABLE_MOVES_DEADLINE": Word(
        "台账表改了经批准延期的整改时限", "the office's table moved a deadline that a recorded extension had set"
    ),
    "TABLE_SHORTENS": Word("台账表把整改时限提前了", "the office's table moved the deadline forward"),
    "TABLE_DROPS_DEADLINE": Word(
        "台账表不再填写整改时限，仍按原期限", "the office's table no longer has a deadline; the old one counts"
    ),
    "SHARES_SAY_BEHIND": Word("按进度应为未达到序时进度", "by its shares of the work it is behind"),
    "SHARES_SAY_ON_SCHEDULE": Word("按进度已达到序时进度", "by its shares of the work it is on schedule"),
    "SHARES_SAY_STARTED": Word("已有进度，状态仍为未启动", "work was reported, and the status is still not started"),
    "SHARES_WITHOUT_PLAN": Word(
        "有进度而没有计划进度或起止日期，不能判断是否达到序时进度", "a share of the work without a plan to compare with"
    ),
    "VISIT_AGAINST_COMPLETED": Word(
        "已报完成，巡查发现仍违规", "a visit after the work was said to be completed saw a violation"
    ),
    "VISIT_AGAINST_ACCEPTED": Word("验收后巡查发现仍有问题", "a visit after acceptance found it not solved"),
}

_ROUNDING = 1e-9


def allowed(before: str | None, after: str, *, reason: bool) -> bool:
    """Whether the step may be taken; `reason`: one is given. To stay is no step, and may be said again."""
    return before == after or after in STEPS[before] or (reason and after in WITH_REASON[before])


def next_steps(before: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The statuses that may follow, and those that may with a reason; in the order of the statuses."""
    order = list(STEPS)
    return tuple(sorted(STEPS[before], key=order.index)), tuple(sorted(WITH_REASON[before], key=order.index))


def planned_share(on: date, *, planned: float | None, started_on: str | None, deadline: str | None) -> float | None:
    """What share of the work the plan has done on a day; None where there is no plan.

    All of it once the deadline is past. Before, the share that the office's table plans; where it plans none, what the
    days from the start to the deadline give.
    """
    if deadline is not None and on.isoformat() > deadline:
        return 1.0
    if planned is not None:
        return planned
    if started_on is None or deadline is None:
        return None
    start, end = date.fromisoformat(started_on), date.fromisoformat(deadline)
    if on <= start:
        return 0.0
    return 1.0 if end <= start else (on - start).days / (end - start).days


def schedule(progress: float, share: float) -> str:
    """`on_schedule` where the planned share is reached, else `behind`."""
    return "on_schedule" if progress >= share - _ROUNDING else "behind"
