"""layers.finding_history: since when a finding is known, and whether it comes back."""

from __future__ import annotations

import geopandas as gpd

from layers.finding_history import Seen, history_of, with_history

MARCH = {"as_of": "2017-03-31", "appeared": ["F-a", "F-b", "F-c"], "gone": []}
AUGUST = {"as_of": "2017-08-31", "appeared": ["F-d"], "gone": ["F-a", "F-b"]}
NOVEMBER = {"as_of": "2017-11-30", "appeared": ["F-b"], "gone": [], "unanswered": ["F-c"]}


def findings(*ids: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"finding_id": list(ids), "first_seen": "", "change": ""}, geometry=[None] * len(ids))


def test_what_each_run_adds() -> None:
    assert history_of([]) == {}
    assert history_of([MARCH, AUGUST, NOVEMBER]) == {
        "F-a": Seen("2017-03-31", open=False, cleared=1, cleared_on="2017-08-31"),
        "F-b": Seen("2017-03-31", open=True, cleared=1, cleared_on="2017-08-31"),
        "F-c": Seen("2017-03-31", open=True),
        "F-d": Seen("2017-08-31", open=True),
    }


def test_new_known_and_relapsed() -> None:
    told = with_history(findings("F-a", "F-b", "F-d", "F-e"), history_of([MARCH, AUGUST]), "2017-11-30")
    assert list(told["change"]) == ["relapsed", "relapsed", "known", "new"]
    assert list(told["first_seen"]) == ["2017-03-31", "2017-03-31", "2017-08-31", "2017-11-30"]


def test_what_had_no_answer_for_a_time_did_not_relapse() -> None:
    """Nobody has said that it was solved."""
    told = with_history(findings("F-c"), history_of([MARCH, AUGUST, NOVEMBER]), "2018-02-28")
    assert list(told["change"]) == ["known"] and list(told["first_seen"]) == ["2017-03-31"]


def test_a_finding_that_relapsed_twice() -> None:
    runs = [MARCH, AUGUST, NOVEMBER, {"as_of": "2018-02-28", "appeared": [], "gone": ["F-b"]}]
    assert history_of(runs)["F-b"] == Seen("2017-03-31", open=False, cleared=2, cleared_on="2018-02-28")
    assert list(with_history(findings("F-b"), history_of(runs), "2018-05-31")["change"]) == ["relapsed"]


def test_no_findings() -> None:
    assert with_history(findings(), history_of([MARCH]), "2017-11-30").empty
