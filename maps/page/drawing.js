// A picture of the map in any size, painted by the map's own painters: for paper, and for the sketch on a sheet.
import { page } from './state.js';
import { make, metres, say } from './words.js';
import { filters } from './filters.js';
import { paintBase, paintSectionLines, paintSiteOutlines, paintZones } from './areas.js';
import { paintCarpets, paintSites } from './points.js';
import { paintChanges } from './changes.js';
import { paintLabels } from './labels.js';
import { degreeAt } from './ground.js';
import { paintDegrees } from './graticule.js';
import { GRID, toLat } from './shapes.js';

// Printers: 3 pixels for each of the screen's, of which 96 are an inch.
const SHARP = 3;
export const PIXEL_METRES = 0.0254 / 96;

export function paintMarks(view) {
  const shown = paintCarpets(view);
  paintSectionLines(view);
  paintSiteOutlines(view, filters.mask);
  paintSites(view, shown);
  paintChanges(view);
}

// How many metres of the ground a cell of the grid is wide, along the parallel.
export const cellMetres = (y) => (degreeAt(toLat(y))[0] * 360) / GRID;

// What is made for paper is light, whatever the screen is.
export function onPaper(act) {
  const before = page.printing;
  page.printing = true;
  try {
    return act();
  } finally {
    page.printing = before;
  }
}

function canvasOf(width, height, ratio) {
  const canvas = make('canvas', { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  return { canvas, context };
}

// As pixels that stay as they are: a browser that is asked to print draws what was just drawn anew, and Chromium smaller.
function asPixels(canvas, width, height) {
  const still = make('canvas', { width: canvas.width, height: canvas.height });
  still.style.width = `${width}px`;
  still.style.height = `${height}px`;
  const painter = still.getContext('bitmaprenderer');
  if (!painter || typeof OffscreenCanvas === 'undefined') return canvas;
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  painter.transferFromImageBitmap(copy.transferToImageBitmap());
  return still;
}

// A canvas of `width` by `height` with `middle` (on the grid) in its middle, a cell being `scale` pixels wide.
export function drawMap({ width, height, middle: [x, y], scale, ratio = SHARP }) {
  const { canvas, context } = canvasOf(width, height, ratio);
  const [left, top] = [width / 2 - x * scale, height / 2 - y * scale];
  const box = [-left / scale, -top / scale, (width - left) / scale, (height - top) / scale];
  const view = { context, ratio, zoom: Math.log2(scale) + 20, scale, left, top, width, height, box };
  const { crowds } = page;
  onPaper(() => {
    context.fillStyle = '#FFFFFF';
    context.fillRect(0, 0, width, height);
    paintBase(view);
    paintZones(view);
    // Its carpets replace what is under them, so it is painted on a canvas of its own.
    const upper = canvasOf(width, height, ratio);
    paintMarks({ ...view, context: upper.context });
    context.drawImage(upper.canvas, 0, 0, width, height);
    paintLabels(view, paintDegrees(view, { left: 0, top: 0 }));
    paintBar(view);
    paintNorth(view);
  });
  page.crowds = crowds;
  return { canvas: asPixels(canvas, width, height), view };
}

// The middle and the scale at which all of a box is in the picture.
export function around([left, top, right, bottom], width, height) {
  const scale = Math.min(width / Math.max(right - left, 1), height / Math.max(bottom - top, 1));
  return { width, height, middle: [(left + right) / 2, (top + bottom) / 2], scale };
}

// The longest of 1, 2, 5, 10 … metres that is at most `room` pixels wide.
export function barOf(view, room) {
  const each = cellMetres((view.box[1] + view.box[3]) / 2) / view.scale;
  const power = 10 ** Math.floor(Math.log10(room * each));
  const length = [5, 2, 1].map((one) => one * power).find((one) => one <= room * each);
  return { length, width: length / each };
}

function paintBar(view) {
  const { context, height } = view;
  const { length, width } = barOf(view, 130);
  context.fillStyle = '#FFFFFFD9';
  context.fillRect(4, height - 26, width + 20, 22);
  context.lineWidth = 2;
  context.setLineDash([]);
  context.strokeStyle = '#1B1F23';
  context.beginPath();
  for (const [x, y] of [[12, height - 16], [12, height - 9], [12 + width, height - 9], [12 + width, height - 16]]) context.lineTo(x, y);
  context.stroke();
  context.fillStyle = '#1B1F23';
  context.font = '600 11px system-ui, "PingFang SC", "Microsoft YaHei", sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillText(length < 1000 ? metres(length) : say('unit.kilometres', { amount: length / 1000 }), 17, height - 13);
}

function paintNorth({ context, width }) {
  const [x, y] = [width - 24, 8];
  const path = (...corners) => {
    context.beginPath();
    corners.forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
    context.closePath();
  };
  context.fillStyle = '#FFFFFFD9';
  context.fillRect(x - 13, y - 4, 26, 48);
  context.lineWidth = 1;
  context.strokeStyle = '#1B1F23';
  path([0, 0], [8, 26], [0, 20], [-8, 26]);
  context.fillStyle = '#1B1F23';
  context.fill();
  path([0, 0], [0, 20], [-8, 26]);
  context.fillStyle = '#FFFFFF';
  context.fill();
  context.stroke();
  context.fillStyle = '#1B1F23';
  context.font = '700 13px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.fillText('N', x, y + 40);
}
