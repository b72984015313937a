"""Photos that visits brought into the archive -> small ones beside those that the data name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gis.archive import Archive, Damaged
from gis.faults import InputError
from gis.kept import Kept
from gis.photos import SIDE, SmallPhoto, read_photo
from gis.reading_limits import BY_SIZE, Limits
from gis.scratch import scratch
from layers.events import Event, instant
from layers.photos import Mention, Photos

MOMENT = "visit"
# The newest of each site, and of all sites together; the events themselves say how many there are.
MOST_OF_A_SITE = 6
MOST_VISIT_PHOTOS = 400
_BEGINNINGS = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"RI": ".webp"}


class _Taken(NamedTuple):
    """A photo of a visit: when and by whom it was taken, its name there and its content's SHA-256."""

    moment: float
    layer: str
    site_id: str
    name: str
    sha256: str


def with_visits(
    photos: Photos, events: Iterable[Event], project: Path, *, as_of: date, kept: Kept, limits: Limits = BY_SIZE
) -> Photos:
    """The photos, and behind them those of visits up to the day `as_of`, the newest first, from the project's archive.

    Each is a mention of the moment `visit`, called by its visit; one that the archive does not have any more, or that
    cannot be read, has no picture, but a code.
    """
    pictures, mentions = list(photos.pictures), list(photos.mentions)
    archived, made = dict(photos.archived), dict[str, tuple[int, str]]()
    with scratch() as folder:
        for one in _newest(events, instant(as_of.isoformat())):
            if one.sha256 not in made:
                small = _small(one, Archive(project), folder, SIDE, kept, limits)
                if isinstance(small, SmallPhoto):
                    archived[len(pictures)] = one.sha256
                    made[one.sha256] = (len(pictures), "")
                    pictures.append(("", small))
                else:
                    made[one.sha256] = (-1, small)
            mentions.append(Mention(one.layer, one.site_id, MOMENT, one.name, *made[one.sha256]))
    return photos._replace(pictures=pictures, mentions=mentions, archived=archived)


def smaller_visits(photos: Photos, project: Path, side: int, *, kept: Kept, limits: Limits = BY_SIZE) -> Photos:
    """The photos, those of visits with `side` pixels on the longer side; one that is gone stays as it is."""
    pictures = list(photos.pictures)
    with scratch() as folder:
        for at, sha256 in photos.archived.items():
            one = _Taken(0.0, "", "", "", sha256)
            again = _small(one, Archive(project), folder, side, kept, limits)
            if isinstance(again, SmallPhoto):
                pictures[at] = ("", again)
    return photos._replace(pictures=pictures)


def _newest(events: Iterable[Event], end: float) -> list[_Taken]:
    """The newest of each site, then of all, by site."""
    of_site: dict[tuple[str, str], list[_Taken]] = defaultdict(list)
    for event in events:
        if event.kind == MOMENT and event.instant <= end:
            of_site[event.layer, event.site_id] += _taken(event)
    kept = [one for own in of_site.values() for one in sorted(own, key=_order)[:MOST_OF_A_SITE]]
    newest = sorted(kept, key=_order)[:MOST_VISIT_PHOTOS]
    return sorted(newest, key=lambda one: (one.layer, one.site_id, *_order(one)))


def _order(one: _Taken) -> tuple[float, str, str]:
    return (-one.moment, one.name, one.sha256)


def _taken(event: Event) -> Iterator[_Taken]:
    photos = event.said.get("photos")
    at = event.at
    visit = f"{at[:16].replace('T', ' ')} {event.actor}"
    for photo in photos if isinstance(photos, list) else ():
        if isinstance(photo, dict) and isinstance(photo.get("sha256"), str):
            name = f"{visit} · {photo.get('name') or ''}".removesuffix(" · ")
            yield _Taken(event.instant, event.layer, event.site_id, name, photo["sha256"])


def _small(one: _Taken, archive: Archive, scratch: Path, side: int, kept: Kept, limits: Limits) -> SmallPhoto | str:
    """The photo made small by the process that opens foreign files, or the code of why there is none."""
    try:
        content = archive.get(one.sha256)
    except (KeyError, ValueError, Damaged):
        return "PHOTO_NOT_ARCHIVED"
    copy = scratch / f"photo{_BEGINNINGS.get(content[:2], '')}"
    copy.write_bytes(content)
    try:
        return read_photo(copy, name=one.name, sha256=one.sha256, side=side, limits=limits, kept=kept)
    except InputError as error:
        return error.faults[0].code
