"""A corpus of bad files from two seeds: of every file and row exactly that comes which must, none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.corpus.build import MANIFEST, build, counts
from tests.corpus.judge import judged, told

CLASSES, BAD_ROWS = 60, 5_000


@pytest.fixture(scope="module", params=[4, 20171130])
def corpus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    folder = tmp_path_factory.mktemp("corpus")
    return folder, build(folder, request.param)


def test_is_large_enough(corpus) -> None:
    folder, made = corpus
    counted = counts(made)
    assert counted["classes"] >= CLASSES
    assert counted["bad_rows"] >= BAD_ROWS
    assert counted["rows"] >= 2.5 * counted["bad_rows"]
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert {name: manifest[name] for name in counted} == counted


def test_every_file_and_row_comes_to_what_it_must(corpus) -> None:
    folder, made = corpus
    tally = judged(folder, made)
    assert (tally.files, tally.rows) == (len(made), sum(len(one.rows) for one in made))
    assert not tally.misses, f"\n{told(tally.misses)}"


def test_a_seed_makes_the_same_corpus_again(tmp_path: Path) -> None:
    made = [build(tmp_path / name, 7, rows=60) for name in ("one", "other")]
    assert made[0] == made[1]
    texts = [sorted(path for path in (tmp_path / name).rglob("*.csv")) for name in ("one", "other")]
    assert [path.read_bytes() for path in texts[0]] == [path.read_bytes() for path in texts[1]]


def test_what_comes_out_otherwise_is_seen(tmp_path: Path) -> None:
    """The judge itself: a corpus whose expectations were tampered with does not pass."""
    made = [one for one in build(tmp_path, 7, rows=60) if one.form == "csv" and one.defect == "rows"]
    before = {(miss.project, miss.row) for miss in judged(tmp_path, made).misses}
    sure = [[row for row in one.rows if (one.project, row["row"]) not in before] for one in made[:3]]
    accepted = next(row for row in sure[0] if row["code"] is None and row["reads"])
    refused = next(row for row in sure[1] if row["code"] == "VALUE_MISSING")
    misread = next(row for row in sure[2] if row["code"] is None and row["reads"])
    accepted["code"], refused["code"] = "BAD_NUMBER", "VALUE_UNKNOWN"
    misread["reads"] = dict.fromkeys(misread["reads"], "something else")
    made[3].rows.pop()
    after = {(miss.project, miss.row) for miss in judged(tmp_path, made).misses}
    tampered = [(made[at].project, row["row"]) for at, row in enumerate((accepted, refused, misread))]
    assert {*tampered, (made[0].project, None), (made[3].project, None)} <= after
    assert not before & set(tampered)
