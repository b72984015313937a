"""Tables of corner points (拐点坐标) -> one polygon for each zone, or why its corners make none.

What is counted of such a table are zones: a zone is one row read, accepted or rejected, and its row number is that of
its row in the table of zones, or else of its first corner. How many rows of corners there were is a fact beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis import datum as datums
from gis.axes import Axes, axes_of, fold
from gis.coordinate_columns import pairs_in_order
from gis.corner_lists import corner_list, number_of
from gis.faults import Fault, InputError
from gis.places import whereabouts
from gis.points import Located, Stated, digits_column, located, set_down
from gis.rings import Corner, lacking, polygon_of
from gis.tables import Sheet

Objects = NDArray[np.object_]

# `corners` in the project file for: each row of the table is a corner.
EACH_ROW = "row"
_NUMBERS = (
    "拐点序号", "拐点编号", "拐点号", "拐点", "拐点顺序", "界址点号", "点序号", "点序", "点号", "点名", "顶点序号",
    "顺序号", "顺序", "序号", "order", "seq", "vertex", "corner", "cornerno", "pointno",
)  # fmt: skip
_RINGS = ("环号", "环", "圈号", "圈", "地块号", "地块", "部分", "部件", "面号", "ring", "ringid", "part", "partid")


class Zones(NamedTuple):
    """The zones of a table: columns, geometry in EPSG:4326 and row numbers of the good ones; a fault for each other.

    `further`: the column of their accuracy by digits. `places`: row -> where the corners of a refused zone lie.
    """

    columns: dict[str, Objects]
    geometry: Objects
    numbers: NDArray[np.int64]
    faults: list[Fault]
    facts: dict[str, Any]
    places: dict[int, Any]
    further: Mapping[str, Objects]


class _Zone(NamedTuple):
    """One zone to be built: its row, its id, its corners, and what is wrong with one of them."""

    row: int
    name: str
    corners: list[Corner]
    fault: Fault | None


class _Found(NamedTuple):
    """All zones of a table with the columns of their rows, and what was found about the coordinates."""

    zones: list[_Zone]
    columns: dict[str, Objects]
    crs: CRS
    heading: str
    facts: dict[str, Any]
    strays: list[Fault]


def zones_of(
    columns: dict[str, Objects], sheet: Sheet, outlines: tuple[dict[str, Objects], Sheet] | None, stated: Stated
) -> Zones:
    """The polygons that the corners of a table make.

    `columns` are those of `sheet` by heading. `outlines`: the columns and the sheet of the same workbook that hold the
    corners of its zones, joined by id. Without it, `stated.corners` is the column whose cells hold all corners of a
    zone, the column that numbers them where each row is one corner, or `row` for rows that are not numbered. Rows of
    one zone are put together: values that differ are joined by "; ". Several rings (a column 环号, 地块, ring …) are
    parts, or holes where one lies in another. Nothing is reordered, no repeated corner dropped but the closing one.

    Raises InputError: CORNERS_MISSING, COLUMN_MISSING for the id, COORDINATE_COLUMNS_MISSING, CRS_MISSING and all that
    makes a CRS unusable.
    """
    if outlines is not None:
        found = _by_sheet(columns, sheet, *outlines, stated)
    elif stated.corners in columns and _are_lists(columns[stated.corners]):
        found = _in_cells(columns, sheet, stated)
    elif stated.corners in columns or stated.corners == EACH_ROW:
        found = _by_rows(columns, sheet, stated)
    else:
        raise InputError([Fault("CORNERS_MISSING", value=stated.corners or "", facts={"found": ", ".join(columns)})])
    return _built(found, stated)


# --- Which corners belong to which zone -------------------------------------------------------


def _are_lists(texts: Objects) -> bool:
    """Whether the cells hold several corners each, and not the number of one."""
    filled = [text for text in texts if text and text.strip()]
    lists = (corner_list(text) for text in filled)
    return any(one is not None and len(one.pairs) > 1 for one in lists) or all(
        number_of(text) is None for text in filled
    )


def _in_cells(columns: dict[str, Objects], sheet: Sheet, stated: Stated) -> _Found:
    """Zones whose corners stand in one cell each."""
    heading = stated.corners or ""
    crs = _crs(stated)
    axes = axes_of([heading], heading, heading, metres=False, crs_stated=True) or Axes(heading, heading, degrees=True)
    lists = [corner_list(text) if text else None for text in columns[heading]]
    pairs = [pair for one in lists if one is not None for pair in one.pairs]
    placed, why = pairs_in_order(pairs, axes, crs)
    names, start, zones = _names(columns, stated), 0, []
    for at, one in enumerate(lists):
        row, text = int(sheet.numbers[at]), columns[heading][at]
        fault, corners = None, []
        if one is None:
            fault = Fault("COORDINATE_MISSING", row=row, column=heading)
        else:
            of_zone = placed[start : start + len(one.pairs)]
            start += len(one.pairs)
            labels = one.labels
            for place, label in zip(of_zone, labels, strict=True):
                x, y, metres = place if place is not None else (np.nan, np.nan, np.nan)
                corners.append(Corner(label, number_of(label), "", x, y, metres))
            wrong = one.unreadable or ("" if all(place is not None for place in of_zone) else str(text))
            if wrong:
                fault = Fault("COORDINATE_UNREADABLE", row=row, column=heading, value=wrong)
            elif any(corner.place == (0.0, 0.0) for corner in corners):
                fault = Fault("COORDINATE_ZERO", row=row, column=heading, value="0, 0")
        zones.append(_Zone(row, names[at], corners, fault))
    facts = _facts(crs, stated) | ({"axes": why, "axes_of": heading} if why else {})
    kept = {name: values for name, values in columns.items() if name != heading}
    return _Found(zones, kept, crs, heading, facts, [])


def _by_rows(columns: dict[str, Objects], sheet: Sheet, stated: Stated) -> _Found:
    """Zones whose corners are rows of the table itself."""
    corners = _rows(columns, sheet, stated, stated.corners)
    groups: dict[str, list[int]] = {}
    for at in corners.owned:
        groups.setdefault(corners.names[at], []).append(at)
    zones = [corners.zone(name, rows, int(sheet.numbers[rows[0]])) for name, rows in groups.items()]
    together = {name: _joined(values, groups.values()) for name, values in columns.items() if name not in corners.used}
    if corners.id_heading:
        together[corners.id_heading] = np.array([name or None for name in groups], dtype=object)
    facts = corners.facts | {"corners_read": len(sheet.numbers)}
    return _Found(zones, together, corners.crs, corners.heading, facts, corners.strays(set()))


def _by_sheet(
    columns: dict[str, Objects], sheet: Sheet, own: dict[str, Objects], outlines: Sheet, stated: Stated
) -> _Found:
    """Zones whose corners are the rows of another sheet, joined by id."""
    corners = _rows(own, outlines, stated, None)
    names = _names(columns, stated)
    groups: dict[str, list[int]] = {}
    for at in corners.owned:
        groups.setdefault(corners.names[at], []).append(at)
    zones = [corners.zone(name, groups.get(name, []), int(row)) for name, row in zip(names, sheet.numbers, strict=True)]
    facts = corners.facts | {"corners_read": len(outlines.numbers)}
    strays = [*corners.strays({name for name in groups if name not in names}), *outlines.faults]
    return _Found(zones, dict(columns), corners.crs, corners.heading, facts, strays)


class _Rows(NamedTuple):
    """Rows of corners: the zone each names, those that name one, their coordinates, numbers and rings."""

    names: list[str]
    owned: list[int]
    place: Located
    sheet: Sheet
    labels: list[str]
    rings: list[str]
    id_heading: str
    used: set[str]

    @property
    def crs(self) -> CRS:
        return self.place.crs

    @property
    def heading(self) -> str:
        return self.place.axes.heading

    @property
    def facts(self) -> dict[str, Any]:
        return self.place.facts

    def zone(self, name: str, rows: Sequence[int], row: int) -> _Zone:
        """The zone of some rows; its fault is that of its first bad corner, or of a row between them that was lost."""
        corners = [
            Corner(
                self.labels[at] or str(int(self.sheet.numbers[at])),
                number_of(self.labels[at]),
                self.rings[at],
                float(self.place.x[at]),
                float(self.place.y[at]),
                float(self.place.metres[at]),
            )
            for at in rows
        ]
        numbers = [int(self.sheet.numbers[at]) for at in rows]
        fault = next((self.place.faults[number] for number in numbers if number in self.place.faults), None)
        lost = [one.row for one in self.sheet.faults if one.row is not None and _beside(one.row, numbers)]
        if fault is None and lost:
            fault = Fault("CORNERS_BROKEN", row=row, facts={"zone": name, "found": ", ".join(map(str, lost))})
        return _Zone(row, name, corners, None if fault is None else fault)

    def strays(self, unknown: set[str]) -> list[Fault]:
        """A fault for each corner that names no zone, and one for each id of `unknown`, at its first corner."""
        told: dict[str, Fault] = {}
        nameless = []
        for at, name in enumerate(self.names):
            row = int(self.sheet.numbers[at])
            if not name and self.id_heading:
                nameless.append(Fault("CORNERS_ZONE", row=row, column=self.id_heading))
            elif name in unknown:
                told.setdefault(name, Fault("CORNERS_ZONE", row=row, column=self.id_heading, value=name))
        return [*nameless, *told.values()]


def _rows(columns: dict[str, Objects], sheet: Sheet, stated: Stated, numbered_by: str | None) -> _Rows:
    place = located(columns, sheet.numbers, stated)
    if place is None:
        raise InputError([Fault("COORDINATE_COLUMNS_MISSING", facts={"found": ", ".join(columns)})])
    id_heading = _known(columns, stated.ids, without=())
    if id_heading is None and stated.ids:
        known = " / ".join(stated.ids[:4])
        raise InputError([Fault("COLUMN_MISSING", column="zone_id", value=known, facts={"found": ", ".join(columns)})])
    given = numbered_by if numbered_by in columns else None
    order = given or _known(columns, _NUMBERS, without=(id_heading, place.axes.x, place.axes.y))
    ring = _known(columns, _RINGS, without=(id_heading, order))
    names: list[str] = []
    before: int | None = None
    labels = _texts(columns, order, len(sheet.numbers))
    for name, label in zip(_texts(columns, id_heading, len(sheet.numbers)), labels, strict=True):
        number = number_of(label)
        # Merged cells leave the id empty: such a row goes on with the zone above, unless its numbers begin anew.
        anew = number is not None and before is not None and number <= before and number == 1
        names.append(name or ("" if not names or anew else names[-1]))
        before = number
    owned = [at for at, name in enumerate(names) if name or id_heading is None]
    used = {name for name in (place.axes.x, place.axes.y, order, ring) if name is not None}
    rings = _texts(columns, ring, len(sheet.numbers))
    return _Rows(names, owned, place, sheet, labels, rings, id_heading or "", used)


def _known(columns: Iterable[str], known: Sequence[str], *, without: Sequence[str | None]) -> str | None:
    folded = {fold(name): name for name in reversed([*columns]) if name not in without}
    return next((folded[fold(name)] for name in known if fold(name) in folded), None)


def _names(columns: dict[str, Objects], stated: Stated) -> list[str]:
    count = len(next(iter(columns.values()))) if columns else 0
    return _texts(columns, _known(columns, stated.ids, without=()), count)


def _texts(columns: Mapping[str, Objects], heading: str | None, count: int) -> list[str]:
    """The cells of a column without what cannot be seen; '' where there is none."""
    if heading is None:
        return [""] * count
    return [unicodedata.normalize("NFKC", text).strip() if text else "" for text in columns[heading]]


def _joined(values: Objects, groups: Iterable[Sequence[int]]) -> Objects:
    """Per zone what its rows say: mostly one value, else all that differ, joined, so that none is lost."""
    told = [list(dict.fromkeys(values[at] for at in rows if values[at] and values[at].strip())) for rows in groups]
    return np.array(["; ".join(one) or None for one in told], dtype=object)


def _beside(row: int, numbers: Sequence[int]) -> bool:
    """Whether a row that was lost stands among these, or next to them."""
    return bool(numbers) and min(numbers) - 1 <= row <= max(numbers) + 1


# --- Building ---------------------------------------------------------------------------------


def _crs(stated: Stated) -> CRS:
    crs = datums.judge(None, stated.crs or "EPSG:4326", None, stated.transformation)
    if isinstance(crs, Fault):
        raise InputError([crs])
    return crs


def _facts(crs: CRS, stated: Stated) -> dict[str, Any]:
    return {"placed": True, "crs": crs.to_string(), "crs_assumed": "" if stated.crs else "EPSG:4326"}


def _built(found: _Found, stated: Stated) -> Zones:
    """The polygons of all zones in EPSG:4326, and a fault for each that has none."""
    geometry: Objects = np.full(len(found.zones), None, dtype=object)
    metres = np.full(len(found.zones), np.nan)
    faults: dict[int, Fault] = {}
    gaps = lacking([zone.corners for zone in found.zones])
    for at, zone in enumerate(found.zones):
        made = zone.fault or polygon_of(zone.corners, zone.name)
        if at in gaps and not isinstance(made, Fault):
            made = Fault("CORNERS_GAP", facts={"zone": zone.name, "found": gaps[at]})
        if isinstance(made, Fault):
            where = {} if made.row is not None else {"row": zone.row}
            named = made if made.code.startswith("CORNERS") else _named(made, zone.name)
            faults[at] = named.at(column=named.column or found.heading, **where)
        else:
            geometry[at] = made
            metres[at] = max(corner.metres for corner in zone.corners)
    counted = np.arange(len(found.zones))
    placed, outside, moved = set_down(geometry, counted, found.crs, stated)
    for at, fault in outside.items():
        faults[at] = _named(fault, found.zones[at].name).at(row=found.zones[at].row, column=found.heading)
    kept = np.array([at not in faults for at in counted], dtype=bool)
    refused = {int(fault.row or 0): _cloud(found.zones[at].corners) for at, fault in faults.items()}
    known = {row: cloud for row, cloud in refused.items() if cloud is not None}
    numbers = np.array([zone.row for zone in found.zones], dtype=np.int64)
    return Zones(
        {name: values[kept] for name, values in found.columns.items()},
        placed[kept],
        numbers[kept],
        [*faults.values(), *found.strays],
        {**found.facts, **moved},
        whereabouts(known, found.crs, stated.datum, stated.transformation),
        digits_column(metres[kept], always=True),
    )


def _named(fault: Fault, name: str) -> Fault:
    """A fault of coordinates with the id of its zone in its reason."""
    return Fault(**{**vars(fault), "facts": {**fault.facts, "zone": f" [{name}]" if name else ""}})


def _cloud(corners: Sequence[Corner]) -> Any:
    """The corners that are known, as points; None where there are none."""
    points = [(corner.x, corner.y) for corner in corners if np.isfinite(corner.x) and np.isfinite(corner.y)]
    return shapely.multipoints(points) if points else None
