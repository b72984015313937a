// On paper: the map at the resolution of a printer, then legend, scale, north and the shown rows as a plain table.
import { page } from './state.js';
import { both, heading, make, number, say, value, word } from './words.js';
import { findingsOf, findingText, otherSubjects, ruleOf } from './records.js';
import { describe } from './detail.js';
import { unassessedLine } from './unassessed.js';
import { idOf, nameOf } from './find.js';
import { filters } from './filters.js';
import { shownRows } from './table.js';

const PRINTED = ['site_id', 'name', 'kind', 'result', 'status', 'strictest_level', 'deadline', 'responsible_unit'];
const ROWS = 2000;
let before = null;

function printedTable() {
  const rows = [...shownRows().slice(0, ROWS)];
  const names = PRINTED.filter((name) => page.sites.has(name));
  const cells = (row) => names.map((name) => {
    const late = name === 'deadline' && page.sites.text('overdue', row) === 'true';
    return make('td', {}, value(name, page.sites.text(name, row)), late ? ` (${value('overdue', 'true')})` : '');
  });
  const left = filters.shown - rows.length;
  return [make('h2', {}, `${say('table.title')} · ${say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })}`),
    make('table', {}, make('thead', {}, make('tr', {}, ...names.map((name) => make('th', {}, heading(name))))),
      make('tbody', {}, ...rows.map((row) => make('tr', {}, ...cells(row))))),
    left > 0 ? make('p', {}, say('table.more', { count: number(left) })) : null,
    ...printedFindings(rows), ...printedSubjects(), make('p', {}, unassessedLine()),
    make('p', { class: 'source' }, say('paper.source', { title: page.run.title, date: page.run.as_of, build: page.run.build_id }))].filter(Boolean);
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

// One picture of all layers: Chromium prints of canvases that lie upon each other only the topmost.
function picture() {
  const map = document.getElementById('map');
  const frame = map.getBoundingClientRect();
  const ratio = 3;
  const canvas = make('canvas', { id: 'picture' });
  canvas.width = frame.width * ratio;
  canvas.height = frame.height * ratio;
  const context = canvas.getContext('2d');
  for (const layer of document.querySelectorAll('canvas.paint')) {
    const { left, top, width, height } = layer.getBoundingClientRect();
    context.drawImage(layer, (left - frame.left) * ratio, (top - frame.top) * ratio, width * ratio, height * ratio);
  }
  map.append(canvas);
}

// The same ground, in the shape of the sheet.
function beforePrint() {
  if (page.printing) return;
  page.printing = true;
  before = page.map.getBounds();
  document.documentElement.classList.add('printing');
  document.getElementById('paper').replaceChildren(...printedTable());
  page.map.invalidateSize({ animate: false, pan: false });
  const { zoomSnap } = page.map.options;
  page.map.options.zoomSnap = 0;
  page.map.fitBounds(before, { animate: false });
  page.map.options.zoomSnap = zoomSnap;
  page.repaint();
  picture();
}

function afterPrint() {
  if (!page.printing) return;
  page.printing = false;
  document.documentElement.classList.remove('printing');
  document.getElementById('paper').replaceChildren();
  document.getElementById('picture')?.remove();
  page.map.invalidateSize({ animate: false, pan: false });
  page.map.fitBounds(before, { animate: false });
  page.repaint();
}

export function startPaper() {
  window.addEventListener('beforeprint', beforePrint);
  window.addEventListener('afterprint', afterPrint);
}
