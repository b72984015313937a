// What the ledger knows: the events of a site, which visits it has, what persons decided of findings (the island: maps/history.py).
import { page } from './state.js';
import { readIslandNow } from './islands.js';

const FIELDS = ['at', 'kind', 'actor', 'status', 'result', 'deadline', 'unit', 'note', 'file', 'without'];
const UUID_BYTES = 16;
// `uuids` are 32 hexadecimal digits without hyphens: of every visit its row among the events.
const book = { island: null, first: new Map(), uuids: new Map(), decisions: new Map(), isOpen: false };

// The island is unpacked when somebody first asks for it.
function openBook() {
  if (book.isOpen) return book.island;
  book.isOpen = true;
  const island = readIslandNow('history');
  if (!island) return null;
  const sites = island.place('site');
  for (let at = sites.length - 1; at >= 0; at -= 1) book.first.set(sites[at], at);
  const bytes = island.place('uuids').file(0);
  let visit = 0;
  for (let at = 0; at < island.rows; at += 1) {
    if (island.text('kind', at) !== 'visit') continue;
    book.uuids.set(Array.from(bytes.subarray(visit, visit + UUID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(''), at);
    visit += UUID_BYTES;
  }
  for (const one of island.head.decisions) book.decisions.set(one.finding, one);
  book.island = island;
  return island;
}

function eventAt(island, at) {
  const [evidence, photos, conflict] = ['evidence', 'photos', 'conflict'].map((name) => island.place(name)[at]);
  return { ...Object.fromEntries(FIELDS.map((name) => [name, island.text(name, at)])), row: at, evidence, photos, conflict };
}

// The events of a site, oldest first.
export function eventsOf(row) {
  const island = openBook();
  if (!island || !book.first.has(row)) return [];
  const sites = island.place('site');
  const list = [];
  for (let at = book.first.get(row); at < sites.length && sites[at] === row; at += 1) list.push(eventAt(island, at));
  return list;
}

// The uuid of an event that is a visit.
export function uuidOf({ row }) {
  for (const [digits, at] of book.uuids) if (at === row) return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => digits.slice(from, to)).join('-');
  return '';
}

export const isInLedger = (uuid) => Boolean(openBook()) && book.uuids.has(uuid.replaceAll('-', ''));

// What a person decided of a finding: {result, actor, at, reason, renew}, or nothing.
export const decisionOf = (finding) => openBook() && book.decisions.get(finding);

// What is to be looked at by a person: codes of the facet `flags`.
export const flagsOf = (row) => page.sites.text('flags', row).split(';').filter(Boolean);
