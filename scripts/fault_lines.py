"""Faults and notes as a person reads them: by file, reason and column, each group with its first examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gis.faults import Fault, codes, shown
from layers.ledger_columns import COLUMNS

EXAMPLES_SHOWN = 3
_OF_LEDGER = "TABLE_"  # faults of the office's ledger, whose columns are told by their headings


def fault_lines(faults: Iterable[Fault], language: str) -> Iterator[str]:
    """The lines that tell the faults: a heading per group, its first rows, how many more, what to do.

    A fault of a whole file is a line of its own.
    """
    groups: dict[tuple[str, str, str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.row is None:
            yield fault.line(language)
        else:
            groups[fault.file, fault.layer, fault.code, fault.column].append(fault)
    for found in groups.values():
        yield from _group(found, language)


def _group(found: list[Fault], language: str) -> Iterator[str]:
    first, zh = found[0], language == "zh"
    heading = COLUMNS.get(first.column) if first.code.startswith(_OF_LEDGER) else None
    column = heading.heading.text(language) if heading else shown(first.column)
    words = (heading.words if heading else None) or {}
    at = f" {column}" if first.column else ""
    yield ""
    yield (
        f"{first.file}：{first.code}{at}，{len(found)} 行"
        if zh
        else f"{first.file}: {first.code}{at}, {len(found)} rows"
    )
    for fault in found[:EXAMPLES_SHOWN]:
        row = f"第 {fault.row} 行" if zh else f"row {fault.row}"
        value = words[fault.value].text(language) if fault.value in words else shown(fault.value)
        yield f"  {row} “{value}”：{fault.reason(language)}"
    more = len(found) - EXAMPLES_SHOWN
    if more > 0:
        yield f"  另有 {more} 行" if zh else f"  {more} more rows"
    yield f"  → {first.proposal(language)}"


def note_lines(notes: Iterable[Mapping[str, Any]], language: str) -> Iterator[str]:
    """The lines that tell what was found, assumed or mended while reading: by file and code, with the first case."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for note in notes:
        groups[str(note.get("file", "")), str(note["code"])].append(note)
    colon = "：" if language == "zh" else ": "
    for (file, code), found in groups.items():
        text = note_text(found[0], language)
        many = f" × {len(found)}" if len(found) > 1 else ""
        yield f"{file}{colon}{code}{many}{colon}{text}"


def note_text(note: Mapping[str, Any], language: str, part: str = "reason") -> str:
    """What one note says: its `reason` or `proposal`."""
    return codes()[str(note["code"])][part][language].format_map(_Facts(note))


class _Facts(dict[str, Any]):
    """The slots of a note; one that it does not fill stays empty."""

    def __missing__(self, key: str) -> str:
        return ""
