// What is different since an earlier run: a layer of signs on the map, its key, and the line in the header.
import { page, listen, tell, dark } from './state.js';
import { currentFilters, filters, hasValue, narrowTo } from './filters.js';
import { readIslandNow } from './islands.js';
import { make, number, say, word } from './words.js';
import { swatch } from './marks.js';
import { eachWithin } from './points.js';

// `gone` are sites that are there no more. What turned worse is a filled sign, what did not an open one.
const SIGNS = ['relapsed', 'contradiction', 'new', 'worse', 'overdue', 'not_assessed', 'moved', 'status', 'better', 'cleared'];
const OPEN_SIGNS = new Set(['moved', 'status', 'better', 'cleared', 'not_assessed']);
// From so many in view on, signs are dots without a letter.
const MANY_SIGNS = 300;
const SHORTEST_ARROW = 14;
const past = { island: undefined };

const ink = () => (dark() ? '#E8E6E1' : '#1B1F23');
const paperColour = () => (dark() ? '#14181C' : '#FFFFFF');

// Where sites lay, of those that have moved or are gone.
function pastPlaces() {
  if (past.island === undefined) past.island = readIslandNow('changes');
  const { island } = past;
  if (!island) return [];
  const [sites, x, y] = ['site', 'x', 'y'].map((name) => island.place(name));
  return Array.from(sites, (site, at) => ({ row: site - 1, x: x[at], y: y[at], name: island.text('name', at) || island.text('site_id', at) }));
}

// Twice: wide in the colour of the ground, then as it is.
function twice(context, width, draw) {
  for (const [line, colour] of [[width + 2.6, paperColour()], [width, ink()]]) {
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.beginPath();
    draw();
    context.stroke();
  }
}

function paintSign(context, x, y, text, open) {
  context.font = '700 10.5px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Headwater WenQuanYi", sans-serif';
  const half = Math.max(7.5, context.measureText(text).width / 2 + 3.5);
  context.setLineDash([]);
  context.beginPath();
  context.lineJoin = 'round';
  context.rect(x - half, y - 7.5, half * 2, 15);
  context.fillStyle = open ? paperColour() : ink();
  context.fill();
  context.lineWidth = 1.4;
  context.strokeStyle = open ? ink() : paperColour();
  context.stroke();
  context.fillStyle = open ? ink() : paperColour();
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y + 0.5);
  return [x - half - 1, y - 9, x + half + 1, y + 9];
}

function paintChanged(context, x, y, change, few) {
  const open = OPEN_SIGNS.has(change);
  context.setLineDash(open ? [3.5, 3] : []);
  // Open at the upper right, where the sign of what is overdue stands; names stand at the right.
  twice(context, 1.8, () => context.arc(x, y, few ? 13 : 5, 0, Math.PI * (few ? 1.5 : 2)));
  context.setLineDash([]);
  if (few) page.signs.push(paintSign(context, x - 11, y + 11, say(`change.sign.${change}`), open));
}

function paintGone(context, x, y) {
  context.setLineDash([3, 2.5]);
  twice(context, 1.8, () => context.arc(x, y, 8, 0, Math.PI * 2));
  context.setLineDash([]);
  twice(context, 1.8, () => { context.moveTo(x - 5, y + 5); context.lineTo(x + 5, y - 5); });
}

// From where a site lay to where it lies now; the head of the arrow stays outside of its mark.
function paintArrow(context, [fromX, fromY], [toX, toY]) {
  const length = Math.hypot(toX - fromX, toY - fromY);
  if (length < SHORTEST_ARROW) return;
  const [dx, dy] = [(toX - fromX) / length, (toY - fromY) / length];
  const [tipX, tipY] = [toX - dx * Math.min(13, length / 3), toY - dy * Math.min(13, length / 3)];
  twice(context, 1.8, () => {
    context.moveTo(fromX + dx * 3, fromY + dy * 3);
    context.lineTo(tipX, tipY);
    context.moveTo(tipX - dx * 7 - dy * 4, tipY - dy * 7 + dx * 4);
    context.lineTo(tipX, tipY);
    context.lineTo(tipX - dx * 7 + dy * 4, tipY - dy * 7 - dx * 4);
  });
  twice(context, 1.4, () => context.arc(fromX, fromY, 3, 0, Math.PI * 2));
}

export const isSigned = (change) => SIGNS.includes(change);

function changedInView(view) {
  const found = [];
  eachWithin(page.points, view.box, (row) => {
    const change = filters.mask[row] ? page.sites.text('change', row) : '';
    if (isSigned(change)) found.push([row, change]);
  });
  return found;
}

// Names keep clear of the signs (`page.signs`: boxes on the canvas).
export function paintChanges(view) {
  page.signs = [];
  if (!page.run.since || page.hidden.has('changes')) return;
  const { context, scale, left, top } = view;
  const on = (x, y) => [x * scale + left, y * scale + top];
  const { points } = page;
  const changed = changedInView(view);
  const few = changed.length <= MANY_SIGNS;
  const here = ([x, y]) => x > -20 && y > -20 && x < view.width + 20 && y < view.height + 20;
  for (const { row, x, y } of pastPlaces()) {
    const at = on(x, y);
    if (row < 0 && here(at)) paintGone(context, ...at);
    else if (row >= 0 && filters.mask[row] && points.placed[row]) paintArrow(context, at, on(points.x[row], points.y[row]));
  }
  // What is but a number on the map has its changes as a number, too.
  const crowded = new Map(page.crowds.flatMap((crowd) => crowd.rows.map((row) => [row, crowd])));
  const counts = new Map();
  for (const [row, change] of changed) {
    const crowd = crowded.get(row);
    if (crowd) counts.set(crowd, (counts.get(crowd) || 0) + 1);
    else paintChanged(context, ...on(points.x[row], points.y[row]), change, few);
  }
  for (const [crowd, count] of counts) {
    const [x, y] = on(crowd.x, crowd.y);
    page.signs.push(paintSign(context, x - crowd.radius * scale, y + crowd.radius * scale, say('change.sign.many', { count }), false));
  }
}

export const changeMark = (change, size = 24) => swatch((context, side) => {
  if (change === 'gone') paintGone(context, side / 2, side / 2);
  else paintSign(context, side / 2, side / 2, say(`change.sign.${change}`), OPEN_SIGNS.has(change));
}, size);

// The changes that occur among the sites, with how many sites have each; `gone` last.
export function changesHere() {
  if (!page.run.since) return [];
  const column = page.sites.column('change');
  const counts = new Map();
  for (const code of column.codes) counts.set(column.word(code), (counts.get(column.word(code)) || 0) + 1);
  const gone = pastPlaces().filter(({ row }) => row < 0).length;
  return [...SIGNS.map((sign) => [sign, counts.get(sign) || 0]), ['gone', gone]].filter(([, count]) => count);
}

export const changeWord = (change) => word('changes', change);

// What the findings have become, as the header and paper say it.
export function sinceWords() {
  const { as_of: day, counts } = page.run.since;
  const told = Object.keys(page.words.changes).filter((code) => counts[code] && code !== 'known').map((code) => say('since.count', { change: word('changes', code), count: number(counts[code]) }));
  return say('since', { day, changes: told.join(say('since.comma')) || say('since.none') });
}

// A press shows what has changed, on the map and in the list; another lets it go.
function pressSince() {
  const { change, ...rest } = currentFilters();
  const wanted = SIGNS.filter((sign) => hasValue('change', sign));
  if (change) page.hidden.add('changes');
  else page.hidden.delete('changes');
  tell('layers');
  narrowTo(change || !wanted.length ? rest : { ...rest, change: wanted });
}

function drawSince() {
  const button = document.getElementById('since');
  button.textContent = sinceWords();
  button.title = say('since.means');
  button.setAttribute('aria-pressed', String(Boolean(currentFilters().change)));
}

// The layer is off until somebody asks for it: the first question is what must be acted on.
export function startChanges() {
  if (!page.run.since) return;
  document.getElementById('as-of').after(make('button', { type: 'button', id: 'since', onclick: pressSince }));
  listen('language', drawSince);
  listen('filter', drawSince);
}
