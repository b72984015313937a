"""The geometry elements of a KML placemark -> shapely geometry, or why it cannot be built and where it lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from numpy.typing import NDArray

# The members of collections within collections; deeper ones are no map but an attack.
_DEEPEST = 50
# Phones write "104.8, 26.6, 0" although a blank ends a place.
_LOOSE_COMMA = re.compile(r"\s*,\s*")
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
_PLACE = re.compile(rf"({_NUMBER})[\s,]+({_NUMBER})")


class Shape(NamedTuple):
    """What a placemark's geometry is: built (None where there is none), or broken and why; then where it lies."""

    geometry: Any
    broken: str | None
    place: Any


def local(tag: str) -> str:
    """A tag without its prefix: phones write gx:Track without saying what gx is."""
    return tag.rpartition(":")[2]


def shape_of(placemark: Element) -> Shape:
    """The geometry of a placemark. Several side by side are read as one multiple geometry; heights are kept.

    Rings must be closed and every coordinate a number: a polygon that lacks a part would be another polygon.
    """
    found = [child for child in placemark if local(child.tag) in _BUILDERS or local(child.tag) == "Model"]
    try:
        parts = [part for child in found if (part := _built(child, 0)) is not None]
        return Shape(_together(parts) if len(found) > 1 else next(iter(parts), None), None, None)
    except (ValueError, shapely.errors.GEOSException) as error:
        return Shape(None, str(error)[:200], _scattered(found))


def _built(element: Element, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"geometry within geometry more than {_DEEPEST} deep")
    builder = _BUILDERS.get(local(element.tag))
    if builder is None:
        raise ValueError(f"{local(element.tag)} is no geometry that is read")
    return builder(element, depth)


def _point(element: Element, _: int) -> Any:
    places = _coordinates(element)
    if len(places) > 1:
        raise ValueError(f"a Point with {len(places)} places")
    return shapely.Point(places[0]) if len(places) else None


def _line(element: Element, _: int) -> Any:
    places = _coordinates(element)
    return shapely.LineString(places) if len(places) else None


def _polygon(element: Element, _: int) -> Any:
    shells = [ring for part in _children(element, "outerBoundaryIs") for ring in _rings(part)]
    holes = [ring for part in _children(element, "innerBoundaryIs") for ring in _rings(part)]
    if not shells and not holes:
        return None
    if len(shells) != 1:
        raise ValueError(f"a Polygon with {len(shells)} outer rings")
    return shapely.Polygon(shells[0], holes)


def _rings(boundary: Element) -> Iterator[NDArray[np.float64]]:
    for ring in _children(boundary, "LinearRing"):
        places = _coordinates(ring)
        if not len(places):
            continue
        if (places[0][:2] != places[-1][:2]).any():
            raise ValueError("a ring is not closed")
        yield places


def _multi(element: Element, depth: int) -> Any:
    parts = [_built(child, depth + 1) for child in element if local(child.tag) in {*_BUILDERS, "Model"}]
    return _together([part for part in parts if part is not None])


def _track(element: Element, _: int) -> Any:
    texts = [(child.text or "").split() for child in _children(element, "coord")]
    places = _numbers([part for text in texts for part in text], {len(text) for text in texts})
    if len(places) == 1:
        return shapely.Point(places[0])
    return shapely.LineString(places) if len(places) else None


def _together(parts: list[Any]) -> Any:
    """One geometry of many: a multiple one where all are of one kind, else a collection; None where there is none."""
    if not parts:
        return None
    kinds = {part.geom_type for part in parts}
    made = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}
    if len(kinds) == 1 and (multi := made.get(next(iter(kinds)))) is not None:
        return multi(parts)
    return shapely.geometrycollections(parts)


_BUILDERS: dict[str, Callable[[Element, int], Any]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _line,
    "Polygon": _polygon,
    "MultiGeometry": _multi,
    "Track": _track,
    "MultiTrack": _multi,
}


# --- Coordinates -----------------------------------------------------------------------------


def _coordinates(element: Element) -> NDArray[np.float64]:
    texts = [child.text or "" for child in _children(element, "coordinates")]
    tuples = [_LOOSE_COMMA.sub(",", text.strip()).split() for text in texts]
    places = [place for some in tuples for place in some]
    widths = {place.count(",") + 1 for place in places}
    if widths == {2, 3}:  # a height here and there: then none is known
        places, widths = [",".join(place.split(",")[:2]) for place in places], {2}
    return _numbers([part for place in places for part in place.split(",")], widths)


def _numbers(parts: list[str], widths: set[int]) -> NDArray[np.float64]:
    """The numbers of places that all have one width, 2 or 3, as rows."""
    if not parts:
        return np.zeros((0, 2))
    if not widths <= {2, 3} or len(widths) != 1:
        raise ValueError(f"a place of {max(widths)} numbers where 2 or 3 are expected")
    for part in parts:
        if "_" in part or not part.isascii():  # Python alone takes these for numbers
            raise ValueError(f"not a number: {part[:40]!r}")
    try:
        return np.array(parts, dtype=float).reshape(-1, widths.pop())
    except ValueError:
        odd = next(part for part in parts if not re.fullmatch(_NUMBER, part))
        raise ValueError(f"not a number: {odd[:40]!r}") from None


def _scattered(elements: list[Element]) -> Any:
    """All places that can be read in the coordinates below `elements`, as a multipoint; None where there are none."""
    texts = [
        child.text or ""
        for element in elements
        for child in element.iter()
        if local(child.tag) in ("coordinates", "coord")
    ]
    places = [(float(x), float(y)) for text in texts for one in text.split() for x, y in _PLACE.findall(one)]
    places += [(float(x), float(y)) for text in texts if "," not in text for x, y in _PLACE.findall(text)[:1]]
    return shapely.MultiPoint(places) if places else None


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local(child.tag) == name)
