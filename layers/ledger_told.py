"""Where sites stand on the ledger -> what 问题清单 says of them, by column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from layers.evidence import EVIDENCE, Lack, Proof, lacking_for_acceptance, lacking_for_closing
from layers.ledger_rows import LEDGER, SOURCES, Told
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State
from layers.site_state import SiteState
from layers.words import RESULTS, Word
from layers.workflow import CONTRADICTIONS, WHY_NOT

_CONFLICT = Word("{count} 组巡查互相矛盾，待裁定", "visits in conflict, to be decided: {count}")
_AGAINST = Word("与台账矛盾：{what}", "contradiction: {what}")
_WITHOUT = Word("{count} 条记录没有生效：{why}", "{count} without effect: {why}")
_OVERRIDE = Word("{rule} 认定为{result}（{by}，{day}）：{reason}", "{rule}: {result} ({by}, {day}): {reason}")
_RENEW = Word("【事实已变，须重新认定】", "[facts changed: to be renewed] ")
# Which option of a command gives it is of no use on paper.
_OPTION = re.compile(r"（--[^）]*）| \(--[^)]*\)")
_DAY = 10


def told_by_ledger(
    state: State,
    rows: pd.DataFrame,
    events: pd.DataFrame,
    decided: Mapping[tuple[str, str], str],
    settings: LedgerSettings,
    *,
    as_of: date,
    language: str,
) -> Told:
    """By layer and id what the ledger says of each remediation site, by code of the columns of 问题清单.

    `rows`: the remediation sites among sites.csv. `events`: EVENT_COLUMNS of `layers.told_history`. `decided`: what
    persons decided of the findings about each site, in words (`overrides_told`).
    """
    notes = _notes(events)
    sites = zip(rows["site_id"], rows["source_id"], rows["responsible_unit"], strict=True)
    told = {}
    for site, source, unit in sites:
        standing = state.of(LEDGER, site)
        decisions = [decided[key] for key in ((LEDGER, site), (SOURCES, source)) if key in decided]
        told[LEDGER, site] = {
            **_of_state(standing),
            "progress_note": notes.get(site),
            "lacking": ("；" if language == "zh" else "; ").join(_lacking(standing, unit, settings, as_of, language)),
            "override": _lines(decisions),
            "to_decide": _lines(_to_decide(standing, language)),
        }
    return told


def _of_state(site: SiteState) -> dict[str, Any]:
    """What of a state stands in a column as it is; None where it says nothing."""
    last, notice = (site.extensions[-1] if site.extensions else None), site.evidence.get("notice") or {}
    relapsed = site.status == "reopened"
    looked = site.status_since if relapsed else (site.look_back_done[-1] if site.look_back_done else "")
    return {
        "status": site.status,
        "status_since": site.status_since[:_DAY] or None,
        "progress": site.progress,
        "deadline": site.extensions[0].before if site.extensions else site.deadline,
        "extended_to": last.deadline if last else None,
        "extension_reason": last.reason if last else None,
        "completed_on": site.completed_on,
        "accepted_on": site.accepted_on,
        "closed_on": site.closed_on,
        "accepted_by": site.evidence.get("accepting_unit"),
        "notice_from": notice.get("from"),
        "notice_to": notice.get("to"),
        "evidence": _files(site.evidence.get("evidence", ())),
        "photos": _files([*site.evidence.get("before", ()), *site.evidence.get("after", ())]),
        "look_back_due": site.look_back_due,
        "looked_back_on": looked[:_DAY] or None,
        "look_back_result": ("relapsed" if relapsed else "kept") if looked else None,
        "revision": site.revision,
    }


def _files(listed: Iterable[Any]) -> str | None:
    """The names of files that an event lists."""
    names = [str(one.get("name", "")) if isinstance(one, Mapping) else str(one) for one in listed]
    return "；".join(dict.fromkeys(name for name in names if name)) or None


def _notes(events: pd.DataFrame) -> dict[str, str]:
    """Of each remediation site the last note that has an effect."""
    own = events[(events["layer"] == LEDGER) & (events["note"] != "") & (events["without"] == "")]
    return dict(zip(own["site_id"], own["note"], strict=True))


def _lacking(site: SiteState, unit: str | None, settings: LedgerSettings, as_of: date, language: str) -> Sequence[str]:
    """What the next step, or the one that was taken, needs and the ledger does not have."""
    proof = Proof(site.evidence, site.completed_on, site.deadline, unit)
    if site.status == "completed":
        found = lacking_for_acceptance(proof)
    elif site.status == "accepted":
        found = lacking_for_closing(proof, on=as_of.isoformat(), settings=settings)
    elif site.status == "closed":
        found = lacking_for_closing(proof, on=site.closed_on or as_of.isoformat(), settings=settings)
    else:
        found = []
    return [_OPTION.sub("", _in_words(lack, language)) for lack in found]


def _in_words(lack: Lack, language: str) -> str:
    return lack.text(language) if lack.code in EVIDENCE else lack.code


def _to_decide(site: SiteState, language: str) -> list[str]:
    """What a person has to look at: conflicts, contradictions, records without effect."""
    told = [_CONFLICT.text(language).format(count=len(site.conflicts))] if site.conflicts else []
    for code in site.contradiction:
        what = CONTRADICTIONS[code].text(language) if code in CONTRADICTIONS else code
        told.append(_AGAINST.text(language).format(what=what))
    reasons: dict[str, int] = {}
    for _, why in site.not_applied:
        if why != "IN_CONFLICT":  # told already
            reasons[why] = reasons.get(why, 0) + 1
    for why, count in reasons.items():
        words = WHY_NOT[why].text(language) if why in WHY_NOT else why
        told.append(_WITHOUT.text(language).format(count=count, why=words))
    return told


def overrides_told(
    findings: pd.DataFrame, decisions: Mapping[str, Mapping[str, Any]], language: str
) -> dict[tuple[str, str], str]:
    """By layer and id of a subject what persons decided of its findings, a line each; `decisions` by finding id."""
    own = findings[findings["finding_id"].isin(list(decisions))]
    told: dict[tuple[str, str], list[str]] = {}
    for one, layer, site, rule in zip(
        own["finding_id"], own["subject_layer"], own["subject_id"], own["rule_id"], strict=True
    ):
        said = decisions[one]
        result = str(said.get("result", ""))
        words = _OVERRIDE.text(language).format(
            rule=rule,
            result=RESULTS[result].text(language) if result in RESULTS else result,
            by=said.get("actor", ""),
            day=str(said.get("at", ""))[:_DAY],
            reason=said.get("reason", ""),
        )
        told.setdefault((layer, site), []).append((_RENEW.text(language) if said.get("renew") else "") + words)
    return {key: "\n".join(lines) for key, lines in told.items()}


def _lines(texts: Sequence[str]) -> str | None:
    """The texts, a line each; None where there is none."""
    return "\n".join(texts) or None
