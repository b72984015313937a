"""`headwater ledger verify`: whether every event is as it was stored, and none is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gis.faults import Fault
from layers.ledger_proof import Known, Proof, prove
from layers.project import read_project
from scripts.console import DONE, FOUND, Console, WrongUse, fault_facts

_HEAD = re.compile(r"(\d{1,12}):([0-9a-f]{64})")
_MOST_SHOWN = 50


def verify_ledger(folder: Path, console: Console, *, heads: Sequence[str] = ()) -> int:
    """Tells what is wrong with the ledger, row by row; exit code 1 where anything is. `heads`: noted, EVENTS:HASH."""
    project = read_project(folder, today=date.today())
    language = console.use(project.language)
    given = [_known(text) for text in heads]
    with console.step("verify", "核对台账", "proving the ledger"):
        proof = prove(project.folder, known=given)
    if console.as_json:
        console.give(
            {
                "ok": not proof.faults,
                "events": proof.events,
                "head": proof.head,
                "known": [one._asdict() for one in proof.known],
                "faults": [_facts(fault, language) for fault in proof.faults],
                "seconds": console.seconds,
            }
        )
    else:
        _tell(proof, console)
    return FOUND if proof.faults else DONE


def _known(text: str) -> Known:
    found = _HEAD.fullmatch(text)
    if found is None:
        raise WrongUse(
            f"--head 应为 条数:散列值（64 位十六进制），给出的是 {text!r}",
            f"--head: expected EVENTS:HASH with 64 hexadecimal digits, found {text!r}",
        )
    return Known("--head", int(found[1]), found[2])


def _facts(fault: Fault, language: str) -> dict[str, Any]:
    """A fault as --json tells it; `seq` and `uuid` of the event, None and "" where the whole file is meant."""
    return {"seq": fault.row, "uuid": fault.facts.get("uuid", ""), **fault_facts(fault, language)}


def _tell(proof: Proof, console: Console) -> None:
    for fault in proof.faults[:_MOST_SHOWN]:
        zh, en = (f"{fault.line(language)}" for language in ("zh", "en"))
        console.say(zh, en)
    more = len(proof.faults) - _MOST_SHOWN
    if more > 0:
        console.say(f"另有 {more} 处（--json 全部列出）", f"{more} more (--json lists all)")
    if proof.faults:
        console.say(f"台账有 {len(proof.faults)} 处问题", f"{len(proof.faults)} faults in the ledger")
        return
    held = len([one for one in proof.known if one.events])
    console.say(
        f"台账完好：{proof.events} 条记录，与别处记下的 {held} 个链头一致",
        f"the ledger is whole: {proof.events} events, held to {held} heads that were written down elsewhere",
    )
    if proof.events:
        console.say(f"链头 {proof.events}:{proof.head}", f"head {proof.events}:{proof.head}")
