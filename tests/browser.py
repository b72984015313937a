"""A real browser for the tests: finds Chrome, Chromium or Edge, opens pages, hears what they ask for and complain of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN", "--force-device-scale-factor=1",
)  # fmt: skip
PATIENCE = 20


def browser_path() -> str | None:
    """The browser's program, or None where there is none."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in (*found, *PLACES) if path and Path(path).exists()), None)


def need_browser() -> None:
    """Skips the test where there is no browser, which the end of the output tells; in CI that is a failure."""
    if browser_path():
        return
    if os.environ.get("CI"):
        pytest.fail("no Chrome, Chromium or Edge found: the tests of the map page cannot run")
    pytest.skip("no Chrome, Chromium or Edge found")


@contextmanager
def browser(
    width: int = 1440, height: int = 900, *, scripts: bool = True, touch: bool = False
) -> Iterator[webdriver.Chrome]:
    """A headless browser with a new empty profile; `touch` makes it a phone, without `scripts` it runs none."""
    with TemporaryDirectory() as profile:
        options = Options()
        options.binary_location = str(browser_path())
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver_path = shutil.which("chromedriver")
        driver = webdriver.Chrome(options=options, service=Service(driver_path) if driver_path else Service())
        try:
            metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if touch else 1, "mobile": touch}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            if touch:
                driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
            yield driver
        finally:
            driver.quit()


def open_page(driver: webdriver.Chrome, path: Path) -> None:
    """Opens the file and waits until the page says that it can be used."""
    driver.get("about:blank")
    # What the browser's own start page asked for, and what a test did to the page before, is not ours.
    driver.get_log("performance")
    driver.get_log("browser")
    driver.get(path.resolve().as_uri())
    try:
        wait_for(driver, "return performance.getEntriesByName('headwater:complete').length > 0")
    except TimeoutException:
        pytest.fail(f"the page did not open: {complaints_of(driver)}")


def wait_for(driver: webdriver.Chrome, script: str) -> Any:
    """What `script` returns as soon as it is not false."""
    return WebDriverWait(driver, PATIENCE, poll_frequency=0.05).until(lambda one: one.execute_script(script))


def requests_of(driver: webdriver.Chrome) -> list[str]:
    """Every address the page asked for but its own, from the network log and from its own records."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    recorded = driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    own = driver.current_url.split("#")[0]
    return [url for url in (*asked, *recorded) if not url.startswith(("data:", "blob:")) and url.split("#")[0] != own]


def complaints_of(driver: webdriver.Chrome) -> list[str]:
    """Every warning and error of the page's console, a blocked script or a broken policy included."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]
