"""`ledger.xlsx` of a run: what the run and the ledger say, laid out for an office to file, edit and send back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.assess import Assessment
from layers.ledger_columns import EXPORT_FORMAT, EXPORT_KEYS, EXPORT_VERSION
from layers.ledger_rows import LEDGER, Frames, Told, problems
from layers.ledger_sheets import (
    change_sheet,
    look_back_sheet,
    overdue_sheet,
    problem_sheet,
    section_sheet,
    unlisted_sheet,
)
from layers.ledger_statistics import tallies
from layers.ledger_told import overrides_told, told_by_ledger
from layers.project import Project
from layers.rule_book import RuleSet
from layers.words import Word
from maps.workbook import Filing, ledger_workbook
from scripts.console import Console

FILE = "ledger.xlsx"


def write_workbook(
    folder: Path,
    project: Project,
    rules: RuleSet,
    findings: pd.DataFrame,
    result: Assessment,
    districts_of: NDArray[np.int64] | None,
    console: Console,
) -> None:
    """Writes the workbook into a folder; `findings` in the project's language.

    `districts_of`: of each site the row of its district (`layers.of_districts`).
    """
    language, as_of = project.language, date.fromisoformat(result.run["as_of"])
    law = {rule.id for rule in rules.rules.values() if rules.statutory(rule)}
    district = _names(districts_of, result.context.get("districts"), len(result.sites))
    levels = {code: Word(word.zh, word.en) for code, word in rules.levels.items()}
    kinds = {code: Word(word.zh, word.en) for code, word in rules.kinds.items()}
    frames = Frames(result.sites, findings, result.zones, law, district, levels, kinds)
    found = problems(frames, _told(project, findings, result, as_of), as_of=as_of, language=language)
    titles = {key: Word(rule.title.zh, rule.title.en) for key, rule in rules.rules.items()}
    zones = dict(zip(result.zones["zone_id"], result.zones["name"], strict=True))
    sheets = [
        problem_sheet(found),
        overdue_sheet(found),
        look_back_sheet(found, findings, as_of=as_of, language=language),
        unlisted_sheet(frames, language=language),
        section_sheet(result.sections, findings, language),
        change_sheet(_changes(result), titles, zones, language),
    ]
    notes = [note[language] for note in result.run["assumptions"]]
    filing = Filing(project.title, as_of, language, _export(result, language), notes)
    cut = ledger_workbook(sheets, tallies(found, frames, language=language), filing, folder / FILE)
    _tell(sum(cut.values()), sum(sheet.left_out for sheet in sheets), console)


def _told(project: Project, findings: pd.DataFrame, result: Assessment, as_of: date) -> Told:
    """What the ledger says of each remediation site; nothing where it was not asked."""
    if result.state is None or result.history is None:
        return {}
    decided = overrides_told(findings, result.history.decisions, project.language)
    rows = result.sites[result.sites["layer"] == LEDGER]
    return told_by_ledger(
        result.state, rows, result.history.events, decided, project.ledger, as_of=as_of, language=project.language
    )


def _changes(result: Assessment) -> pd.DataFrame | None:
    """What changed since the run before; None where there is none."""
    compared = result.changes is not None and result.this_run is not None and result.this_run.before is not None
    return result.changes.details if compared and result.changes else None


def _names(rows: NDArray[np.int64] | None, districts: gpd.GeoDataFrame | None, sites: int) -> list[str | None]:
    """Of each site the name of its district, None where it lies in none."""
    if rows is None or districts is None:
        return [None] * sites
    names = districts["name"].where(districts["name"].notna(), districts["district_id"])
    known = [*names.to_numpy(dtype=object, na_value=None).tolist(), None]  # the last one for the row -1
    return [known[row] for row in rows.tolist()]


def _export(result: Assessment, language: str) -> dict[str, str]:
    """Which export this is, for the day on which the workbook comes back."""
    run, ledger = result.run, result.run.get("ledger") or {}
    told = {
        "format": EXPORT_FORMAT,
        "version": EXPORT_VERSION,
        "build_id": run["build_id"],
        "run_id": run.get("run_id", ""),
        "ledger_events": ledger.get("events", 0),
        "ledger_hash": ledger.get("head", ""),
        "as_of": run["as_of"],
        "language": language,
        "title": run["title"],
    }
    return {key: str(told[key]) for key in EXPORT_KEYS}


def _tell(cut: int, left_out: int, console: Console) -> None:
    """What the workbook does not hold whole."""
    if cut:
        console.say(
            f"注意：{FILE} 有 {cut} 个单元格的文字超过 Excel 的上限，只放入开头；全文在 findings.gpkg",
            f"Note: {cut} cells of {FILE} hold more text than Excel can; only the beginning is there, all is in "
            "findings.gpkg",
        )
    if left_out:
        console.say(
            f"注意：{FILE} 行数有限，{left_out} 行没有列出，见各 CSV",
            f"Note: {FILE} holds so many rows only; {left_out} are not listed, see the CSV files",
        )
