// The drawer: one site, section or zone in reading order: what we found, what was reported, what to do, by when, by whom.
import { page, tell } from './state.js';
import { both, heading, make, metres, number, say, value, word } from './words.js';
import { findingsOf, findingText, isRemediation, linkedTo, ruleOf, why, worstOf, zoneWithId } from './records.js';
import { everyRule, unaskedOf, uncheckedTag } from './every.js';
import { frameOf, idOf, nameOf } from './find.js';
import { disc, drawMark, levelLook, swatch } from './marks.js';
import { anchor, isDrawn, toLat, toLon } from './shapes.js';

// So near, in metres, a point lies on the boundary itself.
const ON_THE_EDGE = 0.05;
export const PEOPLE = ['responsible_unit', 'responsible_person', 'supervising_leader'];
export const WORK = ['problem', 'goal', 'measures', 'completed_on', 'accepted_on', 'closed_on', 'evidence'];
// Told elsewhere in the drawer, or only needed to draw.
const TOLD = new Set(['layer', 'site_id', 'name', 'kind', 'result', 'severity', 'status', 'overdue', 'deadline', 'violations', 'checks',
  'not_assessed', 'not_assessed_why', 'strictest_level', 'share_in_zones', 'source_id', ...PEOPLE, ...WORK]);

export function siteMark(row, size = 26) {
  const { sites } = page;
  return swatch((context, side) => drawMark(context, sites.text('result', row), sites.text('status', row), false, side / 2, side / 2), size);
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
      make('strong', {}, word('statuses', sites.text('status', row))), overdue ? make('span', { class: 'late' }, word('overdue', 'true')) : null));
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

// One finding: the sentence, the article, the remedy; in full also what its rule says once for all its findings.
// `told` holds the rules that cards before this one have told of.
export function findingCard(finding, full, told = new Set()) {
  const { findings } = page;
  const said = (name) => findingText(name, finding);
  const rule = ruleOf(finding);
  const { id, title, note, penalty } = rule;
  const first = full && !told.has(id);
  const isWorst = !told.size;
  told.add(id);
  const result = findings.text('result', finding);
  const line = (label, text, tag = null) => (text ? make('p', { class: 'line' }, make('span', { class: 'label' }, label), text, tag) : null);
  return make('article', { class: `finding ${result}` },
    make('h3', {}, title ? both(title) : id, full ? make('span', { class: 'tag' }, word('results', result)) : null),
    make('p', { class: 'sentence' }, said('text')),
    line(say('citation'), said('citation'), uncheckedTag(rule, said('citation'))), line(say(result === 'check' ? 'remedy.check' : 'remedy'), said('remedy')),
    first && penalty ? line(say('penalty'), both(penalty)) : null,
    first ? evidenceList(rule.evidence, isWorst) : null,
    first && note ? make('details', { class: 'note' }, make('summary', {}, say('note')), make('p', {}, both(note))) : null,
    full ? line(say('margin'), marginLine(finding)) : null,
    full ? make('p', { class: 'quiet' }, [id, word('changes', findings.text('change', finding)), findings.text('first_seen', finding)].filter(Boolean).join(' · ')) : null);
}

function pairs(entries) {
  const filled = entries.filter(([, text]) => text);
  if (!filled.length) return null;
  return make('dl', {}, ...filled.flatMap(([label, text]) => [make('dt', {}, label), make('dd', {}, text)]));
}

function notAssessed(row) {
  const codes = page.sites.text('not_assessed_why', row).split(';').filter(Boolean);
  return codes.length ? make('div', { class: 'why' }, make('h3', {}, say('not_assessed.title')), ...codes.map((code) => make('p', {}, why(code)))) : null;
}

function linked(row) {
  const others = linkedTo(row);
  const title = say(isRemediation(row) ? 'linked.source' : 'linked.remediation');
  if (!others.length) return isRemediation(row) ? null : make('p', { class: 'quiet' }, say('linked.none'));
  return make('div', { class: 'linked' }, make('h3', {}, title), ...others.map((other) => hitButton({ layer: 'sites', row: other })));
}

// A button that opens a site, section or zone; `describe` says what it is and how it stands.
export function hitButton(hit) {
  return make('button', { type: 'button', class: 'hit', onclick: () => { page.choose(hit); } },
    hitMark(hit), make('span', { class: 'names' }, make('b', {}, nameOf(hit.layer, hit.row)), make('small', {}, describe(hit))));
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

function raw(island, row, told) {
  const names = [...island.columns.keys()].filter((name) => !told.has(name) && island.text(name, row) !== '');
  if (!names.length) return null;
  return make('details', { class: 'raw' }, make('summary', {}, say('raw', { count: names.length })),
    pairs(names.map((name) => [heading(name), value(name, island.text(name, row))])));
}

// That it was assessed, and where it lies.
function clearLines(row) {
  if (page.sites.text('result', row) !== 'clear') return null;
  const level = page.sites.text('strictest_level', row);
  const unasked = unaskedOf({ layer: 'sites', row });
  return make('div', { class: 'clear' }, make('p', { class: 'sentence' }, say('clear.sentence')),
    unasked ? make('p', {}, say('clear.unasked', { count: number(unasked) })) : null, make('p', {}, level ? say('clear.level', { level: word('levels', level) }) : say('clear.outside')));
}

function findingCards(hit) {
  const told = new Set();
  return findingsOf(hit).map((finding) => findingCard(finding, true, told));
}

// Where it lies: the strictest level, and of an area or line that is partly inside how much; unknown levels have no part.
function lies(row) {
  const level = page.sites.text('strictest_level', row);
  const part = page.sites.has('share_in_zones') ? Number(page.sites.text('share_in_zones', row)) : 0;
  const partly = level && level !== page.style.unknown_level && part > 0 && part < 1;
  const clear = page.sites.text('result', row) === 'clear'; // says where it lies in a sentence
  return [[heading('strictest_level'), clear ? '' : value('strictest_level', level)], [heading('share_in_zones'), partly ? `${(part * 100).toPrecision(3)} %` : '']];
}

function siteDetail(row) {
  const { sites, points } = page;
  const hit = { layer: 'sites', row };
  const cards = findingCards(hit);
  const position = points.placed[row] ? `${toLon(points.x[row]).toFixed(5)}, ${toLat(points.y[row]).toFixed(5)}` : say('no_position');
  return [verdict(row), ...cards, clearLines(row), notAssessed(row), everyRule(hit),
    pairs([[heading('deadline'), sites.text('deadline', row)], ...PEOPLE.map((name) => [heading(name), sites.text(name, row)])]),
    pairs(WORK.map((name) => [heading(name), value(name, sites.text(name, row))])),
    linked(row), pairs([...lies(row), [say('position'), position]]), raw(sites, row, TOLD)];
}

function otherDetail({ layer, row }) {
  const island = frameOf(layer);
  const place = page.shapes[layer];
  const at = place && isDrawn(place, row) ? anchor(place, row) : null;
  const told = new Set(['name', `${layer.slice(0, -1)}_id`]);
  const cards = findingCards({ layer, row });
  const names = [...island.columns.keys()].filter((name) => !told.has(name) && page.sentences[`column.${name}`]);
  names.forEach((name) => told.add(name));
  return [...cards, pairs(names.map((name) => [heading(name), value(name, island.text(name, row))])),
    everyRule({ layer, row }), at ? pairs([[say('position'), `${toLon(at[0]).toFixed(5)}, ${toLat(at[1]).toFixed(5)}`]]) : null, raw(island, row, told)];
}

export function kicker({ layer, row }) {
  const { sites } = page;
  if (layer !== 'sites') return [say(`layer.${layer}.one`), idOf(layer, row)].join(' · ');
  return [say(`layer.${sites.text('layer', row)}.one`), word('kinds', sites.text('kind', row)), sites.text('site_id', row)].filter(Boolean).join(' · ');
}

export function fillDetail() {
  const drawer = document.getElementById('detail');
  const hit = page.selected;
  document.body.classList.toggle('selected', Boolean(hit));
  if (!hit) return drawer.replaceChildren();
  const close = make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => page.choose(null) }, '×');
  const body = hit.layer === 'sites' ? siteDetail(hit.row) : otherDetail(hit);
  drawer.setAttribute('aria-label', say('detail.label'));
  drawer.replaceChildren(make('header', {}, hitMark(hit), make('div', {}, make('p', { class: 'kicker' }, kicker(hit)),
    make('h2', { tabindex: '-1' }, nameOf(hit.layer, hit.row))), close), ...body.filter(Boolean));
  drawer.scrollTop = 0;
  return tell('detail');
}
