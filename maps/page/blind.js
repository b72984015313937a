// Where an answer is possible at all: for a shape and a reach, why a rule is not assessed there (as layers/coverage.py).
import { degreeAt, toLines } from './ground.js';
import { locate, relation } from './exact.js';
import { measureNear, insideOf, withinOf } from './related.js';

const verticesOf = ({ lines }) => lines.flatMap((line) => Array.from({ length: line.length / 2 }, (_, at) => [line[2 * at], line[2 * at + 1]]));

// 1 where the shape lies in the area, 0 where a point of it lies on its edge, -1 where it lies outside or partly.
function placeIn(own, area) {
  if (own.dim) return relation(own, area).covered ? 1 : -1;
  return Math.min(...verticesOf(own).map(([x, y]) => locate(x, y, area)));
}

// Whether what lies outside the area lies in a district: of lines and areas more than an end or an edge.
function inDistrict(own, area, districts) {
  const outside = own.dim ? null : verticesOf(own).filter(([x, y]) => locate(x, y, area) < 0);
  return districts.near(own.box, 0).some((row) => {
    const district = districts.shape(row);
    if (outside) return outside.some(([x, y]) => locate(x, y, district) >= 0);
    if (!relation(own, district).interior) return false;
    // A district that is part of the area holds nothing that lies outside.
    return relation(district, area).covered === false;
  });
}

function outsideOf(own, extent, districts) {
  const place = placeIn(own, extent.area);
  if (place > 0) return '';
  if (place === 0) return 'NEAR_DATA_EDGE';
  if (extent.assumption === 'hull' || !districts) return 'OUTSIDE_ZONE_DATA';
  return inDistrict(own, extent.area, districts) ? 'NO_ZONE_IN_DISTRICT' : 'OUTSIDE_DISTRICTS';
}

function edgeWithin(own, area, metres) {
  if (own.dim && relation(own, area).contact) return true;
  if (verticesOf(own).some(([x, y]) => toLines(x, y, area.lines, metres) <= metres)) return true;
  const [west, south, east, north] = own.box;
  const [lon, lat] = degreeAt(Math.max(Math.abs(south), Math.abs(north))).map((degree) => (metres / degree) * 1.02);
  const near = ([x, y]) => x >= west - lon && x <= east + lon && y >= south - lat && y <= north + lat;
  return own.dim > 0 && verticesOf(area).some((place) => near(place) && toLines(...place, own.lines, metres) <= metres);
}

// The code of the reason, '' where a rule that looks `reach` metres far is assessed. `extent`: {area, assumption, until}, `refused`:
// the places of refused rows as a layer.
export function blindSpot(own, extent, { districts, refused, reach, accuracy, coarse }) {
  if (!extent.area) return 'LAYER_ABSENT';
  if (extent.until) return 'LAYER_OUT_OF_DATE';
  let code = extent.outside ??= outsideOf(own, extent, districts);
  const metres = reach + accuracy;
  if (!code && metres > 0 && edgeWithin(own, extent.area, metres)) code = 'NEAR_DATA_EDGE';
  else if (!code && coarse > 0 && edgeWithin(own, extent.area, metres + coarse)) code = 'TOO_NEAR_FOR_MAP';
  const near = refused ? measureNear(own, refused, reach, accuracy) : [];
  return near.some((pair) => insideOf(pair) || (reach > 0 && withinOf(pair, reach))) ? 'ZONE_REFUSED' : code;
}
