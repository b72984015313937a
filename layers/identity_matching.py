"""One layer of a run beside what was known of it -> which row is which: by id, by a person's word, by place and name.

Nothing is guessed: where more than one answer is possible, a row keeps to its own id, and the question is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from layers.identity_pairs import Pairs, Rows, displaced, elsewhere, metres_between, pairs_of, renamed

NOBODY = -1


class Said(NamedTuple):
    """What a person said of the row with an id: which known one it is ('' for none), and which ones it is not.

    `heard`: an earlier run knew which one it is said to be.
    """

    same_as: str = ""
    not_same_as: tuple[str, ...] = ()
    heard: bool = False


# A person's word that could not hold yet.
_PENDING = frozenset({"CLAIMED_TWICE", "STILL_LISTED", "NO_SUCH_ID"})


class Matched(NamedTuple):
    """Of each row of this run: which known one it is (NOBODY: none), how that was found, and what is in question.

    `asked`: of known rows that are gone, by position, a code of `layers.identities.WHYS` and the ids of this run that
    they may be.
    """

    was: Rows
    by: list[str]
    why: list[str]
    metres: np.ndarray[tuple[int], np.dtype[np.float64]]
    candidates: list[tuple[int, ...]]  # positions in what was known
    asked: Mapping[int, tuple[str, tuple[int, ...]]]


class _Layer:
    """The rows of both sides, and what has been found so far."""

    def __init__(self, layer: str, now: pd.DataFrame, was: pd.DataFrame, said: Mapping[str, Said]) -> None:
        self.layer, self.now, self.rows, self.said = layer, now, was, said
        self.ids, self.was_ids = now["id"].tolist(), was["id"].tolist()
        self.identities = was["identity"].tolist()
        self.all_identities = frozenset(self.identities)
        size = len(now)
        self.of = np.full(size, NOBODY, dtype=np.intp)
        self.by, self.why = ["id"] * size, [""] * size
        self.candidates: list[tuple[int, ...]] = [()] * size
        self.asked: dict[int, tuple[str, tuple[int, ...]]] = {}
        self.doubted: dict[int, int] = {}  # the same id, but another name at another place
        self.far: set[int] = set()  # of those, which lie beyond any limit
        self.settled: set[int] = set()

    def by_id(self) -> None:
        """Rows are what had their id; of several known ones the one that the last run had."""
        order = np.argsort(self.rows["present"].to_numpy(dtype=bool), kind="stable")[::-1]
        last = dict(zip([self.was_ids[at] for at in order[::-1]], order[::-1].tolist(), strict=True))
        banned = {id_: one for id_, one in self.said.items() if one.not_same_as}
        for at, id_ in enumerate(self.ids):
            known = last.get(id_, NOBODY)
            if known != NOBODY and (id_ not in banned or not self._banned(at, known)):
                self.of[at] = known
        carried = np.flatnonzero(self.of != NOBODY)
        self._carry(carried)
        i, j = carried, self.of[carried]
        other = renamed(self.now, self.rows, i, j)
        i, j = i[other], j[other]
        away = displaced(self.layer, self.now, self.rows, i, j)
        self.doubted = dict(zip(i[away].tolist(), j[away].tolist(), strict=True))
        self.far = set(i[elsewhere(self.layer, self.now, self.rows, i, j)].tolist())
        self._swapped(i[~away], j[~away])

    def _carry(self, carried: Rows) -> None:
        """What earlier runs found and asked of a row is still so."""
        by, why = self.rows["by"].to_numpy(dtype=object), self.rows["why"].to_numpy(dtype=object)
        told = self.rows["candidates"].to_numpy(dtype=object)
        position = {identity: at for at, identity in enumerate(self.identities)}
        for at in carried[(by[self.of[carried]] != "id") | (why[self.of[carried]] != "")].tolist():
            known = self.of[at]
            self.by[at], self.why[at] = by[known], why[known]
            names = [one for one in str(told[known]).split(";") if one]
            self.candidates[at] = tuple(position[one] for one in names if one in position)

    def _swapped(self, i: Rows, j: Rows) -> None:
        """Two rows that stay where they were, and have each other's name now."""
        now, was = self.now["name"].to_numpy(dtype=object), self.rows["name"].to_numpy(dtype=object)
        had = {str(was[known]): (at, known) for at, known in zip(i.tolist(), j.tolist(), strict=True)}
        for at, known in zip(i.tolist(), j.tolist(), strict=True):
            other = had.get(str(now[at]))
            if other is not None and other[0] != at and now[other[0]] == was[known]:
                self.why[at], self.candidates[at] = "NAMES_SWAPPED", (other[1],)

    def _banned(self, at: int, known: int) -> bool:
        """Whether a person said that it is not; a name is first of all an identity, else an id of the last run."""
        said = self.said.get(self.ids[at])
        if said is None:
            return False
        identity, id_ = self.identities[known], self.was_ids[known]
        return identity in said.not_same_as or (id_ in said.not_same_as and id_ not in self.all_identities)

    def by_word(self) -> None:
        """Rows are what a person said, unless two are said to be one, or what they are said to be is still listed."""
        place = {identity: at for at, identity in enumerate(self.identities)}
        place = {**{id_: at for at, id_ in enumerate(self.was_ids)}, **place}
        at_id = {id_: at for at, id_ in enumerate(self.ids)}
        wanted = {at_id[id_]: one.same_as for id_, one in self.said.items() if one.same_as and id_ in at_id}
        wanted = {at: old for at, old in wanted.items() if not self._outlived(at, place.get(old, NOBODY))}
        claims = Counter(place.get(old, NOBODY) for old in wanted.values())
        listed = {known: at for at, known in enumerate(self.of.tolist()) if known != NOBODY}
        for at, old in wanted.items():
            known = place.get(old, NOBODY)
            if known == self.of[at] != NOBODY:
                if at not in self.doubted or self.by[at] != "person":  # applied before; then it may have been shifted
                    self._settle(at, known)
            elif known == NOBODY:
                self._ask(at, "NO_SUCH_ID", ())
            elif claims[known] > 1:
                self._ask(at, "CLAIMED_TWICE", (known,))
            elif known in listed and listed[known] not in self.far and listed[known] not in wanted:
                self._ask(at, "STILL_LISTED", (known,))
            else:
                self._settle(at, known)
        for id_, one in self.said.items():
            if one.not_same_as and id_ in at_id and at_id[id_] not in self.settled:
                at = at_id[id_]
                left = tuple(known for known in self.candidates[at] if not self._banned(at, known))
                if self.candidates[at] and not left:
                    self.by[at], self.why[at] = "person", ""
                self.candidates[at] = left

    def _outlived(self, at: int, known: int) -> bool:
        """Whether the word was about what had the id before: an earlier run heard it, and now it is another one's."""
        one = self.of[at]
        return self.said[self.ids[at]].heard and one not in (NOBODY, known) and self.why[at] not in _PENDING

    def _settle(self, at: int, known: int) -> None:
        for other in np.flatnonzero(self.of == known).tolist():
            if other != at:
                self.of[other] = NOBODY
                self.doubted.pop(other, None)
        self.of[at], self.by[at], self.why[at], self.candidates[at] = known, "person", "", ()
        self.doubted.pop(at, None)
        self.settled.add(at)

    def _ask(self, at: int, why: str, candidates: tuple[int, ...]) -> None:
        self.why[at], self.candidates[at] = why, candidates
        if self.of[at] == NOBODY:
            self.by[at] = "undecided"

    def by_place(self) -> None:
        """Rows with new ids are what had their name and place, where there is one such on either side."""
        taken = set(self.of[self.of != NOBODY].tolist()) - {*self.doubted.values()}
        loose = np.array([at for at, one in enumerate(self.of) if one == NOBODY or at in self.doubted], dtype=np.intp)
        loose = loose[[at not in self.settled for at in loose.tolist()]] if len(loose) else loose
        gone = np.array([at for at in range(len(self.rows)) if at not in taken], dtype=np.intp)
        if not len(loose) and not self._newly(gone):
            return
        pairs = self._allowed(pairs_of(self.layer, self.now, self.rows, loose, gone))
        free = np.isin(pairs.now, loose) & np.isin(pairs.was, gone)
        found = self._unique(pairs, pairs.exact, free)
        # An id is believed rather than a name nearby: only the very place speaks against it.
        near = [at for at in self.doubted if at not in self.far]
        believed = np.isin(pairs.now, near) | np.isin(pairs.was, [self.doubted[at] for at in near])
        found |= self._unique(pairs, pairs.one, free & ~believed) & pairs.sure
        self._found(dict(zip(pairs.now[found].tolist(), pairs.was[found].tolist(), strict=True)))
        self._questions(pairs, set(loose.tolist()))

    def _newly(self, gone: Rows) -> bool:
        return bool(self.rows["present"].to_numpy(dtype=bool)[gone].any())

    def _allowed(self, pairs: Pairs) -> Pairs:
        """Without what a person said is not the same."""
        keep = np.ones(len(pairs.now), dtype=bool)
        if any(one.not_same_as for one in self.said.values()):
            both = zip(pairs.now.tolist(), pairs.was.tolist(), strict=True)
            keep = np.array([not self._banned(at, known) for at, known in both], dtype=bool)
        return pairs.only(keep)

    def _unique(self, pairs: Pairs, which: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Of which pairs neither side has another such pair."""
        now = np.bincount(pairs.now[which], minlength=len(self.now))
        was = np.bincount(pairs.was[which], minlength=len(self.rows))
        alone: np.ndarray = which & free & (now[pairs.now] == 1) & (was[pairs.was] == 1)
        return alone

    def _found(self, sure: Mapping[int, int]) -> None:
        """Takes them over; a row whose id is that of another one now is none of those that were known."""
        given = set(sure.values())
        for at, known in list(self.doubted.items()):
            if at in sure or known in given:
                self.of[at], self.by[at], self.why[at], self.candidates[at] = NOBODY, "id", "", ()
                del self.doubted[at]
                if at not in sure:
                    self.why[at] = "ID_OF_ANOTHER"
        before = set(self.was_ids)
        for at, known in sure.items():
            shifted = self.ids[at] in before
            self.of[at], self.by[at] = known, "place_and_name"
            self.why[at], self.candidates[at] = ("SHIFTED" if shifted else "RENUMBERED"), ()
        for at in self.far & {*self.doubted}:
            if not self.why[at]:
                self.why[at] = "OTHER_NAME_AND_PLACE"

    def _questions(self, pairs: Pairs, loose: set[int]) -> None:
        """What new rows, and known ones that are gone now, may be all the same."""
        here = set(self.of[self.of != NOBODY].tolist())
        present = self.rows["present"].to_numpy(dtype=bool)
        alike: dict[int, list[int]] = {}
        of_known: dict[int, list[int]] = {}
        called: dict[int, list[int]] = {}
        for at, known, one, other in zip(
            pairs.now.tolist(), pairs.was.tolist(), pairs.one.tolist(), pairs.other_name.tolist(), strict=True
        ):
            open_row = at in loose and self.of[at] == NOBODY
            if one and self.of[at] != known:
                if open_row and (known not in here or present[known]):
                    alike.setdefault(at, []).append(known)
                if known not in here:
                    of_known.setdefault(known, []).append(at)
            elif other and open_row and known not in here:
                called.setdefault(at, []).append(known)
        for at, known_ones in alike.items():
            self._ask(at, _why(known_ones, of_known, here), tuple(known_ones))
        for at, known_ones in called.items():
            if at not in alike:
                self._ask(at, "OTHER_NAME", tuple(known_ones))
        for known, ones in of_known.items():
            left = tuple(at for at in ones if at not in alike)
            if present[known] and left:
                self.asked[known] = ("MERGED_INTO", left)

    def done(self) -> Matched:
        """What was found, with the metres from where each row lay before."""
        metres = np.full(len(self.now), np.nan)
        told = np.flatnonzero(self.of != NOBODY)
        told = told[[self.by[at] != "id" or bool(self.why[at]) for at in told.tolist()]] if len(told) else told
        metres[told] = metres_between(self.now, self.rows, told, self.of[told])
        before = self.rows["distance_m"].to_numpy(dtype=np.float64)
        for at in told.tolist():  # how far it was when it was found stays on record
            known = self.of[at]
            if self.ids[at] == self.was_ids[known] and not np.isnan(before[known]):
                metres[at] = before[known]
        return Matched(self.of, self.by, self.why, metres, self.candidates, self.asked)


def _why(known_ones: list[int], of_known: Mapping[int, list[int]], here: set[int]) -> str:
    """What it looks like: one of several, a part of one, several in one, or a part of one that is still there."""
    if all(known in here for known in known_ones):
        return "SPLIT_OFF"
    rivals = max(len(of_known.get(known, ())) for known in known_ones)
    if len(known_ones) > 1:
        return "SEVERAL" if rivals > 1 else "MERGED"
    return "SPLIT" if rivals > 1 else "SEVERAL"


def matched(layer: str, now: pd.DataFrame, was: pd.DataFrame, said: Mapping[str, Said]) -> Matched:
    """Which row of `now` is which of `was`, tables of `layers.known_ids` of one layer; `said`: by id of this run."""
    work = _Layer(layer, now, was, said)
    work.by_id()
    work.by_word()
    work.by_place()
    return work.done()
