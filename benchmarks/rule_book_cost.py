"""What a whole rule book costs beside one rule: the same sites and zones, by turns, in one process.

    python benchmarks/rule_book_cost.py [--sites 100000] [--zones 2000] [--rounds 5] [--books cn]

Four things are timed, each from frames in memory that nothing was worked out about before, to answers in memory:

- `rules`: `layers.rules.check` with all rules in force about sources: zones made ready, where they are complete, what
  is near what, every relation and distance once, kinds, attributes, dates, records, strictest level, share, sentences
  in two languages, findings, counts and verdicts.
- `one rule`: the same call with one rule, asked of every kind of source in every zone, that reaches as far as the
  book's farthest rule about zones: the spatial pass, and what is said of its pairs, as many as all rules flag together.
- `bare pass`: zones made ready, measured and put into that rule's relation, and nothing else: no answer yet.
- `book`: as `rules`, with the rules about zones, too: how they lie in each other is a pass of its own, with no site.

The target is `rules` / `one rule`; the others are told beside it. The project has no rivers, water bodies or intakes:
a rule about a layer that is absent costs little, and the first one about a layer that is there costs a spatial pass.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import geopandas as gpd
from make_project import make_project
from measuring import RESULTS, keep, markdown, median, size_word

from gis import nearby, relate
from layers.load import load
from layers.project import read_project
from layers.rule_book import ZONES, Rule, RuleSet, rule_set
from layers.rules import check
from layers.surroundings import Surroundings

AS_OF = date(2026, 11, 22)  # as make_project writes
SOURCES = "pollution_sources"
Frames = Mapping[str, gpd.GeoDataFrame]


def one_rule(book: RuleSet) -> RuleSet:
    """A book of one rule about zones for sources of every kind, that reaches as far as the farthest of `book`."""
    about_zones = [
        rule for rule in book.in_force(AS_OF) if rule.placed and rule.subject == SOURCES and rule.of == ZONES
    ]
    farthest = max(about_zones, key=lambda rule: rule.within_m or 0.0)
    asked: dict[str, Any] = {"kinds": None, "levels": None, "medium": None, "where": {}, "unless": {}, "zone_where": {}}
    rule = farthest.model_copy(update=asked)
    return book._replace(rules={rule.id: rule}, book_of={rule.id: book.book_of[rule.id]})


def about_sources(book: RuleSet) -> RuleSet:
    """The rules in force about sources."""
    kept = {rule.id: rule for rule in book.in_force(AS_OF) if rule.subject == SOURCES}
    return book._replace(rules=kept, book_of={key: book.book_of[key] for key in kept})


def bare(frames: Frames, book: RuleSet) -> int:
    """The pairs of the relation of the only rule of `book`, counted."""
    (rule,) = book.rules.values()
    zones = Surroundings(frames, book, as_of=AS_OF).targets(ZONES)
    return len(_related(rule, nearby.measure(frames[SOURCES], zones, metres=rule.within_m or 0.0)))


def _related(rule: Rule, measured: nearby.Measured) -> Any:
    return relate.within_of(measured, metres=rule.within_m) if rule.within_m else relate.inside_of(measured)


def timed(frames: Frames, work: Callable[[Frames], int]) -> dict[str, float]:
    """Seconds, processor seconds and what came out, from frames of their own, whose geometries know nothing yet."""
    own = {name: frame.set_geometry(gpd.GeoSeries.from_wkb(frame.geometry.to_wkb(), crs=frame.crs))
           for name, frame in frames.items()}  # fmt: skip
    start, cpu = time.perf_counter(), time.process_time()
    count = work(own)
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "count": count}


def compare(frames: Frames, book: RuleSet, *, rounds: int) -> dict[str, Any]:
    """Medians of the works, and of the ratios inside each round; a first round is not counted."""
    one, own_rules = one_rule(book), about_sources(book)
    works: dict[str, Callable[[Frames], int]] = {
        "bare pass": lambda own: bare(own, one),
        "one rule": lambda own: len(check(own, one, as_of=AS_OF).findings),
        "rules": lambda own: len(check(own, own_rules, as_of=AS_OF).findings),
        "book": lambda own: len(check(own, book, as_of=AS_OF).findings),
    }
    taken = [{name: timed(frames, work) for name, work in works.items()} for _ in range(rounds + 1)][1:]
    (rule,) = one.rules.values()
    return {
        "rounds": rounds,
        "engine": nearby.engine_used(),
        "rules": {"rules": len(own_rules.rules), "book": len(book.in_force(AS_OF))},
        "one_rule": {"of": rule.id, "relation": rule.relation, "within_m": rule.within_m},
        "seconds": {name: median([one[name]["seconds"] for one in taken]) for name in works},
        "cpu": {name: median([one[name]["cpu"] for one in taken]) for name in works},
        "count": {name: int(taken[0][name]["count"]) for name in works},
        **{
            f"{work}_to_{name.replace(' ', '_')}{suffix}": median([one[work][kind] / one[name][kind] for one in taken])
            for work in ("rules", "book")
            for name in ("one rule", "bare pass")
            for kind, suffix in (("seconds", ""), ("cpu", "_cpu"))
        },
    }


def table(found: Mapping[str, Any]) -> str:
    """The result as a table in Markdown."""
    rows = [[name, found["seconds"][name], found["cpu"][name], found["count"][name]] for name in found["seconds"]]
    return markdown(["", "s", "processor s", "pairs or findings"], rows) + (
        f"\n\n{found['rules']['rules']} rules about sources: {found['rules_to_one_rule']:.2f} times one rule, "
        f"{found['rules_to_bare_pass']:.2f} times its bare pass; all {found['rules']['book']}: "
        f"{found['book_to_one_rule']:.2f} and {found['book_to_bare_pass']:.2f} times"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--books", default="cn", help="jurisdictions, joined by commas")
    parser.add_argument("--engine", choices=["plain", "fast"], default="plain")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    os.environ["HEADWATER_ENGINE"] = given.engine
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), sites=given.sites, zones=given.zones, seed=2007)
        book = rule_set(given.books.split(","), folder=Path(folder))
        frames = load(read_project(Path(folder), today=AS_OF), kinds=book.kinds, levels=book.levels).frames
    found = {"sites": given.sites, "zones": given.zones, **compare(frames, book, rounds=given.rounds)}
    keep(f"rules_{size_word(given.sites)}", found, given.results)
    print(table(found))


if __name__ == "__main__":
    main()
