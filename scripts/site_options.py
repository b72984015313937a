"""The options of `headwater check-site`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_FAR = 1_000_000  # metres; farther than a place can be wrong, and than any rule reaches

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="Footprints: GeoJSON, KML, Shapefile, CSV, GeoPackage … 拟建范围文件。"),
]
PointOption = Annotated[str | None, typer.Option("--point", metavar="LON,LAT", help="Or one place. 或一个点。")]
WktOption = Annotated[str | None, typer.Option("--wkt", metavar="WKT", help="Or a drawing. 或 WKT 图形。")]
KindOption = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="What is proposed; left out, a column of the file. 拟建项目类型。"),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="As discharges=false; may be repeated. 属性，可多个。"),
]
LocatedOption = Annotated[
    float | None,
    typer.Option("--located-to", min=0, max=_FAR, metavar="METRES", help="Accuracy of the place. 位置精度。"),
]
BufferOption = Annotated[
    float | None,
    typer.Option(
        "--buffer", min=0, max=_FAR, metavar="METRES", help="What if so near a zone were inside? 假设：外扩米数。"
    ),
]
BooksOption = Annotated[
    str | None, typer.Option("--books", metavar="A,B", help="What if these rule books held? 假设：换用法规库。")
]
DayOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="What if on that day? 假设：按该日的规定。")
]
ReachOption = Annotated[
    float,
    typer.Option("--reach", min=0, max=_FAR, metavar="METRES", help="How far to tell of zones. 列出多远以内的保护区。"),
]
CrsOption = Annotated[str | None, typer.Option("--crs", metavar="EPSG:…", help="Of the coordinates. 坐标系。")]
DatumOption = Annotated[
    str | None, typer.Option("--datum", metavar="gcj02|bd09|wgs84", help="Of offset positions. 偏移坐标。")
]
TableOption = Annotated[
    str | None, typer.Option("--table", metavar="NAME", help="Layer or sheet of the file. 图层或工作表。")
]
EncodingOption = Annotated[str | None, typer.Option("--encoding", metavar="NAME", help="Of the file. 文件编码。")]
XOption = Annotated[str | None, typer.Option("--x", metavar="COLUMN", help="Longitude or easting. 经度列。")]
YOption = Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="Latitude or northing. 纬度列。")]
IdOption = Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="The id. 编号列。")]
NameOption = Annotated[str | None, typer.Option("--name", metavar="COLUMN", help="The name. 名称列。")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="All answers, or what changes: .csv .geojson. 写出结论。"),
]
PasteOption = Annotated[bool, typer.Option("--paste", help="Only the paragraphs to paste. 只给出可粘贴的段落。")]
