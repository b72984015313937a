"""No data is never clear: what was not assessed, why, and every rule with its answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import shapely
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from layers.coverage import REASONS
from layers.rule_book import rule_set
from layers.surroundings import RULED_LAYERS
from layers.words import RESULTS
from maps.inspection import inspection_map
from scripts.write_outputs import map_facts
from tests.browser import complaints_of, open_page
from tests.map_frames import small, widened
from tests.page_fixtures import legend_count, text, texts
from tests.record_book import example_with_records
from tests.test_layers_assess import assessed


def test_a_site_no_rule_looks_at_says_so(opened: WebDriver) -> None:
    site = opened.execute_script(
        "headwater.filter({result: 'not_assessed'}); return document.querySelector('[data-site-id]').dataset.siteId"
    )
    opened.execute_script("headwater.select(arguments[0])", site)
    assert "没有适用" in text(opened, "#detail .why")


def test_every_reason_is_told_in_words(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    codes = [code for code in REASONS if code]
    sites = facts["sites"]["site_id"][: len(codes)].tolist()
    facts["sites"].loc[: len(codes) - 1, ["result", "not_assessed_why"]] = [["not_assessed", code] for code in codes]
    path = tmp_path / "why.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    said = set()
    for site, code in zip(sites, codes, strict=True):
        desktop.execute_script("headwater.select(arguments[0])", site)
        (told,) = texts(desktop, "#detail .why p")
        assert told and code not in told
        said.add(told)
    assert len(said) == len(codes)


def test_every_site_has_the_answers_of_the_engine(tmp_path: Path, desktop: WebDriver) -> None:
    folder = example_with_records(tmp_path / "project")
    told = assessed(folder)
    facts = map_facts(rule_set(["cn", "cn-qixingguan", "records.toml"], folder=folder), told)
    frames = {name: getattr(told, name) for name in ("findings", "sites", "sections", "zones", "context", "answers")}
    path = tmp_path / "example.html"
    path.write_text(inspection_map(**frames, run=facts, language="zh"), encoding="utf-8")
    open_page(desktop, path)
    script = "return Object.fromEntries(arguments[0].map((id) => [id, headwater.answers(id)]))"
    ids = (told.sites["layer"] + "/" + told.sites["site_id"]).tolist()
    answers = desktop.execute_script(script, ids)
    for layer, frame, name in (
        ("protection_zones", told.zones, "zone_id"),
        ("river_sections", told.sections, "section_id"),
    ):
        others = desktop.execute_script(script, frame[name].tolist())
        answers |= {f"{layer}/{one}": own for one, own in others.items()}
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for key, own in answers.items():
        for one in own:
            if one["result"] in RESULTS:
                counted[key.split("/")[0], one["id"], one["result"], one["reason"]] += 1
    coverage = told.coverage[told.coverage["rule_id"] != ""]
    assert set(coverage["layer"]) == set(RULED_LAYERS)
    expected = coverage.groupby(["layer", "rule_id", "result", "reason"])["sites"].sum()
    assert dict(counted) == expected.to_dict() and len({key[2] for key in counted}) == 4
    unstated = Counter(one["id"] for own in answers.values() for one in own if one["result"] == "not_asked")
    assert unstated["REC-APPROVED"] == told.counts.unstated["REC-APPROVED"] > 0
    for site in told.sites.itertuples():
        own = [one["result"] for one in answers[f"{site.layer}/{site.site_id}"]]
        assert own.count("not_assessed") == site.not_assessed or site.not_assessed_why == "NO_RULE"
        assert not (site.result == "clear" and "not_assessed" in own)
        assert ("violation" in own) == (site.result == "violation")
    sites, left = (told.sites["result"] == "not_assessed").sum(), told.run["results"]["not_assessed"]
    assert text(desktop, "#unassessed summary") == f"未评估：{sites} 个点位，{left} 条结论"
    assert complaints_of(desktop) == []


def test_every_rule_is_listed_with_its_answer_and_reason(widely: WebDriver) -> None:
    def groups() -> dict[str, list[str]]:
        return {
            key: texts(widely, f'.every section[data-answer="{key}"] li')
            for key in widely.execute_script(
                "return [...document.querySelectorAll('.every section')].map((one) => one.dataset.answer)"
            )
        }

    widely.execute_script("headwater.select('R-000')")  # CN-OUT-01 and CN-BLD-02 flagged, CN-OUT-05 assessed
    assert text(widely, ".every summary") == "各条规则的结论违规 2 · 无冲突 1"
    assert groups() == {}
    widely.execute_script("document.querySelector('.every summary').click()")
    assert groups() == {
        "violation": ["保护区内设置排污口CN-OUT-01条款待核对", "保护区内的建设项目CN-BLD-02"],
        "clear": ["取水口附近的排污口CN-OUT-05"],
    }
    assert text(widely, '.every section[data-answer="clear"] p') == "已评估，不成立。"
    facts = widened()["sites"]
    outside = facts["site_id"][facts["not_assessed_why"] == "OUTSIDE_DISTRICTS"].iloc[0]
    widely.execute_script("headwater.select(arguments[0])", outside)  # stays open from site to site
    assert text(widely, ".every summary") == "各条规则的结论未评估 3"
    assert len(groups()["not_assessed"]) == 3
    assert "之外" in text(widely, ".every section p")
    nobody = facts["site_id"][facts["not_assessed_why"] == "NO_RULE"].iloc[0]
    widely.execute_script("headwater.select(arguments[0])", nobody)
    assert text(widely, ".every summary") == "各条规则的结论没有适用于这一类点位的规则。"
    assert text(widely, ".every > p") == "另有 3 条规则不针对这一类点位。"
    widely.execute_script("headwater.language('en'); headwater.select('R-000')")
    assert text(widely, ".every summary") == "Every ruleviolation: 2 · clear: 1"
    assert complaints_of(widely) == []


def test_what_is_not_assessed_is_nowhere_shown_as_clear(widely: WebDriver) -> None:
    sites = widened()["sites"]
    unknown = sites[sites["result"] == "not_assessed"]
    assert (
        int(text(widely, "#numbers .not_assessed b")) == legend_count(widely, "result", "not_assessed") == len(unknown)
    )
    outside = sites["strictest_level"].isna() & (sites["result"] != "not_assessed")
    assert legend_count(widely, "strictest_level", "") == outside.sum()
    assert legend_count(widely, "strictest_level", "?") == len(unknown)
    widely.find_element(By.CSS_SELECTOR, "#numbers .not_assessed").click()
    assert set(texts(widely, "[data-site-id] .cell.site_id")) == set(unknown["site_id"])
    assert set(texts(widely, "[data-site-id] .cell.result")) == {"未评估"}
    assert set(texts(widely, "[data-site-id] .cell.violations")) == {"–"}
    assert set(texts(widely, "[data-site-id] .cell.strictest_level")) == {"未知（无数据）"}
    for site_id in unknown["site_id"]:
        widely.execute_script("headwater.select(arguments[0])", site_id)
        for place in ("#detail", ".leaflet-popup-content"):
            told = text(widely, place)
            for linked in texts(widely, f"{place} :is(.linked, .neighbours)"):  # other sites' own results
                told = told.replace(linked, "")
            assert "未评估" in told
            assert not any(word in told for word in ("无冲突", "已评估", "不在任何保护区内", "不在保护区内")), told
    widely.execute_script("headwater.filter({}); window.dispatchEvent(new Event('beforeprint'))")
    assert len(unknown) == sum("未评估" in row for row in texts(widely, "#paper tbody tr"))
    assert f"未评估：{len(unknown)} 个点位" in text(widely, "#paper")
    widely.execute_script("window.dispatchEvent(new Event('afterprint'))")


def test_the_assumptions_are_one_tap_away(widely: WebDriver) -> None:
    panel = widely.find_element(By.CSS_SELECTOR, "#unassessed > div")
    assert not panel.is_displayed()
    widely.find_element(By.CSS_SELECTOR, "#unassessed summary").click()
    assert panel.is_displayed()
    reasons = widened()["run"]["not_assessed"]
    assert text(widely, "#unassessed summary").endswith(f"{sum(reasons.values())} 条结论")
    told = texts(widely, "#unassessed li")
    assert {one for one in told if one.startswith(str(reasons["OUTSIDE_DISTRICTS"]))} and len(told) == 4
    assert "假定保护区数据在外包凸壳内完整。" in told
    widely.find_element(By.ID, "search").click()
    assert not panel.is_displayed()


def test_areas_that_are_not_assessed_are_hatched(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    site = facts["sites"].index[facts["sites"]["result"] == "not_assessed"][0]
    lon, lat = facts["sites"].loc[site, ["lon", "lat"]]
    facts["sites"].loc[site, "geometry"] = shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    path = tmp_path / "hatched.html"
    alpha = """map_inspection.setView([arguments[1], arguments[0]], 15, {animate: false});
    const at = map_inspection.latLngToContainerPoint([arguments[1] + 0.004, arguments[0] + 0.004]);
    const canvas = document.querySelector('.leaflet-sites-pane canvas'), box = canvas.getBoundingClientRect();
    const frame = document.getElementById('map').getBoundingClientRect();
    const line = canvas.getContext('2d').getImageData(at.x + frame.left - box.left, at.y + frame.top - box.top, 24, 1).data;
    return [...line].filter((_, place) => place % 4 === 3)"""
    for result, hatched in (("not_assessed", True), ("clear", False)):
        facts["sites"].loc[site, "result"] = result
        path.write_text(inspection_map(**facts), encoding="utf-8")
        open_page(desktop, path)
        found = desktop.execute_script(alpha, float(lon), float(lat))
        assert (min(found) == 0 and max(found) > 100) == hatched, found
        assert hatched or len(set(found)) == 1
