"""What folium draws of the page: a map without data, in three pieces.

Importing this module imports folium, which takes longer than drawing; `maps.assets` does so only where it must.
No text from data passes through here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import folium
from branca.element import Figure

MAP_ID = "inspection"


@cache
def draw() -> tuple[str, str, str]:
    """What belongs into the head, into the body and into a script; of the same versions always the same."""
    plan: Any = folium.Map(location=[0, 0], zoom_start=2, tiles=None, prefer_canvas=True, zoom_control=False)
    plan.options.update(
        minZoom=2, maxZoom=20, zoomSnap=0.5, wheelPxPerZoomLevel=90, attributionControl=False, fadeAnimation=False
    )
    plan.default_js, plan.default_css = [], []  # the instance's own: folium's lists belong to the class
    figure: Any = Figure()
    _name_alike(plan, MAP_ID)
    figure.add_child(plan)
    plan.render()
    head = figure.header.render().replace("initial-scale=1.0, maximum-scale=1.0, user-scalable=no", "initial-scale=1.0")
    return head, figure.html.render(), figure.script.render()


def _name_alike(element: Any, name: str) -> None:
    """branca names elements by chance; the same page must be the same bytes."""
    element._id = name  # noqa: SLF001 (branca has no other way to say it)
