"""Under which ids the ledger has the sites of the data as they are now: an id may have changed since then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from gis.archive import Archive, Damaged
from layers.events import Event
from layers.identities import Identities, decisions_of, identify, in_identities, in_run_ids
from layers.known_ids import nothing_known
from layers.ledger import Ledger
from layers.ledger_state import builds_of
from layers.run_memory import NoMemory, memory_of
from layers.surroundings import SUBJECT_LAYERS

Site = tuple[str, str]


class NamesOnLedger:
    """The names of sites on a ledger, by what the last recorded run knew of them and the data say now.

    Without such a run, or where what it left in the archive cannot be used, every site has the id that it has.
    """

    def __init__(self, ledger: Ledger, archive: Archive, frames: Mapping[str, gpd.GeoDataFrame]) -> None:
        own = {layer: frames[layer] for layer in SUBJECT_LAYERS if layer in frames}
        self.builds = builds_of(ledger.of_kind("run"))
        self._identities = identify(
            own, _known(ledger, archive), decisions_of([*ledger.of_kind("match"), *ledger.of_kind("run")])
        )

    def events_of(self, ledger: Ledger, site: Site) -> list[Event]:
        """The events of a site, under whatever id, named by the id that it has now; in the order of their appending."""
        layer, site_id = site
        names = [self._identities.identity(*site)]
        names += [old for (of, old), name in self._identities.aliases.items() if of == layer and name == names[0]]
        events = [event for name in dict.fromkeys(names) for event in ledger.events(site=(layer, name))]
        found = [event._replace(site_id=site_id) for event in in_run_ids(events, self._identities)]
        return sorted(found, key=lambda event: event.seq)

    def as_kept(self, events: Iterable[Event]) -> list[Event]:
        """The events as the ledger is to have them."""
        return [*in_identities(events, self._identities)]


def last_listed(ledger: Ledger, archive: Archive) -> Identities:
    """Who is who by the last recorded run alone; without one, every site has the id that it has."""
    known = _known(ledger, archive)
    return Identities(nothing_known() if known is None else known)


def _known(ledger: Ledger, archive: Archive) -> pd.DataFrame | None:
    """Who was who in the last recorded run; None where that is not known."""
    last = None
    for run in ledger.of_kind("run"):
        last = run
    if last is None:
        return None
    try:
        known = memory_of(archive.get(str(last.said.get("memory") or ""))).known
    except (KeyError, ValueError, Damaged, NoMemory):
        return None
    return known[known["layer"].isin(SUBJECT_LAYERS)].reset_index(drop=True)
