"""layers.survey_mapping, layers.survey_forms: exports of ODK and KoboToolbox as they come, described by a mapping or not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gis.faults import InputError
from layers.events import Event
from layers.project import ProjectError
from layers.survey_file import picture_kind
from layers.survey_files import incoming
from layers.survey_forms import forms_of
from layers.survey_mapping import BUILT_IN, heading_of, mapping_for, read_mapping
from tests.field_work import small_png
from tests.projects import ROOT

UUID = "0b0e5f5c-7f3a-4f7e-9d53-6a1f5f0f2c11"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
# As ODK Central writes a submission: groups with -, an id with its scheme, media beside.
ODK = (
    "SubmissionDate,start,end,visit-site_id,visit-status,visit-result,visit-note,location-Latitude,location-Longitude,"
    "location-Altitude,location-Accuracy,visit-photo,inspector,meta-instanceID,KEY,SubmitterName,AttachmentsPresent\n"
    f"2017-08-14T04:00:00.000Z,2017-08-14T11:20:00.000+08:00,2017-08-14T11:31:05.120+08:00,R-007,behind,violation,"
    f'"排口, 仍在排水",26.5931,104.8302,1800,4.2,1502681465.jpg,王五,uuid:{UUID},uuid:{UUID},office,1\n'
)
# As KoboToolbox writes one: semicolons, groups with /, a select_multiple in columns of its own, a place in one cell.
KOBO = (
    '"start";"end";"g/点位编号";"g/状态";"g/evidence";"g/evidence/photo";"g/evidence/sample";"location";"_location_latitude";'
    '"_location_longitude";"_location_altitude";"_location_precision";"g/照片";"g/照片_URL";"备注";"_id";"_uuid";'
    '"_submission_time";"_submitted_by"\n'
    '"2017-08-14T11:20:00.000+08:00";"2017-08-14T11:31:05.000+08:00";"R-007";"未达到序时进度";"photo sample";"1";"1";'
    '"26.5931 104.8302 1800 4.2";"26.5931";"104.8302";"1800";"4.2";"";"";"=1+1";"77";'
    f'"{UUID}";"2017-08-14T04:00:00";"wangwu"\n'
)  # fmt: skip


def read(path: Path, text: str | bytes, mapping: Path | None = None) -> list[Event]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(incoming(path, mapping=read_mapping(mapping) if mapping else None).visits)


def refused(path: Path, text: str, mapping: Path | None = None) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InputError) as error:
        read(path, text, mapping)
    assert all(fault.file == path.as_posix() for fault in error.value.faults)
    return [(fault.code, fault.row, fault.column) for fault in error.value.faults]


def mapped(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_odk_export_needs_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1502681465.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photo")
    one = (
        incoming((tmp_path / "odk.csv"), mapping=None)
        if (tmp_path / "odk.csv").write_text("\ufeff" + ODK, encoding="utf-8")
        else None
    )
    assert one is not None and one.kind == "forms"
    (visit,) = one.visits
    assert visit[:6] == (UUID, "visit", "", "R-007", "王五", "2017-08-14T11:31:05+08:00")
    assert visit.status == "behind" and visit.source_file == "odk.csv" and visit.source_sha256 == one.sha256
    said = visit.said
    assert said["observed"] == {"status": "behind", "result": "violation", "checklist": []}
    assert said["position"] == {"lon": 104.8302, "lat": 26.5931, "accuracy_m": 4.2, "source": "own"}
    assert said["note"] == "排口, 仍在排水" and said["base_revision"] is None
    assert [photo["name"] for photo in said["photos"]] == ["1502681465.jpg"]
    assert {said["photos"][0]["sha256"]: tmp_path / "media" / "1502681465.jpg"} == dict(one.pictures)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_plain_kobo_export_needs_no_mapping(tmp_path: Path, encoding: str) -> None:
    (visit,) = read(tmp_path / "kobo.csv", KOBO.encode(encoding))
    assert visit[:6] == (UUID, "visit", "", "R-007", "wangwu", "2017-08-14T11:31:05+08:00")
    assert visit.status == "behind" and visit.said["note"] == "=1+1"  # text stays text
    assert visit.said["position"] == {"lon": 104.8302, "lat": 26.5931, "accuracy_m": 4.2, "source": "own"}


def test_a_place_in_one_cell_and_the_time_of_the_server(tmp_path: Path) -> None:
    text = f"_uuid,_submission_time,site,location,username\n{UUID},2017-08-14 04:00:00,R-1,26.5931 104.8302 1800 4.2,a\n{OTHER},2017-08-14T04:00,R-2,,b\n"
    first, second = read(tmp_path / "k.csv", text)
    assert first.said["position"] == {"lon": 104.8302, "lat": 26.5931, "accuracy_m": 4.2, "source": "own"}
    assert first.at == "2017-08-14T04:00:00+00:00" and second.at == "2017-08-14T04:00:00+00:00"
    assert second.said["position"] is None


MAPPING = """
base = "kobo"
offset = "+08:00"
media = "attachments"

[columns]
site_id = "问题号"
visited_at = "时间"
note = ["情况", "建议"]
photos = ["近景", "远景"]

[constants]
layer = "remediation_sites"
inspector = "巡查二组"

[values.status]
"干完了" = "completed"
"没动" = "not_started"

[[checklist]]
item = "水样"
rule_id = "CN-OUT-01"
column = "evidence"
choice = "sample"

[[checklist]]
item = "已拍照"
column = "拍照"
"""


def test_a_mapping_says_what_the_columns_are(tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    for uuid, shade in ((UUID, 1), (OTHER, 2)):
        (folder / uuid).mkdir(parents=True)
        (folder / uuid / "近.png").write_bytes(small_png(shade))  # the same name in the folder of each visit
    rows = f"_uuid,时间,问题号,状态,情况,建议,evidence,拍照,近景,远景\n{UUID},2017-08-14 11:31,007,干完了,好,再看,photo sample,是,近.png,\n"
    rows += f"{OTHER},2017-08-15,008,没动,,,photo,否,https://x.example/a/近.png?k=1,\n"
    first, second = read(tmp_path / "forms.csv", rows, mapped(tmp_path, MAPPING))
    assert (first.layer, first.site_id, first.actor, first.at, first.status) == (
        "remediation_sites", "007", "巡查二组", "2017-08-14T11:31:00+08:00", "completed",
    )  # fmt: skip
    assert first.said["note"] == "好\n再看"
    assert [(one["item"], one["rule_id"], one["done"]) for one in first.said["observed"]["checklist"]] == [
        ("水样", "CN-OUT-01", True),
        ("已拍照", "", True),
    ]
    assert [one["done"] for one in second.said["observed"]["checklist"]] == [False, False]
    assert (second.at, second.status) == ("2017-08-15", "not_started")
    assert first.said["photos"][0]["sha256"] != second.said["photos"][0]["sha256"]


def test_every_cell_that_cannot_be_is_told(tmp_path: Path) -> None:
    header = "KEY,SubmissionDate,site_id,end,inspector,status,location,photo\n"
    rows = [
        "uuid:1,,R1,2017-08-14T11:31:05+08:00,a,behind,,", f"uuid:{UUID},,,2017-08-14T11:31:05+08:00,a,behind,,",
        f"{UUID},,R1,2017-08-14 11:31,a,behind,,", f"{UUID},,R1,2017-13-14T11:31:05+08:00,a,behind,,",
        f"{UUID},,R1,2017-08-14T11:31:05+08:00,,behind,,", f"{UUID},,R1,2017-08-14T11:31:05+08:00,a,\x1b[2J干了,,",
        f"{UUID},,R1,2017-08-14T11:31:05+08:00,a,,104.83 26.59 0 0,", f"{UUID},,R1,2017-08-14T11:31:05+08:00,a,,,../secret.jpg",
    ]  # fmt: skip
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff")
    assert refused(tmp_path / "bad.csv", header + "\n".join(rows)) == [
        ("SURVEY_FIELD", 2, "KEY"), ("SURVEY_FIELD", 3, "site_id"), ("SURVEY_FIELD", 4, "end"), ("SURVEY_FIELD", 5, "end"),
        ("SURVEY_FIELD", 6, "inspector"), ("SURVEY_FIELD", 7, "status"), ("SURVEY_FIELD", 8, "location"), ("FORM_PHOTO", 9, "photo"),
    ]  # fmt: skip


def test_columns_that_lack_or_fit_twice_are_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv", f"KEY,SubmissionDate,place,end\n{UUID},,x,2017-08-14T11:31:05Z\n") == [
        ("FORM_COLUMN", None, "site_id"), ("FORM_COLUMN", None, "inspector"),
    ]  # fmt: skip
    twice = f"KEY,SubmissionDate,a-site_id,b-site_id,end,inspector\n{UUID},,x,y,2017-08-14T11:31:05Z,w\n"
    assert refused(tmp_path / "b.csv", twice) == [("FORM_COLUMN", None, "site_id")]


def test_a_photo_is_a_picture_in_the_folder_and_no_link(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "text.jpg").write_text("no picture")
    (tmp_path / "media" / "link.jpg").symlink_to("/etc/hostname")
    rows = "".join(f"{UUID},,R1,2017-08-14T11:31:05Z,a,{name}\n" for name in ("text.jpg", "link.jpg", "none.jpg"))
    assert refused(tmp_path / "p.csv", "KEY,SubmissionDate,site_id,end,inspector,photo\n" + rows) == [
        ("SURVEY_FIELD", 2, "photo"), ("FORM_PHOTO", 3, "photo"), ("FORM_PHOTO", 4, "photo"),
    ]  # fmt: skip
    without = mapped(tmp_path, 'base = "odk"\n[columns]\nphotos = []\n')
    rows = f"KEY,SubmissionDate,site_id,end,inspector,photo\n{UUID},,R1,2017-08-14T11:31:05Z,a,none.jpg\n"
    assert read(tmp_path / "q.csv", rows, without)[0].said["photos"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("[columns]\nuuids = 'x'\n", "MAPPING_WRONG"), ("base = 'survey123'\n", "MAPPING_WRONG"), ("offset = '8'\n", "MAPPING_WRONG"),
     ("[values.status]\n'x' = 'finished'\n", "MAPPING_WRONG"), ("[columns\n", "PROJECT_NOT_TOML"), ("[[checklist]]\nitem = 'x'\n", "MAPPING_WRONG")],
)  # fmt: skip
def test_a_mapping_with_a_slip_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(ProjectError) as error:
        read_mapping(mapped(tmp_path, text))
    assert [fault.code for fault in error.value.faults] == [code]
    with pytest.raises(ProjectError, match="MAPPING_MISSING"):
        read_mapping(tmp_path / "none.toml")


def test_headings_are_found_by_their_groups() -> None:
    assert heading_of(["site_id"], ["Visit/Site ID", "KEY"]) == "Visit/Site ID"
    assert heading_of(["a/b", "KEY"], ["b", "KEY"]) == "KEY"
    assert heading_of(["_uuid"], ["meta-uuid"]) is None
    with pytest.raises(KeyError, match="x-photo, y-photo"):
        heading_of(["photo"], ["x-photo", "y-photo"])
    assert mapping_for(["KEY", "SubmissionDate", "x"]) is BUILT_IN["odk"]
    assert mapping_for(["编号", "整改状态"]) is None
    assert forms_of([], BUILT_IN["odk"], name="x", digest="", media=Path("none")) == ((), {})
    assert picture_kind(b"") is None


def test_the_example_of_the_manual_works(tmp_path: Path) -> None:
    blocks = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs" / "surveys.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    tables = re.findall(
        r"```csv\n(.*?)```", (ROOT / "docs" / "surveys.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert len(blocks) == len(tables) == 1
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1502681465.png").write_bytes(small_png(1))
    (visit,) = read(tmp_path / "forms.csv", tables[0], mapped(tmp_path, blocks[0]))
    assert (visit.layer, visit.site_id, visit.status) == ("remediation_sites", "ZG-07", "completed")
    assert visit.said["observed"]["checklist"][0]["done"] is True and len(visit.said["photos"]) == 1
