"""The page's constant part: Leaflet and our own code inlined around the map that folium draws.

The page's scripts are small ES modules in `page/`, each a closure within one, after those that it imports: `import`
lines and the word `export` fall away, so what modules give to each other must be named uniquely (a test says so). They
stand in the page deflated, together with Leaflet, as inert text that the module `loader` unpacks and starts: a third of
the bytes.
No text from data passes through here; the frame has slots (`<!--slot:name-->`) that are filled afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path

from gis.kept import Kept
from layers.words import ATTRIBUTES

PAGE = Path(__file__).parent / "page"
# What these versions draw, as the SHA-256 of `maps.drawn.draw()` in JSON; any others draw in every run.
DRAWN_BY = {
    "folium 0.20.0, branca 0.8.2": "7eb570e5a1535fb2d4523d6d3bfbbcad59d33f7f766f4c3c40dbec32193d0086",
}
# Runs before anything is laid out: where scripts run, what is written for readers without them costs nothing;
# should our own script not even start (an old browser), that is shown after all.
START = (
    "(page => { page.classList.add('live'); "
    "addEventListener('error', () => { if (!window.headwater) page.classList.remove('live'); }); })"
    "(document.documentElement);"
)

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_STYLE_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const)", re.MULTILINE)
_GIVEN = re.compile(r"^export (?:(?:async )?function\*?|const) (\w+)", re.MULTILINE)
_IMPORTED = re.compile(r"^import .*? from '\./(\w+)\.js';", re.MULTILINE | re.DOTALL)
# Style sheets of one weight: those of a part of the page follow the first, those of a medium come last.
_FIRST, _LAST = ("page",), ("phone", "paper", "plain")
_SLOT = re.compile(r"<!--slot:(\w+)-->")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_CODE = re.compile(r'<script type="text/plain" id="island-code">(.*?)</script>')


def frame(kept: Kept | None = None) -> str:
    """The page without any data: folium's map in our shell, with slots for what is filled in afterwards.

    It fetches nothing: what folium would link to stands in the page itself. What folium has drawn for an
    earlier run is taken from `kept`, and then folium is not even imported.
    """
    head, body, script = _drawn(kept or Kept(None))
    before, after = (PAGE / "shell.html").read_text(encoding="utf-8").split("<!--slot:map-->")
    style = f'<style>{_sheet(*_FIRST)}</style>\n<style id="parts"></style>\n<style>{_sheet(*_LAST)}</style>'
    return (
        '<!DOCTYPE html>\n<html lang="<!--slot:lang-->">\n<head>\n<meta charset="utf-8">\n<!--slot:policy-->\n'
        '<title><!--slot:title--></title>\n<link rel="icon" href="data:,">\n'
        f"<script>{START}</script>\n<style>{library_style()}</style>\n{_packed_code(script)}"
        f"<script>{page_script('loader')}</script>\n"
        f"{head}\n{style}\n</head>\n<body>\n{before}{body}{after}\n<!--slot:islands-->\n</body>\n</html>"
    )


def _packed_code(script: str) -> str:
    """Leaflet, what folium draws (`script`) and our own modules after their looks, as inert text."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    looks = f"document.getElementById('parts').textContent = {json.dumps(_sheet(*_parts()))};"
    code = "\n".join((library_script(), looks, script, page_script()))
    data = press.compress(code.encode()) + press.flush()
    return f'<script type="text/plain" id="island-code">{base64.b64encode(data).decode()}</script>\n'


def page_code(page: str) -> str:
    """The code that a page carries, as it runs."""
    packed = _CODE.search(page)
    return zlib.decompress(base64.b64decode(packed[1]), -zlib.MAX_WBITS).decode() if packed else ""


def warm(kept: Kept | None = None) -> None:
    """Draws the frame, so that it is there when it is asked for: to be called in a thread while data are read."""
    _drawn(kept or Kept(None))


def _drawn(kept: Kept) -> tuple[str, str, str]:
    """The head, the body and the script that folium draws, kept from an earlier run or drawn now.

    They are code that runs in the reader's browser, and whoever sent the project may have filled its cache: so
    nothing is believed but what is known to be drawn by these versions.
    """
    versions = f"folium {version('folium')}, branca {version('branca')}"
    known = DRAWN_BY.get(versions)
    if known is not None:
        data = kept.get("map-frame", versions)
        if data is not None and hashlib.sha256(data).hexdigest() == known:
            head, body, script = json.loads(bytes(data))
            return head, body, script
    from maps.drawn import draw

    pieces = draw()
    told = json.dumps(pieces).encode()
    if hashlib.sha256(told).hexdigest() == known:
        kept.put("map-frame", versions, told)
    return pieces


def fill(empty: str, slots: Mapping[str, str], hosts: Sequence[str] = ()) -> str:
    """The frame with its slots filled and its policy written; `slots` are finished HTML and never looked into.

    Pictures may come from `hosts`, and nothing else from anywhere.
    """
    pieces = _SLOT.split(empty)
    filled = {**slots, "policy": policy(empty, hosts)}
    return "".join(filled[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def policy(page: str, hosts: Sequence[str] = ()) -> str:
    """A policy that lets nothing run but the scripts that stand in `page`, and nothing load but pictures of `hosts`."""
    scripts = (*_SCRIPT.findall(page), page_code(page))
    hashes = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    pictures = " ".join(("data:", "blob:", *hosts))
    rules = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src {pictures}; "
    return f"<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}base-uri 'none'; form-action 'none'\">"


def page_script(last: str = "main") -> str:
    """A module and all that it imports as one script."""
    return '(() => {\n"use strict";\n' + "\n".join(_module(name) for name in modules(last)) + "})();"


@cache
def modules(last: str = "main") -> tuple[str, ...]:
    """The names of a module and of those that it imports, each after its own imports; `last` is the last."""
    order: dict[str, None] = {}
    _place(last, order, set())
    return tuple(order)


def _place(name: str, order: dict[str, None], entered: set[str]) -> None:
    if name in entered:
        return
    entered.add(name)
    for imported in _IMPORTED.findall((PAGE / f"{name}.js").read_text(encoding="utf-8")):
        _place(imported, order, entered)
    order[name] = None


def _sheet(*names: str) -> str:
    """Style sheets in this order as one, without comments."""
    text = "".join((PAGE / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return _INDENT.sub("", _STYLE_COMMENT.sub("", text))


def _parts() -> tuple[str, ...]:
    """The style sheets of parts that only scripts draw; those of one weight, so that their order means nothing."""
    return tuple(sorted({path.stem for path in PAGE.glob("*.css")} - {*_FIRST, *_LAST}))


def page_words() -> dict[str, dict[str, str]]:
    """Every sentence the page says, and the headings of columns that rules ask for: key -> `{zh, en}`."""
    words: dict[str, dict[str, str]] = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
    asked = {f"column.{name}": {"zh": word.zh, "en": word.en} for name, word in ATTRIBUTES.items()}
    return {**asked, **words}


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
    """The module as a closure of its own, which gives what it exports to the one around all modules.

    Without lines of comment and indentation, which nobody reads in a page; so no text may run over several lines.
    """
    text = _INDENT.sub("", _COMMENT.sub("", (PAGE / f"{name}.js").read_text(encoding="utf-8")))
    given = ", ".join(_GIVEN.findall(text))
    return f"const {{ {given} }} = (() => {{\n{_EXPORT.sub('', _IMPORT.sub('', text))}return {{ {given} }};\n}})();"
