"""Messages between a process that reads files and who asked it: 8 bytes of length and JSON, through a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from gis.faults import Fault

_LONGEST_MESSAGE = 1 << 32


class Pipe(Protocol):
    """The end of a pipe that is read from."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """The end of a pipe that is written to."""

    def write(self, data: Any, /) -> int: ...
    def flush(self) -> None: ...


class Broken(Exception):
    """The other side has ended, or sent what is no message."""


def send_message(content: Mapping[str, Any], sink: Sink) -> None:
    """Writes one message."""
    data = json.dumps(content).encode("ascii")
    sink.write(len(data).to_bytes(8, "little") + data)
    sink.flush()


def receive_message(pipe: Pipe) -> dict[str, Any]:
    """The next message; raises Broken where there is none."""
    head = pipe.read(8)
    size = int.from_bytes(head, "little")
    if len(head) < 8 or size > _LONGEST_MESSAGE:
        raise Broken
    data = pipe.read(size)
    if len(data) < size:
        raise Broken
    content = json.loads(data)
    if not isinstance(content, dict):
        raise Broken
    return content


def told(faults: Iterable[Fault]) -> list[list[Any]]:
    """The faults as JSON has them."""
    return [[one.code, one.file, one.layer, one.row, one.column, one.value, dict(one.facts)] for one in faults]


def faults_of(content: Iterable[list[Any]]) -> list[Fault]:
    """The faults that `told` has told."""
    return [Fault(*one) for one in content]
