"""gis.kept: the same bytes for the same key, or nothing; never an error of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gis import kept as keeping
from gis.kept import Kept, digest


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_put_is_there_for_the_same_key_only(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "cache")
    assert kept.get("zones", "one") is None
    numbers = np.arange(5, dtype=np.float64)
    kept.put("zones", "one", [b"head", bytearray(b"ing"), numbers.data])
    again = Kept(tmp_path / "cache").get("zones", "one")
    assert again is not None and bytes(again) == b"heading" + numbers.tobytes() and again.readonly
    assert kept.get("zones", "two") is None and kept.get("sites", "one") is None
    kept.put("zones", "two", b"")
    empty = kept.get("zones", "two")
    assert empty is not None and len(empty) == 0
    assert kept.get("zones", "one") is None
    assert files(tmp_path / "cache") == ["zones.kept"]


def test_numbers_lie_where_numpy_can_use_them(tmp_path: Path) -> None:
    Kept(tmp_path).put("n", "k", [np.zeros((0, 3)).data, np.arange(3).data])
    kept = Kept(tmp_path).get("n", "k")
    assert kept is not None and np.frombuffer(kept, dtype=np.int64).tolist() == [0, 1, 2]


def test_any_damage_is_as_if_nothing_had_been_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.put("a", "key", b"content")
    path = tmp_path / "a.kept"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert kept.get("a", "key") is None, place
    for size in (0, 1, 56, 127, 128, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert kept.get("a", "key") is None, size
    path.write_bytes(whole + b"\0")
    assert kept.get("a", "key") is None
    path.write_bytes(whole)
    assert kept.get("a", "key") == b"content"


def test_what_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, where a folder is to be")
    kept = Kept(tmp_path / "file")
    kept.put("a", "key", b"content")
    assert kept.get("a", "key") is None
    kept.drop_unused()
    (tmp_path / "a.kept").mkdir()  # nothing can take its place
    there = Kept(tmp_path)
    there.put("a", "key", b"content")
    assert there.get("a", "key") is None
    assert files(tmp_path) == ["a.kept", "file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.kept")
    assert Kept(tmp_path).get("a", "key") is None


def test_without_a_folder_nothing_is_kept() -> None:
    kept = Kept(None)
    kept.put("a", "key", b"content")
    assert kept.get("a", "key") is None
    kept.drop_unused()


def test_what_nobody_asked_for_is_dropped(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    for name in ("asked", "put", "old"):
        first.put(name, "key", b"content")
    (tmp_path / "old.kept-7hx2").write_bytes(b"left by a run that was killed")
    (tmp_path / "lock").write_bytes(b"")
    second = Kept(tmp_path)
    second.get("asked", "another key")
    second.put("put", "another key", b"content")
    second.drop_unused()
    assert files(tmp_path) == ["asked.kept", "lock", "put.kept"]


def test_only_files_of_ours_are_dropped(tmp_path: Path) -> None:
    theirs = ["Notes.kept", "a.kept.txt", "notes.kept-", "my notes.kept", "a.kept-old copy", "kept"]
    for name in (*theirs, "b.kept", "b.kept-ab_3"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a.kept").mkdir()  # cannot be deleted, and keeps no other
    Kept(tmp_path).drop_unused()
    assert files(tmp_path) == sorted([*theirs, "a.kept"])


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_folder_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "old.kept").write_bytes(b"")
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    Kept(tmp_path / "cache").drop_unused()
    assert files(tmp_path / "elsewhere") == ["old.kept"]


def test_more_than_the_memory_holds_is_as_if_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path)
    kept.put("a", "key", b"content")

    def empty(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as full:
        full.setattr(keeping, "_content", empty)
        assert kept.get("a", "key") is None
    assert kept.get("a", "key") == b"content"


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="nobody tells what a file takes up there")
def test_a_file_of_one_hole_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1 << 36
    with (tmp_path / "a.kept").open("wb") as file:
        file.write(keeping._place("key", size).ljust(128, b"\0"))
        file.truncate(128 + size)
    if (tmp_path / "a.kept").stat().st_blocks * 512 > 1 << 30:
        pytest.skip("a file system without holes")

    def empty(*_: object, **__: object) -> None:
        pytest.fail("room was made for it")

    monkeypatch.setattr(keeping, "_content", empty)
    assert Kept(tmp_path).get("a", "key") is None


@pytest.mark.parametrize("name", ["", "../a", "a/b", "A", ".a", "a.kept", "a" * 101])
def test_a_name_is_never_a_way_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        Kept(tmp_path).put(name, "key", b"")


def test_digests_tell_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest(b"a", memoryview(b"b")) == digest("a", "b") and len(digest()) == 64
    assert digest("\ud800") != digest("")


def test_what_somebody_else_kept_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_user(home: Path) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(home))
        monkeypatch.setenv("LOCALAPPDATA", str(home))
        keeping._secret.cache_clear()

    as_user(tmp_path / "sender")
    Kept(tmp_path / "cache").put("judged", "key", b"all clear")
    as_user(tmp_path / "us")
    assert Kept(tmp_path / "cache").get("judged", "key") is None
    Kept(tmp_path / "cache").put("judged", "key", b"ours")
    as_user(tmp_path / "us")  # a later run
    assert Kept(tmp_path / "cache").get("judged", "key") == b"ours"
    secret = tmp_path / "us" / "headwater" / "secret"
    assert secret.stat().st_size == 32 and (os.name == "nt" or secret.stat().st_mode & 0o077 == 0)
    secret.write_bytes(b"cut short")
    as_user(tmp_path / "us")
    assert Kept(tmp_path / "cache").get("judged", "key") is None
    (tmp_path / "file").write_text("no folder")
    as_user(tmp_path / "file")  # no place for a secret: good for this process, and no error
    Kept(tmp_path / "cache").put("judged", "key", b"now")
    assert Kept(tmp_path / "cache").get("judged", "key") == b"now"
    keeping._secret.cache_clear()


def test_much_is_given_back_without_a_copy_and_may_be_replaced_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_LARGE", 1000)
    kept = Kept(tmp_path)
    kept.put("a", "key", np.arange(1000).data)
    found = kept.get("a", "key")
    assert found is not None and found.readonly
    kept.put("a", "other", np.zeros(1000).data)
    assert np.frombuffer(found, dtype=np.int64).tolist() == list(range(1000))
    assert kept.get("a", "key") is None
    data = bytearray((tmp_path / "a.kept").read_bytes())
    data[-1] ^= 1
    (tmp_path / "a.kept").write_bytes(data)
    assert kept.get("a", "other") is None
