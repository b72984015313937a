"""Runs of a small project with its ledger, in this process, for tests."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from layers.events import Event, canonical, new_uuid
from layers.ledger import opened
from scripts.console import Console
from scripts.run_project import run_project

PROBLEM = ("remediation_sites", "R1")


def quiet() -> Console:
    return Console(as_json=False, lang=None, quiet=True, debug=True)


def ran(folder: Path, day: str | None = None, *, output: Path | None = None) -> dict[str, str]:
    """The SHA-256 of what a run of the project wrote, by name."""
    assert run_project(folder, quiet(), as_of=date.fromisoformat(day) if day else None, output=output) == 0
    return hashes(output or folder / "output")


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def events(folder: Path) -> list[Event]:
    with opened(folder) as ledger:
        return list(ledger.events())


def said(folder: Path, day: str, kind: str = "status", status: str | None = None, **body: object) -> None:
    """Appends what a person says of the problem R1."""
    text = canonical({"note": "checked", **body})
    event = Event(new_uuid(), kind, *PROBLEM, "王五", day, text, status)
    with opened(folder, write=True) as ledger:
        ledger.append([event])
