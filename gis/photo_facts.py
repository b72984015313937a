"""A photo file -> when and where it says it was taken (EXIF); called in the process that opens foreign files only.

What a camera writes is a claim, never a proof: clocks are wrong, and positions may be those of the last fix.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from gis.faults import Fault, InputError
from gis.photo_shrinking import DAMAGED, KINDS, MOST_PIXELS, content_of

_SIDE = 64  # pixels that are decoded, to know that the picture is whole
_EXIF, _GPS = 0x8769, 0x8825
# When the picture was taken, when it was stored, when the file was changed: the tag of the time and of its offset.
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))
_TIME = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d", re.ASCII)


class PhotoFacts(NamedTuple):
    """Pixels, the position (WGS 84) and the time that the file states; None and '' where it states none.

    `taken_at`: `2017-11-20T09:30:00+08:00`, or without an offset where only the camera's own clock is known.
    """

    width: int
    height: int
    lon: float | None = None
    lat: float | None = None
    taken_at: str = ""


def photo_facts(path: Path) -> PhotoFacts:
    """What the photo says of itself; its ending does not matter. Raises InputError as `gis.photo_shrinking` does."""
    data = content_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd but readable; what is not raises
            return _read(data)
    except UnidentifiedImageError:
        raise _refused("PHOTO_KIND", "–") from None
    except Image.DecompressionBombError as error:
        raise _refused("PHOTO_TOO_LARGE", str(error)) from None
    except DAMAGED as error:
        raise _refused("PHOTO_UNREADABLE", str(error)[:200] or type(error).__name__) from None


def _read(data: bytes) -> PhotoFacts:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(data), formats=sorted(set(KINDS.values()))) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _refused("PHOTO_TOO_LARGE", f"{width} × {height}")
        image.draft("RGB", (_SIDE, _SIDE))
        image.load()
        place: tuple[float, float] | None = None
        taken_at = ""
        with suppress(Exception):  # hostile EXIF raises anything, and the picture is good without it
            tags = image.getexif()
            gps = tags.get_ifd(_GPS)
            place, taken_at = _place(gps), _taken_at({**tags, **tags.get_ifd(_EXIF)}, gps)
    lon, lat = place or (None, None)
    return PhotoFacts(width, height, lon, lat, taken_at)


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Longitude and latitude; None where the file has none, half of one, or the (0, 0) of a device without a fix."""
    lat, lon = _degrees(gps.get(2), gps.get(1), "S"), _degrees(gps.get(4), gps.get(3), "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None
    return lon, lat


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found):
        return None
    return -found if str(side).strip("\0 ").upper() == negative else found


def _taken_at(tags: Mapping[int, Any], gps: Mapping[int, Any]) -> str:
    """The time with its offset; else that of the satellites, in UTC; else that of the camera's clock, without one."""
    for time, offset in _TIMES:
        found = _moment(tags.get(time))
        if found:
            stated = str(tags.get(offset, "")).strip("\0 ")
            return found + stated if _OFFSET.fullmatch(stated) else _of_satellites(gps) or found
    return _of_satellites(gps)


def _of_satellites(gps: Mapping[int, Any]) -> str:
    day, time = gps.get(29), gps.get(7)
    if not isinstance(time, tuple) or len(time) != 3 or not all(math.isfinite(float(part)) for part in time):
        return ""
    clock = ":".join(f"{int(float(part)):02d}" for part in time)
    found = _moment(f"{str(day).strip(chr(0) + ' ')} {clock}")
    return f"{found}Z" if found else ""


def _moment(text: Any) -> str:
    """A time of EXIF as ISO has it; '' where it is none that exists."""
    found = _TIME.match(str(text).strip("\0 "))
    if found is None:
        return ""
    try:
        return datetime(*map(int, found.groups())).isoformat()  # type: ignore[arg-type] # noqa: DTZ001 - a camera's clock
    except ValueError:
        return ""


def _refused(code: str, found: str) -> InputError:
    return InputError([Fault(code, facts={"found": found})])
