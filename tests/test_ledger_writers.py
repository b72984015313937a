"""Many processes that write at once: every event that was acknowledged is there, once, in one whole chain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.ledger_writers import WRITER, appended_by_many
from layers.ledger import opened
from layers.ledger_proof import prove
from tests.projects import ROOT


@pytest.mark.parametrize(("processes", "events", "batch"), [(4, 50, 1), (4, 60, 20)])
def test_every_event_of_every_writer_is_stored(tmp_path: Path, processes: int, events: int, batch: int) -> None:
    told = appended_by_many(tmp_path, processes=processes, events=events, batch=batch)
    assert told.acknowledged == [events] * processes and told.refused == 0
    with opened(tmp_path) as ledger:
        stored = list(ledger.events())
    assert Counter(event.actor for event in stored) == {f"writer {one}": events for one in range(processes)}
    assert len({event.uuid for event in stored}) == processes * events
    for one in range(processes):  # the events of one writer stand in the order in which it wrote them
        own = [event.said["number"] for event in stored if event.actor == f"writer {one}"]
        assert own == sorted(own)
    assert prove(tmp_path).faults == ()


def test_a_killed_writer_holds_nobody_up_and_loses_nothing_it_was_told_of(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path), "0", "100000", "1"]
    acknowledged = 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "1\n"]
        time.sleep(0.1)  # somewhere in the next events
        os.kill(process.pid, signal.SIGKILL)
        told = process.stdout.read()
        process.wait()
        process.stdout.close()
        acknowledged += 1 + len([line for line in told.splitlines(keepends=True) if line.endswith("\n")])
        with opened(tmp_path, write=True, wait=1.0) as ledger:
            assert ledger.head().events >= acknowledged
    assert prove(tmp_path).faults == ()
