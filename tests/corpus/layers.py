"""Rows -> Shapefile, GeoPackage, GeoJSON, FlatGeobuf, KML, File Geodatabase and GeoParquet, geometry as it is given."""

from __future__ import annotations

import json
import sqlite3
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyogrio.raw
import shapely
from pyproj import CRS

from tests.corpus.model import Plan, Raw

Shapes = list[Any]
WGS84 = "EPSG:4326"


def table_of(plan: Plan) -> tuple[list[str], list[list[Any]], Shapes]:
    """Headings, columns of cells, geometries."""
    return (
        list(plan.headings.values()),
        [[row.cells.get(column) for row in plan.rows] for column in plan.headings],
        [row.shape for row in plan.rows],
    )


def write_layer(path: Path, plan: Plan, *, crs: str | None = WGS84) -> None:
    """`plan` in the format that its `form` names."""
    names, columns, shapes = table_of(plan)
    form = plan.form
    if form in ("shp", "shpzip"):
        write_shapefile(path, names, columns, shapes, encoding=plan.encoding, crs=crs)
    elif form in ("geojson", "geojsonl"):
        write_geojson(path, names, columns, shapes, lines=form == "geojsonl")
    elif form in ("kml", "kmz"):
        write_kml(path, names, columns, shapes, zipped=form == "kmz")
    elif form == "parquet":
        write_parquet(path, names, columns, shapes, crs=crs)
    else:
        write_by_gdal(path, form, names, columns, shapes, crs=crs)


def wkb_of(shape: Any) -> bytes | None:
    if shape is None or isinstance(shape, bytes):
        return shape
    return shape.wkb if isinstance(shape, Raw) else bytes(shapely.to_wkb(shape))


_DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "gdb": "OpenFileGDB"}
_GDB_TYPES = {"Polygon": "MultiPolygon", "LineString": "MultiLineString"}


def write_by_gdal(
    path: Path,
    form: str,
    names: list[str],
    columns: list[list[Any]],
    shapes: Shapes,
    *,
    crs: str | None,
    layer: str = "data",
) -> None:
    wkb = np.array([*map(wkb_of, shapes), None], dtype=object)[:-1]
    data = [np.array([*column, None], dtype=object)[:-1] for column in columns]
    first = next((shape for shape in shapes if shape is not None), None)
    kind = first.geom_type if form == "gdb" and first is not None else "Unknown"
    kind = _GDB_TYPES.get(kind, kind)
    options = {"SPATIAL_INDEX": "NO"} if form in ("fgb", "gpkg") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a layer without CRS is what is wanted
        pyogrio.raw.write(
            path, wkb, data, np.array(names, dtype=object), layer=layer, driver=_DRIVERS[form], geometry_type=kind, crs=crs,
            promote_to_multi=kind.startswith("Multi"), **options,
        )  # fmt: skip
    blobs = {at: shape.blob for at, shape in enumerate(shapes, start=1) if isinstance(shape, Raw) and shape.blob}
    if blobs:
        book = sqlite3.connect(path)
        book.executemany("UPDATE data SET geom = ? WHERE fid = ?", [(blob, at) for at, blob in blobs.items()])
        book.commit()
        book.close()


def geojson_of(shape: Any) -> Any:
    if isinstance(shape, Raw):
        return shape.geojson
    return (
        None
        if shape is None
        else json.loads(shapely.to_geojson(shape))
        if shape.is_empty
        else shapely.geometry.mapping(shape)
    )


def features_of(names: list[str], columns: list[list[Any]], shapes: Shapes) -> list[dict[str, Any]]:
    return [
        {"type": "Feature", "properties": dict(zip(names, cells, strict=True)), "geometry": geojson_of(shape)}
        for *cells, shape in zip(*columns, shapes, strict=True)
    ]


def write_geojson(path: Path, names: list[str], columns: list[list[Any]], shapes: Shapes, *, lines: bool) -> None:
    features = features_of(names, columns, shapes)
    if lines:
        text = "".join(f"{json.dumps(feature, ensure_ascii=False)}\n" for feature in features)
    else:
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(text, "utf-8")


def write_parquet(path: Path, names: list[str], columns: list[list[Any]], shapes: Shapes, *, crs: str | None) -> None:
    arrays = [pa.array(column, pa.string()) for column in columns] + [pa.array(map(wkb_of, shapes), pa.binary())]
    said: dict[str, Any] = {"encoding": "WKB", "geometry_types": []}
    said["crs"] = None if crs is None else CRS.from_user_input(crs).to_json_dict()
    meta = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": said}}
    table = pa.table(arrays, names=[*names, "geometry"]).replace_schema_metadata({"geo": json.dumps(meta)})
    pyarrow.parquet.write_table(table, path)


# --- KML -------------------------------------------------------------------------------------


def _positions(coordinates: Any) -> str:
    return " ".join(",".join(repr(float(number)) for number in point) for point in coordinates)


def kml_geometry(shape: Any) -> str:
    if shape is None:
        return ""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(map(kml_geometry, shape.geoms))}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        rings = [("outer", shape.exterior), *(("inner", ring) for ring in shape.interiors)]
        text = "".join(
            f"<{side}BoundaryIs><LinearRing><coordinates>{_positions(ring.coords)}</coordinates></LinearRing></{side}BoundaryIs>"
            for side, ring in rings
        )
        return f"<Polygon>{text}</Polygon>"
    return f"<{shape.geom_type}><coordinates>{_positions(shape.coords)}</coordinates></{shape.geom_type}>"


def kml_placemark(names: list[str], cells: list[Any], shape: Any) -> str:
    own = {
        name: f"<name>{escape(str(cell))}</name>"
        for name, cell in zip(names, cells, strict=True)
        if name == "name" and cell is not None
    }
    data = "".join(
        f'<SimpleData name="{escape(name)}">{escape(str(cell))}</SimpleData>'
        for name, cell in zip(names, cells, strict=True)
        if cell is not None and name not in own
    )
    extended = f'<ExtendedData><SchemaData schemaUrl="#s">{data}</SchemaData></ExtendedData>'
    return f"<Placemark>{''.join(own.values())}{extended}{kml_geometry(shape)}</Placemark>"


def kml_text(names: list[str], columns: list[list[Any]], shapes: Shapes) -> str:
    fields = "".join(f'<SimpleField name="{escape(name)}" type="string"/>' for name in names)
    marks = "".join(kml_placemark(names, list(cells), shape) for *cells, shape in zip(*columns, shapes, strict=True))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document id="d">'
        f'<Schema name="s" id="s">{fields}</Schema><Folder><name>data</name>{marks}</Folder></Document></kml>'
    )


def write_kml(path: Path, names: list[str], columns: list[list[Any]], shapes: Shapes, *, zipped: bool) -> None:
    text = kml_text(names, columns, shapes)
    if not zipped:
        path.write_text(text, "utf-8")
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("doc.kml", text)


# --- Shapefile -------------------------------------------------------------------------------

_SHP_TYPES = {"Point": 1, "LineString": 3, "MultiLineString": 3, "Polygon": 5, "MultiPolygon": 5}


def _shp_record(shape: Any) -> bytes:
    if shape is None or isinstance(shape, Raw):
        return struct.pack("<i", 0) if shape is None else shape.record or b""
    kind = _SHP_TYPES[shape.geom_type]
    if kind == 1:
        return struct.pack("<idd", 1, shape.x, shape.y)
    parts: list[Any] = []
    for one in getattr(shape, "geoms", [shape]):
        rings = [one.exterior, *one.interiors] if kind == 5 else [one]
        # Shells run with the clock, holes against it; an outline that crosses itself stays as it is.
        turned = shapely.orient_polygons(one, exterior_cw=True) if kind == 5 and shapely.is_valid(one) else one
        rings = [turned.exterior, *turned.interiors] if kind == 5 else [one]
        parts += [list(ring.coords) for ring in rings]
    starts = [sum(map(len, parts[:at])) for at in range(len(parts))]
    points = [point for part in parts for point in part]
    data = struct.pack("<idddd", kind, *shape.bounds) + struct.pack("<ii", len(parts), len(points))
    return (
        data + struct.pack(f"<{len(starts)}i", *starts) + b"".join(struct.pack("<dd", *point[:2]) for point in points)
    )


def write_shapefile(
    path: Path,
    names: list[str],
    columns: list[list[Any]],
    shapes: Shapes,
    *,
    encoding: str,
    crs: str | None,
    cpg: bool = False,
) -> None:
    """The parts beside `path`; no .cpg unless asked for, so that the reader has to find the encoding."""
    known = [shape for shape in shapes if shape is not None and not isinstance(shape, Raw)]
    kinds = {_SHP_TYPES[shape.geom_type] for shape in known}
    records = [_shp_record(shape) for shape in shapes]
    boxes = [shape.bounds for shape in known]
    box = [min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)]

    def header(length: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, length // 2) + struct.pack(
            "<2i8d", 1000, min(kinds), *box, 0, 0, 0, 0
        )

    body, index, at = b"", b"", 100
    chunks = []
    for number, record in enumerate(records, start=1):
        chunks.append(struct.pack(">2i", number, len(record) // 2) + record)
        index += struct.pack(">2i", at // 2, len(record) // 2)
        at += 8 + len(record)
    body = b"".join(chunks)
    path.with_suffix(".shp").write_bytes(header(100 + len(body)) + body)
    path.with_suffix(".shx").write_bytes(header(100 + len(index)) + index)
    path.with_suffix(".dbf").write_bytes(_dbf(names, columns, encoding))
    if crs is not None:
        path.with_suffix(".prj").write_text(CRS.from_user_input(crs).to_wkt("WKT1_ESRI"), "utf-8")
    if cpg:
        path.with_suffix(".cpg").write_text(encoding, "ascii")


def _dbf(names: list[str], columns: list[list[Any]], encoding: str) -> bytes:
    texts = [[("" if cell is None else str(cell)).encode(encoding)[:254] for cell in column] for column in columns]
    widths = [max(1, *map(len, column)) for column in texts]
    count = len(texts[0])
    fields = b""
    for name, width in zip(names, widths, strict=True):
        fields += name.encode(encoding)[:10].ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    start = 32 + len(fields) + 1
    head = struct.pack("<4BIHH20x", 3, 117, 11, 30, count, start, 1 + sum(widths))
    rows = b"".join(
        b" " + b"".join(cell.ljust(width, b" ") for cell, width in zip(cells, widths, strict=True))
        for cells in zip(*texts, strict=True)
    )
    return head + fields + b"\r" + rows + b"\x1a"


def zip_shapefile(path: Path, target: Path, *, inside: str, encoding: str = "utf-8") -> None:
    """The parts of the Shapefile `path` moved into the archive `target`, under `inside` in place of its name."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        for part in sorted(path.parent.glob(f"{path.stem}.*")):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                info = zipfile.ZipInfo(f"{inside}{part.suffix}")
                if encoding != "utf-8":
                    # Windows tools of the past wrote names in the machine's code page and no mark of UTF-8.
                    info = _Coded(f"{inside}{part.suffix}", encoding)
                info.compress_type = zipfile.ZIP_DEFLATED
                parts.writestr(info, part.read_bytes())
                part.unlink()


class _Coded(zipfile.ZipInfo):
    """A member whose name is written in `encoding`, without the mark that says UTF-8."""

    def __init__(self, name: str, encoding: str) -> None:
        super().__init__(name)
        self._coded = encoding

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own name
        return self.filename.encode(self._coded), self.flag_bits
