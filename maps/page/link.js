// The fragment of the page's address: where the map looks, what is filtered, what is open, in which language and order.
import { page, listen, narrow, tell } from './state.js';
import { currentFilters, hasValue, setFilters } from './filters.js';
import { frameOf, idOf } from './find.js';
import { sitesWithId } from './records.js';
import { isSortable, tableOrder, setTableOrder } from './table.js';
import { groupings } from './ordering.js';
import { openAsked } from './question.js';
import { bringInSight } from './aim.js';
import { placeOf } from './popup.js';
import { toLat, toLon } from './shapes.js';

// At most this often; browsers refuse an address that changes more often than about three times a second.
const PAUSE_MS = 400;
const LONGEST_LINK = 6000;
const LONGEST_TEXT = 200;
// The height of what stands above an opened place, in pixels.
const POPUP_ROOM = 60;
// `below`: what was written last while nothing was open, for which the history has an entry of its own (back.js).
const route = { written: null, below: null, timer: 0, setLanguage: null };
const linkedLayers = () => ['sections', 'zones', ...Object.keys(page.context)];

// What names a thing in a link: its layer and its id there.
function nameInLink({ layer, row }) {
  return `${layer === 'sites' ? page.sites.text('layer', row) : layer}/${idOf(layer, row)}`;
}

function hitInLink(name) {
  const [row] = sitesWithId(name);
  if (row !== undefined) return { layer: 'sites', row };
  const slash = name.indexOf('/');
  const layer = name.slice(0, slash);
  if (!linkedLayers().includes(layer)) return null;
  for (let at = 0; at < frameOf(layer).rows; at += 1) if (idOf(layer, at) === name.slice(slash + 1)) return { layer, row: at };
  return null;
}

// The name of a filter as people write it.
const shortName = (name) => Object.keys(page.style.facet_names).find((one) => page.style.facet_names[one] === name) || name;

function stateNow() {
  const told = new URLSearchParams();
  const { lat, lng } = page.map.getCenter();
  told.set('map', [lat.toFixed(5), lng.toFixed(5), page.map.getZoom()].join(','));
  for (const [name, values] of Object.entries(currentFilters())) [values].flat().forEach((value) => told.append(shortName(name), value));
  if (page.selected) told.set('open', nameInLink(page.selected));
  if (page.asked) told.set('ask', page.asked);
  told.set('lang', page.language);
  for (const [name, value] of Object.entries(tableOrder())) told.set(name, value);
  return `#${told}`;
}

function writeLink() {
  clearTimeout(route.timer);
  route.timer = 0;
  // Somebody has just changed the address: that is followed, not written over.
  if (page.printing || (route.written !== null && window.location.hash !== route.written)) return;
  const wanted = stateNow();
  if (wanted === route.written) return;
  try {
    window.history.replaceState(window.history.state, '', wanted);
  } catch { /* Some viewers of files have no history: then there is no link either. */ }
  noteWritten();
}

function noteWritten() {
  route.written = window.location.hash;
  if (!window.history.state) route.below = route.written;
}

function writeLinkSoon() {
  if (!route.timer) route.timer = setTimeout(writeLink, PAUSE_MS);
}

// After a step back within the page the address is that of an earlier state: it becomes that of what is shown.
function stepped() {
  if (window.location.hash !== route.below) return;
  route.written = route.below;
  writeLink();
}

// [latitude, longitude, zoom], or null for what is none on this map.
function viewIn(text) {
  const numbers = text.split(',').map((one) => (one.trim() === '' ? NaN : Number(one)));
  const [lat, lon, zoom] = numbers;
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return [lat, lon, Math.min(page.map.getMaxZoom(), Math.max(0, zoom))];
}

const UNDERSTOOD = {
  map: viewIn,
  open: hitInLink,
  ask: (text) => text,
  lang: (text) => (['zh', 'en'].includes(text) ? text : null),
  sort: (text) => (isSortable(text) ? text : null),
  group: (text) => (groupings().includes(text) ? text : null),
};

// What a fragment says that this page understands; `lost` where its data do not have what is asked for.
function read(fragment) {
  const wanted = { filters: {}, lost: false, known: false };
  for (const [name, value] of new URLSearchParams(fragment.slice(1))) {
    const own = Object.hasOwn(UNDERSTOOD, name) ? UNDERSTOOD[name](value) : null;
    if (own !== null) wanted[name] = own;
    else if (name === 'text' && value) wanted.filters.text = value.slice(0, LONGEST_TEXT);
    else if (hasValue(name, value)) (wanted.filters[name] ??= []).push(value);
    else {
      wanted.lost ||= name === 'open' || hasValue(name, null);
      continue;
    }
    wanted.known = true;
  }
  return wanted;
}

// Makes the page what the fragment says; nothing changes where it says nothing that is known.
function followLink(fragment) {
  const wanted = fragment.length > LONGEST_LINK ? {} : read(fragment);
  if (wanted.known) {
    const { lang, filters, open = null, ask: asked, map } = wanted;
    if (lang && lang !== page.language) route.setLanguage(lang);
    setTableOrder(wanted);
    setFilters(filters);
    if (map) page.map.setView(map.slice(0, 2), map[2], { animate: false });
    page.choose(open, { fly: Boolean(open) && !map });
    if (asked && !open) openAsked(asked);
    // Opening moves the map so that all of the popup is seen: where the link's maker had it, it is already.
    if (map) page.map.setView(map.slice(0, 2), map[2], { animate: false });
    // On a phone what was a place in the middle may be one under the header or the sheet.
    const place = open && map && narrow() ? placeOf(open) : null;
    if (place) bringInSight([[toLon(place[0]), toLat(place[1])]], POPUP_ROOM);
  }
  if (!wanted.lost) return;
  page.lost = true;
  tell('filter');
}

function changed() {
  if (window.location.hash === route.written) return;
  clearTimeout(route.timer);
  route.timer = 0;
  route.written = null;
  followLink(window.location.hash);
  writeLink();
}

// An address of this page that opens with `hit`, in the language of the moment.
export function linkTo(hit) {
  const told = new URLSearchParams({ open: nameInLink(hit), lang: page.language });
  return `${window.location.href.split('#')[0]}#${told}`;
}

export function startLink(setLanguage) {
  route.setLanguage = setLanguage;
  if (window.location.hash.length > 1) followLink(window.location.hash);
  noteWritten();
  ['filter', 'select', 'asked', 'language', 'order'].forEach((event) => listen(event, writeLinkSoon));
  listen('stepped', stepped);
  page.map.on('moveend', writeLinkSoon);
  window.addEventListener('hashchange', changed);
}
