"""Make the checkout ready and run its example: `python3 scripts/start_demo.py [DIR]`.

Needs only Python and git; writes the example project into DIR (default `liupanshui`) and ends
with the path of its map, `inspection.html`. Old Pythons read this file: its syntax is that of 3.6.
"""

import os
import subprocess
import sys

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]  # noqa: PTH100, PTH120

from scripts.newer_python import restart_if_too_old

USAGE = """\
用法：python3 scripts/start_demo.py [目录]    默认目录：liupanshui
usage: python3 scripts/start_demo.py [DIR]    default: liupanshui"""


def main() -> int:
    """The exit code of `headwater demo`, after the `.venv` was made or found ready."""
    restart_if_too_old()
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(USAGE)
        return 0
    from scripts.set_up import DEMO_LOCK, make_ready, say

    python = make_ready(DEMO_LOCK)
    say("正在运行示例", "Running the example")
    # -P: a folder named `scripts` where the user stands must not be taken for ours.
    return subprocess.call([str(python), "-P", "-m", "scripts.headwater", "demo"] + arguments)  # noqa: RUF005


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
