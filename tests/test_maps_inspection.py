"""The page as a text: bytes, policy, what stands in it without scripts, and what its parts promise each other."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.kept import Kept
from layers.words import RESULTS, STATUSES
from maps import assets
from maps.assets import PAGE, frame, modules, page_code, page_script, policy
from maps.drawn import draw
from maps.inspection import inspection_map
from maps.payload import Island
from maps.style import CLASS_LOOKS, RESULT_LOOKS, SHAPES, STATUS_SHAPES
from maps.surround import escape
from tests.map_frames import HOSTILE, answers_of, small

ROOT = Path(__file__).parent.parent
GIVEN = re.compile(r"^export (.*?)(?: =|\(| \{)", re.MULTILINE)


class Reader(HTMLParser):
    """Every tag of a page, and the texts of its table cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "td":
            self.cells.append("")
        self._in_cell = tag == "td"

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.cells[-1] += data


def test_the_same_input_gives_the_same_bytes_in_any_process() -> None:
    program = "import hashlib; from tests.map_frames import *; from maps.inspection import inspection_map as page; "
    program += "print(hashlib.sha256(page(**small(names=HOSTILE)).encode()).hexdigest())"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("77", "Asia/Shanghai"))
    }  # fmt: skip
    assert hashes == {hashlib.sha256(inspection_map(**small(names=HOSTILE)).encode()).hexdigest()}


def test_nothing_is_linked_and_the_policy_comes_first() -> None:
    page = Reader(inspection_map(**small(names=HOSTILE)))
    addresses = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action") and not str(value).startswith("#")
    ]
    assert addresses == ["data:,"]
    tags = [tag for tag, _ in page.tags]
    policy = next(
        attributes["content"]
        for _, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy and "default-src 'none'" in policy and "'unsafe-inline'" not in policy.split("style-src")[0]
    assert tags.index("meta") < tags.index("script")
    assert [attributes.get("http-equiv") for tag, attributes in page.tags if tag == "meta"][
        1
    ] == "Content-Security-Policy"


def test_hostile_names_are_no_tags_and_no_templates() -> None:
    facts = small(names=HOSTILE)
    facts["run"] |= {"title": HOSTILE[0], "notes": [{"zh": HOSTILE[1], "en": HOSTILE[1]}]}
    honest, hostile = Reader(inspection_map(**small())), Reader(inspection_map(**facts))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in honest.tags]
    assert set(HOSTILE) <= set(hostile.cells)
    assert not any("hostile" in str(attributes) for tag, attributes in hostile.tags if tag != "tr")


def test_the_table_without_scripts_has_every_site_and_every_sentence() -> None:
    facts = small()
    page = Reader(inspection_map(**facts))
    ids = [attributes["data-site-id"] for tag, attributes in page.tags if tag == "tr" and "data-site-id" in attributes]
    assert sorted(filter(None, ids)) == sorted(facts["sites"]["site_id"])
    told = "\n".join(page.cells)
    pairs = zip(facts["findings"]["text_zh"], facts["findings"]["citation_zh"], strict=True)
    assert all(f"{text}\n依据：{citation}" in told for text, citation in pairs)
    assert sum(tag == "svg" for tag, _ in page.tags) > 1


def places(part: str) -> list[tuple[float, float]]:
    """The corners of a part of a path: where it begins, then steps."""
    numbers = [float(one) for one in re.findall(r"-?[\d.]+", part)]
    steps = np.array(numbers).reshape(-1, 2)
    return [(x, y) for x, y in np.cumsum(steps, axis=0).tolist()]


def test_the_map_without_scripts_holds_every_zone_whole() -> None:
    facts = small()
    facts["zones"].loc[0, "geometry"] = shapely.box(104.0, 26.0, 104.2, 26.1)
    page = inspection_map(**facts)
    width, height = map(int, re.findall(r'<svg viewBox="0 0 (\d+) (\d+)" role="img"', page)[0])
    paths = re.findall(r'<path d="([^"]+)" fill="[^"]+" fill-opacity="[\d.]+" fill-rule="evenodd"', page)
    points = [place for path in paths for part in path.split("M")[1:] for place in places(part)]
    assert len(points) > 100
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


@pytest.mark.parametrize("missing", ["findings", "sites", "zones", "sections", "context"])
def test_any_layer_may_be_empty(missing: str) -> None:
    facts = small()
    facts[missing] = {} if missing == "context" else facts[missing].iloc[:0]
    facts["answers"] = answers_of(facts["sites"])
    assert inspection_map(**facts).endswith("</html>")


def test_ids_that_are_not_unique_in_their_layer_are_refused() -> None:
    facts = small()
    facts["sites"] = pd.concat([facts["sites"], facts["sites"].iloc[:1]], ignore_index=True)
    facts["answers"] = answers_of(facts["sites"])
    with pytest.raises(ValueError, match="unique"):
        inspection_map(**facts)


def test_escape_is_undone_by_every_parser() -> None:
    text = "<&>\"' &amp; {{7*7}} \r\n \u2028"
    assert Reader(f"<td>{escape(text)}</td>").cells == [text]


def test_modules_share_one_closure_without_sharing_a_name() -> None:
    files = {path.stem for path in PAGE.glob("*.js")}
    assert files == {*modules(), *modules("loader")}
    given = [
        name for module in modules() for name in GIVEN.findall((PAGE / f"{module}.js").read_text(encoding="utf-8"))
    ]
    names = [re.sub(r"^(?:const|function[*]?|async function) ", "", name) for name in given]
    assert len(names) > 100 and all(map(str.isidentifier, names))  # nothing that the joining does not know
    assert {name for name in names if names.count(name) > 1} == set()
    assert not re.search(r"^(import|export) ", page_script(), re.MULTILINE)


def test_no_module_writes_markup_or_runs_text() -> None:
    script = page_script() + page_script("loader")
    forbidden = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "</script",
    )
    assert [word for word in forbidden if word in script] == []
    assert "</script" not in frame().split("<script>")[1].split("</script>")[0]


def test_the_page_carries_the_code_that_its_policy_allows() -> None:
    page = frame()
    code = page_code(page)
    assert code.startswith("/* @preserve") and code.endswith(page_script())
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy(page)
    assert f"'sha256-{digest}'" not in policy(page.replace("<script type", "<script class"))
    assert len(page) < len(code)


def test_no_text_of_a_module_runs_over_several_lines() -> None:
    """Indentation is taken out of modules, and would be out of such a text."""
    template = re.compile(r"`(?:[^`\\\n]|\\.)*`|//.*|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|/\[.*?\][^/]*/")
    lines = [line for path in PAGE.glob("*.js") for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if "`" in template.sub("", line)] == []


def test_every_word_has_a_look() -> None:
    assert set(RESULT_LOOKS) == set(RESULTS)
    assert set(STATUS_SHAPES) == {*STATUSES, ""}
    assert set(STATUS_SHAPES.values()) <= set(SHAPES)
    assert len({look.colour for look in RESULT_LOOKS.values()}) == len(RESULT_LOOKS)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour, _, _ in CLASS_LOOKS.values())


def test_small_page_stays_small() -> None:
    facts: dict[str, Any] = small()
    assert len(inspection_map(**facts)) < 600_000


def test_what_an_earlier_run_has_packed_is_not_packed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[int] = []
    pack = Island.packed

    def counted(self: Island) -> bytes:
        packed.append(self.rows)
        return pack(self)

    monkeypatch.setattr(Island, "packed", counted)
    facts = small(names=HOSTILE)
    page = inspection_map(**facts)
    full = sorted(packed)
    assert full[0] == 0 and full[1] > 0
    packed.clear()
    assert inspection_map(**facts, kept=Kept(tmp_path)) == page and sorted(packed) == full
    packed.clear()
    assert inspection_map(**facts, kept=Kept(tmp_path)) == page and packed == [0]
    packed.clear()
    changed = facts | {"zones": facts["zones"].assign(name="changed")}
    page_of_changed = inspection_map(**changed, kept=Kept(tmp_path))
    assert packed.count(len(facts["zones"])) >= 1 and len(packed) == 2
    assert page_of_changed == inspection_map(**changed) != page


def test_a_damaged_cache_never_reaches_the_page(tmp_path: Path) -> None:
    facts = small()
    page = inspection_map(**facts, kept=Kept(tmp_path))
    files = sorted(tmp_path.iterdir())
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert inspection_map(**facts, kept=Kept(tmp_path)) == page


def test_what_folium_draws_is_known_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions, known = next(iter(assets.DRAWN_BY.items()))
    monkeypatch.setattr(assets, "version", lambda name: versions.partition(f"{name} ")[2].partition(",")[0])
    drawn = json.dumps(draw()).encode()
    if f"folium {version('folium')}, branca {version('branca')}" == versions:
        assert hashlib.sha256(drawn).hexdigest() == known
    monkeypatch.setitem(assets.DRAWN_BY, versions, hashlib.sha256(drawn).hexdigest())
    assets.warm(Kept(tmp_path))
    page = frame()
    assert Kept(tmp_path).get("map-frame", versions) == drawn

    monkeypatch.setattr("maps.drawn.draw", lambda: pytest.fail("drawn again"))
    assert frame(Kept(tmp_path)) == page


def test_a_frame_that_folium_did_not_draw_is_never_taken_from_a_cache(tmp_path: Path) -> None:
    versions = f"folium {version('folium')}, branca {version('branca')}"
    page = frame()
    for planted in (json.dumps(["", "", "window.hostile=1"]).encode(), b"", b"{"):
        kept = Kept(tmp_path)
        kept.put("map-frame", versions, planted)  # whole and undamaged, but none of ours
        assert frame(kept) == page


def test_versions_that_are_not_known_draw_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "DRAWN_BY", {})
    assert frame(Kept(tmp_path)) == frame() and list(tmp_path.iterdir()) == []
