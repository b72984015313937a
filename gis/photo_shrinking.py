"""A photo file -> a small JPEG of nothing but its pixels; called in the process that opens foreign files only."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from gis.faults import Fault, InputError

# What cameras, phones and browsers write, by the endings of its names; the content has to be what the name says.
KINDS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
LARGEST_FILE = 100_000_000  # bytes
MOST_PIXELS = 120_000_000  # a phone's largest; a picture that claims more is no photo
_QUALITY = 70
_STACKED = "MPO"  # a JPEG with further pictures behind it, as phones write it: the first is the photo
_WHITE = (255, 255, 255)
# What decoders raise on damaged content.
DAMAGED = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, struct.error, zlib.error
)  # fmt: skip


class SmallPhoto(NamedTuple):
    """A JPEG: its bytes, width and height in pixels."""

    data: bytes
    width: int
    height: int


def small_photo(path: Path, side: int) -> SmallPhoto:
    """The photo as a JPEG of at most `side` pixels on its longer side, upright, without EXIF or any other words.

    The same file gives the same bytes, by the same version of Pillow and its libraries. Raises InputError:
    PHOTO_KIND (content is not what the name says, or no kind of photo), PHOTO_TOO_LARGE, PHOTO_UNREADABLE.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise _refused("PHOTO_KIND", path.suffix or "–")
    data = content_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd but readable; what is not raises
            return _shrunk(data, kind, side)
    except UnidentifiedImageError:
        raise _refused("PHOTO_KIND", f"{path.suffix}: {_beginning(data)}") from None
    except Image.DecompressionBombError as error:
        raise _refused("PHOTO_TOO_LARGE", str(error)) from None
    except DAMAGED as error:
        raise _refused("PHOTO_UNREADABLE", str(error)[:200] or type(error).__name__) from None


def content_of(path: Path) -> bytes:
    """The bytes of a plain file of possible size."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise _refused("PHOTO_KIND", "–")
        if state.st_size > LARGEST_FILE:
            raise _refused("PHOTO_TOO_LARGE", f"{state.st_size / 1e6:.0f} MB")
        return path.read_bytes()
    except OSError as error:
        raise _refused("PHOTO_UNREADABLE", error.strerror or type(error).__name__) from None


def _shrunk(data: bytes, kind: str, side: int) -> SmallPhoto:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if image.format not in (kind, _STACKED):
            raise UnidentifiedImageError
        if image.width * image.height > MOST_PIXELS:
            raise _refused("PHOTO_TOO_LARGE", f"{image.width} × {image.height}")
        image.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded no larger than needed
        image.load()
        upright = _upright(image)
        plain = _on_white(upright)
        plain.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # A new picture: what else the file said (a comment, the place where it was taken) stays behind.
    bare = Image.frombytes("RGB", plain.size, plain.tobytes())
    sink = io.BytesIO()
    bare.save(sink, "JPEG", quality=_QUALITY, optimize=True, subsampling="4:2:0")
    return SmallPhoto(sink.getvalue(), *bare.size)


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says; as it is where that cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - hostile EXIF raises anything, and the pixels are good without it
        return image


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in RGB, what can be seen through on white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = image.point(_to_byte, "L") if image.mode.startswith("I") else image.convert("L")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    whole = Image.new("RGB", clear.size, _WHITE)
    whole.paste(clear, mask=clear.getchannel("A"))
    return whole


def _to_byte(value: Any) -> Any:
    return value * (1 / 256)


def _refused(code: str, found: str) -> InputError:
    return InputError([Fault(code, facts={"found": found})])


def _beginning(data: bytes) -> str:
    """The first bytes, as a reader may know them."""
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[:16]) or "–"
