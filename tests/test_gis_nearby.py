"""gis.nearby and gis.kernel: two engines, one answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis import nearby, relate
from tests.shapes import frame, square

ZONE = square(0, 0, 1000)
RING = "POLYGON ((-600 -600, 1600 -600, 1600 1600, -600 1600, -600 -600), (-100 -100, -100 1100, 1100 1100, 1100 -100, -100 -100))"


@pytest.mark.parametrize("kind", ["polygon", "hole", "multipolygon"])
@pytest.mark.parametrize("accuracy", [np.nan, 30.0])
def test_both_engines_give_the_same_rows(kind: str, accuracy: float) -> None:
    """Also points far inside, on vertices, without coordinates, and between lines and areas."""
    pytest.importorskip("numba", reason="needs numba for the fast engine")
    random = np.random.default_rng(7)
    zone = {
        "polygon": ZONE,
        "hole": RING,
        "multipolygon": "MULTIPOLYGON (((0 0, 900 0, 900 900, 0 0)), ((2000 0, 2900 0, 2000 900, 2000 0)))",
    }[kind]
    zones = frame(zone, square(-9000, -9000, 18_000), located_to_metres=[np.nan, 5.0])
    wkts = [f"POINT ({x} {y})" for x, y in random.uniform(-3000, 4000, (500, 2))]
    wkts += ["POINT (0 0)", "POINT EMPTY", "LINESTRING (0 0, 500 2000)", square(800, 100, 400), "POINT (1600 1600)"]
    subjects = frame(*wkts, located_to_metres=[accuracy] * len(wkts))
    rows = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("plain", "fast"):
            patch.setenv("HEADWATER_ENGINE", name)
            rows[name] = [
                relation(subjects, relate.targets(zones), metres=300) for relation in relate.RELATIONS.values()
            ]
    for plain, fast in zip(rows["plain"], rows["fast"], strict=True):
        assert len(plain) > 10
        pd.testing.assert_frame_equal(plain, fast, rtol=0, atol=1e-3)


def test_the_engine_is_told(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert nearby.engine() == engine
    monkeypatch.setenv("HEADWATER_ENGINE", "warp")
    with pytest.raises(ValueError, match="expected HEADWATER_ENGINE to be plain or fast, found 'warp'"):
        nearby.engine()
    monkeypatch.setenv("HEADWATER_ENGINE", "fast")
    monkeypatch.setattr(nearby, "find_spec", {}.get)
    with pytest.raises(ValueError, match="numba is not installed"):
        nearby.engine()
    monkeypatch.delenv("HEADWATER_ENGINE")
    assert nearby.engine() == "plain"
