// What was asked of the map, told in the drawer: the verdict, the zones there, every rule with its answer, the zones around.
import { page } from './state.js';
import { make, metres, number, say, word } from './words.js';
import { hitButton } from './detail.js';
import { uncheckedTag } from './every.js';
import { squareMetres } from './measure.js';
import { why } from './records.js';

// The answers of check-site, and the result of a run whose look each has.
const LOOKS = { applies: 'violation', needs_checking: 'check', not_assessed: 'not_assessed', does_not_apply: 'clear' };
const FOLDED = ['not_assessed', 'does_not_apply'];
const line = (label, text) => (text ? make('p', { class: 'line' }, make('span', { class: 'label' }, label), text) : null);
const ruleIds = (rules) => [...new Set(rules.map(({ rule_id: id }) => id))];

export function verdictOf({ verdict, reason }) {
  return make('div', { class: 'verdict' }, make('div', { class: `said ${LOOKS[verdict]}` }, make('span', { class: 'who' }, say('result.computed')),
    make('strong', {}, say(`ask.verdict.${verdict}`))), reason ? make('p', { class: 'quiet' }, why(reason)) : null);
}

// For what kinds of things what is answered here: forbidden for these, to be checked for those.
export function kindsTold({ rules }) {
  const order = Object.keys(LOOKS);
  const worst = new Map();
  for (const kind of Object.keys(page.run.kinds)) {
    const own = rules.filter(({ kinds }) => !kinds || kinds.includes(kind));
    if (own.length) worst.set(kind, Math.min(...own.map(({ answer }) => order.indexOf(answer))));
  }
  return make('section', { class: 'asked-kinds' }, make('h3', {}, say('ask.kinds')), ...order.map((answer, rank) => {
    const kinds = [...worst].filter(([, one]) => one === rank).map(([kind]) => word('kinds', kind));
    return kinds.length ? make('div', { class: `said ${LOOKS[answer]}` }, make('strong', {}, say(`ask.for.${answer}`, { count: number(kinds.length) })), make('p', {}, kinds.join(page.language === 'zh' ? '、' : ', '))) : null;
  }).filter(Boolean));
}

function measureText(zone) {
  if (!zone.inside) return zone.distance_m ? say('ask.away', { distance: metres(zone.distance_m) }) : say('ask.touches');
  const share = zone.overlap_share === null ? '' : `${(zone.overlap_share * 100).toFixed(1)} %`;
  if (zone.overlap_m2 !== null) return say('ask.overlap', { amount: squareMetres(zone.overlap_m2), share });
  if (zone.overlap_m !== null) return say('ask.overlap', { amount: metres(zone.overlap_m), share });
  return say('ask.depth', { distance: metres(zone.depth_m) });
}

const zoneLine = (zone) => make('div', { class: 'asked-zone' }, hitButton({ layer: 'zones', row: zone.row }), make('span', { class: 'away' }, measureText(zone)));

// The zones that the shape lies in; that there are none only where that is known.
export function zonesThere({ zones, rules, verdict }) {
  const here = zones.filter(({ inside }) => inside);
  const unknown = verdict === 'not_assessed' || rules.some(({ answer }) => answer === 'not_assessed');
  return make('section', {}, make('h3', {}, say('ask.here')), ...here.map(zoneLine), here.length ? null : make('p', {}, say(unknown ? 'ask.no_data' : 'place.no_zone')));
}

export function zonesAround({ zones, reach_m: reach }) {
  const around = zones.filter(({ inside }) => !inside);
  return make('section', {}, make('h3', {}, say('ask.around', { distance: metres(reach), count: number(around.length) })), ...around.map(zoneLine));
}

function lackingLine({ lacking }) {
  return lacking?.length ? line(say('ask.lacking'), lacking.map((name) => attributeWord(name)).join(page.language === 'zh' ? '、' : ', ')) : null;
}

const attributeWord = (name) => (page.sentences[`column.${name}`] ? say(`column.${name}`) : name);

function ruleCard(rule) {
  const evidence = rule.evidence?.length ? make('details', { class: 'evidence' }, make('summary', {}, say('evidence', { count: rule.evidence.length })), make('ul', {}, ...rule.evidence.map((one) => make('li', {}, one)))) : null;
  const flagged = !FOLDED.includes(rule.answer);
  const lines = [
    line(say('ask.article'), rule.citation), rule.distance_m === null ? null : line(say('ask.distance'), metres(rule.distance_m)),
    rule.margin_m === null || !flagged ? null : line(say('margin'), metres(rule.margin_m)), rule.move_m ? line(say('ask.move'), metres(rule.move_m)) : null,
    flagged ? line(say('ask.remedy'), rule.remedy) : null, flagged ? line(say('ask.filing'), rule.filing) : null, lackingLine(rule),
  ];
  return make('article', { class: `finding ${LOOKS[rule.answer]}`, 'data-rule-id': rule.rule_id, 'data-answer': rule.answer },
    make('h3', {}, rule.title), make('p', { class: 'sentence' }, rule.text), ...lines.filter(Boolean), flagged ? evidence : null,
    make('p', { class: 'quiet' }, rule.rule_id, ' ', uncheckedTag(rule, rule.citation)));
}

// The rules under their answers, the worst open.
export function rulesTold({ rules }) {
  return Object.keys(LOOKS).map((answer) => {
    const own = rules.filter((rule) => rule.answer === answer);
    if (!own.length) return null;
    const title = say('ask.rules', { answer: say(`ask.answer.${answer}`), count: number(ruleIds(own).length) });
    if (!FOLDED.includes(answer)) return make('section', { 'data-answers': answer }, make('h3', {}, title), ...own.map(ruleCard));
    const folder = make('details', { class: 'raw', 'data-answers': answer, open: answer === 'not_assessed' }, make('summary', {}, title));
    const fill = () => { if (folder.children.length < 2) folder.append(...own.map(ruleCard)); };
    if (folder.open) fill();
    folder.addEventListener('toggle', fill);
    return folder;
  });
}

export function notAskedTold({ not_asked: left }) {
  if (!left.length) return null;
  return make('details', { class: 'raw' }, make('summary', {}, say('ask.not_asked', { count: number(left.length) })),
    ...left.map((rule) => make('article', {}, make('p', {}, rule.title), make('p', { class: 'quiet' }, rule.citation), lackingLine(rule))));
}
