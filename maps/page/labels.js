// Names on the map where they fit: zones first, then sections and findings; two names never overlap.
import { page, dark } from './state.js';
import { filters } from './filters.js';
import { covered, seenFrom } from './aim.js';
import { anchor, contains, isDrawn, touches } from './shapes.js';
import { eachWithin } from './points.js';
import { say, word } from './words.js';

const FEW = 80;

const meets = (one, other) => one[0] < other[2] && one[2] > other[0] && one[1] < other[3] && one[3] > other[1];
const holds = (outer, [left, top, right, bottom]) => left >= outer[0] && top >= outer[1] && right <= outer[2] && bottom <= outer[3];

// What of the canvas can be seen beside what covers the map, and the places that are taken from the start: its buttons, its bar, an open popup.
function roomFor(view) {
  if (page.printing) return { seen: [0, 0, view.width, view.height], taken: [...page.signs] };
  const { x: width, y: height } = page.map.getSize();
  const { left, top } = seenFrom(view);
  const { above, below } = covered();
  const frame = page.map.getContainer().getBoundingClientRect();
  const over = [...document.querySelectorAll('#controls, #panel, .leaflet-control-scale, .leaflet-popup-content-wrapper')].map((one) => one.getBoundingClientRect());
  const boxOf = (one) => [one.left - frame.left + left - 4, one.top - frame.top + top - above - 4, one.right - frame.left + left + 4, one.bottom - frame.top + top - above + 4];
  return { seen: [left, top, left + width, top + height - above - below], taken: [...over.filter((one) => one.width).map(boxOf), ...page.signs] };
}

// Whole and free: a label that the edge of the map would cut is not written there.
function fits({ seen, taken }, box) {
  if (taken.some((other) => meets(box, other)) || (meets(box, seen) && !holds(seen, box))) return false;
  taken.push(box);
  return true;
}

// No longer than 24 Chinese characters, or twice as many letters.
function shortened(text) {
  let width = 0;
  const letters = [...text];
  const end = letters.findIndex((letter) => { width += letter > '\u2e7f' ? 2 : 1; return width > 48; });
  return end < 0 ? text : `${letters.slice(0, end - 1).join('')}…`;
}

// Writes `text` at the first of `places` (its middle, its baseline) where it fits; a place may hang on the width.
function write(view, free, text, places, { weight = 500, size = 12, colour }) {
  const { context } = view;
  const shown = shortened(text);
  context.font = `${weight} ${size}px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Headwater WenQuanYi", sans-serif`;
  const { width } = context.measureText(shown);
  const place = places(width).find(([x, y]) => fits(free, [x - width / 2 - 3, y - size, x + width / 2 + 3, y + 4]));
  if (!place) return false;
  const left = place[0] - width / 2;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = dark() ? '#14181CE6' : '#FFFFFFE0';
  context.strokeText(shown, left, place[1]);
  context.fillStyle = colour;
  context.fillText(shown, left, place[1]);
  return true;
}

// Beside a mark: right of it, left of it, above, below.
const besideMark = (x, y, away) => (width) => [[x + away + width / 2, y + 4], [x - away - width / 2, y + 4], [x, y - away - 2], [x, y + away + 12]];

// Within an area: along its upper edge, its lower edge, in its middle, where that can be seen.
function within(view, shapes, row, { seen }, edge) {
  const { scale, left, top } = view;
  const [west, north, east, south] = shapes.box.subarray(row * 4, row * 4 + 4);
  const box = [west * scale + left, north * scale + top, east * scale + left, south * scale + top];
  const [x, y] = anchor(shapes, row);
  if (!edge) return () => [[x * scale + left, y * scale + top]];
  const [from, to] = [Math.max(box[0], seen[0]), Math.min(box[2], seen[2])];
  const [high, low] = [Math.max(box[1], seen[1]) + 15, Math.min(box[3], seen[3]) - 8];
  return (width) => [(box[0] + box[2]) / 2, (from + to) / 2, from + width / 2 + 6, to - width / 2 - 6].flatMap((at) => [[at, high], [at, low]])
    .filter(([at, line]) => contains(shapes, row, (at - left) / scale, (line - 4 - top) / scale));
}

function labelAreas(view, free, kind, textOf, style) {
  const shapes = page.shapes[kind];
  if (!shapes || page.hidden.has(kind)) return;
  let left = FEW;
  for (let row = 0; row < shapes.rows && left; row += 1) {
    if (!isDrawn(shapes, row) || !touches(shapes, row, view.box)) continue;
    const wide = (shapes.box[row * 4 + 2] - shapes.box[row * 4]) * view.scale;
    const text = textOf(row);
    if (!text || wide < Math.min(24, text.length) * style.size * style.need) continue;
    write(view, free, text, within(view, shapes, row, free, style.edge), style);
    left -= 1;
  }
}

function labelSites(view, free) {
  const { x, y } = page.points;
  const near = [];
  const results = page.sites.column('result');
  eachWithin(page.points, view.box, (row) => {
    const result = results.text(row);
    if (filters.mask[row] && (result === 'violation' || result === 'check')) near.push(row);
  });
  if (near.length > FEW) return;
  const chosen = page.selected?.layer === 'sites' ? page.selected.row : -1;
  near.sort((one, other) => (other === chosen) - (one === chosen) || (results.text(other) === 'violation') - (results.text(one) === 'violation'));
  for (const row of near) {
    const [px, py] = [x[row] * view.scale + view.left, y[row] * view.scale + view.top];
    free.taken.push([px - 9, py - 9, px + 9, py + 9]);
  }
  for (const row of near) {
    if (row === chosen && !page.printing) continue; // its popup names it
    const [px, py] = [x[row] * view.scale + view.left, y[row] * view.scale + view.top];
    write(view, free, page.sites.text('name', row) || page.sites.text('site_id', row), besideMark(px, py, 14), { weight: 600, colour: dark() ? '#F1E9E2' : '#3A1A05' });
  }
}

// Sections in view, where their discs are: `[row, x, y]`.
function sectionsSeen(view) {
  const { sections } = page.shapes;
  const seen = [];
  for (let row = 0; row < Math.min(sections.rows, 3000); row += 1) {
    if (!isDrawn(sections, row) || !touches(sections, row, view.box)) continue;
    const [x, y] = anchor(sections, row);
    seen.push([row, x * view.scale + view.left, y * view.scale + view.top]);
  }
  return seen;
}

// `numbers` are the boxes of the graticule's.
export function paintLabels(view, numbers) {
  const free = roomFor(view);
  free.taken.push(...numbers);
  const ink = dark() ? { zone: '#9CCBF0', quiet: '#8C8579' } : { zone: '#0B4F8A', quiet: '#7D766B' };
  const sections = view.zoom >= 10.5 && !page.hidden.has('sections') ? sectionsSeen(view) : [];
  for (const [, x, y] of sections) free.taken.push([x - 9, y - 9, x + 9, y + 9]);
  if (view.zoom >= 11) labelSites(view, free);
  const zoneText = (row) => {
    const level = page.zones.text('level', row);
    const name = page.zones.text('name', row);
    if (page.hidden.has(`zones/${level}`)) return '';
    return name.includes(word('levels', level)) ? name : say('zone.label', { name, level: word('levels', level) });
  };
  labelAreas(view, free, 'zones', zoneText, { size: 12, weight: 600, need: 0.75, edge: true, colour: ink.zone });
  labelAreas(view, free, 'water_bodies', (row) => page.context.water_bodies.text('name', row), { size: 11.5, need: 0.6, colour: ink.zone });
  labelAreas(view, free, 'rivers', (row) => page.context.rivers.text('name', row), { size: 11.5, need: 1.5, colour: ink.zone });
  for (const [row, x, y] of sections) write(view, free, page.sections.text('name', row), besideMark(x, y, 13), { size: 11.5, colour: dark() ? '#C9D6E2' : '#22303C' });
  labelAreas(view, free, 'districts', (row) => page.context.districts.text('name', row), { size: 13, need: 1.6, weight: 500, colour: ink.quiet });
}
