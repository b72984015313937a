// The tool "ask": a point, a line or an area on the map, what kind of thing it is to be, and the answer in the drawer.
import { page, listen } from './state.js';
import { make, say } from './words.js';
import { addTool, startTool, stopTool } from './tools.js';
import { sketchButtons, startSketch } from './sketch.js';
import { shapeButtons, sketchCard } from './measure.js';
import { copyButton } from './copy.js';
import { saveFile } from './download.js';
import { fillDetail } from './drawer.js';
import { positionBlock } from './place.js';
import { toX, toY } from './shapes.js';
import { ask } from './asking.js';
import { bringInSight } from './aim.js';
import { canAsk, openAsking } from './around.js';
import { shapeFrom, wktOf } from './wkt.js';
import { kindsTold, notAskedTold, rulesTold, verdictOf, zonesAround, zonesThere } from './reply.js';

const LONGEST_ASKED = 600;
// Where the last digit is worth more metres than this, it says how accurate a place is at best (gis.coordinate_columns).
const COARSE_METRES = 20;
const DEGREE_METRES = 111320;
const said = { kind: '', accuracy: '', attributes: {} };
let drawing = null;
let questionCard = null;
let reply = null;

const wkt = () => wktOf(drawing.shape, drawing.points);

function field(label, input) {
  return make('label', {}, make('span', {}, label), input);
}

function choice(options, chosen, change) {
  const select = make('select', {}, ...options.map(([code, text]) => make('option', { value: code }, text)));
  select.value = chosen;
  select.addEventListener('change', () => change(select.value));
  return select;
}

function kindChoice() {
  const kinds = Object.entries(page.run.kinds).map(([code, names]) => [code, names[page.language]]);
  return choice([['', say('ask.anything')], ...kinds], said.kind, (kind) => { said.kind = kind; answer(); });
}

function accuracyField() {
  const input = make('input', { type: 'number', min: 0, max: 100000, step: 'any', inputmode: 'decimal', placeholder: '0' });
  input.value = said.accuracy;
  input.addEventListener('change', () => { said.accuracy = Math.max(0, Number(input.value)) || ''; answer(); });
  return input;
}

function drawQuestion() {
  if (!drawing) return;
  const { shape, done, points } = drawing;
  questionCard.replaceChildren(...[shapeButtons(['point', 'line', 'area'], drawing), done ? null : kindFields(),
    make('p', { class: 'quiet' }, done && shape !== 'point' ? say('sketch.hint.done') : say(`sketch.hint.${shape}`)), points.length ? sketchButtons(drawing) : null].filter(Boolean));
}

// Chosen on the map before there is an answer, and in the drawer beside it.
function kindFields() {
  return make('div', { class: 'asked-fields' }, field(say('ask.kind'), kindChoice()), field(say('ask.accuracy'), accuracyField()));
}

// The attributes that would decide something here, to be stated as far as they are known.
function attributeFields(found) {
  const { choices } = openAsking();
  const names = [...new Set([...found.rules.filter((rule) => rule.answer === 'needs_checking').flatMap((rule) => rule.lacking), ...Object.keys(said.attributes)])].filter((name) => choices[name]);
  if (!names.length) return null;
  const told = (value) => (typeof value === 'boolean' ? say(value ? 'yes' : 'no') : openAsking().values[value]?.[page.language] ?? String(value));
  const fields = make('section', { class: 'asked-fields' }, said.kind ? make('h3', {}, say('ask.attributes')) : null, ...names.map((name) => field(page.sentences[`column.${name}`] ? say(`column.${name}`) : name,
    choice([['', say('ask.unstated')], ...choices[name].map((value) => [String(value), told(value)])], String(said.attributes[name] ?? ''), (value) => {
      if (value) said.attributes[name] = value; else delete said.attributes[name];
      answer();
    }))));
  // Of all kinds together so many are asked that they stand folded.
  return said.kind ? fields : make('details', { class: 'raw', open: Object.keys(said.attributes).length > 0 }, make('summary', {}, say('ask.attributes')), fields);
}

function saveAsked() {
  const { shape, points } = drawing;
  const coordinates = { point: points[0], line: points, area: [[...points, points[0]]] }[shape];
  const properties = { kind: said.kind || null, located_to_metres: said.accuracy || null, verdict: reply.verdict, as_of: reply.as_of, rules: reply.rules.filter(({ answer: one }) => one !== 'does_not_apply').map(({ rule_id: id, answer: one }) => ({ rule_id: id, answer: one })) };
  const feature = { type: 'Feature', properties, geometry: { type: { point: 'Point', line: 'LineString', area: 'Polygon' }[shape], coordinates } };
  saveFile('asked.geojson', 'application/geo+json', [JSON.stringify({ type: 'FeatureCollection', features: [feature] })]);
}

function replyActions(whole) {
  return make('div', { class: 'actions' }, copyButton(whole, '', say('copy.all')), copyButton(wkt, 'WKT', 'WKT'),
    make('button', { type: 'button', class: 'copy', onclick: saveAsked }, 'GeoJSON'));
}

// The whole answer as elements of the drawer.
function drawReply(drawer) {
  const close = make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => stopTool() }, '×');
  const kind = said.kind ? page.run.kinds[said.kind][page.language] : say('ask.anything');
  const place = drawing.shape === 'point' ? positionBlock([toX(drawing.points[0][0]), toY(drawing.points[0][1])]) : null;
  drawer.setAttribute('aria-label', say('tool.ask'));
  drawer.replaceChildren(make('header', {}, make('div', {}, make('p', { class: 'kicker' }, say('ask.title', { shape: say(`sketch.${drawing.shape}`) })), make('h2', { tabindex: '-1' }, kind)), close),
    ...[kindFields(), said.kind ? verdictOf(reply) : kindsTold(reply), zonesThere(reply), attributeFields(reply), ...rulesTold(reply), notAskedTold(reply), zonesAround(reply), place,
      ...reply.notes.map((note) => make('p', { class: 'quiet' }, note[page.language])), make('p', { class: 'quiet' }, say('ask.basis', { date: reply.as_of }))].filter(Boolean),
    replyActions(() => drawer.innerText.trim()));
}

function refuse(fault) {
  if (!(fault instanceof RangeError)) throw fault;
  questionCard.querySelector('.quiet').textContent = say(fault.message.includes('crosses') ? 'ask.crosses' : 'ask.cannot');
}

// Asks what is drawn; nothing while it is not finished.
function answer() {
  if (!drawing?.done) return;
  try {
    reply = ask({ wkt: wkt(), kind: said.kind || null, located_to_metres: said.accuracy || 0, attributes: said.attributes });
  } catch (fault) {
    refuse(fault);
    return;
  }
  const told = [said.kind, said.accuracy, wkt()].join('~');
  page.choose(null);
  page.asked = told.length <= LONGEST_ASKED ? told : null;
  page.reply = drawReply;
  fillDetail();
  page.map.invalidateSize({ animate: false });
  page.showReply();
  bringInSight(drawing.points);
  document.getElementById('announce').textContent = said.kind ? say(`ask.verdict.${reply.verdict}`) : say('ask.kinds');
}

function changedSketch() {
  if (!drawing) return;
  drawQuestion();
  if (!drawing.done && page.reply) page.choose(null);
}

// How accurate a pasted place is at best, by its last digits; '' where they say nothing.
export function accuracyByDigits(text) {
  const numbers = text.match(/\d+(?:\.\d+)?/g) || [];
  const parts = numbers.length / 2;
  const last = [numbers[Math.ceil(parts) - 1], numbers.at(-1)].map((one = '') => (one.split('.')[1] || '').length);
  const metres = (DEGREE_METRES / 60 ** (Math.ceil(parts) - 1)) * 10 ** -Math.max(...last);
  return metres > COARSE_METRES ? Number(metres.toPrecision(3)) : '';
}

// Asks about a place that was pasted; its digits say how accurate it is.
export function askPlace([lon, lat], text) {
  askShape('point', [[lon, lat]], { kind: '', accuracy: accuracyByDigits(text) });
  page.map.setView([lat, lon], Math.max(page.map.getZoom(), 13), { animate: false });
}

function askShape(shape, points, { kind, accuracy }) {
  Object.assign(said, { kind, accuracy, attributes: {} });
  if (page.tool?.name !== 'ask') startTool('ask');
  drawing.shape = shape;
  drawing.put(points);
  answer();
}

// Opens what a link asks; nothing where it cannot be read.
export function openAsked(text) {
  const [kind, accuracy, ...rest] = text.split('~');
  if (!canAsk() || (kind && !Object.hasOwn(page.run.kinds, kind))) return;
  let shape;
  try {
    shape = shapeFrom(rest.join('~'));
  } catch { return; }
  const points = Array.from({ length: shape.lines[0].length / 2 }, (_, at) => [shape.lines[0][2 * at], shape.lines[0][2 * at + 1]]);
  if (shape.lines.length > 1) return;
  askShape(['point', 'line', 'area'][shape.dim], shape.dim === 2 ? points.slice(0, -1) : points, { kind, accuracy: Math.max(0, Number(accuracy)) || '' });
}

export function startQuestion() {
  if (!canAsk()) return;
  addTool('ask', {
    start() {
      questionCard = sketchCard(say('tool.ask'));
      drawing = startSketch('point', { changed: changedSketch, ended: answer });
      drawQuestion();
    },
    stop() {
      drawing.remove();
      questionCard.remove();
      drawing = null;
      reply = null;
      if (page.reply) page.choose(null);
    },
  });
  listen('language', () => { drawQuestion(); if (page.reply) answer(); });
}
