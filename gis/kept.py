"""What a run keeps for the next one: bytes under a name, for a key made of the content they came from.

A cache, safe to delete: what was kept is given back only for the same key and undamaged, what cannot be
written is not kept, and a run's answers are the same with and without it. No clock decides anything. What is
kept is sealed with a secret of the user's own on this machine: a project that somebody sends may bring a folder
like this along, and nothing in it is believed.
"""

from __future__ import annotations

import hashlib
import hmac
import mmap
import os
import re
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

from gis.cores import spread

_MAGIC = b"headwater kept 3"
_SUFFIX = ".kept"
_BLOCK = 1 << 22  # bytes hashed at a time, by one of the cores
_LARGE = 1 << 24  # bytes
_HEADING = 128  # bytes; what follows lies aligned for any array
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_FILE = re.compile(rf"({_NAME.pattern}){re.escape(_SUFFIX)}(-[a-z0-9_]+)?")  # the last part: not yet renamed
# Disks compress and write late, but a file that claims far more than it takes up there is one big hole.
_PER_BYTE_ON_DISK, _ANYWAY = 32, 1 << 26

Data = bytes | bytearray | memoryview


def digest(*parts: str | Data) -> str:
    """Of the parts and where each ends, the SHA-256 as 64 hexadecimal letters.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


class Kept:
    """The bytes that runs keep in `folder`; None keeps nothing and has nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._asked: set[str] = set()

    def get(self, name: str, key: str) -> memoryview | None:
        """What is kept under `name`, read-only; None where it was kept for another key, is damaged or absent."""
        path = self._path(name)
        if path is None:
            return None
        try:
            return _read(path, key)
        except (OSError, MemoryError):
            return None

    def put(self, name: str, key: str, data: Data | Sequence[Data]) -> None:
        """Keeps `data` (buffers are joined) under `name` for `key` instead of what was there, whole or not at all."""
        path = self._path(name)
        if path is None:
            return
        views = [memoryview(part) for part in ([data] if isinstance(data, Data) else data)]
        parts = [view.cast("B") for view in views if view.nbytes]  # an empty array of several dimensions has no bytes
        with suppress(OSError):  # a full or read-only disk: the next run does the work again
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, [_heading(key, parts), *parts])

    def drop_unused(self) -> None:
        """Deletes what is kept under names that were neither asked for nor put since this object was made.

        Only files named as ours are; nothing where the folder is a link to another.
        """
        with suppress(OSError):
            if self._folder is not None and not self._folder.is_symlink():
                for path in list(self._folder.iterdir()):
                    self._drop_if_unused(path)

    def _drop_if_unused(self, path: Path) -> None:
        found = _FILE.fullmatch(path.name)
        if found and (found[2] or found[1] not in self._asked):
            with suppress(OSError):  # one that cannot be deleted keeps no other
                path.unlink()

    def _path(self, name: str) -> Path | None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"a name of small letters, digits, - and _ was expected, found {name!r}")
        self._asked.add(name)
        return None if self._folder is None else self._folder / f"{name}{_SUFFIX}"


class KeptToRead(Kept):
    """What runs keep in a folder, for those who only ask: nothing is written there."""

    def put(self, name: str, key: str, data: Data | Sequence[Data]) -> None:
        """Keeps nothing."""


def _heading(key: str, parts: Sequence[memoryview]) -> bytes:
    place = _place(key, sum(len(part) for part in parts))
    seal = hmac.new(_secret(), place, "sha256")
    for one in spread(_hashed, _blocks(parts)):
        seal.update(one)
    return place + seal.digest().ljust(_HEADING - 56, b"\0")


def _blocks(parts: Sequence[memoryview]) -> Iterator[list[memoryview]]:
    """The pieces of each block of the content, wherever the parts that it was given in end."""
    block: list[memoryview] = []
    room = _BLOCK
    for part in parts:
        while len(part):
            block.append(part[:room])
            part, room = part[room:], room - len(block[-1])
            if not room:
                yield block
                block, room = [], _BLOCK
    if block:
        yield block


def _hashed(pieces: Sequence[memoryview]) -> bytes:
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(piece)
    return whole.digest()


@cache
def _secret() -> bytes:
    """32 bytes of this user on this machine, made at the first use; of this process only where no place is for them."""
    secret = secrets.token_bytes(32)
    with suppress(OSError, RuntimeError):  # RuntimeError: a user without a home
        file = _own_folder() / "secret"
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.is_file() or file.stat().st_size != len(secret):
            _replace(file, [secret])
        return file.read_bytes()
    return secret


def _own_folder() -> Path:
    """Where programs keep what is this user's own and safe to delete."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    return (Path(named) if named else Path("~/.cache").expanduser()) / "headwater"


def _place(key: str, size: int) -> bytes:
    """The part of the heading that can be judged before the data are read: 56 bytes."""
    return _MAGIC + bytes.fromhex(digest(key)) + size.to_bytes(8, "little")


def _read(path: Path, key: str) -> memoryview | None:
    if not stat.S_ISREG(path.stat().st_mode):
        return None  # reading a pipe or a device might never end
    with path.open("rb") as file:
        heading = file.read(_HEADING)
        state = os.fstat(file.fileno())
        size = state.st_size - _HEADING
        if size < 0 or _is_hollow(state) or not heading.startswith(_place(key, size)):
            return None
        body = _content(file, size)
    return body if heading == _heading(key, [body]) else None


def _content(file: BinaryIO, size: int) -> memoryview:
    """What follows the heading; much of it is not copied: a file of ours is only ever replaced, never changed."""
    if size > _LARGE and os.name != "nt":  # there a file that is mapped could not be replaced
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))[_HEADING:]
    return memoryview(file.read(size))


def _is_hollow(state: os.stat_result) -> bool:
    blocks: int | None = getattr(state, "st_blocks", None)  # Windows has none
    return blocks is not None and state.st_size > _ANYWAY + _PER_BYTE_ON_DISK * 512 * blocks


def _replace(path: Path, parts: Sequence[Data]) -> None:
    """Writes a new file under a name nobody can have foreseen and renames it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
