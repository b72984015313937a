import test from 'node:test';
import assert from 'node:assert/strict';
import { openIsland } from '../../maps/page/islands.js';
import { anchor, contains, GRID, isDrawn, openShapes, passes, toLat, toLon, touches, toX, toY } from '../../maps/page/shapes.js';
import { bytesOf, packed } from './packed.js';

const [POINT, MISSING, SQUARE, EMPTY, HOLED, TWO, LINE, EDGE] = [0, 1, 2, 3, 4, 5, 6, 7];
const shapes = openShapes(openIsland(bytesOf(packed.island)));
const holds = (row, lon, lat) => contains(shapes, row, toX(lon), toY(lat));

test('the grid gives places back', () => {
  for (const lon of [-180, -84.5877, 0, 104.8301234, 180]) assert.ok(Math.abs(toLon(toX(lon)) - lon) < 1e-9);
  for (const lat of [-85, -33.3, 0, 26.5901234, 85.05]) assert.ok(Math.abs(toLat(toY(lat)) - lat) < 1e-9);
  assert.equal(toX(0), GRID / 2);
  assert.ok(Math.abs(toY(0) - GRID / 2) < 1e-6);
});

test('a hole is outside and an island of a collection inside', () => {
  assert.ok(holds(SQUARE, 104.5, 26.5));
  assert.ok(!holds(HOLED, 104.5, 26.5));
  assert.ok(holds(HOLED, 104.2, 26.2));
  assert.ok(holds(TWO, 0.5, 0.5) && holds(TWO, 2.5, 2.5) && !holds(TWO, 1.5, 1.5));
  assert.ok(!holds(SQUARE, 106, 26.5) && !holds(SQUARE, 104.5, 28));
});

test('what is no area contains nothing', () => {
  for (const row of [POINT, MISSING, EMPTY, LINE]) assert.ok(!holds(row, 104.5, 26.5));
});

test('only what has vertices is drawn', () => {
  assert.deepEqual(Array.from({ length: 8 }, (_, row) => isDrawn(shapes, row)), [true, false, true, false, true, true, true, true]);
});

test('boxes touch where they share an edge and nothing touches what is missing', () => {
  const [left, top, right, bottom] = shapes.box.subarray(SQUARE * 4, SQUARE * 4 + 4);
  assert.ok(left < right && top < bottom);
  assert.ok(touches(shapes, SQUARE, [right, bottom, right + 9, bottom + 9]));
  assert.ok(!touches(shapes, SQUARE, [right + 1, bottom, right + 9, bottom + 9]));
  for (const row of [MISSING, EMPTY]) assert.ok(!touches(shapes, row, [0, 0, GRID, GRID]));
});

test('a line is passed within reach of its segments and of its ends', () => {
  const middle = [toX(104.25), (toY(26) + toY(26.5)) / 2];
  assert.ok(passes(shapes, LINE, ...middle, 3));
  assert.ok(passes(shapes, LINE, toX(105) + 2, toY(26), 3));
  assert.ok(!passes(shapes, LINE, toX(105) + 200, toY(26), 3));
  assert.ok(passes(shapes, POINT, toX(104.8), toY(26.5), 1));
  assert.ok(!passes(shapes, MISSING, ...middle, 3));
});

test('a mark stands on the point, the middle vertex, the middle of the box', () => {
  assert.deepEqual(anchor(shapes, POINT), [Math.round(toX(104.8)), Math.round(toY(26.5))]);
  assert.deepEqual(anchor(shapes, LINE), [Math.round(toX(104.5)), Math.round(toY(26.5))]);
  assert.ok(Math.abs(anchor(shapes, SQUARE)[0] - toX(104.5)) <= 1);
  assert.equal(anchor(shapes, EDGE)[0], 0);
});
