"""layers.on_ledger: the office's table, what of it goes into the ledger, and what of the ledger goes into its rows."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from layers.events import Event, faults_of
from layers.ledger_state import State, derive
from layers.on_ledger import EFFECTIVE, last_said, shares, stated_events, with_ledger
from layers.sites import CLASS, sites_frame
from tests.ledger_events import LAYER, SETTINGS, event
from tests.shapes import frame

VERDICTS = ("result", "severity", "strictest_level", "violations", "checks", "not_assessed", "not_assessed_why")
ANSWERS: Any = SimpleNamespace(verdicts={LAYER: pd.DataFrame({name: [0, 0] for name in (*VERDICTS, CLASS)})})


def table(**columns: list[Any]) -> dict[str, gpd.GeoDataFrame]:
    """A table of two problems as it was read."""
    given = {
        "site_id": ["A", "B"], "name": ["甲", "乙"], "status": ["behind", "closed"], "deadline": ["2017-06-30", None],
        "completed_on": [None, None], "accepted_on": [None, None], "closed_on": [None, "2017-02-01"],
        "source_id": [None, None], "responsible_unit": [None, None], "source_file": ["data/sites.csv"] * 2, "source_row": [2, 3],
    }  # fmt: skip
    as_read = {name: pd.Series(values, dtype=object) for name, values in {**given, **columns}.items()}
    return {LAYER: frame("POINT (0 0)", "POINT (10 0)", **as_read)}


def told(frames: dict[str, gpd.GeoDataFrame], events: list[Event], day: str, run_id: str = "R-1") -> list[Event]:
    """What the table says that day and did not say before."""
    as_of = date.fromisoformat(day)
    return list(stated_events(frames, state_on(events, day), as_of=as_of, run_id=run_id))


def state_on(events: list[Event], day: str) -> State:
    return derive(events, as_of=date.fromisoformat(day), settings=SETTINGS)


def test_the_table_says_everything_once() -> None:
    first = told(table(), [], "2017-03-01")
    assert [one.said for one in first] == [
        {"status": "behind", "deadline": "2017-06-30", "run_id": "R-1"},
        {"status": "closed", "closed_on": "2017-02-01", "run_id": "R-1"},
    ]
    assert [(one.kind, one.site_id, one.actor, one.source_file) for one in first] == [
        ("stated", "A", "table", "data/sites.csv"), ("stated", "B", "table", "data/sites.csv"),
    ]  # fmt: skip
    assert [fault for one in first for fault in faults_of(one)] == []
    assert told(table(), first, "2017-03-01") == told(table(), first, "2017-08-01", "R-2") == []
    assert state_on(first, "2017-03-01").of(LAYER, "A").stated_deadline == "2017-06-30"


def test_a_repeat_is_the_same_event_and_a_table_changed_back_is_another() -> None:
    first = told(table(), [], "2017-03-01")
    assert told(table(), [], "2017-03-01") == first
    changed = told(table(status=["completed", "closed"]), first, "2017-03-01", "R-2")
    assert [one.site_id for one in changed] == ["A"]
    stored = [one._replace(seq=at) for at, one in enumerate([*first, *changed], start=1)]
    back = told(table(), stored, "2017-03-01", "R-1")
    assert back[0].body == first[0].body and back[0].uuid != first[0].uuid


def test_the_table_speaks_before_the_visits_of_its_day() -> None:
    (first, _) = told(table(), [], "2017-03-01")
    seen = event("visit", "2017-03-01T09:00:00+08:00", "completed", by="王五")
    assert state_on([first, seen], "2017-03-01").of(LAYER, "A").status == "completed"


def test_what_the_table_reports_of_the_work_goes_with_it() -> None:
    columns = {
        "progress_share": ["60%", "做完"],
        "planned_share": ["0.5", None],
        "started_on": ["2017年3月1日", "春天"],
    }
    first, second = told(table(**columns), [], "2017-04-01")
    assert (first.said["progress_share"], first.said["planned_share"]) == (0.6, 0.5)
    assert first.said["started_on"] == "2017-03-01"
    assert not {"progress_share", "planned_share", "started_on"} & set(second.said)
    hashes = {"data/sites.csv": "ab" * 32}
    (one, _) = stated_events(table(), state_on([], "2017-03-01"), as_of=date(2017, 3, 1), run_id="R", hashes=hashes)
    assert one.source_sha256 == "ab" * 32


def test_without_such_a_layer_nothing_is_said() -> None:
    state = state_on([], "2017-03-01")
    assert list(stated_events({}, state, as_of=date(2017, 3, 1), run_id="R")) == []
    assert with_ledger({}, state) == {}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["60%", " 60 ％", "0.6"], [0.6, 0.6, 0.6]),
        (["60", "5", "100"], [0.6, 0.05, 1.0]),
        (["0.6", "1"], [0.6, 1.0]),
        (["1", "1%"], [1.0, 0.01]),  # a lone 1 is all of it: no number of the column is above 1
        (["60%", "1"], [0.6, 1.0]),
        (["-1%", "101%", "nan", "inf", "约六成", ""], [None] * 6),
        (["150", "20"], [None, 0.2]),
    ],
)
def test_shares_of_a_column(cells: list[str], expected: list[float | None]) -> None:
    assert shares(list(cells)) == expected


def test_what_counts_is_put_into_the_rows_before_judging() -> None:
    frames = table()
    first = told(frames, [], "2017-03-01")
    word = event("status", "2017-03-05", "completed", by="赵")
    longer = event("extension", "2017-03-04", deadline="2017-12-31", reason="汛期")
    effective = with_ledger(frames, state_on([*first, longer, word], "2017-03-05"))[LAYER]
    assert effective["status"].tolist() == ["completed", "closed"]
    assert effective["deadline"].tolist() == ["2017-12-31", None]
    assert effective["completed_on"].tolist() == ["2017-03-05", None]
    assert effective["closed_on"].tolist() == [None, "2017-02-01"]
    assert frames[LAYER]["status"].tolist() == ["behind", "closed"]  # what was read stays as it was
    assert [name for name in frames[LAYER] if name not in EFFECTIVE] == [
        name for name in effective if name not in EFFECTIVE
    ]


def test_a_ledger_that_says_no_more_than_the_table_changes_nothing() -> None:
    columns = {"status": ["reopened", "accepted"], "completed_on": ["2017-01-05", "2017-02-01"],
               "closed_on": ["2017-01-20", None], "accepted_on": [None, "2017-02-10"]}  # fmt: skip
    frames = table(**columns)
    effective = with_ledger(frames, state_on(told(frames, [], "2017-03-01"), "2017-03-01"))[LAYER]
    for name in EFFECTIVE:
        assert effective[name].tolist() == frames[LAYER][name].tolist(), name


def test_a_site_without_a_word_on_its_status_keeps_its_row() -> None:
    frames = table()
    seen = event("visit", "2017-03-01T09:00:00+08:00", None, by="王五")
    effective = with_ledger(frames, state_on([seen], "2017-03-01"))[LAYER]
    assert effective["status"].tolist() == ["behind", "closed"]


def test_what_is_overdue_follows_the_deadline_that_counts() -> None:
    frames = table(status=["behind", "behind"], deadline=["2017-06-30", "2017-06-30"])
    first = told(frames, [], "2017-03-01")
    longer = event("extension", "2017-06-01", deadline="2017-12-31", reason="汛期")
    done = event("status", "2018-01-01", "completed")

    def late(*events: Event, day: str) -> list[bool]:
        effective = with_ledger(frames, state_on([*first, *events], day))
        return sites_frame(effective, ANSWERS, as_of=date.fromisoformat(day))["overdue"].tolist()

    assert late(longer, day="2017-06-30") == [False, False]
    assert late(longer, day="2017-07-01") == [False, True]
    assert late(longer, day="2018-01-01") == [True, True]
    assert late(done, day="2017-12-31") == [True, True]
    assert late(done, day="2018-01-01") == [False, True]


def test_last_said_is_what_the_row_said() -> None:
    (first, _) = told(table(), [], "2017-03-01")
    assert last_said(state_on([first], "2017-03-01").of(LAYER, "A")) == {"status": "behind", "deadline": "2017-06-30"}
