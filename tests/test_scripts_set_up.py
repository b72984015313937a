"""The set-up of a checkout: nothing is installed twice, nothing half-made is taken for whole."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts import newer_python, run_tests, set_up

Installed = list[list[str]]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two locks and a project file, which set_up takes for its checkout."""
    for name in (set_up.DEMO_LOCK, set_up.TEST_LOCK, "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n")
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setattr(set_up, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(set_up, "HELD", tmp_path / ".venv" / "set-up.held")
    return tmp_path


@pytest.fixture
def installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """The argument lists pip was called with; the environment itself is an empty, runnable stand-in."""
    if sys.platform == "win32":
        pytest.skip("the stand-in is a symbolic link, which Windows keeps to administrators")
    calls: Installed = []
    real = subprocess.call

    def call(command: list[str | Path], **more: object) -> int:
        if "venv" not in command:
            return real(command, **more)  # type: ignore[arg-type]
        set_up.venv_python().parent.mkdir(parents=True)
        set_up.venv_python().symlink_to(sys.executable)
        return 0

    monkeypatch.setattr(set_up.subprocess, "call", call)
    monkeypatch.setattr(set_up, "_pip", lambda *arguments: calls.append(list(arguments)))
    return calls


def test_first_start_installs_the_lock_with_hashes_then_the_project(checkout: Path, installed: Installed) -> None:
    assert set_up.make_ready(set_up.DEMO_LOCK) == set_up.venv_python()
    assert [arguments[-1] for arguments in installed] == [str(checkout / set_up.DEMO_LOCK), str(checkout)]
    assert "--require-hashes" in installed[0]


def test_second_start_installs_nothing(installed: Installed) -> None:
    set_up.make_ready(set_up.DEMO_LOCK)
    installed.clear()
    set_up.make_ready(set_up.DEMO_LOCK)
    assert installed == []


@pytest.mark.parametrize("name", [set_up.DEMO_LOCK, "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_anew_in_an_empty_venv(
    name: str, checkout: Path, installed: Installed
) -> None:
    set_up.make_ready(set_up.DEMO_LOCK)
    left = checkout / ".venv" / "left-over"
    left.touch()
    installed.clear()
    (checkout / name).write_text("# changed\n")
    set_up.make_ready(set_up.DEMO_LOCK)
    assert len(installed) == 2
    assert not left.exists()


def test_the_test_lock_goes_on_top_and_both_are_whole_then(checkout: Path, installed: Installed) -> None:
    set_up.make_ready(set_up.DEMO_LOCK)
    kept = checkout / ".venv" / "kept"
    kept.touch()
    set_up.make_ready(set_up.TEST_LOCK)
    installed.clear()
    set_up.make_ready(set_up.DEMO_LOCK)
    set_up.make_ready(set_up.TEST_LOCK)
    assert installed == []
    assert kept.exists()


def test_a_killed_install_is_begun_again_from_nothing(
    checkout: Path, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up.make_ready(set_up.DEMO_LOCK)

    def killed(*_: str) -> None:
        (checkout / ".venv" / "half").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(set_up, "_pip", killed)
        with pytest.raises(KeyboardInterrupt):
            set_up.make_ready(set_up.TEST_LOCK)
    installed.clear()
    set_up.make_ready(set_up.DEMO_LOCK)
    assert len(installed) == 2
    assert not (checkout / ".venv" / "half").exists()


def test_a_venv_whose_python_is_gone_is_made_anew(installed: Installed) -> None:
    set_up.make_ready(set_up.DEMO_LOCK)
    installed.clear()
    set_up.venv_python().unlink()
    set_up.make_ready(set_up.DEMO_LOCK)
    assert len(installed) == 2


def test_of_two_starts_at_once_one_installs(installed: Installed) -> None:
    starts = [threading.Thread(target=set_up.make_ready, args=(set_up.DEMO_LOCK,)) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(installed) == 2


def test_a_python_that_is_new_enough_goes_on() -> None:
    newer_python.restart_if_too_old()


def test_an_old_python_without_a_newer_one_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer_python.sys, "version_info", (3, 8, 1, "final", 0))
    monkeypatch.setattr(newer_python.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"(?s)需要 Python 3\.11.*this is 3\.8\.1"):
        newer_python.restart_if_too_old()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exec; a child process is started there")
def test_an_old_python_starts_the_newer_one_with_the_same_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(newer_python.sys, "version_info", (3, 8, 1, "final", 0))
    monkeypatch.setattr(newer_python.sys, "argv", ["start_demo.py", "somewhere"])
    monkeypatch.setattr(newer_python.shutil, "which", {"python3.12": sys.executable}.get)
    monkeypatch.setattr(newer_python.os, "execv", lambda *arguments: started.extend(arguments))
    newer_python.restart_if_too_old()
    assert started == [sys.executable, [sys.executable, "start_demo.py", "somewhere"]]


def test_a_browser_that_is_named_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "my-browser"
    named.touch()
    monkeypatch.setenv("HEADWATER_BROWSER", str(named))
    assert run_tests.find_browser() == str(named)


def test_in_ci_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(set_up, "make_ready", lambda _: Path(sys.executable))
    monkeypatch.setattr(set_up, "has_root_and_apt", lambda: False)
    monkeypatch.setattr(run_tests, "find_browser", lambda: None)
    with pytest.raises(SystemExit, match="There is no browser"):
        run_tests.main()
