"""What happened to a site, who said so and when: the events that the ledger keeps, as they are written down."""

from __future__ import annotations

import json
import re
import uuid as uuids
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from gis.faults import Fault
from layers.words import EVENT_KINDS, LAYER_KINDS, STATUSES

# What an event can be. Bodies: of a decision {"resolves": [uuid…], "status"}, an extension {"deadline", "reason"},
# a reinspection {"result": "kept" | "relapsed"}, an override {"finding_id", "result", "reason", "facts"}, a match
# {"same_as"} or {"not_same_as"}; the others in docs/ledger.md.
KINDS = tuple(EVENT_KINDS)
LARGEST = 1 << 20  # bytes of an event's texts together
LARGEST_RUN = 32 << 20  # a run names the findings that appeared and went
CHINA = timezone(timedelta(hours=8))
_NAMESPACE = uuids.UUID("0d9f3f0e-6d0b-5c41-9b1e-6a1f3d3f7a52")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)")
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_OF_CHINA = frozenset({"+08:00", "+0800"})
_DAY_BEGINS, _DAY_ENDS, _MINUTE_ENDS = "T00:00:00+08:00", 10, 16
_DIGEST = re.compile(r"([0-9a-f]{64})?")


class Event(NamedTuple):
    """One event. `at`: a day or a time with its offset, as it was given. `body`: a JSON object (`canonical`).

    `status`: the status that it states, or None. `source_file`, `source_sha256`: the file that it came in. The ledger
    adds `seq`, `recorded_at`, `hash` and `stored_instant`; they are empty in an event that is not stored yet.
    """

    uuid: str
    kind: str
    layer: str
    site_id: str
    actor: str
    at: str
    body: str
    status: str | None = None
    source_file: str = ""
    source_sha256: str = ""
    seq: int = 0
    recorded_at: str = ""
    hash: str = ""
    stored_instant: float | None = None

    @property
    def instant(self) -> float:
        """The moment of `at`, in UTC epoch seconds."""
        return instant(self.at) if self.stored_instant is None else self.stored_instant

    @property
    def said(self) -> dict[str, Any]:
        """The body as an object."""
        return parsed(self.body)

    @property
    def content(self) -> tuple[str | None, ...]:
        """What makes it this event, wherever it came from: a visit handed in again in a larger file is the same."""
        return (self.kind, self.layer, self.site_id, self.actor, self.at, self.body, self.status)


@lru_cache(maxsize=1 << 14)
def instant(at: str) -> float:
    """The moment that `at` says, in UTC epoch seconds; a day alone is the end of that day in China.

    Raises ValueError where it is neither a day (2017-11-30) nor a time with its offset (2017-11-30T09:00+08:00).

    >>> instant("2017-11-30T23:59:59+08:00") < instant("2017-11-30") < instant("2017-12-01T00:00+08:00")
    True
    """
    if _DAY.fullmatch(at):
        return datetime.combine(date.fromisoformat(at), time.max, CHINA).timestamp()
    if _TIME.fullmatch(at):
        return datetime.fromisoformat(at).timestamp()
    raise ValueError(f"expected a day such as 2017-11-30, or a time with its offset, found {at!r}")


def told_time(at: str) -> str:
    """`at` for people: a day, or a time of China's clocks without its offset; another offset stays.

    The office's table speaks from the first moment of a day on, which is told as that day.

    >>> told_time("2017-11-30T00:00:00+08:00"), told_time("2017-11-21T10:20:05+08:00"), told_time("2017-11-21T02:20Z")
    ('2017-11-30', '2017-11-21 10:20', '2017-11-21 02:20Z')
    """
    if at.endswith(_DAY_BEGINS):
        return at[:_DAY_ENDS]
    clock, offset = at[_DAY_ENDS + 1 : _MINUTE_ENDS], _OFFSET.search(at[_MINUTE_ENDS:])
    if not offset:
        return at
    return f"{at[:_DAY_ENDS]} {clock}" + ("" if offset[0] in _OF_CHINA else offset[0])


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body: equal contents give equal bytes.

    >>> canonical({"b": 1, "a": "水"})
    '{"a":"水","b":1}'
    """
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


_read = json.JSONDecoder().raw_decode


def parsed(body: str) -> dict[str, Any]:
    """A stored body as an object: `json.loads` without looking for blanks around it, which canonical text has not.

    >>> parsed('{"a":"水","b":1}')
    {'a': '水', 'b': 1}
    """
    content: dict[str, Any] = _read(body)[0]
    return content


def made_uuid(*parts: str) -> str:
    """A uuid made of what an event says, so that a repeat of it is known; never for what a person does."""
    return str(uuids.uuid5(_NAMESPACE, json.dumps(parts, ensure_ascii=False)))


def new_uuid() -> str:
    """A uuid that nothing else has, for what a person does."""
    return str(uuids.uuid4())


def faults_of(event: Event) -> list[Fault]:
    """What keeps `event` out of the ledger, a fault per column; none where it can be stored."""
    found = [
        Fault("EVENT_WRONG", file=event.source_file, column=column, value=str(getattr(event, column))[:200],
              facts={"expected": expected, "uuid": str(event.uuid)[:40]})
        for column, expected in _wrong_columns(event)
    ]  # fmt: skip
    if found:
        return found
    size = sum(len(text.encode()) for text in event[:10] if text is not None)
    largest = LARGEST_RUN if event.kind == "run" else LARGEST
    if size <= largest:
        return []
    facts = {"found": f"{size:,}", "expected": f"{largest:,}", "uuid": event.uuid}
    return [Fault("EVENT_TOO_LARGE", file=event.source_file, facts=facts)]


def _wrong_columns(event: Event) -> list[tuple[str, str]]:
    """Of each column that cannot be stored its name and what was expected there."""
    wrong = [(name, "UTF-8") for name in event._fields[:10] if not _is_text(getattr(event, name), name == "status")]
    if wrong:
        return wrong
    if not _is_uuid(event.uuid):
        wrong.append(("uuid", "uuid, a-f 0-9"))
    if event.kind not in KINDS:
        wrong.append(("kind", ", ".join(KINDS)))
    if event.layer not in LAYER_KINDS and not (event.layer == "" and event.site_id == ""):
        wrong.append(("layer", ", ".join(LAYER_KINDS)))
    if event.status is not None and event.status not in STATUSES:
        wrong.append(("status", ", ".join(STATUSES)))
    if event.kind not in ("run", "override", "match") and event.site_id == "":
        wrong.append(("site_id", "site_id"))
    if not _DIGEST.fullmatch(event.source_sha256):
        wrong.append(("source_sha256", "SHA-256"))
    if not event.actor.strip():
        wrong.append(("actor", "actor"))
    try:
        instant(event.at)
    except (ValueError, OverflowError):
        wrong.append(("at", "2017-11-30 | 2017-11-30T09:00:00+08:00"))
    if not _is_canonical(event.body):
        wrong.append(("body", 'JSON {"…":…}'))
    return wrong


def _is_text(value: object, may_be_none: bool) -> bool:
    if value is None:
        return may_be_none
    try:
        return isinstance(value, str) and bool(value.encode() or True)
    except UnicodeEncodeError:  # half a letter
        return False


def _is_uuid(text: str) -> bool:
    try:
        return str(uuids.UUID(text)) == text
    except ValueError:
        return False


def _is_canonical(body: str) -> bool:
    try:
        content = json.loads(body)
        return isinstance(content, dict) and canonical(content) == body
    except (ValueError, RecursionError):
        return False
