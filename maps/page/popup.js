// Choosing things: the popup on the map, the drawer beside it, and the list where several things lie at one place.
import { page, tell, narrow, still } from './state.js';
import { heading, make, number, say, word } from './words.js';
import { findingsOf } from './records.js';
import { fillDetail, findingCard, hitButton, describe } from './detail.js';
import { nameOf } from './find.js';
import { anchor, isDrawn, toLat, toLon } from './shapes.js';
import { crowdAt, hitsAt, zoneHits } from './hits.js';

// The drawer beside the map tells all of it; the popup the worst.
const SHOWN_FINDINGS = 1;
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
    maxWidth: narrow() ? Math.min(320, window.innerWidth - 40) : 340, minWidth: narrow() ? 140 : 260, maxHeight: narrow() ? 190 : 360, offset: [0, -6],
    autoPanPaddingTopLeft: [12, narrow() ? 64 : 12], autoPanPaddingBottomRight: [narrow() ? 12 : 60, sheet + 12], autoPan: true, closeButton: true,
  }).setLatLng(at).setContent(content);
  popup.openOn(page.map);
  popup.getElement().querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', say('close'));
}

// On the phone the sheet tells the rest: the popup only marks the place.
function label(hit) {
  const { sites } = page;
  const said = hit.layer === 'sites' ? [word('results', sites.text('result', hit.row)), word('statuses', sites.text('status', hit.row))].join(' · ') : describe(hit);
  return make('div', { class: 'short label-only' }, make('h2', {}, nameOf(hit.layer, hit.row)), make('p', {}, said));
}

function line(lead, text) {
  return make('p', { class: 'line' }, make('span', { class: 'label' }, lead), text);
}

// By which document and from when to when a zone is one.
function zoneLines(row) {
  const [document, from, to] = ['document', 'valid_from', 'valid_to'].map((name) => page.zones.text(name, row));
  const valid = from && to ? 'valid.between' : from ? 'valid.since' : 'valid.until';
  return [document ? line(heading('document'), document) : null, from || to ? line(say('valid'), say(valid, { from, to })) : null].filter(Boolean);
}

// Result and status in one line; the drawer says who says which.
function judgedLine(row) {
  const { sites } = page;
  const result = sites.text('result', row);
  return make('p', { class: 'judged' }, make('strong', { class: result }, word('results', result)), make('span', {}, word('statuses', sites.text('status', row))),
    sites.text('overdue', row) === 'true' ? make('span', { class: 'late' }, word('overdue', 'true')) : null);
}

function short(hit) {
  if (narrow()) return label(hit);
  const { sites } = page;
  const { row } = hit;
  const all = findingsOf(hit);
  const head = [make('h2', {}, nameOf(hit.layer, row))];
  const left = all.length > SHOWN_FINDINGS ? make('p', { class: 'quiet' }, say('findings.more', { count: all.length - SHOWN_FINDINGS })) : null;
  if (hit.layer !== 'sites') {
    return make('div', { class: 'short' }, ...head, make('p', {}, describe(hit)), ...(hit.layer === 'zones' ? zoneLines(row) : []),
      ...all.slice(0, SHOWN_FINDINGS).map((one) => findingCard(one, false)), left);
  }
  const facts = [['deadline', sites.text('deadline', row)], ['responsible_unit', sites.text('responsible_unit', row)]].filter(([, text]) => text);
  return make('div', { class: 'short' }, ...head, judgedLine(row), ...all.slice(0, SHOWN_FINDINGS).map((one) => findingCard(one, false)),
    left, ...facts.map(([name, text]) => line(heading(name), text)));
}

// Opens `hit` (or nothing, for null): popup and drawer are filled when this returns.
export function choose(hit, { fly = false } = {}) {
  page.selected = hit;
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
      page.map.setView(at, zoom, { animate: false });
    }
    show(short(hit), at);
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
