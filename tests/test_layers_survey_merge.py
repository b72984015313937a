"""What a merge takes and what it leads to: layers.layers.survey_files, layers.survey_batch, layers.survey_flags, receipts."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box

from gis.archive import Archive
from gis.faults import InputError
from gis.photo_facts import PhotoFacts
from layers.events import Event, canonical, made_uuid
from layers.identities import identify
from layers.known_sites import KnownSites, Position
from layers.ledger import opened
from layers.ledger_state import State
from layers.map_ids import map_ids
from layers.past_runs import PastRun
from layers.run_memory import Memory, bytes_of_memory
from layers.survey_files import Incoming, all_incoming, archived
from layers.survey_flags import FLAGS, photos_told
from layers.survey_merge import AS_GIVEN, CLASH_OF, Visits, planned
from layers.survey_receipts import clear_litter, receipt_path, write_receipt
from tests.field_work import photo, small_png, survey
from tests.survey_season import (
    FRAMES,
    HERE,
    LAYER,
    SITES,
    events_of,
    field_season,
    frames,
    here,
    merge,
    merge_in_some_order,
    state_of,
    written,
)


def flags(records: Sequence[Mapping[str, Any]], record: int = 0) -> list[str]:
    return [flag["code"] for flag in records[record]["flags"]]


# --- Known, clashing, uncertain --------------------------------------------------------------------


def test_a_file_merged_again_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", here(1), here(2, "S-002"))
    larger = written(tmp_path, "b.json", here(2, "S-002"), here(3, "S-003"))
    assert merge(tmp_path, path)[0]["counts"] == {"taken": 2}
    first = events_of(tmp_path)
    again = merge(tmp_path, path)[0]
    assert again["counts"] == {"taken": 2} and again["ledger"] == {"events": 2, "hash": first[-1].hash}
    assert events_of(tmp_path) == first
    assert merge(tmp_path, larger)[0]["counts"] == {"known": 1, "taken": 1}
    assert [event.source_file for event in events_of(tmp_path)] == ["a.json", "a.json", "b.json"]


def test_one_uuid_with_two_contents_is_kept_twice_whatever_came_first(tmp_path: Path) -> None:
    one, other, third = (written(tmp_path, f"{note}.json", here(1, note=note)) for note in ("a", "b", "c"))
    folders = []
    for name, order in {"x": (one, other, third), "y": (third, one, other), "z": (other, third, one, other)}.items():
        folder = tmp_path / name
        folder.mkdir()
        for path in order:
            merge(folder, path)
        folders.append(folder)
        first, *copies = events_of(folder)
        assert first.uuid == here(1)["uuid"] and len(copies) == 3
        assert {event.said[CLASH_OF] for event in copies} == {first.uuid}
        assert sorted(event.said["note"] for event in copies) == ["a", "b", "c"]
    states = [state_of(folder) for folder in folders]
    assert states[0] == states[1] == states[2]
    (group,) = states[0].of(LAYER, "S-001").conflicts
    assert len(group) == 3 and here(1)["uuid"] not in group
    assert states[0].of(LAYER, "S-001").status is None  # nobody decided yet
    together = merge(tmp_path / "x", one, other, third)
    assert [receipt["counts"] for receipt in together] == [{"taken": 1}, {"clash": 1}, {"clash": 1}]
    assert flags(together[1]["records"])[:2] == ["CLASH", "CONFLICT"]


def test_without_a_layer_the_id_has_to_tell(tmp_path: Path) -> None:
    plain = {name: one for name, one in here(1, "S-002").items() if name != "layer"}
    merge(tmp_path, written(tmp_path, "a.json", plain))
    assert events_of(tmp_path)[0].layer == LAYER
    both = written(tmp_path, "b.json", here(2, layer=""), here(3, "none", layer=""), here(4, "S-003"))
    with pytest.raises(InputError) as refused:
        merge(tmp_path, both)
    told = [(fault.code, fault.row, fault.value, fault.facts["found"]) for fault in refused.value.faults]
    assert told == [
        ("SURVEY_SITE_UNCERTAIN", 2 - 1, "S-001", "pollution_sources, remediation_sites"),
        ("SURVEY_SITE_UNCERTAIN", 2, "none", "–"),
    ]
    assert len(events_of(tmp_path)) == 1
    # Known already, it stays what it was, whatever layers have the id now.
    sites = KnownSites(frames("S-009"))
    with opened(tmp_path) as ledger:
        plan = planned(
            [Visits("a", "0" * 64, (events_of(tmp_path)[0]._replace(layer=""),))],
            ledger,
            sites,
            map_ids({}, ledger, Archive(tmp_path)),
        )
    assert plan.events == () and plan.fates[0][0].became == "known"


def test_nothing_of_any_file_is_taken_with_one_fault(tmp_path: Path) -> None:
    good = [written(tmp_path, f"{number}.json", here(number)) for number in range(1, 4)]
    cut = tmp_path / "cut.json"
    cut.write_text(survey(here(9))[:-20], encoding="utf-8")
    wrong = written(tmp_path, "wrong.json", here(8, note=None))
    with pytest.raises(InputError) as refused:
        merge(tmp_path, *good, cut, wrong)
    assert [(fault.code, Path(fault.file).name) for fault in refused.value.faults] == [
        ("SURVEY_NOT_JSON", "cut.json"),
        ("SURVEY_FIELD", "wrong.json"),
    ]
    assert not (tmp_path / "ledger.sqlite").exists()
    for unknown in ("x.pdf", "x.shp"):
        (tmp_path / unknown).write_bytes(b"")
        with pytest.raises(InputError, match="SURVEY_KIND"):
            all_incoming([tmp_path / unknown])


# --- The same files in any order ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], State]:
    folder = tmp_path_factory.mktemp("season")
    paths = field_season(folder)
    for path in paths:
        merge(folder, path)
    return paths, state_of(folder)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_files_does_not_matter(tmp_path: Path, season: tuple[list[Path], State], seed: int) -> None:
    paths, expected = season
    merge_in_some_order(tmp_path, paths, random.Random(seed))
    found = state_of(tmp_path)
    assert found == expected
    assert sum(len(one.conflicts) for one in found.sites.values()) > 3


# --- Ids that were dealt out anew --------------------------------------------------------------------


def test_a_visit_goes_to_the_site_that_its_map_meant(tmp_path: Path) -> None:
    before, now = renumbered()
    archive = Archive(tmp_path)
    first = identify(before, None)
    nothing = pd.DataFrame({"x": []}, index=pd.Index([], name="id"))
    said = PastRun(nothing, nothing, None, None, {"as_of": "2017-03-31"}, {})
    memory = archive.put(bytes_of_memory(Memory(said, first.known)), packed=True)
    second = archive.put(bytes_of_memory(Memory(said, identify(now, first.known).known)), packed=True)
    runs = [
        Event(made_uuid(build), "run", "", "", "headwater", day, canonical({"build_id": build, "memory": digest}))
        for build, day, digest in (("b-0", "2017-03-31", memory), ("b-1", "2017-08-31", second))
    ]
    with opened(tmp_path, write=True) as ledger:
        ledger.append(runs)
    changes = {"frames": now, "sites": KnownSites(now)}
    old = written(tmp_path, "old.json", here(1, "S-001", note="old map"))  # what is S-002 now
    new = written(tmp_path, "new.json", here(2, "S-002", note="new map", build_id="b-1", inspector="乙"))
    unknown = written(tmp_path, "unknown.json", here(3, "S-003", build_id="b-9"))
    (receipt, _, other) = merge(tmp_path, old, new, unknown, **changes)
    visits = {event.said["note"]: event for event in events_of(tmp_path) if event.kind == "visit"}
    assert [visits[note].site_id for note in ("old map", "new map", "排口仍在排水")] == ["S-001", "S-001", "S-002"]
    assert visits["new map"].said[AS_GIVEN] == "S-002" and AS_GIVEN not in visits["old map"].said
    assert receipt["records"][0]["site_id"] == "S-002" and receipt["records"][0]["metres_to_site"] == 0.0
    assert flags(receipt["records"])[0] == "CONFLICT"  # with the visit recorded on the new map: it is one site
    assert flags(other["records"])[-1] == "MAP_UNKNOWN" and "MAP_UNKNOWN" not in flags(receipt["records"])
    again = merge(tmp_path, new, old, **changes)
    assert [one["counts"] for one in again] == [{"taken": 1}, {"taken": 1}] and len(events_of(tmp_path)) == 5
    ids_of = map_ids(now, opened_events(tmp_path), archive)
    assert ids_of.identity((LAYER, "S-001"), "b-0") == (LAYER, "S-001")
    assert ids_of.identity((LAYER, "S-003"), "b-1") == ids_of.identity((LAYER, "S-003")) == (LAYER, "S-002")
    assert ids_of.current((LAYER, "S-001")) == (LAYER, "S-002")


def renumbered() -> tuple[dict[str, gpd.GeoDataFrame], dict[str, gpd.GeoDataFrame]]:
    """Two sites 5 km apart; and the list numbered anew, with another one at its head."""
    sites = {"青山村排口": Point(104.8, 26.5), "白水村渣堆": Point(104.85, 26.5), "红岩村养殖场": Point(104.9, 26.5)}

    def listed(*names: str) -> dict[str, gpd.GeoDataFrame]:
        ids = [f"S-{number:03}" for number in range(1, len(names) + 1)]
        nothing = [None] * len(names)
        columns = {
            "site_id": ids, "name": list(names), "problem": nothing, "source_id": nothing, "deadline": nothing,
            "located_to_metres": [10.0] * len(names), "status": ["behind"] * len(names),
        }  # fmt: skip
        return {LAYER: gpd.GeoDataFrame(columns, geometry=[sites[name] for name in names], crs="EPSG:4326")}

    return listed("青山村排口", "白水村渣堆"), listed("红岩村养殖场", "青山村排口", "白水村渣堆")


def opened_events(folder: Path) -> Any:
    """The ledger as `map_ids` asks it."""

    class Read:
        def events(self, site: tuple[str, str]) -> list[Event]:
            return [event for event in events_of(folder) if (event.layer, event.site_id) == site]

    return Read()


# --- What is told --------------------------------------------------------------------------------------


def test_what_is_odd_is_told_and_taken(tmp_path: Path) -> None:
    with opened(tmp_path, write=True) as ledger:
        ledger.append(
            [
                Event(
                    "00000000-0000-4000-8000-00000000aaaa",
                    "stated",
                    LAYER,
                    "S-001",
                    "table",
                    "2017-03-31",
                    canonical({"status": "behind"}),
                    "behind",
                )
            ]
        )
    far = HERE | {"lat": 26.51}
    made = merge(
        tmp_path,
        written(
            tmp_path, "a.json", here(1), here(2, "gone"), here(3, "S-002", visited_at="2018-01-03T09:00:00+08:00"),
            here(4, "S-002", visited_at="2018-01-02T09:00:00+08:00"), here(5, "S-003", visited_at="2017-03-01T09:00:00+08:00"),
            here(6, "S-001") | {"position": None}, here(7, "S-001") | {"position": far},
            here(8, "S-001") | {"position": far | {"source": "site"}}, here(9, "S-001", base_revision=1),
        ),
    )[0]["records"]  # fmt: skip
    assert [flags(made, at) for at in range(9)] == [
        ["STALE"], ["UNKNOWN_SITE"], ["FUTURE", "FAR"], ["AFTER_INSPECTION", "FAR"], ["BEFORE_PROJECT", "FAR"],
        ["STALE", "NO_POSITION"], ["STALE", "FAR"], ["STALE", "NO_POSITION"], [],
    ]  # fmt: skip
    assert made[0]["flags"][0] == {"code": "STALE", "base_revision": 0, "revision": 1}
    assert made[6]["flags"][1] == {"code": "FAR", "metres": pytest.approx(1107.8, abs=0.3), "doubt_m": 15.0}
    assert made[0]["site_at_merging"] == {"lon": 104.8, "lat": 26.5} and made[1]["site_at_merging"] is None
    assert len(events_of(tmp_path)) == 10
    assert all(word.zh and word.en for word in FLAGS.values())


def test_two_inspectors_on_one_site_are_both_kept_and_told(tmp_path: Path) -> None:
    merge(tmp_path, written(tmp_path, "a.json", here(1, inspector="甲")))
    (second,) = merge(tmp_path, written(tmp_path, "b.json", here(2, inspector="乙"), here(3, "S-002")))
    assert second["conflicts"] == [{"layer": LAYER, "site_id": "S-001", "visits": [here(1)["uuid"], here(2)["uuid"]]}]
    assert flags(second["records"])[:2] == ["CONFLICT", "STALE"] and "CONFLICT" not in flags(second["records"], 1)
    assert len(state_of(tmp_path).of(LAYER, "S-001").conflicts) == 1


def test_places_are_measured_to_the_outline(tmp_path: Path) -> None:
    sites = KnownSites(
        {"pollution_sources": FRAMES["pollution_sources"].assign(geometry=[None, box(104, 26, 105, 27)])}
    )
    within, beside = Position(104.5, 26.5), Position(105.01, 26.5)
    first, second, third = sites.metres_from(
        [("pollution_sources", one) for one in ("S-001", "S-001", "001")], [within, beside, within]
    )
    assert (first, second) == (0.0, pytest.approx(996.9, abs=0.1)) and third != third
    assert sites.place(("pollution_sources", "001")) is None and sites.place((LAYER, "x")) is None
    assert ("pollution_sources", "S-001") in sites and "S-001" not in sites
    assert sites.layers_of("001") == ["pollution_sources"] and sites.cell(("pollution_sources", "001"), "name") is None


PHOTOS = [
    (PhotoFacts(1, 1, 104.8, 26.5, "2017-12-01T09:40:00+08:00"), 0.0, 0.17, []),
    (PhotoFacts(1, 1, 104.8, 26.51, "2017-12-01T01:40:00Z"), pytest.approx(1107.8, abs=0.3), 0.17, ["PHOTO_FAR"]),
    (PhotoFacts(1, 1, None, None, "2017-11-30T09:30:00"), None, -24.0, ["PHOTO_WITHOUT_PLACE", "PHOTO_LATE"]),
    (PhotoFacts(1, 1), None, None, ["PHOTO_WITHOUT_PLACE", "PHOTO_WITHOUT_TIME"]),
    (None, None, None, ["PHOTO_UNREADABLE"]),
]


@pytest.mark.parametrize(("facts", "metres", "hours", "codes"), PHOTOS)
def test_photos_are_compared_with_the_site_and_the_visit(
    facts: PhotoFacts | None, metres: Any, hours: float | None, codes: list[str]
) -> None:
    body = canonical({"photos": [{"name": "a.jpg", "sha256": "x"}]})
    event = Event("u", "visit", LAYER, "S-001", "甲", "2017-12-01T09:30:00+08:00", body)
    (told,) = photos_told(event, {"x": facts}, SITES)
    assert (told.metres, told.hours) == (metres, hours)
    assert [flag.code for flag in told.flags] == codes
    if facts and facts.taken_at:
        (by_day,) = photos_told(event._replace(at="2017-12-01"), {"x": facts}, SITES)
        assert by_day.hours == round((hours or 0) / 24) * 24


# --- Archive and receipts --------------------------------------------------------------------------------


def test_bytes_and_photos_are_archived_once(tmp_path: Path) -> None:
    pictures = [small_png(1), small_png(2)]
    path = written(
        tmp_path, "a.json", here(1, photos=[photo(one) for one in pictures]), here(2, photos=[photo(pictures[0])])
    )
    (file,) = all_incoming([path, path])
    archive = Archive(tmp_path)
    archived(file, archive)
    archived(file, archive)
    assert len(archive.digests()) == 3
    assert archive.get(file.sha256) == path.read_bytes()
    assert archive.get(photo(pictures[1])["sha256"]) == pictures[1]
    path.write_text(survey(here(1)), encoding="utf-8")
    with pytest.raises(InputError, match="SURVEY_CHANGED"):
        archived(file, archive)
    (tmp_path / "p.jpg").write_bytes(b"\xff\xd8\xff!")
    with pytest.raises(InputError, match="SURVEY_CHANGED"):
        archived(
            Incoming("a.json", path, all_incoming([path])[0].sha256, "forms", pictures={"0" * 64: tmp_path / "p.jpg"}),
            archive,
        )


def test_a_receipt_is_written_once_and_anew_where_it_was_lost(tmp_path: Path) -> None:
    path = written(tmp_path, "王五 \x1b[2J.json", here(1))
    (content,) = merge(tmp_path, path)
    place, new = write_receipt(tmp_path, content)
    assert (
        new and place.parent == tmp_path / "receipts" and place.name == f"王五_2J-{content['file']['sha256'][:12]}.json"
    )
    first = place.read_bytes()
    merge(tmp_path, written(tmp_path, "b.json", here(2, inspector="乙")))
    (again,) = merge(tmp_path, path)
    assert again["conflicts"] and write_receipt(tmp_path, again) == (place, False)
    assert place.read_bytes() == first  # what was told at the time
    for damage in (b"", first[:-20], b"[]"):
        place.write_bytes(damage)
        assert write_receipt(tmp_path, content) == (place, True) and place.read_bytes() == first
    assert json.loads(first)["ledger"]["hash"] == events_of(tmp_path)[0].hash
    litter = [place.with_name(f".{place.name}.{pid}") for pid in (2**22 + 5, 1)]
    for one in litter:
        one.write_text("{")
    clear_litter(tmp_path)
    assert [one.exists() for one in litter] == [False, True]  # process 1 lives, and may be writing it


def test_names_of_receipts_are_safe() -> None:
    for name in ("..", "CON.json", "a/../../b.json", "\x00\x1b.json", "x" * 400 + ".json", ".json"):
        path = receipt_path(Path("p"), name, "ab" * 32)
        assert path.parent == Path("p/receipts") and len(path.name) < 110 and path.name.endswith("-abababababab.json")
        assert not path.name.startswith(".") and path.name.isprintable()
