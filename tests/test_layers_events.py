"""Events as they are written down: moments, bodies, uuids, and what keeps one out of the ledger."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from layers.events import KINDS, LARGEST, LARGEST_RUN, Event, canonical, faults_of, instant, made_uuid, new_uuid

VISIT = Event(
    "6f1f6a3e-30d1-4b39-a1c7-0a6fd0b0a001", "visit", "remediation_sites", "ZG-001", "张三", "2017-08-11T10:20:00+08:00",
    canonical({"note": "渣堆已清运一半"}), "on_schedule", "surveys/a.json", "ab" * 32,
)  # fmt: skip


def test_a_day_is_its_end_in_china() -> None:
    assert instant("2017-11-30") == datetime(2017, 11, 30, 15, 59, 59, 999999, UTC).timestamp()
    assert instant("2017-11-30T23:59:59.999+08:00") < instant("2017-11-30") < instant("2017-12-01T00:00:00+08:00")


@pytest.mark.parametrize("at", ["2017-11-30T16:00:00Z", "2017-12-01T00:00+08:00", "2017-11-30 10:00:00.000-06:00"])
def test_one_moment_in_every_offset(at: str) -> None:
    assert instant(at) == datetime(2017, 11, 30, 16, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "at",
    ["", "2017-11-31", "2017-11-30T10:00:00", "20171130", "2017-W48-4", "30.11.2017", "2017-11", "2017-11-30T24:61Z"],
)
def test_what_is_no_moment_is_refused(at: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(at)
    assert [fault.column for fault in faults_of(VISIT._replace(at=at))] == ["at"]


def test_an_event_that_is_stored_knows_its_moment() -> None:
    assert VISIT.instant == instant(VISIT.at)
    assert VISIT._replace(stored_instant=5.0).instant == 5.0


def test_equal_bodies_have_equal_bytes() -> None:
    assert canonical({"b": [1, 2], "a": "水"}) == canonical({"a": "水", "b": [1, 2]}) == '{"a":"水","b":[1,2]}'
    assert VISIT.said == {"note": "渣堆已清运一半"}
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_uuids_of_content_and_of_people() -> None:
    assert made_uuid("a", "b") == made_uuid("a", "b") != made_uuid("ab", "") != made_uuid("", "ab")
    assert len({new_uuid() for _ in range(100)}) == 100
    assert {uuid.UUID(made_uuid("a")).version, uuid.UUID(new_uuid()).version} == {5, 4}


def test_where_it_came_from_does_not_make_it_another_event() -> None:
    again = VISIT._replace(source_file="surveys/all.json", source_sha256="cd" * 32, seq=9, hash="x")
    assert again.content == VISIT.content
    assert all(
        VISIT._replace(**{name: "other"}).content != VISIT.content
        for name in ("kind", "layer", "site_id", "actor", "at", "body", "status")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_stored(kind: str) -> None:
    assert faults_of(VISIT._replace(kind=kind)) == []
    assert faults_of(VISIT._replace(kind="run", layer="", site_id="", status=None)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("uuid", "6F1F6A3E-30D1-4B39-A1C7-0A6FD0B0A001"), ("uuid", "17"), ("kind", "delete"), ("layer", "zones"), ("site_id", ""),
        ("actor", " "), ("at", "yesterday"), ("body", "[]"), ("body", '{"a": 1}'), ("body", "{"), ("status", "done"),
        ("status", ""), ("source_sha256", "AB" * 32), ("actor", "\ud83d"), ("site_id", None), ("body", b"{}"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_named(column: str, value: object) -> None:
    faults = faults_of(VISIT._replace(**{column: value}))  # type: ignore[arg-type]
    assert [fault.column for fault in faults] == [column]
    for language in ("zh", "en"):
        assert faults[0].line(language)


def test_a_body_nested_without_end_is_refused() -> None:
    assert [fault.column for fault in faults_of(VISIT._replace(body='{"a":' * 200_000 + "1" + "}" * 200_000))] == [
        "body"
    ]


def test_an_event_too_large_is_refused_and_a_run_may_be_larger() -> None:
    large = VISIT._replace(body=canonical({"note": "水" * (LARGEST // 3)}))
    (fault,) = faults_of(large)
    assert fault.code == "EVENT_TOO_LARGE"
    assert f"{LARGEST:,}" in fault.reason("en") and f"{LARGEST:,}" in fault.reason("zh")
    assert faults_of(large._replace(kind="run")) == []
    assert LARGEST_RUN > LARGEST
