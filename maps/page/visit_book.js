// The visits on this device: made here or read in, kept in the browser as far as it lets us, and found by the site they are about.
import { page, tell } from './state.js';
import { keptRecord, sameRecord } from './survey.js';
import { sha256 } from './sha256.js';
import { openStore } from './visit_store.js';

// A visit is `{key, record, state, exported, source, edition}`: `state` begun or done, `exported` when it was handed in ('' = not yet),
// `source` own or file, `edition` counts how often it was written. `record` is what goes into a survey file, photos by digest.
// `unkept` are keys of visits that the browser refused to keep as they are; `held` photos that only the page has; `editing` is the visit
// whose form is open, which nobody else's change may replace under the hands of its writer.
export const visits = { list: [], store: null, unkept: new Set(), unreadable: 0, held: new Map(), twinned: false, editing: null };
const NONE = [];
let bySite = new Map();
let queue = Promise.resolve();

export const codes = () => ({ statuses: Object.keys(page.words.statuses), results: Object.keys(page.words.results) });

// Visits of a site, latest first; ids are unique within a layer only, and an old survey file names none.
export function visitsOf(siteId, layer = '') {
  const all = bySite.get(siteId) || NONE;
  return layer ? all.filter(({ record }) => !record.layer || record.layer === layer) : all;
}

export const visitsOfRow = (row) => (bySite.size ? visitsOf(page.sites.text('site_id', row), page.sites.text('layer', row)) : NONE);

const isOpenVisit = (visit) => visit.source === 'own' && !visit.exported;
export const begunVisits = () => visits.list.filter((visit) => isOpenVisit(visit) && visit.state === 'begun');
export const owedVisits = () => visits.list.filter((visit) => isOpenVisit(visit) && visit.state === 'done');
export const conflicting = (visit) => visits.list.filter((other) => other !== visit && other.record.uuid === visit.record.uuid);
// Where nothing outlives the page, or a visit could not be kept, closing it would lose what was not handed in.
export const atRisk = () => visits.list.some((visit) => isOpenVisit(visit) && (visits.store.kind === 'page' || visits.unkept.has(visit.key)));

function sortVisits() {
  visits.list.sort((one, other) => (Date.parse(other.record.visited_at) - Date.parse(one.record.visited_at)) || (one.key < other.key ? -1 : 1));
  bySite = new Map();
  for (const visit of visits.list) {
    const id = visit.record.site_id;
    if (bySite.has(id)) bySite.get(id).push(visit); else bySite.set(id, [visit]);
  }
  tell('visits');
}

function sound(kept) {
  const record = kept && typeof kept === 'object' ? keptRecord(kept.record, codes()) : null;
  const { key, state, exported, source, edition } = kept || {};
  return record && [key, exported].every((one) => typeof one === 'string') && ['begun', 'done'].includes(state) && ['own', 'file'].includes(source)
    && Number.isSafeInteger(edition) ? { key, record, state, exported, source, edition } : null;
}

// Reads again what is kept: another window may have added to it. What only this page has stays.
async function reread() {
  const kept = await visits.store.all();
  const read = kept.map(sound);
  visits.unreadable = read.filter((one) => !one).length;
  const mine = new Map(visits.list.map((visit) => [visit.key, visit]));
  const there = new Map(read.filter(Boolean).map((visit) => [visit.key, visit]));
  // A visit object that a form holds stays the same object.
  for (const [key, visit] of there) {
    if (!mine.has(key)) visits.list.push(visit);
    else if (visit.edition > mine.get(key).edition && !visits.unkept.has(key) && mine.get(key) !== visits.editing) Object.assign(mine.get(key), visit);
  }
  const isHere = ({ key, edition }) => !edition || there.has(key) || visits.unkept.has(key);
  if (visits.store.kind !== 'page') visits.list = visits.list.filter(isHere);
  sortVisits();
}

// Looks at the store again, and tries once more to keep what it refused.
const refresh = () => queued(async () => {
  await reread().catch(() => {
    visits.unreadable ||= 1;
    tell('visits');
  });
  for (const visit of visits.list) if (visits.unkept.has(visit.key)) await written(visit, false);
});

// One after the other, whatever happens to the one before.
function queued(work) {
  queue = queue.then(work, work);
  return queue;
}

function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return Array.from(bytes, (byte, at) => ([4, 6, 8, 10].includes(at) ? '-' : '') + byte.toString(16).padStart(2, '0')).join('');
}

// The moment as the clock on the wall shows it, with its offset.
export function localTime(date = new Date()) {
  const two = (amount) => String(Math.floor(Math.abs(amount))).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
}

// A visit of a site about to begin; it is kept from its first change on.
export function newVisit(row, checklist) {
  const { sites } = page;
  const record = {
    uuid: newUuid(), layer: sites.text('layer', row), site_id: sites.text('site_id', row), base_revision: sites.number('revision', row) || 0, build_id: page.run.build_id,
    visited_at: localTime(), inspector: visits.list.find(({ source }) => source === 'own')?.record.inspector || '',
    observed: { status: null, result: null, checklist }, note: '', position: null, photos: [],
  };
  return { key: record.uuid, record, state: 'begun', exported: '', source: 'own', edition: 0 };
}

// Keeps the visit as it is now; resolves to whether the browser did. `data` are new photos, `[digest, base64]`.
export function keepVisit(visit, data = []) {
  data.forEach(([digest, photo]) => visits.held.set(digest, photo));
  const isNew = !visits.list.includes(visit);
  if (isNew) {
    visits.list.push(visit);
    navigator.storage?.persist?.().catch(() => {});
  }
  return queued(() => written(visit, isNew));
}

async function written(visit, isNew) {
  const already = visits.unkept.has(visit.key);
  const mine = visit.record.photos.map(({ sha256: digest }) => digest).filter((digest) => visits.held.has(digest));
  const copy = JSON.parse(JSON.stringify(visit));
  try {
    await visits.store.put(copy, mine.map((digest) => [digest, visits.held.get(digest)]));
    visit.edition += 1;
    mine.forEach((digest) => visits.held.delete(digest));
    visits.unkept.delete(visit.key);
  } catch (fault) {
    if (fault.isChanged) return changedElsewhere(visit, fault.there);
    visits.unkept.add(visit.key);
    // The words at least, where there is no room for the pictures.
    copy.record.photos = copy.record.photos.filter(({ sha256: digest }) => !mine.includes(digest));
    await visits.store.put(copy, []).then(() => { visit.edition += 1; }, () => {});
  }
  if (isNew || already !== visits.unkept.has(visit.key) || visit.state === 'done') sortVisits();
  return !visits.unkept.has(visit.key);
}

// Another window wrote the same visit: theirs stays, and ours becomes a visit beside it, unless both say the same.
async function changedElsewhere(visit, there) {
  if (there && sameRecord(sound(there)?.record, visit.record)) {
    visit.edition = there.edition;
    if (visit.exported === there.exported && visit.state === there.state) return true;
    return written(visit, true);
  }
  visit.record.uuid = newUuid();
  Object.assign(visit, { key: visit.record.uuid, edition: 0 });
  visits.twinned = true;
  const done = await written(visit, true);
  await reread().catch(() => {});
  return done;
}

// Takes a visit away for good, with the photos that no other visit has.
export function dropVisit(visit) {
  visits.list = visits.list.filter((other) => other !== visit);
  visits.unkept.delete(visit.key);
  const wanted = new Set(visits.list.flatMap(({ record }) => record.photos.map((photo) => photo.sha256)));
  const alone = visit.record.photos.map((photo) => photo.sha256).filter((digest) => !wanted.has(digest));
  alone.forEach((digest) => visits.held.delete(digest));
  sortVisits();
  return queued(() => visits.store.drop(visit.key, alone));
}

// A photo's base64, or nothing where it is lost.
export async function photoData(digest) {
  return visits.held.get(digest) ?? visits.store.photo(digest);
}

// Marks visits as handed in.
export function markExported(list) {
  const now = localTime();
  return Promise.all(list.map((visit) => {
    visit.exported = now;
    return keepVisit(visit);
  }));
}

// Takes over the records of a survey file: `{added, same, conflicts, unkept}`. One that is here with other content is kept beside it.
export async function takeIn({ records, data }) {
  await refresh();
  const [added, conflicts] = [[], []];
  for (const record of records) {
    const there = visits.list.filter((visit) => visit.record.uuid === record.uuid);
    if (there.some((visit) => sameRecord(visit.record, record))) continue;
    const digest = await sha256(new TextEncoder().encode(JSON.stringify(record)));
    const visit = { key: there.length ? `${record.uuid}~${digest.slice(0, 16)}` : record.uuid, record, state: 'done', exported: localTime(), source: 'file', edition: 0 };
    (there.length ? conflicts : added).push(visit);
    await keepVisit(visit, record.photos.map((photo) => [photo.sha256, data.get(photo.sha256)]));
  }
  const unkept = [...added, ...conflicts].filter(({ key }) => visits.unkept.has(key)).length;
  return { added, conflicts, same: records.length - added.length - conflicts.length, unkept };
}

export async function openVisits() {
  visits.store = await openStore(page.run.title);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
  window.addEventListener('focus', refresh);
  window.addEventListener('beforeunload', (event) => {
    if (!atRisk()) return;
    event.preventDefault();
    event.returnValue = true; // what older browsers ask for
  });
  await refresh();
}
