"""Make the checkout ready and run every check: `python3 scripts/run_tests.py [PYTEST ARGUMENTS]`.

ruff, mypy and pytest, in that order; all three are run whatever the first ones say. A browser,
PostGIS and strace are found, or on Debian with root installed. Old Pythons read this file: its syntax is that of 3.6.
"""

import glob
import os
import shutil
import subprocess
import sys

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]  # noqa: PTH100, PTH120

from scripts.newer_python import restart_if_too_old

# Where macOS and Windows keep browsers that are not on PATH.
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    r"%ProgramFiles%\Microsoft\Edge\Application\msedge.exe",
)
POSTGIS = "postgresql-15-postgis-3"  # Debian 12's
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def find_browser() -> "str | None":
    """The path of a Chrome, Chromium or Edge on this machine, or None; HEADWATER_BROWSER goes first."""
    named = [os.environ.get("HEADWATER_BROWSER", "")]
    paths = named + [shutil.which(name) or "" for name in NAMES] + [os.path.expandvars(place) for place in PLACES]
    return next((path for path in paths if path and os.path.isfile(path)), None)  # noqa: PTH113


def main() -> int:
    """0 where ruff, mypy and pytest are all content, else the exit code of the last that is not."""
    restart_if_too_old()
    from scripts.set_up import ROOT, TEST_LOCK, make_ready, say

    python = make_ready(TEST_LOCK)
    _provide_browser()
    _provide_postgis()
    _provide_strace()
    if find_browser() is None and os.environ.get("CI"):
        sys.exit("CI 中缺少浏览器，视为失败。\nThere is no browser; in CI that is a failure.")
    beside = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]  # files of tests side by side
    checks = [["ruff", "check", "."], ["mypy"], ["pytest", *beside, *sys.argv[1:]]]
    codes = []
    for check in checks:
        say("正在运行 " + check[0], "Running " + check[0])
        codes.append(subprocess.call([python, "-P", "-m", *check], cwd=ROOT))
    failed = [check[0] for check, code in zip(checks, codes, strict=True) if code]
    if failed[:-1] or (failed and not codes[-1]):  # pytest speaks for itself, the others are far up by now
        say("未通过：" + "、".join(failed), "Not passed: " + ", ".join(failed))
    return max(codes, default=0)


def _provide_browser() -> None:
    """Nothing; a browser with its driver and a Chinese font are installed where they can be and are missing."""
    from scripts.set_up import apt_install, has_root_and_apt, say

    if not has_root_and_apt():
        return
    wanted = []
    if find_browser() is None:
        wanted += ["chromium", "chromium-driver"]
    elif shutil.which("chromedriver") is None and shutil.which("chromium"):
        wanted += ["chromium-driver"]
    if wanted and not _has_chinese_font():
        wanted += ["fonts-wqy-zenhei"]
    if wanted:
        say("正在安装 " + " ".join(wanted), "Installing " + " ".join(wanted))
        if not apt_install(*wanted):
            say("未能安装，见上文", "Could not be installed, see above")


def _provide_postgis() -> None:
    """Nothing; PostGIS, which tests compare areas with, is installed where it can be and is missing."""
    from scripts.set_up import apt_install, has_root_and_apt, say

    if has_root_and_apt() and not glob.glob("/usr/share/postgresql/*/extension/postgis.control"):  # noqa: PTH207
        say("正在安装 " + POSTGIS, "Installing " + POSTGIS)
        if not apt_install(POSTGIS):
            say("未能安装，见上文", "Could not be installed, see above")


def _provide_strace() -> None:
    """Nothing; strace, which tells what reading opens, is installed where it can be and is missing."""
    from scripts.set_up import apt_install, has_root_and_apt, say

    if has_root_and_apt() and shutil.which("strace") is None:
        say("正在安装 strace", "Installing strace")
        if not apt_install("strace"):
            say("未能安装，见上文", "Could not be installed, see above")


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.check_output(["fc-list", ":lang=zh", "family"]).strip())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
