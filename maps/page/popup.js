// Choosing things: the popup on the map, the drawer beside it, and the list where several things lie at one place.
import { page, tell, narrow, still } from './state.js';
import { make, number, say, word } from './words.js';
import { hitButton, describe } from './detail.js';
import { fillDetail } from './drawer.js';
import { nameOf } from './find.js';
import { anchor, isDrawn, toLat, toLon } from './shapes.js';
import { crowdAt, hitsAt, zoneHits } from './hits.js';
import { centreOn, covered } from './aim.js';

const LISTED = 40;
// So many are offered as a list; more are approached first.
const FEW_HITS = 8;
let popup = null;

export function placeOf({ layer, row }) {
  const { points } = page;
  if (layer === 'sites') return points.placed[row] ? [points.x[row], points.y[row]] : null;
  return isDrawn(page.shapes[layer], row) ? anchor(page.shapes[layer], row) : null;
}

export const latLng = ([x, y]) => L.latLng(toLat(y), toLon(x));

function show(content, at) {
  const sheet = narrow() ? Math.round(window.innerHeight * 0.46) : 0;
  popup?.remove();
  popup = L.popup({
    maxWidth: Math.min(300, window.innerWidth - 40), minWidth: 60, maxHeight: narrow() ? 190 : 320, offset: [0, -6],
    autoPanPaddingTopLeft: [12, narrow() ? covered().above + 6 : window.innerHeight < 560 ? 64 : 12], autoPanPaddingBottomRight: [narrow() ? 12 : 60, sheet + 12], autoPan: true, closeButton: true,
  }).setLatLng(at).setContent(content);
  popup.openOn(page.map);
  popup.getElement().querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', say('close'));
}

// The drawer tells all of it: the popup only marks the place, and leaves the map to be seen.
function label(hit) {
  const { sites } = page;
  const late = hit.layer === 'sites' && sites.text('overdue', hit.row) === 'true';
  const said = hit.layer === 'sites' ? [word('results', sites.text('result', hit.row)), word('statuses', sites.text('status', hit.row))].join(' · ') : describe(hit);
  return make('div', { class: 'short label-only' }, make('h2', {}, nameOf(hit.layer, hit.row)),
    make('p', {}, make('span', {}, said), late ? make('span', { class: 'late' }, word('overdue', 'true')) : null));
}

// Opens `hit` (or nothing, for null): popup and drawer are filled when this returns.
export function choose(hit, { fly = false } = {}) {
  page.selected = hit;
  page.reply = null;
  page.asked = null;
  page.hovered = -1;
  popup?.remove();
  popup = null;
  fillDetail();
  // The map has another width once the drawer stands beside it.
  page.map.invalidateSize({ animate: false });
  const place = hit && placeOf(hit);
  if (place) {
    const at = latLng(place);
    if (fly && (!page.map.getBounds().pad(-0.1).contains(at) || page.map.getZoom() < 12)) {
      const zoom = Math.max(page.map.getZoom(), Math.min(14, page.map.getMaxZoom()));
      // Not animated: the popup moves the map by itself, and two movements at a time lose its head.
      centreOn(at, zoom);
    }
    show(label(hit), at);
  }
  if (hit) document.getElementById('announce').textContent = `${nameOf(hit.layer, hit.row)}. ${describe(hit)}`;
  tell('select');
}

export function openFrom(hit) {
  choose(hit, { fly: true });
}

// A number stands for many: the map goes nearer, unless they all lie at one place.
function approach(hits) {
  const box = L.latLngBounds(hits.map((hit) => latLng(placeOf(hit))));
  const zoom = Math.min(page.map.getBoundsZoom(box.pad(0.2)), page.map.getMaxZoom());
  if (zoom <= page.map.getZoom()) return false;
  choose(null);
  page.map.setView(box.getCenter(), zoom, { animate: !still() });
  return true;
}

// A click: one thing opens, several are listed, nothing closes.
export function clicked(at, reach) {
  const { x, y } = at;
  const crowd = crowdAt(x, y, reach);
  if (crowd && crowd.length > FEW_HITS && approach(crowd)) return null;
  const hits = crowd || hitsAt(x, y, reach);
  if (!hits.length) return choose(null);
  if (hits.length === 1) return choose(hits[0]);
  choose(null);
  return show(list(say('hits.here', { count: number(hits.length) }), hits), latLng([x, y]));
}

function list(title, hits) {
  return make('div', { class: 'short' }, make('h2', {}, title), make('div', { class: 'hits' }, ...hits.slice(0, LISTED).map(hitButton)),
    hits.length > LISTED ? make('p', { class: 'quiet' }, say('hits.more', { count: number(hits.length - LISTED) })) : null);
}

// What is at a pasted coordinate: the zones around it, or that there are none drawn.
export function openPlace([x, y]) {
  const zones = zoneHits(page.shapes.zones, x, y);
  const title = `${toLon(x).toFixed(5)}, ${toLat(y).toFixed(5)}`;
  choose(null);
  page.map.setView(latLng([x, y]), Math.max(page.map.getZoom(), 13), { animate: false });
  show(zones.length ? list(title, zones) : make('div', { class: 'short' }, make('h2', {}, title), make('p', {}, say('place.no_zone'))), latLng([x, y]));
}

// Brings the open popup back into view after the map has become smaller.
export function keepInView() {
  if (popup?.isOpen()) popup.update();
}
