// The rail: the legend is the filter. Every value with its mark, its word and how many there are of it now.
import { page, listen, dark } from './state.js';
import { both, make, number, say } from './words.js';
import { areChosen, countOf, countOfAll, filters, finishedMask, isChosen, isFiltered, narrowTo, setFilters, currentFilters, toggle } from './filters.js';
import { facetWord, SAID_BY_DEADLINE } from './facets.js';
import { drawMark, outline, swatch } from './marks.js';
import { hitButton } from './detail.js';
import { otherSubjects } from './records.js';
import { layerList, levelMark } from './layers.js';
import { changeMark, isSigned } from './changes.js';
import { named, nothingFound, nothingShown } from './empty.js';
import { redrawn } from './focus.js';

const FIRST = 7;
const OPEN = new Set(['result', 'case', 'status', 'flags', 'deadline', 'strictest_level', 'map-layers']);
const MORE = 60;
// These explain the marks on the map, also where there is nothing to choose.
const ALWAYS = new Set(['result', 'status', 'case']);
const room = new Map();
// A pollution source carries the status of the remediation site about it: a problem is counted once, where it is remedied.
const REMEDIED = { layer: 'remediation_sites' };
export const FIGURES = {
  violations: { result: 'violation' }, checks: { result: 'check' }, overdue: { deadline: 'overdue', ...REMEDIED }, reopened: { status: 'reopened', ...REMEDIED }, not_assessed: { result: 'not_assessed' },
};

// Each case as the mark of the sites it is about.
const CASE_MARKS = { still_violating: ['violation', 'completed', false], not_on_ledger: ['violation', '', false], overdue: ['check', 'behind', true] };

export function valueMark(facet, value) {
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
  if (facet === 'change') return isSigned(value) ? changeMark(value) : swatch(() => {});
  if (facet === 'deadline' && value === 'overdue') return swatch((context, side) => drawMark(context, 'check', '', true, side / 2 - 2, side / 2 + 2, 0.85));
  if (facet === 'strictest_level' && value === page.style.unknown_level) return valueMark('result', 'not_assessed');
  if (facet === 'strictest_level' && value) return levelMark(value);
  return facet === 'deadline' || facet === 'strictest_level' ? swatch(() => {}) : null;
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

// One tap hides what is done; what is reported done and still found wrong stays.
function finishedSwitch() {
  const done = finishedMask().reduce((sum, one) => sum + one, 0);
  if (!done) return null;
  const { unfinished, ...rest } = currentFilters();
  return make('button', {
    type: 'button', role: 'switch', class: 'value finished', 'aria-checked': String(Boolean(unfinished)), 'data-finished': '', title: say('finished.means'),
    onclick: () => narrowTo(unfinished ? rest : { ...rest, unfinished: true }),
  }, make('i', { class: 'knob', 'aria-hidden': 'true' }), make('span', { class: 'word' }, say('finished.hide')), make('span', { class: 'count' }, number(done)));
}

// Where a source carries the status of its remediation site, rows here are more than problems in the header.
function countedHow() {
  const twice = Object.values(FIGURES).some(({ layer, ...wanted }) => layer && countOfAll(wanted) > countOfAll({ ...wanted, layer }));
  return twice ? make('p', { class: 'quiet' }, say('counted.how')) : null;
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
  const above = facet === 'status' ? [finishedSwitch(), countedHow()] : [];
  return group(facet, say(`facet.${facet}`), [...above, make('div', { class: 'values', role: 'group', 'aria-label': say(`facet.${facet}`) }, ...shown.map((value) => valueButton(facet, value))), more].filter(Boolean), filters.chosen.has(facet));
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

// Folded to a line; paper has them open.
function notes() {
  const told = page.run.notes.map((note) => make('li', {}, both(note)));
  if (page.run.rejected) told.push(make('li', {}, say('rejected', { count: number(page.run.rejected) })));
  if (!told.length) return null;
  const details = make('details', { class: 'notes', open: OPEN.has('notes') || page.printing }, make('summary', {}, say('notes.title', { count: number(told.length) })), make('ul', {}, ...told));
  details.addEventListener('toggle', () => { if (!page.printing) OPEN[details.open ? 'add' : 'delete']('notes'); });
  return details;
}

// What is filtered, also where its group stands far below; where nothing is left, `nothingShown` names them.
function chip(name) {
  const { [name]: _, ...rest } = currentFilters();
  return make('button', { type: 'button', class: 'chip', 'data-chip': name, onclick: () => narrowTo(rest) }, say('filter.chip', { filter: named(name) }));
}

function narrowedBox() {
  if (!isFiltered() && !page.lost) return null;
  return make('div', { class: 'narrowed' }, make('span', {}, say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })),
    ...(filters.shown ? Object.keys(currentFilters()).map(chip) : []),
    page.lost ? make('p', { class: 'quiet', role: 'status' }, say('link.lost')) : null,
    make('button', { type: 'button', class: 'action', onclick: () => setFilters({}) }, say('filters.clear')));
}

const facetOf = (figure) => Object.keys(FIGURES[figure])[0];

// Alone a figure stands for its own layer; beside another it asks all sites, as the source is in violation and its remediation site overdue.
function isPressed(key) {
  if (areChosen(FIGURES[key])) return true;
  const own = (one) => ({ [facetOf(one)]: FIGURES[one][facetOf(one)] });
  const beside = Object.keys(FIGURES).some((one) => facetOf(one) !== facetOf(key) && areChosen(own(one)));
  return areChosen(own(key)) && !filters.chosen.has('layer') && beside;
}

function press(key) {
  const pressed = Object.keys(FIGURES).filter((one) => one !== key && isPressed(one));
  const beside = pressed.filter((one) => facetOf(one) !== facetOf(key));
  const on = isPressed(key) ? beside : [...beside, key];
  const { [facetOf(key)]: _, ...wanted } = currentFilters();
  if ([...pressed, key].some((one) => FIGURES[one].layer)) delete wanted.layer;
  if (on.includes(key)) wanted[facetOf(key)] = FIGURES[key][facetOf(key)];
  if (on.length === 1 && FIGURES[on[0]].layer) wanted.layer = FIGURES[on[0]].layer;
  narrowTo(wanted);
}

export function drawNumbers() {
  const buttons = Object.entries(FIGURES).map(([key, wanted]) => make('button', {
    type: 'button', class: `figure ${key}`, 'aria-pressed': String(isPressed(key)), 'data-figure': key, title: wanted.layer ? say('number.remedied') : null, onclick: () => press(key),
  }, key === 'not_assessed' ? valueMark('result', key) : null, make('b', {}, number(countOfAll(wanted))), make('span', {}, say(`number.${key}`))));
  const numbers = document.getElementById('numbers');
  numbers.setAttribute('aria-label', say('numbers.label'));
  redrawn(numbers, buttons);
}

export function drawRail() {
  const legend = document.getElementById('legend');
  document.getElementById('filters').setAttribute('aria-label', say('filters.label'));
  const first = ['result', 'case', 'status', 'flags', 'change'].filter((facet) => filters.facets.includes(facet));
  const rest = filters.facets.filter((facet) => !first.includes(facet) && (facet !== SAID_BY_DEADLINE || filters.chosen.has(facet)));
  const layers = group('map-layers', say('layers.title'), layerList(), false);
  const nothing = isFiltered() ? nothingShown() : null;
  redrawn(legend, [narrowedBox(), nothing, nothingFound(), notes(), ...first.map(facetGroup), subjectGroup(), layers, ...rest.map(facetGroup), about()].filter(Boolean));
  drawNumbers();
}

function about() {
  const books = page.run.rule_books.map((book) => make('p', {}, say('book', { title: both(book.title), edition: book.edition })));
  return make('div', { class: 'about' }, ...books, make('p', {}, say('made.by', { version: page.run.version })));
}

// Drawn, as the table is, when the page sets its language at the end of its start.
export function startRail() {
  listen('filter', drawRail);
  listen('language', drawRail);
  listen('theme', drawRail);
  listen('layers', drawRail);
  for (const event of ['beforeprint', 'afterprint']) {
    window.addEventListener(event, () => { const list = document.querySelector('#legend .notes'); if (list) list.open = event === 'beforeprint' || OPEN.has('notes'); });
  }
}
