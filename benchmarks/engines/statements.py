"""The SQL that the databases share: one statement a job over `p` (subjects) and `z` (zones).

Both hold `m`, the geometry in Web Mercator; `p` also `scale`, the cosine of its latitude. `p.lonlat`
and `z.lonlat` are degrees.
"""

from __future__ import annotations

from engines import REACH

SCALE = {
    "points": "cos(radians(ST_Y(geometry)))",
    "areas": "cos(radians((ST_YMin(geometry) + ST_YMax(geometry)) / 2))",
    "lines": "cos(radians((ST_YMin(geometry) + ST_YMax(geometry)) / 2))",
}
MEASURE = {"areas": ("ST_Area", "p.scale * p.scale"), "lines": ("ST_Length", "p.scale")}
COUNT = {
    "points": "SELECT count(*) FILTER (WHERE inside), count(*) FILTER (WHERE NOT inside) FROM {pairs}",
    "areas": "SELECT count(*) FILTER (WHERE overlap > 0), count(*) FILTER (WHERE metres > 0), "
    "sum(overlap), sum(share) FROM {pairs}",
}
COUNT["lines"] = COUNT["areas"]


def pairs(job: str, *, near: str) -> str:
    """The statement of a job; `near` is the condition that the engine's index understands."""
    if job == "points":
        return (
            "SELECT p.pid AS point, z.zone_id AS zone, ST_Intersects(p.lonlat, z.lonlat) AS inside, "
            f"ST_Distance(p.m, z.m) * p.scale AS metres FROM p JOIN z ON {near}"
        )
    function, power = MEASURE[job]
    inner = (
        f"SELECT p.pid AS subject, z.zone_id AS zone, ST_Distance(p.m, z.m) * p.scale AS metres, "
        f"CASE WHEN ST_Intersects(p.m, z.m) THEN {function}(ST_Intersection(p.m, z.m)) * {power} ELSE 0 END "
        "AS overlap, "
        f"{function}(p.m) * {power} AS whole FROM p JOIN z ON {near}"
    )
    return f"SELECT subject, zone, metres, overlap, overlap / whole AS share FROM ({inner}) AS q"


def counts(job: str, row: tuple[float, ...]) -> dict[str, float]:
    """The one row of COUNT, by name."""
    found: dict[str, float] = {"inside": int(row[0]), "near": int(row[1])}
    if job != "points":
        found.update(overlap=float(row[2]), share=float(row[3]))
    return found


WITHIN = f"metres <= {REACH}"
