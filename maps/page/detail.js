// What drawer, popup and lists say of a site, section or zone: its mark, its verdict, its findings, a button that opens it.
import { page } from './state.js';
import { both, make, metres, say, word } from './words.js';
import { findingText, ruleOf, worstOf, zoneWithId } from './records.js';
import { uncheckedTag } from './every.js';
import { idOf, nameOf } from './find.js';
import { disc, drawMark, keptSwatch, levelLook, swatch } from './marks.js';
import { visitedMark } from './visits.js';
import { decisionOf } from './ledger.js';
import { statusSince, timeOf } from './standing.js';

// So near, in metres, a point lies on the boundary itself.
const ON_THE_EDGE = 0.05;
export const PEOPLE = ['responsible_unit', 'responsible_person', 'supervising_leader'];
export const WORK = ['problem', 'goal', 'measures', 'completed_on', 'accepted_on', 'closed_on', 'evidence'];

export function siteMark(row, size = 26) {
  const { sites } = page;
  const [result, status] = [sites.text('result', row), sites.text('status', row)];
  return keptSwatch(`${result}/${status}`, (context, side) => drawMark(context, result, status, false, side / 2, side / 2), size);
}

export function hitMark({ layer, row }) {
  if (layer === 'sites') return siteMark(row);
  if (layer === 'sections') return swatch((context, side) => disc(context, page.sections.text('class', row), side / 2, side / 2, 9), 26);
  if (layer !== 'zones') return null;
  const look = levelLook(page.zones.text('level', row));
  return swatch((context, side) => {
    context.setLineDash(look.dash);
    context.lineWidth = look.width;
    context.strokeStyle = look.colour;
    context.strokeRect(4, 6, side - 8, side - 12);
  }, 26);
}

// Result and status side by side, with their words "computed" and "reported": never mixed.
export function verdict(row) {
  const { sites } = page;
  const result = sites.text('result', row);
  const severity = sites.text('severity', row);
  const overdue = sites.text('overdue', row) === 'true';
  return make('div', { class: 'verdict' },
    make('div', { class: `said ${result}` }, make('span', { class: 'who' }, say('result.computed')),
      make('strong', {}, word('results', result)), severity && result !== 'clear' ? make('span', { class: 'severity' }, word('severities', severity)) : null),
    make('div', { class: 'said' }, make('span', { class: 'who' }, say('status.reported')),
      make('strong', {}, word('statuses', sites.text('status', row))), overdue ? make('span', { class: 'late' }, word('overdue', 'true')) : null, statusSince(row) ? make('span', { class: 'since' }, statusSince(row)) : null));
}

// What a person decided of a finding stands beside what was computed, and whether the facts are still those that were judged.
function decisionLine(finding) {
  const decision = decisionOf(finding);
  if (!decision) return null;
  const { result, actor, at, reason, renew } = decision;
  return make('div', { class: 'decision' }, make('p', {}, make('span', { class: 'label' }, say('decision.by')), make('b', {}, word('results', result)), ` · ${[actor, timeOf(at)].join(' · ')}`),
    reason ? make('p', {}, reason) : null, renew ? make('p', { class: 'fault' }, say('decision.renew')) : null);
}

// How far both places may be wrong together, as the data state it; 0 where they do not.
function accuracyOf(finding) {
  const { findings, sites, zones } = page;
  const stated = (island, row) => (row >= 0 && island.has('located_to_metres') ? Number(island.text('located_to_metres', row)) || 0 : 0);
  const subject = findings.place('subject')[finding];
  return stated(sites, subject < sites.rows ? subject : -1) + stated(zones, zoneWithId(findings.text('zone_id', finding)));
}

// How far off the place would have to be for another answer; nothing where the sentence says that it is in doubt already.
export function marginLine(finding) {
  const margin = page.findings.number('margin_m', finding);
  const check = page.findings.text('result', finding) === 'check';
  const within = page.findings.text('relation', finding) === 'within';
  if (margin === null || (check && (within || margin < ON_THE_EDGE || margin <= accuracyOf(finding)))) return '';
  return say(within ? 'margin.within' : 'margin.value', { metres: metres(margin) });
}

// What an inspector brings back, open where it is told first.
function evidenceList(evidence, open) {
  if (!evidence.length) return null;
  return make('details', { class: 'evidence', open }, make('summary', {}, say('evidence', { count: evidence.length })),
    make('ul', {}, ...evidence.map((one) => make('li', {}, both(one)))));
}

// What else the books say of a rule, folded: the penalty, the notes.
function lawFold(penalty, note) {
  const told = [['penalty', penalty], ['note', note]].filter(([, text]) => text).map(([key]) => say(key));
  return make('details', { class: 'note' }, make('summary', {}, told.join(' · ')),
    penalty ? make('div', { class: 'line' }, make('span', { class: 'label' }, say('penalty')), both(penalty)) : null, note ? make('p', {}, both(note)) : null);
}

// One finding: the sentence, the article, the remedy, and what its rule says once for all its findings.
// `told` holds the rules that cards before this one have told of.
export function findingCard(finding, told) {
  const { findings } = page;
  const said = (name) => findingText(name, finding);
  const rule = ruleOf(finding);
  const { id, title, note, penalty } = rule;
  const first = !told.has(id);
  const isWorst = !told.size;
  told.add(id);
  const result = findings.text('result', finding);
  const line = (label, text, tag = null) => (text ? make('p', { class: 'line' }, make('span', { class: 'label' }, label), text, tag) : null);
  return make('article', { class: `finding ${result}` },
    make('h3', {}, title ? both(title) : id, make('span', { class: 'tag' }, word('results', result))),
    make('p', { class: 'sentence' }, said('text')), decisionLine(finding),
    line(say('citation'), said('citation'), uncheckedTag(rule, said('citation'))), line(say(result === 'check' ? 'remedy.check' : 'remedy'), said('remedy')),
    first && (penalty || note) ? lawFold(penalty, note) : null, first ? evidenceList(rule.evidence, isWorst) : null,
    line(say('margin'), marginLine(finding)),
    make('p', { class: 'quiet' }, [id, word('changes', findings.text('change', finding)), findings.text('first_seen', finding)].filter(Boolean).join(' · ')));
}

// A button that opens a site, section or zone; `describe` says what it is and how it stands.
export function hitButton(hit) {
  return make('button', { type: 'button', class: 'hit', onclick: () => { page.choose(hit); } },
    hitMark(hit), make('span', { class: 'names' }, make('b', {}, nameOf(hit.layer, hit.row), hit.layer === 'sites' ? visitedMark(hit.row) : null), make('small', {}, describe(hit))));
}

export function describe({ layer, row }) {
  const id = idOf(layer, row);
  if (layer === 'sites') {
    const { sites } = page;
    return [id, word('results', sites.text('result', row)), word('statuses', sites.text('status', row))].join(' · ');
  }
  const found = worstOf({ layer, row });
  const judged = found ? [word('results', found)] : [];
  if (layer === 'sections') return [id, word('classes', page.sections.text('class', row)), ...judged].join(' · ');
  if (layer === 'zones') return [id, word('levels', page.zones.text('level', row)), ...judged].join(' · ');
  return [id, say(`layer.${layer}`)].join(' · ');
}

export function kicker({ layer, row }) {
  const { sites } = page;
  if (layer !== 'sites') return [say(`layer.${layer}.one`), idOf(layer, row)].join(' · ');
  return [say(`layer.${sites.text('layer', row)}.one`), word('kinds', sites.text('kind', row)), sites.text('site_id', row)].filter(Boolean).join(' · ');
}
