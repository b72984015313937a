"""Tables of corner points become polygons, or say which corners forbid it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gis.corner_lists import corner_list, number_of
from gis.corners import EACH_ROW
from gis.faults import InputError
from gis.read import Table, read
from gis.rings import Corner, lacking, polygon_of

IDS = ("zone_id", "编号", "保护区编号", "序号")
SQUARE = [(104.81, 26.51), (104.82, 26.51), (104.82, 26.52), (104.81, 26.52)]


def one(path: Path, **stated: object) -> Table:
    (table,) = read(path, name="t", ids=IDS, **stated)  # type: ignore[arg-type]
    assert table.facts["rows_read"] == len(table.frame) + len(table.faults)
    return table


def csv(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, "utf-8")
    return path


def told(table: Table) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.row) for fault in table.faults]


def same(found: shapely.Geometry, corners: list[tuple[float, float]], *holes: list[tuple[float, float]]) -> bool:
    return bool(shapely.equals(found, shapely.Polygon(corners, list(holes))))


# --- One row a corner -------------------------------------------------------------------------

ROWS = "编号,级别,点号,经度,纬度\n" + "".join(
    f"Z1,一级,J{at},{x:.4f},{y:.4f}\n" for at, (x, y) in enumerate(SQUARE, start=1)
)


def test_rows_of_corners_become_a_zone(tmp_path: Path) -> None:
    table = one(csv(tmp_path, ROWS), corners="点号")
    assert table.facts["corners_read"] == 4
    assert table.frame["编号"].tolist() == ["Z1"]
    assert table.frame["级别"].tolist() == ["一级"]
    assert table.frame["source_row"].tolist() == [2]
    assert table.frame["located_to_metres_by_digits"].tolist() == ["11.1"]
    assert list(table.frame.columns) == [
        "编号",
        "级别",
        "located_to_metres_by_digits",
        "source_row",
        "geometry",
    ] or set(table.frame.columns) == {"编号", "级别", "located_to_metres_by_digits", "source_row", "geometry"}
    assert same(table.frame.geometry[0], SQUARE)


def test_rows_need_no_numbers_and_may_be_closed(tmp_path: Path) -> None:
    lines = "".join(f"Z1,{x},{y}\n" for x, y in [*SQUARE, SQUARE[0]])
    table = one(csv(tmp_path, f"编号,经度,纬度\n{lines}"), corners=EACH_ROW)
    assert same(table.frame.geometry[0], SQUARE)


def test_zones_with_merged_ids_and_differing_values(tmp_path: Path) -> None:
    text = (
        "编号,说明,拐点序号,经度,纬度\n"
        "Z1,北,1,104.81,26.51\n,东,2,104.82,26.51\n,,3,104.82,26.52\n"
        "Z2,南,1,104.91,26.51\n,南,2,104.92,26.51\n,南,3,104.92,26.52\n"
    )
    table = one(csv(tmp_path, text), corners="拐点序号")
    assert table.frame["编号"].tolist() == ["Z1", "Z2"]
    assert table.frame["说明"].tolist() == ["北; 东", "南"]
    assert table.frame["source_row"].tolist() == [2, 5]


def test_a_corner_without_a_zone_is_told(tmp_path: Path) -> None:
    text = "编号,拐点序号,经度,纬度\n,1,104.7,26.4\n" + "".join(
        f"Z1,{at},{x},{y}\n" for at, (x, y) in enumerate(SQUARE, start=1)
    )
    table = one(csv(tmp_path, text + ",1,104.9,26.9\n"), corners="拐点序号")
    assert told(table) == [("CORNERS_ZONE", 2), ("CORNERS_ZONE", 7)]
    assert len(table.frame) == 1


def bad(tmp_path: Path, corners: list[tuple[object, object]], *, numbers: list[int] | None = None) -> Table:
    """A bad zone B beside a good zone A."""
    good = "".join(f"A,{at},{x},{y}\n" for at, (x, y) in enumerate(SQUARE, start=1))
    numbers = numbers or list(range(1, len(corners) + 1))
    rows = "".join(f"B,{number},{x},{y}\n" for number, (x, y) in zip(numbers, corners, strict=True))
    return one(csv(tmp_path, f"编号,点号,经度,纬度\n{good}{rows}"), corners="点号")


BOW_TIE = [(104.81, 26.51), (104.82, 26.52), (104.82, 26.51), (104.81, 26.52)]


@pytest.mark.parametrize(
    ("corners", "numbers", "code", "row", "words"),
    [
        (SQUARE[:2], None, "CORNERS_TOO_FEW", 6, "2 distinct"),
        ([*SQUARE[:2], SQUARE[0]], None, "CORNERS_TOO_FEW", 6, "2 distinct"),
        ([SQUARE[0]] * 4, None, "CORNERS_TOO_FEW", 6, "1 distinct"),
        ([*SQUARE[:3], SQUARE[2], SQUARE[3]], None, "CORNERS_DUPLICATE", 6, "3 = 4"),
        ([*SQUARE[:3], SQUARE[1], SQUARE[3]], None, "CORNERS_DUPLICATE", 6, "2 = 4"),
        (BOW_TIE, None, "CORNERS_CROSS", 6, "1–2 × 3–4"),
        (BOW_TIE, [1, 3, 2, 4], "CORNERS_ORDER", 6, "(1–3 × 2–4)"),
        ([*SQUARE[:2], (104.815, 26.511), SQUARE[2], SQUARE[3]], [1, 2, 5, 3, 4], "CORNERS_ORDER", 6, "numbers"),
        ([SQUARE[0], SQUARE[1], (104.815, 26.51)], None, "CORNERS_CROSS", 6, "×"),
        ([*SQUARE[:3], ("", 26.5)], None, "COORDINATE_MISSING", 9, "[B]"),
        ([*SQUARE[:3], ("104°61′", 26.5)], None, "COORDINATE_UNREADABLE", 9, "[B]"),
        ([*SQUARE[:3], (0, 0)], None, "COORDINATE_ZERO", 9, "[B]"),
        ([(y, x) for x, y in SQUARE], None, "COORDINATE_SWAPPED", 6, "[B]"),
        ([(567000 + 1000 * x, 2930000 + y) for x, y in SQUARE], None, "COORDINATE_PROJECTED", 6, "[B]"),
        ([*SQUARE[:3], (204.8, 26.5)], None, "COORDINATE_OUT_OF_RANGE", 6, "[B]"),
    ],
)
def test_each_bad_zone_has_its_reason_and_the_others_stay(
    tmp_path: Path, corners: list[tuple[object, object]], numbers: list[int] | None, code: str, row: int, words: str
) -> None:
    table = bad(tmp_path, corners, numbers=numbers)
    assert told(table) == [(code, row)]
    assert words in table.faults[0].reason("en")
    assert "B" in table.faults[0].reason("zh")
    assert table.frame["编号"].tolist() == ["A"]


def test_the_order_of_the_numbers_is_proposed(tmp_path: Path) -> None:
    table = bad(tmp_path, BOW_TIE, numbers=[1, 3, 2, 4])
    assert "sort the rows by their numbers where these are right: 1, 2, 3, 4" in table.faults[0].proposal("en")
    # The other way round, or from another corner on, is the same outline.
    assert told(bad(tmp_path, SQUARE, numbers=[4, 3, 2, 1])) == []
    assert told(bad(tmp_path, SQUARE, numbers=[3, 4, 1, 2])) == []


def test_a_refused_zone_has_its_place(tmp_path: Path) -> None:
    table = bad(tmp_path, BOW_TIE)
    assert shapely.convex_hull(table.places[6]).equals(shapely.box(104.81, 26.51, 104.82, 26.52))


def test_a_lost_row_is_no_missing_corner(tmp_path: Path) -> None:
    text = ROWS.replace("Z1,一级,J3,", "Z1,一级,J3,x,") + ROWS.partition("\n")[2].replace("Z1", "Z2").replace(
        "104", "105"
    )
    table = one(csv(tmp_path, text), corners="点号")
    assert sorted(told(table)) == [("CORNERS_BROKEN", 2), ("ROW_RAGGED", 4)]
    assert table.frame["编号"].tolist() == ["Z2"]


def test_rings_are_parts_or_holes(tmp_path: Path) -> None:
    hole = [(104.812, 26.512), (104.814, 26.512), (104.814, 26.514)]
    island = [(104.8125, 26.5122), (104.8135, 26.5122), (104.8135, 26.5131)]
    beside = [(104.83, 26.51), (104.84, 26.51), (104.84, 26.52)]
    rows = "".join(
        f"Z1,{ring},{at},{x},{y}\n"
        for ring, corners in zip("二一三四", (hole, SQUARE, beside, island), strict=True)
        for at, (x, y) in enumerate(corners, start=1)
    )
    table = one(csv(tmp_path, f"编号,环号,点号,经度,纬度\n{rows}"), corners="点号")
    expected = shapely.MultiPolygon([(SQUARE, [hole]), (beside, []), (island, [])])
    assert table.frame.geometry[0].equals(expected)
    crossing = rows.replace("104.83,", "104.815,")
    assert told(one(csv(tmp_path, f"编号,环号,点号,经度,纬度\n{crossing}"), corners="点号")) == [("CORNERS_CROSS", 2)]


def test_projected_corners_in_the_way_surveyors_name_them(tmp_path: Path) -> None:
    rows = "".join(
        f"Z1,{at},{2932000 + y},{35580000 + x}\n" for at, (x, y) in enumerate([(0, 0), (900, 0), (900, 800)], start=1)
    )
    path = csv(tmp_path, f"编号,点号,X坐标,Y坐标\n{rows}")
    table = one(path, corners="点号", crs="EPSG:4523")
    assert table.facts["axes"] == "X坐标 = 北/northing, Y坐标 = 东/easting"
    assert table.frame.geometry[0].centroid.x == pytest.approx(105.81, abs=0.01)
    assert table.frame["located_to_metres_by_digits"].tolist() == ["1"]
    with pytest.raises(InputError) as refusal:
        one(path, corners="点号", crs="EPSG:4545")
    assert [fault.code for fault in refusal.value.faults] == ["CRS_CONTRADICTION"]
    assert "EPSG:4523" in refusal.value.faults[0].reason("zh")


# --- All corners in one cell ------------------------------------------------------------------

CELLS = [
    "104.81,26.51;104.82,26.51;104.82,26.52;104.81,26.52",
    "104.81,26.51；104.82,26.51；104.82,26.52；104.81,26.52；",
    "104.81,26.51;104.82,26.51;104.82,26.52;104.81,26.52;104.81,26.51",
    "104.81，26.51；104.82，26.51；104.82，26.52；104.81，26.52。",
    "104.81,26.51\n104.82,26.51\n104.82,26.52\n104.81,26.52",
    "104.81 26.51\n104.82 26.51\r\n104.82 26.52\n104.81 26.52\n",
    "104.81,26.51 104.82,26.51 104.82,26.52 104.81,26.52",
    "104.81,26.51,104.82,26.51,104.82,26.52,104.81,26.52",
    "(104.81,26.51),(104.82,26.51),(104.82,26.52),(104.81,26.52)",
    "[(104.81,26.51),(104.82,26.51),(104.82,26.52),(104.81,26.52)]",
    "①E104.81，N26.51；②E104.82，N26.51；③E104.82，N26.52；④E104.81，N26.52",
    "①E104.81°，N26.51°②E104.82°，N26.51°③E104.82°，N26.52°④E104.81°，N26.52°",
    "①东经104°48′36″，北纬26°30′36″；②东经104°49′12″，北纬26°30′36″；③东经104°49′12″，北纬26°31′12″；④东经104°48′36″，北纬26°31′12″",
    "①E104°48′36″，N26°30′36″；②E104°49′12″，N26°30′36″；③E104°49′12″，N26°31′12″；④E104°48′36″，N26°31′12″",
    "①N26°30′36″E104°48′36″ ②N26°30′36″E104°49′12″ ③N26°31′12″E104°49′12″ ④N26°31′12″E104°48′36″",
    "J1(104.81,26.51) J2(104.82,26.51) J3(104.82,26.52) J4(104.81,26.52)",
    "J1（104.81，26.51）、J2（104.82，26.51）、J3（104.82，26.52）、J4（104.81，26.52）",
    "J1:104.81,26.51;J2:104.82,26.51;J3:104.82,26.52;J4:104.81,26.52",
    "1、104.81,26.51；2、104.82,26.51；3、104.82,26.52；4、104.81,26.52",
    "（1）104.81,26.51；（2）104.82,26.51；（3）104.82,26.52；（4）104.81,26.52",
    "拐点1：104.81,26.51\n拐点2：104.82,26.51\n拐点3：104.82,26.52\n拐点4：104.81,26.52",
    "26.51N,104.81E;26.51N,104.82E;26.52N,104.82E;26.52N,104.81E",
    "26.51,104.81;26.51,104.82;26.52,104.82;26.52,104.81",
]


@pytest.mark.parametrize("cell", CELLS)
def test_all_corners_in_one_cell(tmp_path: Path, cell: str) -> None:
    path = csv(tmp_path, f'编号,拐点坐标\nZ1,"{cell}"\n')
    table = one(path, corners="拐点坐标")
    assert table.faults == []
    assert shapely.hausdorff_distance(table.frame.geometry[0], shapely.Polygon(SQUARE)) < 1e-12
    assert list(table.frame["编号"]) == ["Z1"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "COORDINATE_MISSING"),
        ("104.81,26.51;104.82,26.51", "CORNERS_TOO_FEW"),
        ("104.81,26.51;104.82,二十六;104.82,26.52", "COORDINATE_UNREADABLE"),
        ("104.81,26.51;104.82;104.82,26.52", "COORDINATE_UNREADABLE"),
        ("104.81,26.51;104.82,26.51;104.82,26°61′", "COORDINATE_UNREADABLE"),
        ("见附图", "COORDINATE_UNREADABLE"),
        ("104.81,26.51;0,0;104.82,26.52", "COORDINATE_ZERO"),
        ("①104.81,26.51;③104.82,26.52;②104.82,26.51;④104.81,26.52", "CORNERS_ORDER"),
        ("104.81,26.51;104.82,26.52;104.82,26.51;104.81,26.52", "CORNERS_CROSS"),
    ],
)
def test_a_cell_that_makes_no_polygon(tmp_path: Path, cell: str, code: str) -> None:
    path = csv(tmp_path, f'编号,拐点坐标\nZ1,"{CELLS[0]}"\nZ2,"{cell}"\n')
    table = one(path, corners="拐点坐标")
    assert told(table) == [(code, 3)]
    assert table.frame["编号"].tolist() == ["Z1"]


def test_labels_are_told_apart_from_numbers() -> None:
    found = corner_list("J1(104.81,26.51) J2(104.82,26.51)")
    assert found is not None
    assert found.labels == ["J1", "J2"]
    assert [number_of(label) for label in ("J12", "③", "拐点4", "⑳", "甲", "", None)] == [
        12,
        3,
        4,
        20,
        None,
        None,
        None,
    ]
    assert corner_list("  ") is None


# --- A sheet of its own -----------------------------------------------------------------------


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    path = folder / "t.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return path


def corner_rows(zone: str, *, shift: float = 0.0) -> list[list[object]]:
    return [[zone, at, x + shift, y] for at, (x, y) in enumerate(SQUARE, start=1)]


def test_a_sheet_of_corners_is_joined_by_id(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        保护区=[["编号", "级别"], ["Z1", "一级"], ["Z2", "二级"], ["Z3", "二级"]],
        拐点坐标=[
            ["保护区编号", "拐点序号", "经度", "纬度"],
            *corner_rows("Z2", shift=1),
            *corner_rows("Z1"),
            *corner_rows("Z9"),
        ],
    )
    for table in (one(path, corners="拐点坐标"), one(path, table="保护区", corners="拐点坐标")):
        assert table.frame["编号"].tolist() == ["Z1", "Z2"]
        assert table.frame["级别"].tolist() == ["一级", "二级"]
        assert table.frame["source_row"].tolist() == [2, 3]
        assert same(table.frame.geometry[0], SQUARE)
        assert table.facts["corners_read"] == 12
        assert sorted(told(table)) == [("CORNERS_TOO_FEW", 4), ("CORNERS_ZONE", 10)]
    alone = one(path, table="拐点坐标", corners="拐点坐标")
    assert alone.frame["保护区编号"].tolist() == ["Z2", "Z1", "Z9"]


def refusal(path: Path, **stated: object) -> list[str]:
    with pytest.raises(InputError) as error:
        one(path, **stated)
    return [fault.code for fault in error.value.faults]


def test_what_names_no_corners_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path, ROWS)
    assert refusal(path, corners="没有") == ["CORNERS_MISSING"]
    assert refusal(csv(tmp_path, "编号,点号\nZ1,1\n"), corners="点号") == ["COORDINATE_COLUMNS_MISSING"]
    assert refusal(csv(tmp_path, "甲,点号,经度,纬度\nZ1,1,104,26\n"), corners="点号") == ["COLUMN_MISSING"]


# --- Properties -------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9))
def test_what_is_made_is_simple_and_has_just_these_corners(places: list[tuple[int, int]]) -> None:
    corners = [Corner(str(at), at, "", float(x), float(y), 1.0) for at, (x, y) in enumerate(places)]
    made = polygon_of(corners, "Z")
    distinct = set(places)
    if isinstance(made, shapely.Polygon):
        assert made.is_valid
        assert set(map(tuple, np.asarray(made.exterior.coords).astype(int).tolist())) == distinct
    elif made.code == "CORNERS_TOO_FEW":
        assert len(distinct) < 3
    elif made.code == "CORNERS_DUPLICATE":
        assert len(distinct) < len(places)
    else:
        assert made.code == "CORNERS_CROSS"
        assert not shapely.Polygon(places).is_valid
        assert "×" in made.facts["found"]


# --- Numbers that are missing -----------------------------------------------------------------


def test_a_corner_whose_row_was_left_out_is_missed(tmp_path: Path) -> None:
    without_third = "".join(line for line in ROWS.splitlines(keepends=True) if ",J3," not in line)
    assert told(one(csv(tmp_path, without_third), corners="点号")) == [("CORNERS_GAP", 2)]
    three = ROWS + "".join(
        f"Z{zone},一级,J{at},{x + zone:.4f},{y:.4f}\n" for zone in (2, 3) for at, (x, y) in enumerate(SQUARE, start=1)
    )
    without_first = three.replace(f"Z1,一级,J1,{SQUARE[0][0]:.4f},{SQUARE[0][1]:.4f}\n", "")
    assert told(one(csv(tmp_path, without_first), corners="点号")) == [("CORNERS_GAP", 2)]


def test_a_corner_under_another_zone_is_missed_in_its_own(tmp_path: Path) -> None:
    table = one(csv(tmp_path, ROWS.replace("Z1,一级,J3", "21,一级,J3")), corners="点号")
    assert sorted(told(table)) == [("CORNERS_GAP", 2), ("CORNERS_TOO_FEW", 4)]
    assert table.frame.empty


def test_zones_may_share_corners_and_number_them_as_they_like(tmp_path: Path) -> None:
    """Round a square lie two others that share its corners 1, 4 and 3, 4; another zone is numbered in tens."""
    around = (
        "Z2,一级,J1,104.81,26.51\nZ2,一级,J4,104.81,26.52\nZ2,一级,J5,104.80,26.52\nZ2,一级,J6,104.80,26.51\n"
        "Z3,一级,J3,104.82,26.52\nZ3,一级,J4,104.81,26.52\nZ3,一级,J7,104.81,26.53\nZ3,一级,J8,104.82,26.53\n"
    )
    table = one(csv(tmp_path, ROWS + around), corners="点号")
    assert (told(table), len(table.frame)) == ([], 3)
    table = one(csv(tmp_path, ROWS + around.replace("J8", "J9").replace("J7", "J8")), corners="点号")
    assert [(fault.code, fault.facts["found"]) for fault in table.faults] == [("CORNERS_GAP", "7")]
    tens = "".join(f"Z1,一级,{at}0,{x},{y}\n" for at, (x, y) in enumerate([*SQUARE, SQUARE[0]], start=1))
    table = one(csv(tmp_path, f"编号,级别,点号,经度,纬度\n{tens}"), corners="点号")
    assert (told(table), len(table.frame)) == ([], 1)


def test_corners_of_one_number_are_told_by_it(tmp_path: Path) -> None:
    again = ROWS + f"Z1,一级,J2,{SQUARE[1][0]:.4f},{SQUARE[1][1]:.4f}\n"
    (fault,) = one(csv(tmp_path, again), corners="点号").faults
    assert (fault.code, fault.facts["found"]) == ("CORNERS_DUPLICATE", "J2 = J2")


def test_lacking_counts_rings_apart() -> None:
    def ring(name: str, *numbers: int, south: float = 0.0) -> list[Corner]:
        return [Corner(str(number), number, name, float(number), south, 1.0) for number in numbers]

    assert lacking([ring("a", 1, 2, 3, 4), ring("a", 1, 2, 4, south=5.0)]) == {1: "3"}
    assert lacking([ring("a", 1, 2, 3, 4), ring("a", 1, 2, 4)]) == {}
    assert lacking([[*ring("a", 1, 2, 3), *ring("b", 4, 5, 6)]]) == {}
    assert lacking([[*ring("a", 1, 2, 3), *ring("b", 1, 3, 4, south=5.0)]]) == {0: "2"}
    assert lacking([ring("a", 0, 1, 2), ring("a", 0, 1, 2, 10**9, south=5.0)]) == {}
    assert lacking([[]]) == {}
