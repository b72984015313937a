// The part of a line or an area that lies in an area: its length or ground area, and how surely there is one (as gis/overlap.py).
import { areaUnder, groundLength, toLines } from './ground.js';
import { locate, figureOf } from './exact.js';

const pairsOf = (line) => Array.from({ length: line.length / 2 }, (_, at) => [line[2 * at], line[2 * at + 1]]);

// Square metres of an area whose inside lies to the left of its rings, metres of lines.
export function sizeOf({ dim, lines, box }) {
  if (dim === 1) return lines.reduce((sum, line) => sum + groundLength(pairsOf(line)), 0);
  let area = 0;
  for (const line of lines) for (let at = 0; at + 3 < line.length; at += 2) area += areaUnder([line[at], line[at + 1]], [line[at + 2], line[at + 3]], (box[1] + box[3]) / 2);
  return area;
}

// The metres of all lines of a shape, outlines included.
export function lengthOf({ lines }) {
  return lines.reduce((sum, line) => sum + groundLength(pairsOf(line)), 0);
}

// The pieces of the common part: of a line its stretches between places on the boundary.
function stretches(lines) {
  const found = [];
  for (const line of lines) {
    let run = null;
    for (const [x1, y1, x2, y2, cut] of line.map((piece) => (piece.side === 'out' ? [] : piece))) {
      if (x1 === undefined) { run = null; continue; }
      if (!run || cut) found.push(run = [x1, y1]);
      run.push(x2, y2);
    }
  }
  return found.map((run) => figureOf(1, [Float64Array.from(run)]));
}

// The rings that directed edges close to, the inside to their left; where rings touch, each turns as far left as it can.
function ringsOf(edges) {
  const leaving = new Map();
  for (const edge of edges) {
    const from = `${edge[0]},${edge[1]}`;
    if (!leaving.has(from)) leaving.set(from, []);
    leaving.get(from).push(edge);
  }
  const rings = [];
  for (const first of edges) {
    const ring = [];
    for (let edge = first; edge && !edge.used;) {
      edge.used = true;
      ring.push(edge[0], edge[1]);
      const [x1, y1, x2, y2] = edge;
      const ahead = (leaving.get(`${x2},${y2}`) || []).filter((next) => !next.used);
      const angle = ([, , x, y]) => {
        const [dx, dy, ex, ey] = [x2 - x1, y2 - y1, x - x2, y - y2];
        return Math.atan2(dx * ey - dy * ex, dx * ex + dy * ey);
      };
      edge = ahead.length > 1 ? ahead.sort((one, other) => angle(other) - angle(one))[0] : ahead[0];
    }
    if (ring.length > 4) rings.push(Float64Array.from([...ring, ring[0], ring[1]]));
  }
  return rings;
}

// Areas with their holes, of rings that turn left and right.
function areasOf(rings) {
  const shapes = rings.map((ring) => figureOf(2, [ring]));
  const sized = shapes.map((shape) => ({ shape, size: sizeOf(shape) }));
  const outer = sized.filter(({ size }) => size > 0).sort((one, other) => one.size - other.size);
  for (const { shape: { lines: [hole] } } of sized.filter(({ size }) => size < 0)) {
    const holder = outer.find(({ shape }) => {
      for (let at = 0; at < hole.length; at += 2) {
        const place = locate(hole[at], hole[at + 1], figureOf(2, [shape.lines[0]]));
        if (place) return place > 0;
      }
      return false;
    });
    holder?.shape.lines.push(hole);
  }
  return outer.map(({ shape }) => shape);
}

// A place well inside an area: the middle of its widest stretch half way up, between two vertices.
function innerPlace({ lines, box }) {
  const centre = (box[1] + box[3]) / 2;
  let [low, high] = [box[1], box[3]];
  for (const line of lines) {
    for (let at = 1; at < line.length; at += 2) {
      if (line[at] <= centre) low = Math.max(low, line[at]); else high = Math.min(high, line[at]);
    }
  }
  const level = (low + high) / 2;
  const crossed = [];
  for (const line of lines) {
    for (let at = 0; at + 3 < line.length; at += 2) {
      const [x1, y1, x2, y2] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
      if (y1 > level !== y2 > level) crossed.push(x1 + ((level - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  crossed.sort((one, other) => one - other);
  let best = [lines[0][0], -1];
  for (let at = 0; at + 1 < crossed.length; at += 2) if (crossed[at + 1] - crossed[at] > best[1]) best = [(crossed[at] + crossed[at + 1]) / 2, crossed[at + 1] - crossed[at]];
  return [best[0], level];
}

// The vertices of a piece and places between them, no farther apart than a quarter of the piece's box.
function placesOf(shape) {
  const { dim, lines, box } = shape;
  const step = Math.max(Math.max(box[2] - box[0], box[3] - box[1]) / 4, 1e-9);
  const found = dim === 2 ? [innerPlace(shape)] : [];
  for (const line of lines) {
    for (let at = 0; at + 1 < line.length; at += 2) {
      found.push([line[at], line[at + 1]]);
      if (at + 3 >= line.length) break;
      const [dx, dy] = [line[at + 2] - line[at], line[at + 3] - line[at + 1]];
      const count = Math.ceil(Math.hypot(dx, dy) / step);
      for (let one = 1; one < count; one += 1) found.push([line[at] + (dx * one) / count, line[at + 1] + (dy * one) / count]);
    }
  }
  return found;
}

// How far either of the two may be shifted and surely still overlap.
function deepest(shapes, own, zone) {
  let best = 0;
  for (const shape of shapes) {
    for (const [x, y] of placesOf(shape)) {
      if (own.dim === 2) best = Math.max(best, toLines(x, y, own.lines, Infinity, best));
      best = Math.max(best, toLines(x, y, zone.lines, Infinity, best));
    }
  }
  return best;
}

// Of a line or an area and an area whose insides meet: how much is common, which share that is, and how deep it is.
export function overlap(own, zone, { ours, theirs, whole }) {
  const size = own.size ??= sizeOf(own);
  let shapes = [own];
  if (!whole && own.dim === 1) shapes = stretches(ours);
  let part = size;
  if (!whole && own.dim === 2) {
    const edges = [...ours.flat().filter(({ side }) => side === 'in' || side === 'same'), ...theirs.flat().filter(({ side }) => side === 'in')].map((edge) => edge.slice(0, 4));
    part = edges.reduce((sum, [x1, y1, x2, y2]) => sum + areaUnder([x1, y1], [x2, y2], (own.box[1] + own.box[3]) / 2), 0);
    shapes = areasOf(ringsOf(edges));
  } else if (!whole) part = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  // Of an area with separate parts each is a piece of its own.
  else if (own.dim === 2) shapes = areasOf(own.lines);
  else shapes = own.lines.map((line) => figureOf(1, [line]));
  part = Math.max(part, 0);
  return { part, share: size > 0 ? Math.min(part / size, 1) : 0, depth: deepest(shapes, own, zone) };
}
