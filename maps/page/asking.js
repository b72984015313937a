// `ask`: what the rules say of a place, a line or an area that is proposed, as `headwater check-site --json` tells it.
import { page } from './state.js';
import { openAsking } from './around.js';
import { shapeFrom } from './wkt.js';
import { measureNear, insideOf } from './related.js';
import { blindSpot } from './blind.js';
import { flaggedOf, relatedBy, statedOf } from './judging.js';
import { hitTexts, outsideTexts, reasonTexts, statedTexts } from './telling.js';

const ZONE_FACTS = ['zone_id', 'name', 'level', 'source_name', 'medium', 'document', 'valid_from'];
const [APPLIES, TO_CHECK, UNKNOWN, FREE, UNASKED] = [0, 1, 2, 3, 4];
const OF_MEASURES = { depth_m: ['depth', 3], overlap_m2: ['area', 2], overlap_m: ['length', 3], overlap_share: ['share', 6] };

const roundedTo = (value, digits) => (value === null || value === undefined || Number.isNaN(value) ? null : Math.round(value * 10 ** digits) / 10 ** digits);

function normal(value, name, head) {
  if (!head.stated.includes(name)) throw new RangeError(`the page cannot be told ${name}; ask headwater check-site`);
  const choices = head.choices[name] || [];
  const truths = choices.filter((one) => typeof one === 'boolean').length > 0;
  const code = head.booleans[String(value).trim().toLowerCase()];
  if (truths && code !== undefined) return code === 'true';
  const known = choices.find((one) => String(one) === String(value));
  if (choices.length && known === undefined && (truths || page.words[name] || name === 'medium' || name === 'operating')) throw new RangeError(`${name}: expected one of ${choices.join(', ')}, found ${value}`);
  return known ?? value;
}

// How near a shape everything is that rules are about: measured once, whatever kind of thing it is.
function surveyed(own, accuracy, reach, head) {
  const near = {};
  for (const of of Object.keys(head.ids)) near[of] = measureNear(own, head.layers[of], Math.max(reach, head.farthest(of)), accuracy);
  const spots = new Map();
  for (const extent of Object.values(head.extents)) delete extent.outside;
  const blind = (rule) => {
    const key = `${rule.of} ${rule.reach}`;
    if (!spots.has(key)) {
      spots.set(key, blindSpot(own, head.extents[rule.of], {
        districts: head.layers.districts, refused: head.refusedOf[rule.of], reach: rule.reach, accuracy, coarse: Math.max(head.layers.districts?.coarse || 0, head.layers.districts?.rounded || 0),
      }));
    }
    return spots.get(key);
  };
  return { near, blind };
}

const targetOf = (of, row, head) => ({
  of, row, id: head.layers[of].text(head.ids[of], row), name: head.layers[of].text('name', row), level: head.layers[of].text('level', row),
});

const measuresOf = (hit) => Object.fromEntries(Object.entries(OF_MEASURES).map(([name, [own, digits]]) => [name, roundedTo(hit[own], digits)]));

// What one rule answers, apart from its words.
function answerOfRule(rule, kind, { related, blind }, attributes, head) {
  if (kind && rule.kinds && !rule.kinds.includes(kind)) return { answer: UNASKED, hits: [] };
  if (!rule.placed) {
    const stated = statedOf(rule, attributes, head.booleans, page.run.as_of);
    if (!stated) return { answer: UNASKED, hits: [] };
    const silent = rule.until ? UNKNOWN : FREE;
    return { answer: stated.flagged ? (stated.applies ? APPLIES : TO_CHECK) : silent, stated, reason: rule.until ? 'LAYER_OUT_OF_DATE' : '', hits: [] };
  }
  const hits = flaggedOf(rule, related, attributes, head.booleans);
  if (hits.length) return { answer: hits.some((hit) => hit.applies) ? APPLIES : TO_CHECK, hits };
  return { answer: blind ? UNKNOWN : FREE, reason: blind, hits };
}

// How far the nearest is that the rule is about, and how far its limit.
function gapOf(rule, pairs, reach, head) {
  const looked = Math.max(reach, head.farthest(rule.of));
  let [nearest, margin] = [null, Infinity];
  for (const pair of pairs) {
    const medium = rule.medium && head.layers[rule.of].text('medium', pair.row);
    const fits = rule.of !== 'protection_zones' || ((!rule.levels || rule.levels.includes(head.layers[rule.of].text('level', pair.row))) && (!medium || medium === rule.medium));
    if (!fits || pair.distance > looked + head.edge_m) continue;
    if (!nearest || pair.distance < nearest.distance) nearest = pair;
    const inner = insideOf({ ...pair, doubt: 0 });
    const beyond = Math.max(pair.distance - (rule.within_m || 0), 0);
    margin = Math.min(margin, rule.relation !== 'within' ? pair.distance : inner?.holds ? inner.margin : beyond);
  }
  if (!nearest) return { gap: null, looked };
  const distance = nearest.distance <= head.edge_m && nearest.meets ? 0 : nearest.distance;
  return { gap: { distance, margin, target: targetOf(rule.of, nearest.row, head) }, looked };
}

function hitsTold(rule, { hits, answer }, accuracy, head) {
  const ranks = page.run.levels.map(({ code }) => code);
  const told = hits.map((hit) => {
    const target = targetOf(rule.of, hit.row, head);
    const near = { ...hit, distance: roundedTo(hit.distance, 3), margin: roundedTo(hit.margin, 3), ...Object.fromEntries(Object.values(OF_MEASURES).map(([name, digits]) => [name, roundedTo(hit[name], digits) ?? NaN])) };
    return { hit: near, target, texts: hitTexts(rule, near, target, accuracy, head), rank: rule.of === 'protection_zones' ? (ranks.indexOf(target.level) + ranks.length + 1) % (ranks.length + 1) : 0 };
  });
  const deciding = told.filter(({ hit }) => (hit.applies ? APPLIES : TO_CHECK) === answer)
    .sort((one, other) => one.rank - other.rank || one.hit.distance - other.hit.distance || other.hit.margin - one.hit.margin);
  const [{ hit: first, texts }] = deciding;
  const reach = rule.within_m || 0;
  const out = (hit) => (rule.relation === 'within' ? Math.max(reach - hit.distance, 0) : hit.margin + reach);
  return {
    distance_m: first.distance, margin_m: answer === APPLIES ? Math.max(...deciding.map(({ hit }) => hit.margin)) : first.margin, ...measuresOf(first),
    ...(answer === APPLIES ? { move_m: roundedTo(Math.max(...deciding.map(({ hit }) => out(hit))), 3) } : {}),
    hits: told.map(({ hit, target, texts: own }) => ({
      zone_id: target.id, zone_name: target.name, zone_level: target.level, answer: head.answers[hit.applies ? APPLIES : TO_CHECK],
      distance_m: hit.distance, margin_m: hit.margin, ...measuresOf(hit), text: own,
    })),
    texts,
    ...(hits.some((hit) => !hit.certain && hit.certainly) ? { too_near_for_map: true } : {}),
  };
}

// What values of the attributes that are missing would give, each tried by itself.
function triedValues(rule, kind, place, attributes, head) {
  const found = {};
  for (const name of rule.attributes.filter((one) => attributes[one] === undefined)) {
    const choices = head.choices[name] || [];
    if (choices.length) found[name] = Object.fromEntries(choices.map((value) => [String(value), head.answers[answerOfRule(rule, kind, place, { ...attributes, [name]: value }, head).answer] ?? null]));
  }
  return found;
}

function factsOf(rule, kind, found, place, { attributes, accuracy, reach }, head) {
  const { answer, reason } = found;
  const stated = Object.fromEntries(rule.attributes.filter((name) => attributes[name] !== undefined).map((name) => [name, attributes[name]]));
  if (answer < UNKNOWN) {
    const facts = rule.placed ? hitsTold(rule, found, accuracy, head) : { distance_m: null, margin_m: null, hits: [], texts: statedTexts(rule, found.stated, attributes, head) };
    return { ...facts, lacking: rule.attributes.filter((name) => attributes[name] === undefined), ...(answer === TO_CHECK ? { with_values: triedValues(rule, kind, place, attributes, head) } : {}) };
  }
  if (answer === UNKNOWN) return { distance_m: null, margin_m: null, reason, texts: reasonTexts(reason, head) };
  const byPlace = rule.placed && rule.attributes.length > 0 && flaggedOf(rule, place.related, {}, head.booleans).length > 0;
  const { gap, looked } = rule.placed ? gapOf(rule, place.pairs, reach, head) : { gap: null, looked: reach };
  return {
    distance_m: gap ? roundedTo(gap.distance, 3) : null, margin_m: gap && !byPlace ? roundedTo(gap.margin, 3) : null,
    ...(rule.placed && !gap ? { nothing_within_m: looked } : {}), ...(byPlace || !rule.placed ? { because_of: stated } : {}),
    texts: outsideTexts(rule, { gap, looked, byPlace, stated }, head),
  };
}

// What is told of a rule whatever is asked, in one language.
function ruleTexts(rule, language) {
  const more = page.run.rules[rule.id] || {};
  const known = { title: more.title, citation: rule.citation, remedy: rule.remedy, note: more.note, penalty: more.penalty, filing: rule.filing };
  const told = Object.fromEntries(Object.entries(known).filter(([, text]) => text).map(([name, text]) => [name, text[language]]));
  return more.evidence?.length ? { ...told, evidence: more.evidence.map((one) => one[language]) } : told;
}

function ruleTold(rule, kind, found, place, said, head) {
  const { texts, ...facts } = factsOf(rule, kind, found, place, said, head);
  const inBoth = Object.fromEntries(['zh', 'en'].map((language) => [language, { ...ruleTexts(rule, language), text: texts[language] }]));
  return {
    rule_id: rule.id, answer: head.answers[found.answer], ...facts, ...inBoth[page.language], effect: rule.effect, severity: rule.severity,
    relation: rule.relation, reviewed: rule.reviewed, ...(kind ? {} : { kinds: rule.kinds || null }), ...inBoth,
  };
}

function zonesTold(pairs, reach, head) {
  const layer = head.layers.protection_zones;
  return pairs.filter((pair) => pair.distance <= reach).sort((one, other) => one.distance - other.distance || one.row - other.row).map((pair) => {
    const inner = insideOf({ ...pair, doubt: 0, coarse: 0 });
    const inside = Boolean(inner?.holds);
    const none = (kind) => (pair[kind] || (kind === 'area' && !pair.point && !pair.line) ? 0 : null);
    return {
      ...Object.fromEntries(ZONE_FACTS.map((name) => [name, layer.text(name, pair.row) || null])), inside,
      distance_m: roundedTo(inner ? inner.distance : pair.distance <= head.edge_m ? 0 : pair.distance, 3), depth_m: inside ? roundedTo(inner.margin, 3) : null,
      overlap_m2: inside ? roundedTo(inner.area, 2) : none('area'), overlap_m: inside ? roundedTo(inner.length, 3) : none('line'),
      overlap_share: inside ? roundedTo(inner.share, 6) : pair.point ? null : 0, row: pair.row,
    };
  });
}

// Rules about such a thing wherever it lies that were not asked, since what they ask for is not stated.
function notAsked(kind, attributes, head, unasked) {
  return unasked.filter((rule) => !rule.placed && !rule.case && (!kind || !rule.kinds || rule.kinds.includes(kind)))
    .map((rule) => ({ rule_id: rule.id, lacking: rule.attributes.filter((name) => attributes[name] === undefined), ...ruleTexts(rule, page.language), zh: ruleTexts(rule, 'zh'), en: ruleTexts(rule, 'en') }))
    .filter(({ lacking }) => lacking.length);
}

// `wkt` or `point` [lon, lat]; `kind` a code, or left out for anything: then each rule tells the kinds that it is about.
export function ask({ wkt = null, point = null, kind = null, located_to_metres: located = 0, attributes = {}, reach_m: reach = 5000 }) {
  const head = openAsking();
  if (kind !== null && !Object.hasOwn(page.run.kinds, kind)) throw new RangeError(`no kind ${kind}`);
  const own = shapeFrom(wkt ?? `POINT (${point.join(' ')})`);
  const accuracy = Number(located) || 0;
  if (!(accuracy >= 0 && accuracy < 1e6 && reach >= 0 && reach <= 1e5)) throw new RangeError('expected metres');
  const stated = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null && value !== '').map(([name, value]) => [name, normal(value, name, head)]));
  const said = { attributes: { operating: 'planned', ...stated }, accuracy, reach };
  const { near, blind } = surveyed(own, accuracy, reach, head);
  const found = head.rules.map((rule) => {
    const pairs = near[rule.of] || [];
    const place = rule.placed ? { pairs, related: relatedBy(rule, pairs, own, head.layers[rule.of], head.booleans), blind: blind(rule) } : {};
    return { rule, place, ...answerOfRule(rule, kind, place, said.attributes, head) };
  });
  const asked = found.filter(({ answer }) => answer !== UNASKED).sort((one, other) => one.answer - other.answer);
  return {
    id: '1', name: '1', kind, row: 1, verdict: head.answers[asked.length ? asked[0].answer : UNKNOWN], ...(asked.length ? {} : { reason: 'NO_RULE' }),
    zones: zonesTold(near.protection_zones || [], reach, head),
    rules: asked.map((one) => ruleTold(one.rule, kind, one, one.place, said, head)),
    not_asked: notAsked(kind, said.attributes, head, found.filter(({ answer }) => answer === UNASKED).map(({ rule }) => rule)),
    as_of: page.run.as_of, version: page.run.version, rule_books: page.run.rule_books, reach_m: reach,
    notes: stated.operating === undefined ? [{ code: 'TAKEN_AS_PLANNED', ...page.sentences['ask.planned'] }] : [],
  };
}
