import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { openIsland } from '../../maps/page/islands.js';
import { openShapes, toX, toY } from '../../maps/page/shapes.js';
import { geometryOf, lonLat } from '../../maps/page/outlines.js';
import { bytesOf, packed } from './packed.js';

const [POINT, MISSING, SQUARE, EMPTY, HOLED, TWO, LINE] = [0, 1, 2, 3, 4, 5, 6];
const none = Array.from({ length: 8 }, () => 0);
page.shapes = { sites: openShapes(openIsland(bytesOf(packed.island))) };
page.points = { placed: none.map((_, row) => Number(row === EMPTY)), x: none.map(() => toX(104.83)), y: none.map(() => toY(26.59)) };

const turn = (ring) => Math.sign(ring.slice(1).reduce((sum, [x, y], at) => sum + ring[at][0] * y - x * ring[at][1], 0));

test('a site without an outline is its point, or nothing', () => {
  assert.equal(geometryOf(MISSING), null);
  assert.equal(lonLat(MISSING), null);
  assert.deepEqual(geometryOf(EMPTY), { type: 'Point', coordinates: [104.83, 26.59] });
  assert.equal(geometryOf(POINT).type, 'Point');
});

test('rings become polygons with their holes, wound as RFC 7946 asks', () => {
  const square = geometryOf(SQUARE);
  assert.equal(square.type, 'Polygon');
  assert.equal(square.coordinates.length, 1);
  const holed = geometryOf(HOLED);
  assert.equal(holed.type, 'Polygon');
  assert.deepEqual(holed.coordinates.map(turn), [1, -1]);
  for (const ring of holed.coordinates) assert.deepEqual(ring[0], ring.at(-1));
  const two = geometryOf(TWO);
  assert.ok(['MultiPolygon', 'GeometryCollection'].includes(two.type), two.type);
});

test('a line stays a line', () => assert.ok(/LineString$/.test(geometryOf(LINE).type)));
