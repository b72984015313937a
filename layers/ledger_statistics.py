"""Rows of 问题清单 -> the counts of the sheet 统计: by status, unit, district, level and month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import pandas as pd

from layers.ledger_rows import LEDGER, SOURCES, Frames, Problems, level_word
from layers.words import FINISHED_STATUSES, RESULTS, STATUSES, Word

Cell = str | int | float | None
MOST_GROUPS, MOST_MONTHS = 200, 120

SHEET = Word("统计", "Statistics")
_COUNTS = (
    Word("合计", "Total"), Word("已完成", "Finished"), Word("推进中", "In work"), Word("逾期", "Overdue"),
    Word("其中已销号", "Of these closed"), Word("反弹", "Relapsed"), Word("无法整改", "Cannot be fixed"),
    Word("销号率", "Share closed"),
)  # fmt: skip
_MONTHS = (Word("到期", "Due"), Word("完成", "Completed"), Word("验收", "Accepted"), Word("销号", "Closed"))
_DAYS = ("deadline", "completed_on", "accepted_on", "closed_on")
_NOT_STATED = Word("未填写", "not stated")
_OTHERS = Word("其余 {count} 个", "{count} others")
_BEFORE = Word("更早", "before")
_LAYERS = {SOURCES: Word("污染源", "Pollution sources"), LEDGER: Word("整改点位", "Remediation sites")}
_NO_DISTRICT = Word("不在行政区数据内", "outside the districts")


class Tally(NamedTuple):
    """One table of counts: a title, headings, rows of which the first cell is a name, and how it is drawn.

    `series`: the places of the columns that the chart shows: of `stacked` they add up to the whole. `share`: the
    place of a column of shares, 0 to 1; None where there is none.
    """

    title: Word
    headings: Sequence[Word]
    rows: Sequence[Sequence[Cell]]
    chart: Literal["stacked", "bars", "months"]
    series: Sequence[int]
    share: int | None = None


def tallies(found: Problems, frames: Frames, *, language: str) -> list[Tally]:
    """The tables of 统计 that have something to count, in their order on the sheet."""
    told = []
    facts = found.facts
    if len(facts):
        told.append(_by_status(facts, language))
        units = facts["unit"].fillna(_NOT_STATED.text(language))
        told.append(_grouped(Word("按责任单位", "By responsible unit"), units, facts, language))
        if any(frames.district):
            districts = facts["district"].fillna(_NO_DISTRICT.text(language))
            told.append(_grouped(Word("按区县", "By district"), districts, facts, language))
        order = [*frames.levels, "", "?"]
        levels = facts["level"].map(lambda level: level_word(level, frames.levels, language))
        names = [level_word(level, frames.levels, language) for level in order]
        told.append(_grouped(Word("按保护区级别", "By zone level"), levels, facts, language, names))
        months = _by_month(found, language)
        told += [months] if months.rows else []
    told += _results(frames, language)
    return told


def _by_status(facts: pd.DataFrame, language: str) -> Tally:
    counts = facts["status"].value_counts()
    rows: list[list[Cell]] = [
        [word.text(language), int(counts.get(code, 0)), round(int(counts.get(code, 0)) / len(facts), 4)]
        for code, word in STATUSES.items()
    ]
    headings = (Word("整改状态", "Status"), Word("个数", "Problems"), Word("占比", "Share"))
    return Tally(Word("按整改状态", "By status"), headings, rows, "bars", (1,), 2)


def _grouped(
    title: Word, groups: pd.Series, facts: pd.DataFrame, language: str, order: Sequence[str] | None = None
) -> Tally:
    """Counts of each group, in `order`, else the largest first; those past the most groups together."""
    finished = facts["status"].isin(FINISHED_STATUSES)
    flags = pd.DataFrame(
        {
            "total": True,
            "finished": finished,
            "in_work": ~finished & ~facts["overdue"],
            "overdue": ~finished & facts["overdue"],
            "closed": facts["status"] == "closed",
            "reopened": facts["status"] == "reopened",
            "cannot_fix": facts["status"] == "cannot_fix",
        }
    ).astype(int)
    counts = flags.groupby(groups.to_numpy()).sum()
    names = order or sorted(counts.index, key=lambda name: (-int(counts.loc[name, "total"]), name))
    shown = [name for name in dict.fromkeys(names) if name in counts.index]
    rows: list[list[Cell]] = [[name, *_with_share(counts.loc[name])] for name in shown[:MOST_GROUPS]]
    if len(shown) > MOST_GROUPS:
        rest = counts.loc[shown[MOST_GROUPS:]].sum()
        rows.append([_OTHERS.text(language).format(count=len(shown) - MOST_GROUPS), *_with_share(rest)])
    return Tally(title, (Word(title.zh[1:], title.en[3:].capitalize()), *_COUNTS), rows, "stacked", (2, 3, 4), 8)


def _with_share(counts: pd.Series) -> list[Cell]:
    numbers = [int(one) for one in counts]
    return [*numbers, round(int(counts["closed"]) / int(counts["total"]), 4)]


def _by_month(found: Problems, language: str) -> Tally:
    """How many fall due, are completed, accepted and closed in each month, months without any between them, too."""
    by_day: dict[str, dict[str, int]] = {}
    for row in found.rows:
        due = row["extended_to"] or row["deadline"]
        for name, day in zip(_DAYS, (due, *(row[name] for name in _DAYS[1:])), strict=True):
            if isinstance(day, str) and day[4:5] == "-":
                of_month = by_day.setdefault(day[:7], {})
                of_month[name] = of_month.get(name, 0) + 1
    months = sorted(by_day)
    if months:
        every = [str(one) for one in pd.period_range(months[0], months[-1], freq="M")]
        months = every if len(every) <= MOST_MONTHS else months
    rows: list[list[Cell]] = [[month, *(by_day.get(month, {}).get(name, 0) for name in _DAYS)] for month in months]
    if len(rows) > MOST_MONTHS:
        rows = [_together(_BEFORE.text(language), rows[:-MOST_MONTHS]), *rows[-MOST_MONTHS:]]
    return Tally(Word("按月份", "By month"), (Word("月份", "Month"), *_MONTHS), rows, "months", (1, 4))


def _results(frames: Frames, language: str) -> list[Tally]:
    """What the run says of pollution sources, by district where there are any; of all sites where there are none."""
    sites = frames.sites
    words = RESULTS.values()
    headings = (Word("图层", "Layer"), Word("合计", "Total"), *words)
    told = []
    rows: list[list[Cell]] = [
        [word.text(language), *_of_results(sites.loc[sites["layer"] == layer, "result"])]
        for layer, word in _LAYERS.items()
        if (sites["layer"] == layer).any()
    ]
    if rows:
        told.append(Tally(Word("本次检查结论", "Results of this run"), headings, rows, "stacked", (2, 3, 4, 5)))
    is_source = (sites["layer"] == SOURCES).to_numpy(dtype=bool)
    if is_source.any() and any(frames.district):
        names = pd.Series(frames.district, dtype=object)[is_source].fillna(_NO_DISTRICT.text(language))
        results = sites.loc[is_source, "result"]
        counts = {name: _of_results(own) for name, own in results.groupby(names.to_numpy())}
        ranked = sorted(counts.items(), key=lambda item: (-item[1][1], item[0]))
        rows = [[str(name), *numbers] for name, numbers in ranked]
        if len(rows) > MOST_GROUPS:
            rest = rows[MOST_GROUPS:]
            rows = [*rows[:MOST_GROUPS], _together(_OTHERS.text(language).format(count=len(rest)), rest)]
        title = Word("污染源检查结论，按区县", "Results of pollution sources by district")
        told.append(Tally(title, (Word("区县", "District"), *headings[1:]), rows, "stacked", (2, 3, 4, 5)))
    return told


def _of_results(results: pd.Series) -> list[int]:
    counts = results.value_counts()
    return [len(results), *(int(counts.get(code, 0)) for code in RESULTS)]


def _together(name: str, rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    """One row with the sums of several rows of counts."""
    return [name, *(sum(int(row[at] or 0) for row in rows) for at in range(1, len(rows[0])))]
