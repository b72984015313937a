"""Documents that tell GDAL to ask a URL or another file which CRS they have -> refused before GDAL sees them."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from gis.faults import Fault, InputError

# The `crs` of a GeoJSON as the 2008 draft had it: by name, or by a link that is followed.
_CRS = re.compile(rb"""["'](?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)["']\s*:\s*\{""", re.IGNORECASE)
_KIND = re.compile(r"""["']type["']\s*:\s*["'](\w+)""", re.IGNORECASE)
_NAMED = frozenset({"name", "epsg", "ogc"})
_CRS_LENGTH = 2000


def check_links(path: Path) -> None:
    """Nothing, or InputError(PATH_REFUSED) for a text whose `crs` is anything but a name; other formats have none."""
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if b"\0" in data[:512]:  # GDAL takes only text for GeoJSON
            return
        for found in _CRS.finditer(data):
            text = _object(data[found.end() : found.end() + _CRS_LENGTH].decode("utf-8", "replace"))
            plain = re.sub(r"\\u00([0-9a-fA-F]{2})", lambda escape: chr(int(escape[1], 16)), text)
            strange = [kind for kind in _KIND.findall(plain) if kind.lower() not in _NAMED]
            if strange:
                raise InputError([Fault("PATH_REFUSED", facts={"found": f"crs {strange[0]}"})])


def _object(text: str) -> str:
    """What stands before the brace that closes one opened before."""
    depth = 1
    for at, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if not depth:
            return text[:at]
    return text
