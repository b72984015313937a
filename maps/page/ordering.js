// The order of the table: all sites by one column, the shown ones of them, and under the headings of groups.
import { page } from './state.js';
import { filters } from './filters.js';

// What sites can be grouped by: facets of one value each.
const GROUPED_BY = ['responsible_unit', 'strictest_level', 'district', 'status', 'kind'];
const COUNTED = new Set(['violations', 'not_assessed']);
export const ORDERED = { result: 'results', status: 'statuses', strictest_level: 'levels', severity: 'severities', change: 'changes' };
// `lines`: what stands in the table: rows, and for the heading of group g -1 - g; `at` of a group: the line of its heading.
export const table = { name: 'result', down: false, group: '', folded: new Set(), all: null, rows: null, lines: null, groups: [], columns: [] };

// Rows in the order of a whole number each, equal ones as they stand: counted, then dealt out.
function byRank(rankOf) {
  const { rows } = page.sites;
  const ranks = new Uint32Array(rows);
  let most = 0;
  for (let row = 0; row < rows; row += 1) most = Math.max(most, ranks[row] = rankOf(row));
  const next = new Uint32Array(most + 2);
  for (let row = 0; row < rows; row += 1) next[ranks[row] + 1] += 1;
  for (let rank = 1; rank < next.length; rank += 1) next[rank] += next[rank - 1];
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) order[next[ranks[row]]++] = row;
  return order;
}

function rankOfCodes(name, rank) {
  const column = page.sites.column(name);
  const ranks = Uint32Array.from({ length: column.count }, (_, code) => rank(column.word(code)));
  const { codes } = column;
  return (row) => ranks[codes[row]];
}

const meaning = (name) => (word) => (Object.keys(page.words[name]).indexOf(word) + 1 || 99);

// Worst first; what is overdue before what is not.
function worstFirst() {
  const result = rankOfCodes('result', meaning('results'));
  const late = rankOfCodes('overdue', (word) => (word === 'true' ? 0 : 1));
  const severity = rankOfCodes('severity', meaning('severities'));
  return byRank((row) => (result(row) * 2 + late(row)) * 100 + severity(row));
}

function ascending(name) {
  const column = page.sites.column(name);
  const collator = new Intl.Collator('zh', { numeric: true });
  if (COUNTED.has(name)) return byRank((row) => column.number(row) || 0);
  if (ORDERED[name]) return byRank(rankOfCodes(name, meaning(ORDERED[name])));
  if (column.type === 'codes') {
    const sorted = Array.from({ length: column.count }, (_, code) => column.word(code)).sort(collator.compare);
    const ranks = new Map(sorted.map((word, place) => [word, word === '' ? sorted.length : place]));
    return byRank(rankOfCodes(name, (word) => ranks.get(word)));
  }
  const texts = Array.from({ length: page.sites.rows }, (_, row) => column.text(row));
  return Uint32Array.from(texts, (_, row) => row)
    .sort((one, other) => (texts[one] === '') - (texts[other] === '') || collator.compare(texts[one], texts[other]) || one - other);
}

// Backwards, but what is blank stays last.
function backwards(rows, name) {
  const column = page.sites.column(name);
  let end = rows.length;
  if (!ORDERED[name] && !COUNTED.has(name)) while (end && column.text(rows[end - 1]) === '') end -= 1;
  rows.subarray(0, end).reverse();
  return rows;
}

export function sortBy(name, down) {
  const rows = name === 'result' ? worstFirst() : ascending(name);
  Object.assign(table, { name, down, all: down ? backwards(rows, name) : rows });
  arrange();
}

export const groupings = () => GROUPED_BY.filter((name) => filters.byName.get(name)?.codes);

export function groupBy(name) {
  table.group = groupings().includes(name) ? name : '';
  table.folded.clear();
  arrange();
}

export function foldGroup(value, folded = !table.folded.has(value)) {
  table.folded[folded ? 'add' : 'delete'](value);
  spread();
}

// Groups in the order of their meaning where it has one, else those with the worst, and most of it, first.
function groupsOf(facet, rows) {
  const results = page.sites.column('result');
  const rankOf = Uint8Array.from({ length: results.count }, (_, code) => meaning('results')(results.word(code)));
  const groups = facet.words.map((value, code) => ({ value, code, count: 0, worst: 255, most: 0, result: '' }));
  const { codes } = results;
  for (const row of rows) {
    const group = groups[facet.codes[row]];
    const rank = rankOf[codes[row]];
    group.count += 1;
    if (rank < group.worst) Object.assign(group, { worst: rank, most: 0, result: results.text(row) });
    if (rank === group.worst) group.most += 1;
  }
  const ordered = ORDERED[facet.name] ? meaning(ORDERED[facet.name]) : null;
  const collator = new Intl.Collator('zh', { numeric: true });
  const first = (one, other) => (ordered ? ordered(one.value) - ordered(other.value) : one.worst - other.worst || other.most - one.most);
  return groups.filter(({ count }) => count).sort((one, other) => first(one, other) || collator.compare(one.value, other.value));
}

// The shown rows, group by group where there are groups.
export function arrange() {
  if (!table.all) return sortBy(table.name, table.down);
  const rows = new Uint32Array(filters.shown);
  for (let at = 0, place = 0; at < table.all.length; at += 1) if (filters.mask[table.all[at]]) rows[place++] = table.all[at];
  const facet = table.group ? filters.byName.get(table.group) : null;
  table.groups = facet ? groupsOf(facet, rows) : [];
  table.rows = facet ? new Uint32Array(rows.length) : rows;
  let start = 0;
  const next = new Uint32Array(facet ? facet.words.length : 0);
  for (const group of table.groups) {
    group.start = next[group.code] = start;
    start += group.count;
  }
  if (facet) for (const row of rows) table.rows[next[facet.codes[row]]++] = row;
  return spread();
}

// The lines of the table: all rows, or headings and the rows of groups that are not folded.
function spread() {
  const { groups, rows, folded } = table;
  const shown = groups.reduce((sum, { count, value }) => sum + 1 + (folded.has(value) ? 0 : count), 0);
  table.lines = groups.length ? new Int32Array(shown) : Int32Array.from(rows);
  let at = 0;
  groups.forEach((group, place) => {
    group.at = at;
    table.lines[at++] = -1 - place;
    if (folded.has(group.value)) return;
    table.lines.set(rows.subarray(group.start, group.start + group.count), at);
    at += group.count;
  });
}

// The shown rows in the order of the table, those of folded groups, too.
export function shownRows() {
  if (!table.rows) arrange();
  return table.rows;
}

// The group that a line of the table belongs to.
export const groupAt = (line) => table.groups.filter((group) => group.at <= line).at(-1);

export function groupOfRow(row) {
  return filters.byName.get(table.group).words[filters.byName.get(table.group).codes[row]];
}
