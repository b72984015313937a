"""layers.acts: which law counts for what was built when, and what is said of sites older than zone or law."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gis.kept import Kept
from layers.acts import UNKNOWN, Acts, citations, days_of
from layers.rejudge import compare, keep, rejudge
from layers.rule_book import RuleSet, rule_set
from layers.rules import check, judge, put_together
from layers.surroundings import Surroundings, box_of
from tests.shapes import frame, sources, square, zones

OLD, CODE = "旧法", "法典"
BOOK = """
jurisdiction = "t"
title = {{ zh = "测试", en = "Test" }}
edition = "1"
levels = ["1", "2"]

[[rule]]
id = "T-1"
title = {{ zh = "建成", en = "built" }}
subject = "pollution_sources"
relation = "inside"
act = "{act}"
effect = "prohibited"
severity = "major"
remedy = {{ zh = "拆除", en = "remove" }}
{further}
{basis}
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT (5 5)"
result = "violation"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT (50 5)"
result = "clear"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT (10 5)"
result = "check"
"""
BASIS = """
[[rule.basis]]
instrument = {{ zh = "{zh}", en = "{en}" }}
article = "{article}"
{days}
"""
WATER_LAW = BASIS.format(zh=OLD, en="old law", article="64", days="from = 2008-06-01\nto = 2026-08-14")
NEW_CODE = BASIS.format(zh=CODE, en="code", article="318", days="from = 2026-08-15")


def rules(folder: Path, *, act: str = "built", basis: str = WATER_LAW + NEW_CODE, further: str = "") -> RuleSet:
    (folder / "t.toml").write_text(BOOK.format(act=act, basis=basis, further=further), encoding="utf-8")
    return rule_set(["t.toml"], folder=folder)


def found(
    book: RuleSet, *built: str | None, as_of: str = "2026-11-25", since: list[str | None] | None = None
) -> pd.DataFrame:
    """The findings of sites built on those days, inside a zone of 1 km, in the order of the sites."""
    places = [f"POINT ({100 + at} 500)" for at in range(len(built))]
    frames: dict[str, gpd.GeoDataFrame] = {
        "protection_zones": zones(square(0, 0, 1000), valid_from=since or [None]),
        "pollution_sources": sources(*places, built_on=list(built)),
    }
    findings = check(frames, book, as_of=date.fromisoformat(as_of)).findings
    return findings.sort_values("subject_id", ignore_index=True)


def test_acts_a_day_apart_cite_different_laws(tmp_path: Path) -> None:
    told = found(rules(tmp_path), "2026-08-14", "2026-08-15", None)
    assert told["citation_zh"].tolist() == [
        "建成时：《旧法》第64条。巡查时：《法典》第318条",
        "《法典》第318条",
        "《法典》第318条",
    ]
    assert told["citation_en"][0] == "When built: old law, Art. 64. At the inspection: code, Art. 318"
    assert set(told["result"]) == {"violation"}


@pytest.mark.parametrize(
    ("as_of", "law"),
    [("2026-08-14", "《旧法》第64条"), ("2026-08-15", "建成时：《旧法》第64条。巡查时：《法典》第318条")],
)
def test_inspections_a_day_apart_cite_different_laws(tmp_path: Path, as_of: str, law: str) -> None:
    told = found(rules(tmp_path), "2015-01-01", as_of=as_of)
    assert told["citation_zh"].tolist() == [law]
    on_the_day = found(rules(tmp_path), as_of, as_of=as_of)  # built on the day of inspection: one law
    assert "建成时" not in on_the_day["citation_zh"][0]


def test_the_same_law_is_cited_once(tmp_path: Path) -> None:
    book = rules(tmp_path, basis=BASIS.format(zh=OLD, en="old law", article="64", days=""))
    assert found(book, "1990-01-01", "2020-01-01")["citation_zh"].tolist() == ["《旧法》第64条"] * 2


def test_an_act_of_today_is_judged_by_the_law_of_today(tmp_path: Path) -> None:
    told = found(rules(tmp_path, act="inspection"), "2015-01-01")
    assert told["citation_zh"].tolist() == ["《法典》第318条"]


def test_a_law_that_did_not_hold_yet_is_not_cited(tmp_path: Path) -> None:
    told = found(rules(tmp_path), "2008-05-31", "2008-06-01")
    assert told["citation_zh"].tolist() == ["《法典》第318条", "建成时：《旧法》第64条。巡查时：《法典》第318条"]
    assert "建成于 2008-05-31，早于所列条款最早的施行日 2008-06-01" in told["text_zh"][0]
    assert (
        "built on 2008-05-31, before the first of the cited articles came into force on 2008-06-01"
        in told["text_en"][0]
    )
    assert "2008" not in told["text_zh"][1]


def test_days_without_law_are_told(tmp_path: Path) -> None:
    early = BASIS.format(zh=OLD, en="old law", article="64", days="from = 2008-06-01\nto = 2010-12-31")
    told = found(rules(tmp_path, basis=early + NEW_CODE), "2012-01-01", "2010-12-31")
    assert "建成于 2012-01-01，当日所列条款均不在施行期内" in told["text_zh"][0]
    assert told["citation_zh"].tolist() == ["《法典》第318条", "建成时：《旧法》第64条。巡查时：《法典》第318条"]


def test_a_rule_that_held_later_than_its_law_is_told(tmp_path: Path) -> None:
    told = found(rules(tmp_path, further="from = 2020-01-01"), "2015-01-01", "2020-01-01")
    assert "早于本规则适用的起始日 2020-01-01" in told["text_zh"][0]
    assert told["citation_zh"].tolist() == ["《法典》第318条", "建成时：《旧法》第64条。巡查时：《法典》第318条"]


def test_a_site_older_than_its_zone_says_so(tmp_path: Path) -> None:
    told = found(rules(tmp_path), "2016-12-31", "2017-01-01", None, since=["2017-01-01"])
    assert "建成于 2016-12-31，早于该保护区最早的生效日 2017-01-01" in told["text_zh"][0]
    assert "built on 2016-12-31, before this zone first came into force on 2017-01-01" in told["text_en"][0]
    assert not any("2017" in text for text in told["text_en"][1:])


def test_the_first_version_of_a_zone_counts(tmp_path: Path) -> None:
    frames = {
        "protection_zones": zones(
            square(0, 0, 1000), square(0, 0, 1000), zone_id=["Z", "Z"],
            valid_from=["2010-01-01", "2020-01-01"], valid_to=["2019-12-31", None],
        ),
        "pollution_sources": sources("POINT (500 500)", "POINT (600 500)", built_on=["2009-12-31", "2015-01-01"]),
    }  # fmt: skip
    told = check(frames, rules(tmp_path), as_of=date(2026, 11, 25)).findings["text_en"].tolist()
    assert ["2010-01-01" in text for text in told] == [True, False]


def test_what_is_not_built_yet_says_so(tmp_path: Path) -> None:
    told = found(rules(tmp_path), "2027-05-01", "2026-11-25")
    assert told["citation_zh"][0] == "《法典》第318条"
    assert "建成日 2027-05-01 在巡查日 2026-11-25 之后：尚未建成" in told["text_zh"][0]
    assert "to be built on 2027-05-01, after the inspection of 2026-11-25" in told["text_en"][0]
    assert "2026" not in told["text_en"][1]


def test_a_water_body_has_no_days_of_validity(tmp_path: Path) -> None:
    frames = {
        "protection_zones": zones(square(0, 0, 1000), valid_from=["2017-01-01"]),
        "water_bodies": frame(square(5000, 0, 10), square(0, 0, 1000), water_body_id=["W0", "W1"], name=["w", "w"]),
        "pollution_sources": sources("POINT (500 500)", built_on=["2016-12-31"]),
    }
    book = rules(tmp_path, further='of = "water_bodies"')
    told = check(frames, book, as_of=date(2026, 11, 25)).findings
    assert told["zone_id"].tolist() == ["W1"]
    assert "2017" not in told["text_en"][0]


def test_days_of_text() -> None:
    values = np.array(["2015-01-02", None, "2015年1月2日", "2015", "04/03/2015", "2015-01-02"], dtype=object)
    second = date(2015, 1, 2).toordinal()
    assert days_of(values).tolist() == [second, UNKNOWN, second, UNKNOWN, UNKNOWN, second]


def test_citations_are_those_of_each_day_by_itself(tmp_path: Path) -> None:
    """Every day around a change of the law, at once and one by one."""
    book = rules(tmp_path, further="to = 2027-12-31")
    as_of, rule = date(2026, 11, 25), [*book.rules.values()]
    days = np.array([UNKNOWN, *range(date(2008, 5, 30).toordinal(), as_of.toordinal() + 3, 7)], dtype=np.int64)
    zeros = np.zeros(len(days), np.int32)
    told = citations(Acts(rule, zeros, days, zeros.astype(np.int64)), book, as_of, "zh")
    for at, built in enumerate(days):
        then = [one for one in rule[0].basis if built and one.in_force(date.fromordinal(int(built)))]
        by_then = bool(then) and built < as_of.toordinal() and then[0].article == "64"
        assert told[at].startswith("建成时：《旧法》第64条") == by_then, date.fromordinal(max(int(built), 1))


def test_kept_answers_do_not_keep_these_texts(tmp_path: Path) -> None:
    """A site's day of building and a zone's first day change; nothing is judged anew, and every text is right."""
    book, day, kept = rules(tmp_path), date(2026, 11, 25), Kept(tmp_path / "kept")
    for built, since in (
        (None, None),
        ("2015-01-01", None),
        ("2015-01-01", "2016-01-01"),
        ("2026-08-15", "2026-09-01"),
    ):
        frames = {
            "protection_zones": zones(square(0, 0, 1000), valid_from=[since]),
            "pollution_sources": sources("POINT (500 500)", built_on=[built]),
        }
        around = Surroundings(frames, book, as_of=day, kept=kept)
        sites = frames["pollution_sources"]
        compared = compare(sites, "pollution_sources", around, kept)
        judged = rejudge(sites, "pollution_sources", around, compared)
        keep(judged, "pollution_sources", around, compared, kept)
        told = put_together(frames, around, {"pollution_sources": judged}).findings
        fresh = check(frames, book, as_of=day).findings
        pd.testing.assert_frame_equal(pd.DataFrame(told), pd.DataFrame(fresh))
        assert len(compared.anew) == (1 if built is None else 0)


def test_a_part_of_the_sites_tells_the_same(tmp_path: Path) -> None:
    """As workers and sets of files judge: with the zones that a part can see."""
    book, layer = rules(tmp_path), "pollution_sources"
    frames = {
        "protection_zones": zones(
            square(9000, 0, 10), square(0, 0, 1000), square(0, 0, 1000), zone_id=["A", "Z", "Z"],
            valid_from=["1990-01-01", "2010-01-01", "2020-01-01"], valid_to=[None, "2019-12-31", None],
        ),
        layer: sources("POINT (500 500)", "POINT (600 500)", built_on=["2009-12-31", "2015-01-01"]),
    }  # fmt: skip
    around = Surroundings(frames, book, as_of=date(2026, 11, 25))
    whole = put_together(frames, around, {layer: judge(frames[layer], layer, around)}).findings
    sites = frames[layer].iloc[[0]].reset_index(drop=True)
    part = around.bare().among(around.neighbours(layer, box_of(sites), 0.0))
    told = put_together({layer: sites}, part, {layer: judge(sites, layer, part)}).findings
    columns = ["finding_id", "text_zh", "text_en", "citation_zh", "citation_en"]
    assert told[columns].to_dict("records") == whole.loc[whole["subject_id"] == "S1", columns].to_dict("records")
    assert "2010-01-01" in told["text_en"][0]


def test_the_national_book_cites_both_laws() -> None:
    book = rule_set(["cn"], folder=Path())
    told = found(book, "2026-08-14", "2026-08-15")
    outfall = told[told["rule_id"] == "CN-OUT-01"]["citation_zh"].tolist()
    assert len(outfall) == 2
    assert outfall[0].startswith("建成时：《水污染防治法") and outfall[0].endswith(outfall[1])
    assert outfall[1].startswith("《生态环境法典》") and "水污染防治法" not in outfall[1]
    days = [found(book, "2026-08-01", as_of=day) for day in ("2026-08-14", "2026-08-15")]
    one, other = (day.loc[day["rule_id"] == "CN-OUT-01", "citation_en"].tolist() for day in days)
    assert one != other
