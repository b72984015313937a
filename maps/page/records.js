// Findings of a subject, sites by id, and which remediation site is about which pollution source.
import { page } from './state.js';

let byId = null;
let bySource = null;
let zoneById = null;
let firstFinding = null;

export function openRecords() {
  const subjects = page.findings.place('subject');
  firstFinding = new Uint32Array(page.sites.rows + page.sections.rows + 2);
  for (let at = 0; at < subjects.length; at += 1) firstFinding[subjects[at] + 1] += 1;
  for (let at = 1; at < firstFinding.length; at += 1) firstFinding[at] += firstFinding[at - 1];
}

// Rows of `findings` about a site or a section, worst first.
export function findingsOf({ layer, row }) {
  if (layer !== 'sites' && layer !== 'sections') return [];
  const subject = layer === 'sites' ? row : page.sites.rows + row;
  return Array.from({ length: firstFinding[subject + 1] - firstFinding[subject] }, (_, at) => firstFinding[subject] + at);
}

function rowsBy(column) {
  const map = new Map();
  for (let row = 0; row < page.sites.rows; row += 1) {
    const id = page.sites.text(column, row);
    if (!id) continue;
    const list = map.get(id);
    if (list) list.push(row); else map.set(id, [row]);
  }
  return map;
}

// Rows of sites with this id, or with this "layer/id".
export function sitesWithId(id) {
  byId ??= rowsBy('site_id');
  const rows = byId.get(id) || [];
  if (rows.length) return rows;
  const slash = id.indexOf('/');
  const layer = id.slice(0, slash);
  return slash < 0 ? [] : (byId.get(id.slice(slash + 1)) || []).filter((row) => page.sites.text('layer', row) === layer);
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
  bySource ??= rowsBy('source_id');
  return (bySource.get(page.sites.text('site_id', row)) || []).filter(isRemediation);
}

// `text`, `citation` or `remedy` of a finding in the language of the page, or in Chinese where it has no other.
export function findingText(name, finding) {
  return page.findings.text(`${name}_${page.language}`, finding) || page.findings.text(`${name}_zh`, finding);
}

// What the rule books say of the rule of a finding.
export function ruleOf(finding) {
  const id = page.findings.text('rule_id', finding);
  const rule = page.run.rules[id];
  return { id, title: rule?.title || null, note: rule?.note || null };
}
