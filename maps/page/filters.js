// Which sites are shown, and how many of every value there are: one pass over the sites for all facets.
import { page, tell } from './state.js';
import { matching } from './find.js';

export const filters = { facets: [], chosen: new Map(), text: '', mask: null, shown: 0, counts: new Map() };

export function openFilters() {
  filters.facets = Object.keys(page.style.facets).filter((name) => page.sites.has(name));
  filters.mask = new Uint8Array(page.sites.rows);
  count();
}

// Replaces all filters. Values may be one or a list; `true` and `false` stand for themselves.
export function setFilters(wanted) {
  filters.chosen.clear();
  filters.text = '';
  for (const [asked, values] of Object.entries(wanted)) {
    const name = page.style.facet_names[asked] || asked;
    if (name === 'text') filters.text = String(values);
    else if (filters.facets.includes(name)) {
      const list = (Array.isArray(values) ? values : [values]).map((one) => (one === null ? '' : String(one)));
      if (list.length) filters.chosen.set(name, new Set(list));
    } else throw new RangeError(`unknown filter ${asked}; known: ${filters.facets.join(', ')}, text`);
  }
  count();
  tell('filter');
}

export function currentFilters() {
  const wanted = Object.fromEntries([...filters.chosen].map(([name, values]) => [name, [...values]]));
  return filters.text ? { ...wanted, text: filters.text } : wanted;
}

export function toggle(name, value) {
  const values = new Set(filters.chosen.get(name) || []);
  if (!values.delete(value)) values.add(value);
  setFilters({ ...currentFilters(), [name]: [...values] });
}

export const isChosen = (name, value) => Boolean(filters.chosen.get(name)?.has(value));
export const isFiltered = () => filters.chosen.size > 0 || filters.text !== '';

// How many sites have this value, were only the other facets to decide.
export function countOf(name, value) {
  return filters.counts.get(name)?.get(value) || 0;
}

function count() {
  const { rows } = page.sites;
  const misses = new Uint8Array(rows);
  const missedAt = new Uint8Array(rows);
  filters.facets.forEach((name, place) => {
    const values = filters.chosen.get(name);
    if (!values) return;
    const column = page.sites.column(name);
    const passes = Uint8Array.from({ length: column.count }, (_, code) => (values.has(column.word(code)) ? 1 : 0));
    for (let row = 0; row < rows; row += 1) {
      if (!passes[column.codes[row]]) {
        misses[row] += 1;
        missedAt[row] = place;
      }
    }
  });
  if (filters.text) {
    const hits = matching(page.sites, filters.text);
    for (let row = 0; row < rows; row += 1) if (!hits[row]) misses[row] += 2;
  }
  tally(misses, missedAt);
}

function tally(misses, missedAt) {
  const { rows } = page.sites;
  filters.shown = 0;
  for (let row = 0; row < rows; row += 1) {
    filters.mask[row] = misses[row] ? 0 : 1;
    filters.shown += filters.mask[row];
  }
  filters.facets.forEach((name, place) => {
    const column = page.sites.column(name);
    const counts = new Uint32Array(column.count);
    for (let row = 0; row < rows; row += 1) {
      if (!misses[row] || (misses[row] === 1 && missedAt[row] === place)) counts[column.codes[row]] += 1;
    }
    filters.counts.set(name, new Map(Array.from(counts, (amount, code) => [column.word(code), amount])));
  });
}
