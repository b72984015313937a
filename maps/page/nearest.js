// The nearest sites with something open, in order, from where the reader is.
import { page } from './state.js';
import { make, metres, number, say } from './words.js';
import { filters } from './filters.js';
import { bearingTo, toSite } from './reach.js';
import { hitButton } from './detail.js';
import { goLinks } from './position.js';
import { nameOf } from './find.js';
import { isDrawn, toLat, toLon, toX, toY } from './shapes.js';
import { own } from './own.js';

const FINISHED = ['completed', 'accepted', 'closed'];
const LISTED_NEAR = 12;
const CANDIDATES = 60;
const COMPASS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'];
const near = { most: LISTED_NEAR, unfolded: -1, open: null };

// One byte per site: 1 where work is left, that is, where the ledger does not say that it is finished; a site without an entry
// on the ledger is open unless it is clear.
export function openSites() {
  const [status, result] = ['status', 'result'].map((name) => page.sites.column(name));
  const done = Array.from({ length: status.count }, (_, code) => FINISHED.includes(status.word(code)));
  const unlisted = Array.from({ length: status.count }, (_, code) => status.word(code) === '');
  const clear = Array.from({ length: result.count }, (_, code) => result.word(code) === 'clear');
  return Uint8Array.from({ length: page.sites.rows }, (_, row) => {
    const code = status.codes[row];
    return done[code] || (unlisted[code] && clear[result.codes[row]]) ? 0 : 1;
  });
}

// How far on the grid, squared, a site's mark or the box of its outline is: the order of the first choice.
function gridGap(row, x, y) {
  const { points, shapes } = page;
  const away = (points.x[row] - x) ** 2 + (points.y[row] - y) ** 2;
  if (!isDrawn(shapes.sites, row)) return away;
  const [left, top, right, bottom] = shapes.sites.box.subarray(row * 4, row * 4 + 4);
  return Math.min(away, Math.max(left - x, 0, x - right) ** 2 + Math.max(top - y, 0, y - bottom) ** 2);
}

// `{rows, total}`: the nearest open sites that the filters show, `[{row, distance, bearing}]` in true metres; an area or a line is as far
// as its outline, 0 inside.
export function nearestOpen(lon, lat, most) {
  const { points } = page;
  const [x, y] = [toX(lon), toY(lat)];
  const open = (near.open ??= openSites());
  const wanted = Math.max(CANDIDATES, most * 2);
  const chosen = [];
  let total = 0;
  let limit = Infinity;
  const cut = () => {
    chosen.sort((one, other) => one.gap - other.gap);
    chosen.length = Math.min(chosen.length, wanted);
    if (chosen.length === wanted) limit = chosen[wanted - 1].gap;
  };
  for (let row = 0; row < points.rows; row += 1) {
    if (!open[row] || !filters.mask[row] || !points.placed[row]) continue;
    total += 1;
    const gap = gridGap(row, x, y);
    if (gap < limit) chosen.push({ row, gap });
    if (chosen.length > wanted * 4) cut();
  }
  cut();
  const rows = chosen.map(({ row }) => {
    const bearing = bearingTo(lon, lat, toLon(points.x[row]), toLat(points.y[row]));
    return { row, distance: toSite(page, row, lon, lat), bearing };
  }).sort((one, other) => one.distance - other.distance || one.row - other.row);
  return { rows: rows.slice(0, most), total };
}

export const compassWord = (bearing) => say(`compass.${COMPASS[Math.round(bearing / 45) % 8]}`);

// Links that open a map program and lead there.
export function goList(row) {
  const { points } = page;
  const links = goLinks(toLon(points.x[row]), toLat(points.y[row]), nameOf('sites', row));
  return make('p', { class: 'golinks' }, ...links.map(({ key, href }) => make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, say(key))));
}

function nearRow({ row, distance, bearing }, redraw) {
  const open = near.unfolded === row;
  const way = distance === 0 ? say('near.here') : say('near.way', { metres: metres(distance), word: compassWord(bearing) });
  const turn = () => { near.unfolded = open ? -1 : row; redraw(); };
  return make('li', { class: 'near', 'data-row': row }, hitButton({ layer: 'sites', row }),
    make('button', { type: 'button', class: 'way', 'aria-expanded': String(open), 'aria-label': `${way} · ${say('near.go')}`, onclick: turn }, make('b', {}, way), make('small', {}, say('near.go'))),
    open ? goList(row) : null);
}

// The list for the field page, or nothing without a position.
export function nearList(redraw) {
  if (!own.fix) return null;
  const { rows, total } = nearestOpen(own.fix.lon, own.fix.lat, near.most);
  const widen = () => { near.most += 24; redraw(); };
  return make('section', { class: 'nearest' }, make('h3', {}, say('near.title', { count: number(total) })), make('p', { class: 'quiet' }, say('near.means')),
    rows.length ? make('ol', {}, ...rows.map((one) => nearRow(one, redraw))) : make('p', { class: 'quiet' }, say('near.none')),
    total > rows.length ? make('button', { type: 'button', class: 'more', onclick: widen }, say('more', { count: number(total - rows.length) })) : null);
}
