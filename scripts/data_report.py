"""What was found in the inputs, as a person reads it: a table of all files, then each with its reasons, worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from gis.faults import Fault
from scripts.display import page_width, painted, plain, shown_width, table, wrapped
from scripts.fault_lines import note_text

EXAMPLES = 3
_LONGEST_REASON = 4  # lines; rejects.csv has all of it
_VALUE_WIDTH = 40


class Input(NamedTuple):
    """One table of one file as the report shows it.

    `read` is None where the rows could not be counted. `whole`: the faults of the file or table itself; with any, it
    is unusable. `about`: what it is, `advice`: what else to do with it; lines in the language of the report.
    """

    file: str
    layer: str
    read: int | None
    accepted: int
    faults: Sequence[Fault]
    whole: Sequence[Fault] = ()
    notes: Sequence[Mapping[str, Any]] = ()
    about: Sequence[str] = ()
    advice: Sequence[str] = ()

    @property
    def rejected(self) -> int:
        return len(self.faults)


def worst_first(inputs: Sequence[Input]) -> list[Input]:
    """Unusable ones first, then by rejected rows, most first; else as they came."""
    return sorted(inputs, key=lambda one: (not one.whole, -one.rejected))


def report_lines(inputs: Sequence[Input], language: str) -> Iterator[str]:
    """The table of counts, then every file with what is wrong with it, what was noted, and what to do."""
    ordered = worst_first(inputs)
    yield from _overview(ordered, language)
    for one in ordered:
        if one.whole or one.faults or one.notes or one.about or one.advice:
            yield ""
            yield from _details(one, language)


def _overview(inputs: Sequence[Input], language: str) -> Iterator[str]:
    zh, width = language == "zh", page_width()
    heading = ("文件", "图层", "读取", "接受", "拒绝", "结果") if zh else (
        "file", "layer", "read", "accepted", "rejected", "state")  # fmt: skip
    rows = [heading]
    for one in inputs:
        counts = ("?", "-", "-") if one.read is None else (str(one.read), str(one.accepted), str(one.rejected))
        rows.append((plain(one.file), plain(one.layer), *counts, _state(one, language)))
    numbers = [max(shown_width(row[at]) for row in rows) for at in (2, 3, 4)]
    state = max(shown_width(row[5]) for row in rows)
    room = width - sum(numbers) - state - 10
    layer = min(max(shown_width(row[1]) for row in rows), room // 3)
    file = min(max(shown_width(row[0]) for row in rows), room - layer)
    layer = min(max(shown_width(row[1]) for row in rows), room - file)
    lines = table(rows, (file, layer, *numbers, state), right=frozenset({2, 3, 4}))
    yield painted(lines[0], "bold")
    yield "-" * min(width, max(map(shown_width, lines)))
    for one, line in zip(inputs, lines[1:], strict=True):
        yield painted(line, _colour(one))


def _state(one: Input, language: str) -> str:
    if one.whole:
        return "不可用" if language == "zh" else "unusable"
    if one.faults:
        return "有错误" if language == "zh" else "faults"
    return "可用" if language == "zh" else "usable"


def _colour(one: Input) -> str:
    return "red" if one.whole else "yellow" if one.faults else "green"


def _details(one: Input, language: str) -> Iterator[str]:
    zh, width = language == "zh", page_width()
    name = plain(" · ".join(part for part in (one.file, one.layer) if part))
    if one.read is None:
        told = "不可用" if zh else "unusable"
    elif zh:
        told = f"读取 {one.read} = 接受 {one.accepted} + 拒绝 {one.rejected}" + ("；不可用" if one.whole else "")
    else:
        told = f"read {one.read} = accepted {one.accepted} + rejected {one.rejected}"
        told += "; unusable" if one.whole else ""
    for line in wrapped(f"{name}{'：' if zh else ': '}{told}", width, rest="  "):
        yield painted(line, "bold")
    for text in one.about:
        yield from wrapped(plain(text), width, first="  ", rest="    ")
    by_code: dict[str, list[Fault]] = defaultdict(list)
    for fault in one.whole:
        by_code[fault.code].append(fault)
    for found in by_code.values():
        yield from _whole(found, language, of_file=not one.layer)
    for group in grouped(one.faults):
        yield from _group(group, language)
    for text, proposal in note_texts(one.notes, language):
        yield from wrapped(text, width, first="  · ", rest="    ")
        yield from wrapped(f"→ {proposal}", width, first="    ", rest="      ")
    for text in one.advice:
        if text.startswith(" "):  # lines to paste: as they are
            yield f"  {text}"
        else:
            yield from wrapped(text, width, first="  ", rest="  ")


def grouped(faults: Sequence[Fault]) -> list[list[Fault]]:
    """The faults by code and column, the largest group first."""
    groups: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        groups[fault.code, fault.column].append(fault)
    return sorted(groups.values(), key=lambda found: -len(found))


def _whole(found: Sequence[Fault], language: str, *, of_file: bool) -> Iterator[str]:
    """Faults of a whole table that have one code: every place, and what the first says.

    `of_file`: they are told of a file, so that the layer they are about has to be named where it has a name of its own.
    """
    width, first = page_width(), found[0]
    told = [place for fault in found if (place := _place(fault, language, of_file=of_file))]
    places = ("；" if language == "zh" else "; ").join(told)
    heading = f"{first.code} · {places}" if places else first.code
    for line in wrapped(heading, width, first="  ", rest="    "):
        yield painted(line, "red")
    yield from _short(wrapped(plain(first.reason(language)), width, first="    ", rest="    "), language)
    yield from wrapped(f"→ {plain(first.proposal(language))}", width, first="    ", rest="      ")


def _place(fault: Fault, language: str, *, of_file: bool) -> str:
    zh = language == "zh"
    own = of_file and fault.layer not in ("", PurePosixPath(fault.file).stem)
    layer = f"{'图层' if zh else 'layer'} {plain(fault.layer)}" if own else ""
    row = "" if fault.row is None else f"第 {fault.row} 行" if zh else f"row {fault.row}"
    column = f"{'列' if zh else 'column'} {plain(fault.column)}" if fault.column else ""
    return " · ".join(part for part in (layer, row, column) if part)


def _group(found: Sequence[Fault], language: str) -> Iterator[str]:
    zh, width, first = language == "zh", page_width(), found[0]
    column = f" · {'列' if zh else 'column'} {plain(first.column)}" if first.column else ""
    count = f"{len(found)} 行" if zh else f"{len(found)} row{'s' if len(found) > 1 else ''}"
    for line in wrapped(f"{first.code}{column} · {count}", width, first="  ", rest="    "):
        yield painted(line, "yellow")
    yield from _short(wrapped(plain(first.reason(language)), width, first="    ", rest="    "), language)
    yield from wrapped(_examples(found, language), width, first="    ", rest="    ")
    yield from wrapped(f"→ {plain(first.proposal(language))}", width, first="    ", rest="      ")


def _short(lines: Iterator[str], language: str) -> Iterator[str]:
    """At most four lines, and where there were more, that rejects.csv has the rest."""
    every = list(lines)
    yield from every[:_LONGEST_REASON]
    if len(every) > _LONGEST_REASON:
        yield "    [... 全文见 rejects.csv]" if language == "zh" else "    [... all of it stands in rejects.csv]"


def _examples(found: Sequence[Fault], language: str) -> str:
    """The first rows and their raw values; a value that all of them have is told once."""
    zh = language == "zh"
    some, values = found[:EXAMPLES], {fault.value for fault in found}
    more = len(found) - len(some)
    rest = (f"，另有 {more} 行" if zh else f", {more} more") if more > 0 else ""
    if len(values) == 1:
        numbers = ("、" if zh else ", ").join(str(fault.row) for fault in some)
        rows = f"第 {numbers} 行" if zh else f"row{'s' if len(some) > 1 else ''} {numbers}"
        value = some[0].value
        return f"{rows}{_value(value)}{rest}"
    told = [(f"第 {one.row} 行" if zh else f"row {one.row}") + _value(one.value) for one in some]
    return ("；" if zh else "; ").join(told) + rest


def _value(value: str) -> str:
    if not value:
        return ""
    text, width = "", 0
    for letter in plain(value):
        width += shown_width(letter)
        if width > _VALUE_WIDTH:
            return f" “{text}…”"
        text += letter
    return f" “{text}”"


def note_texts(notes: Sequence[Mapping[str, Any]], language: str) -> Iterator[tuple[str, str]]:
    """Per code of a note what was recognised or assumed, or of mended rows how many and the first; and what to do."""
    zh = language == "zh"
    by_code: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for note in notes:
        by_code[str(note["code"])].append(note)
    columns = by_code.pop("COLUMN_FOUND", [])
    colon = "：" if zh else ": "
    for code, found in by_code.items():
        first = found[0]
        row = first.get("row")
        at = "" if row is None else f"第 {row} 行：" if zh else f"row {row}: "
        many = (f"（共 {len(found)} 处）" if zh else f" ({len(found)} in all)") if len(found) > 1 else ""
        yield (
            f"{code}{colon}{at}{plain(note_text(first, language))}{many}",
            plain(note_text(first, language, "proposal")),
        )
    if columns:
        pairs = ("，" if zh else ", ").join(f"{plain(str(note['heading']))} = {note['column']}" for note in columns)
        yield (
            f"COLUMN_FOUND{colon}{'按惯用名识别的列：' if zh else 'recognised columns: '}{pairs}",
            "如不对，在 headwater.toml 的 [layer.columns] 写明" if zh else
            "where one is wrong, state it under [layer.columns] in headwater.toml",
        )  # fmt: skip
