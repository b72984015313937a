// One site on a sheet, to be taken along: what is known and asked, a sketch of the surroundings, and lines to write on.
import { page } from './state.js';
import { both, heading, make, metres, number, say, value, word } from './words.js';
import { findingsOf, findingText, ruleOf } from './records.js';
import { kicker, marginLine, PEOPLE, WORK } from './detail.js';
import { cellMetres, drawMap, onPaper, PIXEL_METRES } from './drawing.js';
import { nameOf } from './find.js';
import { placeOf } from './popup.js';
import { positionLines } from './position.js';
import { books, lay } from './paper.js';
import { caption, photosOf, plates } from './photos.js';
import { eventsOf } from './ledger.js';
import { eventSource, eventWords, standingLines, statusSince, timeOf, withoutEffect } from './standing.js';
import { isDrawn, toLat, toLon } from './shapes.js';

export const MOST_SHEETS = 200;
// Of the sketch, in CSS pixels: 80 mm. The scales are those of maps that people know.
const SIDE = 302;
const SCALES = [5000, 10000, 25000];
const RULED_LINES = 4;
const MOST_PHOTOS = 4;
const LAST_EVENTS = 5;
// A page of up to 200 sketches is kept in memory at once.
const SKETCH_RATIO = 2;

// The largest scale that shows the site with its outline and the edge of the zone it is judged by.
function scaleOf(hit, [x, y]) {
  const each = cellMetres(y);
  const { sites } = page.shapes;
  let reach = 0;
  if (isDrawn(sites, hit.row)) for (let side = 0; side < 4; side += 1) reach = Math.max(reach, Math.abs(sites.box[hit.row * 4 + side] - (side % 2 ? y : x)) * each);
  const [worst] = findingsOf(hit);
  if (worst !== undefined) reach = Math.max(reach, page.findings.number('distance_m', worst) || 0, page.findings.number('depth_m', worst) || 0);
  const half = (SIDE / 2) * PIXEL_METRES * 0.9;
  return SCALES.find((one) => half * one > reach) || SCALES.at(-1);
}

function sketchOf(hit) {
  const middle = placeOf(hit);
  if (!middle) return make('p', { class: 'sketch none' }, say('no_position'));
  const wanted = scaleOf(hit, middle);
  const { selected } = page;
  page.selected = hit;
  try {
    const { canvas } = drawMap({ width: SIDE, height: SIDE, middle, scale: cellMetres(middle[1]) / (wanted * PIXEL_METRES), ratio: SKETCH_RATIO });
    return make('figure', { class: 'sketch' }, canvas, make('figcaption', {}, say('sheet.scale', { scale: number(wanted) })));
  } finally {
    page.selected = selected;
  }
}

const sheetEntry = (label, text) => (text ? [make('dt', {}, label), make('dd', {}, text)] : []);

function facts(hit) {
  const { sites } = page;
  const said = (name) => sites.text(name, hit.row);
  const at = placeOf(hit);
  const late = said('overdue') === 'true' ? ` ${word('overdue', 'true')}` : '';
  return make('dl', {}, ...sheetEntry(say('result.computed'), [word('results', said('result')), word('severities', said('severity'))].filter(Boolean).join(' · ')),
    ...sheetEntry(say('status.reported'), [word('statuses', said('status')) + late, statusSince(hit.row)].filter(Boolean).join(' · ')), ...sheetEntry(heading('strictest_level'), value('strictest_level', said('strictest_level'))),
    ...sheetEntry(heading('deadline'), said('deadline')), ...PEOPLE.flatMap((name) => sheetEntry(heading(name), said(name))),
    ...WORK.flatMap((name) => sheetEntry(heading(name), value(name, said(name)))),
    ...(at ? positionLines(toLon(at[0]), toLat(at[1])) : []).flatMap(([label, text]) => sheetEntry(label, text)));
}

// One finding with what to bring back of it, each with a box to tick.
function findingOnSheet(one, known) {
  const rule = ruleOf(one);
  const { findings } = page;
  const said = (name) => findingText(name, one);
  const check = findings.text('result', one) === 'check';
  const told = (label, text) => (text ? [make('b', {}, label), ` ${text} `] : []);
  const line = (...parts) => (parts.flat().length ? make('p', {}, ...parts.flat()) : null);
  const asked = known.has(rule.id) ? [] : rule.evidence;
  known.add(rule.id);
  const zone = [findings.text('zone_name', one), word('levels', findings.text('zone_level', one))].filter(Boolean).join(' · ');
  return make('article', { class: findings.text('result', one) },
    make('h3', {}, `${word('results', findings.text('result', one))} · ${rule.title ? both(rule.title) : rule.id}`, make('small', {}, ` ${rule.id}`)),
    make('p', {}, said('text')), line(told(say('citation'), said('citation'))),
    line(findings.text('zone_id', one) ? told(say('layer.zones'), zone) : [], told(say('sheet.distance'), metres(findings.number('distance_m', one) || null)), told(say('margin'), marginLine(one))),
    line(told(say(check ? 'remedy.check' : 'remedy'), said('remedy'))),
    asked.length ? make('ul', { class: 'ticks' }, ...asked.map((what) => make('li', {}, both(what)))) : null);
}

function handLines() {
  const lines = Array.from({ length: RULED_LINES }, () => make('div', { class: 'ruled' }));
  const blank = (key) => make('span', { class: 'blank' }, say(key));
  return make('section', { class: 'hand' }, make('h3', {}, say('sheet.seen')), ...lines,
    make('p', { class: 'signed' }, blank('sheet.inspector'), blank('sheet.inspected'), blank('sheet.date')));
}

function sheet(hit) {
  const known = new Set();
  const found = findingsOf(hit);
  return make('section', { class: 'sheet', 'data-site-id': page.sites.text('site_id', hit.row) },
    make('header', {}, make('p', {}, kicker(hit)), make('h1', {}, nameOf('sites', hit.row)), make('p', { class: 'quiet' }, `${page.run.title} · ${say('as_of', { date: page.run.as_of })} · ${books()}`)),
    make('div', { class: 'beside' }, facts(hit), sketchOf(hit)),
    ...(found.length ? [make('h2', {}, say('plain.findings')), ...found.map((one) => findingOnSheet(one, known))] : [make('p', {}, say(page.sites.text('result', hit.row) === 'clear' ? 'clear.sentence' : 'sheet.unknown'))]),
    ledgerOnSheet(hit.row), photosOnSheet(hit.row), handLines());
}

// What the ledger asks to look at, and its newest records.
function ledgerOnSheet(site) {
  const lines = [...standingLines(site), ...eventsOf(site).slice(-LAST_EVENTS).map((event) => [`${timeOf(event.at)} ${eventWords(event)}`, event.note, eventSource(event), withoutEffect(event)].filter(Boolean).join(' · '))];
  return lines.length ? make('section', { class: 'records' }, make('h2', {}, say('history.last')), ...lines.map((line) => make('p', {}, line))) : null;
}

// What can be shown of its photos, before and after first.
function photosOnSheet(site) {
  const shown = plates(photosOf(site)).flat().filter(({ url }) => url).slice(0, MOST_PHOTOS);
  return shown.length ? make('div', { class: 'photos' }, ...shown.map((one) => make('figure', {}, make('img', { src: one.url, alt: '' }), make('figcaption', {}, caption(one))))) : null;
}

// The sheets of these rows, 200 at most, as the paper is to have them; a sketch is a picture, which takes less memory than a canvas.
export function laySheets(rows) {
  lay(...onPaper(() => [...rows.slice(0, MOST_SHEETS)].map((one) => sheet({ layer: 'sites', row: one }))));
}
