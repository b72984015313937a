"""layers.workflow, layers.evidence, layers.decisions: steps, shares of the work, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from layers.decisions import Outcome, Said, outcome_of
from layers.evidence import (
    EVIDENCE,
    Lack,
    Proof,
    classes_named,
    lacking_for_acceptance,
    lacking_for_closing,
    may_be_same_unit,
    same_unit,
    units_of,
    with_evidence,
)
from layers.ledger_settings import LedgerSettings
from layers.site_facts import SiteFacts
from layers.site_state import SiteState
from layers.words import STATUSES
from layers.workflow import CONTRADICTIONS, STEPS, WHY_NOT, WITH_REASON, allowed, next_steps, planned_share, schedule
from tests.ledger_events import LAYER, event, visit

PHOTOS = {"before": [{"name": "a.jpg", "sha256": "0" * 64}], "after": [{"name": "b.jpg", "sha256": "1" * 64}]}
WHOLE = {**PHOTOS, "accepting_unit": "市生态环境局", "notice": {"from": "2017-10-09", "to": "2017-10-15"}}


# --- Steps -----------------------------------------------------------------------------------------


def test_every_status_has_its_steps() -> None:
    assert set(STEPS) == set(WITH_REASON) == {None, *STATUSES}
    for before in STEPS:
        assert not STEPS[before] & WITH_REASON[before]
        assert before not in STEPS[before] | WITH_REASON[before]
        assert {*STEPS[before], *WITH_REASON[before]} <= set(STATUSES)


@pytest.mark.parametrize(
    "before", [one for one in (None, *STATUSES) if one not in ("accepted", "closed")], ids=lambda one: one or "none"
)
def test_nobody_closes_what_is_not_accepted(before: str | None) -> None:
    assert not allowed(before, "closed", reason=True)
    assert allowed(before, "accepted", reason=True) == (before == "completed")


def test_only_the_way_through_the_offices_leads_to_the_end_and_back() -> None:
    way = ["not_started", "on_schedule", "behind", "completed", "accepted", "closed", "reopened", "completed"]
    assert all(allowed(before, after, reason=False) for before, after in pairwise(way))
    for before, after in zip(way[1:4], way[:3], strict=True):  # back: from completed to behind as well
        assert allowed(before, after, reason=True)
    assert not allowed("completed", "behind", reason=False) and allowed("completed", "behind", reason=True)
    assert not allowed("closed", "behind", reason=True)
    assert not allowed("behind", "cannot_fix", reason=False) and allowed("behind", "cannot_fix", reason=True)
    assert not allowed("accepted", "cannot_fix", reason=True) and not allowed("closed", "cannot_fix", reason=True)
    assert next_steps("completed") == (("accepted",), ("not_started", "on_schedule", "behind", "cannot_fix"))


def test_the_manual_has_every_step_and_code(root: Any) -> None:
    text = (root / "docs" / "workflow.md").read_text(encoding="utf-8")
    for before in STATUSES:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{before}` {STATUSES[before].zh} ")]
        free, with_reason = (cell.strip() for cell in row.split("|")[2:4])
        told = tuple(" ".join(f"`{one}`" for one in steps) or "–" for steps in next_steps(before))
        assert (free, with_reason) == told
    for code in (*EVIDENCE, *WHY_NOT, *CONTRADICTIONS):
        assert f"`{code}`" in text


# --- Shares ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "planned", "start", "deadline", "expected"),
    [
        ("2017-06-30", 0.4, None, None, 0.4),
        ("2017-06-30", 0.4, "2017-01-01", "2017-12-31", 0.4),  # the office's plan goes before the straight line
        ("2017-04-11", None, "2017-01-01", "2017-07-20", 0.5),
        ("2016-12-31", None, "2017-01-01", "2017-07-20", 0.0),
        ("2017-07-20", None, "2017-01-01", "2017-07-20", 1.0),
        ("2017-07-20", 0.8, None, "2017-07-20", 0.8),
        ("2017-07-21", 0.8, None, "2017-07-20", 1.0),  # past the deadline all of it was to be done
        ("2017-07-21", None, None, "2017-07-20", 1.0),
        ("2017-07-20", None, None, "2017-07-20", None),
        ("2017-06-30", None, "2017-01-01", None, None),
        ("2017-06-30", None, "2017-06-01", "2017-05-01", 1.0),
    ],
)
def test_the_planned_share(
    on: str, planned: float | None, start: str | None, deadline: str | None, expected: float | None
) -> None:
    found = planned_share(date.fromisoformat(on), planned=planned, started_on=start, deadline=deadline)
    assert found == (None if expected is None else pytest.approx(expected))


def test_on_schedule_is_where_the_planned_share_is_reached() -> None:
    assert schedule(0.6, 0.6) == schedule(0.1 + 0.2, 0.3) == schedule(1.0, 0.0) == "on_schedule"
    assert schedule(0.59, 0.6) == "behind"


# --- Evidence --------------------------------------------------------------------------------------


def proof(has: Mapping[str, Any], **other: Any) -> Proof:
    return Proof(has, **{"completed_on": "2017-09-30", "deadline": "2017-09-30", "responsible_unit": "水务局", **other})


def codes(lacking: list[Lack]) -> list[str]:
    return [lack.code for lack in lacking]


def test_with_all_its_evidence_nothing_lacks() -> None:
    assert lacking_for_acceptance(proof(WHOLE)) == []
    assert lacking_for_closing(proof(WHOLE), on="2017-10-16", settings=LedgerSettings()) == []


@pytest.mark.parametrize(
    ("change", "other", "lacks"),
    [
        ({"before": []}, {}, "PHOTO_BEFORE"),
        ({"after": []}, {}, "PHOTO_AFTER"),
        ({"accepting_unit": None}, {}, "ACCEPTING_UNIT"),
        ({"accepting_unit": "水 务 局（盖章）"}, {}, "ACCEPTING_UNIT_SAME"),
        ({"accepting_unit": "住建局"}, {"responsible_unit": "水务局、住建局"}, "ACCEPTING_UNIT_SAME"),
        ({}, {"deadline": None}, "DEADLINE"),
        ({}, {"deadline": "2017-09-29"}, "EXTENSION"),
        ({}, {"about_water": True, "target_class": "III"}, "CLASS"),
        ({"water_quality": True, "attained_class": "II", "class_shown": True}, {}, "CLASS_TARGET"),
        ({"attained_class": "II"}, {"about_water": True, "target_class": "III"}, "CLASS_REFERENCE"),
        ({"attained_class": "IV", "class_shown": True}, {"about_water": True, "target_class": "III"}, "CLASS_WORSE"),
        (
            {"attained_class": "III", "class_shown": True, "target_class": "IV"},
            {"about_water": True, "target_class": "III"},
            "CLASS_TARGET_WEAKER",
        ),
    ],
)
def test_each_thing_that_lacks_for_acceptance_is_named(
    change: dict[str, Any], other: dict[str, Any], lacks: str
) -> None:
    found = lacking_for_acceptance(proof({**WHOLE, **change}, **other))
    assert codes(found) == [lacks]
    assert codes(
        lacking_for_closing(proof({**WHOLE, **change}, **other), on="2017-10-16", settings=LedgerSettings())
    ) == [lacks]
    for language in ("zh", "en"):
        assert found[0].text(language) and "{" not in found[0].text(language)


@pytest.mark.parametrize(
    ("change", "on", "settings", "lacks"),
    [
        ({"notice": None}, "2017-10-16", {}, ["NOTICE"]),
        ({}, "2017-10-15", {}, ["NOTICE_RUNNING"]),
        ({"notice": {"from": "2017-10-09", "to": "2017-10-12"}}, "2017-10-16", {}, ["NOTICE_SHORT"]),
        ({"notice": {"from": "2017-10-09", "to": "2017-10-13"}}, "2017-10-16", {}, []),
        ({"notice": {"from": "2017-09-01", "to": "2017-10-13"}}, "2017-10-16", {}, ["NOTICE_EARLY"]),
        ({"notice": None}, "2017-10-16", {"notice_days": 0}, []),
        ({}, "2017-10-16", {"signatures": 3}, ["SIGNATURE"]),
        ({"signatures": {"初审": "赵", "复审": "钱"}}, "2017-10-16", {"signatures": 3}, ["SIGNATURE"]),
        (
            {"signatures": {"初审": "赵", "复审": "钱", "终审": "赵 "}},
            "2017-10-16",
            {"signatures": 3},
            ["SIGNATURE_TWICE"],
        ),
        ({"signatures": {"初审": "赵", "复审": "钱", "终审": "孙"}}, "2017-10-16", {"signatures": 3}, []),
        ({"signatures": {"初审": "赵", "复审": "钱"}}, "2017-10-16", {"signatures": 2}, []),
    ],
)
def test_closing_needs_a_notice_that_is_over_and_its_signatures(
    change: dict[str, Any], on: str, settings: dict[str, Any], lacks: list[str]
) -> None:
    found = lacking_for_closing(proof({**WHOLE, **change}), on=on, settings=LedgerSettings(**settings))
    assert codes(found) == lacks


def test_a_reason_stands_for_photos_and_all_that_lacks_is_told_at_once() -> None:
    assert codes(lacking_for_acceptance(proof({"no_photo": "洪水冲毁", "accepting_unit": "市局"}))) == []
    found = lacking_for_closing(proof({}, deadline=None), on="2017-10-16", settings=LedgerSettings(signatures=1))
    assert codes(found) == ["PHOTO_BEFORE", "PHOTO_AFTER", "ACCEPTING_UNIT", "DEADLINE", "NOTICE", "SIGNATURE"]


def test_evidence_adds_up() -> None:
    first = with_evidence({}, {"before": [1], "note": "x", "from": "behind"})
    both = with_evidence(first, {"before": [2], "signatures": {"初审": "赵"}, "attained_class": "II", "evidence": [3]})
    assert both["before"] == [1, 2] and both["class_shown"] is True
    more = with_evidence(both, {"signatures": {"复审": "钱"}, "attained_class": "I"})
    assert more["signatures"] == {"初审": "赵", "复审": "钱"}
    assert more["class_shown"] is False  # what shows one class does not show another


@pytest.mark.parametrize(
    ("one", "other", "same", "maybe"),
    [
        ("钟山区水务局", "钟山区　水务局", True, False),
        ("钟山区水务局（牵头）", "钟山区水务局", True, False),
        ("ＡＢ有限责任公司", "ab有限公司", True, False),
        ("钟山区人民政府", "钟山区政府", True, False),
        ("水务局", "钟山区水务局", False, True),
        ("钟山区水务局", "水城县水务局", False, False),
        ("", "", False, False),
    ],
)
def test_units_are_the_same_where_that_is_sure(one: str, other: str, same: bool, maybe: bool) -> None:
    assert same_unit(one, other) is same_unit(other, one) is same
    assert may_be_same_unit(one, other) is may_be_same_unit(other, one) is maybe


def test_a_cell_may_name_several_units() -> None:
    assert units_of("水务局；住建局/环保局")[1:] == ["水务局", "住建局", "环保局"]
    assert units_of(None) == units_of("") == []
    assert units_of("和平街道办")[0] == "和平街道办"  # what looks like several may be one


def test_classes_that_a_goal_names() -> None:
    assert classes_named("水质稳定达到Ⅲ类，消除劣Ⅴ类") == ["III", "worse_than_V"]
    assert classes_named("关停一类企业") == ["I"]  # only asked where the goal speaks of the quality of water
    assert classes_named("达到国家要求") == classes_named(None) == []


@pytest.mark.parametrize(
    "wrong",
    [{"look_back": [180, 30]}, {"look_back": [0]}, {"signatures": 4}, {"signature_roles": ["审", "审"]}, {"days": 1}],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LedgerSettings(**wrong)


# --- What a person says ---------------------------------------------------------------------------


def said(**what: Any) -> Said:
    return Said(**{"by": "李四", "at": "2017-10-16", "day": "2017-10-16", **what})


def outcome(what: Said, state: SiteState, *visits: Any, facts: SiteFacts | None = None, **settings: Any) -> Outcome:
    facts = facts or SiteFacts(LAYER, "A", "排口", "水务局")
    return outcome_of(what, facts, state, {one.uuid: one for one in visits}, LedgerSettings(**settings))


ACCEPTED = SiteState("accepted", completed_on="2017-09-30", deadline="2017-09-30", evidence=PHOTOS)


def test_a_refused_closing_names_everything_and_records_nothing() -> None:
    found = outcome(said(status="closed"), ACCEPTED, signatures=3)
    assert found.events == () and len(found.refused) == 1
    for word in ("验收单位", "公示", "初审、复审、终审"):
        assert word in found.refused[0].zh
    for word in ("unit that accepted", "public notice", "signatures"):
        assert word in found.refused[0].en
    full = {name: one for name, one in WHOLE.items() if name not in PHOTOS}
    done = outcome(
        said(status="closed", evidence={**full, "signatures": {"初审": "赵", "复审": "钱", "终审": "孙"}}),
        ACCEPTED,
        signatures=3,
    )
    assert not done.refused and [one.kind for one in done.events] == ["sign_off"]
    assert done.events[0].said["from"] == "accepted" and done.events[0].status == "closed"


def test_a_class_of_water_is_asked_for_where_the_problem_is_about_it() -> None:
    about = SiteFacts(LAYER, "A", "断面", "水务局", about_water=True, target_class="III")
    state = SiteState("completed", completed_on="2017-09-30", deadline="2017-09-30", evidence=WHOLE)
    assert "水质达标证明" in outcome(said(status="accepted"), state, facts=about).refused[0].zh
    shown = {"attained_class": "III", "evidence": [{"name": "监测报告.pdf", "sha256": "2" * 64}]}
    done = outcome(said(status="accepted", evidence=shown), state, facts=about)
    assert not done.refused and done.events[0].said["target_class"] == "III"
    by_number = outcome(
        said(status="accepted", note="黔环监〔2017〕12号", evidence={"attained_class": "II"}), state, facts=about
    )
    assert not by_number.refused


def test_an_extension_in_the_same_breath_counts_for_the_acceptance() -> None:
    late = SiteState("completed", completed_on="2017-10-10", deadline="2017-09-30", evidence=WHOLE)
    assert "延期" in outcome(said(status="accepted"), late).refused[0].zh
    done = outcome(said(status="accepted", extend="2017-10-31", reason="汛期停工"), late)
    assert [one.kind for one in done.events] == ["extension", "acceptance"]
    assert done.events[0].said == {"before": "2017-09-30", "deadline": "2017-10-31", "reason": "汛期停工"}


def test_no_deadline_is_shortened_and_none_moved_without_a_reason() -> None:
    state = SiteState("behind", deadline="2017-09-30")
    found = outcome(said(extend="2017-09-30"), state)
    assert len(found.refused) == 2 and found.events == ()
    assert "2017-09-30" in found.refused[1].en


def test_a_unit_that_may_be_the_same_is_told_not_refused() -> None:
    state = SiteState("completed", completed_on="2017-09-30", deadline="2017-09-30", evidence=WHOLE)
    found = outcome(said(status="accepted", evidence={"accepting_unit": "钟山区水务局"}), state)
    assert not found.refused and "可能是同一单位" in found.told[0].zh


def test_a_step_that_is_not_possible_tells_those_that_are() -> None:
    found = outcome(said(status="accepted"), SiteState("behind"))
    assert "已完成整改" in found.refused[0].zh and "completed" in found.refused[0].en
    assert "--reason" in outcome(said(status="behind"), SiteState("completed")).refused[0].en
    assert not outcome(said(status="behind", reason="验收未通过"), SiteState("completed")).refused
    assert "--note" in outcome(said(status="reopened"), SiteState("closed")).refused[0].en
    assert outcome(said(progress=0.5), SiteState("closed")).refused


def test_a_source_has_no_status_of_its_own() -> None:
    found = outcome(said(status="completed"), SiteState("behind"), facts=SiteFacts("pollution_sources", "S-1"))
    assert "污染源" in found.refused[0].zh and not found.events


def test_a_decision_names_all_visits_and_one_outcome() -> None:
    one, two = visit("2017-10-01", "completed"), visit("2017-10-02", "behind", "赵六")
    state = SiteState("behind", conflicts=((one.uuid, two.uuid),))
    assert two.uuid in outcome(said(resolve=(one.uuid,), keep=one.uuid), state, one, two).refused[0].zh
    assert "--keep" in outcome(said(resolve=(one.uuid, two.uuid)), state, one, two).refused[0].en
    assert outcome(said(resolve=(one.uuid, two.uuid), keep=one.uuid, status="behind"), state, one, two).refused
    assert outcome(said(resolve=("0000",), keep=one.uuid), state, one, two).refused
    assert outcome(said(resolve=(one.uuid, two.uuid), status="accepted"), state, one, two).refused
    short = (one.uuid[:8], two.uuid[:8])
    (decided,) = outcome(said(resolve=short, keep=one.uuid[:8]), state, one, two).events
    assert (decided.kind, decided.status) == ("decision", "completed")
    assert decided.said["resolves"] == [one.uuid, two.uuid] and decided.said["keep"] == one.uuid
    (decided,) = outcome(said(resolve=short, status="behind"), state, one, two).events
    assert decided.status == "behind"
    assert outcome(said(keep="abcd"), SiteState("behind")).refused


def test_an_override_needs_a_finding_of_the_last_run_and_a_reason() -> None:
    judged = {"F-1": {"result": "violation"}}
    facts = SiteFacts(LAYER, "A", findings={"F-1": {"finding_id": "F-1", "rule_id": "CN-OUT-01"}}, judged=judged)
    assert len(outcome(said(override="F-2"), SiteState(), facts=facts).refused) == 3
    (made,) = outcome(said(override="F-1", result="clear", reason="已拆除"), SiteState(), facts=facts).events
    assert made.kind == "override" and made.said["facts"] == {"result": "violation"}


def test_a_word_on_which_site_it_is() -> None:
    (still,) = outcome(said(same_as="A"), SiteState()).events  # it is what had this id, whatever it is called now
    assert still.said["same_as"] == "A"
    (made,) = outcome(said(not_same_as="B", reason="两家"), SiteState()).events
    assert made.kind == "match" and made.said == {"not_same_as": "B", "reason": "两家"}


def test_evidence_alone_can_be_recorded() -> None:
    (made,) = outcome(said(evidence=PHOTOS), SiteState("closed")).events
    assert (made.kind, made.status) == ("status", None) and made.said["before"] == PHOTOS["before"]
    assert event("status", "2017-10-16", **made.said).said == made.said
