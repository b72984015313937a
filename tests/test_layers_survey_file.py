"""layers.survey_file: the map's survey file, every fault of it told by record and field, nothing run and nothing guessed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gis.faults import InputError
from gis.strict_json import NotJson, oddities, parsed
from layers import survey_file
from layers.field_faults import expected_of, field_name, found_text
from layers.survey_file import is_time, picture_kind, pictures_of, read_survey
from tests.field_work import photo, small_png, survey, visit

SHA = hashlib.sha256(small_png(3)).hexdigest()


def faults(tmp_path: Path, text: str | bytes) -> list[tuple[str, int | None, str]]:
    """What is told of a file: code, record and field of each fault."""
    path = tmp_path / "s.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as refused:
        read_survey(path, name="s.json")
    assert {fault.file for fault in refused.value.faults} == {"s.json"}
    for fault in refused.value.faults:
        for language in ("zh", "en"):
            assert "\x1b" not in fault.line(language)
    return [(fault.code, fault.row, fault.column) for fault in refused.value.faults]


def test_a_visit_becomes_an_event_with_all_it_says(tmp_path: Path) -> None:
    record = visit(1, photos=[photo(small_png(3), "排口.png")], extra="left", base_revision=4)
    path = tmp_path / "s.json"
    path.write_text("\ufeff" + survey(record, visit(2, build_id="")), encoding="utf-8")
    found = read_survey(path, name="s.json")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.unknown_fields == ("extra",)
    first, second = found.visits
    assert first[:6] == (record["uuid"], "visit", "remediation_sites", "R-000", "赵六", "2017-12-01T09:30:00+08:00")
    assert first.status == "behind" and first.source_sha256 == found.sha256
    assert first.said == {
        "base_revision": 4, "build_id": "b-0", "note": "排口仍在排水", "observed": record["observed"],
        "position": record["position"], "photos": [{"name": "排口.png", "sha256": SHA}],
    }  # fmt: skip
    assert second.said["build_id"] == "b-0"  # of the file
    assert list(pictures_of(path.read_bytes())) == [small_png(3)]


def test_a_visit_need_not_state_its_layer(tmp_path: Path) -> None:
    record = visit(1)
    del record["layer"]
    (tmp_path / "s.json").write_text(survey(record, visit(2, layer="")), encoding="utf-8")
    assert [one.layer for one in read_survey(tmp_path / "s.json", name="s.json").visits] == ["", ""]


def test_numbers_that_mean_the_same_are_the_same_event(tmp_path: Path) -> None:
    place = {"lon": 104, "lat": 26, "accuracy_m": 8, "source": "own"}
    path = tmp_path / "s.json"
    path.write_text(survey(visit(1, position=place, base_revision=3.0)), encoding="utf-8")
    same = tmp_path / "t.json"
    same.write_text(
        survey(
            visit(
                1,
                position={name: float(one) if name != "source" else one for name, one in place.items()},
                base_revision=3,
            )
        ),
        encoding="utf-8",
    )
    assert read_survey(path, name="s").visits[0].content == read_survey(same, name="t").visits[0].content


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "uuid in capitals": ({"uuid": "00000000-0000-4000-8000-00000000000A"}, "uuid"),
    "no uuid": ({"uuid": None}, "uuid"),
    "layer that is none": ({"layer": "sites"}, "layer"),
    "empty site": ({"site_id": ""}, "site_id"),
    "site too long": ({"site_id": "x" * 1001}, "site_id"),
    "revision below zero": ({"base_revision": -1}, "base_revision"),
    "revision a text": ({"base_revision": "1"}, "base_revision"),
    "revision a yes": ({"base_revision": True}, "base_revision"),
    "revision half": ({"base_revision": 1.5}, "base_revision"),
    "revision beyond all bounds": ({"base_revision": 2**60}, "base_revision"),
    "day that does not exist": ({"visited_at": "2017-11-31T09:00:00+08:00"}, "visited_at"),
    "time without offset": ({"visited_at": "2017-11-30T09:00:00"}, "visited_at"),
    "nobody": ({"inspector": ""}, "inspector"),
    "status that is none": ({"observed": {"status": "done", "result": None, "checklist": []}}, "observed.status"),
    "result left out": ({"observed": {"status": None, "checklist": []}}, "observed.result"),
    "done neither yes nor no": (
        {"observed": {"status": None, "result": None, "checklist": [{"item": "a", "done": True}, {"item": "b", "done": 1}]}},
        "observed.checklist[2].done",
    ),
    "note no text": ({"note": None}, "note"),
    "note too long": ({"note": "x" * 20_001}, "note"),
    "longitude beyond": ({"position": {"lon": 181, "lat": 0, "accuracy_m": None}}, "position.lon"),
    "latitude a yes": ({"position": {"lon": 1, "lat": True, "accuracy_m": None}}, "position.lat"),
    "source that is none": ({"position": {"lon": 1, "lat": 1, "accuracy_m": None, "source": "gps"}}, "position.source"),
    "too many photos": ({"photos": [photo(small_png(1))] * 61}, "photos"),
    "no picture": ({"photos": [photo(b"<svg onload=alert(1)>")]}, "photos[1].data"),
    "another picture": ({"photos": [photo(small_png(1)), photo(small_png(1)) | {"sha256": SHA}]}, "photos[2].sha256"),
    "no base64": ({"photos": [photo(small_png(1)) | {"data": "§§"}]}, "photos[1].data"),
    "letters that are halves": ({"note": "\ud800"}, "note"),
    "a control where a name is": ({"inspector": "\x1b[31m" * 60}, "inspector"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_by_record_and_field(tmp_path: Path, name: str) -> None:
    changes, field = WRONG[name]
    text = json.dumps(json.loads(survey(visit(1), visit(2))) | {"records": [visit(1), visit(2) | changes]})
    assert faults(tmp_path, text) == [("SURVEY_FIELD", 2, field)]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    records = [visit(1, note=1, site_id=""), visit(2), [], visit(4, visited_at="yesterday")]
    assert faults(tmp_path, json.dumps(json.loads(survey()) | {"records": records})) == [
        ("SURVEY_FIELD", 1, "site_id"), ("SURVEY_FIELD", 1, "note"), ("SURVEY_FIELD", 3, ""), ("SURVEY_FIELD", 4, "visited_at"),
    ]  # fmt: skip


def deep(text: str) -> str:
    return "[" * 100_000 + text


NOT_JSON: dict[str, Callable[[str], str | bytes]] = {
    "cut short": lambda text: text[: len(text) // 2],
    "cut before its end": lambda text: text.rstrip()[:-1],
    "nothing": lambda text: "",
    "another encoding": lambda text: text.encode("utf-16"),
    "GB 18030": lambda text: text.encode("gb18030"),
    "nested without end": deep,
    "more behind it": lambda text: text + "{}",
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_json_is_refused_whole(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path, NOT_JSON[name](survey(visit(1)))) == [("SURVEY_NOT_JSON", None, "")]


def test_json_that_no_writer_sends_is_named(tmp_path: Path) -> None:
    text = survey(visit(1), visit(2))
    twice = text.replace('"note": "', '"note": "x", "note": "', 1)
    assert faults(tmp_path, twice) == [("SURVEY_FIELD", 1, "note")]
    assert faults(tmp_path, text.replace("8.5", "NaN")) == [
        ("SURVEY_FIELD", 1, "position.accuracy_m"),
        ("SURVEY_FIELD", 2, "position.accuracy_m"),
    ]
    assert faults(tmp_path, text.replace("8.5", "1e999", 1)) == [("SURVEY_FIELD", 1, "position.accuracy_m")]
    assert faults(tmp_path, text.replace('"base_revision": 0', '"base_revision": ' + "9" * 5000, 1)) == [
        ("SURVEY_FIELD", 1, "base_revision")
    ]
    assert faults(tmp_path, text.replace('"version": 1', '"version": 1, "version": 1')) == [
        ("SURVEY_FIELD", None, "version")
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "geojson"}, "format"),
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"build_id": 1}, "build_id"),
        ({"records": {}}, "records"),
        ({"records": [1] * 5001}, "records"),
    ],
)
def test_another_document_is_no_survey(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    assert faults(tmp_path, json.dumps(json.loads(survey()) | changes)) == [("SURVEY_FORMAT", None, field)]
    assert faults(tmp_path, "[1, 2]") == [("SURVEY_FORMAT", None, "format")]


def test_sizes_are_those_of_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (survey_file.LARGEST_FILE, survey_file.LARGEST_PHOTO) == (192 * 2**20, 12 * 2**20)
    assert (survey_file.MOST_RECORDS, survey_file.MOST_PHOTOS) == (5000, 60)
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(survey_file.LARGEST_FILE + 1)
    with pytest.raises(InputError, match="SURVEY_TOO_LARGE"):
        read_survey(path, name="large.json")
    monkeypatch.setattr(survey_file, "LARGEST_PHOTO", 60)
    assert faults(tmp_path, survey(visit(1, photos=[photo(small_png(1))]))) == [("SURVEY_FIELD", 1, "photos[1].data")]
    with pytest.raises(InputError, match="FILE_MISSING"):
        read_survey(tmp_path / "none.json", name="none.json")


def test_more_values_than_any_survey_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.strict_json.MOST_VALUES", 100)
    assert parsed(b"[" + b"1," * 90 + b"1]") == [1] * 91
    with pytest.raises(NotJson, match="more than 100 values"):
        parsed(b"[" + b"{}," * 90 + b"1]")


def test_oddities_are_found_wherever_they_are() -> None:
    odd = list(oddities(parsed(b'{"a": [1, {"b": NaN, "b": -Infinity}], "\\udc00": "x", "c": "\\ud83d\\ude00"}')))
    assert sorted((one.path, one.which) for one in odd) == [
        ((), "surrogate"), (("a", 1, "b"), "constant"), (("a", 1, "b"), "repeated"),
    ]  # fmt: skip


def test_words_of_faults() -> None:
    assert field_name(("photos", 0, "data")) == "photos[1].data"
    assert expected_of({"type": "string_too_long", "msg": "", "ctx": {"max_length": 5}}) == (
        "至多 5 个字",
        "at most 5 letters",
    )
    assert expected_of({"type": "new_in_pydantic", "msg": "said so"}) == ("said so", "said so")
    assert found_text("\x1b[2J" + "x" * 500).startswith("·[2J") and len(found_text("x" * 500)) < 70


def test_times_and_pictures() -> None:
    assert is_time("2017-11-20T09:30+08:00") and is_time("2016-02-29T23:59:59.5Z")
    assert not any(
        map(
            is_time,
            (
                "2017-02-29T00:00Z",
                "2017-11-20",
                "2017-11-20T24:00:00Z",
                "２017-11-20T09:30:00Z",
                "2017-11-20T09:30:00+15:00",
            ),
        )
    )
    assert picture_kind(b"\xff\xd8\xff\xe0") == "jpg" and picture_kind(b"RIFF\0\0\0\0WEBP") == "webp"
    assert picture_kind(base64.b64decode("R0lGODlhAQABAAAAACw=")) is None
