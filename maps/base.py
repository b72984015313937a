"""The base map as an island of the page, and which hosts a page may then ask for pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from maps.payload import Island

# Nothing is ever asked of these unless the project wants it and the reader of the page turns it on.
HOSTS: Mapping[str, Sequence[str]] = {
    "osm": ("https://tile.openstreetmap.org",),
    "tianditu": tuple(f"https://t{number}.tianditu.gov.cn" for number in range(8)),
}


class Ground(NamedTuple):
    """What lies under a project's own layers: `tiles` as (z, x, y, data), and the provider that may be asked."""

    name: str = ""
    datum: str = "wgs84"
    kind: str = "raster"
    credit: str = ""
    tiles: Sequence[tuple[int, int, int, bytes]] = ()
    provider: str = ""
    key: str = ""


def base_island(ground: Ground) -> Island:
    """An island with every tile as its bytes are: pictures are packed already, and gzip stays gzip."""
    island = Island(len(ground.tiles))
    places = np.array([tile[:3] for tile in ground.tiles], dtype=np.int64).reshape(-1, 3)
    blocks = np.array([island.add_block(tile[3]) for tile in ground.tiles], dtype=np.int64).reshape(-1, 2)
    for name, values in zip(("z", "x", "y", "at", "size"), [*places.T, *blocks.T], strict=True):
        island.add_series(name, np.ascontiguousarray(values))
    online: dict[str, Any] = {"provider": ground.provider, "key": ground.key} if ground.provider else {}
    facts = {"name": ground.name, "datum": ground.datum, "kind": ground.kind, "credit": ground.credit}
    island.facts = {**facts, **({"online": online} if online else {})}
    return island


def hosts_of(ground: Ground | None) -> Sequence[str]:
    """The hosts that the page's policy lets pictures come from: none but those of the provider asked for."""
    return HOSTS[ground.provider] if ground and ground.provider else ()
