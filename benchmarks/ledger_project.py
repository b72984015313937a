"""A project whose ledger has ten events for each site, the same ones every time; and a survey of some of its sites."""

from __future__ import annotations

import csv
import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layers.events import Event, canonical
from layers.ledger import opened

LAYER = "remediation_sites"
PEOPLE = ("张三", "李四", "王五", "赵六")
_BATCH = 50_000
_FILE = "ab" * 32
_PHOTO = {"name": "a.jpg", "sha256": _FILE}

# A problem from found to closed and looked at again: kind, status, month, body.
_STEPS: tuple[tuple[str, str | None, int, dict[str, Any]], ...] = (
    ("stated", "not_started", 3, {"deadline": "2017-10-31", "status": "not_started", "run_id": "R-1"}),
    ("visit", "behind", 4, {"base_revision": 1, "note": "渣堆未清运", "photos": [_PHOTO]}),
    ("visit", "on_schedule", 5, {"base_revision": 2, "note": "已清运一半"}),
    ("extension", None, 6, {"deadline": "2017-12-31", "reason": "雨季"}),
    ("visit", "on_schedule", 7, {"base_revision": 4}),
    ("status", "completed", 8, {"before": [_PHOTO], "after": [_PHOTO]}),
    ("acceptance", "accepted", 9, {"accepting_unit": "市生态环境局"}),
    ("sign_off", "closed", 10, {"notice": {"from": "2017-09-20", "to": "2017-09-28"}}),
    ("reinspection", None, 11, {"result": "kept"}),
    ("visit", None, 12, {"base_revision": 9, "note": "无反弹"}),
)  # fmt: skip


def make_project(folder: Path, sites: int) -> None:
    """Nothing; the project lies in `folder`."""
    folder.mkdir(parents=True)
    text = f'title = "台账"\nas_of = 2018-01-31\n[[layer]]\nkind = "{LAYER}"\npath = "sites.csv"\n'
    (folder / "headwater.toml").write_text(text, encoding="utf-8")
    with (folder / "sites.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["site_id", "name", "status", "deadline", "lon", "lat"])
        for number in range(sites):
            rows.writerow([site(number), f"渣堆{number}", "not_started", "2017-10-31", *place(number)])
    batch: list[Event] = []
    with opened(folder, write=True) as ledger:
        for event in _events(sites):
            batch.append(event)
            if len(batch) == _BATCH:
                ledger.append(batch)
                batch = []
        ledger.append(batch)


def site(number: int) -> str:
    """The id of a site."""
    return f"ZG-{number:06}"


def place(number: int) -> tuple[float, float]:
    """The longitude and latitude of a site."""
    return round(104.0 + number % 1000 / 1000, 6), round(26.0 + number // 1000 / 100, 6)


def _events(sites: int) -> Iterator[Event]:
    lot = random.Random(7)  # noqa: S311 - no secret
    for kind, status, month, said in _STEPS:
        order = list(range(sites))
        lot.shuffle(order)  # sites are not visited in the order of their ids
        for number in order:
            body, at = said, f"2017-{month:02}-{lot.randint(1, 28):02}"
            if kind == "visit":
                lon, lat = place(number)
                seen = {"status": status, "result": "clear" if status is None else "violation", "checklist": []}
                body = {**said, "observed": seen, "position": {"lon": lon, "lat": lat, "accuracy_m": 8.0}}
                at = f"{at}T{lot.randint(8, 17):02}:{lot.randint(0, 59):02}:00+08:00"
            yield Event(
                str(uuid.UUID(int=lot.getrandbits(128), version=4)), kind, LAYER, site(number), lot.choice(PEOPLE), at,
                canonical(body), status, *(("surveys/a.json", _FILE) if kind == "visit" else ("", "")),
            )  # fmt: skip


def add_visits(folder: Path, sites: int, visits: int) -> Path:
    """A survey file of `visits` visits to as many sites, as the map writes it."""
    lot = random.Random(8)  # noqa: S311 - no secret
    records = []
    for number in lot.sample(range(sites), visits):
        lon, lat = place(number)
        records.append({
            "uuid": str(uuid.UUID(int=lot.getrandbits(128), version=4)), "layer": LAYER, "site_id": site(number),
            "base_revision": 10, "visited_at": f"2018-01-20T10:{lot.randint(0, 59):02}:00+08:00", "inspector": "钱七",
            "observed": {"status": "reopened", "result": "violation", "checklist": []}, "note": "又有倾倒",
            "position": {"lon": lon, "lat": lat, "accuracy_m": 8.0}, "photos": [],
        })  # fmt: skip
    path = folder / "survey.json"
    content = {"format": "headwater-survey", "version": 1, "build_id": "0" * 16, "records": records}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
