// One mark per site: colour and filling say the result, the shape says the status, a small sign says overdue.
import { page, dark } from './state.js';

export const INK = { light: '#1B1F23', dark: '#0E1114' };
const sprites = new Map();

export function outline(context, shape, x, y, radius) {
  const corners = page.style.shapes[shape];
  context.beginPath();
  if (!corners.length) context.arc(x, y, radius, 0, Math.PI * 2);
  corners.forEach(([dx, dy], at) => context[at ? 'lineTo' : 'moveTo'](x + dx * radius, y + dy * radius));
  context.closePath();
}

function hatch(context, shape, x, y, radius, colour) {
  context.save();
  outline(context, shape, x, y, radius);
  context.fillStyle = '#FFFFFF';
  context.fill();
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  for (let step = -radius * 2; step <= radius * 2; step += 3.2) {
    context.moveTo(x + step - radius * 1.5, y + radius * 1.5);
    context.lineTo(x + step + radius * 1.5, y - radius * 1.5);
  }
  context.stroke();
  context.restore();
}

export function overdueSign(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fillStyle = INK.light;
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = '#FFFFFF';
  context.stroke();
  context.fillStyle = '#FFFFFF';
  context.fillRect(x - 0.8, y - radius * 0.62, 1.6, radius * 0.72);
  context.fillRect(x - 0.8, y + radius * 0.34, 1.6, 1.5);
}

// Draws the mark of (result, status, overdue) around x, y; `size` 1 is the map's own.
export function drawMark(context, result, status, overdue, x, y, size = 1) {
  const look = page.style.results[result];
  const shape = page.style.statuses[status] || 'circle';
  const hollow = page.style.hollow.includes(status);
  // Done and nothing found: fainter too; done and still found wrong is hollow, and as strong as ever.
  const quiet = look.fill === 'faint' || (hollow && look.fill === 'hatch');
  const radius = look.radius * size;
  context.lineJoin = 'round';
  if (look.fill !== 'faint') {
    outline(context, shape, x, y, look.fill === 'ring' ? radius + 2 : radius);
    context.lineWidth = 4;
    context.strokeStyle = dark() ? '#0E1114' : '#FFFFFF';
    context.stroke();
  }
  if (look.fill === 'hatch') hatch(context, shape, x, y, radius, look.colour);
  outline(context, shape, x, y, look.fill === 'ring' ? radius * 0.78 : radius);
  context.fillStyle = hollow ? (dark() ? '#14181C' : '#FFFFFF') : look.colour;
  if (quiet) context.globalAlpha = 0.72;
  if (look.fill !== 'hatch') context.fill();
  context.lineWidth = hollow ? (quiet ? 1.3 : 2.4) : 1.1;
  context.strokeStyle = hollow || look.fill === 'hatch' ? look.colour : edge(look);
  if (look.fill !== 'faint' || hollow) context.stroke();
  context.globalAlpha = 1;
  if (look.fill === 'ring') {
    outline(context, shape, x, y, radius + 2);
    context.lineWidth = 1.7;
    context.strokeStyle = edge(look);
    context.stroke();
  }
  if (overdue) overdueSign(context, x + radius + 1.5, y - radius - 0.5, Math.max(4.2, radius * 0.5));
}

function edge(look) {
  return { solid: '#7A2E00', ring: '#8A5A00' }[look.fill] || look.colour;
}

// The mark as a small picture, drawn once and stamped many times.
export function sprite(result, status, overdue, ratio) {
  const key = `${result}|${status}|${overdue}|${ratio}|${dark()}`;
  let stamp = sprites.get(key);
  if (!stamp) {
    stamp = document.createElement('canvas');
    stamp.width = Math.ceil(40 * ratio);
    stamp.height = stamp.width;
    const context = stamp.getContext('2d');
    context.scale(ratio, ratio);
    drawMark(context, result, status, overdue, 20, 20);
    sprites.set(key, stamp);
  }
  return stamp;
}

// A canvas of `size` pixels for the legend, drawn by `paint(context, size)`.
export function swatch(paint, size = 24) {
  const canvas = document.createElement('canvas');
  const ratio = Math.max(2, window.devicePixelRatio || 1);
  canvas.width = size * ratio;
  canvas.height = size * ratio;
  canvas.style.width = `${size}px`;
  canvas.style.height = `${size}px`;
  canvas.className = 'swatch';
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  paint(context, size);
  return canvas;
}

export function levelLook(code) {
  const rank = page.run.levels.findIndex((level) => level.code === code);
  const { levels } = page.style;
  const look = levels[Math.min(rank < 0 ? levels.length : rank, levels.length - 1)];
  return dark() ? { ...look, colour: look.dark } : look;
}

// A section's class: a disc with its numeral; a small ring where there is none.
export function disc(context, code, x, y, radius) {
  if (code === '') return ring(context, x, y);
  const look = page.style.classes[code] || page.style.classes[''];
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fillStyle = look.colour;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = dark() ? '#E8E6E1' : '#22303C';
  context.stroke();
  if (radius < 5) return null;
  context.fillStyle = look.ink;
  context.font = `600 ${radius * (look.numeral.length > 2 ? 0.95 : 1.1)}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  return context.fillText(look.numeral, x, y + 0.5);
}

function ring(context, x, y) {
  context.beginPath();
  context.arc(x, y, 3.2, 0, Math.PI * 2);
  context.fillStyle = dark() ? '#14181C' : '#FFFFFF';
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = dark() ? '#8D99A5' : '#6B7782';
  return context.stroke();
}

const pictures = new Map();

// The same as a picture that is painted once for all with this `key`: lists have hundreds of few kinds.
export function keptSwatch(key, paint, size = 24) {
  const kept = `${key} ${size} ${dark()} ${window.devicePixelRatio}`;
  if (!pictures.has(kept)) pictures.set(kept, swatch(paint, size).toDataURL());
  const picture = document.createElement('img');
  Object.assign(picture, { src: pictures.get(kept), width: size, height: size, className: 'swatch', alt: '' });
  return picture;
}
