"""A page opened in headless Chromium and measured: when it is ready, its frames while panning, how long answers take.

`ready` is the latest of: the load event, the end of the last task of more than 50 ms before half a second without one,
and the page's own mark `headwater:ready`, where it sets one. Milliseconds from the start of the navigation.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

DESKTOP, PHONE = (1440, 900), (390, 844)
PHONE_SLOWER = 4
QUIET = 500  # milliseconds without a long task
PATIENCE = 240  # seconds
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN",
    "--force-device-scale-factor=1",
)  # fmt: skip
# Runs before the page's own scripts; the page's policy does not hold for it.
WATCH = """
window.longTasks = [];
window.broken = [];
addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective));
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) longTasks.push([task.startTime, task.startTime + task.duration]);
}).observe({ type: 'longtask', buffered: true });
"""
STATE = """
const load = performance.getEntriesByType('navigation')[0].loadEventEnd;
const mark = performance.getEntriesByName('headwater:ready')[0]?.startTime ?? 0;
return [performance.now(), load, mark, longTasks];
"""
# Sixty steps of a drag, one a frame, there and back; the frames until the map has come to rest again.
PAN = """
const done = arguments[arguments.length - 1];
const box = document.querySelector('.leaflet-container').getBoundingClientRect();
const [x, y] = [box.left + box.width / 2, box.top + box.height / 3];
const target = document.querySelector('.leaflet-map-pane');
const fire = (type, step, on) => on.dispatchEvent(new MouseEvent(type, {
  bubbles: true, cancelable: true, view: window, button: 0, buttons: 1,
  clientX: x + Math.sin(step / 60 * Math.PI * 2) * box.width / 5,
  clientY: y + Math.sin(step / 60 * Math.PI) * box.height / 6,
}));
const frames = [];
let step = 0;
let last = 0;
fire('mousedown', 0, target);
requestAnimationFrame(function frame(now) {
  if (last) frames.push(now - last);
  last = now;
  step += 1;
  if (step <= 60) fire('mousemove', step, target);
  if (step === 61) fire('mouseup', 60, target);
  if (step > 80) done(frames); else requestAnimationFrame(frame);
});
"""
# `act` and then the frame that shows it, in milliseconds: the work itself, and until the next frame has begun.
TIMED = """
const done = arguments[arguments.length - 1];
const act = (step) => { /*act*/ };
const steps = arguments[0];
const found = [];
const next = (step) => {
  if (step === steps) return done(found);
  requestAnimationFrame(() => setTimeout(() => {
    const start = performance.now();
    try { act(step); } catch (fault) { return done(String(fault)); }
    const worked = performance.now();
    requestAnimationFrame(() => setTimeout(() => {
      found.push([worked - start, performance.now() - start]);
      next(step + 1);
    }));
    return undefined;
  }));
};
next(0);
"""


def browser_path() -> str | None:
    """The browser's program, or None where there is none."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


@contextmanager
def browser(*, phone: bool = False) -> Iterator[webdriver.Chrome]:
    """A new headless browser with an empty profile; a phone has a small screen, touch, and a slower processor."""
    width, height = PHONE if phone else DESKTOP
    with TemporaryDirectory() as profile:
        options = Options()
        options.binary_location = browser_path() or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.page_load_strategy = "none"
        path = shutil.which("chromedriver")
        driver = webdriver.Chrome(options=options, service=Service(path) if path else Service())
        driver.set_script_timeout(PATIENCE)
        try:
            size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            if phone:
                driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
                driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": PHONE_SLOWER})
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
            yield driver
        finally:
            driver.quit()


def opened(driver: webdriver.Chrome, path: Path, *, marks: bool = False) -> float:
    """Opens a page and waits until it is ready, for its own mark where it `marks` that; milliseconds that took."""
    driver.get("about:blank")
    driver.get_log("performance"), driver.get_log("browser")
    path.read_bytes()  # the disk is not what is measured
    driver.get(path.resolve().as_uri())
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(QUIET / 1000)
        if driver.current_url != path.resolve().as_uri():
            continue
        now, load, mark, tasks = driver.execute_script(STATE)
        quiet = max([load, mark, *(end for _, end in tasks)])
        if load and (mark or not marks) and now > quiet + QUIET:
            return float(max(load, mark, last_long(tasks, max(load, mark))))
    raise TimeoutError(f"{path.name} was not ready after {PATIENCE} s")


def last_long(tasks: list[list[float]], least: float) -> float:
    """The end of the last long task that began less than QUIET after the one before it, or after `least`.

    >>> last_long([[100, 300], [700, 800], [1400, 1500]], 250)
    800
    """
    end = least
    for start, stop in sorted(tasks):
        if start > end + QUIET:
            break
        end = max(end, stop)
    return end


def panned(driver: webdriver.Chrome) -> list[float]:
    """The milliseconds between frames while the map is dragged there and back and comes to rest."""
    frames: list[float] = driver.execute_async_script(PAN)
    return frames


def timed(driver: webdriver.Chrome, act: str, steps: int) -> list[list[float]]:
    """Of each step of `act` (JavaScript that knows its number as `step`): its own work, and until it is shown."""
    found = driver.execute_async_script(TIMED.replace("/*act*/", act), steps)
    if isinstance(found, str):
        raise RuntimeError(f"{act}: {found}")  # noqa: TRY004
    return list(found)


def share(values: list[float], part: float) -> float:
    """The value that `part` of the values do not exceed.

    >>> share([1, 2, 3, 4], 0.5)
    2
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(part * len(ordered) + 0.5) - 1))]


def complaints(driver: webdriver.Chrome, path: Path) -> dict[str, int]:
    """How many addresses the page asked for, console messages and broken policies there were since it was opened."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    own = path.resolve().as_uri()
    others = [url for url in asked if not url.startswith(("data:", "blob:")) and url.split("#")[0] != own]
    console = [entry for entry in driver.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]
    return {"requests": len(others), "console": len(console), "policy": len(driver.execute_script("return broken"))}


def calmer() -> None:
    """Takes precedence over other work of the machine, where that is allowed."""
    try:
        os.nice(-10)
    except OSError:
        return
