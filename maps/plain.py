"""What the page says where no script runs: how to open it, the figures, the legend, the tables.

All of it is finished HTML with every text escaped; the script takes it away when it starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from numpy.typing import NDArray

from layers.told_history import ToldHistory
from layers.words import CLASSES, FINISHED_STATUSES, RESULTS, STATUSES
from maps.assets import page_words
from maps.history import last_events
from maps.overview import class_disc, mark, shape, worst_first
from maps.payload import page_texts, plain_texts
from maps.series import Integers
from maps.style import CHANGES, CLASS_LOOKS, CONTEXT_LINES, HOLLOW_STATUSES, Line, level_line, word_tables
from maps.surround import escape

MOST_ROWS = 2_000
# Of so many sites nobody reads the list without scripts, and every browser would have to build it: the worst are told.
VERY_MANY_SITES = 20_000
ROWS_OF_VERY_MANY = 400
COLUMNS = ("site_id", "name", "kind", "result", "status", "strictest_level", "deadline", "responsible_unit")
# What stands behind a cell of another column, where it is known.
BEHIND = {"result": "change", "status": "status_since"}
# On a narrow screen a cell of these says by itself what it is.
_LABELLED = tuple(name for name in COLUMNS if name != "name")


def opening(sites: gpd.GeoDataFrame, *, run: Mapping[str, Any], language: str) -> str:
    """How to come to the whole map, and the figures of the header.

    What is overdue and what is reopened is counted where it is remedied, as the page with scripts does.
    """
    words = page_words()
    remedied = sites[sites["layer"] == "remediation_sites"] if "layer" in sites.columns else sites[:0]
    results = counts(sites["result"])
    figures = {
        "violations": results["violation"],
        "checks": results["check"],
        "not_assessed": results["not_assessed"],
        "overdue": counts(remedied["overdue"])["true"],
        "reopened": counts(remedied["status"])["reopened"],
    }
    told = "".join(
        f'<span class="{name}"><b>{count}</b> {escape(words[f"number.{name}"][language])}</span>'
        for name, count in figures.items()
    )
    hint = "".join(f"<p>{escape(words[key][language])}</p>" for key in ("plain.preview", "plain.hint"))
    since = f"<p>{escape(_since(run['since'], language))}</p>" if "since" in run else ""
    return f'<div class="plain"><div class="hint">{hint}</div><div class="figures">{told}</div>{since}</div>'


def _since(since: Mapping[str, Any], language: str) -> str:
    """What the findings have become since an earlier run."""
    words, counts = page_words(), since["counts"]
    told = [
        words["since.count"][language].format(change=word.text(language), count=counts[code])
        for code, word in CHANGES.items()
        if code in counts and code != "known"
    ]
    changes = words["since.comma"][language].join(told) or words["since.none"][language]
    return words["since"][language].format(day=since["as_of"], changes=changes)


def legend(
    sites: gpd.GeoDataFrame,
    sections: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    *,
    run: Mapping[str, Any],
    language: str,
) -> str:
    """Every mark and line of the drawn map that occurs, in groups, with its number; what is not assessed, and why."""
    words = page_words()
    results, statuses = counts(sites["result"]), counts(sites["status"])
    named = {code: word.text(language) for code, word in STATUSES.items()} | {"": words["none.statuses"][language]}
    open_ones = {code: word for code, word in named.items() if code not in FINISHED_STATUSES}
    finished = {code: word for code, word in named.items() if code in FINISHED_STATUSES}
    late = counts(sites["overdue"])["true"] if "overdue" in sites.columns else 0
    groups = {
        "facet.result": [_entry(mark(code, "", 11, 11), RESULTS[code].text(language), results[code])
                         for code in RESULTS if code in results],
        "facet.status": [
            *_statuses(open_ones, statuses),
            *([_entry(mark("check", "", 10, 12, True), words["number.overdue"][language], late)] if late else []),
        ],
        "plain.finished": _statuses(finished, statuses),
        "layer.zones": _levels(zones, run, language),
        "layer.sections": _classes(sections, language),
        "layers.title": [_entry(_stroke(CONTEXT_LINES[kind]), words[f"layer.{kind}"][language], len(frame))
                         for kind, frame in context.items() if len(frame) and kind != "intakes"],
    }  # fmt: skip
    told = "".join(
        f'<div class="keys"><b>{escape(words[key][language])}</b>{"".join(entries)}</div>'
        for key, entries in groups.items()
        if entries
    )
    return f'<div class="plain legend">{told}</div>{_unassessed(results["not_assessed"], run, language)}'


def _statuses(named: Mapping[str, str], found: Counter[str]) -> list[str]:
    return [
        _entry(shape(code, 11, 11, 6.0, fill="#FFFFFF" if code in HOLLOW_STATUSES else "#59636E", edge="#59636E"), word,
               found[code])
        for code, word in named.items()
        if code in found
    ]  # fmt: skip


def _levels(zones: gpd.GeoDataFrame, run: Mapping[str, Any], language: str) -> list[str]:
    found = counts(zones["level"]) if len(zones) else Counter()
    return [
        _entry(_stroke(level_line(level["code"], run["levels"]), area=True), level[language], found[level["code"]])
        for level in run["levels"]
        if found[level["code"]]
    ]


def _classes(sections: gpd.GeoDataFrame, language: str) -> list[str]:
    found = counts(sections["class"]) if len(sections) else Counter()
    named = {code: word.text(language) for code, word in CLASSES.items()} | {"": page_words()["none.classes"][language]}
    return [_entry(class_disc(code, 11, 11), named.get(code, code), found[code]) for code in CLASS_LOOKS if found[code]]


def _stroke(line: Line, *, area: bool = False) -> str:
    path = "M3 5H19V17H3Z" if area or line.fill else "M2 14Q8 4 12 11T20 8"
    dash = f' stroke-dasharray="{" ".join(map(str, line.dash))}"' if line.dash else ""
    fill = f'fill="{line.colour}" fill-opacity="{line.fill}"' if line.fill else 'fill="none"'
    return f'<path d="{path}" {fill} stroke="{line.colour}" stroke-width="{line.width + 0.4}"{dash}/>'


def _entry(picture: str, word: str, count: int) -> str:
    svg = f'<svg viewBox="0 0 22 22" width="22" height="22">{picture}</svg>'
    return f"<span>{svg}{escape(word)} <b>{count}</b></span>"


def _unassessed(sites: int, run: Mapping[str, Any], language: str) -> str:
    """How many sites and answers are not assessed, for which reasons, and all that was assumed."""
    reasons = run["not_assessed"]
    told = page_words()["unassessed.line"][language].format(sites=sites, answers=sum(reasons.values()))
    lines = [f"{why(code, language)} {answers}" for code, answers in reasons.items()]
    lines += [note[language] for note in run["notes"]]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="plain"><p><b>{escape(told)}</b></p><ul>{items}</ul></div>'


def why(code: str, language: str) -> str:
    """The reason in words why something is not assessed."""
    words = page_words()
    known = words.get(f"why.{code}")
    return known[language] if known else words["why.other"][language].format(code=code)


def table(
    sites: gpd.GeoDataFrame,
    findings: pd.DataFrame,
    subjects: Integers,
    *,
    run: Mapping[str, Any],
    language: str,
    history: ToldHistory | None = None,
) -> str:
    """Up to 2,000 sites as table rows, worst first, with their findings and last events; and how many more there are.

    What is finished and clear stands apart, below all that is left to do or to look at.
    """
    words = page_words()
    if not len(sites):
        return f'<div class="plain"><p>{escape(words["nothing.sites"][language])}</p></div>'
    rows = worst_first(sites)[: MOST_ROWS if len(sites) < VERY_MANY_SITES else ROWS_OF_VERY_MANY]
    shown = sites.iloc[rows]
    done = (shown["status"].isin(FINISHED_STATUSES) & (shown["result"] == "clear")).to_numpy(dtype=bool)
    events = last_events(history, shown, language) if history is not None else [""] * len(shown)
    lines = _rows(shown, rows, findings, subjects, run, language, events)
    apart = [line for line, one in zip(lines, done, strict=True) if one]
    body = f"<tbody>{''.join(line for line, one in zip(lines, done, strict=True) if not one)}</tbody>"
    if apart:
        title = escape(words["plain.apart"][language].format(count=len(apart)))
        spread = len(_columns(sites)) + 1
        body += f'<tbody class="apart"><tr><th colspan="{spread}">{title}</th></tr>{"".join(apart)}</tbody>'
    head = "".join(f"<th>{escape(heading)}</th>" for heading in _headings(_columns(sites), language))
    left = len(sites) - len(rows)
    more = words["plain.listed"][language].format(listed=len(rows), all=len(sites), left=left) if left else ""
    told = f'<p class="leftout">{escape(more)}</p>' if more else ""
    return (
        f'<div class="plain">{_labels(language)}{told}<table><thead><tr>{head}</tr></thead>{body}</table>{told}</div>'
    )


def _columns(sites: gpd.GeoDataFrame) -> list[str]:
    return [name for name in COLUMNS if name in sites.columns]


def _labels(language: str) -> str:
    """The headings as a style sheet that says them before each cell: once, not in every row."""
    words = page_words()
    rules = "".join(
        f'html:not(.live) .plain td.{name}::before{{content:"{_style_text(words[f"column.{name}"][language])} "}}'
        for name in _LABELLED
    )
    return f"<style>@media(max-width:699px){{{rules}}}</style>"


def _style_text(text: str) -> str:
    """`text` in a string of a style sheet, every sign that means something there as its number."""
    return "".join(one if one.isalnum() or one == " " else f"\\{ord(one):x} " for one in text)


def _headings(columns: Iterable[str], language: str) -> list[str]:
    words = page_words()
    return [words[f"column.{name}"][language] for name in columns] + [words["plain.findings"][language]]


def _rows(
    shown: gpd.GeoDataFrame,
    rows: Integers,
    findings: pd.DataFrame,
    subjects: Integers,
    run: Mapping[str, Any],
    language: str,
    events: Sequence[str],
) -> list[str]:
    """One `<tr>` for each site; on a narrow screen it becomes a block, and each cell says by itself what it is."""
    columns = _columns(shown)
    of_these = pd.Series(subjects).isin(rows).to_numpy()
    told = _told(findings[of_these], subjects[of_these], run, language)
    reasons = _reasons(shown["not_assessed_why"], language)
    texts = [_said(name, plain_texts(shown[name]), run, language) for name in columns]
    parts = zip(rows, reasons, events, strict=True)
    texts.append(["\n".join(filter(None, (told.get(int(row)), *own))) for row, *own in parts])
    behind = {name: _behind(name, shown, language) for name in columns if name in BEHIND}
    late = escape(page_words()["number.overdue"][language])
    overdue = plain_texts(shown["overdue"]) if "overdue" in shown.columns else [""] * len(shown)
    lines = []
    for row, (site_id, result, is_late, cells) in enumerate(
        zip(plain_texts(shown["site_id"]), plain_texts(shown["result"]), overdue, zip(*texts, strict=True), strict=True)
    ):
        told_cells = []
        for name, cell in zip([*columns, "told"], cells, strict=True):
            kind = f'"{name} {result}"' if name == "result" else name
            more = behind[name][row] if name in behind else ""
            tag = f' <b class="late">{late}</b>' if name == "deadline" and is_late == "true" else more
            told_cells.append(f"<td class={kind}>{escape(cell)}{tag}</td>")
        lines.append(f'<tr data-site-id="{escape(site_id)}">{"".join(told_cells)}</tr>')
    return lines


def _behind(name: str, shown: gpd.GeoDataFrame, language: str) -> list[str]:
    """Of each site what has changed of it, or since when it has its status; '' where that is not known."""
    words = page_words()
    if BEHIND[name] not in shown.columns:
        return [""] * len(shown)
    told = plain_texts(shown[BEHIND[name]])
    if name == "status":
        since = words["standing.since"][language]
        return [f" {escape(since.format(day=day[:10]))}" if day else "" for day in told]
    known = {code: word.text(language) for code, word in CHANGES.items() if code != "known"}
    return [f" · {escape(known[code])}" if code in known else "" for code in told]


def _told(findings: pd.DataFrame, subjects: Integers, run: Mapping[str, Any], language: str) -> dict[int, str]:
    """Row of the site -> the sentences of its findings, each with its result, what it is about and its citation."""
    words, results, rules = page_words(), word_tables(run)["results"], run["rules"]
    label, finding = words["plain.citation"][language], words["plain.finding"][language]
    told: dict[int, str] = {}
    names = ("result", "rule_id", f"text_{language}", f"citation_{language}")
    blank = [""] * len(findings)
    columns = (plain_texts(findings[name]) if name in findings else blank for name in names)
    for row, result, rule, text, citation in zip(subjects.tolist(), *columns, strict=True):
        title = rules[rule]["title"][language] if rule in rules else rule
        sentence = finding.format(result=results[result][language], title=title, text=text) if result else text
        sentence = f"{sentence}\n{label.format(citation=citation)}" if citation else sentence
        told[row] = f"{told[row]}\n{sentence}" if row in told else sentence
    return told


def _reasons(column: pd.Series[Any], language: str) -> list[str]:
    """Why rules are not assessed, of each site; empty where all are."""
    label = page_words()["plain.unassessed"][language]
    told = plain_texts(column)
    words = {
        codes: " ".join([label, *(why(code, language) for code in codes.split(";"))]) if codes else ""
        for codes in set(told)
    }
    return [words[codes] for codes in told]


def other_subjects(findings: pd.DataFrame, chosen: NDArray[Any], *, run: Mapping[str, Any], language: str) -> str:
    """The `chosen` findings, those about zones and river sections, as table rows; nothing where there are none."""
    shown = findings[chosen][:MOST_ROWS]
    if not len(shown):
        return ""
    words, results = page_words(), word_tables(run)["results"]
    label = words["plain.citation"][language]
    names = ("subject_id", "subject_name", "result", f"text_{language}", f"citation_{language}")
    rows = "".join(
        f'<tr><td>{escape(one)}</td><td class="name">{escape(name)}</td>'
        f'<td class="result {escape(result)}">{escape(results[result][language])}</td>'
        f'<td class="told">{escape(text)}\n{escape(label.format(citation=citation))}</td></tr>'
        for one, name, result, text, citation in zip(*(plain_texts(shown[name]) for name in names), strict=True)
    )
    left = int(chosen.sum()) - len(shown)
    more = f"<p>{escape(words['plain.more'][language].format(count=left))}</p>" if left else ""
    title = words["subjects.title"][language].format(count=int(chosen.sum()))
    return f'<div class="plain"><h2>{escape(title)}</h2><table><tbody>{rows}</tbody></table>{more}</div>'


def _said(name: str, texts: Sequence[str], run: Mapping[str, Any], language: str) -> list[str]:
    tables = word_tables(run)
    table_of = {"kind": "kinds", "result": "results", "status": "statuses", "strictest_level": "levels"}
    known = tables.get(table_of.get(name, ""), {})
    empty = page_words().get(f"none.{table_of.get(name, '')}", {}).get(language, "")
    return [known[text][language] if text in known else text or empty for text in texts]


def counts(column: pd.Series[Any]) -> Counter[str]:
    """How often each value occurs, as the page prints it."""
    found = page_texts(column).value_counts()
    return Counter(dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)))
