"""What the drawer and the popup say of one site, section or zone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from maps.inspection import inspection_map
from tests.browser import complaints_of, open_page
from tests.map_frames import HOSTILE, small, widened
from tests.page_fixtures import text, texts


def float_or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def test_detail_says_result_status_article_remedy_deadline_and_unit(opened: WebDriver) -> None:
    opened.execute_script("headwater.select('R-000')")
    told = text(opened, "#detail")
    for part in (
        "违规",
        "未启动",
        "逾期",
        "保护区内设置排污口",
        "距边界 42 m",
        "第六十五条",
        "责令拆除或者关闭",
        "2017-09-30",
        "钟山区生态环境分局",
        "张三",
    ):
        assert part in told, part
    # The popup leaves the map to be seen.
    assert text(opened, ".leaflet-popup-content p") == "违规 · 未启动逾期"
    opened.execute_script("document.querySelector('#detail .linked .hit').click()")
    assert "S-001" in text(opened, "#detail .kicker")
    assert "R-000" in text(opened, "#detail .linked")


# Result, relation, margin, accuracy of site and zone in metres, and what is said of them.
MARGINS = [
    ("violation", "inside", 42.25, (10, 5), "位置误差超过 42 米时结论才会改变"),
    ("violation", "inside", 7.0, (5, None), "位置误差超过 7 米时结论才会改变"),
    ("check", "inside", 42.25, (10, 5), "位置误差超过 42 米时结论才会改变"),  # for another reason than the position
    ("check", "inside", 42.25, (30, 15), ""),
    ("check", "inside", 0.0, (None, None), ""),
    ("violation", "within", 120.0, (10, None), "点位移动 120 米以上结论才会改变"),
    ("check", "within", 120.0, (10, None), ""),
]


def test_the_margin_is_told_only_where_it_is_one(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    subjects = facts["sites"][facts["sites"]["layer"] == "pollution_sources"].index[: len(MARGINS)]
    findings = facts["findings"].iloc[[0] * len(MARGINS)].reset_index(drop=True)
    findings["subject_id"] = facts["sites"].loc[subjects, "site_id"].to_numpy()
    findings["subject_layer"] = "pollution_sources"
    findings[["result", "relation", "margin_m"]] = [one[:3] for one in MARGINS]
    findings["zone_id"] = facts["zones"]["zone_id"].iloc[: len(MARGINS)].to_numpy()
    facts["findings"] = findings
    for name, rows, place in (("sites", subjects, 0), ("zones", facts["zones"].index[: len(MARGINS)], 1)):
        facts[name].loc[rows, "located_to_metres"] = [float_or_nan(one[3][place]) for one in MARGINS]
    path = tmp_path / "margin.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    told = []
    for site in findings["subject_id"]:
        desktop.execute_script("headwater.select(arguments[0])", site)
        told.append([line for line in texts(desktop, "#detail .finding .line") if line.startswith("余量")])
    assert told == [["余量" + said] if said else [] for *_, said in MARGINS]


def test_the_remedy_of_a_check_is_one_if_it_is_confirmed(opened: WebDriver) -> None:
    ids = "headwater.filter({result: [arguments[0]]}); return document.querySelector('[data-site-id]').dataset.siteId"
    for result, remedy in (("violation", "处置责令拆除或者关闭"), ("check", "处置（须先核实）责令拆除或者关闭")):
        opened.execute_script("headwater.select(arguments[0])", opened.execute_script(ids, result))
        assert remedy in texts(opened, "#detail .finding .line")
    opened.execute_script("headwater.language('en')")
    assert "Remedy (verify first)Order demolition or closure" in texts(opened, "#detail .finding .line")


def test_the_note_of_a_rule_is_folded_under_the_finding(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small(names=HOSTILE)
    facts["run"]["rules"]["CN-OUT-01"] |= {"note": {"zh": f"罚款{HOSTILE[3]}", "en": "A fine"}}
    path = tmp_path / "note.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('R-000')")  # broken: CN-OUT-01 with a note, CN-BLD-02 without
    assert len(texts(desktop, "#detail .finding")) == 2
    assert texts(desktop, "#detail .note p") == [f"罚款{HOSTILE[3]}"]
    note = desktop.find_element(By.CSS_SELECTOR, "#detail .note p")
    assert not note.is_displayed()
    desktop.find_element(By.CSS_SELECTOR, "#detail .note summary").click()
    assert note.is_displayed()
    desktop.execute_script("headwater.language('en')")
    assert texts(desktop, "#detail .note > *") == ["Notes", "A fine"]


def test_a_clear_site_says_where_it_lies(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    clear = facts["sites"].index[facts["sites"]["result"] == "clear"]
    facts["sites"].loc[clear[0], "strictest_level"] = "quasi"
    path = tmp_path / "clear.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    for site_id, place in zip(
        facts["sites"]["site_id"][clear[:2]], ("所在保护区：准保护区。", "不在任何保护区内。"), strict=True
    ):
        desktop.execute_script("headwater.select(arguments[0])", site_id)
        assert texts(desktop, "#detail .clear p")[1:] == [place]
        assert "已评估" in text(desktop, "#detail .clear .sentence")


def test_what_was_computed_stands_in_words_and_not_among_the_original_data(tmp_path: Path, desktop: WebDriver) -> None:
    facts = small()
    of_remediation = facts["sites"]["layer"] == "remediation_sites"
    found = facts["sites"].index[facts["sites"]["result"].eq("violation") & of_remediation][0]
    facts["sites"].loc[found, "strictest_level"] = "quasi"
    facts["sites"]["share_in_zones"] = 0.25
    facts["zones"]["fence"] = "false"
    path = tmp_path / "computed.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select(arguments[0])", facts["sites"].loc[found, "site_id"])
    assert "在保护区内的部分25.0 %" in text(desktop, "#detail") and "所在保护区准保护区" in text(desktop, "#detail")
    assert not {"share_in_zones", "在保护区内的部分", "所在保护区"} & set(texts(desktop, "#detail .raw dt"))
    desktop.execute_script("headwater.language('en')")
    assert text(desktop, "#detail .kicker").startswith("remediation site ·")  # one of them
    desktop.execute_script("headwater.language('zh')")
    desktop.execute_script("headwater.select(arguments[0])", facts["zones"]["zone_id"].iloc[0])
    assert "隔离防护否" in text(desktop, "#detail") and "fence" not in text(desktop, "#detail")


def test_a_finding_tells_penalty_and_evidence_once_for_its_rule(tmp_path: Path, desktop: WebDriver) -> None:
    facts = widened()
    twice = facts["findings"][facts["findings"]["subject_id"] == "R-000"].iloc[:1].assign(zone_id="Z-0-2")
    facts["findings"] = pd.concat([facts["findings"], twice], ignore_index=True)
    facts["run"]["rules"]["CN-OUT-01"]["evidence"][1]["zh"] = HOSTILE[3]
    path = tmp_path / "evidence.html"
    path.write_text(inspection_map(**facts), encoding="utf-8")
    open_page(desktop, path)
    desktop.execute_script("headwater.select('R-000')")
    assert len(texts(desktop, "#detail .finding")) == 3
    assert texts(desktop, "#detail .evidence li") == ["排口照片", HOSTILE[3]]
    assert desktop.find_element(By.CSS_SELECTOR, "#detail .evidence li").is_displayed()
    penalties = [line for line in texts(desktop, "#detail .finding .line") if line.startswith("罚则")]
    assert penalties == ["罚则处十万元以上一百万元以下罚款"]
    unchecked = [line for line in texts(desktop, "#detail .finding .line") if line.endswith("条款待核对")]
    assert len(unchecked) == 2  # both findings of the rule whose citation nobody has compared with the law
    desktop.execute_script("headwater.select('Z-2-2')")  # the citation says so itself
    assert texts(desktop, "#detail .finding .unchecked") == []
    desktop.execute_script("headwater.language('en'); headwater.select('R-000')")
    assert "Photo of the outlet" in texts(desktop, "#detail .evidence li")
    assert complaints_of(desktop) == []


def test_findings_without_a_zone_or_a_site_are_shown_and_counted(widely: WebDriver) -> None:
    widely.execute_script("headwater.select('R-003')")
    assert "R-003 的记录不符" in text(widely, "#detail") and "null" not in text(widely, "#detail")
    for subject, findings in (("D-4", 1), ("Z-1-1", 2)):
        widely.execute_script("headwater.select(arguments[0])", subject)
        assert texts(widely, "#detail .sentence") == [f"{subject} 的记录不符"] * findings
    assert "起始日期2012-01-01" in text(widely, "#detail")
    assert "黔府函〔2016〕12号" in text(widely, "#detail")
    assert text(widely, '[data-group="subjects"] summary') == "保护区与断面的问题（4）"
    widely.find_element(By.CSS_SELECTOR, '[data-group="subjects"] summary').click()
    told = texts(widely, '[data-group="subjects"] .hit small')
    assert len(told) == 3 and told[0].startswith("D-4") and told[0].endswith("违规")  # the worst first
    widely.find_element(By.CSS_SELECTOR, '[data-group="subjects"] .hit').click()
    assert "D-4" in text(widely, "#detail .kicker")
    widely.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert sum("Z-1-1 的记录不符" in one for one in texts(widely, "#paper .told p")) == 2
    widely.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert complaints_of(widely) == []
