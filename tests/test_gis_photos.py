"""Photos made small: what a camera writes comes out upright and bare, what a hostile file holds does not come out."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gis.photos
from gis.faults import Fault, InputError
from gis.kept import Kept
from gis.photo_shrinking import small_photo
from gis.photos import SIDE, SmallPhoto, read_photo
from gis.reading_limits import Stated

NOTHING = Kept(None)


def scene(width: int = 1600, height: int = 1200) -> Image.Image:
    """A picture whose left upper quarter is red and whose lower half is blue."""
    cells = np.full((height, width, 3), 200, dtype=np.uint8)
    cells[: height // 2, : width // 2] = (220, 30, 30)
    cells[height // 2 :] = (20, 40, 200)
    return Image.fromarray(cells)


def written(path: Path, image: Image.Image | None = None, **settings: Any) -> Path:
    (image or scene()).save(path, **settings)
    return path


def read(path: Path, *, kept: Kept = NOTHING, **settings: Any) -> SmallPhoto:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return read_photo(path, name=f"photos/{path.name}", sha256=sha256, kept=kept, **settings)


def opened(photo: SmallPhoto) -> Image.Image:
    image = Image.open(io.BytesIO(photo.data), formats=["JPEG"])
    image.load()
    assert image.size == (photo.width, photo.height)
    return image


def code_of(path: Path, **settings: Any) -> str:
    with pytest.raises(InputError) as refused:
        read(path, **settings)
    (fault,) = refused.value.faults
    assert fault.file == f"photos/{path.name}"
    return fault.code


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("ending", ["jpg", "JPEG", "png", "webp"])
def test_a_photo_becomes_a_small_jpeg(tmp_path: Path, ending: str) -> None:
    photo = read(written(tmp_path / f"a.{ending}"))
    assert (photo.width, photo.height) == (SIDE, SIDE * 3 // 4) and len(photo.data) < 15_000
    image = opened(photo)
    assert np.allclose(image.getpixel((20, 20)), (220, 30, 30), atol=12)
    assert np.allclose(image.getpixel((300, 220)), (20, 40, 200), atol=12)
    assert read(tmp_path / f"a.{ending}") == photo


def test_orientation_is_applied_and_everything_but_pixels_stays_behind(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825)[2] = (26.0, 35.0, 31.0)
    path = written(tmp_path / "a.jpg", exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE" * 9)
    assert b"SECRET-COMMENT" in path.read_bytes() and b"SECRET-DESCRIPTION" in path.read_bytes()
    photo = read(path)
    assert (photo.width, photo.height) == (240, 320)
    assert b"SECRET" not in photo.data and b"Exif" not in photo.data
    image = opened(photo)
    assert np.allclose(image.getpixel((220, 20)), (220, 30, 30), atol=12)  # turned to the right
    assert np.allclose(image.getpixel((20, 300)), (20, 40, 200), atol=12)


def test_what_can_be_seen_through_is_white_and_grey_or_printed_colours_are_colours(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    assert opened(read(written(tmp_path / "clear.png", clear))).getpixel((5, 5)) == (255, 255, 255)
    grey = Image.fromarray(np.full((48, 64), 40_000, dtype=np.uint16))
    assert np.allclose(opened(read(written(tmp_path / "grey.png", grey))).getpixel((5, 5)), 156, atol=3)
    inks = scene(640, 480).convert("CMYK")
    assert np.allclose(opened(read(written(tmp_path / "inks.jpg", inks))).getpixel((20, 20)), (220, 30, 30), atol=25)
    palette = scene(64, 48).convert("P")
    assert np.allclose(opened(read(written(tmp_path / "few.png", palette))).getpixel((5, 5)), (220, 30, 30), atol=25)


def test_a_small_photo_is_not_made_larger(tmp_path: Path) -> None:
    photo = read(written(tmp_path / "a.png", scene(100, 60)))
    assert (photo.width, photo.height) == (100, 60)
    assert read(written(tmp_path / "thin.png", scene(4000, 2))).height == 1


def hostile(folder: Path) -> dict[str, Path]:
    """Files that claim to be photos, by what is wrong with them."""
    whole = written(folder / "whole.jpg").read_bytes()
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    contents = {
        "svg.jpg": svg,
        "svg.svg": svg,
        "page.png": b"<!DOCTYPE html><script>alert(1)</script>",
        "png.jpg": written(folder / "plain.png").read_bytes(),
        "gif.gif": b"GIF89a" + b"\0" * 40,
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        "heic.jpg": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400,
        "empty.jpg": b"",
        "cut.jpg": whole[: len(whole) // 2],
        "cut.png": (folder / "plain.png").read_bytes()[:900],
        "noise.jpg": whole[:600] + hashlib.sha512(whole).digest() * 50,
        "bomb.png": png(60_000, 60_000, bytes(1000)),
        "bomb.jpg": whole[: whole.index(b"\xff\xc0") + 5] + b"\xff\xff\xff\xff" + whole[whole.index(b"\xff\xc0") + 9 :],
        "words.png": png(9, 9, bytes(28 * 9))[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80 << 20), 9)),
        "nothing.jpg.lnk": whole,
        "noending": whole,
    }
    paths = {name: folder / name for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


def test_no_hostile_file_is_shown_and_each_says_why(tmp_path: Path) -> None:
    found = {name: code_of(path) for name, path in hostile(tmp_path).items()}
    kinds = ("svg.jpg", "svg.svg", "page.png", "png.jpg", "gif.gif", "postscript.jpg", "heic.jpg", "empty.jpg")
    assert {name: found.pop(name) for name in kinds} == dict.fromkeys(kinds, "PHOTO_KIND")
    assert found.pop("nothing.jpg.lnk") == found.pop("noending") == "PHOTO_KIND"
    assert found.pop("bomb.png") == found.pop("bomb.jpg") == "PHOTO_TOO_LARGE"
    assert found == dict.fromkeys(("cut.jpg", "cut.png", "noise.jpg", "words.png"), "PHOTO_UNREADABLE")
    # The process that read them all still reads.
    assert read(tmp_path / "whole.jpg").width == SIDE


def test_a_picture_that_takes_too_much_memory_ends_its_reading_only(tmp_path: Path) -> None:
    path = tmp_path / "zeros.png"
    path.write_bytes(png(10_900, 10_900, bytes((3 * 10_900 + 1) * 10_900)))  # 119 megapixels in 350 KB
    assert code_of(path, limits=Stated(memory_gib=0.25)) == "FILE_MEMORY"
    assert read(written(tmp_path / "after.jpg")).width == SIDE


def test_kept_photos_are_not_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = written(tmp_path / "a.jpg"), tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:3000])
    kept = Kept(tmp_path / "kept")
    first = read(whole, kept=kept)
    assert code_of(cut, kept=kept) == "PHOTO_UNREADABLE"

    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened that an earlier run had made small")

    monkeypatch.setattr(gis.photos, "ask", nobody)
    assert read(whole, kept=Kept(tmp_path / "kept")) == first
    assert code_of(cut, kept=Kept(tmp_path / "kept")) == "PHOTO_UNREADABLE"
    written(whole, scene(200, 100))
    with pytest.raises(AssertionError):
        read(whole, kept=Kept(tmp_path / "kept"))


def test_the_process_that_opens_photos_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", None)  # here nothing may be opened
    assert read(written(tmp_path / "a.jpg")).width == SIDE


def test_in_that_process_a_photo_is_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jpg")
    assert small_photo(path, SIDE) == read(path)
    assert small_photo(path, 160).width == 160


def test_a_process_that_was_killed_over_a_photo_takes_nothing_off_the_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = written(tmp_path / "a.jpg"), []

    def failing(times: int) -> Any:
        def ask(request: Any, **others: Any) -> Any:
            asked.append(request)
            if len(asked) <= times:
                raise InputError([Fault("FILE_CRASHED", facts={"found": "SIGKILL"})])
            return real(request, **others)

        return ask

    real = gis.photos.ask
    monkeypatch.setattr(gis.photos, "ask", failing(1))
    assert read(path).width == SIDE and len(asked) == 2
    asked.clear()
    monkeypatch.setattr(gis.photos, "ask", failing(2))
    with pytest.raises(InputError, match="FILE_CRASHED"):
        read(path)
    assert len(asked) == 2
