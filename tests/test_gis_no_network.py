"""gis.no_network: what a process gave up it does not get back, in no thread."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import os, socket, subprocess, threading
from gis.no_network import give_up_network

def tried():
    told = []
    for way in (socket.socket, lambda: subprocess.run(["true"]), lambda: os.execv("/bin/true", ["true"])):
        try:
            way()
            told.append("done")
        except PermissionError:
            told.append("refused")
    return told

go, answers = threading.Event(), []
thread = threading.Thread(target=lambda: (go.wait(), answers.append(tried())))
thread.start()  # before: it gives up the same
print(give_up_network(), tried())
go.set()
thread.join()
print(answers, open(__file__).read(5) if "__file__" in globals() else open("/proc/self/status").read(5))
"""


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"), reason="only Linux has seccomp"
)
def test_no_socket_and_no_program() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    refused = ["refused"] * 3
    assert done.stdout.splitlines() == [f"True {refused}", f"[{refused}] Name:"]
