"""maps.qgis: styles that QGIS can read, one category for every word."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from layers.rule_book import rule_set
from layers.words import CLASSES, RESULTS
from maps.qgis import qgis_styles


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_has_a_category_and_a_symbol(language: str) -> None:
    levels = rule_set(["cn"], folder=Path()).levels
    styles = qgis_styles(levels, language=language)
    for layer, words in (
        ("sites", RESULTS),
        ("findings", RESULTS),
        ("protection_zones", levels),
        ("river_sections", CLASSES),
    ):
        root = ElementTree.fromstring(styles[layer].partition("\n")[2])  # noqa: S314 - our own text
        categories = root.findall(".//category")
        assert [category.get("value") for category in categories] == list(words)
        assert [category.get("label") for category in categories] == [word.text(language) for word in words.values()]
        assert [symbol.get("name") for symbol in root.findall(".//symbol")] == [
            category.get("symbol") for category in categories
        ]
