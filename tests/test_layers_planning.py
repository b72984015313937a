"""Answers about proposed footprints: layers.footprints, layers.planning, layers.near_zones, layers.site_answers,
layers.variants, layers.what_if, layers.site_questions, layers.paragraphs; the same engine as a run.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.kept import Kept, KeptToRead
from layers.coverage import REASONS
from layers.footprints import FootprintError, Footprints, Said, at_point, checked, drawn, from_file
from layers.near_zones import near
from layers.paragraphs import ANSWER_WORDS, VERDICTS, paragraph
from layers.planning import (
    ANSWERS,
    APPLIES,
    DOES_NOT_APPLY,
    NEEDS_CHECKING,
    NOT_ASKED,
    NOT_ASSESSED,
    Answered,
    answered,
)
from layers.project import Project, read_project
from layers.rule_book import RuleSet, rule_set
from layers.site_questions import Reply, Setting, answers_frame, otherwise, read_setting, reply
from layers.variants import answers_by_value, flagged_by_place
from layers.what_if import CHANGES, WhatIf, changes_of, widened
from layers.words import RESULTS
from tests.projects import HEADER, SOURCES, headwater, rows_of, small_zones
from tests.shapes import frame, laid_down, sources, square, zones

DAY = date(2017, 11, 30)
AS_IS = WhatIf()
KINDS = ("outfall", "building", "cropland", "road", "industry", "livestock_farm", "cage_culture", "other")
LAYERS = "".join(
    f'[[layer]]\nkind = "{kind}"\npath = "data/{kind}.geojson"\n'
    for kind in ("protection_zones", "water_bodies", "districts", "intakes")
)


def planning_project(folder: Path, *, layers: str = LAYERS) -> Path:
    """Nested zones, one of them refused, a lake, an intake, and districts of which one has no zones."""
    data = folder / "data"
    data.mkdir(parents=True)
    bow_tie = frame(
        "POLYGON ((4000 0, 5000 1000, 5000 0, 4000 1000, 4000 0))", 编号=["Z3"], 名称=["坏区"], 级别=["一级"]
    )
    medium = small_zones(medium=["surface", None])
    pd.concat([medium, bow_tie], ignore_index=True).to_file(data / "protection_zones.geojson")
    frame(square(200, 200, 300), name=["湖"]).to_file(data / "water_bodies.geojson")
    frame("POINT (350 350)", name=["取水口"]).to_file(data / "intakes.geojson")
    districts = frame(square(-3000, -3000, 9000), square(6000, -3000, 9000), name=["甲", "乙"], district_id=["1", "2"])
    districts.to_file(data / "districts.geojson")
    head = HEADER.format(language="zh").replace('["cn"]', '["cn", "cn-qixingguan"]')
    (folder / "headwater.toml").write_text(head + layers, encoding="utf-8")
    return folder


def random_footprints(count: int, seed: int) -> gpd.GeoDataFrame:
    """Points, lines, areas and several points, at random around the zones, with attributes, some of them missing."""
    random = np.random.default_rng(seed)
    places = random.uniform([-2500, -2500], [8000, 4500], (count, 2))
    places[::2] = random.uniform([-900, -900], [1900, 1900], (len(places[::2]), 2))  # half of them about the zones
    shapes = [laid_down(_shape(random, *place.tolist())) for place in places]

    def some(*values: object) -> np.ndarray[Any, Any]:
        return random.choice(np.array([*values, None], dtype=object), count)

    columns = {
        "source_id": [f"F{at}" for at in range(count)],
        "name": [f"name {at}" for at in range(count)],
        "kind": random.choice(KINDS, count),
        "operating": some("operating", "planned", "closed"),
        "discharges": some("true", "false"),
        "related_to_supply": some("true", "false"),
        "approved": some("true", "false"),
        "medium": some("surface", "groundwater"),
        "built_on": some("2001-05-01", "2016-12-31"),
        "located_to_metres": some(5.0, 300.0),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def _shape(random: np.random.Generator, x: float, y: float) -> str:
    size = float(random.choice([3.0, 60.0, 900.0]))
    edge = float(random.choice([0.0, 0.0, 1.0]))  # some stand exactly on an edge of a zone
    x = 1000.0 if edge else x
    return str(
        random.choice(
            [
                f"POINT ({x} {y})",
                f"LINESTRING ({x} {y}, {x + size} {y + size / 3}, {x + size} {y + size})",
                square(x, y, size),
                f"MULTIPOINT (({x} {y}), ({x + size} {y}))",
            ]
        )
    )


def test_a_thousand_footprints_get_the_answers_of_a_run(tmp_path: Path) -> None:
    """Every (site, rule): what is flagged, and how many of each kind are clear or not assessed, and why."""
    plan = tmp_path / "plan.geojson"
    random_footprints(1000, seed=7).to_file(plan)
    asked = planning_project(tmp_path / "asked")
    run = planning_project(tmp_path / "run", layers=LAYERS + SOURCES.replace("sources.csv", "plan.geojson"))
    (run / "data" / "plan.geojson").write_bytes(plan.read_bytes())
    assert headwater("run", run, "-q").returncode == 0
    output = run / "output"
    found, footprints = replied(asked, plan)
    answers = answers_frame(found, footprints)

    flagged: dict[tuple[str, str], str] = {}
    for row in rows_of(output / "findings.csv"):
        key = row["subject_id"], row["rule_id"]
        flagged[key] = min(flagged.get(key, "check"), row["result"], key=list(RESULTS).index)
    ours = {
        (row.id, row.rule_id): row.answer for row in answers.itertuples() if row.answer in ("applies", "needs_checking")
    }
    assert len(flagged) > 300
    assert ours == {key: _answer(result) for key, result in flagged.items()}

    told = {
        (row["subject_id"], row["rule_id"], row["zone_id"]): (row["text"], row["distance_m"], row["margin_m"])
        for row in rows_of(output / "findings.csv")
    }
    hits = {
        (site["id"], rule["rule_id"], hit["zone_id"]): (
            hit["text"]["zh"], *("" if hit[name] is None else f"{hit[name]:g}" for name in ("distance_m", "margin_m"))
        )
        for site in _with_ids(found, footprints)
        for rule in site["rules"]
        for hit in rule.get("hits", ())
    }  # fmt: skip
    placed = {key: one for key, one in told.items() if key[2]}
    assert {key: text for key, (text, _, _) in hits.items()} == {key: text for key, (text, _, _) in placed.items()}
    for at in (1, 2):
        ours_m, theirs_m = ([float(one[key][at] or "nan") for key in sorted(placed)] for one in (hits, placed))
        np.testing.assert_allclose(ours_m, theirs_m, rtol=1e-5)

    counted = answers.fillna("").groupby(["kind", "rule_id", "answer", "reason"]).size().to_dict()
    coverage = {
        (row["kind"], row["rule_id"], _answer(row["result"]), row["reason"]): int(row["sites"])
        for row in rows_of(output / "coverage.csv")
        if row["layer"] == "pollution_sources"
    }
    assert {answer for _, _, answer, _ in coverage} == set(ANSWERS)
    assert counted == coverage

    verdicts = {site["id"]: site["verdict"] for site in _with_ids(found, footprints)}
    assert verdicts == {row["site_id"]: _answer(row["result"]) for row in rows_of(output / "sites.csv")}


def _answer(result: str) -> str:
    return ANSWERS[list(RESULTS).index(result)]


def _with_ids(found: Reply, footprints: Footprints) -> list[dict[str, Any]]:
    ids = footprints.frame["source_id"].tolist()
    return [{"id": one, **site} for one, site in zip(ids, found.sites, strict=True)]


def opened(folder: Path) -> tuple[Project, RuleSet]:
    project = read_project(folder, today=DAY)
    return project, rule_set(project.jurisdictions, folder=folder)


def replied(folder: Path, plan: Path, what_if: WhatIf = AS_IS, **said: Any) -> tuple[Reply, Footprints]:
    project, rules = opened(folder)
    today, tables = read_setting(project, rules, Kept(None))
    footprints = from_file(plan, checked(Said(**said), rules), rules, beside=tables)
    return _reply(footprints, today, what_if), footprints


def _reply(footprints: Footprints, today: Setting, what_if: WhatIf = AS_IS, *, reach: float = 2000.0) -> Reply:
    books = None if what_if.books is None else rule_set(what_if.books, folder=Path())
    other = otherwise(today, what_if, books, Kept(None)) if what_if.asked else None
    return reply(footprints, today, other, reach=reach, kept=Kept(None), language="zh", version="test")


def place(metres_east: float, metres_north: float) -> str:
    """LON,LAT of a place given in metres, with digits enough."""
    point = laid_down(f"POINT ({metres_east} {metres_north})")
    return f"{point.x:.9f},{point.y:.9f}"


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    project, rules = opened(planning_project(tmp_path_factory.mktemp("planning") / "p"))
    return read_setting(project, rules, Kept(None))[0]


def site_at(setting: Setting, east: float, north: float, what_if: WhatIf = AS_IS, **said: Any) -> dict[str, Any]:
    rules = setting.rules
    footprints = at_point(place(east, north), checked(Said(**said), rules), rules)
    return _reply(footprints, setting, what_if).sites[0]


def rule_of(site: dict[str, Any], rule_id: str) -> dict[str, Any]:
    return next(rule for rule in site["rules"] if rule["rule_id"] == rule_id)


def test_what_applies_says_where_how_deep_and_how_far_to_move(setting: Setting) -> None:
    site = site_at(setting, 500, 900, kind="outfall")
    rule = rule_of(site, "CN-OUT-01")
    assert (site["verdict"], rule["answer"]) == ("applies", "applies")
    assert {hit["zone_id"]: round(hit["margin_m"]) for hit in rule["hits"]} == {"Z1": 100, "Z2": 600}
    assert round(rule["move_m"]) == 600  # out of level 1 it still lies in level 2, of which the rule is, too
    assert "第64条" in rule["zh"]["citation"]
    assert "Art. 64" in rule["en"]["citation"]
    assert [(zone["zone_id"], zone["inside"], round(zone["depth_m"])) for zone in site["zones"]] == [
        ("Z1", True, 100),
        ("Z2", True, 600),
    ]


def test_what_does_not_apply_says_how_near_it_is(setting: Setting) -> None:
    site = site_at(setting, 1900, 500, kind="outfall")
    rule = rule_of(site, "CN-OUT-01")
    assert rule["answer"] == "does_not_apply"
    assert (round(rule["distance_m"]), round(rule["margin_m"])) == (400, 400)
    assert "二级区" in rule["zh"]["text"]
    assert [(zone["zone_id"], round(zone["distance_m"])) for zone in site["zones"]] == [("Z2", 400), ("Z1", 900)]


def test_a_zone_that_no_rule_reaches_is_told_within_the_reach(setting: Setting) -> None:
    rules = setting.rules
    footprints = at_point(place(3400, 500), checked(Said(kind="other"), rules), rules)
    far = [_reply(footprints, setting, reach=reach).sites[0]["zones"] for reach in (1000.0, 2000.0, 2500.0)]
    assert [[zone["zone_id"] for zone in one] for one in far] == [[], ["Z2"], ["Z2", "Z1"]]


def test_attributes_that_exclude_a_rule_are_told_as_the_reason(setting: Setting) -> None:
    site = site_at(setting, 1200, 500, kind="industry", attributes={"discharges": "false"})
    rule = rule_of(site, "CN-CON-02")
    assert rule["answer"] == "does_not_apply"
    assert rule["because_of"] == {"operating": "planned", "discharges": False}
    assert rule["margin_m"] is None  # no way that it is moved brings it under the rule
    assert "是否排污 = 否" in rule["text"]


def test_a_paragraph_names_what_only_the_attributes_stated_keep_out(setting: Setting) -> None:
    rules = setting.rules
    said = checked(Said(kind="industry", attributes={"discharges": "false"}), rules)
    footprints = at_point(place(1200, 500), said, rules)
    found = _reply(footprints, setting)
    for language, needle in (
        ("zh", "CN-CON-02（运行状态 = 拟建、是否排污 = 否）"),
        ("en", "CN-CON-02 (operating = planned"),
    ):
        assert needle in paragraph(
            found.sites[0], footprints.frame, found.facts, rules,
            reach=2000.0, what_if=AS_IS, notes=found.notes, language=language,
        )  # fmt: skip


def test_rules_about_what_is_stated_are_asked_or_named(setting: Setting) -> None:
    """A rule that asks for no place: asked where the attribute is stated, else named with what it lacks."""
    rules = setting.rules
    alone = {"relation": "status", "levels": None, "medium": None, "where": {"approved": (False,)}, "kinds": ("mine",)}
    stated = rules.rules["CN-OUT-01"].model_copy(update={"id": "LOC-01", **alone})
    known = rules._replace(
        rules={**rules.rules, "LOC-01": stated}, book_of={**rules.book_of, "LOC-01": rules.book_of["CN-OUT-01"]}
    )
    other = setting._replace(rules=known)
    no = site_at(other, 3000, 3000, kind="mine", attributes={"approved": "false"})
    assert rule_of(no, "LOC-01")["answer"] == "applies"
    assert rule_of(no, "LOC-01")["hits"] == []
    yes = site_at(other, 3000, 3000, kind="mine", attributes={"approved": "true"})
    assert rule_of(yes, "LOC-01")["answer"] == "does_not_apply"
    assert "是否审批" in rule_of(yes, "LOC-01")["text"]
    unstated = site_at(other, 3000, 3000, kind="mine")
    assert "LOC-01" not in [rule["rule_id"] for rule in unstated["rules"]]
    assert [(rule["rule_id"], rule["lacking"]) for rule in unstated["not_asked"]][-1] == ("LOC-01", ["approved"])


def test_a_missing_attribute_is_named_with_what_each_value_would_give(setting: Setting) -> None:
    rule = rule_of(site_at(setting, 1200, 500, kind="industry"), "CN-CON-02")
    assert rule["answer"] == "needs_checking"
    assert rule["lacking"] == ["discharges"]
    assert rule["with_values"] == {"discharges": {"true": "applies", "false": "does_not_apply"}}
    stated = {
        value: rule_of(site_at(setting, 1200, 500, kind="industry", attributes={"discharges": value}), "CN-CON-02")
        for value in ("true", "false")
    }
    assert {value: one["answer"] for value, one in stated.items()} == rule["with_values"]["discharges"]


def test_a_yes_or_no_of_the_agency_is_told_for_both(setting: Setting) -> None:
    rule = rule_of(site_at(setting, 1200, 500, kind="road"), "CN-TRA-01")
    assert rule["with_values"]["hazmat"] == {"true": "needs_checking", "false": "does_not_apply"}


@pytest.mark.parametrize(
    ("east", "kind", "reason"),
    [
        (7500, "outfall", "NO_ZONE_IN_DISTRICT"),
        (90000, "outfall", "OUTSIDE_DISTRICTS"),
        (4600, "outfall", "ZONE_REFUSED"),
    ],
)
def test_where_data_end_nothing_is_answered(setting: Setting, east: float, kind: str, reason: str) -> None:
    site = site_at(setting, east, 400, kind=kind)
    assert site["verdict"] == "not_assessed"
    assert rule_of(site, "CN-OUT-01")["reason"] == reason
    assert reason in REASONS


def test_a_kind_without_a_rule_is_not_assessed() -> None:
    rules = rule_set(["cn"], folder=Path())
    only = rules._replace(rules={"CN-OUT-01": rules.rules["CN-OUT-01"]})
    found = _asked(zones(square(0, 0, 1000)), sources("POINT (5000 5000)", kind="graveyard"), only)
    assert (found.answer == NOT_ASKED).all()
    assert [ANSWERS[one] for one in found.verdict] == ["not_assessed"]


def _asked(protection: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, rules: RuleSet) -> Answered:
    from layers.load import Inputs

    project = Project.model_validate({"folder": Path(), "title": "t", "as_of": DAY, "layer": [_ENTRY]})
    inputs = Inputs({"protection_zones": protection}, {}, {}, [], [], [])
    return answered(footprints, project, rules, inputs, Kept(None))


_ENTRY = {"kind": "protection_zones", "path": "zones.gpkg"}


def test_by_place_and_by_value_ask_the_engine(setting: Setting) -> None:
    footprints = sources("POINT (500 500)", "POINT (9000 500)", operating=["closed", None], source_file=["f", "f"])
    project, rules, inputs = setting

    def ask(some: gpd.GeoDataFrame) -> Answered:
        return answered(some, project, rules, inputs, Kept(None))

    found = ask(footprints)
    at = found.column("CN-OUT-01")
    assert at is not None
    assert [ANSWERS[one] for one in found.answer[:, at]] == ["does_not_apply", "not_assessed"]
    assert flagged_by_place(footprints, found, ask)[:, at].tolist() == [True, False]
    assert answers_by_value(footprints, found, ask) == {}


# --- What if -----------------------------------------------------------------------------------


def test_a_buffer_counts_what_is_so_near_a_zone_as_inside(setting: Setting) -> None:
    def answer(metres: float, buffer: float | None) -> dict[str, Any]:
        site = site_at(setting, 1500 + metres, 500, WhatIf(buffer_m=buffer), kind="outfall")
        return rule_of(site, "CN-OUT-01")

    assert answer(90, None)["answer"] == "does_not_apply"
    inside = answer(90, 100.0)
    assert (inside["answer"], inside["today"], round(inside["move_m"])) == ("applies", "does_not_apply", 10)
    outside = answer(110, 100.0)
    assert (outside["answer"], round(outside["margin_m"])) == ("does_not_apply", 10)


@pytest.mark.parametrize("kind", ["outfall", "building", "livestock_farm"])
def test_a_buffer_answers_as_widened_outlines_do(kind: str) -> None:
    """Zones drawn 200 m wider all round, against the same zones and a buffer of 200 m: points, lines, areas."""
    rules = rule_set(["cn"], folder=Path())
    plain = zones("POLYGON ((0 0, 1000 0, 0 1000, 0 0))", square(4000, 0, 900), levels=("1", "2"))
    metric = gpd.GeoSeries(plain.geometry, crs=4326).to_crs("+proj=aeqd +lat_0=26.6 +lon_0=105")
    wider = plain.set_geometry(metric.buffer(200, quad_segs=64).to_crs(4326))
    some = random_footprints(400, seed=11).assign(kind=kind, located_to_metres=np.nan, operating="planned")
    some = some.assign(discharges=True, related_to_supply=False, source_row=1, source_file="f")
    today, other = _asked(wider, some, rules), _asked(plain, some, widened(rules, 200.0))
    assert [rule.id for rule in today.rules] == [rule.id for rule in other.rules]
    boundary = shapely.boundary(wider.geometry.union_all())
    sure = shapely.distance(some.geometry.to_numpy(), boundary) > 1e-5  # a metre: the arcs are drawn with corners
    known = (today.answer < 2) | (other.answer < 2)
    assert known[sure].sum() > 30
    assert (((today.answer < 2) == (other.answer < 2)) | ~sure[:, None]).all()


def test_differences_say_who_falls_in_and_out(tmp_path: Path) -> None:
    folder = planning_project(tmp_path / "p")
    plan = tmp_path / "plan.csv"
    points = frame("POINT (500 500)", "POINT (1550 500)", "POINT (1700 500)").geometry
    rows = [f"P{at},{point.x:.9f},{point.y:.9f}" for at, point in enumerate(points, start=1)]
    plan.write_text("\n".join(["编号,经度,纬度", *rows]), encoding="utf-8")
    found, _ = replied(folder, plan, WhatIf(buffer_m=100.0), kind="排污口")
    assert found.counts is not None
    assert found.differences is not None
    assert found.counts["sites"] == {**dict.fromkeys(CHANGES, 0), "falls_in": 1}
    told = found.differences[["id", "rule_id", "change", "today", "what_if", "zone_id"]].to_numpy().tolist()
    assert told == [["P2", "CN-OUT-01", "falls_in", "does_not_apply", "applies", "Z2"]]
    assert found.differences["distance_m"].round().tolist() == [50]
    local, _ = replied(folder, plan, WhatIf(books=("cn",)), kind="cropland")
    assert local.counts is not None
    assert sum(one["check_ends"] for key, one in local.counts["rules"].items() if key.startswith("QXG")) > 0


def test_what_needs_checking_then_has_not_fallen_out() -> None:
    answers = np.array([[APPLIES, NEEDS_CHECKING, NOT_ASSESSED, DOES_NOT_APPLY, NOT_ASKED]], dtype=np.int8)
    named = {
        (int(before), int(after)): ("", *CHANGES)[change + 1]
        for before in answers[0]
        for after, change in zip(answers[0], changes_of(np.full_like(answers, before), answers)[0], strict=True)
    }
    kept_out = (DOES_NOT_APPLY, NOT_ASKED)
    assert {pair for pair, name in named.items() if name == "falls_out"} == {(APPLIES, out) for out in kept_out}
    assert {pair for pair, name in named.items() if name == "check_ends"} == {(NEEDS_CHECKING, out) for out in kept_out}
    assert (named[APPLIES, NEEDS_CHECKING], named[NOT_ASSESSED, NEEDS_CHECKING]) == ("to_check", "to_check")
    assert (named[APPLIES, NOT_ASSESSED], named[NEEDS_CHECKING, NOT_ASSESSED]) == ("assessed_no_more",) * 2
    assert {pair for pair, name in named.items() if not name} == {
        *((one, one) for one in range(5)), (DOES_NOT_APPLY, NOT_ASKED), (NOT_ASKED, DOES_NOT_APPLY)
    }  # fmt: skip


def test_another_day_asks_another_law(setting: Setting) -> None:
    now = site_at(setting, 500, 500, WhatIf(as_of=date(2026, 8, 15)), kind="outfall")
    assert "生态环境法典" in rule_of(now, "CN-OUT-01")["zh"]["citation"]
    assert now["today"] == "applies"


# --- Footprints --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "boat"}, "outfall"),
        ({"kind": "mine", "attributes": {"dischrges": "true"}}, "discharges"),
        ({"kind": "mine", "attributes": {"discharges": "perhaps"}}, "true"),
        ({"kind": "mine", "attributes": {"operating": "soon"}}, "planned"),
    ],
)
def test_an_unknown_word_is_refused_with_those_that_are_known(said: dict[str, Any], code: str) -> None:
    rules = rule_set(["cn"], folder=Path())
    with pytest.raises(FootprintError) as refused:
        checked(Said(**said), rules)
    assert [fault.code for fault in refused.value.faults] == ["OPTION_WRONG"]
    assert code in refused.value.message("en")


@pytest.mark.parametrize(
    ("wkt", "crs", "code"),
    [
        ("POINT (26.6 105.0)", None, "COORDINATE_SWAPPED"),
        ("POINT (", None, "OPTION_WRONG"),
        ("POINT EMPTY", None, "GEOMETRY_EMPTY"),
        ("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", None, "GEOMETRY_NOT_REPAIRABLE"),
        ("POINT (500000 2900000)", None, "COORDINATE_PROJECTED"),
        ("POINT (1 1)", "EPSG:99999999", "CRS_UNKNOWN"),
    ],
)
def test_a_drawing_that_cannot_be_taken_is_refused(wkt: str, crs: str | None, code: str) -> None:
    with pytest.raises(FootprintError) as refused:
        drawn(wkt, Said(kind="mine", crs=crs), rule_set(["cn"], folder=Path()))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_drawing_in_metres_lies_where_it_does_in_degrees() -> None:
    rules = rule_set(["cn"], folder=Path())
    in_metres = gpd.GeoSeries([shapely.Point(105.0, 26.6)], crs=4490).to_crs(4544).iloc[0]
    for wkt, crs in ((in_metres.wkt, "EPSG:4544"), (f"SRID=4544;{in_metres.wkt}", None)):
        found = drawn(wkt, Said(kind="mine", crs=crs), rules).frame.geometry.iloc[0]
        assert (found.x, found.y) == pytest.approx((105.0, 26.6), abs=1e-8)


def test_few_digits_of_a_point_are_its_accuracy_as_in_a_table() -> None:
    rules = rule_set(["cn"], folder=Path())
    coarse = at_point("105.01,26.61", Said(kind="mine"), rules).frame["located_to_metres"].iloc[0]
    assert 900 < coarse < 1300
    stated = at_point("105.01,26.61", Said(kind="mine", located_to_metres=5.0), rules).frame
    assert stated["located_to_metres"].tolist() == [5.0]


def test_the_kind_and_attributes_said_stand_above_the_file(tmp_path: Path) -> None:
    rules = rule_set(["cn"], folder=Path())
    plan = tmp_path / "plan.csv"
    plan.write_text(
        "kind,discharges,lon,lat\n排污口,是,105.00001,26.60001\n船,是,105.00002,26.60002\n", encoding="utf-8"
    )
    found = from_file(plan, Said(), rules)
    assert found.frame["kind"].tolist() == ["outfall"]
    assert [fault.code for fault in found.rejects] == ["VALUE_UNKNOWN"]
    assert found.assumed_planned
    said = from_file(plan, Said(kind="mine", attributes={"discharges": "false"}), rules)
    assert said.frame[["kind", "discharges"]].to_numpy().tolist() == [["mine", False]] * 2
    assert said.frame["source_id"].tolist() == ["plan-2", "plan-3"]


def test_a_file_without_kinds_needs_one(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("lon,lat\n105.00001,26.60001\n", encoding="utf-8")
    with pytest.raises(FootprintError, match="--kind"):
        from_file(plan, Said(), rule_set(["cn"], folder=Path()))


def test_near_measures_areas_and_lines() -> None:
    rules = rule_set(["cn"], folder=Path())
    some = sources(square(900, 0, 200), "LINESTRING (900 500, 1300 500)", square(1000, 0, 100), kind="building")
    found = _asked(zones(square(0, 0, 1000)), some, rules)
    pairs = near(some, found.around, "protection_zones", metres=500.0)
    told = pairs[["site", "inside", "distance_m"]].to_numpy().tolist()
    assert told == [[0, True, 0.0], [1, True, 0.0], [2, False, 0.0]]  # the last one only touches
    assert pairs["overlap_share"].round(3).tolist() == [0.5, 0.25, 0.0]
    assert pairs["overlap_m2"].iloc[0] == pytest.approx(20_000, rel=1e-3)
    assert pairs["overlap_m"].iloc[1] == pytest.approx(100, rel=1e-3)


# --- Paragraphs --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("east", "kind"), [(500, "outfall"), (1200, "industry"), (7500, "outfall"), (3000, "mine")])
def test_a_paragraph_says_what_it_stands_on(setting: Setting, east: float, kind: str, language: str) -> None:
    rules = setting.rules
    footprints = at_point(place(east, 500), checked(Said(kind=kind), rules), rules)
    found = _reply(footprints, setting)
    site = found.sites[0]
    text = paragraph(
        site, footprints.frame, found.facts, rules, reach=2000.0, what_if=WhatIf(), notes=found.notes, language=language
    )
    assert VERDICTS[site["verdict"]][language] in text
    assert "2017-11-30" in text
    assert "data/protection_zones.geojson" in text
    assert all(book.edition in text for book in rules.books)
    assert {"zh": "未评估", "en": "not assessed"}[language] in text
    assert "1 rules" not in text and "protection_zones，" not in text and "(protection_zones" not in text
    limits = text.split({"zh": "假定与限制：", "en": "Assumptions and limits: "}[language])[1]
    assert "protection_zones" not in limits and "operating" not in limits  # words, not names of settings
    assert limits.count({"zh": "视为完整", "en": "taken as complete"}[language]) == 1  # one sentence for all layers
    for rule in site["rules"]:
        assert rule["rule_id"] in text
        if rule["answer"] in ("applies", "needs_checking"):
            assert rule[language]["citation"] in text
            assert rule[language]["text"] in text
    assert set(ANSWER_WORDS) == set(ANSWERS)


def test_without_zones_the_paragraph_says_that_there_are_none(tmp_path: Path) -> None:
    """No zone in force on the day is not the same as no zone near by."""
    project, rules = opened(planning_project(tmp_path / "p"))
    today, _ = read_setting(project, rules, Kept(None))
    zones_gone = {**today.inputs.frames}
    zones_gone["protection_zones"] = zones_gone["protection_zones"].assign(valid_to="2001-01-01")
    setting = today._replace(inputs=today.inputs._replace(frames=zones_gone))
    footprints = at_point(place(500, 500), checked(Said(kind="outfall"), rules), rules)
    found = _reply(footprints, setting)
    assert rule_of(found.sites[0], "CN-OUT-01")["reason"] == "LAYER_ABSENT"
    for language, needle in (("zh", "项目没有当日有效的保护区数据"), ("en", "no protection zone in force")):
        assert needle in paragraph(
            found.sites[0], footprints.frame, found.facts, rules,
            reach=2000.0, what_if=AS_IS, notes=found.notes, language=language,
        )  # fmt: skip


def test_nothing_is_kept_for_those_who_only_ask(tmp_path: Path) -> None:
    kept = KeptToRead(tmp_path / "kept")
    kept.put("extents", "key", b"bytes")
    assert kept.get("extents", "key") is None
    assert list(tmp_path.iterdir()) == []
