import test from 'node:test';
import assert from 'node:assert/strict';
import { bearingTo, groundScale, toOutline } from '../../maps/page/reach.js';
import { groundDistance } from '../../maps/page/ground.js';
import { GRID, toLat, toLon, toX, toY } from '../../maps/page/shapes.js';

const near = (one, other, most) => assert.ok(Math.abs(one - other) <= most, `${one} is not ${other}`);

test('a cell of the grid is as wide and high on the ground as the ellipsoid says', () => {
  for (const lat of [-70, -26.5, 0, 26.5, 47.3, 60, 80]) {
    const [wide, high] = groundScale(lat);
    const [x, y] = [toX(104.8), toY(lat)];
    const [east, south] = [1000, 1000];
    near(groundDistance(104.8, lat, toLon(x + east), lat) / east / wide, 1, 1e-6);
    near(groundDistance(104.8, lat, 104.8, toLat(y + south)) / south / high, 1, 1e-4);
  }
  assert.equal(GRID, 2 ** 28);
});

test('bearings go round the compass', () => {
  for (const [lon, lat, degrees] of [[0, 1, 0], [1, 0, 90], [0, -1, 180], [-1, 0, 270]]) near(bearingTo(104.8, 26.5, 104.8 + lon / 1000, 26.5 + lat / 1000), degrees, 0.01);
  // A degree of longitude is shorter than one of latitude.
  near(bearingTo(104.8, 60, 104.9, 60.1), 26.7, 0.2);
});

test('the outline is as far from inside as from outside, with holes, lines and points', () => {
  const [x, y] = [Math.round(toX(104.8)), Math.round(toY(26.5))];
  const rings = [[[0, 0], [4000, 0], [4000, 4000], [0, 4000], [0, 0]], [[1000, 1000], [1000, 3000], [3000, 3000], [3000, 1000], [1000, 1000]], [[8000, 0]], [[0, 9000], [4000, 9000]]];
  const vertices = rings.flat();
  const shapes = {
    partStart: [0, 2, 3, 4], vertexStart: [0, 5, 10, 11, 13], area: [1, 0, 0],
    x: vertices.map(([east]) => x + east), y: vertices.map(([, south]) => y + south),
  };
  const [wide, high] = groundScale(toLat(y + 2000));
  const at = (row, east, south) => toOutline(shapes, row, toLon(x + east), toLat(y + south));
  near(at(0, 400, 2000), 400 * wide, 1);
  near(at(0, -400, 2000), 400 * wide, 1);
  near(at(0, 2000, 2000), 1000 * Math.min(wide, high), 2);
  near(at(0, 1500, 2000), 500 * wide, 1);
  near(at(1, 8000, 300), 300 * high, 1);
  near(at(2, 2000, 8000), 1000 * high, 1);
  near(at(0, 0, 0), 0, 1e-6);
});
