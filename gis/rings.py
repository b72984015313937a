"""Corners in their order -> a polygon, or which corners forbid it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from gis.faults import Fault

_MOST_TOLD = 12


class Corner(NamedTuple):
    """One corner: what it is called, the number in that, its ring ('': the only one), x, y, what a digit is worth."""

    label: str
    number: int | None
    ring: str
    x: float
    y: float
    metres: float

    @property
    def place(self) -> tuple[float, float]:
        """x and y."""
        return self.x, self.y


def polygon_of(corners: Sequence[Corner], zone: str) -> Any:
    """The polygon that `corners` enclose, joined in the order given, or the Fault that says why there is none.

    CORNERS_TOO_FEW, CORNERS_DUPLICATE (a repeat other than the closing corner), CORNERS_CROSS, CORNERS_ORDER (the order
    given is not that of their numbers). Rings beside each other are parts; a ring in another is a hole in it.
    """
    rings: dict[str, list[Corner]] = {}
    for corner in corners:
        rings.setdefault(corner.ring, []).append(corner)
    if not rings:
        return Fault("CORNERS_TOO_FEW", facts={"zone": zone, "found": "0"})
    made = []
    for name, ring in rings.items():
        one = _ring(ring, f"{zone} ({name})" if name else zone)
        if isinstance(one, Fault):
            return one
        made.append((name, one))
    return made[0][1] if len(made) == 1 else _assembled(made, zone)


def lacking(zones: Sequence[Sequence[Corner]]) -> dict[int, str]:
    """Zone, counted from 0 -> the numbers that are missing between its corners, so that it may lack corners.

    Where every ring has numbers of its own, none may be missing; where neighbours share numbered corners, none that no
    zone has. Numbers with more gaps than corners count nothing.
    """
    rings = [(at, ring) for at, corners in enumerate(zones) for ring in _numbers_of(corners) if len(ring) > 2]
    elsewhere = set() if _have_own_numbers([ring for _, ring in rings]) else {one for _, ring in rings for one in ring}
    first = min((min(ring) for _, ring in rings), default=0)
    begins = sum(min(ring) == first for _, ring in rings) > 1 and not elsewhere
    found: dict[int, str] = {}
    for at, ring in rings:
        start = first if begins else min(ring)
        if max(ring) + 1 - start - len(ring) < len(ring):
            gaps = sorted({*range(start, max(ring))} - ring.keys() - elsewhere)
            if gaps:
                found.setdefault(at, ", ".join(map(str, gaps[:_MOST_TOLD])))
    return found


def _have_own_numbers(rings: Sequence[dict[int, tuple[float, float]]]) -> bool:
    """Whether most numbers that stand in several rings, if any, are those of different places."""
    places: dict[int, list[tuple[float, float]]] = {}
    for ring in rings:
        for number, place in ring.items():
            places.setdefault(number, []).append(place)
    several = [[*own] for own in places.values() if len(own) > 1]
    return sum(len(set(own)) > 1 for own in several) * 2 > len(several) if several else len(rings) == 1


def _numbers_of(corners: Sequence[Corner]) -> list[dict[int, tuple[float, float]]]:
    """The numbers of each ring, with their places, where all corners but the closing one have one of their own."""
    rings: dict[str, list[Corner]] = {}
    for corner in corners:
        rings.setdefault(corner.ring, []).append(corner)
    made = []
    for ring in rings.values():
        numbers = {corner.number: corner.place for corner in ring if corner.number is not None}
        whole = all(corner.number is not None for corner in ring) and len(numbers) >= len(ring) - 1
        made.append(numbers if whole else {})
    return made


def _ring(given: list[Corner], zone: str) -> Any:
    """The polygon of one ring, or its fault."""
    ring = given[:-1] if len(given) > 1 and given[0].place == given[-1].place else given
    distinct = len({corner.place for corner in ring})
    if distinct < 3:
        return Fault("CORNERS_TOO_FEW", facts={"zone": zone, "found": str(distinct)})
    if distinct < len(ring):
        return Fault("CORNERS_DUPLICATE", facts={"zone": zone, "found": _repeated(ring)})
    outline = shapely.Polygon([corner.place for corner in ring])
    numbered = _by_number(ring)
    if not _same_round(ring, numbered):
        sorted_outline = shapely.Polygon([corner.place for corner in numbered])
        if outline.is_valid or sorted_outline.is_valid:
            order = ", ".join(corner.label for corner in numbered[:_MOST_TOLD])
            more = " …" if len(numbered) > _MOST_TOLD else ""
            found = "" if outline.is_valid else f" ({_crossing(ring)})"
            return Fault("CORNERS_ORDER", facts={"zone": zone, "found": found, "order": order + more})
    if not outline.is_valid:
        return Fault("CORNERS_CROSS", facts={"zone": zone, "found": _crossing(ring)})
    return outline


def _repeated(ring: Sequence[Corner]) -> str:
    first: dict[tuple[float, float], str] = {}
    told = []
    for corner in ring:
        if corner.place in first:
            told.append(f"{first[corner.place]} = {corner.label}")
        first.setdefault(corner.place, corner.label)
    return ", ".join(told[:_MOST_TOLD])


def _by_number(ring: list[Corner]) -> list[Corner]:
    """The corners sorted by their numbers; as they stand where some have none, or several the same."""
    numbers = [corner.number for corner in ring]
    if None in numbers or len(set(numbers)) < len(numbers):
        return ring
    return sorted(ring, key=lambda corner: corner.number or 0)


def _same_round(one: Sequence[Corner], other: Sequence[Corner]) -> bool:
    """Whether two orders go round the same way, wherever they begin, or the opposite way."""
    start = other.index(one[0])
    turned = [*other[start:], *other[:start]]
    return [*one] in (turned, [turned[0], *turned[:0:-1]])


def _crossing(ring: Sequence[Corner]) -> str:
    """Between which corners the first two edges that meet lie."""
    ends = np.array([corner.place for corner in ring])
    following = np.roll(ends, -1, axis=0)
    edges = shapely.linestrings(np.stack([ends, following], axis=1))
    count = len(edges)
    one, other = shapely.STRtree(edges).query(edges, predicate="intersects")
    apart = (other - one > 1) & ~((one == 0) & (other == count - 1))
    if not apart.any():  # an edge that runs back on the one before it
        lengths = shapely.length(shapely.intersection(edges, np.roll(edges, -1)))
        back = int(np.argmax(lengths))
        return f"{_edge(ring, back)} × {_edge(ring, (back + 1) % count)}"
    at = np.lexsort((other[apart], one[apart]))[0]
    return f"{_edge(ring, int(one[apart][at]))} × {_edge(ring, int(other[apart][at]))}"


def _edge(ring: Sequence[Corner], at: int) -> str:
    return f"{ring[at].label}–{ring[(at + 1) % len(ring)].label}"


def _assembled(rings: Sequence[tuple[str, Any]], zone: str) -> Any:
    """Parts and holes put together; rings that cut each other are a fault."""
    largest = sorted(rings, key=lambda one: -one[1].area)
    shells: list[tuple[Any, list[Any]]] = []
    for at, (name, ring) in enumerate(largest):
        around = [other for _, other in largest[:at] if other.covers(ring)]
        for other_name, other in largest[:at]:
            if not other.covers(ring) and shapely.relate_pattern(other, ring, "T********"):
                facts = {"zone": zone, "found": f"{other_name} × {name}"}
                return Fault("CORNERS_CROSS", facts=facts)
        if len(around) % 2:
            next(holes for shell, holes in reversed(shells) if shell.covers(ring)).append(ring.exterior)
        else:
            shells.append((ring, []))
    polygons = [shapely.Polygon(shell.exterior, holes) for shell, holes in shells]
    whole = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if not whole.is_valid:
        return Fault("CORNERS_CROSS", facts={"zone": zone, "found": shapely.is_valid_reason(whole)})
    return whole
