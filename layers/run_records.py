"""What the ledger tells a run, and the run tells the ledger: which run this is, whether it is the last one again."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd

from layers.events import Event
from layers.ledger import Head
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from layers.on_ledger import stated_events

RUN, STATED = "run", "stated"
# The actor of what no person did.
PROGRAM = "headwater"
_NAMESPACE = uuid.UUID("6f3c2ad6-6f0c-5a53-9d0a-7f1d3c1b7a52")


class RunRecord(NamedTuple):
    """A run that the ledger holds, in the words of its event's body.

    `inputs`: per file or folder `path`, `sha256`, and `files` where it is several. `ledger_events`, `ledger_hash`: the
    ledger as the run read it. `appeared`, `gone`: ids of findings. `outputs`: SHA-256 by name. `options`: what the
    command line asked for. `before`: the run that it was compared with.
    """

    run_id: str
    before: str
    as_of: str
    build_id: str
    version: str
    programs: str
    inputs: tuple[Mapping[str, Any], ...]
    books: tuple[Mapping[str, Any], ...]
    settings_sha256: str
    options: Mapping[str, Any]
    ledger_events: int
    ledger_hash: str
    appeared: tuple[str, ...]
    gone: tuple[str, ...]
    outputs: Mapping[str, str]
    event: Event | None = None


class Read(NamedTuple):
    """What decides about a run beside the ledger, as JSON."""

    as_of: str
    version: str
    programs: str
    inputs: Sequence[Mapping[str, Any]]
    books: Sequence[Mapping[str, Any]]
    settings_sha256: str
    options: Mapping[str, Any]


class ThisRun(NamedTuple):
    """A run in the light of the ledger.

    `again`: it is the last recorded run once more, so the ledger is taken as that one read it, and nothing is recorded.
    `events`: the ledger as it reads it, `head` how many and the last one's hash; `stated`: what it adds of the office's
    table. `state` follows from both. `earlier`: the recorded runs up to its day, oldest first. `late`: a run of a later
    day is recorded already, so that this one is not.
    """

    run_id: str
    again: bool
    late: bool
    read: Read
    events: Sequence[Event]
    head: Head
    stated: Sequence[Event]
    state: State
    earlier: Sequence[RunRecord]


def runs_of(events: Iterable[Event]) -> list[RunRecord]:
    """The runs among the events, in the order in which they were recorded."""
    return [_record(event) for event in events if event.kind == RUN]


def _record(event: Event) -> RunRecord:
    body = dict(event.body)
    texts = {name: str(body.get(name, "")) for name in _TEXTS}
    return RunRecord(
        **texts,
        inputs=tuple(body["inputs"]),
        books=tuple(body["books"]),
        options=body.get("options", {}),
        ledger_events=int(body["ledger_events"]),
        appeared=tuple(body["appeared"]),
        gone=tuple(body["gone"]),
        outputs=body["outputs"],
        event=event,
    )


_TEXTS = ("run_id", "before", "as_of", "build_id", "version", "programs", "settings_sha256", "ledger_hash")


class Begun(NamedTuple):
    """Which run this is and the ledger as it reads it, before the state is derived."""

    run_id: str
    again: bool
    late: bool
    events: list[Event]
    head: Head
    earlier: list[RunRecord]


def begun(read: Read, events: Sequence[Event], head: Head) -> Begun:
    """Which run this is: the last recorded one again where nothing that decides about it is different, or a new one."""
    runs = runs_of(events)
    last = runs[-1] if runs else None
    if last is not None and last.as_of == read.as_of:
        own = [event for event in events if not _of_run(event, last)]
        earlier = _until(runs[:-1], read.as_of)
        if _run_id(read, own, earlier) == last.run_id:
            return Begun(last.run_id, True, False, own, Head(last.ledger_events, last.ledger_hash), earlier)
    earlier = _until(runs, read.as_of)
    late = last is not None and last.as_of > read.as_of
    return Begun(_run_id(read, events, earlier), False, late, list(events), head, earlier)


def _until(runs: Sequence[RunRecord], as_of: str) -> list[RunRecord]:
    return [run for run in runs if run.as_of <= as_of]


def _of_run(event: Event, run: RunRecord) -> bool:
    """Whether the run itself wrote the event."""
    own = event.kind in (RUN, STATED) and event.body.get("run_id") == run.run_id
    return own and event.seq > run.ledger_events


def _run_id(read: Read, events: Iterable[Event], earlier: Sequence[RunRecord]) -> str:
    """`R-` and 12 hexadecimal digits of everything that decides about the run, and of the run before it."""
    key = {**read._asdict(), "before": earlier[-1].run_id if earlier else ""}
    found = hashlib.sha256(canonical(key).encode())
    for event in events:
        if event.kind != RUN:
            found.update(f"\n{event.uuid}".encode())
    return f"R-{found.hexdigest()[:12]}"


def digest_of(content: object) -> str:
    """The SHA-256 of the content as canonical JSON."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: object) -> str:
    """JSON that is the same text for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def run_event(
    run: ThisRun, *, build_id: str, appeared: Sequence[str], gone: Sequence[str], outputs: Mapping[str, str]
) -> Event:
    """The event that records the run; the same for the same run, also where it is made a second time."""
    body = {
        "run_id": run.run_id,
        "before": run.earlier[-1].run_id if run.earlier else "",
        **run.read._asdict(),
        "build_id": build_id,
        "ledger_events": run.head.events,
        "ledger_hash": run.head.hash,
        "appeared": sorted(appeared),
        "gone": sorted(gone),
        "outputs": dict(sorted(outputs.items())),
    }
    text = canonical(body)
    return Event(
        uuid=str(uuid.uuid5(_NAMESPACE, text)),
        kind=RUN,
        layer="",
        site_id="",
        actor=PROGRAM,
        at=run.read.as_of,
        body=json.loads(text),
    )


def this_run(
    read: Read,
    events: Sequence[Event],
    head: Head,
    frames: Mapping[str, gpd.GeoDataFrame],
    *,
    as_of: date,
    settings: LedgerSettings,
) -> ThisRun:
    """The run in the light of the ledger, and of what the office's table in `frames` says now and did not before.

    What the run will add of that table counts for it already, so that the map that it makes knows of it.
    """
    begins = begun(read, events, head)
    state = derive(begins.events, as_of=as_of, settings=settings)
    stated = list(stated_events(frames, state, as_of=as_of, run_id=begins.run_id))
    if stated:
        state = derive([*begins.events, *stated], as_of=as_of, settings=settings)
    return ThisRun(
        begins.run_id, begins.again, begins.late, read, begins.events, begins.head, stated, state, begins.earlier
    )
