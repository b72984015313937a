"""The classes of defect that a single row can have: what is done to a good row, and the one code that must come of it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import shapely

from tests.corpus.model import ALL, EXACT, GEO, TABLES, WORKBOOKS, Raw, Row
from tests.corpus.rows import DATES, HEADINGS, IDS, NUMBERS, WORDS, Maker

Apply = Callable[[Random, Row, str], None]
_PLACED = frozenset(HEADINGS) - {"samples"}
_POINTS = frozenset({"pollution_sources", "remediation_sites", "river_sections", "intakes"})
_ZONES = frozenset({"protection_zones"})
_CSV = frozenset({"csv", "tsv"})


class Defect(NamedTuple):
    """A class: its name, the code (None: accepted all the same), the kinds and formats that can have it."""

    name: str
    code: str | None
    kinds: frozenset[str]
    forms: frozenset[str]
    apply: Apply


def _with(*columns: str) -> frozenset[str]:
    """The kinds that have one of these columns."""
    return frozenset(kind for kind, known in HEADINGS.items() if set(columns) & set(known))


def _cell(*columns: str, texts: tuple[Any, ...]) -> Apply:
    """Puts one of `texts` into one of `columns`."""

    def apply(random: Random, row: Row, kind: str) -> None:
        column = random.choice([column for column in columns if column in row.cells])
        row.cells[column] = random.choice(texts)
        row.reads.pop(column, None)
        _at_cell(row, column)

    return apply


def _at_cell(row: Row, column: str) -> None:
    row.columns = (column,)
    text = row.cells[column]
    row.value = text.strip() if isinstance(text, str) else None


def _id_cell(texts: tuple[Any, ...]) -> Apply:
    return lambda random, row, kind: _cell(IDS[kind], texts=texts)(random, row, kind)


def _rounded_id(random: Random, row: Row, kind: str) -> None:
    number = random.randint(10**17, 10**18)
    _id_cell((f"{number / 10**17:.5f}E+17", f"{float(number):.4e}", f"{number}.0"))(random, row, kind)


def _error_cell(random: Random, row: Row, kind: str) -> None:
    column = random.choice([column for column in row.cells if column not in ("x", "y")])
    _cell(column, texts=("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"))(random, row, kind)


def _error_coordinate(random: Random, row: Row, kind: str) -> None:
    _cell("x", "y", texts=("#N/A", "#REF!", "#VALUE!"))(random, row, kind)


def _coordinates(make: Callable[[Random, float, float], tuple[str, str]]) -> Apply:
    """Writes both coordinates of a point anew; the fault stands at both."""

    def apply(random: Random, row: Row, kind: str) -> None:
        x, y = row.place or (0.0, 0.0)
        row.cells["x"], row.cells["y"] = make(random, x, y)
        row.columns = ("x", "y")

    return apply


def _moved(make: Callable[[Random, Any], Any]) -> Apply:
    """Puts another geometry in the place of the row's."""

    def apply(random: Random, row: Row, kind: str) -> None:
        row.shape = make(random, row.shape)
        row.place = None

    return apply


def _shifted(to_x: float, to_y: float) -> Callable[[Random, Any], Any]:
    """The geometry with its first corner at about (to_x, to_y)."""

    def make(random: Random, shape: Any) -> Any:
        west, south, *_ = shape.bounds
        return shapely.transform(shape, lambda points: points - [west - to_x, south - to_y])

    return make


def _swapped(random: Random, shape: Any) -> Any:
    return shapely.transform(shape, lambda points: points[:, ::-1])


def _projected(random: Random, shape: Any) -> Any:
    """About where it was, in metres of a Gauss-Krueger zone with the zone's number before the easting."""
    return shapely.transform(
        shape, lambda points: [[35_000_000 + 500_000 + (x - 105) * 99_000, y * 110_800] for x, y in points]
    )


def _bowtie(random: Random, shape: Any) -> Any:
    west, south, east, north = shape.bounds
    return shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])


def _collapsed(random: Random, shape: Any) -> Any:
    west, south, east, north = shape.bounds
    return shapely.Polygon([(west, south), (east, north), (west, south), *[(west, south)] * random.randint(0, 1)])


def _spiked(random: Random, shape: Any) -> Any:
    """A square with a spike of no width: to be mended without a change of its area."""
    west, south, east, north = shape.bounds
    middle = (south + north) / 2
    return shapely.Polygon(
        [
            (west, south),
            (west, north),
            (east, north),
            (east, middle),
            (east + 0.001, middle),
            (east, middle),
            (east, south),
        ]
    )


def _ring(shape: Any) -> list[tuple[float, float]]:
    west, south, east, north = shape.bounds
    return [(west, south), (west, north), (east, north), (east, south)]


def _polygon_wkb(*rings: list[tuple[float, float]]) -> bytes:
    data = struct.pack("<BII", 1, 3, len(rings))
    for ring in rings:
        data += struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *point) for point in ring)
    return data


def _raw_polygon(*rings: list[tuple[float, float]]) -> Raw:
    return Raw(
        {"type": "Polygon", "coordinates": [[list(point) for point in ring] for ring in rings]}, _polygon_wkb(*rings)
    )


def _open_ring(random: Random, shape: Any) -> Raw:
    return _raw_polygon(_ring(shape))


def _short_ring(random: Random, shape: Any) -> Raw:
    return _raw_polygon(_ring(shape)[:1] * 2)


def _text_coordinates(random: Random, shape: Any) -> Raw:
    ring = [[f"{x:.6f}", f"{y:.6f}"] for x, y in [*_ring(shape), _ring(shape)[0]]]
    return Raw({"type": "Polygon", "coordinates": [ring]}, None)


def _text_point(random: Random, shape: Any) -> Raw:
    return Raw({"type": "Point", "coordinates": [f"{shape.x:.6f}", f"{shape.y:.6f}"]}, None)


def _one_coordinate(random: Random, shape: Any) -> Raw:
    return Raw({"type": "Point", "coordinates": [shape.x]}, None)


def _nan_corner(random: Random, shape: Any) -> Any:
    ring = [*_ring(shape), _ring(shape)[0]]
    ring[2] = (float("nan"), ring[2][1])
    return Raw(None, _polygon_wkb(ring))


def _nan_point(random: Random, shape: Any) -> Any:
    return Raw(None, struct.pack("<BIdd", 1, 1, float("nan"), shape.y))


def _collection(random: Random, shape: Any) -> Any:
    return shapely.GeometryCollection([shape, shape.representative_point()])


def _of_other_kind(random: Random, shape: Any) -> Any:
    west, south, east, north = shape.bounds
    if shape.geom_type.endswith("Polygon"):
        return random.choice((shapely.Point(west, south), shapely.LineString([(west, south), (east, north)])))
    return random.choice((shapely.Point(west, south), shapely.box(west, south, east, north)))


def _across(random: Random, shape: Any) -> Any:
    """A zone whose corners lie on both sides of the 180th meridian, drawn the long way round."""
    south = shape.bounds[1]
    return shapely.Polygon([(179.5, south), (-179.5, south), (-179.5, south + 1), (179.5, south + 1)])


def _raised(random: Random, shape: Any) -> Any:
    return shapely.force_3d(shape, random.uniform(800, 2400))


def _garbled_blob(random: Random, shape: Any) -> Raw:
    return Raw(None, shapely.to_wkb(shape), blob=b"GP\x00\x01" + struct.pack("<i", 4326) + random.randbytes(1) * 40)


def _endless_record(random: Random, shape: Any) -> Raw:
    """A polygon that announces a thousand million corners and has none of them."""
    content = struct.pack("<i4d3i", 5, *shape.bounds, 1, 1_000_000_000, 0) + bytes(64)
    return Raw(None, None, record=content)


def _curved(random: Random, shape: Any) -> Raw:
    """A circle, as programs for roads and pipes draw a zone of 100 m around a well."""
    west, south, east, north = shape.bounds
    x, y, reach = (west + east) / 2, (south + north) / 2, (east - west) / 2
    ring = [(x - reach, y), (x, y + reach), (x + reach, y), (x, y - reach), (x - reach, y)]
    points = b"".join(struct.pack("<dd", *point) for point in ring)
    return Raw(None, struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, len(ring)) + points)


def _measured(random: Random, shape: Any) -> Raw:
    ring = [*_ring(shape), _ring(shape)[0]]
    points = b"".join(struct.pack("<ddd", *point, 7.5) for point in ring)
    return Raw(None, struct.pack("<BII", 1, 2003, 1) + struct.pack("<I", len(ring)) + points)


def _dms(value: float, form: str) -> str:
    seconds = round(value * 360_000)
    degrees, rest = divmod(seconds, 360_000)
    minutes, rest = divmod(rest, 6_000)
    return form.format(d=degrees, m=minutes, s=rest / 100)


def _sexagesimal(random: Random, row: Row, kind: str) -> None:
    form = random.choice(("{d}°{m}′{s:05.2f}″", "{d}°{m:02}'{s:05.2f}\"", "{d}度{m}分{s:.2f}秒", "{d}° {m}′ {s:.2f}″"))
    ends = random.choice((("E", "N"), ("", "")))
    x, y = row.place or (0.0, 0.0)
    row.cells["x"], row.cells["y"] = _dms(x, form) + ends[0], _dms(y, form) + ends[1]


_WORDLIKE = ("boat", "不详", "三级A", "???", "x1", "待定类别", "Lorem")
_NO_NUMBERS = ("约3", "abc", "三百", "1.2.3", "--5", "12,5,7", "1e999", "N0", "10²")
_NO_DATES = (
    "去年",
    "2017-02-30",
    "2017-13-01",
    "2017年2月29日",
    "1012-05-06",
    "2017-00-10",
    "soon",
    "2017年13月1日",
    "20171340",
)
_TOO_FAR = (("200.5", "26.5"), ("104.8", "95.2"), ("104.8", "-88.1"), ("-181", "26"), ("1e6", "1e6"), ("540", "270"))
_UNREADABLE = ("104..83", "abc", "east", "1e400", "NaN", "Infinity", "104°83′abc", "?", "10 4 . a")

ROW_DEFECTS: tuple[Defect, ...] = (
    # --- what is read all the same
    Defect("height", None, _PLACED, frozenset({"gpkg", "geojson", "geojsonl", "kml", "kmz", "parquet"}), _moved(_raised)),
    Defect("curve", None, _ZONES, frozenset({"gpkg"}), _moved(_curved)),
    Defect("measures (M)", None, _ZONES, frozenset({"gpkg", "parquet"}), _moved(_measured)),
    Defect("sexagesimal", None, _POINTS, TABLES, _sexagesimal),
    Defect("spike", None, _ZONES, GEO - {"gdb"}, lambda random, row, kind: _mendable(random, row)),
    # --- cells
    Defect("id missing", "VALUE_MISSING", _with(*IDS.values()) - {"rivers", "intakes"}, ALL, _id_cell((None, ""))),
    Defect("id blank", "VALUE_MISSING", _with(*IDS.values()) - {"rivers", "intakes"}, ALL - {"shp", "shpzip", "kml", "kmz"}, _id_cell(("   ", "\u3000", "\u00a0")),),
    Defect("id rounded", "NUMBER_TOO_LONG", frozenset(HEADINGS), ALL, _rounded_id),
    Defect("name missing", "VALUE_MISSING", _with("name") - {"rivers", "intakes"}, ALL - {"kml", "kmz"}, _cell("name", texts=(None, ""))),
    Defect("word missing", "VALUE_MISSING", _with("kind", "level", "status"), ALL, _cell("kind", "level", "status", texts=(None, ""))),
    Defect("date missing", "VALUE_MISSING", frozenset({"samples"}), ALL, _cell("sampled_on", texts=(None, ""))),
    Defect("kind unknown", "VALUE_UNKNOWN", _with("kind"), ALL, _cell("kind", texts=_WORDLIKE)),
    Defect("level unknown", "VALUE_UNKNOWN", _with("level"), ALL, _cell("level", texts=(*_WORDLIKE, "三级", "4"))),
    Defect("status unknown", "VALUE_UNKNOWN", _with("status"), ALL, _cell("status", texts=_WORDLIKE)),
    Defect("operating unknown", "VALUE_UNKNOWN", _with("operating"), ALL, _cell("operating", texts=_WORDLIKE)),
    Defect("boolean unknown", "VALUE_UNKNOWN", _with("discharges"), ALL, _cell("discharges", texts=("2", "maybe", "不清楚"))),
    Defect("medium unknown", "VALUE_UNKNOWN", _with("medium"), ALL, _cell("medium", texts=("空气", "soil"))),
    Defect("class unknown", "VALUE_UNKNOWN", _with("target_class"), ALL, _cell("target_class", texts=("Ⅶ", "9", "好"))),
    Defect("number unreadable", "BAD_NUMBER", _with(*NUMBERS), ALL, _cell(*NUMBERS, texts=_NO_NUMBERS)),
    Defect("number negative", "BAD_NUMBER", _with(*NUMBERS), ALL, _cell(*NUMBERS, texts=("-12.5", "-1", "－３"))),
    Defect("date impossible", "BAD_DATE", _with(*DATES), ALL, _cell(*DATES, texts=_NO_DATES)),
    Defect("date ambiguous", "DATE_AMBIGUOUS", _with(*DATES), ALL, _cell(*DATES, texts=("04/03/2024", "3/4/2017", "11-12-2016", "05.06.2015"))),
    Defect("error cell", "CELL_ERROR", frozenset(HEADINGS), ALL - {"xls"}, _error_cell),
    Defect("measure unreadable", "BAD_MEASURE", _with("value"), ALL, _cell("value", texts=("约0.3多", "abc", "0.0.3", "<<", "很高"))),
    Defect("unit unknown", "UNIT_UNKNOWN", _with("value"), ALL, _cell("unit", texts=("斤/桶", "furlong", "mg/kg/s"))),
    # --- coordinates of tables
    Defect("x or y missing", "COORDINATE_MISSING", _POINTS, TABLES, _cell("x", "y", texts=(None, "", "  "))),
    Defect("x or y unreadable", "COORDINATE_UNREADABLE", _POINTS, TABLES, _cell("x", "y", texts=_UNREADABLE)),
    Defect("x or y error cell", "CELL_ERROR", _POINTS, TABLES - {"xls"}, _error_coordinate),
    Defect("zero point", "COORDINATE_ZERO", _POINTS, TABLES, _coordinates(lambda random, x, y: random.choice((("0", "0"), ("0.0", "0.00"))))),
    Defect("swapped columns", "COORDINATE_SWAPPED", _POINTS, TABLES, _coordinates(lambda random, x, y: (f"{y:.6f}", f"{x:.6f}"))),
    Defect("metres in degree columns", "COORDINATE_PROJECTED", _POINTS, TABLES, _coordinates(
        lambda random, x, y: (f"{35_500_000 + (x - 105) * 99_000:.2f}", f"{y * 110_800:.2f}"))),
    Defect("beyond the world", "COORDINATE_OUT_OF_RANGE", _POINTS, TABLES, _coordinates(lambda random, x, y: random.choice(_TOO_FAR[:4]))),
    Defect("row too short", "ROW_RAGGED", frozenset(HEADINGS), _CSV, lambda random, row, kind: _ragged(row, -1)),
    Defect("row too long", "ROW_RAGGED", frozenset(HEADINGS), _CSV, lambda random, row, kind: _ragged(row, 2)),
    # --- geometry
    Defect("no geometry", "GEOMETRY_EMPTY", _PLACED, GEO - {"kml", "kmz"}, _moved(lambda random, shape: None)),
    Defect("empty geometry", "GEOMETRY_EMPTY", _PLACED, frozenset({"gpkg", "geojson", "geojsonl", "parquet"}), _moved(lambda random, shape: type(shape)())),
    Defect("corner NaN", "GEOMETRY_EMPTY", _ZONES, frozenset({"gpkg", "fgb", "parquet"}), _moved(_nan_corner)),
    Defect("point NaN", "GEOMETRY_EMPTY", _POINTS, frozenset({"gpkg", "parquet"}), _moved(_nan_point)),
    Defect("other kind", "GEOMETRY_KIND", _ZONES | {"rivers"}, EXACT | {"kml", "kmz"}, _moved(_of_other_kind)),
    Defect("collection", "GEOMETRY_KIND", _PLACED, EXACT, _moved(_collection)),
    Defect("bow-tie", "GEOMETRY_NOT_REPAIRABLE", _ZONES, GEO - {"gdb"}, _moved(_bowtie)),
    Defect("collapsed", "GEOMETRY_NOT_REPAIRABLE", _ZONES, EXACT, _moved(_collapsed)),
    Defect("open ring", "GEOMETRY_UNREADABLE", _ZONES, EXACT - {"fgb"}, _moved(_open_ring)),
    Defect("ring too short", "GEOMETRY_UNREADABLE", _ZONES, EXACT, _moved(_short_ring)),
    Defect("geometry garbled", "GEOMETRY_UNREADABLE", _ZONES, frozenset({"gpkg"}), _moved(_garbled_blob)),
    Defect("record unreadable", "GEOMETRY_UNREADABLE", _ZONES, frozenset({"shp", "shpzip"}), _moved(_endless_record)),
    Defect("coordinates as text", "GEOMETRY_UNREADABLE", _ZONES, frozenset({"geojson", "geojsonl"}), _moved(_text_coordinates)),
    Defect("point as text", "GEOMETRY_UNREADABLE", _POINTS, frozenset({"geojson", "geojsonl"}), _moved(_text_point)),
    Defect("one coordinate", "GEOMETRY_UNREADABLE", _POINTS, frozenset({"geojson", "geojsonl"}), _moved(_one_coordinate)),
    Defect("swapped axes", "COORDINATE_SWAPPED", _PLACED, GEO, _moved(_swapped)),
    Defect("metres for degrees", "COORDINATE_PROJECTED", _PLACED, GEO - {"gdb"}, _moved(_projected)),
    Defect("at zero", "COORDINATE_ZERO", _POINTS, GEO, _moved(lambda random, shape: shapely.Point(0, 0))),
    Defect("latitude beyond 90", "COORDINATE_OUT_OF_RANGE", _PLACED, GEO - {"gdb"}, _moved(_shifted(104.5, 95.5))),
    Defect("longitude beyond 180", "COORDINATE_OUT_OF_RANGE", _PLACED, GEO - {"gdb"}, _moved(_shifted(212.0, 26.5))),
    Defect("in Antarctica", "COORDINATE_OUT_OF_RANGE", _PLACED, GEO, _moved(_shifted(104.5, -78.5))),
    Defect("across 180", "GEOMETRY_ANTIMERIDIAN", _ZONES, EXACT | {"shp", "shpzip", "kml", "kmz"}, _moved(_across)),
)  # fmt: skip


def _mendable(random: Random, row: Row) -> None:
    row.shape = _spiked(random, row.shape)
    row.note = "GEOMETRY_REPAIRED"


def _ragged(row: Row, added: int) -> None:
    row.cells_added = added
    row.cells["remark"] = "r"


def spoil(defect: Defect, maker: Maker, kind: str) -> Row:
    """A row of `kind` with this one defect and what is expected of it."""
    row = maker.row(kind, plain=True)
    row.defect, row.code = defect.name, defect.code
    defect.apply(maker.random, row, kind)
    if defect.code is not None:
        row.reads, row.place = {}, None
    return row


def repeat(row: Row, maker: Maker, kind: str, *, differing: bool) -> Row:
    """`row` once more under its id, the same or with another name."""
    again = Row(
        dict(row.cells), row.shape, "differing duplicate" if differing else "identical duplicate", "DUPLICATE_ID"
    )
    if differing:
        again.cells["name"] = f"{row.cells['name']}（另）"
    again.value = str(row.cells[IDS[kind]]).strip()
    return again


__all__ = ["ROW_DEFECTS", "WORDS", "WORKBOOKS", "Defect", "repeat", "spoil"]
