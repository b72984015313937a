"""Examples of rules as drawings: zone, subject and scale as cells of text, or as one SVG.

Text is drawn in cells twice as high as wide, as letters of a terminal are; the SVG needs nothing but a browser.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

COLUMNS, ROWS = 30, 10
BAR = 10  # columns of the scale bar

Cells = NDArray[np.bool_]


class Marks(NamedTuple):
    """The letters a drawing is made of: zone, reach around it, subject outside and inside it, point, doubt, frame."""

    zone: str
    reach: str
    outside: str
    inside: str
    point: str
    doubt: str
    corners: str  # top left, top right, bottom left, bottom right
    sides: str  # horizontal, vertical


BLOCKS = Marks("░", "·", "▓", "█", "●", "?", "┌┐└┘", "─│")
ASCII = Marks(":", ".", "o", "#", "@", "?", "++++", "-|")


class Drawing(NamedTuple):
    """What is drawn, in metres: the zone (None where there is none), the subject, how far is near, and its doubt."""

    zone: shapely.Geometry | None
    subject: shapely.Geometry
    reach: float = 0.0
    doubt: float = 0.0


def drawing_of(zone: str, subject: str, *, reach: float = 0.0, doubt: float = 0.0) -> Drawing | None:
    """The drawing of two WKT texts; None where neither has a place that can be drawn.

    `reach` and `doubt` in metres; one that is no positive number is left away.
    """
    parts = [shapely.from_wkt(text, on_invalid="ignore") if text else None for text in (zone, subject)]
    if parts[1] is None or any(part is not None and not _drawable(part) for part in parts):
        return None
    lengths = [value if math.isfinite(value) and value > 0 else 0.0 for value in (reach, doubt)]
    return Drawing(parts[0], parts[1], *lengths)


def _drawable(geometry: shapely.Geometry) -> bool:
    bounds = np.abs(shapely.bounds(geometry))
    return bool(np.isfinite(bounds).all() and bounds.max() < 1e12)


def text_lines(drawing: Drawing, marks: Marks) -> list[str]:
    """The drawing as framed lines of equal width; the last one is the scale bar with its length in metres."""
    west, north, cell, columns, rows = _grid(drawing)
    x = west + (np.arange(columns) + 0.5) * cell
    y = north - (np.arange(rows) + 0.5) * 2 * cell
    xs, ys = np.meshgrid(x, y)
    boxes = shapely.box(xs - cell / 2, ys - cell, xs + cell / 2, ys + cell)
    letters = np.full((rows, columns), " ")
    zone = np.zeros((rows, columns), dtype=bool)
    if drawing.zone is not None:
        zone = _cells(drawing.zone, xs, ys, boxes)
        if drawing.reach:
            letters[_cells(drawing.zone.buffer(drawing.reach), xs, ys, boxes)] = marks.reach
        letters[zone] = marks.zone
    if drawing.doubt:
        letters[_cells(drawing.subject.buffer(drawing.doubt), xs, ys, boxes)] = marks.doubt
    subject = _cells(drawing.subject, xs, ys, boxes)
    letters[subject] = marks.outside
    letters[subject & zone] = marks.inside
    if shapely.get_dimensions(drawing.subject) == 0:
        letters[subject] = marks.point
    side, line, corners = marks.sides[1], marks.sides[0] * columns, marks.corners
    framed = [f"{side}{''.join(row)}{side}" for row in letters]
    top, bottom = f"{corners[0]}{line}{corners[1]}", f"{corners[2]}{line}{corners[3]}"
    return [top, *framed, bottom, f" |{'-' * (BAR - 2)}| {_metres(BAR * cell)}"]


def legend(drawing: Drawing, marks: Marks, language: str, zone: str = "") -> str:
    """What the letters of the drawing mean, those that it may hold; `zone` names what the subject relates to."""
    zh = language == "zh"
    point = shapely.get_dimensions(drawing.subject) == 0
    zone = zone or ("区域" if zh else "zone")
    known = [
        (drawing.zone is not None, marks.zone, zone),
        (
            bool(drawing.reach),
            marks.reach,
            f"{_metres(drawing.reach)}以内" if zh else f"within {_metres(drawing.reach)}",
        ),
        (point, marks.point, "对象" if zh else "subject"),
        (not point, marks.outside, "对象" if zh else "subject"),
        (not point and drawing.zone is not None, marks.inside, f"对象在{zone}内" if zh else f"subject in the {zone}"),
        (bool(drawing.doubt), marks.doubt, "可能的位置" if zh else "may lie here"),
    ]
    return "  ".join(f"{letter} {meaning}" for shown, letter, meaning in known if shown)


def _metres(length: float) -> str:
    return f"{length / 1000:g} km" if length >= 10_000 else f"{length:g} m"


def _bounds(drawing: Drawing) -> tuple[float, float, float, float]:
    """West, south, east, north of all that is drawn, with a margin."""
    parts = [shapely.box(*drawing.subject.bounds).buffer(drawing.doubt, join_style="mitre")]
    if drawing.zone is not None:
        parts.append(shapely.box(*drawing.zone.bounds).buffer(drawing.reach, join_style="mitre"))
    west, south, east, north = (float(side) for side in shapely.total_bounds([*parts, drawing.subject]))
    margin = max(east - west, north - south) * 0.06 or 50.0
    return west - margin, south - margin, east + margin, north + margin


def _grid(drawing: Drawing) -> tuple[float, float, float, int, int]:
    """West, north, metres per column (a round number), columns, rows (each as high as two columns are wide)."""
    west, south, east, north = _bounds(drawing)
    least = max((east - west) / COLUMNS, (north - south) / (2 * ROWS))
    power = 10.0 ** math.floor(math.log10(least))
    cell = next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= least * (1 - 1e-12))
    columns, rows = math.ceil((east - west) / cell), math.ceil((north - south) / (2 * cell))
    # What is left over of the last column and row goes half to either side.
    left, over = (columns * cell - (east - west)) / 2, (rows * 2 * cell - (north - south)) / 2
    return west - left, north + over, cell, columns, rows


def _cells(
    geometry: shapely.Geometry, xs: NDArray[np.float64], ys: NDArray[np.float64], boxes: NDArray[np.object_]
) -> Cells:
    """The cells of a geometry: an area's by their middle, so that areas keep their size, others by what they touch."""
    if shapely.get_dimensions(geometry) == 2:
        middles = np.asarray(shapely.intersects_xy(geometry, xs, ys))
        if middles.any():
            return middles
    touched = np.asarray(shapely.intersects(boxes, geometry))
    if shapely.get_dimensions(geometry) == 0:  # on the line between cells: one cell, not four
        points = shapely.get_coordinates(geometry)
        nearest = [np.argmin((xs - px) ** 2 + (ys - py) ** 2 / 4) for px, py in points]
        touched = np.zeros(xs.size, dtype=bool)
        touched[nearest] = True
        return touched.reshape(xs.shape)
    return touched


class Panel(NamedTuple):
    """One drawing of an SVG with its captions, and the result that its frame is coloured by."""

    drawing: Drawing | None
    captions: Sequence[str]
    result: str


COLOURS: Mapping[str, str] = {
    "violation": "#b3261e",
    "check": "#b26a00",
    "clear": "#2e6f40",
    "not_assessed": "#5f6368",
}
_WIDTH, _HEIGHT, _LINE, _GAP, _ACROSS = 300, 220, 16, 20, 3
_LETTERS = 44  # of a caption line


def svg(title: str, panels: Sequence[Panel]) -> str:
    """The drawings as the text of one SVG file, three in a row, every text escaped."""
    captions = [[line for text in panel.captions for line in _broken(text)] for panel in panels]
    below = _LINE * max((len(lines) for lines in captions), default=0) + 8
    across = min(_ACROSS, max(len(panels), 1))
    wide, high = across * (_WIDTH + _GAP) + _GAP, 48 + math.ceil(len(panels) / across) * (_HEIGHT + below + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">',
        '<g font-family="sans-serif" font-size="12">',
        f"<title>{_shown(title)}</title>",
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
        f'<text x="{_GAP}" y="28" font-size="15" font-weight="bold">{_shown(title)}</text>',
    ]
    for at, (panel, told) in enumerate(zip(panels, captions, strict=True)):
        x, y = _GAP + at % across * (_WIDTH + _GAP), 44 + at // across * (_HEIGHT + below + _GAP)
        lines.append(f'<g transform="translate({x} {y})">')
        lines += _panel(panel)
        for number, text in enumerate(told, start=1):
            lines.append(f'<text y="{_HEIGHT + _LINE * number}">{_shown(text)}</text>')
        lines.append("</g>")
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _panel(panel: Panel) -> Iterator[str]:
    colour = COLOURS.get(panel.result, COLOURS["not_assessed"])
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fbfaf7" stroke="{colour}" stroke-width="2"/>'
    if panel.drawing is None:
        return
    drawing = panel.drawing
    west, south, east, north = _bounds(drawing)
    scale = min((_WIDTH - 8) / (east - west), (_HEIGHT - 34) / (north - south))
    left, top = (_WIDTH - (east - west) * scale) / 2, (_HEIGHT - 26 - (north - south) * scale) / 2
    place = (west - left / scale, north + top / scale, scale)
    if drawing.zone is not None:
        if drawing.reach:
            ring = drawing.zone.buffer(drawing.reach)
            yield f'<path d="{_path(ring, place)}" fill="none" stroke="#2b6cb0" stroke-dasharray="5 4"/>'
        yield f'<path d="{_path(drawing.zone, place)}" fill="#bcd7f0" fill-rule="evenodd" stroke="#2b6cb0"/>'
    if drawing.doubt:
        around = drawing.subject.buffer(drawing.doubt)
        yield f'<path d="{_path(around, place)}" fill="none" stroke="{colour}" stroke-dasharray="2 3"/>'
    if shapely.get_dimensions(drawing.subject) == 0:
        for x, y in _placed(shapely.get_coordinates(drawing.subject), place):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    else:
        area = shapely.get_dimensions(drawing.subject) == 2
        fill = f'fill="{colour}" fill-opacity="0.45" fill-rule="evenodd"' if area else 'fill="none"'
        yield f'<path d="{_path(drawing.subject, place)}" {fill} stroke="{colour}" stroke-width="2"/>'
    bar = _round_below((east - west) / 3)
    yield f'<path d="M8 {_HEIGHT - 16} v6 h{bar * scale:.1f} v-6" fill="none" stroke="#333333"/>'
    yield f'<text x="{14 + bar * scale:.1f}" y="{_HEIGHT - 8}">{_metres(bar)}</text>'


def _round_below(length: float) -> float:
    power = 10.0 ** math.floor(math.log10(length))
    return max(step * power for step in (1, 2, 5) if step * power <= length * (1 + 1e-12))


def _placed(coordinates: NDArray[np.float64], place: tuple[float, float, float]) -> NDArray[np.float64]:
    """Metres as pixels of a panel, y downwards."""
    west, north, scale = place
    return np.column_stack([(coordinates[:, 0] - west) * scale, (north - coordinates[:, 1]) * scale])


def _path(geometry: shapely.Geometry, place: tuple[float, float, float]) -> str:
    """The lines of a geometry as the `d` of a path; rings are closed."""
    drawn = []
    parts = shapely.get_parts(geometry)
    rings = shapely.get_rings(parts) if shapely.get_dimensions(geometry) == 2 else parts
    for line in rings:
        points = [f"{x:.1f} {y:.1f}" for x, y in _placed(shapely.get_coordinates(line), place)]
        drawn.append(f"M{' L'.join(points)}" + ("Z" if shapely.get_dimensions(geometry) == 2 else ""))
    return " ".join(drawn)


def _broken(text: str) -> Iterator[str]:
    """A caption in lines of about the width of a panel, broken at blanks where there are any; Chinese counts double."""
    line, width = "", 0
    for piece in re.findall(r"[^\s\u2e80-\uffff]+\s*|\s+|[\u2e80-\uffff]", text):
        wide = 2 * len(piece) if ord(piece[0]) > 0x2E7F else len(piece)
        if line and width + wide > _LETTERS:
            yield line.rstrip()
            line, width = "", 0
        while len(piece) > _LETTERS:
            yield piece[:_LETTERS]
            piece, wide = piece[_LETTERS:], len(piece) - _LETTERS
        line, width = line + piece, width + wide
    yield line.rstrip()


def _shown(text: str) -> str:
    return escape("".join(letter if letter.isprintable() else "·" for letter in text))
