// Names on the map where they fit: zones first, then sections and findings; two names never overlap.
import { page, dark } from './state.js';
import { filters } from './filters.js';
import { anchor, isDrawn, touches } from './shapes.js';
import { eachWithin } from './points.js';
import { say, word } from './words.js';

const FEW = 80;

function fits(taken, box) {
  if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return false;
  taken.push(box);
  return true;
}

function write(view, taken, text, x, y, { align = 'center', weight = 500, size = 12, colour }) {
  const { context } = view;
  const shown = text.length > 24 ? `${[...text].slice(0, 23).join('')}…` : text;
  context.font = `${weight} ${size}px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`;
  const width = context.measureText(shown).width;
  const left = align === 'center' ? x - width / 2 : x;
  if (!fits(taken, [left - 3, y - size, left + width + 3, y + 4])) return;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = dark() ? '#14181CE6' : '#FFFFFFE0';
  context.strokeText(shown, left, y);
  context.fillStyle = colour;
  context.fillText(shown, left, y);
}

function labelAreas(view, taken, kind, textOf, style) {
  const shapes = page.shapes[kind];
  if (!shapes || page.hidden.has(kind)) return;
  const { scale, left, top } = view;
  let room = FEW;
  for (let row = 0; row < shapes.rows && room; row += 1) {
    if (!isDrawn(shapes, row) || !touches(shapes, row, view.box)) continue;
    const wide = (shapes.box[row * 4 + 2] - shapes.box[row * 4]) * scale;
    const text = textOf(row);
    if (!text || wide < Math.min(24, text.length) * style.size * style.need) continue;
    const [x, y] = anchor(shapes, row);
    const at = style.edge ? shapes.box[row * 4 + 1] * scale + top + 15 : y * scale + top;
    write(view, taken, text, x * scale + left, at, style);
    room -= 1;
  }
}

function labelSites(view, taken) {
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
    taken.push([px - 9, py - 9, px + 9, py + 9]);
  }
  for (const row of near) {
    const [px, py] = [x[row] * view.scale + view.left, y[row] * view.scale + view.top];
    write(view, taken, page.sites.text('name', row) || page.sites.text('site_id', row), px + 14, py + 4, {
      align: 'left', weight: 600, size: 12, colour: dark() ? '#F1E9E2' : '#3A1A05',
    });
  }
}

export function paintLabels(view) {
  const taken = [];
  const ink = dark() ? { zone: '#9CCBF0', quiet: '#8C8579' } : { zone: '#0B4F8A', quiet: '#7D766B' };
  if (view.zoom >= 11) labelSites(view, taken);
  const zoneText = (row) => {
    const level = page.zones.text('level', row);
    const name = page.zones.text('name', row);
    if (page.hidden.has(`zones/${level}`)) return '';
    return name.includes(word('levels', level)) ? name : say('zone.label', { name, level: word('levels', level) });
  };
  labelAreas(view, taken, 'zones', zoneText, { size: 12, weight: 600, need: 0.75, edge: true, colour: ink.zone });
  labelAreas(view, taken, 'water_bodies', (row) => page.context.water_bodies.text('name', row), { size: 11.5, need: 0.6, colour: ink.zone });
  labelAreas(view, taken, 'rivers', (row) => page.context.rivers.text('name', row), { size: 11.5, need: 1.5, colour: ink.zone });
  if (view.zoom >= 10.5 && !page.hidden.has('sections')) {
    const { sections } = page.shapes;
    for (let row = 0; row < Math.min(sections.rows, 3000); row += 1) {
      if (!isDrawn(sections, row) || !touches(sections, row, view.box)) continue;
      const [px, py] = anchor(sections, row);
      write(view, taken, page.sections.text('name', row), px * view.scale + view.left + 13, py * view.scale + view.top + 4, {
        align: 'left', size: 11.5, colour: dark() ? '#C9D6E2' : '#22303C',
      });
    }
  }
  labelAreas(view, taken, 'districts', (row) => page.context.districts.text('name', row), { size: 13, need: 1.6, weight: 500, colour: ink.quiet });
}
