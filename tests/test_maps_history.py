"""What the ledger brings to the page (maps/history.py): columns, islands, words; and nothing where there is no ledger."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
import pytest

from layers.evidence import EVIDENCE
from layers.told_history import EVENT_COLUMNS, LATER, STANDING_COLUMNS, ToldHistory
from layers.workflow import CONTRADICTIONS, WHY_NOT
from maps.history import (
    changes_island,
    history_island,
    last_events,
    ledger_words,
    since_facts,
    told_decisions,
    with_standing,
)
from maps.inspection import inspection_map
from tests.ledger_frames import UUID, WORDS, historic, history, since
from tests.map_frames import HOSTILE, small
from tests.test_maps_payload import unpack

NOTHING = ToldHistory(pd.DataFrame(columns=list(EVENT_COLUMNS)), pd.DataFrame(columns=list(STANDING_COLUMNS)))


def sites() -> gpd.GeoDataFrame:
    frame: gpd.GeoDataFrame = small()["sites"]
    return frame


def rows_of(*ids: str) -> list[int]:
    return [sites()["site_id"].tolist().index(one) for one in ids]


def test_sites_get_what_the_ledger_says_of_them() -> None:
    told = with_standing(sites(), history("F")).set_index("site_id")
    assert len(told) == len(sites())
    assert told.loc["R-000", ["revision", "status_since", "status_by", "flags"]].tolist() == [8, "2017-11-05", "王五", "contradiction"]  # fmt: skip
    assert told.loc["S-001", ["revision", "status_since", "flags"]].isna().all()
    assert "older" not in told.columns  # says nothing of any site


def test_a_column_of_the_data_that_is_called_like_ours_stays_beside_it() -> None:
    own = sites().assign(flags="旗", revision=5)
    told = with_standing(own, history("F"))
    assert set(told["flags (data)"]) == {"旗"}
    assert set(told["revision"]) == {5}  # which the run has put there


def test_without_a_ledger_sites_stay_as_they_are() -> None:
    assert with_standing(sites(), NOTHING).equals(sites())


def test_the_island_has_every_event_by_site_and_the_numbers_of_visits() -> None:
    decisions = [{"finding": 3, "result": "clear"}]
    head, columns = unpack(history_island(history("F"), sites(), decisions).packed())[:2]
    assert head["rows"] == 12 and head["decisions"] == decisions
    expected = rows_of(*["R-000"] * 8, *["R-003"] * 2, "R-006", "R-009")
    assert columns["site"] == sorted(expected)
    places = {row: columns["at"][at] for at, row in enumerate(columns["site"])}
    assert places[rows_of("R-009")[0]] == "2017-10-01"
    (uuids,) = columns["uuids"]
    visits = [columns["kind"][at] for at in range(12)].count("visit")
    assert len(uuids) == 16 * visits
    assert bytes.fromhex(UUID.format(2).replace("-", "")) in uuids


def test_events_of_sites_that_are_not_there_are_left_out() -> None:
    few = sites().iloc[1:].reset_index(drop=True)
    head, columns = unpack(history_island(history("F"), few).packed())[:2]
    assert head["rows"] == 4
    assert min(columns["site"]) >= 0


def test_decisions_are_told_of_findings_that_are_there() -> None:
    assert [one["finding"] for one in told_decisions(history("B"), ["A", "B"])] == [1]
    assert told_decisions(history("gone"), ["A", "B"]) == []


def test_words_come_for_the_codes_that_occur() -> None:
    words = ledger_words(history("F"))
    assert words["missing"] == {"PHOTO_AFTER": {"zh": "整改后照片", "en": "a photo from after"}}
    assert set(words["whys"]) == {"LATER", "IN_CONFLICT", "NEEDS_PERSON"}
    assert list(words["contradictions"]) == ["TABLE_DIFFERS"]


def test_no_word_of_a_code_has_a_slot_left() -> None:
    standing = pd.DataFrame({"missing": [";".join(EVIDENCE)], "contradictions": [";".join(CONTRADICTIONS)]})
    events = pd.DataFrame({"without": [*WHY_NOT, LATER]})
    words = ledger_words(NOTHING._replace(events=events, standing=standing, words=WORDS))
    assert {name: len(table) for name, table in words.items()} == {
        "whys": len(WHY_NOT) + 1, "contradictions": len(CONTRADICTIONS), "missing": len(EVIDENCE),
    }  # fmt: skip
    said = [text for table in words.values() for word in table.values() for text in word.values()]
    assert all(text.strip() and "{" not in text and "--" not in text for text in said)


def test_the_way_of_what_has_moved_and_what_is_gone() -> None:
    head, columns = unpack(changes_island(since(), sites()).packed())[:2]
    assert (head["rows"], columns["site"]) == (2, [rows_of("S-004")[0] + 1, 0])
    assert columns["name"] == ["", HOSTILE[3]]
    assert since_facts(since()) == {
        "as_of": "2017-08-31",
        "counts": {"new": 4, "relapsed": 1, "cleared": 2, "known": 20},
    }


def test_without_scripts_a_site_tells_its_last_events() -> None:
    shown = sites().iloc[rows_of("R-000", "R-003", "S-001")]
    first, second, none = last_events(history("F"), shown, "zh")
    assert first.splitlines()[1:] == [
        "2017-12-02 现场巡查 · 确有违规 · 未达到序时进度 · 王五 · 未生效",
        "2017-11-05 回头看 · 发现反弹 · 王五",
        "2017-09-28 销号 · 已销号 · 领导小组",
    ]
    assert "赵六 · 未生效" in second and none == ""
    assert "re-inspection" in last_events(history("F"), shown, "en")[0]


@pytest.mark.parametrize("facts", [small(), {**small(), "history": NOTHING}], ids=["none", "empty"])
def test_a_page_without_a_ledger_has_nothing_of_it(facts: dict[str, object]) -> None:
    page = inspection_map(**facts)
    assert re.findall(r'id="island-(history|changes)"', page) == []
    assert page == inspection_map(**small())


def test_the_page_has_hostile_texts_of_the_ledger_in_islands_only() -> None:
    page = inspection_map(**historic())
    assert re.findall(r'id="island-(history|changes)"', page) == ["history", "changes"]
    assert HOSTILE[1] not in page and HOSTILE[3] not in page
    assert "问题较 2017-08-31：反弹 1，新增 4，消失 2" in page and "最近的台账记录" in page
    assert page == inspection_map(**historic())
