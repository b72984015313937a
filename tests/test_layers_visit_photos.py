"""Photos that visits brought (layers/visit_photos.py): the newest, small, out of the archive, or why there is none."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gis.archive import Archive
from gis.kept import Kept
from gis.photos import SmallPhoto
from layers.events import Event
from layers.photos import NO_PHOTOS, Mention
from layers.visit_photos import MOST_OF_A_SITE, smaller_visits, with_visits
from maps.photos import photo_island
from tests.ledger_frames import SITES, event, visit
from tests.map_frames import small
from tests.test_maps_payload import unpack

DAY = date(2017, 11, 30)
FOLDER_PHOTOS = NO_PHOTOS._replace(
    pictures=[("a.jpg", SmallPhoto(b"own", 4, 3))], mentions=[Mention(SITES, "R-000", "before", "a.jpg", 0, "")]
)


def picture(shade: int, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (800, 600), (shade, 90, 20)).save(made, kind)
    return made.getvalue()


def seen(number: int, site_id: str, at: str, *photos: Any) -> Event:
    return visit(number, site_id, at, "王五", "behind", "violation", photos=list(photos))


def taken(archive: Archive, content: bytes, name: str = "x.jpg") -> dict[str, str]:
    return {"name": name, "sha256": archive.put(content)}


def test_photos_of_visits_follow_those_that_the_data_name(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, second = taken(archive, picture(1)), taken(archive, picture(2, "PNG"), "b.png")
    events = [
        seen(1, "R-000", "2017-03-01T09:00:00+08:00", first), seen(2, "R-000", "2017-08-01T10:30:00+08:00", second, first),
        seen(3, "R-003", "2017-12-24T09:00:00+08:00", first),
        event(4, "acceptance", "R-003", "2017-08-01", "李", "accepted", photos=[first]),
    ]  # fmt: skip
    found = with_visits(FOLDER_PHOTOS, events, tmp_path, as_of=DAY, kept=Kept(None))
    assert found.mentions[0] == FOLDER_PHOTOS.mentions[0]
    assert [(one.moment, one.name, one.picture, one.code) for one in found.mentions[1:]] == [
        ("visit", "2017-08-01 10:30 王五 · b.png", 1, ""), ("visit", "2017-08-01 10:30 王五 · x.jpg", 2, ""),
        ("visit", "2017-03-01 09:00 王五 · x.jpg", 2, ""),
    ]  # fmt: skip
    assert found.archived == {1: second["sha256"], 2: first["sha256"]}
    assert {max(one.width, one.height) for _, one in found.pictures[1:]} == {320}
    less = smaller_visits(found, tmp_path, 160, kept=Kept(None))
    assert [max(one.width, one.height) for _, one in less.pictures] == [4, 160, 160]
    columns = unpack(photo_island(found, small()["sites"], "../photos/").packed())[1]
    assert columns["moment"] == ["before", "visit", "visit", "visit"] and columns["picture"] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "PHOTO_NOT_ARCHIVED"), (b"no picture", "PHOTO_KIND"), (picture(3)[:400], "PHOTO_UNREADABLE")],
)
def test_a_photo_that_cannot_be_shown_stays_named_with_its_reason(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    sha256 = Archive(tmp_path).put(content) if content else "0" * 64
    events = [seen(1, "R-000", "2017-03-01T09:00:00+08:00", {"name": "x.jpg", "sha256": sha256})]
    found = with_visits(NO_PHOTOS, events, tmp_path, as_of=DAY, kept=Kept(None))
    assert [(one.picture, one.code) for one in found.mentions] == [(-1, code)]
    assert (found.pictures, dict(found.archived)) == ([], {})


def test_a_photo_that_was_changed_in_the_archive_is_not_shown(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    photo = taken(archive, picture(4))
    (tmp_path / "archive" / photo["sha256"][:2] / photo["sha256"]).write_bytes(picture(5))
    found = with_visits(NO_PHOTOS, [seen(1, "R-000", "2017-03-01", photo)], tmp_path, as_of=DAY, kept=Kept(None))
    assert [one.code for one in found.mentions] == ["PHOTO_NOT_ARCHIVED"]


def test_of_many_photos_of_a_site_the_newest_are_shown_and_other_shapes_are_passed_over(tmp_path: Path) -> None:
    photo = taken(Archive(tmp_path), picture(6))
    events = [
        seen(day, "R-000", f"2017-03-{day:02d}", photo, "x", {"sha256": 3}, {"name": "a"}) for day in range(1, 20)
    ]
    found = with_visits(NO_PHOTOS, events, tmp_path, as_of=DAY, kept=Kept(None))
    assert [one.name[:10] for one in found.mentions] == [f"2017-03-{19 - at:02d}" for at in range(MOST_OF_A_SITE)]
    assert len(found.pictures) == 1
