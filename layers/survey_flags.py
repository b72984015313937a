"""What is odd about a visit, and is told though the visit is taken: old maps, far places, days that cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from gis.photos import PhotoFacts
from layers.events import CHINA, Event, instant
from layers.known_sites import KnownSites, Position, Site
from layers.ledger_state import State
from layers.words import Word

FAR_METRES = 500.0  # beyond what both positions may be wrong by
LATE_HOURS = 12.0  # between a photo and the visit that it is of

FLAGS: Mapping[str, Word] = {
    "UNKNOWN_SITE": Word("数据中没有这个点位（可能改了编号），记录已保留", "no such site in the data (renamed?); kept"),
    "MAP_UNKNOWN": Word(
        "编号改过，而所用地图不是有记录的运行生成的：按现在的编号认定，请核对",
        "ids were dealt out anew, and no recorded run made the map: its ids were taken for today's; please check",
    ),
    "CLASH": Word("同一记录号、不同内容，两份都保留，待裁定", "one uuid, two contents: both kept, to be decided"),
    "CONFLICT": Word("与另一人的巡查相互不知情，待裁定", "in conflict with another person's visit, to be decided"),
    "NOT_APPLIED": Word("保留，但不改变状态", "kept, without effect on the status"),
    "STALE": Word("巡查员的地图不是最新的", "recorded on an older map"),
    "FUTURE": Word("巡查时间在今天之后", "visited later than today"),
    "AFTER_INSPECTION": Word(
        "晚于项目的检查日期，该日的运行不计入", "later than the date of inspection: no effect in its runs"
    ),
    "BEFORE_PROJECT": Word("早于台账的第一条记录", "earlier than anything on the ledger"),
    "NO_POSITION": Word("没有现场定位", "without a position of its own"),
    "FAR": Word("现场定位离点位太远", "positioned far from the site"),
    "SITE_WITHOUT_PLACE": Word("点位没有坐标，无法比对", "the site has no place to compare with"),
    "PHOTO_UNREADABLE": Word("照片打不开", "a photo cannot be opened"),
    "PHOTO_WITHOUT_PLACE": Word("照片没有拍摄位置", "a photo that does not say where it was taken"),
    "PHOTO_WITHOUT_TIME": Word("照片没有拍摄时间", "a photo that does not say when it was taken"),
    "PHOTO_FAR": Word("照片的拍摄位置离点位太远", "a photo taken far from the site"),
    "PHOTO_LATE": Word("照片的拍摄时间与巡查时间不符", "a photo taken at another time than the visit"),
}


class Flag(NamedTuple):
    """One oddity: a code of FLAGS and what it was found by, such as metres or hours."""

    code: str
    facts: Mapping[str, Any] = {}


class Around(NamedTuple):
    """What visits are compared with. `on`: today; `events`: by site, with those of this merge; `began`: first day."""

    sites: KnownSites
    state: State
    events: Mapping[Site, Sequence[Event]]
    on: date
    as_of: date
    began: float | None


class PhotoTold(NamedTuple):
    """What a photo says: its facts (None where it cannot be read), metres to the site, hours after the visit."""

    name: str
    sha256: str
    facts: PhotoFacts | None
    metres: float | None
    hours: float | None
    flags: tuple[Flag, ...]


def flags_of(visits: Sequence[Event], around: Around) -> list[list[Flag]]:
    """What is odd about each visit, in their order."""
    metres = metres_of(visits, around.sites)
    return [
        [*_of_site(visit, around), *_of_ledger(visit, around), *_of_time(visit, around), *_of_place(visit, far, around)]
        for visit, far in zip(visits, metres, strict=True)
    ]


def photos_told(visit: Event, facts: Mapping[str, PhotoFacts | None], sites: KnownSites) -> list[PhotoTold]:
    """What the photos of a visit say, compared with its site and its time. `facts`: by SHA-256."""
    told = []
    for photo in visit.said.get("photos", ()):
        known = facts.get(photo["sha256"])
        metres, hours, flags = None, None, []
        if known is None:
            flags.append(Flag("PHOTO_UNREADABLE"))
        else:
            metres, hours = _photo_metres(visit, known, sites), _hours(known.taken_at, visit.at)
            flags = _photo_flags(visit, known, metres, hours, sites)
        told.append(PhotoTold(photo["name"], photo["sha256"], known, metres, hours, tuple(flags)))
    return told


def _site(visit: Event) -> Site:
    return visit.layer, visit.site_id


def _of_site(visit: Event, around: Around) -> list[Flag]:
    return [] if _site(visit) in around.sites else [Flag("UNKNOWN_SITE")]


def _of_ledger(visit: Event, around: Around) -> list[Flag]:
    """How the visit stands to what others recorded."""
    flags, said = [], visit.said
    state = around.state.of(*_site(visit))
    if said.get("clash_of"):
        flags.append(Flag("CLASH", {"uuid": said["clash_of"]}))
    groups = [group for group in state.conflicts if visit.uuid in group and len(group) > 1]
    flags += [Flag("CONFLICT", {"with": [uuid for uuid in group if uuid != visit.uuid]}) for group in groups]
    why = [one.why for one in state.not_applied if one.uuid == visit.uuid and one.why != "IN_CONFLICT"]
    flags += [Flag("NOT_APPLIED", {"why": one}) for one in why]
    base = said.get("base_revision")
    # What else was on the ledger when this file came in.
    before = sum(
        event.kind != "run" and event.source_sha256 != visit.source_sha256 and (not visit.seq or event.seq < visit.seq)
        for event in around.events.get(_site(visit), ())
    )
    if isinstance(base, int) and base < before:
        flags.append(Flag("STALE", {"base_revision": base, "revision": before}))
    return flags


def _of_time(visit: Event, around: Around) -> list[Flag]:
    when = visit.instant
    if when > instant(around.on.isoformat()):
        return [Flag("FUTURE", {"visited_at": visit.at, "today": around.on.isoformat()})]
    flags = []
    if when > instant(around.as_of.isoformat()):
        flags.append(Flag("AFTER_INSPECTION", {"visited_at": visit.at, "as_of": around.as_of.isoformat()}))
    if around.began is not None and when < around.began:
        flags.append(Flag("BEFORE_PROJECT", {"visited_at": visit.at, "first": _day(around.began)}))
    return flags


def _of_place(visit: Event, metres: float | None, around: Around) -> list[Flag]:
    position = visit.said.get("position")
    if position is None or position.get("source") == "site":
        return [Flag("NO_POSITION")]
    if _site(visit) not in around.sites:
        return []
    place = around.sites.place(_site(visit))
    if place is None or metres is None:
        return [Flag("SITE_WITHOUT_PLACE")]
    doubt = (position.get("accuracy_m") or 0.0) + (place.accuracy_m or 0.0)
    return (
        [Flag("FAR", {"metres": round(metres, 1), "doubt_m": round(doubt, 1)})] if metres > FAR_METRES + doubt else []
    )


def metres_of(visits: Sequence[Event], sites: KnownSites) -> list[float | None]:
    """Ground metres from where each visit says it was to its site; None where one of them has no place."""
    own = [visit.said.get("position") or {"source": "site"} for visit in visits]
    asked = [at for at, one in enumerate(own) if one.get("source") != "site" and _site(visits[at]) in sites]
    places = [Position(own[at]["lon"], own[at]["lat"]) for at in asked]
    found: list[float | None] = [None] * len(visits)
    for at, metres in zip(asked, sites.metres_from([_site(visits[at]) for at in asked], places), strict=True):
        found[at] = None if math.isnan(metres) else metres
    return found


def _photo_metres(visit: Event, facts: PhotoFacts, sites: KnownSites) -> float | None:
    if facts.lon is None or facts.lat is None or _site(visit) not in sites:
        return None
    metres = sites.metres_from([_site(visit)], [Position(facts.lon, facts.lat)])[0]
    return None if math.isnan(metres) else round(metres, 1)


def _photo_flags(
    visit: Event, facts: PhotoFacts, metres: float | None, hours: float | None, sites: KnownSites
) -> list[Flag]:
    flags = []
    if facts.lon is None:
        flags.append(Flag("PHOTO_WITHOUT_PLACE"))
    elif metres is not None:
        place = sites.place(_site(visit))
        if metres > FAR_METRES + ((place.accuracy_m if place else None) or 0.0):
            flags.append(Flag("PHOTO_FAR", {"metres": metres}))
    if not facts.taken_at:
        flags.append(Flag("PHOTO_WITHOUT_TIME"))
    elif hours is not None and abs(hours) > LATE_HOURS:
        flags.append(Flag("PHOTO_LATE", {"hours": hours, "taken_at": facts.taken_at}))
    return flags


def _hours(taken_at: str, visited_at: str) -> float | None:
    """Hours from the visit to the photo; whole days where one of them is a day alone. None where it is not known.

    A camera's clock without an offset is taken to be set as the visit's was.
    """
    if not taken_at:
        return None
    taken = datetime.fromisoformat(taken_at)
    if len(visited_at) == 10:
        own = taken.astimezone(CHINA) if taken.tzinfo else taken
        return 24.0 * (own.date() - date.fromisoformat(visited_at)).days
    visited = datetime.fromisoformat(visited_at)
    own = taken if taken.tzinfo else taken.replace(tzinfo=visited.tzinfo)
    return round((own - visited).total_seconds() / 3600, 2)


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, CHINA).date().isoformat()
