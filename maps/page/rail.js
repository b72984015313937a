// The rail: the legend is the filter. Every value with its mark, its word and how many there are of it now.
import { page, listen, tell, dark } from './state.js';
import { both, make, number, say, word } from './words.js';
import { areChosen, countOf, countOfAll, filters, isChosen, isFiltered, setFilters, currentFilters, toggle, toggleAll } from './filters.js';
import { facetWord } from './facets.js';
import { disc, drawMark, levelLook, outline, swatch } from './marks.js';
import { hitButton } from './detail.js';
import { otherSubjects } from './records.js';
import { paintIntake } from './points.js';

const FIRST = 7;
const OPEN = new Set(['result', 'case', 'status', 'deadline', 'strictest_level', 'map-layers']);
const MORE = 60;
// These explain the marks on the map, also where there is nothing to choose.
const ALWAYS = new Set(['result', 'status', 'case']);
const room = new Map();
// The deadline tells it already; it is there for callers.
const SAID_BY_DEADLINE = 'overdue';
// A pollution source carries the status of the remediation site about it: a problem is counted once, where it is remedied.
const REMEDIED = { layer: 'remediation_sites' };
const FIGURES = {
  violations: { result: 'violation' }, checks: { result: 'check' }, not_assessed: { result: 'not_assessed' }, overdue: { deadline: 'overdue', ...REMEDIED }, reopened: { status: 'reopened', ...REMEDIED },
};

// Each case as the mark of the sites it is about.
const CASE_MARKS = { still_violating: ['violation', 'completed', false], not_on_ledger: ['violation', '', false], overdue: ['check', 'behind', true] };

function valueMark(facet, value) {
  if (facet === 'case') return swatch((context, side) => drawMark(context, ...CASE_MARKS[value], side / 2 - 1, side / 2 + 1, 0.8));
  if (facet === 'result') return swatch((context, side) => drawMark(context, value, '', false, side / 2, side / 2));
  if (facet === 'status') {
    return swatch((context, side) => {
      outline(context, page.style.statuses[value] || 'circle', side / 2, side / 2, 6.5);
      const grey = dark() ? '#B4BDC6' : '#59636E';
      context.fillStyle = page.style.hollow.includes(value) ? 'transparent' : grey;
      context.strokeStyle = grey;
      context.lineWidth = 1.8;
      context.fill();
      context.stroke();
    });
  }
  if (facet === 'deadline' && value === 'overdue') return swatch((context, side) => drawMark(context, 'check', '', true, side / 2 - 2, side / 2 + 2, 0.85));
  if (facet === 'strictest_level' && value === page.style.unknown_level) return valueMark('result', 'not_assessed');
  if (facet === 'strictest_level' && value) return levelMark(value);
  return facet === 'deadline' || facet === 'strictest_level' ? swatch(() => {}) : null;
}

function levelMark(code) {
  const look = levelLook(code);
  return swatch((context, side) => {
    context.globalAlpha = look.fill * 1.6;
    context.fillStyle = look.colour;
    context.fillRect(2.5, 5.5, side - 5, side - 11);
    context.globalAlpha = 1;
    context.setLineDash(look.dash.map((length) => length * 0.75));
    context.lineWidth = look.width;
    context.strokeStyle = look.colour;
    context.strokeRect(2.5, 5.5, side - 5, side - 11);
  });
}

const kept = new Map();

// Values in the order of their meaning, or the most frequent first; the order stays as it was at the start.
function valuesOf(facet) {
  if (!kept.has(facet)) {
    const table = page.style.facets[facet];
    // Of what the page works out itself only what occurs; every case is told, also that it does not occur.
    const present = filters.byName.get(facet).words.filter((value) => facet === 'case' || countOf(facet, value));
    const ranks = [...Object.keys(page.words[table] || {}), ''];
    const byMeaning = (one, other) => (ranks.indexOf(one) + 1 || 1e6) - (ranks.indexOf(other) + 1 || 1e6);
    const byCount = (one, other) => countOf(facet, other) - countOf(facet, one) || (one < other ? -1 : 1);
    kept.set(facet, present.sort(table && table !== 'kinds' ? byMeaning : byCount));
  }
  return kept.get(facet);
}

function valueButton(facet, value) {
  const amount = countOf(facet, value);
  return make('button', {
    type: 'button', role: 'checkbox', class: amount ? 'value' : 'value none', 'aria-checked': String(isChosen(facet, value)),
    'data-facet': facet, 'data-value': value, onclick: () => toggle(facet, value),
  }, valueMark(facet, value), make('span', { class: 'word' }, facetWord(facet, value)), make('span', { class: 'count' }, number(amount)));
}

function group(name, title, children, active) {
  const details = make('details', { class: active ? 'facet active' : 'facet', 'data-group': name, open: OPEN.has(name) || active },
    make('summary', {}, title), ...children);
  details.addEventListener('toggle', () => OPEN[details.open ? 'add' : 'delete'](name));
  return details;
}

function facetGroup(facet) {
  // What has no hit now stands below what has; what is chosen stays, so that it can be let go.
  const sought = (value) => countOf(facet, value) > 0 || isChosen(facet, value);
  const values = [...valuesOf(facet).filter(sought), ...valuesOf(facet).filter((value) => !sought(value))];
  if (values.length < 2 && !ALWAYS.has(facet) && !filters.chosen.has(facet)) return null;
  const most = room.get(facet) || FIRST;
  const all = values.length <= most + 2;
  const shown = all ? values : values.filter((value, place) => place < most || isChosen(facet, value));
  const widen = () => { room.set(facet, most + MORE); drawRail(); };
  const more = all ? null : make('button', { type: 'button', class: 'more', onclick: widen }, say('more', { count: number(values.length - shown.length) }));
  return group(facet, say(`facet.${facet}`), [make('div', { class: 'values', role: 'group', 'aria-label': say(`facet.${facet}`) }, ...shown.map((value) => valueButton(facet, value))), more].filter(Boolean), filters.chosen.has(facet));
}

function layerSwitch(key, mark, label, count) {
  const flip = () => {
    if (!page.hidden.delete(key)) page.hidden.add(key);
    drawRail();
    tell('layers');
  };
  return make('button', { type: 'button', role: 'switch', class: 'value', 'aria-checked': String(!page.hidden.has(key)), 'data-layer': key, onclick: flip },
    mark, make('span', { class: 'word' }, label), make('span', { class: 'count' }, number(count)));
}

function contextMark(kind) {
  const look = page.style.context[kind];
  return swatch((context, side) => {
    if (kind === 'intakes') return paintIntake(context, side / 2, side / 2 + 1);
    context.fillStyle = look.colour;
    context.strokeStyle = look.colour;
    context.lineWidth = look.width + 0.6;
    context.setLineDash(look.dash);
    if (kind === 'water_bodies') return context.fillRect(3, 6, side - 6, side - 12);
    context.beginPath();
    context.moveTo(2, side / 2 + 3);
    context.bezierCurveTo(side / 3, side / 2 - 8, side / 1.6, side / 2 + 8, side - 2, side / 2 - 3);
    return context.stroke();
  });
}

function layerGroup() {
  const { zones, sections, context } = page;
  const levels = zones.column('level');
  const amount = new Map();
  for (let row = 0; row < zones.rows; row += 1) amount.set(levels.text(row), (amount.get(levels.text(row)) || 0) + 1);
  const ranks = page.run.levels.map((level) => level.code);
  const codes = [...amount.keys()].sort((one, other) => (ranks.indexOf(one) + 1 || 99) - (ranks.indexOf(other) + 1 || 99));
  const switches = codes.map((code) => layerSwitch(`zones/${code}`, levelMark(code), word('levels', code), amount.get(code)));
  if (sections.rows) switches.push(layerSwitch('sections', swatch((paint, side) => disc(paint, 'II', side / 2, side / 2, 9)), say('layer.sections'), sections.rows));
  for (const kind of Object.keys(context)) if (context[kind].rows) switches.push(layerSwitch(kind, contextMark(kind), say(`layer.${kind}`), context[kind].rows));
  const absent = ['zones', 'sections'].filter((name) => !page[name].rows).map((name) => make('p', { class: 'quiet' }, say('layer.absent', { layer: say(`layer.${name}`) })));
  return group('map-layers', say('layers.title'), [make('div', { class: 'values' }, ...switches), ...absent, classKey()].filter(Boolean), false);
}

// Which colour and numeral is which class; only classes that occur.
function classKey() {
  if (!page.sections.rows) return null;
  const column = page.sections.column('class');
  const present = new Set(Array.from({ length: column.count }, (_, code) => column.word(code)));
  const codes = Object.keys(page.style.classes).filter((code) => present.has(code));
  return make('div', { class: 'classes' }, ...codes.map((code) => make('span', {}, swatch((context, side) => disc(context, code, side / 2, side / 2, 8.5), 22), word('classes', code))));
}

// Findings that belong to no site: about a zone's own record or outline, or a section's water.
function subjectGroup() {
  const { hits, total } = otherSubjects();
  if (!hits.length) return null;
  const most = room.get('subjects') || FIRST;
  const widen = () => { room.set('subjects', most + MORE); drawRail(); };
  const more = hits.length > most ? make('button', { type: 'button', class: 'more', onclick: widen }, say('more', { count: number(hits.length - most) })) : null;
  return group('subjects', say('subjects.title', { count: number(total) }), [make('div', { class: 'values' }, ...hits.slice(0, most).map(hitButton)), more].filter(Boolean), false);
}

function notes() {
  const told = page.run.notes.map((note) => make('li', {}, both(note)));
  if (page.run.rejected) told.push(make('li', {}, say('rejected', { count: number(page.run.rejected) })));
  return told.length ? make('ul', { class: 'notes', 'aria-label': say('notes.label') }, ...told) : null;
}

export function drawNumbers() {
  const buttons = Object.entries(FIGURES).map(([key, wanted]) => make('button', {
    type: 'button', class: `figure ${key}`, 'aria-pressed': String(areChosen(wanted)), 'data-figure': key, onclick: () => toggleAll(wanted),
  }, key === 'not_assessed' ? valueMark('result', key) : null, make('b', {}, number(countOfAll(wanted))), make('span', {}, say(`number.${key}`))));
  const numbers = document.getElementById('numbers');
  numbers.setAttribute('aria-label', say('numbers.label'));
  numbers.replaceChildren(...buttons);
}

export function drawRail() {
  const legend = document.getElementById('legend');
  document.getElementById('filters').setAttribute('aria-label', say('filters.label'));
  const focused = document.activeElement?.dataset || {};
  const clear = isFiltered() ? make('div', { class: 'narrowed' }, make('span', {}, say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })),
    filters.text ? make('button', { type: 'button', class: 'chip', onclick: () => { const { text, ...rest } = currentFilters(); setFilters(rest); } }, say('text.chip', { text: filters.text })) : null,
    make('button', { type: 'button', class: 'action', onclick: () => setFilters({}) }, say('filters.clear'))) : null;
  const first = ['result', 'case', 'status'].filter((facet) => filters.facets.includes(facet));
  const rest = filters.facets.filter((facet) => !first.includes(facet) && (facet !== SAID_BY_DEADLINE || filters.chosen.has(facet)));
  legend.replaceChildren(...[clear, notes(), ...first.map(facetGroup), subjectGroup(), layerGroup(), ...rest.map(facetGroup), about()].filter(Boolean));
  drawNumbers();
  const figure = focused.figure ? `[data-figure="${focused.figure}"]` : null;
  const again = figure || (focused.facet !== undefined ? `[data-facet="${CSS.escape(focused.facet)}"][data-value="${CSS.escape(focused.value)}"]` : focused.layer ? `[data-layer="${CSS.escape(focused.layer)}"]` : null);
  if (again) document.querySelector(again)?.focus({ preventScroll: true });
}

function about() {
  const books = page.run.rule_books.map((book) => make('p', {}, say('book', { title: both(book.title), edition: book.edition })));
  return make('div', { class: 'about' }, ...books, make('p', {}, say('made.by', { version: page.run.version })));
}

export function startRail() {
  drawRail();
  listen('filter', drawRail);
  listen('language', drawRail);
  listen('theme', drawRail);
}
