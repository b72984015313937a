"""Files kept by their content: once, whole, and told where they are damaged."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gis.archive import Archive, Damaged


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("content", [b"", b"x", "销号".encode(), bytes(range(256)) * 9000])
def test_what_goes_in_comes_out(tmp_path: Path, content: bytes, packed: bool) -> None:
    archive = Archive(tmp_path)
    digest = archive.put(content, packed=packed)
    assert digest == hashlib.sha256(content).hexdigest()
    assert archive.get(digest) == content
    assert digest in archive and archive.digests() == [digest]


def test_the_same_content_is_there_once(tmp_path: Path) -> None:
    archive, file = Archive(tmp_path), tmp_path / "survey.json"
    file.write_bytes(b"visits")
    assert archive.put_file(file) == archive.put(b"visits", packed=True) == archive.put_file(file, packed=True)
    assert len([path for path in archive.folder.rglob("*") if path.is_file()]) == 1


def test_many_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    content = b"photo" * 100_000
    with ThreadPoolExecutor(8) as threads:
        digests = set(threads.map(lambda _: Archive(tmp_path).put(content), range(32)))
    (digest,) = digests
    assert Archive(tmp_path).get(digest) == content
    assert [path.name for path in (tmp_path / "archive").rglob("*") if path.is_file()] == [digest]


@pytest.mark.parametrize("packed", [False, True])
def test_any_damage_is_told(tmp_path: Path, packed: bool) -> None:
    archive = Archive(tmp_path)
    digest = archive.put(b"the receipt of 2017-08-11" * 40, packed=packed)
    (path,) = [one for one in archive.folder.rglob("*") if one.is_file()]
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", whole[:9] + bytes([whole[9] ^ 1]) + whole[10:]):
        path.write_bytes(damaged)
        with pytest.raises(Damaged):
            archive.get(digest)


def test_what_is_not_there_and_what_is_no_name(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with pytest.raises(KeyError):
        archive.get("0" * 64)
    for name in ("../ledger.sqlite", "0" * 63, "A" * 64):
        with pytest.raises(ValueError, match="SHA-256"):
            archive.get(name)
    assert archive.digests() == []


def test_litter_of_a_killed_process_is_cleared(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    digest = archive.put(b"kept")
    litter = archive.folder / digest[:2] / f"{digest}.1.abcd.part"
    litter.write_bytes(b"ke")
    assert archive.digests() == [digest]
    archive.clear_litter()
    assert not litter.exists() and archive.get(digest) == b"kept"


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    archive = Archive(tmp_path)
    digest = archive.put(b"kept")
    written = archive.folder / digest[:2] / f"{digest}.2.abcd.part"
    with written.open("wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        archive.clear_litter()
        assert written.exists()
    archive.clear_litter()
    assert not written.exists()
