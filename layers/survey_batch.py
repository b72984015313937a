"""All files of one merge against the ledger: what it takes, what is odd about it, and a receipt for each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from gis.archive import Archive
from gis.faults import Fault, InputError
from gis.photos import PhotoFacts
from layers.events import Event
from layers.identities import in_identities, in_run_ids
from layers.known_sites import KnownSites, Site
from layers.ledger import Ledger
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from layers.map_ids import MapIds, map_ids
from layers.on_ledger import LEDGER, stated_events
from layers.site_facts import SiteFacts, site_facts
from layers.survey_edits import Edits, Office, edits_of, sites_of
from layers.survey_files import Incoming, printable
from layers.survey_flags import Around, Flag, flags_of, metres_of, photos_told
from layers.survey_merge import Plan, Visits, planned
from layers.survey_receipts import receipt, visit_record
from layers.survey_table import EditedTable

# Above so many sites, reading all events once is faster than asking for those of each.
_MOST_ASKED = 5000


class Setting(NamedTuple):
    """What a merge goes by: the project's sites and settings, its date of inspection, today, and who merges.

    `frames`: the data as they are now (`layers.site_facts.frames_now`); `output`: the folder of the last run;
    `archive`: what earlier runs left.
    """

    archive: Archive
    frames: Mapping[str, gpd.GeoDataFrame]
    output: Path
    sites: KnownSites
    settings: LedgerSettings
    as_of: date
    on: date
    by: str = ""


class Batch(NamedTuple):
    """What a merge would do, or did. `edits`: of each table, by SHA-256. `events`: by site, with those of the merge.

    In `edits` and `events` sites have the ids that the data have for them now, in `plan` and `new` those of the ledger
    (`ids`). `new`: what the ledger has not got yet, in the order in which it gets it. `began`: the moment of the first
    event, where that came from a run.
    """

    plan: Plan
    edits: Mapping[str, Edits]
    new: tuple[Event, ...]
    events: Mapping[Site, Sequence[Event]]
    began: float | None
    ids: MapIds

    def stored(self, taken: Iterable[Event]) -> Batch:
        """The same after the ledger has taken the new events, which are `taken` as it has them."""
        kept = {event.uuid: event for event in in_run_ids(taken, self.ids.now)}
        events = {site: [kept.get(event.uuid, event) for event in own] for site, own in self.events.items()}
        return self._replace(events=events)


def prepared(files: Sequence[Incoming], ledger: Ledger, setting: Setting, *, ids: MapIds | None = None) -> Batch:
    """What merging the files would do; nothing is stored. `ids`: who is who, where that was looked up a moment ago.

    Tables are judged in their order, each as if what stands before it in the batch had been taken. Raises InputError
    with every fault of all files.
    """
    visits = [Visits(one.name, one.sha256, one.visits) for one in files]
    faults: list[Fault] = []
    ids = ids or map_ids(setting.frames, ledger, setting.archive)
    try:
        plan = planned(visits, ledger, setting.sites, ids)
    except InputError as error:
        faults, plan = list(error.faults), Plan(tuple(() for _ in files), ())
    tables = [_in_current_ids(one.table, ids) for one in files if one.table is not None]
    asked = {*plan.sites(), *(ids.identity(site) for site in sites_of(tables))}
    events = {ids.current(site): [*in_run_ids(own, ids.now)] for site, own in _events_of(asked, ledger).items()}
    new = list(plan.events)
    _added(events, in_run_ids(new, ids.now))
    edits: dict[str, Edits] = {}
    for table in tables:
        state = _state_by_tables(events, setting, sites_of([table]), ids.builds)

        def facts(site: Site) -> SiteFacts:
            return site_facts(site, setting.frames, setting.output)

        office = Office(setting.sites, facts, state, events, setting.settings, setting.on, setting.by, ids.builds)
        found = edits_of(table, office)
        faults += found.faults
        edits[table.sha256] = found
        new += in_identities(found.events, ids.now)
        _added(events, found.events)
    if faults:
        raise InputError(_named(faults, files))
    first = next(ledger.events(until=1), None)
    began = first.instant if first is not None and first.kind in ("stated", "run") else None
    return Batch(plan, edits, tuple(new), events, began, ids)


def receipts_of(
    files: Sequence[Incoming], batch: Batch, setting: Setting, photos: Mapping[str, PhotoFacts | None]
) -> list[dict[str, Any]]:
    """The receipt of each file, in their order. `photos`: what they say, by SHA-256."""
    state = _state(batch.events, setting, batch.events, batch.ids.builds)
    around = Around(setting.sites, state, batch.events, setting.on, setting.as_of, batch.began)
    by_uuid = {event.uuid: event for own in batch.events.values() for event in own}
    made = []
    for one, fates in zip(files, batch.plan.fates, strict=True):
        stored = [by_uuid.get(fate.event.uuid, fate.event) for fate in fates]
        odd, metres = flags_of(stored, around), metres_of(stored, setting.sites)
        for flags, event in zip(odd, stored, strict=True):
            if batch.ids.is_uncertain(str(event.said.get("build_id", ""))):
                flags.append(Flag("MAP_UNKNOWN"))
        records: list[dict[str, Any]] = [
            visit_record(fate, event, flags, far, photos_told(event, photos, setting.sites), setting.sites)
            for fate, event, flags, far in zip(fates, stored, odd, metres, strict=True)
        ]
        more: dict[str, Any] = {"unknown_fields": list(one.unknown_fields), "copies": list(one.copies)}
        if one.table is not None:
            edits = batch.edits[one.sha256]
            records += [_edit_record(edit._asdict()) for edit in edits.edits]
            stored += [by_uuid[event.uuid] for event in edits.events]  # by the ids of now
            stale = [{"row": row.row, "site_id": row.site[1], "revision": row.revision} for row in edits.stale]
            deleted = [{"layer": layer, "site_id": site_id} for layer, site_id in one.table.deleted]
            more |= {"stale_rows": stale, "deleted_rows": deleted}
        last = max(stored, key=lambda event: event.seq, default=None)
        more["conflicts"] = _conflicts(state, {(event.layer, event.site_id) for event in stored})
        made.append(receipt(one.name, one.sha256, kind=one.kind, records=records, last=last, **more))
    return made


def _in_current_ids(table: EditedTable, ids: MapIds) -> EditedTable:
    """The table with the ids that the data have now for the sites of its rows, whichever run exported it."""

    def current(site: Site) -> Site:
        return ids.current(ids.identity(site, table.build_id))

    rows = tuple(row._replace(site=current(row.site)) for row in table.rows)
    was = table.exported
    exported = None if was is None else {current(site): row._replace(site=current(site)) for site, row in was.items()}
    return table._replace(rows=rows, exported=exported, deleted=tuple(current(site) for site in table.deleted))


def _edit_record(edit: Mapping[str, Any]) -> dict[str, Any]:
    layer, site_id = edit["site"]
    rest = {name: value for name, value in edit.items() if name != "site"}
    return {**rest, "layer": layer, "site_id": site_id}


def _conflicts(state: State, sites: Iterable[Site]) -> list[dict[str, Any]]:
    """The visits between which a person has to decide, of the sites that a file is about."""
    return [
        {"layer": layer, "site_id": site_id, "visits": list(group)}
        for layer, site_id in sorted(sites)
        for group in state.of(layer, site_id).conflicts
    ]


def _events_of(sites: set[Site], ledger: Ledger) -> dict[Site, list[Event]]:
    """What the ledger has of each site, in its order."""
    if len(sites) <= _MOST_ASKED:
        return {site: list(ledger.events(site=site)) for site in sorted(sites)}
    found: dict[Site, list[Event]] = {site: [] for site in sorted(sites)}
    for event in ledger.events():
        own = found.get((event.layer, event.site_id))
        if own is not None:
            own.append(event)
    return found


def _added(events: dict[Site, list[Event]], new: Iterable[Event]) -> None:
    for event in new:
        events.setdefault((event.layer, event.site_id), []).append(event)


def _state(
    events: Mapping[Site, Sequence[Event]], setting: Setting, sites: Iterable[Site], builds: Mapping[str, int]
) -> State:
    """The state after all events of the sites, whenever they are from."""
    wanted = [event for site in sites for event in events.get(site, ())]
    return derive(wanted, as_of=None, settings=setting.settings, builds=builds)


def _state_by_tables(
    events: Mapping[Site, Sequence[Event]], setting: Setting, sites: set[Site], builds: Mapping[str, int]
) -> State:
    """The same, where what the project's table says of sites counts that no run has recorded yet."""
    state = _state(events, setting, sites, builds)
    silent = {site_id for layer, site_id in sites if layer == LEDGER and not state.of(layer, site_id).stated_uuid}
    if not silent or LEDGER not in setting.frames:
        return state
    ledger = setting.frames[LEDGER]
    own = {LEDGER: ledger[ledger["site_id"].isin(silent)]}
    now = stated_events(own, state, as_of=min(setting.as_of, setting.on), run_id="")
    wanted = [event for site in sites for event in events.get(site, ())]
    return derive([*wanted, *now], as_of=None, settings=setting.settings, builds=builds)


def _named(faults: Iterable[Fault], files: Sequence[Incoming]) -> list[Fault]:
    """The faults with the files as the user named them."""
    paths = {one.name: printable(one.path) for one in files}
    return [fault.at(file=paths.get(fault.file, fault.file)) for fault in faults]
