"""Edited cells of the office's table -> events, by the same steps and with the same evidence as any other change.

Each cell is looked at three ways: as it was exported (or as the table last said it), as it is in the file, and as the
ledger has it now. Unchanged cells say nothing. A cell that was edited where the ledger has changed since is told and
left out: which of both counts is for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from gis.faults import Fault
from layers.events import Event, canonical, made_uuid
from layers.known_sites import KnownSites, Site
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State
from layers.survey_steps import Standing, refused
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
    """Who merges and when, and what edits are held against. `events`: by site what the ledger has, or is about to."""

    sites: KnownSites
    state: State
    events: Mapping[Site, Sequence[Event]]
    settings: LedgerSettings
    on: date
    by: str


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
        self.is_stale = revision is not None and revision < self._state.revision
        by, at = ("" if row.said.get(one) == exported.get(one) else row.said.get(one) for one in _WHO)
        self._by = str(by or office.by or row.said.get(_WHO[0]) or "")
        self._at = str(at or office.on.isoformat())

    def judge(self) -> Fault | None:
        """Makes the events of the row; the fault for which it cannot be taken."""
        said = {name: self._said(name) for name in _COLUMNS if name in self._table.columns or name == "extended_to"}
        edited = {name: value for name, value in said.items() if not _is(value, self._base.get(name))}
        self._tell("cleared", {name: value for name, value in edited.items() if value in _EMPTY})
        edited = {name: value for name, value in edited.items() if value not in _EMPTY}
        known = {name: value for name, value in edited.items() if self._is_known(name, value)}
        self._tell("known", known)
        new = {name: value for name, value in edited.items() if name not in known}
        standing = self._standing()
        for event, columns in self._made(new):
            values = {name: new[name] for name in columns}
            if self._was_merged(event):
                self._tell("known", values, event.uuid)
            elif any(not _is(self._now.get(name), self._base.get(name)) for name in columns):
                self._tell("conflict", values)
            elif not self._by:
                return Fault("TABLE_WHO", column="reported_by")
            elif (fault := refused(event, standing)) is not None:
                return fault
            else:
                standing = standing.after(event)
                self.events.append(event)
                idle = {name for name in columns if name in _DAYS and event.status != _DAYS[name]}
                self._tell("taken", {name: one for name, one in values.items() if name not in idle}, event.uuid)
                self._tell("no_effect", {name: one for name, one in values.items() if name in idle}, event.uuid)
        return None

    # --- What is held against each other -----------------------------------------------------------

    def _said(self, name: str) -> Any:
        """The cell; as the day of an extension also a deadline that was put later where it stands."""
        value = self._row.said.get(name)
        deadline = self._row.said.get("deadline")
        if name != "extended_to" or value is not None or not deadline:
            return value
        unmoved = (self._data("deadline"), self._state.deadline, self._state.stated_deadline)
        was_exported = self._table.exported is not None
        return None if deadline in unmoved or (was_exported and self.is_stale) else deadline

    def _data(self, name: str) -> Any:
        """What the project's own data say of the site."""
        return self._office.sites.cell(self._row.site, name)

    def _ledger_says(self) -> dict[str, Any]:
        """What counts of the site now, by column of the table; before the first run, what the data say."""
        state, evidence = self._state, self._state.evidence
        extension = state.extensions[-1] if state.extensions else None
        looked = [event for event in self._own if event.kind == "reinspection"]
        notice = evidence.get("notice") or {}
        days = {name: getattr(state, name) for name in _DAYS}
        if state.status is None:
            days = {name: self._data(name) for name in _DAYS}
        return {
            **days,
            "status": state.status or self._data("status"),
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

    def _was_merged(self, event: Event) -> bool:
        """Whether the ledger has this edit: under its uuid, or from this very file on another day."""
        alike = (event.kind, event.status, event.body, self._table.sha256)
        return any(
            own.uuid == event.uuid or (own.kind, own.status, own.body, own.source_sha256) == alike for own in self._own
        )

    def _standing(self) -> Standing:
        state = self._state
        return Standing(
            self._now["status"], state.deadline or self._data("deadline"), self._now["completed_on"], state.evidence,
            self._data("responsible_unit"), self._office.settings,
        )  # fmt: skip

    # --- Events ------------------------------------------------------------------------------------

    def _made(self, new: Mapping[str, Any]) -> list[tuple[Event, list[str]]]:
        """The events of the edited cells, each with its columns; steps taken in one go stand one after another."""
        made = []
        statuses = self._statuses(new)
        for kind, columns in _PARTS.items():
            own = [name for name in columns if name in new]
            status = statuses.get(kind)
            if status is not None and status == new.get("status"):
                own.insert(0, "status")
            if own:
                made.append((self._event(kind, status, new), own))
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

    def _event(self, kind: str, status: str | None, new: Mapping[str, Any]) -> Event:
        said, at = self._said, self._at
        if kind == "extension":
            body = {"deadline": said("extended_to"), "reason": said("extension_reason")}
        elif kind == "status":
            evidence = [one for one in new.get("evidence", ()) if one not in self._now["evidence"]]
            note = new.get("progress_note")
            reason, on = said("progress_note") if status else None, new.get("completed_on")
            body = {"progress": new.get("progress"), "note": note, "reason": reason, "on": on, "evidence": evidence}
        elif kind == "acceptance":
            body = {"accepting_unit": said("accepted_by"), "on": said("accepted_on")}
        elif kind == "sign_off":
            notice = {"from": said("notice_from"), "to": said("notice_to")}
            body = {"notice": notice if all(notice.values()) else None, "on": said("closed_on")}
        else:
            at = str(said("looked_back_on") or at)
            status = "reopened" if said("look_back_result") == "relapsed" else None
            body = {"result": said("look_back_result")}
        text = canonical({name: value for name, value in body.items() if value not in _EMPTY})
        layer, site_id = self._row.site
        uuid = made_uuid("edited", kind, layer, site_id, at, self._by, text, status or "")
        return Event(
            uuid=uuid, kind=kind, layer=layer, site_id=site_id, actor=self._by, at=at, body=text, status=status,
            source_file=self._table.name, source_sha256=self._table.sha256,
        )  # fmt: skip

    def _tell(self, became: str, values: Mapping[str, Any], uuid: str = "") -> None:
        self.edits += [
            Edit(self._row.row, self._row.site, name, self._base.get(name), value, self._now.get(name), became, uuid)
            for name, value in values.items()
        ]


_WHO = ("reported_by", "reported_on")


def _is(one: Any, other: Any) -> bool:
    """Whether two cells say the same: what is empty says nothing, and of evidence the order does not matter."""
    if isinstance(one, list) or isinstance(other, list):
        return set(one or ()) == set(other or ())
    return (None if one in _EMPTY else one) == (None if other in _EMPTY else other)


def sites_of(tables: Iterable[EditedTable]) -> set[Site]:
    """The sites that tables are about."""
    return {row.site for table in tables for row in table.rows}
