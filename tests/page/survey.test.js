import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { ownSha256, sha256 } from '../../maps/page/sha256.js';
import { keptRecord, pictureType, readSurvey, sameRecord, surveyParts } from '../../maps/page/survey.js';

const codes = { statuses: ['not_started', 'completed'], results: ['violation', 'check', 'not_assessed', 'clear'] };
const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64');
const record = (changes = {}) => ({
  uuid: '0b0e5f5c-7f3a-4f7e-9d53-6a1f5f0f2c11', layer: 'remediation_sites', site_id: 'R-1', base_revision: 0, build_id: 'b-1', visited_at: '2026-11-26T10:05:00+08:00',
  inspector: '王五', observed: { status: 'completed', result: 'clear', checklist: [{ rule_id: 'CN-OUT-01', item: '水样', done: true, remark: '' }] }, note: '',
  position: { lon: 104.8, lat: 26.5, accuracy_m: 8, source: 'own' }, photos: [], ...changes,
});
const fileOf = (...records) => JSON.stringify({ format: 'headwater-survey', version: 1, build_id: 'b-1', records });
const photo = { name: 'a.png', sha256: digestOf(png), data: png.toString('base64') };

test('our own SHA-256 is the standard one, at every length around a block', async () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 100_003]) {
    const bytes = randomBytes(length);
    assert.equal(ownSha256(bytes), digestOf(bytes), String(length));
    assert.equal(await sha256(bytes), digestOf(bytes));
  }
});

test('what was handed in comes back the same', async () => {
  const kept = record({ photos: [{ name: photo.name, sha256: photo.sha256 }] });
  const { parts, lost } = await surveyParts('b-1', [kept, record({ position: null })], async (digest) => (digest === photo.sha256 ? photo.data : undefined));
  const back = await readSurvey(parts.join(''), codes);
  assert.deepEqual([lost, back.faults, back.extra], [[], [], []]);
  assert.ok(sameRecord(back.records[0], kept) && sameRecord(back.records[1], record({ position: null })));
  assert.equal(back.data.get(photo.sha256), photo.data);
});

test('a photo that is lost is named and left out', async () => {
  const { parts, lost } = await surveyParts('b-1', [record({ photos: [{ name: 'x.jpg', sha256: 'f'.repeat(64) }] })], async () => undefined);
  assert.deepEqual(lost, ['x.jpg']);
  assert.deepEqual(JSON.parse(parts.join('')).records[0].photos, []);
});

test('every fault is named with its record and field, and nothing is read', async () => {
  const bad = record({ site_id: '', note: 5, observed: { status: 'toString', result: null, checklist: [{ item: 'x', done: 'yes' }] } });
  const { records, faults } = await readSurvey(fileOf(record(), bad), codes);
  assert.deepEqual(records, []);
  assert.deepEqual(faults.map(({ record: at, field, word }) => [at, field, word]), [
    [2, 'site_id', 'empty'], [2, 'observed.status', 'choice'], [2, 'observed.checklist[1].done', 'flag'], [2, 'note', 'text'],
  ]);
});

test('a record without a layer, a revision of its build or remarks is filled up, one without the rest is refused', async () => {
  const { layer, build_id: build, ...short } = record({ observed: { status: null, result: null, checklist: [{ item: 'x', done: false }] } });
  const { records, faults } = await readSurvey(fileOf(short), codes);
  assert.deepEqual(faults, []);
  assert.deepEqual([records[0].layer, records[0].build_id, records[0].observed.checklist[0].remark, layer, build], ['', 'b-1', '', 'remediation_sites', 'b-1']);
  for (const name of Object.keys(short)) {
    const { [name]: gone, ...rest } = short;
    const missing = await readSurvey(fileOf(rest), codes);
    assert.ok(gone !== undefined && missing.faults.some(({ field, word }) => field === name && word === 'missing'), name);
  }
});

test('times need a zone and a day that there is', async () => {
  const wordOf = async (time) => (await readSurvey(fileOf(record({ visited_at: time })), codes)).faults[0]?.word;
  for (const time of ['2026-11-26T10:05:00Z', '2026-11-26T10:05:00.123+05:30', '2028-02-29T23:59:59-09:30', '2026-11-26T10:05+08:00']) assert.equal(await wordOf(time), undefined, time);
  for (const time of ['2026-11-26T10:05:00', '2026-02-29T10:05:00Z', '2026-13-01T10:05:00Z', '2026-11-26T24:05:00Z', 'yesterday', 7, null]) assert.equal(await wordOf(time), 'time', String(time));
});

test('a photo must be a picture and what its digest says', async () => {
  const wordOf = async (changes) => (await readSurvey(fileOf(record({ photos: [{ ...photo, ...changes }] })), codes)).faults[0]?.word;
  assert.equal(await wordOf({}), undefined);
  assert.equal(await wordOf({ sha256: '0'.repeat(64) }), 'digest');
  for (const data of [`${photo.data}!`, `${photo.data}!!!!`, 'A===', 'AA=A', '=AAA', 'AAA\n', `${photo.data.slice(0, -4)}====`]) assert.equal(await wordOf({ data }), 'base64', data);
  assert.equal(await wordOf({ data: 'AAAA', sha256: digestOf(Buffer.alloc(3)) }), 'picture');
  assert.equal(await wordOf({ sha256: 'A'.repeat(64) }), 'sha256');
});

test('pictures are known by their first bytes', () => {
  assert.equal(pictureType(png), 'image/png');
  assert.equal(pictureType(Buffer.from([255, 216, 255, 224])), 'image/jpeg');
  assert.equal(pictureType(Buffer.from('RIFF0000WEBPVP8 ')), 'image/webp');
  assert.equal(pictureType(Buffer.from('<svg></svg>')), null);
  assert.equal(pictureType(Buffer.alloc(0)), null);
});

test('what a file says beside the known fields is named and left behind, also where it would be a prototype', async () => {
  const text = fileOf(record()).replace('"note"', '"__proto__":{"polluted":1},"weather":"雨","note"').replace('"item"', '"constructor":1,"item"');
  const { records, extra, faults } = await readSurvey(text, codes);
  assert.deepEqual(faults, []);
  assert.deepEqual(extra.toSorted(), ['__proto__', 'observed.checklist.constructor', 'weather']);
  assert.ok(sameRecord(records[0], record()) && {}.polluted === undefined);
});

test('a record that the browser kept is only believed if it is one', () => {
  assert.ok(sameRecord(keptRecord(record({ inspector: '' }), codes), record({ inspector: '' })));
  for (const wrong of [null, 5, [], {}, record({ uuid: 'x' }), record({ photos: [{ name: 'a', sha256: 'b' }] }), record({ position: [1, 2] })]) assert.equal(keptRecord(wrong, codes), null);
});

test('a file that is too long, too deep or none at all is one fault', async () => {
  const only = async (text) => (await readSurvey(text, codes)).faults.map(({ record: at, word }) => [at, word]);
  assert.deepEqual(await only('['.repeat(200_000)), [[0, 'json']]);
  assert.deepEqual(await only(''), [[0, 'json']]);
  assert.deepEqual(await only('null'), [[0, 'format']]);
  assert.deepEqual(await only(fileOf(...Array(5001).fill(0))), [[0, 'many']]);
  assert.deepEqual(await only(fileOf(1, 'x', null)), [[1, 'thing'], [2, 'thing'], [3, 'thing']]);
});
