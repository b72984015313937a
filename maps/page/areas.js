// Paints what lies under the sites: graticule, districts, water, zones, the outlines of sites and of sections.
import { page, dark } from './state.js';
import { isDrawn, touches } from './shapes.js';
import { paintGraticule } from './graticule.js';
import { paintBaseMap } from './base.js';
import { levelLook } from './marks.js';

const DASH_UNTIL = 1500;

// The row's outline as a path; vertices nearer than a pixel to the one before are left out of the drawing.
export function trace(view, shapes, row) {
  const { context, scale, left, top } = view;
  const { partStart, vertexStart, x, y } = shapes;
  const apart = 0.9 / scale;
  const closed = shapes.area[row];
  context.beginPath();
  for (let part = partStart[row]; part < partStart[row + 1]; part += 1) {
    const end = vertexStart[part + 1];
    let at = vertexStart[part];
    let [lastX, lastY] = [x[at], y[at]];
    context.moveTo(lastX * scale + left, lastY * scale + top);
    for (at += 1; at < end; at += 1) {
      const far = x[at] - lastX > apart || lastX - x[at] > apart || y[at] - lastY > apart || lastY - y[at] > apart;
      if (far || at === end - 1) {
        lastX = x[at];
        lastY = y[at];
        context.lineTo(lastX * scale + left, lastY * scale + top);
      }
    }
    if (closed) context.closePath();
  }
}

function tint(colour, share) {
  return colour + Math.round(share * 255).toString(16).padStart(2, '0');
}

const hatchings = new Map();

// What is not assessed is hatched, also where it is an area.
function hatching(context, colour) {
  if (!hatchings.has(colour)) {
    const tile = document.createElement('canvas');
    tile.width = 6;
    tile.height = 6;
    const brush = tile.getContext('2d');
    brush.strokeStyle = colour;
    brush.lineWidth = 1.1;
    for (const shift of [-6, 0, 6]) {
      brush.moveTo(shift - 1, 7);
      brush.lineTo(shift + 7, -1);
    }
    brush.stroke();
    hatchings.set(colour, context.createPattern(tile, 'repeat'));
  }
  return hatchings.get(colour);
}

export function paintRow(view, shapes, row, look, dashed) {
  const { context, scale } = view;
  trace(view, shapes, row);
  if (shapes.area[row] && look.fill) {
    context.fillStyle = look.hatched ? hatching(context, look.colour) : tint(look.colour, look.fill);
    context.fill('evenodd');
  }
  const wide = (shapes.box[row * 4 + 2] - shapes.box[row * 4]) * scale;
  context.setLineDash(dashed && (wide > 24 || !shapes.area[row]) ? look.dash : []);
  context.strokeStyle = look.colour;
  const small = wide < 20 && shapes.area[row];
  context.lineWidth = small ? 0.8 : look.width;
  context.globalAlpha = small ? 0.55 : 1;
  context.stroke();
  context.globalAlpha = 1;
}

function seenRows(view, shapes) {
  const rows = [];
  for (let row = 0; row < shapes.rows; row += 1) if (isDrawn(shapes, row) && touches(shapes, row, view.box)) rows.push(row);
  return rows;
}

function contextLook(kind) {
  const look = page.style.context[kind];
  return dark() ? { ...look, colour: look.dark } : look;
}

export function paintBase(view) {
  paintBaseMap(view);
  paintGraticule(view);
  for (const kind of ['water_bodies', 'rivers', 'districts']) {
    if (!page.shapes[kind] || page.hidden.has(kind)) continue;
    const look = contextLook(kind);
    for (const row of seenRows(view, page.shapes[kind])) paintRow(view, page.shapes[kind], row, look, true);
  }
  view.context.setLineDash([]);
}

// Wide levels first, the strictest on top of them.
export function paintZones(view) {
  const { zones } = page.shapes;
  const rows = seenRows(view, zones);
  const dashed = rows.length < DASH_UNTIL;
  const codes = [...page.run.levels.map((level) => level.code)].reverse();
  const levels = page.zones.column('level');
  const known = new Set(codes);
  for (const code of [null, ...codes]) {
    const look = levelLook(code);
    for (const row of rows) {
      const level = levels.text(row);
      if ((code === null ? known.has(level) : level !== code) || page.hidden.has(`zones/${level}`)) continue;
      paintRow(view, zones, row, look, dashed);
    }
  }
  view.context.setLineDash([]);
}

// Sections that are lines, in the colour of their class; their discs are painted with the sites.
export function paintSectionLines(view) {
  if (page.hidden.has('sections')) return;
  const { sections } = page.shapes;
  for (const row of seenRows(view, sections)) {
    const look = page.style.classes[page.sections.text('class', row)] || page.style.classes[''];
    paintRow(view, sections, row, { colour: look.colour, width: 4, dash: [], fill: 0.2 }, false);
  }
}

// Sites that are lines or areas: their outline in the colour of their result.
export function paintSiteOutlines(view, mask) {
  const { sites } = page.shapes;
  const results = page.sites.column('result');
  for (const row of seenRows(view, sites)) {
    if (!mask[row]) continue;
    const look = page.style.results[results.text(row)];
    paintRow(view, sites, row, { colour: look.colour, width: look.fill === 'solid' ? 2.4 : 1.6, dash: [], fill: 0.22, hatched: look.fill === 'hatch' }, false);
  }
}
