"""A small project's sites, merging into its ledger as the command does, and a field season of survey files."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry import Point, box

from gis.archive import Archive
from gis.faults import InputError
from layers.events import Event
from layers.known_sites import KnownSites
from layers.ledger import opened
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from layers.survey_batch import Setting, prepared, receipts_of
from layers.survey_files import all_incoming
from tests.field_work import survey, visit

LAYER = "remediation_sites"


def frames(*ids: str) -> dict[str, gpd.GeoDataFrame]:
    """Remediation sites in a row, 1 km apart, of which S-001 to S-003 lie at 104.80, 104.81 …; and one source called 001."""
    places = [Point(104.8 + 0.01 * at, 26.5) for at in range(len(ids))]
    columns: Mapping[str, Any] = {
        "site_id": list(ids),
        "status": ["behind"] * len(ids),
        "located_to_metres": [10.0] * len(ids),
    }
    sites = gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")
    sources = gpd.GeoDataFrame(
        {"source_id": ["001", "S-001"]}, geometry=[Point(104.8, 26.5), box(104, 26, 105, 27)], crs="EPSG:4326"
    )
    return {LAYER: sites, "pollution_sources": sources}


FRAMES = frames("S-001", "S-002", "S-003", "S-004")
SITES = KnownSites(FRAMES)


def setting(folder: Path, **changes: Any) -> Setting:
    return Setting(
        Archive(folder), FRAMES, folder / "output", SITES, LedgerSettings(), date(2018, 1, 1), date(2018, 1, 2), ""
    )._replace(**changes)


def written(folder: Path, name: str, *records: Mapping[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(survey(*records), encoding="utf-8")  # type: ignore[arg-type]
    return path


def merge(folder: Path, *paths: Path, **changes: Any) -> list[dict[str, Any]]:
    """Merges files as the command does, without archive and photos; gives the receipts."""
    files = all_incoming(list(paths))
    with opened(folder, write=True) as ledger:
        batch = prepared(files, ledger, setting(folder, **changes))
        batch = batch.stored(ledger.append(batch.new).taken)
    return receipts_of(files, batch, setting(folder, **changes), {})


def state_of(folder: Path) -> State:
    with opened(folder) as ledger:
        return derive(ledger.events(), as_of=None, settings=LedgerSettings())


def events_of(folder: Path) -> list[Event]:
    with opened(folder) as ledger:
        return list(ledger.events())


HERE = {"lon": 104.8, "lat": 26.5, "accuracy_m": 5.0, "source": "own"}


def here(number: int, site: str = "S-001", **changes: Any) -> dict[str, Any]:
    return visit(number, site, position=HERE, **changes)


def field_season(folder: Path, files: int = 20) -> list[Path]:
    """Survey files of several inspectors: visits handed in twice, in conflict, of stale maps, clashing, of unknown sites."""
    dice = random.Random(7)
    made = []
    records: list[dict[str, Any]] = []
    for number in range(files * 4):
        day = f"2017-{dice.randint(3, 11):02d}-{dice.randint(1, 28):02d}T{dice.randint(8, 17):02d}:00:00+08:00"
        seen = {
            "status": dice.choice(["not_started", "on_schedule", "behind", "completed", None]),
            "result": dice.choice(["violation", "clear", None]),
            "checklist": [],
        }
        site = dice.choice(["S-001", "S-002", "S-003", "S-004", "gone"])
        records.append(
            here(
                number,
                site,
                visited_at=day,
                inspector=dice.choice("甲乙丙"),
                observed=seen,
                base_revision=dice.randint(0, 3),
            )
        )
    for number in range(files):
        own = records[4 * number : 4 * number + 4] + dice.sample(records, 2)
        if number % 7 == 3:
            own.append(dice.choice(records) | {"note": f"edited {number}"})
        made.append(written(folder, f"season/{number}.json", *own))
    return made


def merge_in_some_order(folder: Path, paths: Sequence[Path], dice: random.Random) -> int:
    """How many calls were refused, as a file that was cut short was among theirs; then they came again without it."""
    order = dice.sample(paths, len(paths)) + dice.sample(paths, 3)
    cut = folder / "cut.json"
    cut.write_bytes(paths[0].read_bytes()[:-30])
    refused = 0
    while order:
        taken = dice.randint(1, 5)
        some, order = order[:taken], order[taken:]
        if dice.random() < 0.2:
            try:
                merge(folder, *some, cut)
            except InputError:
                refused += 1
            else:
                raise AssertionError("a file that was cut short was taken")
        merge(folder, *some)
    return refused
