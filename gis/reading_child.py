"""The process that opens foreign files: it reads one after the other, as asked through a pipe, and judges nothing else.

What a hostile file can do, it does here: `gis.reading_process` holds this process to its memory and time, and starts
another one when it ends.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import IO, Any

# Half a second for nothing: pyogrio and shapely would import them to make frames, which are not made here.
_NOT_NEEDED = ("geopandas", "pandas")
# The variable that names the folder for what this process unpacks.
SCRATCH = "HEADWATER_SCRATCH"
# How this process ends where it got no more memory, and where a program of ours has failed.
OUT_OF_MEMORY, FAILED = 77, 70
# What libraries say where they got none.
_NO_MEMORY = ("out of memory", "bad_alloc", "cannot allocate", "alloc of size", "memory allocation of")
# Our own end, where nobody ends us in time: who asked is gone.
_GRACE_SECONDS = 5


def child() -> int:
    """Answers the requests that come on stdin until it is closed; the exit code."""
    try:
        return _answering()
    except BrokenPipeError:
        return 0
    finally:
        shutil.rmtree(os.environ.get(SCRATCH, os.devnull), ignore_errors=True)  # who asked may be gone


def _answering() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asked; then our pipe closes
    asked, answers = sys.stdin.buffer, _own_pipe()
    sys.meta_path.insert(0, _Absent())
    gc.disable()  # millions of cells that hold no others would be looked through again and again

    from gis.no_network import give_up_network
    from gis.reading_limits import hold_to, resident
    from gis.reading_messages import Broken, receive_message, send_message

    send_message({"drivers": _drivers(), "network": not give_up_network()}, answers)
    while True:
        try:
            request = receive_message(asked)
        except Broken:
            return 0
        faulthandler.dump_traceback_later(request["seconds"] + _GRACE_SECONDS, exit=True)
        try:
            hold_to(request["memory"])
            answer(request, answers)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - whatever a library raises on a hostile file, it is this file's end only
            traceback.print_exc()
            return FAILED
        faulthandler.cancel_dump_traceback_later()
        _give_back_memory()
        send_message({"resident": resident(os.getpid()) or 0}, answers)


class _Absent(MetaPathFinder):
    """As if what is not needed were not installed."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname in _NOT_NEEDED:
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)


def _own_pipe() -> IO[bytes]:
    """The pipe to who asked; what a library prints goes where errors go."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)
    return pipe


def _drivers() -> list[str]:
    import gis  # noqa: F401 - closes GDAL's side doors before pyogrio comes

    import pyogrio  # isort: skip

    from gis import reading  # noqa: F401 - whatever it imports is there before the first request

    return sorted(pyogrio.list_drivers())


def answer(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    """Writes what is asked of a file, its rows or its parts, or its faults; MemoryError where it takes too much."""
    from gis.faults import Fault, InputError
    from gis.reading_messages import send_message, told

    try:
        _ANSWERS[request["what"]](request, answers)
    except InputError as error:
        if any(is_memory(fault.facts.get("found", "")) for fault in error.faults):
            raise MemoryError from None
        send_message({"faults": told(error.faults)}, answers)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        send_message({"faults": told([Fault("DISK_FULL", file=request["name"])])}, answers)


def _answer_rows(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.points import Stated
    from gis.reading import read_ahead, read_file
    from gis.reading_transport import send_ahead, send_readings

    path, table, stated = Path(request["path"]), request["table"], Stated(**request["stated"])
    name, placed, part = request["name"], request["placed"], request["part"]
    if not (placed and send_ahead(read_ahead(path, table, stated), answers)):
        send_readings(read_file(path, name, table, stated, placed=placed, part=part), answers)


def _answer_parts(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.faults import InputError
    from gis.parquet import parts
    from gis.reading_messages import send_message

    try:
        found = parts(Path(request["path"]))
    except InputError as error:
        raise InputError(fault.at(file=request["name"]) for fault in error.faults) from None
    send_message({"parts": [[str(one.path), one.rows, one.first_row, one.bounds] for one in found]}, answers)


def _answer_cells(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.grids import grids, told_grids
    from gis.reading_messages import send_message

    send_message({"grids": told_grids(grids(Path(request["path"]), request["encoding"]))}, answers)


def _answer_photo(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.photo_shrinking import small_photo
    from gis.reading_messages import send_message

    made = small_photo(Path(request["path"]), request["side"])
    send_message({"size": len(made.data), "width": made.width, "height": made.height}, answers)
    answers.write(made.data)
    answers.flush()


def _answer_photo_facts(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.photo_facts import photo_facts
    from gis.reading_messages import send_message

    send_message({"photo": photo_facts(Path(request["path"]))._asdict()}, answers)


def _answer_tiles(request: Mapping[str, Any], answers: IO[bytes]) -> None:
    from gis.faults import InputError
    from gis.reading_transport import send_tiles
    from gis.tiles import tiles_within

    try:
        found = tiles_within(Path(request["path"]), tuple(request["bounds"]), request["datum"], request["budget"])
    except InputError as error:
        raise InputError(fault.at(file=request["name"]) for fault in error.faults) from None
    send_tiles(found, answers)


_ANSWERS = {
    "rows": _answer_rows,
    "parts": _answer_parts,
    "cells": _answer_cells,
    "photo": _answer_photo,
    "photo_facts": _answer_photo_facts,
    "tiles": _answer_tiles,
}


def is_memory(words: str) -> bool:
    """Whether a library's words say that it got no memory."""
    return any(one in words.lower() for one in _NO_MEMORY)


def _give_back_memory() -> None:
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
