"""layers.ledger_state, layers.site_events, layers.site_conflicts, layers.event_order: events -> where sites stand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import site_conflicts, survey_merge
from layers.event_order import in_order
from layers.events import Event, canonical, made_uuid
from layers.evidence import EVIDENCE
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import NOTHING, derive
from layers.site_events import site_state
from layers.site_state import Extension, NotApplied
from layers.words import STATUSES
from layers.workflow import CONTRADICTIONS, WHY_NOT
from tests.ledger_events import LAYER, SETTINGS, event, state_of, table, visit


def test_nothing_on_the_ledger_is_nothing_known() -> None:
    state = derive([], as_of=None, settings=SETTINGS)
    assert state.of(LAYER, "A") == NOTHING and NOTHING.status is None and NOTHING.revision == 0
    assert state.sites == {} and state.runs == ()


def test_a_problem_from_found_to_closed_to_relapsed_and_closed_again() -> None:
    story = [
        table("2017-03-01", "not_started", deadline="2017-06-30"),
        visit("2017-03-20", "on_schedule"),
        event("status", "2017-06-20", "completed", by="赵"),
        event("acceptance", "2017-06-25", "accepted", by="钱", accepting_unit="市局"),
        event("sign_off", "2017-07-10", "closed", by="孙"),
        event("reinspection", "2017-08-01", by="李", result="kept"),
        event("reinspection", "2017-11-01", "reopened", by="李", result="relapsed"),
        event("status", "2017-11-10", "completed", by="赵"),
        event("acceptance", "2017-11-12", "accepted", by="钱"),
        event("sign_off", "2017-11-30", "closed", by="孙"),
    ]
    days = {
        "2017-02-28": None, "2017-03-01": "not_started", "2017-03-20": "on_schedule", "2017-06-19": "on_schedule",
        "2017-06-20": "completed", "2017-06-25": "accepted", "2017-07-10": "closed", "2017-10-31": "closed",
        "2017-11-01": "reopened", "2017-11-10": "completed", "2017-11-30": "closed",
    }  # fmt: skip
    for day, status in days.items():
        assert state_of(story, day).status == status, day
    closed = state_of(story, "2017-07-10")
    assert (closed.completed_on, closed.accepted_on, closed.closed_on) == ("2017-06-20", "2017-06-25", "2017-07-10")
    assert (closed.status_since, closed.status_by, closed.status_kind) == ("2017-07-10", "孙", "sign_off")
    assert closed.evidence["accepting_unit"] == "市局" and closed.reopened == 0
    relapsed = state_of(story, "2017-11-01")
    assert relapsed.reopened == 1 and relapsed.evidence == {} and relapsed.closed_on == "2017-07-10"
    again = state_of(story)
    assert (again.completed_on, again.accepted_on, again.closed_on) == ("2017-11-10", "2017-11-12", "2017-11-30")
    assert again.reopened == 1 and again.revision == len(story)
    assert state_of(story, "2017-03-01").revision == len(story)  # of the ledger, whatever day is asked for


# --- Order -----------------------------------------------------------------------------------------


def test_a_word_of_a_day_comes_after_all_that_happened_on_it() -> None:
    morning = table("2017-03-01", "behind")
    seen = visit("2017-03-01", "on_schedule")
    word = event("status", "2017-03-01", "completed")
    assert in_order([word, seen, morning]) == [morning, seen, word]
    assert state_of([word, seen, morning], "2017-03-01").status == "completed"
    assert in_order([morning]) == [morning] and site_state([morning], _reader()).status == "behind"


def _reader() -> object:
    from layers.event_order import Reader

    return Reader(date(2017, 3, 1), SETTINGS)


def test_events_of_one_moment_have_their_order_too() -> None:
    at = "2017-03-01T00:00:00+08:00"
    stated = event("stated", at, "behind", status="behind")
    visits = [event("visit", at, None, by="王", base_revision=9) for _ in range(3)]
    words = [event("status", at, "on_schedule"), event("status", at, "completed")]
    expected = [stated, *sorted(visits, key=lambda one: one.uuid), *words]
    for seed in range(5):
        shuffled = random.Random(seed).sample(expected, len(expected))
        assert in_order(shuffled) == expected


def test_a_word_not_stored_yet_comes_after_those_that_are() -> None:
    stored, new = table("2017-03-01", "behind"), table("2017-03-01", "completed")._replace(seq=0)
    assert state_of([new, stored]).status == "completed"


def _story(numbers: Sequence[int], draw: Callable[[Sequence[object]], object]) -> list[Event]:
    """Many events of one site, of every kind, on few days, so that much happens at once."""
    statuses = [None, *STATUSES]
    made = []
    for _ in numbers:
        day = f"2017-0{draw(range(1, 8))}-1{draw(range(3))}"
        kind = draw(
            ["visit", "visit", "visit", "status", "stated", "acceptance", "sign_off", "extension", "reinspection"]
        )
        status = draw(statuses)
        if kind == "visit":
            one = visit(
                day, status, str(draw("王李")), base=draw([0, 1, 2, 5, None]), seen=str(draw(["clear", "violation"]))
            )
        elif kind == "stated":
            one = table(day, str(status or "behind"), deadline=f"2017-0{draw(range(3, 9))}-01")
        elif kind == "extension":
            one = event(kind, day, deadline=f"2017-0{draw(range(3, 9))}-20", reason="汛期")
        elif kind == "reinspection":
            one = event(kind, day, result=draw(["kept", "relapsed"]))
        else:
            fixed = {"acceptance": "accepted", "sign_off": "closed"}.get(str(kind), status)
            one = event(str(kind), day, fixed, reason=draw(["", "退回"]), progress=draw([None, 0.2, 0.9]))
        made.append(one)
    return made


def _between_runs(story: Sequence[Event]) -> list[list[Event]]:
    """The story cut at every word of the table, which stands alone."""
    parts: list[list[Event]] = [[]]
    for one in story:
        parts += [[one], []] if one.kind == "stated" else []
        if one.kind != "stated":
            parts[-1].append(one)
    return parts


@settings(max_examples=60)
@given(st.data())
def test_the_state_does_not_depend_on_which_came_in_first(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 14))
    story = _story(range(size), lambda values: data.draw(st.sampled_from(list(values))))
    # Between two runs, which record what the table states, visits come in as they like; what persons said keeps its order.
    again: list[Event] = []
    for part in _between_runs(story):
        kept = iter([one for one in part if one.kind != "visit"])
        again += [one if one.kind == "visit" else next(kept) for one in data.draw(st.permutations(part))]
    renumbered = [one._replace(seq=at) for at, one in enumerate(again, start=1)]
    for day in (None, "2017-04-11"):
        assert state_of(renumbered, day) == state_of(story, day)


@settings(max_examples=60)
@given(st.data())
def test_whatever_happens_a_state_is_sound(data: st.DataObject) -> None:
    story = _story(range(data.draw(st.integers(1, 14))), lambda values: data.draw(st.sampled_from(list(values))))
    state = state_of(story, "2017-12-31")
    assert state.status in (None, *STATUSES) and state.revision == len(story)
    assert set(state.contradiction) <= set(CONTRADICTIONS) and set(state.missing) <= set(EVIDENCE)
    assert {one.why for one in state.not_applied} <= set(WHY_NOT)
    assert len({one.uuid for one in state.not_applied}) == len(state.not_applied)
    assert {uuid for group in state.conflicts for uuid in group} == {
        one.uuid for one in state.not_applied if one.why == "IN_CONFLICT"
    }
    assert (state.look_back_due is None) or state.status == "closed"
    assert all(first <= last for first, last in state.was_overdue)


# --- Visits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "seen", "body", "after", "why"),
    [
        ("behind", "completed", {}, "completed", None),
        ("not_started", "on_schedule", {}, "on_schedule", None),
        ("behind", None, {}, "behind", None),
        ("behind", "behind", {}, "behind", None),
        ("behind", "accepted", {}, "behind", "NEEDS_PERSON"),
        ("behind", "closed", {}, "behind", "NEEDS_PERSON"),
        ("behind", "reopened", {}, "behind", "NOT_CLOSED"),
        ("completed", "behind", {}, "completed", "NEEDS_REASON"),
        ("completed", "behind", {"note": "仍在排污"}, "behind", None),
        ("completed", "behind", {"seen": "violation"}, "behind", None),
        ("behind", "cannot_fix", {}, "behind", "NEEDS_REASON"),
        ("accepted", "behind", {"seen": "violation"}, "accepted", "FINISHED"),
        ("accepted", "accepted", {}, "accepted", None),
        ("closed", "behind", {}, "closed", "FINISHED"),
        ("closed", None, {"seen": "check"}, "closed", None),
        ("closed", "completed", {"seen": "check"}, "closed", "FINISHED"),
        ("closed", "reopened", {}, "reopened", None),
        ("closed", None, {"seen": "violation"}, "reopened", None),
        ("reopened", "completed", {}, "completed", None),
        ("cannot_fix", "completed", {"note": "x"}, "cannot_fix", "STEP"),
    ],
)
def test_what_a_visit_does(before: str, seen: str | None, body: dict[str, str], after: str, why: str | None) -> None:
    one = visit("2017-03-02", seen, **body)  # type: ignore[arg-type]
    state = state_of([table("2017-03-01", before), one], "2017-03-02")
    assert state.status == after
    assert state.not_applied == (() if why is None else (NotApplied(one.uuid, why),))
    assert state.last_visit == one.at and state.reopened == (1 if after == "reopened" else int(before == "reopened"))
    assert ("VISIT_AGAINST_ACCEPTED" in state.contradiction) == (before == "accepted" and seen == "behind")


def test_a_visit_that_finds_the_work_not_done_is_told_until_that_is_settled() -> None:
    start = [table("2017-03-01", "behind"), event("status", "2017-03-02", "completed")]
    bad, good = (visit(day, None, seen=seen) for day, seen in (("2017-03-03", "violation"), ("2017-03-05", "clear")))
    for seen in (bad, visit("2017-03-03", "completed", seen="violation")):
        state = state_of([*start, seen])
        assert (state.status, state.contradiction) == ("completed", ("VISIT_AGAINST_COMPLETED",))
    assert state_of([*start, bad, good]).contradiction == ()
    assert state_of([*start, bad, event("acceptance", "2017-03-06", "accepted")]).contradiction == ()
    accepted = [*start, event("acceptance", "2017-03-02", "accepted"), bad]
    assert state_of(accepted).contradiction == ("VISIT_AGAINST_ACCEPTED",)
    assert state_of([*accepted, event("sign_off", "2017-03-07", "closed")]).contradiction == ("VISIT_AGAINST_ACCEPTED",)
    back = event("status", "2017-03-07", "behind", reason="验收后又排污")
    assert state_of([*accepted, back]).contradiction == state_of([*accepted, good]).contradiction == ()


@pytest.mark.parametrize("stated", [None, "completed", "accepted", "closed"])
def test_a_visit_that_saw_a_closed_problem_solved_is_a_look_back(stated: str | None) -> None:
    closed = [table("2017-01-01", "accepted"), event("sign_off", "2017-01-31", "closed")]
    state = state_of([*closed, visit("2017-03-01", stated, seen="clear")], "2017-03-03")
    assert (state.status, state.look_back_done, state.look_back_due) == ("closed", ("2017-03-01",), "2017-07-30")
    assert state.not_applied == ()


def test_a_source_has_no_status_of_its_own() -> None:
    """The tables show that of the problem about it; a visit to the source says nothing of that one."""
    seen = visit("2017-03-02", "completed")._replace(layer="pollution_sources")
    state = derive([seen], as_of=None, settings=SETTINGS).of("pollution_sources", "A")
    assert (state.status, state.not_applied, state.last_visit) == (None, (NotApplied(seen.uuid, "OF_SOURCE"),), seen.at)


def test_two_inspectors_who_did_not_know_of_each_other_are_a_conflict() -> None:
    start = table("2017-03-01", "behind")
    one, two = visit("2017-03-02", "completed", "王五"), visit("2017-03-03", "on_schedule", "赵六")
    state = state_of([start, one, two], "2017-03-03")
    assert state.conflicts == ((one.uuid, two.uuid),) and state.status == "behind"
    assert state.not_applied == (NotApplied(one.uuid, "IN_CONFLICT"), NotApplied(two.uuid, "IN_CONFLICT"))
    assert state_of([start, one, two], "2017-03-02").status == "completed"  # on that day nobody had contradicted


@pytest.mark.parametrize(
    ("by", "base", "conflict"),
    [
        ("赵六", 1, True),
        ("赵六", 2, False),
        ("王 五", 1, False),
        ("王五", 1, False),
        ("赵六", None, False),
        ("赵六", 0, True),
    ],
)
def test_who_knew_of_the_other_or_is_the_same_person_is_none(by: str, base: int | None, conflict: bool) -> None:
    events = [
        table("2017-03-01", "behind"),
        visit("2017-03-02", "completed"),
        visit("2017-03-03", "behind", by, base=base),
    ]
    assert bool(state_of(events).conflicts) is conflict


def test_a_table_that_speaks_of_a_later_day_hides_no_conflict() -> None:
    """The run that drew the map was as of the end of the month; both inspectors went out with that map."""
    start = table("2017-03-31", "behind")
    one, two = visit("2017-03-28", "completed", "王五", base=1), visit("2017-03-29", "on_schedule", "赵六", base=1)
    assert state_of([start, one, two]).conflicts == ((one.uuid, two.uuid),)
    knew = visit("2017-03-30", "on_schedule", "赵六", base=2)
    assert state_of([start, one, knew]).conflicts == ()


def _months_of_an_office(dice: random.Random) -> tuple[list[Event], dict[str, int]]:
    """What an office records: runs that make maps, visits with the last map, handed in late; and how much each map knew."""
    recorded: list[Event] = []
    held = {"none": 0}
    bag: list[Event] = []

    def record(one: Event) -> None:
        recorded.append(one._replace(seq=len(recorded) + 1))

    for day in range(1, dice.randint(5, 12)):
        at, build = f"2017-03-{2 * day:02}", list(held)[-1]
        known = sum(one.kind != "run" for one in recorded[: held[build]])
        what = dice.choice(["run", "visit", "visit", "visit", "hand in", "word"])
        if what == "run":
            build = f"b-{day}"
            held[build] = len(recorded)
            said = {"build_id": build, "ledger_events": held[build]}
            record(Event(made_uuid(build), "run", "", "", "headwater", at, canonical(said)))
        elif what == "visit":
            bag.append(visit(at, "behind", dice.choice("甲乙丙"), base=known, build_id=build))
        elif what == "hand in" and bag:
            record(bag.pop(dice.randrange(len(bag))))
        elif what == "word":
            record(event("status", at, "on_schedule"))
    for one in dice.sample(bag, len(bag)):
        record(one)
    return recorded, held


@pytest.mark.parametrize("seed", range(40))
def test_who_had_whom_on_the_map_is_told_by_the_run_that_made_it(seed: int) -> None:
    """However late visits come in and whatever else was recorded: no conflict is missed, and none is made up."""
    recorded, held = _months_of_an_office(random.Random(seed))
    visits = [one for one in recorded if one.kind == "visit" and one.said["build_id"] != "none"]
    recorded = [one for one in recorded if one.kind != "visit" or one in visits]
    strangers = {
        frozenset((one.uuid, other.uuid))
        for one in visits
        for other in visits
        if one.actor != other.actor
        and other.seq > held[one.said["build_id"]]
        and one.seq > held[other.said["build_id"]]
    }
    groups = [set(group) for group in state_of(recorded).conflicts]
    assert all(any(pair <= group for group in groups) for pair in strangers)
    assert set().union(*groups) == set().union(*strangers)


def test_without_a_revision_visits_of_one_day_are_a_conflict() -> None:
    one, two = visit("2017-03-02", "completed", base=None), visit("2017-03-02", "behind", "赵六", base=None)
    assert len(state_of([table("2017-03-01", "behind"), one, two]).conflicts) == 1


def test_three_inspectors_are_one_conflict_and_a_stranger_to_it_is_none() -> None:
    start = table("2017-03-01", "not_started")
    three = [visit(f"2017-03-0{day}", "behind", by) for day, by in ((2, "甲"), (3, "乙"), (4, "丙"))]
    later = visit("2017-04-01", "completed", "丁", base=4)
    state = state_of([start, *three, later])
    assert state.conflicts == (tuple(one.uuid for one in three),) and state.status == "completed"


def test_a_decision_ends_a_conflict_and_a_late_visit_opens_it_again() -> None:
    start = table("2017-03-01", "behind")
    one, two = visit("2017-03-02", "completed", "王五"), visit("2017-03-03", "on_schedule", "赵六")
    decided = event("decision", "2017-03-05", "completed", by="局长", resolves=[one.uuid, two.uuid], keep=one.uuid)
    state = state_of([start, one, two, decided])
    assert state.conflicts == () and (state.status, state.status_by) == ("completed", "局长")
    late = visit("2017-03-04", "behind", "孙七")
    again = state_of([start, one, two, decided, late])
    assert again.conflicts == ((one.uuid, two.uuid, late.uuid),) and again.status == "completed"
    part = event("decision", "2017-03-05", "completed", resolves=[one.uuid])
    assert state_of([start, one, two, part]).conflicts == ((one.uuid, two.uuid),)


def test_a_visit_handed_in_with_two_contents_waits_for_a_decision() -> None:
    assert site_conflicts.CLASH_OF == survey_merge.CLASH_OF
    start = table("2017-03-01", "behind")
    copies = [
        visit("2017-03-02", status, clash_of="U" * 36)._replace(uuid=made_uuid("clash", "U", status))
        for status in ("completed", "on_schedule")
    ]
    for copy in copies:
        first = copy._replace(uuid="U" * 36)
        state = state_of([start, first, *copies])
        assert state.conflicts == (tuple(one.uuid for one in in_order(copies)),) and state.status == "behind"
        assert state.revision == 4


def test_a_relapse_in_conflict_does_not_reopen_before_it_is_decided() -> None:
    closed = [table("2017-01-01", "accepted"), event("sign_off", "2017-01-02", "closed")]
    one, two = visit("2017-03-02", None, "王五", seen="clear"), visit("2017-03-03", None, "赵六", seen="violation")
    assert state_of([*closed, one, two]).status == "closed"
    kept = event("decision", "2017-03-04", "reopened", resolves=[one.uuid, two.uuid], keep=two.uuid)
    assert state_of([*closed, one, two, kept]).reopened == 1


# --- What persons say --------------------------------------------------------------------------------


def test_a_step_that_is_not_allowed_is_kept_without_effect() -> None:
    wrong = event("status", "2017-03-02", "closed")
    state = state_of([table("2017-03-01", "behind"), wrong])
    assert state.status == "behind" and state.not_applied == (NotApplied(wrong.uuid, "STEP"),)
    back = event("status", "2017-03-02", "not_started")
    assert state_of([table("2017-03-01", "behind"), back]).not_applied == (NotApplied(back.uuid, "STEP"),)
    assert (
        state_of([table("2017-03-01", "behind"), event("status", "2017-03-02", "not_started", reason="停工")]).status
        == "not_started"
    )


def test_a_visit_that_comes_in_late_does_not_undo_what_a_person_did() -> None:
    """The acceptance was given from completed; that visit then turns out to contradict another one."""
    start = table("2017-03-01", "behind")
    seen = visit("2017-03-03", "completed", "王五")
    word = event("acceptance", "2017-03-10", "accepted", **{"from": "completed"})
    late = visit("2017-03-02", "behind", "赵六")
    state = state_of([start, seen, word, late])
    assert state.status == "accepted" and len(state.conflicts) == 1


def test_looking_back_at_what_is_not_closed_changes_nothing() -> None:
    look = event("reinspection", "2017-03-02", result="relapsed")
    assert state_of([table("2017-03-01", "behind"), look]).not_applied == (NotApplied(look.uuid, "NOT_CLOSED"),)


# --- The office's table --------------------------------------------------------------------------------


def test_the_table_is_one_voice_and_only_its_changes_count() -> None:
    first = table("2017-03-01", "behind", deadline="2017-06-30")
    word = event("status", "2017-03-10", "completed", by="赵")
    moved = table("2017-03-20", "behind", deadline="2017-07-31")
    state = state_of([first, word, moved])
    assert (state.status, state.stated_status) == ("completed", "behind")  # the deadline changed, not the status
    assert (state.deadline, state.stated_deadline) == ("2017-07-31", "2017-07-31") and state.contradiction == ()
    undone = state_of([first, word, table("2017-03-20", "on_schedule", deadline="2017-06-30")])
    assert undone.status == "on_schedule" and undone.contradiction == ("TABLE_UNDOES",)
    assert undone.status_kind == "stated"
    redone = event("status", "2017-03-21", "completed")
    assert state_of([first, word, table("2017-03-20", "on_schedule"), redone]).contradiction == (
        "TABLE_DROPS_DEADLINE",
    )


def test_the_table_may_be_changed_on_the_day_of_a_visit() -> None:
    events = [table("2017-03-01", "behind"), visit("2017-03-10", "completed"), table("2017-03-10", "on_schedule")]
    state = state_of(events)
    assert state.status == "completed" and state.contradiction == ("TABLE_DIFFERS",)


def test_the_first_word_of_a_table_undoes_nothing_that_was_said_before() -> None:
    word = event("status", "2017-03-01", "completed", **{"from": "behind"})
    longer = event("extension", "2017-03-01", deadline="2017-12-31", reason="汛期")
    state = state_of([word, longer, table("2017-03-10", "behind", deadline="2017-06-30")])
    assert (state.status, state.deadline) == ("completed", "2017-12-31") and "TABLE_DIFFERS" in state.contradiction


def test_what_the_table_says_closed_counts_and_what_lacks_is_told() -> None:
    state = state_of(
        [table("2017-03-01", "closed", closed_on="2017-02-01", completed_on="2017-01-01", deadline="2017-01-31")]
    )
    assert state.status == "closed" and state.closed_on == "2017-02-01"
    assert state.missing == ("PHOTO_BEFORE", "PHOTO_AFTER", "ACCEPTING_UNIT", "NOTICE")
    pictures = {"photos_before": "a.jpg", "photos_after": "b.jpg"}
    assert state_of([table("2017-03-01", "accepted", deadline="2017-04-01", **pictures)]).missing == ("ACCEPTING_UNIT",)


def test_evidence_given_later_is_no_longer_missing() -> None:
    start = table("2017-03-01", "closed", closed_on="2017-03-01", completed_on="2017-01-01", deadline="2017-01-31")
    later = event(
        "status",
        "2017-03-20",
        no_photo="遗失",
        accepting_unit="市局",
        notice={"from": "2017-02-01", "to": "2017-02-10"},
    )
    assert state_of([start, later]).missing == ()


# --- Deadlines ---------------------------------------------------------------------------------------


def test_an_extension_keeps_the_old_deadline_and_that_it_had_passed() -> None:
    start = table("2017-03-01", "behind", deadline="2017-06-30")
    first = event("extension", "2017-06-01", by="局长", deadline="2017-08-31", reason="汛期")
    late = event("extension", "2017-09-10", by="局长", deadline="2017-10-31", reason="又一次")
    state = state_of([start, first, late])
    assert state.deadline == "2017-10-31" and state.stated_deadline == "2017-06-30"
    assert state.extensions[0] == Extension("2017-06-30", "2017-08-31", "汛期", "局长", "2017-06-01")
    assert state.was_overdue == (("2017-09-01", "2017-09-10"),)
    shorter = event("extension", "2017-09-11", deadline="2017-10-01", reason="x")
    assert state_of([start, first, late, shorter]).not_applied == (NotApplied(shorter.uuid, "NOT_LATER"),)


def test_a_table_that_moves_a_deadline_is_told() -> None:
    start = table("2017-03-01", "behind", deadline="2017-06-30")
    longer = event("extension", "2017-06-01", deadline="2017-12-31", reason="汛期")
    moved = table("2017-07-10", "behind", deadline="2017-09-30")
    state = state_of([start, longer, moved])
    assert state.deadline == "2017-09-30"
    assert set(state.contradiction) == {"TABLE_MOVES_DEADLINE", "TABLE_SHORTENS"}
    silently = state_of([start, table("2017-07-10", "behind", deadline="2017-09-30")])
    assert silently.was_overdue == (("2017-07-01", "2017-07-10"),) and silently.contradiction == ()
    dropped = state_of([start, table("2017-07-10", "behind")])
    assert dropped.deadline == "2017-06-30" and dropped.contradiction == ("TABLE_DROPS_DEADLINE",)


def test_work_that_ends_late_was_overdue() -> None:
    start = table("2017-03-01", "behind", deadline="2017-06-30")
    done = event("status", "2017-07-05", "completed")
    assert state_of([start, done]).was_overdue == (("2017-07-01", "2017-07-05"),)
    told = table("2017-08-01", "completed", deadline="2017-06-30", completed_on="2017-06-20")
    assert state_of([start, told]).was_overdue == ()  # completed in time, written down later


# --- Shares of the work ------------------------------------------------------------------------------


def test_a_share_of_the_work_says_whether_it_is_on_schedule_day_by_day() -> None:
    start = table("2017-01-01", "not_started", started_on="2017-01-01", deadline="2017-12-31")
    told = event("status", "2017-03-01", by="赵", progress=0.5)
    assert state_of([start, told], "2017-02-28").status == "not_started"
    early, late = state_of([start, told], "2017-04-01"), state_of([start, told], "2017-10-01")
    assert (early.status, early.computed, early.progress) == ("on_schedule", True, 0.5)
    assert early.planned == pytest.approx(90 / 364) and late.status == "behind"
    assert state_of([start, told], "2018-01-01").status == "behind"
    assert state_of([start, told, event("status", "2017-11-01", "completed")], "2017-11-02").computed is False


def test_a_stated_status_counts_and_shares_that_say_otherwise_are_told() -> None:
    def stated(
        status: str, share: float, planned: float | None = 0.6
    ) -> tuple[str | None, str | None, tuple[str, ...]]:
        plan = {} if planned is None else {"planned_share": planned}
        state = state_of([table("2017-03-01", status, progress_share=share, **plan)], "2017-03-01")
        return state.status, state.schedule, state.contradiction

    assert stated("on_schedule", 0.5) == ("on_schedule", "behind", ("SHARES_SAY_BEHIND",))
    assert stated("behind", 0.7) == ("behind", "on_schedule", ("SHARES_SAY_ON_SCHEDULE",))
    assert stated("on_schedule", 0.6) == ("on_schedule", "on_schedule", ())
    assert stated("not_started", 0.1) == ("not_started", "behind", ("SHARES_SAY_STARTED",))
    assert stated("not_started", 0.0) == ("not_started", "behind", ())
    assert stated("behind", 0.7, None) == ("behind", None, ("SHARES_WITHOUT_PLAN",))
    assert stated("completed", 0.1) == ("completed", None, ())


# --- Looking back ------------------------------------------------------------------------------------

CLOSED = [table("2017-01-01", "accepted"), event("sign_off", "2017-01-31", "closed")]


def test_a_closed_problem_is_to_be_looked_at_again_by_the_plan() -> None:
    assert (state_of(CLOSED, "2017-03-02").look_back_due, state_of(CLOSED, "2017-03-02").look_back_overdue) == (
        "2017-03-02",
        False,
    )
    assert state_of(CLOSED, "2017-03-03").look_back_overdue
    assert state_of(CLOSED, "2017-01-30").look_back_due is None
    none = LedgerSettings(look_back=())
    assert state_of(CLOSED, "2019-01-01", settings=none).look_back_due is None


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (["2017-02-05"], "2017-03-02"),  # five days after closing nothing can have relapsed
        (["2017-02-15"], "2017-07-30"),  # nearer to the 30th day than to the day of closing
        (["2017-03-20"], "2017-07-30"),
        (["2017-03-20", "2017-03-25"], "2017-07-30"),  # two visits soon one after the other are one look-back
        (["2017-06-01"], None),  # nearer to the 180th day; the first one is over
        (["2017-02-20", "2017-08-15"], None),
    ],
)
@pytest.mark.parametrize("by_visit", [True, False])
def test_which_day_of_the_plan_a_look_back_counts_for(days: list[str], due: str | None, by_visit: bool) -> None:
    looks = [visit(day, None, seen="clear") if by_visit else event("reinspection", day, result="kept") for day in days]
    state = state_of([*CLOSED, *looks], "2017-12-31")
    assert state.look_back_due == due and state.look_back_done == tuple(days)
    assert state.look_back_overdue is (due is not None)


def test_a_table_that_says_closed_starts_the_plan_too() -> None:
    assert state_of([table("2017-05-01", "closed", closed_on="2017-01-31")], "2017-05-01").look_back_due == "2017-03-02"
    assert state_of([table("2017-05-01", "closed")], "2017-05-01").look_back_due == "2017-05-31"


def test_how_often_a_problem_came_back_is_counted() -> None:
    events = list(CLOSED)
    for month in (3, 5):
        events += [
            event("reinspection", f"2017-0{month}-01", "reopened", result="relapsed"),
            event("status", f"2017-0{month}-10", "completed"), event("acceptance", f"2017-0{month}-11", "accepted"),
            event("sign_off", f"2017-0{month}-20", "closed"),
        ]  # fmt: skip
    assert state_of(events).reopened == 2
    assert state_of([table("2017-01-01", "reopened")]).reopened == 1


# --- Other than sites --------------------------------------------------------------------------------


def test_overrides_matches_and_runs_stand_beside_the_sites() -> None:
    first = event(
        "override", "2017-03-01", by="赵", finding_id="F-1", result="clear", reason="看过", facts={"result": "check"}
    )
    second = event("override", "2017-03-05", by="钱", finding_id="F-1", result="violation", reason="又看过")
    same = event("match", "2017-03-02", site="B", same_as="A")
    other = event("match", "2017-03-03", site="B", not_same_as="C", layer="pollution_sources")
    ran = event("run", "2017-03-04", site="", layer="", run_id="R-1")
    state = derive([ran, other, second, same, first], as_of=date(2017, 3, 4), settings=SETTINGS)
    assert state.overrides["F-1"].result == "clear" and state.overrides["F-1"].facts == {"result": "check"}
    assert [(one.site_id, one.other, one.same, one.layer) for one in state.matches] == [
        ("B", "A", True, LAYER), ("B", "C", False, "pollution_sources"),
    ]  # fmt: skip
    assert [one.said["run_id"] for one in state.runs] == ["R-1"]
    later = derive([second, first], as_of=None, settings=SETTINGS)
    assert (later.overrides["F-1"].result, later.overrides["F-1"].by) == ("violation", "钱")
    assert state.of(LAYER, "A").revision == 2 and ("", "") not in state.sites


def test_only_the_sites_that_are_asked_for_are_derived() -> None:
    events = [one._replace(site_id=site) for site in ("A", "B") for one in CLOSED]
    whole, part = (derive(events, as_of=None, settings=SETTINGS, only=only) for only in (None, [(LAYER, "B")]))
    assert set(whole.sites) == {(LAYER, "A"), (LAYER, "B")} and set(part.sites) == {(LAYER, "B")}
    assert part.of(LAYER, "B") == whole.of(LAYER, "B")
