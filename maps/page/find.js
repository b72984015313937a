// Search over all layers: ids, names, units, problems; names and units also by the first letters of their pinyin.
import { page } from './state.js';
import { initialsOf, initialsPattern } from './initials.js';

const SEARCHED = {
  sites: ['site_id', 'name', 'responsible_unit', 'problem', 'responsible_person', 'source_id'],
  sections: ['section_id', 'name', 'river'],
  zones: ['zone_id', 'name', 'source_name', 'document'],
  intakes: ['intake_id', 'name'], water_bodies: ['water_body_id', 'name'], rivers: ['river_id', 'name'],
  districts: ['district_id', 'name'],
};
// Shorter beginnings would mean every rule of a book.
const RULE_LETTERS = 4;
// Columns that are also found by the first letters of pinyin; in long texts any few letters would be found.
const SOUNDED = new Set(['name', 'responsible_unit', 'river', 'source_name']);
// So many things that are no sites are told of at most.
const PLACES = 12;
const AT_ONCE = 50_000;
const folded = new WeakMap();
const sounded = new WeakMap();

export function frameOf(layer) {
  return layer in page.context ? page.context[layer] : page[layer];
}

export function searchable(layer) {
  return SEARCHED[layer].filter((name) => frameOf(layer)?.has(name));
}

// Text as it is compared: small letters, full-width signs as plain ones; nearly always every character in its place.
export function comparable(text) {
  return text.replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, ' ').toLowerCase();
}

// The plain text of a whole column, or null where a character became two.
function fold(column) {
  if (!folded.has(column)) {
    const whole = comparable(column.whole());
    folded.set(column, whole.length === column.whole().length ? whole : null);
  }
  return folded.get(column);
}

function initials(column) {
  if (!sounded.has(column)) sounded.set(column, fold(column) === null ? null : initialsOf(fold(column)));
  return sounded.get(column);
}

// What is sought: for every word of it the text, and the pattern of its letters where it may be initials.
function termsOf(text) {
  const terms = comparable(text).split(/\s+/).filter(Boolean);
  return (terms.length ? terms : ['']).map((term) => ({ term, pattern: initialsPattern(term) }));
}

const soundsLike = (pattern, text) => {
  pattern.lastIndex = 0;
  return pattern.test(initialsOf(text));
};

// A test of single texts: 1 where all words stand in it, 2 where some only as initials, else 0.
export function matcher(text) {
  const terms = termsOf(text);
  return (told) => {
    const one = comparable(told);
    const found = terms.map(({ term, pattern }) => (one.includes(term) ? 1 : pattern && soundsLike(pattern, one) ? 2 : 0));
    return found.includes(0) ? 0 : Math.max(...found);
  };
}

// Calls `mark` with every row in whose part of `whole` something stands: `next(from)` gives [start, end] or null.
function eachRow(column, next, mark) {
  for (let place = next(0); place;) {
    const row = column.rowAt(place[0]);
    const end = column.startOf(row + 1);
    const inside = place[1] <= end;
    if (inside) mark(row);
    place = next(inside ? end : place[0] + 1);
  }
}

function markText(column, rows, { term, pattern }, hits, sounds) {
  const whole = fold(column);
  if (whole === null) return markEach(column, rows, { term, pattern: sounds && pattern }, hits);
  eachRow(column, (from) => {
    const at = from <= whole.length ? whole.indexOf(term, from) : -1;
    return at < 0 ? null : [at, at + term.length];
  }, (row) => { hits[row] = 1; });
  if (!pattern || !sounds) return undefined;
  const letters = initials(column);
  return eachRow(column, (from) => {
    pattern.lastIndex = from;
    const found = pattern.exec(letters);
    return found && [found.index, pattern.lastIndex];
  }, (row) => { hits[row] ||= 2; });
}

function markEach(column, rows, { term, pattern }, hits) {
  for (let row = 0; row < rows; row += 1) {
    const one = comparable(column.text(row));
    if (one.includes(term)) hits[row] = 1; else if (pattern && soundsLike(pattern, one)) hits[row] ||= 2;
  }
}

function markCodes(column, rows, { term, pattern }, hits, sounds) {
  const found = Uint8Array.from({ length: column.count }, (_, code) => {
    const one = comparable(column.word(code));
    return one.includes(term) ? 1 : sounds && pattern && soundsLike(pattern, one) ? 2 : 0;
  });
  if (!found.some(Boolean)) return;
  const { codes } = column;
  for (let row = 0; row < rows; row += 1) if (found[codes[row]] && hits[row] !== 1) hits[row] = found[codes[row]];
}

// Sites with a finding of a rule whose id begins with the term.
function markRule(rules, term, hits) {
  if (term.length < RULE_LETTERS) return;
  const found = Array.from({ length: rules.count }, (_, code) => rules.word(code).toLowerCase().startsWith(term));
  if (!found.includes(true)) return;
  page.findings.place('subject').forEach((subject, finding) => { if (subject < hits.length && found[rules.codes[finding]]) hits[subject] = 1; });
}

// One byte per row: 1 where every word of `text` stands in one of the searched columns or begins the id of a rule, 2 where
// some of them stand there only as initials, else 0.
export function matching(island, text) {
  const layer = Object.keys(SEARCHED).find((name) => frameOf(name) === island);
  const names = searchable(layer);
  let all = null;
  const rules = layer === 'sites' ? page.findings.column('rule_id') : null;
  for (const sought of termsOf(text)) {
    const hits = new Uint8Array(island.rows);
    for (const name of names) {
      const column = island.column(name);
      (column.type === 'codes' ? markCodes : markText)(column, island.rows, sought, hits, SOUNDED.has(name));
    }
    if (rules) markRule(rules, sought.term, hits);
    if (all) for (let row = 0; row < hits.length; row += 1) all[row] = all[row] && hits[row] && Math.max(all[row], hits[row]);
    else all = hits;
  }
  return all;
}

// A test of rows: whether the id or the name is just what is sought; other lengths are told without reading the text.
function exactness(layer, wanted) {
  const columns = [SEARCHED[layer][0], 'name'].filter((name) => frameOf(layer).has(name)).map((name) => frameOf(layer).column(name));
  const means = (column, row) => (column.type === 'codes' || column.startOf(row + 1) - column.startOf(row) === wanted.length) && comparable(column.text(row)) === wanted;
  return (row) => columns.some((column) => means(column, row));
}

// Sites that match, in lists: those that are meant exactly, then by result, then by result those found by initials only.
function soughtSites(text, wanted, limit) {
  const marked = matching(page.sites, text);
  const result = page.sites.column('result');
  const { codes } = result;
  const order = Object.keys(page.style.results);
  const ranks = Int8Array.from({ length: result.count }, (_, code) => order.indexOf(result.word(code)));
  const isExact = exactness('sites', wanted);
  const lists = Array.from({ length: order.length * 2 + 1 }, () => []);
  let total = 0;
  for (let row = 0; row < marked.length; row += 1) {
    if (!marked[row]) continue;
    total += 1;
    const place = isExact(row) ? 0 : 1 + ranks[codes[row]] + (marked[row] - 1) * order.length;
    if (lists[place]?.length < limit) lists[place].push({ layer: 'sites', row });
  }
  return { exact: lists[0], rest: lists.slice(1).flat().slice(0, limit), total };
}

// Hits of all layers: what is meant exactly, then sites, the worst first, then all else: `[{layer, row}]`; and how many there are.
export function search(text, limit) {
  if (!text.trim()) return { hits: [], total: 0 };
  const wanted = comparable(text).trim();
  const sites = soughtSites(text, wanted, limit);
  const [exact, rest] = [[], []];
  let { total } = sites;
  for (const layer of Object.keys(SEARCHED).slice(1)) {
    const island = frameOf(layer);
    if (!island || !island.rows) continue;
    const isExact = exactness(layer, wanted);
    matching(island, text).forEach((hit, row) => {
      if (!hit) return;
      total += 1;
      if (isExact(row)) exact.push({ layer, row }); else rest.push({ layer, row });
    });
  }
  return { hits: [...sites.exact, ...exact.slice(0, limit), ...sites.rest, ...rest.slice(0, limit === Infinity ? limit : PLACES)].slice(0, limit === Infinity ? limit : limit + PLACES), total };
}

// Makes the texts that searching compares while nobody waits for them.
export function* warmSearch() {
  for (const name of searchable('sites')) {
    const column = page.sites.column(name);
    if (column.type !== 'text') continue;
    const whole = fold(column);
    yield;
    if (!SOUNDED.has(name) || whole === null) continue;
    let letters = '';
    for (let at = 0; at < whole.length; at += AT_ONCE) {
      letters += initialsOf(whole, at, Math.min(whole.length, at + AT_ONCE));
      yield;
    }
    sounded.set(column, letters);
  }
}

// What `window.headwater.find` gives: the ids of everything that matches.
export function find(text) {
  return search(text, Infinity).hits.map(({ layer, row }) => idOf(layer, row));
}

export function idOf(layer, row) {
  return frameOf(layer).text(SEARCHED[layer][0], row);
}

export function nameOf(layer, row) {
  return frameOf(layer).text('name', row) || idOf(layer, row);
}
