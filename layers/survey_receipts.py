"""Receipts: what a merge took of one file, what was odd about it, and where in the ledger it ended.

A receipt holds nothing that cannot be worked out again from the archive, the ledger and the data: it is written after
the events are on the disk, and one that got lost comes back when the file is merged again. No clock but the ledger's.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gis.write import replaced, write_json
from layers.events import Event
from layers.known_sites import KnownSites
from layers.survey_flags import Flag, PhotoTold
from layers.survey_merge import Fate

FOLDER = "receipts"
FORMAT, VERSION = "headwater-receipt", 1
_LONGEST = 80


def receipt_path(project: Path, name: str, digest: str) -> Path:
    """Where the receipt of a file stands: its own name as far as any file system takes it, and its SHA-256.

    >>> receipt_path(Path("p"), "../a b/王五.json", "0f" * 32).as_posix()
    'p/receipts/王五-0f0f0f0f0f0f.json'
    """
    stem = re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]
    safe = re.sub(r"[^\w-]+", "_", stem).strip("_")[:_LONGEST] or "survey"
    return project / FOLDER / f"{safe}-{digest[:12]}.json"


def receipt(
    name: str,
    digest: str,
    *,
    kind: str,
    records: Sequence[Mapping[str, Any]],
    last: Event | None,
    **more: Any,
) -> dict[str, Any]:
    """The content of a receipt. `last`: the last event of the file in the ledger, after which it was all there."""
    counts: dict[str, int] = {}
    for record in records:
        counts[record["became"]] = counts.get(record["became"], 0) + 1
    ledger = {"events": last.seq, "hash": last.hash} if last is not None else {"events": 0, "hash": ""}
    return {
        "format": FORMAT,
        "version": VERSION,
        "file": {"name": name, "sha256": digest, "kind": kind},
        "ledger": ledger,
        "counts": counts,
        "records": list(records),
        **more,
    }


def visit_record(
    fate: Fate,
    event: Event,
    flags: Sequence[Flag],
    metres: float | None,
    photos: Sequence[PhotoTold],
    sites: KnownSites,
) -> dict[str, Any]:
    """What a receipt tells of one visit. `event`: as it is stored."""
    place = sites.place((event.layer, event.site_id))
    return {
        "record": fate.record,
        "uuid": event.uuid,
        "layer": event.layer,
        "site_id": event.site_id,
        "inspector": event.actor,
        "visited_at": event.at,
        "became": fate.became,
        "flags": [_told(flag) for flag in flags],
        "metres_to_site": None if metres is None else round(metres, 1),
        "site_at_merging": None if place is None else _place(place.lon, place.lat),
        "photos": [
            {
                "name": photo.name,
                "sha256": photo.sha256,
                "taken_at": photo.facts.taken_at if photo.facts else "",
                "position": _place(photo.facts.lon, photo.facts.lat) if photo.facts else None,
                "metres_to_site": photo.metres,
                "hours_after_visit": photo.hours,
                "flags": [_told(flag) for flag in photo.flags],
            }
            for photo in photos
        ],
    }


def write_receipt(project: Path, content: Mapping[str, Any]) -> tuple[Path, bool]:
    """Where the receipt stands, and whether it was written now: one that is whole and of the same records stays."""
    path = receipt_path(project, content["file"]["name"], content["file"]["sha256"])
    if _of_same(path, content):
        return path, False
    with replaced(path) as staged:
        write_json(content, staged)
    return path, True


def clear_litter(project: Path) -> None:
    """Nothing; half-written receipts of killed processes are taken away, those of living ones stay."""
    for path in (project / FOLDER).glob(".*.json.*"):
        writer = path.name.rsplit(".", 1)[-1]
        if writer.isdecimal() and not _lives(int(writer)):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Whether there is such a process; where that cannot be asked for without harm (Windows), it is taken for one."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _of_same(path: Path, content: Mapping[str, Any]) -> bool:
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        return bool(
            there["file"]["sha256"] == content["file"]["sha256"]
            and [one["uuid"] for one in there["records"]] == [one["uuid"] for one in content["records"]]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _told(flag: Flag) -> dict[str, Any]:
    return {"code": flag.code, **flag.facts}


def _place(lon: float | None, lat: float | None) -> dict[str, float] | None:
    return None if lon is None or lat is None else {"lon": round(lon, 7), "lat": round(lat, 7)}
