"""The ids of a run -> identities: the id under which a site, section or zone was first known.

Findings, decisions and the ledger are kept by identity, so that they survive when a list is numbered anew, a site is
renamed or a zone is drawn anew. Within a run everything is called by the ids that its data bear: `in_run_ids` and
`in_identities` take events from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.columns import objects
from layers.events import Event
from layers.findings import finding_id
from layers.identity_matching import NOBODY, Matched, Said, matched
from layers.known_ids import nothing_known, present_in
from layers.rule import ZONES
from layers.surroundings import RULED_LAYERS
from layers.words import Word

# docs/changes.md
MATCH_COLUMNS = ("layer", "id", "name", "identity", "by", "distance_m", "candidates", "why")

BY: Mapping[str, Word] = {
    "id": Word("按编号", "by its id"),
    "place_and_name": Word("按位置和名称", "by place and name"),
    "person": Word("由人认定", "by a person's word"),
    "undecided": Word("未定", "undecided"),
}

WHYS: Mapping[str, Word] = {
    "RENUMBERED": Word("编号变了，名称和位置相同", "another id, but the same name and place"),
    "SHIFTED": Word(
        "编号被重新分配：名称和位置属于原来另一个编号",
        "ids were dealt out anew: name and place are those of another id",
    ),
    "ID_OF_ANOTHER": Word("这个编号以前属于别的对象，作为新对象", "its id was that of another one; taken as new"),
    "SPLIT": Word(
        "原来的一个对象可能分成了几个，没有代为认定", "one that is gone may have been split into several; not decided"
    ),
    "MERGED": Word(
        "原来的几个对象可能并成了一个，没有代为认定", "several that are gone may have been merged; not decided"
    ),
    "SEVERAL": Word("可能是原来的几个对象之一，没有代为认定", "it may be one of several; not decided"),
    "SPLIT_OFF": Word(
        "与一个仍在列的对象同名同处，可能由其分出",
        "of the same name and place as one still listed; perhaps a part of it",
    ),
    "MERGED_INTO": Word(
        "已不在列，与一个仍在列的对象同名同处，可能并入", "gone; perhaps merged into one of the same name and place"
    ),
    "OTHER_NAME": Word(
        "与不再列出的一个对象同处同类，但名称不同",
        "of the same kind and place as one that is gone, but called otherwise",
    ),
    "OTHER_NAME_AND_PLACE": Word(
        "编号相同，但名称和位置都变了，仍按编号认定", "the same id with another name elsewhere; its id was believed"
    ),
    "NAMES_SWAPPED": Word("两个对象互换了名称，仍按编号认定", "two have each other's name; their ids were believed"),
    "CLAIMED_TWICE": Word(
        "有两个对象被认定为同一个，均未采用", "two are said to be the same one; neither was taken over"
    ),
    "STILL_LISTED": Word("被认定为一个仍在列的对象，未采用", "said to be one that is still listed; not taken over"),
    "NO_SUCH_ID": Word("被认定为一个没有记录的编号，未采用", "said to be one that is not known; not taken over"),
}
# Codes that ask for a person's word.
QUESTIONS = frozenset(WHYS) - {"RENUMBERED", "SHIFTED", "ID_OF_ANOTHER"}
# Codes of ids that named another one before.
SHIFTED = frozenset({"SHIFTED", "ID_OF_ANOTHER"})
ALIAS = "SAME_AS"  # in the table of what is known, of an identity that was another one's by a person's word
_APART = "~"  # stands behind an id that several identities would bear


Key = tuple[str, str]


class Decision(NamedTuple):
    """A person's word: the row with this id is the one that was known as `same_as`, or is not `not_same_as`.

    `heard`: a recorded run knew of it.
    """

    layer: str
    id: str
    same_as: str = ""
    not_same_as: str = ""
    heard: bool = False


class Identities:
    """Who is who in a run. `known`: what the next run is to be told (`layers.known_ids`)."""

    def __init__(self, known: pd.DataFrame) -> None:
        self.known = known
        alias = (known["why"] == ALIAS).to_numpy(dtype=bool)
        self.aliases: dict[Key, str] = dict(
            zip(
                zip(*(known.loc[alias, name] for name in ("layer", "id")), strict=True),
                known.loc[alias, "identity"],
                strict=True,
            )
        )
        known = known[~alias]
        ids, names = known["id"].to_numpy(dtype=object), known["identity"].to_numpy(dtype=object)
        layers, present = known["layer"].to_numpy(dtype=object), known["present"].to_numpy(dtype=bool)
        other = np.flatnonzero(present & (ids != names))
        self._identity: dict[Key, str] = {(layers[at], ids[at]): names[at] for at in other}
        self._id: dict[Key, str] = {(layers[at], names[at]): ids[at] for at in other}
        self._gone: dict[Key, str] = {}
        if self._identity:
            for at in np.flatnonzero(~present):
                key = (layers[at], names[at])
                if key in self._identity and key not in self._id:  # its id is that of another one now
                    self._gone[key] = f"{names[at]}{_APART}"

    @property
    def renamed(self) -> bool:
        """Whether any id differs from its identity."""
        return bool(self._identity or self.aliases)

    def identity(self, layer: str, site_id: str) -> str:
        """The identity of what has this id in the run; of an id that the run does not have, the id."""
        return self._identity.get((layer, site_id), site_id)

    def run_id(self, layer: str, identity: str) -> str:
        """The id that the run has for what the ledger calls so.

        What the run does not have keeps its name; where that is the id of another one now, `~` stands behind it.
        """
        key = (layer, self.aliases.get((layer, identity), identity))
        return self._id.get(key) or self._gone.get(key, key[1])

    @property
    def matches(self) -> pd.DataFrame:
        """MATCH_COLUMNS: a row for each id that is not plainly what had this id before; `why` is a code of WHYS."""
        by, why = self.known["by"].to_numpy(dtype=object), self.known["why"].to_numpy(dtype=object)
        rows = self.known[((by != "id") | (why != "")) & (why != ALIAS)]
        rows = rows[rows["present"].to_numpy(dtype=bool) | (rows["why"] == "MERGED_INTO").to_numpy(dtype=bool)]
        return rows.sort_values(["layer", "id"], kind="stable", ignore_index=True)[[*MATCH_COLUMNS]]

    @property
    def notes(self) -> list[dict[str, str]]:
        """What a reader must know of it: `code`, and a sentence in `zh` and `en`."""
        return _notes(self.matches)


def identify(
    frames: Mapping[str, gpd.GeoDataFrame], known: pd.DataFrame | None, decisions: Iterable[Decision] = ()
) -> Identities:
    """Who is who in the frames of a run, by what is `known` since the last recorded run, and by persons' words.

    `known` is `Identities.known` of that run, or of `layers.known_ids.known_of`; None before any run.
    """
    now = present_in(frames)
    before = nothing_known() if known is None else known
    said = _said(decisions)
    parts = []
    for layer in RULED_LAYERS:
        own, was = (side[side["layer"] == layer].reset_index(drop=True) for side in (now, before))
        parts.append(_of_layer(layer, own, was, said.get(layer, {})))
    return Identities(pd.concat([part for part in parts if len(part)] or [nothing_known()], ignore_index=True))


def _said(decisions: Iterable[Decision]) -> dict[str, dict[str, Said]]:
    """By layer and id, the last word of all decisions in their order."""
    said: dict[str, dict[str, Said]] = {}
    for one in decisions:
        own = said.setdefault(one.layer, {})
        old = own.get(one.id, Said())
        if one.same_as:
            old = Said(one.same_as, tuple(name for name in old.not_same_as if name != one.same_as), one.heard)
        if one.not_same_as:
            same = "" if old.same_as == one.not_same_as else old.same_as
            old = Said(same, (*old.not_same_as, one.not_same_as), old.heard)
        own[one.id] = old
    return said


def decisions_of(events: Iterable[Event]) -> Iterator[Decision]:
    """The decisions among events of the ledger, in their order: those of kind `match`; `run` tells which were heard."""
    own = [event for event in events if event.kind in ("match", "run")]
    heard = max((int(run.said.get("ledger_events", 0)) for run in own if run.kind == "run"), default=0)
    for event in own:
        if event.kind == "match":
            said = event.said
            told = {name: str(said.get(name) or "") for name in ("same_as", "not_same_as")}
            yield Decision(event.layer, event.site_id, **told, heard=0 < event.seq <= heard)


def _of_layer(layer: str, now: pd.DataFrame, was: pd.DataFrame, said: Mapping[str, Said]) -> pd.DataFrame:
    """The known rows of a layer after this run: those that it has, those that are gone, then aliases."""
    if not len(was) and not said:
        return now
    alias = (was["why"] == ALIAS).to_numpy(dtype=bool)
    aliases, was = was[alias], was[~alias].reset_index(drop=True)
    found = matched(layer, now, was, said)
    names = was["identity"].to_numpy(dtype=object)
    own = now["id"].to_numpy(dtype=object).copy()
    had = found.was != NOBODY
    own[had] = names[found.was[had]]
    own = _fresh(own, had, {*names.tolist(), *_reserved(aliases, was, said)})
    now = now.assign(
        identity=own,
        by=objects(found.by),
        why=objects(found.why),
        distance_m=found.metres.round(3),
        candidates=objects(";".join(names[at] for at in ones) for ones in found.candidates),
    )
    left, absorbed = _gone(now, was, found)
    every = pd.concat([aliases, absorbed], ignore_index=True)
    follow = dict(zip(absorbed["id"], absorbed["identity"], strict=True))
    every = every.assign(identity=objects(follow.get(name, name) for name in every["identity"]))
    every = every[~every["id"].isin(own)].drop_duplicates("id", keep="last")
    return pd.concat([part for part in (now, left, every) if len(part)] or [now], ignore_index=True)


def _reserved(aliases: pd.DataFrame, was: pd.DataFrame, said: Mapping[str, Said]) -> set[str]:
    """The identities that are another one's by a person's word, but for those of which the person took that back."""
    ids: dict[str, set[str]] = {}
    for identity, own in zip(was["identity"], was["id"], strict=True):
        ids[identity] = {identity, own}
    pairs = zip(aliases["id"], aliases["identity"], strict=True)
    return {old for old, name in pairs if ids.get(name, {name}).isdisjoint(said.get(old, Said()).not_same_as)}


def _fresh(own: np.ndarray, had: np.ndarray, names: set[str]) -> np.ndarray:
    """The identities, where new ones that are taken already get a number behind them."""
    taken = {*names, *own[had].tolist()}
    for at in np.flatnonzero(~had).tolist():
        name, number = own[at], 2
        while name in taken:
            name, number = f"{own[at]}{_APART}{number}", number + 1
        own[at] = name
        taken.add(name)
    return own


def _gone(now: pd.DataFrame, was: pd.DataFrame, found: Matched) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was known and is not in this run, with what is asked of it; and identities that are another one's now."""
    here = np.zeros(len(was), dtype=bool)
    here[found.was[found.was != NOBODY]] = True
    own = now["identity"].to_numpy(dtype=object)
    word = {now["id"].iloc[at]: own[at] for at, by in enumerate(found.by) if by == "person" and found.was[at] != NOBODY}
    absorbed = was["id"].isin(list(word)).to_numpy() & was["present"].to_numpy(dtype=bool) & ~here
    left = np.flatnonzero(~here & ~absorbed)
    rows, others = was.iloc[left].assign(present=False), was[absorbed]
    why, candidates = rows["why"].tolist(), rows["candidates"].tolist()
    ids = now["id"].tolist()
    for place, at in enumerate(left.tolist()):
        if at in found.asked:
            why[place] = found.asked[at][0]
            candidates[place] = ";".join(ids[one] for one in found.asked[at][1])
    others = others.assign(
        id=others["identity"].to_numpy(dtype=object),
        identity=objects(word[one] for one in others["id"]),
        present=False,
        by=objects(["person"]).repeat(len(others)),
        why=objects([ALIAS]).repeat(len(others)),
        candidates=objects([""]).repeat(len(others)),
    )
    return rows.assign(why=objects(why), candidates=objects(candidates)), others


def with_identities(
    findings: gpd.GeoDataFrame, identities: Identities, of_layers: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """The findings, each with the id that follows from the identities of its subject and zone.

    `of_layers`: by rule the layer of what it relates to.
    """
    if not identities.renamed or not len(findings):
        return findings
    columns = ("finding_id", "subject_layer", "subject_id", "rule_id", "zone_id")
    made = objects(
        _finding(identities, of_layers, *cells)
        for cells in zip(*(findings[name].tolist() for name in columns), strict=True)
    )
    return findings.assign(finding_id=pd.Series(made, index=findings.index, dtype=object))


def _finding(
    identities: Identities, of_layers: Mapping[str, str], old: str, layer: str, subject: str, rule: str, zone: str
) -> str:
    own = identities.identity(layer, subject)
    other = identities.identity(ZONES, zone) if of_layers.get(rule, ZONES) == ZONES else zone
    return old if (own, other) == (subject, zone) else finding_id(layer, own, rule, other)


def in_run_ids(events: Iterable[Event], identities: Identities) -> Iterable[Event]:
    """The events of the ledger, each named by the id that the run has for its site; `match` and `run` as they are."""
    if not identities.renamed:
        return events
    return (_named(event, identities.run_id(event.layer, event.site_id)) for event in events)


def in_identities(events: Iterable[Event], identities: Identities) -> Iterable[Event]:
    """Events that name sites by the ids of the run, as the ledger keeps them: by identity."""
    if not identities.renamed:
        return events
    return (_named(event, identities.identity(event.layer, event.site_id)) for event in events)


def _named(event: Event, name: str) -> Event:
    if event.kind in ("match", "run") or name == event.site_id:
        return event
    return event._replace(site_id=name)


def _notes(matches: pd.DataFrame) -> list[dict[str, str]]:
    why = matches["why"]
    told = []
    new = int((matches["by"] == "place_and_name").sum())
    if new:
        told.append(
            {
                "code": "IDS_RENUMBERED",
                "zh": f"有 {new} 个对象的编号变了，按位置和名称认定为原来的对象，问题和台账沿用（见 matches.csv）。",
                "en": f"Sites or zones with another id, known again by place and name: {new}; their findings and their "
                "ledger go on (see matches.csv).",
            }
        )
    asked = int(why.isin(QUESTIONS).sum())
    if asked:
        told.append(
            {
                "code": "IDENTITY_UNDECIDED",
                "zh": f"有 {asked} 处对象可能分、并或换了编号，没有代为认定（见 matches.csv）："
                "请用 headwater ledger set 编号 --same-as 原编号 或 --not-same-as 原编号 认定。",
                "en": f"Sites or zones that may have been split, merged or renumbered: {asked}; not decided (see "
                "matches.csv). Say it with headwater ledger set ID --same-as OLD, or --not-same-as OLD.",
            }
        )
    return told
