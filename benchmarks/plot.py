"""The kept results as pictures: SVG files beside them, written by hand, no plotting library.

    python benchmarks/plot.py [--results benchmarks/results]

`engines.svg`: seconds against the number of sites for all engines. `changes.svg`: seconds of a run
against the number of rows that changed. `steps.svg`: where the time of a run goes. What has no result
yet is not drawn.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from pathlib import Path
from typing import Any

from measuring import RESULTS

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 64, 56
COLOURS = ("#0b6e4f", "#4c9f70", "#1d3557", "#c1440e", "#7a4fa3", "#b8860b", "#5c6770", "#a23b72")
SIZES = {"10k": 10_000, "100k": 100_000, "1000k": 1_000_000, "3600k": 3_600_000}

Line = Sequence[tuple[float, float]]


def line_plot(title: str, x_title: str, y_title: str, lines: Mapping[str, Line]) -> str:
    """A plot with two logarithmic axes, each line named at its end."""
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    across = _Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    up = _Axis(min(ys), max(ys), HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, 30, title, size=17, weight="bold")]
    for tick in across.ticks():
        at = across(tick)
        parts.append(_rule(at, TOP, at, HEIGHT - BOTTOM))
        parts.append(_text(at, HEIGHT - BOTTOM + 18, _number(tick), anchor="middle"))
    for tick in up.ticks():
        at = up(tick)
        parts.append(_rule(LEFT, at, WIDTH - RIGHT, at))
        parts.append(_text(LEFT - 8, at + 4, _number(tick), anchor="end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_title, anchor="middle"))
    parts.append(_text(LEFT, TOP - 12, y_title))
    names = _spread({name: up(line[-1][1]) for name, line in lines.items()})
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        places = [(across(x), up(y)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        wide = 3 if name.startswith("headwater") else 1.8
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{wide}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] + 10, names[name] + 4, name, colour=colour))
    return _page(parts, HEIGHT)


def bar_plot(title: str, bars: Mapping[str, Mapping[str, float]]) -> str:
    """For each name a bar of seconds made of named parts, on one linear axis."""
    longest = max(sum(parts.values()) for parts in bars.values())
    scale = (WIDTH - 200 - 90) / longest
    named = list(dict.fromkeys(part for parts in bars.values() for part in parts))
    colour = dict(zip(named, cycle(COLOURS), strict=False))
    drawn = [_text(20, 30, title, size=17, weight="bold")]
    at = 20.0
    for part in named:
        drawn.append(f'<rect x="{at:.0f}" y="46" width="12" height="12" fill="{colour[part]}"/>')
        drawn.append(_text(at + 17, 57, part))
        at += 40 + 7.5 * len(part)
    for row, (name, parts) in enumerate(bars.items()):
        top, left = 80 + 46 * row, 200.0
        drawn.append(_text(190, top + 20, name, anchor="end"))
        for part, seconds in parts.items():
            wide = max(seconds, 0.0) * scale
            drawn.append(f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="30" fill="{colour[part]}"/>')
            left += wide
        drawn.append(_text(left + 8, top + 20, f"{sum(parts.values()):.1f} s"))
    return _page(drawn, 80 + 46 * len(bars) + 14)


class _Axis:
    """A logarithmic axis from one place of the picture to another."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high = math.log10(low) - 0.04, math.log10(high) + 0.04
        if self.high - self.low < 1:
            self.low, self.high = self.low - 0.5, self.high + 0.5
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        marks = [step * 10.0**decade for decade in decades for step in steps]
        return [mark for mark in marks if self.low <= math.log10(mark) <= self.high]


def _spread(places: Mapping[str, float], apart: float = 15.0) -> dict[str, float]:
    """The places of names, moved down where they would lie on each other."""
    moved: dict[str, float] = {}
    last = -math.inf
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        last = max(place, last + apart)
        moved[name] = last
    return moved


def _number(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1e6:g} M"
    return f"{value / 1000:g} k" if value >= 1000 else f"{value:g}"


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dde3e8"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 13,
    weight: str = "normal",
    colour: str = "#1f2933",
) -> str:
    style = f'text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _page(parts: Sequence[str], height: float) -> str:
    """The picture on a light ground of its own, so that it reads on a dark page, too."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">'
    ground = f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" fill="#fbfcfd"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def engines(results: Path) -> str | None:
    """Seconds against sites for every engine, imports included."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for word, size in SIZES.items():
        found = kept(results, f"points_{word}")
        for name, told in found.get("engines", {}).items():
            seconds = told["seconds"]["work"] + told["seconds"]["imports"] * (name != "postgis")
            lines.setdefault(name, []).append((size, seconds))
    ordered = {name: lines[name] for name in sorted(lines, key=lambda name: lines[name][-1][1])}
    title = "Sites in and near 20,000 protection zones, 300 m"
    return line_plot(title, "pollution sources", "seconds, imports included", ordered) if ordered else None


def changes(results: Path) -> str | None:
    """Seconds of a run against the rows that changed before it."""
    points = kept(results, "curve_100k").get("points", [])
    sites = [one for one in points if one["changed"] == "sites" and one["rows"] > 0]
    steps = ("whole", "read", "judge")
    lines = {step: [(one["rows"], max(one["seconds"][step], 0.001)) for one in sites] for step in steps}
    title = "A run after a survey: 100,000 sites, 2,000 zones"
    return line_plot(title, "sites that changed since the run before", "seconds", lines) if sites else None


def steps(results: Path) -> str | None:
    """Where the time of whole runs goes."""
    bars = {}
    for name, word in (("run_100k", "100,000 sites, plain"), ("complete_1000k", "1,000,000 sites, fast")):
        found = kept(results, name)
        if found:
            bars[word] = {part: max(seconds, 0.0) for part, seconds in found["steps"].items()}
    return bar_plot("Where the time of a run goes", bars) if bars else None


def kept(results: Path, name: str) -> dict[str, Any]:
    """A result that was kept, or nothing."""
    path = results / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def write_plots(results: Path) -> list[Path]:
    """Writes the pictures there are results for; their paths."""
    written = []
    for draw in (engines, changes, steps):
        picture = draw(results)
        if picture is not None:
            written.append(results / f"{draw.__name__}.svg")
            written[-1].write_text(picture, encoding="utf-8", newline="\n")
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    for path in write_plots(parser.parse_args().results):
        print(path)
