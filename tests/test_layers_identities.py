"""layers.identities, layers.identity_matching, layers.identity_pairs, layers.known_ids, layers.source_links: who is who."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.events import Event
from layers.findings import finding_id
from layers.identities import (
    BY,
    MATCH_COLUMNS,
    QUESTIONS,
    WHYS,
    Decision,
    Identities,
    decisions_of,
    identify,
    in_identities,
    in_run_ids,
    with_identities,
)
from layers.identity_pairs import SAME_SITE_METRES
from layers.known_ids import KNOWN_COLUMNS, nothing_known
from layers.source_links import link_notes, linked
from tests.projects import ROOT
from tests.shapes import frame, square

SOURCES, ZONES = "pollution_sources", "protection_zones"
Row = tuple[str, str, float, float]  # id, name, metres east and north
LIST: Sequence[Row] = (("1", "甲排口", 0, 0), ("2", "乙排口", 3000, 0), ("3", "丙排口", 6000, 0))


def sources(*rows: Row, **columns: Any) -> gpd.GeoDataFrame:
    """Outfalls at places in metres."""
    points = [f"POINT ({east} {north})" for _, _, east, north in rows]
    told = {"source_id": [row[0] for row in rows], "name": [row[1] for row in rows], "kind": ["outfall"] * len(rows)}
    return frame(*points, **{"located_to_metres": [np.nan] * len(rows), **told, **columns})


def zones(*rows: tuple[str, str, str, shapely.Polygon | str], source: str = "梅花山水库") -> gpd.GeoDataFrame:
    """Zones: id, name, level and outline."""
    ids, names, levels, outlines = zip(*rows, strict=True)
    told = {"zone_id": list(ids), "name": list(names), "level": list(levels), "source_name": [source] * len(rows)}
    return frame(*outlines, **told, valid_from=[None] * len(rows))


def then(now: Mapping[str, gpd.GeoDataFrame], before: Identities | None, *said: Decision) -> Identities:
    return identify(now, None if before is None else before.known, said)


def named(found: Identities, layer: str = SOURCES) -> dict[str, str]:
    """By id of the run its identity."""
    rows = found.known[(found.known["layer"] == layer) & found.known["present"]]
    return dict(zip(rows["id"], rows["identity"], strict=True))


def why(found: Identities) -> dict[str, tuple[str, str, str]]:
    """By id how the identity was found, why, and what it may be as well."""
    rows = found.matches
    told = zip(rows["by"], rows["why"], rows["candidates"], strict=True)
    return dict(zip(rows["id"], told, strict=True))


@pytest.fixture(scope="module")
def first() -> Identities:
    return then({SOURCES: sources(*LIST)}, None)


def test_before_any_run_everything_is_itself(first: Identities) -> None:
    assert named(first) == {"1": "1", "2": "2", "3": "3"}
    assert first.matches.empty and list(first.matches.columns) == list(MATCH_COLUMNS)
    assert not first.renamed and first.notes == []
    assert list(nothing_known().columns) == list(KNOWN_COLUMNS) == list(first.known.columns)


def test_an_id_that_stays_is_the_same_site_whatever_else_changes(first: Identities) -> None:
    renamed = then(
        {SOURCES: sources(("1", "甲村排口", 0, 0), ("2", "乙排口", 9000, 0), ("3", "丙排口", 6004, 3))}, first
    )
    assert named(renamed) == {"1": "1", "2": "2", "3": "3"} and renamed.matches.empty


def test_a_list_that_was_numbered_anew(first: Identities) -> None:
    found = then(
        {SOURCES: sources(("B7", "丙排口 ", 6020, 0), ("B9", "甲排口", 0, 0), ("2", "乙排口", 3000, 0))}, first
    )
    assert named(found) == {"B7": "3", "B9": "1", "2": "2"}
    assert why(found)["B7"] == ("place_and_name", "RENUMBERED", "")
    (metres,) = found.matches.loc[found.matches["id"] == "B7", "distance_m"]
    assert metres == pytest.approx(20, rel=1e-3)
    assert [note["code"] for note in found.notes] == ["IDS_RENUMBERED"]
    later = then({SOURCES: sources(("B7", "丙排口", 6020, 0), ("B9", "甲排口", 0, 0))}, found)
    assert named(later) == {"B7": "3", "B9": "1"} and why(later)["B7"] == why(found)["B7"]
    assert later.matches["distance_m"].max() == metres  # as it was when it was found


def test_a_list_that_shifted_because_a_row_was_put_in_front(first: Identities) -> None:
    """Every id is there as before, and each names another site: by their ids alone all histories would be wrong."""
    shifted = sources(("1", "新排口", 500, 0), *((str(int(id_) + 1), *rest) for id_, *rest in LIST))  # type: ignore[misc]
    found = then({SOURCES: shifted}, first)
    assert named(found) == {"1": "1~2", "2": "1", "3": "2", "4": "3"}
    assert {one: told[1] for one, told in why(found).items()} == {
        "1": "ID_OF_ANOTHER", "2": "SHIFTED", "3": "SHIFTED", "4": "RENUMBERED",
    }  # fmt: skip
    assert named(then({SOURCES: shifted}, found)) == named(found)


def test_a_list_that_shifted_because_a_row_was_taken_out(first: Identities) -> None:
    found = then({SOURCES: sources(("1", "乙排口", 3000, 0), ("2", "丙排口", 6000, 0))}, first)
    assert named(found) == {"1": "2", "2": "3"}
    assert found.run_id(SOURCES, "1") == "1~"  # what is gone is not the one that bears its id now
    assert (found.run_id(SOURCES, "2"), found.run_id(SOURCES, "3")) == ("1", "2")


def test_two_sites_with_each_others_names_are_told_and_not_guessed(first: Identities) -> None:
    found = then({SOURCES: sources(("1", "乙排口", 0, 0), ("2", "甲排口", 3000, 0), LIST[2])}, first)
    assert named(found) == {"1": "1", "2": "2", "3": "3"}
    assert why(found) == {"1": ("id", "NAMES_SWAPPED", "2"), "2": ("id", "NAMES_SWAPPED", "1")}
    assert [note["code"] for note in found.notes] == ["IDENTITY_UNDECIDED"]


def test_an_id_with_another_name_elsewhere_is_believed_and_told(first: Identities) -> None:
    found = then({SOURCES: sources(("1", "丁排口", 0, 9000), *LIST[1:])}, first)
    assert named(found)["1"] == "1" and why(found) == {"1": ("id", "OTHER_NAME_AND_PLACE", "")}


def test_a_split_site_is_told_and_not_guessed(first: Identities) -> None:
    found = then({SOURCES: sources(*LIST[:2], ("7", "丙排口", 6030, 0), ("8", "丙排口", 5970, 0))}, first)
    assert named(found) == {"1": "1", "2": "2", "7": "7", "8": "8"}
    assert why(found) == dict.fromkeys(("7", "8"), ("undecided", "SPLIT", "3"))
    later = then({SOURCES: sources(*LIST[:2], ("7", "丙排口", 6030, 0), ("8", "丙排口", 5970, 0))}, found)
    assert why(later) == why(found)  # the question stays until somebody answers it


def test_merged_sites_are_told_and_not_guessed() -> None:
    before = then({SOURCES: sources(("1", "养殖场", 0, 0), ("2", "养殖场", 60, 0))}, None)
    found = then({SOURCES: sources(("9", "养殖场", 30, 0))}, before)
    assert named(found) == {"9": "9"} and why(found) == {"9": ("undecided", "MERGED", "1;2")}
    into = then({SOURCES: sources(("1", "养殖场", 0, 0))}, before)
    assert why(into) == {"2": ("id", "MERGED_INTO", "1")}


def test_a_part_of_one_that_is_still_listed(first: Identities) -> None:
    found = then({SOURCES: sources(*LIST, ("4", "丙排口", 6050, 0))}, first)
    assert why(found) == {"4": ("undecided", "SPLIT_OFF", "3")}


def test_another_name_at_the_same_place_is_no_answer(first: Identities) -> None:
    found = then({SOURCES: sources(*LIST[:2], ("9", "丙河入河口", 6000, 0))}, first)
    assert named(found)["9"] == "9" and why(found) == {"9": ("undecided", "OTHER_NAME", "3")}


@pytest.mark.parametrize(
    ("columns", "place", "same"),
    [
        ({}, 6000 + SAME_SITE_METRES - 1, True),
        ({}, 6000 + SAME_SITE_METRES + 1, False),
        ({"located_to_metres": [500.0]}, 6400, True),
        ({"kind": ["landfill"]}, 6000, False),
    ],
)
def test_the_limits(first: Identities, columns: dict[str, Any], place: float, same: bool) -> None:
    found = then({SOURCES: sources(("N", "丙排口", place, 0), **columns)}, first)
    assert (named(found)["N"] == "3") is same


def test_sites_without_a_name_are_never_matched() -> None:
    before = then({SOURCES: sources(("1", "", 0, 0))}, None)
    assert named(then({SOURCES: sources(("2", "", 0, 0))}, before)) == {"2": "2"}


# --- Zones ------------------------------------------------------------------------------------


def test_a_zone_that_was_redrawn_renamed_and_renumbered() -> None:
    before = then({ZONES: zones(("Z1", "一级保护区", "1", square(0, 0, 1000)))}, None)
    redrawn = then({ZONES: zones(("A", "梅花山一级区", "1", square(1, 1, 1000)))}, before)
    assert named(redrawn, ZONES) == {"A": "Z1"}
    other_level = then({ZONES: zones(("A", "一级保护区", "2", square(0, 0, 1000)))}, before)
    assert named(other_level, ZONES) == {"A": "A"}
    half = then({ZONES: zones(("A", "一级保护区", "1", square(0, 0, 600)))}, before)
    assert named(half, ZONES) == {"A": "A"} and why(half) == {"A": ("undecided", "SEVERAL", "Z1")}


def test_a_zone_that_was_split_is_told() -> None:
    before = then({ZONES: zones(("Z1", "一级保护区", "1", square(0, 0, 1000)))}, None)
    parts = [shapely.box(0, 0, 900, 1000), shapely.box(900, 0, 1000, 1000)]
    west, east = frame(*(part.wkt for part in parts)).geometry
    halves = zones(("A", "一级保护区", "1", square(0, 0, 10)), ("B", "一级保护区", "1", square(0, 0, 10)))
    found = then({ZONES: halves.set_geometry([west, east], crs="EPSG:4326")}, before)
    assert named(found, ZONES) == {"A": "A", "B": "B"}
    assert why(found) == dict.fromkeys(("A", "B"), ("undecided", "SPLIT", "Z1"))


def test_versions_of_a_zone_are_one_zone() -> None:
    both = zones(("Z1", "一级保护区", "1", square(0, 0, 1000)), ("Z1", "一级保护区", "1", square(0, 0, 900)))
    found = then({ZONES: both.assign(valid_from=["2016-01-01", None])}, None)
    assert len(found.known) == 1
    area = shapely.from_wkb(found.known["outline"].iloc[0]).area
    assert area == pytest.approx(both.geometry.iloc[0].area, rel=1e-3)  # the later version


# --- A person's word --------------------------------------------------------------------------


def test_a_person_says_which_part_goes_on(first: Identities) -> None:
    parts = {SOURCES: sources(*LIST[:2], ("7", "丙排口", 6030, 0), ("8", "丙排口", 5970, 0))}
    asked = then(parts, first)
    said = (Decision(SOURCES, "7", same_as="3"), Decision(SOURCES, "8", not_same_as="3"))
    found = then(parts, asked, *said)
    assert named(found) == {"1": "1", "2": "2", "7": "3", "8": "8"}
    assert why(found) == {"7": ("person", "", ""), "8": ("person", "", "")} and found.notes == []
    assert found.aliases == {(SOURCES, "7"): "3"}  # what was said of 7 in between is said of 3
    again = then(parts, found, *said)
    assert named(again) == named(found) and again.aliases == found.aliases
    back = then(parts, again, *said, Decision(SOURCES, "7", not_same_as="3"))
    assert named(back)["7"] == "7" and back.aliases == {}


def test_a_person_rejects_a_match(first: Identities) -> None:
    moved = {SOURCES: sources(*LIST[:2], ("9", "丙排口", 6000, 0))}
    assert named(then(moved, first))["9"] == "3"
    assert named(then(moved, first, Decision(SOURCES, "9", not_same_as="3")))["9"] == "9"
    later = then(moved, then(moved, first), Decision(SOURCES, "9", not_same_as="3"))
    assert named(later)["9"] == "9" and later.matches.empty


def test_a_person_says_that_an_id_is_another_site_now(first: Identities) -> None:
    found = then({SOURCES: sources(*LIST)}, first, Decision(SOURCES, "3", not_same_as="3"))
    assert named(found)["3"] == "3~2"
    again = then({SOURCES: sources(*LIST)}, found, Decision(SOURCES, "3", not_same_as="3", heard=True))
    assert named(again)["3"] == "3~2"


def test_a_word_ends_with_what_bore_the_id(first: Identities) -> None:
    """7 was said to be 3. Then the list is numbered anew: that is 9 now, and 7 a farm beside it; then 9 is put out."""
    renamed = {SOURCES: sources(*LIST[:2], ("7", "丁排口", 6000, 0))}
    said = Decision(SOURCES, "7", same_as="3")
    asked = then(renamed, first)
    found = then(renamed, asked, said)
    assert named(found)["7"] == "3" and found.aliases == {(SOURCES, "7"): "3"}
    heard = said._replace(heard=True)
    shifted = then({SOURCES: sources(*LIST[:2], ("7", "红岩养殖场", 6030, 0), ("9", "丁排口", 6000, 0))}, found, heard)
    assert named(shifted) == {"1": "1", "2": "2", "7": "7~2", "9": "3"}  # what was said of 7 is still said of 3
    left = {SOURCES: sources(*LIST[:2], ("7", "红岩养殖场", 6030, 0))}
    assert named(then(left, shifted, heard))["7"] == "7~2"
    assert named(then(left, shifted, said))["7"] == "3"  # said once more since then


def test_a_word_that_waits_holds_once_it_can(first: Identities) -> None:
    both, said = sources(*LIST, ("7", "丙", 6000, 0)), Decision(SOURCES, "7", same_as="3")
    found = then({SOURCES: both}, then({SOURCES: both}, first), said)
    assert why(found)["7"][1] == "STILL_LISTED"
    left = then({SOURCES: sources(*LIST[:2], ("7", "丙", 6000, 0))}, found, said._replace(heard=True))
    assert named(left)["7"] == "3"


def test_the_events_tell_which_words_a_run_heard() -> None:
    events = [event("match", "7", same_as="3")._replace(seq=2), event("match", "8", same_as="4")._replace(seq=5)]
    run = event("run", "", ledger_events=3)._replace(seq=4)
    assert [one.heard for one in decisions_of([*events, run])] == [True, False]
    assert [one.heard for one in decisions_of(events)] == [False, False]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([Decision(SOURCES, "7", same_as="1")], "STILL_LISTED"),
        ([Decision(SOURCES, "7", same_as="nobody")], "NO_SUCH_ID"),
        ([Decision(SOURCES, "7", same_as="3"), Decision(SOURCES, "8", same_as="3")], "CLAIMED_TWICE"),
    ],
)
def test_words_that_cannot_hold_are_told(first: Identities, said: list[Decision], code: str) -> None:
    found = then({SOURCES: sources(*LIST[:2], ("7", "x", 50, 9000), ("8", "y", 0, 5000))}, first, *said)
    assert named(found) == {"1": "1", "2": "2", "7": "7", "8": "8"}
    assert {found_why for _, found_why, _ in why(found).values()} == {code}


# --- Findings and events ----------------------------------------------------------------------


def event(kind: str, site: str, **body: object) -> Event:
    return Event(f"{kind}-{site}", kind, SOURCES, site, "王五", "2017-08-01", json.dumps(body))


def test_findings_have_the_ids_that_they_had(first: Identities) -> None:
    found = then({SOURCES: sources(("B7", "丙排口", 6000, 0), *LIST[:2])}, first)
    told = {"subject_layer": SOURCES, "rule_id": "CN-OUT-01", "zone_id": "Z1"}
    ids = [finding_id(SOURCES, one, "CN-OUT-01", "Z1") for one in ("B7", "1")]
    findings = gpd.GeoDataFrame({"finding_id": ids, "subject_id": ["B7", "1"], **told}, geometry=[None, None])
    mended = with_identities(findings, found, {"CN-OUT-01": ZONES})
    assert list(mended["finding_id"]) == [finding_id(SOURCES, one, "CN-OUT-01", "Z1") for one in ("3", "1")]
    assert list(mended["subject_id"]) == ["B7", "1"]
    assert with_identities(findings, first, {}) is findings


def test_events_reach_the_site_by_its_identity(first: Identities) -> None:
    found = then({SOURCES: sources(*((str(int(id_) - 1), *rest) for id_, *rest in LIST[1:]))}, first)  # type: ignore[misc]
    kept = [event("status", one) for one in "123"] + [event("match", "1", same_as="2")]
    seen = list(in_run_ids(kept, found))
    assert [one.site_id for one in seen] == ["1~", "1", "2", "1"]
    assert [one.site_id for one in in_identities(seen[1:3], found)] == ["2", "3"]
    assert list(in_run_ids(kept, first)) == kept
    assert list(decisions_of(kept)) == [Decision(SOURCES, "1", same_as="2")]


def test_remediation_sites_stay_with_their_source(first: Identities) -> None:
    numbered = sources(("B7", "丙排口", 6000, 0), ("B1", "甲排口", 0, 0), LIST[1])
    found = then({SOURCES: numbered}, first)
    named = pd.Series(["1", "2", None, "nobody"], dtype=object)
    problems = gpd.GeoDataFrame({"site_id": list("abcd"), "source_id": named}, geometry=[None] * 4)
    frames = {SOURCES: numbered, "remediation_sites": problems}
    assert list(linked(frames, found)["remediation_sites"]["source_id"]) == ["B1", "2", None, "nobody"]
    assert linked(frames, first)["remediation_sites"] is problems
    shifted = then({SOURCES: sources(("1", "乙排口", 3000, 0), ("2", "丙排口", 6000, 0))}, first)
    (note,) = link_notes(problems, shifted)
    assert note["code"] == "LINKS_DOUBTFUL" and " 2 " in note["zh"] and " 2 " in note["en"]
    assert link_notes(problems, found) == []


# --- Properties -------------------------------------------------------------------------------


def drawn(rng: random.Random, size: int) -> list[Row]:
    """Sites with names that repeat, some of them near each other."""
    names = ["农家乐", "排口", "养殖场", *(f"{one}号" for one in range(size))]
    return [(str(at), rng.choice(names), rng.uniform(0, 4000), rng.uniform(0, 4000)) for at in range(size)]


@pytest.mark.parametrize("seed", range(12))
def test_identities_never_double_and_never_come_from_nowhere(seed: int) -> None:
    """Whatever happens to a list: each row has one identity, no two the same, and the order of rows decides nothing."""
    rng = random.Random(seed)
    rows = drawn(rng, 40)
    known = then({SOURCES: sources(*rows)}, None)
    for _ in range(3):
        kept = [row for row in rows if rng.random() < 0.85]
        ids = [row[0] for row in kept]
        if rng.random() < 0.5:
            rng.shuffle(ids)
        renamed = [
            (id_, name if rng.random() < 0.8 else f"{name}*", east + rng.gauss(0, 40), north + rng.gauss(0, 40))
            for id_, (_, name, east, north) in zip(ids, kept, strict=True)
        ]
        rows = [*renamed, *((f"n{rng.random()}", name, e, n) for _, name, e, n in drawn(rng, 4))]
        found = then({SOURCES: sources(*rows)}, known)
        turned = then({SOURCES: sources(*reversed(rows))}, known)
        identities = named(found)
        assert len(identities) == len(rows) == len(set(identities.values()))
        assert named(turned) == identities
        before = set(known.known["identity"])
        assert all(one in before or one.split("~")[0] == id_ for id_, one in identities.items())
        assert set(found.matches["by"]) <= set(BY) and set(found.matches["why"]) <= {*WHYS, ""}
        gone = found.known[~found.known["present"]]
        assert before <= {*identities.values(), *gone["identity"]}  # nothing known is forgotten
        known = found


@pytest.mark.parametrize("seed", range(6))
def test_renumbering_renaming_or_correcting_alone_keeps_every_identity(seed: int) -> None:
    rng = random.Random(100 + seed)
    rows = [(id_, f"{name}{id_}", east, north) for id_, name, east, north in drawn(rng, 40)]
    known = then({SOURCES: sources(*rows)}, None)
    places = rng.sample(range(40), 40)
    numbered = [(str(place + 17), *row[1:]) for place, row in zip(places, rows, strict=True)]
    renamed = [(id_, f"另名{id_}", east, north) for id_, _, east, north in rows]
    corrected = [(id_, name, east + rng.uniform(-5, 5), north + 5) for id_, name, east, north in rows]
    for changed in (numbered, renamed, corrected, rng.sample(rows, 40)):
        found = named(then({SOURCES: sources(*changed)}, known))
        assert sorted(found.values()) == sorted(row[0] for row in rows)
        if changed is numbered:
            assert [found[row[0]] for row in changed] == [row[0] for row in rows]


def test_the_tables_name_every_code() -> None:
    manual = (ROOT / "docs" / "changes.md").read_text("utf-8")
    assert [code for code in (*WHYS, *BY, *MATCH_COLUMNS) if f"`{code}`" not in manual] == []
    assert set(WHYS) > QUESTIONS
    assert all(word.zh and word.en for table in (WHYS, BY) for word in table.values())
    assert isinstance(nothing_known(), pd.DataFrame)
