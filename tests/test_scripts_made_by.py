"""scripts.made_by: another program is one whatever part of it is another, be it what writes the workbook or a page of the map."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import maps
from layers.programs import programs
from scripts.made_by import made_by


@pytest.fixture
def _fresh() -> None:
    made_by.cache_clear()


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("name", ["xlsxwriter", "pillow", "XStatic-Leaflet"])
def test_another_library_that_writes_is_another_program(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    first, judging = made_by(), programs()
    made_by.cache_clear()
    monkeypatch.setattr("scripts.made_by.version", lambda one: "9.9" if one == name else "1")
    other = made_by()
    made_by.cache_clear()
    monkeypatch.setattr("scripts.made_by.version", lambda _: "1")
    assert len({first, other, made_by()}) == 3
    assert programs() == judging  # what was judged is still what they judge
    made_by.cache_clear()


@pytest.mark.usefixtures("_fresh")
def test_another_page_of_the_map_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made_by()
    copy = Path(shutil.copytree(Path(str(maps.__file__)).parent, tmp_path / "maps"))
    monkeypatch.setattr(maps, "__file__", str(copy / "__init__.py"))
    for change in ("", "/* other */"):
        with (copy / "page" / "page.css").open("a", encoding="utf-8") as file:
            file.write(change)
        made_by.cache_clear()
        assert (made_by() == first) is not change.startswith("/*")
    made_by.cache_clear()
