"""Photos, made small or asked when and where they were taken, by the process that opens foreign files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from gis.faults import Fault, InputError
from gis.kept import Kept, digest
from gis.photo_facts import PhotoFacts
from gis.photo_shrinking import LARGEST_FILE, SmallPhoto
from gis.reading_limits import BY_SIZE, Limits
from gis.reading_messages import Broken, Pipe, faults_of, receive_message, told
from gis.reading_process import ask

__all__ = ["LARGEST_FILE", "SIDE", "PhotoFacts", "SmallPhoto", "read_photo", "read_photo_facts"]

# Pixels of the longer side: enough to know a place again, some 15 KB.
SIDE = 320
_LARGEST_ANSWER = 1 << 24
# What is told of a file by itself, the same in every run; whether memory or time were enough may change.
_LASTING = ("PHOTO_KIND", "PHOTO_TOO_LARGE", "PHOTO_UNREADABLE")


def read_photo(
    path: Path, *, name: str, sha256: str, side: int = SIDE, limits: Limits = BY_SIZE, kept: Kept
) -> SmallPhoto:
    """The photo in `path` as a small JPEG (`gis.photo_shrinking.small_photo`), which the user calls `name`.

    What an earlier run made of the same content (`sha256`) is taken from `kept`, and so is what it refused.
    Raises InputError: PHOTO_KIND, PHOTO_TOO_LARGE, PHOTO_UNREADABLE, or FILE_MEMORY, FILE_TIME, FILE_CRASHED.
    """
    key = digest(sha256, path.suffix.lower(), str(side), f"Pillow {version('pillow')}")
    place = f"photo-{key[:40]}"
    known = kept.get(place, key)
    if known is not None:
        return _from_kept(bytes(known), name)
    request = {"what": "photo", "path": str(path.absolute()), "name": name, "side": side}
    try:
        made = _asked(request, name, path.stat().st_size, limits)
    except InputError as error:
        if all(fault.code in _LASTING for fault in error.faults):
            kept.put(place, key, [json.dumps({"faults": told(error.faults)}).encode(), b"\n"])
        raise InputError(fault.at(file=name) for fault in error.faults) from None
    except OSError as error:
        raise InputError([Fault("PHOTO_UNREADABLE", file=name, facts={"found": error.strerror or ""})]) from None
    kept.put(place, key, [json.dumps({"width": made.width, "height": made.height}).encode(), b"\n", made.data])
    return made


def _asked(request: Mapping[str, object], name: str, size: int, limits: Limits) -> SmallPhoto:
    """The answer of the process that reads; where it crashed, of a second one.

    What was not the photo's doing (a disk that failed, a kill) does not come twice, and must leave no map without it.
    """
    try:
        return ask(request, name=name, size=size, limits=limits, take=_receive)
    except InputError as error:
        if any(fault.code != "FILE_CRASHED" for fault in error.faults):
            raise
    return ask(request, name=name, size=size, limits=limits, take=_receive)


def read_photo_facts(path: Path, *, name: str, limits: Limits = BY_SIZE) -> PhotoFacts:
    """What the photo in `path`, whatever its ending, says of itself (`gis.photo_facts.photo_facts`).

    Raises InputError: PHOTO_KIND, PHOTO_TOO_LARGE, PHOTO_UNREADABLE, or FILE_MEMORY, FILE_TIME, FILE_CRASHED.
    """
    request = {"what": "photo_facts", "path": str(path.absolute()), "name": name}
    try:
        return ask(request, name=name, size=path.stat().st_size, limits=limits, take=_receive_facts)
    except InputError as error:
        raise InputError(fault.at(file=name) for fault in error.faults) from None
    except OSError as error:
        raise InputError([Fault("PHOTO_UNREADABLE", file=name, facts={"found": error.strerror or ""})]) from None


def _receive_facts(pipe: Pipe) -> PhotoFacts:
    content = receive_message(pipe)
    if "faults" in content:
        raise InputError(faults_of(content["faults"]))
    return PhotoFacts(**content["photo"])


def _from_kept(known: bytes, name: str) -> SmallPhoto:
    head, _, data = known.partition(b"\n")
    facts = json.loads(head)
    if "faults" in facts:
        raise InputError(fault.at(file=name) for fault in faults_of(facts["faults"]))
    return SmallPhoto(data, facts["width"], facts["height"])


def _receive(pipe: Pipe) -> SmallPhoto:
    """The photo that the process sends, a message and as many bytes as it says; InputError with its faults."""
    content = receive_message(pipe)
    if "faults" in content:
        raise InputError(faults_of(content["faults"]))
    size, width, height = (int(content[name]) for name in ("size", "width", "height"))
    if not 0 < size <= _LARGEST_ANSWER:
        raise Broken
    data = pipe.read(size)
    if len(data) < size:
        raise Broken
    return SmallPhoto(data, width, height)
