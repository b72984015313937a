"""gis.scratch: folders for a moment; what killed processes left is taken away, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gis import scratch as module
from gis.scratch import Scratch, scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
_KILLED = "import os, signal; from gis.scratch import Scratch; print(Scratch().path); os.sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    module._clear_litter.cache_clear()


def aged(path: Path) -> None:
    os.utime(path, (1e9, 1e9))


def test_a_folder_lasts_as_long_as_its_block(tmp_path: Path) -> None:
    with scratch() as folder:
        (folder / "a").write_bytes(b"a")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_and_all_else_stays(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _KILLED], capture_output=True, encoding="utf-8", check=False)
    left = Path(ran.stdout.strip())
    (left / "photo").write_bytes(b"x")
    living = Scratch()
    users = [tmp_path / name for name in ("headwater-eg", "headwater-scratch-of mine", "headwater-scratch-12345678x")]
    for folder in users:
        folder.mkdir()
    link = tmp_path / "headwater-scratch-abcdefgh"
    link.symlink_to(users[0])
    for path in (living.path, *users):
        aged(path)
    module._clear_litter.cache_clear()
    with scratch():
        assert left.is_dir()  # too young to be sure
    aged(left)
    module._clear_litter.cache_clear()
    with scratch():
        assert not left.exists()
    assert living.path.is_dir() and link.is_symlink() and all(one.is_dir() for one in users)
    living.end()
    living.end()
    assert not living.path.exists()
