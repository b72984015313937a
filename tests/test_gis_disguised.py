"""Documents under names that they do not deserve: none opens another file or a network (gis.geojson_links).

What the processes open is watched from outside, with strace.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

ROOT = Path(__file__).resolve().parent.parent
MARK = "SECRET-7f3a"
NOWHERE = "http://127.0.0.1:9/secret.geojson"

VRT = '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
DOCUMENTS = {
    "vrt": VRT.format(source="{secret}"),
    "vrt of a url": VRT.format(source="/vsicurl/" + NOWHERE),
    "vrt of a zip": VRT.format(source="/vsizip/{secret}.zip/secret.geojson"),
    "vrt with sql": '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{secret}</SrcDataSource><SrcSQL>SELECT * FROM secret'
    "</SrcSQL></OGRVRTLayer></OGRVRTDataSource>",
    "gdalg": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret} ! write streamed"}}',
    "gdalg of a url": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read ' + NOWHERE + '"}}',
    "wfs": "<OGRWFSDataSource><URL>" + NOWHERE + "</URL></OGRWFSDataSource>",
    "oapif": "<OGROAPIFDataSource><URL>" + NOWHERE + "</URL></OGROAPIFDataSource>",
    "csw": "<OGRCSWDataSource><URL>" + NOWHERE + "</URL></OGRCSWDataSource>",
    "gmlas": '<OGRGMLASDataSource><XSD>{secret}</XSD></OGRGMLASDataSource>',
    "gml": '<?xml version="1.0"?><FeatureCollection xmlns="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XML'
    'Schema-instance" xsi:schemaLocation="x {secret} y ' + NOWHERE + '"></FeatureCollection>',
    "entity": '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}">]><kml xmlns="http://www.opengis.net/kml/2.2">'
    "<Document><Placemark><name>&x;</name><Point><coordinates>105,26</coordinates></Point></Placemark></Document></kml>",
    "network link": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>' + NOWHERE
    + "</href></Link></NetworkLink><NetworkLink><Link><href>{secret}</href></Link></NetworkLink></Document></kml>",
    "url": NOWHERE,
    "path": "{secret}",
    "esri": '{{"displayFieldName": "", "geometryType": "esriGeometryPoint", "features": [], "exceededTransferLimit": true}}',
    "geojson with links": '{{"type": "FeatureCollection", "crs": {{"type": "link", "properties": {{"href": "' + NOWHERE
    + '", "type": "proj4"}}}}, "features": [{{"type": "Feature", "properties": {{"a": 1}}, "geometry": null}}]}}',
    "crs of a file": '{{"type": "FeatureCollection", "crs": {{"type": "name", "properties": {{"name": "{secret}"}}}}, "features": '
    '[{{"type": "Feature", "properties": {{"a": 1}}, "geometry": {{"type": "Point", "coordinates": [105, 26]}}}}]}}',
    "postgres": "PG:host=127.0.0.1 user=a dbname=b",
    "sql": "-- SQL GPKG\nATTACH DATABASE '{secret}' AS other;\n",
    "pmtiles": '{{"url": "' + NOWHERE + '", "type": "STACIT"}}',
}  # fmt: skip
NAMES = ("a.geojson", "a.kml", "a.gpkg", "a.csv", "a.fgb", "a.json")


def disguise(folder: Path, secret: Path) -> None:
    """Every document under two names that are read, and files made in other ways."""
    for at, (what, text) in enumerate(DOCUMENTS.items()):
        for name in (NAMES[at % len(NAMES)], NAMES[(at + 1 + at % 3) % len(NAMES)]):
            place = folder / f"{what} {Path(name).suffix[1:]}"
            place.mkdir(exist_ok=True)
            (place / name).write_text(text.format(secret=secret), encoding="utf-8")
    made = {name: folder / name for name in ("gz", "tar", "zip", "kmz", "link", "part", "gdb", "view", "prj", "set")}
    for place in made.values():
        place.mkdir()
    with gzip.open(made["gz"] / "a.geojson.gz", "wb") as packed:
        packed.write(secret.read_bytes())
    (made["gz"] / "a.geojson.gz").rename(made["gz"] / "a.geojson")
    with tarfile.open(made["tar"] / "a.kml", "w") as archive:
        archive.add(secret, "secret.geojson")
    for name, place in (("a.geojson", made["zip"]), ("a.kmz", made["kmz"]), ("a.zip", made["zip"])):
        with zipfile.ZipFile(place / name, "w") as archive:
            archive.writestr(str(secret), VRT.format(source=secret))
            archive.writestr("../../a.geojson", VRT.format(source=secret))
            archive.writestr("doc.kml", DOCUMENTS["network link"].format(secret=secret))
    (made["link"] / "a.geojson").symlink_to(secret)
    (made["link"] / "a.csv").symlink_to("/etc/passwd")
    (made["gdb"] / "a.gdb").mkdir()
    for name in ("a00000001.gdbtable", "a00000001.gdbtablx", "gdb"):
        (made["gdb"] / "a.gdb" / name).symlink_to(secret)
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105, 26)], crs="EPSG:4326")
    points.to_file(made["part"] / "a.shp")
    (made["part"] / "a.dbf").unlink()
    (made["part"] / "a.dbf").symlink_to(secret)
    points.to_file(made["prj"] / "a.shp")
    (made["prj"] / "a.prj").write_text(str(secret))
    (made["set"] / "part.0.parquet").symlink_to(secret)
    view(made["view"] / "a.gpkg", points, secret)


def view(path: Path, points: gpd.GeoDataFrame, secret: Path) -> None:
    """A GeoPackage with a table that another file stands behind, as far as SQLite's and GDAL's modules go."""
    import sqlite3
    from contextlib import closing

    points.to_file(path, layer="a")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)",
            (f"CREATE VIRTUAL TABLE v USING VirtualOGR('{secret}')",),
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('v', 'attributes', 'v')"
        )
        database.commit()


READ_ALL = """
import pathlib, sys
from gis.faults import InputError
from gis.read import read, read_rows
for path in sorted(pathlib.Path(sys.argv[1]).rglob("a.*")) + [pathlib.Path(sys.argv[1]) / "set"]:
    for way in (read, read_rows):
        try:
            tables = way(path, name=path.name)
            print(path, "READ", [table.frame.to_csv() for table in tables])
        except InputError as error:
            print(path, "REFUSED", [fault.code for fault in error.faults], error)
"""
# Where programs, their data and the system's own are.
OUR_OWN = tuple(
    str(kind)
    for place in (
        sys.prefix,
        sys.base_prefix,
        ROOT,
        "/usr",
        "/lib",
        "/lib64",
        "/proc",
        "/sys",
        "/dev",
        "/etc/ssl",
        *sys.path,
    )
    if place
    for kind in {Path(place), Path(place).resolve()}
)
SYSTEM_FILES = {
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/gai.conf",
    "/etc/timezone",
}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_nothing_else_is_opened(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    folder = tmp_path / "project"
    outside.mkdir()
    folder.mkdir()
    secret = outside / "secret.geojson"
    gpd.GeoDataFrame({"name": [MARK]}, geometry=[shapely.Point(105, 26)], crs="EPSG:4326").to_file(
        secret, layer="secret"
    )
    with zipfile.ZipFile(f"{secret}.zip", "w") as archive:
        archive.write(secret, "secret.geojson")
    disguise(folder, secret)
    assert len([path for path in folder.rglob("a.*") if path.parent.suffix != ".gdb"]) >= 30

    watched, scratch = tmp_path / "watched", tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        ["strace", "-f", "-y", "-o", watched, "-e", "trace=open,openat,connect,socket,execve", sys.executable, "-c", READ_ALL, folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "TMPDIR": str(scratch)},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert "READ" in done.stdout and "REFUSED" in done.stdout and MARK not in done.stdout
    calls = watched.read_text("utf-8", "replace").splitlines()
    assert [line for line in calls if re.search(r"\bsocket\(|\bconnect\(", line)] == []
    assert len([line for line in calls if "execve(" in line and "ENOENT" not in line]) == 2  # who asks, and who reads
    calls = [line for line in calls if not re.search(r"= -1 E(NOENT|NOTDIR)", line)]
    opened = {
        os.path.normpath(found[1]) for line in calls if (found := re.search(r'open(?:at)?\([^"]*"([^"]+)"', line))
    }
    strange = [
        path
        for path in sorted(opened)
        if path.startswith("/")
        and not path.startswith((str(folder), str(scratch), *OUR_OWN))
        and path not in SYSTEM_FILES
    ]
    assert strange == []
    assert list(scratch.iterdir()) == []  # what was unpacked is gone
    assert str(folder / "vrt geojson" / "a.geojson") in opened
