"""Files made to kill, hang, fill or mislead a reader: bombs and disguises, all below 50 MB, all made here."""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import shapely

from tests.corpus.layers import write_by_gdal, write_parquet, write_shapefile
from tests.corpus.tables import write_ods_content

ZONES, SOURCES = "protection_zones", "pollution_sources"
# Stands in a file outside the project; whatever is printed or written must not hold it.
CANARY = "canary-4f1c"
LARGEST = 50_000_000

REFUSED: frozenset[str] = frozenset()


class Hostile(NamedTuple):
    """One file: its path in the project, the layer it pretends to be, how it is made, the codes that may come of it.

    `codes`: one of these must be told of the file; none given: any will do, or the file is read and its rows counted.
    """

    path: str
    kind: str
    write: Callable[[Path], object]
    codes: tuple[str, ...] = ()


_HEAD = "id,name,kind,lon,lat\n"
_SQUARE = shapely.box(104, 26, 104.1, 26.1)
_NAMES, _CELLS = ["id", "name", "level"], [["Z1"], ["区"], ["一级"]]


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, "utf-8")


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


# --- Archives --------------------------------------------------------------------------------


def _stream(before: bytes, block: bytes, count: int, after: bytes = b"") -> bytes:
    """`before`, `count` times `block` and `after` as deflate packs them; the block is packed once only."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    repeated = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + repeated * count + packer.compress(after) + packer.flush()


def _zip(path: Path, stream: bytes, names: list[str], *, says: int) -> None:
    """An archive whose entries all stand for the one packed `stream`, of which they say that it has `says` bytes."""
    name = names[0].encode()
    local = (
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0x21, 0, len(stream), says, len(name), 0) + name + stream
    )
    entries = b"".join(
        struct.pack(
            "<IHHHHHHIIIHHHHHII",
            0x02014B50,
            20,
            20,
            0,
            8,
            0,
            0x21,
            0,
            len(stream),
            says,
            len(name.encode()),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + name.encode()
        for name in names
    )
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(names), len(names), len(entries), len(local), 0)
    path.write_bytes(local + entries + end)


_BLANKS = b" " * (1 << 20)


def _ratio_bomb(path: Path) -> None:
    _zip(path, _stream(_HEAD.encode(), _BLANKS, 2000), ["data.csv"], says=2000 << 20)


def _many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as parts:
        for at in range(70_000):
            parts.writestr(f"{at}.csv", b"")


def _nested(path: Path) -> None:
    data = (_HEAD + "1,a,b,104,26\n" * 1000).encode()
    name = "data.csv"
    for level in range(12):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
            for copy in range(8):
                parts.writestr(f"{copy}-{name}", data)
        data, name = made.getvalue(), f"level{level}.zip"
    path.write_bytes(data)


def _overlapping(path: Path) -> None:
    """One packed member of 100 MB that 2,000 entries of the directory point to."""
    _zip(path, _stream(b"", _BLANKS, 100), [f"{at:06}.csv" for at in range(2000)], says=100 << 20)


def _lying(path: Path, member: str = "data.csv") -> None:
    """A member that says it has 20 bytes and unpacks to a gigabyte."""
    _zip(path, _stream(_HEAD.encode(), _BLANKS, 1000), [member], says=20)


def _kmz_bomb(path: Path) -> None:
    mark = b"<Placemark><name>x</name><Point><coordinates>104,26</coordinates></Point></Placemark>"
    stream = _stream(b"<kml><Document>", mark * 12_000, 1000, b"</Document></kml>")
    _zip(path, stream, ["doc.kml"], says=1000 * len(mark) * 12_000)


# --- Workbooks -------------------------------------------------------------------------------

_XL = "http://schemas.openxmlformats.org"


def _xlsx(path: Path, sheet: Iterator[bytes], *, dtd: bytes = b"", shared: bytes = b"") -> None:
    kinds = (
        f'<Types xmlns="{_XL}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
        'PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    )
    relation = f"{_XL}/officeDocument/2006/relationships"
    relations = f'<Relationships xmlns="{_XL}/package/2006/relationships">'
    book = (
        f'<workbook xmlns="{_XL}/spreadsheetml/2006/main" xmlns:r="{relation}"><sheets>'
        '<sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        parts.writestr("[Content_Types].xml", kinds)
        parts.writestr(
            "_rels/.rels",
            f'{relations}<Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        parts.writestr("xl/workbook.xml", dtd + book.encode())
        parts.writestr("xl/_rels/workbook.xml.rels", (
            f'{relations}<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        ))  # fmt: skip
        if shared:
            parts.writestr("xl/sharedStrings.xml", shared)
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for block in sheet:
                file.write(block)


def _sheet(rows: Iterator[bytes], dimension: str = "") -> Iterator[bytes]:
    said = f'<dimension ref="{dimension}"/>' if dimension else ""
    yield f'<worksheet xmlns="{_XL}/spreadsheetml/2006/main">{said}<sheetData>'.encode()
    yield from rows
    yield b"</sheetData></worksheet>"


def _inline(row: int, *cells: str) -> bytes:
    inner = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{row}">{inner}</row>'.encode()


def _far_cell(path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    _xlsx(path, _sheet(iter([_inline(1, "id", "name", "kind", "lon", "lat"), far])))


def _three_million_rows(path: Path) -> None:
    block = b"<row><c><v>1</v></c><c><v>2</v></c></row>" * 30_000
    _xlsx(path, _sheet(block for _ in range(100)))


def _wide_dimension(path: Path) -> None:
    rows = iter([_inline(1, "id", "name", "kind", "lon", "lat"), _inline(2, "1", "a", "排污口", "104.5", "26.5")])
    _xlsx(path, _sheet(rows, "A1:XFD1048576"))


_ENTITIES = [f'<!ENTITY {chr(98 + at)} "' + f"&{chr(97 + at)};" * 10 + '">' for at in range(12)]
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(_ENTITIES) + "]>"


def _laughing_book(path: Path) -> None:
    _xlsx(path, _sheet(iter([_inline(1, "id", "name")])), dtd=_LAUGHS.encode())


def _laughing_strings(path: Path) -> None:
    shared = f'{_LAUGHS}<sst xmlns="{_XL}/spreadsheetml/2006/main"><si><t>&m;</t></si></sst>'.encode()
    _xlsx(path, _sheet(iter([b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>'])), shared=shared)


_ODS_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def _ods(rows: str, dtd: str = "") -> Callable[[Path], object]:
    content = (
        f'{dtd}<office:document-content {_ODS_NAMES}><office:body><office:spreadsheet><table:table table:name="s">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return lambda path: write_ods_content(path, content)


_ODS_CELL = '<table:table-cell office:value-type="string"{}><text:p>a</text:p></table:table-cell>'
_WIDE_ROW = "<table:table-row>" + _ODS_CELL.format(' table:number-columns-repeated="1000000000"') + "</table:table-row>"
_TALL_ROW = f'<table:table-row table:number-rows-repeated="1000000000">{_ODS_CELL.format("")}</table:table-row>'

# --- Text formats ----------------------------------------------------------------------------


def _collection(*features: str) -> str:
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"


def _feature(geometry: str, name: str = "区") -> str:
    return f'{{"type":"Feature","properties":{{"id":"Z1","name":"{name}","level":"一级"}},"geometry":{geometry}}}'


_ZONE = _feature(json.dumps(shapely.geometry.mapping(_SQUARE)))


def _crossing(path: Path) -> None:
    """A polygon of two million corners in a tangle."""
    made = np.random.default_rng(4).uniform((104, 26), (104.5, 26.5), (2_000_000, 2))
    text = ",".join(f"[{x:.4f},{y:.4f}]" for x, y in made.tolist())
    first = text[: text.index("]") + 1]
    path.write_text(_collection(_feature(f'{{"type":"Polygon","coordinates":[[{text},{first}]]}}')), "utf-8")


def _deep(opening: str, closing: str, levels: int) -> str:
    return opening * levels + closing * levels


def _kml(body: str, dtd: str = "") -> str:
    return f'<?xml version="1.0"?>{dtd}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'


_MARK = "<Placemark><name>{}</name><Point><coordinates>104,26</coordinates></Point></Placemark>"
_SPELLINGS = (
    "1" * 40_000, "1" * 40_000 + "e", "9" * 300 + "-" + "9" * 300, "2017-" * 8_000, "二〇一七年" * 8_000, "1e" + "9" * 5_000,
    "104°" + "59′" * 8_000, "0" * 40_000 + ".", "-" * 40_000, "1," * 20_000, " " * 40_000 + "x", "<" * 30_000, "年月日" * 9_000,
)  # fmt: skip
_TRAPS = "id,name,kind,built_on,located_to_metres,lon,lat\n" + "".join(
    f"{at},n,排污口,{date},{number},{x},{y}\n"
    for at, (date, number, x, y) in enumerate(
        tuple(
            ('"' + text + '"') if at == place else plain
            for at, plain in enumerate(("2017-11-30", "5", "104.5", "26.5"))
        )
        for text in _SPELLINGS
        for place in range(4)
    )
)
_STRANGE = (
    "{{7*7}}", "{% for x in y %}", "{#", "${7*7}", "%(x)s", "{0}", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "\u202egnp.exe", "a\x07b\x1b[31mred",
    "\x00nul", "\ufeffbom", "<script>alert(1)</script>", "C:\\20190221", "`x`", "﷽" * 40, "a\u0301" * 200, "\u2066\u2069", "\ud7ff\ue000",
)  # fmt: skip


def _strange_names(path: Path) -> None:
    features = [json.dumps({"type": "Feature", "properties": {"id": f"Z{at}", "name": name, "level": "一级", name or "x": name},
                            "geometry": shapely.geometry.mapping(_SQUARE)}) for at, name in enumerate(_STRANGE)]  # fmt: skip
    path.write_text(_collection(*features), "utf-8")


# --- Binary formats --------------------------------------------------------------------------


def _gpkg(change: Callable[[sqlite3.Connection], object]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        write_by_gdal(path, "gpkg", _NAMES, _CELLS, [_SQUARE], crs="EPSG:4326")
        book = sqlite3.connect(path)
        change(book)
        book.commit()
        book.close()

    return write


def _sql(*statements: str) -> Callable[[Path], object]:
    def change(book: sqlite3.Connection) -> None:
        # What needs GDAL's functions or modules is not there: it is written into the schema as text.
        book.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            book.execute(statement)

    return _gpkg(change)


_SCHEMA = (
    "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('{kind}', '{name}', '{name}', 0, '{sql}')"
)
_CONTENTS = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{0}', 'attributes', '{0}', 4326)"
)


def _blob(wkb: bytes) -> Callable[[Path], object]:
    """A GeoPackage whose one geometry is `wkb`."""
    data = b"GP\x00\x01" + struct.pack("<i", 4326) + wkb
    return _gpkg(lambda book: (_without_triggers(book), book.execute("UPDATE data SET geom = ?", (data,))))


def _without_triggers(book: sqlite3.Connection) -> None:
    for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        book.execute(f'DROP TRIGGER "{name}"')


_HUGE_LINE = struct.pack("<BII", 1, 2, 1_000_000_000) + bytes(64)
_HUGE_POLYGON = struct.pack("<BIII", 1, 3, 1, 1_000_000_000) + bytes(64)
_HUGE_RINGS = struct.pack("<BII", 1, 3, 4_000_000_000) + bytes(64)
_DEEP_WKB = struct.pack("<BII", 1, 7, 1) * 200_000 + struct.pack("<BIdd", 1, 1, 104, 26)


def _zeroed_pages(path: Path) -> None:
    count = 4000
    write_by_gdal(path, "gpkg", _NAMES, [[f"Z{at}" for at in range(count)], ["区"] * count, ["一级"] * count], [_SQUARE] * count, crs="EPSG:4326")  # fmt: skip
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20 * 4096] = bytes(20 * 4096)
    path.write_bytes(bytes(data))


def _shapefile(path: Path, change: Callable[[bytearray, bytearray, bytearray], object]) -> None:
    """A Shapefile of three zones, its three parts changed byte by byte."""
    write_shapefile(path, _NAMES, [column * 3 for column in _CELLS], [_SQUARE] * 3, encoding="utf-8", crs="EPSG:4326")
    parts = [bytearray(path.with_suffix(suffix).read_bytes()) for suffix in (".shp", ".shx", ".dbf")]
    change(*parts)
    for suffix, data in zip((".shp", ".shx", ".dbf"), parts, strict=True):
        path.with_suffix(suffix).write_bytes(bytes(data))


def _shp(change: Callable[[bytearray, bytearray, bytearray], object]) -> Callable[[Path], object]:
    return lambda path: _shapefile(path, change)


def _shp_with(part: str, data: bytes) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        _shapefile(path, lambda shp, shx, dbf: None)
        path.with_suffix(part).write_bytes(data)

    return write


def _fgb(change: Callable[[bytearray], object]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        write_by_gdal(path, "fgb", _NAMES, _CELLS, [_SQUARE], crs="EPSG:4326")
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(bytes(data))

    return write


def _long_dictionary(path: Path) -> None:
    """Five million rows, each the same text of a megabyte: six terabytes for whoever writes them out."""
    indices = pa.array(np.zeros(5_000_000, dtype=np.int32))
    long = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 1_000_000]))
    ids = pa.DictionaryArray.from_arrays(indices, pa.array(["Z1"]))
    table = pa.table({"id": ids, "name": long, "kind": ids, "lon": ids, "lat": ids})
    pyarrow.parquet.write_table(table, path, compression="zstd")


def _parquet(wkb: bytes) -> Callable[[Path], object]:
    return lambda path: write_parquet(path, _NAMES, _CELLS, [wkb], crs="EPSG:4326")


def _lying_footer(path: Path) -> None:
    _parquet(_SQUARE.wkb)(path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, len(data) - 8, 0x7FFFFFFF)
    path.write_bytes(bytes(data))


def _lying_rows(path: Path) -> None:
    """A set whose footer's bytes were shuffled, as a broken disk does."""
    _parquet(_SQUARE.wkb)(path)
    data = bytearray(path.read_bytes())
    length = struct.unpack_from("<I", data, len(data) - 8)[0]
    chance = random.Random(4)
    for _ in range(40):
        data[len(data) - 8 - chance.randrange(1, length)] = chance.randrange(256)
    path.write_bytes(bytes(data))


def _geodatabase(path: Path) -> None:
    path.mkdir()
    for at in range(1, 9):
        (path / f"a0000000{at}.gdbtable").write_bytes(struct.pack("<II", 3, 0xFFFFFFFF) + os.urandom(4000))
        (path / f"a0000000{at}.gdbtablx").write_bytes(os.urandom(400))


# --- Paths -----------------------------------------------------------------------------------


def _secret(path: Path) -> Path:
    """A file beside the project folder, which no file in it may bring in."""
    secret = path.parents[2] / "secret.csv"
    secret.write_text(f"{_HEAD}1,{CANARY},排污口,104.5,26.5\n", "utf-8")
    return secret


def _disguise(document: str) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        path.write_text(document.replace("SECRET", str(_secret(path))), "utf-8")

    return write


_VRT = '<OGRVRTDataSource><OGRVRTLayer name="data"><SrcDataSource>SECRET</SrcDataSource><GeometryType>wkbNone</GeometryType></OGRVRTLayer></OGRVRTDataSource>'
_GDALG = '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read SECRET"}'
_WFS = "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"
_ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file://SECRET">]>'
_LINK = "<NetworkLink><Link><href>SECRET</href></Link></NetworkLink>"

_NO_READING = (
    "FILE_UNREADABLE",
    "FILE_DAMAGED",
    "FILE_TRUNCATED",
    "FILE_CRASHED",
    "FILE_MEMORY",
    "FILE_TIME",
    "EMPTY_LAYER",
)
_TOO_LARGE = ("ARCHIVE_TOO_LARGE",)
_ANY_SIZE = ("ARCHIVE_TOO_LARGE", "FILE_MEMORY", "FILE_TIME", "FILE_UNREADABLE")

# What takes long, or much memory, before it is refused or read; the rest is judged at once.
HEAVY: tuple[Hostile, ...] = (
    Hostile("far.xlsx", SOURCES, _far_cell, (*_ANY_SIZE, "HEADING_MISSING", "COORDINATE_COLUMNS_MISSING")),
    Hostile("rows.xlsx", SOURCES, _three_million_rows),
    Hostile("crossing.geojson", ZONES, _crossing),
    Hostile("dictionary.parquet", SOURCES, _long_dictionary),
    Hostile("traps.csv", SOURCES, _text(_TRAPS)),
    Hostile("columns.csv", SOURCES, _text(",".join(f"c{at}" for at in range(100_000)) + "\n" + "1," * 99_999 + "1\n")),
    Hostile("cell.csv", SOURCES, _text(f"{_HEAD}1,{'x' * 40_000_000},排污口,104.5,26.5\n2,b,排污口,104.6,26.6\n")),
    Hostile("quote.csv", SOURCES, _text(f'{_HEAD}1,"{"x,y" * 10}\n' + "2,b,排污口,104,26\n" * 1_500_000), ("QUOTE_OPEN", "CELL_TOO_LONG", *_NO_READING)),
    Hostile("string.geojson", ZONES, lambda path: path.write_text(_collection(_feature("null", "x" * 40_000_000), _ZONE))),
    Hostile("wide.ods", SOURCES, _ods(_WIDE_ROW), (*_ANY_SIZE, "EMPTY_LAYER", "FILE_CRASHED", "COLUMN_DUPLICATE", "HEADING_MISSING")),
    Hostile("tall.ods", SOURCES, _ods(_TALL_ROW), (*_ANY_SIZE, "EMPTY_LAYER", "FILE_CRASHED", "COLUMN_DUPLICATE", "HEADING_MISSING", "COORDINATE_COLUMNS_MISSING")),
    Hostile("line.geojsonl", ZONES, lambda path: path.write_text(_feature("null", "y" * 40_000_000))),
)  # fmt: skip

QUICK: tuple[Hostile, ...] = (
    # --- archives
    Hostile("ratio.zip", SOURCES, _ratio_bomb, _TOO_LARGE),
    Hostile("members.zip", SOURCES, _many_members, _TOO_LARGE),
    Hostile("nested.zip", ZONES, _nested, ("ARCHIVE_EMPTY", "ARCHIVE_NESTED", *_TOO_LARGE)),
    Hostile("overlapping.zip", ZONES, _overlapping, (*_TOO_LARGE, "FILE_UNREADABLE", "PART_MISSING")),
    Hostile("lying.zip", SOURCES, _lying, (*_TOO_LARGE, "FILE_UNREADABLE", "FILE_DAMAGED")),
    Hostile("bomb.kmz", ZONES, _kmz_bomb, _TOO_LARGE),
    Hostile("lying.kmz", ZONES, lambda path: _lying(path, "doc.kml"), (*_TOO_LARGE, *_NO_READING)),
    # --- workbooks
    Hostile("dimension.xlsx", SOURCES, _wide_dimension),
    Hostile("laughs-book.xlsx", SOURCES, _laughing_book, _NO_READING),
    Hostile("laughs-strings.xlsx", SOURCES, _laughing_strings, (*_NO_READING, "HEADING_MISSING", "COORDINATE_COLUMNS_MISSING")),
    Hostile("laughs.ods", SOURCES, _ods("<table:table-row>" + _ODS_CELL.format("").replace(">a<", ">&m;<") + "</table:table-row>", _LAUGHS), (*_NO_READING, "COORDINATE_COLUMNS_MISSING", "HEADING_MISSING")),
    Hostile("program.xls", SOURCES, _bytes(b"MZ\x90\x00" + bytes(range(256)) * 400), _NO_READING),
    Hostile("compound.xls", SOURCES, _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4000), _NO_READING),
    # --- text
    Hostile("laughs.kml", ZONES, _text(_kml(_MARK.format("&m;"), _LAUGHS)), (*_NO_READING, "COLUMN_MISSING")),
    Hostile("deep.geojson", ZONES, _text(_deep("[", "]", 200_000)), _NO_READING),
    Hostile("deep-properties.geojson", ZONES, _text(_collection(_feature("null").replace('"Z1"', _deep('{"a":', "}", 100_000).replace(":}", ":1}", 1))))),
    Hostile("deep-geometry.geojson", ZONES, _text(_collection(_feature(_deep('{"type":"GeometryCollection","geometries":[', "]}", 50_000)), _ZONE))),
    Hostile("deep.kml", ZONES, _text(_kml(_deep("<Folder>", "</Folder>", 100_000))), (*_NO_READING,)),
    Hostile("nul.csv", SOURCES, _bytes(_HEAD.encode() + b"1,a\0b,kind,104,26\n" + bytes(5000))),
    Hostile("strange.geojson", ZONES, _strange_names),
    # --- binary
    Hostile("huge-line.gpkg", ZONES, _blob(_HUGE_LINE)),
    Hostile("huge-polygon.gpkg", ZONES, _blob(_HUGE_POLYGON)),
    Hostile("huge-rings.gpkg", ZONES, _blob(_HUGE_RINGS)),
    Hostile("deep-wkb.gpkg", ZONES, _blob(_DEEP_WKB)),
    Hostile("huge.parquet", ZONES, _parquet(_HUGE_POLYGON)),
    Hostile("deep-wkb.parquet", ZONES, _parquet(_DEEP_WKB)),
    Hostile("footer.parquet", ZONES, _lying_footer, _NO_READING),
    Hostile("shuffled.parquet", ZONES, _lying_rows, (*_NO_READING, "COLUMN_MISSING", "CRS_UNKNOWN", "CRS_MISSING")),
    Hostile("huge.shp", ZONES, _shp(lambda shp, shx, dbf: struct.pack_into("<2i", shp, 100 + 8 + 36, 1_000_000_000, 2_000_000_000))),
    Hostile("negative.shp", ZONES, _shp(lambda shp, shx, dbf: (struct.pack_into(">i", shp, 104, -2_000_000_000), struct.pack_into(">i", shx, 104, -2_000_000_000)))),
    Hostile("offsets.shp", ZONES, _shp(lambda shp, shx, dbf: struct.pack_into(">2i", shx, 108, 2_000_000_000, 1_000_000_000)), _NO_READING),
    Hostile("count.shp", ZONES, _shp(lambda shp, shx, dbf: struct.pack_into("<I", dbf, 4, 4_000_000_000)), _NO_READING),
    Hostile("width.shp", ZONES, _shp(lambda shp, shx, dbf: struct.pack_into("<HH", dbf, 8, 65535, 65535)), (*_NO_READING, "COLUMN_MISSING")),
    Hostile("cpg.shp", ZONES, _shp_with(".cpg", b"../../../etc/passwd\0<html>")),
    Hostile("prj.shp", ZONES, _shp_with(".prj", b'GEOGCS["' + b"x" * 3_000_000), ("CRS_UNKNOWN", "CRS_MISSING", *_NO_READING)),
    Hostile("size.fgb", ZONES, _fgb(lambda data: struct.pack_into("<I", data, 8, 0x7FFFFFF0)), _NO_READING),
    Hostile("inner.fgb", ZONES, _fgb(lambda data: data.__setitem__(slice(60, 160), b"\xff" * 100)), (*_NO_READING, "CRS_MISSING", "COLUMN_MISSING", "CRS_UNKNOWN")),
    Hostile("geodatabase.gdb", ZONES, _geodatabase, _NO_READING),
    Hostile("zeroed.gpkg", ZONES, _zeroed_pages, _NO_READING),
    Hostile("trigger.gpkg", ZONES, _sql("CREATE TRIGGER t AFTER UPDATE ON data BEGIN DELETE FROM data; END"), ("UNTRUSTED_SCHEMA",)),
    Hostile("endless.gpkg", ZONES, _sql("CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x AS fid FROM n", _CONTENTS.format("endless")), ("UNTRUSTED_SCHEMA",)),
    Hostile("virtual.gpkg", ZONES, _sql(_SCHEMA.format(kind="table", name="v", sql="CREATE VIRTUAL TABLE v USING VirtualOGR(''/etc/passwd'')"), _CONTENTS.format("v")), ("UNTRUSTED_SCHEMA", *_NO_READING)),
    Hostile("extension.gpkg", ZONES, _sql(_SCHEMA.format(kind="view", name="v", sql="CREATE VIEW v AS SELECT load_extension(''x'') AS fid"), _CONTENTS.format("v")), ("UNTRUSTED_SCHEMA", *_NO_READING)),
    # --- disguises and paths
    *(Hostile(f"vrt.{suffix}", ZONES, _disguise(_VRT), (*_NO_READING, "ENCODING_WRONG")) for suffix in ("geojson", "kml", "gpkg", "fgb", "geojsonl")),
    Hostile("vrt.csv", SOURCES, _disguise(_VRT), ("COORDINATE_COLUMNS_MISSING", "EMPTY_LAYER", "HEADING_MISSING", "ROW_RAGGED")),
    Hostile("gdalg.json", ZONES, _disguise(_GDALG), _NO_READING),
    Hostile("wfs.kml", ZONES, _text(_WFS), _NO_READING),
    Hostile("url.geojson", ZONES, _text("http://127.0.0.1:9/zones.geojson"), _NO_READING),
    Hostile("entity.kml", ZONES, _disguise(_kml(_MARK.format("&e;"), _ENTITY)), (*_NO_READING, "COLUMN_MISSING", "GEOMETRY_KIND", "VALUE_MISSING")),
    Hostile("network.kml", ZONES, _disguise(_kml(_LINK)), _NO_READING),
    Hostile("link.csv", SOURCES, lambda path: path.symlink_to(_secret(path)), ("PATH_REFUSED",)),
    Hostile("zero.csv", SOURCES, lambda path: path.symlink_to("/dev/zero"), ("PATH_REFUSED",)),
    Hostile("pipe.csv", SOURCES, os.mkfifo, ("PATH_REFUSED",)),
    Hostile("folder.shp", ZONES, lambda path: path.mkdir(), ("FOLDER_WITHOUT_PARQUET", "PATH_REFUSED")),
)  # fmt: skip

# Read by itself beside them: what becomes of it is told whatever the others do.
HONEST = Hostile("honest.csv", SOURCES, _text(_HEAD + "H1,青山村排口,排污口,104.5,26.5\nH2,x,排污口,,\n"))


def write_project(folder: Path, files: tuple[Hostile, ...]) -> None:
    """A project with one honest layer and then all of `files`."""
    data = folder / "data"
    data.mkdir(parents=True)
    text = 'title = "hostile"\nlanguage = "en"\njurisdictions = ["cn"]\nas_of = 2017-11-30\n'
    for one in (HONEST, *files):
        one.write(data / one.path)
        text += f'\n[[layer]]\nkind = "{one.kind}"\npath = "data/{one.path}"\n'
    (folder / "headwater.toml").write_text(text, "utf-8")
