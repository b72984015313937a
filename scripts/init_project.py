"""`headwater init`: writes a commented project to fill in."""

from __future__ import annotations

from pathlib import Path

from gis.faults import Fault, shown
from layers.project import PROJECT_FILE, ProjectError
from scripts.console import DONE, Console

TEMPLATE = """# Headwater 项目文件 / project file. 所有设置、列名见 docs/project-file.md / all settings and columns
title = "{name}"
language = "zh"                     # zh | en：表格与地图的语言 / language of tables and map
jurisdictions = ["cn"]              # 内置法规库或 .toml 文件 / built-in rule books or .toml files (headwater rules)
# as_of = 2017-11-30                # 检查日期，省略则为今天 / date of inspection; left out: today
# zones_complete_in = ["520201"]    # districts 中确实没有保护区的行政区（编号或名称），或 "all"
#                                   # districts (ids or names) that are known to have no zone, or "all"
# zones_complete_within_metres = 0  # 没有 districts 图层时：保护区外包凸壳向外多远您能保证数据完整
#                                   # without districts: how far around the zones' hull you vouch for their completeness

# [limits]                          # 读一个文件最多用多少内存和时间；省略则按大小 / what reading one file may take
# memory_gib = 4
# seconds = 300

# 先运行 headwater check-data data：每个文件是什么、有什么错、可以贴到这里的 [[layer]] 各行。
# First run headwater check-data data: what each file is, what is wrong, and the [[layer]] lines to paste here.

# 每个文件一段 [[layer]]。常见的中英文列名（编号 名称 级别 经度 纬度 责任单位 整改时限 …）不必写。
# One [[layer]] per file. Common Chinese and English column names are known without being listed.
[[layer]]
kind = "protection_zones"           # 保护区（面）：zone_id* name* level*（* 必需 / needed）
path = "data/zones.gpkg"            # .gpkg .shp .zip .geojson .kml .gdb .parquet .csv .xlsx .xls .ods
# table = "zones"                   # 图层或工作表 / layer in the file or sheet; left out: all of them
# crs = "EPSG:4490"                 # 仅当文件没有说明坐标系；问提供方，不要猜 / only where the file does not say; ask
# transformation = [-12.1, 34.2, 5.6]   # 北京 54、西安 80 等旧坐标系到 WGS 84：3 或 7 个参数，或 "EPSG:…"
#                                       # from an old datum to WGS 84: 3 or 7 parameters, or "EPSG:…"
# datum = "gcj02"                   # 已知有偏移：gcj02（高德、腾讯）bd09（百度）；核实没有偏移：wgs84
#                                   # known to be offset: gcj02, bd09; asked, and it is not: wgs84
# corners = "拐点坐标"               # 拐点坐标表：全部拐点所在的列、拐点序号列、拐点工作表，或 "row"（每行一个拐点）
#                                   # corner points: the column that holds or numbers them, their sheet, or "row"
# encoding = "gb18030"              # 文字编码，乱码时写 / of the texts, where they look garbled
# date_order = "dmy"                # 04/03/2024 是 4 月 3 日（mdy）还是 3 月 4 日（dmy） / which comes first
# located_to_metres = 10            # 位置精度（米）/ accuracy of the positions
# map_scale = 10000                 # 从 1:10000 的图上量取 / digitised from a map of 1:10,000
# data_until = 2020-12-31           # 数据可用到哪一天 / the last day for which the data may be relied on
# [layer.columns]                   # 我们的列名 = 文件里的列名 / ours = theirs
# zone_id = "编号"
# [layer.constants]                 # 文件没有这一列、各行都一样 / the file has no such column, all rows are alike
# level = "2"
# [layer.values.level]              # 文件里的值 = 我们的值；"*" 为其余各值 / theirs = ours; "*" for every other value
# "一级保护区" = "1"

[[layer]]
kind = "pollution_sources"          # 污染源：source_id* name* kind*
path = "data/sources.csv"
# x = "经度"                         # 坐标列 / coordinate columns of a table
# y = "纬度"
# make_id = "row"                   # 没有编号列，或各表的序号重复 / no id column, or ids that repeat in the next file

# [[layer]]
# kind = "remediation_sites"        # 整改点：site_id* name* status*
# path = "data/remediation.xlsx"

# 其他图层 / further layers: river_sections samples rivers water_bodies intakes districts
# districts 说明保护区数据在哪些行政区内是完整的；没有数据的地方是“未评估”，不是“无冲突”。
# districts say where the zones are complete; where there are no data the answer is "not assessed", never "clear".
"""


def init_project(directory: Path, console: Console) -> int:
    """Writes DIR/headwater.toml and DIR/data; refuses a folder that has a project already."""
    file = directory / PROJECT_FILE
    if file.exists():
        raise ProjectError([Fault("FOLDER_IN_USE", file=str(file))])
    (directory / "data").mkdir(parents=True, exist_ok=True)
    name = shown(directory.resolve().name).replace("\\", "").replace('"', "")
    file.write_text(TEMPLATE.replace("{name}", name), encoding="utf-8", newline="\n")
    if console.as_json:
        console.give({"project": str(file)})
    console.say(
        f"已写出 {file}；把数据放进 {directory / 'data'}，然后：headwater check-data {directory}",
        f"wrote {file}; put your files into {directory / 'data'}, then: headwater check-data {directory}",
    )
    return DONE
