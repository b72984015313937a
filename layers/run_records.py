"""What the ledger tells a run, and the run tells the ledger: which run this is, whether it is the last one again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd

from layers.events import Event, canonical, made_uuid
from layers.finding_history import History, history_of
from layers.identities import Identities, decisions_of, identify, in_identities, in_run_ids
from layers.ledger import Head
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from layers.on_ledger import stated_events
from layers.run_memory import Memory

RUN, STATED = "run", "stated"
# The actor of what no person did.
PROGRAM = "headwater"


class RunRecord(NamedTuple):
    """A run that the ledger holds, in the words of its event's body.

    `inputs`: per file or folder `path`, `sha256`, and `files` where it is several. `ledger_events`, `ledger_hash`: the
    ledger as the run read it. `appeared`, `gone`: ids of findings. `memory`: the SHA-256 of what it left to the next
    run (`layers.run_memory`), `outputs`: of its files by name. `options`: what the
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
    memory: str
    outputs: Mapping[str, str]
    event: Event


class Read(NamedTuple):
    """What decides about a run beside the ledger, as JSON."""

    as_of: str
    version: str
    programs: str
    inputs: Sequence[Mapping[str, Any]]
    books: Sequence[Mapping[str, Any]]
    settings_sha256: str
    options: Mapping[str, Any]


class Begun(NamedTuple):
    """Which run this is, and the ledger as it reads it.

    `again`: it is the last recorded run once more, so the ledger is taken as that one read it, and nothing is recorded.
    `late`: a run of a later day is recorded already, so that this one is not. `events`: the ledger as it reads it,
    `head` how many they are, and the last one's hash. `earlier`: the recorded runs up to its day, oldest first.
    """

    run_id: str
    again: bool
    late: bool
    read: Read
    events: Sequence[Event]
    head: Head
    earlier: Sequence[RunRecord]


class ThisRun(NamedTuple):
    """A run in the light of the ledger.

    `stated`: what it adds of the office's table, for the ledger. `events`: all of them, with those, named by the ids of
    the run, as `state`, which follows from them. `history`: of findings in the runs before; `before`: what the last of
    those left in the archive, None where there is none.
    """

    begun: Begun
    identities: Identities
    stated: Sequence[Event]
    events: Sequence[Event]
    state: State
    history: History
    before: Memory | None

    @property
    def as_of(self) -> str:
        """The day of inspection."""
        return self.begun.read.as_of

    @property
    def run_id(self) -> str:
        """`R-` and 12 hexadecimal digits."""
        return self.begun.run_id


def runs_of(events: Iterable[Event]) -> list[RunRecord]:
    """The runs among the events, in the order in which they were recorded."""
    return [_record(event) for event in events if event.kind == RUN]


def _record(event: Event) -> RunRecord:
    body = event.said
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


_TEXTS = ("run_id", "before", "as_of", "build_id", "version", "programs", "settings_sha256", "ledger_hash", "memory")


def begun(read: Read, events: Sequence[Event], head: Head) -> Begun:
    """Which run this is: the last recorded one again where nothing that decides about it is different, or a new one."""
    runs = runs_of(events)
    last = runs[-1] if runs else None
    if last is not None and last.as_of == read.as_of:
        own = [event for event in events if not _of_run(event, last)]
        earlier = _until(runs[:-1], read.as_of)
        if _run_id(read, own, earlier) == last.run_id:
            return Begun(last.run_id, True, False, read, own, Head(last.ledger_events, last.ledger_hash), earlier)
    earlier = _until(runs, read.as_of)
    late = last is not None and last.as_of > read.as_of
    return Begun(_run_id(read, events, earlier), False, late, read, events, head, earlier)


def _until(runs: Sequence[RunRecord], as_of: str) -> list[RunRecord]:
    return [run for run in runs if run.as_of <= as_of]


def _of_run(event: Event, run: RunRecord) -> bool:
    """Whether the run itself wrote the event."""
    return event.kind in (RUN, STATED) and event.seq > run.ledger_events and event.said.get("run_id") == run.run_id


def _run_id(read: Read, events: Iterable[Event], earlier: Sequence[RunRecord]) -> str:
    """`R-` and 12 hexadecimal digits of everything that decides about the run, and of the run before it."""
    key = {**read._asdict(), "before": earlier[-1].run_id if earlier else ""}
    found = hashlib.sha256(canonical(key).encode())
    for event in events:
        if event.kind != RUN:
            found.update(f"\n{event.uuid}".encode())
    return f"R-{found.hexdigest()[:12]}"


def digest_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a JSON object."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def in_light_of(
    begins: Begun,
    frames: Mapping[str, gpd.GeoDataFrame],
    before: Memory | None,
    *,
    as_of: date,
    settings: LedgerSettings,
) -> ThisRun:
    """The run with the state of its sites, by its `frames` as they were read, and what the run `before` left.

    What it will add of the office's table counts for it already, so that the map that it makes knows of it.
    """
    identities = identify(frames, before.known if before else None, decisions_of(begins.events))
    events = [*in_run_ids(begins.events, identities)]
    state = derive(events, as_of=as_of, settings=settings)
    hashes = {one["path"]: one["sha256"] for one in begins.read.inputs}
    stated = [*stated_events(frames, state, as_of=as_of, run_id=begins.run_id, hashes=hashes)]
    if stated:
        events += stated
        state = derive(events, as_of=as_of, settings=settings)
    history = history_of(run.event.said for run in begins.earlier)
    return ThisRun(begins, identities, [*in_identities(stated, identities)], events, state, history, before)


def run_event(
    run: ThisRun,
    *,
    build_id: str,
    findings: Iterable[str],
    unanswered: Collection[str],
    memory: str,
    outputs: Mapping[str, str],
) -> Event:
    """The event that records the run; the same for the same run, also where it is made a second time.

    `findings`: the ids of all its findings; `unanswered`: of those that are gone without being solved. `memory`: the
    SHA-256 of what it leaves to the next run in the archive, `outputs`: of each of its files.
    """
    begins, found = run.begun, set(findings)
    was = {one for one, seen in run.history.items() if seen.open}
    # Only what the run before found can be told to be solved now: of all else there was no answer then.
    there = set() if run.before is None else set(run.before.said.findings.index)
    gone = ((was & there) - found) - set(unanswered)
    body = {
        "run_id": run.run_id,
        "before": begins.earlier[-1].run_id if begins.earlier else "",
        **begins.read._asdict(),
        "build_id": build_id,
        "ledger_events": begins.head.events,
        "ledger_hash": begins.head.hash,
        "appeared": sorted(found - was),
        "gone": sorted(gone),
        "unanswered": sorted(was - found - gone),
        "memory": memory,
        "outputs": dict(sorted(outputs.items())),
    }
    text = canonical(body)
    return Event(made_uuid(RUN, text), RUN, "", "", PROGRAM, begins.read.as_of, text)
