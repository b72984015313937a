"""What a run says, before any file is written: the same that its files will say (`layers.past_runs`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gis.cells import cell_texts
from layers.assess import Assessment
from layers.columns import objects
from layers.findings import in_language
from layers.identities import Identities
from layers.past_runs import Key, PastRun, facts_compared, with_outlines
from layers.sites import SITE_COLUMNS

_OF_FILE = frozenset({"source_file", "source_row", "geometry"})
_TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))


def this_run(result: Assessment, language: str, identities: Identities) -> PastRun:
    """What the run says in the language of its files, to be compared with earlier ones and with later ones."""
    findings = _texts(in_language(result.findings, language), guarded=True).drop_duplicates("finding_id")
    sites = _sites(result)
    zones = _texts(with_outlines(result.zones))
    sections = _texts(pd.DataFrame(result.sections[["section_id"]]))
    matches = identities.matches
    told = zip(matches["layer"], matches["identity"], matches["candidates"], strict=True)
    return PastRun(
        findings.set_index("finding_id"),
        sites.set_index(["layer", "site_id"]),
        zones.set_index("zone_id"),
        sections.set_index("section_id"),
        facts_compared(result.run),
        _blind(result.coverage),
        {(layer, own): name for layer, own, name in _ids(matches) if own != name},
        frozenset((layer, one) for layer, name, others in told if others for one in (name, *others.split(";"))),
        identities.aliases,
    )


def _ids(matches: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(matches["layer"], matches["id"], matches["identity"], strict=True))


def _sites(result: Assessment) -> pd.DataFrame:
    """The sites with `contradiction`, too: what the ledger holds of each that does not fit together."""
    sites = result.sites
    if result.state is not None:
        of = result.state.of
        told = (";".join(of(*key).contradiction) for key in zip(sites["layer"], sites["site_id"], strict=True))
        sites = sites.assign(contradiction=objects(told))
    own = _texts(sites[list(SITE_COLUMNS)], guarded=True)
    further = [name for name in sites.columns if name not in SITE_COLUMNS]
    return pd.concat([own, _texts(sites[further])], axis=1)


def _texts(frame: pd.DataFrame, *, guarded: bool = False) -> pd.DataFrame:
    """All columns but where a row stood in its file and its geometry, as text held by Arrow."""
    columns: dict[Any, Any] = {
        name: _TEXT.__from_arrow__(cell_texts(frame[name], guarded=guarded))
        for name in frame.columns
        if name not in _OF_FILE
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def _blind(coverage: pd.DataFrame) -> Mapping[Key, int]:
    rows = coverage[coverage["result"] == "not_assessed"]
    counts: dict[Key, int] = {}
    for layer, rule, sites in zip(rows["layer"], rows["rule_id"].fillna(""), rows["sites"], strict=True):
        counts[layer, rule] = counts.get((layer, rule), 0) + int(sites)
    return counts
