"""KML and KMZ: every placemark of every folder with all that is said of it, or the reason why not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest
import shapely

from gis.faults import InputError
from gis.kml import read_kml
from gis.kml_geometry import shape_of
from gis.read import Table, read, read_rows


def mark(name: str, body: str = "<Point><coordinates>104.8,26.6,0</coordinates></Point>") -> str:
    return f"<Placemark><name>{name}</name>{body}</Placemark>"


def folder(name: str, body: str) -> str:
    return f"<Folder><name>{name}</name>{body}</Folder>"


def written(path: Path, body: str, encoding: str = "utf-8") -> Path:
    head = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    path.write_text(f"{head}<name>手机</name>{body}</Document></kml>", encoding)
    return path


def one(path: Path, **said: Any) -> Table:
    (table,) = read(path, name=path.name, **said)
    return table


def refusal(path: Path, **said: Any) -> list[tuple[str, dict[str, str]]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name, **said)
    assert caught.value.message("zh")
    return [(fault.code, dict(fault.facts)) for fault in caught.value.faults]


def geometry(tmp_path: Path, body: str) -> str | None:
    """The geometry of a placemark as WKT; None where it is null."""
    table = one(written(tmp_path / "g.kml", mark("a", body)))
    assert table.faults == []
    found = table.frame.geometry.iloc[0]
    return None if found is None else shapely.to_wkt(shapely.force_2d(found), rounding_precision=3)


def reason(tmp_path: Path, body: str) -> str:
    """Why the geometry of the second of two placemarks cannot be read; the first one is."""
    table = one(written(tmp_path / "g.kml", mark("good") + mark("bad", body)))
    assert table.frame["name"].tolist() == ["good"]
    (fault,) = table.faults
    assert (fault.code, fault.row) == ("GEOMETRY_UNREADABLE", 2)
    return fault.facts["found"]


def test_four_folders_of_three_are_twelve_rows_of_one_table(tmp_path: Path) -> None:
    villages = ["甲村", "乙村", "丙村", "丁村"]
    path = written(
        tmp_path / "phone.kml",
        "".join(folder(village, "".join(mark(f"{village}{at}") for at in range(3))) for village in villages),
    )
    table = one(path)
    assert table.frame["name"].tolist() == [f"{village}{at}" for village in villages for at in range(3)]
    assert table.frame["folder"].tolist() == [village for village in villages for _ in range(3)]
    assert table.frame["source_row"].tolist() == list(range(1, 13))
    assert table.facts["rows_read"] == 12


def test_nested_folders_are_a_path_and_a_folder_can_be_asked_for(tmp_path: Path) -> None:
    inner = folder("一组", mark("b")) + folder("二组", mark("c"))
    path = written(tmp_path / "phone.kml", mark("a") + folder("甲村", inner + mark("d")) + folder("乙村", mark("e")))
    assert one(path).frame["folder"].tolist() == [None, "甲村 / 一组", "甲村 / 二组", "甲村", "乙村"]
    assert one(path, table="甲村").frame["name"].tolist() == ["b", "c", "d"]
    assert one(path, table="甲村").frame["source_row"].tolist() == [2, 3, 4]
    assert one(path, table="甲村 / 二组").frame["name"].tolist() == ["c"]
    assert one(path, table="一组").frame["name"].tolist() == ["b"]
    ((code, facts),) = refusal(path, table="丙村")
    assert (code, facts["expected"]) == ("TABLE_MISSING", "-, 甲村 / 一组, 甲村 / 二组, 甲村, 乙村")


def test_a_folder_may_be_named_behind_what_is_in_it(tmp_path: Path) -> None:
    path = written(tmp_path / "late.kml", f"<Folder>{mark('a')}<name>甲村</name></Folder>")
    assert one(path).frame["folder"].tolist() == ["甲村"]


def test_what_is_said_of_a_placemark_becomes_columns(tmp_path: Path) -> None:
    data = (
        '<ExtendedData><Data name="类型"><value>排污口</value></Data><SchemaData schemaUrl="#s">'
        '<SimpleData name="编号">007</SimpleData></SchemaData><own:field>x</own:field></ExtendedData>'
    )
    body = (
        "<description><![CDATA[<b>坡 & 谷</b>]]></description><TimeStamp><when>2017-11-30</when></TimeStamp>"
        f"<styleUrl>#red</styleUrl>{data}<Point><coordinates>104.8,26.6</coordinates></Point>"
    )
    frame = one(written(tmp_path / "said.kml", mark("a", body) + mark("b"))).frame
    assert frame.drop(columns="geometry").iloc[0].to_dict() == {
        "name": "a",
        "description": "<b>坡 & 谷</b>",
        "timestamp": "2017-11-30",
        "类型": "排污口",
        "编号": "007",
        "field": "x",
        "source_row": 1,
    }
    assert frame["编号"].tolist() == ["007", None]


def test_a_field_named_like_a_column_of_ours_hides_nothing(tmp_path: Path) -> None:
    def named(own: str, field: str) -> str:
        data = f'<ExtendedData><Data name="name"><value>{field}</value></Data></ExtendedData>'
        return mark(own, f"{data}<Point><coordinates>104.8,26.6</coordinates></Point>")

    same = one(written(tmp_path / "same.kml", named("a", "a") + named("", "b"))).frame
    assert same["name"].tolist() == ["a", "b"]
    assert "name (ExtendedData)" not in same
    other = one(written(tmp_path / "other.kml", named("a", "x"))).frame
    assert other["name"].tolist() == ["a"]
    assert other["name (ExtendedData)"].tolist() == ["x"]


RING = "<LinearRing><coordinates>104,26 105,26 105,27 104,26</coordinates></LinearRing>"
HOLE = "<LinearRing><coordinates>104.5,26.2 104.6,26.2 104.6,26.3 104.5,26.2</coordinates></LinearRing>"


@pytest.mark.parametrize(
    ("body", "wkt"),
    [
        ("<Point><coordinates> 104.8 , 26.6 , 1200 </coordinates></Point>", "POINT (104.8 26.6)"),
        ("<LineString><coordinates>1,2,3 4,5\n6,7,8</coordinates></LineString>", "LINESTRING (1 2, 4 5, 6 7)"),
        ("<LineString><coordinates>1,2\t3,4</coordinates></LineString>", "LINESTRING (1 2, 3 4)"),
        (RING, "LINESTRING (104 26, 105 26, 105 27, 104 26)"),
        (
            f"<Polygon><outerBoundaryIs>{RING}</outerBoundaryIs><innerBoundaryIs>{HOLE}</innerBoundaryIs></Polygon>",
            "POLYGON ((104 26, 105 26, 105 27, 104 26), (104.5 26.2, 104.6 26.2, 104.6 26.3, 104.5 26.2))",
        ),
        (
            f"<MultiGeometry>{'<Point><coordinates>1,2</coordinates></Point>' * 2}</MultiGeometry>",
            "MULTIPOINT ((1 2), (1 2))",
        ),
        (
            f"<MultiGeometry><Point><coordinates>1,2</coordinates></Point>{RING}</MultiGeometry>",
            "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (104 26, 105 26, 105 27, 104 26))",
        ),
        (
            "<gx:Track><when>2017</when><when>2018</when><gx:coord>104 26 0</gx:coord><gx:coord>105 27 0</gx:coord></gx:Track>",
            "LINESTRING (104 26, 105 27)",
        ),
        ("", None),
        ("<Point><coordinates></coordinates></Point>", None),
        ("<MultiGeometry/>", None),
    ],
)
def test_geometry(tmp_path: Path, body: str, wkt: str | None) -> None:
    assert geometry(tmp_path, body) == wkt


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<Point><coordinates>104.8，26.6</coordinates></Point>", "1 numbers"),
        ("<Point><coordinates>104.8</coordinates></Point>", "1 numbers"),
        ("<Point><coordinates>26°35′N,104°E</coordinates></Point>", "not a number"),
        ("<Point><coordinates>1_0,2</coordinates></Point>", "not a number"),
        ("<Point><coordinates>1,2 3,4</coordinates></Point>", "2 places"),
        ("<LineString><coordinates>1,2 3,x</coordinates></LineString>", "not a number: 'x'"),
        ("<LineString><coordinates>1,2</coordinates></LineString>", "1"),
        ("<LineString><coordinates>1,2,3,4 5,6</coordinates></LineString>", "4 numbers"),
        (
            f"<Polygon><outerBoundaryIs>{RING.replace('105,27 104,26', '105,27')}</outerBoundaryIs></Polygon>",
            "not closed",
        ),
        (f"<Polygon><innerBoundaryIs>{RING}</innerBoundaryIs></Polygon>", "0 outer rings"),
        ("<Model><Location/></Model>", "Model"),
        ("<MultiGeometry>" * 60 + "<Point/>" + "</MultiGeometry>" * 60, "deep"),
    ],
)
def test_geometry_that_cannot_be_read(tmp_path: Path, body: str, words: str) -> None:
    assert words in reason(tmp_path, body)


def test_a_bad_part_makes_the_row_bad_and_its_place_is_known(tmp_path: Path) -> None:
    body = (
        "<MultiGeometry><Point><coordinates>104.5,26.5</coordinates></Point>"
        "<LineString><coordinates>104.7,26.7 104.8,?</coordinates></LineString></MultiGeometry>"
    )
    table = one(written(tmp_path / "g.kml", mark("good") + mark("bad", body)))
    assert [fault.row for fault in table.faults] == [2]
    assert shapely.get_coordinates(table.places[2]).tolist() == [[104.5, 26.5], [104.7, 26.7]]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_document_cut_short_tells_how_many_could_be_read(tmp_path: Path, share: float) -> None:
    path = written(tmp_path / "cut.kml", "".join(mark(f"水源{at}") for at in range(200)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    ((code, facts),) = refusal(path)
    assert code == "FILE_TRUNCATED"
    assert facts["expected"] == f"> {facts['found']}"
    assert abs(int(facts["found"]) - 200 * share) < 4


def test_document_types_are_refused_and_links_not_followed(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.kml"
    bomb.write_text(f'<!DOCTYPE k [<!ENTITY a "{"x" * 99}">]><kml><Document>{mark("&a;")}</Document></kml>', "utf-8")
    assert [code for code, _ in refusal(bomb)] == ["FILE_UNREADABLE"]
    link = "<NetworkLink><name>x</name><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink><GroundOverlay/>"
    assert one(written(tmp_path / "l.kml", link * 2 + mark("a"))).facts["links"] == "NetworkLink × 2, GroundOverlay × 2"
    assert [code for code, _ in refusal(written(tmp_path / "m.kml", link))] == ["EMPTY_LAYER", "LINKS_NOT_FOLLOWED"]


@pytest.mark.parametrize(("declared", "true"), [("utf-8", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16")])
def test_encodings_are_those_of_the_bytes(tmp_path: Path, declared: str, true: str) -> None:
    path = tmp_path / "old.kml"
    text = f'<?xml version="1.0" encoding="{declared}"?><kml><Document>{mark("污水处理厂")}</Document></kml>'
    path.write_bytes(text.encode(true))
    table = one(path)
    assert table.frame["name"].tolist() == ["污水处理厂"]
    assert table.facts["encoding"] == true


def test_stray_ampersands_are_read_as_what_they_are(tmp_path: Path) -> None:
    path = written(tmp_path / "html.kml", mark("A & B", "<description><![CDATA[a &amp b & c]]></description>"))
    frame = one(path).frame
    assert frame["name"].tolist() == ["A & B"]
    assert frame["description"].tolist() == ["a &amp b & c"]


@pytest.mark.parametrize("tag", ["Folder", "Document", "Placemark"])
def test_elements_too_deep_are_refused(tmp_path: Path, tag: str) -> None:
    nested = f"<{tag}><name>a</name>" * 5000 + f"</{tag}>" * 5000
    assert [code for code, _ in refusal(written(tmp_path / "deep.kml", nested))] == ["FILE_UNREADABLE"]


@pytest.mark.parametrize("text", ["", "<html/>", "{}", "<kml><Document><Placemark></kml>"])
def test_what_is_no_kml_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.kml"
    path.write_text(text, "utf-8")
    assert [code for code, _ in refusal(path)] == ["FILE_UNREADABLE"]


def test_what_follows_the_document_is_read_over_unless_it_holds_places(tmp_path: Path) -> None:
    path = written(tmp_path / "junk.kml", mark("a"))
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n</kml><kml>\0\0", "utf-8")
    assert len(one(path).frame) == 1
    path.write_text(text + text, "utf-8")
    assert [code for code, _ in refusal(path)] == ["FILE_UNREADABLE"]


def test_a_kmz_is_read_without_unpacking_and_each_of_its_documents(tmp_path: Path) -> None:
    document = written(tmp_path / "doc.kml", folder("甲村", mark("a") + mark("b"))).read_bytes()
    path = tmp_path / "phone.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", document)
        archive.writestr("files/photo.jpg", b"x")
    assert one(path).frame["folder"].tolist() == ["甲村", "甲村"]
    assert one(path, table="甲村").table == "甲村"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("files/more.kml", document)
    assert [(table.table, len(table.frame)) for table in read(path, name="p")] == [
        ("doc.kml", 2),
        ("files/more.kml", 2),
    ]
    assert one(path, table="files/more.kml").table == "files/more.kml"
    assert [code for code, _ in refusal(path, table="甲村")] == ["TABLE_MISSING"]


def test_rows_that_stand_for_no_place_need_no_geometry(tmp_path: Path) -> None:
    (table,) = read_rows(written(tmp_path / "t.kml", mark("a", "")), name="t.kml")
    assert table.frame["name"].tolist() == ["a"]
    assert read_kml(tmp_path / "t.kml", "", None, None).geometry.tolist() == [None]


def test_a_placemark_may_have_its_geometry_in_several_elements() -> None:
    placemark = Element("Placemark")
    for text in ("1,2", "3,4"):
        SubElement(SubElement(placemark, "Point"), "coordinates").text = text
    shape = shape_of(placemark)
    assert (shape.geometry.geom_type, shape.broken) == ("MultiPoint", None)


def test_a_field_named_like_a_moment_stands_beside_it(tmp_path: Path) -> None:
    point = "<Point><coordinates>1,2</coordinates></Point>"
    field = '<ExtendedData><Data name="timestamp"><value>2016</value></Data></ExtendedData>'
    moment = "<TimeStamp><when>2017</when></TimeStamp>"
    frame = one(written(tmp_path / "t.kml", mark("a", field + point) + mark("b", moment + field + point))).frame
    assert frame["timestamp"].tolist() == [None, "2017"]
    assert frame["timestamp (ExtendedData)"].tolist() == ["2016", "2016"]


def test_a_track_says_when_it_began_and_ended(tmp_path: Path) -> None:
    body = "<gx:Track><when>2017</when><when>2018</when><gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord></gx:Track>"
    frame = one(written(tmp_path / "track.kml", mark("a", body))).frame
    assert (frame["begin"].tolist(), frame["end"].tolist()) == (["2017"], ["2018"])
