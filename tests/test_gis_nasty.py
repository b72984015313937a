"""Every file of a collection of nasty ones, and real files of agencies, through the whole of the door.

The table below was not copied from a run but thought through file by file: what each file is, which of its rows can
be used, and why the others cannot (the README of the collection says where each comes from).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

import pytest

from gis.faults import InputError
from gis.read import FORMATS, read
from gis.reading_limits import BY_SIZE, Limits
from layers.load import load
from layers.project import LayerEntry
from layers.words import KINDS, Word

LEVELS = {"1": Word("一级", "level 1"), "2": Word("二级", "level 2")}
# What belongs to a Shapefile of the same name.
PARTS = frozenset({".shx", ".dbf", ".prj", ".cpg", ".qpj"})


class Folder(NamedTuple):
    """A project of one layer."""

    folder: Path
    layers: tuple[LayerEntry, ...]
    limits: Limits = BY_SIZE


def outcome(path: Path, **said: str) -> str:
    """`read=accepted+rejected code:row …` of each table, or the codes that make the file unusable."""
    entry = LayerEntry(
        kind="pollution_sources", path=path.name, make_id="row", constants={"kind": "outfall", "name": "x"}, **said
    )
    try:
        inputs = load(Folder(path.parent, (entry,)), kinds=KINDS, levels=LEVELS)
    except InputError as error:
        codes = dict.fromkeys(fault.code + (f":{fault.row}" if fault.row else "") for fault in error.faults)
        return " ".join(codes) if len(codes) < 20 else f"{next(iter(codes))} and {len(codes) - 1} more"
    assert sum(record["rejected"] for record in inputs.inputs) == len(inputs.faults)
    counts = [f"{record['read']}={record['accepted']}+{record['rejected']}" for record in inputs.inputs]
    return " ".join([*counts, *(f"{fault.code}:{fault.row}" for fault in inputs.faults)])


NONE = "NO_ROW_ACCEPTED"
# A file without a CRS is refused, whatever is in it; then what is in it, once the project declares one.
UNPLACED = "CRS_MISSING"
OUTCOMES = {
    "fiona/issue627.geojson": "3=3+0",
    "fiona/test_tin.csv": "COORDINATE_COLUMNS_MISSING",  # WKT in a column
    "fiona/test_tin.shp": f"{NONE} GEOMETRY_UNREADABLE:1",  # a triangulated surface
    "fiona/testopenfilegdb.gdb.zip": UNPLACED,  # 37 layers, some without CRS, one without rows
    "gdal_autotest/csv__csv_with_utf8_bom.csv": "COORDINATE_COLUMNS_MISSING",
    "gdal_autotest/csv__header_with_line_break.csv": "COORDINATE_COLUMNS_MISSING",
    "gdal_autotest/csv__inf_nan.csv": "COORDINATE_COLUMNS_MISSING",
    "gdal_autotest/csv__unbalanced_double_quotes.csv": "QUOTE_OPEN:2",
    "gdal_autotest/esrijson__esripolygon.json": "FILE_UNREADABLE",  # not GeoJSON
    "gdal_autotest/geojson__geometrycollection.geojson": f"{NONE} GEOMETRY_KIND:1",
    "gdal_autotest/geojson__nullvalues.geojson": f"{NONE} GEOMETRY_EMPTY:1 GEOMETRY_EMPTY:2",
    "gdal_autotest/geojson__point_with_utf8bom.json": "1=1+0",
    "gdal_autotest/geojson__srs_name.geojson": f"{NONE} COORDINATE_OUT_OF_RANGE:1",  # 100, 0 in metres of UTM 15 N
    "gdal_autotest/gml__billionlaugh.gml": "FORMAT_UNKNOWN",
    "gdal_autotest/gpkg__3d_envelope.gpkg": UNPLACED,
    "gdal_autotest/gpkg__first_geometry_null.gpkg": UNPLACED,
    "gdal_autotest/jsonfg__CurvePolygonZ.json": "FILE_UNREADABLE",
    "gdal_autotest/kml__description_with_xml.kml": "1=1+0",
    "gdal_autotest/kml__folder_with_subfolder_placemark.kml": f"{NONE} GEOMETRY_EMPTY:1",  # <Placemark/>
    "gdal_autotest/kml__junk_content_after_valid_doc.kml": "EMPTY_LAYER",  # a document without any placemark
    "gdal_autotest/kml__samples.kml": "20=19+1 GEOMETRY_EMPTY:5",  # 20 placemarks; that with the balloon has no place
    "gdal_autotest/kml__truncated.kml": "FILE_TRUNCATED",  # within the first placemark
    "gdal_autotest/mitab__win1251.mid": "FORMAT_UNKNOWN",
    "gdal_autotest/mitab__win1251.mif": "FORMAT_UNKNOWN",
    "gdal_autotest/shp__buggymultipoly.shp": "PART_MISSING",
    "gdal_autotest/shp__chinese.dbf": "FORMAT_UNKNOWN",
    "gdal_autotest/shp__empty.shp": "EMPTY_LAYER",
    "gdal_autotest/shp__emptymultipoly.shp": f"{NONE} GEOMETRY_EMPTY:1",
    "gdal_autotest/shp__mixed_shape_type_non_conformant.shp": UNPLACED,
    "gdal_autotest/shp__multipolygon_as_invalid_polygon.shp": UNPLACED,
    "gdal_autotest/shp__pointnan.shp": UNPLACED,
    "gdal_autotest/shp__polygonm_with_m.shp": "PART_MISSING",
    "gdal_autotest/shp__prjwithutf8bom.shp": "1=1+0",
    "gdal_autotest/shp__slightly_overlapping_polygons.shp": UNPLACED,
    "gdal_autotest/shp__testpointzm.shp": "PART_MISSING",
    "gdal_autotest/shp__weird_header_length.dbf": "FORMAT_UNKNOWN",
    "gdal_autotest/topojson__topojson1.topojson": "FORMAT_UNKNOWN",
    "geojsonhint/bad__bad-duplicate-properties.geojson": f"{NONE} ROW_UNREADABLE:1",  # two types
    "geojsonhint/bad__bad-json.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",  # a comma is missing, then texts as places
    "geojsonhint/bad__bad-polygon-interiorring-rhr.geojson": "1=1+0",  # only the direction of a hole
    "geojsonhint/bad__bad-properties-as-array.geojson": f"{NONE} ROW_UNREADABLE:1",
    "geojsonhint/bad__badcoordtype.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__badfeatureid.geojson": "1=1+0",  # the id of a feature is not used
    "geojsonhint/bad__bbox-contains-string.geojson": "1=1+0",  # nor is a box
    "geojsonhint/bad__different-first-last.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__excessive_precision_truncated.geojson": "1=1+0",
    "geojsonhint/bad__false.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__featurecollection-obj.geojson": "FILE_UNREADABLE",
    "geojsonhint/bad__featurecollection.geojson": "FILE_UNREADABLE",
    "geojsonhint/bad__geometry_changed_semantics.geojson": "1=1+0",  # a point with members of no meaning
    "geojsonhint/bad__geometrycollection_single.geojson": f"{NONE} GEOMETRY_KIND:1",
    "geojsonhint/bad__multipoint-multidimension.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__nofeaturetype.geojson": f"{NONE} ROW_UNREADABLE:1",
    "geojsonhint/bad__point-labeled-as-a-multipolygon.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__point-toofew.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__point.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__rootstring.geojson": "FILE_UNREADABLE",
    "geojsonhint/bad__short-linearring.geojson": f"{NONE} GEOMETRY_UNREADABLE:1",
    "geojsonhint/bad__stringcoord.geojson": "2=1+1 GEOMETRY_UNREADABLE:1",
    "geopandas/null_geom.geojson": "2=1+1 GEOMETRY_EMPTY:1",
    "mapshaper/dbf__cpg__big5.shp": UNPLACED,
    "mapshaper/dbf__cpg__utf16.cpg": "FORMAT_UNKNOWN",
    "mapshaper/dbf__cpg__utf16.dbf": "FORMAT_UNKNOWN",
    "mapshaper/dbf__gbk.dbf": "FORMAT_UNKNOWN",
    "mapshaper/dbf__ldid__chinese.shp": f"{NONE} COORDINATE_OUT_OF_RANGE:1",  # latitude 625
    "mapshaper/features__buffer__t_antarctica.json": f"{NONE} COORDINATE_OUT_OF_RANGE:1",  # to the pole
    "mapshaper/features__clean__ex10_bowtie.json": f"{NONE} GEOMETRY_KIND:1",  # a collection of two polygons
    "mapshaper/features__clean__ex11_ogc.geojson": "1=1+0",
    "mapshaper/features__clean__ex12_ogc.geojson": "1=1+0",  # mended
    "mapshaper/features__clean__ex2_yemen.json": "3=3+0",
    "mapshaper/geojson__six_counties_three_null.json": "6=3+3 GEOMETRY_EMPTY:1 GEOMETRY_EMPTY:3 GEOMETRY_EMPTY:6",
    "mapshaper/issues__177__mixed_feature.json": "3=3+0",
    "mapshaper/issues__193__gauss_kruger.shp": "PART_MISSING",
    # Metres of a projected CRS that the file does not name; in the second a comma between the features is missing.
    "mapshaper/issues__384_invalid_json__ex2.json": f"{NONE} COORDINATE_PROJECTED:1 COORDINATE_PROJECTED:2",
    "mapshaper/issues__384_invalid_json__sample.json": f"{NONE} COORDINATE_PROJECTED:1 COORDINATE_PROJECTED:2",
    "mapshaper/issues__518_519_shp_reading__data_corruption_error.shp": "8=8+0",
    "mapshaper/issues__invalid_coords__invalid_coordinates.json": f"{NONE} COORDINATE_OUT_OF_RANGE:1",
    "mapshaper/issues__invalid_coords__invalid_coordinates.shp": "DATUM_UNKNOWN",
    "mbostock-shapefile/empty.json": "EMPTY_LAYER",
    "mbostock-shapefile/empty.shp": "EMPTY_LAYER",
    "mbostock-shapefile/null.json": "9=5+4 GEOMETRY_EMPTY:2 GEOMETRY_EMPTY:4 GEOMETRY_EMPTY:5 GEOMETRY_EMPTY:8",
    "mbostock-shapefile/null.shp": "9=5+4 GEOMETRY_EMPTY:2 GEOMETRY_EMPTY:4 GEOMETRY_EMPTY:5 GEOMETRY_EMPTY:8",
    "pyogrio/curve.gpkg": "1=1+0",
    "pyogrio/line_zm.gpkg": "1=1+0",
    "pyshp/corrupt_too_long.shp": UNPLACED,
    "pyshp/latin1.shp": "ENCODING_UNKNOWN",  # nothing says that it is Latin-1
    "real_world/cnemc_guizhou_hunan_0402_gb18030.csv": "COORDINATE_COLUMNS_MISSING",
    "real_world/guizhou_gbk_dbf/guizhou_districts_gbk.shp": "12=12+0",
    "real_world/michigan_invalid_zones.geojson": "3=3+0",  # all three mended
    "real_world/npl_latlon_swapped.csv": "COORDINATE_COLUMNS_MISSING",
    "real_world/whpa_south_shp_only_no_shx_dbf_prj.shp": "PART_MISSING",
    "real_world/zones_no_prj_epsg3078/whpa_south.shp": UNPLACED,
    "shapefile-js/bad.shp": "FILE_UNREADABLE",  # a web page
    "shapefile-js/badzip.zip": "FILE_UNREADABLE",  # the same
    "shapefile-js/codepage.shp": "2=2+0",
    "shapefile-js/codepage.zip": "2=2+0",
    "shapefile-js/empty-shp.zip": "2=2+0",  # a .dbf without a single column
    "shapefile-js/htmlcpg.shp": "2=2+0",  # the index is made, the .cpg is a web page
    "shapefile-js/mixedcase.zip": "40=40+0",
    "shapefile-js/zero-len-line.zip": "3=2+1 GEOMETRY_EMPTY:2",
    "togeojson/cdata.kml": "1=1+0",
    "togeojson/extended_data.kml": "1=1+0",
    "togeojson/multigeometry.kml": "1=1+0",
    "togeojson/nogeomplacemark.kml": f"{NONE} GEOMETRY_EMPTY:1",
    "togeojson/style_url.kml": "1=1+0",
}
# Those without a CRS, once the project declares EPSG:4326.
DECLARED = {
    "gdal_autotest/gpkg__3d_envelope.gpkg": "2=2+0",
    "gdal_autotest/gpkg__first_geometry_null.gpkg": "2=1+1 GEOMETRY_EMPTY:1",
    "gdal_autotest/shp__mixed_shape_type_non_conformant.shp": "6=6+0",  # every record by its own type
    "gdal_autotest/shp__multipolygon_as_invalid_polygon.shp": "2=2+0",
    "gdal_autotest/shp__pointnan.shp": "2=1+1 GEOMETRY_EMPTY:2",
    "gdal_autotest/shp__slightly_overlapping_polygons.shp": f"{NONE} COORDINATE_PROJECTED:1",  # metres
    "mapshaper/dbf__cpg__big5.shp": f"{NONE} COORDINATE_OUT_OF_RANGE:1",
    "pyshp/corrupt_too_long.shp": "10=10+0",  # surplus bytes behind the last record
}


@pytest.fixture(scope="module")
def nasty(shared: Path) -> Path:
    return shared / "data" / "D_nasty"


def test_the_table_names_every_file_of_the_collection(nasty: Path) -> None:
    files = [path for path in nasty.rglob("*") if path.is_file()]
    whole = {
        path.relative_to(nasty).as_posix()
        for path in files
        if path.suffix not in PARTS or not path.with_suffix(".shp").exists()
    }
    assert whole == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_nasty_file(nasty: Path, name: str) -> None:
    found = outcome(nasty / name)
    assert found == OUTCOMES[name] or (OUTCOMES[name] == UNPLACED and found.split()[0] == UNPLACED)


@pytest.mark.parametrize("name", DECLARED)
def test_a_nasty_file_with_a_declared_crs(nasty: Path, name: str) -> None:
    assert outcome(nasty / name, crs="EPSG:4326") == DECLARED[name]


def test_real_zones_without_crs_load_once_it_is_declared(nasty: Path) -> None:
    said = {"crs": "EPSG:3078"}
    assert outcome(nasty / "real_world/zones_no_prj_epsg3078/whpa_south.shp", **said) == "1945=1945+0"


@pytest.mark.parametrize("name", [name for name in OUTCOMES if Path(name).suffix in FORMATS])
def test_a_library_has_nothing_to_warn_of_that_is_not_told(nasty: Path, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            tables = read(nasty / name, name=name)
        except InputError:
            return
    for table in tables:
        assert table.facts["rows_read"] == len(table.frame) + len(table.faults)


@pytest.mark.parametrize(
    ("path", "table", "expected"),
    [
        ("A_region_rheinland_de/rheinland.gpkg", "industrial_dischargers", "101=101+0"),
        ("A_region_rheinland_de/rheinland.gpkg", "wastewater_plants", "60=60+0"),
        ("A_region_rheinland_de/rheinland.gpkg", "groundwater_wells", "3746=3746+0"),
        ("A_region_rheinland_de/rheinland.gpkg", "rivers_rur_official", "1382=1382+0"),
        ("A_region_rheinland_de/rheinland.gpkg", "water_bodies_polygons", "267=267+0"),
        # The fourth has an exclave written as a hole outside of its shell: 7 % of its area is at stake.
        ("A_region_rheinland_de/rheinland.gpkg", "districts", "7=6+1 GEOMETRY_NOT_REPAIRABLE:4"),
        ("A_extra_icpe_fr93/icpe_seine_saint_denis.shp", None, "1224=1224+0"),
        ("C_china_admin/districts.geojson", None, "12=12+0"),
        ("C_china_admin/admin.gpkg", "prefectures", "9=9+0"),
        ("E_osm_rivers/hydrorivers_taihu/hydrorivers_taihu_bbox.shp", None, "2082=2082+0"),
    ],
)
def test_real_files_of_agencies_load_whole(shared: Path, path: str, table: str | None, expected: str) -> None:
    assert outcome(shared / "data" / path, **({} if table is None else {"table": table})) == expected
