// How far and in which direction things on the map's grid are from a place, in ground metres.
import { degreeAt, groundDistance, toLines } from './ground.js';
import { contains, GRID, isDrawn, toLat, toLon, toX, toY } from './shapes.js';

// Ground metres of one cell of the grid, from west to east and from north to south.
export function groundScale(lat) {
  const [east, north] = degreeAt(lat);
  return [(east * 360) / GRID, (north * Math.cos((lat * Math.PI) / 180) * 360) / GRID];
}

function linesOf({ partStart, vertexStart, x, y, area }, row) {
  const lines = [];
  for (let part = partStart[row]; part < partStart[row + 1]; part += 1) {
    const line = [];
    for (let at = vertexStart[part]; at < vertexStart[part + 1]; at += 1) line.push(toLon(x[at]), toLat(y[at]));
    if (area[row] && line.length > 2) line.push(line[0], line[1]);
    lines.push(line);
  }
  return lines;
}

// Metres to the outline of a row, also from within it.
export const toOutline = (shapes, row, lon, lat) => toLines(lon, lat, linesOf(shapes, row));

// Metres to a site: to its outline where it has one (0 inside of it), else to its point.
export function toSite({ points, shapes: { sites } }, row, lon, lat) {
  if (!isDrawn(sites, row)) return groundDistance(lon, lat, toLon(points.x[row]), toLat(points.y[row]));
  return contains(sites, row, toX(lon), toY(lat)) ? 0 : toOutline(sites, row, lon, lat);
}

// Degrees from north, clockwise, of the straight way from one place to another.
export function bearingTo(lonA, latA, lonB, latB) {
  const [east, north] = degreeAt((latA + latB) / 2);
  return ((Math.atan2((lonB - lonA) * east, (latB - latA) * north) * 180) / Math.PI + 360) % 360;
}
