// Outlines of sites as GeoJSON geometries, put together from the parts that are drawn.
import { page } from './state.js';
import { isDrawn, toLat, toLon } from './shapes.js';

// The page keeps positions to about 0.1 m.
const DECIMALS = 6;
const degrees = (x, y) => [Number(toLon(x).toFixed(DECIMALS)), Number(toLat(y).toFixed(DECIMALS))];

export function lonLat(row) {
  const { points } = page;
  return points.placed[row] ? degrees(points.x[row], points.y[row]) : null;
}

function partsOfSite(shapes, row) {
  const { partStart, vertexStart, x, y } = shapes;
  return Array.from({ length: partStart[row + 1] - partStart[row] }, (_, at) => {
    const part = partStart[row] + at;
    return Array.from({ length: vertexStart[part + 1] - vertexStart[part] }, (__, vertex) => degrees(x[vertexStart[part] + vertex], y[vertexStart[part] + vertex]));
  });
}

function isInRing([px, py], ring) {
  let inside = false;
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
    const [[x, y], [ox, oy]] = [ring[at], ring[before]];
    if (y > py !== oy > py && px < ((ox - x) * (py - y)) / (oy - y) + x) inside = !inside;
  }
  return inside;
}

const areaOfRing = (ring) => ring.reduce((sum, [x, y], at) => {
  const [ox, oy] = ring[at ? at - 1 : ring.length - 1];
  return sum + ox * y - x * oy;
}, 0);

// Outer rings against the clock, holes with it, as RFC 7946 asks.
const wound = (ring, against) => (areaOfRing(ring) > 0 === against ? ring : [...ring].reverse());

// Rings, of which those in an odd number of others are holes of the innermost around them.
function polygonsOf(rings) {
  const around = rings.map((ring) => rings.filter((other) => other !== ring && isInRing(ring[0], other)));
  const depth = new Map(rings.map((ring, at) => [ring, around[at].length]));
  const holes = (outer) => rings.filter((ring, at) => depth.get(ring) === depth.get(outer) + 1 && around[at].includes(outer));
  return rings.filter((ring) => depth.get(ring) % 2 === 0).map((outer) => [wound(outer, true), ...holes(outer).map((hole) => wound(hole, false))]);
}

const oneOrMany = (type, list) => (list.length === 1 ? { type, coordinates: list[0] } : { type: `Multi${type}`, coordinates: list });

// The site's geometry (longitude, latitude), or null where it has none.
export function geometryOf(row) {
  const shapes = page.shapes.sites;
  if (!isDrawn(shapes, row)) return lonLat(row) && { type: 'Point', coordinates: lonLat(row) };
  const parts = partsOfSite(shapes, row);
  const isRing = (part) => shapes.area[row] && part.length > 3 && String(part[0]) === String(part.at(-1));
  const kinds = [['Point', parts.filter((part) => part.length === 1).map(([one]) => one)], ['LineString', parts.filter((part) => part.length > 1 && !isRing(part))],
    ['Polygon', polygonsOf(parts.filter(isRing))]].filter(([, list]) => list.length).map(([type, list]) => oneOrMany(type, list));
  return kinds.length === 1 ? kinds[0] : { type: 'GeometryCollection', geometries: kinds };
}
