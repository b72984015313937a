"""Tables of unstated datum -> a suspicion where they fit the others better when taken back from GCJ-02 or BD-09.

Suspected layers stay accepted; they get a DATUM_SUSPECT fault without a row, and their positions are taken to be as
uncertain as the offset is large, so that nothing near an edge is called clear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gis.datum import OFFSETS
from gis.faults import Fault
from gis.parquet import is_set
from layers.files import file_of
from layers.fit import Comparison, Fit, Plane, fit_of, in_china, share_against
from layers.fit_evidence import comparisons_of
from layers.layer import LOCATED
from layers.loaded import Loaded

Floats = NDArray[np.float64]

_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


class Suspicion(NamedTuple):
    """That a table is offset as `datum`: the evidence that fits best, and by how many metres it moves the rows."""

    datum: str
    fit: Fit
    metres: float


class Project(Protocol):
    """What is asked of a project here: where its entries' files are."""

    @property
    def folder(self) -> Path: ...
    @property
    def layers(self) -> Sequence[Any]: ...


def doubted(project: Project, tables: Mapping[int, Sequence[Loaded]]) -> dict[int, list[Loaded]]:
    """The tables by entry, as `with_suspicions`. Sets of Parquet files, whose parts may be read apart, stay aside."""
    read = [at for at, own in tables.items() if own]  # a path that is refused gave no table
    whole = [at for at in read if not is_set(file_of(project.folder, project.layers[at].path))]
    flat = iter(with_suspicions([table for at in whole for table in tables[at]]))
    return {at: [next(flat) for _ in own] if at in whole else [*own] for at, own in tables.items()}


def with_suspicions(tables: Sequence[Loaded]) -> list[Loaded]:
    """The tables of all entries; those suspected with their fault, and with positions as uncertain as the offset.

    Every table in China of whose datum nothing was said is compared as it stands with the others: outfalls and sections
    with rivers and water bodies, intakes with level-1 zones, zones with water, sites with the sources they are
    about or whose name they bear, and sites with the district they name (`layers.fit_evidence`).
    """
    suspicions = suspicions_of([(table.record["kind"], table.frame, table.may_be_offset) for table in tables])
    return [_suspected(table, suspicions[at]) if at in suspicions else table for at, table in enumerate(tables)]


def suspicions_of(tables: Sequence[tuple[str, gpd.GeoDataFrame, bool]]) -> dict[int, Suspicion]:
    """By place in `tables` (kind, frame, whether its datum may be doubted) those that fit better when taken back."""
    found: dict[int, Suspicion] = {}
    placed = [(kind, frame if len(frame) and in_china(frame.geometry) else None) for kind, frame, _ in tables]
    for at, (_, frame, doubtful) in enumerate(tables):
        if not doubtful or placed[at][1] is None:
            continue
        best = _best(comparisons_of(at, placed))
        if best is not None:
            datum, fit = best
            found[at] = Suspicion(datum, fit, _offset_metres(frame, datum))
    return found


def _best(comparisons: Sequence[Comparison]) -> tuple[str, Fit] | None:
    """The datum and the evidence that leave the least distance.

    None where no evidence is clear, or other evidence speaks as clearly for the rows as they stand.
    """
    clear = [
        (datum, fit)
        for comparison in comparisons
        for datum in OFFSETS
        if (fit := fit_of(comparison, datum)) is not None
    ]
    best = min(clear, key=lambda one: one[1].after / one[1].before, default=None)
    if best is None:
        return None
    against = [share for comparison in comparisons if (share := share_against(comparison, best[0])) is not None]
    return None if min(against, default=1.0) <= best[1].after / best[1].before else best


def _offset_metres(frame: gpd.GeoDataFrame, datum: str) -> float:
    """The most that the offset moves a corner of the extent of a frame, or its middle, in metres."""
    west, south, east, north = frame.total_bounds
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9)))
    plane = Plane(float(lat.mean()))
    return float(np.hypot(*plane.displacement(lon, lat, datum)).max())


def _suspected(table: Loaded, suspicion: Suspicion) -> Loaded:
    frame = table.frame.copy(deep=False)
    located = frame[LOCATED.name].astype("float64")
    frame[LOCATED.name] = located.where(located >= suspicion.metres, np.ceil(suspicion.metres))
    fit = suspicion.fit
    facts: Mapping[str, str] = {
        "datum": _NAMES[suspicion.datum],
        "word": suspicion.datum,
        "compared": fit.compared,
        "before": f"{fit.before:.0f}",
        "after": f"{fit.after:.0f}",
        "count": str(fit.places),
    }
    fault = Fault("DATUM_SUSPECT", table.record["path"], table.label, facts=facts)
    return table._replace(frame=frame, faults=[fault, *table.faults])
