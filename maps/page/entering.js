// A warning on the way into a zone of the strictest level, once for each entry, and a word on the way out. What cannot be warned for sure,
// because the position or the outline is doubtful, is said to be possible.
import { page, listen } from './state.js';
import { make, metres, say, word } from './words.js';
import { contains, isDrawn, toX, toY } from './shapes.js';
import { groundScale, toOutline } from './reach.js';
import { own } from './own.js';

// Metres beyond all doubt before somebody is said to have left: who stands at the edge is not warned ten times.
const CLEARLY_OUT = 15;
const NAMED = 3;
// Row of the zone -> `in` or `maybe`.
const inside = new Map();
let warned = [];

// How the position stands to a zone: `in`, `maybe`, `edge` (outside, but not clearly) or `out`.
export function standing(row, { lon, lat, accuracy }) {
  const shapes = page.shapes.zones;
  const stated = page.zones.has('located_to_metres') ? Number(page.zones.text('located_to_metres', row)) || 0 : 0;
  const doubt = (accuracy || 0) + stated;
  const [x, y] = [toX(lon), toY(lat)];
  const reach = (doubt + CLEARLY_OUT) / Math.min(...groundScale(lat));
  const [left, top, right, bottom] = shapes.box.subarray(row * 4, row * 4 + 4);
  if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return 'out';
  const isIn = contains(shapes, row, x, y);
  const away = toOutline(shapes, row, lon, lat);
  // A position set by hand does not say how good it is.
  if (isIn) return accuracy && away >= doubt ? 'in' : 'maybe';
  return away < doubt ? 'maybe' : away < doubt + CLEARLY_OUT ? 'edge' : 'out';
}

function strictZones() {
  const [strictest] = page.run.levels;
  const levels = page.zones.column('level');
  return Array.from({ length: page.zones.rows }, (_, row) => row).filter((row) => isDrawn(page.shapes.zones, row) && levels.text(row) === strictest.code);
}

const zoneName = (row) => page.zones.text('name', row) || page.zones.text('zone_id', row);
const namesOf = (rows) => rows.slice(0, NAMED).map(zoneName).join(say('list.comma')) + (rows.length > NAMED ? say('enter.more', { count: rows.length - NAMED }) : '');

// What has changed since the last position: `[{kind: 'in' | 'maybe' | 'left', rows}]`.
export function passed(fix, rows) {
  const news = { in: [], maybe: [], left: [] };
  for (const row of rows) {
    const before = inside.get(row);
    const now = standing(row, fix);
    if (now === 'out' && before) {
      inside.delete(row);
      news.left.push(row);
    } else if (now === 'in' && before !== 'in') {
      inside.set(row, 'in');
      news.in.push(row);
    } else if (now === 'maybe' && !before) {
      inside.set(row, 'maybe');
      news.maybe.push(row);
    }
  }
  return Object.keys(news).filter((kind) => news[kind].length).map((kind) => ({ kind, rows: news[kind] }));
}

function sentence({ kind, rows }) {
  const level = word('levels', page.run.levels[0].code);
  const doubt = own.fix?.accuracy ? say('enter.doubt', { metres: metres(own.fix.accuracy) }) : say('enter.unknown');
  return say(`enter.${kind}`, { level, names: namesOf(rows) }) + (kind === 'maybe' ? doubt : '');
}

function drawWarning() {
  const box = document.getElementById('warning');
  const close = make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => { warned = []; drawWarning(); } }, '×');
  box.hidden = !warned.length;
  box.className = warned.some(({ kind }) => kind !== 'left') ? 'entering' : 'leaving';
  box.replaceChildren(...(warned.length ? [make('div', {}, ...warned.map((news) => make('p', {}, sentence(news)))), close] : []));
}

function look(rows) {
  if (!own.fix) {
    inside.clear();
    warned = [];
    return drawWarning();
  }
  const news = passed(own.fix, rows());
  if (!news.length) return null;
  warned = news;
  drawWarning();
  if (news.some(({ kind }) => kind !== 'left') && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([250, 120, 250]);
  return null;
}

// The strictest zones that the position is in now, and those that it may be in: for the field page.
export function zonesHere() {
  const list = (kind) => [...inside].filter(([, one]) => one === kind).map(([row]) => row);
  return ['in', 'maybe'].map((kind) => ({ kind, rows: list(kind) })).filter(({ rows }) => rows.length).map(sentence);
}

export function startEntering() {
  document.getElementById('app').append(make('div', { id: 'warning', role: 'alert', 'aria-live': 'assertive', hidden: true }));
  let rows = null;
  listen('fix', () => look(() => (rows ??= page.run.levels.length ? strictZones() : [])));
  listen('language', drawWarning);
}
