"""Small projects that hypothesis draws, nasty ones among them, and everything that is answered about one.

Coordinates are whole multiples of 50 m, so that sites touch zones, share edges with them and stand on their corners
often. Accuracies are such that no sum of two is near a multiple of 50: a margin never equals its doubt but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import strategies as st

from layers.findings import MEASURES
from layers.rule import Basis, Bilingual, Minimum, Rule
from layers.rule_book import RuleSet, rule_set
from layers.rules import check
from tests.shapes import frame, square

DAY = date(2020, 6, 1)
ZONES, SOURCES, PONDS = "protection_zones", "pollution_sources", "water_bodies"
WORDS = ("outfall", "livestock_farm", "road")
MOST = 6  # sites of a project
FURTHER = MOST  # the number of one more
ACCURACIES = (np.nan, np.nan, 7.0, 63.0, 131.0)
# One district around everything drawn, and one beside it without data.
DISTRICTS = frame(
    square(-20_000, -20_000, 40_000), square(20_000, -20_000, 40_000), district_id=["A", "B"], name=["A", "B"]
)

Frames = dict[str, gpd.GeoDataFrame]
Alter = Callable[[shapely.Geometry], shapely.Geometry]


class Drawn(NamedTuple):
    """The frames of a project and its rules."""

    frames: Frames
    rules: tuple[Rule, ...]

    def __repr__(self) -> str:
        """What to read where a property fails."""
        rows = [f"  {dict(row)}" for one in self.frames.values() for _, row in one.iterrows()]
        return "\n".join([f"Drawn({', '.join(one.id for one in self.rules)})", *rows])

    def of(self, layer: str) -> gpd.GeoDataFrame:
        return self.frames[layer]

    def put(self, **frames: gpd.GeoDataFrame | None) -> Drawn:
        """The project with other frames; without the ones that are None."""
        return self._replace(frames={name: one for name, one in {**self.frames, **frames}.items() if one is not None})

    def geometry(self, alter: Alter, *layers: str) -> Drawn:
        """The project with every geometry of the layers (left out: of all) altered."""
        chosen = layers or tuple(self.frames)
        return self.put(**{name: self.frames[name].set_geometry([alter(one) for one in self.frames[name].geometry])
                           for name in chosen})  # fmt: skip


class Told(NamedTuple):
    """Everything answered: findings by site, rule and zone; answers and reasons by site and rule; verdicts by site."""

    findings: dict[tuple[str, str, str], dict[str, Any]]
    answers: dict[tuple[str, str], str]
    why: dict[tuple[str, str], str]
    sites: dict[str, dict[str, Any]]

    def flagged(self) -> set[tuple[str, str]]:
        """The sites and rules with a violation or a check."""
        return {key for key, answer in self.answers.items() if answer in ("violation", "check")}

    def answered(self, *answers: str) -> set[tuple[str, str]]:
        return {key for key, answer in self.answers.items() if answer in answers}


def kind(word: str, number: int) -> str:
    """The kind of a site: each has one of its own, so that the counts by kind tell the answers about one site."""
    return f"{word}-{number}"


def rule(key: str, *words: str, **keys: Any) -> Rule:
    """A reviewed rule for sources of the kinds `words`, all kinds where there are none; prohibited, inside a zone."""
    text = Bilingual(zh=key, en=key)
    basis = Basis.model_validate({"instrument": {"zh": "法", "en": "Law"}, "article": "1", "from": date(2010, 1, 1)})
    given = {
        "id": key,
        "title": text,
        "subject": SOURCES,
        "kinds": tuple(kind(word, number) for word in words for number in range(MOST + 1)) or None,
        "relation": "inside",
        "effect": "prohibited",
        "severity": "major",
        "remedy": text,
        "basis": (basis,),
    }
    return Rule.model_construct(**{**given, **keys})


POOL = (
    rule("INSIDE"),
    rule("LEVEL-1", "outfall", "livestock_farm", levels=("1",), where={"operating": ("operating", "planned")}),
    rule("CONDITIONAL", "livestock_farm", effect="conditional", severity="minor"),
    rule("SURFACE", "outfall", levels=("1", "2"), medium="surface", where={"discharges": (True,)}, severity="critical"),
    rule("CROSSES", "road", "livestock_farm", relation="crosses", severity="info"),
    rule("WITHIN", relation="within", within_m=100.0),
    rule("FARTHER", "outfall", "road", relation="within", within_m=300.0, where={"operating": ("operating",)}),
    rule("POND", of=PONDS),
    rule("UNLESS", "outfall", "road", unless={"approved": (True,)}),
    rule("AQUIFER", zone_where={"aquifer": ("unconfined",)}),
    rule("LARGE", minimum=Minimum(area_m2=3000.0, length_m=120.0)),
    rule("NEW", "road", "livestock_farm", built_from=date(2018, 1, 1), act="built"),
    rule("UNAPPROVED", "outfall", relation="status", where={"approved": (False,)}),
    rule("NEAR-POND", "road", of=PONDS, relation="within", within_m=100.0, effect="restricted"),
)


@cache
def _words() -> RuleSet:
    return rule_set(["cn"], folder=Path())


def rule_book(rules: Sequence[Rule]) -> RuleSet:
    """The rules as the only ones, with the levels of the national book."""
    cn = _words()
    named = {one.id: one for one in rules}
    return cn._replace(rules=named, book_of=dict.fromkeys(named, cn.books[0]))


def told(
    drawn: Drawn, *, refused: Mapping[str, gpd.GeoDataFrame] | None = None, as_of: date = DAY, metres: float = 5000.0
) -> Told:
    """What the engine answers about the project."""
    answers = check(drawn.frames, rule_book(drawn.rules), as_of=as_of, refused=refused, complete_within_metres=metres)
    sources = drawn.of(SOURCES)
    site_of = dict(zip(sources["kind"], sources["source_id"], strict=True))
    found = answers.findings
    # Of a pair that only touches nothing is inside: told as 0, or not at all, as rounding has it.
    measured = found[["result", "severity", *MEASURES]].fillna(dict.fromkeys(MEASURES, 0.0))
    rows = found[["subject_id", "rule_id", "zone_id"]].itertuples(index=False, name=None)
    counts = answers.coverage.to_dict("records")
    assert all(row["sites"] == 1 for row in counts)
    keys = [(site_of[row["kind"]], row["rule_id"]) for row in counts]
    assert len(set(keys)) == len(keys)
    verdicts = answers.verdicts[SOURCES].drop(columns="not_assessed_why").to_dict("records")
    return Told(
        dict(zip(rows, measured.to_dict("records"), strict=True)),
        {key: row["result"] for key, row in zip(keys, counts, strict=True)},
        {key: row["reason"] for key, row in zip(keys, counts, strict=True)},
        dict(zip(sources["source_id"], verdicts, strict=True)),
    )


def assert_same(found: Told, expected: Told) -> None:
    """The same answers, with measures as far as rounding lets them be the same: 1 in 10,000, or 2 mm."""
    assert found.answers == expected.answers
    assert found.why == expected.why
    assert found.findings.keys() == expected.findings.keys()
    for key, measured in expected.findings.items():
        assert found.findings[key] == _about(measured), (key, found.findings[key], measured)
    assert found.sites.keys() == expected.sites.keys()
    for site, verdict in expected.sites.items():
        assert found.sites[site] == _about(verdict), site


def assert_same_but_for_margins(found: Told, expected: Told) -> None:
    """As `assert_same`, where lines and areas are drawn with other vertices.

    Their margin is a depth that they have for sure, looked for at vertices among other places: which of violation and
    check it gives may differ, but nothing that is told besides.
    """
    assert found.flagged() == expected.flagged()
    assert found.why == expected.why
    assert found.findings.keys() == expected.findings.keys()
    for key, measured in expected.findings.items():
        nothing_inside = measured["overlap_share"] == 0
        compared = [name for name in measured if nothing_inside or name not in ("result", "margin_m")]
        other = found.findings[key]
        assert {name: other[name] for name in compared} == _about({name: measured[name] for name in compared}), key
    for site, verdict in expected.sites.items():
        same = {name: verdict[name] for name in ("strictest_level", "not_assessed", "share_in_zones")}
        assert {name: found.sites[site][name] for name in same} == _about(same), site


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value, rel=1e-4, abs=2e-3, nan_ok=True) if isinstance(value, float) else value
        for name, value in row.items()
    }


# --- What is drawn ---------------------------------------------------------------------------


def _number(least: int, most: int) -> st.SearchStrategy[int]:
    """A multiple of 50."""
    return st.integers(least // 50, most // 50).map(lambda times: 50 * times)


_SIZES = st.sampled_from([50, 100, 200, 400, 900])


def _box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(x, y, x + width, y + height)


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    """A box, one with a hole, a triangle, a sliver (also one thinner than an edge), or two areas as one."""
    x, y, width, height = draw(_number(-200, 500)), draw(_number(-200, 500)), draw(_SIZES), draw(_SIZES)
    box = _box(x, y, width, height)
    shape = draw(st.sampled_from(["box", "box", "hole", "triangle", "sliver", "thread", "two"]))
    if shape == "hole":
        return _box(x, y, width + 100, height + 100).difference(_box(x + 50, y + 50, width, height))
    if shape == "triangle":
        return shapely.Polygon([(x, y), (x + width, y), (x, y + height)])
    if shape in ("sliver", "thread"):
        return _box(x, y, width, {"sliver": 0.5, "thread": 0.004}[shape])
    if shape == "two":
        other = _box(x + draw(_number(-200, 200)), y + draw(_number(-200, 200)), draw(_SIZES), draw(_SIZES))
        return shapely.unary_union([box, other])
    return box


_POINTS = st.tuples(_number(-300, 700), _number(-300, 700))


@st.composite
def subjects(draw: st.DrawFn) -> shapely.Geometry:
    """A point, several points, a line, two lines, or an area."""
    shape = draw(st.sampled_from(["point", "point", "points", "line", "lines", "area", "area"]))
    if shape == "point":
        return shapely.Point(draw(_POINTS))
    if shape == "area":
        return draw(areas())
    if shape == "points":
        return shapely.MultiPoint(draw(st.lists(_POINTS, min_size=1, max_size=3, unique=True)))
    line = shapely.LineString(draw(st.lists(_POINTS, min_size=2, max_size=4, unique=True)))
    if shape == "lines":
        return shapely.MultiLineString(
            [line, shapely.LineString(draw(st.lists(_POINTS, min_size=2, max_size=2, unique=True)))]
        )
    return line


@st.composite
def zone_rows(draw: st.DrawFn, number: int, geometry: shapely.Geometry | None = None) -> dict[str, Any]:
    return {
        "zone_id": f"Z{number}",
        "name": f"zone {number}",
        "level": draw(st.sampled_from(["1", "2", "quasi"])),
        "medium": draw(st.sampled_from(["surface", "surface", "groundwater", None])),
        "aquifer": draw(st.sampled_from(["unconfined", "unconfined", "confined", None])),
        "valid_from": None,
        "valid_to": None,
        "located_to_metres": draw(st.sampled_from(ACCURACIES)),
        "geometry": draw(areas()) if geometry is None else geometry,
    }


@st.composite
def site_rows(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A source; one in six lies far from everything, in a district without zones."""
    geometry = draw(subjects())
    if draw(st.integers(0, 5)) == 0:
        geometry = shapely.affinity.translate(geometry, 30_000, 0)
    return {
        "source_id": f"S{number}",
        "name": f"source {number}",
        "kind": kind(draw(st.sampled_from(WORDS)), number),
        "operating": draw(st.sampled_from(["operating", "operating", "closed", None])),
        "discharges": draw(st.sampled_from([True, True, False, None])),
        "approved": draw(st.sampled_from([True, False, False, None])),
        "built_on": draw(st.sampled_from(["2016-05-01", "2019-07-01", "2019-07-01", None])),
        "located_to_metres": draw(st.sampled_from(ACCURACIES)),
        "responsible_unit": None,
        "geometry": geometry,
    }


@st.composite
def projects(
    draw: st.DrawFn,
    *,
    relations: Sequence[str] = ("inside", "crosses", "within", "status"),
    districts: bool | None = None,
) -> Drawn:
    """One to four zones, up to six sources, perhaps a pond and districts, and three to all rules of the relations."""
    count = draw(st.integers(1, 4))
    frames = {
        ZONES: layer([draw(zone_rows(number)) for number in range(count)], "zones"),
        SOURCES: layer([draw(site_rows(number)) for number in range(draw(st.integers(1, MOST)))], "sources"),
    }
    if draw(st.booleans()):
        pond = {"water_body_id": "W1", "name": "pond", "located_to_metres": np.nan, "geometry": draw(areas())}
        frames[PONDS] = layer([pond], "ponds")
    if draw(st.booleans()) if districts is None else districts:
        frames["districts"] = DISTRICTS
    asked = [one for one in POOL if one.relation in relations]
    rules = draw(st.lists(st.sampled_from(asked), min_size=3, unique_by=lambda one: one.id))
    return Drawn(frames, tuple(rules))


def layer(rows: Sequence[Mapping[str, Any]], file: str) -> gpd.GeoDataFrame:
    """The rows, drawn in metres, as a frame of accepted rows in degrees."""
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "geometry"}
    made = frame(*(shapely.to_wkt(row["geometry"], rounding_precision=6) for row in rows))
    for name, values in columns.items():
        made[name] = pd.Series(values, dtype=float if name == "located_to_metres" else object)
    return made.assign(source_file=file, source_row=range(1, len(rows) + 1))


def with_zones(drawn: Drawn, *rows: Mapping[str, Any] | pd.Series) -> Drawn:
    """The project with further zones, whose geometry is in degrees already."""
    zones = drawn.of(ZONES)
    more = gpd.GeoDataFrame([dict(row) for row in rows], geometry="geometry", crs=zones.crs)
    return drawn.put(**{ZONES: stacked([zones, more])})


def stacked(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """The rows of frames with the same columns, one after the other."""
    first = frames[0]
    made = gpd.GeoDataFrame(
        {name: np.concatenate([one[name].to_numpy(dtype=object) for one in frames]) for name in first.columns},
        geometry="geometry",
        crs=first.crs,
    )
    return made.astype({"located_to_metres": float})
