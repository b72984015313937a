"""Tables of corner points, good zones among bad: a zone is what is counted, and it stands where its first corner does."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from pyproj import Geod

from tests.corpus.model import Expected
from tests.corpus.rows import Maker
from tests.corpus.tables import Grid, write_delimited, write_ods, write_xls, write_xlsx

Corners = list[tuple[str, str]]
_LEVELS = (("一级", "1"), ("二级保护区", "2"), ("准保护区", "quasi"))
_GEOD = Geod(ellps="WGS84")


class Zone(NamedTuple):
    """A zone as it is written: its corners with their numbers, its level and declared area."""

    corners: Corners
    numbers: list[int]
    level: str
    area: float


def _good(random: Random) -> Zone:
    """An outline whose corners go round a place once."""
    x, y, count = random.uniform(104.3, 105.5), random.uniform(26.1, 27.1), random.randint(4, 9)
    turns = [(at + random.uniform(-0.3, 0.3)) * 2 * math.pi / count for at in range(count)]
    reach = [random.uniform(0.004, 0.012) for _ in range(count)]
    places = [(round(x + r * math.cos(a), 6), round(y + r * math.sin(a), 6)) for r, a in zip(reach, turns, strict=True)]
    area = abs(_GEOD.polygon_area_perimeter(*zip(*places, strict=True))[0])
    texts = [(f"{lon:.6f}", f"{lat:.6f}") for lon, lat in places]
    if random.random() < 0.3:  # closed by its first corner once more
        texts.append(texts[0])
    return Zone(texts, list(range(1, len(texts) + 1)), "", round(area, 1))


def _few(random: Random, zone: Zone) -> Zone:
    return zone._replace(corners=zone.corners[:2], numbers=[1, 2])


def _crossing(random: Random, zone: Zone) -> Zone:
    x, y = ([float(corner[axis]) for corner in zone.corners] for axis in (0, 1))
    west, south, east, north = min(x), min(y), max(x), max(y)
    four = [(west, south), (east, north), (east, south), (west, north)]
    return zone._replace(corners=[(f"{lon:.6f}", f"{lat:.6f}") for lon, lat in four], numbers=[1, 2, 3, 4])


def _twice(random: Random, zone: Zone) -> Zone:
    corners = [*zone.corners[:2], zone.corners[1], *zone.corners[2:]]
    return zone._replace(corners=corners, numbers=list(range(1, len(corners) + 1)))


def _out_of_order(random: Random, zone: Zone) -> Zone:
    numbers = list(zone.numbers)
    numbers[1], numbers[2] = numbers[2], numbers[1]
    return zone._replace(numbers=numbers)


def _changed(*texts: str) -> Callable[[Random, Zone], Zone]:
    def change(random: Random, zone: Zone) -> Zone:
        corners = list(zone.corners)
        corners[1] = (random.choice(texts), corners[1][1])
        return zone._replace(corners=corners)

    return change


def _at_zero(random: Random, zone: Zone) -> Zone:
    return zone._replace(corners=[zone.corners[0], ("0", "0"), *zone.corners[2:]])


def _swapped(random: Random, zone: Zone) -> Zone:
    return zone._replace(corners=[(y, x) for x, y in zone.corners])


def _other_area(random: Random, zone: Zone) -> Zone:
    return zone._replace(area=zone.area * random.choice((0.5, 2, 10)))


_DEFECTS: tuple[tuple[str, str, Callable[[Random, Zone], Zone]], ...] = (
    ("corners too few", "CORNERS_TOO_FEW", _few),
    ("corners cross", "CORNERS_CROSS", _crossing),
    ("corner twice", "CORNERS_DUPLICATE", _twice),
    ("corners out of order", "CORNERS_ORDER", _out_of_order),
    ("corner unreadable", "COORDINATE_UNREADABLE", _changed("104..83", "east", "?")),
    ("corner missing", "COORDINATE_MISSING", _changed("")),
    ("corner at zero", "COORDINATE_ZERO", _at_zero),
    ("corners swapped", "COORDINATE_SWAPPED", _swapped),
    ("corners and area differ", "CORNERS_AREA", _other_area),
    ("level of corners unknown", "VALUE_UNKNOWN", lambda random, zone: zone._replace(level="三级")),
)
_OF_A_CORNER = frozenset({"corner unreadable", "corner missing", "corner at zero"})
# Of a cell that holds all corners, nobody numbers them and none can be empty.
_NOT_IN_CELLS = frozenset({"corners out of order", "corner missing"})


def write_corners(folder: Path, project: str, maker: Maker, form: str, *, in_cells: bool, bad: int = 3) -> Expected:
    """A table of zones by their corners, each in a row, or all of a zone in one cell."""
    random = maker.random
    zones: list[tuple[str, str | None, Zone]] = [("good", None, _good(random)) for _ in range(bad * 2 * len(_DEFECTS))]
    for name, code, change in _DEFECTS:
        if not (in_cells and name in _NOT_IN_CELLS):
            zones += [(name, code, change(random, _open(_good(random)))) for _ in range(bad)]
    random.shuffle(zones)
    heading = ["保护区编号", "保护区名称", "级别", "面积", *(["拐点坐标"] if in_cells else ["点号", "经度", "纬度"])]
    grid: Grid = [heading]
    rows = []
    for name, code, zone in zones:
        made, title = maker.id(), maker.name()
        level, read = random.choice(_LEVELS)
        # What is wrong with the second corner is told of its own row.
        row = len(grid) + (2 if name in _OF_A_CORNER and not in_cells else 1)
        told: dict[str, Any] = {"row": row, "defect": name, "code": code, "column": None, "value": None}
        reads = {"zone_id": made, "name": title, "level": read} if code is None else {}
        rows.append({**told, "reads": reads, "place": None, "note": None})
        start = [made, title, zone.level or level, f"{zone.area:.1f}"]
        if in_cells:
            grid.append([*start, _list(random, zone.corners)])
        else:
            grid += [[*start, f"J{number}", *corner] for number, corner in zip(zone.numbers, zone.corners, strict=True)]
    path = f"corners.{form}"
    (folder / project).mkdir(parents=True)
    _write(folder / project / path, grid)
    entry = {"corners": heading[-1] if in_cells else "点号"}
    return Expected(project, path, "protection_zones", form, "corners", None, entry, rows)


def _open(zone: Zone) -> Zone:
    """The zone without a closing corner: defects count on it."""
    if zone.corners[0] == zone.corners[-1]:
        return zone._replace(corners=zone.corners[:-1], numbers=zone.numbers[:-1])
    return zone


def _list(random: Random, corners: Corners) -> str:
    style = random.randrange(4)
    if style == 0:
        return ";".join(f"{x},{y}" for x, y in corners)
    if style == 1:
        return "；".join(f"J{at}（{x}，{y}）" for at, (x, y) in enumerate(corners, start=1))
    if style == 2:
        return "\n".join(f"{x} {y}" for x, y in corners)
    return "、".join(f"({x},{y})" for x, y in corners)


def _write(path: Path, grid: Grid) -> None:
    if path.suffix == ".csv":
        write_delimited(path, grid, encoding="utf-8", delimiter=",")
    else:
        {".xlsx": write_xlsx, ".ods": write_ods, ".xls": write_xls}[path.suffix](path, grid)
