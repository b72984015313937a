"""One seed -> a folder of little projects and the manifest that says what must become of every file and row."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from tests.corpus.corners import write_corners
from tests.corpus.defects import repeat
from tests.corpus.files import WHOLE
from tests.corpus.model import TABLES, Expected, Plan, Row
from tests.corpus.plans import good_plan, kinds_and_forms, mixed_plan, titled_plan, united_plan, write_plan
from tests.corpus.rows import Maker

MANIFEST = "manifest.json"


def build(folder: Path, seed: int, *, rows: int = 6000) -> list[Expected]:
    """What is expected of every file of the corpus that is written into `folder`, with about `rows` bad rows."""
    maker = Maker(Random(seed))
    made = (
        _mixed(folder, maker, rows) + _across_files(folder, maker) + _cut_rows(folder, maker) + _corners(folder, maker)
    )
    for number, whole in enumerate(WHOLE):
        project = folder / f"w{number:02}"
        project.mkdir(parents=True)
        path, entry = whole.write(project, maker)
        made.append(Expected(project.name, path, whole.kind, whole.form, whole.name, whole.code, entry, []))
    _write_projects(folder, made)
    manifest = {"seed": seed, "files": [asdict(one) for one in made], **counts(made)}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1, default=str), "utf-8")
    return made


def counts(made: list[Expected]) -> dict[str, Any]:
    """How many classes of defect, bad rows and files there are."""
    bad = [row for one in made for row in one.rows if row["code"] is not None]
    classes = {row["defect"] for row in bad} | {one.defect for one in made if one.code is not None}
    return {"classes": len(classes), "bad_rows": len(bad), "rows": sum(len(one.rows) for one in made)}


def _mixed(folder: Path, maker: Maker, rows: int) -> list[Expected]:
    pairs = kinds_and_forms()
    each = max(24, -(-rows // len(pairs)))
    made = []
    for number, (kind, form) in enumerate(pairs):
        made.append(_written(folder, f"m{number:02}", mixed_plan(maker, kind, form, bad=each, number=number)))
    for number, form in enumerate(sorted(TABLES)):
        lines = maker.random.randint(1, 19)
        made.append(_written(folder, f"t{number}", titled_plan(maker, "pollution_sources", form, lines=lines)))
        made.append(_written(folder, f"u{number}", united_plan(maker, form)))
    return made


def _written(folder: Path, project: str, plan: Plan, *, name: str = "") -> Expected:
    (folder / project).mkdir(parents=True, exist_ok=True)
    plan.name = name
    path = write_plan(folder / project, plan)
    rows = [_expected(row, plan) for row in plan.rows]
    kind_of_file = "titles" if plan.titles else "rows"
    return Expected(project, path, plan.kind, plan.form, kind_of_file, None, plan.entry, rows, dict(plan.notes))


def _expected(row: Row, plan: Plan) -> dict[str, Any]:
    columns = None if row.columns is None else ", ".join(plan.headings[column] for column in row.columns)
    told = {"row": row.number, "defect": row.defect, "code": row.code, "column": columns, "value": row.value}
    return {**told, "reads": row.reads, "place": row.place, "note": row.note}


def _across_files(folder: Path, maker: Maker) -> list[Expected]:
    """Two files of one kind in one project: the second repeats ids of the first."""
    made = []
    for number, (one, other) in enumerate((("csv", "xlsx"), ("gpkg", "csv"), ("geojson", "shp"), ("kml", "parquet"))):
        kind = "pollution_sources"
        first, second = good_plan(maker, kind, one, 20), good_plan(maker, kind, other, 20)
        for at in range(0, 20, 2):
            again = repeat(first.rows[at], maker, kind, differing=at % 4 == 0)
            again.defect = "duplicate in another file"
            second.rows.insert(at, again)
        second.number_rows()
        made += [_written(folder, f"d{number}", plan, name=name) for plan, name in ((first, "one"), (second, "other"))]
    return made


def _cut_rows(folder: Path, maker: Maker) -> list[Expected]:
    """CSV files whose last row was cut off in the middle: this row only is lost."""
    made = []
    for number in range(3):
        plan = good_plan(maker, "pollution_sources", "csv", 30)
        last = plan.rows[-1]
        last.cells_added, last.code, last.defect = -4, "ROW_RAGGED", "cut last row"
        made.append(_written(folder, f"c{number}", plan))
    return made


def _corners(folder: Path, maker: Maker) -> list[Expected]:
    forms = [(form, in_cells) for form in ("csv", "xlsx", "ods", "xls") for in_cells in (False, True)]
    return [
        write_corners(folder, f"k{number}", maker, form, in_cells=in_cells)
        for number, (form, in_cells) in enumerate(forms)
    ]


def _write_projects(folder: Path, made: list[Expected]) -> None:
    """A project file for each project, so that every command can be tried on it."""
    for project in dict.fromkeys(one.project for one in made):
        text = f'title = "{project}"\njurisdictions = ["cn"]\nas_of = 2017-11-30\n'
        for one in made:
            if one.project == project:
                text += f'\n[[layer]]\nkind = "{one.kind}"\npath = {_toml(one.path)}\n'
                text += "".join(f"{key} = {_toml(value)}\n" for key, value in one.entry.items())
        (folder / project / "headwater.toml").write_text(text, "utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
