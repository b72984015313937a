"""What a project folder holds at a moment, and whether that is all old or all new."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

LEDGER = "ledger.sqlite"
# What a killed command leaves half made, for the next one to clear away whatever is in it: only its name counts,
# without the number of the process and what chance added.
_HALF_MADE = re.compile(
    r"(\.headwater-staging(?:-before)?|\.output\.headwater-)[^/]*(?=/)|\.\d+\.[0-9a-f]+(?=\.part$)|\.\d+$"
)
# Files that differ from run to run of the same command: clock times, and what is safe to delete.
_OWN_TIME = ("runs.log", ".headwater/", LEDGER)


class State(NamedTuple):
    """`outputs`: sha256 of each file in output/, by name, staging folders apart. `events`: of the ledger, by uuid, what
    they say; None where there is no whole ledger, `why` tells. `names`: of all other files. `whole`: a hash of it all.
    """

    outputs: Mapping[str, str]
    events: Mapping[str, str] | None
    why: str
    names: frozenset[str]
    whole: str


def state_of(folder: Path) -> State:
    """The state of a project; the ledger is looked at in a copy, so that nothing of it is rolled back here."""
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    outputs = {name.removeprefix("output/"): found for name, found in hashes.items() if name.startswith("output/")}
    events, why = _events(folder)
    folders = {f"{path.relative_to(folder)}/" for path in folder.rglob("*") if path.is_dir()}
    names = frozenset(name for name in {*hashes, *folders} if not name.startswith(_OWN_TIME))
    content = [(name, found) for name, found in hashes.items() if not _HALF_MADE.search(name)]
    half = {_HALF_MADE.sub(r"\1", name) for name in {*hashes, *folders} if _HALF_MADE.search(name)}
    whole = hashlib.sha256(
        repr([sorted(content), sorted(half), sorted(name for name in folders if not _HALF_MADE.search(name))]).encode()
    ).hexdigest()
    return State({name: found for name, found in outputs.items() if "/" not in name}, events, why, names, whole)


def _events(folder: Path) -> tuple[dict[str, str] | None, str]:
    """The events of a copy of the ledger, once its pages and its chain were found whole."""
    with tempfile.TemporaryDirectory() as beside:
        copy = Path(beside)
        for path in folder.glob(f"{LEDGER}*"):
            shutil.copy2(path, copy / path.name)
        if not (copy / LEDGER).exists():
            return {}, "no ledger"
        try:
            with closing(sqlite3.connect(copy / LEDGER)) as database:
                checked = database.execute("PRAGMA integrity_check").fetchall()
            if checked != [("ok",)]:
                return None, f"integrity_check: {checked[:3]}"
            from layers.ledger import opened

            with opened(copy) as ledger:
                return {
                    one.uuid: f"{one.kind} {one.layer} {one.site_id} {one.actor} {one.body}" for one in ledger.events()
                }, ""
        except Exception as error:  # noqa: BLE001 - whatever it is, the ledger cannot be read
            return None, f"{type(error).__name__}: {error}"
