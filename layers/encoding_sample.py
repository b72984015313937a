"""A few words of a table in which a wrong encoding would show."""

from __future__ import annotations

import geopandas as gpd

_LONGEST = 24


def sample_of(frame: gpd.GeoDataFrame) -> str:
    """The first text of a table with a letter beyond ASCII, else the first such heading; '' where there is none."""
    names = [str(name) for name in frame.columns if name not in ("geometry", "source_row", "source_file")]
    for name in names:
        found = next((text for text in frame[name] if isinstance(text, str) and not text.isascii()), None)
        if found is not None:
            return _short(found)
    return _short(next((name for name in names if not name.isascii()), ""))


def _short(text: str) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
