"""The pages that `map_page.py` compares with: folium's own of the same layers, and an empty offline Leaflet page.

folium's pages link to ten files on five hosts. Here all that they need stands in the page itself, so that their times
hold no network: Leaflet from XStatic-Leaflet, Leaflet.markercluster from npm, unpacked into a folder that is no part of
this repository. Markers are bare: no icon font, no popup, no jQuery.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import folium
import geopandas as gpd
from branca.element import Figure
from folium.plugins import FastMarkerCluster

from maps.assets import library_script, library_style

MARKERCLUSTER = "1.5.3"
BARE = "function (row) { return L.marker(new L.LatLng(row[0], row[1])); }"
# Leaflet looks for its marker picture by the address of a style sheet, which a page without links does not have.
PICTURE = (
    "L.Icon.Default.prototype.options.iconUrl = L.Icon.Default.prototype.options.iconRetinaUrl = {picture};"
    "L.Icon.Default.prototype.options.shadowUrl = null; L.Icon.Default.imagePath = '';"
    "L.Icon.Default.prototype._getIconUrl = function () {{ return this.options.iconUrl; }};"
)


class NoBaseline(RuntimeError):
    """What a baseline needs cannot be fetched here."""


def markercluster(folder: Path) -> Path:
    """The unpacked Leaflet.markercluster in `folder`, fetched with npm where it is not there yet. Raises NoBaseline."""
    unpacked = folder / "package" / "dist"
    if not unpacked.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", f"leaflet.markercluster@{MARKERCLUSTER}", "--silent"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as fault:
            raise NoBaseline(f"leaflet.markercluster {MARKERCLUSTER} cannot be fetched with npm: {fault}") from None
        with tarfile.open(folder / f"leaflet.markercluster-{MARKERCLUSTER}.tgz") as package:
            package.extractall(folder, filter="data")
    return unpacked


def empty_page() -> str:
    """An offline Leaflet page without layers, as folium draws it."""
    return _page(folium.Map(location=[26.6, 104.8], zoom_start=8, tiles=None, prefer_canvas=True), [], [])


def cluster_page(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, plugin: Path) -> str:
    """FastMarkerCluster of all sites upon GeoJson of all zones, drawn on one canvas."""
    plan = _map()
    folium.GeoJson(zones).add_to(plan)
    positions = sites[["lat", "lon"]].to_numpy().tolist()
    FastMarkerCluster(positions, callback=BARE).add_to(plan)
    names = ("MarkerCluster.css", "MarkerCluster.Default.css")
    styles = [(plugin / name).read_text(encoding="utf-8") for name in names]
    return _page(plan, [(plugin / "leaflet.markercluster.js").read_text(encoding="utf-8")], styles)


def geojson_page(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> str:
    """GeoJson of the zones and of the sites, as folium writes it: the measure of generating."""
    plan = _map()
    folium.GeoJson(zones).add_to(plan)
    folium.GeoJson(sites).add_to(plan)
    return str(plan.get_root().render())


def _map() -> folium.Map:
    # MarkerCluster asks the map for its largest zoom, which tiles would have told it.
    plan = folium.Map(location=[26.9, 106.5], zoom_start=8, tiles=None, prefer_canvas=True)
    plan.options.update(maxZoom=18)
    return plan


def _page(plan: folium.Map, scripts: list[str], styles: list[str]) -> str:
    """The map's page with everything in it; links of folium's are left away."""
    figure = Figure()
    plan.default_js, plan.default_css = [], []
    figure.add_child(plan)
    for child in plan._children.values():  # noqa: SLF001 (branca has no other way to ask)
        child.default_js, child.default_css = [], []
    plan.render()
    picture = re.search(r'url\("?(data:image/png;base64,[^)"]+)', library_style())
    told = PICTURE.format(picture=repr(picture.group(1) if picture else ""))
    library = [re.sub(r"//# sourceMappingURL=.*", "", script) for script in (library_script(), *scripts)]
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8"><link rel="icon" href="data:,">\n'
        + "".join(f"<style>{style}</style>\n" for style in (library_style(), *styles))
        + "".join(f"<script>{script}</script>\n" for script in (library[0], told, *library[1:]))
        + f"{figure.header.render()}\n</head>\n<body>\n{figure.html.render()}\n"
        + f"<script>{figure.script.render()}</script>\n</body>\n</html>"
    )
