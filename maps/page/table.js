// The table drawer: all shown sites as rows, of which only those in view exist.
import { page, listen, tell, coarse, narrow } from './state.js';
import { filters, isFiltered } from './filters.js';
import { heading, make, number, say, value } from './words.js';
import { siteMark } from './detail.js';
import { keepInView, openFrom } from './popup.js';
import { nothingShown } from './empty.js';
import { visitedMark } from './visits.js';

// Columns and their widths; a column without a single value is left out.
const COLUMNS = {
  result: '118px', status: '130px', site_id: '104px', name: 'minmax(170px, 1.8fr)', kind: 'minmax(104px, 0.5fr)', strictest_level: 'minmax(104px, 0.5fr)',
  violations: '80px', not_assessed: '96px', deadline: '158px', responsible_unit: 'minmax(120px, 1fr)',
};
const COUNTED = new Set(['violations', 'not_assessed']);
const ORDERED = { result: 'results', status: 'statuses', strictest_level: 'levels', severity: 'severities' };
// So few are simply all there.
const FEW_ROWS = 60;
const sorting = { name: 'result', down: false, order: null, rows: null, columns: [] };
let scroller = null;

const rowHeight = () => (narrow() ? 56 : coarse() ? 44 : 32);

// Rows in the order of a whole number each, equal ones as they stand: counted, then dealt out.
function byRank(rankOf) {
  const { rows } = page.sites;
  const ranks = new Uint32Array(rows);
  let most = 0;
  for (let row = 0; row < rows; row += 1) most = Math.max(most, ranks[row] = rankOf(row));
  const next = new Uint32Array(most + 2);
  for (let row = 0; row < rows; row += 1) next[ranks[row] + 1] += 1;
  for (let rank = 1; rank < next.length; rank += 1) next[rank] += next[rank - 1];
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) order[next[ranks[row]]++] = row;
  return order;
}

function rankOfCodes(name, rank) {
  const column = page.sites.column(name);
  const ranks = Uint32Array.from({ length: column.count }, (_, code) => rank(column.word(code)));
  return (row) => ranks[column.codes[row]];
}

// Worst first; what is overdue before what is not.
function worstFirst() {
  const place = (table) => (word) => (Object.keys(page.words[table]).indexOf(word) + 1 || 99);
  const result = rankOfCodes('result', place('results'));
  const late = rankOfCodes('overdue', (word) => (word === 'true' ? 0 : 1));
  const severity = rankOfCodes('severity', place('severities'));
  return byRank((row) => (result(row) * 2 + late(row)) * 100 + severity(row));
}

function ascending(name) {
  const column = page.sites.column(name);
  const collator = new Intl.Collator('zh', { numeric: true });
  if (COUNTED.has(name)) return byRank((row) => column.number(row) || 0);
  if (ORDERED[name]) return byRank(rankOfCodes(name, (word) => (Object.keys(page.words[ORDERED[name]]).indexOf(word) + 1 || 99)));
  if (column.type === 'codes') {
    const sorted = Array.from({ length: column.count }, (_, code) => column.word(code)).sort(collator.compare);
    const ranks = new Map(sorted.map((word, place) => [word, word === '' ? sorted.length : place]));
    return byRank(rankOfCodes(name, (word) => ranks.get(word)));
  }
  const texts = Array.from({ length: page.sites.rows }, (_, row) => column.text(row));
  return Uint32Array.from(texts, (_, row) => row).sort((one, other) => collator.compare(texts[one], texts[other]) || one - other);
}

function sort() {
  sorting.order = sorting.name === 'result' ? worstFirst() : ascending(sorting.name);
  if (sorting.down) sorting.order.reverse();
}

// How the table is sorted, as a link tells it.
export function tableOrder() {
  return sorting.name === 'result' && !sorting.down ? {} : { sort: `${sorting.down ? '-' : ''}${sorting.name}` };
}

export function setTableOrder({ sort: wanted = 'result' }) {
  const name = wanted.replace(/^-/, '');
  if (!sorting.columns.includes(name)) return;
  Object.assign(sorting, { name, down: wanted.startsWith('-'), order: null });
  drawTable();
}

export function shownRows() {
  if (!sorting.order) sort();
  const { order } = sorting;
  const rows = new Uint32Array(filters.shown);
  for (let at = 0, place = 0; at < order.length; at += 1) if (filters.mask[order[at]]) rows[place++] = order[at];
  return rows;
}

function tableColumns() {
  const filled = (column) => column.type !== 'codes' || column.count > 1 || (column.count === 1 && column.word(0) !== '');
  return Object.keys(COLUMNS).filter((name) => page.sites.has(name) && (ORDERED[name] || filled(page.sites.column(name))));
}

function cell(name, row) {
  // No violation is known where nothing was assessed: that is not none.
  const blank = name === 'violations' && page.sites.text('result', row) === 'not_assessed';
  const text = blank ? '–' : page.sites.text(name, row);
  const late = name === 'deadline' && page.sites.text('overdue', row) === 'true';
  const content = name === 'result' ? [siteMark(row, 22), make('span', {}, value(name, text))] : [value(name, text), name === 'name' ? visitedMark(row) : null];
  return make('span', { role: 'cell', class: `cell ${name}` }, ...content, late ? make('span', { class: 'late' }, value('overdue', 'true')) : null);
}

function rowElement(row, place) {
  const chosen = page.selected?.layer === 'sites' && page.selected.row === row;
  const element = make('div', {
    role: 'row', class: chosen ? 'row chosen' : 'row', tabindex: '-1', 'data-site-id': page.sites.text('site_id', row), 'data-row': row,
    'aria-rowindex': place + 2, 'aria-selected': String(chosen), onclick: () => openFrom({ layer: 'sites', row }),
    onmouseenter: () => { page.hovered = row; tell('hover'); },
  }, ...sorting.columns.map((name) => cell(name, row)));
  element.style.top = `${place * rowHeight()}px`;
  return element;
}

function drawRows() {
  if (!sorting.rows?.length) return;
  const body = scroller.querySelector('.rows');
  const height = rowHeight();
  const few = sorting.rows.length <= FEW_ROWS;
  const from = few ? 0 : Math.max(0, Math.floor((scroller.scrollTop - 40) / height) - 4);
  const to = few ? sorting.rows.length : Math.min(sorting.rows.length, Math.ceil((scroller.scrollTop + Math.max(scroller.clientHeight, 400)) / height) + 4);
  body.style.height = `${sorting.rows.length * height}px`;
  const drawn = [];
  for (let place = from; place < to; place += 1) drawn.push(rowElement(sorting.rows[place], place));
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.row : null;
  body.replaceChildren(...drawn);
  if (focused) body.querySelector(`[data-row="${focused}"]`)?.focus({ preventScroll: true });
}

function headCell(name) {
  const sorted = sorting.name === name;
  const turn = () => {
    sorting.down = sorted && !sorting.down;
    sorting.name = name;
    sort();
    drawTable();
    tell('order');
  };
  const direction = sorted ? (sorting.down ? 'descending' : 'ascending') : 'none';
  return make('span', { role: 'columnheader', class: `cell ${name}`, 'aria-sort': direction },
    make('button', { type: 'button', onclick: turn }, heading(name), make('i', { 'aria-hidden': 'true' }, sorted ? (sorting.down ? '▾' : '▴') : '')));
}

export function drawTable() {
  sorting.rows = shownRows();
  const drawer = document.getElementById('table');
  const open = drawer.classList.contains('open');
  const count = isFiltered() ? say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) }) : say('shown.all', { all: number(page.sites.rows) });
  const bar = make('button', { type: 'button', class: 'tablebar', 'aria-expanded': String(open), onclick: () => openTable(!drawer.classList.contains('open')) },
    make('span', { class: 'chevron', 'aria-hidden': 'true' }), make('b', {}, say('table.title')), make('span', { class: 'count' }, count));
  const top = scroller ? scroller.scrollTop : 0;
  scroller = make('div', { class: 'scroller', role: 'table', 'aria-label': say('table.title'), 'aria-rowcount': sorting.rows.length + 1, onscroll: drawRows, onkeydown: walk },
    make('div', { class: 'row head', role: 'row' }, ...sorting.columns.map(headCell)),
    sorting.rows.length ? make('div', { class: 'rows', role: 'rowgroup' }) : nothingShown());
  drawer.replaceChildren(bar, scroller);
  scroller.tabIndex = 0;
  scroller.scrollTop = top;
  if (sorting.rows.length) drawRows();
}

export function openTable(open) {
  const drawer = document.getElementById('table');
  drawer.classList.toggle('open', open);
  drawer.querySelector('.tablebar').setAttribute('aria-expanded', String(open));
  page.map.invalidateSize({ animate: false });
  keepInView();
  drawRows();
}

// Arrow keys walk the rows, Enter opens one.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest('[data-row]');
  if (event.key === 'Enter' && row) openFrom({ layer: 'sites', row: Number(row.dataset.row) });
  if (!step) return;
  event.preventDefault();
  const place = row ? sorting.rows.indexOf(Number(row.dataset.row)) + step : 0;
  const next = sorting.rows[Math.max(0, Math.min(sorting.rows.length - 1, place))];
  reveal(next);
  scroller.querySelector(`[data-row="${next}"]`)?.focus({ preventScroll: true });
}

function reveal(row) {
  const place = sorting.rows.indexOf(row);
  if (place < 0) return;
  const top = place * rowHeight();
  const seen = scroller.clientHeight - 40;
  if (top < scroller.scrollTop || top + rowHeight() > scroller.scrollTop + seen) scroller.scrollTop = Math.max(0, top - seen / 2);
  drawRows();
}

export function startTable() {
  sorting.columns = tableColumns();
  document.getElementById('table').style.setProperty('--columns', sorting.columns.map((name) => COLUMNS[name]).join(' '));
  document.getElementById('table').addEventListener('mouseleave', () => {
    if (page.hovered >= 0) { page.hovered = -1; tell('hover'); }
  });
  listen('filter', () => { if (scroller) scroller.scrollTop = 0; drawTable(); });
  listen('language', drawTable);
  listen('visits', drawRows);
  listen('select', () => { if (page.selected?.layer === 'sites') reveal(page.selected.row); else drawRows(); });
  window.addEventListener('resize', drawRows);
}
