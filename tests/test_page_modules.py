"""The page's modules one by one, without a browser: every test in tests/page, run by node; and what the linter refuses."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import zlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from maps.assets import modules
from maps.payload import COMPRESSION, Island, add_shapes, pack_frame, varints
from maps.series import series
from tests.node import need_linter, need_node

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "page"
FILES = sorted(FOLDER.glob("*.test.js"))
TESTS = [
    (path.name, name)
    for path in FILES
    for name in re.findall(r"^test\('(.+?)',", path.read_text("utf-8"), re.MULTILINE)
]
PACKED = FOLDER / "packed.json"


@pytest.fixture(scope="module")
def reports() -> dict[tuple[str, str], dict[str, Any]]:
    """What node's test runner found: (file, test) -> its report."""
    command = [need_node(), "--test", f"--test-reporter={(FOLDER / 'reporter.js').as_uri()}", *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert found, done.stdout + done.stderr
    return {(Path(one["file"] or one["name"]).name, one["name"]): one for one in found}


@pytest.mark.parametrize(
    ("file", "name"), TESTS, ids=[f"{file.removesuffix('.test.js')}: {name}" for file, name in TESTS]
)
def test_node(reports: dict[tuple[str, str], dict[str, Any]], file: str, name: str) -> None:
    assert (file, name) in reports, f"node did not run it; it ran {sorted(one for at, one in reports if at == file)}"
    assert reports[file, name]["passed"], reports[file, name]["error"]


def test_no_test_of_node_is_without_a_name_here(reports: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert len(set(TESTS)) == len(TESTS) > 0
    assert sorted(set(reports) - set(TESTS)) == []


def test_what_node_unpacks_is_what_python_packs() -> None:
    """`packed.json` lets node's tests run alone; `python -m tests.test_page_modules` writes it anew."""
    kept, now = json.loads(PACKED.read_text("utf-8")), packed()
    pressed, expected = kept.pop("deflated"), now.pop("deflated")
    assert kept == now
    for one, other in zip(pressed, expected, strict=True):  # another zlib presses otherwise, and means the same
        data = zlib.decompress(base64.b64decode(one["bytes"]), -zlib.MAX_WBITS)
        assert (len(data), zlib.adler32(data)) == (one["length"], one["sum"]) == (other["length"], other["sum"])


def test_the_linter_is_content_with_every_module() -> None:
    done = subprocess.run([need_linter()], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"on (\d+) files", done.stdout)[0]) > len(modules())


FORBIDDEN = {
    "box.innerHTML = text": "no-restricted-properties",
    "box['outerHTML'] = text": "no-restricted-properties",
    "box.insertAdjacentHTML('beforeend', text)": "no-restricted-properties",
    "const { innerHTML } = box; box.title = innerHTML": "no-restricted-properties",
    "document.write(text)": "no-restricted-properties",
    "document.createRange().createContextualFragment(text)": "no-restricted-properties",
    "box.srcdoc = text": "no-restricted-properties",
    "navigator.sendBeacon(text)": "no-restricted-properties",
    "window.fetch(text)": "no-restricted-properties",
    "fetch(text)": "no-restricted-globals",
    "new DOMParser().parseFromString(text, 'text/html')": "no-restricted-globals",
    "eval(text)": "no-eval",
    "new Function(text)()": "no-new-func",
    "setTimeout('act()', 10)": "no-implied-eval",
    "box.href = 'javascript:act()'": "no-script-url",
    "absent(text)": "no-undef",
    "const unused = text": "no-unused-vars",
    "if (text == 1) box.remove()": "eqeqeq",
    "let fixed = text; box.title = fixed": "prefer-const",
    "[text].forEach((say) => { box.title = say; })": "no-shadow",
}


@pytest.mark.parametrize("code", FORBIDDEN)
def test_the_linter_refuses(tmp_path: Path, code: str) -> None:
    told = lint(tmp_path, code)
    assert told and all(f"({FORBIDDEN[code]})" in line for line in told)


def test_the_linter_refuses_a_name_that_no_module_gives(tmp_path: Path) -> None:
    (tmp_path / "words.js").write_text("export const say = (key) => key;\n", "utf-8")
    told = lint(tmp_path, "box.title = tell(text)", "import { tell } from './words.js';\n")
    assert len(told) == 1 and "import(named)" in told[0]


def test_the_linter_lets_honest_code_pass(tmp_path: Path) -> None:
    assert lint(tmp_path, "box.textContent = say(text)") == []


def lint(folder: Path, code: str, head: str = "") -> list[str]:
    """What the linter says, a line each, of a module with this code."""
    path = folder / "module.js"
    path.write_text(
        f"{head}const say = (key) => key;\nexport function show(box, text) {{ {code}; return say(text); }}\n", "utf-8"
    )
    command = [need_linter(), "-c", str(ROOT / ".oxlintrc.json"), "--format", "unix", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    return [line for line in done.stdout.splitlines() if line.startswith(str(path))]


def packed() -> dict[str, Any]:
    """What node's tests unpack: Python's bytes in base64 and the values they stand for."""
    chance = np.random.default_rng(11)
    numbers = [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**32 + 5, 2**52 + 1, *chance.integers(0, 2**40, 20).tolist()]
    steps = [0, -1, 1, 63, -64, 64, 2**28, 0, -(2**27), *chance.integers(0, 2**28, 40).tolist()]
    smooth = (2**27 + 2**20 * np.sin(np.arange(200) / 9)).astype(np.int64).tolist()
    island = _island()
    raw = b"".join(island.raw())
    repeated = "水源保护区一级\0" * 3_000
    return {
        "varints": {"bytes": _text(varints(np.array(numbers))), "values": numbers},
        "series": [_series(values, order) for values in (steps, smooth, [7] * 5, []) for order in (0, 1, 2)],
        "sentences": _sentences(),
        "island": {"bytes": _text(raw), "names": NAMES, "metres": METRES},
        "deflated": [
            {"bytes": _text(_deflate(data, strategy)), "length": len(data), "sum": zlib.adler32(data)}
            for data in (b"", raw, repeated.encode(), chance.bytes(3_000))
            for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED)
        ],
    }


def _sentences() -> dict[str, Any]:
    """An island of ids and sentences, of which zone and rule decide much."""
    texts = {
        "zone_id": [f"Z-{at % 3}" for at in range(70)],
        "zone_name": [("玉舍水库", "1号水源", "")[at % 3] for at in range(70)],
        "site_id": [f"WRY-{at * 7:05d}" if at % 2 else f"ZG{at}" for at in range(70)],
        "text": [
            f"位于{('玉舍水库', '1号水源', '')[at % 3]}内，距边界 {at * 31} 米，精度 0.{at % 4 + 1}5 米"
            for at in range(70)
        ],
    }
    kinds = {"coded": ("zone_id",), "decided": {"zone_name": "zone_id"}, "repeated": {"text": "zone_name"}}
    island = pack_frame(pd.DataFrame(texts), **kinds)
    assert [column["type"] for column in island.columns] == ["codes", "codes", "numbered", "numbered"]
    return {"bytes": _text(b"".join(island.raw())), "texts": texts}


def _series(values: list[int], order: int) -> dict[str, Any]:
    found = series(np.array(values, dtype=np.int64), (order,))
    return {"told": found.told([0, len(found.data)]), "bytes": _text(found.data), "values": values}


NAMES = ["排口", "", "a\u2028b", "\U0001f4a7水", "\ufeffbom", "__proto__", "</script>", "{0}"]
METRES = [0.0, None, -0.01, 12.34, 1e9, None, 42.25, -7.5]


def _island() -> Island:
    outlines = [
        shapely.Point(104.8, 26.5), None, shapely.box(104, 26, 105, 27), shapely.Polygon(),
        shapely.box(104, 26, 105, 27) - shapely.box(104.4, 26.4, 104.6, 26.6),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        shapely.LineString([(104, 26), (104.5, 26.5), (105, 26)]), shapely.Point(-180, -85),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"name": NAMES, "level": ["1", "2", "1", "", "1", "quasi", "2", "1"], "depth_m": METRES},
        geometry=outlines,
        crs=4326,
    )
    island = pack_frame(pd.DataFrame(frame.drop(columns="geometry")), numbers={"depth_m": 100}, coded=("level",))
    add_shapes(island, frame.geometry.to_numpy())
    return island


def _deflate(data: bytes, strategy: int) -> bytes:
    press = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS, 9, strategy)
    return press.compress(data) + press.flush()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    PACKED.write_text(json.dumps(packed(), ensure_ascii=True, indent=1) + "\n", "utf-8")
