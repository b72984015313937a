"""A Python that is new enough, found and started where the one at hand is too old.

This file is read by old Pythons, so that they can say what is missing: its syntax is that of 3.6.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
ASK = "import sys; print(sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)"
MESSAGE = """\
需要 Python 3.11 或更新版本，当前为 {found}，且未找到更新的版本。
  Debian/Ubuntu: sudo apt-get install python3.11 python3.11-venv    macOS: brew install python@3.13
  Windows: winget install Python.Python.3.13
Python 3.11 or newer is needed; this is {found}, and no newer one was found (looked for {names}).
Install one as shown above, then give the same command again."""


def restart_if_too_old() -> None:
    """Nothing; where this Python is too old the same command goes on in a newer one, or ends with advice."""
    if sys.version_info >= OLDEST:
        return
    newer = _find()
    if newer is None:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(MESSAGE.format(found=found, names=", ".join(NAMES)))
    command = [newer] + sys.argv  # noqa: RUF005 - kept readable for old Pythons
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(newer, command)  # noqa: S606


def _find() -> "str | None":
    """The path of the newest Python on this machine that is new enough and starts, or None."""
    asked = [[path] for path in map(shutil.which, NAMES) if path]
    if shutil.which("py"):
        asked += [["py", "-" + name[len("python") :]] for name in NAMES]
    for command in asked:
        try:
            answer = subprocess.run(command + ["-c", ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: PLW1510, RUF005
        except OSError:
            continue
        if answer.returncode == 0:
            return answer.stdout.decode(sys.getfilesystemencoding()).strip()
    return None
