import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { goLinks, positionLines } from '../../maps/page/position.js';
import { daysBetween } from '../../maps/page/history.js';
import { originalOf, plates } from '../../maps/page/photos.js';
import { words } from './packed.js';

page.sentences = words;
const AUTO = { auto: true, name: 'CGCS2000 / 3-degree Gauss-Kruger CM {lon0}E', zones: [25, 45], first_code: 4534, k0: 1, fe: 5e5, fn: 0, a: 6378137, f: 1 / 298.257222101 };

function linesWith(crs, lon = 104.873579, lat = 26.562218) {
  page.run = { crs };
  return positionLines(lon, lat);
}

test('a position is told in degrees, in degrees minutes seconds, and in the plane of its place', () => {
  page.language = 'zh';
  const [plain, sexagesimal, plane] = linesWith(AUTO);
  assert.equal(plain[1], '104.873579, 26.562218');
  assert.equal(sexagesimal[1], '26°33′43.98″N 104°52′24.88″E');
  assert.equal(plane[0], 'EPSG:4544 CGCS2000 / 3-degree Gauss-Kruger CM 105E');
  assert.match(plane[2], /^2939130\.\d, 487403\.\d$/);
  assert.deepEqual([plain[2], sexagesimal[2]], [plain[1], sexagesimal[1]]);
});

test('a plane that the page cannot compute is named and told, and nothing is to be copied', () => {
  for (const language of ['zh', 'en']) {
    page.language = language;
    const told = linesWith({ name: 'Beijing 1954 / 3-degree', code: 'EPSG:2435' })[2];
    assert.equal(told[0], 'EPSG:2435');
    assert.ok(told[1].includes('Beijing 1954') && told[2] === undefined);
    const abroad = linesWith(AUTO, -84.5, 42.7)[2];
    assert.ok(abroad[1].length > 5 && abroad[2] === undefined);
    assert.equal(linesWith(undefined).length, 3);
  }
  page.language = 'zh';
});

test('outside China every map gets the position as it is', () => {
  const links = goLinks(-84.5, 42.7, 'x');
  assert.ok(links.filter((one) => one.key !== 'go.baidu').every(({ href }) => href.includes('42.700000') && href.includes('-84.500000')));
});

test('days between two days are whole, and what is no day has none', () => {
  assert.equal(daysBetween('2017-10-31', '2017-11-30'), 30);
  assert.equal(daysBetween('2020-02-28', '2020-03-01'), 2);
  assert.equal(daysBetween('2017-11-30', '2017-11-30'), 0);
  assert.equal(daysBetween('2017-11-30', '2017-11-01'), -29);
  for (const none of ['', '2017', '2017-11', 'soon']) assert.equal(daysBetween('2017-11-30', none), null);
});

test('the n-th photo before stands beside the n-th after and the others alone', () => {
  const photo = (moment, name) => ({ moment, name });
  const [first, second, last, alone] = [photo('before', 1), photo('before', 2), photo('after', 3), photo('', 4)];
  assert.deepEqual(plates([alone, first, last, second]), [[first, last], [second], [alone]]);
  assert.deepEqual(plates([]), []);
});

test('an original is found by a relative address whatever its name holds', () => {
  assert.equal(originalOf('', 'a.jpg'), '');
  assert.equal(originalOf('../photos/', '子/a b#1?.jpg'), '../photos/%E5%AD%90/a%20b%231%3F.jpg');
  assert.equal(originalOf('../photos/', 'data:x.jpg'), '../photos/data%3Ax.jpg');
});
