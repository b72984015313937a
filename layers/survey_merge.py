"""Visits of several files -> what the ledger takes of them: nothing twice, and nothing over anything else.

A visit is known by its uuid. The same uuid with another content is a clash: the first stays as it is, and both contents
are stored once more under uuids made of them, as visits that name the uuid they share (`clash_of`). So it does not
matter which came first: neither has an effect until a person decides between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from gis.faults import Fault, InputError
from layers.events import Event, canonical, made_uuid
from layers.known_sites import KnownSites, Site
from layers.ledger import Ledger
from layers.map_ids import MapIds

AS_GIVEN = "id_on_map"  # the id that a visit bears, where the ledger calls the site otherwise
CLASH_OF = "clash_of"
Became = Literal["taken", "known", "clash"]


class Visits(NamedTuple):
    """The visits of one file: what the user calls it, the SHA-256 of its bytes."""

    name: str
    sha256: str
    visits: tuple[Event, ...]


class Fate(NamedTuple):
    """What becomes of one record of a file. `event`: as the ledger has it, or will; `new`: it has not got it yet."""

    record: int
    event: Event
    became: Became
    new: bool


class Plan(NamedTuple):
    """What a merge does: per file the fate of each record, and the events that the ledger has not got yet."""

    fates: tuple[tuple[Fate, ...], ...]
    events: tuple[Event, ...]

    def sites(self) -> list[Site]:
        """The sites that the files are about, each once."""
        return sorted({(fate.event.layer, fate.event.site_id) for file in self.fates for fate in file})


def planned(files: Sequence[Visits], ledger: Ledger, sites: KnownSites, ids: MapIds) -> Plan:
    """What merging the files would do, in their order; nothing is stored. Sites are called as the ledger calls them.

    Raises InputError (SURVEY_SITE_UNCERTAIN) for every record without a layer whose site's id does not tell it.
    """
    stored = ledger.stored({visit.uuid for file in files for visit in file.visits})
    placed, faults = [], []
    for file in files:
        found = [_placed(visit, number, file.name, stored, sites, ids) for number, visit in enumerate(file.visits, 1)]
        faults += [one for one in found if isinstance(one, Fault)]
        placed.append([one for one in found if isinstance(one, Event)])
    if faults:
        raise InputError(faults)
    copies = _copies(placed, stored)
    known_copies = ledger.stored(copy.uuid for both in copies.values() for copy in both.values())
    seen: dict[str, Event] = dict(stored)
    new: dict[str, Event] = {}
    fates = []
    for file, visits in zip(files, placed, strict=True):
        own = []
        for number, visit in enumerate(visits, start=1):
            first = seen.setdefault(visit.uuid, visit)
            if first is visit:
                new[visit.uuid] = visit
            own.append(_fate(number, visit, first, file.sha256, new))
            for copy in copies.get(visit.uuid, {}).values():
                if copy.uuid not in known_copies:
                    new.setdefault(copy.uuid, copy)
            if visit.content != first.content:
                copy = copies[visit.uuid][visit.content]
                own[-1] = Fate(number, known_copies.get(copy.uuid, copy), "clash", copy.uuid not in known_copies)
        fates.append(tuple(own))
    return Plan(tuple(fates), tuple(new.values()))


def _placed(
    visit: Event, number: int, name: str, stored: Mapping[str, Event], sites: KnownSites, ids: MapIds
) -> Event | Fault:
    """The visit with its layer, and its site as the ledger calls it.

    Once it is stored, it stays with its site, whatever the data call that now. Where the file states no layer, it is
    the one that alone has the site.
    """
    known = stored.get(visit.uuid)
    same_id = known is not None and known.said.get(AS_GIVEN, known.site_id) == visit.site_id
    if known is not None and same_id and visit.layer in ("", known.layer):
        return _named(visit._replace(layer=known.layer), known.site_id)
    found = [visit.layer] if visit.layer else sites.layers_of(visit.site_id)
    if len(found) == 1:
        _, identity = ids.identity((found[0], visit.site_id), str(visit.said.get("build_id", "")))
        return _named(visit._replace(layer=found[0]), identity)
    facts = {"found": ", ".join(found) or "–"}
    return Fault("SURVEY_SITE_UNCERTAIN", file=name, row=number, column="layer", value=visit.site_id, facts=facts)


def _named(visit: Event, identity: str) -> Event:
    """The visit under the identity of its site; the id that it bears stays in its body where it is another one."""
    if identity == visit.site_id:
        return visit
    return visit._replace(site_id=identity, body=canonical({**visit.said, AS_GIVEN: visit.site_id}))


def _fate(number: int, visit: Event, first: Event, digest: str, new: Mapping[str, Event]) -> Fate:
    """Taken where this file brought it, now or in an earlier merge; known where another one did."""
    became: Became = "taken" if first.source_sha256 == digest else "known"
    return Fate(number, first, became, first is visit and visit.uuid in new)


def _copies(
    files: Iterable[Iterable[Event]], stored: Mapping[str, Event]
) -> dict[str, dict[tuple[str | None, ...], Event]]:
    """By uuid that several contents share, by content, the visit that stands for it."""
    contents: dict[str, dict[tuple[str | None, ...], Event]] = {}
    for visit in (*stored.values(), *(visit for file in files for visit in file)):
        contents.setdefault(visit.uuid, {}).setdefault(visit.content, visit)
    return {
        uuid: {content: _copy(visit) for content, visit in own.items()}
        for uuid, own in contents.items()
        if len(own) > 1
    }


def _copy(visit: Event) -> Event:
    """The visit under a uuid made of its content, naming the one that it was handed in with."""
    uuid = made_uuid("clash", visit.uuid, canonical({"content": visit.content}))
    body = canonical({**visit.said, CLASH_OF: visit.uuid})
    return visit._replace(uuid=uuid, body=body, seq=0, recorded_at="", hash="", stored_instant=None)
