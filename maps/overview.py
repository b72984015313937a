"""The drawn map for readers without scripts (mail and chat previews): one inline SVG of all layers.

It is finished HTML with every text escaped by `escape`; the script takes it away when it starts.
Names and marks carry classes, by which the style sheet makes them larger on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.words import RESULTS
from maps.assets import page_words
from maps.names import names_on
from maps.payload import grid, plain_texts, ranks
from maps.series import Integers
from maps.style import (
    CLASS_LOOKS,
    CONTEXT_LINES,
    HOLLOW_STATUSES,
    RESULT_LOOKS,
    SHAPES,
    STATUS_SHAPES,
    Line,
    level_line,
)
from maps.surround import degrees_of, escape, north_arrow, scale_bar

WIDTH = 1000
HEIGHTS = (420, 900)
MARGIN = 24
MOST_SITES = 2_000
MANY_VERTICES = 20_000
MANY_OUTLINES = 500
MANY_ZONES = 150

HATCH = (
    '<pattern id="hatch" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="3" height="3" fill="#FFFFFF"/><rect width="1.2" height="3" fill="#6E6E6E"/></pattern>'
)
OVERDUE = (
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="4.4" fill="#1B1F23" stroke="#FFFFFF"/>'
    '<path d="M{x:.1f} {top:.1f}v3.2m0 1.2v1.2" stroke="#FFFFFF" stroke-width="1.4"/>'
)

Projected = tuple[float, float, float]


def overview(
    *,
    sites: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    sections: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    run: Mapping[str, Any],
    language: str,
) -> str:
    """An inline SVG of all layers with names, degrees, scale and north; of many sites the worst are drawn."""
    scale, height = _fit(sites, [zones, sections], [*context.values()])
    worst = worst_first(sites)
    placed = (sites["lon"].notna() & sites["lat"].notna()).to_numpy()
    drawn = worst[placed[worst]][:MOST_SITES]
    defs, marks = _site_marks(sites.iloc[drawn[::-1]], scale)
    lines = [
        _paths(context[kind].geometry.to_numpy(), CONTEXT_LINES[kind], scale)
        for kind in ("districts", "water_bodies", "rivers")
        if kind in context
    ]
    for level in [level["code"] for level in reversed(run["levels"])]:
        outlines = zones.geometry[zones["level"] == level].to_numpy()
        line = level_line(level, run["levels"])
        lines.append(_paths(outlines, line if len(zones) < MANY_ZONES else line._replace(width=0.8), scale))
    told = [*degrees_of(scale, WIDTH, height), *lines, *_outlines(sites.iloc[drawn], scale)]
    told += [*names_on(zones, context, run, scale, WIDTH, height), _section_discs(sections, scale), marks]
    told += [scale_bar(scale, height, language), north_arrow(WIDTH)]
    opening = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(str(run["title"]))}">'
    picture = f"{opening}<defs>{HATCH}{defs}</defs>{''.join(told)}</svg>"
    return f'<div class="plain">{picture}{_left_out(len(sites), int(placed.sum()), len(drawn), language)}</div>'


def worst_first(sites: gpd.GeoDataFrame) -> Integers:
    """The rows of `sites`, worst result first, and of the same result what is overdue first."""
    late = sites["overdue"].fillna(False).to_numpy(dtype=bool) if "overdue" in sites.columns else np.zeros(len(sites))
    return np.argsort(ranks(sites["result"], [*RESULTS]) * 2 + 1 - late, kind="stable").astype(np.int64)


def _left_out(sites: int, placed: int, drawn: int, language: str) -> str:
    words = page_words()
    told = [words["plain.drawn"][language].format(drawn=drawn, all=sites)] if drawn < placed else []
    told += [words["plain.unplaced"][language].format(count=sites - placed)] if placed < sites else []
    return f'<p class="leftout">{escape(" ".join(told))}</p>' if told else ""


def _fit(
    sites: gpd.GeoDataFrame, drawn: Iterable[gpd.GeoDataFrame], context: Iterable[gpd.GeoDataFrame]
) -> tuple[Projected, int]:
    """Scale and shift from grid to picture, around all of the sites and of `drawn`, and the picture's height.

    Only where neither lies anywhere does `context` decide.
    """
    known = sites[["lon", "lat"]].astype(float).dropna().to_numpy()
    boxes = [[*known.min(axis=0), *known.max(axis=0)]] if len(known) else []
    boxes += _boxes([sites, *drawn])
    bounds = np.array(boxes or _boxes(context) or [[73.0, 18.0, 135.0, 54.0]])
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    x, y = grid(np.array([low[0], high[0]]), np.array([high[1], low[1]]))
    wide, tall = max(float(x[1] - x[0]), 4000.0), max(float(y[1] - y[0]), 4000.0)
    room = WIDTH - 2 * MARGIN
    height = int(min(max(tall / wide * room + 2 * MARGIN, HEIGHTS[0]), HEIGHTS[1]))
    factor = min(room / wide, (height - 2 * MARGIN) / tall)
    return (factor, WIDTH / 2 - (x[0] + x[1]) / 2 * factor, height / 2 - (y[0] + y[1]) / 2 * factor), height


def _boxes(frames: Iterable[gpd.GeoDataFrame]) -> list[list[float]]:
    bounds = [[float(edge) for edge in frame.total_bounds] for frame in frames if len(frame)]
    return [box for box in bounds if np.isfinite(box).all()]


def _placed(x: Integers, y: Integers, scale: Projected) -> tuple[NDArray[Any], NDArray[Any]]:
    return x * scale[0] + scale[1], y * scale[0] + scale[2]


def _paths(geometry: NDArray[Any], line: Line, scale: Projected) -> str:
    """One path of all outlines, in steps of the picture's tenths; what is smaller than a point is left out."""
    # A pixel and a half in degrees; of many outlines, two.
    degree = 360.0 / 2**28 / scale[0] * (1.5 if len(geometry) < MANY_OUTLINES else 2.0)
    pieces = shapely.get_parts(shapely.simplify(geometry, degree, preserve_topology=False))
    pieces = pieces[~shapely.is_empty(pieces)]
    areas = shapely.get_type_id(pieces) == 3
    lines = np.concatenate([shapely.get_rings(pieces[areas]), pieces[shapely.get_type_id(pieces) == 1]])
    if not len(lines):
        return ""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    x, y = _placed(*grid(coordinates[:, 0], coordinates[:, 1]), scale)
    tenths = 10 if len(x) < MANY_VERTICES else 1
    places = np.rint(np.column_stack([x, y]) * tenths).astype(np.int64)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    steps = np.diff(places, axis=0, prepend=0)
    steps[starts] = places[starts]
    told = [f"{_short(dx, tenths)}{'' if dy < 0 else ' '}{_short(dy, tenths)}" for dx, dy in steps.tolist()]
    ends = [*starts[1:].tolist(), len(told)]
    path = "".join(
        f"M{told[start]}l{' '.join(told[start + 1 : end])}" for start, end in zip(starts.tolist(), ends, strict=True)
    )
    dash = f' stroke-dasharray="{" ".join(map(str, line.dash))}"' if line.dash else ""
    fill = f'fill="{line.colour}" fill-opacity="{line.fill}" fill-rule="evenodd"' if line.fill else 'fill="none"'
    return f'<path d="{path}" {fill} stroke="{line.colour}" stroke-width="{line.width}"{dash}/>'


def _short(steps: int, tenths: int) -> str:
    return str(steps) if tenths == 1 else f"{steps / 10:g}"


def _outlines(sites: gpd.GeoDataFrame, scale: Projected) -> list[str]:
    """Sites that are lines or areas, in the colour of their result, the worst on top."""
    wide = (sites.geometry.geom_type != "Point").to_numpy() & sites.geometry.notna().to_numpy()
    told = []
    for result in [*RESULT_LOOKS][::-1]:
        own = sites.geometry[wide & (sites["result"] == result).to_numpy(dtype=bool)].to_numpy()
        if len(own):
            told.append(_paths(own, Line(RESULT_LOOKS[result].colour, 1.6, (), 0.2, ""), scale))
    return told


def _section_discs(sections: gpd.GeoDataFrame, scale: Projected) -> str:
    if not len(sections):
        return ""
    points = shapely.point_on_surface(sections.geometry.to_numpy())
    x, y = _placed(*grid(np.nan_to_num(shapely.get_x(points)), np.nan_to_num(shapely.get_y(points))), scale)
    rows = zip(plain_texts(sections["class"]), x.tolist(), y.tolist(), ~shapely.is_missing(points), strict=True)
    discs = [
        f'<g transform="translate({left:.1f} {top:.1f})"><g class="mk">{class_disc(code)}</g></g>'
        for code, left, top, known in rows
        if known
    ]
    return "".join(discs[:MOST_SITES])


def class_disc(code: str, x: float = 0.0, y: float = 0.0) -> str:
    """The disc of a section's class with its numeral; a small ring where it has none."""
    if not code:
        return f'<circle cx="{x:g}" cy="{y:g}" r="2.4" fill="#FFFFFF" stroke="#6B7782"/>'
    colour, ink, numeral = CLASS_LOOKS.get(code, CLASS_LOOKS[""])
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="7.5" fill="{colour}" stroke="#22303C"/>'
        f'<text x="{x:g}" y="{y + 3:g}" font-size="8.5" text-anchor="middle" fill="{ink}">{escape(numeral)}</text>'
    )


def _site_marks(sites: gpd.GeoDataFrame, scale: Projected) -> tuple[str, str]:
    """Each kind of mark once, and where it is used: in the order of `sites`, the worst last and so on top."""
    x, y = _placed(*grid(sites["lon"].to_numpy(dtype=float), sites["lat"].to_numpy(dtype=float)), scale)
    columns = [plain_texts(sites[name]) if name in sites.columns else [""] * len(sites) for name in _MARKED]
    kinds = list(zip(*columns, strict=True))
    names = {kind: f"m{place}" for place, kind in enumerate(dict.fromkeys(kinds))}
    defs = "".join(
        f'<g id="{name}"><g class="mk">{mark(result, status, 0, 0, late == "true")}</g></g>'
        for (result, status, late), name in names.items()
    )
    used = zip(kinds, x.tolist(), y.tolist(), strict=True)
    return defs, "".join(f'<use href="#{names[kind]}" x="{left:.1f}" y="{top:.1f}"/>' for kind, left, top in used)


_MARKED = ("result", "status", "overdue")


def mark(result: str, status: str, x: float, y: float, late: bool = False) -> str:
    """The mark of a site: colour and filling say the result, the shape the status, a small sign that it is overdue."""
    look = RESULT_LOOKS[result]
    fill = "url(#hatch)" if look.fill == "hatch" else "#FFFFFF" if status in HOLLOW_STATUSES else look.colour
    halo = "" if look.fill == "faint" else shape(status, x, y, look.radius + 1.6, fill="#FFFFFF", edge="none")
    own = shape(status, x, y, look.radius * 0.85, fill=fill, edge=look.colour)
    off = look.radius * 0.85 + 1
    return halo + own + (OVERDUE.format(x=x + off, y=y - off, top=y - off - 2.7) if late else "")


def shape(status: str, x: float, y: float, radius: float, *, fill: str, edge: str) -> str:
    """The outline that stands for a status."""
    corners = SHAPES[STATUS_SHAPES.get(status, "circle")]
    paint = f'fill="{fill}" stroke="{edge}"'
    if not corners:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {paint}/>'
    path = "L".join(f"{x + dx * radius:.1f} {y + dy * radius:.1f}" for dx, dy in corners)
    return f'<path d="M{path}Z" {paint}/>'
