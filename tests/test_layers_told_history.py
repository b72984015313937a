"""Frames of the ledger for map and paper (layers/told_history.py): what is told of whom, and what is left out."""

from __future__ import annotations

from datetime import date

from layers.site_state import NotApplied, SiteState
from layers.told_history import EVENT_COLUMNS, FEWEST_OF_A_SITE, LATER, MOST_EVENTS, MOST_OF_A_SITE, told_history
from tests.ledger_frames import SITES, UUID, event, events, history, states, visit

DAY = date(2017, 11, 30)


def test_events_are_told_by_site_in_the_order_in_which_they_happened() -> None:
    shuffled = [*reversed(events()), event(20, "run", "", "2017-11-30", "headwater")]
    told = told_history(shuffled, states(), as_of=DAY).events
    assert told.columns.tolist() == list(EVENT_COLUMNS)
    assert told["uuid"].tolist() == [UUID.format(number) for number in range(1, 12)]
    first = told.set_index("uuid").loc
    extension, acceptance = first[UUID.format(3)], first[UUID.format(5)]
    assert (extension["deadline"], extension["note"], extension["actor"]) == ("2017-10-31", "雨季停工", "张局长")
    assert (acceptance["unit"], acceptance["evidence"], acceptance["status"]) == ("市生态环境局", 2, "accepted")
    seen = first[UUID.format(2)]
    assert (seen["result"], seen["photos"], seen["file"], seen["note"]) == (
        "violation",
        2,
        "周三巡查.json",
        "围堰已开工",
    )


def test_what_has_no_effect_says_why_and_what_contradicts_is_grouped() -> None:
    told = told_history(events(), states(), as_of=DAY).events.set_index("uuid")
    assert told["without"].map(bool).sum() == 4
    assert told.loc[UUID.format(8), "without"] == LATER
    assert told.loc[UUID.format(11), "without"] == "NEEDS_PERSON"
    assert told["conflict"].tolist() == [0] * 8 + [1, 1, 0]


def test_a_site_says_where_it_stands_since_when_and_what_to_look_at() -> None:
    standing = history("F").standing.set_index("site_id")
    relapsed = standing.loc["R-000"]
    assert (relapsed["status_since"], relapsed["status_by"], relapsed["revision"], relapsed["relapses"]) == (
        "2017-11-05",
        "王五",
        8,
        1,
    )
    assert (relapsed["first_deadline"], relapsed["stated_status"], relapsed["flags"]) == (
        "2017-08-31",
        "closed",
        "contradiction",
    )
    assert standing["flags"].to_dict() == {
        "R-000": "contradiction", "R-003": "conflict", "R-006": "look_back_due;not_applied",
        "R-009": "look_back_overdue;missing", "R-012": "decided",
    }  # fmt: skip
    assert standing.loc["R-006", ["look_back", "look_back_on"]].tolist() == ["due", "2017-12-28"]
    assert standing.loc["R-012", "former_ids"] == "S-17"


def test_looking_back_that_is_done_is_told_with_its_day() -> None:
    kept = {(SITES, "R-1"): SiteState(look_back_done=("2017-05-01", "2017-09-01"))}
    standing = told_history([event(1, "status", "R-1", "2017-03-01", "甲", "closed")], kept, as_of=DAY).standing
    assert standing.loc[0, ["look_back", "look_back_on", "flags"]].tolist() == ["kept", "2017-09-01", ""]


def test_of_a_long_history_the_newest_events_are_told_and_how_many_are_older() -> None:
    many = [visit(number, "R-1", f"2017-01-01T00:{number // 60:02d}:{number % 60:02d}+08:00", "甲", "behind", "check") for number in range(60)]  # fmt: skip
    pair = ((UUID.format(0), UUID.format(1)),)
    told = told_history(many, {(SITES, "R-1"): SiteState(conflicts=pair)}, as_of=DAY)
    assert told.events["uuid"].tolist() == [UUID.format(number) for number in (0, 1, *range(60 - MOST_OF_A_SITE, 60))]
    assert told.standing.loc[0, "older"] == 60 - MOST_OF_A_SITE - 2


def test_the_more_events_there_are_the_fewer_are_told_of_each_site(monkeypatch: object) -> None:
    few = [event(number, "status", f"R-{number % 10}", "2017-01-01", "甲", "behind") for number in range(200)]
    import layers.told_history as module

    told = {}
    for most in (MOST_EVENTS, 100, 1):
        monkeypatch.setattr(module, "MOST_EVENTS", most)  # type: ignore[attr-defined]
        told[most] = len(told_history(few, {}, as_of=DAY).events)
    assert told == {MOST_EVENTS: 200, 100: 200, 1: 10 * FEWEST_OF_A_SITE}


def test_notes_are_shortened_and_bodies_of_any_shape_are_told() -> None:
    odd = [
        event(1, "visit", "R-1", "2017-03-01", "甲", None, note="水" * 500, observed="?", photos=3, evidence=None),
        event(2, "override", "R-1", "2017-03-02", "乙", None, reason="a\n b", result=7, deadline=["x"]),
    ]
    told = told_history(odd, {(SITES, "R-1"): SiteState(not_applied=(NotApplied("x", "STEP"),))}, as_of=DAY)
    first, second = (told.events.loc[row] for row in (0, 1))
    assert (len(first["note"]), first["result"], first["photos"], first["evidence"]) == (241, "", 0, 0)
    assert (second["note"], second["result"], second["deadline"]) == ("a b", "", "")
    assert told.standing.loc[0, "flags"] == "not_applied"


def test_nothing_is_told_of_nothing() -> None:
    told = told_history([], {}, as_of=DAY)
    assert (len(told.events), len(told.standing), told.since) == (0, 0, None)
