"""The classes of defect that make a whole file unusable, each with the one code that must come of it."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet

from tests.corpus.layers import (
    table_of,
    write_kml,
    write_layer,
    write_parquet,
    write_shapefile,
    zip_shapefile,
)
from tests.corpus.model import Plan
from tests.corpus.plans import SUFFIX, good_plan, write_plan
from tests.corpus.rows import Maker
from tests.corpus.tables import grid_of, write_delimited, write_ods, write_table, write_xlsx

# What a maker writes into the folder: the path and what the project file says beside kind and path.
Made = tuple[str, dict[str, Any]]
Write = Callable[[Path, Maker], Made]


class Whole(NamedTuple):
    """A class: its name, the code (or codes, by |, where the bytes decide which part of a library fails), how to make it."""

    name: str
    form: str
    kind: str
    code: str
    write: Write


ZONES, SOURCES, SITES = "protection_zones", "pollution_sources", "remediation_sites"
_UNWHOLE = "FILE_TRUNCATED|FILE_DAMAGED|FILE_UNREADABLE"


def _cut(form: str, kind: str, share: float = 0.6, part: str = "") -> Write:
    """A file of which only the first `share` was copied; of a Shapefile, its `part`."""

    def write(folder: Path, maker: Maker) -> Made:
        name = write_plan(folder, good_plan(maker, kind, form, 60))
        path = folder / name if not part else (folder / name).with_suffix(part)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return name, {}

    return write


def _without(part: str, form: str = "shp") -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        name = write_plan(folder, good_plan(maker, ZONES, form, 9))
        (folder / name).with_suffix(part).unlink()
        return name, {}

    return write


def _layer(form: str, kind: str, *, says: str | None, count: int = 9, **entry: Any) -> Write:
    """A good layer in a CRS of which the file says `says`; its coordinates are degrees all the same."""

    def write(folder: Path, maker: Maker) -> Made:
        plan = good_plan(maker, kind, form, max(count, 1))
        plan.rows = plan.rows[:count]
        write_layer(folder / f"data{SUFFIX[form]}", plan, crs=says)
        return f"data{SUFFIX[form]}", entry

    return write


def _table(
    form: str, kind: str = SOURCES, *, change: Callable[[Plan], None] = lambda plan: None, count: int = 9, **entry: Any
) -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        plan = good_plan(maker, kind, form, max(count, 1))
        plan.rows = plan.rows[:count]
        change(plan)
        return write_plan(folder, plan), entry

    return write


def _same_heading(plan: Plan) -> None:
    plan.headings["remark"] = plan.headings["name"]


def _without_column(column: str) -> Callable[[Plan], None]:
    return lambda plan: plan.headings.pop(column) and None


def _headed(column: str, heading: str) -> Callable[[Plan], None]:
    return lambda plan: plan.headings.update({column: heading})


def _bytes(name: str, data: bytes, **entry: Any) -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        (folder / name).write_bytes(data)
        return name, entry

    return write


def _garbled(folder: Path, maker: Maker) -> Made:
    """Latin letters with accents in a code page that is neither UTF-8 nor sensible Chinese."""
    rows = "".join(
        f"{at},Rivière \xe9t\xe9 \xff{at},排污口,104.{at:02},26.5\n".encode("latin-1", "ignore").decode("latin-1")
        for at in range(9)
    )
    text = "id,name,kind,lon,lat\n" + rows
    (folder / "data.csv").write_bytes(text.encode("latin-1", "ignore"))
    return "data.csv", {}


def _spoilt_prj(folder: Path, maker: Maker) -> Made:
    """A .prj of which the end was not copied."""
    name = write_plan(folder, good_plan(maker, ZONES, "shp", 9))
    part = (folder / name).with_suffix(".prj")
    part.write_bytes(part.read_bytes()[: maker.random.randint(30, 90)])
    return name, {}


def _open_quote(folder: Path, maker: Maker) -> Made:
    name = write_plan(folder, good_plan(maker, SOURCES, "csv", 30))
    data = (folder / name).read_bytes()
    end = data.rfind(b"\n", 0, len(data) - 2)
    (folder / name).write_bytes(data[:end] + b'\n"00x,' + data[end + 1 :].replace(b'"', b""))
    return name, {}


def _zeroed(folder: Path, maker: Maker) -> Made:
    """A GeoPackage of which some pages in the middle were written as zeros."""
    name = write_plan(folder, good_plan(maker, ZONES, "gpkg", 800))
    data = bytearray((folder / name).read_bytes())
    with sqlite3.connect(folder / name) as book:
        page = book.execute("PRAGMA page_size").fetchone()[0]
        root = book.execute("SELECT rootpage FROM sqlite_master WHERE name = 'data'").fetchone()[0]
    middle = max(root, len(data) // page // 2) * page
    data[middle : middle + 6 * page] = bytes(6 * page)
    (folder / name).write_bytes(bytes(data))
    return name, {}


def _schema(*statements: str) -> Write:
    """A GeoPackage with something in its schema that no agency's export has."""

    def write(folder: Path, maker: Maker) -> Made:
        name = write_plan(folder, good_plan(maker, ZONES, "gpkg", 9))
        book = sqlite3.connect(folder / name)
        for statement in statements:
            book.execute(statement)
        book.commit()
        book.close()
        return name, {}

    return write


def _archive(members: dict[str, bytes], name: str = "data.zip") -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        with zipfile.ZipFile(folder / name, "w") as parts:
            for member, data in members.items():
                parts.writestr(member, data)
        return name, {}

    return write


def _zip_without(part: str) -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        names, columns, shapes = table_of(good_plan(maker, ZONES, "shp", 9))
        write_shapefile(folder / "part.shp", names, columns, shapes, encoding="gb18030", crs="EPSG:4326")
        (folder / f"part{part}").unlink()
        zip_shapefile(folder / "part.shp", folder / "data.zip", inside="保护区")
        return "data.zip", {}

    return write


def _linked(folder: Path, maker: Maker) -> Made:
    outside = folder.parent / f"{folder.name}-outside"
    outside.mkdir()
    write_table(outside / "secret.csv", good_plan(maker, SOURCES, "csv", 3))
    (folder / "data.csv").symlink_to(outside / "secret.csv")
    return "data.csv", {}


def _set(change: Callable[[Path], None]) -> Write:
    """A folder of two Parquet files, changed."""

    def write(folder: Path, maker: Maker) -> Made:
        (folder / "set").mkdir()
        for part in ("a", "b"):
            names, columns, shapes = table_of(good_plan(maker, ZONES, "parquet", 5))
            write_parquet(folder / "set" / f"{part}.parquet", names, columns, shapes, crs="EPSG:4326")
        change(folder / "set")
        return "set", {}

    return write


def _other_columns(folder: Path) -> None:
    table = pyarrow.parquet.read_table(folder / "b.parquet")
    pyarrow.parquet.write_table(table.append_column("more", pa.array(["x"] * len(table))), folder / "b.parquet")


def _bad_rows_only(folder: Path, maker: Maker) -> Made:
    plan = good_plan(maker, SOURCES, "csv", 5)
    for row in plan.rows:
        row.cells["x"] = ""
    return write_plan(folder, plan), {}


def _one_folder(folder: Path, maker: Maker) -> Made:
    names, columns, shapes = table_of(good_plan(maker, ZONES, "kml", 3))
    write_kml(folder / "data.kml", names, columns, shapes, zipped=False)
    return "data.kml", {"table": "no such folder"}


def _empty_kml(folder: Path, maker: Maker) -> Made:
    write_kml(folder / "data.kml", ["编号"], [[]], [], zipped=False)
    return "data.kml", {}


def _empty_book(folder: Path, maker: Maker) -> Made:
    write_xlsx(folder / "data.xlsx", [])
    return "data.xlsx", {}


def _heading_only(form: str) -> Write:
    def write(folder: Path, maker: Maker) -> Made:
        grid = grid_of(good_plan(maker, SOURCES, form, 1))[:1]
        name = f"data{SUFFIX[form]}"
        if form == "csv":
            write_delimited(folder / name, grid, encoding="utf-8", delimiter=",")
        else:
            (write_xlsx if form == "xlsx" else write_ods)(folder / name, grid)
        return name, {}

    return write


def _no_heading(form: str) -> Write:
    """A table that begins with its first row of data."""

    def write(folder: Path, maker: Maker) -> Made:
        plan = good_plan(maker, SOURCES, form, 30)
        for row in plan.rows:
            row.cells["x"], row.cells["y"] = (f"{number:.6f}" for number in row.place or ())
        grid = grid_of(plan)[1:]
        name = f"data{SUFFIX[form]}"
        if form == "csv":
            write_delimited(folder / name, grid, encoding="utf-8", delimiter=",")
        else:
            (write_xlsx if form == "xlsx" else write_ods)(folder / name, grid)
        return name, {}

    return write


_VRT = b'<OGRVRTDataSource><OGRVRTLayer name="data"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
_GDALG = json.dumps({"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}).encode()
_TRIGGER = "CREATE TRIGGER t AFTER INSERT ON data BEGIN UPDATE data SET fid = 0; END"
_VIEW = "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fid FROM n"
_REGISTERED = "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('endless', 'attributes', 'endless', 4326)"

WHOLE: tuple[Whole, ...] = (
    # --- half-copied
    Whole("cut .shp", "shp", ZONES, "FILE_TRUNCATED", _cut("shp", ZONES)),
    Whole("cut .shx", "shp", ZONES, "FILE_TRUNCATED", _cut("shp", ZONES, part=".shx")),
    Whole("cut .dbf", "shp", ZONES, "FILE_TRUNCATED", _cut("shp", ZONES, part=".dbf")),
    Whole("cut GeoPackage", "gpkg", ZONES, _UNWHOLE, _cut("gpkg", ZONES, 0.9)),
    Whole("cut GeoJSON", "geojson", ZONES, _UNWHOLE, _cut("geojson", ZONES)),
    Whole("cut GeoJSONSeq", "geojsonl", ZONES, "FILE_TRUNCATED", _cut("geojsonl", ZONES)),
    Whole("cut FlatGeobuf", "fgb", ZONES, _UNWHOLE, _cut("fgb", ZONES)),
    Whole("cut KML", "kml", ZONES, _UNWHOLE, _cut("kml", ZONES)),
    Whole("cut KMZ", "kmz", ZONES, _UNWHOLE, _cut("kmz", ZONES)),
    Whole("cut GeoParquet", "parquet", ZONES, _UNWHOLE, _cut("parquet", ZONES)),
    Whole("cut XLSX", "xlsx", SOURCES, _UNWHOLE, _cut("xlsx", SOURCES)),
    Whole("cut ODS", "ods", SOURCES, _UNWHOLE, _cut("ods", SOURCES)),
    Whole("cut XLS", "xls", SOURCES, _UNWHOLE, _cut("xls", SOURCES, 0.4)),
    Whole("cut zip", "shpzip", ZONES, _UNWHOLE, _cut("shpzip", ZONES)),
    Whole("open quotation mark", "csv", SOURCES, "QUOTE_OPEN", _open_quote),
    Whole("zeroed pages", "gpkg", ZONES, "FILE_DAMAGED|FILE_TRUNCATED", _zeroed),
    # --- parts, archives, paths
    Whole("no .dbf", "shp", ZONES, "PART_MISSING", _without(".dbf")),
    Whole("no .prj", "shp", ZONES, "CRS_MISSING", _without(".prj")),
    Whole("cut .prj", "shp", ZONES, "CRS_UNKNOWN", _spoilt_prj),
    Whole("zip without .dbf", "shpzip", ZONES, "PART_MISSING", _zip_without(".dbf")),
    Whole("zip without data", "shpzip", ZONES, "ARCHIVE_EMPTY", _archive({"说明.txt": b"nothing", "a/b.pdf": b"%PDF"})),
    Whole("empty zip", "shpzip", ZONES, "ARCHIVE_EMPTY", _archive({})),
    Whole("zip too full", "shpzip", ZONES, "ARCHIVE_TOO_LARGE", _archive({f"{at}.csv": b"" for at in range(70_000)})),
    Whole("no such file", "csv", SOURCES, "FILE_MISSING", lambda folder, maker: ("nowhere.csv", {})),
    Whole("a pattern for a path", "csv", SOURCES, "PATH_PATTERN", lambda folder, maker: ("*.csv", {})),
    Whole("a URL", "geojson", ZONES, "PATH_REFUSED", lambda folder, maker: ("https://example.org/zones.geojson", {})),
    Whole("a virtual path", "geojson", ZONES, "PATH_REFUSED", lambda folder, maker: ("/vsicurl/example.org/a.geojson", {})),
    Whole("a link out of the folder", "csv", SOURCES, "PATH_REFUSED", _linked),
    Whole("unknown format", "dwg", ZONES, "FORMAT_UNKNOWN", _bytes("plan.dwg", b"AC1032" + bytes(200))),
    Whole("disguised VRT", "geojson", ZONES, "FILE_UNREADABLE", _bytes("data.geojson", _VRT)),
    Whole("disguised GDALG", "geojson", ZONES, "FILE_UNREADABLE", _bytes("data.json", _GDALG)),
    Whole("a program for a workbook", "xls", SOURCES, "FILE_UNREADABLE", _bytes("data.xls", b"MZ" + bytes(4000))),
    Whole("a workbook of text", "xlsx", SOURCES, "FILE_UNREADABLE", _bytes("data.xlsx", b"id,name\n1,a\n")),
    Whole("no bytes", "csv", SOURCES, "EMPTY_LAYER", _bytes("data.csv", b"")),
    Whole("folder of links", "parquet", ZONES, "SET_MIXED", _set(lambda folder: (folder / "c.txt").write_text("x") and None)),
    Whole("parts that differ", "parquet", ZONES, "PART_DIFFERS", _set(_other_columns)),
    Whole("foreign trigger", "gpkg", ZONES, "UNTRUSTED_SCHEMA", _schema(_TRIGGER)),
    Whole("endless view", "gpkg", ZONES, "UNTRUSTED_SCHEMA", _schema(_VIEW, _REGISTERED)),
    # --- encodings
    Whole("declared encoding wrong", "csv", SOURCES, "ENCODING_WRONG", _table("csv", encoding="ascii")),
    Whole("encoding unknown", "csv", SOURCES, "ENCODING_UNKNOWN", _garbled),
    Whole("declared encoding wrong (layer)", "geojson", ZONES, "ENCODING_WRONG", _table("geojson", ZONES, encoding="ascii")),
    # --- CRS and datum
    *(
        Whole(f"no CRS ({form})", form, ZONES, "CRS_MISSING", _layer(form, ZONES, says=None))
        for form in ("gpkg", "fgb", "gdb", "parquet")
    ),
    Whole("metres without CRS", "csv", SOURCES, "CRS_MISSING", _table("csv", change=lambda plan: plan.headings.update(x="横坐标", y="纵坐标"), x="横坐标", y="纵坐标")),
    *(
        Whole(f"CRS contradicted ({form})", form, ZONES, "CRS_CONTRADICTION", _layer(form, ZONES, says="EPSG:4326", crs="EPSG:32648"))
        for form in ("gpkg", "shp", "fgb")
    ),
    Whole("CRS unknown", "gpkg", ZONES, "CRS_UNKNOWN", _layer("gpkg", ZONES, says="EPSG:4326", crs="EPSG:999999")),
    *(
        Whole(f"datum refused ({form}, {code})", form, ZONES, "DATUM_REFUSED", _layer(form, ZONES, says=code))
        for form, code in (("shp", "EPSG:4214"), ("gpkg", "EPSG:4610"), ("fgb", "EPSG:4214"), ("parquet", "EPSG:4610"))
    ),
    Whole("datum refused (declared)", "csv", SOURCES, "DATUM_REFUSED", _table("csv", crs="EPSG:4214")),
    # --- headings, columns, layers
    Whole("heading twice (csv)", "csv", SOURCES, "COLUMN_DUPLICATE", _table("csv", change=_same_heading)),
    Whole("heading twice (xlsx)", "xlsx", SOURCES, "COLUMN_DUPLICATE", _table("xlsx", change=_same_heading)),
    Whole("heading twice (ods)", "ods", SOURCES, "COLUMN_DUPLICATE", _table("ods", change=_same_heading)),
    Whole("heading twice (xls)", "xls", SOURCES, "COLUMN_DUPLICATE", _table("xls", change=_same_heading)),
    Whole("column missing", "csv", SOURCES, "COLUMN_MISSING", _table("csv", change=_without_column("kind"))),
    Whole("column missing (layer)", "gpkg", ZONES, "COLUMN_MISSING", _table("gpkg", ZONES, change=_without_column("level"))),
    Whole("mapped column missing", "csv", SOURCES, "COLUMN_MISSING", _table("csv", columns={"name": "没有这一列"})),
    Whole("coordinate column missing", "csv", SOURCES, "COORDINATE_COLUMNS_MISSING", _table("csv", change=_without_column("x"))),
    Whole("stated coordinate column missing", "xlsx", SOURCES, "COORDINATE_COLUMNS_MISSING", _table("xlsx", x="X", y="Y", crs="EPSG:4326")),
    Whole("mapping unknown", "csv", SOURCES, "MAPPING_UNKNOWN", _table("csv", values={"colour": {"a": "b"}})),
    Whole("unit of a heading unknown", "csv", SOURCES, "UNIT_UNKNOWN", _table("csv", change=_headed("located_to_metres", "定位精度（丈）"))),
    Whole("unit of a heading unknown (layer)", "geojson", ZONES, "UNIT_UNKNOWN", _table("geojson", ZONES, change=_headed("declared_area_m2", "面积（平方里）"))),
    Whole("layer missing", "kml", ZONES, "TABLE_MISSING", _one_folder),
    Whole("sheet missing", "xlsx", SOURCES, "TABLE_MISSING", _table("xlsx", table="第九张")),
    *(Whole(f"no heading ({form})", form, SOURCES, "HEADING_MISSING", _no_heading(form)) for form in ("csv", "xlsx", "ods")),
    Whole("no row accepted", "csv", SOURCES, "NO_ROW_ACCEPTED", _bad_rows_only),
    # --- empty
    *(Whole(f"no row ({form})", form, SOURCES, "EMPTY_LAYER", _heading_only(form)) for form in ("csv", "xlsx", "ods")),
    *(
        Whole(f"no feature ({form})", form, ZONES, "EMPTY_LAYER", _layer(form, ZONES, says="EPSG:4326", count=0))
        for form in ("gpkg", "fgb", "geojson", "parquet", "geojsonl")
    ),
    Whole("no placemark", "kml", ZONES, "EMPTY_LAYER", _empty_kml),
    Whole("blank workbook", "xlsx", SOURCES, "EMPTY_LAYER", _empty_book),
)  # fmt: skip
