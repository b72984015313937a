import test from 'node:test';
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';
import { openIsland, series, varints } from '../../maps/page/islands.js';
import { inflate } from '../../maps/page/inflate.js';
import { bytesOf, packed } from './packed.js';

test('varints are the numbers that were packed', () => {
  const { values } = packed.varints;
  assert.deepEqual([...varints(bytesOf(packed.varints), values.length)], values);
});

test('series are the numbers that were packed, whatever they are differences of', () => {
  assert.equal(packed.series.length, 12);
  for (const one of packed.series) assert.deepEqual([...series(one.told, bytesOf(one))], one.values);
});

test('an island opens with every text character for character', () => {
  const island = openIsland(bytesOf(packed.island));
  const { names, metres } = packed.island;
  assert.equal(island.rows, names.length);
  assert.deepEqual(names.map((_, row) => island.text('name', row)), names);
  assert.deepEqual(metres.map((_, row) => island.number('depth_m', row)), metres);
  assert.equal(island.text('depth_m', 1), '');
  assert.equal(island.text('nothing of the kind', 0), '');
  assert.equal(island.number('nothing of the kind', 0), null);
  const levels = island.column('level');
  assert.deepEqual(Array.from(levels.codes, (code) => levels.word(code)), ['1', '2', '1', '', '1', 'quasi', '2', '1']);
  assert.deepEqual([...island.place('parts')], [1, 0, 1, 0, 2, 2, 1, 1]);
  assert.deepEqual([...island.place('area')], [0, 0, 1, 0, 1, 1, 0, 0]);
});

test('ids and sentences are put together again, and found in one long text', () => {
  const island = openIsland(bytesOf(packed.sentences));
  const { texts } = packed.sentences;
  for (const [name, told] of Object.entries(texts)) assert.deepEqual(told.map((_, row) => island.text(name, row)), told);
  assert.deepEqual([...island.column('zone_name').codes.slice(0, 4)], [0, 1, 2, 0]);
  const ids = island.column('site_id');
  assert.equal(ids.whole(), texts.site_id.join(''));
  assert.equal(ids.rowAt(ids.whole().indexOf('WRY-00217')), 31);
  assert.equal(ids.startOf(2), (texts.site_id[0] + texts.site_id[1]).length);
});

test('our own inflate gives what zlib gives', () => {
  assert.equal(packed.deflated.length, 8);
  for (const one of packed.deflated) {
    const found = inflate(bytesOf(one));
    assert.equal(found.length, one.length);
    assert.equal(Buffer.compare(Buffer.from(found), inflateRawSync(bytesOf(one))), 0);
  }
});
