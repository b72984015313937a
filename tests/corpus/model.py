"""What a generated row, file and project are, and what is expected of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Formats by what they can carry.
GEO = frozenset({"shp", "shpzip", "gpkg", "geojson", "geojsonl", "fgb", "kml", "kmz", "gdb", "parquet"})
TABLES = frozenset({"csv", "tsv", "xlsx", "ods", "xls"})
WORKBOOKS = frozenset({"xlsx", "ods", "xls"})
ALL = GEO | TABLES
# Formats whose writer here puts down a geometry as it is given, byte for byte.
EXACT = frozenset({"gpkg", "geojson", "geojsonl", "fgb", "parquet"})


@dataclass
class Raw:
    """A geometry that no library would make: as GeoJSON and as WKB (None where it cannot be said so).

    `blob`: what stands in the cell of a GeoPackage in its place. `record`: the content of a Shapefile's record.
    """

    geojson: Any
    wkb: bytes | None
    blob: bytes | None = None
    record: bytes | None = None


@dataclass
class Row:
    """One row as it is written, and what must become of it.

    `code` None: accepted, then the frame holds `reads` (our column -> value) and lies at `place`. Else rejected with
    exactly this code, at the headings of `columns` (ours; `x`, `y` for coordinates) with the raw `value`; what is
    None there is not asked. `note`: the code of a note that bears the row's number.
    """

    cells: dict[str, Any]
    shape: Any = None
    defect: str = "good"
    code: str | None = None
    columns: tuple[str, ...] | None = None
    value: str | None = None
    reads: dict[str, Any] = field(default_factory=dict)
    place: tuple[float, float] | None = None
    note: str | None = None
    number: int = 0
    # Written with another number of cells than the heading has (CSV).
    cells_added: int = 0
    hidden: bool = False


@dataclass
class Plan:
    """One file: what the project says about it, its headings, its rows."""

    kind: str
    form: str
    headings: dict[str, str]
    rows: list[Row]
    name: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    # The lines above the heading, and the places (from 0, among the rows) before which a blank line stands.
    titles: list[list[str]] = field(default_factory=list)
    blanks: set[int] = field(default_factory=set)
    merged: bool = False
    # The file lies in a zip archive.
    packed: bool = False
    # Codes of notes that the table as a whole must have, with their facts where they count something.
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def number_rows(self) -> None:
        """Gives every row the number that the agency sees."""
        number = 1 + len(self.titles) if self.form in TABLES else 0
        for at, row in enumerate(self.rows):
            number += 2 if at in self.blanks else 1
            row.number = number


@dataclass
class Expected:
    """What must become of one file. `code`: of the fault that makes the whole file unusable, None where it is used."""

    project: str
    path: str
    kind: str
    form: str
    defect: str
    code: str | None
    entry: dict[str, Any]
    rows: list[dict[str, Any]]
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
