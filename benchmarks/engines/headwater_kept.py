"""Headwater with the zones that an earlier run prepared, kept by content in a folder beside the data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from engines.headwater import ROOT, Counts, points_with


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    sys.path.insert(0, str(ROOT))
    from gis.kept import Kept

    return points_with(subjects, zones, out, Kept(zones.parent / "kept"))
