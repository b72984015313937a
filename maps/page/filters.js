// Which sites are shown, and how many of every value there are: two passes over the sites for all facets.
import { page, tell } from './state.js';
import { openFacets } from './facets.js';
import { matching } from './find.js';

// Facets have the bits below it.
const TEXT_BIT = 1 << 30;
const FINISHED_BIT = 1 << 29;
// `missed`: for every site one bit for each facet that it does not pass.
export const filters = { facets: [], byName: new Map(), chosen: new Map(), text: '', unfinished: false, mask: null, missed: null, shown: 0, counts: new Map() };

export function openFilters() {
  const facets = openFacets();
  filters.facets = facets.map(({ name }) => name);
  filters.byName = new Map(facets.map((facet) => [facet.name, facet]));
  filters.mask = new Uint8Array(page.sites.rows);
  filters.missed = new Int32Array(page.sites.rows);
  count();
}

// The facet that a caller means by this name, or undefined.
const facetNamed = (asked) => filters.byName.get(page.style.facet_names[asked] || asked);

// Replaces all filters. Values may be one or a list; `true` and `false` stand for themselves.
export function setFilters(wanted) {
  filters.chosen.clear();
  filters.text = '';
  filters.unfinished = false;
  page.lost = false;
  for (const [asked, values] of Object.entries(wanted)) {
    const facet = facetNamed(asked);
    if (asked === 'text') filters.text = String(values);
    else if (asked === 'unfinished') filters.unfinished = String(values) === 'true';
    else if (facet) {
      const list = (Array.isArray(values) ? values : [values]).map((one) => (one === null ? '' : String(one)));
      if (list.length) filters.chosen.set(facet.name, new Set(list));
    } else throw new RangeError(`unknown filter ${asked}; known: ${[...filters.facets, ...Object.keys(page.style.facet_names)].join(', ')}, text, unfinished`);
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

// Whether the data have this value (null: any) of a filter of this name, which may be the caller's.
export function hasValue(asked, value) {
  if (asked === 'unfinished') return value === null || value === 'true';
  const facet = facetNamed(asked);
  return Boolean(facet) && (value === null || facet.places.has(value));
}

export const isChosen = (name, value) => Boolean(filters.chosen.get(name)?.has(value));
export const isFiltered = () => filters.chosen.size > 0 || filters.text !== '' || filters.unfinished;
export const areChosen = (wanted) => Object.entries(wanted).every(([name, value]) => isChosen(name, value));

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
    const [states, results] = [status.codes, result.codes];
    filters.finished = new Uint8Array(page.sites.rows);
    for (let row = 0; row < states.length; row += 1) filters.finished[row] = done[states[row]] & quiet[results[row]];
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
  const asked = Object.entries(wanted).map(([name, value]) => [filters.byName.get(name), value]);
  if (!asked.every(([facet, value]) => facet?.codes && facet.places.has(value))) return 0;
  const codes = asked.map(([facet, value]) => facet.places.get(value));
  let found = 0;
  const [first, ...others] = asked.map(([facet]) => facet.codes);
  for (let row = 0; row < page.sites.rows; row += 1) if (first[row] === codes[0] && others.every((one, at) => one[row] === codes[at + 1])) found += 1;
  return found;
}

// How many sites have this value, were only the other facets to decide.
export function countOf(name, value) {
  const code = filters.byName.get(name)?.places.get(value);
  return code === undefined ? 0 : filters.counts.get(name)[code];
}

function count() {
  filters.missed.fill(0);
  filters.facets.forEach((name, place) => {
    if (filters.chosen.has(name)) miss(filters.byName.get(name), filters.chosen.get(name), 1 << place);
  });
  if (filters.text) {
    const hits = matching(page.sites, filters.text);
    for (let row = 0; row < hits.length; row += 1) if (!hits[row]) filters.missed[row] |= TEXT_BIT;
  }
  if (filters.unfinished) finishedMask().forEach((done, row) => { if (done) filters.missed[row] |= FINISHED_BIT; });
  tally();
}

// Sets the facet's bit on every site that has none of the values.
function miss(facet, values, bit) {
  const { missed } = filters;
  const passes = Uint8Array.from(facet.words, (one) => (values.has(one) ? 1 : 0));
  if (facet.codes) {
    for (let row = 0; row < missed.length; row += 1) if (!passes[facet.codes[row]]) missed[row] |= bit;
    return;
  }
  const { rows, codes } = facet.pairs;
  for (let row = 0; row < missed.length; row += 1) missed[row] |= bit;
  for (let at = 0; at < rows.length; at += 1) if (passes[codes[at]]) missed[rows[at]] &= ~bit;
}

function tally() {
  const { mask, missed } = filters;
  let shown = 0;
  for (let row = 0; row < mask.length; row += 1) {
    mask[row] = missed[row] ? 0 : 1;
    shown += mask[row];
  }
  filters.shown = shown;
  filters.facets.forEach((name, place) => filters.counts.set(name, countsOf(filters.byName.get(name), ~(1 << place))));
}

function countsOf({ words, codes, pairs }, others) {
  const { missed } = filters;
  const counts = new Uint32Array(words.length);
  if (codes) {
    for (let row = 0; row < missed.length; row += 1) if (!(missed[row] & others)) counts[codes[row]] += 1;
  } else {
    for (let at = 0; at < pairs.rows.length; at += 1) if (!(missed[pairs.rows[at]] & others)) counts[pairs.codes[at]] += 1;
  }
  return counts;
}
