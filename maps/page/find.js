// Search over all layers: ids, names, units, problems.
import { page } from './state.js';

const SEARCHED = {
  sites: ['site_id', 'name', 'responsible_unit', 'problem', 'responsible_person', 'source_id'],
  sections: ['section_id', 'name', 'river'],
  zones: ['zone_id', 'name', 'source_name', 'document'],
  intakes: ['intake_id', 'name'], water_bodies: ['water_body_id', 'name'], rivers: ['river_id', 'name'],
  districts: ['district_id', 'name'],
};
// Shorter beginnings would mean every rule of a book.
const RULE_LETTERS = 4;
const folded = new WeakMap();

export function frameOf(layer) {
  return layer in page.context ? page.context[layer] : page[layer];
}

export function searchable(layer) {
  return SEARCHED[layer].filter((name) => frameOf(layer)?.has(name));
}

// The lower-case text of a whole column, if folding keeps every character in its place.
function fold(column) {
  if (!folded.has(column)) {
    const lower = column.whole().toLowerCase();
    folded.set(column, lower.length === column.whole().length ? lower : null);
  }
  return folded.get(column);
}

function markText(column, rows, term, hits) {
  const whole = fold(column);
  if (whole === null) {
    for (let row = 0; row < rows; row += 1) if (column.text(row).toLowerCase().includes(term)) hits[row] = 1;
    return;
  }
  for (let at = whole.indexOf(term); at >= 0;) {
    const row = column.rowAt(at);
    const end = column.startOf(row + 1);
    const inside = at + term.length <= end;
    if (inside) hits[row] = 1;
    at = whole.indexOf(term, inside ? end : at + 1);
  }
}

function markCodes(column, rows, term, hits) {
  const found = Uint8Array.from({ length: column.count }, (_, code) => (column.word(code).toLowerCase().includes(term) ? 1 : 0));
  if (!found.includes(1)) return;
  for (let row = 0; row < rows; row += 1) if (found[column.codes[row]]) hits[row] = 1;
}

// Sites with a finding of a rule whose id begins with the term.
function markRule(rules, term, hits) {
  if (term.length < RULE_LETTERS) return;
  const found = Array.from({ length: rules.count }, (_, code) => rules.word(code).toLowerCase().startsWith(term));
  if (!found.includes(true)) return;
  page.findings.place('subject').forEach((subject, finding) => { if (subject < hits.length && found[rules.codes[finding]]) hits[subject] = 1; });
}

// One byte per row: 1 where every word of `text` stands in one of the searched columns or begins the id of a rule.
export function matching(island, text) {
  const layer = Object.keys(SEARCHED).find((name) => frameOf(name) === island);
  const columns = searchable(layer).map((name) => island.column(name));
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  let all = null;
  const rules = layer === 'sites' ? page.findings.column('rule_id') : null;
  for (const term of terms.length ? terms : ['']) {
    const hits = new Uint8Array(island.rows);
    for (const column of columns) (column.type === 'codes' ? markCodes : markText)(column, island.rows, term, hits);
    if (rules) markRule(rules, term, hits);
    if (all) for (let row = 0; row < hits.length; row += 1) all[row] &= hits[row];
    else all = hits;
  }
  return all;
}

// Hits of all layers, sites first, of them the one that is meant exactly, then the worst: `[{layer, row}]`; and how many there are.
export function search(text, limit) {
  if (!text.trim()) return { hits: [], total: 0 };
  const marked = matching(page.sites, text);
  const result = page.sites.column('result');
  let total = 0;
  const ranks = ['exact', ...Object.keys(page.style.results)];
  const ranked = ranks.map(() => []);
  const wanted = text.trim().toLowerCase();
  const exact = (row) => ['site_id', 'name'].some((name) => page.sites.text(name, row).toLowerCase().trim() === wanted);
  for (let row = 0; row < marked.length; row += 1) {
    if (!marked[row]) continue;
    total += 1;
    const list = ranked[exact(row) ? 0 : ranks.indexOf(result.text(row))];
    if (list && list.length < limit) list.push({ layer: 'sites', row });
  }
  const hits = ranked.flat().slice(0, limit);
  for (const layer of Object.keys(SEARCHED).slice(1)) {
    const island = frameOf(layer);
    if (!island || !island.rows) continue;
    matching(island, text).forEach((hit, row) => {
      total += hit;
      if (hit && hits.length < limit + 12) hits.push({ layer, row });
    });
  }
  return { hits, total };
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
