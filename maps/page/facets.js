// What sites can be narrowed by: columns of theirs, and what the page finds itself: case and rule, deadline, district.
// A facet is { name, words, places } and either `codes`, the code of each site's one value, or `pairs`, where a site may
// have several: { rows, codes }, each pair once.
import { page } from './state.js';
import { both, word } from './words.js';

const DAY_MS = 86_400_000;
// The deadline tells of it already; it is there for callers.
export const SAID_BY_DEADLINE = 'overdue';

function facetOf(name, words, content) {
  return { name, words, places: new Map(words.map((one, code) => [one, code])), ...content };
}

function columnFacet(name) {
  const column = page.sites.column(name);
  return facetOf(name, Array.from({ length: column.count }, (_, code) => column.word(code)), { codes: column.codes });
}

// Words with the (site, code) pairs of findings, each pair once; findings stand in the order of their subjects.
function pairFacet(name, words, codeOf) {
  const { findings, sites } = page;
  const rules = findings.column('rule_id');
  const { codes: ruleCodes } = rules;
  const ofRule = Int32Array.from({ length: rules.count }, (_, code) => codeOf(rules.word(code)));
  const last = new Int32Array(words.length).fill(-1);
  const subjects = findings.place('subject');
  const [rows, codes] = [new Uint32Array(subjects.length), new Uint16Array(subjects.length)];
  let count = 0;
  for (let finding = 0; finding < subjects.length && subjects[finding] < sites.rows; finding += 1) {
    const code = ofRule[ruleCodes[finding]];
    if (code < 0 || last[code] === subjects[finding]) continue;
    last[code] = subjects[finding];
    rows[count] = subjects[finding];
    codes[count] = code;
    count += 1;
  }
  return facetOf(name, words, { pairs: { rows: rows.subarray(0, count), codes: codes.subarray(0, count) } });
}

// What rules found out by comparing a site with the ledger; only cases of which some rule in force tells.
function caseFacet() {
  const told = new Set(Object.values(page.run.rules).filter((rule) => rule.in_force).map((rule) => rule.case));
  const words = Object.keys(page.words.cases).filter((name) => told.has(name));
  return words.length ? pairFacet('case', words, (rule) => words.indexOf(page.run.rules[rule]?.case)) : null;
}

function ruleFacet() {
  const rules = page.findings.column('rule_id');
  const words = Array.from({ length: rules.count }, (_, code) => rules.word(code));
  const facet = pairFacet('rule', words, (rule) => words.indexOf(rule));
  return facet.pairs.rows.length ? facet : null;
}

function deadlineWord(deadline, status, overdue) {
  if (overdue === 'true') return 'overdue';
  if (page.style.finished.includes(status)) return 'done';
  if (!deadline) return 'none';
  const days = (Date.parse(deadline) - Date.parse(page.run.as_of)) / DAY_MS;
  if (days >= 0) return days <= 7 ? 'week' : days <= 30 ? 'month' : 'later';
  return 'unclear';
}

// When the work is due: worked out once for each combination of deadline, status and `overdue` that occurs.
function deadlineFacet() {
  const [deadline, status, overdue] = ['deadline', 'status', 'overdue'].map((name) => page.sites.column(name));
  if (![deadline, status, overdue].every((column) => column?.type === 'codes')) return null;
  const [days, states, lates] = [deadline.codes, status.codes, overdue.codes];
  const words = Object.keys(page.words.deadlines);
  const table = new Uint8Array(deadline.count * status.count * overdue.count).fill(255);
  const codes = new Uint8Array(page.sites.rows);
  for (let row = 0; row < codes.length; row += 1) {
    const [day, state, late] = [days[row], states[row], lates[row]];
    const at = (day * status.count + state) * overdue.count + late;
    if (table[at] === 255) table[at] = words.indexOf(deadlineWord(deadline.word(day), status.word(state), overdue.word(late)));
    codes[row] = table[at];
  }
  return facetOf('deadline', words, { codes });
}

// Districts by name; of those with one name, or none, each with its id.
function districtFacet() {
  const { districts } = page.context;
  if (!page.sites.hasPlace('district') || !districts) return null;
  const names = Array.from({ length: districts.rows }, (_, row) => districts.text('name', row));
  const label = (name, row) => {
    const id = districts.text('district_id', row);
    return name && names.indexOf(name) === names.lastIndexOf(name) ? name : `${name || id}${name && id ? ` (${id})` : ''}`;
  };
  const labels = ['', ...names.map(label)];
  const words = [...new Set(labels)];
  const codeOf = Uint16Array.from(labels, (one) => words.indexOf(one));
  return facetOf('district', words, { codes: Uint16Array.from(page.sites.place('district'), (place) => codeOf[place]) });
}

// What the ledger asks a person to look at: a site may have several.
function flagsFacet() {
  if (!page.sites.has('flags')) return null;
  const column = page.sites.column('flags');
  const lists = Array.from({ length: column.count }, (_, code) => column.word(code).split(';').filter(Boolean));
  const words = Object.keys(page.words.flags).filter((one) => lists.some((list) => list.includes(one)));
  const own = lists.map((list) => list.map((one) => words.indexOf(one)).filter((code) => code >= 0));
  const [rows, codes] = [[], []];
  column.codes.forEach((code, row) => own[code].forEach((one) => { rows.push(row); codes.push(one); }));
  return facetOf('flags', words, { pairs: { rows: Uint32Array.from(rows), codes: Uint16Array.from(codes) } });
}

const FOUND_HERE = { case: caseFacet, rule: ruleFacet, deadline: deadlineFacet, district: districtFacet, flags: flagsFacet };

export function openFacets() {
  const one = (name) => (FOUND_HERE[name] ? FOUND_HERE[name]() : page.sites.has(name) ? columnFacet(name) : null);
  return Object.keys(page.style.facets).map(one).filter(Boolean);
}

// A value of a facet as people read it.
export function facetWord(name, value) {
  if (name === 'rule') return both(page.run.rules[value]?.title || { zh: value });
  return word(page.style.facets[name] || name, value);
}
