"""gis.exchange: a folder is replaced as a whole; readers and killed processes find the old files or the new ones."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

import gis.exchange
from gis.exchange import exchanged, recovered
from gis.write import Locked, exclusive_folder, replaced_together

posix = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be exchanged there")


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["exchange", "two renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way in which a folder is replaced."""
    if request.param == "two renames":
        monkeypatch.setattr(gis.exchange, "_system_call", lambda: None)
    return str(request.param)


def old_output(folder: Path) -> Path:
    out = folder / "out"
    (out / "marked").mkdir(parents=True)
    for name in ("map.html", "table.csv", "mine.txt", "marked/x.xlsx", "stale.csv"):
        (out / name).write_text("old")
    (out / "link").symlink_to("mine.txt")
    return out


def write_map(out: Path) -> None:
    with replaced_together(out) as staging:
        (staging / "map.html").write_text("new")


def test_a_folder_is_replaced_with_what_stays(tmp_path: Path, way: str) -> None:
    out = old_output(tmp_path)
    out.chmod(0o2770)
    inode = (out / "mine.txt").stat().st_ino
    with replaced_together(out, goes=lambda path: path.name == "stale.csv") as staging:
        for name in ("map.html", "table.csv", "new.csv"):
            (staging / name).write_text("new")
        assert (out / "map.html").read_text() == "old" and staging.parent == tmp_path
    new = dict.fromkeys(("map.html", "table.csv", "new.csv"), "new")
    assert files(out) == {**new, **dict.fromkeys(("mine.txt", "link", "marked/x.xlsx"), "old")}
    assert (out / "link").is_symlink() and (out / "mine.txt").stat().st_ino == inode
    assert out.stat().st_mode & 0o7777 == 0o2770
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@posix
def test_a_link_to_a_folder_stays_one(tmp_path: Path, way: str) -> None:
    old_output(tmp_path / "elsewhere")
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere" / "out")
    with exclusive_folder(tmp_path / "out"), replaced_together(tmp_path / "out") as staging:
        (staging / "map.html").write_text("new")
    assert (tmp_path / "out").is_symlink() and (tmp_path / "elsewhere" / "out" / "map.html").read_text() == "new"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["out"]


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EBUSY, errno.EPERM])
def test_a_folder_that_cannot_be_renamed_is_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fixed(*_: Path) -> bool:
        raise OSError(number, "something is mounted here")

    monkeypatch.setattr(gis.exchange, "exchanged", fixed)
    out = old_output(tmp_path)
    with replaced_together(out, goes=lambda path: path.name == "stale.csv") as staging:
        (staging / "map.html").write_text("new")
    assert files(out)["map.html"] == "new" and "stale.csv" not in files(out) and files(out)["mine.txt"] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"] and not list(out.glob(".*"))


def test_without_hard_links_what_stays_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    def refuse(*_: Path) -> None:
        raise OSError(errno.EPERM, "no such thing on this file system")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    out = old_output(tmp_path)
    before = files(out)
    with replaced_together(out) as staging:
        (staging / "map.html").write_text("new")
    assert files(out) == {**before, "map.html": "new"}


def test_what_others_write_meanwhile_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Also between the moment when the other files were taken along and the exchange."""
    out = old_output(tmp_path)
    carry = gis.exchange._carried

    def then_others_write(old: Path, *rest: object) -> dict[str, int]:
        seen = carry(old, *rest)  # type: ignore[arg-type]
        for name in ("late.csv", "mine.txt"):
            (old / f"{name}.part").write_text("late")
            (old / f"{name}.part").replace(old / name)
        return seen

    monkeypatch.setattr(gis.exchange, "_carried", then_others_write)
    with replaced_together(out, goes=lambda path: path.name == "stale.csv") as staging:
        (staging / "map.html").write_text("new")
    assert files(out) | {"late.csv": "late", "mine.txt": "late", "map.html": "new"} == files(out)
    assert "stale.csv" not in files(out)


@posix
def test_if_the_disk_fails_after_the_exchange_it_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = old_output(tmp_path)
    before, sync = files(out), gis.exchange.sync

    def fails(path: Path) -> None:
        if path == tmp_path:
            raise OSError(errno.EIO, "the disk fails")
        sync(path)

    monkeypatch.setattr(gis.exchange, "sync", fails)
    with pytest.raises(OSError, match="disk fails"):
        write_map(out)
    assert files(tmp_path) == {f"out/{name}": text for name, text in before.items()}


@posix
def test_a_lock_is_on_the_folder_that_stands_there_now(tmp_path: Path) -> None:
    """Whoever opened the folder before it was replaced must not think that he holds it."""
    out = old_output(tmp_path)
    opens = os.open

    def replaced_after(path: object, *rest: object) -> int:
        found = opens(path, *rest)  # type: ignore[arg-type]
        if path == out and not (tmp_path / "once").exists():
            (tmp_path / "once").mkdir()
            shutil.copytree(out, tmp_path / "new")
            assert exchanged(tmp_path / "new", out)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", replaced_after)
        with exclusive_folder(out), pytest.raises(Locked), exclusive_folder(out):
            pytest.fail("two hold it")


@posix
def test_while_one_holds_and_replaces_a_folder_nobody_else_does(tmp_path: Path) -> None:
    out = old_output(tmp_path)
    with exclusive_folder(out), replaced_together(out) as staging:
        (staging / "map.html").write_text("new")
        (tmp_path / ".out.headwater-of-the-dead").mkdir()
        with pytest.raises(Locked), exclusive_folder(out):
            pytest.fail("two hold it")
        gis.exchange.clear_litter(out)
        assert staging.is_dir() and not (tmp_path / ".out.headwater-of-the-dead").exists()
    assert files(out)["map.html"] == "new"


def test_a_folder_that_a_killed_process_had_put_aside_is_put_back(tmp_path: Path) -> None:
    out = old_output(tmp_path)
    before = files(out)
    out.rename(tmp_path / ".out.headwater-before")
    (tmp_path / ".out.headwater-new").mkdir()
    with exclusive_folder(out), replaced_together(out):
        assert files(out) == before
    assert [path.name for path in tmp_path.iterdir() if path.name != ".out.lock"] == ["out"] and files(out) == before
    assert recovered(out) and recovered(tmp_path / "never")


CHANGES = frozenset({"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "open", "os.chmod"})


def writes_and_dies(out: Path, count: int) -> bool:
    """Whether a process that replaces the folder was killed before its call number `count` that touches the disk."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    left = [count]

    def watch(event: str, _: object) -> None:
        if event in CHANGES:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    with exclusive_folder(out), replaced_together(out) as staging:
        for name in ("map.html", "table.csv"):
            (staging / name).write_text("new")
    os._exit(0)


@posix
def test_killed_at_any_call_the_old_or_the_new_files_are_there(tmp_path: Path, way: str) -> None:
    """Before each call that touches the disk in turn; nothing has to be done by hand afterwards."""
    found = []
    for count in range(1, 200):
        out = old_output(tmp_path / f"{count}")
        if not writes_and_dies(out, count):
            break
        assert recovered(out)
        state = {name: text for name, text in files(out).items() if name in ("map.html", "table.csv")}
        assert state in [dict.fromkeys(state, "old"), dict.fromkeys(state, "new")] and len(state) == 2, count
        found.append(state["map.html"])
        assert files(out)["mine.txt"] == files(out)["marked/x.xlsx"] == "old"
        with exclusive_folder(out), replaced_together(out):
            pass
        assert [path.name for path in out.parent.iterdir()] == ["out"], f"litter after {count}"
    assert {*found} == {"old", "new"} and len(found) >= 25
