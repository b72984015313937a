// The layers of the map and the key of their looks: in the rail, and behind a button on the map.
import { page, tell } from './state.js';
import { make, number, say, word } from './words.js';
import { disc, levelLook, swatch } from './marks.js';
import { paintIntake } from './points.js';
import { changeMark, changesHere, changeWord } from './changes.js';

export function levelMark(code) {
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

function layerSwitch(key, mark, label, count) {
  const flip = () => {
    if (!page.hidden.delete(key)) page.hidden.add(key);
    tell('layers');
  };
  return make('button', { type: 'button', role: 'switch', class: 'value', 'aria-checked': String(!page.hidden.has(key)), 'data-layer': key, onclick: flip },
    mark, make('span', { class: 'word' }, label), make('span', { class: 'count' }, number(count)));
}

export function contextMark(kind) {
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

// A switch for every layer that there is, what is absent, and the classes of water.
export function layerList() {
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
  return [...changesSwitch(), make('div', { class: 'values' }, ...switches), ...absent, classKey()].filter(Boolean);
}

// What has changed, with the key of its signs while they are shown.
function changesSwitch() {
  const changes = changesHere();
  if (!changes.length) return [];
  const total = changes.reduce((sum, [, count]) => sum + count, 0);
  const key = changes.map(([change, count]) => make('span', {}, changeMark(change, 22), changeWord(change), make('span', { class: 'count' }, number(count))));
  return [make('div', { class: 'values' }, layerSwitch('changes', changeMark(changes[0][0]), say('layer.changes', { day: page.run.since.as_of }), total)),
    page.hidden.has('changes') ? null : make('div', { class: 'classes' }, ...key)];
}

// Which colour and numeral is which class; only classes that occur.
function classKey() {
  if (!page.sections.rows) return null;
  const column = page.sections.column('class');
  const present = new Set(Array.from({ length: column.count }, (_, code) => column.word(code)));
  const codes = Object.keys(page.style.classes).filter((code) => present.has(code));
  return make('div', { class: 'classes' }, ...codes.map((code) => make('span', {}, swatch((context, side) => disc(context, code, side / 2, side / 2, 8.5), 22), word('classes', code))));
}
