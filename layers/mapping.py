"""The names that an entry of the project file gives to columns -> a fault for each that can only be a slip."""

from __future__ import annotations

from difflib import SequenceMatcher

from gis.faults import Fault
from layers.layer import LOCATED, MAP_SCALE, Entry, Layer

# Names as alike as this are taken for one name misspelt.
_ALIKE = 0.85


def mapping_faults(layer: Layer, entry: Entry) -> list[Fault]:
    """One MAPPING_UNKNOWN for each name under `columns`, `constants` or `values` that would silently do nothing.

    Columns of the user's own may be named and filled (rules of his own may ask for them), but not under a name that
    is nearly one of ours; words (`values`) are translated for our columns only.
    """
    ours = [*dict.fromkeys([column.name for column in layer.columns] + [LOCATED.name, MAP_SCALE.name])]
    slips = [
        (f"[layer.{setting}] {name}", name)
        for setting, names in (("columns", entry.columns), ("constants", entry.constants))
        for name in names
        if name not in ours and any(_nearly(name.lower(), known) for known in ours)
    ]
    slips += [(f"[layer.values.{name}]", name) for name in entry.values if name not in ours]
    facts = {"allowed": ", ".join(ours)}
    return [Fault("MAPPING_UNKNOWN", file=entry.path, column=place, value=name, facts=facts) for place, name in slips]


def _nearly(name: str, known: str) -> bool:
    """Whether `name` is `known` with one letter too many, too few or wrong, with letters exchanged, or much alike."""
    if len(name) == len(known):
        slips = sum(one != other for one, other in zip(name, known, strict=True))
        near = slips <= 1 or sorted(name) == sorted(known)
    else:
        short, long = sorted((name, known), key=len)
        near = any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return near or SequenceMatcher(None, name, known).ratio() > _ALIKE
