"""What the tests of the field share: a place to stand, a photo with what cameras write into it, files that were handed in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import PATIENCE, wait_for

RECORD = {
    "uuid", "layer", "site_id", "base_revision", "build_id", "visited_at", "inspector", "observed", "note", "position", "photos",
}  # fmt: skip


def stand(driver: WebDriver, lon: float, lat: float, accuracy: float = 10.0, **more: float) -> None:
    """Puts the device there, with the user's leave."""
    driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["geolocation"]})
    place = {"longitude": lon, "latitude": lat, "accuracy": accuracy, **more}
    driver.execute_cdp_cmd("Emulation.setGeolocationOverride", place)


def press(driver: WebDriver, selector: str) -> None:
    """Clicks it, wherever it is."""
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def told(driver: WebDriver, selector: str) -> str:
    """The text of all that matches."""
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent).join('\\n')"
    return str(driver.execute_script(script, selector))


def wait_told(driver: WebDriver, selector: str, part: str) -> str:
    """The text there as soon as it has `part` in it."""
    WebDriverWait(driver, PATIENCE, poll_frequency=0.05).until(lambda one: part in told(one, selector))
    return told(driver, selector)


def forget(driver: WebDriver) -> None:
    """Takes away what earlier tests left in the browser's stores; the page must not be open."""
    driver.get("about:blank")
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "file:///", "storageTypes": "all"})


def camera_photo(path: Path, width: int, height: int) -> Path:
    """A photo as a phone writes it: lying on its side (orientation 6), with position and maker in its EXIF block."""
    from PIL import Image

    picture = Image.new("RGB", (width, height), (30, 90, 200))
    picture.paste((220, 30, 30), (0, 0, width // 2, height // 2))  # the corner at the top left, as it lies
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CANARY-MAKER"
    exif.get_ifd(0x8825)[2] = (26.0, 28.0, 30.0)
    picture.save(path, "JPEG", quality=92, exif=exif)
    data = path.read_bytes()
    assert b"Exif" in data and b"CANARY-MAKER" in data
    return path


def small_png(shade: int) -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))

    import zlib

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes([0, shade])))
        + chunk(b"IEND", b"")
    )


def photo(data: bytes, name: str = "a.png") -> dict[str, str]:
    return {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "data": base64.b64encode(data).decode()}


def visit(number: int, site_id: str = "R-000", **changes: Any) -> dict[str, Any]:
    """A record of a survey file."""
    return {
        "uuid": f"00000000-0000-4000-8000-{number:012d}", "site_id": site_id, "layer": "remediation_sites",
        "base_revision": 0, "build_id": "b-0", "visited_at": "2017-12-01T09:30:00+08:00", "inspector": "赵六",
        "observed": {
            "status": "behind", "result": "violation",
            "checklist": [{"rule_id": "CN-OUT-01", "item": "水样", "done": True, "remark": "两瓶"}],
        },
        "note": "排口仍在排水", "position": {"lon": 104.8, "lat": 26.47, "accuracy_m": 8.5, "source": "own"}, "photos": [],
    } | changes  # fmt: skip


def survey(*records: dict[str, Any], **changes: Any) -> str:
    head = {"format": "headwater-survey", "version": 1, "build_id": "b-0", "records": list(records)}
    return json.dumps(head | changes, ensure_ascii=False)


def check_survey(text: str) -> list[dict[str, Any]]:
    """The records of a survey file, each judged by the letter of the specification."""
    file = json.loads(text)
    assert list(file) == ["format", "version", "build_id", "records"]
    assert (file["format"], file["version"]) == ("headwater-survey", 1)
    assert isinstance(file["build_id"], str) and file["build_id"]
    for record in file["records"]:
        assert set(record) == RECORD
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", record["uuid"])
        assert type(record["base_revision"]) is int and record["base_revision"] >= 0
        assert datetime.fromisoformat(record["visited_at"]).utcoffset() is not None
        assert record["site_id"] and record["layer"] and record["inspector"]
        assert set(record["observed"]) == {"status", "result", "checklist"}
        for item in record["observed"]["checklist"]:
            assert set(item) == {"rule_id", "item", "done", "remark"} and type(item["done"]) is bool
        if record["position"] is not None:
            assert {"lon", "lat", "accuracy_m"} <= set(record["position"])
        for one in record["photos"]:
            assert set(one) == {"name", "sha256", "data"}
            data = base64.b64decode(one["data"], validate=True)
            assert hashlib.sha256(data).hexdigest() == one["sha256"]
    return list(file["records"])


def saved_file(driver: WebDriver, folder: Path, act: str) -> str:
    """The text of the file that the page saves when `act` is pressed."""
    before = set(folder.iterdir())
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    press(driver, act)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        new = [path for path in set(folder.iterdir()) - before if path.suffix == ".json"]
        if new:
            return new[0].read_text("utf-8")
        time.sleep(0.05)
    raise AssertionError("no file was saved")


def take(driver: WebDriver, path: Path, text: str) -> str:
    """What the page says when it is given this file to read."""
    path.write_text(text, "utf-8")
    script = "window.before = document.querySelector('#field .outcome'); return true"
    wait_for(driver, script)
    driver.find_element("id", "survey-file").send_keys(str(path))
    wait_for(
        driver, "const now = document.querySelector('#field .outcome'); return now !== window.before && now.textContent"
    )
    return told(driver, "#field .outcome")


PERSON = "王五"


@contextmanager
def stubbed(driver: WebDriver, script: str) -> Iterator[None]:
    """Pages opened meanwhile find this done before they begin."""
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


def begin(driver: WebDriver, site_id: str = "R-000") -> None:
    driver.execute_script("headwater.select(arguments[0])", site_id)
    press(driver, "#detail .doing .record")


def kept(driver: WebDriver) -> None:
    wait_told(driver, "#visit-saved", "已保存在本机")
    driver.execute_async_script("setTimeout(arguments[0], 50)")


def record_visit(driver: WebDriver, site_id: str = "R-000", note: str = "看过了") -> None:
    begin(driver, site_id)
    box = driver.find_element(By.ID, "visit-inspector")
    box.clear()
    box.send_keys(PERSON)
    driver.find_element(By.ID, "visit-note").send_keys(note)
    kept(driver)
    finish(driver)


def finish(driver: WebDriver) -> None:
    press(driver, ".visitform .ends .main")
    wait_for(driver, "return !document.querySelector('.visitform') && document.querySelector('#detail .visit.done')")


def open_list(driver: WebDriver, site_id: str = "R-000") -> None:
    driver.execute_script("headwater.select(arguments[0])", site_id)
    press(driver, "#detail .close")
    driver.execute_script("document.querySelector('#visitbar').hidden = false")
    press(driver, "#visitbar")
    wait_for(driver, "return document.querySelector('#field .handing')")


def lines(driver: WebDriver) -> list[str]:
    script = "return [...document.querySelectorAll('#field .allvisits li')].map((one) => one.textContent)"
    return list(driver.execute_script(script))
