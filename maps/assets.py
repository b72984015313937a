"""The page's constant part: Leaflet and our own code inlined in the frame that folium draws.

The page's scripts are small ES modules in `page/`, joined in the order of `MODULES` into one closure:
`import` lines and the word `export` fall away, so a name must be unique among all modules (a test says so).
No text from data passes through here; the frame has slots (`<!--slot:name-->`) that are filled afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure
from jinja2 import Template

PAGE = Path(__file__).parent / "page"
MODULES = (
    "inflate", "islands", "words", "state", "filters", "find", "shapes", "marks", "canvas", "areas",
    "points", "labels", "hits", "records", "detail", "popup", "aim", "table", "search", "rail", "sheet",
    "back", "paper", "main",
)  # fmt: skip
MAP_ID = "inspection"
# Runs before anything is laid out: where scripts run, what is written for readers without them costs nothing;
# should our own script not even start (an old browser), that is shown after all.
START = (
    "(page => { page.classList.add('live'); "
    "addEventListener('error', () => { if (!window.headwater) page.classList.remove('live'); }); })"
    "(document.documentElement);"
)

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|let)", re.MULTILINE)
_SLOT = re.compile(r"<!--slot:(\w+)-->")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class OfflineFigure(Figure):
    """The frame of a page that fetches nothing: what folium would link to stands in the page itself."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="<!--slot:lang-->">\n<head>\n<meta charset="utf-8">\n<!--slot:policy-->\n'
        '<title><!--slot:title--></title>\n<link rel="icon" href="data:,">\n'
        "<script>{{ this.start_script }}</script>\n<style>{{ this.library_style }}</style>\n"
        "<script>{{ this.library_script }}</script>\n"
        "{{ this.header.render(**kwargs) }}\n<style>{{ this.page_style }}</style>\n</head>\n<body>\n"
        "{{ this.before }}{{ this.html.render(**kwargs) }}{{ this.after }}\n<!--slot:islands-->\n"
        "<script>{{ this.script.render(**kwargs) }}</script>\n<script>{{ this.page_script }}</script>\n</body>\n</html>"
    )

    def __init__(self) -> None:
        super().__init__()
        self.start_script = START
        self.library_script = library_script()
        self.library_style = library_style()
        self.page_script = page_script()
        self.page_style = (PAGE / "page.css").read_text(encoding="utf-8")
        self.before, self.after = (PAGE / "shell.html").read_text(encoding="utf-8").split("<!--slot:map-->")


@cache
def frame() -> str:
    """The page without any data: folium's map in our shell, with slots for what is filled in afterwards."""
    plan = folium.Map(location=[0, 0], zoom_start=2, tiles=None, prefer_canvas=True, zoom_control=False)
    plan.options.update(
        minZoom=2, maxZoom=20, zoomSnap=0.5, wheelPxPerZoomLevel=90, attributionControl=False, fadeAnimation=False
    )
    plan.default_js, plan.default_css = [], []  # the instance's own: folium's lists belong to the class
    figure = OfflineFigure()
    _name_alike(plan, MAP_ID)
    figure.add_child(plan)
    text = str(figure.render())
    return text.replace("initial-scale=1.0, maximum-scale=1.0, user-scalable=no", "initial-scale=1.0")


def fill(slots: Mapping[str, str]) -> str:
    """The frame with its slots filled and its policy written; `slots` are finished HTML and never looked into."""
    pieces = _SLOT.split(frame())
    filled = {**slots, "policy": policy(frame())}
    return "".join(filled[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def policy(page: str) -> str:
    """A content security policy that lets nothing run but the scripts that stand in `page`, and nothing load."""
    hashes = (hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(page))
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    rules = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
    return f"<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}base-uri 'none'; form-action 'none'\">"


def page_script() -> str:
    """All modules of the page as one script."""
    return '"use strict";\n(() => {\n' + "\n".join(_module(name) for name in MODULES) + "})();"


def page_words() -> dict[str, dict[str, str]]:
    """Every sentence the page says: key -> `{zh, en}`."""
    words: dict[str, dict[str, str]] = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
    return words


def library_script() -> str:
    """Leaflet, without the line that would make developer tools ask for a source map."""
    return re.sub(r"//# sourceMappingURL=.*", "", _library("leaflet.js").read_text(encoding="utf-8"))


def library_style() -> str:
    """Leaflet's style sheet, its pictures inlined."""

    def inlined(match: re.Match[str]) -> str:
        picture = base64.b64encode(_library(match[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    return re.sub(r"url\((images/[\w-]+\.png)\)", inlined, _library("leaflet.css").read_text(encoding="utf-8"))


def _library(name: str) -> Path:
    # Found without importing: the package's own parent needs setuptools, which we do not.
    return Path(str(distribution("XStatic-Leaflet").locate_file(f"xstatic/pkg/leaflet/data/{name}")))


def _module(name: str) -> str:
    text = (PAGE / f"{name}.js").read_text(encoding="utf-8")
    return _EXPORT.sub("", _IMPORT.sub("", text))


def _name_alike(element: Element, name: str) -> None:
    """branca names elements by chance; the same page must be the same bytes."""
    identified: Any = element
    identified._id = name  # noqa: SLF001 (branca has no other way to say it)
