"""Who is meant by the ids that maps, workbooks and data bear: sites by their identities, as the ledger keeps them.

A list may have been numbered anew since a map was made: its ids are those of the run that made it (`build_id`). Ids of
no recorded run are those of the data as they are now.
"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from gis.archive import Archive, Damaged
from layers.identities import Identities, identify
from layers.known_ids import nothing_known
from layers.known_sites import Site
from layers.ledger import Ledger
from layers.ledger_state import builds_of
from layers.run_memory import NoMemory, memory_of


class MapIds:
    """The identities of sites by the ids of a map, and the ids that the data have for them now."""

    def __init__(
        self,
        now: Identities,
        memories: Mapping[str, str],
        archive: Archive,
        builds: Mapping[str, int],
        *,
        lost: bool = False,
    ) -> None:
        self.now, self._lost = now, lost
        self._memories, self._archive = memories, archive
        self.builds = builds  # how many events the ledger held when each was made
        self._of_build: dict[str, Identities | None] = {}

    def identity(self, site: Site, build_id: str = "") -> Site:
        """The site as the ledger calls it, by the id that the map `build_id` has for it."""
        return site[0], self._identities(build_id).identity(*site)

    def current(self, site: Site) -> Site:
        """What the ledger calls a site, by the id that the data have for it now."""
        return site[0], self.now.run_id(*site)

    def is_uncertain(self, build_id: str) -> bool:
        """Whether ids were dealt out anew, as far as is known, and nobody knows whether before the map or after."""
        return (self._lost or self.now.renamed) and self._of(build_id) is None

    def _identities(self, build_id: str) -> Identities:
        known = self._of(build_id)
        return self.now if known is None else known

    def _of(self, build_id: str) -> Identities | None:
        if build_id not in self._of_build:
            self._of_build[build_id] = _known(self._memories.get(build_id, ""), self._archive)
        return self._of_build[build_id]


def map_ids(frames: Mapping[str, gpd.GeoDataFrame], ledger: Ledger, archive: Archive) -> MapIds:
    """Who is meant by the ids of the maps that recorded runs made, and of the data in `frames`."""
    recorded = [event for event in ledger.events(site=("", "")) if event.kind == "run"]
    runs = [event.said for event in recorded]
    memories = {str(run.get("build_id", "")): str(run.get("memory", "")) for run in runs}
    last = _known(str(runs[-1].get("memory", "")), archive) if runs else None
    now = Identities(nothing_known()) if last is None else identify(frames, last.known)
    return MapIds(now, memories, archive, builds_of(recorded), lost=bool(runs) and last is None)


def _known(digest: str, archive: Archive) -> Identities | None:
    """Who was who in a run; None where the archive does not have it."""
    try:
        return Identities(memory_of(archive.get(digest)).known)
    except (KeyError, ValueError, Damaged, NoMemory):
        return None
