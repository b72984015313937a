"""What a GeoPackage would run when it is read or written: triggers, views, functions; foreign ones are refused.

A view may have no end, a trigger may change what it was never asked to, a virtual table may read another file. Of what
the GeoPackage standard, GDAL, QGIS and ArcGIS write, none does: their triggers refuse a wrong value or keep the spatial
index and the row counts (https://www.geopackage.org/spec140/, annexes on triggers and on the R-tree index), their views
show the standard's own tables under other names.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from gis.faults import Fault, InputError

_SQLITE = b"SQLite format 3\0"
# An honest file has a handful of tables, each with an index and a dozen triggers.
_MOST_OBJECTS, _LONGEST_STATEMENT = 100_000, 1 << 20
_FLAGS = re.IGNORECASE | re.DOTALL
_MODULES = frozenset({"rtree", "rtree_i32", "fts3", "fts4", "fts5"})
# What a trigger may keep in order, and what a view may show.
_KEPT = re.compile(r"rtree_.+|gpkg_ogr_contents_?|gpkg_contents_?", re.IGNORECASE)
_SHOWN = frozenset({"gpkg_spatial_ref_sys", "gpkg_geometry_columns", "gpkg_contents"})
# Quoted text, quoted names and comments, which may hold anything.
_QUOTED = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
_REFUSING = re.compile(r"SELECT\s+RAISE\s*\(", re.IGNORECASE)
_CHANGING = re.compile(r"(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?)\s+(\w+)", re.IGNORECASE)
_SEVERAL = frozenset({"with", "recursive", "union", "intersect", "except", "values", "exists"})
_NO_FUNCTIONS = frozenset({"as", "and", "or", "case", "when", "then", "else", "in", "select"})


def check_schema(path: Path) -> None:
    """Nothing for files that are no SQLite database, and for databases that run nothing but what the standard has.

    Raises InputError: UNTRUSTED_SCHEMA naming what is foreign, FILE_UNREADABLE where the schema cannot be read.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return
    try:
        objects = _objects(path)
    except sqlite3.Error as error:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)[:200]})]) from None
    if _is_cut(path):  # what cannot be read of its schema would look foreign
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": "the database is shorter than its header says"})])
    foreign = [f"{kind} {name}" for kind, name, sql in objects if not _is_known(kind, sql)]
    if foreign:
        more = f" (+{len(foreign) - 5})" if len(foreign) > 5 else ""
        raise InputError([Fault("UNTRUSTED_SCHEMA", facts={"found": ", ".join(foreign[:5]) + more})])


def _is_cut(path: Path) -> bool:
    """Whether a database has fewer pages than its header counts (https://www.sqlite.org/fileformat.html, 1.3)."""
    with path.open("rb") as file:
        head = file.read(100)
    page, counted = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    counts_hold = head[24:28] == head[92:96]  # else an old program changed the file and left the count as it was
    return counts_hold and path.stat().st_size < counted * (1 << 16 if page == 1 else page)


def _objects(path: Path) -> list[tuple[str, str, str]]:
    """Kind, name and statement of everything in the schema; nothing of it is run."""
    beside = path.with_name(f"{path.name}-wal")
    # Where the last changes stand in a second file, GDAL would read them there, and so have we to.
    mode = "mode=ro" if beside.is_file() and beside.stat().st_size else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=1)) as database:
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA writable_schema = ON")  # so that a damaged one can be looked at, too
        rows = database.execute("SELECT type, name, sql FROM sqlite_master").fetchmany(_MOST_OBJECTS + 1)
    if len(rows) > _MOST_OBJECTS:
        raise sqlite3.DataError(f"more than {_MOST_OBJECTS} tables, views and triggers")
    return [(str(kind), str(name), str(sql or "")) for kind, name, sql in rows]


def _is_known(kind: str, sql: str) -> bool:
    if len(sql) > _LONGEST_STATEMENT:
        return False
    plain = _QUOTED.sub(_unquoted, sql)
    if kind == "trigger":
        return _keeps_order(plain)
    if kind == "view":
        return _shows_the_standard(plain)
    if kind == "table" and (virtual := re.match(r"\s*CREATE\s+VIRTUAL\s+TABLE\b.*?\bUSING\s+(\w+)", plain, _FLAGS)):
        return virtual[1].lower() in _MODULES
    return kind == "index" or (kind == "table" and not _computes(plain))


def _unquoted(found: re.Match[str]) -> str:
    """A quoted name as a plain word that is no word of the language, quoted text as none, a comment as a blank."""
    quoted = found[0]
    if quoted[0] == "'":
        return "''"
    return " " if quoted[0] in "-/" else re.sub(r"\W", "_", quoted[1:-1]) + "_"


def _keeps_order(sql: str) -> bool:
    """Whether a trigger does nothing but refuse a value, or keep a spatial index or the counts of rows."""
    parts = re.split(r"\bBEGIN\b", sql, maxsplit=1, flags=re.IGNORECASE)
    if len(parts) < 2:
        return False
    body = re.sub(r"\bEND\s*;?\s*$", "", parts[1].strip(), flags=re.IGNORECASE)
    for statement in (one.strip() for one in body.split(";")):
        changed = _CHANGING.match(statement)
        if statement and not _REFUSING.match(statement) and not (changed and _KEPT.fullmatch(changed[1])):
            return False
    return True


def _shows_the_standard(sql: str) -> bool:
    """Whether a view shows columns of the standard's own tables, and calls no function."""
    words = re.findall(r"\w+", sql.lower())
    parts = re.split(r"\bFROM\b", sql, flags=re.IGNORECASE)
    if words.count("select") != 1 or _SEVERAL & set(words) or len(parts) != 2 or _calls(sql):
        return False
    shown = re.split(r"\bWHERE\b", parts[1], maxsplit=1, flags=re.IGNORECASE)[0]
    tables = [one.split() for one in re.split(r",|\bJOIN\b", shown, flags=re.IGNORECASE)]
    return all(one and one[0].strip(";").rstrip("_").lower() in _SHOWN for one in tables)


def _computes(sql: str) -> bool:
    """Whether a table has a column that is computed by a function when it is read."""
    computed = re.split(r"\bAS\s*\(", sql, flags=re.IGNORECASE)[1:]
    return any(_calls(_in_brackets(one)) for one in computed)


def _in_brackets(sql: str) -> str:
    """What stands before the bracket that closes one opened before."""
    depth = 1
    for at, letter in enumerate(sql):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return sql[:at]
    return sql


def _calls(sql: str) -> bool:
    return any(word.lower() not in _NO_FUNCTIONS for word in re.findall(r"(\w+)\s*\(", sql))
