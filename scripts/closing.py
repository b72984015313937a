"""The last lines of a report about inputs: how many files can be used, and where the written files are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gis.faults import Fault
from gis.marked_files import Marked
from scripts.console import Console
from scripts.data_report import Input
from scripts.display import page_width, painted, wrapped
from scripts.fault_lines import fault_lines
from scripts.marked_tables import marked_lines


def close(inputs: Sequence[Input], output: Path | None, marked: Sequence[Marked], console: Console) -> None:
    """How many files can be used, how many rows were rejected, and where all of it stands, if it was written."""
    unusable = {one.file for one in inputs if one.whole}
    usable = {one.file for one in inputs} - unusable
    rejected = sum(one.rejected for one in inputs)
    zh = f"{len(usable)} 个文件可用，{len(unusable)} 个不可用；拒绝 {rejected} 行。"
    en = f"{len(usable)} files usable, {len(unusable)} not; {rejected} rows rejected."
    if not rejected and not unusable:
        zh, en = f"{len(usable)} 个文件全部可用，没有被拒绝的行。", f"All {len(usable)} files usable, no row rejected."
    console.say("", "")
    colour = "red" if unusable else "yellow" if rejected else "green"
    console.say(painted(zh, colour), painted(en, colour))
    if rejected or unusable:
        _say_where(output, console)
    for line in marked_lines(marked, console.language):
        console.say(line, line)


def _say_where(output: Path | None, console: Console) -> None:
    zh = console.language == "zh"
    if output is None and zh:
        told = "没有写任何文件；加 --output DIR 可得到全部错误的清单 rejects.csv 和标注了错误的表格。"
    elif output is None:
        told = "Nothing was written; --output DIR writes a list of all faults, rejects.csv, and marked tables."
    else:
        told = f"全部错误：{output / 'rejects.csv'}" if zh else f"all faults: {output / 'rejects.csv'}"
    for line in wrapped(told, page_width(), rest="  "):
        console.say(line, line)


def tell_unusable(faults: Sequence[Fault], console: Console) -> None:
    """What makes files unusable, on stderr: errors are told also where nothing else is."""
    for line in fault_lines(faults, console.language):
        print(f"headwater: {line}" if line and not line.startswith(" ") else line, file=sys.stderr)
