"""Files of many rows, good and bad in one, in every format; and how a plan becomes a file."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tests.corpus.defects import ROW_DEFECTS, Defect, repeat, spoil
from tests.corpus.layers import table_of, write_layer, write_shapefile, zip_shapefile
from tests.corpus.model import GEO, TABLES, WORKBOOKS, Plan, Row
from tests.corpus.rows import DATES, HEADINGS, IDS, NUMBERS, XY, Maker
from tests.corpus.tables import write_table

SUFFIX = {form: f".{form}" for form in GEO | TABLES} | {"shpzip": ".zip"}
# What a file of many rows is called, so that the format is the only thing that tells them apart.
_FORMS_BY_KIND = {
    "protection_zones": (
        "shp",
        "shpzip",
        "gpkg",
        "geojson",
        "geojsonl",
        "fgb",
        "kml",
        "kmz",
        "gdb",
        "parquet",
        "gdbzip",
    ),
    "rivers": ("shp", "gpkg", "geojson", "fgb", "kml", "parquet"),
    "pollution_sources": (
        "shp",
        "shpzip",
        "gpkg",
        "geojson",
        "geojsonl",
        "fgb",
        "kml",
        "gdb",
        "parquet",
        *sorted(TABLES),
    ),
    "remediation_sites": ("shp", "gpkg", "geojsonl", "parquet", *sorted(TABLES)),
    "river_sections": ("gpkg", "fgb", "kmz", *sorted(TABLES)),
    "intakes": ("geojson", "csv", "xlsx", "csvzip", "xlsxzip"),
    "samples": ("csv", "tsv", "xlsx", "ods", "xls"),
}
# CSV files by encoding and delimiter, as far as the encoding needs no telling.
_CSV = (("utf-8", ","), ("utf-8-sig", ","), ("gb18030", ","), ("utf-16", ","), ("utf-8", ";"))


def kinds_and_forms() -> list[tuple[str, str]]:
    """Every kind of layer with every format in which the corpus has it."""
    return [(kind, form) for kind, forms in _FORMS_BY_KIND.items() for form in forms]


def _headings(maker: Maker, kind: str, form: str) -> dict[str, str]:
    short = form in ("shp", "shpzip")
    # The English heading of a name is the placemark's own; else all stands in its extended data.
    choice = 1 if short else maker.random.choice((0, 2)) if form in ("kml", "kmz") else maker.random.randrange(4)
    headings = {column: names[choice] for column, names in HEADINGS[kind].items()}
    if form in TABLES and kind != "samples":
        headings["x"], headings["y"] = maker.random.choice(XY)
    return headings


def good_plan(maker: Maker, kind: str, form: str, count: int) -> Plan:
    """`count` good rows."""
    headings = _headings(maker, kind, form)
    plan = Plan(kind, form, headings, [maker.row(kind, plain=True) for _ in range(count)])
    plan.number_rows()
    return plan


def mixed_plan(maker: Maker, kind: str, form: str, *, bad: int, number: int = 0) -> Plan:
    """A file of `kind` with about `bad` rows of every class that it can have, and twice as many good ones."""
    packed, form = form.endswith("zip") and form != "shpzip", form if form == "shpzip" else form.removesuffix("zip")
    classes = [defect for defect in ROW_DEFECTS if kind in defect.kinds and form in defect.forms]
    refused = [defect for defect in classes if defect.code is not None]
    wanted = [refused[at % len(refused)] for at in range(bad)] + [one for one in classes if one.code is None] * 4
    rows = [spoil(defect, maker, kind) for defect in wanted] + [_good(maker, kind, form) for _ in range(2 * bad)]
    maker.random.shuffle(rows)
    if kind != "samples":
        rows = _with_repeats(rows, maker, kind)
    plan = Plan(kind, form, _headings(maker, kind, form), rows, packed=packed)
    if form == "csv":
        plan.encoding, plan.delimiter = _CSV[number % len(_CSV)]
    if form in ("shp", "shpzip"):
        plan.encoding = "gb18030"
    _finish(plan, maker)
    return plan


def _good(maker: Maker, kind: str, form: str) -> Row:
    row = maker.row(kind)
    if form in ("kml", "kmz", "shp", "shpzip"):  # neither keeps line breaks and outer blanks as they stand
        row.cells = {
            name: " ".join(text.split()) if isinstance(text, str) else text for name, text in row.cells.items()
        }
    if form in WORKBOOKS and maker.random.random() < 0.5:
        _typed(row, form)
    return row


def _typed(row: Row, form: str) -> None:
    """Numbers and dates as a workbook holds them, in place of texts."""
    for column in ("x", "y"):
        if column in row.cells and row.place is not None:
            row.cells[column] = row.place["xy".index(column)]
    for column in NUMBERS:
        if column in row.reads:
            row.cells[column] = row.reads[column]
    if form == "xlsx":
        for column in DATES:
            if column in row.reads:
                row.cells[column] = date.fromisoformat(row.reads[column])


def _with_repeats(rows: list[Row], maker: Maker, kind: str) -> list[Row]:
    """`rows` and after some of the good ones, further below, the same id again."""
    rows = list(rows)
    for differing in (False, True, False, True):
        at, first = maker.random.choice([(at, row) for at, row in enumerate(rows) if row.defect == "good"])
        rows.insert(maker.random.randint(at + 1, len(rows)), repeat(first, maker, kind, differing=differing))
    return rows


def _finish(plan: Plan, maker: Maker) -> None:
    if plan.form in TABLES:
        # TSV and CSV: a line of nothing between rows is no row.
        plan.blanks = set(maker.random.sample(range(1, len(plan.rows)), 3))
    if plan.form == "xlsx":
        for row in maker.random.sample(plan.rows, 5):
            row.hidden = True
        plan.notes["ROWS_HIDDEN"] = {}
    raised = sum(1 for row in plan.rows if row.defect in ("height", "measures (M)"))
    if raised:
        plan.notes["HEIGHTS_DROPPED"] = {"rows": str(raised)}
    plan.number_rows()


def titled_plan(maker: Maker, kind: str, form: str, *, lines: int) -> Plan:
    """A table whose heading stands below `lines` lines of titles, units and nothing."""
    plan = mixed_plan(maker, kind, form, bad=24)
    said: list[list[str]] = [
        ["六盘水市集中式饮用水水源地排查清单（2017年）"],
        ["填报单位：市生态环境局"],
        [],
        ["2017年11月30日"],
    ]
    plan.titles = [said[at % len(said)] for at in range(lines)]
    plan.merged = True
    plan.notes["HEADING_FOUND"] = {}
    plan.number_rows()
    return plan


def united_plan(maker: Maker, form: str) -> Plan:
    """Sources whose accuracy stands in kilometres, as the heading says."""
    plan = mixed_plan(maker, "pollution_sources", form, bad=24)
    plan.headings["located_to_metres"] = maker.random.choice(("定位精度（公里）", "accuracy (km)", "定位误差[千米]"))
    for row in plan.rows:
        if "located_to_metres" in row.reads:
            row.reads["located_to_metres"] *= 1000
    plan.notes["UNIT_CONVERTED"] = {}
    return plan


def write_plan(
    folder: Path, plan: Plan, *, crs: str | None = "EPSG:4326", inside: str = "保护区数据", coded: str = "gb18030"
) -> str:
    """The name of the file that `plan` became in `folder`."""
    name = f"{plan.name or 'data'}{SUFFIX[plan.form]}"
    if plan.packed:
        (folder / "packed").mkdir()
        inner = write_plan(folder / "packed", replace(plan, packed=False, name=inside), crs=crs)
        return _packed(folder / "packed", inner, folder / "data.zip")
    if plan.form in TABLES:
        write_table(folder / name, plan)
    elif plan.form == "shpzip":
        names, columns, shapes = table_of(plan)
        path = folder / "part.shp"
        write_shapefile(path, names, columns, shapes, encoding=plan.encoding, crs=crs)
        zip_shapefile(path, folder / name, inside=inside, encoding=coded)
    else:
        write_layer(folder / name, plan, crs=crs)
    return name


def _packed(folder: Path, name: str, target: Path) -> str:
    """The name of the archive into which the file or folder `name` was moved."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        for part in sorted(folder.rglob("*")):
            if part.is_file():
                parts.write(part, part.relative_to(folder))
    shutil.rmtree(folder)
    return target.name


def ids_of(rows: Iterable[Row], kind: str) -> list[Any]:
    """The ids as they are read."""
    return [str(row.cells[IDS[kind]]).strip() for row in rows]


__all__ = ["Defect", "good_plan", "ids_of", "kinds_and_forms", "mixed_plan", "titled_plan", "united_plan", "write_plan"]
