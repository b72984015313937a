import test from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { page } from '../../maps/page/state.js';
import { toX, toY } from '../../maps/page/shapes.js';
import { BaseFault, isZipped, openPmtiles, tileNumber, unzip } from '../../maps/page/pmtiles.js';
import { inWgs84, levelFor, openTiles, pictureSize, tilesIn } from '../../maps/page/tiles.js';
import { openVectorTile } from '../../maps/page/vector_tiles.js';
import { toGcj02 } from '../../maps/page/position.js';

const varint = (value) => (value > 127 ? [(value % 128) | 128, ...varint(Math.floor(value / 128))] : [value]);
const field = (number, data) => (typeof data === 'number' ? [number * 8, ...varint(data)] : [...varint(number * 8 + 2), ...varint(data.length), ...data]);
const letters = (text) => [...new TextEncoder().encode(text)];
const fault = (key) => (found) => found instanceof BaseFault && found.message === key;

// An archive of one directory with these tiles: [number, run, bytes].
function archive(tiles, { packed = 2, type = 2, version = 3, facts = '{}' } = {}) {
  const pack = (bytes) => (packed === 2 ? gzipSync(Buffer.from(bytes)) : Buffer.from(bytes));
  const sizes = tiles.map(([, , bytes]) => bytes.length);
  const steps = tiles.map(([number], at) => number - (at ? tiles[at - 1][0] : 0));
  const offsets = [];
  let from = 0;
  for (const size of sizes) { offsets.push(from + 1); from += size; }
  const root = pack(Uint8Array.from([tiles.length, ...steps, ...tiles.map(([, run]) => run), ...sizes, ...offsets].flatMap(varint)));
  const told = pack(letters(facts));
  const head = Buffer.alloc(127);
  head.write('PMTiles');
  head[7] = version;
  [127, root.length, 127 + root.length, told.length, 0, 0, 127 + root.length + told.length, from].forEach((value, at) => head.writeBigUInt64LE(BigInt(value), 8 + at * 8));
  [head[97], head[98], head[99], head[100], head[101]] = [packed, 1, type, 0, 9];
  return new Blob([head, root, told, ...tiles.map(([, , bytes]) => Uint8Array.from(bytes))]);
}

test('tiles are numbered along the curves of the specification', () => {
  const known = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 0, 1, 2], [1, 1, 1, 3], [1, 1, 0, 4], [2, 0, 0, 5], [12, 3423, 1763, 19078479]];
  for (const [z, x, y, number] of known) assert.equal(tileNumber(z, x, y), number);
  const all = Array.from({ length: 256 }, (_, at) => tileNumber(4, at % 16, at >> 4));
  assert.deepEqual(all.sort((one, other) => one - other), Array.from({ length: 256 }, (_, at) => 85 + at));
});

test('an archive gives its tiles, those of a run, and null for what it lacks', async () => {
  for (const packed of [1, 2]) {
    const source = await openPmtiles(archive([[0, 1, [1, 2]], [1, 3, [7, 8, 9]]], { packed, facts: '{"attribution": "<a href=x>&copy; 院</a>"}' }));
    assert.deepEqual([source.kind, source.min, source.max, source.credit], ['raster', 0, 9, '© 院']);
    assert.deepEqual([...await source.bytes(0, 0, 0)], [1, 2]);
    assert.deepEqual([...await source.bytes(1, 1, 1)], [7, 8, 9]);
    assert.equal(await source.bytes(1, 1, 0), null);
  }
});

test('what is no archive is refused with its reason', async () => {
  await assert.rejects(openPmtiles(new Blob(['PMTiles'])), fault('base.wrong.damaged'));
  await assert.rejects(openPmtiles(new Blob(['x'.repeat(200)])), fault('base.wrong.not_pmtiles'));
  await assert.rejects(openPmtiles(archive([[0, 1, [1]]], { version: 2 })), fault('base.wrong.version'));
  await assert.rejects(openPmtiles(archive([[0, 1, [1]]], { type: 5 })), fault('base.wrong.type'));
  await assert.rejects(openPmtiles(archive([[0, 1, [1]]], { packed: 4 })), fault('base.wrong.packing'));
});

test('a small file that unpacks without end is cut off', async () => {
  const bomb = gzipSync(Buffer.alloc(3_000_000));
  assert.ok(isZipped(bomb) && bomb.length < 10_000);
  await assert.rejects(unzip(bomb, 1_000_000), fault('base.wrong.damaged'));
  assert.equal((await unzip(bomb, 4_000_000)).length, 3_000_000);
});

test('an offset set is asked for where the ground lies in it, and drawn where it lies in WGS 84', () => {
  const [x, y] = [toX(104.8), toY(26.47)];
  assert.deepEqual(inWgs84(x, y, 'wgs84'), [x, y]);
  const [lon, lat] = toGcj02(104.8, 26.47);
  const [backX, backY] = inWgs84(toX(lon), toY(lat), 'gcj02');
  assert.ok(Math.hypot(backX - x, backY - y) < 0.01); // cells of 0.13 m
  assert.ok(Math.hypot(toX(lon) - x, toY(lat) - y) * 0.13 > 300);
  const box = [x - 10, y - 10, x + 10, y + 10];
  const side = 2 ** (28 - 18);
  assert.deepEqual(tilesIn(box, 18, 'gcj02')[0], { z: 18, x: Math.floor(toX(lon) / side), y: Math.floor(toY(lat) / side) });
  assert.notDeepEqual(tilesIn(box, 18, 'gcj02')[0], tilesIn(box, 18, 'wgs84')[0]);
});

test('levels end where the set does, and nothing is drawn from too far out', () => {
  const source = { min: 8, max: 13 };
  assert.deepEqual([4, 6, 8.4, 12.6, 19].map((zoom) => levelFor(zoom, source)), [null, 8, 8, 13, 13]);
});

test('the size of a picture is read from its first bytes', () => {
  const png = Buffer.alloc(40);
  png.writeUInt32BE(0x89504e47, 0);
  png.writeUInt32BE(60000, 16);
  png.writeUInt32BE(7, 20);
  assert.deepEqual(pictureSize(png), [60000, 7]);
  const jpg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 1, 0, 2, 0, ...Array(20).fill(0)]);
  assert.deepEqual(pictureSize(jpg), [512, 256]);
  const webp = Buffer.concat([Buffer.from('RIFF....WEBPVP8X'), Buffer.from([10, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0x7f, 0, 0]), Buffer.alloc(4)]);
  assert.deepEqual(pictureSize(webp), [512, 128]);
  assert.equal(pictureSize(Buffer.from('<svg onload=alert(1)> and more than thirty bytes')), null);
});

test('a tile that fails is told, one that is absent is not, and neither is asked for twice', async () => {
  const [asked, told, come] = [[], [], []];
  const source = { kind: 'raster', min: 3, max: 3, datum: 'wgs84', bytes: async (z, x, y) => { asked.push(`${z}/${x}/${y}`); return x === 6 ? Uint8Array.from({ length: 40 }) : null; } };
  const tiles = openTiles(source, () => come.push(1), (key) => told.push(key));
  const side = 2 ** 25;
  const view = { zoom: 3, box: [side * 5 + 1, side * 3 + 1, side * 7 - 1, side * 4 - 1] };
  await tiles.fetched(view);
  await tiles.fetched(view);
  assert.deepEqual(asked.sort(), ['3/5/3', '3/6/3']);
  assert.deepEqual([told, come], [['base.wrong.damaged'], []]);
});

test('a vector tile gives areas, lines and names on the ground', () => {
  page.printing = true;
  const zigzag = (value) => (value < 0 ? -value * 2 - 1 : value * 2);
  const line = field(2, [...field(3, 2), ...field(4, [9, zigzag(0), zigzag(0), 18, zigzag(4096), zigzag(2048), zigzag(-4096), zigzag(2048)].flatMap(varint))]);
  const roads = field(3, [...field(1, letters('roads')), ...line, ...field(5, 4096)]);
  const point = field(2, [...field(2, [0, 0]), ...field(3, 1), ...field(4, [9, zigzag(1024), zigzag(1024)].flatMap(varint))]);
  const places = field(3, [...field(1, letters('place_label')), ...point, ...field(3, letters('name')), ...field(4, field(1, letters('水城<b>')))]);
  const features = openVectorTile(Uint8Array.from([...places, ...roads]), (u, v) => [u * 100, v * 100]);
  assert.deepEqual(features, [
    { sort: 'road', type: 2, name: '', parts: [[0, 0, 100, 50, 0, 100]] },
    { sort: 'name', type: 1, name: '水城<b>', parts: [[25, 25]] },
  ]);
});

test('a vector tile that lies about its lengths is refused', () => {
  for (const bytes of [[0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f], field(3, field(2, field(4, [11]))), field(3, field(2, [0x22, 9, 1])), [0x1b]]) {
    assert.throws(() => openVectorTile(Uint8Array.from(bytes), (u, v) => [u, v]), fault('base.wrong.damaged'));
  }
});
