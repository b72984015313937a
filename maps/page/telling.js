// The sentences of answers, in Chinese and English, from the templates of layers/verdicts.py and layers/site_answers.py.
import { page } from './state.js';

const LANGUAGES = ['zh', 'en'];
const bothOf = (tell) => Object.fromEntries(LANGUAGES.map((language) => [language, tell(language)]));
const decimals = (value, digits) => value.toFixed(digits);

function metresText(value, language) {
  const [unit, far] = language === 'zh' ? [' 米', ' 公里'] : [' m', ' km'];
  if (Number.isNaN(value) || value === null) return '–';
  if (value >= 9999.5) return decimals(value / 1000, 1) + far;
  return (value >= 9.95 ? decimals(value, 0) : decimals(value, 1).replace(/\.0$/, '')) + unit;
}

function areaText(value, language) {
  if (value >= 99999.5) return decimals(value / 10000, 1) + (language === 'zh' ? ' 公顷' : ' ha');
  return decimals(value, value >= 0.95 ? 0 : 2) + (language === 'zh' ? ' 平方米' : ' m²');
}

function shareText(value) {
  if (value >= 0.9995 && value < 1) return '> 99.9 %';
  return value > 0 && value < 0.0005 ? '< 0.1 %' : `${decimals(value * 100, 1)} %`.replace('.0 %', ' %');
}

const WRITTEN = { depth: metresText, distance: metresText, doubt: metresText, area: areaText, length: metresText, share: shareText };
const filled = (template, slots) => template.replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
const joinedBy = (parts, language) => parts.filter(Boolean).join(language === 'zh' ? '；' : '; ');
const inList = (parts, language) => parts.join(language === 'zh' ? '、' : ', ');

// What a zone, or what else a rule is about, is called, with its level unless its name says it.
function calledBy({ of, name, level }, { sentences }, language) {
  const own = name || sentences.of[of][language];
  const word = level ? page.words.levels[level]?.[language] ?? '' : '';
  if (!word || own.includes(word)) return own;
  return own + (language === 'zh' ? `（${word}）` : ` (${word})`);
}

const attributeText = (name, { attributes }, language) => attributes[name]?.[language] ?? name;
const valueText = (value, { values }, language) => values[String(value)]?.[language] ?? String(value);

function lackingText(names, asking, language) {
  if (!names.length) return '';
  return filled(asking.sentences.why[language].lacking, { lacking: inList(names.map((name) => attributeText(name, asking, language)), language) });
}

function ruleWhy(rule, why) {
  if (!rule.statutory) return [why.screening];
  return [rule.reviewed ? '' : why.unreviewed, rule.effect === 'prohibited' ? '' : why[rule.effect]];
}

function caseOf(rule, hit) {
  const inner = !Number.isNaN(hit.depth);
  if (rule.relation === 'within') return hit.holds ? 'within' : inner ? 'inner_edge' : 'near_reach';
  if (!hit.holds && inner && rule.relation === 'crosses') return 'point_crossing';
  if (!hit.holds) return hit.distance === 0 ? 'touch' : 'near';
  if (!Number.isNaN(hit.area)) return 'area';
  if (!Number.isNaN(hit.length)) return 'line';
  return hit.depth > 0.01 ? 'point' : 'edge';
}

// What is said of the accuracy of position and outline.
function positionText(hit, which, accuracy, why, language) {
  const doubt = hit.doubt - hit.coarse;
  if (!hit.certain && hit.coarse && hit.certainly) return page.sentences['why.TOO_NEAR_FOR_MAP'][language];
  const known = doubt <= 0 ? '' : accuracy <= 0 ? '_outline' : accuracy < doubt ? '_both' : '_site';
  const ending = known === '_site' ? '' : known;
  if (!hit.certain && known) return why[`doubt${ending}`];
  if (!hit.certain && which !== 'point_crossing') return why.edge;
  return why[known ? `known${ending}` : 'unknown'];
}

export function hitTexts(rule, hit, target, accuracy, asking) {
  const which = caseOf(rule, hit);
  const until = rule.until;
  return bothOf((language) => {
    const why = asking.sentences.why[language];
    const slots = { zone: calledBy(target, asking, language), reach: metresText(rule.within_m || 0, language) };
    for (const [name, write] of Object.entries(WRITTEN)) slots[name] = write(name === 'doubt' ? hit.doubt - hit.coarse : hit[name], language);
    const told = [asking.sentences.place[language][which], positionText(hit, which, accuracy, why, language)].map((template) => filled(template, slots));
    return joinedBy([...told, lackingText(hit.lacking, asking, language), ...ruleWhy(rule, why)], language) + (until ? filled(why.out_of_date, { day: until }) : '');
  });
}

export function statedTexts(rule, { names, lacking }, attributes, asking) {
  return bothOf((language) => {
    const why = asking.sentences.why[language];
    const zh = language === 'zh';
    const known = names.filter((name) => attributes[name] !== undefined)
      .map((name) => attributeText(name, asking, language) + (zh ? '：' : ': ') + valueText(attributes[name], asking, language));
    const told = known.length ? (zh ? '登记资料：' : 'the record says ') + inList(known, language) : '';
    return joinedBy([told, lackingText(lacking, asking, language), ...ruleWhy(rule, why)], language) + (rule.until ? filled(why.out_of_date, { day: rule.until }) : '');
  });
}

// Why a rule does not apply. `gap`: how far the nearest is that it is about, with `target`, or null for none within `looked`.
export function outsideTexts(rule, { gap, looked, byPlace, stated }, asking) {
  return bothOf((language) => {
    const words = asking.sentences.outside[language];
    const of = asking.sentences.of[rule.of][language];
    if (byPlace || !rule.placed) {
      const told = Object.entries(stated).map(([name, value]) => `${attributeText(name, asking, language)} = ${valueText(value, asking, language)}`);
      return filled(words[rule.placed ? 'attributes' : 'stated'], { attributes: inList(told, language) });
    }
    if (!gap) return filled(words.nothing, { of, reach: metresText(looked, language) });
    const away = gap.distance > 0;
    const which = rule.relation === 'within' ? (away ? 'reach' : 'inside') : away ? 'near' : 'touches';
    return filled(words[which], { of, zone: calledBy(gap.target, asking, language), distance: metresText(gap.distance, language), limit: metresText(rule.within_m || 0, language) });
  });
}

export function reasonTexts(code, asking) {
  return asking.reasons[code] ?? page.sentences[`why.${code}`];
}
