"""gis.photo_facts: what a camera wrote beside the picture, read by the process that opens foreign files; claims, judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gis.faults import InputError
from gis.photo_facts import PhotoFacts, photo_facts
from gis.photos import read_photo_facts


def shot(
    path: Path,
    *,
    gps: dict[int, Any] | None = None,
    times: dict[int, Any] | None = None,
    changed: str = "",
    kind: str = "JPEG",
) -> Path:
    """A photo of 8 by 6 pixels with an EXIF block."""
    exif = Image.Exif()
    exif[0x010F] = "maker"
    if changed:
        exif[0x0132] = changed
    exif.get_ifd(0x8825).update(gps or {})
    exif.get_ifd(0x8769).update(times or {})
    Image.new("RGB", (8, 6)).save(path, kind, exif=exif)
    return path


GPS = {1: "N", 2: (26.0, 35.0, 24.0), 3: "E", 4: (104.0, 49.0, 48.0)}
TAKEN = {0x9003: "2017:08:14 11:31:05", 0x9011: "+08:00"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_and_time_are_those_of_the_camera(tmp_path: Path, kind: str) -> None:
    path = shot(tmp_path / "no-ending", gps=GPS, times=TAKEN, kind=kind)
    told = read_photo_facts(path, name="a")
    assert told == PhotoFacts(8, 6, pytest.approx(104.83), pytest.approx(26.59), "2017-08-14T11:31:05+08:00")


TIMES: list[tuple[dict[str, Any], str]] = [
    ({"times": {0x9003: "2017:08:14 11:31:05"}}, "2017-08-14T11:31:05"),
    (
        {"times": {0x9003: "2017:08:14 11:31:05"}, "gps": {7: (3.0, 31.0, 5.0), 29: "2017:08:14"}},
        "2017-08-14T03:31:05Z",
    ),
    ({"times": {0x9003: "0000:00:00 00:00:00", 0x9004: "2017:08:14 11:31:06"}}, "2017-08-14T11:31:06"),
    ({"changed": "2017:08:14 11:31:07"}, "2017-08-14T11:31:07"),
    ({"times": {0x9003: "2017:02:30 11:31:05"}}, ""),
    ({"times": {0x9003: "2017:08:14 11:31:05", 0x9011: "\x1b[31m"}}, "2017-08-14T11:31:05"),
    ({}, ""),
]


@pytest.mark.parametrize(("written", "taken_at"), TIMES)
def test_the_time_is_the_surest_that_there_is(tmp_path: Path, written: dict[str, Any], taken_at: str) -> None:
    assert photo_facts(shot(tmp_path / "p", **written)).taken_at == taken_at


@pytest.mark.parametrize(
    "gps", [{}, {2: GPS[2], 4: GPS[4]}, GPS | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, GPS | {2: (95.0, 0.0, 0.0)}, GPS | {2: (26.0,)}, {1: "N", 2: GPS[2]}]
)  # fmt: skip
def test_a_place_that_cannot_be_is_none(tmp_path: Path, gps: dict[int, Any]) -> None:
    told = photo_facts(shot(tmp_path / "p", gps=gps))
    assert (told.lon, told.lat) in ((None, None), (pytest.approx(104.83), pytest.approx(26.59)))
    assert (told.lon is None) is (gps.get(1) is not None or not gps)


def test_south_and_west_are_negative(tmp_path: Path) -> None:
    told = photo_facts(shot(tmp_path / "p", gps=GPS | {1: "S", 3: "W"}))
    assert (told.lon, told.lat) == (pytest.approx(-104.83), pytest.approx(-26.59))


def test_what_is_no_whole_picture_is_refused(tmp_path: Path) -> None:
    whole = shot(tmp_path / "p", gps=GPS).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) * 2 // 3])
    (tmp_path / "text").write_bytes(b"<svg/>")
    for name, code in (("cut", "PHOTO_UNREADABLE"), ("text", "PHOTO_KIND"), ("none", "PHOTO_UNREADABLE")):
        with pytest.raises(InputError, match=code) as refused:
            read_photo_facts(tmp_path / name, name=name)
        assert refused.value.faults[0].file == name


def test_hostile_exif_leaves_the_picture(tmp_path: Path) -> None:
    data = bytearray(shot(tmp_path / "p", gps=GPS, times=TAKEN).read_bytes())
    start = data.index(b"Exif")
    for at in range(start + 6, start + 200):
        broken = bytearray(data)
        broken[at] ^= 0xFF
        (tmp_path / "q").write_bytes(broken)
        told = photo_facts(tmp_path / "q")
        assert (told.width, told.height) == (8, 6)
        assert told.lon is None or -180 <= told.lon <= 180
