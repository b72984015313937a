"""The archive of a project beside its ledger -> what of it was damaged, and what events name that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gis.archive import Archive, Damaged
from gis.faults import Fault
from layers.events import Event

_NAMED = re.compile(r'"sha256":"([0-9a-f]{64})"')  # bodies are canonical JSON: written in one way only
# What a table stated names a file of the project, which is kept only where `archive_inputs` says so; runs name theirs.
_OF_RUNS = frozenset({"run", "stated"})


def archive_faults(archive: Archive, events: Iterable[Event]) -> list[Fault]:
    """A fault for each file of the archive whose content is not what its name says (ARCHIVE_DAMAGED), and for each
    survey, photo and proof that an event names and the archive does not have (ARCHIVE_LACKS). Every file is read.
    """
    there = archive.digests()
    faults = [Fault("ARCHIVE_DAMAGED", file=_place(one)) for one in there if not _is_whole(archive, one)]
    known, told = frozenset(there), set[str]()
    for event in events:
        if event.kind in _OF_RUNS:
            continue
        for one in (event.source_sha256, *_NAMED.findall(event.body)):
            if one and one not in known and one not in told:
                told.add(one)
                facts = {"seq": str(event.seq), "site": event.site_id}
                faults.append(Fault("ARCHIVE_LACKS", file=_place(one), facts=facts))
    return faults


def _place(digest: str) -> str:
    return f"archive/{digest[:2]}/{digest}"


def _is_whole(archive: Archive, digest: str) -> bool:
    try:
        for _ in archive.blocks(digest):
            pass
    except (Damaged, OSError):
        return False
    return True
