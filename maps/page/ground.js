// Ground metres and square metres on the ellipsoid, as gis/metres.py and gis/shortest.py work them out: an edge is straight
// in longitude and latitude between its two vertices. A place is [longitude, latitude] in degrees.
const AXIS = 6378137;
const FLATTENING = 1 / 298.257223563;
const E2 = FLATTENING * (2 - FLATTENING);
const RADIAN = Math.PI / 180;
const GAUSS = [[0.5 - Math.sqrt(0.15), 5 / 18], [0.5, 8 / 18], [0.5 + Math.sqrt(0.15), 5 / 18]];
// How much longer than the shortest an edge may seem with the place's own radii and be the shortest nevertheless.
const SLACK = 0.002;
const ROUNDING = 1e-6;
// Metres from which on the foot on the edge is refined.
const FAR = 1000;

// The radii of curvature of the meridian and across it.
function radii(latitude) {
  const w2 = 1 - E2 * Math.sin(latitude * RADIAN) ** 2;
  const across = AXIS / Math.sqrt(w2);
  return [(across * (1 - E2)) / w2, across];
}

// Metres of a degree of longitude and of one of latitude.
export function degreeAt(latitude) {
  const [meridian, across] = radii(latitude);
  return [RADIAN * across * Math.cos(latitude * RADIAN), RADIAN * meridian];
}

export function groundLength(line) {
  let metres = 0;
  for (let at = 1; at < line.length; at += 1) {
    const [[lon, lat], [nextLon, nextLat]] = [line[at - 1], line[at]];
    for (const [place, weight] of GAUSS) {
      const [east, north] = degreeAt(lat + place * (nextLat - lat));
      metres += weight * Math.hypot((nextLon - lon) * east, (nextLat - lat) * north);
    }
  }
  return metres;
}

export function groundDistance(lonA, latA, lonB, latB) {
  return groundLength([[lonA, latA], [lonB, latB]]);
}

// Square metres per radian of longitude between the latitude `middle` and another.
function authalic(latitude, middle) {
  let total = 0;
  for (const [place, weight] of GAUSS) {
    const at = middle + place * (latitude - middle);
    const [meridian, across] = radii(at);
    total += weight * meridian * across * Math.cos(at * RADIAN);
  }
  return total * (latitude - middle) * RADIAN;
}

// What one edge adds to the area to its left, measured from the latitude `middle`.
export function areaUnder([lon, lat], [nextLon, nextLat], middle) {
  let mean = 0;
  for (const [place, weight] of GAUSS) mean += weight * authalic(lat + place * (nextLat - lat), middle);
  return -(nextLon - lon) * RADIAN * mean;
}

// The area of one ring, closed or not.
function ringArea(ring) {
  let [low, high] = [Infinity, -Infinity];
  for (const [, lat] of ring) [low, high] = [Math.min(low, lat), Math.max(high, lat)];
  let area = 0;
  ring.forEach((place, at) => { area += areaUnder(ring.at(at - 1), place, (low + high) / 2); });
  return Math.abs(area);
}

// The area of a polygon: its first ring is the outer one, the others are holes.
export function groundArea([outer, ...holes]) {
  return holes.reduce((area, hole) => area - ringArea(hole), ringArea(outer));
}

// The foot of a place on an edge, 0 to 1, of a far edge as near to it as the radii let it be; `found` is the square of the metres to it.
let found = 0;
function toEdge(x, y, east, north, x1, y1, x2, y2) {
  const ax = (x1 - x) * east;
  const ay = (y1 - y) * north;
  const dx = (x2 - x) * east - ax;
  const dy = (y2 - y) * north - ay;
  const length = dx * dx + dy * dy;
  const place = length > 0 ? Math.min(Math.max(-(ax * dx + ay * dy) / length, 0), 1) : 0;
  found = (ax + place * dx) ** 2 + (ay + place * dy) ** 2;
  return place;
}

function toPlace(x, y, x1, y1, x2, y2, place) {
  const [dx, dy] = [x1 + place * (x2 - x1) - x, y1 + place * (y2 - y1) - y];
  const [east, north] = degreeAt(y + dy / 2);
  return (dx * east) ** 2 + (dy * north) ** 2;
}

// Square metres to an edge with the radii midway to its foot; of far edges the foot moves with them.
function measured(x, y, x1, y1, x2, y2, foot) {
  const [east, north] = degreeAt((y + y1 + foot * (y2 - y1)) / 2);
  toEdge(x, y, east, north, x1, y1, x2, y2);
  const square = found;
  if (square < FAR * FAR) return square;
  const step = 0.01 * Math.sqrt(square / Math.max(((x2 - x1) * east) ** 2 + ((y2 - y1) * north) ** 2, 1e-12));
  const [before, here, after] = [foot - step, foot, foot + step].map((place) => toPlace(x, y, x1, y1, x2, y2, place));
  const bend = before - 2 * here + after;
  const move = bend > 0 ? (step * (before - after)) / (2 * bend) : 0;
  return Math.min(here, toPlace(x, y, x1, y1, x2, y2, Math.min(Math.max(foot + move, 0), 1)));
}

// Metres from a place to the nearest edge of a shape's lines (`lines`: flat [lon, lat, lon, lat …]), Infinity beyond `limit`,
// and 0 where it is surely below `floor`. Places that are asked for one after the other are near each other: so is what is nearest.
const last = { lines: null, line: 0, at: 0 };
export function toLines(x, y, lines, limit = Infinity, floor = 0) {
  const [east, north] = degreeAt(y);
  const slope = Math.min(Math.abs(Math.tan(y * RADIAN)), 60) / 6.3e6;
  const enough = (square) => {
    const root = Math.sqrt(square);
    return (root * (1 + SLACK + root * slope) + ROUNDING) ** 2;
  };
  const shallow = (floor / (1 + SLACK + floor * slope)) ** 2;
  const near = { best: limit < 1e9 ? enough(limit * limit) : Infinity, least: Infinity, squares: [], feet: [], edges: [] };
  const first = last.lines === lines ? last.line : 0;
  const start = last.lines === lines ? last.at : 0;
  last.lines = lines;
  for (let step = 0; step < lines.length; step += 1) {
    const number = (first + step) % lines.length;
    const line = lines[number];
    const end = Math.max(line.length - 2, 2);
    const begin = step ? 0 : Math.min(start, end - 2);
    for (let turned = 0; turned < end; turned += 2) {
      const at = begin + turned < end ? begin + turned : begin + turned - end;
      const next = line.length > 2 ? at + 2 : at;
      const [x1, y1, x2, y2] = [line[at], line[at + 1], line[next], line[next + 1]];
      // A box that is farther than the best cannot hold the nearest edge.
      const aside = Math.max((x1 < x2 ? x1 : x2) - x, x - (x1 > x2 ? x1 : x2), 0) * east;
      const above = Math.max((y1 < y2 ? y1 : y2) - y, y - (y1 > y2 ? y1 : y2), 0) * north;
      if (aside * aside + above * above > near.best) continue;
      const foot = toEdge(x, y, east, north, x1, y1, x2, y2);
      if (found > near.best) continue;
      if (found < near.least) {
        near.least = found;
        last.line = number;
        last.at = at;
        if (found < shallow) return 0;
        near.best = Math.min(near.best, enough(found));
      }
      near.squares.push(found);
      near.feet.push(foot);
      near.edges.push(line, at, next);
    }
  }
  let metres = Infinity;
  near.squares.forEach((square, one) => {
    if (square > near.best) return;
    const [line, at, next] = near.edges.slice(3 * one, 3 * one + 3);
    metres = Math.min(metres, measured(x, y, line[at], line[at + 1], line[next], line[next + 1], near.feet[one]));
  });
  return Math.sqrt(metres);
}
