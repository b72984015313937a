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
    facts = {
        "headwater": headwater_version(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "packages": packages,
        "extras": {extra: {name: _installed(name) for name in names} for extra, names in EXTRAS.items()},
        "drivers": _drivers() if not missing else [],
        "gdal": _gdal() if not missing else "",
        "browser": next((name for name in BROWSERS if shutil.which(name)), None),
        "chinese_font": _chinese_font(),
        "missing": missing,
    }
    if console.as_json:
        console.give(facts)
    else:
        _tell(facts, console)
    return UNUSABLE if missing else DONE


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _drivers() -> list[str]:
    """The vector formats that may be read here: the allow-list of gis, as far as GDAL has them."""
    import gis

    pyogrio = importlib.import_module("pyogrio")
    return sorted(set(pyogrio.list_drivers()) & set(gis.DRIVERS) | {"CSV", "Parquet", "XLSX"})


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
