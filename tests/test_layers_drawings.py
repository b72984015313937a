"""layers.drawings: examples as cells of text and as SVG, checked by counting cells and by reading the SVG back."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.drawings import ASCII, BLOCKS, COLOURS, COLUMNS, ROWS, Drawing, Panel, drawing_of, legend, svg, text_lines
from tests.shapes import square

SQUARE = square(0, 0, 1000)


def drawn(zone: str, subject: str, **more: float) -> Drawing:
    drawing = drawing_of(zone, subject, **more)
    assert drawing is not None
    return drawing


def cells(drawing: Drawing) -> list[str]:
    """The lines between the frame."""
    return [line[1:-1] for line in text_lines(drawing, ASCII)[1:-2]]


def test_a_square_is_drawn_as_a_square_with_the_subject_in_it() -> None:
    assert text_lines(drawn(SQUARE, "POINT (250 750)"), ASCII) == [
        "+-------------------+",
        "|                   |",
        "| ::::::::::::::::: |",
        "| ::::@:::::::::::: |",
        "| ::::::::::::::::: |",
        "| ::::::::::::::::: |",
        "| ::::::::::::::::: |",
        "| ::::::::::::::::: |",
        "| ::::::::::::::::: |",
        "| ::::::::::::::::: |",
        "|                   |",
        "+-------------------+",
        " |--------| 600 m",
    ]


@pytest.mark.parametrize("marks", [ASCII, BLOCKS])
def test_every_line_is_as_wide_as_the_frame_and_the_bar_has_ten_columns(marks: object) -> None:
    lines = text_lines(drawn(SQUARE, "LINESTRING (-300 500, 1300 700)", reach=250), marks)  # type: ignore[arg-type]
    assert {len(line) for line in lines[:-1]} == {len(lines[0])}
    assert len(lines[-1].split(" ")[1]) == 10


def test_ascii_marks_are_ascii_and_differ_from_each_other() -> None:
    for marks in (ASCII, BLOCKS):
        letters = [marks.zone, marks.reach, marks.outside, marks.inside, marks.point, marks.doubt]
        assert len(set(letters)) == 6
    assert "".join(ASCII).isascii()


def test_an_area_half_in_shows_both_halves() -> None:
    lines = cells(drawn(SQUARE, square(800, 400, 400)))
    inside, outside = (sum(line.count(letter) for line in lines) for letter in (ASCII.inside, ASCII.outside))
    assert inside > 0 and outside > 0
    assert inside == pytest.approx(outside, rel=0.4)


def test_what_lies_right_is_drawn_right_and_what_lies_north_above() -> None:
    lines = cells(drawn(SQUARE, "MULTIPOINT (1500 900, -500 100)"))
    rows = [at for at, line in enumerate(lines) if ASCII.point in line]
    assert lines[rows[0]].index(ASCII.point) > lines[rows[0]].rindex(ASCII.zone)
    assert lines[rows[1]].index(ASCII.point) < lines[rows[1]].index(ASCII.zone)


def test_reach_and_doubt_are_drawn_around_zone_and_subject() -> None:
    drawing = drawn("POINT (0 0)", "POINT (500 0)", reach=500, doubt=120)
    text = "\n".join(cells(drawing))
    assert text.count(ASCII.zone) == 1 and text.count(ASCII.point) == 1
    assert ASCII.doubt in text and text.count(ASCII.reach) > 50
    assert legend(drawing, ASCII, "en") == ": zone  . within 500 m  @ subject  ? may lie here"
    assert "区域" in legend(drawing, BLOCKS, "zh")


def test_a_zone_thinner_than_a_cell_is_still_seen() -> None:
    text = "\n".join(cells(drawn("POLYGON ((0 0, 1 0, 1 1000, 0 1000, 0 0))", "POINT (20000 500)")))
    assert ASCII.zone in text and ASCII.point in text


def test_holes_stay_open() -> None:
    ring = shapely.Point(0, 0).buffer(1000).difference(shapely.Point(0, 0).buffer(600)).wkt
    lines = cells(drawn(ring, "POINT (0 0)"))
    row = next(line for line in lines if ASCII.point in line)
    assert re.fullmatch(rf" *{ASCII.zone}+ +{ASCII.point} +{ASCII.zone}+ *", row)


@pytest.mark.parametrize(
    ("zone", "subject"),
    [
        (SQUARE, ""),
        (SQUARE, "POINT EMPTY"),
        ("POLYGON EMPTY", "POINT (1 1)"),
        (SQUARE, "POINT (nan 1)"),
        (SQUARE, "POINT (1e300 1)"),
        (SQUARE, "no geometry"),
    ],
)
def test_what_has_no_place_is_not_drawn(zone: str, subject: str) -> None:
    assert drawing_of(zone, subject) is None


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -3.0])
def test_a_reach_that_is_no_length_is_left_away(wrong: float) -> None:
    assert drawn(SQUARE, "POINT (1 1)", reach=wrong, doubt=wrong)[2:] == (0.0, 0.0)


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(0.01, 1e6),
    st.floats(0, 1e5),
    st.floats(0, 1e5),
)
def test_any_drawing_fits_and_shows_its_subject(x: float, y: float, size: float, reach: float, doubt: float) -> None:
    lines = text_lines(drawn(square(0, 0, size), f"POINT ({x!r} {y!r})", reach=reach, doubt=doubt), ASCII)
    assert len(lines[0]) <= COLUMNS + 3 and len(lines) <= ROWS + 4
    assert sum(line.count(ASCII.point) for line in lines[1:-2]) == 1
    assert any(letter in line for line in lines[1:-2] for letter in (ASCII.zone, ASCII.point))


def test_the_svg_is_well_formed_escapes_every_text_and_has_a_panel_each() -> None:
    hostile = '<script>alert(1)</script> & "x" \x1b[31m \x00 \ud800 违规'
    panels = [
        Panel(drawn(SQUARE, "POINT (500 500)", reach=100, doubt=30), [hostile], "violation"),
        Panel(drawn("", "LINESTRING (0 0, 10 10)"), ["line"], "check"),
        Panel(None, ["no place", "x" * 200], "clear"),
        Panel(drawn(SQUARE, square(900, 0, 300)), [], "not_assessed"),
    ]
    text = svg(hostile, panels)
    root = ElementTree.fromstring(text.encode("utf-8"))  # noqa: S314 - made here
    name = "{http://www.w3.org/2000/svg}"
    groups = root.findall(f".//{name}g[@transform]")
    assert len(groups) == 4
    assert not root.findall(f".//{name}script")
    frames = [group.find(f"{name}rect") for group in groups]
    assert [frame.get("stroke") for frame in frames if frame is not None] == list(COLOURS.values())
    assert len(groups[0].findall(f"{name}circle")) == 1
    captions = [one.text for one in groups[0].findall(f"{name}text")]
    assert "<script>alert(1)</script>" in "".join(captions[1:])  # type: ignore[arg-type]
    assert max(len(one.text or "") for one in groups[2].findall(f"{name}text")) <= 44


def test_the_svg_draws_to_scale() -> None:
    text = svg("t", [Panel(drawn(SQUARE, "POINT (500 500)"), [], "clear")])
    root = ElementTree.fromstring(text)  # noqa: S314 - made here
    name = "{http://www.w3.org/2000/svg}"
    paths = [one.get("d", "") for one in root.findall(f".//{name}path")]
    numbers = [float(part) for part in re.findall(r"-?\d+\.\d", paths[0])]
    wide, high = max(numbers[::2]) - min(numbers[::2]), max(numbers[1::2]) - min(numbers[1::2])
    assert wide == pytest.approx(high, abs=0.2)
    bar = float(re.search(r"h([\d.]+)", paths[-1])[1])  # type: ignore[index]
    told = next(one.text for one in root.findall(f".//{name}text") if (one.text or "").endswith(" m"))
    assert bar / wide == pytest.approx(float(str(told).removesuffix(" m")) / 1000, abs=0.01)
    circle = root.find(f".//{name}circle")
    assert circle is not None
    assert float(circle.get("cx", "")) == pytest.approx((max(numbers[::2]) + min(numbers[::2])) / 2, abs=0.2)
