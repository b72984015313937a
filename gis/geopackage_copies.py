"""A GeoPackage whose last changes stand in a second file -> a copy of both, in which reading may settle them.

Whoever opens such a database puts the changes into it and deletes the second file: reading would change what an agency
sent, or what another program is still at work on. One whose changes were broken off (`-journal`) is never opened to be
written, and so refused as it stands.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def unsettled(path: Path) -> Path | None:
    """The second file of a GeoPackage with changes that are still to be made; None for other formats."""
    beside = path.with_name(f"{path.name}-wal")
    return beside if path.suffix.lower() == ".gpkg" and beside.is_file() and beside.stat().st_size else None


@contextmanager
def settled(path: Path) -> Iterator[Path]:
    """`path`, or where changes stand beside it a copy under the same name, which is deleted afterwards."""
    beside = unsettled(path)
    if beside is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        for one in (path, beside):
            shutil.copyfile(one, Path(folder) / one.name)
        yield Path(folder) / path.name
