"""Processes that append to one ledger at the same time, and what they were told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# Each appends its events in batches, a transaction each, and writes a line once a batch is acknowledged.
WRITER = """
import sys
from pathlib import Path
from layers.events import Event, canonical, new_uuid
from layers.ledger import opened
folder, own, events, batch = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
if len(sys.argv) > 5:
    sys.stdin.readline()
for start in range(0, events, batch):
    some = [
        Event(new_uuid(), "visit", "remediation_sites", f"ZG-{number % 100}", f"writer {own}", "2017-08-11",
              canonical({"number": number}), "behind")
        for number in range(start, min(start + batch, events))
    ]
    try:
        with opened(folder, write=True) as ledger:
            print(len(ledger.append(some).taken), flush=True)
    except RuntimeError as error:
        if type(error).__name__ != "Locked":  # its module brings pandas with it
            raise
        print("locked", flush=True)
"""


class Told(NamedTuple):
    """Per process how many events were acknowledged, and how many batches in all were refused for waiting too long."""

    acknowledged: list[int]
    refused: int


def appended_by_many(folder: Path, *, processes: int, events: int, batch: int = 1) -> Told:
    """What `processes` writers were told, each of which appended `events`, all beginning at the same time."""
    commands = [
        [sys.executable, "-c", WRITER, str(folder), str(one), str(events), str(batch), "wait"]
        for one in range(processes)
    ]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    for process in running:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a writer did not start")
    for process in running:
        if process.stdin is not None:
            process.stdin.write("go\n")
            process.stdin.flush()
    said = [process.communicate()[0].split() for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("a writer failed")
    return Told(
        [sum(int(word) for word in words if word != "locked") for words in said],
        sum(words.count("locked") for words in said),
    )
