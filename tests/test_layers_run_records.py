"""layers.run_records: which run it is, whether it is the last one again, and what its event says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.events import Event, canonical, faults_of, made_uuid
from layers.identities import identify
from layers.ledger import Head
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import derive
from layers.run_records import Begun, Read, ThisRun, begun, in_light_of, run_event, runs_of

READ = Read(
    as_of="2017-11-30",
    version="1",
    programs="p",
    inputs=[{"path": "data/a.csv", "sha256": "0" * 64}],
    books=[{"jurisdiction": "cn", "edition": "e"}],
    settings_sha256="1" * 64,
    options={"language": "zh"},
)


def stored(events: Sequence[Event]) -> list[Event]:
    """The events as a ledger would give them."""
    return [event._replace(seq=at, hash=f"{at:064x}") for at, event in enumerate(events, start=1)]


def head(events: Sequence[Event]) -> Head:
    return Head(len(events), events[-1].hash if events else "")


def visit(number: int) -> Event:
    return Event(made_uuid("v", str(number)), "visit", "remediation_sites", "R1", "王五", "2017-11-20", "{}")


def this_run(begins: Begun, *, stated: Sequence[Event] = ()) -> ThisRun:
    state = derive(begins.events, as_of=date(2017, 11, 30), settings=LedgerSettings())
    return ThisRun(begins, identify({}, None), stated, [*begins.events, *stated], state, {}, None)


def recorded(events: list[Event], read: Read = READ, **body: Any) -> list[Event]:
    """The ledger after a run that read it, with something the office's table said."""
    begins = begun(read, events, head(events))
    stated = canonical({"status": "behind", "run_id": begins.run_id})
    said = Event(made_uuid("stated", begins.run_id), "stated", "remediation_sites", "R1", "table", "2017-11-30", stated)
    outputs = {"sites.csv": "2" * 64}
    findings = body.get("findings", ("F-1",))
    event = run_event(
        this_run(begins), build_id="b", findings=findings, unanswered=(), memory="3" * 64, outputs=outputs
    )
    return stored([*events, said, event])


def test_the_last_run_again_reads_the_ledger_as_it_did() -> None:
    events = recorded(stored([visit(1)]))
    (run,) = runs_of(events)
    again = begun(READ, events, head(events))
    assert again.again and again.run_id == run.run_id and not again.earlier
    assert [event.kind for event in again.events] == ["visit"] and again.head == Head(1, f"{1:064x}")
    second = run_event(
        this_run(again), build_id="b", findings=["F-1"], unanswered=(), memory="3" * 64, outputs=run.outputs
    )
    assert second.content == events[-1].content and second.uuid == events[-1].uuid and not faults_of(second)


@pytest.mark.parametrize(
    "other",
    [
        {"as_of": "2017-12-01"},
        {"version": "2"},
        {"programs": "q"},
        {"inputs": [{"path": "data/a.csv", "sha256": "9" * 64}]},
        {"books": []},
        {"settings_sha256": "8" * 64},
        {"options": {"language": "en"}},
    ],
)
def test_whatever_decides_about_a_run_makes_it_another(other: dict[str, Any]) -> None:
    events = recorded([])
    new = begun(READ._replace(**other), events, head(events))
    assert not new.again and new.run_id != runs_of(events)[0].run_id and len(new.earlier) == 1
    assert list(new.events) == events


def test_what_was_recorded_meanwhile_makes_it_another() -> None:
    events = stored([*recorded([]), visit(1)])
    new = begun(READ, events, head(events))
    assert not new.again and len(new.events) == 3


def test_a_run_back_to_what_was_before_is_a_run_of_its_own() -> None:
    """Else its event would be known already, and what came in between would be the last word."""
    other = READ._replace(inputs=[])
    events = recorded([])
    events = recorded(events, other)
    back = begun(READ, events, head(events))
    assert not back.again and back.run_id not in {run.run_id for run in runs_of(events)}
    assert [run.run_id for run in back.earlier] == [run.run_id for run in runs_of(events)]


def test_a_run_of_an_earlier_day_is_late_and_knows_only_runs_up_to_its_day() -> None:
    events = recorded(recorded([]), READ._replace(as_of="2018-01-01"))
    late = begun(READ._replace(as_of="2017-12-01"), events, head(events))
    assert late.late and [run.as_of for run in late.earlier] == ["2017-11-30"]


@given(st.lists(st.sampled_from(["other", "day", "visit", "again"]), max_size=8))
def test_in_any_history_a_repeat_is_known_and_all_else_is_new(steps: list[str]) -> None:
    events = recorded([])
    read = READ
    for number, step in enumerate(steps, start=1):
        if step == "other":
            read = read._replace(settings_sha256=f"{number:064x}")
        elif step == "day":
            read = read._replace(as_of=f"2018-01-{number:02d}")
        elif step == "visit":
            events = stored([*events, visit(number)])
        found = begun(read, events, head(events))
        assert found.again == (step == "again") and not found.late
        if not found.again:
            assert found.run_id not in {run.run_id for run in runs_of(events)}
            events = recorded(events, read)


def test_the_offices_table_counts_before_it_is_recorded() -> None:
    table = gpd.GeoDataFrame({"site_id": ["R1"], "status": ["behind"]}, geometry=[None], crs="EPSG:4326")
    begins = begun(READ, [], Head(0, ""))
    options: dict[str, Any] = {"as_of": date(2017, 11, 30), "settings": LedgerSettings()}
    run = in_light_of(begins, {"remediation_sites": table}, None, **options)
    assert [event.status for event in run.stated] == ["behind"] and run.state.of(
        "remediation_sites", "R1"
    ).revision == 1
