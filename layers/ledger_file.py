"""The file ledger.sqlite -> a connection to it: whether it is ours, whose turn it is, what its errors mean.

Python's sqlite3 is the only thing that ever opens the file. Any other open and close of it in this process, be it only
to look at its first bytes, would drop the lock that sqlite3 holds (POSIX locks belong to a process, not to a handle),
and a second writer would destroy it.
"""

from __future__ import annotations

import errno
import random
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gis.faults import Fault, InputError
from layers.ledger_schema import LEDGER_FILE, version_of

_LONGEST_PAUSE = 0.02  # between two looks whether it is our turn, in seconds; the longer we waited, the shorter
_SHORTEST_PAUSE = 0.001
_PATIENCE = 5.0  # after so many seconds of waiting a process looks as often as it can
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables


# What sqlite3 raises over a file. It words its errors in bytes of the file, which may be no text.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
_OF_SYSTEM = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
})  # fmt: skip


class _Turn:
    """When this process last ended a transaction: who writes again at once lets the others go first."""

    ended = -1.0


def is_there(path: Path) -> bool:
    """Whether the ledger `path` holds anything.

    Raises InputError(LEDGER_FOREIGN) for a folder, a link or a device: a ledger is a plain file in the project folder.
    """
    try:
        said = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(said.st_mode):
        kind = "symbolic link" if stat.S_ISLNK(said.st_mode) else "folder" if stat.S_ISDIR(said.st_mode) else "device"
        raise InputError([Fault("LEDGER_FOREIGN", file=str(path), facts={"found": kind})])
    return said.st_size > 0  # a writer that was killed before its first transaction leaves an empty file


def connected(path: Path, *, write: bool, wait: float) -> sqlite3.Connection:
    """A connection to the ledger `path`; one for reading takes back what a killed writer left, and changes nothing."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        facts = {"found": sqlite3.sqlite_version, "expected": ".".join(map(str, _OLDEST_SQLITE))}
        raise InputError([Fault("LEDGER_SQLITE_OLD", file=str(path), facts=facts)])
    if write:
        return _connected(path, "rwc", wait)
    try:
        return _connected(path, "ro", wait)
    except sqlite3.OperationalError as error:
        if not _is_unfinished(error):
            raise
    with suppress(sqlite3.OperationalError):
        _connected(path, "rw", wait).close()  # which rolls back
    try:
        return _connected(path, "ro", wait)
    except sqlite3.OperationalError as error:
        if _is_unfinished(error):
            raise InputError([Fault("LEDGER_UNFINISHED", file=str(path))]) from None
        raise


def _connected(path: Path, mode: str, wait: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        version_of(connection, str(path))  # before anything is changed: it may be somebody else's
        if mode == "ro":
            connection.execute("PRAGMA query_only = ON")
        else:
            # Not WAL: a ledger is one file that can be copied. EXTRA: the folder, too, is synced at the end.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("PRAGMA cache_size = -32768")  # KiB: uuids of a large batch lie all over their index
    except BaseException:
        connection.close()
        raise
    return connection


def _is_unfinished(error: sqlite3.OperationalError) -> bool:
    """Whether a transaction of a killed writer must be rolled back first, which a reader may not."""
    return _code(error) == sqlite3.SQLITE_READONLY_ROLLBACK


def begin(connection: sqlite3.Connection, path: Path, wait: float) -> None:
    """Takes the turn to write; raises Locked, naming the file, where others have held it for `wait` seconds."""
    since = time.monotonic() - _Turn.ended
    if since < _LONGEST_PAUSE:
        time.sleep(_LONGEST_PAUSE - since)
    connection.execute("PRAGMA busy_timeout = 0")  # SQLite's own waiting is not fair
    _patiently(connection, "BEGIN IMMEDIATE", path, wait)


def commit(connection: sqlite3.Connection, path: Path, wait: float) -> None:
    """Ends the transaction; when it returns, the disk has it. Readers are waited for as long as writers are."""
    _patiently(connection, "COMMIT", path, wait)
    _Turn.ended = time.monotonic()


def _patiently(connection: sqlite3.Connection, statement: str, path: Path, wait: float) -> None:
    start = time.monotonic()
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
        else:
            return
        waited = time.monotonic() - start
        if waited >= wait:
            raise _locked(path)
        pause = max(_SHORTEST_PAUSE, _LONGEST_PAUSE * (1 - waited / _PATIENCE))
        time.sleep(min(random.uniform(0.5, 1.0) * pause, max(wait - waited, 0.0)))  # noqa: S311 - no secret


def _locked(path: Path) -> Exception:
    from gis.write import Locked  # which brings pandas with it

    return Locked(str(path))


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0))


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_damage(error: Exception) -> bool:
    """Whether an error is about what lies in the file, and not about the disk, the system or another process."""
    return not isinstance(error, sqlite3.Error) or _code(error) & 0xFF not in _OF_SYSTEM


@contextmanager
def errors_told(path: Path) -> Iterator[None]:
    """Raises what sqlite3 raises in the block as what it means: Locked, InputError of the file, OSError of the disk."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError([Fault("LEDGER_DAMAGED", file=str(path), facts={"found": str(error)})]) from error
    except sqlite3.Error as error:
        primary = _code(error) & 0xFF
        if _is_busy(error):
            raise _locked(path) from error
        if primary == sqlite3.SQLITE_NOTADB:
            raise InputError([Fault("LEDGER_FOREIGN", file=str(path), facts={"found": str(error)})]) from error
        if primary == sqlite3.SQLITE_CORRUPT or "decode to UTF-8" in str(error):
            raise InputError([Fault("LEDGER_DAMAGED", file=str(path), facts={"found": str(error)})]) from error
        numbers = {
            sqlite3.SQLITE_FULL: errno.ENOSPC,
            sqlite3.SQLITE_IOERR: errno.EIO,
            sqlite3.SQLITE_CANTOPEN: errno.EACCES,
            sqlite3.SQLITE_READONLY: errno.EROFS,
            sqlite3.SQLITE_PERM: errno.EACCES,
        }
        if primary in numbers:
            raise OSError(numbers[primary], str(error), str(path)) from error
        raise


def ledger_path(folder: Path) -> Path:
    """Where the ledger of the project in `folder` lies."""
    return folder / LEDGER_FILE
