"""What the page shows where no script runs (mail and chat previews): a drawn map, the legend, the full table.

All of it is finished HTML with every text escaped by `escape`; the script takes it away when it starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.words import RESULTS, STATUSES
from maps.assets import page_words
from maps.payload import Integers, grid, page_texts, plain_texts, ranks
from maps.style import (
    CLASS_LOOKS,
    CONTEXT_LINES,
    HOLLOW_STATUSES,
    RESULT_LOOKS,
    SHAPES,
    STATUS_SHAPES,
    Line,
    level_line,
    word_tables,
)

WIDTH = 1000
HEIGHTS = (420, 900)
MARGIN = 24
MOST_SITES = 2_000
MOST_ROWS = 2_000
# Of so many sites nobody reads the list without scripts, and every browser would have to build it: the worst are told.
VERY_MANY_SITES = 20_000
ROWS_OF_VERY_MANY = 400
MANY_VERTICES = 20_000
MANY_OUTLINES = 500
MANY_ZONES = 150
COLUMNS = ("site_id", "name", "kind", "result", "status", "strictest_level", "deadline", "responsible_unit")

HATCH = (
    '<defs><pattern id="hatch" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="3" height="3" fill="#FFFFFF"/><rect width="1.2" height="3" fill="#6E6E6E"/></pattern></defs>'
)

Projected = tuple[float, float, float]
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;", "\0": "\ufffd"}
_ESCAPES = str.maketrans(_ENTITIES)


def escape(text: str) -> str:
    """`text` as HTML that shows exactly these characters, in an element or in a quoted attribute."""
    return text.translate(_ESCAPES)


def overview(
    *,
    sites: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    sections: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    run: Mapping[str, Any],
    language: str,
) -> str:
    """An inline SVG of all layers; of many sites the worst are drawn."""
    scale, height = _fit(sites, [zones, sections], [*context.values()])
    pieces = [
        _paths(context[kind].geometry.to_numpy(), CONTEXT_LINES[kind], scale)
        for kind in ("districts", "water_bodies", "rivers")
        if kind in context
    ]
    for level in [level["code"] for level in reversed(run["levels"])]:
        outlines = zones.geometry[zones["level"] == level].to_numpy()
        line = level_line(level, run["levels"])
        pieces.append(_paths(outlines, line if len(zones) < MANY_ZONES else line._replace(width=0.8), scale))
    pieces += [_section_discs(sections, scale), _site_marks(sites, scale)]
    hint = escape(page_words()["plain.hint"][language])
    opening = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(str(run["title"]))}">'
    return f'<div class="plain"><p class="hint">{hint}</p>{opening}{HATCH}{"".join(pieces)}</svg></div>'


def legend(sites: gpd.GeoDataFrame, *, run: Mapping[str, Any], language: str) -> str:
    """Every result and status that occurs, with its mark and how many sites have it; what is not assessed, and why."""
    results = _counts(sites["result"])
    statuses = _counts(sites["status"])
    entries = [
        _entry(_mark(code, "", 11, 11), RESULTS[code].text(language), results[code])
        for code in RESULTS
        if code in results
    ]
    named = {code: word.text(language) for code, word in STATUSES.items()} | {
        "": page_words()["none.statuses"][language]
    }
    entries += [
        _entry(_shape(code, 11, 11, 6.0, fill="#59636E", edge="#59636E"), word, statuses[code])
        for code, word in named.items()
        if code in statuses
    ]
    return f'<div class="plain legend">{"".join(entries)}</div>{_unassessed(results["not_assessed"], run, language)}'


def _unassessed(sites: int, run: Mapping[str, Any], language: str) -> str:
    """How many sites and answers are not assessed, for which reasons, and all that was assumed."""
    reasons = run["not_assessed"]
    told = page_words()["unassessed.line"][language].format(sites=sites, answers=sum(reasons.values()))
    lines = [f"{why(code, language)} {answers}" for code, answers in reasons.items()]
    lines += [note[language] for note in run["notes"]]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="plain"><p><b>{escape(told)}</b></p><ul>{items}</ul></div>'


def why(code: str, language: str) -> str:
    """The reason in words why something is not assessed."""
    words = page_words()
    known = words.get(f"why.{code}")
    return known[language] if known else words["why.other"][language].format(code=code)


def table(
    sites: gpd.GeoDataFrame, findings: pd.DataFrame, subjects: Integers, *, run: Mapping[str, Any], language: str
) -> str:
    """Up to 2,000 sites, of very many 400, as table rows, worst first, with their findings; and how many more there are."""
    words = page_words()
    columns = [name for name in COLUMNS if name in sites.columns]
    most = MOST_ROWS if len(sites) < VERY_MANY_SITES else ROWS_OF_VERY_MANY
    rows = np.argsort(ranks(sites["result"], [*RESULTS]), kind="stable")[:most]
    of_these = np.isin(subjects, rows)
    told = _told(findings[of_these], subjects[of_these], language)
    shown = sites.iloc[rows]
    reasons = _reasons(shown["not_assessed_why"], language)
    texts = [_said(name, plain_texts(shown[name]), run, language) for name in columns]
    ids = plain_texts(shown["site_id"])
    headings = [words[f"column.{name}"][language] for name in columns] + [words["plain.findings"][language]]
    # On a narrow screen a row becomes a block, and each cell says by itself what it is.
    openings = [
        f'<td class="{name}" data-label="{escape(heading)}">'
        for name, heading in zip([*columns, "told"], headings, strict=True)
    ]
    texts.append(["\n".join(filter(None, (told.get(int(row)), one))) for row, one in zip(rows, reasons, strict=True)])
    body = "".join(
        f'<tr data-site-id="{escape(site_id)}">'
        + "".join(f"{opening}{escape(cell)}</td>" for opening, cell in zip(openings, cells, strict=True))
        + "</tr>"
        for site_id, cells in zip(ids, zip(*texts, strict=True), strict=True)
    )
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    left = len(sites) - len(rows)
    more = f"<p>{escape(words['table.more'][language].format(count=left))}</p>" if left else ""
    return f'<div class="plain"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>'


def _told(findings: pd.DataFrame, subjects: Integers, language: str) -> dict[int, str]:
    """Row of the site -> the sentences of its findings, each with its citation."""
    label = page_words()["plain.citation"][language]
    told: dict[int, str] = {}
    texts, citations = (plain_texts(findings[f"{name}_{language}"]) for name in ("text", "citation"))
    for row, text, citation in zip(subjects.tolist(), texts, citations, strict=True):
        sentence = f"{text}\n{label.format(citation=citation)}" if citation else text
        told[row] = f"{told[row]}\n{sentence}" if row in told else sentence
    return told


def _reasons(column: pd.Series[Any], language: str) -> list[str]:
    """Why rules are not assessed, of each site; empty where all are."""
    label = page_words()["plain.unassessed"][language]
    told = plain_texts(column)
    words = {
        codes: " ".join([label, *(why(code, language) for code in codes.split(";"))]) if codes else ""
        for codes in set(told)
    }
    return [words[codes] for codes in told]


def other_subjects(findings: pd.DataFrame, chosen: NDArray[np.bool_], *, run: Mapping[str, Any], language: str) -> str:
    """The `chosen` findings, those about zones and river sections, as table rows; nothing where there are none."""
    shown = findings[chosen][:MOST_ROWS]
    if not len(shown):
        return ""
    words, results = page_words(), word_tables(run)["results"]
    label = words["plain.citation"][language]
    names = ("subject_id", "subject_name", "result", f"text_{language}", f"citation_{language}")
    rows = "".join(
        f'<tr><td>{escape(one)}</td><td class="name">{escape(name)}</td>'
        f'<td class="result">{escape(results[result][language])}</td>'
        f'<td class="told">{escape(text)}\n{escape(label.format(citation=citation))}</td></tr>'
        for one, name, result, text, citation in zip(*(plain_texts(shown[name]) for name in names), strict=True)
    )
    left = int(chosen.sum()) - len(shown)
    more = f"<p>{escape(words['plain.more'][language].format(count=left))}</p>" if left else ""
    title = words["subjects.title"][language].format(count=int(chosen.sum()))
    return f'<div class="plain"><h2>{escape(title)}</h2><table><tbody>{rows}</tbody></table>{more}</div>'


def _said(name: str, texts: Sequence[str], run: Mapping[str, Any], language: str) -> list[str]:
    tables = word_tables(run)
    table_of = {"kind": "kinds", "result": "results", "status": "statuses", "strictest_level": "levels"}
    known = tables.get(table_of.get(name, ""), {})
    empty = page_words().get(f"none.{table_of.get(name, '')}", {}).get(language, "")
    return [known[text][language] if text in known else text or empty for text in texts]


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
    """One path of all outlines, rounded to the picture's tenths; what is smaller than a point is left out."""
    # A pixel in degrees; of many outlines, three.
    degree = 360.0 / 2**28 / scale[0] * (1.0 if len(geometry) < MANY_OUTLINES else 3.0)
    pieces = shapely.get_parts(shapely.simplify(geometry, degree, preserve_topology=False))
    pieces = pieces[~shapely.is_empty(pieces)]
    areas = shapely.get_type_id(pieces) == 3
    lines = np.concatenate([shapely.get_rings(pieces[areas]), pieces[shapely.get_type_id(pieces) == 1]])
    if not len(lines):
        return ""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    x, y = _placed(*grid(coordinates[:, 0], coordinates[:, 1]), scale)
    digits = 1 if len(x) < MANY_VERTICES else 0
    points = [f"{one:.{digits}f} {two:.{digits}f}" for one, two in zip(x.tolist(), y.tolist(), strict=True)]
    starts = np.flatnonzero(np.diff(owner, prepend=-1)).tolist()
    ends = [*starts[1:], len(points)]
    path = "".join("M" + "L".join(points[start:end]) for start, end in zip(starts, ends, strict=True))
    dash = f' stroke-dasharray="{" ".join(map(str, line.dash))}"' if line.dash else ""
    fill = f'fill="{line.colour}" fill-opacity="{line.fill}" fill-rule="evenodd"' if line.fill else 'fill="none"'
    return f'<path d="{path}" {fill} stroke="{line.colour}" stroke-width="{line.width}"{dash}/>'


def _section_discs(sections: gpd.GeoDataFrame, scale: Projected) -> str:
    if not len(sections):
        return ""
    points = shapely.point_on_surface(sections.geometry.to_numpy())
    x, y = _placed(*grid(np.nan_to_num(shapely.get_x(points)), np.nan_to_num(shapely.get_y(points))), scale)
    discs = []
    for code, left, top, known in zip(plain_texts(sections["class"]), x, y, ~shapely.is_missing(points), strict=True):
        colour, ink, numeral = CLASS_LOOKS.get(code, CLASS_LOOKS[""])
        if known and not code:
            discs.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="2.4" fill="#FFFFFF" stroke="#6B7782"/>')
        elif known:
            discs.append(
                f'<circle cx="{left:.1f}" cy="{top:.1f}" r="7" fill="{colour}" stroke="#22303C"/>'
                f'<text x="{left:.1f}" y="{top + 3:.1f}" font-size="8" text-anchor="middle" fill="{ink}">'
                f"{escape(numeral)}</text>"
            )
    return "".join(discs[:MOST_SITES])


def _site_marks(sites: gpd.GeoDataFrame, scale: Projected) -> str:
    """Marks of the worst sites, the best of them first so that the worst lie on top."""
    placed = (sites["lon"].notna() & sites["lat"].notna()).to_numpy()
    order = np.argsort(ranks(sites["result"], [*RESULT_LOOKS]), kind="stable")
    worst = order[placed[order]][:MOST_SITES]
    shown = sites.iloc[worst[::-1]]
    x, y = _placed(*grid(shown["lon"].to_numpy(dtype=float), shown["lat"].to_numpy(dtype=float)), scale)
    rows = zip(plain_texts(shown["result"]), plain_texts(shown["status"]), x.tolist(), y.tolist(), strict=True)
    return "".join(_mark(result, status, left, top) for result, status, left, top in rows)


def _mark(result: str, status: str, x: float, y: float) -> str:
    look = RESULT_LOOKS[result]
    fill = "url(#hatch)" if look.fill == "hatch" else "#FFFFFF" if status in HOLLOW_STATUSES else look.colour
    halo = "" if look.fill == "faint" else _shape(status, x, y, look.radius + 1.6, fill="#FFFFFF", edge="none")
    return halo + _shape(status, x, y, look.radius * 0.85, fill=fill, edge=look.colour)


def _shape(status: str, x: float, y: float, radius: float, *, fill: str, edge: str) -> str:
    corners = SHAPES[STATUS_SHAPES.get(status, "circle")]
    paint = f'fill="{fill}" stroke="{edge}"'
    if not corners:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {paint}/>'
    path = "L".join(f"{x + dx * radius:.1f} {y + dy * radius:.1f}" for dx, dy in corners)
    return f'<path d="M{path}Z" {paint}/>'


def _entry(mark: str, word: str, count: int) -> str:
    svg = f'<svg viewBox="0 0 22 22" style="width:22px;border:0;background:none">{mark}</svg>'
    return f"<span>{svg}{escape(word)} <b>{count}</b></span>"


def _counts(column: pd.Series[Any]) -> Counter[str]:
    found = page_texts(column).value_counts()
    return Counter(dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)))
