// The table drawer: all shown sites as rows, of which only those in view exist, under headings where they are grouped.
import { page, listen, tell, coarse, narrow } from './state.js';
import { filters, isFiltered } from './filters.js';
import { arrange, foldGroup, groupAt, groupBy, groupings, groupOfRow, ORDERED, sortBy, table } from './ordering.js';
import { facetWord } from './facets.js';
import { heading, make, number, say, value, word } from './words.js';
import { siteMark } from './detail.js';
import { drawMark, keptSwatch } from './marks.js';
import { keepInView, openFrom } from './popup.js';
import { nothingShown } from './empty.js';
import { visitedMark } from './visits.js';
import { tableTools } from './tabletools.js';

// Columns and their widths; a column without a single value is left out.
const COLUMNS = {
  result: '124px', change: '84px', status: '126px', status_since: '96px', site_id: '92px', name: 'minmax(132px, 1.6fr)', kind: 'minmax(84px, 0.5fr)', strictest_level: 'minmax(113px, 0.5fr)',
  violations: '74px', not_assessed: '93px', deadline: '162px', responsible_unit: 'minmax(92px, 1fr)',
};
// So few are simply all there.
const FEW_ROWS = 60;
// Browsers lay out nothing that is higher; a table of more lines is scrolled in larger steps.
const HIGHEST = 12_000_000;
// `lines`: the elements that are there, by line.
const parts = { scroller: null, body: null, stuck: null, lines: new Map() };

const rowHeight = () => (narrow() ? 56 : coarse() ? 44 : 32);
const headHeight = () => (narrow() ? 0 : rowHeight());

// How the table is sorted and grouped, as a link tells it.
export function tableOrder() {
  const sorted = table.name === 'result' && !table.down ? {} : { sort: `${table.down ? '-' : ''}${table.name}` };
  return table.group ? { ...sorted, group: table.group } : sorted;
}

export const isSortable = (wanted) => table.columns.includes(wanted.replace(/^-/, ''));

export function setTableOrder({ sort: wanted = 'result', group = '' }) {
  sortBy(wanted.replace(/^-/, ''), wanted.startsWith('-'));
  groupBy(group);
  drawTable();
}

function tableColumns() {
  const filled = (column) => column.type !== 'codes' || column.count > 1 || (column.count === 1 && column.word(0) !== '');
  const isTold = (name) => (name === 'change' ? Boolean(page.run.since) : ORDERED[name] || filled(page.sites.column(name)));
  return Object.keys(COLUMNS).filter((name) => page.sites.has(name) && isTold(name));
}

function cell(name, row) {
  // No violation is known where nothing was assessed: that is not none.
  const blank = name === 'violations' && page.sites.text('result', row) === 'not_assessed';
  // The hour of a visit stands in the detail.
  const text = blank ? '–' : name === 'status_since' ? page.sites.text(name, row).slice(0, 10) : page.sites.text(name, row);
  const late = name === 'deadline' && page.sites.text('overdue', row) === 'true';
  const content = name === 'result' ? [siteMark(row, 22), make('span', {}, value(name, text))] : [value(name, text), name === 'name' ? visitedMark(row) : null];
  return make('span', { role: 'cell', class: `cell ${name}` }, ...content, late ? make('span', { class: 'late' }, value('overdue', 'true')) : null);
}

// By the mouse here or on the map.
const isHovered = (line) => line >= 0 && (line === page.hovered || line === page.pointed);

function rowElement(row, place) {
  const chosen = page.selected?.layer === 'sites' && page.selected.row === row;
  return make('div', {
    role: 'row', class: `row${chosen ? ' chosen' : ''}${isHovered(row) ? ' hovered' : ''}`, tabindex: '-1', 'data-site-id': page.sites.text('site_id', row), 'data-row': row,
    'data-line': row, 'aria-rowindex': place + 2, 'aria-selected': String(chosen), onclick: () => openFrom({ layer: 'sites', row }),
    onmouseenter: () => { page.hovered = row; tell('hover'); },
  }, ...table.columns.map((name) => cell(name, row)));
}

// What a group is, how many it has, and the worst of them; a click folds it.
function groupElement(group, place) {
  const { value: code, count, result, most } = group;
  const open = !table.folded.has(code);
  const worst = make('span', { class: `worst ${result}` }, keptSwatch(`${result}/`, (context, side) => drawMark(context, result, '', false, side / 2, side / 2), 22), `${word('results', result)} ${number(most)}`);
  const turn = () => { foldGroup(code); redraw(); };
  return make('div', { role: 'row', class: 'row group', tabindex: '-1', 'data-group': code, 'data-line': -1 - table.groups.indexOf(group), 'aria-rowindex': place + 2, 'aria-expanded': String(open), onclick: turn },
    make('span', { role: 'cell', class: 'groupcell' }, make('i', { class: 'fold', 'aria-hidden': 'true' }), make('b', {}, facetWord(table.group, code)), make('span', { class: 'count' }, number(count)), worst));
}

function lineElement(line, place) {
  return line < 0 ? groupElement(table.groups[-1 - line], place) : rowElement(line, place);
}

// The height of all lines and what of it is scrolled past, where that is more than a browser lays out.
function virtual() {
  const height = table.lines.length * rowHeight();
  const laid = Math.min(height, HIGHEST);
  const seen = parts.scroller.clientHeight - headHeight();
  return { laid, ratio: laid > seen ? (height - seen) / (laid - seen) : 1 };
}

// Elements that are there already stay, unless what they tell has changed.
function drawRows(changed = true) {
  if (!table.lines?.length || !parts.body) return;
  const { scroller, body } = parts;
  const height = rowHeight();
  const { laid, ratio } = virtual();
  const passed = scroller.scrollTop * ratio;
  const all = table.lines.length <= FEW_ROWS;
  const from = all ? 0 : Math.max(0, Math.floor(passed / height) - 4);
  const to = all ? table.lines.length : Math.min(table.lines.length, Math.ceil((passed + Math.max(scroller.clientHeight, 400)) / height) + 4);
  body.style.height = `${laid}px`;
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.line : null;
  const before = changed ? new Map() : parts.lines;
  parts.lines = new Map();
  for (let place = from; place < to; place += 1) {
    const line = table.lines[place];
    const element = before.get(line) || lineElement(line, place);
    element.style.top = `${place * height - passed + scroller.scrollTop}px`;
    parts.lines.set(line, element);
  }
  const drawn = [...parts.lines.values()];
  if (changed || drawn.length !== body.children.length || drawn[0] !== body.firstChild || drawn.at(-1) !== body.lastChild) body.replaceChildren(...drawn);
  if (focused !== null) body.querySelector(`[data-line="${focused}"]`)?.focus({ preventScroll: true });
  drawStuck(Math.floor(passed / height), passed > 0);
}

// The heading of the group that one is in stays in sight.
function drawStuck(line, scrolled) {
  const group = table.groups.length && scrolled ? groupAt(line) : null;
  parts.stuck.hidden = !group;
  if (!group) return;
  const element = groupElement(group, group.at);
  element.addEventListener('click', () => { reveal(-1 - table.groups.indexOf(group), true); });
  parts.stuck.replaceChildren(element);
}

function headCell(name) {
  const sorted = table.name === name;
  const turn = () => {
    sortBy(name, sorted && !table.down);
    drawTable();
    document.querySelector(`.row.head .${name} button`).focus();
    tell('order');
  };
  const direction = sorted ? (table.down ? 'descending' : 'ascending') : 'none';
  return make('span', { role: 'columnheader', class: `cell ${name}`, 'aria-sort': direction },
    make('button', { type: 'button', onclick: turn }, heading(name), make('i', { 'aria-hidden': 'true' }, sorted ? (table.down ? '▾' : '▴') : '')));
}

function regroup(name) {
  groupBy(name);
  parts.scroller.scrollTop = 0;
  redraw();
  tell('order');
}

function redraw() {
  parts.scroller.setAttribute('aria-rowcount', table.lines.length + 1);
  drawRows();
}

export function drawTable() {
  arrange();
  const drawer = document.getElementById('table');
  const open = drawer.classList.contains('open');
  const count = isFiltered() ? say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) }) : say('shown.all', { all: number(page.sites.rows) });
  const bar = make('button', { type: 'button', class: 'tablebar', 'aria-expanded': String(open), onclick: () => openTable(!drawer.classList.contains('open')) },
    make('span', { class: 'chevron', 'aria-hidden': 'true' }), make('b', {}, say('table.title')), make('span', { class: 'count' }, count));
  const top = parts.scroller ? parts.scroller.scrollTop : 0;
  parts.stuck = make('div', { class: 'stuck', hidden: true });
  parts.body = table.lines.length ? make('div', { class: 'rows', role: 'rowgroup' }) : null;
  parts.scroller = make('div', { class: 'scroller', role: 'table', 'aria-label': say('table.title'), 'aria-rowcount': table.lines.length + 1, onscroll: () => drawRows(false), onkeydown: walk },
    make('div', { class: 'row head', role: 'row' }, ...table.columns.map(headCell)), parts.stuck, parts.body || nothingShown());
  drawer.replaceChildren(make('div', { class: 'tabletop' }, bar, tableTools(groupings(), table.group, regroup)), parts.scroller);
  parts.scroller.tabIndex = 0;
  parts.scroller.scrollTop = top;
  drawRows();
}

export function openTable(open) {
  const drawer = document.getElementById('table');
  drawer.classList.toggle('open', open);
  drawer.querySelector('.tablebar').setAttribute('aria-expanded', String(open));
  page.map.invalidateSize({ animate: false });
  keepInView();
  drawRows();
}

// Arrow keys walk the lines, Enter opens a site and folds a group.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const own = event.target.closest('.rows [data-line]');
  if (event.key === 'Enter' && own) own.click();
  if (!step) return;
  event.preventDefault();
  const place = own ? table.lines.indexOf(Number(own.dataset.line)) + step : 0;
  const next = table.lines[Math.max(0, Math.min(table.lines.length - 1, place))];
  reveal(next);
  parts.lines.get(next)?.focus({ preventScroll: true });
}

// Brings a line into view, or to the top.
function reveal(line, toTop = false) {
  const place = table.lines.indexOf(line);
  if (place < 0 || !parts.body) return drawRows();
  const { scroller } = parts;
  const { ratio } = virtual();
  const [top, passed] = [place * rowHeight(), scroller.scrollTop * ratio];
  const above = table.groups.length ? rowHeight() : 0;
  const seen = scroller.clientHeight - headHeight();
  if (toTop) scroller.scrollTop = top / ratio;
  else if (top < passed + above || top + rowHeight() > passed + seen) scroller.scrollTop = Math.max(0, top - seen / 2) / ratio;
  return drawRows();
}

function revealSelected() {
  const { selected } = page;
  if (selected?.layer !== 'sites') return drawRows();
  if (table.group && table.folded.has(groupOfRow(selected.row))) foldGroup(groupOfRow(selected.row), false);
  return reveal(selected.row);
}

function markHovered() {
  parts.lines.forEach((element, line) => element.classList.toggle('hovered', isHovered(line)));
}

export function startTable() {
  table.columns = tableColumns();
  document.getElementById('table').style.setProperty('--columns', table.columns.map((name) => COLUMNS[name]).join(' '));
  document.getElementById('table').addEventListener('mouseleave', () => {
    if (page.hovered >= 0) { page.hovered = -1; tell('hover'); }
  });
  listen('filter', () => { parts.scroller.scrollTop = 0; drawTable(); });
  listen('language', drawTable);
  listen('visits', () => drawRows());
  listen('select', revealSelected);
  listen('hover', markHovered);
  listen('pointed', markHovered);
  window.addEventListener('resize', () => drawRows());
}
