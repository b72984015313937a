"""The island of photos: what sites name, by the rows of the page, and the pictures' own bytes."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from gis.photos import SmallPhoto
from layers.photos import NO_PHOTOS, Mention
from maps.inspection import inspection_map
from maps.photos import photo_island
from tests.map_frames import HOSTILE, small

PHOTOS = NO_PHOTOS._replace(
    pictures=[
        ("a.jpg", SmallPhoto(b"\xff\xd8first", 320, 240)),
        ("子/b.jpg", SmallPhoto(b"\xff\xd8second!", 200, 320)),
    ],
    mentions=[
        Mention("remediation_sites", "R-003", "before", "a.jpg", 0, ""),
        Mention("remediation_sites", "R-000", "", HOSTILE[0], -1, "PHOTO_MISSING"),
        Mention("remediation_sites", "R-000", "after", "子\\B.JPG", 1, ""),
        Mention("pollution_sources", "nobody", "", "x.jpg", 0, ""),
    ],
)


def unpacked(packed: bytes) -> tuple[dict[str, Any], bytes]:
    whole = zlib.decompress(packed, -zlib.MAX_WBITS)
    size = int.from_bytes(whole[:4], "little")
    return json.loads(whole[4 : 4 + size]), whole[4 + size :]


def test_the_island_holds_every_mention_of_a_site_and_each_picture_once() -> None:
    head, body = unpacked(photo_island(PHOTOS, small()["sites"], "../photos/").packed())
    assert head["rows"] == 3  # nobody is no site of this page
    assert head["names"] == ["a.jpg", "子/b.jpg"] and head["sizes"] == [[320, 240], [200, 320]]
    assert head["folder"] == "../photos/"
    (files,) = [one for one in head["places"] if one["type"] == "files"]
    at, size = files["block"]
    assert body[at : at + size] == b"\xff\xd8first\xff\xd8second!"
    (name,) = [one for one in head["columns"] if one["name"] == "name"]
    at, size = name["text"]
    assert body[at : at + size].decode() == f"{HOSTILE[0]}子\\B.JPGa.jpg"


def test_the_same_photos_give_the_same_page_and_none_give_no_island() -> None:
    one = inspection_map(**small(), photos=PHOTOS, photo_folder="../photos/")
    assert one == inspection_map(**small(), photos=PHOTOS, photo_folder="../photos/")
    assert 'id="island-photos"' in one and "{{7*7}}" not in one
    assert 'id="island-photos"' not in inspection_map(**small())


@pytest.mark.parametrize("folder", ["", "../photos/"])
def test_the_way_to_the_originals_is_told_only_where_it_is_known(folder: str) -> None:
    head, _ = unpacked(photo_island(PHOTOS, small()["sites"], folder).packed())
    assert head["folder"] == folder
