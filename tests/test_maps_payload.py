"""The packed islands give back what was put in."""

from __future__ import annotations

import json
import re
import zlib
from itertools import accumulate, pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.payload import (
    Island,
    add_shapes,
    grid,
    pack_frame,
    plain_texts,
    ranks,
    script_island,
    varints,
)
from tests.map_frames import HOSTILE


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The heading and the columns of an island, read by another hand than the page's."""
    raw = zlib.decompress(data, -zlib.MAX_WBITS)
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + length])
    body = raw[4 + length :]

    def block(place: list[int]) -> bytes:
        return body[place[0] : place[0] + place[1]]

    def texts(column: dict[str, Any]) -> list[str]:
        wide = block(column["text"]).decode().encode("utf-16-le")
        ends = np.cumsum([0, *read_varints(block(column["lengths"]))]) * 2
        return [wide[start:end].decode("utf-16-le") for start, end in pairwise(ends)]

    def values(column: dict[str, Any]) -> list[Any]:
        kind = column["type"]
        if kind == "text":
            return texts(column)
        if kind == "series":
            return read_series(column, block(column["block"]))
        data = block(column["block"])
        if kind == "files":
            ends = np.cumsum([0, *read_series(column["lengths"], block(column["lengths"]["block"]))])
            return [data[start:end] for start, end in pairwise(ends)]
        if kind in ("codes", "numbered"):
            words = texts(column["words"])
            codes = np.frombuffer(data, f"<u{column['width']}").tolist()
            if "by" in column:
                parent = columns[column["by"]]
                codes = [codes[one] for one in np.frombuffer(block(parent["block"]), f"<u{parent['width']}").tolist()]
            said = [words[code] for code in codes]
            return filled(column, said) if kind == "numbered" else said
        numbers = read_varints(data)
        return [None if one == 0 else unfold(one - 1) / column["scale"] for one in numbers]

    def filled(column: dict[str, Any], patterns: list[str]) -> list[str]:
        numbers = [read_series(one, block(one["block"])) for one in column["numbers"]]
        others = values(columns[column["other"]]) if column["other"] else [""] * len(patterns)
        told = []
        for row, pattern in enumerate(patterns):
            slots = iter(numbers)
            text = re.sub("\x03(.)|\x01", lambda mark, row=row, slots=slots: str(next(slots)[row]).zfill(ord(mark[1] or "@") - 64), pattern)
            told.append(text.replace("\x02", others[row]))
        return told

    columns = {column["name"]: column for column in head["columns"]}
    return head, {column["name"]: values(column) for column in [*head["columns"], *head["places"]]}


def read_series(told: dict[str, Any], data: bytes) -> list[int]:
    count = told["count"]
    numbers = [sum(data[row + plane * count] << 8 * plane for plane in range(told["planes"])) for row in range(count)]
    if told["order"] == 0:
        return [one + told["first"] for one in numbers]
    steps = [unfold(one) for one in numbers]
    if told["order"] == 2:
        steps = list(accumulate(steps))
    return [told["first"] + one for one in accumulate(steps)]


def unfold(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def read_varints(data: bytes) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    return numbers


@given(st.lists(st.integers(0, 2**53)))
@settings(deadline=None, max_examples=60)
def test_varints_are_read_back(numbers: list[int]) -> None:
    assert read_varints(varints(np.array(numbers, dtype=np.int64))) == numbers


@given(st.lists(st.text(), max_size=90))
@settings(deadline=None, max_examples=60)
def test_texts_are_read_back_character_for_character(texts: list[str]) -> None:
    frame = pd.DataFrame({"name": pd.Series(texts, dtype=object)})
    assert unpack(pack_frame(frame).packed())[1]["name"] == texts


def test_hostile_texts_survive_as_codes_and_as_text() -> None:
    many = [f"{text}{place}" for place in range(40) for text in HOSTILE]
    columns = unpack(pack_frame(pd.DataFrame({"few": list(HOSTILE) * 40, "many": many})).packed())[1]
    assert columns["few"] == list(HOSTILE) * 40
    assert columns["many"] == many


def test_numbers_keep_their_digits_and_their_absence() -> None:
    frame = pd.DataFrame({"depth_m": [0.0, 42.25, -3.5, np.nan, 1e9]})
    assert unpack(pack_frame(frame, numbers={"depth_m": 100}).packed())[1]["depth_m"] == [0.0, 42.25, -3.5, None, 1e9]


def test_values_are_printed_as_people_write_them() -> None:
    column = pd.Series([None, np.nan, pd.NA, True, False, 1.0, 2.5, 7, "x"], dtype=object)
    assert plain_texts(column) == ["", "", "", "true", "false", "1", "2.5", "7", "x"]
    assert plain_texts(pd.Series([1.0, np.nan])) == ["1", ""]
    assert plain_texts(pd.Series([1, 2])) == ["1", "2"]


SQUARE = shapely.box(104, 26, 105, 27)
HOLED = shapely.Polygon(SQUARE.exterior, [shapely.box(104.2, 26.2, 104.8, 26.8).exterior])
SHAPES = {
    "point": (shapely.Point(104, 26), [1], 0),
    "line": (shapely.LineString([(104, 26), (105, 27), (105, 28)]), [3], 0),
    "lines": (shapely.MultiLineString([[(104, 26), (105, 27)], [(1, 1), (2, 2), (3, 3)]]), [2, 3], 0),
    "area": (SQUARE, [5], 1),
    "hole": (HOLED, [5, 5], 1),
    "areas": (shapely.MultiPolygon([HOLED, shapely.box(1, 1, 2, 2)]), [5, 5, 5], 1),
    "z": (shapely.force_3d(SQUARE, 7.0), [5], 1),
    "nothing": (None, [], 0),
    "empty": (shapely.Polygon(), [], 0),
    "empty areas": (shapely.MultiPolygon(), [], 0),
    "collection": (shapely.GeometryCollection([shapely.MultiPolygon([SQUARE]), shapely.Point(1, 1)]), [5, 1], 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_outlines_are_read_back(kind: str) -> None:
    shape, lengths, area = SHAPES[kind]
    island = Island(3)
    add_shapes(island, np.array([SQUARE, shape, SQUARE], dtype=object))
    columns = unpack(island.packed())[1]
    assert columns["parts"] == [1, len(lengths), 1]
    assert columns["area"] == [1, area, 1]
    assert columns["vertices"] == [5, *lengths, 5]
    if lengths:
        inner = slice(5, 5 + sum(lengths))
        drawn = (
            shapely.get_coordinates(shape)
            if kind != "collection"
            else np.vstack([shapely.get_coordinates(SQUARE), [[1, 1]]])
        )
        x, y = grid(drawn[:, 0], drawn[:, 1])
        assert columns["px"][inner] == x.tolist()
        assert columns["py"][inner] == y.tolist()


def test_the_grid_is_finer_than_a_third_of_a_metre() -> None:
    lon, lat = np.array([104.8301234, -84.5877]), np.array([26.5901234, 42.7394])
    x, y = grid(lon, lat)
    back_lon = (x / 2**28 - 0.5) * 360
    back_lat = np.degrees(np.arctan(np.sinh((0.5 - y / 2**28) * 2 * np.pi)))
    assert np.abs(back_lon - lon).max() * 111_320 < 0.3
    assert np.abs(back_lat - lat).max() * 111_320 < 0.3


def test_an_island_has_nothing_that_html_could_read() -> None:
    text = script_island(
        "sites", pack_frame(gpd.GeoDataFrame({"name": list(HOSTILE)}, geometry=[None] * len(HOSTILE))).packed()
    )
    inside = text.removeprefix('<script type="text/plain" id="island-sites">').removesuffix("</script>\n")
    assert inside and set(inside) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


def test_ranks_are_places_in_an_order_and_the_last_for_anything_else() -> None:
    column = pd.Series(["b", None, "a", "x", "b"], dtype=object)
    assert ranks(column, ["a", "b"]).tolist() == [1, 2, 0, 2, 1]
    assert ranks(column.iloc[:0], ["a"]).tolist() == []


def test_an_island_packs_what_it_says_raw() -> None:
    island = pack_frame(pd.DataFrame({"a": ["x", "𠮷", None]}))
    assert zlib.decompress(island.packed(), -15) == b"".join(island.raw())
