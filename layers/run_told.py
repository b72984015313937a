"""What a run found, in the light of the ledger and of the run before: since when, what changed, who decided what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from layers.assess import Assessment, with_build_id
from layers.changes import Changes, attributes_asked, compare, no_changes, words_of_sites
from layers.columns import objects
from layers.evidence import EVIDENCE
from layers.finding_history import with_history
from layers.identities import with_identities
from layers.overrides import Standing, standings
from layers.rule_book import RuleSet
from layers.run_memory import Memory
from layers.run_records import RUN, STATED, ThisRun
from layers.source_links import link_notes
from layers.this_run import this_run
from layers.told_history import SinceRun, ToldHistory, told_history
from layers.workflow import CONTRADICTIONS, WHY_NOT

Key = tuple[str, str]
_WORDS = {"whys": WHY_NOT, "contradictions": CONTRADICTIONS, "missing": EVIDENCE}


def told(result: Assessment, rules: RuleSet, run: ThisRun, language: str) -> Assessment:
    """The assessment with `first_seen` and `change` of findings, `change` and `revision` of sites, and what the map,
    the workbook and the next run are to know.
    """
    of_layers = {key: rule.of for key, rule in rules.rules.items()}
    findings = with_history(with_identities(result.findings, run.identities, of_layers), run.history, run.as_of)
    keys = list(zip(result.sites["layer"], result.sites["site_id"], strict=True))
    revisions = objects(run.state.of(*key).revision for key in keys)
    result = result._replace(findings=findings, sites=result.sites.assign(revision=revisions), this_run=run)
    said = this_run(result, language, run.identities)
    changes = no_changes()
    asks = attributes_asked(rules.rules.values())
    if run.before is not None:
        changes = compare(run.before.said, said, history=run.history, recorded=_recorded(run), asks=asks)
    overrides = standings(said, run.state.overrides.values())
    since = _since(run.before.said.as_of, changes) if run.before is not None else None
    sites = result.sites.assign(change=_changes_of_sites(changes, run, keys))
    return result._replace(
        sites=sites,
        run=with_build_id(_facts(result.run, run, changes, link_notes(sites, run.identities))),
        changes=changes,
        memory=Memory(said, run.identities.known),
        history=_history(run, keys, findings, overrides, since),
    )


def _recorded(run: ThisRun) -> set[Key]:
    """The sites of which somebody recorded something since the run before; the office's table is data."""
    known = run.begun.earlier[-1].ledger_events if run.begun.earlier else 0
    new = (event for event in run.begun.events if event.seq > known and event.kind not in (RUN, STATED))
    return {(event.layer, event.site_id) for event in new}


def _changes_of_sites(changes: Changes, run: ThisRun, keys: list[Key]) -> Any:
    """Of each site what changed most; all are new where there is no run before, and nothing is known without one."""
    if run.before is not None:
        return words_of_sites(changes, keys)
    return objects(["new" if not run.begun.earlier else None]).repeat(len(keys))


def _facts(
    facts: Mapping[str, Any], run: ThisRun, changes: Changes, links: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    """What run.json holds, with the run, the ledger as it was read, and how many changes since which run.

    `links`: notes of sites whose source may be another one.
    """
    begins = run.begun
    counts = changes.rows["change"].value_counts()
    earlier = begins.earlier[-1] if begins.earlier else None
    return {
        **facts,
        "assumptions": [*facts["assumptions"], *run.identities.notes, *links],
        "run_id": run.run_id,
        "ledger": {"events": begins.head.events, "head": begins.head.hash},
        "before": {"run_id": earlier.run_id, "as_of": earlier.as_of} if earlier else None,
        "changes": {name: int(counts.get(name, 0)) for name in changes.counts if name != "known"},
    }


def _since(as_of: str, changes: Changes) -> SinceRun:
    """How the run differs from the one before, for the map."""
    rows, columns = changes.details, ["layer", "site_id", "name", "lon", "lat"]
    of_sites = rows[rows["finding_id"] == ""].drop(columns=["lon", "lat"])
    named = {"subject_layer": "layer", "subject_id": "site_id", "subject_name": "name"}
    places = of_sites.rename(columns={**named, "lon_before": "lon", "lat_before": "lat"})
    of_findings = rows[rows["finding_id"] != ""]["change"].value_counts()
    moved, gone = (places[places["change"] == word][columns].reset_index(drop=True) for word in ("moved", "gone"))
    counts = {str(word): int(count) for word, count in sorted(of_findings.items())}
    return SinceRun(as_of, counts, moved.drop(columns="name"), gone)


def _history(
    run: ThisRun, keys: Iterable[Key], findings: pd.DataFrame, overrides: Mapping[str, Standing], since: SinceRun | None
) -> ToldHistory:
    """What the map and the workbook tell of the sites' events and of what persons decided."""
    own = findings[findings["finding_id"].isin(list(overrides))]
    renamed = run.identities.renamed
    former = {key: name for key in keys if (name := run.identities.identity(*key)) != key[1]} if renamed else {}
    decisions = {finding: _decision(one) for finding, one in sorted(overrides.items())}
    return told_history(
        run.events,
        run.state.sites,
        as_of=date.fromisoformat(run.as_of),
        former_ids=former,
        decisions=decisions,
        decided=set(zip(own["subject_layer"], own["subject_id"], strict=True)),
        since=since,
        words=_WORDS,
    )


def _decision(one: Standing) -> dict[str, Any]:
    said = one.override
    return {"result": said.result, "actor": said.by, "at": said.at, "reason": said.reason, "renew": not one.holds}
