// Findings of a subject, answers to rules, sites by id, and which remediation site is about which pollution source.
import { page } from './state.js';
import { say } from './words.js';

let zoneById = null;
let firstFinding = null;
// The subjects of findings are numbered through: sites, sections, zones, and whatever is none of them.
const NUMBERED = ['sites', 'sections', 'zones'];

export function openRecords() {
  const subjects = page.findings.place('subject');
  firstFinding = new Uint32Array(page.sites.rows + page.sections.rows + page.zones.rows + 2);
  for (let at = 0; at < subjects.length; at += 1) firstFinding[subjects[at] + 1] += 1;
  for (let at = 1; at < firstFinding.length; at += 1) firstFinding[at] += firstFinding[at - 1];
}

function firstOf(layer) {
  return NUMBERED.slice(0, NUMBERED.indexOf(layer)).reduce((sum, before) => sum + page[before].rows, 0);
}

// Rows of `findings` about a site, a section or a zone, worst first.
export function findingsOf({ layer, row }) {
  if (!NUMBERED.includes(layer)) return [];
  const subject = firstOf(layer) + row;
  return Array.from({ length: firstFinding[subject + 1] - firstFinding[subject] }, (_, at) => firstFinding[subject] + at);
}

// Sections and zones with findings, worst first; and how many findings there are about them.
export function otherSubjects() {
  const hits = [];
  let total = 0;
  for (const layer of ['sections', 'zones']) {
    const start = firstOf(layer);
    for (let row = 0; row < page[layer].rows; row += 1) {
      const count = firstFinding[start + row + 1] - firstFinding[start + row];
      total += count;
      if (count) hits.push({ layer, row });
    }
  }
  const ranks = Object.keys(page.words.results);
  const rank = (hit) => ranks.indexOf(worstOf(hit));
  return { hits: hits.sort((one, other) => rank(one) - rank(other)), total };
}

// The worst result among the findings of a section or a zone, '' where there are none.
export function worstOf(hit) {
  const [first] = findingsOf(hit);
  return first === undefined ? '' : page.findings.text('result', first);
}

const LAYERS = { sections: 'river_sections', zones: 'protection_zones' };

// What every rule in force for its layer answers to a site, a section or a zone, in the order of the books: `[{id, result,
// reason}]`. The result is one of the four, `not_asked` (the record does not say what the rule asks about) or `other_kind`.
export function answersOf(hit) {
  const island = page[hit.layer];
  if (!island?.hasPlace('answers')) return [];
  const [layer, kind] = hit.layer === 'sites' ? ['layer', 'kind'].map((name) => island.text(name, hit.row)) : [LAYERS[hit.layer], ''];
  const line = page.answers.lines[layer][kind][island.place('answers')[hit.row]];
  const found = new Map();
  for (const finding of findingsOf(hit)) {
    const id = page.findings.text('rule_id', finding);
    if (!found.has(id)) found.set(id, page.findings.text('result', finding));
  }
  return page.answers.rules[layer].map((id, at) => ({ id, ...(found.has(id) ? { result: found.get(id), reason: '' } : answerOf(line[at])) }));
}

function answerOf(letter) {
  const { other_kind: otherKind, not_asked: notAsked } = page.answers.letters;
  if (letter === otherKind) return { result: 'other_kind', reason: '' };
  if (letter === notAsked) return { result: 'not_asked', reason: '' };
  const reason = page.answers.reasons[parseInt(letter, 36)];
  return reason === '' ? { result: 'clear', reason } : { result: 'not_assessed', reason };
}

// Why something is not assessed, in words.
export function why(code) {
  return page.sentences[`why.${code}`] ? say(`why.${code}`) : say('why.other', { code });
}

// Rows of sites whose column says exactly this.
function rowsWith(name, said) {
  const column = page.sites.column(name);
  const found = [];
  if (column.type === 'codes') {
    const code = Array.from({ length: column.count }, (_, at) => column.word(at)).indexOf(said);
    column.codes.forEach((one, row) => { if (one === code) found.push(row); });
    return found;
  }
  const whole = column.whole();
  for (let at = said ? whole.indexOf(said) : -1; at >= 0; at = whole.indexOf(said, at + 1)) {
    const row = column.rowAt(at);
    if (column.startOf(row) === at && column.startOf(row + 1) === at + said.length) found.push(row);
  }
  return found;
}

// Rows of sites with this id, or with this "layer/id".
export function sitesWithId(id) {
  const rows = rowsWith('site_id', id);
  if (rows.length) return rows;
  const slash = id.indexOf('/');
  const layer = id.slice(0, slash);
  return slash < 0 ? [] : rowsWith('site_id', id.slice(slash + 1)).filter((row) => page.sites.text('layer', row) === layer);
}

// The row of the zone with this id, or -1.
export function zoneWithId(id) {
  if (!zoneById) {
    zoneById = new Map();
    for (let row = page.zones.rows - 1; row >= 0; row -= 1) zoneById.set(page.zones.text('zone_id', row), row);
  }
  return zoneById.get(id) ?? -1;
}

export const isRemediation = (row) => page.sites.text('layer', row) === 'remediation_sites';

// The other side: the source a remediation site is about, or the remediation sites about a source.
export function linkedTo(row) {
  if (!page.sites.has('source_id')) return [];
  if (isRemediation(row)) {
    const source = page.sites.text('source_id', row);
    return source ? sitesWithId(source).filter((other) => !isRemediation(other)) : [];
  }
  return rowsWith('source_id', page.sites.text('site_id', row)).filter(isRemediation);
}

// `text`, `citation` or `remedy` of a finding in the language of the page, or in Chinese where it has no other.
export function findingText(name, finding) {
  return page.findings.text(`${name}_${page.language}`, finding) || page.findings.text(`${name}_zh`, finding);
}

export function ruleWith(id) {
  return { title: null, note: null, penalty: null, evidence: [], reviewed: true, ...page.run.rules[id], id };
}

// What the rule books say of the rule of a finding.
export function ruleOf(finding) {
  return ruleWith(page.findings.text('rule_id', finding));
}
