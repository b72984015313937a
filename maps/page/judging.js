// What a rule answers about a shape: its place, then the attributes of the shape and of what it lies in (as layers/rules.py,
// conditions.py and records.py). A state is NO, MISSING or YES.
import { lengthOf } from './common.js';
import { crossesOf, insideOf, withinOf } from './related.js';

const [NO, MISSING, YES] = [0, 1, 2];
const RELATIONS = { inside: insideOf, crosses: crossesOf };
// Asked of every site, and not what a rule about records is about.
const OF_EVERY_SITE = ['operating', 'built_on'];

const plain = (value) => (value === null || value === undefined ? '' : String(value).trim().toLowerCase());
// The spelling that words are compared in (layers.words.fold).
const folded = (text) => text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
const least = (states) => Math.min(YES, ...states);

// Whether a value is one of those allowed; what is neither yes nor no is missing where only these are.
function allowedState(value, allowed, booleans) {
  let text = plain(value);
  const truths = allowed.filter((one) => typeof one === 'boolean').length;
  const spelled = allowed.map(plain);
  if (truths) {
    const read = booleans[folded(text.replace(/\.0$/, ''))] || '';
    if (truths === allowed.length || spelled.includes(read)) text = read;
  }
  if (!text) return MISSING;
  return spelled.includes(text) || allowed.some((one) => typeof one === 'number' && Number(text) === one) ? YES : NO;
}

function builtState(from, attributes) {
  if (from === undefined) return YES;
  return plain(attributes.operating) === 'planned' ? YES : MISSING;
}

// Whether as much overlaps as the rule asks for.
function reachedState(rule, pair, own) {
  const wanted = rule.minimum;
  if (!wanted || rule.relation === 'within') return YES;
  const [found, amount, part] = pair.line ? [pair.length, wanted.length_m || 0, wanted.length_share || 0] : [pair.area, wanted.area_m2 || 0, wanted.area_share || 0];
  if (Number.isNaN(found) || (!amount && !part)) return YES;
  const size = pair.share > 0 ? found / pair.share : Infinity;
  const needed = Math.max(amount, Number.isFinite(size) ? part * size : part ? Infinity : 0);
  const slack = pair.doubt * (pair.line ? 2 : (own.outline ??= lengthOf(own)));
  return found - slack >= needed ? YES : found + slack >= needed ? MISSING : NO;
}

// The pairs of a shape and what is near it that stand in the rule's relation, with what the data say of the other side.
export function relatedBy(rule, pairs, own, layer, booleans) {
  const found = [];
  for (const one of pairs) {
    const pair = rule.relation === 'within' ? withinOf(one, rule.within_m) : RELATIONS[rule.relation](one);
    if (!pair) continue;
    if (rule.levels && allowedState(layer.text('level', pair.row), rule.levels, booleans) !== YES) continue;
    const reached = reachedState(rule, pair, own);
    if (reached === NO) continue;
    const asked = {};
    if (rule.medium) asked.medium = allowedState(layer.text('medium', pair.row), [rule.medium], booleans);
    for (const [name, allowed] of Object.entries(rule.zone_where || {})) asked[name] = allowedState(layer.text(name, pair.row), allowed, booleans);
    found.push({ ...pair, certain: pair.certain && reached === YES, asked });
  }
  return found;
}

const statesOf = (values, attributes, booleans) => Object.fromEntries(Object.entries(values || {}).map(([name, allowed]) => [name, allowedState(attributes[name], allowed, booleans)]));

// The pairs that are flagged once the attributes are known: each with `applies` and the attributes that it lacks.
export function flaggedOf(rule, related, attributes, booleans) {
  const asked = statesOf(rule.where, attributes, booleans);
  if (rule.built_from) asked.built_on = builtState(rule.built_from, attributes);
  const excused = statesOf(rule.unless, attributes, booleans);
  const excuse = rule.unless ? least(Object.values(excused)) : NO;
  const found = [];
  for (const pair of related) {
    const every = { ...asked, ...pair.asked };
    const state = Math.min(least(Object.values(every)), YES - excuse);
    if (state === NO) continue;
    const lacking = Object.keys(every).filter((name) => every[name] === MISSING);
    if (excuse === MISSING) lacking.push(...Object.keys(excused).filter((name) => excused[name] === MISSING && !lacking.includes(name)));
    found.push({ ...pair, lacking, applies: pair.holds && pair.certain && state === YES && rule.forbids && !rule.until });
  }
  return found;
}

function olderState(value, years, asOf) {
  if (!/^\d{4}(-\d\d(-\d\d)?)?$/.test(value || '')) return MISSING;
  return (Date.parse(asOf) - Date.parse(value)) / 864e5 / 365.2425 > years ? YES : NO;
}

// What a rule about records says: null where it is not asked, else whether it is flagged and what it lacks.
export function statedOf(rule, attributes, booleans, asOf) {
  if (rule.case) return null;
  const where = statesOf(rule.where, attributes, booleans);
  for (const [name, years] of Object.entries(rule.older_than_years || {})) where[name] = olderState(attributes[name], years, asOf);
  if (rule.built_from) where.built_on = builtState(rule.built_from, attributes);
  const excused = statesOf(rule.unless, attributes, booleans);
  const concerned = rule.medium ? allowedState(attributes.medium, [rule.medium], booleans) : YES;
  if (concerned === NO) return null;
  let state = Math.min(least(Object.values(where)), rule.unless ? YES - least(Object.values(excused)) : YES);
  if (state === YES && concerned === MISSING) state = MISSING;
  const about = Object.keys(where).filter((name) => !OF_EVERY_SITE.includes(name)).map((name) => where[name]);
  const silent = about.length ? about.includes(MISSING) : Object.values(rule.unless ? excused : where).every((one) => one === MISSING);
  if (state === MISSING && silent) return null;
  const asked = { ...where, ...excused };
  const lacking = Object.keys(asked).filter((name) => asked[name] === MISSING);
  return { flagged: state !== NO, applies: state === YES && rule.forbids && !rule.until, names: Object.keys(asked), lacking };
}
