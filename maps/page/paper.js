// On paper: a document of its own, beside the page: the filtered map with its legend, then the shown rows, then what was found.
import { page } from './state.js';
import { both, heading, make, number, say, value, word } from './words.js';
import { findingsOf, findingText, otherSubjects, ruleOf } from './records.js';
import { describe } from './detail.js';
import { around, drawMap, onPaper } from './drawing.js';
import { unassessedLine } from './unassessed.js';
import { idOf, nameOf } from './find.js';
import { countOfAll, filters, isFiltered } from './filters.js';
import { facetWord } from './facets.js';
import { shownRows } from './ordering.js';
import { disc, drawMark, swatch } from './marks.js';
import { valueMark, FIGURES } from './rail.js';
import { contextMark, levelMark } from './layers.js';
import { baseCredit } from './base.js';
import { changeMark, changesHere, changeWord, sinceWords } from './changes.js';
import { toX, toY } from './shapes.js';

const PRINTED = ['site_id', 'name', 'kind', 'result', 'change', 'status', 'strictest_level', 'deadline', 'responsible_unit'];
const ROWS = 2000;
// The map on an A4 sheet, in CSS pixels of which 96 are an inch: 186 mm wide.
const MAP = { width: 702, height: 650 };
const FOOT = 70;

const paper = () => document.getElementById('paper');

// Text as a string of a style sheet that shows exactly these characters: each is written as its number.
export const styleText = (text) => `"${[...text].map((letter) => `\\${(letter.codePointAt(0) || 0xFFFD).toString(16)} `).join('')}"`;

// The margins of every page: whose paper it is, and which page of how many.
function pageRules() {
  const [before, between, after] = say('paper.page', { page: '\0', pages: '\0' }).split('\0').map(styleText);
  const source = say('paper.source', { title: page.run.title, date: page.run.as_of, build: page.run.build_id });
  const foot = [...source].length > FOOT ? `${[...source].slice(0, FOOT).join('')}…` : source;
  return `@page{@bottom-right{content:${before} counter(page) ${between} counter(pages) ${after}}@bottom-left{content:${styleText(foot)}}}`;
}

export function lay(...content) {
  paper().replaceChildren(make('style', {}, pageRules()), ...content.filter(Boolean));
}

export const emptyPaper = () => paper().replaceChildren();

// What the shown rows have been narrowed by, in words.
export function filterWords() {
  if (!isFiltered()) return say('paper.all');
  const parts = [...filters.chosen].map(([name, values]) => say('paper.facet', { facet: say(`facet.${name}`), values: [...values].map((one) => facetWord(name, one)).join(say('paper.or')) }));
  if (filters.unfinished) parts.push(say('finished.hide'));
  if (filters.text) parts.push(say('paper.text', { text: filters.text }));
  return parts.join(say('paper.and'));
}

export const books = () => page.run.rule_books.map((book) => say('book', { title: both(book.title), edition: book.edition })).join(say('paper.and'));

export function headOfPaper(title) {
  return make('header', {}, make('h1', {}, title),
    ...[['as_of', say('as_of', { date: page.run.as_of })], ['filter', say('paper.filter', { filter: filterWords() })], ['books', say('paper.books', { books: books() })], ...(page.run.since ? [['since', sinceWords()]] : [])]
      .map(([name, text]) => make('p', { class: name }, text)));
}

function figures() {
  return make('p', { class: 'figures' }, ...Object.entries(FIGURES).map(([key, wanted]) => make('span', { class: key }, make('b', {}, number(countOfAll(wanted))), ` ${say(`number.${key}`)}`)),
    make('span', { class: 'shown' }, say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })));
}

function boxInView() {
  const box = page.map.getBounds();
  return [toX(box.getWest()), toY(box.getNorth()), toX(box.getEast()), toY(box.getSouth())];
}

// How many of the rows shown the map does not show: they lie beyond its edge, or nowhere.
function offTheMap([left, top, right, bottom]) {
  const { points } = page;
  let off = 0;
  for (let row = 0; row < points.rows; row += 1) {
    if (filters.mask[row] && !(points.placed[row] && points.x[row] >= left && points.x[row] <= right && points.y[row] >= top && points.y[row] <= bottom)) off += 1;
  }
  return off;
}

export const mapOfPaper = () => around(boxInView(), MAP.width, MAP.height);

function picture() {
  const { canvas, view } = drawMap(mapOfPaper());
  canvas.id = 'picture';
  const off = offTheMap(view.box);
  return [canvas, off ? make('p', { class: 'off' }, say('paper.off', { count: number(off) })) : null, baseCredit()];
}

// How many of the shown rows have each value.
function tallied(name) {
  const column = page.sites.column(name);
  const counts = new Map();
  for (let row = 0; row < page.sites.rows; row += 1) if (filters.mask[row]) counts.set(column.text(row), (counts.get(column.text(row)) || 0) + 1);
  return counts;
}

const keyed = (mark, text, count) => make('span', {}, mark, count === undefined ? text : `${text} ${number(count)}`);
const keys = (title, entries) => (entries.length ? make('div', { class: 'keys' }, make('b', {}, title), ...entries) : null);

function legend() {
  const [results, statuses, overdue] = ['result', 'status', 'overdue'].map(tallied);
  const ofTable = (table, counts) => [...Object.keys(page.words[table]), ''].filter((code) => counts.has(code));
  const marks = [
    ...ofTable('statuses', statuses).map((code) => keyed(valueMark('status', code), word('statuses', code), statuses.get(code))),
    overdue.has('true') ? keyed(swatch((context, side) => drawMark(context, 'check', '', true, side / 2 - 2, side / 2 + 2, 0.85)), word('overdue', 'true'), overdue.get('true')) : null];
  const seen = (island, name) => new Set(Array.from({ length: island.column(name).count }, (_, code) => island.column(name).word(code)));
  const levels = page.zones.rows ? page.run.levels.map(({ code }) => code).filter((code) => seen(page.zones, 'level').has(code) && !page.hidden.has(`zones/${code}`)) : [];
  const classes = page.sections.rows && !page.hidden.has('sections') ? Object.keys(page.style.classes).filter((code) => seen(page.sections, 'class').has(code)) : [];
  const kinds = Object.keys(page.context).filter((kind) => page.context[kind].rows && !page.hidden.has(kind));
  return make('div', { class: 'papermarks' },
    keys(say('facet.result'), ofTable('results', results).map((code) => keyed(swatch((context, side) => drawMark(context, code, '', false, side / 2, side / 2)), word('results', code), results.get(code)))),
    keys(say('facet.status'), marks.filter(Boolean)),
    ...(page.hidden.has('changes') ? [] : [keys(say('facet.change'), changesHere().map(([change, count]) => keyed(changeMark(change), changeWord(change), count)))]),
    keys(say('layer.zones'), levels.map((code) => keyed(levelMark(code), word('levels', code)))),
    keys(say('layer.sections'), classes.map((code) => keyed(swatch((context, side) => disc(context, code, side / 2, side / 2, 8.5)), word('classes', code)))),
    keys(say('layers.title'), kinds.map((kind) => keyed(contextMark(kind), say(`layer.${kind}`)))));
}

function printedTable() {
  const rows = [...shownRows().slice(0, ROWS)];
  const names = PRINTED.filter((name) => page.sites.has(name) && (name !== 'change' || page.run.since));
  const cells = (row) => names.map((name) => {
    const late = name === 'deadline' && page.sites.text('overdue', row) === 'true';
    return make('td', { class: name === 'result' ? page.sites.text(name, row) : name }, value(name, page.sites.text(name, row)), late ? make('b', {}, ` ${value('overdue', 'true')}`) : '');
  });
  const left = filters.shown - rows.length;
  return [make('h2', {}, `${say('table.title')} · ${say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })}`),
    left > 0 ? make('p', { class: 'left' }, say('paper.rows', { listed: number(rows.length), left: number(left) })) : null,
    make('table', {}, make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { class: name }, heading(name))))),
      make('tbody', {}, ...rows.map((row) => make('tr', {}, ...cells(row))))),
    left > 0 ? make('p', {}, say('table.more', { count: number(left) })) : null, ...printedFindings(rows), ...printedSubjects()];
}

// The sentences with their articles, a block for each site that has any: what the paper is carried along for.
function printedFindings(rows) {
  const blocks = rows.map((row) => [row, findingsOf({ layer: 'sites', row })]).filter(([, found]) => found.length);
  if (!blocks.length) return [];
  return [make('h2', {}, say('plain.findings')), ...blocks.map(([row, found]) => make('section', { class: 'told' },
    make('h3', {}, [nameOf('sites', row), idOf('sites', row), word('results', page.sites.text('result', row))].join(' · ')), ...found.map(printedFinding)))];
}

function printedSubjects() {
  const { hits, total } = otherSubjects();
  if (!hits.length) return [];
  return [make('h2', {}, say('subjects.title', { count: number(total) })), ...hits.slice(0, ROWS).map((hit) => make('section', { class: 'told' },
    make('h3', {}, [nameOf(hit.layer, hit.row), describe(hit)].join(' · ')), ...findingsOf(hit).map(printedFinding)))];
}

function printedFinding(finding) {
  const { title, id } = ruleOf(finding);
  const citation = findingText('citation', finding);
  return make('p', {}, `${word('results', page.findings.text('result', finding))} · ${title ? both(title) : id}${page.language === 'zh' ? '：' : ': '}${findingText('text', finding)}`,
    citation ? make('span', { class: 'cited' }, say('plain.citation', { citation })) : null);
}

function notesOnPaper() {
  const told = page.run.notes.map((note) => make('li', {}, both(note)));
  if (page.run.rejected) told.push(make('li', {}, say('rejected', { count: number(page.run.rejected) })));
  return [make('h2', {}, unassessedLine()), told.length ? make('ul', { class: 'assumed' }, ...told) : null];
}

// All of it, at once: what the browser's own print command prints.
export function layList() {
  lay(...onPaper(() => [make('section', { class: 'front' }, headOfPaper(page.run.title), figures(), ...picture().filter(Boolean), legend(), make('p', { class: 'unknown' }, unassessedLine())),
    ...printedTable(), ...notesOnPaper(), make('p', { class: 'source' }, say('paper.source', { title: page.run.title, date: page.run.as_of, build: page.run.build_id }))]));
}
