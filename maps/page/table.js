// The table drawer: all shown sites as rows, of which only those in view exist.
import { page, listen, tell, coarse, narrow } from './state.js';
import { filters, isFiltered, setFilters } from './filters.js';
import { heading, make, number, say, value } from './words.js';
import { siteMark } from './detail.js';
import { openFrom } from './popup.js';

const COLUMNS = ['result', 'status', 'site_id', 'name', 'kind', 'strictest_level', 'violations', 'checks', 'deadline', 'responsible_unit'];
const COUNTED = new Set(['violations', 'checks']);
const ORDERED = { result: 'results', status: 'statuses', strictest_level: 'levels', severity: 'severities' };
const sorting = { name: 'result', down: false, order: null, rows: null };
let scroller = null;

const rowHeight = () => (narrow() ? 56 : coarse() ? 44 : 32);

function compare(name) {
  const column = page.sites.column(name);
  if (COUNTED.has(name)) return (one, other) => (column.number(one) || 0) - (column.number(other) || 0);
  if (ORDERED[name]) {
    const ranks = Object.keys(page.words[ORDERED[name]]);
    const rank = Uint16Array.from({ length: column.count }, (_, code) => (ranks.indexOf(column.word(code)) + 1 || 99));
    return (one, other) => rank[column.codes[one]] - rank[column.codes[other]];
  }
  const collator = new Intl.Collator('zh', { numeric: true });
  if (column.type === 'codes') {
    const sorted = Array.from({ length: column.count }, (_, code) => code).sort((one, other) => collator.compare(column.word(one), column.word(other)));
    const rank = new Uint32Array(column.count);
    sorted.forEach((code, place) => { rank[code] = column.word(code) === '' ? column.count : place; });
    return (one, other) => rank[column.codes[one]] - rank[column.codes[other]];
  }
  return (one, other) => collator.compare(column.text(one), column.text(other));
}

// Worst first; what is overdue before what is not.
function worstFirst() {
  const byResult = compare('result');
  const overdue = page.sites.column('overdue');
  const late = Uint8Array.from({ length: overdue.count }, (_, code) => (overdue.word(code) === 'true' ? 0 : 1));
  const bySeverity = compare('severity');
  return (one, other) => byResult(one, other) || late[overdue.codes[one]] - late[overdue.codes[other]] || bySeverity(one, other) || one - other;
}

function sort() {
  const order = Uint32Array.from({ length: page.sites.rows }, (_, row) => row);
  const by = sorting.name === 'result' && !sorting.down ? worstFirst() : compare(sorting.name);
  order.sort(sorting.down ? (one, other) => by(other, one) || one - other : (one, other) => by(one, other) || one - other);
  sorting.order = order;
}

export function shownRows() {
  if (!sorting.order) sort();
  return sorting.order.filter((row) => filters.mask[row]);
}

function cell(name, row) {
  const text = page.sites.text(name, row);
  const late = name === 'deadline' && page.sites.text('overdue', row) === 'true';
  const content = name === 'result' ? [siteMark(row, 22), make('span', {}, value(name, text))] : [value(name, text)];
  return make('span', { role: 'cell', class: `cell ${name}` }, ...content, late ? make('span', { class: 'late' }, value('overdue', 'true')) : null);
}

function rowElement(row, place) {
  const chosen = page.selected?.layer === 'sites' && page.selected.row === row;
  const element = make('div', {
    role: 'row', class: chosen ? 'row chosen' : 'row', tabindex: '-1', 'data-site-id': page.sites.text('site_id', row), 'data-row': row,
    'aria-rowindex': place + 2, 'aria-selected': String(chosen), onclick: () => openFrom({ layer: 'sites', row }),
    onmouseenter: () => { page.hovered = row; tell('hover'); },
  }, ...COLUMNS.filter((name) => page.sites.has(name)).map((name) => cell(name, row)));
  element.style.top = `${place * rowHeight()}px`;
  return element;
}

function drawRows() {
  if (!sorting.rows) return;
  const body = scroller.querySelector('.rows');
  const height = rowHeight();
  const from = Math.max(0, Math.floor((scroller.scrollTop - 40) / height) - 4);
  const to = Math.min(sorting.rows.length, Math.ceil((scroller.scrollTop + Math.max(scroller.clientHeight, 200)) / height) + 4);
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
  };
  const direction = sorted ? (sorting.down ? 'descending' : 'ascending') : 'none';
  return make('span', { role: 'columnheader', class: `cell ${name}`, 'aria-sort': direction },
    make('button', { type: 'button', onclick: turn }, heading(name), make('i', { 'aria-hidden': 'true' }, sorted ? (sorting.down ? '▾' : '▴') : '')));
}

function nothing() {
  const reset = make('button', { type: 'button', class: 'action', onclick: () => setFilters({}) }, say('filters.clear'));
  return page.sites.rows ? make('p', { class: 'empty' }, say('nothing.matches'), ' ', reset) : make('p', { class: 'empty' }, say('nothing.sites'));
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
    make('div', { class: 'row head', role: 'row' }, ...COLUMNS.filter((name) => page.sites.has(name)).map(headCell)),
    sorting.rows.length ? make('div', { class: 'rows', role: 'rowgroup' }) : nothing());
  drawer.replaceChildren(bar, scroller);
  scroller.tabIndex = 0;
  scroller.scrollTop = top;
  if (sorting.rows.length) drawRows();
}

export function openTable(open) {
  const drawer = document.getElementById('table');
  drawer.classList.toggle('open', open);
  drawer.querySelector('.tablebar').setAttribute('aria-expanded', String(open));
  page.map.invalidateSize({ animate: false, pan: false });
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
  drawTable();
  document.getElementById('table').addEventListener('mouseleave', () => {
    if (page.hovered >= 0) { page.hovered = -1; tell('hover'); }
  });
  listen('filter', () => { if (scroller) scroller.scrollTop = 0; drawTable(); });
  listen('language', drawTable);
  listen('select', () => { if (page.selected?.layer === 'sites') reveal(page.selected.row); else drawRows(); });
  window.addEventListener('resize', drawRows);
}
