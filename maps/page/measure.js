// Measuring on the map: the length of a line with its segments, the area and outline of an area, in ground metres.
import { listen } from './state.js';
import { make, number, say } from './words.js';
import { groundArea, groundLength } from './ground.js';
import { outlineCrosses } from './exact.js';
import { addTool } from './tools.js';
import { copyButton } from './copy.js';
import { sketchButtons, startSketch } from './sketch.js';

let sketch = null;
let card = null;

// Square metres, hectares from one hectare on, square kilometres from a hundred hectares on.
export function squareMetres(area) {
  if (area >= 1e6) return say('unit.square_kilometres', { amount: (area / 1e6).toFixed(area < 1e7 ? 3 : 2) });
  if (area >= 1e4) return say('unit.hectares', { amount: (area / 1e4).toFixed(2) });
  return say('unit.square_metres', { amount: area < 100 ? area.toFixed(1) : number(Math.round(area)) });
}

// A measured length: to the centimetre below 100 m, to the decimetre below 1 km.
function lengthText(amount) {
  if (amount >= 1000) return say('unit.kilometres', { amount: (amount / 1000).toFixed(amount < 1e4 ? 3 : 2) });
  return say('unit.metres', { amount: amount.toFixed(amount < 100 ? 2 : 1) });
}

// The choice of what to draw.
export function shapeButtons(shapes, sketched) {
  return make('div', { class: 'sketch-shapes', role: 'group', 'aria-label': say('sketch.shape') }, ...shapes.map((shape) => make('button', {
    type: 'button', class: 'quietbutton', 'aria-pressed': String(shape === sketched.shape), onclick: () => sketched.begin(shape),
  }, say(`sketch.${shape}`))));
}

// Label and text of all that is measured of what is drawn.
function measures() {
  const { shape, points } = sketch;
  if (shape === 'line') return points.length < 2 ? [] : [[say('measure.length'), lengthText(groundLength(points))]];
  if (points.length < 3) return [];
  const crossed = outlineCrosses({ lines: [Float64Array.from([...points, points[0]].flat())] });
  return [[say('measure.area'), crossed ? say('measure.crosses') : squareMetres(groundArea([points]))],
    [say('measure.perimeter'), lengthText(groundLength([...points, points[0]]))]];
}

function segments() {
  const { shape, points } = sketch;
  const whole = shape === 'area' && points.length > 2 ? [...points, points[0]] : points;
  return whole.slice(1).map((point, at) => lengthText(groundLength([whole[at], point])));
}

function fillMeasure() {
  if (!sketch) return;
  const found = measures();
  const parts = segments();
  const open = Boolean(card.querySelector('details')?.open);
  const told = () => [...measures().map(([label, text]) => `${label}: ${text}`), ...segments().map((text, at) => `${at + 1}: ${text}`)].join('\n');
  card.replaceChildren(shapeButtons(['line', 'area'], sketch),
    ...(found.length ? [make('dl', {}, ...found.map(([label, text]) => make('div', {}, make('dt', {}, label), make('dd', {}, text))))] : [make('p', { class: 'quiet' }, say(`sketch.hint.${sketch.shape}`))]),
    ...(parts.length > 1 ? [make('details', { open }, make('summary', {}, say('measure.segments', { count: parts.length })), make('ol', {}, ...parts.map((text) => make('li', {}, text))))] : []),
    sketchButtons(sketch));
  if (found.length) card.lastChild.append(copyButton(told, say('tool.measure')));
}

// A card over the lower edge of the map while something is drawn.
export function sketchCard(label) {
  document.getElementById('sketch')?.remove();
  const element = make('div', { id: 'sketch', role: 'region', 'aria-label': label });
  document.getElementById('map').append(element);
  L.DomEvent.disableClickPropagation(element);
  L.DomEvent.disableScrollPropagation(element);
  return element;
}

export function startMeasure() {
  addTool('measure', {
    start() {
      card = sketchCard(say('tool.measure'));
      sketch = startSketch('line', { changed: (now) => { sketch ??= now; fillMeasure(); } });
      fillMeasure();
    },
    stop() {
      sketch.remove();
      card.remove();
      sketch = null;
    },
  });
  listen('language', fillMeasure);
}
