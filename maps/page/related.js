// A shape and the rows of a layer near it: ground metres, how they lie, and the relations of gis/relate.py between them.
import { degreeAt, toLines } from './ground.js';
import { locate, oriented, relation } from './exact.js';
import { overlap } from './common.js';

// A point this near to a boundary is on it, and areas or lines that enter no deeper only touch (gis.nearby.EDGE_METRES).
const EDGE = 0.01;
// What the coordinates of the page may be off, in metres: an outline that enters less deep may as well only touch.
const TOUCH = 3e-4;

const apartFrom = (one, other, limit) => {
  let metres = limit;
  let found = Infinity;
  for (const [lines, others] of [[one.lines, other], [other.lines, one]]) {
    const { box } = others;
    for (const line of lines) {
      for (let at = 0; at < line.length; at += 2) {
        const [east, north] = degreeAt(Math.max(Math.abs(line[at + 1]), Math.abs(box[1]), Math.abs(box[3])));
        const beside = Math.max(box[0] - line[at], line[at] - box[2], 0) * east;
        const above = Math.max(box[1] - line[at + 1], line[at + 1] - box[3], 0) * north;
        if (Math.hypot(beside, above) * 0.99 > metres) continue;
        found = Math.min(found, toLines(line[at], line[at + 1], others.lines, metres));
        metres = Math.min(metres, found);
      }
    }
  }
  return found;
};

const pointsOf = ({ lines }) => lines.flatMap((line) => Array.from({ length: line.length / 2 }, (_, at) => [line[2 * at], line[2 * at + 1]]));

// Of several points the nearest counts, and of those inside the deepest.
function pointsTo(own, zone, limit) {
  const found = { meets: false, interior: false, whole: true, metres: Infinity, depth: 0 };
  for (const [x, y] of pointsOf(own)) {
    let place = zone.dim === 2 ? locate(x, y, zone) : -1;
    const metres = place === 0 ? 0 : toLines(x, y, zone.lines, place > 0 ? Infinity : limit);
    if (zone.dim < 2 && metres <= TOUCH) place = 0;
    found.meets ||= place >= 0;
    found.interior ||= place > 0;
    found.whole &&= place > 0;
    if (place >= 0) found.depth = Math.max(found.depth, place > 0 ? metres : 0);
    found.metres = Math.min(found.metres, place >= 0 ? 0 : metres);
  }
  return { ...found, depth: found.meets ? found.depth : found.metres <= EDGE ? (own.several ? 0 : found.metres) : NaN };
}

// A line or an area beside a point or a line: whether they meet; the inside of neither can be entered.
function besideOther(own, other, limit) {
  const places = pointsOf(other);
  const inside = own.dim === 2 && places.some(([x, y]) => locate(x, y, own) >= 0);
  const crossing = other.dim === 1 && relation(other, own).contact;
  const metres = inside || crossing ? 0 : apartFrom(own, other, limit);
  const meets = metres <= TOUCH;
  return { meets, interior: meets, whole: false, metres: meets ? 0 : metres, depth: meets ? 0 : metres <= EDGE ? metres : NaN, common: { part: 0, share: 0, depth: 0 } };
}

function extendedTo(own, zone, limit) {
  if (zone.dim < 2) return besideOther(own, zone, limit);
  const how = relation(own, oriented(zone));
  const { meets, whole } = how;
  const metres = whole ? apartFrom(own, zone, Infinity) : meets ? 0 : apartFrom(own, zone, limit);
  const common = how.interior ? overlap(own, zone, how) : null;
  return {
    meets, whole, common, interior: how.interior && (!how.contact || common.depth > TOUCH),
    metres: meets ? 0 : metres, depth: meets || metres <= EDGE ? metres : NaN,
  };
}

// The rows of `layer` ({rows, shape(row), near(box) -> rows, doubt(row)}) that meet a shape or are at most `reach` metres and
// their doubt away, `coarse` of it for the grid of a page without finer outlines: `[{row, zone, doubt, coarse, point, meets, interior, whole, distance, depth, common}]`.
export function measureNear(own, layer, reach, accuracy) {
  const found = [];
  for (const row of layer.near(own.box, reach + accuracy + layer.mostDoubt + layer.coarse + 1)) {
    const zone = layer.shape(row);
    const doubt = accuracy + layer.doubt(row) + layer.coarse;
    const limit = reach + doubt + EDGE;
    const how = own.dim === 0 ? pointsTo(own, zone, limit) : extendedTo(own, zone, limit);
    if (how.meets || how.metres <= limit) found.push({ ...how, row, zone, doubt, coarse: layer.coarse, point: own.dim === 0, line: own.dim === 1, distance: how.metres });
  }
  return found;
}

// Surely so, were the positions wrong by the doubt; what the page's own digits could change is not.
function certainOf(doubt, margin, edge, digits) {
  if (digits && ((doubt > 0 && Math.abs(margin - doubt) <= digits) || (edge && Math.abs(margin - EDGE) <= digits))) return false;
  return (margin > doubt || (doubt <= 0 && !edge)) && !(edge && margin <= EDGE);
}

// As PAIR_COLUMNS of gis/relate.py; null for a pair that surely does not stand in the relation. `close`: so near to where the answer
// changes that the page's digits could change it.
function told(pair, holds, margin, common, edge, close = false) {
  const certain = !close && certainOf(pair.doubt, margin, edge, TOUCH);
  if (!holds && certain) return null;
  const meets = pair.meets || pair.distance <= EDGE;
  return {
    ...pair, holds, certain, margin, certainly: certainOf(pair.doubt - pair.coarse, margin, edge, 0),
    distance: meets ? 0 : pair.distance, depth: meets && (holds || pair.interior) ? pair.depth : NaN,
    area: common && !pair.line ? common.part : NaN, length: common && pair.line ? common.part : NaN, share: common ? common.share : NaN,
  };
}

export function insideOf(pair) {
  if (pair.point) {
    const holds = pair.interior || pair.meets || pair.distance <= EDGE;
    return told(pair, holds, holds ? pair.depth : pair.distance, null, true);
  }
  if (!pair.interior) return told(pair, false, pair.distance, null, false);
  const { depth } = pair.common;
  const holds = depth > EDGE;
  return told(pair, holds, holds ? depth : 0, pair.common, false, Math.abs(depth - EDGE) <= TOUCH);
}

export function crossesOf(pair) {
  const found = insideOf(pair);
  return found && pair.point ? { ...found, holds: false, certain: false, certainly: false } : found;
}

export function withinOf(pair, metres) {
  const area = pair.zone.dim === 2;
  // What is in a zone by no more than the edge touches it, and is near it.
  const entered = pair.interior && area && !pair.point;
  const inside = pair.interior && area && (pair.point || pair.common.depth > EDGE);
  const holds = !inside && pair.distance <= metres + EDGE;
  const left = Math.max(metres - pair.distance, 0);
  let margin = holds ? (area ? Math.min(left, pair.distance) : left) : pair.distance - metres;
  if (inside) margin = pair.depth || 0;
  const close = (entered && Math.abs(pair.common.depth - EDGE) <= TOUCH) || (!inside && Math.abs(pair.distance - metres - EDGE) <= TOUCH);
  return told(pair, holds, margin, null, pair.point && area && pair.distance <= EDGE, close);
}
