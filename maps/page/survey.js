// The survey file: visits as they leave the page and come back. Nothing of a file is taken over before all of it was looked at.
import { fromBase64 } from './unpress.js';
import { sha256 } from './sha256.js';

const FORMAT = 'headwater-survey';
const VERSION = 1;
export const LARGEST_FILE = 192 * 2 ** 20;
const LARGEST_PHOTO = 12 * 2 ** 20;
const MOST_RECORDS = 5000;
const MOST_FAULTS = 50;
const POSITIONS = ['own', 'site', 'hand'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;
const PICTURES = [[[255, 216, 255], 0, 'jpeg'], [[137, 80, 78, 71, 13, 10, 26, 10], 0, 'png'], [[87, 69, 66, 80], 8, 'webp']];

// What a value must be: each gives the word of what is wrong with it, or nothing.
const isText = (least, most) => (value) => (typeof value !== 'string' ? 'text' : value.length < least ? 'empty' : value.length > most ? 'long' : null);
const isLike = (pattern, word) => (value) => (typeof value === 'string' && pattern.test(value) ? null : word);
const isOneOf = (codes) => (value) => (value === null || codes.includes(value) ? null : 'choice');
const isNumber = (least, most) => (value) => (typeof value === 'number' && value >= least && value <= most ? null : 'number');
const isWhole = (value) => (Number.isSafeInteger(value) && value >= 0 ? null : 'number');
const isFlag = (value) => (typeof value === 'boolean' ? null : 'flag');

function isTime(value) {
  const found = typeof value === 'string' && TIME.exec(value);
  if (!found) return 'time';
  const [year, month, day] = found.slice(1, 4).map(Number);
  const there = new Date(Date.UTC(year, month - 1, day));
  return there.getUTCMonth() === month - 1 && there.getUTCDate() === day ? null : 'time';
}

// The fields of a record in their order. A pair is a field that may be left out, and what stands for it then.
function recordShape({ statuses, results }, withPhotos) {
  const photo = { name: isText(1, 255), sha256: isLike(/^[0-9a-f]{64}$/, 'sha256'), ...(withPhotos ? { data: isText(1, LARGEST_PHOTO * 1.4) } : {}) };
  return {
    uuid: isLike(UUID, 'uuid'), layer: [isText(0, 100), ''], site_id: isText(1, 1000), base_revision: isWhole, build_id: [isText(0, 200), ''],
    visited_at: isTime, inspector: isText(withPhotos ? 1 : 0, 200),
    observed: {
      status: isOneOf(statuses), result: isOneOf(results),
      checklist: { most: 500, each: { rule_id: [isText(0, 200), ''], item: isText(1, 4000), done: isFlag, remark: [isText(0, 4000), ''] } },
    },
    note: isText(0, 20000),
    position: { maybe: { lon: isNumber(-180, 180), lat: isNumber(-90, 90), accuracy_m: { maybe: isNumber(0, 1e7) }, source: [isOneOf(POSITIONS), null] } },
    photos: { most: 60, each: photo },
  };
}

const isThing = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

// A copy of `value` with the fields of `shape` only; `wrong(field, word)` hears of every fault, `extra(field)` of what is left behind.
function copied(shape, value, field, wrong, extra) {
  if (typeof shape === 'function') {
    const word = shape(value);
    return word ? wrong(field, word) : value;
  }
  if (shape.maybe) return value === null ? null : copied(shape.maybe, value, field, wrong, extra);
  if (shape.each) {
    if (!Array.isArray(value)) return wrong(field, 'list');
    if (value.length > shape.most) return wrong(field, 'many');
    return value.map((one, at) => copied(shape.each, one, `${field}[${at + 1}]`, wrong, extra));
  }
  if (!isThing(value)) return wrong(field, 'thing');
  const within = (key) => (field ? `${field}.${key}` : key);
  Object.keys(value).forEach((key) => { if (!Object.hasOwn(shape, key)) extra(within(key).replace(/\[\d+\]/g, '')); });
  return Object.fromEntries(Object.entries(shape).map(([key, asked]) => {
    const [inner, instead] = Array.isArray(asked) ? asked : [asked];
    const there = Object.hasOwn(value, key) ? value[key] : instead;
    return [key, there === undefined ? wrong(within(key), 'missing') : copied(inner, there, within(key), wrong, extra)];
  }));
}

// A record as the browser kept it, or null where it is none: others may have written there, too.
export function keptRecord(value, codes) {
  let sound = true;
  const record = copied(recordShape(codes, false), value, '', () => { sound = false; }, () => {});
  return sound ? record : null;
}

export const sameRecord = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// `image/jpeg`, `image/png`, `image/webp`, or null: by the first bytes, whatever a name says.
export function pictureType(bytes) {
  const found = PICTURES.find(([sign, from]) => sign.every((byte, at) => bytes[from + at] === byte));
  return found ? `image/${found[2]}` : null;
}

async function photoFault({ data, sha256: named }) {
  let bytes;
  try {
    if (data.length % 4 || /[^A-Za-z0-9+/=]|=(?!=?$)/.test(data)) return 'base64';
    bytes = fromBase64(data);
  } catch {
    return 'base64';
  }
  if (bytes.length > LARGEST_PHOTO) return 'long';
  if (!pictureType(bytes)) return 'picture';
  return await sha256(bytes) === named ? null : 'digest';
}

function headFault(file) {
  if (!isThing(file) || file.format !== FORMAT) return ['format', 'format'];
  if (file.version !== VERSION) return ['version', 'version'];
  if (typeof file.build_id !== 'string') return ['build_id', 'text'];
  if (!Array.isArray(file.records)) return ['records', 'list'];
  return file.records.length > MOST_RECORDS ? ['records', 'many'] : null;
}

// What a survey file holds: `records`, their photos' `data` by digest, and `faults` as `[{record, field, word}]` (record 0 is the file
// itself); with any fault there are no records. `extra` names fields that this page does not know and leaves behind.
export async function readSurvey(text, codes) {
  const nothing = (faults) => ({ records: [], data: new Map(), extra: [], faults });
  let file;
  try { file = JSON.parse(text); } catch { return nothing([{ record: 0, field: '', word: 'json' }]); }
  const fault = headFault(file);
  if (fault) return nothing([{ record: 0, field: fault[0], word: fault[1] }]);
  const [faults, extra, data, records] = [[], new Set(), new Map(), []];
  const shape = recordShape(codes, true);
  for (let at = 0; at < file.records.length && faults.length < MOST_FAULTS; at += 1) {
    const wrong = (field, word) => { faults.push({ record: at + 1, field, word }); };
    const before = faults.length;
    const record = copied(shape, file.records[at], '', wrong, (field) => extra.add(field));
    if (faults.length > before) continue;
    for (const [place, photo] of record.photos.entries()) {
      const word = await photoFault(photo);
      if (word) wrong(`photos[${place + 1}]`, word);
      data.set(photo.sha256, photo.data);
    }
    records.push({ ...record, build_id: record.build_id || file.build_id, photos: record.photos.map(({ name, sha256: digest }) => ({ name, sha256: digest })) });
  }
  return faults.length ? nothing(faults.slice(0, MOST_FAULTS)) : { records, data, extra: [...extra], faults };
}

// The file in pieces; `lost` names photos that `dataOf(digest)` does not give any more, which are left out of it.
export async function surveyParts(buildId, records, dataOf) {
  const parts = [`{"format":"${FORMAT}","version":${VERSION},"build_id":${JSON.stringify(buildId)},"records":[`];
  const lost = [];
  for (const [at, record] of records.entries()) {
    const photos = [];
    for (const photo of record.photos) {
      const data = await dataOf(photo.sha256);
      if (data) photos.push({ ...photo, data });
      else lost.push(photo.name);
    }
    parts.push(`${at ? ',' : ''}\n${JSON.stringify({ ...record, photos })}`);
  }
  return { parts: [...parts, '\n]}\n'], lost };
}
