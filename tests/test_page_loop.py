"""The whole loop: a map, a visit recorded on it, its file, the ledger, the next map that shows it; then a contradiction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from typer.testing import CliRunner

from scripts.headwater import app
from tests.browser import complaints_of, open_page, requests_of, wait_for
from tests.field_work import begin, camera_photo, finish, kept, open_list, press, saved_file
from tests.page_fixtures import open_anew, text, texts
from tests.projects import small_project

DAY = "2017-11-30"  # of inspection, as in the project
SITE = "R1"


class Loop:
    """A project, and the browser that its maps are opened in."""

    def __init__(self, folder: Path, driver: WebDriver) -> None:
        self.project, self.driver, self.saved = folder / "it", driver, folder / "saved"
        self.saved.mkdir()
        small_project(self.project)

    def command(self, *words: str) -> dict[str, Any]:
        """What a command of ours tells as JSON; it must have worked."""
        done = CliRunner().invoke(app, [*words, "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def run(self) -> Path:
        """The map of a run, as a copy that stays as it is."""
        self.command("run", str(self.project))
        page = self.saved / f"map-{len(list(self.saved.iterdir()))}.html"
        page.write_bytes((self.project / "output" / "inspection.html").read_bytes())
        return page

    def visit(self, person: str, hour: int, status: str, note: str, photo: Path | None = None) -> Path:
        """The file of one visit of the site, recorded on the page that is open."""
        begin(self.driver, SITE)
        self.driver.execute_script(
            """const [time, status] = arguments;
            document.querySelector(`.visitform input[value="${status}"]`).click();
            const box = document.querySelector('.visitform input[type="datetime-local"]');
            box.value = time;
            box.dispatchEvent(new Event('change'));""",
            f"{DAY}T{hour:02d}:00:00",
            status,
        )
        box = self.driver.find_element(By.ID, "visit-inspector")
        box.clear()
        box.send_keys(person)
        self.driver.find_element(By.ID, "visit-note").send_keys(note)
        if photo:
            self.driver.find_element(By.ID, "visit-gallery").send_keys(str(photo))
            wait_for(self.driver, "return document.querySelector('.visitform .visitphoto img')?.src")
        kept(self.driver)
        finish(self.driver)
        open_list(self.driver, SITE)
        path = self.saved / f"{person}.json"
        folder = self.saved / person
        folder.mkdir()
        path.write_text(saved_file(self.driver, folder, '[data-hand="save"]'), "utf-8")
        return path

    def merge(self, *files: Path) -> None:
        self.command("survey", "merge", str(self.project), *map(str, files))

    def look(self, page: Path) -> str:
        """What the drawer of the site says on that map."""
        open_page(self.driver, page)  # type: ignore[arg-type]
        self.driver.execute_script("headwater.select(arguments[0])", SITE)
        assert (complaints_of(self.driver), requests_of(self.driver)) == ([], [])  # type: ignore[arg-type]
        return text(self.driver, "#detail")


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory, desktop: WebDriver) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("loop")
    desktop.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Shanghai"})
    yield Loop(folder, desktop)
    desktop.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_from_the_map_to_the_ledger_and_back(loop: Loop, tmp_path: Path) -> None:
    driver = loop.driver
    first = loop.run()
    open_anew(driver, first)
    assert "未达到序时进度" in loop.look(first)
    survey = loop.visit("王五", 9, "completed", "排口已封堵", camera_photo(tmp_path / "a.jpg", 640, 480))
    (record,) = json.loads(survey.read_text("utf-8"))["records"]
    assert record["base_revision"] == 1  # what the office's table says
    loop.merge(survey)
    second = loop.run()

    told = loop.look(second)
    assert texts(driver, "#detail .said strong")[1] == "已完成整改"
    assert text(driver, "#detail .said .since").endswith("王五")
    assert "排口已封堵" in text(driver, "#detail .history") and "照片 1 张" in told and "王五.json" in told
    assert texts(driver, "#detail .photos figcaption") == [f"巡查{DAY} 09:00 王五 · a.jpg"]
    assert driver.execute_script("return document.querySelector('#detail .photos img').naturalWidth") > 100
    assert texts(driver, "#detail .visits .tag") == ["已入账"]
    assert text(driver, "#since").startswith(f"问题较 {DAY}：")
    driver.execute_script("document.querySelector('.tablebar').click(); headwater.filter({change: 'contradiction'})")
    assert texts(driver, "#table .rows .cell.site_id") == [SITE]  # reported completed, and still in violation
    assert texts(driver, "#table .rows .cell.change") == ["台账与现状矛盾"]
    press(driver, '#legend [data-layer="changes"]')
    assert "台账与现状矛盾1" in text(driver, '[data-group="map-layers"]')

    # A second inspector was out with the first map.
    open_anew(driver, first)
    stale = loop.visit("赵六", 15, "on_schedule", "仍在施工")
    loop.merge(stale)
    third = loop.run()
    told = loop.look(third)
    assert texts(driver, "#detail .conflict .sides p:first-child") == [f"{DAY} 09:00 王五", f"{DAY} 15:00 赵六"]
    assert texts(driver, "#detail .said strong")[1] == "未达到序时进度"  # neither has effect
    driver.execute_script("headwater.filter({flags: 'conflict'})")
    assert driver.execute_script("return headwater.counts.shown") == 1

    # A person decides, by the command that the page gives.
    command = text(driver, "#detail .conflict code").split()
    assert command[:3] == ["headwater", "ledger", "set"]
    known = {"PROJECT": str(loop.project), "STATUS": "completed", "NAME": "主任", "TEXT": "以封堵照片为准"}
    loop.command(*(known.get(word, word) for word in command[1:]), "--on", DAY)
    told = loop.look(loop.run())
    assert not texts(driver, "#detail .conflict")
    assert texts(driver, "#detail .said strong")[1] == "已完成整改"
    assert text(driver, "#detail .said .since").endswith("主任")
    assert "裁定：已完成整改以封堵照片为准主任" in text(driver, "#detail .history")
    driver.execute_script("headwater.filter({})")
