"""Files kept by what is in them: a folder in which the name of every file is the SHA-256 of its content.

Nothing in it is ever changed or taken away by us. A file is there whole or not at all: it is written beside its place,
synced, and renamed. The same content is there once, however many files had it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gis.exchange import sync

FOLDER = "archive"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PACKED = ".z"  # deflated: the name is the SHA-256 of what comes out
_BLOCK = 1 << 20
_UNFINISHED = ".part"


class Damaged(ValueError):
    """A file of the archive whose content is not what its name says."""


class Archive:
    """The archive in the folder `archive` of a project; the folder is made by the first file that comes in."""

    def __init__(self, project: Path) -> None:
        self.folder = project / FOLDER

    def put(self, content: bytes, *, packed: bool = False) -> str:
        """The SHA-256 of the content, which is in the archive now; `packed`: deflated there."""
        digest = hashlib.sha256(content).hexdigest()
        if self._there(digest) is None:
            self._write(digest, iter([content]), packed=packed)
        return digest

    def put_file(self, path: Path, *, packed: bool = False) -> str:
        """The SHA-256 of a file's content, which is in the archive now.

        A file that is changed while it is read goes in as it was read.
        """
        with path.open("rb") as file:
            digest = _sha256(_blocks(file))
            if self._there(digest) is not None:
                return digest
            file.seek(0)
            return self._write(digest, _blocks(file), packed=packed)

    def get(self, digest: str) -> bytes:
        """The content with this SHA-256; KeyError where it is not there, Damaged where it is not that any more."""
        return b"".join(self.blocks(digest))

    def blocks(self, digest: str) -> Iterator[bytes]:
        """The same, piece by piece; Damaged is raised after the last one."""
        path = self._there(digest)
        if path is None:
            raise KeyError(digest)
        found = hashlib.sha256()
        unpack = zlib.decompressobj() if path.suffix == _PACKED else None
        try:
            with path.open("rb") as file:
                for block in _blocks(file):
                    content = unpack.decompress(block) if unpack else block
                    found.update(content)
                    yield content
        except zlib.error as error:
            raise Damaged(f"{path}: {error}") from None
        if found.hexdigest() != digest or (unpack and not unpack.eof):
            raise Damaged(f"{path}: its content is not what its name says")

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, str) and self._there(digest) is not None

    def digests(self) -> list[str]:
        """The SHA-256 of everything that is there, sorted."""
        names = {path.name.removesuffix(_PACKED) for path in self.folder.glob("??/*")}
        return sorted(name for name in names if _DIGEST.fullmatch(name))

    def clear_litter(self) -> None:
        """Nothing; what killed processes left unfinished is taken away, and what others are writing stays."""
        for path in self.folder.glob(f"??/*{_UNFINISHED}"):
            with suppress(OSError), path.open("r+b") as file:
                if _held(file):  # Windows by itself refuses to take away an open file
                    path.unlink(missing_ok=True)

    def _there(self, digest: str) -> Path | None:
        """Where the content stands, None where it does not."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"expected a SHA-256 of 64 hexadecimal letters, found {digest!r}")
        for suffix in ("", _PACKED):
            path = self.folder / digest[:2] / (digest + suffix)
            if path.is_file():
                return path
        return None

    def _write(self, digest: str, blocks: Iterator[bytes], *, packed: bool) -> str:
        folder = self.folder / digest[:2]
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{digest}.{os.getpid()}.{secrets.token_hex(4)}{_UNFINISHED}"
        try:
            with unfinished.open("wb") as file:
                _held(file)
                found = _sha256(_poured(blocks, file, packed=packed))
                file.flush()
                os.fsync(file.fileno())
            if found != digest:  # the file was changed between two readings
                folder = self.folder / found[:2]
                folder.mkdir(parents=True, exist_ok=True)
            unfinished.replace(folder / (found + (_PACKED if packed else "")))
            for one in (folder, self.folder, self.folder.parent):
                sync(one)
            return found
        finally:
            unfinished.unlink(missing_ok=True)


def _poured(blocks: Iterator[bytes], file: BinaryIO, *, packed: bool) -> Iterator[bytes]:
    """The blocks, each after it was written."""
    pack = zlib.compressobj(6) if packed else None
    for block in blocks:
        file.write(pack.compress(block) if pack else block)
        yield block
    if pack:
        file.write(pack.flush())


def _held(file: BinaryIO) -> bool:
    """Whether the file is this process's now, and no other's; where there are no such locks, it is."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _sha256(blocks: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()
