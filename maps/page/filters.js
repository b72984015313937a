// Which sites are shown, and how many of every value there are: one pass over the sites for all facets.
import { page, tell } from './state.js';
import { matching } from './find.js';

// Facets have the bits below it.
const TEXT_BIT = 1 << 15;
const FINISHED_BIT = 1 << 14;
// The facet that is no column: what rules found out by comparing a site with the ledger; a site may have several.
const CASE = 'case';
export const filters = { cases: [], caseBits: null, facets: [], chosen: new Map(), text: '', unfinished: false, mask: null, missed: null, shown: 0, counts: new Map() };

export function openFilters() {
  openCases();
  filters.facets = [...(filters.cases.length ? [CASE] : []), ...Object.keys(page.style.facets).filter((name) => page.sites.has(name))];
  filters.mask = new Uint8Array(page.sites.rows);
  filters.missed = new Uint16Array(page.sites.rows);
  count();
}

// One bit per case of which some rule in force tells, for every site.
function openCases() {
  const told = new Set(Object.values(page.run.rules).filter((rule) => rule.in_force).map((rule) => rule.case));
  filters.cases = Object.keys(page.words.cases).filter((name) => told.has(name));
  if (!filters.cases.length) return;
  filters.caseBits = new Uint8Array(page.sites.rows);
  const rules = page.findings.column('rule_id');
  const bits = Array.from({ length: rules.count }, (_, code) => bitOf(page.run.rules[rules.word(code)]?.case));
  page.findings.place('subject').forEach((subject, finding) => {
    if (subject < page.sites.rows) filters.caseBits[subject] |= bits[rules.codes[finding]];
  });
}

const bitOf = (name) => (filters.cases.includes(name) ? 1 << filters.cases.indexOf(name) : 0);

// Replaces all filters. Values may be one or a list; `true` and `false` stand for themselves.
export function setFilters(wanted) {
  filters.chosen.clear();
  filters.text = '';
  filters.unfinished = false;
  for (const [asked, values] of Object.entries(wanted)) {
    const name = page.style.facet_names[asked] || asked;
    if (name === 'text') filters.text = String(values);
    else if (name === 'unfinished') filters.unfinished = String(values) === 'true';
    else if (filters.facets.includes(name)) {
      const list = (Array.isArray(values) ? values : [values]).map((one) => (one === null ? '' : String(one)));
      if (list.length) filters.chosen.set(name, new Set(list));
    } else throw new RangeError(`unknown filter ${asked}; known: ${filters.facets.join(', ')}, text, unfinished`);
  }
  count();
  tell('filter');
}

// The same, asked for by a person, who wants to see what is left.
export function narrowTo(wanted) {
  setFilters(wanted);
  tell('narrowed');
}

export function currentFilters() {
  const wanted = Object.fromEntries([...filters.chosen].map(([name, values]) => [name, [...values]]));
  return { ...wanted, ...(filters.text && { text: filters.text }), ...(filters.unfinished && { unfinished: true }) };
}

export function toggle(name, value) {
  const values = new Set(filters.chosen.get(name) || []);
  if (!values.delete(value)) values.add(value);
  narrowTo({ ...currentFilters(), [name]: [...values] });
}

// All of these values and nothing else of their facets, or, where that is so already, nothing of them.
export function toggleAll(wanted) {
  const off = areChosen(wanted);
  const rest = Object.entries(wanted).map(([name, value]) => [name, off ? [] : [value]]);
  narrowTo({ ...currentFilters(), ...Object.fromEntries(rest) });
}

// Whether the data have this value (null: any) of a filter of this name, which may be the caller's.
export function hasValue(asked, value) {
  const name = page.style.facet_names[asked] || asked;
  if (name === 'unfinished') return value === null || value === 'true';
  if (!filters.facets.includes(name)) return false;
  return value === null || filters.counts.get(name).has(value);
}

export const isChosen = (name, value) => Boolean(filters.chosen.get(name)?.has(value));
export const isFiltered = () => filters.chosen.size > 0 || filters.text !== '' || filters.unfinished;

// How many sites have all the wanted values ({facet: value}), whatever is filtered: the figures of the header tell the whole.
export function countOfAll(wanted) {
  const key = JSON.stringify(wanted);
  if (!ofAll.has(key)) ofAll.set(key, counted(wanted));
  return ofAll.get(key);
}

const ofAll = new Map();

// 1 for what is reported done and where nothing was found: a site that is not as it was reported is never hidden with these.
export function finishedMask() {
  if (!filters.finished) {
    const [status, result] = ['status', 'result'].map((name) => page.sites.column(name));
    const codes = (column, wanted) => Uint8Array.from({ length: column.count }, (_, code) => (wanted(column.word(code)) ? 1 : 0));
    const done = codes(status, (word) => page.style.hollow.includes(word));
    const quiet = codes(result, (word) => !['violation', 'check'].includes(word));
    filters.finished = Uint8Array.from({ length: page.sites.rows }, (_, row) => done[status.codes[row]] & quiet[result.codes[row]]);
  }
  return filters.finished;
}

// Of every filter that is set, how many sites it alone hides: `[name, count]`, the most first.
export function hiddenAlone() {
  const bits = filters.facets.map((name, place) => [name, 1 << place]).filter(([name]) => filters.chosen.has(name));
  if (filters.text) bits.push(['text', TEXT_BIT]);
  if (filters.unfinished) bits.push(['unfinished', FINISHED_BIT]);
  const alone = ([name, bit]) => [name, filters.missed.reduce((sum, missed) => sum + (missed === bit), 0)];
  return bits.map(alone).sort(([, one], [, other]) => other - one);
}

function counted(wanted) {
  if (Object.keys(wanted).some((name) => !filters.facets.includes(name))) return 0;
  const columns = Object.entries(wanted).map(([name, value]) => [page.sites.column(name), value]);
  const codes = columns.map(([column, value]) => Array.from({ length: column.count }, (_, code) => column.word(code)).indexOf(value));
  let found = 0;
  for (let row = 0; row < page.sites.rows; row += 1) if (columns.every(([column], at) => column.codes[row] === codes[at])) found += 1;
  return found;
}

export const areChosen = (wanted) => Object.entries(wanted).every(([name, value]) => isChosen(name, value));

// How many sites have this value, were only the other facets to decide.
export function countOf(name, value) {
  return filters.counts.get(name)?.get(value) || 0;
}

// `missed` holds for every site one bit for each facet that it does not pass.
function count() {
  const { rows } = page.sites;
  const { missed } = filters;
  missed.fill(0);
  filters.facets.forEach((name, place) => {
    const values = filters.chosen.get(name);
    if (!values) return;
    if (name === CASE) return missCases(values, 1 << place);
    const column = page.sites.column(name);
    const passes = Uint8Array.from({ length: column.count }, (_, code) => (values.has(column.word(code)) ? 1 : 0));
    for (let row = 0; row < rows; row += 1) {
      if (!passes[column.codes[row]]) missed[row] |= 1 << place;
    }
    return undefined;
  });
  if (filters.text) {
    const hits = matching(page.sites, filters.text);
    for (let row = 0; row < rows; row += 1) if (!hits[row]) missed[row] |= TEXT_BIT;
  }
  if (filters.unfinished) finishedMask().forEach((done, row) => { if (done) missed[row] |= FINISHED_BIT; });
  tally();
}

function missCases(values, bit) {
  const wanted = [...values].reduce((sum, name) => sum | bitOf(name), 0);
  for (let row = 0; row < filters.missed.length; row += 1) if (!(filters.caseBits[row] & wanted)) filters.missed[row] |= bit;
}

function countCases(place) {
  const counts = new Map(filters.cases.map((name) => [name, 0]));
  for (let row = 0; row < filters.missed.length; row += 1) {
    if (!filters.caseBits[row] || filters.missed[row] & ~(1 << place)) continue;
    for (const name of filters.cases) if (filters.caseBits[row] & bitOf(name)) counts.set(name, counts.get(name) + 1);
  }
  filters.counts.set(CASE, counts);
}

function tally() {
  const { rows } = page.sites;
  const { missed } = filters;
  filters.shown = 0;
  for (let row = 0; row < rows; row += 1) {
    filters.mask[row] = missed[row] ? 0 : 1;
    filters.shown += filters.mask[row];
  }
  filters.facets.forEach((name, place) => {
    if (name === CASE) return countCases(place);
    const column = page.sites.column(name);
    const counts = new Uint32Array(column.count);
    for (let row = 0; row < rows; row += 1) {
      if (!(missed[row] & ~(1 << place))) counts[column.codes[row]] += 1;
    }
    return filters.counts.set(name, new Map(Array.from(counts, (amount, code) => [column.word(code), amount])));
  });
}
