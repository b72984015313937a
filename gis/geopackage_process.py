"""A GeoPackage's layers written by a process of their own: GDAL holds Python's lock as long as it writes.

The parent sends a heading (8 bytes of length, then JSON: `path`, `day`, `parent`, and per layer `name`,
`geometry_type` and `crs`) and one Arrow stream per layer through a pipe, and goes on with other work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import pyarrow as pa

# What pyogrio would import to make frames, which are not made here: half a second.
_NOT_NEEDED = ("geopandas", "pandas", "pyproj", "shapely")
_CHILD = (
    "import sys; sys.path.insert(0, {root!r}); from gis.geopackage_process import child; "
    "sys.exit(child(sys.stdin.buffer))"
)


class ArrowLayer(NamedTuple):
    """One layer as GDAL takes it: its rows come batch by batch when they are asked for."""

    name: str
    geometry_type: str
    crs: str
    rows: Callable[[], pa.RecordBatchReader]


class Writer:
    """A process that is ready to write one GeoPackage; it ends with the block that it is made in."""

    def __init__(self) -> None:
        root = str(Path(__file__).parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD.format(root=root)],  # -P: no program of the folder we stand in
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def write(self, layers: Sequence[ArrowLayer], path: Path, day: str) -> None:
        """Returns when the file is written; raises OSError with GDAL's words where it could not be."""
        said = ThreadPoolExecutor(1).submit(_all_of, self._process.stderr)  # a full pipe would stop the child
        with suppress(BrokenPipeError):  # the child has ended, and said why
            _send(layers, path, day, self._process.stdin)
        if self._process.wait():
            raise OSError(f"{path.name}: {said.result().strip() or 'the writing process was ended'}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends a process that was not asked to write, or is still at it after an error."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stderr):
            if pipe is not None:
                pipe.close()


def write_layers(layers: Sequence[ArrowLayer], path: Path, day: str) -> None:
    """Writes the layers in their order, here and now."""
    for layer in layers:
        with layer.rows() as rows:
            _write_layer(layer._asdict(), rows, path, day)


def child(stream: IO[bytes]) -> int:
    """The other side of `Writer.write`: reads from `stream`, writes the file; its exit code."""
    sys.modules.update(dict.fromkeys(_NOT_NEEDED))  # type: ignore[arg-type]
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    size = int.from_bytes(stream.read(8), "little")
    if not size:
        return 0  # the parent had nothing to write after all
    heading = json.loads(stream.read(size))
    try:
        for layer in heading["layers"]:
            with pa.ipc.open_stream(stream) as rows:
                if os.name != "nt" and os.getppid() != heading["parent"]:
                    return 1  # the run was killed: another one may be at the same place by now
                _write_layer(layer, rows, Path(heading["path"]), heading["day"])
    except (DataSourceError, DataLayerError, FeatureError, pa.ArrowException, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads it
        return 1
    return 0


def _write_layer(layer: dict[str, Any], rows: pa.RecordBatchReader, path: Path, day: str) -> None:
    import pyogrio
    from pyogrio.raw import write_arrow

    import gis  # noqa: F401 - closes GDAL's side doors before pyogrio comes

    options = {"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z", "OGR_SQLITE_SYNCHRONOUS": "OFF"}  # the whole file is synced
    pyogrio.set_gdal_config_options(options)
    try:
        write_arrow(
            rows,
            path,
            layer=layer["name"],
            driver="GPKG",
            geometry_name="geometry",
            geometry_type=layer["geometry_type"],
            crs=layer["crs"],
            append=path.exists(),
            layer_options={"IDENTIFIER": layer["name"]},
        )
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))


def _send(layers: Sequence[ArrowLayer], path: Path, day: str, pipe: IO[bytes] | None) -> None:
    assert pipe is not None  # noqa: S101 - it was asked for
    told = [{name: value for name, value in layer._asdict().items() if name != "rows"} for layer in layers]
    told_once = {"path": str(path.absolute()), "day": day, "parent": os.getpid(), "layers": told}
    heading = json.dumps(told_once).encode()
    with pipe:
        pipe.write(len(heading).to_bytes(8, "little") + heading)
        for layer in layers:
            with layer.rows() as rows, pa.ipc.new_stream(pipe, rows.schema) as stream:
                for batch in rows:
                    stream.write_batch(batch)


def _all_of(pipe: IO[bytes] | None) -> str:
    return "" if pipe is None else pipe.read().decode(errors="replace")
