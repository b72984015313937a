"""Edited cells of the office's table -> events, by the same steps and with the same evidence as any other change.

Each cell is looked at three ways: as it was exported (or as the table last said it), as it is in the file, and as the
ledger has it now. Unchanged cells say nothing. A cell that was edited where the ledger has changed since is told and
left out: which of both counts is for a person to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from gis.faults import Fault
from layers.decisions import Outcome, Said, outcome_of
from layers.events import Event, canonical, made_uuid
from layers.known_sites import KnownSites, Site
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from layers.site_facts import SiteFacts
from layers.survey_table import EditedRow, EditedTable
from layers.words import FINISHED_STATUSES

# Which columns go into which kind of event, in the order in which the events follow each other.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "extension": ("extended_to", "extension_reason"),
    "status": ("progress", "progress_note", "completed_on", "evidence"),
    "acceptance": ("accepted_on", "accepted_by"),
    "sign_off": ("notice_from", "notice_to", "closed_on"),
    "reinspection": ("looked_back_on", "look_back_result"),
}
_COLUMNS = ("status", *(name for columns in _PARTS.values() for name in columns))
_STEPS = {"accepted": "acceptance", "closed": "sign_off"}
_DAYS = {"completed_on": "completed", "accepted_on": "accepted", "closed_on": "closed"}
_STATED = ("status", "progress", *_DAYS)
_EMPTY: tuple[Any, ...] = (None, "", [])


class Edit(NamedTuple):
    """What became of one edited cell.

    `taken`; `known`: the ledger says so already; `conflict`: it has changed since, and the cell is left out; `cleared`:
    emptied, which says nothing; `no_effect`: a day of a step that was taken before, kept and told. `now` is what the
    ledger says, `uuid` that of the event.
    """

    row: int
    site: Site
    column: str
    before: Any
    value: Any
    now: Any
    became: str
    uuid: str = ""


class Edits(NamedTuple):
    """What a table brings. `stale`: edited rows of sites that have changed since the export."""

    events: tuple[Event, ...]
    edits: tuple[Edit, ...]
    stale: tuple[EditedRow, ...]
    faults: tuple[Fault, ...]


class Office(NamedTuple):
    """Who merges and when, and what edits are held against.

    `events`: by site what the ledger has, or is about to; `state` follows from them, and from what the project's table
    says where no run has recorded that yet. `facts`: what the project's data and its last run say of a site. `builds`:
    of the ledger's runs (`layers.ledger_state.builds_of`).
    """

    sites: KnownSites
    facts: Callable[[Site], SiteFacts]
    state: State
    events: Mapping[Site, Sequence[Event]]
    settings: LedgerSettings
    on: date
    by: str
    builds: Mapping[str, int]


class _Part(NamedTuple):
    """What of a row goes into one event: what is said, and by which columns."""

    uuid: str
    said: Said
    columns: list[str]


def edits_of(table: EditedTable, office: Office) -> Edits:
    """What the edited cells of a table become, row by row; with one fault, nothing of it may be taken."""
    events: list[Event] = []
    edits: list[Edit] = []
    stale: list[EditedRow] = []
    faults: list[Fault] = []
    for row in table.rows:
        if row.site not in office.sites:
            faults.append(Fault("TABLE_SITE", file=table.name, row=row.row, column="site_id", value=row.site[1]))
            continue
        one = _Row(row, table, office)
        fault = one.judge()
        if fault is not None:
            faults.append(fault.at(file=table.name, row=row.row))
        events += one.events
        edits += one.edits
        if one.is_stale and one.edits:
            stale.append(row)
    return Edits(tuple(events), tuple(edits), tuple(stale), tuple(faults))


class _Row:
    """One row while it is judged."""

    def __init__(self, row: EditedRow, table: EditedTable, office: Office) -> None:
        self.events: list[Event] = []
        self.edits: list[Edit] = []
        self._row, self._table, self._office = row, table, office
        self._state = office.state.of(*row.site)
        self._own = office.events.get(row.site, ())
        self._now = self._ledger_says()
        base = (table.exported or {}).get(row.site)
        exported = base.said if base is not None else {}
        self._base = exported if table.exported is not None else {**self._now, **self._table_said()}
        revision = row.revision if row.revision is not None else (base.revision if base else None)
        self.is_stale = revision is not None and revision < sum(event.kind != "run" for event in self._own)
        by, at = ("" if row.said.get(one) == exported.get(one) else row.said.get(one) for one in _WHO)
        self._by = str(by or office.by or row.said.get(_WHO[0]) or "")
        self._at = str(at or office.on.isoformat())

    def judge(self) -> Fault | None:
        """Makes the events of the row; the fault for which it cannot be taken."""
        said = {name: self._said(name) for name in _COLUMNS if name in self._table.columns or name == "extended_to"}
        edited = {name: value for name, value in said.items() if not _is(value, self._base.get(name))}
        if self._table.exported is not None:  # elsewhere nobody can tell that a cell was emptied
            self._tell("cleared", {name: value for name, value in edited.items() if value in _EMPTY})
        edited = {name: value for name, value in edited.items() if value not in _EMPTY}
        known = {name: value for name, value in edited.items() if self._is_known(name, value)}
        self._tell("known", known)
        new = {name: value for name, value in edited.items() if name not in known}
        for part in self._parts(new):
            values = {name: new[name] for name in part.columns}
            if self._was_merged(part):
                self._tell("known", values, part.uuid)
            elif any(not _is(self._now.get(name), self._base.get(name)) for name in part.columns):
                self._tell("conflict", values)
            elif not self._by:
                return Fault("TABLE_WHO", column="reported_by")
            else:
                outcome = self._outcome(part.said)
                if outcome.refused:
                    zh, en = (
                        "；".join(one.zh for one in outcome.refused),
                        "; ".join(one.en for one in outcome.refused),
                    )
                    column = part.columns[0]
                    value = str(new[column])
                    return Fault("TABLE_STEP", column=column, value=value, facts={"found_zh": zh, "found_en": en})
                self._take(outcome.events, part, values)
        return None

    def _outcome(self, said: Said) -> Outcome:
        """What comes of a part after those before it, by the steps that hold for everyone."""
        site, settings = self._row.site, self._office.settings
        state = self._state
        if self.events:
            own, builds = [*self._own, *self.events], self._office.builds
            state = derive(own, as_of=None, settings=settings, builds=builds).of(*site)
        return outcome_of(said, self._office.facts(site), state, {}, settings)

    def _take(self, events: Sequence[Event], part: _Part, values: Mapping[str, Any]) -> None:
        name, digest = self._table.name, self._table.sha256
        self.events += [event._replace(uuid=part.uuid, source_file=name, source_sha256=digest) for event in events]
        idle = {name for name in part.columns if name in _DAYS and part.said.status != _DAYS[name]}
        self._tell("taken", {name: one for name, one in values.items() if name not in idle}, part.uuid)
        self._tell("no_effect", {name: one for name, one in values.items() if name in idle}, part.uuid)

    # --- What is held against each other -----------------------------------------------------------

    def _said(self, name: str) -> Any:
        """The cell; as the day of an extension also a deadline that was put later where it stands."""
        value = self._row.said.get(name)
        deadline = self._row.said.get("deadline")
        if name != "extended_to" or value is not None or not deadline:
            return value
        unmoved = (self._state.deadline, self._state.stated_deadline)
        was_exported = self._table.exported is not None
        return None if deadline in unmoved or (was_exported and self.is_stale) else deadline

    def _ledger_says(self) -> dict[str, Any]:
        """What counts of the site now, by column of the table."""
        state, evidence = self._state, self._state.evidence
        extension = state.extensions[-1] if state.extensions else None
        looked = [event for event in self._own if event.kind == "reinspection"]
        notice = evidence.get("notice") or {}
        return {
            **{name: getattr(state, name) for name in _DAYS},
            "status": state.status,
            "progress": state.progress,
            "progress_note": next(reversed(self._notes()), None),
            "evidence": list(evidence.get("evidence", ())),
            "extended_to": extension.deadline if extension else None,
            "extension_reason": extension.reason if extension else None,
            "accepted_by": evidence.get("accepting_unit"),
            "notice_from": notice.get("from"),
            "notice_to": notice.get("to"),
            "looked_back_on": looked[-1].at[:10] if looked else None,
            "look_back_result": looked[-1].said.get("result") if looked else None,
        }

    def _table_said(self) -> dict[str, Any]:
        """What a table of the office's own last said, where the ledger has it."""
        return {name: self._state.stated[name] for name in _STATED if name in self._state.stated}

    def _notes(self) -> list[str]:
        notes = (event.said.get("note") for event in self._own if event.kind not in ("visit", "stated"))
        return [str(note) for note in notes if note]

    def _is_known(self, name: str, value: Any) -> bool:
        if name == "progress_note":
            return value in self._notes()
        now = self._now.get(name)
        return set(value) <= set(now or ()) if isinstance(value, list) else _is(value, now)

    def _was_merged(self, part: _Part) -> bool:
        """Whether the ledger has this edit: under its uuid, or from this very file on another day."""
        said = part.said
        body = {"note": said.note, "reason": said.reason, "progress": said.progress, "deadline": said.extend}
        wanted = _filled({**body, "result": said.look_back, **said.evidence}).items()
        return any(
            own.uuid == part.uuid
            or (
                own.source_sha256 == self._table.sha256 and said.status in (None, own.status) and _has(own.said, wanted)
            )
            for own in self._own
        )

    # --- Events ------------------------------------------------------------------------------------

    def _parts(self, new: Mapping[str, Any]) -> list[_Part]:
        """What the edited cells say, by event; steps taken in one go stand one after another."""
        made = []
        statuses = self._statuses(new)
        for kind, columns in _PARTS.items():
            own = [name for name in columns if name in new]
            status = statuses.get(kind)
            if status is not None and status == new.get("status"):
                own.insert(0, "status")
            if own:
                said = self._part(kind, status, new)
                uuid = made_uuid("edited", kind, *self._row.site, canonical(said._asdict()))
                made.append(_Part(uuid, said, own))
        return made

    def _statuses(self, new: Mapping[str, Any]) -> dict[str, str]:
        """By kind of event the status that it states; who fills in the day of an earlier step took that one, too."""
        status = new.get("status")
        if status is None:
            return {}
        found = {_STEPS.get(status, "status"): str(status)}
        if status in _STEPS and "completed_on" in new and self._now["status"] not in FINISHED_STATUSES:
            found["status"] = "completed"
        if status == "closed" and "accepted_on" in new and self._now["status"] not in ("accepted", "closed"):
            found["acceptance"] = "accepted"
        return found

    def _part(self, kind: str, status: str | None, new: Mapping[str, Any]) -> Said:
        """What a person says by the columns of one kind of event."""
        cell, day = self._said, self._at
        said = Said(by=self._by, at=day, day=day, status=status)
        if kind == "extension":
            return said._replace(extend=str(cell("extended_to") or ""), reason=str(cell("extension_reason") or ""))
        if kind == "status":
            evidence = [one for one in new.get("evidence", ()) if one not in self._now["evidence"]]
            reason = str(cell("progress_note") or "") if status else ""
            proof = {"evidence": evidence, "on": new.get("completed_on")}
            note, progress = str(new.get("progress_note") or ""), new.get("progress")
            return said._replace(note=note, reason=reason, progress=progress, evidence=_filled(proof))
        if kind == "acceptance":
            proof = {"accepting_unit": cell("accepted_by"), "on": cell("accepted_on")}
        elif kind == "sign_off":
            notice = {"from": cell("notice_from"), "to": cell("notice_to")}
            proof = {"notice": notice if all(notice.values()) else None, "on": cell("closed_on")}
        else:
            day = str(cell("looked_back_on") or day)
            note = str(cell("progress_note") or "")
            return said._replace(at=day, day=day, note=note, look_back=cell("look_back_result") or "")
        return said._replace(day=str(proof["on"] or day), evidence=_filled(proof))

    def _tell(self, became: str, values: Mapping[str, Any], uuid: str = "") -> None:
        self.edits += [
            Edit(self._row.row, self._row.site, name, self._base.get(name), value, self._now.get(name), became, uuid)
            for name, value in values.items()
        ]


_WHO = ("reported_by", "reported_on")


def _has(said: Mapping[str, Any], wanted: Iterable[tuple[str, Any]]) -> bool:
    return all(said.get(name) == value for name, value in wanted)


def _filled(proof: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in proof.items() if value not in _EMPTY}


def _is(one: Any, other: Any) -> bool:
    """Whether two cells say the same: what is empty says nothing, and of evidence the order does not matter."""
    if isinstance(one, list) or isinstance(other, list):
        return set(one or ()) == set(other or ())
    return (None if one in _EMPTY else one) == (None if other in _EMPTY else other)


def sites_of(tables: Iterable[EditedTable]) -> set[Site]:
    """The sites that tables are about."""
    return {row.site for table in tables for row in table.rows}
