// The lines of whole degrees or of parts of them, and their numbers at the edges: the ground is never without a place.
import { dark } from './state.js';
import { toLat, toLon, toX, toY } from './shapes.js';

const STEPS = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const MOST_LINES = 9;
// So many pixels a number needs.
const LABEL = 84;

// The degrees in view, as whole steps, so that 0.1 + 0.2 is 0.3.
function degreesIn(box, width) {
  const [west, south, east, north] = [toLon(box[0]), toLat(box[3]), toLon(box[2]), toLat(box[1])];
  const step = STEPS.findLast((one) => (east - west) / one < Math.min(MOST_LINES, width / LABEL)) || STEPS[0];
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const list = (from, to) => Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, at) => (Math.ceil(from / step) + at) * step);
  return { digits, lons: list(Math.max(west, -180), Math.min(east, 180)), lats: list(Math.max(south, -85), Math.min(north, 85)) };
}

export function paintGraticule({ context, scale, left, top, width, height, box }) {
  const { lons, lats } = degreesIn(box, width);
  context.setLineDash([]);
  context.lineWidth = 1;
  context.strokeStyle = dark() ? '#262B30' : '#E3DFD6';
  context.beginPath();
  for (const lon of lons) {
    const x = Math.round(toX(lon) * scale + left) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  for (const lat of lats) {
    const y = Math.round(toY(lat) * scale + top) + 0.5;
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.stroke();
}

// The boxes of the numbers; `inset` is where the part of the canvas begins that can be seen.
export function paintDegrees({ context, scale, left, top, width, height, box }, inset) {
  const { digits, lons, lats } = degreesIn(box, width);
  const told = (degrees, positive, negative) => `${Math.abs(degrees).toFixed(digits)}°${degrees < 0 ? negative : positive}`;
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = dark() ? '#14181CCC' : '#FFFFFFCC';
  context.fillStyle = dark() ? '#A29B8F' : '#6D675C';
  const boxes = [];
  const write = (text, x, y) => {
    boxes.push([x - 2, y - 11, x + context.measureText(text).width + 2, y + 3]);
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  for (const lon of lons) {
    const x = toX(lon) * scale + left + 3;
    if (x > inset.left + 44 && x < width - inset.left - 60) write(told(lon, 'E', 'W'), x, inset.top + 12);
  }
  for (const lat of lats) {
    const y = toY(lat) * scale + top - 3;
    if (y > inset.top + 28 && y < height - 30) write(told(lat, 'N', 'S'), inset.left + 3, y);
  }
  return boxes;
}
