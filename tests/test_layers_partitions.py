"""layers.partitions, layers.gathering, layers.reading, layers.set_outputs, layers.rejects: parts give what the whole does.

Here all parts are judged in this process, each item and answer sent through pickle as to another one;
tests/test_scripts_cluster.py has the workers.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from layers import gathering, partitions, set_outputs
from layers.findings import FINDING_COLUMNS
from layers.partitions import Alone, blocks, repeated_ids, whole
from layers.reading import notes_of, record_of
from layers.rejects import REJECT_COLUMNS, rejects_frame
from layers.rules import FLAGGED_COLUMNS, Judged
from layers.sites import SITE_COLUMNS
from scripts import run_project as command
from scripts.console import Console
from scripts.write_sets import STALE
from tests.projects import rows_of
from tests.set_projects import LAYERS, files_of, set_project
from tests.shapes import frame


class Abroad(Alone):
    """A crew that knows only what can be sent; it answers last what was asked first."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def each(self, function: Callable[[Any, Any], Any], common: object, items: Iterable[Any]) -> Iterator[Any]:
        sent = [pickle.dumps((function, common, item)) for item in items]
        for one in reversed(sent):
            work, shared, item = pickle.loads(one)  # noqa: S301 - what this test packed itself
            self.asked.append((work.__name__, item.piece.number))
            yield pickle.loads(pickle.dumps(work(shared, item)))  # noqa: S301


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Abroad:
    """The crew that a run with a scheduler gets."""
    abroad = Abroad()
    monkeypatch.setattr(command, "crew", lambda scheduler, _workers: nullcontext(abroad if scheduler else Alone()))
    return abroad


def run(project: Path, output: str, **options: Any) -> Path:
    console = Console(as_json=False, lang=None, quiet=True, debug=True)
    assert command.run_project(project, console, output=project / output, full=True, **options) == 0
    return project / output


@pytest.mark.parametrize("seed", range(3))
def test_parts_give_the_files_of_the_whole(tmp_path: Path, crew: Abroad, seed: int) -> None:
    project = set_project(tmp_path, seed=seed)
    assert files_of(run(project, "parts", scheduler="x")) == files_of(run(project, "whole"))
    done = [number for name, number in crew.asked if name == "found"]
    assert set(done[:5]) == {0, 1, 2, 3, 4}
    rows = rows_of(project / "whole" / "sites.csv")
    assert {row["result"] for row in rows} == {"violation", "check", "clear", "not_assessed"}


def test_sets_hold_the_rows_of_the_tables(tmp_path: Path, crew: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    project = set_project(tmp_path)
    run(project, "whole")
    run(project, "output")
    monkeypatch.setattr(command, "MOST_TOGETHER", 100)
    monkeypatch.setattr(partitions, "BLOCK", 4)
    run(project, "output", scheduler="x")
    run(project, "alone")
    assert files_of(project / "output") == files_of(project / "alone")
    assert not [name for name in STALE if (project / "output" / name).exists()]
    for name in ("rejects.csv", "coverage.csv", "sections.csv"):
        assert (project / "output" / name).read_bytes() == (project / "whole" / name).read_bytes()
    for name, keys in (("sites", ["layer", "site_id"]), ("findings", ["finding_id"])):
        files = sorted((project / "output" / f"{name}.parquet").iterdir())
        of_records = name == "findings"  # those of sections and zones are a part of their own
        assert len(files) == 5 + 1 + 1 + 2 + of_records  # the parts, a block of each table, two of the ledger
        written = pd.concat([gpd.read_parquet(file) for file in files], ignore_index=True).sort_values(keys)
        table = pd.DataFrame(rows_of(project / "whole" / f"{name}.csv")).sort_values(keys)
        assert list(written.columns) == [*table.columns, "geometry"]
        for column in table.columns:
            if (name, column) != ("sites", "change"):  # sets are compared with no earlier run
                assert [_cell(value) for value in written[column]] == table[column].tolist(), column
    told = json.loads((project / "output" / "run.json").read_text("utf-8"))
    before = json.loads((project / "whole" / "run.json").read_text("utf-8"))
    *others, _, _ = assumptions = told.pop("assumptions")
    assert [one["code"] for one in assumptions[-2:]] == ["WRITTEN_AS_SETS", "RUN_NOT_RECORDED"]
    assert others == before.pop("assumptions")
    of_ledger = dict.fromkeys(("run_id", "ledger", "before", "changes"))
    assert {**told, "build_id": "", **of_ledger} == {**before, "build_id": "", **of_ledger}


def _cell(value: object) -> str:
    """A value as the CSV writes it."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and value == int(value) else str(value)


def test_a_smaller_run_takes_the_sets_away(tmp_path: Path, crew: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    project = set_project(tmp_path)
    with monkeypatch.context() as few:
        few.setattr(command, "MOST_TOGETHER", 100)
        run(project, "output")
    run(project, "output")
    assert files_of(project / "output") == files_of(run(project, "whole"))


def test_a_run_leaves_the_users_own_parquet_alone(tmp_path: Path, crew: Abroad) -> None:
    project = set_project(tmp_path)
    (project / "output").mkdir()
    mine = project / "output" / "sites.parquet"
    mine.write_bytes((project / "data" / "sources" / "part.0.parquet").read_bytes())
    before = mine.read_bytes()
    run(project, "output")
    assert mine.read_bytes() == before and (project / "output" / "sites.csv").exists()


@pytest.mark.parametrize("bounds", [[0, 0, 0.1, 0.1], [500000, 0, 500001, 1], None])
def test_a_file_that_lies_about_its_place_is_read_again(tmp_path: Path, crew: Abroad, bounds: object) -> None:
    project = set_project(tmp_path)
    expected = files_of(run(project, "whole"))
    for part in (0, 1):
        path = project / "data" / "sources" / f"part.{part}.parquet"
        table = pq.read_table(path)
        geo = json.loads(table.schema.metadata[b"geo"])
        geo["columns"]["geometry"]["bbox"] = bounds
        if bounds is None:
            del geo["columns"]["geometry"]["bbox"]
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    found = files_of(run(project, "parts", scheduler="x"))
    asked = [number for name, number in crew.asked if name == "found"]
    assert asked.count(0) >= 2
    changed = {"run.json", "inspection.html", "ledger.xlsx"}  # they tell the SHA-256 of the set, or what follows from it
    assert {name: data for name, data in found.items() if name not in changed} == {
        name: data for name, data in expected.items() if name not in changed
    }


def test_projected_sets_are_judged_where_they_lie(tmp_path: Path, crew: Abroad) -> None:
    project = set_project(tmp_path)
    for path in (project / "data" / "sources").iterdir():
        gpd.read_parquet(path).to_crs(32648).to_parquet(path)
    assert files_of(run(project, "parts", scheduler="x")) == files_of(run(project, "whole"))


def test_only_parts_with_repeated_ids_are_read_again(tmp_path: Path, crew: Abroad) -> None:
    project = set_project(tmp_path, layers=LAYERS.replace('path = "data/first.csv"', 'path = "data/last.csv"', 1))
    text = (project / "headwater.toml").read_text("utf-8")
    (project / "headwater.toml").write_text(text[: text.rindex("[[layer]]")], encoding="utf-8")
    assert files_of(run(project, "parts", scheduler="x")) == files_of(run(project, "whole"))
    found = [number for name, number in crew.asked if name == "found"]
    # S90 of the table and S3, S44 of the parts 0 and 1 stand again in the parts 1 and 3; part 2 is empty, and in
    # part 4 one place is known to 400 m only, so that it can see farther than was thought.
    assert [found.count(number) for number in (2, 4)] == [1, 2]
    assert [found.count(number) for number in (1, 3)] == [2, 2]


def test_ids_that_share_bits_only_stay(tmp_path: Path, crew: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    project = set_project(tmp_path)
    few = lambda ids: np.array([len(one) for one in ids], dtype=np.uint64)  # noqa: E731
    for module in (partitions, gathering):
        monkeypatch.setattr(module, "id_hashes", few)
    assert files_of(run(project, "parts", scheduler="x")) == files_of(run(project, "whole"))


def test_another_program_on_a_worker_is_refused(tmp_path: Path, crew: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    project = set_project(tmp_path)
    versions = iter(["one", "another"])
    monkeypatch.setattr(partitions, "programs", lambda: next(versions))
    with pytest.raises(RuntimeError, match="same version"):
        run(project, "parts", scheduler="x")
    assert not (project / "parts").exists()


# --- Small pieces ------------------------------------------------------------------------------


def test_neighbours_hold_only_what_lies_in_their_box() -> None:
    places = frame("POINT (0 0)", "POINT (100 100)", located_to_metres=[5.0, 20.0])
    box = tuple(places.total_bounds)
    make = lambda box, doubt: partitions.Neighbours({}, {}, {}, box, doubt)  # noqa: E731
    assert make(box, 20.0).hold(places)
    assert not make(box, 19.0).hold(places)
    assert not make((box[0], box[1], box[2] - 1e-9, box[3]), 20.0).hold(places)
    assert not make(None, 20.0).hold(places)
    assert make(None, 0.0).hold(places.iloc[:0])


def test_repeated_ids() -> None:
    bits = [np.array(one, dtype=np.uint64) for one in ([5, 1], [], [1, 7], [7, 1, 9])]
    assert repeated_ids(bits).tolist() == [1, 7]
    assert repeated_ids([]).tolist() == []


def test_blocks_cover_every_row_once_and_lie_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "BLOCK", 25)
    random = np.random.default_rng(3)
    places = frame(*(f"POINT ({x} {y})" for x, y in random.uniform(0, 1000, (100, 2))))
    found = blocks(places)
    assert sorted(np.concatenate(found).tolist()) == list(range(100))
    assert [len(one) for one in found] == [25] * 4
    spans = [np.ptp(places.geometry.x.iloc[one]) * np.ptp(places.geometry.y.iloc[one]) for one in found]
    everything = np.ptp(places.geometry.x) * np.ptp(places.geometry.y)
    assert sum(spans) < 2 * everything  # rows in no order of places would have four boxes of the whole
    assert blocks(places.iloc[:0]) == []


def test_pieces_make_a_whole() -> None:
    def judged(subjects: list[int], level: list[int]) -> Judged:
        columns = {name: np.zeros(len(subjects)) for name in FLAGGED_COLUMNS}
        columns |= {"subject": np.array(subjects), "text_zh": np.array(["字"] * len(subjects), dtype=object)}
        flagged = partitions.in_order([columns])
        return Judged(flagged, np.array([[one] for one in level]), np.array(level), np.array(level, dtype=float))

    made = whole([(np.array([4, 0]), judged([0, 0], [7, 8])), (np.array([1, 2, 3]), judged([2], [1, 2, 3]))], 5)
    assert made.flagged["subject"].tolist() == [3, 4, 4]
    assert made.level.tolist() == [8, 1, 2, 3, 7]
    assert made.blind.tolist() == [[8], [1], [2], [3], [7]]


def test_notes_of_parts_read_like_those_of_one_file() -> None:
    heights = {"code": "HEIGHTS_DROPPED", "row": None, "rows": "2"}
    mended = {"code": "GEOMETRY_REPAIRED", "row": 8}
    column = {"code": "COLUMN_FOUND", "row": None, "column": "name", "heading": "名称"}
    skipped = {"code": "GEOMETRIES_SKIPPED", "row": None, "found": "centre"}
    found = notes_of([[skipped, column], [heights, mended, column], [heights, skipped]])
    assert found == [{**heights, "rows": "4"}, skipped, mended, column]
    parts = [{"path": "p", "sha256": one, "read": 2, "accepted": 1, "rejected": 1} for one in "ab"]
    assert {**record_of(parts), "sha256": ""} == {"path": "p", "sha256": "", "read": 4, "accepted": 2, "rejected": 2}


def test_rejects_of_none_have_their_columns() -> None:
    assert list(rejects_frame([], "zh").columns) == list(REJECT_COLUMNS)


def test_parts_of_sets_have_the_columns_of_the_tables() -> None:
    assert set(set_outputs._HOLDS) <= {*FINDING_COLUMNS, *SITE_COLUMNS}
