"""What stands around and upon a drawn map: degrees, scale bar, north; and text made safe for HTML."""

from __future__ import annotations

import math

import numpy as np

from maps.assets import page_words
from maps.payload import GRID_BITS, grid

STEPS = (30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
MOST_LINES = 7
LONGEST_BAR = 220
EDGE = 16
# The Earth as WGS 84 has it: equatorial radius in metres, and the square of the eccentricity.
RADIUS, E2 = 6378137.0, 0.00669437999014

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;", "\0": "\ufffd"}
_ESCAPES = str.maketrans(_ENTITIES)

Projected = tuple[float, float, float]


def escape(text: str) -> str:
    """`text` as HTML that shows exactly these characters, in an element or in a quoted attribute."""
    return text.translate(_ESCAPES)


def lon_lat(x: float, y: float, scale: Projected) -> tuple[float, float]:
    """Longitude and latitude of a place on the picture."""
    size = float(1 << GRID_BITS)
    lon = ((x - scale[1]) / scale[0] / size - 0.5) * 360.0
    lat = math.degrees(math.atan(math.sinh((0.5 - (y - scale[2]) / scale[0] / size) * 2 * math.pi)))
    return lon, lat


def degrees_of(scale: Projected, width: int, height: int) -> list[str]:
    """The lines of whole degrees (or parts of them), each with its number at the edge."""
    (west, north), (east, south) = lon_lat(0, 0, scale), lon_lat(width, height, scale)
    step = next((one for one in reversed(STEPS) if (east - west) / one <= MOST_LINES), STEPS[0])
    digits = max(0, math.ceil(-math.log10(step)))
    lons = np.arange(math.ceil(west / step), math.floor(east / step) + 1, dtype=np.float64) * step
    lats = np.arange(math.ceil(south / step), math.floor(north / step) + 1, dtype=np.float64) * step
    lats = lats[np.abs(lats) < 85]
    x = grid(lons, np.zeros(len(lons)))[0] * scale[0] + scale[1]
    y = grid(np.zeros(len(lats)), lats)[1] * scale[0] + scale[2]
    lines = "".join(f"M{one:.1f} 0v{height}" for one in x) + "".join(f"M0 {one:.1f}h{width}" for one in y)
    told = [f'<path d="{lines}" fill="none" stroke="#DDD8CD"/>'] if lines else []
    for one, lon in zip(x.tolist(), lons.tolist(), strict=True):
        if EDGE * 3 < one < width - EDGE * 5:
            told.append(_number(one + 3, EDGE, f"{abs(lon):.{digits}f}°{'E' if lon >= 0 else 'W'}"))
    for one, lat in zip(y.tolist(), lats.tolist(), strict=True):
        if EDGE * 3 < one < height - EDGE * 5:
            told.append(_number(4, one - 3, f"{abs(lat):.{digits}f}°{'N' if lat >= 0 else 'S'}"))
    return told


def _number(x: float, y: float, text: str) -> str:
    return f'<text class="tx dg" x="{x:.1f}" y="{y:.1f}" font-size="11" fill="#6D675C">{text}</text>'


def scale_bar(scale: Projected, height: int, language: str) -> str:
    """A bar of a round length on the ground, true along the parallel through the middle of the picture."""
    latitude = math.radians(lon_lat(0, height / 2, scale)[1])
    around = 2 * math.pi * RADIUS * math.cos(latitude) / math.sqrt(1 - E2 * math.sin(latitude) ** 2)
    metres = around / (1 << GRID_BITS) / scale[0]
    power = 10.0 ** math.floor(math.log10(LONGEST_BAR * metres))
    length = max(one * power for one in (1, 2, 5) if one * power <= LONGEST_BAR * metres)
    wide = length / metres
    unit, amount = ("unit.kilometres", length / 1000) if length >= 1000 else ("unit.metres", length)
    told = escape(page_words()[unit][language].format(amount=f"{amount:g}"))
    top = height - EDGE
    return (
        f'<g class="bar" data-metres="{length:g}"><path d="M{EDGE} {top - 7}v7h{wide:.1f}v-7" fill="none" '
        f'stroke="#1B1F23" stroke-width="2"/><text class="tx" x="{EDGE + 5}" y="{top - 5}" font-size="12" '
        f'fill="#1B1F23">{told}</text></g>'
    )


def north_arrow(width: int) -> str:
    """An arrow to the north, at the upper right corner."""
    return (
        f'<g class="north" transform="translate({width - 40} 12)"><path d="M12 0 20 28 12 22 4 28Z" fill="#1B1F23"/>'
        '<path d="M12 0 12 22 4 28Z" fill="#FFFFFF" stroke="#1B1F23"/>'
        '<text x="12" y="42" font-size="14" font-weight="700" text-anchor="middle" fill="#1B1F23">N</text></g>'
    )
