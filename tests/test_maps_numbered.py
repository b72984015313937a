"""Patterns and numbers, series and what one column decides of another: packed smaller, read back the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.numbered import MOST_SLOTS, numbered
from maps.payload import Island, pack_frame
from maps.series import series
from tests.test_maps_payload import read_series, unpack

IDS = [f"WRY-{one:07d}" for one in range(400)]
# Texts that a careless hand would take apart wrongly.
AWKWARD = [
    *("0", "00", "007", "7", "a0b", "a00b1", "1.5", "01.50", "3e5", "１２", "12号", "号12", "-3", "1,000", "９"),
    *("1234567890", "123456789", "000000000", "0000000000", "", " ", "9" * 30, "水1水02水003水4", "B7", "A07"),
]


def read_back(texts: list[str], **further: list[str]) -> tuple[str, list[str]]:
    """How a column was packed, and what another hand reads of it."""
    frame = pd.DataFrame({"id": texts, **further})
    head, columns = unpack(pack_frame(frame, repeated={"id": "zone"} if further else {}).packed())
    kind = next(column["type"] for column in head["columns"] if column["name"] == "id")
    return kind, columns["id"]


def test_ids_become_patterns_and_need_next_to_nothing() -> None:
    kind, told = read_back(IDS)
    assert kind == "numbered"
    assert told == IDS
    assert len(pack_frame(pd.DataFrame({"id": IDS})).packed()) < 300


def test_sentences_repeat_what_another_column_says() -> None:
    zones = [f"{name}水库" for name in "玉窑德双"] * 60
    texts = [f"位于{zone}一级保护区内，距边界 {at * 7} 米；位置精度 10 米" for at, zone in enumerate(zones)]
    found = numbered(pa.array(texts, pa.large_string()), pa.array(zones, pa.large_string()))
    assert found is not None
    assert found.patterns.dictionary.to_pylist() == ["位于\x02一级保护区内，距边界 \x01 米；位置精度 \x01 米"]
    assert read_back(texts, zone=zones) == ("numbered", texts)


@pytest.mark.parametrize("zone", ["3号水库", "水", "", "米"])
def test_a_name_with_digits_or_of_one_letter_stays_in_the_sentence(zone: str) -> None:
    texts = [f"{zone}：距边界 {at} 米" for at in range(200)]
    assert read_back(texts, zone=[zone] * 200)[1] == texts


@pytest.mark.parametrize("awkward", AWKWARD)
def test_awkward_numbers_are_read_back_letter_for_letter(awkward: str) -> None:
    texts = [f"{awkward}/{at}" for at in range(200)]
    assert read_back(texts)[1] == texts


def test_what_holds_a_mark_already_is_left_alone() -> None:
    for mark in "\x01\x02\x03":
        texts = [f"{mark}{at}" for at in range(200)]
        assert read_back(texts) == ("text", texts)


def test_many_numbers_in_a_text_are_left_in_it() -> None:
    texts = [" ".join(str(at + one) for one in range(MOST_SLOTS + 1)) for at in range(200)]
    assert read_back(texts) == ("text", texts)


@given(st.lists(st.text(alphabet="0123ab水 -", max_size=8), min_size=70, max_size=120))
@settings(deadline=None, max_examples=40)
def test_any_mixture_is_read_back(texts: list[str]) -> None:
    assert read_back(texts * 3)[1] == texts * 3


@given(st.lists(st.integers(-(2**30), 2**30 - 1), max_size=60), st.sampled_from([(0,), (1,), (2,), (0, 1), (0, 1, 2)]))
@settings(deadline=None, max_examples=80)
def test_series_are_read_back(numbers: list[int], orders: tuple[int, ...]) -> None:
    if 2 in orders:  # how steps change must fit into 31 bits, too
        numbers = [one // 8 for one in numbers]
    elif 1 in orders:
        numbers = [one // 2 for one in numbers]
    found = series(np.array(numbers, dtype=np.int64), orders)
    assert read_series(found.told([0, 0]), found.data) == numbers
    assert len(found.data) == found.planes * len(numbers)


def test_equal_numbers_and_even_steps_need_few_bytes() -> None:
    assert series(np.full(1000, 7)).data == b""
    assert series(np.arange(1000) * 3).order == 1


def test_equal_blocks_are_there_once() -> None:
    island = Island(3)
    assert island.add_block(b"same") == island.add_block(b"same")
    assert island.raw()[-1] == b"same"


def test_what_a_rule_decides_is_carried_once_for_each_rule() -> None:
    frame = pd.DataFrame(
        {"rule_id": ["A", "B"] * 200, "remedy": ["拆除", "关闭"] * 200, "result": ["x", "x", "y", "y"] * 100}
    )
    island = pack_frame(frame, coded=("rule_id",), decided={"remedy": "rule_id", "result": "rule_id"})
    head, columns = unpack(island.packed())
    by = {column["name"]: column.get("by") for column in head["columns"]}
    assert by == {"rule_id": None, "remedy": "rule_id", "result": None}
    assert {name: list(texts) for name, texts in columns.items()} == frame.to_dict("list")
