import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { coordinates } from '../../maps/page/coordinates.js';

const HERE = [104.83, 26.59];
const near = (text, place) => {
  const found = coordinates(text);
  assert.ok(found && found.every((one, at) => Math.abs(one - place[at]) < 1e-9), `${text} -> ${found}`);
};

test('decimal degrees are read in either order and with any comma', () => {
  for (const text of ['104.83, 26.59', '104.83 26.59', '26.59,104.83', '104.83，26.59', '１０４．８３；２６．５９', '104.83、26.59', '(104.83 26.59)', '[104.83, 26.59]',
    '104.83° 26.59°', 'POINT(104.83 26.59)', '坐标：104.83，26.59', '  104.83\t26.59 ', '26.59N, 104.83E', 'E104.83N26.59', '东经104.83 北纬26.59', '北纬26.59°，东经104.83°',
    '经度:104.83 纬度:26.59', 'lat=26.59&lon=104.83', 'Lat: 26.59, Lng: 104.83', '104.83e26.59n']) near(text, HERE);
});

test('degrees, minutes and seconds are read in Latin and Chinese signs', () => {
  for (const text of ['104°49′48″E 26°35′24″N', '26°35\'24"N, 104°49\'48"E', "104º49'48''E 26º35'24''N", '104°49’48”，26°35’24”', '北纬26度35分24秒 东经104度49分48秒',
    '东经104度49分48秒北纬26度35分24秒', '东经１０４°４９′４８″，北纬２６°３５′２４″', '26 35 24 N 104 49 48 E', '104:49:48 26:35:24', "104°49.8' 26°35.4'", '东经104度49.8分，北纬26度35.4分',
    '104˚49′48″ 26˚35′24″']) near(text, HERE);
});

test('the other halves of the Earth are read by sign or by letter', () => {
  near('-84.5877, 42.7', [-84.5877, 42.7]);
  near('42.7N 84.5877W', [-84.5877, 42.7]);
  near('33°54′S 18°24′E', [18.4, -33.9]);
  near('南纬33.9 西经18.4', [-18.4, -33.9]);
  near('−33.9, 151.2', [151.2, -33.9]);
});

test('where both orders are possible that near the data counts', () => {
  Object.assign(page, { map: {}, bounds: [15, 45, 20, 50] });
  near('47.1, 17.2', [17.2, 47.1]);
  near('17.2, 47.1', [17.2, 47.1]);
  near('E 47.1 N 17.2', [47.1, 17.2]);
  Object.assign(page, { map: null, bounds: undefined });
  near('47.1, 17.2', [47.1, 17.2]);
});

test('what is no place is not taken for one', () => {
  for (const text of ['', ' ', 'S-001', '窑上水库', '2017-11-30', '104.83', 'E 104.83', '1 2 3', '104°61′0″ 26°0′0″', '104°0′75″ 26°0′0″', '-104 W 26 N', '10483', 'S 26 S 27', '°', 'N E',
    '钟山区 104 26', '200, 26', '104, 95', '104.5°30′ 26°', '104,83 26,59', 'CN-OUT-01', '1e2 3e1', '104.83, 26.59, 12', `104.83,${' '.repeat(200)}26.59`, '26.5.3 104', '0x10 0x20']) {
    assert.equal(coordinates(text), null, text);
  }
});
