"""Words about a file that nobody has described: what it is, where it lies, what it could be, what to paste."""

from __future__ import annotations

from collections.abc import Iterator

from layers.first_look import Axes, Look, TableLook, grid_of_zone
from layers.suggestion import Suggestion, layer_lines, quoted, suggestions
from layers.words import LAYER_KINDS
from scripts.data_report import Input

_FORMATS = {
    ".shp": "Shapefile", ".gpkg": "GeoPackage", ".geojson": "GeoJSON", ".json": "GeoJSON", ".geojsonl": "GeoJSONSeq",
    ".geojsons": "GeoJSONSeq", ".fgb": "FlatGeobuf", ".kml": "KML", ".kmz": "KMZ", ".gdb": "File Geodatabase",
    ".csv": "CSV", ".tsv": "TSV", ".xlsx": "Excel (.xlsx)", ".xls": "Excel (.xls)", ".xlsb": "Excel (.xlsb)",
    ".xlsm": "Excel (.xlsm)", ".ods": "OpenDocument (.ods)", ".parquet": "GeoParquet", ".zip": "ZIP",
}  # fmt: skip
_SHAPES = {"point": "点", "line": "线", "polygon": "面", "collection": "混合图形"}
_COMMENTS = {
    "zh": {
        "path": "把文件（连同子文件夹）放进项目的 data 文件夹",
        "crs": "坐标系：问提供方，不要猜",
        "axes": "坐标列，请核对",
        "swapped": "x 和 y 看来颠倒了，这里已对调：请核对",
        "column": "必填：写上文件中的列名；现有：{found}",
        "id": "没有认出编号列，用行号作编号",
        "serial": "“{found}”只在本表内不重复：各乡镇的表合在一起会重号，所以用“文件名-行号”作编号",
        "guess": "看来是这一列，请核对",
        "constants": "文件中没有这样的列、各行都一样时，改用下面两行",
        "grid": "带号说明：若为 2000 国家大地坐标系即此代码；向提供方核实",
        "corners": "各行（或该列的单元格）是拐点，按保护区连成面",
        "zone_id": "必填：每个保护区一个编号的列；没有就在表中加一列（一级、二级各一个编号）",
    },
    "en": {
        "path": "put the file, with its subfolder, into the project's data folder",
        "crs": "the CRS: ask the supplier, do not guess",
        "axes": "the coordinate columns: check them",
        "swapped": "x and y look exchanged; here they are put right: check them",
        "column": "needed: the file's name for it; there are: {found}",
        "id": "no id column was recognised: rows are numbered",
        "serial": "{found} counts the rows of this table only and would repeat in the next one: FILE-ROW is the id",
        "guess": "seems to be this column: check it",
        "constants": "where the file has no such column and all rows are alike, use the next two lines instead",
        "grid": "by the zone number this code, if the datum is CGCS2000: ask the supplier",
        "corners": "the rows (or the cells of this column) are corner points, joined to one outline for each zone",
        "zone_id": "needed: a column with one id for each zone; add one to the table where there is none",
    },
}
_OUTLINES = "protection_zones"  # the kind whose outlines come as tables of corner points
_MOST_COLUMNS = 30


def shown_inputs(look: Look, language: str) -> Iterator[Input]:
    """One entry per table; one for the whole file where nothing of it can be used."""
    if not look.tables:
        described = [line for table in look.described for line in _about_table(look, table, language)]
        about = [_format(look, language), *_header(look, language), *described]
        yield Input(look.name, "", None, 0, [], look.unusable, about=about, advice=_advice(look, language))
        return
    several = len(look.tables) > 1
    for table in look.tables:
        whole = [fault for fault in look.unusable if fault.layer == table.table]
        about = [_format(look, language), *_about_table(look, table, language)]
        lines = [] if table.read == 0 else list(_paste(look, table, language, several=several))
        yield Input(
            look.name, table.table if several else "", table.read, table.accepted, table.faults, whole,
            notes=[note for note in table.notes if note["code"] != "CRS_ASSUMED"], about=about, advice=lines,
        )  # fmt: skip


def _format(look: Look, language: str) -> str:
    zh, missing = language == "zh", [suffix for suffix in look.missing if suffix != ".cpg"]
    name = _FORMATS.get(look.path.suffix.lower(), look.path.suffix or look.path.name)
    if missing:
        name += f"，缺少 {' '.join(missing)}" if zh else f" without its {' '.join(missing)}"
    if ".cpg" in look.missing and ".dbf" not in look.missing:
        name += "，没有说明文字编码的 .cpg" if zh else ", without the .cpg that states how its texts are encoded"
    return name


def _about_table(look: Look, table: TableLook, language: str) -> Iterator[str]:
    """How it was read, where it lies, its columns."""
    zh = language == "zh"
    if look.unusable and not look.tables:
        label = f"{table.table}: " if len(look.described) > 1 else ""
        yield f"{label}可以读出 {table.read} 行" if zh else f"{label}{table.read} rows can be read"
    crs, assumed = table.facts.get("crs"), table.facts.get("crs_assumed")
    known = []
    if crs:
        guess = ("（按惯例假定）" if zh else " (by convention)") if assumed else ""
        known.append(f"坐标系 {crs}{guess}" if zh else f"CRS {crs}{guess}")
    if table.facts.get("encoding"):
        known.append(f"编码 {table.facts['encoding']}" if zh else f"encoding {table.facts['encoding']}")
    if known:
        yield ("，" if zh else ", ").join(known)
    if table.geometry:
        yield _places(table, language)
    elif table.accepted and look.tables and table.corners is None:
        yield from _without_place(table, language)
    if table.corners is not None:
        yield (
            f'列 {table.corners} 像是保护区的拐点：写 corners = {quoted(table.corners)} 即连成面' if zh else
            f"column {table.corners} looks like corner points of zones: corners = {quoted(table.corners)} joins them"
        )  # fmt: skip
    if not table.columns:
        return
    some = ", ".join(table.columns[:_MOST_COLUMNS])
    more = len(table.columns) - _MOST_COLUMNS
    rest = (f" 等 {len(table.columns)} 列" if zh else f" … {len(table.columns)} in all") if more > 0 else ""
    yield f"列：{some}{rest}" if zh else f"columns: {some}{rest}"
    if table.axes is not None:
        yield from _axes(table.axes, language)


def _places(table: TableLook, language: str) -> str:
    zh = language == "zh"
    kinds = ("、" if zh else ", ").join(
        f"{count} {'条' if kind == 'line' else '个'}{_SHAPES[kind]}"
        if zh
        else f"{count} {kind}{'s' if count > 1 else ''}"
        for kind, count in table.geometry.items()
    )
    if table.extent is None:
        return kinds
    west, south, east, north = (f"{side:.4f}" for side in table.extent)
    if zh:
        return f"{kinds}；经度 {west} 至 {east}，纬度 {south} 至 {north}（请看是否在本地）"
    return f"{kinds}; longitude {west} to {east}, latitude {south} to {north} (is that where they should be?)"


def _without_place(table: TableLook, language: str) -> Iterator[str]:
    if table.axes is not None and not table.axes.degrees:
        return
    if language == "zh":
        yield "没有坐标：没有图形，也没有认得的坐标列（如 经度、纬度）；只能当作不带位置的表（如水质监测数据）"
        yield "→ 若各行是地点，请提供方补上经度、纬度两列，或在 headwater.toml 用 x、y 指明坐标列"
        return
    yield (
        "no places: neither shapes nor coordinate columns that are known (such as lon, lat); it can only serve as a "
        "table without places (such as water-quality samples)"
    )
    yield "→ if its rows are places, ask for columns of longitude and latitude, or name them (x, y) in headwater.toml"


def _axes(axes: Axes, language: str) -> Iterator[str]:
    zh = language == "zh"
    if not axes.degrees:
        yield (
            f"列 {axes.x} 和 {axes.y} 像是坐标（米）：要写明坐标系才能定位" if zh else
            f"columns {axes.x} and {axes.y} look like coordinates in metres: they need a CRS to be placed"
        )  # fmt: skip
        if axes.swapped:
            yield (
                f"→ {axes.x} 列像是北坐标，{axes.y} 列像是东坐标（测量的写法）："
                f'写 x = "{axes.y}"、y = "{axes.x}"' if zh else
                f"→ {axes.x} looks like the northing and {axes.y} like the easting, as surveyors write them: "
                f'write x = "{axes.y}", y = "{axes.x}"'
            )  # fmt: skip
        return
    yield (
        f"没有写明哪两列是坐标；试按 x = {axes.x}、y = {axes.y}（EPSG:4326 经纬度）读取" if zh else
        f"nothing says which columns are coordinates; tried x = {axes.x}, y = {axes.y} as longitude, latitude"
    )  # fmt: skip
    if axes.swapped:
        yield (
            f"→ 经纬度看来颠倒了：{axes.x} 列是纬度，{axes.y} 列是经度。请核对一个已知地点，"
            f'然后写 x = "{axes.y}"、y = "{axes.x}"' if zh else
            f"→ latitude and longitude look exchanged: {axes.x} holds latitudes, {axes.y} longitudes. Check one place "
            f'that you know, then write x = "{axes.y}", y = "{axes.x}"'
        )  # fmt: skip


def _header(look: Look, language: str) -> Iterator[str]:
    """What the .shp says by itself of the numbers in it, and which CRS they could belong to."""
    if look.header is None or not any(look.header.bounds) or not all(abs(side) < 1e12 for side in look.header.bounds):
        return
    zh = language == "zh"
    west, south, east, north = (f"{side:.6g}" if abs(side) < 1000 else f"{side:.0f}" for side in look.header.bounds)
    kind = _SHAPES.get(look.header.kind, "") if zh else look.header.kind
    shapes = (f"图形类型：{kind}；" if zh else f"shapes: {kind}; ") if kind else ""
    numbers = (
        f"坐标数值 x {west} 至 {east}，y {south} 至 {north}"
        if zh
        else f"numbers: x {west} to {east}, y {south} to {north}"
    )
    yield f"{shapes}{numbers}{'：' if zh else '; '}{_likely_crs(look.header.bounds, zh=zh)}"


def _likely_crs(bounds: tuple[float, float, float, float], *, zh: bool) -> str:
    west, south, east, north = bounds
    if max(map(abs, (west, east))) <= 180 and max(map(abs, (south, north))) <= 90:
        china = west >= 73 and east <= 136 and south >= 3 and north <= 54
        code = "EPSG:4490" if china else "EPSG:4326"
        return f"像是经纬度（度），多半是 {code}" if zh else f"they look like degrees, most often {code}"
    epsg, zone = grid_of_zone(west, east), int(east // 1_000_000)
    if epsg is not None:
        degrees = 3 if zone >= 25 else 6
        return (
            f"像是 {degrees} 度分带第 {zone} 带的米，若为 CGCS2000 即 EPSG:{epsg}"
            if zh
            else f"they look like metres in {degrees}-degree zone {zone}; of CGCS2000 that is EPSG:{epsg}"
        )
    return (
        "像是米（投影坐标），属于哪个投影只有提供方知道"
        if zh
        else "they look like metres in a projection; which one, only the supplier knows"
    )


def _advice(look: Look, language: str) -> list[str]:
    """The lines to paste for a file that can be read but not placed."""
    codes = {fault.code for fault in look.unusable}
    if codes != {"CRS_MISSING"} or len(look.described) != 1:
        return []
    geometry = {look.header.kind: 1} if look.header is not None and look.header.kind else {}
    table = look.described[0]._replace(geometry=geometry, facts={**look.described[0].facts, "placed": True})
    return list(_paste(look, table, language, several=False, crs_missing=True))


def lines_to_paste(look: Look, table: TableLook | None, language: str) -> list[str]:
    """The `[[layer]]` lines to begin with; those of a whole file that can be read but not placed without `table`."""
    told = (
        _advice(look, language) if table is None else list(_paste(look, table, language, several=len(look.tables) > 1))
    )
    return [line.strip() for line in told[1:]]


def candidates(look: Look, table: TableLook) -> list[Suggestion]:
    """The kinds of layer that a table could be."""
    placed = bool(table.facts["placed"]) or table.axes is not None or table.corners is not None
    geometry = table.geometry if table.corners is None else {"polygon": table.accepted}
    return suggestions(table.columns, geometry, f"{look.name} {table.table}", placed=placed)


def _below_data(look: Look) -> str:
    """The name a file will have in the project's data folder: of a folder's files with their subfolders."""
    return look.path.name if look.path.as_posix() == look.name else look.name


def _paste(look: Look, table: TableLook, language: str, *, several: bool, crs_missing: bool = False) -> Iterator[str]:
    zh = language == "zh"
    found = candidates(look, table)
    if not found:
        return
    words = (" 或 " if zh else " or ").join(f"{one.kind} ({LAYER_KINDS[one.kind].text(language)})" for one in found)
    yield (
        f"可能是 {words}；可把下面几行贴进 headwater.toml 再改："
        if zh
        else f"could be {words}; lines to begin with in headwater.toml:"
    )
    lines = layer_lines(
        found[0], _below_data(look), table.columns, _COMMENTS[language], table=table.table if several else None,
        crs_missing=crs_missing, axes=table.axes, corners=table.corners if found[0].kind == _OUTLINES else None,
    )  # fmt: skip
    yield from (f"    {line}" for line in lines)
