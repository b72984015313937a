"""`headwater check-site`: what the rules say of a proposed footprint, or of a whole plan.

It changes nothing in the project, holds no lock and keeps nothing, so it also answers while a run holds the project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import typer

from gis.kept import KeptToRead
from gis.write import replaced, write_csv, write_geojson
from layers.footprints import Footprints, Said, at_point, checked, drawn, from_file
from layers.loaded import Loaded
from layers.paragraphs import paragraph
from layers.planning import ANSWERS
from layers.project import Project
from layers.rule_book import RuleSet, built_in_books
from layers.site_questions import Reply, Setting, answers_frame, otherwise, read_setting, rejected, reply, row_of
from layers.what_if import WhatIf
from scripts.console import DONE, Console, WrongUse
from scripts.run_project import judged_rules, opened, refuse_to_overwrite
from scripts.site_report import plan_lines, site_lines
from scripts.write_sets import headwater_version

_FORMATS = (".csv", ".geojson", ".json")


class Question(NamedTuple):
    """What was asked on the command line: one of file, point and WKT, what is said of it, and how to answer."""

    file: Path | None
    point: str | None
    wkt: str | None
    said: Said
    what_if: WhatIf
    reach: float
    output: Path | None
    paste: bool


def asked_of(
    file: Path | None,
    point: str | None,
    wkt: str | None,
    *,
    attributes: Sequence[str],
    located_to: float | None,
    columns: Mapping[str, str | None],
    buffer: float | None,
    books: str | None,
    as_of: date | None,
    reach: float,
    output: Path | None,
    paste: bool,
    **said: str | None,
) -> Question:
    """The question that the options of the command line put; raises typer.BadParameter for one that cannot be."""
    datum = said.get("datum")
    if datum not in (None, "gcj02", "bd09", "wgs84"):
        raise typer.BadParameter(f"expected gcj02, bd09 or wgs84, found {datum!r}", param_hint="--datum")
    stated = dict(_stated(one) for one in attributes)
    mapped = {ours: theirs for ours, theirs in columns.items() if theirs is not None}
    named = None if books is None else tuple(name.strip() for name in books.split(",") if name.strip())
    return Question(
        file,
        point,
        wkt,
        Said(**said, attributes=stated, located_to_metres=located_to, columns=mapped),
        WhatIf(buffer or None, named, as_of),
        reach,
        output,
        paste,
    )


def _stated(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        message = f"expected NAME=VALUE such as discharges=false, found {text!r} / 应为 名称=值"
        raise typer.BadParameter(message, param_hint="--set")
    return name.strip(), value.strip()


def check_site(folder: Path, question: Question, console: Console) -> int:
    """Answers the question from the project's data; the exit code of the command."""
    _check(question)
    project = opened(folder, console)
    if question.output is not None:
        refuse_to_overwrite(question.output, project, read=[question.file] if question.file else [])
    rules = judged_rules(project.jurisdictions, folder=project.folder)
    books = question.what_if.books
    other_rules = None if books is None else judged_rules(_named(books, project), folder=project.folder)
    kept = KeptToRead(project.folder / ".headwater" / "kept")
    with console.step("read", "读取数据", "reading"):
        today, tables = read_setting(project, rules, kept)
        other = otherwise(today, question.what_if, other_rules, kept) if question.what_if.asked else None
        asked = _footprints(question, _words(rules, other_rules), tables, project)
    with console.step("judge", "核查", "judging"):
        found = reply(
            asked,
            today,
            other,
            reach=question.reach,
            kept=kept,
            language=console.language,
            version=headwater_version(),
        )
    if question.output is not None:
        _write(found, asked, question.output)
    _tell(found, asked, question, other or today, console)
    return DONE


def _check(question: Question) -> None:
    if sum(one is not None for one in (question.file, question.point, question.wkt)) != 1:
        raise WrongUse(
            "请给出一个位置：文件、--point 经度,纬度 或 --wkt，三者之一",
            "give one place: a FILE, --point LON,LAT or --wkt WKT",
        )
    if question.output is not None and question.output.suffix.lower() not in _FORMATS:
        raise WrongUse(
            f"-o 的文件名应以 .csv 或 .geojson 结尾：{question.output}",
            f"the name after -o should end in .csv or .geojson: {question.output}",
        )
    if question.file is None and question.said.kind is None:
        raise WrongUse(
            "请用 --kind 说明拟建项目的类型，例如 --kind petrol_station 或 --kind 加油站",
            "say with --kind what is proposed, for example --kind petrol_station",
        )


def _named(books: Sequence[str], project: Project) -> list[str]:
    """The books as the project would name them; a file is looked for in the project, then in the current folder."""
    known = built_in_books()
    return [
        name if name in known or (project.folder / name).is_file() else str(Path(name).absolute()) for name in books
    ]


def _words(rules: RuleSet, other: RuleSet | None) -> RuleSet:
    """The rules with the kinds of either stack of books, and all that either asks for."""
    if other is None:
        return rules
    return rules._replace(rules={**other.rules, **rules.rules}, kinds={**other.kinds, **rules.kinds})


def _footprints(question: Question, rules: RuleSet, tables: Sequence[Loaded], project: Project) -> Footprints:
    said = checked(question.said, rules)
    if question.file is not None:
        return from_file(question.file, said, rules, beside=tables, limits=project.limits)
    if question.wkt is not None:
        return drawn(question.wkt, said, rules)
    return at_point(question.point or "", said, rules)


def _write(found: Reply, asked: Footprints, path: Path) -> None:
    """The differences of a what-if, else every answer, as a table or with the outlines."""
    frame = answers_frame(found, asked) if found.differences is None else found.differences
    with replaced(path.absolute()) as staged:
        if path.suffix.lower() == ".csv":
            write_csv(pd.DataFrame(frame), staged)
        else:
            write_geojson(gpd.GeoDataFrame(frame), staged)


def _tell(found: Reply, asked: Footprints, question: Question, setting: Setting, console: Console) -> None:
    single = question.file is None
    texts = {row: _paragraphs(found, asked, question, setting, row) for row in range(len(found.sites)) if found.in_full}
    if console.as_json:
        console.give(_as_json(found, asked, question, texts, console.language))
        return
    if question.paste:
        lines = [line for text in texts.values() for line in (text["zh"], "", text["en"], "")] if texts else []
        if not lines:
            raise WrongUse(
                "--paste 只用于 20 个以内的项目；更多的请用 -o 或 --json",
                "--paste is for up to 20 footprints; use -o or --json for more",
            )
    elif single:
        lines = list(site_lines(found, texts[0], question.what_if, console.language))
    else:
        lines = list(plan_lines(found, asked, question.what_if, console.language))
    if question.output is not None:
        lines.append(str(question.output))
    for line in lines:
        console.say(line, line)


def _paragraphs(found: Reply, asked: Footprints, question: Question, setting: Setting, row: int) -> dict[str, str]:
    return {
        language: paragraph(
            found.sites[row],
            asked.frame.iloc[[row]],
            found.facts,
            setting.rules,
            reach=question.reach,
            what_if=question.what_if,
            notes=found.notes,
            language=language,
        )
        for language in ("zh", "en")
    }


def _as_json(
    found: Reply, asked: Footprints, question: Question, texts: Mapping[int, dict[str, str]], language: str
) -> dict[str, Any]:
    sites = [
        {**row_of(asked, row), **site, **({"paragraph": texts[row]} if row in texts else {})}
        for row, site in enumerate(found.sites)
    ]
    facts = {name: found.facts[name] for name in ("as_of", "version", "rule_books", "inputs", "assumptions")}
    told: dict[str, Any] = {**facts, "reach_m": question.reach, "notes": list(found.notes)}
    if question.what_if.asked:
        told["what_if"] = question.what_if._asdict()
        told["counts"] = found.counts
        changed = pd.DataFrame(found.differences).drop(columns="geometry").astype(object)
        told["differences"] = changed.where(changed.notna(), None).to_dict("records")
    if question.file is None:
        return {**sites[0], **told}
    worst = min((ANSWERS.index(site["verdict"]) for site in sites), default=ANSWERS.index("not_assessed"))
    told["verdicts"] = {answer: sum(site["verdict"] == answer for site in sites) for answer in ANSWERS}
    told["footprints"] = list(asked.inputs)
    return {"verdict": ANSWERS[worst], "sites": sites, "rejects": rejected(asked.rejects, language), **told}
