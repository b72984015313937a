"""Partitions of the sites: where each comes from, what travels to it, and its sites judged as in one piece.

A partition is a file of a GeoParquet set of pollution sources, read where it is judged, or a block of rows in the
order of places that were read already. Everything here can be sent to another process and knows no scheduler:
a `Crew` does the work, one partition after the other in this process, or many at a time elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gis import nearby
from gis.faults import Fault, InputError
from gis.parquet import Part
from layers.duplicates import id_hashes
from layers.load import LAYERS, Inputs, load_part
from layers.programs import programs
from layers.project import Project
from layers.row_hashes import Hashes
from layers.rules import Judged, in_order, judge_among
from layers.surroundings import SUBJECT_ID, Box, Neighbours, Surroundings, box_of

# Rows of a block: enough to be worth a journey, few enough for the memory of a small worker.
BLOCK = 100_000
# How far the places of a part may be wrong where its entry does not say (metres); a part that knows better is redone.
_LIKELY_DOUBT = 100.0
# By how much a part's box, as the file tells it, is widened: a re-projection moves places, an offset datum by 0.01°.
_BOX_MARGIN = 0.02

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Crew(Protocol):
    """Who does the work: `each` gives what `function(common, item)` returns for every item, in no order.

    Function, items and answers can be pickled; an item is asked for when somebody is free to work on it, and its
    answer is let go when the next is asked for.
    """

    def each(
        self, function: Callable[[Any, Item], Answer], common: object, items: Iterable[Item]
    ) -> Iterator[Answer]: ...


class Alone:
    """A crew of this process."""

    def each(self, function: Callable[[Any, Item], Answer], common: object, items: Iterable[Item]) -> Iterator[Answer]:
        """The answers in the order of the items."""
        return (function(common, item) for item in items)


class Common(NamedTuple):
    """What all partitions need: the project, its words are those of the rules, and the surroundings without rows."""

    project: Project
    around: Surroundings
    programs: str

    def check(self) -> None:
        """Nothing; raises RuntimeError where the programs here are not those that sent the work."""
        if self.programs != programs():
            raise RuntimeError("worker and sender must have the same version of Headwater, NumPy and shapely installed")


class Piece(NamedTuple):
    """A partition of a layer: its number, and a part of a set (entry of the project, number in the set) or rows."""

    number: int
    layer: str
    entry: int = -1
    part: int = -1
    rows: gpd.GeoDataFrame | None = None


class Errand(NamedTuple):
    """A piece with all that it may see, and earlier rows that share ids with it."""

    piece: Piece
    near: Neighbours
    seen: Sequence[gpd.GeoDataFrame] = ()


class Beyond(NamedTuple):
    """The answer of a piece that can see more than it was given."""

    number: int
    box: Box | None
    doubt: float


class Refused(NamedTuple):
    """The answer of a piece whose file cannot be used."""

    number: int
    faults: Sequence[Fault]


class Sites(NamedTuple):
    """The sites of a piece, and what its file gave where they were read here."""

    frame: gpd.GeoDataFrame
    inputs: Inputs | None


class Found(NamedTuple):
    """A piece judged: what its file gave (sent rows are not sent back), and the answers, their targets in the whole.

    `ids`: 64 bits of each id, none for rows that were sent.
    """

    number: int
    inputs: Inputs | None
    judged: Judged
    ids: Hashes


def errand_of(
    piece: Piece,
    around: Surroundings,
    part: Part | None = None,
    *,
    seen: Sequence[gpd.GeoDataFrame] = (),
    doubt: float = 0.0,
) -> Errand:
    """The piece with what its sites can see; of a part of a set, with what they are likely to.

    `doubt`: how many metres the places of a set may be wrong, as far as the project says.
    """
    if piece.rows is not None:
        stated = float(nearby.accuracy_of(piece.rows).max(initial=0.0))
        return Errand(piece, around.neighbours(piece.layer, box_of(piece.rows), stated), seen)
    box = None if part is None else _likely_box(part)
    return Errand(piece, around.neighbours(piece.layer, box, max(doubt, _LIKELY_DOUBT)), seen)


def _likely_box(part: Part) -> Box | None:
    """Where the places of a part lie, if its file tells the truth in degrees."""
    if part.bounds is None:
        return None
    west, south, east, north = part.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return west - _BOX_MARGIN, south - _BOX_MARGIN, east + _BOX_MARGIN, north + _BOX_MARGIN


def found(common: Common, errand: Errand) -> Found | Beyond | Refused:
    """The answers about the sites of a piece, read where this is called if it is part of a set."""
    common.check()
    piece = errand.piece
    loaded = loaded_of(common, errand)
    if not isinstance(loaded, Sites):
        return loaded
    sites, inputs = loaded
    judged = judge_among(sites, piece.layer, common.around.among(errand.near), errand.near.rows)
    ids = id_hashes(sites[SUBJECT_ID[piece.layer]]) if inputs is not None else np.zeros(0, dtype=np.uint64)
    return Found(piece.number, inputs, judged, ids)


def loaded_of(common: Common, errand: Errand) -> Sites | Beyond | Refused:
    """The sites of a piece and what its file gave, or why it cannot be judged like this."""
    piece = errand.piece
    if piece.rows is not None:
        return Sites(piece.rows, None)
    words = common.around.rules
    try:
        inputs = load_part(
            common.project, piece.entry, piece.part, kinds=words.kinds, levels=words.levels, seen=errand.seen
        )
    except InputError as error:
        return Refused(piece.number, error.faults)
    sites = inputs.frames[piece.layer]
    if not errand.near.hold(sites):
        return Beyond(piece.number, box_of(sites), float(nearby.accuracy_of(sites).max(initial=0.0)))
    return Sites(sites, inputs)


class Wanted(NamedTuple):
    """Rows of a part of a set, asked for by the 64 bits of their ids."""

    piece: Piece
    ids: Hashes


def rows_with_ids(common: Common, wanted: Wanted) -> tuple[int, gpd.GeoDataFrame]:
    """The number of a piece and those of its accepted rows whose ids have one of the bits."""
    common.check()
    piece, words = wanted.piece, common.around.rules
    frame = load_part(common.project, piece.entry, piece.part, kinds=words.kinds, levels=words.levels).frames[
        piece.layer
    ]
    return piece.number, picked(frame, piece.layer, wanted.ids)


def picked(frame: gpd.GeoDataFrame, layer: str, ids: Hashes) -> gpd.GeoDataFrame:
    """The rows whose ids have one of the bits, as far as they are compared: canonical columns, place and origin."""
    columns = [column.name for column in LAYERS[layer].columns]
    kept = np.isin(id_hashes(frame[SUBJECT_ID[layer]]), ids)
    return frame.loc[kept, [*columns, "source_file", "source_row", "geometry"]].reset_index(drop=True)


def repeated_ids(ids: Sequence[Hashes]) -> Hashes:
    """The bits that stand more than once, each array having each of its own once; sorted."""
    if not ids:
        return np.zeros(0, dtype=np.uint64)
    everything = np.concatenate(list(ids))
    everything.sort()
    return np.unique(everything[1:][everything[1:] == everything[:-1]])


def blocks(frame: gpd.GeoDataFrame) -> list[NDArray[np.intp]]:
    """The positions of the rows in blocks of BLOCK, along a curve that keeps near what lies near."""
    if not len(frame):
        return []
    order = np.argsort(frame.geometry.hilbert_distance().to_numpy(), kind="stable")
    return [np.sort(order[start : start + BLOCK]) for start in range(0, len(frame), BLOCK)]


def whole(pieces: Sequence[tuple[NDArray[np.intp], Judged]], sites: int) -> Judged:
    """What was judged in pieces, each with the positions of its rows, as if judged in one; they cover all `sites`."""
    flagged = []
    first = pieces[0][1]
    columns: list[NDArray[Any]] = [np.zeros((sites, *one.shape[1:]), dtype=one.dtype) for one in first[1:]]
    for rows, judged in pieces:
        own = {str(name): judged.flagged[name].to_numpy() for name in judged.flagged.columns}
        flagged.append({**own, "subject": rows[own["subject"]]})
        for column, part in zip(columns, judged[1:], strict=True):
            column[rows] = part
    return Judged(in_order(flagged), *columns)
