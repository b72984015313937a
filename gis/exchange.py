"""A whole folder takes the place of another at one moment, with new files and those of the old one that stay.

Where the system can exchange two names at once (Linux, macOS), whoever opens the folder by its name sees all old files
or all new ones, and a process that is killed at whatever moment leaves the one or the other. Where it cannot (Windows,
some network file systems), the old folder is renamed away and the new one into its place; killed between the two, the
next start puts the old one back (`recovered`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

# Beside the folder: `.output.headwater-…`; what is being made, and later what is being cleared away.
_MARK = "headwater-"
_BEFORE = "before"
# The system, or the file system, has no exchange.
_NO_SUCH_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
# This folder cannot be renamed: a place where something is mounted, a folder of others, layers of a container's image.
FIXED = frozenset({errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EACCES, errno.EROFS})
_AT_FDCWD, _LINUX_EXCHANGE, _MACOS_SWAP = -100, 2, 2

Goes = Callable[[Path], bool]


def exchanged(one: Path, other: Path) -> bool:
    """Whether the two folders have exchanged their names, at one moment; False where there is no such thing."""
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_SUCH_CALL:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


@cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    """What exchanges two names, of the C library; None where that has nothing of the kind."""
    if sys.platform == "win32":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda one, other: int(library.renamex_np(one, other, ctypes.c_uint(_MACOS_SWAP)))
    if hasattr(library, "renameat2"):
        here, flag = ctypes.c_int(_AT_FDCWD), ctypes.c_uint(_LINUX_EXCHANGE)
        return lambda one, other: int(library.renameat2(here, one, here, other, flag))
    return None


@contextmanager
def staging_beside(place: Path) -> Iterator[Path | None]:
    """An empty folder beside `place`, with its rights, cleared away afterwards; None where there can be none.

    While it is there it is locked, so that others do not take it for what a killed process left.
    """
    staging = _made_beside(place)
    if staging is None:
        yield None
        return
    descriptor = None if sys.platform == "win32" else os.open(staging, os.O_RDONLY)
    try:
        if descriptor is not None:
            locked(descriptor)
        yield staging
    finally:
        if descriptor is not None:
            os.close(descriptor)
        shutil.rmtree(staging, ignore_errors=True)


def _made_beside(place: Path) -> Path | None:
    try:
        staging = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{_MARK}"))
    except OSError as error:
        if error.errno in FIXED:
            return None
        raise
    try:
        shutil.copystat(place, staging)
        if staging.stat().st_dev == place.stat().st_dev:
            with suppress(AttributeError, PermissionError):
                os.chown(staging, place.stat().st_uid, place.stat().st_gid)
            return staging
    except OSError:
        staging.rmdir()
        raise
    staging.rmdir()
    return None


def clear_litter(place: Path) -> None:
    """Nothing; what killed processes left beside `place` is taken away, and what others are at work on stays."""
    for litter in place.parent.glob(f".{place.name}.{_MARK}*"):
        if litter.is_dir() and not litter.is_symlink() and not _in_work(litter):
            shutil.rmtree(litter, ignore_errors=True)


def recovered(folder: Path) -> bool:
    """False where another process is putting the folder in its place just now; else it stands there, if it ever did."""
    before = folder.with_name(f".{folder.name}.{_MARK}{_BEFORE}")
    if os.path.lexists(folder) or not before.is_dir():
        return True
    if _in_work(before):
        return False
    with suppress(FileNotFoundError):  # another process was as quick
        before.rename(folder)
    return True


def _in_work(folder: Path) -> bool:
    if sys.platform == "win32":
        return False  # an open file there cannot be taken away
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not locked(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Whether the open file or folder is this process's alone now; OSError where it cannot be locked at all."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def take_place(staging: Path, place: Path, goes: Goes, then: Callable[[], None]) -> None:
    """Puts `staging`, complete and synced, in the place of `place`, whose other files come along unless they go.

    Where that fails, or what is done `then`, `place` is what it was. Else the old files are in `staging`, or gone.
    """
    written = {path.name for path in staging.iterdir()}
    seen = _carried(place, staging, goes)
    sync(staging)
    if exchanged(staging, place):
        try:
            sync(place.parent)
            then()
        except BaseException:
            exchanged(staging, place)
            raise
        _follow(staging, place, seen, written)
        return
    before = place.with_name(f".{place.name}.{_MARK}{_BEFORE}")
    shutil.rmtree(before, ignore_errors=True)
    place.rename(before)
    try:
        staging.rename(place)
        sync(place.parent)
        then()
    except BaseException:
        if place.exists():
            place.rename(staging)
        before.rename(place)
        raise
    _follow(before, place, seen, written)
    shutil.rmtree(before, ignore_errors=True)


def _carried(old: Path, new: Path, goes: Goes) -> dict[str, int]:
    """What stood in the old folder when its other files were put into the new one: names, and which file each was."""
    seen = {}
    for path in sorted(old.iterdir()):
        seen[path.name] = path.lstat().st_ino
        if not os.path.lexists(new / path.name) and not goes(path):
            second(path, new / path.name)
    return seen


def second(path: Path, name: Path) -> None:
    """Gives a file a second name, or where there is no such thing makes a synced copy; of a folder, all its files."""
    if path.is_symlink():
        name.symlink_to(path.readlink())
    elif path.is_dir():
        name.mkdir()
        for inner in sorted(path.iterdir()):
            second(inner, name / inner.name)
        shutil.copystat(path, name)
        sync(name)
    else:
        try:
            name.hardlink_to(path)
        except OSError:
            shutil.copy2(path, name)
            sync(name)


def _follow(old: Path, new: Path, seen: dict[str, int], written: set[str]) -> None:
    """Whatever other processes put into the old folder while the new one took its place moves after it."""
    for path in old.iterdir():
        other = path.lstat().st_ino != seen.get(path.name)
        if other and path.name not in written and path.is_file() and not path.name.startswith("."):
            with suppress(OSError):
                path.replace(new / path.name)


def sync(path: Path) -> None:
    """Nothing; the file, or the names in the folder, are on the disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
