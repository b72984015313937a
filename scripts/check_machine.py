"""`headwater doctor`: versions, drivers, fonts and what is missing on this machine."""

from __future__ import annotations

import importlib
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gis.reading_limits import memory_is_limited
from scripts.console import DONE, UNUSABLE, Console
from scripts.write_sets import headwater_version

PACKAGES = (
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "pyarrow",
    "fiona",
    "folium",
    "XStatic-Leaflet",
    "pydantic",
    "numpy",
    "pandas",
)
EXTRAS = {"fast": ("numba",), "scale": ("distributed", "dask-geopandas")}
# Of the drivers that may read, those that each build of GDAL has to have.
NEEDED_DRIVERS = frozenset({"ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSON", "GeoJSONSeq", "KML", "OpenFileGDB"})
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "microsoft-edge")
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
CHINESE_FONTS = ("NotoSansCJK", "NotoSerifCJK", "wqy", "msyh", "simsun", "PingFang", "SourceHan", "simhei", "STHeiti")


def check_machine(console: Console) -> int:
    """Tells what Headwater finds here; exit code 3 where something that it needs is missing."""
    packages = {name: _installed(name) for name in PACKAGES}
    optional = {"fiona"} if sys.version_info >= (3, 14) else set()
    missing = sorted(name for name, found in packages.items() if found is None and name not in optional)
    drivers, trouble, network = _drivers() if not missing else ([], "", True)
    facts = {
        "headwater": headwater_version(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "packages": packages,
        "extras": {extra: {name: _installed(name) for name in names} for extra, names in EXTRAS.items()},
        "drivers": drivers,
        "drivers_trouble": trouble,
        "memory_limit": memory_is_limited(),
        "network_shut_off": not network,
        "gdal": _gdal() if not missing else "",
        "browser": next((name for name in BROWSERS if shutil.which(name)), None),
        "chinese_font": _chinese_font(),
        "missing": missing,
    }
    if console.as_json:
        console.give(facts)
    else:
        _tell(facts, console)
    return UNUSABLE if missing or trouble else DONE


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _drivers() -> tuple[list[str], str, bool]:
    """The formats that the process which reads has, what is wrong with them if anything is, and if it has a network."""
    import gis
    from gis.reading_process import drivers

    try:
        found, network = drivers()
    except (RuntimeError, OSError) as error:
        return [], str(error), True
    pyogrio = importlib.import_module("pyogrio")
    open_doors = sorted(set(pyogrio.list_drivers()) - gis.DRIVERS)  # here, too: something loaded GDAL before us
    lacking = sorted(NEEDED_DRIVERS - {*found})
    told = [f"not allowed: {', '.join(open_doors)}"] * bool(open_doors) + [f"missing: {', '.join(lacking)}"] * bool(
        lacking
    )
    return sorted({*found, "CSV", "Parquet", "XLSX"}), "; ".join(told), network


def _gdal() -> str:
    return ".".join(map(str, importlib.import_module("pyogrio").__gdal_version__))


def _chinese_font() -> str | None:
    """A Chinese font file, needed to see Chinese on a map opened here; browsers bring none."""
    for folder in map(Path, FONT_FOLDERS):
        if folder.is_dir():
            for path in sorted(folder.rglob("*.tt[cf]")):
                if any(path.name.lower().startswith(name.lower()) for name in CHINESE_FONTS):
                    return path.name
    return None


def _tell(facts: Mapping[str, Any], console: Console) -> None:
    for name in ("headwater", "python", "system", "gdal"):
        console.say(f"{name}: {facts[name]}", f"{name}: {facts[name]}")
    for name, found in facts["packages"].items():
        console.say(f"  {name} {found or '缺少'}", f"  {name} {found or 'missing'}")
    for extra, found in facts["extras"].items():
        _tell_extra(extra, found, console)
    formats = ", ".join(facts["drivers"])
    console.say(f"可读格式：{formats}", f"formats: {formats}")
    if facts["drivers_trouble"]:
        told = facts["drivers_trouble"]
        console.say(f"读取进程有问题：{told}", f"the reading process is not as it should be: {told}")
    if not facts["network_shut_off"]:
        console.say(
            "本系统不能为读取进程彻底关闭网络（Linux 可以）；文件中的网址仍一律不打开",
            "this system cannot shut off the network of the process that reads (Linux can); no URL in a file is opened",
        )
    if not facts["memory_limit"]:
        console.say(
            "本系统不能限制读取进程的内存，改由本程序监视并终止",
            "this system limits no process's memory; the one that reads is watched and ended instead",
        )
    console.say(
        f"浏览器：{facts['browser'] or '没有找到（只在测试时需要）'}",
        f"browser: {facts['browser'] or 'none found (needed for tests only)'}",
    )
    console.say(
        f"中文字体：{facts['chinese_font'] or '没有找到：地图上的汉字可能显示为方框'}",
        f"Chinese font: {facts['chinese_font'] or 'none found: Chinese on maps opened here may show as boxes'}",
    )


def _tell_extra(extra: str, found: Mapping[str, str | None], console: Console) -> None:
    command = f"{sys.executable} -m pip install 'headwater[{extra}]'"
    zh = ", ".join(f"{name} {one or '未安装'}" for name, one in found.items())
    en = ", ".join(f"{name} {one or 'not installed'}" for name, one in found.items())
    whole = all(found.values())
    console.say(
        f"附加组件 {extra}：{zh}" + ("" if whole else f"；安装：{command}"),
        f"extra {extra}: {en}" + ("" if whole else f"; install with {command}"),
    )
