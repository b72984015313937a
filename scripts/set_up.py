"""The `.venv` of a checkout: made from a lock, known to be whole by its stamp, repaired where it is not.

Standard library only, as it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
DEMO_LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"
# The lock of two starts at once stands inside .venv and is the one thing a repair leaves there.
HELD = VENV / "set-up.held"


def say(zh: str, en: str) -> None:
    """Nothing; one line of progress in both languages, on stderr."""
    print(f"{zh} · {en}", file=sys.stderr, flush=True)


def venv_python() -> Path:
    """The Python inside `.venv`, whether it is there yet or not."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_ready(lock: str) -> Path:
    """The Python of a `.venv` that holds exactly what `lock` pins and this project, editable.

    With an unchanged lock nothing is started but that Python, once, to see that it still runs.
    Whatever was left half-made is made anew. Ends the program with advice where it cannot be done.
    """
    if _is_whole(lock):
        return venv_python()
    VENV.mkdir(exist_ok=True)
    with _alone():
        if not _is_whole(lock):  # another start may have done it while this one waited
            _install(lock)
    return venv_python()


def has_root_and_apt() -> bool:
    """Whether this is a Debian-like machine on which packages may be installed."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Whether apt-get has installed all of `packages`, its lists refreshed first."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]]
    return all(subprocess.call(command, env=environment, stdout=sys.stderr) == 0 for command in commands)


def _stamp(lock: str) -> Path:
    return VENV / f"{lock}.stamp"


def _digest(lock: str) -> str:
    """What a stamp says: lock, project, Python and place; an editable install is bound to its folder."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform} {ROOT}".encode())
    for name in (lock, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _is_whole(lock: str) -> bool:
    try:
        if _stamp(lock).read_text("ascii") != _digest(lock):
            return False
        return subprocess.call([venv_python(), "-I", "-S", "-c", ""], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _install(lock: str) -> None:
    kept = [name for name in (DEMO_LOCK, TEST_LOCK) if _is_whole(name)]
    for stamp in VENV.glob("*.stamp"):  # from here on, until the end, a killed install is seen as one
        stamp.unlink()
    if not kept:
        _make_empty_venv()
    say("正在安装依赖（首次约需几分钟）", "Installing dependencies (a few minutes the first time)")
    _pip("--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / lock))
    say("正在安装 Headwater", "Installing Headwater")
    _pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    for name in {*kept, lock}:
        unfinished = _stamp(name).with_suffix(".new")
        unfinished.write_text(_digest(name), "ascii")
        unfinished.replace(_stamp(name))


def _make_empty_venv() -> None:
    _need_venv_module()
    say("正在创建 .venv", "Making .venv")
    try:
        _clear()
    except OSError as error:  # Windows deletes nothing that is in use
        sys.exit(
            f"无法清空 .venv：{error}\n请关闭正在使用它的程序（或执行 deactivate）后重试。\n"
            f"The .venv could not be emptied: {error}\nEnd the programs that use it (or deactivate it) and try again."
        )
    # The Python below any .venv that is active: ours may be the one that was just emptied.
    base = getattr(sys, "_base_executable", None) or sys.executable
    if subprocess.call([base, "-m", "venv", VENV]):
        sys.exit("无法创建 .venv，见上文。\nThe .venv could not be made; see above.")


def _clear() -> None:
    for path in VENV.iterdir():
        if path == HELD:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _need_venv_module() -> None:
    """Nothing; Debian ships `venv` and `ensurepip` in a package of their own, which is fetched or named."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if has_root_and_apt():
        say(f"正在安装 {package}", f"Installing {package}")
        if apt_install(package):
            return
    sys.exit(
        f"此 Python 缺少 venv 模块。请先执行：sudo apt-get install {package}，再重试。\n"
        f"This Python lacks its venv module. First run: sudo apt-get install {package}, then try again."
    )


def _pip(*arguments: str) -> None:
    # --no-user: a `user = true` in somebody's pip configuration must not lead out of the .venv.
    # --no-compile: 85 MB of bytecode, most of it never imported; Python keeps what it does import.
    fixed = ["-m", "pip", "install", "--no-user", "--no-compile", "--disable-pip-version-check"]
    if not sys.stderr.isatty():
        fixed.append("--quiet")
    if subprocess.call([venv_python(), *fixed, *arguments], stdout=sys.stderr):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        sys.exit(
            f"安装失败（原因见上文；本机为 Python {version}，支持 3.11–3.14）。检查网络后重试，已完成的下载不会丢失。\n"
            f"The installation failed (why: see above; this is Python {version}, 3.11 to 3.14 are supported). "
            "Check the network and try again; finished downloads are kept."
        )


@contextmanager
def _alone() -> Iterator[None]:
    """A stretch that only one process at a time is in; the system frees it when a process dies."""
    with HELD.open("a+b") as held:
        told = False
        while not _try_to_hold(held.fileno()):
            if not told:
                say("另一个进程正在安装，等待中", "Another start is installing; waiting for it")
                told = True
            time.sleep(0.2)
        yield


def _try_to_hold(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
