"""gis.inventory, layers.first_look, layers.suggestion: files that nobody has described, read all the same."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.inventory import inventory, missing_parts, shape_header
from layers.first_look import Axes, first_look, likely_axes
from layers.load import LAYERS
from layers.suggestion import Suggestion, layer_lines, suggestions
from tests.shapes import frame, square

_WORDS = ("path", "crs", "grid", "axes", "swapped", "corners", "id", "zone_id", "guess", "constants")
COMMENTS = dict.fromkeys(_WORDS, "?") | {"column": "one of {found}", "serial": "{found} repeats"}


def shapefile(folder: Path, name: str = "zones.shp") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    frame(square(0, 0, 100), square(200, 0, 100), name=["a", "b"]).to_file(folder / name)
    return folder / name


def test_inventory_knows_parts_sets_and_what_is_no_data(tmp_path: Path) -> None:
    shapefile(tmp_path / "b")
    (tmp_path / "b" / "zones.shp.xml").write_text("<x/>")
    for name in ("a.csv", "lone.dbf", "letter.docx", "plan.dwg", "~$a.xlsx", "b.zip", "README"):
        (tmp_path / name).write_text("x")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part.0.parquet").write_bytes(b"")
    (tmp_path / "town.gdb").mkdir()
    (tmp_path / "town.gdb" / "a0001.gdbtable").write_bytes(b"")
    found = inventory([tmp_path])
    assert [name for _, name in found.files] == ["a.csv", "b.zip", "parts", "town.gdb", "b/zones.shp"]
    assert {fault.file: fault.code for fault in found.passed_over} == {
        "README": "FORMAT_UNKNOWN",
        "letter.docx": "DOCUMENT_SKIPPED",
        "lone.dbf": "PART_ALONE",
        "plan.dwg": "FORMAT_UNKNOWN",
        "~$a.xlsx": "FILE_TEMPORARY",
    }
    assert [name for _, name in inventory([tmp_path / "plan.dwg"]).files] == [(tmp_path / "plan.dwg").as_posix()]


def test_links_are_told_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    try:
        (tmp_path / "in" / "a.csv").symlink_to(tmp_path / "secret.csv")
        (tmp_path / "in" / "all").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("needs symbolic links")
    found = inventory([tmp_path / "in"])
    assert found.files == []
    assert {(fault.file, fault.code) for fault in found.passed_over} == {
        ("a.csv", "PATH_REFUSED"),
        ("all", "PATH_REFUSED"),
    }


def test_a_shp_alone_still_says_what_it_holds_and_where(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    bounds = gpd.read_file(path).total_bounds
    for suffix in (".shx", ".dbf", ".prj"):
        path.with_suffix(suffix).unlink()
    assert missing_parts(path) == [".shx", ".dbf", ".prj"]
    header = shape_header(path)
    assert header is not None and header.kind == "polygon" and header.bounds == pytest.approx(tuple(bounds))
    look = first_look(path, "zones.shp")
    assert [fault.code for fault in look.unusable] == ["PART_MISSING"]
    assert look.tables == [] and look.header == header
    path.write_bytes(b"short")
    assert shape_header(path) is None


def test_without_prj_the_rows_are_described_and_none_is_accepted(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    look = first_look(path, "zones.shp")
    assert [fault.code for fault in look.unusable] == ["CRS_MISSING"]
    assert [(table.read, list(table.columns)) for table in look.described] == [(2, ["name"])]


def test_counts_add_up_and_invalid_shapes_are_told(tmp_path: Path) -> None:
    bow = "POLYGON ((0 0, 100 100, 100 0, 0 100, 0 0))"
    shapes = frame(square(0, 0, 100), bow, "POINT (5 5)", a=["1", "2", "3"])
    shapes.loc[2, "geometry"] = shapely.Point()
    shapes.to_file(tmp_path / "z.gpkg", layer="z")
    (table,) = first_look(tmp_path / "z.gpkg", "z.gpkg").tables
    assert (table.read, table.accepted) == (3, 1)
    assert [(fault.row, fault.code, fault.file) for fault in table.faults] == [
        (2, "GEOMETRY_NOT_REPAIRABLE", "z.gpkg"),
        (3, "GEOMETRY_EMPTY", "z.gpkg"),
    ]
    assert table.geometry == {"polygon": 1} and table.extent is not None
    assert table.extent[0] == pytest.approx(105.0)


def test_coordinate_columns_are_found_by_what_stands_in_them(tmp_path: Path) -> None:
    def axes(text: str) -> Axes | None:
        (tmp_path / "t.csv").write_text(text, "utf-8")
        (table,) = first_look(tmp_path / "t.csv", "t.csv").tables
        return table.axes

    assert axes("a,X,Y\n1,105.1,26.5\n2,105.2,26.6\n") == Axes("X", "Y", degrees=True, swapped=False)
    assert axes("a,x,y\n1,26.5,105.1\n2,26.6,105.2\n") == Axes("x", "y", degrees=True, swapped=True)
    assert axes("a,x,y\n1,42.7,-84.5\n2,42.6,-84.2\n") == Axes("x", "y", degrees=True, swapped=True)
    assert axes("a,横坐标,纵坐标\n1,35512345.1,2945678.2\n") == Axes(
        "横坐标", "纵坐标", degrees=False, swapped=False, epsg=4523
    )
    surveyed = axes("a,X,Y\n1,2930854.8,35481659.3\n2,2929740.6,35483752.4\n")
    assert surveyed == Axes("X", "Y", degrees=False, swapped=True, epsg=4523)
    assert axes("a,X,Y\n1,481659.3,2930854.8\n") == Axes("X", "Y", degrees=False, swapped=False)
    assert axes("a,x,y\n1,left,right\n") is None
    assert likely_axes(gpd.GeoDataFrame({"x": ["1"]}, geometry=[None], crs="EPSG:4326")) is None


def test_swapped_coordinates_are_rejected_and_proposed_never_applied(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("name,x,y\na,42.7,-84.5\nb,42.6,-84.2\n", "utf-8")
    look = first_look(tmp_path / "t.csv", "t.csv")
    assert [fault.code for fault in look.unusable] == ["NO_ROW_ACCEPTED"]
    (table,) = look.tables
    assert (table.read, table.accepted, len(table.faults)) == (2, 0, 2)
    assert table.extent is None


def test_a_table_without_places_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_bytes("断面名称,监测时间,氨氮(mg/L)\n万子湖,2024-04-02,0.05\n".encode("gb18030"))
    look = first_look(tmp_path / "q.csv", "q.csv")
    (table,) = look.tables
    assert look.unusable == [] and (table.read, table.accepted) == (1, 1)
    (note,) = table.notes
    assert (note["code"], note["encoding"], note["sample"]) == ("ENCODING_FOUND", "gb18030", "万子湖")
    found = suggestions(table.columns, table.geometry, "q.csv", placed=False)
    assert [one.kind for one in found] == ["samples"] and found[0].missing == []


@pytest.mark.parametrize(
    ("columns", "geometry", "name", "kind"),
    [
        (["编号", "名称", "级别"], {"polygon": 3}, "水源保护区.shp", "protection_zones"),
        (["adcode", "省", "区县"], {"polygon": 12}, "districts.shp", "districts"),
        (["编号", "名称", "类型"], {"point": 9}, "排污口.xlsx", "pollution_sources"),
        (["编号", "名称", "整改状态", "整改时限"], {"point": 4}, "t.xlsx", "remediation_sites"),
        (["code", "name"], {"line": 4}, "河流水系.gpkg", "rivers"),
        (["断面编号", "断面名称", "目标水质"], {"point": 4}, "断面.kml", "river_sections"),
        (["编号", "名称", "类型"], {"point": 4}, "花戛乡.csv", "pollution_sources"),
        (["Facility", "Type", "ResidentialWellsSampled"], {"point": 224}, "pfas_sites.csv", "pollution_sources"),
        (["name", "folder"], {"point": 4, "line": 6, "polygon": 9}, "samples.kml", "pollution_sources"),
    ],
)
def test_the_likeliest_kind_stands_first(columns: list[str], geometry: dict[str, int], name: str, kind: str) -> None:
    found = suggestions(columns, geometry, name, placed=True)
    assert found[0].kind == kind and len(found) <= 2
    assert all(LAYERS[one.kind].geometry & set(geometry) for one in found)


def pasted(columns: list[str], geometry: dict[str, int], name: str, **more: Any) -> tuple[dict[str, Any], str]:
    """What the proposed lines say to a reader of TOML, and the lines."""
    lines = "\n".join(
        layer_lines(suggestions(columns, geometry, name, placed=True)[0], name, columns, COMMENTS, **more)
    )
    return tomllib.loads(lines)["layer"][0], lines


def test_a_column_that_looks_like_a_needed_one_is_proposed_and_a_running_number_is_no_id() -> None:
    listed, _ = pasted(["企业编号", "企业名称", "类型"], {"point": 5}, "企业.xlsx")
    assert listed["columns"] == {"source_id": "企业编号"} and "make_id" not in listed
    sites, lines = pasted(["序号", "问题名称", "整改时限", "整改进展情况"], {"point": 8}, "整改.xlsx")
    assert (sites["make_id"], sites["columns"]) == ("row", {"status": "整改进展情况"})
    assert "序号 repeats" in lines
    folders, _ = pasted(["name", "description", "folder"], {"point": 5}, "南开乡.kml")
    assert folders["columns"] == {"kind": "folder"}
    two, lines = pasted(["编号", "旧名称", "新名称", "类型"], {"point": 5}, "企业.xlsx")
    assert two["columns"] == {} and '# name = "..."' in lines  # which of the two, only the agency knows


def test_a_needed_column_that_no_column_could_be_is_proposed_as_a_constant() -> None:
    entry, lines = pasted(["name", "id", "x", "y"], {"point": 54}, "npl.csv")
    assert entry["columns"] == {}
    filled = lines.replace("# [layer.constants]", "[layer.constants]").replace(
        '# kind = "industry"', 'kind = "industry"'
    )
    assert tomllib.loads(filled)["layer"][0]["constants"] == {"kind": "industry"}


def test_corner_points_are_proposed_as_zones(tmp_path: Path) -> None:
    book = "名称,级别,拐点编号,经度,纬度\n甲,一级,1,105.1,26.5\n甲,一级,2,105.2,26.5\n甲,一级,3,105.2,26.6\n"
    (tmp_path / "t.csv").write_text(book, "utf-8")
    (table,) = first_look(tmp_path / "t.csv", "t.csv").tables
    assert table.corners == "拐点编号"
    entry, lines = pasted(list(table.columns), {"polygon": 3}, "t.csv", corners=table.corners)
    assert (entry["kind"], entry["corners"]) == ("protection_zones", "拐点编号")
    assert "make_id" not in entry and '# zone_id = "..."' in lines


def test_columns_that_only_the_program_knows_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("编号,名称,经度,纬度\n1,甲,104.7,26.5\n", "utf-8")
    (table,) = first_look(tmp_path / "t.csv", "t.csv").tables
    assert table.columns == ["编号", "名称"]


def test_lines_to_paste_are_toml_whatever_the_names(tmp_path: Path) -> None:
    one = Suggestion("protection_zones", {"name": "名称"}, ["zone_id", "level"])
    axes = Axes('a"b', "y\\", degrees=True, swapped=True)
    lines = list(layer_lines(one, '玉舍镇/保护区"1".csv', ["名称", "级"], COMMENTS, table="Sheet 1", axes=axes))
    (entry,) = tomllib.loads("\n".join(lines))["layer"]
    assert entry == {
        "kind": "protection_zones",
        "path": 'data/玉舍镇/保护区"1".csv',
        "table": "Sheet 1",
        "x": "y\\",
        "y": 'a"b',
        "crs": "EPSG:4326",
        "make_id": "row",
        "columns": {},
    }
    assert any("level" in line and "名称, 级" in line for line in lines)
    odd = list(layer_lines(one, "a\u202eb\n.csv", ["x\ny = 1", "z\x1b[2J"], COMMENTS))
    assert tomllib.loads("\n".join(odd))["layer"][0]["path"] == "data/a\u202eb\n.csv"
    assert all(line.isprintable() for line in odd)
