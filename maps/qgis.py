"""QGIS styles (QML) for the layers of findings.gpkg, from the same table of colours as the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from layers.words import CLASSES, RESULTS, Word
from maps.style import CLASS_LOOKS, LEVEL_LINES, RESULT_LOOKS

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def qgis_styles(levels: Mapping[str, Word], *, language: str) -> dict[str, str]:
    """Layer name -> QML: findings and sites by result, zones by level, sections by class."""
    results = [
        (code, word.text(language), _marker(RESULT_LOOKS[code].colour, RESULT_LOOKS[code].radius / 2.5))
        for code, word in RESULTS.items()
    ]
    zones = []
    for place, (code, word) in enumerate(levels.items()):
        line = LEVEL_LINES[min(place, len(LEVEL_LINES) - 1)]
        dash = ("solid", "dash", "dot")[min(place, 2)]
        zones.append((code, word.text(language), _fill(line.colour, line.fill, line.width / 3, dash)))
    classes = [(code, word.text(language), _marker(CLASS_LOOKS[code][0], 3.0)) for code, word in CLASSES.items()]
    return {
        "findings": _categorised("result", "marker", results),
        "sites": _categorised("result", "marker", results),
        "protection_zones": _categorised("level", "fill", zones),
        "river_sections": _categorised("class", "marker", classes),
    }


def _categorised(attribute: str, kind: str, categories: Sequence[tuple[str, str, str]]) -> str:
    names = "".join(
        f'<category render="true" symbol="{place}" value={quoteattr(value)} label={quoteattr(label)}/>'
        for place, (value, label, _) in enumerate(categories)
    )
    symbols = "".join(
        f'<symbol type="{kind}" name="{place}" alpha="1" clip_to_extent="1" force_rhr="0">{layer}</symbol>'
        for place, (_, _, layer) in enumerate(categories)
    )
    return (
        f'{_HEAD}<qgis version="3.22" styleCategories="Symbology"><renderer-v2 type="categorizedSymbol" '
        f'attr="{attribute}" forceraster="0" enableorderby="0" symbollevels="0">'
        f"<categories>{names}</categories><symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _marker(colour: str, millimetres: float) -> str:
    options = {
        "name": "circle",
        "color": _rgba(colour, 1),
        "size": f"{millimetres:g}",
        "size_unit": "MM",
        "outline_color": "255,255,255,255",
        "outline_width": "0.2",
    }
    return _layer("SimpleMarker", options)


def _fill(colour: str, opacity: float, millimetres: float, dash: str) -> str:
    options = {
        "color": _rgba(colour, opacity),
        "style": "solid",
        "outline_color": _rgba(colour, 1),
        "outline_style": dash,
        "outline_width": f"{millimetres:.2f}",
        "outline_width_unit": "MM",
    }
    return _layer("SimpleFill", options)


def _layer(name: str, options: Mapping[str, str]) -> str:
    told = "".join(f'<Option type="QString" name="{key}" value={quoteattr(value)}/>' for key, value in options.items())
    return f'<layer class="{name}" enabled="1" locked="0" pass="0"><Option type="Map">{told}</Option></layer>'


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
