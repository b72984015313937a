// Shapes in well-known text: read, and written.
import { figureOf, isLeftward, oriented, outlineCrosses } from './exact.js';

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const WKT = new RegExp(String.raw`^\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(\([-+\d.,eE()\s]+\))\s*$`, 'i');

// Whether a line has no length, so that it is none.
const stands = (line) => line.every((value, at) => value === line[at % 2]);

// Which rings are outer ones by their brackets: the first of each area.
const outerOf = (text) => [...text.matchAll(/(\(\s*)?\(([^()]+)\)/g)].map(([, opened]) => Boolean(opened));

// A shape of WKT in longitude and latitude; RangeError for what is none, lies nowhere or crosses itself.
export function shapeFrom(wkt) {
  const match = WKT.exec(wkt);
  if (!match) throw new RangeError(`expected WKT such as POINT (104.83 26.59), found ${wkt.slice(0, 80)}`);
  const dim = ['POINT', 'LINESTRING', 'POLYGON'].indexOf(match[2].toUpperCase());
  const places = (text) => text.split(',').map((place) => place.trim().split(/\s+/).map((one) => (new RegExp(`^${NUMBER}$`).test(one) ? Number(one) : NaN)));
  const groups = [...match[3].matchAll(/[^()]+/g)].map(([text]) => text).filter((text) => !/^[\s,]*$/.test(text)).map(places);
  const parts = dim === 0 ? [groups.flat()] : groups;
  for (const [lon, lat, more] of parts.flat()) {
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) < 85) || more !== undefined) throw new RangeError('expected longitudes and latitudes in degrees');
  }
  const short = parts.some((part) => part.length < [1, 2, 4][dim]);
  const open = dim === 2 && parts.some((part) => part[0][0] !== part.at(-1)[0] || part[0][1] !== part.at(-1)[1]);
  if (short || open || !parts.length) throw new RangeError('too few places, or an area whose outline is not closed');
  const lines = (dim === 0 ? parts.flat().map((place) => [place]) : parts).map((part) => Float64Array.from(part.flat()));
  if (dim > 0 && lines.some(stands)) throw new RangeError('all places of a line are one');
  const shape = figureOf(dim, lines);
  if (dim === 2 && outlineCrosses(shape)) throw new RangeError('the outline crosses itself');
  // Outer rings turn left and holes right: what turns otherwise is a part within a part, or a hole outside.
  const outer = outerOf(match[3]);
  if (oriented(shape).lines.some((line, at) => dim === 2 && isLeftward(line) !== outer[at])) throw new RangeError('the outline crosses itself');
  return Object.assign(shape, { several: dim === 0 && lines.length > 1 });
}

// Places that were drawn as WKT.
export function wktOf(shape, points) {
  const told = (places) => places.map((place) => place.map((one) => Number(one.toFixed(8))).join(' ')).join(', ');
  if (shape === 'point') return `POINT (${told(points)})`;
  return shape === 'line' ? `LINESTRING (${told(points)})` : `POLYGON ((${told([...points, points[0]])}))`;
}
