"""`python -m tests.corpus DIR --seed N --rows M`: a corpus as large as is wanted, for trying readers on it."""

from __future__ import annotations

import argparse
from pathlib import Path

import gis  # noqa: F401 - first of all: it closes GDAL's side doors
from tests.corpus.build import MANIFEST, build, counts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=6000, help="about how many bad rows")
    said = parser.parse_args()
    said.folder.mkdir(parents=True)
    print(f"{said.folder / MANIFEST}: {counts(build(said.folder, said.seed, rows=said.rows))}")  # noqa: T201


if __name__ == "__main__":
    main()
