"""Which file an entry of the project file means, and the digest of what is in it."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from gis.faults import Fault, InputError
from gis.parquet import files_of, is_set
from gis.shapefiles import parts_of
from layers.ledger_schema import LEDGER_FILE


def file_of(folder: Path, written: str) -> Path:
    """The file an entry's `path` names.

    Raises InputError(PATH_REFUSED) for URLs, GDAL's virtual paths, links that lead out of the project folder and the
    project's ledger, and FILE_MISSING for a name longer than any.
    """
    if "://" in written or written.startswith(("/vsi", "\\\\")):
        raise InputError([Fault("PATH_REFUSED", file=written, facts={"found": written.partition("://")[0]})])
    path = Path(os.path.normpath(folder / written))
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # no system has such a file
            raise InputError([Fault("FILE_MISSING", file=written[:200])]) from None
    lies_inside = path.is_relative_to(Path(os.path.normpath(folder)))
    if lies_inside and path.exists() and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            [Fault("PATH_REFUSED", file=written, facts={"found": "symbolic link out of the project folder"})]
        )
    if _is_ledger(path, folder):
        raise InputError([Fault("PATH_REFUSED", file=written, facts={"found": LEDGER_FILE})])
    return path


def _is_ledger(path: Path, folder: Path) -> bool:
    """Whether `path`, or what it links to, is the ledger of the project: only `layers.ledger` ever opens that.

    Any other open and close of it drops the lock that a writer in this process holds.
    """
    ledger = folder / LEDGER_FILE
    if path.parent.resolve() == folder.resolve() and path.name.lower().startswith(LEDGER_FILE):
        return True
    return path.exists() and ledger.exists() and path.samefile(ledger)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file; of a Shapefile or folder over all its parts, in the order of their names."""
    if is_set(path):
        return sha256_of_set(sha256_of(part) for part in files_of(path))
    digest = hashlib.sha256()
    for part in parts_of(path):
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def stamps_of(path: Path) -> list[tuple[str, int, int]]:
    """Of each part of a file its name, size and time of the last change: where they stay the same, so did the file."""
    found = []
    with suppress(OSError):  # what cannot be looked at is refused when it is read
        for part in files_of(path) if is_set(path) else parts_of(path):
            said = part.stat()
            found.append((part.name, said.st_size, said.st_mtime_ns))
    return found


def sha256_of_set(digests: Iterable[str]) -> str:
    """The SHA-256 over those of the files of a Parquet set, in the order in which they are read, one a line."""
    return hashlib.sha256("".join(f"{one}\n" for one in digests).encode()).hexdigest()
