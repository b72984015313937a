"""Whatever is done to the bytes of a file: its tables add up, or it is refused with a reason; nothing else comes out.

HEADWATER_FUZZ=N tries N changes of each format in place of the few here; HEADWATER_FUZZ_SEED begins elsewhere.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from gis.faults import InputError
from gis.read import read
from tests.mutations import FORMS, mutated, write_seed

CHANGES = int(os.environ.get("HEADWATER_FUZZ", "60"))
CRASHED = "FILE_CRASHED"
FIRST = int(os.environ.get("HEADWATER_FUZZ_SEED", "0"))


def outcome(path: Path) -> str:
    """What came of reading a file: refused, or how many rows; raises whatever else comes, and where rows were lost."""
    try:
        tables = read(path, name=path.name)
    except InputError as error:
        return _reason(error, path.name)
    for table in tables:
        assert table.facts["rows_read"] == len(table.frame) + len(table.faults)
        assert len({fault.row for fault in table.faults}) == len(table.faults)
    return f"{sum(int(table.facts['rows_read']) for table in tables)} rows"


def _reason(error: InputError, name: str) -> str:
    assert error.faults
    assert all(fault.line("zh") and fault.line("en") and fault.file == name for fault in error.faults)
    # A library may die of a file; an exception that nobody caught is a slip of ours.
    assert not any("exit code" in fault.facts.get("found", "") for fault in error.faults if fault.code == CRASHED)
    return "refused"


@pytest.mark.parametrize("form", FORMS)
def test_changed_bytes_are_refused_or_read(form: str, tmp_path: Path) -> None:
    seed = write_seed(tmp_path / "seed", form)
    assert outcome(seed) == "12 rows"
    outcomes = set()
    for number in range(FIRST, FIRST + CHANGES):
        path = mutated(seed, tmp_path / str(number), Random(f"{form} {number}"))
        try:
            outcomes.add(outcome(path))
        except Exception as error:
            raise AssertionError(f"change {number} of {form}: {type(error).__name__}: {error}") from error
        shutil.rmtree(path.parent)
    assert "refused" in outcomes
